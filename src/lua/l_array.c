#include "vtl.h"

void vtl_open_array(lua_State *L) {
    (void)L;
}

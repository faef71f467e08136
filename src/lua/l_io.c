#include "vtl.h"

void vtl_open_io(lua_State *L) {
    (void)L;
}

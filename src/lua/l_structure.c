#include "vtl.h"

void vtl_open_structure(lua_State *L) {
    (void)L;
}

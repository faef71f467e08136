#include "vtl.h"

void vtl_open_potential(lua_State *L) {
    (void)L;
}

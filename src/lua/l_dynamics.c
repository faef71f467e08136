#include "vtl.h"

void vtl_open_dynamics(lua_State *L) {
    (void)L;
}

#include "vtl.h"

void vtl_open_minimize(lua_State *L) {
    (void)L;
}

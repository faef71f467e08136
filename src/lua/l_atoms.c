#include "vtl.h"

void vtl_open_atoms(lua_State *L) {
    (void)L;
}

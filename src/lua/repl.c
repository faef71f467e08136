#include "program.h"

bool vtl_repl(lua_State *L, bool traceback) {
    (void)L;
    (void)traceback;
    return true;
}

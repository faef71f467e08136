/* The module: what `require "vitrum"` returns, in the program and in the system's lua5.4. */
#define _DEFAULT_SOURCE
#include "vtl.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* open gives the lowest number that is free. */
void vtl_open_standard(void) {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return;
}

static bool is_in(const vtl_embedded *module, const char *folder) {
    return strncmp(module->name, folder, strlen(folder)) == 0;
}

static int load_embedded(lua_State *L) {
    const vtl_embedded *module = lua_touserdata(L, lua_upvalueindex(1));
    if (is_in(module, "vitrum.data.")) {
        lua_pushlstring(L, (const char *)module->text, module->size);
        return 1;
    }
    const char *chunk = lua_pushfstring(L, "=%s", module->name);
    if (luaL_loadbufferx(L, (const char *)module->text, module->size, chunk, "t") != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, module->name);
    lua_call(L, 1, 1);
    return 1;
}

int luaopen_vitrum(lua_State *L) {
    luaL_checkversion(L);
    vtl_open_standard();
    vt_error err = {0};
    if (vt_failed(vt_environment_check(&err))) return luaL_error(L, "%s", err.msg);
    lua_settop(L, 0);
    vtl_interrupt_open(L);
    lua_newtable(L); /* vt */
    for (const vtl_opener *open_part = vtl_openers; *open_part != NULL; open_part++) {
        (*open_part)(L);
        lua_settop(L, 1);
    }

    /* The Lua modules inside the binary come before any file of the same name. */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE); /* vt preload */
    for (const vtl_embedded *m = vtl_embedded_modules; m->name != NULL; m++) {
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_embedded, 1);
        lua_setfield(L, -2, m->name);
    }
    lua_pop(L, 1);

    /* Lua modules attach themselves to the table. package.loaded is set first, because they ask
       for "vitrum". What serves the prompt waits until there is one. */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); /* vt loaded */
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "vitrum");
    lua_pop(L, 1);
    for (const vtl_embedded *m = vtl_embedded_modules; m->name != NULL; m++) {
        if (is_in(m, "vitrum.data.") || is_in(m, "vitrum.prompt")) continue;
        lua_getglobal(L, "require");
        lua_pushstring(L, m->name);
        lua_call(L, 1, 0);
    }
    return 1;
}

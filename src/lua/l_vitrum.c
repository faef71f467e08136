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

static int load_embedded(lua_State *L) {
    static const char DATA[] = "vitrum.data.";
    const vtl_embedded *module = lua_touserdata(L, lua_upvalueindex(1));
    if (strncmp(module->name, DATA, sizeof DATA - 1) == 0) {
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
    vtl_open_lives(L);
    vtl_open_session(L);
    vtl_open_base(L);
    vtl_open_system(L);
    vtl_open_random(L);
    vtl_open_array(L);
    vtl_open_atoms(L);
    vtl_open_io(L);
    vtl_open_potential(L);
    vtl_open_dynamics(L);
    vtl_open_minimize(L);
    vtl_open_structure(L);
    vtl_open_stz(L);
    vtl_open_voronoi(L);
    vtl_open_local_order(L);
    vtl_open_structure_strain(L);
    vtl_open_structure_motion(L);
    vtl_open_structure_field(L);

    /* The Lua modules inside the binary come before any file of the same name. */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE); /* vt preload */
    for (const vtl_embedded *m = vtl_embedded_modules; m->name != NULL; m++) {
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_embedded, 1);
        lua_setfield(L, -2, m->name);
    }
    lua_pop(L, 1);

    /* The Lua half of the module attaches itself. package.loaded is set first, because those
       modules themselves ask for "vitrum". */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); /* vt loaded */
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "vitrum");
    lua_pop(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "vitrum.init");
    lua_call(L, 1, 0);
    return 1;
}

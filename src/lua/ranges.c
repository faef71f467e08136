/* Warnings, and what the core says of values that make sense, as Lua sees it. */
#include <stdio.h>

#include "vtl.h"

/* Texts that were printed are the keys of this table in the registry. */
#define WARNED "vitrum.warned"

void vtl_warn(lua_State *L, const char *message) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, WARNED);
    bool known = lua_getfield(L, -1, message) != LUA_TNIL;
    lua_pop(L, 1);
    if (!known) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, message);
        vtl_push_place(L);
        vtl_progress_clear();
        fprintf(stderr, "vitrum: warning: %s%s\n", lua_tostring(L, -1), message);
        fflush(stderr);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void vtl_check_range(lua_State *L, const char *where, const char *what, const vt_range *range,
                     double value) {
    char verdict[256];
    switch (vt_range_judge(range, value, verdict, sizeof verdict)) {
    case VT_USUAL:
        return;
    case VT_UNUSUAL:
        vtl_warn(L, lua_pushfstring(L, "%s: %s %s", where, what, verdict));
        lua_pop(L, 1);
        return;
    case VT_IMPOSSIBLE:
        vtl_error(L, "%s: %s %s", where, what, verdict);
    }
}

/* ---------------------------------------------------------------- for Lua ---- */

static const vt_range *check_name(lua_State *L, int index) {
    const char *name = luaL_checkstring(L, index);
    const vt_range *range = vt_range_find(name);
    if (range == NULL) {
        const char *near =
            vtl_nearest(name, &vt_ranges[0].name, VT_RANGE_COUNT, sizeof vt_ranges[0]);
        luaL_error(L, "there is no range '%s'%s%s", name, near != NULL ? "; did you mean " : "",
                   near != NULL ? near : "");
    }
    return range;
}

int vtl_session_judge(lua_State *L) {
    static const char *const VERDICTS[] = {"usual", "unusual", "impossible"};
    char why[256] = "";
    lua_pushstring(
        L, VERDICTS[vt_range_judge(check_name(L, 1), luaL_checknumber(L, 2), why, sizeof why)]);
    lua_pushstring(L, why);
    return 2;
}

int vtl_session_warn(lua_State *L) {
    vtl_warn(L, luaL_checkstring(L, 1));
    return 0;
}

int vtl_session_range(lua_State *L) {
    const vt_range *range = check_name(L, 1);
    const struct {
        const char *name;
        double value;
    } bounds[] = {
        {"least", range->least}, {"low", range->low}, {"high", range->high}, {"most", range->most}};
    lua_createtable(L, 0, 6);
    lua_pushstring(L, range->unit);
    lua_setfield(L, -2, "unit");
    for (size_t k = 0; k < sizeof bounds / sizeof *bounds; k++) {
        lua_pushnumber(L, bounds[k].value);
        lua_setfield(L, -2, bounds[k].name);
    }
    lua_newtable(L); /* range units */
    for (int k = 0; k < VT_OTHER_UNITS && range->other[k].unit != NULL; k++) {
        lua_pushnumber(L, range->other[k].factor);
        lua_setfield(L, -2, range->other[k].unit);
    }
    lua_setfield(L, -2, "units");
    return 1;
}

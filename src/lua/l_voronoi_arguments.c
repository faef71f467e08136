/* What functions on Voronoi cells are given: species, indices, numbers by species. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "l_voronoi.h"

int vtl_check_voronoi_species(lua_State *L, int index, const vt_voronoi *v, const char *where) {
    if (lua_isnoneornil(L, index)) return -1;
    const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
    luaL_Buffer b;
    for (int k = 0; name != NULL && k < v->species_count; k++)
        if (strcmp(v->species[k].symbol, name) == 0) return k;
    const char *given = luaL_tolstring(L, index, NULL);
    luaL_buffinit(L, &b);
    for (int k = 0; k < v->species_count; k++) {
        if (k > 0) luaL_addstring(&b, ", ");
        luaL_addstring(&b, v->species[k].symbol);
    }
    luaL_pushresult(&b);
    return vtl_error(L, "%s: there is no species '%s'; these atoms are %s", where, given,
                     lua_tostring(L, -1));
}

void vtl_read_by_species(lua_State *L, const char *what, const vt_species *species, int count,
                         double *values) {
    int table = lua_gettop(L);
    if (!lua_istable(L, table))
        vtl_error(L, "option '%s' must be a table of numbers by species, such as { Cu = 1.28 }",
                  what);
    for (int k = 0; k < count; k++) values[k] = 0;
    lua_pushnil(L);
    while (lua_next(L, table) != 0) { /* name value */
        double value = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
        if (lua_type(L, -2) != LUA_TSTRING)
            vtl_error(L, "option '%s' is a table by species such as { Cu = 1.28 }, got the key %s",
                      what, luaL_tolstring(L, -2, NULL));
        if (!(value > 0) || !isfinite(value)) {
            const char *name = lua_tostring(L, -2);
            vtl_error(L, "option '%s' [A] of %s must be a positive number, got %s", what, name,
                      luaL_tolstring(L, -1, NULL));
        }
        const char *where = lua_pushfstring(L, "option '%s'", what);
        vtl_check_range(L, where, lua_tostring(L, -3), VTL_RANGE(DISTANCE), value);
        lua_pop(L, 1);
        /* A table for more species than these atoms have is no mistake, and several types may be
           one species. */
        for (int k = 0; k < count; k++)
            if (strcmp(species[k].symbol, lua_tostring(L, -2)) == 0) values[k] = value;
        lua_pop(L, 1);
    }
    for (int k = 0; k < count; k++)
        if (values[k] == 0)
            vtl_error(L, "option '%s' [A] has no number for %s", what, species[k].symbol);
}

int vtl_read_voronoi_index(lua_State *L, int index, int32_t *pattern) {
    int length = 0;
    bool good = true;
    if (lua_type(L, index) == LUA_TSTRING) {
        const char *at = lua_tostring(L, index);
        at += strspn(at, " <");
        while (good && length < VT_VORONOI_ORDERS) {
            int used = 0, number = 0;
            good = sscanf(at, "%6d%n", &number, &used) == 1 && number >= 0;
            if (!good) break;
            pattern[length++] = number;
            at += used;
            at += strspn(at, " ");
            if (*at != ',') break;
            at++;
        }
        good = good && at[strspn(at, " >")] == '\0';
    } else if (lua_type(L, index) == LUA_TTABLE) {
        int n = (int)luaL_len(L, index);
        good = n <= VT_VORONOI_ORDERS;
        for (; good && length < n; length++) {
            int integer;
            lua_rawgeti(L, index, length + 1);
            lua_Integer number = lua_tointegerx(L, -1, &integer);
            good = integer && number >= 0 && number < 1000000;
            pattern[length] = (int32_t)number;
            lua_pop(L, 1);
        }
    } else {
        good = false;
    }
    if (!good || length == 0)
        vtl_error(L,
                  "a Voronoi index is a string such as \"0,0,12,0\" or a table {n3, n4, n5, n6}, "
                  "got %s",
                  luaL_tolstring(L, index, NULL));
    return length;
}

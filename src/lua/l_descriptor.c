/* The module "vitrum.descriptor_core", on which lua/vitrum/descriptor stands. */
#include <stdio.h>
#include <string.h>

#include "l_atoms.h"
#include "vitrum/descriptor.h"

/* Symbols in the list at `index` into a userdata that takes its place. */
static void read_species(lua_State *L, int index, vt_surroundings *around) {
    luaL_checktype(L, index, LUA_TTABLE);
    size_t n = lua_rawlen(L, index);
    luaL_argcheck(L, n >= 1 && n <= VT_MAX_SPECIES, index, "some species expected");
    char(*symbol)[VT_SYMBOL_SIZE] = lua_newuserdatauv(L, n * sizeof *symbol, 0);
    for (size_t k = 0; k < n; k++) {
        lua_rawgeti(L, index, (lua_Integer)k + 1);
        snprintf(symbol[k], sizeof symbol[k], "%s", luaL_checkstring(L, -1));
        lua_pop(L, 1);
    }
    lua_replace(L, index);
    around->species = symbol;
    around->species_count = n;
}

/* Rows for all centers, to be filled. */
static float *push_rows(lua_State *L, const vt_surroundings *around, size_t features) {
    const int64_t shape[2] = {(int64_t)around->count, (int64_t)features};
    return vtl_new_array(L, VT_FLOAT32, 2, shape)->data;
}

/* radial(atoms, where, species, centers, first, step, points, sigma, cutoff, scale) -> array */
static int radial(lua_State *L) {
    lua_settop(L, 10);
    vt_surroundings around;
    const char *where = luaL_checkstring(L, 2);
    read_species(L, 3, &around);
    vt_radial g = {.first = luaL_checknumber(L, 5),
                   .step = luaL_checknumber(L, 6),
                   .points = (size_t)luaL_checkinteger(L, 7),
                   .sigma = luaL_checknumber(L, 8),
                   .cutoff = luaL_checknumber(L, 9)};
    luaL_argcheck(L, g.points >= 1 && g.points <= VT_RADIAL_MAX_POINTS, 7, "1 to 4096 expected");
    const vt_array *scale = vtl_check_numbers(L, 10, 1, "scale");
    luaL_argcheck(L, (size_t)scale->shape[0] == around.species_count * around.species_count, 10,
                  "a number for each pair of species expected");
    g.scale = scale->data;
    around.centers = vtl_read_centers(L, 1, 4, where, &around.count);
    float *out = push_rows(L, &around, vt_radial_features(&around, &g));
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_radial_compute(vtl_check_atoms(L, 1), &around, &g, out, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    return 1;
}

/* angular(atoms, where, species, centers, cutoff, sets) -> array; sets has rows xi, lambda, zeta */
static int angular(lua_State *L) {
    lua_settop(L, 6);
    vt_surroundings around;
    const char *where = luaL_checkstring(L, 2);
    read_species(L, 3, &around);
    vt_angular g = {.cutoff = luaL_checknumber(L, 5)};
    const vt_array *sets = vtl_check_numbers(L, 6, 2, "sets");
    luaL_argcheck(L, sets->shape[1] == 3 && sets->shape[0] >= 1, 6, "rows of three expected");
    g.sets = (size_t)sets->shape[0];
    vt_angular_set *set = lua_newuserdatauv(L, g.sets * sizeof *set, 0);
    for (size_t k = 0; k < g.sets; k++) {
        const double *row = (const double *)sets->data + 3 * k;
        set[k] = (vt_angular_set){row[0], row[1], row[2]};
    }
    g.set = set;
    around.centers = vtl_read_centers(L, 1, 4, where, &around.count);
    float *out = push_rows(L, &around, vt_angular_features(&around, &g));
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_angular_compute(vtl_check_atoms(L, 1), &around, &g, out, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    return 1;
}

/* chebyshev(atoms, where, species, centers, n_max, l_max, cutoff) -> array of doubles */
static int chebyshev(lua_State *L) {
    lua_settop(L, 7);
    vt_surroundings around;
    const char *where = luaL_checkstring(L, 2);
    read_species(L, 3, &around);
    lua_Integer n = luaL_checkinteger(L, 5), l = luaL_checkinteger(L, 6);
    luaL_argcheck(L, n >= 0 && n <= VT_CHEBYSHEV_MAX_N, 5, "0 to 15 expected");
    luaL_argcheck(L, l >= 0 && l <= VT_CHEBYSHEV_MAX_L, 6, "0 to 16 expected");
    const vt_chebyshev g = {(int)n, (int)l, luaL_checknumber(L, 7)};
    around.centers = vtl_read_centers(L, 1, 4, where, &around.count);
    const int64_t shape[2] = {(int64_t)around.count, (int64_t)vt_chebyshev_features(&around, &g)};
    double *out = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_chebyshev_compute(vtl_check_atoms(L, 1), &around, &g, out, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {
    {"radial", radial}, {"angular", angular}, {"chebyshev", chebyshev}, {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(descriptor) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.descriptor_core");
    lua_pop(L, 1);
}

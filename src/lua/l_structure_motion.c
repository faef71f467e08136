/* The module "vitrum.motion_core": what lua/vitrum/structure/motion.lua stands on. */
#include "vitrum/structure.h"
#include "vtl.h"

#define VTL_MOTION "vitrum.MotionSums"

static int motion_gc(lua_State *L) {
    vt_motion_destroy(vtl_take_handle(L, VTL_MOTION));
    return 0;
}

static vt_motion *check_motion(lua_State *L) {
    return vtl_check_handle(L, 1, VTL_MOTION);
}

/* new(velocities, q, lags, logarithmic, origin_every, memory) -> sums */
static int motion_new(lua_State *L) {
    vt_motion_options o = {.velocities = lua_toboolean(L, 1),
                           .q = luaL_checknumber(L, 2),
                           .lags = luaL_checkinteger(L, 3),
                           .logarithmic = lua_toboolean(L, 4),
                           .origin_every = luaL_checkinteger(L, 5),
                           .memory = luaL_checknumber(L, 6)};
    void **handle = vtl_new_handle(L, VTL_MOTION);
    vt_error err = {0};
    *handle = vt_motion_create(&o, &err);
    return *handle != NULL ? 1 : vtl_raise(L, &err);
}

/* add(sums, atoms) */
static int motion_add(lua_State *L) {
    vt_error err = {0};
    vtl_interrupt_arm(L);
    vtl_require_idle(L, 1, "structure.motion");
    if (vt_failed(vt_motion_add(check_motion(L), vtl_check_atoms(L, 2), &err)))
        return vtl_raise(L, &err);
    return 0;
}

/* lags(sums) -> lags in frames, pairs of frames for each */
static int motion_lags(lua_State *L) {
    const vt_motion *m = check_motion(L);
    int64_t count = (int64_t)vt_motion_lags(m, NULL, NULL);
    int64_t *lag = vtl_new_array(L, VT_INT64, 1, &count)->data;
    int64_t *pairs = vtl_new_array(L, VT_INT64, 1, &count)->data;
    vt_motion_lags(m, lag, pairs);
    return 2;
}

/* thinning(sums) -> by how much time origins are further apart than asked for */
static int motion_thinning(lua_State *L) {
    lua_pushinteger(L, vt_motion_thinning(check_motion(L)));
    return 1;
}

/* note(sums) -> what makes the results doubtful, or "", and the frame where that was met */
static int motion_note(lua_State *L) {
    int64_t frame;
    lua_pushstring(L, vt_motion_note(check_motion(L), &frame));
    lua_pushinteger(L, frame);
    return 2;
}

/* values(sums, name) -> array of the total, table of arrays by species */
static int motion_values(lua_State *L) {
    static const char *const names[] = {"msd", "alpha2", "fs", "velocity", NULL};
    const vt_motion *m = check_motion(L);
    vt_motion_value value = (vt_motion_value)luaL_checkoption(L, 2, NULL, names);
    int64_t count = (int64_t)vt_motion_lags(m, NULL, NULL);
    vt_motion_values(m, value, -1, vtl_new_array(L, VT_FLOAT64, 1, &count)->data);
    lua_newtable(L);
    for (int k = 0; k < vt_motion_species_count(m); k++) {
        vt_motion_values(m, value, k, vtl_new_array(L, VT_FLOAT64, 1, &count)->data);
        lua_setfield(L, -2, vt_motion_species(m, k)->symbol);
    }
    return 2;
}

static const luaL_Reg FUNCTIONS[] = {{"new", motion_new},   {"add", motion_add},
                                     {"lags", motion_lags}, {"thinning", motion_thinning},
                                     {"note", motion_note}, {"values", motion_values},
                                     {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(structure_motion) {
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", motion_gc}, {NULL, NULL}};
    vtl_new_type(L, VTL_MOTION, none, meta);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.motion_core");
    lua_pop(L, 1);
}

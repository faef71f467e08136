/* Loading a lattice and running it; whole tests are in lua/vitrum/stz/init.lua. */
#include <math.h>
#include <string.h>

#include "l_stz.h"
#include "vitrum/units.h"

const char *const VTL_STZ_COMPONENTS[3] = {"xx", "yy", "xy"};

/* Numbers by component from the table under `key` of the options at 2. */
static void read_components(lua_State *L, const char *key, const vt_range *range, double value[3],
                            bool given[3]) {
    if (lua_getfield(L, 2, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1))
        vtl_error(L, "Lattice:set_load: option '%s' must be a table { xx = ..., }, got a %s", key,
                  luaL_typename(L, -1));
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        int k = 0;
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        while (k < 3 && strcmp(name, VTL_STZ_COMPONENTS[k]) != 0) k++;
        if (k == 3 || lua_type(L, -1) != LUA_TNUMBER)
            vtl_error(L, "Lattice:set_load: '%s' has numbers for xx, yy and xy", key);
        value[k] = lua_tonumber(L, -1);
        if (isfinite(value[k])) vtl_check_range(L, "Lattice:set_load", key, range, value[k]);
        given[k] = true;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

typedef struct {
    double strain_rate;
} load_options;

static const vtl_option LOAD_OPTIONS[] = {
    {"strain_rate", VTL_POSITIVE, offsetof(load_options, strain_rate), "1/s",
     "of the loading parameter", NULL},
    {"strain", VTL_TENSOR, 0, "-",
     "{ xx = 1 }: tensor strains that follow the parameter, and by how much", VTL_RANGE(STRAIN)},
    {"stress", VTL_TENSOR, 0, "GPa", "{ yy = 0, xy = 0 }: mean stresses that are held",
     VTL_RANGE(PRESSURE)},
    {0}};

/* lat:set_load{ strain_rate =, strain =, stress = } -> lat */
static int lattice_set_load(lua_State *L) {
    load_options o = {NAN};
    vtl_check_lattice(L, 1);
    vtl_options(L, 2, "Lattice:set_load", LOAD_OPTIONS, &o);
    luaL_checktype(L, 2, LUA_TTABLE);
    if (isnan(o.strain_rate)) vtl_error(L, "Lattice:set_load: give the strain_rate [1/s]");
    vt_stz_load load = {.strain_rate = o.strain_rate * VT_SECONDS};
    bool driven[3] = {false, false, false};
    read_components(L, "strain", VTL_RANGE(STRAIN), load.direction, driven);
    read_components(L, "stress", VTL_RANGE(PRESSURE), load.stress, load.held);
    for (int k = 0; k < 3; k++) {
        load.stress[k] /= VT_GPA;
        if (driven[k] && load.held[k])
            vtl_error(L, "Lattice:set_load: %s is in both strain and stress; it can follow one",
                      VTL_STZ_COMPONENTS[k]);
    }
    vt_stz *s = vtl_check_lattice(L, 1);
    vtl_require_idle(L, 1, "Lattice:set_load");
    vt_error err = {0};
    if (vt_failed(vt_stz_set_load(s, &load, &err)))
        return vtl_error(L, "Lattice:set_load: %s", err.msg);
    lua_settop(L, 1);
    return 1;
}

typedef struct {
    double strain, plastic, pause, seconds;
    int64_t steps;
} advance_options;

static const advance_options ADVANCE_DEFAULTS = {NAN, NAN, NAN, NAN, 0};

static const vtl_option ADVANCE_OPTIONS[] = {
    {"strain", VTL_NONNEGATIVE, offsetof(advance_options, strain), "-",
     "loading parameter to reach", VTL_RANGE(STRAIN)},
    {"plastic", VTL_NONNEGATIVE, offsetof(advance_options, plastic), "-",
     "plastic part of it to reach", NULL},
    {"pause", VTL_POSITIVE, offsetof(advance_options, pause), "-",
     "loading parameter at which to return between two steps; unlike `strain` it changes no step",
     NULL},
    {"steps", VTL_COUNT, offsetof(advance_options, steps), "-", "most steps to do", NULL},
    {"seconds", VTL_POSITIVE, offsetof(advance_options, seconds), "s", "most wall time to spend",
     NULL},
    {0}};

/* lat:advance{ strain =, plastic =, pause =, steps =, seconds = } -> true when a strain was reached
 */
static int lattice_advance(lua_State *L) {
    advance_options o = ADVANCE_DEFAULTS;
    vtl_options(L, 2, "Lattice:advance", ADVANCE_OPTIONS, &o);
    vt_stz *s = vtl_check_lattice(L, 1);
    vtl_require_idle(L, 1, "Lattice:advance");
    if (isnan(o.strain) && isnan(o.plastic) && isnan(o.pause) && o.steps == 0)
        return vtl_error(L, "Lattice:advance: how far? give strain, plastic or steps");
    vt_stz_goal goal = {isnan(o.strain) ? INFINITY : o.strain,
                        isnan(o.plastic) ? INFINITY : o.plastic, 0, isnan(o.pause) ? 0 : o.pause};
    int64_t left = o.steps > 0 ? o.steps : INT64_MAX;
    double start = vt_clock();
    vt_error err = {0};
    vt_status status = VT_CONTINUE;
    do { /* in short runs, to look at the clock */
        goal.steps = left < 16 ? left : 16;
        left -= goal.steps;
        status = vt_stz_run(s, &goal, &err);
    } while (status == VT_CONTINUE && left > 0 &&
             !(goal.pause > 0 && vt_stz_get_state(s).parameter >= goal.pause) &&
             !(vt_clock() - start >= (isnan(o.seconds) ? INFINITY : o.seconds)));
    if (status == VT_EINTERRUPT)
        return vtl_error(L, "interrupted; the lattice is valid, and lat:advance goes on from here");
    if (vt_failed(status)) return vtl_error(L, "Lattice:advance: %s", err.msg);
    lua_pushboolean(L, status == VT_DONE);
    return 1;
}

const luaL_Reg vtl_stz_run_methods[] = {
    {"set_load", lattice_set_load}, {"advance", lattice_advance}, {NULL, NULL}};

const vtl_doc vtl_stz_run_docs[] = {
    {"Lattice:set_load", "lat:set_load{ strain_rate =, strain =, stress = } -> lat",
     "What the machine does from now on: each component of the mean strain follows the loading "
     "parameter, is fixed (not named), or is free while its mean stress is held. The parameter "
     "starts from zero.",
     LOAD_OPTIONS, NULL,
     "lat:set_load{ strain_rate = 1e-4, strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }"},
    {"Lattice:advance",
     "lat:advance{ strain =, plastic =, pause =, steps =, seconds = } -> reached",
     "Goes on under the load until a strain is reached (true), or steps or wall time are used up "
     "(false).",
     ADVANCE_OPTIONS, &ADVANCE_DEFAULTS, "lat:advance{ steps = 100 }"},
    {0}};

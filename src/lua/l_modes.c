/* The module "vitrum.modes_core", on which lua/vitrum/modes stands. */
#include <math.h>

#include "l_atoms.h"
#include "vitrum/modes.h"

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_integer(lua_State *L, const char *key, int64_t value) {
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, key);
}

/* The system of the atoms at 1, with what the user changed. */
static vt_system *system_of(lua_State *L, const char *where) {
    vt_error err = {0};
    vt_system *system = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, where)->system;
    if (vt_failed(vt_system_pull(system, &err))) vtl_error(L, "%s: %s", where, err.msg);
    return system;
}

static bool show_progress(void *context, double done) {
    vtl_progress_update(context, 100 * done);
    return true;
}

/* ---------------------------------------------------------------- modes ---- */

typedef struct {
    double *eigenvalue, *frequency, *residual, *vector, *participation, *ratio;
} mode_arrays;

/* A table with arrays for `count` modes, on top of the stack. */
static mode_arrays push_arrays(lua_State *L, size_t count, size_t n) {
    const int64_t shape[2] = {(int64_t)count, (int64_t)n};
    mode_arrays a;
    lua_createtable(L, 0, 12);
    a.eigenvalue = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
    lua_setfield(L, -2, "eigenvalue");
    a.frequency = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
    lua_setfield(L, -2, "frequency");
    a.residual = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
    lua_setfield(L, -2, "residual");
    a.vector = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    lua_setfield(L, -2, "vectors");
    a.ratio = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
    lua_setfield(L, -2, "ratio");
    const int64_t atoms = (int64_t)n / 3;
    a.participation = vtl_new_array(L, VT_FLOAT64, 1, &atoms)->data;
    lua_setfield(L, -2, "participation");
    return a;
}

static int finish(lua_State *L, const mode_arrays *a, size_t count, size_t atoms,
                  const vt_modes_report *r) {
    vt_modes_participation(count, atoms, a->vector, a->participation, a->ratio);
    for (size_t k = 0; k < count; k++) a->frequency[k] = vt_modes_frequency(a->eigenvalue[k]);
    set_number(L, "largest", vt_modes_frequency(r->largest));
    set_integer(L, "zeros", (int64_t)r->zeros);
    set_integer(L, "rounds", r->rounds);
    set_integer(L, "products", r->products);
    set_integer(L, "unconverged", (int64_t)r->unconverged);
    return 1;
}

/* lowest(atoms, count, around or nil, tolerance, rounds, seed, saddle, unconverged) -> table */
static int lowest(lua_State *L) {
    vt_modes_options o = vt_modes_defaults();
    vtl_check_atoms(L, 1);
    lua_Integer count = luaL_checkinteger(L, 2);
    o.around = luaL_optnumber(L, 3, NAN);
    o.tolerance = luaL_checknumber(L, 4);
    o.rounds = luaL_checkinteger(L, 5);
    o.seed = (uint64_t)luaL_checkinteger(L, 6);
    o.saddle = lua_toboolean(L, 7);
    o.unconverged = lua_toboolean(L, 8);
    vt_system *system = system_of(L, "modes.lowest");
    size_t total = vt_modes_total(system);
    if (count < 1 || (size_t)count > total)
        return vtl_error(L, "modes.lowest: option 'count' is %I, but %I atoms have %I vibrations",
                         count, (lua_Integer)system->count, (lua_Integer)total);
    o.count = (size_t)count;
    const mode_arrays a = push_arrays(L, o.count, 3 * system->count);
    vtl_progress bar;
    o.progress = show_progress;
    o.context = &bar;
    vtl_interrupt_arm(L);
    vt_modes_report report;
    vt_error err = {0};
    vtl_progress_start(&bar, "modes", 100, 1, "%/s");
    vt_status st = vt_modes_lowest(system, &o, a.eigenvalue, a.residual, a.vector, &report, &err);
    vtl_progress_finish(&bar);
    if (vt_failed(st)) return vtl_error(L, "modes.lowest: %s", err.msg);
    return finish(L, &a, o.count, system->count, &report);
}

/* all(atoms, saddle) -> table */
static int all(lua_State *L) {
    vtl_check_atoms(L, 1);
    bool saddle = lua_toboolean(L, 2);
    vt_system *system = system_of(L, "modes.all");
    size_t total = vt_modes_total(system);
    if (system->count > VT_HESSIAN_DENSE_ATOMS)
        return vtl_error(
            L,
            "modes.all: the matrix of %I atoms is too large; up to %d atoms are taken. "
            "vt.modes.lowest and vt.modes.density take any number",
            (lua_Integer)system->count, VT_HESSIAN_DENSE_ATOMS);
    const mode_arrays a = push_arrays(L, total, 3 * system->count);
    vtl_interrupt_arm(L);
    vt_modes_report report;
    vt_error err = {0};
    if (vt_failed(vt_modes_all(system, saddle, a.eigenvalue, a.residual, a.vector, &report, &err)))
        return vtl_error(L, "modes.all: %s", err.msg);
    return finish(L, &a, total, system->count, &report);
}

static const luaL_Reg FUNCTIONS[] = {{"lowest", lowest}, {"all", all}, {NULL, NULL}};

static int open_module(lua_State *L) {
    vt_modes_options o = vt_modes_defaults();
    luaL_newlib(L, FUNCTIONS);
    lua_createtable(L, 0, 4);
    set_number(L, "tolerance", o.tolerance);
    set_integer(L, "rounds", o.rounds);
    set_integer(L, "most_atoms", VT_HESSIAN_DENSE_ATOMS);
    lua_setfield(L, -2, "defaults");
    return 1;
}

VTL_OPENER(modes) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.modes_core");
    lua_pop(L, 1);
}

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

/* ---------------------------------------------------------------- density ---- */

/* Atoms of the centers at `index`, as flags; NULL for all. */
static const bool *read_members(lua_State *L, int index, const char *where) {
    if (lua_isnil(L, index)) return NULL;
    size_t listed, count = vtl_check_atoms(L, 1)->count;
    const int32_t *list = vtl_read_centers(L, 1, index, where, &listed);
    bool *member = lua_newuserdatauv(L, count + 1, 0);
    for (size_t i = 0; i < count; i++) member[i] = false;
    for (size_t k = 0; k < listed; k++) member[list[k]] = true;
    return member;
}

/* moments(atoms, moments, probes, seed, centers or nil) -> probes x moments, largest frequency */
static int moments(lua_State *L) {
    static const char WHERE[] = "modes.density";
    vt_density_options o = vt_density_defaults();
    vtl_check_atoms(L, 1);
    lua_settop(L, 5);
    lua_Integer count = luaL_checkinteger(L, 2), probes = luaL_checkinteger(L, 3);
    luaL_argcheck(L, count >= 8 && count <= 20000, 2, "8 to 20000 expected");
    luaL_argcheck(L, probes >= 1 && probes <= 100000, 3, "1 to 100000 expected");
    o.moments = (size_t)count;
    o.probes = vt_density_probes((size_t)probes);
    o.seed = (uint64_t)luaL_checkinteger(L, 4);
    o.member = read_members(L, 5, WHERE);
    const int64_t shape[2] = {(int64_t)o.probes, (int64_t)o.moments};
    double *moment = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    vt_system *system = system_of(L, WHERE);
    vtl_progress bar;
    o.progress = show_progress;
    o.context = &bar;
    vtl_interrupt_arm(L);
    vt_modes_report report;
    vt_error err = {0};
    vtl_progress_start(&bar, "density of modes", 100, 1, "%/s");
    vt_status st = vt_density_moments(system, &o, moment, &report, &err);
    vtl_progress_finish(&bar);
    if (vt_failed(st)) return vtl_error(L, "%s: %s", WHERE, err.msg);
    lua_pushnumber(L, vt_modes_frequency(report.largest));
    return 2;
}

/* density(moments, largest frequency, frequencies) -> density, error */
static int density(lua_State *L) {
    const vt_array *moment = vtl_check_numbers(L, 1, 2, "modes.density: moments");
    double largest = luaL_checknumber(L, 2);
    luaL_argcheck(L, largest > 0 && isfinite(largest), 2, "a frequency expected");
    const vt_array *frequency = vtl_check_numbers(L, 3, 1, "modes.density: frequencies");
    double *g = vtl_new_array(L, VT_FLOAT64, 1, frequency->shape)->data;
    double *error = vtl_new_array(L, VT_FLOAT64, 1, frequency->shape)->data;
    vt_error err = {0};
    if (vt_failed(vt_density_at(vt_modes_eigenvalue(largest), (size_t)moment->shape[0],
                                (size_t)moment->shape[1], moment->data, (size_t)frequency->shape[0],
                                frequency->data, g, error, &err)))
        return vtl_error(L, "modes.density: %s", err.msg);
    return 2;
}

/* ---------------------------------------------------------------- displacement ---- */

/* displacement(atoms, modes, tolerance, rounds, reach, repeats, seed) -> array [A^2/K], error,
   probes */
static int displacement(lua_State *L) {
    static const char WHERE[] = "modes.displacement";
    vt_displacement_options o = vt_displacement_defaults();
    const int64_t count = (int64_t)vtl_check_atoms(L, 1)->count;
    lua_Integer modes = luaL_checkinteger(L, 2), repeats = luaL_checkinteger(L, 6);
    luaL_argcheck(L, modes >= 1, 2, "at least 1 expected");
    luaL_argcheck(L, repeats >= 2 && repeats <= 1000, 6, "2 to 1000 expected");
    o.modes = (size_t)modes;
    o.tolerance = luaL_checknumber(L, 3);
    o.rounds = luaL_checkinteger(L, 4);
    o.reach = luaL_checknumber(L, 5);
    o.repeats = (size_t)repeats;
    o.seed = (uint64_t)luaL_checkinteger(L, 7);
    double *to = vtl_new_array(L, VT_FLOAT64, 1, &count)->data;
    vt_system *system = system_of(L, WHERE);
    vtl_progress bar;
    o.progress = show_progress;
    o.context = &bar;
    vtl_interrupt_arm(L);
    vt_displacement_report report;
    vt_error err = {0};
    vtl_progress_start(&bar, "displacements", 100, 1, "%/s");
    vt_status st = vt_displacement(system, &o, to, &report, &err);
    vtl_progress_finish(&bar);
    if (vt_failed(st)) return vtl_error(L, "%s: %s", WHERE, err.msg);
    lua_pushnumber(L, report.error);
    lua_pushinteger(L, (lua_Integer)report.probes);
    return 3;
}

/* ---------------------------------------------------------------- quasi-localized modes ---- */

/* quasilocal(atoms, displacements, cutoff or 0, tolerance, rounds, unconverged) -> table */
static int quasilocal(lua_State *L) {
    static const char WHERE[] = "Modes:quasilocalized";
    vt_quasilocal_options o = vt_quasilocal_defaults();
    const int64_t n = 3 * (int64_t)vtl_check_atoms(L, 1)->count;
    const vt_array *start = vtl_check_numbers(L, 2, 2, "Modes:quasilocalized: displacements");
    if (start->shape[1] != n)
        return vtl_error(L, "%s: displacements have %I numbers each, expected three an atom, %I",
                         WHERE, (lua_Integer)start->shape[1], (lua_Integer)n);
    o.cutoff = luaL_checknumber(L, 3);
    o.tolerance = luaL_checknumber(L, 4);
    o.rounds = luaL_checkinteger(L, 5);
    o.unconverged = lua_toboolean(L, 6);
    size_t count = (size_t)start->shape[0];
    const double *from = start->data;
    vt_system *system = system_of(L, WHERE);
    if (3 * (int64_t)system->count != n) return vtl_error(L, "%s: the atoms have changed", WHERE);
    const mode_arrays a = push_arrays(L, count, (size_t)n);
    double *cost = vtl_new_array(L, VT_FLOAT64, 1, start->shape)->data;
    lua_setfield(L, -2, "cost");
    for (size_t k = 0; k < count * (size_t)n; k++) a.vector[k] = from[k];
    vtl_progress bar;
    o.progress = show_progress;
    o.context = &bar;
    vtl_interrupt_arm(L);
    vt_error err = {0};
    vtl_progress_start(&bar, "quasi-localized modes", 100, 1, "%/s");
    vt_status st = vt_quasilocal(system, &o, count, a.vector, a.eigenvalue, cost, a.residual, &err);
    vtl_progress_finish(&bar);
    if (vt_failed(st)) return vtl_error(L, "%s: %s", WHERE, err.msg);
    vt_modes_participation(count, system->count, a.vector, a.participation, a.ratio);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"lowest", lowest},
                                     {"all", all},
                                     {"moments", moments},
                                     {"density", density},
                                     {"displacement", displacement},
                                     {"quasilocal", quasilocal},
                                     {NULL, NULL}};

static int open_module(lua_State *L) {
    vt_modes_options o = vt_modes_defaults();
    luaL_newlib(L, FUNCTIONS);
    vt_density_options d = vt_density_defaults();
    vt_displacement_options u = vt_displacement_defaults();
    vt_quasilocal_options q = vt_quasilocal_defaults();
    lua_createtable(L, 0, 11);
    set_number(L, "quasilocal_tolerance", q.tolerance);
    set_integer(L, "quasilocal_rounds", q.rounds);
    set_integer(L, "probes", (int64_t)d.probes);
    set_integer(L, "displacement_modes", (int64_t)u.modes);
    set_number(L, "displacement_tolerance", u.tolerance);
    set_number(L, "reach", u.reach);
    set_integer(L, "repeats", (int64_t)u.repeats);
    set_integer(L, "displacement_dense", VT_DISPLACEMENT_DENSE);
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

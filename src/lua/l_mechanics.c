/* The module "vitrum.mechanics_core", on which lua/vitrum/mechanics stands. */
#include <math.h>
#include <string.h>

#include "l_atoms.h"
#include "vitrum/mechanics.h"

static void set_matrix(lua_State *L, const char *key, const double matrix[6][6]) {
    const int64_t shape[2] = {6, 6};
    memcpy(vtl_new_array(L, VT_FLOAT64, 2, shape)->data, matrix, 36 * sizeof(double));
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_moduli(lua_State *L, const char *key, const vt_moduli *m) {
    lua_createtable(L, 0, 4);
    set_number(L, "bulk", m->bulk);
    set_number(L, "shear", m->shear);
    set_number(L, "young", m->young);
    set_number(L, "poisson", m->poisson);
    lua_setfield(L, -2, key);
}

/* ---------------------------------------------------------------- elastic constants ---- */

typedef struct {
    vtl_progress bar;
    double start;
} elastic_progress;

/* Orders of magnitude that the forces have fallen, of those that they must. */
static bool show_progress(void *context, double left) {
    elastic_progress *p = context;
    if (p->start == 0) p->start = fmax(left, 2);
    vtl_progress_update(&p->bar, 100 * (1 - log(fmax(left, 1)) / log(p->start)));
    return true;
}

/* elastic(atoms, tolerance, rounds, strain, parts) -> table */
static int elastic(lua_State *L) {
    vtl_check_atoms(L, 1);
    elastic_progress progress = {0};
    vt_elastic_options o = {.tolerance = luaL_checknumber(L, 2),
                            .rounds = luaL_checkinteger(L, 3),
                            .strain = luaL_checknumber(L, 4),
                            .progress = show_progress,
                            .context = &progress};
    bool parts = lua_toboolean(L, 5);
    const size_t n = vtl_check_atoms(L, 1)->count;
    const int64_t shape[3] = {(int64_t)n, 6, 6};
    lua_createtable(L, 0, 14);
    double(*atom)[6][6] = NULL, *part = NULL;
    if (parts) {
        atom = vtl_new_array(L, VT_FLOAT64, 3, shape)->data;
        lua_setfield(L, -2, "atom");
        part = lua_newuserdatauv(L, (36 * n + 1) * sizeof *part, 0);
        lua_insert(L, -2);
    }
    vtl_interrupt_arm(L);
    vt_system *system = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, "mechanics.elastic")->system;
    vt_elastic result;
    vt_error err = {0};
    vtl_progress_start(&progress.bar, "elastic constants", 100, 1, "%/s");
    vt_status st = vt_elastic_constants(system, &o, &result, (double(*)[6][6])part, &err);
    vtl_progress_finish(&progress.bar);
    if (vt_failed(st)) return vtl_error(L, "mechanics.elastic: %s", err.msg);
    if (parts) vt_system_to_user(system, 36, part, &atom[0][0][0]);
    set_matrix(L, "c", (const double(*)[6])result.c);
    set_matrix(L, "born", (const double(*)[6])result.born);
    set_matrix(L, "nonaffine", (const double(*)[6])result.nonaffine);
    set_matrix(L, "under_stress", (const double(*)[6])result.under_stress);
    vtl_push_tensor(L, result.stress);
    lua_setfield(L, -2, "stress");
    set_number(L, "fmax", result.fmax);
    set_number(L, "residual", result.residual);
    lua_pushinteger(L, result.rounds);
    lua_setfield(L, -2, "rounds");
    lua_pushboolean(L, result.differences);
    lua_setfield(L, -2, "differences");
    return 1;
}

/* averages(c) -> { voigt, reuss, hill, anisotropy }, nil when c is not positive definite */
static int averages(lua_State *L) {
    const vt_array *c = vtl_check_numbers(L, 1, 2, "mechanics.averages: argument 1");
    if (c->shape[0] != 6 || c->shape[1] != 6)
        return vtl_error(L,
                         "mechanics.averages: expected 6 x 6 elastic constants in GPa, rows and "
                         "columns xx yy zz yz xz xy, got %I x %I numbers",
                         (lua_Integer)c->shape[0], (lua_Integer)c->shape[1]);
    double matrix[6][6];
    memcpy(matrix, c->data, sizeof matrix);
    for (int p = 0; p < 6; p++)
        for (int q = 0; q < p; q++)
            if (!(fabs(matrix[p][q] - matrix[q][p]) <=
                  1e-6 * (fabs(matrix[p][p]) + fabs(matrix[q][q]))))
                return vtl_error(L,
                                 "mechanics.averages: the elastic constants are not symmetric: "
                                 "[%d][%d] is %f and [%d][%d] is %f",
                                 p + 1, q + 1, matrix[p][q], q + 1, p + 1, matrix[q][p]);
    vt_averages a;
    vt_error err = {0};
    if (vt_failed(vt_elastic_averages((const double(*)[6])matrix, &a, &err))) {
        lua_pushnil(L);
        return 1;
    }
    lua_createtable(L, 0, 4);
    set_moduli(L, "voigt", &a.voigt);
    set_moduli(L, "reuss", &a.reuss);
    set_moduli(L, "hill", &a.hill);
    set_number(L, "anisotropy", a.anisotropy);
    return 1;
}

/* ---------------------------------------------------------------- quasistatic strain ---- */

/* Numbers under 1 to 6 of the table at `index`. */
static void read_six(lua_State *L, int index, double six[6]) {
    luaL_checktype(L, index, LUA_TTABLE);
    for (int k = 0; k < 6; k++) {
        lua_rawgeti(L, index, k + 1);
        six[k] = luaL_checknumber(L, -1);
        lua_pop(L, 1);
    }
}

/* A list: parameter, energy, the six stresses, volume, fmax, evaluations. */
static void push_state(lua_State *L, const vt_quasistatic_state *s) {
    lua_createtable(L, 11, 0);
    double number[10] = {s->parameter, s->energy};
    memcpy(number + 2, s->stress, sizeof s->stress);
    number[8] = s->volume;
    number[9] = s->fmax;
    for (int k = 0; k < 10; k++) {
        lua_pushnumber(L, number[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_pushinteger(L, s->evaluations);
    lua_rawseti(L, -2, 11);
}

/* A copy of the atoms at 1 with these positions and box. */
static void push_before(lua_State *L, const double (*r)[3], const vt_box *box) {
    vt_error err = {0};
    vtl_atoms *made = vtl_new_atoms(L);
    vt_atoms *copy = vt_atoms_copy(vtl_check_atoms(L, 1), &err);
    for (size_t i = 0; copy != NULL && i < copy->count; i++) {
        copy->x[i] = r[i][0];
        copy->y[i] = r[i][1];
        copy->z[i] = r[i][2];
    }
    if (copy != NULL) copy->box = *box;
    vtl_set_atoms(L, made, copy, &err);
}

/* quasistatic(atoms, direction, free, step, resolution, drop, fmax, from, to, most) -> list of
   states, and for an event the states before and after it, the energy lost, the atoms before it */
static int quasistatic(lua_State *L) {
    const size_t n = vtl_check_atoms(L, 1)->count;
    vt_quasistatic_options o = vt_quasistatic_defaults();
    double held[6];
    read_six(L, 2, o.direction);
    read_six(L, 3, held);
    for (int k = 0; k < 6; k++) o.free[k] = held[k] != 0;
    o.step = luaL_checknumber(L, 4);
    o.resolution = luaL_checknumber(L, 5);
    o.drop = luaL_checknumber(L, 6);
    o.fmax = luaL_checknumber(L, 7);
    double from = luaL_checknumber(L, 8), to = luaL_checknumber(L, 9);
    lua_Integer most = luaL_checkinteger(L, 10);
    luaL_argcheck(L, most >= 1 && most <= 10000, 10, "1 to 10000 expected");
    vt_quasistatic_state *states = lua_newuserdatauv(L, ((size_t)most + 1) * sizeof *states, 0);
    double(*before)[3] = lua_newuserdatauv(L, (n + 1) * sizeof *before, 0);
    const vt_potential *potential = vtl_check_atoms_potential(L, 1);
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    vtl_require_idle(L, 1, "mechanics.quasistatic");
    vtl_interrupt_arm(L);
    size_t count;
    bool happened;
    vt_quasistatic_event event;
    vt_box box;
    vt_error err = {0};
    if (vt_failed(vt_quasistatic_run(atoms, potential, &o, from, to, (size_t)most, states, &count,
                                     &happened, &event, before, &box, &err)))
        return vtl_error(L, "mechanics.quasistatic: %s", err.msg);
    lua_createtable(L, (int)count, 0);
    for (size_t k = 0; k < count; k++) {
        push_state(L, &states[k]);
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    if (!happened) return 1;
    push_state(L, &event.before);
    push_state(L, &event.after);
    lua_pushnumber(L, event.lost);
    push_before(L, (const double(*)[3])before, &box);
    return 5;
}

static const luaL_Reg FUNCTIONS[] = {
    {"elastic", elastic}, {"averages", averages}, {"quasistatic", quasistatic}, {NULL, NULL}};

/* `defaults`: what the core takes where nothing is asked for. */
static int open_module(lua_State *L) {
    vt_elastic_options e = vt_elastic_defaults();
    vt_quasistatic_options q = vt_quasistatic_defaults();
    luaL_newlib(L, FUNCTIONS);
    lua_createtable(L, 0, 7);
    set_number(L, "tolerance", e.tolerance);
    set_number(L, "strain", e.strain);
    lua_pushinteger(L, e.rounds);
    lua_setfield(L, -2, "rounds");
    set_number(L, "step", q.step);
    set_number(L, "resolution", q.resolution);
    set_number(L, "drop", q.drop);
    set_number(L, "fmax", q.fmax);
    lua_setfield(L, -2, "defaults");
    return 1;
}

VTL_OPENER(mechanics) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.mechanics_core");
    lua_pop(L, 1);
}

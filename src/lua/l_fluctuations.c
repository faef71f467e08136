/* The module "vitrum.fluctuations_core": what lua/vitrum/mechanics/fluctuations adds up during
   dynamics. Sums are arrays that belong to the caller, so that they are saved, added and divided
   like any other. */
#include <string.h>

#include "l_array.h"
#include "l_dynamics.h"
#include "vitrum/mechanics.h"

enum {
    SUMS = sizeof(vt_fluctuations) / sizeof(double),
    ATOM_SUMS = sizeof(vt_atom_fluctuations) / sizeof(double)
};

/* The array at `index` of rows x columns floats (one axis when rows is 0), or nil: NULL. */
static double *check_sums(lua_State *L, int index, size_t rows, int64_t columns, bool optional) {
    if (optional && lua_isnoneornil(L, index)) return NULL;
    const vt_array *a = vtl_check_writable(L, index);
    bool fits =
        a->dtype == VT_FLOAT64 && vt_array_contiguous(a) &&
        (rows == 0 ? a->ndim == 1 && a->shape[0] == columns
                   : a->ndim == 2 && a->shape[0] == (int64_t)rows && a->shape[1] == columns);
    luaL_argcheck(L, fits, index, "sums do not fit");
    return a->data;
}

/* run(md, sums, atom sums or nil, every, born_every, strain, reference, most) -> true, or nil,
   message and whether the atoms ran away. Sums of instants up to then are there in any case. */
static int run(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    size_t n = vt_md_system(self->md)->count;
    double *sums = check_sums(L, 2, 0, SUMS, false);
    double *atom = check_sums(L, 3, n, ATOM_SUMS, true);
    vt_fluctuation_options o = {.every = luaL_checkinteger(L, 4),
                                .born_every = luaL_checkinteger(L, 5),
                                .strain = luaL_checknumber(L, 6)};
    const vt_array *reference = vtl_check_numbers(L, 7, 1, "fluctuations: argument 7");
    luaL_argcheck(L, reference->shape[0] == 6, 7, "six numbers expected");
    memcpy(o.reference, reference->data, sizeof o.reference);
    int64_t most = luaL_checkinteger(L, 8);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    vtl_atoms *box = vtl_md_atoms_or(L, 1, &err);
    vt_status status = box == NULL ? err.code : VT_OK;
    if (box != NULL) {
        vt_fluctuations total;
        memcpy(&total, sums, sizeof total);
        box->ahead = self->shared->system;
        status = vt_fluctuations_run(self->md, &o, most, &total,
                                     (vt_atom_fluctuations *)(void *)atom, &err);
        memcpy(sums, &total, sizeof total);
    }
    if (!vt_failed(status)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, err.msg);
    lua_pushboolean(L, status == VT_EDIVERGED);
    return 3;
}

/* check(atoms, parts): raises unless there can be constants, and parts of atoms where they are
   wanted */
static int check(lua_State *L) {
    vtl_check_atoms(L, 1);
    const vt_system *system =
        vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, "mechanics.elastic")->system;
    vt_error err = {0};
    if (vt_failed(vt_elastic_check(system, lua_toboolean(L, 2), &err)))
        return vtl_error(L, "mechanics.elastic: %s", err.msg);
    return 0;
}

/* under_stress(c, stress) -> array, see vt_born_under_stress */
static int under_stress(lua_State *L) {
    const vt_array *c = vtl_check_numbers(L, 1, 2, "fluctuations: argument 1");
    luaL_argcheck(L, c->shape[0] == 6 && c->shape[1] == 6, 1, "6 x 6 numbers expected");
    const vt_array *stress = vtl_check_numbers(L, 2, 1, "fluctuations: argument 2");
    luaL_argcheck(L, stress->shape[0] == 6, 2, "six numbers expected");
    double born[VT_BORN_CONSTANTS];
    for (int p = 0; p < 6; p++)
        for (int q = p; q < 6; q++)
            born[vt_born_index(p, q)] = ((const double *)c->data)[6 * p + q];
    const int64_t shape[2] = {6, 6};
    double six[6];
    memcpy(six, stress->data, sizeof six);
    vt_born_under_stress(born, six, vtl_new_array(L, VT_FLOAT64, 2, shape)->data);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {
    {"check", check}, {"run", run}, {"under_stress", under_stress}, {NULL, NULL}};

/* `sums`, `atom_sums`: lengths of the arrays. */
static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    lua_pushinteger(L, SUMS);
    lua_setfield(L, -2, "sums");
    lua_pushinteger(L, ATOM_SUMS);
    lua_setfield(L, -2, "atom_sums");
    return 1;
}

VTL_OPENER(fluctuations) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.fluctuations_core");
    lua_pop(L, 1);
}

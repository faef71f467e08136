/* The module "vitrum.field_core": what lua/vitrum/structure/field.lua stands on. */
#include <string.h>

#include "vitrum/structure.h"
#include "vtl.h"

/* One number per atom at `index`. */
static const double *check_values(lua_State *L, int index, const vt_atoms *atoms) {
    const vt_array *values = vtl_check_numbers(L, index, 1, "the values");
    if (values->shape[0] != (int64_t)atoms->count)
        vtl_error(L, "there are %d values for %d atoms; give one number for each atom",
                  (int)values->shape[0], (int)atoms->count);
    return values->data;
}

/* extent(atoms, axis) -> low, high, whether periodic */
static int field_extent(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    lua_Integer number = luaL_checkinteger(L, 2);
    luaL_argcheck(L, number >= 1 && number <= 3, 2, "1, 2 or 3 expected");
    int axis = (int)number - 1;
    double low, high;
    vt_field_extent(atoms, axis, &low, &high);
    lua_pushnumber(L, low);
    lua_pushnumber(L, high);
    lua_pushboolean(L, atoms->box.periodic[axis]);
    return 3;
}

/* bin(atoms, values, count, sum, square, axis, bins, low, high [, axis, bins, low, high]) adds to
   the three arrays */
static int field_bin(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    const double *values = check_values(L, 2, atoms);
    vt_field_axis axes[3];
    int dimensions = 0;
    int64_t total = 1;
    for (int k = 6; k + 3 <= lua_gettop(L) && dimensions < 3; k += 4, dimensions++) {
        axes[dimensions] =
            (vt_field_axis){(int)luaL_checkinteger(L, k) - 1, luaL_checkinteger(L, k + 1),
                            luaL_checknumber(L, k + 2), luaL_checknumber(L, k + 3)};
        luaL_argcheck(L,
                      axes[dimensions].bins >= 1 &&
                          !__builtin_mul_overflow(total, axes[dimensions].bins, &total),
                      k + 1, "a number of bins expected");
    }
    double *target[3];
    for (int k = 0; k < 3; k++) {
        const vt_array *array = vtl_check_array(L, 3 + k);
        luaL_argcheck(L,
                      array->dtype == VT_FLOAT64 && array->ndim == 1 && array->shape[0] == total &&
                          array->stride[0] == 1,
                      3 + k, "a vector of all bins expected");
        target[k] = array->data;
    }
    vt_error err = {0};
    if (vt_failed(
            vt_field_bin(atoms, values, dimensions, axes, target[0], target[1], target[2], &err)))
        return vtl_raise(L, &err);
    return 0;
}

/* coarse(atoms, values, length, whether in a sphere) -> array */
static int field_coarse(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    const double *values = check_values(L, 2, atoms);
    double length = luaL_checknumber(L, 3);
    vt_field_weight weight = lua_toboolean(L, 4) ? VT_FIELD_SPHERE : VT_FIELD_GAUSSIAN;
    vtl_interrupt_arm(L);
    int64_t count = (int64_t)atoms->count;
    double *averages = vtl_new_array(L, VT_FLOAT64, 1, &count)->data;
    vt_error err = {0};
    if (vt_failed(vt_field_coarse(atoms, values, weight, length, averages, &err)))
        return vtl_raise(L, &err);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {
    {"extent", field_extent}, {"bin", field_bin}, {"coarse", field_coarse}, {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(structure_field) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.field_core");
    lua_pop(L, 1);
}

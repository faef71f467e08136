/* The module "vitrum.view_core": what lua/vitrum/picture/view.lua stands on. */
#include "vitrum/view.h"

#include <string.h>

#include "vtl.h"

/* Pushes memory that Lua frees, for results that become strings. */
static void *scratch(lua_State *L, size_t bytes) {
    return lua_newuserdatauv(L, bytes + 1, 0);
}

static void push_numbers(lua_State *L, const double *values, int count) {
    lua_createtable(L, count, 0);
    for (int k = 0; k < count; k++) {
        lua_pushnumber(L, values[k]);
        lua_rawseti(L, -2, k + 1);
    }
}

/* The positions at `index`, an array of count x 3. */
static const double *check_positions(lua_State *L, int index, size_t *count) {
    const vt_array *positions = vtl_check_numbers(L, index, 2, "the positions");
    luaL_argcheck(L, positions->shape[1] == 3, index, "n x 3 numbers expected");
    *count = (size_t)positions->shape[0];
    return positions->data;
}

/* positions(atoms, positions) -> bytes, low, high; the box is that of the atoms */
static int view_positions(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    size_t count;
    const double *position = check_positions(L, 2, &count);
    double low[3], high[3];
    unsigned char *text = scratch(L, 6 * count);
    vt_view_positions(&atoms->box, count, position, text, low, high);
    lua_pushlstring(L, (const char *)text, 6 * count);
    push_numbers(L, low, 3);
    push_numbers(L, high, 3);
    return 3;
}

/* open(positions, radii, directions) adds to directions, an int64 array */
static int view_open(lua_State *L) {
    size_t count;
    const double *position = check_positions(L, 1, &count);
    const vt_array *radii = vtl_check_numbers(L, 2, 1, "the radii");
    vt_array *open = vtl_check_array(L, 3);
    luaL_argcheck(L, radii->shape[0] == (int64_t)count, 2, "one radius per atom expected");
    luaL_argcheck(L,
                  open->dtype == VT_INT64 && open->ndim == 1 && open->stride[0] == 1 &&
                      open->shape[0] == (int64_t)count,
                  3, "one int64 per atom expected");
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_view_open(count, position, radii->data, open->data, &err)))
        return vtl_raise(L, &err);
    return 0;
}

/* looks(directions) -> bytes */
static int view_looks(lua_State *L) {
    const vt_array *open = vtl_check_array(L, 1);
    luaL_argcheck(L, open->dtype == VT_INT64 && open->ndim == 1 && open->stride[0] == 1, 1,
                  "a vector of int64 expected");
    size_t count = (size_t)open->shape[0];
    unsigned char *text = scratch(L, count);
    vt_view_looks(open->data, count, text);
    lua_pushlstring(L, (const char *)text, count);
    return 1;
}

/* values(array, low, high) -> bytes */
static int view_values(lua_State *L) {
    const vt_array *values = vtl_check_numbers(L, 1, 1, "the values");
    size_t count = (size_t)values->shape[0];
    double low = luaL_checknumber(L, 2), high = luaL_checknumber(L, 3);
    unsigned char *text = scratch(L, count);
    vt_view_values(values->data, count, low, high, text);
    lua_pushlstring(L, (const char *)text, count);
    return 1;
}

/* ids(ids, an int64 array) -> bytes, "" where they are 1, 2, 3, ... */
static int view_ids(lua_State *L) {
    const vt_array *ids = vtl_check_array(L, 1);
    luaL_argcheck(L, ids->dtype == VT_INT64 && ids->ndim == 1 && ids->stride[0] == 1, 1,
                  "a vector of int64 expected");
    const int64_t *id = ids->data;
    size_t count = (size_t)ids->shape[0], plain = 0;
    while (plain < count && id[plain] == (int64_t)plain + 1) plain++;
    if (plain == count) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t bytes = vt_view_ids(id, count, NULL);
    unsigned char *text = scratch(L, bytes);
    vt_view_ids(id, count, text);
    lua_pushlstring(L, (const char *)text, bytes);
    return 1;
}

/* base64(text) -> text */
static int view_base64(lua_State *L) {
    size_t count;
    const char *bytes = luaL_checklstring(L, 1, &count);
    size_t length = (count + 2) / 3 * 4;
    char *text = scratch(L, length);
    vt_view_base64((const unsigned char *)bytes, count, text);
    lua_pushlstring(L, text, length);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"positions", view_positions},
                                     {"open", view_open},
                                     {"looks", view_looks},
                                     {"values", view_values},
                                     {"ids", view_ids},
                                     {"base64", view_base64},
                                     {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(view) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.view_core");
    lua_pop(L, 1);
}

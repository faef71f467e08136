/* vt.structure, and the module "vitrum.pair_core" that lua/vitrum/structure/pair.lua stands on:
   pair distributions of one frame after the other, and their transform. */
#include <string.h>

#include "l_atoms.h"
#include "vitrum/structure.h"
#include "vtl.h"

/* ---------------------------------------------------------------- histograms ---- */

#define VTL_RDF "vitrum.Rdf"

static int rdf_gc(lua_State *L) {
    vt_rdf_destroy(vtl_take_handle(L, VTL_RDF));
    return 0;
}

static vt_rdf *check_rdf(lua_State *L, int index) {
    return vtl_check_handle(L, index, VTL_RDF);
}

/* new(rmax, bins [, axis]) -> histogram */
static int pair_new(lua_State *L) {
    vt_error err = {0};
    double axis[3];
    bool has_axis = !lua_isnoneornil(L, 3);
    if (has_axis) vtl_read_vector(L, 3, "the axis", axis);
    double rmax = luaL_checknumber(L, 1);
    lua_Integer bins = luaL_checkinteger(L, 2);
    void **handle = vtl_new_handle(L, VTL_RDF);
    vt_rdf *rdf = *handle = vt_rdf_create(rmax, bins, &err);
    if (rdf == NULL) return vtl_raise(L, &err);
    if (has_axis && vt_failed(vt_rdf_set_axis(rdf, axis, &err))) return vtl_raise(L, &err);
    return 1;
}

/* add(histogram, atoms [, centers]) */
static int pair_add(lua_State *L) {
    vt_error err = {0};
    bool *center = NULL;
    lua_settop(L, 3);
    vtl_check_atoms(L, 2);
    if (!lua_isnil(L, 3)) {
        size_t count;
        const int32_t *list = vtl_read_centers(L, 2, 3, "structure.rdf", &count);
        size_t size = (vtl_check_atoms(L, 2)->count + 1) * sizeof *center;
        center = memset(lua_newuserdatauv(L, size, 0), 0, size);
        for (size_t k = 0; k < count; k++) center[list[k]] = true;
    }
    vtl_interrupt_arm(L);
    vtl_require_idle(L, 1, "structure.rdf");
    if (vt_failed(vt_rdf_add_around(check_rdf(L, 1), vtl_check_atoms(L, 2), center, &err)))
        return vtl_raise(L, &err);
    return 0;
}

/* merge(histogram, other) */
static int pair_merge(lua_State *L) {
    vt_error err = {0};
    vtl_require_idle(L, 1, "structure.rdf");
    if (vt_failed(vt_rdf_merge(check_rdf(L, 1), check_rdf(L, 2), &err))) return vtl_raise(L, &err);
    return 0;
}

/* ---------------------------------------------------------------- results ---- */

/* Push a fresh array of the histogram's bins and return its memory. */
static double *push_values(lua_State *L, int64_t bins) {
    return vtl_new_array(L, VT_FLOAT64, 1, &bins)->data;
}

/* "Cu-Zr" */
static void push_pair(lua_State *L, const vt_rdf *rdf, int a, int b) {
    lua_pushfstring(L, "%s-%s", vt_rdf_species(rdf, a)->symbol, vt_rdf_species(rdf, b)->symbol);
}

/* partial["Zr-Cu"] is partial["Cu-Zr"]; any other name is a slip. Upvalue: the table of aliases. */
static int partial_index(lua_State *L) {
    lua_settop(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) return 0;
    lua_rawget(L, 1);
    return 1;
}

typedef void pair_values(const vt_rdf *rdf, int a, int b, double *values);

/* table -> table, with total and partial */
static void set_values(lua_State *L, const vt_rdf *rdf, int64_t bins, pair_values *values) {
    values(rdf, -1, -1, push_values(L, bins));
    lua_setfield(L, -2, "total");
    int species = vt_rdf_species_count(rdf);
    lua_newtable(L); /* partial */
    lua_newtable(L); /* partial aliases */
    bool directed = vt_rdf_has_centers(rdf);
    for (int a = 0; a < species; a++)
        for (int b = directed ? 0 : a; b < species; b++) {
            if (vt_rdf_centers(rdf, a) == 0 || vt_rdf_atoms(rdf, b) == 0) continue;
            push_pair(L, rdf, a, b);
            values(rdf, a, b, push_values(L, bins));
            lua_settable(L, -4);
            if (directed) continue;
            push_pair(L, rdf, b, a);
            push_pair(L, rdf, a, b);
            lua_settable(L, -3);
        }
    lua_createtable(L, 0, 1); /* partial aliases metatable */
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, partial_index, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -3);
    lua_pop(L, 1);
    lua_setfield(L, -2, "partial");
}

/* result -> result, with coordination */
static void set_coordination(lua_State *L, const vt_rdf *rdf, int64_t bins) {
    int species = vt_rdf_species_count(rdf);
    lua_newtable(L);
    for (int a = 0; a < species; a++)
        for (int b = 0; b < species; b++) {
            if (vt_rdf_centers(rdf, a) == 0 || vt_rdf_atoms(rdf, b) == 0) continue;
            push_pair(L, rdf, a, b);
            vt_rdf_coordination(rdf, a, b, push_values(L, bins));
            lua_settable(L, -3);
        }
    vt_rdf_coordination(rdf, -1, -1, push_values(L, bins));
    lua_setfield(L, -2, "total");
    lua_setfield(L, -2, "coordination");
}

/* Numbers by species and frame. */
static void set_counts(lua_State *L, const vt_rdf *rdf, const char *key,
                       double (*number)(const vt_rdf *rdf, int k)) {
    lua_createtable(L, 0, vt_rdf_species_count(rdf));
    for (int k = 0; k < vt_rdf_species_count(rdf); k++) {
        lua_pushnumber(L, number(rdf, k) / (double)vt_rdf_frames(rdf));
        lua_setfield(L, -2, vt_rdf_species(rdf, k)->symbol);
    }
    lua_setfield(L, -2, key);
}

/* result(histogram) -> { r, total, partial, coordination, counts, density, frames [, centers]
   [, anisotropy] }
   and the same without coordination when the second argument is false */
static int pair_result(lua_State *L) {
    const vt_rdf *rdf = check_rdf(L, 1);
    int64_t bins = vt_rdf_bins(rdf);
    lua_settop(L, 2);
    lua_createtable(L, 0, 8);
    vt_rdf_radii(rdf, push_values(L, bins));
    lua_setfield(L, -2, "r");
    set_values(L, rdf, bins, vt_rdf_values);
    if (lua_isnil(L, 2) || lua_toboolean(L, 2)) set_coordination(L, rdf, bins);
    if (vt_rdf_has_axis(rdf)) {
        lua_createtable(L, 0, 2);
        set_values(L, rdf, bins, vt_rdf_anisotropy);
        lua_setfield(L, -2, "anisotropy");
    }
    set_counts(L, rdf, "counts", vt_rdf_atoms);
    if (vt_rdf_has_centers(rdf)) set_counts(L, rdf, "centers", vt_rdf_centers);
    lua_pushnumber(L, vt_rdf_density(rdf));
    lua_setfield(L, -2, "density");
    lua_pushinteger(L, vt_rdf_frames(rdf));
    lua_setfield(L, -2, "frames");
    return 1;
}

/* atomic(atoms, symbol, rmax, bins) -> array of atoms x bins */
static int pair_atomic(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int beta = vt_atoms_find_species(atoms, luaL_checkstring(L, 2));
    int64_t shape[2] = {(int64_t)atoms->count, luaL_checkinteger(L, 4)};
    if (shape[1] > VT_RDF_MAX_BINS) /* before there is an array for them */
        return vtl_error(L, "structure.atomic_rdf: bins must be 1 to %d, got %I", VT_RDF_MAX_BINS,
                         (LUAI_UACINT)shape[1]);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    double *g = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    if (vt_failed(vt_rdf_atomic(atoms, beta, luaL_checknumber(L, 3), shape[1], g, &err)))
        return vtl_raise(L, &err);
    return 1;
}

/* transform(q, rmax, bins, window) -> array of #q x bins */
static int pair_transform(lua_State *L) {
    const vt_array *q = vtl_check_numbers(L, 1, 1, "q");
    int64_t shape[2] = {q->shape[0], luaL_checkinteger(L, 3)};
    double *kernel = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    vtl_interrupt_arm(L);
    vt_error err = {0};
    if (vt_failed(vt_rdf_transform(q->data, (size_t)shape[0], luaL_checknumber(L, 2),
                                   (size_t)shape[1], lua_toboolean(L, 4), kernel, &err)))
        return vtl_raise(L, &err);
    return 1;
}

/* ---------------------------------------------------------------- opener ---- */

static const luaL_Reg FUNCTIONS[] = {{"new", pair_new},
                                     {"add", pair_add},
                                     {"merge", pair_merge},
                                     {"result", pair_result},
                                     {"atomic", pair_atomic},
                                     {"transform", pair_transform},
                                     {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(structure) {
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", rdf_gc}, {NULL, NULL}};
    vtl_new_type(L, VTL_RDF, none, meta);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.pair_core");
    lua_pop(L, 1);
}

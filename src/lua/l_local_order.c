/* The module "vitrum.order_core": what lua/vitrum/structure/packing.lua and bond_order.lua stand
   on. */
#include <stdio.h>
#include <string.h>

#include "l_voronoi.h"

/* A fresh vector as field `name` of the table on top of the stack. */
static void *add_field(lua_State *L, const char *name, vt_dtype dtype, size_t count) {
    int64_t shape = (int64_t)count;
    void *data = vtl_new_array(L, dtype, 1, &shape)->data;
    lua_setfield(L, -2, name);
    return data;
}

static void set_count(lua_State *L, const char *name, size_t count) {
    lua_pushinteger(L, (lua_Integer)count);
    lua_setfield(L, -2, name);
}

/* ---------------------------------------------------------------- packing ---- */

/* packing(v) -> array of 1 to 6 */
static int packing(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    int64_t shape = (int64_t)v->count;
    vt_voronoi_packing(v, vtl_new_array(L, VT_INT32, 1, &shape)->data);
    return 1;
}

/* free_volume(v, core_radii) -> array, fraction */
static int free_volume(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    double radii[VT_MAX_SPECIES];
    lua_settop(L, 2);
    vtl_read_by_species(L, "core_radii", v->species, v->species_count, radii);
    int64_t shape = (int64_t)v->count;
    lua_pushnumber(L,
                   vt_voronoi_free_volume(v, radii, vtl_new_array(L, VT_FLOAT64, 1, &shape)->data));
    return 2;
}

/* types(v) -> array of species from 1, list of their symbols */
static int types(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    int64_t shape = (int64_t)v->count;
    int32_t *to = vtl_new_array(L, VT_INT32, 1, &shape)->data;
    for (size_t i = 0; i < v->count; i++) to[i] = v->type[i] + 1;
    lua_createtable(L, v->species_count, 0);
    for (int k = 0; k < v->species_count; k++) {
        lua_pushstring(L, v->species[k].symbol);
        lua_rawseti(L, -2, k + 1);
    }
    return 2;
}

/* ---------------------------------------------------------------- clusters ---- */

#define CLUSTERS "vitrum.Clusters"

static int clusters_gc(lua_State *L) {
    vt_clusters_destroy(vtl_take_handle(L, CLUSTERS));
    return 0;
}

static const char *const LINKS[] = {"none", "vertex", "edge", "face", "volume", NULL};

/* clusters(v, index, species, link) -> table of numbers and arrays */
static int clusters(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    vt_cluster_options o = vt_cluster_defaults();
    int32_t pattern[VT_VORONOI_ORDERS] = {0};
    if (vtl_read_voronoi_index(L, 2, pattern) != 4)
        return vtl_error(L, "structure.clusters: the index of the polyhedra must have the four "
                            "numbers n3, n4, n5, n6");
    memcpy(o.index, pattern, sizeof o.index);
    o.species = vtl_check_voronoi_species(L, 3, v, "structure.clusters");
    o.link = (vt_sharing)luaL_checkoption(L, 4, "volume", LINKS);

    void **handle = vtl_new_handle(L, CLUSTERS);
    vt_error err = {0};
    vt_clusters *c = *handle = vt_clusters_create(v, &o, &err);
    if (c == NULL) return vtl_raise(L, &err);
    lua_createtable(L, 0, 8);
    memcpy(add_field(L, "center", VT_INT32, c->count), c->center, c->count * sizeof(int32_t));
    memcpy(add_field(L, "member", VT_INT32, c->count), c->member, c->count * sizeof(int32_t));
    int64_t *atoms = add_field(L, "atoms", VT_INT64, c->cluster_count);
    int64_t *centers = add_field(L, "polyhedra", VT_INT64, c->cluster_count);
    for (size_t k = 0; k < c->cluster_count; k++) {
        atoms[k] = (int64_t)c->cluster[k].atoms;
        centers[k] = (int64_t)c->cluster[k].centers;
    }
    set_count(L, "centers", c->centers);
    set_count(L, "covered", c->covered);
    lua_createtable(L, 0, 4);
    for (int s = VT_SHARE_VERTEX; s <= VT_SHARE_VOLUME; s++) set_count(L, LINKS[s], c->links[s]);
    lua_setfield(L, -2, "links");
    *handle = NULL;
    vt_clusters_destroy(c);
    return 1;
}

/* ---------------------------------------------------------------- bond order ---- */

#define BONDS "vitrum.Bonds"

static int bonds_gc(lua_State *L) {
    vt_bonds_destroy(vtl_take_handle(L, BONDS));
    return 0;
}

/* bonds_within(atoms, cutoff), bonds_nearest(atoms, number), bonds_voronoi(v, weighted) -> bonds */
static int bonds_within(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    double cutoff = luaL_checknumber(L, 2);
    vt_error err = {0};
    vtl_interrupt_arm(L);
    void **handle = vtl_new_handle(L, BONDS);
    *handle = vt_bonds_within(atoms, cutoff, &err);
    return *handle != NULL ? 1 : vtl_raise(L, &err);
}

static int bonds_nearest(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t number = luaL_checkinteger(L, 2);
    vt_error err = {0};
    vtl_interrupt_arm(L);
    void **handle = vtl_new_handle(L, BONDS);
    *handle = vt_bonds_nearest(atoms, number, &err);
    return *handle != NULL ? 1 : vtl_raise(L, &err);
}

static int bonds_voronoi(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    bool weighted = lua_toboolean(L, 2);
    vt_error err = {0};
    void **handle = vtl_new_handle(L, BONDS);
    *handle = vt_bonds_voronoi(v, weighted, &err);
    return *handle != NULL ? 1 : vtl_raise(L, &err);
}

static const vt_bonds *check_bonds(lua_State *L, int index) {
    return vtl_check_handle(L, index, BONDS);
}

/* common_neighbors(bonds) -> array of 0 to 4 */
static int common_neighbors(lua_State *L) {
    const vt_bonds *bonds = check_bonds(L, 1);
    vt_error err = {0};
    int64_t shape = (int64_t)bonds->count;
    int32_t *kind = vtl_new_array(L, VT_INT32, 1, &shape)->data;
    return vt_failed(vt_common_neighbors(bonds, kind, &err)) ? vtl_raise(L, &err) : 1;
}

/* bond_order(bonds, l, averaged) -> q, w */
static int bond_order(lua_State *L) {
    const vt_bonds *bonds = check_bonds(L, 1);
    lua_Integer l = luaL_checkinteger(L, 2);
    bool averaged = lua_toboolean(L, 3);
    int64_t shape = (int64_t)bonds->count;
    double *q = vtl_new_array(L, VT_FLOAT64, 1, &shape)->data;
    double *w = vtl_new_array(L, VT_FLOAT64, 1, &shape)->data;
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_bond_order(bonds, (int)l, averaged, q, w, &err))) return vtl_raise(L, &err);
    return 2;
}

/* bond_count(bonds) -> array */
static int bond_count(lua_State *L) {
    const vt_bonds *bonds = check_bonds(L, 1);
    int64_t shape = (int64_t)bonds->count;
    int32_t *to = vtl_new_array(L, VT_INT32, 1, &shape)->data;
    for (size_t i = 0; i < bonds->count; i++)
        to[i] = (int32_t)(bonds->first[i + 1] - bonds->first[i]);
    return 1;
}

/* ---------------------------------------------------------------- opener ---- */

static const luaL_Reg FUNCTIONS[] = {{"packing", packing},
                                     {"free_volume", free_volume},
                                     {"types", types},
                                     {"clusters", clusters},
                                     {"bonds_within", bonds_within},
                                     {"bonds_nearest", bonds_nearest},
                                     {"common_neighbors", common_neighbors},
                                     {"bonds_voronoi", bonds_voronoi},
                                     {"bond_order", bond_order},
                                     {"bond_count", bond_count},
                                     {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(local_order) {
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg of_clusters[] = {{"__gc", clusters_gc}, {NULL, NULL}};
    static const luaL_Reg of_bonds[] = {{"__gc", bonds_gc}, {NULL, NULL}};
    vtl_new_type(L, CLUSTERS, none, of_clusters);
    vtl_new_type(L, BONDS, none, of_bonds);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.order_core");
    lua_pop(L, 1);
}

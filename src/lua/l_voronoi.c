/* The Voronoi userdata: the cells of atoms and what is counted on them. */
#include "l_voronoi.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- userdata ---- */

typedef struct {
    vt_voronoi *voronoi; /* NULL while it is made and when it is gone */
    bool closed;
} box;

enum { CACHE = 1, USERVALUES = 1 }; /* arrays already handed out, by name */

const vt_voronoi *vtl_check_voronoi(lua_State *L, int index) {
    box *b = luaL_checkudata(L, index, VTL_VORONOI);
    if (b->closed || b->voronoi == NULL) vtl_error(L, "these Voronoi cells are closed");
    return b->voronoi;
}

static int voronoi_close(lua_State *L) {
    box *b = luaL_checkudata(L, 1, VTL_VORONOI);
    if (!vtl_may_end(L, &b->closed)) return 0;
    vt_voronoi_destroy(b->voronoi);
    b->voronoi = NULL;
    return 0;
}

static int voronoi_length(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)vtl_check_voronoi(L, 1)->count);
    return 1;
}

/* ---------------------------------------------------------------- arrays ---- */

static void put(lua_State *L, vt_dtype dtype, size_t rows, size_t columns, const void *from) {
    int64_t shape[2] = {(int64_t)rows, (int64_t)columns};
    vt_array *to = vtl_new_array(L, dtype, columns > 1 ? 2 : 1, shape);
    memcpy(to->data, from, rows * columns * vt_dtype_size(dtype));
}

static void put_volume(lua_State *L, const vt_voronoi *v) {
    put(L, VT_FLOAT64, v->count, 1, v->volume);
}

static void put_area(lua_State *L, const vt_voronoi *v) {
    put(L, VT_FLOAT64, v->count, 1, v->area);
}

static void put_radius(lua_State *L, const vt_voronoi *v) {
    put(L, VT_FLOAT64, v->count, 1, v->radius);
}

static void put_coordination(lua_State *L, const vt_voronoi *v) {
    put(L, VT_INT32, v->count, 1, v->coordination);
}

static void put_walls(lua_State *L, const vt_voronoi *v) {
    put(L, VT_INT32, v->count, 1, v->walls);
}

static void put_orders(lua_State *L, const vt_voronoi *v) {
    put(L, VT_INT32, v->count, VT_VORONOI_ORDERS, v->orders);
}

static void put_index(lua_State *L, const vt_voronoi *v) {
    int64_t shape[2] = {(int64_t)v->count, 4};
    int32_t *to = vtl_new_array(L, VT_INT32, 2, shape)->data;
    for (size_t i = 0; i < v->count; i++)
        memcpy(to + 4 * i, v->orders + VT_VORONOI_ORDERS * i, 4 * sizeof *to);
}

static void put_five_fold(lua_State *L, const vt_voronoi *v) {
    int64_t shape = (int64_t)v->count;
    vt_voronoi_five_fold(v, vtl_new_array(L, VT_FLOAT64, 1, &shape)->data);
}

/* Counted from 1, as everything is in Lua. */
static void put_first(lua_State *L, const vt_voronoi *v) {
    int64_t shape = (int64_t)v->count + 1;
    int64_t *to = vtl_new_array(L, VT_INT64, 1, &shape)->data;
    for (size_t i = 0; i <= v->count; i++) to[i] = (int64_t)v->first[i] + 1;
}

static void put_neighbor(lua_State *L, const vt_voronoi *v) {
    int64_t shape = (int64_t)v->first[v->count];
    int32_t *to = vtl_new_array(L, VT_INT32, 1, &shape)->data;
    for (int64_t k = 0; k < shape; k++) to[k] = v->neighbor[k] + 1;
}

static void put_face_edges(lua_State *L, const vt_voronoi *v) {
    put(L, VT_INT32, v->first[v->count], 1, v->face_edges);
}

static void put_face_area(lua_State *L, const vt_voronoi *v) {
    put(L, VT_FLOAT64, v->first[v->count], 1, v->face_area);
}

static void put_face_vector(lua_State *L, const vt_voronoi *v) {
    put(L, VT_FLOAT64, v->first[v->count], 3, v->face_vector);
}

static void put_W(lua_State *L, const vt_voronoi *v) {
    lua_pushnumber(L, vt_voronoi_mean_five_fold(v, (vt_voronoi_selection){-1, false}));
}

static void put_domain_volume(lua_State *L, const vt_voronoi *v) {
    lua_pushnumber(L, v->domain_volume);
}

typedef struct {
    const char *name;
    void (*put)(lua_State *L, const vt_voronoi *v);
} field;

static const field FIELDS[] = {
    {"volume", put_volume},
    {"area", put_area},
    {"radius", put_radius},
    {"coordination", put_coordination},
    {"walls", put_walls},
    {"index", put_index},
    {"orders", put_orders},
    {"five_fold", put_five_fold},
    {"first", put_first},
    {"neighbor", put_neighbor},
    {"face_edges", put_face_edges},
    {"face_area", put_face_area},
    {"face_vector", put_face_vector},
    {"W", put_W},
    {"domain_volume", put_domain_volume},
};
enum { FIELD_COUNT = sizeof FIELDS / sizeof *FIELDS };

static const field *find_field(const char *name) {
    for (int k = 0; k < FIELD_COUNT; k++)
        if (strcmp(FIELDS[k].name, name) == 0) return &FIELDS[k];
    return NULL;
}

/* v.volume: computed when first asked for, then the same array. */
static int voronoi_index(lua_State *L) {
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    luaL_checkudata(L, 1, VTL_VORONOI);
    if (vtl_push_method(L)) return 1;
    const field *f = key != NULL ? find_field(key) : NULL;
    if (f != NULL) {
        const vt_voronoi *v = vtl_check_voronoi(L, 1);
        lua_getiuservalue(L, 1, CACHE);
        if (lua_getfield(L, -1, key) != LUA_TNIL) return 1;
        lua_pop(L, 1);
        f->put(L, v);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, key);
        return 1;
    }
    /* Names of Lua's own, which tools look for, are absent rather than wrong. */
    if (key != NULL && strncmp(key, "__", 2) == 0) return 1;
    const char *near =
        key != NULL ? vtl_nearest(key, &FIELDS[0].name, FIELD_COUNT, sizeof *FIELDS) : NULL;
    if (near != NULL)
        return vtl_error(L, "Voronoi cells have no field '%s'; did you mean '%s'?", key, near);
    return vtl_error(L, "Voronoi cells have no field '%s'; v:help() lists them",
                     luaL_tolstring(L, 2, NULL));
}

/* ---------------------------------------------------------------- arguments ---- */

typedef struct {
    const char *species;
    bool inside;
    int64_t top;
} selection_options;

static const selection_options SELECTION_DEFAULTS = {NULL, false, 20};

/* Both tables begin alike. */
#define SELECTION                                                                                  \
    {"species",                                                                                    \
     VTL_STRING,                                                                                   \
     offsetof(selection_options, species),                                                         \
     "-",                                                                                          \
     "count atoms of this species only",                                                           \
     NULL},                                                                                        \
    {                                                                                              \
        "inside", VTL_BOOLEAN, offsetof(selection_options, inside), "-",                           \
            "leave out atoms whose cell touches a wall", NULL                                      \
    }

static const vtl_option SELECTION_OPTIONS[] = {SELECTION, {0}};
static const vtl_option POLYHEDRA_OPTIONS[] = {
    SELECTION,
    {"top", VTL_COUNT, offsetof(selection_options, top), "-", "how many kinds, at most", NULL},
    {0}};

/* Options at `index` of a method of the cells at 1. */
static vt_voronoi_selection read_selection(lua_State *L, int index, const char *where,
                                           const vtl_option *table, selection_options *o) {
    *o = SELECTION_DEFAULTS;
    vtl_options(L, index, where, table, o);
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    vt_voronoi_selection selection = {-1, o->inside};
    if (o->species != NULL) {
        lua_pushstring(L, o->species);
        selection.species = vtl_check_voronoi_species(L, lua_gettop(L), v, where);
        lua_pop(L, 1);
    }
    return selection;
}

/* ---------------------------------------------------------------- methods ---- */

static int voronoi_fraction(lua_State *L) {
    int32_t pattern[VT_VORONOI_ORDERS];
    selection_options o;
    vtl_check_voronoi(L, 1);
    int length = vtl_read_voronoi_index(L, 2, pattern);
    vt_voronoi_selection s = read_selection(L, 3, "Voronoi:fraction", SELECTION_OPTIONS, &o);
    lua_pushnumber(L, vt_voronoi_fraction(vtl_check_voronoi(L, 1), pattern, length, s));
    return 1;
}

static int voronoi_mean_five_fold(lua_State *L) {
    selection_options o;
    vtl_check_voronoi(L, 1);
    vt_voronoi_selection s = read_selection(L, 2, "Voronoi:mean_five_fold", SELECTION_OPTIONS, &o);
    lua_pushnumber(L, vt_voronoi_mean_five_fold(vtl_check_voronoi(L, 1), s));
    return 1;
}

static int voronoi_mean_coordination(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    int a = vtl_check_voronoi_species(L, 2, v, "Voronoi:mean_coordination");
    int b = vtl_check_voronoi_species(L, 3, v, "Voronoi:mean_coordination");
    lua_pushnumber(L, vt_voronoi_mean_coordination(v, a, b));
    return 1;
}

/* -> list of { index, count, fraction }, most frequent first */
static int voronoi_polyhedra(lua_State *L) {
    selection_options o;
    vtl_check_voronoi(L, 1);
    vt_voronoi_selection s = read_selection(L, 2, "Voronoi:polyhedra", POLYHEDRA_OPTIONS, &o);
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    void **memory = vtl_new_handle(L, VTL_MEMORY);
    vt_polyhedron *kinds = NULL;
    size_t count;
    vt_error err = {0};
    vt_status status = vt_voronoi_census(v, s, &kinds, &count, &err);
    *memory = kinds;
    if (vt_failed(status)) return vtl_raise(L, &err);
    if (count > (size_t)o.top) count = (size_t)o.top;
    double all = (double)vt_voronoi_selected(v, s);
    lua_createtable(L, (int)count, 0);
    for (size_t k = 0; k < count; k++) {
        char name[64];
        const int32_t *n = kinds[k].index;
        snprintf(name, sizeof name, "%d,%d,%d,%d", n[0], n[1], n[2], n[3]);
        lua_createtable(L, 0, 3);
        lua_pushstring(L, name);
        lua_setfield(L, -2, "index");
        lua_pushinteger(L, (lua_Integer)kinds[k].count);
        lua_setfield(L, -2, "count");
        lua_pushnumber(L, (double)kinds[k].count / all);
        lua_setfield(L, -2, "fraction");
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    return 1;
}

static size_t check_atom(lua_State *L, int index, const vt_voronoi *v, const char *where) {
    lua_Integer i = luaL_checkinteger(L, index);
    if (i < 1 || (size_t)i > v->count)
        vtl_error(L, "%s: there is no atom %I; there are 1 to %I", where, i, (lua_Integer)v->count);
    return (size_t)i - 1;
}

static int voronoi_polyhedron(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    const int32_t *n = v->orders + VT_VORONOI_ORDERS * check_atom(L, 2, v, "Voronoi:polyhedron");
    char name[64];
    snprintf(name, sizeof name, "%d,%d,%d,%d", n[0], n[1], n[2], n[3]);
    lua_pushstring(L, name);
    return 1;
}

/* Each pair of atoms that share a face, once; a pair in contact through several images as often. */
static bool counts_as_pair(size_t i, int32_t j, const double r[3]) {
    if (j < 0 || (size_t)j < i) return false;
    if ((size_t)j > i) return true;
    /* an atom and its own image: one of the two opposite ones */
    for (int d = 0; d < 3; d++)
        if (r[d] != 0) return r[d] > 0;
    return false;
}

static int voronoi_pairs(lua_State *L) {
    const vt_voronoi *v = vtl_check_voronoi(L, 1);
    int64_t count = 0;
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = v->first[i]; k < v->first[i + 1]; k++)
            count += counts_as_pair(i, v->neighbor[k], v->face_vector + 3 * k);
    int64_t shape[2] = {count, 2};
    lua_createtable(L, 0, 3);
    int32_t *atoms = vtl_new_array(L, VT_INT32, 2, shape)->data;
    lua_setfield(L, -2, "atoms");
    double *distance = vtl_new_array(L, VT_FLOAT64, 1, &count)->data;
    lua_setfield(L, -2, "distance");
    double *area = vtl_new_array(L, VT_FLOAT64, 1, &count)->data;
    lua_setfield(L, -2, "area");
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = v->first[i]; k < v->first[i + 1]; k++) {
            const double *r = v->face_vector + 3 * k;
            if (!counts_as_pair(i, v->neighbor[k], r)) continue;
            *atoms++ = (int32_t)i + 1;
            *atoms++ = v->neighbor[k] + 1;
            *distance++ = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
            *area++ = v->face_area[k];
        }
    return 1;
}

static int voronoi_tostring(lua_State *L) {
    box *b = luaL_checkudata(L, 1, VTL_VORONOI);
    if (b->closed || b->voronoi == NULL) {
        lua_pushliteral(L, "vitrum.Voronoi: closed");
        return 1;
    }
    vt_voronoi_selection all = {-1, false};
    static const int32_t icosahedron[4] = {0, 0, 12, 0};
    char text[200];
    snprintf(text, sizeof text,
             "vitrum.Voronoi: cells of %zu atoms, %.2f neighbors each, %.2f%% <0,0,12,0>, W = %.4f",
             b->voronoi->count, vt_voronoi_mean_coordination(b->voronoi, -1, -1),
             100 * vt_voronoi_fraction(b->voronoi, icosahedron, 4, all),
             vt_voronoi_mean_five_fold(b->voronoi, all));
    lua_pushstring(L, text);
    return 1;
}

/* ---------------------------------------------------------------- vt.structure.voronoi ---- */

static vt_voronoi_options voronoi_defaults;

static const vtl_option VORONOI_OPTIONS[] = {
    {"radii", VTL_BY_SPECIES, 0, "A",
     "radical cells with these radii by species, { Cu = 1.28, Zr = 1.6 }; without: plain cells",
     VTL_RANGE(DISTANCE)},
    {"face_threshold", VTL_NONNEGATIVE, offsetof(vt_voronoi_options, face_threshold), "-",
     "a face smaller than this share of its cell's area does not count", NULL},
    {"edge_threshold", VTL_NONNEGATIVE, offsetof(vt_voronoi_options, edge_threshold), "A",
     "an edge shorter than this does not count", NULL},
    {0}};

static void show_progress(void *context, double share) {
    vtl_progress_update(context, 100 * share);
}

static int structure_voronoi(lua_State *L) {
    vt_voronoi_options o = voronoi_defaults;
    double radii[VT_MAX_SPECIES];
    vtl_options(L, 2, "voronoi", VORONOI_OPTIONS, &o);
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    if (lua_istable(L, 2) && lua_getfield(L, 2, "radii") != LUA_TNIL) {
        vtl_read_by_species(L, "radii", atoms->species, atoms->species_count, radii);
        o.radii = radii;
    }
    vtl_interrupt_arm(L);
    box *b = lua_newuserdatauv(L, sizeof *b, USERVALUES);
    *b = (box){0};
    luaL_setmetatable(L, VTL_VORONOI);
    lua_newtable(L);
    lua_setiuservalue(L, -2, CACHE);
    vt_error err = {0};
    vtl_progress progress;
    vtl_progress_start(&progress, "voronoi", 100, 1, "%/s");
    o.progress = show_progress;
    o.progress_context = &progress;
    b->voronoi = vt_voronoi_create(atoms, &o, &err);
    vtl_progress_finish(&progress);
    if (b->voronoi == NULL) return vtl_raise(L, &err);
    vtl_gc_hint(L, b->voronoi->count * 100 + b->voronoi->first[b->voronoi->count] * 40);
    return 1;
}

static const vtl_doc DOCS[] = {
    {"structure.voronoi", "vt.structure.voronoi(atoms, { ... }) -> Voronoi",
     "Voronoi cells, through voro++. Any box will do: tilted, thin, with free axes, along which "
     "cells end at the faces of the box (or half a mean spacing beyond the outermost atom, if "
     "that lies outside). The result has per-atom arrays in the order of the atoms: index "
     "(n x 4: n3, n4, n5, n6), orders (n x 10: faces with 3, 4, ... 11, 12 or more edges), volume "
     "[A^3], area [A^2], radius (to the farthest vertex) [A], coordination (faces shared with "
     "atoms), walls (faces on walls), five_fold (n5/(n3+n4+n5+n6)); W, the mean of five_fold; and "
     "the faces: those of atom i are first[i] to first[i+1]-1 of neighbor (0: a wall), face_edges, "
     "face_area [A^2] and face_vector [A]. Cells without thresholds are those of voro++. Rycroft, "
     "Chaos 19, 041111 (2009); radical cells: Gellatly and Finney, J. Non-Cryst. Solids 50, 313 "
     "(1982); W: Hu et al., Nat. Commun. 6, 8310 (2015).",
     VORONOI_OPTIONS, &voronoi_defaults,
     "local v = vt.structure.voronoi(glass)\n"
     "print(v:fraction \"0,0,12,0\", v.W)\n"
     "glass:save(\"cells.dump\", { columns = { AtomicVolume = v.volume, W = v.five_fold } })",
     "Voronoi tessellation; Voronoi index; Voronoi polyhedra; icosahedra; icosahedron; five-fold "
     "symmetry; pentagon; atomic volume; coordination number; short-range order; SRO; voro++",
     "Voronoi; structure.clusters; structure.packing"},
    {"Voronoi:fraction", "v:fraction(index, { species, inside }) -> number",
     "Share of atoms whose cell has this index, such as \"0,0,12,0\": the numbers of faces with 3, "
     "4, 5 and 6 edges, and further ones if you give more. NaN when no atom is counted.",
     SELECTION_OPTIONS, &SELECTION_DEFAULTS, "v:fraction(\"0,0,12,0\", { species = \"Cu\" })",
     "fraction of icosahedra; icosahedra"},
    {"Voronoi:polyhedra",
     "v:polyhedra{ species, inside, top } -> list of { index, count, fraction }",
     "The kinds of cells by index, most frequent first.", POLYHEDRA_OPTIONS, &SELECTION_DEFAULTS,
     "for _, p in ipairs(v:polyhedra{ species = \"Cu\", top = 10 }) do\n"
     "  print(p.index, p.fraction)\nend",
     "Kasper polyhedra; kinds of polyhedra"},
    {"Voronoi:mean_five_fold", "v:mean_five_fold{ species, inside } -> number",
     "Mean degree of five-fold symmetry of the atoms counted; v.W is that of all.",
     SELECTION_OPTIONS, &SELECTION_DEFAULTS, "v:mean_five_fold{ species = \"Cu\" }"},
    {"Voronoi:mean_coordination", "v:mean_coordination(center, neighbor) -> number",
     "Mean number of atoms of species `neighbor` that share a face with an atom of species "
     "`center`; nil stands for any species.",
     NULL, NULL, "print(v:mean_coordination(\"Cu\", \"Zr\"))"},
    {"Voronoi:polyhedron", "v:polyhedron(i) -> string", "Index of the cell of atom i.", NULL, NULL,
     "print(v:polyhedron(17))"},
    {"Voronoi:pairs", "v:pairs() -> { atoms, distance, area }",
     "Nearest-neighbor pairs: every pair of atoms that share a face, once (a face in the way of "
     "thresholds is taken from the atom with the smaller number). atoms: pairs x 2; distance [A]; "
     "area of the face [A^2].",
     NULL, NULL, "local p = v:pairs()\nprint(p.distance:mean())"},
    {"Voronoi:close", "v:close()", "Give the memory back now instead of when it is collected.",
     NULL, NULL, NULL},
    {0}};

VTL_OPENER(voronoi) {
    voronoi_defaults = vt_voronoi_defaults();
    static const luaL_Reg methods[] = {{"fraction", voronoi_fraction},
                                       {"polyhedra", voronoi_polyhedra},
                                       {"polyhedron", voronoi_polyhedron},
                                       {"mean_five_fold", voronoi_mean_five_fold},
                                       {"mean_coordination", voronoi_mean_coordination},
                                       {"pairs", voronoi_pairs},
                                       {"close", voronoi_close},
                                       {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", voronoi_close},          {"__close", voronoi_close},
                                    {"__tostring", voronoi_tostring}, {"__len", voronoi_length},
                                    {"__index", voronoi_index},       {NULL, NULL}};
    vtl_new_type(L, VTL_VORONOI, methods, meta);
    luaL_getsubtable(L, -1, "structure");
    lua_pushcfunction(L, structure_voronoi);
    lua_setfield(L, -2, "voronoi");
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}

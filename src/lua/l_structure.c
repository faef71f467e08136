/* vt.structure: what an arrangement of atoms looks like. */
#include <stdio.h>
#include <string.h>

#include "vitrum/structure.h"
#include "vtl.h"

/* ---------------------------------------------------------------- rdf ---- */

typedef struct {
    double rmax;
    int64_t bins;
} rdf_options;

static const rdf_options RDF_DEFAULTS = {10, 400};

static const vtl_option RDF_OPTIONS[] = {
    {"rmax", VTL_POSITIVE, offsetof(rdf_options, rmax), "A",
     "largest distance; may exceed half the box, images are counted", NULL},
    {"bins", VTL_COUNT, offsetof(rdf_options, bins), "-", "number of shells, up to a million",
     NULL},
    {0}};

/* Holds the histogram while results are made, since making them may raise. */
#define VTL_RDF "vitrum.Rdf"

static int rdf_gc(lua_State *L) {
    vt_rdf **box = luaL_checkudata(L, 1, VTL_RDF);
    vt_rdf_destroy(*box);
    *box = NULL;
    return 0;
}

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
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) return 0;
    lua_rawget(L, 1);
    return 1;
}

/* result -> result, with partial */
static void set_partial(lua_State *L, const vt_rdf *rdf, int64_t bins) {
    int species = vt_rdf_species_count(rdf);
    lua_newtable(L); /* partial */
    lua_newtable(L); /* partial aliases */
    for (int a = 0; a < species; a++)
        for (int b = a; b < species; b++) {
            if (vt_rdf_atoms(rdf, a) == 0 || vt_rdf_atoms(rdf, b) == 0) continue;
            push_pair(L, rdf, a, b);
            vt_rdf_values(rdf, a, b, push_values(L, bins));
            lua_settable(L, -4);
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
            if (vt_rdf_atoms(rdf, a) == 0 || vt_rdf_atoms(rdf, b) == 0) continue;
            push_pair(L, rdf, a, b);
            vt_rdf_coordination(rdf, a, b, push_values(L, bins));
            lua_settable(L, -3);
        }
    vt_rdf_coordination(rdf, -1, -1, push_values(L, bins));
    lua_setfield(L, -2, "total");
    lua_setfield(L, -2, "coordination");
}

static int structure_rdf(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    rdf_options o = RDF_DEFAULTS;
    vtl_options(L, 2, "rdf", RDF_OPTIONS, &o);
    vtl_interrupt_arm(L);

    vt_rdf **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    luaL_setmetatable(L, VTL_RDF);
    vt_error err = {0};
    *box = vt_rdf_create(o.rmax, o.bins, &err);
    if (*box == NULL || vt_failed(vt_rdf_add(*box, atoms, &err))) return vtl_raise(L, &err);

    const vt_rdf *rdf = *box;
    lua_createtable(L, 0, 4);
    vt_rdf_radii(rdf, push_values(L, o.bins));
    lua_setfield(L, -2, "r");
    vt_rdf_values(rdf, -1, -1, push_values(L, o.bins));
    lua_setfield(L, -2, "total");
    set_partial(L, rdf, o.bins);
    set_coordination(L, rdf, o.bins);
    vt_rdf_destroy(*box);
    *box = NULL;
    return 1;
}

/* ---------------------------------------------------------------- opener ---- */

static const vtl_doc DOCS[] = {
    {"structure.rdf", "vt.structure.rdf(atoms, { ... }) -> { r, total, partial, coordination }",
     "Pair distribution functions. r: centers of the shells [A]; total: g(r) of all atoms alike; "
     "partial: by pair of species, partial[\"Cu-Zr\"], the same as partial[\"Zr-Cu\"]; "
     "coordination: coordination[\"Cu-Zr\"] is the mean number of Zr around a Cu up to the outer "
     "edge of each shell, r + dr/2, and coordination.total that of all around all. The sum of "
     "c_a c_b g_ab is the total. Any box will do, tilted or thinner than rmax. Along a free axis "
     "there are no images while the density is still that of the box, so g lacks the neighbors "
     "beyond a surface.",
     RDF_OPTIONS, &RDF_DEFAULTS,
     "local g = vt.structure.rdf(glass, { rmax = 10, bins = 400 })\n"
     "vt.plot(g.r, g.total, { xlabel = \"r (A)\", ylabel = \"g(r)\" })"},
    {0}};

void vtl_open_structure(lua_State *L) {
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", rdf_gc}, {NULL, NULL}};
    vtl_new_type(L, VTL_RDF, none, meta);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, structure_rdf);
    lua_setfield(L, -2, "rdf");
    lua_setfield(L, -2, "structure");
    vtl_document(L, DOCS);
}

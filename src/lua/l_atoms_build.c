/* Constructors: vt.atoms.random, fcc, bcc, hcp, b2, element. */
#include "l_atoms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vitrum/units.h"

/* ---------------------------------------------------------------- composition ---- */

static int compare_symbols(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Name the entry whose key and value are on top of the stack. */
static void wrong_share(lua_State *L, const char *where) {
    const char *value = luaL_tolstring(L, -1, NULL);
    const char *key = luaL_tolstring(L, -3, NULL);
    vtl_error(L, "%s: composition must be like { Cu = 64, Zr = 36 }, got %s = %s", where, key,
              value);
}

/* { Cu = 64, Zr = 36 }; a Lua table has no order, so species are sorted by symbol. */
static void read_shares(lua_State *L, const char *where, int index, vt_composition *c) {
    const char *symbols[VT_MAX_SPECIES];
    int count = 0;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TNUMBER) wrong_share(L, where);
        if (count == VT_MAX_SPECIES)
            vtl_error(L, "%s: composition: more than %d species", where, VT_MAX_SPECIES);
        symbols[count++] = lua_tostring(L, -2); /* kept by the table */
        lua_pop(L, 1);
    }
    if (count == 0) vtl_error(L, "%s: composition is empty; write { Cu = 64, Zr = 36 }", where);
    qsort(symbols, (size_t)count, sizeof *symbols, compare_symbols);
    for (int k = 0; k < count; k++) {
        vt_error err = {0};
        lua_getfield(L, index, symbols[k]);
        if (vt_failed(vt_composition_add(c, symbols[k], lua_tonumber(L, -1), &err)))
            vtl_error(L, "%s: %s", where, err.msg);
        lua_pop(L, 1);
    }
}

/* The table of masses at `index`: { A = 1.5 } */
static void read_masses(lua_State *L, const char *where, int index, vt_composition *c) {
    if (!lua_istable(L, index))
        vtl_error(L, "%s: option 'masses' [amu] must be like { A = 40 }, got %s", where,
                  luaL_tolstring(L, index, NULL));
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        const char *symbol = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        int k = 0;
        while (k < c->count && strcmp(c->species[k].symbol, symbol) != 0) k++;
        if (k == c->count)
            vtl_error(L, "%s: option 'masses' names %s, which the composition lacks", where,
                      luaL_tolstring(L, -2, NULL));
        double mass = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
        if (!(mass > 0) || !isfinite(mass))
            vtl_error(L, "%s: the mass of %s [amu] must be a positive number, got %s", where,
                      symbol, luaL_tolstring(L, -1, NULL));
        c->species[k].mass = mass;
        lua_pop(L, 1);
    }
}

/* Composition and masses from the options table at `options`; false when there is none. */
static bool read_composition(lua_State *L, const char *where, int options, vt_composition *c) {
    *c = (vt_composition){0};
    int top = lua_gettop(L);
    if (lua_getfield(L, options, "composition") == LUA_TNIL) {
        lua_settop(L, top);
        return false;
    }
    vt_error err = {0};
    if (lua_type(L, -1) == LUA_TSTRING) {
        if (vt_failed(vt_composition_parse(lua_tostring(L, -1), c, &err)))
            vtl_error(L, "%s: %s", where, err.msg);
    } else if (lua_istable(L, -1)) {
        read_shares(L, where, top + 1, c);
    } else {
        vtl_error(L, "%s: composition must be like { Cu = 64, Zr = 36 } or \"Cu64Zr36\", got %s",
                  where, luaL_tolstring(L, -1, NULL));
    }
    if (c->count == 0) vtl_error(L, "%s: composition is empty; write { Cu = 64, Zr = 36 }", where);
    if (lua_getfield(L, options, "masses") != LUA_TNIL) read_masses(L, where, top + 2, c);
    for (int k = 0; k < c->count; k++)
        if (c->species[k].mass == 0 && vt_element_mass(c->species[k].symbol) == 0)
            vtl_error(L,
                      "%s: composition: '%s' is not an element symbol; write it as in the "
                      "periodic table ('Cu') or give its mass: masses = { %s = 40 }",
                      where, c->species[k].symbol, c->species[k].symbol);
    lua_settop(L, top);
    return true;
}

/* ---------------------------------------------------------------- random ---- */

typedef struct {
    int64_t n;
    double number_density, density, minimum_distance;
    uint64_t seed;
} random_options;

static random_options random_defaults;

void vtl_atoms_build_defaults(void) {
    random_defaults = (random_options){0, NAN, NAN, NAN, vt_packing_defaults().seed};
}

#define FIELD(name) offsetof(random_options, name)
static const vtl_option RANDOM[] = {
    {"composition", VTL_COMPOSITION, 0, "-",
     "shares in any unit: { Cu = 64, Zr = 36 } (species sorted by symbol) or \"Cu64Zr36\"", NULL},
    {"n", VTL_COUNT, FIELD(n), "-", "number of atoms", NULL},
    {"seed", VTL_SEED, FIELD(seed), "-", "of the random numbers", NULL},
    {"number_density", VTL_POSITIVE, FIELD(number_density), "1/A^3",
     "atoms per volume of a cubic box; without it, density and box, that of the solid elements "
     "mixed",
     VTL_RANGE(NUMBER_DENSITY)},
    {"density", VTL_POSITIVE, FIELD(density), "g/cm^3", "mass density of a cubic box, instead",
     VTL_RANGE(DENSITY)},
    {"box", VTL_VALUE, 0, "A",
     "the box instead: an edge, three edges, or a table as glass:box() returns", NULL},
    {"minimum_distance", VTL_NONNEGATIVE, FIELD(minimum_distance), "A",
     "least distance of two atoms; 0.9 times the cube root of the volume per atom unless given",
     VTL_RANGE(DISTANCE)},
    {"masses", VTL_TABLE, 0, "amu", "masses of species that are no elements: { A = 40 }", NULL},
    {0}};
#undef FIELD

static void choose_box(lua_State *L, const random_options *o, vt_packing_options *p) {
    bool box = lua_getfield(L, 1, "box") != LUA_TNIL;
    if (box + !isnan(o->number_density) + !isnan(o->density) > 1)
        vtl_error(L, "atoms.random: give one of number_density, density and box");
    double volume; /* per atom */
    if (box) {
        p->box = vt_box_orthogonal(1, 1, 1);
        vtl_read_box(L, lua_gettop(L), "atoms.random: box", &p->box);
        lua_pop(L, 1);
        return;
    }
    if (!isnan(o->number_density)) {
        volume = 1 / o->number_density;
    } else if (!isnan(o->density)) {
        double mass = vt_composition_mass(&p->composition);
        volume = mass * VT_GRAM_PER_CM3 / o->density;
    } else {
        volume = vt_composition_volume(&p->composition);
        if (volume == 0)
            vtl_error(L, "atoms.random: no density is known for this composition; give "
                         "number_density [1/A^3], density [g/cm^3] or box [A]");
    }
    double edge = vt_packing_edge(p->count, volume);
    p->box = vt_box_orthogonal(edge, edge, edge);
    lua_pop(L, 1);
}

static int build_random(lua_State *L) {
    random_options o = random_defaults;
    vt_packing_options p = vt_packing_defaults();
    vt_error err = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    vtl_options(L, 1, "atoms.random", RANDOM, &o);
    if (!read_composition(L, "atoms.random", 1, &p.composition))
        return vtl_error(L, "atoms.random: option 'composition' is missing, as in composition = "
                            "{ Cu = 64, Zr = 36 }");
    if (o.n == 0) return vtl_error(L, "atoms.random: option 'n' is missing (number of atoms)");
    p.count = (size_t)o.n;
    size_t counts[VT_MAX_SPECIES];
    if (vt_failed(vt_composition_counts(&p.composition, p.count, counts, &err)))
        return vtl_raise(L, &err);
    p.seed = o.seed;
    choose_box(L, &o, &p);
    if (vt_failed(vt_box_check(&p.box, &err))) return vtl_raise(L, &err);
    p.minimum_distance =
        isnan(o.minimum_distance) ? vt_packing_distance(&p.box, p.count) : o.minimum_distance;
    vtl_atoms *box = vtl_new_atoms(L);
    vtl_set_atoms(L, box, vt_atoms_random(&p, &err), &err);
    return 1;
}

/* ---------------------------------------------------------------- crystals ---- */

typedef struct {
    const char *species;
    double a, c;
    uint64_t seed;
} crystal_options;

static const crystal_options CRYSTAL_DEFAULTS = {NULL, NAN, NAN, 1};

#define FIELD(name) offsetof(crystal_options, name)
#define CELLS                                                                                      \
    { "cells", VTL_BY_AXIS, 0, "-", "unit cells along x, y, z: { 4, 4, 4 } or 4", NULL }
#define PERIODIC                                                                                   \
    { "periodic", VTL_BY_AXIS, 0, "-", "true (default), false, or one for each axis", NULL }
#define ALLOY                                                                                      \
    {"composition",                                                                                \
     VTL_VALUE,                                                                                    \
     0,                                                                                            \
     "-",                                                                                          \
     "instead of species: a solid solution, sites filled at random by seed",                       \
     NULL},                                                                                        \
        {"masses", VTL_TABLE, 0, "amu", "masses of species that are no elements", NULL}, {         \
        "seed", VTL_SEED, FIELD(seed), "-", "of the random filling", NULL                          \
    }

static const vtl_option CUBIC[] = {
    {"species", VTL_STRING, FIELD(species), "-", "element symbol", NULL},
    {"a", VTL_POSITIVE, FIELD(a), "A", "lattice constant", VTL_RANGE(LATTICE_CONSTANT)},
    CELLS,
    PERIODIC,
    ALLOY,
    {0}};
static const vtl_option HCP[] = {
    {"species", VTL_STRING, FIELD(species), "-", "element symbol", NULL},
    {"a", VTL_POSITIVE, FIELD(a), "A", "edge of the hexagon", VTL_RANGE(LATTICE_CONSTANT)},
    {"c", VTL_POSITIVE, FIELD(c), "A", "height of the cell; sqrt(8/3) a unless given",
     VTL_RANGE(LATTICE_CONSTANT)},
    CELLS,
    PERIODIC,
    ALLOY,
    {0}};
static const vtl_option B2[] = {
    {"species", VTL_NAMES, 0, "-", "two symbols: { \"Cu\", \"Zr\" }", NULL},
    {"a", VTL_POSITIVE, FIELD(a), "A", "lattice constant", VTL_RANGE(LATTICE_CONSTANT)},
    CELLS,
    PERIODIC,
    {0}};
#undef FIELD

static void set_symbol(lua_State *L, const char *where, int index, vt_species *species) {
    const char *symbol = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
    if (symbol == NULL || vt_element_mass(symbol) == 0)
        vtl_error(L, "%s: species: %s is not an element symbol ('Cu')", where,
                  luaL_tolstring(L, index, NULL));
    strcpy(species->symbol, symbol); /* an element symbol always fits */
}

/* The one or two species of the table at 1; the count of those of `composition` otherwise. */
static void read_species(lua_State *L, const char *where, vt_lattice lattice, vt_species species[2],
                         vt_composition *composition) {
    int top = lua_gettop(L);
    bool alloy = read_composition(L, where, 1, composition);
    bool given = lua_getfield(L, 1, "species") != LUA_TNIL;
    if (given && alloy) vtl_error(L, "%s: give species or composition, not both", where);
    if (!given && !alloy)
        vtl_error(L, "%s: option 'species' is missing, as in species = %s", where,
                  vt_lattice_species(lattice) == 1 ? "\"Cu\"" : "{ \"Cu\", \"Zr\" }");
    if (alloy) {
        species[0] = composition->species[0];
    } else if (vt_lattice_species(lattice) == 1) {
        set_symbol(L, where, top + 1, &species[0]);
    } else {
        if (!lua_istable(L, top + 1) || lua_rawlen(L, top + 1) != 2)
            vtl_error(L, "%s: species must be two symbols { \"Cu\", \"Zr\" }, got %s", where,
                      luaL_tolstring(L, top + 1, NULL));
        for (int k = 0; k < 2; k++) {
            lua_rawgeti(L, top + 1, k + 1);
            set_symbol(L, where, lua_gettop(L), &species[k]);
        }
    }
    lua_settop(L, top);
}

static int build_crystal(lua_State *L, vt_lattice lattice, const char *where,
                         const vtl_option *table) {
    crystal_options o = CRYSTAL_DEFAULTS;
    int64_t cells[3];
    bool periodic[3] = {true, true, true};
    vt_species species[2] = {{{0}, 0}, {{0}, 0}};
    vt_composition composition;
    vt_error err = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    vtl_options(L, 1, where, table, &o);
    read_species(L, where, lattice, species, &composition);
    if (isnan(o.a)) return vtl_error(L, "%s: option 'a' [A] is missing", where);
    if (lua_getfield(L, 1, "cells") == LUA_TNIL)
        return vtl_error(L, "%s: option 'cells' is missing, as in cells = { 4, 4, 4 }", where);
    lua_getfield(L, 1, "periodic");
    vtl_read_counts(L, 2, lua_pushfstring(L, "%s: cells", where), cells);
    if (!lua_isnil(L, 3))
        vtl_read_periodic(L, 3, lua_pushfstring(L, "%s: periodic", where), periodic);
    double c = isnan(o.c) ? 0 : o.c;
    vtl_atoms *box = vtl_new_atoms(L);
    vtl_set_atoms(L, box, vt_atoms_crystal(lattice, species, o.a, c, cells, &err), &err);
    for (int axis = 0; axis < 3; axis++) box->atoms->box.periodic[axis] = periodic[axis];
    if (composition.count > 0 && vt_failed(vt_atoms_assign(box->atoms, &composition, o.seed, &err)))
        return vtl_raise(L, &err);
    return 1;
}

static int build_fcc(lua_State *L) {
    return build_crystal(L, VT_FCC, "atoms.fcc", CUBIC);
}

static int build_bcc(lua_State *L) {
    return build_crystal(L, VT_BCC, "atoms.bcc", CUBIC);
}

static int build_hcp(lua_State *L) {
    return build_crystal(L, VT_HCP, "atoms.hcp", HCP);
}

static int build_b2(lua_State *L) {
    return build_crystal(L, VT_B2, "atoms.b2", B2);
}

/* vt.atoms.element("Cu") -> { symbol, number, mass, volume } */
static int build_element(lua_State *L) {
    const char *symbol = luaL_checkstring(L, 1);
    int number = vt_element_number(symbol);
    if (number == 0)
        return vtl_error(L,
                         "'%s' is not an element symbol; write it as in the periodic table "
                         "('Cu')",
                         symbol);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, symbol);
    lua_setfield(L, -2, "symbol");
    lua_pushinteger(L, number);
    lua_setfield(L, -2, "number");
    lua_pushnumber(L, vt_element_mass(symbol));
    lua_setfield(L, -2, "mass");
    if (vt_element_volume(symbol) > 0) {
        lua_pushnumber(L, vt_element_volume(symbol));
        lua_setfield(L, -2, "volume");
    }
    return 1;
}

const luaL_Reg vtl_atoms_constructors[] = {
    {"random", build_random}, {"fcc", build_fcc},         {"bcc", build_bcc}, {"hcp", build_hcp},
    {"b2", build_b2},         {"element", build_element}, {NULL, NULL}};

const vtl_doc vtl_atoms_constructor_docs[] = {
    {"atoms.random", "vt.atoms.random(options) -> Atoms",
     "Random positions in a periodic box, pushed apart to a least distance: the start of a melt. "
     "Counts follow the composition by the largest remainder.",
     RANDOM, &random_defaults,
     "local glass = vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = 4000, seed = 1 }",
     "random packing; create atoms; initial configuration; amorphous; melt; alloy; make a glass",
     "potential.eam; minimize; quench"},
    {"atoms.fcc", "vt.atoms.fcc(options) -> Atoms", "A face-centered cubic crystal along x, y, z.",
     CUBIC, &CRYSTAL_DEFAULTS,
     "local copper = vt.atoms.fcc{ species = \"Cu\", a = 3.615, cells = { 4, 4, 4 } }",
     "face-centered cubic; crystal; crystal lattice; single crystal",
     "Atoms:replicate; Atoms:substitute"},
    {"atoms.bcc", "vt.atoms.bcc(options) -> Atoms", "A body-centered cubic crystal along x, y, z.",
     CUBIC, &CRYSTAL_DEFAULTS,
     "local iron = vt.atoms.bcc{ species = \"Fe\", a = 2.866, cells = 4 }",
     "body-centered cubic; crystal; crystal lattice; single crystal", "Atoms:replicate"},
    {"atoms.hcp", "vt.atoms.hcp(options) -> Atoms",
     "A hexagonal close-packed crystal in its orthorhombic cell of 4 atoms: a, sqrt(3) a, c.", HCP,
     &CRYSTAL_DEFAULTS,
     "local zirconium = vt.atoms.hcp{ species = \"Zr\", a = 3.232, c = 5.147, cells = 4 }",
     "hexagonal close-packed; crystal; crystal lattice; single crystal", "Atoms:replicate"},
    {"atoms.b2", "vt.atoms.b2(options) -> Atoms",
     "An ordered B2 (CsCl) crystal: the first species at the corners, the second in the centers.",
     B2, &CRYSTAL_DEFAULTS,
     "local b2 = vt.atoms.b2{ species = { \"Cu\", \"Zr\" }, a = 3.26, cells = 4 }",
     "CsCl; intermetallic; ordered crystal", "Atoms:replicate"},
    {"atoms.element", "vt.atoms.element(symbol) -> table",
     "symbol, number, mass [amu] (IUPAC 2021) and, where known, volume per atom of the solid "
     "[A^3].",
     NULL, NULL, "print(vt.atoms.element(\"Zr\").mass)", "atomic mass; periodic table"},
    {0}};

/* What can be read from atoms: arrays, species, box, sums. */
#include "l_atoms.h"

#include <string.h>

#include "vitrum/units.h"

/* ---------------------------------------------------------------- arrays ---- */

static uint64_t generation(void *userdata) {
    vtl_atoms *box = userdata;
    vtl_refresh_atoms(box);
    return box->closed || box->atoms == NULL ? 0 : box->atoms->generation;
}

/* A live count x 3 view of three arrays that lie one capacity apart. */
static int push_vectors(lua_State *L, vt_dtype dtype, void *first) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_array view = {.dtype = dtype,
                     .ndim = 2,
                     .shape = {(int64_t)atoms->count, 3},
                     .stride = {1, (int64_t)atoms->capacity},
                     .data = first};
    vtl_push_view(L, 1, &view, generation, false, NULL);
    return 1;
}

static int atoms_positions(lua_State *L) {
    return push_vectors(L, VT_FLOAT64, vtl_check_atoms(L, 1)->x);
}

static int atoms_velocities(lua_State *L) {
    return push_vectors(L, VT_FLOAT64, vtl_check_atoms(L, 1)->vx);
}

static int atoms_stored_forces(lua_State *L) {
    return push_vectors(L, VT_FLOAT64, vtl_check_atoms(L, 1)->fx);
}

static int atoms_images(lua_State *L) {
    return push_vectors(L, VT_INT32, vtl_check_atoms(L, 1)->ix);
}

/* Positions with the image counts added, as a fresh array. */
static int atoms_unwrapped(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t shape[2] = {(int64_t)atoms->count, 3};
    double *out = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    for (size_t i = 0; i < atoms->count; i++) vt_atoms_unwrapped(atoms, i, out + 3 * i);
    return 1;
}

static int atoms_fractional(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t shape[2] = {(int64_t)atoms->count, 3};
    double *out = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    for (size_t i = 0; i < atoms->count; i++) {
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        vt_box_fractional(&atoms->box, r, out + 3 * i);
    }
    return 1;
}

static int atoms_types(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t shape[1] = {(int64_t)atoms->count};
    int32_t *out = vtl_new_array(L, VT_INT32, 1, shape)->data;
    for (size_t i = 0; i < atoms->count; i++) out[i] = atoms->type[i] + 1;
    return 1;
}

static int atoms_ids(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t shape[1] = {(int64_t)atoms->count};
    int64_t *out = vtl_new_array(L, VT_INT64, 1, shape)->data;
    for (size_t i = 0; i < atoms->count; i++) out[i] = atoms->id[i];
    return 1;
}

static int atoms_masses(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t shape[1] = {(int64_t)atoms->count};
    double *out = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
    for (size_t i = 0; i < atoms->count; i++) out[i] = atoms->species[atoms->type[i]].mass;
    return 1;
}

static int atoms_symbols(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    lua_createtable(L, (int)atoms->count, 0);
    for (size_t i = 0; i < atoms->count; i++) {
        lua_pushstring(L, atoms->species[atoms->type[i]].symbol);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* ---------------------------------------------------------------- species ---- */

static int atoms_species(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_species_list list = vt_atoms_species(atoms);
    lua_createtable(L, list.count, 0);
    for (int k = 0; k < list.count; k++) {
        lua_createtable(L, 0, 4);
        lua_pushstring(L, list.species[k].symbol);
        lua_setfield(L, -2, "symbol");
        lua_pushnumber(L, list.species[k].mass);
        lua_setfield(L, -2, "mass");
        lua_pushinteger(L, (lua_Integer)list.atoms[k]);
        lua_setfield(L, -2, "count");
        lua_newtable(L);
        for (int type = 0; type < atoms->species_count; type++) {
            if (list.of_type[type] != k) continue;
            lua_pushinteger(L, type + 1);
            lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        }
        lua_setfield(L, -2, "types");
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

static int atoms_counts(lua_State *L) {
    vt_species_list list = vt_atoms_species(vtl_check_atoms(L, 1));
    lua_createtable(L, 0, list.count);
    for (int k = 0; k < list.count; k++) {
        lua_pushinteger(L, (lua_Integer)list.atoms[k]);
        lua_setfield(L, -2, list.species[k].symbol);
    }
    return 1;
}

static int atoms_composition(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_species_list list = vt_atoms_species(atoms);
    lua_createtable(L, 0, list.count);
    for (int k = 0; k < list.count && atoms->count > 0; k++) {
        lua_pushnumber(L, (double)list.atoms[k] / (double)atoms->count);
        lua_setfield(L, -2, list.species[k].symbol);
    }
    return 1;
}

static void set_numbers(lua_State *L, const double v[3], const char *const names[3]) {
    for (int k = 0; k < 3; k++) {
        lua_pushnumber(L, v[k]);
        lua_setfield(L, -2, names[k]);
    }
}

/* glass:atom(i) -> { index, id, type, species, mass, x, y, z, vx, vy, vz } */
static int atoms_atom(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    lua_Integer index = luaL_checkinteger(L, 2);
    if (index < 1 || (lua_Unsigned)index > atoms->count)
        return vtl_error(L, "atom %I does not exist; atoms are numbered 1 to %I", index,
                         (lua_Integer)atoms->count);
    size_t i = (size_t)index - 1;
    const vt_species *species = &atoms->species[atoms->type[i]];
    static const char *const PLACE[3] = {"x", "y", "z"}, *const VELOCITY[3] = {"vx", "vy", "vz"};
    lua_createtable(L, 0, 11);
    lua_pushinteger(L, index);
    lua_setfield(L, -2, "index");
    lua_pushinteger(L, atoms->id[i]);
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, atoms->type[i] + 1);
    lua_setfield(L, -2, "type");
    lua_pushstring(L, species->symbol);
    lua_setfield(L, -2, "species");
    lua_pushnumber(L, species->mass);
    lua_setfield(L, -2, "mass");
    set_numbers(L, (const double[3]){atoms->x[i], atoms->y[i], atoms->z[i]}, PLACE);
    set_numbers(L, (const double[3]){atoms->vx[i], atoms->vy[i], atoms->vz[i]}, VELOCITY);
    return 1;
}

/* ---------------------------------------------------------------- sums ---- */

static int atoms_box(lua_State *L) {
    vtl_push_box(L, &vtl_check_atoms(L, 1)->box);
    return 1;
}

static int atoms_volume(lua_State *L) {
    lua_pushnumber(L, vt_box_volume(&vtl_check_atoms(L, 1)->box));
    return 1;
}

static int atoms_mass(lua_State *L) {
    lua_pushnumber(L, vt_atoms_mass(vtl_check_atoms(L, 1)));
    return 1;
}

static int atoms_density(lua_State *L) {
    lua_pushnumber(L, vt_atoms_density(vtl_check_atoms(L, 1)));
    return 1;
}

static int atoms_number_density(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    lua_pushnumber(L, (double)atoms->count / vt_box_volume(&atoms->box));
    return 1;
}

static int atoms_temperature(lua_State *L) {
    lua_pushnumber(L, vt_atoms_temperature(vtl_check_atoms(L, 1)));
    return 1;
}

static int atoms_kinetic_energy(lua_State *L) {
    lua_pushnumber(L, vt_atoms_kinetic_energy(vtl_check_atoms(L, 1)));
    return 1;
}

const luaL_Reg vtl_atoms_data_methods[] = {{"positions", atoms_positions},
                                           {"velocities", atoms_velocities},
                                           {"stored_forces", atoms_stored_forces},
                                           {"images", atoms_images},
                                           {"unwrapped", atoms_unwrapped},
                                           {"fractional", atoms_fractional},
                                           {"types", atoms_types},
                                           {"ids", atoms_ids},
                                           {"masses", atoms_masses},
                                           {"symbols", atoms_symbols},
                                           {"species", atoms_species},
                                           {"counts", atoms_counts},
                                           {"composition", atoms_composition},
                                           {"atom", atoms_atom},
                                           {"box", atoms_box},
                                           {"volume", atoms_volume},
                                           {"mass", atoms_mass},
                                           {"density", atoms_density},
                                           {"number_density", atoms_number_density},
                                           {"temperature", atoms_temperature},
                                           {"kinetic_energy", atoms_kinetic_energy},
                                           {NULL, NULL}};

const vtl_doc vtl_atoms_data_docs[] = {
    {"Atoms:positions", "glass:positions() -> array",
     "Live n x 3 view of the positions [A]: writing moves the atoms. Deleting or adding atoms "
     "makes "
     "the view stale; fetch it again.",
     NULL, NULL, "print(glass:positions()[1])", "coordinates"},
    {"Atoms:velocities", "glass:velocities() -> array", "Live n x 3 view of the velocities [A/ps].",
     NULL, NULL, "glass:velocities():fill(0)"},
    {"Atoms:stored_forces", "glass:stored_forces() -> array",
     "Live n x 3 view of the forces of the last evaluation or of the file [eV/A]; glass:forces() "
     "computes them.",
     NULL, NULL, "local f = vt.atoms.read \"glass.dump\":stored_forces()"},
    {"Atoms:images", "glass:images() -> array",
     "Live n x 3 view (int32) of the image counts: unwrapped = position + images x box.", NULL,
     NULL, "print(glass:images()[1])"},
    {"Atoms:unwrapped", "glass:unwrapped() -> array",
     "Positions continued across the periodic faces by the image counts, n x 3 [A].", NULL, NULL,
     "local moved = glass:unwrapped() - before:unwrapped()",
     "unwrap; unwrapped coordinates; image flags", "Atoms:images"},
    {"Atoms:fractional", "glass:fractional() -> array",
     "Fractional coordinates along a, b, c, n x 3.", NULL, NULL, "print(glass:fractional()[1])",
     "scaled coordinates; fractional coordinates"},
    {"Atoms:types", "glass:types() -> array",
     "Type of each atom, from 1, as in files (int32, a copy). Several types may be one species; "
     "glass:species() says which.",
     NULL, NULL, "local marked = glass:select(glass:types():eq(3):find())"},
    {"Atoms:ids", "glass:ids() -> array", "Identity of each atom in files (int64, a copy).", NULL,
     NULL, "print(glass:ids()[1])"},
    {"Atoms:masses", "glass:masses() -> array", "Mass of each atom [amu], a copy.", NULL, NULL,
     "print(glass:masses():sum())"},
    {"Atoms:symbols", "glass:symbols() -> table", "Symbol of each atom's species.", NULL, NULL,
     "print(glass:symbols()[1])"},
    {"Atoms:species", "glass:species() -> table",
     "List of { symbol, mass [amu], count, types }, in the order of the types. Types with one "
     "symbol are one species wherever species are counted or named; mass is then the mean over "
     "the atoms, and types lists their numbers. Energies and files keep the types; give the types "
     "symbols of their own when you read the atoms (species = { ... }) to have them counted apart.",
     NULL, NULL, "for _, s in ipairs(glass:species()) do print(s.symbol, s.count, #s.types) end"},
    {"Atoms:counts", "glass:counts() -> table", "Number of atoms by symbol.", NULL, NULL,
     "print(glass:counts().Zr)"},
    {"Atoms:composition", "glass:composition() -> table",
     "Fraction of the atoms by symbol, 0 to 1.", NULL, NULL, "print(glass:composition().Zr)",
     "concentration; atomic percent", "Atoms:counts"},
    {"Atoms:atom", "glass:atom(i) -> table",
     "Atom i as a table: index, id, type, species, mass [amu], x y z [A], vx vy vz [A/ps]. A copy: "
     "changing it does not change the atom.",
     NULL, NULL, "print(glass:atom(1).species)"},
    {"Atoms:box", "glass:box() -> table",
     "The box: cell vectors a, b, c, origin, lengths [A], angles [degree], volume [A^3], periodic. "
     "A copy; glass:set_box takes it back.",
     NULL, NULL, "print(glass:box().lengths[1])",
     "cell; cell vectors; lattice vectors; periodic boundary conditions", "Atoms:set_box"},
    {"Atoms:volume", "glass:volume() -> number", "Volume of the box [A^3].", NULL, NULL,
     "print(glass:volume() / #glass)"},
    {"Atoms:mass", "glass:mass() -> number", "Total mass [amu].", NULL, NULL,
     "print(glass:mass())"},
    {"Atoms:density", "glass:density() -> number", "Mass density [g/cm^3].", NULL, NULL,
     "print(glass:density())"},
    {"Atoms:number_density", "glass:number_density() -> number", "Atoms per volume [1/A^3].", NULL,
     NULL, "print(glass:number_density())"},
    {"Atoms:temperature", "glass:temperature() -> number",
     "Kinetic temperature [K], with 3 n - 3 degrees of freedom.", NULL, NULL,
     "print(glass:temperature())"},
    {"Atoms:kinetic_energy", "glass:kinetic_energy() -> number", "Kinetic energy [eV].", NULL, NULL,
     "print(glass:kinetic_energy())"},
    {0}};

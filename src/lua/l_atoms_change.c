/* Methods that change all atoms at once: box, wrapping, velocities, deformation, joining. */
#include "l_atoms.h"

#include <math.h>

/* ---------------------------------------------------------------- box ---- */

static int atoms_set_box(lua_State *L) {
    if (!lua_isnoneornil(L, 3)) /* else remap in a table of its own would do nothing */
        return vtl_error(L, "set_box takes one table; put remap into it, as set_box{ volume = "
                            "9000, remap = true }");
    lua_settop(L, 2);
    vt_box box = vtl_check_atoms(L, 1)->box;
    bool remap = false;
    vtl_read_box(L, 2, "set_box", &box); /* leaves a plain copy of a table of options */
    if (lua_istable(L, 2) && lua_rawlen(L, 2) == 0 && lua_getfield(L, 2, "remap") != LUA_TNIL) {
        if (!lua_isboolean(L, 3))
            return vtl_error(L, "set_box: option 'remap' must be true or false, got %s",
                             luaL_tolstring(L, 3, NULL));
        remap = lua_toboolean(L, 3) != 0;
    }
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_error err = {0};
    if (vt_failed(vt_atoms_set_box(atoms, &box, remap, &err))) return vtl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int atoms_wrap(lua_State *L) {
    vt_atoms_wrap(vtl_check_atoms(L, 1));
    lua_settop(L, 1);
    return 1;
}

static int atoms_reduce_box(lua_State *L) {
    vt_error err = {0};
    if (vt_failed(vt_atoms_reduce_box(vtl_check_atoms(L, 1), &err))) return vtl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* ---------------------------------------------------------------- motion ---- */

typedef struct {
    double temperature, amplitude;
    uint64_t seed;
} motion_options;

static const motion_options MOTION_DEFAULTS = {NAN, NAN, 1};

#define FIELD(name) offsetof(motion_options, name)
static const vtl_option THERMALIZE[] = {
    {"temperature", VTL_NONNEGATIVE, FIELD(temperature), "K", "temperature to reach exactly",
     VTL_RANGE(TEMPERATURE)},
    {"seed", VTL_SEED, FIELD(seed), "-", "of the random numbers", NULL},
    {0}};
static const vtl_option RATTLE[] = {
    {"amplitude", VTL_NONNEGATIVE, FIELD(amplitude), "A",
     "standard deviation of the displacement along each axis", VTL_RANGE(SHIFT)},
    {"seed", VTL_SEED, FIELD(seed), "-", "of the random numbers", NULL},
    {0}};
#undef FIELD

static int atoms_thermalize(lua_State *L) {
    motion_options o = MOTION_DEFAULTS;
    vt_error err = {0};
    vtl_options(L, 2, "thermalize", THERMALIZE, &o);
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    if (isnan(o.temperature))
        return vtl_error(L, "thermalize: option 'temperature' [K] is missing");
    if (vt_failed(vt_atoms_thermalize(atoms, o.temperature, o.seed, &err)))
        return vtl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int atoms_rattle(lua_State *L) {
    motion_options o = MOTION_DEFAULTS;
    vt_error err = {0};
    vtl_options(L, 2, "rattle", RATTLE, &o);
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    if (isnan(o.amplitude)) return vtl_error(L, "rattle: option 'amplitude' [A] is missing");
    if (vt_failed(vt_atoms_rattle(atoms, o.amplitude, o.seed, &err))) return vtl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* glass:displace(dx, dy, dz), glass:displace{ dx, dy, dz } */
static int atoms_displace(lua_State *L) {
    vtl_check_atoms(L, 1);
    double d[3];
    if (lua_type(L, 2) == LUA_TNUMBER)
        for (int k = 0; k < 3; k++) d[k] = luaL_checknumber(L, 2 + k);
    else
        vtl_read_vector(L, 2, "displace: the displacement [A]", d);
    for (int k = 0; k < 3; k++)
        if (!isfinite(d[k])) return vtl_error(L, "displace: component %d is not finite", k + 1);
    vt_atoms_displace(vtl_check_atoms(L, 1), d);
    lua_settop(L, 1);
    return 1;
}

/* ---------------------------------------------------------------- strain ---- */

typedef struct {
    double strain[6];
} strain_options;

static const strain_options STRAIN_DEFAULTS = {{0}};

#define COMPONENT(k) offsetof(strain_options, strain) + (k) * sizeof(double)
static const vtl_option STRAIN[] = {
    {"xx", VTL_NUMBER, COMPONENT(0), "-", "elongation along x: 0.01 is 1 %", VTL_RANGE(STRAIN)},
    {"yy", VTL_NUMBER, COMPONENT(1), "-", "elongation along y", VTL_RANGE(STRAIN)},
    {"zz", VTL_NUMBER, COMPONENT(2), "-", "elongation along z", VTL_RANGE(STRAIN)},
    {"yz", VTL_NUMBER, COMPONENT(3), "-", "shear: y moves by yz times z", VTL_RANGE(STRAIN)},
    {"xz", VTL_NUMBER, COMPONENT(4), "-", "shear: x moves by xz times z", VTL_RANGE(STRAIN)},
    {"xy", VTL_NUMBER, COMPONENT(5), "-", "shear: x moves by xy times y", VTL_RANGE(STRAIN)},
    {"gradient", VTL_ARRAY_LIKE, 0, "-",
     "instead: all of F as {{Fxx, Fxy, Fxz}, {Fyx, Fyy, Fyz}, {Fzx, Fzy, Fzz}}, r' = F r", NULL},
    {0}};
#undef COMPONENT

static int atoms_strain(lua_State *L) {
    strain_options o = STRAIN_DEFAULTS;
    vtl_check_atoms(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    vtl_options(L, 2, "strain", STRAIN, &o);
    double F[3][3];
    vt_strain_to_gradient(o.strain, F);
    if (lua_getfield(L, 2, "gradient") != LUA_TNIL) {
        for (int k = 0; k < 6; k++)
            if (o.strain[k] != 0)
                return vtl_error(L, "strain: give components or gradient, not both");
        const vt_array *given = vtl_check_numbers(L, lua_gettop(L), 2, "strain: gradient");
        if (given->shape[0] != 3 || given->shape[1] != 3)
            return vtl_error(L, "strain: gradient must be 3 x 3, got %I x %I",
                             (lua_Integer)given->shape[0], (lua_Integer)given->shape[1]);
        for (int k = 0; k < 9; k++) F[k / 3][k % 3] = ((const double *)given->data)[k];
    }
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_error err = {0};
    if (vt_failed(vt_atoms_deform(atoms, (const double(*)[3])F, &err))) return vtl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* ---------------------------------------------------------------- copies ---- */

/* glass:replicate(nx, ny, nz) or glass:replicate(n) or glass:replicate{ nx, ny, nz } */
static int atoms_replicate(lua_State *L) {
    vtl_check_atoms(L, 1);
    int64_t times[3];
    if (lua_gettop(L) > 2) {
        lua_createtable(L, 3, 0);
        for (int k = 0; k < 3; k++) {
            lua_pushvalue(L, 2 + k);
            lua_rawseti(L, -2, k + 1);
        }
        lua_replace(L, 2);
    }
    lua_settop(L, 2);
    vtl_read_counts(L, 2, "replicate", times);
    vtl_atoms *box = vtl_new_atoms(L);
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_error err = {0};
    vtl_set_atoms(L, box, vt_atoms_replicate(atoms, times, &err), &err);
    vtl_copy_potential(L, 1);
    return 1;
}

static int atoms_append(lua_State *L) {
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    const vt_atoms *other = vtl_check_atoms(L, 2);
    vtl_require_idle(L, 1, "Atoms:append");
    for (int k = 0; k < other->species_count; k++)
        vtl_require_species(L, 1, other->species[k].symbol);
    vt_error err = {0};
    int before = atoms->species_count;
    if (vt_failed(vt_atoms_append(atoms, other, &err))) {
        atoms->species_count = before;
        return vtl_raise(L, &err);
    }
    vtl_gc_hint(L, atoms->capacity * 100);
    lua_settop(L, 1);
    return 1;
}

static int atoms_set_mass(lua_State *L) {
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    const char *symbol = luaL_checkstring(L, 2);
    double mass = luaL_checknumber(L, 3);
    int k = vt_atoms_find_species(atoms, symbol);
    if (k < 0) return vtl_error(L, "set_mass: these atoms have no species '%s'", symbol);
    if (!(mass > 0) || !isfinite(mass))
        return vtl_error(L, "set_mass: the mass of %s is %f amu; it must be positive", symbol,
                         mass);
    vt_species_list list = vt_atoms_species(atoms);
    for (int type = 0; type < atoms->species_count; type++)
        if (list.of_type[type] == list.of_type[k]) atoms->species[type].mass = mass;
    lua_settop(L, 1);
    return 1;
}

static int atoms_drop_species(lua_State *L) {
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    vtl_require_idle(L, 1, "Atoms:drop_species");
    vt_atoms_drop_species(atoms);
    lua_settop(L, 1);
    return 1;
}

const luaL_Reg vtl_atoms_change_methods[] = {{"set_box", atoms_set_box},
                                             {"wrap", atoms_wrap},
                                             {"reduce_box", atoms_reduce_box},
                                             {"thermalize", atoms_thermalize},
                                             {"rattle", atoms_rattle},
                                             {"displace", atoms_displace},
                                             {"strain", atoms_strain},
                                             {"replicate", atoms_replicate},
                                             {"append", atoms_append},
                                             {"set_mass", atoms_set_mass},
                                             {"drop_species", atoms_drop_species},
                                             {NULL, NULL}};

const vtl_doc vtl_atoms_change_docs[] = {
    {"Atoms:set_box", "glass:set_box(box) -> glass",
     "Gives the box new cell vectors, lengths, angles, volume or periodicity; what is not named "
     "stays. A number is the edge of a cube, three numbers are edges. Atoms stay where they are "
     "unless remap = true.",
     vtl_box_options, NULL, "glass:set_box{ periodic = { true, true, false } }",
     "boundary conditions; periodic boundary conditions; free surface; vacuum; change_box",
     "Atoms:box; Atoms:strain"},
    {"Atoms:wrap", "glass:wrap() -> glass",
     "Moves every atom into the box along the periodic axes; image counts remember the way.", NULL,
     NULL, "glass:wrap()", "periodic images", "Atoms:unwrapped"},
    {"Atoms:reduce_box", "glass:reduce_box() -> glass",
     "Gives a box that leans by more than half of an edge, after much shear, the least lean that "
     "has the same lattice: b - a in place of b, and so on. Atoms stay where they are, and so do "
     "their unwrapped positions: image counts change. LAMMPS refuses boxes that lean further; "
     "files "
     "of its data format are reduced when they are saved.",
     NULL, NULL, "glass:strain{ xy = 0.7 }:reduce_box():wrap()"},
    {"Atoms:thermalize", "glass:thermalize(options) -> glass",
     "Velocities from the Maxwell-Boltzmann distribution, drift removed, scaled to exactly the "
     "temperature. They depend on seed and id alone.",
     THERMALIZE, &MOTION_DEFAULTS, "glass:thermalize{ temperature = 300, seed = 1 }",
     "initial velocities; Maxwell-Boltzmann; set the temperature", "md"},
    {"Atoms:rattle", "glass:rattle(options) -> glass",
     "Moves every atom by independent normal random numbers.", RATTLE, &MOTION_DEFAULTS,
     "glass:rattle{ amplitude = 0.05, seed = 1 }", "random displacements; perturb"},
    {"Atoms:displace", "glass:displace(dx, dy, dz) -> glass", "Moves all atoms [A].", NULL, NULL,
     "glass:displace(0, 0, 5)"},
    {"Atoms:strain", "glass:strain(options) -> glass",
     "Deforms box and atoms affinely about the box's origin. Shear strains are engineering ones "
     "and tilt the box as LAMMPS does.",
     STRAIN, &STRAIN_DEFAULTS, "glass:strain{ xx = 0.01, xy = 0.002 }",
     "affine strain; apply strain; deform; stretch; shear the box; change_box",
     "md; Atoms:set_box; structure.deformation"},
    {"Atoms:replicate", "glass:replicate(nx, ny, nz) -> Atoms",
     "New atoms: copies side by side along a, b, c. Ids run from 1; the potential is kept.", NULL,
     NULL, "local large = glass:replicate(2, 2, 2)", "supercell; repeat; larger sample"},
    {"Atoms:append", "glass:append(other) -> glass",
     "Adds the atoms of another object at their places, with new ids; the box stays. Types are "
     "joined by symbol and mass.",
     NULL, NULL, "glass:append(indenter)", "join; merge; combine; interface"},
    {"Atoms:set_mass", "glass:set_mass(symbol, mass) -> glass",
     "Mass of a species, all types of it [amu].", NULL, NULL, "glass:set_mass(\"Cu\", 62.93)"},
    {"Atoms:drop_species", "glass:drop_species() -> glass",
     "Removes types without atoms from the list; the numbers of the others close the gap.", NULL,
     NULL, "glass:delete(function(atom) return atom.species == \"Al\" end):drop_species()"},
    {0}};

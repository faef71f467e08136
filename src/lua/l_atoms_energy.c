/* Energy, forces and stress of atoms with a potential. */
#include "l_atoms.h"

#include "vitrum/units.h"

/* Evaluate the atoms at 1; their forces are then those of their positions. */
static vt_system *compute(lua_State *L, const char *where, unsigned want, vt_result *result) {
    vt_system *system = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, where)->system;
    vt_error err = {0};
    system->may = VT_SYSTEM_SORT;
    if (vt_failed(vt_system_pull(system, &err)) ||
        vt_failed(vt_system_evaluate(system, want, result, &err)))
        vtl_error(L, "%s: %s", where, err.msg);
    vt_system_push_forces(system);
    return system;
}

static int atoms_energy(lua_State *L) {
    vt_result result = {0};
    compute(L, "energy", VT_WANT_ENERGY, &result);
    lua_pushnumber(L, result.energy);
    return 1;
}

static int atoms_forces(lua_State *L) {
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t shape[2] = {(int64_t)atoms->count, 3};
    double *out = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    compute(L, "forces", 0, NULL);
    for (size_t i = 0; i < atoms->count; i++) {
        out[3 * i] = atoms->fx[i];
        out[3 * i + 1] = atoms->fy[i];
        out[3 * i + 2] = atoms->fz[i];
    }
    return 1;
}

static int atoms_energies(lua_State *L) {
    vt_result result = {0};
    int64_t shape[1] = {(int64_t)vtl_check_atoms(L, 1)->count};
    double *out = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
    const vt_system *system = compute(L, "atom_energies", VT_WANT_ATOM_ENERGY, &result);
    vt_system_to_user(system, 1, result.atom_energy, out);
    return 1;
}

/* ---------------------------------------------------------------- stress ---- */

typedef struct {
    bool kinetic;
} stress_options;

static const stress_options STRESS_DEFAULTS = {true};

static const vtl_option STRESS[] = {{"kinetic", VTL_BOOLEAN, offsetof(stress_options, kinetic), "-",
                                     "add the part of the velocities, -sum m v v / V", NULL},
                                    {0}};

/* m v v of atom i [eV]. */
static void kinetic_part(const vt_atoms *atoms, size_t i, double k[6]) {
    double m = VT_MASS_VELOCITY2 * atoms->species[atoms->type[i]].mass;
    double v[3] = {atoms->vx[i], atoms->vy[i], atoms->vz[i]};
    k[0] = m * v[0] * v[0];
    k[1] = m * v[1] * v[1];
    k[2] = m * v[2] * v[2];
    k[3] = m * v[1] * v[2];
    k[4] = m * v[0] * v[2];
    k[5] = m * v[0] * v[1];
}

/* Stress of all atoms [GPa]. */
static void stress(lua_State *L, const char *where, double s[6]) {
    stress_options o = STRESS_DEFAULTS;
    vtl_options(L, 2, where, STRESS, &o);
    vt_result result = {0};
    compute(L, where, VT_WANT_VIRIAL, &result);
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    double scale = -VT_GPA / vt_box_volume(&atoms->box);
    for (int k = 0; k < 6; k++) s[k] = result.virial[k];
    for (size_t i = 0; i < atoms->count && o.kinetic; i++) {
        double part[6];
        kinetic_part(atoms, i, part);
        for (int k = 0; k < 6; k++) s[k] += part[k];
    }
    for (int k = 0; k < 6; k++) s[k] *= scale;
}

static int atoms_stress(lua_State *L) {
    double s[6];
    stress(L, "stress", s);
    vtl_push_tensor(L, s);
    return 1;
}

static int atoms_pressure(lua_State *L) {
    double s[6];
    stress(L, "pressure", s);
    lua_pushnumber(L, -(s[0] + s[1] + s[2]) / 3);
    return 1;
}

static int atoms_stresses(lua_State *L) {
    stress_options o = STRESS_DEFAULTS;
    vtl_options(L, 2, "atom_stresses", STRESS, &o);
    vt_result result = {0};
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int64_t shape[2] = {(int64_t)atoms->count, 6};
    double *out = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    const vt_system *system = compute(L, "atom_stresses", VT_WANT_ATOM_VIRIAL, &result);
    vt_system_to_user(system, 6, result.atom_virial, out);
    double scale = -VT_GPA * (double)atoms->count / vt_box_volume(&atoms->box);
    for (size_t i = 0; i < atoms->count; i++) {
        double part[6] = {0};
        if (o.kinetic) kinetic_part(atoms, i, part);
        for (size_t k = 0; k < 6; k++) out[6 * i + k] = scale * (out[6 * i + k] + part[k]);
    }
    return 1;
}

const luaL_Reg vtl_atoms_energy_methods[] = {{"energy", atoms_energy},
                                             {"forces", atoms_forces},
                                             {"atom_energies", atoms_energies},
                                             {"stress", atoms_stress},
                                             {"pressure", atoms_pressure},
                                             {"atom_stresses", atoms_stresses},
                                             {NULL, NULL}};

const vtl_doc vtl_atoms_energy_docs[] = {
    {"Atoms:energy", "glass:energy() -> number",
     "Potential energy of all atoms [eV]. Its last bits may depend, to rounding, on when the list "
     "of neighbors was built.",
     NULL, NULL, "print(glass:energy() / #glass)"},
    {"Atoms:forces", "glass:forces() -> array", "Forces, computed now, n x 3 [eV/A].", NULL, NULL,
     "print(glass:forces():abs():max())"},
    {"Atoms:atom_energies", "glass:atom_energies() -> array",
     "Potential energy of each atom [eV]; their sum is glass:energy().", NULL, NULL,
     "print(glass:atom_energies():max())"},
    {"Atoms:stress", "glass:stress([options]) -> table",
     "Stress [GPa], positive in tension: fields xx yy zz yz xz xy, also as 1 to 6.", STRESS,
     &STRESS_DEFAULTS, "print(glass:stress().xy)"},
    {"Atoms:pressure", "glass:pressure([options]) -> number", "Minus the mean stress [GPa].",
     STRESS, &STRESS_DEFAULTS, "print(glass:pressure{ kinetic = false })"},
    {"Atoms:atom_stresses", "glass:atom_stresses([options]) -> array",
     "Stress of each atom, n x 6 [GPa], columns xx yy zz yz xz xy. Every atom counts with the mean "
     "volume, so that the mean over atoms is glass:stress().",
     STRESS, &STRESS_DEFAULTS, "local s = glass:atom_stresses()"},
    {0}};

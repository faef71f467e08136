/* Energy, forces and stress of atoms with a potential. */
#include "l_atoms.h"

/* The system of the atoms at 1, with what the user changed. */
static vt_system *refreshed(lua_State *L, const char *where) {
    vt_system *system = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, where)->system;
    vt_error err = {0};
    if (vt_failed(vt_system_pull(system, &err))) vtl_error(L, "%s: %s", where, err.msg);
    return system;
}

/* What an evaluation came to; the user's atoms then have the forces of their positions. */
static void evaluated(lua_State *L, const char *where, vt_system *system, vt_status status,
                      const vt_error *err) {
    if (vt_failed(status)) vtl_error(L, "%s: %s", where, err->msg);
    vt_system_push_forces(system);
}

/* Evaluate the atoms at 1. */
static vt_system *compute(lua_State *L, const char *where, unsigned want, vt_result *result) {
    vt_error err = {0};
    vt_system *system = refreshed(L, where);
    evaluated(L, where, system, vt_system_evaluate(system, want | VT_SYSTEM_SORT, result, &err),
              &err);
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

/* Stress of all atoms [GPa]. */
static void stress(lua_State *L, const char *where, double s[6]) {
    stress_options o = STRESS_DEFAULTS;
    vtl_options(L, 2, where, STRESS, &o);
    vt_error err = {0};
    vt_system *system = refreshed(L, where);
    evaluated(L, where, system, vt_system_stress(system, o.kinetic, s, &err), &err);
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
    int64_t shape[2] = {(int64_t)vtl_check_atoms(L, 1)->count, 6};
    double *out = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    vt_error err = {0};
    vt_system *system = refreshed(L, "atom_stresses");
    evaluated(L, "atom_stresses", system, vt_system_atom_stresses(system, o.kinetic, out, &err),
              &err);
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
     NULL, NULL, "print(glass:energy() / #glass)",
     "potential energy; total energy; cohesive energy", "Atoms:atom_energies; minimize"},
    {"Atoms:forces", "glass:forces() -> array", "Forces, computed now, n x 3 [eV/A].", NULL, NULL,
     "print(glass:forces():abs():max())"},
    {"Atoms:atom_energies", "glass:atom_energies() -> array",
     "Potential energy of each atom [eV]; their sum is glass:energy().", NULL, NULL,
     "print(glass:atom_energies():max())", "energy per atom; atomic energy; site energy",
     "Atoms:energy"},
    {"Atoms:stress", "glass:stress([options]) -> table",
     "Stress [GPa], positive in tension: fields xx yy zz yz xz xy, also as 1 to 6.", STRESS,
     &STRESS_DEFAULTS, "print(glass:stress().xy)",
     "stress tensor; virial; virial stress; pressure tensor; elastic stress",
     "Atoms:pressure; Atoms:atom_stresses; units"},
    {"Atoms:pressure", "glass:pressure([options]) -> number", "Minus the mean stress [GPa].",
     STRESS, &STRESS_DEFAULTS, "print(glass:pressure{ kinetic = false })",
     "hydrostatic pressure; hydrostatic stress", "Atoms:stress; md"},
    {"Atoms:atom_stresses", "glass:atom_stresses([options]) -> array",
     "Stress of each atom, n x 6 [GPa], columns xx yy zz yz xz xy. Every atom counts with the mean "
     "volume, so that the mean over atoms is glass:stress().",
     STRESS, &STRESS_DEFAULTS, "local s = glass:atom_stresses()",
     "atomic stress; stress per atom; local stress", "Atoms:stress"},
    {0}};

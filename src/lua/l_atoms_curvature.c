/* Second derivatives of the energy: the Hessian and the Born tensor of atoms with a potential. */
#include "l_atoms.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- Hessian ---- */

static vt_hessian_options hessian_defaults;

static const vtl_option HESSIAN[] = {
    {"mass_weighted", VTL_BOOLEAN, offsetof(vt_hessian_options, mass_weighted), "-",
     "divide by sqrt(m_i m_j), which makes eigenvalues squares of angular frequencies [eV/A^2/amu]",
     NULL},
    {"step", VTL_POSITIVE, offsetof(vt_hessian_options, step), "A",
     "largest displacement along an axis, to both sides, where a potential leaves second "
     "derivatives to differences of forces (models of OpenKIM)",
     VTL_RANGE(DISPLACEMENT)},
    {0}};

void vtl_atoms_curvature_defaults(void) {
    hessian_defaults = vt_hessian_defaults();
}

/* The system of the atoms at 1, with what the user changed, and evaluated: from then on their order
   stays. */
static vt_system *refreshed(lua_State *L, const char *where, vtl_shared_system **shared) {
    vt_error err = {0};
    *shared = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, where);
    vt_system *system = (*shared)->system;
    if (vt_failed(vt_system_pull(system, &err)) ||
        vt_failed(vt_system_evaluate(system, VT_SYSTEM_SORT, NULL, &err)))
        vtl_error(L, "%s: %s", where, err.msg);
    return system;
}

/* The Hessian of the atoms at 1; their system keeps it for as long as it is right. */
static vt_hessian *hessian_of(lua_State *L, const char *where, const vt_hessian_options *o) {
    vtl_shared_system *shared;
    vt_system *system = refreshed(L, where, &shared);
    const vt_hessian_options *kept = &shared->hessian_options;
    if (shared->hessian != NULL && vt_hessian_is_of(shared->hessian, system) &&
        kept->mass_weighted == o->mass_weighted && kept->step == o->step)
        return shared->hessian;
    vt_hessian_destroy(shared->hessian);
    vt_error err = {0};
    shared->hessian = vt_hessian_create(system, o, &err);
    shared->hessian_options = *o;
    if (shared->hessian == NULL) vtl_error(L, "%s: %s", where, err.msg);
    if (!vt_system_has_curvature(system)) {
        vtl_warn(L, lua_pushfstring(L,
                                    "%s: the model gives no second derivatives; they are taken "
                                    "from differences of forces",
                                    vt_potential_file(system->potential)));
        lua_pop(L, 1);
    }
    return shared->hessian;
}

static int atoms_hessian(lua_State *L) {
    vt_hessian_options o = hessian_defaults;
    vtl_check_atoms(L, 1);
    lua_settop(L, 2);
    vtl_options(L, 2, "hessian", HESSIAN, &o);
    size_t n = vtl_check_atoms(L, 1)->count;
    if (n > VT_HESSIAN_DENSE_ATOMS)
        return vtl_error(L,
                         "hessian: the matrix of %I atoms is too large; up to %d atoms are taken. "
                         "hessian_times multiplies vectors with it for any number",
                         (lua_Integer)n, VT_HESSIAN_DENSE_ATOMS);
    const int64_t shape[2] = {3 * (int64_t)n, 3 * (int64_t)n};
    double *matrix = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    vt_hessian *hessian = hessian_of(L, "hessian", &o);
    vt_error err = {0};
    const vt_system *system = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, "hessian")->system;
    if (vt_failed(vt_hessian_dense(hessian, matrix, &err)) ||
        vt_failed(vt_system_matrix_to_user(system, matrix, &err)))
        vtl_error(L, "hessian: %s", err.msg);
    return 1;
}

/* `v` is n x 3 numbers, or several times that; how many times. */
static size_t check_vectors(lua_State *L, const vt_array *v, size_t n) {
    bool one = v->ndim == 2;
    if ((!one && v->ndim != 3) || v->shape[v->ndim - 1] != 3 ||
        v->shape[v->ndim - 2] != (int64_t)n) {
        char shape[128] = "";
        size_t used = 0;
        for (int k = 0; k < v->ndim && used < sizeof shape; k++)
            used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%lld",
                                     k > 0 ? " x " : "", (long long)v->shape[k]);
        vtl_error(L,
                  "hessian_times: expected a vector of %I x 3 numbers, three for each atom, or "
                  "several as k x %I x 3, got %s",
                  (lua_Integer)n, (lua_Integer)n, shape);
    }
    return one ? 1 : (size_t)v->shape[0];
}

static int atoms_hessian_times(lua_State *L) {
    vt_hessian_options o = hessian_defaults;
    vtl_check_atoms(L, 1);
    lua_settop(L, 3);
    vtl_options(L, 3, "hessian_times", HESSIAN, &o);
    const vt_array *v =
        vtl_check_numbers(L, 2, -1, "hessian_times: argument 1, the vector to multiply,");
    size_t n = vtl_check_atoms(L, 1)->count, vectors = check_vectors(L, v, n);
    const double *user = v->data;
    double *in = lua_newuserdatauv(L, (6 * n * vectors + 1) * sizeof *in, 0);
    double *hv = in + 3 * n * vectors;
    double *out = vtl_new_array(L, VT_FLOAT64, v->ndim, v->shape)->data;
    vt_hessian *hessian = hessian_of(L, "hessian_times", &o);
    const vt_system *system = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, "hessian_times")->system;
    for (size_t k = 0; k < vectors; k++)
        vt_system_from_user(system, 3, user + 3 * n * k, in + 3 * n * k);
    vt_error err = {0};
    if (vt_failed(vt_hessian_times(hessian, vectors, in, hv, &err)))
        vtl_error(L, "hessian_times: %s", err.msg);
    for (size_t k = 0; k < vectors; k++)
        vt_system_to_user(system, 3, hv + 3 * n * k, out + 3 * n * k);
    return 1;
}

/* ---------------------------------------------------------------- Born ---- */

typedef struct {
    bool stress;
} born_options;

static const born_options BORN_DEFAULTS = {false};

static const vtl_option BORN[] = {
    {"stress", VTL_BOOLEAN, offsetof(born_options, stress), "-",
     "add the terms of the potential's stress: coefficients that relate stress to strain in a "
     "sample that is not free of stress",
     NULL},
    {0}};

static int atoms_born(lua_State *L) {
    born_options o = BORN_DEFAULTS;
    vtl_check_atoms(L, 1);
    vtl_options(L, 2, "born", BORN, &o);
    const int64_t shape[2] = {6, 6};
    double(*c)[6] = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    vtl_shared_system *shared;
    vt_system *system = refreshed(L, "born", &shared);
    double born[VT_BORN_CONSTANTS], stress[6];
    vt_error err = {0};
    if (vt_failed(vt_system_born(system, born, NULL, &err)) ||
        (o.stress && vt_failed(vt_system_stress(system, false, stress, &err))))
        vtl_error(L, "born: %s", err.msg);
    if (o.stress)
        vt_born_under_stress(born, stress, c);
    else
        vt_born_matrix(born, c);
    return 1;
}

static int atoms_atom_born(lua_State *L) {
    size_t n = vtl_check_atoms(L, 1)->count;
    const int64_t shape[3] = {(int64_t)n, 6, 6};
    double(*out)[6][6] = vtl_new_array(L, VT_FLOAT64, 3, shape)->data;
    double *part = lua_newuserdatauv(L, (n * VT_BORN_CONSTANTS + 1) * sizeof *part, 0);
    vtl_shared_system *shared;
    vt_system *system = refreshed(L, "atom_born", &shared);
    double born[VT_BORN_CONSTANTS];
    vt_error err = {0};
    if (vt_failed(vt_system_born(system, born, part, &err))) vtl_error(L, "atom_born: %s", err.msg);
    for (size_t k = 0; k < n; k++)
        vt_born_matrix(part + k * VT_BORN_CONSTANTS, out[system->order[k]]);
    lua_pop(L, 1);
    return 1;
}

const luaL_Reg vtl_atoms_curvature_methods[] = {{"hessian", atoms_hessian},
                                                {"hessian_times", atoms_hessian_times},
                                                {"born", atoms_born},
                                                {"atom_born", atoms_atom_born},
                                                {NULL, NULL}};

const vtl_doc vtl_atoms_curvature_docs[] = {
    {"Atoms:hessian", "glass:hessian([options]) -> array",
     "Second derivatives of the energy by positions, 3n x 3n [eV/A^2]: x, y, z of atom 1, then of "
     "atom 2. Up to 3000 atoms. Those of EAM files come from the files' own splines; models of "
     "OpenKIM leave them to differences of forces.",
     HESSIAN, &hessian_defaults, "local omega2 = glass:hessian{ mass_weighted = true }:eigen()",
     "dynamical matrix; force constants; normal modes; vibrational modes; phonons; second "
     "derivatives; boson peak; saddle point",
     "Atoms:hessian_times; Array:eigen"},
    {"Atoms:hessian_times", "glass:hessian_times(v, [options]) -> array",
     "The Hessian times a vector of n x 3 numbers, or several as k x n x 3; the result has the "
     "shape of v [eV/A^2 times the unit of v]. For any number of atoms: the Hessian is prepared "
     "once for positions as they are, and a product then costs about as much as one evaluation of "
     "forces, less when four or more vectors are given at once.",
     HESSIAN, &hessian_defaults,
     "local u = vt.array.random(#glass, 3) - 0.5\n"
     "print((u * glass:hessian_times(u)):sum() / (u * u):sum())   -- mean curvature along u",
     "Hessian; Lanczos", "Atoms:hessian"},
    {"Atoms:born", "glass:born([options]) -> array",
     "Born (affine) part of the elastic constants [GPa], 6 x 6, rows and columns xx yy zz yz xz "
     "xy: what the sample resists when all atoms follow a uniform strain. Atoms of a glass do not, "
     "so that its moduli are smaller.",
     BORN, &BORN_DEFAULTS, "local c = glass:born(); print(c[1][1], c[1][2], c[4][4])",
     "elastic constants; elastic moduli; shear modulus; bulk modulus; stiffness; Young's modulus; "
     "affine moduli",
     "Atoms:stress; Atoms:atom_born"},
    {"Atoms:atom_born", "glass:atom_born() -> array",
     "The part of each atom in glass:born(), n x 6 x 6 [GPa]: its embedding, and half of its "
     "pairs. "
     "Every atom counts with the mean volume, so that the mean over atoms is glass:born().",
     NULL, NULL, "local c44 = glass:atom_born():slice(nil, 4, 4)",
     "local elastic constants; local moduli", "Atoms:born"},
    {0}};

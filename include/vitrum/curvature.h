/** curvature: second derivatives of the energy of a system.

    Energies of the form E = sum_i F_i(rho_i) + sum over pairs phi_ij(r), with rho_i = sum_j
    f_ji(r) (Lennard-Jones, EAM), have theirs from the functions of the potential themselves: of
    an EAM file from its own splines, which are what energies are made of, whatever the precision
    of the system. These are continuous but for jumps of the second derivative at their knots. All
    other potentials are left to differences of forces, or refused where it says so.

    Atoms are in the order of the system. */
#ifndef VITRUM_CURVATURE_H
#define VITRUM_CURVATURE_H

#include "vitrum/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/** True when second derivatives come from functions, false when from differences of forces. */
VT_API bool vt_system_has_curvature(const vt_system *system);

/* ---------------------------------------------------------------- visits ---- */

/** What surrounds an embedded atom. */
typedef struct {
    double slope, curvature; /**< F' and F'' at the density of the atom. */
    size_t count;            /**< Neighbors, images one by one. */
    const int32_t *neighbor;
    const double (*d)[3];       /**< From the atom to the neighbor [angstrom]. */
    const double (*density)[2]; /**< f' and f'' of what the neighbor lays at the atom. The gradient
                                     of rho with respect to it is f' d/|d|, and with respect to
                                     the atom minus the sum of all. */
} vt_center;

/** Receives the parts that any second derivative of the energy is a sum of; either function may be
    NULL. */
typedef struct {
    void *context;
    /** Every pair of atoms within the cutoff once, also of an atom and an image of its own: d from
       i to j [angstrom], phi' [eV/angstrom] and phi'' [eV/angstrom^2] there. */
    void (*pair)(void *context, int32_t i, int32_t j, const double d[3], double slope,
                 double curvature);
    /** Every atom, where the potential embeds atoms. */
    void (*center)(void *context, int32_t i, const vt_center *center);
} vt_curvature;

/** Visit pairs and centers of the present positions, in the order of the atoms. Fails as
    vt_system_evaluate does, with VT_ENOMEM, and with VT_EUNSUPPORTED where derivatives come from
    differences only. */
VT_API vt_status vt_system_curvature(vt_system *system, const vt_curvature *curvature,
                                     vt_error *err);

/* ---------------------------------------------------------------- Hessian ---- */

typedef struct {
    bool mass_weighted; /**< Divide by sqrt(m_i m_j): eigenvalues are then squares of angular
                             frequencies, in eV/(angstrom^2 amu). */
    double step;        /**< Largest displacement of an atom along an axis in differences of forces
                             [angstrom]. */
} vt_hessian_options;

/** Not mass weighted, 1e-4 angstrom. */
VT_API vt_hessian_options vt_hessian_defaults(void);

/** The matrix of second derivatives by positions as an operator, prepared once for positions as
    they are, in some 60 bytes a pair and 120 an atom [eV/angstrom^2]. */
typedef struct vt_hessian vt_hessian;

/** NULL on failure, as vt_system_curvature; but potentials without second derivatives are taken:
    each product then takes two evaluations of the system, which must outlive the Hessian. */
VT_API vt_hessian *vt_hessian_create(vt_system *system, const vt_hessian_options *options,
                                     vt_error *err);

/** NULL is legal. */
VT_API void vt_hessian_destroy(vt_hessian *hessian);

/** True while positions and atoms of the system are those that it was prepared for. */
VT_API bool vt_hessian_is_of(const vt_hessian *hessian, const vt_system *system);

/** hv = H v for several vectors, vectors x atoms x 3, one vector after the other. Four at a time
    cost little more than one. The result does not depend on the number of threads. Without second
    derivatives central differences of forces are taken, 1e-4 angstrom to both sides; that fails as
    vt_system_evaluate does, and with VT_EINVAL when the atoms have moved since. */
VT_API vt_status vt_hessian_times(vt_hessian *hessian, size_t vectors, const double *v, double *hv,
                                  vt_error *err);

/** The 3 x 3 block of atoms i and j, symmetric under exchange and transposition, the part of the
    centers that both act on included. VT_EUNSUPPORTED without second derivatives. */
VT_API vt_status vt_hessian_block(vt_hessian *hessian, size_t i, size_t j, double block[3][3],
                                  vt_error *err);

/** The blocks of each atom with itself, as a preconditioner needs them. */
VT_API vt_status vt_hessian_diagonal(vt_hessian *hessian, double (*blocks)[3][3], vt_error *err);

enum { VT_HESSIAN_DENSE_ATOMS = 3000 /**< More would take beyond 650 MB. */ };

/** The whole matrix, 3n x 3n numbers for n atoms, symmetric. VT_EINVAL beyond
    VT_HESSIAN_DENSE_ATOMS atoms, VT_EINTERRUPT. Without second derivatives every column takes two
    evaluations. */
VT_API vt_status vt_hessian_dense(vt_hessian *hessian, double *matrix, vt_error *err);

/* ---------------------------------------------------------------- Born ---- */

/** The constants of a symmetric 6 x 6 tensor, upper triangle row by row: 11 12 .. 16 22 .. 66 with
    1 to 6 for xx yy zz yz xz xy. */
enum { VT_BORN_CONSTANTS = 21 };

/** Born (affine) part of the elastic constants, second derivatives of the energy with respect to
    uniform Lagrangian strain over the volume [GPa]: what a sample resists when every atom follows
    the strain. `atom` (may be NULL) receives the parts of the atoms, VT_BORN_CONSTANTS each, whose
    mean is `born`: embedding belongs to the center, pairs to both partners by halves. Does not
    depend on the number of threads. Fails as vt_system_curvature does. */
VT_API vt_status vt_system_born(vt_system *system, double born[VT_BORN_CONSTANTS], double *atom,
                                vt_error *err);

/** Place of constant pq, 0 to 5 each, among the VT_BORN_CONSTANTS. */
VT_API int vt_born_index(int p, int q);

/** Stress-strain coefficients B_ijkl = C_ijkl + (d_ik s_jl + d_jk s_il + d_il s_jk + d_jl s_ik -
    2 d_kl s_ij)/2 of a sample under stress s (xx yy zz yz xz xy, in tension), all in one unit:
    rows for ij, columns for kl. Barron and Klein, Proc. Phys. Soc. 85, 523 (1965). */
VT_API void vt_born_under_stress(const double born[VT_BORN_CONSTANTS], const double stress[6],
                                 double b[6][6]);

#ifdef __cplusplus
}
#endif
#endif

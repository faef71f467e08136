/** system: atoms as every method works on them.

    A system is a copy of the user's atoms that is sorted in space, with the lists and the room that
    evaluating a potential takes. Dynamics, minimizers and everything else that evaluates hold a
    system and no copy of their own, so that one after the other builds nothing twice.

    Who owns what, here and in all rooms above: a system borrows the user's atoms and the potential,
    and what works on a system borrows it. All must outlive it. The user's atoms keep their order;
    vt_system_pull takes over what the user changed, vt_system_push hands back what is newer here.
    Whoever has moved the atoms of a system says so (vt_system_moved).

    Stands on: potential. */
#ifndef VITRUM_SYSTEM_H
#define VITRUM_SYSTEM_H

#include "vitrum/potential.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    vt_precision precision;
    double skin; /**< Reach of the lists beyond the cutoff; negative: default [angstrom]. */
} vt_system_options;

/** Double precision, default skin. */
VT_API vt_system_options vt_system_defaults(void);

/** What an evaluation may do to the atoms when lists are due, besides VT_WANT_ bits. */
enum {
    VT_SYSTEM_WRAP = 1 << 8, /**< Move them into the box; image counts take up the shift. */
    VT_SYSTEM_SORT = 1 << 9  /**< Reorder them from time to time. */
};

/** Results of the last evaluation; arrays are in the system's order and belong to it. */
typedef struct {
    double energy;             /**< [eV] */
    double virial[6];          /**< [eV] */
    const double *atom_energy; /**< One per atom; their sum is `energy` [eV]. */
    const double *atom_virial; /**< Six per atom, atom-major; their sum is `virial` [eV]. */
} vt_result;

/** Arrays may be read, and r, v and box written, by whoever works on the system. */
typedef struct vt_system {
    vt_atoms *atoms;               /**< The user's, borrowed; NULL for a region. */
    const vt_potential *potential; /**< Borrowed. */
    vt_system_options options;     /**< With the skin that was chosen. */
    size_t count;
    vt_box box;
    double (*r)[4];      /**< Positions, the last number 0 [angstrom]. */
    double (*v)[4];      /**< Velocities, the last number 0 [angstrom/ps]. */
    double (*f)[4];      /**< Forces of the last evaluation, the last number 0 [eV/angstrom]. */
    int32_t *type;       /**< Index into `species`. */
    int32_t (*image)[3]; /**< Image counts, see vt_atoms. */
    int64_t *id;
    int32_t *order; /**< Atom k is the user's atom order[k]. */
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    int64_t builds;       /**< Of lists, since the atoms were last all taken over. */
    bool ahead;           /**< Newer than the user's atoms. */
    uint64_t arrangement; /**< Rises whenever atoms get another order or number. */
    uint64_t stamp;       /**< Rises whenever an atom or the box was changed... */
    uint64_t places;      /**< ...and this one whenever that changes energies or forces. */
    struct vti_system *internal;
} vt_system;

/** Takes over the atoms. NULL on failure: an atom out of range, memory, no such precision. */
VT_API vt_system *vt_system_create(vt_atoms *atoms, const vt_potential *potential,
                                   const vt_system_options *options, vt_error *err);

/** NULL is legal. */
VT_API void vt_system_destroy(vt_system *system);

/** Take over whatever the user changed since the last pull or push; nothing while the system is
    ahead. Fails as vt_atoms_check does, or for lack of memory; the system is then as before. */
VT_API vt_status vt_system_pull(vt_system *system, vt_error *err);

/** Write positions, velocities, forces, images and box to the user's atoms, which are then what
    the system is. */
VT_API void vt_system_push(vt_system *system);

/** Write the forces alone. */
VT_API void vt_system_push_forces(const vt_system *system);

/** Say that positions or box have changed: what was computed holds no longer. */
static inline void vt_system_moved(vt_system *system);

/** Forces into `f`, and whatever `want` (VT_WANT_ bits, 0 for forces only) asks for into `result`
    (may be NULL when want is 0). Atoms stay where they are, in their order, unless `want` has
    VT_SYSTEM_ bits, too. What is known already is not computed again. Deterministic for any
    number of threads. Fails with VT_EINVAL when the potential lacks a species of the atoms (both
    named) or cannot give what is wanted, VT_EDIVERGED when a force is not finite or two atoms
    coincide (the atoms and their distance named); forces are then undefined, positions untouched.
 */
VT_API vt_status vt_system_evaluate(vt_system *system, unsigned want, vt_result *result,
                                    vt_error *err);

/** Numbers by atom in the system's order, `columns` an atom, to the user's. */
VT_API void vt_system_to_user(const vt_system *system, size_t columns, const double *from,
                              double *to);
VT_API void vt_system_from_user(const vt_system *system, size_t columns, const double *from,
                                double *to);

/** Rows and columns of a 3 count x 3 count matrix in the system's order, such as the Hessian, to
   the user's, in place. */
VT_API vt_status vt_system_matrix_to_user(const vt_system *system, double *matrix, vt_error *err);

/** Stress (xx yy zz yz xz xy), positive in tension, of the system's atoms as vt_system_pull left
    them: the potential's, and with `kinetic` that of the velocities, -sum m v v / V [GPa]. */
VT_API vt_status vt_system_stress(vt_system *system, bool kinetic, double stress[6], vt_error *err);

/** That of each atom, six numbers in the user's order [GPa]. Every atom counts with the mean
   volume, so that the mean over atoms is the stress of all. */
VT_API vt_status vt_system_atom_stresses(vt_system *system, bool kinetic, double *stresses,
                                         vt_error *err);

/** Where the atoms were when the lists were built, and when the pairs that kernels look at were
    last selected from them. They decide in which order forces are added up, and so about the last
    bits; whoever goes on elsewhere must keep them. Borrowed, until the next evaluation. */
VT_API void vt_system_lists(const vt_system *system, const vt_snapshot **built,
                            const vt_snapshot **selected);

/** Put the atoms, which are as the user has them, in this order, and make the lists as they were
    made then. */
VT_API vt_status vt_system_restore(vt_system *system, const int32_t *order,
                                   const vt_snapshot *built, const vt_snapshot *selected,
                                   vt_error *err);

/** Forget the lists, so that the next evaluation builds them. */
VT_API void vt_system_forget_lists(vt_system *system);

/* ---------------------------------------------------------------- regions ---- */

/** The atoms of a region by what they are there for: 0 to active - 1 may move, those up to
    watched - 1 have exact forces, too, those up to needed - 1 exact environments, and the rest is
    what these feel. */
typedef struct {
    size_t active, watched, needed;
} vt_region;

/** A small system of its own, with free boundaries, in which `count` atoms (their places in the
    user's order) may move and everything else stands still. Those within `watch` [angstrom] of an
    active atom are watched. Forces on active and watched atoms, and differences of energies between
    positions of the active ones, are those of the whole to rounding as long as no active atom is
    further than `watch` from where it was cut out.

    Atom k of the region is the user's atom order[k], `image` tells how many cell vectors away; its
    order must be kept: no VT_SYSTEM_SORT. Nothing is pulled or pushed. The whole needs
    to be prepared for an evaluation, which costs what a look at its lists costs. Owned by the
    caller; independent of the whole from then on, but for the potential. NULL and VT_EINVAL for a
    region without atoms, an atom that does not exist or stands twice, and where an active atom is
    so near to an image of itself that both belong to the region: then the box is too thin. */
VT_API vt_system *vt_system_cut(vt_system *whole, const int32_t *active, size_t count, double watch,
                                vt_region *region, vt_error *err);

/** Move the active atoms of the whole that the region was cut from, and whose box is the same, to
    where the region has them. The whole is then ahead of the user's atoms. VT_ENOMEM. */
VT_API vt_status vt_system_paste(const vt_system *cut, const vt_region *region, vt_system *whole,
                                 vt_error *err);

/** Make the whole ready to have confined regions cut out of it as it stands now: from then on and
    until it changes, several threads may do so at once. VT_EUNSUPPORTED when the potential is none
    whose pairs (Lennard-Jones, EAM) or atoms (networks) are computed one by one. */
VT_API vt_status vt_system_prepare_regions(vt_system *whole, vt_error *err);

/** A region that holds no more than the active atoms and those that they reach when they have come
    `margin` [angstrom] from where active atoms were. Only pairs that an active atom takes part in
    are computed, and the densities that others lay at what stands still are remembered: an
    evaluation costs a fraction of that of vt_system_cut. Forces on active atoms and differences of
    energies are those of the whole to rounding; the others, which stand still, receive the forces
    of active atoms alone. Of a potential whose atoms are computed one by one the region reaches
    twice as far, and has the energies of all atoms that feel an active one.

    *region is NULL, or one made of the same whole before, which is filled anew; both are still
    there after a failure, when it must be filled again before it is used. Active atoms come first,
    in the order given; `order` and `image` are as in vt_system_cut. The whole, which must be ready
    (vt_system_prepare_regions), must outlive it. VT_EINVAL as vt_system_cut; VT_EUNSUPPORTED when
    so many atoms are near that no list takes them. */
VT_API vt_status vt_system_confine(const vt_system *whole, const int32_t *active, size_t count,
                                   double margin, vt_system **region, vt_error *err);

/** The user's atoms within `radius` of one of `count` others (places in the user's order, these
    included), in the order of the whole, which is ready for regions; the caller frees them with
    vt_free. NULL when there is no memory. */
VT_API int32_t *vt_system_near(const vt_system *whole, const int32_t *atoms, size_t count,
                               double radius, size_t *nears, vt_error *err);

/** Where the user's atom stands in a whole that is ready for regions. */
VT_API size_t vt_system_place(const vt_system *whole, size_t atom);

/* ---------------------------------------------------------------- second derivatives ---- */

/* Energies of the form E = sum_i F_i(rho_i) + sum over pairs phi_ij(r), with rho_i = sum_j f_ji(r)
   (Lennard-Jones, EAM), have theirs from the functions of the potential themselves: of an EAM file
   from its own splines, which are what energies are made of, whatever the precision of the system.
   Second derivatives jump at the knots of these splines. All other potentials are left to
   differences of forces, or refused where it says so. Atoms are in the order of the system. */

/** True when second derivatives come from functions, false when from differences of forces. */
VT_API bool vt_system_has_curvature(const vt_system *system);

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
    double step;        /**< Largest displacement of an atom along an axis in differences of forces,
                             1e-8 to 0.2 [angstrom]. */
} vt_hessian_options;

/** Not mass weighted, 1e-4 angstrom. */
VT_API vt_hessian_options vt_hessian_defaults(void);

/** The matrix of second derivatives by positions as an operator, prepared once for positions as
    they are, in some 36 bytes a pair and a few hundred an atom [eV/angstrom^2]. */
typedef struct vt_hessian vt_hessian;

/** NULL on failure, as vt_system_curvature; but potentials without second derivatives are taken:
    each product then takes two evaluations of the system, which must outlive the Hessian. */
VT_API vt_hessian *vt_hessian_create(vt_system *system, const vt_hessian_options *options,
                                     vt_error *err);

/** NULL is legal. */
VT_API void vt_hessian_destroy(vt_hessian *hessian);

/** True while positions, masses and order of the system's atoms are those that it was prepared
    for. */
VT_API bool vt_hessian_is_of(const vt_hessian *hessian, const vt_system *system);

/** hv = H v for several vectors, vectors x atoms x 3, one vector after the other. Four at a time
    cost little more than one. The result does not depend on the number of threads. Without second
    derivatives central differences of forces are taken, the step of the options to both sides; that
    fails as vt_system_evaluate does, and with VT_EINVAL when the atoms have moved since or v is not
    finite. VT_EINTERRUPT between vectors; the atoms are then where they were. */
VT_API vt_status vt_hessian_times(vt_hessian *hessian, size_t vectors, const double *v, double *hv,
                                  vt_error *err);

enum { VT_HESSIAN_WIDE = 16 /**< Vectors of a wide product. */ };

/** One step of a recursion in H: y = h H x + x_factor x + y_factor y + r_factor r, the
    last factor one for each vector. */
typedef struct {
    float h, x_factor, y_factor;
    float r_factor[VT_HESSIAN_WIDE];
} vt_hessian_step;

/** Do a step in single precision for VT_HESSIAN_WIDE vectors at once, at a fraction of the cost of
    vt_hessian_times: polynomials of H are made of such steps. All arrays hold atoms x 3 x
    VT_HESSIAN_WIDE numbers, the vectors side by side, aligned to 64 bytes (vt_alloc); `r` may be
    NULL, x and y differ. With masses H is here H/m by rows, which acts on displacements u =
    v/sqrt(m) as the mass weighted one on v: vt_hessian_wide_load and _store do the conversion. The
    result does not depend on the number of threads. Fails as vt_hessian_times. */
VT_API vt_status vt_hessian_wide_step(vt_hessian *hessian, const vt_hessian_step *step,
                                      const float *x, const float *r, float *y, vt_error *err);

/** Up to VT_HESSIAN_WIDE vectors v, each atoms x 3 numbers and one after the other, times `factor`
    (one a vector, NULL: 1), as the displacements that steps work on; vectors that are not there
    are 0. And back: v = v_factor v + factor times the displacements' (factors may be NULL: 0 and
    1). */
VT_API void vt_hessian_wide_load(const vt_hessian *hessian, size_t vectors, const double *v,
                                 const double *factor, float *u);
VT_API void vt_hessian_wide_store(const vt_hessian *hessian, size_t vectors, const float *u,
                                  const double *factor, const double *v_factor, double *v);

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

/** The symmetric 6 x 6 matrix of the constants. */
VT_API void vt_born_matrix(const double born[VT_BORN_CONSTANTS], double c[6][6]);

/** Stress-strain coefficients B_ijkl = C_ijkl + (d_ik s_jl + d_jk s_il + d_il s_jk + d_jl s_ik -
    2 d_kl s_ij)/2 of a sample under stress s (xx yy zz yz xz xy, in tension), all in one unit:
    rows for ij, columns for kl. Barron and Klein, Proc. Phys. Soc. 85, 523 (1965). */
VT_API void vt_born_under_stress(const double born[VT_BORN_CONSTANTS], const double stress[6],
                                 double b[6][6]);

/* ---------------------------------------------------------------- strain and motion ---- */

/** Forces that a uniform strain leaves on atoms that follow it: derivatives of the forces with
    respect to the Lagrangian strains xx yy zz yz xz xy (shear as gamma), in coordinates of the
    unstrained box, one strain after the other: 6 x atoms x 3 [eV/angstrom]. Terms that the present
    forces turn and stretch are left out, so they are right at a minimum. Lutsko, J. Appl. Phys. 65,
    2991 (1989). Do not depend on the number of threads. Fails as vt_system_curvature does. */
VT_API vt_status vt_system_affine_forces(vt_system *system, double *force, vt_error *err);

/** Change of each atom's share of stress times volume, six components [eV], for each of some sets
    of small displacements u (vectors x atoms x 3): atoms x vectors x 6. Embedding belongs to the
    center, pairs to both partners by halves. Do not depend on the number of threads. Fails as
    vt_system_curvature does. */
VT_API vt_status vt_system_stress_changes(vt_system *system, size_t vectors, const double *u,
                                          double *change, vt_error *err);

/* ---------------------------------------------------------------- inline ---- */

static inline void vt_system_moved(vt_system *system) {
    system->stamp++;
    system->places++;
}

#ifdef __cplusplus
}
#endif
#endif

/** system: atoms as every method works on them.

    A system is a copy of the user's atoms that is sorted in space, with the lists and the room that
    evaluating a potential takes. Dynamics, minimizers and everything else that evaluates hold a
    system and no copy of their own, so that one after the other builds nothing twice.

    Who owns what, here and in all rooms above: a system borrows the user's atoms and the potential,
    and what works on a system borrows it. All must outlive it. The user's atoms keep their order;
    vt_system_pull takes over what the user changed, vt_system_push hands back what is newer here.
    Whoever has moved the atoms of a system says so (vt_system_moved). */
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

/** What a build of lists, which happens when they are due, may do to the atoms. */
enum {
    VT_SYSTEM_WRAP = 1, /**< Move them into the box; image counts take up the shift. */
    VT_SYSTEM_SORT = 2  /**< Now and then give them another order. */
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
    unsigned may;    /**< VT_SYSTEM_ bits. */
    int64_t builds;  /**< Of lists, since the atoms were last all taken over. */
    bool ahead;      /**< Newer than the user's atoms. */
    uint64_t stamp;  /**< Rises whenever an atom or the box was changed... */
    uint64_t places; /**< ...and this one whenever that changes energies or forces. */
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
    (may be NULL when want is 0). What is known already is not computed again. Deterministic for any
    number of threads. Fails with VT_EINVAL when the potential lacks a species of the atoms (both
    named) or cannot give what is wanted, VT_EDIVERGED when a force is not finite or two atoms
    coincide (the atoms and their distance named); forces are then undefined, positions untouched.
 */
VT_API vt_status vt_system_evaluate(vt_system *system, unsigned want, vt_result *result,
                                    vt_error *err);

/** Numbers by atom in the system's order, `columns` an atom, to the user's. */
VT_API void vt_system_to_user(const vt_system *system, size_t columns, const double *from,
                              double *to);

/** Where the atoms were when the lists were built, and when the pairs that kernels look at were
    last selected from them. They decide in which order forces are added up, and so about the last
    bits; whoever goes on elsewhere must keep them. Borrowed, until the next evaluation. */
VT_API void vt_system_lists(const vt_system *system, const vt_reference **built,
                            const vt_reference **selected);

/** Put the atoms, which are as the user has them, in this order, and make the lists as they were
    made then. */
VT_API vt_status vt_system_restore(vt_system *system, const int32_t *order,
                                   const vt_reference *built, const vt_reference *selected,
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
    order is kept, so that `may` must not be changed. Nothing is pulled or pushed. The whole needs
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

/** Instruction set of the kernel in use. */
VT_API vt_simd vt_system_simd(const vt_system *system);

/* ---------------------------------------------------------------- inline ---- */

static inline void vt_system_moved(vt_system *system) {
    system->stamp++;
    system->places++;
}

#ifdef __cplusplus
}
#endif
#endif

/** minimize: the nearest minimum of the energy, with or without the box.

    A minimizer moves the atoms of a system, and hands positions, forces and box to the user's atoms
    whenever it returns.

    Stands on: system. */
#ifndef VITRUM_MINIMIZE_H
#define VITRUM_MINIMIZE_H

#include "vitrum/system.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *method;      /**< One of vt_minimize_methods; borrowed. */
    double fmax;             /**< Goal for the largest force on an atom [eV/angstrom]. */
    double stress_tolerance; /**< Goal for every free component of the stress [eV/angstrom^3]. */
    double max_step;         /**< No atom moves further between two evaluations [angstrom]. */
    int64_t memory;          /**< Steps that L-BFGS remembers. */
    bool precondition;       /**< lbfgs and cg, 100 atoms or more: solve with a network of springs
                                  fitted to the steps taken. Fewer evaluations. */
    bool free[6];            /**< Box components that may change: xx yy zz yz xz xy. */
    const bool *frozen;      /**< Atoms of the user that stand still, in a fixed box; NULL: none.
                                  Borrowed. fmax is that of the others. */
    bool isotropic;          /**< Change the volume only, the shape never; `free` is not read. */
    double stress[6];        /**< Target of the free components, positive in tension
                                  [eV/angstrom^3]. Isotropic: their mean over xx yy zz. */
} vt_minimize_options;

/** L-BFGS to 1e-4 eV/angstrom in a fixed box; stress tolerance 1 MPa. */
VT_API vt_minimize_options vt_minimize_defaults(void);

/** VT_EINVAL with a message unless every setting is in range. */
VT_API vt_status vt_minimize_check(const vt_minimize_options *options, vt_error *err);

/** Names of the methods, the best first, NULL at the end: "lbfgs" (Liu and Nocedal, Math. Program.
    45, 503 (1989)), "cg" (nonlinear conjugate gradients; Hager and Zhang, SIAM J. Optim. 16, 170
    (2005)), "fire" (FIRE 2.0; Guenole et al., Comput. Mater. Sci. 175, 109584 (2020)). */
VT_API const char *const *vt_minimize_methods(void);

/** Why a run returned. */
typedef enum {
    VT_MINIMIZE_CONVERGED,   /**< Forces, and stress when the box moves, are below their goals. */
    VT_MINIMIZE_EVALUATIONS, /**< The evaluations allowed are used up. */
    VT_MINIMIZE_STALLED,     /**< Neither energy nor forces fall any more: rounding, or a potential
                                  whose forces jump, as tables may do at their cutoff. */
    VT_MINIMIZE_INTERRUPTED  /**< The user asked to stop. */
} vt_minimize_reason;

/** One line for people: "converged", ... */
VT_API const char *vt_minimize_reason_text(vt_minimize_reason reason);

/** Where a minimization stands. Enthalpy is energy minus the work of the target stress, counted
    from the starting box (for a pressure p: energy + p (V - V_start)). It is what a run lowers;
    with a fixed box it is the energy. */
typedef struct {
    vt_minimize_reason reason;
    double energy, energy_before;     /**< [eV] */
    double enthalpy, enthalpy_before; /**< [eV] */
    double fmax;                      /**< Largest force on an atom [eV/angstrom]. */
    double stress[6];                 /**< Stress when the box moves, else 0 [eV/angstrom^3]. */
    double stress_error;              /**< Largest difference from the target [eV/angstrom^3]. */
    int64_t iterations;               /**< Steps taken. */
    int64_t evaluations;              /**< Evaluations of energy and forces. */
} vt_minimize_report;

/** A minimization that can be continued. */
typedef struct vt_minimizer vt_minimizer;

/** Starts from the user's atoms as they are; the system is borrowed, and its atoms must not be
    changed by others between runs. NULL on failure: a setting or an atom out of range, memory. */
VT_API vt_minimizer *vt_minimizer_create(vt_system *system, const vt_minimize_options *options,
                                         vt_error *err);

/** Begin again from the user's atoms as they are now, for one minimization after another, as in
    quasistatic deformation: memory and the springs learned so far are kept. */
VT_API vt_status vt_minimizer_restart(vt_minimizer *minimizer, vt_error *err);

VT_API void vt_minimizer_destroy(vt_minimizer *minimizer);

/** Go on for at most `evaluations` more evaluations.
    @post Positions, forces and box of the atoms are those of the lowest state found and belong
          together; velocities, image counts and order are untouched. The enthalpy is never above
          that of the start. On VT_EDIVERGED of the first evaluation and on VT_EINVAL nothing has
          changed.
    @return VT_DONE       converged or stalled: the report tells,
            VT_CONTINUE   evaluations used up; call again to go on,
            VT_EINTERRUPT stopped by the user,
            VT_EDIVERGED  energy or a force of the start is not finite (err names the atom),
            VT_EINVAL, VT_ENOMEM. */
VT_API vt_status vt_minimizer_run(vt_minimizer *minimizer, int64_t evaluations, vt_error *err);

/** Valid until the next run or destroy. */
VT_API const vt_minimize_report *vt_minimizer_report(const vt_minimizer *minimizer);

#ifdef __cplusplus
}
#endif
#endif

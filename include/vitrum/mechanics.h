/** mechanics: how a sample resists strain.

    Components are in the order xx yy zz yz xz xy, shear strains are engineering strains (gamma),
    stress is positive in tension.

    Stands on: minimize, dynamics. */
#ifndef VITRUM_MECHANICS_H
#define VITRUM_MECHANICS_H

#include "vitrum/dynamics.h"
#include "vitrum/minimize.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- moduli ---- */

/** Of the isotropic material that a polycrystal of the sample would be [GPa]. */
typedef struct {
    double bulk, shear, young, poisson; /**< poisson is a number. */
} vt_moduli;

typedef struct {
    vt_moduli voigt, reuss, hill; /**< Equal strain, equal stress, mean of bulk and shear of both:
                                       Hill, Proc. Phys. Soc. A 65, 349 (1952). */
    double anisotropy; /**< 5 G_voigt/G_reuss + K_voigt/K_reuss - 6, 0 when isotropic: Ranganathan
                            and Ostoja-Starzewski, Phys. Rev. Lett. 101, 055504 (2008). */
} vt_averages;

/** Averages of stiffness c over all directions. VT_EINVAL when c is not positive definite, which
    no stable sample is: bounds of the averages do not exist then. */
VT_API vt_status vt_elastic_averages(const double c[6][6], vt_averages *averages, vt_error *err);

/* ---------------------------------------------------------------- elastic constants ---- */

typedef struct {
    double tolerance; /**< Of the linear equations: force left over by that on atoms that follow the
                           strain, both as norms of all atoms; 1e-12 to 0.1. */
    int64_t rounds;   /**< Steps of conjugate gradients allowed. */
    double strain;    /**< To both sides, where a potential leaves second derivatives to
                           differences; 1e-7 to 0.01. */
    bool (*progress)(void *context, double left); /**< After each step, with the largest force left
                                                       over, relative to `tolerance`; may be NULL.
                                                       False ends the run: VT_EINTERRUPT. */
    void *context;
} vt_elastic_options;

/** 1e-5, 20,000 steps, 1e-4. */
VT_API vt_elastic_options vt_elastic_defaults(void);

typedef struct {
    double c[6][6];            /**< Elastic constants [GPa]. */
    double born[6][6];         /**< What they would be if atoms followed the strain [GPa]. */
    double nonaffine[6][6];    /**< c - born: what their own motion takes off [GPa]. */
    double under_stress[6][6]; /**< The change of stress by strain, which differs from c in a sample
                                    that is not free of stress (vt_born_under_stress) [GPa]. */
    double stress[6];          /**< [GPa] */
    double fmax;               /**< Largest force on an atom [eV/angstrom]. */
    double residual;           /**< Largest force left over, relative as `tolerance`. */
    int64_t rounds;            /**< Steps of conjugate gradients taken. */
    bool differences;          /**< By differences of forces and stresses. */
} vt_elastic;

/** Whether a sample can have elastic constants: VT_EINVAL when it has no atoms or is not periodic
    along all axes; VT_EUNSUPPORTED when parts of `atoms` are wanted from a potential that has no
    second derivatives. */
VT_API vt_status vt_elastic_check(const vt_system *system, bool atoms, vt_error *err);

/** Elastic constants at 0 K of a sample in a minimum of its energy: second derivatives of the
    energy with respect to uniform strain, all atoms free to find their places,

        C = C_born - 1/V sum F_p . H^-1 F_q,

    with the forces F that strain leaves on atoms that follow it, and the Hessian H: Lutsko, J.
    Appl. Phys. 65, 2991 (1989); Lemaitre and Maloney, J. Stat. Phys. 123, 415 (2006). H is never
    made; six sets of linear equations are solved at once by conjugate gradients.

    `atom` (may be NULL) receives the part of every atom, a 6 x 6 matrix each in the system's order
    [GPa]: atoms count with the mean volume, so that the mean over atoms is c; embedding belongs to
    the center, pairs to both partners by halves. Such a matrix is not symmetric, since it tells the
    stress of one atom (rows) as the strain of all (columns) changes. The system's atoms stay where
    they are. Does not depend on the number of threads.

    Fails as vt_elastic_check; VT_EINVAL also when the atoms are not in a minimum: the curvature is
    negative along some direction; VT_EDIVERGED when the equations are not solved within the steps
    allowed; VT_EINTERRUPT. */
VT_API vt_status vt_elastic_constants(vt_system *system, const vt_elastic_options *options,
                                      vt_elastic *result, double (*atom)[6][6], vt_error *err);

/* ---------------------------------------------------------------- stress fluctuations ---- */

/** Sums over instants of dynamics in a fixed box, of which elastic constants at a temperature are
    made: with < > for their means, V the volume, s the potential's stress,

        C = <C_born> - V/kT (<s_p s_q> - <s_p> <s_q>) + N kT/V (1 + [p = q] for axes, [p = q] for
            shears),

    second derivatives of the free energy with respect to Lagrangian strain: Squire, Holt and
    Hoover, Physica 42, 388 (1969); Ray and Rahman, J. Chem. Phys. 80, 4423 (1984). Sums of two
    stretches of one run may be added. */
typedef struct {
    double instants, borns; /**< How many, and of how many the Born term was taken. */
    double temperature;     /**< [K] */
    double stress[6];       /**< Less the reference [GPa]. */
    double product[6][6];   /**< Of two such stresses [GPa^2]. */
    double born[6][6];      /**< [GPa] */
} vt_fluctuations;

/** The same of one atom: its share of the stress, which counts with the mean volume
   (vt_system_born, vt_system_atom_stresses), and products with the stress of all (columns). Lutsko,
   J. Appl. Phys. 64, 1152 (1988). */
typedef struct {
    double stress[6];     /**< [GPa] */
    double product[6][6]; /**< [GPa^2] */
    double born[6][6];    /**< [GPa] */
} vt_atom_fluctuations;

typedef struct {
    int64_t every;       /**< Steps between instants. */
    int64_t born_every;  /**< Instants between Born terms, from the first instant on. */
    double strain;       /**< As in vt_elastic_options. */
    double reference[6]; /**< Near the mean stress, so that products keep their digits [GPa]. */
} vt_fluctuation_options;

/** Go on with the plan of `md` for at most `most` steps and add the instants on the way to `sums`
    and, unless NULL, to `atom`, in the user's order. Instants are the whole multiples of `every` of
    the steps of the plan, so that a run in pieces gives what a run in one gives. The system is
    ahead of the user's atoms afterwards, as after vt_md_run_ahead, and as there are the values
    returned. VT_EINVAL when the box moves; also fails
    as vt_elastic_check. */
VT_API vt_status vt_fluctuations_run(vt_md *md, const vt_fluctuation_options *options, int64_t most,
                                     vt_fluctuations *sums, vt_atom_fluctuations *atom,
                                     vt_error *err);

/* ---------------------------------------------------------------- quasistatic strain ---- */

/** A path of boxes: the box at parameter s is the first one deformed by the strains s times
    `direction`. Elongations are engineering strains, shears tilt the box as LAMMPS does. */
typedef struct {
    double direction[6];
    bool free[6]; /**< Components that follow, so that their stress is 0; none of `direction`. */
    double step;  /**< Of the parameter, between two minima on the path. */
    double resolution;   /**< To which a drop is bracketed. */
    double drop;         /**< Energy lost, beyond the work done, that makes a drop [eV]. */
    double fmax;         /**< Goal of the minimizations [eV/angstrom]. */
    int64_t evaluations; /**< Most of one minimization. */
} vt_quasistatic_options;

/** Steps of 1e-4, drops of 2e-3 eV bracketed to 1e-6, 1e-4 eV/angstrom. */
VT_API vt_quasistatic_options vt_quasistatic_defaults(void);

/** A minimum on the path. */
typedef struct {
    double parameter;
    double energy;       /**< [eV] */
    double stress[6];    /**< [GPa] */
    double volume;       /**< [angstrom^3] */
    double fmax;         /**< Largest force on an atom [eV/angstrom]. */
    int64_t evaluations; /**< That all minimizations since the last minimum took. */
} vt_quasistatic_state;

/** A plastic event: between two parameters that differ by `resolution` at most the minimum that the
    atoms were in ceases to be one. */
typedef struct {
    vt_quasistatic_state before, after;
    double lost; /**< Energy that the event turns into heat: work done minus energy gained [eV]. */
} vt_quasistatic_event;

/** Athermal quasistatic strain: the atoms follow the path from parameter `from`, where they
    are in a minimum, towards `to`, which is on either side: each step deforms box and atoms alike
    and minimizes. Maloney and Lemaitre, Phys. Rev. E 74, 016118 (2006). The path goes through
    whole multiples of `step`, and `to`.

    A step in which energy gets lost holds an event: it is taken back and halved until the event is
    between two parameters that differ by `resolution`. The run then ends just behind the event, and
    `before` (may be NULL), three numbers an atom, has the positions in front of
    it, and `before_box` the box.

    `states` has room for `most` + 1 minima: the one at `from` and those behind it, that just behind
    an event included; `count` tells how many there are. What a run does depends on the atoms alone,
    not on what was done with them before.

    @return VT_DONE at `to`; VT_CONTINUE after `most` steps, or after an event, when *happened is
            true and `event` is filled; VT_EINTERRUPT and other failures, with the atoms as they
            were at the start. VT_EDIVERGED when a minimization does not come below 10 fmax. */
VT_API vt_status vt_quasistatic_run(vt_atoms *atoms, const vt_potential *potential,
                                    const vt_quasistatic_options *options, double from, double to,
                                    size_t most, vt_quasistatic_state *states, size_t *count,
                                    bool *happened, vt_quasistatic_event *event,
                                    double (*before)[3], vt_box *before_box, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

/** modes: how the atoms of a solid vibrate about a minimum of its energy.

    Eigenvectors e and eigenvalues of the mass-weighted Hessian, in eV/(angstrom^2 amu); frequencies
    in THz (not angular), negative where the eigenvalue is: such a mode is no vibration. Motions
   that cost nothing (translations, and rotations of what is free to turn) are left out exactly.

    Stands on: system. */
#ifndef VITRUM_MODES_H
#define VITRUM_MODES_H

#include "vitrum/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Frequency of an eigenvalue [THz], and back. */
VT_API double vt_modes_frequency(double eigenvalue);
VT_API double vt_modes_eigenvalue(double frequency);

/* ---------------------------------------------------------------- modes ---- */

typedef struct {
    size_t count;     /**< Modes wanted, the lowest ones... */
    double around;    /**< ...or those nearest to this frequency; NAN: the lowest [THz]. */
    double tolerance; /**< Largest residual |H e - value e|, in units of the largest eigenvalue;
                           1e-13 to 1e-3. The error of an eigenvalue goes with its square. */
    int64_t rounds;   /**< Of filtering that are allowed. */
    uint64_t seed;    /**< Of the vectors that it starts from. */
    bool saddle;      /**< Take negative eigenvalues as they are; else they are an error. */
    bool unconverged; /**< Modes beyond the tolerance are a result, too. */
    bool (*progress)(void *context, double done); /**< 0 to 1; may be NULL. False ends the search:
                                                       VT_EINTERRUPT. */
    void *context;
} vt_modes_options;

/** 30 rounds to 1e-8, the lowest. */
VT_API vt_modes_options vt_modes_defaults(void);

typedef struct {
    double largest;     /**< Upper bound of all eigenvalues. */
    size_t zeros;       /**< Motions that cost nothing, left out. */
    int64_t rounds;     /**< 0 where the whole matrix was solved. */
    int64_t products;   /**< Of the Hessian with a vector. */
    size_t unconverged; /**< Modes beyond the tolerance. */
} vt_modes_report;

/** Vibrations that atoms have: three for each, less the zeros. */
VT_API size_t vt_modes_total(const vt_system *system);

/** Eigenvalues in rising order, residuals in units of the largest eigenvalue, and unit vectors of
    three numbers an atom in the user's order, one after the other, into arrays for o->count
    modes. The Hessian is an operator all the time: Chebyshev polynomials of it, in single
    precision, filter a block of vectors, from the residuals of which (in double precision) they
    start: Zhou, Saad, Tiago and Chelikowsky, J. Comput. Phys. 219, 172 (2006). Where more than a
    third of all modes are wanted and there are up to VT_HESSIAN_DENSE_ATOMS atoms, the whole matrix
    is solved. The system's atoms stay where they are, but may be sorted. Does not depend on the
    number of threads.

    VT_EINVAL for options that make no sense and, unless `saddle`, when the atoms are in no minimum:
    an eigenvalue is negative; VT_EDIVERGED when modes are not found in the rounds allowed;
    VT_EINTERRUPT; fails also as vt_hessian_create. */
VT_API vt_status vt_modes_lowest(vt_system *system, const vt_modes_options *options,
                                 double *eigenvalue, double *residual, double *vector,
                                 vt_modes_report *report, vt_error *err);

/** The same for all vt_modes_total modes, by LAPACK on the whole matrix; VT_EINVAL beyond
    VT_HESSIAN_DENSE_ATOMS atoms. Cannot be interrupted while LAPACK works. */
VT_API vt_status vt_modes_all(vt_system *system, bool saddle, double *eigenvalue, double *residual,
                              double *vector, vt_modes_report *report, vt_error *err);

/** Of `count` unit vectors of so many atoms: the share of each atom in all of them, sum of |e|^2,
    whose sum over atoms is `count` and which is 3 when there are all modes, zeros included; and the
    participation ratio of each mode, (sum |e|^2)^2/(atoms sum |e|^4), 1 when all atoms move alike
    and 1/atoms when one moves alone. */
VT_API void vt_modes_participation(size_t count, size_t atoms, const double *vector,
                                   double *participation, double *ratio);

/* ---------------------------------------------------------------- density ---- */

typedef struct {
    size_t moments;     /**< Of the Chebyshev series, 8 to 20,000: the resolution is about 1.6 times
                             the largest frequency over this. */
    size_t probes;      /**< Random vectors; rounded up to a multiple of VT_HESSIAN_WIDE. */
    uint64_t seed;      /**< Of these. */
    const bool *member; /**< By atom in the user's order: whose share is wanted; NULL: all. */
    bool (*progress)(void *context, double done); /**< As in vt_modes_options. */
    void *context;
} vt_density_options;

/** 256 moments, 32 probes. */
VT_API vt_density_options vt_density_defaults(void);

/** Probes that so many become. */
VT_API size_t vt_density_probes(size_t probes);

/** Chebyshev moments of the density of all modes of a sample of any size, for each probe, one probe
    after the other: with t = 2 eigenvalue/largest - 1, moment k is the mean of T_k(t). By random
    vectors: Weisse, Wellein, Alvermann and Fehske, Rev. Mod. Phys. 78, 275 (2006). The zeros are
    left out. Fails as vt_modes_lowest; a minimum is not asked for. */
VT_API vt_status vt_density_moments(vt_system *system, const vt_density_options *options,
                                    double *moment, vt_modes_report *report, vt_error *err);

/** The density at some frequencies from 0 on [THz]: modes per THz over the number of all modes,
   with Jackson's factors, and its standard error over the probes. */
VT_API vt_status vt_density_at(double largest, size_t probes, size_t moments, const double *moment,
                               size_t count, const double *frequency, double *density,
                               double *error, vt_error *err);

/* ---------------------------------------------------------------- displacement ---- */

typedef struct {
    size_t modes;     /**< The lowest ones, which are taken one by one: vt_modes_options. */
    double tolerance; /**< Of these. */
    int64_t rounds;
    double reach;   /**< What of the others an atom has in common with atoms further than this is
                         left to chance [angstrom]. */
    size_t repeats; /**< Probes of each kind, 2 to 1000: the error falls with their root. */
    uint64_t seed;
    bool (*progress)(void *context, double done); /**< As in vt_modes_options. */
    void *context;
} vt_displacement_options;

/** 8 angstrom, 2 repeats; modes as vt_modes_defaults. */
VT_API vt_displacement_options vt_displacement_defaults(void);

typedef struct {
    double error;  /**< Standard error of an atom's value over the value, root of the mean square
                        over atoms; 0 where all modes were taken. */
    size_t probes; /**< Vectors that equations were solved for. */
    int64_t products;
    size_t zeros;
} vt_displacement_report;

/** Mean squared displacement of each atom that vibrates harmonically, over temperature, as the sum
    of its three axes in the user's order [angstrom^2/K]: k_B/m sum over modes |e|^2/eigenvalue =
    k_B tr (H^-1)_ii. Up to VT_DISPLACEMENT_DENSE atoms from all modes; else from the lowest ones,
   and for the rest from H^-1 times probes. A probe has numbers at atoms further apart than `reach`
    along one axis, with random signs: its product with H^-1 of it tells their diagonal, up to what
    they have in common, which has a random sign. Tang and Saad, Numer. Linear Algebra Appl. 19, 485
    (2012). Fails as vt_modes_lowest; the atoms must be in a minimum. */
VT_API vt_status vt_displacement(vt_system *system, const vt_displacement_options *options,
                                 double *displacement, vt_displacement_report *report,
                                 vt_error *err);

enum { VT_DISPLACEMENT_DENSE = 300 };

/* ---------------------------------------------------------------- quasi-localized modes ---- */

typedef struct {
    double cutoff;    /**< Pairs nearer than this count for the strain; 0: the potential's cutoff
                           [angstrom]. */
    double tolerance; /**< Length of the difference of both sides of H z/(z.H z) = g/sum over that
                         of one; 1e-6 to 0.1. */
    int64_t rounds;   /**< Of conjugate gradients. */
    bool unconverged; /**< Modes beyond the tolerance are a result, too. */
    bool (*progress)(void *context, double done); /**< As in vt_modes_options. */
    void *context;
} vt_quasilocal_options;

/** 1e-3, 5000 rounds, the potential's cutoff. */
VT_API vt_quasilocal_options vt_quasilocal_defaults(void);

/** Quasi-localized modes: `count` displacements, three numbers an atom in the user's order and one
    after the other, go from where they are down to the next minimum of the cost

        C(z) = (z.H z)^2 / sum over pairs |z_i - z_j|^4,

    with the Hessian H, not weighted with masses: pseudo-harmonic modes, Richard, Kapteijns,
    Giannini, Manning and Lerner, Phys. Rev. Lett. 126, 015501 (2021). They become unit vectors;
    `stiffness` is z.H z [eV/angstrom^2], `cost` C [eV^2/angstrom^4]. Several may end in one
   minimum. VT_EINVAL where the energy does not rise along a displacement; VT_EDIVERGED when one is
   not found in the rounds allowed; VT_EINTERRUPT; fails also as vt_hessian_create. */
VT_API vt_status vt_quasilocal(vt_system *system, const vt_quasilocal_options *options,
                               size_t count, double *vector, double *stiffness, double *cost,
                               double *residual, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

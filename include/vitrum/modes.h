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

#ifdef __cplusplus
}
#endif
#endif

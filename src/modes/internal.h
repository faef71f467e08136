/* modes, inside: vectors, zero modes, and what filters share. */
#ifndef VTI_MODES_INTERNAL_H
#define VTI_MODES_INTERNAL_H

#include "vitrum/modes.h"

enum {
    VTI_MULTIPLE = 48,
    VTI_MOST_ZEROS = 6,
    VTI_SAMPLE = 1024 /* numbers of a vector that a thread takes at a time */
};

/* A lower eigenvalue, in units of the largest one, is no rounding. */
#define VTI_NEGATIVE (-1e-10)

/* The mass-weighted Hessian of a system at rest, with what is known of it. */
typedef struct {
    vt_system *system;
    vt_hessian *hessian;
    size_t n; /* 3 atoms */
    size_t zeros;
    double *zero;   /* zeros x n: motions that cost nothing, orthonormal */
    double largest; /* upper bound of the eigenvalues */
    /* Folded it is (H - center)^2, whose lowest modes are those of H around the center. */
    bool folded;
    double center, *scratch; /* VTI_MULTIPLE x n */
    int64_t products;
} vti_operator;

/* Pull and sort the atoms, make the Hessian. What was made must be closed after failures, too. */
vt_status vti_operator_open(vti_operator *op, vt_system *system, vt_error *err);
void vti_operator_close(vti_operator *op);

/* Products of up to VTI_MULTIPLE vectors with H, or with what it is folded to. */
vt_status vti_times(vti_operator *op, size_t count, const double *v, double *hv, vt_error *err);

/* What a report says of it. */
void vti_report(const vti_operator *op, vt_modes_report *report);

/* Fill `largest`: Lanczos steps from a random vector. */
vt_status vti_operator_bound(vti_operator *op, vt_error *err);

/* Random numbers, normal, for vector k. */
void vti_random_vector(const vti_operator *op, uint64_t seed, size_t k, double *v);

/* Take the zero modes out of v. */
void vti_project(const vti_operator *op, double *v);

/* Copy `count` vectors, into the user's order unless `sorted`. */
void vti_give(const vti_operator *op, bool sorted, size_t count, const double *from, double *to);

/* v becomes a unit vector; 0 stays. Returns its norm. */
double vti_normalize(size_t n, double *v);

/* The atoms are in no minimum. */
vt_status vti_no_minimum(double eigenvalue, vt_error *err);

/* ---------------------------------------------------------------- subspace.c ---- */

/* Vectors that span a space, one after the other. */
typedef struct {
    size_t n, count;
    double *v;
    double *value; /* of each, after Rayleigh and Ritz */
} vti_subspace;

/* Turn the vectors into those that H is diagonal in, in rising order of eigenvalues: Rayleigh and
   Ritz. They need not be orthogonal before. VT_EDIVERGED where they are not finite. */
vt_status vti_rayleigh_ritz(vti_operator *op, vti_subspace *space, vt_error *err);

/* ---------------------------------------------------------------- dense.c ---- */

/* The lowest `count` modes out of the whole matrix, whose size the caller has looked at; vectors in
   the user's order unless `sorted`. */
vt_status vti_dense(vti_operator *op, bool saddle, bool sorted, size_t count, double *eigenvalue,
                    double *residual, double *vector, vt_error *err);

/* ---------------------------------------------------------------- lowest.c ---- */

/* vt_modes_lowest; vectors in the user's order unless `sorted`. */
vt_status vti_lowest(vti_operator *op, const vt_modes_options *o, bool sorted, double *eigenvalue,
                     double *residual, double *vector, vt_modes_report *report, vt_error *err);

/* ---------------------------------------------------------------- density.c ---- */

/* vt_density_moments of an operator whose bound is known; a whole number of batches of probes. */
vt_status vti_moments(vti_operator *op, const vt_density_options *o, double *moment, vt_error *err);

/* Eigenvalue below which there are that many of all modes, by moments with Jackson's factors. */
double vti_quantile(const vti_operator *op, const double *moment, size_t moments, double modes);

/* Half the width of the window around an eigenvalue in which there are that many modes. */
double vti_window(const vti_operator *op, const double *moment, size_t moments, double center,
                  double modes);

#endif

/* Lennard-Jones mixtures: what the files share.

   U(r) = 4 epsilon [(sigma/r)^12 - (sigma/r)^6], ended at the cutoff r_c as
     cut            U(r)
     shifted        U(r) - U(r_c)
     force-shifted  U(r) - U(r_c) - (r - r_c) U'(r_c)
   The force on i is sum_j g_ij (r_j - r_i) with g = U'/r. */
#ifndef VITRUM_POTENTIAL_LJ_H
#define VITRUM_POTENTIAL_LJ_H

#include "engine.h"

/* Coefficients of a pair of species, two vectors: {a, b, cutoff^2, slope} give
   g = (b r^-6 - a r^-12) / r^2 - slope / r, and {a/12, b/6, shift, cutoff} the energy
   a/12 r^-12 - b/6 r^-6 - shift - slope (r - cutoff). */
typedef struct {
    double force[4];
    double energy[4];
} vti_lj_pair;

typedef struct {
    int species;
    bool force_shifted; /* otherwise every slope is 0 and no square root is needed */
    vti_lj_pair pair[]; /* [i * species + j] */
} vti_lj_tables;

extern const vti_central vti_lj_central;

/* What the engines open. */
void *vti_lj_open(const vt_potential *potential, const int *species, int count, vt_error *err);

typedef void vti_lj_kernel(const vti_lj_tables *tables, const vti_evaluation *evaluation);
vti_lj_kernel vti_lj_compute_baseline;
#if defined(__x86_64__)
vti_lj_kernel vti_lj_compute_avx2, vti_lj_compute_avx512;
#endif

#endif

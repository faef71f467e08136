/* Embedded-atom model: what its files share.

   E = sum_i F_i(rho_i) + 1/2 sum_ij phi_ij(r_ij),  rho_i = sum_j f_ji(r_ij)

   with f_ji the density that j lays at i: a function of j alone in eam/alloy (Daw and Baskes
   1984), of both in eam/fs (Finnis and Sinclair 1984). The force on i is
   sum_j g_ij (r_j - r_i) with g = [phi' + F'_i f_ji' + F'_j f_ij'] / r. */
#ifndef VITRUM_POTENTIAL_EAM_H
#define VITRUM_POTENTIAL_EAM_H

#include "model.h"

/* A function tabulated at x = k delta, k = 0 .. count - 1, interpolated as LAMMPS does: cubic
   Hermite pieces whose slopes come from five points. row[k] = {value, c1, c2, c3} of the piece
   k <= x/delta < k + 1: value + c1 p + c2 p^2 + c3 p^3. */
typedef struct {
    int count;
    double delta;
    double (*row)[4];
} vti_spline;

/* A setfl file. */
typedef struct {
    int elements;
    bool finnis_sinclair;
    vt_species species[VT_MAX_SPECIES];
    double cutoff;
    char sha256[65]; /* of the text */
    vti_spline embedding[VT_MAX_SPECIES];
    vti_spline *density; /* elements x elements: [j * elements + i] is f_ji; eam/alloy repeats it */

    vti_spline *pair; /* elements x elements: r phi(r), both halves filled */
} vti_setfl;

/* Read and check a file. Errors carry file and line; on failure nothing is left to free. */
vt_status vti_setfl_read(vti_setfl *setfl, const char *path, vt_error *err);
void vti_setfl_free(vti_setfl *setfl);

/* Value and derivative; beyond the last point both stay what they are there, and below 0 the first
   piece goes on, as in LAMMPS. */
double vti_spline_value(const vti_spline *spline, double x, double *slope);

/* What a force needs at one distance between species low <= high: cubics in p of phi'/r and of the
   slopes over r of the densities that the pair lays at its atom of species low and at that of
   species high. One cache line. The higher coefficients are small, since the intervals are, and
   single precision leaves them good to 1e-9 of the whole. */
typedef struct {
    double phi0, low0, high0, phi1;
    float low1, high1, phi2, low2, high2, phi3, low3, high3;
} vti_eam_row;

/* Tables for the kernels, for the species of one set of atoms. Row m of a table with `inverse_step`
   covers m <= r inverse_step < m + 1 with cubics in p = r inverse_step - m; row `rows` is zero, so
   that a distance clamped to it contributes nothing. */
typedef struct {
    double inverse_step; /* [1/angstrom] */
    int rows;
} vti_eam_grid;

typedef struct {
    int species;
    double cutoff2;
    vti_eam_grid values; /* of `density` and `pair` */
    vti_eam_grid slopes; /* of `force` */
    double *density;     /* [species i][species j][rows + 1][4]: f_ji at i */
    double *pair;        /* [i][j][rows + 1][4]: r phi */
    vti_eam_row *force;  /* [high (high + 1)/2 + low][rows + 1] */
    /* The file's own tables for what is needed once an atom. */
    vti_spline embedding[VT_MAX_SPECIES];
    double embedding_limit; /* largest density in the tables */
} vti_eam_tables;

/* Intervals are as wide as the tolerances in eam_table.c allow. */
vti_eam_tables *vti_eam_tables_create(const vti_setfl *setfl, const int *species, int count,
                                      vt_error *err);
void vti_eam_tables_destroy(vti_eam_tables *tables);

/* F(rho) and F'(rho); linear beyond the table. */
static inline double vti_embedding(const vti_spline *spline, double limit, double rho,
                                   double *slope) {
    double value = vti_spline_value(spline, rho, slope);
    return rho > limit ? value + *slope * (rho - limit) : value;
}

/* Kernels: one signature, one per instruction set. */
typedef void vti_eam_kernel(const vti_eam_tables *tables, const vti_evaluation *evaluation);
vti_eam_kernel vti_eam_compute_reference, vti_eam_compute_baseline;
#if defined(__x86_64__)
vti_eam_kernel vti_eam_compute_avx2, vti_eam_compute_avx512;
#endif

#endif

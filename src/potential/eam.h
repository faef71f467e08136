/* Embedded-atom model: what its files share.

   E = sum_i F_i(rho_i) + 1/2 sum_ij phi_ij(r_ij),  rho_i = sum_j f_ji(r_ij)

   with f_ji the density that j lays at i: a function of j alone in eam/alloy (Daw and Baskes
   1984), of both in eam/fs (Finnis and Sinclair 1984). The force on i is
   sum_j g_ij (r_j - r_i) with g = [phi' + F'_i f_ji' + F'_j f_ij'] / r. */
#ifndef VITRUM_POTENTIAL_EAM_H
#define VITRUM_POTENTIAL_EAM_H

#include "engine.h"

/* A function tabulated at x = k delta, k = 0 .. count - 1, interpolated as LAMMPS does: cubic
   Hermite pieces whose slopes come from five points. row[k] = {value, c1, c2, c3} of the piece
   k <= x/delta < k + 1: value + c1 p + c2 p^2 + c3 p^3. */
typedef struct {
    int count;
    double delta, inverse_delta;
    double (*row)[4];
} vti_spline;

/* The functions of a setfl file, or those of funcfl files mixed. */
typedef struct {
    const char *name; /* "eam/alloy", "eam/fs", "eam" */
    int elements;
    bool finnis_sinclair;
    vt_species species[VT_MAX_SPECIES];
    double cutoff;
    double taper;    /* length before the cutoff over which functions of distance are switched off,
                        0 for none [angstrom] */
    double densest;  /* where the tables of F(rho) end */
    char sha256[65]; /* of the text */
    char note[256];  /* what was left out of the file, "" if nothing */
    vti_spline embedding[VT_MAX_SPECIES];
    vti_spline *density; /* elements x elements: [j * elements + i] is f_ji; a row of equal
                            functions shares one table */
    vti_spline *pair;    /* elements x elements: r phi(r), both halves filled */
} vti_eam_functions;

/* Read and check one setfl or funcfl file, or several funcfl files. Errors carry file and line; on
   failure nothing is left to free. */
vt_status vti_eam_functions_read(vti_eam_functions *f, const char *const *paths, size_t count,
                                 vt_error *err);
void vti_eam_functions_free(vti_eam_functions *f);

/* Room for `density` and `pair` of f->elements. */
vt_status vti_eam_functions_start(vti_eam_functions *f, vt_error *err);

/* Value and derivative; beyond the last point both stay what they are there, and below 0 the first
   piece goes on, as in LAMMPS. */
static inline double vti_spline_value(const vti_spline *s, double x, double *slope) {
    double p = x * s->inverse_delta;
    int k = !(p > 0) ? 0 : p < s->count - 2 ? (int)p : s->count - 2;
    p -= k;
    if (p > 1.0) p = 1.0;
    const double *c = s->row[k];
    *slope = (c[1] + p * (2.0 * c[2] + p * 3.0 * c[3])) * s->inverse_delta;
    return c[0] + p * (c[1] + p * (c[2] + p * c[3]));
}

/* The density or r phi of a table of `f` at distance r, with the taper. The taper multiplies by
   1 - 10 x^3 + 15 x^4 - 6 x^5, x = 0 where it begins and 1 at the cutoff, whose first and second
   derivatives vanish at both ends: forces and curvature then end at the cutoff without a jump. */
vti_curve vti_eam_curve(const vti_eam_functions *f, const vti_spline *s, double r);

/* What a force needs at one distance between a pair of species: parabolas in p of phi'/r and of the
   slopes over r of the densities that the pair lays at its atoms. The first coefficients are
   doubles. The others are small, since the intervals are, and are kept as the upper halves of
   doubles, 20 bits and sign, two to a word: the first of a pair in the lower half. They leave the
   slopes good to 5e-9 of the largest. */
typedef struct {
    double phi, density;    /* the two densities are one function */
    uint64_t first, second; /* coefficients of p and p^2 of phi, density */
} vti_eam_like;

typedef struct {
    double phi, low, high; /* densities at the atom of the lower and of the higher species */
    uint64_t phi1_low1, high1_phi2, low2_high2;
} vti_eam_unlike;

/* For pairs in single precision: a parabola of phi'/r and lines of the slopes of the densities over
   r at the atoms of the lower and the higher species. */
typedef struct {
    float phi0, low0, high0, phi1, low1, high1, phi2, unused;
} vti_eam_mixed_row;

/* Row m of a table with `inverse_step` covers m <= r inverse_step < m + 1, with polynomials in
   p = r inverse_step - m - 1/2. Row `rows` is zero, so that a distance clamped to it contributes
   nothing. */
typedef struct {
    double inverse_step; /* [1/angstrom] */
    int rows;
} vti_eam_grid;

/* What the mixed-precision kernel has instead of the tables in double precision. */
typedef struct {
    vti_eam_grid slopes;
    vti_eam_mixed_row **row; /* [high (high + 1)/2 + low] */
    float (**density)[4];    /* as in vti_eam_tables, on the same grid */
    float **middle;          /* as in vti_eam_tables, of these rows */
} vti_eam_mixed;

/* Tables for the kernels, for the species of one set of atoms. */
typedef struct {
    int species;
    double cutoff2;
    vti_eam_grid densities, slopes; /* of `density`; of `like`, `unlike` and `middle` */
    double (**density)[4];   /* [at i][of j]: rows of f_ji; equal functions share one table */
    double **middle;         /* [i][j]: phi in the middle of each row, one table for both orders */
    vti_eam_like **like;     /* [i] */
    vti_eam_unlike **unlike; /* [high (high - 1)/2 + low] */
    /* The file's own tables for what is needed once an atom. */
    vti_spline embedding[VT_MAX_SPECIES];
    double embedding_limit; /* largest density in the tables */
    /* The file itself, for second derivatives, and the element of each species. */
    const vti_eam_functions *functions;
    int element[VT_MAX_SPECIES];
    vti_eam_mixed *mixed; /* NULL unless asked for */
} vti_eam_tables;

/* phi at r is that in the middle of the row plus the integral of r phi'/r from there, with the
   parabola c0 + c1 p + c2 p^2 of phi'/r and q = p / inverse_step:
   q [c0 (r - q/2) + p (c1 (r/2 - q/6) + p c2 (r/3 - q/12))]. The energy so belongs to the forces to
   the last digit, and needs no fine table of its own. */
static inline double vti_eam_from_middle(const double c[3], double r, double p, double q) {
    double c2 = p * c[2] * (r / 3 - q / 12);
    return q * (c[0] * (r - q / 2) + p * (c[1] * (r / 2 - q / 6) + c2));
}

/* Intervals are as wide as the tolerances in eam_table.c allow. */
vti_eam_tables *vti_eam_tables_create(const vti_eam_functions *functions, const int *species,
                                      int count, vt_precision precision, vt_error *err);
void vti_eam_tables_destroy(vti_eam_tables *tables);

/* Table of the unlike species low < high. */
static inline const vti_eam_unlike *vti_eam_unlike_of(const vti_eam_tables *t, int low, int high) {
    return t->unlike[high * (high - 1) / 2 + low];
}

/* F(rho) and F'(rho); linear beyond the table. */
static inline double vti_embedding(const vti_spline *spline, double limit, double rho,
                                   double *slope) {
    double value = vti_spline_value(spline, rho, slope);
    return rho > limit ? value + *slope * (rho - limit) : value;
}

extern const vti_central vti_eam_central;

/* Room that the engines want: F' of each atom or point; and, since densities of a domain's own
   atoms are summed up in vectors, four numbers of each point. */
enum { VTI_EAM_PER_ATOM = 1, VTI_EAM_PER_POINT = 4 };

/* What the engines open. */
void *vti_eam_open(const vt_potential *potential, const int *species, int count, vt_error *err);
void vti_eam_close(void *tables);

/* Kernels: one signature, one per instruction set. */
typedef void vti_eam_kernel(const vti_eam_tables *tables, const vti_evaluation *evaluation);
vti_eam_kernel vti_eam_compute_baseline;
vti_eam_kernel vti_eam_mixed_baseline;
#if defined(__x86_64__)
vti_eam_kernel vti_eam_compute_avx2, vti_eam_compute_avx512;
vti_eam_kernel vti_eam_mixed_avx2, vti_eam_mixed_avx512;
#endif

#endif

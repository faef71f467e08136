/* The inner loops of the fast engine, in a scalar and a vector form with the same bits. */
#ifndef VITRUM_STZ_RATES_H
#define VITRUM_STZ_RATES_H

#include <stddef.h>
#include <stdint.h>

/* What turns stresses into rates. */
typedef struct {
    double half_volume;    /* V/2 */
    double minus_inverse;  /* -1/kT */
    double frequency;      /* nu0 */
    double cut;            /* modes of Q above it count for nothing */
    double p_mean, q_mean; /* added to the local stress */
    int stride;            /* modes of a site, a multiple of four */
} vti_rate_law;

/* Total rate and lowest Q of a site from its 3 * stride modes, softening and local stress. */
typedef void vti_rate_kernel(const vti_rate_law *law, const float *modes, double soft, double p,
                             double q, double *rate, double *lowest);

/* Add the stress of a transformation (e1, e3) to a block: row k of the block takes eight entries
   from kernel + row[k]; the third response is sum - kernel[0]. */
typedef void vti_apply_kernel(const double *const kernel[2], const size_t row[8], double sum,
                              double e1, double e3, double *p, double *q);

/* What is known of the 64 sites of a block. */
typedef struct {
    double *p, *q, *p_known, *q_known, *margin, *rate;
    float *size;
} vti_sites;

/* The change x of the barriers of each site of a block at most, in kT; returns the sites (as bits)
   where it is more than `keep` or half of the margin, or the bound on the rate more than `most` too
   high. */
typedef uint64_t vti_change_kernel(const vti_rate_law *law, double factor, double keep, double most,
                                   const vti_sites *sites, double *x);

/* Sums over the sites of a block; `limit` is not above the one that is there. */
typedef struct {
    double total, base, weight, widest, limit;
} vti_rate_sums;

/* With bounds r + r x (1 + x) on the rates: total r, base r x (1 + x), weight; largest size, lowest
   margin - x of the sites that have one. Returns whether a site has none. */
typedef int vti_sum_kernel(const vti_sites *sites, const double *x, vti_rate_sums *sums);

/* Add the reach of a transformation to the bounds of a row of blocks: times `path` where more than
   `start` pending transformations were taken in, else times `net`. */
typedef void vti_spread_kernel(size_t count, const double *reach, const int32_t *applied,
                               int32_t start, double net, double path, double *moved);

/* What bounds the rates of blocks. */
typedef struct {
    double factor, p_mean, q_mean;
    const double *moved, *p_seen, *q_seen, *widest, *weight, *base, *total, *limit;
} vti_bounds;

/* Bounds of `count` blocks, a multiple of four: with c = factor times `moved` and the change of the
   mean stress, and x = c widest, excess = base + c weight (1 + E)/2, E = (1 + x/8 + x^2/64)^8 and
   upper = total + excess. The blocks of x > limit are listed in `due`; returns their number. */
typedef size_t vti_bound_kernel(size_t count, const vti_bounds *bounds, double *upper,
                                double *excess, int32_t *due);

/* Sum of `count` values, in four sums side by side. */
typedef double vti_add_kernel(size_t count, const double *values);

typedef struct {
    vti_rate_kernel *rate;
    vti_apply_kernel *apply;
    vti_change_kernel *change;
    vti_sum_kernel *sum;
    vti_spread_kernel *spread;
    vti_bound_kernel *bound;
    vti_add_kernel *add;
} vti_stz_kernels;

extern const vti_stz_kernels vti_stz_kernels_reference, vti_stz_kernels_baseline,
    vti_stz_kernels_avx2, vti_stz_kernels_avx512;

enum { VTI_STZ_MODES_ROOM = 1008 }; /* VT_STZ_MAX_MODES and some lanes */

/* exp(x) for x from -700 to 700 by the same operations as the vector form; relative error below
   1e-14. */
double vti_stz_exp(double x);

#endif

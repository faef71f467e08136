/* The inner loops of building lists, once per instruction set in kernels_simd.c. */
#ifndef VITRUM_NEIGHBORS_KERNELS_H
#define VITRUM_NEIGHBORS_KERNELS_H

#include "neighbors/domains.h"

/* A run of sorted points or candidates. */
typedef struct {
    int32_t from, to;
} vti_run;

/* Points sorted by cell; each array is readable four places beyond its end. */
typedef struct {
    const double *x, *y, *z;
    const int32_t *point; /* index of each in the list */
} vti_sorted_points;

/* Candidates of a domain in the order of their cells; each array is readable 8 places beyond its
   end. */
typedef struct {
    const float *x, *y, *z;
    const float *limit; /* square of the distance within which each counts */
    const uint16_t *point;
} vti_candidates;

/* Segments of one class, and their partners one after the other, with VTI_LANES more places
   readable after the last; four floats a point. */
typedef struct {
    const float *point;
    uint16_t nowhere; /* place of the point far away */
    const vti_segment *segment;
    int32_t segments;
    const uint16_t *partner;
} vti_segments;

typedef struct {
    /* Rows: the number of points of the runs within sqrt(radius2) of `self`; and writes the `count`
       such points, less the one at place `self_slot`, to `row`. */
    size_t (*count_row)(const vti_sorted_points *sorted, const vti_run *runs, int run_count,
                        const double self[3], double radius2);
    void (*write_row)(const vti_sorted_points *sorted, const vti_run *runs, int run_count,
                      const double self[3], int32_t self_slot, double radius2, int32_t *row,
                      size_t count);
    /* Domains: four floats a point, see gather_points; returns their largest coordinate. */
    float (*gather)(const vti_domains *domains, const vti_domain *domain, float *point);
    /* Writes the points of the runs within their limits of `self` to `found` and returns their
       number; up to 8 places after the last are written too. */
    int32_t (*search)(const vti_candidates *candidates, const vti_run *runs, int run_count,
                      const float self[3], uint16_t *found);
    /* Writes the places of the partners at squared distances below `limit` and the own atom of each
       vector of them, and returns the number of vectors; up to 8 places after the last of each are
       too. */
    int32_t (*choose_near)(const vti_segments *segments, float limit, uint16_t *near,
                           uint16_t *near_atom);
} vti_list_kernels;

extern const vti_list_kernels vti_list_kernels_baseline;
#if defined(__x86_64__)
extern const vti_list_kernels vti_list_kernels_avx2, vti_list_kernels_avx512;
#endif

/* Those of this processor; there is no reference version, since tests compare lists with the double
   loop. */
static inline const vti_list_kernels *vti_list_kernels_best(void) {
#if defined(__x86_64__)
    vt_simd simd = vt_simd_best();
    if (simd == VT_SIMD_AVX2) return &vti_list_kernels_avx2;
    if (simd == VT_SIMD_AVX512) return &vti_list_kernels_avx512;
#endif
    return &vti_list_kernels_baseline;
}

#endif

/* What of neighbor lists is internal to the program: where they were built, and the inner loops. */
#ifndef VITRUM_NEIGHBORS_LIST_H
#define VITRUM_NEIGHBORS_LIST_H

#include "neighbors/places.h"

/* Where the atoms were when the rows were built. */
const vt_reference *vti_neighbors_built(const vt_neighbors *list);

/* vt_neighbors_stale and vt_neighbors_update of any places. */
bool vti_neighbors_stale(const vt_neighbors *list, const vti_places *atoms);
vt_status vti_neighbors_update(vt_neighbors *list, const vti_places *atoms, vt_error *err);

/* A run of sorted points that may hold neighbors. */
typedef struct {
    int32_t from, to;
} vti_point_run;

/* Points sorted by cell; each array is readable four places beyond its end. */
typedef struct {
    const double *x, *y, *z;
    const int32_t *point; /* index of each in the list */
} vti_sorted_points;

/* Points of the runs within sqrt(radius2) of (x, y, z). */
typedef size_t vti_count_row(const vti_sorted_points *sorted, const vti_point_run *runs,
                             int run_count, const double self[3], double radius2);

/* Writes the `count` such points, less the one at place `self_slot`, to `row`. */
typedef void vti_write_row(const vti_sorted_points *sorted, const vti_point_run *runs,
                           int run_count, const double self[3], int32_t self_slot, double radius2,
                           int32_t *row, size_t count);

vti_count_row vti_count_row_baseline;
vti_write_row vti_write_row_baseline;
#if defined(__x86_64__)
vti_count_row vti_count_row_avx2, vti_count_row_avx512;
vti_write_row vti_write_row_avx2, vti_write_row_avx512;
#endif

#endif

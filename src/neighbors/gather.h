/* The points of a domain as kernels read them, for files that are compiled once per instruction
   set. */
#ifndef VITRUM_NEIGHBORS_GATHER_H
#define VITRUM_NEIGHBORS_GATHER_H

#include "base/simd.h"
#include "neighbors/domains.h"

/* Where the points that pad vectors are placed: beyond any cutoff, and with finite squares, in
   single precision too. */
static const double FAR_AWAY = 1e30, FAR_AWAY_NARROW = 1e15;

/* Four numbers a point to `points`: x, y, z, and `fourth` of its atom (NULL: 0); the point far away
   follows the last. With `narrow` floats relative to the domain's first point: in a compact box
   about 30 angstrom, rounded to 2e-6 angstrom; in a long and thin one they may be larger.
   Otherwise doubles, unchanged. */
VTI_INLINE void gather_points(const vti_domains *d, const vti_domain *domain, const double *fourth,
                              void *points, const bool narrow) {
    const vti_slot *slot = d->slot + domain->first;
    float *floats_of = points;
    double *doubles_of = points;
    lanes origin = narrow && domain->points > 0 ? load(d->position[slot[0].atom]) : all(0);
    for (int32_t p = 0; p < domain->points; p++) {
        lanes r = load(d->position[slot[p].atom]) + (load(d->shift[slot[p].image]) - origin);
        if (fourth != NULL) r[3] = fourth[slot[p].atom];
        half_floats rounded = to_half_floats(r);
        if (narrow)
            memcpy(floats_of + 4 * p, &rounded, sizeof rounded);
        else
            store(doubles_of + 4 * p, r);
    }
    double away = narrow ? FAR_AWAY_NARROW : FAR_AWAY;
    for (int k = 0; k < 4; k++) {
        double x = k < 3 ? away : 0;
        if (narrow)
            floats_of[4 * domain->points + k] = (float)x;
        else
            doubles_of[4 * domain->points + k] = x;
    }
}

#endif

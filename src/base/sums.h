/* Sums whose order depends on the number of items alone, never on threads: of blocks, one after the
   other, and pairwise (vt_sum). */
#ifndef VITRUM_BASE_SUMS_H
#define VITRUM_BASE_SUMS_H

#include "vitrum/base.h"

/* ---------------------------------------------------------------- blocks ---- */

/* Blocks of `length` items out of `count`; the last may be shorter. Threads fill the sums of
   blocks, and the blocks are then added in their order. */
static inline size_t vti_blocks(size_t count, size_t length) {
    return (count + length - 1) / length;
}

static inline size_t vti_block_end(size_t count, size_t length, size_t block) {
    size_t end = (block + 1) * length;
    return end < count ? end : count;
}

/* Twice, four times, ... `least`, so that there are at most `most` blocks. */
static inline size_t vti_block_length(size_t count, size_t least, size_t most) {
    while (vti_blocks(count, least) > most) least *= 2;
    return least;
}

/* sum[k], k < width, over parts[block * stride + k]. */
static inline void vti_add_blocks(const double *parts, size_t blocks, size_t stride, size_t width,
                                  double *sum) {
    for (size_t k = 0; k < width; k++) sum[k] = 0;
    for (size_t b = 0; b < blocks; b++)
        for (size_t k = 0; k < width; k++) sum[k] += parts[b * stride + k];
}

/* The same of one column. */
static inline double vti_add_up(const double *parts, size_t blocks) {
    double sum = 0;
    for (size_t b = 0; b < blocks; b++) sum += parts[b];
    return sum;
}

/* ---------------------------------------------------------------- pairwise ---- */

/* sum (x - shift)^2 and sum (x factor)^2, pairwise as vt_sum does. */
double vti_sum_squares(const double *x, size_t n, double shift);
double vti_sum_scaled_squares(const double *x, size_t n, double factor);

#endif

/* The inner loops over samples, once per instruction set in rows_simd.c. */
#ifndef VTI_LEARN_ROWS_H
#define VTI_LEARN_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "vitrum/base.h"

enum { VTI_ROW_PADDING = 8 /* numbers */ };

/* A matrix of samples by features in float or double. */
typedef struct {
    const void *data;
    ptrdiff_t stride; /* from one row to the next, in numbers */
    size_t columns;
    bool single;
} vti_rows;

typedef struct {
    /* out[k] = w . x for rows first to first + count - 1. */
    void (*score)(const vti_rows *rows, size_t first, size_t count, const double *w, double *out);
    /* sum += the rows times their factors; those of factor 0 are left out. */
    void (*add)(const vti_rows *rows, size_t first, size_t count, const double *factor,
                double *sum);
    /* to[0 .. columns) = factor times a row. */
    void (*copy)(const vti_rows *rows, size_t row, double factor, double *to);
    /* gram += sign times the products of all pairs of columns of `count` rows of `padded` numbers,
       where padded is a multiple of VTI_ROW_PADDING; in and above the diagonal. */
    void (*products)(const double *row, size_t count, size_t padded, double sign, double *gram);
} vti_row_kernels;

extern const vti_row_kernels vti_row_kernels_baseline;
#if defined(__x86_64__)
extern const vti_row_kernels vti_row_kernels_avx2, vti_row_kernels_avx512;
#endif

/* Those of an instruction set. */
static inline const vti_row_kernels *vti_row_kernels_of(vt_simd simd) {
#if defined(__x86_64__)
    if (simd == VT_SIMD_AVX512) return &vti_row_kernels_avx512;
    if (simd == VT_SIMD_AVX2) return &vti_row_kernels_avx2;
#endif
    (void)simd;
    return &vti_row_kernels_baseline;
}

#endif

/* Arrays over static memory for the tests of the array room. */
#ifndef ARRAY_FIXTURE_H
#define ARRAY_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include "vitrum/array.h"

/* A contiguous array of two dimensions (of one when `columns` is 0) over `data`. */
static inline vt_array table_of(vt_dtype dtype, int64_t rows, int64_t columns, void *data) {
    vt_array array;
    vt_error err = {0};
    int64_t shape[2] = {rows, columns};
    vt_status status = vt_array_layout(&array, dtype, columns > 0 ? 2 : 1, shape, data, &err);
    assert_int_equal(status, VT_OK);
    return array;
}

/* The same memory with rows and columns exchanged. */
static inline vt_array transposed(const vt_array *a) {
    vt_array t = *a;
    t.shape[0] = a->shape[1];
    t.shape[1] = a->shape[0];
    t.stride[0] = a->stride[1];
    t.stride[1] = a->stride[0];
    return t;
}

/* Numbers uniform in (-1, 1). */
static inline void fill_random(double *x, size_t n, uint64_t seed) {
    vt_rng rng = vt_rng_start(seed, VT_STREAM_ARRAY);
    for (size_t k = 0; k < n; k++) x[k] = 2 * vt_rng_uniform(&rng) - 1;
}

#endif

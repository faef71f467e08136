/** array: typed n-dimensional arrays and views, BLAS and LAPACK behind them. */
#ifndef VITRUM_ARRAY_H
#define VITRUM_ARRAY_H

#include "vitrum/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { VT_FLOAT64, VT_FLOAT32, VT_INT32, VT_INT64 } vt_dtype;

enum { VT_MAX_DIMS = 6 };

/** A view of memory that somebody else owns: element (i, j, ...) from 0 is at
    data + i stride[0] + j stride[1] + ..., strides counted in elements, negative ones allowed. */
typedef struct {
    vt_dtype dtype;
    int ndim; /**< 0 to VT_MAX_DIMS; 0 is a single number. */
    int64_t shape[VT_MAX_DIMS];
    int64_t stride[VT_MAX_DIMS];
    void *data;
} vt_array;

#ifdef __cplusplus
}
#endif
#endif

/** array: typed n-dimensional arrays and views, BLAS and LAPACK behind them.

    A vt_array never owns memory: the caller provides it for operands and results alike, so that
    every function here can fail without leaving anything behind. Indices and axes count from 0.
    Functions that take a result accept any strides unless they say "contiguous", which means row
    after row without gaps. Results must not overlap the operands unless a function allows it. */
#ifndef VITRUM_ARRAY_H
#define VITRUM_ARRAY_H

#include "vitrum/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { VT_FLOAT64, VT_FLOAT32, VT_INT32, VT_INT64 } vt_dtype;

enum { VT_MAX_DIMS = 6, VT_DTYPES = 4 };

/** A view of memory that somebody else owns: element (i, j, ...) from 0 is at
    data + i stride[0] + j stride[1] + ..., strides counted in elements, negative ones allowed. */
typedef struct {
    vt_dtype dtype;
    int ndim; /**< 0 to VT_MAX_DIMS; 0 is a single number. */
    int64_t shape[VT_MAX_DIMS];
    int64_t stride[VT_MAX_DIMS];
    void *data;
} vt_array;

/* ---------------------------------------------------------------- layout ---- */

/** Bytes of one element. */
VT_API size_t vt_dtype_size(vt_dtype dtype);

/** "float64", "float32", "int32" or "int64". */
VT_API const char *vt_dtype_name(vt_dtype dtype);

/** True for int32 and int64. */
static inline bool vt_dtype_integer(vt_dtype dtype) {
    return dtype == VT_INT32 || dtype == VT_INT64;
}

/** The smallest type that holds both: the wider of two integers or two floats; an integer and a
    float make float64. */
VT_API vt_dtype vt_dtype_common(vt_dtype a, vt_dtype b);

/** Describe contiguous memory at `data` (may be NULL for now). Fails with VT_EINVAL on a negative
    or too long shape, VT_ENOMEM when the bytes would overflow. */
VT_API vt_status vt_array_layout(vt_array *array, vt_dtype dtype, int ndim, const int64_t *shape,
                                 void *data, vt_error *err);

/** A single number as an array without dimensions. */
VT_API vt_array vt_array_scalar(vt_dtype dtype, void *data);

/** Number of elements. */
VT_API size_t vt_array_count(const vt_array *array);

/** True when the elements follow each other in row order without gaps. */
VT_API bool vt_array_contiguous(const vt_array *array);

/** True when the shapes are the same. */
VT_API bool vt_array_same_shape(const vt_array *a, const vt_array *b);

/** True when the memory that the two span has bytes in common. */
VT_API bool vt_array_overlap(const vt_array *a, const vt_array *b);

/** "4000 x 3", for messages; cut when `size` is too small. Returns `text`. */
VT_API const char *vt_array_shape_text(const vt_array *array, char *text, size_t size);

/** The shape to which `a` and `b` broadcast: shapes are aligned at their last axis, and an axis of
    length 1 (or a missing one) stretches to the other's. VT_EINVAL with both shapes otherwise. */
VT_API vt_status vt_array_broadcast(const vt_array *a, const vt_array *b, int *ndim,
                                    int64_t shape[VT_MAX_DIMS], vt_error *err);

/** A view of `a` stretched to `shape`: repeated axes get stride 0. VT_EINVAL when it does not
    broadcast to it. */
VT_API vt_status vt_array_stretch(const vt_array *a, int ndim, const int64_t *shape, vt_array *view,
                                  vt_error *err);

/** Copy `from`, stretched to the shape of `to` and converted to its type. Fractions are cut toward
    zero; VT_EINVAL when a value does not fit an integer type (its value and the type named), and
    `to` is then partly written. */
VT_API vt_status vt_array_copy(const vt_array *to, const vt_array *from, vt_error *err);

/** Element at `offset` elements from data. */
VT_API double vt_array_get(const vt_array *array, int64_t offset);

/** Offset of element `index` (row order, from 0) of an array of any strides. */
VT_API int64_t vt_array_offset(const vt_array *array, size_t index);

#ifdef __cplusplus
}
#endif
#endif

/* Shapes, strides, broadcasting. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

size_t vt_dtype_size(vt_dtype dtype) {
    return dtype == VT_FLOAT64 || dtype == VT_INT64 ? 8 : 4;
}

const char *vt_dtype_name(vt_dtype dtype) {
    static const char *const NAMES[VT_DTYPES] = {"float64", "float32", "int32", "int64"};
    return NAMES[dtype];
}

vt_dtype vt_dtype_common(vt_dtype a, vt_dtype b) {
    if (a == b) return a;
    if (vt_dtype_integer(a) && vt_dtype_integer(b)) return VT_INT64;
    return VT_FLOAT64;
}

static const char *shape_text(int ndim, const int64_t *shape, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int d = 0; d < ndim && used < size; d++)
        used += (size_t)snprintf(text + used, size - used, "%s%lld", d > 0 ? " x " : "",
                                 (long long)shape[d]);
    if (ndim == 0) snprintf(text, size, "one number");
    return text;
}

const char *vt_array_shape_text(const vt_array *array, char *text, size_t size) {
    return shape_text(array->ndim, array->shape, text, size);
}

vt_status vt_array_layout(vt_array *array, vt_dtype dtype, int ndim, const int64_t *shape,
                          void *data, vt_error *err) {
    if (ndim < 0 || ndim > VT_MAX_DIMS)
        return vt_fail(err, VT_EINVAL, "an array has at most %d dimensions, got %d", VT_MAX_DIMS,
                       ndim);
    /* The bytes must fit even when an axis has length 0, so that strides never overflow. */
    int64_t bytes = (int64_t)vt_dtype_size(dtype), stride = 1;
    for (int d = ndim - 1; d >= 0; d--) {
        if (shape[d] < 0)
            return vt_fail(err, VT_EINVAL,
                           "dimension %d of an array must not be negative, got %lld", d + 1,
                           (long long)shape[d]);
        int64_t extent = shape[d] > 0 ? shape[d] : 1;
        if (__builtin_mul_overflow(bytes, extent, &bytes) || bytes > PTRDIFF_MAX / 2) {
            char text[128];
            return vt_fail(err, VT_ENOMEM, "an array of shape %s is beyond any memory",
                           shape_text(ndim, shape, text, sizeof text));
        }
        array->shape[d] = shape[d];
        array->stride[d] = stride;
        stride *= extent;
    }
    array->dtype = dtype;
    array->ndim = ndim;
    array->data = data;
    return VT_OK;
}

vt_array vt_array_scalar(vt_dtype dtype, void *data) {
    vt_array scalar = {.dtype = dtype, .ndim = 0, .data = data};
    return scalar;
}

size_t vt_array_count(const vt_array *array) {
    size_t count = 1;
    for (int d = 0; d < array->ndim; d++) count *= (size_t)array->shape[d];
    return count;
}

bool vt_array_contiguous(const vt_array *array) {
    int64_t expected = 1;
    if (vt_array_count(array) == 0) return true;
    for (int d = array->ndim - 1; d >= 0; d--) {
        if (array->shape[d] == 1) continue; /* never stepped along */
        if (array->stride[d] != expected) return false;
        expected *= array->shape[d];
    }
    return true;
}

bool vt_array_same_shape(const vt_array *a, const vt_array *b) {
    return a->ndim == b->ndim &&
           memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

/* First and one past the last byte that an array with elements spans. */
static void span(const vt_array *a, const char **first, const char **last) {
    int64_t low = 0, high = 0, size = (int64_t)vt_dtype_size(a->dtype);
    for (int d = 0; d < a->ndim; d++) {
        int64_t reach = (a->shape[d] - 1) * a->stride[d];
        if (reach < 0) low += reach;
        if (reach > 0) high += reach;
    }
    *first = (const char *)a->data + low * size;
    *last = (const char *)a->data + (high + 1) * size;
}

bool vt_array_overlap(const vt_array *a, const vt_array *b) {
    if (vt_array_count(a) == 0 || vt_array_count(b) == 0) return false;
    const char *a_first, *a_last, *b_first, *b_last;
    span(a, &a_first, &a_last);
    span(b, &b_first, &b_last);
    return a_first < b_last && b_first < a_last;
}

vt_status vt_array_broadcast(const vt_array *a, const vt_array *b, int *ndim,
                             int64_t shape[VT_MAX_DIMS], vt_error *err) {
    int n = a->ndim > b->ndim ? a->ndim : b->ndim;
    for (int d = 0; d < n; d++) {
        int da = d - (n - a->ndim), db = d - (n - b->ndim);
        int64_t ea = da < 0 ? 1 : a->shape[da], eb = db < 0 ? 1 : b->shape[db];
        if (ea != eb && ea != 1 && eb != 1) {
            char ta[128], tb[128];
            return vt_fail(err, VT_EINVAL,
                           "shapes %s and %s do not fit each other: lengths must be equal or 1, "
                           "counted from the last axis",
                           vt_array_shape_text(a, ta, sizeof ta),
                           vt_array_shape_text(b, tb, sizeof tb));
        }
        shape[d] = ea == 1 ? eb : ea;
    }
    *ndim = n;
    return VT_OK;
}

vt_status vt_array_stretch(const vt_array *a, int ndim, const int64_t *shape, vt_array *view,
                           vt_error *err) {
    vt_array wide = {.dtype = a->dtype, .ndim = ndim, .data = a->data};
    /* Extra axes of length 1 in front are no obstacle: a 1 x 3 array fits into a row. */
    bool fits = true;
    for (int d = 0; d < a->ndim - ndim; d++) fits = fits && a->shape[d] == 1;
    for (int d = 0; d < ndim && fits; d++) {
        int from = d - (ndim - a->ndim);
        int64_t extent = from < 0 ? 1 : a->shape[from];
        wide.shape[d] = shape[d];
        wide.stride[d] = extent == 1 ? 0 : a->stride[from];
        fits = extent == 1 || extent == shape[d];
    }
    if (!fits) {
        char ta[128], tb[128];
        return vt_fail(err, VT_EINVAL, "an array of shape %s does not fit into shape %s",
                       vt_array_shape_text(a, ta, sizeof ta),
                       shape_text(ndim, shape, tb, sizeof tb));
    }
    *view = wide;
    return VT_OK;
}

int64_t vt_array_offset(const vt_array *array, size_t index) {
    int64_t offset = 0;
    for (int d = array->ndim - 1; d >= 0; d--) {
        offset += (int64_t)(index % (size_t)array->shape[d]) * array->stride[d];
        index /= (size_t)array->shape[d];
    }
    return offset;
}

double vt_array_get(const vt_array *array, int64_t offset) {
    switch (array->dtype) {
    case VT_FLOAT64:
        return ((const double *)array->data)[offset];
    case VT_FLOAT32:
        return (double)((const float *)array->data)[offset];
    case VT_INT32:
        return (double)((const int32_t *)array->data)[offset];
    case VT_INT64:
        return (double)((const int64_t *)array->data)[offset];
    }
    return 0;
}

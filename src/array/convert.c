/* Conversion between types, and the walk over strided operands that elementwise work is made of. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "internal.h"

/* The common case, both sides without gaps, stands apart so that it is vectorized. */
#define PLAIN_CONVERSION(NAME, FROM, TO)                                                           \
    static bool NAME(const char *source, int64_t source_step, char *target, int64_t target_step,   \
                     size_t n) {                                                                   \
        if (source_step == sizeof(FROM) && target_step == sizeof(TO)) {                            \
            const FROM *s = (const FROM *)source;                                                  \
            TO *t = (TO *)target;                                                                  \
            for (size_t k = 0; k < n; k++) t[k] = (TO)s[k];                                        \
            return true;                                                                           \
        }                                                                                          \
        for (size_t k = 0; k < n; k++, source += source_step, target += target_step)               \
            *(TO *)target = (TO) * (const FROM *)source;                                           \
        return true;                                                                               \
    }

/* LOW and HIGH are exact in FROM: the value must satisfy LOW <= value < HIGH. A NaN does not. */
#define CHECKED_CONVERSION(NAME, FROM, TO, LOW, HIGH)                                              \
    static bool NAME(const char *source, int64_t source_step, char *target, int64_t target_step,   \
                     size_t n) {                                                                   \
        for (size_t k = 0; k < n; k++, source += source_step, target += target_step) {             \
            FROM value = *(const FROM *)source;                                                    \
            if (!(value >= (LOW) && value < (HIGH))) return false;                                 \
            *(TO *)target = (TO)value;                                                             \
        }                                                                                          \
        return true;                                                                               \
    }

PLAIN_CONVERSION(f64_f64, double, double)
PLAIN_CONVERSION(f64_f32, double, float)
CHECKED_CONVERSION(f64_i32, double, int32_t, -0x1p31, 0x1p31)
CHECKED_CONVERSION(f64_i64, double, int64_t, -0x1p63, 0x1p63)
PLAIN_CONVERSION(f32_f64, float, double)
PLAIN_CONVERSION(f32_f32, float, float)
CHECKED_CONVERSION(f32_i32, float, int32_t, -0x1p31f, 0x1p31f)
CHECKED_CONVERSION(f32_i64, float, int64_t, -0x1p63f, 0x1p63f)
PLAIN_CONVERSION(i32_f64, int32_t, double)
PLAIN_CONVERSION(i32_f32, int32_t, float)
PLAIN_CONVERSION(i32_i32, int32_t, int32_t)
PLAIN_CONVERSION(i32_i64, int32_t, int64_t)
PLAIN_CONVERSION(i64_f64, int64_t, double)
PLAIN_CONVERSION(i64_f32, int64_t, float)
CHECKED_CONVERSION(i64_i32, int64_t, int32_t, INT32_MIN, INT64_C(0x80000000))
PLAIN_CONVERSION(i64_i64, int64_t, int64_t)

typedef bool (*conversion)(const char *, int64_t, char *, int64_t, size_t);

bool vti_convert(vt_dtype from, const char *source, int64_t source_step, vt_dtype to, char *target,
                 int64_t target_step, size_t n) {
    static const conversion TABLE[VT_DTYPES][VT_DTYPES] = {{f64_f64, f64_f32, f64_i32, f64_i64},
                                                           {f32_f64, f32_f32, f32_i32, f32_i64},
                                                           {i32_f64, i32_f32, i32_i32, i32_i64},
                                                           {i64_f64, i64_f32, i64_i32, i64_i64}};
    return TABLE[from][to](source, source_step, target, target_step, n);
}

/* ---------------------------------------------------------------- walks ---- */

static void swap_axes(vti_walk *walk, int a, int b) {
    if (a == b) return;
    int64_t t = walk->shape[a];
    walk->shape[a] = walk->shape[b];
    walk->shape[b] = t;
    for (int k = 0; k < walk->operands; k++) {
        t = walk->step[k][a];
        walk->step[k][a] = walk->step[k][b];
        walk->step[k][b] = t;
    }
}

/* True when one step along `outer` is the whole length of `inner` in every operand. */
static bool joinable(const vti_walk *walk, int inner, int outer) {
    for (int k = 0; k < walk->operands; k++)
        if (walk->step[k][outer] != walk->step[k][inner] * walk->shape[inner]) return false;
    return true;
}

void vti_walk_start(vti_walk *walk, const vt_array *const *operands, int count) {
    memset(walk, 0, sizeof *walk);
    walk->operands = count;
    const vt_array *result = operands[count - 1];
    /* From the last axis to the first, so that contiguous axes join as they come. */
    for (int d = result->ndim - 1; d >= 0; d--) {
        if (result->shape[d] == 0) walk->done = true;
        if (result->shape[d] == 1) continue;
        int axis = walk->ndim++;
        walk->shape[axis] = result->shape[d];
        for (int k = 0; k < count; k++)
            walk->step[k][axis] =
                operands[k]->stride[d] * (int64_t)vt_dtype_size(operands[k]->dtype);
        if (axis > 0 && joinable(walk, axis - 1, axis)) {
            walk->shape[axis - 1] *= walk->shape[axis];
            walk->ndim--;
        }
    }
    if (walk->ndim == 0) {
        walk->ndim = 1;
        walk->shape[0] = 1;
    }
    /* A short inner loop wastes its time on the start: take the longest axis instead, as for the
       n x 3 arrays that positions are. */
    enum { SHORT = 64 };
    if (walk->shape[0] < SHORT) {
        int longest = 0;
        for (int d = 1; d < walk->ndim; d++)
            if (walk->shape[d] > walk->shape[longest]) longest = d;
        swap_axes(walk, 0, longest);
    }
    for (int k = 0; k < count; k++) walk->at[k] = operands[k]->data;
}

void vti_walk_next(vti_walk *walk) {
    for (int d = 1; d < walk->ndim; d++) {
        for (int k = 0; k < walk->operands; k++) walk->at[k] += walk->step[k][d];
        if (++walk->index[d] < walk->shape[d]) return;
        for (int k = 0; k < walk->operands; k++) walk->at[k] -= walk->step[k][d] * walk->shape[d];
        walk->index[d] = 0;
    }
    walk->done = true;
}

/* ---------------------------------------------------------------- copies ---- */

/* Name the first value of a run that does not fit. */
static vt_status misfit(const vti_walk *walk, vt_dtype from, vt_dtype to, vt_error *err) {
    const char *source = walk->at[0];
    for (int64_t k = 0; k < walk->shape[0]; k++, source += walk->step[0][0]) {
        union {
            int64_t i64;
            int32_t i32;
            double f64;
        } target;
        if (vti_convert(from, source, 0, to, (char *)&target, 0, 1)) continue;
        double value;
        vti_convert(from, source, 0, VT_FLOAT64, (char *)&value, 0, 1);
        return vt_fail(err, VT_EINVAL, "%.17g does not fit the type %s of the array",
                       isnan(value) ? NAN : value, vt_dtype_name(to)); /* never "-nan" */
    }
    return VT_OK;
}

vt_status vt_array_copy(const vt_array *to, const vt_array *from, vt_error *err) {
    vt_array source;
    VTI_TRY(vt_array_stretch(from, to->ndim, to->shape, &source, err));
    const vt_array *operands[] = {&source, to};
    vti_walk walk;
    for (vti_walk_start(&walk, operands, 2); !walk.done; vti_walk_next(&walk)) {
        if (!vti_convert(from->dtype, walk.at[0], walk.step[0][0], to->dtype, walk.at[1],
                         walk.step[1][0], (size_t)walk.shape[0]))
            return misfit(&walk, from->dtype, to->dtype, err);
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- rows ---- */

/* The array with `axis` moved to the end. */
static vt_array axis_last(const vt_array *array, int axis) {
    vt_array moved = *array;
    for (int d = axis; d < array->ndim - 1; d++) {
        moved.shape[d] = array->shape[d + 1];
        moved.stride[d] = array->stride[d + 1];
    }
    moved.shape[array->ndim - 1] = array->shape[axis];
    moved.stride[array->ndim - 1] = array->stride[axis];
    return moved;
}

vt_status vti_rows_open(vti_rows *rows, const vt_array *array, int axis, vt_dtype dtype,
                        vt_error *err) {
    vt_array moved = axis < 0 ? *array : axis_last(array, axis);
    size_t count = vt_array_count(array);
    memset(rows, 0, sizeof *rows);
    rows->length = axis < 0 ? count : (size_t)array->shape[axis];
    rows->runs = 1;
    for (int d = 0; d < moved.ndim - 1 && axis >= 0; d++) rows->runs *= (size_t)moved.shape[d];
    if (moved.dtype == dtype && vt_array_contiguous(&moved)) {
        rows->data = array->data;
        return VT_OK;
    }
    rows->copy = vt_alloc(count, vt_dtype_size(dtype));
    if (rows->copy == NULL)
        return vt_fail_memory(err, count, vt_dtype_size(dtype), "a copy of the array");
    rows->data = rows->copy;
    vt_array target;
    vt_status status = vt_array_layout(&target, dtype, moved.ndim, moved.shape, rows->data, err);
    if (!vt_failed(status)) status = vt_array_copy(&target, &moved, err);
    if (vt_failed(status)) vti_rows_close(rows);
    return status;
}

void vti_rows_close(vti_rows *rows) {
    vt_free(rows->copy);
    memset(rows, 0, sizeof *rows);
}

vt_status vti_rows_back(const char *runs, vt_dtype dtype, int axis, const vt_array *result,
                        vt_error *err) {
    vt_array target = axis_last(result, axis), source;
    VTI_TRY(vt_array_layout(&source, dtype, target.ndim, target.shape, (void *)runs, err));
    return vt_array_copy(&target, &source, err);
}

/* Reductions: sums, extremes, moments. Every run is brought into contiguous float64 or int64 first,
   so that one kernel per reduction is enough and results cannot depend on strides. */
#include <math.h>
#include <string.h>

#include "base/sums.h"
#include "base/try.h"
#include "internal.h"

enum { LANES = 16 };

/* ---------------------------------------------------------------- moments ---- */

static double norm(const double *x, size_t n) {
    double squares = vti_sum_squares(x, n, 0);
    if (isnan(squares)) return squares;
    if (squares > 0x1p-900 && squares < 0x1p1000) return sqrt(squares);
    /* Squares that leave the range of doubles, or might have: scale by the largest. */
    double largest = 0;
    for (size_t k = 0; k < n; k++) {
        double size = fabs(x[k]);
        if (size > largest) largest = size;
    }
    if (largest == 0 || isinf(largest)) return largest;
    int exponent;
    frexp(largest, &exponent);
    return ldexp(sqrt(vti_sum_scaled_squares(x, n, ldexp(1, -exponent < 1023 ? -exponent : 1023))),
                 -exponent < 1023 ? exponent : -1023);
}

static double variance(const double *x, size_t n, double ddof) {
    /* Two passes: the textbook formula loses all digits when the mean is large. */
    double mean = vt_sum(x, n) / (double)n;
    return vti_sum_squares(x, n, mean) / ((double)n - ddof);
}

/* ---------------------------------------------------------------- one run ---- */

/* Index of the first smallest (sign 1) or largest (sign -1) element, or of the first NaN. */
static size_t extreme_f64(const double *x, size_t n, double sign) {
    /* The value first, in a loop without branches; then the place. */
    double lane[LANES], best = sign * x[0];
    bool nan = isnan(best);
    size_t k = 0;
    for (size_t j = 0; j < LANES; j++) lane[j] = best;
    for (; k + LANES <= n; k += LANES)
        for (size_t j = 0; j < LANES; j++) {
            double value = sign * x[k + j];
            lane[j] = value < lane[j] ? value : lane[j];
            nan |= value != value;
        }
    for (; k < n; k++) {
        lane[0] = sign * x[k] < lane[0] ? sign * x[k] : lane[0];
        nan |= isnan(x[k]);
    }
    for (size_t j = 0; j < LANES; j++)
        if (lane[j] < best) best = lane[j];
    for (k = 0; k < n; k++)
        if (nan ? isnan(x[k]) : sign * x[k] == best) return k;
    return 0;
}

static size_t extreme_i64(const int64_t *x, size_t n, bool smallest) {
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (smallest ? x[k] < x[best] : x[k] > x[best]) best = k;
    return best;
}

static bool any_f64(const double *x, size_t n, bool wanted) {
    for (size_t k = 0; k < n; k++)
        if ((x[k] != 0) == wanted) return true;
    return false;
}

static bool any_i64(const int64_t *x, size_t n, bool wanted) {
    for (size_t k = 0; k < n; k++)
        if ((x[k] != 0) == wanted) return true;
    return false;
}

/* The number that would stand at position `rank` after sorting: Hoare's selection, Commun. ACM 4,
   321 (1961). Reorders x, which holds no NaN. */
static double select_rank(double *x, size_t n, size_t rank) {
    size_t low = 0, high = n - 1;
    while (low < high) {
        double pivot = x[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (x[i] < pivot) i++;
            while (x[j] > pivot) j--;
            if (i >= j) break;
            double t = x[i];
            x[i++] = x[j];
            x[j--] = t;
        }
        /* Now x[low..j] <= pivot <= x[j+1..high]. */
        if (rank <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[rank];
}

static double median(double *x, size_t n) {
    for (size_t k = 0; k < n; k++)
        if (isnan(x[k])) return x[k];
    double upper = select_rank(x, n, n / 2);
    if (n % 2 == 1) return upper;
    double lower = x[0]; /* all below n/2 are not above `upper` now */
    for (size_t k = 1; k < n / 2; k++)
        if (x[k] > lower) lower = x[k];
    return lower + (upper - lower) / 2;
}

static double reduce_floats(vt_reduction reduction, double *x, size_t n, double ddof) {
    switch (reduction) {
    case VT_SUM:
        return vt_sum(x, n);
    case VT_PRODUCT: {
        double product = 1;
        for (size_t k = 0; k < n; k++) product *= x[k];
        return product;
    }
    case VT_MEAN:
        return vt_sum(x, n) / (double)n;
    case VT_VARIANCE:
        return variance(x, n, ddof);
    case VT_NORM:
        return norm(x, n);
    case VT_MEDIAN:
        return median(x, n);
    case VT_MIN:
        return x[extreme_f64(x, n, 1)];
    case VT_MAX:
        return x[extreme_f64(x, n, -1)];
    case VT_ARGMIN:
        return (double)extreme_f64(x, n, 1);
    case VT_ARGMAX:
        return (double)extreme_f64(x, n, -1);
    case VT_ANY:
        return any_f64(x, n, true);
    case VT_ALL:
        return !any_f64(x, n, false);
    case VT_REDUCTION_COUNT:
        break;
    }
    return 0;
}

/* False on overflow. */
static bool reduce_integers(vt_reduction reduction, const int64_t *x, size_t n, int64_t *result) {
    bool overflow = false;
    *result = reduction == VT_PRODUCT;
    switch (reduction) {
    case VT_SUM:
        for (size_t k = 0; k < n; k++) overflow |= __builtin_add_overflow(*result, x[k], result);
        break;
    case VT_PRODUCT:
        for (size_t k = 0; k < n; k++) overflow |= __builtin_mul_overflow(*result, x[k], result);
        break;
    case VT_MIN:
        *result = x[extreme_i64(x, n, true)];
        break;
    case VT_MAX:
        *result = x[extreme_i64(x, n, false)];
        break;
    case VT_ARGMIN:
        *result = (int64_t)extreme_i64(x, n, true);
        break;
    case VT_ARGMAX:
        *result = (int64_t)extreme_i64(x, n, false);
        break;
    case VT_ANY:
        *result = any_i64(x, n, true);
        break;
    case VT_ALL:
        *result = !any_i64(x, n, false);
        break;
    default:
        break; /* the others are computed in floats */
    }
    return !overflow;
}

/* ---------------------------------------------------------------- drivers ---- */

static bool always_float(vt_reduction reduction) {
    return reduction == VT_MEAN || reduction == VT_VARIANCE || reduction == VT_NORM ||
           reduction == VT_MEDIAN;
}

vt_dtype vt_reduction_dtype(vt_reduction reduction, vt_dtype a) {
    if (always_float(reduction)) return VT_FLOAT64;
    if (reduction == VT_SUM || reduction == VT_PRODUCT) return vti_wide(a);
    if (reduction == VT_MIN || reduction == VT_MAX) return a;
    return reduction == VT_ANY || reduction == VT_ALL ? VT_INT32 : VT_INT64;
}

static vt_status check_run(vt_reduction reduction, size_t length, double ddof, vt_error *err) {
    static const char *const NAMES[VT_REDUCTION_COUNT] = {[VT_MEAN] = "mean",
                                                          [VT_VARIANCE] = "variance",
                                                          [VT_MEDIAN] = "median",
                                                          [VT_MIN] = "smallest element",
                                                          [VT_MAX] = "largest element",
                                                          [VT_ARGMIN] = "smallest element",
                                                          [VT_ARGMAX] = "largest element"};
    if (length == 0 && NAMES[reduction] != NULL)
        return vt_fail(err, VT_EINVAL, "an empty array has no %s", NAMES[reduction]);
    if (reduction == VT_VARIANCE && !((double)length > ddof))
        return vt_fail(err, VT_EINVAL,
                       "the variance of %zu number%s with %g degrees of freedom taken off does not "
                       "exist",
                       length, length == 1 ? "" : "s", ddof);
    return VT_OK;
}

vt_status vt_array_reduce(vt_reduction reduction, const vt_array *a, int axis, double ddof,
                          const vt_array *result, vt_error *err) {
    vt_dtype wide = always_float(reduction) ? VT_FLOAT64 : vti_wide(a->dtype);
    size_t length = axis < 0 ? vt_array_count(a) : (size_t)a->shape[axis];
    VTI_TRY(check_run(reduction, length, ddof, err));
    vti_rows rows;
    vt_status status = vti_rows_open(&rows, a, axis, wide, err);
    if (vt_failed(status)) return status;
    if (reduction == VT_MEDIAN && rows.copy == NULL) { /* the median reorders: work on a copy */
        size_t count = rows.runs * rows.length;
        rows.copy = vt_alloc(count, sizeof(double));
        if (rows.copy == NULL)
            return vt_fail_memory(err, count, sizeof(double), "a copy of the array");
        memcpy(rows.copy, rows.data, count * sizeof(double));
        rows.data = rows.copy;
    }
    size_t out_size = vt_dtype_size(result->dtype);
    for (size_t k = 0; k < rows.runs && !vt_failed(status); k++) {
        char *run = rows.data + k * rows.length * 8, *out = (char *)result->data + k * out_size;
        if (wide == VT_FLOAT64) {
            double value = reduce_floats(reduction, (double *)run, rows.length, ddof);
            vti_convert(VT_FLOAT64, (const char *)&value, 0, result->dtype, out, 0, 1);
        } else {
            int64_t value;
            if (!reduce_integers(reduction, (const int64_t *)run, rows.length, &value))
                status = vt_fail(err, VT_EINVAL,
                                 "integer overflow: the %s does not fit int64; use "
                                 "astype(\"float64\") first",
                                 reduction == VT_SUM ? "sum" : "product");
            vti_convert(VT_INT64, (const char *)&value, 0, result->dtype, out, 0, 1);
        }
    }
    vti_rows_close(&rows);
    return status;
}

/* ---------------------------------------------------------------- running sums ---- */

static void running_floats(const double *x, size_t n, double *out) {
    double sum = 0, lost = 0;
    for (size_t k = 0; k < n; k++) {
        double next = sum + x[k];
        if (isfinite(next))
            lost += fabs(sum) >= fabs(x[k]) ? (sum - next) + x[k] : (x[k] - next) + sum;
        sum = next;
        out[k] = sum + lost;
    }
}

static bool running_integers(const int64_t *x, size_t n, int64_t *out) {
    int64_t sum = 0;
    for (size_t k = 0; k < n; k++) {
        if (__builtin_add_overflow(sum, x[k], &sum)) return false;
        out[k] = sum;
    }
    return true;
}

vt_status vt_array_cumulative_sum(const vt_array *a, int axis, const vt_array *result,
                                  vt_error *err) {
    vt_dtype wide = vti_wide(a->dtype);
    vti_rows rows;
    vt_status status = vti_rows_open(&rows, a, axis, wide, err);
    if (vt_failed(status)) return status;
    size_t count = rows.runs * rows.length;
    char *sums = vt_alloc(count, 8);
    if (sums == NULL) status = vt_fail_memory(err, count, 8, "running sums");
    for (size_t k = 0; k < rows.runs && !vt_failed(status); k++) {
        size_t at = k * rows.length * 8;
        if (wide == VT_FLOAT64)
            running_floats((const double *)(rows.data + at), rows.length, (double *)(sums + at));
        else if (!running_integers((const int64_t *)(rows.data + at), rows.length,
                                   (int64_t *)(sums + at)))
            status = vt_fail(err, VT_EINVAL,
                             "integer overflow: a running sum does not fit int64; use "
                             "astype(\"float64\") first");
    }
    if (!vt_failed(status)) status = vti_rows_back(sums, wide, axis, result, err);
    vt_free(sums);
    vti_rows_close(&rows);
    return status;
}

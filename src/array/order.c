/* Sorting and histograms. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "internal.h"

/* Numbers are sorted as unsigned keys of the same order: one fast comparison serves every type,
   and NaN, the largest key, comes last by itself. */
static const uint64_t SIGN_BIT = UINT64_C(1) << 63;

static uint64_t key_of_float(double value) {
    uint64_t bits;
    if (isnan(value)) return UINT64_MAX;
    memcpy(&bits, &value, sizeof bits);
    /* Negative numbers grow with falling bits; positive ones go above them. */
    return bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
}

static double float_of_key(uint64_t key) {
    double value;
    if (key == UINT64_MAX) return NAN;
    uint64_t bits = key & SIGN_BIT ? key & ~SIGN_BIT : ~key;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t key_at(const char *run, vt_dtype wide, size_t k) {
    if (wide == VT_FLOAT64) return key_of_float(((const double *)run)[k]);
    return (uint64_t)((const int64_t *)run)[k] ^ SIGN_BIT;
}

typedef struct {
    uint64_t key;
    int64_t index;
} item;

/* A stable merge sort, bottom up from short runs sorted by insertion. The choice in the merge is
   arithmetic and not a branch, which random data would mispredict half of the time. The result
   lands in `x`; `spare` is as long. False on an interrupt, which is looked for once in a PIECE. */
enum { PIECE = 1 << 20 };
#define MERGE_SORT(NAME, TYPE, KEY)                                                                \
    static bool NAME(TYPE *x, TYPE *spare, size_t n) {                                             \
        enum { SHORT_RUN = 16 };                                                                   \
        for (size_t start = 0; start < n; start += SHORT_RUN) {                                    \
            if (start % PIECE == 0 && vt_interrupted()) return false;                              \
            size_t end = start + SHORT_RUN < n ? start + SHORT_RUN : n;                            \
            for (size_t i = start + 1; i < end; i++) {                                             \
                TYPE value = x[i];                                                                 \
                size_t j = i;                                                                      \
                for (; j > start && x[j - 1] KEY > value KEY; j--) x[j] = x[j - 1];                \
                x[j] = value;                                                                      \
            }                                                                                      \
        }                                                                                          \
        TYPE *from = x, *to = spare;                                                               \
        for (size_t width = SHORT_RUN; width < n; width *= 2) {                                    \
            for (size_t start = 0; start < n; start += 2 * width) {                                \
                if (start % PIECE == 0 && vt_interrupted()) return false;                          \
                size_t middle = start + width < n ? start + width : n;                             \
                size_t end = start + 2 * width < n ? start + 2 * width : n;                        \
                size_t i = start, j = middle, k = start;                                           \
                while (i < middle && j < end) {                                                    \
                    size_t sure = middle - i < end - j ? middle - i : end - j;                     \
                    if (sure > PIECE) sure = PIECE;                                                \
                    if (sure == PIECE && vt_interrupted()) return false;                           \
                    for (; sure > 0; sure--) {                                                     \
                        size_t right = from[j] KEY < from[i] KEY;                                  \
                        to[k++] = from[right ? j : i];                                             \
                        i += 1 - right;                                                            \
                        j += right;                                                                \
                    }                                                                              \
                }                                                                                  \
                while (i < middle) to[k++] = from[i++];                                            \
                while (j < end) to[k++] = from[j++];                                               \
            }                                                                                      \
            TYPE *t = from;                                                                        \
            from = to;                                                                             \
            to = t;                                                                                \
        }                                                                                          \
        if (from != x) memcpy(x, from, n * sizeof *x);                                             \
        return true;                                                                               \
    }
#define KEY_ITSELF
#define KEY_OF_ITEM .key

MERGE_SORT(sort_keys, uint64_t, KEY_ITSELF)
MERGE_SORT(sort_items, item, KEY_OF_ITEM)

vt_status vt_array_sort(const vt_array *a, int axis, const vt_array *result, vt_error *err) {
    vt_dtype wide = vti_wide(a->dtype);
    vti_rows rows;
    vt_status status = vti_rows_open(&rows, a, axis, wide, err);
    if (vt_failed(status)) return status;
    size_t n = rows.length, count = rows.runs * n;
    uint64_t *keys = vt_alloc(count + n, sizeof *keys); /* the last n are spare */
    if (keys == NULL) status = vt_fail_memory(err, count + n, sizeof *keys, "sorting");
    for (size_t k = 0; k < rows.runs && !vt_failed(status); k++) {
        uint64_t *run = keys + k * n;
        for (size_t i = 0; i < n; i++) run[i] = key_at(rows.data + k * n * 8, wide, i);
        if (!sort_keys(run, keys + count, n)) status = vt_fail_interrupted(err);
        for (size_t i = 0; i < n && !vt_failed(status); i++) { /* keys become numbers in place */
            double value = float_of_key(run[i]);
            if (wide == VT_FLOAT64)
                memcpy(&run[i], &value, sizeof value);
            else
                run[i] ^= SIGN_BIT;
        }
    }
    if (!vt_failed(status)) status = vti_rows_back((const char *)keys, wide, axis, result, err);
    vt_free(keys);
    vti_rows_close(&rows);
    return status;
}

vt_status vt_array_argsort(const vt_array *a, int axis, int64_t base, const vt_array *result,
                           vt_error *err) {
    vt_dtype wide = vti_wide(a->dtype);
    vti_rows rows;
    vt_status status = vti_rows_open(&rows, a, axis, wide, err);
    if (vt_failed(status)) return status;
    size_t n = rows.length, count = rows.runs * n;
    int64_t *order = vt_alloc(count, sizeof *order);
    item *items = vt_alloc(2 * n, sizeof *items); /* the second half is spare */
    if (order == NULL || items == NULL)
        status = vt_fail_memory(err, count + 2 * n, sizeof *items, "sorting");
    const uint64_t minus_zero = key_of_float(-0.0), zero = key_of_float(0.0);
    for (size_t k = 0; k < rows.runs && !vt_failed(status); k++) {
        for (size_t i = 0; i < n; i++) {
            uint64_t key = key_at(rows.data + k * n * 8, wide, i);
            if (wide == VT_FLOAT64 && key == minus_zero) key = zero; /* equal: keep their order */
            items[i] = (item){key, (int64_t)i};
        }
        if (!sort_items(items, items + n, n)) status = vt_fail_interrupted(err);
        for (size_t i = 0; i < n && !vt_failed(status); i++)
            order[k * n + i] = base + items[i].index;
    }
    if (!vt_failed(status))
        status = vti_rows_back((const char *)order, VT_INT64, axis, result, err);
    vt_free(items);
    vt_free(order);
    vti_rows_close(&rows);
    return status;
}

vt_status vt_histogram(const double *x, const double *weights, size_t n, const double *edges,
                       size_t bins, double *counts, vt_error *err) {
    for (size_t k = 0; k < bins; k++)
        if (!(edges[k] < edges[k + 1]) || !isfinite(edges[k]) || !isfinite(edges[k + 1]))
            return vt_fail(err, VT_EINVAL,
                           "edges of a histogram must be finite and rise: edge %zu is %g, edge %zu "
                           "is %g",
                           k + 1, edges[k], k + 2, edges[k + 1]);
    memset(counts, 0, bins * sizeof *counts);
    double first = edges[0], last = edges[bins], scale = (double)bins / (last - first);
    for (size_t i = 0; i < n; i++) {
        double value = x[i];
        if (!(value >= first && value <= last)) continue;
        /* A guess as if the edges were evenly spaced, then a search from there. */
        double guess = (value - first) * scale;
        size_t bin = guess < (double)bins ? (size_t)guess : bins - 1;
        size_t low = 0, high = bins - 1;
        while (!(edges[bin] <= value && (value < edges[bin + 1] || bin == bins - 1))) {
            if (value < edges[bin])
                high = bin - 1;
            else
                low = bin + 1;
            bin = low + (high - low) / 2;
        }
        counts[bin] += weights != NULL ? weights[i] : 1;
    }
    return VT_OK;
}

void vt_histogram_edges(double low, double high, size_t bins, double *edges) {
    for (size_t k = 0; k < bins; k++) edges[k] = low + (high - low) * ((double)k / (double)bins);
    edges[bins] = high;
}

vt_status vt_histogram_range(const vt_array *x, double *low, double *high, vt_error *err) {
    *low = 0;
    *high = 1;
    if (vt_array_count(x) == 0) return VT_OK;
    vt_array least = vt_array_scalar(VT_FLOAT64, low), most = vt_array_scalar(VT_FLOAT64, high);
    VTI_TRY(vt_array_reduce(VT_MIN, x, -1, 0, &least, err));
    VTI_TRY(vt_array_reduce(VT_MAX, x, -1, 0, &most, err));
    if (!isfinite(*low) || !isfinite(*high))
        return vt_fail(
            err, VT_EINVAL,
            "the values are not all finite; give a range, or select the finite ones with "
            "isfinite()");
    if (*low == *high) {
        *low -= 0.5;
        *high += 0.5;
    }
    return VT_OK;
}

void vt_histogram_density(const double *edges, size_t bins, double *counts) {
    double total = vt_sum(counts, bins);
    for (size_t k = 0; k < bins; k++) counts[k] /= total * (edges[k + 1] - edges[k]);
}

double vt_array_quantile(const vt_array *sorted, double fraction) {
    int64_t n = sorted->shape[0];
    if (isnan(vt_array_get(sorted, n - 1))) return NAN;
    double place = fraction * (double)(n - 1);
    int64_t below = (int64_t)place, above = below + 1 < n ? below + 1 : below;
    double low = vt_array_get(sorted, below), high = vt_array_get(sorted, above);
    double between = place - (double)below;
    /* No product with an infinite difference where the lower value is meant. */
    return between == 0 ? low : low + between * (high - low);
}

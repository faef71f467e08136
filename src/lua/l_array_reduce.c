/* Reductions, sorting and histograms. */
#include <math.h>
#include <string.h>

#include "l_array.h"

/* ---------------------------------------------------------------- reductions ---- */

typedef struct {
    const char *name;
    vt_reduction reduction;
} reduction_entry;

static const reduction_entry REDUCTIONS[] = {
    {"sum", VT_SUM}, {"product", VT_PRODUCT}, {"mean", VT_MEAN}, {"median", VT_MEDIAN},
    {"min", VT_MIN}, {"max", VT_MAX},         {"norm", VT_NORM}};

/* Shape of `a` without the axis. */
static int shape_without(const vt_array *a, int axis, int64_t shape[VT_MAX_DIMS]) {
    int ndim = 0;
    for (int d = 0; d < a->ndim && axis >= 0; d++)
        if (d != axis) shape[ndim++] = a->shape[d];
    return ndim;
}

/* Push the reduction of `a` along the axis (-1: all) as an array. */
static vt_array *push_reduction(lua_State *L, const char *name, vt_reduction reduction,
                                const vt_array *a, int axis, double ddof) {
    int64_t shape[VT_MAX_DIMS];
    int ndim = shape_without(a, axis, shape);
    vt_array *result = vtl_new_result(L, vt_reduction_dtype(reduction, a->dtype), ndim, shape);
    vt_error err = {0};
    vtl_array_try(L, name, vt_array_reduce(reduction, a, axis, ddof, result, &err), &err);
    return result;
}

/* The result on top of the stack: a number when it has no dimension. */
static int unwrap(lua_State *L, const vt_array *result) {
    if (result->ndim == 0) vtl_push_element(L, result, 0);
    return 1;
}

/* The reduction of upvalue 1. */
static int array_reduce(lua_State *L) {
    const reduction_entry *entry = lua_touserdata(L, lua_upvalueindex(1));
    const vt_array *a = vtl_check_array(L, 1);
    int axis = vtl_check_axis(L, 2, a);
    return unwrap(L, push_reduction(L, entry->name, entry->reduction, a, axis, 0));
}

/* a:var([axis [, ddof]]) */
static int array_var(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = vtl_check_axis(L, 2, a);
    double ddof = luaL_optnumber(L, 3, 0);
    return unwrap(L, push_reduction(L, "var", VT_VARIANCE, a, axis, ddof));
}

static int array_std(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = vtl_check_axis(L, 2, a);
    double ddof = luaL_optnumber(L, 3, 0);
    const vt_array *var = push_reduction(L, "std", VT_VARIANCE, a, axis, ddof);
    vt_array *root = vtl_new_result(L, VT_FLOAT64, var->ndim, var->shape);
    vt_error err = {0};
    vtl_array_try(L, "std", vt_array_unary(VT_SQRT, var, root, &err), &err);
    return unwrap(L, root);
}

/* Without an axis: the indices of the place, one for each axis. */
static int extreme_place(lua_State *L, const char *name, vt_reduction reduction) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = vtl_check_axis(L, 2, a);
    vt_array *place = push_reduction(L, name, reduction, a, axis, 0);
    int64_t *index = place->data;
    if (axis >= 0) {
        size_t count = vt_array_count(place);
        for (size_t k = 0; k < count; k++) index[k]++; /* from 1 */
        return unwrap(L, place);
    }
    int64_t flat = *index, at[VT_MAX_DIMS];
    for (int d = a->ndim - 1; d >= 0; d--) {
        at[d] = flat % a->shape[d] + 1;
        flat /= a->shape[d];
    }
    for (int d = 0; d < a->ndim; d++) lua_pushinteger(L, at[d]);
    return a->ndim;
}

static int array_argmin(lua_State *L) {
    return extreme_place(L, "argmin", VT_ARGMIN);
}

static int array_argmax(lua_State *L) {
    return extreme_place(L, "argmax", VT_ARGMAX);
}

/* Booleans without an axis, masks along one. */
static int truth(lua_State *L, const char *name, vt_reduction reduction) {
    const vt_array *a = vtl_check_array(L, 1);
    const vt_array *result = push_reduction(L, name, reduction, a, vtl_check_axis(L, 2, a), 0);
    if (result->ndim == 0) lua_pushboolean(L, *(const int32_t *)result->data);
    return 1;
}

static int array_any(lua_State *L) {
    return truth(L, "any", VT_ANY);
}

static int array_all(lua_State *L) {
    return truth(L, "all", VT_ALL);
}

/* The axis argument of methods that keep the shape: the first unless given. */
static int axis_or_first(lua_State *L, const vt_array *a, const char *name) {
    if (a->ndim == 0) vtl_error(L, "%s: needs at least one dimension", name);
    int axis = vtl_check_axis(L, 2, a);
    return axis < 0 ? 0 : axis;
}

static int array_cumsum(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = axis_or_first(L, a, "cumsum");
    vt_array *result = vtl_new_result(L, vt_reduction_dtype(VT_SUM, a->dtype), a->ndim, a->shape);
    vt_error err = {0};
    vtl_array_try(L, "cumsum", vt_array_cumulative_sum(a, axis, result, &err), &err);
    return 1;
}

/* a:diff([axis]): each element less the one before it */
static int array_diff(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = axis_or_first(L, a, "diff");
    if (a->shape[axis] == 0) return vtl_error(L, "diff: axis %d is empty", axis + 1);
    vt_array before = *a, after = *a;
    before.shape[axis] = after.shape[axis] = a->shape[axis] - 1;
    if (after.shape[axis] > 0)
        after.data = (char *)a->data + a->stride[axis] * (int64_t)vt_dtype_size(a->dtype);
    vt_array *result = vtl_new_result(L, a->dtype, a->ndim, after.shape);
    vt_error err = {0};
    vtl_array_try(L, "diff", vt_array_binary(VT_SUBTRACT, &after, &before, result, &err), &err);
    return 1;
}

/* ---------------------------------------------------------------- order ---- */

static int array_sort(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = axis_or_first(L, a, "sort");
    vt_array *result = vtl_new_result(L, a->dtype, a->ndim, a->shape);
    vt_error err = {0};
    vtl_array_try(L, "sort", vt_array_sort(a, axis, result, &err), &err);
    return 1;
}

static int array_argsort(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = axis_or_first(L, a, "argsort");
    vt_array *result = vtl_new_result(L, VT_INT64, a->ndim, a->shape);
    vt_error err = {0};
    vtl_array_try(L, "argsort", vt_array_argsort(a, axis, 1, result, &err), &err);
    return 1;
}

/* Push all elements of the array at 1, sorted, in one dimension. */
static const vt_array *push_sorted(lua_State *L, const char *name) {
    const vt_array *a = vtl_check_array(L, 1);
    vt_array *flat = vtl_new_result(L, a->dtype, 1, (int64_t[]){(int64_t)vt_array_count(a)});
    vt_array *sorted = vtl_new_result(L, a->dtype, 1, flat->shape);
    vt_array shaped;
    vt_error err = {0};
    vtl_array_try(L, name, vt_array_layout(&shaped, a->dtype, a->ndim, a->shape, flat->data, &err),
                  &err);
    vtl_array_try(L, name, vt_array_copy(&shaped, a, &err), &err);
    vtl_array_try(L, name, vt_array_sort(flat, 0, sorted, &err), &err);
    return sorted;
}

static bool same_element(const vt_array *a, int64_t i, int64_t j) {
    if (a->dtype == VT_INT64) return ((const int64_t *)a->data)[i] == ((const int64_t *)a->data)[j];
    double x = vt_array_get(a, i), y = vt_array_get(a, j);
    return x == y || (isnan(x) && isnan(y));
}

/* a:unique() -> values, counts */
static int array_unique(lua_State *L) {
    const vt_array *sorted = push_sorted(L, "unique");
    int64_t n = sorted->shape[0], distinct = 0;
    for (int64_t k = 0; k < n; k++) distinct += k == 0 || !same_element(sorted, k - 1, k);
    vt_array *values = vtl_new_result(L, sorted->dtype, 1, &distinct);
    vt_array *counts = vtl_new_array(L, VT_INT64, 1, &distinct);
    size_t size = vt_dtype_size(sorted->dtype);
    for (int64_t k = 0, at = -1; k < n; k++) {
        if (k == 0 || !same_element(sorted, k - 1, k)) {
            at++;
            memcpy((char *)values->data + (size_t)at * size,
                   (const char *)sorted->data + (size_t)k * size, size);
        }
        ((int64_t *)counts->data)[at]++;
    }
    return 2;
}

/* a:quantile(q) */
static int array_quantile(lua_State *L) {
    lua_settop(L, 2);
    vtl_check_array(L, 1);
    bool number = lua_type(L, 2) == LUA_TNUMBER;
    const vt_array *q = vtl_check_operand(L, 2, VT_FLOAT64, "the quantile");
    const vt_array *sorted = push_sorted(L, "quantile");
    if (sorted->shape[0] == 0) return vtl_error(L, "quantile: an empty array has no quantile");
    vt_array *result = vtl_new_result(L, VT_FLOAT64, q->ndim, q->shape);
    size_t count = vt_array_count(q);
    for (size_t k = 0; k < count; k++) {
        double fraction = vt_array_get(q, vt_array_offset(q, k));
        if (!(fraction >= 0 && fraction <= 1))
            return vtl_error(L, "quantile: must be from 0 to 1, got %f", fraction);
        ((double *)result->data)[k] = vt_array_quantile(sorted, fraction);
    }
    if (number) vtl_push_element(L, result, 0);
    return 1;
}

/* ---------------------------------------------------------------- histogram ---- */

typedef struct {
    int64_t bins;
    bool density;
} histogram_options;

static const histogram_options HISTOGRAM_DEFAULTS = {.bins = 10, .density = false};

static const vtl_option HISTOGRAM_OPTIONS[] = {
    {"bins", VTL_COUNT, offsetof(histogram_options, bins), "-", "number of intervals", NULL},
    {"range", VTL_INTERVAL, 0, "-",
     "{ low, high }: ends of the intervals; by default the smallest and largest value", NULL},
    {"edges", VTL_ARRAY_LIKE, 0, "-", "rising edges of the intervals, instead of bins and range",
     NULL},
    {"weights", VTL_ARRAY_LIKE, 0, "-", "one number per value, added up instead of ones", NULL},
    {"density", VTL_BOOLEAN, offsetof(histogram_options, density), "-",
     "divide so that the integral is 1", NULL},
    {0}};

/* Push option `name` of the table at 2, nil when there is none. True when it is given. */
static bool push_option(lua_State *L, const char *name) {
    if (lua_istable(L, 2))
        lua_getfield(L, 2, name);
    else
        lua_pushnil(L);
    return !lua_isnil(L, -1);
}

/* Push the edges that the options ask for. */
static const vt_array *push_edges(lua_State *L, const vt_array *x, int64_t bins) {
    if (push_option(L, "edges")) {
        const vt_array *given = vtl_check_numbers(L, lua_gettop(L), 1, "histogram: edges");
        if (given->shape[0] < 2) vtl_error(L, "histogram: at least two edges are needed");
        return given;
    }
    double low = 0, high = 1;
    if (push_option(L, "range")) {
        const vt_array *range = vtl_check_numbers(L, lua_gettop(L), 1, "histogram: range");
        if (range->shape[0] != 2) vtl_error(L, "histogram: range must be { low, high }");
        low = ((const double *)range->data)[0];
        high = ((const double *)range->data)[1];
        if (!(low < high) || !isfinite(low) || !isfinite(high))
            vtl_error(L, "histogram: range must be finite and rise, got { %f, %f }", low, high);
    } else {
        vt_error err = {0};
        vtl_array_try(L, "histogram", vt_histogram_range(x, &low, &high, &err), &err);
    }
    vt_array *edges = vtl_new_result(L, VT_FLOAT64, 1, (int64_t[]){bins + 1});
    vt_histogram_edges(low, high, (size_t)bins, edges->data);
    return edges;
}

/* a:histogram{ ... } -> counts, edges */
static int array_histogram(lua_State *L) {
    histogram_options o = HISTOGRAM_DEFAULTS;
    vtl_check_array(L, 1);
    lua_settop(L, 2);
    vtl_options(L, 2, "Array:histogram", HISTOGRAM_OPTIONS, &o);
    const vt_array *x = vtl_check_numbers(L, 1, -1, "histogram");
    const double *weights = NULL;
    size_t n = vt_array_count(x);
    bool weighted = push_option(L, "weights");
    if (weighted) {
        const vt_array *w = vtl_check_numbers(L, lua_gettop(L), -1, "histogram: weights");
        if (vt_array_count(w) != n)
            return vtl_error(L, "histogram: %I weights for %I values",
                             (LUAI_UACINT)vt_array_count(w), (LUAI_UACINT)n);
        weights = w->data;
    }
    const vt_array *edges = push_edges(L, x, o.bins);
    int at_edges = lua_gettop(L);
    int64_t bins = edges->shape[0] - 1;
    vt_array *counts = vtl_new_array(L, VT_FLOAT64, 1, &bins);
    double *c = counts->data;
    const double *e = edges->data;
    vt_error err = {0};
    vtl_array_try(L, "histogram", vt_histogram(x->data, weights, n, e, (size_t)bins, c, &err),
                  &err);
    if (o.density) {
        vt_histogram_density(e, (size_t)bins, c);
    } else if (!weighted) { /* whole numbers, exact up to 2^53 */
        vt_array *whole = vtl_new_result(L, VT_INT64, 1, &bins);
        vtl_array_try(L, "histogram", vt_array_copy(whole, counts, &err), &err);
    }
    lua_pushvalue(L, at_edges);
    return 2;
}

/* ---------------------------------------------------------------- registration ---- */

static const luaL_Reg METHODS[] = {{"var", array_var},
                                   {"std", array_std},
                                   {"argmin", array_argmin},
                                   {"argmax", array_argmax},
                                   {"any", array_any},
                                   {"all", array_all},
                                   {"cumsum", array_cumsum},
                                   {"diff", array_diff},
                                   {"sort", array_sort},
                                   {"argsort", array_argsort},
                                   {"unique", array_unique},
                                   {"quantile", array_quantile},
                                   {"histogram", array_histogram},
                                   {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"Array:sum", "a:sum([axis]) -> number or Array",
     "Sum of all elements, or along an axis. The order of additions is fixed: the result is the "
     "same for views and copies and any number of threads. Integers give integers.",
     NULL, NULL, "print(a:sum(), a:sum(1))"},
    {"Array:product", "a:product([axis]) -> number or Array", "Product of the elements.", NULL,
     NULL, "print(vt.array{ 2, 3 }:product())"},
    {"Array:mean", "a:mean([axis]) -> number or Array", "Mean of all elements, or along an axis.",
     NULL, NULL, "print(glass:positions():mean(1))"},
    {"Array:median", "a:median([axis]) -> number or Array",
     "Middle value, or the mean of the two in the middle; nan if any element is.", NULL, NULL,
     "print(a:median())"},
    {"Array:var", "a:var([axis [, ddof]]) -> number or Array",
     "Variance: sum of squared deviations from the mean, divided by count - ddof (0 if left out; "
     "1 for the unbiased estimate).",
     NULL, NULL, "print(a:var(nil, 1))"},
    {"Array:std", "a:std([axis [, ddof]]) -> number or Array",
     "Standard deviation: square root of the variance.", NULL, NULL, "print(a:std(nil, 1))"},
    {"Array:min", "a:min([axis]) -> number or Array", "Smallest element; nan if any is.", NULL,
     NULL, "print(a:min())"},
    {"Array:max", "a:max([axis]) -> number or Array", "Largest element; nan if any is.", NULL, NULL,
     "print(a:abs():max())"},
    {"Array:norm", "a:norm([axis]) -> number or Array",
     "Square root of the sum of squares: of everything, or along an axis.", NULL, NULL,
     "print(glass:forces():norm(2):max())"},
    {"Array:argmin", "a:argmin([axis]) -> indices or Array",
     "Place of the smallest element, the first of equals: one index for each axis. Along an axis: "
     "an int64 array.",
     NULL, NULL, "local i, j = a:argmin()"},
    {"Array:argmax", "a:argmax([axis]) -> indices or Array", "Place of the largest element.", NULL,
     NULL, "local i = a:argmax(); print(a[i])"},
    {"Array:any", "a:any([axis]) -> boolean or mask", "Is any element not zero?", NULL, NULL,
     "if a:isnan():any() then error \"nan\" end"},
    {"Array:all", "a:all([axis]) -> boolean or mask", "Are all elements not zero?", NULL, NULL,
     "assert(a:isfinite():all())"},
    {"Array:cumsum", "a:cumsum([axis]) -> Array",
     "Running sums along an axis (the first if left out).", NULL, NULL,
     "local integral = y:cumsum() * dx"},
    {"Array:diff", "a:diff([axis]) -> Array",
     "Each element less the one before it along an axis (the first if left out).", NULL, NULL,
     "local slope = y:diff() / x:diff()"},
    {"Array:sort", "a:sort([axis]) -> Array",
     "A sorted copy, ascending along an axis (the first if left out), nan last.", NULL, NULL,
     "local largest = a:sort():reverse():slice{ 1, 10 }"},
    {"Array:argsort", "a:argsort([axis]) -> Array",
     "Indices that sort along an axis; equal elements keep their order, nan comes last.", NULL,
     NULL, "local by_energy = x:select(e:argsort())"},
    {"Array:unique", "a:unique() -> values, counts",
     "The different values, ascending, and how often each appears.", NULL, NULL,
     "local types, counts = glass:types():unique()"},
    {"Array:quantile", "a:quantile(q) -> number or Array",
     "The value below which the fraction q of the elements lies, linear between neighbors; q may "
     "be a table or an array. Hyndman and Fan, Am. Stat. 50, 361 (1996), definition 7.",
     NULL, NULL, "print(a:quantile(0.95), a:quantile{ 0.25, 0.75 })", "percentile"},
    {"Array:histogram", "a:histogram{ options } -> counts, edges",
     "Counts of the elements (int64; float64 with weights or density) in intervals that include "
     "their left end; the last includes both. What lies outside and nan is not counted.",
     HISTOGRAM_OPTIONS, &HISTOGRAM_DEFAULTS,
     "local counts, edges = e:histogram{ bins = 50, range = { -5, -3 } }"},
    {0}};

void vtl_array_open_reduce(lua_State *L) { /* ... metatable methods module */
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, METHODS, 0);
    for (size_t k = 0; k < sizeof REDUCTIONS / sizeof *REDUCTIONS; k++) {
        lua_pushlightuserdata(L, (void *)&REDUCTIONS[k]);
        lua_pushcclosure(L, array_reduce, 1);
        lua_setfield(L, -2, REDUCTIONS[k].name);
    }
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}

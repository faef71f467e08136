/* Constructors, and methods that give another shape or type. */
#include <math.h>
#include <string.h>

#include "l_array.h"

typedef struct {
    int dtype;
    uint64_t seed;
    double value, low, high, mean, sigma;
} make_options;

static const make_options DEFAULTS = {
    .dtype = VT_FLOAT64, .seed = 1, .value = 0, .low = 0, .high = 1, .mean = 0, .sigma = 1};

#define DTYPE_OPTION                                                                               \
    { "dtype", VTL_CHOICE, offsetof(make_options, dtype), "-", "type of the numbers", VTL_DTYPES }
#define SEED_OPTION                                                                                \
    {                                                                                              \
        "seed", VTL_SEED, offsetof(make_options, seed), "-",                                       \
            "the same seed gives the same numbers, on any machine", NULL                           \
    }

static const vtl_option TYPE_OPTIONS[] = {DTYPE_OPTION, {0}};
static const vtl_option UNIFORM_OPTIONS[] = {
    DTYPE_OPTION,
    SEED_OPTION,
    {"low", VTL_NUMBER, offsetof(make_options, low), "-", "lower end", NULL},
    {"high", VTL_NUMBER, offsetof(make_options, high), "-",
     "upper end; an integer type includes it", NULL},
    {0}};
static const vtl_option NORMAL_OPTIONS[] = {
    {"dtype", VTL_CHOICE, offsetof(make_options, dtype), "-", "float64 or float32", VTL_DTYPES},
    SEED_OPTION,
    {"mean", VTL_NUMBER, offsetof(make_options, mean), "-", "mean", NULL},
    {"sigma", VTL_NONNEGATIVE, offsetof(make_options, sigma), "-", "standard deviation", NULL},
    {0}};
static const vtl_option SEED_OPTIONS[] = {SEED_OPTION, {0}};

/* One length of a shape, at stack position `index`. */
static int64_t check_length(lua_State *L, int index, const char *where) {
    int whole = 0;
    lua_Integer length = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &whole) : 0;
    if (!whole || length < 0)
        vtl_error(L, "%s: a length must be a whole number, at least 0, got %s", where,
                  luaL_tolstring(L, index, NULL));
    return length;
}

/* A shape as whole numbers or one table of them, from stack position `first` on. Returns the
   position of the argument after it. */
static int read_shape(lua_State *L, int first, const char *where, int *ndim,
                      int64_t shape[VT_MAX_DIMS]) {
    int index = first;
    *ndim = 0;
    if (lua_istable(L, index)) {
        int64_t n = (int64_t)lua_rawlen(L, index);
        for (int64_t k = 1; k <= n; k++) {
            lua_rawgeti(L, index, k);
            if (*ndim == VT_MAX_DIMS) vtl_error(L, "%s: at most %d dimensions", where, VT_MAX_DIMS);
            shape[(*ndim)++] = check_length(L, lua_gettop(L), where);
            lua_pop(L, 1);
        }
        index++;
    } else {
        for (; lua_type(L, index) == LUA_TNUMBER; index++) {
            if (*ndim == VT_MAX_DIMS) vtl_error(L, "%s: at most %d dimensions", where, VT_MAX_DIMS);
            shape[(*ndim)++] = check_length(L, index, where);
        }
    }
    if (*ndim == 0)
        vtl_error(L, "%s: give the shape as whole numbers, like %s(100) or %s(100, 3)", where,
                  where, where);
    return index;
}

static void no_more(lua_State *L, int last, const char *where) {
    if (lua_gettop(L) > last)
        vtl_error(L, "%s: argument %d is one too many: %s", where, last + 1,
                  luaL_tolstring(L, last + 1, NULL));
}

/* Shape and options of a constructor, and the zeroed array. */
static vt_array *make(lua_State *L, const char *where, int first, const vtl_option *table,
                      make_options *o) {
    int ndim;
    int64_t shape[VT_MAX_DIMS];
    int next = read_shape(L, first, where, &ndim, shape);
    vtl_options(L, next, where, table, o);
    no_more(L, next, where);
    return vtl_new_array(L, (vt_dtype)o->dtype, ndim, shape);
}

static int make_zeros(lua_State *L) {
    make_options o = DEFAULTS;
    make(L, "zeros", 1, TYPE_OPTIONS, &o);
    return 1;
}

static int make_ones(lua_State *L) {
    make_options o = DEFAULTS;
    vt_array *array = make(L, "ones", 1, TYPE_OPTIONS, &o);
    lua_pushinteger(L, 1);
    vtl_array_assign(L, array, -1, "ones");
    lua_pop(L, 1);
    return 1;
}

/* full(value, shape...) */
static int make_full(lua_State *L) {
    make_options o = DEFAULTS;
    luaL_checknumber(L, 1);
    vt_array *array = make(L, "full", 2, TYPE_OPTIONS, &o);
    vtl_array_assign(L, array, 1, "full");
    return 1;
}

static int make_eye(lua_State *L) {
    make_options o = DEFAULTS;
    int64_t n = check_length(L, 1, "eye");
    vtl_options(L, 2, "eye", TYPE_OPTIONS, &o);
    no_more(L, 2, "eye");
    vt_array *array = vtl_new_array(L, (vt_dtype)o.dtype, 2, (int64_t[]){n, n});
    vt_array diagonal = {.dtype = array->dtype, .ndim = 1, .data = array->data};
    diagonal.shape[0] = n;
    diagonal.stride[0] = n + 1;
    lua_pushinteger(L, 1);
    vtl_array_assign(L, &diagonal, -1, "eye");
    lua_pop(L, 1);
    return 1;
}

/* Number k from 0 of the sequence first, first + step, ... computed anew for each, so that errors
   do not add up. */
static void fill_sequence(lua_State *L, const char *where, int64_t n, double first, double step,
                          vt_dtype dtype) {
    vt_array *array = vtl_new_result(L, VT_FLOAT64, 1, &n);
    double *x = array->data;
    for (int64_t k = 0; k < n; k++) x[k] = first + (double)k * step;
    if (dtype == VT_FLOAT64) return;
    vt_array *converted = vtl_new_result(L, dtype, 1, &n);
    vt_error err = {0};
    vtl_array_try(L, where, vt_array_copy(converted, array, &err), &err);
}

static double check_finite(lua_State *L, int index, const char *where) {
    double value = luaL_checknumber(L, index);
    if (!isfinite(value)) vtl_error(L, "%s: argument %d must be finite", where, index);
    return value;
}

/* range(last), range(first, last [, step]): as the loop of Lua runs, both ends included */
static int make_range(lua_State *L) {
    make_options o = DEFAULTS;
    int given = 0;
    while (given < 3 && lua_type(L, given + 1) == LUA_TNUMBER) given++;
    if (given == 0) return vtl_error(L, "range: give last, or first, last and step as numbers");
    vtl_options(L, given + 1, "range", TYPE_OPTIONS, &o);
    no_more(L, given + 1, "range");
    double first = given == 1 ? 1 : check_finite(L, 1, "range");
    double last = check_finite(L, given == 1 ? 1 : 2, "range");
    double step = given == 3 ? check_finite(L, 3, "range") : 1;
    if (step == 0) return vtl_error(L, "range: the step must not be 0");
    /* The slack keeps range(0, 1, 0.1) at eleven numbers, though 10 x 0.1 rounds. */
    double steps = floor((last - first) / step * (1 + 4e-16) + 1e-9);
    if (steps >= 0x1p52) return vtl_error(L, "range: more than 2^52 numbers");
    fill_sequence(L, "range", steps < 0 ? 0 : (int64_t)steps + 1, first, step, (vt_dtype)o.dtype);
    return 1;
}

static int make_linspace(lua_State *L) {
    make_options o = DEFAULTS;
    double first = check_finite(L, 1, "linspace"), last = check_finite(L, 2, "linspace");
    int64_t n = check_length(L, 3, "linspace");
    vtl_options(L, 4, "linspace", TYPE_OPTIONS, &o);
    no_more(L, 4, "linspace");
    double step = n > 1 ? (last - first) / (double)(n - 1) : 0;
    fill_sequence(L, "linspace", n, first, step, (vt_dtype)o.dtype);
    if (n > 1 && o.dtype == VT_FLOAT64) /* exactly, whatever the step rounded to */
        ((double *)vtl_check_array(L, -1)->data)[n - 1] = last;
    return 1;
}

/* ---------------------------------------------------------------- random ---- */

/* Uniform integers in [low, high], both float64 whole numbers. */
static void random_integers(lua_State *L, vt_array *array, const make_options *o) {
    double low_limit = array->dtype == VT_INT32 ? -0x1p31 : -0x1p53;
    double high_limit = array->dtype == VT_INT32 ? 0x1p31 - 1 : 0x1p53;
    if (o->low != floor(o->low) || o->high != floor(o->high) || o->low > o->high ||
        o->low < low_limit || o->high > high_limit)
        vtl_error(L,
                  "random: low and high of integers must be whole numbers of the type with "
                  "low <= high, got %f and %f",
                  o->low, o->high);
    size_t count = vt_array_count(array);
    int64_t low = (int64_t)o->low;
    uint64_t bound = (uint64_t)((int64_t)o->high - low) + 1;
    vt_rng rng = vt_rng_start(o->seed, VT_STREAM_ARRAY);
    for (size_t k = 0; k < count; k++) {
        int64_t value = low + (int64_t)vt_rng_below(&rng, bound);
        if (array->dtype == VT_INT32)
            ((int32_t *)array->data)[k] = (int32_t)value;
        else
            ((int64_t *)array->data)[k] = value;
    }
}

static void put(const vt_array *array, size_t k, double value) {
    if (array->dtype == VT_FLOAT64)
        ((double *)array->data)[k] = value;
    else
        ((float *)array->data)[k] = (float)value;
}

static int make_random(lua_State *L) {
    make_options o = DEFAULTS;
    vt_array *array = make(L, "random", 1, UNIFORM_OPTIONS, &o);
    if (vt_dtype_integer(array->dtype)) {
        random_integers(L, array, &o);
        return 1;
    }
    if (o.low > o.high)
        return vtl_error(L, "random: low (%f) must not be above high (%f)", o.low, o.high);
    size_t count = vt_array_count(array);
    for (size_t k = 0; k < count; k += 2) {
        double u[2];
        vt_random_uniform2(o.seed, VT_STREAM_ARRAY, k / 2, 0, u);
        for (size_t j = 0; j < 2 && k + j < count; j++)
            put(array, k + j, o.low + (o.high - o.low) * u[j]);
    }
    return 1;
}

static int make_normal(lua_State *L) {
    make_options o = DEFAULTS;
    vt_array *array = make(L, "normal", 1, NORMAL_OPTIONS, &o);
    if (vt_dtype_integer(array->dtype))
        return vtl_error(L, "normal: dtype must be float64 or float32, got %s",
                         vt_dtype_name(array->dtype));
    size_t count = vt_array_count(array);
    for (size_t k = 0; k < count; k += 4) {
        double g[4];
        vt_random_normal4(o.seed, VT_STREAM_ARRAY, k / 4, 2, g);
        for (size_t j = 0; j < 4 && k + j < count; j++) put(array, k + j, o.mean + o.sigma * g[j]);
    }
    return 1;
}

/* permutation(n [, { seed }]): Fisher and Yates as in Knuth, TAOCP vol. 2, algorithm 3.4.2 P */
static int make_permutation(lua_State *L) {
    make_options o = DEFAULTS;
    int64_t n = check_length(L, 1, "permutation");
    vtl_options(L, 2, "permutation", SEED_OPTIONS, &o);
    no_more(L, 2, "permutation");
    int64_t *p = vtl_new_result(L, VT_INT64, 1, &n)->data;
    for (int64_t k = 0; k < n; k++) p[k] = k + 1;
    vt_rng rng = vt_rng_start(o.seed, VT_STREAM_SHUFFLE);
    for (int64_t k = n - 1; k > 0; k--) {
        int64_t j = (int64_t)vt_rng_below(&rng, (uint64_t)k + 1), t = p[k];
        p[k] = p[j];
        p[j] = t;
    }
    return 1;
}

/* ---------------------------------------------------------------- joining ---- */

/* Checks the list of arrays at 1 (tables in it become arrays) and finds the common type. */
static int check_list(lua_State *L, const char *where, vt_dtype *dtype) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int n = (int)luaL_len(L, 1);
    if (n == 0) vtl_error(L, "%s: the list of arrays is empty", where);
    lua_createtable(L, n, 0); /* the caller's table stays as it is */
    for (int k = 1; k <= n; k++) {
        lua_rawgeti(L, 1, k);
        const char *what = lua_pushfstring(L, "%s: entry %d", where, k);
        lua_insert(L, -2);
        const vt_array *a = vtl_check_arraylike(L, -1, what);
        *dtype = k == 1 ? a->dtype : vt_dtype_common(*dtype, a->dtype);
        lua_rawseti(L, -3, k);
        lua_pop(L, 1);
    }
    lua_replace(L, 1);
    return n;
}

static const vt_array *list_entry(lua_State *L, int k) {
    lua_rawgeti(L, 1, k);
    const vt_array *a = vtl_check_array(L, -1);
    lua_pop(L, 1); /* the list keeps it */
    return a;
}

static int shape_mismatch(lua_State *L, const char *where, int k, const vt_array *a,
                          const vt_array *first) {
    char have[96], want[96];
    return vtl_error(L, "%s: entry %d has shape %s, which does not go with %s of entry 1", where, k,
                     vt_array_shape_text(a, have, sizeof have),
                     vt_array_shape_text(first, want, sizeof want));
}

static int make_concatenate(lua_State *L) {
    static const char *const where = "concatenate";
    vt_dtype dtype = VT_FLOAT64;
    int n = check_list(L, where, &dtype);
    const vt_array *first = list_entry(L, 1);
    int axis = vtl_check_axis(L, 2, first);
    if (axis < 0) axis = 0;
    int64_t shape[VT_MAX_DIMS];
    memcpy(shape, first->shape, sizeof shape);
    for (int k = 2; k <= n; k++) {
        const vt_array *a = list_entry(L, k);
        bool fits = a->ndim == first->ndim;
        for (int d = 0; d < first->ndim && fits; d++)
            fits = d == axis || a->shape[d] == first->shape[d];
        if (!fits) return shape_mismatch(L, where, k, a, first);
        shape[axis] += a->shape[axis];
    }
    vt_array *result = vtl_new_result(L, dtype, first->ndim, shape);
    vt_array part = *result;
    vt_error err = {0};
    for (int k = 1; k <= n; k++) {
        const vt_array *a = list_entry(L, k);
        part.shape[axis] = a->shape[axis];
        vtl_array_try(L, where, vt_array_copy(&part, a, &err), &err);
        part.data =
            (char *)part.data + a->shape[axis] * part.stride[axis] * (int64_t)vt_dtype_size(dtype);
    }
    return 1;
}

/* stack({a, b, ...} [, axis]): a new axis along which the entries lie */
static int make_stack(lua_State *L) {
    static const char *const where = "stack";
    vt_dtype dtype = VT_FLOAT64;
    int n = check_list(L, where, &dtype);
    const vt_array *first = list_entry(L, 1);
    if (first->ndim == VT_MAX_DIMS)
        return vtl_error(L, "stack: more than %d dimensions", VT_MAX_DIMS);
    vt_array shape = {.ndim = first->ndim + 1};
    int axis = vtl_check_axis(L, 2, &shape);
    if (axis < 0) axis = 0;
    for (int d = 0; d < shape.ndim; d++)
        shape.shape[d] = d == axis ? n : first->shape[d > axis ? d - 1 : d];
    vt_array *result = vtl_new_result(L, dtype, shape.ndim, shape.shape);
    vt_array part = *first;
    part.dtype = dtype;
    for (int d = 0; d < first->ndim; d++) part.stride[d] = result->stride[d >= axis ? d + 1 : d];
    vt_error err = {0};
    for (int k = 1; k <= n; k++) {
        const vt_array *a = list_entry(L, k);
        if (!vt_array_same_shape(a, first)) return shape_mismatch(L, where, k, a, first);
        part.data =
            (char *)result->data + (k - 1) * result->stride[axis] * (int64_t)vt_dtype_size(dtype);
        vtl_array_try(L, where, vt_array_copy(&part, a, &err), &err);
    }
    return 1;
}

/* ---------------------------------------------------------------- methods ---- */

static vt_array *copy_as(lua_State *L, const vt_array *a, vt_dtype dtype, const char *where) {
    vt_array *copy = vtl_new_result(L, dtype, a->ndim, a->shape);
    vt_error err = {0};
    vtl_array_try(L, where, vt_array_copy(copy, a, &err), &err);
    return copy;
}

static int array_copy(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    copy_as(L, a, a->dtype, "copy");
    return 1;
}

static int array_astype(lua_State *L) {
    copy_as(L, vtl_check_array(L, 1), vtl_check_dtype(L, 2), "astype");
    return 1;
}

/* a:reshape(n, m, ...): one length may be -1. A view when the memory allows it. */
static int array_reshape(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int ndim = 0, free_axis = -1, given = lua_gettop(L) - 1;
    int64_t shape[VT_MAX_DIMS], product = 1, count = (int64_t)vt_array_count(a);
    bool table = lua_istable(L, 2);
    if (table) given = (int)luaL_len(L, 2);
    if (given < 1 || given > VT_MAX_DIMS)
        return vtl_error(L, "reshape: give 1 to %d lengths, got %d", VT_MAX_DIMS, given);
    for (int d = 0; d < given; d++) {
        if (table) lua_rawgeti(L, 2, d + 1);
        int at = table ? lua_gettop(L) : d + 2;
        bool is_free = lua_isinteger(L, at) && lua_tointeger(L, at) == -1;
        if (is_free && free_axis >= 0) return vtl_error(L, "reshape: only one length can be -1");
        if (is_free) free_axis = d;
        shape[ndim++] = is_free ? 1 : check_length(L, at, "reshape");
        if (__builtin_mul_overflow(product, shape[d], &product)) product = -1;
        if (table) lua_pop(L, 1);
    }
    if (free_axis >= 0 && product > 0 && count % product == 0) {
        shape[free_axis] = count / product;
        product = count;
    }
    if (product != count)
        return vtl_error(L, "reshape: %I elements do not fill the shape asked for",
                         (LUAI_UACINT)count);
    if (!vt_array_contiguous(a)) {
        copy_as(L, a, a->dtype, "reshape");
        lua_replace(L, 1);
        a = vtl_check_array(L, 1);
    }
    vt_array part;
    vt_error err = {0};
    vtl_array_try(L, "reshape", vt_array_layout(&part, a->dtype, ndim, shape, a->data, &err), &err);
    vtl_push_part(L, 1, &part);
    return 1;
}

/* a:transpose([order...]): a view with the axes reversed, or in the order given */
static int array_transpose(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int given = lua_gettop(L) - 1;
    bool used[VT_MAX_DIMS] = {false};
    vt_array part = *a;
    if (given != 0 && given != a->ndim)
        return vtl_error(L, "transpose: give no axis or all %d, got %d", a->ndim, given);
    for (int d = 0; d < a->ndim; d++) {
        int from = a->ndim - 1 - d;
        if (given > 0) {
            luaL_checkinteger(L, d + 2);
            from = vtl_check_axis(L, d + 2, a);
        }
        if (used[from]) return vtl_error(L, "transpose: axis %d appears twice", from + 1);
        used[from] = true;
        part.shape[d] = a->shape[from];
        part.stride[d] = a->stride[from];
    }
    vtl_push_part(L, 1, &part);
    return 1;
}

/* a:reverse([axis]): a view that runs backwards */
static int array_reverse(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int axis = vtl_check_axis(L, 2, a);
    if (axis < 0) axis = 0;
    vt_array part = *a;
    if (a->ndim > 0 && a->shape[axis] > 0) {
        part.data = (char *)a->data +
                    (a->shape[axis] - 1) * a->stride[axis] * (int64_t)vt_dtype_size(a->dtype);
        part.stride[axis] = -a->stride[axis];
    }
    vtl_push_part(L, 1, &part);
    return 1;
}

/* a:diagonal(): a view of the entries (i, i) */
static int array_diagonal(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    if (a->ndim != 2) return vtl_error(L, "diagonal: needs two dimensions, got %d", a->ndim);
    vt_array part = {.dtype = a->dtype, .ndim = 1, .data = a->data};
    part.shape[0] = a->shape[0] < a->shape[1] ? a->shape[0] : a->shape[1];
    part.stride[0] = a->stride[0] + a->stride[1];
    vtl_push_part(L, 1, &part);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"zeros", make_zeros},
                                     {"ones", make_ones},
                                     {"full", make_full},
                                     {"eye", make_eye},
                                     {"range", make_range},
                                     {"linspace", make_linspace},
                                     {"random", make_random},
                                     {"normal", make_normal},
                                     {"permutation", make_permutation},
                                     {"stack", make_stack},
                                     {"concatenate", make_concatenate},
                                     {NULL, NULL}};

static const luaL_Reg METHODS[] = {{"copy", array_copy},
                                   {"astype", array_astype},
                                   {"reshape", array_reshape},
                                   {"transpose", array_transpose},
                                   {"reverse", array_reverse},
                                   {"diagonal", array_diagonal},
                                   {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"array.zeros", "vt.array.zeros(n, m, ... [, options]) -> Array",
     "An array of zeros; the shape as numbers or as one table.", TYPE_OPTIONS, &DEFAULTS,
     "local counts = vt.array.zeros(10, { dtype = \"int64\" })"},
    {"array.ones", "vt.array.ones(n, m, ... [, options]) -> Array", "An array of ones.",
     TYPE_OPTIONS, &DEFAULTS, "local w = vt.array.ones(100, 3)"},
    {"array.full", "vt.array.full(value, n, m, ... [, options]) -> Array",
     "An array with one value everywhere.", TYPE_OPTIONS, &DEFAULTS,
     "local t = vt.array.full(300, 1000)"},
    {"array.eye", "vt.array.eye(n [, options]) -> Array", "The identity matrix, n x n.",
     TYPE_OPTIONS, &DEFAULTS, "print(vt.array.eye(3))"},
    {"array.range", "vt.array.range([first,] last [, step] [, options]) -> Array",
     "The numbers from first (1 if left out) to last in steps, both ends included, as the for "
     "loop of Lua counts.",
     TYPE_OPTIONS, &DEFAULTS, "local x = vt.array.range(0, 1, 0.1)"},
    {"array.linspace", "vt.array.linspace(first, last, n [, options]) -> Array",
     "n numbers with equal distances, both ends included.", TYPE_OPTIONS, &DEFAULTS,
     "local r = vt.array.linspace(0, 10, 201)"},
    {"array.random", "vt.array.random(n, m, ... [, options]) -> Array",
     "Random numbers uniform in (low, high); of an integer type, whole numbers from low to high "
     "with both ends. Philox4x32-10.",
     UNIFORM_OPTIONS, &DEFAULTS, "local u = vt.array.random(1000, { seed = 7 })"},
    {"array.normal", "vt.array.normal(n, m, ... [, options]) -> Array",
     "Random numbers of the normal distribution.", NORMAL_OPTIONS, &DEFAULTS,
     "local g = vt.array.normal(1000, { seed = 7, sigma = 0.1 })"},
    {"array.permutation", "vt.array.permutation(n [, options]) -> Array",
     "The numbers 1 to n in random order, as int64: a list of indices to select with.",
     SEED_OPTIONS, &DEFAULTS, "local shuffled = a:select(vt.array.permutation(#a, { seed = 3 }))"},
    {"array.concatenate", "vt.array.concatenate({ a, b, ... } [, axis]) -> Array",
     "The arrays one after the other along an axis (the first if left out).", NULL, NULL,
     "local all = vt.array.concatenate{ first, second }"},
    {"array.stack", "vt.array.stack({ a, b, ... } [, axis]) -> Array",
     "Arrays of one shape side by side along a new axis (the first if left out).", NULL, NULL,
     "local xy = vt.array.stack({ x, y }, 2)"},
    {"Array:copy", "a:copy() -> Array", "A fresh array with the same numbers.", NULL, NULL,
     "local before = glass:positions():copy()"},
    {"Array:astype", "a:astype(dtype) -> Array",
     "A fresh array of another type. Fractions are cut toward zero; a number that the type cannot "
     "hold is an error.",
     NULL, NULL, "local i = a:astype \"int32\""},
    {"Array:reshape", "a:reshape(n, m, ...) -> Array",
     "The numbers in row order under another shape; one length may be -1 and follows from the "
     "others. A view when a is contiguous, else a copy.",
     NULL, NULL, "local x = flat:reshape(-1, 3)"},
    {"Array:transpose", "a:transpose([axis, ...]) -> Array",
     "A view with the axes reversed, or in the order given.", NULL, NULL,
     "local t = a:transpose()"},
    {"Array:reverse", "a:reverse([axis]) -> Array",
     "A view that runs backwards along an axis (the first if left out).", NULL, NULL,
     "local descending = a:sort():reverse()"},
    {"Array:diagonal", "a:diagonal() -> Array", "A view of the entries (i, i) of a matrix.", NULL,
     NULL, "local trace = a:diagonal():sum()"},
    {0}};

void vtl_array_open_make(lua_State *L) {
    luaL_setfuncs(L, FUNCTIONS, 0); /* ... methods module */
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, METHODS, 0);
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}

/* Elementwise arithmetic, functions and comparisons. */
#include <math.h>

#include "l_array.h"

/* ---------------------------------------------------------------- binary ---- */

typedef struct {
    const char *name;
    vt_binary operation;
} binary_entry;

/* Both operands of a binary operation; a number takes the type of the array beside it. */
static void check_pair(lua_State *L, int i, int j, const vt_array **a, const vt_array **b) {
    vt_dtype like = VT_FLOAT64;
    if (vtl_is_array(L, i))
        like = vtl_check_array(L, i)->dtype;
    else if (vtl_is_array(L, j))
        like = vtl_check_array(L, j)->dtype;
    *a = vtl_check_operand(L, i, like, "the first operand");
    *b = vtl_check_operand(L, j, like, "the second operand");
}

/* Push a operation b. */
static vt_array *push_binary(lua_State *L, const char *name, vt_binary operation, const vt_array *a,
                             const vt_array *b) {
    int ndim;
    int64_t shape[VT_MAX_DIMS];
    vt_error err = {0};
    vtl_array_try(L, name, vt_array_broadcast(a, b, &ndim, shape, &err), &err);
    vt_array *result =
        vtl_new_result(L, vt_binary_dtype(operation, a->dtype, b->dtype), ndim, shape);
    vtl_array_try(L, name, vt_array_binary(operation, a, b, result, &err), &err);
    return result;
}

/* The operation of upvalue 1 on arguments 1 and 2. */
static int array_binary(lua_State *L) {
    const binary_entry *entry = lua_touserdata(L, lua_upvalueindex(1));
    const vt_array *a, *b;
    lua_settop(L, 2);
    check_pair(L, 1, 2, &a, &b);
    const char *name = entry->name[0] == '_' ? NULL : entry->name;
    const vt_array *result = push_binary(L, name, entry->operation, a, b);
    if (result->ndim == 0) vtl_push_element(L, result, 0); /* two plain numbers */
    return 1;
}

static const binary_entry METAMETHODS[] = {
    {"__add", VT_ADD},    {"__sub", VT_SUBTRACT},      {"__mul", VT_MULTIPLY}, {"__div", VT_DIVIDE},
    {"__mod", VT_MODULO}, {"__idiv", VT_FLOOR_DIVIDE}, {"__pow", VT_POWER},    {"__band", VT_AND},
    {"__bor", VT_OR},     {"__bxor", VT_XOR}};

static const binary_entry FUNCTIONS[] = {
    {"minimum", VT_MINIMUM}, {"maximum", VT_MAXIMUM}, {"atan2", VT_ATAN2}, {"hypot", VT_HYPOT}};

static const binary_entry COMPARISONS[] = {{"lt", VT_LESS},    {"le", VT_LESS_EQUAL},
                                           {"gt", VT_GREATER}, {"ge", VT_GREATER_EQUAL},
                                           {"eq", VT_EQUAL},   {"ne", VT_NOT_EQUAL}};

/* ---------------------------------------------------------------- unary ---- */

typedef struct {
    const char *name;
    vt_unary operation;
    const char *summary;
} unary_entry;

static vt_array *push_unary(lua_State *L, const char *name, vt_unary operation, const vt_array *a) {
    vt_array *result = vtl_new_result(L, vt_unary_dtype(operation, a->dtype), a->ndim, a->shape);
    vt_error err = {0};
    vtl_array_try(L, name, vt_array_unary(operation, a, result, &err), &err);
    return result;
}

static int array_unary(lua_State *L) {
    const unary_entry *entry = lua_touserdata(L, lua_upvalueindex(1));
    const char *name = entry->name[0] == '_' ? NULL : entry->name;
    push_unary(L, name, entry->operation, vtl_check_array(L, 1));
    return 1;
}

static const unary_entry UNARY_METAMETHODS[] = {{"__unm", VT_NEGATE, NULL},
                                                {"__bnot", VT_NOT, NULL}};

static const unary_entry UNARIES[] = {
    {"abs", VT_ABSOLUTE, "Absolute values."},
    {"sign", VT_SIGN, "-1, 0 or 1."},
    {"square", VT_SQUARE, "Squares."},
    {"sqrt", VT_SQRT, "Square roots; nan for negative numbers."},
    {"cbrt", VT_CBRT, "Cube roots."},
    {"exp", VT_EXP, "Exponential function."},
    {"expm1", VT_EXPM1, "exp(x) - 1, accurate for small x."},
    {"log", VT_LOG, "Natural logarithm."},
    {"log10", VT_LOG10, "Logarithm to base 10."},
    {"log1p", VT_LOG1P, "log(1 + x), accurate for small x."},
    {"sin", VT_SIN, "Sine; radians."},
    {"cos", VT_COS, "Cosine; radians."},
    {"tan", VT_TAN, "Tangent; radians."},
    {"asin", VT_ASIN, "Inverse sine; radians."},
    {"acos", VT_ACOS, "Inverse cosine; radians."},
    {"atan", VT_ATAN, "Inverse tangent; radians. vt.array.atan2(y, x) knows the quadrant."},
    {"sinh", VT_SINH, "Hyperbolic sine."},
    {"cosh", VT_COSH, "Hyperbolic cosine."},
    {"tanh", VT_TANH, "Hyperbolic tangent."},
    {"erf", VT_ERF, "Error function."},
    {"floor", VT_FLOOR, "Largest whole number that is not above; the type stays."},
    {"ceil", VT_CEIL, "Smallest whole number that is not below; the type stays."},
    {"round", VT_ROUND, "Nearest whole number, halves away from zero; the type stays."},
    {"isnan", VT_IS_NAN, "Mask of the elements that are not a number."},
    {"isfinite", VT_IS_FINITE, "Mask of the elements that are neither infinite nor nan."}};

/* ---------------------------------------------------------------- others ---- */

/* where(mask, a, b) */
static int array_where(lua_State *L) {
    const vt_array *a, *b;
    lua_settop(L, 3);
    const vt_array *mask = vtl_check_operand(L, 1, VT_INT32, "the mask");
    check_pair(L, 2, 3, &a, &b);
    int ndim;
    vt_array both = {.dtype = VT_FLOAT64};
    int64_t shape[VT_MAX_DIMS];
    vt_error err = {0};
    vtl_array_try(L, "where", vt_array_broadcast(a, b, &both.ndim, both.shape, &err), &err);
    vtl_array_try(L, "where", vt_array_broadcast(mask, &both, &ndim, shape, &err), &err);
    vt_array *result = vtl_new_result(L, vt_dtype_common(a->dtype, b->dtype), ndim, shape);
    vtl_array_try(L, "where", vt_array_where(mask, a, b, result, &err), &err);
    return 1;
}

/* a:clip(low, high) */
static int array_clip(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    lua_settop(L, 3);
    const vt_array *low = vtl_check_operand(L, 2, a->dtype, "the lower bound");
    const vt_array *high = vtl_check_operand(L, 3, a->dtype, "the upper bound");
    const vt_array *raised = push_binary(L, "clip", VT_MAXIMUM, a, low);
    push_binary(L, "clip", VT_MINIMUM, raised, high);
    return 1;
}

/* A number over all elements, pushed by nobody: for comparisons of whole arrays. */
static double reduce_all(lua_State *L, vt_reduction reduction, const vt_array *a) {
    union {
        double f64;
        float f32;
        int32_t i32;
        int64_t i64;
    } value;
    vt_array result = vt_array_scalar(vt_reduction_dtype(reduction, a->dtype), &value);
    vt_error err = {0};
    vtl_array_try(L, "comparison", vt_array_reduce(reduction, a, -1, 0, &result, &err), &err);
    return vt_array_get(&result, 0);
}

/* a:equals(b): same shape, same numbers */
static int array_equals(lua_State *L) {
    const vt_array *a, *b;
    lua_settop(L, 2);
    vtl_check_array(L, 1);
    check_pair(L, 1, 2, &a, &b);
    bool same = vt_array_same_shape(a, b);
    if (same) same = reduce_all(L, VT_ALL, push_binary(L, "equals", VT_EQUAL, a, b)) != 0;
    lua_pushboolean(L, same);
    return 1;
}

/* a:near(b, tolerance) -> boolean, largest difference */
static int array_near(lua_State *L) {
    const vt_array *a, *b;
    vtl_check_array(L, 1);
    double tolerance = luaL_checknumber(L, 3);
    lua_settop(L, 2);
    check_pair(L, 1, 2, &a, &b);
    const vt_array *difference = push_binary(L, "near", VT_SUBTRACT, a, b);
    double largest = 0;
    if (vt_array_count(difference) > 0)
        largest = reduce_all(L, VT_MAX, push_unary(L, "near", VT_ABSOLUTE, difference));
    lua_pushboolean(L, largest <= tolerance);
    lua_pushnumber(L, largest);
    return 2;
}

static const luaL_Reg METHODS[] = {
    {"clip", array_clip}, {"equals", array_equals}, {"near", array_near}, {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"array.where", "vt.array.where(mask, a, b) -> Array",
     "Elements of a where the mask is not zero, of b elsewhere; each may be a number.", NULL, NULL,
     "local y = vt.array.where(x:gt(0), x, 0)"},
    {"array.minimum", "vt.array.minimum(a, b) -> Array",
     "The smaller of two elements; nan if either is.", NULL, NULL,
     "local y = vt.array.minimum(x, 1)"},
    {"array.maximum", "vt.array.maximum(a, b) -> Array",
     "The larger of two elements; nan if either is.", NULL, NULL,
     "local y = vt.array.maximum(x, 0)"},
    {"array.atan2", "vt.array.atan2(y, x) -> Array", "Angle of the point (x, y); radians.", NULL,
     NULL, "local angle = vt.array.atan2(y, x)"},
    {"array.hypot", "vt.array.hypot(x, y) -> Array", "Square root of x^2 + y^2.", NULL, NULL,
     "local r = vt.array.hypot(x, y)"},
    {"Array:lt", "a:lt(b) -> mask", "Mask (int32 ones and zeros): a < b.", NULL, NULL,
     "local low = a:select(a:lt(0.5))"},
    {"Array:le", "a:le(b) -> mask", "Mask: a <= b.", NULL, NULL, "local m = a:le(b)"},
    {"Array:gt", "a:gt(b) -> mask", "Mask: a > b.", NULL, NULL,
     "local m = a:gt(1) & a:lt(2); print(m:sum())"},
    {"Array:ge", "a:ge(b) -> mask", "Mask: a >= b.", NULL, NULL, "local m = a:ge(b)"},
    {"Array:eq", "a:eq(b) -> mask", "Mask: equal elements.", NULL, NULL,
     "local copper = glass:types():eq(1)"},
    {"Array:ne", "a:ne(b) -> mask", "Mask: different elements.", NULL, NULL, "local m = a:ne(b)"},
    {"Array:clip", "a:clip(low, high) -> Array", "Numbers below low become low, above high high.",
     NULL, NULL, "local y = x:clip(0, 1)"},
    {"Array:equals", "a:equals(b) -> boolean", "True when shape and all numbers are the same.",
     NULL, NULL, "assert(a:equals(b))"},
    {"Array:near", "a:near(b, tolerance) -> boolean, largest",
     "True when no two elements differ by more than the tolerance; the largest difference.", NULL,
     NULL, "assert(a:near(b, 1e-12))"},
    {0}};

/* ---------------------------------------------------------------- registration ---- */

/* Closures of `function` over the entries, into the table at `table`. */
static void set_binaries(lua_State *L, int table, const binary_entry *entries, size_t count) {
    table = lua_absindex(L, table);
    for (size_t k = 0; k < count; k++) {
        lua_pushlightuserdata(L, (void *)&entries[k]);
        lua_pushcclosure(L, array_binary, 1);
        lua_setfield(L, table, entries[k].name);
    }
}

static void set_unaries(lua_State *L, int table, const unary_entry *entries, size_t count) {
    table = lua_absindex(L, table);
    for (size_t k = 0; k < count; k++) {
        lua_pushlightuserdata(L, (void *)&entries[k]);
        lua_pushcclosure(L, array_unary, 1);
        lua_setfield(L, table, entries[k].name);
        if (entries[k].summary == NULL) continue;
        const char *name = lua_pushfstring(L, "Array:%s", entries[k].name);
        const char *signature = lua_pushfstring(L, "a:%s() -> Array", entries[k].name);
        const char *example = lua_pushfstring(L, "print(a:%s())", entries[k].name);
        vtl_document(
            L, (const vtl_doc[]){{name, signature, entries[k].summary, NULL, NULL, example}, {0}});
        lua_pop(L, 3);
    }
}

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

void vtl_array_open_math(lua_State *L) { /* ... metatable methods module */
    set_binaries(L, -3, METAMETHODS, COUNT(METAMETHODS));
    set_unaries(L, -3, UNARY_METAMETHODS, COUNT(UNARY_METAMETHODS));
    set_binaries(L, -2, COMPARISONS, COUNT(COMPARISONS));
    set_unaries(L, -2, UNARIES, COUNT(UNARIES));
    set_binaries(L, -1, FUNCTIONS, COUNT(FUNCTIONS));
    lua_pushcfunction(L, array_where);
    lua_setfield(L, -2, "where");
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, METHODS, 0);
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}

/* Elementwise arithmetic and functions.

   Every operation is computed in float64 or in int64 and nothing else: operands of other types
   are converted a chunk at a time, which stays in the first cache. For + - * / and square roots
   of float32 this gives the same result as single precision would, because float64 has more than
   twice its digits (Figueroa, SIGNUM Newsletter 30, 21 (1995)). */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "internal.h"

/* Inputs are chunks of the kernel's types; unit[k] is 1 when input k advances and 0 when it is one
   number for all. False when an integer result does not exist. */
typedef bool (*kernel)(const void *const *in, const size_t *unit, void *out, size_t n);

typedef struct {
    kernel run;
    int inputs;
    vt_dtype in[3], out;
} operation;

/* ---------------------------------------------------------------- kernels ---- */

/* Three loops, so that each is vectorized: both advance, only the first, only the second. */
#define BINARY(NAME, IN, OUT, STATEMENT)                                                           \
    static bool NAME(const void *const *in, const size_t *unit, void *out, size_t n) {             \
        const IN *restrict a = in[0], *restrict b = in[1];                                         \
        OUT *restrict result = out;                                                                \
        bool bad = false;                                                                          \
        if (unit[0] && unit[1]) {                                                                  \
            for (size_t k = 0; k < n; k++) {                                                       \
                IN x = a[k], y = b[k];                                                             \
                STATEMENT                                                                          \
            }                                                                                      \
        } else if (unit[0]) {                                                                      \
            IN y = *b;                                                                             \
            for (size_t k = 0; k < n; k++) {                                                       \
                IN x = a[k];                                                                       \
                STATEMENT                                                                          \
            }                                                                                      \
        } else {                                                                                   \
            IN x = *a;                                                                             \
            for (size_t k = 0; k < n; k++) {                                                       \
                IN y = b[k];                                                                       \
                STATEMENT                                                                          \
            }                                                                                      \
        }                                                                                          \
        return !bad;                                                                               \
    }

#define FLOAT_BINARY(NAME, EXPRESSION) BINARY(NAME, double, double, result[k] = (EXPRESSION);)
#define INTEGER_BINARY(NAME, FAILS)    BINARY(NAME, int64_t, int64_t, bad |= (FAILS);)
#define COMPARISON(NAME, EXPRESSION)                                                               \
    BINARY(NAME##_f64, double, int32_t, result[k] = (EXPRESSION);)                                 \
    BINARY(NAME##_i64, int64_t, int32_t, result[k] = (EXPRESSION);)

/* x % y with the sign of y, exact as fmod is. */
static double modulo(double x, double y) {
    double m = fmod(x, y);
    return m != 0 && (m < 0) != (y < 0) ? m + y : m;
}

/* Division toward minus infinity; the two quotients that do not exist are refused. */
static bool floor_divide(int64_t x, int64_t y, int64_t *result) {
    if (y == 0 || (y == -1 && x == INT64_MIN)) return false;
    *result = x / y - (x % y != 0 && (x < 0) != (y < 0));
    return true;
}

static bool integer_modulo(int64_t x, int64_t y, int64_t *result) {
    if (y == 0) return false;
    int64_t m = y == -1 ? 0 : x % y;
    *result = m != 0 && (m < 0) != (y < 0) ? m + y : m;
    return true;
}

FLOAT_BINARY(add_f64, x + y)
FLOAT_BINARY(subtract_f64, x - y)
FLOAT_BINARY(multiply_f64, x *y)
FLOAT_BINARY(divide_f64, x / y)
FLOAT_BINARY(floor_divide_f64, floor(x / y))
FLOAT_BINARY(modulo_f64, modulo(x, y))
FLOAT_BINARY(minimum_f64, x < y || isnan(x) ? x : y)
FLOAT_BINARY(maximum_f64, x > y || isnan(x) ? x : y)
FLOAT_BINARY(atan2_f64, atan2(x, y))
FLOAT_BINARY(hypot_f64, hypot(x, y))
FLOAT_BINARY(power_general, pow(x, y))
INTEGER_BINARY(add_i64, __builtin_add_overflow(x, y, &result[k]))
INTEGER_BINARY(subtract_i64, __builtin_sub_overflow(x, y, &result[k]))
INTEGER_BINARY(multiply_i64, __builtin_mul_overflow(x, y, &result[k]))
INTEGER_BINARY(floor_divide_i64, !floor_divide(x, y, &result[k]))
INTEGER_BINARY(modulo_i64, !integer_modulo(x, y, &result[k]))
BINARY(minimum_i64, int64_t, int64_t, result[k] = x < y ? x : y;)
BINARY(maximum_i64, int64_t, int64_t, result[k] = x > y ? x : y;)
COMPARISON(less, x < y)
COMPARISON(less_equal, x <= y)
COMPARISON(greater, x > y)
COMPARISON(greater_equal, x >= y)
COMPARISON(equal, x == y)
COMPARISON(not_equal, x != y)
COMPARISON(logical_and, x != 0 && y != 0)
COMPARISON(logical_or, x != 0 || y != 0)
COMPARISON(logical_xor, (x != 0) != (y != 0))

/* Squares are most of the powers that people write, and pow takes ten times as long. */
static bool power_f64(const void *const *in, const size_t *unit, void *out, size_t n) {
    const double *restrict a = in[0];
    double *restrict result = out;
    if (unit[1] != 0 || *(const double *)in[1] != 2 || unit[0] == 0)
        return power_general(in, unit, out, n);
    for (size_t k = 0; k < n; k++) result[k] = a[k] * a[k];
    return true;
}

#define UNARY(NAME, IN, OUT, STATEMENT)                                                            \
    static bool NAME(const void *const *in, const size_t *unit, void *out, size_t n) {             \
        const IN *restrict a = in[0];                                                              \
        OUT *restrict result = out;                                                                \
        bool bad = false;                                                                          \
        (void)unit; /* the only input always advances */                                           \
        for (size_t k = 0; k < n; k++) {                                                           \
            IN x = a[k];                                                                           \
            STATEMENT                                                                              \
        }                                                                                          \
        return !bad;                                                                               \
    }

#define FLOAT_UNARY(NAME, EXPRESSION) UNARY(NAME, double, double, result[k] = (EXPRESSION);)

FLOAT_UNARY(negate_f64, -x)
FLOAT_UNARY(absolute_f64, fabs(x))
FLOAT_UNARY(sign_f64, isnan(x) ? x : (double)(x > 0) - (double)(x < 0))
FLOAT_UNARY(square_f64, x *x)
FLOAT_UNARY(sqrt_f64, sqrt(x))
FLOAT_UNARY(cbrt_f64, cbrt(x))
FLOAT_UNARY(exp_f64, exp(x))
FLOAT_UNARY(expm1_f64, expm1(x))
FLOAT_UNARY(log_f64, log(x))
FLOAT_UNARY(log10_f64, log10(x))
FLOAT_UNARY(log1p_f64, log1p(x))
FLOAT_UNARY(sin_f64, sin(x))
FLOAT_UNARY(cos_f64, cos(x))
FLOAT_UNARY(tan_f64, tan(x))
FLOAT_UNARY(asin_f64, asin(x))
FLOAT_UNARY(acos_f64, acos(x))
FLOAT_UNARY(atan_f64, atan(x))
FLOAT_UNARY(sinh_f64, sinh(x))
FLOAT_UNARY(cosh_f64, cosh(x))
FLOAT_UNARY(tanh_f64, tanh(x))
FLOAT_UNARY(erf_f64, erf(x))
FLOAT_UNARY(floor_f64, floor(x))
FLOAT_UNARY(ceil_f64, ceil(x))
FLOAT_UNARY(round_f64, round(x))
UNARY(is_nan_f64, double, int32_t, result[k] = isnan(x) != 0;)
UNARY(is_finite_f64, double, int32_t, result[k] = isfinite(x) != 0;)
UNARY(not_f64, double, int32_t, result[k] = x == 0;)
UNARY(negate_i64, int64_t, int64_t, bad |= __builtin_sub_overflow((int64_t)0, x, &result[k]);)
UNARY(absolute_i64, int64_t, int64_t, result[k] = x < 0 ? (int64_t) - (uint64_t)x : x;
      bad |= result[k] < 0;)
UNARY(sign_i64, int64_t, int64_t, result[k] = (x > 0) - (x < 0);)
UNARY(square_i64, int64_t, int64_t, bad |= __builtin_mul_overflow(x, x, &result[k]);)
UNARY(same_i64, int64_t, int64_t, result[k] = x;)

#define CHOICE(NAME, TYPE)                                                                         \
    static bool NAME(const void *const *in, const size_t *unit, void *out, size_t n) {             \
        const double *mask = in[0];                                                                \
        const TYPE *a = in[1], *b = in[2];                                                         \
        TYPE *restrict result = out;                                                               \
        for (size_t k = 0; k < n; k++)                                                             \
            result[k] = mask[k * unit[0]] != 0 ? a[k * unit[1]] : b[k * unit[2]];                  \
        return true;                                                                               \
    }

CHOICE(where_f64, double)
CHOICE(where_i64, int64_t)

/* Kernels of an operation for floats and for integers; no integer kernel: computed as floats. */
typedef struct {
    kernel f64, i64;
    bool mask; /* gives int32 */
    const char *symbol;
} entry;

static const entry BINARIES[VT_BINARY_COUNT] = {
    [VT_ADD] = {add_f64, add_i64, false, "+"},
    [VT_SUBTRACT] = {subtract_f64, subtract_i64, false, "-"},
    [VT_MULTIPLY] = {multiply_f64, multiply_i64, false, "*"},
    [VT_DIVIDE] = {divide_f64, NULL, false, "/"},
    [VT_FLOOR_DIVIDE] = {floor_divide_f64, floor_divide_i64, false, "//"},
    [VT_MODULO] = {modulo_f64, modulo_i64, false, "%"},
    [VT_POWER] = {power_f64, NULL, false, "^"},
    [VT_MINIMUM] = {minimum_f64, minimum_i64, false, "minimum"},
    [VT_MAXIMUM] = {maximum_f64, maximum_i64, false, "maximum"},
    [VT_ATAN2] = {atan2_f64, NULL, false, "atan2"},
    [VT_HYPOT] = {hypot_f64, NULL, false, "hypot"},
    [VT_LESS] = {less_f64, less_i64, true, "<"},
    [VT_LESS_EQUAL] = {less_equal_f64, less_equal_i64, true, "<="},
    [VT_GREATER] = {greater_f64, greater_i64, true, ">"},
    [VT_GREATER_EQUAL] = {greater_equal_f64, greater_equal_i64, true, ">="},
    [VT_EQUAL] = {equal_f64, equal_i64, true, "=="},
    [VT_NOT_EQUAL] = {not_equal_f64, not_equal_i64, true, "~="},
    [VT_AND] = {logical_and_f64, logical_and_i64, true, "&"},
    [VT_OR] = {logical_or_f64, logical_or_i64, true, "|"},
    [VT_XOR] = {logical_xor_f64, logical_xor_i64, true, "~"},
};

static const entry UNARIES[VT_UNARY_COUNT] = {
    [VT_NEGATE] = {negate_f64, negate_i64, false, "-"},
    [VT_ABSOLUTE] = {absolute_f64, absolute_i64, false, "abs"},
    [VT_SIGN] = {sign_f64, sign_i64, false, "sign"},
    [VT_SQUARE] = {square_f64, square_i64, false, "square"},
    [VT_SQRT] = {sqrt_f64, NULL, false, "sqrt"},
    [VT_CBRT] = {cbrt_f64, NULL, false, "cbrt"},
    [VT_EXP] = {exp_f64, NULL, false, "exp"},
    [VT_EXPM1] = {expm1_f64, NULL, false, "expm1"},
    [VT_LOG] = {log_f64, NULL, false, "log"},
    [VT_LOG10] = {log10_f64, NULL, false, "log10"},
    [VT_LOG1P] = {log1p_f64, NULL, false, "log1p"},
    [VT_SIN] = {sin_f64, NULL, false, "sin"},
    [VT_COS] = {cos_f64, NULL, false, "cos"},
    [VT_TAN] = {tan_f64, NULL, false, "tan"},
    [VT_ASIN] = {asin_f64, NULL, false, "asin"},
    [VT_ACOS] = {acos_f64, NULL, false, "acos"},
    [VT_ATAN] = {atan_f64, NULL, false, "atan"},
    [VT_SINH] = {sinh_f64, NULL, false, "sinh"},
    [VT_COSH] = {cosh_f64, NULL, false, "cosh"},
    [VT_TANH] = {tanh_f64, NULL, false, "tanh"},
    [VT_ERF] = {erf_f64, NULL, false, "erf"},
    [VT_FLOOR] = {floor_f64, same_i64, false, "floor"},
    [VT_CEIL] = {ceil_f64, same_i64, false, "ceil"},
    [VT_ROUND] = {round_f64, same_i64, false, "round"},
    [VT_IS_NAN] = {is_nan_f64, NULL, true, "isnan"},
    [VT_IS_FINITE] = {is_finite_f64, NULL, true, "isfinite"},
    [VT_NOT] = {not_f64, NULL, true, "not"},
};

/* ---------------------------------------------------------------- driver ---- */

/* Input k of n numbers from `start` on: in place when the memory is as the kernel wants it, else
   through `chunk`. */
static const void *fetch(const operation *op, const vti_walk *walk, const vt_array *operand, int k,
                         int64_t start, size_t n, bool expand, vti_chunk *chunk, size_t *unit) {
    int64_t step = walk->step[k][0], size = (int64_t)vt_dtype_size(op->in[k]);
    const char *at = walk->at[k] + start * step;
    *unit = step != 0 || expand;
    if (operand->dtype == op->in[k] && (step == size || (step == 0 && !expand))) return at;
    vti_convert(operand->dtype, at, step, op->in[k], (char *)chunk, size, *unit ? n : 1);
    return chunk;
}

/* Run `op` over operands of the result's shape, the result last. On false `at` are the elements
   for which there is no result. */
static bool run(const operation *op, const vt_array *const *operands, const char *at[3]) {
    vti_chunk chunk[3], out_chunk;
    const vt_array *result = operands[op->inputs];
    int64_t out_size = (int64_t)vt_dtype_size(op->out);
    vti_walk walk;
    for (vti_walk_start(&walk, operands, op->inputs + 1); !walk.done; vti_walk_next(&walk)) {
        int64_t n = walk.shape[0], out_step = walk.step[op->inputs][0];
        bool direct = result->dtype == op->out && (out_step == out_size || n == 1);
        bool whole = direct; /* no chunks needed at all */
        bool all_fixed = true;
        for (int k = 0; k < op->inputs; k++) {
            int64_t step = walk.step[k][0];
            whole = whole && operands[k]->dtype == op->in[k] &&
                    (step == 0 || step == (int64_t)vt_dtype_size(op->in[k]));
            all_fixed = all_fixed && step == 0;
        }
        bool expand = all_fixed; /* a kernel wants one input that advances */
        int64_t most = whole && !expand ? n : VTI_CHUNK;
        for (int64_t start = 0; start < n; start += most) {
            size_t count = (size_t)(n - start < most ? n - start : most);
            const void *in[3];
            size_t unit[3];
            for (int k = 0; k < op->inputs; k++)
                in[k] = fetch(op, &walk, operands[k], k, start, count, expand && k == 0, &chunk[k],
                              &unit[k]);
            char *target = walk.at[op->inputs] + start * out_step;
            void *out = direct ? (void *)target : &out_chunk;
            bool good = op->run(in, unit, out, count);
            if (good && !direct)
                good = vti_convert(op->out, (const char *)out, out_size, result->dtype, target,
                                   out_step, count);
            if (good) continue;
            /* Once more, one at a time, to find the element to name. */
            for (size_t j = 0; j < count; j++) {
                const void *one[3];
                for (int k = 0; k < op->inputs; k++)
                    one[k] = (const char *)in[k] + j * unit[k] * vt_dtype_size(op->in[k]);
                int64_t value, stored;
                if (op->run(one, (const size_t[]){1, 1, 1}, &value, 1) &&
                    vti_convert(op->out, (const char *)&value, 0, result->dtype, (char *)&stored, 0,
                                1))
                    continue;
                for (int k = 0; k < op->inputs; k++)
                    at[k] = walk.at[k] + (start + (int64_t)j) * walk.step[k][0];
                return false;
            }
        }
    }
    return true;
}

static long long integer_at(const vt_array *a, const char *at) {
    int64_t value = 0;
    vti_convert(a->dtype, at, 0, VT_INT64, (char *)&value, 0, 1);
    return (long long)value;
}

static bool in_integers(const entry *e, vt_dtype common) {
    return e->i64 != NULL && vt_dtype_integer(common);
}

static vt_dtype result_dtype(const entry *e, vt_dtype common) {
    if (e->mask) return VT_INT32;
    if (in_integers(e, common)) return common;
    return vt_dtype_integer(common) ? VT_FLOAT64 : common;
}

vt_dtype vt_binary_dtype(vt_binary operation_id, vt_dtype a, vt_dtype b) {
    return result_dtype(&BINARIES[operation_id], vt_dtype_common(a, b));
}

vt_dtype vt_unary_dtype(vt_unary operation_id, vt_dtype a) {
    return result_dtype(&UNARIES[operation_id], a);
}

static operation operation_of(const entry *e, int inputs, vt_dtype common) {
    bool integers = in_integers(e, common);
    vt_dtype type = integers ? VT_INT64 : VT_FLOAT64;
    operation op = {.run = integers ? e->i64 : e->f64, .inputs = inputs};
    for (int k = 0; k < inputs; k++) op.in[k] = type;
    op.out = e->mask ? VT_INT32 : type;
    return op;
}

vt_status vt_array_binary(vt_binary operation_id, const vt_array *a, const vt_array *b,
                          const vt_array *result, vt_error *err) {
    const entry *e = &BINARIES[operation_id];
    operation op = operation_of(e, 2, vt_dtype_common(a->dtype, b->dtype));
    vt_array wide_a, wide_b;
    VTI_TRY(vt_array_stretch(a, result->ndim, result->shape, &wide_a, err));
    VTI_TRY(vt_array_stretch(b, result->ndim, result->shape, &wide_b, err));
    const char *at[3] = {NULL};
    if (run(&op, (const vt_array *const[]){&wide_a, &wide_b, result}, at)) return VT_OK;
    long long x = integer_at(a, at[0]), y = integer_at(b, at[1]);
    if (y == 0 && (operation_id == VT_FLOOR_DIVIDE || operation_id == VT_MODULO))
        return vt_fail(err, VT_EINVAL,
                       "integer division by zero: %lld %s 0; use astype(\"float64\") for inf or "
                       "nan",
                       x, e->symbol);
    return vt_fail(err, VT_EINVAL,
                   "integer overflow: %lld %s %lld does not fit %s; use astype(\"%s\") first", x,
                   e->symbol, y, vt_dtype_name(result->dtype),
                   result->dtype == VT_INT32 ? "int64" : "float64");
}

vt_status vt_array_unary(vt_unary operation_id, const vt_array *a, const vt_array *result,
                         vt_error *err) {
    const entry *e = &UNARIES[operation_id];
    operation op = operation_of(e, 1, a->dtype);
    vt_array wide;
    VTI_TRY(vt_array_stretch(a, result->ndim, result->shape, &wide, err));
    const char *at[3] = {NULL};
    if (run(&op, (const vt_array *const[]){&wide, result}, at)) return VT_OK;
    return vt_fail(err, VT_EINVAL,
                   "integer overflow: %s of %lld does not fit %s; use astype(\"%s\") first",
                   e->symbol, integer_at(a, at[0]), vt_dtype_name(result->dtype),
                   result->dtype == VT_INT32 ? "int64" : "float64");
}

vt_status vt_array_where(const vt_array *mask, const vt_array *a, const vt_array *b,
                         const vt_array *result, vt_error *err) {
    vt_dtype type = vti_wide(vt_dtype_common(a->dtype, b->dtype));
    operation op = {.run = type == VT_INT64 ? where_i64 : where_f64,
                    .inputs = 3,
                    .in = {VT_FLOAT64, type, type},
                    .out = type};
    vt_array wide[3];
    const vt_array *given[3] = {mask, a, b};
    for (int k = 0; k < 3; k++)
        VTI_TRY(vt_array_stretch(given[k], result->ndim, result->shape, &wide[k], err));
    const char *at[3];
    run(&op, (const vt_array *const[]){&wide[0], &wide[1], &wide[2], result}, at);
    return VT_OK;
}

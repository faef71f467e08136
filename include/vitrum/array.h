/** array: typed n-dimensional arrays and views, BLAS and LAPACK behind them.

    A vt_array never owns memory: the caller provides it for operands and results alike, so that
    every function here can fail without leaving anything behind. Indices and axes count from 0.
    Functions that take a result accept any strides unless they say "contiguous", which means row
    after row without gaps. Results must not overlap the operands unless a function allows it.

    Stands on: base. */
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

/* ---------------------------------------------------------------- elementwise ---- */

typedef enum {
    VT_ADD,
    VT_SUBTRACT,
    VT_MULTIPLY,
    VT_DIVIDE,       /**< Always in floats, as in Lua. */
    VT_FLOOR_DIVIDE, /**< Toward minus infinity, as // in Lua. */
    VT_MODULO,       /**< Sign of the divisor, as % in Lua. */
    VT_POWER,        /**< Always in floats. */
    VT_MINIMUM,      /**< NaN if either is. */
    VT_MAXIMUM,      /**< NaN if either is. */
    VT_ATAN2,
    VT_HYPOT,
    /* These give int32 ones and zeros. */
    VT_LESS,
    VT_LESS_EQUAL,
    VT_GREATER,
    VT_GREATER_EQUAL,
    VT_EQUAL,
    VT_NOT_EQUAL,
    VT_AND, /**< Both differ from zero. */
    VT_OR,
    VT_XOR,
    VT_BINARY_COUNT
} vt_binary;

typedef enum {
    VT_NEGATE,
    VT_ABSOLUTE,
    VT_SIGN,
    VT_SQUARE,
    VT_SQRT,
    VT_CBRT,
    VT_EXP,
    VT_EXPM1,
    VT_LOG,
    VT_LOG10,
    VT_LOG1P,
    VT_SIN,
    VT_COS,
    VT_TAN,
    VT_ASIN,
    VT_ACOS,
    VT_ATAN,
    VT_SINH,
    VT_COSH,
    VT_TANH,
    VT_ERF,
    VT_FLOOR,
    VT_CEIL,
    VT_ROUND, /**< Half away from zero. */
    /* These give int32 ones and zeros. */
    VT_IS_NAN,
    VT_IS_FINITE,
    VT_NOT, /**< One where the element is zero. */
    VT_UNARY_COUNT
} vt_unary;

/** Type of the result for operands of type `a` and `b`. */
VT_API vt_dtype vt_binary_dtype(vt_binary operation, vt_dtype a, vt_dtype b);

/** Type of the result for an operand of type `a`. */
VT_API vt_dtype vt_unary_dtype(vt_unary operation, vt_dtype a);

/** result = a operation b, both stretched to the shape of `result`, whose type is that of
    vt_binary_dtype. VT_EINVAL on integer overflow and division by zero with the two numbers;
    `result` is then partly written. */
VT_API vt_status vt_array_binary(vt_binary operation, const vt_array *a, const vt_array *b,
                                 const vt_array *result, vt_error *err);

/** result = operation(a), with the type of vt_unary_dtype. VT_EINVAL on integer overflow. */
VT_API vt_status vt_array_unary(vt_unary operation, const vt_array *a, const vt_array *result,
                                vt_error *err);

/** result = a where `mask` is not zero, b elsewhere; its type is vt_dtype_common of a and b. */
VT_API vt_status vt_array_where(const vt_array *mask, const vt_array *a, const vt_array *b,
                                const vt_array *result, vt_error *err);

/* ---------------------------------------------------------------- reductions ---- */

typedef enum {
    VT_SUM,      /**< Of integers: int64, overflow is an error. */
    VT_PRODUCT,  /**< As the sum. */
    VT_MEAN,     /**< float64 */
    VT_VARIANCE, /**< Sum of squared deviations from the mean by count - ddof; float64. */
    VT_NORM,     /**< Square root of the sum of squares, without overflow on the way; float64. */
    VT_MEDIAN,   /**< Middle value, or the mean of the two; NaN if any is; float64. */
    VT_MIN,      /**< NaN if any is; type of the array. */
    VT_MAX,      /**< NaN if any is; type of the array. */
    VT_ARGMIN,   /**< Index of the first smallest value, or of the first NaN; int64. */
    VT_ARGMAX,   /**< Index of the first largest value, or of the first NaN; int64. */
    VT_ANY,      /**< int32: one when an element differs from zero. */
    VT_ALL,      /**< int32: one when every element differs from zero. */
    VT_REDUCTION_COUNT
} vt_reduction;

/** Type of the result of a reduction of an array of type `a`. */
VT_API vt_dtype vt_reduction_dtype(vt_reduction reduction, vt_dtype a);

/** Reduce along `axis`, or over everything when it is -1. `result` is contiguous, of the type of
    vt_reduction_dtype, and has the shape of `a` without the axis (no dimension for -1). Sums are
    pairwise over the row order: error grows with the logarithm of the count, and the result
    depends on neither strides nor threads. `ddof` matters to the variance alone. VT_EINVAL for
    an empty run where a result does not exist, and on integer overflow. */
VT_API vt_status vt_array_reduce(vt_reduction reduction, const vt_array *a, int axis, double ddof,
                                 const vt_array *result, vt_error *err);

/** Running sums along `axis`. `result` has the shape of `a` and the type of a VT_SUM; it may have
    any strides. Sums of floats carry a correction (Neumaier, Z. Angew. Math. Mech. 54, 39
    (1974)). */
VT_API vt_status vt_array_cumulative_sum(const vt_array *a, int axis, const vt_array *result,
                                         vt_error *err);

/* ---------------------------------------------------------------- order ---- */

/** Sort along `axis`, ascending, NaN last. `result` has the shape and type of `a`. */
VT_API vt_status vt_array_sort(const vt_array *a, int axis, const vt_array *result, vt_error *err);

/** Indices (int64, from `base`) that sort along `axis`; equal elements keep their order, NaN
    comes last. */
VT_API vt_status vt_array_argsort(const vt_array *a, int axis, int64_t base, const vt_array *result,
                                  vt_error *err);

/** Count n numbers into `bins` intervals between bins + 1 rising edges: left end included, right
    end excluded but for the last. What lies outside and NaN is not counted. `weights` (may be NULL)
    are added up instead of ones. */
VT_API vt_status vt_histogram(const double *x, const double *weights, size_t n, const double *edges,
                              size_t bins, double *counts, vt_error *err);

/** `bins` + 1 edges of intervals of equal width from `low` to `high`. */
VT_API void vt_histogram_edges(double low, double high, size_t bins, double *edges);

/** Ends that hold all elements of `x`: the smallest and the largest, half a unit to either side
   where they are equal, 0 and 1 where there are none. VT_EINVAL when they are not finite. */
VT_API vt_status vt_histogram_range(const vt_array *x, double *low, double *high, vt_error *err);

/** Divide counts by their sum and by the width of their intervals: the integral becomes 1. */
VT_API void vt_histogram_density(const double *edges, size_t bins, double *counts);

/** The value below which the share `fraction` of the n > 0 elements of `sorted` (one dimension,
    ascending, NaN last) lies, linear between neighbors; NaN if any is. Hyndman and Fan, Am. Stat.
    50, 361 (1996), definition 7. */
VT_API double vt_array_quantile(const vt_array *sorted, double fraction);

/* ---------------------------------------------------------------- linear algebra ---- */

/* Operands and results are contiguous float64; "m x n" is rows by columns. Every function fails
   with VT_EINVAL on shapes that do not fit and on entries that are not finite, which it names from
   1, and with VT_ENOMEM when work space runs out. BLAS and LAPACK run on one thread: with more,
   their last bits would depend on the number of threads. */

/** Shape of the product of `a` (m x k, or k numbers) and `b` (k x n, or k numbers). */
VT_API vt_status vt_matrix_product_shape(const vt_array *a, const vt_array *b, int *ndim,
                                         int64_t shape[2], vt_error *err);

/** Matrix product into `result` with the shape of vt_matrix_product_shape. Entries may be
    anything: nan and inf go through. */
VT_API vt_status vt_matrix_product(const vt_array *a, const vt_array *b, const vt_array *result,
                                   vt_error *err);

/** Solve a x = b for `x`, with the shape of b: n numbers or n x m. Fails when `a` is singular to
    working precision (reciprocal condition number below 2.2e-16). */
VT_API vt_status vt_matrix_solve(const vt_array *a, const vt_array *b, const vt_array *x,
                                 vt_error *err);

/** The shortest x that minimizes |a x - b|, by singular values; `a` is m x n, `b` m numbers or
    m x k, `x` n numbers or n x k. Singular values below `cutoff` times the largest count as zero
    (negative: machine precision times the longer side). `rank` may be NULL. */
VT_API vt_status vt_matrix_least_squares(const vt_array *a, const vt_array *b, double cutoff,
                                         const vt_array *x, int64_t *rank, vt_error *err);

/** Inverse; fails as vt_matrix_solve does. */
VT_API vt_status vt_matrix_inverse(const vt_array *a, const vt_array *result, vt_error *err);

/** Determinant; 0 for a singular matrix, 1 for one of no size. */
VT_API vt_status vt_matrix_determinant(const vt_array *a, double *determinant, vt_error *err);

/** Eigenvalues of a symmetric matrix (n, ascending) and eigenvectors (n x n, in columns; NULL for
    none). Fails when a(i,j) and a(j,i) differ by more than 1e-10 of the largest entry. */
VT_API vt_status vt_matrix_eigen(const vt_array *a, const vt_array *values, const vt_array *vectors,
                                 vt_error *err);

/** Singular values (k = min(m, n), descending) and vectors, a = u diag(values) vt with `u` m x k
    and `vt` k x n; both NULL for none. */
VT_API vt_status vt_matrix_singular(const vt_array *a, const vt_array *values, const vt_array *u,
                                    const vt_array *vt, vt_error *err);

/** Lower triangular l with a = l l^T. Fails when `a` is not symmetric or not positive definite. */
VT_API vt_status vt_matrix_cholesky(const vt_array *a, const vt_array *l, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

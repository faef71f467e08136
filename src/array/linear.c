/* Dense linear algebra on top of OpenBLAS and LAPACKE. */
#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "internal.h"

/* A symmetric matrix from measured numbers differs from its transpose by round-off; what is larger
   is a mistake. */
static const double SYMMETRY_TOLERANCE = 1e-10;

/* ---------------------------------------------------------------- checks ---- */

/* Everything below calls this first. More threads change the last bits of products and factors
   (measured with OpenBLAS 0.3.21 from n = 100 on), and results must not depend on threads. */
static void start(void) {
    openblas_set_num_threads(1);
}

static vt_status check_finite(const vt_array *a, const char *what, vt_error *err) {
    const double *x = a->data;
    size_t count = vt_array_count(a);
    for (size_t k = 0; k < count; k++) {
        if (isfinite(x[k])) continue;
        double value = isnan(x[k]) ? NAN : x[k]; /* never "-nan" */
        if (a->ndim < 2)
            return vt_fail(err, VT_EINVAL, "entry %zu of %s is %g; all must be finite", k + 1, what,
                           value);
        size_t columns = (size_t)a->shape[1];
        return vt_fail(err, VT_EINVAL, "entry (%zu, %zu) of %s is %g; all must be finite",
                       k / columns + 1, k % columns + 1, what, value);
    }
    return VT_OK;
}

static vt_status check_matrix(const vt_array *a, vt_error *err) {
    char text[96];
    if (a->ndim != 2)
        return vt_fail(err, VT_EINVAL, "a matrix has two dimensions, got an array of shape %s",
                       vt_array_shape_text(a, text, sizeof text));
    if (a->shape[0] > INT32_MAX || a->shape[1] > INT32_MAX)
        return vt_fail(err, VT_EINVAL, "a matrix of %s is too large for LAPACK",
                       vt_array_shape_text(a, text, sizeof text));
    return check_finite(a, "the matrix", err);
}

static vt_status check_square(const vt_array *a, vt_error *err) {
    char text[96];
    VTI_TRY(check_matrix(a, err));
    if (a->shape[0] != a->shape[1])
        return vt_fail(err, VT_EINVAL, "the matrix must be square, got %s",
                       vt_array_shape_text(a, text, sizeof text));
    return VT_OK;
}

static vt_status check_symmetric(const vt_array *a, vt_error *err) {
    VTI_TRY(check_square(a, err));
    size_t n = (size_t)a->shape[0];
    const double *x = a->data;
    double largest = 0;
    for (size_t k = 0; k < n * n; k++) largest = fmax(largest, fabs(x[k]));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (fabs(x[i * n + j] - x[j * n + i]) > SYMMETRY_TOLERANCE * largest)
                return vt_fail(err, VT_EINVAL,
                               "the matrix is not symmetric: entry (%zu, %zu) is %.17g, but (%zu, "
                               "%zu) is %.17g; use (a + a:transpose())/2 if that is what you mean",
                               i + 1, j + 1, x[i * n + j], j + 1, i + 1, x[j * n + i]);
    return VT_OK;
}

static vt_status check_right_side(const vt_array *a, const vt_array *b, vt_error *err) {
    char ta[96], tb[96];
    if (b->ndim < 1 || b->ndim > 2 || b->shape[0] != a->shape[0])
        return vt_fail(err, VT_EINVAL,
                       "the right side must have as many rows as the matrix: matrix %s, right side "
                       "%s",
                       vt_array_shape_text(a, ta, sizeof ta),
                       vt_array_shape_text(b, tb, sizeof tb));
    if (b->ndim == 2 && b->shape[1] > INT32_MAX)
        return vt_fail(err, VT_EINVAL, "the right side has too many columns for LAPACK");
    return check_finite(b, "the right side", err);
}

/* Failures of LAPACK that no check before could find. */
static vt_status lapack_failure(const char *routine, lapack_int info, vt_error *err) {
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return vt_fail(err, VT_ENOMEM, "out of memory: work space of %s; use a smaller matrix",
                       routine);
    return vt_fail(err, VT_EDIVERGED, "%s did not converge (info %d); scale the matrix", routine,
                   (int)info);
}

static void *copy_of(const vt_array *a, vt_error *err) {
    size_t count = vt_array_count(a);
    double *copy = vt_alloc(count, sizeof *copy);
    if (copy == NULL)
        vt_fail_memory(err, count, sizeof *copy, "a copy of the matrix");
    else
        memcpy(copy, a->data, count * sizeof *copy);
    return copy;
}

static lapack_int columns_of(const vt_array *b) {
    return b->ndim == 2 ? (lapack_int)b->shape[1] : 1;
}

/* ---------------------------------------------------------------- product ---- */

vt_status vt_matrix_product_shape(const vt_array *a, const vt_array *b, int *ndim, int64_t shape[2],
                                  vt_error *err) {
    char ta[96], tb[96];
    if (a->ndim < 1 || a->ndim > 2 || b->ndim < 1 || b->ndim > 2)
        return vt_fail(
            err, VT_EINVAL, "a matrix product takes one or two dimensions, got %s and %s",
            vt_array_shape_text(a, ta, sizeof ta), vt_array_shape_text(b, tb, sizeof tb));
    if (a->shape[a->ndim - 1] != b->shape[0])
        return vt_fail(err, VT_EINVAL,
                       "the columns of the first matrix must be as many as the rows of the second: "
                       "%s and %s",
                       vt_array_shape_text(a, ta, sizeof ta),
                       vt_array_shape_text(b, tb, sizeof tb));
    for (int d = 0; d < 2; d++)
        if ((d < a->ndim && a->shape[d] > INT32_MAX) || (d < b->ndim && b->shape[d] > INT32_MAX))
            return vt_fail(err, VT_EINVAL, "a matrix is too large for BLAS: %s and %s",
                           vt_array_shape_text(a, ta, sizeof ta),
                           vt_array_shape_text(b, tb, sizeof tb));
    *ndim = 0;
    if (a->ndim == 2) shape[(*ndim)++] = a->shape[0];
    if (b->ndim == 2) shape[(*ndim)++] = b->shape[1];
    return VT_OK;
}

/* Some rows at a time, so that an interrupt is heard: about 0.1 s of work, and a multiple of what
   BLAS takes at once. */
static vt_status multiply_rows(const double *a, const double *b, double *result, int m, int n,
                               int k, vt_error *err) {
    static const double WORK = 1e9; /* products */
    enum { AT_ONCE = 96 };
    double fitting = WORK / ((double)n * (double)k);
    int rows = fitting < m ? ((int)fitting / AT_ONCE + 1) * AT_ONCE : m;
    for (int i = 0; i < m; i += rows) {
        if (vt_interrupted()) return vt_fail_interrupted(err);
        const double *from = a + (size_t)i * (size_t)k;
        double *to = result + (size_t)i * (size_t)n;
        int some = m - i < rows ? m - i : rows;
        if (n == 1)
            cblas_dgemv(CblasRowMajor, CblasNoTrans, some, k, 1, from, k, b, 1, 0, to, 1);
        else
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, some, n, k, 1, from, k, b, n, 0,
                        to, n);
        if (rows > m - i) break; /* i stays within int */
    }
    return VT_OK;
}

vt_status vt_matrix_product(const vt_array *a, const vt_array *b, const vt_array *result,
                            vt_error *err) {
    int ndim;
    int64_t shape[2];
    VTI_TRY(vt_matrix_product_shape(a, b, &ndim, shape, err));
    int m = a->ndim == 2 ? (int)a->shape[0] : 1, n = b->ndim == 2 ? (int)b->shape[1] : 1;
    int k = (int)b->shape[0];
    memset(result->data, 0, (size_t)m * (size_t)n * sizeof(double));
    if (m == 0 || n == 0 || k == 0) return VT_OK; /* BLAS refuses leading dimensions of 0 */
    start();
    if (m == 1 && n == 1)
        *(double *)result->data = vt_dot(a->data, b->data, (size_t)k);
    else
        return multiply_rows(a->data, b->data, result->data, m, n, k, err);
    return VT_OK;
}

/* ---------------------------------------------------------------- LU ---- */

/* Factors of a square matrix of size n > 0. */
typedef struct {
    lapack_int n;
    double *lu;
    lapack_int *pivot;
} factors;

static void free_factors(factors *f) {
    vt_free(f->lu);
    vt_free(f->pivot);
}

/* Factor `a`, which passed check_square; *info is that of dgetrf. */
static vt_status factor(const vt_array *a, factors *f, lapack_int *info, vt_error *err) {
    f->n = (lapack_int)a->shape[0];
    f->lu = copy_of(a, err);
    f->pivot = vt_alloc((size_t)f->n, sizeof *f->pivot);
    if (f->lu == NULL || f->pivot == NULL) {
        free_factors(f);
        return vt_fail_memory(err, (size_t)f->n * (size_t)f->n, sizeof(double), "factorization");
    }
    start();
    *info = LAPACKE_dgetrf(LAPACK_ROW_MAJOR, f->n, f->n, f->lu, f->n, f->pivot);
    if (*info >= 0) return VT_OK;
    free_factors(f);
    return lapack_failure("dgetrf", *info, err);
}

/* Factor and refuse a matrix that is singular to working precision. */
static vt_status factor_regular(const vt_array *a, factors *f, vt_error *err) {
    lapack_int info, n = (lapack_int)a->shape[0];
    double largest_sum = LAPACKE_dlange(LAPACK_ROW_MAJOR, '1', n, n, a->data, n), condition = 0;
    vt_status status = factor(a, f, &info, err);
    if (vt_failed(status)) return status;
    if (info == 0)
        info = LAPACKE_dgecon(LAPACK_ROW_MAJOR, '1', n, f->lu, n, largest_sum, &condition);
    if (info < 0)
        status = lapack_failure("dgecon", info, err);
    else if (!(condition > DBL_EPSILON))
        status = vt_fail(err, VT_EINVAL,
                         "the matrix is singular (reciprocal condition number %.2g); "
                         "least_squares finds the shortest of the best solutions",
                         condition);
    if (vt_failed(status)) free_factors(f);
    return status;
}

vt_status vt_matrix_solve(const vt_array *a, const vt_array *b, const vt_array *x, vt_error *err) {
    factors f;
    vt_status status = check_square(a, err);
    if (!vt_failed(status)) status = check_right_side(a, b, err);
    if (vt_failed(status) || vt_array_count(b) == 0) return status;
    VTI_TRY(factor_regular(a, &f, err));
    lapack_int columns = columns_of(b);
    memcpy(x->data, b->data, vt_array_count(b) * sizeof(double));
    lapack_int info =
        LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', f.n, columns, f.lu, f.n, f.pivot, x->data, columns);
    free_factors(&f);
    return info == 0 ? VT_OK : lapack_failure("dgetrs", info, err);
}

vt_status vt_matrix_inverse(const vt_array *a, const vt_array *result, vt_error *err) {
    factors f;
    vt_status status = check_square(a, err);
    if (vt_failed(status) || a->shape[0] == 0) return status;
    VTI_TRY(factor_regular(a, &f, err));
    lapack_int info = LAPACKE_dgetri(LAPACK_ROW_MAJOR, f.n, f.lu, f.n, f.pivot);
    memcpy(result->data, f.lu, vt_array_count(a) * sizeof(double));
    free_factors(&f);
    return info == 0 ? VT_OK : lapack_failure("dgetri", info, err);
}

vt_status vt_matrix_determinant(const vt_array *a, double *determinant, vt_error *err) {
    factors f;
    lapack_int info;
    *determinant = 1;
    vt_status status = check_square(a, err);
    if (vt_failed(status) || a->shape[0] == 0) return status;
    VTI_TRY(factor(a, &f, &info, err));
    for (lapack_int k = 0; k < f.n; k++) {
        double pivot = f.lu[(size_t)k * (size_t)(f.n + 1)];
        *determinant *= f.pivot[k] == k + 1 ? pivot : -pivot; /* a row swap turns the sign */
    }
    if (info > 0) *determinant = 0;
    free_factors(&f);
    return VT_OK;
}

/* ---------------------------------------------------------------- least squares ---- */

vt_status vt_matrix_least_squares(const vt_array *a, const vt_array *b, double cutoff,
                                  const vt_array *x, int64_t *rank, vt_error *err) {
    vt_status status = check_matrix(a, err);
    if (!vt_failed(status)) status = check_right_side(a, b, err);
    if (vt_failed(status)) return status;
    lapack_int m = (lapack_int)a->shape[0], n = (lapack_int)a->shape[1], k = columns_of(b);
    size_t longer = (size_t)(m > n ? m : n), shorter = (size_t)(m < n ? m : n);
    if (rank != NULL) *rank = 0;
    memset(x->data, 0, (size_t)n * (size_t)k * sizeof(double));
    if (shorter == 0 || k == 0) return VT_OK; /* nothing to fit: the shortest x is zero */
    if (cutoff < 0) cutoff = DBL_EPSILON * (double)longer;
    /* dgelsd works in place on max(m, n) rows. */
    double *matrix = copy_of(a, err), *sides = vt_alloc(longer * (size_t)k, sizeof(double));
    double *values = vt_alloc(shorter, sizeof *values);
    if (matrix == NULL || sides == NULL || values == NULL) {
        status = vt_fail_memory(err, longer * (size_t)k, sizeof(double), "least squares");
    } else {
        lapack_int found = 0;
        memcpy(sides, b->data, vt_array_count(b) * sizeof(double));
        start();
        lapack_int info =
            LAPACKE_dgelsd(LAPACK_ROW_MAJOR, m, n, k, matrix, n, sides, k, values, cutoff, &found);
        memcpy(x->data, sides, (size_t)n * (size_t)k * sizeof(double));
        if (rank != NULL) *rank = found;
        if (info != 0) status = lapack_failure("dgelsd", info, err);
    }
    vt_free(matrix);
    vt_free(sides);
    vt_free(values);
    return status;
}

/* ---------------------------------------------------------------- spectra ---- */

vt_status vt_matrix_eigen(const vt_array *a, const vt_array *values, const vt_array *vectors,
                          vt_error *err) {
    vt_status status = check_symmetric(a, err);
    if (vt_failed(status) || a->shape[0] == 0) return status;
    lapack_int n = (lapack_int)a->shape[0];
    double *work = vectors != NULL ? vectors->data : copy_of(a, err);
    if (work == NULL) return VT_ENOMEM;
    if (vectors != NULL) memcpy(work, a->data, vt_array_count(a) * sizeof(double));
    start();
    lapack_int info = LAPACKE_dsyevd(LAPACK_ROW_MAJOR, vectors != NULL ? 'V' : 'N', 'L', n, work, n,
                                     values->data);
    if (vectors == NULL) vt_free(work);
    return info == 0 ? VT_OK : lapack_failure("dsyevd", info, err);
}

vt_status vt_matrix_singular(const vt_array *a, const vt_array *values, const vt_array *u,
                             const vt_array *vt, vt_error *err) {
    vt_status status = check_matrix(a, err);
    if (vt_failed(status) || vt_array_count(a) == 0) return status;
    lapack_int m = (lapack_int)a->shape[0], n = (lapack_int)a->shape[1];
    lapack_int k = m < n ? m : n;
    double *work = copy_of(a, err), none[1];
    if (work == NULL) return VT_ENOMEM;
    bool vectors = u != NULL && vt != NULL;
    start();
    lapack_int info =
        LAPACKE_dgesdd(LAPACK_ROW_MAJOR, vectors ? 'S' : 'N', m, n, work, n, values->data,
                       vectors ? u->data : none, k, vectors ? vt->data : none, n);
    vt_free(work);
    return info == 0 ? VT_OK : lapack_failure("dgesdd", info, err);
}

vt_status vt_matrix_cholesky(const vt_array *a, const vt_array *l, vt_error *err) {
    vt_status status = check_symmetric(a, err);
    if (vt_failed(status) || a->shape[0] == 0) return status;
    size_t n = (size_t)a->shape[0];
    double *x = l->data;
    memcpy(x, a->data, n * n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) x[i * n + j] = 0;
    start();
    lapack_int info = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (lapack_int)n, x, (lapack_int)n);
    if (info > 0)
        return vt_fail(err, VT_EINVAL,
                       "the matrix is not positive definite: its leading %d x %d block has a "
                       "negative or zero direction",
                       (int)info, (int)info);
    return info == 0 ? VT_OK : lapack_failure("dpotrf", info, err);
}

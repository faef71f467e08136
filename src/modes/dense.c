/* All modes by LAPACK. */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "modes/internal.h"

enum { BATCH = 16 };

/* Lift the motions that cost nothing above all others: their eigenvalue becomes that of `by`. */
static void lift_zeros(const vti_operator *op, double by, double *matrix) {
    for (size_t z = 0; z < op->zeros; z++)
        cblas_dsyr(CblasRowMajor, CblasLower, (int)op->n, by, op->zero + z * op->n, 1, matrix,
                   (int)op->n);
}

/* Norms of what is wrong with `count` unit vectors, in units of the largest eigenvalue. */
static vt_status measure(vti_operator *op, size_t count, const double *value, const double *v,
                         double *residual, vt_error *err) {
    size_t n = op->n;
    double *hv = vt_alloc(BATCH * n, sizeof *hv);
    if (hv == NULL) return vt_fail_memory(err, BATCH * n, sizeof *hv, "modes");
    vt_status st = VT_OK;
    for (size_t first = 0; first < count && !vt_failed(st); first += BATCH) {
        size_t batch = count - first < BATCH ? count - first : BATCH;
        st = vt_hessian_times(op->hessian, batch, v + first * n, hv, err);
        op->products += (int64_t)batch;
        for (size_t k = 0; k < batch; k++) {
            const double *e = v + (first + k) * n;
            for (size_t i = 0; i < n; i++) hv[k * n + i] -= value[first + k] * e[i];
            residual[first + k] = sqrt(vt_dot(hv + k * n, hv + k * n, n)) / op->largest;
        }
    }
    vt_free(hv);
    return st;
}

vt_status vti_dense(vti_operator *op, bool saddle, bool sorted, size_t count, double *eigenvalue,
                    double *residual, double *vector, vt_error *err) {
    size_t n = op->n;
    double *matrix = vt_alloc(n * n + n, sizeof *matrix), *value = matrix + n * n;
    if (matrix == NULL) return vt_fail_memory(err, n * n, sizeof *matrix, "all modes");
    openblas_set_num_threads(1);
    vt_status st = vt_hessian_dense(op->hessian, matrix, err);
    if (!vt_failed(st)) {
        lift_zeros(op, 2 * op->largest, matrix);
        /* The lower triangle by rows is the upper one by columns, as LAPACK counts; the vectors
           then stand one after the other. */
        lapack_int info =
            LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', (lapack_int)n, matrix, (lapack_int)n, value);
        if (info != 0)
            st = info == LAPACK_WORK_MEMORY_ERROR
                     ? vt_fail_memory(err, 2 * n * n, sizeof *matrix, "all modes")
                     : vt_fail(err, VT_EDIVERGED, "LAPACK's dsyevd found no eigenvalues (%d)",
                               (int)info);
    }
    if (!vt_failed(st) && !saddle && value[0] < VTI_NEGATIVE * op->largest)
        st = vti_no_minimum(value[0], err);
    if (!vt_failed(st)) st = measure(op, count, value, matrix, residual, err);
    if (!vt_failed(st)) {
        memcpy(eigenvalue, value, count * sizeof *value);
        vti_give(op, sorted, count, matrix, vector);
    }
    vt_free(matrix);
    return st;
}

static vt_status find_all(vti_operator *op, bool saddle, double *eigenvalue, double *residual,
                          double *vector, vt_error *err) {
    if (op->system->count > VT_HESSIAN_DENSE_ATOMS)
        return vt_fail(err, VT_EINVAL,
                       "all modes of %zu atoms are too many; up to %d atoms are taken. The lowest "
                       "ones, and the density of all, have no limit",
                       op->system->count, VT_HESSIAN_DENSE_ATOMS);
    if (op->n <= op->zeros)
        return vt_fail(err, VT_EINVAL, "%zu atoms have no vibrations", op->system->count);
    VTI_TRY(vti_operator_bound(op, err));
    return vti_dense(op, saddle, false, op->n - op->zeros, eigenvalue, residual, vector, err);
}

vt_status vt_modes_all(vt_system *system, bool saddle, double *eigenvalue, double *residual,
                       double *vector, vt_modes_report *report, vt_error *err) {
    *report = (vt_modes_report){0};
    vti_operator op;
    vt_status st = vti_operator_open(&op, system, err);
    if (!vt_failed(st)) st = find_all(&op, saddle, eigenvalue, residual, vector, err);
    vti_report(&op, report);
    vti_operator_close(&op);
    return st;
}

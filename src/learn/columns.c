/* What is done with all samples beside fitting: predictions, columns' means and widths, scores. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "learn/internal.h"

enum { GRAIN = 2048, CHUNKS = 64 /* fixed, so that sums do not depend on the threads */ };

/* ---------------------------------------------------------------- predictions ---- */

typedef struct {
    vti_rows rows;
    const vti_row_kernels *kernels;
    const double *weights;
    double intercept, *out;
} predicting;

static void predict_rows(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const predicting *p = context;
    p->kernels->score(&p->rows, from, to - from, p->weights, p->out + from);
    for (size_t i = from; i < to; i++) p->out[i] += p->intercept;
}

vt_status vt_linear_predict(const vt_array *x, const double *weights, double intercept, double *out,
                            vt_error *err) {
    predicting p = {vti_rows_of(x), vti_row_kernels_of(vt_simd_best()), weights, intercept, out};
    return vti_share_stoppable((size_t)x->shape[0], GRAIN, predict_rows, &p, err);
}

/* ---------------------------------------------------------------- columns ---- */

/* Sums of each column and of its squares, both counted from the first row, so that a constant
   column has a width of exactly 0. */
typedef struct {
    vti_rows rows;
    const vti_row_kernels *kernels;
    size_t count, chunk;
    double *first, *sums, *scratch;
} measuring;

static void measure(void *context, size_t from, size_t to, int worker) {
    const measuring *m = context;
    size_t n = m->rows.columns;
    double *row = m->scratch + (size_t)worker * n;
    for (size_t c = from; c < to; c++) {
        double *sum = m->sums + c * 2 * n, *square = sum + n;
        size_t end = (c + 1) * m->chunk < m->count ? (c + 1) * m->chunk : m->count;
        for (size_t i = c * m->chunk; i < end; i++) {
            m->kernels->copy(&m->rows, i, 1, row);
            for (size_t k = 0; k < n; k++) {
                double d = row[k] - m->first[k];
                sum[k] += d;
                square[k] += d * d;
            }
        }
    }
}

static vt_status finish_columns(const measuring *m, double *mean, double *deviation,
                                vt_error *err) {
    size_t n = m->rows.columns;
    double count = (double)m->count;
    for (size_t k = 0; k < n; k++) {
        double sum = 0, square = 0;
        for (size_t c = 0; c < CHUNKS; c++) {
            sum += m->sums[c * 2 * n + k];
            square += m->sums[c * 2 * n + n + k];
        }
        if (!isfinite(square)) return vti_fail_entry(&m->rows, m->count, err);
        mean[k] = m->first[k] + sum / count;
        deviation[k] = sqrt(fmax(square / count - sum / count * (sum / count), 0));
    }
    return VT_OK;
}

vt_status vt_learn_columns(const vt_array *x, double *mean, double *deviation, vt_error *err) {
    measuring m = {.rows = vti_rows_of(x),
                   .kernels = vti_row_kernels_of(vt_simd_best()),
                   .count = (size_t)x->shape[0]};
    size_t n = m.rows.columns, threads = (size_t)vt_threads();
    if (m.count == 0) return vt_fail(err, VT_EINVAL, "x has no samples");
    m.chunk = (m.count + CHUNKS - 1) / CHUNKS;
    m.first = vt_alloc((1 + threads + 2 * CHUNKS) * n, sizeof *m.first);
    if (m.first == NULL) return vt_fail_memory(err, n, sizeof *m.first, "sums of columns");
    m.scratch = m.first + n;
    m.sums = m.scratch + threads * n;
    m.kernels->copy(&m.rows, 0, 1, m.first);
    vt_status st = vti_share_stoppable(CHUNKS, 1, measure, &m, err);
    if (!vt_failed(st)) st = finish_columns(&m, mean, deviation, err);
    vt_free(m.first);
    return st;
}

/* ---------------------------------------------------------------- scores ---- */

vt_learn_score vt_learn_compare(const double *y, const double *p, size_t n) {
    vt_learn_score s = {0};
    double count = (double)n, mean_y = 0, mean_p = 0, yy = 0, pp = 0, yp = 0;
    bool same_y = true, same_p = true;
    for (size_t i = 0; i < n; i++) {
        mean_y += y[i] / count;
        mean_p += p[i] / count;
    }
    for (size_t i = 0; i < n; i++) {
        double dy = y[i] - mean_y, dp = p[i] - mean_p, d = p[i] - y[i];
        s.mean_square += d * d / count;
        s.mean_absolute += fabs(d) / count;
        yy += dy * dy;
        pp += dp * dp;
        yp += dy * dp;
        same_y = same_y && y[i] == y[0];
        same_p = same_p && p[i] == p[0];
    }
    s.pearson = same_y || same_p ? NAN : yp / (sqrt(yy) * sqrt(pp));
    return s;
}

/* Newton's method on the primal problem of a linear support vector machine with quadratic loss.

   The objective is quadratic as long as no sample changes sides, and one step then ends at its
   minimum. A step that would not lower it enough is cut (Armijo). */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "learn/internal.h"

static const double SUFFICIENT = 1e-4; /* of the decrease that the slope promises */
static const double ROUNDING = 1e-13;  /* objectives this close are equal */

/* ---------------------------------------------------------------- checks ---- */

static vt_status check_targets(const vt_learn_data *d, size_t count, vt_error *err) {
    double weights = 0;
    bool seen[2] = {false, false};
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(d->y[i]))
            return vt_fail(err, VT_EINVAL,
                           "target %zu is %g; all must be finite. Leave such samples out", i + 1,
                           isnan(d->y[i]) ? NAN : d->y[i]);
        if (d->kind == VT_CLASSIFICATION && d->y[i] != 1 && d->y[i] != -1)
            return vt_fail(err, VT_EINVAL, "label %zu is %g; it must be -1 or 1", i + 1, d->y[i]);
        double w = d->weight != NULL ? d->weight[i] : 1;
        if (!(w >= 0) || !isfinite(w))
            return vt_fail(err, VT_EINVAL, "weight %zu is %g; weights are 0 or more", i + 1, w);
        if (d->fold != NULL && (d->fold[i] < 0 || d->fold[i] >= d->folds))
            return vt_fail(err, VT_EINVAL, "sample %zu is in fold %d; folds are 1 to %d", i + 1,
                           d->fold[i] + 1, d->folds);
        if (w > 0) seen[d->y[i] > 0] = true;
        weights += w;
    }
    if (!(weights > 0)) return vt_fail(err, VT_EINVAL, "all weights are 0, so nothing is learned");
    if (d->kind == VT_CLASSIFICATION && !(seen[0] && seen[1]))
        return vt_fail(err, VT_EINVAL,
                       "all samples are of one class; a classification needs some of either");
    return VT_OK;
}

static vt_status check_folds(const vt_learn_data *d, size_t count, vt_error *err) {
    if (d->fold == NULL) return VT_OK;
    if (d->folds < 2 || d->folds > VT_LEARN_MAX_FOLDS)
        return vt_fail(err, VT_EINVAL, "there are %d folds; 2 to %d make sense", d->folds,
                       VT_LEARN_MAX_FOLDS);
    size_t samples[VT_LEARN_MAX_FOLDS] = {0};
    for (size_t i = 0; i < count; i++) samples[d->fold[i]]++;
    for (int k = 0; k < d->folds; k++)
        if (samples[k] == 0)
            return vt_fail(err, VT_EINVAL, "fold %d of %d has no samples; take fewer folds", k + 1,
                           d->folds);
    return VT_OK;
}

static vt_status check(const vt_learn_data *d, vt_error *err) {
    if (d->x.ndim != 2 || vt_dtype_integer(d->x.dtype) ||
        (d->x.shape[1] > 1 && d->x.stride[1] != 1))
        return vt_fail(err, VT_EINVAL, "x must be samples by features, in rows of floats");
    if (d->x.shape[0] < 1 || d->x.shape[0] > INT32_MAX - 1 || d->x.shape[1] < 1 ||
        d->x.shape[1] > VT_LEARN_MAX_FEATURES)
        return vt_fail(err, VT_EINVAL,
                       "x has %lld samples and %lld features; there must be some samples, and 1 to "
                       "%d features",
                       (long long)d->x.shape[0], (long long)d->x.shape[1], VT_LEARN_MAX_FEATURES);
    if (!isfinite(d->bias)) return vt_fail(err, VT_EINVAL, "bias is %g", d->bias);
    VTI_TRY(check_targets(d, (size_t)d->x.shape[0], err));
    return check_folds(d, (size_t)d->x.shape[0], err);
}

vt_status vti_fail_entry(const vti_rows *rows, size_t count, vt_error *err) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < rows->columns; k++) {
            ptrdiff_t at = (ptrdiff_t)i * rows->stride + (ptrdiff_t)k;
            double x = rows->single ? (double)((const float *)rows->data)[at]
                                    : ((const double *)rows->data)[at];
            if (!isfinite(x))
                return vt_fail(
                    err, VT_EINVAL,
                    "entry (%zu, %zu) of x is %g; all must be finite. Leave such samples "
                    "out",
                    i + 1, k + 1, isnan(x) ? NAN : x);
        }
    return vt_fail(err, VT_EINVAL,
                   "sums of products of the entries of x and the targets overflow; scale them");
}

/* ---------------------------------------------------------------- memory ---- */

vti_rows vti_rows_of(const vt_array *x) {
    return (vti_rows){.data = x->data,
                      .stride = (ptrdiff_t)x->stride[0],
                      .columns = (size_t)x->shape[1],
                      .single = x->dtype == VT_FLOAT32};
}

static bool make_models(vt_linear *l) {
    enum { VECTORS = 6 };
    size_t each = VECTORS * l->padded + l->padded * l->padded;
    l->model = vt_alloc(l->models, sizeof *l->model);
    l->numbers = vt_alloc(l->models * each, sizeof *l->numbers);
    l->sides = vt_alloc(l->models * l->count, sizeof *l->sides);
    if (l->data.fold != NULL) l->unseen = vt_alloc(l->count, sizeof *l->unseen);
    if (l->model == NULL || l->numbers == NULL || l->sides == NULL ||
        (l->data.fold != NULL && l->unseen == NULL))
        return false;
    for (size_t m = 0; m < l->models; m++) {
        vti_model *model = &l->model[m];
        double **vector[VECTORS] = {&model->w,    &model->slope,    &model->slope0,
                                    &model->good, &model->gradient, &model->step};
        double *at = l->numbers + m * each;
        for (int k = 0; k < VECTORS; k++) *vector[k] = at + (size_t)k * l->padded;
        model->gram = at + VECTORS * l->padded;
        model->side = l->sides + m * l->count;
    }
    return true;
}

vt_linear *vt_linear_create(const vt_learn_data *data, vt_error *err) {
    if (vt_failed(check(data, err))) return NULL;
    vt_linear *l = vt_alloc(1, sizeof *l);
    if (l != NULL) {
        l->data = *data;
        l->rows = vti_rows_of(&data->x);
        l->kernels = vti_row_kernels_of(vt_simd_best());
        l->count = (size_t)data->x.shape[0];
        l->width = l->rows.columns + (data->bias >= 0);
        l->padded = (l->width + VTI_ROW_PADDING - 1) / VTI_ROW_PADDING * VTI_ROW_PADDING;
        l->models = data->fold != NULL ? (size_t)data->folds : 1;
        if (make_models(l)) return l;
    }
    vt_linear_destroy(l);
    vt_fail_memory(err, (size_t)data->x.shape[0], sizeof(double), "linear models");
    return NULL;
}

void vt_linear_destroy(vt_linear *linear) {
    if (linear == NULL) return;
    vt_free(linear->unseen);
    vt_free(linear->sides);
    vt_free(linear->numbers);
    vt_free(linear->model);
    vt_free(linear);
}

size_t vt_linear_models(const vt_linear *linear) {
    return linear->models;
}

const double *vt_linear_weights(const vt_linear *linear, size_t model) {
    return linear->model[model].w;
}

const double *vt_linear_unseen(const vt_linear *linear) {
    return linear->unseen;
}

/* ---------------------------------------------------------------- Newton's method ---- */

static double length_of(size_t n, const double *v) {
    return sqrt(vt_dot(v, v, n));
}

/* The step -H^-1 g with H = 1 + 2 C gram, from the point that is good. `hessian` is scratch. */
static vt_status find_step(vt_linear *l, vti_model *m, double C, double *hessian, vt_error *err) {
    size_t n = l->width;
    for (size_t k = 0; k < n * l->padded; k++) hessian[k] = 2 * C * m->gram[k];
    for (size_t k = 0; k < n; k++) {
        hessian[k * (l->padded + 1)] += 1;
        m->step[k] = -m->gradient[k];
    }
    /* An upper triangle by rows is a lower one by columns. */
    if (LAPACKE_dposv(LAPACK_COL_MAJOR, 'L', (int)n, 1, hessian, (int)l->padded, m->step, (int)n) !=
        0)
        return vt_fail(err, VT_EINVAL,
                       "C = %g times products of the features leaves nothing of the regularization "
                       "in double precision; scale the features, or take a smaller C",
                       C);
    m->along = vt_dot(m->gradient, m->step, n);
    m->length = 1;
    return VT_OK;
}

/* The next point to look at, from the good one. */
static void go(const vt_linear *l, vti_model *m) {
    for (size_t k = 0; k < l->width; k++) m->w[k] = m->good[k] + m->length * m->step[k];
}

/* After a pass: take the point or shorten the step, and see whether it is the minimum. */
static vt_status judge(vt_linear *l, vti_model *m, const vt_learn_options *o, bool first,
                       double *hessian, vt_learn_result *result, vt_error *err) {
    size_t n = l->width;
    double objective = 0.5 * vt_dot(m->w, m->w, n) + o->C * m->loss;
    if (!first && !(objective <= m->objective + SUFFICIENT * m->length * m->along +
                                     ROUNDING * fabs(m->objective))) {
        /* The minimum of the parabola through both points with the slope at the good one. */
        double bend = objective - m->objective - m->length * m->along;
        double share = -0.5 * m->length * m->along / bend;
        m->length *= share > 0.5 ? 0.5 : share > 0.1 ? share : 0.1;
        go(l, m);
        return VT_OK;
    }
    bool exact = !first && m->length == 1 && m->changes == 0;
    m->objective = objective;
    memcpy(m->good, m->w, n * sizeof *m->good);
    for (size_t k = 0; k < n; k++) m->gradient[k] = m->w[k] + 2 * o->C * m->slope[k];
    if (first) m->norm0 = 2 * o->C * length_of(n, m->slope0);
    double norm = length_of(n, m->gradient);
    result->objective = objective;
    result->gradient = m->norm0 > 0 ? norm / m->norm0 : norm;
    result->vectors = m->vectors;
    result->converged = exact || norm <= o->tolerance * m->norm0;
    m->live = !result->converged;
    if (!m->live) return VT_OK;
    VTI_TRY(find_step(l, m, o->C, hessian, err));
    go(l, m);
    return VT_OK;
}

vt_learn_options vt_learn_defaults(void) {
    return (vt_learn_options){.C = 1, .epsilon = 0.1, .tolerance = 1e-6, .iterations = 200};
}

static vt_status check_options(const vt_learn_options *o, vt_error *err) {
    if (!(o->C > 0) || !isfinite(o->C))
        return vt_fail(err, VT_EINVAL, "C is %g; it must be above 0", o->C);
    if (!(o->epsilon >= 0) || !isfinite(o->epsilon))
        return vt_fail(err, VT_EINVAL, "epsilon is %g; it must be 0 or more", o->epsilon);
    if (!(o->tolerance >= 0 && o->tolerance < 1))
        return vt_fail(err, VT_EINVAL, "tolerance is %g; it must be 0 or more and below 1",
                       o->tolerance);
    if (o->iterations < 1)
        return vt_fail(err, VT_EINVAL, "iterations is %lld; it must be at least 1",
                       (long long)o->iterations);
    return VT_OK;
}

static vt_status fit(vt_linear *l, const vt_learn_options *o, double *hessian,
                     vt_learn_result *result, vt_error *err) {
    bool any = true, settled = l->settled && l->epsilon == o->epsilon;
    for (size_t m = 0; m < l->models; m++) {
        l->model[m].live = true;
        result[m] = (vt_learn_result){0};
    }
    l->settled = false;
    l->epsilon = o->epsilon;
    int64_t passes = 0;
    for (bool first = true; any && passes < o->iterations; first = false) {
        if (!(first && settled)) {
            VTI_TRY(vti_learn_pass(l, o->epsilon, first, err));
            passes++;
        }
        any = false;
        for (size_t m = 0; m < l->models; m++) {
            if (!l->model[m].live) continue;
            result[m].iterations = passes;
            VTI_TRY(judge(l, &l->model[m], o, first, hessian, &result[m], err));
            any = any || l->model[m].live;
        }
    }
    l->settled = !any;
    for (size_t m = 0; m < l->models; m++)
        memcpy(l->model[m].w, l->model[m].good, l->width * sizeof(double));
    return VT_OK;
}

vt_status vt_linear_fit(vt_linear *linear, const vt_learn_options *options, vt_learn_result *result,
                        vt_error *err) {
    VTI_TRY(check_options(options, err));
    size_t size = linear->padded * linear->padded;
    double *hessian = vt_alloc(size, sizeof *hessian);
    if (hessian == NULL) return vt_fail_memory(err, size, sizeof *hessian, "linear models");
    openblas_set_num_threads(1); /* passes share the samples among threads themselves */
    vt_status st = fit(linear, options, hessian, result, err);
    vt_free(hessian);
    return st;
}

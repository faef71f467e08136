/* The lowest mode of a surface's second derivatives from products with them, each a difference of
   two forces: Lanczos, J. Res. Natl. Bur. Stand. 45, 255 (1950). */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "saddle/internal.h"

enum { MOST_VECTORS = 200 };

vt_lanczos_options vt_lanczos_defaults(void) {
    return (vt_lanczos_options){.vectors = 15, .tolerance = 0.01, .step = 1e-3};
}

/* ---------------------------------------------------------------- tridiagonal ---- */

/* Eigenvalues below x of the matrix with diagonal a and neighbors b, by Sturm's sequence. */
static int below(int m, const double *a, const double *b, double x) {
    int count = 0;
    double q = 1;
    for (int k = 0; k < m; k++) {
        q = a[k] - x - (k > 0 ? b[k - 1] * b[k - 1] / q : 0);
        if (q == 0) q = 1e-300;
        count += q < 0;
    }
    return count;
}

/* The lowest eigenvalue by bisection, and its vector by inverse iteration. */
static double lowest(int m, const double *a, const double *b, double *y) {
    double low = INFINITY, high = INFINITY;
    for (int k = 0; k < m; k++) {
        double around = (k > 0 ? fabs(b[k - 1]) : 0) + (k + 1 < m ? fabs(b[k]) : 0);
        low = fmin(low, a[k] - around);
        high = fmin(high, a[k]);
    }
    double width = fmax(fabs(low), fabs(high)) + 1e-300;
    high += 1e-14 * width;
    for (int k = 0; k < 200 && high - low > 1e-15 * width; k++) {
        double middle = 0.5 * (low + high);
        if (below(m, a, b, middle) > 0)
            high = middle;
        else
            low = middle;
    }
    double value = 0.5 * (low + high), shift = value - 1e-12 * width;
    for (int k = 0; k < m; k++) y[k] = 1;
    for (int turn = 0; turn < 3; turn++) {
        double d[MOST_VECTORS], norm = 0;
        for (int k = 0; k < m; k++) {
            d[k] = a[k] - shift;
            if (k > 0) {
                double l = b[k - 1] / d[k - 1];
                d[k] -= l * b[k - 1];
                y[k] -= l * y[k - 1];
            }
            if (d[k] == 0) d[k] = 1e-300;
        }
        for (int k = m - 1; k >= 0; k--) y[k] = (y[k] - (k + 1 < m ? b[k] * y[k + 1] : 0)) / d[k];
        for (int k = 0; k < m; k++) norm += y[k] * y[k];
        for (int k = 0; k < m; k++) y[k] /= sqrt(norm);
    }
    return value;
}

/* ---------------------------------------------------------------- vectors ---- */

void vti_drop_drift(const vt_surface *surface, double *v) {
    if (!surface->floats) return;
    size_t n = surface->count;
    double mean[3] = {0};
    for (size_t k = 0; k < n; k++) mean[k % 3] += v[k];
    for (size_t k = 0; k < n; k++) v[k] -= mean[k % 3] / (double)(n / 3);
}

double vti_norm(size_t n, const double *v) {
    return sqrt(vti_dot(n, v, v));
}

/* w = H v; `room` has 2 n numbers. */
static vt_status product(const vt_surface *surface, const double *x, const double *force,
                         const vt_lanczos_options *o, const double *v, double *w, double *room,
                         int64_t *evaluations, vt_error *err) {
    size_t n = surface->count;
    double *at = room, *back = room + n, energy;
    vti_step(n, x, o->step, v, at);
    VTI_TRY(surface->evaluate(surface->context, at, &energy, w, err));
    ++*evaluations;
    if (o->central) {
        vti_step(n, x, -o->step, v, at);
        VTI_TRY(surface->evaluate(surface->context, at, &energy, back, err));
        ++*evaluations;
        force = back;
    }
    double scale = -1 / (o->central ? 2 * o->step : o->step);
    for (size_t k = 0; k < n; k++) w[k] = scale * (w[k] - force[k]);
    vti_drop_drift(surface, w);
    return VT_OK;
}

/* ---------------------------------------------------------------- Lanczos ---- */

typedef struct {
    double *q;      /* the vectors, one after the other */
    double *w, *at; /* and 2 n numbers */
    double a[MOST_VECTORS], b[MOST_VECTORS], y[MOST_VECTORS];
    int count;
} krylov;

static vt_status iterate(const vt_surface *surface, const double *x, const double *force,
                         const vt_lanczos_options *o, krylov *k, double *curvature,
                         int64_t *evaluations, vt_error *err) {
    size_t n = surface->count;
    double last = INFINITY;
    for (;;) {
        int m = k->count;
        const double *v = k->q + n * (size_t)m;
        VTI_TRY(product(surface, x, force, o, v, k->w, k->at, evaluations, err));
        k->a[m] = vti_dot(n, v, k->w);
        k->count = ++m;
        *curvature = lowest(m, k->a, k->b, k->y);
        bool settled = m > 1 && fabs(*curvature - last) < o->tolerance * fabs(*curvature);
        last = *curvature;
        /* Twice is enough: Giraud et al., Numer. Math. 101, 87 (2005). */
        for (int turn = 0; turn < 2; turn++)
            for (int j = 0; j < m; j++) {
                const double *u = k->q + n * (size_t)j;
                vti_axpy(n, -vti_dot(n, u, k->w), u, k->w);
            }
        double norm = vti_norm(n, k->w);
        if (settled || m >= o->vectors || (size_t)m >= n || !(norm > 1e-9)) return VT_OK;
        k->b[m - 1] = norm;
        double *next = k->q + n * (size_t)m;
        for (size_t i = 0; i < n; i++) next[i] = k->w[i] / norm;
    }
}

vt_status vt_lanczos(const vt_surface *surface, const double *x, const double *force,
                     const vt_lanczos_options *options, double *mode, double *curvature,
                     int64_t *evaluations, vt_error *err) {
    size_t n = surface->count;
    vt_lanczos_options o = *options;
    if (o.vectors < 1 || o.vectors > MOST_VECTORS || !(o.step > 0) || !isfinite(o.step))
        return vt_fail(err, VT_EINVAL,
                       "Lanczos: 1 to %d vectors and a positive step are needed, got %d and %g A",
                       MOST_VECTORS, o.vectors, o.step);
    size_t vectors = (size_t)o.vectors < n ? (size_t)o.vectors : n;
    double *memory = vt_alloc((vectors + 3) * n, sizeof *memory);
    if (memory == NULL) return vt_fail_memory(err, vectors * n, sizeof *memory, "Lanczos");
    krylov k = {.q = memory, .w = memory + vectors * n, .at = memory + (vectors + 1) * n};
    memcpy(k.q, mode, n * sizeof *mode);
    vti_drop_drift(surface, k.q);
    double norm = vti_norm(n, k.q);
    vt_status st = norm > 0 ? VT_OK : vt_fail(err, VT_EINVAL, "Lanczos: the first mode is 0");
    for (size_t i = 0; i < n; i++) k.q[i] /= norm;
    if (!vt_failed(st)) st = iterate(surface, x, force, &o, &k, curvature, evaluations, err);
    if (!vt_failed(st)) {
        memset(mode, 0, n * sizeof *mode);
        for (int j = 0; j < k.count; j++) vti_axpy(n, k.y[j], k.q + n * (size_t)j, mode);
        norm = vti_norm(n, mode);
        double sign = vti_dot(n, mode, k.q) < 0 ? -1 : 1;
        for (size_t i = 0; i < n; i++) mode[i] *= sign / norm;
    }
    vt_free(memory);
    return st;
}

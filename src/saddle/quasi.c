/* Steps from limited memory, as in L-BFGS (Liu and Nocedal, Math. Program. 45, 503 (1989)), where
   there is no function to lower: perpendicular to a mode that turns, and of variables that get
   more. Steps and changes of force are kept as they were, and projected when they are used. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "saddle/internal.h"

/* Until a step was learned from, a stiffness typical for metals is taken. */
static const double FIRST = 0.05; /* angstrom^2/eV */

/* Curvature along a step that is worth remembering [eV/angstrom^2]. */
static const double LEAST_CURVATURE = 0.02;

enum { MOST = 64 /* steps remembered */ };

typedef struct {
    size_t n; /* numbers of both; those behind are 0 */
    double *s, *y;
    size_t room;
} pair;

struct vti_quasi {
    int memory, kept, newest;
    pair *pair;
    double *projected; /* s and y of all, for one step */
    size_t room;
};

vti_quasi *vti_quasi_create(int memory) {
    vti_quasi *q = vt_alloc(1, sizeof *q);
    if (q == NULL) return NULL;
    q->memory = memory < MOST ? memory : MOST;
    q->pair = vt_alloc((size_t)q->memory, sizeof *q->pair);
    if (q->pair != NULL) return q;
    vt_free(q);
    return NULL;
}

void vti_quasi_destroy(vti_quasi *q) {
    if (q == NULL) return;
    for (int k = 0; k < q->memory; k++) vt_free(q->pair[k].s);
    vt_free(q->pair);
    vt_free(q->projected);
    vt_free(q);
}

void vti_quasi_reset(vti_quasi *q) {
    q->kept = 0;
}

vt_status vti_quasi_learn(vti_quasi *q, size_t n, const double *s, const double *df,
                          vt_error *err) {
    int next = (q->newest + 1) % q->memory;
    pair *p = &q->pair[next];
    if (vt_failed(vt_reserve(&p->s, &p->room, 2 * n, n, sizeof *p->s, "a step", err)))
        return VT_ENOMEM;
    p->y = p->s + n;
    p->n = n;
    for (size_t k = 0; k < n; k++) {
        p->s[k] = s[k];
        p->y[k] = -df[k];
    }
    q->newest = next;
    if (q->kept < q->memory) q->kept++;
    return VT_OK;
}

/* v with n numbers, less its part along the mode. */
static void project(size_t n, const double *v, size_t known, const double *mode, double *out) {
    memcpy(out, v, known * sizeof *v);
    memset(out + known, 0, (n - known) * sizeof *v);
    if (mode != NULL) vti_axpy(n, -vti_dot(n, out, mode), mode, out);
}

vt_status vti_quasi_step(vti_quasi *q, size_t n, const double *force, const double *mode, double *d,
                         vt_error *err) {
    const double *s[MOST], *y[MOST];
    double alpha[MOST], rho[MOST], scale = FIRST;
    int count = 0;
    size_t numbers = 2 * n * (size_t)q->memory;
    VTI_TRY(vt_reserve(&q->projected, &q->room, numbers, numbers / 2, sizeof *q->projected, "steps",
                       err));
    project(n, force, n, mode, d);
    for (int age = 0; age < q->kept; age++) {
        const pair *p = &q->pair[(q->newest - age + q->memory) % q->memory];
        double *ps = q->projected + 2 * n * (size_t)count, *py = ps + n;
        project(n, p->s, p->n, mode, ps);
        project(n, p->y, p->n, mode, py);
        double sy = vti_dot(n, ps, py);
        if (!(sy > LEAST_CURVATURE * vti_dot(n, ps, ps)) || !(sy > 1e-12)) continue;
        if (count == 0) scale = sy / vti_dot(n, py, py);
        s[count] = ps;
        y[count] = py;
        rho[count++] = 1 / sy;
    }
    for (int k = 0; k < count; k++) {
        alpha[k] = rho[k] * vti_dot(n, s[k], d);
        vti_axpy(n, -alpha[k], y[k], d);
    }
    for (size_t k = 0; k < n; k++) d[k] *= scale;
    for (int k = count - 1; k >= 0; k--)
        vti_axpy(n, alpha[k] - rho[k] * vti_dot(n, y[k], d), s[k], d);
    if (mode != NULL) vti_axpy(n, -vti_dot(n, d, mode), mode, d);
    return VT_OK;
}

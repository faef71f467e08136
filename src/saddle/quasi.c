/* Steps from limited memory, as in L-BFGS (Liu and Nocedal, Math. Program. 45, 503 (1989)), where
   there is no function to lower: perpendicular to a mode that turns, and of variables that get
   more. Steps and changes of force are kept as they were; what they have along the mode is left out
   when they are used. */
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
    double ss, sy, yy; /* their products */
    size_t room;
} pair;

struct vti_quasi {
    int memory, kept, newest;
    pair *pair;
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
    p->ss = vti_dot(n, s, s);
    p->sy = vti_dot(n, s, p->y);
    p->yy = vti_dot(n, p->y, p->y);
    q->newest = next;
    if (q->kept < q->memory) q->kept++;
    return VT_OK;
}

/* ---------------------------------------------------------------- a step ---- */

/* A pair whose parts along the mode are left out. */
typedef struct {
    const pair *of;
    double s_mode, y_mode, rho, alpha;
} part;

/* The pairs that tell of a positive curvature, the newest first. */
static int choose(const vti_quasi *q, const double *mode, part *out, double *scale) {
    int count = 0;
    for (int age = 0; age < q->kept; age++) {
        const pair *p = &q->pair[(q->newest - age + q->memory) % q->memory];
        part a = {.of = p};
        if (mode != NULL) {
            a.s_mode = vti_dot(p->n, p->s, mode);
            a.y_mode = vti_dot(p->n, p->y, mode);
        }
        double sy = p->sy - a.s_mode * a.y_mode, ss = p->ss - a.s_mode * a.s_mode;
        if (!(sy > LEAST_CURVATURE * ss) || !(sy > 1e-12)) continue;
        if (count == 0) *scale = sy / (p->yy - a.y_mode * a.y_mode);
        a.rho = 1 / sy;
        out[count++] = a;
    }
    return count;
}

void vti_quasi_step(const vti_quasi *q, const vt_surface *surface, size_t n, const double *force,
                    const double *mode, double *d) {
    part a[MOST];
    double scale = FIRST, along = 0; /* what d lacks is so much of the mode */
    int count = choose(q, mode, a, &scale);
    memcpy(d, force, n * sizeof *d);
    if (mode != NULL) along = -vti_dot(n, force, mode);
    for (int k = 0; k < count; k++) {
        const pair *p = a[k].of;
        a[k].alpha = a[k].rho * (vti_dot(p->n, p->s, d) + along * a[k].s_mode);
        vti_axpy(p->n, -a[k].alpha, p->y, d);
        along += a[k].alpha * a[k].y_mode;
    }
    if (mode != NULL) vti_axpy(n, along, mode, d);
    bool known = surface != NULL && surface->respond != NULL;
    if (!known || !surface->respond(surface->context, d, d))
        for (size_t k = 0; k < n; k++) d[k] *= scale;
    along = mode != NULL ? -vti_dot(n, d, mode) : 0;
    for (int k = count - 1; k >= 0; k--) {
        const pair *p = a[k].of;
        double beta = a[k].rho * (vti_dot(p->n, p->y, d) + along * a[k].y_mode);
        vti_axpy(p->n, a[k].alpha - beta, p->s, d);
        along -= (a[k].alpha - beta) * a[k].s_mode;
    }
    if (mode != NULL) vti_axpy(n, along, mode, d);
}

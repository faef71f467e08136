/* Nonlinear conjugate gradients with the direction of Hager and Zhang, SIAM J. Optim. 16, 170
   (2005), eqs. 1.3 to 1.6, which descends whatever the line search does. */
#include <math.h>
#include <string.h>

#include "minimize/method.h"
#include "minimize/vectors.h"

typedef struct {
    vti_method base;
    vti_iterate at;    /* accepted */
    double *d;         /* direction of search */
    double *y;         /* change of the gradient, then of the preconditioned one */
    double *z;         /* preconditioned vectors */
    double slope_step; /* step times slope of the last search; 0 after a restart */
    vti_line_search search;
} cg;

static const double FIRST_STEP = 0.05;      /* angstrom^2/eV: 1/(20 eV/angstrom^2) */
static const double CURVATURE = 0.2;        /* a search ends when the slope fell to this fraction */
static const double LEAST_CONJUGACY = 0.01; /* eta of eq. 1.6 */

static vt_status create(vti_method *base, vt_error *err) {
    cg *self = (cg *)base;
    const vti_objective *f = base->objective;
    self->at.x = vti_vector(f);
    self->at.gradient = vti_vector(f);
    self->d = vti_vector(f);
    self->y = vti_vector(f);
    self->z = vti_vector(f);
    if (self->at.x && self->at.gradient && self->d && self->y && self->z) return VT_OK;
    return vt_fail_memory(err, 5, vti_variables(f) * sizeof(double), "conjugate gradients");
}

static void destroy(vti_method *base) {
    cg *self = (cg *)base;
    vt_free(self->z);
    vt_free(self->y);
    vt_free(self->d);
    vt_free(self->at.gradient);
    vt_free(self->at.x);
}

/* z = preconditioner times v. */
static const double *preconditioned(cg *self, const double *v) {
    const vti_objective *f = self->base.objective;
    bool known = f->precondition != NULL && f->precondition(f->context, v, self->z);
    return known ? self->z : v;
}

static void accept(cg *self, const vti_iterate *trial) {
    size_t n = vti_variables(self->base.objective);
    self->at.energy = trial->energy;
    memcpy(self->at.x, trial->x, n * sizeof(double));
    memcpy(self->at.gradient, trial->gradient, n * sizeof(double));
}

/* Begin a search along d; false when d does not lead down. */
static bool search(cg *self, vti_iterate *trial) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f);
    double slope = vti_dot(n, self->at.gradient, self->d);
    double reach = f->reach(f->context, self->d);
    if (!(slope < 0 && reach > 0) || !isfinite(slope) || !isfinite(reach)) return false;
    /* The next step gains about as much as the last one did: Nocedal and Wright, eq. 3.60. */
    double step = FIRST_STEP;
    if (self->slope_step < 0) step = self->slope_step / slope;
    self->search = vti_line_search_start(self->at.energy, slope, step, self->base.max_step / reach);
    vti_step(n, self->at.x, self->search.step, self->d, trial->x);
    return true;
}

static vt_status restart(cg *self, vti_iterate *trial) {
    size_t n = vti_variables(self->base.objective);
    const double *z = preconditioned(self, self->at.gradient);
    for (size_t i = 0; i < n; i++) self->d[i] = -z[i];
    self->slope_step = 0;
    return search(self, trial) ? VT_CONTINUE : VT_DONE;
}

static vt_status start(vti_method *base, vti_iterate *trial) {
    cg *self = (cg *)base;
    accept(self, trial);
    return restart(self, trial);
}

/* d becomes the next direction; at.gradient is the new gradient, y its change. */
static void turn(cg *self) {
    size_t n = vti_variables(self->base.objective);
    const double *g = self->at.gradient;
    double dy = vti_dot(n, self->d, self->y), dg = vti_dot(n, self->d, g);
    double dd = vti_dot(n, self->d, self->d), gg = vti_dot(n, g, g);
    const double *py = preconditioned(self, self->y);
    double ypy = vti_dot(n, self->y, py), gpy = vti_dot(n, g, py);
    double beta = (gpy - 2 * ypy * dg / dy) / dy;
    double least = -1 / (sqrt(dd) * fmin(LEAST_CONJUGACY, sqrt(gg)));
    if (beta < least) beta = least;
    const double *z = preconditioned(self, g);
    for (size_t i = 0; i < n; i++) self->d[i] = beta * self->d[i] - z[i];
}

static vt_status step(vti_method *base, vti_iterate *trial) {
    cg *self = (cg *)base;
    const vti_objective *f = base->objective;
    size_t n = vti_variables(f);
    double slope = isfinite(trial->energy) ? vti_dot(n, trial->gradient, self->d) : 0;
    switch (vti_line_search_judge(&self->search, trial->energy, slope, CURVATURE)) {
    case VTI_SEARCH_ACCEPT: {
        vti_step(n, trial->gradient, -1, self->at.gradient, self->y);
        if (f->learn != NULL) {
            vti_step(n, trial->x, -1, self->at.x, self->z);
            f->learn(f->context, self->z, self->y);
        }
        accept(self, trial);
        base->iterations++;
        self->slope_step = self->search.step * self->search.slope;
        if (!(vti_dot(n, self->d, self->y) > 0)) return restart(self, trial);
        turn(self);
        return search(self, trial) ? VT_CONTINUE : restart(self, trial);
    }
    case VTI_SEARCH_AGAIN:
        vti_step(n, self->at.x, self->search.step, self->d, trial->x);
        return VT_CONTINUE;
    default:
        break;
    }
    /* slope_step is 0 when this direction was the gradient already. */
    if (self->slope_step == 0) return VT_DONE;
    return restart(self, trial);
}

const vti_method_class vti_cg_class = {"cg", sizeof(cg), 100, create, start, step, destroy};

/* Limited-memory BFGS: Liu and Nocedal, Math. Program. 45, 503 (1989).

   The inverse second derivatives are rebuilt from the last steps s and the changes y of the
   gradient along them, on top of a first guess: s.y / y.y times the unit matrix, or the
   objective's own preconditioner. A step of length 1 is right so often that the search hardly
   ever needs a second evaluation; it is cut only where an atom would move further than max_step. */
#include <math.h>
#include <string.h>

#include "minimize/method.h"
#include "minimize/vectors.h"

typedef struct {
    vti_method base;
    vti_iterate at; /* accepted */
    double *d;      /* direction of search */
    double *scratch;
    double **s, **y; /* ring of `memory` steps */
    double *rho, *alpha;
    int64_t kept, newest;
    vti_line_search search;
} lbfgs;

/* Without any step to learn from, the first one assumes a stiffness of 20 eV/angstrom^2, typical
   for metals; a wrong guess costs one evaluation. */
static const double FIRST_STEP = 0.05; /* angstrom^2/eV */

/* A pair with less curvature than this fraction of |s| |y| would spoil the matrix. */
static const double LEAST_CURVATURE = 1e-8;

static vt_status create(vti_method *base, vt_error *err) {
    lbfgs *self = (lbfgs *)base;
    const vti_objective *f = base->objective;
    size_t m = (size_t)base->memory;
    self->at.x = vti_vector(f);
    self->at.gradient = vti_vector(f);
    self->d = vti_vector(f);
    self->scratch = vti_vector(f);
    self->s = vt_alloc(m, sizeof(double *));
    self->y = vt_alloc(m, sizeof(double *));
    self->rho = vt_alloc(m, sizeof(double));
    self->alpha = vt_alloc(m, sizeof(double));
    bool ok = self->at.x && self->at.gradient && self->d && self->scratch && self->s && self->y &&
              self->rho && self->alpha;
    if (ok) return VT_OK;
    return vt_fail_memory(err, 4, vti_variables(f) * sizeof(double), "L-BFGS");
}

/* Room for pair k, made when it is first needed: short minimizations are many. Where there is no
   memory for it, those that are there must do; false when there are none. */
static bool make_pair(lbfgs *self, int64_t *k) {
    const vti_objective *f = self->base.objective;
    if (self->s[*k] == NULL) self->s[*k] = vti_vector(f);
    if (self->y[*k] == NULL) self->y[*k] = vti_vector(f);
    if (self->s[*k] != NULL && self->y[*k] != NULL) return true;
    vt_free(self->s[*k]);
    vt_free(self->y[*k]);
    self->s[*k] = self->y[*k] = NULL;
    if (*k == 0) return false;
    self->base.memory = *k;
    *k = 0;
    return true;
}

static void destroy(vti_method *base) {
    lbfgs *self = (lbfgs *)base;
    for (int64_t k = 0; k < base->memory; k++) {
        if (self->s != NULL) vt_free(self->s[k]);
        if (self->y != NULL) vt_free(self->y[k]);
    }
    vt_free(self->s);
    vt_free(self->y);
    vt_free(self->rho);
    vt_free(self->alpha);
    vt_free(self->scratch);
    vt_free(self->d);
    vt_free(self->at.gradient);
    vt_free(self->at.x);
}

/* The pair that is `age` steps old, 0 for the newest. */
static int64_t slot(const lbfgs *self, int64_t age) {
    return (self->newest - age + self->base.memory) % self->base.memory;
}

/* d = first guess of the inverse second derivatives times q. The preconditioner brings its own
   scale; without it the guess agrees with the newest pair: y.H y = s.y. */
static void first_guess(lbfgs *self, const double *q) {
    const vti_objective *f = self->base.objective;
    if (f->precondition != NULL && f->precondition(f->context, q, self->d)) return;
    size_t n = vti_variables(f);
    double scale = FIRST_STEP;
    if (self->kept > 0) {
        const double *y = self->y[self->newest];
        scale = 1 / (self->rho[self->newest] * vti_dot(n, y, y));
    }
    for (size_t i = 0; i < n; i++) self->d[i] = scale * q[i];
}

/* Write the direction from the accepted point and the first trial along it. */
static vt_status aim(lbfgs *self, vti_iterate *trial) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f);
    double *q = self->scratch;
    for (;;) {
        memcpy(q, self->at.gradient, n * sizeof *q);
        int64_t kept = self->kept;
        double sq = kept > 0 ? vti_dot(n, self->s[slot(self, 0)], q) : 0;
        for (int64_t age = 0; age < kept; age++) {
            int64_t k = slot(self, age);
            self->alpha[k] = self->rho[k] * sq;
            const double *next = self->s[slot(self, age + 1 < kept ? age + 1 : age)];
            sq = vti_axpy_dot(n, -self->alpha[k], self->y[k], q, next);
        }
        first_guess(self, q);
        double yd = kept > 0 ? vti_dot(n, self->y[slot(self, kept - 1)], self->d) : 0;
        for (int64_t age = kept - 1; age >= 0; age--) {
            int64_t k = slot(self, age);
            const double *next = self->y[slot(self, age > 0 ? age - 1 : 0)];
            yd = vti_axpy_dot(n, self->alpha[k] - self->rho[k] * yd, self->s[k], self->d, next);
        }
        for (size_t i = 0; i < n; i++) self->d[i] = -self->d[i];

        double slope = vti_dot(n, self->at.gradient, self->d);
        double reach = f->reach(f->context, self->d);
        if (slope < 0 && reach > 0 && isfinite(slope) && isfinite(reach)) {
            self->search =
                vti_line_search_start(self->at.energy, slope, 1, self->base.max_step / reach);
            vti_step(n, self->at.x, self->search.step, self->d, trial->x);
            return VT_CONTINUE;
        }
        if (kept == 0) return VT_DONE; /* the gradient is zero */
        self->kept = 0;
    }
}

static void accept(lbfgs *self, const vti_iterate *trial) {
    size_t n = vti_variables(self->base.objective);
    self->at.energy = trial->energy;
    memcpy(self->at.x, trial->x, n * sizeof(double));
    memcpy(self->at.gradient, trial->gradient, n * sizeof(double));
}

static vt_status start(vti_method *base, vti_iterate *trial) {
    lbfgs *self = (lbfgs *)base;
    self->kept = 0;
    self->newest = base->memory - 1;
    accept(self, trial);
    return aim(self, trial);
}

/* Remember the step from the accepted point to the trial. */
static void remember(lbfgs *self, const vti_iterate *trial) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f);
    int64_t k = (self->newest + 1) % self->base.memory;
    if (!make_pair(self, &k)) return;
    vti_step(n, trial->x, -1, self->at.x, self->s[k]);
    vti_step(n, trial->gradient, -1, self->at.gradient, self->y[k]);
    if (f->learn != NULL) f->learn(f->context, self->s[k], self->y[k]);
    double sy = vti_dot(n, self->s[k], self->y[k]);
    double ss = vti_dot(n, self->s[k], self->s[k]), yy = vti_dot(n, self->y[k], self->y[k]);
    if (!(sy > LEAST_CURVATURE * sqrt(ss * yy))) return;
    self->rho[k] = 1 / sy;
    self->newest = k;
    if (self->kept < self->base.memory) self->kept++;
}

static vt_status step(vti_method *base, vti_iterate *trial) {
    lbfgs *self = (lbfgs *)base;
    size_t n = vti_variables(base->objective);
    bool known = isfinite(trial->energy);
    double slope = known ? vti_dot(n, trial->gradient, self->d) : 0;
    switch (vti_line_search_judge(&self->search, trial->energy, slope, INFINITY)) {
    case VTI_SEARCH_ACCEPT:
        remember(self, trial);
        accept(self, trial);
        base->iterations++;
        return aim(self, trial);
    case VTI_SEARCH_AGAIN:
        vti_step(n, self->at.x, self->search.step, self->d, trial->x);
        return VT_CONTINUE;
    default:
        break;
    }
    /* The remembered steps may be what misleads: once more along the gradient alone. */
    if (self->kept == 0) return VT_DONE;
    self->kept = 0;
    return aim(self, trial);
}

const vti_method_class vti_lbfgs_class = {"lbfgs", sizeof(lbfgs), 60, create, start, step, destroy};

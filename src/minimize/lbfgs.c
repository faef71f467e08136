/* Limited-memory BFGS: Liu and Nocedal, Math. Program. 45, 503 (1989).

   The inverse second derivatives are rebuilt from the last steps s and the changes y of the
   gradient along them, on top of a first guess: s.y / y.y times the unit matrix, or the
   objective's own preconditioner. The two loops of the paper take the products of all s and y with
   one vector at a time; here those of s with y are remembered, as in Byrd, Nocedal and Schnabel,
   Math. Program. 63, 129 (1994), so that all s, and all y, are read once in each loop. A step of
   length 1 is right so often that the search hardly ever needs a second evaluation; it is cut only
   where an atom would move further than max_step. */
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
    int64_t room;    /* of the ring when it was made */
    double *rho;     /* 1 / s.y */
    double scale;    /* s.y / y.y of the newest */
    double *sy;      /* room x room: s.y of each s with each newer y */
    int64_t kept, newest;
    /* By age, the newest first: the ring, products with a vector, and factors. */
    const double **s_by_age, **y_by_age;
    double *product, *other_product, *alpha;
    bool known; /* `product` is that of each s with the accepted gradient */
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
    self->room = base->memory;
    self->s = vt_alloc(m, sizeof(double *));
    self->y = vt_alloc(m, sizeof(double *));
    self->rho = vt_alloc(m, sizeof(double));
    self->sy = vt_alloc(m * m, sizeof(double));
    self->s_by_age = vt_alloc(m, sizeof(double *));
    self->y_by_age = vt_alloc(m, sizeof(double *));
    self->product = vt_alloc(m, sizeof(double));
    self->other_product = vt_alloc(m, sizeof(double));
    self->alpha = vt_alloc(m, sizeof(double));
    bool ok = self->at.x && self->at.gradient && self->d && self->scratch && self->s && self->y &&
              self->rho && self->sy && self->s_by_age && self->y_by_age && self->product &&
              self->other_product && self->alpha;
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
    vt_free(self->sy);
    vt_free(self->s_by_age);
    vt_free(self->y_by_age);
    vt_free(self->product);
    vt_free(self->other_product);
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

/* s of the pair `older` times y of the pair `newer`; ages. */
static double *cross(const lbfgs *self, int64_t older, int64_t newer) {
    return &self->sy[slot(self, older) * self->room + slot(self, newer)];
}

static void sort_by_age(lbfgs *self) {
    for (int64_t age = 0; age < self->kept; age++) {
        self->s_by_age[age] = self->s[slot(self, age)];
        self->y_by_age[age] = self->y[slot(self, age)];
    }
}

/* d = first guess of the inverse second derivatives times q. The preconditioner brings its own
   scale; without it the guess agrees with the newest pair: y.H y = s.y. */
static void first_guess(lbfgs *self, const double *q) {
    const vti_objective *f = self->base.objective;
    if (f->precondition != NULL && f->precondition(f->context, q, self->d)) return;
    size_t n = vti_variables(f);
    double scale = FIRST_STEP;
    if (self->kept > 0) scale = self->scale;
    for (size_t i = 0; i < n; i++) self->d[i] = scale * q[i];
}

/* d = minus the inverse second derivatives times the accepted gradient. */
static void find_direction(lbfgs *self) {
    size_t n = vti_variables(self->base.objective), kept = (size_t)self->kept;
    double *q = self->scratch, *alpha = self->alpha, *product = self->product;
    const double *g = self->at.gradient;
    sort_by_age(self);
    if (!self->known) vti_dots(n, kept, self->s_by_age, g, NULL, product, NULL);
    self->known = false;
    for (size_t i = 0; i < n; i++) q[i] = -g[i];
    /* The first loop: s.q of each pair follows from s.g, since q differs from -g by y of newer
       ones. */
    for (int64_t age = 0; age < self->kept; age++) {
        double sq = -product[age];
        for (int64_t newer = 0; newer < age; newer++) sq += alpha[newer] * *cross(self, age, newer);
        alpha[age] = -self->rho[slot(self, age)] * sq;
    }
    vti_combine(n, kept, alpha, self->y_by_age, q);
    first_guess(self, q);
    /* The second loop, alike, from the oldest to the newest. */
    vti_dots(n, kept, self->y_by_age, self->d, NULL, product, NULL);
    for (int64_t age = self->kept - 1; age >= 0; age--) {
        double yd = product[age];
        for (int64_t older = age + 1; older < self->kept; older++)
            yd += alpha[older] * *cross(self, older, age);
        alpha[age] = -alpha[age] - self->rho[slot(self, age)] * yd;
    }
    vti_combine(n, kept, alpha, self->s_by_age, self->d);
}

/* Write the direction from the accepted point and the first trial along it. */
static vt_status aim(lbfgs *self, vti_iterate *trial) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f);
    for (;;) {
        find_direction(self);
        double slope = vti_dot(n, self->at.gradient, self->d);
        double reach = f->reach(f->context, self->d);
        if (slope < 0 && reach > 0 && isfinite(slope) && isfinite(reach)) {
            self->search =
                vti_line_search_start(self->at.energy, slope, 1, self->base.max_step / reach);
            vti_step(n, self->at.x, self->search.step, self->d, trial->x);
            return VT_CONTINUE;
        }
        if (self->kept == 0) return VT_DONE; /* the gradient is zero */
        self->kept = 0;
    }
}

/* The trial's vectors become those of the accepted point, and the old ones are free for the next
   trial. */
static void accept(lbfgs *self, vti_iterate *trial) {
    vti_iterate before = self->at;
    self->at = *trial;
    trial->x = before.x;
    trial->gradient = before.gradient;
}

static vt_status start(vti_method *base, vti_iterate *trial) {
    lbfgs *self = (lbfgs *)base;
    self->known = false;
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
    double *s = self->s[k], *y = self->y[k];
    vti_step(n, trial->x, -1, self->at.x, s);
    vti_step(n, trial->gradient, -1, self->at.gradient, y);
    if (f->learn != NULL) f->learn(f->context, s, y);
    const double *const both[2] = {s, y};
    double with_s[2], with_y[2];
    vti_dots(n, 2, both, s, y, with_s, with_y);
    double sy = with_y[0], ss = with_s[0], yy = with_y[1];
    if (!(sy > LEAST_CURVATURE * sqrt(ss * yy))) return;
    self->rho[k] = 1 / sy;
    self->scale = sy / yy;
    self->newest = k;
    if (self->kept < self->base.memory) self->kept++;
    sort_by_age(self);
    vti_dots(n, (size_t)self->kept, self->s_by_age, trial->gradient, y, self->product,
             self->other_product);
    for (int64_t age = 1; age < self->kept; age++) *cross(self, age, 0) = self->other_product[age];
    self->known = true;
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

/* Limited-memory BFGS: Liu and Nocedal, Math. Program. 45, 503 (1989).

   The inverse second derivatives are rebuilt from the last steps s and the changes y of the
   gradient along them, on top of a first guess: s.y / y.y times the unit matrix, or the
   objective's own preconditioner. The two loops of the paper take the products of all s and y with
   one vector at a time; here those of s and y with y are remembered, as in Byrd, Nocedal and
   Schnabel, Math. Program. 63, 129 (1994). A new pair is made, and multiplied by all others, in one
   pass over memory; the direction and the next point are written in a second one. With a
   preconditioner there are two more. A step of
   length 1 is right so often that the search hardly ever needs a second evaluation; it is cut only
   where an atom would move further than max_step. */
#include <math.h>
#include <string.h>

#include "minimize/method.h"
#include "minimize/vectors.h"

typedef struct {
    vti_method base;
    vti_iterate at;  /* accepted */
    double *d;       /* direction of search */
    double *q;       /* NULL without a preconditioner */
    double **s, **y; /* ring of `memory` steps */
    int64_t room;    /* of the ring when it was made */
    double *rho;     /* 1 / s.y */
    double scale;    /* s.y / y.y of the newest */
    double *sy, *yy; /* room x room: each s, and each y, with each newer y; with itself in yy, and
                        both halves of it */
    int64_t kept, newest;
    /* The newest s and y, then all kept s, then all kept y; both by age, the newest first. */
    const double **by_age;
    double *in_g, *in_y, *part; /* products with those, and of blocks */
    double *sg, *yg;            /* by age, with the accepted gradient */
    double *alpha, *factor;     /* by age; of the kept s, then of the kept y */
    bool known;                 /* sg and yg are */
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
    if (f->precondition != NULL) self->q = vti_vector(f);
    self->room = base->memory;
    self->s = vt_alloc(m, sizeof(double *));
    self->y = vt_alloc(m, sizeof(double *));
    self->rho = vt_alloc(m, sizeof(double));
    self->sy = vt_alloc(m * m, sizeof(double));
    self->yy = vt_alloc(m * m, sizeof(double));
    self->by_age = vt_alloc(2 + 2 * m, sizeof(double *));
    self->in_g = vt_alloc(2 + 2 * m, sizeof(double));
    self->in_y = vt_alloc(2 + 2 * m, sizeof(double));
    self->part = vt_alloc(vti_parts(vti_variables(f), 2 + 2 * m), sizeof(double));
    self->sg = vt_alloc(m, sizeof(double));
    self->yg = vt_alloc(m, sizeof(double));
    self->alpha = vt_alloc(m, sizeof(double));
    self->factor = vt_alloc(2 * m, sizeof(double));
    bool ok = self->at.x && self->at.gradient && self->d && (self->q || f->precondition == NULL) &&
              self->s && self->y && self->rho && self->sy && self->yy && self->by_age &&
              self->in_g && self->in_y && self->part && self->sg && self->yg && self->alpha &&
              self->factor;
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
    vt_free(self->yy);
    vt_free(self->by_age);
    vt_free(self->in_g);
    vt_free(self->in_y);
    vt_free(self->part);
    vt_free(self->sg);
    vt_free(self->yg);
    vt_free(self->alpha);
    vt_free(self->factor);
    vt_free(self->q);
    vt_free(self->d);
    vt_free(self->at.gradient);
    vt_free(self->at.x);
}

/* The pair that is `age` steps old, 0 for the newest. */
static int64_t slot(const lbfgs *self, int64_t age) {
    return (self->newest - age + self->base.memory) % self->base.memory;
}

/* Product of the s, or y, of pair `a` with the y of pair `b`; ages. */
static double *product(const lbfgs *self, double *products, int64_t a, int64_t b) {
    return &products[slot(self, a) * self->room + slot(self, b)];
}

/* Whether the products with y stand for passes over the vectors. A preconditioner is no multiple of
   the unit matrix: products with what it gives must be taken. */
static bool by_products(const lbfgs *self) {
    return self->base.objective->precondition == NULL;
}

static void sort_by_age(lbfgs *self) {
    const double **s = self->by_age + 2, **y = s + self->kept;
    for (int64_t age = 0; age < self->kept; age++) {
        s[age] = self->s[slot(self, age)];
        y[age] = self->y[slot(self, age)];
    }
}

/* The kept vectors of which products are wanted. */
static size_t multiplied(const lbfgs *self) {
    return (size_t)self->kept * (by_products(self) ? 2 : 1);
}

/* The first loop: s.q of each pair follows from s.g, since q differs from -g by y of newer ones. */
static void first_loop(lbfgs *self) {
    for (int64_t age = 0; age < self->kept; age++) {
        double sq = -self->sg[age];
        for (int64_t newer = 0; newer < age; newer++)
            sq += self->alpha[newer] * *product(self, self->sy, age, newer);
        self->alpha[age] = -self->rho[slot(self, age)] * sq;
    }
}

/* The second, alike, from the oldest to the newest: factors of s from the products `yd` of y with
   the guess times q. */
static void second_loop(lbfgs *self, const double *yd) {
    double *beta = self->factor;
    for (int64_t age = self->kept - 1; age >= 0; age--) {
        double sum = yd[age];
        for (int64_t older = age + 1; older < self->kept; older++)
            sum += beta[older] * *product(self, self->sy, older, age);
        beta[age] = -self->alpha[age] - self->rho[slot(self, age)] * sum;
    }
}

/* With a multiple of the unit matrix as the first guess, all is one sum of vectors. */
static vti_sum_of_vectors plain_direction(lbfgs *self, double scale) {
    size_t kept = (size_t)self->kept;
    double *yd = self->in_y;
    for (int64_t age = 0; age < self->kept; age++) {
        double yq = -self->yg[age];
        for (int64_t other = 0; other < self->kept; other++)
            yq += self->alpha[other] * *product(self, self->yy, age, other);
        yd[age] = scale * yq;
        self->factor[kept + (size_t)age] = scale * self->alpha[age];
    }
    second_loop(self, yd);
    return (vti_sum_of_vectors){-scale,       self->at.gradient, 2 * kept,
                                self->factor, self->by_age + 2,  self->d};
}

static vti_sum_of_vectors preconditioned_direction(lbfgs *self, double scale) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f), kept = (size_t)self->kept;
    const double *const *s = self->by_age + 2, *const *y = s + kept;
    const vti_sum_of_vectors to_q = {-1, self->at.gradient, kept, self->alpha, y, self->q};
    vti_combine(n, &to_q);
    if (!f->precondition(f->context, self->q, self->d))
        for (size_t i = 0; i < n; i++) self->d[i] = scale * self->q[i];
    vti_dots(n, kept, y, self->d, NULL, self->in_y, NULL);
    second_loop(self, self->in_y);
    return (vti_sum_of_vectors){1, self->d, kept, self->factor, s, self->d};
}

/* d = minus the inverse second derivatives times the accepted gradient, and the point a step of it
   away. Returns the slope along d. The first guess agrees with the newest pair, y.H y = s.y; the
   preconditioner brings its own scale. */
static double find_direction(lbfgs *self, double *next) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f), kept = (size_t)self->kept;
    const double *g = self->at.gradient;
    sort_by_age(self);
    if (!self->known) {
        vti_dots(n, multiplied(self), self->by_age + 2, g, NULL, self->in_g, NULL);
        memcpy(self->sg, self->in_g, kept * sizeof(double));
        if (by_products(self)) memcpy(self->yg, self->in_g + kept, kept * sizeof(double));
    }
    self->known = false;
    first_loop(self);
    double scale = kept > 0 ? self->scale : FIRST_STEP;
    vti_sum_of_vectors sum =
        by_products(self) ? plain_direction(self, scale) : preconditioned_direction(self, scale);
    return vti_combine_and_advance(n, &sum, g, self->at.x, next);
}

/* Write the direction from the accepted point and the first trial along it. */
static vt_status aim(lbfgs *self, vti_iterate *trial) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f);
    for (;;) {
        double slope = find_direction(self, trial->x);
        double reach = f->reach(f->context, self->d);
        if (slope < 0 && reach > 0 && isfinite(slope) && isfinite(reach)) {
            self->search =
                vti_line_search_start(self->at.energy, slope, 1, self->base.max_step / reach);
            if (self->search.step != 1)
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

/* Products of the pair that has just become the newest, which are in in_g and in_y together with
   those of the `before` pairs kept before it. */
static void keep_products(lbfgs *self, size_t before) {
    const double *s_in_y = self->in_y + 2, *y_in_y = s_in_y + before;
    for (size_t k = before; k > 0; k--) {
        int64_t age = (int64_t)k;
        self->sg[k] = self->sg[k - 1];
        self->yg[k] = self->yg[k - 1];
        *product(self, self->sy, age, 0) = s_in_y[k - 1];
        if (by_products(self))
            *product(self, self->yy, age, 0) = *product(self, self->yy, 0, age) = y_in_y[k - 1];
    }
    self->sg[0] = self->in_g[0];
    self->yg[0] = self->in_g[1];
    *product(self, self->yy, 0, 0) = self->in_y[1];
}

/* Remember the step from the accepted point to the trial. */
static void remember(lbfgs *self, const vti_iterate *trial) {
    const vti_objective *f = self->base.objective;
    int64_t k = (self->newest + 1) % self->base.memory;
    if (!make_pair(self, &k)) return;
    if (self->kept == self->base.memory) self->kept--; /* the oldest makes room */
    const vti_change change = {trial->x,          self->at.x, trial->gradient,
                               self->at.gradient, self->s[k], self->y[k]};
    size_t before = (size_t)self->kept;
    sort_by_age(self);
    self->by_age[0] = change.s;
    self->by_age[1] = change.y;
    double ss = vti_dots_of_change(vti_variables(f), &change, 2 + multiplied(self), self->by_age,
                                   self->part, self->in_g, self->in_y);
    memcpy(self->sg, self->in_g + 2, before * sizeof(double));
    if (by_products(self)) memcpy(self->yg, self->in_g + 2 + before, before * sizeof(double));
    self->known = true;
    if (f->learn != NULL) f->learn(f->context, change.s, change.y);
    double sy = self->in_y[0], yy = self->in_y[1];
    if (!(sy > LEAST_CURVATURE * sqrt(ss * yy))) return;
    self->rho[k] = 1 / sy;
    self->scale = sy / yy;
    self->newest = k;
    self->kept++;
    keep_products(self, before);
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

/* Without a preconditioner, which has a memory of its own. */
static bool state(vti_method *base, vti_piece *piece, void *context) {
    lbfgs *self = (lbfgs *)base;
    size_t n = vti_variables(base->objective) * sizeof(double), m = (size_t)self->room;
    int64_t at[3] = {base->memory, self->kept, self->newest};
    int64_t known = self->known;
    bool ok = piece(context, at, sizeof at) && at[0] == base->memory && at[1] >= 0 &&
              at[1] <= at[0] && at[2] >= 0 && at[2] < at[0];
    if (!ok) return false;
    self->kept = at[1];
    self->newest = at[2];
    for (int64_t age = 0; ok && age < self->kept; age++) {
        int64_t k = slot(self, age), wanted = k;
        ok = make_pair(self, &k) && k == wanted && piece(context, self->s[k], n) &&
             piece(context, self->y[k], n);
    }
    ok = ok && piece(context, &base->iterations, sizeof base->iterations) &&
         piece(context, &self->at.energy, sizeof self->at.energy) &&
         piece(context, self->at.x, n) && piece(context, self->at.gradient, n) &&
         piece(context, self->d, n) && piece(context, self->rho, m * sizeof(double)) &&
         piece(context, &self->scale, sizeof self->scale) &&
         piece(context, self->sy, m * m * sizeof(double)) &&
         piece(context, self->yy, m * m * sizeof(double)) &&
         piece(context, self->sg, m * sizeof(double)) &&
         piece(context, self->yg, m * sizeof(double)) && piece(context, &known, sizeof known) &&
         piece(context, &self->search, sizeof self->search);
    self->known = known == 1;
    if (!ok) self->kept = 0;
    return ok;
}

const vti_method_class vti_lbfgs_class = {"lbfgs", sizeof(lbfgs), 60,      create,
                                          start,   step,          destroy, state};

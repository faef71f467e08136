/* FIRE 2.0, damped dynamics that stops and turns whenever it goes uphill: Bitzek, Koskinen,
   Gaehler, Moseler, Gumbsch, Phys. Rev. Lett. 97, 170201 (2006); Guenole et al., Comput. Mater.
   Sci. 175, 109584 (2020), algorithm 2, semi-implicit Euler.

   All variables have the same mass, 1, so that a time step is the square root of a stiffness
   upside down. The scale comes from the stiffest direction met so far: a step longer than 2 over
   the square root of the largest stiffness would not be stable. */
#include <math.h>
#include <string.h>

#include "minimize/method.h"
#include "minimize/vectors.h"

typedef struct {
    vti_method base;
    vti_iterate at; /* last point with a finite energy */
    double *v;
    double stiffness; /* largest met, eV/angstrom^2 */
    double time_step; /* in units of 1/sqrt(stiffness) */
    double mixing;    /* alpha of the paper */
    int64_t downhill; /* steps since the last uphill one */
    bool cut;         /* the last step was cut to max_step */
} fire;

/* Parameters of the 2020 paper, table 1, with time in units of 1/sqrt(stiffness). */
static const double GROW = 1.1, SHRINK = 0.5, MIXING = 0.25, MIXING_FACTOR = 0.99;
enum { DELAY = 20 };
/* A stiffness met long ago counts less, by this factor a step. */
static const double FORGET = 0.98;
static const double FIRST_TIME_STEP = 0.3, LEAST_TIME_STEP = 0.01, LARGEST_TIME_STEP = 1.5;
static const double FIRST_STIFFNESS =
    20; /* eV/angstrom^2, a metal's; corrected from the first step on */

static vt_status create(vti_method *base, vt_error *err) {
    fire *self = (fire *)base;
    const vti_objective *f = base->objective;
    self->at.x = vti_vector(f);
    self->at.gradient = vti_vector(f);
    self->v = vti_vector(f);
    if (self->at.x && self->at.gradient && self->v) return VT_OK;
    return vt_fail_memory(err, 3, vti_variables(f) * sizeof(double), "FIRE");
}

static void destroy(vti_method *base) {
    fire *self = (fire *)base;
    vt_free(self->v);
    vt_free(self->at.gradient);
    vt_free(self->at.x);
}

/* Velocities from the forces at the accepted point, then the next point. */
static vt_status move(fire *self, vti_iterate *trial) {
    const vti_objective *f = self->base.objective;
    size_t n = vti_variables(f);
    const double *g = self->at.gradient;
    double dt = self->time_step / sqrt(self->stiffness);
    vti_axpy(n, -dt, g, self->v);
    double gg = vti_dot(n, g, g), vv = vti_dot(n, self->v, self->v);
    if (!(gg > 0)) return VT_DONE;
    double toward = self->mixing * sqrt(vv / gg);
    for (size_t i = 0; i < n; i++) self->v[i] = (1 - self->mixing) * self->v[i] - toward * g[i];
    double reach = dt * f->reach(f->context, self->v);
    /* After a turn half a step was taken back already. */
    double longest = self->base.max_step * (self->downhill == 0 ? 0.5 : 1);
    self->cut = reach > longest;
    if (self->cut) dt *= longest / reach;
    vti_step(n, self->at.x, dt, self->v, trial->x);
    return VT_CONTINUE;
}

static void accept(fire *self, const vti_iterate *trial) {
    size_t n = vti_variables(self->base.objective);
    self->at.energy = trial->energy;
    memcpy(self->at.x, trial->x, n * sizeof(double));
    memcpy(self->at.gradient, trial->gradient, n * sizeof(double));
}

static void rest(fire *self) {
    memset(self->v, 0, vti_variables(self->base.objective) * sizeof(double));
    self->mixing = MIXING;
    self->downhill = 0;
    self->time_step = fmax(self->time_step * SHRINK, LEAST_TIME_STEP);
}

static vt_status start(vti_method *base, vti_iterate *trial) {
    fire *self = (fire *)base;
    accept(self, trial);
    self->stiffness = FIRST_STIFFNESS;
    rest(self);
    self->time_step = FIRST_TIME_STEP;
    return move(self, trial);
}

/* The stiffness along the last displacement, y.y / s.y, if it is the largest so far. */
static void learn_stiffness(fire *self, const vti_iterate *trial) {
    /* After a turn the gradient at hand belongs to a point half a step further; while steps are
       cut, atoms still come down walls whose stiffness says nothing of the valley. */
    if (self->cut || (self->downhill == 0 && self->base.iterations > 0)) return;
    size_t n = vti_variables(self->base.objective);
    double sy = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        double y = trial->gradient[i] - self->at.gradient[i];
        sy += y * (trial->x[i] - self->at.x[i]);
        yy += y * y;
    }
    if (!(sy > 0)) return;
    double seen = yy / sy;
    self->stiffness = self->downhill == 0 ? seen : fmax(seen, FORGET * self->stiffness);
}

static vt_status step(vti_method *base, vti_iterate *trial) {
    fire *self = (fire *)base;
    size_t n = vti_variables(base->objective);
    if (!isfinite(trial->energy)) { /* two atoms ran into each other: back, and slower */
        if (self->time_step <= LEAST_TIME_STEP) return VT_DONE;
        rest(self);
        return move(self, trial);
    }
    learn_stiffness(self, trial);
    accept(self, trial);
    base->iterations++;
    if (vti_dot(n, self->at.gradient, self->v) < 0) {
        if (++self->downhill > DELAY) {
            self->time_step = fmin(self->time_step * GROW, LARGEST_TIME_STEP);
            self->mixing *= MIXING_FACTOR;
        }
    } else {
        /* Half a step back, since the turning point lies between the last two points. */
        double dt = self->time_step / sqrt(self->stiffness);
        double reach = dt * base->objective->reach(base->objective->context, self->v);
        if (reach > base->max_step) dt *= base->max_step / reach;
        vti_axpy(n, -0.5 * dt, self->v, self->at.x);
        rest(self);
    }
    return move(self, trial);
}

const vti_method_class vti_fire_class = {"fire", sizeof(fire), 400, create, start, step, destroy};

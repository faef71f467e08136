/* The driver: evaluates what a method proposes, counts, keeps the lowest state, knows when to
   stop. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "minimize/enthalpy.h"
#include "minimize/method.h"
#include "minimize/vectors.h"
#include "vitrum/units.h"

struct vt_minimizer {
    vt_minimize_options options;
    vti_enthalpy *enthalpy;
    vti_method *method;
    vti_iterate trial;
    vti_iterate lowest;
    double norm, lowest_norm; /* of the gradients of both */
    vti_evaluated lowest_state;
    double least_norm; /* when the last progress was made */
    double mark;       /* energy when the last progress was made */
    int64_t fruitless; /* evaluations since then */
    bool started, done;
    bool referred; /* the next evaluation is the lowest state seen from another box */
    vt_minimize_report report;
};

/* ---------------------------------------------------------------- options ---- */

vt_minimize_options vt_minimize_defaults(void) {
    vt_minimize_options options = {.method = vt_minimize_methods()[0],
                                   .fmax = 1e-4,
                                   .stress_tolerance = 1e-3 / VT_GPA,
                                   .max_step = 0.1,
                                   .memory = 12,
                                   .precondition = true};
    return options;
}

vt_status vt_minimize_check(const vt_minimize_options *o, vt_error *err) {
#define LISTED(name) ", " #name
    static const char known[] = VTI_METHODS(LISTED);
    if (vti_method_find(o->method) == NULL)
        return vt_fail(err, VT_EINVAL, "minimize: unknown method '%s'; known are %s", o->method,
                       known + 2);
    if (!(o->fmax > 0) || !isfinite(o->fmax))
        return vt_fail(err, VT_EINVAL, "minimize: fmax must be positive [eV/angstrom], got %g",
                       o->fmax);
    if (!(o->stress_tolerance > 0) || !isfinite(o->stress_tolerance))
        return vt_fail(err, VT_EINVAL,
                       "minimize: the stress tolerance must be positive [eV/angstrom^3], got %g",
                       o->stress_tolerance);
    if (!(o->max_step > 0) || !isfinite(o->max_step))
        return vt_fail(err, VT_EINVAL, "minimize: max_step must be positive [angstrom], got %g",
                       o->max_step);
    if (o->memory < 1 || o->memory > 1000)
        return vt_fail(err, VT_EINVAL, "minimize: memory must be 1 to 1000 steps, got %lld",
                       (long long)o->memory);
    for (int c = 0; c < 6; c++)
        if (!isfinite(o->stress[c]))
            return vt_fail(err, VT_EINVAL, "minimize: a target stress is not finite (%g)",
                           o->stress[c]);
    return VT_OK;
}

const char *vt_minimize_reason_text(vt_minimize_reason reason) {
    switch (reason) {
    case VT_MINIMIZE_CONVERGED:
        return "converged";
    case VT_MINIMIZE_EVALUATIONS:
        return "evaluations used up";
    case VT_MINIMIZE_STALLED:
        return "no progress: rounding, forces that jump at a cutoff, or atoms too close";
    default:
        return "interrupted";
    }
}

/* ---------------------------------------------------------------- object ---- */

void vt_minimizer_destroy(vt_minimizer *self) {
    if (self == NULL) return;
    if (self->method != NULL) {
        self->method->class->destroy(self->method);
        vt_free(self->method);
    }
    vti_enthalpy_destroy(self->enthalpy);
    vt_free(self->trial.x);
    vt_free(self->trial.gradient);
    vt_free(self->lowest.x);
    vt_free(self->lowest.gradient);
    vt_free(self);
}

static vt_status create_method(vt_minimizer *self, vt_error *err) {
    const vti_method_class *class = vti_method_find(self->options.method);
    self->method = vt_alloc(1, class->size);
    if (self->method == NULL) return vt_fail_memory(err, 1, class->size, "a minimizer");
    *self->method = (vti_method){.class = class,
                                 .objective = vti_enthalpy_objective(self->enthalpy),
                                 .max_step = self->options.max_step,
                                 .memory = self->options.memory};
    return class->create(self->method, err);
}

vt_minimizer *vt_minimizer_create(vt_system *system, const vt_minimize_options *options,
                                  vt_error *err) {
    if (vt_failed(vt_minimize_check(options, err))) return NULL;
    vt_minimizer *self = vt_alloc(1, sizeof *self);
    if (self == NULL) {
        vt_fail_memory(err, 1, sizeof *self, "a minimizer");
        return NULL;
    }
    self->options = *options;
    self->enthalpy = vti_enthalpy_create(system, options, err);
    if (self->enthalpy == NULL || vt_failed(create_method(self, err))) goto fail;
    const vti_objective *f = vti_enthalpy_objective(self->enthalpy);
    self->trial = (vti_iterate){0, vti_vector(f), vti_vector(f)};
    self->lowest = (vti_iterate){0, vti_vector(f), vti_vector(f)};
    if (!self->trial.x || !self->trial.gradient || !self->lowest.x || !self->lowest.gradient) {
        vt_fail_memory(err, 4, vti_variables(f) * sizeof(double), "the lowest state");
        goto fail;
    }
    vti_enthalpy_read(self->enthalpy, self->trial.x);
    return self;
fail:
    vt_minimizer_destroy(self);
    return NULL;
}

vt_status vt_minimizer_restart(vt_minimizer *self, vt_error *err) {
    VTI_TRY(vti_enthalpy_restart(self->enthalpy, &self->options, err));
    self->started = self->done = self->referred = false;
    self->fruitless = 0;
    self->method->iterations = 0;
    self->report = (vt_minimize_report){0};
    vti_enthalpy_read(self->enthalpy, self->trial.x);
    return VT_OK;
}

const vt_minimize_report *vt_minimizer_report(const vt_minimizer *self) {
    return &self->report;
}

/* ---------------------------------------------------------------- run ---- */

static void keep(vt_minimizer *self, double norm) {
    size_t n = vti_variables(self->method->objective);
    memcpy(self->lowest.x, self->trial.x, n * sizeof(double));
    memcpy(self->lowest.gradient, self->trial.gradient, n * sizeof(double));
    self->lowest.energy = self->trial.energy;
    self->lowest_norm = norm;
    self->lowest_state = *vti_enthalpy_state(self->enthalpy);
}

/* Progress is a gradient that shrinks, or an energy that falls as that of a smooth function does:
   by g^2 / 2k when the gradient g along modes of stiffness k goes, and what is left last are the
   soft modes, with k of at most 5 eV/angstrom^2 in metals. Minima without a vanishing gradient
   exist: where forces jump at the cutoff of a potential's tables, a pair may come to rest there.
   Far from a minimum the gradient says nothing about what is left to fall, and MUCH is enough. */
static const double LEAST_FALL = 0.1; /* angstrom^2/eV */
static const double LEAST_SHRINK = 0.9;
static const double MUCH = 0.01; /* eV */

/* Keep the trial when it is lower; among energies that rounding makes equal, when its gradient is
   smaller; never when it is above the start. */
static void compare(vt_minimizer *self) {
    size_t n = vti_variables(self->method->objective);
    const vti_iterate *trial = &self->trial;
    double norm = self->norm = sqrt(vti_dot(n, trial->gradient, trial->gradient));
    double fall = self->lowest.energy - trial->energy, noise = vti_rounding(trial->energy);
    double enough = fmin(LEAST_FALL * self->least_norm * self->least_norm, MUCH);
    enough = fmax(enough, noise);
    if (self->mark - trial->energy > enough || norm < LEAST_SHRINK * self->least_norm) {
        self->mark = fmin(self->mark, trial->energy);
        self->least_norm = fmin(self->least_norm, norm);
        self->fruitless = 0;
    } else {
        self->fruitless++;
    }
    if (trial->energy > self->report.enthalpy_before) return;
    if (fall > noise || (fall >= -noise && norm < self->lowest_norm)) keep(self, norm);
}

static bool reached_goal(const vt_minimizer *self, const vti_evaluated *state) {
    return state->fmax < self->options.fmax && state->stress_error < self->options.stress_tolerance;
}

static void fill_report(vt_minimizer *self, vt_minimize_reason reason) {
    vt_minimize_report *report = &self->report;
    const vti_evaluated *state = &self->lowest_state;
    report->reason = reason;
    report->energy = state->energy;
    report->enthalpy = state->enthalpy;
    report->fmax = state->fmax;
    report->stress_error = state->stress_error;
    memcpy(report->stress, state->stress, sizeof report->stress);
    report->iterations = self->method->iterations;
}

static vt_status finish(vt_minimizer *self, vt_minimize_reason reason, vt_status status,
                        vt_error *err) {
    fill_report(self, reason);
    vti_enthalpy_write(self->enthalpy, self->lowest.x, self->lowest.gradient);
    return reason == VT_MINIMIZE_INTERRUPTED ? vt_fail_interrupted(err) : status;
}

/* The first evaluation: what the start is worth. */
static vt_status begin(vt_minimizer *self) {
    const vti_evaluated *state = vti_enthalpy_state(self->enthalpy);
    size_t n = vti_variables(self->method->objective);
    self->report.energy_before = state->energy;
    self->report.enthalpy_before = state->enthalpy;
    self->least_norm = sqrt(vti_dot(n, self->trial.gradient, self->trial.gradient));
    self->mark = self->trial.energy;
    keep(self, self->least_norm);
    self->started = true;
    if (reached_goal(self, state)) return VT_DONE;
    return self->method->class->start(self->method, &self->trial);
}

/* Strains count from a box too far away: the function is flat but the stress is not yet what was
   asked for. */
static bool must_refer(const vt_minimizer *self, const vti_evaluated *state) {
    double error = state->stress_error, tolerance = self->options.stress_tolerance;
    return error >= tolerance && state->residual < 0.5 * fmin(error, tolerance);
}

static vt_status refer(vt_minimizer *self) {
    vti_enthalpy_refer(self->enthalpy, self->trial.x);
    self->referred = true;
    return VT_CONTINUE;
}

/* Judge an evaluated trial after the first. VT_DONE with the reason, or VT_CONTINUE with the next
   trial. */
static vt_status advance(vt_minimizer *self, vt_minimize_reason *reason) {
    const vti_evaluated *state = vti_enthalpy_state(self->enthalpy);
    size_t n = vti_variables(self->method->objective);
    if (self->referred) {
        self->referred = false;
        self->least_norm = sqrt(vti_dot(n, self->trial.gradient, self->trial.gradient));
        self->mark = self->trial.energy;
        keep(self, self->least_norm);
        return self->method->class->start(self->method, &self->trial);
    }
    bool known = isfinite(self->trial.energy);
    if (known) {
        compare(self);
        bool allowed = self->trial.energy <= self->report.enthalpy_before;
        if (allowed && reached_goal(self, state)) {
            keep(self, self->norm);
            *reason = VT_MINIMIZE_CONVERGED;
            return VT_DONE;
        }
        if (allowed && must_refer(self, state)) return refer(self);
    }
    *reason = VT_MINIMIZE_STALLED;
    if (self->fruitless > self->method->class->patience) return VT_DONE;
    return self->method->class->step(self->method, &self->trial);
}

/* Evaluate the trial. A bad point on the way counts as infinitely high, at the start it is an
   error. */
static vt_status evaluate(vt_minimizer *self, vt_error *err) {
    const vti_objective *f = self->method->objective;
    vt_status status =
        f->evaluate(f->context, self->trial.x, &self->trial.energy, self->trial.gradient, err);
    self->report.evaluations++;
    if (status != VT_EDIVERGED || !self->started) return status;
    self->trial.energy = INFINITY;
    if (err != NULL) *err = (vt_error){0};
    return VT_OK;
}

vt_status vt_minimizer_run(vt_minimizer *self, int64_t evaluations, vt_error *err) {
    if (evaluations < 1)
        return vt_fail(err, VT_EINVAL, "minimize: evaluations must be at least 1, got %lld",
                       (long long)evaluations);
    if (self->method->objective->atoms == 0) self->done = true; /* nothing to move: converged */
    if (self->done) return VT_DONE;
    vt_status ready = vti_enthalpy_begin(self->enthalpy, err);
    if (vt_failed(ready)) return ready;
    for (int64_t k = 0; k < evaluations; k++) {
        if (vt_interrupted()) {
            vt_status status = vt_fail_interrupted(err);
            return self->started ? finish(self, VT_MINIMIZE_INTERRUPTED, status, err) : status;
        }
        vt_status status = evaluate(self, err);
        if (vt_failed(status)) {
            if (self->started) finish(self, VT_MINIMIZE_STALLED, status, NULL);
            return status;
        }
        vt_minimize_reason reason = VT_MINIMIZE_CONVERGED;
        status = self->started ? advance(self, &reason) : begin(self);
        if (status != VT_DONE) continue;
        self->done = true;
        return finish(self, reason, VT_DONE, err);
    }
    return finish(self, VT_MINIMIZE_EVALUATIONS, VT_CONTINUE, err);
}

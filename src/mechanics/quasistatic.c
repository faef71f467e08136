/* Athermal quasistatic strain: steps of strain and minimization, and where energy gets lost. */
#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "base/try.h"
#include "vitrum/mechanics.h"
#include "vitrum/units.h"

/* A minimum, to go back to. */
typedef struct {
    vt_quasistatic_state state;
    vt_box box;
    double *x, *y, *z;
} place;

typedef struct {
    vt_system *system;
    vt_atoms *atoms; /* the user's */
    const vt_quasistatic_options *o;
    vt_minimizer *minimizer;
    place start; /* of the run */
    place last;  /* the minimum that the path has come to */
    place back;  /* the one before, from which the next displacements are guessed... */
    bool guess;  /* ...where there is one, and nothing happened since */
} path;

/* ---------------------------------------------------------------- places ---- */

static bool place_make(place *p, size_t count) {
    p->x = vt_alloc(count, sizeof *p->x);
    p->y = vt_alloc(count, sizeof *p->y);
    p->z = vt_alloc(count, sizeof *p->z);
    return p->x && p->y && p->z;
}

static void place_free(place *p) {
    vt_free(p->x);
    vt_free(p->y);
    vt_free(p->z);
}

static void keep(place *p, const vt_atoms *atoms, const vt_quasistatic_state *state) {
    size_t bytes = atoms->count * sizeof *p->x;
    memcpy(p->x, atoms->x, bytes);
    memcpy(p->y, atoms->y, bytes);
    memcpy(p->z, atoms->z, bytes);
    p->box = atoms->box;
    p->state = *state;
}

static void go_back(vt_atoms *atoms, const place *p) {
    size_t bytes = atoms->count * sizeof *p->x;
    memcpy(atoms->x, p->x, bytes);
    memcpy(atoms->y, p->y, bytes);
    memcpy(atoms->z, p->z, bytes);
    atoms->box = p->box;
}

static void path_close(path *p) {
    vt_minimizer_destroy(p->minimizer);
    vt_system_destroy(p->system);
    place_free(&p->start);
    place_free(&p->last);
    place_free(&p->back);
}

/* ---------------------------------------------------------------- steps ---- */

/* From the box at one parameter to that at another: F(to) F(from)^-1. */
static void deformation(const double direction[6], double from, double to, double F[3][3]) {
    double strain[6], inverse[3][3], before[3][3];
    for (int k = 0; k < 6; k++) strain[k] = from * direction[k];
    vt_strain_to_gradient(strain, before);
    vti_invert3(before, inverse);
    for (int k = 0; k < 6; k++) strain[k] = to * direction[k];
    vt_strain_to_gradient(strain, F);
    vti_multiply3(F, inverse, F);
}

/* What atoms did beyond following the box in the last step they do in the next, to first order:
   `back` moved on as the box was is where they would have been. */
static void add_guess(path *p, double share) {
    double F[3][3];
    deformation(p->o->direction, p->back.state.parameter, p->last.state.parameter, F);
    const double *origin = p->back.box.origin;
    for (size_t i = 0; i < p->atoms->count; i++) {
        double d[3] = {p->back.x[i] - origin[0], p->back.y[i] - origin[1],
                       p->back.z[i] - origin[2]};
        double moved[3];
        for (int k = 0; k < 3; k++) moved[k] = origin[k] + vti_dot3(F[k], d);
        p->atoms->x[i] += share * (p->last.x[i] - moved[0]);
        p->atoms->y[i] += share * (p->last.y[i] - moved[1]);
        p->atoms->z[i] += share * (p->last.z[i] - moved[2]);
    }
}

/* Evaluations between two looks at the energy. */
enum { LOOK_EVERY = 8 };

/* To the minimum, or until the energy is below `floor`: then *fell is true, and nothing but
   `evaluations` is known of the state. */
static vt_status minimize(path *p, double floor, bool *fell, vt_quasistatic_state *state,
                          vt_error *err) {
    VTI_TRY(vt_minimizer_restart(p->minimizer, err));
    const vt_minimize_report *report = vt_minimizer_report(p->minimizer);
    vt_status status = VT_CONTINUE;
    *fell = false;
    while (status == VT_CONTINUE && !*fell && report->evaluations < p->o->evaluations) {
        status = vt_minimizer_run(p->minimizer, LOOK_EVERY, err);
        VTI_TRY(status);
        *fell = report->enthalpy < floor;
    }
    state->evaluations += report->evaluations;
    if (*fell) return VT_OK;
    state->energy = report->energy;
    state->fmax = report->fmax;
    if (!(report->fmax < 10 * p->o->fmax))
        return vt_fail(err, VT_EDIVERGED,
                       "at strain %g the minimization stopped at %.2g eV/A instead of %g: %s",
                       state->parameter, report->fmax, p->o->fmax,
                       vt_minimize_reason_text(report->reason));
    state->volume = vt_box_volume(&p->atoms->box);
    return vt_system_stress(p->system, false, state->stress, err);
}

/* Work of a stress from one parameter to another, to first order [eV]. */
static double work_between(const path *p, const vt_quasistatic_state *at, double from, double to) {
    double F[3][3], inverse[3][3], work = 0;
    deformation(p->o->direction, from, to, F);
    vti_invert3(F, inverse);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            work += 0.5 * (F[i][j] - inverse[i][j]) * at->stress[VTI_COMPONENT[i][j]];
    return work * at->volume / VT_GPA;
}

/* Energy lost between two minima: the work of the mean stress minus the energy gained [eV]. What is
   of third order in the step is neglected. */
static double lost_between(const path *p, const vt_quasistatic_state *a,
                           const vt_quasistatic_state *b) {
    double work = work_between(p, a, a->parameter, b->parameter) +
                  work_between(p, b, a->parameter, b->parameter);
    return 0.5 * work - (b->energy - a->energy);
}

/* The minimum at `to` that the atoms come to from the last one. Where *lost, the way there loses
   energy; with `trial` the minimum itself is not needed then, and the search ends as soon as the
   energy is below what the work of the last stress leaves: stiffness can only add to it. */
static vt_status step_to(path *p, double to, bool guess, bool trial, vt_quasistatic_state *state,
                         bool *lost, vt_error *err) {
    double F[3][3], from = p->last.state.parameter;
    deformation(p->o->direction, from, to, F);
    if (guess && p->guess) add_guess(p, (to - from) / (from - p->back.state.parameter));
    VTI_TRY(vt_atoms_deform(p->atoms, (const double(*)[3])F, err));
    state->parameter = to;
    double floor =
        p->last.state.energy + work_between(p, &p->last.state, from, to) - 2 * p->o->drop;
    VTI_TRY(minimize(p, trial ? floor : -INFINITY, lost, state, err));
    if (!*lost) *lost = lost_between(p, &p->last.state, state) > p->o->drop;
    return VT_OK;
}

static void accept(path *p, const vt_quasistatic_state *state) {
    place swap = p->back;
    p->back = p->last;
    p->last = swap;
    keep(&p->last, p->atoms, state);
    p->guess = true;
}

/* ---------------------------------------------------------------- events ---- */

/* Somewhere up to `to` energy gets lost: halve what is left until the place is known, and go
   beyond. Atoms are at the last minimum. */
static vt_status find_event(path *p, double to, bool *happened, vt_quasistatic_event *event,
                            double (*before)[3], vt_box *before_box, vt_error *err) {
    double beyond = to;
    vt_quasistatic_state state = {0};
    while (fabs(beyond - p->last.state.parameter) > p->o->resolution) {
        double middle = 0.5 * (p->last.state.parameter + beyond);
        bool lost;
        VTI_TRY(step_to(p, middle, false, true, &state, &lost, err));
        if (lost) {
            beyond = middle;
            go_back(p->atoms, &p->last);
        } else {
            accept(p, &state);
        }
    }
    VTI_TRY(step_to(p, beyond, false, false, &state, happened, err));
    if (*happened) {
        double lost = lost_between(p, &p->last.state, &state);
        *event = (vt_quasistatic_event){p->last.state, state, lost};
        for (size_t i = 0; before != NULL && i < p->atoms->count; i++) {
            before[i][0] = p->last.x[i];
            before[i][1] = p->last.y[i];
            before[i][2] = p->last.z[i];
        }
        if (before_box != NULL) *before_box = p->last.box;
    }
    accept(p, &state);
    p->guess = false;
    return VT_OK;
}

/* The next parameter on the path: a whole multiple of the step, the end, or, when an event has left
   the path in between, what comes first. */
static double next_of(const vt_quasistatic_options *o, double at, double to) {
    double sign = to > at ? 1 : -1, done = sign * at / o->step;
    double whole = floor(done + 1e-6) + 1;
    double next = sign * whole * o->step;
    return sign * (next - to) > -1e-6 * o->step ? to : next;
}

/* ---------------------------------------------------------------- run ---- */

vt_quasistatic_options vt_quasistatic_defaults(void) {
    return (vt_quasistatic_options){
        .step = 1e-4, .resolution = 1e-6, .drop = 2e-3, .fmax = 1e-4, .evaluations = 100000};
}

static vt_status check(const vt_atoms *atoms, const vt_quasistatic_options *o, double from,
                       double to, vt_error *err) {
    double length = 0;
    for (int k = 0; k < 6; k++) {
        length += fabs(o->direction[k]);
        if (!isfinite(o->direction[k]))
            return vt_fail(err, VT_EINVAL, "the strain %s is not finite", vt_tensor_name(k));
        if (o->free[k] && o->direction[k] != 0)
            return vt_fail(err, VT_EINVAL,
                           "the strain %s is given, so its stress cannot be held at 0, too",
                           vt_tensor_name(k));
        bool across = atoms->box.periodic[VTI_ROW[k]] && atoms->box.periodic[VTI_COLUMN[k]];
        if (o->direction[k] != 0 && !across)
            return vt_fail(
                err, VT_EINVAL,
                "strain %s needs a box that is periodic along its axes: where the box is "
                "free, straining it pulls at nothing",
                vt_tensor_name(k));
    }
    if (!(length > 0)) return vt_fail(err, VT_EINVAL, "no strain is given");
    if (!(o->step > 0 && o->step <= 0.01))
        return vt_fail(err, VT_EINVAL, "step is %g; it must be above 0 and at most 0.01", o->step);
    if (!(o->resolution >= 1e-12 && o->resolution <= o->step))
        return vt_fail(err, VT_EINVAL, "resolution is %g; it must be 1e-12 to the step, %g",
                       o->resolution, o->step);
    if (!(o->drop > 0)) return vt_fail(err, VT_EINVAL, "drop is %g; it must be above 0", o->drop);
    if (!isfinite(from) || !isfinite(to))
        return vt_fail(err, VT_EINVAL, "the path goes from %g to %g; it must be finite", from, to);
    return VT_OK;
}

static vt_status follow(path *p, double to, size_t most, vt_quasistatic_state *states,
                        size_t *count, bool *happened, vt_quasistatic_event *event,
                        double (*before)[3], vt_box *before_box, vt_error *err) {
    while (p->last.state.parameter != to) {
        if (*count > most) return VT_CONTINUE;
        double next = next_of(p->o, p->last.state.parameter, to);
        vt_quasistatic_state state = {0};
        bool lost;
        VTI_TRY(step_to(p, next, true, true, &state, &lost, err));
        if (lost) {
            go_back(p->atoms, &p->last);
            int64_t spent = state.evaluations;
            VTI_TRY(find_event(p, next, happened, event, before, before_box, err));
            p->last.state.evaluations += spent;
        } else {
            accept(p, &state);
        }
        states[(*count)++] = p->last.state;
        if (*happened) return p->last.state.parameter == to ? VT_DONE : VT_CONTINUE;
    }
    return VT_DONE;
}

/* The minimum at the start, whose energy and stress the first step needs. */
static vt_status begin(path *p, double from, vt_error *err) {
    vt_quasistatic_state state = {.parameter = from};
    bool fell;
    VTI_TRY(minimize(p, -INFINITY, &fell, &state, err));
    keep(&p->last, p->atoms, &state);
    return VT_OK;
}

vt_status vt_quasistatic_run(vt_atoms *atoms, const vt_potential *potential,
                             const vt_quasistatic_options *options, double from, double to,
                             size_t most, vt_quasistatic_state *states, size_t *count,
                             bool *happened, vt_quasistatic_event *event, double (*before)[3],
                             vt_box *before_box, vt_error *err) {
    *count = 0;
    *happened = false;
    VTI_TRY(check(atoms, options, from, to, err));
    vt_minimize_options how = vt_minimize_defaults();
    how.fmax = options->fmax;
    memcpy(how.free, options->free, sizeof how.free);
    path p = {.atoms = atoms, .o = options};
    size_t n = atoms->count;
    if (!place_make(&p.start, n) || !place_make(&p.last, n) || !place_make(&p.back, n)) {
        path_close(&p);
        return vt_fail_memory(err, n, 72, "quasistatic strain");
    }
    keep(&p.start, atoms, &(vt_quasistatic_state){0});
    vt_status st = VT_ENOMEM;
    const vt_system_options plain = vt_system_defaults();
    p.system = vt_system_create(atoms, potential, &plain, err);
    if (p.system != NULL) p.minimizer = vt_minimizer_create(p.system, &how, err);
    if (p.minimizer != NULL)
        st = begin(&p, from, err);
    else if (err != NULL)
        st = err->code;
    if (!vt_failed(st)) {
        states[(*count)++] = p.last.state;
        st = follow(&p, to, most, states, count, happened, event, before, before_box, err);
    }
    if (vt_failed(st)) {
        go_back(atoms, &p.start);
        *count = 0;
        *happened = false;
    }
    path_close(&p);
    return st;
}

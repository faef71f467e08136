/* The step, and runs of steps with all that can go wrong in them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "dynamics/internal.h"
#include "vitrum/units.h"

enum { SNAPSHOT_INTERVAL = 100 /* steps between frames to fall back to */ };

/* An atom that crosses this part of the cutoff in one step has left the regime in which the
   integrator means anything: thermal motion covers a hundredth of it. */
static const double FARTHEST_STEP = 0.1;

/* 1 GPa in the unit that it is most often mistaken for. */
static const double BAR = VT_BAR / VT_GPA;

/* Volume ratio beyond which a free box is taken to evaporate. */
static const double LARGEST_GROWTH = 10;

/* ---------------------------------------------------------------- checks ---- */

static vt_status check_speed(const vt_md *md, vt_error *err) {
    double dt = md->options.timestep,
           limit = FARTHEST_STEP * vt_potential_cutoff(md->system->potential);
    if (md->fastest * dt * dt <= limit * limit) return VT_OK;
    const vt_system *w = md->system;
    double most = 0;
    long long id = 0;
    for (size_t i = 0; i < md->count; i++) {
        const double *u = w->v[i];
        double v = sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
        if (v <= most) continue;
        most = v;
        id = (long long)w->id[i];
    }
    if (most * dt <= limit) return VT_OK;
    return vt_fail(err, VT_EDIVERGED,
                   "atom %lld moved %.3g A in step %lld: a timestep of %g ps is too large, or "
                   "atoms overlapped at the start; lower the timestep or minimize first",
                   id, most * dt, (long long)md->state.step + 1, dt);
}

static vt_status check_finite(const vt_md *md, vt_error *err) {
    double kinetic = vti_kinetic_energy(&md->state);
    if (isfinite(kinetic)) return VT_OK;
    const vt_system *w = md->system;
    long long id = 0;
    for (size_t i = 0; i < md->count && id == 0; i++)
        if (!isfinite(w->v[i][0] + w->v[i][1] + w->v[i][2])) id = (long long)w->id[i];
    return vt_fail(err, VT_EDIVERGED,
                   "the energy stopped being finite in step %lld (first at atom %lld); lower the "
                   "timestep (%g ps) or minimize first",
                   (long long)md->state.step, id, md->options.timestep);
}

static vt_status check_box(const vt_md *md, vt_error *err) {
    double heights[3], cutoff = vt_potential_cutoff(md->system->potential);
    const vt_box *box = &md->system->box;
    vt_box_heights(box, heights);
    double pressure =
        -VT_GPA *
        (vti_plan_stress(md, md->state.step, VT_XX) + vti_plan_stress(md, md->state.step, VT_YY) +
         vti_plan_stress(md, md->state.step, VT_ZZ)) /
        3;
    for (int k = 0; k < 3; k++) {
        double least = fmin(cutoff, 0.5 * md->start_height[k]);
        if (!isfinite(heights[k]))
            return vt_fail(err, VT_EDIVERGED,
                           "the box stopped being finite in step %lld (target pressure %g GPa); "
                           "use a target nearer to the actual pressure or a longer barostat "
                           "damping",
                           (long long)md->state.step + 1, pressure);
        if (box->periodic[k] && !(heights[k] >= least) && md->barostat == &vti_barostat_none)
            return vt_fail(err, VT_EDIVERGED,
                           "the imposed strain made the box %.3g A thin along %c in step %lld "
                           "(cutoff %.3g A); strain less, or start from a thicker box",
                           heights[k], "abc"[k], (long long)md -> state.step + 1, cutoff);
        if (box->periodic[k] && !(heights[k] >= least))
            return vt_fail(err, VT_EDIVERGED,
                           "the box collapsed to %.3g A along %c in step %lld (cutoff %.3g A, "
                           "target pressure %g GPa); use more atoms, a longer barostat damping "
                           "or a less violent start",
                           heights[k], "abc"[k], (long long)md -> state.step + 1, cutoff, pressure);
    }
    if (md->barostat == &vti_barostat_none) return VT_OK;
    double volume = vt_box_volume(box), growth = volume / md->start_volume;
    if (growth > LARGEST_GROWTH)
        return vt_fail(err, VT_EDIVERGED,
                       "the box has grown to %.3g times its volume in step %lld: the atoms "
                       "evaporate at the target pressure of %g GPa (%g bar); lower the "
                       "temperature or raise the pressure",
                       growth, (long long)md->state.step + 1, pressure, pressure * BAR);
    /* The limit is never above 0.4 and takes a look at all atoms. */
    if (growth < 0.5 && volume < vt_atoms_collapsed_volume(md->system->atoms, md->start_volume))
        return vt_fail(err, VT_EDIVERGED,
                       "the box has shrunk to %.3g of its volume, %.3g A^3 for an atom, in step "
                       "%lld: the target pressure of %g GPa (%g bar) is too high, or the start too "
                       "violent; lower the pressure or use a longer barostat damping",
                       growth, volume / (double)md->count, (long long)md->state.step + 1, pressure,
                       pressure * BAR);
    return VT_OK;
}

/* ---------------------------------------------------------------- the step ---- */

/* g: velocity gradient of the box; a: what the velocities feel, G + tr(G_b)/N_f. */
static void gradients(const vt_md *md, const double imposed[6], double g[6], double a[6]) {
    const double *b = md->state.box_rate;
    double trace = (b[VT_XX] + b[VT_YY] + b[VT_ZZ]) / md->freedom;
    for (int k = 0; k < 6; k++) {
        g[k] = b[k] + imposed[k];
        a[k] = g[k] + (k <= VT_ZZ ? trace : 0);
    }
}

/* Book half a step's work of the imposed flow: -V sigma : G_d, as the trapezoidal rule. */
static void book_flow_work(vt_md *md, const double imposed[6], double dt) {
    vti_md_state *s = &md->state;
    for (int k = 0; k < 6; k++) s->external += (s->kinetic[k] + s->virial[k]) * imposed[k] * dt;
}

/* The kick with `a` for half a step, unless a is NULL, and a drift. */
static vt_status drift(vt_md *md, const double *a, const double g[6], double dt, vt_error *err) {
    vti_md_state *s = &md->state;
    if (md->barostat != &vti_barostat_none) {
        /* Work against the target stress, with the volume's integral over the drift. */
        double volume = vt_box_volume(&md->system->box), rate = g[VT_XX] + g[VT_YY] + g[VT_ZZ];
        double integral = rate == 0 ? volume * dt : volume * expm1(rate * dt) / rate;
        for (int k = 0; k < 6; k++) {
            double target =
                0.5 * (vti_plan_stress(md, s->step, k) + vti_plan_stress(md, s->step + 1, k));
            s->external -= target * s->box_rate[k] * integral;
        }
    }
    vti_drift(md, a, md->options.timestep / 2, g, dt);
    return check_speed(md, err);
}

/* One step, with what is wanted (VT_WANT_ bits) at its end, and in any case what moves the box. */
static vt_status step(vt_md *md, unsigned want, vt_error *err) {
    vti_md_state *s = &md->state;
    double dt = md->options.timestep, imposed[6], g[6], a[6];
    bool box_moves = md->barostat != &vti_barostat_none;
    for (int k = 0; k < 6; k++) box_moves = box_moves || s->deform[k];
    vti_deform_rate(md, imposed);

    if (md->thermostat->half != NULL) md->thermostat->half(md, dt / 2);
    if (md->barostat->kick != NULL) md->barostat->kick(md, dt / 2);
    book_flow_work(md, imposed, dt / 2);
    gradients(md, imposed, g, a);
    vt_status status;
    if (md->thermostat->middle != NULL) {
        VTI_TRY(drift(md, a, g, dt / 2, err));
        md->thermostat->middle(md, dt);
        gradients(md, imposed, g, a);
        status = drift(md, NULL, g, dt / 2, err);
    } else {
        status = drift(md, a, g, dt, err);
    }
    if (vt_failed(status)) return status;
    if (box_moves) {
        vti_deform_finish(md);
        VTI_TRY(check_box(md, err));
    }
    status = vti_forces(md, want | (box_moves ? VT_WANT_VIRIAL : 0), err);
    if (vt_failed(status)) {
        char reason[sizeof err->msg];
        if (err == NULL) return status;
        memcpy(reason, err->msg, sizeof reason);
        return vt_fail(err, status, "step %lld: %s", (long long)s->step + 1, reason);
    }
    s->step++;
    vti_retarget(md);
    vti_kick(md, a, dt / 2, true);
    book_flow_work(md, imposed, dt / 2);
    if (md->barostat->kick != NULL) md->barostat->kick(md, dt / 2);
    if (md->thermostat->half != NULL) md->thermostat->half(md, dt / 2);
    return check_finite(md, err);
}

/* ---------------------------------------------------------------- falling back ---- */

static void take_snapshot(vt_md *md) {
    const vt_system *w = md->system;
    vti_snapshot *to = &md->snapshot[1 - md->newest];
    for (size_t k = 0; k < md->count; k++) {
        memcpy(to->motion + 6 * k, w->r[k], 3 * sizeof *to->motion);
        memcpy(to->motion + 6 * k + 3, w->v[k], 3 * sizeof *to->motion);
    }
    memcpy(to->image, w->image, md->count * sizeof *w->image);
    memcpy(to->order, w->order, md->count * sizeof *to->order);
    to->box = w->box;
    md->state.builds = w->builds;
    to->state = md->state;
    to->valid = true;
    md->newest = 1 - md->newest;
}

/* Put what never changes, ids and types, into the order of `from`; the other snapshot's memory is
   room for that, so that nothing can fail. */
static void restore_order(vt_md *md, const vti_snapshot *from, vti_snapshot *other) {
    vt_system *w = md->system;
    int64_t *id = (int64_t *)(void *)other->motion;
    int32_t *type = other->image, *place = other->order;
    memcpy(id, w->id, md->count * sizeof *id);
    memcpy(type, w->type, md->count * sizeof *type);
    for (size_t k = 0; k < md->count; k++) place[w->order[k]] = (int32_t)k;
    for (size_t k = 0; k < md->count; k++) {
        w->id[k] = id[place[from->order[k]]];
        w->type[k] = type[place[from->order[k]]];
    }
    memcpy(w->order, from->order, md->count * sizeof *w->order);
}

/* Back to the older snapshot: the newer one may already hold the beginning of the end. The
   message in `err` is completed. */
static void fall_back(vt_md *md, vt_error *err) {
    vti_snapshot *from = &md->snapshot[1 - md->newest], *other = &md->snapshot[md->newest];
    if (!from->valid) {
        other = from;
        from = &md->snapshot[md->newest];
    }
    restore_order(md, from, other);
    vt_system *w = md->system;
    for (size_t k = 0; k < md->count; k++) {
        memcpy(w->r[k], from->motion + 6 * k, 3 * sizeof *from->motion);
        memcpy(w->v[k], from->motion + 6 * k + 3, 3 * sizeof *from->motion);
    }
    memcpy(w->image, from->image, md->count * sizeof *w->image);
    memset(w->f, 0, md->count * sizeof *w->f);
    w->box = from->box;
    md->state = from->state;
    w->builds = md->state.builds;
    md->snapshot[0].valid = md->snapshot[1].valid = false;
    w->arrangement++;
    vt_system_moved(w); /* the end of the run computes the forces */
    vt_system_forget_lists(w);
    while (md->sample_count > 0 && md->samples[md->sample_count - 1].step > (double)md->state.step)
        md->sample_count--;
    if (err == NULL) return;
    size_t used = strlen(err->msg);
    snprintf(err->msg + used, sizeof err->msg - used, "; the atoms are back at step %lld",
             (long long)md->state.step);
}

/* ---------------------------------------------------------------- runs ---- */

static bool sample_due(const vt_md *md, int64_t done) {
    int64_t every = md->state.sample_interval;
    return every > 0 && done % every == 0;
}

static vt_status run_steps(vt_md *md, int64_t most, vt_error *err) {
    while (vt_md_remaining(md) > 0 && most-- > 0) {
        if (vt_interrupted()) return vt_fail_interrupted(err);
        if (md->state.step % SNAPSHOT_INTERVAL == 0 || !md->snapshot[md->newest].valid) {
            vt_status settled = vti_settle(md, err);
            if (vt_failed(settled)) return settled;
            take_snapshot(md);
        }
        bool due = sample_due(md, vt_md_done(md) + 1);
        bool last = most == 0 || vt_md_remaining(md) == 1;
        bool snapshot_next = (md->state.step + 1) % SNAPSHOT_INTERVAL == 0;
        unsigned want = due || last || snapshot_next ? VT_WANT_ENERGY | VT_WANT_VIRIAL : 0;
        vt_status status = step(md, want | (last ? md->want : 0), err);
        if (vt_failed(status)) {
            fall_back(md, err);
            return status;
        }
        if (due) status = vti_record(md, err);
        if (vt_failed(status)) return status;
    }
    return vt_md_remaining(md) > 0 ? VT_CONTINUE : VT_DONE;
}

vt_status vt_md_run_ahead(vt_md *md, int64_t most, vt_error *err) {
    double start = vt_clock(), forces = md->seconds_forces;
    vt_status status = vti_take_over(md, err);
    if (vt_failed(status)) return status;
    vti_md_state *s = &md->state;
    for (int k = 0; k < 3; k++)
        if (s->deform[k] && s->gauge[k] == 0) s->gauge[k] = md->system->box.h[k][k];
    if (vt_md_done(md) == 0 && s->sample_interval > 0 && md->sample_count == 0)
        status = vti_record(md, err);
    if (!vt_failed(status)) status = run_steps(md, most, err);
    /* After an interrupt the last step was not measured; its own message comes first. */
    vt_error unsettled = {0};
    vt_status settled = vti_settle(md, &unsettled);
    if (vt_failed(settled) && !vt_failed(status)) {
        status = settled;
        if (err != NULL) *err = unsettled;
    }
    vti_leave(md);
    md->seconds_rest += (vt_clock() - start) - (md->seconds_forces - forces);
    return status;
}

void vt_md_want(vt_md *md, unsigned want) {
    md->want = want;
}

vt_status vt_md_run(vt_md *md, int64_t most, vt_error *err) {
    vt_status status = vt_md_run_ahead(md, most, err);
    if (md->system->ahead) vt_system_push(md->system);
    return status;
}

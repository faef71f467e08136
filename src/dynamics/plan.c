/* Plans: ramps of targets, strain of the box. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "dynamics/internal.h"
#include "vitrum/units.h"

/* ---------------------------------------------------------------- targets ---- */

/* Part of the plan that is done at `step`, 0 to 1. */
static double progress(const vti_md_state *s, int64_t step) {
    if (s->plan_steps <= 0) return 1;
    double p = (double)(step - s->plan_start) / (double)s->plan_steps;
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

/* Exactly `from` while from == to, so that a constant target has the same bits in every plan. */
static double between(double from, double to, double p) {
    return p == 1 ? to : from + (to - from) * p;
}

double vti_plan_temperature(const vt_md *md, int64_t step) {
    const vti_md_state *s = &md->state;
    return between(s->plan_temperature[0], s->plan_temperature[1], progress(s, step));
}

double vti_plan_stress(const vt_md *md, int64_t step, int k) {
    const vti_md_state *s = &md->state;
    return between(s->plan_stress[2 * k], s->plan_stress[2 * k + 1], progress(s, step));
}

static double stored_energy(const vt_md *md) {
    double sum = md->barostat->energy != NULL ? md->barostat->energy(md) : 0;
    if (md->thermostat->energy != NULL) sum += md->thermostat->energy(md);
    return sum;
}

void vti_retarget(vt_md *md) {
    vti_md_state *s = &md->state;
    double target = vti_plan_temperature(md, s->step);
    if (target == s->temperature) return;
    double before = stored_energy(md);
    s->temperature = target;
    s->external -= stored_energy(md) - before;
}

/* ---------------------------------------------------------------- strain ---- */

double vti_strain(const vti_md_state *s, int k, int64_t step, double timestep) {
    return s->strain_start[k] + s->strain_rate[k] * ((double)(step - s->strain_step[k]) * timestep);
}

void vti_deform_rate(const vt_md *md, double rate[6]) {
    const vti_md_state *s = &md->state;
    double dt = md->options.timestep;
    for (int k = 0; k < 6; k++) {
        rate[k] = 0;
        if (!s->deform[k]) continue;
        if (k > VT_ZZ || s->true_strain) {
            rate[k] = s->strain_rate[k];
        } else {
            double from = vti_strain(s, k, s->step, dt), to = vti_strain(s, k, s->step + 1, dt);
            rate[k] = log1p((to - from) / (1 + from)) / dt;
        }
    }
}

void vti_deform_finish(vt_md *md) {
    const vti_md_state *s = &md->state;
    vt_box *box = &md->system->box;
    if (!vt_box_is_lammps(box)) return;
    /* The flow has brought h_kk here but for round-off, which would add up over a long run. */
    for (int k = 0; k < 3; k++) {
        if (!s->deform[k]) continue;
        double strain = vti_strain(s, k, s->step + 1, md->options.timestep);
        box->h[k][k] = s->gauge[k] * (s->true_strain ? exp(strain) : 1 + strain);
    }
}

int vti_box_freedom(const vt_md *md) {
    int axes = 0, shears = 0;
    for (int k = 0; k < 6; k++)
        if (vti_moves(md, k)) *(k <= VT_ZZ ? &axes : &shears) += 1;
    if (md->options.coupled && axes > 0) axes = 1;
    return axes + shears;
}

/* ---------------------------------------------------------------- plans ---- */

vt_md_plan vt_md_plan_defaults(const vt_md *md) {
    vt_md_plan plan = {0};
    const vti_md_state *s = &md->state;
    plan.temperature[0] = plan.temperature[1] = vti_plan_temperature(md, s->step);
    for (int k = 0; k < 6; k++)
        plan.stress[k][0] = plan.stress[k][1] = vti_plan_stress(md, s->step, k);
    return plan;
}

static vt_status check_temperature(const vt_md *md, const vt_md_plan *p, vt_error *err) {
    bool needed = md->thermostat != &vti_thermostat_none || md->barostat != &vti_barostat_none;
    for (int n = 0; n < 2 && needed; n++)
        if (!(p->temperature[n] > 0) || !isfinite(p->temperature[n]))
            return vt_fail(err, VT_EINVAL,
                           "the target temperature is %g K; it must be positive (a thermostat "
                           "cannot reach 0 K; minimize instead)",
                           p->temperature[n]);
    return VT_OK;
}

static vt_status check_deform(const vt_md *md, const vt_md_plan *p, vt_error *err) {
    for (int k = 0; k < 6; k++) {
        for (int n = 0; n < 2; n++)
            if (md->options.control[k] && !isfinite(p->stress[k][n]))
                return vt_fail(err, VT_EINVAL, "the target stress %s is not a finite number",
                               vt_tensor_name(k));
        if (!p->deform[k]) continue;
        if (!isfinite(p->strain_rate[k]))
            return vt_fail(err, VT_EINVAL, "the strain rate %s is not a finite number",
                           vt_tensor_name(k));
        if (fabs(p->strain_rate[k]) * md->options.timestep > 0.01)
            return vt_fail(err, VT_EINVAL,
                           "a strain rate %s of %g /s strains the box by %.2g in one step; stay "
                           "below 0.01 (real tests use 1e7 to 1e10 /s)",
                           vt_tensor_name(k), p->strain_rate[k] / VT_SECONDS,
                           fabs(p->strain_rate[k]) * md->options.timestep);
        if (k > VT_ZZ || p->true_strain) continue;
        double start = md->state.deform[k]
                           ? vti_strain(&md->state, k, md->state.step, md->options.timestep)
                           : 0;
        double end = start + p->strain_rate[k] * (double)p->steps * md->options.timestep;
        if (end < -0.9)
            return vt_fail(err, VT_EINVAL,
                           "an engineering strain rate %s of %g /s over %g ps compresses the box "
                           "to %g of its length; shorten the run or use a true strain rate",
                           vt_tensor_name(k), p->strain_rate[k] / VT_SECONDS,
                           (double)p->steps * md->options.timestep, 1 + end);
    }
    return VT_OK;
}

/* Strain of component k in the other measure. */
static double convert_strain(double strain, bool to_true) {
    return to_true ? log1p(strain) : expm1(strain);
}

static void begin_strain(vt_md *md, const vt_md_plan *p) {
    vti_md_state *s = &md->state;
    for (int k = 0; k < 6; k++) {
        bool same = s->deform[k] && p->deform[k] && s->strain_rate[k] == p->strain_rate[k] &&
                    s->true_strain == p->true_strain;
        if (same) continue; /* one straight path, whatever pieces it is run in */
        double strain = s->deform[k] ? vti_strain(s, k, s->step, md->options.timestep) : 0;
        if (s->deform[k] && k <= VT_ZZ && s->true_strain != p->true_strain)
            strain = convert_strain(strain, p->true_strain);
        if (!s->deform[k] || !p->deform[k]) s->gauge[k] = 0;
        s->deform[k] = p->deform[k];
        s->strain_rate[k] = p->deform[k] ? p->strain_rate[k] : 0;
        s->strain_start[k] = p->deform[k] ? strain : 0;
        s->strain_step[k] = s->step;
    }
    s->true_strain = p->true_strain;
}

double vt_md_plan_stress_change(const vt_md_options *options, const vt_md_plan *plan) {
    double largest = 0;
    for (int k = 0; k < 6; k++)
        if (options->control[k])
            largest = fmax(largest, fabs(plan->stress[k][1] - plan->stress[k][0]));
    return largest;
}

double vt_md_plan_fastest_strain(const vt_md_plan *plan) {
    double fastest = 0;
    for (int k = 0; k < 6; k++)
        if (plan->deform[k]) fastest = fmax(fastest, fabs(plan->strain_rate[k]));
    return fastest;
}

vt_status vt_md_begin(vt_md *md, const vt_md_plan *plan, vt_error *err) {
    if (plan->steps < 0 || plan->sample_interval < 0)
        return vt_fail(err, VT_EINVAL,
                       "a run has %lld steps and %lld between samples; neither "
                       "can be negative",
                       (long long)plan->steps, (long long)plan->sample_interval);
    VTI_TRY(check_temperature(md, plan, err));
    VTI_TRY(check_deform(md, plan, err));

    vti_md_state *s = &md->state;
    double before = stored_energy(md);
    begin_strain(md, plan);
    /* An axis that is now strained no longer belongs to the barostat. */
    for (int k = 0; k < 6; k++)
        if (s->deform[k]) s->box_rate[k] = 0;
    s->external -= stored_energy(md) - before;
    s->plan_start = s->step;
    s->plan_steps = plan->steps;
    s->sample_interval = plan->sample_interval;
    memcpy(s->plan_temperature, plan->temperature, sizeof s->plan_temperature);
    memcpy(s->plan_stress, plan->stress, sizeof s->plan_stress);
    md->sample_count = 0;
    vti_retarget(md);
    return VT_OK;
}

int64_t vt_md_done(const vt_md *md) {
    return md->state.step - md->state.plan_start;
}

int64_t vt_md_remaining(const vt_md *md) {
    return md->state.plan_steps - vt_md_done(md);
}

int64_t vt_md_until_sample(const vt_md *md) {
    int64_t left = vt_md_remaining(md), every = md->state.sample_interval;
    if (every <= 0) return left;
    int64_t next = every - vt_md_done(md) % every;
    return next < left ? next : left;
}

void vt_md_stop(vt_md *md) {
    vti_md_state *s = &md->state;
    /* Ramps end where they are. */
    vt_md_plan now = vt_md_plan_defaults(md);
    s->plan_steps = s->step - s->plan_start;
    memcpy(s->plan_temperature, now.temperature, sizeof s->plan_temperature);
    memcpy(s->plan_stress, now.stress, sizeof s->plan_stress);
}

double vt_md_target_temperature(const vt_md *md) {
    return vti_plan_temperature(md, md->state.step);
}

double vt_md_target_stress(const vt_md *md, int k) {
    return vti_plan_stress(md, md->state.step, k);
}

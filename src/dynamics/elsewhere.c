/* Plans that another program carries out: what is left of one, as that program has to know it, and
   what it has reached. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "dynamics/internal.h"

/* Variables of thermostat and barostat belong to whoever moves the atoms; at rest they hold no
   energy. What they held is booked, so that the conserved quantity goes on without a jump. */
static void forget_reservoirs(vt_md *md) {
    vti_md_state *s = &md->state;
    if (md->thermostat->energy != NULL) s->external += md->thermostat->energy(md);
    if (md->barostat->energy != NULL) s->external += md->barostat->energy(md);
    memset(s->thermostat, 0, sizeof s->thermostat);
    memset(s->box_rate, 0, sizeof s->box_rate);
}

vt_status vt_md_hand_over(vt_md *md, vt_md_course *course, vt_error *err) {
    VTI_TRY(vti_take_over(md, err));
    vti_md_state *s = &md->state;
    for (int k = 0; k < 3; k++)
        if (s->deform[k] && s->gauge[k] == 0) s->gauge[k] = md->system->box.h[k][k];
    forget_reservoirs(md);
    if (vt_md_done(md) == 0 && s->sample_interval > 0 && md->sample_count == 0)
        VTI_TRY(vti_record(md, err));
    vt_system_push(md->system);
    vti_leave(md);
    *course = (vt_md_course){.first = s->step, .last = s->plan_start + s->plan_steps};
    course->temperature[0] = vti_plan_temperature(md, s->step);
    course->temperature[1] = s->plan_temperature[1];
    for (int k = 0; k < 6; k++) {
        course->stress[k][0] = vti_plan_stress(md, s->step, k);
        course->stress[k][1] = s->plan_stress[2 * k + 1];
        course->moves[k] = vti_moves(md, k);
        course->deforms[k] = s->deform[k] != 0;
        course->strain_rate[k] = s->strain_rate[k];
        if (k < 3) course->edge_rate[k] = s->gauge[k] * s->strain_rate[k];
    }
    course->true_strain = s->true_strain != 0;
    course->energy = s->energy;
    course->conserved = s->energy + vti_kinetic_energy(s) + s->external;
    return VT_OK;
}

vt_status vt_md_follow(vt_md *md, const vt_md_reached *reached, vt_error *err) {
    vti_md_state *s = &md->state;
    if (reached->step <= s->step) return VT_OK;
    if (reached->step > s->plan_start + s->plan_steps)
        return vt_fail(err, VT_EINVAL, "step %lld lies beyond the end of the run, step %lld",
                       (long long)reached->step, (long long)(s->plan_start + s->plan_steps));
    double sum = reached->energy + reached->conserved;
    for (int k = 0; k < 6; k++) sum += reached->kinetic[k] + reached->virial[k];
    if (!isfinite(sum))
        return vt_fail(err, VT_EDIVERGED,
                       "energy or stress stopped being finite before step %lld; lower the timestep "
                       "(%g ps) or minimize first",
                       (long long)reached->step, md->options.timestep);
    VTI_TRY(vt_system_pull(md->system, err));
    s->step = reached->step;
    s->temperature = vti_plan_temperature(md, s->step);
    s->energy = reached->energy;
    memcpy(s->kinetic, reached->kinetic, sizeof s->kinetic);
    memcpy(s->virial, reached->virial, sizeof s->virial);
    /* What the other program's reservoirs hold is part of `external`: ours are at rest. */
    s->external = reached->conserved - s->energy - vti_kinetic_energy(s);
    md->snapshot[0].valid = md->snapshot[1].valid = false;
    md->taken = true;
    vti_leave(md);
    bool due = s->sample_interval > 0 && vt_md_done(md) % s->sample_interval == 0;
    return due ? vti_record(md, err) : VT_OK;
}

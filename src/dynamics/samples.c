/* What is measured during a run. */
#include <math.h>

#include "base/try.h"
#include "dynamics/internal.h"
#include "vitrum/units.h"

static const struct {
    const char *name, *unit;
    double factor;
} COLUMNS[VT_MD_COLUMNS] = {{"step", "", 1},
                            {"time", "ps", 1},
                            {"temperature", "K", 1},
                            {"target_temperature", "K", 1},
                            {"potential_energy", "eV", 1},
                            {"kinetic_energy", "eV", 1},
                            {"total_energy", "eV", 1},
                            {"enthalpy", "eV", 1},
                            {"pressure", "GPa", VT_GPA},
                            {"stress_xx", "GPa", VT_GPA},
                            {"stress_yy", "GPa", VT_GPA},
                            {"stress_zz", "GPa", VT_GPA},
                            {"stress_yz", "GPa", VT_GPA},
                            {"stress_xz", "GPa", VT_GPA},
                            {"stress_xy", "GPa", VT_GPA},
                            {"volume", "A^3", 1},
                            {"lx", "A", 1},
                            {"ly", "A", 1},
                            {"lz", "A", 1},
                            {"yz", "A", 1},
                            {"xz", "A", 1},
                            {"xy", "A", 1},
                            {"strain", "", 1},
                            {"conserved", "eV", 1}};

const char *vt_md_column_name(int k) {
    return COLUMNS[k].name;
}

const char *vt_md_column_unit(int k) {
    return COLUMNS[k].unit;
}

double vt_md_column_factor(int k) {
    return COLUMNS[k].factor;
}

void vti_measure(const vt_md *md, vt_md_sample *out) {
    const vti_md_state *s = &md->state;
    const vt_box *box = &md->system->box;
    const bool *control = md->options.control;
    double volume = vt_box_volume(box), kinetic = vti_kinetic_energy(s), mean = 0, target = 0;
    *out = (vt_md_sample){0};
    out->step = (double)s->step;
    out->time = (double)s->step * md->options.timestep;
    out->kinetic_energy = kinetic;
    out->temperature = 2 * kinetic / (md->freedom * VT_BOLTZMANN);
    out->target_temperature = md->thermostat == &vti_thermostat_none ? NAN : s->temperature;
    out->potential_energy = s->energy;
    out->total_energy = s->energy + kinetic;
    for (int k = 0; k < 6; k++) out->stress[k] = -(s->kinetic[k] + s->virial[k]) / volume;
    for (int k = 0; k < 3; k++) {
        mean += out->stress[k] / 3;
        target += vti_plan_stress(md, s->step, k) / 3;
        out->length[k] = box->h[k][k];
    }
    out->pressure = -mean;
    bool held = control[VT_XX] && control[VT_YY] && control[VT_ZZ];
    for (int k = 0; k < 3; k++) held = held && !s->deform[k];
    out->enthalpy = out->total_energy - (held ? target : mean) * volume;
    out->volume = volume;
    out->tilt[0] = box->h[2][1];
    out->tilt[1] = box->h[2][0];
    out->tilt[2] = box->h[1][0];
    for (int k = 5; k >= 0; k--)
        if (s->deform[k]) out->strain = vti_strain(s, k, s->step, md->options.timestep);
    out->conserved = out->total_energy + s->external;
    if (md->thermostat->energy != NULL) out->conserved += md->thermostat->energy(md);
    if (md->barostat->energy != NULL) out->conserved += md->barostat->energy(md);
}

vt_status vti_record(vt_md *md, vt_error *err) {
    if (md->sample_count == md->sample_capacity) {
        size_t more = md->sample_capacity * 2 + 64;
        vt_md_sample *grown = vt_grow(md->samples, md->sample_capacity, more, sizeof *md->samples);
        if (grown == NULL) return vt_fail_memory(err, more, sizeof *grown, "keeping samples");
        md->samples = grown;
        md->sample_capacity = more;
    }
    vti_measure(md, &md->samples[md->sample_count++]);
    return VT_OK;
}

vt_status vt_md_measure(vt_md *md, vt_md_sample *sample, vt_error *err) {
    VTI_TRY(vti_take_over(md, err));
    vti_measure(md, sample);
    vt_system_push(md->system);
    return VT_OK;
}

size_t vt_md_sample_count(const vt_md *md) {
    return md->sample_count;
}

const vt_md_sample *vt_md_samples(const vt_md *md) {
    return md->samples;
}

/* What is measured during a run. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/try.h"
#include "dynamics/internal.h"
#include "vitrum/io.h"
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

/* ---------------------------------------------------------------- CSV ---- */

enum { LINE = VT_MD_COLUMNS * 32 + 2 }; /* longer than any line of names or numbers */

static void print_names(char line[LINE]) {
    size_t used = 0;
    for (int k = 0; k < VT_MD_COLUMNS; k++)
        used +=
            (size_t)snprintf(line + used, LINE - used, "%s%s [%s]", k > 0 ? "," : "",
                             COLUMNS[k].name, COLUMNS[k].unit[0] != '\0' ? COLUMNS[k].unit : "-");
    snprintf(line + used, LINE - used, "\n");
}

static void print_row(const vt_md *md, size_t n, char line[LINE]) {
    double row[VT_MD_COLUMNS];
    size_t used = 0;
    memcpy(row, &md->samples[n], sizeof row);
    for (int k = 0; k < VT_MD_COLUMNS; k++)
        used += (size_t)snprintf(line + used, LINE - used, "%s%.12g", k > 0 ? "," : "",
                                 row[k] * COLUMNS[k].factor);
    snprintf(line + used, LINE - used, "\n");
}

/* Every line of `note` as a comment. */
static vt_status write_note(vt_output *out, const char *note, vt_error *err) {
    vt_status status = VT_OK;
    while (note != NULL && *note != '\0' && !vt_failed(status)) {
        int length = (int)strcspn(note, "\n");
        status = vt_output_print(out, err, "# %.*s\n", length, note);
        note += length + (note[length] == '\n');
    }
    return status;
}

static vt_status write_header(const vt_md *md, vt_output *out, const char *note, vt_error *err) {
    const vt_md_options *o = &md->options;
    const char *file = vt_potential_file(md->system->potential);
    double taper = vt_potential_taper(md->system->potential);
    vt_status st = write_note(out, note, err);
    if (!vt_failed(st))
        st = vt_output_print(out, err,
                             "# program: vitrum %s, thermo samples of molecular dynamics\n"
                             "# potential: %s %s\n# potential sha256: %s\n",
                             vt_version(), vt_potential_name(md->system->potential), file,
                             vt_potential_sha256(md->system->potential));
    if (!vt_failed(st) && taper > 0)
        st = vt_output_print(out, err, "# potential taper: %.10g A before the cutoff\n", taper);
    if (!vt_failed(st))
        st = vt_output_print(out, err,
                             "# dynamics: %zu atoms; timestep %g ps; thermostat %s, damping %g ps; "
                             "barostat %s, damping %g ps; seed %llu\n"
                             "# signs: pressure positive in compression, stress in tension; "
                             "energies are of the whole system\n",
                             md->count, o->timestep, o->thermostat, o->temperature_damping,
                             md->barostat->name, o->stress_damping, (unsigned long long)o->seed);
    char names[LINE];
    print_names(names);
    return vt_failed(st) ? st : vt_output_print(out, err, "%s", names);
}

vt_status vt_md_write_csv(const vt_md *md, const char *path, bool overwrite, const char *note,
                          vt_error *err) {
    vt_output *out = vt_output_create(path, overwrite, err);
    if (out == NULL) return err != NULL ? err->code : VT_EIO;
    vt_status status = write_header(md, out, note, err);
    for (size_t n = 0; n < md->sample_count && !vt_failed(status); n++) {
        char line[LINE];
        print_row(md, n, line);
        status = vt_output_write(out, line, strlen(line), err);
    }
    if (vt_failed(status)) {
        vt_output_discard(out);
        return status;
    }
    return vt_output_commit(out, err);
}

/* The next line that is no comment; one that is longer than any of ours is cut. */
static bool next_line(FILE *file, char line[LINE]) {
    bool start = true;
    while (fgets(line, LINE, file) != NULL) {
        bool whole = strchr(line, '\n') != NULL, comment = start && line[0] == '#';
        if (start && !comment) return true;
        start = whole;
    }
    return false;
}

bool vt_md_csv_matches(const vt_md *md, const char *path) {
    struct stat info;
    if (md->sample_count == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false;
    FILE *file = fopen(path, "r");
    if (file == NULL) return false;
    char line[LINE], expected[LINE];
    print_names(expected);
    bool same = next_line(file, line) && strcmp(line, expected) == 0;
    for (size_t n = 0; n < md->sample_count && same; n++) {
        print_row(md, n, expected);
        same = next_line(file, line) && strcmp(line, expected) == 0;
    }
    fclose(file);
    return same;
}

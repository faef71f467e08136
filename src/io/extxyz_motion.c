/* Velocities of extended XYZ. The format leaves their unit to the program that writes, and the same
   name means different units: LAMMPS (units metal) writes angstrom/ps as `vel`, GPUMD angstrom/fs
   under that very name, QUIP angstrom/fs as `velo`, OVITO as `velo` whatever its input had. So the
   order of the keys, which tells the program, or the header's temperature decides, or the reader
   of the file is asked. `velocities` and `momenta` are ASE's, whose unit of time is angstrom
   sqrt(amu/eV).

   What the keys look like is read off the sources: LAMMPS's dump_extxyz.cpp, GPUMD's dump_exyz.cu,
   dump_xyz.cu and dump_restart.cu, QUIP's CInOutput. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/extxyz.h"
#include "vitrum/units.h"

static const struct {
    const char *name;
    double scale; /* angstrom/ps */
} UNITS[] = {{"A/ps", 1}, {"A/fs", 1000}, {"ase", 0 /* ase_velocity() */}};
enum { PER_PS, PER_FS, ASE, UNIT_COUNT };

/* One ASE unit of velocity, sqrt(eV/amu) [angstrom/ps]. */
static double ase_velocity(void) {
    return 1 / sqrt(VT_MASS_VELOCITY2);
}

static double scale_of(int unit) {
    return unit == ASE ? ase_velocity() : UNITS[unit].scale;
}

double vti_momentum_scale(double mass) {
    return mass * sqrt(VT_MASS_VELOCITY2);
}

static int find_unit(const char *name) {
    for (int k = 0; k < UNIT_COUNT; k++)
        if (vti_same_word(name, UNITS[k].name)) return k;
    return -1;
}

vt_status vti_check_velocity_unit(const char **unit, const char *format, vt_error *err) {
    const char *name = *unit;
    if (name == NULL) return VT_OK;
    if (strcmp(format, "extxyz") != 0)
        return vt_fail(err, VT_EINVAL,
                       "velocity_unit is for extended XYZ only: in format '%s' the unit is known; "
                       "leave it out",
                       format);
    int known = find_unit(name);
    if (known >= 0) {
        *unit = UNITS[known].name;
        return VT_OK;
    }
    return vt_fail(err, VT_EINVAL,
                   "velocity_unit '%.40s' is not known; use \"A/ps\", \"A/fs\" or \"ase\"", name);
}

/* ---------------------------------------------------------------- who wrote it ---- */

void vti_xyz_note(vti_xyz_header *h, const char *key, const vti_xyz_value *v) {
    size_t used = strlen(h->keys), n = strlen(key);
    if (used + n + 2 < sizeof h->keys) {
        memcpy(h->keys + used, key, n);
        memcpy(h->keys + used + n, " ", 2);
    }
    h->quip = h->quip || strcmp(key, "nneightol") == 0;
    if (v->kind == VT_VALUE_TEXT && strcmp(key, "generator") == 0)
        h->ours = strncmp(v->text, "vitrum ", strlen("vitrum ")) == 0;
    if ((v->kind != VT_VALUE_REAL && v->kind != VT_VALUE_INTEGER) || v->count != 1) return;
    static const char *const KINETIC[] = {"kinetic_energy", "kinetic", "ekin"};
    if (vti_same_word(key, "temperature") || vti_same_word(key, "temp")) {
        h->has_temperature = true;
        h->temperature = v->number[0];
    }
    for (size_t k = 0; k < sizeof KINETIC / sizeof *KINETIC; k++)
        if (vti_same_word(key, KINETIC[k])) {
            h->has_kinetic = true;
            h->kinetic = v->number[0];
        }
}

vti_xyz_writer vti_xyz_written_by(const vti_xyz_header *h) {
    static const struct {
        vti_xyz_writer writer;
        const char *begins;
        bool ends; /* there are no other keys */
    } KNOWN[] = {{VTI_XYZ_LAMMPS, "Timestep pbc Lattice ", false},
                 {VTI_XYZ_LAMMPS, "Timestep Time pbc Lattice ", false},
                 {VTI_XYZ_GPUMD, "Time pbc Lattice energy virial ", false},
                 {VTI_XYZ_GPUMD, "pbc Lattice Properties ", true}};
    for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
        size_t n = strlen(KNOWN[k].begins);
        if (strncmp(h->keys, KNOWN[k].begins, n) != 0) continue;
        /* GPUMD's restart file has few keys, but masses before velocities. */
        if (KNOWN[k].ends && (h->keys[n] != '\0' || !h->mass_first)) continue;
        return KNOWN[k].writer;
    }
    return h->quip ? VTI_XYZ_QUIP : VTI_XYZ_UNKNOWN;
}

/* ---------------------------------------------------------------- velocities ---- */

/* Temperature of velocities in angstrom/ps [K]; momenta are divided by the masses. */
static double temperature_of(const vt_atoms *a, bool momenta) {
    double sum = 0;
    for (size_t i = 0; i < a->count; i++) {
        double m = a->species[a->type[i]].mass, c = momenta ? 1 / m : 1;
        double v2 = a->vx[i] * a->vx[i] + a->vy[i] * a->vy[i] + a->vz[i] * a->vz[i];
        sum += m * c * c * v2;
    }
    double freedoms = 3.0 * (double)(a->count > 1 ? a->count - 1 : 1);
    return VT_MASS_VELOCITY2 * sum / (freedoms * VT_BOLTZMANN);
}

/* The unit in which temperature `t` (if the unit were angstrom/ps) becomes that of the header; -1
   if none does. Units differ by factors of 100 and more in temperature, so that constraints, a
   drift or a thermostat's wish instead of the real temperature cannot confuse them. */
static int unit_by_temperature(double t, double wanted) {
    for (int k = 0; k < UNIT_COUNT; k++) {
        double ratio = t * scale_of(k) * scale_of(k) / wanted;
        if (ratio > 0.5 && ratio < 2) return k;
    }
    return -1;
}

static vt_status ask_unit(const vti_input *in, const vti_xyz_header *h, vt_error *err) {
    return vti_bad_at(
        in, h->line, err,
        "the unit of '%s' cannot be told: the keys are not those of a program that is "
        "known, and there is no temperature to tell it by; say velocity_unit = "
        "\"A/ps\" (LAMMPS, units metal), \"A/fs\" (GPUMD, QUIP, LAMMPS's units real) "
        "or \"ase\"",
        h->velocity_name);
}

static vt_status choose_unit(vt_atoms *a, const vti_input *in, const vti_xyz_header *h,
                             const char *option, int *unit, vt_error *err) {
    *unit = option != NULL ? find_unit(option) : -1;
    if (*unit >= 0) return VT_OK;
    double t = 0, wanted = 0;
    if (h->has_temperature)
        wanted = h->temperature;
    else if (h->has_kinetic)
        wanted = h->kinetic / (1.5 * (double)a->count * VT_BOLTZMANN);
    vti_xyz_writer writer = vti_xyz_written_by(h);
    bool known = h->momenta || h->ase || writer != VTI_XYZ_UNKNOWN;
    if (wanted > 0 || !known) t = temperature_of(a, h->momenta);
    int told = wanted > 0 ? unit_by_temperature(t, wanted) : -1;
    if (h->momenta || h->ase)
        *unit = ASE;
    else if (writer == VTI_XYZ_LAMMPS)
        *unit = PER_PS;
    else if (writer != VTI_XYZ_UNKNOWN)
        *unit = PER_FS;
    else
        *unit = t == 0 ? PER_PS : told;
    if (*unit < 0) return ask_unit(in, h, err);
    /* vitrum's own momenta are what they say, whatever header it has passed on. */
    if (told < 0 || told == *unit || (h->ours && h->momenta)) return VT_OK;
    return vti_bad_at(in, h->line, err,
                      "'%s' taken in the unit %s gives %.3g K, but the header says %.3g K, which "
                      "the unit %s gives; say velocity_unit = \"%s\", or \"%s\" if the header is "
                      "wrong",
                      h->velocity_name, UNITS[*unit].name, t * scale_of(*unit) * scale_of(*unit),
                      wanted, UNITS[told].name, UNITS[told].name, UNITS[*unit].name);
}

static vt_status too_fast(const vti_input *in, const vti_xyz_header *h, size_t i, vt_error *err) {
    return vti_bad_at(in, h->line, err, "'%s' of atom %zu is beyond all range", h->velocity_name,
                      i + 1);
}

static vt_status from_momenta(vt_atoms *a, int unit, const vti_input *in, const vti_xyz_header *h,
                              vt_error *err) {
    double scale = scale_of(unit);
    for (size_t i = 0; i < a->count; i++) {
        double m = a->species[a->type[i]].mass;
        double c = unit == ASE ? vti_momentum_scale(m) : m / scale;
        double v[3] = {a->vx[i] / c, a->vy[i] / c, a->vz[i] / c};
        if (!isfinite(v[0] + v[1] + v[2])) return too_fast(in, h, i, err);
        a->vx[i] = v[0];
        a->vy[i] = v[1];
        a->vz[i] = v[2];
    }
    return VT_OK;
}

static vt_status scaled(vt_atoms *a, int unit, const vti_input *in, const vti_xyz_header *h,
                        vt_error *err) {
    double scale = scale_of(unit);
    for (size_t i = 0; i < a->count; i++) {
        a->vx[i] *= scale;
        a->vy[i] *= scale;
        a->vz[i] *= scale;
        if (!isfinite(a->vx[i] + a->vy[i] + a->vz[i])) return too_fast(in, h, i, err);
    }
    return VT_OK;
}

vt_status vti_xyz_velocities(vt_frame *frame, const vti_input *in, const vti_xyz_header *h,
                             const char *option, vt_error *err) {
    vti_xyz_writer writer = vti_xyz_written_by(h);
    int unit = PER_PS;
    if (h->velocity_name[0] != '\0') {
        vt_atoms *a = frame->atoms;
        VTI_TRY(choose_unit(a, in, h, option, &unit, err));
        VTI_TRY(h->momenta ? from_momenta(a, unit, in, h, err) : scaled(a, unit, in, h, err));
    }
    /* GPUMD counts time in fs, LAMMPS in the unit that its velocities have. */
    bool fs = writer == VTI_XYZ_GPUMD || (writer == VTI_XYZ_LAMMPS && unit == PER_FS);
    if (fs && frame->has_time) frame->time /= UNITS[PER_FS].scale;
    return VT_OK;
}

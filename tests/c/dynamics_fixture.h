/* Systems for the tests of dynamics. */
#ifndef VITRUM_TESTS_DYNAMICS_FIXTURE_H
#define VITRUM_TESTS_DYNAMICS_FIXTURE_H

#include "fixture.h"

#include "atoms/fields.h"
#include "vitrum/dynamics.h"
#include "vitrum/units.h"

/* Kob-Andersen mixture with numbers like those of a metal; one Lennard-Jones time is 0.62 ps, so
   the default timestep is 0.0032 of it. Force-shifted, because a jump of the energy at the cutoff
   would hide the errors of the integrator. */
enum { LJ_CELLS = 5, LJ_ATOMS = 4 * LJ_CELLS * LJ_CELLS * LJ_CELLS };

static inline vt_potential *lj_potential(void) {
    vt_error err = {0};
    vt_lj_options o = vt_lj_kob_andersen(0.1, 2.5, 60.0);
    o.truncation = VT_LJ_FORCE_SHIFTED;
    vt_potential *p = vt_potential_lj_create(&o, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    return p;
}

/* `cells`^3 fcc cells at the density 1.2 of the mixture, every fifth atom of species B, with
   velocities of `temperature`. */
static inline vt_atoms *lj_crystal(int64_t cells, double temperature, uint64_t seed) {
    vt_error err = {0};
    vt_lj_options o = vt_lj_kob_andersen(0.1, 2.5, 60.0);
    vt_species a = o.species[0], b = o.species[1];
    const int64_t counts[3] = {cells, cells, cells};
    vt_atoms *atoms = vt_atoms_crystal(VT_FCC, &a, 2.5 * cbrt(4 / 1.2), 0, counts, &err);
    if (atoms == NULL) fail_msg("%s", err.msg);
    int k = vt_atoms_add_species(atoms, b.symbol, b.mass, &err);
    assert_int_equal(k, 1);
    for (size_t i = 0; i < atoms->count; i += 5) atoms->type[i] = 1;
    if (temperature > 0) REQUIRE_OK(vt_atoms_thermalize(atoms, temperature, seed, &err), err);
    return atoms;
}

/* Dynamics on a system of its own. */
static inline vt_md *md_create_skin(const vt_potential *potential, double skin, vt_atoms *atoms,
                                    const vt_md_options *options) {
    vt_error err = {0};
    vt_md *md =
        vt_md_create(system_create(atoms, potential, skin, VT_PRECISION_DOUBLE), options, &err);
    if (md == NULL) fail_msg("%s", err.msg);
    return md;
}

static inline vt_md *md_create(const vt_potential *potential, vt_atoms *atoms,
                               const vt_md_options *options) {
    return md_create_skin(potential, -1, atoms, options);
}

static inline void md_destroy(vt_md *md) {
    vt_system *system = vt_md_system(md);
    vt_md_destroy(md);
    vt_system_destroy(system);
}

/* Run `steps` with the present targets. */
static inline void md_run(vt_md *md, int64_t steps, int64_t every) {
    vt_error err = {0};
    vt_md_plan plan = vt_md_plan_defaults(md);
    plan.steps = steps;
    plan.sample_interval = every;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    vt_status status = vt_md_run(md, steps, &err);
    REQUIRE_OK(status, err);
    assert_int_equal(status, VT_DONE);
}

/* True when positions, velocities, forces, images and box agree to the bit. */
static inline bool same_atoms(const vt_atoms *a, const vt_atoms *b) {
    vti_atom_arrays p = vti_arrays_of(a), q = vti_arrays_of(b);
    bool same = a->count == b->count && memcmp(a->box.h, b->box.h, sizeof a->box.h) == 0;
    for (int k = 0; k < 3 && same; k++)
        same = memcmp(p.position[k], q.position[k], a->count * sizeof(double)) == 0 &&
               memcmp(p.velocity[k], q.velocity[k], a->count * sizeof(double)) == 0 &&
               memcmp(p.force[k], q.force[k], a->count * sizeof(double)) == 0 &&
               memcmp(p.image[k], q.image[k], a->count * sizeof(int32_t)) == 0;
    return same;
}

/* Options of an ensemble by a short name: the thermostat's first letter (0, n, l) and the
   barostat's (0, i, a, t), as in "ni" or "00". */
static inline vt_md_options ensemble(const char *code, double temperature) {
    vt_md_options o = vt_md_defaults();
    o.temperature = temperature;
    o.thermostat = code[0] == 'n' ? "nose-hoover" : code[0] == 'l' ? "langevin" : "none";
    o.coupled = code[1] == 'i';
    int moved = code[1] == 't' ? 6 : code[1] == '0' ? 0 : 3;
    for (int k = 0; k < moved; k++) o.control[k] = true;
    return o;
}

#endif

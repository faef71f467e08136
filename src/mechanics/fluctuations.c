/* Elastic constants at a temperature: what fluctuates, added up during dynamics. */
#include <string.h>

#include "base/share.h"
#include "base/tensor.h"
#include "base/try.h"
#include "mechanics/strained.h"
#include "vitrum/mechanics.h"
#include "vitrum/units.h"

enum { GRAIN = 1024 /* atoms that a thread takes at a time */ };

static vt_status check(const vt_md *md, const vt_fluctuation_options *o, bool atoms,
                       vt_error *err) {
    const vt_system *system = vt_md_system(md);
    const vt_md_options *settings = vt_md_settings(md);
    if (o->every < 1 || o->born_every < 1)
        return vt_fail(err, VT_EINVAL,
                       "instants are taken every %lld steps and Born terms every "
                       "%lld instants; both must be at least 1",
                       (long long)o->every, (long long)o->born_every);
    for (int k = 0; k < 6; k++)
        if (settings->control[k])
            return vt_fail(
                err, VT_EINVAL,
                "the box moves along %s; fluctuations of stress are those of a fixed box",
                vt_tensor_name(k));
    return vt_elastic_check(system, atoms, err);
}

/* ---------------------------------------------------------------- one instant ---- */

static void add_temperature(const vt_system *s, vt_fluctuations *sums) {
    double twice = 0;
    for (size_t k = 0; k < s->count; k++) {
        const double *v = s->v[k];
        twice += VT_MASS_VELOCITY2 * s->species[s->type[k]].mass * vti_dot3(v, v);
    }
    double freedom = s->count == 1 ? 3 : 3 * (double)s->count - 3;
    sums->temperature += twice / (freedom * VT_BOLTZMANN);
}

static void add_stress(const double change[6], vt_fluctuations *sums) {
    sums->instants += 1;
    for (int p = 0; p < 6; p++) {
        sums->stress[p] += change[p];
        for (int q = 0; q < 6; q++) sums->product[p][q] += change[p] * change[q];
    }
}

typedef struct {
    const vt_system *system;
    const double *virial, *change;
    vt_atom_fluctuations *atom;
    double scale; /* from eV to GPa */
} atom_stresses;

static void add_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const atom_stresses *a = context;
    for (size_t k = from; k < to; k++) {
        vt_atom_fluctuations *sum = &a->atom[a->system->order[k]];
        for (size_t p = 0; p < 6; p++) {
            double stress = a->scale * a->virial[6 * k + p];
            sum->stress[p] += stress;
            for (size_t q = 0; q < 6; q++) sum->product[p][q] += stress * a->change[q];
        }
    }
}

static void add_matrix(const double constants[VT_BORN_CONSTANTS], double sum[6][6]) {
    double c[6][6];
    vt_born_matrix(constants, c);
    for (int p = 0; p < 6; p++)
        for (int q = 0; q < 6; q++) sum[p][q] += c[p][q];
}

static vt_status add_born(vt_system *s, double strain, vt_fluctuations *sums,
                          vt_atom_fluctuations *atom, vt_error *err) {
    double born[VT_BORN_CONSTANTS];
    bool functions = vt_system_has_curvature(s);
    size_t n = s->count, numbers = atom != NULL ? VT_BORN_CONSTANTS * n : functions ? 0 : 18 * n;
    double *room = numbers > 0 ? vt_alloc(numbers, sizeof *room) : NULL;
    if (numbers > 0 && room == NULL)
        return vt_fail_memory(err, numbers, sizeof *room, "elastic constants");
    vt_status st =
        functions ? vt_system_born(s, born, room, err) : vti_strained(s, strain, born, room, err);
    if (!vt_failed(st)) {
        sums->borns += 1;
        add_matrix(born, sums->born);
        for (size_t k = 0; k < n && atom != NULL; k++)
            add_matrix(room + VT_BORN_CONSTANTS * k, atom[s->order[k]].born);
    }
    vt_free(room);
    return st;
}

/* Nothing is added when it fails. */
static vt_status add_instant(vt_system *s, const vt_fluctuation_options *o, bool with_born,
                             vt_fluctuations *sums, vt_atom_fluctuations *atom, vt_error *err) {
    vt_result result;
    double change[6], scale = -VT_GPA / vt_box_volume(&s->box);
    VTI_TRY(
        vt_system_evaluate(s, atom != NULL ? VT_WANT_ATOM_VIRIAL : VT_WANT_VIRIAL, &result, err));
    for (int p = 0; p < 6; p++) change[p] = scale * result.virial[p] - o->reference[p];
    if (with_born) VTI_TRY(add_born(s, o->strain, sums, atom, err));
    add_stress(change, sums);
    add_temperature(s, sums);
    if (atom != NULL)
        vti_share(s->count, GRAIN, add_some,
                  &(atom_stresses){s, result.atom_virial, change, atom, scale * (double)s->count});
    return VT_OK;
}

/* ---------------------------------------------------------------- the run ---- */

vt_status vt_fluctuations_run(vt_md *md, const vt_fluctuation_options *o, int64_t most,
                              vt_fluctuations *sums, vt_atom_fluctuations *atom, vt_error *err) {
    VTI_TRY(check(md, o, atom != NULL, err));
    vt_md_want(md, atom != NULL ? VT_WANT_ATOM_VIRIAL : 0);
    vt_status st = vt_md_remaining(md) > 0 ? VT_CONTINUE : VT_DONE;
    while (st == VT_CONTINUE && most > 0) {
        int64_t steps = o->every - vt_md_done(md) % o->every;
        if (steps > most) steps = most;
        st = vt_md_run_ahead(md, steps, err);
        VTI_TRY(st);
        most -= steps;
        if (vt_md_done(md) % o->every != 0) continue;
        bool with_born = (vt_md_done(md) / o->every - 1) % o->born_every == 0;
        VTI_TRY(add_instant(vt_md_system(md), o, with_born, sums, atom, err));
    }
    return st;
}

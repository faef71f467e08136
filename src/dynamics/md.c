/* The vt_md object: its life, taking over and giving back atoms, the step. */
#include <math.h>
#include <string.h>

#include "dynamics/internal.h"
#include "vitrum/units.h"

enum { SORT_INTERVAL = 10 /* list builds between two sortings in space */ };

static const vti_thermostat *const THERMOSTATS[] = {
    &vti_thermostat_none, &vti_thermostat_nose_hoover, &vti_thermostat_langevin};

const vti_thermostat vti_thermostat_none = {"none", NULL, NULL, NULL};
const vti_barostat vti_barostat_none = {"none", NULL, NULL, NULL};

/* ---------------------------------------------------------------- lists ---- */

void vti_set_masses(vt_md *md) {
    const vt_atoms *w = md->work;
    for (int s = 0; s < w->species_count; s++) {
        md->mass[s] = w->species[s].mass * VT_MASS_VELOCITY2;
        md->inverse_mass[s] = 1 / md->mass[s];
    }
}

/* Sort the work atoms in space; on failure they stay as they are. */
static vt_status sort_atoms(vt_md *md, vt_error *err) {
    int32_t *order = vt_alloc(md->count, sizeof *order);
    if (order == NULL) return vt_fail_memory(err, md->count, sizeof *order, "sorting the atoms");
    vt_status status = vt_calculator_order(md->calculator, md->work, order, err);
    vt_atoms *sorted =
        vt_failed(status) ? NULL : vt_atoms_permuted(md->work, order, md->count, err);
    if (sorted == NULL) {
        vt_free(order);
        return vt_failed(status) ? status : VT_ENOMEM;
    }
    /* Same counts and capacities: the arrays are exchanged, for the caller holds the object. */
    vt_atoms swap = *md->work;
    *md->work = *sorted;
    *sorted = swap;
    vt_atoms_destroy(sorted);
    for (size_t k = 0; k < md->count; k++) order[k] = md->order[order[k]];
    memcpy(md->order, order, md->count * sizeof *order);
    vt_free(order);
    return VT_OK;
}

/* Lists that are due are built from wrapped, now and then sorted atoms. */
static vt_status before_build(void *context, vt_error *err) {
    vt_md *md = context;
    vt_atoms_wrap(md->work);
    if (md->state.builds++ % SORT_INTERVAL == 0) {
        vt_status status = sort_atoms(md, err);
        if (vt_failed(status)) return status;
    }
    md->listed = true;
    return VT_OK;
}

/* ---------------------------------------------------------------- life ---- */

vt_md_options vt_md_defaults(void) {
    vt_md_options o = {0};
    o.timestep = 0.002;
    o.thermostat = "none";
    o.temperature = 300;
    o.temperature_damping = 0.2;
    o.chain_length = 3;
    o.suzuki_yoshida = 3;
    o.stress_damping = 2;
    o.seed = 1;
    o.skin = -1;
    return o;
}

static const vti_thermostat *find_thermostat(const char *name) {
    for (size_t k = 0; k < sizeof THERMOSTATS / sizeof *THERMOSTATS; k++)
        if (strcmp(THERMOSTATS[k]->name, name) == 0) return THERMOSTATS[k];
    return NULL;
}

static vt_status check_options(const vt_md_options *o, vt_error *err) {
    bool moves = false;
    for (int k = 0; k < 6; k++) moves = moves || o->control[k];
    const struct {
        const char *name, *unit;
        double value;
    } positive[] = {{"timestep", "ps", o->timestep},
                    {"damping of the thermostat", "ps", o->temperature_damping},
                    {"damping of the barostat", "ps", o->stress_damping}};
    for (size_t k = 0; k < sizeof positive / sizeof *positive; k++)
        if (!(positive[k].value > 0) || !isfinite(positive[k].value))
            return vt_fail(err, VT_EINVAL, "the %s is %g %s; it must be positive", positive[k].name,
                           positive[k].value, positive[k].unit);
    const vti_thermostat *thermostat = find_thermostat(o->thermostat);
    if (thermostat == NULL)
        return vt_fail(err, VT_EINVAL,
                       "unknown thermostat '%s'; it is one of none, nose-hoover, langevin",
                       o->thermostat);
    bool none = thermostat == &vti_thermostat_none;
    if (!isfinite(o->temperature) || o->temperature < 0 || (!none && o->temperature == 0))
        return vt_fail(err, VT_EINVAL, "the temperature is %g K; it must be positive",
                       o->temperature);
    if (!none && o->temperature_damping < 5 * o->timestep)
        return vt_fail(err, VT_EINVAL,
                       "the damping of the thermostat, %g ps, is shorter than 5 timesteps of %g "
                       "ps; 0.1 to 1 ps is usual",
                       o->temperature_damping, o->timestep);
    if (moves && o->stress_damping < 20 * o->timestep)
        return vt_fail(err, VT_EINVAL,
                       "the damping of the barostat, %g ps, is shorter than 20 timesteps of %g "
                       "ps; 1 to 10 ps is usual",
                       o->stress_damping, o->timestep);
    if (o->chain_length < 1 || o->chain_length > VTI_CHAIN)
        return vt_fail(err, VT_EINVAL,
                       "the Nose-Hoover chain has %d variables; 1 to %d are "
                       "possible",
                       o->chain_length, VTI_CHAIN);
    if (o->suzuki_yoshida != 1 && o->suzuki_yoshida != 3 && o->suzuki_yoshida != 5)
        return vt_fail(err, VT_EINVAL,
                       "the chain's integrator has 1, 3 or 5 Suzuki-Yoshida sub-steps, not %d",
                       o->suzuki_yoshida);
    return VT_OK;
}

/* Finite velocities may have squares that are not. */
static vt_status check_velocities(const vt_atoms *atoms, vt_error *err) {
    if (isfinite(vt_atoms_temperature(atoms))) return VT_OK;
    double most = -1;
    size_t fastest = 0;
    for (size_t i = 0; i < atoms->count; i++) {
        double v = fmax(fmax(fabs(atoms->vx[i]), fabs(atoms->vy[i])), fabs(atoms->vz[i]));
        if (v > most) fastest = i;
        most = fmax(most, v);
    }
    return vt_fail(err, VT_EINVAL,
                   "the velocity of atom %zu (id %lld) is (%g, %g, %g) A/ps; that is so large that "
                   "the kinetic energy is not finite (atoms at 300 K have some 3 A/ps)",
                   fastest + 1, (long long)atoms->id[fastest], atoms->vx[fastest],
                   atoms->vy[fastest], atoms->vz[fastest]);
}

/* Axes that a component of the velocity gradient strains or tilts must be periodic. */
static vt_status check_periodic(const vt_md *md, const vt_box *box, vt_error *err) {
    static const int AXES[6][2] = {{0, 0}, {1, 1}, {2, 2}, {1, 2}, {0, 2}, {0, 1}};
    static const char *const NAME[6] = {"xx", "yy", "zz", "yz", "xz", "xy"};
    for (int k = 0; k < 6; k++) {
        if (!md->options.control[k] && !md->state.deform[k]) continue;
        for (int n = 0; n < 2; n++)
            if (!box->periodic[AXES[k][n]])
                return vt_fail(err, VT_EINVAL,
                               "the box has a free surface along %c, so its component %s cannot "
                               "be %s; leave it out, as in %s",
                               "xyz"[AXES[k][n]], NAME[k],
                               md -> options.control[k] ? "held at a pressure or stress"
                                                        : "strained",
                               "stress = { zz = 0 } for a bar with free sides x and y");
    }
    return VT_OK;
}

vt_md *vti_md_new(const vt_potential *potential, size_t count, const vt_md_options *options,
                  vt_error *err) {
    if (vt_failed(check_options(options, err))) return NULL;
    vt_md *md = vt_alloc(1, sizeof *md);
    if (md == NULL) {
        vt_fail_memory(err, 1, sizeof *md, "dynamics");
        return NULL;
    }
    md->potential = potential;
    md->options = *options;
    md->thermostat = find_thermostat(options->thermostat);
    md->options.thermostat = md->thermostat->name;
    md->barostat = &vti_barostat_none;
    for (int k = 0; k < 6; k++)
        if (options->control[k]) md->barostat = &vti_barostat_mtk;
    md->count = count;
    md->freedom = count == 1 ? 3 : 3 * (double)count - 3;
    md->order = vt_alloc(count, sizeof *md->order);
    md->partial = vt_alloc(vti_blocks(md) + 1, VTI_SUMS * sizeof *md->partial);
    bool complete = md->order != NULL && md->partial != NULL;
    for (int n = 0; n < 2; n++) {
        vti_snapshot *s = &md->snapshot[n];
        s->motion = vt_alloc(count, 6 * sizeof *s->motion);
        s->image = vt_alloc(count, 3 * sizeof *s->image);
        s->order = vt_alloc(count, sizeof *s->order);
        complete = complete && s->motion != NULL && s->image != NULL && s->order != NULL;
    }
    if (!complete) {
        vt_fail_memory(err, count, 150, "dynamics");
        goto fail;
    }
    md->calculator = vt_calculator_create(potential, options->skin, err);
    if (md->calculator == NULL ||
        vt_failed(vt_calculator_set_precision(md->calculator, options->precision, err)))
        goto fail;
    vt_calculator_before_build(md->calculator, before_build, md);
    vti_state *s = &md->state;
    s->temperature = s->plan_temperature[0] = s->plan_temperature[1] = options->temperature;
    for (int k = 0; k < 6; k++)
        s->plan_stress[2 * k] = s->plan_stress[2 * k + 1] = options->stress[k];
    return md;
fail:
    vt_md_destroy(md);
    return NULL;
}

vt_md *vt_md_create(const vt_potential *potential, const vt_atoms *atoms,
                    const vt_md_options *options, vt_error *err) {
    if (atoms->count == 0) {
        vt_fail(err, VT_EINVAL, "there are no atoms to move");
        return NULL;
    }
    if (vt_failed(vt_atoms_check(atoms, err)) || vt_failed(check_velocities(atoms, err)))
        return NULL;
    vt_md_options o = *options;
    /* A barostat alone takes the scale of its mass from the atoms. */
    if (o.temperature == 0) o.temperature = fmax(vt_atoms_temperature(atoms), 1);
    vt_md *md = vti_md_new(potential, atoms->count, &o, err);
    if (md == NULL) return NULL;
    if (vt_failed(check_periodic(md, &atoms->box, err))) {
        vt_md_destroy(md);
        return NULL;
    }
    return md;
}

void vt_md_destroy(vt_md *md) {
    if (md == NULL) return;
    vt_calculator_destroy(md->calculator);
    vt_atoms_destroy(md->work);
    vt_free(md->order);
    vt_free(md->partial);
    for (int n = 0; n < 2; n++) {
        vt_free(md->snapshot[n].motion);
        vt_free(md->snapshot[n].image);
        vt_free(md->snapshot[n].order);
    }
    vt_free(md->samples);
    vt_free(md->text);
    vt_free(md);
}

const vt_md_options *vt_md_settings(const vt_md *md) {
    return &md->options;
}

int64_t vt_md_step(const vt_md *md) {
    return md->state.step;
}

double vt_md_time(const vt_md *md) {
    return (double)md->state.step * md->options.timestep;
}

size_t vt_md_count(const vt_md *md) {
    return md->count;
}

void vt_md_cost(const vt_md *md, double *forces, double *rest) {
    *forces = md->seconds_forces;
    *rest = md->seconds_rest;
}

const char *vt_md_text(const vt_md *md) {
    return md->text != NULL ? md->text : "";
}

/* ---------------------------------------------------------------- forces ---- */

vt_status vti_forces(vt_md *md, unsigned want, vt_error *err) {
    double start = vt_clock();
    if (!md->listed) vt_calculator_reset(md->calculator);
    vt_result result = {0};
    vt_status status = vt_calculator_compute(md->calculator, md->work, want, &result, err);
    md->known = vt_failed(status) ? 0 : want;
    if (md->known & VT_WANT_ENERGY) md->state.energy = result.energy;
    if (md->known & VT_WANT_VIRIAL)
        memcpy(md->state.virial, result.virial, sizeof md->state.virial);
    md->seconds_forces += vt_clock() - start;
    return status;
}

vt_status vti_settle(vt_md *md, vt_error *err) {
    unsigned all = VT_WANT_ENERGY | VT_WANT_VIRIAL;
    return (md->known & all) == all ? VT_OK : vti_forces(md, all, err);
}

/* ---------------------------------------------------------------- the user's atoms ---- */

static bool same_bits(const double *a, const int32_t *order, const double *b, size_t n) {
    bool same = true;
    for (size_t k = 0; k < n; k++) {
        uint64_t u, v;
        memcpy(&u, &a[order[k]], sizeof u);
        memcpy(&v, &b[k], sizeof v);
        same &= u == v;
    }
    return same;
}

static bool same_words(const int32_t *a, const int32_t *order, const int32_t *b, size_t n) {
    bool same = true;
    for (size_t k = 0; k < n; k++) same &= a[order[k]] == b[k];
    return same;
}

static bool same_box(const vt_box *a, const vt_box *b) {
    return memcmp(a->origin, b->origin, sizeof a->origin) == 0 &&
           memcmp(a->h, b->h, sizeof a->h) == 0 &&
           memcmp(a->periodic, b->periodic, sizeof a->periodic) == 0;
}

/* True when the user's atoms are what was last given back. */
static bool unchanged(const vt_md *md, const vt_atoms *a) {
    const vt_atoms *w = md->work;
    const int32_t *order = md->order;
    size_t n = md->count;
    if (w == NULL || !same_box(&a->box, &w->box) || a->species_count != w->species_count)
        return false;
    for (int k = 0; k < a->species_count; k++)
        if (a->species[k].mass != w->species[k].mass ||
            strcmp(a->species[k].symbol, w->species[k].symbol) != 0)
            return false;
    for (size_t k = 0; k < n; k++)
        if (a->id[order[k]] != w->id[k]) return false;
    return same_bits(a->x, order, w->x, n) && same_bits(a->y, order, w->y, n) &&
           same_bits(a->z, order, w->z, n) && same_bits(a->vx, order, w->vx, n) &&
           same_bits(a->vy, order, w->vy, n) && same_bits(a->vz, order, w->vz, n) &&
           same_words(a->type, order, w->type, n) && same_words(a->ix, order, w->ix, n) &&
           same_words(a->iy, order, w->iy, n) && same_words(a->iz, order, w->iz, n);
}

static bool at_rest(const vt_atoms *a) {
    for (size_t i = 0; i < a->count; i++)
        if (a->vx[i] != 0 || a->vy[i] != 0 || a->vz[i] != 0) return false;
    return true;
}

static vt_status take_over(vt_md *md, vt_atoms *atoms, vt_error *err) {
    if (atoms->count != md->count)
        return vt_fail(err, VT_EINVAL,
                       "the number of atoms changed from %zu to %zu since this dynamics was made; "
                       "make a new one for the changed atoms",
                       md->count, atoms->count);
    vt_status status = vt_atoms_check(atoms, err);
    if (vt_failed(status)) return status;
    status = check_periodic(md, &atoms->box, err);
    if (vt_failed(status)) return status;
    /* Ctrl-C may have ended a run before the forces were there. */
    if (unchanged(md, atoms)) return vti_settle(md, err);
    status = check_velocities(atoms, err);
    if (vt_failed(status)) return status;

    vt_atoms *copy = vt_atoms_copy(atoms, err);
    if (copy == NULL) return VT_ENOMEM;
    bool box_kept = md->work != NULL && same_box(&atoms->box, &md->work->box);
    vt_atoms_destroy(md->work);
    md->work = copy;
    for (size_t k = 0; k < md->count; k++) md->order[k] = (int32_t)k;
    md->listed = false;
    md->state.builds = 0;
    md->snapshot[0].valid = md->snapshot[1].valid = false;
    vti_set_masses(md);
    if (md->thermostat != &vti_thermostat_none && at_rest(copy))
        vt_atoms_thermalize(copy, md->state.temperature, md->options.seed, NULL);
    if (md->count > 1) vt_atoms_remove_drift(copy);
    vti_sum_kinetic(md);
    md->start_volume = vt_box_volume(&copy->box);
    vt_box_heights(&copy->box, md->start_height);
    /* A box that the user changed is the new origin of imposed strains. */
    for (int k = 0; k < 6; k++) {
        if (!md->state.deform[k] || box_kept) continue;
        md->state.reference[k] = 0;
        md->state.strain_start[k] = 0;
        md->state.strain_step[k] = md->state.step;
    }
    status = vti_forces(md, VT_WANT_ENERGY | VT_WANT_VIRIAL, err);
    if (vt_failed(status)) {
        /* Nothing was taken over; the next call starts afresh. */
        vt_atoms_destroy(md->work);
        md->work = NULL;
    }
    return status;
}

vt_status vti_take_over(vt_md *md, vt_atoms *atoms, vt_error *err) {
    if (md->ahead) return VT_OK;
    vt_status status = take_over(md, atoms, err);
    md->ahead = !vt_failed(status);
    return status;
}

void vt_md_give_back(vt_md *md, vt_atoms *atoms) {
    if (!md->ahead) return;
    md->ahead = false;
    const vt_atoms *w = md->work;
    atoms->box = w->box;
    for (size_t k = 0; k < md->count; k++) {
        size_t i = (size_t)md->order[k];
        atoms->x[i] = w->x[k];
        atoms->y[i] = w->y[k];
        atoms->z[i] = w->z[k];
        atoms->vx[i] = w->vx[k];
        atoms->vy[i] = w->vy[k];
        atoms->vz[i] = w->vz[k];
        atoms->fx[i] = w->fx[k];
        atoms->fy[i] = w->fy[k];
        atoms->fz[i] = w->fz[k];
        atoms->ix[i] = w->ix[k];
        atoms->iy[i] = w->iy[k];
        atoms->iz[i] = w->iz[k];
    }
}

/* The vt_md object: its life, taking over and giving back atoms, the step. */
#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "base/try.h"
#include "dynamics/internal.h"
#include "vitrum/units.h"

/* The registry: a new thermostat is one file and its names here and in internal.h. */
#define THERMOSTATS(X) X(none, "none") X(nose_hoover, "nose-hoover") X(langevin, "langevin")

const vti_thermostat vti_thermostat_none = {"none", NULL, NULL, NULL};
const vti_barostat vti_barostat_none = {"none", NULL, NULL, NULL};

void vti_set_masses(vt_md *md) {
    const vt_system *w = md->system;
    for (int s = 0; s < w->species_count; s++) {
        md->mass[s] = w->species[s].mass * VT_MASS_VELOCITY2;
        md->inverse_mass[s] = 1 / md->mass[s];
    }
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
    return o;
}

const char *const *vt_md_thermostats(void) {
#define NAME(symbol, name) name,
    static const char *const names[] = {THERMOSTATS(NAME) NULL};
    return names;
}

static const vti_thermostat *find_thermostat(const char *name) {
#define THERMOSTAT(symbol, text) &vti_thermostat_##symbol,
    static const vti_thermostat *const all[] = {THERMOSTATS(THERMOSTAT)};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (strcmp(all[k]->name, name) == 0) return all[k];
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
#define LISTED(symbol, name) ", " name
    static const char known[] = THERMOSTATS(LISTED);
    const vti_thermostat *thermostat = find_thermostat(o->thermostat);
    if (thermostat == NULL)
        return vt_fail(err, VT_EINVAL, "unknown thermostat '%s'; it is one of %s", o->thermostat,
                       known + 2);
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
static vt_status check_velocities(const vt_system *w, vt_error *err) {
    double most = -1, sum = 0;
    size_t fastest = 0;
    for (size_t i = 0; i < w->count; i++) {
        const double *v = w->v[i];
        double largest = fmax(fmax(fabs(v[0]), fabs(v[1])), fabs(v[2]));
        sum += w->species[w->type[i]].mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        if (largest > most) fastest = i;
        most = fmax(most, largest);
    }
    if (isfinite(sum * VT_MASS_VELOCITY2 / VT_BOLTZMANN)) return VT_OK;
    const double *v = w->v[fastest];
    return vt_fail(err, VT_EINVAL,
                   "the velocity of atom %lld (id %lld) is (%g, %g, %g) A/ps; that is so large "
                   "that the kinetic energy is not finite (atoms at 300 K have some 3 A/ps)",
                   (long long)w->order[fastest] + 1, (long long)w->id[fastest], v[0], v[1], v[2]);
}

/* Axes that a component of the velocity gradient strains or tilts must be periodic. */
static vt_status check_periodic(const vt_md *md, const vt_box *box, vt_error *err) {
    for (int k = 0; k < 6; k++) {
        if (!md->options.control[k] && !md->state.deform[k]) continue;
        for (int n = 0; n < 2; n++) {
            int axis = n == 0 ? VTI_ROW[k] : VTI_COLUMN[k];
            if (!box->periodic[axis])
                return vt_fail(err, VT_EINVAL,
                               "the box has a free surface along %c, so its component %s cannot "
                               "be %s; leave it out, as in %s",
                               "xyz"[axis], vt_tensor_name(k),
                               md -> options.control[k] ? "held at a pressure or stress"
                                                        : "strained",
                               "stress = { zz = 0 } for a bar with free sides x and y");
        }
    }
    return VT_OK;
}

vt_md *vti_md_new(vt_system *system, const vt_md_options *options, vt_error *err) {
    if (vt_failed(check_options(options, err))) return NULL;
    vt_md *md = vt_alloc(1, sizeof *md);
    if (md == NULL) {
        vt_fail_memory(err, 1, sizeof *md, "dynamics");
        return NULL;
    }
    size_t count = system->count;
    md->system = system;
    md->options = *options;
    md->thermostat = find_thermostat(options->thermostat);
    md->options.thermostat = md->thermostat->name;
    md->barostat = &vti_barostat_none;
    for (int k = 0; k < 6; k++)
        if (options->control[k]) md->barostat = &vti_barostat_mtk;
    md->count = count;
    md->freedom = count == 1 ? 3 : 3 * (double)count - 3;
    md->partial = vt_alloc(vti_md_blocks(md) + 1, VTI_SUMS * sizeof *md->partial);
    bool complete = md->partial != NULL;
    for (int n = 0; n < 2; n++) {
        vti_snapshot *s = &md->snapshot[n];
        s->motion = vt_alloc(count, 6 * sizeof *s->motion);
        s->image = vt_alloc(count, 3 * sizeof *s->image);
        s->order = vt_alloc(count, sizeof *s->order);
        complete = complete && s->motion != NULL && s->image != NULL && s->order != NULL;
    }
    if (!complete) {
        vt_fail_memory(err, count, 150, "dynamics");
        vt_md_destroy(md);
        return NULL;
    }
    vti_md_state *s = &md->state;
    s->temperature = s->plan_temperature[0] = s->plan_temperature[1] = options->temperature;
    for (int k = 0; k < 6; k++)
        s->plan_stress[2 * k] = s->plan_stress[2 * k + 1] = options->stress[k];
    return md;
}

vt_md *vt_md_create(vt_system *system, const vt_md_options *options, vt_error *err) {
    if (vt_failed(vt_system_pull(system, err))) return NULL;
    if (system->count == 0) {
        vt_fail(err, VT_EINVAL, "there are no atoms to move");
        return NULL;
    }
    if (vt_failed(check_velocities(system, err))) return NULL;
    vt_md_options o = *options;
    /* A barostat alone takes the scale of its mass from the atoms. */
    if (o.temperature == 0) o.temperature = fmax(vt_atoms_temperature(system->atoms), 1);
    vt_md *md = vti_md_new(system, &o, err);
    if (md == NULL) return NULL;
    if (vt_failed(check_periodic(md, &system->box, err))) {
        vt_md_destroy(md);
        return NULL;
    }
    return md;
}

void vt_md_destroy(vt_md *md) {
    if (md == NULL) return;
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

const char *vt_md_barostat(const vt_md *md) {
    return md->barostat->name;
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

vt_system *vt_md_system(const vt_md *md) {
    return md->system;
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
    vt_result result = {0};
    vt_status status =
        vt_system_evaluate(md->system, want | VT_SYSTEM_WRAP | VT_SYSTEM_SORT, &result, err);
    if (vt_failed(status)) want = 0;
    if (want & VT_WANT_ENERGY) md->state.energy = result.energy;
    if (want & VT_WANT_VIRIAL) memcpy(md->state.virial, result.virial, sizeof md->state.virial);
    md->seconds_forces += vt_clock() - start;
    return status;
}

vt_status vti_settle(vt_md *md, vt_error *err) {
    return vti_forces(md, VT_WANT_ENERGY | VT_WANT_VIRIAL, err);
}

/* ---------------------------------------------------------------- the user's atoms ---- */

static bool at_rest(const vt_system *w) {
    for (size_t i = 0; i < w->count; i++)
        if (w->v[i][0] != 0 || w->v[i][1] != 0 || w->v[i][2] != 0) return false;
    return true;
}

/* Velocities for atoms that have none. */
static vt_status thermalize(vt_md *md, vt_error *err) {
    vt_system *w = md->system;
    vt_atoms *a = w->atoms;
    vt_status status = vt_atoms_thermalize(a, md->state.temperature, md->options.seed, err);
    for (size_t k = 0; k < w->count && !vt_failed(status); k++) {
        size_t i = (size_t)w->order[k];
        w->v[k][0] = a->vx[i];
        w->v[k][1] = a->vy[i];
        w->v[k][2] = a->vz[i];
    }
    return status;
}

static vt_status take_over(vt_md *md, vt_error *err) {
    vt_system *w = md->system;
    if (w->atoms->count != md->count)
        return vt_fail(err, VT_EINVAL,
                       "the number of atoms changed from %zu to %zu since this dynamics was made; "
                       "make a new one for the changed atoms",
                       md->count, w->atoms->count);
    VTI_TRY(check_periodic(md, &w->atoms->box, err));
    VTI_TRY(vt_system_pull(w, err));
    /* Ctrl-C may have ended a run before the forces were there. */
    if (md->taken && w->stamp == md->stamp) return vti_settle(md, err);
    vt_status status = check_velocities(w, err);
    bool box_kept = md->taken && memcmp(w->box.h, md->left.h, sizeof w->box.h) == 0 &&
                    memcmp(w->box.origin, md->left.origin, sizeof w->box.origin) == 0;
    md->taken = false;
    if (!vt_failed(status)) status = vti_settle(md, err);
    if (vt_failed(status)) return status;
    if (md->thermostat != &vti_thermostat_none && at_rest(w)) status = thermalize(md, err);
    if (vt_failed(status)) return status;
    md->snapshot[0].valid = md->snapshot[1].valid = false;
    vti_set_masses(md);
    vti_remove_drift(md);
    md->start_volume = vt_box_volume(&w->box);
    vt_box_heights(&w->box, md->start_height);
    /* A box that the user changed is the new origin of imposed strains. */
    for (int k = 0; k < 6; k++) {
        if (!md->state.deform[k] || box_kept) continue;
        md->state.gauge[k] = 0;
        md->state.strain_start[k] = 0;
        md->state.strain_step[k] = md->state.step;
    }
    md->taken = true;
    return VT_OK;
}

vt_status vti_take_over(vt_md *md, vt_error *err) {
    if (md->system->ahead && md->taken && md->stamp == md->system->stamp) return VT_OK;
    if (md->system->ahead) vt_system_push(md->system); /* of another dynamics */
    VTI_TRY(take_over(md, err));
    vti_leave(md);
    md->system->ahead = true;
    return VT_OK;
}

void vti_leave(vt_md *md) {
    md->stamp = md->system->stamp;
    md->left = md->system->box;
}

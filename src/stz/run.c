/* The event loop: eq. 5 to 7, with athermal events where a barrier has vanished. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "stz/internal.h"
#include "vitrum/units.h"

/* An avalanche ends with a pause longer than this part of the time of a strain step. */
static const double AVALANCHE_PAUSE = 1e-3;

static const double RATE_MAX = 1e6; /* 1/ps */

/* Sweeps of unstable sites in a row after which the lattice is taken to run away. */
enum { SWEEPS_MAX = 100000 };

/* ---------------------------------------------------------------- loads ---- */

vt_stz_load vt_stz_load_uniaxial(double strain_rate, double sign) {
    return (vt_stz_load){strain_rate, {sign, 0, 0}, {false, true, true}, {0, 0, 0}};
}

vt_stz_load vt_stz_load_simple_shear(double strain_rate) {
    return (vt_stz_load){strain_rate, {0, 0, 0.5}, {false, false, false}, {0, 0, 0}};
}

vt_stz_load vt_stz_load_pure_shear(double strain_rate) {
    return (vt_stz_load){strain_rate, {0.5, -0.5, 0}, {false, false, false}, {0, 0, 0}};
}

/* Mean stress and strain for the present load and eigenstrain, and the work that their change
   takes. */
static void update_mean(vt_stz *s) {
    vti_stz_state *t = &s->state;
    double old_strain[3], old_stress[3];
    memcpy(old_strain, t->strain, sizeof old_strain);
    memcpy(old_stress, t->stress, sizeof old_stress);
    for (int k = 0; k < 3; k++) {
        if (t->load.held[k])
            t->stress[k] = t->load.stress[k];
        else
            t->strain[k] = t->start[k] + t->load.direction[k] * t->parameter;
    }
    double eigen[3] = {t->eigen[0], -t->eigen[0], t->eigen[1]};
    vti_stz_mean(&s->plane, t->load.held, eigen, t->strain, t->stress);
    for (int k = 0; k < 3; k++)
        t->work += (k == VT_STZ_XY ? 2 : 1) * (old_stress[k] + t->stress[k]) / 2 *
                   (t->strain[k] - old_strain[k]);
    t->p_mean = t->stress[0] - t->stress[1];
    t->q_mean = 2 * t->stress[2];
    t->settled = 0;
    s->changes++;
}

vt_status vt_stz_set_load(vt_stz *s, const vt_stz_load *load, vt_error *err) {
    bool driven = false;
    for (int k = 0; k < 3; k++) {
        double value = load->held[k] ? load->stress[k] : load->direction[k];
        if (!isfinite(value) || fabs(value) > 1e3)
            return vt_fail(err, VT_EINVAL,
                           "the load has a component that is no sensible number: %g", value);
        driven = driven || (!load->held[k] && load->direction[k] != 0);
    }
    if (!driven)
        return vt_fail(err, VT_EINVAL,
                       "the load drives no strain; let one component follow the strain rate");
    if (!(load->strain_rate > 0 && load->strain_rate <= RATE_MAX))
        return vt_fail(err, VT_EINVAL,
                       "the strain rate must be above 0 and at most 1e18/s, got %g/s",
                       load->strain_rate / VT_SECONDS);
    vti_stz_state *t = &s->state;
    t->load = *load;
    vti_clear_gap(&t->load, offsetof(vt_stz_load, held) + sizeof t->load.held,
                  offsetof(vt_stz_load, stress));
    t->loaded = 1;
    t->parameter = 0;
    t->peak_stress = t->peak_parameter = 0;
    t->stale = 2; /* the scale of rates that matter is another one */
    memcpy(t->start, t->strain, sizeof t->start);
    update_mean(s);
    return VT_OK;
}

const vt_stz_load *vt_stz_get_load(const vt_stz *s) {
    return s->state.loaded != 0 ? &s->state.load : NULL;
}

/* ---------------------------------------------------------------- lists ---- */

/* Room for `count` items in a list of `size` bytes each. */
static vt_status reserve(void *list, size_t *room, size_t count, size_t size, vt_error *err) {
    if (count <= *room) return VT_OK;
    size_t wish = count + count / 2 + 64;
    void *memory;
    memcpy(&memory, list, sizeof memory);
    memory = vt_grow(memory, *room, wish, size);
    if (memory == NULL) return vt_fail_memory(err, wish, size, "the events of a lattice");
    memcpy(list, &memory, sizeof memory);
    *room = wish;
    return VT_OK;
}

vt_status vti_stz_add_change(vt_stz *s, int site, int mode, double p, double q, vt_error *err) {
    size_t count = (size_t)s->state.change_count;
    if (vt_failed(reserve(&s->change, &s->change_room, count + 1, sizeof *s->change, err)))
        return VT_ENOMEM;
    const float *modes = s->mode + 3 * (size_t)s->stride * (size_t)site + mode;
    s->change[count] = (vti_change){
        site, mode, (double)modes[s->stride], (double)modes[2 * (size_t)s->stride], p, q};
    s->state.change_count++;
    return VT_OK;
}

static vt_status note_avalanche(vt_stz *s, int64_t events, vt_error *err) {
    vti_stz_state *t = &s->state;
    double pause = AVALANCHE_PAUSE * s->options.strain_step / t->load.strain_rate;
    if (t->paused != 0 || t->time - t->last_event_time > pause || t->avalanche_count == 0) {
        size_t count = (size_t)t->avalanche_count + 1;
        if (vt_failed(reserve(&s->avalanche, &s->avalanche_room, count, sizeof *s->avalanche, err)))
            return VT_ENOMEM;
        s->avalanche[count - 1] = 0;
        t->avalanche_count++;
    }
    int32_t *size = &s->avalanche[t->avalanche_count - 1];
    *size += (int32_t)events;
    t->largest_avalanche = fmax(t->largest_avalanche, *size);
    t->last_event_time = t->time;
    t->paused = 0;
    return VT_OK;
}

/* ---------------------------------------------------------------- sums ---- */

const vti_stz_kernels *vti_stz_kernels_of(const vt_stz *s) {
    static const vti_stz_kernels *const LIST[] = {
        [VT_SIMD_REFERENCE] = &vti_stz_kernels_reference,
        [VT_SIMD_BASELINE] = &vti_stz_kernels_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = &vti_stz_kernels_avx2,
        [VT_SIMD_AVX512] = &vti_stz_kernels_avx512,
#endif
    };
    return LIST[s->simd];
}

double vti_stz_sum_groups(vt_stz *s) {
    double sum = 0;
    for (size_t g = 0; g < s->groups; g++) {
        size_t from = g * AREA, to = from + AREA < s->blocks ? from + AREA : s->blocks;
        s->group[g] = vti_stz_kernels_of(s)->add(to - from, s->upper + from);
        sum += s->group[g];
    }
    return sum;
}

/* The first of values[from..to) where the running sum reaches *target, which is lessened by those
   before it; zeros are never taken. */
static size_t pick(const double *values, size_t from, size_t to, double *target) {
    size_t last = from;
    for (size_t k = from; k < to; k++) {
        if (values[k] <= 0) continue;
        last = k;
        if (*target <= values[k]) return k;
        *target -= values[k];
    }
    *target = values[last]; /* rounding left the target beyond the sum */
    return last;
}

int vti_stz_pick_site(vt_stz *s, double target, double *rest) {
    size_t g = pick(s->group, 0, s->groups, &target);
    size_t to = (g + 1) * AREA < s->blocks ? (g + 1) * AREA : s->blocks;
    size_t b = pick(s->upper, g * AREA, to, &target);
    if (s->options.engine == VT_STZ_FAST) return vti_stz_pick_in_block(s, b, target, rest);
    size_t i = pick(s->rate, b * AREA, (b + 1) * AREA, &target);
    *rest = target;
    return (int)i;
}

/* ---------------------------------------------------------------- steps ---- */

/* Loss of the last transformations: the change of eigenstrain in the mean of the stress before and
   after, exact in linear elasticity. */
static void finish_done(vt_stz *s) {
    vti_stz_state *t = &s->state;
    for (int64_t k = 0; k < t->done_count; k++) {
        const vti_change *c = &s->done[k];
        double p, q;
        vti_stz_local(s, c->site, &p, &q);
        t->dissipated += ((c->p + p + t->p_mean) * c->e1 + (c->q + q + t->q_mean) * c->e3) / 2 /
                         (double)s->sites;
    }
    t->done_count = 0;
}

vt_status vti_stz_settle(vt_stz *s, vt_error *err) {
    if (s->state.settled != 0) return VT_OK;
    VTI_TRY(s->options.engine == VT_STZ_PLAIN ? vti_stz_settle_plain(s, err)
                                              : vti_stz_settle_fast(s, err));
    finish_done(s);
    /* The fast engine's bounds at zero temperature are no rates of events. */
    if (s->options.temperature == 0) s->state.last.rate = s->state.last.excess = 0;
    s->state.settled = 1;
    return VT_OK;
}

/* What a transformation does to the softening of its site, whose eigenstrain has changed. */
static void soften(vt_stz *s, int site, const vti_change *c) {
    const vt_stz_options *o = &s->options;
    double event2 = o->mises_factor * (c->e1 * c->e1 + c->e3 * c->e3);
    double site2 = o->mises_factor * (s->e1[site] * s->e1[site] + s->e3[site] * s->e3[site]);
    double wish = o->soften == VT_STZ_SOFTEN_ACCUMULATED
                      ? o->softening_start + o->permanent * site2
                      : s->permanent[site] + o->permanent * event2;
    s->permanent[site] = fmin(o->softening_max, wish);
    s->temporary[site] = o->temporary * event2;
}

/* Let the sites in `change` transform, with softening that recovers from `since` on. */
static vt_status transform(vt_stz *s, vt_stz_step_kind kind, double since, vt_error *err) {
    vti_stz_state *t = &s->state;
    size_t count = (size_t)t->change_count;
    /* All memory first, so that a failure changes nothing. */
    if (vt_failed(reserve(&s->done, &s->done_room, count, sizeof *s->done, err)) ||
        vt_failed(reserve(&s->recovering, &s->recovering_room, (size_t)t->recovering_count + count,
                          sizeof *s->recovering, err)) ||
        vt_failed(note_avalanche(s, t->change_count, err)))
        return VT_ENOMEM;
    for (size_t k = 0; k < count; k++) {
        vti_change c = s->change[k];
        int site = c.site;
        c.p += t->p_mean;
        c.q += t->q_mean;
        s->done[k] = c;
        s->e1[site] += c.e1;
        s->e3[site] += c.e3;
        t->eigen[0] += c.e1 / (double)s->sites;
        t->eigen[1] += c.e3 / (double)s->sites;
        t->softened += 1 - s->soft[site];
        soften(s, site, &c);
        for (int64_t r = 0; s->generation[site] > 0 && r < t->recovering_count; r++)
            if (s->recovering[r] == site) s->recovering[r--] = s->recovering[--t->recovering_count];
        s->since[site] = since;
        s->generation[site]++;
        if (vti_stz_recover(s, site, t->time) && isfinite(s->recovery))
            s->recovering[t->recovering_count++] = site;
        vti_stz_draw(s, site);
        vti_stz_follow(s, site, c.e1, c.e3);
    }
    t->done_count = t->change_count;
    t->last.kind = kind;
    t->last.sites = t->change_count;
    int x, y;
    vti_stz_place(s, s->change[0].site, &x, &y);
    t->last.x = x;
    t->last.y = y;
    t->last.mode = s->change[0].mode;
    t->change_count = 0;
    t->transformations += (double)count;
    t->changed += (int64_t)count;
    t->steps[kind]++;
    update_mean(s);
    return VT_OK;
}

/* Strain up to which rates are taken as constant: the given step, or less where the stress would
   change the barrier of a strong mode (beyond five standard deviations) by more than kT. */
static double strain_step(const vt_stz *s) {
    double change =
        s->half_volume * s->plane.young * 5.5 * s->options.eigenstrain * s->options.strain_step;
    return s->options.strain_step / fmax(1, ceil(change / s->kt));
}

static void advance(vt_stz *s, double strain, double goal) {
    vti_stz_state *t = &s->state;
    t->time += strain / t->load.strain_rate;
    /* Land on a goal without the rounding of the sum. */
    t->parameter = strain == goal - t->parameter ? goal : t->parameter + strain;
    update_mean(s);
}

/* Whether a site that was drawn is still as fast at a time, when its softening has died away for a
   while: the rates of the last look bound those until the next event from above, and what they have
   too much is rejected (thinning). Its rate is that of this time then. */
static bool still(vt_stz *s, int site, double time, double target) {
    if (s->options.elapsed != VT_STZ_EXACT || !(vti_stz_temporary(s, site, s->state.time) > 0))
        return true;
    vti_stz_recover(s, site, time);
    if (s->options.engine == VT_STZ_FAST)
        vti_stz_refresh_fast(s, site);
    else
        vti_stz_refresh_plain(s, site);
    return target <= s->rate[site];
}

static vt_status step(vt_stz *s, double goal, vt_error *err) {
    vti_stz_state *t = &s->state;
    if (t->change_count > 0) {
        if (t->sweeps > SWEEPS_MAX)
            return vt_fail(err, VT_EDIVERGED,
                           "after %d sweeps at a strain of %g there still are sites without a "
                           "barrier; a smaller volume or eigenstrain, or higher barriers, keep the "
                           "lattice from running away",
                           SWEEPS_MAX, t->parameter);
        t->sweeps++;
        t->last.waiting = 0;
        return transform(s, VT_STZ_ATHERMAL, t->time, err);
    }
    t->sweeps = 0;
    double most = fmin(strain_step(s), goal - t->parameter);
    double waiting = 0;
    while (s->options.temperature > 0 && t->last.rate > 0) {
        double u[2], rest, p, q;
        vt_random_uniform2(s->options.seed, VT_STREAM_STZ_EVENTS, 0, t->draws++, u);
        waiting -= log(u[0]) / t->last.rate;
        if (waiting * t->load.strain_rate >= most) break;
        int site = vti_stz_pick_site(s, u[1] * t->last.rate, &rest);
        double before = t->time;
        if (site == REJECTED ||
            !still(s, site, before + waiting, rest)) { /* the bounds are tighter now */
            t->rejections++;
            t->last.rate = vti_stz_sum_groups(s);
            continue;
        }
        vti_stz_local(s, site, &p, &q);
        int mode = vti_stz_pick_mode(s, site, p, q, rest);
        if (vt_failed(vti_stz_add_change(s, site, mode, p, q, err))) return VT_ENOMEM;
        t->last.waiting = waiting;
        if (s->options.clock == VT_STZ_CLOCK_STEP)
            advance(s, most, goal);
        else
            advance(s, waiting * t->load.strain_rate, INFINITY);
        bool counted = s->options.elapsed == VT_STZ_WAITING;
        return transform(s, VT_STZ_THERMAL, counted ? before : t->time, err);
    }
    t->last.kind = VT_STZ_ELASTIC;
    t->last.sites = 0;
    t->last.waiting = most / t->load.strain_rate;
    t->steps[VT_STZ_ELASTIC]++;
    t->paused = 1;
    advance(s, most, goal);
    return VT_OK;
}

vt_status vt_stz_run(vt_stz *s, const vt_stz_goal *goal, vt_error *err) {
    vti_stz_state *t = &s->state;
    if (t->loaded == 0)
        return vt_fail(err, VT_EINVAL, "the lattice is under no load; set one first");
    for (int64_t k = 0;; k++) {
        VTI_TRY(vti_stz_settle(s, err));
        vt_stz_state now = vt_stz_get_state(s);
        if (now.load_stress > t->peak_stress) {
            t->peak_stress = now.load_stress;
            t->peak_parameter = t->parameter;
        }
        /* A goal of strain is reached with all that happens there. */
        if (t->change_count == 0 && (t->parameter >= goal->strain || now.plastic >= goal->plastic))
            return VT_DONE;
        if (k >= goal->steps || (goal->pause > 0 && t->parameter >= goal->pause))
            return VT_CONTINUE;
        if (vt_interrupted()) return vt_fail_interrupted(err);
        VTI_TRY(step(s, goal->strain, err));
    }
}

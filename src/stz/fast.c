/* The fast engine: after an event it computes anew only what may have changed enough to matter.

   An event changes the stress of a block by at most `reach` times its size; these bounds add up in
   `moved` (and for the mean stress in `drift`) until the block takes the transformation in. If no
   barrier of a site has changed by more than x kT since its rate r was computed, that rate is wrong
   by at most r (e^x - 1) <= r (x + x^2) for x <= 1.7, and by r (x + x^2) + r y (1 + 2 x + y) after
   a further change of y kT. When the sum of these errors would pass the tolerance times the total
   rate (or times the inverse of the time of a strain step, which is what rates are compared with),
   the blocks that have most of it are brought up to date. So the chance of each next event is wrong
   by at most the tolerance, and as no x may pass 1.7, nobody's barrier can vanish unseen.

   The few sites that carry almost all of the total rate are "hot": they are kept in a list of their
   own, and are brought up to date without their blocks. While one of them bursts, even the others
   need not follow: their rates are nothing beside its own.

   Transformations wait in a list for those who have not taken them in; when it is full, or when
   most blocks are due, all stress is computed by transform, which also ends the growth of rounding
   errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stz/internal.h"

/* Largest change of a barrier of a cold site, in kT, before it is computed. */
static const double CHANGE_MAX = 1.7;

/* A site is hot when its rate is more than this part of the total rate, per site. */
static const double HOT_SHARE = 0.1;

/* In a block whose stress is known, rates of cold sites are kept that changed less than this. */
static const double KEEP_CHANGE = 0.8;

/* The part of the tolerance for modes that are never evaluated, over all sites. */
static const double CUT_SHARE = 1e-2;

/* How fast the lowest rate of late is forgotten, per event. */
static const double LOW_RATE_GROWTH = 1.02;

enum { HOT_MIN = 256 };

/* Rough costs for a block: one transformation applied, all rates, its part of a transform [ns]. */
enum { APPLY_COST = 40, RATE_COST = 500, TRANSFORM_COST = 6000 };

static const vti_stz_kernels *kernels(vt_simd simd) {
    static const vti_stz_kernels *const LIST[] = {
        [VT_SIMD_REFERENCE] = &vti_stz_kernels_reference,
        [VT_SIMD_BASELINE] = &vti_stz_kernels_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = &vti_stz_kernels_avx2,
        [VT_SIMD_AVX512] = &vti_stz_kernels_avx512,
#endif
    };
    return LIST[simd];
}

/* Rates are compared with the inverse of the time between two looks. */
static double rate_scale(const vt_stz *s) {
    const vti_state *t = &s->state;
    return t->loaded != 0 ? t->load.strain_rate / s->options.strain_step : 1e-12;
}

static vti_rate_law rate_law(const vt_stz *s) {
    const vt_stz_options *o = &s->options;
    double modes = (double)s->sites * (double)o->modes;
    /* All modes beyond the cut together stay below their share of the tolerance, also after a
       change of CHANGE_MAX. */
    double negligible = CUT_SHARE * o->tolerance * rate_scale(s) / (modes * exp(CHANGE_MAX));
    double cut = s->kt * log(o->attempt_frequency / negligible);
    return (vti_rate_law){.half_volume = s->half_volume,
                          .minus_inverse = -1 / s->kt,
                          .frequency = o->attempt_frequency,
                          .cut = fmin(fmax(cut, 3 * s->kt), 650 * s->kt),
                          .p_mean = s->state.p_mean,
                          .q_mean = s->state.q_mean,
                          .stride = s->stride};
}

/* ---------------------------------------------------------------- stress ---- */

/* The pending transformation at *from, with those that follow it at the same site: a burst goes
   back and forth there, and only its sum is felt far off. */
static vti_pending next_pending(const vt_stz *s, int *from, int to) {
    vti_pending event = s->pending[(*from)++];
    for (; *from < to; (*from)++) {
        const vti_pending *next = &s->pending[*from];
        if (next->x != event.x || next->y != event.y) break;
        event.e1 += next->e1;
        event.e3 += next->e3;
    }
    return event;
}

static void add_pending(const vt_stz *s, size_t block, int from, int to) {
    const vti_stz_kernels *k = kernels(s->simd);
    const double *const kernel[3] = {s->kernel[0], s->kernel[1], s->kernel[2]};
    int n = s->n, x0 = (int)block % s->side * SIDE, y0 = (int)block / s->side * SIDE;
    size_t width = (size_t)n + SIDE;
    while (from < to) {
        vti_pending event = next_pending(s, &from, to);
        size_t row[SIDE], dx = (size_t)((x0 - event.x + n) % n);
        for (int y = 0; y < SIDE; y++) row[y] = (size_t)((y0 + y - event.y + n) % n) * width + dx;
        k->apply(kernel, row, event.e1, event.e3, s->p + block * AREA, s->q + block * AREA);
    }
}

/* The same for one site. */
static void add_to_site(const vt_stz *s, int site, int from, double *p, double *q) {
    int x, y, n = s->n, to = (int)s->state.pending_count;
    vti_stz_place(s, site, &x, &y);
    while (from < to) {
        vti_pending event = next_pending(s, &from, to);
        int dx = x - event.x + (x < event.x ? n : 0), dy = y - event.y + (y < event.y ? n : 0);
        size_t k = (size_t)dy * ((size_t)n + SIDE) + (size_t)dx;
        *p += s->kernel[0][k] * event.e1 + s->kernel[1][k] * event.e3;
        *q += s->kernel[1][k] * event.e1 + s->kernel[2][k] * event.e3;
    }
}

void vti_stz_local(const vt_stz *s, int site, double *p, double *q) {
    if (s->options.engine == VT_STZ_FAST && s->slot[site] != NO_SLOT) {
        int slot = s->slot[site];
        *p = s->hot_p[slot];
        *q = s->hot_q[slot];
        add_to_site(s, site, s->hot_applied[slot], p, q);
        return;
    }
    *p = s->p[site];
    *q = s->q[site];
    if (s->options.engine == VT_STZ_PLAIN) return;
    add_to_site(s, site, s->applied[site / AREA], p, q);
}

void vti_stz_follow(vt_stz *s, int site, double e1, double e3) {
    vti_state *t = &s->state;
    if (s->options.engine == VT_STZ_PLAIN || t->stale != 0) return;
    if (t->pending_count == PENDING_MAX) {
        t->stale = 1;
        return;
    }
    int x, y;
    vti_stz_place(s, site, &x, &y);
    s->pending[t->pending_count++] = (vti_pending){x, y, e1, e3};
    double size = hypot(e1, e3);
    int side = s->side, bx = x / SIDE, by = y / SIDE;
    for (int j = 0; j < side; j++) {
        const double *reach = s->reach + (size_t)((j - by + side) % side) * (size_t)side;
        double *moved = s->moved + (size_t)j * (size_t)side;
        double *hot_moved = s->hot_moved + (size_t)j * (size_t)side;
        for (int i = 0; i < bx; i++) {
            moved[i] += size * reach[i - bx + side];
            hot_moved[i] += size * reach[i - bx + side];
        }
        for (int i = bx; i < side; i++) {
            moved[i] += size * reach[i - bx];
            hot_moved[i] += size * reach[i - bx];
        }
    }
    /* A site has new modes: its block's bound on their size may only grow. */
    size_t b = (size_t)site / AREA;
    s->widest[b] = fmax(s->widest[b], (double)s->size[site]);
}

/* ---------------------------------------------------------------- rates ---- */

static vt_status make_hot(vt_stz *s, int site, double lowest, vt_error *err) {
    size_t count = (size_t)s->state.hot_count;
    if (count == s->hot_room) {
        size_t room = count + count / 2 + HOT_MIN;
        void *lists[] = {&s->hot,   &s->hot_applied, &s->hot_p,
                         &s->hot_q, &s->hot_rate,    &s->hot_lowest};
        static const size_t SIZE[] = {sizeof *s->hot, sizeof *s->hot_applied, 8, 8, 8, 8};
        for (size_t k = 0; k < 6; k++) {
            void *memory;
            memcpy(&memory, lists[k], sizeof memory);
            memory = vt_grow(memory, s->hot_room, room, SIZE[k]);
            if (memory == NULL) return vt_fail_memory(err, room, SIZE[k], "sites of a lattice");
            memcpy(lists[k], &memory, sizeof memory);
        }
        s->hot_room = room;
    }
    s->slot[site] = (int32_t)count;
    s->hot[count] = site;
    s->hot_applied[count] = s->applied[site / AREA];
    s->hot_p[count] = s->p[site];
    s->hot_q[count] = s->q[site];
    s->hot_rate[count] = s->rate[site];
    s->hot_lowest[count] = lowest;
    s->state.hot_count++;
    return VT_OK;
}

/* Rate of a site under the local stress p, q; returns its lowest barrier. */
static double compute_site(vt_stz *s, const vti_rate_law *law, size_t site, double p, double q) {
    double lowest;
    kernels(s->simd)->rate(law, s->mode + 3 * (size_t)s->stride * site, s->soft[site], p, q,
                           &s->rate[site], &lowest);
    s->p_known[site] = p + law->p_mean;
    s->q_known[site] = q + law->q_mean;
    return lowest;
}

/* Which sites of a block get their rates: those whose errors together might pass a share of what is
   allowed. Loosely that is seldom so, strictly never, and the strict way follows when it was. */
typedef enum { LOOSELY, STRICTLY, ALL } extent;
enum { LOOSE = 16, STRICT = 4 * AREA };

/* Rates of a block whose p and q are exact. Cold sites that have become fast get hot. */
static vt_status compute_block(vt_stz *s, const vti_rate_law *law, size_t b, extent which,
                               vt_error *err) {
    double cold = 0, weight = 0, hot = 0, hot_weight = 0, widest = 0, base = 0, lowest;
    double factor = s->half_volume / s->kt;
    double most = s->state.allowed / (which == LOOSELY ? LOOSE : STRICT) / (double)s->blocks;
    for (size_t i = b * AREA; i < (b + 1) * AREA; i++) {
        double size = (double)s->size[i];
        int32_t slot = s->slot[i];
        widest = fmax(widest, size);
        if (slot != NO_SLOT) {
            s->hot_lowest[slot] = compute_site(s, law, i, s->p[i], s->q[i]);
            s->hot_applied[slot] = s->applied[b];
            s->hot_p[slot] = s->p[i];
            s->hot_q[slot] = s->q[i];
            s->hot_rate[slot] = s->rate[i];
        } else {
            double dp = s->p[i] + law->p_mean - s->p_known[i];
            double dq = s->q[i] + law->q_mean - s->q_known[i], change = sqrt(dp * dp + dq * dq);
            double x = factor * size * change;
            if (which == ALL || x > KEEP_CHANGE || s->rate[i] * x * (1 + x) > most) {
                lowest = compute_site(s, law, i, s->p[i], s->q[i]);
                if (s->rate[i] > s->state.hot_rate && vt_failed(make_hot(s, (int)i, lowest, err)))
                    return VT_ENOMEM;
            } else {
                base += s->rate[i] * x * (1 + x);
            }
        }
        bool is_hot = s->slot[i] != NO_SLOT;
        *(is_hot ? &hot : &cold) += s->rate[i];
        *(is_hot ? &hot_weight : &weight) += s->rate[i] * size;
    }
    s->cold[b] = cold;
    s->total[b] = cold + hot;
    s->weight[b] = weight;
    s->hot_weight[b] = hot_weight;
    s->widest[b] = widest;
    s->base[b] = base;
    s->moved[b] = s->hot_moved[b] = 0;
    s->drifted[b] = s->hot_drifted[b] = s->state.drift;
    return VT_OK;
}

static vt_status update_block(vt_stz *s, const vti_rate_law *law, size_t b, extent which,
                              vt_error *err) {
    add_pending(s, b, s->applied[b], (int)s->state.pending_count);
    s->applied[b] = (int32_t)s->state.pending_count;
    return compute_block(s, law, b, which, err);
}

/* Cold sites stay so far from instability that CHANGE_MAX cannot bring them there. */
static void set_hot_rate(vt_stz *s) {
    double scale = fmax(s->state.low_rate, rate_scale(s));
    s->state.hot_rate = fmin(HOT_SHARE * scale / (double)s->sites,
                             s->options.attempt_frequency * exp(-3 * CHANGE_MAX));
}

/* Everything anew, and a new choice of hot sites. */
static vt_status update_all(vt_stz *s, const vti_rate_law *law, vt_error *err) {
    vti_state *t = &s->state;
    vti_stz_solve_all(s);
    for (int64_t h = 0; h < t->hot_count; h++) s->slot[s->hot[h]] = NO_SLOT;
    t->hot_count = t->pending_count = 0;
    t->drift = 0;
    memset(s->applied, 0, s->blocks * sizeof *s->applied);
    set_hot_rate(s);
    for (size_t b = 0; b < s->blocks; b++)
        if (vt_failed(compute_block(s, law, b, ALL, err))) return VT_ENOMEM;
    t->stale = 0;
    return VT_OK;
}

/* A hot site takes in what is pending, and the present mean. */
static void update_hot_site(vt_stz *s, const vti_rate_law *law, int64_t h) {
    int site = s->hot[h];
    add_to_site(s, site, s->hot_applied[h], &s->hot_p[h], &s->hot_q[h]);
    s->hot_applied[h] = (int32_t)s->state.pending_count;
    s->hot_lowest[h] = compute_site(s, law, (size_t)site, s->hot_p[h], s->hot_q[h]);
    s->hot_rate[h] = s->rate[site];
}

static void update_hot(vt_stz *s, const vti_rate_law *law) {
    size_t bytes = s->blocks * sizeof(double);
    memcpy(s->total, s->cold, bytes);
    memset(s->hot_weight, 0, bytes);
    memset(s->hot_moved, 0, bytes);
    for (size_t b = 0; b < s->blocks; b++) s->hot_drifted[b] = s->state.drift;
    for (int64_t h = 0; h < s->state.hot_count; h++) {
        update_hot_site(s, law, h);
        int site = s->hot[h];
        s->total[site / AREA] += s->hot_rate[h];
        s->hot_weight[site / AREA] += s->hot_rate[h] * (double)s->size[site];
    }
}

/* Sums of a block after some of its hot sites changed. */
static void sum_block(vt_stz *s, size_t b) {
    double hot = 0, weight = 0;
    for (size_t i = b * AREA; i < (b + 1) * AREA; i++) {
        if (s->slot[i] == NO_SLOT) continue;
        hot += s->rate[i];
        weight += s->rate[i] * (double)s->size[i];
    }
    s->total[b] = s->cold[b] + hot;
    s->hot_weight[b] = weight;
}

/* ---------------------------------------------------------------- bounds ---- */

/* Bounds on the errors of the cold or hot sites of all blocks into `part`; returns their sum.
   Where rates do not count, only the limit of the change does, so that no instability is missed. */
static double bound_errors(vt_stz *s, bool hot, bool rates_count) {
    vti_bounds bounds = {.factor = s->half_volume / s->kt,
                         .drift = s->state.drift,
                         .limit = CHANGE_MAX - KEEP_CHANGE,
                         .widest = s->widest,
                         .weight = hot ? s->hot_weight : s->weight,
                         .moved = hot ? s->hot_moved : s->moved,
                         .drifted = hot ? s->hot_drifted : s->drifted,
                         .base = hot ? s->none : s->base};
    double error = kernels(s->simd)->bound((s->blocks + 3) / 4 * 4, &bounds, s->part);
    return rates_count || isinf(error) ? error : 0;
}

/* The error of a block from which on it is due: so that those that are not due together have at
   most half of what is allowed. A histogram by powers of two finds it in one pass. */
static double due_error(const vt_stz *s, double allowed, bool rates_count) {
    enum { POWERS = 64 };
    double sum[POWERS] = {0}, together = 0;
    if (!rates_count) return INFINITY;
    for (size_t b = 0; b < s->blocks; b++) {
        int power;
        double share = s->part[b] / allowed;
        if (!(share < 1)) continue; /* surely due */
        frexp(share, &power);
        sum[-power < POWERS - 1 ? -power : POWERS - 1] += share;
    }
    for (int k = POWERS - 1; k >= 0; k--) {
        together += sum[k];
        if (together > 0.5) return ldexp(allowed, -k - 1);
    }
    return allowed;
}

/* The blocks whose cold sites have errors from `least` on, or all sites when most blocks do. */
static vt_status update_due(vt_stz *s, const vti_rate_law *law, double least, extent which,
                            vt_error *err) {
    size_t due = 0, waiting = 0;
    for (size_t b = 0; b < s->blocks; b++) {
        if (s->part[b] < least) continue;
        due++;
        waiting += (size_t)(s->state.pending_count - s->applied[b]);
    }
    if (waiting * APPLY_COST + due * RATE_COST > s->blocks * (TRANSFORM_COST + RATE_COST))
        return update_all(s, law, err);
    for (size_t b = 0; b < s->blocks; b++)
        if (s->part[b] >= least && vt_failed(update_block(s, law, b, which, err))) return VT_ENOMEM;
    return VT_OK;
}

/* Bring sites up to date until the error of the total rate is within the tolerance: hot ones
   within half of it, the others within the other half. */
static vt_status settle_bounds(vt_stz *s, const vti_rate_law *law, vt_error *err) {
    vti_state *t = &s->state;
    /* Nobody asks for rates at zero temperature, or when there are unstable sites. */
    bool rates_count = s->options.temperature > 0;
    for (int64_t h = 0; h < t->hot_count && rates_count; h++) rates_count = s->hot_lowest[h] >= 0;
    for (int round = 0;;) {
        double rate = vti_stz_sum_groups(s), hot = bound_errors(s, true, rates_count);
        t->allowed = s->options.tolerance * fmax(rate, rate_scale(s));
        if (isinf(hot)) { /* in a few blocks near by */
            if (vt_failed(update_due(s, law, INFINITY, LOOSELY, err))) return VT_ENOMEM;
            continue;
        }
        if (hot > t->allowed / 2) {
            update_hot(s, law);
            continue;
        }
        double cold = bound_errors(s, false, rates_count);
        t->last.rate = rate;
        t->last.error_bound = hot + cold;
        if (cold <= t->allowed / 2) break;
        double least = due_error(s, t->allowed / 2, rates_count);
        if (vt_failed(update_due(s, law, least, round++ == 0 ? LOOSELY : STRICTLY, err)))
            return VT_ENOMEM;
    }
    if (!rates_count) return VT_OK;
    double rate = t->last.rate;
    t->low_rate = t->low_rate > 0 ? fmin(rate, t->low_rate * LOW_RATE_GROWTH) : rate;
    set_hot_rate(s);
    return VT_OK;
}

/* ---------------------------------------------------------------- settling ---- */

static int by_site(const void *a, const void *b) {
    int32_t i = *(const int32_t *)a, j = *(const int32_t *)b;
    return (i > j) - (i < j);
}

/* The unstable sites, all of them hot, in the order of their numbers. */
static vt_status list_unstable(vt_stz *s, vt_error *err) {
    vti_state *t = &s->state;
    t->change_count = 0;
    for (int64_t h = 0; h < t->hot_count; h++) {
        if (s->hot_lowest[h] >= 0) continue;
        double lowest;
        int mode = vti_stz_lowest(s, s->hot[h], s->hot_p[h], s->hot_q[h], &lowest);
        /* Rounding in another order may disagree about the last bit of zero. */
        if (lowest < 0 &&
            vt_failed(vti_stz_add_change(s, s->hot[h], mode, s->hot_p[h], s->hot_q[h], err)))
            return VT_ENOMEM;
    }
    if (t->change_count > 1) qsort(s->change, (size_t)t->change_count, sizeof *s->change, by_site);
    return VT_OK;
}

/* The blocks around the last `fresh` transformations change too much for bounds. */
static vt_status update_near(vt_stz *s, const vti_rate_law *law, int fresh, vt_error *err) {
    int side = s->side, pending = (int)s->state.pending_count;
    for (int e = pending - fresh; e < pending; e++) {
        int bx = s->pending[e].x / SIDE, by = s->pending[e].y / SIDE;
        for (int j = -1; j <= 1; j++)
            for (int i = -1; i <= 1; i++) {
                size_t b = (size_t)((by + j + side) % side * side + (bx + i + side) % side);
                if (s->applied[b] < pending && vt_failed(update_block(s, law, b, LOOSELY, err)))
                    return VT_ENOMEM;
            }
    }
    return VT_OK;
}

/* Sites whose barriers change with time, and hot sites so close to instability that a bound cannot
   tell, are always computed. */
static vt_status update_critical(vt_stz *s, const vti_rate_law *law, vt_error *err) {
    vti_state *t = &s->state;
    for (int64_t k = 0; k < t->recovering_count; k++) {
        int site = s->recovering[k];
        if ((s->slot[site] == NO_SLOT && vt_failed(make_hot(s, site, INFINITY, err))) ||
            vt_failed(update_block(s, law, (size_t)site / AREA, LOOSELY, err)))
            return VT_ENOMEM;
    }
    double close = 2 * CHANGE_MAX * s->kt;
    for (int64_t h = 0; h < t->hot_count; h++) {
        if (s->hot_lowest[h] >= close) continue;
        update_hot_site(s, law, h);
        sum_block(s, (size_t)s->hot[h] / AREA);
    }
    return VT_OK;
}

vt_status vti_stz_settle_fast(vt_stz *s, vt_error *err) {
    vti_state *t = &s->state;
    vti_rate_law law = rate_law(s);
    /* Softening that dies away changes barriers with time. Those who leave the list get their last
       value before. */
    vt_status status = VT_OK;
    for (int64_t k = 0; k < t->recovering_count; k++) vti_stz_recover(s, s->recovering[k]);
    if (t->stale != 0)
        status = update_all(s, &law, err);
    else
        status = update_near(s, &law, (int)t->changed, err);
    t->changed = 0;
    if (!vt_failed(status)) status = update_critical(s, &law, err);
    if (!vt_failed(status)) status = settle_bounds(s, &law, err);
    int64_t alive = 0;
    for (int64_t k = 0; k < t->recovering_count; k++)
        if (vti_stz_recover(s, s->recovering[k])) s->recovering[alive++] = s->recovering[k];
    t->recovering_count = alive;
    if (vt_failed(status)) {
        t->stale = 1; /* begin anew when called again */
        return status;
    }
    return list_unstable(s, err);
}

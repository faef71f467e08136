/* The fast engine: after an event it computes anew only what may have changed enough to matter.

   Sites that carry almost all of the total rate are "hot": their stress and rate are always exact.
   The others are kept by block. An event changes the stress of a block by at most `reach` times its
   size, and these bounds are added up in `moved` (and for the mean stress in `drift`) until the
   block's true stress is computed. If no barrier of a block's cold sites can have changed by more
   than x kT, their sum of rates, `cold`, is wrong by at most cold (e^x - 1) <= cold (x + x^2) for
   x <= 1. Blocks are brought up to date when x would pass 1, or when the sum of these errors would
   pass `tolerance` times the total rate (or times the inverse of the time of a strain step, which
   is what a rate is compared with). So the chance of each next event is wrong by at most the
   tolerance, and nobody's barrier can vanish unseen.

   Transformations wait in a list for the blocks that have not taken them in; when it is full, or
   when most blocks are due, all stress is computed by transform, which also ends the growth of
   rounding errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stz/internal.h"

/* Largest change of a barrier of a cold site, in kT, before it is computed. */
static const double CHANGE_MAX = 1;

/* Cold sites carry at most about this part of the total rate when all are computed. */
static const double COLD_SHARE = 1e-3;

/* The part of the tolerance for modes that are never evaluated, over all sites. */
static const double CUT_SHARE = 1e-2;

/* How fast the lowest rate of late is forgotten, per event. */
static const double LOW_RATE_GROWTH = 1.02;

enum { HOT_MIN = 256 };

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

static void add_pending(const vt_stz *s, size_t block, int from, int to) {
    const vti_stz_kernels *k = kernels(s->simd);
    const double *const kernel[3] = {s->kernel[0], s->kernel[1], s->kernel[2]};
    int n = s->n, x0 = (int)block % s->side * SIDE, y0 = (int)block / s->side * SIDE;
    size_t width = (size_t)n + SIDE;
    for (int e = from; e < to; e++) {
        const vti_pending *event = &s->pending[e];
        size_t row[SIDE], dx = (size_t)((x0 - event->x + n) % n);
        for (int y = 0; y < SIDE; y++) row[y] = (size_t)((y0 + y - event->y + n) % n) * width + dx;
        k->apply(kernel, row, event->e1, event->e3, s->p + block * AREA, s->q + block * AREA);
    }
}

/* Stress of one site from pending transformation e. */
static void add_one(const vt_stz *s, int site, int e, double *p, double *q) {
    const vti_pending *event = &s->pending[e];
    int x, y, n = s->n;
    vti_stz_place(s, site, &x, &y);
    x = x - event->x + (x < event->x ? n : 0);
    y = y - event->y + (y < event->y ? n : 0);
    size_t k = (size_t)y * ((size_t)n + SIDE) + (size_t)x;
    *p += s->kernel[0][k] * event->e1 + s->kernel[1][k] * event->e3;
    *q += s->kernel[1][k] * event->e1 + s->kernel[2][k] * event->e3;
}

void vti_stz_local(const vt_stz *s, int site, double *p, double *q) {
    if (s->options.engine == VT_STZ_FAST && s->slot[site] != NO_SLOT) {
        *p = s->hot_p[s->slot[site]];
        *q = s->hot_q[s->slot[site]];
        return;
    }
    *p = s->p[site];
    *q = s->q[site];
    if (s->options.engine == VT_STZ_PLAIN) return;
    for (int e = s->applied[site / AREA]; e < (int)s->state.pending_count; e++)
        add_one(s, site, e, p, q);
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
        for (int i = 0; i < bx; i++) moved[i] += size * reach[i - bx + side];
        for (int i = bx; i < side; i++) moved[i] += size * reach[i - bx];
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
        void *lists[] = {&s->hot, &s->hot_p, &s->hot_q, &s->hot_rate, &s->hot_lowest};
        static const size_t SIZE[] = {sizeof *s->hot, 8, 8, 8, 8};
        for (size_t k = 0; k < 5; k++) {
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
    s->hot_p[count] = s->p[site];
    s->hot_q[count] = s->q[site];
    s->hot_rate[count] = s->rate[site];
    s->hot_lowest[count] = lowest;
    s->state.hot_count++;
    return VT_OK;
}

/* Rates of a block whose p and q are exact. Sites that have become fast get hot. */
static vt_status compute_block(vt_stz *s, const vti_rate_law *law, size_t b, vt_error *err) {
    const vti_stz_kernels *k = kernels(s->simd);
    size_t stride = 3 * (size_t)s->stride;
    double cold = 0, widest = 0, lowest;
    for (size_t i = b * AREA; i < (b + 1) * AREA; i++) {
        k->rate(law, s->mode + stride * i, s->soft[i], s->p[i], s->q[i], &s->rate[i], &lowest);
        int32_t slot = s->slot[i];
        if (slot != NO_SLOT) {
            s->hot_p[slot] = s->p[i];
            s->hot_q[slot] = s->q[i];
            s->hot_rate[slot] = s->rate[i];
            s->hot_lowest[slot] = lowest;
        } else if (s->rate[i] > s->state.hot_rate) {
            if (vt_failed(make_hot(s, (int)i, lowest, err))) return VT_ENOMEM;
        } else {
            cold += s->rate[i];
        }
        widest = fmax(widest, (double)s->size[i]);
    }
    s->cold[b] = cold;
    s->widest[b] = widest;
    s->moved[b] = 0;
    s->drifted[b] = s->state.drift;
    return VT_OK;
}

static vt_status update_block(vt_stz *s, const vti_rate_law *law, size_t b, vt_error *err) {
    add_pending(s, b, s->applied[b], (int)s->state.pending_count);
    s->applied[b] = (int32_t)s->state.pending_count;
    return compute_block(s, law, b, err);
}

/* Cold sites stay so far from instability that CHANGE_MAX cannot bring them there. */
static void set_hot_rate(vt_stz *s) {
    double scale = fmax(s->state.low_rate, rate_scale(s));
    s->state.hot_rate = fmin(COLD_SHARE * scale / (double)s->sites,
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
        if (vt_failed(compute_block(s, law, b, err))) return VT_ENOMEM;
    t->stale = 0;
    return VT_OK;
}

/* Hot sites take in the last `fresh` transformations and the present mean. */
static void update_hot(vt_stz *s, const vti_rate_law *law, int fresh) {
    const vti_stz_kernels *k = kernels(s->simd);
    size_t stride = 3 * (size_t)s->stride;
    int pending = (int)s->state.pending_count;
    for (int64_t h = 0; h < s->state.hot_count; h++) {
        int site = s->hot[h];
        for (int e = pending - fresh; e < pending; e++)
            add_one(s, site, e, &s->hot_p[h], &s->hot_q[h]);
        k->rate(law, s->mode + stride * (size_t)site, s->soft[site], s->hot_p[h], s->hot_q[h],
                &s->hot_rate[h], &s->hot_lowest[h]);
        s->rate[site] = s->hot_rate[h];
    }
}

static double sum_rates(vt_stz *s) {
    memcpy(s->total, s->cold, s->blocks * sizeof *s->total);
    for (int64_t h = 0; h < s->state.hot_count; h++) s->total[s->hot[h] / AREA] += s->hot_rate[h];
    return vti_stz_sum_groups(s);
}

/* ---------------------------------------------------------------- bounds ---- */

/* Bound on the change of any barrier of a block's sites since it was computed [kT]. */
static double change_of(const vt_stz *s, size_t b) {
    return s->half_volume * s->widest[b] * (s->moved[b] + (s->state.drift - s->drifted[b])) / s->kt;
}

/* Bring blocks up to date until the error of the total rate is within the tolerance. */
static vt_status settle_bounds(vt_stz *s, const vti_rate_law *law, vt_error *err) {
    vti_state *t = &s->state;
    for (;;) {
        double rate = sum_rates(s), error = 0;
        double allowed = s->options.tolerance * fmax(rate, rate_scale(s));
        /* At zero temperature rates do not count, only that no instability is missed. */
        bool counts = s->options.temperature > 0;
        size_t due = 0;
        for (size_t b = 0; b < s->blocks; b++) {
            double x = change_of(s, b), part = counts ? s->cold[b] * (x + x * x) : 0;
            /* A block is due when its error is above its even share of half of the allowed one. */
            due += x > CHANGE_MAX || 2 * (double)s->blocks * part > allowed;
            error += x > CHANGE_MAX ? INFINITY : part;
        }
        t->last.rate = rate;
        t->last.error_bound = error;
        if (error <= allowed) return VT_OK;
        if (due * (size_t)(t->pending_count + 64) > s->blocks * 160) return update_all(s, law, err);
        for (size_t b = 0; b < s->blocks; b++) {
            double x = change_of(s, b), part = counts ? s->cold[b] * (x + x * x) : 0;
            if ((x > CHANGE_MAX || 2 * (double)s->blocks * part > allowed) &&
                vt_failed(update_block(s, law, b, err)))
                return VT_ENOMEM;
        }
    }
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
                if (s->applied[b] < pending && vt_failed(update_block(s, law, b, err)))
                    return VT_ENOMEM;
            }
    }
    return VT_OK;
}

/* Sites whose barriers change with time must be among those that are always computed. */
static vt_status keep_recovering_hot(vt_stz *s, const vti_rate_law *law, vt_error *err) {
    for (int64_t k = 0; k < s->state.recovering_count; k++) {
        int site = s->recovering[k];
        if (s->slot[site] != NO_SLOT) continue;
        if (vt_failed(make_hot(s, site, INFINITY, err)) ||
            vt_failed(update_block(s, law, (size_t)site / AREA, err)))
            return VT_ENOMEM;
    }
    return VT_OK;
}

vt_status vti_stz_settle_fast(vt_stz *s, vt_error *err) {
    vti_state *t = &s->state;
    vti_rate_law law = rate_law(s);
    /* Softening that dies away changes barriers with time; those who leave the list now are hot
       and get their last value. */
    int64_t alive = 0;
    for (int64_t k = 0; k < t->recovering_count; k++)
        if (vti_stz_recover(s, s->recovering[k])) s->recovering[alive++] = s->recovering[k];
    t->recovering_count = alive;
    vt_status status = VT_OK;
    if (t->stale != 0) {
        status = update_all(s, &law, err);
    } else {
        update_hot(s, &law, (int)t->changed);
        status = update_near(s, &law, (int)t->changed, err);
    }
    t->changed = 0;
    if (!vt_failed(status)) status = keep_recovering_hot(s, &law, err);
    if (!vt_failed(status)) status = settle_bounds(s, &law, err);
    if (vt_failed(status)) {
        t->stale = 1; /* begin anew when called again */
        return status;
    }
    double rate = t->last.rate = sum_rates(s);
    t->low_rate = t->low_rate > 0 ? fmin(rate, t->low_rate * LOW_RATE_GROWTH) : rate;
    set_hot_rate(s);
    return list_unstable(s, err);
}

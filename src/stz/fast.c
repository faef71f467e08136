/* The fast engine: after an event it computes anew only what may have changed enough to matter, and
   is exact all the same, by rejection.

   An event changes the stress of a block of sites by at most `reach` times its size; these bounds
   add up in `moved`, beside the change of the mean stress, until the block takes the transformation
   in. If no barrier of a site has changed by more than x kT since its rate r was computed, its rate
   is now at most r e^x, which is below r (1 + x + x^2) for x <= 1.7 and below r (1 + y + y^2)^8
   with y = x/8 for x <= 14; and e^x - 1 <= x (1 + e^x)/2. Events are drawn from these upper bounds.
   Only the site that a draw falls into is brought up to date; when the draw is beyond its true
   rate, nothing happens but the passing of the waiting time, and the next one is drawn (thinning:
   Lewis and Shedler, Naval Research Logistics 26, 403 (1979)). So the law of waiting times and of
   the choice is that of eq. 5 to 7 whatever the bounds are. When their excess over the rates passes
   `slack` times the total rate, the blocks with most of it are brought up to date.

   No x of a block may pass the distance of its lowest barrier from zero, so nobody becomes unstable
   unseen.

   Transformations wait in a list for those who have not taken them in; when it is full, or when
   most blocks are due, all stress is computed by transform, which also ends the growth of rounding
   errors. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "stz/internal.h"

/* Largest change of a barrier, in kT, before it is computed. */
static const double CHANGE_MAX = 6;

/* In a block that is looked at, rates of sites are kept whose barriers changed less, in kT. */
static const double KEEP = 1.5;

/* Modes so slow that all of them together have less than this part of the inverse of the time of a
   strain step are left out. */
static const double CUT_SHARE = 1e-4;

/* Blocks that a thread takes at a time. */
enum { GRAIN = 32 };

/* Rough costs for a block: one transformation applied, all rates, its part of a transform [ns]. */
enum { APPLY_COST = 100, RATE_COST = 400, TRANSFORM_COST = 4000 };

/* Rates are compared with the inverse of the time between two looks. */
static double rate_scale(const vt_stz *s) {
    const vti_stz_state *t = &s->state;
    return t->loaded != 0 ? t->load.strain_rate / s->options.strain_step : 1e-12;
}

static vti_rate_law rate_law(const vt_stz *s) {
    const vt_stz_options *o = &s->options;
    double modes = (double)s->sites * (double)o->modes;
    /* Also after the changes that are allowed. */
    double negligible = CUT_SHARE * rate_scale(s) / (modes * exp(KEEP + CHANGE_MAX));
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

/* The sum of the pending transformations from *from on that belong to one burst: it goes back and
   forth, and only its sum is felt far off. */
static vti_burst next_burst(const vt_stz *s, int *from) {
    const vti_pending *first = &s->pending[*from];
    vti_burst burst = s->burst[first->burst];
    bool last = first->burst + 1 == s->state.burst_count;
    burst.e1 -= first->e1;
    burst.e3 -= first->e3;
    *from = last ? (int)s->state.pending_count : (int)s->burst[first->burst + 1].first;
    return burst;
}

/* Where the rows of a block begin in the kernel of an event. */
static void find_rows(const vt_stz *s, size_t block, const vti_burst *event, size_t row[SIDE]) {
    int dx = (int)block % s->columns * SIDE - event->x;
    int dy = (int)block / s->columns * SIDE - event->y;
    size_t width = (size_t)s->nx + SIDE;
    for (int y = 0; y < SIDE; y++, dy++)
        row[y] = (size_t)(dy < 0 ? dy + s->ny : dy) * width + (size_t)(dx < 0 ? dx + s->nx : dx);
}

static void add_pending(const vt_stz *s, size_t block) {
    const vti_stz_kernels *k = vti_stz_kernels_of(s);
    const double *const kernel[2] = {s->kernel[0], s->kernel[1]};
    int from = s->applied[block], to = (int)s->state.pending_count;
    double *p = s->p + block * AREA, *q = s->q + block * AREA;
    size_t rows[2][SIDE];
    if (from == to) return;
    vti_burst event = next_burst(s, &from);
    find_rows(s, block, &event, rows[0]);
    for (int which = 0;; which = 1 - which) {
        vti_burst now = event;
        bool more = from < to;
        if (more) { /* the kernels are larger than the caches: ask for the next rows early */
            event = next_burst(s, &from);
            find_rows(s, block, &event, rows[1 - which]);
            for (int y = 0; y < SIDE; y++)
                for (int t = 0; t < 2; t++) {
                    __builtin_prefetch(kernel[t] + rows[1 - which][y]);
                    __builtin_prefetch(kernel[t] + rows[1 - which][y] + SIDE - 1);
                }
        }
        k->apply(kernel, rows[which], vti_stz_kernel_sum(s), now.e1, now.e3, p, q);
        int site = vti_stz_site(s, now.x, now.y);
        if ((size_t)site / AREA == block) s->q[site] -= s->plane.young * now.e3;
        if (!more) break;
    }
    s->applied[block] = to;
}

/* The same for one site. */
static void add_to_site(const vt_stz *s, int site, double *p, double *q) {
    int x, y, nx = s->nx, from = s->applied[site / AREA], to = (int)s->state.pending_count;
    vti_stz_place(s, site, &x, &y);
    while (from < to) {
        vti_burst event = next_burst(s, &from);
        int dx = x - event.x + (x < event.x ? nx : 0);
        int dy = y - event.y + (y < event.y ? s->ny : 0);
        size_t k = (size_t)dy * ((size_t)nx + SIDE) + (size_t)dx;
        *p += s->kernel[0][k] * event.e1 + s->kernel[1][k] * event.e3;
        *q += s->kernel[1][k] * event.e1 + vti_stz_third_kernel(s, k) * event.e3;
    }
}

void vti_stz_local(const vt_stz *s, int site, double *p, double *q) {
    *p = s->p[site];
    *q = s->q[site];
    if (s->options.engine == VT_STZ_FAST) add_to_site(s, site, p, q);
}

void vti_stz_follow(vt_stz *s, int site, double e1, double e3) {
    vti_stz_state *t = &s->state;
    if (s->options.engine == VT_STZ_PLAIN) return;
    s->limit[site / AREA] = s->margin[site] = CHANGED; /* its modes are new */
    if (t->stale != 0) return;
    if (t->pending_count == PENDING_MAX) {
        t->stale = 1;
        return;
    }
    int x, y, columns = s->columns;
    vti_stz_place(s, site, &x, &y);
    vti_burst *burst = &s->burst[t->burst_count - 1];
    if (t->burst_count == 0 || burst->x != x || burst->y != y) {
        burst = &s->burst[t->burst_count++];
        *burst = (vti_burst){(int32_t)t->pending_count, x, y, 0, 0};
    }
    /* Those who have taken in none of the burst feel its sum. */
    double before = hypot(burst->e1, burst->e3);
    s->pending[t->pending_count++] = (vti_pending){t->burst_count - 1, burst->e1, burst->e3};
    burst->e1 += e1;
    burst->e3 += e3;
    double net = hypot(burst->e1, burst->e3) - before, path = hypot(e1, e3);
    for (int j = 0; j < s->rows; j++) {
        int row = (j - y / SIDE + s->rows) % s->rows, column = columns - x / SIDE;
        size_t from = (size_t)j * (size_t)columns;
        vti_stz_kernels_of(s)->spread((size_t)columns, s->reach + 2 * columns * row + column,
                                      s->applied + from, burst->first, net, path, s->moved + from);
    }
}

/* ---------------------------------------------------------------- rates ---- */

/* Which sites of a block get their rates: all; those whose barriers changed by more than KEEP or
   half of their margin; or those, too, whose bounds would be a share of what is allowed. */
typedef enum { ALL, CHANGED_MUCH, WITH_SHARE } extent;

static vti_sites sites_of(const vt_stz *s, size_t b) {
    size_t from = b * AREA;
    return (vti_sites){s->p + from,      s->q + from,    s->p_known + from, s->q_known + from,
                       s->margin + from, s->rate + from, s->size + from};
}

static void compute_site(vt_stz *s, const vti_rate_law *law, size_t i) {
    double lowest;
    vti_stz_kernels_of(s)->rate(law, s->mode + 3 * (size_t)s->stride * i, s->soft[i], s->p[i],
                                s->q[i], &s->rate[i], &lowest);
    s->margin[i] = lowest / s->kt;
    s->p_known[i] = s->p[i] + law->p_mean;
    s->q_known[i] = s->q[i] + law->q_mean;
}

static void sum_block(vt_stz *s, const vti_rate_law *law, size_t b, const double *x) {
    vti_rate_sums sums = {.limit = CHANGE_MAX};
    vti_sites sites = sites_of(s, b);
    s->unstable[b] = vti_stz_kernels_of(s)->sum(&sites, x, &sums) != 0;
    s->total[b] = sums.total;
    s->base[b] = s->excess[b] = sums.base;
    s->upper[b] = sums.total + sums.base;
    s->weight[b] = sums.weight;
    s->widest[b] = sums.widest;
    s->limit[b] = sums.limit;
    s->moved[b] = 0;
    s->p_seen[b] = law->p_mean;
    s->q_seen[b] = law->q_mean;
}

/* Rates and bounds of a block whose p and q are exact; x: the changes of barriers that are left. */
static void compute_block(vt_stz *s, const vti_rate_law *law, size_t b, extent which,
                          double x[AREA]) {
    vti_sites sites = sites_of(s, b);
    double most = which == WITH_SHARE ? s->allowed / (double)(4 * s->sites) : INFINITY;
    uint64_t stale =
        vti_stz_kernels_of(s)->change(law, s->half_volume / s->kt, KEEP, most, &sites, x);
    if (which == ALL) stale = UINT64_MAX;
    for (; stale != 0; stale &= stale - 1) {
        int k = __builtin_ctzll(stale);
        compute_site(s, law, b * AREA + (size_t)k);
        x[k] = 0;
    }
    sum_block(s, law, b, x);
}

static void update_block(vt_stz *s, const vti_rate_law *law, size_t b, extent which) {
    double x[AREA];
    add_pending(s, b);
    compute_block(s, law, b, which, x);
}

int vti_stz_pick_in_block(vt_stz *s, size_t b, double target, double *rest) {
    double x[AREA];
    vti_rate_law law = rate_law(s);
    add_pending(s, b);
    compute_block(s, &law, b, CHANGED_MUCH, x);
    for (size_t k = 0; k < AREA; k++) {
        size_t i = b * AREA + k;
        double bound = s->rate[i] + s->rate[i] * (x[k] * (1 + x[k]));
        if (target > bound) {
            target -= bound;
            continue;
        }
        if (x[k] > 0) {
            compute_site(s, &law, i);
            x[k] = 0;
            sum_block(s, &law, b, x);
        }
        *rest = target;
        return target > s->rate[i] ? REJECTED : (int)i;
    }
    return REJECTED;
}

void vti_stz_refresh_fast(vt_stz *s, int site) {
    double x[AREA];
    vti_rate_law law = rate_law(s);
    size_t b = (size_t)site / AREA;
    s->margin[site] = CHANGED;
    add_pending(s, b);
    compute_block(s, &law, b, CHANGED_MUCH, x);
}

/* Context of loops over blocks. */
typedef struct {
    vt_stz *s;
    const vti_rate_law *law;
    extent which;
} updating;

static void compute_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const updating *u = context;
    for (size_t b = from; b < to; b++) {
        double x[AREA];
        compute_block(u->s, u->law, b, u->which, x);
    }
}

static void update_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const updating *u = context;
    for (size_t k = from; k < to; k++) update_block(u->s, u->law, (size_t)u->s->due[k], u->which);
}

/* All stress by transform. */
static void update_all(vt_stz *s, const vti_rate_law *law) {
    extent which = s->state.stale == 2 ? ALL : WITH_SHARE;
    vti_stz_convolve_all(s);
    s->state.pending_count = s->state.burst_count = 0;
    memset(s->applied, 0, s->blocks * sizeof *s->applied);
    vti_share(s->blocks, GRAIN, compute_some, &(updating){s, law, which});
    s->state.stale = 0;
}

/* The first `count` blocks of `due`, or all when that is cheaper. */
static void update_due(vt_stz *s, const vti_rate_law *law, size_t count, extent which) {
    size_t waiting = 0;
    for (size_t k = 0; k < count; k++)
        waiting += (size_t)(s->state.pending_count - s->applied[s->due[k]]);
    if (waiting * APPLY_COST + count * RATE_COST > s->blocks * (TRANSFORM_COST + RATE_COST)) {
        update_all(s, law);
        return;
    }
    vti_share(count, GRAIN, update_some, &(updating){s, law, which});
}

/* ---------------------------------------------------------------- bounds ---- */

/* Upper bounds of all blocks; those that changed too much for one go to `due`. */
static size_t bound_all(vt_stz *s) {
    vti_bounds bounds = {.factor = s->half_volume / s->kt,
                         .p_mean = s->state.p_mean,
                         .q_mean = s->state.q_mean,
                         .moved = s->moved,
                         .p_seen = s->p_seen,
                         .q_seen = s->q_seen,
                         .widest = s->widest,
                         .weight = s->weight,
                         .base = s->base,
                         .total = s->total,
                         .limit = s->limit};
    return vti_stz_kernels_of(s)->bound((s->blocks + 3) / 4 * 4, &bounds, s->upper, s->excess,
                                        s->due);
}

/* The blocks with most of the excess go to `due`, so that the others together have at most 0.8 of
   what is allowed. A histogram by powers of two finds them in one pass. */
static size_t find_due(vt_stz *s) {
    enum { POWERS = 64 };
    double sum[POWERS] = {0}, together = 0, least = s->allowed;
    size_t count = 0;
    for (size_t b = 0; b < s->blocks; b++) {
        double share = s->excess[b] / s->allowed;
        if (!(share < 1)) continue; /* surely due */
        uint64_t bits;              /* 2^-k <= share < 2^(1-k), the exponent is biased */
        memcpy(&bits, &share, sizeof bits);
        uint64_t power = 1023 - (bits >> 52);
        sum[power < POWERS - 1 ? power : POWERS - 1] += share;
    }
    for (int k = POWERS - 1; k > 0 && together <= 0.8; k--) {
        together += sum[k];
        if (together > 0.8) least = ldexp(s->allowed, -k);
    }
    for (size_t b = 0; b < s->blocks; b++)
        if (s->excess[b] >= least) s->due[count++] = (int32_t)b;
    return count;
}

static void settle_bounds(vt_stz *s, const vti_rate_law *law) {
    vti_stz_state *t = &s->state;
    update_due(s, law, bound_all(s), CHANGED_MUCH);
    /* Nobody asks for rates at zero temperature, or when there are unstable sites. */
    bool rates_count = s->options.temperature > 0 && memchr(s->unstable, 1, s->blocks) == NULL;
    for (;;) {
        t->last.rate = vti_stz_sum_groups(s);
        t->last.excess = vti_stz_kernels_of(s)->add(s->blocks, s->excess);
        double least = fmax(t->last.rate - t->last.excess, rate_scale(s));
        s->allowed = s->options.slack * least;
        if (!rates_count || t->last.excess <= s->allowed) break;
        update_due(s, law, find_due(s), WITH_SHARE);
    }
}

/* ---------------------------------------------------------------- settling ---- */

/* The unstable sites in the order of their numbers. */
static vt_status list_unstable(vt_stz *s, vt_error *err) {
    s->state.change_count = 0;
    const uint8_t *b = memchr(s->unstable, 1, s->blocks), *end = s->unstable + s->blocks;
    for (; b != NULL; b = memchr(b + 1, 1, (size_t)(end - b - 1))) {
        size_t from = (size_t)(b - s->unstable) * AREA;
        for (size_t i = from; i < from + AREA; i++) {
            double lowest;
            if (s->margin[i] >= 0) continue;
            int mode = vti_stz_lowest(s, (int)i, s->p[i], s->q[i], &lowest);
            /* Rounding in another order may disagree about the last bit of zero. */
            if (lowest < 0 && vt_failed(vti_stz_add_change(s, (int)i, mode, s->p[i], s->q[i], err)))
                return VT_ENOMEM;
        }
    }
    return VT_OK;
}

vt_status vti_stz_settle_fast(vt_stz *s, vt_error *err) {
    vti_stz_state *t = &s->state;
    vti_rate_law law = rate_law(s);
    /* Softening that dies away changes barriers with time. */
    int64_t alive = 0;
    for (int64_t k = 0; k < t->recovering_count; k++) {
        int site = s->recovering[k];
        if (vti_stz_recover(s, site, t->time)) s->recovering[alive++] = site;
        s->limit[site / AREA] = s->margin[site] = CHANGED;
    }
    t->recovering_count = alive;
    t->changed = 0;
    s->allowed = s->options.slack * rate_scale(s);
    if (t->stale != 0) update_all(s, &law);
    settle_bounds(s, &law);
    return list_unstable(s, err);
}

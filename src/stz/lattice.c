/* Making a lattice: options, memory, the first draw of modes. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "stz/internal.h"
#include "vitrum/units.h"

static const double MEMORY_MAX = 64e9; /* bytes; a larger lattice is surely a slip */

vt_stz_options vt_stz_defaults(void) {
    return (vt_stz_options){.n = 128,
                            .aspect = 1,
                            .modes = 20,
                            .seed = 1,
                            .barrier_mean = 2.0,
                            .barrier_width = 0.12,
                            .eigenstrain = 0.07,
                            .later = 1,
                            .volume = 343,
                            .temperature = 300,
                            .attempt_frequency = 10,
                            .permanent = 13,
                            .temporary = 39,
                            .softening_max = 0.51082562376599072, /* -ln 0.6 */
                            .recovery_barrier = 0.37,
                            .mises_factor = 1,
                            .strain_step = 1e-4,
                            .elastic = {69.46 / VT_GPA, 0.365, false},
                            .engine = VT_STZ_FAST,
                            .slack = 4};
}

static int64_t rows_of(const vt_stz_options *o) {
    return o->rows == 0 ? o->n : o->rows;
}

double vt_stz_memory(const vt_stz_options *o) {
    double sites = (double)o->n * (double)rows_of(o);
    return sites * (12.0 * (double)((o->modes + 3) / 4 * 4) + 12 * 8 + 8 + 6 * 8 + 3 * 8 + 2);
}

/* ---------------------------------------------------------------- checking ---- */

static vt_status check_side(int64_t n, const char *name, vt_error *err) {
    if (n >= VT_STZ_MIN_SIDE && n <= VT_STZ_MAX_SIDE && n % VT_STZ_BLOCK == 0) return VT_OK;
    return vt_fail(err, VT_EINVAL,
                   "the %s of the lattice must be a multiple of %d from %d to %d sites, got "
                   "%lld; the nearest is %lld",
                   name, VT_STZ_BLOCK, VT_STZ_MIN_SIDE, VT_STZ_MAX_SIDE, (long long)n,
                   n < VT_STZ_MIN_SIDE   ? (long long)VT_STZ_MIN_SIDE
                   : n > VT_STZ_MAX_SIDE ? (long long)VT_STZ_MAX_SIDE
                                         : (long long)((n + 4) / 8 * 8));
}

static vt_status check_lattice(const vt_stz_options *o, vt_error *err) {
    if (vt_failed(check_side(o->n, "side", err)) ||
        vt_failed(check_side(rows_of(o), "number of rows", err)))
        return VT_EINVAL;
    if (!(o->aspect >= 0.1 && o->aspect <= 10))
        return vt_fail(err, VT_EINVAL,
                       "a site must be 0.1 to 10 times as wide as it is high, got %g", o->aspect);
    if (o->modes < 1 || o->modes > VT_STZ_MAX_MODES)
        return vt_fail(err, VT_EINVAL, "a site has 1 to %d modes, got %lld", VT_STZ_MAX_MODES,
                       (long long)o->modes);
    if (vt_stz_memory(o) > MEMORY_MAX)
        return vt_fail(
            err, VT_EINVAL,
            "a lattice of %lld x %lld sites with %lld modes takes %.0f GB; take a smaller "
            "side or fewer modes",
            (long long)o->n, (long long)rows_of(o), (long long)o->modes, vt_stz_memory(o) / 1e9);
    return VT_OK;
}

static vt_status check_histogram(const vt_stz_options *o, vt_error *err) {
    double sum = 0;
    if (o->bins < 1 || o->bins > VT_STZ_BINS)
        return vt_fail(err, VT_EINVAL, "a histogram of barriers has 1 to %d bins, got %d",
                       VT_STZ_BINS, (int)o->bins);
    if (!(o->bins_from >= 0 && o->bins_step > 0 && o->bins_from + o->bins * o->bins_step <= 100))
        return vt_fail(err, VT_EINVAL,
                       "a histogram of barriers must lie between 0 and 100 eV, got %d bins of %g "
                       "eV from %g eV",
                       (int)o->bins, o->bins_step, o->bins_from);
    for (int k = 0; k < o->bins; k++) {
        if (!(o->histogram[k] >= 0 && o->histogram[k] <= 1e18))
            return vt_fail(err, VT_EINVAL, "bin %d of the histogram of barriers has a weight of %g",
                           k + 1, o->histogram[k]);
        sum += o->histogram[k];
    }
    if (!(sum > 0)) return vt_fail(err, VT_EINVAL, "the histogram of barriers is empty");
    return VT_OK;
}

static vt_status check_gaussian(const vt_stz_options *o, vt_error *err) {
    if (!(o->barrier_mean > 0 && o->barrier_mean <= 100))
        return vt_fail(
            err, VT_EINVAL,
            "the mean barrier must be above 0 and at most 100 eV, got %g eV; the paper has "
            "1.8 to 2.2 eV",
            o->barrier_mean);
    /* Wider spectra would have to throw a third of their draws away. */
    if (!(o->barrier_width >= 0 && o->barrier_width <= 2 * o->barrier_mean))
        return vt_fail(
            err, VT_EINVAL,
            "the width of the barriers must be from 0 to twice their mean (%g eV), got %g "
            "eV",
            o->barrier_mean, o->barrier_width);
    return VT_OK;
}

static vt_status check_spectrum(const vt_stz_options *o, vt_error *err) {
    if (vt_failed(o->spectrum == VT_STZ_HISTOGRAM ? check_histogram(o, err)
                                                  : check_gaussian(o, err)))
        return VT_EINVAL;
    if (!(o->later >= 0 && o->later <= 10))
        return vt_fail(err, VT_EINVAL,
                       "the factor on later eigenstrains must be from 0 to 10, got %g", o->later);
    if (!(o->residual >= 0 && o->residual <= 1))
        return vt_fail(err, VT_EINVAL, "the residual eigenstrain must be from 0 to 1, got %g",
                       o->residual);
    if (!(o->eigenstrain >= 0 && o->eigenstrain <= 1))
        return vt_fail(err, VT_EINVAL,
                       "the eigenstrain must be from 0 to 1, got %g; the paper has "
                       "0.07",
                       o->eigenstrain);
    if (!(o->volume >= 0 && o->volume <= 1e6))
        return vt_fail(err, VT_EINVAL,
                       "the volume of a zone must be from 0 to 1000 nm^3, got %g nm^3",
                       o->volume / 1000);
    if (!(o->attempt_frequency > 0 && o->attempt_frequency <= 1e6))
        return vt_fail(err, VT_EINVAL,
                       "the attempt frequency must be above 0 and at most 1e18/s, got %g/s",
                       o->attempt_frequency / VT_SECONDS);
    return VT_OK;
}

static vt_status check_temperature(double temperature, vt_error *err) {
    if (temperature >= 0 && temperature <= 1e5) return VT_OK;
    return vt_fail(
        err, VT_EINVAL,
        "the temperature must be from 0 (then nothing is thermally activated) to 1e5 K, got "
        "%g K",
        temperature);
}

static vt_status check_softening(const vt_stz_options *o, vt_error *err) {
    const double value[] = {o->permanent, o->temporary, o->softening_max, o->softening_start,
                            o->recovery_barrier};
    static const char *const NAME[] = {"permanent softening", "temporary softening",
                                       "largest softening", "softening at the start",
                                       "recovery barrier"};
    for (size_t k = 0; k < 5; k++)
        if (!(value[k] >= 0 && value[k] <= 1e6))
            return vt_fail(err, VT_EINVAL, "the %s must not be negative, got %g", NAME[k],
                           value[k]);
    if (o->softening_start > o->softening_max)
        return vt_fail(
            err, VT_EINVAL,
            "the largest permanent softening (%g) is below that of the lattice at the start "
            "(%g); raise the one or lower the other",
            o->softening_max, o->softening_start);
    if (!(o->mises_factor > 0 && o->mises_factor <= 10))
        return vt_fail(
            err, VT_EINVAL,
            "the factor of the Mises measure must be above 0 and at most 10, got %g; the "
            "paper has 1",
            o->mises_factor);
    return VT_OK;
}

static vt_status check_elastic(const vt_stz_elastic *e, vt_error *err) {
    if (!(e->young > 0 && e->young * VT_GPA <= 1e5))
        return vt_fail(err, VT_EINVAL,
                       "Young's modulus must be above 0 and at most 1e5 GPa, got %g GPa",
                       e->young * VT_GPA);
    /* In two dimensions a medium is incompressible at 1. */
    double most = e->plane_strain ? 0.5 : 1;
    if (!(e->poisson > -1 && e->poisson < most))
        return vt_fail(err, VT_EINVAL,
                       "Poisson's ratio must be above -1 and below %g in plane %s, got %g", most,
                       e->plane_strain ? "strain" : "stress", e->poisson);
    return VT_OK;
}

vt_status vt_stz_check(const vt_stz_options *o, vt_error *err) {
    if (vt_failed(check_lattice(o, err)) || vt_failed(check_spectrum(o, err)) ||
        vt_failed(check_softening(o, err)) || vt_failed(check_elastic(&o->elastic, err)) ||
        vt_failed(check_temperature(o->temperature, err)))
        return VT_EINVAL;
    if (!(o->strain_step > 0 && o->strain_step <= 0.1))
        return vt_fail(
            err, VT_EINVAL,
            "the strain step must be above 0 and at most 0.1, got %g; the paper's code has "
            "1e-4",
            o->strain_step);
    if (!(o->slack > 0 && o->slack <= 100))
        return vt_fail(err, VT_EINVAL, "the slack must be above 0 and at most 100, got %g",
                       o->slack);
    return VT_OK;
}

/* ---------------------------------------------------------------- making ---- */

/* At zero temperature the fast engine still needs a scale to tell which sites may become unstable
   soon. */
static void set_temperature(vt_stz *s, double temperature) {
    const vt_stz_options *o = &s->options;
    s->options.temperature = temperature;
    s->kt = VT_BOLTZMANN * (temperature > 0 ? temperature : 300);
    s->recovery =
        temperature > 0 ? exp(o->recovery_barrier / s->kt) / o->attempt_frequency : INFINITY;
}

/* Memory of everything whose size follows from the options. */
static bool allocate(vt_stz *s) {
    /* Lists of blocks are read by fours. */
    size_t n = s->sites, blocks = (s->blocks + 3) / 4 * 4;
    struct {
        void *member;
        size_t count, size;
    } list[] = {{&s->mode, 3 * n * (size_t)s->stride, sizeof *s->mode},
                {&s->e1, n, 8},
                {&s->e3, n, 8},
                {&s->permanent, n, 8},
                {&s->temporary, n, 8},
                {&s->since, n, 8},
                {&s->soft, n, 8},
                {&s->p, n, 8},
                {&s->q, n, 8},
                {&s->rate, n, 8},
                {&s->p_known, n, 8},
                {&s->q_known, n, 8},
                {&s->margin, n, 8},
                {&s->rest1, s->options.residual > 0 ? n : 0, 8},
                {&s->rest3, s->options.residual > 0 ? n : 0, 8},
                {&s->size, n, sizeof *s->size},
                {&s->generation, n, sizeof *s->generation},
                {&s->total, blocks, 8},
                {&s->base, blocks, 8},
                {&s->upper, blocks, 8},
                {&s->excess, blocks, 8},
                {&s->moved, blocks, 8},
                {&s->p_seen, blocks, 8},
                {&s->q_seen, blocks, 8},
                {&s->weight, blocks, 8},
                {&s->widest, blocks, 8},
                {&s->limit, blocks, 8},
                {&s->due, blocks, sizeof *s->due},
                {&s->unstable, blocks, 1},
                {&s->applied, blocks, sizeof *s->applied},
                {&s->group, s->groups, 8},
                {&s->burst, PENDING_MAX, sizeof *s->burst},
                {&s->pending, PENDING_MAX, sizeof *s->pending}};
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) {
        if (list[k].count == 0) continue;
        void *memory = vt_alloc(list[k].count, list[k].size);
        if (memory == NULL) return false;
        memcpy(list[k].member, &memory, sizeof memory);
    }
    return true;
}

/* What the checkpoint keeps has no bytes that belong to nothing. */
static void take_options(vt_stz *s, const vt_stz_options *options) {
    vt_stz_options *o = &s->options;
    *o = *options;
    vti_clear_gap(o,
                  offsetof(vt_stz_options, elastic) + offsetof(vt_stz_elastic, plane_strain) +
                      sizeof(bool),
                  offsetof(vt_stz_options, engine));
    static_assert(offsetof(vt_stz_options, bins_from) ==
                      offsetof(vt_stz_options, engine) + 5 * sizeof(int) + sizeof(int32_t),
                  "no gap among the switches");
    o->rows = rows_of(options);
    if (o->spectrum != VT_STZ_HISTOGRAM) {
        o->bins = 0;
        o->bins_from = o->bins_step = 0;
    }
    for (int k = o->bins; k < VT_STZ_BINS; k++) o->histogram[k] = 0;
    if (o->bins == 0) return;
    double sum = 0, first = 0, second = 0;
    for (int k = 0; k < o->bins; k++) {
        double center = o->bins_from + (k + 0.5) * o->bins_step, weight = o->histogram[k];
        s->cumulative[k] = sum += weight;
        first += weight * center;
        second += weight * (center * center + o->bins_step * o->bins_step / 12);
    }
    for (int k = 0; k < o->bins; k++) s->cumulative[k] /= sum;
    o->barrier_mean = first / sum;
    o->barrier_width = sqrt(fmax(second / sum - o->barrier_mean * o->barrier_mean, 0));
}

vt_stz *vt_stz_create(const vt_stz_options *options, vt_error *err) {
    if (vt_failed(vt_stz_check(options, err))) return NULL;
    vt_stz *s = vt_alloc(1, sizeof *s);
    if (s == NULL) {
        vt_fail_memory(err, 1, sizeof *s, "a lattice");
        return NULL;
    }
    take_options(s, options);
    s->nx = (int)s->options.n;
    s->ny = (int)s->options.rows;
    s->columns = s->nx / SIDE;
    s->rows = s->ny / SIDE;
    s->sites = (size_t)s->nx * (size_t)s->ny;
    s->blocks = s->sites / AREA;
    s->groups = (s->blocks + AREA - 1) / AREA;
    s->stride = (int)(options->modes + 3) / 4 * 4;
    s->half_volume = options->volume / 2;
    s->plane = vti_stz_plane(&options->elastic);
    s->simd = vt_simd_best();
    set_temperature(s, options->temperature);
    if (!allocate(s)) {
        vt_fail_memory(err, s->sites, (size_t)(vt_stz_memory(options) / (double)s->sites),
                       "a lattice");
        goto fail;
    }
    s->transform = vti_transform_create(s->nx, s->ny, s->options.aspect, err);
    if (s->transform == NULL) goto fail;
    if (options->engine == VT_STZ_FAST && vt_failed(vti_stz_kernel(s, err))) goto fail;
    if (s->rest1 != NULL) vti_stz_draw_residual(s);
    double soft = exp(-options->softening_start);
    for (size_t i = 0; i < s->sites; i++) {
        s->permanent[i] = options->softening_start;
        s->soft[i] = soft;
        vti_stz_draw(s, (int)i);
        if (i % 4096 == 0 && vt_interrupted()) {
            vt_fail_interrupted(err);
            goto fail;
        }
    }
    s->state.stale = 2;
    s->state.paused = 1;
    return s;
fail:
    vt_stz_destroy(s);
    return NULL;
}

void vt_stz_destroy(vt_stz *s) {
    if (s == NULL) return;
    void *const list[] = {s->rest1,     s->rest3,     s->mode,      s->e1,         s->e3,
                          s->permanent, s->temporary, s->since,     s->soft,       s->p,
                          s->q,         s->rate,      s->size,      s->generation, s->total,
                          s->upper,     s->excess,    s->base,      s->margin,     s->burst,
                          s->p_seen,    s->q_seen,    s->moved,     s->p_known,    s->q_known,
                          s->weight,    s->widest,    s->limit,     s->applied,    s->due,
                          s->unstable,  s->group,     s->pending,   s->recovering, s->change,
                          s->done,      s->avalanche, s->kernel[0], s->kernel[1],  s->reach};
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) vt_free(list[k]);
    vti_transform_destroy(s->transform);
    vt_free(s);
}

/* ---------------------------------------------------------------- changing ---- */

/* Temporary softening dies away with a time that follows from the temperature: what is left of it
   now is what the new temperature starts from, at every site that has some. */
static vt_status count_softening_from_now(vt_stz *s, vt_error *err) {
    size_t alive = 0;
    for (size_t i = 0; i < s->sites; i++) alive += s->temporary[i] > 0;
    if (alive > s->recovering_room) {
        int32_t *more = vt_alloc(alive, sizeof *more);
        if (more == NULL) return vt_fail_memory(err, alive, sizeof *more, "sites that recover");
        vt_free(s->recovering);
        s->recovering = more;
        s->recovering_room = alive;
    }
    int64_t count = 0;
    for (size_t i = 0; i < s->sites; i++) {
        if (!(s->temporary[i] > 0)) continue;
        s->temporary[i] = vti_stz_temporary(s, (int)i, s->state.time);
        s->since[i] = s->state.time;
        if (vti_stz_recover(s, (int)i, s->state.time)) s->recovering[count++] = (int32_t)i;
    }
    s->state.recovering_count = count;
    return VT_OK;
}

vt_status vt_stz_set_temperature(vt_stz *s, double temperature, vt_error *err) {
    if (vt_failed(check_temperature(temperature, err))) return VT_EINVAL;
    if (temperature == s->options.temperature) return VT_OK;
    if (vt_failed(count_softening_from_now(s, err))) return VT_ENOMEM;
    set_temperature(s, temperature);
    s->state.stale = 2;
    s->state.settled = 0;
    return VT_OK;
}

vt_status vt_stz_set_softening_max(vt_stz *s, double softening_max, vt_error *err) {
    vt_stz_options wish = s->options;
    wish.softening_max = softening_max;
    wish.softening_start = 0;
    if (vt_failed(check_softening(&wish, err))) return VT_EINVAL;
    double reached = 0;
    for (size_t i = 0; i < s->sites; i++) reached = fmax(reached, s->permanent[i]);
    if (softening_max < reached)
        return vt_fail(
            err, VT_EINVAL,
            "the largest permanent softening cannot be %g: a site has %g already; give that "
            "or more",
            softening_max, reached);
    s->options.softening_max = softening_max;
    return VT_OK;
}

/* Correlations in time of one frame after the other, with many time origins and bounded memory.

   A level has a step: it looks at every step-th frame, keeps the last of them as origins, and
   covers the lags 1 to p in units of its step. With logarithmic lags level l has the step 2^l and
   takes up only lags that the level below does not reach, so memory and work per frame grow with
   the logarithm of the length (the order-n scheme of Frenkel and Smit, Understanding Molecular
   Simulation, 2nd ed. (2002), section 4.4, with frames instead of block averages). Otherwise there
   is one level, and only every origin_every-th frame becomes an origin. */
#include <math.h>
#include <string.h>

#include "vitrum/structure.h"

static const double PI = 3.14159265358979323846;

enum {
    MAX_LEVELS = 40,
    BLOCK = 1024,
    BATCH = 32,               /* origins that a block of atoms is compared with in one go */
    PARALLEL_FROM = 4 * BLOCK /* atoms; below, threads cost more than they bring */
};

/* The sums of one pair of frames for one species. */
typedef struct {
    double square, fourth, wave, dot;
} sums;

typedef struct {
    int64_t step, origin_step;
    int64_t first, last; /* lags in units of step */
    size_t kept;         /* origins in use */
    size_t room;
    int64_t *frame; /* of each origin */
    double *origin; /* room x 3 x count */
    sums *total;    /* (last - first + 1) x species */
    int64_t *pairs; /* of frames, for each lag */
} level;

/* An origin that the frame at work is compared with. */
typedef struct {
    const double *then;
    sums *total;
} comparison;

struct vt_motion {
    vt_motion_options options;
    size_t count;
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    double atoms[VT_MAX_SPECIES];
    int32_t *type;
    int64_t frames;
    double *fractional; /* 3 x count: unwrapped */
    double *now;        /* 3 x count: x, y, z of this frame, drift taken off */
    double drift[3];    /* center of mass of the first frame [angstrom] */
    comparison batch[BATCH];
    int batch_count;
    sums *block; /* of the batch: blocks x BATCH x species */
    int level_count;
    level level[MAX_LEVELS];
};

vt_motion_options vt_motion_defaults(void) {
    return (vt_motion_options){.lags = 16, .logarithmic = true, .origin_every = 1};
}

vt_motion *vt_motion_create(const vt_motion_options *o, vt_error *err) {
    if (!(o->q >= 0) || !isfinite(o->q)) {
        vt_fail(err, VT_EINVAL, "motion: q must not be negative [1/angstrom], got %g", o->q);
        return NULL;
    }
    if (o->lags < 2 || o->lags > 1000000 || o->origin_every < 1) {
        vt_fail(err, VT_EINVAL,
                "motion: lags must be 2 to 1000000 and origins at least 1 frame apart, got "
                "%lld and %lld",
                (long long)o->lags, (long long)o->origin_every);
        return NULL;
    }
    vt_motion *m = vt_alloc(1, sizeof *m);
    if (m == NULL) {
        vt_fail_memory(err, 1, sizeof *m, "correlations");
        return NULL;
    }
    m->options = *o;
    return m;
}

void vt_motion_destroy(vt_motion *m) {
    if (m == NULL) return;
    for (int k = 0; k < MAX_LEVELS; k++) {
        level *l = &m->level[k];
        vt_free(l->frame);
        vt_free(l->origin);
        vt_free(l->total);
        vt_free(l->pairs);
    }
    vt_free(m->block);
    vt_free(m->now);
    vt_free(m->fractional);
    vt_free(m->type);
    vt_free(m);
}

/* ---------------------------------------------------------------- levels ---- */

static vt_status add_level(vt_motion *m, vt_error *err) {
    level *l = &m->level[m->level_count];
    const vt_motion_options *o = &m->options;
    l->step = (int64_t)1 << m->level_count;
    l->origin_step = o->logarithmic ? l->step : o->origin_every;
    l->first = m->level_count == 0 ? 0 : o->lags / 2 + 1;
    l->last = o->lags;
    l->room = (size_t)(l->last * l->step / l->origin_step) + 1;
    size_t lags = (size_t)(l->last - l->first) + 1;
    l->frame = vt_alloc(l->room, sizeof *l->frame);
    l->origin = vt_alloc(l->room, 3 * sizeof(double) * m->count);
    l->total = vt_alloc(lags * (size_t)m->species_count, sizeof *l->total);
    l->pairs = vt_alloc(lags, sizeof *l->pairs);
    if (l->frame == NULL || l->origin == NULL || l->total == NULL || l->pairs == NULL) {
        vt_free(l->frame);
        vt_free(l->origin);
        vt_free(l->total);
        vt_free(l->pairs);
        memset(l, 0, sizeof *l);
        return vt_fail_memory(err, l->room * m->count, 3 * sizeof(double),
                              "the time origins; take fewer lags");
    }
    m->level_count++;
    return VT_OK;
}

/* All levels that frame number `frame` needs. A new level starts with those origins of the one
   below that it would have kept; its lags are all longer than the time up to now. */
static vt_status grow(vt_motion *m, int64_t frame, vt_error *err) {
    if (m->level_count == 0) return add_level(m, err);
    if (!m->options.logarithmic || m->level_count == MAX_LEVELS ||
        frame < m->options.lags << (m->level_count - 1))
        return VT_OK;
    vt_status status = add_level(m, err);
    if (vt_failed(status)) return status;
    const level *below = &m->level[m->level_count - 2];
    level *l = &m->level[m->level_count - 1];
    size_t size = 3 * m->count;
    for (size_t k = 0; k < below->kept; k++) {
        if (below->frame[k] % l->step != 0) continue;
        size_t slot = (size_t)(below->frame[k] / l->step) % l->room;
        l->frame[slot] = below->frame[k];
        memcpy(l->origin + slot * size, below->origin + k * size, size * sizeof(double));
        if (slot >= l->kept) l->kept = slot + 1;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- frames ---- */

static vt_status begin(vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    size_t n = atoms->count, blocks = (n + BLOCK - 1) / BLOCK;
    if (n == 0) return vt_fail(err, VT_EINVAL, "motion: there are no atoms");
    vt_free(m->type); /* of a first frame that did not come to its end */
    vt_free(m->fractional);
    vt_free(m->now);
    vt_free(m->block);
    memset(m->atoms, 0, sizeof m->atoms);
    m->type = vt_alloc(n, sizeof *m->type);
    m->fractional = vt_alloc(n, 3 * sizeof(double));
    m->now = vt_alloc(n, 3 * sizeof(double));
    m->block = vt_alloc(blocks * BATCH * (size_t)atoms->species_count, sizeof *m->block);
    if (!m->type || !m->fractional || !m->now || !m->block) {
        vt_free(m->type);
        vt_free(m->fractional);
        vt_free(m->now);
        vt_free(m->block);
        m->type = NULL;
        m->fractional = m->now = NULL;
        m->block = NULL;
        return vt_fail_memory(err, n, 6 * sizeof(double), "the atoms of a frame");
    }
    m->count = n;
    m->species_count = atoms->species_count;
    memcpy(m->species, atoms->species, sizeof m->species);
    memcpy(m->type, atoms->type, n * sizeof *m->type);
    for (size_t i = 0; i < n; i++) m->atoms[atoms->type[i]]++;
    return VT_OK;
}

static vt_status check(const vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    vt_status status = vt_atoms_check(atoms, err);
    if (vt_failed(status)) return status;
    bool still = true;
    for (size_t i = 0; i < atoms->count && still && m->options.velocities; i++)
        still = atoms->vx[i] == 0 && atoms->vy[i] == 0 && atoms->vz[i] == 0;
    if (m->options.velocities && still)
        return vt_fail(err, VT_EINVAL,
                       "motion: frame %lld has no velocities; write them to the trajectory",
                       (long long)m->frames + 1);
    if (m->frames == 0) return VT_OK;
    if (atoms->count != m->count || atoms->species_count != m->species_count ||
        memcmp(atoms->type, m->type, m->count * sizeof *m->type) != 0)
        return vt_fail(
            err, VT_EINVAL,
            "motion: frame %lld holds other atoms than the first one, or in another order",
            (long long)m->frames + 1);
    return VT_OK;
}

/* Follow the atoms through the faces of the box: by the image counts where a frame has any, else by
   the nearest image of the last place. */
static void unwrap(vt_motion *m, const vt_atoms *atoms) {
    size_t n = m->count;
    bool images = m->frames == 0;
    for (size_t i = 0; i < n && !images; i++)
        images = atoms->ix[i] != 0 || atoms->iy[i] != 0 || atoms->iz[i] != 0;
    double inverse[3][3];
    vt_box_inverse(&atoms->box, inverse);
#pragma omp parallel for num_threads(vt_threads_free()) if (n > PARALLEL_FROM)
    for (size_t i = 0; i < n; i++) {
        const double r[3] = {atoms->x[i] - atoms->box.origin[0], atoms->y[i] - atoms->box.origin[1],
                             atoms->z[i] - atoms->box.origin[2]};
        const int32_t image[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
        double s[3];
        for (int a = 0; a < 3; a++) {
            double *last = &m->fractional[(size_t)a * n + i];
            s[a] = r[0] * inverse[0][a] + r[1] * inverse[1][a] + r[2] * inverse[2][a];
            if (images)
                s[a] += image[a];
            else if (atoms->box.periodic[a])
                s[a] -= round(s[a] - *last);
            *last = s[a];
        }
        for (int k = 0; k < 3; k++)
            m->now[(size_t)k * n + i] = atoms->box.origin[k] + s[0] * atoms->box.h[0][k] +
                                        s[1] * atoms->box.h[1][k] + s[2] * atoms->box.h[2][k];
    }
}

/* Take the motion of the center of mass off `now`. */
static void remove_drift(vt_motion *m) {
    for (int k = 0; k < 3; k++) {
        double sum = 0, mass = 0, *now = m->now + (size_t)k * m->count;
        for (size_t i = 0; i < m->count; i++) {
            double own = m->species[m->type[i]].mass;
            sum += own * now[i];
            mass += own;
        }
        double center = sum / mass;
        if (m->frames == 0) m->drift[k] = m->options.velocities ? 0 : center;
        for (size_t i = 0; i < m->count; i++) now[i] -= center - m->drift[k];
    }
}

/* ---------------------------------------------------------------- one pair of frames ---- */

/* sin(x)/x for x >= 0 without a branch or a call, so that it runs in vectors: x is brought to
   [-pi, pi] and the Taylor series taken to x^21, which is good to 2e-11 there. */
static inline double wave(double x) {
    const double magic = 6755399441055744.0; /* adding it rounds to a whole number */
    double turns = (x * (0.5 / PI) + magic) - magic;
    double y = x - turns * (2 * PI), y2 = y * y;
    double p = 1.0 / 51090942171709440000.0;
    p = p * y2 - 1.0 / 121645100408832000.0;
    p = p * y2 + 1.0 / 355687428096000.0;
    p = p * y2 - 1.0 / 1307674368000.0;
    p = p * y2 + 1.0 / 6227020800.0;
    p = p * y2 - 1.0 / 39916800.0;
    p = p * y2 + 1.0 / 362880.0;
    p = p * y2 - 1.0 / 5040.0;
    p = p * y2 + 1.0 / 120.0;
    p = p * y2 - 1.0 / 6.0;
    double sine = y * (p * y2 + 1.0);
    double safe = x > 1e-4 ? x : 1;
    return x > 1e-4 ? sine / safe : 1 - x * x * (1.0 / 6);
}

static void correlate_block(const vt_motion *m, const double *then, size_t begin, size_t end,
                            sums *out) {
    double first[BLOCK], second[BLOCK];
    size_t n = m->count;
    const double *x = m->now + begin, *y = x + n, *z = y + n;
    const double *x0 = then + begin, *y0 = x0 + n, *z0 = y0 + n;
    double q = m->options.q;
    if (m->options.velocities) {
        for (size_t k = 0; k < end - begin; k++)
            first[k] = x[k] * x0[k] + y[k] * y0[k] + z[k] * z0[k];
        for (size_t k = 0; k < end - begin; k++) out[m->type[begin + k]].dot += first[k];
        return;
    }
    for (size_t k = 0; k < end - begin; k++) {
        double dx = x[k] - x0[k], dy = y[k] - y0[k], dz = z[k] - z0[k];
        first[k] = dx * dx + dy * dy + dz * dz;
    }
    if (q > 0)
        for (size_t k = 0; k < end - begin; k++) second[k] = wave(q * sqrt(first[k]));
    for (size_t k = 0; k < end - begin; k++) {
        sums *s = &out[m->type[begin + k]];
        s->square += first[k];
        s->fourth += first[k] * first[k];
        s->wave += q > 0 ? second[k] : 0;
    }
}

/* Compare the frame with all origins of the batch. Blocks of a fixed size are summed in order: the
   result is the same for any number of threads. */
static void finish_batch(vt_motion *m) {
    size_t blocks = (m->count + BLOCK - 1) / BLOCK, species = (size_t)m->species_count;
    size_t origins = (size_t)m->batch_count, row = BATCH * species;
    memset(m->block, 0, blocks * row * sizeof *m->block);
#pragma omp parallel for num_threads(vt_threads_free()) if (m->count > PARALLEL_FROM)
    for (size_t b = 0; b < blocks; b++) {
        size_t begin = b * BLOCK, end = begin + BLOCK < m->count ? begin + BLOCK : m->count;
        for (size_t k = 0; k < origins; k++)
            correlate_block(m, m->batch[k].then, begin, end, m->block + b * row + k * species);
    }
    for (size_t b = 0; b < blocks; b++)
        for (size_t k = 0; k < origins * species; k++) {
            const sums *from = &m->block[b * row + k];
            sums *total = &m->batch[k / species].total[k % species];
            total->square += from->square;
            total->fourth += from->fourth;
            total->wave += from->wave;
            total->dot += from->dot;
        }
    m->batch_count = 0;
}

static void correlate(vt_motion *m, const double *then, sums *total) {
    m->batch[m->batch_count++] = (comparison){then, total};
    if (m->batch_count == BATCH) finish_batch(m);
}

static void visit(vt_motion *m, level *l) {
    if (m->frames % l->step != 0) return;
    /* The frame is an origin of its own, for the lag zero, before it looks at the others. */
    if (m->frames % l->origin_step == 0) {
        /* The oldest origin gives way. */
        size_t slot = (size_t)(m->frames / l->origin_step) % l->room;
        if (l->kept < l->room) l->kept++;
        l->frame[slot] = m->frames;
        memcpy(l->origin + slot * 3 * m->count, m->now, 3 * m->count * sizeof *m->now);
    }
    for (size_t k = 0; k < l->kept; k++) {
        int64_t lag = (m->frames - l->frame[k]) / l->step;
        if (lag < l->first || lag > l->last) continue;
        size_t entry = (size_t)(lag - l->first);
        correlate(m, l->origin + k * 3 * m->count, l->total + entry * (size_t)m->species_count);
        l->pairs[entry]++;
    }
}

vt_status vt_motion_add(vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    vt_status status = check(m, atoms, err);
    if (!vt_failed(status) && m->frames == 0) status = begin(m, atoms, err);
    if (!vt_failed(status)) status = grow(m, m->frames, err);
    if (vt_failed(status)) return status;
    if (vt_interrupted()) return vt_fail_interrupted(err);
    if (m->options.velocities) {
        memcpy(m->now, atoms->vx, m->count * sizeof(double));
        memcpy(m->now + m->count, atoms->vy, m->count * sizeof(double));
        memcpy(m->now + 2 * m->count, atoms->vz, m->count * sizeof(double));
    } else {
        unwrap(m, atoms);
    }
    remove_drift(m);
    for (int k = 0; k < m->level_count; k++) visit(m, &m->level[k]);
    finish_batch(m);
    m->frames++;
    return VT_OK;
}

/* ---------------------------------------------------------------- results ---- */

int64_t vt_motion_frames(const vt_motion *m) {
    return m->frames;
}

int vt_motion_species_count(const vt_motion *m) {
    return m->species_count;
}

const vt_species *vt_motion_species(const vt_motion *m, int k) {
    return &m->species[k];
}

size_t vt_motion_lags(const vt_motion *m, int64_t *lag, int64_t *pairs) {
    size_t count = 0;
    for (int k = 0; k < m->level_count; k++) {
        const level *l = &m->level[k];
        for (int64_t j = l->first; j <= l->last; j++) {
            int64_t met = l->pairs[j - l->first];
            if (met == 0) continue;
            if (lag != NULL) lag[count] = j * l->step;
            if (pairs != NULL) pairs[count] = met;
            count++;
        }
    }
    return count;
}

static double value_of(vt_motion_value value, const sums *s, double n) {
    double square = s->square / n;
    switch (value) {
    case VT_MOTION_MSD:
        return square;
    case VT_MOTION_ALPHA2:
        return square > 0 ? 3 * (s->fourth / n) / (5 * square * square) - 1 : 0;
    case VT_MOTION_FS:
        return s->wave / n;
    case VT_MOTION_VELOCITY:
        return s->dot / n;
    }
    return NAN;
}

void vt_motion_values(const vt_motion *m, vt_motion_value value, int species, double *values) {
    size_t count = 0;
    for (int k = 0; k < m->level_count; k++) {
        const level *l = &m->level[k];
        for (int64_t j = l->first; j <= l->last; j++) {
            size_t entry = (size_t)(j - l->first);
            if (l->pairs[entry] == 0) continue;
            sums s = {0};
            double n = 0;
            for (int a = 0; a < m->species_count; a++) {
                if (species >= 0 && species != a) continue;
                const sums *from = &l->total[entry * (size_t)m->species_count + (size_t)a];
                s.square += from->square;
                s.fourth += from->fourth;
                s.wave += from->wave;
                s.dot += from->dot;
                n += m->atoms[a] * (double)l->pairs[entry];
            }
            values[count++] = n > 0 ? value_of(value, &s, n) : NAN;
        }
    }
}

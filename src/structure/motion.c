/* Correlations in time of one frame after the other, with many time origins (origins.h) and bounded
   memory. */
#include <math.h>
#include <string.h>

#include "atoms/fields.h"
#include "base/share.h"
#include "base/try.h"
#include "structure/continuation.h"
#include "structure/origins.h"
#include "vitrum/structure.h"

enum {
    BLOCK = 1024,
    BATCH = 32,  /* origins that a block of atoms is compared with in one go */
    GRAIN = 2048 /* atoms that a thread takes at a time */
};

/* An origin that the frame at work is compared with. */
typedef struct {
    const double *then;
    vti_correlation *total; /* of each species */
} comparison;

/* Atoms of one species that a thread takes at a time. */
typedef struct {
    size_t begin, end;
    int species;
} block;

struct vt_motion {
    vt_motion_options options;
    size_t count;
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    double atoms[VT_MAX_SPECIES];
    int32_t *type;  /* of each atom, index into `species`, which is vt_atoms_species */
    int32_t *place; /* of each atom in an order by species */
    int64_t frames;
    int64_t wrapped;  /* the first frame in which atoms look wrapped into an unknown box, or 0 */
    vt_atoms *last;   /* the frame before this one */
    double *image;    /* count x 3, whole: cell vectors of `last` from where an atom is listed there
                         to where it has gone since the first frame */
    double *position; /* count x 3: where it has gone, from the origin of the box [angstrom] */
    double *scratch;  /* count x 3 */
    double *now;      /* 3 x count: x, y, z of this frame by species, drift taken off */
    double drift[3];  /* center of mass of the first frame [angstrom] */
    comparison batch[BATCH];
    int batch_count;
    size_t blocks;
    block *block;
    vti_correlation *sum; /* of the batch: blocks x BATCH */
    vti_correlate_kernel kernel;
    vti_origins origins;
};

vt_motion_options vt_motion_defaults(void) {
    return (vt_motion_options){.lags = 16, .logarithmic = true, .origin_every = 1, .memory = 4e9};
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
    if (!(o->memory > 0)) {
        vt_fail(err, VT_EINVAL,
                "motion: the memory for time origins must be positive [bytes], got %g", o->memory);
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

/* What is kept of each atom. */
static void free_atoms(vt_motion *m) {
    vt_free(m->sum);
    vt_free(m->block);
    vt_free(m->now);
    vt_free(m->scratch);
    vt_free(m->position);
    vt_free(m->image);
    vt_atoms_destroy(m->last);
    vt_free(m->place);
    vt_free(m->type);
    m->sum = NULL;
    m->block = NULL;
    m->last = NULL;
    m->now = m->scratch = m->position = m->image = NULL;
    m->place = m->type = NULL;
}

void vt_motion_destroy(vt_motion *m) {
    if (m == NULL) return;
    vti_origins_clear(&m->origins);
    free_atoms(m);
    vt_free(m);
}

/* ---------------------------------------------------------------- frames ---- */

/* Sort the places of the atoms by species, and cut them into blocks. */
static void make_blocks(vt_motion *m) {
    size_t place = 0;
    m->blocks = 0;
    for (int k = 0; k < m->species_count; k++) {
        size_t begin = place;
        for (size_t i = 0; i < m->count; i++)
            if (m->type[i] == k) m->place[i] = (int32_t)place++;
        m->atoms[k] = (double)(place - begin);
        for (; begin < place; begin += BLOCK) {
            size_t end = begin + BLOCK < place ? begin + BLOCK : place;
            m->block[m->blocks++] = (block){begin, end, k};
        }
    }
}

static vt_status begin(vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    vt_species_list list = vt_atoms_species(atoms);
    size_t n = atoms->count, most = n / BLOCK + (size_t)list.count;
    if (n == 0) return vt_fail(err, VT_EINVAL, "motion: there are no atoms");
    free_atoms(m); /* of a first frame that did not come to its end */
    m->type = vt_alloc(n, sizeof *m->type);
    m->place = vt_alloc(n, sizeof *m->place);
    m->image = vt_alloc(n, 3 * sizeof *m->image);
    m->position = vt_alloc(n, 3 * sizeof(double));
    m->scratch = vt_alloc(n, 3 * sizeof(double));
    m->now = vt_alloc(n, 3 * sizeof(double));
    m->block = vt_alloc(most, sizeof *m->block);
    m->sum = vt_alloc(most, BATCH * sizeof *m->sum);
    if (!m->type || !m->place || !m->image || !m->position || !m->scratch || !m->now || !m->block ||
        !m->sum) {
        free_atoms(m);
        return vt_fail_memory(err, n, 13 * sizeof(double), "the atoms of a frame");
    }
    m->count = n;
    m->species_count = list.count;
    vti_origins_clear(&m->origins);
    double fitting = m->options.memory / (3 * sizeof(double) * (double)n);
    m->origins = (vti_origins){.lags = m->options.lags,
                               .origin_every = m->options.origin_every,
                               .logarithmic = m->options.logarithmic,
                               .size = 3 * n,
                               .species = (size_t)list.count,
                               .most = fitting < (double)INT32_MAX ? (size_t)fitting : INT32_MAX};
    memcpy(m->species, list.species, sizeof m->species);
    for (size_t i = 0; i < n; i++) m->type[i] = list.of_type[atoms->type[i]];
    m->kernel = vti_correlate_kernel_of(vt_simd_best());
    make_blocks(m);
    return VT_OK;
}

static vt_status check(const vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    VTI_TRY(vt_atoms_check(atoms, err));
    bool still = true;
    for (size_t i = 0; i < atoms->count && still && m->options.velocities; i++)
        still = atoms->vx[i] == 0 && atoms->vy[i] == 0 && atoms->vz[i] == 0;
    if (m->options.velocities && still)
        return vt_fail(err, VT_EINVAL,
                       "motion: frame %lld has no velocities; write them to the trajectory",
                       (long long)m->frames + 1);
    if (m->frames == 0) return VT_OK;
    vt_species_list list = vt_atoms_species(atoms);
    bool same = atoms->count == m->count && list.count == m->species_count;
    for (size_t i = 0; same && i < m->count; i++) same = list.of_type[atoms->type[i]] == m->type[i];
    if (!same)
        return vt_fail(
            err, VT_EINVAL,
            "motion: frame %lld holds other atoms than the first one, or in another order",
            (long long)m->frames + 1);
    return VT_OK;
}

/* Where the atoms of the first frame are, by its image counts. */
static void start(vt_motion *m, const vt_atoms *atoms) {
    for (size_t i = 0; i < m->count; i++) {
        const int32_t image[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
        double r[3];
        vt_atoms_unwrapped(atoms, i, r);
        for (size_t k = 0; k < 3; k++) {
            m->image[3 * i + k] = atoms->box.periodic[k] ? image[k] : 0;
            m->position[3 * i + k] = r[k] - atoms->box.origin[k];
        }
    }
}

/* The whole number nearest to x, for sizes below 2^51; round() is a call. */
static inline double nearest(double x) {
    return (x + 0x1.8p52) - 0x1.8p52;
}

typedef struct {
    vt_motion *m;
    const vt_atoms *atoms;
    double lattice[3][3], inverse[3][3];
} following;

static void follow_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const following *f = context;
    const vt_atoms *atoms = f->atoms;
    for (size_t i = from; i < to; i++) {
        double *own = f->m->position + 3 * i;
        double *image = f->m->image + 3 * i;
        const double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        double gone[3];
        for (int k = 0; k < 3; k++) {
            for (int a = 0; a < 3; a++) own[k] += image[a] * f->lattice[a][k];
            gone[k] = own[k] - (r[k] - atoms->box.origin[k]);
        }
        for (int a = 0; a < 3; a++)
            image[a] = nearest(gone[0] * f->inverse[0][a] + gone[1] * f->inverse[1][a] +
                               gone[2] * f->inverse[2][a]);
    }
}

/* Follow the atoms from the last frame through the faces of the box, which may have turned into
   another cell of the same lattice. */
static vt_status follow(vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    vt_error why = {0};
    vti_continuation c = {.position = m->position, .scratch = m->scratch};
    if (vt_failed(vti_continue(m->last, atoms, &c, &why)))
        return vt_fail(err, why.code, "motion: frame %lld after the one before it: %s",
                       (long long)m->frames + 1, why.msg);
    if (c.wrapped && m->wrapped == 0) m->wrapped = m->frames + 1;
    following f = {.m = m, .atoms = atoms};
    memcpy(f.lattice, c.lattice, sizeof f.lattice);
    vt_box_inverse(&atoms->box, f.inverse);
    for (int a = 0; a < 3; a++)
        for (int k = 0; k < 3 && !atoms->box.periodic[a]; k++)
            f.lattice[a][k] = f.inverse[k][a] = 0;
    vti_share(m->count, GRAIN, follow_some, &f);
    return VT_OK;
}

/* What the next frame is followed from. */
static vt_status keep(vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    if (m->last == NULL) {
        m->last = vt_atoms_copy(atoms, err);
        return m->last != NULL ? VT_OK : VT_ENOMEM;
    }
    size_t n = m->count;
    m->last->box = atoms->box;
    m->last->tracked = atoms->tracked;
    m->last->boxless = atoms->boxless;
    vti_atom_arrays from = vti_arrays_of(atoms), to = vti_arrays_of(m->last);
    for (int axis = 0; axis < 3; axis++) {
        memcpy(to.position[axis], from.position[axis], n * sizeof(double));
        memcpy(to.image[axis], from.image[axis], n * sizeof(int32_t));
    }
    return VT_OK;
}

/* Positions of this frame into `now`. The frame is kept for the next one. */
static vt_status unwrap(vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    vt_status status = VT_OK;
    if (m->frames == 0)
        start(m, atoms);
    else
        status = follow(m, atoms, err);
    if (!vt_failed(status)) status = keep(m, atoms, err);
    if (vt_failed(status)) return status;
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < 3; k++)
            m->now[k * m->count + (size_t)m->place[i]] =
                atoms->box.origin[k] + m->position[3 * i + k];
    return VT_OK;
}

/* The sum of values begin to end - 1, of four in turn, as a processor can do it. */
static double sum_of(const double *values, size_t begin, size_t end) {
    double part[4] = {0};
    size_t i = begin;
    for (; i + 4 <= end; i += 4)
        for (size_t k = 0; k < 4; k++) part[k] += values[i + k];
    for (; i < end; i++) part[0] += values[i];
    return (part[0] + part[2]) + (part[1] + part[3]);
}

/* Take the motion of the center of mass off `now`. */
static void remove_drift(vt_motion *m) {
    for (int k = 0; k < 3; k++) {
        double sum = 0, mass = 0, *now = m->now + (size_t)k * m->count;
        for (size_t b = 0; b < m->blocks; b++) {
            const block *atoms = &m->block[b];
            double own = m->species[atoms->species].mass;
            sum += own * sum_of(now, atoms->begin, atoms->end);
            mass += own * (double)(atoms->end - atoms->begin);
        }
        double center = sum / mass;
        if (m->frames == 0) m->drift[k] = m->options.velocities ? 0 : center;
        double moved = center - m->drift[k];
        for (size_t i = 0; i < m->count; i++) now[i] -= moved;
    }
}

/* ---------------------------------------------------------------- pairs of frames ---- */

vti_correlate_kernel vti_correlate_kernel_of(vt_simd simd) {
    static const vti_correlate_kernel KERNEL[] = {
        [VT_SIMD_REFERENCE] = {vti_correlate_positions_baseline, vti_correlate_velocities_baseline},
        [VT_SIMD_BASELINE] = {vti_correlate_positions_baseline, vti_correlate_velocities_baseline},
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = {vti_correlate_positions_avx2, vti_correlate_velocities_avx2},
        [VT_SIMD_AVX512] = {vti_correlate_positions_avx512, vti_correlate_velocities_avx512},
#endif
    };
    return KERNEL[simd];
}

static void correlate_block(const vt_motion *m, const block *b, const double *then,
                            vti_correlation *sum) {
    size_t n = m->count, atoms = b->end - b->begin;
    const double *x = m->now + b->begin, *x0 = then + b->begin;
    const double *const now[3] = {x, x + n, x + 2 * n};
    const double *const before[3] = {x0, x0 + n, x0 + 2 * n};
    if (m->options.velocities)
        m->kernel.velocities(now, before, atoms, sum);
    else
        m->kernel.positions(now, before, atoms, m->options.q, sum);
}

static void correlate_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vt_motion *m = context;
    for (size_t b = from; b < to; b++)
        for (int k = 0; k < m->batch_count; k++)
            correlate_block(m, &m->block[b], m->batch[k].then, &m->sum[b * BATCH + (size_t)k]);
}

/* Compare the frame with all origins of the batch. Blocks of a fixed size are summed in order: the
   result is the same for any number of threads. */
static void finish_batch(vt_motion *m) {
    size_t origins = (size_t)m->batch_count;
    memset(m->sum, 0, m->blocks * BATCH * sizeof *m->sum);
    vti_share(m->blocks, 1, correlate_blocks, m);
    for (size_t b = 0; b < m->blocks; b++)
        for (size_t k = 0; k < origins; k++) {
            const vti_correlation *from = &m->sum[b * BATCH + k];
            vti_correlation *total = &m->batch[k].total[m->block[b].species];
            total->square += from->square;
            total->fourth += from->fourth;
            total->wave += from->wave;
            total->dot += from->dot;
        }
    m->batch_count = 0;
}

static void correlate(vt_motion *m, const double *then, vti_correlation *total) {
    m->batch[m->batch_count++] = (comparison){then, total};
    if (m->batch_count == BATCH) finish_batch(m);
}

static void visit(vt_motion *m, vti_level *l) {
    if (m->frames % l->step != 0) return;
    /* The frame is an origin of its own, for the lag zero, before it looks at the others. */
    if (m->frames % l->origin_step == 0) {
        memcpy(l->spare, m->now, 3 * m->count * sizeof *m->now);
        l->origin[l->kept++] = (vti_origin){m->frames, l->spare};
        l->spare = NULL;
        m->origins.count++;
    }
    for (size_t k = 0; k < l->kept; k++) {
        int64_t lag = (m->frames - l->origin[k].frame) / l->step;
        if (lag < l->first || lag > l->last) continue;
        size_t entry = (size_t)(lag - l->first);
        correlate(m, l->origin[k].values, l->total + entry * (size_t)m->species_count);
        l->pairs[entry]++;
    }
}

vt_status vt_motion_add(vt_motion *m, const vt_atoms *atoms, vt_error *err) {
    VTI_TRY(check(m, atoms, err));
    if (m->frames == 0) VTI_TRY(begin(m, atoms, err));
    VTI_TRY(vti_origins_prepare(&m->origins, m->frames, err));
    if (vt_interrupted()) return vt_fail_interrupted(err);
    if (m->options.velocities) {
        for (size_t i = 0; i < m->count; i++) {
            size_t k = (size_t)m->place[i];
            m->now[k] = atoms->vx[i];
            m->now[m->count + k] = atoms->vy[i];
            m->now[2 * m->count + k] = atoms->vz[i];
        }
    } else {
        VTI_TRY(unwrap(m, atoms, err));
    }
    remove_drift(m);
    for (int k = 0; k < m->origins.level_count; k++) visit(m, &m->origins.level[k]);
    finish_batch(m);
    m->frames++;
    return VT_OK;
}

/* ---------------------------------------------------------------- results ---- */

int64_t vt_motion_frames(const vt_motion *m) {
    return m->frames;
}

const char *vt_motion_note(const vt_motion *m, int64_t *frame) {
    *frame = m->wrapped;
    return m->wrapped > 0 ? VTI_WRAPPED_NOTE : "";
}

int vt_motion_species_count(const vt_motion *m) {
    return m->species_count;
}

const vt_species *vt_motion_species(const vt_motion *m, int k) {
    return &m->species[k];
}

int64_t vt_motion_thinning(const vt_motion *m) {
    return vti_origins_thinning(&m->origins);
}

size_t vt_motion_lags(const vt_motion *m, int64_t *lag, int64_t *pairs) {
    size_t count = 0;
    for (int k = 0; k < m->origins.level_count; k++) {
        const vti_level *l = &m->origins.level[k];
        for (size_t entry = 0; entry < l->lags; entry++) {
            if (l->pairs[entry] == 0) continue;
            if (lag != NULL) lag[count] = (l->first + (int64_t)entry) * l->step;
            if (pairs != NULL) pairs[count] = l->pairs[entry];
            count++;
        }
    }
    return count;
}

static double value_of(vt_motion_value value, const vti_correlation *s, double n) {
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
    for (int k = 0; k < m->origins.level_count; k++) {
        const vti_level *l = &m->origins.level[k];
        for (size_t entry = 0; entry < l->lags; entry++) {
            if (l->pairs[entry] == 0) continue;
            vti_correlation s = {0};
            double n = 0;
            for (int a = 0; a < m->species_count; a++) {
                if (species >= 0 && species != a) continue;
                const vti_correlation *from =
                    &l->total[entry * (size_t)m->species_count + (size_t)a];
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

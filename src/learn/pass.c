/* One pass over all samples. They are cut into chunks whose number follows from their size alone;
   each sums up for itself, and the sums are added in order, so that results do not depend on the
   number of threads. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "learn/internal.h"

enum {
    TILE = 64,                    /* samples that stay in the nearest cache between two steps */
    BATCH = 256,                  /* samples whose products are taken at once */
    MOST_CHUNKS = 64,             /* enough for threads to share evenly */
    SUMS_SIZE = 64 * 1024 * 1024, /* bytes of sums that are no burden */
    JOIN = 0,
    LEAVE = 1
};

/* What a chunk found for a model. */
typedef struct {
    double loss;
    int64_t vectors, changes;
    bool finite, corrected;
    double *slope, *slope0, *gram;
} part;

/* Of one thread. */
typedef struct {
    double *score, *factor, *factor0; /* of the samples of a tile */
    double *batch;                    /* BATCH + TILE samples, scaled */
    int32_t *list;                    /* models x 2 x (BATCH + TILE) */
    size_t *listed;                   /* models x 2 */
} worker;

typedef struct {
    vt_linear *linear;
    double epsilon;
    bool at_zero;
    size_t chunk, chunks; /* samples of a chunk; their number */
    part *part;           /* chunks x models */
    double *sums;
    worker *worker;
    double *scratch;
    int32_t *lists;
    size_t *listed;
} pass;

/* ---------------------------------------------------------------- products ---- */

/* Add or take off the products of the listed samples. */
static void flush(const pass *ps, worker *own, size_t m, int which, part *to) {
    const vt_linear *l = ps->linear;
    size_t *listed = &own->listed[2 * m + (size_t)which];
    const int32_t *list = own->list + (2 * m + (size_t)which) * (BATCH + TILE);
    if (*listed == 0) return;
    for (size_t k = 0; k < *listed; k++) {
        double *row = own->batch + k * l->padded;
        double root = l->data.weight != NULL ? sqrt(l->data.weight[list[k]]) : 1;
        l->kernels->copy(&l->rows, (size_t)list[k], root, row);
        if (l->width > l->rows.columns) row[l->rows.columns] = root * l->data.bias;
    }
    l->kernels->products(own->batch, *listed, l->padded, which == JOIN ? 1 : -1, to->gram);
    to->corrected = true;
    *listed = 0;
}

/* ---------------------------------------------------------------- losses ---- */

/* The residual that counts, and its side. */
static inline double residual(vt_learn_kind kind, double score, double y, double epsilon,
                              int *side) {
    double r = score - y;
    if (kind == VT_CLASSIFICATION) {
        *side = r * y < 0 ? (r > 0 ? 1 : -1) : 0;
        return *side != 0 ? r : 0;
    }
    *side = r > epsilon ? 1 : r < -epsilon ? -1 : 0;
    return *side != 0 ? r - *side * epsilon : 0;
}

/* Samples first to first + count - 1 for model m. */
static void do_tile(const pass *ps, worker *own, size_t m, size_t first, size_t count, part *to) {
    vt_linear *l = ps->linear;
    vti_model *model = &l->model[m];
    bool biased = l->width > l->rows.columns;
    double bias = biased ? l->data.bias : 0, shift = biased ? bias * model->w[l->width - 1] : 0;
    l->kernels->score(&l->rows, first, count, model->w, own->score);
    double sum = 0, sum0 = 0;
    for (size_t k = 0; k < count; k++) {
        size_t i = first + k;
        double score = own->score[k] + shift, y = l->data.y[i];
        own->factor[k] = own->factor0[k] = 0;
        if (!isfinite(score)) to->finite = false;
        if (l->data.fold != NULL && (size_t)l->data.fold[i] == m) {
            l->unseen[i] = score;
            continue;
        }
        double weight = l->data.weight != NULL ? l->data.weight[i] : 1;
        if (weight == 0) continue;
        int side, before = model->side[i];
        double r = residual(l->data.kind, score, y, ps->epsilon, &side);
        if (side != before) {
            to->changes++;
            model->side[i] = (int8_t)side;
            if ((side != 0) != (before != 0)) {
                size_t which = 2 * m + (side != 0 ? JOIN : LEAVE);
                own->list[which * (BATCH + TILE) + own->listed[which]++] = (int32_t)i;
            }
        }
        to->vectors += side != 0;
        to->loss += weight * r * r;
        sum += own->factor[k] = weight * r;
        if (ps->at_zero)
            sum0 += own->factor0[k] = weight * residual(l->data.kind, 0, y, ps->epsilon, &side);
    }
    l->kernels->add(&l->rows, first, count, own->factor, to->slope);
    if (ps->at_zero) l->kernels->add(&l->rows, first, count, own->factor0, to->slope0);
    if (!biased) return;
    to->slope[l->width - 1] += bias * sum;
    to->slope0[l->width - 1] += bias * sum0;
}

static void do_chunks(void *context, size_t from, size_t to, int number) {
    const pass *ps = context;
    const vt_linear *l = ps->linear;
    worker *own = &ps->worker[number];
    for (size_t c = from; c < to; c++) {
        size_t begin = c * ps->chunk;
        size_t end = begin + ps->chunk < l->count ? begin + ps->chunk : l->count;
        part *parts = ps->part + c * l->models;
        for (size_t first = begin; first < end; first += TILE) {
            size_t count = end - first < TILE ? end - first : TILE;
            for (size_t m = 0; m < l->models; m++) {
                if (!l->model[m].live) continue;
                do_tile(ps, own, m, first, count, &parts[m]);
                for (int which = JOIN; which <= LEAVE; which++)
                    if (own->listed[2 * m + (size_t)which] >= BATCH || first + TILE >= end)
                        flush(ps, own, m, which, &parts[m]);
            }
        }
    }
}

/* ---------------------------------------------------------------- chunks ---- */

/* Chunks depend on the samples alone, never on the threads. */
static void cut(pass *ps) {
    const vt_linear *l = ps->linear;
    double size = (double)l->models * (double)(l->padded * l->padded) * sizeof(double);
    size_t chunks = (size_t)fmin(fmax(SUMS_SIZE / size, 2), MOST_CHUNKS);
    ps->chunk = (l->count + chunks - 1) / chunks;
    ps->chunk = (ps->chunk + TILE - 1) / TILE * TILE;
    ps->chunks = (l->count + ps->chunk - 1) / ps->chunk;
}

static vt_status open_pass(pass *ps, int threads, vt_error *err) {
    const vt_linear *l = ps->linear;
    cut(ps);
    size_t parts = ps->chunks * l->models, each = l->padded * l->padded + 2 * l->padded;
    size_t workers = (size_t)threads, list = l->models * 2 * (BATCH + TILE);
    size_t scratch = 3 * TILE + (BATCH + TILE) * l->padded;
    ps->part = vt_alloc(parts, sizeof *ps->part);
    ps->sums = vt_alloc(parts * each, sizeof *ps->sums);
    ps->worker = vt_alloc(workers, sizeof *ps->worker);
    ps->scratch = vt_alloc(workers * scratch, sizeof *ps->scratch);
    ps->lists = vt_alloc(workers * list, sizeof *ps->lists);
    ps->listed = vt_alloc(workers * l->models * 2, sizeof *ps->listed);
    if (ps->part == NULL || ps->sums == NULL || ps->worker == NULL || ps->scratch == NULL ||
        ps->lists == NULL || ps->listed == NULL)
        return vt_fail_memory(err, parts * each, sizeof *ps->sums, "sums over the samples");
    for (size_t k = 0; k < parts; k++) {
        double *at = ps->sums + k * each;
        ps->part[k] = (part){
            .finite = true, .slope = at, .slope0 = at + l->padded, .gram = at + 2 * l->padded};
    }
    for (size_t k = 0; k < workers; k++) {
        double *at = ps->scratch + k * scratch;
        ps->worker[k] = (worker){.score = at,
                                 .factor = at + TILE,
                                 .factor0 = at + 2 * TILE,
                                 .batch = at + 3 * TILE,
                                 .list = ps->lists + k * list,
                                 .listed = ps->listed + k * l->models * 2};
    }
    return VT_OK;
}

static void close_pass(pass *ps) {
    vt_free(ps->part);
    vt_free(ps->sums);
    vt_free(ps->worker);
    vt_free(ps->scratch);
    vt_free(ps->lists);
    vt_free(ps->listed);
}

/* Add the chunks up, in their order. False when a number is not finite. */
static bool collect(const pass *ps, size_t m) {
    const vt_linear *l = ps->linear;
    vti_model *model = &l->model[m];
    bool finite = true;
    model->loss = 0;
    model->vectors = model->changes = 0;
    memset(model->slope, 0, l->padded * sizeof *model->slope);
    if (ps->at_zero) memset(model->slope0, 0, l->padded * sizeof *model->slope0);
    for (size_t c = 0; c < ps->chunks; c++) {
        const part *p = &ps->part[c * l->models + m];
        finite = finite && p->finite;
        model->loss += p->loss;
        model->vectors += p->vectors;
        model->changes += p->changes;
        for (size_t k = 0; k < l->width; k++) model->slope[k] += p->slope[k];
        for (size_t k = 0; k < l->width && ps->at_zero; k++) model->slope0[k] += p->slope0[k];
        for (size_t k = 0; k < l->padded * l->padded && p->corrected; k++)
            model->gram[k] += p->gram[k];
    }
    for (size_t k = 0; k < l->width; k++)
        finite = finite && isfinite(model->slope[k]) && isfinite(model->gram[k * (l->padded + 1)]);
    return finite && isfinite(model->loss);
}

vt_status vti_learn_pass(vt_linear *linear, double epsilon, bool at_zero, vt_error *err) {
    pass ps = {.linear = linear, .epsilon = epsilon, .at_zero = at_zero};
    int threads = vt_threads_free();
    vt_status st = open_pass(&ps, threads, err);
    if (!vt_failed(st) && !vti_share_loop(&(vti_loop){.count = ps.chunks,
                                                      .grain = 1,
                                                      .threads = threads,
                                                      .work = do_chunks,
                                                      .context = &ps,
                                                      .stoppable = true}))
        st = vt_fail_interrupted(err);
    for (size_t m = 0; m < linear->models && !vt_failed(st); m++)
        if (linear->model[m].live && !collect(&ps, m))
            st = vti_fail_entry(&linear->rows, linear->count, err);
    close_pass(&ps);
    return st;
}

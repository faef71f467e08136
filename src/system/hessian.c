/* The Hessian as an operator: making it, and multiplying vectors with it. */
#include "system/hessian.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "system/curving.h"

enum { GRAIN = 1024 /* atoms that a thread takes at a time */ };

/* Numbers of a point: displacements and forces, changes of density; with one vector and with
   VTI_VECTORS. */
enum { ONE = 4, FOUR = 3 * VTI_VECTORS, SCRATCH = 2 * FOUR + VTI_VECTORS };

vt_hessian_options vt_hessian_defaults(void) {
    return (vt_hessian_options){.mass_weighted = false, .step = 1e-4};
}

/* ---------------------------------------------------------------- life ---- */

static void free_scratch(vt_hessian *h) {
    for (int t = 0; t < h->threads && h->scratch != NULL; t++) vt_free(h->scratch[t]);
    vt_free(h->scratch);
    h->scratch = NULL;
    h->threads = 0;
}

void vt_hessian_destroy(vt_hessian *h) {
    if (h == NULL) return;
    void *const memory[] = {h->scale,      h->first,   h->partner, h->pair,  h->weight, h->block,
                            h->slot_atom,  h->slot_of, h->row,     h->entry, h->u,      h->h,
                            h->first_slot, h->slot_h,  h->s,       h->slot_s};
    free_scratch(h);
    for (size_t k = 0; k < sizeof memory / sizeof *memory; k++) vt_free(memory[k]);
    vt_free(h);
}

bool vt_hessian_is_of(const vt_hessian *h, const vt_system *system) {
    bool same = h->system == system && h->places == system->places && h->count == system->count;
    for (int k = 0; k < system->species_count && same && h->scale != NULL; k++)
        same = h->mass[k] == system->species[k].mass;
    return same;
}

/* Room for `count` items, false when memory runs out. */
static bool make(void *memory, size_t count, size_t size) {
    void *made = vt_alloc(count, size);
    memcpy(memory, &made, sizeof made);
    return made != NULL;
}

/* ---------------------------------------------------------------- pairs ---- */

typedef struct {
    vt_hessian *hessian;
    const vti_curving *curving;
    int32_t **place; /* of each atom among a block's points, one array per thread; -1: not yet */
} making;

static void count_pairs(vt_hessian *h, const vt_neighbors *list) {
    for (size_t i = 0; i < h->count; i++) {
        size_t n = 0;
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++)
            n += (size_t)list->parent[list->neighbor[k]] > i;
        h->first[i + 1] = h->first[i] + n;
    }
}

static double slope_of(const vti_curving *c, size_t i) {
    return c->embedded != NULL ? c->embedded[i].slope : 0;
}

static void fill_pair(const vt_hessian *h, const vti_curving *c, size_t i, const vti_near *n,
                      double *pair) {
    const vti_pair_curves *of = &n->of;
    double slope_i = slope_of(c, i), slope_j = slope_of(c, (size_t)n->j);
    double slope = of->phi.slope + slope_i * of->at_i.slope + slope_j * of->at_j.slope;
    double curvature =
        of->phi.curvature + slope_i * of->at_i.curvature + slope_j * of->at_j.curvature;
    memcpy(pair + VTI_PAIR_D, n->d, sizeof n->d);
    pair[VTI_PAIR_B] = slope / n->r;
    pair[VTI_PAIR_A] = (curvature - slope / n->r) / (n->r * n->r);
    if (!h->embedded) return;
    pair[VTI_PAIR_C_I] = of->at_i.slope / n->r;
    pair[VTI_PAIR_C_J] = of->at_j.slope / n->r;
}

static void fill_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const making *m = context;
    const vti_curving *c = m->curving;
    vt_hessian *h = m->hessian;
    for (size_t i = from; i < to; i++) {
        size_t p = h->first[i];
        for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++) {
            int32_t j = c->list->parent[c->list->neighbor[k]];
            vti_near near;
            if ((size_t)j <= i) continue; /* an atom and its own image move together */
            h->partner[p] = j;
            if (vti_near_at(c, i, k, &near))
                fill_pair(h, c, i, &near, h->pair + p * (size_t)h->numbers);
            p++;
        }
        if (h->embedded) h->weight[i] = c->embedded[i].curvature;
    }
}

/* ---------------------------------------------------------------- blocks ---- */

/* Number the halo of each block in the order in which its pairs meet it. Without slots yet it is
   only counted; then partners become points of their block. */
static void number_halo(void *context, size_t from, size_t to, int worker) {
    const making *m = context;
    vt_hessian *h = m->hessian;
    int32_t *place = m->place[worker];
    for (size_t b = from; b < to; b++) {
        vti_hessian_block *block = &h->block[b];
        size_t end = block->from + (size_t)block->own;
        size_t begin_pair = h->first[block->from], end_pair = h->first[end];
        int32_t points = block->own;
        for (size_t k = begin_pair; k < end_pair; k++) {
            size_t j = (size_t)h->partner[k];
            if (j < end || place[j] >= 0) continue;
            if (h->slot_atom != NULL)
                h->slot_atom[block->slot + (size_t)(points - block->own)] = (int32_t)j;
            place[j] = points++;
        }
        for (size_t k = begin_pair; k < end_pair && h->slot_atom == NULL; k++)
            place[h->partner[k]] = -1;
        for (size_t k = begin_pair; k < end_pair && h->slot_atom != NULL; k++) {
            size_t j = (size_t)h->partner[k];
            h->partner[k] = j < end ? (int32_t)(j - block->from) : place[j];
        }
        for (int32_t k = block->own; k < points && h->slot_atom != NULL; k++)
            place[h->slot_atom[block->slot + (size_t)(k - block->own)]] = -1;
        block->points = points;
    }
}

static vt_status make_blocks(vt_hessian *h, making *m, vt_error *err) {
    h->blocks = vti_block_count(h->count);
    int threads = vt_threads();
    bool made = make(&h->block, h->blocks, sizeof *h->block) &&
                make(&m->place, (size_t)threads, sizeof *m->place);
    for (int t = 0; t < threads && made; t++) {
        made = make(&m->place[t], h->count, sizeof **m->place);
        for (size_t i = 0; i < h->count && made; i++) m->place[t][i] = -1;
    }
    if (made) {
        for (size_t b = 0; b < h->blocks; b++) {
            size_t from = b * VTI_BLOCK, left = h->count - from;
            h->block[b].from = from;
            h->block[b].own = (int32_t)(left < VTI_BLOCK ? left : VTI_BLOCK);
        }
        const vti_loop loop = {h->blocks, 1, threads, number_halo, m, NULL};
        vti_share_loop(&loop);
        for (size_t b = 0; b < h->blocks; b++) {
            h->block[b].slot = h->slots;
            h->slots += (size_t)(h->block[b].points - h->block[b].own);
            if (h->block[b].points > h->most_points) h->most_points = h->block[b].points;
        }
        made = make(&h->slot_atom, h->slots, sizeof *h->slot_atom);
        if (made) vti_share_loop(&loop);
    }
    for (int t = 0; m->place != NULL && t < threads; t++) vt_free(m->place[t]);
    vt_free(m->place);
    return made ? VT_OK : vt_fail_memory(err, h->count, sizeof **m->place, "a Hessian");
}

/* The slots of each atom. */
static vt_status find_slots(vt_hessian *h, vt_error *err) {
    if (!make(&h->first_slot, h->count + 2, sizeof *h->first_slot) ||
        !make(&h->slot_of, h->slots, sizeof *h->slot_of))
        return vt_fail_memory(err, h->slots, sizeof *h->slot_of, "a Hessian");
    /* Counted two places on, so that filling leaves the offsets where they belong. */
    for (size_t k = 0; k < h->slots; k++) h->first_slot[h->slot_atom[k] + 2]++;
    for (size_t i = 0; i < h->count; i++) h->first_slot[i + 2] += h->first_slot[i + 1];
    for (size_t k = 0; k < h->slots; k++)
        h->slot_of[h->first_slot[h->slot_atom[k] + 1]++] = (int32_t)k;
    return VT_OK;
}

/* ---------------------------------------------------------------- room ---- */

static vt_status make_room(vt_hessian *h, vt_error *err) {
    size_t n = h->count;
    bool made = make(&h->u, n, FOUR * sizeof *h->u) && make(&h->h, n, FOUR * sizeof *h->h) &&
                make(&h->slot_h, h->slots, FOUR * sizeof *h->slot_h);
    if (made && h->embedded)
        made = make(&h->s, n, VTI_VECTORS * sizeof *h->s) &&
               make(&h->slot_s, h->slots, VTI_VECTORS * sizeof *h->slot_s);
    return made ? VT_OK : vt_fail_memory(err, n + h->slots, 2 * FOUR * sizeof *h->u, "a Hessian");
}

/* Scratch for as many threads as there are now. */
static vt_status reserve_scratch(vt_hessian *h, vt_error *err) {
    int threads = vt_threads();
    if (threads <= h->threads) return VT_OK;
    free_scratch(h);
    size_t points = (size_t)h->most_points;
    bool made = make(&h->scratch, (size_t)threads, sizeof *h->scratch);
    if (made) h->threads = threads;
    for (int t = 0; t < threads && made; t++)
        made = make(&h->scratch[t], points, SCRATCH * sizeof **h->scratch);
    if (made) return VT_OK;
    free_scratch(h);
    return vt_fail_memory(err, points, SCRATCH * sizeof **h->scratch, "a Hessian");
}

static vt_status set_masses(vt_hessian *h, const vt_system *s, vt_error *err) {
    if (!make(&h->scale, h->count, sizeof *h->scale))
        return vt_fail_memory(err, h->count, sizeof *h->scale, "a Hessian");
    for (int k = 0; k < s->species_count; k++) h->mass[k] = s->species[k].mass;
    for (size_t i = 0; i < h->count; i++) h->scale[i] = 1 / sqrt(h->mass[s->type[i]]);
    return VT_OK;
}

static vt_status prepare(vt_hessian *h, vt_system *system, vt_error *err) {
    vti_curving c;
    vt_status st = vti_curving_open(&c, system, err);
    if (vt_failed(st)) return st;
    making m = {.hessian = h, .curving = &c};
    h->embedded = c.embedded != NULL;
    h->numbers = h->embedded ? VTI_PAIR_NUMBERS : VTI_PAIR_NUMBERS_PLAIN;
    if (make(&h->first, h->count + 1, sizeof *h->first)) {
        count_pairs(h, c.list);
        size_t pairs = h->first[h->count];
        bool made = make(&h->partner, pairs, sizeof *h->partner) &&
                    make(&h->pair, pairs, (size_t)h->numbers * sizeof *h->pair) &&
                    (!h->embedded || make(&h->weight, h->count, sizeof *h->weight));
        st = made ? VT_OK
                  : vt_fail_memory(err, pairs, (size_t)h->numbers * sizeof *h->pair, "a Hessian");
    } else {
        st = vt_fail_memory(err, h->count, sizeof *h->first, "a Hessian");
    }
    if (!vt_failed(st)) vti_share(h->count, VTI_CURVING_GRAIN, fill_some, &m);
    vti_curving_close(&c);
    if (!vt_failed(st)) st = make_blocks(h, &m, err);
    if (!vt_failed(st)) st = find_slots(h, err);
    return vt_failed(st) ? st : make_room(h, err);
}

vt_hessian *vt_hessian_create(vt_system *system, const vt_hessian_options *options, vt_error *err) {
    const vt_hessian_options o = options != NULL ? *options : vt_hessian_defaults();
    if (!(o.step > 0) || !isfinite(o.step)) {
        vt_fail(err, VT_EINVAL, "the step of differences must be positive, got %g A", o.step);
        return NULL;
    }
    vt_hessian *h = vt_alloc(1, sizeof *h);
    if (h == NULL) {
        vt_fail_memory(err, 1, sizeof *h, "a Hessian");
        return NULL;
    }
    h->system = system;
    h->count = system->count;
    h->step = o.step;
    h->simd = system->internal->simd;
    h->differences = !vt_system_has_curvature(system);
    /* Differences, too, begin with an evaluation, after which the order of the atoms stays. */
    vt_status st =
        h->differences ? vt_system_evaluate(system, 0, NULL, err) : prepare(h, system, err);
    h->places = system->places;
    if (!vt_failed(st) && o.mass_weighted) st = set_masses(h, system, err);
    if (!vt_failed(st)) return h;
    vt_hessian_destroy(h);
    return NULL;
}

/* ---------------------------------------------------------------- products ---- */

/* One product of one or up to VTI_VECTORS vectors. */
typedef struct {
    const vt_hessian *h;
    const double *v;
    double *hv;
    size_t vectors;
    size_t width, density_width; /* numbers of a point */
    vti_hessian_kernel *densities, *forces;
} product;

static double scale_of(const vt_hessian *h, size_t i) {
    return h->scale != NULL ? h->scale[i] : 1;
}

static void load_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const product *p = context;
    const vt_hessian *h = p->h;
    for (size_t i = from; i < to; i++) {
        double *u = h->u + p->width * i, scale = scale_of(h, i);
        const double *v = p->v + 3 * i;
        if (p->width == ONE) {
            for (size_t m = 0; m < 3; m++) u[m] = scale * v[m];
            u[3] = 0;
            continue;
        }
        for (size_t m = 0; m < 3; m++)
            for (size_t k = 0; k < VTI_VECTORS; k++)
                u[VTI_VECTORS * m + k] = k < p->vectors ? scale * v[3 * h->count * k + m] : 0;
    }
}

/* A block's own numbers and its halo's, `width` a point. */
static void gather(const vt_hessian *h, const vti_hessian_block *block, size_t width,
                   const double *from, double *to) {
    size_t own = (size_t)block->own, bytes = width * sizeof *to;
    memcpy(to, from + width * block->from, own * bytes);
    for (size_t k = own; k < (size_t)block->points; k++)
        memcpy(to + width * k, from + width * (size_t)h->slot_atom[block->slot + k - own], bytes);
}

/* What a block's own atoms received, and what goes into its slots. */
static void scatter(const vti_hessian_block *block, size_t width, const double *from, double *own,
                    double *slots) {
    size_t n = width * (size_t)block->own, all = width * (size_t)block->points;
    memcpy(own + width * block->from, from, n * sizeof *from);
    memcpy(slots + width * block->slot, from + n, (all - n) * sizeof *from);
}

static vti_hessian_work work_of(const product *p, const vti_hessian_block *block, double *scratch) {
    const vt_hessian *h = p->h;
    size_t points = (size_t)h->most_points;
    vti_hessian_work work = {.block = block,
                             .first = h->first + block->from,
                             .partner = h->partner,
                             .pair = h->pair + h->first[block->from] * (size_t)h->numbers,
                             .embedded = h->embedded,
                             .u = scratch,
                             .h = scratch + FOUR * points,
                             .s = scratch + 2 * FOUR * points};
    gather(h, block, p->width, h->u, scratch);
    return work;
}

static void densities_of_blocks(void *context, size_t from, size_t to, int worker) {
    const product *p = context;
    for (size_t b = from; b < to; b++) {
        const vti_hessian_block *block = &p->h->block[b];
        const vti_hessian_work work = work_of(p, block, p->h->scratch[worker]);
        memset(work.s, 0, p->density_width * (size_t)block->points * sizeof *work.s);
        p->densities(&work);
        scatter(block, p->density_width, work.s, p->h->s, p->h->slot_s);
    }
}

static void forces_of_blocks(void *context, size_t from, size_t to, int worker) {
    const product *p = context;
    for (size_t b = from; b < to; b++) {
        const vti_hessian_block *block = &p->h->block[b];
        const vti_hessian_work work = work_of(p, block, p->h->scratch[worker]);
        memset(work.h, 0, p->width * (size_t)block->points * sizeof *work.h);
        if (p->h->embedded) gather(p->h, block, p->density_width, p->h->s, work.s);
        p->forces(&work);
        scatter(block, p->width, work.h, p->h->h, p->h->slot_h);
    }
}

/* Add the slots of atom i to its numbers. */
static void add_slots(const vt_hessian *h, size_t i, size_t width, const double *slots,
                      double *to) {
    for (size_t k = h->first_slot[i]; k < h->first_slot[i + 1]; k++) {
        const double *slot = slots + width * (size_t)h->slot_of[k];
        for (size_t m = 0; m < width; m++) to[m] += slot[m];
    }
}

static void sum_densities(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const product *p = context;
    const vt_hessian *h = p->h;
    for (size_t i = from; i < to; i++) {
        double *s = h->s + p->density_width * i;
        add_slots(h, i, p->density_width, h->slot_s, s);
        for (size_t m = 0; m < p->density_width; m++) s[m] *= h->weight[i];
    }
}

static void sum_forces(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const product *p = context;
    const vt_hessian *h = p->h;
    size_t lanes = p->width == ONE ? 1 : VTI_VECTORS;
    for (size_t i = from; i < to; i++) {
        double *sum = h->h + p->width * i, scale = scale_of(h, i);
        add_slots(h, i, p->width, h->slot_h, sum);
        for (size_t k = 0; k < p->vectors; k++)
            for (size_t m = 0; m < 3; m++)
                p->hv[3 * h->count * k + 3 * i + m] = scale * sum[lanes * m + k];
    }
}

static void multiply(product *p) {
    static vti_hessian_kernel *const KERNEL[][4] = {
        [VT_SIMD_BASELINE] = {vti_hessian_densities_one_baseline,
                              vti_hessian_densities_four_baseline, vti_hessian_forces_one_baseline,
                              vti_hessian_forces_four_baseline},
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = {vti_hessian_densities_one_avx2, vti_hessian_densities_four_avx2,
                          vti_hessian_forces_one_avx2, vti_hessian_forces_four_avx2},
        [VT_SIMD_AVX512] = {vti_hessian_densities_one_avx512, vti_hessian_densities_four_avx512,
                            vti_hessian_forces_one_avx512, vti_hessian_forces_four_avx512},
#endif
    };
    const vt_hessian *h = p->h;
    bool one = p->vectors == 1;
    p->width = one ? ONE : FOUR;
    p->density_width = one ? 1 : VTI_VECTORS;
    p->densities = KERNEL[h->simd][one ? 0 : 1];
    p->forces = KERNEL[h->simd][one ? 2 : 3];
    vti_share(h->count, GRAIN, load_some, p);
    if (h->embedded) {
        const vti_loop loop = {h->blocks, 1, h->threads, densities_of_blocks, p, NULL};
        vti_share_loop(&loop);
        vti_share(h->count, GRAIN, sum_densities, p);
    }
    const vti_loop loop = {h->blocks, 1, h->threads, forces_of_blocks, p, NULL};
    vti_share_loop(&loop);
    vti_share(h->count, GRAIN, sum_forces, p);
}

/* ---------------------------------------------------------------- differences ---- */

/* The forces where each atom is `by` v from r; VT_WANT_ bits are none. */
static vt_status forces_at(const vt_hessian *h, const double (*r)[4], const double *v, double by,
                           vt_error *err) {
    vt_system *s = h->system;
    for (size_t i = 0; i < h->count; i++)
        for (size_t m = 0; m < 3; m++) s->r[i][m] = r[i][m] + by * scale_of(h, i) * v[3 * i + m];
    vt_system_moved(s);
    return vt_system_evaluate(s, 0, NULL, err);
}

static vt_status difference_of(const vt_hessian *h, const double (*r)[4], const double *v,
                               double *hv, vt_error *err) {
    double largest = 0;
    for (size_t i = 0; i < h->count; i++)
        for (size_t m = 0; m < 3; m++) largest = fmax(largest, fabs(scale_of(h, i) * v[3 * i + m]));
    memset(hv, 0, 3 * h->count * sizeof *hv);
    if (largest == 0) return VT_OK;
    double step = h->step / largest;
    for (int side = -1; side <= 1; side += 2) {
        vt_status st = forces_at(h, r, v, side * step, err);
        if (vt_failed(st)) return st;
        for (size_t i = 0; i < h->count; i++)
            for (size_t m = 0; m < 3; m++)
                hv[3 * i + m] -= side * h->system->f[i][m] * scale_of(h, i) / (2 * step);
    }
    return VT_OK;
}

static vt_status multiply_by_differences(vt_hessian *h, size_t vectors, const double *v, double *hv,
                                         vt_error *err) {
    vt_system *s = h->system;
    if (!vt_hessian_is_of(h, s))
        return vt_fail(err, VT_EINVAL,
                       "the atoms have moved since this Hessian was prepared; prepare it again");
    double(*r)[4] = vt_alloc(h->count, sizeof *r);
    if (r == NULL) return vt_fail_memory(err, h->count, sizeof *r, "differences of forces");
    memcpy(r, s->r, h->count * sizeof *r);
    unsigned may = s->may;
    s->may = 0;
    vt_status st = VT_OK;
    for (size_t k = 0; k < vectors && !vt_failed(st); k++)
        st = difference_of(h, (const double(*)[4])r, v + 3 * h->count * k, hv + 3 * h->count * k,
                           err);
    memcpy(s->r, r, h->count * sizeof *r);
    s->may = may;
    vt_system_moved(s);
    h->places = s->places;
    vt_free(r);
    return st;
}

vt_status vt_hessian_times(vt_hessian *h, size_t vectors, const double *v, double *hv,
                           vt_error *err) {
    if (h->differences) return multiply_by_differences(h, vectors, v, hv, err);
    vt_status st = reserve_scratch(h, err);
    for (size_t k = 0; k < vectors && !vt_failed(st); k += VTI_VECTORS) {
        size_t left = vectors - k, offset = 3 * h->count * k;
        product p = {.h = h,
                     .v = v + offset,
                     .hv = hv + offset,
                     .vectors = left < VTI_VECTORS ? left : VTI_VECTORS};
        multiply(&p);
    }
    return st;
}

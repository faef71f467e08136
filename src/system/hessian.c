/* Making the Hessian as an operator. */
#include "system/hessian.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/sort.h"
#include "base/try.h"
#include "system/internal.h"

static const double LEAST_STEP = 1e-8, LARGEST_STEP = 0.2; /* angstrom */

vt_hessian_options vt_hessian_defaults(void) {
    return (vt_hessian_options){.mass_weighted = false, .step = 1e-4};
}

/* ---------------------------------------------------------------- life ---- */

void vt_hessian_destroy(vt_hessian *h) {
    if (h == NULL) return;
    void *const memory[] = {h->order,       h->scale,     h->first,   h->partner, h->pair,
                            h->weight,      h->block,     h->density, h->point,   h->slot_atom,
                            h->slot_of,     h->row,       h->entry,   h->u,       h->h,
                            h->first_slot,  h->slot_h,    h->s,       h->slot_s,  h->wide,
                            h->wide_weight, h->wide_mass, h->wide_s,  h->narrow,  h->wide_row,
                            h->wide_coupled};
    vti_hessian_free_scratch(h);
    for (size_t k = 0; k < sizeof memory / sizeof *memory; k++) vt_free(memory[k]);
    vt_free(h);
}

bool vt_hessian_is_of(const vt_hessian *h, const vt_system *system) {
    bool same = h->system == system && h->places == system->places && h->count == system->count &&
                memcmp(h->order, system->order, h->count * sizeof *h->order) == 0;
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

/* Where a point of the list is in the block that it was last met in. */
typedef struct {
    int32_t mark; /* tells the block, and the pass over all blocks */
    int32_t at;
} place;

typedef struct {
    vt_hessian *hessian;
    const vti_curving *curving;
    place **places; /* of the list's points, an array per thread */
    int32_t marks;  /* of passes before */
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
                      size_t k) {
    double *pair = h->pair + VTI_PAIR_NUMBERS * k;
    const vti_pair_curves *of = &n->of;
    double slope_i = slope_of(c, i), slope_j = slope_of(c, (size_t)n->j);
    double slope = of->phi.slope + slope_i * of->at_i.slope + slope_j * of->at_j.slope;
    double curvature =
        of->phi.curvature + slope_i * of->at_i.curvature + slope_j * of->at_j.curvature;
    pair[VTI_PAIR_B] = slope / n->r;
    pair[VTI_PAIR_A] = (curvature - slope / n->r) / (n->r * n->r);
    if (!h->embedded) return;
    double *density = h->density + VTI_PAIR_NUMBERS * k;
    density[VTI_PAIR_C_I] = of->at_i.slope / n->r;
    density[VTI_PAIR_C_J] = of->at_j.slope / n->r;
}

static void fill_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const making *m = context;
    const vti_curving *c = m->curving;
    vt_hessian *h = m->hessian;
    for (size_t i = from; i < to; i++) {
        size_t p = h->first[i];
        for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++) {
            int32_t point = c->list->neighbor[k];
            vti_near near;
            if ((size_t)c->list->parent[point] <= i) continue; /* own images move along */
            h->partner[p] = point;
            if (vti_near_at(c, i, k, &near)) fill_pair(h, c, i, &near, p);
            p++;
        }
        if (h->embedded) h->weight[i] = c->embedded[i].curvature;
    }
}

/* ---------------------------------------------------------------- blocks ---- */

/* Number the points of block b, its atoms first and then in the order in which its pairs meet
   them; returns how many there are. */
static int32_t number_points(const making *m, size_t b, place *places) {
    const vt_hessian *h = m->hessian;
    const vti_hessian_block *block = &h->block[b];
    size_t end = block->from + (size_t)block->own;
    int32_t mark = m->marks + (int32_t)b + 1, points = 0;
    for (size_t i = block->from; i < end; i++) places[i] = (place){mark, points++};
    for (size_t k = h->first[block->from]; k < h->first[end]; k++) {
        place *at = &places[h->partner[k]];
        if (at->mark != mark) *at = (place){mark, points++};
    }
    return points;
}

static void count_points(void *context, size_t from, size_t to, int worker) {
    const making *m = context;
    for (size_t b = from; b < to; b++)
        m->hessian->block[b].points = number_points(m, b, m->places[worker]);
}

/* Fill in what the points are; partners become points of their blocks. */
static void place_points(void *context, size_t from, size_t to, int worker) {
    const making *m = context;
    const vt_neighbors *list = m->curving->list;
    const vt_hessian *h = m->hessian;
    const place *places = m->places[worker];
    for (size_t b = from; b < to; b++) {
        const vti_hessian_block *block = &h->block[b];
        size_t end = block->from + (size_t)block->own;
        double(*point)[4] = h->point + block->from + block->slot;
        number_points(m, b, m->places[worker]);
        for (size_t i = block->from; i < end; i++)
            memcpy(point[i - block->from], list->point + 4 * i, 3 * sizeof **point);
        for (size_t k = h->first[block->from]; k < h->first[end]; k++) {
            size_t p = (size_t)h->partner[k];
            int32_t at = places[p].at;
            h->partner[k] = at;
            if (at < block->own) continue;
            memcpy(point[at], list->point + 4 * p, 3 * sizeof **point);
            h->slot_atom[block->slot + (size_t)(at - block->own)] = list->parent[p];
        }
    }
}

static bool make_points(vt_hessian *h, making *m, int threads) {
    vti_loop loop = {h->blocks, 1, threads, count_points, m, NULL, false};
    for (size_t b = 0; b < h->blocks; b++) {
        size_t from = b * VTI_BLOCK, left = h->count - from;
        h->block[b].from = from;
        h->block[b].own = (int32_t)(left < VTI_BLOCK ? left : VTI_BLOCK);
    }
    vti_share_loop(&loop);
    for (size_t b = 0; b < h->blocks; b++) {
        h->block[b].slot = h->slots;
        h->slots += (size_t)(h->block[b].points - h->block[b].own);
        if (h->block[b].points > h->most_points) h->most_points = h->block[b].points;
    }
    if (!make(&h->slot_atom, h->slots, sizeof *h->slot_atom) ||
        !make(&h->point, h->count + h->slots, sizeof *h->point))
        return false;
    m->marks = (int32_t)h->blocks;
    loop.work = place_points;
    vti_share_loop(&loop);
    return true;
}

static vt_status make_blocks(vt_hessian *h, making *m, vt_error *err) {
    size_t points = m->curving->list->points;
    int threads = vt_threads();
    h->blocks = vti_block_count(h->count);
    bool made = make(&h->block, h->blocks, sizeof *h->block) &&
                make(&m->places, (size_t)threads, sizeof *m->places);
    for (int t = 0; t < threads && made; t++)
        made = make(&m->places[t], points, sizeof **m->places);
    made = made && make_points(h, m, threads);
    for (int t = 0; m->places != NULL && t < threads; t++) vt_free(m->places[t]);
    vt_free(m->places);
    return made ? VT_OK : vt_fail_memory(err, points, sizeof **m->places, "a Hessian");
}

/* The slots of each atom. */
static vt_status find_slots(vt_hessian *h, vt_error *err) {
    if (!make(&h->first_slot, h->count + 1, sizeof *h->first_slot) ||
        !make(&h->slot_of, h->slots, sizeof *h->slot_of))
        return vt_fail_memory(err, h->slots, sizeof *h->slot_of, "a Hessian");
    vti_sort_by_place(h->slot_atom, 1, h->slots, h->count, h->first_slot, h->slot_of);
    return VT_OK;
}

/* ---------------------------------------------------------------- room ---- */

static vt_status make_room(vt_hessian *h, vt_error *err) {
    size_t n = h->count;
    bool made = make(&h->u, n, 3 * VTI_VECTORS * sizeof *h->u) &&
                make(&h->h, n, 3 * VTI_VECTORS * sizeof *h->h) &&
                make(&h->slot_h, h->slots, 3 * VTI_VECTORS * sizeof *h->slot_h);
    if (made && h->embedded)
        made = make(&h->s, n, VTI_VECTORS * sizeof *h->s) &&
               make(&h->slot_s, h->slots, VTI_VECTORS * sizeof *h->slot_s);
    return made ? VT_OK
                : vt_fail_memory(err, n + h->slots, 6 * VTI_VECTORS * sizeof *h->u, "a Hessian");
}

static vt_status keep_order(vt_hessian *h, const vt_system *s, vt_error *err) {
    if (!make(&h->order, h->count, sizeof *h->order))
        return vt_fail_memory(err, h->count, sizeof *h->order, "a Hessian");
    memcpy(h->order, s->order, h->count * sizeof *h->order);
    return VT_OK;
}

static vt_status set_masses(vt_hessian *h, const vt_system *s, vt_error *err) {
    if (!make(&h->scale, h->count, sizeof *h->scale))
        return vt_fail_memory(err, h->count, sizeof *h->scale, "a Hessian");
    for (int k = 0; k < s->species_count; k++) h->mass[k] = s->species[k].mass;
    for (size_t i = 0; i < h->count; i++) h->scale[i] = 1 / sqrt(h->mass[s->type[i]]);
    return VT_OK;
}

static vt_status make_pairs(vt_hessian *h, making *m, vt_error *err) {
    if (!make(&h->first, h->count + 1, sizeof *h->first))
        return vt_fail_memory(err, h->count, sizeof *h->first, "a Hessian");
    count_pairs(h, m->curving->list);
    size_t pairs = h->first[h->count], size = VTI_PAIR_NUMBERS * sizeof *h->pair;
    bool made = make(&h->partner, pairs, sizeof *h->partner) && make(&h->pair, pairs, size);
    if (made && h->embedded)
        made = make(&h->density, pairs, size) && make(&h->weight, h->count, sizeof *h->weight);
    if (!made) return vt_fail_memory(err, pairs, 2 * size, "a Hessian");
    vti_share(h->count, VTI_CURVING_GRAIN, fill_some, m);
    return VT_OK;
}

static vt_status prepare(vt_hessian *h, vt_system *system, vt_error *err) {
    vti_curving c;
    VTI_TRY(vti_curving_open(&c, system, err));
    making m = {.hessian = h, .curving = &c};
    h->embedded = c.embedded != NULL;
    vt_status st = make_pairs(h, &m, err);
    if (!vt_failed(st)) st = make_blocks(h, &m, err);
    vti_curving_close(&c);
    if (!vt_failed(st)) st = find_slots(h, err);
    return vt_failed(st) ? st : make_room(h, err);
}

vt_hessian *vt_hessian_create(vt_system *system, const vt_hessian_options *options, vt_error *err) {
    const vt_hessian_options o = options != NULL ? *options : vt_hessian_defaults();
    if (!(o.step >= LEAST_STEP && o.step <= LARGEST_STEP)) {
        vt_fail(err, VT_EINVAL,
                "the step of differences is %g A; from %g A, where rounding is all that is left, "
                "to %g A makes sense, %g A is usual",
                o.step, LEAST_STEP, LARGEST_STEP, vt_hessian_defaults().step);
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
    if (!vt_failed(st)) st = keep_order(h, system, err);
    if (!vt_failed(st) && o.mass_weighted) st = set_masses(h, system, err);
    if (!vt_failed(st)) return h;
    vt_hessian_destroy(h);
    return NULL;
}

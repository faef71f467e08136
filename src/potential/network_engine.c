/* The engine of neural network potentials: what follows from the list, and the sums. */
#include "network_engine.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"

/* ---------------------------------------------------------------- life ---- */

static void free_scratch(vti_network_opened *o) {
    for (int t = 0; t < o->scratches; t++) {
        vti_network_scratch *s = &o->scratch[t];
        vt_free(s->place);
        vt_free(s->slot);
        vt_free(s->room);
        vt_free(s->c);
        vt_free(s->channel);
        vt_free(s->x);
        vt_free(s->by_x);
        vt_free(s->features);
    }
    vt_free(o->scratch);
    o->scratch = NULL;
    o->scratches = 0;
}

static void network_close(void *opened) {
    vti_network_opened *o = opened;
    if (o == NULL) return;
    free_scratch(o);
    vt_free(o->turned);
    vt_free(o->point);
    vt_free(o->slot);
    vt_free(o->begin);
    vt_free(o->first_slot);
    vt_free(o->first_of);
    vt_free(o->slot_of);
    vt_free(o->force);
    vt_free(o->virial);
    vt_free(o->energy);
    vt_free(o->sum);
    vt_free(o);
}

static void *open_any(const vt_potential *potential, const int *species, int count, bool mixed,
                      vt_error *err) {
    const vti_network *n = vti_network_of(potential);
    vti_network_opened *o = vt_alloc(1, sizeof *o);
    if (o != NULL) o->turned = vt_alloc((size_t)count * n->parameters, sizeof *o->turned);
    if (o == NULL || o->turned == NULL) {
        vt_free(o);
        vt_fail_memory(err, (size_t)count * n->parameters, sizeof(double), "a network");
        return NULL;
    }
    o->network = n;
    o->types = count;
    o->mixed = mixed;
    o->plan = n->plan;
    o->plan.species = count;
    for (int t = 0; t < count; t++) {
        o->kind[t] = species[t];
        for (int k = 0; k < 2; k++) o->plan.mark[k][t] = n->plan.mark[k][species[t]];
        vti_layers_set(&o->layers[t], &n->shape, n->parameter + (size_t)species[t] * n->parameters,
                       o->turned + (size_t)t * n->parameters);
    }
    return o;
}

static void *open_double(const vt_potential *potential, const int *species, int count,
                         vt_error *err) {
    return open_any(potential, species, count, false, err);
}

static void *open_mixed(const vt_potential *potential, const int *species, int count,
                        vt_error *err) {
    return open_any(potential, species, count, true, err);
}

/* ---------------------------------------------------------------- room ---- */

static vt_status reserve(void *memory, size_t *capacity, size_t needed, size_t size,
                         vt_error *err) {
    return vt_reserve(memory, capacity, needed, needed / 32, size, "force evaluation", err);
}

static bool make_scratch(const vti_network_opened *o, vti_network_scratch *s) {
    size_t numbers = (size_t)o->plan.radial * (size_t)o->plan.harmonics;
    size_t features = (size_t)o->plan.features;
    size_t room = vti_chebyshev_room(&o->plan, o->longest + VTI_CHEBYSHEV_LANES);
    size_t layers = vti_layers_room(&o->network->shape);
    s->place = vt_alloc(6 * vti_network_places(o), sizeof *s->place);
    s->slot = vt_alloc(vti_network_places(o), sizeof *s->slot);
    s->room = vt_alloc(room > layers ? room : layers, sizeof *s->room);
    s->c = vt_alloc((size_t)o->types * numbers, sizeof *s->c);
    s->channel = vt_alloc((VTI_BATCH + 1) * (size_t)o->plan.channels * numbers, sizeof *s->channel);
    s->x = vt_alloc(VTI_BATCH * features, sizeof *s->x);
    s->by_x = vt_alloc(VTI_BATCH * features, sizeof *s->by_x);
    s->features = vt_alloc(features, sizeof *s->features);
    return s->place && s->slot && s->room && s->c && s->channel && s->x && s->by_x && s->features;
}

static vt_status reserve_scratch(vti_network_opened *o, vt_error *err) {
    int threads = vt_threads();
    if (o->scratches >= threads && o->longest <= o->scratch_longest) return VT_OK;
    free_scratch(o);
    o->scratch = vt_alloc((size_t)threads, sizeof *o->scratch);
    if (o->scratch == NULL)
        return vt_fail_memory(err, (size_t)threads, sizeof *o->scratch, "force evaluation");
    o->scratches = threads;
    o->scratch_longest = o->longest;
    for (int t = 0; t < threads; t++)
        if (!make_scratch(o, &o->scratch[t])) {
            free_scratch(o);
            return vt_fail_memory(err, vti_network_places(o), 6 * sizeof(double),
                                  "force evaluation");
        }
    return VT_OK;
}

/* ---------------------------------------------------------------- lists ---- */

static int type_of_point(const vt_neighbors *list, int32_t p) {
    return (int)list->point[4 * (size_t)p + 3];
}

/* Entries of a row by type, each type in the order of the row. */
static void sort_row(vti_network_opened *o, const vt_neighbors *list, size_t i) {
    size_t first = list->first[i], length = list->first[i + 1] - first;
    int32_t *begin = o->begin + i * (size_t)(o->types + 1);
    memset(begin, 0, (size_t)(o->types + 1) * sizeof *begin);
    for (size_t k = first; k < first + length; k++)
        begin[type_of_point(list, list->neighbor[k]) + 1]++;
    for (int t = 0; t < o->types; t++) begin[t + 1] += begin[t];
    int32_t next[VT_MAX_SPECIES];
    memcpy(next, begin, (size_t)o->types * sizeof *next);
    for (size_t k = first; k < first + length; k++) {
        int32_t p = list->neighbor[k];
        o->point[first + (size_t)next[type_of_point(list, p)]++] = p;
    }
}

/* The atoms that each parcel meets get slots: its own ones first. `place` and `met` have room for
   a number of each atom, `order` for the atoms of all slots. */
static void number_slots(vti_network_opened *o, const vt_neighbors *list, int32_t *place,
                         int32_t *met, int32_t *order) {
    size_t slots = 0;
    for (size_t i = 0; i < list->count; i++) met[i] = -1;
    for (size_t parcel = 0; parcel < o->parcels; parcel++) {
        size_t from = parcel * VTI_PARCEL, to = vti_block_end(o->centers, VTI_PARCEL, parcel);
        int32_t next = 0;
        o->first_slot[parcel] = slots;
        for (size_t i = from; i < to; i++) {
            met[i] = (int32_t)parcel;
            order[slots + (size_t)next] = (int32_t)i;
            place[i] = next++;
        }
        for (size_t k = list->first[from]; k < list->first[to]; k++) {
            int32_t j = list->parent[o->point[k]];
            if (met[j] != (int32_t)parcel) {
                met[j] = (int32_t)parcel;
                order[slots + (size_t)next] = j;
                place[j] = next++;
            }
            o->slot[k] = place[j];
        }
        slots += (size_t)next;
    }
    o->first_slot[o->parcels] = slots;
}

/* The slots of each atom. */
static void invert(vti_network_opened *o, size_t atoms, const int32_t *order) {
    size_t slots = o->first_slot[o->parcels];
    memset(o->first_of, 0, (atoms + 1) * sizeof *o->first_of);
    for (size_t s = 0; s < slots; s++) o->first_of[order[s] + 1]++;
    for (size_t i = 0; i < atoms; i++) o->first_of[i + 1] += o->first_of[i];
    for (size_t s = 0; s < slots; s++) o->slot_of[o->first_of[order[s]]++] = (uint32_t)s;
    memmove(o->first_of + 1, o->first_of, atoms * sizeof *o->first_of);
    o->first_of[0] = 0;
}

/* No parcel meets more atoms than it has entries, or than there are. */
static size_t most_slots(const vti_network_opened *o, const vt_neighbors *list) {
    size_t most = 0;
    for (size_t parcel = 0; parcel < o->parcels; parcel++) {
        size_t from = parcel * VTI_PARCEL, to = vti_block_end(o->centers, VTI_PARCEL, parcel);
        size_t entries = list->first[to] - list->first[from] + (to - from);
        most += entries < list->count ? entries : list->count;
    }
    return most;
}

static vt_status make_slots(vti_network_opened *o, const vt_neighbors *list, vt_error *err) {
    size_t n = list->count, most = most_slots(o, list);
    if (most > UINT32_MAX)
        return vt_fail(err, VT_EINVAL,
                       "%zu atoms with so many neighbors are more than a network "
                       "can do at a time",
                       n);
    int32_t *memory = vt_alloc(2 * n + most, sizeof *memory);
    if (memory == NULL) return vt_fail_memory(err, 2 * n + most, sizeof *memory, "a network");
    number_slots(o, list, memory, memory + n, memory + 2 * n);
    size_t slots = o->first_slot[o->parcels];
    vt_status st = reserve(&o->slot_of, &o->slot_capacity, slots, sizeof *o->slot_of, err);
    if (!vt_failed(st)) st = reserve(&o->force, &o->force_capacity, slots, sizeof *o->force, err);
    if (!vt_failed(st)) invert(o, n, memory + 2 * n);
    vt_free(memory);
    return st;
}

static vt_status follow(vti_network_opened *o, const vti_evaluation *e, vt_error *err) {
    const vt_neighbors *list = e->list;
    enum { BEHIND = 4 }; /* entries that a vector load may touch */
    if (o->list == list && o->builds == list->builds && o->centers == e->centers)
        return reserve_scratch(o, err);
    size_t n = list->count, entries = list->first[n] + BEHIND;
    o->list = NULL;
    o->centers = e->centers;
    o->parcels = vti_blocks(o->centers, VTI_PARCEL);
    VTI_TRY(reserve(&o->point, &o->point_capacity, entries, sizeof *o->point, err));
    VTI_TRY(reserve(&o->slot, &o->entry_capacity, entries, sizeof *o->slot, err));
    VTI_TRY(
        reserve(&o->begin, &o->begin_capacity, n * (size_t)(o->types + 1), sizeof *o->begin, err));
    VTI_TRY(
        reserve(&o->first_slot, &o->parcel_capacity, o->parcels + 1, sizeof *o->first_slot, err));
    VTI_TRY(reserve(&o->first_of, &o->first_capacity, n + 2, sizeof *o->first_of, err));
    VTI_TRY(reserve(&o->energy, &o->energy_capacity, n, sizeof *o->energy, err));
    VTI_TRY(reserve(&o->sum, &o->sum_capacity, o->parcels, sizeof *o->sum, err));
    o->longest = 0;
    for (size_t i = 0; i < o->centers; i++) {
        size_t length = list->first[i + 1] - list->first[i];
        if (length > o->longest) o->longest = length;
        sort_row(o, list, i);
    }
    memset(o->energy + o->centers, 0, (n - o->centers) * sizeof *o->energy);
    memset(o->point + list->first[o->centers], 0, BEHIND * sizeof *o->point);
    VTI_TRY(make_slots(o, list, err));
    VTI_TRY(reserve_scratch(o, err));
    o->list = list;
    o->builds = list->builds;
    return VT_OK;
}

/* ---------------------------------------------------------------- evaluation ---- */

typedef struct {
    const vti_network_opened *opened;
    const vti_evaluation *e;
    vti_network_parcel *parcel;
} evaluating;

static void do_parcels(void *context, size_t from, size_t to, int worker) {
    const evaluating *v = context;
    for (size_t k = from; k < to; k++) v->parcel(v->opened, v->e, k, &v->opened->scratch[worker]);
}

/* Forces and virials of an atom out of its slots. */
static void collect(const vti_network_opened *o, const vti_evaluation *e, size_t i,
                    vti_sums *block) {
    double f[4] = {0, 0, 0, 0};
    for (size_t k = o->first_of[i]; k < o->first_of[i + 1]; k++)
        for (int q = 0; q < 4; q++) f[q] += o->force[o->slot_of[k]][q];
    for (int q = 0; q < 3; q++) {
        e->force[i][q] = f[q];
        block->force_sum += fabs(f[q]);
    }
    e->force[i][3] = 0;
    block->energy += o->energy[i];
    if (e->atom_energy != NULL) e->atom_energy[i] = o->energy[i];
    if (e->atom_virial == NULL) return;
    double *w = e->atom_virial + 6 * i;
    for (int q = 0; q < 6; q++) w[q] = 0;
    for (size_t k = o->first_of[i]; k < o->first_of[i + 1]; k++)
        for (int q = 0; q < 6; q++) w[q] += o->virial[o->slot_of[k]][q];
}

static void do_blocks(void *context, size_t begin, size_t end, int worker) {
    (void)worker;
    const evaluating *v = context;
    const vti_network_opened *o = v->opened;
    for (size_t b = begin; b < end; b++) {
        vti_sums *block = &v->e->block_sums[b];
        size_t from = b * VTI_BLOCK, to = vti_block_end(o->list->count, VTI_BLOCK, b);
        *block = (vti_sums){.least_r2 = INFINITY};
        for (size_t i = from; i < to; i++) collect(o, v->e, i, block);
        for (size_t p = from / VTI_PARCEL; p < vti_blocks(to, VTI_PARCEL) && p < o->parcels; p++) {
            for (int q = 0; q < 6; q++) block->virial[q] += o->sum[p].virial[q];
            if (o->sum[p].least_r2 < block->least_r2) block->least_r2 = o->sum[p].least_r2;
        }
    }
}

static vt_status evaluate(void *opened, const vti_evaluation *e, vt_error *err) {
    vti_network_opened *o = opened;
    static vti_network_parcel *const PARCEL[] = {
        [VT_SIMD_BASELINE] = vti_network_parcel_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_network_parcel_avx2,
        [VT_SIMD_AVX512] = vti_network_parcel_avx512,
#endif
    };
    VTI_TRY(follow(o, e, err));
    if (e->atom_virial != NULL)
        VTI_TRY(reserve(&o->virial, &o->virial_capacity, o->first_slot[o->parcels],
                        sizeof *o->virial, err));
    o->kernels = vti_chebyshev_kernels_of(e->simd, o->mixed);
    o->layer_kernels = vti_layer_kernels_of(e->simd);
    evaluating v = {o, e, PARCEL[e->simd]};
    int threads = vt_threads_free();
    vti_share_loop(&(vti_loop){.count = o->parcels,
                               .grain = 1,
                               .threads = threads < o->scratches ? threads : o->scratches,
                               .work = do_parcels,
                               .context = &v});
    vti_share(vti_block_count(o->list->count), 1, do_blocks, &v);
    return VT_OK;
}

const vti_engine vti_engine_network = {.name = "network",
                                       .model = "network",
                                       .lists = VTI_LISTS_ROWS,
                                       .parts = true,
                                       .can = VT_WANT_ALL,
                                       .open = open_double,
                                       .close = network_close,
                                       .evaluate = evaluate};

const vti_engine vti_engine_network_mixed = {.name = "network/mixed",
                                             .model = "network",
                                             .precision = VT_PRECISION_MIXED,
                                             .lists = VTI_LISTS_ROWS,
                                             .parts = true,
                                             .can = VT_WANT_ALL,
                                             .open = open_mixed,
                                             .close = network_close,
                                             .evaluate = evaluate};

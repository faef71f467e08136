/* Atoms of a network potential, parcel by parcel: descriptors of a batch of atoms of one species,
   their network there and back, and what each neighbor receives. */
#include "base/simd.h"
#include "base/tensor.h"
#include "network_engine.h"

/* One atom's neighbors of one type. */
typedef struct {
    vti_around around;
    int32_t *slot;
    double *slope; /* room for three arrays of... */
    size_t capacity;
} group;

typedef struct {
    const vti_network_opened *o;
    const vti_evaluation *e;
    vti_network_scratch *scratch;
    double (*force)[4], (*virial)[6]; /* of the parcel's slots */
    size_t from;                      /* its first atom */
    vti_sums *sums;
    size_t atom[VTI_BATCH];
    int count, type;
    group near[VTI_BATCH][VT_MAX_SPECIES];
    size_t used; /* of the scratch's places */
} batch;

/* ---------------------------------------------------------------- neighbors ---- */

/* Neighbors of type t within the cutoff. */
VTI_INLINE void find_group(batch *b, size_t i, int t, group *g) {
    const vti_network_opened *o = b->o;
    const vt_neighbors *list = b->e->list;
    const int32_t *begin = o->begin + i * (size_t)(o->types + 1) + t;
    size_t first = list->first[i] + (size_t)begin[0];
    int length = begin[1] - begin[0];
    size_t capacity = vti_around_filled((size_t)length + LANES);
    double *x = b->scratch->place + 6 * b->used, *y = x + capacity, *z = y + capacity;
    int32_t *slot = b->scratch->slot + b->used;
    const lanes self = load(list->point + 4 * i);
    const double cutoff = o->plan.cutoff;
    const lanes reach2 = all(cutoff * cutoff);
    lanes least = all(INFINITY);
    size_t n = 0;
    for (int k = 0; k < length; k += LANES) {
        const int32_t *p = o->point + first + (size_t)k;
        lanes row[LANES];
        for (int q = 0; q < LANES; q++) row[q] = load(list->point + 4 * (size_t)p[q]) - self;
        columns c = transpose(row[0], row[1], row[2], row[3]);
        lanes r2 = fused(c.c[2], c.c[2], fused(c.c[1], c.c[1], c.c[0] * c.c[0]));
        const lanes number = {0, 1, 2, 3};
        r2 = choose(number < all(length - k), r2, all(INFINITY));
        least = least_of(r2, least);
        int bits = mask_bits(r2 < reach2);
        pack(x + n, c.c[0], bits);
        pack(y + n, c.c[1], bits);
        pack(z + n, c.c[2], bits);
        pack_index(slot + n, o->slot + first + (size_t)k, bits);
        n += (size_t)__builtin_popcount((unsigned)bits);
    }
    for (int q = 0; q < LANES; q++) b->sums->least_r2 = fmin(b->sums->least_r2, least[q]);
    *g = (group){{n, x, y, z}, slot, z + capacity, capacity};
    for (size_t k = n; k < vti_around_filled(n); k++) slot[k] = 0;
    vti_around_fill(&g->around, cutoff);
    b->used += capacity;
}

/* ---------------------------------------------------------------- there ---- */

/* Inputs of atom a of the batch. */
VTI_INLINE void describe(batch *b, int a) {
    const vti_network_opened *o = b->o;
    const vti_chebyshev *plan = &o->plan;
    vti_network_scratch *s = b->scratch;
    size_t numbers = (size_t)plan->radial * (size_t)plan->harmonics;
    double *channel = s->channel + (size_t)a * (size_t)plan->channels * numbers;
    for (int t = 0; t < o->types; t++) {
        find_group(b, b->atom[a], t, &b->near[a][t]);
        o->kernels->sums(plan, &b->near[a][t].around, s->room, s->c + (size_t)t * numbers);
    }
    o->kernels->channels->join(plan, s->c, channel);
    o->kernels->channels->features(plan, channel, s->features);
    const size_t first = (size_t)o->kind[b->type] * (size_t)plan->features;
    const double *mean = o->network->mean + first, *deviation = o->network->deviation + first;
    for (int f = 0; f < plan->features; f++)
        s->x[VTI_BATCH * f + a] = (s->features[f] - mean[f]) / deviation[f];
}

/* ---------------------------------------------------------------- back ---- */

/* Give the slopes of the energy of atom i by its neighbors' places to both. */
VTI_INLINE void hand_out(batch *b, size_t i, const group *g, const vti_around *slope) {
    lanes own = all(0);
    for (size_t k = 0; k < g->around.count; k += LANES) {
        columns row = transpose(load(slope->x + k), load(slope->y + k), load(slope->z + k), all(0));
        for (int q = 0; q < LANES; q++) {
            double *to = b->force[g->slot[k + (size_t)q]];
            store(to, load(to) - row.c[q]);
        }
        own += (row.c[0] + row.c[2]) + (row.c[1] + row.c[3]);
    }
    double *to = b->force[i - b->from];
    store(to, load(to) + own);
}

VTI_INLINE void add_virials(batch *b, size_t i, const group *g, const vti_around *slope) {
    const double *d[3] = {g->around.x, g->around.y, g->around.z};
    const double *f[3] = {slope->x, slope->y, slope->z};
    lanes total[6];
    for (int q = 0; q < 6; q++) total[q] = all(0);
    for (size_t k = 0; k < g->around.count; k += LANES)
        for (int q = 0; q < 6; q++) {
            int r = VTI_ROW[q], c = VTI_COLUMN[q];
            lanes part =
                all(-0.5) * fused(load(d[r] + k), load(f[c] + k), load(d[c] + k) * load(f[r] + k));
            total[q] += part;
            for (int n = 0; b->virial != NULL && n < LANES; n++)
                b->virial[g->slot[k + (size_t)n]][q] += 0.5 * part[n];
        }
    for (int q = 0; q < 6; q++) {
        b->sums->virial[q] += sum(total[q]);
        if (b->virial != NULL) b->virial[i - b->from][q] += 0.5 * sum(total[q]);
    }
}

VTI_INLINE void push(batch *b, int a) {
    const vti_network_opened *o = b->o;
    const vti_chebyshev *plan = &o->plan;
    vti_network_scratch *s = b->scratch;
    size_t numbers = (size_t)plan->radial * (size_t)plan->harmonics;
    size_t channels = (size_t)plan->channels * numbers;
    double *by_channel = s->channel + VTI_BATCH * channels;
    const double *deviation =
        o->network->deviation + (size_t)o->kind[b->type] * (size_t)plan->features;
    for (int f = 0; f < plan->features; f++)
        s->features[f] = s->by_x[VTI_BATCH * f + a] / deviation[f];
    o->kernels->channels->back(plan, s->channel + (size_t)a * channels, s->features, by_channel);
    for (int t = 0; t < o->types; t++) {
        const group *g = &b->near[a][t];
        if (g->around.count == 0) continue;
        const vti_around slope = {g->around.count, g->slope, g->slope + g->capacity,
                                  g->slope + 2 * g->capacity};
        o->kernels->channels->split(plan, by_channel, t, s->c);
        o->kernels->slopes(plan, &g->around, s->c, s->room, &slope);
        hand_out(b, b->atom[a], g, &slope);
        if (b->e->want & VT_WANT_VIRIAL) add_virials(b, b->atom[a], g, &slope);
    }
}

/* ---------------------------------------------------------------- all of it ---- */

VTI_INLINE void do_batch(batch *b) {
    const vti_network_opened *o = b->o;
    vti_network_scratch *s = b->scratch;
    double energy[VTI_BATCH];
    b->used = 0;
    for (int a = 0; a < b->count; a++) describe(b, a);
    for (int f = 0; f < o->plan.features; f++)
        for (int a = b->count; a < VTI_BATCH; a++) s->x[VTI_BATCH * f + a] = 0;
    o->layer_kernels->energies(&o->layers[b->type], s->x, s->room, energy, s->by_x);
    for (int a = 0; a < b->count; a++) {
        o->energy[b->atom[a]] = o->network->reference[o->kind[b->type]] + energy[a];
        push(b, a);
    }
    b->count = 0;
}

void VTI_VARIANT(vti_network_parcel)(const vti_network_opened *o, const vti_evaluation *e,
                                     size_t number, vti_network_scratch *scratch) {
    size_t from = number * VTI_PARCEL, to = vti_block_end(o->centers, VTI_PARCEL, number);
    size_t first = o->first_slot[number], slots = o->first_slot[number + 1] - first;
    batch b = {.o = o,
               .e = e,
               .scratch = scratch,
               .force = o->force + first,
               .virial = e->atom_virial != NULL ? o->virial + first : NULL,
               .from = from,
               .sums = &o->sum[number]};
    *b.sums = (vti_sums){.least_r2 = INFINITY};
    memset(b.force, 0, slots * sizeof *b.force);
    if (b.virial != NULL) memset(b.virial, 0, slots * sizeof *b.virial);
    for (b.type = 0; b.type < o->types; b.type++) {
        for (size_t i = from; i < to; i++) {
            if ((int)e->list->point[4 * i + 3] != b.type) continue;
            b.atom[b.count++] = i;
            if (b.count == VTI_BATCH) do_batch(&b);
        }
        if (b.count > 0) do_batch(&b);
    }
}

/* The Lennard-Jones kernel, four pairs at a time; compiled once per instruction set. One visit to
   each domain. Pairs beyond the cutoff are masked. Rows are sorted by species, so that the
   coefficients of a pair are constants of the inner loop. */
#include "domain_simd.h"
#include "lj.h"

/* Vectors of pairs whose forces are found before they are added up. */
enum { BATCH = 32 };

/* Totals of a visit. */
typedef struct {
    lanes energy, least; /* minus half the energy of all pairs; smallest squared distance */
} force_sums;

/* A batch of pairs. Their distances, their forces, and handing these out are loops of their own:
   the processor looks ahead over several turns of a short loop, but hardly over two of one that
   does all. */
typedef struct {
    double dx[BATCH * LANES], dy[BATCH * LANES], dz[BATCH * LANES];
    double g[BATCH * LANES];    /* squared distance, then force over distance */
    double half[BATCH * LANES]; /* minus half the energy */
} pair_batch;

VTI_INLINE void measure(const double *point, near_pairs pairs, pair_batch *batch) {
    for (int v = 0, k = 0; v < pairs.vectors; v++, k += LANES) {
        columns c = load_differences(point, load(point + pairs.near_atom[v]), pairs.near + k);
        lanes dx = c.c[0], dy = c.c[1], dz = c.c[2];
        store(batch->dx + k, dx);
        store(batch->dy + k, dy);
        store(batch->dz + k, dz);
        store(batch->g + k, fused(dz, dz, fused(dy, dy, dx * dx)));
    }
}

VTI_INLINE void find_forces(const vti_lj_pair *pair, int vectors, const bool force_shifted,
                            const bool energy, pair_batch *batch, lanes *least) {
    lanes a = all(pair->force[0]), b = all(pair->force[1]), cutoff2 = all(pair->force[2]);
    lanes slope = all(pair->force[3]), smallest = *least;
    for (int k = 0; k < vectors * LANES; k += LANES) {
        lanes r2 = load(batch->g + k);
        lane_mask near = r2 < cutoff2;
        smallest = least_of(r2, smallest);
        lanes i2 = all(1) / r2, i6 = i2 * i2 * i2;
        lanes g = i6 * (b - a * i6) * i2;
        lanes r = force_shifted ? root(r2) : all(1);
        if (force_shifted) g -= slope / r;
        store(batch->g + k, choose(near, g, all(0)));
        if (!energy) continue;
        lanes u = i6 * (all(pair->energy[0]) * i6 - all(pair->energy[1])) - all(pair->energy[2]);
        if (force_shifted) u -= slope * (r - all(pair->energy[3]));
        store(batch->half + k, all(-0.5) * choose(near, u, all(0)));
    }
    *least = smallest;
}

/* The pairs of one class. `force_shifted` and the bits of `want`, those of energy and of virials by
   atom, are constants where this is inlined. */
VTI_INLINE void add_forces(const vti_lj_pair *pair, near_pairs all_pairs, const bool force_shifted,
                           const unsigned want, const double *point, received to,
                           force_sums *sums) {
    const bool energy = want & VT_WANT_ENERGY;
    pair_batch batch;
    while (all_pairs.vectors > 0) {
        near_pairs pairs = take_batch(&all_pairs, BATCH);
        measure(point, pairs, &batch);
        find_forces(pair, pairs.vectors, force_shifted, energy, &batch, &sums->least);
        for (int v = 0, k = 0; v < pairs.vectors; v++, k += LANES) {
            const uint16_t *near = pairs.near + k;
            int own = pairs.near_atom[v];
            lanes g = load(batch.g + k), half = energy ? load(batch.half + k) : all(0);
            lanes dx = load(batch.dx + k), dy = load(batch.dy + k), dz = load(batch.dz + k);
            give_to(to.force, own, take_from(to.force, near, g * dx, g * dy, g * dz, half), energy);
            if (energy) sums->energy += half;
            if (want & VT_WANT_ATOM_VIRIAL) share_virial(to.virial, own, near, g, dx, dy, dz);
        }
    }
}

VTI_INLINE void visit(const vti_lj_tables *t, const vti_evaluation *e, size_t index,
                      vti_scratch *scratch, const bool force_shifted, const unsigned want) {
    const vti_domain *domain = &e->domains->domain[index];
    force_sums sums = {.least = all(INFINITY)};
    gather_points(e->domains, domain, NULL, scratch->point, false);
    received to = receive(e, domain, want & VT_WANT_ATOM_VIRIAL);
    for (int class = 0; class < t->species * t->species; class ++)
        add_forces(&t->pair[class], near_of(domain, class), force_shifted, want, scratch->point, to,
                   &sums);
    vti_sums *out = &e->domain_sums[index];
    *out = (vti_sums){.least_r2 = INFINITY};
    for (int q = 0; q < LANES; q++)
        if (sums.least[q] < out->least_r2) out->least_r2 = sums.least[q];
    if (want & VT_WANT_ENERGY) out->energy = -2 * sum(sums.energy);
    if (e->want & VT_WANT_VIRIAL) sum_virial(domain, scratch->point, to.force, out->virial);
}

static void visit_domain(const vti_lj_tables *t, const vti_evaluation *e, size_t index,
                         vti_scratch *scratch) {
    enum { ENERGY = VT_WANT_ENERGY, ALL = VT_WANT_ENERGY | VT_WANT_ATOM_VIRIAL };
    bool energy = e->want & VT_WANT_ENERGY;
    if (e->slot_virial != NULL && t->force_shifted)
        visit(t, e, index, scratch, true, ALL);
    else if (e->slot_virial != NULL)
        visit(t, e, index, scratch, false, ALL);
    else if (t->force_shifted && energy)
        visit(t, e, index, scratch, true, ENERGY);
    else if (t->force_shifted)
        visit(t, e, index, scratch, true, 0);
    else if (energy)
        visit(t, e, index, scratch, false, ENERGY);
    else
        visit(t, e, index, scratch, false, 0);
}

static void force_visit(void *context, size_t from, size_t to, int worker) {
    const visits *v = context;
    for (size_t k = from; k < to; k++) visit_domain(v->tables, v->e, k, &v->e->scratch[worker]);
}

static void collect_blocks(void *context, size_t begin, size_t end, int worker) {
    (void)worker;
    const visits *v = context;
    const vti_evaluation *e = v->e;
    for (size_t b = begin; b < end; b++) {
        size_t from, to;
        atoms_of_block(e, b, &from, &to);
        e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
        if (e->atom_energy != NULL)
            memset(e->atom_energy + from, 0, (to - from) * sizeof *e->atom_energy);
        collect(e, from, to, &e->block_sums[b]);
    }
}

void VTI_VARIANT(vti_lj_compute)(const vti_lj_tables *t, const vti_evaluation *e) {
    visits v = {t, e};
    visit_domains(&v, force_visit);
    visit_blocks(&v, collect_blocks);
}

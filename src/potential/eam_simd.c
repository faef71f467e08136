/* The EAM kernel, four pairs at a time. Compiled once per instruction set.

   Every domain is visited twice, and every pair once in each visit. The first visit adds the
   densities that a pair lays at both of its atoms; then F' of every atom is known. The second visit
   adds forces. Pairs beyond the cutoff find zeros in the tables. All is done class by class, a
   class being a pair of species, so that tables are constants of long loops. Four rows of a table
   are turned into columns, phi'/r + F'_i f'_i/r + F'_j f'_j/r is joined coefficient by coefficient,
   and a single parabola is evaluated. */
#include "eam_visits.h"

/* Vectors of pairs whose places are found before they are used. */
enum { BATCH = 32 };

/* A table's grid, in registers. */
typedef struct {
    lanes inverse_step, rows;
} grid;

VTI_INLINE grid grid_of(const vti_eam_grid *g) {
    return (grid){all(g->inverse_step), all(g->rows)};
}

/* Places within rows, and the offsets of the rows in bytes. */
VTI_INLINE lanes locate(grid g, lanes r, int32_t stride, int64_t *row) {
    lanes s = least_of(fused(r, g.inverse_step, all(-0.5)), g.rows);
    return s - nearest(s, stride, row);
}

VTI_INLINE const double *at(const void *table, int64_t offset) {
    return (const double *)(const void *)((const char *)table + offset);
}

VTI_INLINE lanes cubic(const void *table, const int64_t *row, lanes p) {
    columns c =
        load_columns(at(table, row[0]), at(table, row[1]), at(table, row[2]), at(table, row[3]));
    return fused(p, fused(p, fused(p, c.c[3], c.c[2]), c.c[1]), c.c[0]);
}

VTI_INLINE lanes square(lanes dx, lanes dy, lanes dz) {
    return fused(dz, dz, fused(dy, dy, dx * dx));
}

/* ---------------------------------------------------------------- densities ---- */

/* A batch of pairs: squared distances, or places within rows, and the offsets of the rows. */
typedef struct {
    double p[BATCH * LANES];
    int64_t row[BATCH * LANES];
} density_batch;

/* Places of pairs in the tables of densities, and the smallest squared distance. */
VTI_INLINE void find_density_places(const vti_eam_tables *t, const double *point, near_pairs pairs,
                                    lanes *least, density_batch *batch) {
    grid g = grid_of(&t->densities);
    lanes smallest = *least;
    for (int v = 0, k = 0; v < pairs.vectors; v++, k += LANES) {
        columns c = load_differences(point, load(point + pairs.near_atom[v]), pairs.near + k);
        lanes r2 = square(c.c[0], c.c[1], c.c[2]);
        smallest = least_of(r2, smallest);
        store(batch->p + k, locate(g, root(r2), sizeof **t->density, batch->row + k));
    }
    *least = smallest;
}

/* Add what the pairs of one class lay at their atoms. */
VTI_INLINE void add_densities(const vti_eam_tables *t, const vti_domain *domain, int first,
                              int second, const bool like, const vti_scratch *scratch,
                              double *density, lanes *least) {
    const void *at_first = t->density[first * t->species + second];
    const void *at_second = t->density[second * t->species + first];
    double *own = scratch->own_density;
    density_batch batch;
    near_pairs all_pairs = near_of(domain, first * t->species + second);
    while (all_pairs.vectors > 0) {
        near_pairs pairs = take_batch(&all_pairs, BATCH);
        find_density_places(t, scratch->point, pairs, least, &batch);
        for (int v = 0, k = 0; v < pairs.vectors; v++, k += LANES) {
            lanes p = load(batch.p + k);
            lanes a = cubic(at_first, batch.row + k, p);
            lanes b = like ? a : cubic(at_second, batch.row + k, p);
            double *to = own + pairs.near_atom[v];
            store(to, load(to) + a);
            for (int q = 0; q < LANES; q++) *one_at(density, pairs.near[k + q]) += b[q];
        }
    }
}

/* First visit. */
static void find_densities(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                           vti_scratch *scratch) {
    const vti_domain *domain = &e->domains->domain[index];
    lanes least = all(INFINITY);
    gather_points(e, domain, NULL, scratch->point);
    double *density = receive_densities(e, domain, scratch);
    for (int i = 0; i < t->species; i++)
        for (int j = 0; j < t->species; j++)
            if (i == j)
                add_densities(t, domain, i, j, true, scratch, density, &least);
            else
                add_densities(t, domain, i, j, false, scratch, density, &least);
    double smallest = INFINITY;
    for (int q = 0; q < LANES; q++) smallest = fmin(smallest, (double)least[q]);
    deliver_densities(e, index, scratch, density, smallest);
}

/* ---------------------------------------------------------------- forces ---- */

/* Parabola of phi'/r. */
typedef struct {
    lanes c0, c1, c2;
} parabola;

/* phi'/r + F' f'/r of pairs of one species, F' the sum of both atoms' slopes; its first term too.
 */
VTI_INLINE lanes like_slope(const vti_eam_like *table, const int64_t *row, lanes p, lanes slope,
                            parabola *phi) {
    columns c =
        load_columns(at(table, row[0]), at(table, row[1]), at(table, row[2]), at(table, row[3]));
    *phi = (parabola){c.c[0], lower_words(c.c[2]), lower_words(c.c[3])};
    lanes c0 = fused(slope, c.c[1], phi->c0);
    lanes c1 = fused(slope, upper_words(c.c[2]), phi->c1);
    lanes c2 = fused(slope, upper_words(c.c[3]), phi->c2);
    return fused(p, fused(p, c2, c1), c0);
}

/* The same for two species, with the slopes of the atoms of the lower and the higher one. */
VTI_INLINE lanes unlike_slope(const vti_eam_unlike *table, const int64_t *row, lanes p, lanes low,
                              lanes high, parabola *phi) {
    const double *r0 = at(table, row[0]), *r1 = at(table, row[1]);
    const double *r2 = at(table, row[2]), *r3 = at(table, row[3]);
    columns c = load_columns(r0, r1, r2, r3);
    lanes u, v;
    load_two_columns(r0 + 4, r1 + 4, r2 + 4, r3 + 4, &u, &v);
    *phi = (parabola){c.c[0], lower_words(c.c[3]), upper_words(u)};
    lanes c0 = fused(high, c.c[2], fused(low, c.c[1], phi->c0));
    lanes c1 = fused(high, lower_words(u), fused(low, upper_words(c.c[3]), phi->c1));
    lanes c2 = fused(high, upper_words(v), fused(low, lower_words(v), phi->c2));
    return fused(p, fused(p, c2, c1), c0);
}

/* phi at r, see vti_eam_from_middle; `row` are offsets into a table of rows of `size` bytes. */
VTI_INLINE lanes pair_energy(const vti_eam_tables *t, const double *middle, const int64_t *row,
                             uint32_t size, const parabola *c, lanes r, lanes p) {
    lanes start;
    for (int k = 0; k < LANES; k++) start[k] = middle[(uint32_t)row[k] / size];
    lanes q = p * all(1.0 / t->slopes.inverse_step);
    lanes half = fused(q, all(-1.0 / 6), r * all(1.0 / 2));
    lanes third = fused(q, all(-1.0 / 12), r * all(1.0 / 3));
    lanes rise = fused(p, fused(p * c->c2, third, c->c1 * half), c->c0 * fused(q, all(-0.5), r));
    return fused(q, rise, start);
}

/* A batch of pairs. Finding their places in the tables, the slopes there, and handing out the
   forces are loops of their own: the processor looks ahead over several turns of a short loop, but
   hardly over two of one that does all; and the rows of a fine table arrive from the outer caches
   in between. */
typedef struct {
    double dx[BATCH * LANES], dy[BATCH * LANES], dz[BATCH * LANES], r[BATCH * LANES];
    double slope[BATCH * LANES]; /* F' of the partner, then g: force over distance */
    double p[BATCH * LANES];     /* place within the row, then minus half the energy */
    int64_t row[BATCH * LANES];
} pair_batch;

VTI_INLINE void find_places(const vti_eam_tables *t, const double *point, near_pairs pairs,
                            int32_t stride, const void *table, pair_batch *batch) {
    grid g = grid_of(&t->slopes);
    for (int v = 0, k = 0; v < pairs.vectors; v++, k += LANES) {
        lanes self = load(point + pairs.near_atom[v]);
        self[3] = 0;
        columns c = load_differences(point, self, pairs.near + k);
        lanes dx = c.c[0], dy = c.c[1], dz = c.c[2];
        lanes r = root(square(dx, dy, dz));
        store(batch->p + k, locate(g, r, stride, batch->row + k));
        store(batch->dx + k, dx);
        store(batch->dy + k, dy);
        store(batch->dz + k, dz);
        store(batch->r + k, r);
        store(batch->slope + k, c.c[3]);
        for (int q = 0; q < LANES; q++) __builtin_prefetch(at(table, batch->row[k + q]));
    }
}

/* Returns minus half the energy of the batch, where it is wanted. */
VTI_INLINE lanes find_slopes(const vti_eam_tables *t, const double *point, near_pairs pairs,
                             int first, int second, const bool like, const void *table,
                             const bool energy, pair_batch *batch) {
    const double *middle = t->middle[first * t->species + second];
    bool ordered = first < second;
    lanes all_energy = all(0);
    for (int v = 0, k = 0; v < pairs.vectors; v++, k += LANES) {
        lanes p = load(batch->p + k), slope_j = load(batch->slope + k);
        lanes slope_i = all(point[pairs.near_atom[v] + 3]);
        const int64_t *row = batch->row + k;
        parabola phi;
        store(batch->slope + k, like ? like_slope(table, row, p, slope_i + slope_j, &phi)
                                     : unlike_slope(table, row, p, ordered ? slope_i : slope_j,
                                                    ordered ? slope_j : slope_i, &phi));
        if (!energy) continue;
        uint32_t size = like ? sizeof(vti_eam_like) : sizeof(vti_eam_unlike);
        lanes phi_r = pair_energy(t, middle, row, size, &phi, load(batch->r + k), p);
        lanes half = all(-0.5) * phi_r;
        store(batch->p + k, half);
        all_energy += half;
    }
    return all_energy;
}

VTI_INLINE void hand_out(const pair_batch *batch, near_pairs pairs, const bool energy,
                         const bool by_atom, received to) {
    for (int v = 0, k = 0; v < pairs.vectors; v++, k += LANES) {
        const uint16_t *near = pairs.near + k;
        int own = pairs.near_atom[v];
        lanes dx = load(batch->dx + k), dy = load(batch->dy + k), dz = load(batch->dz + k);
        lanes g = load(batch->slope + k), half = energy ? load(batch->p + k) : all(0);
        give_to(to.force, own, take_from(to.force, near, g * dx, g * dy, g * dz, half), energy);
        if (by_atom) share_virial(to.virial, own, near, g, dx, dy, dz);
    }
}

/* The pairs of one class. The flags are constants where this is inlined. */
VTI_INLINE void add_forces(const vti_eam_tables *t, const vti_domain *domain, int first, int second,
                           const bool like, const bool energy, const bool by_atom,
                           const double *point, received to, lanes *all_energy) {
    int32_t stride = like ? sizeof(vti_eam_like) : sizeof(vti_eam_unlike);
    const void *table = like ? (const void *)t->like[first]
                             : vti_eam_unlike_of(t, first < second ? first : second,
                                                 first < second ? second : first);
    pair_batch batch;
    near_pairs all_pairs = near_of(domain, first * t->species + second);
    while (all_pairs.vectors > 0) {
        near_pairs pairs = take_batch(&all_pairs, BATCH);
        find_places(t, point, pairs, stride, table, &batch);
        *all_energy += find_slopes(t, point, pairs, first, second, like, table, energy, &batch);
        hand_out(&batch, pairs, energy, by_atom, to);
    }
}

VTI_INLINE void visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                      vti_scratch *scratch, const bool energy, const bool by_atom) {
    const vti_domain *domain = &e->domains->domain[index];
    lanes half = all(0); /* minus half the energy of all pairs */
    gather_points(e, domain, e->per_atom, scratch->point);
    received to = receive(e, domain, by_atom);
    for (int i = 0; i < t->species; i++)
        for (int j = 0; j < t->species; j++)
            if (i == j)
                add_forces(t, domain, i, j, true, energy, by_atom, scratch->point, to, &half);
            else
                add_forces(t, domain, i, j, false, energy, by_atom, scratch->point, to, &half);
    vti_sums *sums = &e->domain_sums[index];
    if (energy) sums->energy = -2 * sum(half);
    if (e->want & VT_WANT_VIRIAL) sum_virial(domain, scratch->point, to.force, sums->virial);
}

static void density_visit(void *context, size_t from, size_t to, int worker) {
    const visits *v = context;
    for (size_t k = from; k < to; k++) find_densities(v->tables, v->e, k, &v->e->scratch[worker]);
}

static void force_visit(void *context, size_t from, size_t to, int worker) {
    const visits *v = context;
    vti_scratch *scratch = &v->e->scratch[worker];
    for (size_t k = from; k < to; k++)
        if (v->e->slot_virial != NULL)
            visit(v->tables, v->e, k, scratch, true, true);
        else if (v->e->want & VT_WANT_ENERGY)
            visit(v->tables, v->e, k, scratch, true, false);
        else
            visit(v->tables, v->e, k, scratch, false, false);
}

void VTI_VARIANT(vti_eam_compute)(const vti_eam_tables *t, const vti_evaluation *e) {
    run_visits(t, e, density_visit, force_visit);
}

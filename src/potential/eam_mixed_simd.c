/* The EAM kernel in mixed precision: what a pair gives is computed in single precision, sums are in
   double. Compiled once per instruction set. The course of things is that of eam_simd.c, but for
   eight pairs at a time: two vectors of four, each with an own atom.

   Positions are taken relative to an atom of the domain, so that in a compact box they are some
   30 angstrom and rounded to 2e-6 angstrom; in one that is long and thin they may be more. */
#include <assert.h>

#include "eam_visits.h"

/* Eights of pairs whose places are found before they are used. */
enum { BATCH = 32 };

/* Rows of tables have 2 to this power bytes. */
enum { DENSITY_POWER = 4, ROW_POWER = 5 };
static_assert(sizeof(float[4]) == 1 << DENSITY_POWER, "rows of densities");
static_assert(sizeof(vti_eam_mixed_row) == 1 << ROW_POWER, "rows of forces");

/* Stands in for missing pairs: beyond any table, and its square is finite. */
static const float NOWHERE = 1e15f;

/* Four floats a point, where the other kernels have doubles. */
VTI_INLINE float *points_of(const vti_scratch *scratch) {
    return (float *)(void *)scratch->point;
}

typedef struct {
    floats inverse_step, rows;
} grid;

VTI_INLINE grid grid_of(const vti_eam_grid *g) {
    return (grid){all_floats((float)g->inverse_step), all_floats((float)g->rows)};
}

/* Place within a row, and the rows' offsets for rows of 2^`power` bytes. */
VTI_INLINE floats locate(grid g, floats r, int power, uint32_t row[FLOATS]) {
    floats s = fused_floats(r, g.inverse_step, all_floats(-0.5f));
    s = least_of_floats(s, g.rows);
    return s - nearest_floats(s, power, row);
}

VTI_INLINE const float *at(const void *table, uint32_t offset) {
    return (const float *)(const void *)((const char *)table + offset);
}

VTI_INLINE floats cubic(const void *table, const uint32_t row[FLOATS], floats p) {
    const float *r[FLOATS];
    for (int k = 0; k < FLOATS; k++) r[k] = at(table, row[k]);
    float_columns c = load_float_columns(r);
    floats v = fused_floats(p, c.c[3], c.c[2]);
    return fused_floats(p, fused_floats(p, v, c.c[1]), c.c[0]);
}

VTI_INLINE floats square(floats dx, floats dy, floats dz) {
    return fused_floats(dz, dz, fused_floats(dy, dy, dx * dx));
}

/* The own atoms of two fours of pairs. */
VTI_INLINE floats load_owners(const float *point, const uint16_t *owner) {
    return load_two_rows(point + owner[0], point + owner[1]);
}

VTI_INLINE void gather(const vti_evaluation *e, const vti_domain *domain, const double *fourth,
                       float *point) {
    const vti_domains *d = e->domains;
    const vti_slot *slot = d->slot + domain->first;
    if (domain->points == 0) return;
    lanes origin = load(d->position[slot[0].atom]);
    for (int32_t p = 0; p < domain->points; p++) {
        lanes r = load(d->position[slot[p].atom]) + (load(d->shift[slot[p].image]) - origin);
        if (fourth != NULL) r[3] = fourth[slot[p].atom];
        half_floats narrow = to_half_floats(r);
        memcpy(point + 4 * p, &narrow, sizeof narrow);
    }
    const float nowhere[4] = {NOWHERE, NOWHERE, NOWHERE, 0};
    memcpy(point + 4 * domain->points, nowhere, sizeof nowhere);
}

/* ---------------------------------------------------------------- densities ---- */

/* A batch of pairs: places within rows, and the offsets of the rows. */
typedef struct {
    float p[BATCH * FLOATS];
    uint32_t row[BATCH * FLOATS];
} density_batch;

/* Places of pairs in the tables of densities, and the smallest squared distance. */
VTI_INLINE void find_density_places(const vti_eam_tables *t, const float *point, near_pairs pairs,
                                    floats *least, density_batch *batch) {
    grid g = grid_of(&t->densities);
    floats smallest = *least;
    for (int v = 0, k = 0; v < pairs.vectors; v += 2, k += FLOATS) {
        floats self = load_owners(point, pairs.near_atom + v);
        float_columns c = load_float_differences(point, self, pairs.near + k);
        floats r2 = square(c.c[0], c.c[1], c.c[2]);
        smallest = least_of_floats(r2, smallest);
        store_floats(batch->p + k, locate(g, root_floats(r2), DENSITY_POWER, batch->row + k));
    }
    *least = smallest;
}

/* As in eam_simd.c. */
VTI_INLINE void add_densities(const vti_eam_tables *t, const vti_domain *domain, int first,
                              int second, const bool like, const vti_scratch *scratch,
                              double *density, floats *least) {
    const void *at_first = t->mixed->density[first * t->species + second];
    const void *at_second = t->mixed->density[second * t->species + first];
    double *own = scratch->own_density;
    density_batch batch;
    near_pairs all_pairs = near_of(domain, first * t->species + second);
    while (all_pairs.vectors > 0) {
        near_pairs pairs = take_batch(&all_pairs, 2 * BATCH);
        find_density_places(t, points_of(scratch), pairs, least, &batch);
        for (int v = 0, k = 0; v < pairs.vectors; v += 2, k += FLOATS) {
            floats p = load_floats(batch.p + k);
            floats a = cubic(at_first, batch.row + k, p);
            floats b = like ? a : cubic(at_second, batch.row + k, p);
            double *to = own + pairs.near_atom[v], *also = own + pairs.near_atom[v + 1];
            store(to, load(to) + lower_doubles(a));
            store(also, load(also) + upper_doubles(a));
            lanes low = lower_doubles(b), high = upper_doubles(b);
            const uint16_t *near = pairs.near + k;
            for (int q = 0; q < LANES; q++) *one_at(density, near[q]) += low[q];
            for (int q = 0; q < LANES; q++) *one_at(density, near[q + LANES]) += high[q];
        }
    }
}

static void find_densities(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                           vti_scratch *scratch) {
    const vti_domain *domain = &e->domains->domain[index];
    floats least = all_floats(NOWHERE);
    gather(e, domain, NULL, points_of(scratch));
    double *density = receive_densities(e, domain, scratch);
    for (int i = 0; i < t->species; i++)
        for (int j = 0; j < t->species; j++)
            if (i == j)
                add_densities(t, domain, i, j, true, scratch, density, &least);
            else
                add_densities(t, domain, i, j, false, scratch, density, &least);
    double smallest = INFINITY;
    for (int q = 0; q < FLOATS; q++) smallest = fmin(smallest, (double)least[q]);
    deliver_densities(e, index, scratch, density, smallest);
}

/* ---------------------------------------------------------------- forces ---- */

typedef struct {
    float dx[BATCH * FLOATS], dy[BATCH * FLOATS], dz[BATCH * FLOATS], r[BATCH * FLOATS];
    float slope[BATCH * FLOATS], own_slope[BATCH * FLOATS]; /* F'; then `slope` is g */
    float p[BATCH * FLOATS];                                /* then minus half the energy */
    uint32_t row[BATCH * FLOATS];
} pair_batch;

VTI_INLINE void find_places(const vti_eam_tables *t, const float *point, near_pairs pairs,
                            pair_batch *batch) {
    grid g = grid_of(&t->mixed->slopes);
    for (int v = 0, k = 0; v < pairs.vectors; v += 2, k += FLOATS) {
        floats self = load_owners(point, pairs.near_atom + v);
        floats own_slope = __builtin_shufflevector(self, self, 3, 3, 3, 3, 7, 7, 7, 7);
        self = __builtin_shufflevector(self, all_floats(0), 0, 1, 2, 11, 4, 5, 6, 15);
        float_columns c = load_float_differences(point, self, pairs.near + k);
        floats dx = c.c[0], dy = c.c[1], dz = c.c[2];
        floats r = root_floats(square(dx, dy, dz));
        store_floats(batch->p + k, locate(g, r, ROW_POWER, batch->row + k));
        store_floats(batch->dx + k, dx);
        store_floats(batch->dy + k, dy);
        store_floats(batch->dz + k, dz);
        store_floats(batch->r + k, r);
        store_floats(batch->slope + k, c.c[3]);
        store_floats(batch->own_slope + k, own_slope);
    }
}

/* Parabola of phi'/r. */
typedef struct {
    floats c0, c1, c2;
} parabola;

/* phi'/r + F'_low f'_low/r + F'_high f'_high/r at eight places; the first term too. */
VTI_INLINE floats joint_slope(const vti_eam_mixed_row *table, const uint32_t row[FLOATS], floats p,
                              floats low, floats high, parabola *phi) {
    const float *r[FLOATS];
    for (int k = 0; k < FLOATS; k++) r[k] = at(table, row[k]);
    float_columns c = load_float_columns(r);
    for (int k = 0; k < FLOATS; k++) r[k] += 4;
    float_columns d = load_float_columns(r);
    *phi = (parabola){c.c[0], c.c[3], d.c[2]};
    floats c0 = fused_floats(high, c.c[2], fused_floats(low, c.c[1], c.c[0]));
    floats c1 = fused_floats(high, d.c[1], fused_floats(low, d.c[0], c.c[3]));
    return fused_floats(p, fused_floats(p, d.c[2], c1), c0);
}

/* phi at r, see vti_eam_from_middle. */
VTI_INLINE floats pair_energy(const vti_eam_tables *t, const float *middle,
                              const uint32_t row[FLOATS], const parabola *c, floats r, floats p) {
    floats start;
    for (int k = 0; k < FLOATS; k++) start[k] = middle[row[k] >> ROW_POWER];
    floats q = p * all_floats((float)(1.0 / t->mixed->slopes.inverse_step));
    floats half = fused_floats(q, all_floats(-1.0f / 6), r * all_floats(1.0f / 2));
    floats third = fused_floats(q, all_floats(-1.0f / 12), r * all_floats(1.0f / 3));
    floats first = c->c0 * fused_floats(q, all_floats(-0.5f), r);
    return fused_floats(q, fused_floats(p, fused_floats(p * c->c2, third, c->c1 * half), first),
                        start);
}

VTI_INLINE lanes find_slopes(const vti_eam_tables *t, int vectors, int first, int second,
                             const bool energy, pair_batch *batch) {
    bool ordered = first <= second;
    int low = ordered ? first : second, high = ordered ? second : first;
    const vti_eam_mixed_row *table = t->mixed->row[high * (high + 1) / 2 + low];
    const float *middle = t->mixed->middle[first * t->species + second];
    lanes all_energy = all(0);
    for (int k = 0; k < vectors * LANES; k += FLOATS) {
        floats slope_i = load_floats(batch->own_slope + k), slope_j = load_floats(batch->slope + k);
        floats p = load_floats(batch->p + k);
        const uint32_t *row = batch->row + k;
        parabola phi;
        store_floats(batch->slope + k, joint_slope(table, row, p, ordered ? slope_i : slope_j,
                                                   ordered ? slope_j : slope_i, &phi));
        if (!energy) continue;
        floats r = load_floats(batch->r + k);
        floats half = all_floats(-0.5f) * pair_energy(t, middle, row, &phi, r, p);
        store_floats(batch->p + k, half);
        all_energy += lower_doubles(half) + upper_doubles(half);
    }
    return all_energy;
}

/* Take a row of force and energy from what the point at place j received. */
VTI_INLINE void take_row(double *force, int j, lanes row) {
    store(force + j, load(force + j) - row);
}

VTI_INLINE void hand_out(const pair_batch *batch, near_pairs pairs, const bool energy,
                         const bool by_atom, received to) {
    for (int v = 0, k = 0; v < pairs.vectors; v += 2, k += FLOATS) {
        const uint16_t *near = pairs.near + k, *own = pairs.near_atom + v;
        floats dx = load_floats(batch->dx + k), dy = load_floats(batch->dy + k);
        floats dz = load_floats(batch->dz + k), g = load_floats(batch->slope + k);
        floats half = energy ? load_floats(batch->p + k) : all_floats(0);
        float_columns rows = float_rows(g * dx, g * dy, g * dz, half);
        lanes taken = all(0), also = all(0);
        for (int q = 0; q < LANES; q++) {
            lanes a = lower_doubles(rows.c[q]), b = upper_doubles(rows.c[q]);
            take_row(to.force, near[q], a);
            take_row(to.force, near[q + LANES], b);
            taken += a;
            also += b;
        }
        give_to(to.force, own[0], taken, energy);
        give_to(to.force, own[1], also, energy);
        for (int part = 0; by_atom && part < 2; part++) {
            lanes gs = part ? upper_doubles(g) : lower_doubles(g);
            lanes x = part ? upper_doubles(dx) : lower_doubles(dx);
            lanes y = part ? upper_doubles(dy) : lower_doubles(dy);
            lanes z = part ? upper_doubles(dz) : lower_doubles(dz);
            share_virial(to.virial, own[part], near + part * LANES, gs, x, y, z);
        }
    }
}

VTI_INLINE void add_forces(const vti_eam_tables *t, const vti_domain *domain, int first, int second,
                           const bool energy, const bool by_atom, const float *point, received to,
                           lanes *all_energy) {
    pair_batch batch;
    near_pairs all_pairs = near_of(domain, first * t->species + second);
    while (all_pairs.vectors > 0) {
        near_pairs pairs = take_batch(&all_pairs, 2 * BATCH);
        find_places(t, point, pairs, &batch);
        *all_energy += find_slopes(t, pairs.vectors, first, second, energy, &batch);
        hand_out(&batch, pairs, energy, by_atom, to);
    }
}

VTI_INLINE void visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                      vti_scratch *scratch, const bool energy, const bool by_atom) {
    const vti_domain *domain = &e->domains->domain[index];
    const float *point = points_of(scratch);
    lanes half = all(0); /* minus half the energy of all pairs */
    gather(e, domain, e->per_atom, points_of(scratch));
    received to = receive(e, domain, by_atom);
    for (int i = 0; i < t->species; i++)
        for (int j = 0; j < t->species; j++)
            add_forces(t, domain, i, j, energy, by_atom, point, to, &half);
    vti_sums *sums = &e->domain_sums[index];
    if (energy) sums->energy = -2 * sum(half);
    if (e->want & VT_WANT_VIRIAL) {
        lanes w[3] = {all(0), all(0), all(0)};
        for (int32_t p = 0; p < domain->points; p++) {
            const float *r = point + 4 * p;
            add_virial(w, to.force + 4 * p, (lanes){r[0], r[1], r[2], 0});
        }
        put_virial(w, sums->virial);
    }
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

void VTI_VARIANT(vti_eam_mixed)(const vti_eam_tables *t, const vti_evaluation *e) {
    run_visits(t, e, density_visit, force_visit);
}

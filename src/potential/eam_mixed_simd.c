/* The EAM kernel in mixed precision: what a pair gives is computed in single precision, sums are in
   double. Compiled once per instruction set. The course of things is that of eam_simd.c, but for
   eight pairs at a time: two vectors of four, each with an own atom.

   Positions are taken relative to an atom of the domain, so that they are some 20 angstrom at
   most and rounded to 1e-6 angstrom. */
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

VTI_INLINE float *distances_of(const vti_scratch *scratch) {
    return (float *)(void *)scratch->r2;
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

/* The points at eight places less `self` of their four: subtracted before they are turned into
   columns. */
VTI_INLINE float_columns load_float_differences(const float *point, floats self,
                                                const uint16_t *j) {
    floats row[4];
    for (int k = 0; k < 4; k++) row[k] = load_two_rows(point + j[k], point + j[k + 4]) - self;
    return float_rows(row[0], row[1], row[2], row[3]);
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

/* Squared distances of two fours of listed pairs. */
VTI_INLINE floats measure(const float *point, const uint16_t *owner, const uint16_t *partner) {
    float_columns c = load_float_differences(point, load_owners(point, owner), partner);
    return square(c.c[0], c.c[1], c.c[2]);
}

/* The same for `vectors` fours, into `d2`, and the smallest. One more owner and four more distances
   are written where `vectors` is odd. */
VTI_INLINE void measure_all(const float *point, uint16_t *owner, const uint16_t *partner,
                            int vectors, uint16_t nowhere, floats *least, float *d2) {
    floats smallest = *least;
    for (int v = 0, k = 0; v + 1 < vectors; v += 2, k += FLOATS) {
        floats r2 = measure(point, owner + v, partner + k);
        smallest = least_of_floats(r2, smallest);
        store_floats(d2 + k, r2);
    }
    if (vectors % 2 == 1) {
        uint16_t last[FLOATS];
        repeat_word(last, nowhere, FLOATS);
        memcpy(last, partner + LANES * (vectors - 1), LANES * sizeof *last);
        owner[vectors] = 0;
        floats r2 = measure(point, owner + vectors - 1, last);
        smallest = least_of_floats(r2, smallest);
        store_floats(d2 + LANES * (vectors - 1), r2);
    }
    *least = smallest;
}

/* Pack the partners of one segment within the cutoff and their squared distances; the last vector
   of both is filled up. Returns the number of vectors. */
VTI_INLINE int select_near(const float *d2, const uint16_t *partner, int entries, uint16_t nowhere,
                           float cutoff2, uint16_t *near, float *r2) {
    int count = 0;
    for (int k = 0; k < entries; k += FLOATS) {
        unsigned bits = float_bits(load_floats(d2 + k) < all_floats(cutoff2));
        if (k + LANES == entries) bits &= 15; /* the rest belongs to the next segment */
        pack_floats(r2 + count, d2 + k, bits);
        pack_words8(near + count, partner + k, bits);
        count += __builtin_popcount(bits);
    }
    store_floats(r2 + count, all_floats(NOWHERE));
    repeat_word(near + count, nowhere, LANES);
    return (count + LANES - 1) / LANES;
}

/* As in eam_simd.c. */
VTI_INLINE void add_densities(const vti_eam_tables *t, int first, int second, const bool like,
                              const uint16_t *near, const uint16_t *near_atom, int vectors,
                              vti_scratch *scratch) {
    const void *at_first = t->mixed->density[first * t->species + second];
    const void *at_second = t->mixed->density[second * t->species + first];
    double *density = scratch->density, *own = scratch->own_density;
    float *r2 = distances_of(scratch);
    uint32_t *row = (uint32_t *)(void *)scratch->row;
    grid g = grid_of(&t->densities);
    for (int k = 0; k < vectors * LANES; k += FLOATS) {
        floats r = root_floats(load_floats(r2 + k));
        store_floats(r2 + k, locate(g, r, DENSITY_POWER, row + k));
    }
    for (int v = 0, k = 0; v < vectors; v += 2, k += FLOATS) {
        floats p = load_floats(r2 + k);
        floats a = cubic(at_first, row + k, p), b = like ? a : cubic(at_second, row + k, p);
        double *to = own + near_atom[v], *also = own + near_atom[v + 1];
        store(to, load(to) + lower_doubles(a));
        store(also, load(also) + upper_doubles(a));
        lanes low = lower_doubles(b), high = upper_doubles(b);
        for (int q = 0; q < LANES; q++) *one_at(density, near[k + q]) += low[q];
        for (int q = 0; q < LANES; q++) *one_at(density, near[k + q + LANES]) += high[q];
    }
}

static void density_visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                          vti_scratch *scratch) {
    const vti_domain *domain = &e->domains->domain[index];
    float *point = points_of(scratch), *r2 = distances_of(scratch);
    float *d2 = (float *)(void *)scratch->row; /* free until densities are added */
    floats least = all_floats(NOWHERE);
    uint16_t nowhere = (uint16_t)(4 * domain->points);
    gather(e, domain, NULL, point);
    clear_densities(domain, scratch);
    for (int class = 0; class < t->species * t->species; class ++) {
        int first = class / t->species, second = class % t->species;
        const uint16_t *partner = domain->neighbor + domain->class_entry[class];
        uint16_t *near = near_of(domain, class), *near_atom = near_atom_of(domain, class);
        int32_t end = domain->class_segment[class + 1];
        int found = 0, added = 0; /* vectors of four */
        for (int32_t from = domain->class_segment[class]; from < end; from += VTI_GROUP) {
            int32_t to = from + VTI_GROUP < end ? from + VTI_GROUP : end;
            int listed = 0;
            for (int32_t s = from; s < to; s++) {
                vti_segment segment = domain->segment[s];
                repeat_word(near_atom + found + listed, segment.atom, segment.vectors);
                listed += segment.vectors;
            }
            measure_all(point, near_atom + found, partner, listed, nowhere, &least, d2);
            for (int32_t s = from, k = 0; s < to; s++) {
                vti_segment segment = domain->segment[s];
                int entries = LANES * segment.vectors;
                int more = select_near(d2 + k, partner, entries, nowhere, (float)t->cutoff2,
                                       near + LANES * found, r2 + LANES * (found - added));
                partner += entries;
                k += entries;
                repeat_word(near_atom + found, segment.atom, more);
                found += more;
            }
            if (to == end && found % 2 == 1) near_atom[found++] = 0; /* its partners are nowhere */
            int whole = (found - added) / 2 * 2;
            if (first == second)
                add_densities(t, first, second, true, near + LANES * added, near_atom + added,
                              whole, scratch);
            else
                add_densities(t, first, second, false, near + LANES * added, near_atom + added,
                              whole, scratch);
            memcpy(r2, r2 + LANES * whole, LANES * sizeof *r2);
            added += whole;
        }
        domain->near_vectors[class] = found;
    }
    double smallest = INFINITY;
    for (int q = 0; q < FLOATS; q++) smallest = fmin(smallest, (double)least[q]);
    deliver_densities(e, index, scratch, smallest);
}

/* ---------------------------------------------------------------- forces ---- */

typedef struct {
    float dx[BATCH * FLOATS], dy[BATCH * FLOATS], dz[BATCH * FLOATS], r[BATCH * FLOATS];
    float slope[BATCH * FLOATS], own_slope[BATCH * FLOATS]; /* F'; then `slope` is g */
    float p[BATCH * FLOATS];                                /* then minus half the energy */
    uint32_t row[BATCH * FLOATS];
} pair_batch;

VTI_INLINE void find_places(const vti_eam_tables *t, const float *point, const uint16_t *near,
                            const uint16_t *near_atom, int vectors, pair_batch *batch) {
    grid g = grid_of(&t->mixed->slopes);
    for (int v = 0, k = 0; v < vectors; v += 2, k += FLOATS) {
        floats self = load_owners(point, near_atom + v);
        floats own_slope = __builtin_shufflevector(self, self, 3, 3, 3, 3, 7, 7, 7, 7);
        self = __builtin_shufflevector(self, all_floats(0), 0, 1, 2, 11, 4, 5, 6, 15);
        float_columns c = load_float_differences(point, self, near + k);
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

VTI_INLINE void hand_out(const pair_batch *batch, const uint16_t *near, const uint16_t *near_atom,
                         int vectors, const bool energy, const bool by_atom, vti_scratch *scratch) {
    double *force = scratch->force;
    for (int v = 0, k = 0; v < vectors; v += 2, k += FLOATS) {
        floats dx = load_floats(batch->dx + k), dy = load_floats(batch->dy + k);
        floats dz = load_floats(batch->dz + k), g = load_floats(batch->slope + k);
        floats half = energy ? load_floats(batch->p + k) : all_floats(0);
        float_columns rows = float_rows(g * dx, g * dy, g * dz, half);
        lanes received = all(0), also = all(0);
        for (int q = 0; q < LANES; q++) {
            lanes a = lower_doubles(rows.c[q]), b = upper_doubles(rows.c[q]);
            take_row(force, near[k + q], a);
            take_row(force, near[k + q + LANES], b);
            received += a;
            also += b;
        }
        give_to(force, near_atom[v], received, energy);
        give_to(force, near_atom[v + 1], also, energy);
        for (int part = 0; by_atom && part < 2; part++) {
            lanes gs = part ? upper_doubles(g) : lower_doubles(g);
            lanes x = part ? upper_doubles(dx) : lower_doubles(dx);
            lanes y = part ? upper_doubles(dy) : lower_doubles(dy);
            lanes z = part ? upper_doubles(dz) : lower_doubles(dz);
            share_virial(scratch->virial, near_atom[v + part], near + k + part * LANES, gs, x, y,
                         z);
        }
    }
}

VTI_INLINE void add_forces(const vti_eam_tables *t, const vti_domain *domain, int first, int second,
                           const bool energy, const bool by_atom, vti_scratch *scratch,
                           lanes *all_energy) {
    int class = first * t->species + second;
    const uint16_t *near = near_of(domain, class), *near_atom = near_atom_of(domain, class);
    pair_batch batch;
    for (int n, left = domain->near_vectors[class]; left > 0; left -= n) {
        n = left < 2 * BATCH ? left : 2 * BATCH;
        find_places(t, points_of(scratch), near, near_atom, n, &batch);
        *all_energy += find_slopes(t, n, first, second, energy, &batch);
        hand_out(&batch, near, near_atom, n, energy, by_atom, scratch);
        near += n * LANES;
        near_atom += n;
    }
}

VTI_INLINE void visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                      vti_scratch *scratch, const bool energy, const bool by_atom) {
    const vti_domain *domain = &e->domains->domain[index];
    const float *point = points_of(scratch);
    lanes half = all(0); /* minus half the energy of all pairs */
    gather(e, domain, e->per_atom, points_of(scratch));
    clear(domain, by_atom, scratch);
    for (int i = 0; i < t->species; i++)
        for (int j = 0; j < t->species; j++)
            add_forces(t, domain, i, j, energy, by_atom, scratch, &half);
    vti_sums *sums = &e->domain_sums[index];
    if (energy) sums->energy = -2 * sum(half);
    if (e->want & VT_WANT_VIRIAL) {
        lanes w[3] = {all(0), all(0), all(0)};
        for (int32_t p = 0; p < domain->points; p++) {
            const float *r = point + 4 * p;
            add_virial(w, scratch->force + 4 * p, (lanes){r[0], r[1], r[2], 0});
        }
        put_virial(w, sums->virial);
    }
    deliver(e, domain, scratch);
}

static void force_visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                        vti_scratch *scratch) {
    if (e->slot_virial != NULL)
        visit(t, e, index, scratch, true, true);
    else if (e->want & VT_WANT_ENERGY)
        visit(t, e, index, scratch, true, false);
    else
        visit(t, e, index, scratch, false, false);
}

void VTI_VARIANT(vti_eam_mixed)(const vti_eam_tables *t, const vti_evaluation *e) {
    run_visits(t, e, density_visit, force_visit);
}

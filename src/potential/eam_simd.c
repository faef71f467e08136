/* The EAM kernel, four pairs at a time. Compiled once per instruction set.

   Two visits to every atom. The first looks at all listed neighbors, packs those within the
   cutoff, sums their densities and leaves F'(rho_i) and the packed neighbors behind. The second
   takes the packed neighbors, whose F' are known by then, and sums the forces. Work is shared by
   blocks of atoms; nobody writes to another's memory, so there is no reduction to wait for and
   every sum has one order whatever the number of threads.

   A row of the force table is one cache line with all that a pair needs. Four rows are turned into
   columns, phi'/r + F'_low f'_low/r + F'_high f'_high/r is added up coefficient by coefficient,
   and a single cubic is evaluated. */
#include "eam.h"

#include "base/simd.h"

enum { CHUNK = 256 }; /* neighbors looked at before their densities are summed */

/* Stands in for the missing pairs of the last vector: beyond any table. */
static const double NOWHERE = 1e30;

typedef struct {
    lanes row; /* within a table, as doubles */
    lanes p;   /* place within the row */
} place;

VTI_INLINE place locate(const vti_eam_grid *grid, lanes r) {
    lanes s = r * all(grid->inverse_step), top = all(grid->rows);
    s = choose(s < top, s, top);
    lanes m = whole(s);
    return (place){m, s - m};
}

VTI_INLINE lanes cubic(columns c, lanes p) {
    return fused(p, fused(p, fused(p, c.c[3], c.c[2]), c.c[1]), c.c[0]);
}

VTI_INLINE lanes square(lanes dx, lanes dy, lanes dz) {
    return fused(dz, dz, fused(dy, dy, dx * dx));
}

/* Sum of the densities of `count` packed neighbors. */
VTI_INLINE lanes sum_densities(const vti_eam_tables *t, const double *table, const double *r2,
                               const double *type, int count) {
    lanes rho = all(0), stride = all(t->values.rows + 1);
    for (int k = 0; k < count; k += LANES) {
        place at = locate(&t->values, root(load(r2 + k)));
        lane_index row = to_index(fused(load(type + k), stride, at.row));
        columns c = load_columns(table + 4 * (size_t)row[0], table + 4 * (size_t)row[1],
                                 table + 4 * (size_t)row[2], table + 4 * (size_t)row[3]);
        rho += cubic(c, at.p);
    }
    return rho;
}

/* First visit: density, F and F', packed neighbors. */
VTI_INLINE void visit_density(const vti_eam_tables *t, const vti_evaluation *e, size_t i,
                              lanes *least, vti_block *block) {
    const vt_neighbors *list = e->list;
    const double *point = list->point;
    const double *self = point + 4 * i;
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]);
    int type = (int)self[3];
    const double *table =
        t->density + 4 * (size_t)(type * t->species) * (size_t)(t->values.rows + 1);
    double r2[CHUNK + LANES], types[CHUNK + LANES];
    int32_t packed[CHUNK + LANES];
    int32_t *out = e->compact + list->first[i];
    lanes rho = all(0);
    size_t end = list->first[i + 1];
    int32_t total = 0;

    for (size_t from = list->first[i]; from < end; from += CHUNK) {
        int listed = end - from < CHUNK ? (int)(end - from) : CHUNK, count = 0;
        const int32_t *j = list->neighbor + from;
        for (int k = 0; k < listed; k += LANES) {
            columns c = load_columns(point + 4 * (size_t)j[k], point + 4 * (size_t)j[k + 1],
                                     point + 4 * (size_t)j[k + 2], point + 4 * (size_t)j[k + 3]);
            lanes dx = c.c[0] - x, dy = c.c[1] - y, dz = c.c[2] - z;
            lanes d2 = square(dx, dy, dz);
            int bits = mask_bits(d2 < all(t->cutoff2));
            if (listed - k < LANES) { /* entries behind the row belong to others */
                bits &= (1 << (listed - k)) - 1;
                for (int lane = listed - k; lane < LANES; lane++) d2[lane] = NOWHERE;
            }
            *least = choose(d2 < *least, d2, *least);
            pack(r2 + count, d2, bits);
            pack(types + count, c.c[3], bits);
            pack_index(packed + count, j + k, bits);
            count += __builtin_popcount((unsigned)bits);
        }
        store(r2 + count, all(NOWHERE));
        store(types + count, all(0));
        rho += sum_densities(t, table, r2, types, count);
        memcpy(out + total, packed, (size_t)count * sizeof *out);
        total += count;
    }
    e->compact_count[i] = total;
    double *slope = e->per_point + i;
    double energy = vti_embedding(&t->embedding[type], t->embedding_limit, sum(rho), slope);
    block->energy += energy;
    if (e->atom_energy != NULL) e->atom_energy[i] = energy;
}

/* phi'/r + F'_low f'_low/r + F'_high f'_high/r at place p of four rows. */
VTI_INLINE lanes joint_slope(const vti_eam_row *r0, const vti_eam_row *r1, const vti_eam_row *r2,
                             const vti_eam_row *r3, lanes p, lanes low, lanes high) {
    columns c = load_columns(&r0->phi0, &r1->phi0, &r2->phi0, &r3->phi0), u, v;
    load_float_columns(&r0->low1, &r1->low1, &r2->low1, &r3->low1, &u, &v);
    lanes c0 = fused(high, c.c[2], fused(low, c.c[1], c.c[0]));
    lanes c1 = fused(high, u.c[1], fused(low, u.c[0], c.c[3]));
    lanes c2 = fused(high, v.c[0], fused(low, u.c[3], u.c[2]));
    lanes c3 = fused(high, v.c[3], fused(low, v.c[2], v.c[1]));
    return fused(p, fused(p, fused(p, c3, c2), c1), c0);
}

/* Geometry and table places of some pairs of one atom. */
typedef struct {
    double dx[CHUNK + LANES], dy[CHUNK + LANES], dz[CHUNK + LANES], r[CHUNK + LANES];
    double p[CHUNK + LANES], low[CHUNK + LANES], high[CHUNK + LANES]; /* slopes F' */
    int32_t row[CHUNK + LANES];
    double type[CHUNK + LANES];
} pair_batch;

/* Fill `batch` with `count` packed neighbors of atom i and ask for their rows of the force table.
   The tables of a fine file exceed the inner caches; asked for all at once, the rows arrive while
   the rest of the batch is prepared. */
VTI_INLINE void prepare_pairs(const vti_eam_tables *t, const vti_evaluation *e, size_t i,
                              const int32_t *packed, int32_t count, pair_batch *batch) {
    const double *point = e->list->point, *slope = e->per_point, *self = point + 4 * i;
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]), type = all(self[3]);
    lanes slope_i = all(slope[i]), one = all(1), half = all(0.5), stride = all(t->slopes.rows + 1);
    for (int32_t k = 0; k < count; k += LANES) {
        int32_t tail[LANES];
        const int32_t *j = packed + k;
        if (count - k < LANES) { /* fill up with the point far away */
            for (int32_t lane = 0; lane < LANES; lane++)
                tail[lane] = k + lane < count ? j[lane] : (int32_t)e->list->points;
            j = tail;
        }
        columns c = load_columns(point + 4 * (size_t)j[0], point + 4 * (size_t)j[1],
                                 point + 4 * (size_t)j[2], point + 4 * (size_t)j[3]);
        lanes dx = c.c[0] - x, dy = c.c[1] - y, dz = c.c[2] - z;
        lanes r = root(square(dx, dy, dz));
        place at = locate(&t->slopes, r);
        lanes slope_j = {slope[j[0]], slope[j[1]], slope[j[2]], slope[j[3]]};
        lane_mask below = c.c[3] < type;
        lanes low = choose(below, c.c[3], type), high = choose(below, type, c.c[3]);
        lanes pair = fused(high * half, high + one, low);
        lane_index row = to_index(fused(pair, stride, at.row));
        for (int lane = 0; lane < LANES; lane++) __builtin_prefetch(t->force + row[lane]);
        memcpy(batch->row + k, &row, sizeof row);
        store(batch->dx + k, dx);
        store(batch->dy + k, dy);
        store(batch->dz + k, dz);
        store(batch->r + k, r);
        store(batch->p + k, at.p);
        store(batch->low + k, choose(below, slope_j, slope_i));
        store(batch->high + k, choose(below, slope_i, slope_j));
        store(batch->type + k, c.c[3]);
    }
}

/* Second visit: force, virial and pair energy. The flags are constants where this is inlined. */
VTI_INLINE void visit_force(const vti_eam_tables *t, const vti_evaluation *e, size_t i,
                            const bool virial, const bool energy, vti_block *block) {
    const int32_t *packed = e->compact + e->list->first[i];
    lanes value_stride = all(t->values.rows + 1);
    int type = (int)e->list->point[4 * i + 3];
    const double *pairs = t->pair + 4 * (size_t)(type * t->species) * (size_t)(t->values.rows + 1);
    lanes fx = all(0), fy = all(0), fz = all(0), phi = all(0);
    lanes w[6] = {all(0), all(0), all(0), all(0), all(0), all(0)};
    pair_batch batch;

    for (int32_t from = 0; from < e->compact_count[i]; from += CHUNK) {
        int32_t left = e->compact_count[i] - from, count = left < CHUNK ? left : CHUNK;
        prepare_pairs(t, e, i, packed + from, count, &batch);
        for (int32_t k = 0; k < count; k += LANES) {
            const int32_t *m = batch.row + k;
            lanes dx = load(batch.dx + k), dy = load(batch.dy + k), dz = load(batch.dz + k);
            lanes g =
                joint_slope(t->force + m[0], t->force + m[1], t->force + m[2], t->force + m[3],
                            load(batch.p + k), load(batch.low + k), load(batch.high + k));
            fx = fused(g, dx, fx);
            fy = fused(g, dy, fy);
            fz = fused(g, dz, fz);
            if (virial) {
                lanes gx = g * dx, gy = g * dy, gz = g * dz;
                w[0] = fused(gx, dx, w[0]);
                w[1] = fused(gy, dy, w[1]);
                w[2] = fused(gz, dz, w[2]);
                w[3] = fused(gy, dz, w[3]);
                w[4] = fused(gx, dz, w[4]);
                w[5] = fused(gx, dy, w[5]);
            }
            if (energy) {
                lanes r = load(batch.r + k);
                place at = locate(&t->values, r);
                lane_index row = to_index(fused(load(batch.type + k), value_stride, at.row));
                columns u = load_columns(pairs + 4 * (size_t)row[0], pairs + 4 * (size_t)row[1],
                                         pairs + 4 * (size_t)row[2], pairs + 4 * (size_t)row[3]);
                phi += cubic(u, at.p) / r;
            }
        }
    }
    e->fx[i] = sum(fx);
    e->fy[i] = sum(fy);
    e->fz[i] = sum(fz);
    block->force_sum += fabs(e->fx[i]) + fabs(e->fy[i]) + fabs(e->fz[i]);
    for (int k = 0; virial && k < 6; k++) {
        double half = -0.5 * sum(w[k]);
        block->virial[k] += half;
        if (e->atom_virial != NULL) e->atom_virial[6 * i + (size_t)k] = half;
    }
    if (!energy) return;
    double half = 0.5 * sum(phi);
    block->energy += half;
    if (e->atom_energy != NULL) e->atom_energy[i] += half;
}

static void force_block(const vti_eam_tables *t, const vti_evaluation *e, size_t from, size_t to,
                        vti_block *block) {
    bool virial = e->want & VT_WANT_VIRIAL, energy = e->want & VT_WANT_ENERGY;
    if (virial && energy)
        for (size_t i = from; i < to; i++) visit_force(t, e, i, true, true, block);
    else if (virial)
        for (size_t i = from; i < to; i++) visit_force(t, e, i, true, false, block);
    else if (energy)
        for (size_t i = from; i < to; i++) visit_force(t, e, i, false, true, block);
    else
        for (size_t i = from; i < to; i++) visit_force(t, e, i, false, false, block);
}

void VTI_VARIANT(vti_eam_compute)(const vti_eam_tables *t, const vti_evaluation *e) {
    const vt_neighbors *list = e->list;
    size_t n = list->count, blocks = vti_block_count(n);
#pragma omp parallel num_threads(vt_threads()) if (blocks > 1)
    {
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            vti_block *block = &e->block[b];
            *block = (vti_block){.least_r2 = INFINITY};
            lanes least = all(INFINITY);
            size_t to = (b + 1) * VTI_BLOCK < n ? (b + 1) * VTI_BLOCK : n;
            for (size_t i = b * VTI_BLOCK; i < to; i++) visit_density(t, e, i, &least, block);
            for (int lane = 0; lane < LANES; lane++)
                if (least[lane] < block->least_r2) block->least_r2 = least[lane];
        }
#pragma omp for schedule(static)
        for (size_t g = n; g < list->points; g++) e->per_point[g] = e->per_point[list->parent[g]];
#pragma omp single
        e->per_point[list->points] = 0.0; /* of the point far away */
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            size_t to = (b + 1) * VTI_BLOCK < n ? (b + 1) * VTI_BLOCK : n;
            force_block(t, e, b * VTI_BLOCK, to, &e->block[b]);
        }
    }
}

/* The EAM kernel, four pairs at a time. Compiled once per instruction set.

   Every domain is visited twice, and every pair once in each visit. The first visit looks at all
   listed partners, packs those within the cutoff and adds the densities that a pair lays at both
   of its atoms; then F' of every atom is known. The second visit takes the packed partners and
   adds forces. Rows are sorted by species, so that the tables of a pair are constants of the inner
   loops. Four rows of a table are turned into columns, phi'/r + F'_i f'_i/r + F'_j f'_j/r is
   joined coefficient by coefficient, and a single parabola is evaluated. */
#include "domain_simd.h"
#include "eam.h"

enum { CHUNK = 256 }; /* pairs whose places are found before they are used */

/* Stands in for the missing pairs of the last vector: beyond any table. */
static const double NOWHERE = 1e30;

/* A table's grid, in registers. */
typedef struct {
    lanes inverse_step, rows;
} grid;

VTI_INLINE grid grid_of(const vti_eam_grid *g) {
    return (grid){all(g->inverse_step), all(g->rows)};
}

/* Place within a row, and the row's offset in bytes. */
VTI_INLINE lanes locate(grid g, lanes r, int32_t stride, lane_offsets *row) {
    lanes s = least_of(fused(r, g.inverse_step, all(-0.5)), g.rows);
    return s - nearest(s, stride, row);
}

VTI_INLINE const double *at(const void *table, int64_t offset) {
    return (const double *)(const void *)((const char *)table + offset);
}

VTI_INLINE lanes cubic(const void *table, const lane_offsets *row, lanes p) {
    columns c = load_columns(at(table, row->of[0]), at(table, row->of[1]), at(table, row->of[2]),
                             at(table, row->of[3]));
    return fused(p, fused(p, fused(p, c.c[3], c.c[2]), c.c[1]), c.c[0]);
}

VTI_INLINE lanes square(lanes dx, lanes dy, lanes dz) {
    return fused(dz, dz, fused(dy, dy, dx * dx));
}

/* ---------------------------------------------------------------- densities ---- */

/* Pack the partners within the cutoff and their squared distances; the last vector of both is
   filled up. Returns how many there are with those that fill up. */
VTI_INLINE int select_near(const vti_eam_tables *t, double (*point)[4], lanes x, lanes y, lanes z,
                           const uint16_t *row, int length, int32_t points, lanes *least,
                           uint16_t *near, double *r2) {
    int count = 0;
    lanes cutoff2 = all(t->cutoff2), smallest = *least;
    for (int k = 0; k < length; k += LANES) {
        columns c = load_points(point, row + k);
        lanes d2 = square(c.c[0] - x, c.c[1] - y, c.c[2] - z);
        int bits = mask_bits(d2 < cutoff2);
        smallest = least_of(d2, smallest);
        pack(r2 + count, d2, bits);
        pack_words(near + count, row + k, bits);
        count += __builtin_popcount((unsigned)bits);
    }
    *least = smallest;
    store(r2 + count, all(NOWHERE));
    for (int k = 0; k < LANES; k++) near[count + k] = (uint16_t)points;
    return (count + LANES - 1) & -LANES;
}

/* Add what the packed pairs lay at their second atoms, and return what they lay at the first. */
VTI_INLINE lanes add_densities(const vti_eam_tables *t, int first, int second, const bool like,
                               const uint16_t *near, const double *r2, int count, double *density) {
    const void *at_first = t->density[first * t->species + second];
    const void *at_second = t->density[second * t->species + first];
    lanes rho = all(0);
    grid g = grid_of(&t->densities);
    for (int k = 0; k < count; k += LANES) {
        lane_offsets row;
        lanes p = locate(g, root(load(r2 + k)), sizeof **t->density, &row);
        lanes u = cubic(at_first, &row, p), v = like ? u : cubic(at_second, &row, p);
        rho += u;
        for (int q = 0; q < LANES; q++) density[near[k + q]] += v[q];
    }
    return rho;
}

/* Select the partners of the atoms from .. to - 1 of a domain; `row`, `near` and what belongs to
   them advance. */
typedef struct {
    const uint16_t *row, *length;
    uint16_t *near, *near_count;
    lanes least;
} selection;

VTI_INLINE void select_group(const vti_eam_tables *t, const vti_domain *domain,
                             const vti_scratch *scratch, int32_t from, int32_t to,
                             selection *place) {
    double *r2 = scratch->r2;
    for (int32_t i = from; i < to; i++) {
        const double *self = scratch->point[i];
        lanes x = all(self[0]), y = all(self[1]), z = all(self[2]);
        for (int s = 0; s < t->species; s++) {
            int length = *place->length++;
            int count = select_near(t, scratch->point, x, y, z, place->row, length, domain->points,
                                    &place->least, place->near, r2);
            *place->near_count++ = (uint16_t)count;
            place->row += length;
            place->near += count;
            r2 += count;
        }
    }
}

/* First visit. Selecting and adding are done for a group of atoms in turn, since distances just
   packed are read back in other pieces than they were written, which the processor can do only
   after they have reached the cache. */
static void density_visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                          vti_scratch *scratch) {
    const vti_domains *d = e->domains;
    const vti_domain *domain = &d->domain[index];
    const vti_slot *slot = d->slot + domain->first;
    double *density = scratch->density;
    selection place = {domain->neighbor, domain->length, domain->near, domain->near_count,
                       all(INFINITY)};
    gather_points(e, domain, NULL, scratch->point);
    memset(density, 0, ((size_t)domain->points + 1) * sizeof *density);
    for (int32_t from = 0; from < domain->own; from += VTI_GROUP) {
        int32_t to = from + VTI_GROUP < domain->own ? from + VTI_GROUP : domain->own;
        const uint16_t *near = place.near, *near_count = place.near_count;
        const double *r2 = scratch->r2;
        select_group(t, domain, scratch, from, to, &place);
        for (int32_t i = from; i < to; i++) {
            int type = d->type[slot[i].atom];
            lanes rho = all(0);
            for (int s = 0; s < t->species; s++) {
                int count = *near_count++;
                rho += s == type ? add_densities(t, type, s, true, near, r2, count, density)
                                 : add_densities(t, type, s, false, near, r2, count, density);
                near += count;
                r2 += count;
            }
            density[i] += sum(rho);
        }
    }
    vti_sums *sums = &e->domain_sums[index];
    *sums = (vti_sums){.least_r2 = INFINITY};
    for (int q = 0; q < LANES; q++)
        if (place.least[q] < sums->least_r2) sums->least_r2 = place.least[q];
    memcpy(e->slot_density + domain->first, density, (size_t)domain->points * sizeof *density);
}

/* F and F' of the atoms from .. to - 1. */
static void embed(const vti_eam_tables *t, const vti_evaluation *e, size_t from, size_t to,
                  vti_sums *block) {
    const vti_domains *d = e->domains;
    for (size_t i = from; i < to; i++) {
        double rho = 0;
        for (size_t s = d->first_slot[i]; s < d->first_slot[i + 1]; s++)
            rho += e->slot_density[d->slot_of[s]];
        double energy =
            vti_embedding(&t->embedding[d->type[i]], t->embedding_limit, rho, &e->per_atom[i]);
        block->energy += energy;
        if (e->atom_energy != NULL) e->atom_energy[i] = energy;
    }
}

/* ---------------------------------------------------------------- forces ---- */

/* phi'/r + F' f'/r of pairs of one species, F' the sum of both atoms' slopes. */
VTI_INLINE lanes like_slope(const vti_eam_like *table, const int64_t *row, lanes p, lanes slope) {
    columns c =
        load_columns(at(table, row[0]), at(table, row[1]), at(table, row[2]), at(table, row[3]));
    lanes c0 = fused(slope, c.c[1], c.c[0]);
    lanes c1 = fused(slope, upper_words(c.c[2]), lower_words(c.c[2]));
    lanes c2 = fused(slope, upper_words(c.c[3]), lower_words(c.c[3]));
    return fused(p, fused(p, c2, c1), c0);
}

/* The same for two species, with the slopes of the atoms of the lower and the higher one. */
VTI_INLINE lanes unlike_slope(const vti_eam_unlike *table, const int64_t *row, lanes p, lanes low,
                              lanes high) {
    const double *r0 = at(table, row[0]), *r1 = at(table, row[1]);
    const double *r2 = at(table, row[2]), *r3 = at(table, row[3]);
    columns c = load_columns(r0, r1, r2, r3);
    lanes u, v;
    load_two_columns(r0 + 4, r1 + 4, r2 + 4, r3 + 4, &u, &v);
    lanes c0 = fused(high, c.c[2], fused(low, c.c[1], c.c[0]));
    lanes c1 = fused(high, lower_words(u), fused(low, upper_words(c.c[3]), lower_words(c.c[3])));
    lanes c2 = fused(high, upper_words(v), fused(low, lower_words(v), upper_words(u)));
    return fused(p, fused(p, c2, c1), c0);
}

/* What a visit for forces sums up. */
typedef struct {
    lanes fx, fy, fz, energy; /* of the atom at hand; the energy is minus half of its pairs' */
    lanes virial[6], all_energy;
} force_sums;

/* Geometry and table places of some pairs of one atom. Finding them and using them are two loops:
   the processor looks ahead over several turns of each, but hardly over two of both, and between
   them the rows arrive from the outer caches. */
typedef struct {
    double dx[CHUNK], dy[CHUNK], dz[CHUNK], r[CHUNK];
    double p[CHUNK], slope[CHUNK];
    int64_t row[CHUNK];
} pair_batch;

VTI_INLINE void find_places(const vti_eam_tables *t, double (*point)[4], int32_t i,
                            const uint16_t *near, int count, const void *table, int32_t stride,
                            pair_batch *batch) {
    const double *self = point[i];
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]);
    grid g = grid_of(&t->slopes);
    for (int k = 0; k < count; k += LANES) {
        columns c = load_points(point, near + k);
        lanes dx = c.c[0] - x, dy = c.c[1] - y, dz = c.c[2] - z;
        lanes r = root(square(dx, dy, dz));
        lane_offsets row;
        lanes p = locate(g, r, stride, &row);
        memcpy(batch->row + k, &row, sizeof row);
        store(batch->dx + k, dx);
        store(batch->dy + k, dy);
        store(batch->dz + k, dz);
        store(batch->r + k, r);
        store(batch->p + k, p);
        store(batch->slope + k, c.c[3]);
    }
}

/* The packed pairs of atom i with partners of one species. The flags are constants where this is
   inlined. */
VTI_INLINE void add_forces(const vti_eam_tables *t, const vti_scratch *scratch, int32_t i,
                           int first, int second, const uint16_t *near, int count, const bool like,
                           const bool energy, const bool virial, const bool by_atom,
                           force_sums *sums) {
    lanes slope = all(scratch->point[i][3]);
    bool first_is_low = first < second;
    const vti_eam_like *same = t->like[first];
    const vti_eam_unlike *other =
        like ? NULL
             : vti_eam_unlike_of(t, first_is_low ? first : second, first_is_low ? second : first);
    const void *pairs = t->pair[first * t->species + second];
    double(*force)[4] = scratch->force;
    lanes fx = sums->fx, fy = sums->fy, fz = sums->fz;
    pair_batch batch;
    for (int n; count > 0; count -= n, near += n) {
        n = count < CHUNK ? count : CHUNK;
        find_places(t, scratch->point, i, near, n, like ? (const void *)same : other,
                    like ? sizeof *same : sizeof *other, &batch);
        for (int k = 0; k < n; k += LANES) {
            lanes dx = load(batch.dx + k), dy = load(batch.dy + k), dz = load(batch.dz + k);
            lanes p = load(batch.p + k), slope_j = load(batch.slope + k);
            const int64_t *row = batch.row + k;
            lanes g = like ? like_slope(same, row, p, slope + slope_j)
                           : unlike_slope(other, row, p, first_is_low ? slope : slope_j,
                                          first_is_low ? slope_j : slope);
            lanes gx = g * dx, gy = g * dy, gz = g * dz, half = all(0);
            fx += gx;
            fy += gy;
            fz += gz;
            if (energy) {
                lanes r = load(batch.r + k);
                lane_offsets m;
                p = locate(grid_of(&t->pairs), r, sizeof **t->pair, &m);
                half = all(-0.5) * cubic(pairs, &m, p) / r;
                sums->energy += half;
            }
            take_from(force, near + k, gx, gy, gz, half);
            if (virial) {
                lanes part[6];
                virial_of(gx, gy, gz, dx, dy, dz, part);
                for (int q = 0; q < 6; q++) sums->virial[q] += part[q];
                if (by_atom) share_virial(scratch->virial, i, near + k, part);
            }
        }
    }
    sums->fx = fx;
    sums->fy = fy;
    sums->fz = fz;
}

VTI_INLINE void visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                      vti_scratch *scratch, const bool energy, const bool virial,
                      const bool by_atom) {
    const vti_domain *domain = &e->domains->domain[index];
    const vti_slot *slot = e->domains->slot + domain->first;
    const uint16_t *near = domain->near, *near_count = domain->near_count;
    force_sums sums = {0};
    gather_points(e, domain, e->per_atom, scratch->point);
    memset(scratch->force, 0, ((size_t)domain->points + 1) * sizeof *scratch->force);
    if (by_atom) memset(scratch->virial, 0, ((size_t)domain->points + 1) * sizeof *scratch->virial);
    for (int32_t i = 0; i < domain->own; i++) {
        int type = e->domains->type[slot[i].atom];
        sums.fx = sums.fy = sums.fz = sums.energy = all(0);
        for (int s = 0; s < t->species; s++) {
            int count = *near_count++;
            if (s == type)
                add_forces(t, scratch, i, type, s, near, count, true, energy, virial, by_atom,
                           &sums);
            else
                add_forces(t, scratch, i, type, s, near, count, false, energy, virial, by_atom,
                           &sums);
            near += count;
        }
        lanes received = sums_of(sums.fx, sums.fy, sums.fz, sums.energy);
        store(scratch->force[i], load(scratch->force[i]) + received * (lanes){1, 1, 1, -1});
        if (energy) sums.all_energy += sums.energy;
    }
    vti_sums *out = &e->domain_sums[index];
    if (energy) out->energy = -2 * sum(sums.all_energy);
    for (int q = 0; virial && q < 6; q++) out->virial[q] = -sum(sums.virial[q]);
    deliver(e, domain, scratch);
}

static void force_visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                        vti_scratch *scratch) {
    bool virial = e->want & VT_WANT_VIRIAL, energy = e->want & VT_WANT_ENERGY;
    if (e->slot_virial != NULL)
        visit(t, e, index, scratch, true, true, true);
    else if (virial && energy)
        visit(t, e, index, scratch, true, true, false);
    else if (virial)
        visit(t, e, index, scratch, false, true, false);
    else if (energy)
        visit(t, e, index, scratch, true, false, false);
    else
        visit(t, e, index, scratch, false, false, false);
}

void VTI_VARIANT(vti_eam_compute)(const vti_eam_tables *t, const vti_evaluation *e) {
    size_t n = e->domains->count, domains = e->domains->domains, blocks = vti_block_count(n);
#pragma omp parallel num_threads(vt_threads()) if (domains > 1)
    {
        vti_scratch *scratch = &e->scratch[omp_get_thread_num()];
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < domains; k++) density_visit(t, e, k, scratch);
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            size_t from = b * VTI_BLOCK, to = from + VTI_BLOCK < n ? from + VTI_BLOCK : n;
            e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
            embed(t, e, from, to, &e->block_sums[b]);
        }
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < domains; k++) force_visit(t, e, k, scratch);
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            size_t from = b * VTI_BLOCK, to = from + VTI_BLOCK < n ? from + VTI_BLOCK : n;
            collect(e, from, to, &e->block_sums[b]);
        }
    }
}

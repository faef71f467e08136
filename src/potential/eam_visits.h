/* The course of an EAM evaluation, for kernels of any width and precision.

   Every domain is visited twice, and every pair once in each visit. The first visit adds the
   densities that a pair lays at both of its atoms; then F' of every atom is known. The second visit
   adds forces. Pairs beyond the cutoff find zeros in the tables. All is done class by class, a
   class being a pair of species, so that tables are constants of long loops. A wide vector holds
   one or several vectors of four pairs, each with an own atom: its groups. Rows of a table are
   turned into columns, phi'/r + F'_i f'_i/r + F'_j f'_j/r is joined coefficient by coefficient, and
   a single polynomial is evaluated.

   The file that includes this one, eam_simd.c or eam_mixed_simd.c, defines before it: the numbers
   of a pair (real), vectors of WIDTH = 4 GROUPS of them (wide) and what is done with them, offsets
   in tables (place_t), the tables (grid, cubic, pair_table, joint_slope) and the points (NARROW,
   points_of, total_virial). */
#ifndef VITRUM_POTENTIAL_EAM_VISITS_H
#define VITRUM_POTENTIAL_EAM_VISITS_H

/* Wide vectors of pairs whose places are found before they are used. */
enum { BATCH = 32 };

/* Densities at all slots, a number each. They are done with before the slots receive forces, in
   whose room they are kept. */
VTI_INLINE double *slot_densities(const vti_evaluation *e) {
    return e->slot_force[0];
}

/* Densities at the points of a domain, in its slots: none laid yet. */
VTI_INLINE double *receive_densities(const vti_evaluation *e, const vti_domain *domain,
                                     const vti_scratch *scratch) {
    size_t points = (size_t)domain->points + 1, own = (size_t)domain->own + 1;
    double *density = slot_densities(e) + domain->first;
    memset(density, 0, points * sizeof *density);
    memset(scratch->room, 0, 4 * own * sizeof *scratch->room);
    return density;
}

/* What the first visit of domain `index` found: all densities of own atoms, and the smallest
   squared distance. */
VTI_INLINE void deliver_densities(const vti_evaluation *e, size_t index, const vti_scratch *scratch,
                                  double *density, double least_r2) {
    const vti_domain *domain = &e->domains->domain[index];
    for (int32_t i = 0; i < domain->own; i++) density[i] += sum(load(scratch->room + 4 * i));
    e->domain_sums[index] = (vti_sums){.least_r2 = least_r2};
}

/* ---------------------------------------------------------------- densities ---- */

VTI_INLINE wide square(wide dx, wide dy, wide dz) {
    return wide_fused(dz, dz, wide_fused(dy, dy, dx * dx));
}

/* A batch of pairs: places within rows, and the offsets of the rows. */
typedef struct {
    _Alignas(64) real p[BATCH * WIDTH];
    _Alignas(64)
        real laid[BATCH * WIDTH]; /* at the partner; that at the own atom takes the place of p */
    _Alignas(64) place_t row[BATCH * WIDTH];
} density_batch;

/* Places of pairs in the tables of densities, and the smallest squared distance. */
VTI_INLINE void find_density_places(const vti_eam_tables *t, const real *point, near_pairs pairs,
                                    wide *least, density_batch *batch) {
    grid g = density_grid(t);
    wide smallest = *least;
    for (int v = 0, k = 0; v < pairs.vectors; v += GROUPS, k += WIDTH) {
        wide_columns c = differences(point, own_rows(point, pairs.near_atom + v), pairs.near + k);
        wide r2 = square(c.c[0], c.c[1], c.c[2]);
        smallest = wide_least(r2, smallest);
        wide_store(batch->p + k, locate(g, wide_root(r2), DENSITY_STRIDE, batch->row + k));
    }
    *least = smallest;
}

/* Add what the pairs of one class lay at their atoms. */
VTI_INLINE void add_densities(const vti_eam_tables *t, const vti_domain *domain, int first,
                              int second, const bool like, const vti_scratch *scratch,
                              double *density, wide *least) {
    const void *at_first = densities_of(t, first, second);
    const void *at_second = densities_of(t, second, first);
    double *own = scratch->room;
    density_batch batch;
    near_pairs all_pairs = near_of(domain, first * t->species + second);
    while (all_pairs.vectors > 0) {
        near_pairs pairs = take_batch(&all_pairs, BATCH * GROUPS);
        find_density_places(t, points_of(scratch), pairs, least, &batch);
        for (int v = 0, k = 0; v < pairs.vectors; v += GROUPS, k += WIDTH) {
            wide p = wide_load(batch.p + k);
            wide a = cubic(at_first, batch.row + k, p);
            wide b = like ? a : cubic(at_second, batch.row + k, p);
            for (int g = 0; g < GROUPS; g++) {
                double *to = own + pairs.near_atom[v + g];
                const uint16_t *near = pairs.near + k + LANES * g;
                lanes laid = group_of(b, g);
                store(to, load(to) + group_of(a, g));
                for (int q = 0; q < LANES; q++) *one_at(density, near[q]) += laid[q];
            }
        }
    }
}

/* First visit. */
VTI_INLINE void find_densities(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                               vti_scratch *scratch) {
    const vti_domain *domain = &e->domains->domain[index];
    wide least = wide_all((real)FAR_AWAY);
    gather_points(e->domains, domain, NULL, points_of(scratch), NARROW);
    double *density = receive_densities(e, domain, scratch);
    for (int i = 0; i < t->species; i++)
        for (int j = 0; j < t->species; j++)
            if (i == j)
                add_densities(t, domain, i, j, true, scratch, density, &least);
            else
                add_densities(t, domain, i, j, false, scratch, density, &least);
    double smallest = INFINITY;
    for (int q = 0; q < WIDTH; q++) smallest = fmin(smallest, (double)least[q]);
    deliver_densities(e, index, scratch, density, smallest);
}

/* ---------------------------------------------------------------- forces ---- */

/* phi at r, see vti_eam_from_middle. */
VTI_INLINE wide pair_energy(const pair_table *table, real step, const place_t *row,
                            const parabola *c, wide r, wide p) {
    wide start;
    for (int k = 0; k < WIDTH; k++) start[k] = table->middle[row_number(row[k], table->stride)];
    wide q = p * wide_all(step);
    wide half = wide_fused(q, wide_all((real)(-1.0 / 6)), r * wide_all((real)0.5));
    wide third = wide_fused(q, wide_all((real)(-1.0 / 12)), r * wide_all((real)(1.0 / 3)));
    wide first = c->c0 * wide_fused(q, wide_all((real)-0.5), r);
    return wide_fused(q, wide_fused(p, wide_fused(p * c->c2, third, c->c1 * half), first), start);
}

/* A batch of pairs. Finding their places in the tables, the slopes there, and handing out the
   forces are loops of their own: the processor looks ahead over several turns of a short loop, but
   hardly over two of one that does all; and the rows of a fine table arrive from the outer caches
   in between. */
typedef struct {
    _Alignas(64) real dx[BATCH * WIDTH], dy[BATCH * WIDTH], dz[BATCH * WIDTH], r[BATCH * WIDTH];
    real slope[BATCH * WIDTH]; /* F' of the partner, then g: force over distance */
    real p[BATCH * WIDTH];     /* place within the row, then minus half the energy */
    place_t row[BATCH * WIDTH];
} pair_batch;

VTI_INLINE void find_places(const vti_eam_tables *t, const real *point, near_pairs pairs,
                            const pair_table *table, pair_batch *batch) {
    grid g = slope_grid(t);
    for (int v = 0, k = 0; v < pairs.vectors; v += GROUPS, k += WIDTH) {
        wide self = without_fourths(own_rows(point, pairs.near_atom + v));
        wide_columns c = differences(point, self, pairs.near + k);
        wide dx = c.c[0], dy = c.c[1], dz = c.c[2];
        wide r = wide_root(square(dx, dy, dz));
        wide_store(batch->p + k, locate(g, r, table->stride, batch->row + k));
        wide_store(batch->dx + k, dx);
        wide_store(batch->dy + k, dy);
        wide_store(batch->dz + k, dz);
        wide_store(batch->r + k, r);
        wide_store(batch->slope + k, c.c[3]);
        for (int q = 0; PREFETCH && q < WIDTH; q++)
            __builtin_prefetch(row_at(table->rows, batch->row[k + q]));
    }
}

/* Returns minus half the energy of the batch, where it is wanted. */
VTI_INLINE lanes find_slopes(const vti_eam_tables *t, const real *point, near_pairs pairs,
                             const pair_table *table, const bool energy, pair_batch *batch) {
    lanes all_energy = all(0);
    for (int v = 0, k = 0; v < pairs.vectors; v += GROUPS, k += WIDTH) {
        wide p = wide_load(batch->p + k), partner = wide_load(batch->slope + k);
        wide own = own_fourths(point, pairs.near_atom + v);
        const place_t *row = batch->row + k;
        parabola phi;
        wide_store(batch->slope + k, joint_slope(table, row, p, own, partner, &phi));
        if (!energy) continue;
        wide r = wide_load(batch->r + k);
        wide half = wide_all((real)-0.5) * pair_energy(table, slope_step(t), row, &phi, r, p);
        wide_store(batch->p + k, half);
        for (int g = 0; g < GROUPS; g++) all_energy += group_of(half, g);
    }
    return all_energy;
}

VTI_INLINE void hand_out(const pair_batch *batch, near_pairs pairs, const unsigned want,
                         received to) {
    const bool energy = want & VT_WANT_ENERGY;
    for (int v = 0, k = 0; v < pairs.vectors; v += GROUPS, k += WIDTH) {
        wide dx = wide_load(batch->dx + k), dy = wide_load(batch->dy + k);
        wide dz = wide_load(batch->dz + k), slope = wide_load(batch->slope + k);
        wide half = energy ? wide_load(batch->p + k) : wide_all(0);
        wide_columns rows = rows_of(slope * dx, slope * dy, slope * dz, half);
        for (int g = 0; g < GROUPS; g++) {
            const uint16_t *near = pairs.near + k + LANES * g;
            lanes row[LANES];
            for (int q = 0; q < LANES; q++) {
                row[q] = group_of(rows.c[q], g);
                store(to.force + near[q], load(to.force + near[q]) - row[q]);
            }
            give_to(to.force, pairs.near_atom[v + g], (row[0] + row[2]) + (row[1] + row[3]),
                    energy);
            if (want & VT_WANT_ATOM_VIRIAL)
                share_virial(to.virial, pairs.near_atom[v + g], near, group_of(slope, g),
                             group_of(dx, g), group_of(dy, g), group_of(dz, g));
        }
    }
}

/* The pairs of one class. `like` and the bits of `want`, those of energy and of virials by atom,
   are constants where this is inlined. */
VTI_INLINE void add_forces(const vti_eam_tables *t, const vti_domain *domain, int first, int second,
                           const bool like, const unsigned want, const real *point, received to,
                           lanes *all_energy) {
    pair_table table = pair_table_of(t, first, second, like);
    pair_batch batch;
    near_pairs all_pairs = near_of(domain, first * t->species + second);
    while (all_pairs.vectors > 0) {
        near_pairs pairs = take_batch(&all_pairs, BATCH * GROUPS);
        find_places(t, point, pairs, &table, &batch);
        *all_energy += find_slopes(t, point, pairs, &table, want & VT_WANT_ENERGY, &batch);
        hand_out(&batch, pairs, want, to);
    }
}

VTI_INLINE void visit(const vti_eam_tables *t, const vti_evaluation *e, size_t index,
                      vti_scratch *scratch, const unsigned want) {
    const vti_domain *domain = &e->domains->domain[index];
    const real *point = points_of(scratch);
    lanes half = all(0); /* minus half the energy of all pairs */
    gather_points(e->domains, domain, e->room, points_of(scratch), NARROW);
    received to = receive(e, domain, want & VT_WANT_ATOM_VIRIAL);
    for (int i = 0; i < t->species; i++)
        for (int j = 0; j < t->species; j++)
            if (i == j)
                add_forces(t, domain, i, j, true, want, point, to, &half);
            else
                add_forces(t, domain, i, j, false, want, point, to, &half);
    vti_sums *sums = &e->domain_sums[index];
    if (want & VT_WANT_ENERGY) sums->energy = -2 * sum(half);
    if (e->want & VT_WANT_VIRIAL) total_virial(domain, point, to.force, sums->virial);
}

/* ---------------------------------------------------------------- all of it ---- */

static void density_visit(void *context, size_t from, size_t to, int worker) {
    const visits *v = context;
    for (size_t k = from; k < to; k++) find_densities(v->tables, v->e, k, &v->e->scratch[worker]);
}

static void force_visit(void *context, size_t from, size_t to, int worker) {
    const visits *v = context;
    vti_scratch *scratch = &v->e->scratch[worker];
    for (size_t k = from; k < to; k++)
        if (v->e->slot_virial != NULL)
            visit(v->tables, v->e, k, scratch, VT_WANT_ENERGY | VT_WANT_ATOM_VIRIAL);
        else if (v->e->want & VT_WANT_ENERGY)
            visit(v->tables, v->e, k, scratch, VT_WANT_ENERGY);
        else
            visit(v->tables, v->e, k, scratch, 0);
}

/* F and F' of the atoms from .. to - 1. */
VTI_INLINE void embed(const vti_eam_tables *t, const vti_evaluation *e, size_t from, size_t to,
                      vti_sums *block) {
    const vti_domains *d = e->domains;
    const double *density = slot_densities(e);
    int32_t end = d->first_slot[to];
    for (size_t i = from; i < to; i++) {
        double rho = e->background != NULL ? e->background[i] : 0;
        for (int32_t s = d->first_slot[i]; s < d->first_slot[i + 1]; s++) {
            __builtin_prefetch(density + slot_ahead(d, s, end));
            rho += density[d->slot_of[s]];
        }
        if (e->density != NULL) e->density[i] = rho;
        double energy =
            vti_embedding(&t->embedding[d->type[i]], t->embedding_limit, rho, &e->room[i]);
        block->energy += energy;
        if (e->atom_energy != NULL) e->atom_energy[i] = energy;
    }
}

static void embed_blocks(void *context, size_t begin, size_t end, int worker) {
    (void)worker;
    const visits *v = context;
    for (size_t b = begin; b < end; b++) {
        size_t from, to;
        atoms_of_block(v->e, b, &from, &to);
        v->e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
        embed(v->tables, v->e, from, to, &v->e->block_sums[b]);
    }
}

static void collect_blocks(void *context, size_t begin, size_t end, int worker) {
    (void)worker;
    const visits *v = context;
    for (size_t b = begin; b < end; b++) {
        size_t from, to;
        atoms_of_block(v->e, b, &from, &to);
        collect(v->e, from, to, &v->e->block_sums[b]);
    }
}

/* The pairs of each domain, densities in the first visit and forces in the second, and in between
   and afterwards the atoms. */
static inline void run_visits(const vti_eam_tables *t, const vti_evaluation *e) {
    visits v = {t, e};
    visit_domains(&v, density_visit);
    visit_blocks(&v, embed_blocks);
    visit_domains(&v, force_visit);
    visit_blocks(&v, collect_blocks);
}

#endif

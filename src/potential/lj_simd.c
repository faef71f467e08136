/* The Lennard-Jones kernel, four pairs at a time; compiled once per instruction set. One visit to
   each domain: the arithmetic is so short that packing the pairs within the cutoff would cost more
   than masking the others. Rows are sorted by species, so that the coefficients of a pair are
   constants of the inner loop. */
#include "domain_simd.h"
#include "lj.h"

/* What a visit sums up. */
typedef struct {
    lanes fx, fy, fz, energy; /* of the atom at hand; the energy is minus half of its pairs' */
    lanes virial[6], all_energy, least;
} force_sums;

/* Pairs of atom i with partners of one species. The flags are constants where this is inlined. */
VTI_INLINE void add_forces(const vti_lj_pair *pair, const vti_scratch *scratch, int32_t i,
                           const uint16_t *row, int length, const bool force_shifted,
                           const bool more, const bool by_atom, force_sums *sums) {
    const double *self = scratch->point[i];
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]);
    lanes a = all(pair->force[0]), b = all(pair->force[1]), cutoff2 = all(pair->force[2]);
    lanes slope = all(pair->force[3]);
    for (int k = 0; k < length; k += LANES) {
        columns c = load_points(scratch->point, row + k);
        lanes dx = c.c[0] - x, dy = c.c[1] - y, dz = c.c[2] - z;
        lanes r2 = fused(dz, dz, fused(dy, dy, dx * dx));
        lane_mask near = r2 < cutoff2;
        sums->least = least_of(r2, sums->least);
        lanes i2 = all(1) / r2, i6 = i2 * i2 * i2;
        lanes g = i6 * (b - a * i6) * i2;
        lanes r = force_shifted ? root(r2) : all(1);
        if (force_shifted) g -= slope / r;
        g = choose(near, g, all(0));
        lanes gx = g * dx, gy = g * dy, gz = g * dz, half = all(0);
        sums->fx += gx;
        sums->fy += gy;
        sums->fz += gz;
        if (more) {
            lanes u =
                i6 * (all(pair->energy[0]) * i6 - all(pair->energy[1])) - all(pair->energy[2]);
            if (force_shifted) u -= slope * (r - all(pair->energy[3]));
            half = all(-0.5) * choose(near, u, all(0));
            sums->energy += half;
            lanes part[6];
            virial_of(gx, gy, gz, dx, dy, dz, part);
            for (int q = 0; q < 6; q++) sums->virial[q] += part[q];
            if (by_atom) share_virial(scratch->virial, i, row + k, part);
        }
        take_from(scratch->force, row + k, gx, gy, gz, half);
    }
}

VTI_INLINE void visit(const vti_lj_tables *t, const vti_evaluation *e, size_t index,
                      vti_scratch *scratch, const bool force_shifted, const bool more,
                      const bool by_atom) {
    const vti_domain *domain = &e->domains->domain[index];
    const vti_slot *slot = e->domains->slot + domain->first;
    const uint16_t *row = domain->neighbor, *length = domain->length;
    force_sums sums = {.least = all(INFINITY)};
    gather_points(e, domain, NULL, scratch->point);
    memset(scratch->force, 0, ((size_t)domain->points + 1) * sizeof *scratch->force);
    if (by_atom) memset(scratch->virial, 0, ((size_t)domain->points + 1) * sizeof *scratch->virial);
    for (int32_t i = 0; i < domain->own; i++) {
        const vti_lj_pair *pairs = t->pair + e->domains->type[slot[i].atom] * t->species;
        sums.fx = sums.fy = sums.fz = sums.energy = all(0);
        for (int s = 0; s < t->species; row += *length++, s++)
            add_forces(&pairs[s], scratch, i, row, *length, force_shifted, more, by_atom, &sums);
        lanes received = sums_of(sums.fx, sums.fy, sums.fz, sums.energy);
        store(scratch->force[i], load(scratch->force[i]) + received * (lanes){1, 1, 1, -1});
        if (more) sums.all_energy += sums.energy;
    }
    vti_sums *out = &e->domain_sums[index];
    *out = (vti_sums){.least_r2 = INFINITY};
    for (int q = 0; q < LANES; q++)
        if (sums.least[q] < out->least_r2) out->least_r2 = sums.least[q];
    if (more) out->energy = -2 * sum(sums.all_energy);
    for (int q = 0; more && q < 6; q++) out->virial[q] = -sum(sums.virial[q]);
    deliver(e, domain, scratch);
}

static void force_visit(const vti_lj_tables *t, const vti_evaluation *e, size_t index,
                        vti_scratch *scratch) {
    bool more = (e->want & (VT_WANT_ENERGY | VT_WANT_VIRIAL)) != 0;
    if (e->slot_virial != NULL && t->force_shifted)
        visit(t, e, index, scratch, true, true, true);
    else if (e->slot_virial != NULL)
        visit(t, e, index, scratch, false, true, true);
    else if (t->force_shifted && more)
        visit(t, e, index, scratch, true, true, false);
    else if (t->force_shifted)
        visit(t, e, index, scratch, true, false, false);
    else if (more)
        visit(t, e, index, scratch, false, true, false);
    else
        visit(t, e, index, scratch, false, false, false);
}

void VTI_VARIANT(vti_lj_compute)(const vti_lj_tables *t, const vti_evaluation *e) {
    size_t n = e->domains->count, domains = e->domains->domains, blocks = vti_block_count(n);
#pragma omp parallel num_threads(vt_threads()) if (domains > 1)
    {
        vti_scratch *scratch = &e->scratch[omp_get_thread_num()];
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < domains; k++) force_visit(t, e, k, scratch);
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            size_t from = b * VTI_BLOCK, to = from + VTI_BLOCK < n ? from + VTI_BLOCK : n;
            e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
            if (e->atom_energy != NULL)
                memset(e->atom_energy + from, 0, (to - from) * sizeof *e->atom_energy);
            collect(e, from, to, &e->block_sums[b]);
        }
    }
}

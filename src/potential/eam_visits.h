/* What the EAM kernels of both precisions share: the embedding, and the order of things. */
#ifndef VITRUM_POTENTIAL_EAM_VISITS_H
#define VITRUM_POTENTIAL_EAM_VISITS_H

#include "domain_simd.h"
#include "eam.h"

/* Densities at the points of a domain, in its slots: none laid yet. */
VTI_INLINE double *receive_densities(const vti_evaluation *e, const vti_domain *domain,
                                     const vti_scratch *scratch) {
    size_t points = (size_t)domain->points + 1, own = (size_t)domain->own + 1;
    double *density = e->slot_density + domain->first;
    memset(density, 0, points * sizeof *density);
    memset(scratch->own_density, 0, 4 * own * sizeof *scratch->own_density);
    return density;
}

/* What the first visit of domain `index` found: all densities of own atoms, and the smallest
   squared distance. */
VTI_INLINE void deliver_densities(const vti_evaluation *e, size_t index, const vti_scratch *scratch,
                                  double *density, double least_r2) {
    const vti_domain *domain = &e->domains->domain[index];
    for (int32_t i = 0; i < domain->own; i++) density[i] += sum(load(scratch->own_density + 4 * i));
    e->domain_sums[index] = (vti_sums){.least_r2 = least_r2};
}

/* F and F' of the atoms from .. to - 1. */
VTI_INLINE void embed(const vti_eam_tables *t, const vti_evaluation *e, size_t from, size_t to,
                      vti_sums *block) {
    const vti_domains *d = e->domains;
    int32_t end = d->first_slot[to];
    for (size_t i = from; i < to; i++) {
        double rho = 0;
        for (int32_t s = d->first_slot[i]; s < d->first_slot[i + 1]; s++) {
            __builtin_prefetch(e->slot_density + slot_ahead(d, s, end));
            rho += e->slot_density[d->slot_of[s]];
        }
        double energy =
            vti_embedding(&t->embedding[d->type[i]], t->embedding_limit, rho, &e->per_atom[i]);
        block->energy += energy;
        if (e->atom_energy != NULL) e->atom_energy[i] = energy;
    }
}

/* The pairs of each domain, densities in the first visit and forces in the second, and in between
   and afterwards the atoms. */
VTI_INLINE void run_visits(const vti_eam_tables *t, const vti_evaluation *e,
                           domain_visit *densities, domain_visit *forces) {
    size_t n = e->domains->count, domains = e->domains->domains, blocks = vti_block_count(n);
#pragma omp parallel num_threads(vt_threads()) if (domains > 1)
    {
        visit_domains(t, e, densities);
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            size_t from = b * VTI_BLOCK, to = from + VTI_BLOCK < n ? from + VTI_BLOCK : n;
            e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
            embed(t, e, from, to, &e->block_sums[b]);
        }
        visit_domains(t, e, forces);
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            size_t from = b * VTI_BLOCK, to = from + VTI_BLOCK < n ? from + VTI_BLOCK : n;
            collect(e, from, to, &e->block_sums[b]);
        }
    }
}

#endif

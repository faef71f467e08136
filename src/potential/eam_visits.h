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
static inline void run_visits(const vti_eam_tables *t, const vti_evaluation *e, vti_work *densities,
                              vti_work *forces) {
    visits v = {t, e};
    visit_domains(&v, densities);
    visit_blocks(&v, embed_blocks);
    visit_domains(&v, forces);
    visit_blocks(&v, collect_blocks);
}

#endif

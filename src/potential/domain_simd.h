/* What the vector kernels share: the points of a domain, and what becomes of the sums. */
#ifndef VITRUM_POTENTIAL_DOMAIN_SIMD_H
#define VITRUM_POTENTIAL_DOMAIN_SIMD_H

#include "base/share.h"
#include "base/tensor.h"
#include "engine.h"
#include "neighbors/gather.h"

/* Context of loops over domains and over blocks of atoms. */
typedef struct {
    const void *tables;
    const vti_evaluation *e;
} visits;

static inline size_t first_domain_of(const void *context, int worker, int workers) {
    const visits *v = context;
    return vti_first_dealt(v->e->domains, worker, workers);
}

/* Do `work` with all domains. */
static inline void visit_domains(visits *v, vti_work *work) {
    int threads = vt_threads_free();
    vti_share_loop(&(vti_loop){.count = v->e->domains->domains,
                               .grain = 1,
                               .threads = threads < v->e->threads ? threads : v->e->threads,
                               .work = work,
                               .context = v,
                               .first_of = first_domain_of});
}

/* Do `work` with all blocks of VTI_BLOCK atoms. */
static inline void visit_blocks(visits *v, vti_work *work) {
    enum { AT_A_TIME = 4 };
    vti_share(vti_block_count(v->e->domains->count), AT_A_TIME, work, v);
}

/* Atoms from .. to - 1 are those of block b. */
VTI_INLINE void atoms_of_block(const vti_evaluation *e, size_t b, size_t *from, size_t *to) {
    size_t n = e->domains->count;
    *from = b * VTI_BLOCK;
    *to = *from + VTI_BLOCK < n ? *from + VTI_BLOCK : n;
}

/* The selected pairs of one class: vectors of partners, and the own atom of each. */
typedef struct {
    const uint16_t *near, *near_atom;
    int vectors;
} near_pairs;

VTI_INLINE near_pairs near_of(const vti_domain *domain, int class) {
    int first = domain->near_first[class];
    return (near_pairs){domain->near + LANES * first, domain->near_atom + first,
                        domain->near_first[class + 1] - first - VTI_SPARE};
}

/* Take the first `most` vectors out of the pairs, or as many as there are. */
VTI_INLINE near_pairs take_batch(near_pairs *pairs, int most) {
    near_pairs batch = *pairs;
    if (batch.vectors > most) batch.vectors = most;
    pairs->near += LANES * batch.vectors;
    pairs->near_atom += batch.vectors;
    pairs->vectors -= batch.vectors;
    return batch;
}

/* The number of the point at a place, in an array of one a point. */
VTI_INLINE double *one_at(double *of_points, uint16_t place) {
    return (double *)(void *)((char *)of_points + sizeof *of_points / 4 * place);
}

/* The points at four places less `self`: subtracted before they are turned into columns, which
   takes fewer loads. */
VTI_INLINE columns load_differences(const double *point, lanes self, const uint16_t *j) {
    return transpose(load(point + j[0]) - self, load(point + j[1]) - self,
                     load(point + j[2]) - self, load(point + j[3]) - self);
}

/* Take (x, y, z, w) of each lane from what the point at its place received, and return their sum
   over the lanes. */
VTI_INLINE lanes take_from(double *force, const uint16_t *j, lanes x, lanes y, lanes z, lanes w) {
    columns row = transpose(x, y, z, w);
    for (int k = 0; k < LANES; k++) store(force + j[k], load(force + j[k]) - row.c[k]);
    return (row.c[0] + row.c[2]) + (row.c[1] + row.c[3]);
}

/* Give the sum that take_from returned to the atom at place i; the energy, the last number, has
   the same sign on both sides. */
VTI_INLINE void give_to(double *force, int i, lanes sum, const bool energy) {
    store(force + i, load(force + i) + (energy ? sum * (lanes){1, 1, 1, -1} : sum));
}

/* Half the virial of four pairs with forces g d to each of their atoms; by the way of memory,
   since it is only done when somebody wants the stress of atoms. */
VTI_INLINE void share_virial(double (*virial)[6], int i, const uint16_t *j, lanes g, lanes dx,
                             lanes dy, lanes dz) {
    lanes half = all(-0.5) * g;
    lanes part[6] = {half * dx * dx, half * dy * dy, half * dz * dz,
                     half * dy * dz, half * dx * dz, half * dx * dy};
    for (int k = 0; k < LANES; k++)
        for (int q = 0; q < 6; q++) {
            virial[i / 4][q] += part[q][k];
            virial[j[k] / 4][q] += part[q][k];
        }
}

/* What the points of a domain receive, in its slots; the point far away has one as well. */
typedef struct {
    double *force;       /* fx, fy, fz and half the energy of the pairs */
    double (*virial)[6]; /* NULL unless wanted by atom */
} received;

/* Nothing yet. */
VTI_INLINE received receive(const vti_evaluation *e, const vti_domain *domain, const bool by_atom) {
    size_t points = (size_t)domain->points + 1;
    received r = {e->slot_force[domain->first], NULL};
    memset(r.force, 0, 4 * points * sizeof *r.force);
    if (!by_atom) return r;
    r.virial = e->slot_virial + domain->first;
    memset(r.virial, 0, points * sizeof *r.virial);
    return r;
}

/* Add the force f on a point at r to sum_p f_p r_p. The forces on the points of a domain are those
   of its pairs and sum up to nothing, so that this is the virial of the pairs, whatever the
   origin. */
VTI_INLINE void add_virial(lanes w[3], const double *f, lanes r) {
    for (int q = 0; q < 3; q++) w[q] = fused(all(f[q]), r, w[q]);
}

VTI_INLINE void put_virial(const lanes w[3], double virial[6]) {
    for (int q = 0; q < 6; q++)
        virial[q] = 0.5 * (w[VTI_ROW[q]][VTI_COLUMN[q]] + w[VTI_COLUMN[q]][VTI_ROW[q]]);
}

VTI_INLINE void sum_virial(const vti_domain *domain, const double *point, const double *force,
                           double virial[6]) {
    lanes origin = load(point), w[3] = {all(0), all(0), all(0)};
    for (int32_t p = 0; p < domain->points; p++)
        add_virial(w, force + 4 * p, load(point + 4 * p) - origin);
    put_virial(w, virial);
}

/* The slot that is needed some turns after entry s of `slot_of`, which is read up to `end`:
   other domains' slots are scattered in memory, and no processor guesses which comes next. */
VTI_INLINE int32_t slot_ahead(const vti_domains *d, int32_t s, int32_t end) {
    enum { TURNS = 32 };
    return d->slot_of[s + TURNS < end ? s + TURNS : s];
}

/* Forces, and whatever is wanted by atom, of the atoms from .. to - 1 out of their slots. */
VTI_INLINE void collect(const vti_evaluation *e, size_t from, size_t to, vti_sums *block) {
    const vti_domains *d = e->domains;
    int32_t end = d->first_slot[to];
    for (size_t i = from; i < to; i++) {
        lanes f = all(0);
        for (int32_t s = d->first_slot[i]; s < d->first_slot[i + 1]; s++) {
            __builtin_prefetch(e->slot_force[slot_ahead(d, s, end)]);
            f += load(e->slot_force[d->slot_of[s]]);
        }
        if (e->atom_energy != NULL) e->atom_energy[i] += f[3];
        f[3] = 0;
        store(e->force[i], f);
        block->force_sum += fabs(f[0]) + fabs(f[1]) + fabs(f[2]);
        if (e->atom_virial == NULL) continue;
        double *w = e->atom_virial + 6 * i;
        for (int q = 0; q < 6; q++) w[q] = 0;
        for (int32_t s = d->first_slot[i]; s < d->first_slot[i + 1]; s++)
            for (int q = 0; q < 6; q++) w[q] += e->slot_virial[d->slot_of[s]][q];
    }
}

#endif

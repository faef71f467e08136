/* The Lennard-Jones kernel, four pairs at a time; compiled once per instruction set. One visit to
   each atom: the arithmetic is so short that packing the pairs within the cutoff would cost more
   than masking the others. */
#include "base/simd.h"
#include "lj.h"

/* Force, virial and energy of atom i. The flags are constants where this is inlined. */
VTI_INLINE void visit(const vti_lj_tables *t, const vti_evaluation *e, size_t i,
                      const bool force_shifted, const bool more, lanes *least, vti_block *block) {
    const vt_neighbors *list = e->list;
    const double *point = list->point, *self = point + 4 * i;
    const vti_lj_pair *pairs = t->pair + (int)self[3] * t->species;
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]);
    lanes fx = all(0), fy = all(0), fz = all(0), energy = all(0);
    lanes w[6] = {all(0), all(0), all(0), all(0), all(0), all(0)};
    size_t end = list->first[i + 1];

    for (size_t k = list->first[i]; k < end; k += LANES) {
        int32_t tail[LANES];
        const int32_t *j = list->neighbor + k;
        if (end - k < LANES) { /* fill up with the point far away */
            for (size_t lane = 0; lane < LANES; lane++)
                tail[lane] = k + lane < end ? j[lane] : (int32_t)list->points;
            j = tail;
        }
        const double *p0 = point + 4 * (size_t)j[0], *p1 = point + 4 * (size_t)j[1];
        const double *p2 = point + 4 * (size_t)j[2], *p3 = point + 4 * (size_t)j[3];
        const vti_lj_pair *c0 = pairs + (int)p0[3], *c1 = pairs + (int)p1[3];
        const vti_lj_pair *c2 = pairs + (int)p2[3], *c3 = pairs + (int)p3[3];
        columns p = load_columns(p0, p1, p2, p3);
        columns c = load_columns(c0->force, c1->force, c2->force, c3->force);
        lanes dx = p.c[0] - x, dy = p.c[1] - y, dz = p.c[2] - z;
        lanes r2 = fused(dz, dz, fused(dy, dy, dx * dx));
        lane_mask near = r2 < c.c[2];
        *least = choose(r2 < *least, r2, *least);
        lanes i2 = all(1) / r2, i6 = i2 * i2 * i2;
        lanes g = i6 * (c.c[1] - c.c[0] * i6) * i2;
        lanes r = force_shifted ? root(r2) : all(1);
        if (force_shifted) g -= c.c[3] / r;
        g = choose(near, g, all(0));
        fx = fused(g, dx, fx);
        fy = fused(g, dy, fy);
        fz = fused(g, dz, fz);
        if (!more) continue;
        lanes gx = g * dx, gy = g * dy, gz = g * dz;
        w[0] = fused(gx, dx, w[0]);
        w[1] = fused(gy, dy, w[1]);
        w[2] = fused(gz, dz, w[2]);
        w[3] = fused(gy, dz, w[3]);
        w[4] = fused(gx, dz, w[4]);
        w[5] = fused(gx, dy, w[5]);
        columns u = load_columns(c0->energy, c1->energy, c2->energy, c3->energy);
        lanes pair = i6 * (u.c[0] * i6 - u.c[1]) - u.c[2];
        if (force_shifted) pair -= c.c[3] * (r - u.c[3]);
        energy += choose(near, pair, all(0));
    }
    e->fx[i] = sum(fx);
    e->fy[i] = sum(fy);
    e->fz[i] = sum(fz);
    block->force_sum += fabs(e->fx[i]) + fabs(e->fy[i]) + fabs(e->fz[i]);
    if (!more) return;
    double half_energy = 0.5 * sum(energy);
    block->energy += half_energy;
    if (e->atom_energy != NULL) e->atom_energy[i] = half_energy;
    for (size_t k = 0; k < 6; k++) {
        double half = -0.5 * sum(w[k]);
        block->virial[k] += half;
        if (e->atom_virial != NULL) e->atom_virial[6 * i + k] = half;
    }
}

void VTI_VARIANT(vti_lj_compute)(const vti_lj_tables *t, const vti_evaluation *e) {
    size_t n = e->list->count, blocks = vti_block_count(n);
    bool more = (e->want & (VT_WANT_ENERGY | VT_WANT_VIRIAL)) != 0;
#pragma omp parallel for schedule(static) num_threads(vt_threads()) if (blocks > 1)
    for (size_t b = 0; b < blocks; b++) {
        vti_block *block = &e->block[b];
        *block = (vti_block){.least_r2 = INFINITY};
        lanes least = all(INFINITY);
        size_t from = b * VTI_BLOCK, to = from + VTI_BLOCK < n ? from + VTI_BLOCK : n;
        for (size_t i = from; i < to; i++) {
            if (t->force_shifted && more)
                visit(t, e, i, true, true, &least, block);
            else if (t->force_shifted)
                visit(t, e, i, true, false, &least, block);
            else if (more)
                visit(t, e, i, false, true, &least, block);
            else
                visit(t, e, i, false, false, &least, block);
        }
        for (int lane = 0; lane < LANES; lane++)
            if (least[lane] < block->least_r2) block->least_r2 = least[lane];
    }
}

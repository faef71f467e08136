/* The Lennard-Jones kernel as the formulas stand in lj.h. The vector kernels are tested against
   it. */
#include "lj.h"

#include <math.h>

static void force_on(const vti_lj_tables *t, const vti_evaluation *e, size_t i, vti_sums *block) {
    const vt_neighbors *list = e->list;
    const double *self = list->point + 4 * i;
    double f[3] = {0, 0, 0}, w[6] = {0, 0, 0, 0, 0, 0}, energy = 0;
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        const double *other = list->point + 4 * (size_t)list->neighbor[k];
        const vti_lj_pair *pair = &t->pair[(int)self[3] * t->species + (int)other[3]];
        double d[3], r2 = 0;
        for (int m = 0; m < 3; m++) {
            d[m] = other[m] - self[m];
            r2 += d[m] * d[m];
        }
        if (!(r2 < pair->force[2])) continue;
        if (r2 < block->least_r2) block->least_r2 = r2;
        double r = sqrt(r2), i6 = 1.0 / (r2 * r2 * r2);
        double g = i6 * (pair->force[1] - pair->force[0] * i6) / r2 - pair->force[3] / r;
        for (int m = 0; m < 3; m++) f[m] += g * d[m];
        w[0] -= 0.5 * g * d[0] * d[0];
        w[1] -= 0.5 * g * d[1] * d[1];
        w[2] -= 0.5 * g * d[2] * d[2];
        w[3] -= 0.5 * g * d[1] * d[2];
        w[4] -= 0.5 * g * d[0] * d[2];
        w[5] -= 0.5 * g * d[0] * d[1];
        const double *c = pair->energy;
        energy += 0.5 * (i6 * (c[0] * i6 - c[1]) - c[2] - pair->force[3] * (r - c[3]));
    }
    for (int k = 0; k < 3; k++) e->force[i][k] = f[k];
    e->force[i][3] = 0;
    block->force_sum += fabs(f[0]) + fabs(f[1]) + fabs(f[2]);
    block->energy += energy;
    for (int k = 0; k < 6; k++) block->virial[k] += w[k];
    if (e->atom_energy != NULL) e->atom_energy[i] = energy;
    for (int k = 0; e->atom_virial != NULL && k < 6; k++) e->atom_virial[6 * i + k] = w[k];
}

static vt_status evaluate(void *tables, const vti_evaluation *e, vt_error *err) {
    (void)err;
    for (size_t b = 0; b < vti_block_count(e->list->count); b++)
        e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
    for (size_t i = 0; i < e->list->count; i++)
        force_on(tables, e, i, &e->block_sums[i / VTI_BLOCK]);
    return VT_OK;
}

const vti_engine vti_engine_lj_reference = {.name = "lj/reference",
                                            .model = "lj",
                                            .reference = true,
                                            .lists = VTI_LISTS_ROWS,
                                            .can = VT_WANT_ALL,
                                            .open = vti_lj_open,
                                            .close = vt_free,
                                            .evaluate = evaluate,
                                            .central = &vti_lj_central};

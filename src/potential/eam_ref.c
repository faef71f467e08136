/* The EAM kernel as the formulas stand in eam.h: one atom, one neighbor, one number at a time.
   The vector kernels are tested against it. */
#include "eam.h"

#include <math.h>

/* Row and place within it for distance r. */
static int locate(const vti_eam_grid *grid, double r, double *p) {
    double s = r * grid->inverse_step;
    int m = s < grid->rows ? (int)s : grid->rows;
    *p = s < grid->rows ? s - m : 0.0;
    return m;
}

static double cubic(const double *c, double p) {
    return c[0] + p * (c[1] + p * (c[2] + p * c[3]));
}

typedef struct {
    double d[3], r2; /* r_j - r_i */
    int type;
    int32_t point;
} neighbor;

static bool look(const vt_neighbors *list, size_t i, size_t k, double cutoff2, neighbor *out) {
    const double *a = list->point + 4 * i;
    out->point = list->neighbor[k];
    const double *b = list->point + 4 * (size_t)out->point;
    for (int m = 0; m < 3; m++) out->d[m] = b[m] - a[m];
    out->r2 = out->d[0] * out->d[0] + out->d[1] * out->d[1] + out->d[2] * out->d[2];
    out->type = (int)b[3];
    return out->r2 < cutoff2;
}

/* rho_i, then F(rho_i) into the energy and F'(rho_i) into slope[i]. */
static void density_of(const vti_eam_tables *t, const vti_evaluation *e, size_t i, double *slope,
                       vti_block *block) {
    const vt_neighbors *list = e->list;
    int type = (int)list->point[4 * i + 3];
    double rho = 0;
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        neighbor n;
        if (!look(list, i, k, t->cutoff2, &n)) continue;
        double p;
        size_t table = (size_t)(type * t->species + n.type) * (size_t)(t->values.rows + 1);
        size_t row = table + (size_t)locate(&t->values, sqrt(n.r2), &p);
        rho += cubic(t->density + 4 * row, p);
        if (n.r2 < block->least_r2) block->least_r2 = n.r2;
    }
    double energy = vti_embedding(&t->embedding[type], t->embedding_limit, rho, &slope[i]);
    block->energy += energy;
    if (e->atom_energy != NULL) e->atom_energy[i] = energy;
}

static void force_on(const vti_eam_tables *t, const vti_evaluation *e, size_t i,
                     const double *slope, vti_block *block) {
    const vt_neighbors *list = e->list;
    int type = (int)list->point[4 * i + 3];
    double f[3] = {0, 0, 0}, w[6] = {0, 0, 0, 0, 0, 0}, energy = 0;
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        neighbor n;
        if (!look(list, i, k, t->cutoff2, &n)) continue;
        int low = type < n.type ? type : n.type, high = type < n.type ? n.type : type;
        double slope_low = type < n.type ? slope[i] : slope[n.point];
        double slope_high = type < n.type ? slope[n.point] : slope[i];
        double p, r = sqrt(n.r2);
        size_t table = (size_t)(high * (high + 1) / 2 + low) * (size_t)(t->slopes.rows + 1);
        const vti_eam_row *c = t->force + table + locate(&t->slopes, r, &p);
        double g = c->phi0 + p * (c->phi1 + p * (c->phi2 + p * c->phi3));
        g += slope_low * (c->low0 + p * (c->low1 + p * (c->low2 + p * c->low3)));
        g += slope_high * (c->high0 + p * (c->high1 + p * (c->high2 + p * c->high3)));
        const double *d = n.d;
        for (int a = 0; a < 3; a++) f[a] += g * d[a];
        w[0] -= 0.5 * g * d[0] * d[0];
        w[1] -= 0.5 * g * d[1] * d[1];
        w[2] -= 0.5 * g * d[2] * d[2];
        w[3] -= 0.5 * g * d[1] * d[2];
        w[4] -= 0.5 * g * d[0] * d[2];
        w[5] -= 0.5 * g * d[0] * d[1];
        if (e->want & VT_WANT_ENERGY) {
            table = (size_t)(type * t->species + n.type) * (size_t)(t->values.rows + 1);
            size_t row = table + (size_t)locate(&t->values, r, &p);
            energy += 0.5 * cubic(t->pair + 4 * row, p) / r;
        }
    }
    e->fx[i] = f[0];
    e->fy[i] = f[1];
    e->fz[i] = f[2];
    block->force_sum += fabs(f[0]) + fabs(f[1]) + fabs(f[2]);
    block->energy += energy;
    for (int k = 0; k < 6; k++) block->virial[k] += w[k];
    if (e->atom_energy != NULL) e->atom_energy[i] += energy;
    for (int k = 0; e->atom_virial != NULL && k < 6; k++) e->atom_virial[6 * i + k] = w[k];
}

void vti_eam_compute_reference(const vti_eam_tables *t, const vti_evaluation *e) {
    const vt_neighbors *list = e->list;
    double *slope = e->per_point; /* F' of each point */
    for (size_t b = 0; b < vti_block_count(list->count); b++)
        e->block[b] = (vti_block){.least_r2 = INFINITY};
    for (size_t i = 0; i < list->count; i++) density_of(t, e, i, slope, &e->block[i / VTI_BLOCK]);
    for (size_t g = list->count; g < list->points; g++) slope[g] = slope[list->parent[g]];
    for (size_t i = 0; i < list->count; i++) force_on(t, e, i, slope, &e->block[i / VTI_BLOCK]);
}

/* The EAM kernel as the formulas stand in eam.h: one atom, one neighbor, one number at a time.
   The vector kernels are tested against it. */
#include "eam.h"

#include <math.h>
#include <string.h>

/* Row and place within it for distance r. */
static int locate(const vti_eam_grid *grid, double r, double *p) {
    double s = fmin(r * grid->inverse_step - 0.5, grid->rows), m = nearbyint(s);
    *p = s - m;
    return (int)m;
}

static double cubic(const double *c, double p) {
    return c[0] + p * (c[1] + p * (c[2] + p * c[3]));
}

/* The double whose upper half is the lower, or the upper, half of `words`. */
static double lower_word(uint64_t words) {
    double x;
    words <<= 32;
    memcpy(&x, &words, sizeof x);
    return x;
}

static double upper_word(uint64_t words) {
    double x;
    words &= UINT64_C(0xFFFFFFFF00000000);
    memcpy(&x, &words, sizeof x);
    return x;
}

/* phi'/r and the slopes over r of the densities at the atoms of the lower and higher species. */
typedef struct {
    double phi, low, high;
    double energy; /* phi less that in the middle of the row */
    int row;
} slopes;

static slopes slopes_at(const vti_eam_tables *t, int low, int high, double r) {
    double p;
    int m = locate(&t->slopes, r, &p);
    double q = p / t->slopes.inverse_step;
    slopes s = {.row = m};
    if (low == high) {
        const vti_eam_like *c = &t->like[low][m];
        s.phi = c->phi + p * (lower_word(c->first) + p * lower_word(c->second));
        s.low = c->density + p * (upper_word(c->first) + p * upper_word(c->second));
        s.high = s.low;
        const double phi[3] = {c->phi, lower_word(c->first), lower_word(c->second)};
        s.energy = vti_eam_from_middle(phi, r, p, q);
        return s;
    }
    const vti_eam_unlike *c = vti_eam_unlike_of(t, low, high) + m;
    s.phi = c->phi + p * (lower_word(c->phi1_low1) + p * upper_word(c->high1_phi2));
    s.low = c->low + p * (upper_word(c->phi1_low1) + p * lower_word(c->low2_high2));
    s.high = c->high + p * (lower_word(c->high1_phi2) + p * upper_word(c->low2_high2));
    const double phi[3] = {c->phi, lower_word(c->phi1_low1), upper_word(c->high1_phi2)};
    s.energy = vti_eam_from_middle(phi, r, p, q);
    return s;
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
                       vti_sums *block) {
    const vt_neighbors *list = e->list;
    int type = (int)list->point[4 * i + 3];
    double rho = 0;
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        neighbor n;
        if (!look(list, i, k, t->cutoff2, &n)) continue;
        double p;
        int m = locate(&t->densities, sqrt(n.r2), &p);
        rho += cubic(t->density[type * t->species + n.type][m], p);
        if (n.r2 < block->least_r2) block->least_r2 = n.r2;
    }
    double energy = vti_embedding(&t->embedding[type], t->embedding_limit, rho, &slope[i]);
    block->energy += energy;
    if (e->atom_energy != NULL) e->atom_energy[i] = energy;
}

static void force_on(const vti_eam_tables *t, const vti_evaluation *e, size_t i,
                     const double *slope, vti_sums *block) {
    const vt_neighbors *list = e->list;
    int type = (int)list->point[4 * i + 3];
    double f[3] = {0, 0, 0}, w[6] = {0, 0, 0, 0, 0, 0}, energy = 0;
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        neighbor n;
        if (!look(list, i, k, t->cutoff2, &n)) continue;
        int low = type < n.type ? type : n.type, high = type < n.type ? n.type : type;
        double slope_low = type < n.type ? slope[i] : slope[n.point];
        double slope_high = type < n.type ? slope[n.point] : slope[i];
        double r = sqrt(n.r2);
        slopes at = slopes_at(t, low, high, r);
        double g = at.phi + slope_low * at.low + slope_high * at.high;
        const double *d = n.d;
        for (int a = 0; a < 3; a++) f[a] += g * d[a];
        w[0] -= 0.5 * g * d[0] * d[0];
        w[1] -= 0.5 * g * d[1] * d[1];
        w[2] -= 0.5 * g * d[2] * d[2];
        w[3] -= 0.5 * g * d[1] * d[2];
        w[4] -= 0.5 * g * d[0] * d[2];
        w[5] -= 0.5 * g * d[0] * d[1];
        energy += 0.5 * (t->middle[type * t->species + n.type][at.row] + at.energy);
    }
    for (int k = 0; k < 3; k++) e->force[i][k] = f[k];
    e->force[i][3] = 0;
    block->force_sum += fabs(f[0]) + fabs(f[1]) + fabs(f[2]);
    block->energy += energy;
    for (int k = 0; k < 6; k++) block->virial[k] += w[k];
    if (e->atom_energy != NULL) e->atom_energy[i] += energy;
    for (int k = 0; e->atom_virial != NULL && k < 6; k++) e->atom_virial[6 * i + k] = w[k];
}

static vt_status evaluate(void *tables, const vti_evaluation *e, vt_error *err) {
    (void)err;
    const vti_eam_tables *t = tables;
    const vt_neighbors *list = e->list;
    double *slope = e->room; /* F' of each point */
    for (size_t b = 0; b < vti_block_count(list->count); b++)
        e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
    for (size_t i = 0; i < list->count; i++)
        density_of(t, e, i, slope, &e->block_sums[i / VTI_BLOCK]);
    for (size_t g = list->count; g < list->points; g++) slope[g] = slope[list->parent[g]];
    for (size_t i = 0; i < list->count; i++)
        force_on(t, e, i, slope, &e->block_sums[i / VTI_BLOCK]);
    return VT_OK;
}

const vti_engine vti_engine_eam_reference = {.name = "eam/reference",
                                             .model = "eam",
                                             .reference = true,
                                             .lists = VTI_LISTS_ROWS,
                                             .can = VT_WANT_ALL,
                                             .per_atom = VTI_EAM_PER_ATOM,
                                             .open = vti_eam_open,
                                             .close = vti_eam_close,
                                             .evaluate = evaluate,
                                             .central = &vti_eam_central};

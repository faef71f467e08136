/* The functions of an EAM file as they stand there, with the taper: value, slope and curvature. */
#include "eam.h"

#include <math.h>

/* A spline and its derivatives; beyond its last point value and slope stay what they are there. */
static vti_curve spline_curve(const vti_spline *s, double x) {
    vti_curve c;
    c.value = vti_spline_value(s, x, &c.slope);
    double p = x * s->inverse_delta;
    int k = !(p > 0) ? 0 : p < s->count - 2 ? (int)p : s->count - 2;
    p -= k;
    c.curvature = p > 1.0 ? 0
                          : (2.0 * s->row[k][2] + 6.0 * p * s->row[k][3]) * s->inverse_delta *
                                s->inverse_delta;
    return c;
}

vti_curve vti_eam_curve(const vti_eam_functions *f, const vti_spline *s, double r) {
    vti_curve c = spline_curve(s, r);
    double x = f->taper > 0 ? 1 - (f->cutoff - r) / f->taper : 0;
    if (!(x > 0)) return c;
    if (x >= 1) return (vti_curve){0, 0, 0};
    double y = 1 - x;
    double w = y * y * y * (1 + x * (3 + 6 * x));
    double w1 = -30 * x * x * y * y / f->taper;
    double w2 = -60 * x * y * (y - x) / (f->taper * f->taper);
    return (vti_curve){c.value * w, c.slope * w + c.value * w1,
                       c.curvature * w + 2 * c.slope * w1 + c.value * w2};
}

/* ---------------------------------------------------------------- second derivatives ---- */

static void curves_of_pair(const void *opened, int i, int j, double r, vti_pair_curves *out) {
    const vti_eam_tables *t = opened;
    const vti_eam_functions *f = t->functions;
    int a = t->element[i], b = t->element[j], n = f->elements;
    vti_curve z = vti_eam_curve(f, &f->pair[a * n + b], r); /* r phi */
    out->phi.value = z.value / r;
    out->phi.slope = (z.slope - out->phi.value) / r;
    out->phi.curvature = (z.curvature - 2 * out->phi.slope) / r;
    out->at_i = vti_eam_curve(f, &f->density[b * n + a], r);
    out->at_j = a == b ? out->at_i : vti_eam_curve(f, &f->density[a * n + b], r);
}

static double density_at(const void *opened, int i, int j, double r) {
    const vti_eam_tables *t = opened;
    const vti_eam_functions *f = t->functions;
    const vti_spline *s = &f->density[t->element[j] * f->elements + t->element[i]];
    double slope;
    return r > f->cutoff - f->taper ? vti_eam_curve(f, s, r).value : vti_spline_value(s, r, &slope);
}

/* Linear beyond the table, as in vti_embedding. */
static vti_curve curve_of_embedding(const void *opened, int i, double rho) {
    const vti_eam_tables *t = opened;
    vti_curve c = spline_curve(&t->embedding[i], rho);
    if (rho > t->embedding_limit) {
        c.value += c.slope * (rho - t->embedding_limit);
        c.curvature = 0;
    }
    return c;
}

const vti_central vti_eam_central = {
    .pair = curves_of_pair, .density = density_at, .embedding = curve_of_embedding};

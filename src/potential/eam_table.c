/* Compact tables for the EAM kernels.

   A kernel needs, for each pair, the density, three derivatives divided by r, and r phi when the
   energy is wanted. Each is stored as cubics over intervals that span one or more steps of the
   file's own tables, interpolated at the four Chebyshev nodes of the interval. Files with 10,000
   points to a table would otherwise fill the cache many times over; the widest interval that stays
   within the tolerance is used. */
#include "eam.h"

#include <math.h>
#include <string.h>

/* Largest deviation from the splines: of slopes [eV/angstrom; of densities in units of their
   largest slope], of values [eV angstrom for r phi; in units of the largest density]. Below 1
   absolute, above relative. Files print about ten digits, so that fine tables carry noise in
   their slopes that no wider interval reproduces; values may be smoothed. */
static const double SLOPE_TOLERANCE = 1e-9, VALUE_TOLERANCE = 1e-10;

/* Distances that metals never reach; there the tables need only be sane. [angstrom] */
static const double CLOSEST = 1.2;

enum { WIDEST = 32, NODES = 4 };

/* What a table holds, as a function of r. */
typedef struct {
    const vti_spline *spline;
    enum { VALUE, SLOPE_OVER_R, PAIR_OVER_R } kind;
    double scale; /* of the tolerance */
} tabulated;

static double exact(const tabulated *t, double r) {
    double slope, value = vti_spline_value(t->spline, r, &slope);
    if (t->kind == VALUE) return value;
    if (t->kind == SLOPE_OVER_R) return slope / r;
    return (slope - value / r) / (r * r); /* value = r phi: phi' = (value' - phi) / r */
}

/* Cubic in p over [low, low + width] through the Chebyshev nodes, p = (r - low) / width. */
static void fit(const tabulated *t, double low, double width, double c[4]) {
    double node[NODES], d[NODES];
    for (int k = 0; k < NODES; k++) {
        node[k] = 0.5 - 0.5 * cos((2 * k + 1) * M_PI / (2 * NODES));
        d[k] = exact(t, low + node[k] * width);
    }
    /* Newton's divided differences, then the monomial form. */
    for (int order = 1; order < NODES; order++)
        for (int k = NODES - 1; k >= order; k--)
            d[k] = (d[k] - d[k - 1]) / (node[k] - node[k - order]);
    memset(c, 0, 4 * sizeof *c);
    for (int k = NODES - 1; k >= 0; k--) {
        for (int m = NODES - 1; m > 0; m--) c[m] = c[m - 1] - node[k] * c[m];
        c[0] = d[k] - node[k] * c[0];
    }
}

/* Largest deviation over the rows, in units of the tolerance. */
static double deviation(const tabulated *t, double cutoff, double width) {
    double worst = 0;
    int rows = (int)ceil(cutoff / width - 1e-9);
    for (int m = (int)(CLOSEST / width) + 1; m < rows; m++) {
        double c[4];
        fit(t, m * width, width, c);
        for (int k = 0; k <= 8; k++) {
            double p = k / 8.0, r = (m + p) * width;
            if (r >= cutoff) continue;
            double want = exact(t, r), got = c[0] + p * (c[1] + p * (c[2] + p * c[3]));
            double weight = t->kind == VALUE ? 1.0 : r;
            double size = fabs(want) * weight / t->scale;
            double error = fabs(got - want) * weight / t->scale / (size > 1 ? size : 1);
            error /= t->kind == VALUE ? VALUE_TOLERANCE : SLOPE_TOLERANCE;
            if (error > worst) worst = error;
        }
    }
    return worst;
}

/* Largest |value| or |slope| beyond the closest distance, the natural unit of a density. */
static double largest(const vti_spline *s, double cutoff, bool slopes) {
    double most = 0;
    for (double r = CLOSEST; r < cutoff; r += 0.01) {
        double slope, value = vti_spline_value(s, r, &slope);
        most = fmax(most, fabs(slopes ? slope : value));
    }
    return most > 0 ? most : 1.0;
}

/* The values that atoms of species i and j need of each other, seen from i. */
static void values_of(const vti_setfl *f, int i, int j, tabulated out[2]) {
    const vti_spline *at_i = &f->density[j * f->elements + i];
    out[0] = (tabulated){at_i, VALUE, largest(at_i, f->cutoff, false)};
    out[1] = (tabulated){&f->pair[i * f->elements + j], VALUE, 1.0};
}

/* The slopes over r, with the density at i and that at j. */
static void slopes_of(const vti_setfl *f, int i, int j, tabulated out[3]) {
    const vti_spline *at_i = &f->density[j * f->elements + i];
    const vti_spline *at_j = &f->density[i * f->elements + j];
    out[0] = (tabulated){&f->pair[i * f->elements + j], PAIR_OVER_R, 1.0};
    out[1] = (tabulated){at_i, SLOPE_OVER_R, largest(at_i, f->cutoff, true)};
    out[2] = (tabulated){at_j, SLOPE_OVER_R, largest(at_j, f->cutoff, true)};
}

/* Widest interval, in steps of the file's tables, that all `count` functions allow. */
static int narrowed(const tabulated *t, int count, const vti_setfl *f, int width) {
    for (int k = 0; k < count; k++)
        while (width > 1 && deviation(&t[k], f->cutoff, width * f->pair[0].delta) > 1.0) width /= 2;
    return width;
}

static vti_eam_grid make_grid(const vti_setfl *f, int width) {
    double step = width * f->pair[0].delta;
    return (vti_eam_grid){1.0 / step, (int)ceil(f->cutoff / step - 1e-9)};
}

static void choose_grids(vti_eam_tables *b, const vti_setfl *f, const int *species) {
    int values = WIDEST, slopes = WIDEST;
    for (int i = 0; i < b->species; i++)
        for (int j = 0; j < b->species; j++) {
            tabulated t[3];
            values_of(f, species[i], species[j], t);
            values = narrowed(t, 2, f, values);
            slopes_of(f, species[i], species[j], t);
            slopes = narrowed(t, 3, f, slopes);
        }
    b->values = make_grid(f, values);
    b->slopes = make_grid(f, slopes);
}

static void fill_values(vti_eam_tables *b, const vti_setfl *f, const int *species, int i, int j) {
    tabulated t[2];
    values_of(f, species[i], species[j], t);
    double width = 1.0 / b->values.inverse_step;
    size_t first = (size_t)(i * b->species + j) * (size_t)(b->values.rows + 1);
    for (int m = 0; m < b->values.rows; m++) {
        fit(&t[0], m * width, width, b->density + 4 * (first + (size_t)m));
        fit(&t[1], m * width, width, b->pair + 4 * (first + (size_t)m));
    }
}

static void fill_slopes(vti_eam_tables *b, const vti_setfl *f, const int *species, int low,
                        int high) {
    tabulated t[3];
    slopes_of(f, species[low], species[high], t);
    double width = 1.0 / b->slopes.inverse_step;
    size_t pair = (size_t)(high * (high + 1) / 2 + low);
    vti_eam_row *row = b->force + pair * (size_t)(b->slopes.rows + 1);
    for (int m = 0; m < b->slopes.rows; m++, row++) {
        double phi[4], at_low[4], at_high[4];
        fit(&t[0], m * width, width, phi);
        fit(&t[1], m * width, width, at_low);
        fit(&t[2], m * width, width, at_high);
        *row = (vti_eam_row){phi[0],        at_low[0],        at_high[0],
                             phi[1],        (float)at_low[1], (float)at_high[1],
                             (float)phi[2], (float)at_low[2], (float)at_high[2],
                             (float)phi[3], (float)at_low[3], (float)at_high[3]};
    }
}

vti_eam_tables *vti_eam_tables_create(const vti_setfl *f, const int *species, int count,
                                      vt_error *err) {
    vti_eam_tables *b = vt_alloc(1, sizeof *b);
    if (b == NULL) {
        vt_fail_memory(err, 1, sizeof *b, "EAM tables");
        return NULL;
    }
    b->species = count;
    b->cutoff2 = f->cutoff * f->cutoff;
    choose_grids(b, f, species);
    size_t values = 4 * (size_t)(count * count) * (size_t)(b->values.rows + 1);
    size_t rows = (size_t)(count * (count + 1) / 2) * (size_t)(b->slopes.rows + 1);
    b->density = vt_alloc(values, sizeof *b->density);
    b->pair = vt_alloc(values, sizeof *b->pair);
    b->force = vt_alloc(rows, sizeof *b->force);
    if (b->density == NULL || b->pair == NULL || b->force == NULL) {
        vti_eam_tables_destroy(b);
        vt_fail_memory(err, rows, sizeof *b->force, "EAM tables");
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        b->embedding[i] = f->embedding[species[i]];
        b->embedding_limit = (b->embedding[i].count - 1) * b->embedding[i].delta;
        for (int j = 0; j < count; j++) fill_values(b, f, species, i, j);
        for (int low = 0; low <= i; low++) fill_slopes(b, f, species, low, i);
    }
    return b;
}

void vti_eam_tables_destroy(vti_eam_tables *b) {
    if (b == NULL) return;
    vt_free(b->density);
    vt_free(b->pair);
    vt_free(b->force);
    vt_free(b);
}

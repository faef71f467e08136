/* Compact tables for the EAM kernels.

   A kernel needs, for each pair, the density, three derivatives divided by r, and r phi when the
   energy is wanted. Each is stored as cubics over intervals that span one or more steps of the
   file's own tables, interpolated at the four Chebyshev nodes of the interval. Files with 10,000
   points to a table would otherwise fill the cache many times over; the widest interval that stays
   within the tolerance is used. */
#include "eam.h"

#include <math.h>
#include <string.h>

/* Largest deviation of a tabulated derivative from the splines [eV/angstrom, or density/angstrom
   in units of the largest density slope], and of a value, r phi [eV angstrom] or a density in units
   of the largest density.
   Below 1 eV/angstrom absolute, above relative. */
static const double FORCE_TOLERANCE = 1e-9, VALUE_TOLERANCE = 1e-11;

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
            error /= t->kind == VALUE ? VALUE_TOLERANCE : FORCE_TOLERANCE;
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

enum { FUNCTIONS = 5 };

/* The functions that pairs of species (i, j) need. */
static void functions_of(const vti_setfl *f, int i, int j, tabulated out[FUNCTIONS]) {
    const vti_spline *at_i = &f->density[j * f->elements + i];
    const vti_spline *at_j = &f->density[i * f->elements + j];
    out[0] = (tabulated){at_i, VALUE, largest(at_i, f->cutoff, false)};
    out[1] = (tabulated){&f->pair[i * f->elements + j], PAIR_OVER_R, 1.0};
    out[2] = (tabulated){at_i, SLOPE_OVER_R, largest(at_i, f->cutoff, true)};
    out[3] = (tabulated){at_j, SLOPE_OVER_R, largest(at_j, f->cutoff, true)};
    out[4] = (tabulated){&f->pair[i * f->elements + j], VALUE, 1.0};
}

/* Steps of the file's tables that one interval may span. */
static int widest_interval(const vti_setfl *f, const int *species, int count) {
    int width = WIDEST;
    double dr = f->pair[0].delta;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            tabulated t[FUNCTIONS];
            functions_of(f, species[i], species[j], t);
            for (int k = 0; k < FUNCTIONS; k++)
                while (width > 1 && deviation(&t[k], f->cutoff, width * dr) > 1.0) width /= 2;
        }
    return width;
}

vti_eam_tables *vti_eam_tables_create(const vti_setfl *f, const int *species, int count,
                                      vt_error *err) {
    vti_eam_tables *b = vt_alloc(1, sizeof *b);
    if (b == NULL) {
        vt_fail_memory(err, 1, sizeof *b, "EAM tables");
        return NULL;
    }
    double width = widest_interval(f, species, count) * f->pair[0].delta;
    b->species = count;
    b->cutoff2 = f->cutoff * f->cutoff;
    b->inverse_step = 1.0 / width;
    b->rows = (int)ceil(f->cutoff / width - 1e-9);
    size_t rows = (size_t)b->rows + 1, pairs = (size_t)(count * count);
    b->storage = vt_alloc(20 * rows * pairs, sizeof(double));
    if (b->storage == NULL) {
        vti_eam_tables_destroy(b);
        vt_fail_memory(err, 20 * rows * pairs, sizeof(double), "EAM tables");
        return NULL;
    }
    b->force = b->storage;
    b->density = b->force + 12 * rows * pairs;
    b->pair = b->density + 4 * rows * pairs;
    for (int i = 0; i < count; i++) {
        b->embedding[i] = f->embedding[species[i]];
        b->embedding_limit = (b->embedding[i].count - 1) * b->embedding[i].delta;
        for (int j = 0; j < count; j++) {
            size_t pair = (size_t)(i * count + j);
            tabulated t[FUNCTIONS];
            functions_of(f, species[i], species[j], t);
            for (int m = 0; m < b->rows; m++) {
                size_t row = pair * rows + (size_t)m;
                fit(&t[0], m * width, width, b->density + 4 * row);
                for (int k = 0; k < 3; k++)
                    fit(&t[k + 1], m * width, width, b->force + 12 * row + 4 * k);
                fit(&t[4], m * width, width, b->pair + 4 * row);
            }
        }
    }
    return b;
}

void vti_eam_tables_destroy(vti_eam_tables *b) {
    if (b == NULL) return;
    vt_free(b->storage);
    vt_free(b);
}

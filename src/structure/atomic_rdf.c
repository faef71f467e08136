/* Pair distributions around single atoms, and the transform to the structure factor. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "vitrum/neighbors.h"
#include "vitrum/structure.h"

static const double PI = 3.14159265358979323846;

enum { GRAIN = 256, QUERIES = 4 }; /* atoms and wave numbers that a thread takes at a time */

static void add_row(const vt_neighbors *list, const bool *counted, size_t i, double width,
                    size_t bins, const double *scale, double *g) {
    const double *own = list->point + 4 * i;
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        const double *p = list->point + 4 * (size_t)list->neighbor[k];
        if (!counted[(int)p[3]]) continue;
        double d[3] = {p[0] - own[0], p[1] - own[1], p[2] - own[2]};
        double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        size_t bin = (size_t)(r / width);
        if (bin < bins) g[bin] += scale[bin];
    }
}

/* One row of bins for each atom: g of its neighbors of the types counted. */
typedef struct {
    const vt_neighbors *list;
    const bool *counted;
    double width;
    size_t bins;
    const double *scale;
    double *g;
} filling;

static void fill_rows(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const filling *f = context;
    for (size_t i = from; i < to; i++) {
        double *row = f->g + i * f->bins;
        memset(row, 0, f->bins * sizeof *row);
        add_row(f->list, f->counted, i, f->width, f->bins, f->scale, row);
    }
}

static vt_status fill(const vt_atoms *atoms, int beta, double rmax, size_t bins, vt_neighbors *list,
                      double *scale, double *g, vt_error *err) {
    vt_species_list species = vt_atoms_species(atoms);
    bool counted[VT_MAX_SPECIES];
    for (int k = 0; k < atoms->species_count; k++)
        counted[k] = species.of_type[k] == species.of_type[beta];
    double others = (double)species.atoms[species.of_type[beta]];
    double width = rmax / (double)bins, volume = vt_box_volume(&atoms->box);
    if (others == 0)
        return vt_fail(err, VT_EINVAL, "there are no atoms of species %s",
                       atoms->species[beta].symbol);
    for (size_t k = 0; k < bins; k++) {
        double inner = (double)k, shell = 3 * inner * (inner + 1) + 1;
        scale[k] = volume / (others * 4 * PI / 3 * width * width * width * shell);
    }
    VTI_TRY(vt_neighbors_update(list, atoms, err));
    filling f = {list, counted, width, bins, scale, g};
    return vti_share_stoppable(atoms->count, GRAIN, fill_rows, &f, err);
}

vt_status vt_rdf_atomic(const vt_atoms *atoms, int beta, double rmax, int64_t bins, double *g,
                        vt_error *err) {
    vt_status status = vt_atoms_check(atoms, err);
    if (vt_failed(status)) return status;
    if (atoms->count == 0 || beta < 0 || beta >= atoms->species_count)
        return vt_fail(err, VT_EINVAL, "there are no atoms of species number %d", beta + 1);
    if (!(rmax > 0) || !isfinite(rmax) || bins < 1 || bins > VT_RDF_MAX_BINS)
        return vt_fail(err, VT_EINVAL, "rmax must be positive and bins 1 to %d, got %g and %lld",
                       VT_RDF_MAX_BINS, rmax, (long long)bins);
    double *scale = vt_alloc((size_t)bins, sizeof *scale);
    vt_neighbors *list = vt_neighbors_create(rmax, 0, err);
    if (scale == NULL)
        status = vt_fail_memory(err, (size_t)bins, sizeof *scale, "shells");
    else if (list == NULL)
        status = VT_ENOMEM;
    else
        status = fill(atoms, beta, rmax, (size_t)bins, list, scale, g, err);
    vt_neighbors_destroy(list);
    vt_free(scale);
    return status;
}

/* Integral of 4 pi x^2 sin(q x)/(q x) from 0 to r. */
static double ball(double q, double r) {
    double x = q * r;
    if (x < 1e-2) { /* the closed form cancels */
        double x2 = x * x;
        return 4 * PI * r * r * r * (1.0 / 3 - x2 / 30 + x2 * x2 / 840);
    }
    return 4 * PI * (sin(x) - x * cos(x)) / (q * q * q);
}

typedef struct {
    const double *q;
    double width;
    size_t bins;
    bool window;
    double *kernel;
} transforming;

static void transform_rows(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const transforming *t = context;
    for (size_t j = from; j < to; j++) {
        double inner = 0;
        for (size_t k = 0; k < t->bins; k++) {
            double outer = ball(t->q[j], t->width * (double)(k + 1));
            double x = PI * ((double)k + 0.5) / (double)t->bins;
            t->kernel[j * t->bins + k] = (outer - inner) * (t->window ? sin(x) / x : 1);
            inner = outer;
        }
    }
}

vt_status vt_rdf_transform(const double *q, size_t queries, double rmax, size_t bins, bool window,
                           double *kernel, vt_error *err) {
    transforming t = {q, rmax / (double)bins, bins, window, kernel};
    return vti_share_stoppable(queries, QUERIES, transform_rows, &t, err);
}

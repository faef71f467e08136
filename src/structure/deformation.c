/* Local strain and D2min. Falk and Langer, Phys. Rev. E 57, 7192 (1998), eqs. 2.11-2.13; von Mises
   strain as in Shimizu, Ogata, Li, Mater. Trans. 48, 2923 (2007), eq. 7. With d0 and d the vectors
   to a neighbor before and now,
       F = X Y^-1,  X = sum d d0^T,  Y = sum d0 d0^T   minimizes   D2min = sum |d - F d0|^2,
       E = (F^T F - 1)/2. */
#include <math.h>
#include <string.h>

#include "structure/continuation.h"
#include "vitrum/structure.h"

/* An atom needs so many neighbors: three give an F, but leave nothing for D2min to measure. */
enum { LEAST_NEIGHBORS = 4 };

enum { PARALLEL_FROM = 2000 }; /* atoms; below, threads cost more than they bring */

/* Neighbors count as lying in a plane when det Y is below this part of (tr Y / 3)^3. */
static const double FLAT = 1e-6;

vt_deformation_options vt_deformation_defaults(void) {
    return (vt_deformation_options){.cutoff = 3.8};
}

double vt_strain_von_mises(const double e[6]) {
    double xy = e[0] - e[1], yz = e[1] - e[2], zx = e[2] - e[0];
    return sqrt(e[3] * e[3] + e[4] * e[4] + e[5] * e[5] + (xy * xy + yz * yz + zx * zx) / 6);
}

void vt_strain_green(double F[3][3], double e[6]) {
    static const int first[6] = {0, 1, 2, 1, 0, 0}, second[6] = {0, 1, 2, 2, 2, 1};
    for (int k = 0; k < 6; k++) {
        double sum = first[k] == second[k] ? -1 : 0;
        for (int m = 0; m < 3; m++) sum += F[m][first[k]] * F[m][second[k]];
        e[k] = 0.5 * sum;
    }
}

/* ---------------------------------------------------------------- one atom ---- */

typedef struct {
    const vt_atoms *reference;
    const vt_neighbors *list;
    const vti_continuation *c;
    double inverse[3][3]; /* of the reference cell */
    double affine_inverse[3][3];
    bool relative;
} work;

/* Vectors to neighbor k of atom i in the reference frame and now. */
static void bond(const work *w, size_t i, size_t k, double before[3], double now[3]) {
    const double *p = w->list->point;
    size_t point = (size_t)w->list->neighbor[k], j = (size_t)w->list->parent[point];
    const vt_atoms *a = w->reference;
    const double own[3] = {a->x[j] - a->x[i], a->y[j] - a->y[i], a->z[j] - a->z[i]};
    double image[3] = {0};
    for (int m = 0; m < 3; m++) {
        before[m] = p[4 * point + (size_t)m] - p[4 * i + (size_t)m];
        now[m] = w->c->position[3 * j + (size_t)m] - w->c->position[3 * i + (size_t)m];
        for (int b = 0; b < 3; b++) image[b] += (before[m] - own[m]) * w->inverse[m][b];
    }
    for (int b = 0; b < 3; b++) {
        double n = a->box.periodic[b] ? round(image[b]) : 0;
        for (int m = 0; m < 3; m++) now[m] += n * w->c->lattice[b][m];
    }
}

static bool fit(const work *w, size_t i, double F[3][3], double *d2min) {
    double X[3][3] = {{0}}, Y[3][3] = {{0}}, inverse[3][3], d0[3], d[3];
    size_t first = w->list->first[i], end = w->list->first[i + 1];
    for (size_t k = first; k < end; k++) {
        bond(w, i, k, d0, d);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                X[a][b] += d[a] * d0[b];
                Y[a][b] += d0[a] * d0[b];
            }
    }
    double mean = (Y[0][0] + Y[1][1] + Y[2][2]) / 3;
    if (end - first < LEAST_NEIGHBORS || !vti_invert3(Y, FLAT * mean * mean * mean, inverse))
        return false;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            F[a][b] = 0;
            for (int m = 0; m < 3; m++) F[a][b] += X[a][m] * inverse[m][b];
        }
    /* A second walk, since the closed form is a difference of large numbers. */
    *d2min = 0;
    for (size_t k = first; k < end; k++) {
        bond(w, i, k, d0, d);
        for (int a = 0; a < 3; a++) {
            double rest = d[a] - (F[a][0] * d0[0] + F[a][1] * d0[1] + F[a][2] * d0[2]);
            *d2min += rest * rest;
        }
    }
    return true;
}

static bool measure(const work *w, size_t i, vt_deformation *out) {
    double F[3][3], e[6], d2min = NAN;
    bool valid = fit(w, i, F, &d2min);
    if (valid && w->relative) {
        double product[3][3] = {{0}};
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                for (int m = 0; m < 3; m++) product[a][b] += F[a][m] * w->affine_inverse[m][b];
        memcpy(F, product, sizeof F);
    }
    if (valid) vt_strain_green(F, e);
    for (int k = 0; k < 9; k++) out->gradient[9 * i + (size_t)k] = valid ? F[k / 3][k % 3] : NAN;
    for (int k = 0; k < 6; k++) out->strain[6 * i + (size_t)k] = valid ? e[k] : NAN;
    out->von_mises[i] = valid ? vt_strain_von_mises(e) : NAN;
    out->d2min[i] = d2min;
    out->neighbors[i] = (int32_t)(w->list->first[i + 1] - w->list->first[i]);
    return valid;
}

/* ---------------------------------------------------------------- all atoms ---- */

/* r' - F r with the mean taken off. */
static void displacements(const vt_atoms *reference, const vti_continuation *c, double *u) {
    double mean[3] = {0};
    size_t n = reference->count;
    const double *o = reference->box.origin;
    for (size_t i = 0; i < n; i++) {
        const double r[3] = {reference->x[i] - o[0], reference->y[i] - o[1],
                             reference->z[i] - o[2]};
        for (int k = 0; k < 3; k++) {
            u[3 * i + (size_t)k] =
                c->position[3 * i + (size_t)k] -
                (c->affine[k][0] * r[0] + c->affine[k][1] * r[1] + c->affine[k][2] * r[2]);
            mean[k] += u[3 * i + (size_t)k];
        }
    }
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) u[3 * i + (size_t)k] -= mean[k] / (double)n;
}

/* `reference` in the order of `atoms`. */
static vt_status measure_all(const vt_atoms *reference, const vt_atoms *atoms,
                             const vt_deformation_options *o, vt_neighbors *list,
                             vti_continuation *c, vt_deformation *out, vt_error *err) {
    vt_status status = vti_continue(reference, atoms, c, err);
    if (!vt_failed(status)) status = vt_neighbors_update(list, reference, err);
    if (vt_failed(status)) return status;
    work w = {.reference = reference, .list = list, .c = c, .relative = o->relative};
    vt_box_inverse(&reference->box, w.inverse);
    if (!vti_invert3(c->affine, 0, w.affine_inverse))
        return vt_fail(err, VT_EINVAL, "the homogeneous deformation is singular");
    size_t valid = 0;
#pragma omp parallel for num_threads(vt_threads_free()) reduction(+ : valid) \
    if (reference->count >= PARALLEL_FROM)
    for (size_t i = 0; i < reference->count; i++)
        if (!vt_interrupted()) valid += measure(&w, i, out);
    if (vt_interrupted()) return vt_fail_interrupted(err);
    if (valid == 0)
        return vt_fail(err, VT_EINVAL,
                       "no atom of the reference frame has %d neighbors around it within the "
                       "cutoff of %g angstrom; take the first minimum of g(r), about 3.8 angstrom "
                       "for Cu-Zr",
                       LEAST_NEIGHBORS, o->cutoff);
    displacements(reference, c, out->displacement);
    memcpy(out->affine, c->affine, sizeof out->affine);
    out->valid = valid;
    return VT_OK;
}

vt_status vt_deformation_compute(const vt_atoms *reference, const vt_atoms *atoms,
                                 const vt_deformation_options *options, vt_deformation *out,
                                 vt_error *err) {
    size_t n = atoms->count;
    if (n == 0) return vt_fail(err, VT_EINVAL, "there are no atoms");
    int32_t *order = vt_alloc(n, sizeof *order);
    vti_continuation c = {.position = vt_alloc(n, 3 * sizeof(double))};
    vt_neighbors *list = vt_neighbors_create(options->cutoff, 0, err);
    vt_atoms *sorted = NULL;
    vt_status status = list != NULL ? VT_OK : VT_EINVAL;
    if (order == NULL || c.position == NULL)
        status = vt_fail_memory(err, n, 3 * sizeof(double), "a deformation");
    if (!vt_failed(status)) status = vt_atoms_match(reference, atoms, order, err);
    if (!vt_failed(status)) {
        sorted = vt_atoms_permuted(reference, order, n, err);
        status =
            sorted != NULL ? measure_all(sorted, atoms, options, list, &c, out, err) : VT_ENOMEM;
    }
    vt_atoms_destroy(sorted);
    vt_neighbors_destroy(list);
    vt_free(c.position);
    vt_free(order);
    return status;
}

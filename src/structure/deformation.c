/* Local strain and D2min. Falk and Langer, Phys. Rev. E 57, 7192 (1998), eqs. 2.11-2.13; von Mises
   strain as in Shimizu, Ogata, Li, Mater. Trans. 48, 2923 (2007), eq. 7. With d0 and d the vectors
   to a neighbor before and now,
       F = X Y^-1,  X = sum d d0^T,  Y = sum d0 d0^T   minimizes   D2min = sum |d - F d0|^2,
       E = (F^T F - 1)/2. */
#include <math.h>
#include <string.h>

#include "structure/continuation.h"
#include "structure/strain_fit.h"
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

/* ---------------------------------------------------------------- the reference ---- */

struct vt_strain_reference {
    vt_atoms *atoms;  /* a copy */
    double *position; /* count x 3, and one more */
    double cutoff;
    double inverse[3][3]; /* of the cell */
    size_t *first;        /* count + 1 offsets into `bond` */
    vti_bond *bond;
    double (*inverse_y)[3][3]; /* Y^-1 of each atom */
    bool *valid;               /* it has one */
    size_t valid_count;
};

/* The bond to neighbor k of atom i. A box is taken to have fewer than 128 images within the cutoff;
   false otherwise. */
static bool make_bond(const vt_strain_reference *r, const vt_neighbors *list, size_t i, size_t k,
                      vti_bond *b) {
    const double *p = list->point;
    size_t point = (size_t)list->neighbor[k], j = (size_t)list->parent[point];
    double image[3] = {0};
    for (int m = 0; m < 3; m++) {
        double own = r->position[3 * j + (size_t)m] - r->position[3 * i + (size_t)m];
        double listed = p[4 * point + (size_t)m] - p[4 * i + (size_t)m];
        for (int c = 0; c < 3; c++) image[c] += (listed - own) * r->inverse[m][c];
    }
    b->neighbor = (int32_t)j;
    b->through = false;
    for (int c = 0; c < 3; c++) {
        double n = r->atoms->box.periodic[c] ? round(image[c]) : 0;
        if (fabs(n) > INT8_MAX) return false;
        b->image[c] = (int8_t)n;
        b->through = b->through || n != 0;
    }
    return true;
}

/* The vector of a bond of atom i, with positions and cell of some frame. */
static void vector_of(const vti_bond *b, size_t i, const double *position, double cell[3][3],
                      double vector[3]) {
    const double *own = position + 3 * i, *other = position + 3 * (size_t)b->neighbor;
    for (int m = 0; m < 3; m++) vector[m] = other[m] - own[m];
    if (!b->through) return;
    for (int c = 0; c < 3; c++)
        for (int m = 0; m < 3; m++) vector[m] += b->image[c] * cell[c][m];
}

static bool invert_y(const vt_strain_reference *r, size_t i, double inverse[3][3]) {
    double Y[3][3] = {{0}}, d0[3];
    for (size_t k = r->first[i]; k < r->first[i + 1]; k++) {
        vector_of(&r->bond[k], i, r->position, r->atoms->box.h, d0);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) Y[a][b] += d0[a] * d0[b];
    }
    double mean = (Y[0][0] + Y[1][1] + Y[2][2]) / 3;
    return r->first[i + 1] - r->first[i] >= LEAST_NEIGHBORS &&
           vti_invert3(Y, FLAT * mean * mean * mean, inverse);
}

static vt_status take_bonds(vt_strain_reference *r, const vt_neighbors *list, vt_error *err) {
    size_t n = r->atoms->count, bonds = list->first[n];
    r->position = vt_alloc(3 * n + 1, sizeof *r->position);
    r->first = vt_alloc(n + 1, sizeof *r->first);
    r->bond = vt_alloc(bonds, sizeof *r->bond);
    r->inverse_y = vt_alloc(n, sizeof *r->inverse_y);
    r->valid = vt_alloc(n, sizeof *r->valid);
    if (r->position == NULL || r->first == NULL || r->bond == NULL || r->inverse_y == NULL ||
        r->valid == NULL)
        return vt_fail_memory(err, bonds, sizeof *r->bond, "the neighbors of the reference frame");
    memcpy(r->first, list->first, (n + 1) * sizeof *r->first);
    for (size_t i = 0; i < n; i++) {
        r->position[3 * i] = r->atoms->x[i];
        r->position[3 * i + 1] = r->atoms->y[i];
        r->position[3 * i + 2] = r->atoms->z[i];
    }
    size_t valid = 0, astray = 0;
#pragma omp parallel for num_threads(vt_threads_free()) reduction(+ : valid, astray)               \
    schedule(static) if (n >= PARALLEL_FROM)
    for (size_t i = 0; i < n; i++) {
        if (vt_interrupted()) continue;
        for (size_t k = r->first[i]; k < r->first[i + 1]; k++)
            astray += !make_bond(r, list, i, k, &r->bond[k]);
        r->valid[i] = invert_y(r, i, r->inverse_y[i]);
        valid += r->valid[i];
    }
    r->valid_count = valid;
    if (vt_interrupted()) return vt_fail_interrupted(err);
    if (astray > 0)
        return vt_fail(err, VT_EINVAL,
                       "the cutoff of %g angstrom spans more than %d images of the box of the "
                       "reference frame; take a smaller one",
                       r->cutoff, INT8_MAX);
    if (valid == 0)
        return vt_fail(err, VT_EINVAL,
                       "no atom of the reference frame has %d neighbors around it within the "
                       "cutoff of %g angstrom; take the first minimum of g(r), about 3.8 angstrom "
                       "for Cu-Zr",
                       LEAST_NEIGHBORS, r->cutoff);
    return VT_OK;
}

vt_strain_reference *vt_strain_reference_create(const vt_atoms *atoms, double cutoff,
                                                vt_error *err) {
    if (atoms->count == 0) {
        vt_fail(err, VT_EINVAL, "there are no atoms");
        return NULL;
    }
    vt_strain_reference *r = vt_alloc(1, sizeof *r);
    vt_neighbors *list = vt_neighbors_create(cutoff, 0, err);
    vt_status status = list != NULL ? vt_atoms_check(atoms, err) : VT_EINVAL;
    if (r == NULL) status = vt_fail_memory(err, 1, sizeof *r, "a reference frame");
    if (!vt_failed(status)) {
        r->cutoff = cutoff;
        r->atoms = vt_atoms_copy(atoms, err);
        status = r->atoms != NULL ? vt_neighbors_update(list, r->atoms, err) : VT_ENOMEM;
    }
    if (!vt_failed(status)) {
        vt_box_inverse(&atoms->box, r->inverse);
        status = take_bonds(r, list, err);
    }
    vt_neighbors_destroy(list);
    if (!vt_failed(status)) return r;
    vt_strain_reference_destroy(r);
    return NULL;
}

void vt_strain_reference_destroy(vt_strain_reference *r) {
    if (r == NULL) return;
    vt_atoms_destroy(r->atoms);
    vt_free(r->valid);
    vt_free(r->inverse_y);
    vt_free(r->bond);
    vt_free(r->first);
    vt_free(r->position);
    vt_free(r);
}

/* ---------------------------------------------------------------- one atom ---- */

typedef struct {
    const vt_strain_reference *r;
    vti_continuation *c;
    vti_strain_fit *fit;
    double affine_inverse[3][3];
    bool relative;
} work;

vti_strain_fit *vti_strain_fit_of(vt_simd simd) {
    static vti_strain_fit *const KERNEL[] = {
        [VT_SIMD_REFERENCE] = vti_strain_fit_baseline,
        [VT_SIMD_BASELINE] = vti_strain_fit_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_strain_fit_avx2,
        [VT_SIMD_AVX512] = vti_strain_fit_avx512,
#endif
    };
    return KERNEL[simd];
}

static void fit(const work *w, size_t i, double F[3][3], double *d2min) {
    const vt_strain_reference *r = w->r;
    vti_bond_frame before = {r->position, (const double(*)[3])r->atoms->box.h};
    vti_bond_frame now = {w->c->position, (const double(*)[3])w->c->lattice};
    w->fit(r->bond + r->first[i], r->first[i + 1] - r->first[i], i, &before, &now,
           (const double(*)[3])r->inverse_y[i], F, d2min);
}

/* Atom i of the reference goes into row `row`. */
static void measure(const work *w, size_t i, size_t row, vt_deformation *out) {
    double F[3][3], e[6], d2min = NAN;
    bool valid = w->r->valid[i];
    if (valid) fit(w, i, F, &d2min);
    if (valid && w->relative) {
        double product[3][3] = {{0}};
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                for (int m = 0; m < 3; m++) product[a][b] += F[a][m] * w->affine_inverse[m][b];
        memcpy(F, product, sizeof F);
    }
    if (valid) vt_strain_green(F, e);
    for (int k = 0; k < 9; k++) out->gradient[9 * row + (size_t)k] = valid ? F[k / 3][k % 3] : NAN;
    for (int k = 0; k < 6; k++) out->strain[6 * row + (size_t)k] = valid ? e[k] : NAN;
    out->von_mises[row] = valid ? vt_strain_von_mises(e) : NAN;
    out->d2min[row] = d2min;
    out->neighbors[row] = (int32_t)(w->r->first[i + 1] - w->r->first[i]);
}

/* ---------------------------------------------------------------- all atoms ---- */

/* r' - F r with the mean taken off; atom i of the reference goes into row order[i]. */
static void displacements(const vt_atoms *reference, const vti_continuation *c,
                          const int32_t *order, double *u) {
    double mean[3] = {0};
    size_t n = reference->count;
    const double *o = reference->box.origin;
    for (size_t i = 0; i < n; i++) {
        const double r[3] = {reference->x[i] - o[0], reference->y[i] - o[1],
                             reference->z[i] - o[2]};
        double *own = u + 3 * (size_t)order[i];
        for (int k = 0; k < 3; k++) {
            own[k] = c->position[3 * i + (size_t)k] -
                     (c->affine[k][0] * r[0] + c->affine[k][1] * r[1] + c->affine[k][2] * r[2]);
            mean[k] += own[k];
        }
    }
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) u[3 * i + (size_t)k] -= mean[k] / (double)n;
}

/* `now` holds the atoms in the order of the reference, order[] their rows in the results. */
static vt_status measure_all(const vt_strain_reference *r, const vt_atoms *now,
                             const int32_t *order, bool relative, vti_continuation *c,
                             vt_deformation *out, vt_error *err) {
    vt_status status = vti_continue(r->atoms, now, c, err);
    if (vt_failed(status)) return status;
    work w = {.r = r, .c = c, .fit = vti_strain_fit_of(vt_simd_best()), .relative = relative};
    if (!vti_invert3(c->affine, 0, w.affine_inverse))
        return vt_fail(err, VT_EINVAL, "the homogeneous deformation is singular");
    size_t n = now->count;
#pragma omp parallel for num_threads(vt_threads_free()) schedule(static) if (n >= PARALLEL_FROM)
    for (size_t i = 0; i < n; i++)
        if (!vt_interrupted()) measure(&w, i, (size_t)order[i], out);
    if (vt_interrupted()) return vt_fail_interrupted(err);
    displacements(r->atoms, c, order, out->displacement);
    memcpy(out->affine, c->affine, sizeof out->affine);
    out->valid = r->valid_count;
    return VT_OK;
}

vt_status vt_deformation_since(const vt_strain_reference *reference, const vt_atoms *atoms,
                               bool relative, vt_deformation *out, vt_error *err) {
    size_t n = atoms->count;
    if (n == 0) return vt_fail(err, VT_EINVAL, "there are no atoms");
    int32_t *order = vt_alloc(n, sizeof *order);
    /* Kernels read one number more. */
    vti_continuation c = {.position = vt_alloc(3 * n + 1, sizeof(double))};
    vt_status status = VT_OK;
    if (order == NULL || c.position == NULL)
        status = vt_fail_memory(err, n, 3 * sizeof(double), "a deformation");
    if (!vt_failed(status)) status = vt_atoms_match(atoms, reference->atoms, order, err);
    bool sorted = true;
    for (size_t i = 0; i < n && !vt_failed(status) && sorted; i++) sorted = order[i] == (int32_t)i;
    vt_atoms *now = NULL;
    if (!vt_failed(status) && !sorted) {
        now = vt_atoms_permuted(atoms, order, n, err);
        if (now == NULL) status = VT_ENOMEM;
    }
    if (!vt_failed(status))
        status = measure_all(reference, sorted ? atoms : now, order, relative, &c, out, err);
    vt_atoms_destroy(now);
    vt_free(c.position);
    vt_free(order);
    return status;
}

vt_status vt_deformation_compute(const vt_atoms *reference, const vt_atoms *atoms,
                                 const vt_deformation_options *options, vt_deformation *out,
                                 vt_error *err) {
    vt_error why = {0};
    vt_strain_reference *r = vt_strain_reference_create(reference, options->cutoff, &why);
    if (r == NULL) {
        if (err != NULL) *err = why;
        return why.code;
    }
    vt_status status = vt_deformation_since(r, atoms, options->relative, out, err);
    vt_strain_reference_destroy(r);
    return status;
}

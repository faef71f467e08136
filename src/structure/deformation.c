/* Local strain and D2min. Falk and Langer, Phys. Rev. E 57, 7192 (1998), eqs. 2.11-2.13; von Mises
   strain as in Shimizu, Ogata, Li, Mater. Trans. 48, 2923 (2007), eq. 7. With d0 and d the vectors
   to a neighbor before and now,
       F = X Y^-1,  X = sum d d0^T,  Y = sum d0 d0^T   minimizes   D2min = sum |d - F d0|^2,
       E = (F^T F - 1)/2.
   Atoms and their images follow the homogeneous deformation A but for what they moved beyond it, so
   the same is done for u = d - A d0 in place of d, which gives G = F - A and D2min as a difference
   of numbers that are no larger than they need be. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/tensor.h"
#include "base/try.h"
#include "structure/continuation.h"
#include "structure/strain_fit.h"
#include "vitrum/neighbors.h"
#include "vitrum/structure.h"

/* An atom needs so many neighbors: three give an F, but leave nothing for D2min to measure. */
enum { LEAST_NEIGHBORS = 4 };

enum { GRAIN = 256 }; /* atoms that a thread takes at a time */

/* Neighbors count as lying in a plane when det Y is below this part of (tr Y / 3)^3. */
static const double FLAT = 1e-6;

vt_deformation_options vt_deformation_defaults(void) {
    return (vt_deformation_options){.cutoff = 3.8};
}

/* Public functions are called, since a program may bring its own in their place; these are not. */
static inline double von_mises(const double e[6]) {
    double xy = e[0] - e[1], yz = e[1] - e[2], zx = e[2] - e[0];
    return sqrt(e[3] * e[3] + e[4] * e[4] + e[5] * e[5] + (xy * xy + yz * yz + zx * zx) / 6);
}

static inline void green(double F[3][3], double e[6]) {
    for (int k = 0; k < 6; k++) {
        double sum = VTI_ROW[k] == VTI_COLUMN[k] ? -1 : 0;
        for (int m = 0; m < 3; m++) sum += F[m][VTI_ROW[k]] * F[m][VTI_COLUMN[k]];
        e[k] = 0.5 * sum;
    }
}

double vt_strain_von_mises(const double e[6]) {
    return von_mises(e);
}

void vt_strain_green(double F[3][3], double e[6]) {
    green(F, e);
}

/* ---------------------------------------------------------------- the reference ---- */

struct vt_strain_reference {
    vt_atoms *atoms; /* a copy */
    double cutoff;
    /* Atoms and those images of them that are neighbors of some atom. */
    size_t points;
    int32_t *parent; /* the atom */
    double *place;   /* points x 4: x, y, z and an idle number */
    /* The neighbors of each atom, points, filled up as VTI_FIT_NEIGHBORS says. */
    size_t *first; /* count + 1 offsets into `neighbor` */
    int32_t *neighbor;
    int32_t *neighbors; /* how many there really are */
    double *inverse_y;  /* Y^-1 of each atom, count x 9, and one more */
    bool *valid;        /* it has one */
    size_t valid_count;
};

static vt_status take_points(vt_strain_reference *r, const vt_neighbors *list, vt_error *err) {
    r->points = list->points;
    r->parent = vt_alloc(r->points, sizeof *r->parent);
    r->place = vt_alloc(r->points, 4 * sizeof *r->place);
    if (r->parent == NULL || r->place == NULL)
        return vt_fail_memory(err, r->points, 5 * sizeof(double), "the reference frame");
    memcpy(r->parent, list->parent, r->points * sizeof *r->parent);
    memcpy(r->place, list->point, 4 * r->points * sizeof *r->place);
    return VT_OK;
}

static bool invert_y(const vt_strain_reference *r, size_t i) {
    double Y[3][3] = {{0}}, inverse[3][3];
    const double *own = r->place + 4 * i;
    for (int32_t k = 0; k < r->neighbors[i]; k++) {
        const double *p = r->place + 4 * (size_t)r->neighbor[r->first[i] + (size_t)k];
        const double d0[3] = {p[0] - own[0], p[1] - own[1], p[2] - own[2]};
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) Y[a][b] += d0[a] * d0[b];
    }
    double mean = (Y[0][0] + Y[1][1] + Y[2][2]) / 3;
    if (r->neighbors[i] < LEAST_NEIGHBORS ||
        !(fabs(vti_invert3(Y, inverse)) > FLAT * mean * mean * mean))
        return false;
    memcpy(r->inverse_y + 9 * i, inverse, sizeof inverse);
    return true;
}

static void invert_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    vt_strain_reference *r = context;
    for (size_t i = from; i < to; i++) r->valid[i] = invert_y(r, i);
}

static vt_status take_neighbors(vt_strain_reference *r, const vt_neighbors *list, vt_error *err) {
    size_t n = r->atoms->count, most = list->first[n] + (VTI_FIT_NEIGHBORS - 1) * n;
    r->first = vt_alloc(n + 1, sizeof *r->first);
    r->neighbors = vt_alloc(n, sizeof *r->neighbors);
    r->neighbor = vt_alloc(most, sizeof *r->neighbor);
    r->inverse_y = vt_alloc(9 * n + 1, sizeof *r->inverse_y);
    r->valid = vt_alloc(n, sizeof *r->valid);
    if (r->first == NULL || r->neighbors == NULL || r->neighbor == NULL || r->inverse_y == NULL ||
        r->valid == NULL)
        return vt_fail_memory(err, most, sizeof *r->neighbor,
                              "the neighbors of the reference frame");
    for (size_t i = 0; i < n; i++) {
        size_t number = list->first[i + 1] - list->first[i], to = r->first[i];
        r->neighbors[i] = (int32_t)number;
        memcpy(r->neighbor + to, list->neighbor + list->first[i], number * sizeof *r->neighbor);
        for (to += number; to % VTI_FIT_NEIGHBORS != 0; to++) r->neighbor[to] = (int32_t)i;
        r->first[i + 1] = to;
    }
    size_t valid = 0;
    VTI_TRY(vti_share_stoppable(n, GRAIN, invert_some, r, err));
    for (size_t i = 0; i < n; i++) valid += r->valid[i];
    r->valid_count = valid;
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
    if (!vt_failed(status)) status = take_points(r, list, err);
    if (!vt_failed(status)) status = take_neighbors(r, list, err);
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
    vt_free(r->neighbor);
    vt_free(r->neighbors);
    vt_free(r->first);
    vt_free(r->place);
    vt_free(r->parent);
    vt_free(r);
}

/* ---------------------------------------------------------------- one atom ---- */

typedef struct {
    const vt_strain_reference *r;
    const double *moved; /* points x 4: what each moved beyond the homogeneous deformation */
    vti_strain_fit *fit;
    double affine[3][3], affine_inverse[3][3];
    bool relative;
    const int32_t *order; /* row of each atom in the results */
    vt_deformation *out;
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

/* Atom i of the reference goes into row `row`. */
static void measure(const work *w, size_t i, size_t row, vt_deformation *out) {
    const vt_strain_reference *r = w->r;
    double F[3][3], e[6], d2min = NAN;
    bool valid = r->valid[i];
    if (valid) {
        w->fit(r->neighbor + r->first[i], r->first[i + 1] - r->first[i], i, r->place, w->moved,
               r->inverse_y + 9 * i, F, &d2min);
        for (int k = 0; k < 9; k++) F[k / 3][k % 3] += w->affine[k / 3][k % 3];
    }
    if (valid && w->relative) {
        double back[3][3];
        memcpy(back, w->affine_inverse, sizeof back);
        vti_multiply3(F, back, F);
    }
    if (valid) green(F, e);
    for (int k = 0; k < 9; k++) out->gradient[9 * row + (size_t)k] = valid ? F[k / 3][k % 3] : NAN;
    for (int k = 0; k < 6; k++) out->strain[6 * row + (size_t)k] = valid ? e[k] : NAN;
    for (size_t k = 0; k < 3; k++) out->displacement[3 * row + k] = w->moved[4 * i + k];
    out->von_mises[row] = valid ? von_mises(e) : NAN;
    out->d2min[row] = d2min;
    out->neighbors[row] = r->neighbors[i];
}

static void measure_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const work *w = context;
    for (size_t i = from; i < to; i++) measure(w, i, (size_t)w->order[i], w->out);
}

/* ---------------------------------------------------------------- all atoms ---- */

/* r' - A r of all points, the mean over the atoms taken off. */
static void find_motion(const vt_strain_reference *reference, const vti_continuation *c,
                        double *moved) {
    const vt_atoms *atoms = reference->atoms;
    const double *o = atoms->box.origin;
    double mean[3] = {0};
    size_t n = atoms->count;
    for (size_t i = 0; i < n; i++) {
        const double r[3] = {atoms->x[i] - o[0], atoms->y[i] - o[1], atoms->z[i] - o[2]};
        for (size_t k = 0; k < 3; k++) {
            const double *row = c->affine[k];
            double u = c->position[3 * i + k] - (row[0] * r[0] + row[1] * r[1] + row[2] * r[2]);
            moved[4 * i + k] = u;
            mean[k] += u;
        }
    }
    for (int k = 0; k < 3; k++) mean[k] /= (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++) moved[4 * i + k] -= mean[k];
    for (size_t p = n; p < reference->points; p++)
        memcpy(moved + 4 * p, moved + 4 * (size_t)reference->parent[p], 4 * sizeof *moved);
}

/* `now` holds the atoms in the order of the reference, order[] their rows in the results; c and
   `moved` have room for positions and points. */
static vt_status measure_all(const vt_strain_reference *r, const vt_atoms *now,
                             const int32_t *order, bool relative, vti_continuation *c,
                             double *moved, vt_deformation *out, vt_error *err) {
    VTI_TRY(vti_continue(r->atoms, now, c, err));
    out->note = c->wrapped ? VTI_WRAPPED_NOTE : "";
    find_motion(r, c, moved);
    work w = {.r = r,
              .moved = moved,
              .fit = vti_strain_fit_of(vt_simd_best()),
              .relative = relative,
              .order = order,
              .out = out};
    memcpy(w.affine, c->affine, sizeof w.affine);
    if (!(fabs(vti_invert3(c->affine, w.affine_inverse)) > 0))
        return vt_fail(err, VT_EINVAL, "the homogeneous deformation is singular");
    size_t n = now->count;
    VTI_TRY(vti_share_stoppable(n, GRAIN, measure_some, &w, err));
    memcpy(out->affine, c->affine, sizeof out->affine);
    out->valid = r->valid_count;
    return VT_OK;
}

vt_status vt_deformation_since(const vt_strain_reference *reference, const vt_atoms *atoms,
                               bool relative, vt_deformation *out, vt_error *err) {
    size_t n = atoms->count;
    if (n == 0) return vt_fail(err, VT_EINVAL, "there are no atoms");
    int32_t *order = vt_alloc(n, sizeof *order);
    double *moved = vt_alloc(reference->points, 4 * sizeof *moved);
    vti_continuation c = {.position = vt_alloc(n, 3 * sizeof(double)), .scratch = moved};
    vt_status status = VT_OK;
    if (order == NULL || c.position == NULL || moved == NULL)
        status = vt_fail_memory(err, n + reference->points, 4 * sizeof(double), "a deformation");
    if (!vt_failed(status)) status = vt_atoms_match(atoms, reference->atoms, order, err);
    bool sorted = true;
    for (size_t i = 0; i < n && !vt_failed(status) && sorted; i++) sorted = order[i] == (int32_t)i;
    vt_atoms *now = NULL;
    if (!vt_failed(status) && !sorted) {
        now = vt_atoms_permuted(atoms, order, n, err);
        if (now == NULL) status = VT_ENOMEM;
    }
    if (!vt_failed(status))
        status = measure_all(reference, sorted ? atoms : now, order, relative, &c, moved, out, err);
    vt_atoms_destroy(now);
    vt_free(moved);
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

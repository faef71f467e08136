/* What the two kinds of neighbor lists share. */
#include "grid.h"

#include <math.h>
#include <string.h>

/* Atoms below which starting the threads costs more than the loop. */
enum { PARALLEL_FROM = 4000 };

/* Fractional coordinates carry rounding of 1e-16 times box lengths; the radius is widened by this
   factor so that no image at exactly the list radius is lost. */
static const double REACH_GUARD = 1.0 + 1e-9;

vti_fractional_map vti_fractional_map_of(const vt_box *box) {
    vti_fractional_map map;
    memcpy(map.origin, box->origin, sizeof map.origin);
    vt_box_inverse(box, map.inverse);
    return map;
}

vti_grid vti_grid_make(const vt_box *box, const double low[3], const double high[3], double radius,
                       size_t atoms, int most) {
    vti_grid grid = {0};
    double heights[3], extent[3];
    vt_box_heights(box, heights);
    for (int k = 0; k < 3; k++) {
        grid.periodic[k] = box->periodic[k];
        grid.low[k] = low[k];
        /* All atoms in one plane still need a cell with a thickness. */
        extent[k] = fmax(high[k] - low[k], 1e-9);
        double cells = floor(2 * extent[k] * heights[k] / radius);
        grid.count[k] = cells < 1 ? 1 : cells > most ? most : (int)cells;
    }
    /* A few atoms far apart in a large free box must not ask for millions of empty cells. */
    double affordable = 8.0 * (double)atoms + 64;
    for (int k = 2; (double)grid.count[0] * grid.count[1] * grid.count[2] > affordable;
         k = (k + 2) % 3)
        if (grid.count[k] > 1) grid.count[k] = (grid.count[k] + 1) / 2;
    for (int k = 0; k < 3; k++) {
        grid.scale[k] = grid.count[k] / extent[k];
        grid.width[k] = extent[k] * heights[k] / grid.count[k];
        double reach = ceil(radius * REACH_GUARD / grid.width[k]);
        /* Along a free axis there is nothing beyond the last cell. */
        if (!grid.periodic[k] && reach > grid.count[k]) reach = grid.count[k];
        grid.reach[k] = reach < 1e6 ? (int)reach : 1000000;
    }
    return grid;
}

/* Frobenius norm of F - 1, F = inverse(h_old) h_new. */
static double box_strain(const vt_box *old, const vt_box *now) {
    double inverse[3][3], sum = 0;
    vt_box_inverse(old, inverse);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double f = i == j ? -1.0 : 0.0;
            for (int k = 0; k < 3; k++) f += inverse[i][k] * now->h[k][j];
            sum += f * f;
        }
    return sqrt(sum);
}

bool vti_moved_too_far(const vt_box *old, const double *reference, const vt_atoms *atoms,
                       double cutoff, double radius) {
    const vt_box *box = &atoms->box;
    for (int k = 0; k < 3; k++)
        if (box->periodic[k] != old->periodic[k]) return true;
    double budget = (1.0 - box_strain(old, box)) * radius - cutoff;
    if (!(budget >= 0)) return true;
    double limit2 = 0.25 * budget * budget; /* of |u|^2 */

    const double(*h)[3] = box->h, *o = box->origin;
    const double *x = atoms->x, *y = atoms->y, *z = atoms->z, *ref = reference;
    size_t n = atoms->count;
    int moved = 0;
#pragma omp parallel for reduction(+ : moved) num_threads(vt_threads()) if (n > PARALLEL_FROM)
    for (size_t i = 0; i < n; i++) {
        double s0 = ref[3 * i], s1 = ref[3 * i + 1], s2 = ref[3 * i + 2];
        double ux = x[i] - (o[0] + s0 * h[0][0] + s1 * h[1][0] + s2 * h[2][0]);
        double uy = y[i] - (o[1] + s0 * h[0][1] + s1 * h[1][1] + s2 * h[2][1]);
        double uz = z[i] - (o[2] + s0 * h[0][2] + s1 * h[1][2] + s2 * h[2][2]);
        moved += !(ux * ux + uy * uy + uz * uz <= limit2); /* a NaN counts as moved */
    }
    return moved != 0;
}

vt_status vti_fail_position(vt_error *err, const vt_atoms *atoms, size_t i) {
    return vt_fail(err, VT_EINVAL,
                   "atom %lld is at (%g, %g, %g) A: not finite or absurdly far from the box; check "
                   "the input, or reduce the time step",
                   (long long)atoms->id[i], atoms->x[i], atoms->y[i], atoms->z[i]);
}

vt_status vti_fail_thin(vt_error *err, const vt_box *box, int axis, int most_images,
                        double cutoff) {
    double heights[3];
    vt_box_heights(box, heights);
    return vt_fail(err, VT_EINVAL,
                   "the box is only %g A thick along %c, less than 1/%d of the cutoff %g A; check "
                   "the box, or replicate it",
                   heights[axis], "abc"[axis], most_images, cutoff);
}

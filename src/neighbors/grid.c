/* What the two kinds of neighbor lists share. */
#include "neighbors/grid.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"

enum { GRAIN = 2048 }; /* atoms that a thread takes at a time */

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

typedef struct {
    const vt_reference *reference;
    const vti_places *atoms;
    vti_allowance allowance;
    atomic_bool moved;
} comparing;

static void refer_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const comparing *c = context;
    for (size_t i = from; i < to; i++) vti_position_at(c->atoms, i, c->reference->position + 3 * i);
}

void vti_refer_to(vt_reference *reference, const vti_places *atoms) {
    vti_share(atoms->count, GRAIN, refer_some,
              &(comparing){.reference = reference, .atoms = atoms});
    reference->box = *atoms->box;
}

/* F = inverse(h_old) h_new: a row vector d of the old box is d F in the new one. In the same box it
   is exactly 1, so that with no skin at all atoms that stay have not moved. */
static void box_map(const vt_box *old, const vt_box *now, double F[3][3]) {
    double inverse[3][3];
    if (memcmp(old->h, now->h, sizeof old->h) == 0) {
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) F[i][j] = i == j;
        return;
    }
    vt_box_inverse(old, inverse);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            F[i][j] = 0;
            for (int k = 0; k < 3; k++) F[i][j] += inverse[i][k] * now->h[k][j];
        }
}

/* Frobenius norm of F - 1. */
static double strain_of(double F[3][3]) {
    double sum = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) sum += (F[i][j] - (i == j)) * (F[i][j] - (i == j));
    return sqrt(sum);
}

vti_allowance vti_allowance_of(const vt_reference *reference, const vt_box *box, double cutoff,
                               double radius) {
    const vt_box *old = &reference->box;
    vti_allowance a = {.limit2 = -1};
    for (int k = 0; k < 3; k++)
        if (box->periodic[k] != old->periodic[k]) return a;
    box_map(old, box, a.F);
    double budget = (1.0 - strain_of(a.F)) * radius - cutoff;
    if (!(budget >= 0)) return a;
    a.limit2 = 0.25 * budget * budget;
    /* o + (r - o_old) F = (o - o_old F) + r F */
    for (int j = 0; j < 3; j++) {
        a.origin[j] = box->origin[j];
        for (int k = 0; k < 3; k++) a.origin[j] -= old->origin[k] * a.F[k][j];
    }
    return a;
}

static void compare_some(void *context, size_t begin, size_t end, int worker) {
    (void)worker;
    comparing *c = context;
    int moved = 0;
    for (size_t i = begin; i < end; i++) {
        double to[3];
        vti_position_at(c->atoms, i, to);
        moved += !vti_allowed(&c->allowance, c->reference->position + 3 * i, to);
    }
    if (moved > 0) atomic_store(&c->moved, true);
}

bool vti_moved_too_far(const vt_reference *reference, const vti_places *atoms, double cutoff,
                       double radius) {
    comparing c = {.reference = reference,
                   .atoms = atoms,
                   .allowance = vti_allowance_of(reference, atoms->box, cutoff, radius)};
    if (c.allowance.limit2 < 0) return true;
    vti_share(atoms->count, GRAIN, compare_some, &c);
    return c.moved;
}

vt_status vti_fail_position(vt_error *err, const vti_places *atoms, size_t i) {
    double r[3];
    vti_position_at(atoms, i, r);
    return vt_fail(err, VT_EINVAL,
                   "atom %lld is at (%g, %g, %g) A: not finite or absurdly far from the box; check "
                   "the input, or reduce the time step",
                   (long long)atoms->id[i], r[0], r[1], r[2]);
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

/* Planes toward neighbors are tried nearest first, until no point farther away can reach the cell.
 */
#include "structure/voronoi_cut.h"

#include <math.h>

/* In mean spacings: the first search finds about 40 neighbors, which is all of them in a glass for
   nearly every atom. If it was too short, it grows by a factor, and beyond the last reach the rest
   is found in a tree. */
static const double FIRST_REACH = 2.0, GROWTH = 1.4, LAST_REACH = 4.0;
/* More neighbors than this mean that the spacing says nothing about this place. */
enum { MOST_NEAR = 2000 };
/* Nearer than this two atoms are at the same place [angstrom]. */
static const double SAME_PLACE = 1e-6;

/* No point beyond this distance, squared, can cut the cell any more. With radii the plane of a
   point at distance d lies at (d^2 + r_i^2 - r_j^2)/(2 d), at least R for r_j the largest radius
   when d >= R + sqrt(R^2 + r_j^2 - r_i^2). */
static double needed_reach(const vti_space *s, const vti_cutter *w, double radius) {
    double squared = vti_cell_reach_squared(w->cell);
    if (s->options->radii == NULL) return squared;
    double far = sqrt(squared) / 2;
    double reach = far + sqrt(far * far + s->largest_radius * s->largest_radius - radius * radius);
    return reach * reach;
}

static vt_status fail_state(vti_cell_state state, const vti_space *s, int32_t atom, vt_error *err) {
    if (state == VTI_CELL_CROWDED)
        return vt_fail(err, VT_EINVAL,
                       "voronoi: the cell of atom %d (id %lld) has more than a thousand faces",
                       atom + 1, (long long)s->atoms->id[atom]);
    return vt_fail(err, VT_ENOMEM, "voronoi: no memory for the cell of an atom");
}

static vt_status fail_same_place(const vti_space *s, int32_t a, int32_t b, double distance,
                                 vt_error *err) {
    return vt_fail(err, VT_EINVAL,
                   "voronoi: atoms %d and %d (ids %lld and %lld) are %g angstrom apart; cells need "
                   "atoms at different places",
                   a + 1, b + 1, (long long)s->atoms->id[a], (long long)s->atoms->id[b], distance);
}

vt_status vti_cut_by_point(const vti_space *s, vti_cutter *w, size_t center, size_t k,
                           vti_cell_state *state, vt_error *err) {
    const vti_point *p = &w->points.point[k];
    int32_t atom = s->cells->atom[center];
    if (p->d2 < SAME_PLACE * SAME_PLACE)
        return fail_same_place(s, atom, s->cells->atom[p->sorted], sqrt(p->d2), err);
    double radius = vti_space_radius(s, s->cells->type[center]);
    double other = vti_space_radius(s, s->cells->type[p->sorted]);
    double limit = p->d2 + radius * radius - other * other;
    *state = vti_cell_cut(w->cell, p->r[0], p->r[1], p->r[2], limit, (int32_t)k);
    if (*state == VTI_CELL_GONE || *state == VTI_CELL_WHOLE) return VT_OK;
    return fail_state(*state, s, atom, err);
}

/* Cut it by the points from `begin` on, which are in rising order of distance. */
static vt_status cut_by_near(const vti_space *s, vti_cutter *w, size_t center, size_t begin,
                             double *needed, vti_cell_state *state, vt_error *err) {
    double radius = vti_space_radius(s, s->cells->type[center]);
    for (size_t k = begin; k < w->points.count; k++) {
        if (w->points.point[k].d2 >= *needed) break;
        vt_status status = vti_cut_by_point(s, w, center, k, state, err);
        if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
        if (k >= 8 && k % 4 == 0) *needed = needed_reach(s, w, radius);
    }
    *needed = needed_reach(s, w, radius);
    return VT_OK;
}

static vti_cell_state cut_walls(const vti_space *s, vti_cutter *w, const double at[3]) {
    vti_cell_state state = VTI_CELL_WHOLE;
    for (int k = 0; k < s->walls && state == VTI_CELL_WHOLE; k++) {
        const double *n = s->normal[k];
        double distance = s->offset[k] - (at[0] * n[0] + at[1] * n[1] + at[2] * n[2]);
        state = vti_cell_cut(w->cell, n[0], n[1], n[2], 2 * distance, -1 - k);
    }
    return state;
}

vt_status vti_cut_cell(const vti_space *s, vti_cutter *w, size_t center, vti_cell_state *state,
                       bool *unfinished, vt_error *err) {
    const double at[3] = {s->cells->x[center], s->cells->y[center], s->cells->z[center]};
    *unfinished = false;
    vti_cell_start(w->cell, s->half);
    *state = cut_walls(s, w, at);
    if (*state != VTI_CELL_WHOLE) return fail_state(*state, s, s->cells->atom[center], err);
    double inner2 = -1, outer = FIRST_REACH * s->spacing;
    double needed = needed_reach(s, w, vti_space_radius(s, s->cells->type[center]));
    w->points.count = 0;
    while (!s->uneven && outer <= LAST_REACH * s->spacing) {
        size_t begin = w->points.count;
        vt_status status = vti_near(s->cells, &s->atoms->box, center, inner2, outer * outer,
                                    MOST_NEAR, &w->points, err);
        if (status == VT_CONTINUE) break;
        if (!vt_failed(status)) status = cut_by_near(s, w, center, begin, &needed, state, err);
        if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
        if (needed <= outer * outer) return VT_OK;
        inner2 = outer * outer;
        outer = fmin(outer * GROWTH, sqrt(needed) * (1 + 1e-9));
    }
    *unfinished = s->tree == NULL;
    return *unfinished ? VT_OK : vti_cut_by_far(s, w, center, inner2, needed, state, err);
}

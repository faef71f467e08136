/* What may cut a cell that reaches far, at surfaces and across voids: searched for in the tree of
   atoms and its images, leaving out regions that are too far from every vertex. */
#include <math.h>

#include "base/try.h"
#include "structure/voronoi_cut.h"

/* Vertices that are looked at for one cell before it is given up: half a second or so. */
static const int64_t MOST_WORK = 50000000;
enum { POLL = 1024 }; /* regions between two looks for an interrupt */

/* A node of the tree in the images of the box from low to high, counted along its axes. */
typedef struct {
    int32_t node, low[3], high[3];
} region;

typedef struct {
    const vti_space *space;
    vti_cutter *cutter;
    size_t center;
    double at[3];     /* the atom [angstrom] */
    double slack;     /* how much nearer than to the atom a vertex may be to a point [angstrom^2] */
    double inner2;    /* points nearer than this have been seen [angstrom^2] */
    int32_t searched; /* regions */
    int64_t work;     /* vertices looked at */
} quest;

/* A box that holds the points of a region. */
static vti_node enclose(const quest *q, const region *g) {
    const vt_box *box = &q->space->atoms->box;
    vti_node outer = q->space->tree->node[g->node];
    for (int d = 0; d < 3; d++)
        for (int a = 0; a < 3; a++) {
            double one = g->low[a] * box->h[a][d], other = g->high[a] * box->h[a][d];
            outer.low[d] += fmin(one, other);
            outer.high[d] += fmax(one, other);
        }
    return outer;
}

/* A point p cuts the cell when it is nearer to one of the vertices v than the atom is,
   |v - p|^2 - r_p^2 < |v|^2 - r_i^2. `box` holds the points. */
static bool may_cut(const quest *q, const vti_node *box) {
    int count;
    const double *v = vti_cell_vertices(q->cutter->cell, &count);
    for (int k = 0; k < count; k++, v += 3) {
        double r[3] = {q->at[0] + v[0] / 2, q->at[1] + v[1] / 2, q->at[2] + v[2] / 2};
        double own = vti_dot3(v, v) / 4;
        if (vti_node_distance2(box, r) < own + q->slack) return true;
    }
    return false;
}

/* The atoms of a leaf in one image. */
static vt_status cut_by_leaf(quest *q, const region *g, vti_cell_state *state, vt_error *err) {
    const vti_space *s = q->space;
    const vti_node *leaf = &s->tree->node[g->node];
    bool home = g->low[0] == 0 && g->low[1] == 0 && g->low[2] == 0;
    for (int32_t k = leaf->begin; k < leaf->end; k++) {
        int32_t other = s->tree->order[k];
        double r[3] = {s->cells->x[other], s->cells->y[other], s->cells->z[other]};
        for (int d = 0; d < 3; d++)
            for (int a = 0; a < 3; a++) r[d] += g->low[a] * s->atoms->box.h[a][d];
        vti_point p = {0, {r[0] - q->at[0], r[1] - q->at[1], r[2] - q->at[2]}, other};
        p.d2 = vti_dot3(p.r, p.r);
        if (p.d2 < q->inner2 || (home && (size_t)other == q->center)) continue;
        vti_node alone = {{r[0], r[1], r[2]}, {r[0], r[1], r[2]}, 0, 0, 0};
        if (!may_cut(q, &alone)) continue;
        VTI_TRY(vti_points_add(&q->cutter->points, &p, err));
        vt_status status =
            vti_cut_by_point(s, q->cutter, q->center, q->cutter->points.count - 1, state, err);
        if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
    }
    return VT_OK;
}

static vt_status count_region(quest *q, vt_error *err) {
    int vertices;
    vti_cell_vertices(q->cutter->cell, &vertices);
    q->work += vertices;
    if (q->searched++ % POLL == 0 && vt_interrupted()) return vt_fail_interrupted(err);
    if (q->work <= MOST_WORK) return VT_OK;
    int32_t atom = q->space->cells->atom[q->center];
    return vt_fail(err, VT_EINVAL,
                   "voronoi: the cell of atom %d (id %lld) reaches through empty space past too "
                   "many images of the box; shorten the box along the empty axis, or remove atoms "
                   "far outside",
                   atom + 1, (long long)q->space->atoms->id[atom]);
}

/* Halves of a region along the longer of the two, the node or the row of images. False when there
   is nothing to split. */
static bool split(const quest *q, const region *g, region half[2]) {
    const vti_node *node = &q->space->tree->node[g->node];
    int axis = -1;
    double row = 0, size = 0;
    for (int a = 0; a < 3; a++) {
        const double *h = q->space->atoms->box.h[a];
        double length = (g->high[a] - g->low[a]) * sqrt(vti_dot3(h, h));
        if (length > row) {
            row = length;
            axis = a;
        }
        size = fmax(size, node->high[a] - node->low[a]);
    }
    if (axis < 0 && node->child == 0) return false;
    half[0] = half[1] = *g;
    if (node->child != 0 && (axis < 0 || size > row)) {
        half[0].node = node->child;
        half[1].node = node->child + 1;
    } else {
        half[0].high[axis] = g->low[axis] + (g->high[axis] - g->low[axis]) / 2;
        half[1].low[axis] = half[0].high[axis] + 1;
    }
    return true;
}

/* Everything in a region that may cut the cell, the nearer half first: the sooner the cell shrinks,
   the less there is to look at. A long box has very many thin images within reach of a long cell,
   nearly all of them to no effect. */
static vt_status cut_by_region(quest *q, const region *g, vti_cell_state *state, vt_error *err) {
    vti_node box = enclose(q, g);
    vt_status status = count_region(q, err);
    if (vt_failed(status) || !may_cut(q, &box)) return status;
    region half[2];
    if (!split(q, g, half)) return cut_by_leaf(q, g, state, err);
    vti_node boxes[2] = {enclose(q, &half[0]), enclose(q, &half[1])};
    int near = vti_node_distance2(&boxes[1], q->at) < vti_node_distance2(&boxes[0], q->at);
    status = cut_by_region(q, &half[near], state, err);
    if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
    return cut_by_region(q, &half[1 - near], state, err);
}

vt_status vti_cut_by_far(const vti_space *s, vti_cutter *w, size_t center, double inner2,
                         double needed, vti_cell_state *state, vt_error *err) {
    const vt_box *box = &s->atoms->box;
    double heights[3], radius = vti_space_radius(s, s->cells->type[center]);
    region all = {0};
    vt_box_heights(box, heights);
    for (int a = 0; a < 3; a++) {
        if (!box->periodic[a]) continue;
        /* Wrapped atoms are less than one period apart. */
        all.high[a] = (int32_t)fmin(sqrt(needed) / heights[a] + 1, 1e9);
        all.low[a] = -all.high[a];
    }
    quest q = {.space = s,
               .cutter = w,
               .center = center,
               .at = {s->cells->x[center], s->cells->y[center], s->cells->z[center]},
               /* a little more, for rounding */
               .slack = s->largest_radius * s->largest_radius - radius * radius + 1e-9,
               .inner2 = inner2};
    return cut_by_region(&q, &all, state, err);
}

/* What is near to what, for any point and distance: atoms sorted into cells, the points around an
   atom, every pair once, and a tree for odd regions of space. Images included. */
#ifndef VITRUM_NEIGHBORS_SEARCH_H
#define VITRUM_NEIGHBORS_SEARCH_H

#include "neighbors/grid.h"

/* ---------------------------------------------------------------- cells ---- */

/* Cells along the third axis follow one another. Cell c holds the atoms begin[c] to begin[c + 1] -
   1 of x, y, z, type. Periodic axes are wrapped; a free axis is covered from the first atom to the
   last. */
typedef struct {
    size_t count;
    vti_grid grid;
    double period[3][3]; /* cell vectors of the box [angstrom] */
    double span[3];      /* length of what the grid covers in fractions */
    int32_t *begin;
    double *x, *y, *z; /* [angstrom], with some room behind the last, as `type` */
    int32_t *type;
    int32_t *atom; /* its place in the user's order */
    double *place; /* with slices: count x 3, coordinates in units of cells */
} vti_cells;

/* Grid for neighbors up to `reach`; with `slices` the cells are flat along the third axis.
   VT_EINVAL when the reach spans too many images of the box. */
vt_status vti_cells_create(vti_cells *cells, const vt_atoms *atoms, double reach, bool slices,
                           vt_error *err);

/* Zeroed cells are legal. */
void vti_cells_destroy(vti_cells *cells);

/* ---------------------------------------------------------------- around an atom ---- */

typedef struct {
    double d2;      /* distance squared [angstrom^2] */
    double r[3];    /* from the center [angstrom] */
    int32_t sorted; /* place of its atom in the cells' order */
} vti_point;

/* A growing list. */
typedef struct {
    size_t count, capacity;
    vti_point *point;
} vti_points;

/* Zeroed points are legal. */
void vti_points_destroy(vti_points *points);

/* Append one point. */
vt_status vti_points_add(vti_points *points, const vti_point *point, vt_error *err);

/* Append the points with inner2 <= d2 < outer2 around the atom at place `center` of the cells, in
   rising order of distance. The atom itself is no neighbor, its images are. VT_CONTINUE when there
   are more than `most`; then none is appended. */
vt_status vti_near(const vti_cells *cells, const vt_box *box, size_t center, double inner2,
                   double outer2, size_t most, vti_points *points, vt_error *err);

/* ---------------------------------------------------------------- every pair ---- */

/* Atoms that are neighbors in a column look at others together: pairs of each with atoms begin <= j
   < end at their places plus `shift`. */
enum { VTI_WALK_GROUP = 4 };

typedef struct {
    size_t first, count; /* atoms first to first + count - 1 of the cells, up to VTI_WALK_GROUP */
    double shift[3];
    size_t begin, end;
    bool own; /* begin is first + 1, and only j behind the atom of the group make a pair with it */
} vti_pairs;

/* Pairs further apart than the reach come too. */
typedef void vti_pair_run(void *context, const vti_cells *cells, const vti_pairs *pairs);

typedef struct vti_walk vti_walk;

/* Borrows the cells. VT_ENOMEM. */
vti_walk *vti_walk_create(const vti_cells *cells, double reach, vt_error *err);
void vti_walk_destroy(vti_walk *walk);

/* Number of columns of cells along the third axis. */
size_t vti_walk_columns(const vti_walk *walk);

/* The pairs that belong to one of them; all columns together give every pair once. Ends early when
   vt_interrupted(). */
void vti_walk_column(const vti_walk *walk, size_t number, vti_pair_run *run, void *context);

/* ---------------------------------------------------------------- a tree ---- */

/* Atoms in a tree of boxes: finds what lies in odd regions of space, such as those that may still
   cut a cell that reaches far into vacuum, where a grid would look at every atom.

   The atoms order[begin] up to order[end - 1], places in the cells' order, all within the box. A
   leaf has no children; otherwise they are nodes `child` and `child + 1`. */
typedef struct {
    double low[3], high[3]; /* [angstrom] */
    int32_t begin, end;
    int32_t child; /* 0: a leaf */
} vti_node;

typedef struct {
    size_t count;
    vti_node *node; /* the first is the root */
    int32_t *order;
} vti_tree;

/* Over the wrapped positions in `cells`, of which there is at least one. */
vt_status vti_tree_create(vti_tree *tree, const vti_cells *cells, vt_error *err);

/* A zeroed tree is legal. */
void vti_tree_destroy(vti_tree *tree);

/* Square of the distance from a point to the box of a node. */
static inline double vti_node_distance2(const vti_node *node, const double r[3]) {
    double sum = 0;
    for (int d = 0; d < 3; d++) {
        double below = node->low[d] - r[d], above = r[d] - node->high[d];
        double outside = below > 0 ? below : above > 0 ? above : 0;
        sum += outside * outside;
    }
    return sum;
}

#endif

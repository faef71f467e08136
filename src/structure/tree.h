/* Atoms in a tree of boxes: finds what lies in odd regions of space, such as those that may still
   cut a cell that reaches far into vacuum, where a grid would look at every atom. */
#ifndef VTI_STRUCTURE_TREE_H
#define VTI_STRUCTURE_TREE_H

#include "structure/cells.h"

/* The atoms order[begin] up to order[end - 1], places in the cells' order, all within the box. A
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

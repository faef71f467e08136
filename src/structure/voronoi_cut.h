/* The cell of one atom: cut from a cube by the planes toward its neighbors. */
#ifndef VTI_STRUCTURE_VORONOI_CUT_H
#define VTI_STRUCTURE_VORONOI_CUT_H

#include "base/tensor.h"
#include "neighbors/search.h"
#include "structure/voronoi_cell.h"
#include "vitrum/structure.h"

/* What all cells share. */
typedef struct {
    const vt_atoms *atoms;
    const vti_cells *cells;
    const vti_tree *tree; /* NULL until it is needed */
    const vt_voronoi_options *options;
    double largest_radius; /* of the species present [angstrom] */
    double half;           /* a cube of twice this size around an atom holds its cell [angstrom] */
    double spacing;        /* mean, where atoms are [angstrom] */
    bool uneven;           /* the grid is too coarse where atoms are: use the tree at once */
    int walls;
    double normal[6][3]; /* outward */
    double offset[6];    /* r.normal on the wall [angstrom] */
} vti_space;

/* A thread's cell under construction. Face number k >= 0 of the cell is that of point k, face
   -1 - k that of wall k. */
typedef struct {
    vti_cell *cell;
    vti_points points; /* tried so far */
} vti_cutter;

/* Radius of a species, 0 for plain cells [angstrom]. */
static inline double vti_space_radius(const vti_space *s, int32_t type) {
    return s->options->radii != NULL ? s->options->radii[type] : 0;
}

/* Make the cell of the atom at place `center` of the cells' order; *state is VTI_CELL_WHOLE or
   VTI_CELL_GONE. Without a tree it may stay *unfinished: then call again with one. */
vt_status vti_cut_cell(const vti_space *s, vti_cutter *w, size_t center, vti_cell_state *state,
                       bool *unfinished, vt_error *err);

/* Cut it by point k of the cutter's list. */
vt_status vti_cut_by_point(const vti_space *s, vti_cutter *w, size_t center, size_t k,
                           vti_cell_state *state, vt_error *err);

/* Cut it by all points at a distance of sqrt(inner2) or more; none beyond sqrt(needed) can. The
   space has a tree. */
vt_status vti_cut_by_far(const vti_space *s, vti_cutter *w, size_t center, double inner2,
                         double needed, vti_cell_state *state, vt_error *err);

#endif

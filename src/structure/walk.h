/* Every pair of atoms up to a distance once: a walk over the cells of cells.h, with slices. */
#ifndef VTI_STRUCTURE_WALK_H
#define VTI_STRUCTURE_WALK_H

#include "structure/cells.h"

/* Gets atom i of the cells moved by -shift, and atoms begin <= j < end, with all of which it makes
   pairs; pairs further apart than the reach come too. */
typedef void vti_pair_run(void *context, const vti_cells *cells, size_t i, const double shift[3],
                          size_t begin, size_t end);

typedef struct vti_walk vti_walk;

/* Borrows the cells. VT_ENOMEM. */
vti_walk *vti_walk_create(const vti_cells *cells, double reach, vt_error *err);
void vti_walk_destroy(vti_walk *walk);

/* Number of columns of cells along the third axis. */
size_t vti_walk_columns(const vti_walk *walk);

/* The pairs that belong to one of them; all columns together give every pair once. */
void vti_walk_column(const vti_walk *walk, size_t number, vti_pair_run *run, void *context);

#endif

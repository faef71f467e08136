/* Every pair of points up to a distance once: the walk over the cells of cells.h. */
#ifndef VTI_STRUCTURE_WALK_H
#define VTI_STRUCTURE_WALK_H

#include "structure/cells.h"

/* Gets a point of species `type` at (x, y, z) and the atoms begin <= j < end of the cells, with all
   of which it makes pairs; pairs further apart than the reach come too. */
typedef void vti_pair_run(void *context, const vti_cells *cells, int32_t type, double x, double y,
                          double z, size_t begin, size_t end);

/* Number of cells. */
size_t vti_cells_number(const vti_cells *cells);

/* The pairs that belong to cell `number`; all cells together give every pair once. */
void vti_walk_cell(const vti_cells *cells, size_t number, vti_pair_run *run, void *context);

#endif

/* Atoms sorted into a grid of cells, for what is near to what; images included. */
#ifndef VTI_STRUCTURE_CELLS_H
#define VTI_STRUCTURE_CELLS_H

#include "vitrum/atoms.h"

/* Cell (i, j, k) has number (i n[1] + j) n[2] + k and holds the atoms begin[number] up to
   begin[number + 1] - 1 of x, y, z, type. Periodic axes are wrapped; a free axis is covered from
   the first atom to the last. */
typedef struct {
    size_t count;
    int32_t n[3];
    bool periodic[3];
    double period[3][3];    /* cell vectors of the box [angstrom] */
    double low[3], span[3]; /* fractional corner and length of what the grid covers */
    size_t *begin;
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

#endif

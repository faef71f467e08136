/* Atoms sorted into a grid of cells for counting pairs at a distance, images included. */
#ifndef VTI_STRUCTURE_CELLS_H
#define VTI_STRUCTURE_CELLS_H

#include "vitrum/atoms.h"

/* A run of cells beside one another along the third axis, as an offset from the home cell. */
typedef struct {
    int32_t a, b, first, last; /* cells (a, b, first..last) away */
} vti_row;

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
    double *x, *y, *z; /* [angstrom] */
    int32_t *type;
    int32_t *atom; /* its place in the user's order */
    /* Rows within `reach` of a cell, one of each pair of opposite offsets: with the home cell's
       own pairs i < j they meet every pair of points once. */
    size_t row_count;
    vti_row *row;
} vti_cells;

/* Grid for pairs up to `reach`; VT_EINVAL when that spans too many images of the box. */
vt_status vti_cells_create(vti_cells *cells, const vt_atoms *atoms, double reach, vt_error *err);

/* Zeroed cells are legal. */
void vti_cells_destroy(vti_cells *cells);

#endif

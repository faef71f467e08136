/* The points (atoms and their periodic images) at a distance from an atom. */
#ifndef VTI_STRUCTURE_NEAR_H
#define VTI_STRUCTURE_NEAR_H

#include "structure/cells.h"

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

#endif

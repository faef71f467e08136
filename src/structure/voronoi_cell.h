/* One Voronoi cell under construction: a convex body around the origin, cut by planes. The C face
   of voro++'s cell (C. H. Rycroft, Chaos 19, 041111 (2009)); no exception passes it. */
#ifndef VTI_STRUCTURE_VORONOI_CELL_H
#define VTI_STRUCTURE_VORONOI_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vti_cell vti_cell;

/* What became of the cell. */
typedef enum {
    VTI_CELL_WHOLE,   /* something of it is left */
    VTI_CELL_GONE,    /* nothing is left; start again */
    VTI_CELL_CROWDED, /* more faces than MAX_FACES */
    VTI_CELL_NO_MEMORY
} vti_cell_state;

enum { VTI_CELL_MAX_FACES = 1500 };

/* A face of a finished cell. Lengths in angstrom. */
typedef struct {
    int32_t plane; /* the number given with the plane */
    int32_t edges; /* those at least as long as the threshold */
    double area;   /* [angstrom^2] */
} vti_cell_face;

typedef struct {
    double volume; /* [angstrom^3] */
    double area;   /* of all faces [angstrom^2] */
    double radius; /* to the farthest vertex [angstrom] */
    size_t faces;
} vti_cell_shape;

/* NULL when memory runs out. */
vti_cell *vti_cell_create(void);

/* NULL is legal. */
void vti_cell_destroy(vti_cell *cell);

/* Begin with the cube from -half to half along each axis; its faces have numbers below zero. */
void vti_cell_start(vti_cell *cell, double half);

/* Keep the points r with 2 r.v <= limit; the new face gets the number `plane`. With limit = v.v
   that is the side of the origin of the plane midway to v. */
vti_cell_state vti_cell_cut(vti_cell *cell, double vx, double vy, double vz, double limit,
                            int32_t plane);

/* (2 R)^2, R the distance of the farthest vertex from the origin: no point farther away than 2 R
   can cut the cell by a plane midway [angstrom^2]. */
double vti_cell_reach_squared(const vti_cell *cell);

/* Twice the positions of the cell's vertices, x y z each, and their number. */
const double *vti_cell_vertices(const vti_cell *cell, int *count);

/* Measure the cell into `shape`, and its faces into faces[VTI_CELL_MAX_FACES]. The cell is used up:
   start again. */
void vti_cell_measure(vti_cell *cell, double edge_threshold, vti_cell_shape *shape,
                      vti_cell_face *faces);

#ifdef __cplusplus
}
#endif
#endif

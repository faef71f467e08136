/** neighbors: who is near whom.

    Stands on: atoms. */
#ifndef VITRUM_NEIGHBORS_H
#define VITRUM_NEIGHBORS_H

#include "vitrum/atoms.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where atoms stood, and in which box, when something was made of them. */
typedef struct {
    vt_box box;
    double *position; /**< x, y, z of each atom, one after the other [angstrom]. */
} vt_snapshot;

/** A full neighbor list: each atom has a row with every neighbor within cutoff + skin. Periodic
    images within reach are explicit points behind the atoms ("ghosts"), so a kernel needs no
    minimum image, thin boxes need no special case and any cutoff is right. The list is valid
    while no pair that lay outside cutoff + skin can have come within the cutoff. */
typedef struct vt_neighbors {
    double cutoff, skin; /**< [angstrom] */
    size_t count;        /**< Atoms. */
    size_t points;       /**< Atoms and ghosts. */
    double *point;       /**< points x 4: x, y, z, type as a double. Atom i is point i. Padded
                              by 8 points far away. */
    int32_t *parent;     /**< Of each point: the atom it is an image of. */
    size_t *first;       /**< count + 1 offsets into `neighbor`. */
    int32_t *neighbor;   /**< Point indices, rows one after the other; padded by 16. */
    uint64_t builds;     /**< How often the rows were built. */
    struct vti_neighbors *internal;
} vt_neighbors;

/** An empty list. Fails unless cutoff > 0 and skin >= 0. */
VT_API vt_neighbors *vt_neighbors_create(double cutoff, double skin, vt_error *err);

VT_API void vt_neighbors_destroy(vt_neighbors *list);

/** True when the rows must be built anew before they describe `atoms` (never built, another
    number of atoms, other periodicity, or moved too far). */
VT_API bool vt_neighbors_stale(const vt_neighbors *list, const vt_atoms *atoms);

/** Bring the points up to date with positions and box, and build the rows when they are stale.
    Rows are independent of the number of threads. On failure the list counts as never built. */
VT_API vt_status vt_neighbors_update(vt_neighbors *list, const vt_atoms *atoms, vt_error *err);

/** Forget the rows, so that the next update builds them. */
VT_API void vt_neighbors_reset(vt_neighbors *list);

#ifdef __cplusplus
}
#endif
#endif

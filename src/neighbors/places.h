/* Atoms as lists see them, a view of the arrays of vt_atoms or of a system, and lists of them. */
#ifndef VITRUM_NEIGHBORS_PLACES_H
#define VITRUM_NEIGHBORS_PLACES_H

#include "vitrum/neighbors.h"

/* Everything is borrowed. */
typedef struct {
    size_t count;
    const vt_box *box;
    const double *x, *y, *z; /* of atom i: x[i * stride] and so on [angstrom] */
    size_t stride;           /* 1, or 4 where each atom has four doubles, the last of them 0 */
    const int32_t *type;
    const int64_t *id;
    int species_count;
} vti_places;

static inline vti_places vti_places_of(const vt_atoms *atoms) {
    return (vti_places){atoms->count, &atoms->box, atoms->x,
                        atoms->y,     atoms->z,    1,
                        atoms->type,  atoms->id,   atoms->species_count};
}

static inline void vti_position_at(const vti_places *places, size_t i, double r[3]) {
    r[0] = places->x[i * places->stride];
    r[1] = places->y[i * places->stride];
    r[2] = places->z[i * places->stride];
}

/* ---- neighbor lists of any places ---- */

/* Where the atoms were when the rows were built. */
const vt_snapshot *vti_neighbors_built(const vt_neighbors *list);

/* vt_neighbors_stale and vt_neighbors_update of any places. */
bool vti_neighbors_stale(const vt_neighbors *list, const vti_places *atoms);
vt_status vti_neighbors_update(vt_neighbors *list, const vti_places *atoms, vt_error *err);

#endif

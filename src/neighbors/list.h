/* What of neighbor lists is internal to the program. */
#ifndef VITRUM_NEIGHBORS_LIST_H
#define VITRUM_NEIGHBORS_LIST_H

#include "neighbors/places.h"

/* Where the atoms were when the rows were built. */
const vt_snapshot *vti_neighbors_built(const vt_neighbors *list);

/* vt_neighbors_stale and vt_neighbors_update of any places. */
bool vti_neighbors_stale(const vt_neighbors *list, const vti_places *atoms);
vt_status vti_neighbors_update(vt_neighbors *list, const vti_places *atoms, vt_error *err);

#endif

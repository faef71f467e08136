/* What second derivatives are made of: internal to the room. */
#ifndef VITRUM_SYSTEM_CURVING_H
#define VITRUM_SYSTEM_CURVING_H

#include "system/internal.h"

/* All pairs of the present positions, and the state of every center. */
typedef struct {
    const vt_system *system;
    const vti_central *central;
    const void *opened;  /* by the engine */
    vt_neighbors *list;  /* of the cutoff, without a skin */
    vti_curve *embedded; /* F of each atom; NULL without embedding */
} vti_curving;

/* Evaluates the system where it has not been: that finds what is wrong with its atoms. */
vt_status vti_curving_open(vti_curving *c, vt_system *system, vt_error *err);
void vti_curving_close(vti_curving *c);

/* A neighbor of an atom i. */
typedef struct {
    int32_t j;
    double d[3], r; /* from i to j */
    vti_pair_curves of;
} vti_near;

/* Entry k of atom i's row; false beyond the cutoff. */
bool vti_near_at(const vti_curving *c, size_t i, size_t k, vti_near *near);

/* Items that a thread takes at a time where atoms are looked at one by one. */
enum { VTI_CURVING_GRAIN = 64 };

#endif

/* Every pair of atoms up to a distance once: a walk over the cells of cells.h, with slices. */
#ifndef VTI_STRUCTURE_WALK_H
#define VTI_STRUCTURE_WALK_H

#include "structure/cells.h"

/* Atoms that are neighbors in a column look at others together: pairs of each with atoms begin <= j
   < end at their places plus `shift`. */
enum { VTI_WALK_GROUP = 4 };

typedef struct {
    size_t first, count; /* atoms first to first + count - 1 of the cells, up to VTI_WALK_GROUP */
    double shift[3];
    size_t begin, end;
    bool own; /* begin is first + 1, and only j behind the atom of the group make a pair with it */
} vti_pairs;

/* Pairs further apart than the reach come too. */
typedef void vti_pair_run(void *context, const vti_cells *cells, const vti_pairs *pairs);

typedef struct vti_walk vti_walk;

/* Borrows the cells. VT_ENOMEM. */
vti_walk *vti_walk_create(const vti_cells *cells, double reach, vt_error *err);
void vti_walk_destroy(vti_walk *walk);

/* Number of columns of cells along the third axis. */
size_t vti_walk_columns(const vti_walk *walk);

/* The pairs that belong to one of them; all columns together give every pair once. Ends early when
   vt_interrupted(). */
void vti_walk_column(const vti_walk *walk, size_t number, vti_pair_run *run, void *context);

#endif

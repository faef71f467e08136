/* Springs between neighbors that act as the atoms did: a preconditioner that learns. */
#ifndef VTI_MINIMIZE_PRECONDITIONER_H
#define VTI_MINIMIZE_PRECONDITIONER_H

#include "neighbors/places.h"

typedef struct vti_preconditioner vti_preconditioner;

/* For as many atoms as `atoms` has, and `extra` variables of the box; springs are never longer
   than `longest` [angstrom]. */
vti_preconditioner *vti_preconditioner_create(const vti_places *atoms, double longest, size_t extra,
                                              vt_error *err);

/* Between other atoms of the same species the springs that `known` has, as strong as it has them;
   of these atoms the first `movers` move. */
vti_preconditioner *vti_preconditioner_like(const vti_preconditioner *known,
                                            const vti_places *atoms, size_t movers, vt_error *err);

/* NULL is legal. */
void vti_preconditioner_destroy(vti_preconditioner *p);

/* Another minimization begins: the springs are fitted anew as soon as in the first one. Those that
   are there serve until then, unless the atoms stand in another order, with `keep` false. */
void vti_preconditioner_restart(vti_preconditioner *p, bool keep);

/* The step s, which ended at `atoms`, changed the gradient by y; variables as in vti_objective.
   Now and then the springs are fitted anew. */
void vti_preconditioner_learn(vti_preconditioner *p, const vti_places *atoms, const double *s,
                              const double *y);

/* z = inverse stiffness of the springs times g, which may be z. False, and z untouched, while there
   are no springs. */
bool vti_preconditioner_solve(vti_preconditioner *p, const double *g, double *z);

#endif

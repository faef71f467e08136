/* Atoms in a box, fixed or free, as a function to lower. */
#ifndef VTI_MINIMIZE_SYSTEM_H
#define VTI_MINIMIZE_SYSTEM_H

#include "minimize/method.h"

typedef struct vti_system vti_system;

/* Copies `atoms` in spatial order; borrows them and the potential. */
vti_system *vti_system_create(vt_atoms *atoms, const vt_potential *potential,
                              const vt_minimize_options *options, vt_error *err);
void vti_system_destroy(vti_system *system);

/* The function. */
const vti_objective *vti_system_objective(const vti_system *system);

/* The variables of the state that the atoms are in. */
void vti_system_read(const vti_system *system, double *x);

/* What the last evaluation found beside value and gradient. */
typedef struct {
    double energy, enthalpy; /* [eV] */
    double fmax;             /* [eV/angstrom] */
    double stress[6];        /* [eV/angstrom^3]; 0 with a fixed box */
    double stress_error;     /* largest over the free components [eV/angstrom^3] */
    double residual;         /* as stress_error, of the objective's own gradient */
} vti_state;
const vti_state *vti_system_state(const vti_system *system);

/* Make the box of the last evaluation the one that strains count from, and write the variables of
   that state to x. The value of the objective there does not change, its gradient does. */
void vti_system_refer(vti_system *system, double *x);

/* Write a state, given by variables and gradient, into the user's atoms: box, positions and
   forces, in their order. */
vt_status vti_system_write(vti_system *system, const double *x, const double *gradient,
                           vt_error *err);

#endif

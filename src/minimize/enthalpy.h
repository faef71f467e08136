/* The enthalpy of the atoms of a system in a box, fixed or free, as a function to lower. */
#ifndef VTI_MINIMIZE_ENTHALPY_H
#define VTI_MINIMIZE_ENTHALPY_H

#include "minimize/method.h"

typedef struct vti_enthalpy vti_enthalpy;

/* Borrows the system, whose atoms keep their order while it is at work. */
vti_enthalpy *vti_enthalpy_create(vt_system *system, const vt_minimize_options *options,
                                  vt_error *err);
void vti_enthalpy_destroy(vti_enthalpy *h);

/* Begin again with the user's atoms as they are now. */
vt_status vti_enthalpy_restart(vti_enthalpy *h, const vt_minimize_options *options, vt_error *err);

/* Get the system ready for evaluations: others may have worked on it since. VT_EINVAL when they
   changed the number of atoms or their order. */
vt_status vti_enthalpy_begin(vti_enthalpy *h, vt_error *err);

/* The function. */
const vti_objective *vti_enthalpy_objective(const vti_enthalpy *h);

/* The variables of the state that the atoms are in. */
void vti_enthalpy_read(const vti_enthalpy *h, double *x);

/* What the last evaluation found beside value and gradient. */
typedef struct {
    double energy, enthalpy; /* [eV] */
    double fmax;             /* [eV/angstrom] */
    double stress[6];        /* [eV/angstrom^3]; 0 with a fixed box */
    double stress_error;     /* largest over the free components [eV/angstrom^3] */
    double residual;         /* as stress_error, of the objective's own gradient */
} vti_evaluated;
const vti_evaluated *vti_enthalpy_state(const vti_enthalpy *h);

/* Make the box of the last evaluation the one that strains count from, and write the variables of
   that state to x. The value of the objective there does not change, its gradient does. */
void vti_enthalpy_refer(vti_enthalpy *h, double *x);

/* Write a state, given by variables and gradient, into the system and the user's atoms. */
void vti_enthalpy_write(vti_enthalpy *h, const double *x, const double *gradient);

#endif

/* What uniform strain does to atoms that follow it, by differences: for potentials that give no
   second derivatives. */
#ifndef VITRUM_MECHANICS_STRAINED_H
#define VITRUM_MECHANICS_STRAINED_H

#include "vitrum/system.h"

/* As vt_system_born and vt_system_affine_forces, from forces and stresses at `strain` to both
   sides. Atoms and box of the system are as before when this returns. */
vt_status vti_strained(vt_system *system, double strain, double born[VT_BORN_CONSTANTS],
                       double *force, vt_error *err);

#endif

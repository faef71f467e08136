/* What the files that bind atoms and potentials share. */
#ifndef VITRUM_L_ATOMS_H
#define VITRUM_L_ATOMS_H

#include "vtl.h"

/* Uservalues of an Atoms userdata. */
enum { VTL_ATOMS_POTENTIAL = 1, VTL_ATOMS_USERVALUES = 1 };

/* An Atoms userdata; everything in it is gone after close(). */
typedef struct {
    vt_atoms *atoms;
} vtl_atoms;

/* A Potential userdata. */
typedef struct {
    vt_potential *potential;
} vtl_potential;

/* Push an Atoms userdata that is still closed; the caller creates atoms into it, so that
   whatever raises later leaves something to collect. */
vtl_atoms *vtl_new_atoms(lua_State *L);

/* The box of the atoms at `index`; raises when closed or of another type. */
vtl_atoms *vtl_check_atoms_box(lua_State *L, int index);

#endif

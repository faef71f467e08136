/* What became of the atoms and the cell of one frame in a later one, across flips of the cell and
   jumps through its faces. */
#ifndef VTI_STRUCTURE_CONTINUATION_H
#define VTI_STRUCTURE_CONTINUATION_H

#include "vitrum/atoms.h"

typedef struct {
    double lattice[3][3]; /* rows: what the cell vectors of the reference have become [angstrom] */
    double affine[3][3];  /* F, r' = F r: the homogeneous deformation */
    double *position;     /* count x 3: where each atom has gone to from its place in the reference,
                             through faces or not, relative to the origin of the box [angstrom] */
    double *scratch;      /* count x 3, to work with */
} vti_continuation;

/* `atoms` holds the atoms of `reference` in the same order; position[] and scratch[] are the
   caller's. Fails when one is periodic along an axis where the other is free. */
vt_status vti_continue(const vt_atoms *reference, const vt_atoms *atoms, vti_continuation *c,
                       vt_error *err);

/* Inverse of a 3 x 3 matrix; false when its determinant is not above `least` (which is not
   negative) in size. */
bool vti_invert3(double m[3][3], double least, double inverse[3][3]);

#endif

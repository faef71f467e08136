/* What became of the atoms and the cell of one frame in a later one, across flips of the cell and
   jumps through its faces. */
#ifndef VTI_STRUCTURE_CONTINUATION_H
#define VTI_STRUCTURE_CONTINUATION_H

#include "vitrum/atoms.h"

typedef struct {
    double lattice[3][3]; /* rows: what the cell vectors of the reference have become [angstrom] */
    double affine[3][3];  /* F, r' = F r: the homogeneous deformation */
    bool wrapped;         /* atoms that were read without a box jump as those do that were wrapped
                             into one; position[] is where they are listed all the same */
    double *position;     /* count x 3: where each atom has gone to from its place in the reference,
                             through faces or not, relative to the origin of the box [angstrom] */
    double *scratch;      /* count x 3, to work with */
} vti_continuation;

/* `atoms` holds the atoms of `reference` in the same order; position[] and scratch[] are the
   caller's. Fails when one is periodic along an axis where the other is free. */
vt_status vti_continue(const vt_atoms *reference, const vt_atoms *atoms, vti_continuation *c,
                       vt_error *err);

/* What to tell the user where `wrapped` is true. */
#define VTI_WRAPPED_NOTE                                                                           \
    "atoms jump from one side of the sample to the other, as when positions are wrapped into a "   \
    "box, but their file gives no box: displacements across its faces are wrong. Write the box "   \
    "into the file (Lattice=\"...\" in extended XYZ) or give it with set_box; or write "           \
    "unwrapped positions"

#endif

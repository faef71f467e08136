/* The arrays of atoms, once: what is done with all of them is written from this table, and so is
   what takes them as vectors. The order is that in memory; the block begins with x. */
#ifndef VITRUM_ATOMS_FIELDS_H
#define VITRUM_ATOMS_FIELDS_H

#include "vitrum/atoms.h"

#define VTI_ATOM_FIELDS(VECTOR, NUMBER)                                                            \
    VECTOR(position, double, x, y, z)                                                              \
    VECTOR(velocity, double, vx, vy, vz)                                                           \
    VECTOR(force, double, fx, fy, fz)                                                              \
    VECTOR(image, int32_t, ix, iy, iz)                                                             \
    NUMBER(id, int64_t)                                                                            \
    NUMBER(type, int32_t)

/* The arrays by the names of the table; good until the generation of the atoms changes. */
typedef struct {
#define VECTOR(name, element, x, y, z) element *name[3];
#define NUMBER(name, element)          element *name;
    VTI_ATOM_FIELDS(VECTOR, NUMBER)
#undef VECTOR
#undef NUMBER
} vti_atom_arrays;

static inline vti_atom_arrays vti_arrays_of(const vt_atoms *atoms) {
    return (vti_atom_arrays){
#define VECTOR(name, element, x, y, z) .name = {atoms->x, atoms->y, atoms->z},
#define NUMBER(name, element)          .name = atoms->name,
        VTI_ATOM_FIELDS(VECTOR, NUMBER)
#undef VECTOR
#undef NUMBER
    };
}

#endif

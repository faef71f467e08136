/* The least-squares gradient of one atom's bonds, by kernels for each instruction set. */
#ifndef VTI_STRUCTURE_STRAIN_FIT_H
#define VTI_STRUCTURE_STRAIN_FIT_H

#include "vitrum/base.h"

/* To a neighbor in the reference frame, in another image of the box perhaps. */
typedef struct {
    int32_t neighbor;
    int8_t image[3];
    bool through; /* some face of the box */
} vti_bond;

/* Positions of a frame, 3 x count and one number more that may be read, and its cell vectors. */
typedef struct {
    const double *position;
    const double (*cell)[3];
} vti_bond_frame;

/* F of atom i, which minimizes sum |d - F d0|^2 over its bonds, with d0 and d their vectors in
   `before` and `now` and the inverse of Y = sum d0 d0^T; the minimum goes into *d2min. */
typedef void vti_strain_fit(const vti_bond *bond, size_t count, size_t i,
                            const vti_bond_frame *before, const vti_bond_frame *now,
                            const double (*inverse_y)[3], double F[3][3], double *d2min);

vti_strain_fit vti_strain_fit_baseline, vti_strain_fit_avx2, vti_strain_fit_avx512;

/* That of an instruction set. All give the same bits. */
vti_strain_fit *vti_strain_fit_of(vt_simd simd);

#endif

/* The least-squares gradient of one atom's bonds, by kernels for each instruction set. */
#ifndef VTI_STRUCTURE_STRAIN_FIT_H
#define VTI_STRUCTURE_STRAIN_FIT_H

#include "vitrum/base.h"

/* The neighbors of an atom come in fours: the last ones may be the atom itself, which adds nothing.
 */
enum { VTI_FIT_NEIGHBORS = 4 };

/* G of atom i, which minimizes sum |u - G d0|^2 over its neighbors: d0 are the vectors to them by
   their places and u by what they moved (x, y, z and an idle number of each atom and image), with
   the inverse of Y = sum d0 d0^T (9 numbers, one more may be read). The minimum goes into *d2min.
 */
typedef void vti_strain_fit(const int32_t *neighbor, size_t count, size_t i, const double *place,
                            const double *moved, const double *inverse_y, double G[3][3],
                            double *d2min);

vti_strain_fit vti_strain_fit_baseline, vti_strain_fit_avx2, vti_strain_fit_avx512;

/* That of an instruction set. All give the same bits. */
vti_strain_fit *vti_strain_fit_of(vt_simd simd);

#endif

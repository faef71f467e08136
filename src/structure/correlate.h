/* Sums over pairs of frames, by kernels for each instruction set. */
#ifndef VTI_STRUCTURE_CORRELATE_H
#define VTI_STRUCTURE_CORRELATE_H

#include "vitrum/base.h"

typedef struct {
    double square; /* of displacements [angstrom^2] */
    double fourth; /* powers of them [angstrom^4] */
    double wave;   /* sin(q d)/(q d) [-] */
    double dot;    /* products of velocities [angstrom^2/ps^2] */
} vti_correlation;

/* Adds to `sums` what `count` atoms give. now[k], then[k]: component k of their positions. Without
   q (0) there is no wave. */
typedef void vti_correlate_positions(const double *const now[3], const double *const then[3],
                                     size_t count, double q, vti_correlation *sums);

/* The same for velocities. */
typedef void vti_correlate_velocities(const double *const now[3], const double *const then[3],
                                      size_t count, vti_correlation *sums);

vti_correlate_positions vti_correlate_positions_baseline, vti_correlate_positions_avx2,
    vti_correlate_positions_avx512;
vti_correlate_velocities vti_correlate_velocities_baseline, vti_correlate_velocities_avx2,
    vti_correlate_velocities_avx512;

/* Those of an instruction set. All give the same bits. */
typedef struct {
    vti_correlate_positions *positions;
    vti_correlate_velocities *velocities;
} vti_correlate_kernel;
vti_correlate_kernel vti_correlate_kernel_of(vt_simd simd);

#endif

/* Counting pairs into shells by their distance, by kernels for each instruction set. */
#ifndef VTI_STRUCTURE_COUNT_H
#define VTI_STRUCTURE_COUNT_H

#include "structure/cells.h"
#include "structure/walk.h"

/* What is counted, the same for all threads. */
typedef struct {
    double limit;         /* rmax^2 */
    double inverse_width; /* bins per angstrom */
    int32_t bins;
    int species_count;
    bool has_axis;
    double axis[3]; /* unit vector */
    /* P2(cos chi) is added up in units of 1/moment_unit, as whole numbers, so that the order of the
       pairs does not matter. */
    double moment_unit;
} vti_shells;

/* Pairs are collected, then counted many at a time. */
enum { VTI_COUNT_ROOM = 512, VTI_COUNT_SPARE = 8 };

typedef struct {
    const vti_shells *shells;
    /* (species x species) histograms of `bins` entries, row the species of the first atom. */
    uint64_t *pairs;
    int64_t *moment; /* NULL without an axis */
    size_t found;
    double square[VTI_COUNT_ROOM + VTI_COUNT_SPARE]; /* squared distances */
    double along[VTI_COUNT_ROOM + VTI_COUNT_SPARE];  /* projections on the axis */
    int32_t start[VTI_COUNT_ROOM + VTI_COUNT_SPARE]; /* of the histogram a pair belongs to */
} vti_counter;

/* As vti_pair_run with a vti_counter as its context: collects the pairs within rmax. */
typedef vti_pair_run vti_count_run;

/* Counts what is collected. */
typedef void vti_count_flush(vti_counter *counter);

vti_count_run vti_count_run_reference, vti_count_run_baseline, vti_count_run_avx2,
    vti_count_run_avx512;
vti_count_flush vti_count_flush_reference, vti_count_flush_baseline, vti_count_flush_avx2,
    vti_count_flush_avx512;

/* Those of an instruction set. */
typedef struct {
    vti_count_run *run;
    vti_count_flush *flush;
} vti_count_kernel;
vti_count_kernel vti_count_kernel_of(vt_simd simd);

#endif

/* Counting pairs into shells by their distance, by kernels for each instruction set. */
#ifndef VTI_STRUCTURE_COUNT_H
#define VTI_STRUCTURE_COUNT_H

#include "neighbors/search.h"

/* What is counted, the same for all threads. */
typedef struct {
    double limit;         /* rmax^2 */
    double inverse_width; /* bins per angstrom */
    int32_t bins;
    int species_count;
    int32_t entries; /* of the histograms of all kinds of pairs: bins times species squared */
    bool has_axis;
    double axis[3]; /* unit vector */
    /* P2(cos chi) is added up in units of 1/moment_unit, as whole numbers, so that the order of the
       pairs does not matter. */
    double moment_unit;
} vti_shells;

/* Pairs are collected in rows of a group with one atom, then counted many at a time. */
enum { VTI_COUNT_ROWS = 256, VTI_COUNT_WASTE = 16 };

typedef struct {
    const vti_shells *shells;
    /* (species x species) histograms of `bins` entries, row the species of the first atom, and
       VTI_COUNT_WASTE entries for pairs too far apart. */
    uint64_t *pairs;
    int64_t *moment; /* the same without those; NULL without an axis */
    size_t rows;
    /* Of each pair: squared distance, projection on the axis, number of its histogram. */
    double square[VTI_WALK_GROUP * (VTI_COUNT_ROWS + 1)];
    double along[VTI_WALK_GROUP * (VTI_COUNT_ROWS + 1)];
    int32_t kind[VTI_WALK_GROUP * (VTI_COUNT_ROWS + 1)];
} vti_counter;

/* As vti_pair_run with a vti_counter as its context: collects rows with pairs within rmax. */
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

/* Radial structure functions: what the loops for each instruction set need. */
#ifndef VTI_DESCRIPTOR_RADIAL_H
#define VTI_DESCRIPTOR_RADIAL_H

#include "descriptor/around.h"

/* Points of the grid are filled in windows of so many, COPIES rows by turns: a neighbor need not
   wait for the numbers that the one before it has just stored nearby. */
enum { VTI_WINDOW = 16, VTI_COPIES = 4 };

typedef struct {
    vt_radial radial;
    size_t species;
    double reach2[VT_MAX_SPECIES]; /* of the largest distance that counts, by the center's species
                                     [angstrom^2] */
    const double *scale;           /* 1/s */
    double start, inverse;         /* place on the grid = (r/s) inverse - start */
    int half;                      /* a neighbor fills points up to so many away, */
    int windows;                   /* in so many windows */
    bool narrow;                   /* the windows reach to where a bell is below 2^-120 */
    float bend;                    /* exp(-(r - r_ij/s)^2/(2 sigma^2)) = 2^(bend (places away)^2) */
    size_t left, padded;           /* room before the grid; and in all for one species */
} vti_radial_plan;

/* Of one thread. */
typedef struct {
    double *d2;    /* neighbors: distances squared */
    int32_t *kind; /* and species; later where their bells begin */
    float *offset; /* and how far from there the middle is */
    size_t capacity;
    float *sum; /* COPIES x species x padded */
} vti_radial_scratch;

/* Fills a row; there is room for all candidates. */
typedef void vti_radial_row(const vti_radial_plan *plan, const vti_center *center,
                            const vti_radial_scratch *scratch, float *row);
vti_radial_row vti_radial_row_reference, vti_radial_row_baseline;
#if defined(__x86_64__)
vti_radial_row vti_radial_row_avx2, vti_radial_row_avx512;
#endif

#endif

/* learn, inside: what a pass over the samples gives each model. */
#ifndef VTI_LEARN_INTERNAL_H
#define VTI_LEARN_INTERNAL_H

#include "learn/rows.h"
#include "vitrum/learn.h"

/* One model of several that are fitted side by side. */
typedef struct {
    bool live;    /* takes part in the next pass */
    double *w;    /* where the next pass looks: features, bias, padding */
    double *gram; /* products of the features of samples with a loss, upper triangle, padded */
    int8_t *side; /* of each sample: the sign of its residual, 0 without a loss */
    double loss;  /* sum of weight times loss */
    double *slope, *slope0; /* its derivative by w over 2 there, and at w = 0 */
    int64_t vectors;        /* samples with a loss */
    int64_t changes;        /* samples whose side is another than in the pass before */
    /* Newton's method: the last point that was good, and the way from there. */
    double *good, *gradient, *step;
    double objective, along, length, norm0;
} vti_model;

struct vt_linear {
    vt_learn_data data;
    vti_rows rows;
    const vti_row_kernels *kernels;
    size_t count;  /* samples */
    size_t width;  /* features and bias */
    size_t padded; /* room for as many, in vectors and rows of matrices */
    size_t models;
    vti_model *model;
    double *numbers; /* all of theirs */
    int8_t *sides;
    double *unseen;
    /* What a pass found at the points where all models ended for this epsilon holds for any C. */
    bool settled;
    double epsilon;
};

/* The matrix behind an array. */
vti_rows vti_rows_of(const vt_array *x);

/* One look at every sample: fills loss, slope, gram, side, vectors and changes of the live models;
   slope0 too with `at_zero`. VT_EINVAL when an entry is not finite. */
vt_status vti_learn_pass(vt_linear *linear, double epsilon, bool at_zero, vt_error *err);

/* VT_EINVAL, naming the first entry of x that is not finite, or else saying that products of its
   entries are too large. */
vt_status vti_fail_entry(const vti_rows *rows, size_t count, vt_error *err);

#endif

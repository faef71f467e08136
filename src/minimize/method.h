/* What the minimizers share: the function to lower, and the table a method is.

   Methods are written inside out: the driver evaluates the point in trial->x and calls step(),
   which judges it and writes the next point to try. So a run can stop after any evaluation and be
   continued, and one place counts, polls for interrupts and survives bad points. */
#ifndef VTI_MINIMIZE_METHOD_H
#define VTI_MINIMIZE_METHOD_H

#include "vitrum/minimize.h"

/* A function of 3 atoms + extra variables: all x, all y, all z, then the others. */
typedef struct vti_objective {
    size_t atoms, extra;
    void *context;
    /* Value and gradient at x. VT_EDIVERGED when they are not finite. */
    vt_status (*evaluate)(void *context, const double *x, double *value, double *gradient,
                          vt_error *err);
    /* Largest displacement of an atom when the variables change by d; `context` as above. */
    double (*reach)(void *context, const double *d);
    /* z = approximate inverse second derivatives times g; false, and z untouched, when it cannot
       tell yet. NULL when it never can. */
    bool (*precondition)(void *context, const double *g, double *z);
    /* The last step s to the point evaluated last changed the gradient by y. NULL when nobody
       learns. */
    void (*learn)(void *context, const double *s, const double *y);
} vti_objective;

static inline size_t vti_variables(const vti_objective *objective) {
    return 3 * objective->atoms + objective->extra;
}

/* A point with what is known there. `energy` is +infinity when it cannot be evaluated. */
typedef struct {
    double energy;
    double *x, *gradient;
} vti_iterate;

/* Writes `bytes` of `data` somewhere, or reads them back; false when that failed. */
typedef bool vti_piece(void *context, void *data, size_t bytes);

/* First member of every method's own struct. */
typedef struct vti_method {
    const struct vti_method_class *class;
    const vti_objective *objective; /* borrowed */
    double max_step;                /* [angstrom] */
    int64_t memory;
    int64_t iterations; /* steps accepted */
} vti_method;

typedef struct vti_method_class {
    const char *name;
    size_t size;
    int64_t patience; /* evaluations without progress after which only rounding or jumps are left */
    /* Allocate what the method needs; the base is filled. */
    vt_status (*create)(vti_method *self, vt_error *err);
    /* Forget the past and take `trial`, which is evaluated and finite, as the start; write the
       next point to trial->x. VT_CONTINUE, or VT_DONE when the gradient is zero. */
    vt_status (*start)(vti_method *self, vti_iterate *trial);
    /* Judge the evaluated trial->x and write the next point. VT_CONTINUE, or VT_DONE when no
       point along any direction is lower by more than rounding. */
    vt_status (*step)(vti_method *self, vti_iterate *trial);
    void (*destroy)(vti_method *self);
    /* All that it remembers, piece by piece, so that another one goes on with the same bits; what
       it wrote to trial->x belongs to it. False when a piece could not be had, or is none of such
       a method. NULL: it cannot. */
    bool (*state)(vti_method *self, vti_piece *piece, void *context);
} vti_method_class;

/* The registry: a new method is one file and one word here. The first is the best. */
#define VTI_METHODS(X) X(lbfgs) X(cg) X(fire)

#define VTI_DECLARE_METHOD(name) extern const vti_method_class vti_##name##_class;
VTI_METHODS(VTI_DECLARE_METHOD)

/* The class called `name`, or NULL. */
const vti_method_class *vti_method_find(const char *name);

/* Room for a vector of the objective's variables. */
double *vti_vector(const vti_objective *objective);

/* ---------------------------------------------------------------- line search ---- */

/* A search along a direction d from a point where the value is `energy` and the slope negative. */
typedef struct {
    double energy, slope;                 /* at the start, step 0 */
    double step;                          /* tried now, in units of d */
    double limit;                         /* longest step allowed */
    double low, low_energy, low_slope;    /* best step so far on the downhill side; 0 at first */
    double high, high_energy, high_slope; /* a step that is too long; INFINITY when unknown */
    int trials;
} vti_line_search;

typedef enum { VTI_SEARCH_ACCEPT, VTI_SEARCH_AGAIN, VTI_SEARCH_FAILED } vti_verdict;

/* Begin with `step`, cut to `limit`. */
vti_line_search vti_line_search_start(double energy, double slope, double step, double limit);

/* Judge the value and slope found at search->step. The step is good enough when the energy fell
   as Armijo asks, or, within rounding of the start, when the slope says so (Hager and Zhang, SIAM
   J. Optim. 16, 170 (2005), eq. 4.1), and the slope is at most `curvature` times the first one in
   size; a negative slope at the limit is good enough too. AGAIN: search->step is the next try. */
vti_verdict vti_line_search_judge(vti_line_search *search, double energy, double slope,
                                  double curvature);

/* Energies closer than this cannot be told apart [eV]. */
double vti_rounding(double energy);

#endif

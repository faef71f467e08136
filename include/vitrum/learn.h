/** learn: linear models of many atoms, fitted.

    Support vector regression and classification with quadratic loss, the forms that LIBLINEAR calls
    11 and 2: Fan, Chang, Hsieh, Wang, Lin, J. Mach. Learn. Res. 9, 1871 (2008). Rows are samples,
    columns features, both counted from 0 here.

    Stands on: array. */
#ifndef VITRUM_LEARN_H
#define VITRUM_LEARN_H

#include "vitrum/array.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    VT_REGRESSION,    /**< Loss max(0, |w.x - y| - epsilon)^2. */
    VT_CLASSIFICATION /**< Loss max(0, 1 - y w.x)^2, y is -1 or 1. */
} vt_learn_kind;

enum { VT_LEARN_MAX_FEATURES = 4096, VT_LEARN_MAX_FOLDS = 64 };

/** What is to be learned. Everything is borrowed, for as long as a vt_linear that was made of it
    lives. */
typedef struct {
    vt_learn_kind kind;
    vt_array x;           /**< Samples x features, float32 or float64; each row without gaps. */
    const double *y;      /**< A number for each sample. */
    const double *weight; /**< Of each sample, 0 or more, a factor of C; NULL: all are 1. */
    const int32_t *fold;  /**< Of each sample, 0 to `folds` - 1; NULL: there are no folds. */
    int folds;   /**< With folds, 2 to VT_LEARN_MAX_FOLDS: as many models are fitted side by
                      side, model k to the samples outside fold k. */
    double bias; /**< A last feature that has this value in every sample, and is regularized
                      like the others (LIBLINEAR's -B); negative: none. */
} vt_learn_data;

typedef struct {
    double C, epsilon;  /**< Larger than 0; 0 or more, of no meaning for classification. */
    double tolerance;   /**< Of the gradient, relative to that at w = 0; 0 or more. */
    int64_t iterations; /**< Passes over the samples allowed. */
} vt_learn_options;

/** 1, 0.1, 1e-6, 200. */
VT_API vt_learn_options vt_learn_defaults(void);

/** How the fit of one model ended. */
typedef struct {
    double objective;   /**< 1/2 w.w + C sum weight loss */
    double gradient;    /**< Its gradient, relative to that at w = 0. */
    int64_t iterations; /**< Passes over the samples. */
    int64_t vectors;    /**< Samples with a loss: the support vectors. */
    bool converged;
} vt_learn_result;

/** Models of one set of samples, with all that one fit leaves to the next: where the last one ended
    is where the next begins, and the products of features of all samples with a loss (the Gram
    matrix) are only corrected for those that change sides. */
typedef struct vt_linear vt_linear;

/** Fails with VT_EINVAL on shapes, values and classes that make no sense, named with their place
    counted from 1; VT_ENOMEM. Entries of x are looked at when they are used. */
VT_API vt_linear *vt_linear_create(const vt_learn_data *data, vt_error *err);

/** NULL is legal. */
VT_API void vt_linear_destroy(vt_linear *linear);

/** Number of models: 1, or one for each fold. */
VT_API size_t vt_linear_models(const vt_linear *linear);

/** Find the minimum of the objective for each model by Newton's method on the primal problem, which
    is quadratic by pieces and so ends at its exact solution: Keerthi and DeCoste, J. Mach. Learn.
    Res. 6, 341 (2005). `result` receives one entry for each model. Does not depend on the number of
    threads. VT_EINVAL for options out of range and entries of x that are not finite, VT_ENOMEM,
    VT_EINTERRUPT; then the models are lost: destroy them. */
VT_API vt_status vt_linear_fit(vt_linear *linear, const vt_learn_options *options,
                               vt_learn_result *result, vt_error *err);

/** Weights of a model: one for each feature, and behind them that of the bias, if there is one. */
VT_API const double *vt_linear_weights(const vt_linear *linear, size_t model);

/** With folds: what the model that did not see it makes of each sample, w.x with the bias. */
VT_API const double *vt_linear_unseen(const vt_linear *linear);

/** w.x + intercept for each row of x (as in vt_learn_data) into out. VT_EINTERRUPT. */
VT_API vt_status vt_linear_predict(const vt_array *x, const double *weights, double intercept,
                                   double *out, vt_error *err);

/** Mean and standard deviation (around it, by the number of rows) of each column of x, of which
    there is at least one row, into arrays of as many numbers. VT_EINVAL on an entry that is not
    finite, named from 1. VT_EINTERRUPT, VT_ENOMEM. */
VT_API vt_status vt_learn_columns(const vt_array *x, double *mean, double *deviation,
                                  vt_error *err);

/** How well predictions p match y. */
typedef struct {
    double mean_square, mean_absolute; /**< Of p - y. */
    double pearson; /**< Correlation of p and y; NaN where one of them is constant. */
} vt_learn_score;

/** Of n numbers. */
VT_API vt_learn_score vt_learn_compare(const double *y, const double *p, size_t n);

#ifdef __cplusplus
}
#endif
#endif

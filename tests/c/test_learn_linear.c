/* Linear support vector machines: the loops over samples against plain ones in every instruction
   set, and models of folds against models of their own. */
#include "array_fixture.h"
#include "learn/rows.h"
#include "vitrum/learn.h"

/* Sums of some hundred products of numbers near 1, in another order. */
static const double ROUNDING = 1e-12;

enum { ROWS = 61, COLUMNS = 37, PADDED = 40, STRIDE = 45 };

static double x[ROWS * STRIDE];
static float x_single[ROWS * STRIDE];

static const vti_row_kernels *next_kernels(int *at) {
    for (; *at <= VT_SIMD_AVX512; (*at)++)
        if (*at != VT_SIMD_REFERENCE && vt_simd_available((vt_simd)*at))
            return vti_row_kernels_of((vt_simd)(*at)++);
    return NULL;
}

static double entry(const vti_rows *rows, size_t i, size_t k) {
    return rows->single ? (double)x_single[i * STRIDE + k] : x[i * STRIDE + k];
}

static void check_rows(const vti_row_kernels *kernels, const vti_rows *rows) {
    double w[COLUMNS], factor[ROWS], out[ROWS], sum[COLUMNS] = {0}, row[COLUMNS];
    fill_random(w, COLUMNS, 2);
    fill_random(factor, ROWS, 3);
    for (int i = 0; i < ROWS; i += 3) factor[i] = 0;
    enum { FIRST = 2, COUNT = 57 };
    kernels->score(rows, FIRST, COUNT, w, out);
    kernels->add(rows, FIRST, COUNT, factor, sum);
    double expected[COLUMNS] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        double score = 0;
        for (size_t k = 0; k < COLUMNS; k++) {
            score += w[k] * entry(rows, FIRST + i, k);
            expected[k] += factor[i] * entry(rows, FIRST + i, k);
        }
        assert_true(fabs(score - out[i]) < ROUNDING);
    }
    for (size_t k = 0; k < COLUMNS; k++) assert_true(fabs(expected[k] - sum[k]) < ROUNDING);
    kernels->copy(rows, 5, -2.5, row);
    for (size_t k = 0; k < COLUMNS; k++) assert_true(row[k] == -2.5 * entry(rows, 5, k));
}

static void check_products(const vti_row_kernels *kernels, size_t count) {
    static double row[ROWS * PADDED], gram[PADDED * PADDED];
    fill_random(row, count * PADDED, 4);
    fill_random(gram, PADDED * PADDED, 5);
    double before[PADDED * PADDED];
    memcpy(before, gram, sizeof before);
    kernels->products(row, count, PADDED, -1, gram);
    for (size_t a = 0; a < PADDED; a++)
        for (size_t b = a; b < PADDED; b++) {
            double expected = before[a * PADDED + b];
            for (size_t i = 0; i < count; i++)
                expected -= row[i * PADDED + a] * row[i * PADDED + b];
            assert_true(fabs(expected - gram[a * PADDED + b]) < ROUNDING);
        }
}

static void loops_over_samples_agree_with_plain_ones(void **state) {
    (void)state;
    fill_random(x, ROWS * STRIDE, 1);
    for (int k = 0; k < ROWS * STRIDE; k++) x_single[k] = (float)x[k];
    const vti_row_kernels *kernels;
    for (int at = 0; (kernels = next_kernels(&at)) != NULL;) {
        check_rows(kernels, &(vti_rows){x, STRIDE, COLUMNS, false});
        check_rows(kernels, &(vti_rows){x_single, STRIDE, COLUMNS, true});
        check_products(kernels, 1);
        check_products(kernels, ROWS);
    }
}

enum { SAMPLES = 400, FEATURES = 7, FOLDS = 3 };

static double targets[SAMPLES];

static vt_learn_data make_data(void) {
    static double features[SAMPLES * FEATURES];
    fill_random(features, SAMPLES * FEATURES, 11);
    fill_random(targets, SAMPLES, 12);
    for (int i = 0; i < SAMPLES; i++) targets[i] += features[i * FEATURES] * 2;
    return (vt_learn_data){
        .x = table_of(VT_FLOAT64, SAMPLES, FEATURES, features), .y = targets, .bias = 1};
}

/* Weights of 0 leave out what a fold leaves out. */
static void folds_are_models_of_their_own(void **state) {
    (void)state;
    vt_learn_data data = make_data();
    int32_t fold[SAMPLES];
    double weight[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) fold[i] = i * 7 % FOLDS;
    vt_learn_data folded = data;
    folded.fold = fold;
    folded.folds = FOLDS;
    vt_error err = {0};
    vt_linear *side_by_side = vt_linear_create(&folded, &err);
    assert_non_null(side_by_side);
    assert_int_equal(vt_linear_models(side_by_side), FOLDS);
    vt_learn_options o = vt_learn_defaults();
    o.tolerance = 1e-12;
    const double C[] = {0.1, 5, 0.02};
    for (int c = 0; c < 3; c++) {
        vt_learn_result results[FOLDS];
        o.C = C[c];
        o.epsilon = 0.1 * c;
        assert_int_equal(vt_linear_fit(side_by_side, &o, results, &err), VT_OK);
        for (int m = 0; m < FOLDS; m++) {
            for (int i = 0; i < SAMPLES; i++) weight[i] = fold[i] != m;
            data.weight = weight;
            vt_linear *alone = vt_linear_create(&data, &err);
            vt_learn_result result;
            assert_int_equal(vt_linear_fit(alone, &o, &result, &err), VT_OK);
            assert_true(result.converged && results[m].converged);
            assert_true(fabs(result.objective / results[m].objective - 1) < ROUNDING);
            for (int k = 0; k <= FEATURES; k++)
                assert_true(fabs(vt_linear_weights(alone, 0)[k] -
                                 vt_linear_weights(side_by_side, (size_t)m)[k]) < 1e-9);
            vt_linear_destroy(alone);
        }
    }
    vt_linear_destroy(side_by_side);
}

static void wrong_data_is_named(void **state) {
    (void)state;
    vt_learn_data data = make_data();
    vt_error err = {0};
    targets[7] = NAN;
    assert_null(vt_linear_create(&data, &err));
    assert_non_null(strstr(err.msg, "target 8 is nan"));
    targets[7] = 0;
    data.kind = VT_CLASSIFICATION;
    assert_null(vt_linear_create(&data, &err));
    assert_non_null(strstr(err.msg, "must be -1 or 1"));
    data.kind = VT_REGRESSION;
    const int32_t empty[SAMPLES] = {0};
    data.fold = empty;
    data.folds = 2;
    assert_null(vt_linear_create(&data, &err));
    assert_non_null(strstr(err.msg, "fold 2 of 2 has no samples"));
    data.fold = NULL;
    vt_linear *linear = vt_linear_create(&data, &err);
    vt_learn_options o = vt_learn_defaults();
    vt_learn_result result;
    o.C = -1;
    assert_int_equal(vt_linear_fit(linear, &o, &result, &err), VT_EINVAL);
    o.C = 1;
    o.iterations = 1;
    assert_int_equal(vt_linear_fit(linear, &o, &result, &err), VT_OK);
    assert_false(result.converged);
    vt_linear_destroy(linear);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_over_samples_agree_with_plain_ones),
        cmocka_unit_test(folds_are_models_of_their_own),
        cmocka_unit_test(wrong_data_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

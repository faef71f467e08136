/* Sums, moments, extremes, sorting and histograms. */
#include "array_fixture.h"
#include "fixture.h"

/* Sum with a running correction (Kahan and Babuska), the reference for the sums. */
static double careful_sum(const double *x, size_t n) {
    double sum = 0, lost = 0;
    for (size_t k = 0; k < n; k++) {
        volatile double next = sum + x[k];
        lost += fabs(sum) >= fabs(x[k]) ? (sum - next) + x[k] : (x[k] - next) + sum;
        sum = next;
    }
    return sum + lost;
}

static double reduced(vt_reduction reduction, const vt_array *a, double ddof) {
    int64_t memory;
    vt_error err = {0};
    vt_array result = vt_array_scalar(vt_reduction_dtype(reduction, a->dtype), &memory);
    assert_int_equal(vt_array_reduce(reduction, a, -1, ddof, &result, &err), VT_OK);
    return vt_array_get(&result, 0);
}

/* Pairwise error is at most about log2(n) eps sum |x|; 0.1 of n = 10^6 sums to 1e5, where a plain
   loop is off by 1e-6. */
static void sums_are_as_good_as_corrected_ones(void **state) {
    (void)state;
    static const size_t COUNTS[] = {0, 1, 15, 16, 17, 511, 512, 513, 1000, 1024, 12345, 1000000};
    for (size_t c = 0; c < sizeof COUNTS / sizeof *COUNTS; c++) {
        size_t n = COUNTS[c];
        double *x = vt_alloc(n, sizeof *x), size = 0;
        fill_random(x, n, n + 1);
        for (size_t k = 0; k < n; k++) size += fabs(x[k]);
        double tolerance = 20 * 2.2e-16 * size; /* log2(1e6) = 20 */
        assert_true(fabs(vt_sum(x, n) - careful_sum(x, n)) <= tolerance);
        for (size_t k = 0; k < n; k++) x[k] = 0.1;
        assert_true(fabs(vt_sum(x, n) - 0.1 * (double)n) <= 20 * 2.2e-16 * 0.1 * (double)n);
        vt_free(x);
    }
}

/* A view, its copy and any memory offset give the same bits. */
static void sums_do_not_depend_on_strides(void **state) {
    (void)state;
    enum { N = 4001 };
    static double x[N], spread[3 * N + 1];
    fill_random(x, N, 5);
    for (int k = 0; k < N; k++) spread[3 * k + 1] = x[k];
    vt_array plain = table_of(VT_FLOAT64, N, 0, x), view = plain;
    view.data = spread + 1;
    view.stride[0] = 3;
    for (int r = VT_SUM; r < VT_REDUCTION_COUNT; r++)
        assert_true(reduced((vt_reduction)r, &plain, 0) == reduced((vt_reduction)r, &view, 0));
}

/* 1 to n: sum n(n+1)/2, mean (n+1)/2, variance (n^2-1)/12, norm^2 n(n+1)(2n+1)/6. */
static void moments_of_the_first_integers(void **state) {
    (void)state;
    enum { N = 1001 };
    static double x[N];
    static int32_t i[N];
    for (int k = 0; k < N; k++) i[k] = (int32_t)(x[k] = (double)((k * 5) % N + 1));
    vt_array a = table_of(VT_FLOAT64, N, 0, x), b = table_of(VT_INT32, N, 0, i);
    const vt_array *both[] = {&a, &b};
    for (int k = 0; k < 2; k++) {
        assert_true(reduced(VT_SUM, both[k], 0) == N * (N + 1) / 2.0);
        assert_true(reduced(VT_MEAN, both[k], 0) == (N + 1) / 2.0);
        assert_true(reduced(VT_MEDIAN, both[k], 0) == (N + 1) / 2.0);
        double variance = (N * (double)N - 1) / 12;
        assert_true(fabs(reduced(VT_VARIANCE, both[k], 0) / variance - 1) < 1e-14);
        assert_true(fabs(reduced(VT_VARIANCE, both[k], 1) / (variance * N / (N - 1.0)) - 1) <
                    1e-14);
        assert_true(fabs(reduced(VT_NORM, both[k], 0) / sqrt(N * (N + 1.0) * (2.0 * N + 1) / 6) -
                         1) < 1e-14);
        assert_true(reduced(VT_MIN, both[k], 0) == 1);
        assert_true(reduced(VT_MAX, both[k], 0) == N);
        assert_true(reduced(VT_ARGMIN, both[k], 0) == 0);
        assert_true(i[(int)reduced(VT_ARGMAX, both[k], 0)] == N);
        assert_true(reduced(VT_ALL, both[k], 0) == 1);
    }
    vt_array even = a;
    even.shape[0] = N - 1;
    for (int k = 0; k < N; k++) x[k] = (double)k;
    assert_true(reduced(VT_MEDIAN, &even, 0) == (N - 2) / 2.0);
}

/* A shift by 1e9 leaves a variance of 1/12 standing. */
static void variance_survives_a_large_mean(void **state) {
    (void)state;
    enum { N = 100000 };
    static double x[N];
    fill_random(x, N, 8);
    vt_array a = table_of(VT_FLOAT64, N, 0, x);
    double before = reduced(VT_VARIANCE, &a, 0);
    for (int k = 0; k < N; k++) x[k] += 1e9;
    /* Numbers near 1e9 are rounded to 1.2e-7. */
    assert_true(fabs(reduced(VT_VARIANCE, &a, 0) - before) < 1e-7);
}

static void norms_neither_overflow_nor_underflow(void **state) {
    (void)state;
    double large[] = {3e200, 4e200}, small[] = {3e-200, 4e-200}, tiny[] = {3e-320, 4e-320};
    double infinite[] = {1, INFINITY}, nan[] = {INFINITY, NAN}, zero[] = {0, 0};
    vt_array a = table_of(VT_FLOAT64, 2, 0, large);
    assert_true(fabs(reduced(VT_NORM, &a, 0) / 5e200 - 1) < 1e-15);
    a.data = small;
    assert_true(fabs(reduced(VT_NORM, &a, 0) / 5e-200 - 1) < 1e-15);
    a.data = tiny; /* steps of 5e-324 */
    assert_true(fabs(reduced(VT_NORM, &a, 0) - 5e-320) <= 1e-323);
    a.data = infinite;
    assert_true(isinf(reduced(VT_NORM, &a, 0)));
    a.data = nan;
    assert_true(isnan(reduced(VT_NORM, &a, 0)));
    a.data = zero;
    assert_true(reduced(VT_NORM, &a, 0) == 0);
}

static void axes_are_reduced_one_by_one(void **state) {
    (void)state;
    int32_t x[2][3][4];
    int64_t sums[12], k = 0;
    vt_error err = {0};
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int l = 0; l < 4; l++) x[i][j][l] = (int32_t)(k * k % 17), k++;
    vt_array a, result;
    vt_array_layout(&a, VT_INT32, 3, (int64_t[]){2, 3, 4}, x, &err);
    vt_array_layout(&result, VT_INT64, 2, (int64_t[]){2, 4}, sums, &err);
    assert_int_equal(vt_array_reduce(VT_SUM, &a, 1, 0, &result, &err), VT_OK);
    for (int i = 0; i < 2; i++)
        for (int l = 0; l < 4; l++)
            assert_int_equal(sums[i * 4 + l], x[i][0][l] + x[i][1][l] + x[i][2][l]);
    vt_array_layout(&result, VT_INT64, 2, (int64_t[]){3, 4}, sums, &err);
    assert_int_equal(vt_array_reduce(VT_ARGMAX, &a, 0, 0, &result, &err), VT_OK);
    for (int j = 0; j < 3; j++)
        for (int l = 0; l < 4; l++) assert_int_equal(sums[j * 4 + l], x[1][j][l] > x[0][j][l]);
}

static void reductions_without_a_result_say_so(void **state) {
    (void)state;
    double x[1] = {1}, out;
    int64_t big[] = {INT64_MAX, 1}, sum;
    vt_error err = {0};
    vt_array empty = table_of(VT_FLOAT64, 0, 0, x), one = table_of(VT_FLOAT64, 1, 0, x);
    vt_array result = vt_array_scalar(VT_FLOAT64, &out);
    assert_int_equal(vt_array_reduce(VT_SUM, &empty, -1, 0, &result, &err), VT_OK);
    assert_true(out == 0);
    assert_int_equal(vt_array_reduce(VT_MEAN, &empty, -1, 0, &result, &err), VT_EINVAL);
    assert_string_equal(err.msg, "an empty array has no mean");
    assert_int_equal(vt_array_reduce(VT_MIN, &empty, -1, 0, &result, &err), VT_EINVAL);
    assert_int_equal(vt_array_reduce(VT_VARIANCE, &one, -1, 1, &result, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "1 number with 1 degrees"));
    vt_array a = table_of(VT_INT64, 2, 0, big), total = vt_array_scalar(VT_INT64, &sum);
    assert_int_equal(vt_array_reduce(VT_SUM, &a, -1, 0, &total, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "overflow"));
}

static void extremes_find_the_first_place_and_nan(void **state) {
    (void)state;
    enum { N = 100 };
    static double x[N];
    vt_array a = table_of(VT_FLOAT64, N, 0, x);
    for (int k = 0; k < N; k++) x[k] = 5;
    x[37] = x[61] = -2;
    x[40] = x[95] = 9;
    assert_true(reduced(VT_ARGMIN, &a, 0) == 37);
    assert_true(reduced(VT_ARGMAX, &a, 0) == 40);
    x[99] = NAN;
    x[50] = NAN;
    assert_true(reduced(VT_ARGMIN, &a, 0) == 50);
    assert_true(isnan(reduced(VT_MAX, &a, 0)));
    assert_true(isnan(reduced(VT_MEDIAN, &a, 0)));
    for (int k = 0; k < N; k++) x[k] = INFINITY;
    assert_true(reduced(VT_MIN, &a, 0) == INFINITY);
}

/* The correction keeps running sums of 0.1 within one rounding of k/10. */
static void running_sums_do_not_drift(void **state) {
    (void)state;
    enum { N = 100000 };
    static double x[N], sums[N];
    vt_error err = {0};
    for (int k = 0; k < N; k++) x[k] = 0.1;
    vt_array a = table_of(VT_FLOAT64, N, 0, x), result = table_of(VT_FLOAT64, N, 0, sums);
    assert_int_equal(vt_array_cumulative_sum(&a, 0, &result, &err), VT_OK);
    for (int k = 0; k < N; k++) assert_true(fabs(sums[k] / (0.1 * (k + 1)) - 1) < 3e-16);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sorting_agrees_with_qsort(void **state) {
    (void)state;
    static const size_t COUNTS[] = {0, 1, 2, 15, 16, 17, 31, 33, 100, 1000, 4097};
    vt_error err = {0};
    for (size_t c = 0; c < sizeof COUNTS / sizeof *COUNTS; c++) {
        size_t n = COUNTS[c];
        double *x = vt_alloc(n, 8), *sorted = vt_alloc(n, 8);
        int64_t *order = vt_alloc(n, 8);
        fill_random(x, n, n);
        for (size_t k = 0; k + 3 < n; k += 4) x[k] = floor(4 * x[k]); /* with equal ones */
        vt_array a = table_of(VT_FLOAT64, (int64_t)n, 0, x);
        vt_array s = table_of(VT_FLOAT64, (int64_t)n, 0, sorted);
        vt_array o = table_of(VT_INT64, (int64_t)n, 0, order);
        assert_int_equal(vt_array_sort(&a, 0, &s, &err), VT_OK);
        assert_int_equal(vt_array_argsort(&a, 0, 0, &o, &err), VT_OK);
        for (size_t k = 0; k < n; k++) assert_true(x[order[k]] == sorted[k]);
        for (size_t k = 1; k < n; k++) /* stable */
            assert_true(sorted[k - 1] < sorted[k] || order[k - 1] < order[k]);
        qsort(x, n, sizeof *x, compare_doubles);
        for (size_t k = 0; k < n; k++) assert_true(x[k] == sorted[k]);
        vt_free(x), vt_free(sorted), vt_free(order);
    }
}

static void special_values_sort_as_promised(void **state) {
    (void)state;
    double x[] = {NAN, 0.0, -INFINITY, -0.0, INFINITY, -NAN, 5e-324, -5e-324}, sorted[8];
    int64_t order[8], i[] = {INT64_MAX, 0, INT64_MIN, -1}, si[4];
    vt_error err = {0};
    vt_array a = table_of(VT_FLOAT64, 8, 0, x), s = table_of(VT_FLOAT64, 8, 0, sorted);
    vt_array o = table_of(VT_INT64, 8, 0, order);
    assert_int_equal(vt_array_sort(&a, 0, &s, &err), VT_OK);
    assert_true(sorted[0] == -INFINITY && sorted[1] == -5e-324 && sorted[2] == 0 &&
                sorted[3] == 0 && sorted[4] == 5e-324 && sorted[5] == INFINITY &&
                isnan(sorted[6]) && isnan(sorted[7]));
    assert_int_equal(vt_array_argsort(&a, 0, 1, &o, &err), VT_OK);
    static const int64_t ORDER[] = {3, 8, 2, 4, 7, 5, 1, 6}; /* 0 before -0: as they came */
    assert_memory_equal(order, ORDER, sizeof order);
    vt_array b = table_of(VT_INT64, 4, 0, i), t = table_of(VT_INT64, 4, 0, si);
    assert_int_equal(vt_array_sort(&b, 0, &t, &err), VT_OK);
    assert_true(si[0] == INT64_MIN && si[1] == -1 && si[2] == 0 && si[3] == INT64_MAX);
}

static void columns_sort_on_their_own(void **state) {
    (void)state;
    float x[4][2] = {{3, 1}, {1, 4}, {2, 3}, {0, 2}}, sorted[4][2];
    vt_error err = {0};
    vt_array a = table_of(VT_FLOAT32, 4, 2, x), s = table_of(VT_FLOAT32, 4, 2, sorted);
    assert_int_equal(vt_array_sort(&a, 0, &s, &err), VT_OK);
    for (int k = 0; k < 4; k++)
        assert_true(sorted[k][0] == (float)k && sorted[k][1] == (float)k + 1);
}

/* Against a search through all bins, with uneven edges and values on them. */
static void histograms_agree_with_a_plain_search(void **state) {
    (void)state;
    enum { N = 5000, BINS = 7 };
    static double x[N], w[N];
    static const double EDGES[BINS + 1] = {-0.9, -0.5, -0.49, 0, 0.1, 0.3, 0.8, 0.85};
    double counts[BINS], expected[BINS] = {0}, weights[BINS] = {0};
    vt_error err = {0};
    fill_random(x, N, 4);
    fill_random(w, N, 6);
    for (int k = 0; k <= BINS; k++) x[k] = EDGES[k];
    x[BINS + 1] = NAN;
    x[BINS + 2] = -INFINITY;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < BINS; k++)
            if (x[i] >= EDGES[k] &&
                (x[i] < EDGES[k + 1] || (k == BINS - 1 && x[i] == EDGES[BINS]))) {
                expected[k]++;
                weights[k] += w[i];
            }
    assert_int_equal(vt_histogram(x, NULL, N, EDGES, BINS, counts, &err), VT_OK);
    assert_memory_equal(counts, expected, sizeof counts);
    assert_int_equal(vt_histogram(x, w, N, EDGES, BINS, counts, &err), VT_OK);
    assert_memory_equal(counts, weights, sizeof counts); /* added in the same order */
    static const double FALLING[] = {0, 1, 1};
    assert_int_equal(vt_histogram(x, NULL, N, FALLING, 2, counts, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "edge 2 is 1, edge 3 is 1"));
}

/* Of whole numbers in a row quantiles lie on the line between them. */
static void quantiles_are_linear_between_elements(void **state) {
    (void)state;
    double x[5] = {1, 2, 3, 4, 5}, odd[3] = {-INFINITY, 7, INFINITY}, holes[2] = {1, NAN};
    int64_t shape = 5;
    vt_array a;
    vt_error err = {0};
    REQUIRE_OK(vt_array_layout(&a, VT_FLOAT64, 1, &shape, x, &err), err);
    for (int k = 0; k <= 100; k++)
        CHECK_NEAR(vt_array_quantile(&a, k / 100.0), 1 + 4 * k / 100.0, 1e-14);
    shape = 3;
    REQUIRE_OK(vt_array_layout(&a, VT_FLOAT64, 1, &shape, odd, &err), err);
    assert_true(vt_array_quantile(&a, 0.5) == 7);
    assert_true(vt_array_quantile(&a, 1) == INFINITY);
    shape = 2;
    REQUIRE_OK(vt_array_layout(&a, VT_FLOAT64, 1, &shape, holes, &err), err);
    assert_true(isnan(vt_array_quantile(&a, 0)));
}

static void intervals_hold_all_values(void **state) {
    (void)state;
    double x[4] = {3, -1, 2, 7}, low, high, edges[5], counts[4] = {1, 2, 0, 5}, integral = 0;
    int64_t shape = 4;
    vt_array a;
    vt_error err = {0};
    REQUIRE_OK(vt_array_layout(&a, VT_FLOAT64, 1, &shape, x, &err), err);
    REQUIRE_OK(vt_histogram_range(&a, &low, &high, &err), err);
    assert_true(low == -1 && high == 7);
    vt_histogram_edges(low, high, 4, edges);
    for (int k = 0; k <= 4; k++) assert_true(edges[k] == -1 + 2 * k);
    vt_histogram_density(edges, 4, counts);
    for (int k = 0; k < 4; k++) integral += counts[k] * 2;
    CHECK_NEAR(integral, 1, 1e-15);
    CHECK_NEAR(counts[3], 5.0 / 16, 1e-15);
    x[0] = x[1] = x[2] = x[3] = 4; /* one value */
    REQUIRE_OK(vt_histogram_range(&a, &low, &high, &err), err);
    assert_true(low == 3.5 && high == 4.5);
    x[2] = INFINITY;
    assert_int_equal(vt_histogram_range(&a, &low, &high, &err), VT_EINVAL);
    a.shape[0] = 0;
    REQUIRE_OK(vt_histogram_range(&a, &low, &high, &err), err);
    assert_true(low == 0 && high == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_as_good_as_corrected_ones),
                                       cmocka_unit_test(sums_do_not_depend_on_strides),
                                       cmocka_unit_test(moments_of_the_first_integers),
                                       cmocka_unit_test(variance_survives_a_large_mean),
                                       cmocka_unit_test(norms_neither_overflow_nor_underflow),
                                       cmocka_unit_test(axes_are_reduced_one_by_one),
                                       cmocka_unit_test(reductions_without_a_result_say_so),
                                       cmocka_unit_test(extremes_find_the_first_place_and_nan),
                                       cmocka_unit_test(running_sums_do_not_drift),
                                       cmocka_unit_test(sorting_agrees_with_qsort),
                                       cmocka_unit_test(special_values_sort_as_promised),
                                       cmocka_unit_test(columns_sort_on_their_own),
                                       cmocka_unit_test(histograms_agree_with_a_plain_search),
                                       cmocka_unit_test(quantiles_are_linear_between_elements),
                                       cmocka_unit_test(intervals_hold_all_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

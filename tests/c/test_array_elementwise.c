/* Layout, conversion, broadcasting and elementwise work, against plain loops. */
#include "array_fixture.h"

static void layouts_have_row_order_strides(void **state) {
    (void)state;
    vt_array a;
    vt_error err = {0};
    assert_int_equal(vt_array_layout(&a, VT_INT32, 3, (int64_t[]){2, 3, 4}, NULL, &err), VT_OK);
    assert_int_equal(a.stride[0], 12);
    assert_int_equal(a.stride[1], 4);
    assert_int_equal(a.stride[2], 1);
    assert_int_equal(vt_array_count(&a), 24);
    assert_true(vt_array_contiguous(&a));
    assert_int_equal(vt_array_offset(&a, 23), 23);
    vt_array t = a;
    t.shape[0] = 4, t.stride[0] = 1, t.shape[2] = 2, t.stride[2] = 12;
    assert_false(vt_array_contiguous(&t));
    assert_int_equal(vt_array_offset(&t, 1), 12);
}

static void impossible_layouts_are_refused(void **state) {
    (void)state;
    vt_array a;
    vt_error err = {0};
    assert_int_equal(vt_array_layout(&a, VT_FLOAT64, 7, (int64_t[7]){0}, NULL, &err), VT_EINVAL);
    assert_int_equal(vt_array_layout(&a, VT_FLOAT64, 1, (int64_t[]){-1}, NULL, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "-1"));
    int64_t huge[2] = {INT64_C(1) << 40, INT64_C(1) << 40};
    assert_int_equal(vt_array_layout(&a, VT_FLOAT64, 2, huge, NULL, &err), VT_ENOMEM);
    assert_non_null(strstr(err.msg, "1099511627776 x 1099511627776"));
}

static void shapes_broadcast_from_the_last_axis(void **state) {
    (void)state;
    double x[6];
    int ndim;
    int64_t shape[VT_MAX_DIMS];
    vt_error err = {0};
    vt_array a = table_of(VT_FLOAT64, 2, 3, x), row = table_of(VT_FLOAT64, 3, 0, x);
    vt_array column = table_of(VT_FLOAT64, 2, 1, x), four = table_of(VT_FLOAT64, 4, 0, x);
    assert_int_equal(vt_array_broadcast(&a, &row, &ndim, shape, &err), VT_OK);
    assert_true(ndim == 2 && shape[0] == 2 && shape[1] == 3);
    assert_int_equal(vt_array_broadcast(&row, &column, &ndim, shape, &err), VT_OK);
    assert_true(ndim == 2 && shape[0] == 2 && shape[1] == 3);
    assert_int_equal(vt_array_broadcast(&a, &four, &ndim, shape, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "2 x 3 and 4"));
    vt_array view;
    assert_int_equal(vt_array_stretch(&column, 2, (int64_t[]){2, 5}, &view, &err), VT_OK);
    assert_int_equal(view.stride[1], 0);
    assert_int_equal(vt_array_stretch(&four, 1, (int64_t[]){3}, &view, &err), VT_EINVAL);
}

static void overlap_is_seen_through_strides(void **state) {
    (void)state;
    double x[20];
    vt_array front = table_of(VT_FLOAT64, 10, 0, x), back = table_of(VT_FLOAT64, 10, 0, x + 10);
    assert_false(vt_array_overlap(&front, &back));
    vt_array reversed = back;
    reversed.data = x + 10;
    reversed.stride[0] = -1; /* x[10] down to x[1] */
    assert_true(vt_array_overlap(&front, &reversed));
}

/* Every pair of types, forwards and with gaps. */
static void conversions_keep_representable_values(void **state) {
    (void)state;
    static const double VALUES[] = {0, 1, -1, 100, -32768, 65536};
    enum { N = 6 };
    vt_error err = {0};
    for (int from = 0; from < VT_DTYPES; from++)
        for (int to = 0; to < VT_DTYPES; to++) {
            int64_t first[N], second[2 * N]; /* room for any type */
            double back[N];
            vt_array v = table_of(VT_FLOAT64, N, 0, (void *)VALUES);
            vt_array f = table_of((vt_dtype)from, N, 0, first);
            vt_array t = table_of((vt_dtype)to, N, 0, second);
            vt_array b = table_of(VT_FLOAT64, N, 0, back);
            t.stride[0] = 2;
            assert_int_equal(vt_array_copy(&f, &v, &err), VT_OK);
            assert_int_equal(vt_array_copy(&t, &f, &err), VT_OK);
            assert_int_equal(vt_array_copy(&b, &t, &err), VT_OK);
            assert_memory_equal(back, VALUES, sizeof back);
        }
}

static void values_that_do_not_fit_are_named(void **state) {
    (void)state;
    double x[] = {1, 2147483648.0, NAN};
    int64_t wide[] = {5, -3000000000};
    int32_t narrow[3];
    vt_error err = {0};
    vt_array a = table_of(VT_FLOAT64, 3, 0, x), n = table_of(VT_INT32, 3, 0, narrow);
    assert_int_equal(vt_array_copy(&n, &a, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "2147483648 does not fit the type int32"));
    x[1] = 2;
    assert_int_equal(vt_array_copy(&n, &a, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "nan"));
    vt_array w = table_of(VT_INT64, 2, 0, wide), m = table_of(VT_INT32, 2, 0, narrow);
    assert_int_equal(vt_array_copy(&m, &w, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "-3000000000"));
    x[2] = -0x1p31; /* the ends of the range are in it */
    assert_int_equal(vt_array_copy(&n, &a, &err), VT_OK);
    assert_int_equal(narrow[2], INT32_MIN);
}

/* Transposed, reversed, broadcast and converted operands against the definition. Sizes lie around
   the length of a chunk (1024) and of a short inner loop (64). */
static void strided_operands_give_what_plain_loops_give(void **state) {
    (void)state;
    static const int64_t SIZES[][2] = {{1, 1}, {3, 5}, {1025, 3}, {3, 1025}, {70, 65}, {2, 2049}};
    vt_error err = {0};
    for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++) {
        int64_t rows = SIZES[s][0], columns = SIZES[s][1];
        size_t n = (size_t)(rows * columns);
        double *x = vt_alloc(n, 8), *y = vt_alloc(n, 8), *r = vt_alloc(n, 8);
        float *f = vt_alloc(n, 4);
        fill_random(x, n, 1);
        fill_random(y, n, 2);
        for (size_t k = 0; k < n; k++) f[k] = (float)y[k];
        vt_array a = table_of(VT_FLOAT64, rows, columns, x);
        vt_array b = table_of(VT_FLOAT64, columns, rows, y), bt = transposed(&b);
        vt_array c = table_of(VT_FLOAT32, rows, columns, f);
        vt_array row = table_of(VT_FLOAT64, columns, 0, y);
        vt_array result = table_of(VT_FLOAT64, rows, columns, r);
        assert_int_equal(vt_array_binary(VT_SUBTRACT, &a, &bt, &result, &err), VT_OK);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                assert_true(r[i * columns + j] == x[i * columns + j] - y[j * rows + i]);
        assert_int_equal(vt_array_binary(VT_MULTIPLY, &row, &c, &result, &err), VT_OK);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                assert_true(r[i * columns + j] == y[j] * (double)f[i * columns + j]);
        /* into a result whose rows run backwards */
        vt_array backwards = result;
        backwards.stride[0] = -columns;
        backwards.data = r + (rows - 1) * columns;
        assert_int_equal(vt_array_unary(VT_SQUARE, &a, &backwards, &err), VT_OK);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++) {
                double value = x[i * columns + j];
                assert_true(r[(rows - 1 - i) * columns + j] == value * value);
            }
        vt_free(x), vt_free(y), vt_free(r), vt_free(f);
    }
}

/* float32 is computed in float64 and rounded once, which must equal single precision. */
static void single_precision_is_correctly_rounded(void **state) {
    (void)state;
    enum { N = 5000 };
    static double random[2 * N];
    static float x[N], y[N], r[N];
    vt_error err = {0};
    fill_random(random, 2 * N, 3);
    for (int k = 0; k < N; k++) {
        x[k] = (float)random[2 * k];
        y[k] = (float)(random[2 * k + 1] * 1e-3);
    }
    vt_array a = table_of(VT_FLOAT32, N, 0, x), b = table_of(VT_FLOAT32, N, 0, y);
    vt_array result = table_of(VT_FLOAT32, N, 0, r);
    assert_int_equal(vt_array_binary(VT_ADD, &a, &b, &result, &err), VT_OK);
    for (int k = 0; k < N; k++) assert_true(r[k] == x[k] + y[k]);
    assert_int_equal(vt_array_binary(VT_MULTIPLY, &a, &b, &result, &err), VT_OK);
    for (int k = 0; k < N; k++) assert_true(r[k] == x[k] * y[k]);
    assert_int_equal(vt_array_binary(VT_DIVIDE, &a, &b, &result, &err), VT_OK);
    for (int k = 0; k < N; k++) assert_true(r[k] == x[k] / y[k]);
}

/* Quotient and remainder agree with each other and with the sign rule, x = (x // y) y + x % y. */
static void integer_division_goes_toward_minus_infinity(void **state) {
    (void)state;
    int64_t x[] = {7, -7, 7, -7, 6, -6, 0, INT64_MIN}, y[] = {2, 2, -2, -2, 3, 3, 5, 1};
    int64_t q[8], m[8];
    static const int64_t QUOTIENT[] = {3, -4, -4, 3, 2, -2, 0, INT64_MIN};
    vt_error err = {0};
    vt_array a = table_of(VT_INT64, 8, 0, x), b = table_of(VT_INT64, 8, 0, y);
    vt_array quotient = table_of(VT_INT64, 8, 0, q), modulo = table_of(VT_INT64, 8, 0, m);
    assert_int_equal(vt_array_binary(VT_FLOOR_DIVIDE, &a, &b, &quotient, &err), VT_OK);
    assert_int_equal(vt_array_binary(VT_MODULO, &a, &b, &modulo, &err), VT_OK);
    for (int k = 0; k < 8; k++) {
        assert_int_equal(q[k], QUOTIENT[k]);
        assert_int_equal(q[k] * y[k] + m[k], x[k]);
        assert_true(m[k] == 0 || (m[k] < 0) == (y[k] < 0));
    }
}

static void integer_overflow_names_the_operands(void **state) {
    (void)state;
    int32_t x[] = {1, INT32_MAX, 3}, y[] = {1, 1, 1}, r[3];
    int64_t z[] = {4, INT64_MIN}, w[] = {0, -1}, q[2];
    vt_error err = {0};
    vt_array a = table_of(VT_INT32, 3, 0, x), b = table_of(VT_INT32, 3, 0, y);
    vt_array result = table_of(VT_INT32, 3, 0, r);
    assert_int_equal(vt_array_binary(VT_ADD, &a, &b, &result, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "2147483647 + 1 does not fit int32"));
    vt_array c = table_of(VT_INT64, 2, 0, z), d = table_of(VT_INT64, 2, 0, w);
    vt_array quotient = table_of(VT_INT64, 2, 0, q);
    assert_int_equal(vt_array_binary(VT_FLOOR_DIVIDE, &c, &d, &quotient, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "division by zero: 4 // 0"));
    w[0] = 1;
    assert_int_equal(vt_array_binary(VT_FLOOR_DIVIDE, &c, &d, &quotient, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "-9223372036854775808 // -1"));
    assert_int_equal(vt_array_unary(VT_NEGATE, &c, &quotient, &err), VT_EINVAL);
    assert_int_equal(vt_array_unary(VT_ABSOLUTE, &c, &quotient, &err), VT_EINVAL);
    assert_int_equal(vt_array_binary(VT_MULTIPLY, &c, &c, &quotient, &err), VT_EINVAL);
}

static void nan_goes_through_extremes_and_masks(void **state) {
    (void)state;
    double x[] = {NAN, 1, NAN, 2}, y[] = {1, NAN, NAN, 3}, r[4];
    int32_t m[4];
    vt_error err = {0};
    vt_array a = table_of(VT_FLOAT64, 4, 0, x), b = table_of(VT_FLOAT64, 4, 0, y);
    vt_array result = table_of(VT_FLOAT64, 4, 0, r), mask = table_of(VT_INT32, 4, 0, m);
    assert_int_equal(vt_array_binary(VT_MINIMUM, &a, &b, &result, &err), VT_OK);
    assert_true(isnan(r[0]) && isnan(r[1]) && isnan(r[2]) && r[3] == 2);
    assert_int_equal(vt_array_binary(VT_MAXIMUM, &a, &b, &result, &err), VT_OK);
    assert_true(isnan(r[0]) && isnan(r[1]) && isnan(r[2]) && r[3] == 3);
    assert_int_equal(vt_array_binary(VT_LESS, &a, &b, &mask, &err), VT_OK);
    assert_true(m[0] == 0 && m[1] == 0 && m[2] == 0 && m[3] == 1);
    assert_int_equal(vt_array_unary(VT_IS_NAN, &a, &mask, &err), VT_OK);
    assert_true(m[0] == 1 && m[1] == 0 && m[2] == 1 && m[3] == 0);
}

static void types_of_results_follow_the_rules(void **state) {
    (void)state;
    assert_int_equal(vt_binary_dtype(VT_ADD, VT_INT32, VT_INT32), VT_INT32);
    assert_int_equal(vt_binary_dtype(VT_ADD, VT_INT32, VT_INT64), VT_INT64);
    assert_int_equal(vt_binary_dtype(VT_ADD, VT_INT32, VT_FLOAT32), VT_FLOAT64);
    assert_int_equal(vt_binary_dtype(VT_ADD, VT_FLOAT32, VT_FLOAT32), VT_FLOAT32);
    assert_int_equal(vt_binary_dtype(VT_DIVIDE, VT_INT32, VT_INT32), VT_FLOAT64);
    assert_int_equal(vt_binary_dtype(VT_POWER, VT_INT64, VT_INT64), VT_FLOAT64);
    assert_int_equal(vt_binary_dtype(VT_LESS, VT_FLOAT64, VT_INT32), VT_INT32);
    assert_int_equal(vt_unary_dtype(VT_SQRT, VT_INT32), VT_FLOAT64);
    assert_int_equal(vt_unary_dtype(VT_ABSOLUTE, VT_INT32), VT_INT32);
    assert_int_equal(vt_unary_dtype(VT_IS_NAN, VT_FLOAT32), VT_INT32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_have_row_order_strides),
        cmocka_unit_test(impossible_layouts_are_refused),
        cmocka_unit_test(shapes_broadcast_from_the_last_axis),
        cmocka_unit_test(overlap_is_seen_through_strides),
        cmocka_unit_test(conversions_keep_representable_values),
        cmocka_unit_test(values_that_do_not_fit_are_named),
        cmocka_unit_test(strided_operands_give_what_plain_loops_give),
        cmocka_unit_test(single_precision_is_correctly_rounded),
        cmocka_unit_test(integer_division_goes_toward_minus_infinity),
        cmocka_unit_test(integer_overflow_names_the_operands),
        cmocka_unit_test(nan_goes_through_extremes_and_masks),
        cmocka_unit_test(types_of_results_follow_the_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

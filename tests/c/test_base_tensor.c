/* Small matrices, components of tensors, and sums of blocks. */
#include "base/sums.h"
#include "base/tensor.h"
#include "fixture.h"

static void fill(double m[3][3], uint64_t seed) {
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) m[i][j] = 2 * vt_rng_uniform(&rng) - 1;
}

static void the_inverse_undoes_a_matrix(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        double m[3][3], inverse[3][3], product[3][3];
        fill(m, seed);
        double determinant = vti_invert3(m, inverse);
        assert_true(determinant == vti_determinant3(m));
        vti_multiply3(m, inverse, product);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                assert_true(fabs(product[i][j] - (i == j)) < 1e-14 / fabs(determinant));
    }
}

/* det (a b) = det a det b, (a b)^T = b^T a^T, v (a b) = (v a) b, and a product may replace a
   factor. */
static void products_obey_the_rules_of_matrices(void **state) {
    (void)state;
    double a[3][3], b[3][3], product[3][3], v[3] = {0.3, -1.7, 2.1}, one[3], two[3], through[3];
    fill(a, 1);
    fill(b, 2);
    vti_multiply3(a, b, product);
    assert_true(fabs(vti_determinant3(product) - vti_determinant3(a) * vti_determinant3(b)) <
                1e-15);
    vti_row_times3(v, product, one);
    vti_row_times3(v, a, two);
    vti_row_times3(two, b, through);
    for (int k = 0; k < 3; k++) assert_true(fabs(one[k] - through[k]) < 1e-14);
    vti_transpose3(a);
    vti_transpose3(b);
    vti_multiply3(b, a, b);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) assert_true(fabs(b[i][j] - product[j][i]) < 1e-15);
}

static void vectors_span_the_volume_of_their_matrix(void **state) {
    (void)state;
    double m[3][3], n[3];
    fill(m, 3);
    vti_cross3(m[0], m[1], n);
    assert_true(fabs(vti_dot3(n, m[0])) < 1e-16 && fabs(vti_dot3(n, m[1])) < 1e-16);
    assert_true(fabs(vti_dot3(n, m[2]) - vti_determinant3(m)) < 1e-15);
    double triangle[3][3] = {{2, 0, 0}, {5, 3, 0}, {7, 11, -4}};
    assert_true(vti_determinant3(triangle) == -24);
}

/* The name of a component says its row and column. */
static void components_have_their_names(void **state) {
    (void)state;
    for (int k = 0; k < 6; k++) {
        const char *name = vt_tensor_name(k);
        assert_int_equal(name[0] - 'x', VTI_ROW[k]);
        assert_int_equal(name[1] - 'x', VTI_COLUMN[k]);
        assert_int_equal(VTI_COMPONENT[VTI_ROW[k]][VTI_COLUMN[k]], k);
        assert_int_equal(VTI_COMPONENT[VTI_COLUMN[k]][VTI_ROW[k]], k);
    }
    assert_string_equal(vt_tensor_name(VT_YZ), "yz");
    assert_null(vt_tensor_name(6));
    assert_null(vt_tensor_name(-1));
}

static void blocks_cover_every_item_once(void **state) {
    (void)state;
    const size_t counts[] = {0, 1, 63, 64, 65, 6400, 6401, 100000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t n = counts[c], length = vti_block_length(n, 64, 100), blocks = vti_blocks(n, length);
        size_t items = 0;
        assert_true(blocks <= 100 && length % 64 == 0);
        assert_true(length == 64 || vti_blocks(n, length / 2) > 100);
        for (size_t b = 0; b < blocks; b++) {
            assert_true(vti_block_end(n, length, b) > b * length);
            items += vti_block_end(n, length, b) - b * length;
        }
        assert_int_equal(items, n);
    }
}

static void blocks_are_added_in_order(void **state) {
    (void)state;
    /* 1 is lost beside 1e16 unless the large numbers cancel first. */
    const double part[] = {1e16, 1, 9, -1e16, 2, 9, 1, 3, 9};
    double sum[2];
    vti_add_blocks(part, 3, 3, 2, sum);
    assert_true(sum[0] == 1 && sum[1] == 6);
    assert_true(vti_add_up((const double[]){1e16, 1, -1e16}, 3) == 0);
    assert_true(vti_add_up(NULL, 0) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inverse_undoes_a_matrix),
        cmocka_unit_test(products_obey_the_rules_of_matrices),
        cmocka_unit_test(vectors_span_the_volume_of_their_matrix),
        cmocka_unit_test(components_have_their_names),
        cmocka_unit_test(blocks_cover_every_item_once),
        cmocka_unit_test(blocks_are_added_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

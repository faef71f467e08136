/* Long calls outside of dynamics stop on an interrupt and say so; the same calls give what they
   should when there is none. */
#include "array_fixture.h"
#include "fixture.h"
#include "vitrum/atoms.h"
#include "vitrum/structure.h"
#include "vitrum/stz.h"

enum { N = 300 };

static void stops(vt_status status, vt_error *err) {
    assert_int_equal(status, VT_EINTERRUPT);
    assert_string_equal(err->msg, "interrupted");
    assert_true(vt_interrupt_told());
    *err = (vt_error){0};
}

/* The products of the numbers 1 to N by row and column: the sum over k of k^2, times i j. */
static void products(void **state) {
    (void)state;
    vt_error err = {0};
    double *x = vt_alloc(N * N, sizeof *x), *y = vt_alloc(N * N, sizeof *y);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++) x[i * N + k] = (double)((i + 1) * (k + 1));
    const vt_array a = table_of(VT_FLOAT64, N, N, x);
    const vt_array product = table_of(VT_FLOAT64, N, N, y);
    vt_interrupt_request();
    stops(vt_matrix_product(&a, &a, &product, &err), &err);
    vt_interrupt_clear();
    assert_false(vt_interrupt_told());
    assert_int_equal(vt_matrix_product(&a, &a, &product, &err), VT_OK);
    double squares = N * (N + 1.0) * (2.0 * N + 1) / 6;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            assert_true(y[i * N + k] == squares * (double)((i + 1) * (k + 1)));
    vt_free(x);
    vt_free(y);
}

static void sorting(void **state) {
    (void)state;
    vt_error err = {0};
    double *x = vt_alloc(N * N, sizeof *x);
    for (size_t i = 0; i < N * N; i++) x[i] = (double)(i * 7919 % (N * N));
    const vt_array a = table_of(VT_FLOAT64, N * N, 0, x);
    vt_interrupt_request();
    stops(vt_array_sort(&a, 0, &a, &err), &err);
    stops(vt_array_argsort(&a, 0, 0, &a, &err), &err);
    vt_interrupt_clear();
    assert_int_equal(vt_array_sort(&a, 0, &a, &err), VT_OK);
    for (size_t i = 0; i < N * N; i++) assert_true(x[i] == (double)i);
    vt_free(x);
}

static void many_atoms(void **state) {
    (void)state;
    vt_error err = {0};
    vt_species copper = {"Cu", 0};
    vt_atoms *one = vt_atoms_crystal(VT_FCC, &copper, 3.6, 0, (int64_t[]){2, 2, 2}, &err);
    vt_interrupt_request();
    assert_null(vt_atoms_crystal(VT_FCC, &copper, 3.6, 0, (int64_t[]){2, 2, 2}, &err));
    stops(err.code, &err);
    assert_null(vt_atoms_replicate(one, (int64_t[]){3, 1, 1}, &err));
    stops(err.code, &err);
    /* What is rescued from a stopped run: an interrupt that came before ends no copy. */
    vt_atoms *copy = vt_atoms_copy(one, &err);
    assert_non_null(copy);
    assert_int_equal(vt_atoms_resize(copy, 100000, &err), VT_OK);
    vt_interrupt_clear();
    vt_atoms_destroy(copy);
    vt_atoms_destroy(one);
}

static void kernels(void **state) {
    (void)state;
    vt_error err = {0};
    double q[4] = {0, 1, 2, 3}, kernel[4 * 8];
    vt_stz_options o = vt_stz_defaults();
    o.n = 16;
    vt_interrupt_request();
    stops(vt_rdf_transform(q, 4, 5, 8, false, kernel, &err), &err);
    assert_null(vt_stz_create(&o, &err));
    stops(err.code, &err);
    vt_interrupt_clear();
    vt_stz *lattice = vt_stz_create(&o, &err);
    assert_non_null(lattice);
    vt_stz_destroy(lattice);
}

/* Large blocks are zero where they lay in memory that was used before, at both ends, too. */
static void large_memory_is_zero(void **state) {
    (void)state;
    for (size_t bytes = ((size_t)1 << 25) - 64; bytes < ((size_t)1 << 25) + 9000; bytes += 4001)
        for (int turn = 0; turn < 2; turn++) {
            char *block = vt_alloc(bytes, 1);
            assert_non_null(block);
            size_t set = 0;
            for (size_t k = 0; k < bytes; k++) set += block[k] != 0;
            assert_int_equal(set, 0);
            memset(block, 1, bytes);
            vt_free(block);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(products), cmocka_unit_test(sorting),
                                       cmocka_unit_test(many_atoms), cmocka_unit_test(kernels),
                                       cmocka_unit_test(large_memory_is_zero)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Memory, errors, and the small services of the base room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include "vitrum/base.h"

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    static const size_t COUNTS[] = {0, 1, 7, 8, 9, 1000, 100003};
    for (size_t k = 0; k < sizeof COUNTS / sizeof *COUNTS; k++) {
        unsigned char *memory = vt_alloc(COUNTS[k], 3);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        for (size_t i = 0; i < COUNTS[k] * 3; i++) assert_int_equal(memory[i], 0);
        vt_free(memory);
    }
    vt_free(NULL);
}

static void sizes_that_overflow_give_null(void **state) {
    (void)state;
    assert_null(vt_alloc(SIZE_MAX, 2));
    assert_null(vt_alloc(SIZE_MAX / 2 + 1, 2));
    assert_null(vt_alloc(SIZE_MAX, 1)); /* the round-up to the alignment would wrap */
    assert_null(vt_alloc(PTRDIFF_MAX, 1));
}

static void growing_keeps_the_contents(void **state) {
    (void)state;
    int *memory = vt_grow(NULL, 0, 10, sizeof *memory);
    assert_non_null(memory);
    for (int k = 0; k < 10; k++) memory[k] = k + 1;
    memory = vt_grow(memory, 10, 1000, sizeof *memory);
    for (int k = 0; k < 1000; k++) assert_int_equal(memory[k], k < 10 ? k + 1 : 0);
    memory = vt_grow(memory, 1000, 4, sizeof *memory);
    for (int k = 0; k < 4; k++) assert_int_equal(memory[k], k + 1);
    /* A failure leaves the memory as it was. */
    assert_null(vt_grow(memory, 4, SIZE_MAX, sizeof *memory));
    assert_int_equal(memory[3], 4);
    vt_free(memory);
}

static void failures_carry_code_and_message(void **state) {
    (void)state;
    vt_error err = {0};
    assert_int_equal(vt_fail(&err, VT_EFORMAT, "line %d: %s", 3, "no number"), VT_EFORMAT);
    assert_int_equal(err.code, VT_EFORMAT);
    assert_string_equal(err.msg, "line 3: no number");
    assert_int_equal(vt_fail(NULL, VT_EIO, "nobody listens"), VT_EIO);
    assert_true(vt_failed(VT_EIO));
    assert_false(vt_failed(VT_OK));
    assert_false(vt_failed(VT_DONE));
    assert_false(vt_failed(VT_CONTINUE));
    assert_int_equal(vt_fail_memory(&err, 1000000, 8, "a list"), VT_ENOMEM);
    assert_non_null(strstr(err.msg, "a list needs 8.0 MB"));
    assert_int_equal(vt_fail_interrupted(&err), VT_EINTERRUPT);
    assert_string_equal(err.msg, "interrupted");
}

static void long_messages_are_cut(void **state) {
    (void)state;
    char text[2000];
    vt_error err = {0};
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    vt_fail(&err, VT_EINVAL, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
}

static void interrupts_are_remembered_until_cleared(void **state) {
    (void)state;
    vt_interrupt_clear();
    assert_false(vt_interrupted());
    vt_interrupt_request();
    assert_true(vt_interrupted());
    assert_true(vt_interrupted());
    vt_interrupt_clear();
    assert_false(vt_interrupted());
}

static void threads_are_set_within_limits(void **state) {
    (void)state;
    vt_error err = {0};
    int before = vt_threads();
    assert_true(before >= 1);
    assert_int_equal(vt_threads_set(3, &err), VT_OK);
    assert_int_equal(vt_threads(), 3);
    assert_int_equal(vt_threads_set(0, &err), VT_EINVAL);
    assert_int_equal(vt_threads_set(1025, &err), VT_EINVAL);
    assert_int_not_equal(strlen(err.msg), 0);
    assert_int_equal(vt_threads(), 3);
    assert_int_equal(vt_threads_set(before, &err), VT_OK);
}

static void the_clock_goes_forward(void **state) {
    (void)state;
    double before = vt_clock();
    for (int k = 0; k < 1000; k++) {
        double now = vt_clock();
        assert_true(now >= before);
        before = now;
    }
}

static void instruction_sets_have_names(void **state) {
    (void)state;
    assert_string_equal(vt_simd_name(VT_SIMD_REFERENCE), "reference");
    assert_string_equal(vt_simd_name(VT_SIMD_AVX512), "avx512");
    assert_true(vt_simd_available(VT_SIMD_REFERENCE));
    assert_true(vt_simd_available(VT_SIMD_BASELINE));
    assert_true(vt_simd_available(vt_simd_best()));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_zeroed_and_aligned),
                                       cmocka_unit_test(sizes_that_overflow_give_null),
                                       cmocka_unit_test(growing_keeps_the_contents),
                                       cmocka_unit_test(failures_carry_code_and_message),
                                       cmocka_unit_test(long_messages_are_cut),
                                       cmocka_unit_test(interrupts_are_remembered_until_cleared),
                                       cmocka_unit_test(threads_are_set_within_limits),
                                       cmocka_unit_test(the_clock_goes_forward),
                                       cmocka_unit_test(instruction_sets_have_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

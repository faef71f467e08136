/* Threads, interrupts, instruction sets and the environment that sets them. */
#include "fixture.h"

static void an_interrupt_lasts_until_it_is_cleared(void **state) {
    (void)state;
    assert_false(vt_interrupted());
    vt_interrupt_request();
    assert_true(vt_interrupted());
    assert_true(vt_interrupted());
    vt_error err = {0};
    assert_int_equal(vt_fail_interrupted(&err), VT_EINTERRUPT);
    CHECK_MESSAGE(err, "interrupted");
    vt_interrupt_clear();
    assert_false(vt_interrupted());
}

static void numbers_of_threads_out_of_range_change_nothing(void **state) {
    (void)state;
    vt_error err = {0};
    REQUIRE_OK(vt_threads_set(3, &err), err);
    static const int BAD[] = {0, -1, VT_MAX_THREADS + 1};
    for (size_t k = 0; k < sizeof BAD / sizeof *BAD; k++) {
        assert_int_equal(vt_threads_set(BAD[k], &err), VT_EINVAL);
        CHECK_MESSAGE(err, "threads must be 1 to 1024, got");
        assert_int_equal(vt_threads(), 3);
    }
}

static void the_sign_of_nan_is_left_out(void **state) {
    (void)state;
    vt_error err = {0};
    double nan = copysign(NAN, -1);
    vt_fail(&err, VT_EINVAL, "-nan.txt, no-nan: %g (%g,%g) %g", nan, nan, nan, -INFINITY);
    assert_string_equal(err.msg, "-nan.txt, no-nan: nan (nan,nan) -inf");
}

static void messages_hold_no_control_characters(void **state) {
    (void)state;
    vt_error err = {0};
    vt_fail(&err, VT_EINVAL, "species '%s'", "\x1b]0;owned\a C\n\x7f \xc2\x9b \xc3\xa9");
    assert_string_equal(err.msg, "species '?]0;owned? C?? ? \xc3\xa9'");
    /* bytes that are no UTF-8, one cut short at the end, forms that are too long, halves of pairs
     */
    vt_fail(&err, VT_EINVAL, "%s", "a\x9b[1m \xff \xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82");
    assert_string_equal(err.msg, "a?[1m ? ?? ??? ???? ??");
    /* marks that turn the direction */
    vt_fail(&err, VT_EINVAL, "%s",
            "gpj.\xe2\x80\xae"
            "exe \xe2\x81\xa6 \xe2\x80\x8f");
    assert_string_equal(err.msg, "gpj.?exe ? ?");
}

static void letters_of_all_languages_stay(void **state) {
    (void)state;
    vt_error err = {0};
    const char *name =
        "\xc3\x85ngstr\xc3\xb6m \xce\xb1\xce\xb2 \xe9\x87\x91\xe5\xb1\x9e.data \xf0\x9f\x98\x80";
    vt_fail(&err, VT_EINVAL, "%s", name);
    assert_string_equal(err.msg, name);
    char lines[] = "one\n\ttwo\r\x1b";
    vt_plain_text(lines, true);
    assert_string_equal(lines, "one\n\ttwo??");
}

static void bad_environments_are_named(void **state) {
    (void)state;
    vt_error err = {0};
    setenv("VITRUM_SIMD", "fastest", 1);
    assert_int_equal(vt_environment_check(&err), VT_EINVAL);
    CHECK_MESSAGE(err, "VITRUM_SIMD must be reference, baseline, avx2 or avx512, got 'fastest'");
    for (int k = VT_SIMD_REFERENCE; k <= VT_SIMD_AVX512; k++) {
        setenv("VITRUM_SIMD", vt_simd_name((vt_simd)k), 1);
        bool available = vt_simd_available((vt_simd)k);
        assert_int_equal(vt_environment_check(&err), available ? VT_OK : VT_EUNSUPPORTED);
        if (available) assert_int_equal(vt_simd_best(), k);
    }
    unsetenv("VITRUM_SIMD");
    static const char *const BAD[] = {"two", "2x", "0", "-4", "99999"};
    for (size_t k = 0; k < sizeof BAD / sizeof *BAD; k++) {
        setenv("VITRUM_THREADS", BAD[k], 1);
        assert_int_equal(vt_environment_check(&err), VT_EINVAL);
        CHECK_MESSAGE(err, "VITRUM_THREADS must be a whole number from 1 to 1024, got");
    }
    setenv("VITRUM_THREADS", "2", 1);
    assert_int_equal(vt_environment_check(&err), VT_OK);
    unsetenv("VITRUM_THREADS");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupt_lasts_until_it_is_cleared),
        cmocka_unit_test(numbers_of_threads_out_of_range_change_nothing),
        cmocka_unit_test(the_sign_of_nan_is_left_out),
        cmocka_unit_test(messages_hold_no_control_characters),
        cmocka_unit_test(letters_of_all_languages_stay),
        cmocka_unit_test(bad_environments_are_named),
        cmocka_unit_test(the_clock_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

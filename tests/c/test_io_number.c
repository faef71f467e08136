/* The number scanner and formatter against the C library, which is exact. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/internal.h"

enum { TRIALS = 200000 };

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static uint64_t random_bits(vt_rng *rng) {
    return vt_rng_below(rng, (uint64_t)1 << 32) << 32 | vt_rng_below(rng, (uint64_t)1 << 32);
}

static double scanned(const char *text) {
    const char *cursor = text;
    double value = 0;
    if (vti_scan_double(&cursor, &value) != VTI_NUMBER_OK || *cursor != '\0')
        fail_msg("'%s' was not read", text);
    return value;
}

static void same(const char *text) {
    double expected = strtod(text, NULL), got = scanned(text);
    if (bits_of(expected) != bits_of(got)) fail_msg("%s: %a, not %a", text, got, expected);
}

/* Numbers as files hold them: up to 19 digits, the point anywhere, exponents small and large. */
static void decimal_text_is_read_to_the_nearest_double(void **state) {
    (void)state;
    vt_rng rng = vt_rng_start(2385, VT_STREAM_SHUFFLE);
    for (int k = 0; k < TRIALS; k++) {
        char text[64];
        int digits = 1 + (int)vt_rng_below(&rng, 21), n = 0;
        int point = (int)vt_rng_below(&rng, (uint64_t)digits + 1);
        if (vt_rng_below(&rng, 2)) text[n++] = '-';
        for (int d = 0; d < digits; d++) {
            if (d == point) text[n++] = '.';
            text[n++] = (char)('0' + vt_rng_below(&rng, 10));
        }
        text[n] = '\0';
        if (k % 2) {
            int range = k % 4 == 1 ? 20 : 330;
            int exponent = (int)vt_rng_below(&rng, (uint64_t)(2 * range)) - range;
            snprintf(text + n, sizeof text - (size_t)n, "e%+03d", exponent);
        }
        if (isfinite(strtod(text, NULL))) same(text);
    }
}

static void ties_and_edges_are_read_right(void **state) {
    (void)state;
    static const char *const TEXT[] = {"0",
                                       "-0",
                                       "0.0",
                                       "-0.000e5",
                                       "1",
                                       "+1",
                                       ".5",
                                       "5.",
                                       "00012.500",
                                       "9007199254740993",
                                       "9007199254740992.9999",
                                       "9007199254740993.0000000001",
                                       "9007199254740993.0",
                                       "4503599627370497.5",
                                       "450359962737049.625",
                                       "-2251799813685248.75",
                                       "1e22",
                                       "1e23",
                                       "1e-22",
                                       "1e-23",
                                       "0.1",
                                       "0.3",
                                       "123456789012345678",
                                       "1.7976931348623157e308",
                                       "4.9e-324",
                                       "2.2250738585072014e-308",
                                       "8.5e-27",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "0.000000000000000000000000000001",
                                       "1.00000000000000011102230246251565404236316680908203125",
                                       "9999999999999999999e8"};
    for (size_t k = 0; k < sizeof TEXT / sizeof *TEXT; k++) same(TEXT[k]);
    assert_true(scanned("1.5D+02") == 150); /* Fortran */
}

static void random_doubles_survive_writing_and_reading(void **state) {
    (void)state;
    vt_rng rng = vt_rng_start(1, VT_STREAM_SHUFFLE);
    for (int k = 0; k < TRIALS; k++) {
        uint64_t bits = random_bits(&rng);
        double x;
        if (k % 2)
            x = (vt_rng_uniform(&rng) - 0.5) * pow(10, (double)vt_rng_below(&rng, 24) - 6);
        else
            memcpy(&x, &bits, sizeof x);
        if (!isfinite(x)) continue;
        char text[VTI_NUMBER_SIZE];
        int length = vti_format_double(text, x, 17);
        assert_int_equal(length, strlen(text));
        if (bits_of(scanned(text)) != bits_of(x)) fail_msg("%a became %s", x, text);
        if (bits_of(strtod(text, NULL)) != bits_of(x)) fail_msg("%a became %s", x, text);
    }
}

/* What a person wrote comes back as it was, not as 0.10000000000000001. */
static void short_numbers_stay_short(void **state) {
    (void)state;
    static const char *const TEXT[] = {"0.1",
                                       "-21.4963",
                                       "43.087601",
                                       "2.385",
                                       "1e-05",
                                       "100",
                                       "0.001",
                                       "123456.789",
                                       "-0.00025",
                                       "1e+30",
                                       "63.546",
                                       "0",
                                       "-0",
                                       "12345678901234568.0",
                                       "0.30000000000000004"};
    for (size_t k = 0; k < sizeof TEXT / sizeof *TEXT; k++) {
        char text[VTI_NUMBER_SIZE];
        vti_format_double(text, strtod(TEXT[k], NULL), 17);
        assert_string_equal(text, TEXT[k]);
    }
    char text[VTI_NUMBER_SIZE];
    vti_format_double(text, 2.0 / 3, 5);
    assert_string_equal(text, "0.66667");
}

static void what_is_no_number_is_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *text;
        vti_number result;
    } CASES[] = {{"", VTI_NUMBER_MISSING},          {"  \t", VTI_NUMBER_MISSING},
                 {"1.0x", VTI_NUMBER_GARBAGE},      {"abc", VTI_NUMBER_GARBAGE},
                 {"1,5", VTI_NUMBER_GARBAGE},       {"1.2.3", VTI_NUMBER_GARBAGE},
                 {"--1", VTI_NUMBER_GARBAGE},       {"1e", VTI_NUMBER_GARBAGE},
                 {"1e+", VTI_NUMBER_GARBAGE},       {".", VTI_NUMBER_GARBAGE},
                 {"-", VTI_NUMBER_GARBAGE},         {"0x10", VTI_NUMBER_GARBAGE},
                 {"nan", VTI_NUMBER_NOT_FINITE},    {"-NaN", VTI_NUMBER_NOT_FINITE},
                 {"inf", VTI_NUMBER_NOT_FINITE},    {"-Infinity", VTI_NUMBER_NOT_FINITE},
                 {"1e999", VTI_NUMBER_NOT_FINITE},  {"1e99999999999999", VTI_NUMBER_NOT_FINITE},
                 {"nanometer", VTI_NUMBER_GARBAGE}, {"\x01", VTI_NUMBER_GARBAGE}};
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        const char *cursor = CASES[k].text;
        double value;
        if (vti_scan_double(&cursor, &value) != CASES[k].result)
            fail_msg("'%s' was taken for something else", CASES[k].text);
        assert_ptr_equal(cursor, CASES[k].text);
    }
}

static void whole_numbers_are_exact_to_their_limits(void **state) {
    (void)state;
    static const int64_t VALUES[] = {0, -1, 2385, INT64_MAX, INT64_MIN, INT64_MAX - 1};
    for (size_t k = 0; k < sizeof VALUES / sizeof *VALUES; k++) {
        char text[VTI_NUMBER_SIZE];
        vti_format_int64(text, VALUES[k]);
        const char *cursor = text;
        int64_t back;
        assert_int_equal(vti_scan_int64(&cursor, &back), VTI_NUMBER_OK);
        assert_true(back == VALUES[k]);
    }
    int64_t value;
    const char *cursor = "9223372036854775808";
    assert_int_equal(vti_scan_int64(&cursor, &value), VTI_NUMBER_NOT_FINITE);
    cursor = "-9223372036854775809";
    assert_int_equal(vti_scan_int64(&cursor, &value), VTI_NUMBER_NOT_FINITE);
    cursor = "1.0";
    assert_int_equal(vti_scan_int64(&cursor, &value), VTI_NUMBER_GARBAGE);
}

/* A decimal comma of the locale must not get into files. */
static void locale_does_not_matter(void **state) {
    (void)state;
    static const char *const LOCALES[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "pl_PL.UTF-8"};
    bool any = false;
    for (size_t k = 0; k < sizeof LOCALES / sizeof *LOCALES && !any; k++)
        any = setlocale(LC_NUMERIC, LOCALES[k]) != NULL;
    if (!any) {
        print_message("skipped: no locale with a decimal comma on this machine\n");
        skip();
    }
    char text[VTI_NUMBER_SIZE];
    vti_format_double(text, 1.5e-7, 17);
    double back = scanned(text), sixth = scanned("1.666666666666666666666666e-40");
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(text, "1.5e-07");
    assert_true(back == 1.5e-7);
    assert_true(sixth == 1.666666666666666666666666e-40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_text_is_read_to_the_nearest_double),
        cmocka_unit_test(ties_and_edges_are_read_right),
        cmocka_unit_test(random_doubles_survive_writing_and_reading),
        cmocka_unit_test(short_numbers_stay_short),
        cmocka_unit_test(what_is_no_number_is_told_apart),
        cmocka_unit_test(whole_numbers_are_exact_to_their_limits),
        cmocka_unit_test(locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

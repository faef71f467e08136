/* Which values make sense, and what is said of those that do not. */
#include "fixture.h"

static void bounds_rise(void **state) {
    (void)state;
    for (int k = 0; k < VT_RANGE_COUNT; k++) {
        const vt_range *r = &vt_ranges[k];
        assert_non_null(r->name);
        assert_ptr_equal(vt_range_find(r->name), r);
        assert_true(r->least >= 0 && r->least <= r->low && r->low < r->high && r->high < r->most);
        for (int u = 0; u < VT_OTHER_UNITS && r->other[u].unit != NULL; u++)
            assert_true(r->other[u].factor > 0 && r->other[u].factor != 1);
    }
    assert_null(vt_range_find("luck"));
}

/* The sign does not count, 0 is nobody's business, the bounds themselves are inside. */
static void verdicts_follow_the_bounds(void **state) {
    (void)state;
    char text[256];
    for (int k = 0; k < VT_RANGE_COUNT; k++) {
        const vt_range *r = &vt_ranges[k];
        const struct {
            double value;
            vt_verdict verdict;
        } cases[] = {{0, VT_USUAL},
                     {r->high, VT_USUAL},
                     {-r->high, VT_USUAL},
                     {r->low, VT_USUAL},
                     {r->most, VT_UNUSUAL},
                     {-r->most, VT_UNUSUAL},
                     {2 * r->most, VT_IMPOSSIBLE},
                     {-2 * r->most, VT_IMPOSSIBLE}};
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
            assert_int_equal(vt_range_judge(r, cases[c].value, text, sizeof text),
                             cases[c].verdict);
        if (r->least > 0)
            assert_int_equal(vt_range_judge(r, r->least / 2, text, sizeof text), VT_IMPOSSIBLE);
    }
}

static void judged(vt_quantity quantity, double value, const char *expected) {
    char text[256] = "";
    vt_range_judge(&vt_ranges[quantity], value, text, sizeof text);
    assert_string_equal(text, expected);
}

static void texts_name_the_unit_that_was_meant(void **state) {
    (void)state;
    judged(VT_RANGE_PRESSURE, 10000,
           "is 10000 GPa, but only up to 1000 GPa makes sense; did you mean 1 GPa = 10000 bar or "
           "10 GPa = 10000 MPa?");
    judged(VT_RANGE_TIMESTEP, 2,
           "is 2 ps, but only 1e-08 to 0.2 ps makes sense; did you mean 0.002 ps = 2 fs?");
    judged(VT_RANGE_STRAIN, 5, "is 5; usual is up to 1; did you mean 0.05 = 5 %?");
    judged(VT_RANGE_TEMPERATURE, 2e4, "is 20000 K; usual is up to 10000 K");
    judged(VT_RANGE_TEMPERATURE, 300, "");
    char tight[12]; /* what does not fit is cut */
    vt_range_judge(&vt_ranges[VT_RANGE_PRESSURE], 10000, tight, sizeof tight);
    assert_string_equal(tight, "is 10000 GP");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_rise),
        cmocka_unit_test(verdicts_follow_the_bounds),
        cmocka_unit_test(texts_name_the_unit_that_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Checkpoints of the STZ lattice, and the inner loops in all their forms. */
#include "stz_fixture.h"

#include "stz/internal.h"

static void assert_same(vt_stz *a, vt_stz *b) {
    vt_stz_state s = vt_stz_get_state(a), t = vt_stz_get_state(b);
    assert_memory_equal(&s, &t, sizeof s);
    assert_memory_equal(a->p, b->p, a->sites * sizeof *a->p);
    assert_memory_equal(a->rate, b->rate, a->sites * sizeof *a->rate);
    assert_memory_equal(a->generation, b->generation, a->sites * sizeof *a->generation);
}

/* Cut anywhere, also in the middle of a burst, a lattice goes on as the other one does. */
static void a_packed_lattice_goes_on_to_the_last_bit(void **state) {
    (void)state;
    const vt_stz_engine engines[] = {VT_STZ_PLAIN, VT_STZ_FAST};
    for (int k = 0; k < 2; k++) {
        vt_stz *s = tension_lattice(24, engines[k], 0.5, 9);
        advance(s, 0.046, INT64_MAX);
        for (int cut = 0; cut < 6; cut++) {
            vt_error err = {0};
            size_t bytes;
            advance(s, 1, 29);
            void *data = vt_stz_pack(s, &bytes, &err);
            assert_non_null(data);
            vt_stz *back = vt_stz_unpack(data, bytes, &err);
            if (back == NULL) fail_msg("%s", err.msg);
            advance(s, 1, 57);
            advance(back, 1, 57);
            assert_same(s, back);
            vt_stz_destroy(back);
            vt_free(data);
        }
        assert_true(vt_stz_get_state(s).transformations > 300);
        vt_stz_destroy(s);
    }
}

static void damaged_bytes_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    size_t bytes;
    vt_stz *s = tension_lattice(16, VT_STZ_FAST, 0.5, 9);
    advance(s, 0.045, INT64_MAX);
    char *data = vt_stz_pack(s, &bytes, &err);
    assert_non_null(data);
    const size_t cuts[] = {0, 10, 100, bytes / 2, bytes - 1};
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
        assert_null(vt_stz_unpack(data, cuts[k], &err));
        assert_int_equal(err.code, VT_EFORMAT);
        CHECK_MESSAGE(err, "no checkpoint of a lattice");
    }
    for (size_t k = 0; k < bytes; k += 7919) {
        data[k] ^= 4;
        assert_null(vt_stz_unpack(data, bytes, &err));
        assert_int_equal(err.code, VT_EFORMAT);
        data[k] ^= 4;
    }
    vt_free(data);
    vt_stz_destroy(s);
}

/* Put the right sum behind the bytes, and read them. */
static void refused_when_sealed(char *data, size_t bytes, const char *why) {
    vt_error err = {0};
    char sum[65];
    vt_sha256(data, bytes - 64, sum);
    memcpy(data + bytes - 64, sum, 64);
    assert_null(vt_stz_unpack(data, bytes, &err));
    CHECK_MESSAGE(err, why);
}

/* The sum is right and the numbers are not: a bool of 2, an enum of 9, more sites than bytes. */
static void impossible_numbers_are_refused(void **state) {
    (void)state;
    enum { HEAD = 40 };
    vt_error err = {0};
    size_t bytes;
    vt_stz *s = tension_lattice(16, VT_STZ_FAST, 0.5, 9);
    char *data = vt_stz_pack(s, &bytes, &err);
    assert_non_null(data);
    vt_stz_destroy(s);
    const size_t options = HEAD, lattice = HEAD + sizeof(vt_stz_options);
    const size_t held = offsetof(vti_stz_state, load) + offsetof(vt_stz_load, held);
    const size_t places[] = {options + offsetof(vt_stz_options, elastic) +
                                 offsetof(vt_stz_elastic, plane_strain),
                             options + offsetof(vt_stz_options, engine),
                             lattice + held,
                             lattice + held + 2,
                             lattice + offsetof(vti_stz_state, last) + offsetof(vt_stz_event, kind),
                             lattice + offsetof(vti_stz_state, loaded),
                             lattice + offsetof(vti_stz_state, settled),
                             lattice + offsetof(vti_stz_state, stale) + 1,
                             lattice + offsetof(vti_stz_state, paused)};
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        char before = data[places[k]];
        data[places[k]] = 9;
        refused_when_sealed(data, bytes, "its numbers are impossible");
        data[places[k]] = before;
    }
    int64_t side = VT_STZ_MAX_SIDE;
    memcpy(data + options + offsetof(vt_stz_options, n), &side, sizeof side);
    refused_when_sealed(data, bytes, "its length is wrong");
    vt_free(data);
}

/* The same bits on every processor: a run does not depend on its instruction set. */
static void all_instruction_sets_give_the_same_bits(void **state) {
    (void)state;
    vt_stz *reference = tension_lattice(24, VT_STZ_FAST, 0.5, 4);
    reference->simd = VT_SIMD_REFERENCE;
    advance(reference, 0.048, INT64_MAX);
    assert_true(vt_stz_get_state(reference).transformations > 100);
    for (int simd = VT_SIMD_BASELINE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        vt_stz *s = tension_lattice(24, VT_STZ_FAST, 0.5, 4);
        s->simd = (vt_simd)simd;
        advance(s, 0.048, INT64_MAX);
        assert_same(reference, s);
        vt_stz_destroy(s);
    }
    vt_stz_destroy(reference);
}

/* Blocks are independent: 256 of them are enough for threads to take part. */
static void the_number_of_threads_does_not_change_a_bit(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz *s[2];
    int before = vt_threads();
    for (int k = 0; k < 2; k++) {
        REQUIRE_OK(vt_threads_set(1 + k, &err), err);
        s[k] = tension_lattice(128, VT_STZ_FAST, 0.5, 4);
        advance(s[k], 0.042, INT64_MAX);
    }
    REQUIRE_OK(vt_threads_set(before, &err), err);
    assert_true(vt_stz_get_state(s[0]).transformations > 300);
    assert_same(s[0], s[1]);
    vt_stz_destroy(s[0]);
    vt_stz_destroy(s[1]);
}

/* A series of eleven terms: 6e-15 at ln(2)/2, and some rounding. */
static void the_exponential_is_good_to_1e14(void **state) {
    (void)state;
    for (double x = -650; x < 650; x += 0.77317) CHECK_NEAR(vti_stz_exp(x) / exp(x), 1, 1.2e-14);
    CHECK_NEAR(vti_stz_exp(0), 1, 0);
}

static void limits_are_checked(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz *s = tension_lattice(16, VT_STZ_FAST, 0.5, 9);
    vt_stz_load load = vt_stz_load_uniaxial(0, 1);
    assert_int_equal(vt_stz_set_load(s, &load, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the strain rate must be above 0 and at most 1e18/s, got 0/s");
    load = vt_stz_load_uniaxial(1e-16, NAN);
    assert_int_equal(vt_stz_set_load(s, &load, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "no sensible number");
    advance(s, 0.045, INT64_MAX);
    assert_int_equal(vt_stz_set_softening_max(s, 1e-3, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the largest permanent softening cannot be 0.001: a site has");
    assert_int_equal(vt_stz_set_temperature(s, NAN, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the temperature must be from 0");
    const bool held[3] = {true, true, true};
    const vt_stz_grid grid = {16, 0, 1};
    assert_int_equal(
        vt_stz_solve(&vt_stz_settings(s)->elastic, &grid, NULL, NULL, held, NULL, NULL, &err),
        VT_EINVAL);
    CHECK_MESSAGE(err, "1 to 4096 sites, got 16 and 0");
    vt_stz_destroy(s);
    vt_stz_destroy(NULL);
}

/* Ctrl-C stops between two steps, and the same call goes on. */
static void an_interrupt_leaves_a_valid_lattice(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz *s = tension_lattice(16, VT_STZ_FAST, 0.5, 9);
    vt_stz *other = tension_lattice(16, VT_STZ_FAST, 0.5, 9);
    vt_stz_goal goal = {0.046, INFINITY, INT64_MAX, 0};
    vt_interrupt_request();
    assert_int_equal(vt_stz_run(s, &goal, &err), VT_EINTERRUPT);
    vt_interrupt_clear();
    advance(s, 0.046, INT64_MAX);
    advance(other, 0.046, INT64_MAX);
    assert_same(s, other);
    vt_stz_destroy(s);
    vt_stz_destroy(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_lattice_goes_on_to_the_last_bit),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(impossible_numbers_are_refused),
        cmocka_unit_test(all_instruction_sets_give_the_same_bits),
        cmocka_unit_test(the_number_of_threads_does_not_change_a_bit),
        cmocka_unit_test(the_exponential_is_good_to_1e14),
        cmocka_unit_test(limits_are_checked),
        cmocka_unit_test(an_interrupt_leaves_a_valid_lattice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

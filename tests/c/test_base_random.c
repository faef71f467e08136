/* Philox4x32-10 against its authors' vectors, and the distributions built on it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include "vitrum/base.h"

/* Known answers of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds):
   zeros, ones, digits of pi. */
static void philox_gives_the_known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } KNOWN[] = {{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                 {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                  {0xffffffff, 0xffffffff},
                  {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                 {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                  {0xa4093822, 0x299f31d0},
                  {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
    for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
        uint32_t out[4];
        vt_philox4x32(KNOWN[k].counter, KNOWN[k].key, out);
        assert_memory_equal(out, KNOWN[k].answer, sizeof out);
    }
}

/* Any change of (seed, stream, item, step) gives another block. */
static void every_coordinate_matters(void **state) {
    (void)state;
    uint32_t blocks[9][4];
    vt_random_block(1, 1, 1, 1, blocks[0]);
    vt_random_block(2, 1, 1, 1, blocks[1]);
    vt_random_block(1, 2, 1, 1, blocks[2]);
    vt_random_block(1, 1, 2, 1, blocks[3]);
    vt_random_block(1, 1, 1, 2, blocks[4]);
    vt_random_block(1 + (UINT64_C(1) << 32), 1, 1, 1, blocks[5]);
    vt_random_block(1, 1, 1 + (UINT64_C(1) << 32), 1, blocks[6]);
    vt_random_block(1, 1, 1, 1 + (UINT64_C(1) << 32), blocks[7]);
    vt_random_block(0, 1, 1, 1, blocks[8]);
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(memcmp(blocks[i], blocks[j], sizeof blocks[i]), 0);
    uint32_t again[4];
    vt_random_block(1, 1, 1, 1, again);
    assert_memory_equal(again, blocks[0], sizeof again);
}

enum { DRAWS = 400000 };

/* Five standard errors: a false alarm once in two million seeds, and the seed is fixed. */
static const double STANDARD_ERRORS = 5;

/* Moments of the uniform distribution on (0, 1): mean 1/2, variance 1/12; neighbors and the two
   numbers of one block are uncorrelated. */
static void uniform_numbers_have_uniform_moments(void **state) {
    (void)state;
    double mean = 0, square = 0, pair = 0, neighbor = 0, before = 0.5, least = 1, most = 0;
    for (uint64_t k = 0; k < DRAWS; k++) {
        double u[2];
        vt_random_uniform2(7, VT_STREAM_ARRAY, k, 3, u);
        mean += u[0] - 0.5;
        square += (u[0] - 0.5) * (u[0] - 0.5);
        pair += (u[0] - 0.5) * (u[1] - 0.5);
        neighbor += (u[0] - 0.5) * (before - 0.5);
        before = u[0];
        least = fmin(least, fmin(u[0], u[1]));
        most = fmax(most, fmax(u[0], u[1]));
    }
    double error = STANDARD_ERRORS * sqrt(1.0 / 12 / DRAWS);
    assert_true(fabs(mean / DRAWS) < error);
    /* The variance of (u - 1/2)^2 is 1/80 - 1/144 = 1/180; of a product of two 1/144. */
    assert_true(fabs(square / DRAWS - 1.0 / 12) < STANDARD_ERRORS * sqrt(1.0 / 180 / DRAWS));
    assert_true(fabs(pair / DRAWS) < STANDARD_ERRORS / 12 / sqrt(DRAWS));
    assert_true(fabs(neighbor / DRAWS) < STANDARD_ERRORS / 12 / sqrt(DRAWS));
    assert_true(least > 0 && most < 1);
    assert_true(least < 1e-4 && most > 1 - 1e-4); /* and the ends are reached */
}

/* Chi square of 100 equal bins; mean 99, standard deviation sqrt(198). */
static void uniform_numbers_fill_bins_evenly(void **state) {
    (void)state;
    enum { BINS = 100 };
    double count[BINS] = {0}, chi2 = 0, expected = (double)DRAWS / BINS;
    vt_rng rng = vt_rng_start(11, VT_STREAM_SHUFFLE);
    for (int k = 0; k < DRAWS; k++) count[(int)(vt_rng_uniform(&rng) * BINS)]++;
    for (int k = 0; k < BINS; k++) chi2 += (count[k] - expected) * (count[k] - expected) / expected;
    assert_true(fabs(chi2 - (BINS - 1)) < STANDARD_ERRORS * sqrt(2.0 * (BINS - 1)));
}

/* Moments 0, 1, 0, 3 of the normal distribution; the four numbers of a call are uncorrelated, and
   the share beyond 2 is erfc(sqrt 2). */
static void normal_numbers_have_normal_moments(void **state) {
    (void)state;
    double moment[5] = {0}, cross[4][4] = {{0}}, tail = 0, n = 4.0 * DRAWS;
    for (uint64_t k = 0; k < DRAWS; k++) {
        double g[4];
        vt_random_normal4(5, VT_STREAM_LANGEVIN, k, 9, g);
        for (int i = 0; i < 4; i++) {
            for (int p = 1; p <= 4; p++) moment[p] += pow(g[i], p);
            for (int j = 0; j < i; j++) cross[i][j] += g[i] * g[j];
            tail += fabs(g[i]) > 2;
        }
    }
    /* Variances of x, x^2, x^3, x^4: 1, 2, 15, 96. */
    assert_true(fabs(moment[1] / n) < STANDARD_ERRORS * sqrt(1 / n));
    assert_true(fabs(moment[2] / n - 1) < STANDARD_ERRORS * sqrt(2 / n));
    assert_true(fabs(moment[3] / n) < STANDARD_ERRORS * sqrt(15 / n));
    assert_true(fabs(moment[4] / n - 3) < STANDARD_ERRORS * sqrt(96 / n));
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            assert_true(fabs(cross[i][j] / DRAWS) < STANDARD_ERRORS / sqrt(DRAWS));
    double share = erfc(sqrt(2));
    assert_true(fabs(tail / n - share) < STANDARD_ERRORS * sqrt(share * (1 - share) / n));
}

/* A bound that does not divide 2^64 must not favor small values. */
static void integers_below_a_bound_are_even(void **state) {
    (void)state;
    double count[7] = {0};
    vt_rng rng = vt_rng_start(3, VT_STREAM_SHUFFLE);
    for (int k = 0; k < 70000; k++) {
        uint64_t value = vt_rng_below(&rng, 7);
        assert_true(value < 7);
        count[value]++;
    }
    for (int k = 0; k < 7; k++)
        assert_true(fabs(count[k] - 10000) < STANDARD_ERRORS * sqrt(10000 * 6.0 / 7));
    assert_int_equal(vt_rng_below(&rng, 0), 0);
    assert_int_equal(vt_rng_below(&rng, 1), 0);
    /* Two thirds of 2^64: with a plain remainder the lower half would come twice as often. */
    uint64_t large = UINT64_MAX / 3 * 2;
    double lower = 0;
    for (int k = 0; k < 10000; k++) lower += vt_rng_below(&rng, large) < large / 2;
    assert_true(fabs(lower - 5000) < STANDARD_ERRORS * 50);
}

/* A copy of a sequence goes on as the original does. */
static void a_copied_sequence_continues(void **state) {
    (void)state;
    vt_rng rng = vt_rng_start(42, VT_STREAM_BUILD);
    for (int k = 0; k < 5; k++) vt_rng_uniform(&rng);
    vt_rng copy = rng;
    for (int k = 0; k < 5; k++) assert_true(vt_rng_uniform(&rng) == vt_rng_uniform(&copy));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(philox_gives_the_known_answers),
                                       cmocka_unit_test(every_coordinate_matters),
                                       cmocka_unit_test(uniform_numbers_have_uniform_moments),
                                       cmocka_unit_test(uniform_numbers_fill_bins_evenly),
                                       cmocka_unit_test(normal_numbers_have_normal_moments),
                                       cmocka_unit_test(integers_below_a_bound_are_even),
                                       cmocka_unit_test(a_copied_sequence_continues)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Spherical Chebyshev descriptors against double sums with Legendre polynomials, in every
   instruction set; their derivatives against differences. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "descriptor/chebyshev.h"
#include "descriptor_fixture.h"

enum { CENTERS = 5, MOST_FEATURES = 2 * 16 * 17 };

static double legendre(int l, double x) {
    double before = 1, now = x;
    if (l == 0) return 1;
    for (int k = 1; k < l; k++) {
        double next = ((2 * k + 1) * x * now - k * before) / (k + 1);
        before = now;
        now = next;
    }
    return now;
}

static double radial(int n, double r, double cutoff) {
    double x = r / cutoff, f = 1 - x * x;
    return x < 1 ? cos(n * acos(1 - 2 * x)) * f * f * f * f : 0;
}

/* The addition theorem: P_nl = sum over j and k of a_j a_k P_l(cosine of the angle between). */
static void check_addition(const vt_atoms *atoms, const vt_chebyshev *g, size_t species) {
    static seen neighbor[MOST];
    static double out[CENTERS * MOST_FEATURES];
    const int32_t centers[CENTERS] = {0, 13, 13, 41, 59};
    vt_surroundings around = {species, SPECIES, centers, CENTERS};
    size_t features = vt_chebyshev_features(&around, g), channels = species > 1 ? 2 : 1;
    assert_int_equal(features, channels * (size_t)(g->n_max + 1) * (size_t)(g->l_max + 1));
    vt_error err = {0};
    assert_int_equal(vt_chebyshev_compute(atoms, &around, g, out, &err), VT_OK);
    for (size_t c = 0; c < CENTERS; c++) {
        size_t count = look(atoms, (size_t)centers[c], g->cutoff, neighbor);
        const double *row = out + c * features;
        for (size_t channel = 0; channel < channels; channel++)
            for (int n = 0; n <= g->n_max; n++)
                for (int l = 0; l <= g->l_max; l++) {
                    double total = 0, size = 0;
                    for (size_t j = 0; j < count; j++)
                        for (size_t k = 0; k < count; k++) {
                            const seen *a = &neighbor[j], *b = &neighbor[k];
                            double dot = a->r[0] * b->r[0] + a->r[1] * b->r[1] + a->r[2] * b->r[2];
                            double w = (channel == 1 && a->kind == 1 ? -2.0 : 1.0) *
                                       (channel == 1 && b->kind == 1 ? -2.0 : 1.0);
                            double part = w * radial(n, a->length, g->cutoff) *
                                          radial(n, b->length, g->cutoff);
                            total += part * legendre(l, dot / (a->length * b->length));
                            size += fabs(part);
                        }
                    assert_true(fabs(*row++ - total) <= 1e-13 * size + 1e-300);
                }
    }
}

static void addition_theorem(void **state) {
    (void)state;
    static const vt_chebyshev g[] = {{4, 8, 4.5}, {0, 0, 3}, {6, 3, 4}, {2, 16, 3.7}, {15, 1, 4}};
    for (int simd = VT_SIMD_REFERENCE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        setenv("VITRUM_SIMD", vt_simd_name((vt_simd)simd), 1);
        for (int number = 0; number < 3; number++) {
            vt_atoms *atoms = sample(number);
            for (size_t k = 0; k < sizeof g / sizeof *g; k++) check_addition(atoms, &g[k], 2);
            for (size_t i = 0; i < atoms->count; i++) atoms->type[i] = 1; /* all Cu */
            check_addition(atoms, g, 1);
            vt_atoms_destroy(atoms);
        }
    }
    unsetenv("VITRUM_SIMD");
}

/* P changes as the fourth power of what is left to the cutoff when a neighbor comes in beside
   another one. */
static void smooth_at_the_cutoff(void **state) {
    (void)state;
    static const double H[3][3] = {{40, 0, 0}, {0, 40, 0}, {0, 0, 40}};
    const vt_chebyshev g = vt_chebyshev_defaults();
    vt_box box = box_of(H, false);
    vt_atoms *atoms = gas(3, &box, 1);
    const int32_t center = 0;
    vt_surroundings around = {2, SPECIES, &center, 1};
    double row[3][90], step[3] = {0, 0.01, 0.02};
    for (int k = 0; k < 3; k++) {
        const double x[3] = {0, 2.5, -7 + step[k]};
        for (int i = 0; i < 3; i++) {
            atoms->x[i] = x[i];
            atoms->y[i] = atoms->z[i] = 0;
        }
        vt_error err = {0};
        assert_int_equal(vt_chebyshev_compute(atoms, &around, &g, row[k], &err), VT_OK);
    }
    for (int f = 0; f < 90; f++) {
        double first = row[1][f] - row[0][f], second = row[2][f] - row[0][f];
        assert_true(fabs(first) < 1e-8 * (1 + fabs(row[0][f])) && first != 0);
        /* 2^4, less what T_n and the next powers change on the way */
        assert_true(fabs(second / first - 16) < 0.8);
    }
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- derivatives ---- */

enum { NEAR = 21, ROOM = 32 };

typedef struct {
    vti_around around;
    double place[3][ROOM];
} neighbors_of_one;

static void put(neighbors_of_one *n, uint64_t seed, double size) {
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    n->around = (vti_around){NEAR, n->place[0], n->place[1], n->place[2]};
    for (int k = 0; k < NEAR; k++)
        for (int d = 0; d < 3; d++) n->place[d][k] = size * (2 * vt_rng_uniform(&rng) - 1);
    n->place[0][3] = n->place[1][3] = 0; /* one at the pole */
    vti_around_fill(&n->around, 5);
}

static double weighted(const double *c, const double *g, size_t n) {
    double total = 0;
    for (size_t k = 0; k < n; k++) total += c[k] * g[k];
    return total;
}

static void check_derivatives(const vti_chebyshev_kernels *kernels, const vt_chebyshev *settings,
                              double h, double tolerance) {
    static double c[2][16 * 300], dc[16 * 300], g[16 * 300];
    static double room[200000] __attribute__((aligned(64)));
    static neighbors_of_one here, moved, along, slope;
    vti_chebyshev plan;
    vt_error err = {0};
    assert_int_equal(vti_chebyshev_plan(&plan, settings, 1, &err), VT_OK);
    assert_true(vti_chebyshev_room(&plan, ROOM) <= sizeof room / sizeof *room);
    size_t n = (size_t)plan.radial * (size_t)plan.harmonics;
    vt_rng rng = vt_rng_start(7, VT_STREAM_BUILD);
    for (size_t k = 0; k < n; k++) g[k] = 2 * vt_rng_uniform(&rng) - 1;
    put(&here, 1, 2.5);
    put(&along, 2, 1);
    put(&slope, 3, 1);
    kernels->slopes(&plan, &here.around, g, room, &slope.around);
    kernels->tangents(&plan, &here.around, &along.around, room, c[0], dc);
    kernels->sums(&plan, &here.around, room, c[1]);
    for (size_t k = 0; k < n; k++)
        assert_true(fabs(c[0][k] - c[1][k]) <= 1e-5 * fabs(c[1][k]) + 1e-5);
    double by_slopes = 0, by_tangents = weighted(dc, g, n);
    for (int k = 0; k < NEAR; k++)
        for (int d = 0; d < 3; d++) by_slopes += slope.place[d][k] * along.place[d][k];
    for (int side = 0; side < 2; side++) {
        moved = here;
        moved.around.x = moved.place[0];
        moved.around.y = moved.place[1];
        moved.around.z = moved.place[2];
        for (int k = 0; k < NEAR; k++)
            for (int d = 0; d < 3; d++) moved.place[d][k] += (side ? -h : h) * along.place[d][k];
        vti_chebyshev_kernels_of(VT_SIMD_BASELINE, false)
            ->sums(&plan, &moved.around, room, c[side]);
    }
    double difference = (weighted(c[0], g, n) - weighted(c[1], g, n)) / (2 * h);
    assert_true(fabs(by_slopes - difference) < tolerance * fmax(1, fabs(difference)));
    assert_true(fabs(by_tangents - by_slopes) < 1e-2 * tolerance * fmax(1, fabs(difference)));
}

static void derivatives_are_differences(void **state) {
    (void)state;
    static const vt_chebyshev g[] = {{4, 8, 5}, {0, 0, 5}, {7, 5, 5}, {2, 16, 5}};
    for (int simd = VT_SIMD_BASELINE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        for (size_t k = 0; k < sizeof g / sizeof *g; k++) {
            check_derivatives(vti_chebyshev_kernels_of((vt_simd)simd, false), &g[k], 1e-5, 1e-8);
            check_derivatives(vti_chebyshev_kernels_of((vt_simd)simd, true), &g[k], 1e-5, 1e-4);
        }
    }
}

static void wrong_settings_are_named(void **state) {
    (void)state;
    vt_atoms *atoms = sample(0);
    const int32_t center = 0;
    vt_surroundings around = {2, SPECIES, &center, 1};
    double row[MOST_FEATURES];
    vt_error err = {0};
    assert_int_equal(vt_chebyshev_compute(atoms, &around, &(vt_chebyshev){16, 8, 7}, row, &err),
                     VT_EINVAL);
    assert_non_null(strstr(err.msg, "n goes up to 0 ... 15 and l up to 0 ... 16; got 16 and 8"));
    assert_int_equal(vt_chebyshev_compute(atoms, &around, &(vt_chebyshev){4, 8, NAN}, row, &err),
                     VT_EINVAL);
    assert_non_null(strstr(err.msg, "the cutoff is nan angstrom"));
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addition_theorem),
        cmocka_unit_test(smooth_at_the_cutoff),
        cmocka_unit_test(derivatives_are_differences),
        cmocka_unit_test(wrong_settings_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Anisotropic and per-atom pair distributions, joined histograms, the transform to S(q). */
#include "fixture.h"
#include "vitrum/structure.h"

enum { COUNT = 157, BINS = 61 };
static const double RMAX = 7.3;
static const double PI = 3.14159265358979323846;

static vt_atoms *glass(uint64_t seed) {
    return random_glass(COUNT, 1.9, seed, "Cu", "Zr");
}

static vt_rdf *histogram(const double axis[3], const vt_atoms *atoms) {
    vt_error err = {0};
    vt_rdf *rdf = vt_rdf_create(RMAX, BINS, &err);
    assert_non_null(rdf);
    if (axis != NULL) REQUIRE_OK(vt_rdf_set_axis(rdf, axis, &err), err);
    if (atoms != NULL) REQUIRE_OK(vt_rdf_add(rdf, atoms, &err), err);
    return rdf;
}

/* sum of P2(cos chi) over ordered pairs a-b in each shell by a double loop over images */
static void brute_moment(const vt_atoms *atoms, const double axis[3], int a, int b,
                         double moment[BINS]) {
    memset(moment, 0, BINS * sizeof *moment);
    double length = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++)
            for (int image = 0; image < 125; image++) {
                int s[3] = {image % 5 - 2, image / 5 % 5 - 2, image / 25 - 2};
                double d[3] = {atoms->x[j] - atoms->x[i], atoms->y[j] - atoms->y[i],
                               atoms->z[j] - atoms->z[i]};
                double square = 0, along = 0;
                for (int k = 0; k < 3; k++) {
                    for (int m = 0; m < 3; m++) d[k] += s[m] * atoms->box.h[m][k];
                    square += d[k] * d[k];
                    along += d[k] * axis[k] / length;
                }
                if (square == 0 || square >= RMAX * RMAX) continue;
                if (atoms->type[i] != a || atoms->type[j] != b) continue;
                size_t bin = (size_t)(sqrt(square) / RMAX * BINS);
                moment[bin] += 1.5 * along * along / square - 0.5;
            }
}

static void anisotropy_is_that_of_a_double_loop(void **state) {
    (void)state;
    const double axis[3] = {0.3, -0.4, 2};
    vt_atoms *atoms = glass(5);
    vt_rdf *rdf = histogram(axis, atoms);
    double number[2] = {0}, volume = vt_box_volume(&atoms->box), g2[BINS], moment[BINS];
    for (size_t i = 0; i < COUNT; i++) number[atoms->type[i]]++;
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            vt_rdf_anisotropy(rdf, a, b, g2);
            brute_moment(atoms, axis, a, b, moment);
            for (int k = 0; k < BINS; k++) {
                double inner = RMAX * k / BINS, outer = RMAX * (k + 1) / BINS;
                double shell = 4 * PI / 3 * (outer * outer * outer - inner * inner * inner);
                double wanted = sqrt(5) * moment[k] / (number[a] * number[b] / volume * shell);
                /* P2 is stored to 4e-9 per pair; g2 per pair is at most sqrt(5)/(ideal shell) */
                double per_pair = sqrt(5) / (number[a] * number[b] / volume * shell);
                CHECK_NEAR(g2[k], wanted, 1e-6 * per_pair);
            }
        }
    vt_rdf_destroy(rdf);
    vt_atoms_destroy(atoms);
}

/* g2 about three axes at right angles adds up to zero, since the mean of P2 over them is zero. */
static void three_axes_cancel(void **state) {
    (void)state;
    vt_atoms *atoms = glass(6);
    double sum[BINS] = {0}, g2[BINS];
    for (int k = 0; k < 3; k++) {
        double axis[3] = {k == 0, k == 1, k == 2};
        vt_rdf *rdf = histogram(axis, atoms);
        vt_rdf_anisotropy(rdf, -1, -1, g2);
        for (int m = 0; m < BINS; m++) sum[m] += g2[m];
        vt_rdf_destroy(rdf);
    }
    /* rounding of 4e-9 per pair, pairs weigh up to 300 in the first shells */
    for (int m = 3; m < BINS; m++) CHECK_NEAR(sum[m], 0, 1e-5);
    vt_atoms_destroy(atoms);
}

static void joined_histograms_are_one(void **state) {
    (void)state;
    vt_error err = {0};
    const double axis[3] = {0, 1, 0};
    vt_atoms *one = glass(1), *two = glass(2);
    vt_rdf *all = histogram(axis, one), *first = histogram(axis, NULL),
           *second = histogram(axis, two), *front = histogram(axis, one);
    REQUIRE_OK(vt_rdf_add(all, two, &err), err);
    REQUIRE_OK(vt_rdf_merge(first, front, &err), err);
    REQUIRE_OK(vt_rdf_merge(first, second, &err), err);
    double a[BINS], b[BINS];
    vt_rdf_values(all, 0, 1, a);
    vt_rdf_values(first, 0, 1, b);
    assert_memory_equal(a, b, sizeof a);
    vt_rdf_anisotropy(all, -1, -1, a);
    vt_rdf_anisotropy(first, -1, -1, b);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(vt_rdf_frames(first), 2);
    CHECK_NEAR(vt_rdf_density(first), COUNT / vt_box_volume(&one->box), 1e-12);
    vt_rdf *plain = histogram(NULL, one);
    assert_int_equal(vt_rdf_merge(first, plain, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "only histograms with the same shells can be joined");
    assert_int_equal(vt_rdf_set_axis(plain, axis, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "before the first frame");
    vt_rdf_destroy(plain);
    vt_rdf_destroy(front);
    vt_rdf_destroy(second);
    vt_rdf_destroy(first);
    vt_rdf_destroy(all);
    vt_atoms_destroy(two);
    vt_atoms_destroy(one);
}

static void an_axis_needs_a_direction(void **state) {
    (void)state;
    vt_error err = {0};
    vt_rdf *rdf = histogram(NULL, NULL);
    assert_int_equal(vt_rdf_set_axis(rdf, (double[3]){0, 0, 0}, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the axis (0, 0, 0) has no direction");
    vt_rdf_destroy(rdf);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    vt_error err = {0};
    const double axis[3] = {1, 1, 0};
    int threads = vt_threads();
    vt_species copper = {.symbol = "Cu"};
    vt_atoms *atoms = vt_atoms_crystal(VT_FCC, &copper, 3.6, 0, (int64_t[3]){8, 9, 10}, &err);
    assert_non_null(atoms); /* enough for threads */
    REQUIRE_OK(vt_atoms_rattle(atoms, 0.2, 3, &err), err);
    size_t n = atoms->count;
    double one[BINS], four[BINS], *own = vt_alloc(2 * n * BINS, sizeof *own);
    for (int run = 0; run < 2; run++) {
        REQUIRE_OK(vt_threads_set(run == 0 ? 1 : 4, &err), err);
        vt_rdf *rdf = histogram(axis, atoms);
        vt_rdf_anisotropy(rdf, -1, -1, run == 0 ? one : four);
        vt_rdf_destroy(rdf);
        REQUIRE_OK(vt_rdf_atomic(atoms, 0, RMAX, BINS, own + (size_t)run * n * BINS, &err), err);
    }
    REQUIRE_OK(vt_threads_set(threads, &err), err);
    assert_memory_equal(one, four, sizeof one);
    assert_memory_equal(own, own + n * BINS, n * BINS * sizeof *own);
    vt_free(own);
    vt_atoms_destroy(atoms);
}

static void the_mean_of_single_atoms_is_the_partial(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = glass(4);
    vt_rdf *rdf = histogram(NULL, atoms);
    double *own = vt_alloc(COUNT * BINS, sizeof *own), g[BINS];
    for (int b = 0; b < 2; b++) {
        REQUIRE_OK(vt_rdf_atomic(atoms, b, RMAX, BINS, own, &err), err);
        for (int a = 0; a < 2; a++) {
            vt_rdf_values(rdf, a, b, g);
            for (int k = 0; k < BINS; k++) {
                double sum = 0, number = 0;
                for (size_t i = 0; i < COUNT; i++)
                    if (atoms->type[i] == a) {
                        sum += own[i * BINS + (size_t)k];
                        number++;
                    }
                CHECK_NEAR(sum / number, g[k], 1e-12 * (1 + g[k])); /* sums of 100 terms */
            }
        }
    }
    assert_int_equal(vt_rdf_atomic(atoms, 2, RMAX, BINS, own, &err), VT_EINVAL);
    assert_int_equal(vt_rdf_atomic(atoms, 0, -1, BINS, own, &err), VT_EINVAL);
    vt_free(own);
    vt_rdf_destroy(rdf);
    vt_atoms_destroy(atoms);
}

/* h = -1 inside a sphere of radius s and 0 outside: S - 1 = -4 pi (sin x - x cos x)/q^3, x = q s.
 */
static void the_transform_of_a_ball(void **state) {
    (void)state;
    const double q[4] = {1e-4, 0.37, 2.7, 11.3};
    enum { SHELLS = 200 };
    const double rmax = 10, s = 3;
    double *kernel = vt_alloc(4 * SHELLS, sizeof *kernel);
    assert_int_equal(vt_rdf_transform(q, 4, rmax, SHELLS, false, kernel, NULL), VT_OK);
    for (int j = 0; j < 4; j++) {
        double sum = 0, x = q[j] * s;
        for (int k = 0; k < (int)(s / rmax * SHELLS); k++) sum -= kernel[j * SHELLS + k];
        double wanted = j == 0 ? -4 * PI / 3 * s * s * s
                               : -4 * PI * (sin(x) - x * cos(x)) / (q[j] * q[j] * q[j]);
        CHECK_NEAR(sum, wanted, 1e-5); /* the closed form and the series at the small q */
    }
    vt_free(kernel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anisotropy_is_that_of_a_double_loop),
        cmocka_unit_test(three_axes_cancel),
        cmocka_unit_test(joined_histograms_are_one),
        cmocka_unit_test(an_axis_needs_a_direction),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(the_mean_of_single_atoms_is_the_partial),
        cmocka_unit_test(the_transform_of_a_ball),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

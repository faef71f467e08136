/* Structure functions against sums over all atoms and images as they are written, in every
   instruction set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "descriptor_fixture.h"

/* Bells are cut where they are 1.5e-8, and single precision keeps 6e-8 of sums up to some ten. */
static const double RADIAL_TOLERANCE = 4e-6;
static const double ANGULAR_TOLERANCE = 1e-6; /* relative */

static const double ANGLE = 2 * 3.14159265358979323846;

enum { CENTERS = 11 };

static void check_radial(const vt_atoms *atoms, const vt_radial *g) {
    static seen neighbor[MOST];
    static float out[CENTERS * 2 * 120];
    int32_t centers[CENTERS];
    for (int k = 0; k < CENTERS; k++) centers[k] = k * 7 % ATOMS;
    centers[3] = centers[9]; /* one that is asked for twice */
    vt_surroundings around = {2, SPECIES, centers, CENTERS};
    vt_error err = {0};
    assert_int_equal(vt_radial_compute(atoms, &around, g, out, &err), VT_OK);
    for (size_t c = 0; c < CENTERS; c++) {
        size_t i = (size_t)centers[c], own = kind_of(atoms, i);
        size_t count = look(atoms, i, g->cutoff * 3.2, neighbor);
        for (size_t b = 0; b < 2; b++)
            for (size_t k = 0; k < g->points; k++) {
                double sum = 0;
                for (size_t j = 0; j < count; j++) {
                    double r = neighbor[j].length / g->scale[2 * own + b];
                    double away = (g->first + (double)k * g->step - r) / g->sigma;
                    if (neighbor[j].kind == b && r <= g->cutoff) sum += exp(-away * away / 2);
                }
                assert_true(fabs(sum - (double)out[(2 * c + b) * g->points + k]) <
                            RADIAL_TOLERANCE * fmax(1, sum));
            }
    }
}

static void radial_functions_are_their_sums(void **state) {
    (void)state;
    static const double REDUCED[4] = {2.5, 2.8, 2.7, 3.2}, PLAIN[4] = {1, 1, 1, 1};
    static const vt_radial g[] = {
        {0.6, 0.05, 49, 0.05, 3, REDUCED}, /* that of the paper */
        {1.8, 0.1, 49, 0.1, 6.6, PLAIN},
        {0, 0.06, 111, 0.3, 6.6, PLAIN},   /* bells of two windows */
        {0.5, 0.5, 7, 0.05, 2.9, REDUCED}, /* bells that fall between the points */
        {4, 0.1, 11, 0.2, 6.6, PLAIN}};    /* a part of the distances */
    for (int simd = VT_SIMD_REFERENCE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        setenv("VITRUM_SIMD", vt_simd_name((vt_simd)simd), 1);
        for (int number = 0; number < 3; number++) {
            vt_atoms *atoms = sample(number);
            for (size_t k = 0; k < sizeof g / sizeof *g; k++) check_radial(atoms, &g[k]);
            vt_atoms_destroy(atoms);
        }
    }
    unsetenv("VITRUM_SIMD");
}

/* Far from the ends of the grid a neighbor adds sqrt(2 pi) sigma/step in all. */
static void one_neighbor(void **state) {
    (void)state;
    static const double H[3][3] = {{30, 0, 0}, {0, 30, 0}, {0, 0, 30}},
                        SCALE[4] = {2.6, 2.6, 2.6, 2.6};
    const vt_radial g = {0.6, 0.05, 49, 0.05, 3, SCALE};
    vt_box box = box_of(H, false);
    vt_atoms *atoms = gas(2, &box, 1);
    atoms->type[0] = atoms->type[1] = 1;
    atoms->x[0] = 0.4;
    atoms->y[0] = atoms->z[0] = atoms->y[1] = atoms->z[1] = 0;
    atoms->x[1] = 0.4 - 2.6 + 30;
    const int32_t center = 0;
    vt_surroundings around = {2, SPECIES, &center, 1};
    float row[98];
    vt_error err = {0};
    assert_int_equal(vt_radial_compute(atoms, &around, &g, row, &err), VT_OK);
    double sum = 0;
    for (int k = 0; k < 49; k++) sum += (double)row[k];
    assert_true(fabs((double)row[8] - 1) < 1e-6); /* r = 1.00 */
    assert_true(fabs(sum - sqrt(ANGLE)) < 1e-6);  /* 2.5066 */
    for (int k = 49; k < 98; k++) assert_true(row[k] == 0);
    vt_atoms_destroy(atoms);
}

static double angular_of(const seen *j, const seen *k, const vt_angular_set *s) {
    double dot = 0, between = 0;
    for (int d = 0; d < 3; d++) {
        dot += j->r[d] * k->r[d];
        between += (j->r[d] - k->r[d]) * (j->r[d] - k->r[d]);
    }
    double square = j->length * j->length + k->length * k->length + between;
    return exp(-square / (s->xi * s->xi)) *
           pow(1 + s->lambda * dot / (j->length * k->length), s->zeta);
}

static void angular_functions_are_their_sums(void **state) {
    (void)state;
    static seen neighbor[MOST];
    static const vt_angular_set SET[] = {{3, 1, 1}, {3, -1, 4}, {5, 0.5, 2.5}, {2, 1, 0}};
    enum { SETS = 4 };
    const vt_angular g = {4.1, SET, SETS};
    float out[3 * 3 * SETS];
    const int32_t centers[3] = {0, 17, 41};
    vt_surroundings around = {2, SPECIES, centers, 3};
    vt_error err = {0};
    assert_int_equal(vt_angular_features(&around, &g), 3 * SETS);
    for (int number = 0; number < 3; number++) {
        vt_atoms *atoms = sample(number);
        assert_int_equal(vt_angular_compute(atoms, &around, &g, out, &err), VT_OK);
        for (size_t c = 0; c < 3; c++) {
            double sum[3 * SETS] = {0};
            size_t count = look(atoms, (size_t)centers[c], g.cutoff, neighbor);
            for (size_t j = 0; j < count; j++)
                for (size_t k = 0; k < count; k++) {
                    if (j == k || neighbor[j].kind > neighbor[k].kind) continue;
                    size_t pair = neighbor[j].kind + neighbor[k].kind;
                    for (size_t s = 0; s < SETS; s++)
                        sum[pair * SETS + s] += angular_of(&neighbor[j], &neighbor[k], &SET[s]);
                }
            for (size_t f = 0; f < 3 * SETS; f++)
                assert_true(fabs(sum[f] - (double)out[c * 3 * SETS + f]) <=
                            ANGULAR_TOLERANCE * sum[f]);
        }
        vt_atoms_destroy(atoms);
    }
}

static void wrong_settings_are_named(void **state) {
    (void)state;
    static const double SCALE[4] = {1, 1, 1, 1}, ZERO[4] = {1, 0, 1, 1};
    vt_atoms *atoms = sample(0);
    const int32_t center = 0, none = ATOMS;
    vt_surroundings around = {2, SPECIES, &center, 1};
    static const vt_radial right = {0.6, 0.05, 49, 0.05, 3, SCALE};
    float row[98];
    vt_error err = {0};
    vt_radial g = right;
    g.sigma = NAN;
    assert_int_equal(vt_radial_compute(atoms, &around, &g, row, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "sigma is nan"));
    g = right;
    g.scale = ZERO;
    assert_int_equal(vt_radial_compute(atoms, &around, &g, row, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "distances from Cu to Zr are divided by is 0"));
    g = right;
    g.cutoff = 1e5;
    assert_int_equal(vt_radial_compute(atoms, &around, &g, row, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "images"));
    around.species_count = 1;
    assert_int_equal(vt_radial_compute(atoms, &around, &right, row, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "atoms of species Zr; this descriptor is for Cu"));
    around.species_count = 2;
    around.centers = &none;
    assert_int_equal(vt_radial_compute(atoms, &around, &right, row, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "center 1 is atom 61; there are atoms 1 to 60"));
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radial_functions_are_their_sums),
        cmocka_unit_test(one_neighbor),
        cmocka_unit_test(angular_functions_are_their_sums),
        cmocka_unit_test(wrong_settings_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

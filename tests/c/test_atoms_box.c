/* The box: fractional coordinates, shape, heights, and every refusal. */
#include "fixture.h"

/* A few roundings of numbers of the size of the box. */
static const double ROUNDING = 1e-12;

static vt_box skewed(void) {
    vt_box box = {.origin = {-3.7, 2.385, 11.1},
                  .h = {{17.3, 0.4, -1.1}, {3.9, 14.2, 0.7}, {-5.3, 2.2, 19.6}},
                  .periodic = {true, true, true}};
    return box;
}

static void fractional_coordinates_invert(void **state) {
    (void)state;
    vt_box box = skewed();
    double s[3] = {0.127, -3.61, 7.9}, r[3], back[3];
    vt_box_cartesian(&box, s, r);
    vt_box_fractional(&box, r, back);
    for (int k = 0; k < 3; k++) assert_true(fabs(back[k] - s[k]) < ROUNDING);
    double inverse[3][3];
    vt_box_inverse(&box, inverse);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double sum = 0;
            for (int k = 0; k < 3; k++) sum += box.h[i][k] * inverse[k][j];
            assert_true(fabs(sum - (i == j)) < ROUNDING);
        }
}

static void heights_times_faces_are_the_volume(void **state) {
    (void)state;
    vt_box box = skewed();
    double heights[3], volume = vt_box_volume(&box);
    vt_box_heights(&box, heights);
    for (int k = 0; k < 3; k++) {
        const double *u = box.h[(k + 1) % 3], *v = box.h[(k + 2) % 3];
        double face = sqrt(pow(u[1] * v[2] - u[2] * v[1], 2) + pow(u[2] * v[0] - u[0] * v[2], 2) +
                           pow(u[0] * v[1] - u[1] * v[0], 2));
        assert_true(fabs(heights[k] * face / volume - 1) < ROUNDING);
    }
}

static void shape_round_trip_turns_into_lammps_form(void **state) {
    (void)state;
    vt_box box = skewed(), turned = box;
    double lengths[3], angles[3], again[3], angles_again[3];
    vt_error err = {0};
    assert_false(vt_box_is_lammps(&box));
    vt_box_shape(&box, lengths, angles);
    assert_int_equal(vt_box_set_shape(&turned, lengths, angles, &err), VT_OK);
    assert_true(vt_box_is_lammps(&turned));
    vt_box_shape(&turned, again, angles_again);
    for (int k = 0; k < 3; k++) {
        assert_true(fabs(again[k] - lengths[k]) < 1e-12 * lengths[k]);
        assert_true(fabs(angles_again[k] - angles[k]) < 1e-11);
    }
    /* A rotation keeps the volume. */
    assert_true(fabs(vt_box_volume(&turned) / vt_box_volume(&box) - 1) < ROUNDING);
    /* Right angles leave no tilt at all. */
    double right[3] = {90, 90, 90};
    assert_int_equal(vt_box_set_shape(&turned, lengths, right, &err), VT_OK);
    assert_true(turned.h[1][0] == 0 && turned.h[2][0] == 0 && turned.h[2][1] == 0);
}

static void refuse(vt_box box, const char *part) {
    vt_error err = {0};
    assert_int_equal(vt_box_check(&box, &err), VT_EINVAL);
    CHECK_MESSAGE(err, part);
}

static void bad_boxes_are_refused(void **state) {
    (void)state;
    refuse(vt_box_orthogonal(10, 0, 10), "vector b has length 0");
    refuse(vt_box_orthogonal(10, NAN, 10), "component 2 of cell vector b is nan");
    refuse(vt_box_orthogonal(10, 10, -10), "left-handed (volume -1000 A^3)");
    refuse(vt_box_orthogonal(9, 1e19, 9), "vector b is 1e+19 A long; give lengths in angstrom");
    refuse(vt_box_orthogonal(9, 9, 1e-11), "vector c is 1e-11 A long");
    refuse(vt_box_orthogonal(1e200, 9, 9), "vector a is inf A long");
    vt_box flat = skewed();
    for (int k = 0; k < 3; k++) flat.h[2][k] = flat.h[0][k] - 2 * flat.h[1][k];
    refuse(flat, "lie in a plane");
    vt_box far = skewed();
    far.origin[1] = INFINITY;
    refuse(far, "origin component 2 is inf");
}

static void impossible_shapes_are_refused(void **state) {
    (void)state;
    vt_box box = skewed(), before = box;
    vt_error err = {0};
    double lengths[3] = {10, 11, 12}, angles[3] = {60, 60, 150}, negative[3] = {10, -1, 12};
    assert_int_equal(vt_box_set_shape(&box, lengths, angles, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "no cell has the angles 60, 60, 150"));
    assert_int_equal(vt_box_set_shape(&box, negative, angles, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "length of b is -1 A"));
    angles[2] = 180;
    assert_int_equal(vt_box_set_shape(&box, lengths, angles, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "between 0 and 180"));
    assert_memory_equal(&box, &before, sizeof box);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fractional_coordinates_invert),
        cmocka_unit_test(heights_times_faces_are_the_volume),
        cmocka_unit_test(shape_round_trip_turns_into_lammps_form),
        cmocka_unit_test(bad_boxes_are_refused),
        cmocka_unit_test(impossible_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

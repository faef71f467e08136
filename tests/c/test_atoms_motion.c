/* Velocities and displacements at random, affine deformation. */
#include "fixture.h"

#include "vitrum/units.h"

enum { COUNT = 20000 };

/* Many atoms, anywhere. */
static vt_atoms *gas(size_t count) {
    vt_error err = {0};
    vt_packing_options o = vt_packing_defaults();
    o.count = count;
    o.box = vt_box_orthogonal(50, 60, 70);
    o.composition =
        (vt_composition){.count = 2, .species = {{"Cu", 0}, {"Zr", 0}}, .share = {64, 36}};
    vt_atoms *atoms = vt_atoms_random(&o, &err);
    if (atoms == NULL) fail_msg("%s", err.msg);
    return atoms;
}

static void thermalized_atoms_have_the_temperature_and_no_drift(void **state) {
    (void)state;
    vt_error err = {0};
    static const size_t SIZES[] = {1, 2, 3, 251, COUNT};
    for (size_t k = 0; k < 5; k++) {
        vt_atoms *atoms = gas(SIZES[k]);
        REQUIRE_OK(vt_atoms_thermalize(atoms, 2385, 7, &err), err);
        CHECK_NEAR(vt_atoms_temperature(atoms), 2385, 1e-12 * 2385); /* a few roundings */
        double p[3] = {0, 0, 0}, scale = 0;
        for (size_t i = 0; i < atoms->count; i++) {
            double m = atoms->species[atoms->type[i]].mass;
            p[0] += m * atoms->vx[i];
            p[1] += m * atoms->vy[i];
            p[2] += m * atoms->vz[i];
            scale += m * fabs(atoms->vx[i]);
        }
        for (int j = 0; j < 3 && SIZES[k] > 1; j++) CHECK_NEAR(p[j], 0, 1e-12 * scale);
        vt_atoms_destroy(atoms);
    }
}

/* u = v / sqrt(k T / m) is standard normal: n = 3 x 20000 numbers. The mean scatters by
   1/sqrt(n) = 0.0041, the variance by sqrt(2/n) = 0.0058 (here it is fixed by the scaling but for
   each species), the fourth moment by sqrt(96/n) = 0.040 about 3, and |mean of u_x u_y| by
   1/sqrt(20000) = 0.0071. Five standard deviations are allowed. */
static void velocities_are_maxwell_distributed(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = gas(COUNT);
    REQUIRE_OK(vt_atoms_thermalize(atoms, 300, 1, &err), err);
    double mean = 0, square[2] = {0, 0}, fourth = 0, cross = 0;
    size_t n[2] = {0, 0};
    for (size_t i = 0; i < COUNT; i++) {
        int t = atoms->type[i];
        double sigma = sqrt(VT_BOLTZMANN * 300 / (atoms->species[t].mass * VT_MASS_VELOCITY2));
        double u[3] = {atoms->vx[i] / sigma, atoms->vy[i] / sigma, atoms->vz[i] / sigma};
        n[t] += 3;
        cross += u[0] * u[1];
        for (int k = 0; k < 3; k++) {
            mean += u[k];
            square[t] += u[k] * u[k];
            fourth += pow(u[k], 4);
        }
    }
    double all = 3 * COUNT;
    CHECK_NEAR(mean / all, 0, 5 * 0.0041);
    CHECK_NEAR(square[0] / (double)n[0], 1, 5 * sqrt(2 / (double)n[0]));
    CHECK_NEAR(square[1] / (double)n[1], 1, 5 * sqrt(2 / (double)n[1]));
    CHECK_NEAR(fourth / all, 3, 5 * 0.040);
    CHECK_NEAR(cross / COUNT, 0, 5 * 0.0071);
    vt_atoms_destroy(atoms);
}

/* A number belongs to an id, not to a place in memory. */
static void velocities_follow_the_ids(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = random_glass(101, 0, 5, "Cu", "Zr");
    int32_t order[101];
    for (int32_t k = 0; k < 101; k++) order[k] = (k * 37 + 5) % 101;
    vt_atoms *mixed = vt_atoms_permuted(atoms, order, 101, &err);
    REQUIRE_OK(vt_atoms_thermalize(atoms, 300, 1, &err), err);
    REQUIRE_OK(vt_atoms_thermalize(mixed, 300, 1, &err), err);
    for (size_t k = 0; k < 101; k++) /* drift and scale are summed in another order */
        CHECK_NEAR(mixed->vy[k], atoms->vy[order[k]], 1e-12);
    vt_atoms *again = vt_atoms_copy(atoms, &err);
    REQUIRE_OK(vt_atoms_thermalize(again, 300, 1, &err), err);
    assert_memory_equal(again->vx, atoms->vx, 101 * sizeof(double));
    REQUIRE_OK(vt_atoms_thermalize(again, 300, 2, &err), err);
    assert_true(again->vx[0] != atoms->vx[0]);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(mixed);
    vt_atoms_destroy(again);
}

static void bad_temperatures_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = random_glass(10, 0, 5, "Cu", "Zr");
    assert_int_equal(vt_atoms_thermalize(atoms, -1, 1, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the temperature is -1 K");
    assert_int_equal(vt_atoms_thermalize(atoms, NAN, 1, &err), VT_EINVAL);
    assert_int_equal(vt_atoms_thermalize(atoms, 1e300, 1, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "between 0 and 1e+12 K");
    REQUIRE_OK(vt_atoms_thermalize(atoms, 300, 1, &err), err);
    REQUIRE_OK(vt_atoms_thermalize(atoms, 0, 1, &err), err);
    assert_true(vt_atoms_temperature(atoms) == 0);
    assert_int_equal(vt_atoms_rattle(atoms, -0.1, 1, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "amplitude is -0.1 A");
    REQUIRE_OK(vt_atoms_resize(atoms, 0, &err), err);
    assert_int_equal(vt_atoms_thermalize(atoms, 300, 1, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "no atoms");
    vt_atoms_destroy(atoms);
}

static void rattling_has_its_amplitude(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = gas(COUNT), *before = vt_atoms_copy(atoms, &err);
    REQUIRE_OK(vt_atoms_rattle(atoms, 0.113, 9, &err), err);
    double sum = 0;
    for (size_t i = 0; i < COUNT; i++)
        sum += pow(atoms->x[i] - before->x[i], 2) + pow(atoms->y[i] - before->y[i], 2) +
               pow(atoms->z[i] - before->z[i], 2);
    /* Five standard deviations of the mean of 60000 squares. */
    CHECK_NEAR(sum / (3 * COUNT) / (0.113 * 0.113), 1, 5 * sqrt(2.0 / (3 * COUNT)));
    double d[3] = {1, -2, 3};
    double x = atoms->x[17], z = atoms->z[17];
    vt_atoms_displace(atoms, d);
    assert_true(atoms->x[17] == x + 1 && atoms->z[17] == z + 3);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(before);
}

/* Elongations scale, and each shear moves one coordinate by another: on the corners of a cube. */
static void strains_move_points_as_they_say(void **state) {
    (void)state;
    const double strain[6] = {0.1, 0.2, 0.3, 0.01, 0.02, 0.03};
    double F[3][3];
    vt_strain_to_gradient(strain, F);
    for (int corner = 0; corner < 8; corner++) {
        double x = corner & 1, y = corner >> 1 & 1, z = corner >> 2;
        const double r[3] = {x, y, z};
        const double moved[3] = {1.1 * x + 0.03 * y + 0.02 * z, 1.2 * y + 0.01 * z, 1.3 * z};
        for (int k = 0; k < 3; k++)
            CHECK_NEAR(F[k][0] * r[0] + F[k][1] * r[1] + F[k][2] * r[2], moved[k], 1e-15);
    }
}

/* Its trace is twice the kinetic energy; of one atom every component is m v v. */
static void the_kinetic_tensor_belongs_to_the_energy(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *glass = random_glass(60, 1.5, 7, "Cu", "Zr");
    REQUIRE_OK(vt_atoms_thermalize(glass, 800, 3, &err), err);
    double sum[6] = {1, 2, 3, 0, 0, 0};
    vt_atoms_add_kinetic(glass, sum);
    double energy = vt_atoms_kinetic_energy(glass);
    CHECK_NEAR(sum[0] + sum[1] + sum[2] - 6, 2 * energy, 1e-12 * energy);
    vt_atoms_destroy(glass);
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *one = vt_atoms_create(1, &box, &err);
    assert_true(vt_atoms_add_species(one, "Cu", 63.5, &err) == 0);
    one->vx[0] = 2, one->vy[0] = 3, one->vz[0] = 5;
    double k[6] = {0};
    vt_atoms_add_kinetic(one, k);
    const double expected[6] = {4, 9, 25, 15, 10, 6};
    for (int c = 0; c < 6; c++) CHECK_NEAR(k[c], VT_MASS_VELOCITY2 * 63.5 * expected[c], 1e-15);
    CHECK_NEAR(vt_atoms_density(one), 63.5 * VT_GRAM_PER_CM3 / 1000, 1e-15);
    vt_atoms_destroy(one);
}

static void deformation_keeps_fractional_coordinates(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = random_glass(30, 0, 5, "Cu", "Zr"), *before = vt_atoms_copy(atoms, &err);
    const double F[3][3] = {{1.02, 0.03, -0.01}, {0.005, 0.97, 0.02}, {0, -0.04, 1.01}};
    double det = F[0][0] * (F[1][1] * F[2][2] - F[1][2] * F[2][1]) -
                 F[0][1] * (F[1][0] * F[2][2] - F[1][2] * F[2][0]) +
                 F[0][2] * (F[1][0] * F[2][1] - F[1][1] * F[2][0]);
    REQUIRE_OK(vt_atoms_deform(atoms, F, &err), err);
    CHECK_NEAR(vt_box_volume(&atoms->box) / vt_box_volume(&before->box), det, 1e-13);
    for (size_t i = 0; i < 30; i++) {
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]}, s[3];
        double q[3] = {before->x[i], before->y[i], before->z[i]}, t[3];
        vt_box_fractional(&atoms->box, r, s);
        vt_box_fractional(&before->box, q, t);
        for (int k = 0; k < 3; k++) CHECK_NEAR(s[k], t[k], 1e-13);
        double y =
            F[1][0] * (q[0] - 0.31) + F[1][1] * (q[1] + 1.7) + F[1][2] * (q[2] - 2.385) - 1.7;
        CHECK_NEAR(atoms->y[i], y, 1e-13 * 20);
    }
    const double flat[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 1, 0}};
    double x = atoms->x[4];
    assert_int_equal(vt_atoms_deform(atoms, flat, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "lie in a plane");
    assert_true(atoms->x[4] == x);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thermalized_atoms_have_the_temperature_and_no_drift),
        cmocka_unit_test(velocities_are_maxwell_distributed),
        cmocka_unit_test(velocities_follow_the_ids),
        cmocka_unit_test(bad_temperatures_are_refused),
        cmocka_unit_test(rattling_has_its_amplitude),
        cmocka_unit_test(deformation_keeps_fractional_coordinates),
        cmocka_unit_test(strains_move_points_as_they_say),
        cmocka_unit_test(the_kinetic_tensor_belongs_to_the_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

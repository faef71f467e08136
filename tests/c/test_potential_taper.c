/* The taper of EAM functions: what it changes, what it leaves, and that nothing jumps any more. */
#include "eam_fixture.h"

/* Both functions of distance end with a jump at the cutoff. */
static const eam_model JUMPS = {.finnis_sinclair = true, .end = 9};
static const double TAPER = 0.4;

/* Cu at the origin and Zr at distance r along x; energy, and the force on Zr along x. */
typedef struct {
    vt_atoms *atoms;
    vt_system *system;
} pair;

static pair pair_create(const vt_potential *potential) {
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(40, 40, 40);
    vt_atoms *a = vt_atoms_create(2, &box, &err);
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "Cu", 63.5, &err), 0);
    assert_int_equal(vt_atoms_add_species(a, "Zr", 91.2, &err), 1);
    a->type[1] = 1;
    for (int i = 0; i < 2; i++) a->x[i] = a->y[i] = a->z[i] = 10;
    return (pair){a, system_create(a, potential, -1, VT_PRECISION_DOUBLE)};
}

static double pair_energy(const pair *p, double r, double *force) {
    vt_error err = {0};
    vt_result result;
    p->atoms->x[1] = 10 + r;
    REQUIRE_OK(evaluate_atoms(p->system, VT_WANT_ENERGY, &result, &err), err);
    if (force != NULL) *force = p->atoms->fx[1];
    return result.energy;
}

static void pair_destroy(pair *p) {
    vt_system_destroy(p->system);
    vt_atoms_destroy(p->atoms);
}

/* The switch as the header states it. */
static double falling(double r) {
    double x = 1 - (EAM_CUTOFF - r) / TAPER;
    return x <= 0 ? 1 : x >= 1 ? 0 : 1 - pow(x, 3) * (10 - 15 * x + 6 * x * x);
}

static double expected_energy(double r) {
    double w = falling(r);
    return eam_pair(&JUMPS, 0, 1, r) * w + eam_embedding(0, eam_density(&JUMPS, 1, 0, r) * w) +
           eam_embedding(1, eam_density(&JUMPS, 0, 1, r) * w);
}

static void energies_are_those_of_the_functions_times_the_switch(void **state) {
    (void)state;
    vt_potential *potential = eam_create(&JUMPS, TAPER);
    CHECK_NEAR(vt_potential_taper(potential), TAPER, 0);
    CHECK_NEAR(vt_potential_cutoff(potential), EAM_CUTOFF, 0);
    pair p = pair_create(potential);
    for (double r = 5.2; r < 6.3; r += 0.013) {
        double force, h = 1e-4;
        double energy = pair_energy(&p, r, &force);
        /* Tables of kernels are good to 1e-9 of a density and 5e-9 eV/angstrom. */
        CHECK_NEAR(energy, r < EAM_CUTOFF ? expected_energy(r) : 0, 3e-8);
        double slope = (pair_energy(&p, r + h, NULL) - pair_energy(&p, r - h, NULL)) / (2 * h);
        CHECK_NEAR(force, -slope, 3e-6);
    }
    pair_destroy(&p);
    vt_potential_destroy(potential);
}

/* Slopes of the closed forms at the cutoff, which go on beyond it. */
static double expected_jump(void) {
    const double h = 1e-4, half = 0.5 * EAM_DENSEST;
    double most = 0;
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            double of[2],
                at_a = (eam_embedding(a, half + h) - eam_embedding(a, half - h)) / (2 * h),
                at_b = (eam_embedding(b, half + h) - eam_embedding(b, half - h)) / (2 * h);
            for (int k = 0; k < 2; k++) {
                double r = EAM_CUTOFF + (k == 0 ? -h : h);
                of[k] = eam_pair(&JUMPS, a, b, r) + at_a * eam_density(&JUMPS, b, a, r) +
                        at_b * eam_density(&JUMPS, a, b, r);
            }
            most = fmax(most, fabs(of[1] - of[0]) / (2 * h));
        }
    return most;
}

/* Force and its derivative run into zero at the cutoff, and into the file's own functions where the
   taper begins; without a taper the force jumps. */
static void forces_and_curvature_end_without_a_jump(void **state) {
    (void)state;
    vt_potential *tapered = eam_create(&JUMPS, TAPER), *raw = eam_create(&JUMPS, 0);
    assert_string_equal(vt_potential_sha256(tapered), vt_potential_sha256(raw));
    CHECK_NEAR(vt_potential_taper(raw), 0, 0);
    CHECK_NEAR(vt_potential_jump(tapered), 0, 0);
    /* At the end of a table slopes are differences to one side. */
    CHECK_NEAR(vt_potential_jump(raw), expected_jump(), 1e-5);
    pair t = pair_create(tapered), u = pair_create(raw);
    double force, other, end = EAM_CUTOFF - 1e-3;
    pair_energy(&u, end, &force);
    assert_true(fabs(force) > 5e-3);
    pair_energy(&t, end, &force);
    assert_true(fabs(force) < 1e-4); /* 30/0.4 (1e-3/0.4)^2 times the energy there */
    pair_energy(&t, end - 1e-4, &other);
    assert_true(fabs(other - force) / 1e-4 < 0.2);
    double begin = EAM_CUTOFF - TAPER;
    for (double r = 3; r < begin; r += 0.1) {
        pair_energy(&t, r, &force);
        pair_energy(&u, r, &other);
        CHECK_NEAR(force, other, 3e-8);
    }
    pair_energy(&t, begin + 1e-3, &force);
    pair_energy(&u, begin + 1e-3, &other);
    CHECK_NEAR(force, other, 2e-5);
    pair_destroy(&t);
    pair_destroy(&u);
    vt_potential_destroy(tapered);
    vt_potential_destroy(raw);
}

static void wrong_tapers_are_refused(void **state) {
    (void)state;
    static const double WRONG[] = {-0.1, 6, 7, NAN, INFINITY};
    vt_error err = {0};
    const char *path = "test_taper.eam", *paths[] = {path};
    eam_write(&JUMPS, path);
    for (size_t k = 0; k < sizeof WRONG / sizeof *WRONG; k++) {
        const vt_eam_options options = {.taper = WRONG[k]};
        assert_null(vt_potential_eam_mix(paths, 1, &options, &err));
        assert_int_equal(err.code, VT_EINVAL);
        CHECK_MESSAGE(err, "must be at least 0 and shorter than the cutoff, 6 A, got ");
    }
    remove(path);
}

int main(void) {
    vt_threads_set(1, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energies_are_those_of_the_functions_times_the_switch),
        cmocka_unit_test(forces_and_curvature_end_without_a_jump),
        cmocka_unit_test(wrong_tapers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

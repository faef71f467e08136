/* Strain rates: the box follows its path exactly, atoms follow the box, work is energy. */
#include "dynamics_fixture.h"

/* A gas without forces: the range of its interaction is real, its strength is nothing. */
static vt_potential *no_potential(void) {
    vt_error err = {0};
    vt_lj_options o = vt_lj_kob_andersen(1e-40, 2.5, 60.0);
    vt_potential *p = vt_potential_lj_create(&o, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    return p;
}

static vt_md_plan strain_plan(const vt_md *md, int k, double rate, bool true_strain,
                              int64_t steps) {
    vt_md_plan plan = vt_md_plan_defaults(md);
    plan.deform[k] = true;
    plan.strain_rate[k] = rate;
    plan.true_strain = true_strain;
    plan.steps = steps;
    return plan;
}

static void strain(vt_md *md, int k, double rate, bool true_strain, int64_t steps) {
    vt_error err = {0};
    vt_md_plan plan = strain_plan(md, k, rate, true_strain, steps);
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    REQUIRE_OK(vt_md_run(md, steps, &err), err);
}

/* ---------------------------------------------------------------- the path ---- */

static void axes_follow_the_path_exactly(void **state) {
    (void)state;
    vt_potential *lj = lj_potential();
    for (int true_strain = 0; true_strain < 2; true_strain++) {
        vt_atoms *atoms = lj_crystal(3, 300, 5);
        double length = atoms->box.h[2][2];
        vt_md_options o = ensemble("n0", 300);
        vt_md *md = md_create(lj, atoms, &o);
        double time = 0;
        for (int piece = 0; piece < 3; piece++) {
            strain(md, VT_ZZ, 0.07, true_strain, 40);
            time += 40 * o.timestep;
            double e = 0.07 * time, expected = length * (true_strain ? exp(e) : 1 + e);
            /* No more than the rounding of the product itself. */
            CHECK_NEAR(atoms->box.h[2][2], expected, 4e-15 * length);
            vt_md_sample s;
            vt_error err = {0};
            REQUIRE_OK(vt_md_measure(md, &s, &err), err);
            CHECK_NEAR(s.strain, e, 1e-15);
        }
        /* Turned around, strain goes on from where it is. */
        strain(md, VT_ZZ, -0.07, true_strain, 120);
        CHECK_NEAR(atoms->box.h[2][2], length, 1e-14 * length);
        CHECK_NEAR(atoms->box.h[0][0], length, 0);
        md_destroy(md);
        vt_atoms_destroy(atoms);
    }
    vt_potential_destroy(lj);
}

static void shear_tilts_the_box(void **state) {
    (void)state;
    static const int ROW[3] = {2, 2, 1}, COLUMN[3] = {1, 0, 0};
    vt_potential *lj = lj_potential();
    for (int k = VT_YZ; k <= VT_XY; k++) {
        vt_atoms *atoms = lj_crystal(3, 300, 5);
        vt_md_options o = ensemble("n0", 300);
        vt_md *md = md_create(lj, atoms, &o);
        strain(md, k, 0.5, false, 400);
        int row = ROW[k - VT_YZ], col = COLUMN[k - VT_YZ];
        double height = atoms->box.h[row][row];
        /* 0.4 of shear in 400 steps, each with its rounding; no flip back. */
        CHECK_NEAR(atoms->box.h[row][col], 0.5 * 400 * o.timestep * height, 1e-12);
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++)
                if (r != c && !(r == row && c == col)) CHECK_NEAR(atoms->box.h[r][c], 0, 0);
        md_destroy(md);
        vt_atoms_destroy(atoms);
    }
    vt_potential_destroy(lj);
}

/* Atoms at rest without forces keep their fractional coordinates under any flow. */
static void atoms_follow_the_box(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *none = no_potential();
    vt_atoms *atoms = lj_crystal(3, 0, 5);
    double before[108][3];
    for (size_t i = 0; i < atoms->count; i++) {
        const double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        vt_box_fractional(&atoms->box, r, before[i]);
    }
    vt_md_options o = ensemble("00", 0);
    vt_md *md = md_create(none, atoms, &o);
    vt_md_plan plan = vt_md_plan_defaults(md);
    static const double RATE[6] = {0.2, -0.1, 0.15, 0.11, -0.3, 0.4};
    for (int k = 0; k < 6; k++) {
        plan.deform[k] = true;
        plan.strain_rate[k] = RATE[k];
    }
    plan.steps = 300;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    REQUIRE_OK(vt_md_run(md, plan.steps, &err), err);
    assert_true(fabs(atoms->box.h[2][0]) > 1);
    for (size_t i = 0; i < atoms->count; i++) {
        double s[3], r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        const int32_t image[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
        vt_box_fractional(&atoms->box, r, s);
        for (int k = 0; k < 3; k++) CHECK_NEAR(s[k] + image[k], before[i][k], 1e-12);
    }
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(none);
}

/* ---------------------------------------------------------------- velocities ---- */

/* p' = -G p without forces: v_z goes with 1/L, and under shear v_x loses gamma v_y. */
static void free_particles_in_a_flow(void **state) {
    (void)state;
    vt_potential *none = no_potential();
    vt_atoms *atoms = lj_crystal(3, 900, 5), *start = vt_atoms_copy(atoms, NULL);
    vt_md_options o = ensemble("00", 0);
    vt_md *md = md_create(none, atoms, &o);
    strain(md, VT_ZZ, 0.5, false, 500); /* to 1.5 of the length */
    for (size_t i = 0; i < atoms->count; i++) {
        CHECK_NEAR(atoms->vz[i], start->vz[i] / 1.5, 1e-11);
        CHECK_NEAR(atoms->vx[i], start->vx[i], 1e-11);
    }
    strain(md, VT_XY, 0.5, false, 500);
    for (size_t i = 0; i < atoms->count; i++) {
        CHECK_NEAR(atoms->vx[i], start->vx[i] - 0.5 * start->vy[i], 1e-11);
        CHECK_NEAR(atoms->vy[i], start->vy[i], 1e-11);
    }
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(start);
    vt_potential_destroy(none);
}

/* ---------------------------------------------------------------- work ---- */

/* Energy change of an isolated liquid in a flow and the work integral of V sigma : G dt over its
   samples. */
static void flow_work(int k, double timestep, double *change, double *difference) {
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, 1500, 5);
    vt_md_options o = ensemble("00", 0);
    vt_md *md = md_create(lj, atoms, &o);
    md_run(md, 200, 0);
    md_destroy(md);
    o.timestep = timestep;
    md = md_create(lj, atoms, &o);
    const double rate = 0.4;
    vt_md_plan plan = strain_plan(md, k, rate, true, lround(0.5 / timestep));
    plan.sample_interval = 1;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    REQUIRE_OK(vt_md_run(md, plan.steps, &err), err);
    const vt_md_sample *s = vt_md_samples(md);
    size_t last = vt_md_sample_count(md) - 1;
    double work = 0;
    for (size_t i = 0; i <= last; i++)
        work += (i == 0 || i == last ? 0.5 : 1) * s[i].stress[k] * s[i].volume * rate * timestep;
    *change = s[last].total_energy - s[0].total_energy;
    *difference = *change - work;
    /* The object's own account says the same. */
    CHECK_NEAR(s[last].conserved - s[0].conserved, *difference, 0.02 * fabs(*change));
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

static void work_is_the_change_of_energy(void **state) {
    (void)state;
    for (int k = 0; k < 6; k++) {
        double change, coarse, fine;
        flow_work(k, 0.004, &change, &coarse);
        flow_work(k, 0.001, &change, &fine);
        /* Shear heats the liquid of 100 eV by several eV. The rest goes with the square of the
           step; at 1 fs it is below 1 meV per eV of work and cannot be told from round-off of the
           trajectory. */
        assert_true(fabs(change) > 1);
        if (!(fabs(fine) < 3e-3 * fabs(change)))
            fail_msg("component %d: %g of %g eV unaccounted for", k, fine, change);
        if (!(fabs(coarse) < 0.05 * fabs(change)))
            fail_msg("component %d at 4 fs: %g of %g eV unaccounted for", k, coarse, change);
    }
}

/* ---------------------------------------------------------------- tension ---- */

/* Pulled along z with free sides: no lateral stress, contraction, positive axial stress. */
static void tension_with_free_sides(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, 100, 5);
    vt_md_options o = ensemble("na", 100);
    o.stress_damping = 0.3;
    vt_md *md = md_create(lj, atoms, &o);
    md_run(md, 2000, 0); /* to zero stress */
    const double x0 = atoms->box.h[0][0], z0 = atoms->box.h[2][2];
    vt_md_plan plan = strain_plan(md, VT_ZZ, 0.004, false, 2500);
    plan.sample_interval = 5;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    REQUIRE_OK(vt_md_run(md, plan.steps, &err), err);
    CHECK_NEAR(atoms->box.h[2][2] / z0, 1.02, 1e-13);
    double mean[3] = {0, 0, 0};
    size_t n = vt_md_sample_count(md), half = n / 2;
    for (size_t i = half; i < n; i++)
        for (int k = 0; k < 3; k++)
            mean[k] += vt_md_samples(md)[i].stress[k] * VT_GPA / (double)(n - half);
    assert_true(mean[VT_ZZ] > 0.2);
    /* Against 0.4 GPa along z. The sides follow with a lag of 0.3 ps, in which the axis gains 1e-3
       of strain: 0.02 GPa of lateral stress at Poisson's ratio of a third. */
    CHECK_NEAR(mean[VT_XX], 0, 0.02);
    CHECK_NEAR(mean[VT_YY], 0, 0.02);
    double contraction = 1 - atoms->box.h[0][0] / x0;
    assert_true(contraction > 0.002 && contraction < 0.02);
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

/* ---------------------------------------------------------------- failures ---- */

/* Crushing ends with an error that names step and axis, and a frame from before. */
static void a_crushed_box_falls_back(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *none = no_potential();
    vt_atoms *atoms = lj_crystal(3, 300, 5);
    vt_md_options o = ensemble("00", 0);
    vt_md *md = md_create(none, atoms, &o);
    vt_md_plan plan = strain_plan(md, VT_YY, -0.9, true, 2000);
    plan.sample_interval = 10;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    assert_int_equal(vt_md_run(md, plan.steps, &err), VT_EDIVERGED);
    CHECK_MESSAGE(err, "the imposed strain made the box");
    CHECK_MESSAGE(err, "along b in step");
    CHECK_MESSAGE(err, "the atoms are back at step");
    int64_t step = vt_md_step(md);
    assert_int_equal(step % 100, 0);
    assert_true(step > 0);
    vt_md_sample s;
    REQUIRE_OK(vt_md_measure(md, &s, &err), err);
    assert_int_equal((int64_t)s.step, step);
    CHECK_NEAR(s.length[1], 3 * 2.5 * cbrt(4 / 1.2) * exp(-0.9 * s.time), 1e-12);
    assert_int_equal(vt_md_sample_count(md), (size_t)step / 10 + 1);
    REQUIRE_OK(vt_atoms_check(atoms, &err), err);
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(none);
}

/* After a crush every atom is again what it was in a run that stops before: place, velocity, mass,
   and species, on which the energy depends. Between the last sorting in space and the frame to fall
   back to the order of the atoms changed. */
static void falling_back_restores_each_atom(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, 900, 5), *other;
    atoms->species[1].mass = 20;
    REQUIRE_OK(vt_atoms_thermalize(atoms, 900, 5, &err), err);
    other = vt_atoms_copy(atoms, &err);
    vt_md_options o = ensemble("l0", 900);
    vt_md *crushed = md_create(lj, atoms, &o), *stopped = md_create(lj, other, &o);
    strain(crushed, VT_YY, -0.2, true, 700); /* several sortings */
    vt_md_plan plan = strain_plan(crushed, VT_YY, -0.9, true, 2000);
    REQUIRE_OK(vt_md_begin(crushed, &plan, &err), err);
    assert_int_equal(vt_md_run(crushed, plan.steps, &err), VT_EDIVERGED);
    CHECK_MESSAGE(err, "the atoms are back at step");
    assert_true(vt_md_step(crushed) > 700);
    strain(stopped, VT_YY, -0.2, true, 700);
    strain(stopped, VT_YY, -0.9, true, vt_md_step(crushed) - 700);
    vt_md_sample now, then;
    REQUIRE_OK(vt_md_measure(crushed, &now, &err), err);
    REQUIRE_OK(vt_md_measure(stopped, &then, &err), err);
    /* The lists were built at other moments: sums have another order. */
    CHECK_NEAR(now.potential_energy, then.potential_energy, 1e-10 * fabs(then.potential_energy));
    CHECK_NEAR(now.kinetic_energy, then.kinetic_energy, 1e-12 * then.kinetic_energy);
    CHECK_NEAR(atoms->box.h[1][1], other->box.h[1][1], 0);
    double *const moving[] = {atoms->vx, atoms->vy, atoms->vz, atoms->x, atoms->y, atoms->z};
    double *const expected[] = {other->vx, other->vy, other->vz, other->x, other->y, other->z};
    int32_t *const image[] = {atoms->ix, atoms->iy, atoms->iz};
    int32_t *const expected_image[] = {other->ix, other->iy, other->iz};
    for (size_t i = 0; i < atoms->count; i++) {
        assert_int_equal(atoms->id[i], other->id[i]);
        assert_int_equal(atoms->type[i], other->type[i]);
        for (int k = 0; k < 3; k++) {
            CHECK_NEAR(moving[k][i], expected[k][i], 0);
            /* A new list wraps the atoms. */
            double h = atoms->box.h[k][k];
            CHECK_NEAR(moving[k + 3][i] + image[k][i] * h,
                       expected[k + 3][i] + expected_image[k][i] * h, 1e-12);
        }
    }
    md_destroy(crushed);
    md_destroy(stopped);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(other);
    vt_potential_destroy(lj);
}

static void an_explosion_falls_back(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(3, 1500, 5), *start = vt_atoms_copy(atoms, NULL);
    vt_md_options o = ensemble("00", 0);
    o.timestep = 0.08; /* an eighth of the natural time: far beyond stability */
    vt_md *md = md_create(lj, atoms, &o);
    vt_md_plan plan = vt_md_plan_defaults(md);
    plan.steps = 1000;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    assert_int_equal(vt_md_run(md, plan.steps, &err), VT_EDIVERGED);
    CHECK_MESSAGE(err, "timestep of 0.08 ps is too large");
    CHECK_MESSAGE(err, "atom ");
    CHECK_MESSAGE(err, "the atoms are back at step 0");
    vt_atoms_wrap(start);
    for (size_t i = 0; i < atoms->count; i++) {
        CHECK_NEAR(atoms->x[i], start->x[i], 1e-12);
        CHECK_NEAR(atoms->vx[i], start->vx[i], 1e-12);
    }
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(start);
    vt_potential_destroy(lj);
}

static void plans_say_how_much_they_ask_for(void **state) {
    (void)state;
    vt_md_options o = vt_md_defaults();
    vt_md_plan p = {0};
    assert_true(vt_md_plan_stress_change(&o, &p) == 0 && vt_md_plan_fastest_strain(&p) == 0);
    for (int k = 0; k < 6; k++) {
        p.stress[k][0] = 0.5 * k;
        p.stress[k][1] = -0.25 * k;
        p.strain_rate[k] = k % 2 == 0 ? -1e-3 * k : 1e-3 * k;
    }
    o.control[VT_YY] = o.control[VT_YZ] = true; /* 1 and 3 */
    p.deform[VT_ZZ] = p.deform[VT_XZ] = true;   /* 2 and 4 */
    CHECK_NEAR(vt_md_plan_stress_change(&o, &p), 0.75 * 3, 1e-15);
    CHECK_NEAR(vt_md_plan_fastest_strain(&p), 4e-3, 1e-18);
}

static void impossible_plans_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(3, 300, 5);
    vt_md_options o = ensemble("na", 300);
    vt_md *md = md_create(lj, atoms, &o);
    vt_md_plan good = vt_md_plan_defaults(md), plan = good;
    plan.temperature[1] = -3;
    assert_int_equal(vt_md_begin(md, &plan, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the target temperature is -3 K");
    plan = good;
    plan.stress[VT_ZZ][0] = NAN;
    assert_int_equal(vt_md_begin(md, &plan, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the target stress zz is not a finite number");
    plan = strain_plan(md, VT_XX, 50, true, 10);
    assert_int_equal(vt_md_begin(md, &plan, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "a strain rate xx of 5e+13 /s strains the box by 0.1 in one step");
    plan = strain_plan(md, VT_YY, -0.01, false, 100000);
    assert_int_equal(vt_md_begin(md, &plan, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "compresses the box to -1 of its length");
    plan = good;
    plan.steps = -1;
    assert_int_equal(vt_md_begin(md, &plan, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "a run has -1 steps");
    md_destroy(md);

    atoms->box.periodic[0] = false;
    vt_system *system = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    assert_null(vt_md_create(system, &o, &err));
    vt_system_destroy(system);
    CHECK_MESSAGE(err, "the box has a free surface along x");
    o = ensemble("00", 0);
    md = md_create(lj, atoms, &o);
    plan = strain_plan(md, VT_XY, 0.01, false, 10);
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    assert_int_equal(vt_md_run(md, 10, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "free surface along x, so its component xy cannot be strained");
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

int main(void) {
    vt_threads_set(1, NULL); /* small systems: a second thread would cost more than it gives */
    const struct CMUnitTest tests[] = {cmocka_unit_test(axes_follow_the_path_exactly),
                                       cmocka_unit_test(shear_tilts_the_box),
                                       cmocka_unit_test(atoms_follow_the_box),
                                       cmocka_unit_test(free_particles_in_a_flow),
                                       cmocka_unit_test(work_is_the_change_of_energy),
                                       cmocka_unit_test(tension_with_free_sides),
                                       cmocka_unit_test(a_crushed_box_falls_back),
                                       cmocka_unit_test(falling_back_restores_each_atom),
                                       cmocka_unit_test(an_explosion_falls_back),
                                       cmocka_unit_test(impossible_plans_are_refused),
                                       cmocka_unit_test(plans_say_how_much_they_ask_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

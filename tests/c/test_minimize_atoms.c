/* Minimization of atoms: what comes out, what is kept, what is refused. */
#include "fixture.h"

#include "minimize/enthalpy.h"
#include "vitrum/minimize.h"

enum { COUNT = 251 };

static vt_potential *kob_andersen(void) {
    /* Argon-like: deep enough that forces are of the order of 0.1 eV/angstrom. */
    vt_lj_options options = vt_lj_kob_andersen(0.1, 2.5, 40);
    options.truncation = VT_LJ_FORCE_SHIFTED; /* smooth, so that gradients are exact */
    vt_error err = {0};
    vt_potential *potential = vt_potential_lj_create(&options, &err);
    assert_non_null(potential);
    return potential;
}

/* Atoms near the sites of a lattice with gaps, every fifth of species B. */
static vt_atoms *disordered(uint64_t seed) {
    const double edge = 2.55; /* angstrom; about 1.2 atoms per sigma^3 minus the gaps */
    vt_box box = {
        {1, -2, 0.5}, {{7 * edge, 0, 0}, {1.3, 6 * edge, 0}, {-0.7, 0.9, 6 * edge}}, {1, 1, 1}};
    vt_error err = {0};
    vt_atoms *atoms = vt_atoms_create(COUNT, &box, &err);
    assert_non_null(atoms);
    vt_atoms_add_species(atoms, "A", 40, &err);
    vt_atoms_add_species(atoms, "B", 40, &err);
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    for (size_t i = 0; i < COUNT; i++) {
        /* 103 has no factor in common with 252 sites, so neighbors in space are far in order. */
        size_t site = (i * 103) % 252;
        double s[3] = {((double)(site % 7) + 0.3 * vt_rng_uniform(&rng)) / 7,
                       ((double)(site / 7 % 6) + 0.3 * vt_rng_uniform(&rng)) / 6,
                       ((double)(site / 42) + 0.3 * vt_rng_uniform(&rng)) / 6};
        double r[3];
        vt_box_cartesian(&box, s, r);
        atoms->x[i] = r[0];
        atoms->y[i] = r[1];
        atoms->z[i] = r[2];
        atoms->type[i] = i % 5 == 4;
        atoms->vx[i] = 0.1 * (double)i;
        atoms->ix[i] = (int32_t)(i % 3);
    }
    return atoms;
}

typedef struct {
    vt_potential *potential;
    vt_atoms *atoms;
} fixture;

static int set_up(void **state) {
    static fixture f;
    /* So few atoms gain nothing from threads. */
    assert_int_equal(vt_threads_set(1, NULL), VT_OK);
    f = (fixture){kob_andersen(), disordered(2385)};
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    vt_atoms_destroy(f->atoms);
    vt_potential_destroy(f->potential);
    return 0;
}

/* A minimizer on a system of its own; one at a time. */
static vt_system *own_system;

static vt_minimizer *minimizer_create(const fixture *f, const vt_minimize_options *options,
                                      vt_error *err) {
    const vt_system_options defaults = vt_system_defaults();
    own_system = vt_system_create(f->atoms, f->potential, &defaults, err);
    if (own_system == NULL) return NULL;
    vt_minimizer *m = vt_minimizer_create(own_system, options, err);
    if (m == NULL) vt_system_destroy(own_system);
    return m;
}

static void minimizer_destroy(vt_minimizer *m) {
    vt_minimizer_destroy(m);
    vt_system_destroy(own_system);
}

/* Energy and virial of the atoms as they are, by a system of its own; forces into them. */
static vt_result computed(const fixture *f) {
    vt_error err = {0};
    vt_result result;
    vt_system *system = system_create(f->atoms, f->potential, -1, VT_PRECISION_DOUBLE);
    vt_status status = evaluate_atoms(system, VT_WANT_ENERGY | VT_WANT_VIRIAL, &result, &err);
    if (status != VT_OK) fail_msg("%s", err.msg);
    vt_system_destroy(system);
    return result;
}

static vt_minimize_report minimized(const fixture *f, const vt_minimize_options *options,
                                    int64_t chunk) {
    vt_error err = {0};
    vt_minimizer *m = minimizer_create(f, options, &err);
    if (m == NULL) fail_msg("%s", err.msg);
    vt_status status = VT_CONTINUE;
    for (int k = 0; k < 5000 && status == VT_CONTINUE; k++)
        status = vt_minimizer_run(m, chunk, &err);
    if (status != VT_DONE) fail_msg("status %d: %s", status, err.msg);
    vt_minimize_report report = *vt_minimizer_report(m);
    minimizer_destroy(m);
    return report;
}

/* ---------------------------------------------------------------- results ---- */

static void every_method_reaches_the_goal(void **state) {
    fixture *f = *state;
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        vt_minimize_options options = vt_minimize_defaults();
        options.method = *name;
        options.fmax = 1e-6;
        vt_atoms_destroy(f->atoms);
        f->atoms = disordered(2385);
        vt_atoms *before = vt_atoms_copy(f->atoms, NULL);
        double start = computed(f).energy;
        vt_minimize_report report = minimized(f, &options, 10000);
        assert_int_equal(report.reason, VT_MINIMIZE_CONVERGED);
        assert_true(report.fmax < options.fmax);
        /* Another summation order: 250 terms of 0.5 eV. */
        assert_true(fabs(report.energy_before - start) < 1e-10);
        assert_true(report.energy < report.energy_before - 1);

        vt_atoms *claimed = vt_atoms_copy(f->atoms, NULL);
        assert_true(fabs(computed(f).energy - report.energy) < 1e-10);
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(fabs(claimed->fx[i] - f->atoms->fx[i]) < 1e-10);
            assert_true(fabs(claimed->fz[i] - f->atoms->fz[i]) < 1e-10);
            assert_true(hypot(hypot(f->atoms->fx[i], f->atoms->fy[i]), f->atoms->fz[i]) < 1.1e-6);
            /* what is not asked for stays: identity, velocities, images */
            assert_int_equal(f->atoms->id[i], before->id[i]);
            assert_int_equal(f->atoms->ix[i], before->ix[i]);
            assert_true(f->atoms->vx[i] == before->vx[i]);
        }
        vt_atoms_destroy(claimed);
        vt_atoms_destroy(before);
    }
}

static void a_run_in_pieces_is_the_same_run(void **state) {
    fixture *f = *state;
    int threads = vt_threads();
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        vt_atoms *first = NULL;
        for (int k = 0; k < 3; k++) {
            vt_threads_set(k + 1, NULL);
            vt_minimize_options options = vt_minimize_defaults();
            options.method = *name;
            options.isotropic = true;
            options.fmax = 1e-2; /* long enough to see a difference */
            vt_atoms_destroy(f->atoms);
            f->atoms = disordered(17);
            minimized(f, &options, k == 0 ? 100000 : k == 1 ? 7 : 1);
            if (k == 0) {
                first = vt_atoms_copy(f->atoms, NULL);
                continue;
            }
            assert_memory_equal(first->x, f->atoms->x, COUNT * sizeof(double));
            assert_memory_equal(first->fz, f->atoms->fz, COUNT * sizeof(double));
            assert_memory_equal(first->box.h, f->atoms->box.h, sizeof first->box.h);
        }
        vt_atoms_destroy(first);
    }
    vt_threads_set(threads, NULL);
}

static void the_end_is_never_above_the_start(void **state) {
    fixture *f = *state;
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++)
        for (int64_t evaluations = 1; evaluations < 60; evaluations += 3) {
            vt_minimize_options options = vt_minimize_defaults();
            options.method = *name;
            options.max_step = 1.5; /* far too long for atoms 2.5 angstrom apart */
            vt_atoms_destroy(f->atoms);
            f->atoms = disordered(3);
            double start = computed(f).energy;
            vt_error err = {0};
            vt_minimizer *m = minimizer_create(f, &options, &err);
            assert_non_null(m);
            assert_int_equal(vt_minimizer_run(m, evaluations, &err), VT_CONTINUE);
            assert_int_equal(vt_minimizer_report(m)->evaluations, evaluations);
            assert_int_equal(vt_minimizer_report(m)->reason, VT_MINIMIZE_EVALUATIONS);
            assert_true(computed(f).energy <= start + 1e-10);
            minimizer_destroy(m);
        }
}

/* ---------------------------------------------------------------- box ---- */

static void the_objective_has_the_gradient_it_claims(void **state) {
    fixture *f = *state;
    vt_minimize_options options = vt_minimize_defaults();
    const double target[6] = {0.01, -0.02, 0.013, 0.004, -0.006, 0.008}; /* eV/angstrom^3 */
    for (int c = 0; c < 6; c++) options.free[c] = true;
    memcpy(options.stress, target, sizeof target);
    vt_error err = {0};
    vt_system *own = system_create(f->atoms, f->potential, -1, VT_PRECISION_DOUBLE);
    vti_enthalpy *h = vti_enthalpy_create(own, &options, &err);
    assert_non_null(h);
    const vti_objective *o = vti_enthalpy_objective(h);
    size_t n = vti_variables(o);
    assert_int_equal(n, 3 * COUNT + 6);
    double *x = vti_vector(o), *g = vti_vector(o), *scratch = vti_vector(o), value;
    vti_enthalpy_read(h, x);
    for (int round = 0; round < 2; round++) {
        /* strained away from the reference, the second time after moving it */
        for (size_t k = 3 * COUNT; k < n; k++) x[k] += 0.3 * (double)(k % 3) - 0.4;
        assert_int_equal(o->evaluate(o->context, x, &value, g, &err), VT_OK);
        for (size_t k = 0; k < n; k += k < 3 * COUNT ? 83 : 1) {
            /* Truncation step^2/6 times a third derivative of 1e2 is 1e-7; rounding
               1e-13/1e-4 is smaller. */
            const double step = 1e-4;
            double keep = x[k], plus, minus;
            x[k] = keep + step;
            assert_int_equal(o->evaluate(o->context, x, &plus, scratch, &err), VT_OK);
            x[k] = keep - step;
            assert_int_equal(o->evaluate(o->context, x, &minus, scratch, &err), VT_OK);
            x[k] = keep;
            assert_true(fabs((plus - minus) / (2 * step) - g[k]) < 2e-6 * (1 + fabs(g[k])));
        }
        double before = value, after;
        assert_int_equal(o->evaluate(o->context, x, &value, g, &err), VT_OK);
        vti_enthalpy_refer(h, x);
        assert_int_equal(o->evaluate(o->context, x, &after, g, &err), VT_OK);
        assert_true(fabs(after - before) < 1e-9); /* the value does not see the reference move */
    }
    vt_free(scratch);
    vt_free(g);
    vt_free(x);
    vti_enthalpy_destroy(h);
    vt_system_destroy(own);
}

/* Stress tolerance of the defaults: 1 MPa in eV/angstrom^3, and a little for the second sum. */
static const double STRESS_TOLERANCE = 6.3e-6;

static void the_box_goes_to_a_pressure(void **state) {
    fixture *f = *state;
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        vt_minimize_options options = vt_minimize_defaults();
        options.method = *name;
        options.isotropic = true;
        for (int c = 0; c < 3; c++) options.stress[c] = -0.02;
        vt_atoms_destroy(f->atoms);
        f->atoms = disordered(5);
        vt_box before = f->atoms->box;
        vt_minimize_report report = minimized(f, &options, 100000);
        assert_int_equal(report.reason, VT_MINIMIZE_CONVERGED);
        vt_result result = computed(f);
        double pressure = (result.virial[0] + result.virial[1] + result.virial[2]) / 3 /
                          vt_box_volume(&f->atoms->box);
        assert_true(fabs(pressure - 0.02) < STRESS_TOLERANCE);
        double change = vt_box_volume(&f->atoms->box) - vt_box_volume(&before);
        assert_true(fabs(report.enthalpy - (result.energy + 0.02 * change)) < 1e-9);
        assert_true(report.enthalpy < report.enthalpy_before);
        /* shape kept */
        double factor = f->atoms->box.h[0][0] / before.h[0][0];
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                assert_true(fabs(f->atoms->box.h[a][b] - factor * before.h[a][b]) < 1e-12);
    }
}

static void the_box_goes_to_any_stress(void **state) {
    fixture *f = *state;
    const double target[6] = {0.001, -0.0015, 0.0005, 0.0002, -0.0003, 0.0004};
    vt_minimize_options options = vt_minimize_defaults();
    for (int c = 0; c < 6; c++) options.free[c] = true;
    memcpy(options.stress, target, sizeof target);
    vt_minimize_report report = minimized(f, &options, 100000);
    assert_int_equal(report.reason, VT_MINIMIZE_CONVERGED);
    vt_result result = computed(f);
    for (int c = 0; c < 6; c++) {
        double stress = -result.virial[c] / vt_box_volume(&f->atoms->box);
        assert_true(fabs(stress - target[c]) < STRESS_TOLERANCE);
        assert_true(fabs(stress - report.stress[c]) < 1e-10);
    }
    assert_true(vt_box_is_lammps(&f->atoms->box));
    assert_true(report.enthalpy < report.enthalpy_before);
}

static void components_not_free_stay(void **state) {
    fixture *f = *state;
    vt_box before = f->atoms->box;
    vt_minimize_options options = vt_minimize_defaults();
    options.free[2] = options.free[5] = true;
    options.stress[2] = 0.001;
    options.stress[5] = -0.0002;
    minimized(f, &options, 100000);
    vt_result result = computed(f);
    const vt_box *box = &f->atoms->box;
    assert_true(fabs(-result.virial[2] / vt_box_volume(box) - 0.001) < STRESS_TOLERANCE);
    assert_true(fabs(-result.virial[5] / vt_box_volume(box) + 0.0002) < STRESS_TOLERANCE);
    assert_true(box->h[0][0] == before.h[0][0] && box->h[1][1] == before.h[1][1]);
    assert_true(box->h[2][2] != before.h[2][2] && box->h[1][0] != before.h[1][0]);
}

/* ---------------------------------------------------------------- edges ---- */

static void a_minimum_costs_one_evaluation(void **state) {
    fixture *f = *state;
    vt_minimize_options options = vt_minimize_defaults();
    options.fmax = 1e-5;
    minimized(f, &options, 100000);
    vt_atoms *before = vt_atoms_copy(f->atoms, NULL);
    options.fmax = 1e-4;
    vt_minimize_report report = minimized(f, &options, 100000);
    assert_int_equal(report.evaluations, 1);
    assert_memory_equal(before->x, f->atoms->x, COUNT * sizeof(double));
    vt_atoms_destroy(before);
}

static void a_goal_beyond_rounding_stalls(void **state) {
    fixture *f = *state;
    const char *const names[] = {"lbfgs", "cg"};
    for (int k = 0; k < 2; k++) {
        vt_atoms_destroy(f->atoms);
        f->atoms = disordered(11);
        vt_minimize_options options = vt_minimize_defaults();
        options.method = names[k];
        options.fmax = 1e-18;
        vt_minimize_report report = minimized(f, &options, 100000);
        assert_int_equal(report.reason, VT_MINIMIZE_STALLED);
        assert_true(report.fmax < 1e-6);
    }
}

static void few_atoms_are_no_special_case(void **state) {
    fixture *f = *state;
    vt_minimize_options options = vt_minimize_defaults();
    for (size_t count = 3; count-- > 0;) {
        vt_atoms_resize(f->atoms, count, NULL);
        vt_minimize_report report = minimized(f, &options, 1000);
        assert_int_equal(report.reason, VT_MINIMIZE_CONVERGED);
        assert_true(count > 0 || report.evaluations == 0);
    }
}

static void atoms_almost_on_one_another_are_parted(void **state) {
    fixture *f = *state;
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        vt_minimize_options options = vt_minimize_defaults();
        options.method = *name;
        vt_atoms_destroy(f->atoms);
        f->atoms = disordered(29);
        f->atoms->x[5] = f->atoms->x[100] + 0.05; /* forces of 1e20 eV/angstrom */
        f->atoms->y[5] = f->atoms->y[100] - 0.02;
        f->atoms->z[5] = f->atoms->z[100];
        vt_minimize_report report = minimized(f, &options, 100000);
        assert_int_equal(report.reason, VT_MINIMIZE_CONVERGED);
        assert_true(report.energy < 0);
    }
}

static void an_interrupt_leaves_a_valid_lower_state(void **state) {
    fixture *f = *state;
    vt_error err = {0};
    vt_minimize_options options = vt_minimize_defaults();
    vt_minimizer *m = minimizer_create(f, &options, &err);
    assert_int_equal(vt_minimizer_run(m, 13, &err), VT_CONTINUE);
    double energy = vt_minimizer_report(m)->energy;
    vt_interrupt_request();
    assert_int_equal(vt_minimizer_run(m, 100, &err), VT_EINTERRUPT);
    vt_interrupt_clear();
    assert_int_equal(vt_minimizer_report(m)->reason, VT_MINIMIZE_INTERRUPTED);
    assert_int_equal(vt_minimizer_report(m)->evaluations, 13);
    assert_true(fabs(computed(f).energy - energy) < 1e-10);
    assert_int_equal(vt_minimizer_run(m, 10000, &err), VT_DONE); /* and it goes on */
    minimizer_destroy(m);
}

/* ---------------------------------------------------------------- errors ---- */

static void refused(const fixture *f, const vt_minimize_options *options, const char *text) {
    vt_error err = {0};
    assert_null(minimizer_create(f, options, &err));
    if (strstr(err.msg, text) == NULL) fail_msg("'%s' lacks '%s'", err.msg, text);
}

static void bad_settings_are_refused(void **state) {
    fixture *f = *state;
    vt_minimize_options good = vt_minimize_defaults(), bad = good;
    bad.method = "newton";
    refused(f, &bad, "unknown method 'newton'; known are lbfgs, cg, fire");
    bad = good, bad.fmax = 0;
    refused(f, &bad, "fmax must be positive [eV/angstrom], got 0");
    bad = good, bad.stress_tolerance = -1;
    refused(f, &bad, "the stress tolerance must be positive");
    bad = good, bad.max_step = INFINITY;
    refused(f, &bad, "max_step must be positive [angstrom], got inf");
    bad = good, bad.memory = 0;
    refused(f, &bad, "memory must be 1 to 1000 steps, got 0");
    bad = good, bad.stress[3] = NAN;
    refused(f, &bad, "a target stress is not finite");
    bad = good, bad.isotropic = true;
    f->atoms->box.periodic[1] = false;
    refused(f, &bad, "axis b is free");
    f->atoms->box.periodic[1] = true;
    vt_atoms_resize(f->atoms, 0, NULL);
    refused(f, &bad, "a box without atoms has no stress to relax");
}

static void bad_atoms_are_refused_and_left_alone(void **state) {
    fixture *f = *state;
    vt_minimize_options options = vt_minimize_defaults();
    vt_error err = {0};
    double keep = f->atoms->x[7];
    f->atoms->x[7] = NAN;
    assert_null(minimizer_create(f, &options, &err));
    assert_non_null(strstr(err.msg, "8")); /* the atom's id */
    f->atoms->x[7] = f->atoms->x[9];
    f->atoms->y[7] = f->atoms->y[9];
    f->atoms->z[7] = f->atoms->z[9];
    vt_atoms *before = vt_atoms_copy(f->atoms, NULL);
    vt_minimizer *m = minimizer_create(f, &options, &err);
    assert_non_null(m);
    assert_int_equal(vt_minimizer_run(m, 10, &err), VT_EDIVERGED);
    assert_non_null(strstr(err.msg, "10"));
    assert_non_null(strstr(err.msg, "8"));
    assert_memory_equal(before->x, f->atoms->x, COUNT * sizeof(double));
    assert_int_equal(vt_minimizer_run(m, 0, &err), VT_EINVAL);
    minimizer_destroy(m);
    vt_atoms_destroy(before);
    f->atoms->x[7] = keep;
    vt_atoms_add_species(f->atoms, "Fe", 0, &err);
    f->atoms->type[3] = 2;
    m = minimizer_create(f, &options, &err);
    assert_non_null(m);
    assert_int_equal(vt_minimizer_run(m, 10, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "Fe"));
    minimizer_destroy(m);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* One minimization after another with one minimizer: minima as good as those of a new one, in about
   as many evaluations or fewer (of so few atoms and steps, rounding alone changes the number by a
   sixth); changes of what it must know are noticed. */
static void a_restarted_minimizer_is_as_good(void **state) {
    fixture *f = *state;
    vt_error err = {0};
    static const double SHEAR[3][3] = {{1, 0, 0}, {0.002, 1, 0}, {0, 0, 1}};
    vt_minimize_options options = vt_minimize_defaults();
    options.fmax = 1e-6;
    vt_minimizer *m = minimizer_create(f, &options, &err);
    assert_non_null(m);
    while (vt_minimizer_run(m, 1000, &err) == VT_CONTINUE) {
    }
    int64_t kept = 0, anew = 0;
    for (int step = 0; step < 8; step++) {
        REQUIRE_OK(vt_atoms_deform(f->atoms, SHEAR, &err), err);
        vt_atoms *copy = vt_atoms_copy(f->atoms, &err);
        assert_non_null(copy);
        REQUIRE_OK(vt_minimizer_restart(m, &err), err);
        assert_int_equal(vt_minimizer_run(m, 5000, &err), VT_DONE);
        assert_int_equal(vt_minimizer_report(m)->reason, VT_MINIMIZE_CONVERGED);
        kept += vt_minimizer_report(m)->evaluations;
        vt_system *own = system_create(copy, f->potential, -1, VT_PRECISION_DOUBLE);
        vt_minimizer *other = vt_minimizer_create(own, &options, &err);
        assert_non_null(other);
        assert_int_equal(vt_minimizer_run(other, 5000, &err), VT_DONE);
        anew += vt_minimizer_report(other)->evaluations;
        CHECK_NEAR(vt_minimizer_report(other)->energy, vt_minimizer_report(m)->energy, 1e-8);
        vt_minimizer_destroy(other);
        vt_system_destroy(own);
        vt_atoms_destroy(copy);
    }
    if (4 * kept > 5 * anew)
        fail_msg("%lld evaluations with what was learned, %lld without", (long long)kept,
                 (long long)anew);
    /* Without restart other atoms are refused, with it other numbers of atoms. */
    f->atoms->x[3] += 0.1;
    assert_int_equal(vt_minimizer_restart(m, &err), VT_OK);
    assert_int_equal(vt_minimizer_run(m, 2, &err), VT_CONTINUE);
    f->atoms->x[3] += 0.1;
    assert_int_equal(vt_minimizer_run(m, 2, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the atoms were changed since this minimization began");
    REQUIRE_OK(vt_atoms_resize(f->atoms, f->atoms->count - 1, &err), err);
    assert_int_equal(vt_minimizer_restart(m, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the atoms were 251 and are 250 now");
    minimizer_destroy(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_restarted_minimizer_is_as_good),
        CASE(every_method_reaches_the_goal),
        CASE(a_run_in_pieces_is_the_same_run),
        CASE(the_end_is_never_above_the_start),
        CASE(the_objective_has_the_gradient_it_claims),
        CASE(the_box_goes_to_a_pressure),
        CASE(the_box_goes_to_any_stress),
        CASE(components_not_free_stay),
        CASE(a_minimum_costs_one_evaluation),
        CASE(a_goal_beyond_rounding_stalls),
        CASE(few_atoms_are_no_special_case),
        CASE(atoms_almost_on_one_another_are_parted),
        CASE(an_interrupt_leaves_a_valid_lower_state),
        CASE(bad_settings_are_refused),
        CASE(bad_atoms_are_refused_and_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

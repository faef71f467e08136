/* A trajectory has the same bits on any number of threads, in pieces, with any sampling, and
   after a checkpoint. */
#include "dynamics_fixture.h"

#include <unistd.h>

static const char *const ENSEMBLES[] = {"00", "n0", "l0", "0i", "na", "nt", "li", "lt"};
enum { ENSEMBLE_COUNT = sizeof ENSEMBLES / sizeof *ENSEMBLES };

static const double HOT = 1500; /* K: a liquid, the list is built every 20 steps or so */
enum { STEPS = 240 };           /* enough for the second sorting in space */

/* Heating under rising stress while the box is sheared where nothing holds it. */
static vt_md_plan busy_plan(const vt_md *md) {
    const vt_md_options *o = vt_md_settings(md);
    vt_md_plan plan = vt_md_plan_defaults(md);
    plan.temperature[1] = 1.1 * HOT;
    for (int k = 0; k < 6; k++)
        if (o->control[k]) plan.stress[k][1] = -0.002 * (k + 1);
    if (!o->control[VT_XY]) {
        plan.deform[VT_XY] = true;
        plan.strain_rate[VT_XY] = 0.02;
    }
    plan.steps = STEPS;
    return plan;
}

/* The atoms after a busy run in pieces of `piece` steps. */
static vt_atoms *busy_run(const char *code, int64_t piece, int64_t every) {
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, HOT, 7);
    vt_md_options o = ensemble(code, HOT);
    vt_md *md = md_create(lj, atoms, &o);
    vt_md_plan plan = busy_plan(md);
    plan.sample_interval = every;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    vt_status status;
    do {
        status = vt_md_run(md, piece, &err);
        REQUIRE_OK(status, err);
    } while (status == VT_CONTINUE);
    md_destroy(md);
    vt_potential_destroy(lj);
    return atoms;
}

static void threads_do_not_matter(void **state) {
    (void)state;
    vt_error err = {0};
    int before = vt_threads();
    for (int k = 0; k < ENSEMBLE_COUNT; k += 2) {
        REQUIRE_OK(vt_threads_set(1, &err), err);
        vt_atoms *one = busy_run(ENSEMBLES[k], STEPS, 0);
        REQUIRE_OK(vt_threads_set(2, &err), err);
        vt_atoms *two = busy_run(ENSEMBLES[k], STEPS, 0);
        if (!same_atoms(one, two)) fail_msg("ensemble %s", ENSEMBLES[k]);
        vt_atoms_destroy(one);
        vt_atoms_destroy(two);
    }
    REQUIRE_OK(vt_threads_set(before, &err), err);
}

/* The loops over atoms become parallel above 8192 of them. */
static void threads_do_not_matter_for_many_atoms(void **state) {
    (void)state;
    vt_error err = {0};
    int before = vt_threads();
    vt_potential *lj = lj_potential();
    vt_atoms *result[2];
    for (int n = 0; n < 2; n++) {
        REQUIRE_OK(vt_threads_set(n + 1, &err), err);
        result[n] = lj_crystal(13, HOT, 3);
        assert_true(result[n]->count > 8192);
        vt_md_options o = ensemble("lt", HOT);
        vt_md *md = md_create(lj, result[n], &o);
        md_run(md, 12, 0);
        md_destroy(md);
    }
    assert_true(same_atoms(result[0], result[1]));
    for (int n = 0; n < 2; n++) vt_atoms_destroy(result[n]);
    vt_potential_destroy(lj);
    REQUIRE_OK(vt_threads_set(before, &err), err);
}

static void pieces_and_samples_do_not_matter(void **state) {
    (void)state;
    for (int k = 1; k < ENSEMBLE_COUNT; k += 2) {
        vt_atoms *whole = busy_run(ENSEMBLES[k], STEPS, 0);
        vt_atoms *pieces = busy_run(ENSEMBLES[k], 37, 5);
        if (!same_atoms(whole, pieces)) fail_msg("ensemble %s", ENSEMBLES[k]);
        vt_atoms_destroy(whole);
        vt_atoms_destroy(pieces);
    }
}

/* Without box motion energy and virial are computed in some steps only, which must not show. */
static void what_is_measured_does_not_matter(void **state) {
    (void)state;
    static const char *const CODES[] = {"00", "n0", "l0"};
    vt_potential *lj = lj_potential();
    for (int k = 0; k < 3; k++) {
        vt_atoms *result[2];
        for (int n = 0; n < 2; n++) {
            result[n] = lj_crystal(4, HOT, 5);
            vt_md_options o = ensemble(CODES[k], HOT);
            vt_md *md = md_create(lj, result[n], &o);
            md_run(md, 80, n == 0 ? 0 : 3);
            md_destroy(md);
        }
        if (!same_atoms(result[0], result[1])) fail_msg("ensemble %s", CODES[k]);
        vt_atoms_destroy(result[0]);
        vt_atoms_destroy(result[1]);
    }
    vt_potential_destroy(lj);
}

/* Two runs with constant targets are the same as one. */
static void two_runs_are_one(void **state) {
    (void)state;
    vt_potential *lj = lj_potential();
    for (int k = 0; k < ENSEMBLE_COUNT; k++) {
        vt_atoms *result[2];
        for (int n = 0; n < 2; n++) {
            result[n] = lj_crystal(4, HOT, 5);
            vt_md_options o = ensemble(ENSEMBLES[k], HOT);
            vt_md *md = md_create(lj, result[n], &o);
            for (int run = 0; run <= n; run++) md_run(md, n == 0 ? 60 : 30, 10);
            md_destroy(md);
        }
        if (!same_atoms(result[0], result[1])) fail_msg("ensemble %s", ENSEMBLES[k]);
        vt_atoms_destroy(result[0]);
        vt_atoms_destroy(result[1]);
    }
    vt_potential_destroy(lj);
}

static void checkpoints_go_on_to_the_bit(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    char path[64];
    snprintf(path, sizeof path, "test-dynamics-%ld.checkpoint", (long)getpid());
    for (int k = 0; k < ENSEMBLE_COUNT; k++) {
        vt_atoms *whole = busy_run(ENSEMBLES[k], STEPS, 7);
        vt_atoms *atoms = lj_crystal(4, HOT, 7);
        vt_md_options o = ensemble(ENSEMBLES[k], HOT);
        vt_md *md = md_create(lj, atoms, &o);
        vt_md_plan plan = busy_plan(md);
        plan.sample_interval = 7;
        REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
        /* Save and restore many times, at steps of no special meaning. */
        while (vt_md_remaining(md) > 0) {
            REQUIRE_OK(vt_md_run(md, 61, &err), err);
            REQUIRE_OK(vt_md_save(md, path, true, "where we are", &err), err);
            md_destroy(md);
            vt_atoms_destroy(atoms);
            vt_restored restored;
            REQUIRE_OK(vt_md_restore(path, lj, &restored, &err), err);
            md = restored.md;
            atoms = restored.atoms;
            assert_string_equal(vt_md_text(md), "where we are");
        }
        if (!same_atoms(whole, atoms)) fail_msg("ensemble %s", ENSEMBLES[k]);
        assert_int_equal(vt_md_sample_count(md), STEPS / 7 + 1);
        md_destroy(md);
        vt_atoms_destroy(atoms);
        vt_atoms_destroy(whole);
    }
    unlink(path);
    vt_potential_destroy(lj);
}

/* What the user does to the atoms between two runs is what the next one starts from. Lists may be
   kept, so that forces are added up in another order. */
static void changes_are_taken_over(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, HOT, 5);
    vt_md_options o = ensemble("00", HOT);
    vt_md *md = md_create(lj, atoms, &o);
    md_run(md, 30, 0);
    REQUIRE_OK(vt_atoms_thermalize(atoms, 500, 11, &err), err);
    vt_atoms *copy = vt_atoms_copy(atoms, &err);
    vt_md_sample s;
    REQUIRE_OK(vt_md_measure(md, &s, &err), err);
    CHECK_NEAR(s.temperature, 500, 1e-9);
    vt_md *other = md_create(lj, copy, &o);
    md_run(md, 30, 0);
    md_run(other, 30, 0);
    for (size_t i = 0; i < atoms->count; i++) {
        CHECK_NEAR(atoms->x[i], copy->x[i], 1e-10);
        CHECK_NEAR(atoms->vz[i], copy->vz[i], 1e-9);
    }
    md_destroy(md);
    md_destroy(other);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(copy);
    vt_potential_destroy(lj);
}

int main(void) {
    vt_threads_set(1, NULL); /* small systems: a second thread would cost more than it gives */
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_do_not_matter),
                                       cmocka_unit_test(threads_do_not_matter_for_many_atoms),
                                       cmocka_unit_test(pieces_and_samples_do_not_matter),
                                       cmocka_unit_test(what_is_measured_does_not_matter),
                                       cmocka_unit_test(two_runs_are_one),
                                       cmocka_unit_test(checkpoints_go_on_to_the_bit),
                                       cmocka_unit_test(changes_are_taken_over)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

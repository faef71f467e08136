/* Ctrl-C while the list is being built, in the middle of a step: the atoms fall back, and what goes
   on from there is as if nobody had pressed anything. The linker puts the function below in the
   place of vt_interrupted. */
#include "dynamics_fixture.h"

static const vt_md *watched; /* its next list build is interrupted */
static int64_t asked_at = -1;
static bool pressed;

bool __wrap_vt_interrupted(void);

/* A run asks once before each step; a second question in the same step comes from a list build. */
bool __wrap_vt_interrupted(void) {
    if (watched == NULL) return false;
    pressed = pressed || vt_md_step(watched) == asked_at;
    asked_at = vt_md_step(watched);
    return pressed;
}

/* First neighbors only, to be fast: just enough atoms for a search that can be interrupted. */
static vt_potential *short_potential(void) {
    vt_error err = {0};
    vt_lj_options o = vt_lj_kob_andersen(0.1, 2.5, 60.0);
    o.truncation = VT_LJ_FORCE_SHIFTED;
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) o.cutoff[a][b] = 3.3;
    vt_potential *p = vt_potential_lj_create(&o, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    return p;
}

static vt_atoms *many_atoms(void) {
    vt_error err = {0};
    vt_atoms *cell = lj_crystal(5, 0, 0);
    const int64_t times[3] = {10, 10, 11};
    vt_atoms *atoms = vt_atoms_replicate(cell, times, &err);
    if (atoms == NULL) fail_msg("%s", err.msg);
    vt_atoms_destroy(cell);
    REQUIRE_OK(vt_atoms_thermalize(atoms, 900, 5, &err), err);
    return atoms;
}

static void an_interrupted_list_leaves_nothing_behind(void **state) {
    (void)state;
    enum { STEPS = 4 };
    vt_error err = {0};
    vt_potential *lj = short_potential();
    vt_atoms *atoms = many_atoms(), *other = vt_atoms_copy(atoms, &err);
    vt_md_options o = ensemble("na", 900);
    vt_md *md = md_create_skin(lj, 0.1, other, &o);
    md_run(md, STEPS, 0);
    md_destroy(md);

    md = md_create_skin(lj, 0.1, atoms, &o);
    vt_md_sample before, after;
    REQUIRE_OK(vt_md_measure(md, &before, &err), err);
    vt_md_plan plan = vt_md_plan_defaults(md);
    plan.steps = STEPS;
    REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
    watched = md;
    assert_int_equal(vt_md_run(md, STEPS, &err), VT_EINTERRUPT);
    CHECK_MESSAGE(err, "the atoms are back at step 0");
    watched = NULL;
    REQUIRE_OK(vt_md_measure(md, &after, &err), err);
    /* The list is another one: sums have another order. */
    CHECK_NEAR(after.potential_energy, before.potential_energy,
               1e-12 * fabs(before.potential_energy));
    CHECK_NEAR(after.pressure, before.pressure, 1e-10 * fabs(before.pressure));
    int64_t left = vt_md_remaining(md);
    assert_int_equal(left, STEPS);
    assert_int_equal(vt_md_run(md, left, &err), VT_DONE);
    for (size_t i = 0; i < atoms->count; i++) {
        CHECK_NEAR(atoms->vx[i], other->vx[i], 1e-9); /* of some 3 A/ps; forces add 0.1 a step */
        CHECK_NEAR(atoms->fx[i], other->fx[i], 1e-9);
    }
    md_destroy(md);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(other);
    vt_potential_destroy(lj);
}

int main(void) {
    vt_threads_set(1, NULL); /* the function above counts */
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_interrupted_list_leaves_nothing_behind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Systems: what is taken over, what is handed back, what is built and computed anew. */
#include "dynamics_fixture.h"
#include "system/internal.h"
#include "vitrum/minimize.h"
#include "vitrum/units.h"

static uint64_t list_builds(const vt_system *system) {
    return (uint64_t)system->builds;
}

/* Energy, minimization and dynamics in turn on one system: lists are built where atoms moved, never
   because the next one begins. */
static void one_after_the_other_builds_nothing_twice(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(5, 100, 3);
    vt_system *system = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    vt_result result;
    REQUIRE_OK(evaluate_atoms(system, VT_WANT_ENERGY, &result, &err), err);
    assert_int_equal(list_builds(system), 1);
    double energy = result.energy;

    vt_minimize_options options = vt_minimize_defaults();
    vt_minimizer *minimizer = vt_minimizer_create(system, &options, &err);
    assert_non_null(minimizer);
    assert_int_equal(list_builds(system), 1);
    REQUIRE_OK(vt_minimizer_run(minimizer, 400, &err), err);
    assert_true(vt_minimizer_report(minimizer)->energy < energy);
    vt_minimizer_destroy(minimizer);
    uint64_t builds = list_builds(system);
    REQUIRE_OK(evaluate_atoms(system, VT_WANT_ENERGY, &result, &err), err);
    assert_int_equal(list_builds(system), builds);

    vt_md_options o = ensemble("00", 100);
    vt_md *md = vt_md_create(system, &o, &err);
    assert_non_null(md);
    md_run(md, 3, 0);
    assert_int_equal(list_builds(system), builds);
    vt_md_sample sample;
    REQUIRE_OK(vt_md_measure(md, &sample, &err), err);
    REQUIRE_OK(evaluate_atoms(system, VT_WANT_ENERGY, &result, &err), err);
    assert_true(result.energy == sample.potential_energy); /* known, not computed again */
    vt_md_destroy(md);
    vt_system_destroy(system);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

static void reverse(vt_system *system) {
    vt_error err = {0};
    int32_t *order = vt_alloc(system->count, sizeof *order);
    for (size_t k = 0; k < system->count; k++) order[k] = (int32_t)(system->count - 1 - k);
    REQUIRE_OK(vti_system_permute(system, order, &err), err);
    vt_free(order);
}

/* The stress is the slope of the energy by strain (at rest), minus the gas pressure of the
   velocities; that of the atoms has it for its mean. */
static void stress_is_the_slope_of_the_energy(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(5, 100, 3);
    vt_system *system = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    double cold[6], hot[6], again[6], volume = vt_box_volume(&atoms->box);
    REQUIRE_OK(vt_system_pull(system, &err), err);
    REQUIRE_OK(vt_system_stress(system, false, cold, &err), err);
    REQUIRE_OK(vt_system_stress(system, true, hot, &err), err);
    CHECK_NEAR(cold[0] + cold[1] + cold[2] - hot[0] - hot[1] - hot[2],
               2 * vt_atoms_kinetic_energy(atoms) / volume * VT_GPA, 1e-10);

    double *of_atoms = vt_alloc(6 * atoms->count, sizeof *of_atoms), mean[6] = {0};
    REQUIRE_OK(vt_system_atom_stresses(system, true, of_atoms, &err), err);
    for (size_t i = 0; i < atoms->count; i++)
        for (size_t c = 0; c < 6; c++) mean[c] += of_atoms[6 * i + c] / (double)atoms->count;
    for (int c = 0; c < 6; c++) CHECK_NEAR(mean[c], hot[c], 1e-10);
    vt_free(of_atoms);

    /* Another order of the atoms in the system changes no bit. */
    reverse(system);
    REQUIRE_OK(vt_system_stress(system, true, again, &err), err);
    assert_memory_equal(again, hot, sizeof hot);

    for (int c = 0; c < 6; c++) {
        const double step = 1e-5;
        double energy[2];
        for (int side = 0; side < 2; side++) {
            double strain[6] = {0}, F[3][3];
            strain[c] = side == 0 ? -step : step;
            vt_strain_to_gradient(strain, F);
            vt_atoms *copy = vt_atoms_copy(atoms, &err);
            REQUIRE_OK(vt_atoms_deform(copy, (const double(*)[3])F, &err), err);
            vt_system *strained = system_create(copy, lj, -1, VT_PRECISION_DOUBLE);
            vt_result result;
            REQUIRE_OK(evaluate_atoms(strained, VT_WANT_ENERGY, &result, &err), err);
            energy[side] = result.energy;
            vt_system_destroy(strained);
            vt_atoms_destroy(copy);
        }
        CHECK_NEAR(cold[c], (energy[1] - energy[0]) / (2 * step * volume) * VT_GPA, 1e-4);
    }
    vt_system_destroy(system);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

/* Vectors and matrices go to the user's order and back. */
static void numbers_by_atom_change_their_order(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(5, 100, 3);
    vt_system *system = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    REQUIRE_OK(vt_system_pull(system, &err), err);
    reverse(system);
    size_t n = system->count;
    double *matrix = vt_alloc(9 * n * n, sizeof *matrix), *user = vt_alloc(3 * n, sizeof *user);
    double *own = vt_alloc(3 * n, sizeof *own);
    for (size_t k = 0; k < 3 * n; k++) user[k] = (double)k;
    vt_system_from_user(system, 3, user, own);
    for (size_t p = 0; p < 3 * n; p++)
        for (size_t q = 0; q < 3 * n; q++) matrix[3 * n * p + q] = 1e4 * own[p] + own[q];
    REQUIRE_OK(vt_system_matrix_to_user(system, matrix, &err), err);
    for (size_t p = 0; p < 3 * n; p++)
        for (size_t q = 0; q < 3 * n; q++)
            assert_true(matrix[3 * n * p + q] == 1e4 * (double)p + (double)q);
    vt_system_to_user(system, 3, own, matrix);
    assert_memory_equal(matrix, user, 3 * n * sizeof *user);
    vt_free(matrix);
    vt_free(user);
    vt_free(own);
    vt_system_destroy(system);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

/* Whatever the user changes is seen; what he leaves costs nothing. */
static void changes_behind_its_back_are_seen(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(5, 100, 3);
    vt_system *system = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    for (int change = 0; change < 9; change++) {
        REQUIRE_OK(evaluate_atoms(system, 0, NULL, &err), err);
        uint64_t stamp = system->stamp, places = system->places;
        REQUIRE_OK(vt_system_pull(system, &err), err);
        assert_int_equal(system->stamp, stamp);
        switch (change) {
        case 0:
            atoms->x[7] += 1e-9;
            break;
        case 1:
            atoms->type[11] = 1 - atoms->type[11];
            break;
        case 2:
            atoms->box.h[2][2] *= 1.001;
            break;
        case 3:
            atoms->box.periodic[1] = false;
            break;
        case 4:
            strcpy(atoms->species[0].symbol, "B");
            break;
        case 5:
            REQUIRE_OK(vt_atoms_resize(atoms, atoms->count - 7, &err), err);
            break;
        case 6:
            atoms->vz[3] = -0.0;
            atoms->vz[4] += 1;
            break;
        case 7:
            atoms->iy[9]++;
            break;
        case 8:
            atoms->species[1].mass *= 2;
            break;
        }
        vt_result kept, fresh;
        REQUIRE_OK(evaluate_atoms(system, VT_WANT_ENERGY, &kept, &err), err);
        assert_true(system->stamp > stamp);
        assert_int_equal(system->places > places, change < 6);
        vt_system *other = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
        REQUIRE_OK(evaluate_atoms(other, VT_WANT_ENERGY, &fresh, &err), err);
        CHECK_NEAR(kept.energy, fresh.energy, 1e-11 * fabs(fresh.energy));
        vt_system_destroy(other);
    }
    vt_system_destroy(system);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

/* A pull that fails leaves the system as it was. */
static void a_bad_atom_is_not_taken_over(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, 100, 3);
    vt_system *system = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    double keep = atoms->y[5];
    vt_result before, after;
    REQUIRE_OK(evaluate_atoms(system, VT_WANT_ENERGY, &before, &err), err);
    atoms->y[5] = NAN;
    assert_int_equal(vt_system_pull(system, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the position of atom 6 (id 6) is (");
    atoms->y[5] = keep;
    REQUIRE_OK(evaluate_atoms(system, VT_WANT_ENERGY, &after, &err), err);
    assert_true(after.energy == before.energy);
    vt_system_destroy(system);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

/* Atoms of a trajectory that was never wrapped keep their positions and images through evaluations;
   forces are those of the wrapped ones. */
static void positions_outside_the_box_stay(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *inside = lj_crystal(4, 100, 3);
    REQUIRE_OK(vt_atoms_rattle(inside, 0.1, 4, &err), err);
    vt_atoms *outside = vt_atoms_copy(inside, &err);
    assert_non_null(outside);
    for (size_t i = 0; i < outside->count; i++) {
        outside->x[i] += (double)(int)(i % 5) * outside->box.h[0][0];
        outside->z[i] -= (double)(int)(i % 3) * outside->box.h[2][2];
    }
    vt_atoms *before = vt_atoms_copy(outside, &err);
    assert_non_null(before);
    vt_system *a = system_create(inside, lj, -1, VT_PRECISION_DOUBLE);
    vt_system *b = system_create(outside, lj, -1, VT_PRECISION_DOUBLE);
    vt_result ra, rb;
    REQUIRE_OK(evaluate_atoms(a, VT_WANT_ENERGY, &ra, &err), err);
    REQUIRE_OK(evaluate_atoms(b, VT_WANT_ENERGY | VT_SYSTEM_SORT, &rb, &err), err);
    CHECK_NEAR(ra.energy, rb.energy, 1e-10 * fabs(ra.energy));
    vt_system_push(b);
    size_t bytes = before->count * sizeof(double);
    assert_memory_equal(before->x, outside->x, bytes);
    assert_memory_equal(before->z, outside->z, bytes);
    for (size_t i = 0; i < inside->count; i++) {
        CHECK_NEAR(inside->fx[i], outside->fx[i], 1e-9);
        assert_int_equal(outside->ix[i], 0);
    }
    vt_system_destroy(a);
    vt_system_destroy(b);
    vt_atoms_destroy(inside);
    vt_atoms_destroy(outside);
    vt_atoms_destroy(before);
    vt_potential_destroy(lj);
}

/* Two dynamics share a system; each sees what the other did and goes on from there. */
static void two_dynamics_take_turns(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, 300, 9);
    vt_system *system = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    vt_md_options o = ensemble("00", 300);
    vt_md *one = vt_md_create(system, &o, &err), *two = vt_md_create(system, &o, &err);
    assert_true(one != NULL && two != NULL);
    vt_md_sample start, end;
    REQUIRE_OK(vt_md_measure(one, &start, &err), err);
    for (int turn = 0; turn < 6; turn++) {
        vt_md *md = turn % 2 == 0 ? one : two;
        vt_md_plan plan = vt_md_plan_defaults(md);
        plan.steps = 20;
        REQUIRE_OK(vt_md_begin(md, &plan, &err), err);
        REQUIRE_OK(vt_md_run_ahead(md, 20, &err), err);
    }
    assert_true(system->ahead);
    REQUIRE_OK(vt_md_measure(two, &end, &err), err);
    assert_false(system->ahead);
    /* 120 steps of velocity Verlet in all: energy to 1e-5 of the kinetic energy an atom. */
    CHECK_NEAR(end.total_energy, start.total_energy, 1e-3 * start.kinetic_energy);
    vt_md_destroy(one);
    vt_md_destroy(two);
    vt_system_destroy(system);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

int main(void) {
    vt_threads_set(1, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other_builds_nothing_twice),
        cmocka_unit_test(changes_behind_its_back_are_seen),
        cmocka_unit_test(a_bad_atom_is_not_taken_over),
        cmocka_unit_test(positions_outside_the_box_stay),
        cmocka_unit_test(two_dynamics_take_turns),
        cmocka_unit_test(stress_is_the_slope_of_the_energy),
        cmocka_unit_test(numbers_by_atom_change_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

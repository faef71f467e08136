/* Atoms: memory, order, wrapping, changes of the box, checks. */
#include "fixture.h"

#include "vitrum/units.h"

/* Every atom different in every field. */
static vt_atoms *numbered(size_t count) {
    vt_atoms *atoms = random_glass(count, 0, 2385, "Cu", "Zr");
    for (size_t i = 0; i < count; i++) {
        double k = (double)i + 1;
        atoms->vx[i] = 0.1 * k;
        atoms->vy[i] = -0.2 * k;
        atoms->vz[i] = 0.3 * k;
        atoms->fx[i] = 1.1 * k;
        atoms->fy[i] = 2.2 * k;
        atoms->fz[i] = 3.3 * k;
        atoms->ix[i] = (int32_t)i;
        atoms->iy[i] = -(int32_t)i;
        atoms->iz[i] = 2 * (int32_t)i;
        atoms->id[i] = 1000 - 3 * (int64_t)i;
    }
    return atoms;
}

static void same_atom(const vt_atoms *a, size_t i, const vt_atoms *b, size_t j) {
    const double *fa[] = {a->x, a->y, a->z, a->vx, a->vy, a->vz, a->fx, a->fy, a->fz};
    const double *fb[] = {b->x, b->y, b->z, b->vx, b->vy, b->vz, b->fx, b->fy, b->fz};
    const int32_t *wa[] = {a->type, a->ix, a->iy, a->iz};
    const int32_t *wb[] = {b->type, b->ix, b->iy, b->iz};
    for (int k = 0; k < 9; k++) assert_memory_equal(&fa[k][i], &fb[k][j], sizeof(double));
    for (int k = 0; k < 4; k++) assert_int_equal(wa[k][i], wb[k][j]);
    assert_true(a->id[i] == b->id[j]);
}

static void new_atoms_lie_at_the_origin(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(11, 12, 13);
    box.origin[1] = -3.5;
    for (size_t count = 0; count < 40; count += 13) {
        vt_atoms *atoms = vt_atoms_create(count, &box, &err);
        assert_non_null(atoms);
        assert_int_equal(atoms->capacity % 8, 0);
        assert_true(atoms->capacity > count);
        assert_int_equal((uintptr_t)atoms->x % 64, 0);
        assert_int_equal((uintptr_t)atoms->vz % 64, 0);
        assert_int_equal((uintptr_t)atoms->id % 64, 0);
        assert_int_equal((uintptr_t)atoms->iz % 64, 0);
        for (size_t i = 0; i < count; i++) {
            assert_true(atoms->y[i] == -3.5 && atoms->vx[i] == 0 && atoms->type[i] == 0);
            assert_true(atoms->id[i] == (int64_t)i + 1);
        }
        vt_atoms_destroy(atoms);
    }
    vt_atoms_destroy(NULL);
    assert_null(vt_atoms_create((size_t)INT32_MAX + 5, &box, &err));
    CHECK_MESSAGE(err, "too many");
    box.h[2][2] = 0;
    assert_null(vt_atoms_create(1, &box, &err));
    CHECK_MESSAGE(err, "length 0");
}

static void copies_are_equal_and_independent(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = numbered(37), *copy = vt_atoms_copy(atoms, &err);
    assert_non_null(copy);
    assert_memory_equal(&copy->box, &atoms->box, sizeof atoms->box);
    assert_int_equal(copy->species_count, 2);
    for (size_t i = 0; i < 37; i++) same_atom(copy, i, atoms, i);
    copy->x[5] += 1;
    assert_true(copy->x[5] != atoms->x[5]);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(copy);
}

static void resizing_keeps_the_first_atoms(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = numbered(37), *before = vt_atoms_copy(atoms, &err);
    uint64_t generation = atoms->generation;
    assert_int_equal(vt_atoms_resize(atoms, 37, &err), VT_OK);
    assert_true(atoms->generation == generation);
    assert_int_equal(vt_atoms_resize(atoms, 90, &err), VT_OK);
    assert_true(atoms->generation > generation);
    assert_int_equal(atoms->count, 90);
    for (size_t i = 0; i < 37; i++) same_atom(atoms, i, before, i);
    assert_true(atoms->id[37] == 1001 && atoms->id[89] == 1053); /* the largest was 1000 */
    assert_true(atoms->x[89] == atoms->box.origin[0] && atoms->vx[89] == 0);
    assert_int_equal(vt_atoms_resize(atoms, 11, &err), VT_OK);
    for (size_t i = 0; i < 11; i++) same_atom(atoms, i, before, i);
    for (size_t i = 11; i < atoms->capacity; i++) assert_true(atoms->x[i] == 0);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(before);
}

static void filtering_keeps_order_and_ids(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = numbered(53), *before = vt_atoms_copy(atoms, &err);
    bool keep[53];
    for (size_t i = 0; i < 53; i++) keep[i] = i % 7 != 3;
    uint64_t generation = atoms->generation;
    assert_int_equal(vt_atoms_filter(atoms, keep, &err), VT_OK);
    assert_true(atoms->generation > generation);
    size_t k = 0;
    for (size_t i = 0; i < 53; i++)
        if (keep[i]) same_atom(atoms, k++, before, i);
    assert_int_equal(atoms->count, k);
    for (size_t i = 0; i < 53; i++) keep[i] = false;
    assert_int_equal(vt_atoms_filter(atoms, keep, &err), VT_OK);
    assert_int_equal(atoms->count, 0);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(before);
}

static void permutation_takes_the_atoms_named(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = numbered(10);
    int32_t order[4] = {7, 0, 9, 3}, wrong[2] = {4, 10};
    vt_atoms *some = vt_atoms_permuted(atoms, order, 4, &err);
    assert_non_null(some);
    for (size_t k = 0; k < 4; k++) same_atom(some, k, atoms, (size_t)order[k]);
    assert_null(vt_atoms_permuted(atoms, wrong, 2, &err));
    CHECK_MESSAGE(err, "index 11 of entry 2 is outside 1 to 10");
    vt_atoms_destroy(some);
    vt_atoms_destroy(atoms);
}

static void wrapping_keeps_unwrapped_positions(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = numbered(101);
    atoms->box.periodic[1] = false;
    for (size_t i = 0; i < 101; i++) atoms->ix[i] = atoms->iy[i] = atoms->iz[i] = 0;
    for (size_t i = 0; i < 101; i++) { /* far out along every axis */
        atoms->x[i] += 97.3 * sin(3.0 * (double)i);
        atoms->y[i] += 55.1 * cos(5.0 * (double)i);
        atoms->z[i] -= 71.9 * sin(7.0 * (double)i);
    }
    vt_atoms *before = vt_atoms_copy(atoms, &err);
    vt_atoms_wrap(atoms);
    int moved = 0;
    for (size_t i = 0; i < 101; i++) {
        double n[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]}, s[3];
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        double old[3] = {before->x[i], before->y[i], before->z[i]};
        vt_box_fractional(&atoms->box, r, s);
        assert_true(s[0] > -1e-12 && s[0] < 1 && s[2] > -1e-12 && s[2] < 1);
        assert_int_equal(atoms->iy[i], 0); /* free */
        moved += atoms->ix[i] != 0;
        for (int j = 0; j < 3; j++) {
            double whole = r[j] + n[0] * atoms->box.h[0][j] + n[1] * atoms->box.h[1][j] +
                           n[2] * atoms->box.h[2][j];
            CHECK_NEAR(whole, old[j], 1e-12 * 200); /* rounding at 200 A */
        }
    }
    assert_true(moved > 50);
    vt_atoms *once = vt_atoms_copy(atoms, &err);
    vt_atoms_wrap(atoms);
    for (size_t i = 0; i < 101; i++) same_atom(atoms, i, once, i);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(before);
    vt_atoms_destroy(once);
}

static void the_far_face_is_the_near_face(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *atoms = vt_atoms_create(3, &box, &err);
    atoms->x[0] = -1e-17; /* plus 10 rounds to 10, which is the far face */
    atoms->y[1] = 10;
    atoms->z[2] = NAN; /* for vt_atoms_check to find */
    vt_atoms_wrap(atoms);
    assert_true(atoms->x[0] >= 0 && atoms->x[0] < 10);
    assert_true(atoms->y[1] == 0 && atoms->iy[1] == 1);
    assert_true(isnan(atoms->z[2]));
    vt_atoms_destroy(atoms);
}

static void remapping_keeps_fractional_coordinates(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = numbered(20), *before = vt_atoms_copy(atoms, &err);
    vt_box box = {.origin = {5, -6, 7},
                  .h = {{9, 0, 0}, {-2, 10, 0}, {1.5, 3, 11}},
                  .periodic = {true, false, true}};
    assert_int_equal(vt_atoms_set_box(atoms, &box, true, &err), VT_OK);
    for (size_t i = 0; i < 20; i++) {
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]}, s[3];
        double old[3] = {before->x[i], before->y[i], before->z[i]}, t[3];
        vt_box_fractional(&atoms->box, r, s);
        vt_box_fractional(&before->box, old, t);
        for (int k = 0; k < 3; k++) CHECK_NEAR(s[k], t[k], 1e-13);
    }
    assert_false(atoms->box.periodic[1]);
    double x = atoms->x[3];
    assert_int_equal(vt_atoms_set_box(atoms, &before->box, false, &err), VT_OK);
    assert_true(atoms->x[3] == x);
    box.h[1][1] = -10;
    assert_int_equal(vt_atoms_set_box(atoms, &box, true, &err), VT_EINVAL);
    assert_memory_equal(&atoms->box, &before->box, sizeof box);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(before);
}

static void the_check_names_the_atom(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = numbered(20);
    assert_int_equal(vt_atoms_check(atoms, &err), VT_OK);
    atoms->y[6] = NAN;
    assert_int_equal(vt_atoms_check(atoms, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the position of atom 7 (id 982) is (");
    CHECK_MESSAGE(err, "nan");
    atoms->y[6] = 0;
    atoms->vz[1] = INFINITY;
    assert_int_equal(vt_atoms_check(atoms, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the velocity of atom 2 (id 997)");
    atoms->vz[1] = 0;
    atoms->type[19] = 2;
    assert_int_equal(vt_atoms_check(atoms, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "atom 20 (id 943) is of type 3, but there are 2 species");
    atoms->type[19] = 1;
    atoms->species[1].mass = -91.224;
    assert_int_equal(vt_atoms_check(atoms, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "species Zr has a mass of -91.224 amu");
    vt_atoms_destroy(atoms);
}

/* Two atoms by hand: 1 amu at 100 A/ps has 0.5182... eV. */
static void kinetic_energy_and_mass(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *atoms = vt_atoms_create(2, &box, &err);
    vt_atoms_add_species(atoms, "A", 1, &err);
    vt_atoms_add_species(atoms, "B", 3, &err);
    atoms->type[1] = 1;
    atoms->vx[0] = 100;
    atoms->vy[1] = -10;
    double expected = 0.5 * 1.03642697e-4 * (1 * 1e4 + 3 * 1e2);
    CHECK_NEAR(vt_atoms_kinetic_energy(atoms), expected, 1e-8 * expected);
    CHECK_NEAR(vt_atoms_temperature(atoms), 2 * expected / (3 * 8.617333e-5),
               1e-6 * 2 * expected / (3 * 8.617333e-5));
    CHECK_NEAR(vt_atoms_mass(atoms), 4, 0);
    assert_int_equal(vt_atoms_resize(atoms, 0, &err), VT_OK);
    assert_true(vt_atoms_temperature(atoms) == 0 && vt_atoms_kinetic_energy(atoms) == 0);
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_atoms_lie_at_the_origin),
        cmocka_unit_test(copies_are_equal_and_independent),
        cmocka_unit_test(resizing_keeps_the_first_atoms),
        cmocka_unit_test(filtering_keeps_order_and_ids),
        cmocka_unit_test(permutation_takes_the_atoms_named),
        cmocka_unit_test(wrapping_keeps_unwrapped_positions),
        cmocka_unit_test(the_far_face_is_the_near_face),
        cmocka_unit_test(remapping_keeps_fractional_coordinates),
        cmocka_unit_test(the_check_names_the_atom),
        cmocka_unit_test(kinetic_energy_and_mass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

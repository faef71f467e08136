/* The atoms of one frame found in another by their ids. */
#include "fixture.h"

enum { COUNT = 97 };

static vt_atoms *glass(void) {
    vt_box box = vt_box_orthogonal(11, 12, 13);
    vt_error err = {0};
    vt_atoms *atoms = vt_atoms_create(COUNT, &box, &err);
    assert_non_null(atoms);
    assert_int_equal(vt_atoms_add_species(atoms, "Cu", 0, &err), 0);
    assert_int_equal(vt_atoms_add_species(atoms, "Zr", 0, &err), 1);
    for (size_t i = 0; i < COUNT; i++) {
        atoms->type[i] = (int32_t)(i % 3 == 0);
        atoms->id[i] = (int64_t)(7 * i + 3)
                       << (i % 40); /* far apart and many with equal low bits */
        atoms->x[i] = (double)i;
    }
    return atoms;
}

static void a_permutation_is_undone(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *reference = glass();
    int32_t order[COUNT], found[COUNT];
    for (size_t i = 0; i < COUNT; i++) order[i] = (int32_t)((i * 31 + 5) % COUNT);
    vt_atoms *shuffled = vt_atoms_permuted(reference, order, COUNT, &err);
    assert_non_null(shuffled);
    assert_int_equal(vt_atoms_match(shuffled, reference, found, &err), VT_OK);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(shuffled->id[found[i]] == reference->id[i] &&
                    shuffled->x[found[i]] == reference->x[i]);
    vt_atoms_destroy(shuffled);
    vt_atoms_destroy(reference);
}

static void species_are_compared_by_symbol(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *reference = glass(), *other = glass();
    int32_t found[COUNT];
    /* The same atoms under another numbering of the species. */
    vt_species copper = other->species[0];
    other->species[0] = other->species[1];
    other->species[1] = copper;
    for (size_t i = 0; i < COUNT; i++) other->type[i] = 1 - other->type[i];
    assert_int_equal(vt_atoms_match(other, reference, found, &err), VT_OK);
    other->type[4] = 1 - other->type[4];
    assert_int_equal(vt_atoms_match(other, reference, found, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the atom with id 496 is Zr, in the reference frame it is Cu");
    vt_atoms_destroy(other);
    vt_atoms_destroy(reference);
}

static void other_atoms_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *reference = glass(), *other = glass();
    int32_t found[COUNT];
    other->id[8] = 5;
    assert_int_equal(vt_atoms_match(other, reference, found, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "there is no atom with id 15104, which the reference frame");
    other->id[8] = other->id[9];
    assert_int_equal(vt_atoms_match(other, reference, found, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "belongs to two atoms");
    assert_int_equal(vt_atoms_resize(other, COUNT - 1, &err), VT_OK);
    assert_int_equal(vt_atoms_match(other, reference, found, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "there are 96 atoms, in the reference frame 97");
    vt_atoms_destroy(other);
    vt_atoms_destroy(reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_permutation_is_undone),
                                       cmocka_unit_test(species_are_compared_by_symbol),
                                       cmocka_unit_test(other_atoms_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

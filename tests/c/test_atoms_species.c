/* Elements and species. */
#include "fixture.h"

static void symbols_and_numbers_agree(void **state) {
    (void)state;
    for (int z = 1; z <= 118; z++) {
        const char *symbol = vt_element_symbol(z);
        assert_non_null(symbol);
        assert_int_equal(vt_element_number(symbol), z);
        assert_true(vt_element_mass(symbol) > 0);
    }
    assert_null(vt_element_symbol(0));
    assert_null(vt_element_symbol(119));
    assert_int_equal(vt_element_number("cu"), 0);
    assert_true(vt_element_mass("Xx") == 0);
}

/* Weights as printed in the abridged table of IUPAC, across the periods, and the four pairs where
   the weight falls as the number rises. */
static void weights_are_those_of_iupac(void **state) {
    (void)state;
    static const struct {
        int number;
        const char *symbol;
        double weight;
    } KNOWN[] = {{1, "H", 1.0080},   {13, "Al", 26.982}, {22, "Ti", 47.867}, {26, "Fe", 55.845},
                 {28, "Ni", 58.693}, {29, "Cu", 63.546}, {40, "Zr", 91.224}, {46, "Pd", 106.42},
                 {57, "La", 138.91}, {72, "Hf", 178.49}, {79, "Au", 196.97}, {92, "U", 238.03},
                 {118, "Og", 294}};
    for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
        assert_int_equal(vt_element_number(KNOWN[k].symbol), KNOWN[k].number);
        assert_true(vt_element_mass(KNOWN[k].symbol) == KNOWN[k].weight);
    }
    int falls = 0;
    for (int z = 1; z < 99; z++)
        falls += vt_element_mass(vt_element_symbol(z + 1)) < vt_element_mass(vt_element_symbol(z));
    /* Ar-K, Co-Ni, Te-I, Th-Pa, U-Np, and Pu-Am by the isotopes named. */
    assert_int_equal(falls, 6);
}

/* From the crystals' lattice constants: fcc a^3/4, hcp sqrt(3)/4 a^2 c, bcc a^3/2; densities carry
   three digits, so within 1 %. */
static void volumes_are_those_of_the_crystals(void **state) {
    (void)state;
    assert_true(fabs(vt_element_volume("Cu") / (pow(3.615, 3) / 4) - 1) < 0.01);
    assert_true(fabs(vt_element_volume("Al") / (pow(4.0495, 3) / 4) - 1) < 0.01);
    assert_true(fabs(vt_element_volume("Fe") / (pow(2.8665, 3) / 2) - 1) < 0.01);
    assert_true(fabs(vt_element_volume("Zr") / (sqrt(3) / 4 * pow(3.232, 2) * 5.147) - 1) < 0.01);
    assert_true(vt_element_volume("Ar") == 0);
}

static void refuse(vt_atoms *atoms, const char *symbol, double mass, const char *part) {
    vt_error err = {0};
    int before = atoms->species_count;
    assert_true(vt_atoms_add_species(atoms, symbol, mass, &err) < 0);
    CHECK_MESSAGE(err, part);
    assert_int_equal(atoms->species_count, before);
}

static void species_are_added_once_and_dropped_when_unused(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *atoms = vt_atoms_create(5, &box, &err);
    assert_int_equal(vt_atoms_add_species(atoms, "Al", 0, &err), 0);
    assert_int_equal(vt_atoms_add_species(atoms, "Cu", 0, &err), 1);
    assert_int_equal(vt_atoms_add_species(atoms, "A", 2.385, &err), 2);
    assert_int_equal(vt_atoms_add_species(atoms, "Cu", 99, &err), 1);
    assert_true(atoms->species[1].mass == 63.546);
    assert_int_equal(vt_atoms_find_species(atoms, "A"), 2);
    assert_int_equal(vt_atoms_find_species(atoms, "B"), -1);
    refuse(atoms, "", 1, "empty name");
    refuse(atoms, "Qq", 0, "'Qq' is not an element symbol");
    refuse(atoms, "Qq", -3, "'Qq' has a mass of -3 amu");
    refuse(atoms, "Qq", NAN, "'Qq' has a mass of nan amu");
    refuse(atoms, "Unobtainium", 1, "longer than 7 letters");
    /* What a file would hold in place of these is a comment, a number, or two words. */
    const char *const wrong[] = {"#u", "0", "1e5", "-", "A b", "A\t", "A\xc3\xa4", "\x01"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        refuse(atoms, wrong[k], 1, "cannot be the name of a species; begin with a letter");
    assert_true(vt_is_species_name("Cu_1'#+"));
    atoms->type[0] = atoms->type[3] = 2;
    atoms->type[1] = atoms->type[2] = atoms->type[4] = 1;
    vt_atoms_drop_species(atoms); /* Al, which has no atom */
    assert_int_equal(atoms->species_count, 2);
    assert_string_equal(atoms->species[atoms->type[0]].symbol, "A");
    assert_string_equal(atoms->species[atoms->type[4]].symbol, "Cu");
    char name[8];
    for (int k = 2; k < VT_MAX_SPECIES; k++) {
        snprintf(name, sizeof name, "X%d", k);
        assert_int_equal(vt_atoms_add_species(atoms, name, 1, &err), k);
    }
    refuse(atoms, "Y", 0, "the limit is 32");
    vt_atoms_destroy(atoms);
}

/* Types 1 and 3 are both Cu, of which 3 is an isotope. */
static vt_atoms *two_types_of_copper(void) {
    static const int32_t TYPE[8] = {0, 1, 2, 1, 0, 2, 2, 1};
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *atoms = vt_atoms_create(8, &box, &err);
    vt_atoms_add_species(atoms, "Cu", 63.546, &err);
    vt_atoms_add_species(atoms, "Zr", 91.224, &err);
    atoms->species[atoms->species_count++] = (vt_species){"Cu", 64.927793};
    memcpy(atoms->type, TYPE, sizeof TYPE);
    return atoms;
}

static void types_of_one_symbol_are_one_species(void **state) {
    (void)state;
    vt_atoms *atoms = two_types_of_copper();
    vt_species_list list = vt_atoms_species(atoms);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.species[0].symbol, "Cu");
    assert_string_equal(list.species[1].symbol, "Zr");
    assert_int_equal(list.atoms[0], 5);
    assert_int_equal(list.atoms[1], 3);
    assert_int_equal(list.of_type[0], 0);
    assert_int_equal(list.of_type[1], 1);
    assert_int_equal(list.of_type[2], 0);
    CHECK_NEAR(list.species[0].mass, (2 * 63.546 + 3 * 64.927793) / 5, 1e-12);
    /* The mean of equal masses is that mass, to the last bit. */
    assert_true(list.species[1].mass == 91.224);
    CHECK_NEAR((double)list.atoms[0] * list.species[0].mass + 3 * 91.224, vt_atoms_mass(atoms),
               1e-10);
    atoms->type[1] = 7; /* does not exist: left out, not read */
    assert_int_equal(vt_atoms_species(atoms).atoms[1], 2);
    vt_atoms_destroy(atoms);
}

static void substitution_replaces_a_species_whatever_its_type(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = two_types_of_copper();
    int al = vt_atoms_add_species(atoms, "Al", 0, &err);
    assert_int_equal(vt_atoms_substitute(atoms, 2, al, 6, 1, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "only 5 can (Cu)");
    /* The atoms of the other type of Cu are Cu already. */
    assert_int_equal(vt_atoms_substitute(atoms, -1, 2, 4, 1, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "only 3 can");
    REQUIRE_OK(vt_atoms_substitute(atoms, 0, 2, 5, 1, &err), err);
    assert_int_equal(atoms->type[0], 0);
    REQUIRE_OK(vt_atoms_substitute(atoms, 0, al, 5, 1, &err), err);
    vt_species_list list = vt_atoms_species(atoms);
    assert_int_equal(list.atoms[list.of_type[0]], 0);
    assert_int_equal(list.atoms[list.of_type[al]], 5);
    vt_atoms_destroy(atoms);
}

static void appending_keeps_types_and_masses(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = two_types_of_copper(), *other = two_types_of_copper();
    double mass = vt_atoms_mass(atoms);
    REQUIRE_OK(vt_atoms_append(atoms, other, &err), err);
    assert_int_equal(atoms->species_count, 3);
    for (int k = 0; k < 8; k++) assert_int_equal(atoms->type[8 + k], atoms->type[k]);
    CHECK_NEAR(vt_atoms_mass(atoms), 2 * mass, 1e-10);
    /* An isotope that is not there yet becomes a type of its own, and still the same species. */
    other->species[0].mass = 62.929599;
    double added = vt_atoms_mass(other);
    REQUIRE_OK(vt_atoms_append(atoms, other, &err), err);
    assert_int_equal(atoms->species_count, 4);
    assert_int_equal(vt_atoms_species(atoms).count, 2);
    CHECK_NEAR(vt_atoms_mass(atoms), 2 * mass + added, 1e-10);
    vt_atoms_destroy(other);
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_and_numbers_agree),
        cmocka_unit_test(weights_are_those_of_iupac),
        cmocka_unit_test(volumes_are_those_of_the_crystals),
        cmocka_unit_test(species_are_added_once_and_dropped_when_unused),
        cmocka_unit_test(types_of_one_symbol_are_one_species),
        cmocka_unit_test(substitution_replaces_a_species_whatever_its_type),
        cmocka_unit_test(appending_keeps_types_and_masses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reading setfl files: what is wrong is named with file and line. */
#include "fixture.h"

#include <unistd.h>

static const char PATH[] = "test_setfl.eam";

static const char HEADER[] = "one\ntwo\nthree\n2 Cu Zr\n5 0.1 6 1.0 5.0 # nrho drho nr dr cutoff\n";
static const char ELEMENT_1[] = "29 63.5 3.6 fcc\n0 -1 -1.4 -1.7 -2\n5 4 3 2 1 0\n";
static const char ELEMENT_2[] = "40 91.2 3.2 hcp\n0 -1 -1.4 -1.7 -2\n6 5 4 3 2 0\n";
static const char PAIRS[] = "9 5 3 1 0.5 0\n8 5 3 1 0.5 0\n7 5 3 1 0.5 0\n";

static vt_potential *read_text(const char *a, const char *b, const char *c, const char *d,
                               vt_error *err) {
    FILE *f = fopen(PATH, "w");
    assert_non_null(f);
    fprintf(f, "%s%s%s%s", a, b, c, d);
    assert_int_equal(fclose(f), 0);
    *err = (vt_error){0};
    vt_potential *p = vt_potential_eam_read(PATH, err);
    remove(PATH);
    return p;
}

static void expect_failure(const char *a, const char *b, const char *c, const char *d,
                           const char *message) {
    vt_error err;
    vt_potential *p = read_text(a, b, c, d, &err);
    if (p != NULL) fail_msg("read without an error; expected \"%s\"", message);
    CHECK_MESSAGE(err, message);
}

static void both_kinds_are_told_apart(void **state) {
    (void)state;
    vt_error err;
    vt_potential *p = read_text(HEADER, ELEMENT_1, ELEMENT_2, PAIRS, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    assert_string_equal(vt_potential_name(p), "eam/alloy");
    assert_string_equal(vt_potential_file(p), PATH);
    char expected[5000];
    assert_non_null(getcwd(expected, 4096));
    strcat(strcat(expected, "/"), PATH);
    assert_string_equal(vt_potential_path(p), expected);
    assert_int_equal(strlen(vt_potential_sha256(p)), 64);
    assert_int_equal(vt_potential_species_count(p), 2);
    assert_string_equal(vt_potential_species(p, 1)->symbol, "Zr");
    CHECK_NEAR(vt_potential_species(p, 1)->mass, 91.2, 0);
    CHECK_NEAR(vt_potential_cutoff(p), 5.0, 0);
    vt_potential_destroy(p);
    p = read_text(HEADER, "29 63.5 3.6 fcc\n0 -1 -1.4 -1.7 -2\n5 4 3 2 1 0\n4 3 2 1 1 0\n",
                  "40 91.2 3.2 hcp\n0 -1 -1.4 -1.7 -2\n6 5 4 3 2 0\n6 5 4 3 2 0\n", PAIRS, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    assert_string_equal(vt_potential_name(p), "eam/fs");
    vt_potential_destroy(p);
}

static void broken_files_are_named(void **state) {
    (void)state;
    expect_failure(HEADER, ELEMENT_1, ELEMENT_2, "9 5 3 1\n",
                   "test_setfl.eam:12: expected value 5 of 6 of r phi(r) of Cu and Cu, found the "
                   "end of the file");
    expect_failure(HEADER, ELEMENT_1, "", "", "found the end of the file");
    expect_failure("", "", "", "", "test_setfl.eam: expected the number of elements (line 4");
    expect_failure("2 Cu Zr\n5 0.1 6 1.0 5.0\n29 63.5 3.6 fcc\n0.5 -1\n", "", "", "",
                   "test_setfl.eam:4: the number of elements (line 4 of a setfl file, behind three "
                   "lines of comment) must be a whole number");
    expect_failure("a\nb\nc\n2 Cu\n", "", "", "",
                   "test_setfl.eam:4: expected 2 element symbols, found 1");
    expect_failure("a\nb\nc\n2 Cu Zr Al\n", "", "", "",
                   "test_setfl.eam:4: expected 2 element symbols, found 3");
    expect_failure("a\nb\nc\n2 Cu Cu\n", "", "", "", "test_setfl.eam:4: element 'Cu' stands twice");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 -0.1 6 1.0 5.0\n", "", "", "",
                   "test_setfl.eam:5: drho must be positive, found -0.1");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 0.1 0 1.0 5.0\n", "", "", "",
                   "test_setfl.eam:5: nr must be a whole number from 5 to 1000000, found 0");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 0.1 6 -1.0 5.0\n", "", "", "",
                   "test_setfl.eam:5: dr must be positive, found -1");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 0.1 6 1.0 9.0\n", "", "", "", "short of the cutoff 9 A");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 0.1 6 100 550\n", "", "", "",
                   "test_setfl.eam:5: the cutoff is 550 A, where some 2 to 10 A are usual");
    expect_failure("a\nb\nc\n99 Cu Zr\n", "", "", "", "a whole number from 1 to 32, found 99");
    expect_failure("a\nb\nc\n2 Cu Zr\n1e99 0.1 6 1 5\n", "", "", "", "found 1e+99");
    expect_failure("x UNITS: real\nb\nc\n2 Cu Zr\n", "", "", "",
                   "test_setfl.eam:1: the file is in units 'real'; expected metal");
    expect_failure(HEADER, "29 -63.5 3.6 fcc\n", "", "",
                   "test_setfl.eam:6: the mass must be positive");
    expect_failure(HEADER, "29 6.35e7 3.6 fcc\n", "", "",
                   "test_setfl.eam:6: the mass of 'Cu' is 6.35e+07 amu; atomic masses are below");
    expect_failure(HEADER, "29 63.5 3.6\n", "", "", "expected a lattice type");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 nan -1.7 -2\n", "", "",
                   "test_setfl.eam:7: expected value 3 of 5 of F(rho) of Cu, found 'nan'");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 -inf -1.7 -2\n", "", "", "found '-inf'");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 1.0x -1.7 -2\n", "", "", "found '1.0x'");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 1e200 -1.7 -2\n", "", "", "found '1e200'");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 1.0-1.7 -2\n", "", "",
                   "found '1.0-1.7'; two numbers have run together");
}

static double energy_of_pair(const vt_potential *p) {
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(20, 20, 20);
    vt_atoms *a = vt_atoms_create(2, &box, &err);
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "Cu", 63.5, &err), 0);
    assert_int_equal(vt_atoms_add_species(a, "Zr", 91.2, &err), 1);
    a->type[0] = 0;
    a->type[1] = 1;
    a->x[0] = a->y[0] = a->z[0] = a->y[1] = a->z[1] = 5;
    a->x[1] = 7.25;
    vt_system *c = system_create(a, p, -1, VT_PRECISION_DOUBLE);
    vt_result r;
    REQUIRE_OK(evaluate_atoms(c, VT_WANT_ENERGY, &r, &err), err);
    vt_system_destroy(c);
    vt_atoms_destroy(a);
    return r.energy;
}

/* The energy of a pair, and what was left out. */
static double read_and_note(const char *a, const char *b, const char *c, const char *d,
                            const char *note) {
    vt_error err;
    vt_potential *p = read_text(a, b, c, d, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    assert_string_equal(vt_potential_note(p), note);
    double energy = energy_of_pair(p);
    vt_potential_destroy(p);
    return energy;
}

static void what_is_too_much_is_noticed(void **state) {
    (void)state;
    double plain = read_and_note(HEADER, ELEMENT_1, ELEMENT_2, PAIRS, "");
    assert_true(plain != 0);
    /* Behind a table's last value on its line: as LAMMPS, and said. */
    double more = read_and_note(
        HEADER, "29 63.5 3.6 fcc\n0 -1 -1.4 -1.7 -2\n5 4 3\n2 1 0 0\n", ELEMENT_2,
        "9 5 3 1 0.5 0\n8 5 3 1 0.5 0 7 7\n7 5 3 1 0.5 0\n",
        "the density of Cu has 1 value more in line 9 than the 6 of the header (so in 2 places); "
        "left out, as LAMMPS does");
    CHECK_NEAR(more, plain, 0);
    /* Words are comments behind the header's numbers, and noted behind the tables. */
    CHECK_NEAR(read_and_note("a\nb\nc\n2 Cu Zr\n5 0.1 6 1.0 5.0 nrho drho\n",
                             "29 63.5 3.6 fcc Cu\n0 -1 -1.4 -1.7 -2\n5 4 3 2 1 0\n", ELEMENT_2,
                             "9 5 3 1 0.5 0\n8 5 3 1 0.5 0\n7 5 3 1 0.5 0\n# done\n\n", ""),
               plain, 0);
    CHECK_NEAR(
        read_and_note(HEADER, ELEMENT_1, ELEMENT_2,
                      "9 5 3 1 0.5 0\n8 5 3 1 0.5 0\n7 5 3 1 0.5 0\nthe end\n",
                      "words stand behind the last table, line 15; left out, as LAMMPS does"),
        plain, 0);
    /* LAMMPS lets these run into the tables that follow. */
    expect_failure(
        HEADER, "29 63.5 3.6 fcc\n0 -1 -1.4 -1.7 -2 1 2 3 4 5 6\n5 4 3 2 1 0\n", ELEMENT_2, PAIRS,
        "test_setfl.eam:7: F(rho) of Cu has 6 values more on its last line than the 5 of "
        "the header");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 -1.4 -1.7 -2 x\n", "", "",
                   "test_setfl.eam:7: expected the end of the line, found 'x'");
    /* On lines of their own, values shift all that follows. */
    expect_failure(HEADER, ELEMENT_1, ELEMENT_2,
                   "9\n5\n3\n1\n0.5\n0\n0\n8 5 3 1 0.5\n0\n0 7 5 3 1 0.5\n 0\n0\n",
                   "test_setfl.eam:22: 2 numbers stand behind the last table");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 0.1 6 1.0 5.0 7.0\n", "", "", "",
                   "test_setfl.eam:5: behind the cutoff stands a further number, 7: this is the "
                   "helium variant (eam/he)");
}

static void other_kinds_are_refused_by_name(void **state) {
    (void)state;
    /* By what stands behind the tables: two more for each pair, or a polynomial. */
    static const char PAIR[] = "1 2 3 4 5 6\n";
    char more[400] = "";
    strcpy(more, PAIRS);
    for (int k = 0; k < 6; k++) strcat(more, PAIR);
    expect_failure(
        HEADER, ELEMENT_1, ELEMENT_2, more,
        "is a potential of the kind angular-dependent (adp), which vitrum does not have");
    snprintf(more, sizeof more, "%s# h(x)\n4 1 -1 2.8 -3.4 1.4\n", PAIRS);
    expect_failure(HEADER, ELEMENT_1, ELEMENT_2, more, "concentration-dependent (eam/cd)");
    /* By the name. */
    vt_error err = {0};
    assert_null(vt_potential_eam_read("/nowhere/AlCu.adp", &err));
    CHECK_MESSAGE(err, "angular-dependent (adp)");
    assert_null(vt_potential_eam_read("FeCr.cdeam.gz", &err));
    CHECK_MESSAGE(err, "concentration-dependent (eam/cd)");
    assert_null(vt_potential_eam_read("PdHHe.eam.he", &err));
    CHECK_MESSAGE(err, "EAM for helium (eam/he)");
}

static void numbers_of_other_programs_are_read(void **state) {
    (void)state;
    double plain = read_and_note(HEADER, ELEMENT_1, ELEMENT_2, PAIRS, "");
    /* Fortran's exponents, commas, ends of lines of Windows, a byte order mark, tabs. */
    CHECK_NEAR(read_and_note("\xef\xbb\xbfone\r\ntwo\r\n\r\n2,Cu,Zr\r\n5 1.0D-1 6 1.0d+00 5.0\r\n",
                             "29\t63.5\t3.6\tfcc\r\n0, -1, -1.4D0,\r\n-.17E1 -2\r\n5 4 3 2 1 0\r\n",
                             ELEMENT_2, PAIRS, ""),
               plain, 0);
}

static void messages_hold_nothing_raw(void **state) {
    (void)state;
    static const char *const RAW = "\033]0;owned\a";
    char header[200];
    snprintf(header, sizeof header, "a\nb\nc\n1 Cu\n5 1 5 1 %s\n", RAW);
    expect_failure(header, "", "", "", "expected the cutoff, found '?]0;owned?'");
    snprintf(header, sizeof header, "a\nb\nc\n1 %s\n", RAW);
    expect_failure(header, "", "", "", "expected an element symbol, found '?]0;owned?'");
    expect_failure("UNITS: \033[31mreal\nb\nc\n", "", "", "", "in units '?[31mreal'");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 \033[31m\n", "", "", "found '?[31m'");
}

static void missing_and_strange_files_are_named(void **state) {
    (void)state;
    vt_error err = {0};
    assert_null(vt_potential_eam_read("no-such-file.eam.fs", &err));
    CHECK_MESSAGE(err, "cannot open no-such-file.eam.fs: No such file or directory");
    assert_null(vt_potential_eam_read(".", &err));
    CHECK_MESSAGE(err, "cannot read .: it is a folder");
    FILE *f = fopen(PATH, "wb");
    assert_non_null(f);
    fwrite("\0\1\2\3", 1, 4, f);
    fclose(f);
    assert_null(vt_potential_eam_read(PATH, &err));
    CHECK_MESSAGE(err, "is not a text file");
    remove(PATH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_are_told_apart),
        cmocka_unit_test(broken_files_are_named),
        cmocka_unit_test(what_is_too_much_is_noticed),
        cmocka_unit_test(other_kinds_are_refused_by_name),
        cmocka_unit_test(numbers_of_other_programs_are_read),
        cmocka_unit_test(messages_hold_nothing_raw),
        cmocka_unit_test(missing_and_strange_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

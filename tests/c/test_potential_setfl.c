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
                   "test_setfl.eam:13: expected a value of r phi(r), found the end of the file");
    expect_failure(HEADER, ELEMENT_1, "", "", "found the end of the file");
    expect_failure("", "", "", "", "test_setfl.eam:1: expected the number of elements");
    expect_failure("a\nb\nc\n2 Cu\n", "", "", "",
                   "test_setfl.eam:4: expected 2 element symbols, found 1");
    expect_failure("a\nb\nc\n2 Cu Cu\n", "", "", "", "test_setfl.eam:4: element 'Cu' stands twice");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 -0.1 6 1.0 5.0\n", "", "", "",
                   "test_setfl.eam:5: drho must be positive, found -0.1");
    expect_failure("a\nb\nc\n2 Cu Zr\n5 0.1 6 1.0 9.0\n", "", "", "", "short of the cutoff 9 A");
    expect_failure("a\nb\nc\n99 Cu Zr\n", "", "", "", "a whole number from 1 to 32, found 99");
    expect_failure("a\nb\nc\n2 Cu Zr\n1e99 0.1 6 1 5\n", "", "", "", "found 1e+99");
    expect_failure(HEADER, "29 -63.5 3.6 fcc\n", "", "",
                   "test_setfl.eam:6: the mass must be positive");
    expect_failure(HEADER, "29 63.5 3.6\n", "", "", "expected a lattice type");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 nan -1.7 -2\n", "", "",
                   "test_setfl.eam:7: expected a value of F(rho), found 'nan'");
    expect_failure(HEADER, "29 63.5 3.6 fcc\n0 -1 1.0x -1.7 -2\n", "", "", "found '1.0x'");
}

static void missing_and_strange_files_are_named(void **state) {
    (void)state;
    vt_error err = {0};
    assert_null(vt_potential_eam_read("no-such-file.eam.fs", &err));
    CHECK_MESSAGE(err, "cannot open no-such-file.eam.fs: No such file or directory");
    assert_null(vt_potential_eam_read(".", &err));
    CHECK_MESSAGE(err, "cannot read .: it is a directory");
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
        cmocka_unit_test(missing_and_strange_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

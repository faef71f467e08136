/* Damaged files: whatever the bytes, reading ends with atoms or with a message that names the file.
   Run under the sanitizers this also shows that no byte leads outside of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vitrum/io.h"

enum { CASES = 1500, LONGEST = 8192 };

static const char *const DATA =
    "title\n\n3 atoms\n2 atom types\n0 10 xlo xhi\n0 10 ylo yhi\n-1.5e0 10 zlo zhi\n1 2 -3 xy xz "
    "yz\n"
    "\nMasses\n\n1 63.546 # Cu\n2 91.224\n\nPair Coeffs\n\n1 0.5 1\n\nAtoms # atomic\n\n3 1 1 2 3 "
    "0 -1 "
    "2\n1 2 4.25 5 6 # c\n2 1 7 8 9.125\n\nVelocities\n\n1 1 2 3\n3 0 0 1e-3\n2 1 1 1\n";
static const char *const DUMP =
    "ITEM: UNITS\nmetal\nITEM: TIME\n0.5\nITEM: TIMESTEP\n10\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX "
    "BOUNDS xy xz yz pp ff pp\n0 10 1\n0 10 0.5\n0 10 -1\nITEM: ATOMS id type element xs ys zs ix "
    "vx c_a "
    "c_name mass\n2 1 Cu 0.5 0.25 0.125 1 3 4.5 abc 63.546\n1 2 Zr 0.1 0.2 0.3 0 1 2 x "
    "91.224\nITEM: "
    "TIMESTEP\n20\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n0 1\n0 1\n0 1\nITEM: ATOMS "
    "id "
    "element x y z\n1 Cu 0 0 0\n";
static const char *const XYZ =
    "2\nLattice=\"10 0 0 1 9 0 0 0 8\" "
    "Properties=species:S:1:pos:R:3:forces:R:3:tag:I:1:move:L:2:name:S:1 "
    "energy=-1.5 stress=\"1 2 3 4 5 6\" pbc=\"T F T\" a='b \\' c' list=[1,2.5] flag d={\"k\": "
    "1}\nCu 1 2 "
    "3 0.1 0.2 0.3 7 T F ab\nZr 4 5 6 0 0 0 8 F F cd\n1\nplain comment\nCu 1 2 3 extra\n";
static const char *const POSCAR = "vitrum title\n-500\n5 0 0\n0 5 0.5\n0 0 5\nCu_pv Zr\n1 "
                                  "2\nSelective dynamics\nDirect\n0 0 0 T T F Cu "
                                  "3\n.5 0.5 .5 F F F Zr 1\n0.25 0 0.75 T T T Zr 2\nLattice "
                                  "velocities and vectors\n 1\n1 0 0\n0 1 "
                                  "0\n0 0 1\n5 0 0\n0 5 0\n0 0 5\n\n0.1 0.2 0.3\n0 0 0\n1e-3 0 0\n";

static char path[80];

static void put(const char *bytes, size_t size) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

/* Read all frames. */
static vt_status read_all(const char *format, const char *const *species, int species_count,
                          vt_error *err) {
    vt_read_options r = vt_read_defaults();
    r.format = format;
    r.species = species;
    r.species_count = species_count;
    vt_reader *reader = vt_reader_open(path, &r, err);
    if (reader == NULL) return err->code;
    vt_frame f = {0};
    vt_status status;
    while ((status = vt_reader_next(reader, &f, err)) == VT_OK)
        /* What a reader lets through, the rest of the program relies on. */
        if (vt_failed(vt_atoms_check(f.atoms, err))) fail_msg("let through: %s", err->msg);
    vt_frame_clear(&f);
    vt_reader_close(reader);
    return status;
}

/* One to four changes: a byte replaced, removed or doubled, a piece cut or copied elsewhere. */
static size_t mutate(vt_rng *rng, char *bytes, size_t size) {
    static const char ALPHABET[] = "0123456789.-+eE \n\t\r#\"'=:[]{}TFxyzITEM\\\x01\xff";
    for (uint64_t changes = 1 + vt_rng_below(rng, 4); changes > 0 && size > 1; changes--) {
        size_t at = vt_rng_below(rng, size), n = 1 + vt_rng_below(rng, 12);
        if (n > size - at) n = size - at;
        switch (vt_rng_below(rng, 7)) {
        case 0:
            bytes[at] = (char)vt_rng_below(rng, 256);
            break;
        case 1:
        case 2:
            bytes[at] = ALPHABET[vt_rng_below(rng, sizeof ALPHABET - 1)];
            break;
        case 3:
            memmove(bytes + at, bytes + at + n, size - at - n);
            size -= n;
            break;
        case 4:
            if (size + n > LONGEST) break;
            memmove(bytes + at + n, bytes + at, size - at);
            size += n;
            break;
        case 5: { /* a long number in the place of a character */
            static const char NUMBER[] = "99999999999999999999";
            if (size + sizeof NUMBER > LONGEST) break;
            memmove(bytes + at + sizeof NUMBER - 1, bytes + at, size - at);
            memcpy(bytes + at, NUMBER, sizeof NUMBER - 1);
            size += sizeof NUMBER - 1;
            break;
        }
        default:
            if (vt_rng_below(rng, 4) == 0) size = at; /* cut off */
        }
    }
    return size;
}

static void fuzz(const char *format, const char *text, uint64_t seed) {
    static const char *const SPECIES[] = {"Cu", "Zr"};
    vt_error err = {0};
    put(text, strlen(text));
    if (vt_failed(read_all(format, NULL, 0, &err))) fail_msg("%s", err.msg);
    vt_rng rng = vt_rng_start(seed, VT_STREAM_SHUFFLE);
    int failures = 0;
    for (int k = 0; k < CASES; k++) {
        char bytes[LONGEST];
        size_t size = strlen(text);
        memcpy(bytes, text, size);
        size = mutate(&rng, bytes, size);
        put(bytes, size);
        bool given = vt_rng_below(&rng, 2) == 1;
        memset(&err, 0, sizeof err);
        vt_status status = read_all(format, given ? SPECIES : NULL, given ? 2 : 0, &err);
        assert_true(status == VT_DONE || status == VT_EFORMAT);
        if (status == VT_DONE) continue;
        failures++;
        assert_int_equal(err.code, status);
        if (strncmp(err.msg, path, strlen(path)) != 0 || err.msg[strlen(path)] != ':')
            fail_msg("case %d: the message does not begin with the file: %s", k, err.msg);
        for (const char *c = err.msg; *c != '\0'; c++)
            if ((unsigned char)*c < ' ') fail_msg("case %d: control characters in: %s", k, err.msg);
    }
    print_message("%s: %d of %d damaged files refused\n", format, failures, CASES);
    assert_in_range(failures, CASES / 10, CASES);
}

static void damaged_data_files_are_survived(void **state) {
    (void)state;
    fuzz("data", DATA, 1);
}

static void damaged_dumps_are_survived(void **state) {
    (void)state;
    fuzz("dump", DUMP, 2);
}

static void damaged_extended_xyz_is_survived(void **state) {
    (void)state;
    fuzz("extxyz", XYZ, 3);
}

static void damaged_poscars_are_survived(void **state) {
    (void)state;
    fuzz("poscar", POSCAR, 4);
}

static void damaged_gzip_is_survived(void **state) {
    (void)state;
    char packed[80 + 3], command[400];
    snprintf(packed, sizeof packed, "%s.gz", path);
    put(DATA, strlen(DATA));
    snprintf(command, sizeof command, "gzip -f '%s'", path);
    assert_int_equal(system(command), 0);
    char original[LONGEST];
    FILE *f = fopen(packed, "rb");
    assert_non_null(f);
    size_t size = fread(original, 1, sizeof original, f);
    fclose(f);
    unlink(packed);
    vt_rng rng = vt_rng_start(5, VT_STREAM_SHUFFLE);
    int failures = 0;
    for (int k = 0; k < CASES; k++) {
        char bytes[LONGEST];
        memcpy(bytes, original, size);
        /* The first two bytes say that it is gzip. Every other case is cut off, the rest damaged.
         */
        size_t at = 2 + vt_rng_below(&rng, size - 2);
        bytes[at] = (char)(bytes[at] + (int)vt_rng_below(&rng, 256));
        put(bytes, k % 2 ? size : at);
        vt_error err = {0};
        vt_status status = read_all("data", NULL, 0, &err);
        assert_true(status == VT_DONE || status == VT_EFORMAT);
        failures += status == VT_EFORMAT;
    }
    assert_in_range(failures, CASES / 2, CASES);
}

static int start(void **state) {
    (void)state;
    /* A folder in memory, where there is one: thousands of files are written. */
    strcpy(path, access("/dev/shm", W_OK) == 0 ? "/dev/shm/vitrum-fuzz-XXXXXX"
                                               : "/tmp/vitrum-fuzz-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0) return -1;
    close(fd);
    return 0;
}

static int finish(void **state) {
    (void)state;
    unlink(path);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_data_files_are_survived),
        cmocka_unit_test(damaged_dumps_are_survived),
        cmocka_unit_test(damaged_extended_xyz_is_survived),
        cmocka_unit_test(damaged_poscars_are_survived),
        cmocka_unit_test(damaged_gzip_is_survived),
    };
    return cmocka_run_group_tests(tests, start, finish);
}

/* gzip, zstd and xz: lines come out as they went in, from any place, whatever the size of the
   blocks; what is cut off or damaged is said. */
#include "fixture.h"

#include <unistd.h>

#include "io/packing.h"

static const char *const NAMES[] = {"gz", "zst", "xz"};
enum { KINDS = 3, LINES = 30000 };

static char folder[64];

static const char *in_folder(const char *kind) {
    static char path[160];
    snprintf(path, sizeof path, "%s/a.%s", folder, kind);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/vitrum-packing-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static bool built_with(const char *kind) {
    return vti_packing_of_name(in_folder(kind))->read != NULL;
}

/* Line k: a number that repeats, and digits that do not. */
static void line_of(int k, char line[64]) {
    uint64_t noise = (uint64_t)k * UINT64_C(0x9e3779b97f4a7c15);
    snprintf(line, 64, "%d 1.5 2.5 %llx", k, (unsigned long long)noise);
}

/* `copies` of the lines, each a stream of its own. */
static void write_lines(const char *path, int lines, int copies) {
    vt_error err = {0};
    unlink(path);
    for (int c = 0; c < copies; c++) {
        vt_output *out = vt_output_append(path, &err);
        assert_non_null(out);
        for (int k = 0; k < lines; k++) {
            char line[64];
            line_of(k, line);
            REQUIRE_OK(vt_output_print(out, &err, "%s\n", line), err);
        }
        REQUIRE_OK(vt_output_commit(out, &err), err);
    }
}

static void expect_line(vti_input *in, int k) {
    vt_error err = {0};
    char expected[64], *line;
    line_of(k, expected);
    vt_status status = vti_input_line(in, &line, &err);
    if (status != VT_OK) fail_msg("line %d: %s", k, err.msg);
    assert_string_equal(line, expected);
}

static void lines_come_back(void **state) {
    (void)state;
    static const size_t BLOCKS[] = {1 << 18, 1000, 7};
    size_t block = vti_input_block;
    for (int kind = 0; kind < KINDS; kind++) {
        const char *path = in_folder(NAMES[kind]);
        if (!built_with(NAMES[kind])) continue;
        write_lines(path, LINES, 2);
        for (size_t b = 0; b < sizeof BLOCKS / sizeof *BLOCKS; b++) {
            vt_error err = {0};
            vti_input_block = BLOCKS[b];
            vti_input *in = vti_input_open(path, &err);
            vti_input_block = block;
            if (in == NULL) fail_msg("%s", err.msg);
            vti_place third = {0}, far = {0};
            for (int k = 0; k < 2 * LINES; k++) {
                if (k == 2) third = vti_input_place(in);
                if (k == LINES + 5) far = vti_input_place(in);
                expect_line(in, k % LINES);
            }
            char *line;
            assert_int_equal(vti_input_line(in, &line, &err), VT_DONE);
            assert_int_equal(vti_input_line(in, &line, &err), VT_DONE);
            /* Back after the end, and on across the seam of the two streams. */
            REQUIRE_OK(vti_input_go(in, third, &err), err);
            expect_line(in, 2);
            assert_int_equal(vti_input_line_number(in), 3);
            REQUIRE_OK(vti_input_go(in, far, &err), err);
            expect_line(in, 5);
            assert_int_equal(vti_input_line_number(in), LINES + 6);
            vti_input_close(in);
        }
    }
}

/* Read to the end or to a failure. */
static vt_status read_all(const char *path, vt_error *err) {
    vti_input *in = vti_input_open(path, err);
    if (in == NULL) return err->code;
    char *line;
    vt_status status;
    while ((status = vti_input_line(in, &line, err)) == VT_OK) continue;
    vti_input_close(in);
    return status;
}

static size_t bytes_of(const char *path, unsigned char *bytes, size_t room) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, room, file);
    fclose(file);
    return n;
}

static void put_bytes(const char *path, const unsigned char *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void cut_and_damaged_files_are_named(void **state) {
    (void)state;
    static unsigned char bytes[1 << 20], changed[1 << 20];
    for (int kind = 0; kind < KINDS; kind++) {
        const char *path = in_folder(NAMES[kind]);
        if (!built_with(NAMES[kind])) continue;
        const char *name = vti_packing_of_name(path)->name;
        write_lines(path, 1000, 1);
        size_t size = bytes_of(path, bytes, sizeof bytes);
        assert_true(size > 100 && size < sizeof bytes);
        const size_t cut[] = {size - 1, size - 5, size / 2, 20};
        for (size_t k = 0; k < sizeof cut / sizeof *cut; k++) {
            vt_error err = {0};
            put_bytes(path, bytes, cut[k]);
            assert_int_equal(read_all(path, &err), VT_EFORMAT);
            CHECK_MESSAGE(err, name);
            CHECK_MESSAGE(err, "data are cut off; decompress it by hand with");
        }
        /* Every byte of the data is guarded: by a structure, or by the sum at the end. */
        int said = 0, tried = 0;
        for (size_t at = 30; at + 10 < size; at += 97, tried++) {
            vt_error err = {0};
            memcpy(changed, bytes, size);
            changed[at] ^= 0x55;
            put_bytes(path, changed, size);
            vt_status status = read_all(path, &err);
            if (status == VT_EFORMAT) said++;
        }
        assert_true(tried > 20);
        assert_int_equal(said, tried);
        vt_error err = {0};
        memcpy(changed, bytes, size);
        memcpy(changed + size, "these bytes are not packed", 26);
        put_bytes(path, changed, size + 26);
        assert_int_equal(read_all(path, &err), VT_EFORMAT);
        CHECK_MESSAGE(err, "data are damaged");
    }
}

static void atoms_go_through_every_packing(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        vt_error err = {0};
        char path[160];
        snprintf(path, sizeof path, "%s/b.xyz.%s", folder, NAMES[kind]);
        if (!built_with(NAMES[kind])) continue;
        vt_box box = vt_box_orthogonal(9, 9, 9);
        vt_frame f = {.atoms = vt_atoms_create(50, &box, &err)}, g = {0};
        vt_atoms_add_species(f.atoms, "Cu", 0, &err);
        vt_write_options w = vt_write_defaults();
        w.append = true;
        for (int k = 0; k < 3; k++) {
            for (size_t i = 0; i < 50; i++) f.atoms->x[i] = 0.1 * (double)i + k;
            REQUIRE_OK(vt_frame_write(&f, path, &w, &err), err);
        }
        vt_read_options r = vt_read_defaults();
        REQUIRE_OK(vt_frame_read(&g, path, -1, &r, &err), err);
        assert_int_equal(g.atoms->count, 50);
        assert_true(g.atoms->x[49] == 0.1 * 49 + 2);
        vt_frame_clear(&f);
        vt_frame_clear(&g);
    }
}

/* A little file that would be gigabytes: no text of atoms has such lines. */
static void a_bomb_ends_early(void **state) {
    (void)state;
    static char zeros[1 << 20];
    memset(zeros, '0', sizeof zeros);
    for (int kind = 0; kind < KINDS; kind++) {
        vt_error err = {0};
        if (!built_with(NAMES[kind])) continue;
        const char *path = in_folder(NAMES[kind]);
        vt_output *out = vt_output_create(path, true, &err);
        assert_non_null(out);
        for (int k = 0; k < 40; k++)
            REQUIRE_OK(vt_output_write(out, zeros, sizeof zeros, &err), err);
        REQUIRE_OK(vt_output_commit(out, &err), err);
        assert_int_equal(read_all(path, &err), VT_EFORMAT);
        CHECK_MESSAGE(err, "this line is longer than 16 MB");
    }
}

static void what_is_not_built_in_is_said(void **state) {
    (void)state;
    vt_error err = {0};
    const vti_packing none = {.name = "zstd", .by_hand = "unzstd", .package = "libzstd-dev"};
    assert_int_equal(vti_packing_check(&none, "a.zst", &err), VT_EINVAL);
    assert_string_equal(err.msg, "a.zst: this vitrum was built without zstd; use .gz or a plain "
                                 "file (unzstd unpacks it), or install libzstd-dev and build anew");
    assert_int_equal(vti_packing_check(NULL, "a", &err), VT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_come_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(cut_and_damaged_files_are_named, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(atoms_go_through_every_packing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_bomb_ends_early, make_folder, remove_folder),
        cmocka_unit_test(what_is_not_built_in_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

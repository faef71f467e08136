/* vt_output: what is written arrives, and whatever goes wrong leaves the folder as it was. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "vitrum/io.h"

static char folder[64];

static const char *in_folder(const char *name) {
    static char path[4][160];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[0], "%s/%s", folder, name);
    return path[next];
}

static int files_in(const char *path) {
    DIR *d = opendir(path);
    assert_non_null(d);
    int n = 0;
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) n++;
    closedir(d);
    return n;
}

static void put(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Text of a file, plain or gzip; valid until the next call. */
static const char *text_of(const char *path) {
    static char text[1 << 16];
    gzFile f = gzopen(path, "rb");
    assert_non_null(f);
    int n = gzread(f, text, sizeof text - 1);
    gzclose(f);
    assert_true(n >= 0);
    text[n] = '\0';
    return text;
}

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/vitrum-output-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void data_arrive_plain_and_compressed(void **state) {
    (void)state;
    const char *names[] = {"a.txt", "a.txt.gz"};
    for (int k = 0; k < 2; k++) {
        vt_error err = {0};
        vt_output *o = vt_output_create(in_folder(names[k]), false, &err);
        assert_non_null(o);
        assert_int_equal(vt_output_write(o, "glass ", 6, &err), VT_OK);
        assert_int_equal(vt_output_print(o, &err, "%d %s\n", 2385, "atoms"), VT_OK);
        assert_int_equal(access(in_folder(names[k]), F_OK), -1); /* not before the commit */
        assert_int_equal(vt_output_commit(o, &err), VT_OK);
        assert_string_equal(text_of(in_folder(names[k])), "glass 2385 atoms\n");
    }
    assert_int_equal(files_in(folder), 2);
}

static void long_text_is_whole(void **state) {
    (void)state;
    vt_error err = {0};
    vt_output *o = vt_output_create(in_folder("long.gz"), false, &err);
    assert_non_null(o);
    char line[3001];
    memset(line, 'x', 3000);
    line[3000] = '\0';
    for (int k = 0; k < 500; k++) assert_int_equal(vt_output_print(o, &err, "%s\n", line), VT_OK);
    assert_int_equal(vt_output_commit(o, &err), VT_OK);
    gzFile f = gzopen(in_folder("long.gz"), "rb");
    long total = 0;
    for (int n; (n = gzread(f, line, sizeof line)) > 0;) total += n;
    gzclose(f);
    assert_int_equal(total, 500 * 3001);
}

static void existing_file_is_kept_unless_told(void **state) {
    (void)state;
    put(in_folder("old"), "old");
    chmod(in_folder("old"), 0640);
    vt_error err = {0};
    assert_null(vt_output_create(in_folder("old"), false, &err));
    assert_non_null(strstr(err.msg, "exists and was not written by this run; choose another name "
                                    "or set overwrite = true"));
    vt_output *o = vt_output_create(in_folder("old"), true, &err);
    assert_non_null(o);
    vt_output_write(o, "new", 3, &err);
    vt_output_discard(o);
    assert_string_equal(text_of(in_folder("old")), "old");
    o = vt_output_create(in_folder("old"), true, &err);
    assert_non_null(o);
    vt_output_write(o, "new", 3, &err);
    assert_int_equal(vt_output_commit(o, &err), VT_OK);
    assert_string_equal(text_of(in_folder("old")), "new");
    struct stat info;
    stat(in_folder("old"), &info);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(files_in(folder), 1);
}

static void file_made_meanwhile_is_kept(void **state) {
    (void)state;
    vt_error err = {0};
    vt_output *o = vt_output_create(in_folder("race"), false, &err);
    assert_non_null(o);
    put(in_folder("race"), "theirs");
    assert_int_equal(vt_output_commit(o, &err), VT_EIO);
    assert_non_null(strstr(err.msg, "was made by another program meanwhile"));
    assert_string_equal(text_of(in_folder("race")), "theirs");
    assert_int_equal(files_in(folder), 1);
}

static void link_is_followed(void **state) {
    (void)state;
    put(in_folder("target"), "old");
    assert_int_equal(symlink("target", in_folder("link")), 0);
    vt_error err = {0};
    vt_output *o = vt_output_create(in_folder("link"), true, &err);
    assert_non_null(o);
    vt_output_write(o, "new", 3, &err);
    assert_int_equal(vt_output_commit(o, &err), VT_OK);
    assert_string_equal(text_of(in_folder("target")), "new");
    struct stat info;
    lstat(in_folder("link"), &info);
    assert_true(S_ISLNK(info.st_mode));
}

static void appending_adds_and_cuts_back(void **state) {
    (void)state;
    const char *names[] = {"t.xyz", "t.xyz.gz"};
    for (int k = 0; k < 2; k++) {
        vt_error err = {0};
        for (int frame = 0; frame < 3; frame++) {
            vt_output *o = vt_output_append(in_folder(names[k]), &err);
            assert_non_null(o);
            vt_output_print(o, &err, "frame %d\n", frame);
            if (frame == 1)
                vt_output_discard(o);
            else
                assert_int_equal(vt_output_commit(o, &err), VT_OK);
        }
        assert_string_equal(text_of(in_folder(names[k])), "frame 0\nframe 2\n");
    }
}

static void bad_paths_are_explained(void **state) {
    (void)state;
    vt_error err = {0};
    assert_null(vt_output_create("", false, &err));
    assert_non_null(strstr(err.msg, "a file name is empty"));
    assert_null(vt_output_create(folder, true, &err));
    assert_non_null(strstr(err.msg, "it is a folder; give a file name in it"));
    assert_null(vt_output_create(in_folder("none/a"), false, &err));
    assert_non_null(strstr(err.msg, "No such file or directory; make the folder first"));
    put(in_folder("file"), "");
    assert_null(vt_output_create(in_folder("file/a"), false, &err));
    assert_non_null(strstr(err.msg, "Not a directory; make the folder first"));
    assert_null(vt_output_create("/proc/vitrum", false, &err));
    assert_non_null(strstr(err.msg, "/proc/vitrum"));
    if (geteuid() != 0) { /* root may write anywhere */
        chmod(folder, 0500);
        assert_null(vt_output_create(in_folder("a"), false, &err));
        chmod(folder, 0700);
        assert_non_null(strstr(err.msg, "choose a folder that you may write to"));
    }
}

static void full_device_is_reported(void **state) {
    (void)state;
    if (access("/dev/full", W_OK) != 0) skip();
    vt_error err = {0};
    vt_output *o = vt_output_create("/dev/full", false, &err);
    assert_non_null(o);
    assert_int_equal(vt_output_write(o, "x", 1, &err), VT_OK); /* still in the buffer */
    assert_int_equal(vt_output_commit(o, &err), VT_EIO);
    assert_non_null(strstr(err.msg, "cannot write /dev/full: No space left on device; free some "
                                    "space or write to another disk"));
}

static void full_disk_leaves_the_old_file(void **state) {
    (void)state;
    if (geteuid() != 0 || mount("none", folder, "tmpfs", 0, "size=64k") != 0) {
        print_message("skipped: mounting a small disk needs root\n");
        skip();
    }
    put(in_folder("glass.data"), "old");
    vt_error err = {0};
    vt_output *o = vt_output_create(in_folder("glass.data"), true, &err);
    vt_status first = VT_OK, last = VT_OK;
    vt_error first_err = {0};
    if (o != NULL) {
        static char block[1 << 16];
        for (int k = 0; k < 16; k++) {
            last = vt_output_write(o, block, sizeof block, &err);
            if (vt_failed(last) && first == VT_OK) {
                first = last;
                first_err = err;
            }
        }
        last = vt_output_commit(o, &err);
    }
    char kept[8];
    snprintf(kept, sizeof kept, "%.7s", text_of(in_folder("glass.data")));
    int files = files_in(folder);
    umount(folder); /* before any assertion, so that the folder can be removed */
    assert_non_null(o);
    assert_int_equal(first, VT_EIO);
    assert_int_equal(last, VT_EIO);
    assert_string_equal(first_err.msg, err.msg); /* the first reason stays */
    assert_non_null(strstr(err.msg, "No space left on device"));
    assert_string_equal(kept, "old");
    assert_int_equal(files, 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(data_arrive_plain_and_compressed),
        CASE(long_text_is_whole),
        CASE(existing_file_is_kept_unless_told),
        CASE(file_made_meanwhile_is_kept),
        CASE(link_is_followed),
        CASE(appending_adds_and_cuts_back),
        CASE(bad_paths_are_explained),
        CASE(full_device_is_reported),
        CASE(full_disk_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reading ahead gives the same frames, the same messages and the same end as reading in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "vitrum/io.h"

enum { FRAMES = 6, ATOMS = 500 };

static char folder[64];

static const char *in_folder(const char *name) {
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Frame k (from 1) has the time step 10 k and x = k at its first atom. */
static void write_frames(const char *name) {
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(20, 20, 20);
    vt_frame f = {.atoms = vt_atoms_create(ATOMS, &box, &err)};
    assert_non_null(f.atoms);
    vt_atoms_add_species(f.atoms, "Cu", 0, &err);
    vt_rng rng = vt_rng_start(2385, VT_STREAM_SHUFFLE);
    for (int k = 1; k <= FRAMES; k++) {
        for (size_t i = 0; i < ATOMS; i++) {
            f.atoms->x[i] = i == 0 ? k : 20 * vt_rng_uniform(&rng);
            f.atoms->y[i] = 20 * vt_rng_uniform(&rng);
        }
        f.has_timestep = true;
        f.timestep = 10 * k;
        vt_write_options o = vt_write_defaults();
        o.append = k > 1;
        o.overwrite = k == 1;
        if (vt_failed(vt_frame_write(&f, in_folder(name), &o, &err))) fail_msg("%s", err.msg);
    }
    vt_frame_clear(&f);
}

static int set_up(void **state) {
    (void)state;
    strcpy(folder, "/tmp/vitrum-ahead-XXXXXX");
    if (mkdtemp(folder) == NULL) return -1;
    write_frames("run.dump");
    return vt_failed(vt_threads_set(2, NULL));
}

static int tear_down(void **state) {
    (void)state;
    vt_interrupt_clear();
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static vt_reader *opened(const char *name, bool ahead) {
    vt_error err = {0};
    vt_read_options o = vt_read_defaults();
    vt_reader *reader = vt_reader_open(in_folder(name), &o, &err);
    if (reader == NULL) fail_msg("%s", err.msg);
    if (ahead) vt_reader_ahead(reader);
    return reader;
}

/* Both readers to their end: the same status, message and atoms at every step. */
static vt_status compare(const char *name, int *frames) {
    vt_reader *ahead = opened(name, true), *plain = opened(name, false);
    vt_frame a = {0}, b = {0};
    vt_status status;
    *frames = 0;
    do {
        vt_error why_a = {0}, why_b = {0};
        status = vt_reader_next(ahead, &a, &why_a);
        assert_int_equal(status, vt_reader_next(plain, &b, &why_b));
        assert_string_equal(why_a.msg, why_b.msg);
        if (status != VT_OK) break;
        ++*frames;
        assert_int_equal(a.timestep, b.timestep);
        assert_int_equal(a.atoms->count, b.atoms->count);
        assert_memory_equal(a.atoms->x, b.atoms->x, a.atoms->count * sizeof(double));
        assert_memory_equal(a.atoms->y, b.atoms->y, a.atoms->count * sizeof(double));
    } while (true);
    /* What comes behind the end is the same, too. */
    vt_error why_a = {0}, why_b = {0};
    assert_int_equal(vt_reader_next(ahead, &a, &why_a), vt_reader_next(plain, &b, &why_b));
    assert_string_equal(why_a.msg, why_b.msg);
    assert_null(a.atoms);
    vt_reader_close(ahead);
    vt_reader_close(plain);
    return status;
}

static void frames_are_the_same(void **state) {
    (void)state;
    int frames;
    assert_int_equal(compare("run.dump", &frames), VT_DONE);
    assert_int_equal(frames, FRAMES);
    write_frames("run.extxyz.gz");
    assert_int_equal(compare("run.extxyz.gz", &frames), VT_DONE);
    assert_int_equal(frames, FRAMES);
}

/* The frames before the damage come first, although the reading has met it by then. */
static void a_cut_off_file_fails_at_the_same_frame(void **state) {
    (void)state;
    struct stat info;
    assert_int_equal(stat(in_folder("run.dump"), &info), 0);
    assert_int_equal(truncate(in_folder("run.dump"), info.st_size * 7 / 12), 0);
    int frames;
    assert_int_equal(compare("run.dump", &frames), VT_EFORMAT);
    assert_int_equal(frames, FRAMES / 2);
}

static void a_reader_may_be_closed_at_any_time(void **state) {
    (void)state;
    for (int taken = 0; taken < FRAMES; taken++) {
        vt_reader *reader = opened("run.dump", true);
        vt_frame f = {0};
        for (int k = 0; k < taken; k++) assert_int_equal(vt_reader_next(reader, &f, NULL), VT_OK);
        vt_frame_clear(&f);
        vt_reader_close(reader);
    }
    assert_int_equal(vt_threads_free(), 2); /* no helper is left */
}

/* With a frame read that nobody takes, kernels have all threads again after a while: reading one of
   these takes milliseconds, and ten seconds are enough on any machine. */
static void a_reader_left_alone_gives_its_processor_back(void **state) {
    (void)state;
    vt_reader *reader = opened("run.dump", true);
    vt_frame f = {0};
    for (int k = 0; k < 2; k++) assert_int_equal(vt_reader_next(reader, &f, NULL), VT_OK);
    double start = vt_clock();
    while (vt_threads_free() < 2 && vt_clock() - start < 10)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_int_equal(vt_threads_free(), 2);
    assert_int_equal(vt_reader_next(reader, &f, NULL), VT_OK);
    vt_frame_clear(&f);
    vt_reader_close(reader);
    assert_int_equal(vt_threads_free(), 2);
}

static void seeking_goes_on_in_turn(void **state) {
    (void)state;
    static const int64_t GOALS[] = {1, 5, 2, -1, -FRAMES, 3};
    for (size_t k = 0; k < sizeof GOALS / sizeof *GOALS; k++) {
        vt_error err = {0};
        vt_reader *reader = opened("run.dump", true);
        vt_frame f = {0};
        for (int taken = 0; taken < 2; taken++)
            assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
        if (vt_failed(vt_reader_seek(reader, GOALS[k], &err))) fail_msg("%s", err.msg);
        assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
        int64_t expected = GOALS[k] > 0 ? GOALS[k] : FRAMES + 1 + GOALS[k];
        assert_int_equal(f.timestep, 10 * expected);
        vt_frame_clear(&f);
        vt_reader_close(reader);
    }
}

/* What has been read ahead in vain is no failure of those who asked for something else. */
static void seeking_forgets_damage_that_nobody_met(void **state) {
    (void)state;
    struct stat info;
    assert_int_equal(stat(in_folder("run.dump"), &info), 0);
    assert_int_equal(truncate(in_folder("run.dump"), info.st_size * 7 / 12), 0);
    vt_error err = {0};
    vt_reader *reader = opened("run.dump", true);
    vt_frame f = {0};
    for (int k = 0; k < FRAMES / 2; k++) assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); /* the thread meets it */
    if (vt_failed(vt_reader_seek(reader, 2, &err))) fail_msg("%s", err.msg);
    for (int k = 2; k <= FRAMES / 2; k++) {
        assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
        assert_int_equal(f.timestep, 10 * k);
    }
    assert_int_equal(vt_reader_next(reader, &f, &err), VT_EFORMAT);
    assert_int_equal(vt_reader_seek(reader, 1, &err), VT_EINVAL);
    assert_string_equal(err.msg, "reading failed before; open the file again");
    vt_reader_close(reader);
}

/* Frames of a file that is written anew meanwhile do not just end. */
static void a_file_that_becomes_shorter_is_told(void **state) {
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++) {
        write_frames("run.dump");
        vt_error err = {0};
        vt_reader *reader = opened("run.dump", ahead);
        vt_frame f = {0};
        assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
        assert_int_equal(truncate(in_folder("run.dump"), 1000), 0);
        vt_status status;
        while ((status = vt_reader_next(reader, &f, &err)) == VT_OK) continue;
        assert_int_equal(status, VT_EFORMAT);
        assert_non_null(strstr(err.msg, "became shorter while it was read; read it again when"));
        vt_frame_clear(&f);
        vt_reader_close(reader);
    }
}

/* A script may add to the file that it goes through; what counts is what is there in its turn. */
static void frames_added_meanwhile_are_found(void **state) {
    (void)state;
    vt_error err = {0};
    vt_read_options o = vt_read_defaults();
    vt_frame added = {0}, f = {0};
    if (vt_failed(vt_frame_read(&added, in_folder("run.dump"), 1, &o, &err)))
        fail_msg("%s", err.msg);
    vt_write_options w = vt_write_defaults();
    w.append = true;
    vt_reader *reader = opened("run.dump", true);
    int frames = 0;
    vt_status status;
    while ((status = vt_reader_next(reader, &f, &err)) == VT_OK) {
        frames++;
        if (frames >= FRAMES && frames < FRAMES + 5)
            assert_int_equal(vt_frame_write(&added, in_folder("run.dump"), &w, &err), VT_OK);
    }
    assert_int_equal(status, VT_DONE);
    assert_int_equal(frames, FRAMES + 5);
    vt_frame_clear(&added);
    vt_frame_clear(&f);
    vt_reader_close(reader);
}

static void an_interrupt_arrives(void **state) {
    (void)state;
    vt_reader *reader = opened("run.dump", true);
    vt_frame f = {0};
    vt_error err = {0};
    assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
    vt_interrupt_request();
    vt_status status;
    while ((status = vt_reader_next(reader, &f, &err)) == VT_OK) continue;
    /* The file is small enough to be in the buffer whole: then nothing is left to stop. */
    assert_true(status == VT_EINTERRUPT || status == VT_DONE);
    vt_frame_clear(&f);
    vt_reader_close(reader);
}

static void one_thread_reads_in_turn(void **state) {
    (void)state;
    assert_int_equal(vt_threads_set(1, NULL), VT_OK);
    int frames;
    assert_int_equal(compare("run.dump", &frames), VT_DONE);
    assert_int_equal(frames, FRAMES);
}

static void helpers_take_threads_from_kernels(void **state) {
    (void)state;
    vt_helpers_add(1);
    assert_int_equal(vt_threads_free(), 1);
    vt_helpers_add(1);
    assert_int_equal(vt_threads_free(), 1);
    assert_int_equal(vt_threads(), 2);
    vt_helpers_add(-2);
    assert_int_equal(vt_threads_free(), 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(frames_are_the_same),
        CASE(a_cut_off_file_fails_at_the_same_frame),
        CASE(a_reader_may_be_closed_at_any_time),
        CASE(a_reader_left_alone_gives_its_processor_back),
        CASE(seeking_goes_on_in_turn),
        CASE(seeking_forgets_damage_that_nobody_met),
        CASE(a_file_that_becomes_shorter_is_told),
        CASE(frames_added_meanwhile_are_found),
        CASE(an_interrupt_arrives),
        CASE(one_thread_reads_in_turn),
        CASE(helpers_take_threads_from_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Loops shared by threads: every item is done once, by a worker that no other thread is at the same
   time, whatever the number of threads, and however calls are nested or come together. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/share.h"
#include "fixture.h"

enum { MOST = 100003, WORKERS = 8 };

typedef struct {
    atomic_int *done; /* of each item */
    atomic_int inside[WORKERS];
    atomic_int
        trouble; /* two threads as one worker, a worker out of range, too many items at once */
    int workers;
    size_t grain;
} tally;

static void count_items(void *context, size_t from, size_t to, int worker) {
    tally *t = context;
    if (worker < 0 || worker >= t->workers || from >= to) {
        atomic_fetch_add(&t->trouble, 1);
        return;
    }
    if (atomic_fetch_add(&t->inside[worker], 1) != 0) atomic_fetch_add(&t->trouble, 1);
    for (size_t i = from; i < to; i++) atomic_fetch_add(&t->done[i], 1);
    atomic_fetch_sub(&t->inside[worker], 1);
}

static void expect_each_once(tally *t, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(t->done[i], 1);
        t->done[i] = 0;
    }
    assert_int_equal(t->trouble, 0);
}

static tally start(int workers) {
    vt_error err = {0};
    REQUIRE_OK(vt_threads_set(workers, &err), err);
    tally t = {.done = vt_alloc(MOST, sizeof *t.done), .workers = workers};
    assert_non_null(t.done);
    return t;
}

static void every_item_is_done_once(void **state) {
    (void)state;
    static const size_t COUNTS[] = {0, 1, 2, 7, 64, 1000, 4097, MOST},
                        GRAINS[] = {1, 3, 256, 200000};
    for (int workers = 1; workers <= WORKERS; workers++) {
        tally t = start(workers);
        for (int round = 0; round < 5; round++)
            for (size_t c = 0; c < sizeof COUNTS / sizeof *COUNTS; c++)
                for (size_t g = 0; g < sizeof GRAINS / sizeof *GRAINS; g++) {
                    if (COUNTS[c] == MOST && GRAINS[g] < 256) continue;
                    vti_share(COUNTS[c], GRAINS[g], count_items, &t);
                    expect_each_once(&t, COUNTS[c]);
                }
        vt_free(t.done);
    }
}

/* Half of what there is for three quarters of the workers, the rest for whoever is free. */
static size_t uneven(const void *context, int worker, int workers) {
    (void)context;
    size_t first = 500 * (size_t)worker * 4 / (3 * (size_t)workers);
    return first < 500 ? first : 500;
}

static void items_of_ones_own_and_of_all(void **state) {
    (void)state;
    tally t = start(4);
    for (int round = 0; round < 300; round++) {
        vti_share_loop(&(vti_loop){.count = 1000,
                                   .grain = 7,
                                   .threads = 4,
                                   .work = count_items,
                                   .context = &t,
                                   .first_of = uneven});
        expect_each_once(&t, 1000);
    }
    vt_free(t.done);
}

/* Thousands of short loops follow each other while helpers fall asleep and come late. */
static void late_helpers_do_nothing_twice(void **state) {
    (void)state;
    tally t = start(WORKERS);
    for (int round = 0; round < 20000; round++) {
        size_t count = 2 + (size_t)round % 61;
        vti_share(count, 1 + (size_t)round % 3, count_items, &t);
        expect_each_once(&t, count);
    }
    vt_free(t.done);
}

/* Ctrl-C in the 20th piece, which its thread ends: of the others only those are done that had
   begun. Loops that are not stoppable go on. */
static void count_and_interrupt(void *context, size_t from, size_t to, int worker) {
    tally *t = context;
    count_items(context, from, to, worker);
    if (from / t->grain == 20) vt_interrupt_request();
}

static void an_interrupt_ends_stoppable_loops(void **state) {
    (void)state;
    vt_error err = {0};
    for (int threads = 1; threads <= 4; threads++) {
        tally t = start(threads);
        t.grain = 10;
        vti_loop loop = {.count = 1000,
                         .grain = 10,
                         .threads = threads,
                         .work = count_and_interrupt,
                         .context = &t,
                         .stoppable = true};
        for (int round = 0; round < 50; round++) {
            bool complete = vti_share_loop(&loop); /* others may do all before the 20th asks */
            assert_true(vt_interrupted());
            size_t done = 0;
            for (size_t i = 0; i < 1000; i++) done += (size_t)atomic_exchange(&t.done[i], 0);
            assert_true(complete ? done == 1000 : done >= 10 && done < 1000);
            if (threads == 1) assert_int_equal(done, 210);
            assert_int_equal(vti_share_stoppable(1000, 10, count_items, &t, &err), VT_EINTERRUPT);
            vti_share(1000, 10, count_items, &t);
            expect_each_once(&t, 1000);
            vt_interrupt_clear();
            REQUIRE_OK(vti_share_stoppable(1000, 10, count_items, &t, &err), err);
            expect_each_once(&t, 1000);
        }
        vt_free(t.done);
    }
}

typedef struct {
    tally *inner;
    atomic_int wrong; /* loops within a loop that were not done by worker 0 */
} nest;

static void alone(void *context, size_t from, size_t to, int worker) {
    nest *n = context;
    if (from != 0 || to != 10 || worker != 0) atomic_fetch_add(&n->wrong, 1);
}

static void share_again(void *context, size_t from, size_t to, int worker) {
    nest *n = context;
    vti_share(10, 1, alone, n);
    count_items(n->inner, from, to, worker);
}

static void loops_within_loops_are_not_shared(void **state) {
    (void)state;
    tally t = start(4);
    nest n = {.inner = &t};
    vti_share(1000, 1, share_again, &n);
    expect_each_once(&t, 1000);
    assert_int_equal(n.wrong, 0);
    vt_free(t.done);
}

static void *share_many(void *argument) {
    for (int round = 0; round < 500; round++) vti_share(200, 1, count_items, argument);
    return NULL;
}

/* Threads that share loops at the same time get in each other's way only in speed. */
static void several_threads_may_share(void **state) {
    (void)state;
    enum { CALLERS = 3 };
    tally t[CALLERS];
    pthread_t thread[CALLERS];
    for (int k = 0; k < CALLERS; k++) t[k] = start(4);
    for (int k = 0; k < CALLERS; k++)
        assert_int_equal(pthread_create(&thread[k], NULL, share_many, &t[k]), 0);
    for (int k = 0; k < CALLERS; k++) {
        assert_int_equal(pthread_join(thread[k], NULL), 0);
        for (size_t i = 0; i < 200; i++) assert_int_equal(t[k].done[i], 500);
        assert_int_equal(t[k].trouble, 0);
        vt_free(t[k].done);
    }
}

static void a_child_process_shares_with_its_own_threads(void **state) {
    (void)state;
    tally t = start(4);
    vti_share(1000, 1, count_items, &t);
    expect_each_once(&t, 1000);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        vti_share(1000, 1, count_items, &t);
        for (size_t i = 0; i < 1000; i++)
            if (t.done[i] != 1) _exit(1);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    vti_share(1000, 1, count_items, &t);
    expect_each_once(&t, 1000);
    vt_free(t.done);
}

/* Loops of the parent had more workers than the child has room for. */
static void a_child_process_may_have_fewer_threads(void **state) {
    (void)state;
    tally t = start(WORKERS);
    vt_error err = {0};
    for (int round = 0; round < 20; round++) {
        REQUIRE_OK(vt_threads_set(WORKERS, &err), err);
        vti_share(1000, 1, count_items, &t);
        expect_each_once(&t, 1000);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            t.workers = 2;
            if (vt_threads_set(2, &err) != VT_OK) _exit(2);
            vti_share(1000, 1, count_items, &t);
            for (size_t i = 0; i < 1000; i++)
                if (t.done[i] != 1 || t.trouble != 0) _exit(1);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    vt_free(t.done);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(items_of_ones_own_and_of_all),
        cmocka_unit_test(late_helpers_do_nothing_twice),
        cmocka_unit_test(an_interrupt_ends_stoppable_loops),
        cmocka_unit_test(loops_within_loops_are_not_shared),
        cmocka_unit_test(several_threads_may_share),
        cmocka_unit_test(a_child_process_shares_with_its_own_threads),
        cmocka_unit_test(a_child_process_may_have_fewer_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

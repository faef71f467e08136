#define _GNU_SOURCE
#include "vitrum/base.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* A signal handler can reach nothing but a global, so this flag is one. It may be set while other
   threads ask for it; atomic integers need no lock here, which makes them fit for handlers. */
static atomic_int interrupt_flag = 0;
static atomic_int told = 0;
static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler sets the flag");

void vt_interrupt_request(void) {
    atomic_store_explicit(&told, 0, memory_order_relaxed);
    atomic_store_explicit(&interrupt_flag, 1, memory_order_relaxed);
}

bool vt_interrupted(void) {
    return atomic_load_explicit(&interrupt_flag, memory_order_relaxed) != 0;
}

bool vt_interrupt_told(void) {
    return atomic_load_explicit(&told, memory_order_relaxed) != 0;
}

vt_status vt_fail_interrupted(vt_error *err) {
    atomic_store_explicit(&told, 1, memory_order_relaxed);
    return vt_fail(err, VT_EINTERRUPT, "interrupted");
}

void vt_interrupt_clear(void) {
    atomic_store_explicit(&told, 0, memory_order_relaxed);
    atomic_store_explicit(&interrupt_flag, 0, memory_order_relaxed);
}

/* 0 until the first question or setting; a property of the process. */
static atomic_int thread_count = 0;

static int threads_from(const char *variable) {
    const char *text = getenv(variable);
    if (text == NULL) return 0;
    char *end;
    long value = strtol(text, &end, 10);
    return (end != text && value >= 1 && value <= VT_MAX_THREADS) ? (int)value : 0;
}

static int usable_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count >= 1 ? count : 1;
}

int vt_threads(void) {
    int threads = atomic_load_explicit(&thread_count, memory_order_relaxed);
    if (threads != 0) return threads;
    threads = threads_from("VITRUM_THREADS");
    if (threads == 0) threads = threads_from("OMP_NUM_THREADS");
    if (threads == 0) threads = usable_processors();
    /* A number that another thread has set meanwhile stands. */
    int none = 0;
    return atomic_compare_exchange_strong(&thread_count, &none, threads) ? threads : none;
}

static atomic_int helpers = 0;

void vt_helpers_add(int change) {
    atomic_fetch_add(&helpers, change);
}

int vt_threads_free(void) {
    int count = vt_threads() - atomic_load(&helpers);
    return count > 1 ? count : 1;
}

vt_status vt_threads_set(int threads, vt_error *err) {
    if (threads < 1 || threads > VT_MAX_THREADS)
        return vt_fail(err, VT_EINVAL, "threads must be 1 to %d, got %d", VT_MAX_THREADS, threads);
    thread_count = threads;
    return VT_OK;
}

double vt_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

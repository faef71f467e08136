/* One frame is read ahead, no more: memory stays bounded, and a second would only help if frames
   took very different times. */
#include "io/ahead.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

struct vti_ahead {
    vti_read_frame *read;
    void *context;
    pthread_t thread;
    pid_t process; /* that the thread is of: a forked one has a copy of all this and no thread */
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool full, stop;
    /* Reading has a processor to itself, and kernels do with the others; false when the work on
       frames takes so much longer that it had better have all. */
    bool own_processor;
    double reading, taken; /* seconds that the last frame took; when it was handed out */
    vt_frame frame;        /* while `full`; also what came with it */
    vt_status status;
    vt_error err;
};

/* When `seconds` will have passed. */
static struct timespec after(double seconds) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    double whole = floor(seconds);
    t.tv_sec += (time_t)whole;
    t.tv_nsec += (long)((seconds - whole) * 1e9);
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* Until there is room for a frame or it is time to stop. A processor that reading has to itself it
   keeps for as long again as it read: threads that kernels send for now and then go on waiting for
   work, in the way of reading, when there is none. Who does something else gets it after that.
   Returns how many processors are kept. */
static int wait_for_room(vti_ahead *a, int helpers) {
    struct timespec until = after(a->reading);
    int waited = 0;
    while (a->full && !a->stop && helpers > 0 && waited == 0)
        waited = pthread_cond_timedwait(&a->changed, &a->lock, &until);
    if (a->full && !a->stop && helpers > 0) {
        vt_helpers_add(-helpers);
        helpers = 0;
    }
    while (a->full && !a->stop) pthread_cond_wait(&a->changed, &a->lock);
    return helpers;
}

static void *read_all(void *argument) {
    vti_ahead *a = argument;
    vt_status status = VT_OK;
    int helpers = 0;
    pthread_mutex_lock(&a->lock);
    while (status == VT_OK) {
        helpers = wait_for_room(a, helpers);
        if (a->stop) break;
        int wanted = a->own_processor ? 1 : 0;
        pthread_mutex_unlock(&a->lock);
        vt_frame frame = {0};
        vt_error err = {0};
        vt_helpers_add(wanted - helpers);
        helpers = wanted;
        double start = vt_clock();
        status = a->read(a->context, &frame, &err);
        double reading = vt_clock() - start;
        pthread_mutex_lock(&a->lock);
        a->reading = reading;
        a->frame = frame;
        a->status = status;
        a->err = err;
        a->full = true;
        pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    vt_helpers_add(-helpers);
    return NULL;
}

/* Signals are for the threads that know what to do with them. */
static bool start_thread(vti_ahead *a) {
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
    bool started = pthread_create(&a->thread, NULL, read_all, a) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

vti_ahead *vti_ahead_start(vti_read_frame *read, void *context) {
    vti_ahead *a = vt_alloc(1, sizeof *a);
    if (a == NULL) return NULL;
    a->read = read;
    a->context = context;
    a->own_processor = true;
    a->process = getpid();
    a->taken = vt_clock();
    pthread_condattr_t clock;
    bool lock = pthread_mutex_init(&a->lock, NULL) == 0;
    bool changed = pthread_condattr_init(&clock) == 0;
    if (changed) {
        changed = pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0 &&
                  pthread_cond_init(&a->changed, &clock) == 0;
        pthread_condattr_destroy(&clock);
    }
    if (lock && changed && start_thread(a)) return a;
    if (changed) pthread_cond_destroy(&a->changed);
    if (lock) pthread_mutex_destroy(&a->lock);
    vt_free(a);
    return NULL;
}

bool vti_ahead_is_elsewhere(const vti_ahead *a) {
    return a->process != getpid();
}

vt_status vti_ahead_take(vti_ahead *a, vt_frame *frame, vt_error *err) {
    pthread_mutex_lock(&a->lock);
    /* Threads that wait for one another while a third reads waste time; it must be worth it. */
    double work = vt_clock() - a->taken;
    a->own_processor = !a->full || work < (a->own_processor ? 2 : 1) * a->reading;
    while (!a->full) pthread_cond_wait(&a->changed, &a->lock);
    a->taken = vt_clock();
    vt_status status = a->status;
    *frame = a->frame;
    a->frame = (vt_frame){0};
    if (vt_failed(status) && err != NULL) *err = a->err;
    if (status == VT_OK) {
        a->full = false;
        pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    return status;
}

void vti_ahead_stop(vti_ahead *a) {
    if (a == NULL) return;
    if (vti_ahead_is_elsewhere(a)) {
        vt_frame_clear(&a->frame);
        vt_free(a);
        return;
    }
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    vt_frame_clear(&a->frame);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    vt_free(a);
}

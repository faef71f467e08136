/* Threads that take searches from one queue and lay events on another. */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "vitrum/saddle.h"

/* A search, from when it is asked for until its event is taken. */
typedef struct task {
    struct task *next;
    int64_t center, search;
    vt_status status;
    vt_error err;
    vt_event event;
} task;

typedef struct {
    task *first, *last;
} queue;

typedef struct {
    pthread_t thread;
    vt_crew *crew;
    vt_searcher *searcher;
} worker;

struct vt_crew {
    pid_t process; /* that the threads are of */
    int workers;
    worker *worker;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t asked, ended;
    queue wanted, finished;
    size_t pending; /* asked for and not taken */
    bool stop;
};

static void append(queue *q, task *t) {
    t->next = NULL;
    if (q->first == NULL)
        q->first = t;
    else
        q->last->next = t;
    q->last = t;
}

static task *take_first(queue *q) {
    task *t = q->first;
    if (t != NULL) q->first = t->next;
    return t;
}

static void drop(queue *q) {
    for (task *t = take_first(q); t != NULL; t = take_first(q)) {
        vt_event_free(&t->event);
        vt_free(t);
    }
}

/* ---------------------------------------------------------------- a worker ---- */

static void *work(void *argument) {
    worker *w = argument;
    vt_crew *crew = w->crew;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (crew->wanted.first == NULL && !crew->stop)
            pthread_cond_wait(&crew->asked, &crew->lock);
        if (crew->stop) break;
        task *t = take_first(&crew->wanted);
        pthread_mutex_unlock(&crew->lock);
        t->status = vt_search(w->searcher, t->center, t->search, &t->event, &t->err);
        pthread_mutex_lock(&crew->lock);
        append(&crew->finished, t);
        pthread_cond_signal(&crew->ended);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* Signals are for the thread that the user waits for. */
static bool start_worker(worker *w) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&w->thread, NULL, work, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started) vt_helpers_add(1);
    return started;
}

/* ---------------------------------------------------------------- life ---- */

static bool make_locks(vt_crew *crew) {
    pthread_condattr_t clock;
    if (pthread_condattr_init(&clock) != 0) return false;
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    bool made = pthread_mutex_init(&crew->lock, NULL) == 0 &&
                pthread_cond_init(&crew->asked, NULL) == 0 &&
                pthread_cond_init(&crew->ended, &clock) == 0;
    pthread_condattr_destroy(&clock);
    return made;
}

vt_crew *vt_crew_start(const vt_searches *searches, int workers, vt_error *err) {
    if (workers < 1 || workers > VT_MAX_THREADS) {
        vt_fail(err, VT_EINVAL, "1 to %d workers can search, not %d", VT_MAX_THREADS, workers);
        return NULL;
    }
    vt_crew *crew = vt_alloc(1, sizeof *crew);
    worker *of = vt_alloc((size_t)workers, sizeof *of);
    if (crew == NULL || of == NULL || !make_locks(crew)) {
        vt_free(crew);
        vt_free(of);
        vt_fail_memory(err, (size_t)workers, sizeof *of, "workers");
        return NULL;
    }
    crew->process = getpid();
    crew->worker = of;
    for (int k = 0; k < workers; k++) {
        of[k].crew = crew;
        of[k].searcher = vt_searcher_create(searches, err);
        bool started = of[k].searcher != NULL && start_worker(&of[k]);
        if (of[k].searcher != NULL && !started)
            vt_fail(err, VT_ENOMEM, "the system has no thread for worker %d", k + 1);
        if (started) {
            crew->workers++;
            continue;
        }
        vt_searcher_destroy(of[k].searcher);
        vt_crew_destroy(crew);
        return NULL;
    }
    return crew;
}

void vt_crew_destroy(vt_crew *crew) {
    if (crew == NULL) return;
    if (crew->process == getpid()) { /* to a forked process the threads are strangers */
        pthread_mutex_lock(&crew->lock);
        crew->stop = true;
        pthread_cond_broadcast(&crew->asked);
        pthread_mutex_unlock(&crew->lock);
        for (int k = 0; k < crew->workers; k++) vt_searcher_stop(crew->worker[k].searcher);
        for (int k = 0; k < crew->workers; k++) {
            pthread_join(crew->worker[k].thread, NULL);
            vt_helpers_add(-1);
            vt_searcher_destroy(crew->worker[k].searcher);
        }
        pthread_mutex_destroy(&crew->lock);
        pthread_cond_destroy(&crew->asked);
        pthread_cond_destroy(&crew->ended);
    }
    drop(&crew->wanted);
    drop(&crew->finished);
    vt_free(crew->worker);
    vt_free(crew);
}

/* ---------------------------------------------------------------- searches ---- */

vt_status vt_crew_give(vt_crew *crew, int64_t center, int64_t search, vt_error *err) {
    task *t = vt_alloc(1, sizeof *t);
    if (t == NULL) return vt_fail_memory(err, 1, sizeof *t, "a search");
    t->center = center;
    t->search = search;
    pthread_mutex_lock(&crew->lock);
    append(&crew->wanted, t);
    crew->pending++;
    pthread_cond_signal(&crew->asked);
    pthread_mutex_unlock(&crew->lock);
    return VT_OK;
}

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

vt_status vt_crew_take(vt_crew *crew, double patience, vt_event *event, vt_error *err) {
    *event = (vt_event){0};
    pthread_mutex_lock(&crew->lock);
    if (crew->pending == 0) {
        pthread_mutex_unlock(&crew->lock);
        return VT_DONE;
    }
    struct timespec until = after(patience);
    int waited = 0;
    while (crew->finished.first == NULL && waited == 0)
        waited = pthread_cond_timedwait(&crew->ended, &crew->lock, &until);
    task *t = take_first(&crew->finished);
    if (t != NULL) crew->pending--;
    pthread_mutex_unlock(&crew->lock);
    if (t == NULL) return VT_CONTINUE;
    vt_status st = t->status;
    *event = t->event;
    if (vt_failed(st)) vt_fail(err, st, "%s", t->err.msg);
    vt_free(t);
    return st;
}

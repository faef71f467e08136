/* The threads behind vti_share; what they promise stands in share.h.

   Items are cut into one segment for each worker and one for all, and a segment into pieces of
   `grain` items. A ticket for each segment holds the number of the loop and that of the next piece;
   taking a piece is one compare-and-swap of the ticket. A helper that comes late, with the fields
   of a loop that has ended, fails there: tickets are closed before the fields change, and opened
   with a new number after that. */
#define _GNU_SOURCE
#include "base/share.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* Waiting for less than it takes to sleep and be woken is done awake [s]. */
static const double HELPER_PATIENCE = 50e-6, CALLER_PATIENCE = 10e-6;

/* How long a loop found not worth sharing is done alone, before sharing is tried again [s]. */
static const double SHORTEST_PAUSE = 0.05, LONGEST_PAUSE = 2;

/* ---------------------------------------------------------------- state ---- */

typedef struct {
    _Alignas(64) _Atomic uint64_t ticket; /* loop << 32 | next piece */
    _Atomic size_t first, end;            /* items */
} segment;

typedef struct {
    _Alignas(64) pthread_t thread;
    pthread_cond_t wake;
    atomic_bool asleep;
    int worker;
    uint32_t seen; /* number of the last loop that is not its business */
} helper;

/* One team for the process. Fields of the loop are atomic since a late helper may read them while
   they change; it notices and uses none of them. */
static struct {
    atomic_flag taken; /* by the thread whose loop is shared */
    pthread_mutex_t lock;
    pthread_cond_t finished;
    atomic_bool quit, caller_asleep;
    _Alignas(64) _Atomic uint32_t number; /* of the loop */
    _Atomic size_t grain;
    atomic_int workers;
    atomic_bool stoppable, stopped;
    vti_work *_Atomic work;
    void *_Atomic context;
    segment *segment; /* room + 1 */
    helper *helper;   /* room; the first is nobody: worker 0 is the caller */
    int room, helpers;
    double alone_until;               /* no helper could be started [s] */
    _Alignas(64) _Atomic size_t done; /* pieces */
} team = {.taken = ATOMIC_FLAG_INIT,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .finished = PTHREAD_COND_INITIALIZER};

enum { CLOSED = -1 };

static uint64_t ticket_of(uint32_t number, uint32_t piece) {
    return (uint64_t)number << 32 | piece;
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* ---------------------------------------------------------------- pieces ---- */

/* Do pieces of one segment, as long as there are any and it still is loop `number`. Returns how
   many. */
static size_t do_segment(uint32_t number, int which, int worker) {
    size_t done = 0;
    segment *s = &team.segment[which];
    uint64_t ticket = atomic_load_explicit(&s->ticket, memory_order_acquire);
    for (;;) {
        size_t first = atomic_load_explicit(&s->first, memory_order_acquire);
        size_t end = atomic_load_explicit(&s->end, memory_order_acquire);
        size_t grain = atomic_load_explicit(&team.grain, memory_order_acquire);
        vti_work *work = atomic_load_explicit(&team.work, memory_order_acquire);
        void *context = atomic_load_explicit(&team.context, memory_order_acquire);
        uint32_t piece = (uint32_t)ticket;
        size_t from = first + grain * piece;
        if (ticket >> 32 != number || piece == (uint32_t)CLOSED || from >= end) return done;
        if (!atomic_compare_exchange_weak_explicit(&s->ticket, &ticket,
                                                   ticket_of(number, piece + 1),
                                                   memory_order_acq_rel, memory_order_acquire))
            continue;
        size_t to = end - from > grain ? from + grain : end;
        /* Skipped pieces are taken too, and count as done: nobody waits for them. */
        if (atomic_load(&team.stoppable) && vt_interrupted())
            atomic_store(&team.stopped, true);
        else
            work(context, from, to, worker);
        atomic_fetch_add(&team.done, 1);
        done++;
        ticket = atomic_load_explicit(&s->ticket, memory_order_acquire);
    }
}

/* The own segment, the one for all, then what others have left. */
static size_t do_pieces(uint32_t number, int worker, int workers) {
    size_t done = do_segment(number, worker, worker);
    done += do_segment(number, workers, worker);
    for (int k = 1; k < workers; k++) done += do_segment(number, (worker + k) % workers, worker);
    return done;
}

/* ---------------------------------------------------------------- helpers ---- */

/* The number of a loop other than `seen`, as soon as there is one; `seen` when there is nothing
   more to come. */
static uint32_t next_loop(helper *me, uint32_t seen) {
    double start = vt_clock();
    do {
        for (int k = 0; k < 16; k++) {
            uint32_t number = atomic_load_explicit(&team.number, memory_order_acquire);
            if (number != seen) return number;
            relax();
        }
    } while (vt_clock() - start < HELPER_PATIENCE);
    pthread_mutex_lock(&team.lock);
    atomic_store(&me->asleep, true);
    while (atomic_load(&team.number) == seen && !atomic_load(&team.quit))
        pthread_cond_wait(&me->wake, &team.lock);
    atomic_store(&me->asleep, false);
    uint32_t number = atomic_load(&team.quit) ? seen : atomic_load(&team.number);
    pthread_mutex_unlock(&team.lock);
    return number;
}

static void *help(void *argument) {
    helper *me = argument;
    uint32_t seen = me->seen;
    for (;;) {
        uint32_t number = next_loop(me, seen);
        if (number == seen) return NULL;
        seen = number;
        int workers = atomic_load_explicit(&team.workers, memory_order_acquire);
        if (me->worker >= workers) continue;
        do_pieces(number, me->worker, workers);
        if (atomic_load(&team.caller_asleep)) {
            pthread_mutex_lock(&team.lock);
            pthread_cond_signal(&team.finished);
            pthread_mutex_unlock(&team.lock);
        }
    }
}

/* Signals are for the thread that the user waits for. Loops of before are not the new helper's:
   they may have had more workers than there is room for now. */
static bool start_helper(helper *h, int worker) {
    sigset_t all, before;
    h->worker = worker;
    h->seen = atomic_load(&team.number);
    atomic_store(&h->asleep, false);
    if (pthread_cond_init(&h->wake, NULL) != 0) return false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&h->thread, NULL, help, h) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) pthread_cond_destroy(&h->wake);
    return started;
}

/* Send the helpers home and give up their room. */
static void disband(void) {
    atomic_store(&team.quit, true);
    pthread_mutex_lock(&team.lock);
    for (int k = 1; k <= team.helpers; k++) pthread_cond_signal(&team.helper[k].wake);
    pthread_mutex_unlock(&team.lock);
    for (int k = 1; k <= team.helpers; k++) {
        pthread_join(team.helper[k].thread, NULL);
        pthread_cond_destroy(&team.helper[k].wake);
    }
    vt_free(team.segment);
    vt_free(team.helper);
    team.segment = NULL;
    team.helper = NULL;
    team.room = team.helpers = 0;
    atomic_store(&team.quit, false);
}

/* Before the code of the threads goes away: at the end of the process, or when an interpreter
   unloads the module. Where another thread shares a loop at that instant, such as one that reads
   ahead while the process ends, it keeps what it uses; loops that come later are not shared. */
__attribute__((destructor)) static void end_team(void) {
    if (!atomic_flag_test_and_set(&team.taken)) disband();
}

/* Another number of threads needs other room; helpers of before are sent home. */
static bool make_room(int threads) {
    if (threads <= team.room) return true;
    disband();
    team.segment = vt_alloc((size_t)threads + 1, sizeof *team.segment);
    team.helper = vt_alloc((size_t)threads, sizeof *team.helper);
    if (team.segment == NULL || team.helper == NULL) {
        disband();
        return false;
    }
    for (int k = 0; k <= threads; k++) team.segment[k].ticket = ticket_of(0, (uint32_t)CLOSED);
    team.room = threads;
    return true;
}

/* How many of `wanted` workers there are; helpers are started when first wanted. Where the system
   has no thread to give it is not asked again at every loop. */
static int muster(int wanted, double now) {
    if (!make_room(wanted)) return 1;
    while (team.helpers + 1 < wanted && now >= team.alone_until) {
        if (start_helper(&team.helper[team.helpers + 1], team.helpers + 1))
            team.helpers++;
        else
            team.alone_until = now + LONGEST_PAUSE;
    }
    return team.helpers + 1 < wanted ? team.helpers + 1 : wanted;
}

/* The parent's helpers do not exist in a child process. */
static void forget_helpers(void) {
    team.helpers = team.room = 0;
    team.segment = NULL;
    team.helper = NULL;
    atomic_flag_clear(&team.taken);
    pthread_mutex_init(&team.lock, NULL);
    pthread_cond_init(&team.finished, NULL);
}

static void watch_forks(void) {
    pthread_atfork(NULL, NULL, forget_helpers);
}

/* ---------------------------------------------------------------- one loop ---- */

/* Where the time of the caller went. */
typedef struct {
    double time, waiting; /* [s] */
    double pieces, own;   /* of them done by the caller */
    int calls;
} account;

static size_t lay_segment(int which, size_t first, size_t end, size_t grain) {
    atomic_store_explicit(&team.segment[which].first, first, memory_order_release);
    atomic_store_explicit(&team.segment[which].end, end, memory_order_release);
    return (end - first + grain - 1) / grain;
}

/* Wait for the pieces that others have begun. */
static void await(size_t pieces, double start) {
    do {
        for (int k = 0; k < 16; k++) {
            if (atomic_load_explicit(&team.done, memory_order_acquire) == pieces) return;
            relax();
        }
    } while (vt_clock() - start < CALLER_PATIENCE);
    pthread_mutex_lock(&team.lock);
    atomic_store(&team.caller_asleep, true);
    while (atomic_load(&team.done) != pieces) pthread_cond_wait(&team.finished, &team.lock);
    atomic_store(&team.caller_asleep, false);
    pthread_mutex_unlock(&team.lock);
}

/* Hand out the loop to `workers`, the caller among them, and wait for its end. False when it was
   stopped. */
static bool share_among(const vti_loop *loop, int workers, account *spent) {
    uint32_t number = atomic_load(&team.number) + 1;
    for (int k = 0; k <= team.room; k++)
        atomic_store_explicit(&team.segment[k].ticket, ticket_of(number, (uint32_t)CLOSED),
                              memory_order_release);
    size_t count = loop->count, grain = loop->grain, pieces = 0, first = 0;
    while (count / grain >= UINT32_MAX - 1) grain *= 2;
    for (int k = 0; k < workers; k++) {
        size_t end = loop->first_of != NULL ? loop->first_of(loop->context, k + 1, workers)
                                            : count * (size_t)(k + 1) / (size_t)workers;
        pieces += lay_segment(k, first, end, grain);
        first = end;
    }
    pieces += lay_segment(workers, first, count, grain);
    atomic_store_explicit(&team.grain, grain, memory_order_release);
    atomic_store_explicit(&team.work, loop->work, memory_order_release);
    atomic_store_explicit(&team.context, loop->context, memory_order_release);
    atomic_store_explicit(&team.workers, workers, memory_order_release);
    atomic_store(&team.stoppable, loop->stoppable);
    atomic_store(&team.stopped, false);
    atomic_store(&team.done, 0);
    for (int k = 0; k <= workers; k++)
        atomic_store_explicit(&team.segment[k].ticket, ticket_of(number, 0), memory_order_release);
    atomic_store(&team.number, number);
    for (int k = 1; k < workers; k++)
        if (atomic_load(&team.helper[k].asleep)) {
            pthread_mutex_lock(&team.lock);
            pthread_cond_signal(&team.helper[k].wake);
            pthread_mutex_unlock(&team.lock);
        }
    spent->own += (double)do_pieces(number, 0, workers);
    spent->pieces += (double)pieces;
    if (atomic_load(&team.done) != pieces) {
        double start = vt_clock();
        await(pieces, start);
        spent->waiting += vt_clock() - start;
    }
    return !atomic_load(&team.stopped);
}

static bool do_alone(const vti_loop *loop) {
    size_t grain = loop->stoppable ? loop->grain : loop->count;
    for (size_t from = 0; from < loop->count; from += grain) {
        if (loop->stoppable && vt_interrupted()) return false;
        size_t left = loop->count - from;
        loop->work(loop->context, from, from + (left < grain ? left : grain), 0);
    }
    return true;
}

/* ---------------------------------------------------------------- how many threads ---- */

enum { HABITS = 256, PLACES = 4, CALLS = 32 };

/* Shared loops are judged after this time, or CALLS of them [s]. */
static const double JUDGED_AFTER = 5e-3;

/* Sharing must gain this factor. */
static const double WORTH = 1.1;

/* What is known of loops of one kind and size, which has PLACES to be kept at. Guarded by
   team.taken. */
typedef struct {
    vti_work *work;
    int size; /* binary digits of the number of items */
    int most, workers;
    double alone_until, pause; /* vt_clock [s] */
    account spent;
} habit;

static habit habits[HABITS];

static habit *habit_of(const vti_loop *loop, int most) {
    int size = 0;
    for (size_t n = loop->count; n > 0; n >>= 1) size++;
    uintptr_t key = (uintptr_t)loop->work / 16 * 31 + (uintptr_t)size;
    habit *set = &habits[(key ^ key >> 8) % (HABITS / PLACES) * PLACES], *h = NULL;
    for (int k = 0; k < PLACES && h == NULL; k++)
        if (set[k].work == loop->work && set[k].size == size) h = &set[k];
    for (int k = 0; k < PLACES && h == NULL; k++)
        if (set[k].work == NULL) h = &set[k];
    static unsigned turn = 0;
    if (h == NULL) h = &set[turn++ % PLACES];
    if (h->work != loop->work || h->size != size || h->most != most)
        *h = (habit){.work = loop->work,
                     .size = size,
                     .most = most,
                     .workers = most,
                     .pause = SHORTEST_PAUSE};
    return h;
}

/* How many workers a loop that begins now gets. */
static int workers_for(habit *h, double now) {
    if (h->workers == 1 && now >= h->alone_until) {
        h->workers = h->most < 4 ? h->most : 4;
        h->spent = (account){0};
    }
    return h->workers;
}

/* The caller's own pace tells how long it would have taken alone, and what others did, how many of
   them were worth asking. */
static void judge(habit *h, double now) {
    account *spent = &h->spent;
    if (spent->time < JUDGED_AFTER && spent->calls < CALLS) return;
    double own = spent->own > 0 ? spent->own : 1;
    double alone = (spent->time - spent->waiting) * spent->pieces / own;
    double hands = spent->pieces / own;
    if (alone < WORTH * spent->time) {
        h->workers = 1;
        h->alone_until = now + h->pause;
        h->pause = 2 * h->pause < LONGEST_PAUSE ? 2 * h->pause : LONGEST_PAUSE;
    } else {
        h->pause = SHORTEST_PAUSE;
        if (hands < 0.4 * h->workers && h->workers > 2)
            h->workers = (h->workers + 1) / 2;
        else if (hands > 0.8 * h->workers)
            h->workers = 2 * h->workers < h->most ? 2 * h->workers : h->most;
    }
    *spent = (account){0};
}

/* ---------------------------------------------------------------- face ---- */

bool vti_share_loop(const vti_loop *loop) {
    size_t pieces = loop->count / loop->grain + (loop->count % loop->grain != 0);
    int threads = vt_threads(); /* once: another thread may change it */
    int most = loop->threads < threads ? loop->threads : threads;
    if ((size_t)most > pieces) most = (int)pieces;
    if (pieces == 0) return true;
    if (most <= 1 || atomic_flag_test_and_set(&team.taken)) return do_alone(loop);
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    habit *h = habit_of(loop, most);
    double start = vt_clock();
    int workers = workers_for(h, start);
    if (workers > 1) workers = muster(workers, start);
    bool complete;
    if (workers > 1) {
        complete = share_among(loop, workers, &h->spent);
        double now = vt_clock();
        h->spent.time += now - start;
        h->spent.calls++;
        judge(h, now);
    } else {
        complete = do_alone(loop);
    }
    atomic_flag_clear(&team.taken);
    return complete;
}

void vti_share(size_t count, size_t grain, vti_work *work, void *context) {
    vti_share_loop(&(vti_loop){count, grain, vt_threads_free(), work, context, NULL, false});
}

vt_status vti_share_stoppable(size_t count, size_t grain, vti_work *work, void *context,
                              vt_error *err) {
    const vti_loop loop = {count, grain, vt_threads_free(), work, context, NULL, true};
    return vti_share_loop(&loop) ? VT_OK : vt_fail_interrupted(err);
}

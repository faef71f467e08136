/* Loops shared by threads.

   The thread that calls does whatever work nobody else has taken: threads that help are welcome,
   not waited for, except for a piece that one of them has begun. So a machine that runs other
   programs too, where a helper may be set aside for milliseconds, costs no more than such a piece.
   Nobody spins for longer than it takes to fall asleep and be woken, and how many threads take part
   in a loop follows from what that loop took before.

   Where the caller permits it, Ctrl-C ends a loop between two pieces.

   Which thread does a piece is left open; results must not depend on it, and sums are taken over
   blocks in their order. */
#ifndef VITRUM_BASE_SHARE_H
#define VITRUM_BASE_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include "vitrum/base.h"

/* Do items from .. to - 1. `worker` is below the number of threads asked for, 0 the thread that
   called, and no two threads have the same at one time: it numbers scratch memory. */
typedef void vti_work(void *context, size_t from, size_t to, int worker);

/* Do items 0 .. count - 1, at most `grain` at a time, on at most vt_threads_free() threads, and
   return when all are done. Each thread prefers items of its own, the same ones at every call. A
   call from within `work`, or while another thread shares a loop, is done by the calling thread
   alone, as worker 0. */
void vti_share(size_t count, size_t grain, vti_work *work, void *context);

/* A loop with more to say. */
typedef struct {
    size_t count, grain;
    int threads; /* at most; more than vt_threads() are not taken */
    vti_work *work;
    void *context;
    /* First item that is for `worker` of `workers`, rising; those from first_of(workers) on are
       taken by whoever is free first. NULL: equal numbers for all. */
    size_t (*first_of)(const void *context, int worker, int workers);
    bool stoppable; /* begin no more pieces once vt_interrupted() */
} vti_loop;

/* False when a stoppable loop ended before all was done. */
bool vti_share_loop(const vti_loop *loop);

/* As vti_share, but stoppable: VT_EINTERRUPT. */
vt_status vti_share_stoppable(size_t count, size_t grain, vti_work *work, void *context,
                              vt_error *err);

#endif

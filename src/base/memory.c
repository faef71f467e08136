#define _GNU_SOURCE
#include "vitrum/base.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector */

/* Blocks of which whole pages are zeroed by giving them back to the system, which has zeros for
   them when they are touched: that takes no time here, where an interrupt would not be heard, and
   what nobody touches takes no memory. Below the size from which on glibc always asks the system
   for a block of its own, pages may be at hand, and are faster written to. */
enum { LARGE = 1 << 25 };

static void set_to_zero(char *memory, size_t bytes) {
    long size = bytes >= LARGE ? sysconf(_SC_PAGESIZE) : 0;
    size_t page = size > 0 && size < LARGE / 2 ? (size_t)size : 0, head = 0, pages = 0;
    if (page > 0) {
        head = (page - (uintptr_t)memory % page) % page;
        pages = (bytes - head) / page * page;
    }
    if (pages == 0 || madvise(memory + head, pages, MADV_DONTNEED) != 0) {
        memset(memory, 0, bytes); /* the pages may be locked */
        return;
    }
    memset(memory, 0, head);
    memset(memory + head + pages, 0, bytes - head - pages);
}

void *vt_alloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    if (bytes > PTRDIFF_MAX - ALIGNMENT) return NULL;
    /* aligned_alloc wants a multiple of the alignment, and at least one item to point at. */
    size_t rounded = (bytes / ALIGNMENT + 1) * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, rounded);
    if (memory != NULL) set_to_zero(memory, rounded);
    return memory;
}

void vt_free(void *memory) {
    free(memory);
}

void *vt_grow(void *memory, size_t old_count, size_t count, size_t size) {
    void *grown = vt_alloc(count, size);
    if (grown == NULL) return NULL;
    size_t kept = old_count < count ? old_count : count;
    if (memory != NULL && kept > 0) memcpy(grown, memory, kept * size);
    vt_free(memory);
    return grown;
}

vt_status vt_reserve(void *memory, size_t *capacity, size_t needed, size_t spare, size_t size,
                     const char *what, vt_error *err) {
    void *now;
    memcpy(&now, memory, sizeof now); /* the pointer there has another type */
    if (now != NULL && needed <= *capacity) return VT_OK;
    vt_free(now);
    now = vt_alloc(needed + spare, size);
    memcpy(memory, &now, sizeof now);
    *capacity = now != NULL ? needed + spare : 0;
    return now != NULL ? VT_OK : vt_fail_memory(err, needed + spare, size, what);
}

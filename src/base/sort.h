/* Counting sort: the one behind everything that is put into cells, slots or clusters. */
#ifndef VITRUM_BASE_SORT_H
#define VITRUM_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Thing i is at place[i * stride], 0 .. places - 1, or nowhere if that is negative. `sorted`
   receives the things by place, those of place p from first[p] to first[p + 1] - 1 in rising order;
   `first` has room for places + 1. */
static inline void vti_sort_by_place(const int32_t *place, size_t stride, size_t count,
                                     size_t places, int32_t *first, int32_t *sorted) {
    memset(first, 0, (places + 1) * sizeof *first);
    for (size_t i = 0; i < count; i++)
        if (place[i * stride] >= 0) first[place[i * stride] + 1]++;
    for (size_t p = 0; p < places; p++) first[p + 1] += first[p];
    for (size_t i = 0; i < count; i++)
        if (place[i * stride] >= 0) sorted[first[place[i * stride]]++] = (int32_t)i;
    /* Filling moved the beginning of each place to its end; move them back. */
    memmove(first + 1, first, places * sizeof *first);
    first[0] = 0;
}

#endif

/* The order of a system's atoms, and bringing them into the box. */
#include <string.h>

#include "base/share.h"
#include "system/internal.h"

enum { GRAIN = 4096 }; /* atoms that a thread takes at a time */

/* ---------------------------------------------------------------- order ---- */

/* Items of `size` bytes in the new order, by way of `room`. */
static void permute(void *items, size_t size, const int32_t *order, size_t count, char *room) {
    char *at = items;
    for (size_t k = 0; k < count; k++) memcpy(room + k * size, at + (size_t)order[k] * size, size);
    memcpy(at, room, count * size);
}

vt_status vti_system_permute(vt_system *s, const int32_t *order, vt_error *err) {
    size_t n = s->count;
    char *room = vt_alloc(n, sizeof *s->r);
    if (room == NULL) return vt_fail_memory(err, n, sizeof *s->r, "sorting the atoms");
    permute(s->r, sizeof *s->r, order, n, room);
    permute(s->v, sizeof *s->v, order, n, room);
    permute(s->f, sizeof *s->f, order, n, room);
    permute(s->type, sizeof *s->type, order, n, room);
    permute(s->image, sizeof *s->image, order, n, room);
    permute(s->id, sizeof *s->id, order, n, room);
    permute(s->order, sizeof *s->order, order, n, room);
    vt_free(room);
    s->internal->outcome.known &= VT_WANT_ENERGY | VT_WANT_VIRIAL; /* the others are by atom */
    s->arrangement++;
    vt_system_forget_lists(s);
    return VT_OK;
}

vt_status vti_system_sort(vt_system *s, vt_error *err) {
    int32_t *order = vt_alloc(s->count, sizeof *order);
    if (order == NULL) return vt_fail_memory(err, s->count, sizeof *order, "sorting the atoms");
    const vti_places places = vti_places_of_system(s);
    vt_status st = vti_domains_order(s->internal->sorter, &places, order, err);
    if (!vt_failed(st)) st = vti_system_permute(s, order, err);
    vt_free(order);
    return st;
}

/* Columns by `row`, which has room for one of 3n numbers; rows by the cycles of the permutation,
   so that a matrix that fills the memory needs no copy. */
static void matrix_to_user(const int32_t *order, size_t n, double *matrix, double *row,
                           bool *done) {
    size_t bytes = 3 * n * sizeof *row;
    for (size_t p = 0; p < 3 * n; p++) {
        double *at = matrix + 3 * n * p;
        memcpy(row, at, bytes);
        for (size_t k = 0; k < n; k++) memcpy(at + 3 * order[k], row + 3 * k, 3 * sizeof *row);
    }
    for (size_t m = 0; m < 3; m++) {
        memset(done, 0, n * sizeof *done);
        for (size_t first = 0; first < n; first++) {
            /* Rows of a cycle move on by one place, the last into that of the first. */
            for (size_t k = first; !done[k]; k = (size_t)order[k]) {
                double *here = matrix + 3 * n * (3 * first + m);
                double *there = matrix + 3 * n * (3 * (size_t)order[k] + m);
                done[k] = true;
                if (here == there) continue;
                memcpy(row, here, bytes);
                memcpy(here, there, bytes);
                memcpy(there, row, bytes);
            }
        }
    }
}

vt_status vt_system_matrix_to_user(const vt_system *s, double *matrix, vt_error *err) {
    double *row = vt_alloc(3 * s->count, sizeof *row);
    bool *done = vt_alloc(s->count, sizeof *done);
    bool room = row != NULL && done != NULL;
    if (room) matrix_to_user(s->order, s->count, matrix, row, done);
    vt_free(row);
    vt_free(done);
    return room ? VT_OK : vt_fail_memory(err, 3 * s->count, sizeof *row, "the order of a matrix");
}

/* ---------------------------------------------------------------- wrapping ---- */

typedef struct {
    vt_system *system;
    double inverse[3][3];
} wrapping;

static void wrap_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const wrapping *w = context;
    vt_system *s = w->system;
    for (size_t i = from; i < to; i++)
        vt_box_wrap(&s->box, (const double(*)[3])w->inverse, s->r[i], s->image[i]);
}

void vti_system_wrap(vt_system *s) {
    wrapping w = {.system = s};
    vt_box_inverse(&s->box, w.inverse);
    vti_share(s->count, GRAIN, wrap_some, &w);
}

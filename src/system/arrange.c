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
    s->internal->known &= VT_WANT_ENERGY | VT_WANT_VIRIAL; /* the others are by atom */
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

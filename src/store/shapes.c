/* What displacements say of events, and which events are the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---------------------------------------------------------------- shapes ---- */

static double square(const double d[3]) {
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
}

vt_store_shape vt_store_shape_of(const vt_store_moves *displacements, double threshold) {
    const double(*d)[3] = displacements->displacement;
    size_t n = displacements->count;
    vt_store_shape shape = {NAN, NAN, NAN, NAN, NAN};
    if (n == 0) return shape;
    double sum = 0, fourth = 0, most = 0;
    size_t moved = 0, pairs = 0, aligned = 0;
    for (size_t i = 0; i < n; i++) {
        double d2 = square(d[i]);
        sum += d2;
        fourth += d2 * d2;
        if (d2 > most) most = d2;
        if (!(d2 > threshold * threshold)) continue;
        moved++;
        for (size_t j = 0; j < i; j++) {
            double e2 = square(d[j]);
            if (!(e2 > threshold * threshold)) continue;
            double dot = d[i][0] * d[j][0] + d[i][1] * d[j][1] + d[i][2] * d[j][2];
            pairs++;
            if (dot * dot > 0.5 * d2 * e2) aligned++;
        }
    }
    shape.distance = sqrt(sum);
    shape.largest = sqrt(most);
    shape.moved = (double)moved;
    shape.participation = fourth > 0 ? sum * sum / fourth : 0;
    if (pairs > 0) shape.aligned = (double)aligned / (double)pairs;
    return shape;
}

vt_status vt_store_shapes(vt_store *store, const int64_t *keys, size_t count, bool final,
                          double threshold, vt_store_shape *shapes, vt_error *err) {
    for (size_t k = 0; k < count; k++) {
        vt_store_moves d;
        void *memory;
        if (vt_interrupted()) return vt_fail_interrupted(err);
        VTI_TRY(vt_store_displacements(store, keys[k], final, &d, &memory, err));
        shapes[k] = vt_store_shape_of(&d, threshold);
        vt_free(memory);
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- duplicates ---- */

/* Events that are kept, listed under each atom that moves so far that another event with the same
   displacements to within `distance` could have it for the one that moves most. If u and v differ
   by less than t then |v_a| > |u_a| - t for the atom a that moves most in u, |u_a| >= |u_b| >
   |v_b| - t for the one that moves most in v, so |v_a| > |v_b| - 2 t. */
typedef struct {
    size_t event;
    size_t next; /* place in the list + 1 */
} entry;

typedef struct {
    vt_store *store;
    const int64_t *keys;
    const double *barriers;
    double energy, distance;
    size_t *head; /* by atom: place in the list + 1 */
    entry *entries;
    size_t used, room;
} sieve;

/* Squared norm of the difference of two sets of displacements; both sorted by atom. */
static double difference(const vt_store_moves *a, const vt_store_moves *b, double most) {
    double sum = 0;
    size_t i = 0, j = 0;
    while ((i < a->count || j < b->count) && sum < most) {
        if (j == b->count || (i < a->count && a->atoms[i] < b->atoms[j])) {
            sum += square(a->displacement[i++]);
        } else if (i == a->count || b->atoms[j] < a->atoms[i]) {
            sum += square(b->displacement[j++]);
        } else {
            const double *u = a->displacement[i++], *v = b->displacement[j++];
            const double d[3] = {u[0] - v[0], u[1] - v[1], u[2] - v[2]};
            sum += square(d);
        }
    }
    return sum;
}

typedef struct {
    int32_t atom;
    double d[3];
} moved_atom;

static int by_atom(const void *a, const void *b) {
    const moved_atom *x = a, *y = b;
    return (x->atom > y->atom) - (x->atom < y->atom);
}

/* The saddle of an event, sorted by atom. Writers mostly sort them. */
static vt_status read_sorted(sieve *s, size_t event, vt_store_moves *d, void **memory,
                             vt_error *err) {
    VTI_TRY(vt_store_displacements(s->store, s->keys[event], false, d, memory, err));
    bool sorted = true;
    for (size_t k = 1; k < d->count && sorted; k++) sorted = d->atoms[k - 1] < d->atoms[k];
    if (sorted) return VT_OK;
    moved_atom *list = vt_alloc(d->count, sizeof *list);
    if (list == NULL) return vt_fail_memory(err, d->count, sizeof *list, "displacements");
    for (size_t k = 0; k < d->count; k++) {
        list[k].atom = d->atoms[k];
        memcpy(list[k].d, d->displacement[k], sizeof list[k].d);
    }
    qsort(list, d->count, sizeof *list, by_atom);
    double(*to)[3] = *memory; /* which vti_store_blob laid out: numbers, then atoms */
    int32_t *atoms = (int32_t *)(to + d->count);
    for (size_t k = 0; k < d->count; k++) {
        atoms[k] = list[k].atom;
        memcpy(to[k], list[k].d, sizeof list[k].d);
    }
    vt_free(list);
    return VT_OK;
}

/* The event that `event` is a duplicate of: the one with the lowest barrier of those it could be.
 */
static vt_status find_same(sieve *s, size_t event, const vt_store_moves *d, size_t *same,
                           vt_error *err) {
    size_t at = 0;
    for (size_t k = 1; k < d->count; k++)
        if (square(d->displacement[k]) > square(d->displacement[at])) at = k;
    double most = s->distance * s->distance;
    /* The newest comes first, and barriers only rise: behind the first that is too low all are. */
    for (size_t n = s->head[d->atoms[at]]; n > 0; n = s->entries[n - 1].next) {
        size_t other = s->entries[n - 1].event;
        if (!(s->barriers[event] - s->barriers[other] < s->energy)) break;
        vt_store_moves there;
        void *memory;
        vt_status status = read_sorted(s, other, &there, &memory, err);
        if (!vt_failed(status) && difference(d, &there, most) < most) *same = other;
        vt_free(memory);
        VTI_TRY(status);
    }
    return VT_OK;
}

static vt_status keep(sieve *s, size_t event, const vt_store_moves *d, vt_error *err) {
    double most = 0;
    for (size_t k = 0; k < d->count; k++) most = fmax(most, square(d->displacement[k]));
    double least = sqrt(most) - 2 * s->distance;
    for (size_t k = 0; k < d->count; k++) {
        if (!(sqrt(square(d->displacement[k])) >= least)) continue;
        if (s->used == s->room) {
            size_t room = 2 * s->room + 1024;
            entry *grown = vt_grow(s->entries, s->room, room, sizeof *grown);
            if (grown == NULL) return vt_fail_memory(err, room, sizeof *grown, "duplicates");
            s->entries = grown;
            s->room = room;
        }
        size_t *head = &s->head[d->atoms[k]];
        s->entries[s->used].event = event;
        s->entries[s->used].next = *head;
        *head = ++s->used;
    }
    return VT_OK;
}

typedef struct {
    double barrier;
    size_t event;
} ranked;

static int by_barrier(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->barrier != y->barrier) return x->barrier < y->barrier ? -1 : 1;
    return (x->event > y->event) - (x->event < y->event);
}

static vt_status run_sieve(sieve *s, const ranked *order, size_t count, size_t *same,
                           vt_error *err) {
    for (size_t k = 0; k < count; k++) {
        size_t event = order[k].event;
        vt_store_moves d;
        void *memory;
        if (vt_interrupted()) return vt_fail_interrupted(err);
        vt_status status = read_sorted(s, event, &d, &memory, err);
        same[event] = event;
        if (!vt_failed(status) && d.count > 0) {
            status = find_same(s, event, &d, &same[event], err);
            if (!vt_failed(status) && same[event] == event) status = keep(s, event, &d, err);
        }
        vt_free(memory);
        VTI_TRY(status);
    }
    return VT_OK;
}

vt_status vt_store_duplicates(vt_store *store, const int64_t *keys, const double *barriers,
                              size_t count, double energy, double distance, size_t *same,
                              vt_error *err) {
    sieve s = {
        .store = store, .keys = keys, .barriers = barriers, .energy = energy, .distance = distance};
    ranked *order = vt_alloc(count, sizeof *order);
    s.head = vt_alloc((size_t)store->atoms + 1, sizeof *s.head);
    vt_status status = order != NULL && s.head != NULL
                           ? VT_OK
                           : vt_fail_memory(err, count, sizeof *order, "duplicates");
    for (size_t k = 0; k < count && !vt_failed(status); k++) {
        if (isnan(barriers[k])) status = vt_fail(err, VT_EINVAL, "event %zu has no barrier", k + 1);
        order[k].barrier = barriers[k];
        order[k].event = k;
    }
    if (!vt_failed(status)) {
        qsort(order, count, sizeof *order, by_barrier);
        status = run_sieve(&s, order, count, same, err);
    }
    vt_free(order);
    vt_free(s.head);
    vt_free(s.entries);
    return status;
}

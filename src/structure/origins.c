#include "structure/origins.h"
#include "base/try.h"

#include <string.h>

/* A level that has no more origins than this is not thinned: then memory is short for a few frames,
   and the limit is passed. */
enum { FEW = 4 };

void vti_origins_clear(vti_origins *o) {
    for (int k = 0; k < o->level_count; k++) {
        vti_level *l = &o->level[k];
        for (size_t i = 0; i < l->kept; i++) vt_free(l->origin[i].values);
        vt_free(l->origin);
        vt_free(l->spare);
        vt_free(l->total);
        vt_free(l->pairs);
    }
    memset(o->level, 0, sizeof o->level);
    o->level_count = 0;
    o->count = 0;
}

static int64_t natural_step(const vti_origins *o, const vti_level *l) {
    return o->logarithmic ? l->step : o->origin_every;
}

int64_t vti_origins_thinning(const vti_origins *o) {
    int64_t most = 1;
    for (int k = 0; k < o->level_count; k++) {
        int64_t thinning = o->level[k].origin_step / natural_step(o, &o->level[k]);
        if (thinning > most) most = thinning;
    }
    return most;
}

/* ---------------------------------------------------------------- origins ---- */

/* Keep only the origins from `oldest` on at multiples of `step`. The memory of one that goes is
   kept for the frame at work. */
static void drop(vti_origins *o, vti_level *l, int64_t oldest, int64_t step) {
    size_t kept = 0;
    for (size_t k = 0; k < l->kept; k++) {
        vti_origin *origin = &l->origin[k];
        if (origin->frame >= oldest && origin->frame % step == 0) {
            l->origin[kept++] = *origin;
        } else if (l->spare == NULL) {
            l->spare = origin->values;
        } else {
            vt_free(origin->values);
        }
    }
    o->count -= l->kept - kept;
    l->kept = kept;
}

/* False when no level has more than a few. */
static bool thin(vti_origins *o) {
    vti_level *fullest = &o->level[0];
    for (int k = 1; k < o->level_count; k++)
        if (o->level[k].kept > fullest->kept) fullest = &o->level[k];
    if (fullest->kept <= FEW) return false;
    fullest->origin_step *= 2;
    drop(o, fullest, 0, fullest->origin_step);
    vt_free(fullest->spare);
    fullest->spare = NULL;
    return true;
}

static vt_status fail_memory(const vti_origins *o, vt_error *err) {
    size_t count = o->count + 1;
    return vt_fail(err, VT_ENOMEM,
                   "out of memory: %zu time origin%s of %.3g MB each; take fewer lags, or a lower "
                   "limit with the option memory",
                   count, count == 1 ? "" : "s", (double)o->size * sizeof(double) / 1e6);
}

/* Memory for one more origin, values included. */
static vt_status make_room(const vti_origins *o, vti_level *l, vt_error *err) {
    if (l->kept == l->room) {
        size_t room = l->room + l->room / 2 + 8;
        vti_origin *grown = vt_grow(l->origin, l->kept, room, sizeof *grown);
        if (grown == NULL) return fail_memory(o, err);
        l->origin = grown;
        l->room = room;
    }
    if (l->spare == NULL) l->spare = vt_alloc(o->size, sizeof *l->spare);
    return l->spare != NULL ? VT_OK : fail_memory(o, err);
}

/* ---------------------------------------------------------------- levels ---- */

static size_t common(const vti_level *below, const vti_level *l) {
    size_t count = 0;
    for (size_t k = 0; k < below->kept; k++) count += below->origin[k].frame % l->origin_step == 0;
    return count;
}

/* A new level starts with those origins of the one below that it would have kept; its lags are all
   longer than the time up to now. With many lags these are many: there must be room for them. */
static vt_status take_origins(vti_origins *o, const vti_level *below, vti_level *l, vt_error *err) {
    while (o->count + common(below, l) > o->most && thin(o)) continue;
    for (size_t k = 0; k < below->kept; k++) {
        if (below->origin[k].frame % l->origin_step != 0) continue;
        VTI_TRY(make_room(o, l, err));
        memcpy(l->spare, below->origin[k].values, o->size * sizeof *l->spare);
        l->origin[l->kept++] = (vti_origin){below->origin[k].frame, l->spare};
        l->spare = NULL;
        o->count++;
    }
    return VT_OK;
}

static vt_status add_level(vti_origins *o, vt_error *err) {
    vti_level *l = &o->level[o->level_count];
    l->step = (int64_t)1 << o->level_count;
    l->origin_step = natural_step(o, l);
    l->first = o->level_count == 0 ? 0 : o->lags / 2 + 1;
    l->last = o->lags;
    o->level_count++;
    if (o->level_count == 1) return VT_OK;
    vt_status status = take_origins(o, l - 1, l, err);
    if (vt_failed(status)) { /* as if it had not been tried */
        drop(o, l, INT64_MAX, 1);
        vt_free(l->spare);
        vt_free(l->origin);
        memset(l, 0, sizeof *l);
        o->level_count--;
    }
    return status;
}

/* All levels that frame number `frame` needs. */
static vt_status add_levels(vti_origins *o, int64_t frame, vt_error *err) {
    if (o->level_count == 0) return add_level(o, err);
    if (!o->logarithmic || o->level_count == VTI_MAX_LEVELS ||
        frame < o->lags << (o->level_count - 1))
        return VT_OK;
    return add_level(o, err);
}

/* Sums for all lags up to that from the first frame. */
static vt_status add_lags(const vti_origins *o, vti_level *l, int64_t frame, vt_error *err) {
    int64_t longest = frame / l->step < l->last ? frame / l->step : l->last;
    if (longest < l->first) return VT_OK;
    size_t lags = (size_t)(longest - l->first) + 1;
    if (lags > l->lag_room) {
        size_t room = lags + lags / 2 + 16;
        vti_correlation *total =
            vt_grow(l->total, l->lags * o->species, room * o->species, sizeof *total);
        if (total == NULL) return fail_memory(o, err);
        l->total = total;
        int64_t *pairs = vt_grow(l->pairs, l->lags, room, sizeof *pairs);
        if (pairs == NULL) return fail_memory(o, err);
        l->pairs = pairs;
        l->lag_room = room;
    }
    l->lags = lags;
    return VT_OK;
}

/* Levels in which the frame becomes an origin. */
static size_t due(const vti_origins *o, int64_t frame) {
    size_t levels = 0;
    for (int k = 0; k < o->level_count; k++) levels += frame % o->level[k].origin_step == 0;
    return levels;
}

vt_status vti_origins_prepare(vti_origins *o, int64_t frame, vt_error *err) {
    vt_status status = add_levels(o, frame, err);
    for (int k = 0; k < o->level_count && !vt_failed(status); k++) {
        vti_level *l = &o->level[k];
        if (frame % l->step != 0) continue;
        status = add_lags(o, l, frame, err);
        drop(o, l, frame - l->last * l->step, l->origin_step);
    }
    while (o->count + due(o, frame) > o->most && thin(o)) continue;
    for (int k = 0; k < o->level_count && !vt_failed(status); k++)
        if (frame % o->level[k].origin_step == 0) status = make_room(o, &o->level[k], err);
    return status;
}

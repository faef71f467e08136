/* What lists and searches share. */
#include "neighbors/grid.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/sort.h"
#include "base/tensor.h"

enum { GRAIN = 2048 }; /* atoms that a thread takes at a time */

/* Fractional coordinates carry rounding of 1e-16 times box lengths; the radius is widened by this
   factor so that no image at exactly the list radius is lost. */
static const double REACH_GUARD = 1.0 + 1e-9;

vti_fractional_map vti_fractional_map_of(const vt_box *box) {
    vti_fractional_map map;
    memcpy(map.origin, box->origin, sizeof map.origin);
    vt_box_inverse(box, map.inverse);
    return map;
}

/* ---------------------------------------------------------------- extent ---- */

typedef struct {
    const vti_places *atoms;
    vti_fractional_map map;
    pthread_mutex_t lock; /* of what follows */
    vti_extent extent;
    size_t absurd; /* the first atom whose place makes no sense */
    double limit[3];
} placing;

/* Along periodic axes the cell, along free ones nothing yet. */
static vti_extent start_extent(const vt_box *box) {
    vti_extent e = {.outside = false};
    for (int k = 0; k < 3; k++) {
        e.low[k] = box->periodic[k] ? 0.0 : INFINITY;
        e.high[k] = box->periodic[k] ? 1.0 : -INFINITY;
    }
    return e;
}

static void place_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    placing *p = context;
    const vti_places *atoms = p->atoms;
    vti_extent e = start_extent(atoms->box);
    size_t absurd = atoms->count;
    for (size_t i = from; i < to; i++) {
        double r[3], s[3];
        vti_position_at(atoms, i, r);
        vti_to_fractional(&p->map, r, s);
        for (int k = 0; k < 3; k++) {
            if (!(fabs(s[k]) < p->limit[k])) /* also catches NaN; keeps the shift within int32 */
                absurd = i < absurd ? i : absurd;
            e.outside |= atoms->box->periodic[k] && !(s[k] >= 0 && s[k] < 1);
            if (atoms->box->periodic[k]) continue;
            if (s[k] < e.low[k]) e.low[k] = s[k];
            if (s[k] > e.high[k]) e.high[k] = s[k];
        }
    }
    vti_extent *all = &p->extent;
    pthread_mutex_lock(&p->lock);
    for (int k = 0; k < 3; k++) {
        all->low[k] = e.low[k] < all->low[k] ? e.low[k] : all->low[k];
        all->high[k] = e.high[k] > all->high[k] ? e.high[k] : all->high[k];
    }
    all->outside |= e.outside;
    p->absurd = absurd < p->absurd ? absurd : p->absurd;
    pthread_mutex_unlock(&p->lock);
}

vt_status vti_find_extent(const vti_places *atoms, double absurd, vti_extent *extent,
                          vt_error *err) {
    placing p = {.atoms = atoms,
                 .map = vti_fractional_map_of(atoms->box),
                 .lock = PTHREAD_MUTEX_INITIALIZER,
                 .extent = start_extent(atoms->box),
                 .absurd = atoms->count};
    for (int k = 0; k < 3; k++) p.limit[k] = atoms->box->periodic[k] ? VTI_ABSURD : absurd;
    vti_share(atoms->count, GRAIN, place_some, &p);
    if (p.absurd < atoms->count) return vti_fail_position(err, atoms, p.absurd);
    *extent = p.extent;
    return VT_OK;
}

/* What is done with each of some points at its fractional coordinates. */
typedef struct {
    const vti_grid *grid;
    const vti_places *points;
    vti_fractional_map map;
    const int32_t *shift; /* in: to its cell */
    int32_t *out;         /* shifts, or numbers of cells */
} looking;

static void shift_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const looking *l = context;
    const bool *periodic = l->points->box->periodic;
    for (size_t i = from; i < to; i++) {
        double r[3], s[3];
        vti_position_at(l->points, i, r);
        vti_to_fractional(&l->map, r, s);
        for (int k = 0; k < 3; k++) {
            l->out[3 * i + k] = 0;
            if (!periodic[k]) continue;
            int32_t whole = (int32_t)s[k]; /* floor() is a call */
            whole -= whole > s[k];
            whole += s[k] - whole >= 1;
            l->out[3 * i + k] = -whole;
        }
    }
}

void vti_find_shifts(const vti_places *atoms, int32_t *shift) {
    looking l = {.points = atoms, .map = vti_fractional_map_of(atoms->box), .out = shift};
    vti_share(atoms->count, GRAIN, shift_some, &l);
}

/* ---------------------------------------------------------------- cells ---- */

vti_grid vti_grid_of(const vt_box *box, const double low[3], const double extent[3],
                     const int count[3], double radius) {
    vti_grid grid = {.stride = {1, count[0], count[0] * count[1]}};
    double heights[3];
    vt_box_heights(box, heights);
    for (int k = 0; k < 3; k++) {
        grid.periodic[k] = box->periodic[k];
        grid.count[k] = count[k];
        grid.low[k] = low[k];
        grid.scale[k] = count[k] / extent[k];
        grid.width[k] = extent[k] * heights[k] / count[k];
        double reach = ceil(radius * REACH_GUARD / grid.width[k]);
        /* Along a free axis there is nothing beyond the last cell. */
        if (!grid.periodic[k] && reach > count[k]) reach = count[k];
        grid.reach[k] = reach < 1e6 ? (int)reach : 1000000;
    }
    return grid;
}

vti_grid vti_grid_make(const vt_box *box, const double low[3], const double extent[3],
                       double radius, size_t points, int most) {
    int count[3];
    double heights[3];
    vt_box_heights(box, heights);
    for (int k = 0; k < 3; k++) {
        double cells = floor(extent[k] * heights[k] * VTI_CELLS_PER_RADIUS / radius);
        count[k] = cells < 1 ? 1 : cells > most ? most : (int)cells;
    }
    /* A few atoms far apart in a large free box must not ask for millions of empty cells. */
    double affordable = 8.0 * (double)points + 64;
    for (int k = 2; (double)count[0] * count[1] * count[2] > affordable; k = (k + 2) % 3)
        if (count[k] > 1) count[k] = (count[k] + 1) / 2;
    return vti_grid_of(box, low, extent, count, radius);
}

static void number_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const looking *l = context;
    for (size_t i = from; i < to; i++) {
        double r[3], s[3];
        vti_position_at(l->points, i, r);
        vti_to_fractional(&l->map, r, s);
        for (int k = 0; l->shift != NULL && k < 3; k++) s[k] += l->shift[3 * i + k];
        l->out[i] = vti_grid_number(l->grid, s);
    }
}

void vti_grid_sort(const vti_grid *grid, const vti_places *points, const int32_t *shift,
                   int32_t *cell, int32_t *start, int32_t *sorted) {
    looking l = {grid, points, vti_fractional_map_of(points->box), shift, cell};
    vti_share(points->count, GRAIN, number_some, &l);
    vti_sort_by_place(cell, 1, points->count, vti_grid_cells(grid), start, sorted);
}

/* ---------------------------------------------------------------- motion ---- */

typedef struct {
    const vt_snapshot *then;
    const vti_places *atoms;
    vti_allowance allowance;
    atomic_bool moved;
} comparing;

static void keep_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const comparing *c = context;
    for (size_t i = from; i < to; i++) vti_position_at(c->atoms, i, c->then->position + 3 * i);
}

void vti_snapshot_take(vt_snapshot *then, const vti_places *atoms) {
    vti_share(atoms->count, GRAIN, keep_some, &(comparing){.then = then, .atoms = atoms});
    then->box = *atoms->box;
}

/* F = inverse(h_old) h_new: a row vector d of the old box is d F in the new one. In the same box it
   is exactly 1, so that with no skin at all atoms that stay have not moved. */
static void box_map(const vt_box *old, const vt_box *now, double F[3][3]) {
    double inverse[3][3];
    vt_box to = *now;
    if (memcmp(old->h, now->h, sizeof old->h) == 0) {
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) F[i][j] = i == j;
        return;
    }
    vt_box_inverse(old, inverse);
    vti_multiply3(inverse, to.h, F);
}

/* Frobenius norm of F - 1. */
static double strain_of(double F[3][3]) {
    double sum = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) sum += (F[i][j] - (i == j)) * (F[i][j] - (i == j));
    return sqrt(sum);
}

vti_allowance vti_allowance_of(const vt_snapshot *then, const vt_box *box, double cutoff,
                               double radius) {
    const vt_box *old = &then->box;
    vti_allowance a = {.limit2 = -1};
    for (int k = 0; k < 3; k++)
        if (box->periodic[k] != old->periodic[k]) return a;
    box_map(old, box, a.F);
    double budget = (1.0 - strain_of(a.F)) * radius - cutoff;
    if (!(budget >= 0)) return a;
    a.limit2 = 0.25 * budget * budget;
    /* o + (r - o_old) F = (o - o_old F) + r F */
    for (int j = 0; j < 3; j++) {
        a.origin[j] = box->origin[j];
        for (int k = 0; k < 3; k++) a.origin[j] -= old->origin[k] * a.F[k][j];
    }
    return a;
}

static void compare_some(void *context, size_t begin, size_t end, int worker) {
    (void)worker;
    comparing *c = context;
    int moved = 0;
    for (size_t i = begin; i < end; i++) {
        double to[3];
        vti_position_at(c->atoms, i, to);
        moved += !vti_allowed(&c->allowance, c->then->position + 3 * i, to);
    }
    if (moved > 0) atomic_store(&c->moved, true);
}

bool vti_moved_too_far(const vt_snapshot *then, const vti_places *atoms, double cutoff,
                       double radius) {
    comparing c = {.then = then,
                   .atoms = atoms,
                   .allowance = vti_allowance_of(then, atoms->box, cutoff, radius)};
    if (c.allowance.limit2 < 0) return true;
    vti_share(atoms->count, GRAIN, compare_some, &c);
    return c.moved;
}

vt_status vti_fail_position(vt_error *err, const vti_places *atoms, size_t i) {
    double r[3];
    vti_position_at(atoms, i, r);
    return vt_fail(err, VT_EINVAL,
                   "atom %lld is at (%g, %g, %g) A: not finite or absurdly far from the box; check "
                   "the input, or reduce the time step",
                   (long long)atoms->id[i], r[0], r[1], r[2]);
}

vt_status vti_fail_thin(vt_error *err, const vt_box *box, int axis, int most_images,
                        double cutoff) {
    double heights[3];
    vt_box_heights(box, heights);
    return vt_fail(err, VT_EINVAL,
                   "the box is only %g A thick along %c, less than 1/%d of the cutoff %g A; check "
                   "the box, or replicate it",
                   heights[axis], "abc"[axis], most_images, cutoff);
}

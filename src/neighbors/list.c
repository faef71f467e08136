/* Neighbor lists by cells.

   Building: every atom is brought into the cell by a lattice shift of its own (positions of the
   atoms themselves are never touched), images within reach of the cell become explicit points,
   all points are sorted into cells of half the list radius in fractional coordinates, and each
   atom looks through the 5 x 5 rows of cells around its own. Cells along the first axis are
   consecutive in memory, so a row of five is one run of points. */
#include "neighbors/places.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "neighbors/grid.h"
#include "neighbors/kernels.h"

enum {
    POINT_PAD = 8,     /* points behind the last one that a vector load may touch */
    NEIGHBOR_PAD = 16, /* the same for neighbor entries */
    MAX_IMAGES = 100,  /* images along one axis and side; a box thinner than that is refused */
    MAX_CELLS_AXIS = 512,
    LONGEST_ROW = 1000000, /* neighbors of one atom; 150 angstrom in a metal */
    PLACES_GRAIN = 4096,   /* points and rows that a thread takes at a time */
    ROWS_GRAIN = 256
};

/* Fractional coordinates carry rounding of 1e-16 times box lengths; the reach is widened by this
   factor so that no image at exactly the list radius is lost. */
static const double REACH_GUARD = 1.0 + 1e-9;

/* Entries of a list: 16 GB. */
static const double MOST_ENTRIES = 4e9;

/* Where the padding points stand: no cutoff reaches there, and distances stay finite. */
static const double FAR_AWAY = 1e30;

struct vti_neighbors {
    bool built;
    vt_snapshot then; /* of the last build */
    size_t atom_capacity, point_capacity, neighbor_capacity, cell_capacity;
    int32_t *own_shift;  /* lattice shift that brings each atom into the cell, n x 3 */
    int8_t *ghost_shift; /* lattice shift of each ghost relative to its parent's point */
    double *sorted[3];   /* points sorted by cell */
    int32_t *sorted_point;
    int32_t *cell_of;    /* of each point */
    int32_t *slot_of;    /* place of each atom among the sorted points */
    int32_t *cell_start; /* cells + 1 */
};

vt_neighbors *vt_neighbors_create(double cutoff, double skin, vt_error *err) {
    if (!(cutoff > 0) || !isfinite(cutoff) || !(skin >= 0) || !isfinite(skin)) {
        vt_fail(err, VT_EINVAL,
                "neighbor list: cutoff must be positive and skin not negative, got %g and %g A",
                cutoff, skin);
        return NULL;
    }
    vt_neighbors *list = vt_alloc(1, sizeof *list);
    if (list != NULL) list->internal = vt_alloc(1, sizeof *list->internal);
    if (list == NULL || list->internal == NULL) {
        vt_free(list);
        vt_fail_memory(err, 1, sizeof *list, "a neighbor list");
        return NULL;
    }
    list->cutoff = cutoff;
    list->skin = skin;
    return list;
}

static void free_points(vt_neighbors *list) {
    struct vti_neighbors *in = list->internal;
    vt_free(list->point);
    vt_free(list->parent);
    vt_free(in->ghost_shift);
    for (int k = 0; k < 3; k++) vt_free(in->sorted[k]);
    vt_free(in->sorted_point);
    vt_free(in->cell_of);
    list->point = NULL;
    list->parent = NULL;
    in->ghost_shift = NULL;
    in->sorted[0] = in->sorted[1] = in->sorted[2] = NULL;
    in->sorted_point = in->cell_of = NULL;
    in->point_capacity = 0;
}

void vt_neighbors_destroy(vt_neighbors *list) {
    if (list == NULL) return;
    struct vti_neighbors *in = list->internal;
    free_points(list);
    vt_free(list->first);
    vt_free(list->neighbor);
    vt_free(in->then.position);
    vt_free(in->own_shift);
    vt_free(in->slot_of);
    vt_free(in->cell_start);
    vt_free(in);
    vt_free(list);
}

void vt_neighbors_reset(vt_neighbors *list) {
    list->internal->built = false;
}

const vt_snapshot *vti_neighbors_built(const vt_neighbors *list) {
    return &list->internal->then;
}

/* ---------------------------------------------------------------- staleness ---- */

bool vti_neighbors_stale(const vt_neighbors *list, const vti_places *atoms) {
    const struct vti_neighbors *in = list->internal;
    return !in->built || atoms->count != list->count ||
           vti_moved_too_far(&in->then, atoms, list->cutoff, list->cutoff + list->skin);
}

/* ---------------------------------------------------------------- building ---- */

/* Make *memory hold `needed` items; old contents are not kept. */
static vt_status reserve(void *memory, size_t *capacity, size_t needed, size_t size,
                         vt_error *err) {
    return vt_reserve(memory, capacity, needed, 0, size, "the neighbor list", err);
}

static vt_status reserve_atoms(vt_neighbors *list, size_t count, vt_error *err) {
    struct vti_neighbors *in = list->internal;
    if (in->then.position != NULL && count <= in->atom_capacity) return VT_OK;
    size_t none = 0;
    vt_status st = reserve(&in->then.position, &none, 3 * count, sizeof(double), err);
    none = 0;
    if (!vt_failed(st)) st = reserve(&in->own_shift, &none, 3 * count, sizeof(int32_t), err);
    none = 0;
    if (!vt_failed(st)) st = reserve(&in->slot_of, &none, count, sizeof(int32_t), err);
    none = 0;
    if (!vt_failed(st)) st = reserve(&list->first, &none, count + 1, sizeof(size_t), err);
    in->atom_capacity = vt_failed(st) ? 0 : count;
    return st;
}

static vt_status reserve_points(vt_neighbors *list, size_t points, vt_error *err) {
    struct vti_neighbors *in = list->internal;
    if (list->point != NULL && points <= in->point_capacity) return VT_OK;
    size_t room = points + points / 16; /* the number of images varies a little */
    free_points(list);
    list->point = vt_alloc(4 * (room + POINT_PAD), sizeof(double));
    list->parent = vt_alloc(room, sizeof(int32_t));
    in->ghost_shift = vt_alloc(3 * room, 1);
    for (int k = 0; k < 3; k++) in->sorted[k] = vt_alloc(room + POINT_PAD, sizeof(double));
    in->sorted_point = vt_alloc(room + POINT_PAD, sizeof(int32_t));
    in->cell_of = vt_alloc(room, sizeof(int32_t));
    if (list->point == NULL || list->parent == NULL || in->ghost_shift == NULL ||
        in->sorted[0] == NULL || in->sorted[1] == NULL || in->sorted[2] == NULL ||
        in->sorted_point == NULL || in->cell_of == NULL) {
        free_points(list);
        return vt_fail_memory(err, room, 80, "the neighbor list");
    }
    in->point_capacity = room;
    return VT_OK;
}

/* Images from..to along one axis bring fractional coordinate s within `reach` of [0, 1]. */
typedef struct {
    int from, to;
} image_range;

static image_range images_within(double s, double reach, bool periodic) {
    image_range range = {0, 0};
    if (!periodic) return range;
    while (s + (range.from - 1) >= -reach) range.from--;
    while (s + (range.to + 1) <= 1.0 + reach) range.to++;
    return range;
}

/* Number of points with images; with `store` also parents and shifts of the ghosts. */
static size_t walk_ghosts(vt_neighbors *list, const vti_places *atoms, const double reach[3],
                          bool store) {
    struct vti_neighbors *in = list->internal;
    vti_fractional_map map = vti_fractional_map_of(atoms->box);
    size_t n = atoms->count, next = n;
    for (size_t i = 0; i < n; i++) {
        image_range r[3];
        double at[3], s[3];
        vti_position_at(atoms, i, at);
        vti_to_fractional(&map, at, s);
        for (int k = 0; k < 3; k++)
            r[k] =
                images_within(s[k] + in->own_shift[3 * i + k], reach[k], atoms->box->periodic[k]);
        if (!store) {
            next += (size_t)(r[0].to - r[0].from + 1) * (size_t)(r[1].to - r[1].from + 1) *
                        (size_t)(r[2].to - r[2].from + 1) -
                    1;
            continue;
        }
        for (int a = r[0].from; a <= r[0].to; a++)
            for (int b = r[1].from; b <= r[1].to; b++)
                for (int c = r[2].from; c <= r[2].to; c++) {
                    if (a == 0 && b == 0 && c == 0) continue;
                    int8_t *shift = in->ghost_shift + 3 * (next - n);
                    list->parent[next++] = (int32_t)i;
                    shift[0] = (int8_t)a;
                    shift[1] = (int8_t)b;
                    shift[2] = (int8_t)c;
                }
    }
    return next;
}

static vt_status make_ghosts(vt_neighbors *list, const vti_places *atoms, const double reach[3],
                             vt_error *err) {
    size_t points = walk_ghosts(list, atoms, reach, false);
    if (points > INT32_MAX)
        return vt_fail(err, VT_EINVAL,
                       "%zu atoms and images within the cutoff of %g A are more than a neighbor "
                       "list holds; replicate a box this thin, or use fewer atoms",
                       points, list->cutoff);
    VTI_TRY(reserve_points(list, points, err));
    list->points = points;
    for (size_t i = 0; i < atoms->count; i++) list->parent[i] = (int32_t)i;
    walk_ghosts(list, atoms, reach, true);
    return VT_OK;
}

typedef struct {
    vt_neighbors *list;
    const vti_places *atoms;
} placing;

static void place_parents(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const placing *p = context;
    const vti_places *atoms = p->atoms;
    const double(*h)[3] = atoms->box->h;
    double *point = p->list->point;
    for (size_t i = from; i < to; i++) {
        const int32_t *s = p->list->internal->own_shift + 3 * i;
        double r[3];
        vti_position_at(atoms, i, r);
        for (int k = 0; k < 3; k++)
            point[4 * i + k] = r[k] + (s[0] * h[0][k] + s[1] * h[1][k] + s[2] * h[2][k]);
        point[4 * i + 3] = (double)atoms->type[i];
    }
}

static void place_ghosts(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const placing *p = context;
    const double(*h)[3] = p->atoms->box->h;
    double *point = p->list->point;
    for (size_t k = from; k < to; k++) {
        size_t g = p->list->count + k;
        const int8_t *s = p->list->internal->ghost_shift + 3 * k;
        const double *parent = point + 4 * (size_t)p->list->parent[g];
        for (int q = 0; q < 3; q++)
            point[4 * g + q] = parent[q] + (s[0] * h[0][q] + s[1] * h[1][q] + s[2] * h[2][q]);
        point[4 * g + 3] = parent[3];
    }
}

/* Points from positions, shifts and the present box. */
static void refresh_points(vt_neighbors *list, const vti_places *atoms) {
    double *point = list->point;
    placing p = {list, atoms};
    vti_share(list->count, PLACES_GRAIN, place_parents, &p);
    vti_share(list->points - list->count, PLACES_GRAIN, place_ghosts, &p);
    for (size_t g = list->points; g < list->points + POINT_PAD; g++) {
        point[4 * g] = point[4 * g + 1] = point[4 * g + 2] = FAR_AWAY;
        point[4 * g + 3] = 0.0;
    }
}

/* Cells over the fractional coordinates of all points. */
static vti_grid make_grid(const vti_places *atoms, const vti_extent *e, const double reach[3],
                          double radius, size_t points) {
    double low[3], extent[3];
    for (int k = 0; k < 3; k++) {
        double margin = atoms->box->periodic[k] ? reach[k] : 1e-9;
        extent[k] = e->high[k] - e->low[k] + 2 * margin;
        low[k] = e->low[k] - margin;
    }
    return vti_grid_make(atoms->box, low, extent, radius, points, MAX_CELLS_AXIS);
}

static void copy_points(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vt_neighbors *list = context;
    const struct vti_neighbors *in = list->internal;
    for (size_t slot = from; slot < to; slot++) {
        size_t p = (size_t)in->sorted_point[slot];
        if (p < list->count) in->slot_of[p] = (int32_t)slot;
        for (int k = 0; k < 3; k++) in->sorted[k][slot] = list->point[4 * p + (size_t)k];
    }
}

static vt_status sort_into_cells(vt_neighbors *list, const vt_box *box, const vti_grid *grid,
                                 vt_error *err) {
    struct vti_neighbors *in = list->internal;
    VTI_TRY(reserve(&in->cell_start, &in->cell_capacity, vti_grid_cells(grid) + 1,
                    sizeof *in->cell_start, err));
    const vti_places points = {.count = list->points,
                               .box = box,
                               .x = list->point,
                               .y = list->point + 1,
                               .z = list->point + 2,
                               .stride = 4};
    vti_grid_sort(grid, &points, NULL, in->cell_of, in->cell_start, in->sorted_point);
    vti_share(list->points, PLACES_GRAIN, copy_points, list);
    return VT_OK;
}

static int clamp(int value, int limit) {
    return value < 0 ? 0 : value >= limit ? limit - 1 : value;
}

enum { ROWS_AROUND = (2 * VTI_CELLS_PER_RADIUS + 1) * (2 * VTI_CELLS_PER_RADIUS + 1) };

static int runs_around(const struct vti_neighbors *in, const vti_grid *grid, int32_t cell,
                       vti_run runs[ROWS_AROUND]) {
    int count = 0;
    int c0 = cell % grid->count[0], c1 = cell / grid->count[0] % grid->count[1];
    int c2 = cell / grid->count[0] / grid->count[1];
    int first = clamp(c0 - VTI_CELLS_PER_RADIUS, grid->count[0]);
    int last = clamp(c0 + VTI_CELLS_PER_RADIUS, grid->count[0]);
    for (int k = c2 - VTI_CELLS_PER_RADIUS; k <= c2 + VTI_CELLS_PER_RADIUS; k++) {
        if (k < 0 || k >= grid->count[2]) continue;
        for (int j = c1 - VTI_CELLS_PER_RADIUS; j <= c1 + VTI_CELLS_PER_RADIUS; j++) {
            if (j < 0 || j >= grid->count[1]) continue;
            size_t row = (size_t)(k * grid->count[1] + j) * (size_t)grid->count[0];
            runs[count].from = in->cell_start[row + (size_t)first];
            runs[count].to = in->cell_start[row + (size_t)last + 1];
            count++;
        }
    }
    return count;
}

typedef struct {
    vt_neighbors *list;
    const vti_grid *grid;
    double radius2;
    const vti_list_kernels *kernels;
    vti_sorted_points sorted;
} filling;

static void count_rows(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const filling *f = context;
    const struct vti_neighbors *in = f->list->internal;
    for (size_t i = from; i < to; i++) {
        vti_run runs[ROWS_AROUND];
        int count = runs_around(in, f->grid, in->cell_of[i], runs);
        /* The atom itself is among the points found. */
        f->list->first[i + 1] =
            f->kernels->count_row(&f->sorted, runs, count, f->list->point + 4 * i, f->radius2) - 1;
    }
}

static void write_rows(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const filling *f = context;
    vt_neighbors *list = f->list;
    const struct vti_neighbors *in = list->internal;
    for (size_t i = from; i < to; i++) {
        vti_run runs[ROWS_AROUND];
        int count = runs_around(in, f->grid, in->cell_of[i], runs);
        f->kernels->write_row(&f->sorted, runs, count, list->point + 4 * i, in->slot_of[i],
                              f->radius2, list->neighbor + list->first[i],
                              list->first[i + 1] - list->first[i]);
    }
}

static vt_status fill_rows(vt_neighbors *list, const vti_grid *grid, vt_error *err) {
    struct vti_neighbors *in = list->internal;
    double radius = list->cutoff + list->skin;
    size_t n = list->count;
    filling f = {list,
                 grid,
                 radius * radius,
                 vti_list_kernels_best(),
                 {in->sorted[0], in->sorted[1], in->sorted[2], in->sorted_point}};
    list->first[0] = 0;
    vti_loop loop = {
        n, ROWS_GRAIN, vt_threads_free(), count_rows, &f, NULL, list->points > VTI_LONG_SEARCH};
    if (!vti_share_loop(&loop)) return vt_fail_interrupted(err);
    for (size_t i = 0; i < n; i++) list->first[i + 1] += list->first[i];

    size_t total = list->first[n], needed = total + NEIGHBOR_PAD;
    if (list->neighbor == NULL || needed > in->neighbor_capacity) needed += total / 20;
    VTI_TRY(reserve(&list->neighbor, &in->neighbor_capacity, needed, sizeof(int32_t), err));
    loop.work = write_rows;
    if (!vti_share_loop(&loop)) return vt_fail_interrupted(err);
    for (size_t k = 0; k < NEIGHBOR_PAD; k++) list->neighbor[total + k] = (int32_t)list->points;
    return VT_OK;
}

/* Refuse a radius whose sphere holds more atoms than anybody means: building such a list would take
   minutes and all memory. */
static vt_status check_length(const vt_neighbors *list, const bool periodic[3],
                              const double heights[3], const double low[3], const double high[3],
                              vt_error *err) {
    const double SPHERE = 0.52; /* share of the cube around it */
    double radius = list->cutoff + list->skin, row = (double)list->count * SPHERE;
    for (int k = 0; k < 3; k++) {
        double extent = periodic[k] ? 1 : fmax(high[k] - low[k], 1e-9);
        double boxes = 2 * radius / (heights[k] * extent);
        row *= periodic[k] || boxes < 1 ? boxes : 1;
    }
    if (row <= LONGEST_ROW && row * (double)list->count <= MOST_ENTRIES) return VT_OK;
    return vt_fail(
        err, VT_EINVAL,
        "a cutoff of %g angstrom gives each of %zu atoms about %.1g neighbors, more than "
        "can be listed; take a shorter one",
        list->cutoff, list->count, row);
}

static vt_status build(vt_neighbors *list, const vti_places *atoms, vt_error *err) {
    struct vti_neighbors *in = list->internal;
    VTI_TRY(vt_box_check(atoms->box, err));
    if (atoms->count > INT32_MAX)
        return vt_fail(err, VT_EINVAL, "%zu atoms are more than a neighbor list holds",
                       atoms->count);
    in->built = false;
    list->count = atoms->count;
    VTI_TRY(reserve_atoms(list, atoms->count, err));

    double heights[3], reach[3];
    double radius = list->cutoff + list->skin;
    vti_extent extent;
    VTI_TRY(vti_find_extent(atoms, VTI_ABSURD, &extent, err));
    vti_find_shifts(atoms, in->own_shift);
    vti_snapshot_take(&in->then, atoms);
    vt_box_heights(atoms->box, heights);
    for (int k = 0; k < 3; k++) {
        reach[k] = atoms->box->periodic[k] ? radius / heights[k] * REACH_GUARD : 0.0;
        if (reach[k] > MAX_IMAGES)
            return vti_fail_thin(err, atoms->box, k, MAX_IMAGES, list->cutoff);
    }
    VTI_TRY(check_length(list, atoms->box->periodic, heights, extent.low, extent.high, err));
    VTI_TRY(make_ghosts(list, atoms, reach, err));
    refresh_points(list, atoms);
    if (atoms->count == 0) {
        list->first[0] = 0;
        in->then.box = *atoms->box;
        in->built = true;
        return VT_OK;
    }
    vti_grid grid = make_grid(atoms, &extent, reach, radius, list->points);
    VTI_TRY(sort_into_cells(list, atoms->box, &grid, err));
    VTI_TRY(fill_rows(list, &grid, err));
    in->built = true;
    list->builds++;
    return VT_OK;
}

vt_status vti_neighbors_update(vt_neighbors *list, const vti_places *atoms, vt_error *err) {
    if (vti_neighbors_stale(list, atoms)) return build(list, atoms, err);
    refresh_points(list, atoms);
    return VT_OK;
}

bool vt_neighbors_stale(const vt_neighbors *list, const vt_atoms *atoms) {
    const vti_places places = vti_places_of(atoms);
    return vti_neighbors_stale(list, &places);
}

vt_status vt_neighbors_update(vt_neighbors *list, const vt_atoms *atoms, vt_error *err) {
    const vti_places places = vti_places_of(atoms);
    return vti_neighbors_update(list, &places, err);
}

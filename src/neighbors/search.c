#include "neighbors/search.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"

/* ---------------------------------------------------------------- cells ---- */

/* Cells of about this size follow a sphere closely enough while they still hold a few atoms each.
   Columns of slices are cut off at a sphere slice by slice, and do best with vectors full of
   atoms to go through. */
static const double CELLS_PER_REACH = 3;
static const double ATOMS_PER_CELL = 4, ATOMS_PER_CUBE = 10;
enum { MAX_IMAGES = 1000, SLICES_PER_CUBE = 10, MOST_CELLS = 4096, GRAIN = 2048 };

static vt_status choose(vti_cells *cells, const vt_atoms *atoms, double reach, bool slices,
                        vt_error *err) {
    const vt_box *box = &atoms->box;
    const vti_places places = vti_places_of(atoms);
    double heights[3], volume = vt_box_volume(box);
    vti_extent ends;
    VTI_TRY(vti_find_extent(&places, INFINITY, &ends, err));
    vt_box_heights(box, heights);
    for (int a = 0; a < 3; a++) {
        cells->span[a] = box->periodic[a] ? 1 : fmax(ends.high[a] - ends.low[a], 1e-6);
        volume *= cells->span[a];
        if (box->periodic[a] && reach > MAX_IMAGES * heights[a])
            return vt_fail(err, VT_EINVAL,
                           "structure: a distance of %g angstrom spans more than %d images of the "
                           "box, which is %g angstrom thick along %c; take a smaller one",
                           reach, MAX_IMAGES, heights[a], "abc"[a]);
    }
    double least = cbrt((slices ? ATOMS_PER_CUBE : ATOMS_PER_CELL) * volume / (double)atoms->count);
    double wanted = fmax(reach / CELLS_PER_REACH, least);
    int count[3];
    /* A flat or thin cloud of atoms has no cells to split along its short axes, so the others
       could become very many; double the width until there are about as many as atoms. */
    for (;; wanted *= 1.26) {
        double total = 1;
        for (int a = 0; a < 3; a++) {
            double width = slices && a == 2 ? wanted / SLICES_PER_CUBE : wanted;
            double most = fmin(floor(heights[a] * cells->span[a] / width), MOST_CELLS);
            count[a] = most > 1 ? (int)most : 1;
            total *= count[a];
        }
        if (total <= 2 * (double)atoms->count + 64) break;
    }
    cells->grid = vti_grid_of(box, ends.low, cells->span, count, reach);
    memcpy(cells->grid.stride, (int32_t[]){count[1] * count[2], count[2], 1},
           sizeof cells->grid.stride);
    memcpy(cells->period, box->h, sizeof cells->period);
    return VT_OK;
}

/* Kernels load whole vectors: so many numbers behind the last atom may be read. */
enum { PADDING = 8 };

typedef struct {
    vti_cells *cells;
    const vt_atoms *atoms;
    const int32_t *shift; /* of each atom into the box */
    vti_fractional_map map;
} filling;

/* What is known of the atoms at places from .. to - 1. A position is not recomputed from fractions:
   rounding would separate neighbors in a crystal that are equally far away. */
static void fill_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const filling *f = context;
    vti_cells *cells = f->cells;
    const vt_atoms *atoms = f->atoms;
    for (size_t k = from; k < to; k++) {
        size_t i = (size_t)cells->atom[k];
        const int32_t *shift = f->shift + 3 * i;
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]}, s[3];
        vti_to_fractional(&f->map, r, s);
        for (int a = 0; a < 3 && cells->place != NULL; a++)
            cells->place[3 * k + (size_t)a] =
                (s[a] + shift[a] - cells->grid.low[a]) * cells->grid.scale[a];
        const double(*h)[3] = (const double(*)[3])cells->period;
        for (int d = 0; d < 3; d++)
            r[d] += shift[0] * h[0][d] + shift[1] * h[1][d] + shift[2] * h[2][d];
        cells->x[k] = r[0];
        cells->y[k] = r[1];
        cells->z[k] = r[2];
        cells->type[k] = atoms->type[i];
    }
}

static vt_status sort_atoms(vti_cells *cells, const vt_atoms *atoms, bool slices, vt_error *err) {
    size_t n = atoms->count;
    int32_t *cell = vt_alloc(n, sizeof *cell), *shift = vt_alloc(n, 3 * sizeof *shift);
    cells->begin = vt_alloc(vti_grid_cells(&cells->grid) + 1, sizeof *cells->begin);
    cells->x = vt_alloc(n + PADDING, sizeof(double));
    cells->y = vt_alloc(n + PADDING, sizeof(double));
    cells->z = vt_alloc(n + PADDING, sizeof(double));
    cells->type = vt_alloc(n + PADDING, sizeof *cells->type);
    cells->atom = vt_alloc(n, sizeof *cells->atom);
    if (slices) cells->place = vt_alloc(n, 3 * sizeof(double));
    vt_status st = VT_OK;
    if (!cell || !shift || !cells->begin || !cells->x || !cells->y || !cells->z || !cells->type ||
        !cells->atom || (slices && !cells->place)) {
        st = vt_fail_memory(err, n, 8 * sizeof(double), "the atoms sorted into cells");
    } else {
        const vti_places places = vti_places_of(atoms);
        vti_find_shifts(&places, shift);
        vti_grid_sort(&cells->grid, &places, shift, cell, cells->begin, cells->atom);
        filling f = {cells, atoms, shift, vti_fractional_map_of(&atoms->box)};
        vti_share(n, GRAIN, fill_some, &f);
    }
    vt_free(shift);
    vt_free(cell);
    return st;
}

vt_status vti_cells_create(vti_cells *cells, const vt_atoms *atoms, double reach, bool slices,
                           vt_error *err) {
    memset(cells, 0, sizeof *cells);
    cells->count = atoms->count;
    vt_status status = choose(cells, atoms, reach, slices, err);
    if (!vt_failed(status)) status = sort_atoms(cells, atoms, slices, err);
    if (vt_failed(status)) vti_cells_destroy(cells);
    return status;
}

void vti_cells_destroy(vti_cells *cells) {
    vt_free(cells->place);
    vt_free(cells->atom);
    vt_free(cells->type);
    vt_free(cells->z);
    vt_free(cells->y);
    vt_free(cells->x);
    vt_free(cells->begin);
    memset(cells, 0, sizeof *cells);
}

/* ---------------------------------------------------------------- around an atom ---- */

void vti_points_destroy(vti_points *points) {
    vt_free(points->point);
    memset(points, 0, sizeof *points);
}

static bool make_room(vti_points *points, size_t more) {
    size_t needed = points->count + more;
    if (needed <= points->capacity) return true;
    size_t capacity = needed + needed / 2 + 64;
    vti_point *grown = vt_grow(points->point, points->count, capacity, sizeof *grown);
    if (grown == NULL) return false;
    points->point = grown;
    points->capacity = capacity;
    return true;
}

vt_status vti_points_add(vti_points *points, const vti_point *point, vt_error *err) {
    if (!make_room(points, 1))
        return vt_fail_memory(err, points->capacity, sizeof *point, "the neighbors of an atom");
    points->point[points->count++] = *point;
    return VT_OK;
}

typedef struct {
    double at[3]; /* center [angstrom] */
    double inner2, outer2;
    size_t itself; /* place of the center's own atom */
} sphere;

/* Points among the atoms begin <= k < end, moved by `shift`. There is room for all of them. */
static void add_run(const vti_cells *cells, const sphere *s, size_t begin, size_t end,
                    const double shift[3], vti_points *points) {
    double x = s->at[0] - shift[0], y = s->at[1] - shift[1], z = s->at[2] - shift[2];
    bool home = shift[0] == 0 && shift[1] == 0 && shift[2] == 0;
    vti_point *to = points->point + points->count;
    for (size_t k = begin; k < end; k++) {
        double dx = cells->x[k] - x, dy = cells->y[k] - y, dz = cells->z[k] - z;
        double d2 = dx * dx + dy * dy + dz * dz;
        if (d2 >= s->outer2 || d2 < s->inner2 || (home && k == s->itself)) continue;
        *to++ = (vti_point){d2, {dx, dy, dz}, (int32_t)k};
    }
    points->count = (size_t)(to - points->point);
}

/* Cells first..last along the third axis of the line (a, b), any images of the box. */
static bool add_line(const vti_cells *cells, const sphere *s, int32_t a, int32_t b, int32_t first,
                     int32_t last, vti_points *points) {
    const int *n = cells->grid.count;
    int32_t image_a = vti_turns(a, n[0]), image_b = vti_turns(b, n[1]);
    int32_t line = ((a - image_a * n[0]) * n[1] + (b - image_b * n[1])) * n[2];
    while (first <= last) {
        int32_t image_c = vti_turns(first, n[2]), next = (image_c + 1) * n[2];
        int32_t until = last < next - 1 ? last : next - 1;
        size_t begin = (size_t)cells->begin[line + first - image_c * n[2]];
        size_t end = (size_t)cells->begin[line + until - image_c * n[2] + 1];
        double shift[3];
        for (int d = 0; d < 3; d++)
            shift[d] = image_a * cells->period[0][d] + image_b * cells->period[1][d] +
                       image_c * cells->period[2][d];
        if (!make_room(points, end - begin)) return false;
        add_run(cells, s, begin, end, shift, points);
        first = until + 1;
    }
    return true;
}

/* The order must not depend on how the points came together, so equal distances are told apart. */
static bool before(const vti_point *a, const vti_point *b) {
    if (a->d2 != b->d2) return a->d2 < b->d2;
    if (a->r[0] != b->r[0]) return a->r[0] < b->r[0];
    if (a->r[1] != b->r[1]) return a->r[1] < b->r[1];
    return a->r[2] < b->r[2];
}

static void sift_down(vti_point *heap, size_t from, size_t count) {
    vti_point moving = heap[from];
    for (;;) {
        size_t child = 2 * from + 1;
        if (child >= count) break;
        if (child + 1 < count && before(&heap[child], &heap[child + 1])) child++;
        if (!before(&moving, &heap[child])) break;
        heap[from] = heap[child];
        from = child;
    }
    heap[from] = moving;
}

static void sort_by_distance(vti_point *point, size_t count) {
    if (count <= 100) { /* the usual case */
        for (size_t k = 1; k < count; k++) {
            vti_point moving = point[k];
            size_t place = k;
            for (; place > 0 && before(&moving, &point[place - 1]); place--)
                point[place] = point[place - 1];
            point[place] = moving;
        }
        return;
    }
    for (size_t k = count / 2; k-- > 0;) sift_down(point, k, count);
    for (size_t k = count; k-- > 1;) {
        vti_point last = point[k];
        point[k] = point[0];
        point[0] = last;
        sift_down(point, 0, k);
    }
}

vt_status vti_near(const vti_cells *cells, const vt_box *box, size_t center, double inner2,
                   double outer2, size_t most, vti_points *points, vt_error *err) {
    sphere s = {.at = {cells->x[center], cells->y[center], cells->z[center]},
                .inner2 = inner2,
                .outer2 = outer2,
                .itself = center};
    double fraction[3], heights[3];
    int32_t first[3], last[3];
    vt_box_fractional(box, s.at, fraction);
    vt_box_heights(box, heights);
    for (int a = 0; a < 3; a++) {
        double reach = sqrt(outer2) / heights[a], scale = cells->grid.scale[a];
        /* A little more than the reach, for the rounding of fractional coordinates. */
        double from = floor((fraction[a] - reach - cells->grid.low[a]) * scale - 1e-6);
        double to = floor((fraction[a] + reach - cells->grid.low[a]) * scale + 1e-6);
        if (!cells->grid.periodic[a]) {
            from = fmin(fmax(from, 0), cells->grid.count[a] - 1);
            to = fmin(fmax(to, 0), cells->grid.count[a] - 1);
        }
        if (to - from > 1e6)
            return vt_fail(err, VT_EINVAL,
                           "structure: neighbors within %g angstrom lie in more than a million "
                           "images of the box, which is %g angstrom thick along %c",
                           sqrt(outer2), heights[a], "abc"[a]);
        first[a] = (int32_t)from;
        last[a] = (int32_t)to;
    }
    size_t begin = points->count;
    for (int32_t a = first[0]; a <= last[0]; a++)
        for (int32_t b = first[1]; b <= last[1]; b++) {
            if (!add_line(cells, &s, a, b, first[2], last[2], points))
                return vt_fail_memory(err, points->capacity, sizeof *points->point,
                                      "the neighbors of an atom");
            if (points->count - begin <= most) continue;
            points->count = begin;
            return VT_CONTINUE;
        }
    sort_by_distance(points->point + begin, points->count - begin);
    return VT_OK;
}

/* ---------------------------------------------------------------- a tree ---- */

enum { LEAF = 8 };

void vti_tree_destroy(vti_tree *tree) {
    vt_free(tree->order);
    vt_free(tree->node);
    memset(tree, 0, sizeof *tree);
}

static const double *axis_of(const vti_cells *cells, int axis) {
    return axis == 0 ? cells->x : axis == 1 ? cells->y : cells->z;
}

static void enclose(const vti_tree *tree, const vti_cells *cells, vti_node *node) {
    for (int d = 0; d < 3; d++) {
        const double *r = axis_of(cells, d);
        node->low[d] = INFINITY;
        node->high[d] = -INFINITY;
        for (int32_t k = node->begin; k < node->end; k++) {
            node->low[d] = fmin(node->low[d], r[tree->order[k]]);
            node->high[d] = fmax(node->high[d], r[tree->order[k]]);
        }
    }
}

/* Rearrange order[begin..end-1] so that what comes before `middle` is not above what comes after
   (Hoare, Commun. ACM 4, 321 (1961)). */
static void divide(int32_t *order, const double *r, int32_t begin, int32_t end, int32_t middle) {
    int32_t first = begin, last = end - 1;
    while (first < last) {
        double pivot = r[order[first + (last - first) / 2]];
        int32_t i = first, j = last;
        while (i <= j) {
            while (r[order[i]] < pivot) i++;
            while (r[order[j]] > pivot) j--;
            if (i > j) break;
            int32_t swap = order[i];
            order[i++] = order[j];
            order[j--] = swap;
        }
        if (middle <= j)
            last = j;
        else if (middle >= i)
            first = i;
        else
            return;
    }
}

vt_status vti_tree_create(vti_tree *tree, const vti_cells *cells, vt_error *err) {
    /* Halves differ by one atom at most, so that no leaf has fewer than LEAF / 2. */
    size_t most = 4 * cells->count / LEAF + 3;
    *tree = (vti_tree){.count = 1,
                       .node = vt_alloc(most, sizeof *tree->node),
                       .order = vt_alloc(cells->count, sizeof *tree->order)};
    if (tree->node == NULL || tree->order == NULL) {
        vti_tree_destroy(tree);
        return vt_fail_memory(err, cells->count, sizeof *tree->order, "a tree of atoms");
    }
    for (size_t k = 0; k < cells->count; k++) tree->order[k] = (int32_t)k;
    tree->node[0].end = (int32_t)cells->count;
    for (size_t k = 0; k < tree->count; k++) { /* grows while it is walked */
        vti_node *node = &tree->node[k];
        enclose(tree, cells, node);
        if (node->end - node->begin <= LEAF) continue;
        int longest = 0;
        for (int d = 1; d < 3; d++)
            if (node->high[d] - node->low[d] > node->high[longest] - node->low[longest])
                longest = d;
        int32_t middle = node->begin + (node->end - node->begin) / 2;
        divide(tree->order, axis_of(cells, longest), node->begin, node->end, middle);
        node->child = (int32_t)tree->count;
        tree->node[tree->count++] = (vti_node){.begin = node->begin, .end = middle};
        tree->node[tree->count++] = (vti_node){.begin = middle, .end = node->end};
    }
    return VT_OK;
}

#include "structure/near.h"

#include <math.h>
#include <string.h>

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

static int32_t floor_divide(int32_t a, int32_t b) {
    int32_t q = a / b;
    return a % b < 0 ? q - 1 : q;
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
    const int32_t *n = cells->n;
    int32_t image_a = floor_divide(a, n[0]), image_b = floor_divide(b, n[1]);
    size_t line = ((size_t)(a - image_a * n[0]) * n[1] + (size_t)(b - image_b * n[1])) * n[2];
    while (first <= last) {
        int32_t image_c = floor_divide(first, n[2]), next = (image_c + 1) * n[2];
        int32_t until = last < next - 1 ? last : next - 1;
        size_t begin = cells->begin[line + (size_t)(first - image_c * n[2])];
        size_t end = cells->begin[line + (size_t)(until - image_c * n[2]) + 1];
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

static void sort(vti_point *point, size_t count) {
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
        double reach = sqrt(outer2) / heights[a], scale = cells->n[a] / cells->span[a];
        /* A little more than the reach, for the rounding of fractional coordinates. */
        double from = floor((fraction[a] - reach - cells->low[a]) * scale - 1e-6);
        double to = floor((fraction[a] + reach - cells->low[a]) * scale + 1e-6);
        if (!cells->periodic[a]) {
            from = fmin(fmax(from, 0), cells->n[a] - 1);
            to = fmin(fmax(to, 0), cells->n[a] - 1);
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
    sort(points->point + begin, points->count - begin);
    return VT_OK;
}

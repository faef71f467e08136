/* Around each atom the columns of cells that come near enough are gone through, each from where it
   enters the sphere of the reach to where it leaves. Of a column and its opposite only one is
   looked at, so that every pair comes once; in the atom's own column only what lies behind it. */
#include "structure/walk.h"

#include <math.h>

/* Slices are found from rounded numbers: take so much of one more. */
static const double MARGIN = 1e-6;

typedef struct {
    int32_t a, b; /* columns away */
} column;

struct vti_walk {
    const vti_cells *cells;
    double reach2;
    double width[2]; /* of a column, between opposite faces [angstrom] */
    bool square;     /* its faces are at right angles */
    double along[2]; /* how far one column on lies along the third axis ... */
    double slice;    /* ... and one slice on [angstrom] */
    size_t columns;
    column *column;
};

static inline int32_t round_down(double x) {
    int32_t whole = (int32_t)x;
    return whole - (whole > x);
}

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Distance from a place in its own column, 0 to 1, to the column that is `offset` away. */
static inline double gap(double place, int32_t offset, double width) {
    if (offset == 0) return 0;
    return (offset > 0 ? offset - place : place - (offset + 1)) * width;
}

/* The square of a distance that columns with these gaps keep at least. */
static inline double gap2(const vti_walk *w, double a, double b) {
    if (w->square) return a * a + b * b;
    double larger = a > b ? a : b;
    return larger * larger;
}

static vt_status list_columns(vti_walk *w, double reach, vt_error *err) {
    int32_t last[2];
    for (int k = 0; k < 2; k++) {
        double away = floor(reach / w->width[k]) + 1;
        if (!w->cells->periodic[k]) away = fmin(away, w->cells->n[k] - 1);
        last[k] = (int32_t)away;
    }
    size_t most = (size_t)(last[0] + 1) * (2 * (size_t)last[1] + 1);
    w->column = vt_alloc(most, sizeof *w->column);
    if (w->column == NULL)
        return vt_fail_memory(err, most, sizeof *w->column, "the cells within the reach");
    for (int32_t a = 0; a <= last[0]; a++)
        for (int32_t b = a > 0 ? -last[1] : 0; b <= last[1]; b++) {
            double least_a = a > 0 ? (a - 1) * w->width[0] : 0;
            double least_b = b != 0 ? ((b > 0 ? b : -b) - 1) * w->width[1] : 0;
            if (gap2(w, least_a, least_b) <= w->reach2) w->column[w->columns++] = (column){a, b};
        }
    return VT_OK;
}

vti_walk *vti_walk_create(const vti_cells *cells, double reach, vt_error *err) {
    vti_walk *w = vt_alloc(1, sizeof *w);
    if (w == NULL) {
        vt_fail_memory(err, 1, sizeof *w, "pairs of atoms");
        return NULL;
    }
    w->cells = cells;
    w->reach2 = reach * reach;
    const double *c = cells->period[2];
    double length = sqrt(dot(c, c)), flat[2][3];
    for (int k = 0; k < 2; k++) {
        w->along[k] = dot(cells->period[k], c) / length * cells->span[k] / cells->n[k];
        for (int m = 0; m < 3; m++)
            flat[k][m] = cells->period[k][m] - dot(cells->period[k], c) / (length * length) * c[m];
    }
    w->slice = length * cells->span[2] / cells->n[2];
    /* Both faces of a column hold the third axis: its cross-section is a parallelogram. */
    double aa = dot(flat[0], flat[0]), bb = dot(flat[1], flat[1]), ab = dot(flat[0], flat[1]);
    w->square = fabs(ab) <= 1e-12 * sqrt(aa * bb);
    double area = sqrt(fmax(aa * bb - ab * ab, 0));
    w->width[0] = area / sqrt(bb) * cells->span[0] / cells->n[0];
    w->width[1] = area / sqrt(aa) * cells->span[1] / cells->n[1];
    if (vt_failed(list_columns(w, reach, err))) {
        vti_walk_destroy(w);
        return NULL;
    }
    return w;
}

void vti_walk_destroy(vti_walk *w) {
    if (w == NULL) return;
    vt_free(w->column);
    vt_free(w);
}

/* a = cells->n times an image of the box plus what is returned. */
static inline int32_t into_box(int32_t a, int32_t n, int32_t *image) {
    *image = 0;
    if (a >= 0 && a < n) return a; /* nearly always, and a division takes its time */
    *image = a / n - (a % n < 0);
    return a - *image * n;
}

/* Slices first to last of a column, image of the box by image. */
static void walk_slices(const vti_cells *cells, size_t i, size_t line, const int32_t image[2],
                        int32_t first, int32_t last, vti_pair_run *run, void *context) {
    int32_t n = cells->n[2];
    if (!cells->periodic[2]) {
        if (first < 0) first = 0;
        if (last > n - 1) last = n - 1;
    }
    while (first <= last) {
        int32_t image_c, from = into_box(first, n, &image_c);
        int32_t until = last - first < n - 1 - from ? from + (last - first) : n - 1;
        size_t begin = cells->begin[line + (size_t)from];
        size_t end = cells->begin[line + (size_t)until + 1];
        double shift[3];
        for (int d = 0; d < 3; d++)
            shift[d] = image[0] * cells->period[0][d] + image[1] * cells->period[1][d] +
                       image_c * cells->period[2][d];
        if (begin < end) run(context, cells, i, shift, begin, end);
        first += until - from + 1;
    }
}

void vti_walk_atom(const vti_walk *w, size_t i, vti_pair_run *run, void *context) {
    static const double none[3] = {0};
    const vti_cells *cells = w->cells;
    const int32_t *n = cells->n;
    int32_t home[3];
    double place[3]; /* in the home cell */
    for (int a = 0; a < 3; a++) {
        home[a] = (int32_t)cells->place[3 * i + (size_t)a];
        if (home[a] >= n[a]) home[a] = n[a] - 1;
        place[a] = cells->place[3 * i + (size_t)a] - home[a];
    }
    size_t own = ((size_t)home[0] * (size_t)n[1] + (size_t)home[1]) * (size_t)n[2];
    size_t own_end = cells->begin[own + (size_t)home[2] + 1];
    if (i + 1 < own_end) run(context, cells, i, none, i + 1, own_end);
    for (size_t k = 0; k < w->columns; k++) {
        column c = w->column[k];
        double rest =
            w->reach2 - gap2(w, gap(place[0], c.a, w->width[0]), gap(place[1], c.b, w->width[1]));
        if (rest < 0) continue;
        int32_t image[2], a = into_box(home[0] + c.a, n[0], &image[0]);
        int32_t b = into_box(home[1] + c.b, n[1], &image[1]);
        if ((image[0] != 0 && !cells->periodic[0]) || (image[1] != 0 && !cells->periodic[1]))
            continue;
        /* Along the third axis the column leans: its near and far edges are so far on. */
        double low = (c.a - place[0]) * w->along[0], lean = fabs(w->along[0]) + fabs(w->along[1]);
        low += (c.b - place[1]) * w->along[1];
        if (w->along[0] < 0) low += w->along[0];
        if (w->along[1] < 0) low += w->along[1];
        double half = sqrt(rest), scale = 1 / w->slice;
        int32_t first = home[2] + round_down(place[2] - (half + low + lean) * scale - MARGIN);
        int32_t last = home[2] + round_down(place[2] + (half - low) * scale + MARGIN);
        if (c.a == 0 && c.b == 0) first = home[2] + 1;
        size_t line = ((size_t)a * (size_t)n[1] + (size_t)b) * (size_t)n[2];
        walk_slices(cells, i, line, image, first, last, run, context);
    }
}

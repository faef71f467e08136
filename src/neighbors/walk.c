/* Around a few atoms that follow one another in a column, the columns of cells that come near
   enough are gone through, each from where it enters the reach of the first of them to where it
   leaves that of the last. Of a column and its opposite only one is looked at, so that every pair
   comes once; in the atoms' own column only what lies behind them. */
#include "base/tensor.h"
#include "neighbors/search.h"

#include <math.h>

/* Gaps and slices are found from rounded numbers: take so much more of the reach and of a slice. */
static const double FURTHER = 1 + 1e-9, MARGIN = 1e-6;

typedef struct {
    int32_t a, b; /* columns away */
} column;

struct vti_walk {
    const vti_cells *cells;
    double reach2;
    double width[2];  /* of a column, between opposite faces [angstrom] */
    bool square;      /* its faces are at right angles */
    double along[2];  /* how far one column on lies along the third axis [angstrom] */
    double per_slice; /* slices per length along it [1/angstrom] */
    size_t columns;
    column *column;
};

/* Slices this far away are beyond the end of any free axis; a periodic one is not asked for as
 * many.
 */
static const double FARTHEST = 1e9;

static inline int32_t round_down(double x) {
    x = x < FARTHEST ? x : FARTHEST;
    x = x > -FARTHEST ? x : -FARTHEST;
    int32_t whole = (int32_t)x;
    return whole - (whole > x);
}

/* Distance from places `low` to `high` in their own column, 0 to 1, to the column that is `offset`
   away. */
static inline double gap(double low, double high, int32_t offset, double width) {
    if (offset == 0) return 0;
    return (offset > 0 ? offset - high : low - (offset + 1)) * width;
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
        if (!w->cells->grid.periodic[k]) away = fmin(away, w->cells->grid.count[k] - 1);
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
    w->reach2 = reach * reach * FURTHER;
    const double *c = cells->period[2];
    double length = sqrt(vti_dot3(c, c)), flat[2][3];
    for (int k = 0; k < 2; k++) {
        w->along[k] =
            vti_dot3(cells->period[k], c) / length * cells->span[k] / cells->grid.count[k];
        for (int m = 0; m < 3; m++)
            flat[k][m] =
                cells->period[k][m] - vti_dot3(cells->period[k], c) / (length * length) * c[m];
    }
    w->per_slice = cells->grid.count[2] / (length * cells->span[2]);
    /* Both faces of a column hold the third axis: its cross-section is a parallelogram. */
    double aa = vti_dot3(flat[0], flat[0]), bb = vti_dot3(flat[1], flat[1]),
           ab = vti_dot3(flat[0], flat[1]);
    w->square = fabs(ab) <= 1e-12 * sqrt(aa * bb);
    double area = sqrt(fmax(aa * bb - ab * ab, 0));
    w->width[0] = area / sqrt(bb) * cells->span[0] / cells->grid.count[0];
    w->width[1] = area / sqrt(aa) * cells->span[1] / cells->grid.count[1];
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

/* a = n times an image of the box plus what is returned. */
static inline int32_t into_box(int32_t a, int32_t n, int32_t *image) {
    *image = vti_turns(a, n);
    return a - *image * n;
}

/* The column that is `c` away from home column (a, b), at its place in the box. */
typedef struct {
    column away;
    size_t line;      /* number of its first cell */
    double shift[3];  /* of its image of the box [angstrom] */
    double low, lean; /* see find_stretch */
} neighbor;

/* False where the box ends. */
static bool find_neighbor(const vti_walk *w, int32_t a, int32_t b, column c, neighbor *out) {
    const vti_cells *cells = w->cells;
    int32_t image[2];
    a = into_box(a + c.a, cells->grid.count[0], &image[0]);
    b = into_box(b + c.b, cells->grid.count[1], &image[1]);
    if ((image[0] != 0 && !cells->grid.periodic[0]) || (image[1] != 0 && !cells->grid.periodic[1]))
        return false;
    *out = (neighbor){.away = c,
                      .line = ((size_t)a * (size_t)cells->grid.count[1] + (size_t)b) *
                              (size_t)cells->grid.count[2],
                      .low = c.a * w->along[0] + c.b * w->along[1],
                      .lean = fabs(w->along[0]) + fabs(w->along[1])};
    for (int k = 0; k < 2; k++)
        if (w->along[k] < 0) out->low += w->along[k];
    for (int d = 0; d < 3; d++)
        out->shift[d] = image[0] * cells->period[0][d] + image[1] * cells->period[1][d];
    return true;
}

/* Slices first to last, image of the box by image: those that reach beyond its ends. */
static void walk_images(const vti_cells *cells, vti_pairs p, const neighbor *c, int32_t first,
                        int32_t last, vti_pair_run *run, void *context) {
    int32_t n = cells->grid.count[2];
    if (!cells->grid.periodic[2]) {
        if (first < 0) first = 0;
        if (last > n - 1) last = n - 1;
    }
    while (first <= last) {
        int32_t image, from = into_box(first, n, &image);
        int32_t until = last - first < n - 1 - from ? from + (last - first) : n - 1;
        p.begin = (size_t)cells->begin[c->line + (size_t)from];
        p.end = (size_t)cells->begin[c->line + (size_t)until + 1];
        for (int d = 0; d < 3; d++) p.shift[d] = c->shift[d] + image * cells->period[2][d];
        if (p.begin < p.end) run(context, cells, &p);
        first += until - from + 1;
    }
}

/* Atoms that look together, and where they lie. */
typedef struct {
    size_t first, count;
    double low[2], high[2]; /* in their column, 0 to 1 */
    double bottom, top;     /* along the third axis, seen from the column's corner, in slices */
} group;

static inline group find_group(const vti_walk *w, int32_t a, int32_t b, size_t first,
                               size_t count) {
    group g = {.first = first,
               .count = count,
               .low = {1, 1},
               .high = {0, 0},
               .bottom = INFINITY,
               .top = -INFINITY};
    for (size_t i = first; i < first + count; i++) {
        const double *place = w->cells->place + 3 * i;
        const double in[2] = {place[0] - a, place[1] - b};
        double up = place[2] + (in[0] * w->along[0] + in[1] * w->along[1]) * w->per_slice;
        for (int k = 0; k < 2; k++) {
            if (in[k] < g.low[k]) g.low[k] = in[k];
            if (in[k] > g.high[k]) g.high[k] = in[k];
        }
        if (up < g.bottom) g.bottom = up;
        if (up > g.top) g.top = up;
    }
    return g;
}

/* What a group meets in a column: atoms begin to end - 1 or, when `images`, slices first to last.
 */
typedef struct {
    size_t begin, end;
    int32_t first, last;
    bool images;
} stretch;

/* Along the third axis the column leans: what it holds there lies from `low` to `low + lean`
   further on than its slices say, seen from the corner of the home column. */
static inline stretch find_stretch(const vti_walk *w, const group *g, const neighbor *c) {
    const vti_cells *cells = w->cells;
    double rest = w->reach2 - gap2(w, gap(g->low[0], g->high[0], c->away.a, w->width[0]),
                                   gap(g->low[1], g->high[1], c->away.b, w->width[1]));
    bool near = rest >= 0;
    double half = sqrt(near ? rest : 0);
    stretch s = {.first = round_down(g->bottom - (half + c->low + c->lean) * w->per_slice - MARGIN),
                 .last = round_down(g->top + (half - c->low) * w->per_slice + MARGIN)};
    bool inside = s.first >= 0 && s.last < cells->grid.count[2];
    s.images = near && !inside;
    bool any = near && inside && s.first <= s.last;
    s.begin = any ? (size_t)cells->begin[c->line + (size_t)s.first] : 0;
    s.end = any ? (size_t)cells->begin[c->line + (size_t)s.last + 1] : 0;
    return s;
}

size_t vti_walk_columns(const vti_walk *w) {
    return (size_t)w->cells->grid.count[0] * (size_t)w->cells->grid.count[1];
}

/* Groups whose stretches are found before any of them is run through: how long each is no processor
   can guess, and what it does ahead of its guesses is lost. */
enum { BATCH = 64 };

/* Groups with the atoms of another column. */
static void walk_away(const vti_walk *w, const group *groups, size_t count, const neighbor *c,
                      vti_pair_run *run, void *context) {
    stretch found[BATCH];
    for (size_t k = 0; k < count; k++) found[k] = find_stretch(w, &groups[k], c);
    for (size_t k = 0; k < count; k++) {
        const stretch *s = &found[k];
        if (!s->images && s->begin >= s->end) continue;
        vti_pairs p = {.first = groups[k].first,
                       .count = groups[k].count,
                       .shift = {c->shift[0], c->shift[1], c->shift[2]},
                       .begin = s->begin,
                       .end = s->end};
        if (s->images)
            walk_images(w->cells, p, c, s->first, s->last, run, context);
        else
            run(context, w->cells, &p);
    }
}

/* Groups with what lies behind them in their own column. */
static void walk_home(const vti_walk *w, const group *groups, size_t count, const neighbor *c,
                      vti_pair_run *run, void *context) {
    const vti_cells *cells = w->cells;
    int32_t n = cells->grid.count[2];
    for (size_t k = 0; k < count; k++) {
        int32_t last = find_stretch(w, &groups[k], c).last;
        vti_pairs p = {.first = groups[k].first,
                       .count = groups[k].count,
                       .begin = groups[k].first + 1,
                       .end = (size_t)cells->begin[c->line + (size_t)(last < n ? last : n - 1) + 1],
                       .own = true};
        run(context, cells, &p);
        p.own = false;
        walk_images(cells, p, c, n, last, run, context);
    }
}

void vti_walk_column(const vti_walk *w, size_t number, vti_pair_run *run, void *context) {
    const vti_cells *cells = w->cells;
    size_t line = number * (size_t)cells->grid.count[2],
           end_line = line + (size_t)cells->grid.count[2];
    size_t first = (size_t)cells->begin[line], end = (size_t)cells->begin[end_line];
    int32_t a = (int32_t)(number / (size_t)cells->grid.count[1]);
    int32_t b = (int32_t)(number % (size_t)cells->grid.count[1]);
    while (first < end) {
        group groups[BATCH];
        size_t count = 0;
        for (; count < BATCH && first < end; count++, first += VTI_WALK_GROUP)
            groups[count] = find_group(w, a, b, first,
                                       end - first < VTI_WALK_GROUP ? end - first : VTI_WALK_GROUP);
        for (size_t k = 0; k < w->columns; k++) {
            if (vt_interrupted()) return; /* in a thin box a column holds all atoms */
            column away = w->column[k];
            neighbor c;
            if (!find_neighbor(w, a, b, away, &c)) continue;
            if (away.a == 0 && away.b == 0)
                walk_home(w, groups, count, &c, run, context);
            else
                walk_away(w, groups, count, &c, run, context);
        }
    }
}

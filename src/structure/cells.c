#include "structure/cells.h"

#include <math.h>
#include <string.h>

/* Cells of about this size follow a sphere closely enough while they still hold a few atoms each.
   Columns of slices are cut off at a sphere slice by slice, and do best with vectors full of
   atoms to go through. */
static const double CELLS_PER_REACH = 3;
static const double ATOMS_PER_CELL = 4, ATOMS_PER_CUBE = 10;
enum { MAX_IMAGES = 1000, SLICES_PER_CUBE = 10, MOST_CELLS = 4096 };

/* Shape of the grid: fractional corner and length of the covered part, cells and their widths. */
typedef struct {
    double low[3], span[3]; /* fractional */
    double inverse[3][3];   /* of the box [1/angstrom] */
    double scale[3];        /* cells per fraction */
} grid;

/* floor() is a call. */
static inline double whole_part(double x) {
    if (!(fabs(x) < 1e9)) return floor(x);
    double whole = (double)(int32_t)x;
    return whole > x ? whole - 1 : whole;
}

static inline void fractional_of(const vt_atoms *atoms, const grid *g, size_t i, double s[3]) {
    const double *o = atoms->box.origin;
    double x = atoms->x[i] - o[0], y = atoms->y[i] - o[1], z = atoms->z[i] - o[2];
    for (int a = 0; a < 3; a++)
        s[a] = x * g->inverse[0][a] + y * g->inverse[1][a] + z * g->inverse[2][a];
}

/* Bring s into the box along periodic axes; `whole`: how many boxes it was away. */
static inline void wrap(const bool periodic[3], double s[3], double whole[3]) {
    for (int a = 0; a < 3; a++) {
        whole[a] = periodic[a] ? whole_part(s[a]) : 0;
        s[a] -= whole[a];
        if (!periodic[a] || s[a] < 1) continue;
        s[a] = 0; /* a tiny negative number rounds up to 1 */
        whole[a]++;
    }
}

/* Where the atoms lie along free axes, in fractions. */
static void find_ends(const vt_atoms *atoms, grid *g, double high[3]) {
    const bool *periodic = atoms->box.periodic;
    for (int a = 0; a < 3; a++) {
        g->low[a] = periodic[a] ? 0 : INFINITY;
        high[a] = periodic[a] ? 1 : -INFINITY;
    }
    if (periodic[0] && periodic[1] && periodic[2]) return;
    for (size_t i = 0; i < atoms->count; i++) {
        double s[3];
        fractional_of(atoms, g, i, s);
        for (int a = 0; a < 3; a++) {
            if (periodic[a]) continue;
            if (s[a] < g->low[a]) g->low[a] = s[a];
            if (s[a] > high[a]) high[a] = s[a];
        }
    }
}

static vt_status choose(vti_cells *cells, const vt_atoms *atoms, double reach, bool slices, grid *g,
                        vt_error *err) {
    const vt_box *box = &atoms->box;
    double heights[3], high[3], volume = vt_box_volume(box);
    vt_box_heights(box, heights);
    vt_box_inverse(box, g->inverse);
    find_ends(atoms, g, high);
    for (int a = 0; a < 3; a++) {
        g->span[a] = box->periodic[a] ? 1 : fmax(high[a] - g->low[a], 1e-6);
        volume *= g->span[a];
        if (box->periodic[a] && reach > MAX_IMAGES * heights[a])
            return vt_fail(err, VT_EINVAL,
                           "structure: a distance of %g angstrom spans more than %d images of the "
                           "box, which is %g angstrom thick along %c; take a smaller one",
                           reach, MAX_IMAGES, heights[a], "abc"[a]);
    }
    double least = cbrt((slices ? ATOMS_PER_CUBE : ATOMS_PER_CELL) * volume / (double)atoms->count);
    double wanted = fmax(reach / CELLS_PER_REACH, least);
    /* A flat or thin cloud of atoms has no cells to split along its short axes, so the others
       could become very many; double the width until there are about as many as atoms. */
    for (;; wanted *= 1.26) {
        double total = 1;
        for (int a = 0; a < 3; a++) {
            double width = slices && a == 2 ? wanted / SLICES_PER_CUBE : wanted;
            double most = fmin(floor(heights[a] * g->span[a] / width), MOST_CELLS);
            cells->n[a] = most > 1 ? (int32_t)most : 1;
            total *= cells->n[a];
        }
        if (total <= 2 * (double)atoms->count + 64) break;
    }
    for (int a = 0; a < 3; a++) {
        cells->periodic[a] = box->periodic[a];
        cells->low[a] = g->low[a];
        cells->span[a] = g->span[a];
        g->scale[a] = cells->n[a] / g->span[a];
        for (int b = 0; b < 3; b++) cells->period[a][b] = box->h[a][b];
    }
    return VT_OK;
}

/* Kernels load whole vectors: so many numbers behind the last atom may be read. */
enum { PADDING = 8 };

/* Where an atom with wrapped fractional coordinates s lies in units of cells, and the number of its
   cell. */
static inline size_t cell_of(const vti_cells *cells, const grid *g, const double s[3],
                             double place[3]) {
    size_t number = 0;
    for (int a = 0; a < 3; a++) {
        place[a] = (s[a] - g->low[a]) * g->scale[a];
        int32_t k = (int32_t)place[a];
        if (k >= cells->n[a]) k = cells->n[a] - 1;
        number = number * (size_t)cells->n[a] + (size_t)k;
    }
    return number;
}

/* Number of the cell that holds each atom, and its fractional coordinates, 3 x count. */
static void find_cells(const vti_cells *cells, const vt_atoms *atoms, const grid *g, size_t *home,
                       double *fractional) {
    for (size_t i = 0; i < atoms->count; i++) {
        double *own = fractional + 3 * i, s[3], whole[3], place[3];
        fractional_of(atoms, g, i, own);
        memcpy(s, own, sizeof s);
        wrap(atoms->box.periodic, s, whole);
        home[i] = cell_of(cells, g, s, place);
    }
}

/* Put atom i with fractional coordinates `own` at place k of the cells. Its position is not made
   from them anew: rounding would part the neighbors in a crystal that are equally far away. */
static inline void put(vti_cells *cells, const vt_atoms *atoms, const grid *g, size_t i,
                       const double own[3], size_t k) {
    const vt_box *box = &atoms->box;
    double s[3] = {own[0], own[1], own[2]}, whole[3];
    double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
    wrap(box->periodic, s, whole);
    for (int d = 0; d < 3; d++)
        r[d] -= whole[0] * box->h[0][d] + whole[1] * box->h[1][d] + whole[2] * box->h[2][d];
    cells->x[k] = r[0];
    cells->y[k] = r[1];
    cells->z[k] = r[2];
    cells->type[k] = atoms->type[i];
    cells->atom[k] = (int32_t)i;
    if (cells->place != NULL) cell_of(cells, g, s, cells->place + 3 * k);
}

static vt_status sort(vti_cells *cells, const vt_atoms *atoms, bool slices, const grid *g,
                      vt_error *err) {
    size_t n = atoms->count;
    size_t number = (size_t)cells->n[0] * (size_t)cells->n[1] * (size_t)cells->n[2];
    size_t *home = vt_alloc(n, sizeof *home);
    double *fractional = vt_alloc(n, 3 * sizeof *fractional);
    cells->begin = vt_alloc(number + 2, sizeof *cells->begin);
    cells->x = vt_alloc(n + PADDING, sizeof(double));
    cells->y = vt_alloc(n + PADDING, sizeof(double));
    cells->z = vt_alloc(n + PADDING, sizeof(double));
    cells->type = vt_alloc(n + PADDING, sizeof *cells->type);
    cells->atom = vt_alloc(n, sizeof *cells->atom);
    if (slices) cells->place = vt_alloc(n, 3 * sizeof(double));
    if (!home || !fractional || !cells->begin || !cells->x || !cells->y || !cells->z ||
        !cells->type || !cells->atom || (slices && !cells->place)) {
        vt_free(fractional);
        vt_free(home);
        return vt_fail_memory(err, n, 10 * sizeof(double), "the atoms sorted into cells");
    }
    find_cells(cells, atoms, g, home, fractional);
    /* Counting sort: begin[c + 2] counts cell c, then begin[c + 1] runs through its atoms. */
    for (size_t i = 0; i < n; i++) cells->begin[home[i] + 2]++;
    for (size_t c = 2; c <= number + 1; c++) cells->begin[c] += cells->begin[c - 1];
    for (size_t i = 0; i < n; i++) {
        const double *own = fractional + 3 * i;
        put(cells, atoms, g, i, own, cells->begin[home[i] + 1]++);
    }
    vt_free(fractional);
    vt_free(home);
    return VT_OK;
}

vt_status vti_cells_create(vti_cells *cells, const vt_atoms *atoms, double reach, bool slices,
                           vt_error *err) {
    memset(cells, 0, sizeof *cells);
    cells->count = atoms->count;
    grid g;
    vt_status status = choose(cells, atoms, reach, slices, &g, err);
    if (!vt_failed(status)) status = sort(cells, atoms, slices, &g, err);
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

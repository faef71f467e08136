#include "structure/cells.h"

#include <math.h>
#include <string.h>

/* Rows of about this many cells per reach follow the sphere closely enough while cells still hold
   a few atoms each. */
static const double CELLS_PER_REACH = 3;
static const double ATOMS_PER_CELL = 4;
enum { MAX_IMAGES = 1000 };

/* Shape of the grid: fractional corner and length of the covered part, cells and their widths. */
typedef struct {
    double low[3], span[3]; /* fractional */
    double width[3];        /* between opposite faces of a cell [angstrom] */
    double edge[3][3];      /* vectors along the edges of a cell [angstrom] */
    double inverse[3][3];   /* of the box [1/angstrom] */
} grid;

static void wrap_fractional(const vt_atoms *atoms, const grid *g, size_t i, double s[3]) {
    const double *o = atoms->box.origin;
    double x = atoms->x[i] - o[0], y = atoms->y[i] - o[1], z = atoms->z[i] - o[2];
    for (int a = 0; a < 3; a++) {
        s[a] = x * g->inverse[0][a] + y * g->inverse[1][a] + z * g->inverse[2][a];
        if (!atoms->box.periodic[a]) continue;
        s[a] -= floor(s[a]);
        if (s[a] >= 1) s[a] = 0; /* a tiny negative number rounds up to 1 */
    }
}

static vt_status choose(vti_cells *cells, const vt_atoms *atoms, double reach, grid *g,
                        vt_error *err) {
    const vt_box *box = &atoms->box;
    double heights[3], high[3] = {0}, volume = vt_box_volume(box);
    vt_box_heights(box, heights);
    vt_box_inverse(box, g->inverse);
    for (int a = 0; a < 3; a++) g->low[a] = box->periodic[a] ? 0 : INFINITY;
    for (size_t i = 0; i < atoms->count; i++) {
        double s[3];
        wrap_fractional(atoms, g, i, s);
        for (int a = 0; a < 3; a++) {
            if (s[a] < g->low[a]) g->low[a] = s[a];
            if (i == 0 || s[a] > high[a]) high[a] = s[a];
        }
    }
    for (int a = 0; a < 3; a++) {
        g->span[a] = box->periodic[a] ? 1 : fmax(high[a] - g->low[a], 1e-6);
        volume *= g->span[a];
        if (box->periodic[a] && reach > MAX_IMAGES * heights[a])
            return vt_fail(err, VT_EINVAL,
                           "structure: a distance of %g angstrom spans more than %d images of the "
                           "box, which is %g angstrom thick along %c; take a smaller one",
                           reach, MAX_IMAGES, heights[a], "abc"[a]);
    }
    double least = cbrt(ATOMS_PER_CELL * volume / (double)atoms->count);
    double wanted = fmax(reach / CELLS_PER_REACH, least);
    /* A flat or thin cloud of atoms has no cells to split along its short axes, so the others
       could become very many; double the width until there are about as many as atoms. */
    for (;; wanted *= 1.26) {
        double total = 1;
        for (int a = 0; a < 3; a++) {
            double most = fmin(floor(heights[a] * g->span[a] / wanted), 4096);
            cells->n[a] = most > 1 ? (int32_t)most : 1;
            total *= cells->n[a];
        }
        if (total <= 2 * (double)atoms->count + 64) break;
    }
    for (int a = 0; a < 3; a++) {
        cells->periodic[a] = box->periodic[a];
        cells->low[a] = g->low[a];
        cells->span[a] = g->span[a];
        double part = g->span[a] / cells->n[a];
        g->width[a] = heights[a] * part;
        for (int b = 0; b < 3; b++) {
            cells->period[a][b] = box->h[a][b];
            g->edge[a][b] = box->h[a][b] * part;
        }
    }
    return VT_OK;
}

/* A lower bound of the distance between points of two cells that are `offset` cells apart. */
static double gap(const grid *g, bool orthogonal, const int32_t offset[3]) {
    double between[3], squares = 0, largest = 0, center = 0, diagonal = 0;
    for (int a = 0; a < 3; a++) {
        int32_t apart = offset[a] < 0 ? -offset[a] : offset[a];
        between[a] = apart > 1 ? (apart - 1) * g->width[a] : 0;
        squares += between[a] * between[a];
        largest = fmax(largest, between[a]);
    }
    if (orthogonal) return sqrt(squares);
    /* Two points of a cell are at most the longest diagonal apart. */
    for (int corner = 0; corner < 4; corner++) {
        double d2 = 0;
        for (int b = 0; b < 3; b++) {
            double d = g->edge[0][b] + (corner & 1 ? -1 : 1) * g->edge[1][b] +
                       (corner & 2 ? -1 : 1) * g->edge[2][b];
            d2 += d * d;
        }
        diagonal = fmax(diagonal, sqrt(d2));
    }
    for (int b = 0; b < 3; b++) {
        double d =
            offset[0] * g->edge[0][b] + offset[1] * g->edge[1][b] + offset[2] * g->edge[2][b];
        center += d * d;
    }
    return fmax(largest, sqrt(center) - diagonal);
}

static bool is_orthogonal(const vt_box *box) {
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < a; b++) {
            double dot = 0;
            for (int k = 0; k < 3; k++) dot += box->h[a][k] * box->h[b][k];
            if (dot != 0) return false;
        }
    return true;
}

static int32_t last_offset(const vti_cells *cells, const grid *g, int axis, double reach) {
    double cells_away = floor(reach / g->width[axis]) + 1;
    if (!cells->periodic[axis]) cells_away = fmin(cells_away, cells->n[axis] - 1);
    return (int32_t)cells_away;
}

static vt_status list_rows(vti_cells *cells, const vt_box *box, const grid *g, double reach,
                           vt_error *err) {
    int32_t last[3];
    for (int a = 0; a < 3; a++) last[a] = last_offset(cells, g, a, reach);
    bool orthogonal = is_orthogonal(box);
    size_t most = (size_t)(last[0] + 1) * (2 * (size_t)last[1] + 1);
    cells->row = vt_alloc(most, sizeof *cells->row);
    if (cells->row == NULL)
        return vt_fail_memory(err, most, sizeof *cells->row, "the cells within rmax");
    for (int32_t a = 0; a <= last[0]; a++)
        for (int32_t b = a > 0 ? -last[1] : 0; b <= last[1]; b++) {
            vti_row row = {a, b, 1, 0};
            /* (0, 0, k > 0), (0, b > 0, any), (a > 0, any, any): the later half of all offsets. */
            for (int32_t k = a > 0 || b > 0 ? -last[2] : 1; k <= last[2]; k++) {
                if (gap(g, orthogonal, (const int32_t[3]){a, b, k}) > reach) continue;
                if (row.last < row.first) row.first = k;
                row.last = k;
            }
            if (row.last >= row.first) cells->row[cells->row_count++] = row;
        }
    return VT_OK;
}

static vt_status sort(vti_cells *cells, const vt_atoms *atoms, const grid *g, vt_error *err) {
    size_t n = atoms->count;
    size_t number = (size_t)cells->n[0] * (size_t)cells->n[1] * (size_t)cells->n[2];
    size_t *home = vt_alloc(n, sizeof *home);
    cells->begin = vt_alloc(number + 2, sizeof *cells->begin);
    cells->x = vt_alloc(n, sizeof(double));
    cells->y = vt_alloc(n, sizeof(double));
    cells->z = vt_alloc(n, sizeof(double));
    cells->type = vt_alloc(n, sizeof *cells->type);
    cells->atom = vt_alloc(n, sizeof *cells->atom);
    if (!home || !cells->begin || !cells->x || !cells->y || !cells->z || !cells->type ||
        !cells->atom) {
        vt_free(home);
        return vt_fail_memory(err, n, 4 * sizeof(double), "the atoms sorted into cells");
    }
    /* Counting sort: begin[c + 2] counts cell c, then begin[c + 1] runs through its atoms. */
    for (size_t i = 0; i < n; i++) {
        double s[3];
        wrap_fractional(atoms, g, i, s);
        home[i] = 0;
        for (int a = 0; a < 3; a++) {
            double place = (s[a] - g->low[a]) / g->span[a] * cells->n[a];
            int32_t k = (int32_t)fmin(place, cells->n[a] - 1);
            home[i] = home[i] * (size_t)cells->n[a] + (size_t)k;
        }
        cells->begin[home[i] + 2]++;
    }
    for (size_t c = 2; c <= number + 1; c++) cells->begin[c] += cells->begin[c - 1];
    for (size_t i = 0; i < n; i++) {
        double s[3], r[3];
        wrap_fractional(atoms, g, i, s);
        vt_box_cartesian(&atoms->box, s, r);
        size_t k = cells->begin[home[i] + 1]++;
        cells->x[k] = r[0];
        cells->y[k] = r[1];
        cells->z[k] = r[2];
        cells->type[k] = atoms->type[i];
        cells->atom[k] = (int32_t)i;
    }
    vt_free(home);
    return VT_OK;
}

vt_status vti_cells_create(vti_cells *cells, const vt_atoms *atoms, double reach, vt_error *err) {
    memset(cells, 0, sizeof *cells);
    cells->count = atoms->count;
    grid g;
    vt_status status = choose(cells, atoms, reach, &g, err);
    if (!vt_failed(status)) status = list_rows(cells, &atoms->box, &g, reach, err);
    if (!vt_failed(status)) status = sort(cells, atoms, &g, err);
    if (vt_failed(status)) vti_cells_destroy(cells);
    return status;
}

void vti_cells_destroy(vti_cells *cells) {
    vt_free(cells->row);
    vt_free(cells->atom);
    vt_free(cells->type);
    vt_free(cells->z);
    vt_free(cells->y);
    vt_free(cells->x);
    vt_free(cells->begin);
    memset(cells, 0, sizeof *cells);
}

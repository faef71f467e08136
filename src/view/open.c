/* From where each atom can be seen, and how open it lies to light from all sides.

   Rays from every atom through every neighbor would cost as much as a picture. Here the sphere of
   directions about an atom has 64 points, one bit each, and what a neighbor hides of them is looked
   up by its direction and the angle that it fills: a neighbor costs one look at a table. */
#include "vitrum/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FACE = 16,              /* bins of direction along each edge of a cube's face */
    BINS = 6 * FACE * FACE, /* of direction */
    ANGLES = 24,            /* bins of the angle that a neighbor fills */
    FEW = 0,                /* directions through which too little of an atom is seen */
    LARGEST_OPEN = 31,      /* five bits */
    CELLS_PER_ATOM = 4,     /* more cells than that are not worth their memory */
    RINGS = 3,              /* cells within reach on each side */
    AROUND = (2 * RINGS + 1) * (2 * RINGS + 1) * (2 * RINGS + 1)
};

/* How far neighbors are looked at, in the largest radius: beyond, they fill few directions each and
   gaps between nearer ones are closed by others all the same. */
static const double REACH = 5;

/* Spheres hide a little more than they fill: between two points of the 64 no atom can be seen
   through a gap that is narrower than they are apart. */
static const double WIDER = 1.05;

typedef uint64_t mask_table[BINS][ANGLES];

/* Points spread evenly over the sphere: a spiral that turns by the golden angle. */
static void directions(double d[VT_VIEW_DIRECTIONS][3]) {
    const double turn = M_PI * (3 - sqrt(5));
    for (int k = 0; k < VT_VIEW_DIRECTIONS; k++) {
        double z = 1 - (2 * k + 1.0) / VT_VIEW_DIRECTIONS, r = sqrt(1 - z * z);
        d[k][0] = r * cos(turn * k);
        d[k][1] = r * sin(turn * k);
        d[k][2] = z;
    }
}

/* The bin of the direction of v, and its length divided by its largest component. */
static int bin_of(const double v[3]) {
    int axis = 0;
    for (int k = 1; k < 3; k++)
        if (fabs(v[k]) > fabs(v[axis])) axis = k;
    double largest = fabs(v[axis]);
    int a = (int)((v[(axis + 1) % 3] / largest + 1) * (FACE / 2.0));
    int b = (int)((v[(axis + 2) % 3] / largest + 1) * (FACE / 2.0));
    if (a >= FACE) a = FACE - 1;
    if (b >= FACE) b = FACE - 1;
    return ((2 * axis + (v[axis] < 0)) * FACE + a) * FACE + b;
}

/* What a neighbor hides whose direction is in the middle of a bin; angles by the square of their
   sine, from 0 to 1. */
static void fill_masks(mask_table masks) {
    double d[VT_VIEW_DIRECTIONS][3];
    directions(d);
    for (int bin = 0; bin < BINS; bin++) {
        int side = bin / (FACE * FACE), axis = side / 2;
        double v[3];
        v[axis] = side % 2 ? -1 : 1;
        v[(axis + 1) % 3] = (bin / FACE % FACE + 0.5) * 2 / FACE - 1;
        v[(axis + 2) % 3] = (bin % FACE + 0.5) * 2 / FACE - 1;
        double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        for (int angle = 0; angle < ANGLES; angle++) {
            double cosine = sqrt(1 - (angle + 0.5) / ANGLES);
            uint64_t mask = 0;
            for (int k = 0; k < VT_VIEW_DIRECTIONS; k++)
                if (d[k][0] * v[0] + d[k][1] * v[1] + d[k][2] * v[2] > cosine * length)
                    mask |= UINT64_C(1) << k;
            masks[bin][angle] = mask;
        }
    }
}

/* Atoms sorted into cells. */
typedef struct {
    double low[3], width[3];
    int64_t cells[3];
    size_t *first; /* cells + 1 offsets */
    double *point; /* count x 4 in the order of the cells: position and radius */
    size_t *atom;  /* which atom each of them is */
} grid;

static int64_t cell_along(const grid *g, int k, double r) {
    int64_t c = (int64_t)((r - g->low[k]) / g->width[k]);
    return c < 0 ? 0 : c >= g->cells[k] ? g->cells[k] - 1 : c;
}

static size_t cell_of(const grid *g, const double r[3]) {
    return (size_t)((cell_along(g, 2, r[2]) * g->cells[1] + cell_along(g, 1, r[1])) * g->cells[0] +
                    cell_along(g, 0, r[0]));
}

static void release(grid *g, mask_table *masks) {
    vt_free(g->first);
    vt_free(g->point);
    vt_free(g->atom);
    vt_free(masks);
}

static vt_status sort_atoms(grid *g, size_t n, const double *position, const double *radius,
                            double width, vt_error *err) {
    double high[3];
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++) {
            double r = position[3 * i + k];
            g->low[k] = i == 0 ? r : fmin(g->low[k], r);
            high[k] = i == 0 ? r : fmax(high[k], r);
        }
    }
    double most = cbrt((double)CELLS_PER_ATOM * (double)n + 64);
    for (int k = 0; k < 3; k++) {
        g->cells[k] = (int64_t)fmin(fmax((high[k] - g->low[k]) / width, 1), most);
        g->width[k] = fmax((high[k] - g->low[k]) / (double)g->cells[k], width);
    }
    size_t cells = (size_t)(g->cells[0] * g->cells[1] * g->cells[2]);
    g->first = vt_alloc(cells + 2, sizeof *g->first);
    g->point = vt_alloc(n, 4 * sizeof *g->point);
    g->atom = vt_alloc(n, sizeof *g->atom);
    if (g->first == NULL || g->point == NULL || g->atom == NULL)
        return vt_fail_memory(err, n, 5 * sizeof(double), "cells of atoms");
    for (size_t i = 0; i < n; i++) g->first[cell_of(g, &position[3 * i]) + 2]++;
    for (size_t c = 2; c < cells + 2; c++) g->first[c] += g->first[c - 1];
    for (size_t i = 0; i < n; i++) {
        size_t at = g->first[cell_of(g, &position[3 * i]) + 1]++;
        memcpy(&g->point[4 * at], &position[3 * i], 3 * sizeof *position);
        g->point[4 * at + 3] = radius[i];
        g->atom[at] = i;
    }
    return VT_OK;
}

/* The cells around one from the nearest to the farthest: nearly all atoms are buried by their first
   neighbors, and the others need not be looked at. */
typedef struct {
    int64_t step[3];
    double square; /* of the least distance between points of the two [cells^2] */
} neighbor_cell;

static int nearer(const void *a, const void *b) {
    double x = ((const neighbor_cell *)a)->square, y = ((const neighbor_cell *)b)->square;
    return (x > y) - (x < y);
}

static void sort_cells(neighbor_cell cells[AROUND]) {
    for (int c = 0; c < AROUND; c++) {
        neighbor_cell *cell = &cells[c];
        cell->square = 0;
        for (int k = 0, rest = c; k < 3; k++, rest /= 2 * RINGS + 1) {
            cell->step[k] = rest % (2 * RINGS + 1) - RINGS;
            double gap = fmax(fabs((double)cell->step[k]) - 0.5, 0);
            cell->square += gap * gap;
        }
    }
    qsort(cells, AROUND, sizeof *cells, nearer);
}

/* What the atoms about point `p` leave open. */
static uint64_t look_around(const grid *g, const double *p, const neighbor_cell cells[AROUND],
                            double reach, const mask_table *masks) {
    int64_t home[3], c[3];
    for (int k = 0; k < 3; k++) home[k] = cell_along(g, k, p[k]);
    uint64_t left = UINT64_MAX;
    for (int m = 0; m < AROUND && left != 0; m++) {
        bool inside = true;
        for (int k = 0; k < 3; k++) {
            c[k] = home[k] + cells[m].step[k];
            inside = inside && c[k] >= 0 && c[k] < g->cells[k];
        }
        if (!inside) continue;
        size_t cell = (size_t)((c[2] * g->cells[1] + c[1]) * g->cells[0] + c[0]);
        for (size_t j = g->first[cell]; j < g->first[cell + 1]; j++) {
            const double *q = &g->point[4 * j];
            const double v[3] = {q[0] - p[0], q[1] - p[1], q[2] - p[2]};
            double d2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
            if (d2 >= reach * reach || d2 == 0) continue;
            double wide = q[3] * WIDER, angle = wide * wide / d2 * ANGLES;
            left &= ~(*masks)[bin_of(v)][angle < ANGLES ? (int)angle : ANGLES - 1];
        }
    }
    return left;
}

vt_status vt_view_open(size_t count, const double *position, const double *radius, uint64_t *open,
                       vt_error *err) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) largest = fmax(largest, radius[i]);
    if (count == 0) return VT_OK;
    double reach = REACH * largest;
    grid g = {0};
    mask_table *masks = vt_alloc(1, sizeof *masks);
    vt_status status = masks == NULL
                           ? vt_fail_memory(err, 1, sizeof *masks, "a table of directions")
                           : sort_atoms(&g, count, position, radius, reach / RINGS, err);
    if (vt_failed(status)) {
        release(&g, masks);
        return status;
    }
    fill_masks(*masks);
    neighbor_cell cells[AROUND];
    sort_cells(cells);
    for (size_t i = 0; i < count; i++) {
        open[g.atom[i]] |=
            look_around(&g, &g.point[4 * i], cells, reach, (const mask_table *)masks);
        if (i % 4096 == 0 && vt_interrupted()) {
            release(&g, masks);
            return vt_fail(err, VT_EINTERRUPT, "interrupted");
        }
    }
    release(&g, masks);
    return VT_OK;
}

void vt_view_looks(const uint64_t *open, size_t count, unsigned char *bytes) {
    double d[VT_VIEW_DIRECTIONS][3];
    directions(d);
    uint64_t behind[6] = {0}; /* directions from which a face cannot be seen */
    for (int side = 0; side < 6; side++)
        for (int k = 0; k < VT_VIEW_DIRECTIONS; k++)
            if ((side % 2 ? -1 : 1) * d[k][side / 2] < -0.1) behind[side] |= UINT64_C(1) << k;
    for (size_t i = 0; i < count; i++) {
        int seen = __builtin_popcountll(open[i]), side = 0;
        int level = seen <= FEW ? 0 : (seen * LARGEST_OPEN + 63) / VT_VIEW_DIRECTIONS;
        for (int k = 0; k < 6 && side == 0 && level > 0; k++)
            if ((open[i] & behind[k]) == 0) side = k + 1;
        bytes[i] = (unsigned char)(level | side << 5);
    }
}

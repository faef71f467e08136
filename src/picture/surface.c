/* Which spheres lie near a surface: the others are neither seen nor shade anything that is. */
#include "picture/internal.h"

#include <math.h>
#include <string.h>

typedef struct {
    double origin[3], width;
    size_t n[3], count;
} grid;

/* Cells as wide as three radii, in a dense packing with some four spheres each; wider where there
   would be very many. One layer of empty cells is around all. */
static grid grid_around(const vt_spheres *spheres, double mean_radius) {
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < spheres->count; i++) {
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], spheres->position[3 * i + k]);
            high[k] = fmax(high[k], spheres->position[3 * i + k]);
        }
    }
    grid g = {.width = 3 * mean_radius};
    for (;;) {
        double cells = 1;
        for (int k = 0; k < 3; k++) {
            g.origin[k] = low[k] - g.width;
            double n = floor((high[k] - low[k]) / g.width) + 3;
            cells *= n;
            g.n[k] = n < 1e9 ? (size_t)n : (size_t)1e9;
        }
        g.count = cells < 1e18 ? (size_t)cells : SIZE_MAX;
        if (cells <= 1e6 + 8.0 * (double)spheres->count) return g;
        g.width *= 1.5;
    }
}

static size_t cell_of(const grid *g, const double p[3]) {
    size_t at = 0;
    for (int k = 0; k < 3; k++) {
        size_t c = (size_t)fmax((p[k] - g->origin[k]) / g->width, 0.0);
        at = at * g->n[k] + (c < g->n[k] ? c : g->n[k] - 1);
    }
    return at;
}

/* depth = min over the neighbors along one axis, each + 1 where that is more than it: done for
   three axes this grows by one layer, corners included. */
static void spread(const grid *g, uint8_t *depth, uint8_t *line, int axis, uint8_t level) {
    size_t stride = axis == 2 ? 1 : axis == 1 ? g->n[2] : g->n[1] * g->n[2];
    size_t n = g->n[axis];
    for (size_t start = 0; start < g->count; start++) {
        if (start / stride % n != 0) continue;
        uint8_t *first = depth + start;
        for (size_t k = 0; k < n; k++) line[k] = first[k * stride];
        for (size_t k = 0; k < n; k++) {
            bool near = (k > 0 && line[k - 1] < level) || (k + 1 < n && line[k + 1] < level);
            /* What this layer reaches is marked `level - 1` until all three axes are done. */
            if (near && line[k] > level) first[k * stride] = (uint8_t)(level - 1);
        }
    }
}

vt_status vti_depth_below_surface(const vt_spheres *spheres, double mean_radius, uint8_t *depth,
                                  vt_error *err) {
    grid g = grid_around(spheres, mean_radius);
    size_t longest = g.n[0] > g.n[1] ? g.n[0] : g.n[1];
    longest = longest > g.n[2] ? longest : g.n[2];
    uint8_t *cell = vt_alloc(g.count, 1), *line = vt_alloc(longest, 1);
    if (cell == NULL || line == NULL) {
        vt_free(cell);
        vt_free(line);
        return vt_fail_memory(err, g.count, 1, "drawing spheres");
    }
    /* Levels are doubled while they spread: 0 empty, then 2, 4, ... */
    for (size_t i = 0; i < spheres->count; i++) cell[cell_of(&g, spheres->position + 3 * i)] = 255;
    for (int level = 1; level < VTI_DEEP; level++) {
        for (int axis = 0; axis < 3; axis++) spread(&g, cell, line, axis, (uint8_t)(2 * level));
        for (size_t c = 0; c < g.count; c++)
            if (cell[c] == 2 * level - 1) cell[c] = (uint8_t)(2 * level);
    }
    for (size_t i = 0; i < spheres->count; i++) {
        int level = cell[cell_of(&g, spheres->position + 3 * i)];
        depth[i] = level == 255 ? VTI_DEEP : (uint8_t)(level / 2);
    }
    vt_free(cell);
    vt_free(line);
    return VT_OK;
}

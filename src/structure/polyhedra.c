/* Gradient atomic packing and free volume: what the cells say about how atoms are packed. */
#include <string.h>

#include "vitrum/structure.h"

static const double PI = 3.14159265358979323846;

/* An edge of a simple polyhedron belongs to two faces and a vertex to three, so that
   3 n3 + 2 n4 + n5 - n7 - 2 n8 - ... = 12: without faces of 3 or more than 6 edges n4 tells n5. */
static int32_t packing(const int32_t *orders) {
    int32_t n3 = orders[0], n4 = orders[1], n5 = orders[2];
    for (int k = 4; k < VT_VORONOI_ORDERS; k++)
        if (orders[k] > 0) return VT_PACKING_SPECIES;
    if (n3 == 0 && n4 <= 4 && n5 == 12 - 2 * n4) return n4 + 1;
    return VT_PACKING_SPECIES;
}

void vt_voronoi_packing(const vt_voronoi *v, int32_t *species) {
    for (size_t i = 0; i < v->count; i++) species[i] = packing(v->orders + i * VT_VORONOI_ORDERS);
}

double vt_voronoi_free_volume(const vt_voronoi *v, const double *core_radii, double *free) {
    double sum = 0, all = 0;
    for (size_t i = 0; i < v->count; i++) {
        double r = core_radii[v->type[i]];
        free[i] = v->volume[i] - 4 * PI / 3 * r * r * r;
        sum += free[i];
        all += v->volume[i];
    }
    return sum / all;
}

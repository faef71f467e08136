/* What is counted on Voronoi cells: indices, kinds of polyhedra, five-fold symmetry. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vitrum/structure.h"

static bool selected(const vt_voronoi *v, vt_voronoi_selection s, size_t i) {
    return (s.species < 0 || v->type[i] == s.species) && !(s.inside_only && v->walls[i] > 0);
}

static const int32_t *orders_of(const vt_voronoi *v, size_t i) {
    return v->orders + i * VT_VORONOI_ORDERS;
}

size_t vt_voronoi_selected(const vt_voronoi *v, vt_voronoi_selection selection) {
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++) count += selected(v, selection, i);
    return count;
}

double vt_voronoi_fraction(const vt_voronoi *v, const int32_t *pattern, int length,
                           vt_voronoi_selection selection) {
    size_t count = 0, hits = 0;
    for (size_t i = 0; i < v->count; i++) {
        if (!selected(v, selection, i)) continue;
        count++;
        hits += memcmp(orders_of(v, i), pattern, (size_t)length * sizeof *pattern) == 0;
    }
    return count > 0 ? (double)hits / (double)count : NAN;
}

/* ---------------------------------------------------------------- kinds ---- */

static int compare_index(const void *a, const void *b) {
    const vt_polyhedron *p = a, *q = b;
    for (int k = 0; k < 4; k++)
        if (p->index[k] != q->index[k]) return p->index[k] < q->index[k] ? -1 : 1;
    return 0;
}

static int compare_count(const void *a, const void *b) {
    const vt_polyhedron *p = a, *q = b;
    if (p->count != q->count) return p->count > q->count ? -1 : 1;
    return compare_index(a, b);
}

vt_status vt_voronoi_census(const vt_voronoi *v, vt_voronoi_selection selection,
                            vt_polyhedron **kinds, size_t *count, vt_error *err) {
    vt_polyhedron *list = vt_alloc(v->count, sizeof *list);
    if (list == NULL)
        return vt_fail_memory(err, v->count, sizeof *list, "the kinds of Voronoi cells");
    size_t n = 0, different = 0;
    for (size_t i = 0; i < v->count; i++) {
        if (!selected(v, selection, i)) continue;
        memcpy(list[n].index, orders_of(v, i), sizeof list[n].index);
        list[n++].count = 1;
    }
    qsort(list, n, sizeof *list, compare_index);
    for (size_t i = 0; i < n; i++) {
        if (different > 0 && compare_index(&list[different - 1], &list[i]) == 0)
            list[different - 1].count++;
        else
            list[different++] = list[i];
    }
    qsort(list, different, sizeof *list, compare_count);
    *kinds = list;
    *count = different;
    return VT_OK;
}

/* ---------------------------------------------------------------- five-fold symmetry ---- */

static double five_fold(const int32_t *orders) {
    int32_t sum = orders[0] + orders[1] + orders[2] + orders[3];
    return sum > 0 ? (double)orders[2] / (double)sum : NAN;
}

void vt_voronoi_five_fold(const vt_voronoi *v, double *f5) {
    for (size_t i = 0; i < v->count; i++) f5[i] = five_fold(orders_of(v, i));
}

double vt_voronoi_mean_five_fold(const vt_voronoi *v, vt_voronoi_selection selection) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++) {
        double f5 = selected(v, selection, i) ? five_fold(orders_of(v, i)) : NAN;
        if (isnan(f5)) continue;
        sum += f5;
        count++;
    }
    return count > 0 ? sum / (double)count : NAN;
}

/* ---------------------------------------------------------------- coordination ---- */

double vt_voronoi_mean_coordination(const vt_voronoi *v, int a, int b) {
    size_t centers = 0, neighbors = 0;
    for (size_t i = 0; i < v->count; i++) {
        if (a >= 0 && v->type[i] != a) continue;
        centers++;
        for (size_t k = v->first[i]; k < v->first[i + 1]; k++) {
            int32_t j = v->neighbor[k];
            neighbors += j >= 0 && (b < 0 || v->type[j] == b);
        }
    }
    return centers > 0 ? (double)neighbors / (double)centers : NAN;
}

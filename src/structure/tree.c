#include "structure/tree.h"

#include <math.h>
#include <string.h>

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

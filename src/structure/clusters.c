/* Medium-range order: polyhedra of one kind that share atoms, and the clusters they form. Wakeda
   and Shibutani, Acta Mater. 58, 3963 (2010); Lee, Lee, Lee, Ma, Lee, Acta Mater. 59, 159 (2011).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "vitrum/structure.h"

vt_cluster_options vt_cluster_defaults(void) {
    return (vt_cluster_options){{0, 0, 12, 0}, -1, VT_SHARE_VOLUME};
}

void vt_clusters_destroy(vt_clusters *c) {
    if (c == NULL) return;
    vt_free(c->center);
    vt_free(c->member);
    vt_free(c->cluster);
    vt_free(c);
}

/* ---------------------------------------------------------------- links ---- */

typedef struct {
    const vt_voronoi *v;
    size_t count;      /* polyhedra */
    int32_t *atom;     /* center of each */
    int32_t *number;   /* of each atom: its polyhedron, -1 for none */
    size_t *first;     /* of each atom: the polyhedra with it in their shells */
    int32_t *shell_of; /* such a polyhedron ... */
    size_t *face;      /* ... and its face toward the atom */
    int32_t *parent;   /* of each polyhedron: forest of those that hang together */
} graph;

/* A polyhedron that shares something with another one, in the image at this place. */
typedef struct {
    int32_t other;
    int32_t shared; /* atoms of the shells */
    bool interpenetrate;
    double at[3]; /* [angstrom] */
} link;

/* The same image, though computed along another way around [angstrom]. */
static bool same_place(const double a[3], const double b[3]) {
    return fabs(a[0] - b[0]) + fabs(a[1] - b[1]) + fabs(a[2] - b[2]) < 1e-4;
}

static int32_t root(int32_t *parent, int32_t k) {
    while (parent[k] != k) {
        parent[k] = parent[parent[k]];
        k = parent[k];
    }
    return k;
}

/* The smaller number is the root, so that the outcome depends on no order of work. */
static void join(int32_t *parent, int32_t a, int32_t b) {
    a = root(parent, a);
    b = root(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* Add an atom in common with the polyhedron `other` at place `at`, or, when `center`, its center.
 */
static size_t add_link(link *list, size_t count, int32_t other, const double at[3], bool center) {
    size_t k = 0;
    while (k < count && !(list[k].other == other && same_place(list[k].at, at))) k++;
    if (k == count) list[count++] = (link){other, 0, false, {at[0], at[1], at[2]}};
    if (center)
        list[k].interpenetrate = true;
    else
        list[k].shared++;
    return count;
}

/* Everything that polyhedron k shares with others into `list`; returns how many. The list has room
   for one entry per atom and polyhedron that it is in the shell of. */
static size_t list_links(const graph *g, int32_t k, link *list) {
    const vt_voronoi *v = g->v;
    size_t i = (size_t)g->atom[k], count = 0;
    /* A face near the threshold is listed on one side only, so both are asked. */
    for (size_t s = g->first[i]; s < g->first[i + 1]; s++) {
        const double *q = v->face_vector + 3 * g->face[s], at[3] = {-q[0], -q[1], -q[2]};
        count = add_link(list, count, g->shell_of[s], at, true);
    }
    for (size_t f = v->first[i]; f < v->first[i + 1]; f++) {
        int32_t j = v->neighbor[f];
        const double *r = v->face_vector + 3 * f;
        if (j < 0) continue;
        if (g->number[j] >= 0) count = add_link(list, count, g->number[j], r, true);
        for (size_t s = g->first[j]; s < g->first[j + 1]; s++) {
            const double *q = v->face_vector + 3 * g->face[s], origin[3] = {0};
            double at[3] = {r[0] - q[0], r[1] - q[1], r[2] - q[2]};
            if (g->shell_of[s] == k && same_place(at, origin)) continue; /* itself */
            count = add_link(list, count, g->shell_of[s], at, false);
        }
    }
    return count;
}

static vt_sharing sharing(const link *l) {
    if (l->interpenetrate) return VT_SHARE_VOLUME;
    return l->shared >= VT_SHARE_FACE ? VT_SHARE_FACE : (vt_sharing)l->shared;
}

/* Polyhedra between two looks for an interrupt. */
enum { LOOK_EVERY = 256 };

static vt_status link_all(graph *g, vt_sharing least, vt_clusters *c, vt_error *err) {
    size_t most = 0;
    for (size_t k = 0; k < g->count; k++) {
        size_t i = (size_t)g->atom[k], room = g->first[i + 1] - g->first[i];
        for (size_t f = g->v->first[i]; f < g->v->first[i + 1]; f++) {
            int32_t j = g->v->neighbor[f];
            if (j >= 0) room += 1 + g->first[j + 1] - g->first[j];
        }
        most = room > most ? room : most;
    }
    link *list = vt_alloc(most, sizeof *list);
    if (list == NULL) return vt_fail_memory(err, most, sizeof *list, "links of polyhedra");
    for (size_t k = 0; k < g->count; k++) {
        if (k % LOOK_EVERY == 0 && vt_interrupted()) {
            vt_free(list);
            return vt_fail_interrupted(err);
        }
        size_t count = list_links(g, (int32_t)k, list);
        for (size_t n = 0; n < count; n++) {
            vt_sharing s = sharing(&list[n]);
            c->links[s]++;
            if (s >= least) join(g->parent, (int32_t)k, list[n].other);
        }
    }
    vt_free(list);
    /* Every pair was met from both sides. */
    for (int s = 0; s <= VT_SHARE_VOLUME; s++) c->links[s] /= 2;
    return VT_OK;
}

/* ---------------------------------------------------------------- the graph ---- */

static void destroy_graph(graph *g) {
    vt_free(g->atom);
    vt_free(g->number);
    vt_free(g->first);
    vt_free(g->shell_of);
    vt_free(g->face);
    vt_free(g->parent);
}

static bool is_center(const vt_voronoi *v, const vt_cluster_options *o, size_t i) {
    return (o->species < 0 || v->type[i] == o->species) &&
           memcmp(v->orders + i * VT_VORONOI_ORDERS, o->index, sizeof o->index) == 0;
}

static vt_status create_graph(graph *g, const vt_voronoi *v, const vt_cluster_options *o,
                              vt_error *err) {
    size_t shells = 0;
    *g = (graph){.v = v};
    for (size_t i = 0; i < v->count; i++)
        if (is_center(v, o, i)) {
            g->count++;
            shells += (size_t)v->coordination[i];
        }
    g->atom = vt_alloc(g->count, sizeof *g->atom);
    g->number = vt_alloc(v->count, sizeof *g->number);
    g->first = vt_alloc(v->count + 2, sizeof *g->first);
    g->shell_of = vt_alloc(shells, sizeof *g->shell_of);
    g->face = vt_alloc(shells, sizeof *g->face);
    g->parent = vt_alloc(g->count, sizeof *g->parent);
    if (!g->atom || !g->number || !g->first || !g->shell_of || !g->face || !g->parent) {
        destroy_graph(g);
        return vt_fail_memory(err, v->count, sizeof *g->first, "clusters");
    }
    size_t k = 0;
    for (size_t i = 0; i < v->count; i++) {
        g->number[i] = -1;
        if (!is_center(v, o, i)) continue;
        g->parent[k] = (int32_t)k;
        g->atom[k] = (int32_t)i;
        g->number[i] = (int32_t)k++;
    }
    /* Counting sort of (shell atom, polyhedron): first[j + 2] counts, then first[j + 1] runs. */
    for (k = 0; k < g->count; k++) {
        size_t i = (size_t)g->atom[k];
        for (size_t f = v->first[i]; f < v->first[i + 1]; f++)
            if (v->neighbor[f] >= 0) g->first[v->neighbor[f] + 2]++;
    }
    for (size_t j = 2; j <= v->count + 1; j++) g->first[j] += g->first[j - 1];
    for (k = 0; k < g->count; k++) {
        size_t i = (size_t)g->atom[k];
        for (size_t f = v->first[i]; f < v->first[i + 1]; f++) {
            if (v->neighbor[f] < 0) continue;
            size_t at = g->first[v->neighbor[f] + 1]++;
            g->shell_of[at] = (int32_t)k;
            g->face[at] = f;
        }
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- clusters ---- */

/* A cluster while they are sorted. */
typedef struct {
    vt_cluster size;
    int32_t root;
} entry;

static int larger_first(const void *a, const void *b) {
    const entry *p = a, *q = b;
    if (p->size.atoms != q->size.atoms) return p->size.atoms > q->size.atoms ? -1 : 1;
    if (p->size.centers != q->size.centers) return p->size.centers > q->size.centers ? -1 : 1;
    return p->root < q->root ? -1 : 1;
}

/* Count the atom j for cluster n unless it has been: seen[j] is the last cluster that had it. */
static void count_atom(size_t j, int32_t n, int32_t *seen, entry *e) {
    if (seen[j] == n) return;
    seen[j] = n;
    e[n].size.atoms++;
}

/* Sizes by root into entries, centers in the order of clusters: those of cluster n follow each
   other in `order`. */
static void measure(const graph *g, const int32_t *order, int32_t *seen, entry *entries,
                    const int32_t *slot) {
    const vt_voronoi *v = g->v;
    for (size_t m = 0; m < g->count; m++) {
        int32_t k = order[m], n = slot[k];
        size_t i = (size_t)g->atom[k];
        entries[n].size.centers++;
        count_atom(i, n, seen, entries);
        for (size_t f = v->first[i]; f < v->first[i + 1]; f++)
            if (v->neighbor[f] >= 0) count_atom((size_t)v->neighbor[f], n, seen, entries);
    }
}

/* Give atoms the numbers of their clusters. rank: from slot to number. */
static void label(const graph *g, const int32_t *slot, const int32_t *rank, vt_clusters *c) {
    const vt_voronoi *v = g->v;
    for (size_t k = 0; k < g->count; k++) {
        size_t i = (size_t)g->atom[k];
        int32_t number = rank[slot[k]];
        c->center[i] = number;
        if (c->member[i] == 0 || number < c->member[i]) c->member[i] = number;
        for (size_t f = v->first[i]; f < v->first[i + 1]; f++) {
            int32_t *member = v->neighbor[f] >= 0 ? &c->member[v->neighbor[f]] : NULL;
            if (member != NULL && (*member == 0 || number < *member)) *member = number;
        }
    }
    for (size_t i = 0; i < c->count; i++) c->covered += c->member[i] > 0;
}

static vt_status describe(graph *g, vt_clusters *c, vt_error *err) {
    int32_t *slot = vt_alloc(g->count, sizeof *slot), *order = vt_alloc(g->count, sizeof *order);
    int32_t *seen = vt_alloc(g->v->count, sizeof *seen), *rank = vt_alloc(g->count, sizeof *rank);
    int32_t *begin = vt_alloc(g->count + 1, sizeof *begin);
    entry *entries = vt_alloc(g->count, sizeof *entries);
    c->cluster = vt_alloc(g->count, sizeof *c->cluster);
    vt_status status = VT_OK;
    if (!slot || !order || !seen || !rank || !begin || !entries || !c->cluster) {
        status = vt_fail_memory(err, g->count, sizeof *entries, "clusters");
    } else {
        size_t n = 0;
        /* A root has the smallest number of its cluster, so it comes first. */
        for (size_t k = 0; k < g->count; k++) {
            int32_t r = root(g->parent, (int32_t)k);
            if (r == (int32_t)k) {
                entries[n].root = r;
                slot[k] = (int32_t)n++;
            } else {
                slot[k] = slot[r];
            }
        }
        vti_sort_by_place(slot, 1, g->count, n, begin, order);
        for (size_t i = 0; i < g->v->count; i++) seen[i] = -1;
        measure(g, order, seen, entries, slot);
        qsort(entries, n, sizeof *entries, larger_first);
        for (size_t m = 0; m < n; m++) {
            c->cluster[m] = entries[m].size;
            rank[slot[entries[m].root]] = (int32_t)m + 1;
        }
        c->cluster_count = n;
        c->centers = g->count;
        label(g, slot, rank, c);
    }
    vt_free(entries);
    vt_free(begin);
    vt_free(rank);
    vt_free(seen);
    vt_free(order);
    vt_free(slot);
    return status;
}

vt_clusters *vt_clusters_create(const vt_voronoi *v, const vt_cluster_options *options,
                                vt_error *err) {
    vt_cluster_options o = options != NULL ? *options : vt_cluster_defaults();
    vt_clusters *c = vt_alloc(1, sizeof *c);
    if (c != NULL) {
        c->count = v->count;
        c->center = vt_alloc(v->count, sizeof *c->center);
        c->member = vt_alloc(v->count, sizeof *c->member);
    }
    if (c == NULL || c->center == NULL || c->member == NULL) {
        vt_clusters_destroy(c);
        vt_fail_memory(err, v->count, sizeof(int32_t), "clusters");
        return NULL;
    }
    graph g;
    vt_status status = create_graph(&g, v, &o, err);
    if (!vt_failed(status)) {
        status = link_all(&g, o.link, c, err);
        if (!vt_failed(status)) status = describe(&g, c, err);
        destroy_graph(&g);
    }
    if (!vt_failed(status)) return c;
    vt_clusters_destroy(c);
    return NULL;
}

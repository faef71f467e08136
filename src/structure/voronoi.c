/* Voronoi cells: each atom's cell is cut from a cube by the planes toward its neighbors, nearest
   first, until no point farther away can reach it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "structure/near.h"
#include "structure/tree.h"
#include "structure/voronoi_cell.h"
#include "vitrum/structure.h"

/* In mean spacings: the first search finds about 40 neighbors, which is all of them in a glass for
   nearly every atom. If it was too short, it grows by a factor, and beyond the last reach the rest
   is found in a tree. */
static const double FIRST_REACH = 2.0, GROWTH = 1.4, LAST_REACH = 4.0;
/* Nearer than this two atoms are at the same place [angstrom]. */
static const double SAME_PLACE = 1e-6;

vt_voronoi_options vt_voronoi_defaults(void) {
    return (vt_voronoi_options){0};
}

void vt_voronoi_destroy(vt_voronoi *v) {
    if (v == NULL) return;
    vt_free(v->volume);
    vt_free(v->area);
    vt_free(v->radius);
    vt_free(v->orders);
    vt_free(v->coordination);
    vt_free(v->walls);
    vt_free(v->first);
    vt_free(v->neighbor);
    vt_free(v->face_edges);
    vt_free(v->face_area);
    vt_free(v->face_vector);
    vt_free(v->type);
    vt_free(v);
}

/* ---------------------------------------------------------------- one cell ---- */

/* What all cells share. */
typedef struct {
    const vt_atoms *atoms;
    const vti_cells *cells;
    const vti_tree *tree; /* NULL until it is needed */
    const vt_voronoi_options *options;
    double largest_radius; /* of the species present [angstrom] */
    double half;           /* a cube of twice this size around an atom holds its cell [angstrom] */
    double spacing;        /* mean, where atoms are [angstrom] */
    int walls;
    double normal[6][3]; /* outward */
    double offset[6];    /* r.normal on the wall [angstrom] */
} space;

typedef struct {
    int32_t neighbor, edges;
    double area, vector[3];
} face;

/* A thread's own. */
typedef struct {
    vti_cell *cell;
    vti_points points;
    face *face; /* of all its atoms, one after the other */
    size_t count, capacity, expected;
    vti_cell_face measured[VTI_CELL_MAX_FACES];
} worker;

/* Where the faces of an atom wait. */
enum { UNFINISHED = -1 };
typedef struct {
    int32_t worker; /* or UNFINISHED */
    uint32_t faces;
    size_t begin;
} place;

static double radius_of(const space *s, int32_t type) {
    return s->options->radii != NULL ? s->options->radii[type] : 0;
}

/* No point beyond this distance, squared, can cut the cell any more. With radii the plane of a
   point at distance d lies at (d^2 + r_i^2 - r_j^2)/(2 d), at least R for r_j the largest radius
   when d >= R + sqrt(R^2 + r_j^2 - r_i^2). */
static double needed_reach(const space *s, const worker *w, double radius) {
    double squared = vti_cell_reach_squared(w->cell);
    if (s->options->radii == NULL) return squared;
    double far = sqrt(squared) / 2;
    double reach = far + sqrt(far * far + s->largest_radius * s->largest_radius - radius * radius);
    return reach * reach;
}

static vt_status fail_state(vti_cell_state state, const space *s, int32_t atom, vt_error *err) {
    if (state == VTI_CELL_CROWDED)
        return vt_fail(err, VT_EINVAL,
                       "voronoi: the cell of atom %d (id %lld) has more than a thousand faces",
                       atom + 1, (long long)s->atoms->id[atom]);
    return vt_fail(err, VT_ENOMEM, "voronoi: no memory for the cell of an atom");
}

static vt_status fail_same_place(const space *s, int32_t a, int32_t b, double distance,
                                 vt_error *err) {
    return vt_fail(err, VT_EINVAL,
                   "voronoi: atoms %d and %d (ids %lld and %lld) are %g angstrom apart; cells need "
                   "atoms at different places",
                   a + 1, b + 1, (long long)s->atoms->id[a], (long long)s->atoms->id[b], distance);
}

/* Cut the cell of the atom at place `center` by point k of the worker's list. */
static vt_status cut_by(const space *s, worker *w, size_t center, size_t k, vti_cell_state *state,
                        vt_error *err) {
    const vti_point *p = &w->points.point[k];
    int32_t atom = s->cells->atom[center];
    if (p->d2 < SAME_PLACE * SAME_PLACE)
        return fail_same_place(s, atom, s->cells->atom[p->sorted], sqrt(p->d2), err);
    double radius = radius_of(s, s->cells->type[center]);
    double other = radius_of(s, s->cells->type[p->sorted]);
    double limit = p->d2 + radius * radius - other * other;
    *state = vti_cell_cut(w->cell, p->r[0], p->r[1], p->r[2], limit, (int32_t)k);
    if (*state == VTI_CELL_GONE || *state == VTI_CELL_WHOLE) return VT_OK;
    return fail_state(*state, s, atom, err);
}

/* Cut it by the points from `begin` on, which are in rising order of distance. */
static vt_status cut_by_near(const space *s, worker *w, size_t center, size_t begin, double *needed,
                             vti_cell_state *state, vt_error *err) {
    double radius = radius_of(s, s->cells->type[center]);
    for (size_t k = begin; k < w->points.count; k++) {
        if (w->points.point[k].d2 >= *needed) break;
        vt_status status = cut_by(s, w, center, k, state, err);
        if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
        if (k >= 8 && k % 4 == 0) *needed = needed_reach(s, w, radius);
    }
    *needed = needed_reach(s, w, radius);
    return VT_OK;
}

static vti_cell_state cut_walls(const space *s, worker *w, const double at[3]) {
    vti_cell_state state = VTI_CELL_WHOLE;
    for (int k = 0; k < s->walls && state == VTI_CELL_WHOLE; k++) {
        const double *n = s->normal[k];
        double distance = s->offset[k] - (at[0] * n[0] + at[1] * n[1] + at[2] * n[2]);
        state = vti_cell_cut(w->cell, n[0], n[1], n[2], 2 * distance, -1 - k);
    }
    return state;
}

/* ---------------------------------------------------------------- far neighbors ---- */

/* A point p cuts the cell when it is nearer to one of the vertices v than the atom is,
   |v - p|^2 - r_p^2 < |v|^2 - r_i^2. `box` holds the points, at[] is the atom in its frame. */
static bool may_cut(const space *s, const worker *w, const vti_node *box, const double at[3],
                    double radius) {
    int count;
    const double *v = vti_cell_vertices(w->cell, &count);
    double slack = s->largest_radius * s->largest_radius - radius * radius + 1e-9;
    for (int k = 0; k < count; k++, v += 3) {
        double r[3] = {at[0] + v[0] / 2, at[1] + v[1] / 2, at[2] + v[2] / 2};
        double own = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) / 4;
        if (vti_node_distance2(box, r) < own + slack) return true;
    }
    return false;
}

typedef struct {
    size_t center;
    double at[3];  /* of the atom in the frame of the image that is searched [angstrom] */
    double inner2; /* points nearer than this have been seen [angstrom^2] */
    bool home;     /* the image is the box itself */
    double radius; /* of the atom [angstrom] */
} quest;

static vt_status cut_by_leaf(const space *s, worker *w, const quest *q, const vti_node *leaf,
                             vti_cell_state *state, vt_error *err) {
    for (int32_t k = leaf->begin; k < leaf->end; k++) {
        int32_t other = s->tree->order[k];
        const double r[3] = {s->cells->x[other], s->cells->y[other], s->cells->z[other]};
        vti_point p = {0, {r[0] - q->at[0], r[1] - q->at[1], r[2] - q->at[2]}, other};
        p.d2 = p.r[0] * p.r[0] + p.r[1] * p.r[1] + p.r[2] * p.r[2];
        vti_node alone = {{r[0], r[1], r[2]}, {r[0], r[1], r[2]}, 0, 0, 0};
        if (p.d2 < q->inner2 || (q->home && (size_t)other == q->center)) continue;
        if (!may_cut(s, w, &alone, q->at, q->radius)) continue;
        vt_status status = vti_points_add(&w->points, &p, err);
        if (!vt_failed(status)) status = cut_by(s, w, q->center, w->points.count - 1, state, err);
        if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
    }
    return VT_OK;
}

/* Nearest first: the sooner the cell shrinks, the less there is to look at. */
static vt_status cut_by_node(const space *s, worker *w, const quest *q, int32_t number,
                             vti_cell_state *state, vt_error *err) {
    const vti_node *node = &s->tree->node[number];
    if (!may_cut(s, w, node, q->at, q->radius)) return VT_OK;
    if (node->child == 0) return cut_by_leaf(s, w, q, node, state, err);
    int32_t near = node->child, far = near + 1;
    if (vti_node_distance2(&s->tree->node[far], q->at) <
        vti_node_distance2(&s->tree->node[near], q->at)) {
        near = far;
        far = node->child;
    }
    vt_status status = cut_by_node(s, w, q, near, state, err);
    if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
    return cut_by_node(s, w, q, far, state, err);
}

/* All images of the box that the cell reaches, in shells around the box itself. */
static vt_status cut_by_far(const space *s, worker *w, size_t center, double inner2, double needed,
                            vti_cell_state *state, vt_error *err) {
    const vt_box *box = &s->atoms->box;
    double heights[3];
    int32_t most[3], shells = 0;
    vt_box_heights(box, heights);
    for (int a = 0; a < 3; a++) {
        /* Wrapped atoms are less than one period apart. */
        most[a] = box->periodic[a] ? (int32_t)fmin(sqrt(needed) / heights[a] + 1, 1e6) : 0;
        shells = most[a] > shells ? most[a] : shells;
    }
    quest q = {.center = center, .inner2 = inner2, .radius = radius_of(s, s->cells->type[center])};
    for (int32_t shell = 0; shell <= shells; shell++)
        for (int32_t i = -shell; i <= shell; i++)
            for (int32_t j = -shell; j <= shell; j++) {
                bool edge = abs(i) == shell || abs(j) == shell;
                for (int32_t k = -shell; k <= shell; k += edge || shell == 0 ? 1 : 2 * shell) {
                    if (abs(i) > most[0] || abs(j) > most[1] || abs(k) > most[2]) continue;
                    const double *at[3] = {&s->cells->x[center], &s->cells->y[center],
                                           &s->cells->z[center]};
                    for (int d = 0; d < 3; d++)
                        q.at[d] = *at[d] - (i * box->h[0][d] + j * box->h[1][d] + k * box->h[2][d]);
                    q.home = shell == 0;
                    vt_status status = cut_by_node(s, w, &q, 0, state, err);
                    if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
                }
            }
    return VT_OK;
}

/* ---------------------------------------------------------------- the whole cell ---- */

/* The cell of the atom at place `center` of the cells' order. Without a tree it may stay
 *unfinished: then call again with one. */
static vt_status make_cell(const space *s, worker *w, size_t center, vti_cell_state *state,
                           bool *unfinished, vt_error *err) {
    const double at[3] = {s->cells->x[center], s->cells->y[center], s->cells->z[center]};
    *unfinished = false;
    vti_cell_start(w->cell, s->half);
    *state = cut_walls(s, w, at);
    if (*state != VTI_CELL_WHOLE) return fail_state(*state, s, s->cells->atom[center], err);
    double inner2 = -1, outer = FIRST_REACH * s->spacing, needed = INFINITY;
    w->points.count = 0;
    for (;;) {
        size_t begin = w->points.count;
        vt_status status =
            vti_near(s->cells, &s->atoms->box, center, inner2, outer * outer, &w->points, err);
        if (!vt_failed(status)) status = cut_by_near(s, w, center, begin, &needed, state, err);
        if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
        if (needed <= outer * outer) return VT_OK;
        inner2 = outer * outer;
        outer = fmin(outer * GROWTH, sqrt(needed) * (1 + 1e-9));
        if (outer > LAST_REACH * s->spacing) break;
    }
    *unfinished = s->tree == NULL;
    return *unfinished ? VT_OK : cut_by_far(s, w, center, inner2, needed, state, err);
}

/* ---------------------------------------------------------------- its faces ---- */

static face *room_for_face(worker *w) {
    if (w->count == w->capacity) {
        size_t capacity = w->capacity > 0 ? w->capacity + w->capacity / 2 : w->expected;
        face *grown = vt_grow(w->face, w->count, capacity, sizeof *grown);
        if (grown == NULL) return NULL;
        w->face = grown;
        w->capacity = capacity;
    }
    return &w->face[w->count++];
}

static void describe(const space *s, const worker *w, size_t center, const vti_cell_face *m,
                     face *f) {
    f->edges = m->edges;
    f->area = m->area;
    if (m->plane >= 0) {
        const vti_point *p = &w->points.point[m->plane];
        f->neighbor = s->cells->atom[p->sorted];
        memcpy(f->vector, p->r, sizeof f->vector);
        return;
    }
    const double at[3] = {s->cells->x[center], s->cells->y[center], s->cells->z[center]};
    const double *n = s->normal[-1 - m->plane];
    double distance = s->offset[-1 - m->plane] - (at[0] * n[0] + at[1] * n[1] + at[2] * n[2]);
    f->neighbor = -1;
    for (int d = 0; d < 3; d++) f->vector[d] = 2 * distance * n[d];
}

/* Measure the worker's cell and keep its faces. */
static vt_status keep_cell(const space *s, worker *w, size_t center, vt_voronoi *v, vt_error *err) {
    size_t i = (size_t)s->cells->atom[center];
    vti_cell_shape shape;
    vti_cell_measure(w->cell, s->options->edge_threshold, &shape, w->measured);
    v->volume[i] = shape.volume;
    v->area[i] = shape.area;
    v->radius[i] = shape.radius;
    for (size_t k = 0; k < shape.faces; k++) {
        const vti_cell_face *m = &w->measured[k];
        if (m->edges < VT_VORONOI_FEWEST || m->area < s->options->face_threshold * shape.area)
            continue;
        face *f = room_for_face(w);
        if (f == NULL)
            return vt_fail_memory(err, w->capacity, sizeof *f, "the faces of Voronoi cells");
        describe(s, w, center, m, f);
        int order = m->edges < VT_VORONOI_MOST ? m->edges : VT_VORONOI_MOST;
        v->orders[i * VT_VORONOI_ORDERS + (size_t)(order - VT_VORONOI_FEWEST)]++;
        (f->neighbor < 0 ? v->walls : v->coordination)[i]++;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- all cells ---- */

/* Atoms in a row of the cells' order that a thread takes at a time; interrupts are looked for in
   between. */
enum { CHUNK = 64 };

static vt_status make_chunk(const space *s, worker *w, int32_t number, size_t begin, vt_voronoi *v,
                            place *places, vt_error *err) {
    size_t end = begin + CHUNK < v->count ? begin + CHUNK : v->count;
    for (size_t center = begin; center < end; center++) {
        place *mine = &places[s->cells->atom[center]];
        if (s->tree != NULL && mine->worker != UNFINISHED) continue;
        vti_cell_state state;
        bool unfinished;
        size_t before = w->count;
        vt_status status = make_cell(s, w, center, &state, &unfinished, err);
        if (!vt_failed(status) && !unfinished && state == VTI_CELL_WHOLE)
            status = keep_cell(s, w, center, v, err);
        if (vt_failed(status)) return status;
        *mine = (place){unfinished ? UNFINISHED : number, (uint32_t)(w->count - before), before};
    }
    return VT_OK;
}

/* One failure is reported: that of the first chunk that failed. */
static vt_status make_cells(const space *s, worker *workers, int threads, vt_voronoi *v,
                            place *places, vt_error *err) {
    int64_t chunks = (int64_t)((v->count + CHUNK - 1) / CHUNK), failed_at = chunks;
    vt_status status = VT_OK;
    bool stop = false;
    int32_t begun = 0;
#pragma omp parallel num_threads(threads)
    {
        int32_t number;
#pragma omp atomic capture
        number = begun++;
#pragma omp for schedule(dynamic)
        for (int64_t c = 0; c < chunks; c++) {
            bool stopped;
#pragma omp atomic read
            stopped = stop;
            if (stopped) continue;
            vt_error mine = {0};
            vt_status result = vt_interrupted() ? vt_fail_interrupted(&mine)
                                                : make_chunk(s, &workers[number], number,
                                                             (size_t)c * CHUNK, v, places, &mine);
            if (!vt_failed(result)) continue;
#pragma omp atomic write
            stop = true;
#pragma omp critical(vti_voronoi_failure)
            if (c < failed_at) {
                failed_at = c;
                status = result;
                if (err != NULL) *err = mine;
            }
        }
    }
    return status;
}

/* Bring the workers' faces into the order of the atoms. This is mostly memory touched for the first
   time, which threads do faster, too. */
static vt_status collect(const worker *workers, const place *places, int threads, vt_voronoi *v,
                         vt_error *err) {
    for (size_t i = 0; i < v->count; i++) v->first[i + 1] = v->first[i] + places[i].faces;
    size_t faces = v->first[v->count];
#pragma omp parallel sections num_threads(threads)
    {
#pragma omp section
        v->face_vector = vt_alloc(faces, 3 * sizeof *v->face_vector);
#pragma omp section
        {
            v->neighbor = vt_alloc(faces, sizeof *v->neighbor);
            v->face_edges = vt_alloc(faces, sizeof *v->face_edges);
            v->face_area = vt_alloc(faces, sizeof *v->face_area);
        }
    }
    if (!v->neighbor || !v->face_edges || !v->face_area || !v->face_vector)
        return vt_fail_memory(err, faces, sizeof(face), "the faces of Voronoi cells");
#pragma omp parallel for num_threads(threads)
    for (size_t i = 0; i < v->count; i++) {
        const face *from = workers[places[i].worker].face + places[i].begin;
        for (size_t k = v->first[i]; k < v->first[i + 1]; k++, from++) {
            v->neighbor[k] = from->neighbor;
            v->face_edges[k] = from->edges;
            v->face_area[k] = from->area;
            memcpy(&v->face_vector[3 * k], from->vector, sizeof from->vector);
        }
    }
    return VT_OK;
}

static void destroy_workers(worker *workers, int count) {
    for (int k = 0; workers != NULL && k < count; k++) {
        vti_cell_destroy(workers[k].cell);
        vti_points_destroy(&workers[k].points);
        vt_free(workers[k].face);
    }
    vt_free(workers);
}

/* Most cells are made from a grid; those that reach far, at surfaces and voids, from a tree. */
static vt_status make_all(space *s, worker *workers, int threads, vt_voronoi *v, place *places,
                          vt_error *err) {
    vt_status status = make_cells(s, workers, threads, v, places, err);
    bool finished = true;
    for (size_t i = 0; i < v->count; i++) finished = finished && places[i].worker != UNFINISHED;
    if (vt_failed(status) || finished) return status;
    vti_tree tree;
    status = vti_tree_create(&tree, s->cells, err);
    if (vt_failed(status)) return status;
    s->tree = &tree;
    status = make_cells(s, workers, threads, v, places, err);
    s->tree = NULL;
    vti_tree_destroy(&tree);
    return status;
}

static vt_status run(space *s, vt_voronoi *v, vt_error *err) {
    int threads = vt_threads();
    worker *workers = vt_alloc((size_t)threads, sizeof *workers);
    place *places = vt_alloc(v->count, sizeof *places);
    bool complete = workers != NULL && places != NULL;
    for (int k = 0; complete && k < threads; k++) {
        workers[k].expected = 16 * (v->count / (size_t)threads + CHUNK);
        complete = (workers[k].cell = vti_cell_create()) != NULL;
    }
    vt_status status = complete ? make_all(s, workers, threads, v, places, err)
                                : vt_fail_memory(err, v->count, sizeof *places, "Voronoi cells");
    if (!vt_failed(status)) status = collect(workers, places, threads, v, err);
    vt_free(places);
    destroy_workers(workers, threads);
    return status;
}

/* ---------------------------------------------------------------- the space ---- */

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Walls across the free axes, and a cube that holds any cell. Along periodic axes a cell lies in
   the Wigner-Seitz cell of the box, whose vertices are at most half the sum of the cell vectors
   away; along free ones it ends at the walls. */
static void bound(space *s, vt_voronoi *v) {
    const vt_box *box = &s->atoms->box;
    double inverse[3][3], heights[3];
    vt_box_inverse(box, inverse);
    vt_box_heights(box, heights);
    v->domain_volume = vt_box_volume(box);
    double spacing = cbrt(v->domain_volume / (double)v->count);
    s->half = 0;
    for (int a = 0; a < 3; a++) {
        double length = sqrt(dot(box->h[a], box->h[a]));
        if (box->periodic[a]) {
            s->half += length / 2;
            continue;
        }
        double low = s->cells->low[a], high = low + s->cells->span[a];
        double margin = spacing / 2 / heights[a];
        double from = low < 0 ? low - margin : 0, to = high > 1 ? high + margin : 1;
        s->half += (to - from) * length;
        v->domain_volume *= to - from;
        for (int side = 0; side < 2; side++) {
            double *n = s->normal[s->walls];
            for (int d = 0; d < 3; d++) n[d] = (side == 0 ? -1 : 1) * inverse[d][a] * heights[a];
            s->offset[s->walls] = dot(box->origin, n) + (side == 0 ? -from : to) * heights[a];
            s->walls++;
        }
    }
    s->half *= 1.01;
}

static vt_status check(const vt_atoms *atoms, const vt_voronoi_options *o, vt_error *err) {
    if (atoms->count == 0) return vt_fail(err, VT_EINVAL, "voronoi: there are no atoms");
    if (atoms->count > INT32_MAX)
        return vt_fail(err, VT_EINVAL, "voronoi: %zu atoms are more than 2^31 - 1", atoms->count);
    if (!(o->face_threshold >= 0 && o->face_threshold < 1))
        return vt_fail(err, VT_EINVAL,
                       "voronoi: face_threshold, a share of a cell's area, must be at least 0 and "
                       "less than 1, got %g",
                       o->face_threshold);
    if (!(o->edge_threshold >= 0) || !isfinite(o->edge_threshold))
        return vt_fail(err, VT_EINVAL,
                       "voronoi: edge_threshold must be a length of at least 0 [angstrom], got %g",
                       o->edge_threshold);
    for (int k = 0; o->radii != NULL && k < atoms->species_count; k++)
        if (!(o->radii[k] > 0) || !isfinite(o->radii[k]))
            return vt_fail(err, VT_EINVAL,
                           "voronoi: the radius of %s must be positive [angstrom], got %g",
                           atoms->species[k].symbol, o->radii[k]);
    return vt_atoms_check(atoms, err);
}

/* Share of the box that is not vacuum, by the cells with atoms in them. */
static double occupied(const vti_cells *cells) {
    size_t number = (size_t)cells->n[0] * (size_t)cells->n[1] * (size_t)cells->n[2], full = 0;
    for (size_t c = 0; c < number; c++) full += cells->begin[c + 1] > cells->begin[c];
    double covered = cells->span[0] * cells->span[1] * cells->span[2];
    return covered * (double)full / (double)number;
}

static vt_voronoi *allocate(const vt_atoms *atoms) {
    vt_voronoi *v = vt_alloc(1, sizeof *v);
    if (v == NULL) return NULL;
    size_t n = v->count = atoms->count;
    v->volume = vt_alloc(n, sizeof *v->volume);
    v->area = vt_alloc(n, sizeof *v->area);
    v->radius = vt_alloc(n, sizeof *v->radius);
    v->orders = vt_alloc(n, VT_VORONOI_ORDERS * sizeof *v->orders);
    v->coordination = vt_alloc(n, sizeof *v->coordination);
    v->walls = vt_alloc(n, sizeof *v->walls);
    v->first = vt_alloc(n + 1, sizeof *v->first);
    v->type = vt_alloc(n, sizeof *v->type);
    if (!v->volume || !v->area || !v->radius || !v->orders || !v->coordination || !v->walls ||
        !v->first || !v->type) {
        vt_voronoi_destroy(v);
        return NULL;
    }
    v->species_count = atoms->species_count;
    memcpy(v->species, atoms->species, sizeof v->species);
    memcpy(v->type, atoms->type, n * sizeof *v->type);
    return v;
}

vt_voronoi *vt_voronoi_create(const vt_atoms *atoms, const vt_voronoi_options *options,
                              vt_error *err) {
    vt_voronoi_options defaults = vt_voronoi_defaults();
    space s = {.atoms = atoms, .options = options != NULL ? options : &defaults};
    if (vt_failed(check(atoms, s.options, err))) return NULL;
    double spacing = cbrt(vt_box_volume(&atoms->box) / (double)atoms->count);
    for (size_t i = 0; i < atoms->count; i++)
        s.largest_radius = fmax(s.largest_radius, radius_of(&s, atoms->type[i]));
    vti_cells cells;
    vt_status status = vti_cells_create(&cells, atoms, spacing, err);
    if (vt_failed(status)) return NULL;
    s.cells = &cells;
    s.spacing = spacing * cbrt(occupied(&cells));
    vt_voronoi *v = allocate(atoms);
    if (v == NULL) {
        vt_fail_memory(err, atoms->count, sizeof *v->volume, "Voronoi cells");
    } else {
        bound(&s, v);
        status = run(&s, v, err);
        if (vt_failed(status)) {
            vt_voronoi_destroy(v);
            v = NULL;
        }
    }
    vti_cells_destroy(&cells);
    return v;
}

/* Voronoi cells: each atom's cell is cut from a cube by the planes toward its neighbors, nearest
   first, until no point farther away can reach it. */
#include <math.h>
#include <string.h>

#include "structure/near.h"
#include "structure/voronoi_cell.h"
#include "vitrum/structure.h"

/* In mean spacings: the first search finds about 40 neighbors, which is all of them in a glass for
   nearly every atom. If it was too short, it grows by a factor. */
static const double FIRST_REACH = 2.0, GROWTH = 1.4;
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
    const vt_voronoi_options *options;
    double largest_radius; /* of the species present [angstrom] */
    double half;           /* a cube of twice this size around an atom holds its cell [angstrom] */
    double spacing;        /* mean, of atoms [angstrom] */
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
typedef struct {
    int32_t worker;
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

/* Cut the cell by the points of the worker's list from `begin` on. */
static vt_status cut(const space *s, worker *w, size_t center, size_t begin, double *needed,
                     vti_cell_state *state, vt_error *err) {
    int32_t type = s->cells->type[center];
    double radius = radius_of(s, type);
    for (size_t k = begin; k < w->points.count; k++) {
        const vti_point *p = &w->points.point[k];
        if (p->d2 >= *needed) break;
        if (p->d2 < SAME_PLACE * SAME_PLACE)
            return fail_same_place(s, s->cells->atom[center], s->cells->atom[p->sorted],
                                   sqrt(p->d2), err);
        double other = radius_of(s, s->cells->type[p->sorted]);
        double limit = p->d2 + radius * radius - other * other;
        *state = vti_cell_cut(w->cell, p->r[0], p->r[1], p->r[2], limit, (int32_t)k);
        if (*state == VTI_CELL_GONE) return VT_OK;
        if (*state != VTI_CELL_WHOLE) return fail_state(*state, s, s->cells->atom[center], err);
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

/* The cell of the atom at place `center` of the cells' order. */
static vt_status make_cell(const space *s, worker *w, size_t center, vti_cell_state *state,
                           vt_error *err) {
    const double at[3] = {s->cells->x[center], s->cells->y[center], s->cells->z[center]};
    vti_cell_start(w->cell, s->half);
    *state = cut_walls(s, w, at);
    if (*state != VTI_CELL_WHOLE) return fail_state(*state, s, s->cells->atom[center], err);
    double inner2 = -1, outer = FIRST_REACH * s->spacing, needed = INFINITY;
    w->points.count = 0;
    for (;;) {
        size_t begin = w->points.count;
        vt_status status =
            vti_near(s->cells, &s->atoms->box, center, inner2, outer * outer, &w->points, err);
        if (!vt_failed(status)) status = cut(s, w, center, begin, &needed, state, err);
        if (vt_failed(status) || *state == VTI_CELL_GONE) return status;
        if (needed <= outer * outer) return VT_OK;
        inner2 = outer * outer;
        outer = fmin(outer * GROWTH, sqrt(needed) * (1 + 1e-9));
    }
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
        vti_cell_state state;
        size_t before = w->count;
        vt_status status = make_cell(s, w, center, &state, err);
        if (!vt_failed(status) && state == VTI_CELL_WHOLE) status = keep_cell(s, w, center, v, err);
        if (vt_failed(status)) return status;
        places[s->cells->atom[center]] = (place){number, (uint32_t)(w->count - before), before};
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

static vt_status run(const space *s, vt_voronoi *v, vt_error *err) {
    int threads = vt_threads();
    worker *workers = vt_alloc((size_t)threads, sizeof *workers);
    place *places = vt_alloc(v->count, sizeof *places);
    bool complete = workers != NULL && places != NULL;
    for (int k = 0; complete && k < threads; k++) {
        workers[k].expected = 16 * (v->count / (size_t)threads + CHUNK);
        complete = (workers[k].cell = vti_cell_create()) != NULL;
    }
    vt_status status = complete ? make_cells(s, workers, threads, v, places, err)
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
    s->half = 0;
    for (int a = 0; a < 3; a++) {
        double length = sqrt(dot(box->h[a], box->h[a]));
        if (box->periodic[a]) {
            s->half += length / 2;
            continue;
        }
        double low = s->cells->low[a], high = low + s->cells->span[a];
        double margin = s->spacing / 2 / heights[a];
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
    s.spacing = cbrt(vt_box_volume(&atoms->box) / (double)atoms->count);
    for (size_t i = 0; i < atoms->count; i++)
        s.largest_radius = fmax(s.largest_radius, radius_of(&s, atoms->type[i]));
    vti_cells cells;
    vt_status status = vti_cells_create(&cells, atoms, s.spacing, err);
    if (vt_failed(status)) return NULL;
    s.cells = &cells;
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

/* Voronoi cells of all atoms, by threads, and their faces in the order of the atoms. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "structure/voronoi_cut.h"

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

/* ---------------------------------------------------------------- faces ---- */

typedef struct {
    int32_t neighbor, edges;
    double area, vector[3];
} face;

/* A thread's own. */
typedef struct {
    vti_cutter cutter;
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

static void describe(const vti_space *s, const worker *w, size_t center, const vti_cell_face *m,
                     face *f) {
    f->edges = m->edges;
    f->area = m->area;
    if (m->plane >= 0) {
        const vti_point *p = &w->cutter.points.point[m->plane];
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
static vt_status keep_cell(const vti_space *s, worker *w, size_t center, vt_voronoi *v,
                           vt_error *err) {
    size_t i = (size_t)s->cells->atom[center];
    vti_cell_shape shape;
    vti_cell_measure(w->cutter.cell, s->options->edge_threshold, &shape, w->measured);
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

/* Atoms in a row of the cells' order that a thread takes at a time. */
enum { CHUNK = 64 };

static vt_status make_chunk(const vti_space *s, worker *w, int32_t number, size_t begin,
                            vt_voronoi *v, place *places, vt_error *err) {
    size_t end = begin + CHUNK < v->count ? begin + CHUNK : v->count;
    for (size_t center = begin; center < end; center++) {
        place *mine = &places[s->cells->atom[center]];
        if (s->tree != NULL && mine->worker != UNFINISHED) continue;
        vti_cell_state state;
        bool unfinished;
        size_t before = w->count;
        VTI_TRY(vti_cut_cell(s, &w->cutter, center, &state, &unfinished, err));
        if (!unfinished && state == VTI_CELL_WHOLE) VTI_TRY(keep_cell(s, w, center, v, err));
        *mine = (place){unfinished ? UNFINISHED : number, (uint32_t)(w->count - before), before};
    }
    return VT_OK;
}

/* The cells of all atoms, in chunks. One failure is reported: that of the first chunk that failed.
 */
typedef struct {
    const vti_space *s;
    worker *workers;
    vt_voronoi *v;
    place *places;
    size_t chunks;
    atomic_size_t made;
    atomic_bool stop;
    pthread_mutex_t lock; /* of what follows */
    size_t failed_at;
    vt_status status;
    vt_error err;
} making;

static void keep_failure(making *m, size_t chunk, vt_status status, const vt_error *err) {
    atomic_store(&m->stop, true);
    pthread_mutex_lock(&m->lock);
    if (chunk < m->failed_at) {
        m->failed_at = chunk;
        m->status = status;
        m->err = *err;
    }
    pthread_mutex_unlock(&m->lock);
}

/* The thread that asked for the cells tells how far the work is. */
static void make_chunks(void *context, size_t from, size_t to, int number) {
    making *m = context;
    const vt_voronoi_options *o = m->s->options;
    for (size_t c = from; c < to && !atomic_load(&m->stop); c++) {
        vt_error mine = {0};
        vt_status result =
            make_chunk(m->s, &m->workers[number], number, c * CHUNK, m->v, m->places, &mine);
        if (vt_failed(result)) {
            keep_failure(m, c, result, &mine);
            return;
        }
        size_t made = atomic_fetch_add(&m->made, 1) + 1;
        if (number == 0 && o->progress != NULL)
            o->progress(o->progress_context, (double)made / (double)m->chunks);
    }
}

static vt_status make_cells(const vti_space *s, worker *workers, int threads, vt_voronoi *v,
                            place *places, vt_error *err) {
    size_t chunks = (v->count + CHUNK - 1) / CHUNK;
    making m = {.s = s,
                .workers = workers,
                .v = v,
                .places = places,
                .chunks = chunks,
                .lock = PTHREAD_MUTEX_INITIALIZER,
                .failed_at = chunks};
    const vti_loop loop = {.count = chunks,
                           .grain = 1,
                           .threads = threads,
                           .work = make_chunks,
                           .context = &m,
                           .stoppable = true};
    bool complete = vti_share_loop(&loop);
    if (vt_failed(m.status) && err != NULL) *err = m.err;
    return vt_failed(m.status) || complete ? m.status : vt_fail_interrupted(err);
}

/* Bringing the workers' faces into the order of the atoms. This is mostly memory touched for the
   first time, which threads do faster, too. */
typedef struct {
    const worker *workers;
    const place *places;
    vt_voronoi *v;
} collecting;

static void make_room(void *context, size_t from, size_t to, int number) {
    (void)number;
    vt_voronoi *v = context;
    size_t faces = v->first[v->count];
    for (size_t k = from; k < to; k++) {
        if (k == 0) {
            v->face_vector = vt_alloc(faces, 3 * sizeof *v->face_vector);
        } else {
            v->neighbor = vt_alloc(faces, sizeof *v->neighbor);
            v->face_edges = vt_alloc(faces, sizeof *v->face_edges);
            v->face_area = vt_alloc(faces, sizeof *v->face_area);
        }
    }
}

static void collect_some(void *context, size_t begin, size_t end, int number) {
    (void)number;
    const collecting *c = context;
    vt_voronoi *v = c->v;
    for (size_t i = begin; i < end; i++) {
        const face *all = c->workers[c->places[i].worker].face; /* NULL where no face was found */
        for (size_t k = v->first[i]; k < v->first[i + 1]; k++) {
            const face *from = &all[c->places[i].begin + (k - v->first[i])];
            v->neighbor[k] = from->neighbor;
            v->face_edges[k] = from->edges;
            v->face_area[k] = from->area;
            memcpy(&v->face_vector[3 * k], from->vector, sizeof from->vector);
        }
    }
}

static vt_status collect(const worker *workers, const place *places, vt_voronoi *v, vt_error *err) {
    enum { GRAIN = 1024 };
    for (size_t i = 0; i < v->count; i++) v->first[i + 1] = v->first[i] + places[i].faces;
    size_t faces = v->first[v->count];
    vti_share(2, 1, make_room, v);
    if (!v->neighbor || !v->face_edges || !v->face_area || !v->face_vector)
        return vt_fail_memory(err, faces, sizeof(face), "the faces of Voronoi cells");
    vti_share(v->count, GRAIN, collect_some, &(collecting){workers, places, v});
    return VT_OK;
}

static void destroy_workers(worker *workers, int count) {
    for (int k = 0; workers != NULL && k < count; k++) {
        vti_cell_destroy(workers[k].cutter.cell);
        vti_points_destroy(&workers[k].cutter.points);
        vt_free(workers[k].face);
    }
    vt_free(workers);
}

/* Most cells are made from a grid; those that reach far, at surfaces and voids, from a tree. */
static vt_status make_all(vti_space *s, worker *workers, int threads, vt_voronoi *v, place *places,
                          vt_error *err) {
    vt_status status = VT_OK;
    bool finished = !s->uneven;
    if (finished)
        status = make_cells(s, workers, threads, v, places, err);
    else
        for (size_t i = 0; i < v->count; i++) places[i].worker = UNFINISHED;
    for (size_t i = 0; i < v->count; i++) finished = finished && places[i].worker != UNFINISHED;
    if (vt_failed(status) || finished) return status;
    vti_tree tree;
    VTI_TRY(vti_tree_create(&tree, s->cells, err));
    s->tree = &tree;
    status = make_cells(s, workers, threads, v, places, err);
    s->tree = NULL;
    vti_tree_destroy(&tree);
    return status;
}

static vt_status run(vti_space *s, vt_voronoi *v, vt_error *err) {
    /* No more threads than there is work for: starting one costs more than some cells. */
    size_t chunks = (v->count + CHUNK - 1) / CHUNK;
    int threads = vt_threads_free();
    if ((size_t)threads > chunks) threads = (int)chunks;
    worker *workers = vt_alloc((size_t)threads, sizeof *workers);
    place *places = vt_alloc(v->count, sizeof *places);
    bool complete = workers != NULL && places != NULL;
    for (int k = 0; complete && k < threads; k++) {
        workers[k].expected = 16 * (v->count / (size_t)threads + CHUNK);
        complete = (workers[k].cutter.cell = vti_cell_create()) != NULL;
    }
    vt_status status = complete ? make_all(s, workers, threads, v, places, err)
                                : vt_fail_memory(err, v->count, sizeof *places, "Voronoi cells");
    if (!vt_failed(status)) status = collect(workers, places, v, err);
    vt_free(places);
    destroy_workers(workers, threads);
    return status;
}

/* ---------------------------------------------------------------- the space ---- */

/* Walls across the free axes, and a cube that holds any cell. Along periodic axes a cell lies in
   the Wigner-Seitz cell of the box, whose vertices are at most half the sum of the cell vectors
   away; along free ones it ends at the walls. */
static void bound(vti_space *s, vt_voronoi *v) {
    const vt_box *box = &s->atoms->box;
    double inverse[3][3], heights[3];
    vt_box_inverse(box, inverse);
    vt_box_heights(box, heights);
    v->domain_volume = vt_box_volume(box);
    double spacing = cbrt(v->domain_volume / (double)v->count);
    s->half = 0;
    for (int a = 0; a < 3; a++) {
        double length = sqrt(vti_dot3(box->h[a], box->h[a]));
        if (box->periodic[a]) {
            s->half += length / 2;
            continue;
        }
        double low = s->cells->grid.low[a], high = low + s->cells->span[a];
        double margin = spacing / 2 / heights[a];
        double from = low < 0 ? low - margin : 0, to = high > 1 ? high + margin : 1;
        s->half += (to - from) * length;
        v->domain_volume *= to - from;
        for (int side = 0; side < 2; side++) {
            double *n = s->normal[s->walls];
            for (int d = 0; d < 3; d++) n[d] = (side == 0 ? -1 : 1) * inverse[d][a] * heights[a];
            s->offset[s->walls] = vti_dot3(box->origin, n) + (side == 0 ? -from : to) * heights[a];
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

/* Fill in the spacing of atoms where there are any, going by the cells that are not empty. One atom
   far away from all others can make cells so wide that a few of them hold everything. */
static void measure_spacing(vti_space *s, double of_box) {
    static const double TOO_FULL = 100;
    const vti_cells *cells = s->cells;
    size_t number = vti_grid_cells(&cells->grid), full = 0;
    double beside = 0;
    for (size_t c = 0; c < number; c++) {
        double atoms = (double)(cells->begin[c + 1] - cells->begin[c]);
        full += atoms > 0;
        beside += atoms * atoms;
    }
    double covered = cells->span[0] * cells->span[1] * cells->span[2];
    s->spacing = of_box * cbrt(covered * (double)full / (double)number);
    s->uneven = beside > TOO_FULL * (double)cells->count;
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
    vt_species_list list = vt_atoms_species(atoms);
    v->species_count = list.count;
    memcpy(v->species, list.species, sizeof v->species);
    for (size_t i = 0; i < n; i++) v->type[i] = list.of_type[atoms->type[i]];
    return v;
}

vt_voronoi *vt_voronoi_create(const vt_atoms *atoms, const vt_voronoi_options *options,
                              vt_error *err) {
    vt_voronoi_options defaults = vt_voronoi_defaults();
    vti_space s = {.atoms = atoms, .options = options != NULL ? options : &defaults};
    if (vt_failed(check(atoms, s.options, err))) return NULL;
    double spacing = cbrt(vt_box_volume(&atoms->box) / (double)atoms->count);
    for (size_t i = 0; i < atoms->count; i++)
        s.largest_radius = fmax(s.largest_radius, vti_space_radius(&s, atoms->type[i]));
    vti_cells cells;
    vt_status status = vti_cells_create(&cells, atoms, spacing, false, err);
    if (vt_failed(status)) return NULL;
    s.cells = &cells;
    measure_spacing(&s, spacing);
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

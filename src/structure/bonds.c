/* Lists of neighbors by distance, by number and by Voronoi faces. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "neighbors/search.h"
#include "vitrum/structure.h"

void vt_bonds_destroy(vt_bonds *bonds) {
    if (bonds == NULL) return;
    vt_free(bonds->first);
    vt_free(bonds->neighbor);
    vt_free(bonds->vector);
    vt_free(bonds->weight);
    vt_free(bonds);
}

/* Bonds of `count` atoms without any yet. */
static vt_bonds *create(size_t count, vt_error *err) {
    vt_bonds *bonds = vt_alloc(1, sizeof *bonds);
    if (bonds != NULL) {
        bonds->count = count;
        bonds->first = vt_alloc(count + 1, sizeof *bonds->first);
    }
    if (bonds == NULL || bonds->first == NULL) {
        vt_bonds_destroy(bonds);
        vt_fail_memory(err, count, sizeof(size_t), "a list of bonds");
        return NULL;
    }
    return bonds;
}

/* Room for as many bonds as `first` says. */
static bool make_room(vt_bonds *bonds, vt_error *err) {
    size_t n = bonds->first[bonds->count];
    bonds->neighbor = vt_alloc(n, sizeof *bonds->neighbor);
    bonds->vector = vt_alloc(n, 3 * sizeof *bonds->vector);
    bonds->weight = vt_alloc(n, sizeof *bonds->weight);
    if (bonds->neighbor != NULL && bonds->vector != NULL && bonds->weight != NULL) return true;
    vt_fail_memory(err, n, sizeof(int32_t) + 4 * sizeof(double), "a list of bonds");
    return false;
}

/* ---------------------------------------------------------------- by distance ---- */

/* What is wanted of each atom: all within the cutoff, or the `number` nearest. */
typedef struct {
    const vt_atoms *atoms;
    const vti_cells *cells;
    double cutoff;
    size_t number; /* 0: all */
    double guess;  /* a distance that holds about `number` [angstrom] */
    bool finite;   /* no axis is periodic */
} wish;

/* Neighbors of the atom at place `center` into `points`, nearest first. */
static vt_status find(const wish *w, size_t center, vti_points *points, vt_error *err) {
    const vt_box *box = &w->atoms->box;
    points->count = 0;
    if (w->number == 0) {
        /* A neighbor at the cutoff itself counts. */
        double outer = nextafter(w->cutoff, INFINITY);
        return vti_near(w->cells, box, center, -1, outer * outer, SIZE_MAX, points, err);
    }
    double inner2 = -1, outer = w->guess;
    for (;;) {
        VTI_TRY(vti_near(w->cells, box, center, inner2, outer * outer, SIZE_MAX, points, err));
        if (points->count >= w->number) break;
        if (w->finite && points->count + 1 >= w->atoms->count)
            return vt_fail(err, VT_EINVAL,
                           "bonds: %zu neighbors were asked for, but with free boundaries an atom "
                           "has only the %zu others",
                           w->number, w->atoms->count - 1);
        inner2 = outer * outer;
        outer *= 1.3;
    }
    points->count = w->number;
    return VT_OK;
}

/* A bond of no length has no direction. */
static vt_status check_first(const wish *w, size_t center, const vti_points *points,
                             vt_error *err) {
    if (points->count == 0 || points->point[0].d2 > 0) return VT_OK;
    int32_t a = w->cells->atom[center], b = w->cells->atom[points->point[0].sorted];
    return vt_fail(err, VT_EINVAL,
                   "bonds: atoms %d and %d (ids %lld and %lld) are at the same place", a + 1, b + 1,
                   (long long)w->atoms->id[a], (long long)w->atoms->id[b]);
}

/* Finding the neighbors of every atom: counting them into first[], or with `fill` listing them. The
   first failure is kept. */
typedef struct {
    const wish *w;
    vt_bonds *bonds;
    bool fill;
    vti_points *points; /* one a worker */
    atomic_bool stop;
    pthread_mutex_t lock;
    vt_status status;
    vt_error err;
} visiting;

static void keep_failure(visiting *v, vt_status status, const vt_error *err) {
    atomic_store(&v->stop, true);
    pthread_mutex_lock(&v->lock);
    if (!vt_failed(v->status)) {
        v->status = status;
        v->err = *err;
    }
    pthread_mutex_unlock(&v->lock);
}

static void keep_bonds(vt_bonds *bonds, const wish *w, size_t i, const vti_points *points) {
    size_t begin = bonds->first[i];
    for (size_t k = 0; k < points->count; k++) {
        const vti_point *p = &points->point[k];
        bonds->neighbor[begin + k] = w->cells->atom[p->sorted];
        memcpy(&bonds->vector[3 * (begin + k)], p->r, sizeof p->r);
        bonds->weight[begin + k] = 1.0 / (double)points->count;
    }
}

static void visit_some(void *context, size_t from, size_t to, int worker) {
    visiting *v = context;
    vti_points *points = &v->points[worker];
    for (size_t center = from; center < to && !atomic_load(&v->stop); center++) {
        vt_error mine = {0};
        vt_status result = find(v->w, center, points, &mine);
        if (!vt_failed(result)) result = check_first(v->w, center, points, &mine);
        size_t i = (size_t)v->w->cells->atom[center];
        if (vt_failed(result))
            keep_failure(v, result, &mine);
        else if (v->fill)
            keep_bonds(v->bonds, v->w, i, points);
        else
            v->bonds->first[i + 1] = points->count;
    }
}

static vt_status visit(const wish *w, vt_bonds *bonds, bool fill, vt_error *err) {
    enum { GRAIN = 64 };
    int threads = vt_threads_free();
    visiting v = {.w = w, .bonds = bonds, .fill = fill, .lock = PTHREAD_MUTEX_INITIALIZER};
    v.points = vt_alloc((size_t)threads, sizeof *v.points);
    if (v.points == NULL) return vt_fail_memory(err, (size_t)threads, sizeof *v.points, "bonds");
    bool complete = vti_share_loop(&(vti_loop){.count = bonds->count,
                                               .grain = GRAIN,
                                               .threads = threads,
                                               .work = visit_some,
                                               .context = &v,
                                               .stoppable = true});
    for (int k = 0; k < threads; k++) vti_points_destroy(&v.points[k]);
    vt_free(v.points);
    if (vt_failed(v.status) && err != NULL) *err = v.err;
    return vt_failed(v.status) || complete ? v.status : vt_fail_interrupted(err);
}

static vt_bonds *list(wish *w, vt_error *err) {
    const vt_atoms *atoms = w->atoms;
    if (atoms->count == 0) {
        vt_fail(err, VT_EINVAL, "bonds: there are no atoms");
        return NULL;
    }
    if (vt_failed(vt_atoms_check(atoms, err))) return NULL;
    vti_cells cells;
    double reach = w->number == 0 ? w->cutoff : w->guess;
    if (vt_failed(vti_cells_create(&cells, atoms, reach, false, err))) return NULL;
    w->cells = &cells;
    vt_bonds *bonds = create(atoms->count, err);
    vt_status status = VT_ENOMEM;
    if (bonds != NULL) {
        if (w->number == 0)
            status = visit(w, bonds, false, err);
        else {
            status = VT_OK;
            for (size_t i = 0; i < atoms->count; i++) bonds->first[i + 1] = w->number;
        }
        for (size_t i = 0; i < atoms->count; i++) bonds->first[i + 1] += bonds->first[i];
        if (!vt_failed(status)) status = make_room(bonds, err) ? VT_OK : VT_ENOMEM;
        if (!vt_failed(status)) status = visit(w, bonds, true, err);
    }
    vti_cells_destroy(&cells);
    if (!vt_failed(status)) return bonds;
    vt_bonds_destroy(bonds);
    return NULL;
}

vt_bonds *vt_bonds_within(const vt_atoms *atoms, double cutoff, vt_error *err) {
    if (!(cutoff > 0) || !isfinite(cutoff)) {
        vt_fail(err, VT_EINVAL, "bonds: the cutoff must be positive [angstrom], got %g", cutoff);
        return NULL;
    }
    wish w = {.atoms = atoms, .cutoff = cutoff};
    return list(&w, err);
}

vt_bonds *vt_bonds_nearest(const vt_atoms *atoms, int64_t number, vt_error *err) {
    enum { MOST = 10000 };
    if (number < 1 || number > MOST) {
        vt_fail(err, VT_EINVAL, "bonds: the number of neighbors must be 1 to %d, got %lld", MOST,
                (long long)number);
        return NULL;
    }
    const bool *periodic = atoms->box.periodic;
    /* A sphere of this volume holds the number at the mean density, and some more. */
    double volume = vt_box_volume(&atoms->box) * (double)(number + 4) / (double)atoms->count;
    wish w = {.atoms = atoms,
              .number = (size_t)number,
              .guess = cbrt(volume / 4),
              .finite = !(periodic[0] || periodic[1] || periodic[2])};
    return list(&w, err);
}

/* ---------------------------------------------------------------- by faces ---- */

vt_bonds *vt_bonds_voronoi(const vt_voronoi *v, bool weighted, vt_error *err) {
    vt_bonds *bonds = create(v->count, err);
    if (bonds == NULL) return NULL;
    for (size_t i = 0; i < v->count; i++)
        bonds->first[i + 1] = bonds->first[i] + (size_t)v->coordination[i];
    if (!make_room(bonds, err)) {
        vt_bonds_destroy(bonds);
        return NULL;
    }
    for (size_t i = 0; i < v->count; i++) {
        size_t to = bonds->first[i];
        double sum = 0;
        for (size_t k = v->first[i]; k < v->first[i + 1]; k++) {
            if (v->neighbor[k] < 0) continue;
            bonds->neighbor[to] = v->neighbor[k];
            memcpy(&bonds->vector[3 * to], &v->face_vector[3 * k], 3 * sizeof *bonds->vector);
            bonds->weight[to] = weighted ? v->face_area[k] : 1;
            sum += bonds->weight[to++];
        }
        for (size_t k = bonds->first[i]; k < to; k++) bonds->weight[k] /= sum;
    }
    return bonds;
}

/* The surface that the atoms of a sample make. Those near the center of a search may move; who
   feels too much of it joins them. */
#include "saddle/ground.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"

/* A region for a look at the forces on those who stand still. */
typedef struct {
    vt_system *system;
    size_t of;     /* it is of the first so many active atoms; 0: of none */
    size_t count;  /* atoms whose forces are right */
    int32_t *atom; /* these */
    size_t room;
} look;

struct vti_ground {
    const vt_searches *searches;
    vt_surface surface;
    vt_system *inner; /* the atoms that move and what they feel */
    look outer;       /* with who feels them */
    vt_system *full;  /* a copy of the whole, where all move */
    bool all;         /* that is what moves now */
    size_t count, room;
    int32_t *active;    /* the user's atoms that move, in the order of the variables */
    double (*start)[3]; /* where they are at 0, in the system that is evaluated */
    size_t *place;      /* of each in `full` */
    size_t *full_place; /* of each of the user's atoms there */
    bool fresh;         /* the lists there are of this search */
    bool *member;       /* by the user's atom: is active */
    double zero;        /* energy of the system at 0 */
    bool widened;
    vti_spent spent;
    vti_preconditioner *springs, *full_springs; /* of the region, and of all */
    double *turned;                             /* a vector by component, then by place */
    size_t turned_room;
    atomic_bool stop;
};

static vt_system *evaluated(const vti_ground *g) {
    return g->all ? g->full : g->inner;
}

static void count_evaluation(vti_ground *g, const vt_system *system) {
    g->spent.count++;
    g->spent.whole += (double)system->count / (double)g->searches->atoms->count;
}

/* ---------------------------------------------------------------- who moves ---- */

static vt_status reserve(vti_ground *g, size_t count, vt_error *err) {
    if (count <= g->room) return VT_OK;
    size_t room = count + count / 2;
    int32_t *active = vt_grow(g->active, g->room, room, sizeof *active);
    if (active != NULL) g->active = active;
    double(*start)[3] = vt_grow(g->start, g->room, room, sizeof *start);
    if (start != NULL) g->start = start;
    size_t *place = vt_grow(g->place, g->room, room, sizeof *place);
    if (place != NULL) g->place = place;
    if (active == NULL || start == NULL || place == NULL)
        return vt_fail_memory(err, room, sizeof *start, "a region");
    g->room = room;
    return VT_OK;
}

/* Add an atom that may move and does not yet. */
static vt_status join(vti_ground *g, int32_t atom, vt_error *err) {
    const bool *frozen = g->searches->frozen;
    if (g->member[atom] || (frozen != NULL && frozen[atom])) return VT_OK;
    VTI_TRY(reserve(g, g->count + 1, err));
    g->active[g->count++] = atom;
    g->member[atom] = true;
    return VT_OK;
}

static vt_status join_near(vti_ground *g, const int32_t *atoms, size_t count, double radius,
                           vt_error *err) {
    size_t nears = 0;
    if (count == 0) return VT_OK;
    int32_t *near = vt_system_near(g->searches->whole, atoms, count, radius, &nears, err);
    vt_status st = near != NULL ? VT_OK : VT_ENOMEM;
    for (size_t k = 0; k < nears && !vt_failed(st); k++) st = join(g, near[k], err);
    vt_free(near);
    return st;
}

/* ---------------------------------------------------------------- systems ---- */

static vt_status open_full(vti_ground *g, vt_error *err) {
    const vt_searches *s = g->searches;
    vt_system_options options = vt_system_defaults();
    if (g->full == NULL) g->full = vt_system_create(s->atoms, s->potential, &options, err);
    return g->full != NULL ? VT_OK : VT_ENOMEM;
}

/* The copy of the whole as the start is, with lists that no other search has left. */
static vt_status put_at_start(vti_ground *g, vt_error *err) {
    const vt_atoms *a = g->searches->atoms;
    vt_system *full = g->full;
    if (g->full_place == NULL) {
        g->full_place = vt_alloc(full->count, sizeof *g->full_place);
        if (g->full_place == NULL)
            return vt_fail_memory(err, full->count, sizeof *g->full_place, "a region");
        for (size_t k = 0; k < full->count; k++) g->full_place[full->order[k]] = k;
    }
    for (size_t k = 0; k < full->count; k++) {
        size_t i = (size_t)full->order[k];
        full->r[k][0] = a->x[i];
        full->r[k][1] = a->y[i];
        full->r[k][2] = a->z[i];
    }
    if (!g->fresh) vt_system_forget_lists(full);
    g->fresh = true;
    vt_system_moved(full);
    return VT_OK;
}

/* Springs between the atoms where they are now; NULL where they are of no use. */
static vt_status put_up(const vti_ground *g, const vt_system *system, size_t movers,
                        vti_preconditioner **springs, vt_error *err) {
    const vt_searches *s = g->searches;
    if (s->springs == NULL || movers < VTI_SPRINGS_FROM) return VT_OK;
    const vti_places places = vti_places_of_system(system);
    *springs = vti_preconditioner_like(s->springs, &places, movers, err);
    return *springs != NULL ? VT_OK : err != NULL ? err->code : VT_ENOMEM;
}

/* All atoms move, those that did so far first. */
static vt_status take_all(vti_ground *g, vt_error *err) {
    const vt_searches *s = g->searches;
    VTI_TRY(open_full(g, err));
    VTI_TRY(put_at_start(g, err));
    g->all = true;
    for (size_t i = 0; i < s->atoms->count; i++) VTI_TRY(join(g, (int32_t)i, err));
    for (size_t k = 0; k < g->count; k++) {
        g->place[k] = g->full_place[g->active[k]];
        memcpy(g->start[k], g->full->r[g->place[k]], sizeof g->start[k]);
    }
    if (g->full_springs == NULL && s->frozen == NULL)
        VTI_TRY(put_up(g, g->full, g->count, &g->full_springs, err));
    g->zero = s->energy;
    g->surface.floats = s->frozen == NULL;
    g->surface.complete = true;
    g->surface.count = 3 * g->count;
    return VT_OK;
}

/* Energy where nothing has moved. */
static vt_status look_at_start(vti_ground *g, vt_error *err) {
    vt_system *inner = g->inner;
    vt_result result;
    VTI_TRY(vt_system_evaluate(inner, VT_WANT_ENERGY, &result, err));
    count_evaluation(g, inner);
    g->zero = result.energy;
    return VT_OK;
}

/* The inner system of who is active now; all atoms where the box is too thin for a region, or the
   region too large. */
static vt_status cut(vti_ground *g, vt_error *err) {
    const vt_search_options *o = &g->searches->options;
    if (g->all) return VT_OK;
    if (o->all) return take_all(g, err);
    vt_error why = {0};
    vt_status st =
        vt_system_confine(g->searches->whole, g->active, g->count, o->margin, &g->inner, &why);
    if (st == VT_EINVAL || st == VT_EUNSUPPORTED) return take_all(g, err);
    if (vt_failed(st)) return vt_fail(err, st, "%s", why.msg);
    count_evaluation(g, g->inner); /* to find densities */
    for (size_t k = 0; k < g->count; k++) memcpy(g->start[k], g->inner->r[k], sizeof g->start[k]);
    VTI_TRY(look_at_start(g, err));
    vti_preconditioner_destroy(g->springs);
    g->springs = NULL;
    VTI_TRY(put_up(g, g->inner, g->count, &g->springs, err));
    g->spent.cut += 2;
    g->surface.count = 3 * g->count;
    return VT_OK;
}

/* ---------------------------------------------------------------- the surface ---- */

static vt_status evaluate(void *context, const double *x, double *energy, double *force,
                          vt_error *err) {
    vti_ground *g = context;
    vt_system *system = evaluated(g);
    if (atomic_load_explicit(&g->stop, memory_order_relaxed)) return vt_fail_interrupted(err);
    for (size_t k = 0; k < g->count; k++) {
        double *r = system->r[g->all ? g->place[k] : k];
        for (size_t q = 0; q < 3; q++) r[q] = g->start[k][q] + x[3 * k + q];
    }
    vt_system_moved(system);
    vt_result result;
    count_evaluation(g, system);
    VTI_TRY(vt_system_evaluate(system, VT_WANT_ENERGY, &result, err));
    *energy = result.energy - g->zero;
    for (size_t k = 0; k < g->count; k++)
        memcpy(force + 3 * k, system->f[g->all ? g->place[k] : k], 3 * sizeof *force);
    return VT_OK;
}

static bool respond(void *context, const double *f, double *d) {
    vti_ground *g = context;
    size_t n = g->count;
    vti_preconditioner *springs = g->all ? g->full_springs : g->springs;
    if (springs == NULL ||
        vt_failed(vt_reserve(&g->turned, &g->turned_room, 3 * n, n, sizeof *g->turned, "", NULL)))
        return false;
    for (size_t k = 0; k < n; k++)
        for (size_t q = 0; q < 3; q++) g->turned[q * n + (g->all ? g->place[k] : k)] = f[3 * k + q];
    if (!vti_preconditioner_solve(springs, g->turned, g->turned)) return false;
    for (size_t k = 0; k < n; k++)
        for (size_t q = 0; q < 3; q++) d[3 * k + q] = g->turned[q * n + (g->all ? g->place[k] : k)];
    return true;
}

static const double NOWHERE[3] = {0};

static double length2(const double *a, const double *b) {
    double sum = 0;
    for (int q = 0; q < 3; q++) sum += (a[q] - b[q]) * (a[q] - b[q]);
    return sum;
}

/* ---------------------------------------------------------------- all forces ---- */

typedef struct {
    double f2;
    int32_t atom;
} felt;

/* Forces at x on everybody within `reach` of who moves, in a region that holds them all; it serves
   until somebody joins. */
static vt_status look_near(vti_ground *g, look *l, double reach, const double *x, vt_error *err) {
    const vt_searches *s = g->searches;
    if (l->of != g->count) {
        size_t nears, next = g->count;
        l->of = 0;
        int32_t *near = vt_system_near(s->whole, g->active, g->count, reach, &nears, err);
        if (near == NULL) return VT_ENOMEM;
        vt_status st =
            vt_reserve(&l->atom, &l->room, nears, nears / 2, sizeof *l->atom, "a region", err);
        if (!vt_failed(st)) memcpy(l->atom, g->active, g->count * sizeof *l->atom);
        for (size_t k = 0; k < nears && !vt_failed(st); k++)
            if (!g->member[near[k]]) l->atom[next++] = near[k];
        vt_free(near);
        if (!vt_failed(st))
            st = vt_system_confine(s->whole, l->atom, next, s->options.margin, &l->system, err);
        VTI_TRY(st);
        count_evaluation(g, l->system);
        g->spent.cut++;
        l->of = g->count;
        l->count = next;
    }
    for (size_t k = 0; k < 3 * g->count; k++)
        l->system->r[k / 3][k % 3] = g->start[k / 3][k % 3] + x[k];
    vt_system_moved(l->system);
    count_evaluation(g, l->system);
    return vt_system_evaluate(l->system, 0, NULL, err);
}

/* The same of all atoms, where no such region fits into the box. */
static vt_status look_everywhere(vti_ground *g, const double *x, vt_error *err) {
    VTI_TRY(open_full(g, err));
    VTI_TRY(put_at_start(g, err));
    vt_system *full = g->full;
    for (size_t k = 0; k < g->count; k++)
        for (size_t q = 0; q < 3; q++) full->r[g->full_place[g->active[k]]][q] += x[3 * k + q];
    vt_system_moved(full);
    count_evaluation(g, full);
    return vt_system_evaluate(full, 0, NULL, err);
}

/* The forces of such a look, list with room for all atoms. */
static size_t list_felt(const vt_system *system, size_t count, felt *list) {
    for (size_t k = 0; k < count; k++)
        list[k] = (felt){length2(system->f[k], NOWHERE), system->order[k]};
    return count;
}

/* The norm of all forces: those that moved atoms reach as they are now, the others as they were. */
static double norm_of_all(const vti_ground *g, const felt *list, size_t felts, bool everywhere) {
    const vt_searches *s = g->searches;
    double sum = everywhere ? 0 : s->residual2;
    for (size_t k = 0; k < felts; k++) {
        size_t atom = (size_t)list[k].atom;
        if (s->frozen != NULL && s->frozen[atom]) continue;
        sum += list[k].f2;
        if (!everywhere) sum -= length2(s->whole->f[vt_system_place(s->whole, atom)], NOWHERE);
    }
    return sqrt(fmax(0, sum));
}

static vt_status verify(void *context, const double *x, double *norm, vt_error *err) {
    vti_ground *g = context;
    const vt_searches *s = g->searches;
    felt *list = vt_alloc(s->atoms->count, sizeof *list);
    if (list == NULL) return vt_fail_memory(err, s->atoms->count, sizeof *list, "a region");
    size_t felts = 0;
    double reach = vt_potential_influence(s->potential);
    vt_error why = {0};
    vt_status st = g->all ? VT_EUNSUPPORTED : look_near(g, &g->outer, reach, x, &why);
    bool everywhere = st == VT_EINVAL || st == VT_EUNSUPPORTED;
    if (everywhere) st = look_everywhere(g, x, &why);
    if (!vt_failed(st))
        felts = everywhere ? list_felt(g->full, g->full->count, list)
                           : list_felt(g->outer.system, g->outer.count, list);
    if (!vt_failed(st)) *norm = norm_of_all(g, list, felts, everywhere);
    vt_free(list);
    return vt_failed(st) ? vt_fail(err, st, "%s", why.msg) : st;
}

/* ---------------------------------------------------------------- more atoms ---- */

static vt_status grow(void *context, const double *x, size_t *count, vt_error *err) {
    enum { MOST = 64 };
    vti_ground *g = context;
    const vt_search_options *o = &g->searches->options;
    if (g->all) return VT_OK;
    size_t before = g->count, called = 0;
    int32_t caller[MOST];
    for (size_t k = 0; k < before && called < MOST; k++)
        if (length2(x + 3 * k, NOWHERE) > o->margin * o->margin) caller[called++] = g->active[k];
    VTI_TRY(join_near(g, caller, called, o->radius, err));
    if (g->count > before) VTI_TRY(cut(g, err));
    *count = g->surface.count;
    return VT_OK;
}

static int most_first(const void *a, const void *b) {
    const felt *p = a, *q = b;
    return (p->f2 < q->f2) - (p->f2 > q->f2);
}

/* What may stay on others of the tolerance of the force on all when who feels most joins [1], and
   who joins with them [angstrom]. */
static const double STAYS = 0.3, NEIGHBOR = 4;

/* Let those move who stand still and felt most in the last look at all forces, and their neighbors.
 */
static vt_status join_who_feel(vti_ground *g, vt_error *err) {
    const vt_searches *s = g->searches;
    const look *l = &g->outer;
    size_t others = 0, admitted = 0;
    felt *list = vt_alloc(l->count, sizeof *list);
    int32_t *atom = vt_alloc(l->count, sizeof *atom);
    vt_status st = list != NULL && atom != NULL
                       ? VT_OK
                       : vt_fail_memory(err, l->count, sizeof *list, "a region");
    double left = 0, most = STAYS * s->options.art.force;
    if (!vt_failed(st)) {
        for (size_t k = l->of; k < l->count; k++) {
            if (g->member[l->atom[k]]) continue; /* has joined since */
            list[others++] = (felt){length2(l->system->f[k], NOWHERE), l->atom[k]};
            left += list[others - 1].f2;
        }
        qsort(list, others, sizeof *list, most_first);
        while (admitted < others && left > most * most) {
            left -= list[admitted].f2;
            atom[admitted] = list[admitted].atom;
            admitted++;
        }
        st = join_near(g, atom, admitted, NEIGHBOR, err);
    }
    vt_free(list);
    vt_free(atom);
    return st;
}

/* A region with more of the atoms gains nothing over all of them. */
static const double MOST = 0.7;

static vt_status widen(void *context, size_t *count, vt_error *err) {
    vti_ground *g = context;
    const vt_search_options *o = &g->searches->options;
    const double most = MOST * (double)g->searches->atoms->count;
    if (!g->all) {
        bool looked = g->outer.of > 0;
        vt_status st = VT_OK;
        if (!o->late && !g->widened)
            st = join_near(g, g->active, 1, o->wide, err);
        else if (!o->late && looked)
            st = join_who_feel(g, err);
        VTI_TRY(st);
        bool all = o->late || (g->widened && !looked) || (double)g->count > most;
        VTI_TRY(all ? take_all(g, err) : cut(g, err));
        g->widened = true;
    }
    *count = g->surface.count;
    return VT_OK;
}

/* ---------------------------------------------------------------- life ---- */

vti_ground *vti_ground_create(const vt_searches *searches, vt_error *err) {
    vti_ground *g = vt_alloc(1, sizeof *g);
    if (g != NULL) g->member = vt_alloc(searches->atoms->count, sizeof *g->member);
    if (g == NULL || g->member == NULL) {
        vt_free(g);
        vt_fail_memory(err, searches->atoms->count, 1, "a search");
        return NULL;
    }
    g->searches = searches;
    g->surface = (vt_surface){.context = g,
                              .evaluate = evaluate,
                              .group = 3,
                              .grow = grow,
                              .verify = verify,
                              .widen = widen,
                              .respond = respond};
    return g;
}

void vti_ground_destroy(vti_ground *g) {
    if (g == NULL) return;
    vt_system_destroy(g->inner);
    vt_system_destroy(g->outer.system);
    vt_free(g->outer.atom);
    vt_system_destroy(g->full);
    vt_free(g->active);
    vt_free(g->start);
    vt_free(g->place);
    vt_free(g->full_place);
    vt_free(g->member);
    vti_preconditioner_destroy(g->springs);
    vti_preconditioner_destroy(g->full_springs);
    vt_free(g->turned);
    vt_free(g);
}

vt_surface *vti_ground_start_all(vti_ground *g, vt_error *err) {
    return vt_failed(take_all(g, err)) ? NULL : &g->surface;
}

vt_surface *vti_ground_start(vti_ground *g, int32_t center, vt_error *err) {
    for (size_t k = 0; k < g->count; k++) g->member[g->active[k]] = false;
    g->count = 0;
    g->all = g->fresh = false;
    g->outer.of = 0;
    g->widened = false;
    g->surface.abrupt = g->searches->options.late;
    g->surface.floats = g->surface.complete = false;
    g->spent = (vti_spent){0};
    vt_status st = join(g, center, err);
    if (!vt_failed(st) && !g->searches->options.all)
        st = join_near(g, &center, 1, g->searches->options.radius, err);
    if (!vt_failed(st)) st = cut(g, err);
    return vt_failed(st) ? NULL : &g->surface;
}

const int32_t *vti_ground_atoms(const vti_ground *g) {
    return g->active;
}

void vti_ground_stop(vti_ground *g) {
    atomic_store(&g->stop, true);
}

vti_spent vti_ground_spent(const vti_ground *g) {
    return g->spent;
}

/* Springs between neighbors, fitted to how a sample falls back to its minimum: what all searches
   take for its stiffness until they know better. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "saddle/ground.h"

/* The springs are fitted when some steps are done, and again after this many, when what is left of
   the displacements is long waves. */
enum { STEPS = 18, MEMORY = 12 };
static const double SHAKE = 0.05, MOST = 0.1; /* first displacements and longest step [angstrom] */

typedef struct {
    vt_system *system;
    size_t n;                      /* of atoms */
    double *f, *next, *d, *change; /* 3 n: forces, then those after the step, x y z of each atom */
    double *s, *y;                 /* 3 n: all x, all y, all z */
} fall;

static void move(const fall *m, const double *d) {
    for (size_t k = 0; k < 3 * m->n; k++) m->system->r[k / 3][k % 3] += d[k];
    vt_system_moved(m->system);
}

static vt_status look(const fall *m, double *force, vt_error *err) {
    VTI_TRY(vt_system_evaluate(m->system, 0, NULL, err));
    for (size_t k = 0; k < 3 * m->n; k++) force[k] = m->system->f[k / 3][k % 3];
    return VT_OK;
}

static void shake(const fall *m) {
    for (size_t k = 0; k < m->n; k++) {
        double u[4];
        vt_random_uniform2(1, VT_STREAM_ART, k, 0, u);
        vt_random_uniform2(1, VT_STREAM_ART, k, 1, u + 2);
        for (size_t q = 0; q < 3; q++) m->d[3 * k + q] = SHAKE * (2 * u[q] - 1);
    }
    move(m, m->d);
}

static vt_status step(fall *m, vti_quasi *quasi, vti_preconditioner *springs, vt_error *err) {
    size_t n = m->n;
    double most = 0;
    vti_quasi_step(quasi, NULL, 3 * n, m->f, NULL, m->d);
    for (size_t k = 0; k < 3 * n; k++) most = fmax(most, fabs(m->d[k]));
    if (!isfinite(most)) return VT_CONTINUE;
    if (most > MOST)
        for (size_t k = 0; k < 3 * n; k++) m->d[k] *= MOST / most;
    move(m, m->d);
    VTI_TRY(look(m, m->next, err));
    for (size_t k = 0; k < 3 * n; k++) {
        m->change[k] = m->next[k] - m->f[k];
        m->s[k % 3 * n + k / 3] = m->d[k];
        m->y[k % 3 * n + k / 3] = -m->change[k];
    }
    VTI_TRY(vti_quasi_learn(quasi, 3 * n, m->d, m->change, err));
    const vti_places places = vti_places_of_system(m->system);
    vti_preconditioner_learn(springs, &places, m->s, m->y);
    memcpy(m->f, m->next, 3 * n * sizeof *m->f);
    return VT_OK;
}

static vt_status fall_back(fall *m, vti_preconditioner *springs, vt_error *err) {
    vti_quasi *quasi = vti_quasi_create(MEMORY);
    if (quasi == NULL) return vt_fail_memory(err, 1, 64, "searches");
    shake(m);
    vt_status st = look(m, m->f, err);
    for (int k = 0; k < STEPS && st == VT_OK; k++) st = step(m, quasi, springs, err);
    vti_quasi_destroy(quasi);
    return st;
}

vt_status vti_springs_learn(vt_system *system, vti_preconditioner **springs, vt_error *err) {
    size_t n = system->count;
    const vti_places places = vti_places_of_system(system);
    double *room = vt_alloc(6 * 3 * n, sizeof *room);
    double(*start)[4] = vt_alloc(n, sizeof *start);
    vti_preconditioner *made =
        vti_preconditioner_create(&places, vt_potential_cutoff(system->potential), 0, err);
    vt_status st = VT_ENOMEM;
    if (room != NULL && start != NULL && made != NULL) {
        fall m = {system,       n, room, room + 3 * n, room + 6 * n, room + 9 * n, room + 12 * n,
                  room + 15 * n};
        memcpy(start, system->r, n * sizeof *start);
        st = fall_back(&m, made, err);
        memcpy(system->r, start, n * sizeof *start);
        vt_system_moved(system);
    } else if (made != NULL) {
        vt_fail_memory(err, 22 * n, sizeof *room, "searches");
    }
    vt_free(room);
    vt_free(start);
    *springs = made;
    if (st == VT_OK || (st != VT_ENOMEM && st != VT_EINTERRUPT)) return VT_OK; /* or without */
    vti_preconditioner_destroy(made);
    *springs = NULL;
    return st;
}

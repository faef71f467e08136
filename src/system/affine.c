/* What uniform strain and displacements of atoms have to do with each other: the forces that a
   strain leaves on atoms that follow it, and the stress that atoms change when they move. */
#include <math.h>

#include "base/share.h"
#include "base/tensor.h"
#include "system/internal.h"

/* d_a d_b of the six components. */
static void square_of(const double d[3], double dd[6]) {
    for (int p = 0; p < 6; p++) dd[p] = d[VTI_ROW[p]] * d[VTI_COLUMN[p]];
}

/* ---------------------------------------------------------------- forces ---- */

typedef struct {
    const vti_curving *curving;
    double (*density)[6]; /* d rho_i / d eta_p; NULL without embedding */
    double *force;        /* six of all atoms, one after the other */
} straining;

static void densities_of_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const straining *s = context;
    const vti_curving *c = s->curving;
    for (size_t i = from; i < to; i++) {
        vti_near n;
        for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++) {
            if (!vti_near_at(c, i, k, &n)) continue;
            double dd[6];
            square_of(n.d, dd);
            for (int p = 0; p < 6; p++) s->density[i][p] += n.of.at_i.slope / n.r * dd[p];
        }
    }
}

/* The force on atom i is the sum over its neighbors of E'(r) d/r, with
   E' = phi' + F'_i f'_i + F'_j f'_j. Strain changes r by dd_p / r, and F' by F'' d rho. What turns
   d itself adds up to a multiple of the force and is left out. */
static void forces_of_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const straining *s = context;
    const vti_curving *c = s->curving;
    for (size_t i = from; i < to; i++) {
        double sum[6][3] = {{0}};
        vti_near n;
        for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++) {
            if (!vti_near_at(c, i, k, &n)) continue;
            size_t j = (size_t)n.j;
            double dd[6], bend = n.of.phi.curvature - n.of.phi.slope / n.r;
            square_of(n.d, dd);
            const vti_curve *f = &n.of.at_i, *g = &n.of.at_j;
            if (c->embedded != NULL)
                bend += c->embedded[i].slope * (f->curvature - f->slope / n.r) +
                        c->embedded[j].slope * (g->curvature - g->slope / n.r);
            for (int p = 0; p < 6; p++) {
                double along = bend / (n.r * n.r) * dd[p];
                if (c->embedded != NULL)
                    along += (c->embedded[i].curvature * s->density[i][p] * f->slope +
                              c->embedded[j].curvature * s->density[j][p] * g->slope) /
                             n.r;
                for (int m = 0; m < 3; m++) sum[p][m] += along * n.d[m];
            }
        }
        for (size_t p = 0; p < 6; p++)
            for (size_t m = 0; m < 3; m++) s->force[3 * (p * c->system->count + i) + m] = sum[p][m];
    }
}

vt_status vt_system_affine_forces(vt_system *system, double *force, vt_error *err) {
    vti_curving c;
    vt_status st = vti_curving_open(&c, system, err);
    if (vt_failed(st)) return st;
    straining s = {.curving = &c, .force = force};
    if (c.embedded != NULL) {
        s.density = vt_alloc(system->count, sizeof *s.density);
        if (s.density == NULL)
            st = vt_fail_memory(err, system->count, sizeof *s.density, "forces of a strain");
        else
            vti_share(system->count, VTI_CURVING_GRAIN, densities_of_some, &s);
    }
    if (!vt_failed(st)) vti_share(system->count, VTI_CURVING_GRAIN, forces_of_some, &s);
    vt_free(s.density);
    vti_curving_close(&c);
    return st;
}

/* ---------------------------------------------------------------- stress ---- */

typedef struct {
    const vti_curving *curving;
    size_t vectors;
    const double *u; /* vectors x atoms x 3 */
    double *change;  /* atoms x vectors x 6 */
} moving;

/* What a function of the distance with this slope and curvature adds to the change of
   slope d d / r when d changes by `by`. */
static void add_change(const vti_curve *f, const vti_near *n, const double dd[6],
                       const double by[3], double weight, double change[6]) {
    double along = vti_dot3(n->d, by), tension = weight * f->slope / n->r;
    double bend = weight * (f->curvature - f->slope / n->r) / (n->r * n->r) * along;
    for (int p = 0; p < 6; p++) {
        int a = VTI_ROW[p], b = VTI_COLUMN[p];
        change[p] += bend * dd[p] + tension * (by[a] * n->d[b] + n->d[a] * by[b]);
    }
}

/* Change of W_i = sum_j [phi'/2 + F'_i f'_i] d d / r along one vector. */
static void change_of_atom(const vti_curving *c, size_t i, const double *u, double change[6]) {
    double lever[6] = {0}, density = 0;
    vti_near n;
    for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++) {
        if (!vti_near_at(c, i, k, &n)) continue;
        double by[3], dd[6];
        for (int m = 0; m < 3; m++) by[m] = u[3 * (size_t)n.j + m] - u[3 * i + m];
        square_of(n.d, dd);
        add_change(&n.of.phi, &n, dd, by, 0.5, change);
        if (c->embedded == NULL) continue;
        const vti_curve *f = &n.of.at_i;
        add_change(f, &n, dd, by, c->embedded[i].slope, change);
        density += f->slope / n.r * vti_dot3(n.d, by);
        for (int p = 0; p < 6; p++) lever[p] += f->slope / n.r * dd[p];
    }
    if (c->embedded == NULL) return;
    for (int p = 0; p < 6; p++) change[p] += c->embedded[i].curvature * density * lever[p];
}

static void changes_of_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const moving *m = context;
    size_t n = m->curving->system->count;
    for (size_t i = from; i < to; i++)
        for (size_t k = 0; k < m->vectors; k++) {
            double change[6] = {0};
            change_of_atom(m->curving, i, m->u + 3 * n * k, change);
            for (size_t p = 0; p < 6; p++) m->change[6 * (i * m->vectors + k) + p] = change[p];
        }
}

vt_status vt_system_stress_changes(vt_system *system, size_t vectors, const double *u,
                                   double *change, vt_error *err) {
    vti_curving c;
    vt_status st = vti_curving_open(&c, system, err);
    if (vt_failed(st)) return st;
    moving m = {&c, vectors, u, change};
    vti_share(system->count, VTI_CURVING_GRAIN, changes_of_some, &m);
    vti_curving_close(&c);
    return st;
}

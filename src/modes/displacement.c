/* How far atoms get from their places when they vibrate harmonically. */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "modes/internal.h"
#include "neighbors/places.h"
#include "system/places.h"
#include "vitrum/units.h"

enum { WIDE = VT_HESSIAN_WIDE };

/* To which 1/eigenvalue is approximated, as a share. */
static const double PRECISION = 1e-5;

typedef struct {
    vti_operator *op;
    const vt_displacement_options *o;
    size_t modes;
    double *value, *residual, *vector; /* of the lowest modes */
    double *sum;                       /* repeats x atoms */
    int32_t *color, colors;
    double *v, *z, *inside;
    float *r, *x, *y;
} solver;

/* ---------------------------------------------------------------- colors ---- */

/* Atoms of one color are further apart than `reach`: each takes the first color that no neighbor
   has. */
static vt_status color_atoms(solver *s, vt_error *err) {
    const vt_system *system = s->op->system;
    vt_neighbors *list = vt_neighbors_create(s->o->reach, 0, err);
    if (list == NULL) return err != NULL ? err->code : VT_ENOMEM;
    const vti_places places = vti_places_of_system(system);
    vt_status st = vti_neighbors_update(list, &places, err);
    size_t most = 0;
    for (size_t i = 0; i < system->count && !vt_failed(st); i++)
        if (list->first[i + 1] - list->first[i] > most) most = list->first[i + 1] - list->first[i];
    size_t *taken = vt_alloc(most + 1, sizeof *taken); /* by which atom, plus 1 */
    if (!vt_failed(st) && taken == NULL)
        st = vt_fail_memory(err, most + 1, sizeof *taken, "displacements");
    for (size_t i = 0; i < system->count; i++) s->color[i] = -1;
    for (size_t i = 0; i < system->count && !vt_failed(st); i++) {
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            int32_t color = s->color[list->parent[list->neighbor[k]]];
            if (color >= 0 && (size_t)color <= most) taken[color] = i + 1;
        }
        int32_t free = 0;
        while (taken[free] == i + 1) free++;
        s->color[i] = free;
        if (free >= s->colors) s->colors = free + 1;
    }
    vt_free(taken);
    vt_neighbors_destroy(list);
    return st;
}

/* ---------------------------------------------------------------- probes ---- */

typedef struct {
    size_t repeat;
    int32_t color;
    size_t axis;
} probe;

static probe probe_of(const solver *s, size_t p) {
    size_t colors = (size_t)s->colors;
    return (probe){p / (3 * colors), (int32_t)(p / 3 % colors), p % 3};
}

static double sign_of(const solver *s, const probe *p, size_t i) {
    uint32_t bits[4];
    vt_random_block(s->o->seed, VT_STREAM_MODES, (uint64_t)s->op->system->order[i],
                    (UINT64_C(1) << 32) + p->repeat, bits);
    return bits[p->axis] & 1 ? 1 : -1;
}

/* Take the lowest modes and the zeros out of `count` vectors. */
static void project(const solver *s, size_t count, double *v) {
    int n = (int)s->op->n, modes = (int)s->modes, vectors = (int)count;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, vectors, modes, n, 1, v, n, s->vector, n,
                0, s->inside, modes);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, vectors, n, modes, -1, s->inside, modes,
                s->vector, n, 1, v, n);
    for (size_t k = 0; k < count; k++) vti_project(s->op, v + k * s->op->n);
}

/* y = H^-1 r for what is left of the spectrum, by the Chebyshev series of 1/value, summed after
   Clenshaw. */
static vt_status solve(solver *s, float **answer, vt_error *err) {
    double low = s->value[s->modes - 1], high = s->op->largest;
    double c = 0.5 * (high + low), e = 0.5 * (high - low), root = sqrt(high * low);
    double q = (c - root) / e;
    int degree = (int)ceil(log(PRECISION) / log(q)) + 1;
    size_t bytes = WIDE * s->op->n * sizeof *s->x;
    memset(s->x, 0, bytes);
    memset(s->y, 0, bytes);
    float *x = s->x, *y = s->y;
    for (int k = degree; k >= 0; k--) {
        double twice = k > 0 ? 2 : 1;
        double factor = twice / root * pow(q, k) * (k % 2 == 0 ? 1 : -1);
        vt_hessian_step step = {
            .h = (float)(twice / e), .x_factor = (float)(-twice * c / e), .y_factor = -1};
        for (size_t m = 0; m < WIDE; m++) step.r_factor[m] = (float)factor;
        VTI_TRY(vt_hessian_wide_step(s->op->hessian, &step, x, s->r, y, err));
        float *swap = x;
        x = y;
        y = swap;
    }
    s->op->products += (int64_t)(degree + 1) * WIDE;
    *answer = x;
    return VT_OK;
}

/* Probes first to first + count - 1. */
static vt_status do_probes(solver *s, size_t first, size_t count, vt_error *err) {
    size_t n = s->op->n, atoms = n / 3;
    memset(s->z, 0, count * n * sizeof *s->z);
    for (size_t k = 0; k < count; k++) {
        const probe p = probe_of(s, first + k);
        for (size_t i = 0; i < atoms; i++)
            if (s->color[i] == p.color) s->z[k * n + 3 * i + p.axis] = sign_of(s, &p, i);
    }
    memcpy(s->v, s->z, count * n * sizeof *s->v);
    project(s, count, s->v);
    vt_hessian_wide_load(s->op->hessian, count, s->v, NULL, s->r);
    float *answer;
    VTI_TRY(solve(s, &answer, err));
    vt_hessian_wide_store(s->op->hessian, count, answer, NULL, NULL, s->v);
    project(s, count, s->v);
    for (size_t k = 0; k < count; k++) {
        const probe p = probe_of(s, first + k);
        double *sum = s->sum + p.repeat * atoms;
        for (size_t i = 0; i < atoms; i++) {
            size_t at = k * n + 3 * i + p.axis;
            sum[i] += s->z[at] * s->v[at];
        }
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- sums ---- */

/* Boltzmann's constant over the mass, by the place in the system. */
static double factor_of(const vti_operator *op, size_t i) {
    return VT_BOLTZMANN / op->system->species[op->system->type[i]].mass;
}

/* sum over modes of |e_i|^2/value; vectors in the system's order. */
static void add_modes(size_t count, size_t atoms, const double *value, const double *vector,
                      double *sum) {
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < atoms; i++) {
            const double *e = vector + 3 * (atoms * k + i);
            sum[i] += (e[0] * e[0] + e[1] * e[1] + e[2] * e[2]) / value[k];
        }
}

/* Means over repeats, and the error. */
static void collect(const solver *s, double *displacement, vt_displacement_report *report) {
    const vti_operator *op = s->op;
    size_t atoms = op->n / 3, repeats = s->o->repeats;
    double *total = s->z, squares = 0; /* room */
    memset(total, 0, atoms * sizeof *total);
    add_modes(s->modes, atoms, s->value, s->vector, total);
    for (size_t i = 0; i < atoms; i++) {
        double mean = 0, spread = 0;
        for (size_t k = 0; k < repeats; k++) mean += s->sum[k * atoms + i] / (double)repeats;
        for (size_t k = 0; k < repeats; k++) {
            double off = s->sum[k * atoms + i] - mean;
            spread += off * off / (double)(repeats * (repeats - 1));
        }
        total[i] += mean;
        squares += spread / (total[i] * total[i]);
        displacement[op->system->order[i]] = total[i] * factor_of(op, i);
    }
    report->error = sqrt(squares / (double)atoms);
}

/* ---------------------------------------------------------------- large samples ---- */

static vt_status solver_open(solver *s, vt_error *err) {
    size_t n = s->op->n, atoms = n / 3, k = s->modes;
    s->value = vt_alloc(2 * k, sizeof *s->value);
    s->vector = vt_alloc(k * n, sizeof *s->vector);
    s->sum = vt_alloc(s->o->repeats * atoms, sizeof *s->sum);
    s->color = vt_alloc(atoms, sizeof *s->color);
    s->v = vt_alloc(WIDE * n, sizeof *s->v);
    s->z = vt_alloc(WIDE * n, sizeof *s->z);
    s->inside = vt_alloc(WIDE * k, sizeof *s->inside);
    s->r = vt_alloc(WIDE * n, sizeof *s->r);
    s->x = vt_alloc(WIDE * n, sizeof *s->x);
    s->y = vt_alloc(WIDE * n, sizeof *s->y);
    if (!s->value || !s->vector || !s->sum || !s->color || !s->v || !s->z || !s->inside || !s->r ||
        !s->x || !s->y)
        return vt_fail_memory(err, (k + 4 * WIDE) * n, sizeof(double), "displacements");
    s->residual = s->value + k;
    return VT_OK;
}

static void solver_close(solver *s) {
    void *const memory[] = {s->value,  s->vector, s->sum, s->color, s->v,
                            s->inside, s->r,      s->x,   s->y,     s->z};
    for (size_t k = 0; k < sizeof memory / sizeof *memory; k++) vt_free(memory[k]);
}

/* The first half of the work. */
static bool tell_modes(void *context, double done) {
    const vt_displacement_options *o = context;
    return o->progress == NULL || o->progress(o->context, 0.5 * done);
}

static vt_status find_modes(solver *s, vt_error *err) {
    vt_displacement_options copy = *s->o;
    vt_modes_options o = vt_modes_defaults();
    o.count = s->modes;
    o.tolerance = copy.tolerance;
    o.rounds = copy.rounds;
    o.seed = copy.seed;
    o.progress = tell_modes;
    o.context = &copy;
    vt_modes_report report = {0};
    return vti_lowest(s->op, &o, true, s->value, s->residual, s->vector, &report, err);
}

static vt_status by_probes(vti_operator *op, const vt_displacement_options *o, double *displacement,
                           vt_displacement_report *report, vt_error *err) {
    solver s = {.op = op, .o = o, .modes = o->modes};
    vt_status st = solver_open(&s, err);
    if (!vt_failed(st)) st = find_modes(&s, err);
    if (!vt_failed(st)) st = color_atoms(&s, err);
    size_t probes = o->repeats * 3 * (size_t)s.colors;
    openblas_set_num_threads(1);
    for (size_t p = 0; p < probes && !vt_failed(st); p += WIDE) {
        st = do_probes(&s, p, probes - p < WIDE ? probes - p : WIDE, err);
        if (!vt_failed(st) && o->progress != NULL &&
            !o->progress(o->context, 0.5 + 0.5 * (double)p / (double)probes))
            st = vt_fail_interrupted(err);
    }
    report->probes = probes;
    if (!vt_failed(st)) collect(&s, displacement, report);
    solver_close(&s);
    return st;
}

/* ---------------------------------------------------------------- all ---- */

static vt_status by_all_modes(vti_operator *op, double *displacement, vt_error *err) {
    size_t n = op->n, atoms = n / 3, modes = n - op->zeros;
    double *vector = vt_alloc(n * modes + 2 * modes + atoms, sizeof *vector);
    if (vector == NULL) return vt_fail_memory(err, n * modes, sizeof *vector, "displacements");
    double *value = vector + n * modes, *residual = value + modes, *sum = residual + modes;
    vt_status st = vti_operator_bound(op, err);
    if (!vt_failed(st)) st = vti_dense(op, false, true, modes, value, residual, vector, err);
    if (!vt_failed(st) && !(value[0] > -VTI_NEGATIVE * op->largest))
        st = vti_no_minimum(value[0], err);
    if (!vt_failed(st)) add_modes(modes, atoms, value, vector, sum);
    for (size_t i = 0; i < atoms && !vt_failed(st); i++)
        displacement[op->system->order[i]] = sum[i] * factor_of(op, i);
    vt_free(vector);
    return st;
}

vt_displacement_options vt_displacement_defaults(void) {
    const vt_modes_options m = vt_modes_defaults();
    return (vt_displacement_options){.modes = 100,
                                     .tolerance = 1e-6,
                                     .rounds = m.rounds,
                                     .reach = 8,
                                     .repeats = 2,
                                     .seed = m.seed};
}

static vt_status check(const vt_system *system, const vt_displacement_options *o, vt_error *err) {
    size_t total = vt_modes_total(system);
    if (total == 0) return vt_fail(err, VT_EINVAL, "%zu atoms have no vibrations", system->count);
    if (!(o->reach > 0 && o->reach <= 50))
        return vt_fail(err, VT_EINVAL, "reach is %g A; it must be above 0 and at most 50 A",
                       o->reach);
    if (o->repeats < 2 || o->repeats > 1000)
        return vt_fail(err, VT_EINVAL, "repeats is %zu; it must be 2 to 1000", o->repeats);
    if (o->modes < 1 || 3 * o->modes > total)
        if (system->count > VT_DISPLACEMENT_DENSE)
            return vt_fail(err, VT_EINVAL,
                           "modes is %zu; it must be 1 to %zu, a third of all that %zu atoms have",
                           o->modes, total / 3, system->count);
    return VT_OK;
}

vt_status vt_displacement(vt_system *system, const vt_displacement_options *options,
                          double *displacement, vt_displacement_report *report, vt_error *err) {
    *report = (vt_displacement_report){0};
    vti_operator op;
    vt_status st = vti_operator_open(&op, system, err);
    if (!vt_failed(st)) st = check(system, options, err);
    if (!vt_failed(st))
        st = system->count <= VT_DISPLACEMENT_DENSE
                 ? by_all_modes(&op, displacement, err)
                 : by_probes(&op, options, displacement, report, err);
    report->products = op.products;
    report->zeros = op.zeros;
    vti_operator_close(&op);
    return st;
}

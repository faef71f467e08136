/* Elastic constants at 0 K: Born term and non-affine term. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/tensor.h"
#include "base/try.h"
#include "mechanics/strained.h"
#include "minimize/vectors.h"
#include "vitrum/mechanics.h"
#include "vitrum/units.h"

enum { STRAINS = 6, GRAIN = 1024 /* atoms that a thread takes at a time */ };

/* Forces below this are the rounding of those of a perfect crystal, which leave nothing to solve
   [eV/angstrom, root of the mean square]. */
static const double NO_FORCE = 1e-9;

/* ---------------------------------------------------------------- conjugate gradients ---- */

/* H u = b for the six strains at once, each with steps of its own: products of the Hessian with
   several vectors cost little more than with one. The 3 x 3 blocks of the atoms are the
   preconditioner. */
typedef struct {
    vt_hessian *hessian;
    size_t count;
    double (*inverse)[3][3];   /* of the diagonal blocks; NULL: none */
    double *u, *r, *z, *p, *q; /* STRAINS x count x 3 each */
    bool open[STRAINS];        /* not solved yet */
} solver;

static void solver_close(solver *s) {
    vt_free(s->inverse);
    vt_free(s->r);
    vt_free(s->z);
    vt_free(s->p);
    vt_free(s->q);
}

static vt_status make_preconditioner(solver *s, vt_error *err) {
    s->inverse = vt_alloc(s->count, sizeof *s->inverse);
    if (s->inverse == NULL) return vt_fail_memory(err, s->count, 72, "elastic constants");
    VTI_TRY(vt_hessian_diagonal(s->hessian, s->inverse, err));
    for (size_t i = 0; i < s->count; i++) {
        double inverse[3][3];
        /* An atom with a block that is no good is a sign of a saddle, which the equations find. */
        double d = vti_invert3(s->inverse[i], inverse);
        bool good = isfinite(d) && d > 0 && inverse[0][0] > 0 && inverse[2][2] > 0;
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) s->inverse[i][a][b] = good ? inverse[a][b] : a == b ? 1 : 0;
    }
    return VT_OK;
}

static vt_status solver_open(solver *s, vt_hessian *hessian, size_t count, double *u, double *b,
                             bool blocks, vt_error *err) {
    size_t numbers = STRAINS * 3 * count;
    *s = (solver){.hessian = hessian, .count = count, .u = u};
    s->r = vt_alloc(numbers, sizeof *s->r);
    s->z = vt_alloc(numbers, sizeof *s->z);
    s->p = vt_alloc(numbers, sizeof *s->p);
    s->q = vt_alloc(numbers, sizeof *s->q);
    if (!s->r || !s->z || !s->p || !s->q)
        return vt_fail_memory(err, numbers, 4 * sizeof *s->r, "elastic constants");
    memset(u, 0, numbers * sizeof *u);
    memcpy(s->r, b, numbers * sizeof *b);
    return blocks ? make_preconditioner(s, err) : VT_OK;
}

/* z = M r */
static void precondition_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const solver *s = context;
    for (size_t k = 0; k < STRAINS; k++)
        for (size_t i = from; i < to; i++) {
            size_t at = 3 * (s->count * k + i);
            if (s->inverse != NULL)
                vti_row_times3(s->r + at, s->inverse[i], s->z + at);
            else
                memcpy(s->z + at, s->r + at, 3 * sizeof *s->z);
        }
}

static double dot(const solver *s, const double *x, const double *y, size_t strain) {
    size_t n = 3 * s->count;
    return vti_dot(n, x + n * strain, y + n * strain);
}

/* p = z + b p */
static void turn(solver *s, double b, size_t strain) {
    size_t n = 3 * s->count;
    const double *z = s->z + n * strain;
    double *p = s->p + n * strain;
    for (size_t i = 0; i < n; i++) p[i] = z[i] + b * p[i];
}

/* u += a p, r -= a q */
static void advance(solver *s, double a, size_t strain) {
    size_t n = 3 * s->count;
    vti_axpy(n, a, s->p + n * strain, s->u + n * strain);
    vti_axpy(n, -a, s->q + n * strain, s->r + n * strain);
}

static double largest(const double v[STRAINS]) {
    double most = 0;
    for (int k = 0; k < STRAINS; k++) most = fmax(most, v[k]);
    return most;
}

static vt_status negative_curvature(vt_error *err) {
    return vt_fail(
        err, VT_EINVAL,
        "the atoms are not in a minimum of the energy: it falls along some direction, so "
        "there are no elastic constants; minimize first, to a smaller force");
}

static vt_status solve(solver *s, const vt_elastic_options *o, vt_elastic *result, vt_error *err) {
    double goal[STRAINS], rz[STRAINS], left[STRAINS] = {0};
    int open = 0;
    for (size_t k = 0; k < STRAINS; k++) {
        double norm = sqrt(dot(s, s->r, s->r, k));
        s->open[k] = norm > sqrt((double)(3 * s->count)) * NO_FORCE;
        goal[k] = o->tolerance * norm;
        open += s->open[k];
    }
    for (int64_t round = 0; open > 0; round++) {
        if (round == o->rounds)
            return vt_fail(
                err, VT_EDIVERGED,
                "the atoms' places under strain were not found in %lld steps: the forces "
                "left over are %.1e of those that the strain makes, not %g",
                (long long)o->rounds, largest(left) * o->tolerance, o->tolerance);
        vti_share(s->count, GRAIN, precondition_some, s);
        for (size_t k = 0; k < STRAINS; k++) {
            if (!s->open[k]) continue;
            double next = dot(s, s->r, s->z, k);
            turn(s, round > 0 ? next / rz[k] : 0, k);
            rz[k] = next;
        }
        VTI_TRY(vt_hessian_times(s->hessian, STRAINS, s->p, s->q, err));
        for (size_t k = 0; k < STRAINS; k++) {
            if (!s->open[k]) continue;
            double curvature = dot(s, s->p, s->q, k);
            if (!(curvature > 0)) return negative_curvature(err);
            advance(s, rz[k] / curvature, k);
            left[k] = sqrt(dot(s, s->r, s->r, k)) / goal[k];
            s->open[k] = left[k] > 1;
            open -= !s->open[k];
        }
        result->rounds = round + 1;
        result->residual = largest(left) * o->tolerance;
        if (o->progress != NULL && !o->progress(o->context, largest(left)))
            return vt_fail_interrupted(err);
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- constants ---- */

/* The Born term and the forces on atoms that follow a strain. */
static vt_status affine(vt_system *system, const vt_elastic_options *o, vt_elastic *result,
                        double *force, double *atom_born, vt_error *err) {
    double born[VT_BORN_CONSTANTS];
    if (vt_system_has_curvature(system)) {
        VTI_TRY(vt_system_born(system, born, atom_born, err));
        VTI_TRY(vt_system_affine_forces(system, force, err));
    } else {
        result->differences = true;
        VTI_TRY(vti_strained(system, o->strain, born, force, err));
    }
    vt_born_matrix(born, result->born);
    return VT_OK;
}

static vt_status parts_of_atoms(vt_system *system, const double *u, const double *atom_born,
                                double (*atom)[6][6], vt_error *err) {
    size_t n = system->count;
    double(*change)[STRAINS][6] = vt_alloc(n, sizeof *change);
    if (change == NULL) return vt_fail_memory(err, n, sizeof *change, "the atoms' constants");
    vt_status st = vt_system_stress_changes(system, STRAINS, u, &change[0][0][0], err);
    double scale = (double)n * VT_GPA / vt_box_volume(&system->box);
    for (size_t i = 0; i < n && !vt_failed(st); i++) {
        vt_born_matrix(atom_born + i * VT_BORN_CONSTANTS, atom[i]);
        for (int p = 0; p < 6; p++)
            for (int q = 0; q < 6; q++) atom[i][p][q] += scale * change[i][q][p];
    }
    vt_free(change);
    return st;
}

static void finish(const solver *s, const double *force, double volume, vt_elastic *result) {
    double all[VT_BORN_CONSTANTS];
    size_t n = 3 * s->count;
    for (size_t q = 0; q < STRAINS; q++)
        for (size_t p = 0; p <= q; p++) /* the force of strain p with the answer to strain q */
            result->nonaffine[p][q] = result->nonaffine[q][p] =
                -vti_dot(n, force + n * p, s->u + n * q) * VT_GPA / volume;
    for (int p = 0; p < 6; p++)
        for (int q = 0; q < 6; q++) {
            result->c[p][q] = result->born[p][q] + result->nonaffine[p][q];
            all[vt_born_index(p, q)] = result->c[p][q];
        }
    vt_born_under_stress(all, result->stress, result->under_stress);
}

vt_status vt_elastic_check(const vt_system *system, bool atoms, vt_error *err) {
    if (system->count == 0)
        return vt_fail(err, VT_EINVAL, "there are no atoms, and so no elastic constants");
    for (int axis = 0; axis < 3; axis++)
        if (!system->box.periodic[axis])
            return vt_fail(
                err, VT_EINVAL,
                "the box is free along %c, so its volume is none of the sample's; elastic "
                "constants need a box that is periodic along all axes. For a slab, cut a "
                "piece out of its inside, or pull it",
                "abc"[axis]);
    if (atoms && !vt_system_has_curvature(system))
        return vt_fail(
            err, VT_EUNSUPPORTED,
            "the potential %s gives no second derivatives, from which the parts of atoms "
            "are made; leave them out",
            vt_potential_file(system->potential)[0] ? vt_potential_file(system->potential)
                                                    : vt_potential_name(system->potential));
    return VT_OK;
}

static vt_status check(const vt_system *system, const vt_elastic_options *o, bool atoms,
                       vt_error *err) {
    if (!(o->tolerance >= 1e-12 && o->tolerance <= 0.1))
        return vt_fail(err, VT_EINVAL, "tolerance is %g; it must be 1e-12 to 0.1", o->tolerance);
    if (!(o->strain >= 1e-7 && o->strain <= 0.01))
        return vt_fail(err, VT_EINVAL, "strain is %g; it must be 1e-7 to 0.01", o->strain);
    if (o->rounds < 1)
        return vt_fail(err, VT_EINVAL, "rounds is %lld; it must be at least 1",
                       (long long)o->rounds);
    return vt_elastic_check(system, atoms, err);
}

vt_elastic_options vt_elastic_defaults(void) {
    return (vt_elastic_options){.tolerance = 1e-5, .rounds = 20000, .strain = 1e-4};
}

static vt_status compute(vt_system *system, const vt_elastic_options *o, vt_elastic *result,
                         double *force, double *u, double *atom_born, double (*atom)[6][6],
                         vt_error *err) {
    VTI_TRY(vt_system_stress(system, false, result->stress, err));
    VTI_TRY(vt_system_evaluate(system, 0, NULL, err));
    for (size_t i = 0; i < system->count; i++)
        result->fmax = fmax(result->fmax, sqrt(vti_dot3(system->f[i], system->f[i])));
    VTI_TRY(affine(system, o, result, force, atom_born, err));
    vt_hessian *hessian = vt_hessian_create(system, NULL, err);
    if (hessian == NULL) return err != NULL ? err->code : VT_ENOMEM;
    solver s;
    vt_status st = solver_open(&s, hessian, system->count, u, force, !result->differences, err);
    if (!vt_failed(st)) st = solve(&s, o, result, err);
    if (!vt_failed(st)) finish(&s, force, vt_box_volume(&system->box), result);
    solver_close(&s);
    vt_hessian_destroy(hessian);
    if (!vt_failed(st) && atom != NULL) st = parts_of_atoms(system, u, atom_born, atom, err);
    return st;
}

vt_status vt_elastic_constants(vt_system *system, const vt_elastic_options *options,
                               vt_elastic *result, double (*atom)[6][6], vt_error *err) {
    vt_elastic_options o = options != NULL ? *options : vt_elastic_defaults();
    *result = (vt_elastic){0};
    VTI_TRY(vt_system_pull(system, err));
    VTI_TRY(check(system, &o, atom != NULL, err));
    size_t n = system->count;
    double *force = vt_alloc(2 * STRAINS * 3 * n, sizeof *force);
    double *atom_born = atom != NULL ? vt_alloc(n * VT_BORN_CONSTANTS, sizeof *atom_born) : NULL;
    vt_status st =
        force == NULL || (atom != NULL && atom_born == NULL)
            ? vt_fail_memory(err, n, 36 * sizeof *force, "elastic constants")
            : compute(system, &o, result, force, force + STRAINS * 3 * n, atom_born, atom, err);
    vt_free(force);
    vt_free(atom_born);
    return st;
}

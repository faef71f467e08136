/* The Hessian as the modes room sees it: motions that cost nothing, and the largest eigenvalue. */
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "base/try.h"
#include "modes/internal.h"
#include "vitrum/units.h"

static const double TWO_PI = 6.283185307179586;

double vt_modes_frequency(double eigenvalue) {
    double nu = sqrt(fabs(eigenvalue) / VT_MASS_VELOCITY2) / TWO_PI;
    return eigenvalue < 0 ? -nu : nu;
}

double vt_modes_eigenvalue(double frequency) {
    double omega = TWO_PI * frequency;
    return copysign(omega * omega * VT_MASS_VELOCITY2, frequency);
}

void vt_modes_participation(size_t count, size_t atoms, const double *vector, double *participation,
                            double *ratio) {
    memset(participation, 0, atoms * sizeof *participation);
    for (size_t k = 0; k < count; k++) {
        double squares = 0, sum = 0;
        for (size_t i = 0; i < atoms; i++) {
            const double *e = vector + 3 * (atoms * k + i);
            double share = vti_dot3(e, e);
            participation[i] += share;
            sum += share;
            squares += share * share;
        }
        ratio[k] = sum * sum / ((double)atoms * squares);
    }
}

/* ---------------------------------------------------------------- vectors ---- */

double vti_normalize(size_t n, double *v) {
    double norm = sqrt(vt_dot(v, v, n));
    if (norm > 0)
        for (size_t k = 0; k < n; k++) v[k] /= norm;
    return norm;
}

void vti_give(const vti_operator *op, bool sorted, size_t count, const double *from, double *to) {
    if (sorted) memcpy(to, from, count * op->n * sizeof *to);
    for (size_t k = 0; k < count && !sorted; k++)
        vt_system_to_user(op->system, 3, from + k * op->n, to + k * op->n);
}

void vti_project(const vti_operator *op, double *v) {
    for (size_t z = 0; z < op->zeros; z++) {
        const double *zero = op->zero + z * op->n;
        double along = vt_dot(zero, v, op->n);
        for (size_t k = 0; k < op->n; k++) v[k] -= along * zero[k];
    }
}

/* Numbers follow the user's order of the atoms, so that results do not depend on how the system
   has sorted them. */
void vti_random_vector(const vti_operator *op, uint64_t seed, size_t k, double *v) {
    for (size_t i = 0; i < op->n / 3; i++) {
        double normal[4];
        vt_random_normal4(seed, VT_STREAM_MODES, k, (uint64_t)op->system->order[i], normal);
        memcpy(v + 3 * i, normal, 3 * sizeof *v);
    }
}

/* ---------------------------------------------------------------- zero modes ---- */

/* Axes about which the whole sample can turn: all of a cluster, that of a wire. */
static int axes_of_rotation(const vt_box *box, double axis[3][3]) {
    int along = -1, periodic = 0;
    for (int k = 0; k < 3; k++)
        if (box->periodic[k]) {
            along = k;
            periodic++;
        }
    memset(axis, 0, 9 * sizeof axis[0][0]);
    if (periodic > 1) return 0;
    if (periodic == 1) {
        double length = sqrt(vti_dot3(box->h[along], box->h[along]));
        for (int m = 0; m < 3; m++) axis[0][m] = box->h[along][m] / length;
        return 1;
    }
    for (int k = 0; k < 3; k++) axis[k][k] = 1;
    return 3;
}

/* Add a motion, unless those that are there contain it. */
static void add_zero(vti_operator *op, double *v) {
    double before = vti_normalize(op->n, v);
    vti_project(op, v);
    vti_project(op, v);
    if (before > 0 && vti_normalize(op->n, v) > 1e-6) op->zeros++;
}

static double root_of_mass(const vt_system *s, size_t i) {
    return sqrt(s->species[s->type[i]].mass);
}

static void add_translations(vti_operator *op) {
    for (size_t m = 0; m < 3; m++) {
        double *v = op->zero + op->zeros * op->n;
        memset(v, 0, op->n * sizeof *v);
        for (size_t i = 0; i < op->system->count; i++) v[3 * i + m] = root_of_mass(op->system, i);
        add_zero(op, v);
    }
}

static void add_rotations(vti_operator *op) {
    const vt_system *s = op->system;
    double axis[3][3], center[3] = {0}, mass = 0;
    int axes = axes_of_rotation(&s->box, axis);
    for (size_t i = 0; i < s->count; i++) {
        double m = s->species[s->type[i]].mass;
        mass += m;
        for (int k = 0; k < 3; k++) center[k] += m * s->r[i][k];
    }
    for (int a = 0; a < axes; a++) {
        double *v = op->zero + op->zeros * op->n;
        for (size_t i = 0; i < s->count; i++) {
            double from[3], w[3];
            for (int k = 0; k < 3; k++) from[k] = s->r[i][k] - center[k] / mass;
            vti_cross3(axis[a], from, w);
            for (size_t k = 0; k < 3; k++) v[3 * i + k] = root_of_mass(s, i) * w[k];
        }
        add_zero(op, v);
    }
}

size_t vt_modes_total(const vt_system *system) {
    double axis[3][3];
    size_t n = 3 * system->count, zeros = 3 + (size_t)axes_of_rotation(&system->box, axis);
    return n > zeros ? n - zeros : 0;
}

/* ---------------------------------------------------------------- life ---- */

vt_status vti_operator_open(vti_operator *op, vt_system *system, vt_error *err) {
    *op = (vti_operator){.system = system};
    VTI_TRY(vt_system_pull(system, err));
    if (system->count == 0) return vt_fail(err, VT_EINVAL, "there are no atoms, and so no modes");
    VTI_TRY(vt_system_evaluate(system, VT_SYSTEM_SORT, NULL, err));
    vt_hessian_options o = vt_hessian_defaults();
    o.mass_weighted = true;
    op->n = 3 * system->count;
    op->hessian = vt_hessian_create(system, &o, err);
    if (op->hessian == NULL) return err != NULL ? err->code : VT_ENOMEM;
    op->zero = vt_alloc(VTI_MOST_ZEROS * op->n, sizeof *op->zero);
    if (op->zero == NULL)
        return vt_fail_memory(err, VTI_MOST_ZEROS * op->n, sizeof *op->zero, "modes");
    add_translations(op);
    add_rotations(op);
    return VT_OK;
}

void vti_operator_close(vti_operator *op) {
    vt_hessian_destroy(op->hessian);
    vt_free(op->zero);
    vt_free(op->scratch);
    *op = (vti_operator){0};
}

/* hv - center v */
static void shift(const vti_operator *op, size_t count, const double *v, double *hv) {
    for (size_t k = 0; k < count * op->n; k++) hv[k] -= op->center * v[k];
}

vt_status vti_times(vti_operator *op, size_t count, const double *v, double *hv, vt_error *err) {
    op->products += (int64_t)(op->folded ? 2 * count : count);
    if (!op->folded) return vt_hessian_times(op->hessian, count, v, hv, err);
    if (op->scratch == NULL) op->scratch = vt_alloc(VTI_MULTIPLE * op->n, sizeof *op->scratch);
    if (op->scratch == NULL)
        return vt_fail_memory(err, VTI_MULTIPLE * op->n, sizeof *op->scratch, "modes");
    VTI_TRY(vt_hessian_times(op->hessian, count, v, op->scratch, err));
    shift(op, count, v, op->scratch);
    VTI_TRY(vt_hessian_times(op->hessian, count, op->scratch, hv, err));
    shift(op, count, op->scratch, hv);
    return VT_OK;
}

void vti_report(const vti_operator *op, vt_modes_report *report) {
    report->largest = op->largest;
    report->zeros = op->zeros;
    report->products = op->products;
}

vt_status vti_no_minimum(double eigenvalue, vt_error *err) {
    return vt_fail(err, VT_EINVAL,
                   "the atoms are in no minimum of the energy: the lowest eigenvalue found is %.3e "
                   "eV/(A^2 amu), a frequency of %.3f i THz; minimize first, to a smaller force",
                   eigenvalue, -vt_modes_frequency(eigenvalue));
}

/* ---------------------------------------------------------------- bound ---- */

enum { STEPS = 24 /* after which the largest eigenvalue is known to a percent or so */ };

/* Largest eigenvalue of the tridiagonal matrix, and what its vector leaves over: Zhou and Li,
   Linear Algebra Appl. 435, 480 (2011). */
static double bound_of(size_t steps, double *diagonal, double *beside) {
    double left = beside[steps - 1], vectors[STEPS * STEPS];
    if (LAPACKE_dstev(LAPACK_COL_MAJOR, 'V', (lapack_int)steps, diagonal, beside, vectors,
                      (lapack_int)steps) != 0)
        return NAN;
    return diagonal[steps - 1] + fabs(left * vectors[steps * steps - 1]);
}

vt_status vti_operator_bound(vti_operator *op, vt_error *err) {
    double *memory = vt_alloc(3 * op->n, sizeof *memory);
    if (memory == NULL) return vt_fail_memory(err, 3 * op->n, sizeof *memory, "modes");
    double *v = memory, *last = v + op->n, *hv = last + op->n;
    double diagonal[STEPS], beside[STEPS], beta = 0;
    size_t steps = 0;
    vti_random_vector(op, 1, 0, v);
    vti_project(op, v);
    vti_normalize(op->n, v);
    vt_status st = VT_OK;
    while (steps < STEPS && steps < op->n && !vt_failed(st)) {
        st = vt_hessian_times(op->hessian, 1, v, hv, err);
        double alpha = vt_dot(v, hv, op->n);
        for (size_t k = 0; k < op->n; k++) hv[k] -= alpha * v[k] + beta * last[k];
        vti_project(op, hv);
        beta = sqrt(vt_dot(hv, hv, op->n));
        diagonal[steps] = alpha;
        beside[steps++] = beta;
        if (!(beta > 1e-10 * fabs(alpha))) break;
        for (size_t k = 0; k < op->n; k++) {
            last[k] = v[k];
            v[k] = hv[k] / beta;
        }
    }
    op->products += (int64_t)steps;
    vt_free(memory);
    if (vt_failed(st)) return st;
    op->largest = 1.005 * bound_of(steps, diagonal, beside);
    if (!isfinite(op->largest))
        return vt_fail(err, VT_EDIVERGED, "the second derivatives are not finite");
    if (op->largest == 0)
        return vt_fail(
            err, VT_EINVAL,
            "nothing holds the atoms: their second derivatives are all zero, as where no "
            "two of them are within the cutoff");
    if (!(op->largest > 0)) return vti_no_minimum(op->largest, err);
    return VT_OK;
}

/* Atoms in a box, fixed or free, as a function of positions and strain.

   The box follows a deformation D of the reference box (row vectors, r = o + (u - o) D), as in
   Tadmor, Smith, Bernstein, Kaxiras, Phys. Rev. B 59, 235 (1999). D is lower triangular, so a box
   in the form that LAMMPS wants keeps that form and nothing rotates; its six entries match the six
   components of the stress. The variables are u and, for the box, length x (D - 1).

   With target stress T = t 1 + T' (T' traceless when xx, yy, zz are all free) the function is
       H = E - t (V - V_start) - V_reference T' : (D - 1) - work done before the reference.
   No function of the box has constant Cauchy stress T' as its derivative; this one has it at
   D = 1, so the reference is moved (vti_enthalpy_refer) until the real stress fits.

   dE/dD = -D^-T W with the virial W, because D moves the atoms that u holds still. */
#include "minimize/enthalpy.h"

#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "base/try.h"
#include "minimize/preconditioner.h"
#include "minimize/vectors.h"
#include "system/places.h"

struct vti_enthalpy {
    vti_objective objective;
    vt_system *system;                  /* borrowed */
    uint64_t stamp, arrangement;        /* the system's when this was last at work */
    vti_preconditioner *preconditioner; /* NULL when not wanted */
    const bool *frozen;                 /* borrowed; NULL: none */
    bool free[6], isotropic, moving;
    double target[6];          /* T' for free components */
    double pull;               /* t */
    double length;             /* of a box variable [angstrom] */
    vt_box reference;          /* D = 1 */
    double start_volume, work; /* [angstrom^3], [eV] */
    double d[3][3];            /* D of the last evaluation */
    vti_evaluated state;
};

/* ---------------------------------------------------------------- deformation ---- */

/* D from the box variables, by component; it has no upper triangle. */
static void deformation(const vti_enthalpy *h, const double *box, double d[3][3]) {
    memset(d, 0, 9 * sizeof(double));
    for (int a = 0; a < 3; a++) d[a][a] = 1;
    if (h->isotropic) {
        for (int a = 0; a < 3; a++) d[a][a] += box[0] / h->length;
        return;
    }
    size_t k = 0;
    for (int c = 0; c < 6; c++)
        if (h->free[c]) d[VTI_COLUMN[c]][VTI_ROW[c]] += box[k++] / h->length;
}

/* Inverse of a lower triangular matrix. */
static void invert(const double d[3][3], double inverse[3][3]) {
    memset(inverse, 0, 9 * sizeof(double));
    for (int a = 0; a < 3; a++) inverse[a][a] = 1 / d[a][a];
    inverse[1][0] = -d[1][0] * inverse[0][0] * inverse[1][1];
    inverse[2][1] = -d[2][1] * inverse[1][1] * inverse[2][2];
    inverse[2][0] = -(d[2][0] * inverse[0][0] + d[2][1] * inverse[1][0]) * inverse[2][2];
}

static bool box_follows(vti_enthalpy *h, const double d[3][3]) {
    vt_box *box = &h->system->box;
    for (int a = 0; a < 3; a++)
        if (!(d[a][a] > 0.1 && d[a][a] < 10)) return false;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            box->h[a][b] = 0;
            for (int k = 0; k < 3; k++) box->h[a][b] += h->reference.h[a][k] * d[k][b];
        }
    return true;
}

/* Positions of the atoms from the variables u. */
static void place(const vti_enthalpy *h, const double *u, const double d[3][3]) {
    size_t n = h->system->count;
    double(*r)[4] = h->system->r;
    const double *ux = u, *uy = u + n, *uz = u + 2 * n, *o = h->reference.origin;
    vt_system_moved(h->system);
    for (size_t i = 0; i < n && !h->moving; i++) {
        r[i][0] = ux[i];
        r[i][1] = uy[i];
        r[i][2] = uz[i];
    }
    for (size_t i = 0; i < n && h->moving; i++) {
        double x = ux[i] - o[0], y = uy[i] - o[1], z = uz[i] - o[2];
        r[i][0] = o[0] + x * d[0][0] + y * d[1][0] + z * d[2][0];
        r[i][1] = o[1] + y * d[1][1] + z * d[2][1];
        r[i][2] = o[2] + z * d[2][2];
    }
}

/* ---------------------------------------------------------------- evaluation ---- */

/* Gradient with respect to the box variables, from the virial; also stress and residuals. */
static void box_gradient(vti_enthalpy *h, const double virial[6], double *gradient) {
    vti_evaluated *state = &h->state;
    double volume = vt_box_volume(&h->system->box), inverse[3][3], w[3][3], slope[3][3];
    double reference_volume = vt_box_volume(&h->reference);
    invert((const double(*)[3])h->d, inverse);
    for (int c = 0; c < 6; c++) {
        w[VTI_COLUMN[c]][VTI_ROW[c]] = w[VTI_ROW[c]][VTI_COLUMN[c]] = virial[c];
        state->stress[c] = -virial[c] / volume;
    }
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++) {
            slope[k][j] = -h->pull * volume * inverse[j][k];
            for (int m = 0; m < 3; m++) slope[k][j] -= inverse[m][k] * w[m][j];
        }
    state->stress_error = state->residual = 0;
    if (h->isotropic) {
        double mean = (state->stress[0] + state->stress[1] + state->stress[2]) / 3;
        gradient[0] = (slope[0][0] + slope[1][1] + slope[2][2]) / h->length;
        state->stress_error = state->residual = fabs(mean - h->pull);
        return;
    }
    size_t q = 0;
    for (int c = 0; c < 6; c++) {
        if (!h->free[c]) continue;
        double g = slope[VTI_COLUMN[c]][VTI_ROW[c]] - reference_volume * h->target[c];
        double goal = h->target[c] + (c < 3 ? h->pull : 0);
        gradient[q++] = g / h->length;
        state->stress_error = fmax(state->stress_error, fabs(state->stress[c] - goal));
        state->residual = fmax(state->residual, fabs(g) / volume);
    }
}

static double work_of_target(const vti_enthalpy *h) {
    double work = h->work;
    work += h->pull * (vt_box_volume(&h->system->box) - h->start_volume);
    double reference_volume = vt_box_volume(&h->reference);
    for (int c = 0; c < 6 && !h->isotropic; c++)
        if (h->free[c])
            work += reference_volume * h->target[c] *
                    (h->d[VTI_COLUMN[c]][VTI_ROW[c]] - (c < 3 ? 1 : 0));
    return work;
}

/* Whether the box goes on growing under a tension that nothing balances any more. Atoms that were
   put too close may well need three times the volume; eight times is none of theirs. */
static const double TORN = 8;

static bool torn(const vti_enthalpy *h) {
    bool tension = h->isotropic && h->pull > 0;
    for (int c = 0; c < 3 && !h->isotropic; c++)
        tension = tension || (h->free[c] && h->target[c] + h->pull > 0);
    return tension && vt_box_volume(&h->system->box) > TORN * h->start_volume;
}

static bool crushed(const vti_enthalpy *h) {
    double volume = vt_box_volume(&h->system->box), start = h->start_volume;
    return volume < 0.5 * start && volume < vt_atoms_collapsed_volume(h->system->atoms, start);
}

static vt_status evaluate(void *context, const double *x, double *value, double *gradient,
                          vt_error *err) {
    vti_enthalpy *h = context;
    const vt_system *system = h->system;
    size_t n = system->count;
    if (h->moving) {
        deformation(h, x + 3 * n, h->d);
        if (!box_follows(h, (const double(*)[3])h->d))
            return vt_fail(err, VT_EDIVERGED,
                           "minimize: an edge of the box left a tenth to ten times its length; is "
                           "the target stress beyond what the material bears?");
        if (crushed(h))
            return vt_fail(err, VT_EINVAL,
                           "minimize: under the pressure asked for the box has shrunk to %.3g of "
                           "its volume, %.3g A^3 for an atom; ask for less (pressures are in GPa, "
                           "1 GPa is 10000 bar)",
                           vt_box_volume(&system->box) / h->start_volume,
                           vt_box_volume(&system->box) / (double)n);
        if (torn(h))
            return vt_fail(
                err, VT_EINVAL,
                "minimize: under the tension asked for the box has grown to %g times its "
                "volume; these atoms do not bear it, ask for less",
                vt_box_volume(&system->box) / h->start_volume);
    }
    place(h, x, (const double(*)[3])h->d);
    vt_result result;
    unsigned want = VT_WANT_ENERGY | (h->moving ? VT_WANT_VIRIAL : 0);
    /* The variables are in the present order, unwrapped, and the atoms must stay so. */
    VTI_TRY(vt_system_evaluate(h->system, want, &result, err));
    if (!isfinite(result.energy))
        return vt_fail(err, VT_EDIVERGED, "minimize: the energy is not finite (%g eV)",
                       result.energy);
    double largest = 0;
    const double(*d)[3] = (const double(*)[3])h->d;
    for (size_t i = 0; i < n; i++) {
        const double *f = system->f[i];
        if (h->frozen != NULL && h->frozen[system->order[i]]) {
            for (size_t k = 0; k < 3; k++) gradient[k * n + i] = 0;
            continue;
        }
        double square = f[0] * f[0] + f[1] * f[1] + f[2] * f[2];
        if (!(square <= largest)) largest = square;
        gradient[i] = -f[0];
        gradient[n + i] = -f[1];
        gradient[2 * n + i] = -f[2];
        if (h->moving) { /* dE/du = -f D^T */
            gradient[i] = -f[0] * d[0][0];
            gradient[n + i] = -(f[0] * d[1][0] + f[1] * d[1][1]);
            gradient[2 * n + i] = -(f[0] * d[2][0] + f[1] * d[2][1] + f[2] * d[2][2]);
        }
    }
    h->state.fmax = sqrt(largest);
    h->state.energy = h->state.enthalpy = result.energy;
    if (h->moving) {
        box_gradient(h, result.virial, gradient + 3 * n);
        h->state.enthalpy -= work_of_target(h);
    }
    *value = h->state.enthalpy;
    return VT_OK;
}

/* A strain of 1 % counts like a displacement of 0.1 angstrom. */
static const double STRAIN_REACH = 10; /* angstrom */

static double reach(void *context, const double *change) {
    const vti_enthalpy *h = context;
    double largest = vti_largest(h->system->count, change);
    const double *box = change + 3 * h->system->count;
    for (size_t k = 0; k < h->objective.extra; k++)
        largest = fmax(largest, STRAIN_REACH * fabs(box[k]) / h->length);
    return largest;
}

static bool precondition(void *context, const double *g, double *z) {
    vti_enthalpy *h = context;
    return vti_preconditioner_solve(h->preconditioner, g, z);
}

static void learn(void *context, const double *s, const double *y) {
    vti_enthalpy *h = context;
    const vti_places places = vti_places_of_system(h->system);
    vti_preconditioner_learn(h->preconditioner, &places, s, y);
}

/* ---------------------------------------------------------------- object ---- */

static vt_status check_box(const vt_system *system, const vt_minimize_options *options,
                           vt_error *err) {
    bool moves = options->isotropic;
    for (int c = 0; c < 6; c++) moves = moves || options->free[c];
    if (!moves) return VT_OK;
    if (options->frozen != NULL)
        return vt_fail(
            err, VT_EINVAL,
            "minimize: where atoms are frozen the box must be fixed: it would move them");
    if (system->count == 0)
        return vt_fail(err, VT_EINVAL, "minimize: a box without atoms has no stress to relax");
    for (int a = 0; a < 3; a++)
        if (!system->box.periodic[a])
            return vt_fail(err, VT_EINVAL,
                           "minimize: the box can move only when it is periodic, and axis %c is "
                           "free; minimize with a fixed box",
                           "abc"[a]);
    return VT_OK;
}

static void set_box(vti_enthalpy *h, const vt_minimize_options *options) {
    h->isotropic = options->isotropic;
    h->reference = h->system->box;
    h->start_volume = vt_box_volume(&h->reference);
    for (int a = 0; a < 3; a++) h->d[a][a] = 1;
    const double *t = options->stress;
    size_t extra = 0;
    for (int c = 0; c < 6 && !options->isotropic; c++) {
        h->free[c] = options->free[c];
        h->target[c] = t[c];
        extra += options->free[c];
    }
    if (options->isotropic || (h->free[0] && h->free[1] && h->free[2])) {
        h->pull = (t[0] + t[1] + t[2]) / 3;
        for (int c = 0; c < 3; c++) h->target[c] -= h->pull;
    }
    if (options->isotropic) extra = 1;
    h->moving = extra > 0;
    h->objective.extra = extra;
    /* The elastic energy of N atoms grows as N strain^2: with a length of sqrt(N) interatomic
       distances a box variable is about as stiff as a coordinate of one atom. */
    double count = (double)h->system->count;
    if (h->moving) h->length = sqrt(count) * cbrt(h->start_volume / count);
}

/* Fewer atoms have no long waves that springs could help with. */
enum { WAVES_FROM = 100 };

vti_enthalpy *vti_enthalpy_create(vt_system *system, const vt_minimize_options *options,
                                  vt_error *err) {
    if (vt_failed(vt_system_pull(system, err)) || vt_failed(check_box(system, options, err)))
        return NULL;
    vti_enthalpy *h = vt_alloc(1, sizeof *h);
    if (h == NULL) {
        vt_fail_memory(err, 1, sizeof *h, "a minimization");
        return NULL;
    }
    h->system = system;
    h->stamp = system->stamp;
    h->arrangement = system->arrangement;
    h->objective =
        (vti_objective){.atoms = system->count, .context = h, .evaluate = evaluate, .reach = reach};
    set_box(h, options);
    h->frozen = options->frozen;
    if (options->precondition && h->frozen == NULL && system->count >= WAVES_FROM) {
        const vti_places places = vti_places_of_system(h->system);
        double cutoff = vt_potential_cutoff(system->potential);
        h->preconditioner = vti_preconditioner_create(&places, cutoff, h->objective.extra, err);
        if (h->preconditioner == NULL) {
            vti_enthalpy_destroy(h);
            return NULL;
        }
        h->objective.precondition = precondition;
        h->objective.learn = learn;
    }
    return h;
}

void vti_enthalpy_destroy(vti_enthalpy *h) {
    if (h == NULL) return;
    vti_preconditioner_destroy(h->preconditioner);
    vt_free(h);
}

vt_status vti_enthalpy_restart(vti_enthalpy *h, const vt_minimize_options *options, vt_error *err) {
    vt_system *system = h->system;
    VTI_TRY(vt_system_pull(system, err));
    if (system->count != h->objective.atoms)
        return vt_fail(err, VT_EINVAL,
                       "minimize: the atoms were %zu and are %zu now; start a new minimization",
                       h->objective.atoms, system->count);
    VTI_TRY(check_box(system, options, err));
    if (h->preconditioner != NULL)
        vti_preconditioner_restart(h->preconditioner, h->arrangement == system->arrangement);
    h->stamp = system->stamp;
    h->arrangement = system->arrangement;
    h->work = 0;
    memset(h->d, 0, sizeof h->d);
    memset(h->target, 0, sizeof h->target);
    set_box(h, options);
    return VT_OK;
}

vt_status vti_enthalpy_begin(vti_enthalpy *h, vt_error *err) {
    VTI_TRY(vt_system_pull(h->system, err));
    if (h->stamp != h->system->stamp)
        return vt_fail(err, VT_EINVAL,
                       "minimize: the atoms were changed since this minimization began; start a "
                       "new one");
    return VT_OK;
}

const vti_objective *vti_enthalpy_objective(const vti_enthalpy *h) {
    return &h->objective;
}

const vti_evaluated *vti_enthalpy_state(const vti_enthalpy *h) {
    return &h->state;
}

void vti_enthalpy_read(const vti_enthalpy *h, double *x) {
    size_t n = h->system->count;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++) x[k * n + i] = h->system->r[i][k];
    for (size_t k = 0; k < h->objective.extra; k++) x[3 * n + k] = 0;
}

void vti_enthalpy_refer(vti_enthalpy *h, double *x) {
    double pulled = h->pull * (vt_box_volume(&h->system->box) - h->start_volume);
    h->work = work_of_target(h) - pulled;
    h->reference = h->system->box;
    memset(h->d, 0, sizeof h->d);
    for (int a = 0; a < 3; a++) h->d[a][a] = 1;
    vti_enthalpy_read(h, x);
}

void vti_enthalpy_write(vti_enthalpy *h, const double *x, const double *gradient) {
    vt_system *system = h->system;
    size_t n = system->count;
    double d[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, inverse[3][3];
    if (h->moving) {
        deformation(h, x + 3 * n, d);
        box_follows(h, (const double(*)[3])d);
    }
    invert((const double(*)[3])d, inverse);
    place(h, x, (const double(*)[3])d);
    const double *gx = gradient, *gy = gradient + n, *gz = gradient + 2 * n;
    for (size_t k = 0; k < n; k++) {
        /* f = -dE/du D^-T */
        double g[3] = {gx[k], gy[k], gz[k]}, *f = system->f[k];
        for (int a = 0; a < 3; a++) {
            f[a] = 0;
            for (int b = 0; b <= a; b++) f[a] -= g[b] * inverse[a][b];
        }
    }
    /* The gradient does not tell what frozen atoms feel. */
    if (h->frozen != NULL) vt_system_evaluate(system, 0, NULL, NULL);
    vt_system_push(system);
    h->stamp = system->stamp;
}

/* Atoms in a box, fixed or free, as a function of positions and strain.

   The box follows a deformation D of the reference box (row vectors, r = o + (u - o) D), as in
   Tadmor, Smith, Bernstein, Kaxiras, Phys. Rev. B 59, 235 (1999). D is lower triangular, so a box
   in the form that LAMMPS wants keeps that form and nothing rotates; its six entries match the six
   components of the stress. The variables are u and, for the box, length x (D - 1).

   With target stress T = t 1 + T' (T' traceless when xx, yy, zz are all free) the function is
       H = E - t (V - V_start) - V_reference T' : (D - 1) - work done before the reference.
   No function of the box has constant Cauchy stress T' as its derivative; this one has it at
   D = 1, so the reference is moved (vti_system_refer) until the real stress fits.

   dE/dD = -D^-T W with the virial W, because D moves the atoms that u holds still. */
#include "minimize/system.h"

#include <math.h>
#include <string.h>

#include "minimize/preconditioner.h"
#include "minimize/vectors.h"

/* Entry (row, column) of D for each component xx yy zz yz xz xy. */
static const int ROW[6] = {0, 1, 2, 2, 2, 1}, COLUMN[6] = {0, 1, 2, 1, 0, 0};

struct vti_system {
    vti_objective objective;
    vt_atoms *user;  /* borrowed */
    vt_atoms *atoms; /* sorted copy */
    int32_t *order;  /* sorted atom k is the user's order[k] */
    vt_calculator *calculator;
    vti_preconditioner *preconditioner; /* NULL when not wanted */
    bool free[6], isotropic, moving;
    double target[6];          /* T' for free components */
    double pull;               /* t */
    double length;             /* of a box variable [angstrom] */
    vt_box reference;          /* D = 1 */
    double start_volume, work; /* [angstrom^3], [eV] */
    double d[3][3];            /* D of the last evaluation */
    vti_state state;
};

/* ---------------------------------------------------------------- deformation ---- */

/* D from the box variables. */
static void deformation(const vti_system *system, const double *box, double d[3][3]) {
    memset(d, 0, 9 * sizeof(double));
    for (int a = 0; a < 3; a++) d[a][a] = 1;
    if (system->isotropic) {
        for (int a = 0; a < 3; a++) d[a][a] += box[0] / system->length;
        return;
    }
    size_t k = 0;
    for (int c = 0; c < 6; c++)
        if (system->free[c]) d[ROW[c]][COLUMN[c]] += box[k++] / system->length;
}

/* Inverse of a lower triangular matrix. */
static void invert(const double d[3][3], double inverse[3][3]) {
    memset(inverse, 0, 9 * sizeof(double));
    for (int a = 0; a < 3; a++) inverse[a][a] = 1 / d[a][a];
    inverse[1][0] = -d[1][0] * inverse[0][0] * inverse[1][1];
    inverse[2][1] = -d[2][1] * inverse[1][1] * inverse[2][2];
    inverse[2][0] = -(d[2][0] * inverse[0][0] + d[2][1] * inverse[1][0]) * inverse[2][2];
}

static bool box_follows(vti_system *system, const double d[3][3]) {
    vt_box *box = &system->atoms->box;
    for (int a = 0; a < 3; a++)
        if (!(d[a][a] > 0.1 && d[a][a] < 10)) return false;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            box->h[a][b] = 0;
            for (int k = 0; k < 3; k++) box->h[a][b] += system->reference.h[a][k] * d[k][b];
        }
    return true;
}

/* Positions of `atoms` from the variables u. */
static void place(const vti_system *system, const double *u, const double d[3][3],
                  vt_atoms *atoms) {
    size_t n = atoms->count;
    const double *ux = u, *uy = u + n, *uz = u + 2 * n;
    if (!system->moving) {
        memcpy(atoms->x, ux, n * sizeof *ux);
        memcpy(atoms->y, uy, n * sizeof *uy);
        memcpy(atoms->z, uz, n * sizeof *uz);
        return;
    }
    const double *o = system->reference.origin;
    for (size_t i = 0; i < n; i++) {
        double x = ux[i] - o[0], y = uy[i] - o[1], z = uz[i] - o[2];
        atoms->x[i] = o[0] + x * d[0][0] + y * d[1][0] + z * d[2][0];
        atoms->y[i] = o[1] + y * d[1][1] + z * d[2][1];
        atoms->z[i] = o[2] + z * d[2][2];
    }
}

/* ---------------------------------------------------------------- evaluation ---- */

/* Gradient with respect to the box variables, from the virial; also stress and residuals. */
static void box_gradient(vti_system *system, const double virial[6], double *gradient) {
    vti_state *state = &system->state;
    double volume = vt_box_volume(&system->atoms->box), inverse[3][3], w[3][3], slope[3][3];
    double reference_volume = vt_box_volume(&system->reference);
    invert((const double(*)[3])system->d, inverse);
    for (int c = 0; c < 6; c++) {
        w[ROW[c]][COLUMN[c]] = w[COLUMN[c]][ROW[c]] = virial[c];
        state->stress[c] = -virial[c] / volume;
    }
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++) {
            slope[k][j] = -system->pull * volume * inverse[j][k];
            for (int m = 0; m < 3; m++) slope[k][j] -= inverse[m][k] * w[m][j];
        }
    state->stress_error = state->residual = 0;
    if (system->isotropic) {
        double mean = (state->stress[0] + state->stress[1] + state->stress[2]) / 3;
        gradient[0] = (slope[0][0] + slope[1][1] + slope[2][2]) / system->length;
        state->stress_error = state->residual = fabs(mean - system->pull);
        return;
    }
    size_t q = 0;
    for (int c = 0; c < 6; c++) {
        if (!system->free[c]) continue;
        double g = slope[ROW[c]][COLUMN[c]] - reference_volume * system->target[c];
        double goal = system->target[c] + (c < 3 ? system->pull : 0);
        gradient[q++] = g / system->length;
        state->stress_error = fmax(state->stress_error, fabs(state->stress[c] - goal));
        state->residual = fmax(state->residual, fabs(g) / volume);
    }
}

static double work_of_target(const vti_system *system) {
    double work = system->work;
    work += system->pull * (vt_box_volume(&system->atoms->box) - system->start_volume);
    double reference_volume = vt_box_volume(&system->reference);
    for (int c = 0; c < 6 && !system->isotropic; c++)
        if (system->free[c])
            work += reference_volume * system->target[c] *
                    (system->d[ROW[c]][COLUMN[c]] - (c < 3 ? 1 : 0));
    return work;
}

/* Whether the box goes on growing under a tension that nothing balances any more. Atoms that were
   put too close may well need three times the volume; eight times is none of theirs. */
static const double TORN = 8;

static bool torn(const vti_system *system) {
    bool tension = system->isotropic && system->pull > 0;
    for (int c = 0; c < 3 && !system->isotropic; c++)
        tension = tension || (system->free[c] && system->target[c] + system->pull > 0);
    return tension && vt_box_volume(&system->atoms->box) > TORN * system->start_volume;
}

static bool crushed(const vti_system *system) {
    double volume = vt_box_volume(&system->atoms->box), start = system->start_volume;
    return volume < 0.5 * start && volume < vt_atoms_collapsed_volume(system->atoms, start);
}

static vt_status evaluate(void *context, const double *x, double *value, double *gradient,
                          vt_error *err) {
    vti_system *system = context;
    vt_atoms *atoms = system->atoms;
    size_t n = atoms->count;
    if (system->moving) {
        deformation(system, x + 3 * n, system->d);
        if (!box_follows(system, (const double(*)[3])system->d))
            return vt_fail(err, VT_EDIVERGED,
                           "minimize: an edge of the box left a tenth to ten times its length; is "
                           "the target stress beyond what the material bears?");
        if (crushed(system))
            return vt_fail(err, VT_EINVAL,
                           "minimize: under the pressure asked for the box has shrunk to %.3g of "
                           "its volume, %.3g A^3 for an atom; ask for less (pressures are in GPa, "
                           "1 GPa is 10000 bar)",
                           vt_box_volume(&atoms->box) / system->start_volume,
                           vt_box_volume(&atoms->box) / (double)n);
        if (torn(system))
            return vt_fail(
                err, VT_EINVAL,
                "minimize: under the tension asked for the box has grown to %g times its "
                "volume; these atoms do not bear it, ask for less",
                vt_box_volume(&atoms->box) / system->start_volume);
    }
    place(system, x, (const double(*)[3])system->d, atoms);
    vt_result result;
    unsigned want = VT_WANT_ENERGY | (system->moving ? VT_WANT_VIRIAL : 0);
    vt_status status = vt_calculator_compute(system->calculator, atoms, want, &result, err);
    if (vt_failed(status)) return status;
    if (!isfinite(result.energy))
        return vt_fail(err, VT_EDIVERGED, "minimize: the energy is not finite (%g eV)",
                       result.energy);
    double largest = 0;
    const double(*d)[3] = (const double(*)[3])system->d;
    for (size_t i = 0; i < n; i++) {
        double f[3] = {atoms->fx[i], atoms->fy[i], atoms->fz[i]};
        double square = f[0] * f[0] + f[1] * f[1] + f[2] * f[2];
        if (!(square <= largest)) largest = square;
        gradient[i] = -f[0];
        gradient[n + i] = -f[1];
        gradient[2 * n + i] = -f[2];
        if (system->moving) { /* dE/du = -f D^T */
            gradient[i] = -f[0] * d[0][0];
            gradient[n + i] = -(f[0] * d[1][0] + f[1] * d[1][1]);
            gradient[2 * n + i] = -(f[0] * d[2][0] + f[1] * d[2][1] + f[2] * d[2][2]);
        }
    }
    system->state.fmax = sqrt(largest);
    system->state.energy = system->state.enthalpy = result.energy;
    if (system->moving) {
        box_gradient(system, result.virial, gradient + 3 * n);
        system->state.enthalpy -= work_of_target(system);
    }
    *value = system->state.enthalpy;
    return VT_OK;
}

/* A strain of 1 % counts like a displacement of 0.1 angstrom. */
static const double STRAIN_REACH = 10; /* angstrom */

static double reach(void *context, const double *change) {
    const vti_system *system = context;
    double largest = vti_largest(system->atoms->count, change);
    const double *box = change + 3 * system->atoms->count;
    for (size_t k = 0; k < system->objective.extra; k++)
        largest = fmax(largest, STRAIN_REACH * fabs(box[k]) / system->length);
    return largest;
}

static bool precondition(void *context, const double *g, double *z) {
    vti_system *system = context;
    return vti_preconditioner_solve(system->preconditioner, g, z);
}

static void learn(void *context, const double *s, const double *y) {
    vti_system *system = context;
    vti_preconditioner_learn(system->preconditioner, system->atoms, s, y);
}

/* ---------------------------------------------------------------- object ---- */

static vt_status check_box(const vt_atoms *atoms, const vt_minimize_options *options,
                           vt_error *err) {
    bool moves = options->isotropic;
    for (int c = 0; c < 6; c++) moves = moves || options->free[c];
    if (!moves) return VT_OK;
    if (atoms->count == 0)
        return vt_fail(err, VT_EINVAL, "minimize: a box without atoms has no stress to relax");
    for (int a = 0; a < 3; a++)
        if (!atoms->box.periodic[a])
            return vt_fail(err, VT_EINVAL,
                           "minimize: the box can move only when it is periodic, and axis %c is "
                           "free; minimize with a fixed box",
                           "abc"[a]);
    return VT_OK;
}

static void set_box(vti_system *system, const vt_minimize_options *options) {
    system->isotropic = options->isotropic;
    system->reference = system->atoms->box;
    system->start_volume = vt_box_volume(&system->reference);
    for (int a = 0; a < 3; a++) system->d[a][a] = 1;
    const double *t = options->stress;
    size_t extra = 0;
    for (int c = 0; c < 6 && !options->isotropic; c++) {
        system->free[c] = options->free[c];
        system->target[c] = t[c];
        extra += options->free[c];
    }
    if (options->isotropic || (system->free[0] && system->free[1] && system->free[2])) {
        system->pull = (t[0] + t[1] + t[2]) / 3;
        for (int c = 0; c < 3; c++) system->target[c] -= system->pull;
    }
    if (options->isotropic) extra = 1;
    system->moving = extra > 0;
    system->objective.extra = extra;
    /* The elastic energy of N atoms grows as N strain^2: with a length of sqrt(N) interatomic
       distances a box variable is about as stiff as a coordinate of one atom. */
    double count = (double)system->atoms->count;
    if (system->moving) system->length = sqrt(count) * cbrt(system->start_volume / count);
}

/* Fewer atoms have no long waves that springs could help with. */
enum { WAVES_FROM = 100 };

vti_system *vti_system_create(vt_atoms *atoms, const vt_potential *potential,
                              const vt_minimize_options *options, vt_error *err) {
    if (vt_failed(vt_atoms_check(atoms, err)) || vt_failed(check_box(atoms, options, err)))
        return NULL;
    vti_system *system = vt_alloc(1, sizeof *system);
    if (system == NULL) {
        vt_fail_memory(err, 1, sizeof *system, "a minimization");
        return NULL;
    }
    system->user = atoms;
    system->order = vt_alloc(atoms->count, sizeof *system->order);
    if (system->order == NULL) {
        vt_fail_memory(err, atoms->count, sizeof *system->order, "the order of the atoms");
        goto fail;
    }
    double cutoff = vt_potential_cutoff(potential);
    system->calculator = vt_calculator_create(potential, -1, err);
    if (system->calculator == NULL ||
        vt_failed(vt_calculator_order(system->calculator, atoms, system->order, err)))
        goto fail;
    system->atoms = vt_atoms_permuted(atoms, system->order, atoms->count, err);
    if (system->atoms == NULL) goto fail;
    system->objective = (vti_objective){
        .atoms = atoms->count, .context = system, .evaluate = evaluate, .reach = reach};
    set_box(system, options);
    if (options->precondition && atoms->count >= WAVES_FROM) {
        system->preconditioner =
            vti_preconditioner_create(system->atoms, cutoff, system->objective.extra, err);
        if (system->preconditioner == NULL) goto fail;
        system->objective.precondition = precondition;
        system->objective.learn = learn;
    }
    return system;
fail:
    vti_system_destroy(system);
    return NULL;
}

void vti_system_destroy(vti_system *system) {
    if (system == NULL) return;
    vti_preconditioner_destroy(system->preconditioner);
    vt_calculator_destroy(system->calculator);
    vt_atoms_destroy(system->atoms);
    vt_free(system->order);
    vt_free(system);
}

const vti_objective *vti_system_objective(const vti_system *system) {
    return &system->objective;
}

const vti_state *vti_system_state(const vti_system *system) {
    return &system->state;
}

void vti_system_read(const vti_system *system, double *x) {
    size_t n = system->atoms->count;
    memcpy(x, system->atoms->x, n * sizeof *x);
    memcpy(x + n, system->atoms->y, n * sizeof *x);
    memcpy(x + 2 * n, system->atoms->z, n * sizeof *x);
    for (size_t k = 0; k < system->objective.extra; k++) x[3 * n + k] = 0;
}

void vti_system_refer(vti_system *system, double *x) {
    double pulled = system->pull * (vt_box_volume(&system->atoms->box) - system->start_volume);
    system->work = work_of_target(system) - pulled;
    system->reference = system->atoms->box;
    memset(system->d, 0, sizeof system->d);
    for (int a = 0; a < 3; a++) system->d[a][a] = 1;
    vti_system_read(system, x);
}

vt_status vti_system_write(vti_system *system, const double *x, const double *gradient,
                           vt_error *err) {
    vt_atoms *user = system->user, *atoms = system->atoms;
    size_t n = atoms->count;
    if (user->count != n)
        return vt_fail(err, VT_EINVAL,
                       "minimize: the atoms were %zu and are %zu now; start a new minimization", n,
                       user->count);
    double d[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, inverse[3][3];
    if (system->moving) {
        deformation(system, x + 3 * n, d);
        box_follows(system, (const double(*)[3])d);
        vt_status status = vt_atoms_set_box(user, &atoms->box, false, err);
        if (vt_failed(status)) return status;
    }
    invert((const double(*)[3])d, inverse);
    place(system, x, (const double(*)[3])d, atoms);
    const double *gx = gradient, *gy = gradient + n, *gz = gradient + 2 * n;
    for (size_t k = 0; k < n; k++) {
        size_t i = (size_t)system->order[k];
        user->x[i] = atoms->x[k];
        user->y[i] = atoms->y[k];
        user->z[i] = atoms->z[k];
        /* f = -dE/du D^-T */
        double g[3] = {gx[k], gy[k], gz[k]}, f[3];
        for (int a = 0; a < 3; a++) {
            f[a] = 0;
            for (int b = 0; b <= a; b++) f[a] -= g[b] * inverse[a][b];
        }
        user->fx[i] = f[0];
        user->fy[i] = f[1];
        user->fz[i] = f[2];
    }
    return VT_OK;
}

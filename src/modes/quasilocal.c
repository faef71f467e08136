/* Quasi-localized modes: minima of a cost function of the displacements.

   Vibrations of low frequency mix soft spots with sound waves of like frequency. The cost
   C(z) = (z.H z)^2 / sum over pairs |z_i - z_j|^4 is low where a displacement is soft and strains
   few pairs much: its minima are soft spots without the waves, called pseudo-harmonic modes by
   Richard, Kapteijns, Giannini, Manning and Lerner, Phys. Rev. Lett. 126, 015501 (2021).

   Conjugate gradients find them. Along a line z.H z is a quadratic and the sum over pairs a quartic
   in the step, so that the best step is found without another product. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/sums.h"
#include "base/tensor.h"
#include "base/try.h"
#include "modes/internal.h"
#include "neighbors/places.h"
#include "system/places.h"

enum {
    RESTART =
        200, /* rounds after which the direction forgets those before, and products are renewed */
    TOGETHER = 4, /* modes that are looked for side by side, for the sake of products with H */
    BLOCK = 256,  /* atoms of one sum */
    POWERS = 5
};

/* One mode on its way; three numbers an atom. */
typedef struct {
    double *z, *hz, *p, *hp, *g, *slope, *last; /* slope: of half the logarithm of the cost */
    double stiffness;                           /* z.H z */
    double pairs[POWERS];                       /* sum |z_ij + a p_ij|^4 by powers of a */
    double left;                                /* |slope| over the length of its first part */
    bool open;
} descent;

typedef struct {
    vt_system *system;
    vt_hessian *hessian;
    const vt_quasilocal_options *o;
    size_t n;
    vt_neighbors *list;
    double (*part)[POWERS];           /* of blocks of atoms */
    double *memory, *z, *hz, *p, *hp; /* TOGETHER vectors each */
    descent mode[TOGETHER];
    descent *now; /* in loops */
} finder;

/* ---------------------------------------------------------------- pairs ---- */

static void differ(const double *v, size_t i, size_t j, double d[3]) {
    for (size_t m = 0; m < 3; m++) d[m] = v[3 * i + m] - v[3 * j + m];
}

/* g_i = sum over neighbors |z_ij|^2 z_ij, a quarter of the derivative of the sum over pairs. */
static void pull_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const finder *f = context;
    const descent *s = f->now;
    size_t count = f->n / 3;
    for (size_t i = from * BLOCK; i < (to * BLOCK < count ? to * BLOCK : count); i++) {
        double sum[3] = {0};
        for (size_t k = f->list->first[i]; k < f->list->first[i + 1]; k++) {
            double d[3];
            differ(s->z, i, (size_t)f->list->parent[f->list->neighbor[k]], d);
            double square = vti_dot3(d, d);
            for (int m = 0; m < 3; m++) sum[m] += square * d[m];
        }
        memcpy(s->g + 3 * i, sum, sizeof sum);
    }
}

/* Each pair is met from both sides. */
static void add_powers(const double z[3], const double p[3], double sum[POWERS]) {
    double a = vti_dot3(z, z), b = vti_dot3(z, p), c = vti_dot3(p, p);
    sum[0] += 0.5 * a * a;
    sum[1] += 2 * a * b;
    sum[2] += 2 * b * b + a * c;
    sum[3] += 2 * b * c;
    sum[4] += 0.5 * c * c;
}

static void power_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const finder *f = context;
    const descent *s = f->now;
    for (size_t b = from; b < to; b++) {
        memset(f->part[b], 0, sizeof f->part[b]);
        for (size_t i = b * BLOCK; i < vti_block_end(f->n / 3, BLOCK, b); i++)
            for (size_t k = f->list->first[i]; k < f->list->first[i + 1]; k++) {
                size_t j = (size_t)f->list->parent[f->list->neighbor[k]];
                double z[3], p[3];
                differ(s->z, i, j, z);
                differ(s->p, i, j, p);
                add_powers(z, p, f->part[b]);
            }
    }
}

static void sum_pairs(finder *f, descent *s) {
    size_t blocks = vti_blocks(f->n / 3, BLOCK);
    f->now = s;
    vti_share(blocks, 1, power_blocks, f);
    vti_add_blocks(&f->part[0][0], blocks, POWERS, POWERS, s->pairs);
}

/* ---------------------------------------------------------------- descent ---- */

/* Uniform motion costs nothing and counts for nothing. */
static void hold_still(size_t n, double *z) {
    for (size_t m = 0; m < 3; m++) {
        double sum = 0;
        for (size_t k = m; k < n; k += 3) sum += z[k];
        for (size_t k = m; k < n; k += 3) z[k] -= 3 * sum / (double)n;
    }
}

/* Polak and Ribiere's direction, downhill. */
static void find_direction(const finder *f, descent *s, bool first) {
    size_t n = f->n;
    double before = first ? 0 : vt_dot(s->last, s->last, n), beta = 0;
    if (before > 0) beta = (vt_dot(s->slope, s->slope, n) - vt_dot(s->slope, s->last, n)) / before;
    if (!(beta > 0)) beta = 0;
    for (size_t k = 0; k < n; k++) s->p[k] = beta * s->p[k] - s->slope[k];
    if (!(vt_dot(s->p, s->slope, n) < 0))
        for (size_t k = 0; k < n; k++) s->p[k] = -s->slope[k];
    memcpy(s->last, s->slope, n * sizeof *s->last);
}

/* Half the logarithm of the cost at a step a; k: z.H z, 2 z.H p, p.H p. */
static double cost_at(const double k[3], const double pairs[POWERS], double a) {
    double stiffness = k[0] + a * (k[1] + a * k[2]), sum = pairs[POWERS - 1];
    for (int m = POWERS - 2; m >= 0; m--) sum = sum * a + pairs[m];
    return stiffness > 0 && sum > 0 ? log(stiffness) - 0.5 * log(sum) : INFINITY;
}

/* The first minimum along the line: a bracket, then golden sections. */
static double best_step(const double k[3], const double pairs[POWERS], double start) {
    static const double GOLDEN = 0.381966011250105;
    double a = 0, b = start, fa = cost_at(k, pairs, 0), fb = cost_at(k, pairs, b);
    for (int m = 0; m < 60 && !(fb < fa); m++) fb = cost_at(k, pairs, b *= 0.25);
    if (!(fb < fa)) return 0;
    double c = 2 * b, fc = cost_at(k, pairs, c);
    for (int m = 0; m < 60 && fc < fb; m++) {
        a = b;
        b = c;
        fb = fc;
        fc = cost_at(k, pairs, c *= 2);
    }
    for (int m = 0; m < 60 && c - a > 1e-7 * c; m++) {
        bool right = c - b > b - a;
        double x = right ? b + GOLDEN * (c - b) : b - GOLDEN * (b - a), fx = cost_at(k, pairs, x);
        if (fx < fb) {
            *(right ? &a : &c) = b;
            b = x;
            fb = fx;
        } else {
            *(right ? &c : &a) = x;
        }
    }
    return b;
}

/* Stiffness, pairs and slope of half the logarithm of the cost, 2 (H z/stiffness - g/pairs), at z;
   H z must be known. Both parts are equal in a minimum. */
static void look(finder *f, descent *s) {
    f->now = s;
    vti_share(vti_blocks(f->n / 3, BLOCK), 1, pull_blocks, f);
    s->stiffness = vt_dot(s->z, s->hz, f->n);
    s->pairs[0] = vt_dot(s->z, s->g, f->n);
    for (size_t k = 0; k < f->n; k++)
        s->slope[k] = 2 * (s->hz[k] / s->stiffness - s->g[k] / s->pairs[0]);
    double whole = 2 * sqrt(vt_dot(s->hz, s->hz, f->n)) / s->stiffness;
    s->left = sqrt(vt_dot(s->slope, s->slope, f->n)) / whole;
    if (!(s->left > f->o->tolerance)) s->open = false;
}

/* Go along p, whose product is known. */
static void advance(finder *f, descent *s) {
    size_t n = f->n;
    f->now = s;
    sum_pairs(f, s);
    double k[3] = {s->stiffness, 2 * vt_dot(s->z, s->hp, n), vt_dot(s->p, s->hp, n)};
    double size = sqrt(vt_dot(s->p, s->p, n) / vt_dot(s->z, s->z, n));
    double a = size > 0 ? best_step(k, s->pairs, 0.1 / size) : 0;
    for (size_t i = 0; i < n; i++) {
        s->z[i] += a * s->p[i];
        s->hz[i] += a * s->hp[i];
    }
    if (!(a > 0)) s->open = false; /* rounding is all that is left */
}

/* The modes that `count` vectors lead to. */
static vt_status descend(finder *f, size_t first, size_t count, vt_error *err) {
    VTI_TRY(vt_hessian_times(f->hessian, count, f->z, f->hz, err));
    bool any = false;
    for (size_t k = 0; k < count; k++) {
        f->mode[k].open = true;
        look(f, &f->mode[k]);
        if (!(f->mode[k].stiffness > 0))
            return vt_fail(err, VT_EINVAL,
                           "the energy does not rise along the displacement that mode %zu starts "
                           "from; are the atoms in a minimum?",
                           first + k + 1);
        if (!(f->mode[k].pairs[0] > 0))
            return vt_fail(err, VT_EINVAL,
                           "no pair within the cutoff is strained by the displacement that mode "
                           "%zu starts from; a cutoff takes in the first neighbors at least",
                           first + k + 1);
        find_direction(f, &f->mode[k], true);
        any = any || f->mode[k].open;
    }
    for (int64_t round = 1; any; round++) {
        if (round > f->o->rounds) break;
        VTI_TRY(vt_hessian_times(f->hessian, count, f->p, f->hp, err));
        if (round % RESTART == 0) VTI_TRY(vt_hessian_times(f->hessian, count, f->z, f->hz, err));
        any = false;
        for (size_t k = 0; k < count; k++) {
            descent *s = &f->mode[k];
            if (!s->open) continue;
            advance(f, s);
            look(f, s);
            find_direction(f, s, round % RESTART == 0);
            any = any || s->open;
        }
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- all ---- */

static vt_status finder_open(finder *f, vt_error *err) {
    size_t n = f->n, blocks = vti_blocks(n / 3, BLOCK);
    f->memory = vt_alloc(7 * TOGETHER * n, sizeof *f->memory);
    f->part = vt_alloc(blocks, sizeof *f->part);
    if (f->memory == NULL || f->part == NULL)
        return vt_fail_memory(err, 7 * TOGETHER * n, sizeof *f->memory, "quasi-localized modes");
    f->z = f->memory;
    f->hz = f->z + TOGETHER * n;
    f->p = f->hz + TOGETHER * n;
    f->hp = f->p + TOGETHER * n;
    for (size_t k = 0; k < TOGETHER; k++) {
        double *own = f->hp + (TOGETHER + 3 * k) * n;
        f->mode[k] = (descent){.z = f->z + k * n,
                               .hz = f->hz + k * n,
                               .p = f->p + k * n,
                               .hp = f->hp + k * n,
                               .g = own,
                               .slope = own + n,
                               .last = own + 2 * n};
    }
    double cutoff = f->o->cutoff > 0 ? f->o->cutoff : vt_potential_cutoff(f->system->potential);
    f->list = vt_neighbors_create(cutoff, 0, err);
    f->hessian = vt_hessian_create(f->system, NULL, err);
    if (f->list == NULL || f->hessian == NULL) return err != NULL ? err->code : VT_ENOMEM;
    const vti_places places = vti_places_of_system(f->system);
    return vti_neighbors_update(f->list, &places, err);
}

static void finder_close(finder *f) {
    vt_neighbors_destroy(f->list);
    vt_hessian_destroy(f->hessian);
    vt_free(f->memory);
    vt_free(f->part);
}

static vt_status find(finder *f, size_t first, size_t count, double *vector, double *stiffness,
                      double *cost, double *residual, vt_error *err) {
    size_t n = f->n;
    for (size_t k = 0; k < count; k++) {
        vt_system_from_user(f->system, 3, vector + (first + k) * n, f->mode[k].z);
        hold_still(n, f->mode[k].z);
        if (!(vti_normalize(n, f->mode[k].z) > 0))
            return vt_fail(err, VT_EINVAL, "displacement %zu to start from moves no atom",
                           first + k + 1);
    }
    VTI_TRY(descend(f, first, count, err));
    for (size_t k = 0; k < count; k++) {
        descent *s = &f->mode[k];
        double square = vt_dot(s->z, s->z, n);
        stiffness[first + k] = s->stiffness / square;
        cost[first + k] = s->stiffness * s->stiffness / s->pairs[0];
        residual[first + k] = s->left;
        if (!(s->left <= f->o->tolerance) && !f->o->unconverged)
            return vt_fail(err, VT_EDIVERGED,
                           "mode %zu was not found in %lld rounds: its residual is %.1e, not %g; "
                           "allow more rounds or a larger tolerance",
                           first + k + 1, (long long)f->o->rounds, s->left, f->o->tolerance);
        vti_normalize(n, s->z);
        vt_system_to_user(f->system, 3, s->z, vector + (first + k) * n);
    }
    return VT_OK;
}

vt_quasilocal_options vt_quasilocal_defaults(void) {
    return (vt_quasilocal_options){.tolerance = 1e-3, .rounds = 5000};
}

static vt_status check(const vt_quasilocal_options *o, vt_error *err) {
    if (!(o->cutoff >= 0 && o->cutoff <= 50))
        return vt_fail(err, VT_EINVAL, "cutoff is %g A; it must be above 0 and at most 50 A",
                       o->cutoff);
    if (!(o->tolerance >= 1e-6 && o->tolerance <= 0.1))
        return vt_fail(err, VT_EINVAL, "tolerance is %g; it must be 1e-6 to 0.1", o->tolerance);
    if (o->rounds < 1)
        return vt_fail(err, VT_EINVAL, "rounds is %lld; it must be at least 1",
                       (long long)o->rounds);
    return VT_OK;
}

vt_status vt_quasilocal(vt_system *system, const vt_quasilocal_options *options, size_t count,
                        double *vector, double *stiffness, double *cost, double *residual,
                        vt_error *err) {
    VTI_TRY(check(options, err));
    VTI_TRY(vt_system_pull(system, err));
    VTI_TRY(vt_system_evaluate(system, VT_SYSTEM_SORT, NULL, err));
    finder f = {.system = system, .o = options, .n = 3 * system->count};
    vt_status st = finder_open(&f, err);
    for (size_t k = 0; k < count && !vt_failed(st); k += TOGETHER) {
        size_t some = count - k < TOGETHER ? count - k : TOGETHER;
        st = find(&f, k, some, vector, stiffness, cost, residual, err);
        if (!vt_failed(st) && options->progress != NULL &&
            !options->progress(options->context, (double)(k + some) / (double)count))
            st = vt_fail_interrupted(err);
    }
    finder_close(&f);
    return st;
}

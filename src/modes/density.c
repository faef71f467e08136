/* The density of modes by Chebyshev moments: the kernel polynomial method, Weisse, Wellein,
   Alvermann and Fehske, Rev. Mod. Phys. 78, 275 (2006). */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/sums.h"
#include "base/try.h"
#include "modes/internal.h"

enum {
    WIDE = VT_HESSIAN_WIDE,
    BLOCK = 512 /* atoms of one sum */
};

static const double PI = 3.141592653589793;
static const double MOST_MOMENT = 1.1; /* rounding is far less */

/* ---------------------------------------------------------------- products ---- */

/* Products of two sets of displacements, weighted with masses, which makes them those of the
   vectors of the mass-weighted Hessian. */
typedef struct {
    const vti_operator *op;
    const float *a, *b;
    double (*part)[WIDE]; /* of each block */
} products;

static void multiply_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const products *p = context;
    const vt_system *s = p->op->system;
    for (size_t block = from; block < to; block++) {
        double *part = p->part[block];
        memset(part, 0, WIDE * sizeof *part);
        for (size_t i = BLOCK * block; i < vti_block_end(s->count, BLOCK, block); i++) {
            double mass = s->species[s->type[i]].mass;
            for (size_t m = 3 * i; m < 3 * i + 3; m++)
                for (size_t k = 0; k < WIDE; k++)
                    part[k] += mass * (double)p->a[WIDE * m + k] * (double)p->b[WIDE * m + k];
        }
    }
}

static void multiply(products *p, const float *a, const float *b, double product[WIDE]) {
    size_t blocks = vti_blocks(p->op->system->count, BLOCK);
    p->a = a;
    p->b = b;
    vti_share(blocks, 1, multiply_blocks, p);
    vti_add_blocks(&p->part[0][0], blocks, WIDE, WIDE, product);
}

/* ---------------------------------------------------------------- moments ---- */

typedef struct {
    double *v;    /* WIDE x n */
    float *x, *y; /* n x WIDE */
    products dots;
} room;

/* Moments 2k and 2k + 1 come from vectors k and k + 1, since T_2k = 2 T_k^2 - 1 and so on. */
static vt_status moments_of_batch(vti_operator *op, room *r, size_t moments, double *moment,
                                  vt_error *err) {
    const float h = (float)(2 / op->largest);
    vt_hessian_step step = {.h = h, .x_factor = -1};
    double first[WIDE], next[WIDE], product[WIDE];
    float *x = r->x, *y = r->y;
    VTI_TRY(vt_hessian_wide_step(op->hessian, &step, x, NULL, y, err));
    multiply(&r->dots, x, x, first);
    multiply(&r->dots, x, y, next);
    for (size_t k = 0; k < WIDE; k++) {
        moment[k * moments] = 1;
        if (moments > 1) moment[k * moments + 1] = next[k] / first[k];
    }
    step = (vt_hessian_step){.h = 2 * h, .x_factor = -2, .y_factor = -1};
    for (size_t m = 2; m < moments; m += 2) {
        multiply(&r->dots, y, y, product);
        for (size_t k = 0; k < WIDE; k++) moment[k * moments + m] = 2 * product[k] / first[k] - 1;
        if (m + 1 >= moments) break;
        VTI_TRY(vt_hessian_wide_step(op->hessian, &step, y, NULL, x, err));
        op->products += WIDE;
        float *swap = x;
        x = y;
        y = swap;
        multiply(&r->dots, x, y, product);
        for (size_t k = 0; k < WIDE; k++)
            moment[k * moments + m + 1] = (2 * product[k] - next[k]) / first[k];
    }
    return VT_OK;
}

/* A random unit vector, of the members alone as far as the zeros let it. */
static void make_probe(const vti_operator *op, const vt_density_options *o, size_t k, double *v) {
    vti_random_vector(op, o->seed, k, v);
    for (size_t i = 0; o->member != NULL && i < op->system->count; i++)
        if (!o->member[op->system->order[i]]) memset(v + 3 * i, 0, 3 * sizeof *v);
    vti_project(op, v);
    vti_normalize(op->n, v);
}

vt_status vti_moments(vti_operator *op, const vt_density_options *o, double *moment,
                      vt_error *err) {
    size_t batches = o->probes / WIDE, moments = o->moments;
    size_t n = op->n, blocks = vti_blocks(op->system->count, BLOCK);
    room r = {.v = vt_alloc(WIDE * n, sizeof *r.v),
              .x = vt_alloc(WIDE * n, sizeof *r.x),
              .y = vt_alloc(WIDE * n, sizeof *r.y),
              .dots = {.op = op, .part = vt_alloc(blocks, sizeof *r.dots.part)}};
    vt_status st = VT_OK;
    if (r.v == NULL || r.x == NULL || r.y == NULL || r.dots.part == NULL)
        st = vt_fail_memory(err, WIDE * n, 16, "the density of modes");
    for (size_t b = 0; b < batches && !vt_failed(st); b++) {
        for (size_t k = 0; k < WIDE; k++) make_probe(op, o, b * WIDE + k, r.v + k * n);
        vt_hessian_wide_load(op->hessian, WIDE, r.v, NULL, r.x);
        st = moments_of_batch(op, &r, moments, moment + b * WIDE * moments, err);
        if (!vt_failed(st) && o->progress != NULL &&
            !o->progress(o->context, (double)(b + 1) / (double)batches))
            st = vt_fail_interrupted(err);
    }
    vt_free(r.v);
    vt_free(r.x);
    vt_free(r.y);
    vt_free(r.dots.part);
    return st;
}

/* ---------------------------------------------------------------- densities ---- */

vt_density_options vt_density_defaults(void) {
    return (vt_density_options){.moments = 256, .probes = 32, .seed = 1};
}

size_t vt_density_probes(size_t probes) {
    return (probes + WIDE - 1) / WIDE * WIDE;
}

static vt_status check(const vt_system *system, const vt_density_options *o, vt_error *err) {
    if (o->moments < 8 || o->moments > 20000)
        return vt_fail(err, VT_EINVAL, "moments is %zu; it must be 8 to 20000", o->moments);
    if (o->probes < 1 || o->probes > 100000)
        return vt_fail(err, VT_EINVAL, "probes is %zu; it must be 1 to 100000", o->probes);
    if (vt_modes_total(system) == 0)
        return vt_fail(err, VT_EINVAL, "%zu atoms have no vibrations", system->count);
    bool any = o->member == NULL;
    for (size_t i = 0; i < system->count && !any; i++) any = o->member[i];
    return any ? VT_OK : vt_fail(err, VT_EINVAL, "no atoms are chosen");
}

/* Means of Chebyshev polynomials lie between -1 and 1, and grow without bound when an eigenvalue is
   negative. */
static vt_status check_moments(size_t count, const double *moment, vt_error *err) {
    for (size_t k = 0; k < count; k++)
        if (!(fabs(moment[k]) <= MOST_MOMENT))
            return vt_fail(err, VT_EINVAL,
                           "the atoms are in no minimum of the energy, as the moments of the "
                           "density show; minimize first, to a smaller force");
    return VT_OK;
}

vt_status vt_density_moments(vt_system *system, const vt_density_options *options, double *moment,
                             vt_modes_report *report, vt_error *err) {
    *report = (vt_modes_report){0};
    vt_density_options o = *options;
    vti_operator op;
    vt_status st = vti_operator_open(&op, system, err);
    if (!vt_failed(st)) st = check(system, &o, err);
    o.probes = vt_density_probes(o.probes);
    if (!vt_failed(st)) st = vti_operator_bound(&op, err);
    if (!vt_failed(st)) st = vti_moments(&op, &o, moment, err);
    if (!vt_failed(st)) st = check_moments(o.probes * o.moments, moment, err);
    vti_report(&op, report);
    vti_operator_close(&op);
    return st;
}

/* ---------------------------------------------------------------- series ---- */

/* Jackson's factor of moment k out of `moments`: the density is smoothed and stays positive. */
static double jackson(size_t k, size_t moments) {
    double q = PI / ((double)moments + 1), x = q * (double)k;
    return (((double)(moments - k) + 1) * cos(x) + sin(x) / tan(q)) / ((double)moments + 1);
}

/* Share of modes below largest (1 - cos(theta))/2. */
static double share_below(const double *moment, size_t moments, double theta) {
    /* t = cos(pi - theta); the integral of T_k/(pi sqrt(1 - t^2)) from -1 to t. */
    double sum = theta / PI;
    for (size_t k = 1; k < moments; k++) {
        double sign = k % 2 == 0 ? 1 : -1;
        sum +=
            2 * jackson(k, moments) * moment[k] * sign * sin((double)k * theta) / ((double)k * PI);
    }
    return sum;
}

double vti_quantile(const vti_operator *op, const double *moment, size_t moments, double modes) {
    double share = modes / (double)(op->n - op->zeros), low = 0, high = PI;
    for (int step = 0; step < 50; step++) {
        double middle = 0.5 * (low + high);
        if (share_below(moment, moments, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * op->largest * (1 - cos(high));
}

static double angle_of(const vti_operator *op, double eigenvalue) {
    double t = 1 - 2 * eigenvalue / op->largest;
    return acos(t > 1 ? 1 : t < -1 ? -1 : t);
}

double vti_window(const vti_operator *op, const double *moment, size_t moments, double center,
                  double modes) {
    double share = modes / (double)(op->n - op->zeros), low = 0, high = op->largest;
    for (int step = 0; step < 60; step++) {
        double middle = 0.5 * (low + high);
        double inside = share_below(moment, moments, angle_of(op, center + middle)) -
                        share_below(moment, moments, angle_of(op, center - middle));
        *(inside < share ? &low : &high) = middle;
    }
    return high;
}

/* The density of one probe at a frequency of x times the largest: with theta = 2 asin x it is the
   series over cos k(pi - theta), and all else is the change of variables. */
static double density_of(const double *moment, const double *factor, size_t moments, double x) {
    double theta = 2 * asin(x), sum = 1;
    double c = -cos(theta), before = 1, now = c; /* T_0 and T_1 */
    for (size_t k = 1; k < moments; k++) {
        sum += 2 * factor[k] * moment[k] * now;
        double next = 2 * c * now - before;
        before = now;
        now = next;
    }
    return 2 * sum / (PI * sqrt(1 - x * x));
}

vt_status vt_density_at(double largest, size_t probes, size_t moments, const double *moment,
                        size_t count, const double *frequency, double *density, double *error,
                        vt_error *err) {
    double *factor = vt_alloc(moments, sizeof *factor), most = vt_modes_frequency(largest);
    if (factor == NULL) return vt_fail_memory(err, moments, sizeof *factor, "the density of modes");
    for (size_t k = 0; k < moments; k++) factor[k] = jackson(k, moments);
    for (size_t f = 0; f < count; f++) {
        double x = frequency[f] / most, sum = 0, squares = 0;
        density[f] = error[f] = 0;
        if (!(x >= 0 && x < 1)) continue;
        for (size_t p = 0; p < probes; p++) {
            double g = density_of(moment + p * moments, factor, moments, x) / most;
            sum += g;
            squares += g * g;
        }
        double n = (double)probes, mean = sum / n;
        density[f] = mean;
        error[f] = probes > 1 ? sqrt(fmax(squares / n - mean * mean, 0) / (n - 1)) : NAN;
    }
    vt_free(factor);
    return VT_OK;
}

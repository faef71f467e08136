/* The lowest modes, or those around a frequency, by subspace iteration with Chebyshev filters.

   A filter is a polynomial p of H that is large at the wanted end of the spectrum and at most 1
   beyond a cut. It is applied in single precision, whose rounding would limit what is found to six
   digits, if it were not applied to what is wrong with each vector only: p(H) v = p(value) v + y,
   where y follows from the residual r = H v - value v by the recursion of p. So y gets small as
   vectors get right, and its rounding with it. Kodali and Motamarri, arXiv:2503.22652 (2025), call
   it residual-based. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "modes/internal.h"

enum {
    WIDE = VT_HESSIAN_WIDE,
    MOMENTS = 128,    /* that tell where the cut is */
    LEAST_SPARE = 32, /* vectors beyond those wanted */
    LEAST_DEGREE = 8,
    MOST_DEGREE = 20000,
    DENSE_SHARE = 3 /* of all modes, one out of so many is better taken from the matrix */
};

/* Vectors beyond those wanted, per wanted one: fewer mean higher polynomials, more mean more
   vectors to filter and to orthogonalize. */
static const double SPARE = 0.35;

/* How much a filter may let the lowest mode grow: at first, when all vectors are mixtures of all
   modes, as much as leaves digits for the others; later, when each is near a mode of its own,
   more. */
static const double FIRST_GROWTH = 1e5, MOST_GROWTH = 1e9;

/* Least ratio of the cut to the last wanted eigenvalue, as long as no vector says better. */
static const double ROOM = 1.1;

/* Residuals are aimed this much below the tolerance. */
static const double MARGIN = 4;

typedef struct {
    vti_operator *op;
    const vt_modes_options *o;
    vti_subspace space;
    double *eigenvalue;  /* of H, where the operator is folded */
    double *residual;    /* of the wanted vectors, in units of the largest eigenvalue */
    double cut, top;     /* eigenvalues of the operator from here to its largest are damped */
    double worst, start; /* residual: now, and in the first round */
    /* Room for WIDE vectors. */
    double *hv;
    float *r, *x, *y, *w;
} search;

/* ---------------------------------------------------------------- filter ---- */

/* Degree at which an eigenvalue below the cut grows by `growth`. */
static int degree_for(const search *s, double value, double growth) {
    double e = 0.5 * (s->top - s->cut), c = 0.5 * (s->top + s->cut);
    double t = (c - value) / e;
    if (!(t > 1)) return MOST_DEGREE;
    double degree = ceil(acosh(growth) / acosh(t));
    return degree < LEAST_DEGREE ? LEAST_DEGREE : degree > MOST_DEGREE ? MOST_DEGREE : (int)degree;
}

/* Residuals of `count` vectors from `first` on into s->hv, not in any units; their norms. */
static vt_status residuals(search *s, size_t first, size_t count, double norm[WIDE],
                           vt_error *err) {
    size_t n = s->space.n;
    double *v = s->space.v + first * n;
    VTI_TRY(vti_times(s->op, count, v, s->hv, err));
    for (size_t k = 0; k < count; k++) {
        double *r = s->hv + k * n, value = s->space.value[first + k];
        for (size_t i = 0; i < n; i++) r[i] -= value * v[k * n + i];
        norm[k] = sqrt(vt_dot(r, r, n));
    }
    return VT_OK;
}

/* A step of a recursion in the operator: vt_hessian_wide_step, twice where it is folded. */
static vt_status take_step(search *s, const vt_hessian_step *step, const float *x, float *y,
                           vt_error *err) {
    vt_hessian *h = s->op->hessian;
    s->op->products += s->op->folded ? 2 * WIDE : WIDE;
    if (!s->op->folded) return vt_hessian_wide_step(h, step, x, s->r, y, err);
    const float center = (float)s->op->center;
    vt_hessian_step once = {.h = 1, .x_factor = -center};
    VTI_TRY(vt_hessian_wide_step(h, &once, x, NULL, s->w, err));
    for (size_t i = 0; i < s->space.n; i++)
        for (size_t k = WIDE * i, m = 0; m < WIDE; k++, m++)
            y[k] = step->x_factor * x[k] + step->y_factor * y[k] + step->r_factor[m] * s->r[k];
    once = (vt_hessian_step){.h = step->h, .x_factor = -center * step->h, .y_factor = 1};
    return vt_hessian_wide_step(h, &once, s->w, NULL, y, err);
}

/* The polynomial of that degree, scaled to 1 at `at`, of `count` vectors from `first` on. */
static vt_status filter(search *s, size_t first, size_t count, int degree, double at,
                        vt_error *err) {
    size_t n = s->space.n;
    double e = 0.5 * (s->top - s->cut), c = 0.5 * (s->top + s->cut);
    double norm[WIDE] = {0}, inverse[WIDE] = {0}, now[WIDE], before[WIDE], t[WIDE];
    VTI_TRY(residuals(s, first, count, norm, err));
    for (size_t k = 0; k < count; k++) {
        inverse[k] = norm[k] > 0 ? 1 / norm[k] : 0;
        t[k] = (s->space.value[first + k] - c) / e;
    }
    vt_hessian_wide_load(s->op->hessian, count, s->hv, inverse, s->r);
    double t0 = (at - c) / e, rho = 1 / t0;
    vt_hessian_step step = {0};
    float *x = s->x, *y = s->y;
    memset(x, 0, WIDE * n * sizeof *x);
    memset(y, 0, WIDE * n * sizeof *y);
    for (size_t k = 0; k < count; k++) {
        before[k] = 1;
        now[k] = rho * t[k];
        step.r_factor[k] = (float)(rho / e);
    }
    VTI_TRY(take_step(s, &step, x, y, err));
    for (int m = 1; m < degree; m++) {
        double next = 1 / (2 * t0 - rho);
        step.h = (float)(2 * next / e);
        step.x_factor = (float)(-2 * next * c / e);
        step.y_factor = (float)(-next * rho);
        for (size_t k = 0; k < count; k++) {
            step.r_factor[k] = (float)(2 * next * now[k] / e);
            double value = 2 * next * t[k] * now[k] - next * rho * before[k];
            before[k] = now[k];
            now[k] = value;
        }
        VTI_TRY(take_step(s, &step, y, x, err));
        rho = next;
        float *swap = x;
        x = y;
        y = swap;
    }
    double *v = s->space.v + first * n;
    vt_hessian_wide_store(s->op->hessian, count, y, norm, now, v);
    for (size_t k = 0; k < count; k++) {
        vti_project(s->op, v + k * n);
        vti_normalize(n, v + k * n);
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- rounds ---- */

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Each group of vectors by as much as its worst wanted one needs; spare vectors by as much as the
   worst of all, since what they take up the others need not damp. */
static vt_status filter_all(search *s, vt_error *err) {
    const vti_subspace *space = &s->space;
    int most = degree_for(s, space->value[0], MOST_GROWTH), highest = LEAST_DEGREE;
    for (size_t k = 0; k < s->o->count; k++) {
        double growth = MARGIN * s->residual[k] / s->o->tolerance;
        int degree = growth > 1 ? degree_for(s, space->value[k], growth) : 0;
        if (degree > highest) highest = degree;
    }
    if (highest > most) highest = most;
    for (size_t first = 0; first < space->count; first += WIDE) {
        size_t count = smaller(WIDE, space->count - first);
        int degree = first + count > s->o->count ? highest : 0;
        for (size_t k = first; k < smaller(first + count, s->o->count); k++) {
            double growth = MARGIN * s->residual[k] / s->o->tolerance;
            int own = growth > 1 ? degree_for(s, space->value[k], growth) : 0;
            if (own > degree) degree = own;
        }
        if (degree > highest) degree = highest;
        if (degree > 0) VTI_TRY(filter(s, first, count, degree, space->value[0], err));
    }
    return VT_OK;
}

/* Residuals of the first `count` vectors with H. */
static vt_status measure(search *s, size_t count, vt_error *err) {
    double norm[WIDE];
    for (size_t first = 0; first < count; first += WIDE) {
        size_t some = smaller(WIDE, count - first);
        VTI_TRY(residuals(s, first, some, norm, err));
        for (size_t k = 0; k < some; k++) s->residual[first + k] = norm[k] / s->op->largest;
    }
    return VT_OK;
}

static void swap_numbers(double *a, double *b) {
    double kept = *a;
    *a = *b;
    *b = kept;
}

static void swap_vectors(search *s, size_t a, size_t b) {
    vti_subspace *space = &s->space;
    for (size_t i = 0; i < space->n; i++)
        swap_numbers(&space->v[a * space->n + i], &space->v[b * space->n + i]);
    swap_numbers(&space->value[a], &space->value[b]);
    swap_numbers(&s->residual[a], &s->residual[b]);
    swap_numbers(&s->eigenvalue[a], &s->eigenvalue[b]);
}

/* The first `count` vectors in rising order of their values. */
static void sort(search *s, size_t count) {
    for (size_t k = 0; k < count; k++) {
        size_t least = k;
        for (size_t m = k + 1; m < count; m++)
            if (s->space.value[m] < s->space.value[least]) least = m;
        if (least != k) swap_vectors(s, k, least);
    }
}

/* Folded, modes on both sides of the center mix. H itself separates those near it, and some more
   for the sake of the last ones; then they are brought in the order of their distance. Values
   stay those of the operator, v.(H - center)^2 v. */
static vt_status separate(search *s, vt_error *err) {
    vti_operator *op = s->op;
    size_t some = smaller(s->o->count + WIDE, s->space.count);
    vti_subspace near = {s->space.n, some, s->space.v, s->space.value};
    op->folded = false;
    vt_status st = vti_rayleigh_ritz(op, &near, err);
    if (!vt_failed(st)) st = measure(s, some, err);
    op->folded = true;
    if (vt_failed(st)) return st;
    for (size_t k = 0; k < some; k++) {
        double off = s->space.value[k] - op->center, left = s->residual[k] * op->largest;
        s->eigenvalue[k] = s->space.value[k];
        s->space.value[k] = off * off + left * left;
    }
    sort(s, some);
    return VT_OK;
}

/* Share of the way from the first residual down to the tolerance, in orders of magnitude. */
static bool tell(search *s) {
    if (s->start == 0) s->start = s->worst;
    if (s->o->progress == NULL) return true;
    double way = log(s->start / s->o->tolerance), gone = log(s->start / s->worst);
    return s->o->progress(s->o->context, way > 0 ? fmin(fmax(gone / way, 0), 1) : 1);
}

static vt_status find_cut(search *s, vt_error *err) {
    const vt_density_options o = {.moments = MOMENTS, .probes = WIDE, .seed = s->o->seed + 1};
    double *moment = vt_alloc(WIDE * MOMENTS, sizeof *moment);
    if (moment == NULL) return vt_fail_memory(err, WIDE * MOMENTS, sizeof *moment, "modes");
    vt_status st = vti_moments(s->op, &o, moment, err);
    for (size_t m = 0; m < MOMENTS; m++) {
        for (size_t k = 1; k < WIDE; k++) moment[m] += moment[k * MOMENTS + m];
        moment[m] /= WIDE;
    }
    double modes = (double)s->space.count;
    if (s->op->folded) {
        double width = vti_window(s->op, moment, MOMENTS, s->op->center, modes);
        s->cut = width * width;
    } else {
        s->cut = vti_quantile(s->op, moment, MOMENTS, modes);
    }
    vt_free(moment);
    return st;
}

static vt_status start(search *s, vt_error *err) {
    vti_subspace *space = &s->space;
    VTI_TRY(find_cut(s, err));
    for (size_t k = 0; k < space->count; k++) {
        double *v = space->v + k * space->n;
        vti_random_vector(s->op, s->o->seed, k, v);
        vti_project(s->op, v);
        vti_normalize(space->n, v);
        space->value[k] = 0.5 * (s->top + s->cut);
    }
    int degree = degree_for(s, 0, FIRST_GROWTH);
    for (size_t first = 0; first < space->count; first += WIDE)
        VTI_TRY(filter(s, first, smaller(WIDE, space->count - first), degree, 0, err));
    return VT_OK;
}

/* The cut belongs where the vectors end. Their last Ritz value says so from above once it is good;
   until then what moments said is better, if it leaves the wanted ones below. */
static void move_cut(search *s) {
    const vti_subspace *space = &s->space;
    double last = space->value[space->count - 1], wanted = space->value[s->o->count - 1];
    s->cut = fmin(fmax(s->cut, ROOM * wanted), last);
}

static vt_status not_found(const search *s, size_t unconverged, vt_error *err) {
    return vt_fail(err, VT_EDIVERGED,
                   "%zu of %zu modes were not found in %lld rounds: the largest residual is %.1e "
                   "of the largest eigenvalue, not %g; allow more rounds, a larger tolerance, or "
                   "take what there is with unconverged = true",
                   unconverged, s->o->count, (long long)s->o->rounds, s->worst, s->o->tolerance);
}

static vt_status iterate(search *s, vt_modes_report *report, vt_error *err) {
    vti_subspace *space = &s->space;
    VTI_TRY(start(s, err));
    for (report->rounds = 1;; report->rounds++) {
        VTI_TRY(vti_rayleigh_ritz(s->op, space, err));
        VTI_TRY(s->op->folded ? separate(s, err) : measure(s, s->o->count, err));
        const double *found = s->op->folded ? s->eigenvalue : space->value;
        s->worst = 0;
        for (size_t k = 0; k < s->o->count; k++) {
            if (!s->o->saddle && found[k] < VTI_NEGATIVE * s->op->largest)
                return vti_no_minimum(found[k], err);
            s->worst = fmax(s->worst, s->residual[k]);
        }
        if (!tell(s)) return vt_fail_interrupted(err);
        if (s->worst <= s->o->tolerance || report->rounds == s->o->rounds) break;
        move_cut(s);
        VTI_TRY(filter_all(s, err));
    }
    if (s->op->folded) {
        memcpy(space->value, s->eigenvalue, s->o->count * sizeof *space->value);
        sort(s, s->o->count);
    }
    report->unconverged = 0;
    for (size_t k = 0; k < s->o->count; k++)
        report->unconverged += !(s->residual[k] <= s->o->tolerance);
    if (report->unconverged > 0 && !s->o->unconverged)
        return not_found(s, report->unconverged, err);
    return VT_OK;
}

/* ---------------------------------------------------------------- all together ---- */

vt_modes_options vt_modes_defaults(void) {
    return (vt_modes_options){.around = NAN, .tolerance = 1e-8, .rounds = 30, .seed = 1};
}

static vt_status check(const vt_system *system, const vt_modes_options *o, vt_error *err) {
    size_t total = vt_modes_total(system);
    if (o->count < 1 || o->count > total)
        return vt_fail(err, VT_EINVAL, "count is %zu; the %zu atoms have %zu vibrations", o->count,
                       system->count, total);
    if (!(o->tolerance >= 1e-13 && o->tolerance <= 1e-3))
        return vt_fail(err, VT_EINVAL, "tolerance is %g; it must be 1e-13 to 1e-3", o->tolerance);
    if (!(isnan(o->around) || (o->around > 0 && o->around < 1000)))
        return vt_fail(err, VT_EINVAL, "around is %g THz; it must be above 0 and below 1000",
                       o->around);
    if (o->rounds < 1)
        return vt_fail(err, VT_EINVAL, "rounds is %lld; it must be at least 1",
                       (long long)o->rounds);
    return VT_OK;
}

static vt_status search_open(search *s, vti_operator *op, const vt_modes_options *o, size_t count,
                             vt_error *err) {
    *s = (search){.op = op, .o = o};
    size_t n = op->n;
    s->space = (vti_subspace){.n = n,
                              .count = count,
                              .v = vt_alloc(count * n, sizeof(double)),
                              .value = vt_alloc(count, sizeof(double))};
    s->hv = vt_alloc(WIDE * n, sizeof *s->hv);
    s->r = vt_alloc(WIDE * n, sizeof *s->r);
    s->x = vt_alloc(WIDE * n, sizeof *s->x);
    s->y = vt_alloc(WIDE * n, sizeof *s->y);
    s->w = op->folded ? vt_alloc(WIDE * n, sizeof *s->w) : NULL;
    s->residual = vt_alloc(2 * (o->count + WIDE), sizeof *s->residual);
    if (s->space.v == NULL || s->space.value == NULL || s->hv == NULL || s->r == NULL ||
        s->x == NULL || s->y == NULL || s->residual == NULL || (op->folded && s->w == NULL))
        return vt_fail_memory(err, count * n, sizeof(double), "modes");
    s->eigenvalue = s->residual + o->count + WIDE;
    s->top = op->largest;
    if (op->folded) {
        double far = fmax(op->center, op->largest - op->center);
        s->top = far * far;
    }
    return VT_OK;
}

static void search_close(search *s) {
    vt_free(s->space.v);
    vt_free(s->space.value);
    vt_free(s->hv);
    vt_free(s->r);
    vt_free(s->x);
    vt_free(s->y);
    vt_free(s->w);
    vt_free(s->residual);
}

vt_status vti_lowest(vti_operator *op, const vt_modes_options *o, bool sorted, double *eigenvalue,
                     double *residual, double *vector, vt_modes_report *report, vt_error *err) {
    size_t spare = (size_t)(SPARE * (double)o->count), total = op->n - op->zeros;
    if (spare < LEAST_SPARE) spare = LEAST_SPARE;
    size_t count = smaller((o->count + spare + WIDE - 1) / WIDE * WIDE, total);
    VTI_TRY(vti_operator_bound(op, err));
    op->folded = !isnan(o->around);
    op->center = op->folded ? vt_modes_eigenvalue(o->around) : 0;
    if (!op->folded && DENSE_SHARE * count > total && op->system->count <= VT_HESSIAN_DENSE_ATOMS)
        return vti_dense(op, o->saddle, sorted, o->count, eigenvalue, residual, vector, err);
    search s;
    vt_status st = search_open(&s, op, o, count, err);
    if (!vt_failed(st)) st = iterate(&s, report, err);
    if (!vt_failed(st)) {
        memcpy(eigenvalue, s.space.value, o->count * sizeof *eigenvalue);
        memcpy(residual, s.residual, o->count * sizeof *residual);
        vti_give(op, sorted, o->count, s.space.v, vector);
    }
    search_close(&s);
    return st;
}

vt_status vt_modes_lowest(vt_system *system, const vt_modes_options *options, double *eigenvalue,
                          double *residual, double *vector, vt_modes_report *report,
                          vt_error *err) {
    *report = (vt_modes_report){0};
    vti_operator op;
    vt_status st = vti_operator_open(&op, system, err);
    if (!vt_failed(st)) st = check(system, options, err);
    if (!vt_failed(st))
        st = vti_lowest(&op, options, false, eigenvalue, residual, vector, report, err);
    vti_report(&op, report);
    vti_operator_close(&op);
    return st;
}

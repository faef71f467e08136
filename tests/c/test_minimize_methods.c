/* The minimizers on functions whose minimum is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "minimize/method.h"
#include "minimize/vectors.h"

/* ---------------------------------------------------------------- functions ---- */

/* Rosenbrock's valley in n/2 copies: minimum 0 at all ones. Comput. J. 3, 175 (1960). */
static vt_status rosenbrock(void *context, const double *x, double *value, double *gradient,
                            vt_error *err) {
    (void)err;
    size_t n = *(const size_t *)context;
    *value = 0;
    for (size_t i = 0; i < n; i += 2) {
        double a = 1 - x[i], b = x[i + 1] - x[i] * x[i];
        *value += a * a + 100 * b * b;
        gradient[i] = -2 * a - 400 * x[i] * b;
        gradient[i + 1] = 200 * b;
    }
    return VT_OK;
}

/* An axis-parallel bowl with stiffnesses from 1 to 1000 and its floor at -3. */
static vt_status bowl(void *context, const double *x, double *value, double *gradient,
                      vt_error *err) {
    (void)err;
    size_t n = *(const size_t *)context;
    *value = -3;
    for (size_t i = 0; i < n; i++) {
        double stiffness = pow(1000, (double)i / (double)(n - 1)), shift = x[i] - 0.1 * (double)i;
        *value += 0.5 * stiffness * shift * shift;
        gradient[i] = stiffness * shift;
    }
    return VT_OK;
}

/* Two atoms on a line with a hard core: no value below 0.5, a minimum of -1 at r = 1 (Morse). */
static vt_status cliff(void *context, const double *x, double *value, double *gradient,
                       vt_error *err) {
    (void)context;
    if (x[0] < 0.5) return vt_fail(err, VT_EDIVERGED, "inside the core");
    double e = exp(-3 * (x[0] - 1));
    *value = e * e - 2 * e;
    gradient[0] = -6 * e * e + 6 * e;
    return VT_OK;
}

static double largest_component(void *context, const double *d) {
    size_t n = *(const size_t *)context;
    double largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(d[i]));
    return largest;
}

/* ---------------------------------------------------------------- driver ---- */

typedef struct {
    int evaluations;
    double value, gradient, longest_step;
    vt_status status;
} outcome;

/* Minimize from x until the gradient is below `goal` or `most` evaluations are spent. */
static outcome minimize(const char *name, const vti_objective *f, double max_step, double *x,
                        double goal, int most) {
    const vti_method_class *class = vti_method_find(name);
    assert_non_null(class);
    vti_method *method = vt_alloc(1, class->size);
    *method = (vti_method){.class = class, .objective = f, .max_step = max_step, .memory = 10};
    vt_error err = {0};
    assert_int_equal(class->create(method, &err), VT_OK);
    size_t n = vti_variables(f);
    vti_iterate trial = {0, vti_vector(f), vti_vector(f)};
    double *before = vti_vector(f);
    memcpy(trial.x, x, n * sizeof *x);
    outcome o = {.status = VT_CONTINUE};
    double lowest = INFINITY;
    while (o.evaluations < most && o.status == VT_CONTINUE) {
        vt_status status = f->evaluate(f->context, trial.x, &trial.energy, trial.gradient, &err);
        o.evaluations++;
        if (vt_failed(status)) trial.energy = INFINITY;
        o.gradient = sqrt(vti_dot(n, trial.gradient, trial.gradient));
        if (trial.energy <= lowest) {
            lowest = o.value = trial.energy;
            memcpy(x, trial.x, n * sizeof *x);
        }
        if (!vt_failed(status) && o.gradient < goal) {
            o.status = VT_DONE;
            break;
        }
        memcpy(before, trial.x, n * sizeof *x);
        o.status = o.evaluations == 1 ? class->start(method, &trial) : class->step(method, &trial);
    }
    vt_free(before);
    vt_free(trial.x);
    vt_free(trial.gradient);
    class->destroy(method);
    vt_free(method);
    return o;
}

static vti_objective objective(size_t *n, vt_status (*f)(void *, const double *, double *, double *,
                                                         vt_error *)) {
    return (vti_objective){.extra = *n, .context = n, .evaluate = f, .reach = largest_component};
}

/* ---------------------------------------------------------------- tests ---- */

/* At a gradient of 1e-9 and a least curvature near 0.4 (Rosenbrock) or 1, x is right to 3e-9. */
static const double GOAL = 1e-9, X_TOLERANCE = 1e-8;

static void every_method_finds_the_floor_of_a_bowl(void **state) {
    (void)state;
    size_t n = 31;
    vti_objective f = objective(&n, bowl);
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        double x[31] = {0};
        outcome o = minimize(*name, &f, 10, x, GOAL, 20000);
        assert_int_equal(o.status, VT_DONE);
        for (size_t i = 0; i < n; i++) assert_true(fabs(x[i] - 0.1 * (double)i) < X_TOLERANCE);
    }
}

static void every_method_follows_rosenbrocks_valley(void **state) {
    (void)state;
    size_t n = 10;
    vti_objective f = objective(&n, rosenbrock);
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        double x[10];
        for (size_t i = 0; i < n; i += 2) x[i] = -1.2 - 0.01 * (double)i, x[i + 1] = 1;
        outcome o = minimize(*name, &f, 10, x, GOAL, 100000);
        assert_int_equal(o.status, VT_DONE);
        for (size_t i = 0; i < n; i++) assert_true(fabs(x[i] - 1) < X_TOLERANCE);
    }
}

static void lbfgs_needs_few_evaluations(void **state) {
    (void)state;
    /* A quasi-Newton method takes some 40 evaluations for Rosenbrock's function from its usual
       start and plain descent thousands; twice the first leaves room for another line search. */
    size_t n = 2;
    vti_objective f = objective(&n, rosenbrock);
    double x[2] = {-1.2, 1};
    outcome o = minimize("lbfgs", &f, 10, x, GOAL, 1000);
    assert_int_equal(o.status, VT_DONE);
    assert_in_range(o.evaluations, 10, 80);
}

static void a_point_without_value_is_stepped_back_from(void **state) {
    (void)state;
    size_t n = 1;
    vti_objective f = objective(&n, cliff);
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        double x[1] = {1.4};
        /* A first step this long ends inside the core. */
        outcome o = minimize(*name, &f, 1.0, x, GOAL, 2000);
        assert_int_equal(o.status, VT_DONE);
        assert_true(fabs(x[0] - 1) < X_TOLERANCE);
    }
}

static void no_step_is_longer_than_allowed(void **state) {
    (void)state;
    size_t n = 31;
    vti_objective f = objective(&n, bowl);
    const double max_step = 0.05;
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        const vti_method_class *class = vti_method_find(*name);
        vti_method *method = vt_alloc(1, class->size);
        *method = (vti_method){.class = class, .objective = &f, .max_step = max_step, .memory = 5};
        assert_int_equal(class->create(method, NULL), VT_OK);
        double x[31] = {0}, g[31], before[31], d[31];
        vti_iterate trial = {0, x, g};
        for (int k = 0; k < 200; k++) {
            bowl(&n, x, &trial.energy, g, NULL);
            memcpy(before, x, sizeof x);
            vt_status status = k == 0 ? class->start(method, &trial) : class->step(method, &trial);
            if (status != VT_CONTINUE) break;
            for (size_t i = 0; i < n; i++) d[i] = x[i] - before[i];
            assert_true(largest_component(&n, d) <= max_step * (1 + 1e-12));
        }
        class->destroy(method);
        vt_free(method);
    }
}

static void a_goal_below_rounding_ends_in_a_stall(void **state) {
    (void)state;
    /* Around a floor of -3 the energy is flat to 2e-15 within 3e-8 of the minimum: L-BFGS and
       conjugate gradients must notice that they cannot go lower. */
    size_t n = 7;
    vti_objective f = objective(&n, bowl);
    const char *const names[] = {"lbfgs", "cg"};
    for (size_t k = 0; k < 2; k++) {
        double x[7] = {0};
        outcome o = minimize(names[k], &f, 10, x, 0, 5000);
        assert_int_equal(o.status, VT_DONE);
        assert_true(o.evaluations < 5000);
        for (size_t i = 0; i < n; i++) assert_true(fabs(x[i] - 0.1 * (double)i) < 1e-6);
    }
}

static void a_vanishing_gradient_at_the_start_is_done(void **state) {
    (void)state;
    size_t n = 4;
    vti_objective f = objective(&n, rosenbrock);
    for (const char *const *name = vt_minimize_methods(); *name != NULL; name++) {
        double x[4] = {1, 1, 1, 1};
        outcome o = minimize(*name, &f, 10, x, 0, 100);
        assert_int_equal(o.status, VT_DONE);
        assert_int_equal(o.evaluations, 1);
    }
}

/* What is done in one pass over blocks, against the same one number after the other. */
static void passes_do_what_they_say(void **state) {
    (void)state;
    static const size_t SIZE[] = {1, 7, 1024, 3001, 50021};
    for (size_t k = 0; k < sizeof SIZE / sizeof *SIZE; k++) {
        size_t n = SIZE[k];
        enum { VECTORS = 9 };
        double *v[VECTORS]; /* x, x0, g, g0, s, y, another, d, next */
        vt_rng rng = vt_rng_start(2385 + k, VT_STREAM_SHUFFLE);
        for (int q = 0; q < VECTORS; q++) {
            v[q] = vt_alloc(n, sizeof(double));
            for (size_t i = 0; i < n; i++) v[q][i] = vt_rng_uniform(&rng) - 0.5;
        }
        const vti_change change = {v[0], v[1], v[2], v[3], v[4], v[5]};
        const double *const all[3] = {v[4], v[5], v[6]};
        static const double FACTOR[3] = {0.5, -2, 3};
        const vti_sum_of_vectors sum = {-1.5, v[2], 3, FACTOR, all, v[7]};
        double *part = vt_alloc(vti_parts(n, 3), sizeof *part), in_g[3], in_y[3];
        double first[8], now[8];
        int threads = vt_threads();
        for (int t = 1; t <= 3; t++) {
            vt_threads_set(t, NULL);
            now[0] = vti_dots_of_change(n, &change, 3, all, part, in_g, in_y);
            memcpy(now + 1, in_g, sizeof in_g);
            memcpy(now + 4, in_y, sizeof in_y);
            now[7] = vti_combine_and_advance(n, &sum, v[3], v[0], v[8]);
            if (t == 1) memcpy(first, now, sizeof first);
            assert_memory_equal(now, first, sizeof first);
        }
        vt_threads_set(threads, NULL);
        double expected[8] = {0};
        for (size_t i = 0; i < n; i++) {
            double s = v[0][i] - v[1][i], y = v[2][i] - v[3][i], third = v[6][i];
            assert_true(v[4][i] == s && v[5][i] == y);
            double d = -1.5 * v[2][i] + 0.5 * s - 2 * y + 3 * third;
            assert_true(fabs(v[7][i] - d) < 1e-14 && v[8][i] == v[0][i] + v[7][i]);
            const double terms[8] = {s * s, s * v[2][i], y * v[2][i], third * v[2][i],
                                     s * y, y * y,       third * y,   d * v[3][i]};
            for (int q = 0; q < 8; q++) expected[q] += terms[q];
        }
        /* Sums of n terms of some 0.1: rounding of 1e-16 each. */
        for (int q = 0; q < 8; q++)
            assert_true(fabs(now[q] - expected[q]) < 1e-14 * (double)(n + 10));
        for (int q = 0; q < VECTORS; q++) vt_free(v[q]);
        vt_free(part);
    }
}

static void sums_do_not_depend_on_threads(void **state) {
    (void)state;
    size_t n = 50021;
    double *a = vt_alloc(n, sizeof *a), *b = vt_alloc(n, sizeof *b);
    vt_rng rng = vt_rng_start(2385, VT_STREAM_SHUFFLE);
    for (size_t i = 0; i < n; i++) a[i] = vt_rng_uniform(&rng), b[i] = vt_rng_uniform(&rng) - 0.5;
    int threads = vt_threads();
    double sum[3], first[10];
    long double exact = 0;
    for (size_t i = 0; i < n; i++) exact += (long double)a[i] * b[i];
    for (int k = 0; k < 3; k++) {
        assert_int_equal(vt_threads_set(k + 1, NULL), VT_OK);
        sum[k] = vti_dot(n, a, b);
        /* 5e4 terms below 0.5, summed in blocks: far better than n eps. */
        assert_true(fabs(sum[k] - (double)exact) < 1e-9);
        assert_memory_equal(&sum[k], &sum[0], sizeof sum[0]);
        double *y = vt_alloc(n, sizeof *y);
        memcpy(y, a, n * sizeof *y);
        /* More vectors than one pass takes. */
        const double *const all[10] = {a, b, a, b, a, b, a, b, b, a};
        static const double FACTOR[10] = {1, 2, -1, 0.5, 3, -2, -3, 1, -1.5, 1};
        double with_a[10], with_b[10], exact_a = 0, exact_b = 0;
        for (size_t i = 0; i < n; i++) exact_a += a[i] * a[i], exact_b += b[i] * b[i];
        vti_dots(n, 10, all, a, b, with_a, with_b);
        const vti_sum_of_vectors sum_of = {1, a, 10, FACTOR, all, y}; /* a + a + 0 b */
        vti_combine(n, &sum_of);
        for (size_t i = 0; i < n; i++) assert_true(fabs(y[i] - (a[i] + a[i])) < 1e-14);
        for (int q = 0; q < 10; q++) {
            if (all[q] == a) assert_true(fabs(with_a[q] - exact_a) < 1e-8);
            if (all[q] == b) assert_true(fabs(with_b[q] - exact_b) < 1e-8);
        }
        if (k == 0) memcpy(first, with_a, sizeof first);
        assert_memory_equal(with_a, first, sizeof first);
        vt_free(y);
    }
    vt_threads_set(threads, NULL);
    vt_free(a);
    vt_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_finds_the_floor_of_a_bowl),
        cmocka_unit_test(every_method_follows_rosenbrocks_valley),
        cmocka_unit_test(lbfgs_needs_few_evaluations),
        cmocka_unit_test(a_point_without_value_is_stepped_back_from),
        cmocka_unit_test(no_step_is_longer_than_allowed),
        cmocka_unit_test(a_goal_below_rounding_ends_in_a_stall),
        cmocka_unit_test(a_vanishing_gradient_at_the_start_is_done),
        cmocka_unit_test(passes_do_what_they_say),
        cmocka_unit_test(sums_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

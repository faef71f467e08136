/* Searches on surfaces whose saddles are known, and the lowest mode against dense matrices. */
#include "fixture.h"

#include "vitrum/saddle.h"

/* ---------------------------------------------------------------- surfaces ---- */

/* U = (u^2 - 1)^2 + stiffness v^2, where u = x + 1: minima at x = 0 and -2, the saddle at -1 with
   the energy 1 and the curvature -4. Context: stiffness. */
static vt_status double_well(void *context, const double *x, double *energy, double *force,
                             vt_error *err) {
    (void)err;
    double k = *(double *)context, u = x[0] + 1, w = u * u - 1;
    *energy = w * w + k * x[1] * x[1];
    force[0] = -4 * u * w;
    force[1] = -2 * k * x[1];
    return VT_OK;
}

/* The surface of Mueller and Brown, Theor. Chim. Acta 53, 75 (1979), from the minimum at (-0.558,
   1.442) on, in units of 100: saddles at (-0.822, 0.624) and (0.212, 0.293). */
static const double MB_START[2] = {-0.558223634633, 1.441725841804};
static const double MB_ENERGY = -1.46699517209;

static vt_status mueller_brown(void *context, const double *d, double *energy, double *force,
                               vt_error *err) {
    static const double A[] = {-2, -1, -1.7, 0.15}, a[] = {-1, -1, -6.5, 0.7},
                        b[] = {0, 0, 11, 0.6}, c[] = {-10, -10, -6.5, 0.7}, x0[] = {1, 0, -0.5, -1},
                        y0[] = {0, 0.5, 1.5, 1};
    (void)context;
    (void)err;
    double x = MB_START[0] + d[0], y = MB_START[1] + d[1];
    *energy = -MB_ENERGY;
    force[0] = force[1] = 0;
    for (int k = 0; k < 4; k++) {
        double u = x - x0[k], v = y - y0[k];
        double e = A[k] * exp(a[k] * u * u + b[k] * u * v + c[k] * v * v);
        *energy += e;
        force[0] -= e * (2 * a[k] * u + b[k] * v);
        force[1] -= e * (b[k] * u + 2 * c[k] * v);
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- searches ---- */

static void the_saddle_of_a_double_well_is_found(void **state) {
    (void)state;
    vt_art_options o = vt_art_defaults();
    o.force = 1e-6;
    o.max_step = 0.2;
    for (double k = 0.5; k < 20; k *= 3)
        for (int direction = 0; direction < 4; direction++) {
            vt_surface surface = {.context = &k, .count = 2, .evaluate = double_well};
            double angle = 3.14159 + 0.4 * (direction - 1.5),
                   kick[2] = {0.3 * cos(angle), 0.3 * sin(angle)};
            vt_art_path path;
            vt_error err = {0};
            REQUIRE_OK(vt_art_walk(&surface, kick, &o, &path, &err), err);
            assert_string_equal(vt_art_reason_text(path.reason), "connected");
            CHECK_NEAR(path.saddle_energy, 1, 1e-9);
            CHECK_NEAR(path.saddle[0], -1, 1e-5);
            CHECK_NEAR(path.saddle[1], 0, 1e-5);
            CHECK_NEAR(path.curvature, -4, 0.03);
            CHECK_NEAR(path.final[0], -2, 1e-3);
            CHECK_NEAR(path.final_energy, 0, 1e-5);
            CHECK_NEAR(fabs(path.mode[0]), 1, 1e-3);
            vt_art_path_free(&path);
        }
}

static void a_curved_valley_is_followed(void **state) {
    (void)state;
    vt_art_options o = vt_art_defaults();
    o.force = 1e-6;
    o.kick = o.push = 0.1;
    o.max_step = 0.05;
    o.most_push = 0.05;
    o.over = 0.05;
    o.leave_force = 0.05;
    o.fmax = 1e-5;
    o.same_distance = 0.05;
    int found = 0;
    for (int direction = 0; direction < 12; direction++) {
        vt_surface surface = {.count = 2, .evaluate = mueller_brown};
        double angle = direction * 3.14159265358979 / 6,
               kick[2] = {0.1 * cos(angle), 0.1 * sin(angle)};
        vt_art_path path;
        vt_error err = {0};
        REQUIRE_OK(vt_art_walk(&surface, kick, &o, &path, &err), err);
        if (path.reason == VT_ART_CONNECTED) {
            CHECK_NEAR(MB_START[0] + path.saddle[0], -0.822001558732, 1e-4);
            CHECK_NEAR(MB_START[1] + path.saddle[1], 0.624312802815, 1e-4);
            CHECK_NEAR(path.saddle_energy, -0.406648435087 - MB_ENERGY, 1e-7);
            found++;
        }
        vt_art_path_free(&path);
    }
    assert_in_range(found, 3, 12);
}

static void every_search_ends_with_a_reason(void **state) {
    (void)state;
    vt_error err = {0};
    double k = 2, kick[2] = {-0.3, 0.1};
    vt_surface surface = {.context = &k, .count = 2, .evaluate = double_well};
    vt_art_path path;
    vt_art_options o = vt_art_defaults();
    o.energy_limit = 0.5;
    REQUIRE_OK(vt_art_walk(&surface, kick, &o, &path, &err), err);
    assert_string_equal(vt_art_reason_text(path.reason), "energy limit");
    assert_null(path.saddle);
    assert_true(isnan(path.saddle_energy));
    o = vt_art_defaults();
    o.leave_steps = 1;
    REQUIRE_OK(vt_art_walk(&surface, kick, &o, &path, &err), err);
    assert_string_equal(vt_art_reason_text(path.reason), "step limit");
    vt_interrupt_request();
    REQUIRE_OK(vt_art_walk(&surface, kick, &o, &path, &err), err);
    vt_interrupt_clear();
    assert_string_equal(vt_art_reason_text(path.reason), "interrupted");
    o.threshold = 1;
    assert_int_equal(vt_art_walk(&surface, kick, &o, &path, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the threshold of the curvature [eV/A^2] is 1");
    o = vt_art_defaults();
    kick[0] = kick[1] = 0;
    assert_int_equal(vt_art_walk(&surface, kick, &o, &path, &err), VT_EINVAL);
}

/* ---------------------------------------------------------------- Lanczos ---- */

enum { N = 40 };

/* A quadratic form whose eigenvalues are known: H = sum of value (v v^T), v from reflecting unit
   vectors. */
typedef struct {
    double value[N], mirror[N];
} quadratic;

static void reflect(const quadratic *q, const double *x, double *out) {
    double along = 0;
    for (int k = 0; k < N; k++) along += q->mirror[k] * x[k];
    for (int k = 0; k < N; k++) out[k] = x[k] - 2 * along * q->mirror[k];
}

static vt_status quadratic_energy(void *context, const double *x, double *energy, double *force,
                                  vt_error *err) {
    (void)err;
    const quadratic *q = context;
    double y[N], z[N];
    reflect(q, x, y);
    *energy = 0;
    for (int k = 0; k < N; k++) {
        z[k] = -q->value[k] * y[k];
        *energy -= 0.5 * z[k] * y[k];
    }
    reflect(q, z, force);
    return VT_OK;
}

static void lanczos_finds_the_lowest_eigenvalue(void **state) {
    (void)state;
    quadratic q;
    double norm = 0;
    for (int k = 0; k < N; k++) {
        q.value[k] = k == 17 ? -0.7 : 0.5 + 0.4 * k;
        q.mirror[k] = sin(3.0 * k + 1);
        norm += q.mirror[k] * q.mirror[k];
    }
    for (int k = 0; k < N; k++) q.mirror[k] /= sqrt(norm);
    vt_surface surface = {.context = &q, .count = N, .evaluate = quadratic_energy};
    vt_lanczos_options o = {.vectors = N, .tolerance = 1e-13, .step = 1e-3};
    double x[N], force[N], energy, mode[N], curvature, unit[N] = {0}, exact[N], along = 0;
    vt_error err = {0};
    int64_t evaluations = 0;
    for (int k = 0; k < N; k++) {
        x[k] = 0.1 * cos(k);
        mode[k] = cos(2.0 * k);
    }
    REQUIRE_OK(quadratic_energy(&q, x, &energy, force, &err), err);
    REQUIRE_OK(vt_lanczos(&surface, x, force, &o, mode, &curvature, &evaluations, &err), err);
    CHECK_NEAR(curvature, -0.7, 1e-8);
    unit[17] = 1;
    reflect(&q, unit, exact);
    for (int k = 0; k < N; k++) along += exact[k] * mode[k];
    CHECK_NEAR(fabs(along), 1, 1e-8);
    assert_in_range(evaluations, 5, N);
    /* From the mode itself two vectors tell as much, and its sign stays. */
    evaluations = 0;
    double before = along;
    o.vectors = 2;
    REQUIRE_OK(vt_lanczos(&surface, x, force, &o, mode, &curvature, &evaluations, &err), err);
    CHECK_NEAR(curvature, -0.7, 1e-8);
    assert_in_range(evaluations, 1, 2);
    along = 0;
    for (int k = 0; k < N; k++) along += exact[k] * mode[k];
    CHECK_NEAR(along, before, 1e-8);
    o.vectors = 0;
    assert_int_equal(vt_lanczos(&surface, x, force, &o, mode, &curvature, &evaluations, &err),
                     VT_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_saddle_of_a_double_well_is_found),
        cmocka_unit_test(a_curved_valley_is_followed),
        cmocka_unit_test(every_search_ends_with_a_reason),
        cmocka_unit_test(lanczos_finds_the_lowest_eigenvalue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

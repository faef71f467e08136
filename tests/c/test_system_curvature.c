/* Second derivatives: against differences of forces, and one form of the Hessian against the
   others. */
#include "eam_fixture.h"
#include "system/internal.h"

/* ---------------------------------------------------------------- samples ---- */

static const eam_model ALLOY = {.finnis_sinclair = false, .end = 6},
                       FINNIS_SINCLAIR = {.finnis_sinclair = true, .end = 6},
                       JUMPS = {.finnis_sinclair = true, .end = 9};

static vt_potential *lj_create(void) {
    vt_error err = {0};
    vt_lj_options o = vt_lj_kob_andersen(0.1, 2.4, 60.0);
    strcpy(o.species[0].symbol, "Cu");
    strcpy(o.species[1].symbol, "Zr");
    o.truncation = VT_LJ_FORCE_SHIFTED;
    vt_potential *p = vt_potential_lj_create(&o, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    return p;
}

/* A sample, a system of it and its Hessian. */
typedef struct {
    vt_potential *potential;
    vt_atoms *atoms;
    vt_system *system;
    vt_hessian *hessian;
} sample;

static sample sample_create(vt_potential *potential, vt_atoms *atoms,
                            const vt_hessian_options *options) {
    vt_error err = {0};
    sample s = {.potential = potential, .atoms = atoms};
    s.system = system_create(atoms, potential, -1, VT_PRECISION_DOUBLE);
    REQUIRE_OK(vt_system_evaluate(s.system, VT_SYSTEM_SORT, NULL, &err), err);
    s.hessian = vt_hessian_create(s.system, options, &err);
    if (s.hessian == NULL) fail_msg("%s", err.msg);
    return s;
}

static void sample_destroy(sample *s) {
    vt_hessian_destroy(s->hessian);
    vt_system_destroy(s->system);
    vt_atoms_destroy(s->atoms);
    vt_potential_destroy(s->potential);
}

/* 23 atoms in a box that is thinner than the cutoff: atoms meet several images of each other and
   of themselves. */
static vt_atoms *thin_glass(void) {
    return random_glass(23, 2.2, 5, "Cu", "Zr");
}

static vt_atoms *free_glass(void) {
    vt_atoms *atoms = random_glass(300, 2.2, 7, "Cu", "Zr");
    for (int k = 0; k < 3; k++) atoms->box.periodic[k] = k == 1;
    return atoms;
}

/* More atoms than a block has. */
static vt_atoms *whole_glass(void) {
    return random_glass(600, 2.2, 11, "Cu", "Zr");
}

static double *random_vectors(size_t numbers, uint64_t seed) {
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    double *v = vt_alloc(numbers, sizeof *v);
    assert_non_null(v);
    for (size_t k = 0; k < numbers; k++) v[k] = 2 * vt_rng_uniform(&rng) - 1;
    return v;
}

static double *numbers(size_t count) {
    double *v = vt_alloc(count, sizeof *v);
    assert_non_null(v);
    return v;
}

/* ---------------------------------------------------------------- differences ---- */

/* H v by central differences of forces to fourth order; tables of kernels add 1e-8/step. */
static void by_forces(vt_system *s, const double *v, double step, double *hv) {
    static const double WEIGHT[4] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12};
    static const int AT[4] = {-2, -1, 1, 2};
    vt_error err = {0};
    double(*r)[4] = vt_alloc(s->count, sizeof *r);
    assert_non_null(r);
    memcpy(r, s->r, s->count * sizeof *r);
    memset(hv, 0, 3 * s->count * sizeof *hv);
    for (int k = 0; k < 4; k++) {
        for (size_t i = 0; i < s->count; i++)
            for (size_t m = 0; m < 3; m++) s->r[i][m] = r[i][m] + AT[k] * step * v[3 * i + m];
        vt_system_moved(s);
        REQUIRE_OK(vt_system_evaluate(s, 0, NULL, &err), err);
        for (size_t i = 0; i < s->count; i++)
            for (size_t m = 0; m < 3; m++) hv[3 * i + m] -= WEIGHT[k] * s->f[i][m] / step;
    }
    memcpy(s->r, r, s->count * sizeof *r);
    vt_system_moved(s);
    vt_free(r);
}

static void check_against_forces(sample s, double step, double tolerance) {
    vt_error err = {0};
    size_t n = 3 * s.system->count;
    double *v = random_vectors(n, 3), *hv = numbers(n), *expected = numbers(n);
    REQUIRE_OK(vt_hessian_times(s.hessian, 1, v, hv, &err), err);
    by_forces(s.system, v, step, expected);
    double most = 0;
    for (size_t k = 0; k < n; k++) most = fmax(most, fabs(expected[k]));
    assert_true(most > 0.1);
    for (size_t k = 0; k < n; k++) CHECK_NEAR(hv[k], expected[k], tolerance * most);
    vt_free(v);
    vt_free(hv);
    vt_free(expected);
    sample_destroy(&s);
}

/* The second derivative of a shifted force jumps at the cutoff: the step is so small that no pair
   crosses it. */
static void lennard_jones_agrees_with_differences_of_forces(void **state) {
    (void)state;
    check_against_forces(sample_create(lj_create(), whole_glass(), NULL), 1e-6, 2e-8);
    check_against_forces(sample_create(lj_create(), thin_glass(), NULL), 1e-6, 2e-8);
    check_against_forces(sample_create(lj_create(), free_glass(), NULL), 1e-6, 2e-8);
}

static void eam_agrees_with_differences_of_forces(void **state) {
    (void)state;
    static const eam_model *const MODEL[] = {&ALLOY, &FINNIS_SINCLAIR};
    for (int k = 0; k < 2; k++) {
        check_against_forces(sample_create(eam_create(MODEL[k], 0), whole_glass(), NULL), 1e-3,
                             1e-6);
        check_against_forces(sample_create(eam_create(MODEL[k], 0), thin_glass(), NULL), 1e-3,
                             1e-6);
        check_against_forces(sample_create(eam_create(MODEL[k], 0), free_glass(), NULL), 1e-3,
                             1e-6);
    }
    check_against_forces(sample_create(eam_create(&JUMPS, 0.5), whole_glass(), NULL), 5e-4, 1e-5);
    check_against_forces(sample_create(eam_create(&JUMPS, 0.5), thin_glass(), NULL), 5e-4, 1e-5);
}

/* Tables as they are published have a second derivative that jumps at every knot, so that
   differences agree in the mean only. */
static void a_published_table_agrees_in_the_mean(void **state) {
    (void)state;
    static const char PATH[] = "/usr/share/lammps/potentials/CuZr_mm.eam.fs";
    vt_error err = {0};
    if (access(PATH, R_OK) != 0) {
        print_message("skipped: %s is missing\n", PATH);
        return;
    }
    vt_potential *potential = vt_potential_eam_read(PATH, &err);
    assert_non_null(potential);
    sample s = sample_create(potential, whole_glass(), NULL);
    size_t n = 3 * s.system->count;
    double *v = random_vectors(n, 3), *hv = numbers(n), *expected = numbers(n);
    REQUIRE_OK(vt_hessian_times(s.hessian, 1, v, hv, &err), err);
    by_forces(s.system, v, 1e-4, expected);
    double size = 0, deviation = 0;
    for (size_t k = 0; k < n; k++) {
        size += expected[k] * expected[k];
        deviation += (hv[k] - expected[k]) * (hv[k] - expected[k]);
    }
    CHECK_NEAR(sqrt(deviation / size), 0, 2e-3);
    vt_free(v);
    vt_free(hv);
    vt_free(expected);
    sample_destroy(&s);
}

/* ---------------------------------------------------------------- forms ---- */

typedef struct {
    size_t count;
    double *matrix;
} assembly;

static void add_block(assembly *a, int32_t i, int32_t j, double block[3][3], double weight) {
    for (int p = 0; p < 3; p++)
        for (int q = 0; q < 3; q++)
            a->matrix[(size_t)(3 * i + p) * 3 * a->count + (size_t)(3 * j + q)] +=
                weight * block[p][q];
}

/* What a function of the distance along d with these derivatives adds between i and j. */
static void add_distance(assembly *a, int32_t i, int32_t j, const double d[3], double slope,
                         double curvature) {
    double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), block[3][3];
    for (int p = 0; p < 3; p++)
        for (int q = 0; q < 3; q++)
            block[p][q] =
                curvature * d[p] * d[q] / (r * r) + slope / r * ((p == q) - d[p] * d[q] / (r * r));
    add_block(a, i, i, block, 1);
    add_block(a, j, j, block, 1);
    add_block(a, i, j, block, -1);
    add_block(a, j, i, block, -1);
}

static void assemble_pair(void *context, int32_t i, int32_t j, const double d[3], double slope,
                          double curvature) {
    add_distance(context, i, j, d, slope, curvature);
}

static void assemble_center(void *context, int32_t i, const vt_center *c) {
    double *g = numbers(3 * c->count + 3), block[3][3];
    for (size_t k = 0; k < c->count; k++) {
        const double *d = c->d[k];
        double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        add_distance(context, i, c->neighbor[k], d, c->slope * c->density[k][0],
                     c->slope * c->density[k][1]);
        for (int p = 0; p < 3; p++) {
            g[3 * k + (size_t)p] = c->density[k][0] * d[p] / r;
            g[3 * c->count + (size_t)p] -= c->density[k][0] * d[p] / r;
        }
    }
    for (size_t k = 0; k <= c->count; k++)
        for (size_t m = 0; m <= c->count; m++) {
            for (size_t p = 0; p < 3; p++)
                for (size_t q = 0; q < 3; q++) block[p][q] = g[3 * k + p] * g[3 * m + q];
            add_block(context, k < c->count ? c->neighbor[k] : i, m < c->count ? c->neighbor[m] : i,
                      block, c->curvature);
        }
    vt_free(g);
}

/* Visits, matrix, products and blocks are one Hessian. */
static void check_forms(sample s) {
    vt_error err = {0};
    size_t count = s.system->count, n = 3 * count;
    double *dense = numbers(n * n), *v = random_vectors(5 * n, 17), *hv = numbers(5 * n);
    assembly visited = {count, numbers(n * n)};
    const vt_curvature visitor = {&visited, assemble_pair, assemble_center};
    REQUIRE_OK(vt_system_curvature(s.system, &visitor, &err), err);
    REQUIRE_OK(vt_hessian_dense(s.hessian, dense, &err), err);
    double most = 0;
    for (size_t k = 0; k < n * n; k++) most = fmax(most, fabs(dense[k]));
    for (size_t p = 0; p < n; p++)
        for (size_t q = 0; q < n; q++) {
            CHECK_NEAR(dense[n * p + q], visited.matrix[n * p + q], 1e-12 * most);
            CHECK_NEAR(dense[n * p + q], dense[n * q + p], 1e-13 * most);
        }
    REQUIRE_OK(vt_hessian_times(s.hessian, 5, v, hv, &err), err);
    for (size_t k = 0; k < 5; k++)
        for (size_t p = 0; p < n; p++) {
            double sum = 0;
            for (size_t q = 0; q < n; q++) sum += dense[n * p + q] * v[n * k + q];
            CHECK_NEAR(hv[n * k + p], sum, 1e-11 * most);
        }
    double(*diagonal)[3][3] = vt_alloc(count, sizeof *diagonal);
    REQUIRE_OK(vt_hessian_diagonal(s.hessian, diagonal, &err), err);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            double block[3][3];
            REQUIRE_OK(vt_hessian_block(s.hessian, i, j, block, &err), err);
            for (size_t p = 0; p < 3; p++)
                for (size_t q = 0; q < 3; q++) {
                    CHECK_NEAR(block[p][q], dense[n * (3 * i + p) + 3 * j + q], 1e-12 * most);
                    if (i == j) CHECK_NEAR(block[p][q], diagonal[i][p][q], 0);
                }
        }
    vt_free(diagonal);
    vt_free(visited.matrix);
    vt_free(dense);
    vt_free(v);
    vt_free(hv);
    sample_destroy(&s);
}

static void all_forms_are_one_hessian(void **state) {
    (void)state;
    check_forms(sample_create(lj_create(), thin_glass(), NULL));
    check_forms(sample_create(eam_create(&FINNIS_SINCLAIR, 0), thin_glass(), NULL));
    vt_atoms *atoms = random_glass(90, 2.2, 23, "Cu", "Zr");
    atoms->box.periodic[2] = false;
    check_forms(sample_create(eam_create(&ALLOY, 0), atoms, NULL));
}

static void masses_weigh_every_form(void **state) {
    (void)state;
    vt_error err = {0};
    vt_hessian_options options = vt_hessian_defaults();
    options.mass_weighted = true;
    sample s = sample_create(eam_create(&FINNIS_SINCLAIR, 0), thin_glass(), &options);
    vt_hessian *plain = vt_hessian_create(s.system, NULL, &err);
    assert_non_null(plain);
    size_t n = 3 * s.system->count;
    double *v = random_vectors(n, 2), *hv = numbers(n), *dense = numbers(n * n);
    double *weighted = numbers(n * n), *mass = numbers(n);
    for (size_t k = 0; k < n; k++) mass[k] = s.system->species[s.system->type[k / 3]].mass;
    REQUIRE_OK(vt_hessian_times(s.hessian, 1, v, hv, &err), err);
    REQUIRE_OK(vt_hessian_dense(s.hessian, weighted, &err), err);
    REQUIRE_OK(vt_hessian_dense(plain, dense, &err), err);
    for (size_t p = 0; p < n; p++) {
        double sum = 0;
        for (size_t q = 0; q < n; q++) {
            double expected = dense[n * p + q] / sqrt(mass[p] * mass[q]);
            CHECK_NEAR(weighted[n * p + q], expected, 1e-14);
            sum += expected * v[q];
        }
        CHECK_NEAR(hv[p], sum, 1e-13);
    }
    double block[3][3];
    REQUIRE_OK(vt_hessian_block(s.hessian, 4, 9, block, &err), err);
    CHECK_NEAR(block[1][2], weighted[n * 13 + 29], 1e-14);
    REQUIRE_OK(vt_hessian_block(s.hessian, 4, 4, block, &err), err);
    CHECK_NEAR(block[1][2], weighted[n * 13 + 14], 1e-14);
    vt_hessian_destroy(plain);
    vt_free(v);
    vt_free(hv);
    vt_free(dense);
    vt_free(weighted);
    vt_free(mass);
    sample_destroy(&s);
}

/* ---------------------------------------------------------------- wide ---- */

/* y = h H x + x_factor x + y_factor y + r_factor r in double precision, of vector k. */
static void check_wide(sample s) {
    vt_error err = {0};
    size_t n = 3 * s.system->count, vectors = VT_HESSIAN_WIDE;
    double *v = random_vectors(3 * vectors * n, 41), *y = v + vectors * n, *r = y + vectors * n;
    double *hv = numbers(vectors * n), *out = numbers(vectors * n), factor[VT_HESSIAN_WIDE];
    float *wide = vt_alloc(3 * vectors * n, sizeof *wide);
    assert_non_null(wide);
    vt_hessian_step step = {.h = 0.5F, .x_factor = -2, .y_factor = 0.25F};
    for (size_t k = 0; k < vectors; k++) {
        step.r_factor[k] = (float)k / 4;
        factor[k] = 1 + (double)k / 8;
    }
    REQUIRE_OK(vt_hessian_times(s.hessian, vectors, v, hv, &err), err);
    float *wide_y = wide + vectors * n, *wide_r = wide_y + vectors * n;
    vt_hessian_wide_load(s.hessian, vectors, v, NULL, wide);
    vt_hessian_wide_load(s.hessian, vectors, y, NULL, wide_y);
    vt_hessian_wide_load(s.hessian, vectors, r, factor, wide_r);
    REQUIRE_OK(vt_hessian_wide_step(s.hessian, &step, wide, wide_r, wide_y, &err), err);
    for (size_t k = 0; k < vectors * n; k++) out[k] = 1;
    vt_hessian_wide_store(s.hessian, vectors, wide_y, factor, factor, out);
    double most = 0;
    for (size_t k = 0; k < vectors * n; k++) most = fmax(most, fabs(hv[k]));
    for (size_t k = 0; k < vectors; k++)
        for (size_t i = n * k; i < n * (k + 1); i++) {
            double expected =
                0.5 * hv[i] - 2 * v[i] + 0.25 * y[i] + (double)step.r_factor[k] * factor[k] * r[i];
            CHECK_NEAR(out[i], factor[k] * (1 + expected), 1e-5 * (most + 10));
        }
    vt_free(v);
    vt_free(hv);
    vt_free(out);
    vt_free(wide);
    sample_destroy(&s);
}

static void wide_steps_are_products(void **state) {
    (void)state;
    vt_hessian_options options = vt_hessian_defaults();
    check_wide(sample_create(lj_create(), thin_glass(), &options));
    check_wide(sample_create(eam_create(&FINNIS_SINCLAIR, 0), whole_glass(), &options));
    options.mass_weighted = true;
    check_wide(sample_create(eam_create(&FINNIS_SINCLAIR, 0), thin_glass(), &options));
    check_wide(sample_create(eam_create(&ALLOY, 0), free_glass(), &options));
}

/* ---------------------------------------------------------------- laws ---- */

static void products_are_symmetric_and_know_no_translation(void **state) {
    (void)state;
    vt_error err = {0};
    sample s = sample_create(eam_create(&FINNIS_SINCLAIR, 0), whole_glass(), NULL);
    size_t n = 3 * s.system->count;
    double *v = random_vectors(2 * n, 29), *hv = numbers(3 * n), *uniform = numbers(3 * n);
    REQUIRE_OK(vt_hessian_times(s.hessian, 2, v, hv, &err), err);
    double there = 0, back = 0, size = 0;
    for (size_t k = 0; k < n; k++) {
        there += v[k] * hv[n + k];
        back += v[n + k] * hv[k];
        size += fabs(v[k] * hv[n + k]);
    }
    CHECK_NEAR(there, back, 1e-13 * size);
    for (size_t k = 0; k < 3 * n; k++) uniform[k] = k / n == k % 3;
    REQUIRE_OK(vt_hessian_times(s.hessian, 3, uniform, hv, &err), err);
    for (size_t k = 0; k < 3 * n; k++) CHECK_NEAR(hv[k], 0, 1e-12);
    vt_free(v);
    vt_free(hv);
    vt_free(uniform);
    sample_destroy(&s);
}

/* The bits of a product are the same with any number of threads; one vector alone and among others
   gives the same to rounding. */
static void products_do_not_depend_on_threads(void **state) {
    (void)state;
    vt_error err = {0};
    enum { VECTORS = 5 };
    sample s = sample_create(eam_create(&ALLOY, 0), whole_glass(), NULL);
    size_t n = 3 * s.system->count;
    double *v = random_vectors(VECTORS * n, 31);
    double *first = numbers(VECTORS * n), *other = numbers(VECTORS * n);
    REQUIRE_OK(vt_hessian_times(s.hessian, VECTORS, v, first, &err), err);
    for (int threads = 2; threads <= 5; threads++) {
        REQUIRE_OK(vt_threads_set(threads, &err), err);
        vt_hessian *again = vt_hessian_create(s.system, NULL, &err);
        assert_non_null(again);
        REQUIRE_OK(vt_hessian_times(again, VECTORS, v, other, &err), err);
        assert_memory_equal(first, other, VECTORS * n * sizeof *first);
        REQUIRE_OK(vt_hessian_times(s.hessian, VECTORS, v, other, &err), err);
        assert_memory_equal(first, other, VECTORS * n * sizeof *first);
        vt_hessian_destroy(again);
    }
    REQUIRE_OK(vt_threads_set(1, &err), err);
    for (size_t k = 0; k < VECTORS; k++)
        REQUIRE_OK(vt_hessian_times(s.hessian, 1, v + n * k, other + n * k, &err), err);
    for (size_t k = 0; k < VECTORS * n; k++) CHECK_NEAR(other[k], first[k], 1e-11);
    vt_free(v);
    vt_free(first);
    vt_free(other);
    sample_destroy(&s);
}

/* A pair at rest: the curvature along it and the slope across, by hand. */
static void a_pair_by_hand(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(30, 30, 30);
    vt_atoms *atoms = vt_atoms_create(2, &box, &err);
    assert_int_equal(vt_atoms_add_species(atoms, "Ar", 40, &err), 0);
    for (int i = 0; i < 2; i++) atoms->x[i] = atoms->y[i] = atoms->z[i] = 10;
    atoms->y[1] = 13;
    vt_lj_options o = {.species_count = 1,
                       .species = {{"Ar", 40}},
                       .epsilon = {{0.5}},
                       .sigma = {{2.9}},
                       .cutoff = {{9}},
                       .truncation = VT_LJ_SHIFTED};
    sample s = sample_create(vt_potential_lj_create(&o, &err), atoms, NULL);
    double s6 = pow(2.9 / 3, 6), block[3][3];
    double slope = 4 * 0.5 * (6 * s6 - 12 * s6 * s6) / 3;
    double curvature = 4 * 0.5 * (156 * s6 * s6 - 42 * s6) / 9;
    REQUIRE_OK(vt_hessian_block(s.hessian, 0, 1, block, &err), err);
    CHECK_NEAR(block[1][1], -curvature, 1e-13);
    CHECK_NEAR(block[0][0], -slope / 3, 1e-13);
    CHECK_NEAR(block[0][1], 0, 0);
    assert_int_equal(vt_hessian_block(s.hessian, 0, 2, block, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "there is no atom 3; there are 2");
    sample_destroy(&s);
}

static void a_hessian_knows_what_it_was_made_for(void **state) {
    (void)state;
    vt_error err = {0};
    sample s = sample_create(lj_create(), thin_glass(), NULL);
    assert_true(vt_system_has_curvature(s.system));
    assert_true(vt_hessian_is_of(s.hessian, s.system));
    s.system->r[3][0] += 1e-6;
    vt_system_moved(s.system);
    assert_false(vt_hessian_is_of(s.hessian, s.system));
    vt_hessian_options options = vt_hessian_defaults();
    const double senseless[] = {-1, 0, 1e-300, 100, NAN, INFINITY};
    for (size_t k = 0; k < sizeof senseless / sizeof *senseless; k++) {
        options.step = senseless[k];
        assert_null(vt_hessian_create(s.system, &options, &err));
        CHECK_MESSAGE(err, "the step of differences is");
    }
    sample_destroy(&s);
}

/* Between vectors, and the atoms are where they were. */
static void check_interrupt(sample s) {
    vt_error err = {0};
    vt_result before, after;
    size_t n = 3 * s.system->count;
    double *v = random_vectors(5 * n, 41), *hv = numbers(5 * n);
    REQUIRE_OK(vt_system_evaluate(s.system, VT_WANT_ENERGY, &before, &err), err);
    vt_interrupt_request();
    assert_int_equal(vt_hessian_times(s.hessian, 5, v, hv, &err), VT_EINTERRUPT);
    vt_interrupt_clear();
    REQUIRE_OK(vt_system_evaluate(s.system, VT_WANT_ENERGY, &after, &err), err);
    CHECK_NEAR(after.energy, before.energy, 1e-12);
    REQUIRE_OK(vt_hessian_times(s.hessian, 5, v, hv, &err), err);
    vt_free(v);
    vt_free(hv);
    sample_destroy(&s);
}

static void an_interrupt_ends_products(void **state) {
    (void)state;
    vt_error err = {0};
    check_interrupt(sample_create(lj_create(), thin_glass(), NULL));
    vt_potential *kim = vt_potential_kim_create("LJ_ElliottAkerson_2015_Universal", &err);
    if (kim == NULL)
        print_message("differences of forces not tested: %s\n", err.msg);
    else
        check_interrupt(sample_create(kim, thin_glass(), NULL));
}

/* An engine without second derivatives: products come from differences of forces, and afterwards
   nobody can tell that the atoms were moved. */
static void differences_leave_the_system_as_it_was(void **state) {
    (void)state;
    vt_error err = {0};
    sample s = sample_create(eam_create(&ALLOY, 0), whole_glass(), NULL);
    vt_system *system = s.system;
    vti_engine bare = *system->internal->engine;
    bare.central = NULL;
    system->internal->engine = &bare;
    vt_hessian *h = vt_hessian_create(system, NULL, &err);
    if (h == NULL) fail_msg("%s", err.msg);
    vt_result before, after;
    REQUIRE_OK(vt_system_evaluate(system, VT_WANT_ALL, &before, &err), err);
    size_t n = 3 * system->count, bytes = system->count * sizeof *system->r;
    double *v = random_vectors(n, 43), *hv = numbers(n), *expected = numbers(n);
    double(*r)[4] = vt_alloc(system->count, sizeof *r),
    (*f)[4] = vt_alloc(system->count, sizeof *f);
    assert_non_null(r);
    assert_non_null(f);
    memcpy(r, system->r, bytes);
    memcpy(f, system->f, bytes);
    uint64_t stamp = system->stamp;
    int64_t builds = system->builds;
    REQUIRE_OK(vt_hessian_times(h, 1, v, hv, &err), err);
    REQUIRE_OK(vt_hessian_times(s.hessian, 1, v, expected, &err), err);
    for (size_t k = 0; k < n; k++) CHECK_NEAR(hv[k], expected[k], 1e-3);
    assert_int_equal(system->stamp, stamp);
    assert_true(vt_hessian_is_of(s.hessian, system));
    assert_memory_equal(system->r, r, bytes);
    REQUIRE_OK(vt_system_evaluate(system, VT_WANT_ALL, &after, &err), err);
    assert_memory_equal(system->f, f, bytes);
    assert_memory_equal(&after, &before, sizeof after);
    assert_int_equal(system->builds, builds);
    /* Once moved, the atoms are evaluated again. */
    system->r[0][0] += 0.01;
    vt_system_moved(system);
    REQUIRE_OK(vt_system_evaluate(system, VT_WANT_ALL, &after, &err), err);
    assert_true(after.energy != before.energy);
    vt_hessian_destroy(h);
    vt_free(v);
    vt_free(hv);
    vt_free(expected);
    vt_free(r);
    vt_free(f);
    sample_destroy(&s);
}

/* Mixed precision has the second derivatives of the functions, too. */
static void mixed_precision_has_the_same_hessian(void **state) {
    (void)state;
    vt_error err = {0};
    sample s = sample_create(eam_create(&ALLOY, 0), thin_glass(), NULL);
    vt_system *mixed = system_create(s.atoms, s.potential, -1, VT_PRECISION_MIXED);
    vt_hessian *other = vt_hessian_create(mixed, NULL, &err);
    assert_non_null(other);
    size_t n = 3 * s.system->count;
    double *v = random_vectors(n, 37), *hv = numbers(n), *again = numbers(n), *w = numbers(n);
    REQUIRE_OK(vt_hessian_times(s.hessian, 1, v, hv, &err), err);
    for (size_t k = 0; k < s.system->count; k++)
        memcpy(w + 3 * s.system->order[k], v + 3 * k, 3 * sizeof *w);
    for (size_t k = 0; k < mixed->count; k++)
        memcpy(v + 3 * k, w + 3 * mixed->order[k], 3 * sizeof *v);
    REQUIRE_OK(vt_hessian_times(other, 1, v, again, &err), err);
    vt_system_to_user(mixed, 3, again, w);
    vt_system_to_user(s.system, 3, hv, again);
    for (size_t k = 0; k < n; k++) CHECK_NEAR(w[k], again[k], 1e-11);
    vt_hessian_destroy(other);
    vt_system_destroy(mixed);
    vt_free(v);
    vt_free(hv);
    vt_free(again);
    vt_free(w);
    sample_destroy(&s);
}

static void too_many_atoms_for_a_matrix(void **state) {
    (void)state;
    vt_error err = {0};
    const vt_species cu = {"Cu", 63.546};
    const int64_t cells[3] = {10, 10, 8};
    vt_atoms *atoms = vt_atoms_crystal(VT_FCC, &cu, 3.6, 0, cells, &err);
    assert_non_null(atoms);
    sample s = sample_create(lj_create(), atoms, NULL);
    double nothing = 0;
    assert_int_equal(vt_hessian_dense(s.hessian, &nothing, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the Hessian of 3200 atoms is too large for a matrix; up to 3000 atoms");
    sample_destroy(&s);
}

int main(void) {
    vt_threads_set(1, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_by_hand),
        cmocka_unit_test(lennard_jones_agrees_with_differences_of_forces),
        cmocka_unit_test(eam_agrees_with_differences_of_forces),
        cmocka_unit_test(a_published_table_agrees_in_the_mean),
        cmocka_unit_test(all_forms_are_one_hessian),
        cmocka_unit_test(masses_weigh_every_form),
        cmocka_unit_test(wide_steps_are_products),
        cmocka_unit_test(products_are_symmetric_and_know_no_translation),
        cmocka_unit_test(products_do_not_depend_on_threads),
        cmocka_unit_test(a_hessian_knows_what_it_was_made_for),
        cmocka_unit_test(an_interrupt_ends_products),
        cmocka_unit_test(differences_leave_the_system_as_it_was),
        cmocka_unit_test(mixed_precision_has_the_same_hessian),
        cmocka_unit_test(too_many_atoms_for_a_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

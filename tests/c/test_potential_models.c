/* Every potential: forces are minus the gradient, stress is the strain derivative, energies and
   virials per atom add up, nothing depends on lattice shifts, order, threads or kernel. */
#include "fixture.h"

#include "vitrum/units.h"

/* A small setfl file of either kind with smooth functions of our own; 2385 points make the
   tables' last interval end between knots. */
static void write_setfl(const char *path, bool finnis_sinclair) {
    enum { NRHO = 601, NR = 2385 };
    double drho = 0.1, cutoff = 6.3, dr = cutoff / (NR - 1);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "test potential\nsecond line\nthird line\n 2 Cu Zr # comment\n");
    fprintf(f, "%d %.16g %d %.16g %.16g # nrho drho nr dr cutoff\n", NRHO, drho, NR, dr, cutoff);
    for (int j = 0; j < 2; j++) {
        fprintf(f, "%d %g 3.6 fcc\n", j ? 40 : 29, j ? 91.224 : 63.546);
        for (int k = 0; k < NRHO; k++)
            fprintf(f, "%.16e%c", -(1.1 + 0.3 * j) * sqrt(k * drho + 0.01) + 0.002 * k * drho,
                    k % 5 == 4 ? '\n' : ' ');
        fprintf(f, "\n");
        for (int i = 0; i < (finnis_sinclair ? 2 : 1); i++) {
            for (int k = 0; k < NR; k++) {
                double u = 1 - k * dr / cutoff, s = 2.9 + 0.3 * j + 0.17 * i;
                fprintf(f, "%.16e%c", u * u * u * s * exp(-0.4 * k * dr), k % 5 == 4 ? '\n' : ' ');
            }
            fprintf(f, "\n");
        }
    }
    for (int pair = 0; pair < 3; pair++) {
        for (int k = 0; k < NR; k++) {
            double r = k * dr, u = 1 - r / cutoff;
            double phi = u * u * u * (90 + 20 * pair) * exp(-1.9 * r) * (1 + 0.3 * cos(2 * r));
            fprintf(f, "%.16e%c", r * phi, k % 3 == 2 ? '\n' : ' ');
        }
        fprintf(f, "\n");
    }
    assert_int_equal(fclose(f), 0);
}

typedef struct {
    const char *name, *first, *second;
    vt_potential *potential;
} model;

enum { MODELS = 6 };
static model models[MODELS];

static int make_models(void **state) {
    (void)state;
    vt_error err = {0};
    write_setfl("test_alloy.eam", false);
    write_setfl("test_fs.eam", true);
    models[0] = (model){"eam/alloy", "Cu", "Zr", vt_potential_eam_read("test_alloy.eam", &err)};
    models[1] = (model){"eam/fs", "Zr", "Cu", vt_potential_eam_read("test_fs.eam", &err)};
    vt_lj_options o = vt_lj_kob_andersen(0.1, 2.385, 60);
    for (int k = 0; k < 3; k++) {
        o.truncation = (vt_lj_truncation)k;
        models[2 + k] = (model){"lj", "B", "A", vt_potential_lj_create(&o, &err)};
    }
    o = vt_lj_wahnstroem(0.1, 2.6, 60);
    o.truncation = VT_LJ_FORCE_SHIFTED;
    models[5] = (model){"lj wahnstroem", "A", "B", vt_potential_lj_create(&o, &err)};
    for (int k = 0; k < MODELS; k++)
        if (models[k].potential == NULL) fail_msg("%s", err.msg);
    return 0;
}

static int free_models(void **state) {
    (void)state;
    for (int k = 0; k < MODELS; k++) vt_potential_destroy(models[k].potential);
    remove("test_alloy.eam");
    remove("test_fs.eam");
    return 0;
}

static double compute(const model *m, vt_atoms *atoms, unsigned want, vt_result *result) {
    vt_error err = {0};
    vt_result local;
    vt_system *c = system_create(atoms, m->potential, 0.3, VT_PRECISION_DOUBLE);
    REQUIRE_OK(evaluate_atoms(c, want | VT_WANT_ENERGY, &local, &err), err);
    if (result != NULL) {
        *result = local;
        result->atom_energy = result->atom_virial = NULL; /* they go with the system */
    }
    vt_system_destroy(c);
    return local.energy;
}

/* Energies jump where a pair crosses the cutoff of a merely cut potential; the derivative is
   tested on the others, and for cut ones by shifted energies, whose forces are the same. */
static bool smooth(const model *m) {
    return m != &models[2];
}

/* F_i = -dE/dr_i by central difference with h = 1e-5 A. The truncation error is h^2/6 E''' ~
   1e-9 eV/A; rounding, eps |E| / h with |E| ~ 1e3 eV, is ~1e-8 eV/A, but the energies of EAM come
   from the file's splines and the forces from the compact tables, which agree to 5e-9 eV/A a pair
   and some 60 pairs. Pairs at 1.9 A push with 100 eV/A, which decays over 0.1 A: there the
   truncation is 1e-8 of the force. */
static const double GRADIENT_TOLERANCE = 2e-7; /* eV/A */
static const double GRADIENT_SHARE = 1e-8;     /* of the force */

static void forces_are_minus_energy_gradient(void **state) {
    (void)state;
    for (int k = 0; k < MODELS; k++) {
        const model *m = &models[k];
        if (!smooth(m)) continue;
        vt_atoms *a = random_glass(251, 1.9, 2385u + (unsigned)k, m->first, m->second);
        compute(m, a, 0, NULL);
        for (size_t i = 0; i < a->count; i += 50) {
            double f[3] = {a->fx[i], a->fy[i], a->fz[i]};
            double *x[3] = {a->x, a->y, a->z};
            for (int axis = 0; axis < 3; axis++) {
                const double h = 1e-5;
                double at = x[axis][i];
                x[axis][i] = at + h;
                double plus = compute(m, a, 0, NULL);
                x[axis][i] = at - h;
                double minus = compute(m, a, 0, NULL);
                x[axis][i] = at;
                CHECK_NEAR(f[axis], -(plus - minus) / (2 * h),
                           GRADIENT_TOLERANCE + GRADIENT_SHARE * fabs(f[axis]));
            }
        }
        vt_atoms_destroy(a);
    }
}

/* W_ab = -dE/d(strain_ab), with the strain h -> h (1 + strain). Tolerance as above, times the
   lever arm of 250 atoms x 60 pairs x 4 A, in eV; the virial itself is some 100 eV. */
static const double VIRIAL_TOLERANCE = 2e-4; /* eV */

static void virial_is_minus_strain_derivative(void **state) {
    (void)state;
    static const int FIRST[6] = {0, 1, 2, 1, 0, 0}, SECOND[6] = {0, 1, 2, 2, 2, 1};
    for (int k = 0; k < MODELS; k++) {
        const model *m = &models[k];
        if (!smooth(m)) continue;
        vt_atoms *a = random_glass(251, 1.9, 85u + (unsigned)k, m->first, m->second);
        vt_result result;
        compute(m, a, VT_WANT_VIRIAL, &result);
        for (int c = 0; c < 6; c++) {
            double energy[2], h = 1e-6;
            for (int side = 0; side < 2; side++) {
                vt_error err = {0};
                vt_atoms *b = vt_atoms_copy(a, &err);
                assert_non_null(b);
                vt_box box = a->box;
                double strain = side ? -h : h;
                for (int row = 0; row < 3; row++)
                    box.h[row][SECOND[c]] += strain * a->box.h[row][FIRST[c]];
                REQUIRE_OK(vt_atoms_set_box(b, &box, true, &err), err);
                energy[side] = compute(m, b, 0, NULL);
                vt_atoms_destroy(b);
            }
            CHECK_NEAR(result.virial[c], -(energy[0] - energy[1]) / (2 * h), VIRIAL_TOLERANCE);
        }
        vt_atoms_destroy(a);
    }
}

/* Sums of 500 terms in different order: 500 eps |largest term|. */
static const double SUM_TOLERANCE = 1e-9;

static void parts_add_up(void **state) {
    (void)state;
    for (int k = 0; k < MODELS; k++) {
        vt_error err = {0};
        vt_atoms *a = random_glass(517, 1.9, 7u + (unsigned)k, models[k].first, models[k].second);
        vt_system *c = system_create(a, models[k].potential, -1, VT_PRECISION_DOUBLE);
        vt_result r;
        REQUIRE_OK(evaluate_atoms(c, VT_WANT_ATOM_ENERGY | VT_WANT_ATOM_VIRIAL, &r, &err), err);
        double energy = 0, virial[6] = {0}, force[3] = {0};
        for (size_t i = 0; i < a->count; i++) {
            energy += r.atom_energy[i];
            for (int q = 0; q < 6; q++) virial[q] += r.atom_virial[6 * i + (size_t)q];
            force[0] += a->fx[i];
            force[1] += a->fy[i];
            force[2] += a->fz[i];
        }
        CHECK_NEAR(energy, r.energy, SUM_TOLERANCE * fabs(r.energy));
        for (int q = 0; q < 6; q++) CHECK_NEAR(virial[q], r.virial[q], 1e-7);
        /* Each pair pulls both of its atoms alike, so that the sum of forces vanishes up to the
           rounding of forces of up to 1e3 eV/A. */
        for (int q = 0; q < 3; q++) CHECK_NEAR(force[q], 0.0, 1e-8);
        vt_system_destroy(c);
        vt_atoms_destroy(a);
    }
}

/* The kernels differ in the order of additions and in fused multiply-add only: 1e-12 of the sum
   of magnitudes, which for a force at 1.9 A is up to 1e2 eV/A. */
static const double KERNEL_TOLERANCE = 1e-12;

static void all_kernels_agree(void **state) {
    (void)state;
    static const char *const NAMES[] = {"reference", "baseline", "avx2", "avx512"};
    char *before = getenv("VITRUM_SIMD");
    for (int k = 0; k < MODELS; k++) {
        vt_atoms *a = random_glass(503, 1.9, 11u + (unsigned)k, models[k].first, models[k].second);
        vt_result want = {0}, got;
        vt_error err = {0};
        vt_atoms *reference = NULL;
        for (int s = VT_SIMD_REFERENCE; s <= VT_SIMD_AVX512; s++) {
            if (!vt_simd_available((vt_simd)s)) {
                print_message("skipped: this processor has no %s\n", NAMES[s]);
                continue;
            }
            setenv("VITRUM_SIMD", NAMES[s], 1);
            compute(&models[k], a, VT_WANT_VIRIAL, &got);
            if (reference == NULL) {
                want = got;
                reference = vt_atoms_copy(a, &err);
                assert_non_null(reference);
                continue;
            }
            CHECK_NEAR(got.energy, want.energy, KERNEL_TOLERANCE * fabs(want.energy));
            for (int q = 0; q < 6; q++)
                CHECK_NEAR(got.virial[q], want.virial[q], KERNEL_TOLERANCE * 1e4);
            for (size_t i = 0; i < a->count; i++) {
                double size = 1 + fabs(reference->fx[i]) + fabs(reference->fy[i]);
                size += fabs(reference->fz[i]);
                CHECK_NEAR(a->fx[i], reference->fx[i], 100 * KERNEL_TOLERANCE * size);
                CHECK_NEAR(a->fy[i], reference->fy[i], 100 * KERNEL_TOLERANCE * size);
                CHECK_NEAR(a->fz[i], reference->fz[i], 100 * KERNEL_TOLERANCE * size);
            }
        }
        vt_atoms_destroy(reference);
        vt_atoms_destroy(a);
    }
    if (before != NULL)
        setenv("VITRUM_SIMD", before, 1);
    else
        unsetenv("VITRUM_SIMD");
}

static void threads_do_not_change_a_bit(void **state) {
    (void)state;
    vt_error err = {0};
    int before = vt_threads();
    for (int k = 0; k < MODELS; k++) {
        vt_result one, three;
        vt_atoms *a = random_glass(701, 1.9, 3u + (unsigned)k, models[k].first, models[k].second);
        REQUIRE_OK(vt_threads_set(1, &err), err);
        compute(&models[k], a, VT_WANT_VIRIAL, &one);
        vt_atoms *b = vt_atoms_copy(a, &err);
        assert_non_null(b);
        REQUIRE_OK(vt_threads_set(3, &err), err);
        compute(&models[k], a, VT_WANT_VIRIAL, &three);
        assert_memory_equal(&one, &three, sizeof one);
        assert_memory_equal(a->fx, b->fx, a->count * sizeof *a->fx);
        assert_memory_equal(a->fy, b->fy, a->count * sizeof *a->fy);
        assert_memory_equal(a->fz, b->fz, a->count * sizeof *a->fz);
        vt_atoms_destroy(a);
        vt_atoms_destroy(b);
    }
    REQUIRE_OK(vt_threads_set(before, &err), err);
}

/* What is wanted beside the forces must not change a bit of them: a run that is sampled follows the
   same trajectory as one that is not. */
static void forces_do_not_depend_on_what_is_wanted(void **state) {
    (void)state;
    vt_error err = {0};
    for (int k = 0; k < MODELS; k++) {
        vt_atoms *a = random_glass(211, 1.9, 17u + (unsigned)k, models[k].first, models[k].second);
        vt_system *c = system_create(a, models[k].potential, -1, VT_PRECISION_DOUBLE);
        REQUIRE_OK(evaluate_atoms(c, 0, NULL, &err), err);
        vt_atoms *plain = vt_atoms_copy(a, &err);
        assert_non_null(plain);
        for (unsigned want = 1; want < 16; want++) {
            vt_result result;
            vt_system_moved(c);
            REQUIRE_OK(evaluate_atoms(c, want, &result, &err), err);
            assert_memory_equal(a->fx, plain->fx, a->count * sizeof *a->fx);
            assert_memory_equal(a->fy, plain->fy, a->count * sizeof *a->fy);
            assert_memory_equal(a->fz, plain->fz, a->count * sizeof *a->fz);
        }
        vt_system_destroy(c);
        vt_atoms_destroy(plain);
        vt_atoms_destroy(a);
    }
}

/* In mixed precision positions are rounded to 1e-6 A and pair terms to 6e-8 of themselves; pairs at
   1.9 A push with 100 eV/A over 0.1 A, which makes 1e-3 eV/A of the former. The root mean square is
   what a user meets. */
static const double MIXED_LARGEST = 5e-3, MIXED_MEAN = 2e-4, MIXED_ENERGY = 1e-6;

static void mixed_precision_is_close(void **state) {
    (void)state;
    vt_error err = {0};
    for (int k = 0; k < 2; k++) {
        vt_atoms *a = random_glass(1501, 1.9, 23u + (unsigned)k, models[k].first, models[k].second);
        double energy = compute(&models[k], a, 0, NULL);
        vt_atoms *b = vt_atoms_copy(a, &err);
        assert_non_null(b);
        vt_system *c = system_create(b, models[k].potential, 0.3, VT_PRECISION_MIXED);
        vt_result r;
        unsigned want = VT_WANT_ATOM_ENERGY | VT_WANT_ATOM_VIRIAL;
        REQUIRE_OK(evaluate_atoms(c, want, &r, &err), err);
        double squares = 0, largest = 0, sum = 0, trace = 0;
        for (size_t i = 0; i < a->count; i++) {
            double d[3] = {b->fx[i] - a->fx[i], b->fy[i] - a->fy[i], b->fz[i] - a->fz[i]};
            for (int q = 0; q < 3; q++) {
                squares += d[q] * d[q];
                largest = fmax(largest, fabs(d[q]));
                trace += r.atom_virial[6 * i + (size_t)q];
            }
            sum += r.atom_energy[i];
        }
        assert_true(largest < MIXED_LARGEST);
        assert_true(sqrt(squares / (3 * (double)a->count)) < MIXED_MEAN);
        assert_true(squares > 0); /* it is another kernel */
        CHECK_NEAR(r.energy, energy, MIXED_ENERGY * fabs(energy));
        CHECK_NEAR(sum, r.energy, SUM_TOLERANCE * fabs(r.energy));
        CHECK_NEAR(trace, r.virial[0] + r.virial[1] + r.virial[2], 1e-2);
        /* The forces of a plain evaluation have the same bits. */
        double first = b->fx[0];
        vt_system_moved(c);
        REQUIRE_OK(evaluate_atoms(c, 0, NULL, &err), err);
        assert_memory_equal(&b->fx[0], &first, sizeof first);
        vt_system_destroy(c);
        vt_atoms_destroy(a);
        vt_atoms_destroy(b);
    }
    vt_atoms *a = random_glass(60, 1.9, 5u, models[2].first, models[2].second);
    const vt_system_options mixed = {VT_PRECISION_MIXED, -1};
    assert_null(vt_system_create(a, models[2].potential, &mixed, &err));
    CHECK_MESSAGE(err, "the potential lj is computed in double precision only");
    vt_atoms_destroy(a);
}

/* A box thinner than twice the cutoff sees several images of each atom; twice, thrice and four
   times that box must have 2, 3 and 4 times its energy. */
static void thin_boxes_have_the_energy_of_their_copies(void **state) {
    (void)state;
    for (int k = 0; k < MODELS; k++) {
        vt_error err = {0};
        vt_atoms *a = random_glass(13, 1.9, 31u + (unsigned)k, models[k].first, models[k].second);
        double one = compute(&models[k], a, 0, NULL);
        vt_box box = a->box;
        for (int axis = 0; axis < 3; axis++)
            for (int q = 0; q < 3; q++) box.h[axis][q] *= axis + 2;
        vt_atoms *b = vt_atoms_create(13 * 24, &box, &err);
        assert_non_null(b);
        b->species_count = a->species_count;
        memcpy(b->species, a->species, sizeof a->species);
        size_t next = 0;
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 3; j++)
                for (int l = 0; l < 4; l++)
                    for (size_t atom = 0; atom < 13; atom++, next++) {
                        const double(*h)[3] = (const double(*)[3])a->box.h;
                        b->x[next] = a->x[atom] + i * h[0][0] + j * h[1][0] + l * h[2][0];
                        b->y[next] = a->y[atom] + i * h[0][1] + j * h[1][1] + l * h[2][1];
                        b->z[next] = a->z[atom] + i * h[0][2] + j * h[1][2] + l * h[2][2];
                        b->type[next] = a->type[atom];
                    }
        CHECK_NEAR(compute(&models[k], b, 0, NULL), 24 * one, 1e-11 * fabs(24 * one));
        vt_atoms_destroy(a);
        vt_atoms_destroy(b);
    }
}

static void two_lennard_jones_atoms_are_analytic(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(50, 50, 50);
    box.periodic[0] = box.periodic[1] = box.periodic[2] = false;
    vt_atoms *a = vt_atoms_create(2, &box, &err);
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "A", 60, &err), 0);
    double epsilon = 0.1, sigma = 2.385, r = 2.9, rc = 2.5 * sigma;
    a->x[1] = r / sqrt(3);
    a->y[1] = r / sqrt(3);
    a->z[1] = -r / sqrt(3);
    double s6 = pow(sigma / r, 6), c6 = pow(sigma / rc, 6);
    double u = 4 * epsilon * (s6 * s6 - s6), uc = 4 * epsilon * (c6 * c6 - c6);
    double slope_c = -24 * epsilon * (2 * c6 * c6 - c6) / rc;
    double expected[3] = {u, u - uc, u - uc - (r - rc) * slope_c};
    for (int k = 0; k < 3; k++) CHECK_NEAR(compute(&models[2 + k], a, 0, NULL), expected[k], 1e-15);
    vt_atoms_destroy(a);
}

/* 4 and 9 have the means 6 and 6.5; the named mixture of Wahnstroem mixes in the same way. */
static void unlike_species_are_mixed(void **state) {
    (void)state;
    static double table[VT_MAX_SPECIES][VT_MAX_SPECIES];
    table[0][0] = 4, table[1][1] = 9;
    vt_lj_mix(table, 2, VT_LJ_GEOMETRIC);
    assert_true(table[0][1] == 6 && table[1][0] == 6 && table[0][0] == 4 && table[1][1] == 9);
    vt_lj_mix(table, 2, VT_LJ_ARITHMETIC);
    assert_true(table[0][1] == 6.5 && table[1][0] == 6.5);
    static vt_lj_options o;
    o = vt_lj_wahnstroem(0.01, 3.6, 40);
    CHECK_NEAR(o.sigma[0][1], 3.3, 1e-15);
    CHECK_NEAR(o.sigma[1][1], 3.0, 1e-15);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) CHECK_NEAR(o.cutoff[i][j], 2.5 * o.sigma[i][j], 1e-15);
}

static void coinciding_atoms_are_named(void **state) {
    (void)state;
    for (int k = 0; k < MODELS; k++) {
        vt_error err = {0};
        vt_atoms *a = random_glass(60, 1.9, 5u, models[k].first, models[k].second);
        a->x[17] = a->x[41];
        a->y[17] = a->y[41];
        a->z[17] = a->z[41];
        vt_system *c = system_create(a, models[k].potential, -1, VT_PRECISION_DOUBLE);
        assert_int_equal(evaluate_atoms(c, 0, NULL, &err), VT_EDIVERGED);
        CHECK_MESSAGE(err, "atoms 18 and 42 are 0 A apart");
        a->x[17] = NAN;
        assert_int_equal(evaluate_atoms(c, 0, NULL, &err), VT_EINVAL);
        CHECK_MESSAGE(err, "the position of atom 18 (id 18) is (nan");
        vt_system_destroy(c);
        vt_atoms_destroy(a);
    }
}

static void unknown_species_are_named(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *a = random_glass(60, 1.9, 5u, "Cu", "Al");
    vt_system *c = system_create(a, models[0].potential, -1, VT_PRECISION_DOUBLE);
    assert_int_equal(evaluate_atoms(c, 0, NULL, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "test_alloy.eam has no species 'Al'; it knows Cu Zr");
    vt_system_destroy(c);
    vt_atoms_destroy(a);
}

static void bad_lennard_jones_options_are_named(void **state) {
    (void)state;
    vt_error err = {0};
    vt_lj_options o = vt_lj_kob_andersen(0.1, 2.4, 60);
    o.epsilon[0][1] = -1;
    assert_null(vt_potential_lj_create(&o, &err));
    CHECK_MESSAGE(err, "epsilon [eV] is 0.15 one way and -1 the other");
    o = vt_lj_kob_andersen(0.1, 0, 60);
    assert_null(vt_potential_lj_create(&o, &err));
    CHECK_MESSAGE(err, "A-A: sigma [A] must be positive, got 0");
    o = vt_lj_kob_andersen(0.1, 2.4, -3);
    assert_null(vt_potential_lj_create(&o, &err));
    CHECK_MESSAGE(err, "the mass of 'A' must be positive, got -3 amu");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forces_are_minus_energy_gradient),
        cmocka_unit_test(virial_is_minus_strain_derivative),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(all_kernels_agree),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(forces_do_not_depend_on_what_is_wanted),
        cmocka_unit_test(mixed_precision_is_close),
        cmocka_unit_test(thin_boxes_have_the_energy_of_their_copies),
        cmocka_unit_test(two_lennard_jones_atoms_are_analytic),
        cmocka_unit_test(coinciding_atoms_are_named),
        cmocka_unit_test(unknown_species_are_named),
        cmocka_unit_test(bad_lennard_jones_options_are_named),
        cmocka_unit_test(unlike_species_are_mixed),
    };
    return cmocka_run_group_tests(tests, make_models, free_models);
}

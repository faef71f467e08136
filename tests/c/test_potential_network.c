/* Neural network potentials: energies against the formulas as they stand, forces, stresses and what
   is by atom against differences, files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "descriptor_fixture.h"
#include "potential/network.h"
#include "vitrum/system.h"

static double uniform(vt_rng *rng) {
    return 2 * vt_rng_uniform(rng) - 1;
}

/* A network of odd sizes with weights out of a hat; the order of species is not that of atoms. */
static vti_network *made_up(int species, vti_activation activation, double cutoff) {
    vti_network_shape shape = {.descriptor = {4, 8, cutoff},
                               .species_count = species,
                               .species = {{"Cu", 63.546}, {"Zr", 91.224}},
                               .activation = activation,
                               .layers = 4,
                               .width = {0, 13, 8, 5}};
    vt_error err = {0};
    vti_network *n = vti_network_create(&shape, &err);
    assert_non_null(n);
    vt_rng rng = vt_rng_start(11, VT_STREAM_BUILD);
    size_t s = (size_t)species, features = (size_t)n->plan.features;
    for (size_t k = 0; k < s * n->parameters; k++) n->parameter[k] = 0.5 * uniform(&rng);
    for (size_t k = 0; k < s * features; k++) {
        n->mean[k] = uniform(&rng);
        n->deviation[k] = 3 + uniform(&rng);
    }
    for (size_t k = 0; k < s; k++) n->reference[k] = -3.5 - (double)k;
    return n;
}

static vt_potential *potential_of(vti_network *n) {
    vt_error err = {0};
    vt_potential *p = vti_network_potential(n, &err);
    assert_non_null(p);
    return p;
}

/* ---------------------------------------------------------------- as the formulas stand ---- */

static double layer_by_layer(const vti_network *n, size_t s, const double *input) {
    double x[2][VTI_NETWORK_WIDTH] = {0};
    const double *parameter = n->parameter + s * n->parameters;
    const vti_network_shape *shape = &n->shape;
    memcpy(x[0], input, (size_t)shape->width[0] * sizeof *input);
    for (int k = 0; k < shape->layers; k++) {
        int in = shape->width[k], out = shape->width[k + 1];
        for (int o = 0; o < out; o++) {
            double z = parameter[out * in + o];
            for (int i = 0; i < in; i++) z += parameter[o * in + i] * x[k % 2][i];
            bool last = k == shape->layers - 1;
            x[1 - k % 2][o] = last                            ? z
                              : shape->activation == VTI_TANH ? tanh(z)
                                                              : z / (1 + exp(-z));
        }
        parameter += out * (in + 1);
    }
    return x[shape->layers % 2][0];
}

static vt_system *system_of(vt_atoms *atoms, const vt_potential *p, vt_precision precision) {
    vt_error err = {0};
    vt_system_options options = vt_system_defaults();
    options.precision = precision;
    vt_system *s = vt_system_create(atoms, p, &options, &err);
    assert_non_null(s);
    return s;
}

static void energies_are_those_of_the_formulas(void **state) {
    (void)state;
    static const vti_activation ACTIVATION[] = {VTI_SILU, VTI_TANH};
    double features[ATOMS][90];
    int32_t centers[ATOMS];
    for (int i = 0; i < ATOMS; i++) centers[i] = i;
    vt_surroundings around = {2, SPECIES, centers, ATOMS};
    for (int simd = VT_SIMD_BASELINE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        setenv("VITRUM_SIMD", vt_simd_name((vt_simd)simd), 1);
        for (int number = 0; number < 4; number++) {
            vt_atoms *atoms = sample(number % 3);
            vt_error err = {0};
            vti_network *n = made_up(2, ACTIVATION[number / 3], 4.5);
            vt_potential *p = potential_of(n);
            vt_system *s = system_of(atoms, p, VT_PRECISION_DOUBLE);
            assert_int_equal(
                vt_chebyshev_compute(atoms, &around, &n->shape.descriptor, features[0], &err),
                VT_OK);
            vt_result result;
            assert_int_equal(vt_system_evaluate(s, VT_WANT_ATOM_ENERGY, &result, &err), VT_OK);
            double by_user[ATOMS], total = 0;
            vt_system_to_user(s, 1, result.atom_energy, by_user);
            for (size_t i = 0; i < ATOMS; i++) {
                size_t kind = kind_of(atoms, i);
                for (int f = 0; f < 90; f++)
                    features[i][f] = (features[i][f] - n->mean[kind * 90 + (size_t)f]) /
                                     n->deviation[kind * 90 + (size_t)f];
                double energy = n->reference[kind] + layer_by_layer(n, kind, features[i]);
                assert_true(fabs(by_user[i] - energy) < 1e-11 * (1 + fabs(energy)));
                total += energy;
            }
            assert_true(fabs(result.energy - total) < 1e-10 * fabs(total));
            vt_system_destroy(s);
            vt_potential_destroy(p);
            vt_atoms_destroy(atoms);
        }
    }
    unsetenv("VITRUM_SIMD");
}

/* ---------------------------------------------------------------- differences ---- */

static double energy_of(vt_system *s) {
    vt_result result;
    vt_error err = {0};
    vt_system_moved(s);
    assert_int_equal(vt_system_evaluate(s, VT_WANT_ENERGY, &result, &err), VT_OK);
    return result.energy;
}

/* Forces along a random direction of all atoms, and the virial of six strains, in tilted boxes
   thinner than the cutoff and with free surfaces. */
static void check_forces(int number, vt_precision precision, double tolerance) {
    static double f[ATOMS][3], along[ATOMS][3], r[ATOMS][3];
    vt_atoms *atoms = sample(number);
    vt_potential *p = potential_of(made_up(2, VTI_SILU, 4.5));
    vt_system *s = system_of(atoms, p, precision), *exact = system_of(atoms, p, 0);
    vt_error err = {0};
    vt_result result;
    vt_rng rng = vt_rng_start(3, VT_STREAM_BUILD);
    assert_int_equal(vt_system_evaluate(s, VT_WANT_ALL, &result, &err), VT_OK);
    double sum[3] = {0}, virial[6] = {0}, energy = 0, size = 0;
    for (size_t i = 0; i < ATOMS; i++) {
        energy += result.atom_energy[i];
        for (int d = 0; d < 3; d++) {
            f[i][d] = s->f[i][d];
            sum[d] += f[i][d];
            size += fabs(f[i][d]);
            along[i][d] = uniform(&rng);
            r[i][d] = s->r[i][d];
        }
        for (int q = 0; q < 6; q++) virial[q] += result.atom_virial[6 * i + (size_t)q];
    }
    assert_true(fabs(energy - result.energy) < 1e-12 * fabs(energy));
    for (int d = 0; d < 3; d++) assert_true(fabs(sum[d]) < 1e-13 * size);
    for (int q = 0; q < 6; q++)
        assert_true(fabs(virial[q] - result.virial[q]) < 1e-12 * (size + fabs(virial[q])));
    const double h = 1e-5;
    double by_force = 0, e[2];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < ATOMS; i++)
            for (int d = 0; d < 3; d++) exact->r[i][d] = r[i][d] + (side ? h : -h) * along[i][d];
        e[side] = energy_of(exact);
    }
    for (size_t i = 0; i < ATOMS; i++)
        for (int d = 0; d < 3; d++) by_force += f[i][d] * along[i][d];
    assert_true(fabs((e[0] - e[1]) / (2 * h) - by_force) < tolerance * size);
    static const int ROW[6] = {0, 1, 2, 1, 0, 0}, COLUMN[6] = {0, 1, 2, 2, 2, 1};
    const vt_box box = exact->box;
    for (int q = 0; q < 6; q++) {
        for (int side = 0; side < 2; side++) {
            double strain[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, step = side ? h : -h;
            strain[ROW[q]][COLUMN[q]] += 0.5 * step;
            strain[COLUMN[q]][ROW[q]] += 0.5 * step;
            exact->box = box;
            for (size_t i = 0; i < ATOMS + 3; i++) {
                const double *from = i < ATOMS ? r[i] : box.h[i - ATOMS];
                double *to = i < ATOMS ? exact->r[i] : exact->box.h[i - ATOMS];
                for (int d = 0; d < 3; d++) {
                    double x = 0;
                    for (int k = 0; k < 3; k++) x += strain[d][k] * from[k];
                    to[d] = x;
                }
            }
            e[side] = energy_of(exact);
        }
        exact->box = box;
        /* dE/d strain = -W */
        assert_true(fabs((e[0] - e[1]) / (2 * h) - result.virial[q]) < tolerance * 4.5 * size);
    }
    vt_system_destroy(s);
    vt_system_destroy(exact);
    vt_potential_destroy(p);
    vt_atoms_destroy(atoms);
}

static void forces_and_virials_are_differences(void **state) {
    (void)state;
    for (int simd = VT_SIMD_BASELINE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        setenv("VITRUM_SIMD", vt_simd_name((vt_simd)simd), 1);
        for (int number = 0; number < 3; number++) {
            check_forces(number, VT_PRECISION_DOUBLE, 1e-9);
            check_forces(number, VT_PRECISION_MIXED, 1e-5);
        }
    }
    unsetenv("VITRUM_SIMD");
}

/* Of one atom the virial is half of what its pairs with all others give: with a single pair both
   have the same. */
static void pairs_share_their_virial(void **state) {
    (void)state;
    static const double H[3][3] = {{30, 0, 0}, {0, 30, 0}, {0, 0, 30}};
    vt_box box = box_of(H, false);
    vt_atoms *atoms = gas(2, &box, 1);
    const double place[2][3] = {{1, 2, 3}, {2.5, 3.1, 4.4}};
    for (int i = 0; i < 2; i++) {
        atoms->x[i] = place[i][0];
        atoms->y[i] = place[i][1];
        atoms->z[i] = place[i][2];
        atoms->type[i] = i;
    }
    vt_potential *p = potential_of(made_up(2, VTI_TANH, 4.5));
    vt_system *s = system_of(atoms, p, VT_PRECISION_DOUBLE);
    vt_error err = {0};
    vt_result result;
    assert_int_equal(vt_system_evaluate(s, VT_WANT_ALL, &result, &err), VT_OK);
    static const int ROW[6] = {0, 1, 2, 1, 0, 0}, COLUMN[6] = {0, 1, 2, 2, 2, 1};
    for (int q = 0; q < 6; q++) {
        double d = s->r[1][ROW[q]] - s->r[0][ROW[q]], w = d * s->f[1][COLUMN[q]];
        assert_true(fabs(result.atom_virial[q] - 0.5 * w) < 1e-12);
        assert_true(fabs(result.atom_virial[6 + q] - 0.5 * w) < 1e-12);
        assert_true(fabs(w) > 1e-4);
    }
    vt_system_destroy(s);
    vt_potential_destroy(p);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- threads, one species ---- */

static void threads_do_not_count(void **state) {
    (void)state;
    enum { MANY = 700 };
    static const double H[3][3] = {{23, 0, 0}, {3, 22, 0}, {-2, 4, 23.5}};
    static double once[MANY][4], virial[MANY][6];
    vt_box box = box_of(H, false);
    vt_potential *p = potential_of(made_up(2, VTI_SILU, 5));
    int before = vt_threads();
    for (int precision = 0; precision < 2; precision++)
        for (int threads = 1; threads <= 5; threads += 2) {
            vt_error err = {0};
            vt_result result;
            vt_atoms *atoms = gas(MANY, &box, 4);
            assert_int_equal(vt_threads_set(threads, &err), VT_OK);
            vt_system *s = system_of(atoms, p, (vt_precision)precision);
            assert_int_equal(vt_system_evaluate(s, VT_WANT_ALL, &result, &err), VT_OK);
            if (threads == 1) {
                memcpy(once, s->f, sizeof once);
                memcpy(virial, result.atom_virial, sizeof virial);
            }
            assert_memory_equal(once, s->f, sizeof once);
            assert_memory_equal(virial, result.atom_virial, sizeof virial);
            vt_system_destroy(s);
            vt_atoms_destroy(atoms);
        }
    vt_threads_set(before, NULL);
    vt_potential_destroy(p);
}

/* Atoms of one species under a potential of two have its second channel all the same, and the
   species is found by its name. */
static void one_species_of_two(void **state) {
    (void)state;
    for (int32_t type = 0; type < 2; type++) {
        vt_atoms *atoms = sample(1);
        for (size_t i = 0; i < ATOMS; i++) atoms->type[i] = type;
        vti_network *n = made_up(2, VTI_SILU, 4.5);
        vt_potential *p = potential_of(n);
        vt_system *s = system_of(atoms, p, VT_PRECISION_DOUBLE);
        double row[90];
        const int32_t center = 5;
        vt_surroundings around = {2, SPECIES, &center, 1};
        vt_error err = {0};
        vt_result result;
        assert_int_equal(vt_system_evaluate(s, VT_WANT_ATOM_ENERGY, &result, &err), VT_OK);
        assert_int_equal(vt_chebyshev_compute(atoms, &around, &n->shape.descriptor, row, &err),
                         VT_OK);
        size_t kind = type == 0 ? 1 : 0;
        for (size_t f = 0; f < 90; f++)
            row[f] = (row[f] - n->mean[kind * 90 + f]) / n->deviation[kind * 90 + f];
        double by_user[ATOMS], energy = n->reference[kind] + layer_by_layer(n, kind, row);
        vt_system_to_user(s, 1, result.atom_energy, by_user);
        assert_true(fabs(by_user[5] - energy) < 1e-11 * fabs(energy));
        vt_system_destroy(s);
        vt_potential_destroy(p);
        vt_atoms_destroy(atoms);
    }
}

static void the_paper_has_9156_parameters(void **state) {
    (void)state;
    vti_network_shape shape = {.descriptor = vt_chebyshev_defaults(),
                               .species_count = 4,
                               .species = {{"Ti", 1}, {"Zr", 1}, {"Hf", 1}, {"Co", 1}},
                               .layers = 5,
                               .width = {0, 16, 16, 16, 16}};
    vti_network *n = vti_network_create(&shape, NULL);
    assert_int_equal(n->shape.width[0], 90);
    assert_int_equal(4 * n->parameters, 9156);
    vti_network_destroy(n);
}

static void coincident_atoms_are_named(void **state) {
    (void)state;
    vt_atoms *atoms = sample(0);
    atoms->x[7] = atoms->x[3];
    atoms->y[7] = atoms->y[3];
    atoms->z[7] = atoms->z[3];
    vt_potential *p = potential_of(made_up(2, VTI_SILU, 4.5));
    vt_system *s = system_of(atoms, p, VT_PRECISION_DOUBLE);
    vt_error err = {0};
    assert_int_equal(vt_system_evaluate(s, 0, NULL, &err), VT_EDIVERGED);
    assert_non_null(strstr(err.msg, "atoms 4 and 8 are 0 A apart"));
    vt_system_destroy(s);
    vt_potential_destroy(p);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- files ---- */

static char PATH[64];

static void put(const char *text, size_t size) {
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void expect(const char *text, size_t size, const char *part) {
    vt_error err = {0};
    put(text, size);
    vt_potential *p = vt_potential_network_read(PATH, &err);
    if (p != NULL) fail_msg("no error, expected '%s'", part);
    assert_int_equal(err.code, VT_EFORMAT);
    if (strstr(err.msg, part) == NULL) fail_msg("'%s' lacks '%s'", err.msg, part);
}

/* `text` with the first `from` made `to`. */
static void expect_changed(const char *text, const char *from, const char *to, const char *part) {
    size_t size = strlen(text) + strlen(to) + 1;
    char *changed = malloc(size), *at = strstr(text, from);
    assert_non_null(at);
    snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    expect(changed, strlen(changed), part);
    free(changed);
}

static void files_come_back(void **state) {
    (void)state;
    vt_error err = {0};
    vti_network *n = made_up(2, VTI_TANH, 4.5);
    vt_potential *p = potential_of(n);
    char *text = vt_potential_network_text(p, &err);
    assert_non_null(text);
    put(text, strlen(text));
    vt_potential *back = vt_potential_network_read(PATH, &err);
    assert_non_null(back);
    const vti_network *m = vti_network_of(back);
    assert_memory_equal(&n->shape, &m->shape, sizeof n->shape);
    assert_memory_equal(n->parameter, m->parameter, 2 * n->parameters * sizeof *n->parameter);
    assert_memory_equal(n->mean, m->mean, 180 * sizeof *n->mean);
    assert_memory_equal(n->deviation, m->deviation, 180 * sizeof *n->deviation);
    assert_memory_equal(n->reference, m->reference, 2 * sizeof *n->reference);
    assert_string_equal(vt_potential_sha256(p), vt_potential_sha256(back));
    assert_string_equal(vt_potential_name(back), "network");
    vt_potential_destroy(back);

    expect_changed(text, "network 2", "network 3", ":1: the file is of version 3");
    expect_changed(text, "vitrum", "Vitrum", ":1: expected 'vitrum network 2'");
    expect_changed(text, "tanh", "relu", ":5: expected the activation silu or tanh, found 'relu'");
    expect_changed(text, "13 8 5", "13 0 5", "hidden layer 2 has 0 numbers");
    expect_changed(text, "13 8 5", "13 9 5", "found 8 in place of 9");
    expect_changed(text, "chebyshev 4 8", "chebyshev 4 80", "l up to 0 ... 16");
    expect_changed(text, "Zr", "Cu", "species 'Cu' stands twice");
    expect_changed(text, "63.546", "-1", "the mass of 'Cu' must be positive");
    expect_changed(text, "of Cu", "of Hf", "expected 'of Cu', found 'of Hf'");
    expect_changed(text, "deviation 90\n", "deviation 90\n-1 ",
                   "deviation of input 1 of Cu must be");
    expect_changed(text, "reference -3.5", "reference -3.6", "has been changed or damaged");
    expect_changed(text, "mean 90\n", "mean 90\nnan ", "number 1 of 90 of the mean of Cu");
    expect(text, strlen(text) - 60, "expected 64 digits");
    expect(text, 0, "expected 'vitrum network 2'");
    size_t length = strlen(text);
    for (size_t size = 1; size < length - 75; size += length / 97) expect(text, size, "expected");
    vt_free(text);
    vt_potential_destroy(p);
    unlink(PATH);
}

int main(void) {
    snprintf(PATH, sizeof PATH, "test-%ld.network", (long)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energies_are_those_of_the_formulas),
        cmocka_unit_test(forces_and_virials_are_differences),
        cmocka_unit_test(pairs_share_their_virial),
        cmocka_unit_test(threads_do_not_count),
        cmocka_unit_test(one_species_of_two),
        cmocka_unit_test(the_paper_has_9156_parameters),
        cmocka_unit_test(coincident_atoms_are_named),
        cmocka_unit_test(files_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Training: the gradient of the loss against differences, in every instruction set; the loss as it
   is written; references; steps that go on where they ended; failures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "descriptor_fixture.h"
#include "train/internal.h"
#include "vitrum/system.h"

static vt_train_options options_of(const char *activation, double force_weight) {
    vt_train_options o = vt_train_defaults();
    o.species_count = 2;
    strcpy(o.species[0].symbol, "Cu");
    strcpy(o.species[1].symbol, "Zr");
    o.species[0].mass = o.species[1].mass = 1;
    o.descriptor = (vt_chebyshev){3, 4, 4.5};
    o.layers = 2;
    o.width[0] = 7;
    o.width[1] = 5;
    o.activation = activation;
    o.force_weight = force_weight;
    o.penalty = 0.01;
    o.seed = 5;
    return o;
}

/* Atoms with forces out of a hat. */
static vt_atoms *labeled(int number) {
    vt_atoms *atoms = sample(number);
    vt_rng rng = vt_rng_start(20 + (uint64_t)number, VT_STREAM_BUILD);
    for (size_t i = 0; i < atoms->count; i++) {
        atoms->fx[i] = vt_rng_uniform(&rng) - 0.5;
        atoms->fy[i] = vt_rng_uniform(&rng) - 0.5;
        atoms->fz[i] = vt_rng_uniform(&rng) - 0.5;
    }
    return atoms;
}

static double energy_of_label(int number) {
    return ATOMS * (-3.4 - 0.05 * number);
}

static vt_training *training_of(const vt_train_options *o) {
    vt_error err = {0};
    vt_training *t = vt_training_create(o, &err);
    assert_non_null(t);
    for (int k = 0; k < 5; k++) { /* the fourth has no forces, the last is not learned from */
        vt_atoms *atoms = labeled(k % 3);
        for (size_t i = 0; i < (size_t)k; i++) atoms->type[i] = 1;
        assert_int_equal(vt_training_add(t, atoms, energy_of_label(k), k != 3, &err), VT_OK);
        vt_atoms_destroy(atoms);
    }
    assert_int_equal(vt_training_assign(t, 4, VT_SET_TEST, &err), VT_OK);
    assert_int_equal(vt_training_start(t, &err), VT_OK);
    return t;
}

static double loss_of(vt_training *t, double *gradient) {
    double loss;
    vt_error err = {0};
    assert_int_equal(vti_train_loss(t, &loss, gradient, &err), VT_OK);
    return loss;
}

/* ---------------------------------------------------------------- gradient ---- */

static void check_gradient(const char *activation, double force_weight) {
    vt_train_options o = options_of(activation, force_weight);
    vt_training *t = training_of(&o);
    size_t n = vt_training_parameters(t);
    assert_int_equal(n, 2 * (41 * 7 + 8 * 5 + 6));
    double *gradient = malloc(n * sizeof *gradient), *unused = malloc(n * sizeof *gradient);
    double *along = malloc(n * sizeof *gradient), *p = t->network->parameter;
    vt_rng rng = vt_rng_start(9, VT_STREAM_BUILD);
    loss_of(t, gradient);
    const double h = 1e-4;
    for (int turn = 0; turn < 6; turn++) {
        double slope = 0, size = 0, value[4];
        for (size_t k = 0; k < n; k++) {
            along[k] = turn < 3 || vt_rng_below(&rng, 50) == 0 ? vt_rng_uniform(&rng) - 0.5 : 0;
            slope += gradient[k] * along[k];
            size += fabs(gradient[k] * along[k]);
        }
        /* Four points, so that the step need not be small. */
        for (int q = 0; q < 4; q++) {
            double step = h * (q < 2 ? q - 2 : q - 1);
            for (size_t k = 0; k < n; k++) p[k] += step * along[k];
            value[q] = loss_of(t, unused);
            for (size_t k = 0; k < n; k++) p[k] -= step * along[k];
        }
        double difference = (value[0] - 8 * value[1] + 8 * value[2] - value[3]) / (12 * h);
        assert_true(fabs(difference - slope) < 1e-8 * size);
    }
    free(gradient);
    free(unused);
    free(along);
    vt_training_destroy(t);
}

static void gradient_is_a_difference(void **state) {
    (void)state;
    for (int simd = VT_SIMD_BASELINE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        setenv("VITRUM_SIMD", vt_simd_name((vt_simd)simd), 1);
        check_gradient("silu", 0.7);
        check_gradient("tanh", 0.7);
        check_gradient("silu", 0);
    }
    unsetenv("VITRUM_SIMD");
}

/* The loss from the energies and forces of the potential that the training gives. */
static void loss_is_that_of_the_potential(void **state) {
    (void)state;
    vt_train_options o = options_of("silu", 0.3);
    vt_training *t = training_of(&o);
    size_t n = vt_training_parameters(t);
    double *gradient = malloc(n * sizeof *gradient), loss = loss_of(t, gradient), sum = 0;
    vt_error err = {0};
    vt_potential *p = vt_training_potential(t, &err);
    assert_non_null(p);
    vt_train_errors errors[VT_SETS];
    assert_int_equal(vt_training_errors(t, errors, &err), VT_OK);
    assert_int_equal(errors[VT_SET_TRAIN].samples, 4);
    assert_int_equal(errors[VT_SET_TRAIN].forces, 3 * 3 * ATOMS);
    double squares = 0;
    for (int k = 0; k < 5; k++) {
        vt_atoms *atoms = labeled(k % 3), *like = labeled(k % 3);
        for (size_t i = 0; i < (size_t)k; i++) atoms->type[i] = 1;
        vt_system *s = vt_system_create(atoms, p, &(vt_system_options){.skin = -1}, &err);
        vt_result result;
        assert_int_equal(vt_system_evaluate(s, VT_WANT_ENERGY, &result, &err), VT_OK);
        vt_system_push_forces(s);
        double e = (result.energy - energy_of_label(k)) / ATOMS, df2 = 0;
        for (size_t i = 0; i < ATOMS; i++) {
            double d[3] = {atoms->fx[i] - like->fx[i], atoms->fy[i] - like->fy[i],
                           atoms->fz[i] - like->fz[i]};
            df2 += d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        }
        if (k < 4) {
            squares += e * e;
            sum += 0.5 * (e * e + (k == 3 ? 0 : 0.3 * df2 / (3 * ATOMS)));
        } else {
            assert_true(fabs(errors[VT_SET_TEST].energy_rmse - fabs(e)) < 1e-11);
            assert_true(fabs(errors[VT_SET_TEST].force_rmse - sqrt(df2 / (3 * ATOMS))) < 1e-11);
        }
        vt_system_destroy(s);
        vt_atoms_destroy(atoms);
        vt_atoms_destroy(like);
    }
    assert_true(fabs(errors[VT_SET_TRAIN].energy_rmse - sqrt(squares / 4)) < 1e-11);
    /* weights, without the biases behind those of each layer */
    static const int WIDTH[] = {40, 7, 5, 1};
    const double *w = t->network->parameter;
    for (int k = 0; k < 6; k++) {
        int in = WIDTH[k % 3], out = WIDTH[k % 3 + 1];
        for (int q = 0; q < in * out; q++) sum += 0.5 * o.penalty * w[q] * w[q];
        w += (in + 1) * out;
    }
    assert_true(fabs(loss - sum) < 1e-11 * sum);
    vt_potential_destroy(p);
    free(gradient);
    vt_training_destroy(t);
}

/* Energies that are linear in the composition leave nothing to the networks. */
static void references_are_the_linear_fit(void **state) {
    (void)state;
    vt_train_options o = options_of("silu", 0);
    vt_error err = {0};
    vt_training *t = vt_training_create(&o, &err);
    for (int k = 0; k < 4; k++) {
        vt_atoms *atoms = sample(0);
        size_t copper = (size_t)(10 + 7 * k);
        for (size_t i = 0; i < ATOMS; i++) atoms->type[i] = i < copper ? 1 : 0;
        double energy = -3.5 * (double)copper - 6.25 * (double)(ATOMS - copper);
        assert_int_equal(vt_training_add(t, atoms, energy, false, &err), VT_OK);
        vt_atoms_destroy(atoms);
    }
    double formation[4];
    vt_training_formation(t, formation);
    for (int k = 0; k < 4; k++) assert_true(fabs(formation[k]) < 1e-6);
    assert_int_equal(vt_training_start(t, &err), VT_OK);
    assert_true(fabs(vt_training_reference(t, 0) + 3.5) < 1e-6);
    assert_true(fabs(vt_training_reference(t, 1) + 6.25) < 1e-6);
    vt_training_destroy(t);
}

/* ---------------------------------------------------------------- steps ---- */

static void steps_go_on(void **state) {
    (void)state;
    vt_train_options o = options_of("silu", 0.01);
    vt_training *once = training_of(&o), *again = training_of(&o);
    vt_train_report report, other;
    vt_error err = {0};
    assert_int_equal(vt_training_run(once, 12, &report, &err), VT_CONTINUE);
    assert_int_equal(report.steps, 12);
    double first = report.loss;
    for (int k = 0; k < 3; k++)
        assert_int_equal(vt_training_run(again, 4, &other, &err), VT_CONTINUE);
    assert_true(other.loss == first && other.steps == 12);
    assert_memory_equal(once->network->parameter, again->network->parameter,
                        vt_training_parameters(once) * sizeof(double));
    assert_int_equal(vt_training_keep(once, &err), VT_OK);
    assert_int_equal(vt_training_run(once, 40, &report, &err), VT_CONTINUE);
    assert_true(report.loss < first);
    vt_training_recall(once);
    assert_memory_equal(once->network->parameter, again->network->parameter,
                        vt_training_parameters(once) * sizeof(double));
    vt_training_destroy(once);
    vt_training_destroy(again);
}

/* A state that another training of the same kind takes up gives the same bits. */
static void states_go_on(void **state) {
    (void)state;
    vt_train_options o = options_of("silu", 0.01);
    vt_training *once = training_of(&o), *again = training_of(&o);
    vt_train_report report, other;
    vt_error err = {0};
    void *data;
    size_t bytes;
    assert_int_equal(vt_training_state(once, &data, &bytes, &err), VT_EINVAL);
    assert_int_equal(vt_training_run(once, 30, &report, &err), VT_CONTINUE);
    assert_int_equal(vt_training_keep(once, &err), VT_OK);
    assert_int_equal(vt_training_state(once, &data, &bytes, &err), VT_OK);
    assert_int_equal(vt_training_run(again, 3, &other, &err), VT_CONTINUE);
    assert_int_equal(vt_training_restore(again, data, bytes, &err), VT_OK);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(vt_training_run(once, 9, &report, &err), VT_CONTINUE);
        assert_int_equal(vt_training_run(again, 9, &other, &err), VT_CONTINUE);
        assert_true(report.loss == other.loss && report.steps == other.steps);
        assert_int_equal(report.evaluations, other.evaluations);
        assert_memory_equal(once->network->parameter, again->network->parameter,
                            vt_training_parameters(once) * sizeof(double));
    }
    vt_training_recall(once);
    vt_training_recall(again);
    assert_memory_equal(once->network->parameter, again->network->parameter,
                        vt_training_parameters(once) * sizeof(double));
    assert_int_equal(vt_training_restore(again, data, bytes - 8, &err), VT_EFORMAT);
    assert_int_equal(vt_training_restore(again, data, 16, &err), VT_EINVAL);
    o.seed = 6;
    vt_training *another = training_of(&o);
    assert_int_equal(vt_training_restore(another, data, bytes, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "the state is that of another training"));
    vt_free(data);
    vt_training_destroy(another);
    vt_training_destroy(once);
    vt_training_destroy(again);
}

static void wrong_samples_are_named(void **state) {
    (void)state;
    vt_train_options o = options_of("silu", 1);
    vt_error err = {0};
    o.activation = "relu";
    assert_null(vt_training_create(&o, &err));
    assert_non_null(strstr(err.msg, "no activation 'relu'"));
    o = options_of("silu", NAN);
    assert_null(vt_training_create(&o, &err));
    assert_non_null(strstr(err.msg, "the weight of forces is nan"));
    o = options_of("silu", 1);
    vt_training *t = vt_training_create(&o, &err);
    vt_train_report report;
    vt_atoms *atoms = labeled(0);
    assert_int_equal(vt_training_start(t, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "no sample in the training set"));
    assert_int_equal(vt_training_run(t, 1, &report, &err), VT_EINVAL);
    assert_int_equal(vt_training_add(t, atoms, NAN, true, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "the energy is nan eV"));
    atoms->fy[4] = INFINITY;
    assert_int_equal(vt_training_add(t, atoms, 1, true, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "the force on atom 5 is ("));
    atoms->x[9] = atoms->x[2];
    atoms->y[9] = atoms->y[2];
    atoms->z[9] = atoms->z[2];
    assert_int_equal(vt_training_add(t, atoms, 1, false, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "atoms 3 and 10 are 0 A apart"));
    assert_int_equal(vt_training_samples(t), 0);
    vt_atoms_destroy(atoms);
    vt_training_destroy(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_is_a_difference),
        cmocka_unit_test(loss_is_that_of_the_potential),
        cmocka_unit_test(references_are_the_linear_fit),
        cmocka_unit_test(steps_go_on),
        cmocka_unit_test(states_go_on),
        cmocka_unit_test(wrong_samples_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The Born tensor: against finite strain of the energy and of the stress, and relations that hold
   for any crystal with a center of inversion at every atom. */
#include "eam_fixture.h"

#include "vitrum/units.h"

static const eam_model ALLOY = {.finnis_sinclair = false, .end = 6},
                       FINNIS_SINCLAIR = {.finnis_sinclair = true, .end = 6};

static const int AXES[6][2] = {{0, 0}, {1, 1}, {2, 2}, {1, 2}, {0, 2}, {0, 1}};

static vt_potential *lj_create(void) {
    vt_error err = {0};
    vt_lj_options o = {.species_count = 1,
                       .species = {{"Cu", 63.546}},
                       .epsilon = {{0.4}},
                       .sigma = {{2.34}},
                       .cutoff = {{5.5}},
                       .truncation = VT_LJ_FORCE_SHIFTED};
    vt_potential *p = vt_potential_lj_create(&o, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    return p;
}

static vt_atoms *copper(double a) {
    vt_error err = {0};
    const vt_species cu = {"Cu", 63.546};
    const int64_t cells[3] = {3, 3, 3};
    vt_atoms *atoms = vt_atoms_crystal(VT_FCC, &cu, a, 0, cells, &err);
    if (atoms == NULL) fail_msg("%s", err.msg);
    return atoms;
}

/* Atoms and a system of a copy of them, which is deformed. */
typedef struct {
    vt_atoms *atoms, *copy;
    vt_system *system;
} sample;

static sample sample_create(const vt_potential *potential, vt_atoms *atoms) {
    vt_error err = {0};
    sample s = {.atoms = atoms, .copy = vt_atoms_copy(atoms, &err)};
    assert_non_null(s.copy);
    s.system = system_create(s.copy, potential, -1, VT_PRECISION_DOUBLE);
    return s;
}

static void sample_destroy(sample *s) {
    vt_system_destroy(s->system);
    vt_atoms_destroy(s->copy);
    vt_atoms_destroy(s->atoms);
}

/* Energy [eV], and the stress [GPa] where wanted, of the atoms deformed by F. */
static double deformed(const sample *s, const double F[3][3], double stress[6]) {
    vt_error err = {0};
    vt_result result;
    size_t bytes = s->atoms->count * sizeof(double);
    memcpy(s->copy->x, s->atoms->x, bytes);
    memcpy(s->copy->y, s->atoms->y, bytes);
    memcpy(s->copy->z, s->atoms->z, bytes);
    s->copy->box = s->atoms->box;
    REQUIRE_OK(vt_atoms_deform(s->copy, F, &err), err);
    REQUIRE_OK(evaluate_atoms(s->system, VT_WANT_VIRIAL | VT_WANT_ENERGY, &result, &err), err);
    for (int k = 0; k < 6 && stress != NULL; k++)
        stress[k] = -result.virial[k] * VT_GPA / vt_box_volume(&s->copy->box);
    return result.energy;
}

/* Sum of engineering strains x of component p and y of q as a tensor. */
static void strain_of(int p, double x, int q, double y, double e[3][3]) {
    memset(e, 0, 9 * sizeof e[0][0]);
    for (int k = 0; k < 2; k++) {
        const int *axes = AXES[k == 0 ? p : q];
        double half = 0.5 * (k == 0 ? x : y);
        e[axes[0]][axes[1]] += half;
        e[axes[1]][axes[0]] += half;
    }
}

/* F = sqrt(1 + 2 eta), by its series. */
static void deformation_of(double eta[3][3], double F[3][3]) {
    static const double SERIES[] = {1, 1, -0.5, 0.5, -0.625};
    double power[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    memset(F, 0, 9 * sizeof F[0][0]);
    for (int n = 0; n < 5; n++) {
        double next[3][3] = {{0}};
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                F[i][j] += SERIES[n] * power[i][j];
                for (int k = 0; k < 3; k++) next[i][j] += power[i][k] * eta[k][j];
            }
        memcpy(power, next, sizeof power);
    }
}

static double strained_energy(const sample *s, int p, double x, int q, double y) {
    double eta[3][3], F[3][3];
    strain_of(p, x, q, y, eta);
    deformation_of(eta, F);
    return deformed(s, (const double(*)[3])F, NULL);
}

/* d2E/d eta_p d eta_q by central differences. */
static double second_difference(const sample *s, int p, int q, double h) {
    double sum = 0;
    for (int a = -1; a <= 1; a += 2)
        for (int b = -1; b <= 1; b += 2) sum += a * b * strained_energy(s, p, a * h, q, b * h);
    return sum / (4 * h * h);
}

/* Born tensor of atoms; the parts of the atoms must have it for their mean. */
static void born_of(vt_atoms *atoms, const vt_potential *potential,
                    double born[VT_BORN_CONSTANTS]) {
    vt_error err = {0};
    vt_system *system = system_create(atoms, potential, -1, VT_PRECISION_DOUBLE);
    double *part = vt_alloc(atoms->count, VT_BORN_CONSTANTS * sizeof *part), sum;
    assert_non_null(part);
    REQUIRE_OK(vt_system_born(system, born, part, &err), err);
    for (int k = 0; k < VT_BORN_CONSTANTS; k++) {
        sum = 0;
        for (size_t i = 0; i < atoms->count; i++) sum += part[i * VT_BORN_CONSTANTS + (size_t)k];
        CHECK_NEAR(sum / (double)atoms->count, born[k], 1e-11 * fabs(born[0]));
    }
    vt_free(part);
    vt_system_destroy(system);
}

static void check_against_strain(vt_atoms *atoms, vt_potential *potential) {
    double born[VT_BORN_CONSTANTS], scale = VT_GPA / vt_box_volume(&atoms->box);
    const double step = 2e-3;
    sample s = sample_create(potential, atoms);
    born_of(atoms, potential, born);
    for (int p = 0; p < 6; p++)
        for (int q = p; q < 6; q++) {
            double fine = second_difference(&s, p, q, step);
            double coarse = second_difference(&s, p, q, 2 * step);
            CHECK_NEAR(born[vt_born_index(p, q)], scale * (4 * fine - coarse) / 3,
                       1e-5 * fabs(born[0]));
        }
    sample_destroy(&s);
    vt_potential_destroy(potential);
}

static void born_is_the_second_derivative_by_strain(void **state) {
    (void)state;
    check_against_strain(copper(3.6), lj_create());
    check_against_strain(copper(3.6), eam_create(&ALLOY, 0));
    /* a thin box without any symmetry, with images of atoms within reach of themselves */
    check_against_strain(random_glass(23, 2.2, 5, "Cu", "Zr"), eam_create(&FINNIS_SINCLAIR, 0));
}

/* Without the term of the stress, or with another sign, these would differ by GPa. */
static void coefficients_under_stress_are_the_derivative_of_the_stress(void **state) {
    (void)state;
    vt_potential *potential = eam_create(&FINNIS_SINCLAIR, 0);
    vt_atoms *atoms = random_glass(23, 2.2, 5, "Cu", "Zr");
    double born[VT_BORN_CONSTANTS], stress[6], b[6][6], eta[3][3], h = 1e-4, most = 0;
    const double none[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    sample s = sample_create(potential, atoms);
    born_of(atoms, potential, born);
    deformed(&s, none, stress);
    for (int k = 0; k < 6; k++) most = fmax(most, fabs(stress[k]));
    assert_true(most > 5);
    vt_born_under_stress(born, stress, b);
    for (int q = 0; q < 6; q++) {
        double side[2][6];
        for (int k = 0; k < 2; k++) {
            strain_of(q, k == 0 ? -h : h, q, 0, eta);
            for (int m = 0; m < 3; m++) eta[m][m] += 1;
            deformed(&s, (const double(*)[3])eta, side[k]);
        }
        for (int p = 0; p < 6; p++)
            CHECK_NEAR(b[p][q], (side[1][p] - side[0][p]) / (2 * h), 1e-5 * fabs(born[0]));
    }
    sample_destroy(&s);
    vt_potential_destroy(potential);
}

/* Cauchy's relation: C12 = C44 of pair potentials at any pressure p, and so B12 - B44 = 2p, which
   is 0 without pressure. */
static void pair_potentials_obey_cauchy(void **state) {
    (void)state;
    vt_potential *potential = lj_create();
    static const double LATTICE[] = {3.4, 3.6, 3.8};
    double last = 0;
    for (int k = 0; k < 3; k++) {
        vt_atoms *atoms = copper(LATTICE[k]);
        double born[VT_BORN_CONSTANTS], stress[6], b[6][6];
        const double none[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
        sample s = sample_create(potential, atoms);
        born_of(atoms, potential, born);
        deformed(&s, none, stress);
        CHECK_NEAR(born[vt_born_index(0, 1)], born[vt_born_index(3, 3)], 1e-11 * fabs(born[0]));
        CHECK_NEAR(born[vt_born_index(0, 0)], born[vt_born_index(2, 2)], 1e-11 * fabs(born[0]));
        CHECK_NEAR(born[vt_born_index(0, 3)], 0, 1e-11 * fabs(born[0]));
        vt_born_under_stress(born, stress, b);
        CHECK_NEAR(b[0][1] - b[3][3], -2 * stress[0], 1e-9);
        if (k > 0) assert_true(stress[0] > last);
        last = stress[0];
        sample_destroy(&s);
    }
    vt_potential_destroy(potential);
}

/* C12 - C44 = F'' G_xx^2 / volume of an atom, with shells of fcc counted by hand. */
static void embedding_breaks_cauchy(void **state) {
    (void)state;
    const double a = 3.6, h = 1e-4;
    vt_potential *potential = eam_create(&ALLOY, 0);
    vt_atoms *atoms = copper(a);
    double born[VT_BORN_CONSTANTS], rho = 0, trace = 0;
    born_of(atoms, potential, born);
    for (int x = -6; x <= 6; x++)
        for (int y = -6; y <= 6; y++)
            for (int z = -6; z <= 6; z++) {
                double r = 0.5 * a * sqrt(x * x + y * y + z * z);
                if ((x + y + z) % 2 != 0 || r == 0 || r >= EAM_CUTOFF) continue;
                rho += eam_density(&ALLOY, 0, 0, r);
                trace += r * (eam_density(&ALLOY, 0, 0, r + h) - eam_density(&ALLOY, 0, 0, r - h)) /
                         (2 * h);
            }
    double curvature =
        (eam_embedding(0, rho + h) - 2 * eam_embedding(0, rho) + eam_embedding(0, rho - h)) /
        (h * h);
    double expected = curvature * trace * trace / 9 / (a * a * a / 4) * VT_GPA;
    assert_true(expected > 1);
    CHECK_NEAR(born[vt_born_index(0, 1)] - born[vt_born_index(3, 3)], expected, 1e-4 * expected);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(potential);
}

static void sums_do_not_depend_on_threads(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *potential = eam_create(&FINNIS_SINCLAIR, 0);
    vt_atoms *atoms = random_glass(600, 2.2, 11, "Cu", "Zr");
    double one[VT_BORN_CONSTANTS], three[VT_BORN_CONSTANTS];
    born_of(atoms, potential, one);
    REQUIRE_OK(vt_threads_set(3, &err), err);
    born_of(atoms, potential, three);
    REQUIRE_OK(vt_threads_set(1, &err), err);
    assert_memory_equal(one, three, sizeof one);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(potential);
}

int main(void) {
    vt_threads_set(1, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(born_is_the_second_derivative_by_strain),
        cmocka_unit_test(coefficients_under_stress_are_the_derivative_of_the_stress),
        cmocka_unit_test(pair_potentials_obey_cauchy),
        cmocka_unit_test(embedding_breaks_cauchy),
        cmocka_unit_test(sums_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Bond-orientational order: exact values of crystals, laws of rotation, and plain sums. */
#include "fixture.h"

#include "vitrum/structure.h"

static vt_atoms *crystal(vt_lattice lattice, double a, int64_t cells) {
    vt_species species = {"Cu", 63.5};
    vt_error err = {0};
    int64_t n[3] = {cells, cells, cells};
    vt_atoms *atoms = vt_atoms_crystal(lattice, &species, a, 0, n, &err);
    assert_non_null(atoms);
    return atoms;
}

static vt_atoms *gas(size_t count, const vt_box *box, uint64_t seed) {
    vt_error err = {0};
    vt_atoms *atoms = vt_atoms_create(count, box, &err);
    assert_non_null(atoms);
    assert_int_equal(vt_atoms_add_species(atoms, "Cu", 0, &err), 0);
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    for (size_t i = 0; i < count; i++) {
        double s[3], r[3];
        for (int a = 0; a < 3; a++) s[a] = vt_rng_uniform(&rng);
        vt_box_cartesian(box, s, r);
        atoms->x[i] = r[0];
        atoms->y[i] = r[1];
        atoms->z[i] = r[2];
    }
    return atoms;
}

static const vt_box TILTED = {
    {3, 1, -8}, {{9.3, 0, 0}, {2.9, 11.7, 0}, {-4.4, 3.8, 13.5}}, {1, 1, 1}};

/* ---------------------------------------------------------------- exact values ---- */

typedef struct {
    const char *what;
    double q4, q6, w4, w6;
} exact;

/* To the five digits of Steinhardt et al. (1983), table I, and Mickel et al. (2013). */
static const double DIGITS = 6e-6;

static void check(const vt_bonds *bonds, size_t count, const exact *e) {
    const double want[4] = {e->q4, e->q6, e->w4, e->w6};
    double q[2][256], w[2][256];
    vt_error err = {0};
    assert_non_null(bonds);
    assert_true(count <= 256);
    for (int averaged = 0; averaged < 2; averaged++) {
        for (int k = 0; k < 2; k++)
            REQUIRE_OK(vt_bond_order(bonds, 4 + 2 * k, averaged, q[k], w[k], &err), err);
        for (size_t i = 0; i < count; i++) {
            const double got[4] = {q[0][i], q[1][i], w[0][i], w[1][i]};
            for (int k = 0; k < 4; k++) {
                if (isnan(want[k]) ? !isnan(got[k]) : !(fabs(got[k] - want[k]) < DIGITS))
                    fail_msg("%s: number %d is %.8f, not %.8f", e->what, k, got[k], want[k]);
            }
        }
    }
}

/* In a crystal of one orientation the average over neighbors changes nothing, which holds for the
   Bravais lattices fcc and bcc; in hcp for even l, whose q_lm do not change under inversion. */
static void crystals_have_their_values(void **state) {
    (void)state;
    static const exact fcc = {"fcc", 0.190941, 0.574524, -0.159317, -0.013161};
    static const exact hcp = {"hcp", 0.097222, 0.484762, 0.134097, -0.012442};
    static const exact bcc8 = {"bcc, 8", 0.509175, 0.628539, -0.159317, 0.013161};
    static const exact bcc14 = {"bcc, 14", 0.036370, 0.510688, 0.159317, 0.013161};
    static const exact bcc_area = {"bcc, areas", 0.224025, 0.566940, -0.159317, 0.013161};
    vt_error err = {0};
    for (int lattice = 0; lattice < 3; lattice++) {
        static const vt_lattice of[] = {VT_FCC, VT_HCP, VT_BCC};
        const exact *value[] = {&fcc, &hcp, &bcc_area};
        vt_atoms *atoms = crystal(of[lattice], 3.2, 2);
        vt_voronoi *v = vt_voronoi_create(atoms, NULL, &err);
        vt_bonds *bonds = vt_bonds_voronoi(v, true, &err);
        check(bonds, atoms->count, value[lattice]);
        vt_bonds_destroy(bonds);
        vt_voronoi_destroy(v);
        bonds = vt_bonds_nearest(atoms, lattice == 2 ? 8 : 12, &err);
        check(bonds, atoms->count, lattice == 2 ? &bcc8 : value[lattice]);
        vt_bonds_destroy(bonds);
        bonds = vt_bonds_within(atoms, lattice == 0 ? 2.8 : 3.5, &err);
        check(bonds, atoms->count, lattice == 2 ? &bcc14 : value[lattice]);
        vt_bonds_destroy(bonds);
        vt_atoms_destroy(atoms);
    }
}

/* Center of an icosahedron in vacuum: q_4 vanishes, so that w_4 is not a number. */
static void icosahedron_has_its_values(void **state) {
    (void)state;
    const double g = (1 + sqrt(5)) / 2;
    vt_box box = {{-6, -6, -6}, {{12, 0, 0}, {0, 12, 0}, {0, 0, 12}}, {0, 0, 0}};
    vt_error err = {0};
    vt_atoms *atoms = gas(13, &box, 1);
    for (size_t i = 0; i < 13; i++) atoms->x[i] = atoms->y[i] = atoms->z[i] = 0;
    double *axis[3] = {atoms->x, atoms->y, atoms->z};
    for (int k = 0; k < 12; k++) {
        axis[(k / 4 + 1) % 3][k + 1] = k & 1 ? -1 : 1;
        axis[(k / 4 + 2) % 3][k + 1] = k & 2 ? -g : g;
    }
    vt_voronoi *v = vt_voronoi_create(atoms, NULL, &err);
    assert_non_null(v);
    for (int weighted = 0; weighted < 2; weighted++) {
        vt_bonds *bonds = vt_bonds_voronoi(v, weighted, &err);
        double q[13], w[13];
        REQUIRE_OK(vt_bond_order(bonds, 4, false, q, w, &err), err);
        CHECK_NEAR(q[0], 0, 1e-14);
        assert_true(isnan(w[0]));
        REQUIRE_OK(vt_bond_order(bonds, 6, false, q, w, &err), err);
        CHECK_NEAR(q[0], 0.663325, DIGITS);
        CHECK_NEAR(w[0], -0.169754, DIGITS);
        vt_bonds_destroy(bonds);
    }
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- laws ---- */

/* q_l^2 = sum_jk weight_j weight_k P_l(cos of the angle between them), by the addition theorem. */
static void q_obeys_the_addition_theorem(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = gas(71, &TILTED, 3);
    vt_voronoi *v = vt_voronoi_create(atoms, NULL, &err);
    vt_bonds *bonds = vt_bonds_voronoi(v, true, &err);
    assert_non_null(bonds);
    double q[71], w[71];
    for (int l = 0; l <= VT_BOND_ORDER_MAX; l++) {
        REQUIRE_OK(vt_bond_order(bonds, l, false, q, w, &err), err);
        for (size_t i = 0; i < 71; i++) {
            double sum = 0;
            for (size_t j = bonds->first[i]; j < bonds->first[i + 1]; j++)
                for (size_t k = bonds->first[i]; k < bonds->first[i + 1]; k++) {
                    const double *a = bonds->vector + 3 * j, *b = bonds->vector + 3 * k;
                    double c = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) /
                               sqrt((a[0] * a[0] + a[1] * a[1] + a[2] * a[2]) *
                                    (b[0] * b[0] + b[1] * b[1] + b[2] * b[2]));
                    double before = 1, p = l == 0 ? 1 : c;
                    for (int n = 2; n <= l; n++) {
                        double next = ((2 * n - 1) * c * p - (n - 1) * before) / n;
                        before = p;
                        p = next;
                    }
                    sum += bonds->weight[j] * bonds->weight[k] * p;
                }
            CHECK_NEAR(q[i] * q[i], sum, 1e-12); /* some 200 terms of order 1/200 */
        }
        if (l == 0) CHECK_NEAR(q[3], 1, 1e-14);
    }
    vt_bonds_destroy(bonds);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* A rotation of everything, image vectors included. */
static void q_and_w_do_not_depend_on_orientation(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = gas(71, &TILTED, 4);
    vt_bonds *bonds = vt_bonds_nearest(atoms, 13, &err);
    assert_non_null(bonds);
    const double c = cos(0.7), s = sin(0.7);
    double q[71], w[71], q_turned[71], w_turned[71];
    for (int l = 1; l <= VT_BOND_ORDER_MAX; l++)
        for (int averaged = 0; averaged < 2; averaged++) {
            REQUIRE_OK(vt_bond_order(bonds, l, averaged, q, w, &err), err);
            vt_bonds turned = *bonds;
            size_t n = bonds->first[71];
            turned.vector = vt_alloc(3 * n, sizeof(double));
            for (size_t k = 0; k < n; k++) {
                const double *r = bonds->vector + 3 * k;
                double y = c * r[1] - s * r[2], z = s * r[1] + c * r[2];
                turned.vector[3 * k] = c * r[0] - s * z;
                turned.vector[3 * k + 1] = y;
                turned.vector[3 * k + 2] = s * r[0] + c * z;
            }
            REQUIRE_OK(vt_bond_order(&turned, l, averaged, q_turned, w_turned, &err), err);
            vt_free(turned.vector);
            for (size_t i = 0; i < 71; i++) {
                CHECK_NEAR(q_turned[i], q[i], 1e-12);
                /* An odd power of odd harmonics: w_l of odd l is zero by the symmetry of 3j. */
                if (l % 2 == 0 || isnan(w[i])) CHECK_NEAR(w_turned[i], w[i], 1e-11);
                if (l % 2 == 1) CHECK_NEAR(w[i], 0, 1e-11);
            }
        }
    vt_bonds_destroy(bonds);
    vt_atoms_destroy(atoms);
}

/* The average of q_lm, from q_1m, which are the components of a vector: q_1 is the length of the
   mean unit vector. */
static void averages_are_over_the_atom_and_its_neighbors(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = gas(71, &TILTED, 5);
    vt_bonds *bonds = vt_bonds_within(atoms, 3.4, &err);
    assert_non_null(bonds);
    double mean[71][3] = {{0}}, q[71];
    for (size_t i = 0; i < 71; i++)
        for (size_t k = bonds->first[i]; k < bonds->first[i + 1]; k++) {
            const double *r = bonds->vector + 3 * k;
            double length = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
            for (int d = 0; d < 3; d++) mean[i][d] += bonds->weight[k] * r[d] / length;
        }
    REQUIRE_OK(vt_bond_order(bonds, 1, true, q, NULL, &err), err);
    for (size_t i = 0; i < 71; i++) {
        size_t n = bonds->first[i + 1] - bonds->first[i];
        if (n == 0) {
            assert_true(isnan(q[i]));
            continue;
        }
        double sum[3] = {mean[i][0], mean[i][1], mean[i][2]}, length = 0;
        for (size_t k = bonds->first[i]; k < bonds->first[i + 1]; k++)
            for (int d = 0; d < 3; d++) sum[d] += mean[bonds->neighbor[k]][d];
        for (int d = 0; d < 3; d++) length += sum[d] * sum[d];
        CHECK_NEAR(q[i], sqrt(length) / (double)(n + 1), 1e-13);
    }
    vt_bonds_destroy(bonds);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- neighbors ---- */

static void neighbors_within_equal_a_double_loop(void **state) {
    (void)state;
    const double cutoff = 4.1;
    vt_error err = {0};
    vt_atoms *atoms = gas(71, &TILTED, 6);
    vt_bonds *bonds = vt_bonds_within(atoms, cutoff, &err);
    assert_non_null(bonds);
    for (size_t i = 0; i < 71; i++) {
        size_t count = 0;
        for (size_t j = 0; j < 71; j++)
            for (int u = -2; u <= 2; u++)
                for (int v = -2; v <= 2; v++)
                    for (int w = -2; w <= 2; w++) {
                        double d[3] = {atoms->x[j] - atoms->x[i], atoms->y[j] - atoms->y[i],
                                       atoms->z[j] - atoms->z[i]};
                        for (int k = 0; k < 3; k++)
                            d[k] += u * TILTED.h[0][k] + v * TILTED.h[1][k] + w * TILTED.h[2][k];
                        double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
                        if (r == 0 || r > cutoff) continue;
                        count++;
                        bool found = false;
                        for (size_t k = bonds->first[i]; k < bonds->first[i + 1]; k++) {
                            const double *q = bonds->vector + 3 * k;
                            found =
                                found ||
                                ((size_t)bonds->neighbor[k] == j &&
                                 fabs(q[0] - d[0]) + fabs(q[1] - d[1]) + fabs(q[2] - d[2]) < 1e-12);
                        }
                        assert_true(found);
                    }
        assert_int_equal(bonds->first[i + 1] - bonds->first[i], count);
    }
    /* The nearest are the first of these. */
    vt_bonds *nearest = vt_bonds_nearest(atoms, 3, &err);
    for (size_t i = 0; i < 71; i++)
        for (size_t k = 0; k < 3; k++) {
            if (bonds->first[i] + k >= bonds->first[i + 1]) break;
            assert_int_equal(nearest->neighbor[3 * i + k], bonds->neighbor[bonds->first[i] + k]);
        }
    vt_bonds_destroy(nearest);
    vt_bonds_destroy(bonds);
    vt_atoms_destroy(atoms);
}

static void results_do_not_depend_on_threads(void **state) {
    (void)state;
    vt_error err = {0};
    int threads = vt_threads();
    vt_atoms *atoms = gas(271, &TILTED, 9);
    double q[2][271], w[2][271];
    for (int t = 0; t < 2; t++) {
        vt_threads_set(1 + 2 * t, NULL);
        vt_bonds *bonds = vt_bonds_nearest(atoms, 12, &err);
        REQUIRE_OK(vt_bond_order(bonds, 6, true, q[t], w[t], &err), err);
        vt_bonds_destroy(bonds);
    }
    vt_threads_set(threads, NULL);
    assert_memory_equal(q[0], q[1], sizeof q[0]);
    assert_memory_equal(w[0], w[1], sizeof w[0]);
    vt_atoms_destroy(atoms);
}

/* A dimer whose atoms are out of reach of one another, and q of a single bond: 1 for every l. */
static void lonely_atoms_have_no_order(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(20, 20, 20);
    vt_atoms *atoms = gas(2, &box, 1);
    atoms->x[0] = atoms->y[0] = atoms->z[0] = 5;
    atoms->x[1] = 7;
    atoms->y[1] = 4;
    atoms->z[1] = 8;
    double q[2], w[2];
    vt_bonds *bonds = vt_bonds_within(atoms, 2, &err);
    REQUIRE_OK(vt_bond_order(bonds, 6, false, q, w, &err), err);
    assert_true(isnan(q[0]) && isnan(q[1]) && isnan(w[0]));
    vt_bonds_destroy(bonds);
    bonds = vt_bonds_within(atoms, 5, &err);
    for (int l = 0; l <= VT_BOND_ORDER_MAX; l++) {
        REQUIRE_OK(vt_bond_order(bonds, l, false, q, w, &err), err);
        CHECK_NEAR(q[0], 1, 1e-13);
    }
    vt_bonds_destroy(bonds);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- errors ---- */

static void bad_input_is_refused(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box free_box = {{0, 0, 0}, {{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}, {0, 0, 0}};
    vt_atoms *atoms = gas(7, &free_box, 1), *none = gas(0, &free_box, 1);
    assert_null(vt_bonds_within(atoms, 0, &err));
    CHECK_MESSAGE(err, "bonds: the cutoff must be positive [angstrom], got 0");
    assert_null(vt_bonds_within(none, 3, &err));
    CHECK_MESSAGE(err, "bonds: there are no atoms");
    assert_null(vt_bonds_nearest(none, 3, &err));
    CHECK_MESSAGE(err, "bonds: there are no atoms");
    assert_null(vt_bonds_nearest(atoms, 0, &err));
    CHECK_MESSAGE(err, "bonds: the number of neighbors must be 1 to 10000, got 0");
    assert_null(vt_bonds_nearest(atoms, 7, &err));
    CHECK_MESSAGE(err,
                  "7 neighbors were asked for, but with free boundaries an atom has only the 6");
    vt_bonds *bonds = vt_bonds_nearest(atoms, 6, &err);
    assert_non_null(bonds);
    double q[7];
    assert_int_equal(vt_bond_order(bonds, 21, false, q, NULL, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "bond order: the degree l must be 0 to 20, got 21");
    assert_int_equal(vt_bond_order(bonds, -1, false, q, NULL, &err), VT_EINVAL);
    vt_interrupt_request();
    assert_null(vt_bonds_within(atoms, 3, &err));
    CHECK_MESSAGE(err, "interrupted");
    assert_int_equal(vt_bond_order(bonds, 6, true, q, NULL, &err), VT_EINTERRUPT);
    vt_interrupt_clear();
    vt_bonds_destroy(bonds);
    vt_bonds_destroy(NULL);
    atoms->x[2] = atoms->x[5];
    atoms->y[2] = atoms->y[5];
    atoms->z[2] = atoms->z[5];
    assert_null(vt_bonds_within(atoms, 3, &err));
    CHECK_MESSAGE(err, "are at the same place");
    atoms->x[2] = NAN;
    assert_null(vt_bonds_within(atoms, 3, &err));
    CHECK_MESSAGE(err, "atom 3");
    vt_atoms_destroy(none);
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crystals_have_their_values),
        cmocka_unit_test(icosahedron_has_its_values),
        cmocka_unit_test(q_obeys_the_addition_theorem),
        cmocka_unit_test(q_and_w_do_not_depend_on_orientation),
        cmocka_unit_test(averages_are_over_the_atom_and_its_neighbors),
        cmocka_unit_test(neighbors_within_equal_a_double_loop),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(lonely_atoms_have_no_order),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

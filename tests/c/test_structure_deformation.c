/* Local strain and D2min between two frames. */
#include "fixture.h"
#include "vitrum/structure.h"

enum { COUNT = 211 };

typedef struct {
    double gradient[COUNT][9], strain[COUNT][6], von_mises[COUNT], d2min[COUNT], u[COUNT][3];
    int32_t neighbors[COUNT];
    vt_deformation d;
} result;

static vt_status compute(const vt_atoms *before, const vt_atoms *after, double cutoff, result *r,
                         vt_error *err) {
    vt_deformation_options o = vt_deformation_defaults();
    o.cutoff = cutoff;
    r->d = (vt_deformation){.gradient = r->gradient[0],
                            .strain = r->strain[0],
                            .von_mises = r->von_mises,
                            .d2min = r->d2min,
                            .displacement = r->u[0],
                            .neighbors = r->neighbors};
    return vt_deformation_compute(before, after, &o, &r->d, err);
}

static vt_atoms *glass(void) {
    return random_glass(COUNT, 2.0, 7, "Cu", "Zr");
}

static vt_atoms *copy(const vt_atoms *atoms) {
    vt_error err = {0};
    vt_atoms *c = vt_atoms_copy(atoms, &err);
    if (c == NULL) fail_msg("%s", err.msg);
    return c;
}

/* Apply F to box and atoms about the origin of the box, and move everything by 1.3, -0.7, 0.4. */
static vt_atoms *deformed(const vt_atoms *atoms, const double F[9]) {
    vt_atoms *c = copy(atoms);
    const double *o = atoms->box.origin;
    for (size_t i = 0; i < atoms->count; i++) {
        const double r[3] = {atoms->x[i] - o[0], atoms->y[i] - o[1], atoms->z[i] - o[2]};
        double q[3];
        for (int a = 0; a < 3; a++)
            q[a] = F[3 * a] * r[0] + F[3 * a + 1] * r[1] + F[3 * a + 2] * r[2] + o[a];
        c->x[i] = q[0] + 1.3;
        c->y[i] = q[1] - 0.7;
        c->z[i] = q[2] + 0.4;
    }
    for (int k = 0; k < 3; k++)
        for (int a = 0; a < 3; a++) {
            c->box.h[k][a] = 0;
            for (int b = 0; b < 3; b++) c->box.h[k][a] += F[3 * a + b] * atoms->box.h[k][b];
        }
    return c;
}

/* Replace cell vector k by itself plus n times vector m, and wrap: the same crystal of images. */
static void flip(vt_atoms *atoms, int k, int m, int n) {
    for (int a = 0; a < 3; a++) atoms->box.h[k][a] += n * atoms->box.h[m][a];
    vt_atoms_wrap(atoms);
    for (size_t i = 0; i < atoms->count; i++) atoms->ix[i] = atoms->iy[i] = atoms->iz[i] = 0;
}

/* Coordinates are of order 20 A with a rounding of 4e-15; D2min is a sum over some 20 neighbors of
   squares of such errors, strain is such an error over a bond of 3 A times a condition of Y < 100.
 */
static const double STRAIN_TOLERANCE = 1e-12, D2MIN_TOLERANCE = 1e-23; /* -, A^2 */

static void check_affine(const vt_atoms *before, const vt_atoms *after, const double F[9]) {
    vt_error err = {0};
    result r;
    REQUIRE_OK(compute(before, after, 3.9, &r, &err), err);
    assert_int_equal(r.d.valid, COUNT);
    double e[6] = {0};
    static const int first[6] = {0, 1, 2, 1, 0, 0}, second[6] = {0, 1, 2, 2, 2, 1};
    for (int k = 0; k < 6; k++)
        for (int m = 0; m < 3; m++)
            e[k] += 0.5 * (F[3 * m + first[k]] * F[3 * m + second[k]] -
                           (m == first[k] && m == second[k] ? 1 : 0));
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(r.neighbors[i] >= 4);
        for (int k = 0; k < 9; k++) CHECK_NEAR(r.gradient[i][k], F[k], STRAIN_TOLERANCE);
        for (int k = 0; k < 6; k++) CHECK_NEAR(r.strain[i][k], e[k], STRAIN_TOLERANCE);
        CHECK_NEAR(r.d2min[i], 0, D2MIN_TOLERANCE);
        for (int k = 0; k < 3; k++) CHECK_NEAR(r.u[i][k], 0, 1e-12);
    }
    for (int k = 0; k < 9; k++) CHECK_NEAR(r.d.affine[k / 3][k % 3], F[k], STRAIN_TOLERANCE);
}

static const double GENERAL[9] = {1.07, 0.11, -0.05, 0.02, 0.94, 0.08, -0.06, 0.03, 1.02};

static void affine_maps_are_found_exactly(void **state) {
    (void)state;
    vt_atoms *before = glass();
    static const double F[3][9] = {
        {1.07, 0.11, -0.05, 0.02, 0.94, 0.08, -0.06, 0.03, 1.02},
        {1, 0.385, 0, 0, 1, 0, 0, 0, 1},
        {0.8, 0, 0, 0, 1.1, 0, 0, 0, 1.2},
    };
    for (int k = 0; k < 3; k++) {
        vt_atoms *after = deformed(before, F[k]);
        check_affine(before, after, F[k]);
        vt_atoms_wrap(after);
        check_affine(before, after, F[k]);
        vt_atoms_destroy(after);
    }
    vt_atoms_destroy(before);
}

static void flips_of_the_cell_change_nothing(void **state) {
    (void)state;
    vt_atoms *before = glass();
    static const int flips[][3] = {{1, 0, -1}, {2, 0, 1}, {2, 1, -1}, {0, 2, 1}, {1, 0, 3}};
    for (size_t k = 0; k < sizeof flips / sizeof flips[0]; k++) {
        vt_atoms *after = deformed(before, GENERAL);
        flip(after, flips[k][0], flips[k][1], flips[k][2]);
        check_affine(before, after, GENERAL);
        if (k < 3) {
            flip(after, 2, 1, 1);
            check_affine(before, after, GENERAL);
        }
        vt_atoms_destroy(after);
    }
    /* A shear by more than the box, flipped back as a simulation does it. */
    static const double far[9] = {1, 2.3, 0, 0, 1, 0, 0, 0, 1};
    vt_atoms *after = deformed(before, far);
    flip(after, 1, 0, -2);
    check_affine(before, after, far);
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

/* All of a shear of 0.6 in one plane, followed by a flip: without image counts that is the same as
   -0.4 the other way, with them it is 0.6. */
static void image_counts_tell_the_way(void **state) {
    (void)state;
    vt_error err = {0};
    vt_species copper = {.symbol = "Cu"};
    vt_atoms *before = vt_atoms_crystal(VT_FCC, &copper, 3.6, 0, (int64_t[3]){3, 4, 3}, &err);
    assert_non_null(before);
    size_t n = before->count;
    assert_true(n <= COUNT);
    double shift = 0.6 * before->box.h[1][1]; /* of the upper half; L along b */
    vt_atoms *after = copy(before);
    for (size_t i = 0; i < n; i++)
        if (after->y[i] > 0.5 * before->box.h[1][1]) after->x[i] += shift;
    after->box.h[1][0] += shift;
    after->box.h[1][0] -= after->box.h[0][0]; /* the flip */
    vt_atoms_wrap(after);
    result r;
    REQUIRE_OK(compute(before, after, 3.1, &r, &err), err);
    CHECK_NEAR(r.d.affine[0][1], 0.6, 1e-12);
    /* Atoms two layers away from the slip have not been strained. */
    size_t whole = 0;
    for (size_t i = 0; i < n; i++) whole += r.d2min[i] < 1e-20 && r.von_mises[i] < 1e-10;
    assert_true(whole >= n / 2 && whole < n);
    /* Image counts that cannot belong together are not believed. */
    vt_atoms *sheared = deformed(before, (double[9]){1, 0.1, 0, 0, 1, 0, 0, 0, 1});
    for (size_t i = 0; i < n; i++) {
        sheared->ix[i] = (int32_t)(i * 7 % 5) - 2;
        sheared->iz[i] = (int32_t)(i * 3 % 7) - 3;
    }
    REQUIRE_OK(compute(before, sheared, 3.1, &r, &err), err);
    CHECK_NEAR(r.d.affine[0][1], 0.1, 1e-12);
    for (size_t i = 0; i < n; i++) CHECK_NEAR(r.d2min[i], 0, D2MIN_TOLERANCE);
    vt_atoms_destroy(sheared);
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

static void a_rotation_is_no_strain(void **state) {
    (void)state;
    double c = cos(0.7), s = sin(0.7);
    const double F[9] = {c, -s, 0, s, c, 0, 0, 0, 1};
    vt_error err = {0};
    vt_atoms *before = glass(), *after = deformed(before, F);
    result r;
    REQUIRE_OK(compute(before, after, 3.9, &r, &err), err);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_NEAR(r.von_mises[i], 0, STRAIN_TOLERANCE);
        for (int k = 0; k < 6; k++) CHECK_NEAR(r.strain[i][k], 0, STRAIN_TOLERANCE);
    }
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

/* Simple shear g: sqrt(g^2/4 + g^4/12); stretch l along one axis: |l^2 - 1|/(2 sqrt 3). */
static void von_mises_of_shear_and_stretch(void **state) {
    (void)state;
    double e[6], g = 0.317, l = 1.385;
    vt_strain_green((double[3][3]){{1, g, 0}, {0, 1, 0}, {0, 0, 1}}, e);
    CHECK_NEAR(e[5], g / 2, 1e-15);
    CHECK_NEAR(e[1], g * g / 2, 1e-15);
    CHECK_NEAR(vt_strain_von_mises(e), sqrt(g * g / 4 + g * g * g * g / 12), 1e-15);
    vt_strain_green((double[3][3]){{1, 0, 0}, {0, l, 0}, {0, 0, 1}}, e);
    CHECK_NEAR(vt_strain_von_mises(e), (l * l - 1) / (2 * sqrt(3)), 1e-15);
    /* Isochoric uniaxial strain: the equivalent strain is the strain. */
    const double uniaxial[6] = {0.02, -0.01, -0.01, 0, 0, 0};
    CHECK_NEAR(2 / sqrt(3) * vt_strain_von_mises(uniaxial), 0.02, 1e-16);
}

/* ---------------------------------------------------------------- brute force ---- */

/* Gauss elimination with pivoting: F row by row from Y F^T = X^T. */
static void solve3(double Y[3][3], double b[3], double x[3]) {
    double m[3][4];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) m[i][j] = Y[i][j];
        m[i][3] = b[i];
    }
    for (int c = 0; c < 3; c++) {
        int p = c;
        for (int r = c + 1; r < 3; r++)
            if (fabs(m[r][c]) > fabs(m[p][c])) p = r;
        for (int j = 0; j < 4; j++) {
            double swap = m[c][j];
            m[c][j] = m[p][j];
            m[p][j] = swap;
        }
        for (int r = 0; r < 3; r++) {
            if (r == c) continue;
            double f = m[r][c] / m[c][c];
            for (int j = c; j < 4; j++) m[r][j] -= f * m[c][j];
        }
    }
    for (int i = 0; i < 3; i++) x[i] = m[i][3] / m[i][i];
}

/* D2min of atom i by a loop over all atoms and 125 images; `after` must not be wrapped. */
static double brute_d2min(const vt_atoms *before, const vt_atoms *after, size_t i, double cutoff,
                          int *neighbors) {
    static double d0[4000][3], d[4000][3];
    int n = 0;
    for (size_t j = 0; j < before->count; j++)
        for (int image = 0; image < 125; image++) {
            int s[3] = {image % 5 - 2, image / 5 % 5 - 2, image / 25 - 2};
            const double a[3] = {before->x[j] - before->x[i], before->y[j] - before->y[i],
                                 before->z[j] - before->z[i]};
            const double b[3] = {after->x[j] - after->x[i], after->y[j] - after->y[i],
                                 after->z[j] - after->z[i]};
            double r2 = 0;
            for (int k = 0; k < 3; k++) {
                d0[n][k] = a[k];
                d[n][k] = b[k];
                for (int m = 0; m < 3; m++) {
                    d0[n][k] += s[m] * before->box.h[m][k];
                    d[n][k] += s[m] * after->box.h[m][k];
                }
                r2 += d0[n][k] * d0[n][k];
            }
            if (r2 < cutoff * cutoff && r2 > 0) n++;
        }
    double Y[3][3] = {{0}}, X[3][3] = {{0}}, F[3][3], sum = 0;
    for (int k = 0; k < n; k++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                X[a][b] += d[k][a] * d0[k][b];
                Y[a][b] += d0[k][a] * d0[k][b];
            }
    for (int a = 0; a < 3; a++) solve3(Y, X[a], F[a]);
    for (int k = 0; k < n; k++)
        for (int a = 0; a < 3; a++) {
            double rest = d[k][a] - F[a][0] * d0[k][0] - F[a][1] * d0[k][1] - F[a][2] * d0[k][2];
            sum += rest * rest;
        }
    *neighbors = n;
    return sum;
}

static void d2min_is_that_of_a_double_loop(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *before = glass(), *after = deformed(before, GENERAL);
    REQUIRE_OK(vt_atoms_rattle(after, 0.35, 11, &err), err);
    result whole, wrapped;
    REQUIRE_OK(compute(before, after, 4.7, &whole, &err), err);
    for (size_t i = 0; i < COUNT; i++) {
        int neighbors;
        double d2min = brute_d2min(before, after, i, 4.7, &neighbors);
        assert_int_equal(whole.neighbors[i], neighbors);
        CHECK_NEAR(whole.d2min[i], d2min, 1e-10 * d2min); /* condition of Y times rounding */
    }
    /* A flip and a wrap change the last bits only. */
    flip(after, 2, 0, -1);
    REQUIRE_OK(compute(before, after, 4.7, &wrapped, &err), err);
    for (size_t i = 0; i < COUNT; i++)
        CHECK_NEAR(wrapped.d2min[i], whole.d2min[i], 1e-10 * whole.d2min[i]);
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    vt_error err = {0};
    vt_species copper = {.symbol = "Cu"};
    vt_atoms *before = vt_atoms_crystal(VT_FCC, &copper, 3.6, 0, (int64_t[3]){8, 9, 10}, &err);
    assert_non_null(before); /* enough for threads */
    vt_atoms *after = copy(before);
    REQUIRE_OK(vt_atoms_rattle(after, 0.2, 3, &err), err);
    size_t n = before->count;
    double *memory = vt_alloc(2 * 20 * n, sizeof *memory);
    int32_t *neighbors = vt_alloc(n, sizeof *neighbors);
    int threads = vt_threads();
    for (int run = 0; run < 2; run++) {
        double *m = memory + (size_t)run * 20 * n;
        vt_deformation d = {.gradient = m,
                            .strain = m + 9 * n,
                            .von_mises = m + 15 * n,
                            .d2min = m + 16 * n,
                            .displacement = m + 17 * n,
                            .neighbors = neighbors};
        vt_deformation_options o = vt_deformation_defaults();
        REQUIRE_OK(vt_threads_set(run == 0 ? 1 : 4, &err), err);
        REQUIRE_OK(vt_deformation_compute(before, after, &o, &d, &err), err);
        assert_int_equal(d.valid, n);
    }
    REQUIRE_OK(vt_threads_set(threads, &err), err);
    assert_memory_equal(memory, memory + 20 * n, 20 * n * sizeof *memory);
    vt_free(neighbors);
    vt_free(memory);
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

static void the_order_of_atoms_does_not_matter(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *before = glass(), *after = deformed(before, GENERAL);
    REQUIRE_OK(vt_atoms_rattle(after, 0.2, 3, &err), err);
    result one, shuffled;
    REQUIRE_OK(compute(before, after, 3.8, &one, &err), err);
    int32_t order[COUNT];
    for (int32_t i = 0; i < COUNT; i++) order[i] = (i * 17 + 4) % COUNT;
    vt_atoms *other = vt_atoms_permuted(before, order, COUNT, &err);
    REQUIRE_OK(compute(other, after, 3.8, &shuffled, &err), err);
    for (size_t i = 0; i < COUNT; i++)
        CHECK_NEAR(shuffled.d2min[i], one.d2min[i], 1e-12 * one.d2min[i]);
    vt_atoms_destroy(other);
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

/* A slab that is drawn along its free axis: the box stays, the material does not. */
static void free_axes_follow_the_atoms(void **state) {
    (void)state;
    static const double F[9] = {1.06, 0, 0, 0, 0.98, 0, 0, 0.03, 1.01};
    vt_error err = {0};
    vt_atoms *before = glass();
    before->box.periodic[0] = false;
    vt_atoms *after = deformed(before, F);
    memcpy(after->box.h[0], before->box.h[0], sizeof before->box.h[0]);
    result r;
    REQUIRE_OK(compute(before, after, 3.9, &r, &err), err);
    for (int k = 0; k < 9; k++) CHECK_NEAR(r.d.affine[k / 3][k % 3], F[k], 1e-11);
    for (size_t i = 0; i < COUNT; i++)
        if (!isnan(r.d2min[i]))
            for (int k = 0; k < 9; k++) CHECK_NEAR(r.gradient[i][k], F[k], 1e-11);
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

static void wrong_input(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *before = glass(), *after = copy(before);
    result r;
    assert_int_equal(compute(before, after, 1.2, &r, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "no atom of the reference frame has 4 neighbors around it within the cutoff "
                       "of 1.2 angstrom");
    assert_int_equal(compute(before, after, -1, &r, &err), VT_EINVAL);
    after->box.periodic[1] = false;
    assert_int_equal(compute(before, after, 3.8, &r, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "along axis b the reference frame is periodic and the other one free");
    after->box.periodic[1] = true;
    after->id[0] = 999;
    assert_int_equal(compute(before, after, 3.8, &r, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "there is no atom with id 1, which the reference frame has");
    vt_atoms_destroy(after);
    vt_atoms_destroy(before);
}

/* Too few neighbors: nan, not a plausible zero. */
static void a_lone_atom_has_no_strain(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(40, 40, 40);
    vt_species copper = {.symbol = "Cu"};
    vt_atoms *atoms = vt_atoms_crystal(VT_FCC, &copper, 3.6, 0, (int64_t[3]){3, 3, 3}, &err);
    assert_non_null(atoms);
    atoms->box.h[0][0] = atoms->box.h[1][1] = atoms->box.h[2][2] = box.h[0][0];
    REQUIRE_OK(vt_atoms_resize(atoms, atoms->count + 1, &err), err);
    size_t last = atoms->count - 1;
    assert_true(atoms->count <= COUNT);
    atoms->x[last] = atoms->y[last] = atoms->z[last] = 25;
    result r;
    REQUIRE_OK(compute(atoms, atoms, 3, &r, &err), err);
    assert_true(isnan(r.d2min[last]) && isnan(r.von_mises[last]) && isnan(r.strain[last][2]));
    assert_int_equal(r.neighbors[last], 0);
    assert_true(r.d.valid < atoms->count && r.d.valid > 60);
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affine_maps_are_found_exactly),
        cmocka_unit_test(flips_of_the_cell_change_nothing),
        cmocka_unit_test(image_counts_tell_the_way),
        cmocka_unit_test(a_rotation_is_no_strain),
        cmocka_unit_test(von_mises_of_shear_and_stretch),
        cmocka_unit_test(d2min_is_that_of_a_double_loop),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(the_order_of_atoms_does_not_matter),
        cmocka_unit_test(free_axes_follow_the_atoms),
        cmocka_unit_test(wrong_input),
        cmocka_unit_test(a_lone_atom_has_no_strain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

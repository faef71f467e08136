/* Regions: forces and differences of energies are those of the whole. */
#include "dynamics_fixture.h"

#include <unistd.h>

#include "potential/network.h"

/* ---------------------------------------------------------------- potentials ---- */

/* An EAM potential of smooth functions in a setfl file: f = (1 - r/rc)^3, F = -sqrt(rho), phi a
   repulsion, cutoff 5 A. */
static vt_potential *smooth_eam(void) {
    enum { KNOTS = 400 };
    const double cutoff = 5, dr = cutoff / (KNOTS - 1), drho = 40.0 / (KNOTS - 1);
    char path[64];
    snprintf(path, sizeof path, "test-region-%ld.eam.alloy", (long)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "a test\n\n\n2 A B\n%d %.17g %d %.17g %g\n", KNOTS, drho, KNOTS, dr, cutoff);
    for (int e = 0; e < 2; e++) {
        fprintf(file, "%d 60 3.6 fcc\n", e + 1);
        for (int k = 0; k < KNOTS; k++) fprintf(file, "%.17g\n", -(1 + e) * sqrt(k * drho));
        for (int k = 0; k < KNOTS; k++)
            fprintf(file, "%.17g\n", (2 - e) * pow(1 - fmin(k * dr / cutoff, 1), 3));
    }
    for (int pair = 0; pair < 3; pair++)
        for (int k = 0; k < KNOTS; k++) {
            double x = fmin(k * dr / cutoff, 1);
            fprintf(file, "%.17g\n", k * dr * (8 + pair) * pow(1 - x, 4));
        }
    assert_int_equal(fclose(file), 0);
    vt_error err = {0};
    vt_potential *p = vt_potential_eam_read(path, &err);
    unlink(path);
    if (p == NULL) fail_msg("%s", err.msg);
    return p;
}

/* A network with weights out of a hat, steep enough that atoms feel each other. */
static vt_potential *network(void) {
    vti_network_shape shape = {.descriptor = {2, 3, 4},
                               .species_count = 2,
                               .species = {{"A", 60}, {"B", 60}},
                               .layers = 2,
                               .width = {0, 6}};
    vt_error err = {0};
    vti_network *n = vti_network_create(&shape, &err);
    assert_non_null(n);
    vt_rng rng = vt_rng_start(2, VT_STREAM_BUILD);
    for (size_t k = 0; k < 2 * n->parameters; k++) n->parameter[k] = vt_rng_uniform(&rng) - 0.5;
    vt_potential *p = vti_network_potential(n, &err);
    assert_non_null(p);
    return p;
}

/* ---------------------------------------------------------------- against the whole ---- */

/* Atoms of the user's within `radius` of a point, images counted. */
static size_t choose_ball(const vt_atoms *a, const double center[3], double radius, int32_t *out) {
    double inverse[3][3];
    size_t count = 0;
    vt_box_inverse(&a->box, inverse);
    for (size_t i = 0; i < a->count; i++) {
        double d[3] = {a->x[i] - center[0], a->y[i] - center[1], a->z[i] - center[2]}, d2 = 0;
        for (int k = 0; k < 3; k++) {
            double s = d[0] * inverse[0][k] + d[1] * inverse[1][k] + d[2] * inverse[2][k];
            if (!a->box.periodic[k]) continue;
            for (int q = 0; q < 3; q++) d[q] -= nearbyint(s) * a->box.h[k][q];
        }
        for (int q = 0; q < 3; q++) d2 += d[q] * d[q];
        if (d2 < radius * radius) out[count++] = (int32_t)i;
    }
    return count;
}

typedef struct {
    vt_potential *potential;
    bool free_surface, tilted;
    double center[3]; /* fractions of the box */
} region_case;

/* The same of a region confined to what active atoms feel, made anew in the memory of a smaller
   one. Only active atoms have the forces of the whole. */
static void check_confined(vt_system *whole, const int32_t *ball, size_t count) {
    vt_error err = {0};
    vt_system *cut = NULL;
    vt_result before, after;
    REQUIRE_OK(vt_system_prepare_regions(whole, &err), err);
    REQUIRE_OK(vt_system_confine(whole, ball, 3, 1, &cut, &err), err);
    size_t few = cut->count, nears;
    int32_t *near = vt_system_near(whole, ball, count, 0.1, &nears, &err);
    assert_true(near != NULL && nears == count);
    vt_free(near);
    REQUIRE_OK(vt_system_confine(whole, ball, count, 1, &cut, &err), err);
    assert_true(cut->count > few && cut->count < whole->count);
    REQUIRE_OK(vt_system_evaluate(cut, VT_WANT_ENERGY, &before, &err), err);
    REQUIRE_OK(vt_system_evaluate(whole, VT_WANT_ENERGY, &after, &err), err);
    double start = after.energy;
    for (size_t k = 0; k < count; k++) {
        size_t place = vt_system_place(whole, (size_t)ball[k]);
        assert_int_equal(cut->order[k], ball[k]);
        for (int q = 0; q < 3; q++) {
            double d = 0.2 * sin(13 * (double)k + q);
            cut->r[k][q] += d;
            whole->r[place][q] += d;
        }
    }
    vt_system_moved(cut);
    vt_system_moved(whole);
    double change = -before.energy;
    REQUIRE_OK(vt_system_evaluate(cut, VT_WANT_ENERGY, &before, &err), err);
    change += before.energy;
    REQUIRE_OK(vt_system_evaluate(whole, VT_WANT_ENERGY, &after, &err), err);
    CHECK_NEAR(change, after.energy - start, 1e-9);
    assert_true(fabs(change) > 0.01);
    for (size_t k = 0; k < count; k++)
        for (int q = 0; q < 3; q++)
            CHECK_NEAR(cut->f[k][q], whole->f[vt_system_place(whole, (size_t)ball[k])][q], 1e-9);
    assert_int_equal(vt_system_confine(whole, ball, count, 1, &cut, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the atoms have changed since");
    vt_system_destroy(cut);
}

/* Move the active atoms at random, region and whole alike: forces on active atoms and on those
   watched, and the change of the energy, agree. */
static void check_region(const region_case *c) {
    vt_error err = {0};
    const double WATCH = 3;
    vt_atoms *atoms = lj_crystal(9, 0, 1);
    REQUIRE_OK(vt_atoms_rattle(atoms, 0.15, 3, &err), err);
    if (c->free_surface) atoms->box.periodic[2] = false;
    if (c->tilted) {
        vt_box box = atoms->box;
        box.h[1][0] = 4;
        box.h[2][1] = -3;
        REQUIRE_OK(vt_atoms_set_box(atoms, &box, true, &err), err);
    }
    double center[3];
    vt_box_cartesian(&atoms->box, c->center, center);
    int32_t *ball = vt_alloc(atoms->count, sizeof *ball);
    assert_non_null(ball);
    size_t count = choose_ball(atoms, center, 4.5, ball);
    assert_in_range(count, 10, 200);
    vt_system *whole = system_create(atoms, c->potential, -1, VT_PRECISION_DOUBLE);
    vt_result before_whole, before_cut;
    REQUIRE_OK(vt_system_evaluate(whole, VT_WANT_ENERGY, &before_whole, &err), err);
    vt_region region;
    vt_system *cut = vt_system_cut(whole, ball, count, WATCH, &region, &err);
    if (cut == NULL) fail_msg("%s", err.msg);
    assert_int_equal(region.active, count);
    assert_true(region.watched > count && region.watched <= region.needed &&
                region.needed < cut->count);
    REQUIRE_OK(vt_system_evaluate(cut, VT_WANT_ENERGY, &before_cut, &err), err);
    for (int round = 0; round < 3; round++) {
        for (size_t k = 0; k < region.active; k++)
            for (int q = 0; q < 3; q++)
                cut->r[k][q] += 0.2 * sin(17 * (double)cut->id[k] + 5 * q + round);
        vt_system_moved(cut);
        REQUIRE_OK(vt_system_paste(cut, &region, whole, &err), err);
        vt_result after_whole, after_cut;
        REQUIRE_OK(vt_system_evaluate(cut, VT_WANT_ENERGY, &after_cut, &err), err);
        REQUIRE_OK(vt_system_evaluate(whole, VT_WANT_ENERGY, &after_whole, &err), err);
        CHECK_NEAR(after_cut.energy - before_cut.energy, after_whole.energy - before_whole.energy,
                   1e-10);
        assert_true(fabs(after_whole.energy - before_whole.energy) > 0.01);
        vt_system_push_forces(whole);
        for (size_t k = 0; k < region.watched; k++) {
            size_t i = (size_t)cut->order[k];
            CHECK_NEAR(cut->f[k][0], atoms->fx[i], 1e-10);
            CHECK_NEAR(cut->f[k][1], atoms->fy[i], 1e-10);
            CHECK_NEAR(cut->f[k][2], atoms->fz[i], 1e-10);
        }
    }
    vt_system_push(whole);
    for (size_t k = 0; k < region.active; k++)
        assert_int_equal(cut->id[k], atoms->id[cut->order[k]]);
    check_confined(whole, ball, count);
    vt_system_destroy(cut);
    vt_system_destroy(whole);
    vt_free(ball);
    vt_atoms_destroy(atoms);
}

static void regions_are_as_exact_as_the_whole(void **state) {
    (void)state;
    vt_potential *potential[3] = {lj_potential(), smooth_eam(), network()};
    assert_true(vt_potential_influence(potential[0]) == vt_potential_cutoff(potential[0]));
    assert_true(vt_potential_influence(potential[1]) == 2 * vt_potential_cutoff(potential[1]));
    for (int k = 0; k < 3; k++) {
        check_region(&(region_case){potential[k], false, false, {0.5, 0.5, 0.5}});
        check_region(&(region_case){potential[k], false, false, {0.01, 0.99, 0.0}});
        check_region(&(region_case){potential[k], false, true, {0.98, 0.02, 0.97}});
        check_region(&(region_case){potential[k], true, false, {0.0, 0.5, 0.05}});
        check_region(&(region_case){potential[k], true, true, {0.4, 0.0, 0.99}});
        vt_potential_destroy(potential[k]);
    }
}

/* A region in two pieces, far apart. */
static void pieces_need_not_be_neighbors(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(12, 0, 1);
    REQUIRE_OK(vt_atoms_rattle(atoms, 0.1, 3, &err), err);
    vt_system *whole = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    int32_t *two = vt_alloc(atoms->count, sizeof *two);
    assert_non_null(two);
    double near[3], far[3];
    vt_box_cartesian(&atoms->box, (double[3]){0.02, 0.02, 0.02}, near);
    vt_box_cartesian(&atoms->box, (double[3]){0.5, 0.5, 0.5}, far);
    size_t count = choose_ball(atoms, near, 3, two);
    count += choose_ball(atoms, far, 3, two + count);
    vt_region region;
    vt_system *cut = vt_system_cut(whole, two, count, 1, &region, &err);
    if (cut == NULL) fail_msg("%s", err.msg);
    REQUIRE_OK(vt_system_evaluate(cut, 0, NULL, &err), err);
    REQUIRE_OK(vt_system_evaluate(whole, 0, NULL, &err), err);
    vt_system_push_forces(whole);
    for (size_t k = 0; k < region.watched; k++)
        CHECK_NEAR(cut->f[k][0], atoms->fx[cut->order[k]], 1e-10);
    vt_system_destroy(cut);
    vt_system_destroy(whole);
    vt_free(two);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

static void impossible_regions_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    vt_potential *lj = lj_potential();
    vt_atoms *atoms = lj_crystal(4, 0, 1);
    vt_system *whole = system_create(atoms, lj, -1, VT_PRECISION_DOUBLE);
    vt_region region;
    int32_t *all = vt_alloc(atoms->count, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < atoms->count; i++) all[i] = (int32_t)i;
    assert_null(vt_system_cut(whole, all, 0, 1, &region, &err));
    CHECK_MESSAGE(err, "a region without atoms");
    assert_null(vt_system_cut(whole, all, atoms->count, 1, &region, &err));
    CHECK_MESSAGE(err, "reaches around the box");
    assert_null(vt_system_cut(whole, all, 1, 9, &region, &err)); /* a box too thin for one */
    CHECK_MESSAGE(err, "reaches around the box");
    assert_null(vt_system_cut(whole, all, 1, -1, &region, &err));
    CHECK_MESSAGE(err, "the distance to watch around a region is -1 A");
    assert_null(vt_system_cut(whole, all, 1, NAN, &region, &err));
    CHECK_MESSAGE(err, "the distance to watch around a region is ");
    all[0] = -1;
    assert_null(vt_system_cut(whole, all, 2, 1, &region, &err));
    CHECK_MESSAGE(err, "a region has atom 0, but there are 256 atoms");
    all[0] = 256;
    assert_null(vt_system_cut(whole, all, 2, 1, &region, &err));
    CHECK_MESSAGE(err, "a region has atom 257, but there are 256 atoms");
    all[0] = 1;
    assert_null(vt_system_cut(whole, all, 2, 1, &region, &err));
    CHECK_MESSAGE(err, "atom 2 stands twice in a region");
    /* Without periodic images all atoms are a region, the whole. */
    for (int k = 0; k < 3; k++) atoms->box.periodic[k] = false;
    REQUIRE_OK(vt_system_pull(whole, &err), err);
    all[0] = 0;
    vt_system *cut = vt_system_cut(whole, all, atoms->count, 1, &region, &err);
    assert_non_null(cut);
    assert_int_equal(region.active, atoms->count);
    assert_int_equal(cut->count, atoms->count);
    vt_system_destroy(cut);
    vt_free(all);
    vt_system_destroy(whole);
    vt_atoms_destroy(atoms);
    vt_potential_destroy(lj);
}

int main(void) {
    vt_threads_set(1, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_as_exact_as_the_whole),
        cmocka_unit_test(pieces_need_not_be_neighbors),
        cmocka_unit_test(impossible_regions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

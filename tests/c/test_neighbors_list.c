/* Neighbor lists against a double loop over all images. */
#include "fixture.h"
#include "vitrum/neighbors.h"

typedef struct {
    double d[3];
} difference;

static int by_components(const void *a, const void *b) {
    for (int k = 0; k < 3; k++) {
        double x = ((const difference *)a)->d[k], y = ((const difference *)b)->d[k];
        if (fabs(x - y) > 1e-7) return x < y ? -1 : 1;
    }
    return 0;
}

/* Vectors from atom i to all neighbors within `radius`, by brute force. */
static size_t all_within(const vt_atoms *a, size_t i, double radius, difference *out) {
    size_t found = 0;
    double heights[3];
    int reach[3];
    vt_box_heights(&a->box, heights);
    /* Atoms may lie boxes away; with both wrapped a distance of ceil(radius / height) + 1 boxes
       is enough. */
    for (int k = 0; k < 3; k++)
        reach[k] = a->box.periodic[k] ? (int)ceil(radius / heights[k]) + 4 : 0;
    for (size_t j = 0; j < a->count; j++)
        for (int p = -reach[0]; p <= reach[0]; p++)
            for (int q = -reach[1]; q <= reach[1]; q++)
                for (int s = -reach[2]; s <= reach[2]; s++) {
                    if (i == j && p == 0 && q == 0 && s == 0) continue;
                    const double from[3] = {a->x[i], a->y[i], a->z[i]};
                    const double to[3] = {a->x[j], a->y[j], a->z[j]};
                    double d2 = 0;
                    difference d;
                    for (int k = 0; k < 3; k++) {
                        d.d[k] = to[k] - from[k] + p * a->box.h[0][k] + q * a->box.h[1][k] +
                                 s * a->box.h[2][k];
                        d2 += d.d[k] * d.d[k];
                    }
                    if (d2 < radius * radius) out[found++] = d;
                }
    qsort(out, found, sizeof *out, by_components);
    return found;
}

enum { MOST = 20000 };
static difference expected[MOST], listed[MOST];

/* Pairs within `radius` (at most cutoff + skin) in the list are those of the double loop. */
static void compare(const vt_neighbors *list, const vt_atoms *a, double radius) {
    for (size_t i = 0; i < a->count; i++) {
        size_t want = all_within(a, i, radius, expected), got = 0;
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            const double *p = list->point + 4 * i;
            const double *q = list->point + 4 * (size_t)list->neighbor[k];
            double d2 = 0;
            for (int c = 0; c < 3; c++) {
                listed[got].d[c] = q[c] - p[c];
                d2 += listed[got].d[c] * listed[got].d[c];
            }
            assert_int_equal(list->point[4 * (size_t)list->neighbor[k] + 3],
                             a->type[list->parent[list->neighbor[k]]]);
            got += d2 < radius * radius;
        }
        assert_int_equal(got, want);
        qsort(listed, got, sizeof *listed, by_components);
        for (size_t k = 0; k < got; k++)
            for (int c = 0; c < 3; c++) CHECK_NEAR(listed[k].d[c], expected[k].d[c], 1e-9);
    }
}

static vt_atoms *scatter(size_t count, vt_box box, uint64_t seed) {
    vt_error err = {0};
    vt_atoms *a = vt_atoms_create(count, &box, &err);
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "Cu", 0, &err), 0);
    assert_int_equal(vt_atoms_add_species(a, "Zr", 0, &err), 1);
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    for (size_t i = 0; i < count; i++) {
        double s[3], r[3];
        /* Some atoms lie one box outside, as after a long run without wrapping. */
        for (int k = 0; k < 3; k++) s[k] = 2.4 * vt_rng_uniform(&rng) - 0.7;
        vt_box_cartesian(&box, s, r);
        a->x[i] = r[0];
        a->y[i] = r[1];
        a->z[i] = r[2];
        a->type[i] = (int32_t)vt_rng_below(&rng, 2);
    }
    return a;
}

static void lists_are_those_of_a_double_loop(void **state) {
    (void)state;
    vt_error err = {0};
    static const struct {
        size_t count;
        double h[3][3];
        int periodic;
        double cutoff, skin;
    } CASES[] = {
        {150, {{17, 0, 0}, {0, 19, 0}, {0, 0, 23}}, 7, 4.1, 0.6},
        {150, {{17, 0, 0}, {6, 19, 0}, {-5, 7, 23}}, 7, 4.1, 0.6}, /* triclinic */
        {60,
         {{17, 1, 2}, {9, 19, -3}, {-8, 11, 13}},
         7,
         5.3,
         0.7}, /* general and strongly tilted */
        {20, {{3.1, 0, 0}, {0.4, 22, 0}, {0.3, -1, 17}}, 7, 6.5, 1.0}, /* thin */
        {2,
         {{2.9, 0, 0}, {1.1, 2.7, 0}, {0.3, -1, 3.3}},
         7,
         6.5,
         1.0},                                                     /* far beyond half the box */
        {150, {{17, 0, 0}, {6, 19, 0}, {-5, 7, 23}}, 3, 4.1, 0.6}, /* free along c */
        {150, {{17, 0, 0}, {6, 19, 0}, {-5, 7, 23}}, 0, 4.1, 0.0}, /* free, no skin */
        {1, {{30, 0, 0}, {0, 30, 0}, {0, 0, 30}}, 7, 4.1, 0.6},
    };
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        vt_box box = {.origin = {-1.3, 2.7, 0.9}};
        memcpy(box.h, CASES[k].h, sizeof box.h);
        for (int axis = 0; axis < 3; axis++) box.periodic[axis] = (CASES[k].periodic >> axis) & 1;
        vt_atoms *a = scatter(CASES[k].count, box, 2385u + k);
        vt_neighbors *list = vt_neighbors_create(CASES[k].cutoff, CASES[k].skin, &err);
        assert_non_null(list);
        REQUIRE_OK(vt_neighbors_update(list, a, &err), err);
        compare(list, a, CASES[k].cutoff + CASES[k].skin);
        vt_neighbors_destroy(list);
        vt_atoms_destroy(a);
    }
}

/* Atoms walk and the box changes; the list may keep its rows only while they still hold every
   pair within the cutoff. */
static void a_list_that_is_not_stale_misses_no_pair(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = {.h = {{14, 0, 0}, {3, 15, 0}, {-2, 4, 16}}, .periodic = {true, true, true}};
    vt_atoms *a = scatter(80, box, 99);
    vt_neighbors *list = vt_neighbors_create(4.1, 0.9, &err);
    assert_non_null(list);
    vt_rng rng = vt_rng_start(4, VT_STREAM_BUILD);
    int kept = 0;
    for (int step = 0; step < 60; step++) {
        for (size_t i = 0; i < a->count; i++) {
            a->x[i] += 0.05 * (vt_rng_uniform(&rng) - 0.5);
            a->y[i] += 0.05 * (vt_rng_uniform(&rng) - 0.5);
            a->z[i] += 0.05 * (vt_rng_uniform(&rng) - 0.5);
        }
        box = a->box;
        box.h[2][0] += 0.02; /* shear */
        box.h[0][0] *= 1 - 2e-3;
        REQUIRE_OK(vt_atoms_set_box(a, &box, true, &err), err);
        uint64_t builds = list->builds;
        REQUIRE_OK(vt_neighbors_update(list, a, &err), err);
        kept += list->builds == builds;
        compare(list, a, 4.1);
    }
    assert_true(kept > 20); /* the test is about kept lists */
    vt_neighbors_destroy(list);
    vt_atoms_destroy(a);
}

static void threads_do_not_change_rows(void **state) {
    (void)state;
    vt_error err = {0};
    int before = vt_threads();
    vt_box box = {.h = {{31, 0, 0}, {3, 29, 0}, {-2, 4, 27}}, .periodic = {true, true, true}};
    vt_atoms *a = scatter(1301, box, 5);
    vt_neighbors *list[2];
    for (int k = 0; k < 2; k++) {
        REQUIRE_OK(vt_threads_set(1 + 3 * k, &err), err);
        list[k] = vt_neighbors_create(4.1, 0.9, &err);
        assert_non_null(list[k]);
        REQUIRE_OK(vt_neighbors_update(list[k], a, &err), err);
    }
    assert_memory_equal(list[0]->first, list[1]->first, (a->count + 1) * sizeof(size_t));
    assert_memory_equal(list[0]->neighbor, list[1]->neighbor,
                        list[0]->first[a->count] * sizeof(int32_t));
    for (int k = 0; k < 2; k++) vt_neighbors_destroy(list[k]);
    REQUIRE_OK(vt_threads_set(before, &err), err);
    vt_atoms_destroy(a);
}

static void bad_input_is_named(void **state) {
    (void)state;
    vt_error err = {0};
    assert_null(vt_neighbors_create(-1, 0, &err));
    CHECK_MESSAGE(err, "cutoff must be positive");
    assert_null(vt_neighbors_create(NAN, 0, &err));
    vt_neighbors *list = vt_neighbors_create(5, 1, &err);
    assert_non_null(list);
    vt_atoms *a = scatter(10, vt_box_orthogonal(20, 20, 20), 1);
    a->y[3] = NAN;
    assert_int_equal(vt_neighbors_update(list, a, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "atom 4 is at");
    a->y[3] = 1e300;
    assert_int_equal(vt_neighbors_update(list, a, &err), VT_EINVAL);
    a->y[3] = 0;
    a->box = vt_box_orthogonal(20, 20, 0.01);
    assert_int_equal(vt_neighbors_update(list, a, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "only 0.01 A thick along c");
    a->box = vt_box_orthogonal(20, 20, 20);
    /* 10 atoms in 8000 A^3, a sphere of 1000 A: 5e6 of them. */
    vt_neighbors *endless = vt_neighbors_create(1000, 0, &err);
    assert_int_equal(vt_neighbors_update(endless, a, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "1000 angstrom gives each of 10 atoms about 5e+06 neighbors");
    a->box.periodic[0] = a->box.periodic[1] = a->box.periodic[2] = false;
    REQUIRE_OK(vt_neighbors_update(endless, a, &err), err); /* but not when there are only ten */
    vt_neighbors_destroy(endless);
    a->box = vt_box_orthogonal(20, 20, 20);
    REQUIRE_OK(vt_neighbors_update(list, a, &err), err); /* usable again */
    compare(list, a, 6);
    vt_neighbors_destroy(list);
    vt_atoms_destroy(a);
}

/* A cutoff of many boxes makes a list that takes seconds; an interrupt ends it. Short searches go
   on, so that a step of dynamics is never left half done. */
static void long_searches_stop_when_asked_to(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *a = scatter(200, vt_box_orthogonal(20, 20, 20), 1);
    vt_neighbors *list = vt_neighbors_create(150, 1, &err);
    vt_neighbors *small = vt_neighbors_create(5, 1, &err);
    assert_non_null(list);
    assert_non_null(small);
    vt_interrupt_request();
    vt_status status = vt_neighbors_update(list, a, &err);
    vt_status short_one = vt_neighbors_update(small, a, &err);
    vt_interrupt_clear();
    assert_int_equal(status, VT_EINTERRUPT);
    assert_true(vt_neighbors_stale(list, a));
    assert_int_equal(short_one, VT_OK);
    compare(small, a, 6);
    vt_neighbors_destroy(list);
    vt_neighbors_destroy(small);
    vt_atoms_destroy(a);
}

static void no_atoms_have_no_neighbors(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *a = vt_atoms_create(0, &box, &err);
    assert_non_null(a);
    vt_neighbors *list = vt_neighbors_create(3, 1, &err);
    assert_non_null(list);
    REQUIRE_OK(vt_neighbors_update(list, a, &err), err);
    assert_int_equal(list->points, 0);
    assert_int_equal(list->first[0], 0);
    vt_neighbors_destroy(list);
    vt_atoms_destroy(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_those_of_a_double_loop),
        cmocka_unit_test(a_list_that_is_not_stale_misses_no_pair),
        cmocka_unit_test(threads_do_not_change_rows),
        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(long_searches_stop_when_asked_to),
        cmocka_unit_test(no_atoms_have_no_neighbors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

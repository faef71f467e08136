/* Domains: every pair within reach is listed once and with the right image, whatever the box, and
   the order they give is a local permutation. Held against the full list, which has its own test
   against a double loop. */
#include "fixture.h"

#include "neighbors/domains.h"

/* The atoms as domains want them; one set at a time. */
static const vti_places *at(const vt_atoms *a) {
    enum { MOST = 40000 };
    static double r[MOST][4];
    static vti_places places;
    assert_true(a->count <= MOST);
    for (size_t i = 0; i < a->count; i++) {
        r[i][0] = a->x[i];
        r[i][1] = a->y[i];
        r[i][2] = a->z[i];
    }
    places = vti_places_of(a);
    places.x = r[0];
    places.y = r[0] + 1;
    places.z = r[0] + 2;
    places.stride = 4;
    return &places;
}

/* What identifies a set of pairs: their number, and sums that a wrong partner or image changes. */
typedef struct {
    size_t pairs;
    double r2, weighted;
} census;

static double weight(size_t i, size_t j) {
    return 1.0 + (double)(i * j % 1009) / 1009.0;
}

static census of_full_list(const vt_atoms *a, double radius) {
    vt_error err = {0};
    vt_neighbors *list = vt_neighbors_create(radius, 0, &err);
    assert_non_null(list);
    REQUIRE_OK(vt_neighbors_update(list, a, &err), err);
    census c = {0};
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            const double *p = list->point + 4 * i, *q = list->point + 4 * list->neighbor[k];
            double r2 = 0;
            for (int m = 0; m < 3; m++) r2 += (q[m] - p[m]) * (q[m] - p[m]);
            c.pairs++;
            c.r2 += r2;
            c.weighted += r2 * weight(i, (size_t)list->parent[list->neighbor[k]]);
        }
    vt_neighbors_destroy(list);
    return (census){c.pairs / 2, c.r2 / 2, c.weighted / 2};
}

static census of_domains(const vti_domains *d, double radius) {
    census c = {0};
    for (size_t k = 0; k < d->domains; k++) {
        const vti_domain *domain = &d->domain[k];
        const vti_slot *slot = d->slot + domain->first;
        const uint16_t *partner = domain->neighbor;
        for (int class = 0; class < d->species * d->species; class ++) {
            assert_int_equal(partner - domain->neighbor, domain->class_entry[class]);
            for (int32_t s = domain->class_segment[class]; s < domain->class_segment[class + 1];
                 s++) {
                vti_segment segment = domain->segment[s];
                const vti_slot *own = &slot[segment.atom / 4];
                assert_int_equal(d->type[own->atom], class / d->species);
                for (int e = 0; e < VTI_LANES * segment.vectors; e++, partner++) {
                    int32_t point = *partner / 4;
                    if (point == domain->points) continue; /* fills up */
                    assert_true(point < domain->points);
                    assert_int_equal(d->type[slot[point].atom], class % d->species);
                    double r2 = 0;
                    for (int m = 0; m < 3; m++) {
                        double x = d->position[own->atom][m] + d->shift[own->image][m];
                        double y =
                            d->position[slot[point].atom][m] + d->shift[slot[point].image][m];
                        r2 += (x - y) * (x - y);
                    }
                    if (!(r2 < radius * radius)) continue;
                    c.pairs++;
                    c.r2 += r2;
                    c.weighted += r2 * weight((size_t)own->atom, (size_t)slot[point].atom);
                }
            }
        }
    }
    return c;
}

/* Positions in the cell plus shifts differ from those of the full list by rounding: 1e-15 of some
   100 A, times the number of pairs. */
static void check_same(census got, census want) {
    assert_int_equal(got.pairs, want.pairs);
    CHECK_NEAR(got.r2, want.r2, 1e-10 * (1 + want.r2));
    CHECK_NEAR(got.weighted, want.weighted, 1e-10 * (1 + want.weighted));
}

static void check_pairs(const vt_atoms *a, double cutoff, double skin) {
    vt_error err = {0};
    vti_domains *d = vti_domains_create(cutoff, skin, &err);
    assert_non_null(d);
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_BUILD_DUE);
    REQUIRE_OK(vti_domains_build(d, at(a), &err), err);
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_NOTHING_DUE);
    check_same(of_domains(d, cutoff + skin), of_full_list(a, cutoff + skin));
    vti_domains_destroy(d);
}

/* A hot crystal of as many atoms as give domains of all sizes. */
static vt_atoms *hot_crystal(void) {
    vt_error err = {0};
    const vt_species copper = {.symbol = "Cu"};
    vt_atoms *a = vt_atoms_crystal(VT_FCC, &copper, 3.6, 0, (int64_t[3]){14, 15, 17}, &err);
    assert_non_null(a);
    REQUIRE_OK(vt_atoms_rattle(a, 0.3, 5, &err), err);
    return a;
}

static void every_pair_is_listed_once(void **state) {
    (void)state;
    /* From a box of many domains down to boxes that are their own neighbors many times. */
    static const struct {
        size_t count;
        double cutoff, skin;
    } CASES[] = {{14000, 3.6, 0.4}, {5000, 3.6, 0.4}, {2000, 6.5, 0.7},
                 {500, 6.5, 1.0},   {40, 7.6, 0.5},   {3, 6.0, 0.3}};
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        vt_atoms *a = random_glass(CASES[k].count, 1.7, 40 + k, "Cu", "Zr");
        check_pairs(a, CASES[k].cutoff, CASES[k].skin);
        /* Atoms that have left the cell. */
        for (size_t i = 0; i < a->count; i += 7) {
            a->x[i] += 2 * a->box.h[0][0];
            a->y[i] -= a->box.h[1][1];
        }
        check_pairs(a, CASES[k].cutoff, CASES[k].skin);
        a->box.periodic[2] = false;
        check_pairs(a, CASES[k].cutoff, CASES[k].skin);
        a->box.periodic[0] = a->box.periodic[1] = false;
        check_pairs(a, CASES[k].cutoff, CASES[k].skin);
        vt_atoms_destroy(a);
    }
    vt_atoms *crystal = hot_crystal();
    check_pairs(crystal, 3.6, 0.4);
    check_pairs(crystal, 6.5, 1.0);
    vt_atoms_destroy(crystal);
}

/* Ordered pairs of each class of two species within cutoff[class] + more, by a full list. */
static void count_within(const vt_atoms *a, const double cutoff[4], double more, size_t within[4]) {
    vt_error err = {0};
    double longest = 0;
    for (int class = 0; class < 4; class ++) longest = fmax(longest, cutoff[class]);
    vt_neighbors *list = vt_neighbors_create(longest + more, 0, &err);
    assert_non_null(list);
    REQUIRE_OK(vt_neighbors_update(list, a, &err), err);
    memset(within, 0, 4 * sizeof *within);
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            const double *p = list->point + 4 * i, *q = list->point + 4 * list->neighbor[k];
            double r2 = 0;
            for (int m = 0; m < 3; m++) r2 += (q[m] - p[m]) * (q[m] - p[m]);
            int class = 2 * (int)p[3] + (int)q[3];
            within[class] += r2 < (cutoff[class] + more) * (cutoff[class] + more);
        }
    vt_neighbors_destroy(list);
}

static void pairs_of_species_have_their_own_reach(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *a = random_glass(800, 1.9, 3, "A", "B");
    const double cutoff[4] = {6.0, 4.0, 4.0, 5.0}, skin = 0.5;
    vti_domains *d = vti_domains_create(6.0, skin, &err);
    assert_non_null(d);
    REQUIRE_OK(vti_domains_set_cutoffs(d, cutoff, 2, &err), err);
    REQUIRE_OK(vti_domains_build(d, at(a), &err), err);
    census want = of_full_list(a, 4.0 + skin);
    check_same(of_domains(d, 4.0 + skin), want);
    /* Listed are the pairs within the reach of their class, and single precision may add a few at
       the very edge. */
    size_t listed[4] = {0}, within[4];
    for (size_t k = 0; k < d->domains; k++)
        for (int32_t class = 0; class < 4; class ++) {
            const vti_domain *domain = &d->domain[k];
            for (int32_t e = domain->class_entry[class]; e < domain->class_entry[class + 1]; e++)
                listed[class] += domain->neighbor[e] != 4 * domain->points;
        }
    count_within(a, cutoff, skin, within);
    for (int class = 0; class < 4; class ++) assert_true(within[class] > 0);
    assert_true(2 * listed[0] >= within[0] && 2 * listed[0] < within[0] + 10);
    assert_true(2 * listed[3] >= within[3] && 2 * listed[3] < within[3] + 10);
    size_t mixed = listed[1] + listed[2];
    assert_true(mixed >= within[1] && mixed < within[1] + 10);
    vti_domains_destroy(d);
    vt_atoms_destroy(a);
}

/* Atoms that follow each other in the order are near: on average within 1.5 cells of half the
   reach, while in random order they are half the box apart. */
static void order_is_a_local_permutation(void **state) {
    (void)state;
    enum { COUNT = 3000 };
    vt_error err = {0};
    vt_atoms *a = random_glass(COUNT, 1.9, 11, "Cu", "Zr");
    a->box.periodic[2] = false;
    static int32_t order[COUNT];
    static bool seen[COUNT];
    vti_domains *d = vti_domains_create(7.0, 1.0, &err);
    assert_non_null(d);
    REQUIRE_OK(vti_domains_order(d, at(a), order, &err), err);
    double sum = 0;
    for (size_t k = 0; k < COUNT; k++) {
        assert_true(order[k] >= 0 && order[k] < COUNT && !seen[order[k]]);
        seen[order[k]] = true;
        if (k == 0) continue;
        size_t i = (size_t)order[k - 1], j = (size_t)order[k];
        sum +=
            sqrt(pow(a->x[i] - a->x[j], 2) + pow(a->y[i] - a->y[j], 2) + pow(a->z[i] - a->z[j], 2));
    }
    assert_true(sum / COUNT < 1.5 * 4.0);
    a->x[4] = NAN;
    assert_int_equal(vti_domains_order(d, at(a), order, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "atom 5 is at (nan");
    vti_domains_destroy(d);
    vt_atoms_destroy(a);
}

/* The selected pairs of each class; their own atoms must have some, and fit the class. */
static void count_selected(const vti_domains *d, size_t count[4]) {
    memset(count, 0, 4 * sizeof *count);
    for (size_t k = 0; k < d->domains; k++) {
        const vti_domain *domain = &d->domain[k];
        const vti_slot *slot = d->slot + domain->first;
        for (int class = 0; class < 4; class ++) {
            int end = domain->near_first[class + 1] - 1;
            for (int v = domain->near_first[class]; v < end; v++) {
                assert_true(domain->near_atom[v] / 4 < domain->own);
                assert_int_equal(d->type[slot[domain->near_atom[v] / 4].atom], class / 2);
                assert_true(domain->near[VTI_LANES * v] < 4 * domain->points);
                for (int q = 0; q < VTI_LANES; q++) {
                    int point = domain->near[VTI_LANES * v + q] / 4;
                    if (point == domain->points) continue; /* fills up */
                    assert_int_equal(d->type[slot[point].atom], class % 2);
                    count[class]++;
                }
            }
            for (int q = 0; q < VTI_LANES; q++)
                assert_int_equal(domain->near[VTI_LANES * end + q], 4 * domain->points);
        }
    }
}

/* Against the full list of the atoms where they are now. */
static void check_selected(const vti_domains *d, const vt_atoms *a, const double cutoff[4]) {
    size_t got[4], within[4];
    count_selected(d, got);
    count_within(a, cutoff, d->buffer, within);
    /* Of an unlike pair one order is in one class, the other in the other. */
    assert_true(2 * got[0] >= within[0] && 2 * got[0] < within[0] + 10);
    assert_true(2 * got[3] >= within[3] && 2 * got[3] < within[3] + 10);
    assert_true(got[1] + got[2] >= within[1] && got[1] + got[2] < within[1] + 5);
    assert_true(within[0] > 0 && within[1] > 0 && within[3] > 0);
}

static void near_pairs_are_selected(void **state) {
    (void)state;
    vt_error err = {0};
    const double cutoff[4] = {6.0, 4.5, 4.5, 5.0};
    static const size_t COUNTS[] = {30, 900, 5000};
    for (size_t c = 0; c < sizeof COUNTS / sizeof *COUNTS; c++) {
        vt_atoms *a = random_glass(COUNTS[c], 1.9, 60 + c, "A", "B");
        vti_domains *d = vti_domains_create(6.0, 1.0, &err);
        assert_non_null(d);
        REQUIRE_OK(vti_domains_set_cutoffs(d, cutoff, 2, &err), err);
        REQUIRE_OK(vti_domains_build(d, at(a), &err), err);
        check_selected(d, a, cutoff);
        /* Moved a little in a box that strains a little: selected again, from the same rows. */
        for (uint64_t turn = 0; turn < 3; turn++) {
            const double F[3][3] = {{1.004, 0.002, 0}, {0, 0.997, 0.001}, {0, 0, 1.001}};
            REQUIRE_OK(vt_atoms_deform(a, F, &err), err);
            REQUIRE_OK(vt_atoms_rattle(a, 0.03, turn, &err), err);
            a->x[turn] += 0.11;
            assert_int_equal(vti_domains_follow(d, at(a)), VTI_SELECTION_DUE);
            REQUIRE_OK(vti_domains_select(d, at(a), &err), err);
            assert_int_equal(vti_domains_follow(d, at(a)), VTI_NOTHING_DUE);
            check_selected(d, a, cutoff);
        }
        vti_domains_destroy(d);
        vt_atoms_destroy(a);
    }
}

static void lists_go_stale(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *a = random_glass(400, 1.9, 5, "Cu", "Zr");
    vti_domains *d = vti_domains_create(6.0, 0.8, &err);
    assert_non_null(d);
    d->buffer = 0.2; /* so that selections hold for 0.1, and rows can give them up to 0.3 */
    REQUIRE_OK(vti_domains_build(d, at(a), &err), err);
    a->x[7] += 0.09;
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_NOTHING_DUE);
    a->x[7] += 0.20;
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_SELECTION_DUE);
    a->x[7] += 0.02;
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_BUILD_DUE);
    a->x[7] -= 0.02;
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_SELECTION_DUE);
    REQUIRE_OK(vti_domains_select(d, at(a), &err), err);
    a->x[7] += 0.09; /* 0.38 in all */
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_NOTHING_DUE);
    a->x[7] += 0.02;
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_BUILD_DUE);
    a->x[7] -= 0.11;
    a->type[3] = !a->type[3];
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_BUILD_DUE);
    a->type[3] = !a->type[3];
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_NOTHING_DUE);
    vti_domains_reset(d);
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_BUILD_DUE);
    vti_domains_destroy(d);
    vt_atoms_destroy(a);
}

/* Each thread of any number gets its share of what is dealt, to within one domain, also where half
   of the box is empty. */
static void dealt_shares_are_even(void **state) {
    (void)state;
    for (int empty = 0; empty < 2; empty++) {
        vt_error err = {0};
        vt_atoms *a = hot_crystal();
        if (empty)
            for (size_t i = 0; i < a->count; i++)
                a->z[i] = 0.5 * (a->z[i] + a->box.origin[2]); /* into the lower half */
        vti_domains *d = vti_domains_create(6.5, 1.0, &err);
        assert_non_null(d);
        REQUIRE_OK(vti_domains_build(d, at(a), &err), err);
        assert_in_range(d->dealt_atoms, 2 * a->count / 3, a->count);
        for (int threads = 1; threads < 40; threads++) {
            size_t share[40] = {0}, largest = 0, sum = 0;
            for (int t = 0; t < threads; t++) {
                size_t first = vti_first_dealt(d, t, threads);
                size_t end = vti_first_dealt(d, t + 1, threads);
                assert_in_range(first, 0, end);
                for (size_t k = first; k < end; k++) {
                    size_t own = (size_t)d->domain[k].own;
                    share[t] += own;
                    sum += own;
                    if (own > largest) largest = own;
                }
            }
            assert_int_equal(vti_first_dealt(d, 0, threads), 0);
            assert_int_equal(vti_first_dealt(d, threads, threads), d->dealt);
            assert_int_equal(sum, d->dealt_atoms);
            for (int t = 0; t < threads; t++)
                assert_in_range(share[t], 0, sum / (size_t)threads + largest);
        }
        vti_domains_destroy(d);
        vt_atoms_destroy(a);
    }
}

/* Nothing is left of other atoms, whether their domains were built, only ordered or refused. */
static void no_atoms_have_no_domains(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(50, 50, 50);
    vt_atoms *some = hot_crystal(), *none = vt_atoms_create(0, &box, &err);
    vt_atoms *heap = vt_atoms_create(20000, &box, &err); /* all in one place */
    vti_domains *d = vti_domains_create(6.5, 1.0, &err);
    int32_t *order = vt_alloc(some->count, sizeof *order);
    assert_true(none != NULL && heap != NULL && d != NULL && order != NULL);
    assert_int_equal(vt_atoms_add_species(heap, "Cu", 63.546, &err), 0);
    for (int before = 0; before < 3; before++) {
        if (before == 0) REQUIRE_OK(vti_domains_build(d, at(some), &err), err);
        if (before == 1) REQUIRE_OK(vti_domains_order(d, at(some), order, &err), err);
        if (before == 2) assert_int_equal(vti_domains_build(d, at(heap), &err), VT_EINVAL);
        REQUIRE_OK(vti_domains_build(d, at(none), &err), err);
        assert_int_equal(d->domains, 0);
        assert_int_equal(d->dealt, 0);
        assert_int_equal(vti_domains_follow(d, at(none)), VTI_NOTHING_DUE);
    }
    vt_free(order);
    vti_domains_destroy(d);
    vt_atoms_destroy(some);
    vt_atoms_destroy(none);
    vt_atoms_destroy(heap);
}

static void absurd_boxes_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    assert_null(vti_domains_create(-1, 0, &err));
    CHECK_MESSAGE(err, "cutoff must be positive");
    vt_box box = vt_box_orthogonal(0.05, 50, 50);
    vt_atoms *a = vt_atoms_create(1, &box, &err);
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "Cu", 63.546, &err), 0);
    vti_domains *d = vti_domains_create(6, 1, &err);
    assert_non_null(d);
    assert_int_equal(vti_domains_build(d, at(a), &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the box is only 0.05 A thick along a");
    assert_int_equal(vti_domains_follow(d, at(a)), VTI_BUILD_DUE);
    vt_atoms_destroy(a);
    /* 20,000 atoms in one place. */
    box = vt_box_orthogonal(50, 50, 50);
    a = vt_atoms_create(20000, &box, &err);
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "Cu", 63.546, &err), 0);
    assert_int_equal(vti_domains_build(d, at(a), &err), VT_EINVAL);
    CHECK_MESSAGE(err, "atoms one on top of the other");
    vti_domains_destroy(d);
    vt_atoms_destroy(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_is_listed_once),
        cmocka_unit_test(pairs_of_species_have_their_own_reach),
        cmocka_unit_test(order_is_a_local_permutation),
        cmocka_unit_test(near_pairs_are_selected),
        cmocka_unit_test(lists_go_stale),
        cmocka_unit_test(dealt_shares_are_even),
        cmocka_unit_test(no_atoms_have_no_domains),
        cmocka_unit_test(absurd_boxes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

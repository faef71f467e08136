/* Crystals, compositions, random packing, replication, substitution, joining. */
#include "fixture.h"

/* ---- neighbors by brute force ---- */

/* Square of the distance of atom j's image (a, b, c) from atom i. */
static double distance2(const vt_atoms *atoms, size_t i, size_t j, int a, int b, int c) {
    double sum = 0;
    const double *r[3] = {atoms->x, atoms->y, atoms->z};
    for (int k = 0; k < 3; k++) {
        double d = r[k][j] - r[k][i] + a * atoms->box.h[0][k] + b * atoms->box.h[1][k] +
                   c * atoms->box.h[2][k];
        sum += d * d;
    }
    return sum;
}

/* Least distance of any two atoms, images within one box along the periodic axes included. */
static double closest(const vt_atoms *atoms) {
    double least = INFINITY;
    int reach[3];
    for (int k = 0; k < 3; k++) reach[k] = atoms->box.periodic[k] ? 1 : 0;
    for (size_t i = 0; i < atoms->count; i++)
        for (size_t j = i; j < atoms->count; j++)
            for (int a = -reach[0]; a <= reach[0]; a++)
                for (int b = -reach[1]; b <= reach[1]; b++)
                    for (int c = -reach[2]; c <= reach[2]; c++) {
                        if (i == j && a == 0 && b == 0 && c == 0) continue;
                        least = fmin(least, distance2(atoms, i, j, a, b, c));
                    }
    return sqrt(least);
}

/* Neighbors of atom i at `distance` within 1e-9 A; `like` counts those of its own species. */
static int shell(const vt_atoms *atoms, size_t i, double distance, int *like) {
    int count = 0;
    *like = 0;
    for (size_t j = 0; j < atoms->count; j++)
        for (int image = 0; image < 27; image++) {
            double d =
                sqrt(distance2(atoms, i, j, image % 3 - 1, image / 3 % 3 - 1, image / 9 - 1));
            if (fabs(d - distance) > 1e-9) continue;
            count++;
            *like += atoms->type[j] == atoms->type[i];
        }
    return count;
}

static const vt_species PAIR[2] = {{"Cu", 0}, {"Zr", 0}};

static void crystals_have_their_coordination(void **state) {
    (void)state;
    const double a = 3.2385;
    const int64_t cells[3] = {3, 2, 4};
    static const struct {
        vt_lattice lattice;
        int sites, first, second;
        double nearest, next; /* in units of a */
    } EXPECTED[] = {{VT_FCC, 4, 12, 6, 0.70710678118654752, 1},
                    {VT_BCC, 2, 8, 6, 0.86602540378443865, 1},
                    {VT_HCP, 4, 12, 6, 1, 1.4142135623730950},
                    {VT_B2, 2, 8, 6, 0.86602540378443865, 1}};
    for (size_t k = 0; k < 4; k++) {
        vt_error err = {0};
        vt_atoms *atoms = vt_atoms_crystal(EXPECTED[k].lattice, PAIR, a, 0, cells, &err);
        assert_non_null(atoms);
        assert_int_equal(atoms->count, 24 * EXPECTED[k].sites);
        CHECK_NEAR(closest(atoms), EXPECTED[k].nearest * a, 1e-12 * 20);
        for (size_t i = 0; i < atoms->count; i++) {
            int like;
            assert_int_equal(shell(atoms, i, EXPECTED[k].nearest * a, &like), EXPECTED[k].first);
            if (EXPECTED[k].lattice == VT_B2) assert_int_equal(like, 0);
            if (EXPECTED[k].lattice == VT_BCC || EXPECTED[k].lattice == VT_B2) {
                /* two cells along y: both neighbors at a are the same atom, still six of them */
                assert_int_equal(shell(atoms, i, a, &like), EXPECTED[k].second);
                if (EXPECTED[k].lattice == VT_B2) assert_int_equal(like, 6);
            } else {
                assert_int_equal(shell(atoms, i, EXPECTED[k].next * a, &like), EXPECTED[k].second);
            }
        }
        vt_atoms_destroy(atoms);
    }
}

static void crystals_have_their_density(void **state) {
    (void)state;
    vt_error err = {0};
    const int64_t cells[3] = {2, 3, 5};
    vt_atoms *hcp = vt_atoms_crystal(VT_HCP, &PAIR[1], 3.232, 5.147, cells, &err);
    CHECK_NEAR(vt_box_volume(&hcp->box) / (double)hcp->count, sqrt(3) / 4 * 3.232 * 3.232 * 5.147,
               1e-12 * 30);
    CHECK_NEAR(hcp->box.h[2][2], 5 * 5.147, 1e-12);
    vt_atoms *ideal = vt_atoms_crystal(VT_HCP, &PAIR[1], 3.0, 0, cells, &err);
    vt_atoms *fcc = vt_atoms_crystal(VT_FCC, &PAIR[0], 3.0 * sqrt(2), 0, cells, &err);
    /* Both are close packings of the same spheres. */
    CHECK_NEAR(vt_box_volume(&ideal->box) / (double)ideal->count,
               vt_box_volume(&fcc->box) / (double)fcc->count, 1e-12 * 20);
    vt_atoms_destroy(hcp);
    vt_atoms_destroy(ideal);
    vt_atoms_destroy(fcc);
}

static void bad_crystals_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    int64_t cells[3] = {2, 0, 2}, huge[3] = {100000, 100000, 100000}, good[3] = {1, 1, 1};
    vt_species same[2] = {{"Cu", 0}, {"Cu", 0}}, unknown[2] = {{"Cux", 0}, {"Cu", 0}};
    assert_null(vt_atoms_crystal(VT_FCC, PAIR, 3.6, 0, cells, &err));
    CHECK_MESSAGE(err, "0 along b");
    assert_null(vt_atoms_crystal(VT_FCC, PAIR, 3.6, 0, huge, &err));
    CHECK_MESSAGE(err, "makes 4e+15 atoms");
    assert_null(vt_atoms_crystal(VT_FCC, PAIR, NAN, 0, good, &err));
    CHECK_MESSAGE(err, "a = nan A");
    assert_null(vt_atoms_crystal(VT_HCP, PAIR, 3, -5, good, &err));
    CHECK_MESSAGE(err, "c = -5 A");
    assert_null(vt_atoms_crystal(VT_B2, same, 3.6, 0, good, &err));
    CHECK_MESSAGE(err, "both species are Cu");
    assert_null(vt_atoms_crystal(VT_FCC, unknown, 3.6, 0, good, &err));
    CHECK_MESSAGE(err, "'Cux' is not an element symbol");
}

/* ---- composition ---- */

static vt_composition alloy(double cu, double zr, double al) {
    vt_composition c = {
        .count = 3, .species = {{"Cu", 0}, {"Zr", 0}, {"Al", 0}}, .share = {cu, zr, al}};
    return c;
}

static void counts_follow_the_largest_remainder(void **state) {
    (void)state;
    vt_error err = {0};
    size_t counts[VT_MAX_SPECIES];
    vt_composition c = alloy(46, 46, 8);
    REQUIRE_OK(vt_composition_counts(&c, 1000, counts, &err), err);
    assert_true(counts[0] == 460 && counts[1] == 460 && counts[2] == 80);
    c = alloy(1, 1, 1); /* 33.33 each: the first named gets the one left over */
    REQUIRE_OK(vt_composition_counts(&c, 100, counts, &err), err);
    assert_true(counts[0] == 34 && counts[1] == 33 && counts[2] == 33);
    c = alloy(0.5, 0.25, 0.25); /* 3.5, 1.75, 1.75: the two larger remainders are served */
    REQUIRE_OK(vt_composition_counts(&c, 7, counts, &err), err);
    assert_true(counts[0] == 3 && counts[1] == 2 && counts[2] == 2);
    c = alloy(0.29, 0.71, 0); /* 0.29 x 100 is 28.999999999999996 in binary */
    REQUIRE_OK(vt_composition_counts(&c, 100, counts, &err), err);
    assert_true(counts[0] == 29 && counts[1] == 71 && counts[2] == 0);
    /* In general: the sum is exact and no count is off by one or more. */
    for (size_t n = 1; n < 500; n++) {
        c = alloy(64.5, 27.3, 8.2);
        REQUIRE_OK(vt_composition_counts(&c, n, counts, &err), err);
        assert_int_equal(counts[0] + counts[1] + counts[2], n);
        for (int k = 0; k < 3; k++)
            assert_true(fabs((double)counts[k] - c.share[k] / 100 * (double)n) < 1);
    }
}

static void bad_compositions_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    size_t counts[VT_MAX_SPECIES];
    vt_composition c = alloy(0, 0, 0);
    assert_int_equal(vt_composition_counts(&c, 10, counts, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "sum to 0");
    c = alloy(50, -1, 0);
    assert_int_equal(vt_composition_counts(&c, 10, counts, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the share of Zr is -1");
    c = alloy(50, 1, NAN);
    assert_int_equal(vt_composition_counts(&c, 10, counts, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "the share of Al is nan");
    c.count = 0;
    assert_int_equal(vt_composition_counts(&c, 10, counts, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "0 species");
}

/* ---- random packing ---- */

static vt_packing_options packing(size_t count, vt_box box, double distance) {
    vt_packing_options o = vt_packing_defaults();
    o.count = count;
    o.box = box;
    o.minimum_distance = distance;
    o.composition = alloy(64, 36, 0);
    return o;
}

static void formulas_name_species_and_shares(void **state) {
    (void)state;
    vt_error err = {0};
    vt_composition c;
    REQUIRE_OK(vt_composition_parse("Zr36.5Cu64Al", &c, &err), err);
    assert_int_equal(c.count, 3);
    const char *const symbols[3] = {"Zr", "Cu", "Al"};
    const double shares[3] = {36.5, 64, 1};
    for (int k = 0; k < 3; k++) {
        assert_string_equal(c.species[k].symbol, symbols[k]);
        assert_true(c.share[k] == shares[k] && c.species[k].mass == 0);
    }
    REQUIRE_OK(vt_composition_parse("", &c, &err), err);
    assert_int_equal(c.count, 0);
    const char *const bad[][2] = {{"cu64", "expected an element symbol at 'cu64'"},
                                  {"Cu64 Zr36", "expected an element symbol at ' Zr36'"},
                                  {"Cu64-36", "expected an element symbol at '-36'"},
                                  {"Cu64Zr36Cu", "names Cu twice"},
                                  {"Copperandmoreandmore64", "expected an element symbol"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(vt_composition_parse(bad[k][0], &c, &err), VT_EINVAL);
        CHECK_MESSAGE(err, bad[k][1]);
    }
    c.count = 0;
    for (int k = 0; k < VT_MAX_SPECIES; k++) REQUIRE_OK(vt_composition_add(&c, "X", 1, &err), err);
    assert_int_equal(vt_composition_add(&c, "X", 1, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "more than");
}

/* Eight atoms of 8 cubic angstrom each fill a cube of edge 4, and stand 1.8 angstrom apart. */
static void packings_have_room_for_their_atoms(void **state) {
    (void)state;
    CHECK_NEAR(vt_packing_edge(8, 8), 4, 1e-15);
    vt_box box = vt_box_orthogonal(4, 4, 4);
    CHECK_NEAR(vt_packing_distance(&box, 8), 1.8, 1e-15);
}

static void packed_atoms_keep_their_distance(void **state) {
    (void)state;
    vt_error err = {0};
    /* A melt in a cube, in a skewed box, in one thinner than three distances, with a free axis. */
    double edge = cbrt(700 / 0.057);
    vt_box boxes[4];
    boxes[0] = vt_box_orthogonal(edge, edge, edge);
    boxes[1] = (vt_box){.origin = {3, -4, 5},
                        .h = {{edge, 0, 0}, {0.5 * edge, edge, 0}, {-0.4 * edge, 0.3 * edge, edge}},
                        .periodic = {true, true, true}};
    boxes[2] = vt_box_orthogonal(4.1, edge * sqrt(edge / 4.1), edge * sqrt(edge / 4.1));
    boxes[3] = boxes[1];
    boxes[3].periodic[2] = false;
    for (int k = 0; k < 4; k++) {
        vt_packing_options o = packing(700, boxes[k], 2.385);
        vt_atoms *atoms = vt_atoms_random(&o, &err);
        if (atoms == NULL) fail_msg("box %d: %s", k, err.msg);
        double least = closest(atoms);
        if (!(least >= 2.385 * (1 - 1e-12))) fail_msg("box %d: %g A", k, least);
        size_t copper = 0;
        for (size_t i = 0; i < 700; i++) {
            double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]}, s[3];
            vt_box_fractional(&atoms->box, r, s);
            for (int j = 0; j < 3; j++) assert_true(s[j] > -1e-12 && s[j] < 1 + 1e-12);
            copper += atoms->type[i] == vt_atoms_find_species(atoms, "Cu");
        }
        assert_int_equal(copper, 448);
        vt_atoms_destroy(atoms);
    }
}

static void packing_depends_on_the_seed_alone(void **state) {
    (void)state;
    vt_error err = {0};
    vt_packing_options o = packing(500, vt_box_orthogonal(21, 21, 21), 2.2);
    int threads = vt_threads();
    assert_int_equal(vt_threads_set(1, &err), VT_OK);
    vt_atoms *one = vt_atoms_random(&o, &err);
    assert_int_equal(vt_threads_set(3, &err), VT_OK);
    vt_atoms *three = vt_atoms_random(&o, &err);
    assert_int_equal(vt_threads_set(threads, &err), VT_OK);
    o.seed = 2;
    vt_atoms *other = vt_atoms_random(&o, &err);
    assert_memory_equal(one->x, three->x, 500 * sizeof(double));
    assert_memory_equal(one->z, three->z, 500 * sizeof(double));
    assert_memory_equal(one->type, three->type, 500 * sizeof(int32_t));
    int different = 0;
    for (size_t i = 0; i < 500; i++) different += one->type[i] != other->type[i];
    assert_true(different > 100); /* 230 expected for independent choices */
    assert_true(one->x[0] != other->x[0]);
    vt_atoms_destroy(one);
    vt_atoms_destroy(three);
    vt_atoms_destroy(other);
}

static void impossible_packings_are_refused(void **state) {
    (void)state;
    vt_error err = {0};
    vt_packing_options o = packing(1000, vt_box_orthogonal(25, 25, 25), 4);
    assert_null(vt_atoms_random(&o, &err));
    CHECK_MESSAGE(err, "1000 atoms at 0.064/A^3 cannot all be 4 A apart");
    CHECK_MESSAGE(err, "lower minimum_distance below");
    o.minimum_distance = 2.66; /* fills 0.631: below the limit, out of reach */
    o.sweeps = 50;
    assert_null(vt_atoms_random(&o, &err));
    CHECK_MESSAGE(err, "from each other, not 2.66 A; lower minimum_distance below 2.");
    o.minimum_distance = -1;
    assert_null(vt_atoms_random(&o, &err));
    CHECK_MESSAGE(err, "the minimum distance is -1 A");
    o = packing(5, vt_box_orthogonal(25, 2, 25), 2.4);
    assert_null(vt_atoms_random(&o, &err));
    CHECK_MESSAGE(err, "2 A high along b, less than the minimum distance of 2.4 A");
    o = packing(0, vt_box_orthogonal(25, 25, 25), 2.4);
    assert_null(vt_atoms_random(&o, &err));
    CHECK_MESSAGE(err, "0 atoms");
    o = packing(5, vt_box_orthogonal(25, 25, -25), 2.4);
    assert_null(vt_atoms_random(&o, &err));
    CHECK_MESSAGE(err, "left-handed");
}

static void packing_can_be_interrupted(void **state) {
    (void)state;
    vt_error err = {0};
    vt_packing_options o = packing(1000, vt_box_orthogonal(25, 25, 25), 2.5);
    vt_interrupt_request();
    assert_null(vt_atoms_random(&o, &err));
    vt_interrupt_clear();
    assert_int_equal(err.code, VT_EINTERRUPT);
}

/* ---- changes ---- */

static void replicas_lie_one_cell_apart(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *atoms = random_glass(50, 1.5, 3, "Cu", "Zr");
    for (size_t i = 0; i < 50; i++) atoms->vx[i] = (double)i;
    const int64_t times[3] = {2, 1, 3};
    vt_atoms *all = vt_atoms_replicate(atoms, times, &err);
    assert_non_null(all);
    assert_int_equal(all->count, 300);
    CHECK_NEAR(vt_box_volume(&all->box) / vt_box_volume(&atoms->box), 6, 1e-12);
    CHECK_NEAR(closest(all), closest(atoms), 1e-12 * 20);
    for (size_t k = 0; k < 300; k++) {
        size_t i = k % 50, copy = k / 50;
        double u = (double)(copy % 2), w = (double)(copy / 2);
        CHECK_NEAR(all->x[k], atoms->x[i] + u * atoms->box.h[0][0] + w * atoms->box.h[2][0], 1e-12);
        CHECK_NEAR(all->z[k], atoms->z[i] + u * atoms->box.h[0][2] + w * atoms->box.h[2][2], 1e-12);
        assert_true(all->type[k] == atoms->type[i] && all->vx[k] == atoms->vx[i]);
        assert_true(all->id[k] == (int64_t)k + 1);
    }
    const int64_t none[3] = {2, 2, 0}, many[3] = {1000, 1000, 1000};
    assert_null(vt_atoms_replicate(atoms, none, &err));
    CHECK_MESSAGE(err, "replicate: 0 along c");
    assert_null(vt_atoms_replicate(atoms, many, &err));
    CHECK_MESSAGE(err, "the limit is");
    vt_atoms_destroy(all);
    vt_atoms_destroy(atoms);
}

static size_t count_of(const vt_atoms *atoms, int type) {
    size_t n = 0;
    for (size_t i = 0; i < atoms->count; i++) n += atoms->type[i] == type;
    return n;
}

static void substitution_is_exact_and_fair(void **state) {
    (void)state;
    vt_error err = {0};
    const int64_t cells[3] = {5, 5, 5};
    /* 500 atoms, 50 chosen, 400 seeds: each atom is chosen 40 times on average with a standard
       deviation of 6; 6 of them cover 500 draws. */
    int chosen[500] = {0};
    for (uint64_t seed = 0; seed < 400; seed++) {
        vt_atoms *atoms = vt_atoms_crystal(VT_FCC, PAIR, 3.615, 0, cells, &err);
        int al = vt_atoms_add_species(atoms, "Al", 0, &err);
        REQUIRE_OK(vt_atoms_substitute(atoms, 0, al, 50, seed, &err), err);
        assert_int_equal(count_of(atoms, al), 50);
        for (size_t i = 0; i < 500; i++) chosen[i] += atoms->type[i] == al;
        if (seed == 0) {
            assert_int_equal(vt_atoms_substitute(atoms, 0, al, 451, 1, &err), VT_EINVAL);
            CHECK_MESSAGE(err, "451 atoms are to become Al, but only 450 can (Cu)");
            assert_int_equal(count_of(atoms, al), 50);
            assert_int_equal(vt_atoms_substitute(atoms, 5, al, 1, 1, &err), VT_EINVAL);
            REQUIRE_OK(vt_atoms_substitute(atoms, -1, 0, 50, 1, &err), err);
            assert_int_equal(count_of(atoms, 0), 500);
        }
        vt_atoms_destroy(atoms);
    }
    for (int i = 0; i < 500; i++) assert_true(abs(chosen[i] - 40) < 36);
}

static void appended_atoms_get_new_ids(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *glass = random_glass(20, 0, 1, "Cu", "Zr"), *tip = random_glass(7, 0, 2, "Zr", "Al");
    tip->species[0].mass = 91.22; /* rounded: still the Zr of the glass */
    REQUIRE_OK(vt_atoms_append(glass, tip, &err), err);
    assert_int_equal(glass->count, 27);
    assert_int_equal(glass->species_count, 3);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(glass->species[glass->type[20 + i]].symbol,
                            tip->species[tip->type[i]].symbol);
        assert_true(glass->x[20 + i] == tip->x[i]);
        assert_true(glass->id[20 + i] == 21 + (int64_t)i);
    }
    REQUIRE_OK(vt_atoms_append(glass, glass, &err), err); /* itself */
    assert_int_equal(glass->count, 54);
    assert_true(glass->z[53] == glass->z[26] && glass->type[53] == glass->type[26]);
    vt_atoms_destroy(glass);
    vt_atoms_destroy(tip);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crystals_have_their_coordination),
        cmocka_unit_test(crystals_have_their_density),
        cmocka_unit_test(bad_crystals_are_refused),
        cmocka_unit_test(counts_follow_the_largest_remainder),
        cmocka_unit_test(bad_compositions_are_refused),
        cmocka_unit_test(packed_atoms_keep_their_distance),
        cmocka_unit_test(packing_depends_on_the_seed_alone),
        cmocka_unit_test(impossible_packings_are_refused),
        cmocka_unit_test(packing_can_be_interrupted),
        cmocka_unit_test(replicas_lie_one_cell_apart),
        cmocka_unit_test(substitution_is_exact_and_fair),
        cmocka_unit_test(appended_atoms_get_new_ids),
        cmocka_unit_test(formulas_name_species_and_shares),
        cmocka_unit_test(packings_have_room_for_their_atoms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

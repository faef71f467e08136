/* Packing species, free volume and clusters of icosahedra against what geometry says. */
#include "fixture.h"

#include "vitrum/structure.h"

/* ---------------------------------------------------------------- cells by hand ---- */

enum { MOST_ATOMS = 64, SHELL = 12 };

/* Icosahedra around given atoms, with given shells; atoms at places of their own. */
typedef struct {
    vt_voronoi v;
    double volume[MOST_ATOMS], vector[3 * MOST_ATOMS * SHELL], place[MOST_ATOMS][3];
    int32_t orders[MOST_ATOMS * VT_VORONOI_ORDERS], coordination[MOST_ATOMS], walls[MOST_ATOMS];
    int32_t neighbor[MOST_ATOMS * SHELL], type[MOST_ATOMS];
    size_t first[MOST_ATOMS + 1];
} hand;

static hand *by_hand(size_t atoms, size_t centers, int shell[][SHELL]) {
    hand *h = vt_alloc(1, sizeof *h);
    assert_non_null(h);
    for (size_t i = 0; i < atoms; i++)
        for (int d = 0; d < 3; d++) h->place[i][d] = cos((double)(3 * i) + 1.7 * d) * 9;
    for (size_t i = 0; i < atoms; i++) {
        h->first[i + 1] = h->first[i];
        if (i >= centers) continue;
        h->orders[i * VT_VORONOI_ORDERS + 2] = 12;
        h->coordination[i] = SHELL;
        for (int k = 0; k < SHELL; k++) {
            size_t f = h->first[i + 1]++;
            h->neighbor[f] = shell[i][k];
            for (int d = 0; d < 3; d++)
                h->vector[3 * f + (size_t)d] = h->place[shell[i][k]][d] - h->place[i][d];
        }
    }
    h->v = (vt_voronoi){.count = atoms,
                        .volume = h->volume,
                        .orders = h->orders,
                        .coordination = h->coordination,
                        .walls = h->walls,
                        .first = h->first,
                        .neighbor = h->neighbor,
                        .face_vector = h->vector,
                        .type = h->type,
                        .species_count = 1};
    return h;
}

static vt_clusters *clusters_of(const vt_voronoi *v, vt_sharing link) {
    vt_cluster_options o = vt_cluster_defaults();
    vt_error err = {0};
    o.link = link;
    vt_clusters *c = vt_clusters_create(v, &o, &err);
    if (c == NULL) fail_msg("%s", err.msg);
    return c;
}

/* One cluster of so many icosahedra and atoms, and so many interpenetrating pairs. */
static void check_one_cluster(hand *h, size_t centers, size_t atoms, size_t pairs) {
    vt_clusters *c = clusters_of(&h->v, VT_SHARE_VOLUME);
    assert_int_equal(c->cluster_count, 1);
    assert_int_equal(c->cluster[0].centers, centers);
    assert_int_equal(c->cluster[0].atoms, atoms);
    assert_int_equal(c->links[VT_SHARE_VOLUME], pairs);
    assert_int_equal(c->links[VT_SHARE_VERTEX] + c->links[VT_SHARE_EDGE] + c->links[VT_SHARE_FACE],
                     0);
    assert_int_equal(c->covered, atoms);
    for (size_t i = 0; i < c->count; i++) {
        assert_int_equal(c->center[i], i < centers ? 1 : 0);
        assert_int_equal(c->member[i], i < atoms ? 1 : 0);
    }
    vt_clusters_destroy(c);
    vt_free(h);
}

/* Interpenetrating pairs share seven atoms: the two centers and a ring of five. */
static void interpenetrating_icosahedra_have_13_19_23_26_atoms(void **state) {
    (void)state;
    int one[][SHELL] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    check_one_cluster(by_hand(14, 1, one), 1, 13, 0);
    int two[][SHELL] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                        {0, 2, 3, 4, 5, 6, 13, 14, 15, 16, 17, 18}};
    check_one_cluster(by_hand(20, 2, two), 2, 19, 1);
    /* 3 and 4 are around all three; each pair has two more of its own, each center four. */
    int three[][SHELL] = {{1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14},
                          {0, 2, 3, 4, 5, 6, 9, 10, 15, 16, 17, 18},
                          {0, 1, 3, 4, 7, 8, 9, 10, 19, 20, 21, 22}};
    check_one_cluster(by_hand(23, 3, three), 3, 23, 3);
    /* 4 to 7 are around three centers, 8 to 13 around two, the others around one. */
    int four[][SHELL] = {{1, 2, 3, 4, 5, 6, 8, 9, 10, 14, 15, 16},
                         {0, 2, 3, 4, 5, 7, 8, 11, 12, 17, 18, 19},
                         {0, 1, 3, 4, 6, 7, 9, 11, 13, 20, 21, 22},
                         {0, 1, 2, 5, 6, 7, 10, 12, 13, 23, 24, 25}};
    check_one_cluster(by_hand(30, 4, four), 4, 26, 6);
}

static void sharing_is_told_apart(void **state) {
    (void)state;
    /* Around 0 and 1, with the last `shared` atoms of the first shell in the second one too. */
    static const vt_sharing expected[] = {0, VT_SHARE_VERTEX, VT_SHARE_EDGE, VT_SHARE_FACE,
                                          VT_SHARE_FACE};
    for (int shared = 0; shared <= 4; shared++) {
        int shell[2][SHELL];
        for (int k = 0; k < SHELL; k++) {
            shell[0][k] = 2 + k;
            shell[1][k] = 2 + SHELL - shared + k;
        }
        hand *h = by_hand(30, 2, shell);
        for (vt_sharing link = VT_SHARE_VERTEX; link <= VT_SHARE_VOLUME; link++) {
            vt_clusters *c = clusters_of(&h->v, link);
            bool linked = shared > 0 && expected[shared] >= link;
            assert_int_equal(c->cluster_count, linked ? 1 : 2);
            assert_int_equal(c->cluster[0].atoms, linked ? 26 - shared : 13);
            assert_int_equal(c->covered, 26 - shared);
            for (int s = VT_SHARE_VERTEX; s <= VT_SHARE_VOLUME; s++)
                assert_int_equal(c->links[s], shared > 0 && s == (int)expected[shared]);
            vt_clusters_destroy(c);
        }
        vt_free(h);
    }
}

/* The shell meets that of the next image in one atom: its own cluster is met again. */
static void images_are_told_apart(void **state) {
    (void)state;
    int shell[][SHELL] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1}};
    hand *h = by_hand(12, 1, shell);
    h->vector[3 * 11] += 20; /* atom 1 again, one box further */
    vt_clusters *c = clusters_of(&h->v, VT_SHARE_VERTEX);
    assert_int_equal(c->links[VT_SHARE_VERTEX], 1);
    assert_int_equal(c->cluster_count, 1);
    assert_int_equal(c->cluster[0].atoms, 12);
    vt_clusters_destroy(c);
    vt_free(h);
}

/* Neighbors that only one of the two lists, as happens near a threshold, are neighbors. */
static void one_sided_faces_link(void **state) {
    (void)state;
    int shell[][SHELL] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                          {13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}};
    hand *h = by_hand(25, 2, shell);
    vt_clusters *c = clusters_of(&h->v, VT_SHARE_VOLUME);
    assert_int_equal(c->links[VT_SHARE_VOLUME], 1);
    assert_int_equal(c->cluster_count, 1);
    assert_int_equal(c->cluster[0].atoms, 25);
    vt_clusters_destroy(c);
    vt_free(h);
}

static void centers_are_chosen_by_index_and_species(void **state) {
    (void)state;
    int shell[][SHELL] = {{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
                          {14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25}};
    hand *h = by_hand(26, 2, shell);
    vt_cluster_options o = vt_cluster_defaults();
    vt_error err = {0};
    h->v.species_count = 2;
    h->type[1] = 1;
    o.species = 1;
    vt_clusters *c = vt_clusters_create(&h->v, &o, &err);
    assert_int_equal(c->centers, 1);
    assert_int_equal(c->center[1], 1);
    assert_int_equal(c->center[0], 0);
    vt_clusters_destroy(c);
    o = vt_cluster_defaults();
    o.index[3] = 4;
    c = vt_clusters_create(&h->v, &o, &err);
    assert_int_equal(c->centers, 0);
    assert_int_equal(c->cluster_count, 0);
    assert_int_equal(c->covered, 0);
    vt_clusters_destroy(c);
    vt_clusters_destroy(NULL);
    vt_free(h);
}

/* ---------------------------------------------------------------- in space ---- */

/* Two icosahedra along their fivefold axis, as atoms: 19 of them in vacuum. */
static void double_icosahedron_is_one_cluster(void **state) {
    (void)state;
    vt_box box = {{-20, -20, -20}, {{40, 0, 0}, {0, 40, 0}, {0, 0, 40}}, {0, 0, 0}};
    vt_error err = {0};
    vt_atoms *atoms = vt_atoms_create(19, &box, &err);
    assert_non_null(atoms);
    assert_int_equal(vt_atoms_add_species(atoms, "Cu", 0, &err), 0);
    /* Vertices of an icosahedron of radius r: height r/sqrt(5), distance 2 r/sqrt(5) from the axis.
       The distance of the two centers is r. */
    const double r = 2.7, across = 2 * r / sqrt(5), pi = 3.14159265358979323846;
    size_t n = 0;
    for (int k = -1; k <= 2; k++, n++) { /* on the axis */
        atoms->x[n] = atoms->y[n] = 0;
        atoms->z[n] = k * r;
    }
    for (int ring = -1; ring <= 1; ring++)
        for (int k = 0; k < 5; k++, n++) {
            double angle = 2 * pi / 5 * (k + (ring == 0 ? 0 : 0.5));
            atoms->x[n] = across * cos(angle);
            atoms->y[n] = across * sin(angle);
            /* the middle ring belongs to both */
            atoms->z[n] = ring == 0 ? r / 2 : r / 2 + ring * r * (0.5 + 1 / sqrt(5));
        }
    vt_voronoi *v = vt_voronoi_create(atoms, NULL, &err);
    assert_non_null(v);
    vt_clusters *c = clusters_of(v, VT_SHARE_VOLUME);
    assert_int_equal(c->centers, 2);
    assert_int_equal(c->cluster_count, 1);
    assert_int_equal(c->cluster[0].atoms, 19);
    assert_int_equal(c->links[VT_SHARE_VOLUME], 1);
    assert_int_equal(c->links[VT_SHARE_FACE], 0);
    assert_true(c->center[1] == 1 && c->center[2] == 1);
    int32_t species[19];
    vt_voronoi_packing(v, species);
    assert_true(species[1] == 1 && species[2] == 1);
    vt_clusters_destroy(c);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- packing ---- */

static void packing_species_follow_the_rule(void **state) {
    (void)state;
    static const struct {
        int32_t orders[VT_VORONOI_ORDERS], species;
    } cases[] = {
        {{0, 0, 12, 0}, 1},
        {{0, 0, 12, 4}, 1},
        {{0, 1, 10, 2}, 2},
        {{0, 2, 8, 1}, 3},
        {{0, 3, 6, 4}, 4},
        {{0, 4, 4, 6}, 5},
        {{0, 5, 2, 8}, 6},
        {{0, 6, 0, 8}, 6},
        {{1, 2, 6, 3}, 6},
        {{0, 2, 9, 1, 1}, 6},
        {{0, 0, 12, 0, 1}, 6},
        {{0, 1, 9, 2}, 6},
        {{0, 0, 11, 0}, 6},
        {{0, 0, 12, 0, 0, 0, 0, 0, 0, 1}, 6},
        {{0}, 6},
    };
    enum { CASES = sizeof cases / sizeof *cases };
    int32_t orders[CASES * VT_VORONOI_ORDERS], species[CASES];
    for (int k = 0; k < CASES; k++)
        memcpy(orders + k * VT_VORONOI_ORDERS, cases[k].orders, sizeof cases[k].orders);
    vt_voronoi v = {.count = CASES, .orders = orders};
    vt_voronoi_packing(&v, species);
    for (int k = 0; k < CASES; k++)
        if (species[k] != cases[k].species) fail_msg("case %d: %d", k, species[k]);
}

/* Touching spheres fill pi/(3 sqrt 2) of fcc, sqrt(3) pi/8 of bcc, pi/6 of a cubic lattice. */
static void free_volume_of_touching_spheres(void **state) {
    (void)state;
    const double a = 3.3, pi = 3.14159265358979323846;
    static const vt_lattice lattices[] = {VT_FCC, VT_BCC, VT_B2};
    const double radius[] = {a / sqrt(8), a * sqrt(3) / 4, a * sqrt(3) / 4};
    const double expected[] = {1 - pi / (3 * sqrt(2)), 1 - sqrt(3) * pi / 8, 1 - sqrt(3) * pi / 8};
    for (int k = 0; k < 3; k++) {
        vt_species species[2] = {{"Cu", 63.5}, {"Zr", 91.2}};
        vt_error err = {0};
        int64_t cells[3] = {3, 2, 3};
        vt_atoms *atoms = vt_atoms_crystal(lattices[k], species, a, 0, cells, &err);
        assert_non_null(atoms);
        vt_voronoi *v = vt_voronoi_create(atoms, NULL, &err);
        assert_non_null(v);
        double radii[2] = {radius[k], radius[k]}, free[100];
        CHECK_NEAR(vt_voronoi_free_volume(v, radii, free), expected[k], 1e-12);
        for (size_t i = 0; i < v->count; i++)
            CHECK_NEAR(free[i], expected[k] * v->volume[i], 1e-10);
        vt_voronoi_destroy(v);
        vt_atoms_destroy(atoms);
    }
}

static void an_interrupt_ends_the_search(void **state) {
    (void)state;
    int shell[1][SHELL];
    for (int k = 0; k < SHELL; k++) shell[0][k] = k + 1;
    hand *h = by_hand(13, 1, shell);
    vt_error err = {0};
    vt_interrupt_request();
    vt_clusters *c = vt_clusters_create(&h->v, NULL, &err);
    vt_interrupt_clear();
    assert_null(c);
    assert_int_equal(err.code, VT_EINTERRUPT);
    vt_free(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interpenetrating_icosahedra_have_13_19_23_26_atoms),
        cmocka_unit_test(sharing_is_told_apart),
        cmocka_unit_test(images_are_told_apart),
        cmocka_unit_test(one_sided_faces_link),
        cmocka_unit_test(centers_are_chosen_by_index_and_species),
        cmocka_unit_test(double_icosahedron_is_one_cluster),
        cmocka_unit_test(packing_species_follow_the_rule),
        cmocka_unit_test(free_volume_of_touching_spheres),
        cmocka_unit_test(an_interrupt_ends_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

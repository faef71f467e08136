/* Voronoi cells against crystals, and identities that hold for any atoms in any box. */
#include "fixture.h"

#include "vitrum/structure.h"

static vt_atoms *empty(size_t count, const vt_box *box, int species) {
    static const char *const symbols[] = {"Cu", "Zr"};
    vt_error err = {0};
    vt_atoms *atoms = vt_atoms_create(count, box, &err);
    assert_non_null(atoms);
    for (int k = 0; k < species; k++)
        assert_int_equal(vt_atoms_add_species(atoms, symbols[k], 0, &err), k);
    return atoms;
}

/* The same, with all of them at 0. */
static vt_atoms *at_zero(size_t count, const vt_box *box) {
    vt_atoms *atoms = empty(count, box, 1);
    for (size_t i = 0; i < count; i++) atoms->x[i] = atoms->y[i] = atoms->z[i] = 0;
    return atoms;
}

/* Atoms anywhere in the box; along periodic axes some of them in other periods. */
static vt_atoms *gas(size_t count, const vt_box *box, uint64_t seed) {
    vt_atoms *atoms = empty(count, box, 2);
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    for (size_t i = 0; i < count; i++) {
        double s[3], r[3];
        for (int a = 0; a < 3; a++) {
            s[a] = vt_rng_uniform(&rng);
            if (box->periodic[a]) s[a] += (double)vt_rng_below(&rng, 3) - 1;
        }
        vt_box_cartesian(box, s, r);
        atoms->x[i] = r[0];
        atoms->y[i] = r[1];
        atoms->z[i] = r[2];
        atoms->type[i] = (int32_t)vt_rng_below(&rng, 2);
    }
    return atoms;
}

static vt_voronoi *cells_of(const vt_atoms *atoms, const vt_voronoi_options *options) {
    vt_error err = {0};
    vt_voronoi *v = vt_voronoi_create(atoms, options, &err);
    if (v == NULL) fail_msg("%s", err.msg);
    return v;
}

static const vt_box BOXES[] = {
    {{0, 0, 0}, {{17.3, 0, 0}, {0, 15.1, 0}, {0, 0, 19.9}}, {1, 1, 1}},
    {{3, 1, -8}, {{5.3, 0, 0}, {2.9, 11.7, 0}, {-4.4, 3.8, 23.5}}, {1, 1, 1}},
    /* strongly sheared and not in lower triangular form */
    {{0, 2, 0}, {{9.3, 4.1, -2.2}, {-3.1, 8.7, 5.5}, {6.4, -5.2, 10.8}}, {1, 1, 1}},
    /* slab, wire, cluster; tilted */
    {{1, 0, 0}, {{12.1, 0, 0}, {3.3, 11.4, 0}, {2.5, -3.1, 14.2}}, {1, 1, 0}},
    {{0, 0, 5}, {{13.1, 0, 0}, {0, 3.4, 0}, {0, 2.1, 15.2}}, {0, 1, 0}},
    {{0, 0, 0}, {{13.1, 0, 0}, {-4.2, 13.4, 0}, {1.7, 0, 15.2}}, {0, 0, 0}},
};
enum { BOX_COUNT = sizeof BOXES / sizeof *BOXES };
static const double RADII[2] = {1.28, 1.60};

/* Cells are polytopes built of numbers of order 10 angstrom in double precision from planes whose
   nearly parallel pairs magnify rounding; 1e-9 leaves room for a factor of a million. */
static const double TOLERANCE = 1e-9;

/* ---------------------------------------------------------------- crystals ---- */

static vt_atoms *crystal(vt_lattice lattice, double a, int64_t cells) {
    vt_species species[2] = {{"Cu", 63.5}, {"Zr", 91.2}};
    vt_error err = {0};
    int64_t n[3] = {cells, cells, cells};
    vt_atoms *atoms = vt_atoms_crystal(lattice, species, a, 0, n, &err);
    assert_non_null(atoms);
    return atoms;
}

static void bcc_cells_are_truncated_octahedra(void **state) {
    (void)state;
    const double a = 3.217, edge = a * sqrt(2) / 4;
    for (int64_t cells = 1; cells <= 4; cells++) { /* one cell: neighbors are images */
        vt_atoms *atoms = crystal(VT_BCC, a, cells);
        vt_voronoi *v = cells_of(atoms, NULL);
        for (size_t i = 0; i < v->count; i++) {
            static const int32_t orders[VT_VORONOI_ORDERS] = {0, 6, 0, 8};
            assert_memory_equal(v->orders + VT_VORONOI_ORDERS * i, orders, sizeof orders);
            assert_int_equal(v->coordination[i], 14);
            assert_int_equal(v->walls[i], 0);
            CHECK_NEAR(v->volume[i], a * a * a / 2, TOLERANCE);
            CHECK_NEAR(v->area[i], (6 + 12 * sqrt(3)) * edge * edge, TOLERANCE);
            CHECK_NEAR(v->radius[i], sqrt(10) / 2 * edge, TOLERANCE);
            for (size_t k = v->first[i]; k < v->first[i + 1]; k++) {
                bool square = v->face_edges[k] == 4;
                const double *r = v->face_vector + 3 * k;
                double distance = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
                CHECK_NEAR(v->face_area[k], (square ? 1 : 1.5 * sqrt(3)) * edge * edge, TOLERANCE);
                CHECK_NEAR(distance, square ? a : a * sqrt(3) / 2, TOLERANCE);
            }
        }
        vt_voronoi_destroy(v);
        vt_atoms_destroy(atoms);
    }
}

/* fcc cells are rhombic dodecahedra. Six of their vertices join four faces, which rounding splits
   by edges of length zero: with a threshold the index is <0,12,0,0> all the same. */
static void fcc_cells_are_rhombic_dodecahedra(void **state) {
    (void)state;
    const double a = 3.615;
    vt_atoms *atoms = crystal(VT_FCC, a, 3);
    vt_voronoi_options o = vt_voronoi_defaults();
    o.face_threshold = 1e-6;
    o.edge_threshold = 1e-4;
    vt_voronoi *v = cells_of(atoms, &o);
    for (size_t i = 0; i < v->count; i++) {
        static const int32_t orders[VT_VORONOI_ORDERS] = {0, 12};
        assert_memory_equal(v->orders + VT_VORONOI_ORDERS * i, orders, sizeof orders);
        assert_int_equal(v->coordination[i], 12);
        CHECK_NEAR(v->volume[i], a * a * a / 4, TOLERANCE);
    }
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* A cube, its corners touched by the cubes of 20 other images at a point or an edge. */
static void one_atom_fills_its_box(void **state) {
    (void)state;
    vt_box box = vt_box_orthogonal(2.7, 2.7, 2.7);
    vt_atoms *atoms = empty(1, &box, 1);
    vt_voronoi_options o = vt_voronoi_defaults();
    o.face_threshold = 1e-6;
    o.edge_threshold = 1e-4;
    vt_voronoi *v = cells_of(atoms, &o);
    assert_int_equal(v->orders[1], 6);
    assert_int_equal(v->coordination[0], 6);
    CHECK_NEAR(v->volume[0], 2.7 * 2.7 * 2.7, TOLERANCE);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* Center and 12 vertices at distance 1.9 in vacuum: the inner cell is the dodecahedron of inradius
   0.95. */
static void icosahedron_has_a_dodecahedral_cell(void **state) {
    (void)state;
    const double g = (1 + sqrt(5)) / 2, r = 1.9;
    vt_box box = {{-6.1, -5.7, -6.4}, {{12, 0, 0}, {0, 12, 0}, {0, 0, 12}}, {0, 0, 0}};
    vt_atoms *atoms = at_zero(13, &box);
    double scale = r / sqrt(1 + g * g);
    double *axis[3] = {atoms->x, atoms->y, atoms->z};
    for (int k = 0; k < 12; k++) {
        int a = k / 4;
        axis[(a + 1) % 3][k + 1] = (k & 1 ? -1 : 1) * scale;
        axis[(a + 2) % 3][k + 1] = (k & 2 ? -1 : 1) * g * scale;
    }
    vt_voronoi *v = cells_of(atoms, NULL);
    static const int32_t orders[VT_VORONOI_ORDERS] = {0, 0, 12};
    assert_memory_equal(v->orders, orders, sizeof orders);
    /* V = (15 + 7 sqrt 5)/4 e^3 with inradius e/2 sqrt(5/2 + 11/10 sqrt 5). */
    double e = r / sqrt(2.5 + 1.1 * sqrt(5));
    CHECK_NEAR(v->volume[0], (15 + 7 * sqrt(5)) / 4 * e * e * e, TOLERANCE);
    assert_int_equal(v->walls[0], 0);
    for (size_t i = 1; i < 13; i++) assert_true(v->walls[i] > 0);
    vt_voronoi_selection inside = {-1, true}, all = {-1, false};
    static const int32_t pattern[4] = {0, 0, 12, 0};
    assert_true(vt_voronoi_fraction(v, pattern, 4, inside) == 1);
    CHECK_NEAR(vt_voronoi_fraction(v, pattern, 4, all), 1 / 13.0, 1e-15);
    assert_true(vt_voronoi_mean_five_fold(v, inside) == 1);
    assert_int_equal(vt_voronoi_selected(v, inside), 1);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- identities ---- */

/* The face of atom j toward i that belongs to face k of i, or -1. */
static int64_t opposite(const vt_voronoi *v, size_t i, size_t k) {
    size_t j = (size_t)v->neighbor[k];
    const double *r = v->face_vector + 3 * k;
    for (size_t m = v->first[j]; m < v->first[j + 1]; m++) {
        const double *q = v->face_vector + 3 * m;
        double sum = 0;
        for (int d = 0; d < 3; d++) sum += fabs(q[d] + r[d]);
        if ((size_t)v->neighbor[m] == i && v->neighbor[m] >= 0 && sum < TOLERANCE)
            return (int64_t)m;
    }
    return -1;
}

static void check_cell(const vt_atoms *atoms, const vt_voronoi *v, size_t i, const double *radii) {
    double area = 0, volume = 0, closed[3] = {0};
    int balance = 0;
    for (size_t k = v->first[i]; k < v->first[i + 1]; k++) {
        const double *r = v->face_vector + 3 * k;
        double d = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]), height = d / 2;
        int32_t j = v->neighbor[k];
        if (j >= 0 && radii != NULL) {
            double ri = radii[atoms->type[i]], rj = radii[atoms->type[j]];
            height = (d * d + ri * ri - rj * rj) / (2 * d);
        }
        area += v->face_area[k];
        volume += v->face_area[k] * height / 3;
        for (int a = 0; a < 3; a++) closed[a] += v->face_area[k] * r[a] / d;
        balance += 6 - v->face_edges[k];
        if (j < 0) continue;
        int64_t m = opposite(v, i, k);
        if (m < 0) fail_msg("atom %zu is not a neighbor of its neighbor %d", i, j);
        CHECK_NEAR(v->face_area[m], v->face_area[k], TOLERANCE);
        assert_int_equal(v->face_edges[m], v->face_edges[k]);
    }
    if (v->first[i] == v->first[i + 1]) { /* buried */
        assert_non_null(radii);
        assert_true(v->volume[i] == 0);
        return;
    }
    CHECK_NEAR(area, v->area[i], TOLERANCE);
    CHECK_NEAR(volume, v->volume[i], TOLERANCE * 10);
    for (int a = 0; a < 3; a++) CHECK_NEAR(closed[a], 0, TOLERANCE);
    assert_int_equal(balance, 12); /* three edges at every vertex: sum of 6 - edges is 12 */
    assert_int_equal(v->coordination[i] + v->walls[i], (int)(v->first[i + 1] - v->first[i]));
}

static void cells_fill_space_and_share_faces(void **state) {
    (void)state;
    static const size_t counts[] = {301, 1, 7, 61};
    for (int b = 0; b < BOX_COUNT; b++)
        for (int c = 0; c < 4; c++)
            for (int radical = 0; radical < 2; radical++) {
                vt_atoms *atoms = gas(counts[c], &BOXES[b], 31 + (uint64_t)b);
                vt_voronoi_options o = vt_voronoi_defaults();
                if (radical) o.radii = RADII;
                vt_voronoi *v = cells_of(atoms, &o);
                double sum = 0;
                for (size_t i = 0; i < v->count; i++) {
                    check_cell(atoms, v, i, o.radii);
                    sum += v->volume[i];
                }
                CHECK_NEAR(v->domain_volume, vt_box_volume(&BOXES[b]), TOLERANCE);
                CHECK_NEAR(sum, v->domain_volume, TOLERANCE * sum);
                vt_voronoi_destroy(v);
                vt_atoms_destroy(atoms);
            }
}

static void assert_same_cells(const vt_voronoi *v, const vt_voronoi *w, double tolerance) {
    size_t n = v->count;
    assert_memory_equal(v->orders, w->orders, n * VT_VORONOI_ORDERS * sizeof *v->orders);
    assert_memory_equal(v->coordination, w->coordination, n * sizeof *v->coordination);
    assert_memory_equal(v->first, w->first, (n + 1) * sizeof *v->first);
    for (size_t i = 0; i < n; i++) CHECK_NEAR(v->volume[i], w->volume[i], tolerance);
}

/* Another choice of cell vectors for the same lattice. */
static void cells_do_not_depend_on_the_choice_of_box(void **state) {
    (void)state;
    vt_atoms *atoms = gas(211, &BOXES[0], 5);
    vt_voronoi *v = cells_of(atoms, NULL);
    for (int d = 0; d < 3; d++) {
        atoms->box.h[1][d] += 2 * atoms->box.h[0][d];
        atoms->box.h[2][d] -= atoms->box.h[0][d] + 3 * atoms->box.h[1][d];
        atoms->box.origin[d] += 1.7;
    }
    vt_voronoi *w = cells_of(atoms, NULL);
    assert_same_cells(v, w, TOLERANCE);
    vt_voronoi_destroy(w);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

static void cells_do_not_depend_on_threads(void **state) {
    (void)state;
    int threads = vt_threads();
    for (int b = 0; b < BOX_COUNT; b++) {
        vt_atoms *atoms = gas(403, &BOXES[b], 8);
        vt_threads_set(1, NULL);
        vt_voronoi *v = cells_of(atoms, NULL);
        vt_threads_set(3, NULL);
        vt_voronoi *w = cells_of(atoms, NULL);
        assert_same_cells(v, w, 0);
        size_t faces = v->first[v->count];
        assert_memory_equal(v->neighbor, w->neighbor, faces * sizeof *v->neighbor);
        assert_memory_equal(v->face_area, w->face_area, faces * sizeof *v->face_area);
        assert_memory_equal(v->face_vector, w->face_vector, 3 * faces * sizeof *v->face_vector);
        vt_voronoi_destroy(w);
        vt_voronoi_destroy(v);
        vt_atoms_destroy(atoms);
    }
    vt_threads_set(threads, NULL);
}

static void equal_radii_make_plain_cells(void **state) {
    (void)state;
    const double radii[2] = {1.4, 1.4};
    vt_atoms *atoms = gas(301, &BOXES[2], 3);
    vt_voronoi_options o = {.radii = radii};
    vt_voronoi *v = cells_of(atoms, NULL), *w = cells_of(atoms, &o);
    assert_same_cells(v, w, TOLERANCE);
    vt_voronoi_destroy(w);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- thresholds and counts ---- */

static void thresholds_leave_out_what_is_small(void **state) {
    (void)state;
    vt_atoms *atoms = gas(301, &BOXES[0], 12);
    vt_voronoi *all = cells_of(atoms, NULL);
    vt_voronoi_options o = {.face_threshold = 0.02};
    vt_voronoi *large = cells_of(atoms, &o);
    for (size_t i = 0; i < all->count; i++) {
        int32_t expected = 0;
        for (size_t k = all->first[i]; k < all->first[i + 1]; k++)
            expected += all->face_area[k] >= 0.02 * all->area[i];
        assert_int_equal(large->coordination[i], expected);
        assert_true(large->volume[i] == all->volume[i] && large->area[i] == all->area[i]);
    }
    o = (vt_voronoi_options){.edge_threshold = 0.3};
    vt_voronoi *coarse = cells_of(atoms, &o);
    size_t fewer = 0;
    for (size_t i = 0; i < all->count; i++) fewer += coarse->coordination[i] < all->coordination[i];
    assert_true(fewer > 0 && coarse->first[301] < all->first[301]);
    for (size_t k = 0; k < coarse->first[301]; k++) assert_true(coarse->face_edges[k] >= 3);
    vt_voronoi_destroy(coarse);
    vt_voronoi_destroy(large);
    vt_voronoi_destroy(all);
    vt_atoms_destroy(atoms);
}

static void counts_agree_with_the_cells(void **state) {
    (void)state;
    vt_atoms *atoms = gas(301, &BOXES[0], 12);
    vt_voronoi *v = cells_of(atoms, NULL);
    vt_voronoi_selection all = {-1, false}, zr = {1, false};
    vt_polyhedron *kinds;
    size_t count, sum = 0;
    vt_error err = {0};
    assert_int_equal(vt_voronoi_census(v, zr, &kinds, &count, &err), VT_OK);
    for (size_t k = 0; k < count; k++) {
        sum += kinds[k].count;
        assert_true(k == 0 || kinds[k].count <= kinds[k - 1].count);
        CHECK_NEAR(vt_voronoi_fraction(v, kinds[k].index, 4, zr) *
                       (double)vt_voronoi_selected(v, zr),
                   (double)kinds[k].count, 1e-9);
    }
    assert_int_equal(sum, vt_voronoi_selected(v, zr));
    vt_free(kinds);
    double f5[301], mean = 0;
    vt_voronoi_five_fold(v, f5);
    for (size_t i = 0; i < 301; i++) {
        const int32_t *n = v->orders + VT_VORONOI_ORDERS * i;
        CHECK_NEAR(f5[i], (double)n[2] / (n[0] + n[1] + n[2] + n[3]), 1e-15);
        mean += f5[i] / 301;
    }
    CHECK_NEAR(vt_voronoi_mean_five_fold(v, all), mean, 1e-14);
    /* Every Cu-Zr contact is counted from both sides. */
    double cu = (double)vt_voronoi_selected(v, (vt_voronoi_selection){0, false});
    CHECK_NEAR(vt_voronoi_mean_coordination(v, 0, 1) * cu,
               vt_voronoi_mean_coordination(v, 1, 0) * (301 - cu), 1e-9);
    CHECK_NEAR(vt_voronoi_mean_coordination(v, 0, 0) + vt_voronoi_mean_coordination(v, 0, 1),
               vt_voronoi_mean_coordination(v, 0, -1), 1e-12);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- surfaces ---- */

/* An atom above the box takes the wall with it: half a mean spacing beyond. */
static void walls_give_way_to_atoms_outside(void **state) {
    (void)state;
    vt_box box = BOXES[3];
    vt_atoms *atoms = gas(61, &box, 4);
    double heights[3], inverse[3][3], spacing = cbrt(vt_box_volume(&box) / 61);
    vt_box_heights(&box, heights);
    vt_box_inverse(&box, inverse);
    double up[3] = {0.3, 0.4, 1.25}, r[3];
    vt_box_cartesian(&box, up, r);
    atoms->x[7] = r[0];
    atoms->y[7] = r[1];
    atoms->z[7] = r[2];
    vt_voronoi *v = cells_of(atoms, NULL);
    CHECK_NEAR(v->domain_volume, vt_box_volume(&box) * (1.25 + spacing / 2 / heights[2]),
               TOLERANCE);
    double sum = 0;
    for (size_t i = 0; i < v->count; i++) {
        check_cell(atoms, v, i, NULL);
        sum += v->volume[i];
    }
    CHECK_NEAR(sum, v->domain_volume, TOLERANCE * sum);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- errors ---- */

static void refuse(const vt_atoms *atoms, const vt_voronoi_options *o, const char *message) {
    vt_error err = {0};
    assert_null(vt_voronoi_create(atoms, o, &err));
    if (strstr(err.msg, message) == NULL) fail_msg("'%s' lacks '%s'", err.msg, message);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    vt_atoms *none = empty(0, &BOXES[0], 1), *atoms = gas(61, &BOXES[0], 1);
    refuse(none, NULL, "voronoi: there are no atoms");
    refuse(atoms, &(vt_voronoi_options){.face_threshold = 1},
           "face_threshold, a share of a cell's area, must be at least 0 and less than 1, got 1");
    refuse(atoms, &(vt_voronoi_options){.edge_threshold = -0.1},
           "edge_threshold must be a length of at least 0 [angstrom], got -0.1");
    const double radii[2] = {1.2, 0};
    refuse(atoms, &(vt_voronoi_options){.radii = radii},
           "the radius of Zr must be positive [angstrom], got 0");
    double x = atoms->x[3];
    atoms->x[3] = NAN;
    refuse(atoms, NULL, "atom 4");
    atoms->x[3] = x;
    atoms->x[11] = atoms->x[40] + BOXES[0].h[0][0];
    atoms->y[11] = atoms->y[40];
    atoms->z[11] = atoms->z[40];
    refuse(atoms, NULL, "atoms 12 and 41 (ids 12 and 41) are");
    vt_interrupt_request();
    refuse(atoms, NULL, "interrupted");
    vt_interrupt_clear();
    vt_voronoi_destroy(NULL);
    vt_atoms_destroy(atoms);
    vt_atoms_destroy(none);
}

static void note_share(void *context, double share) {
    double *last = context;
    assert_true(share > 0 && share <= 1);
    *last = share;
}

static void progress_is_told(void **state) {
    (void)state;
    vt_box box = vt_box_orthogonal(40, 40, 40);
    vt_atoms *atoms = at_zero(4000, &box);
    vt_rng rng = vt_rng_start(5, VT_STREAM_BUILD);
    for (size_t i = 0; i < atoms->count; i++) {
        atoms->x[i] = 40 * vt_rng_uniform(&rng);
        atoms->y[i] = 40 * vt_rng_uniform(&rng);
        atoms->z[i] = 40 * vt_rng_uniform(&rng);
    }
    double last = 0;
    vt_error err = {0};
    vt_voronoi_options o = vt_voronoi_defaults();
    o.progress = note_share;
    o.progress_context = &last;
    int threads = vt_threads();
    vt_threads_set(1, NULL); /* else the other thread may have taken the last chunk */
    vt_voronoi *v = vt_voronoi_create(atoms, &o, &err);
    vt_threads_set(threads, NULL);
    if (v == NULL) fail_msg("%s", err.msg);
    assert_true(last == 1);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);
}

/* A ring of atoms around one: its cell would have 1600 faces. */
static void a_crowd_of_neighbors_is_refused(void **state) {
    (void)state;
    const size_t n = 1600;
    vt_box box = {{-60, -60, -60}, {{120, 0, 0}, {0, 120, 0}, {0, 0, 120}}, {0, 0, 0}};
    vt_atoms *atoms = at_zero(n + 1, &box);
    for (size_t k = 0; k < n; k++) {
        double angle = 2 * 3.14159265358979323846 * (double)k / (double)n;
        atoms->x[k] = 50 * cos(angle);
        atoms->y[k] = 50 * sin(angle);
    }
    refuse(atoms, NULL, "the cell of atom 1601 (id 1601) has more than a thousand faces");
    vt_atoms_destroy(atoms);
}

/* Boxes so thin that cells meet thousands of images, and one that is refused. */
static void long_cells_in_thin_boxes(void **state) {
    (void)state;
    vt_box box = vt_box_orthogonal(1, 1.3, 1e4);
    vt_atoms *atoms = at_zero(1, &box);
    vt_voronoi_options o = {.face_threshold = 1e-12};
    vt_voronoi *v = cells_of(atoms, &o);
    assert_int_equal(v->coordination[0], 6);
    CHECK_NEAR(v->volume[0], 1.3e4, 1e-7);
    vt_voronoi_destroy(v);
    vt_atoms_destroy(atoms);

    /* An atom high above a slab: cells of the slab reach half the way to it. */
    vt_box slab = {{0, 0, 0}, {{12.1, 0, 0}, {3.3, 11.4, 0}, {0, 0, 14.2}}, {1, 1, 0}};
    atoms = gas(61, &slab, 4);
    atoms->z[17] = 700;
    v = cells_of(atoms, NULL);
    double sum = 0;
    for (size_t i = 0; i < v->count; i++) {
        check_cell(atoms, v, i, NULL);
        sum += v->volume[i];
    }
    CHECK_NEAR(sum, v->domain_volume, TOLERANCE * sum);
    vt_voronoi_destroy(v);
    atoms->z[17] = 1e10;
    refuse(atoms, NULL, "reaches through empty space past too many images of the box");
    vt_atoms_destroy(atoms);
}

/* One atom so far from a cluster that a grid would hold the others in one of its cells. */
static void a_lost_atom_does_no_harm(void **state) {
    (void)state;
    vt_atoms *atoms = gas(301, &BOXES[5], 4);
    vt_voronoi *before = cells_of(atoms, NULL);
    atoms->x[17] = 1e5;
    vt_voronoi *v = cells_of(atoms, NULL);
    double sum = 0;
    size_t same = 0;
    for (size_t i = 0; i < v->count; i++) {
        sum += v->volume[i];
        same += v->walls[i] == 0 && fabs(v->volume[i] - before->volume[i]) < TOLERANCE;
    }
    CHECK_NEAR(sum, v->domain_volume, TOLERANCE * sum);
    assert_true(same > 50); /* those inside, but for the neighbors of the one that left */
    vt_voronoi_destroy(v);
    vt_voronoi_destroy(before);
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bcc_cells_are_truncated_octahedra),
        cmocka_unit_test(fcc_cells_are_rhombic_dodecahedra),
        cmocka_unit_test(one_atom_fills_its_box),
        cmocka_unit_test(icosahedron_has_a_dodecahedral_cell),
        cmocka_unit_test(cells_fill_space_and_share_faces),
        cmocka_unit_test(cells_do_not_depend_on_the_choice_of_box),
        cmocka_unit_test(cells_do_not_depend_on_threads),
        cmocka_unit_test(equal_radii_make_plain_cells),
        cmocka_unit_test(thresholds_leave_out_what_is_small),
        cmocka_unit_test(counts_agree_with_the_cells),
        cmocka_unit_test(walls_give_way_to_atoms_outside),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(progress_is_told),
        cmocka_unit_test(a_crowd_of_neighbors_is_refused),
        cmocka_unit_test(long_cells_in_thin_boxes),
        cmocka_unit_test(a_lost_atom_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

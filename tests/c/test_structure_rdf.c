/* Pair distribution functions against shells of a crystal, an ideal gas and a plain double loop. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "structure/count.h"
#include "vitrum/structure.h"

enum { BINS = 97 };

static const double PI = 3.14159265358979323846;

static vt_atoms *empty(size_t count, const vt_box *box, int species) {
    static const char *const symbols[] = {"Cu", "Zr", "Al"};
    vt_error err = {0};
    vt_atoms *atoms = vt_atoms_create(count, box, &err);
    assert_non_null(atoms);
    for (int k = 0; k < species; k++)
        assert_int_equal(vt_atoms_add_species(atoms, symbols[k], 0, &err), k);
    return atoms;
}

/* Atoms anywhere in the box, species at random, some of them in other periods of it. */
static vt_atoms *gas(size_t count, const vt_box *box, int species, uint64_t seed) {
    vt_atoms *atoms = empty(count, box, species);
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
        atoms->type[i] = (int32_t)vt_rng_below(&rng, (uint64_t)species);
    }
    return atoms;
}

/* Pairs by a double loop over atoms and a triple loop over images. */
static void count_plainly(const vt_atoms *atoms, double rmax, int a, int b, uint64_t *pairs) {
    double heights[3];
    int images[3];
    vt_box_heights(&atoms->box, heights);
    memset(pairs, 0, BINS * sizeof *pairs);
    /* Atoms lie within three periods of one another, see gas(). */
    for (int k = 0; k < 3; k++)
        images[k] = atoms->box.periodic[k] ? (int)(rmax / heights[k]) + 4 : 0;
    for (size_t i = 0; i < atoms->count; i++)
        for (size_t j = 0; j < atoms->count; j++)
            for (int u = -images[0]; u <= images[0]; u++)
                for (int v = -images[1]; v <= images[1]; v++)
                    for (int w = -images[2]; w <= images[2]; w++) {
                        if (i == j && u == 0 && v == 0 && w == 0) continue;
                        if (atoms->type[i] != a || atoms->type[j] != b) continue;
                        double d[3] = {atoms->x[j] - atoms->x[i], atoms->y[j] - atoms->y[i],
                                       atoms->z[j] - atoms->z[i]};
                        for (int k = 0; k < 3; k++)
                            d[k] += u * atoms->box.h[0][k] + v * atoms->box.h[1][k] +
                                    w * atoms->box.h[2][k];
                        double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
                        if (r < rmax) pairs[(size_t)(r / rmax * BINS)]++;
                    }
}

static vt_rdf *measured(const vt_atoms *atoms, double rmax, int64_t bins) {
    vt_error err = {0};
    vt_rdf *rdf = vt_rdf_create(rmax, bins, &err);
    assert_non_null(rdf);
    vt_status status = vt_rdf_add(rdf, atoms, &err);
    if (status != VT_OK) fail_msg("%s", err.msg);
    return rdf;
}

/* ---------------------------------------------------------------- crystal ---- */

static vt_atoms *fcc(int cells, double edge) {
    static const double basis[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
    double length = cells * edge;
    vt_box box = vt_box_orthogonal(length, length, length);
    vt_atoms *atoms = empty(4 * (size_t)cells * cells * cells, &box, 1);
    size_t n = 0;
    for (int i = 0; i < cells; i++)
        for (int j = 0; j < cells; j++)
            for (int k = 0; k < cells; k++)
                for (int m = 0; m < 4; m++, n++) {
                    atoms->x[n] = edge * (i + basis[m][0]);
                    atoms->y[n] = edge * (j + basis[m][1]);
                    atoms->z[n] = edge * (k + basis[m][2]);
                }
    return atoms;
}

static void fcc_has_its_shells(void **state) {
    (void)state;
    /* Neighbors at sqrt(m/2) edges: 12, 6, 24, 12, 24, 8, 48 for m = 1 to 7. Bins of 0.1 angstrom
       that no shell of an edge of 3.615 angstrom touches at an end. */
    static const int shell[] = {12, 6, 24, 12, 24, 8, 48};
    const double edge = 3.615, rmax = 7;
    for (int cells = 1; cells <= 5; cells++) { /* one cell: its own images are the neighbors */
        vt_atoms *atoms = fcc(cells, edge);
        vt_rdf *rdf = measured(atoms, rmax, 70);
        uint64_t pairs[70], expected[70] = {0};
        vt_rdf_pairs(rdf, 0, 0, pairs);
        for (int m = 1; m <= 7; m++)
            expected[(size_t)(edge * sqrt(m / 2.0) / 0.1)] += (uint64_t)shell[m - 1] * atoms->count;
        assert_memory_equal(pairs, expected, sizeof pairs);
        double n[70];
        vt_rdf_coordination(rdf, 0, 0, n);
        assert_true(n[24] == 0 && n[25] == 12 && n[69] == 12 + 6 + 24 + 12 + 24 + 8 + 48);
        vt_rdf_destroy(rdf);
        vt_atoms_destroy(atoms);
    }
}

/* Second neighbors at 4 angstrom, the edge of a shell: all of them belong to the same one, also
   when atoms lie in other periods of the box. All numbers are exact here. */
static void equal_distances_stay_together(void **state) {
    (void)state;
    for (int cells = 1; cells <= 7; cells++) {
        vt_atoms *atoms = fcc(cells, 4);
        for (size_t i = 0; i < atoms->count; i += 3) atoms->y[i] += 4 * cells * ((int)(i % 5) - 2);
        vt_rdf *rdf = measured(atoms, 5, 50);
        double n[50];
        vt_rdf_coordination(rdf, 0, 0, n);
        assert_true(n[39] == 12 && n[40] == 18);
        vt_rdf_destroy(rdf);
        vt_atoms_destroy(atoms);
    }
}

/* In a free box there is no end to rmax. */
static void all_pairs_of_a_cluster(void **state) {
    (void)state;
    vt_box box = {.h = {{13, 0, 0}, {0, 14, 0}, {0, 0, 15}}};
    vt_atoms *atoms = gas(97, &box, 2, 12);
    static const double RMAX[] = {100, 1e8, 1e10, 1e12, 1e100, 1e300};
    for (size_t k = 0; k < sizeof RMAX / sizeof *RMAX; k++) {
        vt_rdf *rdf = measured(atoms, RMAX[k], 1);
        uint64_t pairs;
        vt_rdf_pairs(rdf, -1, -1, &pairs);
        assert_int_equal(pairs, 97 * 96);
        vt_rdf_destroy(rdf);
    }
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- gas ---- */

static void ideal_gas_is_one_everywhere(void **state) {
    (void)state;
    const size_t count = 20011;
    const double rmax = 9.3;
    vt_box box = {{1, -2, 3}, {{41.3, 0, 0}, {7.1, 38.9, 0}, {-5.2, 9.4, 44.7}}, {1, 1, 1}};
    vt_atoms *atoms = gas(count, &box, 2, 7);
    vt_rdf *rdf = measured(atoms, rmax, 40);
    uint64_t pairs[40];
    double g[40];
    vt_rdf_pairs(rdf, -1, -1, pairs);
    vt_rdf_values(rdf, -1, -1, g);
    double sum = 0, squares = 0;
    for (int k = 2; k < 40; k++) { /* the first two shells hold too few pairs for a normal law */
        /* Unordered pairs follow Poisson's law; 5 sigma is passed once in two million shells. */
        double sigma = 1 / sqrt(0.5 * (double)pairs[k]);
        assert_true(fabs(g[k] - 1) < 5 * sigma + 1 / (double)count);
        sum += (double)pairs[k];
        squares += (g[k] - 1) * (g[k] - 1) / (sigma * sigma);
    }
    /* chi^2 of 38 shells: 38 +- 8.7. */
    assert_true(squares > 10 && squares < 80);
    double expected = (double)count * (double)count / vt_box_volume(&box) * 4 * PI / 3 *
                      (pow(rmax, 3) - pow(rmax / 20, 3));
    assert_true(fabs(sum / expected - 1) < 5 / sqrt(0.5 * sum));
    vt_rdf_destroy(rdf);
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- double loop ---- */

typedef struct {
    size_t count;
    double rmax;
    vt_box box;
} arrangement;

static const arrangement ARRANGEMENTS[] = {
    {253, 4.7, {{0, 0, 0}, {{17.3, 0, 0}, {0, 15.1, 0}, {0, 0, 19.9}}, {1, 1, 1}}},
    /* tilted, thinner than rmax along each axis in turn */
    {61, 9.1, {{3, 1, -8}, {{5.3, 0, 0}, {2.9, 11.7, 0}, {-4.4, 3.8, 23.5}}, {1, 1, 1}}},
    {61, 9.1, {{0, 0, 0}, {{21.3, 0, 0}, {-9.4, 4.1, 0}, {8.8, 1.9, 6.3}}, {1, 1, 1}}},
    /* strongly sheared and not in lower triangular form */
    {97, 6.2, {{0, 2, 0}, {{9.3, 4.1, -2.2}, {-3.1, 8.7, 5.5}, {6.4, -5.2, 10.8}}, {1, 1, 1}}},
    /* one atom in a small box: images of itself only */
    {1, 8.3, {{0, 0, 0}, {{2.9, 0, 0}, {0.7, 3.1, 0}, {0.2, -0.4, 2.7}}, {1, 1, 1}}},
    /* slab, wire, cluster */
    {151, 5.9, {{0, 0, 0}, {{12.1, 0, 0}, {3.3, 11.4, 0}, {0, 0, 14.2}}, {1, 1, 0}}},
    {83, 7.7, {{0, 0, 0}, {{13.1, 0, 0}, {0, 3.4, 0}, {0, 2.1, 15.2}}, {0, 1, 0}}},
    {59, 30.1, {{0, 0, 0}, {{13.1, 0, 0}, {0, 13.4, 0}, {0, 0, 15.2}}, {0, 0, 0}}},
};

static void counts_equal_a_double_loop(void **state) {
    (void)state;
    int threads = vt_threads();
    for (size_t k = 0; k < sizeof ARRANGEMENTS / sizeof *ARRANGEMENTS; k++) {
        const arrangement *c = &ARRANGEMENTS[k];
        vt_atoms *atoms = gas(c->count, &c->box, 3, 100 + k);
        for (int t = 1; t <= 3; t += 2) {
            vt_threads_set(t, NULL);
            vt_rdf *rdf = measured(atoms, c->rmax, BINS);
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++) {
                    uint64_t pairs[BINS], expected[BINS];
                    vt_rdf_pairs(rdf, a, b, pairs);
                    count_plainly(atoms, c->rmax, a, b, expected);
                    if (memcmp(pairs, expected, sizeof pairs) != 0)
                        fail_msg("arrangement %zu, species %d %d, %d threads", k, a, b, t);
                }
            vt_rdf_destroy(rdf);
        }
        vt_atoms_destroy(atoms);
    }
    vt_threads_set(threads, NULL);
}

enum { ENTRIES = 9 * BINS, ROOM = ENTRIES + VTI_COUNT_WASTE }; /* of three species */

static void count_by(vt_simd simd, const vti_cells *cells, double rmax, uint64_t *pairs,
                     int64_t *moment) {
    vt_error err = {0};
    vti_shells shells = {.limit = rmax * rmax,
                         .inverse_width = BINS / rmax,
                         .bins = BINS,
                         .species_count = 3,
                         .entries = ENTRIES,
                         .has_axis = true,
                         .axis = {0.48, -0.6, 0.64},
                         .moment_unit = 1 << 28};
    vti_counter *counter = vt_alloc(1, sizeof *counter);
    vti_walk *walk = vti_walk_create(cells, rmax, &err);
    assert_non_null(counter);
    assert_non_null(walk);
    memset(pairs, 0, ROOM * sizeof *pairs);
    memset(moment, 0, ENTRIES * sizeof *moment);
    counter->shells = &shells;
    counter->pairs = pairs;
    counter->moment = moment;
    vti_count_kernel kernel = vti_count_kernel_of(simd);
    for (size_t c = 0; c < vti_walk_columns(walk); c++)
        vti_walk_column(walk, c, kernel.run, counter);
    kernel.flush(counter);
    vti_walk_destroy(walk);
    vt_free(counter);
}

static void compare_kernels(const vt_atoms *atoms, double rmax) {
    static uint64_t pairs[ROOM], expected_pairs[ROOM];
    static int64_t moment[ENTRIES], expected_moment[ENTRIES];
    vt_error err = {0};
    vti_cells cells;
    if (vt_failed(vti_cells_create(&cells, atoms, rmax, true, &err))) fail_msg("%s", err.msg);
    count_by(VT_SIMD_REFERENCE, &cells, rmax, expected_pairs, expected_moment);
    for (int simd = VT_SIMD_BASELINE; simd <= VT_SIMD_AVX512; simd++) {
        if (!vt_simd_available((vt_simd)simd)) continue;
        count_by((vt_simd)simd, &cells, rmax, pairs, moment);
        assert_memory_equal(pairs, expected_pairs, ENTRIES * sizeof *pairs);
        assert_memory_equal(moment, expected_moment, sizeof moment);
    }
    vti_cells_destroy(&cells);
}

/* Whole numbers: every instruction set gives the same ones as the plain code. */
static void kernels_count_alike(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof ARRANGEMENTS / sizeof *ARRANGEMENTS; k++) {
        vt_atoms *atoms = gas(ARRANGEMENTS[k].count, &ARRANGEMENTS[k].box, 3, 200 + k);
        compare_kernels(atoms, ARRANGEMENTS[k].rmax);
        vt_atoms_destroy(atoms);
    }
}

/* Also where distances are on the edges of shells, which are 1/4 wide here, or a few roundings away
   from them: single precision cannot tell the shell. */
static void edges_of_shells_are_sharp(void **state) {
    (void)state;
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *atoms = empty(125, &box, 3);
    for (int apart = 0; apart <= 1; apart++) {
        for (size_t i = 0; i < 125; i++) {
            double step = apart * 1e-15 * (double)(i % 7);
            atoms->x[i] = 2 * (double)(i % 5) + step;
            atoms->y[i] = 2 * (double)(i / 5 % 5) - step;
            atoms->z[i] = 2 * (double)(i / 25) + 3 * step;
            atoms->type[i] = (int32_t)(i % 3);
        }
        compare_kernels(atoms, BINS / 4.0);
    }
    vt_atoms_destroy(atoms);
}

/* ---------------------------------------------------------------- identities ---- */

static void partials_add_up_to_the_total(void **state) {
    (void)state;
    vt_atoms *atoms = gas(1013, &ARRANGEMENTS[3].box, 3, 5);
    vt_rdf *rdf = measured(atoms, 8.1, BINS);
    double total[BINS], partial[BINS], sum[BINS] = {0}, n_all[BINS], n[BINS], n_sum[BINS] = {0};
    vt_rdf_values(rdf, -1, -1, total);
    vt_rdf_coordination(rdf, 0, -1, n_all);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            double weight =
                vt_rdf_atoms(rdf, a) * vt_rdf_atoms(rdf, b) / pow(vt_rdf_atoms(rdf, -1), 2);
            vt_rdf_values(rdf, a, b, partial);
            for (int k = 0; k < BINS; k++) sum[k] += weight * partial[k];
        }
    for (int b = 0; b < 3; b++) {
        vt_rdf_coordination(rdf, 0, b, n);
        for (int k = 0; k < BINS; k++) n_sum[k] += n[k];
    }
    for (int k = 0; k < BINS; k++) { /* nine terms of order 1 */
        assert_true(fabs(sum[k] - total[k]) < 1e-13 * (1 + total[k]));
        assert_true(fabs(n_sum[k] - n_all[k]) < 1e-13 * (1 + n_all[k]));
    }
    vt_rdf_destroy(rdf);
    vt_atoms_destroy(atoms);
}

static void two_frames_are_averaged(void **state) {
    (void)state;
    vt_atoms *first = gas(211, &ARRANGEMENTS[0].box, 2, 1);
    vt_atoms *second = gas(173, &ARRANGEMENTS[1].box, 2, 2);
    vt_error err = {0};
    vt_rdf *both = measured(first, 6.1, BINS), *one = measured(first, 6.1, BINS),
           *two = measured(second, 6.1, BINS);
    assert_int_equal(vt_rdf_add(both, second, &err), VT_OK);
    uint64_t p[BINS], p1[BINS], p2[BINS];
    double g[BINS], r[BINS];
    vt_rdf_pairs(both, 0, 1, p);
    vt_rdf_pairs(one, 0, 1, p1);
    vt_rdf_pairs(two, 0, 1, p2);
    vt_rdf_values(both, 0, 1, g);
    vt_rdf_radii(both, r);
    double ideal = vt_rdf_atoms(one, 0) * vt_rdf_atoms(one, 1) / vt_box_volume(&first->box) +
                   vt_rdf_atoms(two, 0) * vt_rdf_atoms(two, 1) / vt_box_volume(&second->box);
    double half = 0.5 * 6.1 / BINS;
    for (int k = 0; k < BINS; k++) {
        assert_int_equal(p[k], p1[k] + p2[k]);
        double shell = 4 * PI / 3 * (pow(r[k] + half, 3) - pow(r[k] - half, 3));
        /* the difference of the cubes cancels to 1e-12 in the outer shells */
        assert_true(fabs(g[k] - (double)p[k] / (ideal * shell)) < 1e-10 * (1 + g[k]));
    }
    vt_rdf_destroy(two);
    vt_rdf_destroy(one);
    vt_rdf_destroy(both);
    vt_atoms_destroy(second);
    vt_atoms_destroy(first);
}

/* ---------------------------------------------------------------- errors ---- */

static void bad_input_is_refused(void **state) {
    (void)state;
    vt_error err = {0};
    assert_null(vt_rdf_create(-1, 10, &err));
    assert_string_equal(err.msg, "rdf: rmax must be positive [angstrom], got -1");
    assert_null(vt_rdf_create(NAN, 10, &err));
    assert_null(vt_rdf_create(5, 0, &err));
    assert_string_equal(err.msg, "rdf: bins must be 1 to 1000000, got 0");
    assert_null(vt_rdf_create(5, 2000000, &err));

    vt_rdf *rdf = vt_rdf_create(5, 10, &err);
    vt_box box = vt_box_orthogonal(10, 10, 10);
    vt_atoms *none = empty(0, &box, 1), *two = empty(5, &box, 2), *three = empty(5, &box, 3);
    assert_int_equal(vt_rdf_add(rdf, none, &err), VT_EINVAL);
    assert_string_equal(err.msg, "rdf: there are no atoms");
    assert_int_equal(vt_rdf_species_count(rdf), 0);
    assert_int_equal(vt_rdf_add(rdf, two, &err), VT_OK);
    assert_int_equal(vt_rdf_add(rdf, three, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "other species"));
    two->x[3] = NAN;
    assert_int_equal(vt_rdf_add(rdf, two, &err), VT_EINVAL);
    assert_true(vt_rdf_atoms(rdf, -1) == 5); /* the first frame is still all there is */
    two->x[3] = 0;

    vt_interrupt_request();
    assert_int_equal(vt_rdf_add(rdf, two, &err), VT_EINTERRUPT);
    vt_interrupt_clear();
    assert_true(vt_rdf_atoms(rdf, -1) == 5);
    vt_rdf_destroy(rdf);

    rdf = vt_rdf_create(5e6, 10, &err);
    assert_int_equal(vt_rdf_add(rdf, two, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "more than 1000 images"));
    vt_rdf_destroy(rdf);
    vt_rdf_destroy(NULL);
    vt_atoms_destroy(three);
    vt_atoms_destroy(two);
    vt_atoms_destroy(none);
}

static void on_alarm(int signal) {
    (void)signal;
    vt_interrupt_request();
}

/* Also when all atoms are in one column of cells: a count of half a minute ends soon after it is
   told to. Two seconds are enough on any machine that runs these tests. */
static void a_long_count_can_be_stopped(void **state) {
    (void)state;
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(20, 20, 20);
    vt_atoms *atoms = gas(1000, &box, 2, 4);
    vt_rdf *rdf = vt_rdf_create(600, 10, &err);
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 20000}, NULL);
    double start = vt_clock();
    assert_int_equal(vt_rdf_add(rdf, atoms, &err), VT_EINTERRUPT);
    assert_true(vt_clock() - start < 2);
    signal(SIGALRM, SIG_DFL);
    vt_interrupt_clear();
    assert_int_equal(vt_rdf_frames(rdf), 0);
    vt_rdf_destroy(rdf);
    vt_atoms_destroy(atoms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fcc_has_its_shells),
        cmocka_unit_test(equal_distances_stay_together),
        cmocka_unit_test(all_pairs_of_a_cluster),
        cmocka_unit_test(ideal_gas_is_one_everywhere),
        cmocka_unit_test(counts_equal_a_double_loop),
        cmocka_unit_test(kernels_count_alike),
        cmocka_unit_test(edges_of_shells_are_sharp),
        cmocka_unit_test(partials_add_up_to_the_total),
        cmocka_unit_test(two_frames_are_averaged),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(a_long_count_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

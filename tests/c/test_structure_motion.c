/* Correlations in time against loops over all pairs of frames. */
#include "fixture.h"
#include "structure/origins.h"
#include "vitrum/structure.h"

enum { COUNT = 41, FRAMES = 75 };

/* A random walk with a drift of the whole, kept as unwrapped positions. */
static vt_atoms **walk(double step, bool wrap) {
    vt_error err = {0};
    vt_atoms **list = vt_alloc(FRAMES, sizeof *list);
    list[0] = random_glass(COUNT, 1.5, 12, "Cu", "Zr");
    for (int f = 1; f < FRAMES; f++) {
        list[f] = vt_atoms_copy(list[f - 1], &err);
        assert_non_null(list[f]);
        REQUIRE_OK(vt_atoms_rattle(list[f], step, 100 + (uint64_t)f, &err), err);
        vt_atoms_displace(list[f], (double[3]){0.11, -0.07, 0.02});
    }
    for (int f = 0; f < FRAMES; f++) {
        for (size_t i = 0; i < COUNT; i++) {
            double out[4];
            vt_random_normal4(77, VT_STREAM_VELOCITIES, i, (uint64_t)f / 3, out);
            list[f]->vx[i] = out[0] + 3;
            list[f]->vy[i] = out[1];
            list[f]->vz[i] = out[2];
        }
        if (wrap) vt_atoms_wrap(list[f]);
    }
    return list;
}

static void free_walk(vt_atoms **list) {
    for (int f = 0; f < FRAMES; f++) vt_atoms_destroy(list[f]);
    vt_free(list);
}

static vt_motion *taken(vt_atoms **list, vt_motion_options o) {
    vt_error err = {0};
    vt_motion *m = vt_motion_create(&o, &err);
    assert_non_null(m);
    for (int f = 0; f < FRAMES; f++) REQUIRE_OK(vt_motion_add(m, list[f], &err), err);
    return m;
}

/* Center of mass of positions or velocities. */
static void center(const vt_atoms *a, bool velocities, double c[3]) {
    double mass = 0;
    c[0] = c[1] = c[2] = 0;
    for (size_t i = 0; i < COUNT; i++) {
        double m = a->species[a->type[i]].mass;
        mass += m;
        c[0] += m * (velocities ? a->vx[i] : a->x[i]);
        c[1] += m * (velocities ? a->vy[i] : a->y[i]);
        c[2] += m * (velocities ? a->vz[i] : a->z[i]);
    }
    for (int k = 0; k < 3; k++) c[k] /= mass;
}

/* Mean over atoms of `species` and origins of msd, fourth power, wave or dot product. */
static void brute(vt_atoms **list, int64_t lag, int64_t origin_step, int species, double q,
                  bool velocities, double out[3], int64_t *pairs) {
    double n = 0;
    out[0] = out[1] = out[2] = 0;
    *pairs = 0;
    for (int64_t f = 0; f + lag < FRAMES; f += origin_step) {
        const vt_atoms *a = list[f], *b = list[f + lag];
        double ca[3], cb[3];
        center(a, velocities, ca);
        center(b, velocities, cb);
        (*pairs)++;
        for (size_t i = 0; i < COUNT; i++) {
            if (species >= 0 && a->type[i] != species) continue;
            n++;
            if (velocities) {
                out[0] += (a->vx[i] - ca[0]) * (b->vx[i] - cb[0]) +
                          (a->vy[i] - ca[1]) * (b->vy[i] - cb[1]) +
                          (a->vz[i] - ca[2]) * (b->vz[i] - cb[2]);
                continue;
            }
            double dx = b->x[i] - cb[0] - a->x[i] + ca[0], dy = b->y[i] - cb[1] - a->y[i] + ca[1],
                   dz = b->z[i] - cb[2] - a->z[i] + ca[2], r2 = dx * dx + dy * dy + dz * dz;
            out[0] += r2;
            out[1] += r2 * r2;
            out[2] += r2 > 0 ? sin(q * sqrt(r2)) / (q * sqrt(r2)) : 1;
        }
    }
    for (int k = 0; k < 3; k++) out[k] /= n;
}

/* Sums of thousands of terms, and the sine is good to 2e-11. */
static const double TOLERANCE = 1e-10;

static void check_displacements(vt_atoms **list, const vt_motion *m, bool logarithmic,
                                int64_t every, int64_t base) {
    int64_t lag[200], pairs[200];
    double msd[200], alpha2[200], fs[200];
    size_t count = vt_motion_lags(m, lag, pairs);
    assert_true(count > 10 && count <= 200);
    for (int species = -1; species < 2; species++) {
        vt_motion_values(m, VT_MOTION_MSD, species, msd);
        vt_motion_values(m, VT_MOTION_ALPHA2, species, alpha2);
        vt_motion_values(m, VT_MOTION_FS, species, fs);
        for (size_t k = 0; k < count; k++) {
            double wanted[3];
            int64_t step = logarithmic ? 1 : every, origins;
            while (logarithmic && lag[k] > base * step) step *= 2;
            brute(list, lag[k], step, species, 1.7, false, wanted, &origins);
            assert_int_equal(pairs[k], origins);
            CHECK_NEAR(msd[k], wanted[0], TOLERANCE * (1 + wanted[0]));
            CHECK_NEAR(fs[k], wanted[2], TOLERANCE);
            double a2 = wanted[0] > 0 ? 3 * wanted[1] / (5 * wanted[0] * wanted[0]) - 1 : 0;
            if (lag[k] > 0) CHECK_NEAR(alpha2[k], a2, 1e-9);
        }
    }
}

static void logarithmic_lags(void **state) {
    (void)state;
    vt_atoms **list = walk(0.3, false);
    vt_motion_options o = vt_motion_defaults();
    o.q = 1.7;
    o.lags = 6;
    vt_motion *m = taken(list, o);
    int64_t lag[200];
    size_t count = vt_motion_lags(m, lag, NULL);
    static const int64_t wanted[] = {0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64};
    assert_int_equal(count, sizeof wanted / sizeof wanted[0]);
    assert_memory_equal(lag, wanted, sizeof wanted);
    check_displacements(list, m, true, 1, 6);
    vt_motion_destroy(m);
    free_walk(list);
}

static void linear_lags(void **state) {
    (void)state;
    vt_atoms **list = walk(0.3, false);
    for (int64_t every = 1; every <= 4; every += 3) {
        vt_motion_options o = {.q = 1.7, .lags = 30, .origin_every = every, .memory = 1e9};
        vt_motion *m = taken(list, o);
        check_displacements(list, m, false, every, 30);
        vt_motion_destroy(m);
    }
    free_walk(list);
}

/* Image counts, or nothing but wrapped positions: the same displacements. */
static void faces_are_crossed(void **state) {
    (void)state;
    vt_atoms **open = walk(0.3, false), **wrapped = walk(0.3, true);
    vt_motion_options o = vt_motion_defaults();
    vt_motion *a = taken(open, o), *b = taken(wrapped, o);
    for (int f = 0; f < FRAMES; f++)
        for (size_t i = 0; i < COUNT; i++)
            wrapped[f]->ix[i] = wrapped[f]->iy[i] = wrapped[f]->iz[i] = 0;
    vt_motion *c = taken(wrapped, o);
    double x[100], y[100], z[100];
    size_t count = vt_motion_lags(a, NULL, NULL);
    vt_motion_values(a, VT_MOTION_MSD, -1, x);
    vt_motion_values(b, VT_MOTION_MSD, -1, y);
    vt_motion_values(c, VT_MOTION_MSD, -1, z);
    for (size_t k = 0; k < count; k++) {
        CHECK_NEAR(y[k], x[k], 1e-10 * (1 + x[k]));
        CHECK_NEAR(z[k], x[k], 1e-10 * (1 + x[k]));
    }
    assert_true(x[count - 1] > 5);
    vt_motion_destroy(c);
    vt_motion_destroy(b);
    vt_motion_destroy(a);
    free_walk(wrapped);
    free_walk(open);
}

/* Atoms that shake in a box, with image counts or without: mean square between the first frame and
   the last, as found and as they really moved. */
static void shake(size_t n, bool counts, double *found, double *wanted) {
    enum { LENGTH = 30 };
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(8, 9, 10);
    vt_motion_options o = {.lags = LENGTH, .origin_every = 1, .memory = 1e9};
    vt_motion *m = vt_motion_create(&o, &err);
    vt_atoms *open = vt_atoms_create(n, &box, &err);
    assert_non_null(m);
    assert_non_null(open);
    assert_int_equal(vt_atoms_add_species(open, "Cu", 0, &err), 0);
    double *const r[3] = {open->x, open->y, open->z};
    double moved[3 * 16] = {0}, msd[LENGTH];
    vt_rng rng = vt_rng_start(n, VT_STREAM_BUILD);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) r[k][i] = box.h[k][k] * vt_rng_uniform(&rng);
    for (int f = 0; f < LENGTH; f++) {
        for (size_t i = 0; i < 3 * n && f > 0; i++) {
            double step = 1.2 * vt_rng_uniform(&rng) - 0.6;
            r[i % 3][i / 3] += step;
            moved[i] += step;
        }
        vt_atoms *wrapped = vt_atoms_copy(open, &err);
        assert_non_null(wrapped);
        vt_atoms_wrap(wrapped);
        for (size_t i = 0; i < n && !counts; i++)
            wrapped->ix[i] = wrapped->iy[i] = wrapped->iz[i] = 0;
        REQUIRE_OK(vt_motion_add(m, wrapped, &err), err);
        vt_atoms_destroy(wrapped);
    }
    assert_int_equal(vt_motion_lags(m, NULL, NULL), LENGTH);
    vt_motion_values(m, VT_MOTION_MSD, -1, msd);
    *found = msd[LENGTH - 1];
    *wanted = 0;
    for (size_t k = 0; k < 3; k++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++) mean += moved[3 * i + k] / (double)n;
        for (size_t i = 0; i < n; i++) *wanted += pow(moved[3 * i + k] - mean, 2) / (double)n;
    }
    vt_atoms_destroy(open);
    vt_motion_destroy(m);
}

/* Few atoms are not taken into another cell because one of hundreds fits to them by chance. */
static void few_atoms_are_followed(void **state) {
    (void)state;
    for (size_t n = 1; n <= 16; n++)
        for (int counts = 0; counts < 2; counts++) {
            double found, wanted;
            shake(n, counts, &found, &wanted);
            CHECK_NEAR(found, wanted, TOLERANCE * (1 + wanted));
        }
}

static void velocities(void **state) {
    (void)state;
    vt_atoms **list = walk(0.1, false);
    vt_motion_options o = {.velocities = true, .lags = 20, .origin_every = 2, .memory = 1e9};
    vt_motion *m = taken(list, o);
    int64_t lag[50], pairs[50];
    double value[50], wanted[3];
    size_t count = vt_motion_lags(m, lag, pairs);
    assert_int_equal(count, 21);
    for (int species = -1; species < 2; species++) {
        vt_motion_values(m, VT_MOTION_VELOCITY, species, value);
        for (size_t k = 0; k < count; k++) {
            int64_t origins;
            brute(list, lag[k], 2, species, 1, true, wanted, &origins);
            assert_int_equal(pairs[k], origins);
            CHECK_NEAR(value[k], wanted[0], TOLERANCE);
        }
    }
    vt_motion_destroy(m);
    free_walk(list);
}

/* Sum over all atoms of the squared displacement from frame f to frame g. */
static double square_between(vt_atoms **list, int f, int g) {
    double cf[3], cg[3], sum = 0;
    center(list[f], false, cf);
    center(list[g], false, cg);
    for (size_t i = 0; i < COUNT; i++) {
        double dx = list[g]->x[i] - cg[0] - list[f]->x[i] + cf[0],
               dy = list[g]->y[i] - cg[1] - list[f]->y[i] + cf[1],
               dz = list[g]->z[i] - cg[2] - list[f]->z[i] + cf[2];
        sum += dx * dx + dy * dy + dz * dz;
    }
    return sum;
}

/* Memory for twelve origins: whenever there is none for one more, every other one goes. */
static void origins_are_thinned(void **state) {
    (void)state;
    vt_atoms **list = walk(0.3, false);
    vt_motion_options o = {
        .lags = 1000000, .origin_every = 1, .memory = 12.5 * COUNT * 3 * sizeof(double)};
    vt_motion *m = taken(list, o);
    int step = 1;
    int64_t wanted_pairs[FRAMES] = {0}, lag[FRAMES], pairs[FRAMES];
    double wanted[FRAMES] = {0}, msd[FRAMES];
    bool origin[FRAMES] = {false};
    for (int f = 0; f < FRAMES; f++) {
        int kept = 0;
        for (int k = 0; k < f; k++) kept += origin[k];
        if (kept == 12 && f % step == 0) {
            step *= 2;
            for (int k = 0; k < f; k++) origin[k] = origin[k] && k % step == 0;
        }
        origin[f] = f % step == 0;
        for (int k = 0; k <= f; k++) {
            if (!origin[k]) continue;
            wanted_pairs[f - k]++;
            wanted[f - k] += square_between(list, k, f) / COUNT;
        }
    }
    assert_int_equal(step, 8);
    assert_int_equal(vt_motion_thinning(m), 8);
    assert_int_equal(vt_motion_lags(m, lag, pairs), FRAMES);
    assert_memory_equal(pairs, wanted_pairs, sizeof pairs);
    vt_motion_values(m, VT_MOTION_MSD, -1, msd);
    for (int k = 0; k < FRAMES; k++) {
        double mean = wanted[k] / (double)pairs[k];
        assert_int_equal(lag[k], k);
        CHECK_NEAR(msd[k], mean, TOLERANCE * (1 + mean));
    }
    vt_motion_destroy(m);
    free_walk(list);
}

/* Through many levels: origins stay few, and every level keeps some that reach as far as it does.
 */
static void share_memory(int64_t lags, size_t most, int levels) {
    enum { LENGTH = 5000 };
    vt_error err = {0};
    vti_origins o = {.lags = lags,
                     .origin_every = 1,
                     .logarithmic = true,
                     .size = 1,
                     .species = 1,
                     .most = most};
    for (int64_t frame = 0; frame < LENGTH; frame++) {
        REQUIRE_OK(vti_origins_prepare(&o, frame, &err), err);
        size_t count = 0;
        for (int k = 0; k < o.level_count; k++) {
            vti_level *l = &o.level[k];
            if (frame % l->origin_step == 0) {
                *l->spare = (double)frame;
                l->origin[l->kept++] = (vti_origin){frame, l->spare};
                l->spare = NULL;
                o.count++;
            }
            for (size_t m = 0; m < l->kept; m++) {
                assert_true(l->origin[m].frame == (int64_t)*l->origin[m].values);
                assert_true(l->origin[m].frame % l->origin_step == 0);
                assert_true(frame - l->origin[m].frame < (lags + 1) * l->step);
            }
            assert_true(l->kept > 0);
            count += l->kept;
        }
        assert_int_equal(count, o.count);
        assert_true(count <= most);
    }
    assert_int_equal(o.level_count, levels);
    assert_true(vti_origins_thinning(&o) >= 2);
    vti_origins_clear(&o);
}

static void levels_share_the_memory(void **state) {
    (void)state;
    share_memory(20, 60, 9);  /* one for 20 frames, and for 20, 40 to 2560 more of them */
    share_memory(500, 40, 5); /* a level that is full already gives origins to the next */
}

static void threads_do_not_matter(void **state) {
    (void)state;
    vt_error err = {0};
    int threads = vt_threads();
    vt_box box = vt_box_orthogonal(50, 60, 70);
    vt_atoms *a = vt_atoms_create(17 * 1024, &box, &err); /* enough for threads */
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "Cu", 0, &err), 0);
    vt_atoms *b = vt_atoms_copy(a, &err);
    REQUIRE_OK(vt_atoms_rattle(b, 0.4, 5, &err), err);
    double values[2][2];
    for (int run = 0; run < 2; run++) {
        REQUIRE_OK(vt_threads_set(run == 0 ? 1 : 4, &err), err);
        vt_motion_options o = {.q = 2.7, .lags = 2, .origin_every = 1, .memory = 1e9};
        vt_motion *m = vt_motion_create(&o, &err);
        REQUIRE_OK(vt_motion_add(m, a, &err), err);
        REQUIRE_OK(vt_motion_add(m, b, &err), err);
        vt_motion_values(m, VT_MOTION_FS, -1, values[run]);
        vt_motion_destroy(m);
    }
    REQUIRE_OK(vt_threads_set(threads, &err), err);
    assert_memory_equal(values[0], values[1], sizeof values[0]);
    /* Gauss: exp(-q^2 s^2/2) with s = 0.4, scatter of 17408 atoms about 0.005 */
    CHECK_NEAR(values[0][1], exp(-2.7 * 2.7 * 0.16 / 2), 0.02);
    vt_atoms_destroy(b);
    vt_atoms_destroy(a);
}

static void wrong_input(void **state) {
    (void)state;
    vt_error err = {0};
    vt_motion_options o = vt_motion_defaults();
    o.q = -1;
    assert_null(vt_motion_create(&o, &err));
    CHECK_MESSAGE(err, "q must not be negative");
    o.q = 0;
    o.lags = 1;
    assert_null(vt_motion_create(&o, &err));
    CHECK_MESSAGE(err, "lags must be 2 to 1000000");
    o = vt_motion_defaults();
    o.memory = 0;
    assert_null(vt_motion_create(&o, &err));
    CHECK_MESSAGE(err, "the memory for time origins must be positive [bytes], got 0");
    o = vt_motion_defaults();
    o.velocities = true;
    vt_motion *m = vt_motion_create(&o, &err);
    vt_atoms *a = random_glass(COUNT, 1.5, 1, "Cu", "Zr"),
             *b = random_glass(12, 1.5, 1, "Cu", "Zr");
    assert_int_equal(vt_motion_add(m, a, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "frame 1 has no velocities");
    vt_motion_destroy(m);
    o.velocities = false;
    m = vt_motion_create(&o, &err);
    REQUIRE_OK(vt_motion_add(m, a, &err), err);
    assert_int_equal(vt_motion_add(m, b, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "frame 2 holds other atoms than the first one");
    assert_int_equal(vt_motion_frames(m), 1);
    vt_motion_destroy(m);
    vt_atoms_destroy(b);
    vt_atoms_destroy(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithmic_lags),
        cmocka_unit_test(linear_lags),
        cmocka_unit_test(faces_are_crossed),
        cmocka_unit_test(velocities),
        cmocka_unit_test(few_atoms_are_followed),
        cmocka_unit_test(origins_are_thinned),
        cmocka_unit_test(levels_share_the_memory),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(wrong_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

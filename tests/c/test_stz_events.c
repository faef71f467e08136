/* The event loop of the STZ lattice: laws, and the fast engine against the plain one. */
#include "stz_fixture.h"

#include "stz/internal.h"

/* Work done = elastic energy + loss, exact in linear elasticity: round-off of thousands of terms of
   1e-7 eV/A^3. */
static void energy_is_balanced(void **state) {
    (void)state;
    const vt_stz_engine engines[] = {VT_STZ_PLAIN, VT_STZ_FAST};
    for (int k = 0; k < 2; k++) {
        vt_error err = {0};
        vt_stz *s = tension_lattice(32, engines[k], 0.5, 3);
        assert_int_equal(advance(s, 0.055, INT64_MAX), VT_DONE);
        vt_stz_state t = vt_stz_get_state(s);
        double elastic;
        REQUIRE_OK(vt_stz_elastic_energy(s, &elastic, &err), err);
        assert_true(t.transformations > 500 && t.dissipated > 0.01 * t.work);
        CHECK_NEAR(t.work - t.dissipated - elastic, 0, 1e-14);
        /* The same from the general solution: the mean part, and -sigma : eps0/2 around it. */
        size_t sites = 32 * 32;
        double *f = vt_alloc(5 * sites, 8), *e1 = f + 3 * sites, *e3 = f + 4 * sites;
        REQUIRE_OK(vt_stz_get_stress(s, f, f + sites, f + 2 * sites, &err), err);
        REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_EIGEN_1, e1, &err), err);
        REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_EIGEN_3, e3, &err), err);
        double energy = t.stress[0] * t.stress[0] / vt_stz_settings(s)->elastic.young / 2, mean = 0;
        for (size_t i = 0; i < sites; i++) {
            energy -= ((f[i] - t.stress[0] - f[sites + i]) * e1[i] + 2 * f[2 * sites + i] * e3[i]) /
                      2 / (double)sites;
            mean += f[i] / (double)sites;
        }
        CHECK_NEAR(energy, elastic, 1e-14);
        CHECK_NEAR(mean, t.stress[VT_STZ_XX], 1e-13);
        vt_free(f);
        vt_stz_destroy(s);
    }
}

/* The sum of the rates of a site under the stress that the engine knows, by the plain formula. */
static double true_rate(const vt_stz *s, size_t site) {
    double sum = 0, p, q;
    vti_stz_local(s, (int)site, &p, &q);
    for (int m = 0; m < (int)s->options.modes; m++)
        sum += s->options.attempt_frequency * exp(-vti_stz_barrier(s, (int)site, m, p, q) / s->kt);
    return sum;
}

/* Event for event the same, with bounds so tight that next to nothing is rejected. Waiting times
   differ by the slack at most, and so does the strain that passes. */
static void check_engines(const vt_stz_options *options, int steps, int least_thermal,
                          int least_athermal) {
    vt_stz_options o = *options;
    o.engine = VT_STZ_PLAIN;
    vt_stz *plain = tension_of(&o);
    o.engine = VT_STZ_FAST;
    vt_stz *fast = tension_of(&o);
    int thermal = 0, athermal = 0;
    /* While all modes are so slow that it leaves them out, the fast one draws no numbers. */
    advance(plain, 1, 0);
    advance(fast, 1, 0);
    while (fast->state.last.rate == 0) {
        advance(plain, 1, 1);
        advance(fast, 1, 1);
        assert_true(vt_stz_get_state(plain).transformations == 0);
    }
    plain->state.draws = fast->state.draws;
    for (int k = 0; k < steps; k++) {
        advance(plain, 1, 1);
        advance(fast, 1, 1);
        vt_stz_event a = vt_stz_last_event(plain), b = vt_stz_last_event(fast);
        assert_int_equal(a.kind, b.kind);
        assert_int_equal(a.sites, b.sites);
        thermal += a.kind == VT_STZ_THERMAL;
        athermal += a.kind == VT_STZ_ATHERMAL;
        if (a.sites == 0) continue;
        assert_int_equal(a.x, b.x);
        assert_int_equal(a.y, b.y);
        assert_int_equal(a.mode, b.mode);
    }
    assert_true(thermal > least_thermal && athermal > least_athermal);
    double sa = vt_stz_get_state(plain).stress[0], sb = vt_stz_get_state(fast).stress[0];
    CHECK_NEAR(sa, sb, 1e-7);
    CHECK_NEAR(vt_stz_get_state(plain).shift, vt_stz_get_state(fast).shift, 1e-5);
    vt_stz_destroy(plain);
    vt_stz_destroy(fast);
}

static void the_fast_engine_does_what_the_plain_one_does(void **state) {
    (void)state;
    vt_stz_options o = bursting(48, VT_STZ_FAST, 1e-5, 5);
    check_engines(&o, 3000, 1000, 300);
    for (int k = VT_STZ_WAITING; k <= VT_STZ_EXACT; k++) {
        o = vt_stz_defaults();
        o.n = 24;
        o.slack = 1e-12; /* also of the rate of a burst, which is a million times the others */
        o.elapsed = (vt_stz_elapsed)k;
        check_engines(&o, 900, 100, 1);
    }
}

/* What makes rejection exact: no block is ever faster than its bound. The bounds are as tight as
   `slack` says; modes that are left out have 1e-4 of the inverse of a strain step. */
static void no_rate_is_above_its_bound(void **state) {
    (void)state;
    const double slack[] = {1, 0.1, 1e-4}, inverse_step = 1e-4 * VT_SECONDS / 1e-4;
    for (int k = 0; k < 3; k++) {
        vt_stz *s = tension_lattice(48, VT_STZ_FAST, slack[k], 6);
        double largest = 0;
        advance(s, 0.035, INT64_MAX);
        for (int n = 0; n < 150; n++) {
            /* Now and then an event finds the list of pending ones full. */
            while (n % 5 == 2 && s->state.pending_count < PENDING_MAX) vti_stz_follow(s, 0, 0, 0);
            do {
                advance(s, 1, n % 5 == 2 ? 1 : 7);
            } while (vt_stz_last_event(s).sites == 0);
            vt_stz_event e = vt_stz_last_event(s);
            if (s->state.change_count > 0) continue; /* nobody asks for rates then */
            double sum = 0, left_out = 1e-4 * inverse_step;
            for (size_t b = 0; b < s->blocks; b++) {
                double block = 0;
                for (size_t i = b * AREA; i < (b + 1) * AREA; i++) block += true_rate(s, i);
                assert_true(block <= s->upper[b] * (1 + 1e-12) + left_out);
                sum += block;
            }
            assert_true(sum >= e.rate * (1 - 1e-12) - 2 * e.excess);
            assert_true(e.excess <= slack[k] * fmax(e.rate - e.excess, inverse_step));
            largest = fmax(largest, (e.rate - sum) / fmax(e.rate, inverse_step));
        }
        /* There was something to bound. */
        assert_true(largest > slack[k] / 50);
        vt_stz_destroy(s);
    }
}

/* Everything that a draw may change. */
static size_t copy_state(vt_stz *s, char *to, const char *from) {
    const size_t site = s->sites * 8, block = s->blocks * 8;
    const struct {
        void *data;
        size_t bytes;
    } list[] = {{&s->state, sizeof s->state},
                {s->p, site},
                {s->q, site},
                {s->rate, site},
                {s->p_known, site},
                {s->q_known, site},
                {s->margin, site},
                {s->total, block},
                {s->base, block},
                {s->upper, block},
                {s->excess, block},
                {s->moved, block},
                {s->p_seen, block},
                {s->q_seen, block},
                {s->weight, block},
                {s->widest, block},
                {s->limit, block},
                {s->applied, block / 2}};
    size_t place = 0;
    for (size_t k = 0; k < sizeof list / sizeof *list; k++) {
        if (to != NULL) memcpy(to + place, list[k].data, list[k].bytes);
        if (from != NULL) memcpy(list[k].data, from + place, list[k].bytes);
        place += list[k].bytes;
    }
    return place;
}

/* With loose bounds many draws are rejected, and still the waiting times and the choice of the site
   follow the true rates: the next event of a bursting lattice, drawn again and again. */
static void rejection_does_not_change_the_law(void **state) {
    (void)state;
    const int draws = 20000;
    vt_stz *s = tension_lattice(32, VT_STZ_FAST, 1, 11);
    advance(s, 0.05, INT64_MAX);
    int cases = 0;
    for (int tries = 0; tries < 2000 && cases < 4; tries++) {
        advance(s, 1, 3);
        vt_stz_event e = vt_stz_last_event(s);
        if (s->state.change_count > 0 || e.excess < 0.2 * e.rate) continue;
        cases++;
        double counts[1024] = {0}, rate[1024], sum = 0, time = 0, squares = 0;
        int rejected = 0;
        for (size_t i = 0; i < s->sites; i++) sum += rate[i] = true_rate(s, i);
        char *saved = vt_alloc(copy_state(s, NULL, NULL), 1);
        copy_state(s, saved, NULL);
        for (int k = 0; k < draws; k++) {
            double u[2], rest, waiting = 0;
            int site = REJECTED;
            for (uint64_t try = 0; site == REJECTED; try++) {
                double bound = vti_stz_sum_groups(s);
                vt_random_uniform2(77, VT_STREAM_STZ_EVENTS, try, (uint64_t)k, u);
                waiting -= log(u[0]) / bound;
                site = vti_stz_pick_site(s, u[1] * bound, &rest);
                rejected += site == REJECTED;
            }
            counts[site]++;
            time += waiting * sum;
            squares += waiting * sum * waiting * sum;
            copy_state(s, NULL, saved);
        }
        vt_free(saved);
        assert_true(rejected > draws / 50);
        /* Exponential waiting times, and Poisson counts: within five standard errors. */
        CHECK_NEAR(time / draws, 1, 5 / sqrt(draws));
        CHECK_NEAR(squares / draws, 2, 5 * sqrt(20.0 / draws));
        for (size_t i = 0; i < s->sites; i++) {
            double expected = draws * rate[i] / sum;
            CHECK_NEAR(counts[i], expected, 5 * sqrt(expected) + 5);
        }
    }
    assert_int_equal(cases, 4);
    vt_stz_destroy(s);
}

/* However loose the bounds are, stress is never wrong. */
static void stress_of_the_fast_engine_is_exact(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz *s = tension_lattice(64, VT_STZ_FAST, 1, 7);
    advance(s, 0.05, INT64_MAX);
    assert_true(vt_stz_get_state(s).transformations > 1500);
    size_t sites = 64 * 64;
    double *f = vt_alloc(3 * sites, 8);
    REQUIRE_OK(vt_stz_get_stress(s, f, f + sites, f + 2 * sites, &err), err);
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++) {
            double p, q;
            size_t i = (size_t)y * 64 + (size_t)x;
            vti_stz_local(s, vti_stz_site(s, x, y), &p, &q);
            /* Thousands of additions of stresses of 1e-2 eV/A^3. */
            CHECK_NEAR(p + s->state.p_mean, f[i] - f[sites + i], 1e-13);
            CHECK_NEAR(q + s->state.q_mean, 2 * f[2 * sites + i], 1e-13);
        }
    vt_free(f);
    vt_stz_destroy(s);
}

/* Without volume stress does nothing and without softening and width nothing changes: a Poisson
   process of known rate, every site and mode as likely as any other. */
static void without_disorder_events_are_a_poisson_process(void **state) {
    (void)state;
    const int64_t events = 20000;
    for (int engine = 0; engine < 2; engine++) {
        vt_error err = {0};
        vt_stz_options o = vt_stz_defaults();
        o.n = 16;
        o.modes = 5;
        o.barrier_mean = 0.6;
        o.barrier_width = o.volume = o.permanent = o.temporary = 0;
        o.engine = engine == 0 ? VT_STZ_PLAIN : VT_STZ_FAST;
        vt_stz *s = vt_stz_create(&o, &err);
        assert_non_null(s);
        double rate = 256 * 5 * o.attempt_frequency * exp(-0.6 / (VT_BOLTZMANN * 300));
        /* One event in 1e-6 of a strain step: next to no elastic steps. */
        vt_stz_load load = vt_stz_load_uniaxial(1e-4 * rate * 1e-6, 1);
        REQUIRE_OK(vt_stz_set_load(s, &load, &err), err);
        double sum = 0, squares = 0, column[16] = {0}, mode[5] = {0};
        for (int64_t k = 0; k < events; k++) {
            advance(s, 1, 1);
            vt_stz_event e = vt_stz_last_event(s);
            assert_int_equal(e.kind, VT_STZ_THERMAL);
            CHECK_NEAR(e.rate / rate, 1, 1e-6); /* barriers are kept as floats */
            sum += e.waiting * rate;
            squares += e.waiting * rate * e.waiting * rate;
            column[e.x]++;
            mode[e.mode]++;
        }
        /* Mean 1, mean square 2, each within five standard errors. */
        double n = (double)events;
        CHECK_NEAR(sum / n, 1, 5 / sqrt(n));
        CHECK_NEAR(squares / n, 2, 5 * sqrt(20 / n));
        for (int k = 0; k < 16; k++) CHECK_NEAR(column[k] * 16 / n, 1, 5 * sqrt(16 / n));
        for (int k = 0; k < 5; k++) CHECK_NEAR(mode[k] * 5 / n, 1, 5 * sqrt(5 / n));
        vt_stz_destroy(s);
    }
}

/* Sites are chosen in proportion to their rates (eq. 7): with a spectrum, the first event of many
   lattices that differ only in the draws of the event loop. */
static void sites_are_chosen_by_their_rates(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz_options o = vt_stz_defaults();
    o.n = 16;
    o.modes = 2;
    o.barrier_mean = 0.8;
    o.barrier_width = 0.02;
    vt_stz *s = vt_stz_create(&o, &err);
    assert_non_null(s);
    vt_stz_load load = vt_stz_load_uniaxial(1e-22, 1);
    REQUIRE_OK(vt_stz_set_load(s, &load, &err), err);
    advance(s, 1, 0);
    const int draws = 40000;
    double counts[256] = {0}, rest, u[2];
    for (int k = 0; k < draws; k++) {
        vt_random_uniform2(77, VT_STREAM_STZ_EVENTS, 0, (uint64_t)k, u);
        counts[vti_stz_pick_site(s, u[1] * s->state.last.rate, &rest)]++;
    }
    for (int i = 0; i < 256; i++) {
        double expected = draws * s->rate[i] / s->state.last.rate;
        CHECK_NEAR(counts[i], expected, 5 * sqrt(expected) + 5);
    }
    vt_stz_destroy(s);
}

static void the_elastic_slope_is_youngs_modulus(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz_options o = vt_stz_defaults();
    o.n = 16;
    o.barrier_mean = 20; /* nothing ever happens */
    vt_stz *s = vt_stz_create(&o, &err);
    assert_non_null(s);
    const double e = o.elastic.young, mu = e / (2 * (1 + o.elastic.poisson)), to = 0.0123;
    const struct {
        vt_stz_load load;
        double slope;
    } cases[] = {{vt_stz_load_uniaxial(1e-16, 1), e},
                 {vt_stz_load_uniaxial(1e-16, -1), e},
                 {vt_stz_load_simple_shear(1e-16), mu},
                 {vt_stz_load_pure_shear(1e-16), mu}};
    for (int k = 0; k < 4; k++) {
        vt_stz *fresh = vt_stz_create(&o, &err);
        assert_non_null(fresh);
        REQUIRE_OK(vt_stz_set_load(fresh, &cases[k].load, &err), err);
        assert_int_equal(advance(fresh, to, INT64_MAX), VT_DONE);
        vt_stz_state t = vt_stz_get_state(fresh);
        CHECK_NEAR(t.parameter, to, 0);
        CHECK_NEAR(t.load_stress / (cases[k].slope * to), 1, 1e-12);
        CHECK_NEAR(t.time / (to / 1e-16), 1, 1e-12);
        vt_stz_destroy(fresh);
    }
    vt_stz_destroy(s);
}

static void softening_is_that_of_the_paper(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz *s = tension_lattice(16, VT_STZ_FAST, 0.5, 2);
    double before = 0, cap = vt_stz_settings(s)->softening_max, *eta = vt_alloc(256, 8);
    double *permanent = vt_alloc(256, 8), *mises = vt_alloc(256, 8);
    do {
        advance(s, 1, 1);
    } while (vt_stz_get_state(s).transformations == before);
    vt_stz_event e = vt_stz_last_event(s);
    size_t i = (size_t)(e.y * 16 + e.x);
    REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_VON_MISES, mises, &err), err);
    REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_PERMANENT, permanent, &err), err);
    REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_SOFTENING, eta, &err), err);
    double m2 = mises[i] * mises[i];
    CHECK_NEAR(permanent[i], fmin(cap, 13 * m2), 1e-12);
    CHECK_NEAR(eta[i], permanent[i] + 39 * m2, 1e-12);
    /* tau = exp(0.37 eV/kT)/nu0 = 1.64e-7 s at 300 K. */
    CHECK_NEAR(s->recovery * VT_SECONDS / 1.64e-7, 1, 0.005);
    do {
        advance(s, 1, 1);
    } while (vt_stz_last_event(s).kind != VT_STZ_ELASTIC);
    REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_SOFTENING, eta, &err), err);
    REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_PERMANENT, permanent, &err), err);
    CHECK_NEAR(eta[i], permanent[i], 1e-12);
    for (int k = 0; k < 256; k++) assert_true(permanent[k] <= cap);
    vt_free(eta);
    vt_free(permanent);
    vt_free(mises);
    vt_stz_destroy(s);
}

/* The barriers without stress are F exp(-eta) with the eta that the lattice shows, at every site.
 */
static void check_softening(vt_stz *s) {
    vt_error err = {0};
    size_t modes = (size_t)s->options.modes;
    double *bare = vt_alloc(s->sites * modes, 8), *eta = vt_alloc(s->sites, 8);
    REQUIRE_OK(vt_stz_get_barriers(s, false, bare, &err), err);
    REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_SOFTENING, eta, &err), err);
    for (int y = 0; y < s->ny; y++)
        for (int x = 0; x < s->nx; x++) {
            size_t i = (size_t)(y * s->nx + x), site = (size_t)vti_stz_site(s, x, y);
            double f = (double)s->mode[3 * (size_t)s->stride * site];
            CHECK_NEAR(bare[i * modes] / f, exp(-eta[i]), 1e-12);
        }
    vt_free(bare);
    vt_free(eta);
}

/* What has not died away when the temperature changes goes on to do so at the new one, and what
   has does not come back. */
static void softening_survives_a_change_of_temperature(void **state) {
    (void)state;
    const vt_stz_engine engines[] = {VT_STZ_PLAIN, VT_STZ_FAST};
    const double kelvin[] = {0, 300, 77, 0, 300};
    for (int k = 0; k < 2; k++) {
        vt_error err = {0};
        vt_stz *s = tension_lattice(32, engines[k], 0.5, 5);
        double *before = vt_alloc(s->sites, 8), *after = vt_alloc(s->sites, 8);
        for (int t = 0; t < 5; t++) {
            REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_SOFTENING, before, &err), err);
            REQUIRE_OK(vt_stz_set_temperature(s, kelvin[t], &err), err);
            REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_SOFTENING, after, &err), err);
            for (size_t i = 0; i < s->sites; i++) CHECK_NEAR(after[i], before[i], 1e-15);
            check_softening(s);
            double done = vt_stz_get_state(s).transformations + 30;
            while (vt_stz_get_state(s).transformations < done) advance(s, 1, 1);
            check_softening(s);
            if (kelvin[t] == 0) assert_true(vt_stz_last_event(s).rate == 0);
        }
        /* 40 tau at 300 K later, 7e-6 s, nothing is left: a step of the strain takes a second. */
        do {
            advance(s, 1, 1);
        } while (vt_stz_last_event(s).kind != VT_STZ_ELASTIC);
        REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_SOFTENING, before, &err), err);
        REQUIRE_OK(vt_stz_get_field(s, VT_STZ_FIELD_PERMANENT, after, &err), err);
        for (size_t i = 0; i < s->sites; i++) CHECK_NEAR(after[i], before[i], 1e-15);
        check_softening(s);
        vt_free(before);
        vt_free(after);
        vt_stz_destroy(s);
    }
}

static void without_temperature_only_athermal_events_happen(void **state) {
    (void)state;
    const vt_stz_engine engines[] = {VT_STZ_PLAIN, VT_STZ_FAST};
    double stress[2];
    for (int k = 0; k < 2; k++) {
        vt_error err = {0};
        vt_stz *s = tension_lattice(32, engines[k], 0.5, 4);
        REQUIRE_OK(vt_stz_set_temperature(s, 0, &err), err);
        advance(s, 0.13, INT64_MAX);
        vt_stz_state t = vt_stz_get_state(s);
        assert_true(t.steps[VT_STZ_THERMAL] == 0);
        assert_true(t.steps[VT_STZ_ATHERMAL] > 50);
        stress[k] = t.load_stress;
        vt_stz_destroy(s);
    }
    CHECK_NEAR(stress[0], stress[1], 1e-10);
}

/* A step that would lift the stress past many barriers at once is subdivided. */
static void long_strain_steps_are_subdivided(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz_options o = vt_stz_defaults();
    o.n = 16;
    o.strain_step = 0.05;
    vt_stz *s = vt_stz_create(&o, &err);
    assert_non_null(s);
    vt_stz_load load = vt_stz_load_uniaxial(1e-4 * VT_SECONDS, 1);
    REQUIRE_OK(vt_stz_set_load(s, &load, &err), err);
    advance(s, 1, 1);
    double step = vt_stz_get_state(s).parameter;
    assert_true(step > 0 && step < 0.002);
    CHECK_NEAR(0.05 / step, round(0.05 / step), 1e-6);
    vt_stz_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_is_balanced),
        cmocka_unit_test(the_fast_engine_does_what_the_plain_one_does),
        cmocka_unit_test(no_rate_is_above_its_bound),
        cmocka_unit_test(rejection_does_not_change_the_law),
        cmocka_unit_test(stress_of_the_fast_engine_is_exact),
        cmocka_unit_test(without_disorder_events_are_a_poisson_process),
        cmocka_unit_test(sites_are_chosen_by_their_rates),
        cmocka_unit_test(the_elastic_slope_is_youngs_modulus),
        cmocka_unit_test(softening_is_that_of_the_paper),
        cmocka_unit_test(softening_survives_a_change_of_temperature),
        cmocka_unit_test(without_temperature_only_athermal_events_happen),
        cmocka_unit_test(long_strain_steps_are_subdivided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

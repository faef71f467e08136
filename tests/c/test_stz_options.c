/* What a lattice may be beside the paper's: rules of recovery, the literal clock, spectra, residual
   eigenstrain, softening by accumulated strain; each against a law that is known. */
#include "stz_fixture.h"

#include "stz/internal.h"

/* ---------------------------------------------------------------- recovery ---- */

/* Stress does nothing and barriers are all the same: a site is faster for a while after its
   transformation, by a law that can be written down. Its time is that between two events. */
static vt_stz *recovering_lattice(vt_stz_engine engine, vt_stz_elapsed elapsed) {
    vt_stz_options o = vt_stz_defaults();
    o.n = 16;
    o.modes = 1;
    o.barrier_mean = 0.6;
    o.barrier_width = o.volume = o.permanent = 0;
    o.recovery_barrier = 0.458;
    o.engine = engine;
    o.elapsed = elapsed;
    vt_error err = {0};
    vt_stz *s = vt_stz_create(&o, &err);
    if (s == NULL) fail_msg("%s", err.msg);
    vt_stz_load load = vt_stz_load_uniaxial(1e-14, 1); /* an event in 1e-3 of a strain step */
    REQUIRE_OK(vt_stz_set_load(s, &load, &err), err);
    return s;
}

/* The rate of a site that transformed `age` ago [1/ps]. */
static double rate_at(const vt_stz *s, size_t site, double age) {
    double f = (double)s->mode[3 * (size_t)s->stride * site];
    double eta = s->temporary[site] * exp(-age / s->recovery);
    return s->options.attempt_frequency * exp(-f * exp(-eta) / s->kt);
}

/* The integral of the rate of a site over ages, by Simpson's rule in 200 parts. */
static double integral(const vt_stz *s, size_t site, double from, double to) {
    double sum = 0, part = (to - from) / 200;
    for (int k = 0; k <= 200; k++)
        sum += rate_at(s, site, from + k * part) * (k == 0 || k == 200 ? 1 : k % 2 == 1 ? 4 : 2);
    return sum * part / 3;
}

/* While one waits the rates die away, so waiting times are not exponential; but the integral of the
   total rate over each is, with mean 1, and the site is chosen by the rates of that instant. */
static void exact_waiting_times_follow_rates_that_decay(void **state) {
    (void)state;
    const int events = 4000;
    for (int engine = VT_STZ_FAST; engine <= VT_STZ_PLAIN; engine++) {
        vt_stz *s = recovering_lattice((vt_stz_engine)engine, VT_STZ_EXACT);
        double sum = 0, squares = 0, expected = 0, variance = 0, ratio = 0;
        int again = 0;
        while (vt_stz_get_state(s).transformations < 1) advance(s, 1, 1);
        for (int k = 0; k < events; k++) {
            vt_stz_event before = vt_stz_last_event(s);
            size_t last = (size_t)vti_stz_site(s, (int)before.x, (int)before.y);
            double start = s->state.time, *eta = vt_alloc(s->sites, 8), rates[2] = {0, 0};
            double *since = vt_alloc(s->sites, 8), own = 0, unit = 0, total = 0;
            memcpy(eta, s->temporary, s->sites * 8);
            memcpy(since, s->since, s->sites * 8);
            do {
                advance(s, 1, 1);
            } while (vt_stz_last_event(s).sites == 0);
            vt_stz_event e = vt_stz_last_event(s);
            double end = s->state.time;
            /* The site that has gone has new softening: put the old back for the sums. */
            size_t gone = (size_t)vti_stz_site(s, (int)e.x, (int)e.y);
            double now = s->temporary[gone];
            s->temporary[gone] = eta[gone];
            for (size_t i = 0; i < s->sites; i++) {
                double age = end - since[i], rate = rate_at(s, i, age);
                double all = s->temporary[i] > 0 && start - since[i] < 45 * s->recovery
                                 ? integral(s, i, start - since[i], age)
                                 : rate * (end - start);
                unit += all;
                total += rate;
                if (i == last) own = rate;
            }
            s->temporary[gone] = now;
            rates[0] = own / total;
            expected += rates[0];
            variance += rates[0] * (1 - rates[0]);
            again += gone == last;
            ratio = fmax(ratio, own * (double)s->sites / total);
            sum += unit;
            squares += unit * unit;
            vt_free(eta);
            vt_free(since);
        }
        CHECK_NEAR(sum / events, 1, 5 / sqrt(events));
        CHECK_NEAR(squares / events, 2, 5 * sqrt(20.0 / events));
        CHECK_NEAR(again, expected, 5 * sqrt(variance) + 1);
        assert_true(ratio > 20); /* there was something to decay */
        vt_stz_destroy(s);
    }
}

/* The catalog after an event: with the softening of the event in full, or lessened by its own
   waiting time. */
static void the_catalog_counts_the_waiting_time_or_not(void **state) {
    (void)state;
    for (int engine = VT_STZ_FAST; engine <= VT_STZ_PLAIN; engine++)
        for (int elapsed = VT_STZ_WAITING; elapsed <= VT_STZ_HELD; elapsed++) {
            vt_stz *s = recovering_lattice((vt_stz_engine)engine, (vt_stz_elapsed)elapsed);
            int seen = 0;
            for (int k = 0; k < 60; k++) {
                advance(s, 1, 1);
                vt_stz_event e = vt_stz_last_event(s);
                if (e.sites == 0) continue;
                seen++;
                advance(s, 1, 0);
                size_t site = (size_t)vti_stz_site(s, (int)e.x, (int)e.y);
                double age = elapsed == VT_STZ_WAITING ? e.waiting : 0, sum = 0;
                for (size_t i = 0; i < s->sites; i++) {
                    double own = i == site ? age : s->state.time - s->since[i];
                    sum += rate_at(s, i, own);
                }
                double rate = engine == VT_STZ_FAST
                                  ? vt_stz_last_event(s).rate - vt_stz_last_event(s).excess
                                  : vt_stz_last_event(s).rate;
                CHECK_NEAR(rate / sum, 1, 1e-9);
            }
            assert_true(seen > 40);
            vt_stz_destroy(s);
        }
}

/* ---------------------------------------------------------------- the clock ---- */

/* With a whole strain step for each event a step has one or none, with the probabilities of a
   Poisson process, and takes the same time. */
static void the_literal_clock_counts_steps(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz_options o = vt_stz_defaults();
    o.n = 16;
    o.modes = 1;
    o.barrier_mean = 0.6;
    o.barrier_width = o.volume = o.permanent = o.temporary = 0;
    o.clock = VT_STZ_CLOCK_STEP;
    vt_stz *s = vt_stz_create(&o, &err);
    assert_non_null(s);
    double rate = 256 * o.attempt_frequency * exp(-0.6 / (VT_BOLTZMANN * 300)), mean = 0.7;
    vt_stz_load load = vt_stz_load_uniaxial(o.strain_step * rate / mean, 1);
    REQUIRE_OK(vt_stz_set_load(s, &load, &err), err);
    const int steps = 20000;
    for (int k = 0; k < steps; k++) advance(s, INFINITY, 1);
    vt_stz_state t = vt_stz_get_state(s);
    double p = 1 - exp(-mean);
    CHECK_NEAR(t.steps[VT_STZ_THERMAL], steps * p, 5 * sqrt(steps * p * (1 - p)));
    CHECK_NEAR(t.steps[VT_STZ_THERMAL] + t.steps[VT_STZ_ELASTIC], steps, 0);
    CHECK_NEAR(t.parameter / (steps * o.strain_step), 1, 1e-10);
    CHECK_NEAR(t.time * load.strain_rate / t.parameter, 1, 1e-10);
    vt_stz_destroy(s);
}

/* ---------------------------------------------------------------- spectra ---- */

/* Shares of the bins, and mean and width, of 300,000 barriers: within five standard errors. */
static void barriers_follow_a_histogram(void **state) {
    (void)state;
    vt_error err = {0};
    vt_stz_options o = vt_stz_defaults();
    o.n = 64;
    o.modes = 75;
    o.spectrum = VT_STZ_HISTOGRAM;
    o.bins = 5;
    o.bins_from = 1;
    o.bins_step = 0.2;
    const double weight[] = {1, 0, 4, 3, 0}, sum = 8;
    memcpy(o.histogram, weight, sizeof weight);
    vt_stz *s = vt_stz_create(&o, &err);
    assert_non_null(s);
    const double n = 64.0 * 64 * 75;
    double counts[5] = {0}, first = 0, second = 0, places = 0;
    for (size_t i = 0; i < s->sites; i++)
        for (int m = 0; m < 75; m++) {
            double f = (double)s->mode[3 * (size_t)s->stride * i + (size_t)m], at = (f - 1) / 0.2;
            assert_true(at >= -1e-6 && at < 5);
            counts[(int)fmax(at, 0)]++;
            places += at - floor(at);
            first += f;
            second += f * f;
        }
    for (int k = 0; k < 5; k++) {
        double share = weight[k] / sum;
        CHECK_NEAR(counts[k], n * share, 5 * sqrt(n * share * (1 - share)) + (share > 0 ? 0 : 30));
    }
    CHECK_NEAR(places / n, 0.5, 5 / sqrt(12 * n) + 1e-5); /* even within a bin */
    const vt_stz_options *made = vt_stz_settings(s);
    CHECK_NEAR(made->barrier_mean, (1.1 * 1 + 1.5 * 4 + 1.7 * 3) / 8, 1e-12);
    CHECK_NEAR(first / n, made->barrier_mean, 5 * made->barrier_width / sqrt(n));
    CHECK_NEAR(sqrt(second / n - first / n * first / n) / made->barrier_width, 1, 0.01);
    vt_stz_destroy(s);
}

/* Modes that are drawn after a transformation have a part of the eigenstrain. */
static void later_eigenstrains_are_smaller(void **state) {
    (void)state;
    vt_stz_options o = bursting(32, VT_STZ_FAST, 4, 3);
    o.later = 0.5;
    vt_stz *s = tension_of(&o);
    advance(s, 0.06, INT64_MAX);
    double squares[2] = {0}, counts[2] = {0};
    for (size_t i = 0; i < s->sites; i++)
        for (int m = 0; m < 20; m++) {
            const float *mode = s->mode + 3 * (size_t)s->stride * i + m;
            double e1 = (double)mode[s->stride], e3 = (double)mode[2 * s->stride];
            int later = s->generation[i] > 0;
            squares[later] += e1 * e1 + e3 * e3;
            counts[later] += 2;
        }
    assert_true(counts[0] > 10000 && counts[1] > 2000);
    CHECK_NEAR(sqrt(squares[0] / counts[0]) / 0.07, 1, 5 / sqrt(2 * counts[0]) + 0.01);
    CHECK_NEAR(sqrt(squares[1] / counts[1]) / 0.035, 1, 5 / sqrt(2 * counts[1]) + 0.01);
    vt_stz_destroy(s);
}

/* ---------------------------------------------------------------- residual ---- */

/* White noise of eigenstrain: the mean square of its stress is that of each wave, (E c2)^2 for p
   and (E s2)^2 for q, times its variance; no mean stress, no plastic strain, and energy is kept. */
static void residual_stress_stays(void **state) {
    (void)state;
    for (int engine = VT_STZ_FAST; engine <= VT_STZ_PLAIN; engine++) {
        vt_error err = {0};
        vt_stz_options o = bursting(32, (vt_stz_engine)engine, 0.5, 3);
        o.rows = 64;
        o.residual = 0.005;
        vt_stz *s = tension_of(&o);
        advance(s, 1, 0);
        double part = 0, p2 = 0, q2 = 0, sum = 0, energy[2];
        for (int ky = -31; ky <= 32; ky++)
            for (int kx = -15; kx <= 16; kx++) {
                if (kx == 0 && ky == 0) continue;
                double y = ky / 2.0, c2 = (kx * kx - y * y) / (kx * kx + y * y);
                part += c2 * c2 / (double)s->sites;
            }
        for (size_t i = 0; i < s->sites; i++) {
            p2 += s->p[i] * s->p[i] / (double)s->sites;
            q2 += s->q[i] * s->q[i] / (double)s->sites;
            sum += s->p[i];
            assert_true(s->e1[i] == 0 && s->e3[i] == 0);
        }
        double scale = o.elastic.young * o.residual;
        CHECK_NEAR(p2 / (scale * scale * part), 1, 0.15);
        CHECK_NEAR(q2 / (scale * scale * (1 - part)), 1, 0.15);
        CHECK_NEAR(sum, 0, 1e-12);
        REQUIRE_OK(vt_stz_elastic_energy(s, &energy[0], &err), err);
        assert_true(energy[0] > 0 && vt_stz_get_state(s).plastic == 0);
        advance(s, 0.045, INT64_MAX);
        vt_stz_state t = vt_stz_get_state(s);
        assert_true(t.transformations > 50);
        REQUIRE_OK(vt_stz_elastic_energy(s, &energy[1], &err), err);
        CHECK_NEAR(t.work - t.dissipated - (energy[1] - energy[0]), 0, 1e-14);
        vt_stz_destroy(s);
    }
}

/* ---------------------------------------------------------------- softening ---- */

/* By the strain that a site has: kappa of its square up to the cap; for a while by that of the
   event. */
static void softening_follows_the_accumulated_strain(void **state) {
    (void)state;
    vt_stz_options o = bursting(16, VT_STZ_FAST, 4, 3);
    o.soften = VT_STZ_SOFTEN_ACCUMULATED;
    vt_stz *s = tension_of(&o);
    double e1[256] = {0}, e3[256] = {0};
    int more = 0, capped = 0;
    for (int k = 0; k < 3000; k++) {
        advance(s, 1, 1);
        for (int i = 0; i < 256; i++) {
            if (s->e1[i] == e1[i] && s->e3[i] == e3[i]) continue;
            double site2 = s->e1[i] * s->e1[i] + s->e3[i] * s->e3[i];
            double d1 = s->e1[i] - e1[i], d3 = s->e3[i] - e3[i];
            CHECK_NEAR(s->permanent[i], fmin(o.softening_max, 13 * site2), 1e-12);
            CHECK_NEAR(s->temporary[i], 39 * (d1 * d1 + d3 * d3), 1e-12);
            more += s->generation[i] > 1;
            capped += s->permanent[i] == o.softening_max;
            e1[i] = s->e1[i];
            e3[i] = s->e3[i];
        }
    }
    assert_true(more > 100 && capped > 10);
    vt_stz_destroy(s);
}

/* ---------------------------------------------------------------- together ---- */

/* All of it at once: the engines agree event for event, and a checkpoint goes on to the last bit.
 */
static void everything_together_is_one_lattice(void **state) {
    (void)state;
    for (int elapsed = VT_STZ_WAITING; elapsed <= VT_STZ_EXACT; elapsed++) {
        vt_error err = {0};
        vt_stz_options o = bursting(32, VT_STZ_PLAIN, 1e-12, 3);
        o.rows = 16;
        o.aspect = 1.618;
        o.elastic = (vt_stz_elastic){88.6 / VT_GPA, 0.742, false};
        o.spectrum = VT_STZ_HISTOGRAM;
        o.bins = 1;
        o.histogram[0] = 3;
        o.bins_from = 1.2;
        o.bins_step = 0.6;
        o.later = 0.8;
        o.residual = 0.003;
        o.soften = VT_STZ_SOFTEN_ACCUMULATED;
        o.elapsed = (vt_stz_elapsed)elapsed;
        vt_stz *plain = tension_of(&o);
        o.engine = VT_STZ_FAST;
        vt_stz *fast = tension_of(&o), *other;
        advance(plain, 1, 0);
        advance(fast, 1, 0);
        while (fast->state.last.rate == 0) {
            advance(plain, 1, 1);
            advance(fast, 1, 1);
        }
        plain->state.draws = fast->state.draws;
        int events = 0;
        for (int k = 0; k < 500; k++) {
            if (k == 400) {
                size_t bytes;
                void *data = vt_stz_pack(fast, &bytes, &err);
                other = vt_stz_unpack(data, bytes, &err);
                if (other == NULL) fail_msg("%s", err.msg);
                vt_free(data);
                vt_stz_destroy(fast);
                fast = other;
            }
            advance(plain, 1, 1);
            advance(fast, 1, 1);
            vt_stz_event a = vt_stz_last_event(plain), b = vt_stz_last_event(fast);
            assert_int_equal(a.kind, b.kind);
            assert_int_equal(a.sites, b.sites);
            if (a.sites == 0) continue;
            events++;
            assert_int_equal(a.x, b.x);
            assert_int_equal(a.y, b.y);
            assert_int_equal(a.mode, b.mode);
        }
        assert_true(events > 100);
        CHECK_NEAR(vt_stz_get_state(plain).stress[0], vt_stz_get_state(fast).stress[0], 1e-10);
        vt_stz_destroy(plain);
        vt_stz_destroy(fast);
    }
}

static void refused(vt_stz_options o, const char *why) {
    vt_error err = {0};
    assert_null(vt_stz_create(&o, &err));
    CHECK_MESSAGE(err, why);
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    vt_stz_options o = vt_stz_defaults();
    o.rows = 20;
    refused(o, "the number of rows of the lattice must be a multiple of 8");
    o = vt_stz_defaults();
    o.aspect = NAN;
    refused(o, "0.1 to 10 times as wide as it is high, got nan");
    o = vt_stz_defaults();
    o.later = -1;
    refused(o, "the factor on later eigenstrains must be from 0 to 10, got -1");
    o = vt_stz_defaults();
    o.residual = 2;
    refused(o, "the residual eigenstrain must be from 0 to 1, got 2");
    o = vt_stz_defaults();
    o.elastic.poisson = 1;
    refused(o, "below 1 in plane stress, got 1");
    o.elastic = (vt_stz_elastic){0.4, 0.5, true};
    refused(o, "below 0.5 in plane strain, got 0.5");
    o = vt_stz_defaults();
    o.spectrum = VT_STZ_HISTOGRAM;
    refused(o, "has 1 to 256 bins, got 0");
    o.bins = 2;
    refused(o, "must lie between 0 and 100 eV, got 2 bins of 0 eV");
    o.bins_step = 1;
    refused(o, "the histogram of barriers is empty");
    o.histogram[1] = -1;
    refused(o, "bin 2 of the histogram of barriers has a weight of -1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_waiting_times_follow_rates_that_decay),
        cmocka_unit_test(the_catalog_counts_the_waiting_time_or_not),
        cmocka_unit_test(the_literal_clock_counts_steps),
        cmocka_unit_test(barriers_follow_a_histogram),
        cmocka_unit_test(later_eigenstrains_are_smaller),
        cmocka_unit_test(residual_stress_stays),
        cmocka_unit_test(softening_follows_the_accumulated_strain),
        cmocka_unit_test(everything_together_is_one_lattice),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

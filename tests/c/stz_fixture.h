/* What the tests of the STZ lattice share. */
#ifndef VITRUM_TESTS_STZ_FIXTURE_H
#define VITRUM_TESTS_STZ_FIXTURE_H

#include "fixture.h"

#include "vitrum/stz.h"
#include "vitrum/units.h"

/* A lattice under tension at 1e-4/s. */
static inline vt_stz *tension_of(const vt_stz_options *o) {
    vt_error err = {0};
    vt_stz *s = vt_stz_create(o, &err);
    if (s == NULL) fail_msg("%s", err.msg);
    vt_stz_load load = vt_stz_load_uniaxial(1e-4 * VT_SECONDS, 1);
    REQUIRE_OK(vt_stz_set_load(s, &load, &err), err);
    return s;
}

/* Of n x n sites that burst: a wide spectrum, and softening that is held between events. */
static inline vt_stz_options bursting(int64_t n, vt_stz_engine engine, double slack,
                                      uint64_t seed) {
    vt_stz_options o = vt_stz_defaults();
    o.n = n;
    o.engine = engine;
    o.slack = slack;
    o.seed = seed;
    o.barrier_width = 0.25;
    o.elapsed = VT_STZ_HELD;
    return o;
}

static inline vt_stz *tension_lattice(int64_t n, vt_stz_engine engine, double slack,
                                      uint64_t seed) {
    vt_stz_options o = bursting(n, engine, slack, seed);
    return tension_of(&o);
}

/* Go on to a strain or for a number of steps, whichever comes first. */
static inline vt_status advance(vt_stz *s, double strain, int64_t steps) {
    vt_error err = {0};
    vt_stz_goal goal = {strain, INFINITY, steps, 0};
    vt_status status = vt_stz_run(s, &goal, &err);
    REQUIRE_OK(status, err);
    return status;
}

#endif

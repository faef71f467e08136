/* The plain engine: after every event the stress of all sites by transform and the rates of all
   their modes, with the exponential of the C library. Slow, and the judge of the fast one. */
#include <math.h>

#include "stz/internal.h"

/* The rate of a site; returns its lowest barrier. */
static double compute_site(vt_stz *s, int site) {
    double sum = 0, lowest = INFINITY;
    for (int m = 0; m < (int)s->options.modes; m++) {
        double barrier = vti_stz_barrier(s, site, m, s->p[site], s->q[site]);
        sum += s->options.attempt_frequency * exp(-barrier / s->kt);
        lowest = fmin(lowest, barrier);
    }
    s->rate[site] = sum;
    return lowest;
}

void vti_stz_refresh_plain(vt_stz *s, int site) {
    size_t b = (size_t)site / AREA;
    compute_site(s, site);
    s->total[b] = 0;
    for (size_t k = 0; k < AREA; k++) s->total[b] += s->rate[b * AREA + k];
    s->upper[b] = s->total[b];
}

vt_status vti_stz_settle_plain(vt_stz *s, vt_error *err) {
    vti_stz_state *state = &s->state;
    if (state->stale != 0 || state->changed != 0) vti_stz_solve_all(s);
    state->stale = 0;
    state->changed = 0;
    int64_t alive = 0;
    for (int64_t k = 0; k < state->recovering_count; k++)
        if (vti_stz_recover(s, s->recovering[k], state->time))
            s->recovering[alive++] = s->recovering[k];
    state->recovering_count = alive;

    state->change_count = 0;
    for (size_t b = 0; b < s->blocks; b++) {
        s->total[b] = 0;
        for (size_t k = 0; k < AREA; k++) {
            int site = (int)(b * AREA + k);
            double lowest = compute_site(s, site);
            s->total[b] += s->rate[site];
            s->upper[b] = s->total[b];
            if (lowest >= 0) continue;
            int mode = vti_stz_lowest(s, site, s->p[site], s->q[site], &lowest);
            if (vt_failed(vti_stz_add_change(s, site, mode, s->p[site], s->q[site], err)))
                return VT_ENOMEM;
        }
    }
    state->last.rate = vti_stz_sum_groups(s);
    state->last.excess = 0;
    return VT_OK;
}

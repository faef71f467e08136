/* The modes of a site: what it can do next, at which barrier, and how it softens. */
#include <math.h>

#include "stz/internal.h"

/* exp(-t/tau) below 1e-18 cannot be seen beside 1. */
static const double FORGOTTEN = 41.5;

/* A barrier from the histogram: where it has as much below as the normal distribution has below the
   number. */
static double from_histogram(const vt_stz *s, double normal) {
    const vt_stz_options *o = &s->options;
    double u = fmin(erfc(-normal / sqrt(2)) / 2, 1 - 1e-15), before;
    int low = 0, high = o->bins - 1;
    while (low < high) { /* the first bin that ends above u */
        int middle = (low + high) / 2;
        if (s->cumulative[middle] > u)
            high = middle;
        else
            low = middle + 1;
    }
    before = low > 0 ? s->cumulative[low - 1] : 0;
    double inside = (u - before) / (s->cumulative[low] - before);
    return fmax(o->bins_from + o->bins_step * (low + inside), 1e-9);
}

void vti_stz_draw_residual(vt_stz *s) {
    /* No site has as many modes. */
    const uint64_t step = UINT64_C(0xFFFF) << 16;
    double sum1 = 0, sum3 = 0;
    for (int y = 0; y < s->ny; y++)
        for (int x = 0; x < s->nx; x++) {
            double normal[4];
            int site = vti_stz_site(s, x, y);
            vt_random_normal4(s->options.seed, VT_STREAM_STZ_MODES,
                              (uint64_t)y * (uint64_t)s->nx + (uint64_t)x, step, normal);
            sum1 += s->rest1[site] = s->options.residual * normal[0];
            sum3 += s->rest3[site] = s->options.residual * normal[1];
        }
    for (size_t i = 0; i < s->sites; i++) {
        s->rest1[i] -= sum1 / (double)s->sites;
        s->rest3[i] -= sum3 / (double)s->sites;
    }
}

void vti_stz_draw(vt_stz *s, int site) {
    const vt_stz_options *o = &s->options;
    int x, y;
    vti_stz_place(s, site, &x, &y);
    uint64_t item = (uint64_t)y * (uint64_t)s->nx + (uint64_t)x;
    size_t stride = (size_t)s->stride;
    float *barrier = s->mode + 3 * stride * (size_t)site, *e1 = barrier + stride, *e3 = e1 + stride;
    double scale = o->eigenstrain * (s->generation[site] > 0 ? o->later : 1);
    float size = 0;
    for (int m = 0; m < (int)o->modes; m++) {
        double normal[4];
        uint64_t step = ((uint64_t)s->generation[site] << 32) | ((uint64_t)m << 16);
        vt_random_normal4(o->seed, VT_STREAM_STZ_MODES, item, step, normal);
        e1[m] = (float)(scale * normal[0]);
        e3[m] = (float)(scale * normal[1]);
        double f = o->spectrum == VT_STZ_HISTOGRAM ? from_histogram(s, normal[2])
                                                   : o->barrier_mean + o->barrier_width * normal[2];
        /* Barriers are positive: the others are drawn again. */
        if (f <= 0) f = o->barrier_mean + o->barrier_width * normal[3];
        for (uint64_t attempt = 1; f <= 0; attempt++) {
            vt_random_normal4(o->seed, VT_STREAM_STZ_MODES, item, step | attempt, normal);
            for (int k = 0; k < 4 && f <= 0; k++)
                f = o->barrier_mean + o->barrier_width * normal[k];
        }
        barrier[m] = (float)f;
        size = fmaxf(size, hypotf(e1[m], e3[m]));
    }
    for (size_t m = (size_t)o->modes; m < stride; m++) { /* never crossed */
        barrier[m] = 1e30f;
        e1[m] = e3[m] = 0;
    }
    s->size[site] = size * (1 + 1e-6f); /* an upper bound in spite of rounding */
}

double vti_stz_barrier(const vt_stz *s, int site, int m, double p, double q) {
    size_t stride = (size_t)s->stride;
    const float *mode = s->mode + 3 * stride * (size_t)site + m;
    return (double)mode[0] * s->soft[site] -
           s->half_volume * ((p + s->state.p_mean) * (double)mode[stride] +
                             (q + s->state.q_mean) * (double)mode[2 * stride]);
}

int vti_stz_lowest(const vt_stz *s, int site, double p, double q, double *lowest) {
    int best = 0;
    *lowest = INFINITY;
    for (int m = 0; m < (int)s->options.modes; m++) {
        double barrier = vti_stz_barrier(s, site, m, p, q);
        if (barrier < *lowest) {
            *lowest = barrier;
            best = m;
        }
    }
    return best;
}

int vti_stz_pick_mode(const vt_stz *s, int site, double p, double q, double target) {
    double sum = 0, fastest = -1;
    int best = 0;
    for (int m = 0; m < (int)s->options.modes; m++) {
        double rate =
            s->options.attempt_frequency * exp(-vti_stz_barrier(s, site, m, p, q) / s->kt);
        sum += rate;
        if (sum >= target) return m;
        if (rate > fastest) {
            fastest = rate;
            best = m;
        }
    }
    return best; /* rounding left the target beyond the sum */
}

double vti_stz_temporary(const vt_stz *s, int site, double time) {
    double elapsed = (time - s->since[site]) / s->recovery;
    return elapsed < FORGOTTEN ? s->temporary[site] * exp(-elapsed) : 0;
}

bool vti_stz_recover(vt_stz *s, int site, double time) {
    double temporary = vti_stz_temporary(s, site, time);
    s->soft[site] = exp(-(s->permanent[site] + temporary));
    return temporary > 0;
}

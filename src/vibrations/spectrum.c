/* From velocities to the density of states: Wiener and Khinchin, twice by fast Fourier transform.
 */
#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "vitrum/vibrations.h"

/* ---------------------------------------------------------------- autocorrelation ---- */

enum { GRAIN = 16 /* atoms that a thread takes at a time */ };

typedef struct {
    size_t frames, lags, padded;
    const float *velocity;
    double *sum;
    fftw_plan forward, backward;
    double *real;        /* of each worker: padded */
    double *power;       /* of each worker: padded/2 + 1 */
    fftw_complex *waves; /* of each worker: padded/2 + 1 */
} correlation;

static void correlate_some(void *context, size_t from, size_t to, int worker) {
    const correlation *c = context;
    size_t half = c->padded / 2 + 1, number = (size_t)worker;
    double *real = c->real + number * c->padded, *power = c->power + number * half;
    fftw_complex *waves = c->waves + number * half;
    for (size_t atom = from; atom < to; atom++) {
        memset(power, 0, half * sizeof *power);
        for (size_t axis = 0; axis < 3; axis++) {
            const float *v = c->velocity + (3 * atom + axis) * c->frames;
            for (size_t t = 0; t < c->frames; t++) real[t] = v[t];
            /* Zeros as long as the series keep its end from meeting its beginning. */
            memset(real + c->frames, 0, (c->padded - c->frames) * sizeof *real);
            fftw_execute_dft_r2c(c->forward, real, waves);
            for (size_t k = 0; k < half; k++)
                power[k] += waves[k][0] * waves[k][0] + waves[k][1] * waves[k][1];
        }
        for (size_t k = 0; k < half; k++) {
            waves[k][0] = power[k];
            waves[k][1] = 0;
        }
        fftw_execute_dft_c2r(c->backward, waves, real);
        double *sum = c->sum + atom * (c->lags + 1);
        for (size_t lag = 0; lag <= c->lags; lag++)
            sum[lag] += real[lag] / ((double)c->padded * (double)(c->frames - lag));
    }
}

/* The least number without large factors that is at least `least`: fast to transform. */
static size_t padded_size(size_t least) {
    for (size_t n = least + least % 2;; n += 2) {
        size_t rest = n;
        while (rest % 2 == 0) rest /= 2;
        while (rest % 3 == 0) rest /= 3;
        while (rest % 5 == 0) rest /= 5;
        if (rest == 1) return n;
    }
}

static void release(correlation *c) {
    if (c->forward != NULL) fftw_destroy_plan(c->forward);
    if (c->backward != NULL) fftw_destroy_plan(c->backward);
    vt_free(c->real);
    vt_free(c->power);
    vt_free(c->waves);
}

vt_status vt_autocorrelation_add(size_t count, size_t frames, const float *velocity, size_t lags,
                                 double *sum, vt_error *err) {
    if (lags >= frames)
        return vt_fail(err, VT_EINVAL, "an autocorrelation of %zu frames has at most %zu lags",
                       frames, frames > 0 ? frames - 1 : 0);
    correlation c = {.frames = frames,
                     .lags = lags,
                     .padded = padded_size(frames + lags),
                     .velocity = velocity,
                     .sum = sum};
    size_t workers = (size_t)vt_threads(), half = c.padded / 2 + 1;
    vt_status st = VT_OK;
    c.real = vt_alloc(workers * c.padded, sizeof *c.real);
    c.power = vt_alloc(workers * half, sizeof *c.power);
    c.waves = vt_alloc(workers * half, sizeof *c.waves);
    /* Plans by estimate are always the same; measured ones would change the last bits. */
    if (c.real != NULL && c.power != NULL && c.waves != NULL) {
        c.forward =
            fftw_plan_dft_r2c_1d((int)c.padded, c.real, c.waves, FFTW_ESTIMATE | FFTW_UNALIGNED);
        c.backward =
            fftw_plan_dft_c2r_1d((int)c.padded, c.waves, c.real, FFTW_ESTIMATE | FFTW_UNALIGNED);
    }
    if (c.forward == NULL || c.backward == NULL)
        st = vt_fail_memory(err, workers * c.padded, 4 * sizeof *c.real, "Fourier transforms");
    else
        st = vti_share_stoppable(count, GRAIN, correlate_some, &c, err);
    release(&c);
    return st;
}

/* ---------------------------------------------------------------- density of states ---- */

static double window_at(vt_window window, double x) {
    double c;
    switch (window) {
    case VT_WINDOW_HANN:
        c = cos(0.5 * 3.14159265358979323846 * x);
        return c * c;
    case VT_WINDOW_GAUSSIAN:
        return exp(-4.5 * x * x);
    case VT_WINDOW_NONE:
        break;
    }
    return 1;
}

/* Four times as many points as there are lags show a peak's top. */
size_t vt_density_points(size_t lags) {
    return 4 * padded_size(lags + 1) + 1;
}

vt_status vt_density_of_states(size_t lags, const double *c, double interval, vt_window window,
                               double *density, vt_error *err) {
    if (!(c[0] > 0) || !(interval > 0))
        return vt_fail(err, VT_EINVAL,
                       "the mean square of velocities is %g; without motion there is no spectrum",
                       c[0]);
    size_t points = vt_density_points(lags);
    memset(density, 0, points * sizeof *density);
    for (size_t t = 0; t <= lags; t++)
        density[t] = c[t] / c[0] * window_at(window, (double)t / (double)(lags + 1));
    /* An even extension: y_k = c_0 + 2 sum c_t cos(pi t k/(points - 1)). */
    fftw_plan plan = fftw_plan_r2r_1d((int)points, density, density, FFTW_REDFT00, FFTW_ESTIMATE);
    if (plan == NULL) return vt_fail_memory(err, points, sizeof *density, "a Fourier transform");
    fftw_execute(plan);
    fftw_destroy_plan(plan);
    for (size_t k = 0; k < points; k++) density[k] *= 2 * interval;
    return VT_OK;
}

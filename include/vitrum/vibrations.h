/** vibrations: how far the atoms of a solid swing, and at which frequencies.

    Both come from dynamics at low temperature that start in a minimum of the energy: amplitudes
    from where the atoms are, spectra from the autocorrelation of their velocities.

    Stands on: dynamics. */
#ifndef VITRUM_VIBRATIONS_H
#define VITRUM_VIBRATIONS_H

#include "vitrum/dynamics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- amplitudes ---- */

/** Sums over the frames of one half of a run: displacement of an atom from its place in the
    minimum, less that of the center of mass, and the square of it. A run is summed by halves, since
    a mean square about the mean place that is larger over the whole than over its halves tells
    atoms that go somewhere from atoms that swing. */
typedef struct {
    double displacement[3]; /**< [angstrom] */
    double square;          /**< [angstrom^2] */
} vt_amplitude;

typedef struct {
    int64_t settle;           /**< Steps of the plan before the first stretch between frames. */
    int64_t every;            /**< Steps from one frame to the next. */
    int64_t frames;           /**< Of the run; even. */
    const double (*place)[3]; /**< Of each atom in the minimum, unwrapped, in the user's order
                                   [angstrom]. */
} vt_vibration_options;

/** Go on with the plan of `md` for at most `most` steps and add the frames on the way, number k
    (from 1) after settle + k every steps of the plan, to `sum`: two amplitudes an atom, of the
    first and of the second half of the frames, in the user's order. `velocity` (may be NULL)
    receives the velocities of all frames, by atom, axis and frame, times the square root of the
    mass [angstrom/ps sqrt(amu)]. A run in pieces gives what a run in one gives. The system is ahead
    of the user's atoms afterwards. VT_EINVAL when the box moves or options make no sense. */
VT_API vt_status vt_vibrations_run(vt_md *md, const vt_vibration_options *options, int64_t most,
                                   vt_amplitude (*sum)[2], float *velocity, vt_error *err);

/* ---------------------------------------------------------------- spectra ---- */

/** Add to `sum`, `lags` + 1 numbers a series, the autocorrelation of series of velocities as
    vt_vibrations_run leaves them: for each of `count` atoms and each lag the mean over pairs of
    frames of the scalar product. Exact sums, by way of Fourier transforms. VT_EINVAL unless lags <
    frames; VT_ENOMEM; VT_EINTERRUPT, when some atoms have been added and others not. */
VT_API vt_status vt_autocorrelation_add(size_t count, size_t frames, const float *velocity,
                                        size_t lags, double *sum, vt_error *err);

/** What an autocorrelation is multiplied with before it is transformed: it ends at its last lag L,
    and an edge there would make waves in the spectrum. */
typedef enum {
    VT_WINDOW_NONE,
    VT_WINDOW_HANN,    /**< cos^2(pi t/2L) */
    VT_WINDOW_GAUSSIAN /**< exp(-(3 t/L)^2/2) */
} vt_window;

/** Number of points of the density below for a number of lags. */
VT_API size_t vt_density_points(size_t lags);

/** Density of states from an autocorrelation c of `lags` + 1 numbers `interval` [ps] apart,

        g(nu) = 4 int c(t)/c(0) cos(2 pi nu t) w(t) dt,

    for frequencies nu from 0 to 1/(2 interval) in vt_density_points equal steps [ps]; by the
    trapezoidal rule its integral is 1. VT_EINVAL unless c(0) is positive. */
VT_API vt_status vt_density_of_states(size_t lags, const double *c, double interval,
                                      vt_window window, double *density, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

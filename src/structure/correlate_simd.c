/* Sums over the atoms of a pair of frames, four at a time; compiled once per instruction set.
   Atoms that do not fill a vector any more are filled up with ones at rest. */
#include "base/simd.h"
#include "structure/correlate.h"

/* sin(x)/x for x >= 0 without a branch or a call: x is brought to [-pi, pi] and the Taylor series
   taken to x^21, which is good to 2e-11 there. */
VTI_INLINE lanes wave(lanes x) {
    const double pi = 3.14159265358979323846;
    const lanes magic = all(6755399441055744.0); /* adding it rounds to a whole number */
    lanes turns = (x * all(0.5 / pi) + magic) - magic;
    lanes y = x - turns * all(2 * pi), y2 = y * y;
    static const double TAYLOR[] = {1.0 / 51090942171709440000.0,
                                    -1.0 / 121645100408832000.0,
                                    1.0 / 355687428096000.0,
                                    -1.0 / 1307674368000.0,
                                    1.0 / 6227020800.0,
                                    -1.0 / 39916800.0,
                                    1.0 / 362880.0,
                                    -1.0 / 5040.0,
                                    1.0 / 120.0,
                                    -1.0 / 6.0,
                                    1.0};
    lanes p = all(TAYLOR[0]);
    for (size_t k = 1; k < sizeof TAYLOR / sizeof *TAYLOR; k++) p = p * y2 + all(TAYLOR[k]);
    lane_mask far = x > all(1e-4);
    return choose(far, y * p / choose(far, x, all(1)), all(1) - x * x * all(1.0 / 6));
}

/* Components of up to four atoms, zeros behind the last. */
VTI_INLINE lanes load_some(const double *from, size_t left) {
    if (left >= LANES) return load(from);
    lanes v = all(0);
    for (size_t k = 0; k < left; k++) v[k] = from[k];
    return v;
}

VTI_INLINE lanes square_of(const double *const now[3], const double *const then[3], size_t k,
                           size_t left) {
    lanes x = load_some(now[0] + k, left) - load_some(then[0] + k, left);
    lanes y = load_some(now[1] + k, left) - load_some(then[1] + k, left);
    lanes z = load_some(now[2] + k, left) - load_some(then[2] + k, left);
    return x * x + y * y + z * z;
}

void VTI_VARIANT(vti_correlate_positions)(const double *const now[3], const double *const then[3],
                                          size_t count, double q, vti_correlation *sums) {
    lanes square = all(0), fourth = all(0), waves = all(0);
    for (size_t k = 0; k < count; k += LANES) {
        lanes d2 = square_of(now, then, k, count - k);
        square += d2;
        fourth += d2 * d2;
        if (q > 0) waves += wave(all(q) * root(d2));
    }
    sums->square += sum(square);
    sums->fourth += sum(fourth);
    /* Those at rest that fill the last vector have a wave of 1. */
    size_t filled = (count + LANES - 1) / LANES * LANES - count;
    if (q > 0) sums->wave += sum(waves) - (double)filled;
}

void VTI_VARIANT(vti_correlate_velocities)(const double *const now[3], const double *const then[3],
                                           size_t count, vti_correlation *sums) {
    lanes dot = all(0);
    for (size_t k = 0; k < count; k += LANES)
        for (int m = 0; m < 3; m++)
            dot += load_some(now[m] + k, count - k) * load_some(then[m] + k, count - k);
    sums->dot += sum(dot);
}

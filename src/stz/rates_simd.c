/* The inner loops of the fast engine, four modes or sites at a time; compiled once per instruction
   set. No fused multiply-add: the bits are those of the scalar form on every processor. */
#include "stz/rates.h"

#include "base/simd.h"

typedef float four __attribute__((vector_size(16)));

VTI_INLINE lanes widen(const float *from) {
    four v;
    memcpy(&v, from, sizeof v);
    return __builtin_convertvector(v, lanes);
}

VTI_INLINE lanes exponential(lanes x) {
    lanes shifted = x * all(1.4426950408889634) + all(6755399441055744.0);
    lanes k = shifted - all(6755399441055744.0);
    lanes r = (x - k * all(6.93147180369123816490e-01)) - k * all(1.90821492927058770002e-10);
    lanes sum = all(1.0 / 6227020800);
    sum = sum * r + all(1.0 / 479001600);
    sum = sum * r + all(1.0 / 39916800);
    sum = sum * r + all(1.0 / 3628800);
    sum = sum * r + all(1.0 / 362880);
    sum = sum * r + all(1.0 / 40320);
    sum = sum * r + all(1.0 / 5040);
    sum = sum * r + all(1.0 / 720);
    sum = sum * r + all(1.0 / 120);
    sum = sum * r + all(1.0 / 24);
    sum = sum * r + all(1.0 / 6);
    sum = sum * r + all(0.5);
    sum = sum * r + all(1.0);
    sum = sum * r + all(1.0);
    lane_mask bits = ((lane_mask)shifted + 1023) << 52;
    return sum * (lanes)bits;
}

static void rate(const vti_rate_law *law, const float *modes, double soft, double p, double q,
                 double *total, double *lowest) {
    const float *barrier = modes, *e1 = modes + law->stride, *e3 = e1 + law->stride;
    lanes hp = all(law->half_volume * (p + law->p_mean));
    lanes hq = all(law->half_volume * (q + law->q_mean));
    lanes softening = all(soft), cut = all(law->cut), scale = all(law->minus_inverse);
    lanes sums = all(0), least = all(INFINITY);
    for (int m = 0; m < law->stride; m += LANES) {
        lanes height = widen(barrier + m) * softening - (hp * widen(e1 + m) + hq * widen(e3 + m));
        least = choose(height < least, height, least);
        lane_mask counts = height < cut;
        if (mask_bits(counts) == 0) continue; /* most modes cannot matter */
        lanes x = height * scale;
        x = choose(x < all(700), x, all(700));
        /* Below this the trick with the exponent's bits would fail; such modes do not count. */
        x = choose(counts, x, all(0));
        sums += choose(counts, exponential(x), all(0));
    }
    *total = law->frequency * sum(sums);
    double a = least[0] < least[2] ? least[0] : least[2];
    double b = least[1] < least[3] ? least[1] : least[3];
    *lowest = a < b ? a : b;
}

static void apply(const double *const kernel[3], const size_t row[8], double e1, double e3,
                  double *p, double *q) {
    lanes a = all(e1), c = all(e3);
    for (size_t k = 0; k < 8; k++)
        for (size_t x = 0; x < 8; x += LANES) {
            size_t from = row[k] + x, to = 8 * k + x;
            lanes mixed = load(kernel[1] + from);
            store(p + to, load(p + to) + (load(kernel[0] + from) * a + mixed * c));
            store(q + to, load(q + to) + (mixed * a + load(kernel[2] + from) * c));
        }
}

extern const vti_stz_kernels VTI_VARIANT(vti_stz_kernels);
const vti_stz_kernels VTI_VARIANT(vti_stz_kernels) = {rate, apply};

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
    lanes r2 = r * r, r4 = r2 * r2;
    lanes a0 = all(1.0) + r, a1 = all(1.0 / 2) + r * all(1.0 / 6);
    lanes a2 = all(1.0 / 24) + r * all(1.0 / 120), a3 = all(1.0 / 720) + r * all(1.0 / 5040);
    lanes a4 = all(1.0 / 40320) + r * all(1.0 / 362880);
    lanes a5 = all(1.0 / 3628800) + r * all(1.0 / 39916800);
    lanes b0 = a0 + a1 * r2, b1 = a2 + a3 * r2, b2 = a4 + a5 * r2;
    lanes sums = b0 + r4 * (b1 + r4 * b2);
    lane_mask bits = ((lane_mask)shifted + 1023) << 52;
    return sums * (lanes)bits;
}

VTI_INLINE double least(lanes v) {
    double a = v[0] < v[2] ? v[0] : v[2], b = v[1] < v[3] ? v[1] : v[3];
    return a < b ? a : b;
}

static void rate(const vti_rate_law *law, const float *modes, double soft, double p, double q,
                 double *total, double *lowest) {
    const float *barrier = modes, *e1 = modes + law->stride, *e3 = e1 + law->stride;
    lanes hp = all(law->half_volume * (p + law->p_mean));
    lanes hq = all(law->half_volume * (q + law->q_mean));
    lanes softening = all(soft), cut = all(law->cut), scale = all(law->minus_inverse);
    lanes sums = all(0), heights = all(INFINITY);
    double x[VTI_STZ_MODES_ROOM];
    int counted = 0;
    for (int m = 0; m < law->stride; m += LANES) {
        lanes height = widen(barrier + m) * softening - (hp * widen(e1 + m) + hq * widen(e3 + m));
        heights = choose(height < heights, height, heights);
        /* Most modes cannot matter; the others are packed for the exponential. */
        int bits = mask_bits(height < cut);
        pack(x + counted, height * scale, bits);
        counted += (int)__builtin_popcount((unsigned)bits);
    }
    for (int k = 0; k < counted; k += LANES) {
        lanes v = load(x + k);
        lane_index left = {0, 1, 2, 3};
        lane_mask counts = __builtin_convertvector(left < counted - k, lane_mask);
        v = choose(v < all(700), v, all(700));
        v = choose(counts, v, all(0)); /* what lies behind the last one is no number */
        sums += choose(counts, exponential(v), all(0));
    }
    *total = law->frequency * sum(sums);
    *lowest = least(heights);
}

VTI_INLINE lanes magnitude(lanes v) {
    return (lanes)((lane_bits)v & (uint64_t)INT64_MAX);
}

static uint64_t change(const vti_rate_law *law, double factor, double keep, double most,
                       const vti_sites *s, double *x) {
    uint64_t stale = 0;
    lanes p_mean = all(law->p_mean), q_mean = all(law->q_mean);
    for (int i = 0; i < 64; i += LANES) {
        lanes dp = (load(s->p + i) + p_mean) - load(s->p_known + i);
        lanes dq = (load(s->q + i) + q_mean) - load(s->q_known + i);
        lanes v = all(factor) * widen(s->size + i) * root(dp * dp + dq * dq);
        lanes half = all(0.5) * load(s->margin + i), more = load(s->rate + i) * (v * (all(1) + v));
        store(x + i, v);
        lane_mask far = (v > least_of(half, all(keep))) | (more > all(most));
        stale |= (uint64_t)mask_bits(far) << i;
    }
    return stale;
}

static int sum_sites(const vti_sites *s, const double *x, vti_rate_sums *sums) {
    lanes total = all(0), base = all(0), weight = all(0), widest = all(0);
    lanes limit = all(sums->limit);
    int missing = 0;
    for (int i = 0; i < 64; i += LANES) {
        lanes size = widen(s->size + i), rates = load(s->rate + i), v = load(x + i);
        lanes more = rates * (v * (all(1) + v)), margin = load(s->margin + i), left = margin - v;
        lane_mask none = margin < all(0);
        total += rates;
        base += more;
        weight += (rates + more) * size;
        widest = choose(size > widest, size, widest);
        missing |= mask_bits(none);
        limit = least_of(choose(none, limit, left), limit);
    }
    lanes largest = -widest;
    sums->total = sum(total);
    sums->base = sum(base);
    sums->weight = sum(weight);
    sums->widest = -least(largest);
    sums->limit = least(limit);
    return missing != 0;
}

static void spread(size_t count, const double *reach, const int32_t *applied, int32_t start,
                   double net, double path, double *moved) {
    size_t b = 0;
    for (; b + LANES <= count; b += LANES) {
        lane_index taken;
        memcpy(&taken, applied + b, sizeof taken);
        lane_mask whole = __builtin_convertvector(taken > start, lane_mask);
        lanes size = choose(whole, all(path), all(net));
        store(moved + b, load(moved + b) + size * load(reach + b));
    }
    for (; b < count; b++) moved[b] += (applied[b] > start ? path : net) * reach[b];
}

static size_t bound(size_t count, const vti_bounds *k, double *upper, double *excess,
                    int32_t *due) {
    lanes factor = all(k->factor), p_mean = all(k->p_mean), q_mean = all(k->q_mean);
    size_t found = 0;
    for (size_t b = 0; b < count; b += LANES) {
        lanes p = magnitude(p_mean - load(k->p_seen + b));
        lanes q = magnitude(q_mean - load(k->q_seen + b));
        lanes c = factor * (load(k->moved + b) + (p + q)), x = c * load(k->widest + b);
        lanes y = x * all(0.125), e = all(1) + y * (all(1) + y);
        e *= e;
        e *= e;
        e *= e;
        lanes more = load(k->base + b) + c * load(k->weight + b) * (all(0.5) + all(0.5) * e);
        store(excess + b, more);
        store(upper + b, load(k->total + b) + more);
        int bits = mask_bits(x > load(k->limit + b));
        for (; bits != 0; bits &= bits - 1)
            due[found++] = (int32_t)b + __builtin_ctz((unsigned)bits);
    }
    return found;
}

static double add(size_t count, const double *values) {
    lanes sums = all(0);
    size_t k = 0;
    for (; k + LANES <= count; k += LANES) sums += load(values + k);
    for (; k < count; k++) sums[k % LANES] += values[k];
    return sum(sums);
}

static void apply(const double *const kernel[2], const size_t row[8], double sum, double e1,
                  double e3, double *p, double *q) {
    lanes a = all(e1), c = all(e3), both = all(sum);
    for (size_t k = 0; k < 8; k++)
        for (size_t x = 0; x < 8; x += LANES) {
            size_t from = row[k] + x, to = 8 * k + x;
            lanes first = load(kernel[0] + from), mixed = load(kernel[1] + from);
            store(p + to, load(p + to) + (first * a + mixed * c));
            store(q + to, load(q + to) + (mixed * a + (both - first) * c));
        }
}

extern const vti_stz_kernels VTI_VARIANT(vti_stz_kernels);
const vti_stz_kernels VTI_VARIANT(vti_stz_kernels) = {rate,   apply, change, sum_sites,
                                                      spread, bound, add};

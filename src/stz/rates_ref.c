/* The inner loops of the fast engine, read like the equations: Q = F exp(-eta) - V/2 (p e1 + q e3)
   and nu0 exp(-Q/kT). Four running sums, in the order of the vector form. */
#include <math.h>
#include <string.h>

#include "stz/rates.h"

/* exp(x) = 2^k exp(r), r = x - k ln 2 in two parts (Cody and Waite, 1980), and for exp(r) its
   Taylor series to r^11/11!, whose remainder for |r| <= ln(2)/2 is below 1e-14, summed in pairs
   (Estrin) to keep the chain of operations short. Adding and taking away 1.5 2^52 rounds to a whole
   number, which then stands in the low bits. */
double vti_stz_exp(double x) {
    static const double LOG2E = 1.4426950408889634, LN2_HIGH = 6.93147180369123816490e-01,
                        LN2_LOW = 1.90821492927058770002e-10, ROUND = 6755399441055744.0;
    double shifted = x * LOG2E + ROUND, k = shifted - ROUND;
    double r = (x - k * LN2_HIGH) - k * LN2_LOW, r2 = r * r, r4 = r2 * r2;
    double a0 = 1.0 + r, a1 = 1.0 / 2 + r * (1.0 / 6), a2 = 1.0 / 24 + r * (1.0 / 120);
    double a3 = 1.0 / 720 + r * (1.0 / 5040), a4 = 1.0 / 40320 + r * (1.0 / 362880);
    double a5 = 1.0 / 3628800 + r * (1.0 / 39916800);
    double b0 = a0 + a1 * r2, b1 = a2 + a3 * r2, b2 = a4 + a5 * r2;
    double sum = b0 + r4 * (b1 + r4 * b2);
    int64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (int64_t)((uint64_t)(bits + 1023) << 52);
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

static void rate_reference(const vti_rate_law *law, const float *modes, double soft, double p,
                           double q, double *rate, double *lowest) {
    const float *barrier = modes, *e1 = modes + law->stride, *e3 = e1 + law->stride;
    double hp = law->half_volume * (p + law->p_mean), hq = law->half_volume * (q + law->q_mean);
    double sum[4] = {0, 0, 0, 0}, least = INFINITY;
    int counted = 0;
    for (int m = 0; m < law->stride; m++) {
        double height = (double)barrier[m] * soft - (hp * (double)e1[m] + hq * (double)e3[m]);
        least = height < least ? height : least;
        if (!(height < law->cut)) continue;
        double x = height * law->minus_inverse;
        sum[counted++ % 4] += vti_stz_exp(x < 700 ? x : 700);
    }
    *rate = law->frequency * ((sum[0] + sum[2]) + (sum[1] + sum[3]));
    *lowest = least;
}

static void apply_reference(const double *const kernel[2], const size_t row[8], double sum,
                            double e1, double e3, double *p, double *q) {
    for (size_t k = 0; k < 8; k++)
        for (size_t x = 0; x < 8; x++) {
            size_t from = row[k] + x, to = 8 * k + x;
            p[to] += kernel[0][from] * e1 + kernel[1][from] * e3;
            q[to] += kernel[1][from] * e1 + (sum - kernel[0][from]) * e3;
        }
}

static uint64_t change_reference(const vti_rate_law *law, double factor, double keep, double most,
                                 const vti_sites *s, double *x) {
    uint64_t stale = 0;
    for (int i = 0; i < 64; i++) {
        double dp = (s->p[i] + law->p_mean) - s->p_known[i];
        double dq = (s->q[i] + law->q_mean) - s->q_known[i];
        x[i] = factor * (double)s->size[i] * sqrt(dp * dp + dq * dq);
        double half = 0.5 * s->margin[i], more = s->rate[i] * (x[i] * (1 + x[i]));
        if (x[i] > (half < keep ? half : keep) || more > most) stale |= UINT64_C(1) << i;
    }
    return stale;
}

static int sum_reference(const vti_sites *s, const double *x, vti_rate_sums *sums) {
    double total[4] = {0}, base[4] = {0}, weight[4] = {0}, widest = 0, limit = sums->limit;
    int missing = 0;
    for (int i = 0; i < 64; i++) {
        double size = (double)s->size[i], more = s->rate[i] * (x[i] * (1 + x[i]));
        double left = s->margin[i] - x[i];
        total[i % 4] += s->rate[i];
        base[i % 4] += more;
        weight[i % 4] += (s->rate[i] + more) * size;
        widest = size > widest ? size : widest;
        missing |= s->margin[i] < 0;
        left = s->margin[i] < 0 ? limit : left;
        limit = left < limit ? left : limit;
    }
    sums->total = (total[0] + total[2]) + (total[1] + total[3]);
    sums->base = (base[0] + base[2]) + (base[1] + base[3]);
    sums->weight = (weight[0] + weight[2]) + (weight[1] + weight[3]);
    sums->widest = widest;
    sums->limit = limit;
    return missing;
}

static void spread_reference(size_t count, const double *reach, const int32_t *applied,
                             int32_t start, double net, double path, double *moved) {
    for (size_t b = 0; b < count; b++) moved[b] += (applied[b] > start ? path : net) * reach[b];
}

static size_t bound_reference(size_t count, const vti_bounds *k, double *upper, double *excess,
                              int32_t *due) {
    size_t found = 0;
    for (size_t b = 0; b < count; b++) {
        double p = fabs(k->p_mean - k->p_seen[b]), q = fabs(k->q_mean - k->q_seen[b]);
        double c = k->factor * (k->moved[b] + (p + q)), x = c * k->widest[b];
        double y = x * 0.125, e = 1 + y * (1 + y);
        e *= e;
        e *= e;
        e *= e;
        excess[b] = k->base[b] + c * k->weight[b] * (0.5 + 0.5 * e);
        upper[b] = k->total[b] + excess[b];
        if (x > k->limit[b]) due[found++] = (int32_t)b;
    }
    return found;
}

static double add_reference(size_t count, const double *values) {
    double part[4] = {0, 0, 0, 0};
    for (size_t k = 0; k < count; k++) part[k % 4] += values[k];
    return (part[0] + part[2]) + (part[1] + part[3]);
}

const vti_stz_kernels vti_stz_kernels_reference = {
    rate_reference,   apply_reference, change_reference, sum_reference,
    spread_reference, bound_reference, add_reference};

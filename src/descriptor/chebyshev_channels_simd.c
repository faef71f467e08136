/* Spherical Chebyshev descriptors: from the sums of each species to features, and back. Loops that
   the compiler turns into vectors. */
#include "base/simd.h"
#include "descriptor/chebyshev.h"

static size_t numbers_of(const vti_chebyshev *p) {
    return (size_t)p->radial * (size_t)p->harmonics;
}

static void join(const vti_chebyshev *p, const double *c, double *channel) {
    size_t n = numbers_of(p);
    for (int k = 0; k < p->channels; k++)
        for (int s = 0; s < p->species; s++) {
            double mark = p->mark[k][s], *restrict to = channel + (size_t)k * n;
            const double *restrict from = c + (size_t)s * n;
            if (s == 0)
                for (size_t q = 0; q < n; q++) to[q] = mark * from[q];
            else
                for (size_t q = 0; q < n; q++) to[q] += mark * from[q];
        }
}

/* Sum over m of the products of a and b with their weights. */
static void sum_orders(const vti_chebyshev *p, const double *a, const double *b, double factor,
                       double *features) {
    double part[VTI_CHEBYSHEV_HARMONICS];
    for (int row = 0; row < p->channels * p->radial; row++) {
        const double *x = a + row * p->harmonics, *y = b + row * p->harmonics;
        double *to = features + row * (p->degree + 1);
        for (int h = 0; h < p->harmonics; h++) part[h] = p->weight[h] * x[h] * y[h];
        for (int l = 0; l <= p->degree; l++) {
            double sum = 0;
            for (int h = l * l; h < (l + 1) * (l + 1); h++) sum += part[h];
            to[l] = factor * sum;
        }
    }
}

static void features_of(const vti_chebyshev *p, const double *channel, double *features) {
    sum_orders(p, channel, channel, 1, features);
}

static void changes_of(const vti_chebyshev *p, const double *channel, const double *change,
                       double *features) {
    sum_orders(p, channel, change, 2, features);
}

static void back(const vti_chebyshev *p, const double *channel, const double *by_features,
                 double *by_channel) {
    double factor[VTI_CHEBYSHEV_HARMONICS] = {0};
    for (int row = 0; row < p->channels * p->radial; row++) {
        const double *restrict x = channel + row * p->harmonics;
        const double *from = by_features + row * (p->degree + 1);
        double *restrict to = by_channel + row * p->harmonics;
        for (int l = 0; l <= p->degree; l++)
            for (int h = l * l; h < (l + 1) * (l + 1); h++) factor[h] = 2 * from[l];
        for (int h = 0; h < p->harmonics; h++) to[h] = p->weight[h] * factor[h] * x[h];
    }
}

static void split(const vti_chebyshev *p, const double *by_channel, int species, double *by_c) {
    size_t n = numbers_of(p);
    const double mark = p->mark[1][species], *restrict first = by_channel;
    const double *restrict second = by_channel + n;
    if (p->channels == 1)
        memcpy(by_c, by_channel, n * sizeof *by_c);
    else
        for (size_t q = 0; q < n; q++) by_c[q] = first[q] + mark * second[q];
}

const vti_chebyshev_channels VTI_VARIANT(vti_chebyshev_channels) = {join, features_of, changes_of,
                                                                    back, split};

#include "minimize/vectors.h"

#include <math.h>

#include "vitrum/base.h"

/* 4096 doubles are 32 KiB: long enough to hide the cost of a block, short enough that a small
   cluster of atoms still spreads over the threads of a desktop. */
enum { BLOCK = 4096, MAX_BLOCKS = 4096 };

/* Block length such that MAX_BLOCKS suffice; depends on n alone. */
static size_t block_length(size_t n) {
    size_t length = BLOCK;
    while (n / length >= MAX_BLOCKS) length *= 2;
    return length;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static double sum_in_order(size_t n, const double *part) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += part[k];
    return sum;
}

/* Eight running sums let the compiler use vectors without reordering anything. */
static double block_dot(size_t n, const double *restrict a, const double *restrict b) {
    double s[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++) s[k] += a[i + k] * b[i + k];
    for (size_t k = 0; i < n; i++, k++) s[k] += a[i] * b[i];
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

double vti_dot(size_t n, const double *a, const double *b) {
    double part[MAX_BLOCKS];
    size_t length = block_length(n), blocks = (n + length - 1) / length;
#pragma omp parallel for schedule(static) num_threads(vt_threads()) if (blocks > 4)
    for (size_t k = 0; k < blocks; k++)
        part[k] = block_dot(smaller(length, n - k * length), a + k * length, b + k * length);
    return sum_in_order(blocks, part);
}

void vti_axpy(size_t n, double a, const double *x, double *y) {
#pragma omp parallel for schedule(static) num_threads(vt_threads()) if (n > 4 * BLOCK)
    for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

double vti_axpy_dot(size_t n, double a, const double *x, double *y, const double *z) {
    double part[MAX_BLOCKS];
    size_t length = block_length(n), blocks = (n + length - 1) / length;
#pragma omp parallel for schedule(static) num_threads(vt_threads()) if (blocks > 4)
    for (size_t k = 0; k < blocks; k++) {
        size_t begin = k * length, m = smaller(length, n - begin);
        const double *restrict from = x + begin;
        double *restrict to = y + begin;
        for (size_t i = 0; i < m; i++) to[i] += a * from[i];
        part[k] = block_dot(m, to, z + begin);
    }
    return sum_in_order(blocks, part);
}

void vti_step(size_t n, const double *x, double a, const double *d, double *out) {
#pragma omp parallel for schedule(static) num_threads(vt_threads()) if (n > 4 * BLOCK)
    for (size_t i = 0; i < n; i++) out[i] = x[i] + a * d[i];
}

double vti_largest(size_t atoms, const double *v) {
    const double *x = v, *y = v + atoms, *z = v + 2 * atoms;
    double largest = 0;
    for (size_t i = 0; i < atoms; i++) {
        double square = x[i] * x[i] + y[i] * y[i] + z[i] * z[i];
        if (!(square <= largest)) largest = square;
        if (isnan(square)) return square;
    }
    return sqrt(largest);
}

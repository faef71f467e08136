#include "minimize/vectors.h"

#include <math.h>

#include "base/share.h"
#include "base/sums.h"

/* 4096 doubles are 32 KiB: long enough to hide the cost of a block, short enough that a small
   cluster of atoms still spreads over the threads of a desktop. */
enum { BLOCK = 4096, MAX_BLOCKS = 4096 };

static size_t block_length(size_t n) {
    return vti_block_length(n, BLOCK, MAX_BLOCKS);
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
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

/* Vectors of n numbers, cut into blocks of `length`; what a loop does not need stays empty. */
typedef struct {
    size_t n, length;
    double a;
    const double *x, *z;
    double *y, *part;
} vectors;

static size_t block_count(const vectors *v) {
    return vti_blocks(v->n, v->length);
}

static void dot_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vectors *v = context;
    for (size_t k = from; k < to; k++) {
        size_t begin = k * v->length;
        v->part[k] = block_dot(smaller(v->length, v->n - begin), v->x + begin, v->z + begin);
    }
}

static void axpy_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vectors *v = context;
    const double *restrict x = v->x;
    double *restrict y = v->y;
    for (size_t i = from * v->length; i < smaller(to * v->length, v->n); i++) y[i] += v->a * x[i];
}

static void axpy_dot_blocks(void *context, size_t from, size_t to, int worker) {
    const vectors *v = context;
    for (size_t k = from; k < to; k++) {
        size_t begin = k * v->length;
        axpy_blocks(context, k, k + 1, worker);
        v->part[k] = block_dot(smaller(v->length, v->n - begin), v->y + begin, v->z + begin);
    }
}

static void step_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vectors *v = context;
    for (size_t i = from * v->length; i < smaller(to * v->length, v->n); i++)
        v->y[i] = v->x[i] + v->a * v->z[i];
}

double vti_dot(size_t n, const double *a, const double *b) {
    double part[MAX_BLOCKS];
    vectors v = {.n = n, .length = block_length(n), .x = a, .z = b, .part = part};
    vti_share(block_count(&v), 1, dot_blocks, &v);
    return vti_add_up(part, block_count(&v));
}

void vti_axpy(size_t n, double a, const double *x, double *y) {
    vectors v = {.n = n, .length = block_length(n), .a = a, .x = x, .y = y};
    vti_share(block_count(&v), 1, axpy_blocks, &v);
}

double vti_axpy_dot(size_t n, double a, const double *x, double *y, const double *z) {
    double part[MAX_BLOCKS];
    vectors v = {.n = n, .length = block_length(n), .a = a, .x = x, .y = y, .z = z, .part = part};
    vti_share(block_count(&v), 1, axpy_dot_blocks, &v);
    return vti_add_up(part, block_count(&v));
}

void vti_step(size_t n, const double *x, double a, const double *d, double *out) {
    vectors v = {.n = n, .length = block_length(n), .a = a, .x = x, .z = d, .y = out};
    vti_share(block_count(&v), 1, step_blocks, &v);
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

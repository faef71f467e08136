#include "minimize/vectors.h"

#include <math.h>

#include "base/share.h"
#include "base/sums.h"
#include "minimize/kernels.h"

/* 4096 doubles are 32 KiB: long enough to hide the cost of a block, short enough that a small
   cluster of atoms still spreads over the threads of a desktop. */
enum { BLOCK = 4096, MAX_BLOCKS = 4096 };

/* Vectors that one pass reads, in blocks short enough for the other operand to stay in the
   first-level cache. */
enum { AT_ONCE = 8, SHORT_BLOCK = 1024, SHORT_BLOCKS = BLOCK / SHORT_BLOCK, MOST_ROWS = 2048 };

static size_t block_length(size_t n) {
    return vti_block_length(n, BLOCK, MAX_BLOCKS);
}

static size_t short_length(size_t n) {
    return vti_block_length(n, SHORT_BLOCK, MOST_ROWS);
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
    /* Several vectors, for each block a row of sums with each of them. */
    size_t count;
    const double *const *v;
    double (*row)[2 * AT_ONCE];
    const vti_change *change;
    /* Or a factor for each. */
    const vti_sum_of_vectors *sum;
    double *next;
    const vti_vector_kernels *kernels;
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

static vti_stack stack_of(const vectors *v, size_t block) {
    size_t begin = block * v->length;
    return (vti_stack){smaller(v->length, v->n - begin), v->count, v->v, begin};
}

static void dots_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vectors *v = context;
    for (size_t b = from; b < to; b++) {
        const vti_stack stack = stack_of(v, b);
        const double *y = v->z != NULL ? v->z + stack.begin : NULL;
        v->kernels->dots(&stack, v->x + stack.begin, y, v->row[b], v->row[b] + AT_ONCE);
    }
}

/* Block by block, so that y stays in the cache. */
static void combine_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vectors *v = context;
    const vti_sum_of_vectors *sum = v->sum;
    for (size_t b = from; b < to; b++) {
        const vti_stack stack = stack_of(v, b);
        const double *start = sum->from + stack.begin;
        double *out = sum->to + stack.begin;
        for (size_t i = 0; i < stack.n; i++) out[i] = sum->a * start[i];
        v->kernels->combine(&stack, sum->factor, out);
        if (v->next != NULL)
            v->part[b] = v->kernels->advance(stack.n, v->x + stack.begin, out, v->z + stack.begin,
                                             v->next + stack.begin);
    }
}

/* A row of `part` for each block: sums with g, with y, and s.s. */
static size_t row_length(size_t count) {
    return 2 * count + 1;
}

static void change_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const vectors *v = context;
    const vti_change *c = v->change;
    for (size_t b = from; b < to; b++) {
        const vti_stack stack = stack_of(v, b);
        size_t at = stack.begin;
        double *row = v->part + b * row_length(v->count);
        row[2 * v->count] = v->kernels->difference(stack.n, c->x + at, c->x0 + at, c->s + at);
        v->kernels->difference(stack.n, c->g + at, c->g0 + at, c->y + at);
        v->kernels->dots(&stack, c->g + at, c->y + at, row, row + v->count);
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

static const vti_vector_kernels *best_kernels(void) {
#if defined(__x86_64__)
    vt_simd simd = vt_simd_best();
    if (simd == VT_SIMD_AVX2) return &vti_vector_kernels_avx2;
    if (simd == VT_SIMD_AVX512) return &vti_vector_kernels_avx512;
#endif
    return &vti_vector_kernels_baseline;
}

void vti_dots(size_t n, size_t count, const double *const *all, const double *x, const double *y,
              double *in_x, double *in_y) {
    double row[MOST_ROWS][2 * AT_ONCE];
    vectors v = {
        .n = n, .length = short_length(n), .x = x, .z = y, .row = row, .kernels = best_kernels()};
    for (size_t first = 0; first < count; first += AT_ONCE) {
        v.v = all + first;
        v.count = smaller(AT_ONCE, count - first);
        vti_share(block_count(&v), SHORT_BLOCKS, dots_blocks, &v);
        for (size_t k = 0; k < v.count; k++) {
            double sum = 0, other = 0;
            for (size_t b = 0; b < block_count(&v); b++) {
                sum += row[b][k];
                other += y != NULL ? row[b][AT_ONCE + k] : 0;
            }
            in_x[first + k] = sum;
            if (y != NULL) in_y[first + k] = other;
        }
    }
}

size_t vti_parts(size_t n, size_t count) {
    return vti_blocks(n, short_length(n)) * row_length(count);
}

double vti_dots_of_change(size_t n, const vti_change *change, size_t count,
                          const double *const *all, double *part, double *in_g, double *in_y) {
    vectors v = {.n = n,
                 .length = short_length(n),
                 .part = part,
                 .count = count,
                 .v = all,
                 .change = change,
                 .kernels = best_kernels()};
    size_t blocks = block_count(&v), row = row_length(count);
    vti_share(blocks, SHORT_BLOCKS, change_blocks, &v);
    double square;
    vti_add_blocks(part, blocks, row, count, in_g);
    vti_add_blocks(part + count, blocks, row, count, in_y);
    vti_add_blocks(part + 2 * count, blocks, row, 1, &square);
    return square;
}

static vectors summation(size_t n, const vti_sum_of_vectors *sum) {
    return (vectors){.n = n,
                     .length = short_length(n),
                     .count = sum->count,
                     .v = sum->v,
                     .sum = sum,
                     .kernels = best_kernels()};
}

void vti_combine(size_t n, const vti_sum_of_vectors *sum) {
    vectors v = summation(n, sum);
    vti_share(block_count(&v), SHORT_BLOCKS, combine_blocks, &v);
}

double vti_combine_and_advance(size_t n, const vti_sum_of_vectors *sum, const double *g,
                               const double *x, double *next) {
    double part[MOST_ROWS];
    vectors v = summation(n, sum);
    v.x = x;
    v.z = g;
    v.next = next;
    v.part = part;
    vti_share(block_count(&v), SHORT_BLOCKS, combine_blocks, &v);
    return vti_add_up(part, block_count(&v));
}

void vti_step(size_t n, const double *x, double a, const double *d, double *out) {
    vectors v = {.n = n, .length = block_length(n), .a = a, .x = x, .z = d, .y = out};
    vti_share(block_count(&v), 1, step_blocks, &v);
}

double vti_largest(size_t atoms, const double *v) {
    const double *x = v, *y = v + atoms, *z = v + 2 * atoms;
    /* Eight running numbers, as above; a sum tells whether one of all is none. */
    double largest[8] = {0}, all = 0, most = 0;
    for (size_t i = 0; i < atoms; i += 8)
        for (size_t k = 0; k < smaller(8, atoms - i); k++) {
            double square = x[i + k] * x[i + k] + y[i + k] * y[i + k] + z[i + k] * z[i + k];
            largest[k] = square > largest[k] ? square : largest[k];
            all += square;
        }
    for (size_t k = 0; k < 8; k++) most = fmax(most, largest[k]);
    return isnan(all) ? all : sqrt(most);
}

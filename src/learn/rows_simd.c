/* Products of weights with samples and sums of samples, in double precision whatever the samples
   are stored in. Both read every sample once and do little with it: several rows at a time keep
   the processor waiting for memory and for nothing else. */
#include "learn/rows.h"

#include "base/simd.h"

enum { TOGETHER = 4 /* rows */ };

/* The same for both types of numbers. The sums of a row are taken in lanes, in one order. */
#define ROW_FUNCTIONS(type)                                                                        \
    static void score_##type(const type *row[TOGETHER], size_t width, const double *w,             \
                             double out[TOGETHER]) {                                               \
        double a = 0, b = 0, c = 0, d = 0;                                                         \
        const type *p = row[0], *q = row[1], *r = row[2], *s = row[3];                             \
        _Pragma("omp simd reduction(+ : a, b, c, d)") for (size_t k = 0; k < width; k++) {         \
            a += w[k] * (double)p[k];                                                              \
            b += w[k] * (double)q[k];                                                              \
            c += w[k] * (double)r[k];                                                              \
            d += w[k] * (double)s[k];                                                              \
        }                                                                                          \
        out[0] = a;                                                                                \
        out[1] = b;                                                                                \
        out[2] = c;                                                                                \
        out[3] = d;                                                                                \
    }                                                                                              \
    static void add_##type(const type *row[TOGETHER], size_t width, const double f[TOGETHER],      \
                           double *restrict sum) {                                                 \
        const type *p = row[0], *q = row[1], *r = row[2], *s = row[3];                             \
        double a = f[0], b = f[1], c = f[2], d = f[3];                                             \
        _Pragma("omp simd") for (size_t k = 0; k < width; k++) sum[k] +=                           \
            (a * (double)p[k] + b * (double)q[k]) + (c * (double)r[k] + d * (double)s[k]);         \
    }                                                                                              \
    static void copy_##type(const type *row, size_t width, double factor, double *restrict to) {   \
        _Pragma("omp simd") for (size_t k = 0; k < width; k++) to[k] = factor * (double)row[k];    \
    }                                                                                              \
    static void score_rows_##type(const vti_rows *rows, size_t first, size_t count,                \
                                  const double *w, double *out) {                                  \
        const type *data = (const type *)rows->data + (ptrdiff_t)first * rows->stride;             \
        for (size_t k = 0; k < count; k += TOGETHER) {                                             \
            const type *row[TOGETHER];                                                             \
            double result[TOGETHER];                                                               \
            for (size_t m = 0; m < TOGETHER; m++)                                                  \
                row[m] = data + (ptrdiff_t)(k + m < count ? k + m : count - 1) * rows->stride;     \
            score_##type(row, rows->columns, w, result);                                           \
            for (size_t m = 0; m < TOGETHER && k + m < count; m++) out[k + m] = result[m];         \
        }                                                                                          \
    }                                                                                              \
    static void add_rows_##type(const vti_rows *rows, size_t first, size_t count,                  \
                                const double *factor, double *sum) {                               \
        const type *data = (const type *)rows->data + (ptrdiff_t)first * rows->stride;             \
        const type *row[TOGETHER] = {data, data, data, data};                                      \
        double f[TOGETHER] = {0};                                                                  \
        size_t held = 0;                                                                           \
        for (size_t k = 0; k < count; k++) {                                                       \
            if (factor[k] == 0) continue;                                                          \
            row[held] = data + (ptrdiff_t)k * rows->stride;                                        \
            f[held++] = factor[k];                                                                 \
            if (held < TOGETHER) continue;                                                         \
            add_##type(row, rows->columns, f, sum);                                                \
            held = 0;                                                                              \
        }                                                                                          \
        if (held == 0) return;                                                                     \
        for (; held < TOGETHER; held++) {                                                          \
            row[held] = row[0];                                                                    \
            f[held] = 0;                                                                           \
        }                                                                                          \
        add_##type(row, rows->columns, f, sum);                                                    \
    }

ROW_FUNCTIONS(float)
ROW_FUNCTIONS(double)

static void score(const vti_rows *rows, size_t first, size_t count, const double *w, double *out) {
    if (rows->single)
        score_rows_float(rows, first, count, w, out);
    else
        score_rows_double(rows, first, count, w, out);
}

static void add(const vti_rows *rows, size_t first, size_t count, const double *factor,
                double *sum) {
    if (rows->single)
        add_rows_float(rows, first, count, factor, sum);
    else
        add_rows_double(rows, first, count, factor, sum);
}

static void copy(const vti_rows *rows, size_t row, double factor, double *to) {
    ptrdiff_t at = (ptrdiff_t)row * rows->stride;
    if (rows->single)
        copy_float((const float *)rows->data + at, rows->columns, factor, to);
    else
        copy_double((const double *)rows->data + at, rows->columns, factor, to);
}

/* ---------------------------------------------------------------- products ---- */

/* As BLAS's syrk does it. That of OpenBLAS was tried: it chooses its kernel by the name of the
   processor, and on one that it does not know it takes a quarter of what there is. */

#if defined(__AVX512F__)
typedef double wide __attribute__((vector_size(64)));
enum { WIDE = 8, TALL = 8, ACROSS = 3 };
#else
typedef lanes wide;
enum { WIDE = LANES, TALL = 4, ACROSS = 2 };
#endif

VTI_INLINE wide load_wide(const double *from) {
    wide v;
    memcpy(&v, from, sizeof v);
    return v;
}

VTI_INLINE wide fused_wide(double a, wide b, wide c) {
#if defined(__AVX512F__)
    return (wide)_mm512_fmadd_pd(_mm512_set1_pd(a), (__m512d)b, (__m512d)c);
#else
    return fused(all(a), b, c);
#endif
}

/* TALL columns from `a` on with `across` vectors of columns from `b` on. */
VTI_INLINE void product_tile(const double *row, size_t count, size_t padded, double sign, size_t a,
                             size_t b, const size_t across, double *gram) {
    wide sum[TALL][ACROSS] = {0};
    for (size_t k = 0; k < count; k++, row += padded) {
        wide x[ACROSS];
        for (size_t m = 0; m < across; m++) x[m] = load_wide(row + b + m * WIDE);
        for (size_t i = 0; i < TALL; i++)
            for (size_t m = 0; m < across; m++) sum[i][m] = fused_wide(row[a + i], x[m], sum[i][m]);
    }
    for (size_t i = 0; i < TALL; i++)
        for (size_t m = 0; m < across; m++) {
            double *to = gram + (a + i) * padded + b + m * WIDE;
            wide v = load_wide(to) + sign * sum[i][m];
            memcpy(to, &v, sizeof v);
        }
}

/* Rows that stay in the nearest cache while all tiles go over them. */
enum { BLOCK = 48 };

static void products(const double *row, size_t count, size_t padded, double sign, double *gram) {
    for (; count > 0; row += BLOCK * padded) {
        size_t rows = count < BLOCK ? count : BLOCK;
        for (size_t a = 0; a < padded; a += TALL) {
            size_t b = a / WIDE * WIDE;
            for (; b + ACROSS * WIDE <= padded; b += ACROSS * WIDE)
                product_tile(row, rows, padded, sign, a, b, ACROSS, gram);
            for (; b < padded; b += WIDE) product_tile(row, rows, padded, sign, a, b, 1, gram);
        }
        count -= rows;
    }
}

const vti_row_kernels VTI_VARIANT(vti_row_kernels) = {score, add, copy, products};

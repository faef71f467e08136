/* Sums over several vectors of the past and one or two others. Eight running sums, each added up in
   the same order whatever the number of vectors. */
#include <stdbool.h>

#include "base/simd.h"
#include "minimize/kernels.h"

enum { RUNNING = 2 * LANES };

typedef struct {
    lanes low, high;
} eight;

VTI_INLINE eight load_eight(const double *from) {
    return (eight){load(from), load(from + LANES)};
}

VTI_INLINE eight add_product(eight a, eight b, eight to) {
    return (eight){fused(a.low, b.low, to.low), fused(a.high, b.high, to.high)};
}

/* Sums of up to two vectors with up to two others. */
typedef struct {
    eight xa, xb, ya, yb;
} sums;

VTI_INLINE void add_eight(sums *s, const double *a, const double *b, const double *x,
                          const double *y, bool two, bool both) {
    eight p = load_eight(x), first = load_eight(a);
    s->xa = add_product(first, p, s->xa);
    if (both) s->ya = add_product(first, load_eight(y), s->ya);
    if (!two) return;
    eight second = load_eight(b);
    s->xb = add_product(second, p, s->xb);
    if (both) s->yb = add_product(second, load_eight(y), s->yb);
}

VTI_INLINE sums dots(size_t n, const double *a, const double *b, const double *x, const double *y,
                     bool two, bool both) {
    sums s = {0};
    size_t i = 0;
    for (; i + RUNNING <= n; i += RUNNING)
        add_eight(&s, a + i, two ? b + i : NULL, x + i, both ? y + i : NULL, two, both);
    if (i == n) return s;
    double last_a[RUNNING] = {0}, last_b[RUNNING] = {0};
    double last_x[RUNNING] = {0}, last_y[RUNNING] = {0};
    memcpy(last_a, a + i, (n - i) * sizeof *a);
    memcpy(last_x, x + i, (n - i) * sizeof *x);
    if (two) memcpy(last_b, b + i, (n - i) * sizeof *b);
    if (both) memcpy(last_y, y + i, (n - i) * sizeof *y);
    add_eight(&s, last_a, last_b, last_x, last_y, two, both);
    return s;
}

VTI_INLINE double total(eight v) {
    return sum(v.low + v.high);
}

VTI_INLINE void stack_dots(const vti_stack *stack, const double *x, const double *y, double *in_x,
                           double *in_y, const bool both) {
    size_t k = 0, n = stack->n;
    for (; k + 2 <= stack->count; k += 2) {
        const double *a = stack->v[k] + stack->begin, *b = stack->v[k + 1] + stack->begin;
        sums s = dots(n, a, b, x, y, true, both);
        in_x[k] = total(s.xa);
        in_x[k + 1] = total(s.xb);
        if (!both) continue;
        in_y[k] = total(s.ya);
        in_y[k + 1] = total(s.yb);
    }
    if (k == stack->count) return;
    sums s = dots(n, stack->v[k] + stack->begin, NULL, x, y, false, both);
    in_x[k] = total(s.xa);
    if (both) in_y[k] = total(s.ya);
}

static void some_dots(const vti_stack *stack, const double *x, const double *y, double *in_x,
                      double *in_y) {
    if (y != NULL)
        stack_dots(stack, x, y, in_x, in_y, true);
    else
        stack_dots(stack, x, y, in_x, in_y, false);
}

/* y += the sum over `count` vectors, 1 to 4. */
VTI_INLINE void combine(size_t n, const double *const *v, size_t begin, const double *a, double *y,
                        const size_t count) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes sum = load(y + i);
        for (size_t k = 0; k < count; k++) sum = fused(all(a[k]), load(v[k] + begin + i), sum);
        store(y + i, sum);
    }
    if (i == n) return;
    double last[LANES] = {0};
    memcpy(last, y + i, (n - i) * sizeof *y);
    lanes sum = load(last);
    for (size_t k = 0; k < count; k++) {
        double one[LANES] = {0};
        memcpy(one, v[k] + begin + i, (n - i) * sizeof *one);
        sum = fused(all(a[k]), load(one), sum);
    }
    store(last, sum);
    memcpy(y + i, last, (n - i) * sizeof *y);
}

static void some_combine(const vti_stack *stack, const double *a, double *y) {
    size_t k = 0;
    for (; k + 4 <= stack->count; k += 4)
        combine(stack->n, stack->v + k, stack->begin, a + k, y, 4);
    for (; k < stack->count; k++) combine(stack->n, stack->v + k, stack->begin, a + k, y, 1);
}

/* ---------------------------------------------------------------- steps ---- */

/* What is behind the last whole vector is added to the sum one by one. */

static double difference(size_t n, const double *x, const double *y, double *out) {
    lanes low = all(0), high = all(0);
    size_t i = 0;
    for (; i + RUNNING <= n; i += RUNNING) {
        lanes a = load(x + i) - load(y + i), b = load(x + i + LANES) - load(y + i + LANES);
        low = fused(a, a, low);
        high = fused(b, b, high);
        store(out + i, a);
        store(out + i + LANES, b);
    }
    double square = sum(low + high);
    for (; i < n; i++) {
        out[i] = x[i] - y[i];
        square += out[i] * out[i];
    }
    return square;
}

static double advance(size_t n, const double *x, const double *d, const double *g, double *out) {
    lanes low = all(0), high = all(0);
    size_t i = 0;
    for (; i + RUNNING <= n; i += RUNNING) {
        lanes a = load(d + i), b = load(d + i + LANES);
        low = fused(load(g + i), a, low);
        high = fused(load(g + i + LANES), b, high);
        store(out + i, load(x + i) + a);
        store(out + i + LANES, load(x + i + LANES) + b);
    }
    double slope = sum(low + high);
    for (; i < n; i++) {
        out[i] = x[i] + d[i];
        slope += g[i] * d[i];
    }
    return slope;
}

const vti_vector_kernels VTI_VARIANT(vti_vector_kernels) = {some_dots, some_combine, difference,
                                                            advance};

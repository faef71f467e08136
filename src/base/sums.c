#include "base/sums.h"

enum { LANES = 16, LEAF = 512 };

/* Pairwise summation: a leaf is summed in LANES independent partial sums, which the compiler turns
   into vectors; halves are added in a tree. Higham, SIAM J. Sci. Comput. 14, 783 (1993). */
#define PAIRWISE(NAME, TERM)                                                                       \
    static double NAME##_leaf(const double *x, const double *y, size_t n, double shift) {          \
        double lane[LANES] = {0};                                                                  \
        size_t k = 0;                                                                              \
        (void)y;                                                                                   \
        (void)shift;                                                                               \
        for (; k + LANES <= n; k += LANES)                                                         \
            for (size_t j = 0; j < LANES; j++) lane[j] += TERM(k + j);                             \
        for (size_t width = LANES / 2; width > 0; width /= 2)                                      \
            for (size_t j = 0; j < width; j++) lane[j] += lane[j + width];                         \
        for (; k < n; k++) lane[0] += TERM(k);                                                     \
        return lane[0];                                                                            \
    }                                                                                              \
    static double NAME(const double *x, const double *y, size_t n, double shift) {                 \
        if (n <= LEAF) return NAME##_leaf(x, y, n, shift);                                         \
        size_t half = (n / 2 + LEAF - 1) / LEAF * LEAF; /* leaves are full, except the last */     \
        return NAME(x, y, half, shift) + NAME(x + half, y + half, n - half, shift);                \
    }
#define PLAIN_TERM(k)   x[k]
#define PRODUCT_TERM(k) (x[k] * y[k])
#define SQUARE_TERM(k)  ((x[k] - shift) * (x[k] - shift))
#define SCALED_TERM(k)  ((x[k] * shift) * (x[k] * shift))
PAIRWISE(sum_plain, PLAIN_TERM)
PAIRWISE(sum_products, PRODUCT_TERM)
PAIRWISE(sum_squares, SQUARE_TERM)
PAIRWISE(sum_scaled, SCALED_TERM)

double vt_sum(const double *x, size_t n) {
    return sum_plain(x, x, n, 0);
}

double vt_dot(const double *x, const double *y, size_t n) {
    return sum_products(x, y, n, 0);
}

double vti_sum_squares(const double *x, size_t n, double shift) {
    return sum_squares(x, x, n, shift);
}

double vti_sum_scaled_squares(const double *x, size_t n, double factor) {
    return sum_scaled(x, x, n, factor);
}

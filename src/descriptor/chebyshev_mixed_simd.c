/* Spherical Chebyshev descriptors, each neighbor in single precision; the loops are in
   chebyshev_loops.h. */
#include "base/simd.h"
#include "descriptor/chebyshev.h"

typedef float real;
#if defined(__AVX512F__)
enum { WIDTH = 16 };
typedef float vec __attribute__((vector_size(64)));
typedef int32_t vec_mask __attribute__((vector_size(64)));
#else
enum { WIDTH = FLOATS };
typedef floats vec;
typedef float_mask vec_mask;
#endif

VTI_INLINE vec vec_all(float x) {
#if defined(__AVX512F__)
    return (vec)_mm512_set1_ps(x);
#else
    return all_floats(x);
#endif
}

VTI_INLINE vec vec_fused(vec a, vec b, vec c) {
#if defined(__AVX512F__)
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#else
    return fused_floats(a, b, c);
#endif
}

VTI_INLINE vec vec_root(vec v) {
#if defined(__AVX512F__)
    return (vec)_mm512_sqrt_ps((__m512)v);
#else
    return root_floats(v);
#endif
}

VTI_INLINE floats to_floats(const double *from) {
    half_floats low = to_half_floats(load(from)), high = to_half_floats(load(from + LANES));
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
}

VTI_INLINE void store_doubles(double *to, floats v) {
    store(to, lower_doubles(v));
    store(to + LANES, upper_doubles(v));
}

/* Four sums of two neighboring numbers of a, then b. */
VTI_INLINE floats pair_sums(floats a, floats b) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13) +
           __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}

VTI_INLINE vec vec_load(const double *from) {
#if defined(__AVX512F__)
    floats low = to_floats(from), high = to_floats(from + FLOATS);
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
    return to_floats(from);
#endif
}

VTI_INLINE void vec_store(double *to, vec v) {
#if defined(__AVX512F__)
    store_doubles(to, __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7));
    store_doubles(to + FLOATS, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
#else
    store_doubles(to, v);
#endif
}

/* Eight numbers with the same sum. */
VTI_INLINE floats fold(vec v) {
#if defined(__AVX512F__)
    return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
#else
    return v;
#endif
}

/* The sums of four vectors. */
VTI_INLINE lanes vec_four_sums(vec a, vec b, vec c, vec d) {
    floats ab = pair_sums(fold(a), fold(b)), cd = pair_sums(fold(c), fold(d));
    /* a b a b in each half, and c d c d */
    floats all_four = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13) +
                      __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
    return lower_doubles(all_four) + upper_doubles(all_four);
}

#define KERNELS  VTI_VARIANT(vti_chebyshev_mixed)
#define CHANNELS VTI_VARIANT(vti_chebyshev_channels)
#include "descriptor/chebyshev_loops.h"

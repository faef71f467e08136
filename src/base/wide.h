/* As many doubles at a time as the instruction set has room for: eight or four. */
#ifndef VITRUM_BASE_WIDE_H
#define VITRUM_BASE_WIDE_H

#include "base/simd.h"

#if defined(__AVX512F__)
enum { WIDTH = 8 };
typedef double vec __attribute__((vector_size(64)));
typedef int64_t vec_mask __attribute__((vector_size(64)));
typedef uint64_t vec_bits __attribute__((vector_size(64)));
#else
enum { WIDTH = LANES };
typedef lanes vec;
typedef lane_mask vec_mask;
typedef lane_bits vec_bits;
#endif

VTI_INLINE vec vec_all(double x) {
#if defined(__AVX512F__)
    return (vec)_mm512_set1_pd(x);
#else
    return all(x);
#endif
}

/* a b + c */
VTI_INLINE vec vec_fused(vec a, vec b, vec c) {
#if defined(__AVX512F__)
    return (vec)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#else
    return fused(a, b, c);
#endif
}

VTI_INLINE vec vec_root(vec v) {
#if defined(__AVX512F__)
    return (vec)_mm512_sqrt_pd((__m512d)v);
#else
    return root(v);
#endif
}

VTI_INLINE vec vec_load(const double *from) {
    vec v;
    memcpy(&v, from, sizeof v);
    return v;
}

VTI_INLINE void vec_store(double *to, vec v) {
    memcpy(to, &v, sizeof v);
}

/* The sums of four vectors, in the order of a tree. */
VTI_INLINE lanes vec_four_sums(vec a, vec b, vec c, vec d) {
#if defined(__AVX512F__)
    vec ab = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
             __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    vec cd = __builtin_shufflevector(c, d, 0, 8, 2, 10, 4, 12, 6, 14) +
             __builtin_shufflevector(c, d, 1, 9, 3, 11, 5, 13, 7, 15);
    vec half = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11) +
               __builtin_shufflevector(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15);
    return __builtin_shufflevector(half, half, 0, 1, 4, 5) +
           __builtin_shufflevector(half, half, 2, 3, 6, 7);
#else
    lanes ab =
        __builtin_shufflevector(a, b, 0, 4, 2, 6) + __builtin_shufflevector(a, b, 1, 5, 3, 7);
    lanes cd =
        __builtin_shufflevector(c, d, 0, 4, 2, 6) + __builtin_shufflevector(c, d, 1, 5, 3, 7);
    return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) +
           __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
#endif
}

#endif

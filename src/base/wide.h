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

/* Four numbers with the same sum. */
VTI_INLINE lanes vec_quarters(vec v) {
#if defined(__AVX512F__)
    return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
#else
    return v;
#endif
}

/* The sums of four vectors. */
VTI_INLINE lanes vec_four_sums(vec a, vec b, vec c, vec d) {
    columns t = transpose(vec_quarters(a), vec_quarters(b), vec_quarters(c), vec_quarters(d));
    return (t.c[0] + t.c[2]) + (t.c[1] + t.c[3]);
}

#endif

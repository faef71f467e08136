/* Spherical Chebyshev descriptors in double precision; the loops are in chebyshev_loops.h. */
#include "base/simd.h"
#include "descriptor/chebyshev.h"

typedef double real;
#if defined(__AVX512F__)
enum { WIDTH = 8 };
typedef double vec __attribute__((vector_size(64)));
typedef int64_t vec_mask __attribute__((vector_size(64)));
#else
enum { WIDTH = LANES };
typedef lanes vec;
typedef lane_mask vec_mask;
#endif

VTI_INLINE vec vec_all(double x) {
#if defined(__AVX512F__)
    return (vec)_mm512_set1_pd(x);
#else
    return all(x);
#endif
}

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

#define KERNELS VTI_VARIANT(vti_chebyshev)
#include "descriptor/chebyshev_loops.h"

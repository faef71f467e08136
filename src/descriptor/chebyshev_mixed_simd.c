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

VTI_INLINE lanes to_lanes(half_floats v) {
    return __builtin_convertvector(v, lanes);
}

VTI_INLINE vec vec_load(const double *from) {
    vec v;
    for (int k = 0; k < WIDTH; k += LANES) {
        half_floats part = to_half_floats(load(from + k));
        memcpy((char *)&v + k * (int)sizeof(float), &part, sizeof part);
    }
    return v;
}

VTI_INLINE half_floats vec_part(vec v, int k) {
    half_floats part;
    memcpy(&part, (char *)&v + k * (int)sizeof part, sizeof part);
    return part;
}

VTI_INLINE void vec_store(double *to, vec v) {
    for (int k = 0; k < WIDTH / LANES; k++) store(to + LANES * k, to_lanes(vec_part(v, k)));
}

/* Four numbers with the same sum. */
VTI_INLINE lanes vec_quarters(vec v) {
    half_floats sum = vec_part(v, 0) + vec_part(v, 1);
#if defined(__AVX512F__)
    sum += vec_part(v, 2) + vec_part(v, 3);
#endif
    return to_lanes(sum);
}

/* The sums of four vectors. */
VTI_INLINE lanes vec_four_sums(vec a, vec b, vec c, vec d) {
    columns t = transpose(vec_quarters(a), vec_quarters(b), vec_quarters(c), vec_quarters(d));
    return (t.c[0] + t.c[2]) + (t.c[1] + t.c[3]);
}

#define KERNELS  VTI_VARIANT(vti_chebyshev_mixed)
#define CHANNELS VTI_VARIANT(vti_chebyshev_channels)
#include "descriptor/chebyshev_loops.h"

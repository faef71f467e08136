/* Four doubles at a time, for kernels that are compiled once per instruction set.

   GCC's and clang's vector extensions carry the arithmetic; what they cannot say well (loading
   rows of four as columns, packing the lanes that a mask selects) has an AVX2 form beside the
   general one. VTI_SIMD_NAME is set by the build: baseline, avx2 or avx512. */
#ifndef VITRUM_BASE_SIMD_H
#define VITRUM_BASE_SIMD_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define VTI_JOIN_(a, b)   a##_##b
#define VTI_JOIN(a, b)    VTI_JOIN_(a, b)
#define VTI_VARIANT(name) VTI_JOIN(name, VTI_SIMD_NAME)
#define VTI_INLINE        static inline __attribute__((always_inline))

enum { LANES = 4 };

typedef double lanes __attribute__((vector_size(32)));
typedef int64_t lane_mask __attribute__((vector_size(32)));
typedef int32_t lane_index __attribute__((vector_size(16)));

VTI_INLINE lanes all(double x) {
    return (lanes){x, x, x, x};
}

VTI_INLINE lanes load(const double *from) {
    lanes v;
    memcpy(&v, from, sizeof v);
    return v;
}

VTI_INLINE void store(double *to, lanes v) {
    memcpy(to, &v, sizeof v);
}

VTI_INLINE double sum(lanes v) {
    return (v[0] + v[2]) + (v[1] + v[3]);
}

/* a b + c, with one rounding where the processor has such an instruction. Kernels say where to
   fuse instead of leaving it to the compiler: a force must have the same bits whether or not the
   virial is wanted beside it. */
VTI_INLINE lanes fused(lanes a, lanes b, lanes c) {
#if defined(__FMA__)
    return (lanes)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    return a * b + c;
#endif
}

VTI_INLINE lanes choose(lane_mask mask, lanes yes, lanes no) {
    return (lanes)((mask & (lane_mask)yes) | (~mask & (lane_mask)no));
}

VTI_INLINE lanes root(lanes v) {
#if defined(__AVX2__)
    return (lanes)_mm256_sqrt_pd((__m256d)v);
#else
    return (lanes){sqrt(v[0]), sqrt(v[1]), sqrt(v[2]), sqrt(v[3])};
#endif
}

/* Largest whole number not above; the values are not negative and below 2^31. */
VTI_INLINE lanes whole(lanes v) {
#if defined(__AVX2__)
    return (lanes)_mm256_floor_pd((__m256d)v);
#else
    return (lanes){(double)(int32_t)v[0], (double)(int32_t)v[1], (double)(int32_t)v[2],
                   (double)(int32_t)v[3]};
#endif
}

VTI_INLINE lane_index to_index(lanes v) {
#if defined(__AVX2__)
    return (lane_index)_mm256_cvttpd_epi32((__m256d)v);
#else
    return (lane_index){(int32_t)v[0], (int32_t)v[1], (int32_t)v[2], (int32_t)v[3]};
#endif
}

VTI_INLINE int mask_bits(lane_mask mask) {
#if defined(__AVX2__)
    return _mm256_movemask_pd((__m256d)mask);
#else
    return (int)((mask[0] & 1) | (mask[1] & 2) | (mask[2] & 4) | (mask[3] & 8));
#endif
}

typedef struct {
    lanes c[4];
} columns;

VTI_INLINE columns transpose(lanes r0, lanes r1, lanes r2, lanes r3) {
    lanes a = __builtin_shufflevector(r0, r1, 0, 4, 2, 6);
    lanes b = __builtin_shufflevector(r0, r1, 1, 5, 3, 7);
    lanes c = __builtin_shufflevector(r2, r3, 0, 4, 2, 6);
    lanes d = __builtin_shufflevector(r2, r3, 1, 5, 3, 7);
    return (columns){
        {__builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(b, d, 0, 1, 4, 5),
         __builtin_shufflevector(a, c, 2, 3, 6, 7), __builtin_shufflevector(b, d, 2, 3, 6, 7)}};
}

/* Four rows of four doubles as four columns. */
VTI_INLINE columns load_columns(const double *r0, const double *r1, const double *r2,
                                const double *r3) {
#if defined(__AVX2__)
    /* Halves of two rows joined on the way from memory save half of the shuffles. */
    __m256d a = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(r0)), _mm_loadu_pd(r2), 1);
    __m256d b = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(r1)), _mm_loadu_pd(r3), 1);
    __m256d c =
        _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(r0 + 2)), _mm_loadu_pd(r2 + 2), 1);
    __m256d d =
        _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(r1 + 2)), _mm_loadu_pd(r3 + 2), 1);
    return (columns){{(lanes)_mm256_unpacklo_pd(a, b), (lanes)_mm256_unpackhi_pd(a, b),
                      (lanes)_mm256_unpacklo_pd(c, d), (lanes)_mm256_unpackhi_pd(c, d)}};
#else
    return transpose(load(r0), load(r1), load(r2), load(r3));
#endif
}

/* Four rows of eight floats as eight columns of doubles. */
VTI_INLINE void load_float_columns(const float *r0, const float *r1, const float *r2,
                                   const float *r3, columns *first, columns *second) {
#if defined(__AVX2__)
    __m256 a = _mm256_loadu_ps(r0), b = _mm256_loadu_ps(r1);
    __m256 c = _mm256_loadu_ps(r2), d = _mm256_loadu_ps(r3);
    __m256 ab_low = _mm256_unpacklo_ps(a, b), ab_high = _mm256_unpackhi_ps(a, b);
    __m256 cd_low = _mm256_unpacklo_ps(c, d), cd_high = _mm256_unpackhi_ps(c, d);
    __m256 v[4] = {_mm256_shuffle_ps(ab_low, cd_low, 0x44), _mm256_shuffle_ps(ab_low, cd_low, 0xEE),
                   _mm256_shuffle_ps(ab_high, cd_high, 0x44),
                   _mm256_shuffle_ps(ab_high, cd_high, 0xEE)};
    for (int k = 0; k < 4; k++) {
        first->c[k] = (lanes)_mm256_cvtps_pd(_mm256_castps256_ps128(v[k]));
        second->c[k] = (lanes)_mm256_cvtps_pd(_mm256_extractf128_ps(v[k], 1));
    }
#else
    for (int k = 0; k < 4; k++) {
        first->c[k] = (lanes){r0[k], r1[k], r2[k], r3[k]};
        second->c[k] = (lanes){r0[k + 4], r1[k + 4], r2[k + 4], r3[k + 4]};
    }
#endif
}

#if defined(__AVX2__)
/* PACK[bits] moves the doubles (as pairs of 32-bit words) of the set lanes to the front. */
#define PACK_LANE(k) 2 * (k), 2 * (k) + 1
#define PACK_ROW(a, b, c, d)                                                                       \
    { PACK_LANE(a), PACK_LANE(b), PACK_LANE(c), PACK_LANE(d) }
static const int32_t PACK[16][8] __attribute__((aligned(32))) = {
    PACK_ROW(0, 0, 0, 0), PACK_ROW(0, 0, 0, 0), PACK_ROW(1, 0, 0, 0), PACK_ROW(0, 1, 0, 0),
    PACK_ROW(2, 0, 0, 0), PACK_ROW(0, 2, 0, 0), PACK_ROW(1, 2, 0, 0), PACK_ROW(0, 1, 2, 0),
    PACK_ROW(3, 0, 0, 0), PACK_ROW(0, 3, 0, 0), PACK_ROW(1, 3, 0, 0), PACK_ROW(0, 1, 3, 0),
    PACK_ROW(2, 3, 0, 0), PACK_ROW(0, 2, 3, 0), PACK_ROW(1, 2, 3, 0), PACK_ROW(0, 1, 2, 3)};
static const int32_t PACK_INDEX[16][4] __attribute__((aligned(16))) = {
    {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {2, 0, 0, 0}, {0, 2, 0, 0},
    {1, 2, 0, 0}, {0, 1, 2, 0}, {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0},
    {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}};
#endif

/* Store the lanes whose bit is set one after the other; up to LANES places are written. */
VTI_INLINE void pack(double *to, lanes v, int bits) {
#if defined(__AVX2__)
    __m256i order = _mm256_load_si256((const __m256i *)PACK[bits]);
    _mm256_storeu_pd(to, _mm256_castps_pd(_mm256_permutevar8x32_ps((__m256)v, order)));
#else
    for (int k = 0; k < LANES; k++) {
        *to = v[k];
        to += (bits >> k) & 1;
    }
#endif
}

VTI_INLINE void pack_index(int32_t *to, const int32_t *from, int bits) {
#if defined(__AVX2__)
    __m128 v = _mm_castsi128_ps(_mm_loadu_si128((const __m128i *)from));
    __m128i order = _mm_load_si128((const __m128i *)PACK_INDEX[bits]);
    _mm_storeu_ps((float *)to, _mm_permutevar_ps(v, order));
#else
    for (int k = 0; k < LANES; k++) {
        *to = from[k];
        to += (bits >> k) & 1;
    }
#endif
}

#endif

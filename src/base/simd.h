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
typedef uint64_t lane_bits __attribute__((vector_size(32)));
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

/* The smaller of both, b where a is not a number. */
VTI_INLINE lanes least_of(lanes a, lanes b) {
#if defined(__AVX2__)
    return (lanes)_mm256_min_pd((__m256d)a, (__m256d)b);
#else
    return choose(a < b, a, b);
#endif
}

/* v rounded to whole numbers, |v| < 2^31, and those times `stride`, for v that round to numbers
   that are not negative: adding 1.5 2^52 leaves the whole part in the lowest bits. */
VTI_INLINE lanes nearest(lanes v, int32_t stride, int64_t offset[LANES]) {
    const lanes shift = all(6755399441055744.0);
    lanes biased = v + shift;
#if defined(__AVX2__)
    lane_mask product = (lane_mask)_mm256_mul_epu32((__m256i)biased, _mm256_set1_epi64x(stride));
#else
    lane_mask product = (lane_mask)((lane_bits)biased & UINT64_C(0xFFFFFFFF)) * (int64_t)stride;
#endif
    memcpy(offset, &product, sizeof product);
    return biased - shift;
}

/* Doubles whose upper halves are the lower and the upper words of v. */
VTI_INLINE lanes lower_words(lanes v) {
    return (lanes)((lane_bits)v << 32);
}

VTI_INLINE lanes upper_words(lanes v) {
    return (lanes)((lane_bits)v & UINT64_C(0xFFFFFFFF00000000));
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

/* Four rows of two doubles as two columns. */
VTI_INLINE void load_two_columns(const double *r0, const double *r1, const double *r2,
                                 const double *r3, lanes *first, lanes *second) {
#if defined(__AVX2__)
    __m256d a = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(r0)), _mm_loadu_pd(r2), 1);
    __m256d b = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(r1)), _mm_loadu_pd(r3), 1);
    *first = (lanes)_mm256_unpacklo_pd(a, b);
    *second = (lanes)_mm256_unpackhi_pd(a, b);
#else
    *first = (lanes){r0[0], r1[0], r2[0], r3[0]};
    *second = (lanes){r0[1], r1[1], r2[1], r3[1]};
#endif
}

/* Eight floats at a time. */
enum { FLOATS = 8 };

typedef float floats __attribute__((vector_size(32)));
typedef int32_t float_mask __attribute__((vector_size(32)));

VTI_INLINE floats all_floats(float x) {
    return (floats){x, x, x, x, x, x, x, x};
}

VTI_INLINE floats load_floats(const float *from) {
    floats v;
    memcpy(&v, from, sizeof v);
    return v;
}

VTI_INLINE void store_floats(float *to, floats v) {
    memcpy(to, &v, sizeof v);
}

VTI_INLINE floats fused_floats(floats a, floats b, floats c) {
#if defined(__FMA__)
    return (floats)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

VTI_INLINE floats root_floats(floats v) {
#if defined(__AVX2__)
    return (floats)_mm256_sqrt_ps((__m256)v);
#else
    for (int k = 0; k < FLOATS; k++) v[k] = sqrtf(v[k]);
    return v;
#endif
}

VTI_INLINE floats choose_floats(float_mask mask, floats yes, floats no) {
    return (floats)((mask & (float_mask)yes) | (~mask & (float_mask)no));
}

/* The smaller of both, b where a is not a number. */
VTI_INLINE floats least_of_floats(floats a, floats b) {
#if defined(__AVX2__)
    return (floats)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return choose_floats(a < b, a, b);
#endif
}

/* v rounded to whole numbers from 0 to 2^22, and those times 2^`power`, the product below 2^31. */
VTI_INLINE floats nearest_floats(floats v, int power, uint32_t scaled[FLOATS]) {
    const floats shift = all_floats(12582912.0f); /* 1.5 2^23 */
    floats biased = v + shift;
    float_mask bits = ((float_mask)biased - (float_mask)shift) << power;
    memcpy(scaled, &bits, sizeof bits);
    return biased - shift;
}

typedef struct {
    floats c[4];
} float_columns;

/* Two rows of four floats: the lower and the upper half. */
VTI_INLINE floats load_two_rows(const float *low, const float *high) {
#if defined(__AVX2__)
    return (floats)_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)),
                                        _mm_loadu_ps(high), 1);
#else
    floats v;
    memcpy(&v, low, 16);
    memcpy((char *)&v + 16, high, 16);
    return v;
#endif
}

/* Four columns of eight floats as rows: k and k + 4 are the halves of member k. And back. */
VTI_INLINE float_columns float_rows(floats x, floats y, floats z, floats w) {
    floats a = __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13);
    floats b = __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15);
    floats c = __builtin_shufflevector(z, w, 0, 8, 1, 9, 4, 12, 5, 13);
    floats d = __builtin_shufflevector(z, w, 2, 10, 3, 11, 6, 14, 7, 15);
    return (float_columns){{__builtin_shufflevector(a, c, 0, 1, 8, 9, 4, 5, 12, 13),
                            __builtin_shufflevector(a, c, 2, 3, 10, 11, 6, 7, 14, 15),
                            __builtin_shufflevector(b, d, 0, 1, 8, 9, 4, 5, 12, 13),
                            __builtin_shufflevector(b, d, 2, 3, 10, 11, 6, 7, 14, 15)}};
}

/* Eight rows of four floats as four columns. */
VTI_INLINE float_columns load_float_columns(const float *const r[FLOATS]) {
    return float_rows(load_two_rows(r[0], r[4]), load_two_rows(r[1], r[5]),
                      load_two_rows(r[2], r[6]), load_two_rows(r[3], r[7]));
}

/* The points at eight places less `self` of their four: subtracted before they are turned into
   columns. */
VTI_INLINE float_columns load_float_differences(const float *point, floats self,
                                                const uint16_t *j) {
    floats row[4];
    for (int k = 0; k < 4; k++) row[k] = load_two_rows(point + j[k], point + j[k + 4]) - self;
    return float_rows(row[0], row[1], row[2], row[3]);
}

typedef float half_floats __attribute__((vector_size(16)));

/* The lower and the upper four as doubles. */
VTI_INLINE lanes lower_doubles(floats v) {
#if defined(__AVX2__)
    return (lanes)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)v));
#else
    return (lanes){v[0], v[1], v[2], v[3]};
#endif
}

VTI_INLINE lanes upper_doubles(floats v) {
#if defined(__AVX2__)
    return (lanes)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)v, 1));
#else
    return (lanes){v[4], v[5], v[6], v[7]};
#endif
}

VTI_INLINE half_floats to_half_floats(lanes v) {
#if defined(__AVX2__)
    return (half_floats)_mm256_cvtpd_ps((__m256d)v);
#else
    return (half_floats){(float)v[0], (float)v[1], (float)v[2], (float)v[3]};
#endif
}

VTI_INLINE unsigned float_bits(float_mask mask) {
#if defined(__AVX2__)
    return (unsigned)_mm256_movemask_ps((__m256)mask);
#else
    unsigned bits = 0;
    for (int k = 0; k < FLOATS; k++) bits |= ((unsigned)mask[k] & 1u) << k;
    return bits;
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
#define PACK_WORD(k) 2 * (k), 2 * (k) + 1
#define PACK_WORDS_ROW(a, b, c, d)                                                                 \
    { PACK_WORD(a), PACK_WORD(b), PACK_WORD(c), PACK_WORD(d) }
static const int8_t PACK_WORDS[16][8] __attribute__((aligned(16))) = {
    PACK_WORDS_ROW(0, 0, 0, 0), PACK_WORDS_ROW(0, 0, 0, 0), PACK_WORDS_ROW(1, 0, 0, 0),
    PACK_WORDS_ROW(0, 1, 0, 0), PACK_WORDS_ROW(2, 0, 0, 0), PACK_WORDS_ROW(0, 2, 0, 0),
    PACK_WORDS_ROW(1, 2, 0, 0), PACK_WORDS_ROW(0, 1, 2, 0), PACK_WORDS_ROW(3, 0, 0, 0),
    PACK_WORDS_ROW(0, 3, 0, 0), PACK_WORDS_ROW(1, 3, 0, 0), PACK_WORDS_ROW(0, 1, 3, 0),
    PACK_WORDS_ROW(2, 3, 0, 0), PACK_WORDS_ROW(0, 2, 3, 0), PACK_WORDS_ROW(1, 2, 3, 0),
    PACK_WORDS_ROW(0, 1, 2, 3)};
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

/* `count` times the same word; up to eight places are written at a time. */
VTI_INLINE void repeat_word(uint16_t *to, uint16_t word, int count) {
    typedef uint16_t words __attribute__((vector_size(16)));
    words v = {word, word, word, word, word, word, word, word};
    for (int k = 0; k < count; k += 8) memcpy(to + k, &v, sizeof v);
}

/* As pack, for four and for eight words of 16 bits; up to as many places are written. */
VTI_INLINE void pack_words(uint16_t *to, const uint16_t *from, int bits) {
#if defined(__AVX2__)
    __m128i v = _mm_loadl_epi64((const __m128i *)from);
    __m128i order = _mm_loadl_epi64((const __m128i *)PACK_WORDS[bits]);
    _mm_storel_epi64((__m128i *)to, _mm_shuffle_epi8(v, order));
#else
    for (int k = 0; k < LANES; k++) {
        *to = from[k];
        to += (bits >> k) & 1;
    }
#endif
}

/* As pack, for four floats. */
VTI_INLINE void pack_half_floats(float *to, half_floats v, int bits) {
#if defined(__AVX2__)
    __m128i order = _mm_load_si128((const __m128i *)PACK_INDEX[bits]);
    _mm_storeu_ps(to, _mm_permutevar_ps((__m128)v, order));
#else
    for (int k = 0; k < LANES; k++) {
        *to = v[k];
        to += (bits >> k) & 1;
    }
#endif
}

/* As pack, for eight floats and words; up to 4 places behind the packed ones are written. */
VTI_INLINE void pack_floats(float *to, const float *from, unsigned bits) {
    half_floats low, high;
    memcpy(&low, from, sizeof low);
    memcpy(&high, from + LANES, sizeof high);
    pack_half_floats(to, low, (int)(bits & 15));
    pack_half_floats(to + __builtin_popcount(bits & 15), high, (int)(bits >> 4));
}

VTI_INLINE void pack_words8(uint16_t *to, const uint16_t *from, unsigned bits) {
    pack_words(to, from, (int)(bits & 15));
    pack_words(to + __builtin_popcount(bits & 15), from + LANES, (int)(bits >> 4));
}

#endif

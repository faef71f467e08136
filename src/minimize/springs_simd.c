/* The stiffness of springs times a vector, eight springs at a time. */
#include "base/simd.h"
#include "minimize/kernels.h"

typedef vti_quad quad;
typedef vti_octet octet;

VTI_INLINE octet join(quad a, quad b) {
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
}

VTI_INLINE octet fused_octet(octet a, octet b, octet c) {
#if defined(__FMA__)
    return (octet)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

/* Both halves. */
VTI_INLINE quad halves(octet v) {
    return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
}

/* Sums over x, over y and over z, and 0. */
VTI_INLINE quad sums_of(octet x, octet y, octet z) {
    quad a = halves(x), b = halves(y), c = halves(z), none = {0};
    quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
    quad c0 =
        __builtin_shufflevector(c, none, 0, 4, 1, 5) + __builtin_shufflevector(c, none, 2, 6, 3, 7);
    return __builtin_shufflevector(ab, c0, 0, 1, 4, 5) +
           __builtin_shufflevector(ab, c0, 2, 3, 6, 7);
}

/* (K p)_i */
VTI_INLINE quad times(const vti_springs *s, const quad *p, size_t i) {
    const quad self = p[i];
    const octet twice = join(self, self);
    octet x = {0}, y = {0}, z = {0};
    const vti_bundle *end = s->bundle + s->first[i + 1];
    for (const vti_bundle *b = s->bundle + s->first[i]; b < end; b++) {
        const int32_t *o = b->other;
        octet d0 = twice - join(p[o[0]], p[o[4]]), d1 = twice - join(p[o[1]], p[o[5]]);
        octet d2 = twice - join(p[o[2]], p[o[6]]), d3 = twice - join(p[o[3]], p[o[7]]);
        octet low01 = __builtin_shufflevector(d0, d1, 0, 8, 1, 9, 4, 12, 5, 13);
        octet low23 = __builtin_shufflevector(d2, d3, 0, 8, 1, 9, 4, 12, 5, 13);
        octet high01 = __builtin_shufflevector(d0, d1, 2, 10, 3, 11, 6, 14, 7, 15);
        octet high23 = __builtin_shufflevector(d2, d3, 2, 10, 3, 11, 6, 14, 7, 15);
        octet dx = __builtin_shufflevector(low01, low23, 0, 1, 8, 9, 4, 5, 12, 13);
        octet dy = __builtin_shufflevector(low01, low23, 2, 3, 10, 11, 6, 7, 14, 15);
        octet dz = __builtin_shufflevector(high01, high23, 0, 1, 8, 9, 4, 5, 12, 13);
        octet force = fused_octet(b->z, dz, fused_octet(b->y, dy, b->x * dx));
        x = fused_octet(force, b->x, x);
        y = fused_octet(force, b->y, y);
        z = fused_octet(force, b->z, z);
    }
    return sums_of(x, y, z) + s->ground * self;
}

double VTI_VARIANT(vti_springs_times)(const vti_springs *springs, const quad *p, quad *q,
                                      size_t begin, size_t end) {
    quad sum = {0};
    for (size_t i = begin; i < end; i++) {
        q[i] = times(springs, p, i);
        sum += p[i] * q[i];
    }
    return ((double)sum[0] + (double)sum[1]) + (double)sum[2];
}

/* The inner loops of the minimizers, compiled once per instruction set: vectors_simd.c and
   springs_simd.c. */
#ifndef VTI_MINIMIZE_KERNELS_H
#define VTI_MINIMIZE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* ---- vectors ---- */

/* Several vectors of n numbers. */
typedef struct {
    size_t n, count;
    const double *const *v;
    size_t begin; /* of the n numbers in each */
} vti_stack;

/* in_x[k] = v[k] . x, and in_y[k] = v[k] . y unless y is NULL. */
typedef void vti_stack_dots(const vti_stack *stack, const double *x, const double *y, double *in_x,
                            double *in_y);

/* y += sum over k of a[k] v[k]. */
typedef void vti_stack_combine(const vti_stack *stack, const double *a, double *y);

/* out = x - y; returns out.out. */
typedef double vti_difference(size_t n, const double *x, const double *y, double *out);

/* out = x + d; returns g.d. */
typedef double vti_advance(size_t n, const double *x, const double *d, const double *g,
                           double *out);

typedef struct {
    vti_stack_dots *dots;
    vti_stack_combine *combine;
    vti_difference *difference;
    vti_advance *advance;
} vti_vector_kernels;

extern const vti_vector_kernels vti_vector_kernels_baseline;

/* ---- springs ---- */

typedef float vti_quad __attribute__((vector_size(16)));
typedef float vti_octet __attribute__((vector_size(32)));

enum { VTI_BUNDLE = 8 };

/* Springs of one atom: the other atoms, and the columns of sqrt(k) e. What fills up the last bundle
   of an atom has k = 0. */
typedef struct {
    vti_octet x, y, z;
    int32_t other[VTI_BUNDLE];
} vti_bundle;

/* The springs of atom i are bundles first[i] to first[i + 1] - 1. */
typedef struct {
    const size_t *first;
    const vti_bundle *bundle;
    float ground; /* [eV/angstrom^2] */
} vti_springs;

/* q = K p for atoms from `begin` to `end`; returns p.q over them. */
typedef double vti_springs_times(const vti_springs *springs, const vti_quad *p, vti_quad *q,
                                 size_t begin, size_t end);

vti_springs_times vti_springs_times_baseline;

#if defined(__x86_64__)
extern const vti_vector_kernels vti_vector_kernels_avx2, vti_vector_kernels_avx512;
vti_springs_times vti_springs_times_avx2, vti_springs_times_avx512;
#endif

#endif

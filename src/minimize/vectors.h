/* Sums over long vectors that come out the same for any number of threads: the vector is cut into
   blocks of fixed length, and the sums of the blocks are added in order. */
#ifndef VTI_MINIMIZE_VECTORS_H
#define VTI_MINIMIZE_VECTORS_H

#include <stddef.h>

/* a . b */
double vti_dot(size_t n, const double *a, const double *b);

/* y += a x */
void vti_axpy(size_t n, double a, const double *x, double *y);

/* in_x[k] = v[k] . x for `count` vectors v, and in_y[k] = v[k] . y unless y is NULL: one pass over
   the vectors. */
void vti_dots(size_t n, size_t count, const double *const *v, const double *x, const double *y,
              double *in_x, double *in_y);

/* y += sum over k of a[k] v[k], in one pass over the vectors. */
void vti_combine(size_t n, size_t count, const double *a, const double *const *v, double *y);

/* out = x + a d */
void vti_step(size_t n, const double *x, double a, const double *d, double *out);

/* Largest length among `atoms` vectors stored as all x, all y, all z. NaN when one is NaN. */
double vti_largest(size_t atoms, const double *v);

#endif

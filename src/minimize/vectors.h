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

/* The way from one point of n numbers to the next and the change of the gradient, s = x - x0 and
   y = g - g0, and at the same time in_g[k] = v[k] . g and in_y[k] = v[k] . y: one pass over all. s
   and y may be among the `count` vectors v. `part` has room for vti_parts numbers. Returns s . s.
 */
typedef struct {
    const double *x, *x0, *g, *g0;
    double *s, *y;
} vti_change;
size_t vti_parts(size_t n, size_t count);
double vti_dots_of_change(size_t n, const vti_change *change, size_t count, const double *const *v,
                          double *part, double *in_g, double *in_y);

/* to = a from + sum over k of factor[k] v[k], in one pass over the vectors; `from` may be `to`. */
typedef struct {
    double a;
    const double *from;
    size_t count;
    const double *factor, *const *v;
    double *to;
} vti_sum_of_vectors;
void vti_combine(size_t n, const vti_sum_of_vectors *sum);

/* The same and, in the same pass, next = x + to. Returns g . to. */
double vti_combine_and_advance(size_t n, const vti_sum_of_vectors *sum, const double *g,
                               const double *x, double *next);

/* out = x + a d */
void vti_step(size_t n, const double *x, double a, const double *d, double *out);

/* Largest length among `atoms` vectors stored as all x, all y, all z. NaN when one is NaN. */
double vti_largest(size_t atoms, const double *v);

#endif

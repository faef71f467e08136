/* What the files of the saddle room share. */
#ifndef VITRUM_SADDLE_INTERNAL_H
#define VITRUM_SADDLE_INTERNAL_H

#include "minimize/vectors.h"
#include "vitrum/saddle.h"

/* ---- lanczos.c ---- */

/* Take the motion of all together off v, where it costs no energy. */
void vti_drop_drift(const vt_surface *surface, double *v);

double vti_norm(size_t n, const double *v);

/* ---- quasi.c: what steps tell about second derivatives ---- */

/* The last steps and how forces changed along them. */
typedef struct vti_quasi vti_quasi;

vti_quasi *vti_quasi_create(int memory);
void vti_quasi_destroy(vti_quasi *q);

/* Forget all. */
void vti_quasi_reset(vti_quasi *q);

/* The step s of n variables changed the force by df; earlier ones had as many or fewer. VT_ENOMEM.
 */
vt_status vti_quasi_learn(vti_quasi *q, size_t n, const double *s, const double *df, vt_error *err);

/* d = inverse second derivatives times `force`, both perpendicular to `mode` where that is not
   NULL: a step to where the force vanishes. What no step has told of, the surface may know roughly,
   unless it is NULL. */
void vti_quasi_step(const vti_quasi *q, const vt_surface *surface, size_t n, const double *force,
                    const double *mode, double *d);

#endif

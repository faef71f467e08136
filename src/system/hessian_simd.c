/* The inner loops of Hessian times vector, see hessian.h. Compiled once per instruction set. */
#include "base/simd.h"
#include "system/hessian.h"

/* ---------------------------------------------------------------- one vector ---- */

VTI_INLINE double dot(lanes d, lanes w) {
    return sum(d * w);
}

void VTI_VARIANT(vti_hessian_densities_one)(const vti_hessian_work *t) {
    for (int32_t i = 0; i < t->block->own; i++) {
        lanes own = load(t->u + 4 * i), here = load(t->point[i]);
        double at_i = 0;
        for (size_t k = t->first[i]; k < t->first[i + 1]; k++) {
            int32_t j = t->partner[k];
            const double *c = t->density + VTI_PAIR_NUMBERS * k;
            double x = dot(load(t->point[j]) - here, load(t->u + 4 * j) - own);
            at_i += c[VTI_PAIR_C_I] * x;
            t->s[j] += c[VTI_PAIR_C_J] * x;
        }
        t->s[i] += at_i;
    }
}

VTI_INLINE void forces_one(const vti_hessian_work *t, bool embedded) {
    for (int32_t i = 0; i < t->block->own; i++) {
        lanes own = load(t->u + 4 * i), here = load(t->point[i]), on_i = all(0);
        double at_i = embedded ? t->s[i] : 0;
        for (size_t k = t->first[i]; k < t->first[i + 1]; k++) {
            int32_t j = t->partner[k];
            const double *p = t->pair + VTI_PAIR_NUMBERS * k;
            const double *c = embedded ? t->density + VTI_PAIR_NUMBERS * k : NULL;
            lanes d = load(t->point[j]) - here, w = load(t->u + 4 * j) - own;
            double along = p[VTI_PAIR_A] * dot(d, w);
            if (embedded) along += c[VTI_PAIR_C_I] * at_i + c[VTI_PAIR_C_J] * t->s[j];
            lanes h = fused(all(p[VTI_PAIR_B]), w, all(along) * d);
            on_i += h;
            store(t->h + 4 * j, load(t->h + 4 * j) + h);
        }
        store(t->h + 4 * i, load(t->h + 4 * i) - on_i);
    }
}

void VTI_VARIANT(vti_hessian_forces_one)(const vti_hessian_work *t) {
    if (t->density != NULL)
        forces_one(t, true);
    else
        forces_one(t, false);
}

/* ---------------------------------------------------------------- four vectors ---- */

typedef struct {
    lanes c[3];
} three;

VTI_INLINE three load_three(const double *from) {
    return (three){{load(from), load(from + LANES), load(from + 2 * LANES)}};
}

VTI_INLINE void store_three(double *to, three v) {
    for (int m = 0; m < 3; m++) store(to + m * LANES, v.c[m]);
}

VTI_INLINE three difference(three a, three b) {
    for (int m = 0; m < 3; m++) a.c[m] -= b.c[m];
    return a;
}

/* From one point to another, the same for each vector. */
VTI_INLINE three between(const double from[4], const double to[4]) {
    three d;
    for (int m = 0; m < 3; m++) d.c[m] = all(to[m] - from[m]);
    return d;
}

VTI_INLINE lanes dots(three d, three w) {
    return fused(d.c[0], w.c[0], fused(d.c[1], w.c[1], d.c[2] * w.c[2]));
}

void VTI_VARIANT(vti_hessian_densities_four)(const vti_hessian_work *t) {
    for (int32_t i = 0; i < t->block->own; i++) {
        three own = load_three(t->u + 3 * LANES * i);
        lanes at_i = load(t->s + LANES * i);
        for (size_t k = t->first[i]; k < t->first[i + 1]; k++) {
            int32_t j = t->partner[k];
            const double *c = t->density + VTI_PAIR_NUMBERS * k;
            double *at_j = t->s + LANES * j;
            three w = difference(load_three(t->u + 3 * LANES * j), own);
            lanes x = dots(between(t->point[i], t->point[j]), w);
            at_i = fused(all(c[VTI_PAIR_C_I]), x, at_i);
            store(at_j, fused(all(c[VTI_PAIR_C_J]), x, load(at_j)));
        }
        store(t->s + LANES * i, at_i);
    }
}

VTI_INLINE void forces_four(const vti_hessian_work *t, bool embedded) {
    for (int32_t i = 0; i < t->block->own; i++) {
        three own = load_three(t->u + 3 * LANES * i), on_i = load_three(t->h + 3 * LANES * i);
        lanes at_i = embedded ? load(t->s + LANES * i) : all(0);
        for (size_t k = t->first[i]; k < t->first[i + 1]; k++) {
            int32_t j = t->partner[k];
            const double *p = t->pair + VTI_PAIR_NUMBERS * k;
            const double *c = embedded ? t->density + VTI_PAIR_NUMBERS * k : NULL;
            three d = between(t->point[i], t->point[j]);
            three w = difference(load_three(t->u + 3 * LANES * j), own);
            lanes along = all(p[VTI_PAIR_A]) * dots(d, w);
            if (embedded)
                along = fused(all(c[VTI_PAIR_C_I]), at_i,
                              fused(all(c[VTI_PAIR_C_J]), load(t->s + LANES * j), along));
            three on_j = load_three(t->h + 3 * LANES * j);
            for (int m = 0; m < 3; m++) {
                lanes h = fused(all(p[VTI_PAIR_B]), w.c[m], along * d.c[m]);
                on_i.c[m] -= h;
                on_j.c[m] += h;
            }
            store_three(t->h + 3 * LANES * j, on_j);
        }
        store_three(t->h + 3 * LANES * i, on_i);
    }
}

void VTI_VARIANT(vti_hessian_forces_four)(const vti_hessian_work *t) {
    if (t->density != NULL)
        forces_four(t, true);
    else
        forces_four(t, false);
}

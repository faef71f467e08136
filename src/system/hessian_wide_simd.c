/* The inner loops of wide products, see hessian.h. Compiled once per instruction set.

   Every pair is looked at from both sides: that takes each atom's sums without writing to others,
   and with this many vectors reading is what costs. */
#include "base/simd.h"
#include "system/hessian.h"

/* All vectors' numbers. */
typedef float wide __attribute__((vector_size(4 * VT_HESSIAN_WIDE)));

VTI_INLINE wide load_wide(const float *from) {
    wide v;
    memcpy(&v, from, sizeof v);
    return v;
}

VTI_INLINE void store_wide(float *to, wide v) {
    memcpy(to, &v, sizeof v);
}

VTI_INLINE wide all_wide(float x) {
    return (wide){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
}

VTI_INLINE wide fused_wide(wide a, wide b, wide c) {
#if defined(__AVX512F__)
    return (wide)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
    floats p[2], q[2], r[2];
    memcpy(p, &a, sizeof a);
    memcpy(q, &b, sizeof b);
    memcpy(r, &c, sizeof c);
    for (int k = 0; k < 2; k++) r[k] = fused_floats(p[k], q[k], r[k]);
    memcpy(&c, r, sizeof c);
    return c;
#else
    return a * b + c;
#endif
}

typedef struct {
    wide c[3];
} three;

VTI_INLINE three load_three(const float *from) {
    return (three){{load_wide(from), load_wide(from + VT_HESSIAN_WIDE),
                    load_wide(from + 2 * VT_HESSIAN_WIDE)}};
}

VTI_INLINE three difference(three a, three b) {
    for (int m = 0; m < 3; m++) a.c[m] -= b.c[m];
    return a;
}

VTI_INLINE wide along(const vti_hessian_wide *p, three w) {
    return fused_wide(all_wide(p->d[0]), w.c[0],
                      fused_wide(all_wide(p->d[1]), w.c[1], all_wide(p->d[2]) * w.c[2]));
}

enum { POINT = 3 * VT_HESSIAN_WIDE };

void VTI_VARIANT(vti_hessian_wide_densities)(const vti_hessian_wide_work *t, size_t from,
                                             size_t to) {
    for (size_t i = from; i < to; i++) {
        three own = load_three(t->x + POINT * i);
        wide sum = all_wide(0);
        for (size_t k = t->row[i]; k < t->coupled[i]; k++) {
            const vti_hessian_wide *p = &t->pair[k];
            three w = difference(load_three(t->x + POINT * (size_t)p->other), own);
            sum = fused_wide(all_wide(p->c_i), along(p, w), sum);
        }
        store_wide(t->s + VT_HESSIAN_WIDE * i, all_wide(t->weight[i]) * sum);
    }
}

/* What the pairs from .. to - 1 of atom i add to H x. */
VTI_INLINE three force(const vti_hessian_wide_work *t, size_t i, three own, size_t from, size_t to,
                       bool coupled, three sum) {
    wide at_i = coupled ? load_wide(t->s + VT_HESSIAN_WIDE * i) : all_wide(0);
    for (size_t k = from; k < to; k++) {
        const vti_hessian_wide *p = &t->pair[k];
        three w = difference(own, load_three(t->x + POINT * (size_t)p->other));
        wide stretch = all_wide(p->a) * along(p, w);
        if (coupled) {
            wide at_other = load_wide(t->s + VT_HESSIAN_WIDE * (size_t)p->other);
            wide part = fused_wide(all_wide(p->c_i), at_i, all_wide(p->c_other) * at_other);
            stretch -= part;
        }
        for (int m = 0; m < 3; m++)
            sum.c[m] = fused_wide(all_wide(p->b), w.c[m],
                                  fused_wide(all_wide(p->d[m]), stretch, sum.c[m]));
    }
    return sum;
}

VTI_INLINE void step_some(const vti_hessian_wide_work *t, size_t from, size_t to, bool embedded) {
    const vt_hessian_step *s = t->step;
    for (size_t i = from; i < to; i++) {
        three own = load_three(t->x + POINT * i);
        three h = {{all_wide(0), all_wide(0), all_wide(0)}};
        if (embedded) h = force(t, i, own, t->row[i], t->coupled[i], true, h);
        h = force(t, i, own, t->coupled[i], t->row[i + 1], false, h);
        wide factor = all_wide(t->mass != NULL ? s->h * t->mass[i] : s->h);
        for (int m = 0; m < 3; m++) {
            size_t at = POINT * i + VT_HESSIAN_WIDE * (size_t)m;
            wide y = fused_wide(all_wide(s->y_factor), load_wide(t->y + at),
                                all_wide(s->x_factor) * own.c[m]);
            if (t->r != NULL) y = fused_wide(load_wide(s->r_factor), load_wide(t->r + at), y);
            store_wide(t->y + at, fused_wide(factor, h.c[m], y));
        }
    }
}

void VTI_VARIANT(vti_hessian_wide_step)(const vti_hessian_wide_work *t, size_t from, size_t to) {
    if (t->s != NULL)
        step_some(t, from, to, true);
    else
        step_some(t, from, to, false);
}

/* Steps of recursions in the Hessian, for many vectors at once and in single precision. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "system/hessian.h"

enum {
    GRAIN = 64, /* atoms that a thread takes at a time */
    WIDE = VT_HESSIAN_WIDE
};

/* ---------------------------------------------------------------- making ---- */

static bool is_coupled(const vti_hessian_seen *s) {
    return s->at_i != 0 || s->at_other != 0;
}

/* Pairs that do nothing, since tables end before the cutoff, are left out. */
static bool acts(const vti_hessian_seen *s) {
    return s->a != 0 || s->b != 0 || is_coupled(s);
}

static void count_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    vt_hessian *h = context;
    for (size_t i = from; i < to; i++) {
        h->wide_row[i + 1] = h->wide_coupled[i] = 0;
        for (size_t e = h->row[i]; e < h->row[i + 1]; e++) {
            const vti_hessian_seen s = vti_hessian_see(h, i, e);
            h->wide_row[i + 1] += acts(&s);
            h->wide_coupled[i] += is_coupled(&s);
        }
    }
}

static void fill_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    vt_hessian *h = context;
    for (size_t i = from; i < to; i++) {
        size_t coupled = h->wide_row[i], other = coupled + h->wide_coupled[i];
        h->wide_coupled[i] = other;
        for (size_t e = h->row[i]; e < h->row[i + 1]; e++) {
            const vti_hessian_seen s = vti_hessian_see(h, i, e);
            if (!acts(&s)) continue;
            h->wide[is_coupled(&s) ? coupled++ : other++] = (vti_hessian_wide){
                .other = s.other,
                .d = {(float)s.d[0], (float)s.d[1], (float)s.d[2]},
                .b = (float)s.b,
                .a = (float)s.a,
                .c_i = (float)s.at_i,
                .c_other = (float)s.at_other,
            };
        }
        if (h->embedded) h->wide_weight[i] = (float)h->weight[i];
    }
}

static vt_status make_pairs(vt_hessian *h, vt_error *err) {
    VTI_TRY(vti_hessian_make_rows(h, err));
    size_t n = h->count;
    h->wide_row = vt_alloc(n + 1, sizeof *h->wide_row);
    h->wide_coupled = vt_alloc(n, sizeof *h->wide_coupled);
    if (h->wide_row == NULL || h->wide_coupled == NULL)
        return vt_fail_memory(err, n, 2 * sizeof *h->wide_row, "a Hessian");
    vti_share(n, GRAIN, count_some, h);
    for (size_t i = 0; i < n; i++) h->wide_row[i + 1] += h->wide_row[i];
    h->wide = vt_alloc(h->wide_row[n], sizeof *h->wide);
    if (h->embedded) {
        h->wide_weight = vt_alloc(n, sizeof *h->wide_weight);
        h->wide_s = vt_alloc(n, WIDE * sizeof *h->wide_s);
    }
    if (h->wide == NULL || (h->embedded && (h->wide_weight == NULL || h->wide_s == NULL)))
        return vt_fail_memory(err, h->wide_row[n], sizeof *h->wide, "a Hessian");
    vti_share(n, GRAIN, fill_some, h);
    return VT_OK;
}

static vt_status make_wide(vt_hessian *h, vt_error *err) {
    size_t n = h->count;
    if (h->scale != NULL) {
        h->wide_mass = vt_alloc(n, sizeof *h->wide_mass);
        if (h->wide_mass == NULL) return vt_fail_memory(err, n, sizeof *h->wide_mass, "a Hessian");
        for (size_t i = 0; i < n; i++) h->wide_mass[i] = (float)(h->scale[i] * h->scale[i]);
    }
    if (!h->differences) return make_pairs(h, err);
    h->narrow = vt_alloc(2 * n, 3 * WIDE * sizeof *h->narrow);
    return h->narrow != NULL
               ? VT_OK
               : vt_fail_memory(err, 2 * n, 3 * WIDE * sizeof *h->narrow, "a Hessian");
}

static void unmake_wide(vt_hessian *h) {
    vt_free(h->wide);
    vt_free(h->wide_row);
    vt_free(h->wide_coupled);
    vt_free(h->wide_weight);
    vt_free(h->wide_mass);
    vt_free(h->wide_s);
    vt_free(h->narrow);
    h->wide = NULL;
    h->wide_row = h->wide_coupled = NULL;
    h->wide_weight = h->wide_mass = h->wide_s = NULL;
    h->narrow = NULL;
}

/* ---------------------------------------------------------------- vectors ---- */

typedef struct {
    const vt_hessian *h;
    size_t vectors;
    const double *factor, *v_factor;
    const double *from;
    double *v;
    const float *stored;
    float *u;
} moving;

static void load_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const moving *m = context;
    for (size_t i = 3 * from; i < 3 * to; i++)
        for (size_t k = 0; k < WIDE; k++) {
            double scale = m->h->scale != NULL ? m->h->scale[i / 3] : 1;
            if (m->factor != NULL && k < m->vectors) scale *= m->factor[k];
            double v = k < m->vectors ? m->from[3 * m->h->count * k + i] : 0;
            m->u[WIDE * i + k] = (float)(scale * v);
        }
}

void vt_hessian_wide_load(const vt_hessian *h, size_t vectors, const double *v,
                          const double *factor, float *u) {
    moving m = {.h = h, .vectors = vectors, .factor = factor, .from = v, .u = u};
    vti_share(h->count, GRAIN, load_some, &m);
}

static void store_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const moving *m = context;
    for (size_t k = 0; k < m->vectors; k++) {
        double factor = m->factor != NULL ? m->factor[k] : 1;
        double keep = m->v_factor != NULL ? m->v_factor[k] : 0;
        double *v = m->v + 3 * m->h->count * k;
        for (size_t i = 3 * from; i < 3 * to; i++) {
            double root = m->h->scale != NULL ? factor / m->h->scale[i / 3] : factor;
            double kept = m->v_factor != NULL ? keep * v[i] : 0;
            v[i] = kept + root * (double)m->stored[WIDE * i + k];
        }
    }
}

void vt_hessian_wide_store(const vt_hessian *h, size_t vectors, const float *u,
                           const double *factor, const double *v_factor, double *v) {
    moving m = {
        .h = h, .vectors = vectors, .factor = factor, .v_factor = v_factor, .stored = u, .v = v};
    vti_share(h->count, GRAIN, store_some, &m);
}

/* ---------------------------------------------------------------- steps ---- */

typedef struct {
    vti_hessian_wide_work work;
    vti_hessian_wide_kernel *kernel;
} stepping;

static void do_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const stepping *s = context;
    s->kernel(&s->work, from, to);
}

/* The product in double precision by vt_hessian_times, and the rest. */
static vt_status step_by_differences(vt_hessian *h, const vti_hessian_wide_work *t, vt_error *err) {
    size_t n = 3 * h->count;
    double *v = h->narrow, *hv = h->narrow + n * WIDE;
    vt_hessian_wide_store(h, WIDE, t->x, NULL, NULL, v);
    VTI_TRY(vt_hessian_times(h, WIDE, v, hv, err));
    const vt_hessian_step *s = t->step;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < WIDE; k++) {
            size_t at = WIDE * i + k;
            double scale = h->scale != NULL ? h->scale[i / 3] : 1;
            double y = (double)s->h * scale * hv[n * k + i] +
                       (double)s->x_factor * (double)t->x[at] +
                       (double)s->y_factor * (double)t->y[at];
            if (t->r != NULL) y += (double)s->r_factor[k] * (double)t->r[at];
            t->y[at] = (float)y;
        }
    return VT_OK;
}

vt_status vt_hessian_wide_step(vt_hessian *h, const vt_hessian_step *step, const float *x,
                               const float *r, float *y, vt_error *err) {
    static vti_hessian_wide_kernel *const KERNEL[][2] = {
        [VT_SIMD_BASELINE] = {vti_hessian_wide_densities_baseline, vti_hessian_wide_step_baseline},
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = {vti_hessian_wide_densities_avx2, vti_hessian_wide_step_avx2},
        [VT_SIMD_AVX512] = {vti_hessian_wide_densities_avx512, vti_hessian_wide_step_avx512},
#endif
    };
    if (vt_interrupted()) return vt_fail_interrupted(err);
    if (h->wide == NULL && h->narrow == NULL) {
        vt_status st = make_wide(h, err);
        if (vt_failed(st)) {
            unmake_wide(h);
            return st;
        }
    }
    stepping s = {.work = {.row = h->wide_row,
                           .coupled = h->wide_coupled,
                           .pair = h->wide,
                           .weight = h->wide_weight,
                           .mass = h->wide_mass,
                           .s = h->wide_s,
                           .x = x,
                           .r = r,
                           .y = y,
                           .step = step}};
    if (h->differences) return step_by_differences(h, &s.work, err);
    if (h->embedded) {
        s.kernel = KERNEL[h->simd][0];
        vti_share(h->count, GRAIN, do_some, &s);
    }
    s.kernel = KERNEL[h->simd][1];
    vti_share(h->count, GRAIN, do_some, &s);
    return VT_OK;
}

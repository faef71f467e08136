/* Products of the Hessian with vectors. */
#include "system/hessian.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "system/internal.h"

enum { GRAIN = 1024 /* atoms that a thread takes at a time */ };

/* Numbers of a point with one vector, with VTI_VECTORS, and in the scratch of a thread, where
   displacements, forces and changes of densities are. */
enum { ONE = 4, FOUR = 3 * VTI_VECTORS, SCRATCH = 2 * FOUR + VTI_VECTORS };

/* ---------------------------------------------------------------- scratch ---- */

void vti_hessian_free_scratch(vt_hessian *h) {
    for (int t = 0; t < h->threads && h->scratch != NULL; t++) vt_free(h->scratch[t]);
    vt_free(h->scratch);
    h->scratch = NULL;
    h->threads = 0;
}

/* Scratch for as many threads as there are now. */
static vt_status reserve_scratch(vt_hessian *h, vt_error *err) {
    int threads = vt_threads();
    if (threads <= h->threads) return VT_OK;
    vti_hessian_free_scratch(h);
    size_t points = (size_t)h->most_points;
    h->scratch = vt_alloc((size_t)threads, sizeof *h->scratch);
    bool made = h->scratch != NULL;
    if (made) h->threads = threads;
    for (int t = 0; t < threads && made; t++) {
        h->scratch[t] = vt_alloc(points, SCRATCH * sizeof **h->scratch);
        made = h->scratch[t] != NULL;
    }
    if (made) return VT_OK;
    vti_hessian_free_scratch(h);
    return vt_fail_memory(err, points, SCRATCH * sizeof **h->scratch, "a Hessian");
}

/* ---------------------------------------------------------------- products ---- */

/* One product of one or up to VTI_VECTORS vectors. */
typedef struct {
    const vt_hessian *h;
    const double *v;
    double *hv;
    size_t vectors;
    size_t width, density_width; /* numbers of a point */
    vti_hessian_kernel *densities, *forces;
} product;

static double scale_of(const vt_hessian *h, size_t i) {
    return h->scale != NULL ? h->scale[i] : 1;
}

static void load_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const product *p = context;
    const vt_hessian *h = p->h;
    for (size_t i = from; i < to; i++) {
        double *u = h->u + p->width * i, scale = scale_of(h, i);
        const double *v = p->v + 3 * i;
        if (p->width == ONE) {
            for (size_t m = 0; m < 3; m++) u[m] = scale * v[m];
            u[3] = 0;
            continue;
        }
        for (size_t m = 0; m < 3; m++)
            for (size_t k = 0; k < VTI_VECTORS; k++)
                u[VTI_VECTORS * m + k] = k < p->vectors ? scale * v[3 * h->count * k + m] : 0;
    }
}

/* A block's own numbers and its halo's, `width` a point. */
static void gather(const vt_hessian *h, const vti_hessian_block *block, size_t width,
                   const double *from, double *to) {
    size_t own = (size_t)block->own, bytes = width * sizeof *to;
    memcpy(to, from + width * block->from, own * bytes);
    for (size_t k = own; k < (size_t)block->points; k++)
        memcpy(to + width * k, from + width * (size_t)h->slot_atom[block->slot + k - own], bytes);
}

/* What a block's own atoms received, and what goes into its slots. */
static void scatter(const vti_hessian_block *block, size_t width, const double *from, double *own,
                    double *slots) {
    size_t n = width * (size_t)block->own, all = width * (size_t)block->points;
    memcpy(own + width * block->from, from, n * sizeof *from);
    memcpy(slots + width * block->slot, from + n, (all - n) * sizeof *from);
}

static vti_hessian_work work_of(const product *p, const vti_hessian_block *block, double *scratch) {
    const vt_hessian *h = p->h;
    size_t points = (size_t)h->most_points;
    vti_hessian_work work = {.block = block,
                             .first = h->first + block->from,
                             .partner = h->partner,
                             .pair = h->pair,
                             .density = h->density,
                             .point = vti_hessian_points(h, block),
                             .u = scratch,
                             .h = scratch + FOUR * points,
                             .s = scratch + 2 * FOUR * points};
    gather(h, block, p->width, h->u, scratch);
    return work;
}

static void densities_of_blocks(void *context, size_t from, size_t to, int worker) {
    const product *p = context;
    for (size_t b = from; b < to; b++) {
        const vti_hessian_block *block = &p->h->block[b];
        const vti_hessian_work work = work_of(p, block, p->h->scratch[worker]);
        memset(work.s, 0, p->density_width * (size_t)block->points * sizeof *work.s);
        p->densities(&work);
        scatter(block, p->density_width, work.s, p->h->s, p->h->slot_s);
    }
}

static void forces_of_blocks(void *context, size_t from, size_t to, int worker) {
    const product *p = context;
    for (size_t b = from; b < to; b++) {
        const vti_hessian_block *block = &p->h->block[b];
        const vti_hessian_work work = work_of(p, block, p->h->scratch[worker]);
        memset(work.h, 0, p->width * (size_t)block->points * sizeof *work.h);
        if (p->h->embedded) gather(p->h, block, p->density_width, p->h->s, work.s);
        p->forces(&work);
        scatter(block, p->width, work.h, p->h->h, p->h->slot_h);
    }
}

/* Add the slots of atom i to its numbers. */
static void add_slots(const vt_hessian *h, size_t i, size_t width, const double *slots,
                      double *to) {
    for (int32_t k = h->first_slot[i]; k < h->first_slot[i + 1]; k++) {
        const double *slot = slots + width * (size_t)h->slot_of[k];
        for (size_t m = 0; m < width; m++) to[m] += slot[m];
    }
}

static void sum_densities(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const product *p = context;
    const vt_hessian *h = p->h;
    for (size_t i = from; i < to; i++) {
        double *s = h->s + p->density_width * i;
        add_slots(h, i, p->density_width, h->slot_s, s);
        for (size_t m = 0; m < p->density_width; m++) s[m] *= h->weight[i];
    }
}

static void sum_forces(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const product *p = context;
    const vt_hessian *h = p->h;
    size_t lanes = p->width == ONE ? 1 : VTI_VECTORS;
    for (size_t i = from; i < to; i++) {
        double *sum = h->h + p->width * i, scale = scale_of(h, i);
        add_slots(h, i, p->width, h->slot_h, sum);
        for (size_t k = 0; k < p->vectors; k++)
            for (size_t m = 0; m < 3; m++)
                p->hv[3 * h->count * k + 3 * i + m] = scale * sum[lanes * m + k];
    }
}

static void multiply(product *p) {
    static vti_hessian_kernel *const KERNEL[][4] = {
        [VT_SIMD_BASELINE] = {vti_hessian_densities_one_baseline,
                              vti_hessian_densities_four_baseline, vti_hessian_forces_one_baseline,
                              vti_hessian_forces_four_baseline},
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = {vti_hessian_densities_one_avx2, vti_hessian_densities_four_avx2,
                          vti_hessian_forces_one_avx2, vti_hessian_forces_four_avx2},
        [VT_SIMD_AVX512] = {vti_hessian_densities_one_avx512, vti_hessian_densities_four_avx512,
                            vti_hessian_forces_one_avx512, vti_hessian_forces_four_avx512},
#endif
    };
    const vt_hessian *h = p->h;
    bool one = p->vectors == 1;
    p->width = one ? ONE : FOUR;
    p->density_width = one ? 1 : VTI_VECTORS;
    p->densities = KERNEL[h->simd][one ? 0 : 1];
    p->forces = KERNEL[h->simd][one ? 2 : 3];
    vti_share(h->count, GRAIN, load_some, p);
    if (h->embedded) {
        const vti_loop loop = {h->blocks, 1, h->threads, densities_of_blocks, p, NULL, false};
        vti_share_loop(&loop);
        vti_share(h->count, GRAIN, sum_densities, p);
    }
    const vti_loop loop = {h->blocks, 1, h->threads, forces_of_blocks, p, NULL, false};
    vti_share_loop(&loop);
    vti_share(h->count, GRAIN, sum_forces, p);
}

/* ---------------------------------------------------------------- differences ---- */

/* The forces where each atom is `by` v from r; VT_WANT_ bits are none. */
static vt_status forces_at(const vt_hessian *h, const double (*r)[4], const double *v, double by,
                           vt_error *err) {
    vt_system *s = h->system;
    for (size_t i = 0; i < h->count; i++)
        for (size_t m = 0; m < 3; m++) s->r[i][m] = r[i][m] + by * scale_of(h, i) * v[3 * i + m];
    vt_system_moved(s);
    return vt_system_evaluate(s, 0, NULL, err);
}

static vt_status difference_of(const vt_hessian *h, const double (*r)[4], const double *v,
                               double *hv, vt_error *err) {
    double largest = 0;
    for (size_t i = 0; i < h->count; i++)
        for (size_t m = 0; m < 3; m++) {
            double reach = fabs(scale_of(h, i) * v[3 * i + m]);
            if (!isfinite(reach))
                return vt_fail(err, VT_EINVAL,
                               "the vector to multiply is not finite at atom %lld (%g)",
                               (long long)h->system->id[i], v[3 * i + m]);
            largest = fmax(largest, reach);
        }
    memset(hv, 0, 3 * h->count * sizeof *hv);
    if (largest < DBL_MIN) return VT_OK; /* 0, or so small that nothing can be divided by it */
    double step = h->step / largest;
    for (int side = -1; side <= 1; side += 2) {
        VTI_TRY(forces_at(h, r, v, side * step, err));
        for (size_t i = 0; i < h->count; i++)
            for (size_t m = 0; m < 3; m++)
                hv[3 * i + m] -= side * h->system->f[i][m] * scale_of(h, i) / (2 * step);
    }
    return VT_OK;
}

static vt_status multiply_by_differences(vt_hessian *h, size_t vectors, const double *v, double *hv,
                                         vt_error *err) {
    vt_system *s = h->system;
    if (!vt_hessian_is_of(h, s))
        return vt_fail(err, VT_EINVAL,
                       "the atoms have moved since this Hessian was prepared; prepare it again");
    double(*r)[4] = vt_alloc(2 * h->count, sizeof *r), (*f)[4] = r + h->count;
    if (r == NULL) return vt_fail_memory(err, 2 * h->count, sizeof *r, "differences of forces");
    memcpy(r, s->r, h->count * sizeof *r);
    memcpy(f, s->f, h->count * sizeof *f);
    uint64_t stamp = s->stamp, places = s->places;
    vti_outcome known = s->internal->outcome;
    vt_status st = VT_OK;
    for (size_t k = 0; k < vectors && !vt_failed(st); k++) {
        size_t offset = 3 * h->count * k;
        st = vt_interrupted()
                 ? vt_fail_interrupted(err)
                 : difference_of(h, (const double(*)[4])r, v + offset, hv + offset, err);
    }
    /* Everything is bitwise as it was, and the owner of the system need not know. */
    memcpy(s->r, r, h->count * sizeof *r);
    memcpy(s->f, f, h->count * sizeof *f);
    s->stamp = stamp;
    s->places = places;
    s->internal->outcome = known;
    vt_free(r);
    return st;
}

vt_status vt_hessian_times(vt_hessian *h, size_t vectors, const double *v, double *hv,
                           vt_error *err) {
    if (h->differences) return multiply_by_differences(h, vectors, v, hv, err);
    vt_status st = reserve_scratch(h, err);
    for (size_t k = 0; k < vectors && !vt_failed(st); k += VTI_VECTORS) {
        if (vt_interrupted()) return vt_fail_interrupted(err);
        size_t left = vectors - k, offset = 3 * h->count * k;
        product p = {.h = h,
                     .v = v + offset,
                     .hv = hv + offset,
                     .vectors = left < VTI_VECTORS ? left : VTI_VECTORS};
        multiply(&p);
    }
    return st;
}

/* Neighbors are picked out of the candidates first, then each adds its bell to the points around
   it. */
#include "descriptor/radial.h"

#include "base/simd.h"

typedef float window __attribute__((vector_size(4 * VTI_WINDOW)));
typedef int32_t window_bits __attribute__((vector_size(4 * VTI_WINDOW)));

VTI_INLINE window all_window(float x) {
    return (window){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
}

VTI_INLINE window fused_window(window a, window b, window c) {
#if defined(__AVX512F__)
    return (window)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#else
    return a * b + c;
#endif
}

/* 2^t for t <= 0. Beyond 2^-120 nothing can be seen. */
VTI_INLINE window power_of_two(window t) {
    const window least = all_window(-120), magic = all_window(12582912.0f); /* 1.5 2^23 */
    window_bits low = t < least;
    t = (window)((low & (window_bits)least) | (~low & (window_bits)t));
    window shifted = t + magic, f = t - (shifted - magic);
    /* exp(f ln 2), |f| <= 1/2, to 1.2e-7 */
    window p = all_window(1.5403530e-4f);
    p = fused_window(p, f, all_window(1.3333558e-3f));
    p = fused_window(p, f, all_window(9.6181291e-3f));
    p = fused_window(p, f, all_window(5.5504109e-2f));
    p = fused_window(p, f, all_window(2.4022651e-1f));
    p = fused_window(p, f, all_window(6.9314718e-1f));
    p = fused_window(p, f, all_window(1));
    return (window)((window_bits)p + (((window_bits)shifted - (window_bits)magic) << 23));
}

/* ---------------------------------------------------------------- neighbors ---- */

/* Those of the atoms begin to end - 1 that are within the reach; up to LANES places more are
   written. */
VTI_INLINE size_t pick(const vti_cells *cells, size_t begin, size_t end, const lanes at[3],
                       lanes reach2, const vti_radial_scratch *s, size_t count) {
    for (size_t k = begin; k < end; k += LANES) {
        lanes dx = load(cells->x + k) - at[0], dy = load(cells->y + k) - at[1],
              dz = load(cells->z + k) - at[2];
        lanes d2 = dx * dx + dy * dy + dz * dz;
        int bits = mask_bits(d2 <= reach2);
        if (end - k < LANES) bits &= (1 << (end - k)) - 1;
        pack(s->d2 + count, d2, bits);
        pack_index(s->kind + count, cells->type + k, bits);
        count += (size_t)__builtin_popcount((unsigned)bits);
    }
    return count;
}

VTI_INLINE size_t find_neighbors(const vti_radial_plan *plan, const vti_center *center,
                                 const vti_radial_scratch *s) {
    const vti_cells *cells = center->cells;
    size_t count = 0, place = center->place;
    const double own[3] = {cells->x[place], cells->y[place], cells->z[place]};
    lanes reach2 = all(plan->reach2);
    for (size_t m = 0; m < center->reaches; m++) {
        const vti_reach *r = &center->reach[m];
        const lanes at[3] = {all(own[0] - r->shift[0]), all(own[1] - r->shift[1]),
                             all(own[2] - r->shift[2])};
        bool home = r->shift[0] == 0 && r->shift[1] == 0 && r->shift[2] == 0;
        if (home && place >= r->begin && place < r->end) {
            count = pick(cells, r->begin, place, at, reach2, s, count);
            count = pick(cells, place + 1, r->end, at, reach2, s, count);
        } else {
            count = pick(cells, r->begin, r->end, at, reach2, s, count);
        }
    }
    return count;
}

/* ---------------------------------------------------------------- bells ---- */

VTI_INLINE void add_bell(const vti_radial_plan *plan, float offset, float *to, const int windows) {
    window place = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int m = 0; m < windows; m++, to += VTI_WINDOW) {
        window away = place - all_window(offset - (float)(m * VTI_WINDOW)), sum;
        memcpy(&sum, to, sizeof sum);
        sum += power_of_two(away * away * all_window(plan->bend));
        memcpy(to, &sum, sizeof sum);
    }
}

VTI_INLINE void add_bells(const vti_radial_plan *plan, const double *scale, size_t count,
                          const vti_radial_scratch *s, const int windows) {
    size_t row = plan->species * plan->padded;
    /* Bells whose middle is further out reach no point. */
    double least = -plan->half, most = (double)plan->radial.points - 1 + plan->half;
    lanes inverse = all(plan->inverse), start = all(plan->start), magic = all(6755399441055744.0);
    for (size_t k = 0; k < count; k += LANES) {
        const int32_t *kind = s->kind + k;
        lanes r = root(load(s->d2 + k)) *
                  (lanes){scale[kind[0]], scale[kind[1]], scale[kind[2]], scale[kind[3]]};
        lanes place = r * inverse - start, whole = (place + magic) - magic;
        lanes offset = place - whole + all(plan->half);
        for (size_t m = 0; m < LANES && k + m < count; m++) {
            if (!(r[m] <= plan->radial.cutoff && whole[m] >= least && whole[m] <= most)) continue;
            int first = (int)whole[m] - plan->half + (int)plan->left;
            float *to = s->sum + m * row + (size_t)kind[m] * plan->padded + (size_t)first;
            add_bell(plan, (float)offset[m], to, windows);
        }
    }
}

void VTI_VARIANT(vti_radial_row)(const vti_radial_plan *plan, const vti_center *center,
                                 const vti_radial_scratch *s, float *row) {
    size_t length = plan->species * plan->padded, points = plan->radial.points;
    const double *scale = plan->scale + (size_t)center->own * plan->species;
    size_t count = find_neighbors(plan, center, s);
    for (size_t k = count; k < count + LANES; k++) { /* the last few are done together with these */
        s->kind[k] = 0;
        s->d2[k] = 0;
    }
    memset(s->sum, 0, VTI_COPIES * length * sizeof *s->sum);
    if (plan->windows == 1)
        add_bells(plan, scale, count, s, 1);
    else
        add_bells(plan, scale, count, s, plan->windows);
    for (size_t b = 0; b < plan->species; b++) {
        const float *sum = s->sum + b * plan->padded + plan->left;
        for (size_t k = 0; k < points; k++)
            row[b * points + k] =
                (sum[k] + sum[length + k]) + (sum[2 * length + k] + sum[3 * length + k]);
    }
}

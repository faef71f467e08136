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

/* 2^t for -120 <= t <= 0. */
VTI_INLINE window power_of_two(window t) {
    const window magic = all_window(12582912.0f); /* 1.5 2^23 */
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

/* Those of the atoms begin to end - 1 that are within the reach; up to a vector more is written. */
#if defined(__AVX512F__)
VTI_INLINE size_t pick(const vti_cells *cells, size_t begin, size_t end, const double at[3],
                       double reach2, const vti_radial_scratch *s, size_t count) {
    enum { EIGHT = 8 };
    __m512d x = _mm512_set1_pd(at[0]), y = _mm512_set1_pd(at[1]), z = _mm512_set1_pd(at[2]);
    __m512d limit = _mm512_set1_pd(reach2);
    for (size_t k = begin; k < end; k += EIGHT) {
        __m512d dx = _mm512_loadu_pd(cells->x + k) - x, dy = _mm512_loadu_pd(cells->y + k) - y,
                dz = _mm512_loadu_pd(cells->z + k) - z, d2 = dx * dx + dy * dy + dz * dz;
        __mmask8 near = _mm512_cmp_pd_mask(d2, limit, _CMP_LE_OQ);
        if (end - k < EIGHT) near &= (__mmask8)((1 << (end - k)) - 1);
        __m256i kind = _mm256_loadu_si256((const __m256i *)(cells->type + k));
        _mm512_storeu_pd(s->d2 + count, _mm512_maskz_compress_pd(near, d2));
        _mm256_storeu_si256((__m256i *)(s->kind + count), _mm256_maskz_compress_epi32(near, kind));
        count += (size_t)__builtin_popcount(near);
    }
    return count;
}
#else
VTI_INLINE size_t pick(const vti_cells *cells, size_t begin, size_t end, const double at[3],
                       double reach2, const vti_radial_scratch *s, size_t count) {
    lanes x = all(at[0]), y = all(at[1]), z = all(at[2]);
    for (size_t k = begin; k < end; k += LANES) {
        lanes dx = load(cells->x + k) - x, dy = load(cells->y + k) - y, dz = load(cells->z + k) - z;
        lanes d2 = dx * dx + dy * dy + dz * dz;
        int bits = mask_bits(d2 <= all(reach2));
        if (end - k < LANES) bits &= (1 << (end - k)) - 1;
        pack(s->d2 + count, d2, bits);
        pack_index(s->kind + count, cells->type + k, bits);
        count += (size_t)__builtin_popcount((unsigned)bits);
    }
    return count;
}
#endif

VTI_INLINE size_t find_neighbors(const vti_radial_plan *plan, const vti_center *center,
                                 const vti_radial_scratch *s) {
    const vti_cells *cells = center->cells;
    size_t count = 0, place = center->place;
    const double own[3] = {cells->x[place], cells->y[place], cells->z[place]};
    double reach2 = plan->reach2[center->own];
    for (size_t m = 0; m < center->reaches; m++) {
        const vti_reach *r = &center->reach[m];
        const double at[3] = {own[0] - r->shift[0], own[1] - r->shift[1], own[2] - r->shift[2]};
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

/* With `narrow` bells the end of the window may be so far out that 2^t has no exponent left; where
   it is 2^-120, nothing can be seen. */
VTI_INLINE void add_bell(const vti_radial_plan *plan, float offset, float *to, const int windows,
                         const bool narrow) {
    window place = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int m = 0; m < windows; m++, to += VTI_WINDOW) {
        window away = place - all_window(offset - (float)(m * VTI_WINDOW)), sum;
        window t = away * away * all_window(plan->bend);
        if (narrow) {
            const window least = all_window(-120);
            window_bits low = t < least;
            t = (window)((low & (window_bits)least) | (~low & (window_bits)t));
        }
        memcpy(&sum, to, sizeof sum);
        sum += power_of_two(t);
        memcpy(to, &sum, sizeof sum);
    }
}

/* Where the bells of the neighbors begin in a row of sums, and how far from there their middle is;
   only those that reach the grid. */
VTI_INLINE size_t place_bells(const vti_radial_plan *plan, const double *scale, size_t count,
                              const vti_radial_scratch *s) {
    /* Bells whose middle is further out reach no point. */
    lanes least = all(-plan->half), most = all((double)plan->radial.points - 1 + plan->half);
    lanes inverse = all(plan->inverse), start = all(plan->start), magic = all(6755399441055744.0);
    lanes half = all(plan->half), cutoff = all(plan->radial.cutoff);
    int32_t room = (int32_t)plan->left - plan->half, padded = (int32_t)plan->padded;
    size_t kept = 0;
    for (size_t k = 0; k < count; k += LANES) {
        const int32_t *kind = s->kind + k;
        lanes r = root(load(s->d2 + k)) *
                  (lanes){scale[kind[0]], scale[kind[1]], scale[kind[2]], scale[kind[3]]};
        lanes place = r * inverse - start, whole = (place + magic) - magic;
        half_floats offset = to_half_floats(place - whole + half);
        int bits = mask_bits((r <= cutoff) & (whole >= least) & (whole <= most));
        if (count - k < LANES) bits &= (1 << (count - k)) - 1;
        whole = least_of(choose(whole < least, least, whole), most);
        int32_t at[LANES];
        for (int m = 0; m < LANES; m++) at[m] = (int32_t)whole[m] + room + kind[m] * padded;
        pack_half_floats(s->offset + kept, offset, bits);
        pack_index(s->kind + kept, at, bits); /* never beyond what has been read */
        kept += (size_t)__builtin_popcount((unsigned)bits);
    }
    return kept;
}

VTI_INLINE void add_bells(const vti_radial_plan *plan, size_t count, const vti_radial_scratch *s,
                          const int windows, const bool narrow) {
    size_t row = plan->species * plan->padded;
    for (size_t k = 0; k < count; k++)
        add_bell(plan, s->offset[k], s->sum + k % VTI_COPIES * row + (size_t)s->kind[k], windows,
                 narrow);
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
    count = place_bells(plan, scale, count, s);
    if (plan->windows == 1 && !plan->narrow)
        add_bells(plan, count, s, 1, false);
    else
        add_bells(plan, count, s, plan->windows, true);
    for (size_t b = 0; b < plan->species; b++) {
        const float *sum = s->sum + b * plan->padded + plan->left;
        for (size_t k = 0; k < points; k++)
            row[b * points + k] =
                (sum[k] + sum[length + k]) + (sum[2 * length + k] + sum[3 * length + k]);
    }
}

/* The plain form of count_simd.c, which the others are tested against. */
#include "structure/count.h"

#include <math.h>

void vti_count_run_reference(void *context, const vti_cells *cells, size_t i, const double shift[3],
                             size_t begin, size_t end) {
    vti_counter *c = context;
    const vti_shells *s = c->shells;
    for (size_t j = begin; j < end; j++) {
        double dx = cells->x[j] - (cells->x[i] - shift[0]);
        double dy = cells->y[j] - (cells->y[i] - shift[1]);
        double dz = cells->z[j] - (cells->z[i] - shift[2]);
        double square = dx * dx + dy * dy + dz * dz;
        if (!(square < s->limit)) continue;
        c->square[c->found] = square;
        c->along[c->found] = dx * s->axis[0] + dy * s->axis[1] + dz * s->axis[2];
        c->start[c->found] = (cells->type[i] * s->species_count + cells->type[j]) * s->bins;
        if (++c->found == VTI_COUNT_ROOM) vti_count_flush_reference(c);
    }
}

void vti_count_flush_reference(vti_counter *c) {
    const vti_shells *s = c->shells;
    for (size_t k = 0; k < c->found; k++) {
        int32_t bin = (int32_t)(sqrt(c->square[k]) * s->inverse_width);
        /* rmax^2 and the width are rounded: the last shell takes what falls one too far. */
        if (bin >= s->bins) bin = s->bins - 1;
        c->pairs[c->start[k] + bin]++;
        if (!s->has_axis) continue;
        double along = c->along[k], square = c->square[k];
        double cosine2 = square > 0 ? along * along / square : 1.0 / 3;
        c->moment[c->start[k] + bin] += (int64_t)((1.5 * cosine2 - 0.5) * s->moment_unit);
    }
    c->found = 0;
}

vti_count_kernel vti_count_kernel_of(vt_simd simd) {
    static const vti_count_kernel KERNEL[] = {
        [VT_SIMD_REFERENCE] = {vti_count_run_reference, vti_count_flush_reference},
        [VT_SIMD_BASELINE] = {vti_count_run_baseline, vti_count_flush_baseline},
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = {vti_count_run_avx2, vti_count_flush_avx2},
        [VT_SIMD_AVX512] = {vti_count_run_avx512, vti_count_flush_avx512},
#endif
    };
    return KERNEL[simd];
}

/* The plain form of count_simd.c, which the others are tested against. */
#include "structure/count.h"

#include <math.h>

static void count_pair(const vti_counter *c, int32_t kind, const double d[3]) {
    const vti_shells *s = c->shells;
    double square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    if (!(square < s->limit)) return;
    int32_t bin = (int32_t)(sqrt(square) * s->inverse_width);
    /* rmax^2 and the width are rounded: the last shell takes what falls one too far. */
    if (bin >= s->bins) bin = s->bins - 1;
    c->pairs[kind * s->bins + bin]++;
    if (!s->has_axis) return;
    double along = d[0] * s->axis[0] + d[1] * s->axis[1] + d[2] * s->axis[2];
    double cosine2 = square > 0 ? along * along / square : 1.0 / 3;
    c->moment[kind * s->bins + bin] += (int64_t)((1.5 * cosine2 - 0.5) * s->moment_unit);
}

void vti_count_run_reference(void *context, const vti_cells *cells, const vti_pairs *p) {
    const vti_counter *c = context;
    for (size_t i = p->first; i < p->first + p->count; i++)
        for (size_t j = p->own ? i + 1 : p->begin; j < p->end; j++) {
            const double d[3] = {cells->x[j] - (cells->x[i] - p->shift[0]),
                                 cells->y[j] - (cells->y[i] - p->shift[1]),
                                 cells->z[j] - (cells->z[i] - p->shift[2])};
            count_pair(c, cells->type[i] * c->shells->species_count + cells->type[j], d);
        }
}

/* Nothing was collected. */
void vti_count_flush_reference(vti_counter *c) {
    c->rows = 0;
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

/* Radial structure functions: settings, tables, the choice of the instruction set. */
#include "descriptor/radial.h"

#include <math.h>
#include <string.h>

#include "base/try.h"

/* A bell is followed to 6 sigma, where it is 1.5e-8: less than what single precision keeps of its
   peak. */
static const double FAR = 6;

static vti_radial_row *row_of(vt_simd simd) {
    static vti_radial_row *const ROW[] = {
        [VT_SIMD_REFERENCE] = vti_radial_row_reference,
        [VT_SIMD_BASELINE] = vti_radial_row_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_radial_row_avx2,
        [VT_SIMD_AVX512] = vti_radial_row_avx512,
#endif
    };
    return ROW[simd];
}

/* ---------------------------------------------------------------- settings ---- */

static bool positive(double x) {
    return x > 0 && isfinite(x);
}

static vt_status check(const vt_surroundings *around, const vt_radial *g, vt_error *err) {
    if (around->species_count < 1 || around->species_count > VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "a descriptor knows 1 to %d species, not %zu",
                       VT_MAX_SPECIES, around->species_count);
    if (!(g->first >= 0) || !isfinite(g->first) || !positive(g->step) || g->points < 1 ||
        g->points > VT_RADIAL_MAX_POINTS)
        return vt_fail(err, VT_EINVAL,
                       "a grid begins at 0 or more and has 1 to %d points some way apart; got %zu "
                       "from %g in steps of %g",
                       VT_RADIAL_MAX_POINTS, g->points, g->first, g->step);
    if (!positive(g->sigma) || !positive(g->cutoff))
        return vt_fail(err, VT_EINVAL, "sigma is %g and the cutoff %g; both must be above 0",
                       g->sigma, g->cutoff);
    if (FAR * g->sigma / g->step > VT_RADIAL_MAX_POINTS)
        return vt_fail(
            err, VT_EINVAL,
            "sigma is %g, more than %d steps of the grid, which are %g; take longer ones", g->sigma,
            (int)(VT_RADIAL_MAX_POINTS / FAR), g->step);
    for (size_t k = 0; k < around->species_count * around->species_count; k++)
        if (!positive(g->scale[k]))
            return vt_fail(err, VT_EINVAL,
                           "the length that distances from %s to %s are divided by is %g angstrom; "
                           "it must be above 0",
                           around->species[k / around->species_count],
                           around->species[k % around->species_count], g->scale[k]);
    return VT_OK;
}

size_t vt_radial_features(const vt_surroundings *around, const vt_radial *radial) {
    return around->species_count * radial->points;
}

/* ---------------------------------------------------------------- rows ---- */

typedef struct {
    vti_radial_plan plan;
    vti_radial_row *row;
} job;

static void free_scratch(void *memory) {
    vti_radial_scratch *s = memory;
    vt_free(s->d2);
    vt_free(s->kind);
    vt_free(s->offset);
    vt_free(s->sum);
    vt_free(s);
}

static void *make_scratch(const void *context) {
    const vti_radial_plan *plan = &((const job *)context)->plan;
    vti_radial_scratch *s = vt_alloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->sum = vt_alloc(VTI_COPIES * plan->species * plan->padded, sizeof *s->sum);
    if (s->sum != NULL) return s;
    free_scratch(s);
    return NULL;
}

static bool make_room(vti_radial_scratch *s, size_t candidates) {
    enum { MORE = 16 }; /* kernels write whole vectors */
    if (candidates + MORE <= s->capacity) return true;
    size_t capacity = candidates + candidates / 2 + MORE;
    vt_free(s->d2);
    vt_free(s->kind);
    vt_free(s->offset);
    s->d2 = vt_alloc(capacity, sizeof *s->d2);
    s->kind = vt_alloc(capacity, sizeof *s->kind);
    s->offset = vt_alloc(capacity, sizeof *s->offset);
    s->capacity = s->d2 != NULL && s->kind != NULL && s->offset != NULL ? capacity : 0;
    return s->capacity > 0;
}

static bool fill(const void *context, const vti_center *center, void *scratch, void *row) {
    const job *j = context;
    if (!make_room(scratch, center->candidates)) return false;
    j->row(&j->plan, center, scratch, row);
    return true;
}

vt_status vt_radial_compute(const vt_atoms *atoms, const vt_surroundings *around,
                            const vt_radial *radial, float *out, vt_error *err) {
    VTI_TRY(check(around, radial, err));
    const vt_radial *g = radial;
    const double further = g->cutoff * (1 + 1e-12); /* rounding must not lose the last neighbor */
    double scale[VT_MAX_SPECIES * VT_MAX_SPECIES], reach = 0;
    size_t n = around->species_count;
    job j = {.plan = {.radial = *g,
                      .species = around->species_count,
                      .scale = scale,
                      .start = g->first / g->step,
                      .inverse = 1 / g->step,
                      .half = (int)ceil(FAR * g->sigma / g->step),
                      .bend = (float)(-0.5 * (g->step / g->sigma) * (g->step / g->sigma) / log(2))},
             .row = row_of(vt_simd_best())};
    for (size_t k = 0; k < n * n; k++) {
        double distance = further * g->scale[k], *reach2 = &j.plan.reach2[k / n];
        scale[k] = 1 / g->scale[k];
        reach = fmax(reach, distance);
        *reach2 = fmax(*reach2, distance * distance);
    }
    j.plan.windows = (2 * j.plan.half + VTI_WINDOW) / VTI_WINDOW;
    double far = j.plan.windows * VTI_WINDOW - j.plan.half + 1;
    j.plan.narrow = (double)j.plan.bend * far * far < -120;
    j.plan.left = (size_t)(j.plan.windows * VTI_WINDOW);
    j.plan.padded = (g->points + 2 * j.plan.left + VTI_WINDOW - 1) / VTI_WINDOW * VTI_WINDOW;
    return vti_fill_rows(atoms, around,
                         &(vti_filling){.context = &j,
                                        .fill = fill,
                                        .cutoff = reach,
                                        .row = vt_radial_features(around, g) * sizeof *out,
                                        .make_scratch = make_scratch,
                                        .free_scratch = free_scratch},
                         out, err);
}

/* Spherical Chebyshev descriptors: tables, channels, the choice of the instruction set, rows. */
#include "descriptor/chebyshev.h"

#include <math.h>
#include <string.h>

#include "base/try.h"
#include "descriptor/around.h"

const vti_chebyshev_kernels *vti_chebyshev_kernels_of(vt_simd simd, bool mixed) {
    static const vti_chebyshev_kernels *const KERNELS[][2] = {
        [VT_SIMD_REFERENCE] = {&vti_chebyshev_baseline, &vti_chebyshev_mixed_baseline},
        [VT_SIMD_BASELINE] = {&vti_chebyshev_baseline, &vti_chebyshev_mixed_baseline},
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = {&vti_chebyshev_avx2, &vti_chebyshev_mixed_avx2},
        [VT_SIMD_AVX512] = {&vti_chebyshev_avx512, &vti_chebyshev_mixed_avx512},
#endif
    };
    return KERNELS[simd][mixed];
}

/* ---------------------------------------------------------------- tables ---- */

vt_chebyshev vt_chebyshev_defaults(void) {
    return (vt_chebyshev){4, 8, 7};
}

static int channels_of(size_t species) {
    return species > 1 ? 2 : 1;
}

size_t vt_chebyshev_features(const vt_surroundings *around, const vt_chebyshev *g) {
    return (size_t)channels_of(around->species_count) * (size_t)(g->n_max + 1) *
           (size_t)(g->l_max + 1);
}

/* 4 pi/(2l + 1) times the square of the factor between the harmonic and Y_lm. The leading
   coefficient of the m-th derivative of P_l is (2l)!/(2^l l! (l - m)!). */
static double weight_of(int l, int m) {
    double leading = lgamma(2 * l + 1) - lgamma(l + 1) - lgamma(l - m + 1) - l * log(2);
    double norm = lgamma(l - m + 1) - lgamma(l + m + 1);
    return (m > 0 ? 2 : 1) * exp(norm + 2 * leading);
}

vt_status vti_chebyshev_plan(vti_chebyshev *p, const vt_chebyshev *g, size_t species,
                             vt_error *err) {
    if (species < 1 || species > VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "a descriptor knows 1 to %d species, not %zu",
                       VT_MAX_SPECIES, species);
    if (g->n_max < 0 || g->n_max > VT_CHEBYSHEV_MAX_N || g->l_max < 0 ||
        g->l_max > VT_CHEBYSHEV_MAX_L)
        return vt_fail(err, VT_EINVAL, "n goes up to 0 ... %d and l up to 0 ... %d; got %d and %d",
                       VT_CHEBYSHEV_MAX_N, VT_CHEBYSHEV_MAX_L, g->n_max, g->l_max);
    if (!(g->cutoff > 0) || !isfinite(g->cutoff))
        return vt_fail(err, VT_EINVAL, "the cutoff is %g angstrom; it must be above 0", g->cutoff);
    int degree = g->l_max;
    *p = (vti_chebyshev){.radial = g->n_max + 1,
                         .degree = degree,
                         .harmonics = ((degree + 1) * (degree + 1) + 3) / 4 * 4,
                         .species = (int)species,
                         .channels = channels_of(species),
                         .cutoff = g->cutoff};
    p->features = p->channels * p->radial * (degree + 1);
    for (int l = 0; l <= degree; l++)
        for (int m = 0; m <= l; m++) {
            double k = l - 1, w = weight_of(l, m);
            if (l > m) p->minus_b[VTI_LEGENDRE(l, m)] = -(k * k - m * m) / (4 * k * k - 1);
            p->weight[l * l + (m > 0 ? 2 * m - 1 : 0)] = w;
            p->weight[l * l + 2 * m] = w;
        }
    for (size_t s = 0; s < species; s++) {
        p->mark[0][s] = 1;
        p->mark[1][s] = (s % 2 == 0 ? 1.0 : -1.0) * (double)(s + 1);
    }
    return VT_OK;
}

size_t vti_chebyshev_room(const vti_chebyshev *p, size_t count) {
    size_t numbers = (size_t)p->radial + (size_t)p->harmonics;
    size_t whole = vti_around_filled(count);
    size_t factors = (size_t)p->radial * (size_t)p->harmonics;
    return 2 * numbers * whole > factors ? 2 * numbers * whole : factors;
}

/* ---------------------------------------------------------------- rows ---- */

typedef struct {
    vti_chebyshev plan;
    const vti_chebyshev_kernels *kernels;
} job;

static size_t numbers_of(const vti_chebyshev *p) {
    return (size_t)p->radial * (size_t)p->harmonics;
}

/* Of one thread. */
typedef struct {
    size_t capacity; /* of each species' neighbors */
    double *place;   /* species x 3 x capacity */
    double *room, *c, *channel;
} scratch_memory;

static void free_scratch(void *memory) {
    scratch_memory *s = memory;
    vt_free(s->place);
    vt_free(s->room);
    vt_free(s->c);
    vt_free(s->channel);
    vt_free(s);
}

static void *make_scratch(const void *context) {
    const vti_chebyshev *p = &((const job *)context)->plan;
    scratch_memory *s = vt_alloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->c = vt_alloc((size_t)p->species * numbers_of(p), sizeof *s->c);
    s->channel = vt_alloc((size_t)p->channels * numbers_of(p), sizeof *s->channel);
    if (s->c != NULL && s->channel != NULL) return s;
    free_scratch(s);
    return NULL;
}

static bool make_room(const vti_chebyshev *p, scratch_memory *s, size_t candidates) {
    size_t needed = candidates + VTI_CHEBYSHEV_LANES;
    if (needed <= s->capacity) return true;
    size_t capacity = (needed + needed / 2) / VTI_CHEBYSHEV_LANES * VTI_CHEBYSHEV_LANES;
    vt_free(s->place);
    vt_free(s->room);
    s->place = vt_alloc(3 * (size_t)p->species * capacity, sizeof *s->place);
    s->room = vt_alloc(vti_chebyshev_room(p, capacity), sizeof *s->room);
    s->capacity = s->place != NULL && s->room != NULL ? capacity : 0;
    return s->capacity > 0;
}

/* The neighbors of a center by species. */
static void find_neighbors(const vti_chebyshev *p, const vti_center *center, scratch_memory *s,
                           vti_around *around) {
    const vti_cells *cells = center->cells;
    for (int k = 0; k < p->species; k++) {
        double *x = s->place + 3 * (size_t)k * s->capacity;
        around[k] = (vti_around){0, x, x + s->capacity, x + 2 * s->capacity};
    }
    for (size_t m = 0; m < center->reaches; m++) {
        const vti_reach *reach = &center->reach[m];
        bool home = reach->shift[0] == 0 && reach->shift[1] == 0 && reach->shift[2] == 0;
        for (size_t k = reach->begin; k < reach->end; k++) {
            double x = cells->x[k] - (cells->x[center->place] - reach->shift[0]);
            double y = cells->y[k] - (cells->y[center->place] - reach->shift[1]);
            double z = cells->z[k] - (cells->z[center->place] - reach->shift[2]);
            if (!(x * x + y * y + z * z < p->cutoff * p->cutoff)) continue;
            if (home && k == center->place) continue;
            vti_around *a = &around[cells->type[k]];
            a->x[a->count] = x;
            a->y[a->count] = y;
            a->z[a->count++] = z;
        }
    }
    for (int k = 0; k < p->species; k++) vti_around_fill(&around[k], p->cutoff);
}

static bool fill(const void *context, const vti_center *center, void *memory, void *row) {
    const job *j = context;
    scratch_memory *s = memory;
    vti_around around[VT_MAX_SPECIES];
    if (!make_room(&j->plan, s, center->candidates)) return false;
    find_neighbors(&j->plan, center, s, around);
    for (int k = 0; k < j->plan.species; k++)
        j->kernels->sums(&j->plan, &around[k], s->room, s->c + (size_t)k * numbers_of(&j->plan));
    j->kernels->channels->join(&j->plan, s->c, s->channel);
    j->kernels->channels->features(&j->plan, s->channel, row);
    return true;
}

vt_status vt_chebyshev_compute(const vt_atoms *atoms, const vt_surroundings *around,
                               const vt_chebyshev *chebyshev, double *out, vt_error *err) {
    job j = {.kernels = vti_chebyshev_kernels_of(vt_simd_best(), false)};
    VTI_TRY(vti_chebyshev_plan(&j.plan, chebyshev, around->species_count, err));
    return vti_fill_rows(atoms, around,
                         &(vti_filling){.context = &j,
                                        .fill = fill,
                                        .cutoff = chebyshev->cutoff,
                                        .row = (size_t)j.plan.features * sizeof *out,
                                        .make_scratch = make_scratch,
                                        .free_scratch = free_scratch},
                         out, err);
}

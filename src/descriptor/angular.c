/* Angular structure functions. Every pair of neighbors is looked at, but the exponentials of the
   distances to the center are taken once for each neighbor: with c = cos theta,
   r_ij^2 + r_ik^2 + r_jk^2 = 2 (r_ij^2 + r_ik^2 - r_ij r_ik c). */
#include "descriptor/around.h"

#include <math.h>
#include <string.h>

#include "base/try.h"

typedef struct {
    const vt_angular *angular;
    size_t species;
} job;

typedef struct {
    double r, direction[3];
    int32_t kind;
} neighbor;

/* Of one thread. */
typedef struct {
    neighbor *neighbor;
    size_t capacity;
    double *sum;
} scratch_memory;

static vt_status check(const vt_surroundings *around, const vt_angular *g, vt_error *err) {
    if (around->species_count < 1 || around->species_count > VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "a descriptor knows 1 to %d species, not %zu",
                       VT_MAX_SPECIES, around->species_count);
    if (!(g->cutoff > 0) || !isfinite(g->cutoff))
        return vt_fail(err, VT_EINVAL, "the cutoff is %g angstrom; it must be above 0", g->cutoff);
    for (size_t k = 0; k < g->sets; k++) {
        const vt_angular_set *s = &g->set[k];
        if (!(s->xi > 0) || !isfinite(s->xi) || !(fabs(s->lambda) <= 1) || !(s->zeta >= 0) ||
            !isfinite(s->zeta))
            return vt_fail(err, VT_EINVAL,
                           "set %zu has xi = %g, lambda = %g, zeta = %g; xi must be above 0 "
                           "(angstrom), lambda -1 to 1, zeta 0 or more",
                           k + 1, s->xi, s->lambda, s->zeta);
    }
    return VT_OK;
}

static size_t pairs_of(size_t species) {
    return species * (species + 1) / 2;
}

size_t vt_angular_features(const vt_surroundings *around, const vt_angular *angular) {
    return pairs_of(around->species_count) * angular->sets;
}

/* Number of the pair a <= b among 1 1, 1 2, ..., 2 2, ... */
static size_t pair_number(size_t species, size_t a, size_t b) {
    return a * species - a * (a - 1) / 2 + (b - a);
}

static void *make_scratch(const void *context) {
    const job *j = context;
    scratch_memory *s = vt_alloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->sum = vt_alloc(pairs_of(j->species) * j->angular->sets, sizeof *s->sum);
    if (s->sum != NULL) return s;
    vt_free(s);
    return NULL;
}

static void free_scratch(void *memory) {
    scratch_memory *s = memory;
    vt_free(s->neighbor);
    vt_free(s->sum);
    vt_free(s);
}

static size_t find_neighbors(const vti_center *center, double cutoff, neighbor *out) {
    const vti_cells *cells = center->cells;
    size_t count = 0;
    for (size_t m = 0; m < center->reaches; m++) {
        const vti_reach *reach = &center->reach[m];
        bool home = reach->shift[0] == 0 && reach->shift[1] == 0 && reach->shift[2] == 0;
        for (size_t k = reach->begin; k < reach->end; k++) {
            double d[3] = {cells->x[k] - (cells->x[center->place] - reach->shift[0]),
                           cells->y[k] - (cells->y[center->place] - reach->shift[1]),
                           cells->z[k] - (cells->z[center->place] - reach->shift[2])};
            double d2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            if (!(d2 <= cutoff * cutoff) || (home && k == center->place)) continue;
            double r = sqrt(d2), turn = r > 0 ? 1 / r : 0;
            out[count++] = (neighbor){r, {d[0] * turn, d[1] * turn, d[2] * turn}, cells->type[k]};
        }
    }
    return count;
}

/* x^n for the whole numbers that one usually takes. */
static double power(double x, double n) {
    double result = 1;
    if (n != floor(n) || n > 64) return pow(x, n);
    for (int k = (int)n; k > 0; k >>= 1) {
        if (k & 1) result *= x;
        x *= x;
    }
    return result;
}

static void add_pair(const vt_angular *g, const neighbor *a, const neighbor *b, double *sum) {
    double cosine = a->direction[0] * b->direction[0] + a->direction[1] * b->direction[1] +
                    a->direction[2] * b->direction[2];
    double square = 2 * (a->r * a->r + b->r * b->r - a->r * b->r * cosine);
    double times = a->kind == b->kind ? 2 : 1; /* both orders of the two */
    double xi = 0, near = 0;
    for (size_t k = 0; k < g->sets; k++) {
        const vt_angular_set *s = &g->set[k];
        if (s->xi != xi) { /* sets of one xi follow one another */
            xi = s->xi;
            near = times * exp(-square / (xi * xi));
        }
        sum[k] += near * power(fmax(1 + s->lambda * cosine, 0), s->zeta);
    }
}

static bool fill(const void *context, const vti_center *center, void *memory, void *out) {
    float *row = out;
    const job *j = context;
    scratch_memory *s = memory;
    size_t features = pairs_of(j->species) * j->angular->sets;
    if (center->candidates > s->capacity) {
        vt_free(s->neighbor);
        s->capacity = 0;
        s->neighbor = vt_alloc(2 * center->candidates, sizeof *s->neighbor);
        if (s->neighbor == NULL) return false;
        s->capacity = 2 * center->candidates;
    }
    size_t count = find_neighbors(center, j->angular->cutoff, s->neighbor);
    memset(s->sum, 0, features * sizeof *s->sum);
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++) {
            size_t p = (size_t)s->neighbor[a].kind, q = (size_t)s->neighbor[b].kind;
            size_t pair = pair_number(j->species, p < q ? p : q, p < q ? q : p);
            add_pair(j->angular, &s->neighbor[a], &s->neighbor[b],
                     s->sum + pair * j->angular->sets);
        }
    for (size_t k = 0; k < features; k++) row[k] = (float)s->sum[k];
    return true;
}

vt_status vt_angular_compute(const vt_atoms *atoms, const vt_surroundings *around,
                             const vt_angular *angular, float *out, vt_error *err) {
    VTI_TRY(check(around, angular, err));
    job j = {angular, around->species_count};
    return vti_fill_rows(atoms, around,
                         &(vti_filling){.context = &j,
                                        .fill = fill,
                                        .cutoff = angular->cutoff,
                                        .row = vt_angular_features(around, angular) * sizeof *out,
                                        .make_scratch = make_scratch,
                                        .free_scratch = free_scratch},
                         out, err);
}

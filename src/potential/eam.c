/* EAM potentials: their functions as they stand in the file, the engines of the vector kernels,
   and what makes a potential of files. */
#include "eam.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- functions ---- */

/* A spline and its derivatives; beyond its last point value and slope stay what they are there. */
static vti_curve spline_curve(const vti_spline *s, double x) {
    vti_curve c;
    c.value = vti_spline_value(s, x, &c.slope);
    double p = x * s->inverse_delta;
    int k = !(p > 0) ? 0 : p < s->count - 2 ? (int)p : s->count - 2;
    p -= k;
    c.curvature = p > 1.0 ? 0
                          : (2.0 * s->row[k][2] + 6.0 * p * s->row[k][3]) * s->inverse_delta *
                                s->inverse_delta;
    return c;
}

vti_curve vti_eam_curve(const vti_eam_functions *f, const vti_spline *s, double r) {
    vti_curve c = spline_curve(s, r);
    double x = f->taper > 0 ? 1 - (f->cutoff - r) / f->taper : 0;
    if (!(x > 0)) return c;
    if (x >= 1) return (vti_curve){0, 0, 0};
    double y = 1 - x;
    double w = y * y * y * (1 + x * (3 + 6 * x));
    double w1 = -30 * x * x * y * y / f->taper;
    double w2 = -60 * x * y * (y - x) / (f->taper * f->taper);
    return (vti_curve){c.value * w, c.slope * w + c.value * w1,
                       c.curvature * w + 2 * c.slope * w1 + c.value * w2};
}

static void curves_of_pair(const void *opened, int i, int j, double r, vti_pair_curves *out) {
    const vti_eam_tables *t = opened;
    const vti_eam_functions *f = t->functions;
    int a = t->element[i], b = t->element[j], n = f->elements;
    vti_curve z = vti_eam_curve(f, &f->pair[a * n + b], r); /* r phi */
    out->phi.value = z.value / r;
    out->phi.slope = (z.slope - out->phi.value) / r;
    out->phi.curvature = (z.curvature - 2 * out->phi.slope) / r;
    out->at_i = vti_eam_curve(f, &f->density[b * n + a], r);
    out->at_j = a == b ? out->at_i : vti_eam_curve(f, &f->density[a * n + b], r);
}

static double density_at(const void *opened, int i, int j, double r) {
    const vti_eam_tables *t = opened;
    const vti_eam_functions *f = t->functions;
    const vti_spline *s = &f->density[t->element[j] * f->elements + t->element[i]];
    double slope;
    return r > f->cutoff - f->taper ? vti_eam_curve(f, s, r).value : vti_spline_value(s, r, &slope);
}

/* Linear beyond the table, as in vti_embedding. */
static vti_curve curve_of_embedding(const void *opened, int i, double rho) {
    const vti_eam_tables *t = opened;
    vti_curve c = spline_curve(&t->embedding[i], rho);
    if (rho > t->embedding_limit) {
        c.value += c.slope * (rho - t->embedding_limit);
        c.curvature = 0;
    }
    return c;
}

const vti_central vti_eam_central = {
    .pair = curves_of_pair, .density = density_at, .embedding = curve_of_embedding};

/* ---------------------------------------------------------------- engines ---- */

typedef struct {
    vt_potential base;
    vti_eam_functions functions;
} eam_potential;

static void eam_destroy(vt_potential *potential) {
    eam_potential *eam = (eam_potential *)potential;
    vti_eam_functions_free(&eam->functions);
    vt_free(potential->path);
    vt_free(eam);
}

static void *open_tables(const vt_potential *potential, const int *species, int count,
                         vt_precision precision, vt_error *err) {
    return vti_eam_tables_create(&((const eam_potential *)potential)->functions, species, count,
                                 precision, err);
}

void *vti_eam_open(const vt_potential *potential, const int *species, int count, vt_error *err) {
    return open_tables(potential, species, count, VT_PRECISION_DOUBLE, err);
}

void vti_eam_close(void *tables) {
    vti_eam_tables_destroy(tables);
}

static vt_status evaluate(void *tables, const vti_evaluation *evaluation, vt_error *err) {
    (void)err;
    static vti_eam_kernel *const KERNEL[] = {
        [VT_SIMD_BASELINE] = vti_eam_compute_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_eam_compute_avx2,
        [VT_SIMD_AVX512] = vti_eam_compute_avx512,
#endif
    };
    KERNEL[evaluation->simd](tables, evaluation);
    return VT_OK;
}

const vti_engine vti_engine_eam = {.name = "eam",
                                   .model = "eam",
                                   .lists = VTI_LISTS_DOMAINS,
                                   .can = VT_WANT_ALL,
                                   .per_atom = VTI_EAM_PER_ATOM,
                                   .per_point = VTI_EAM_PER_POINT,
                                   .open = vti_eam_open,
                                   .close = vti_eam_close,
                                   .evaluate = evaluate,
                                   .central = &vti_eam_central};

static void *open_mixed(const vt_potential *potential, const int *species, int count,
                        vt_error *err) {
    return open_tables(potential, species, count, VT_PRECISION_MIXED, err);
}

static vt_status evaluate_mixed(void *tables, const vti_evaluation *evaluation, vt_error *err) {
    (void)err;
    static vti_eam_kernel *const KERNEL[] = {
        [VT_SIMD_BASELINE] = vti_eam_mixed_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_eam_mixed_avx2,
        [VT_SIMD_AVX512] = vti_eam_mixed_avx512,
#endif
    };
    KERNEL[evaluation->simd](tables, evaluation);
    return VT_OK;
}

const vti_engine vti_engine_eam_mixed = {.name = "eam/mixed",
                                         .model = "eam",
                                         .precision = VT_PRECISION_MIXED,
                                         .lists = VTI_LISTS_DOMAINS,
                                         .can = VT_WANT_ALL,
                                         .per_atom = VTI_EAM_PER_ATOM,
                                         .per_point = VTI_EAM_PER_POINT,
                                         .open = open_mixed,
                                         .close = vti_eam_close,
                                         .evaluate = evaluate_mixed,
                                         .central = &vti_eam_central};

/* ---------------------------------------------------------------- files ---- */

static void name_files(vt_potential *p, const char *const *paths, size_t count) {
    size_t used = 0;
    for (size_t k = 0; k < count && used < sizeof p->file; k++)
        used += (size_t)snprintf(p->file + used, sizeof p->file - used, "%s%s", k > 0 ? ", " : "",
                                 vti_file_name(paths[k]));
}

vt_eam_options vt_eam_defaults(void) {
    return (vt_eam_options){0};
}

static vt_status set_taper(eam_potential *eam, double taper, vt_error *err) {
    double cutoff = eam->functions.cutoff;
    if (!(taper >= 0 && taper < cutoff))
        return vt_fail(
            err, VT_EINVAL,
            "the taper must be at least 0 and shorter than the cutoff, %.10g A, got %.10g A",
            cutoff, taper);
    eam->functions.taper = eam->base.taper = taper;
    return VT_OK;
}

/* vt_potential_jump. */
static double jump_of(const vti_eam_functions *f) {
    int n = f->elements;
    double r = f->cutoff, most = 0, embedding[VT_MAX_SPECIES];
    for (int a = 0; a < n; a++) vti_spline_value(&f->embedding[a], 0.5 * f->densest, &embedding[a]);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            vti_curve z = vti_eam_curve(f, &f->pair[a * n + b], r); /* r phi */
            double force = (z.slope - z.value / r) / r;
            force += embedding[a] * vti_eam_curve(f, &f->density[b * n + a], r).slope;
            force += embedding[b] * vti_eam_curve(f, &f->density[a * n + b], r).slope;
            most = fmax(most, fabs(force));
        }
    return most;
}

vt_potential *vt_potential_eam_read(const char *path, vt_error *err) {
    return vt_potential_eam_mix(&path, 1, NULL, err);
}

vt_potential *vt_potential_eam_mix(const char *const *paths, size_t count,
                                   const vt_eam_options *options, vt_error *err) {
    const vt_eam_options o = options != NULL ? *options : vt_eam_defaults();
    eam_potential *eam = vt_alloc(1, sizeof *eam);
    if (eam == NULL) {
        vt_fail_memory(err, 1, sizeof *eam, "a potential");
        return NULL;
    }
    vt_potential *base = &eam->base;
    const vti_eam_functions *f = &eam->functions;
    base->model = "eam";
    base->destroy = eam_destroy;
    if (vt_failed(vti_eam_functions_read(&eam->functions, paths, count, err)) ||
        vt_failed(set_taper(eam, o.taper, err)) ||
        (base->path = vti_absolute_paths(paths, count, err)) == NULL) {
        eam_destroy(base);
        return NULL;
    }
    name_files(base, paths, count);
    strcpy(base->name, f->name);
    strcpy(base->sha256, f->sha256);
    strcpy(base->note, f->note);
    base->cutoff = f->cutoff;
    base->jump = jump_of(f);
    base->species_count = f->elements;
    base->species = f->species;
    return base;
}

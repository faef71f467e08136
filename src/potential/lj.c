/* The Lennard-Jones model: options, the named glass formers, tables for the kernels. */
#include "lj.h"
#include "base/try.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    vt_potential base;
    vt_lj_options options;
} lj_potential;

static void lj_destroy(vt_potential *potential) {
    vt_free(potential);
}

const vt_lj_options *vt_potential_lj(const vt_potential *potential) {
    return strcmp(potential->model, "lj") == 0 ? &((const lj_potential *)potential)->options : NULL;
}

/* That of the energy at the cutoff, where nothing is shifted. */
static double slope_at_end(const vt_lj_options *o, int i, int j) {
    double rc = o->cutoff[i][j], rc6 = pow(rc, -6), s6 = pow(o->sigma[i][j], 6);
    double a = 48 * o->epsilon[i][j] * s6 * s6, b = 24 * o->epsilon[i][j] * s6;
    return (b * rc6 - a * rc6 * rc6) / rc;
}

static vti_lj_pair pair_of(const vt_lj_options *o, int i, int j) {
    double epsilon = o->epsilon[i][j], rc = o->cutoff[i][j];
    double s6 = pow(o->sigma[i][j], 6), rc6 = pow(rc, -6);
    double a = 48 * epsilon * s6 * s6, b = 24 * epsilon * s6;
    double end_energy = a / 12 * rc6 * rc6 - b / 6 * rc6, end_slope = slope_at_end(o, i, j);
    double shift = o->truncation == VT_LJ_CUT ? 0.0 : end_energy;
    double slope = o->truncation == VT_LJ_FORCE_SHIFTED ? end_slope : 0.0;
    return (vti_lj_pair){{a, b, rc * rc, slope}, {a / 12, b / 6, shift, rc}};
}

void *vti_lj_open(const vt_potential *potential, const int *species, int count, vt_error *err) {
    const vt_lj_options *o = &((const lj_potential *)potential)->options;
    vti_lj_tables *t = vt_alloc(1, sizeof *t + (size_t)(count * count) * sizeof t->pair[0]);
    if (t == NULL) {
        vt_fail_memory(err, 1, sizeof *t, "Lennard-Jones tables");
        return NULL;
    }
    t->species = count;
    t->force_shifted = o->truncation == VT_LJ_FORCE_SHIFTED;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) t->pair[i * count + j] = pair_of(o, species[i], species[j]);
    return t;
}

static vt_status evaluate(void *tables, const vti_evaluation *evaluation, vt_error *err) {
    (void)err;
    static vti_lj_kernel *const KERNEL[] = {
        [VT_SIMD_BASELINE] = vti_lj_compute_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_lj_compute_avx2,
        [VT_SIMD_AVX512] = vti_lj_compute_avx512,
#endif
    };
    KERNEL[evaluation->simd](tables, evaluation);
    return VT_OK;
}

static void curves_of_pair(const void *opened, int i, int j, double r, vti_pair_curves *out) {
    const vti_lj_tables *t = opened;
    const vti_lj_pair *pair = &t->pair[i * t->species + j];
    *out = (vti_pair_curves){0};
    if (!(r * r < pair->force[2])) return;
    double i2 = 1 / (r * r), i6 = i2 * i2 * i2, slope = pair->force[3];
    double repulsion = pair->force[0] * i6 * i6, attraction = pair->force[1] * i6;
    out->phi.value =
        repulsion / 12 - attraction / 6 - pair->energy[2] - slope * (r - pair->energy[3]);
    out->phi.slope = (attraction - repulsion) / r - slope;
    out->phi.curvature = (13 * repulsion - 7 * attraction) * i2;
}

const vti_central vti_lj_central = {.pair = curves_of_pair};

static void cutoffs(const vt_potential *potential, const int *species, int count, double *cutoff) {
    const vt_lj_options *o = &((const lj_potential *)potential)->options;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) cutoff[i * count + j] = o->cutoff[species[i]][species[j]];
}

const vti_engine vti_engine_lj = {.name = "lj",
                                  .model = "lj",
                                  .lists = VTI_LISTS_DOMAINS,
                                  .can = VT_WANT_ALL,
                                  .open = vti_lj_open,
                                  .close = vt_free,
                                  .evaluate = evaluate,
                                  .central = &vti_lj_central,
                                  .cutoffs = cutoffs};

static vt_status check_pair(const vt_lj_options *o, int i, int j, vt_error *err) {
    const char *a = o->species[i].symbol, *b = o->species[j].symbol;
    double value[] = {o->epsilon[i][j], o->sigma[i][j], o->cutoff[i][j]};
    double mirror[] = {o->epsilon[j][i], o->sigma[j][i], o->cutoff[j][i]};
    static const char *const WHAT[] = {"epsilon [eV]", "sigma [A]", "cutoff [A]"};
    for (int k = 0; k < 3; k++) {
        if (!(value[k] > 0) || !isfinite(value[k]))
            return vt_fail(err, VT_EINVAL, "Lennard-Jones %s-%s: %s must be positive, got %g", a, b,
                           WHAT[k], value[k]);
        if (value[k] != mirror[k])
            return vt_fail(err, VT_EINVAL,
                           "Lennard-Jones %s-%s: %s is %g one way and %g the other; make the "
                           "table symmetric",
                           a, b, WHAT[k], value[k], mirror[k]);
    }
    return VT_OK;
}

static vt_status check(const vt_lj_options *o, vt_error *err) {
    if (o->species_count < 1 || o->species_count > VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "Lennard-Jones: 1 to %d species, got %d", VT_MAX_SPECIES,
                       o->species_count);
    for (int i = 0; i < o->species_count; i++) {
        const vt_species *s = &o->species[i];
        if (s->symbol[0] == '\0')
            return vt_fail(err, VT_EINVAL, "Lennard-Jones: species %d has no name", i + 1);
        if (!(s->mass > 0) || !isfinite(s->mass))
            return vt_fail(err, VT_EINVAL,
                           "Lennard-Jones: the mass of '%s' must be positive, got %g amu",
                           s->symbol, s->mass);
        for (int j = 0; j < i; j++)
            if (strcmp(s->symbol, o->species[j].symbol) == 0)
                return vt_fail(err, VT_EINVAL, "Lennard-Jones: species '%s' stands twice",
                               s->symbol);
        for (int j = 0; j <= i; j++) VTI_TRY(check_pair(o, i, j, err));
    }
    return VT_OK;
}

/* A checkpoint has to know the mixture again: one digest over every parameter, chained from pair to
   pair. */
static void digest(const vt_lj_options *o, char hex[65]) {
    char text[512];
    hex[0] = '\0';
    for (int i = 0; i < o->species_count; i++)
        for (int j = 0; j <= i; j++) {
            int n = snprintf(text, sizeof text, "%s %d %s %s %.17g %.17g %.17g %.17g", hex,
                             (int)o->truncation, o->species[i].symbol, o->species[j].symbol,
                             o->species[i].mass, o->epsilon[i][j], o->sigma[i][j], o->cutoff[i][j]);
            vt_sha256(text, (size_t)n, hex);
        }
}

vt_potential *vt_potential_lj_create(const vt_lj_options *options, vt_error *err) {
    if (vt_failed(check(options, err))) return NULL;
    lj_potential *lj = vt_alloc(1, sizeof *lj);
    if (lj == NULL) {
        vt_fail_memory(err, 1, sizeof *lj, "a potential");
        return NULL;
    }
    lj->options = *options;
    vt_potential *base = &lj->base;
    base->model = "lj";
    base->destroy = lj_destroy;
    strcpy(base->name, "lj");
    digest(options, base->sha256);
    base->species_count = options->species_count;
    base->species = lj->options.species;
    for (int i = 0; i < options->species_count; i++)
        for (int j = 0; j < options->species_count; j++) {
            base->cutoff = fmax(base->cutoff, options->cutoff[i][j]);
            if (options->truncation != VT_LJ_FORCE_SHIFTED)
                base->jump = fmax(base->jump, fabs(slope_at_end(options, i, j)));
        }
    base->influence = base->cutoff; /* of pairs */
    return base;
}

/* ---------------------------------------------------------------- mixtures ---- */

void vt_lj_mix(double table[VT_MAX_SPECIES][VT_MAX_SPECIES], int species, vt_lj_mean mean) {
    for (int i = 0; i < species; i++)
        for (int j = 0; j < species; j++)
            if (i != j)
                table[i][j] = mean == VT_LJ_GEOMETRIC ? sqrt(table[i][i] * table[j][j])
                                                      : 0.5 * (table[i][i] + table[j][j]);
}

void vt_lj_usual_cutoffs(vt_lj_options *o) {
    for (int i = 0; i < o->species_count; i++)
        for (int j = 0; j < o->species_count; j++) o->cutoff[i][j] = 2.5 * o->sigma[i][j];
}

/* Two species A and B from the three values of a symmetric table. */
static void fill(double table[VT_MAX_SPECIES][VT_MAX_SPECIES], double aa, double ab, double bb) {
    table[0][0] = aa;
    table[0][1] = table[1][0] = ab;
    table[1][1] = bb;
}

static vt_lj_options binary(double mass_a, double mass_b) {
    vt_lj_options o = {.species_count = 2, .truncation = VT_LJ_SHIFTED};
    o.species[0] = (vt_species){"A", mass_a};
    o.species[1] = (vt_species){"B", mass_b};
    return o;
}

vt_lj_options vt_lj_kob_andersen(double epsilon, double sigma, double mass) {
    vt_lj_options o = binary(mass, mass);
    fill(o.epsilon, epsilon, 1.5 * epsilon, 0.5 * epsilon);
    fill(o.sigma, sigma, 0.8 * sigma, 0.88 * sigma);
    fill(o.cutoff, 2.5 * sigma, 2.5 * 0.8 * sigma, 2.5 * 0.88 * sigma);
    return o;
}

vt_lj_options vt_lj_wahnstroem(double epsilon, double sigma, double mass) {
    /* sigma_BB = 5/6 sigma_AA, mixed by the arithmetic mean, m_B = m_A / 2. */
    vt_lj_options o = binary(mass, mass / 2);
    fill(o.epsilon, epsilon, epsilon, epsilon);
    fill(o.sigma, sigma, 0, sigma * 5 / 6);
    vt_lj_mix(o.sigma, 2, VT_LJ_ARITHMETIC);
    vt_lj_usual_cutoffs(&o);
    return o;
}

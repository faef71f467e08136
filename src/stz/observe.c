/* What can be seen of a lattice. */
#include <math.h>

#include "stz/internal.h"

const vt_stz_options *vt_stz_settings(const vt_stz *s) {
    return &s->options;
}

uint64_t vt_stz_changes(const vt_stz *s) {
    return s->changes + 1;
}

vt_stz_event vt_stz_last_event(const vt_stz *s) {
    return s->state.last;
}

const int32_t *vt_stz_avalanches(const vt_stz *s, size_t *count) {
    *count = (size_t)s->state.avalanche_count;
    return s->avalanche;
}

vt_stz_state vt_stz_get_state(const vt_stz *s) {
    const vti_stz_state *t = &s->state;
    vt_stz_state out = {.time = t->time,
                        .parameter = t->parameter,
                        .transformations = t->transformations,
                        .work = t->work,
                        .dissipated = t->dissipated,
                        .peak_stress = t->peak_stress,
                        .peak_parameter = t->peak_parameter,
                        .avalanches = (double)t->avalanche_count,
                        .largest_avalanche = t->largest_avalanche,
                        .shift = t->softened / fmax(t->transformations, 1)};
    const double eigen[3] = {t->eigen[0], -t->eigen[0], t->eigen[1]}, weight[3] = {1, 1, 2};
    double norm = 0, plastic = 0;
    for (int k = 0; k < 3; k++) {
        out.strain[k] = t->strain[k];
        out.stress[k] = t->stress[k];
        out.steps[k] = t->steps[k];
        if (t->loaded == 0 || t->load.held[k]) continue;
        double direction = t->load.direction[k];
        out.load_stress += weight[k] * direction * t->stress[k];
        plastic += weight[k] * direction * eigen[k];
        norm += weight[k] * direction * direction;
    }
    if (norm > 0) out.plastic = plastic / norm;
    return out;
}

/* ---------------------------------------------------------------- fields ---- */

static const char *const NAMES[] = {"von_mises", "eigen_1",   "eigen_3", "generation",
                                    "softening", "permanent", "barrier"};

const char *vt_stz_field_name(vt_stz_field field) {
    return NAMES[field];
}

static double softening_now(const vt_stz *s, int site) {
    return s->permanent[site] + vti_stz_temporary(s, site, s->state.time);
}

static double value_of(const vt_stz *s, int site, vt_stz_field field) {
    double p, q, lowest;
    switch (field) {
    case VT_STZ_FIELD_VON_MISES:
        return hypot(s->e1[site], s->e3[site]);
    case VT_STZ_FIELD_EIGEN_1:
        return s->e1[site];
    case VT_STZ_FIELD_EIGEN_3:
        return s->e3[site];
    case VT_STZ_FIELD_GENERATION:
        return s->generation[site];
    case VT_STZ_FIELD_SOFTENING:
        return softening_now(s, site);
    case VT_STZ_FIELD_PERMANENT:
        return s->permanent[site];
    default:
        vti_stz_local(s, site, &p, &q);
        vti_stz_lowest(s, site, p, q, &lowest);
        return lowest;
    }
}

vt_status vt_stz_get_field(vt_stz *s, vt_stz_field field, double *out, vt_error *err) {
    if (field == VT_STZ_FIELD_BARRIER && vt_failed(vti_stz_settle(s, err))) return err->code;
    for (int y = 0; y < s->ny; y++)
        for (int x = 0; x < s->nx; x++) *out++ = value_of(s, vti_stz_site(s, x, y), field);
    return VT_OK;
}

vt_status vt_stz_get_barriers(vt_stz *s, bool loaded, double *out, vt_error *err) {
    if (vt_failed(vti_stz_settle(s, err))) return err->code;
    for (int y = 0; y < s->ny; y++)
        for (int x = 0; x < s->nx; x++) {
            int site = vti_stz_site(s, x, y);
            double p = -s->state.p_mean, q = -s->state.q_mean; /* no stress at all */
            if (loaded) vti_stz_local(s, site, &p, &q);
            for (int m = 0; m < (int)s->options.modes; m++)
                *out++ = vti_stz_barrier(s, site, m, p, q);
        }
    return VT_OK;
}

/* All three components through the general solution. */
static vt_status solve(const vt_stz *s, double *strain, double *stress, vt_error *err) {
    size_t sites = s->sites;
    double *eigen = vt_alloc(3 * sites, sizeof *eigen);
    if (eigen == NULL) return vt_fail_memory(err, 3 * sites, sizeof *eigen, "fields of a lattice");
    for (int y = 0; y < s->ny; y++)
        for (int x = 0; x < s->nx; x++) {
            size_t i = (size_t)y * (size_t)s->nx + (size_t)x;
            size_t site = (size_t)vti_stz_site(s, x, y);
            eigen[i] = vti_stz_eigen1(s, site);
            eigen[sites + i] = -vti_stz_eigen1(s, site);
            eigen[2 * sites + i] = vti_stz_eigen3(s, site);
        }
    static const bool driven[3] = {false, false, false};
    const vt_stz_grid grid = {s->nx, s->ny, s->options.aspect};
    vt_status status = vt_stz_solve(&s->options.elastic, &grid, eigen, s->state.strain, driven,
                                    strain, stress, err);
    vt_free(eigen);
    return status;
}

static vt_status give(const vt_stz *s, bool stress, double *const out[3], vt_error *err) {
    size_t sites = s->sites;
    double *field = vt_alloc(3 * sites, sizeof *field);
    if (field == NULL) return vt_fail_memory(err, 3 * sites, sizeof *field, "fields of a lattice");
    vt_status status = solve(s, stress ? NULL : field, stress ? field : NULL, err);
    for (size_t c = 0; c < 3 && !vt_failed(status); c++)
        for (size_t i = 0; i < sites && out[c] != NULL; i++) out[c][i] = field[c * sites + i];
    vt_free(field);
    return status;
}

vt_status vt_stz_get_stress(vt_stz *s, double *xx, double *yy, double *xy, vt_error *err) {
    double *const out[3] = {xx, yy, xy};
    return give(s, true, out, err);
}

vt_status vt_stz_get_strain(vt_stz *s, double *xx, double *yy, double *xy, vt_error *err) {
    double *const out[3] = {xx, yy, xy};
    return give(s, false, out, err);
}

vt_status vt_stz_elastic_energy(vt_stz *s, double *energy, vt_error *err) {
    /* sigma : (eps - eps0)/2 in the mean; the strain around its mean is orthogonal to a stress
       in equilibrium, so that part of the energy is -sigma : eps0 /2. */
    if (vt_failed(vti_stz_settle(s, err))) return err->code;
    double mean[3], eigen[3] = {s->state.eigen[0], -s->state.eigen[0], s->state.eigen[1]};
    double sum = 0;
    for (int k = 0; k < 3; k++) mean[k] = s->state.strain[k] - eigen[k];
    for (int k = 0; k < 3; k++) sum += (k == VT_STZ_XY ? 2 : 1) * s->state.stress[k] * mean[k];
    for (size_t i = 0; i < s->sites; i++) {
        double p, q;
        vti_stz_local(s, (int)i, &p, &q);
        sum -= (p * vti_stz_eigen1(s, i) + q * vti_stz_eigen3(s, i)) / (double)s->sites;
    }
    *energy = sum / 2;
    return VT_OK;
}

/* Samples: what is needed of the atoms, neighbors by species in whole vectors. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "train/internal.h"
#include "vitrum/neighbors.h"

void vti_sample_destroy(vti_sample *s) {
    if (s == NULL) return;
    vt_free(s->kind);
    vt_free(s->force);
    vt_free(s->group);
    vt_free(s->place);
    vt_free(s->atom);
    vt_free(s);
}

size_t vti_sample_bytes(const vt_training *t, const vti_sample *s) {
    size_t groups = s->atoms * (size_t)t->options.species_count;
    return sizeof *s + s->atoms * (1 + sizeof *s->force) + groups * sizeof *s->group +
           s->entries * (3 * sizeof *s->place + sizeof *s->atom);
}

static vt_status match_species(const vt_training *t, const vt_atoms *atoms,
                               int kind[VT_MAX_SPECIES], vt_error *err) {
    const vt_train_options *o = &t->options;
    for (int k = 0; k < atoms->species_count; k++) {
        kind[k] = -1;
        for (int s = 0; s < o->species_count; s++)
            if (strcmp(atoms->species[k].symbol, o->species[s].symbol) == 0) kind[k] = s;
    }
    for (size_t i = 0; i < atoms->count; i++)
        if (kind[atoms->type[i]] < 0)
            return vt_fail(err, VT_EINVAL,
                           "atom %zu is of species %s, which this network is not for; name it in "
                           "'species'",
                           i + 1, atoms->species[atoms->type[i]].symbol);
    return VT_OK;
}

/* No electrons, the innermost ones included, give larger ones: such numbers stand for something
   that is missing, and their squares would hide all others [eV per atom, eV/angstrom]. */
static const double LARGEST = 1e8;

static vt_status check_numbers(const vt_atoms *atoms, double energy, bool forces, vt_error *err) {
    if (atoms->count == 0) return vt_fail(err, VT_EINVAL, "there are no atoms");
    double share = energy / (double)atoms->count;
    if (!(fabs(share) < LARGEST))
        return vt_fail(err, VT_EINVAL,
                       "the energy is %g eV, %g eV per atom; below %g eV per atom is possible",
                       energy, share, LARGEST);
    for (size_t i = 0; forces && i < atoms->count; i++)
        if (!(fabs(atoms->fx[i]) + fabs(atoms->fy[i]) + fabs(atoms->fz[i]) < LARGEST))
            return vt_fail(err, VT_EINVAL,
                           "the force on atom %zu is (%g, %g, %g) eV/A; below %g eV/A is possible",
                           i + 1, atoms->fx[i], atoms->fy[i], atoms->fz[i], LARGEST);
    return VT_OK;
}

/* A place closer than this is that of another atom [angstrom]. */
static const double COINCIDENT = 0.05;

/* Neighbors of atom i of one species from the list's row, into the arrays behind `used`, which hold
   nothing yet: only counted where they are NULL. */
static vt_status fill_group(const vt_training *t, const vt_neighbors *list, const int *kind,
                            size_t i, int species, vti_sample *s, size_t *used, vt_error *err) {
    const double *self = list->point + 4 * i, cutoff = t->network->plan.cutoff;
    vti_sample_group *g = &s->group[i * (size_t)t->options.species_count + (size_t)species];
    int32_t n = 0;
    double *x = s->place != NULL ? s->place + 3 * *used : NULL;
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        const double *other = list->point + 4 * (size_t)list->neighbor[k];
        double d[3], r2 = 0;
        if (kind[(int)other[3]] != species) continue;
        for (int q = 0; q < 3; q++) {
            d[q] = other[q] - self[q];
            r2 += d[q] * d[q];
        }
        if (!(r2 < cutoff * cutoff)) continue;
        if (r2 < COINCIDENT * COINCIDENT)
            return vt_fail(err, VT_EINVAL,
                           "atoms %zu and %zu are %.3g A apart, one on top of the other", i + 1,
                           (size_t)list->parent[list->neighbor[k]] + 1, sqrt(r2));
        if (x != NULL) {
            for (int q = 0; q < 3; q++) x[q * g->padded + n] = d[q];
            s->atom[*used + (size_t)n] = list->parent[list->neighbor[k]];
        }
        n++;
    }
    g->first = *used;
    g->count = n;
    g->padded = (n + VTI_CHEBYSHEV_LANES - 1) / VTI_CHEBYSHEV_LANES * VTI_CHEBYSHEV_LANES;
    for (int32_t k = n; x != NULL && k < g->padded; k++) x[k] = 2 * cutoff;
    *used += (size_t)g->padded;
    return VT_OK;
}

static vt_status fill_groups(const vt_training *t, const vt_neighbors *list, const int *kind,
                             vti_sample *s, vt_error *err) {
    for (int turn = 0; turn < 2; turn++) { /* count, then fill */
        size_t used = 0;
        for (size_t i = 0; i < s->atoms; i++)
            for (int k = 0; k < t->options.species_count; k++)
                VTI_TRY(fill_group(t, list, kind, i, k, s, &used, err));
        if (turn > 0) break;
        s->entries = used;
        s->place = vt_alloc(3 * used, sizeof *s->place);
        s->atom = vt_alloc(used, sizeof *s->atom);
        if (s->place == NULL || s->atom == NULL)
            return vt_fail_memory(err, used, 3 * sizeof *s->place, "a sample");
    }
    return VT_OK;
}

static vt_status fill(const vt_training *t, const vt_atoms *atoms, const int *kind, bool forces,
                      vti_sample *s, vt_error *err) {
    for (size_t i = 0; i < s->atoms; i++) s->kind[i] = (uint8_t)kind[atoms->type[i]];
    for (size_t i = 0; forces && i < s->atoms; i++) {
        s->force[i][0] = atoms->fx[i];
        s->force[i][1] = atoms->fy[i];
        s->force[i][2] = atoms->fz[i];
    }
    vt_neighbors *list = vt_neighbors_create(t->network->plan.cutoff, 0, err);
    if (list == NULL) return VT_ENOMEM;
    vt_status st = vt_neighbors_update(list, atoms, err);
    if (!vt_failed(st)) st = fill_groups(t, list, kind, s, err);
    vt_neighbors_destroy(list);
    return st;
}

vti_sample *vti_sample_create(const vt_training *t, const vt_atoms *atoms, double energy,
                              bool forces, vt_error *err) {
    int kind[VT_MAX_SPECIES];
    if (vt_failed(check_numbers(atoms, energy, forces, err)) ||
        vt_failed(match_species(t, atoms, kind, err)))
        return NULL;
    vti_sample *s = vt_alloc(1, sizeof *s);
    size_t n = atoms->count;
    if (s != NULL) {
        s->atoms = n;
        s->forces = forces;
        s->energy = energy / (double)n;
        s->kind = vt_alloc(n, 1);
        s->force = vt_alloc(n, sizeof *s->force);
        s->group = vt_alloc(n * (size_t)t->options.species_count, sizeof *s->group);
    }
    bool memory = s != NULL && s->kind != NULL && s->force != NULL && s->group != NULL;
    if (!memory) vt_fail_memory(err, n, sizeof *s->force, "a sample");
    if (memory && !vt_failed(fill(t, atoms, kind, forces, s, err))) return s;
    vti_sample_destroy(s);
    return NULL;
}

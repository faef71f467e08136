/* Alloys from a composition, crystals, replication, substitution, joining. */
#include "atoms/fields.h"
#include "base/try.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- composition ---- */

static vt_status check_composition(const vt_composition *c, double *total, vt_error *err) {
    if (c->count < 1 || c->count > VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "composition: %d species; there must be 1 to %d", c->count,
                       VT_MAX_SPECIES);
    *total = 0;
    for (int k = 0; k < c->count; k++) {
        if (!(c->share[k] >= 0) || !isfinite(c->share[k]))
            return vt_fail(err, VT_EINVAL,
                           "composition: the share of %s is %g; it must be 0 or more",
                           c->species[k].symbol, c->share[k]);
        *total += c->share[k];
    }
    if (!(*total > 0) || !isfinite(*total))
        return vt_fail(err, VT_EINVAL, "composition: the shares sum to %g; give positive ones",
                       *total);
    return VT_OK;
}

vt_status vt_composition_add(vt_composition *c, const char *symbol, double share, vt_error *err) {
    size_t length = strlen(symbol);
    if (c->count == VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "composition: more than %d species", VT_MAX_SPECIES);
    if (length == 0 || length >= VT_SYMBOL_SIZE)
        return vt_fail(err, VT_EINVAL, "composition: '%s' is not an element symbol", symbol);
    c->species[c->count] = (vt_species){0};
    memcpy(c->species[c->count].symbol, symbol, length + 1);
    c->share[c->count++] = share;
    return VT_OK;
}

vt_status vt_composition_parse(const char *formula, vt_composition *c, vt_error *err) {
    *c = (vt_composition){0};
    for (const char *p = formula; *p != '\0';) {
        char symbol[VT_SYMBOL_SIZE] = "";
        size_t length = 0;
        while (length < sizeof symbol &&
               (length == 0 ? *p >= 'A' && *p <= 'Z' : p[length] >= 'a' && p[length] <= 'z'))
            length++;
        if (length == 0 || length == sizeof symbol)
            return vt_fail(err, VT_EINVAL,
                           "composition '%s': expected an element symbol at '%s', as in "
                           "'Cu64Zr36'",
                           formula, p);
        memcpy(symbol, p, length);
        p += length;
        for (int k = 0; k < c->count; k++)
            if (strcmp(c->species[k].symbol, symbol) == 0)
                return vt_fail(err, VT_EINVAL, "composition '%s' names %s twice", formula, symbol);
        double share = 1;
        if (*p >= '0' && *p <= '9') {
            char *end;
            share = strtod(p, &end);
            p = end;
        }
        VTI_TRY(vt_composition_add(c, symbol, share, err));
    }
    return VT_OK;
}

vt_status vt_composition_counts(const vt_composition *composition, size_t atoms,
                                size_t counts[VT_MAX_SPECIES], vt_error *err) {
    double total = 0, remainder[VT_MAX_SPECIES];
    VTI_TRY(check_composition(composition, &total, err));
    memset(counts, 0, VT_MAX_SPECIES * sizeof *counts);
    size_t given = 0;
    for (int k = 0; k < composition->count; k++) {
        double exact = composition->share[k] / total * (double)atoms;
        /* 0.29 x 100 is 28.999999999999996: within rounding of a whole number it is that number. */
        double whole =
            fabs(exact - nearbyint(exact)) < 1e-9 * (exact + 1) ? nearbyint(exact) : floor(exact);
        counts[k] = (size_t)whole;
        remainder[k] = exact - whole;
        given += counts[k];
    }
    for (; given < atoms; given++) {
        int largest = 0;
        for (int k = 1; k < composition->count; k++)
            if (remainder[k] > remainder[largest] + 1e-12) largest = k;
        counts[largest]++;
        remainder[largest] -= 1;
    }
    for (; given > atoms; given--) { /* only when rounding up above went too far */
        int least = -1;
        for (int k = 0; k < composition->count; k++)
            if (counts[k] > 0 && (least < 0 || remainder[k] < remainder[least])) least = k;
        counts[least]--;
        remainder[least] += 1;
    }
    return VT_OK;
}

double vt_composition_volume(const vt_composition *composition) {
    double total = 0, sum = 0;
    for (int k = 0; k < composition->count; k++) {
        if (composition->share[k] == 0) continue;
        double volume = vt_element_volume(composition->species[k].symbol);
        if (volume == 0) return 0;
        total += composition->share[k];
        sum += composition->share[k] * volume;
    }
    return total > 0 ? sum / total : 0;
}

double vt_composition_mass(const vt_composition *composition) {
    double total = 0, sum = 0;
    for (int k = 0; k < composition->count; k++) {
        if (composition->share[k] == 0) continue;
        double mass = composition->species[k].mass;
        if (mass == 0) mass = vt_element_mass(composition->species[k].symbol);
        if (mass == 0) return 0;
        total += composition->share[k];
        sum += composition->share[k] * mass;
    }
    return total > 0 ? sum / total : 0;
}

vt_status vt_atoms_assign(vt_atoms *atoms, const vt_composition *composition, uint64_t seed,
                          vt_error *err) {
    size_t counts[VT_MAX_SPECIES];
    VTI_TRY(vt_composition_counts(composition, atoms->count, counts, err));
    size_t next = 0;
    for (int k = 0; k < composition->count; k++) {
        const vt_species *s = &composition->species[k];
        int type = vt_atoms_add_species(atoms, s->symbol, s->mass, err);
        if (type < 0) return (vt_status)type;
        for (size_t j = 0; j < counts[k]; j++) atoms->type[next++] = type;
    }
    /* Fisher and Yates's shuffle. */
    vt_rng rng = vt_rng_start(seed, VT_STREAM_SHUFFLE);
    for (size_t i = atoms->count; i > 1; i--) {
        size_t j = (size_t)vt_rng_below(&rng, i);
        int32_t swap = atoms->type[i - 1];
        atoms->type[i - 1] = atoms->type[j];
        atoms->type[j] = swap;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- crystals ---- */

enum { MOST_SITES = 4 };

typedef struct {
    int sites, species;
    double place[MOST_SITES][3]; /* fractional */
    int kind[MOST_SITES];
} unit_cell;

static const unit_cell CELLS[] = {
    [VT_FCC] = {4, 1, {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}}, {0}},
    [VT_BCC] = {2, 1, {{0, 0, 0}, {0.5, 0.5, 0.5}}, {0}},
    [VT_HCP] = {4, 1, {{0, 0, 0}, {0.5, 0.5, 0}, {0.5, 5.0 / 6, 0.5}, {0, 1.0 / 3, 0.5}}, {0}},
    [VT_B2] = {2, 2, {{0, 0, 0}, {0.5, 0.5, 0.5}}, {0, 1}},
};

int vt_lattice_species(vt_lattice lattice) {
    return CELLS[lattice].species;
}

/* The number of cells or copies, `each` atoms in every one; 0 when it is too large. */
static size_t product_of(const int64_t times[3], size_t each, const char *what, vt_error *err) {
    double total = (double)each;
    for (int k = 0; k < 3; k++) {
        if (times[k] < 1) {
            vt_fail(err, VT_EINVAL, "%s: %lld along %c; it must be at least 1", what,
                    (long long)times[k], "abc"[k]);
            return 0;
        }
        total *= (double)times[k];
    }
    if (total > INT32_MAX) {
        vt_fail(err, VT_EINVAL, "%s: %lld x %lld x %lld makes %.3g atoms; the limit is %d", what,
                (long long)times[0], (long long)times[1], (long long)times[2], total, INT32_MAX);
        return 0;
    }
    return (size_t)(times[0] * times[1] * times[2]);
}

vt_atoms *vt_atoms_crystal(vt_lattice lattice, const vt_species *species, double a, double c,
                           const int64_t cells[3], vt_error *err) {
    const unit_cell *cell = &CELLS[lattice];
    if (!(a > 0) || !isfinite(a) || !(c >= 0) || !isfinite(c)) {
        vt_fail(err, VT_EINVAL, "crystal: lattice constants a = %g A, c = %g A; give positive ones",
                a, c);
        return NULL;
    }
    size_t total = product_of(cells, (size_t)cell->sites, "crystal: cells", err);
    if (total == 0) return NULL;
    double edge[3] = {a, a, a};
    if (lattice == VT_HCP) {
        edge[1] = sqrt(3.0) * a;
        edge[2] = c > 0 ? c : sqrt(8.0 / 3) * a;
    }
    vt_box box = vt_box_orthogonal((double)cells[0] * edge[0], (double)cells[1] * edge[1],
                                   (double)cells[2] * edge[2]);
    vt_atoms *atoms = vt_atoms_create(total * (size_t)cell->sites, &box, err);
    if (atoms == NULL) return NULL;
    int type[2] = {0, 0};
    for (int k = 0; k < cell->species; k++) {
        type[k] = vt_atoms_add_species(atoms, species[k].symbol, species[k].mass, err);
        if (type[k] < 0) goto fail;
    }
    if (cell->species == 2 && type[0] == type[1]) {
        vt_fail(err, VT_EINVAL, "crystal: both species are %s; B2 needs two (bcc takes one)",
                species[0].symbol);
        goto fail;
    }
    size_t i = 0;
    for (int64_t w = 0; w < cells[2]; w++)
        for (int64_t v = 0; v < cells[1]; v++) {
            if (vt_interrupted()) {
                vt_fail_interrupted(err);
                goto fail;
            }
            for (int64_t u = 0; u < cells[0]; u++)
                for (int s = 0; s < cell->sites; s++, i++) {
                    atoms->x[i] = ((double)u + cell->place[s][0]) * edge[0];
                    atoms->y[i] = ((double)v + cell->place[s][1]) * edge[1];
                    atoms->z[i] = ((double)w + cell->place[s][2]) * edge[2];
                    atoms->type[i] = type[cell->kind[s]];
                }
        }
    return atoms;
fail:
    vt_atoms_destroy(atoms);
    return NULL;
}

/* ---------------------------------------------------------------- changes ---- */

vt_atoms *vt_atoms_replicate(const vt_atoms *atoms, const int64_t times[3], vt_error *err) {
    size_t copies = product_of(times, atoms->count, "replicate", err);
    if (copies == 0) return NULL;
    vt_box box = atoms->box;
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++) box.h[k][j] *= (double)times[k];
    vt_atoms *all = vt_atoms_create(copies * atoms->count, &box, err);
    if (all == NULL) return NULL;
    all->species_count = atoms->species_count;
    memcpy(all->species, atoms->species, sizeof atoms->species);
    size_t k = 0;
    for (int64_t w = 0; w < times[2]; w++)
        for (int64_t v = 0; v < times[1]; v++)
            for (int64_t u = 0; u < times[0]; u++) {
                double n[3] = {(double)u, (double)v, (double)w}, shift[3] = {0, 0, 0};
                for (int axis = 0; axis < 3; axis++)
                    for (int j = 0; j < 3; j++) shift[j] += n[axis] * atoms->box.h[axis][j];
                for (size_t i = 0; i < atoms->count; i++, k++) {
                    if (k % 65536 == 0 && vt_interrupted()) {
                        vt_fail_interrupted(err);
                        vt_atoms_destroy(all);
                        return NULL;
                    }
                    vt_atoms_copy_atom(all, k, atoms, i);
                    all->x[k] += shift[0];
                    all->y[k] += shift[1];
                    all->z[k] += shift[2];
                    all->ix[k] = all->iy[k] = all->iz[k] = 0;
                    all->id[k] = (int64_t)k + 1;
                }
            }
    return all;
}

vt_status vt_atoms_substitute(vt_atoms *atoms, int from, int to, size_t count, uint64_t seed,
                              vt_error *err) {
    if (to < 0 || to >= atoms->species_count || from < -1 || from >= atoms->species_count)
        return vt_fail(err, VT_EINVAL, "substitute: species %d or %d does not exist", from + 1,
                       to + 1);
    vt_species_list list = vt_atoms_species(atoms);
    int32_t target = list.of_type[to], source = from < 0 ? -1 : list.of_type[from];
    size_t left = source < 0 ? atoms->count - list.atoms[target] : list.atoms[source];
    if (count > left)
        return vt_fail(err, VT_EINVAL,
                       "substitute: %zu atoms are to become %s, but only %zu can (%s)", count,
                       atoms->species[to].symbol, left,
                       from < 0 ? "of all other species" : atoms->species[from].symbol);
    if (source == target) return VT_OK;
    /* One walk over the atoms takes each with the chance (still wanted)/(still left), which makes
       every choice of `count` atoms equally likely: Knuth, TAOCP 2, 3.4.2, algorithm S. */
    vt_rng rng = vt_rng_start(seed, VT_STREAM_SHUFFLE);
    for (size_t i = 0; i < atoms->count && count > 0; i++) {
        int32_t own = list.of_type[atoms->type[i]];
        if (source < 0 ? own == target : own != source) continue;
        if (vt_rng_below(&rng, left--) < count) {
            atoms->type[i] = to;
            count--;
        }
    }
    return VT_OK;
}

/* Masses of one element are printed with few digits; those of its isotopes differ by more. */
static bool same_type(const vt_species *a, const vt_species *b) {
    static const double ROUNDING = 1e-3;
    return strcmp(a->symbol, b->symbol) == 0 && fabs(a->mass - b->mass) <= ROUNDING * a->mass;
}

/* The type that atoms of type k of `other` get in `atoms`, added where there is none. */
static int join_type(vt_atoms *atoms, const vt_atoms *other, int k, vt_error *err) {
    const vt_species *own = &other->species[k];
    if (k < atoms->species_count && same_type(&atoms->species[k], own)) return k;
    for (int type = 0; type < atoms->species_count; type++)
        if (same_type(&atoms->species[type], own)) return type;
    if (vt_atoms_find_species(atoms, own->symbol) < 0 || atoms->species_count == VT_MAX_SPECIES)
        return vt_atoms_add_species(atoms, own->symbol, own->mass, err);
    atoms->species[atoms->species_count] = *own;
    return atoms->species_count++;
}

vt_status vt_atoms_append(vt_atoms *atoms, const vt_atoms *other, vt_error *err) {
    int type[VT_MAX_SPECIES] = {0};
    for (int k = 0; k < other->species_count; k++) {
        type[k] = join_type(atoms, other, k, err);
        if (type[k] < 0) return (vt_status)type[k];
    }
    size_t first = atoms->count, added = other->count; /* `other` may be `atoms` itself */
    VTI_TRY(vt_atoms_resize(atoms, first + added, err));
    atoms->tracked = false;
    /* Forces and images that refer to another box are left behind. */
    vti_atom_arrays to = vti_arrays_of(atoms), from = vti_arrays_of(other);
    for (int axis = 0; axis < 3; axis++) {
        memcpy(to.position[axis] + first, from.position[axis], added * sizeof(double));
        memcpy(to.velocity[axis] + first, from.velocity[axis], added * sizeof(double));
    }
    for (size_t i = 0; i < added; i++) to.type[first + i] = type[from.type[i]];
    return VT_OK;
}

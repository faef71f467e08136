/* The calculator: brings the neighbor list up to date, hands it to the model, adds up the blocks
   and looks at the outcome. */
#include "model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Default skin: 1 angstrom suits EAM metals at 2 fs; small cutoffs (Lennard-Jones in reduced
   units) get their usual 0.3 to 0.4 sigma. */
static const double DEFAULT_SKIN = 1.0, DEFAULT_SKIN_SHARE = 0.15;

/* Atoms closer than this share of the cutoff are one on top of the other: no table describes it
   and the forces would be numbers without meaning. */
static const double COINCIDENT_SHARE = 1e-3;

struct vt_calculator {
    const vt_potential *potential;
    vt_neighbors *list;
    vt_simd simd;
    /* Binding to the species of the last atoms seen. */
    void *bound; /* the model's tables */
    int bound_count;
    char bound_symbol[VT_MAX_SPECIES][VT_SYMBOL_SIZE];
    /* Scratch. */
    size_t atom_capacity, point_capacity, neighbor_capacity;
    vti_block *block;
    double *atom_energy, *atom_virial;
    double *per_point;
    int32_t *compact, *compact_count;
};

vt_calculator *vt_calculator_create(const vt_potential *potential, double skin, vt_error *err) {
    vt_calculator *c = vt_alloc(1, sizeof *c);
    if (c == NULL) {
        vt_fail_memory(err, 1, sizeof *c, "a calculator");
        return NULL;
    }
    double cutoff = potential->cutoff;
    if (skin < 0)
        skin =
            DEFAULT_SKIN_SHARE * cutoff < DEFAULT_SKIN ? DEFAULT_SKIN_SHARE * cutoff : DEFAULT_SKIN;
    c->potential = potential;
    c->simd = vt_simd_best();
    c->list = vt_neighbors_create(cutoff, skin, err);
    if (c->list == NULL) {
        vt_calculator_destroy(c);
        return NULL;
    }
    return c;
}

static void free_scratch(vt_calculator *c) {
    vt_free(c->block);
    vt_free(c->atom_energy);
    vt_free(c->atom_virial);
    vt_free(c->compact_count);
    c->block = NULL;
    c->atom_energy = c->atom_virial = NULL;
    c->compact_count = NULL;
    c->atom_capacity = 0;
}

void vt_calculator_destroy(vt_calculator *c) {
    if (c == NULL) return;
    c->potential->model->unbind(c->bound);
    vt_neighbors_destroy(c->list);
    free_scratch(c);
    vt_free(c->per_point);
    vt_free(c->compact);
    vt_free(c);
}

vt_neighbors *vt_calculator_neighbors(vt_calculator *c) {
    return c->list;
}

const vt_potential *vt_calculator_potential(const vt_calculator *c) {
    return c->potential;
}

vt_simd vt_calculator_simd(const vt_calculator *c) {
    return c->simd;
}

/* ---------------------------------------------------------------- species ---- */

static bool bound_to(const vt_calculator *c, const vt_atoms *atoms) {
    if (c->bound == NULL || c->bound_count != atoms->species_count) return false;
    for (int k = 0; k < atoms->species_count; k++)
        if (strcmp(c->bound_symbol[k], atoms->species[k].symbol) != 0) return false;
    return true;
}

static vt_status missing_species(const vt_potential *p, const char *symbol, vt_error *err) {
    char known[VT_MAX_SPECIES * (VT_SYMBOL_SIZE + 1) + 1] = "";
    size_t used = 0;
    for (int k = 0; k < p->species_count; k++)
        used += (size_t)snprintf(known + used, sizeof known - used, " %s", p->species[k].symbol);
    return vt_fail(err, VT_EINVAL,
                   "the potential %s%s%s has no species '%s'; it knows%s; choose another potential "
                   "or rename the species of the atoms",
                   p->name, p->file[0] ? " " : "", p->file, symbol, known);
}

/* Bind to the species that the atoms name, in their order. */
static vt_status bind_species(vt_calculator *c, const vt_atoms *atoms, vt_error *err) {
    const vt_potential *p = c->potential;
    int map[VT_MAX_SPECIES];
    for (int k = 0; k < atoms->species_count; k++) {
        map[k] = -1;
        for (int s = 0; s < p->species_count; s++)
            if (strcmp(p->species[s].symbol, atoms->species[k].symbol) == 0) map[k] = s;
        if (map[k] >= 0) continue;
        return missing_species(p, atoms->species[k].symbol, err);
    }
    p->model->unbind(c->bound);
    c->bound = p->model->bind(p, map, atoms->species_count, err);
    if (c->bound == NULL) return err != NULL ? err->code : VT_ENOMEM;
    c->bound_count = atoms->species_count;
    for (int k = 0; k < atoms->species_count; k++)
        memcpy(c->bound_symbol[k], atoms->species[k].symbol, VT_SYMBOL_SIZE);
    return VT_OK;
}

static vt_status check_types(const vt_atoms *atoms, vt_error *err) {
    for (size_t i = 0; i < atoms->count; i++)
        if (atoms->type[i] < 0 || atoms->type[i] >= atoms->species_count)
            return vt_fail(err, VT_EINVAL,
                           "atom %lld has type %d, but there are %d species; give it one of them",
                           (long long)atoms->id[i], (int)atoms->type[i] + 1, atoms->species_count);
    return VT_OK;
}

/* ---------------------------------------------------------------- scratch ---- */

static vt_status reserve(vt_calculator *c, const vt_atoms *atoms, vt_error *err) {
    size_t n = atoms->count;
    if (c->block == NULL || n > c->atom_capacity) {
        free_scratch(c);
        c->block = vt_alloc(vti_block_count(n), sizeof *c->block);
        c->compact_count = vt_alloc(n, sizeof *c->compact_count);
        if (c->block == NULL || c->compact_count == NULL) {
            free_scratch(c);
            return vt_fail_memory(err, n, sizeof *c->block / VTI_BLOCK + 4, "force evaluation");
        }
        c->atom_capacity = n;
    }
    size_t points = c->list->points + 8;
    if (c->per_point == NULL || points > c->point_capacity) {
        vt_free(c->per_point);
        c->point_capacity = points + points / 16;
        c->per_point = vt_alloc(c->point_capacity, sizeof(double));
        if (c->per_point == NULL)
            return vt_fail_memory(err, c->point_capacity, sizeof(double), "force evaluation");
    }
    size_t neighbors = c->list->first[n];
    if (c->compact == NULL || neighbors > c->neighbor_capacity) {
        vt_free(c->compact);
        c->neighbor_capacity = neighbors + neighbors / 20;
        c->compact = vt_alloc(c->neighbor_capacity, sizeof(int32_t));
        if (c->compact == NULL)
            return vt_fail_memory(err, c->neighbor_capacity, sizeof(int32_t), "force evaluation");
    }
    return VT_OK;
}

/* Per-atom arrays are made only when somebody asks for them. */
static vt_status reserve_per_atom(vt_calculator *c, unsigned want, vt_error *err) {
    if ((want & VT_WANT_ATOM_ENERGY) && c->atom_energy == NULL) {
        c->atom_energy = vt_alloc(c->atom_capacity, sizeof(double));
        if (c->atom_energy == NULL)
            return vt_fail_memory(err, c->atom_capacity, sizeof(double), "energies per atom");
    }
    if ((want & VT_WANT_ATOM_VIRIAL) && c->atom_virial == NULL) {
        c->atom_virial = vt_alloc(6 * c->atom_capacity, sizeof(double));
        if (c->atom_virial == NULL)
            return vt_fail_memory(err, 6 * c->atom_capacity, sizeof(double), "stress per atom");
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- outcome ---- */

/* Name the closest pair; called only after a block met a distance that is too small. */
static vt_status report_coincidence(const vt_neighbors *list, const vt_atoms *atoms,
                                    vt_error *err) {
    double least = INFINITY;
    size_t first = 0, second = 0;
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            const double *a = list->point + 4 * i;
            const double *b = list->point + 4 * (size_t)list->neighbor[k];
            double r2 = 0;
            for (int m = 0; m < 3; m++) r2 += (b[m] - a[m]) * (b[m] - a[m]);
            if (r2 >= least) continue;
            least = r2;
            first = i;
            second = (size_t)list->parent[list->neighbor[k]];
        }
    if (first == second)
        return vt_fail(err, VT_EDIVERGED,
                       "atom %lld is %.3g A from its own periodic image: the box is far too thin",
                       (long long)atoms->id[first], sqrt(least));
    return vt_fail(err, VT_EDIVERGED,
                   "atoms %lld and %lld are %.3g A apart, one on top of the other; remove one, "
                   "start from positions with a least distance, or use a smaller time step",
                   (long long)atoms->id[first], (long long)atoms->id[second], sqrt(least));
}

static vt_status check_outcome(const vt_calculator *c, const vt_atoms *atoms, vt_error *err) {
    double coincident = COINCIDENT_SHARE * c->list->cutoff, sum = 0, least = INFINITY;
    for (size_t b = 0; b < vti_block_count(atoms->count); b++) {
        sum += c->block[b].force_sum;
        if (c->block[b].least_r2 < least) least = c->block[b].least_r2;
    }
    if (least < coincident * coincident) return report_coincidence(c->list, atoms, err);
    if (isfinite(sum)) return VT_OK;
    for (size_t i = 0; i < atoms->count; i++)
        if (!isfinite(fabs(atoms->fx[i]) + fabs(atoms->fy[i]) + fabs(atoms->fz[i])))
            return vt_fail(err, VT_EDIVERGED,
                           "the force on atom %lld at (%g, %g, %g) A is not finite; atoms are too "
                           "close, or the time step is too large",
                           (long long)atoms->id[i], atoms->x[i], atoms->y[i], atoms->z[i]);
    return vt_fail(err, VT_EDIVERGED, "the forces are too large to add up; atoms are too close");
}

vt_status vt_calculator_compute(vt_calculator *c, vt_atoms *atoms, unsigned want, vt_result *result,
                                vt_error *err) {
    if (want & VT_WANT_ATOM_ENERGY) want |= VT_WANT_ENERGY;
    if (want & VT_WANT_ATOM_VIRIAL) want |= VT_WANT_VIRIAL;
    vt_status st = VT_OK;
    if (!bound_to(c, atoms)) st = bind_species(c, atoms, err);
    if (!vt_failed(st)) st = check_types(atoms, err);
    if (!vt_failed(st)) st = vt_neighbors_update(c->list, atoms, err);
    if (!vt_failed(st)) st = reserve(c, atoms, err);
    if (!vt_failed(st)) st = reserve_per_atom(c, want, err);
    if (vt_failed(st)) return st;

    vti_evaluation evaluation = {
        .list = c->list,
        .want = want,
        .fx = atoms->fx,
        .fy = atoms->fy,
        .fz = atoms->fz,
        .atom_energy = want & VT_WANT_ATOM_ENERGY ? c->atom_energy : NULL,
        .atom_virial = want & VT_WANT_ATOM_VIRIAL ? c->atom_virial : NULL,
        .block = c->block,
        .per_point = c->per_point,
        .compact = c->compact,
        .compact_count = c->compact_count,
        .simd = c->simd,
    };
    c->potential->model->compute(c->bound, &evaluation);
    if (result != NULL) {
        *result = (vt_result){.atom_energy = evaluation.atom_energy,
                              .atom_virial = evaluation.atom_virial};
        for (size_t b = 0; b < vti_block_count(atoms->count); b++) {
            result->energy += c->block[b].energy;
            for (int k = 0; k < 6; k++) result->virial[k] += c->block[b].virial[k];
        }
    }
    return check_outcome(c, atoms, err);
}

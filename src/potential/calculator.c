/* The calculator: brings the neighbor list up to date, hands it to the model, adds up the blocks
   and looks at the outcome. */
#include "engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "neighbors/list.h"

/* Default skin: EAM metals at 300 K and 2 fs cost about the same from 0.7 to 1.5 angstrom, and
   memory grows with it; small cutoffs (Lennard-Jones in reduced units) get 0.5 sigma. */
static const double DEFAULT_SKIN = 1.0, DEFAULT_SKIN_SHARE = 0.2;

/* Atoms closer than this share of the cutoff are one on top of the other: no table describes it
   and the forces would be numbers without meaning. */
static const double COINCIDENT_SHARE = 1e-3;

struct vt_calculator {
    const vt_potential *potential;
    const vti_engine *engine;
    vti_domains *domains;
    vt_neighbors *list; /* for engines that read rows */
    double skin;
    vt_simd simd;
    vt_before_build *before_build;
    void *context; /* of before_build */
    /* Binding to the species of the last atoms seen. */
    void *bound; /* what the engine opened */
    int bound_count;
    char bound_symbol[VT_MAX_SPECIES][VT_SYMBOL_SIZE];
    /* Room, see vti_evaluation; capacities in items. */
    size_t block_capacity, domain_capacity, slot_capacity, slot_virial_capacity, atom_capacity;
    size_t atom_energy_capacity, atom_virial_capacity;
    vti_sums *block_sums, *domain_sums;
    double *atom_energy, *atom_virial, *each;
    double (*slot_force)[4], (*slot_virial)[6];
    int scratch_count;
    size_t scratch_points; /* room of each */
    vti_scratch *scratch;
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
    c->skin = skin;
    vt_simd best = vt_simd_best();
    c->simd = best == VT_SIMD_REFERENCE ? VT_SIMD_BASELINE : best;
    c->engine = vti_engine_find(potential, VT_PRECISION_DOUBLE, best == VT_SIMD_REFERENCE, err);
    c->domains = c->engine == NULL ? NULL : vti_domains_create(cutoff, skin, err);
    c->list = c->domains == NULL ? NULL : vt_neighbors_create(cutoff, skin, err);
    if (c->list == NULL) {
        vt_calculator_destroy(c);
        return NULL;
    }
    return c;
}

static void free_scratch(vt_calculator *c) {
    for (int t = 0; t < c->scratch_count; t++) {
        vt_free(c->scratch[t].point);
        vt_free(c->scratch[t].own);
    }
    vt_free(c->scratch);
    c->scratch = NULL;
    c->scratch_count = 0;
}

static void close_bound(vt_calculator *c) {
    if (c->bound != NULL) c->engine->close(c->bound);
    c->bound = NULL;
}

void vt_calculator_destroy(vt_calculator *c) {
    if (c == NULL) return;
    close_bound(c);
    vti_domains_destroy(c->domains);
    vt_neighbors_destroy(c->list);
    free_scratch(c);
    vt_free(c->block_sums);
    vt_free(c->domain_sums);
    vt_free(c->atom_energy);
    vt_free(c->atom_virial);
    vt_free(c->each);
    vt_free(c->slot_force);
    vt_free(c->slot_virial);
    vt_free(c);
}

vt_status vt_calculator_set_precision(vt_calculator *c, vt_precision precision, vt_error *err) {
    bool reference = vt_simd_best() == VT_SIMD_REFERENCE;
    const vti_engine *engine = vti_engine_find(c->potential, precision, reference, err);
    if (engine == NULL) return VT_EINVAL;
    if (engine == c->engine) return VT_OK;
    close_bound(c);
    c->engine = engine;
    return VT_OK;
}

vt_status vt_calculator_order(vt_calculator *c, const vt_atoms *atoms, int32_t *order,
                              vt_error *err) {
    return vti_domains_order(c->domains, atoms, order, err);
}

void vt_calculator_before_build(vt_calculator *c, vt_before_build *before_build, void *context) {
    c->before_build = before_build;
    c->context = context;
}

void vt_calculator_reset(vt_calculator *c) {
    vti_domains_reset(c->domains);
    vt_neighbors_reset(c->list);
}

const vt_potential *vt_calculator_potential(const vt_calculator *c) {
    return c->potential;
}

vt_simd vt_calculator_simd(const vt_calculator *c) {
    return c->engine->reference ? VT_SIMD_REFERENCE : c->simd;
}

/* ---------------------------------------------------------------- species ---- */

static bool bound_to(const vt_calculator *c, const vt_atoms *atoms) {
    if (c->bound == NULL || c->bound_count != atoms->species_count) return false;
    for (int k = 0; k < atoms->species_count; k++)
        if (strcmp(c->bound_symbol[k], atoms->species[k].symbol) != 0) return false;
    return true;
}

static vt_status missing_species(const vt_potential *p, const char *symbol, vt_error *err) {
    char known[VT_MAX_SPECIES * (VT_SYMBOL_SIZE + 1) + 8] = "";
    size_t used = 0;
    int count = p->species_count < VT_MAX_SPECIES ? p->species_count : VT_MAX_SPECIES;
    for (int k = 0; k < count; k++)
        used += (size_t)snprintf(known + used, sizeof known - used, " %s", p->species[k].symbol);
    if (count < p->species_count) snprintf(known + used, sizeof known - used, " ...");
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
    close_bound(c);
    c->bound = c->engine->open(p, map, atoms->species_count, err);
    if (c->bound == NULL) return err != NULL ? err->code : VT_ENOMEM;
    double cutoff[VT_MAX_SPECIES * VT_MAX_SPECIES];
    bool by_species = c->engine->cutoffs != NULL;
    if (by_species) c->engine->cutoffs(p, map, atoms->species_count, cutoff);
    vt_status st =
        vti_domains_set_cutoffs(c->domains, by_species ? cutoff : NULL, atoms->species_count, err);
    if (vt_failed(st)) {
        close_bound(c);
        return st;
    }
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

/* ---------------------------------------------------------------- room ---- */

/* Make *memory hold `needed` items, a little more when it must grow; contents are not kept. */
static vt_status reserve(void *memory, size_t *capacity, size_t needed, size_t size,
                         vt_error *err) {
    return vt_reserve(memory, capacity, needed, needed / 64, size, "force evaluation", err);
}

static vt_status reserve_scratch(vt_calculator *c, vt_error *err) {
    int threads = vt_threads();
    size_t points = (size_t)c->domains->most_points + 1;
    if (c->scratch_count >= threads && points <= c->scratch_points) return VT_OK;
    free_scratch(c);
    c->scratch = vt_alloc((size_t)threads, sizeof *c->scratch);
    if (c->scratch == NULL)
        return vt_fail_memory(err, (size_t)threads, sizeof *c->scratch, "force evaluation");
    c->scratch_count = threads;
    c->scratch_points = points + points / 8;
    for (int t = 0; t < threads; t++) {
        vti_scratch *s = &c->scratch[t];
        s->point = vt_alloc(4 * c->scratch_points, sizeof *s->point);
        if (c->engine->own) s->own = vt_alloc(4 * c->scratch_points, sizeof *s->own);
        if (s->point == NULL || (c->engine->own && s->own == NULL)) {
            free_scratch(c);
            return vt_fail_memory(err, points, 4 * sizeof *s->point, "force evaluation");
        }
    }
    return VT_OK;
}

/* Room of engines that read domains; what is by atom is made only when somebody asks for it. */
static vt_status reserve_domains(vt_calculator *c, unsigned want, vt_error *err) {
    size_t slots = c->domains->slots;
    if (c->engine->lists != VTI_LISTS_DOMAINS) return VT_OK;
    vt_status st = reserve(&c->domain_sums, &c->domain_capacity, c->domains->domains,
                           sizeof *c->domain_sums, err);
    if (!vt_failed(st))
        st = reserve(&c->slot_force, &c->slot_capacity, slots, sizeof *c->slot_force, err);
    if (!vt_failed(st) && (want & VT_WANT_ATOM_VIRIAL))
        st = reserve(&c->slot_virial, &c->slot_virial_capacity, slots, sizeof *c->slot_virial, err);
    return vt_failed(st) ? st : reserve_scratch(c, err);
}

static vt_status reserve_atoms(vt_calculator *c, size_t atoms, unsigned want, vt_error *err) {
    size_t each = c->engine->lists == VTI_LISTS_ROWS ? c->list->points : atoms;
    vt_status st = reserve(&c->block_sums, &c->block_capacity, vti_block_count(atoms),
                           sizeof *c->block_sums, err);
    if (!vt_failed(st) && c->engine->each)
        st = reserve(&c->each, &c->atom_capacity, each, sizeof *c->each, err);
    if (!vt_failed(st) && (want & VT_WANT_ATOM_ENERGY))
        st = reserve(&c->atom_energy, &c->atom_energy_capacity, atoms, sizeof *c->atom_energy, err);
    if (!vt_failed(st) && (want & VT_WANT_ATOM_VIRIAL))
        st = reserve(&c->atom_virial, &c->atom_virial_capacity, 6 * atoms, sizeof *c->atom_virial,
                     err);
    return st;
}

/* ---------------------------------------------------------------- outcome ---- */

/* Name the closest pair; called only after a distance was met that is too small. */
static vt_status report_coincidence(const vt_atoms *atoms, double distance, vt_error *err) {
    vt_neighbors *list = vt_neighbors_create(2 * distance, 0, err);
    if (list == NULL) return VT_ENOMEM;
    vt_status st = vt_neighbors_update(list, atoms, err);
    double least = INFINITY;
    size_t first = 0, second = 0;
    for (size_t i = 0; !vt_failed(st) && i < list->count; i++)
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
    vt_neighbors_destroy(list);
    if (vt_failed(st)) return st;
    if (first == second)
        return vt_fail(err, VT_EDIVERGED,
                       "atom %lld is %.3g A from its own periodic image: the box is far too thin",
                       (long long)atoms->id[first], sqrt(least));
    return vt_fail(err, VT_EDIVERGED,
                   "atoms %lld and %lld are %.3g A apart, one on top of the other; remove one, "
                   "start from positions with a least distance, or use a smaller time step",
                   (long long)atoms->id[first], (long long)atoms->id[second], sqrt(least));
}

static vt_status check_outcome(const vt_calculator *c, const vt_atoms *atoms, const vti_sums *total,
                               vt_error *err) {
    double coincident = COINCIDENT_SHARE * c->potential->cutoff;
    if (total->least_r2 < coincident * coincident)
        return report_coincidence(atoms, coincident, err);
    if (isfinite(total->force_sum)) return VT_OK;
    for (size_t i = 0; i < atoms->count; i++)
        if (!isfinite(fabs(atoms->fx[i]) + fabs(atoms->fy[i]) + fabs(atoms->fz[i])))
            return vt_fail(err, VT_EDIVERGED,
                           "the force on atom %lld at (%g, %g, %g) A is not finite; atoms are too "
                           "close, or the time step is too large",
                           (long long)atoms->id[i], atoms->x[i], atoms->y[i], atoms->z[i]);
    return vt_fail(err, VT_EDIVERGED, "the forces are too large to add up; atoms are too close");
}

static bool reads_rows(const vt_calculator *c) {
    return c->engine->lists == VTI_LISTS_ROWS;
}

static vti_due look(vt_calculator *c, const vt_atoms *atoms) {
    if (!reads_rows(c)) return vti_domains_follow(c->domains, atoms);
    return vt_neighbors_stale(c->list, atoms) ? VTI_BUILD_DUE : VTI_NOTHING_DUE;
}

static vt_status build_lists(vt_calculator *c, const vt_atoms *atoms, vt_error *err) {
    return reads_rows(c) ? vt_neighbors_update(c->list, atoms, err)
                         : vti_domains_build(c->domains, atoms, err);
}

/* Bring the lists up to date. */
static vt_status update_lists(vt_calculator *c, vt_atoms *atoms, vt_error *err) {
    vti_due due = look(c, atoms);
    if (due == VTI_SELECTION_DUE) return vti_domains_select(c->domains, atoms, err);
    if (due == VTI_NOTHING_DUE)
        return reads_rows(c) ? vt_neighbors_update(c->list, atoms, err) : VT_OK;
    vt_calculator_reset(c);
    /* Other types make the lists stale, so that types checked here hold until then. */
    vt_status st = check_types(atoms, err);
    if (!vt_failed(st) && c->before_build != NULL) st = c->before_build(c->context, err);
    return vt_failed(st) ? st : build_lists(c, atoms, err);
}

void vt_calculator_lists(const vt_calculator *c, const vt_reference **built,
                         const vt_reference **selected) {
    bool rows = reads_rows(c);
    *built = rows ? vti_neighbors_built(c->list) : &c->domains->built;
    *selected = rows ? *built : &c->domains->selected;
}

/* The atoms, but where they stood then. */
static vt_atoms atoms_at(const vt_atoms *atoms, const vt_reference *then) {
    vt_atoms moved = *atoms;
    moved.x = then->position;
    moved.y = then->position + atoms->count;
    moved.z = then->position + 2 * atoms->count;
    moved.box = then->box;
    return moved;
}

vt_status vt_calculator_restore_lists(vt_calculator *c, const vt_atoms *atoms,
                                      const vt_reference *built, const vt_reference *selected,
                                      vt_error *err) {
    vt_status st = check_types(atoms, err);
    if (!vt_failed(st) && !bound_to(c, atoms)) st = bind_species(c, atoms, err);
    vt_atoms then = atoms_at(atoms, built);
    vt_calculator_reset(c);
    if (!vt_failed(st)) st = build_lists(c, &then, err);
    if (vt_failed(st) || reads_rows(c)) return st;
    then = atoms_at(atoms, selected);
    vti_domains_refresh(c->domains, &then);
    return vti_domains_select(c->domains, &then, err);
}

static void add_up(vti_sums *total, const vti_sums *part, size_t count) {
    for (size_t b = 0; b < count; b++) {
        total->energy += part[b].energy;
        for (int k = 0; k < 6; k++) total->virial[k] += part[b].virial[k];
        total->force_sum += part[b].force_sum;
        if (part[b].least_r2 < total->least_r2) total->least_r2 = part[b].least_r2;
    }
}

static vt_status check_want(const vt_calculator *c, unsigned want, vt_error *err) {
    static const char *const NAME[] = {"total energy", "total virial", "energy of each atom",
                                       "stress of each atom"};
    unsigned lacking = want & ~c->engine->can;
    for (int k = 0; k < 4; k++)
        if (lacking & (1u << k))
            return vt_fail(err, VT_EINVAL, "the potential %s%s%s does not give the %s",
                           c->potential->name, c->potential->file[0] ? " " : "", c->potential->file,
                           NAME[k]);
    return VT_OK;
}

vt_status vt_calculator_compute(vt_calculator *c, vt_atoms *atoms, unsigned want, vt_result *result,
                                vt_error *err) {
    if (want & VT_WANT_ATOM_ENERGY) want |= VT_WANT_ENERGY;
    if (want & VT_WANT_ATOM_VIRIAL) want |= VT_WANT_VIRIAL;
    vt_status st = check_want(c, want, err);
    if (vt_failed(st)) return st;
    if (!bound_to(c, atoms)) st = bind_species(c, atoms, err);
    if (!vt_failed(st)) st = update_lists(c, atoms, err);
    if (!vt_failed(st)) st = reserve_domains(c, want, err);
    if (!vt_failed(st)) st = reserve_atoms(c, atoms->count, want, err);
    if (vt_failed(st)) return st;

    vti_evaluation evaluation = {
        .domains = c->domains,
        .list = c->list,
        .want = want,
        .fx = atoms->fx,
        .fy = atoms->fy,
        .fz = atoms->fz,
        .atom_energy = want & VT_WANT_ATOM_ENERGY ? c->atom_energy : NULL,
        .atom_virial = want & VT_WANT_ATOM_VIRIAL ? c->atom_virial : NULL,
        .domain_sums = c->domain_sums,
        .block_sums = c->block_sums,
        .each = c->each,
        .slot_force = c->slot_force,
        .slot_density = (double *)(void *)c->slot_force, /* done with before there are forces */
        .slot_virial = want & VT_WANT_ATOM_VIRIAL ? c->slot_virial : NULL,
        .scratch = c->scratch,
        .threads = c->scratch_count,
        .simd = c->simd,
    };
    st = c->engine->evaluate(c->bound, &evaluation, err);
    if (vt_failed(st)) return st;
    vti_sums total = {.least_r2 = INFINITY};
    add_up(&total, c->block_sums, vti_block_count(atoms->count));
    if (!reads_rows(c)) add_up(&total, c->domain_sums, c->domains->domains);
    if (result != NULL) {
        *result = (vt_result){.energy = total.energy,
                              .atom_energy = evaluation.atom_energy,
                              .atom_virial = evaluation.atom_virial};
        memcpy(result->virial, total.virial, sizeof result->virial);
    }
    return check_outcome(c, atoms, &total, err);
}

/* Evaluating a system: brings the lists up to date, hands them to the engine, adds up the blocks
   and looks at the outcome. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "system/internal.h"

/* Atoms closer than this share of the cutoff are one on top of the other: no table describes it
   and the forces would be numbers without meaning. */
static const double COINCIDENT_SHARE = 1e-3;

enum { SORT_INTERVAL = 10 /* builds of lists between two sortings in space */ };

/* ---------------------------------------------------------------- life ---- */

static void free_scratch(struct vti_system *in) {
    for (int t = 0; t < in->scratch_count; t++) {
        vt_free(in->scratch[t].point);
        vt_free(in->scratch[t].room);
    }
    vt_free(in->scratch);
    in->scratch = NULL;
    in->scratch_count = 0;
}

static void close_engine(struct vti_system *in) {
    if (in->opened != NULL && !in->borrowed) in->engine->close(in->opened);
    in->opened = NULL;
    in->borrowed = false;
}

vt_status vti_system_open(vt_system *s, vt_error *err) {
    struct vti_system *in = s->internal;
    double cutoff = vt_potential_cutoff(s->potential);
    vt_simd best = vt_simd_best();
    in->simd = best == VT_SIMD_REFERENCE ? VT_SIMD_BASELINE : best;
    in->engine =
        vti_engine_find(s->potential, s->options.precision, best == VT_SIMD_REFERENCE, err);
    if (in->engine == NULL) return VT_EINVAL;
    in->sorter = vti_domains_create(cutoff, s->options.skin, err);
    if (in->sorter == NULL) return err != NULL ? err->code : VT_ENOMEM;
    if (in->engine->lists == VTI_LISTS_DOMAINS) {
        in->domains = in->sorter;
        return VT_OK;
    }
    in->list = vt_neighbors_create(cutoff, s->options.skin, err);
    return in->list != NULL ? VT_OK : err != NULL ? err->code : VT_ENOMEM;
}

void vti_system_close(vt_system *s) {
    struct vti_system *in = s->internal;
    close_engine(in);
    vti_domains_destroy(in->sorter);
    vt_neighbors_destroy(in->list);
    free_scratch(in);
    vt_free(in->block_sums);
    vt_free(in->domain_sums);
    vt_free(in->atom_energy);
    vt_free(in->atom_virial);
    vt_free(in->room);
    vt_free(in->slot_force);
    vt_free(in->slot_virial);
    vt_free(in->place);
    vt_free(in->density);
    vt_free(in->background);
}

void vt_system_forget_lists(vt_system *s) {
    vti_domains_reset(s->internal->sorter);
    if (s->internal->list != NULL) vt_neighbors_reset(s->internal->list);
}

/* ---------------------------------------------------------------- species ---- */

static bool opened_for(const vt_system *s) {
    const struct vti_system *in = s->internal;
    if (in->opened == NULL || in->opened_count != s->species_count) return false;
    for (int k = 0; k < s->species_count; k++)
        if (strcmp(in->opened_symbol[k], s->species[k].symbol) != 0) return false;
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

/* Open the engine for the species that the atoms name, in their order. */
static vt_status open_engine(vt_system *s, vt_error *err) {
    struct vti_system *in = s->internal;
    const vt_potential *p = s->potential;
    int map[VT_MAX_SPECIES], count = s->species_count;
    for (int k = 0; k < count; k++) {
        map[k] = -1;
        for (int q = 0; q < p->species_count; q++)
            if (strcmp(p->species[q].symbol, s->species[k].symbol) == 0) map[k] = q;
        if (map[k] < 0) return missing_species(p, s->species[k].symbol, err);
    }
    close_engine(in);
    in->opened = in->engine->open(p, map, count, err);
    if (in->opened == NULL) return err != NULL ? err->code : VT_ENOMEM;
    if (in->domains != NULL) {
        double cutoff[VT_MAX_SPECIES * VT_MAX_SPECIES];
        bool by_species = in->engine->cutoffs != NULL;
        if (by_species) in->engine->cutoffs(p, map, count, cutoff);
        vt_status st = vti_domains_set_cutoffs(in->domains, by_species ? cutoff : NULL, count, err);
        if (vt_failed(st)) {
            close_engine(in);
            return st;
        }
    }
    in->opened_count = count;
    for (int k = 0; k < count; k++)
        memcpy(in->opened_symbol[k], s->species[k].symbol, VT_SYMBOL_SIZE);
    return VT_OK;
}

/* ---------------------------------------------------------------- lists ---- */

static vti_due look(const vt_system *s, const vti_places *places) {
    const struct vti_system *in = s->internal;
    if (in->domains != NULL) return vti_domains_follow(in->domains, places);
    return vti_neighbors_stale(in->list, places) ? VTI_BUILD_DUE : VTI_NOTHING_DUE;
}

/* A confined region of more atoms is cut into domains like any system: pairs in which nobody moves
   are met, too, but the others are met sooner. */
enum { MOST_CONFINED = 8000 };

static vt_status build_lists(vt_system *s, const vti_places *places, vt_error *err) {
    const struct vti_system *in = s->internal;
    if (in->confined > 0 && in->domains != NULL && s->count <= MOST_CONFINED)
        return vti_domains_build_first(in->domains, places, in->confined, err);
    return in->domains != NULL ? vti_domains_build(in->domains, places, err)
                               : vti_neighbors_update(in->list, places, err);
}

/* Wrap and now and then sort the atoms, where that is allowed. */
static vt_status rearrange(vt_system *s, unsigned may, vt_error *err) {
    if (may & VT_SYSTEM_WRAP) vti_system_wrap(s);
    bool due = s->builds++ % SORT_INTERVAL == 0;
    return due && (may & VT_SYSTEM_SORT) ? vti_system_sort(s, err) : VT_OK;
}

static vt_status update_lists(vt_system *s, unsigned may, vt_error *err) {
    const struct vti_system *in = s->internal;
    const vti_places places = vti_places_of_system(s);
    vti_due due = look(s, &places);
    if (due == VTI_SELECTION_DUE) return vti_domains_select(in->domains, &places, err);
    if (due == VTI_NOTHING_DUE)
        return in->list != NULL ? vti_neighbors_update(in->list, &places, err) : VT_OK;
    vt_system_forget_lists(s);
    VTI_TRY(rearrange(s, may, err));
    return build_lists(s, &places, err);
}

vt_status vti_system_prepare(vt_system *s, unsigned may, vt_error *err) {
    if (!opened_for(s)) VTI_TRY(open_engine(s, err));
    return update_lists(s, may, err);
}

void vt_system_lists(const vt_system *s, const vt_snapshot **built, const vt_snapshot **selected) {
    const struct vti_system *in = s->internal;
    *built = in->domains != NULL ? &in->domains->built : vti_neighbors_built(in->list);
    *selected = in->domains != NULL ? &in->domains->selected : *built;
}

/* The atoms, but where they stood then; `r` has room for their positions. */
static vti_places places_at(const vt_system *s, const vt_snapshot *then, double (*r)[4]) {
    vti_places places = vti_places_of_system(s);
    for (size_t k = 0; k < s->count; k++) {
        memcpy(r[k], then->position + 3 * k, 3 * sizeof(double));
        r[k][3] = 0;
    }
    places.x = r[0];
    places.y = r[0] + 1;
    places.z = r[0] + 2;
    places.box = &then->box;
    return places;
}

/* The inverse of `from` after `to`: atom k becomes what is now atom step[k]. */
static void find_step(const int32_t *from, const int32_t *to, size_t count, int32_t *step,
                      int32_t *place) {
    for (size_t k = 0; k < count; k++) place[from[k]] = (int32_t)k;
    for (size_t k = 0; k < count; k++) step[k] = place[to[k]];
}

vt_status vt_system_restore(vt_system *s, const int32_t *order, const vt_snapshot *built,
                            const vt_snapshot *selected, vt_error *err) {
    struct vti_system *in = s->internal;
    double(*r)[4] = vt_alloc(s->count, sizeof *r);
    if (r == NULL) return vt_fail_memory(err, s->count, sizeof *r, "restoring the lists");
    int32_t *step = (int32_t *)(void *)r;
    find_step(s->order, order, s->count, step, step + s->count);
    vt_status st = vti_system_permute(s, step, err);
    if (!vt_failed(st) && !opened_for(s)) st = open_engine(s, err);
    vti_places then = places_at(s, built, r);
    if (!vt_failed(st)) st = build_lists(s, &then, err);
    if (!vt_failed(st) && in->domains != NULL) {
        then = places_at(s, selected, r);
        vti_domains_refresh(in->domains, &then);
        st = vti_domains_select(in->domains, &then, err);
    }
    vt_free(r);
    return st;
}

/* ---------------------------------------------------------------- room ---- */

/* Make *memory hold `needed` items, a little more when it must grow; contents are not kept. */
static vt_status reserve(void *memory, size_t *capacity, size_t needed, size_t size,
                         vt_error *err) {
    return vt_reserve(memory, capacity, needed, needed / 64, size, "force evaluation", err);
}

static vt_status reserve_scratch(struct vti_system *in, vt_error *err) {
    int threads = vt_threads();
    size_t points = (size_t)in->domains->most_points + 1, own = in->engine->per_point;
    if (in->scratch_count >= threads && points <= in->scratch_points) return VT_OK;
    free_scratch(in);
    in->scratch = vt_alloc((size_t)threads, sizeof *in->scratch);
    if (in->scratch == NULL)
        return vt_fail_memory(err, (size_t)threads, sizeof *in->scratch, "force evaluation");
    in->scratch_count = threads;
    in->scratch_points = points + points / 8;
    for (int t = 0; t < threads; t++) {
        vti_scratch *s = &in->scratch[t];
        s->point = vt_alloc(4 * in->scratch_points, sizeof *s->point);
        if (own > 0) s->room = vt_alloc(own * in->scratch_points, sizeof *s->room);
        if (s->point == NULL || (own > 0 && s->room == NULL)) {
            free_scratch(in);
            return vt_fail_memory(err, points, (4 + own) * sizeof *s->point, "force evaluation");
        }
    }
    return VT_OK;
}

/* Room of engines that read domains; what is by atom is made only when somebody asks for it. */
static vt_status reserve_domains(struct vti_system *in, unsigned want, vt_error *err) {
    if (in->domains == NULL) return VT_OK;
    size_t slots = in->domains->slots;
    VTI_TRY(reserve(&in->domain_sums, &in->domain_capacity, in->domains->domains,
                    sizeof *in->domain_sums, err));
    VTI_TRY(reserve(&in->slot_force, &in->slot_capacity, slots, sizeof *in->slot_force, err));
    if (want & VT_WANT_ATOM_VIRIAL)
        VTI_TRY(reserve(&in->slot_virial, &in->slot_virial_capacity, slots, sizeof *in->slot_virial,
                        err));
    return reserve_scratch(in, err);
}

static vt_status reserve_atoms(struct vti_system *in, size_t atoms, unsigned want, vt_error *err) {
    size_t room = in->engine->per_atom * (in->list != NULL ? in->list->points : atoms);
    VTI_TRY(reserve(&in->block_sums, &in->block_capacity, vti_block_count(atoms),
                    sizeof *in->block_sums, err));
    if (room > 0) VTI_TRY(reserve(&in->room, &in->room_capacity, room, sizeof *in->room, err));
    if (want & VT_WANT_ATOM_ENERGY)
        VTI_TRY(reserve(&in->atom_energy, &in->atom_energy_capacity, atoms, sizeof *in->atom_energy,
                        err));
    if (want & VT_WANT_ATOM_VIRIAL)
        VTI_TRY(reserve(&in->atom_virial, &in->atom_virial_capacity, 6 * atoms,
                        sizeof *in->atom_virial, err));
    return VT_OK;
}

/* ---------------------------------------------------------------- outcome ---- */

/* Name the closest pair; called only after a distance was met that is too small. */
static vt_status report_coincidence(const vt_system *s, double distance, vt_error *err) {
    vt_neighbors *list = vt_neighbors_create(2 * distance, 0, err);
    if (list == NULL) return VT_ENOMEM;
    const vti_places places = vti_places_of_system(s);
    vt_status st = vti_neighbors_update(list, &places, err);
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
                       (long long)s->id[first], sqrt(least));
    return vt_fail(err, VT_EDIVERGED,
                   "atoms %lld and %lld are %.3g A apart, one on top of the other; remove one, "
                   "start from positions with a least distance, or use a smaller time step",
                   (long long)s->id[first], (long long)s->id[second], sqrt(least));
}

static vt_status check_outcome(const vt_system *s, const vti_sums *total, vt_error *err) {
    double coincident = COINCIDENT_SHARE * s->potential->cutoff;
    if (total->least_r2 < coincident * coincident) return report_coincidence(s, coincident, err);
    if (isfinite(total->force_sum)) return VT_OK;
    for (size_t i = 0; i < s->count; i++) {
        const double *f = s->f[i], *r = s->r[i];
        if (!isfinite(fabs(f[0]) + fabs(f[1]) + fabs(f[2])))
            return vt_fail(err, VT_EDIVERGED,
                           "the force on atom %lld at (%g, %g, %g) A is not finite; atoms are too "
                           "close, or the time step is too large",
                           (long long)s->id[i], r[0], r[1], r[2]);
    }
    return vt_fail(err, VT_EDIVERGED, "the forces are too large to add up; atoms are too close");
}

static void add_up(vti_sums *total, const vti_sums *part, size_t count) {
    for (size_t b = 0; b < count; b++) {
        total->energy += part[b].energy;
        for (int k = 0; k < 6; k++) total->virial[k] += part[b].virial[k];
        total->force_sum += part[b].force_sum;
        if (part[b].least_r2 < total->least_r2) total->least_r2 = part[b].least_r2;
    }
}

static vt_status check_want(const vt_system *s, unsigned want, vt_error *err) {
    static const char *const NAME[] = {"total energy", "total virial", "energy of each atom",
                                       "stress of each atom"};
    const vt_potential *p = s->potential;
    unsigned lacking = want & ~s->internal->engine->can;
    for (int k = 0; k < 4; k++)
        if (lacking & (1u << k))
            return vt_fail(err, VT_EINVAL, "the potential %s%s%s does not give the %s", p->name,
                           p->file[0] ? " " : "", p->file, NAME[k]);
    return VT_OK;
}

/* ---------------------------------------------------------------- evaluation ---- */

static vt_status run_engine(vt_system *s, unsigned want, vti_sums *total, vt_error *err) {
    struct vti_system *in = s->internal;
    vti_evaluation evaluation = {
        .domains = in->domains,
        .list = in->list,
        .centers = in->confined > 0 ? in->centers : s->count,
        .want = want,
        .force = s->f,
        .atom_energy = want & VT_WANT_ATOM_ENERGY ? in->atom_energy : NULL,
        .atom_virial = want & VT_WANT_ATOM_VIRIAL ? in->atom_virial : NULL,
        .domain_sums = in->domain_sums,
        .block_sums = in->block_sums,
        .room = in->room,
        .background = in->confined > 0 && !in->wants_density ? in->background : NULL,
        .density = in->wants_density ? in->density : NULL,
        .slot_force = in->slot_force,
        .slot_virial = want & VT_WANT_ATOM_VIRIAL ? in->slot_virial : NULL,
        .scratch = in->scratch,
        .threads = in->scratch_count,
        .simd = in->simd,
    };
    VTI_TRY(in->engine->evaluate(in->opened, &evaluation, err));
    *total = (vti_sums){.least_r2 = INFINITY};
    add_up(total, in->block_sums, vti_block_count(s->count));
    if (in->domains != NULL) add_up(total, in->domain_sums, in->domains->domains);
    in->outcome.result = (vt_result){.energy = total->energy,
                                     .atom_energy = evaluation.atom_energy,
                                     .atom_virial = evaluation.atom_virial};
    memcpy(in->outcome.result.virial, total->virial, sizeof total->virial);
    return check_outcome(s, total, err);
}

vt_status vt_system_evaluate(vt_system *s, unsigned want, vt_result *result, vt_error *err) {
    struct vti_system *in = s->internal;
    vti_outcome *known = &in->outcome;
    unsigned may = want;
    want &= ~(unsigned)(VT_SYSTEM_WRAP | VT_SYSTEM_SORT);
    if (want & VT_WANT_ATOM_ENERGY) want |= VT_WANT_ENERGY;
    if (want & VT_WANT_ATOM_VIRIAL) want |= VT_WANT_VIRIAL;
    if (!known->forces || known->places != s->places || (known->known & want) != want) {
        vti_sums total;
        known->forces = false;
        VTI_TRY(check_want(s, want, err));
        VTI_TRY(vti_system_prepare(s, may, err));
        VTI_TRY(reserve_domains(in, want, err));
        VTI_TRY(reserve_atoms(in, s->count, want, err));
        VTI_TRY(run_engine(s, want, &total, err));
        known->forces = true;
        known->places = s->places;
        known->known = want;
    }
    if (result != NULL) *result = known->result;
    return VT_OK;
}

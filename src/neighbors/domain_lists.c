/* The lists of a domain: its slots, the search for partners, the segments made of them, and the
   selection of those that kernels look at. Done in single precision relative to an atom of the
   domain, with a radius widened by what rounding can lose. */
#include <float.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "neighbors/decomposition.h"

enum { PAD = 4 * VTI_LANES /* places after the last that may be written */ };

/* Square of a radius for single precision, widened by what rounding may lose: coordinates up to
   `extent` are rounded to half a unit in the last place, and so are their differences. */
static float widened(double radius, double extent) {
    radius += 4 * FLT_EPSILON * (extent + radius);
    return (float)(radius * radius * (1 + 4 * FLT_EPSILON));
}

/* ---------------------------------------------------------------- rows ---- */

/* Slots and candidates of domain k; returns the largest of their coordinates. */
static double gather_candidates(vti_domains *d, size_t k, const vti_brick *b,
                                const vti_list_kernels *kernels, vti_workspace *w) {
    struct vti_decomposition *in = d->internal;
    const vti_domain *domain = &d->domain[k];
    vti_slot *slot = d->slot + domain->first;
    int32_t own = 0, halo = domain->own, candidate = 0;
    size_t cell = 0;
    int c[3];
    VTI_EACH_CELL(in, *b, c) {
        w->start[cell++] = candidate;
        vti_around a = vti_look_around(d, b, c);
        if (!a.present) continue;
        for (int32_t s = in->cell_start[a.cell]; s < in->cell_start[a.cell + 1]; s++) {
            int32_t atom = in->sorted[s], point = a.own ? own++ : halo++;
            w->point[candidate++] = (uint16_t)point;
            w->type[point] = (uint8_t)d->type[atom];
            slot[point] = (vti_slot){atom, a.image};
        }
    }
    w->start[cell] = candidate;
    slot[domain->points] = (vti_slot){-1, 0};
    float extent = kernels->gather(d, domain, w->spot);
    for (int32_t n = 0; n < candidate; n++) {
        const float *r = w->spot + 4 * w->point[n];
        w->x[n] = r[0];
        w->y[n] = r[1];
        w->z[n] = r[2];
    }
    return extent;
}

/* Runs of candidates in and behind cell c, which has some, into w->run. Run `own` begins with the
   cell's: each of those looks from the next one on. */
static int runs_after(const struct vti_decomposition *in, const vti_brick *b, vti_workspace *w,
                      const int c[3], int *own) {
    const int *reach = in->grid.reach;
    int wide = b->high[0] - b->low[0] + 2 * reach[0], rows = b->high[1] - b->low[1] + 2 * reach[1];
    int count = 0;
    for (int z = c[2] - reach[2]; z <= c[2] + reach[2]; z++) {
        if (z < b->low[2]) continue;
        for (int y = c[1] - reach[1]; y <= c[1] + reach[1]; y++) {
            bool own_row = z < b->high[2] && y >= b->low[1] && y < b->high[1];
            bool earlier = z < c[2] || (z == c[2] && y < c[1]);
            bool same = z == c[2] && y == c[1];
            int from = c[0] - reach[0];
            /* Of own rows before ours only the halo at their end is left. */
            if (own_row && earlier && from < b->high[0]) from = b->high[0];
            if (from > c[0] + reach[0]) continue;
            size_t row =
                (size_t)((z - b->low[2]) * rows + (y - b->low[1] + reach[1])) * (size_t)wide;
            const int32_t *start = w->start + row - (b->low[0] - reach[0]);
            vti_run run = {start[same ? c[0] : from], start[c[0] + reach[0] + 1]};
            if (same) *own = count;
            if (same || run.from < run.to) w->run[count++] = run;
        }
    }
    return count;
}

/* The places of `count` found points, those of species t from w->sorted + t w->points on, and how
   many there are `of` each. Up to two species need no counts in memory, on which each turn would
   wait for the one before. */
static void sort_by_species(int species, vti_workspace *w, int32_t count, int32_t *of) {
    const uint16_t *restrict found = w->found;
    const uint8_t *restrict type = w->type;
    uint16_t *restrict sorted = w->sorted;
    size_t stride = w->points;
    if (species <= 2) {
        size_t second = 0;
        for (size_t k = 0; k < (size_t)count; k++) {
            uint16_t place = (uint16_t)(4 * found[k]);
            sorted[k - second] = place;
            sorted[stride + second] = place;
            second += type[found[k]];
        }
        of[0] = count - (int32_t)second;
        of[1] = (int32_t)second;
        return;
    }
    for (int32_t k = 0; k < count; k++) {
        uint8_t t = type[found[k]];
        sorted[t * stride + (size_t)of[t]++] = (uint16_t)(4 * found[k]);
    }
}

/* Append the row of an own atom: `count` found points sorted by species, each filled up to whole
   vectors. */
static bool append_row(const vti_domain *domain, int32_t i, int species, vti_workspace *w,
                       size_t *entries, int32_t count) {
    size_t needed = *entries + (size_t)(count + species * VTI_LANES);
    if (needed > w->rows) {
        size_t room = needed + needed / 2 + 1024;
        uint16_t *grown = vt_grow(w->row, *entries, room, sizeof *grown);
        if (grown == NULL) return false;
        w->row = grown;
        w->rows = room;
    }
    int32_t of[VT_MAX_SPECIES] = {0};
    sort_by_species(species, w, count, of);
    uint16_t *row = w->row + *entries;
    for (int t = 0; t < species; t++) {
        uint16_t *sorted = w->sorted + (size_t)t * w->points;
        while (of[t] % VTI_LANES != 0) sorted[of[t]++] = (uint16_t)(4 * domain->points);
        memcpy(row, sorted, (size_t)of[t] * sizeof *row);
        w->length[i * species + t] = (uint16_t)(of[t] / VTI_LANES);
        row += of[t];
    }
    *entries = (size_t)(row - w->row);
    return true;
}

static bool reserve_segments(vti_domain *domain, size_t entries, size_t segments, size_t classes) {
    if (entries > domain->entry_capacity) {
        vt_free(domain->neighbor);
        size_t room = entries + entries / 64;
        domain->neighbor = vt_alloc(room, sizeof *domain->neighbor);
        domain->entry_capacity = domain->neighbor != NULL ? room : 0;
    }
    if (segments > domain->segment_capacity) {
        vt_free(domain->segment);
        size_t room = segments + segments / 64;
        domain->segment = vt_alloc(room, sizeof *domain->segment);
        domain->segment_capacity = domain->segment != NULL ? room : 0;
    }
    if (classes + 1 > domain->class_capacity) {
        vt_free(domain->class_segment);
        vt_free(domain->class_entry);
        vt_free(domain->near_first);
        domain->class_segment = vt_alloc(classes + 1, sizeof *domain->class_segment);
        domain->class_entry = vt_alloc(classes + 1, sizeof *domain->class_entry);
        domain->near_first = vt_alloc(classes + 1, sizeof *domain->near_first);
        bool ok = domain->class_segment != NULL && domain->class_entry != NULL &&
                  domain->near_first != NULL;
        domain->class_capacity = ok ? classes + 1 : 0;
    }
    return entries <= domain->entry_capacity && segments <= domain->segment_capacity &&
           classes + 1 <= domain->class_capacity;
}

/* Rows of the vti_workspace into segments sorted by class. */
static bool make_segments(vti_domain *domain, int species, const vti_workspace *w, size_t entries) {
    size_t classes = (size_t)(species * species), segments = 0;
    for (int32_t k = 0; k < domain->own * species; k++) segments += w->length[k] > 0;
    if (!reserve_segments(domain, entries + VTI_LANES, segments, classes)) return false;
    int32_t *first = domain->class_segment, *entry = domain->class_entry;
    memset(first, 0, (classes + 1) * sizeof *first);
    memset(entry, 0, (classes + 1) * sizeof *entry);
    for (int32_t i = 0; i < domain->own; i++)
        for (int t = 0; t < species; t++) {
            int vectors = w->length[i * species + t], class = w->type[i] * species + t;
            first[class + 1] += vectors > 0;
            entry[class + 1] += vectors * VTI_LANES;
        }
    for (size_t c = 0; c < classes; c++) {
        first[c + 1] += first[c];
        entry[c + 1] += entry[c];
    }
    const uint16_t *row = w->row;
    for (int32_t i = 0; i < domain->own; i++)
        for (int t = 0; t < species; t++) {
            int vectors = w->length[i * species + t], class = w->type[i] * species + t;
            if (vectors == 0) continue;
            domain->segment[first[class]++] = (vti_segment){(uint16_t)(4 * i), (uint16_t)vectors};
            memcpy(domain->neighbor + entry[class], row, (size_t)vectors * VTI_LANES * sizeof *row);
            entry[class] += vectors * VTI_LANES;
            row += vectors * VTI_LANES;
        }
    /* Filling moved each start to the end of its class; move them back. */
    memmove(first + 1, first, classes * sizeof *first);
    memmove(entry + 1, entry, classes * sizeof *entry);
    first[0] = entry[0] = 0;
    /* Searches that take two vectors at a time look at one behind the last. */
    for (size_t q = 0; q < VTI_LANES; q++)
        domain->neighbor[entries + q] = (uint16_t)(4 * domain->points);
    return true;
}

/* Squares of the distances within which each candidate counts for own atoms of each species. */
static void set_limits(const vti_domains *d, const vti_domain *domain, vti_workspace *w,
                       double extent) {
    for (int own = 0; own < d->species; own++) {
        float limit[VT_MAX_SPECIES], *of = w->limit + (size_t)own * w->points;
        for (int t = 0; t < d->species; t++) {
            const double *cutoff = d->class_cutoff;
            double reach = cutoff != NULL ? cutoff[own * d->species + t] : d->cutoff;
            limit[t] = widened(reach + d->skin, extent);
        }
        for (int32_t c = 0; c < domain->points; c++) of[c] = limit[w->type[w->point[c]]];
    }
}

/* Room for the numbers of vectors of a domain's own atoms. */
static bool reserve_lengths(const vti_domains *d, const vti_domain *domain, vti_workspace *w) {
    size_t lengths = (size_t)domain->own * (size_t)d->species;
    if (lengths <= w->lengths) return true;
    vt_free(w->length);
    w->length = vt_alloc(lengths, sizeof *w->length);
    w->lengths = w->length != NULL ? lengths : 0;
    return w->length != NULL;
}

bool vti_build_domain(vti_domains *d, size_t k, vti_workspace *w) {
    struct vti_decomposition *in = d->internal;
    vti_domain *domain = &d->domain[k];
    if (!reserve_lengths(d, domain, w)) return false;
    vti_brick b = in->brick[k];
    const vti_list_kernels *kernels = vti_list_kernels_best();
    set_limits(d, domain, w, gather_candidates(d, k, &b, kernels, w));
    int32_t i = 0;
    size_t cell = 0, entries = 0;
    int c[3];
    VTI_EACH_CELL(in, b, c) {
        int32_t from = w->start[cell], to = w->start[cell + 1];
        cell++;
        bool own = true;
        for (int q = 0; q < 3; q++) own = own && c[q] >= b.low[q] && c[q] < b.high[q];
        if (!own || from == to) continue;
        int own_run = 0, count = runs_after(in, &b, w, c, &own_run);
        for (int32_t s = from; s < to; s++, i++) {
            w->run[own_run].from = s + 1;
            float self[3] = {w->x[s], w->y[s], w->z[s]};
            vti_candidates candidates = {w->x, w->y, w->z,
                                         w->limit + (size_t)w->type[i] * w->points, w->point};
            int32_t found = kernels->search(&candidates, w->run, count, self, w->found);
            if (!append_row(domain, i, d->species, w, &entries, found)) return false;
        }
    }
    return make_segments(domain, d->species, w, entries);
}

bool vti_build_first(vti_domains *d, vti_workspace *w) {
    vti_domain *domain = &d->domain[0];
    if (!reserve_lengths(d, domain, w)) return false;
    const vti_list_kernels *kernels = vti_list_kernels_best();
    for (int32_t k = 0; k < domain->points; k++) {
        d->slot[k] = (vti_slot){k, 0};
        w->point[k] = (uint16_t)k;
        w->type[k] = (uint8_t)d->type[k];
    }
    d->slot[domain->points] = (vti_slot){-1, 0};
    double extent = kernels->gather(d, domain, w->spot);
    for (int32_t k = 0; k < domain->points; k++) {
        w->x[k] = w->spot[4 * k];
        w->y[k] = w->spot[4 * k + 1];
        w->z[k] = w->spot[4 * k + 2];
    }
    set_limits(d, domain, w, extent);
    size_t entries = 0;
    for (int32_t i = 0; i < domain->own; i++) {
        const vti_run run = {i + 1, domain->points};
        const float self[3] = {w->x[i], w->y[i], w->z[i]};
        const vti_candidates candidates = {w->x, w->y, w->z,
                                           w->limit + (size_t)w->type[i] * w->points, w->point};
        int32_t found = kernels->search(&candidates, &run, 1, self, w->found);
        if (!append_row(domain, i, d->species, w, &entries, found)) return false;
    }
    return make_segments(domain, d->species, w, entries);
}

/* ---------------------------------------------------------------- selection ---- */

/* Room for any domain in every thread's workspace. */
static vt_status reserve_choices(vti_domains *d, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    size_t classes = (size_t)d->species * (size_t)d->species, entries = 0;
    for (size_t k = 0; k < d->domains; k++) {
        size_t of = (size_t)d->domain[k].class_entry[classes];
        if (of > entries) entries = of;
    }
    entries += classes * VTI_SPARE * VTI_LANES + PAD;
    size_t owners = entries / VTI_LANES + PAD;
    for (int t = 0; t < in->threads; t++) {
        vti_workspace *w = &in->work[t];
        const char *what = "the neighbor list";
        VTI_TRY(vt_reserve(&w->near, &w->nears, entries, entries / 8, sizeof *w->near, what, err));
        VTI_TRY(vt_reserve(&w->near_atom, &w->near_atoms, owners, owners / 8, sizeof *w->near_atom,
                           what, err));
    }
    return VT_OK;
}

/* The domain's own memory for `vectors` vectors. */
static bool reserve_near(vti_domain *domain, size_t vectors) {
    if (vectors <= domain->near_capacity) return true;
    vt_free(domain->near);
    vt_free(domain->near_atom);
    size_t room = vectors + vectors / 32;
    domain->near = vt_alloc(room * VTI_LANES, sizeof *domain->near);
    domain->near_atom = vt_alloc(room, sizeof *domain->near_atom);
    bool ok = domain->near != NULL && domain->near_atom != NULL;
    domain->near_capacity = ok ? room : 0;
    return ok;
}

static bool select_domain(vti_domains *d, size_t k, const vti_list_kernels *kernels,
                          vti_workspace *w) {
    vti_domain *domain = &d->domain[k];
    const double *cutoff = d->class_cutoff;
    double extent = kernels->gather(d, domain, w->spot);
    vti_segments segments = {.point = w->spot, .nowhere = (uint16_t)(4 * domain->points)};
    int32_t vectors = 0;
    for (int class = 0; class < d->species * d->species; class ++) {
        int32_t from = domain->class_segment[class];
        segments.segments = domain->class_segment[class + 1] - from;
        /* Where no atom has a neighbor both are NULL, and not even 0 may be added to NULL. */
        if (domain->segment != NULL && domain->neighbor != NULL) {
            segments.segment = domain->segment + from;
            segments.partner = domain->neighbor + domain->class_entry[class];
        }
        double reach = (cutoff != NULL ? cutoff[class] : d->cutoff) + d->buffer;
        domain->near_first[class] = vectors;
        vectors += kernels->choose_near(&segments, widened(reach, extent),
                                        w->near + VTI_LANES * vectors, w->near_atom + vectors);
        memset(w->near_atom + vectors, 0, VTI_SPARE * sizeof *w->near_atom);
        for (int q = 0; q < VTI_SPARE * VTI_LANES; q++)
            w->near[VTI_LANES * vectors + q] = segments.nowhere;
        vectors += VTI_SPARE;
        domain->near_first[class + 1] = vectors;
    }
    if (!reserve_near(domain, (size_t)vectors)) return false;
    memcpy(domain->near, w->near, (size_t)vectors * VTI_LANES * sizeof *w->near);
    memcpy(domain->near_atom, w->near_atom, (size_t)vectors * sizeof *w->near_atom);
    return true;
}

typedef struct {
    vti_domains *d;
    const vti_list_kernels *kernels;
    atomic_int failures;
} selecting;

static void select_domains(void *context, size_t from, size_t to, int worker) {
    selecting *s = context;
    for (size_t k = from; k < to; k++)
        if (!select_domain(s->d, k, s->kernels, &s->d->internal->work[worker]))
            atomic_fetch_add(&s->failures, 1);
}

vt_status vti_domains_select(vti_domains *d, const vti_places *atoms, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    in->built = false;
    VTI_TRY(reserve_choices(d, err));
    selecting s = {.d = d, .kernels = vti_list_kernels_best()};
    vti_share_loop(&(vti_loop){.count = d->domains,
                               .grain = 1,
                               .threads = in->threads,
                               .work = select_domains,
                               .context = &s});
    if (s.failures > 0) return vt_fail_memory(err, d->count, 120, "the neighbor list");
    vti_snapshot_take(&d->selected, atoms);
    in->built = true;
    return VT_OK;
}

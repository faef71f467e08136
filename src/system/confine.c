/* Regions confined to what active atoms feel: the engine meets only pairs that one of them takes
   part in. What stands still has the energy and the density that it had, which only differences of
   energies and the densities that others lay tell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "system/internal.h"

/* ---------------------------------------------------------------- the whole ---- */

static bool embeds(const struct vti_system *in) {
    return in->engine->central != NULL && in->engine->central->embedding != NULL;
}

/* Evaluate with the densities of all atoms, the background left out. */
static vt_status find_densities(vt_system *s, vt_error *err) {
    struct vti_system *in = s->internal;
    VTI_TRY(vt_reserve(&in->density, &in->density_capacity, s->count, s->count / 8,
                       sizeof *in->density, "a region", err));
    in->wants_density = true;
    in->outcome.forces = false;
    vt_status st = vt_system_evaluate(s, 0, NULL, err);
    in->wants_density = false;
    in->outcome.forces = in->outcome.forces && in->confined == 0;
    return st;
}

vt_status vt_system_prepare_regions(vt_system *whole, vt_error *err) {
    struct vti_system *in = whole->internal;
    if (in->ready == whole->places && in->place != NULL) return VT_OK;
    if (in->domains == NULL && !in->engine->parts)
        return vt_fail(err, VT_EUNSUPPORTED,
                       "no regions are cut for the potential %s%s%s, whose pairs are not computed "
                       "one by one; let all atoms move",
                       whole->potential->name, whole->potential->file[0] ? " " : "",
                       whole->potential->file);
    VTI_TRY(vt_reserve(&in->place, &in->place_capacity, whole->count, 0, sizeof *in->place,
                       "a region", err));
    for (size_t k = 0; k < whole->count; k++) in->place[whole->order[k]] = (int32_t)k;
    if (embeds(in)) VTI_TRY(find_densities(whole, err));
    if (vti_system_domains(whole, err) == NULL) return err != NULL ? err->code : VT_ENOMEM;
    in->ready = whole->places;
    return VT_OK;
}

size_t vt_system_place(const vt_system *whole, size_t atom) {
    return (size_t)whole->internal->place[atom];
}

int32_t *vt_system_near(const vt_system *whole, const int32_t *atoms, size_t count, double radius,
                        size_t *nears, vt_error *err) {
    const vti_places places = vti_places_of_system(whole);
    double(*r)[3] = vt_alloc(count, sizeof *r);
    if (r == NULL) {
        vt_fail_memory(err, count, sizeof *r, "a region");
        return NULL;
    }
    for (size_t k = 0; k < count; k++)
        memcpy(r[k], whole->r[vt_system_place(whole, (size_t)atoms[k])], sizeof r[k]);
    vti_near_image *near = vti_domains_around(
        whole->internal->sorter, &places, (const double(*)[3])r, count, radius, true, nears, err);
    vt_free(r);
    if (near == NULL) return NULL;
    int32_t *out = vt_alloc(*nears, sizeof *out), last = -1;
    size_t all = *nears;
    *nears = 0;
    for (size_t k = 0; out != NULL && k < all; k++) {
        if (near[k].atom != last) out[(*nears)++] = whole->order[near[k].atom];
        last = near[k].atom;
    }
    vt_free(near);
    if (out == NULL) vt_fail_memory(err, all, sizeof *out, "a region");
    return out;
}

/* ---------------------------------------------------------------- active atoms ---- */

/* An active atom. */
typedef struct {
    int32_t atom;     /* of the whole */
    int32_t index;    /* among the active ones */
    int32_t image[3]; /* which one of its images moves */
} mover;

static int by_atom(const void *a, const void *b) {
    const mover *p = a, *q = b;
    return (p->atom > q->atom) - (p->atom < q->atom);
}

/* All are put next to the first one. */
static vt_status find_movers(const vt_system *whole, const int32_t *active, size_t count,
                             mover *movers, double (*r)[3], vt_error *err) {
    double inverse[3][3];
    vt_box_inverse(&whole->box, inverse);
    for (size_t k = 0; k < count; k++) {
        if (active[k] < 0 || (size_t)active[k] >= whole->count)
            return vt_fail(err, VT_EINVAL, "a region has atom %lld, but there are %zu atoms",
                           (long long)active[k] + 1, whole->count);
        movers[k].atom = whole->internal->place[active[k]];
        movers[k].index = (int32_t)k;
        vti_nearest_image(&whole->box, (const double(*)[3])inverse, whole->r[movers[0].atom],
                          whole->r[movers[k].atom], movers[k].image, r[k]);
    }
    qsort(movers, count, sizeof *movers, by_atom);
    for (size_t k = 1; k < count; k++)
        if (movers[k].atom == movers[k - 1].atom)
            return vt_fail(err, VT_EINVAL, "atom %lld stands twice in a region",
                           (long long)whole->order[movers[k].atom] + 1);
    return VT_OK;
}

/* Give the active atoms their places among the near images, as -1 - index in d2; both are sorted.
 */
static vt_status mark(const vt_system *whole, const mover *movers, size_t count, double reach,
                      vti_near_image *near, size_t nears, vt_error *err) {
    size_t m = 0;
    for (size_t k = 0; k < nears; k++) {
        while (m < count && movers[m].atom < near[k].atom) m++;
        if (m == count || movers[m].atom != near[k].atom) continue;
        if (memcmp(near[k].image, movers[m].image, sizeof near->image) != 0)
            return vti_fail_thin_region(whole, count, (size_t)near[k].atom, reach, err);
        near[k].d2 = -1 - (double)movers[m].index;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- the region ---- */

static void put(vt_system *cut, size_t at, const vt_system *whole, const vti_near_image *near) {
    size_t from = (size_t)near->atom;
    memcpy(cut->r[at], near->r, sizeof near->r);
    cut->r[at][3] = 0;
    memset(cut->v[at], 0, sizeof cut->v[at]);
    memcpy(cut->image[at], near->image, sizeof near->image);
    cut->type[at] = whole->type[from];
    cut->id[at] = whole->id[from];
    cut->order[at] = whole->order[from];
}

/* What the engine opened for the whole serves its regions, unless it follows the rows of one. */
static void borrow(vt_system *cut, const vt_system *whole) {
    struct vti_system *in = cut->internal;
    const struct vti_system *from = whole->internal;
    if (in->opened != NULL || from->domains == NULL) return;
    in->opened = from->opened;
    in->opened_count = from->opened_count;
    memcpy(in->opened_symbol, from->opened_symbol, sizeof in->opened_symbol);
    in->borrowed = true;
}

/* Active atoms first, then those within `needed` of one, whose energies change. */
static vt_status fill(vt_system *cut, const vt_system *whole, size_t active,
                      const vti_near_image *near, size_t count, double needed, vt_error *err) {
    struct vti_system *in = cut->internal;
    VTI_TRY(vti_system_reserve(cut, count + (in->capacity < count ? count / 4 : 0), err));
    cut->count = count;
    cut->species_count = whole->species_count;
    memcpy(cut->species, whole->species, sizeof cut->species);
    size_t next = active, outside = active;
    for (size_t k = 0; k < count; k++) outside += near[k].d2 >= 0 && near[k].d2 <= needed * needed;
    in->centers = outside;
    for (size_t k = 0; k < count; k++) {
        bool moves = near[k].d2 < 0, changes = near[k].d2 <= needed * needed;
        size_t at = moves ? (size_t)(-1 - near[k].d2) : changes ? next++ : outside++;
        put(cut, at, whole, &near[k]);
    }
    vti_system_enclose(cut);
    in->confined = active;
    vt_system_forget_lists(cut);
    vt_system_moved(cut);
    return VT_OK;
}

/* Densities that are laid by none of the atoms that move. */
static vt_status find_background(vt_system *cut, const vt_system *whole, const vti_near_image *near,
                                 vt_error *err) {
    struct vti_system *in = cut->internal;
    size_t n = cut->count, next = in->confined;
    VTI_TRY(vt_reserve(&in->background, &in->background_capacity, n, n / 4, sizeof *in->background,
                       "a region", err));
    VTI_TRY(find_densities(cut, err));
    for (size_t k = 0; k < n; k++) {
        size_t at = near[k].d2 < 0 ? (size_t)(-1 - near[k].d2) : next++;
        in->background[at] = whole->internal->density[near[k].atom] - in->density[at];
    }
    return VT_OK;
}

static vt_status confine(const vt_system *whole, const mover *movers, size_t count,
                         const double (*r)[3], double margin, vt_system **region, vt_error *err) {
    const struct vti_system *in = whole->internal;
    /* Where pairs are computed one by one, nothing beyond the cutoff counts. */
    bool pairs = in->domains != NULL;
    double needed = vt_potential_cutoff(whole->potential) + margin;
    double reach = pairs ? needed : vt_potential_influence(whole->potential) + margin;
    size_t nears;
    const vti_places places = vti_places_of_system(whole);
    vti_near_image *near =
        vti_domains_around(in->sorter, &places, r, count, reach, pairs, &nears, err);
    if (near == NULL) return VT_ENOMEM;
    vt_status st = mark(whole, movers, count, reach, near, nears, err);
    if (!vt_failed(st) && *region == NULL) {
        *region = vti_system_new(whole->potential, &whole->options, err);
        if (*region == NULL) st = VT_ENOMEM;
    }
    if (!vt_failed(st)) {
        borrow(*region, whole);
        st = fill(*region, whole, count, near, nears, pairs ? INFINITY : needed, err);
    }
    if (!vt_failed(st) && embeds(in)) st = find_background(*region, whole, near, err);
    vt_free(near);
    return st;
}

vt_status vt_system_confine(const vt_system *whole, const int32_t *active, size_t count,
                            double margin, vt_system **region, vt_error *err) {
    const struct vti_system *in = whole->internal;
    if (count == 0)
        return vt_fail(err, VT_EINVAL, "a region without atoms; name those that may move");
    if (!(margin >= 0) || !isfinite(margin))
        return vt_fail(err, VT_EINVAL, "the margin of a region is %g A; give 0 or more", margin);
    if (in->place == NULL || in->ready != whole->places)
        return vt_fail(err, VT_EINVAL,
                       "no region can be confined: the atoms have changed since "
                       "they were made ready for it");
    mover *movers = vt_alloc(count, sizeof *movers);
    double(*r)[3] = vt_alloc(count, sizeof *r);
    vt_status st = movers != NULL && r != NULL ? find_movers(whole, active, count, movers, r, err)
                                               : vt_fail_memory(err, count, sizeof *r, "a region");
    if (!vt_failed(st))
        st = confine(whole, movers, count, (const double(*)[3])r, margin, region, err);
    vt_free(movers);
    vt_free(r);
    return st;
}

/* Regions: a few atoms that move and what they feel, cut out of a system as one of their own. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "system/internal.h"

/* ---------------------------------------------------------------- active atoms ---- */

/* What is known of the active atoms while a region is cut. */
typedef struct {
    size_t count;
    int32_t *atom;       /* of the whole */
    double (*r)[3];      /* where they are put, so that what belongs together is together */
    int32_t (*image)[3]; /* how many cell vectors away from the atom */
} active_set;

static void free_set(active_set *set) {
    vt_free(set->atom);
    vt_free(set->r);
    vt_free(set->image);
}

/* Where each of the user's atoms is in the whole. */
static int32_t *places_of_user(const vt_system *whole, vt_error *err) {
    int32_t *place = vt_alloc(whole->count, sizeof *place);
    if (place == NULL) vt_fail_memory(err, whole->count, sizeof *place, "a region");
    for (size_t k = 0; k < whole->count && place != NULL; k++) place[whole->order[k]] = (int32_t)k;
    return place;
}

static vt_status find_atoms(const vt_system *whole, const int32_t *active, active_set *set,
                            vt_error *err) {
    size_t n = whole->count;
    int32_t *place = places_of_user(whole, err);
    if (place == NULL) return VT_ENOMEM;
    vt_status st = VT_OK;
    for (size_t k = 0; k < set->count && !vt_failed(st); k++) {
        int64_t i = active[k];
        if (i < 0 || (size_t)i >= n)
            st = vt_fail(err, VT_EINVAL, "a region has atom %lld, but there are %zu atoms",
                         (long long)i + 1, n);
        else if (place[i] < 0)
            st = vt_fail(err, VT_EINVAL, "atom %lld stands twice in a region", (long long)i + 1);
        if (vt_failed(st)) break;
        set->atom[k] = place[i];
        place[i] = -1;
    }
    vt_free(place);
    return st;
}

void vti_nearest_image(const vt_box *box, const double inverse[3][3], const double from[3],
                       const double to[3], int32_t image[3], double r[3]) {
    double s[3];
    for (int k = 0; k < 3; k++) {
        s[k] = 0;
        for (int q = 0; q < 3; q++) s[k] += (to[q] - from[q]) * inverse[q][k];
        image[k] = box->periodic[k] ? (int32_t)-nearbyint(s[k]) : 0;
    }
    for (int q = 0; q < 3; q++)
        r[q] =
            to[q] + (image[0] * box->h[0][q] + image[1] * box->h[1][q] + image[2] * box->h[2][q]);
}

static double distance2(const double a[3], const double b[3]) {
    double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return x * x + y * y + z * z;
}

/* Put the active atoms: each goes to the image next to one that is put already and within reach,
   so that a region across the boundary of the box is in one piece. Those that are put stand before
   the others. */
static void put_together(const vt_system *whole, double reach, active_set *set) {
    double inverse[3][3];
    vt_box_inverse(&whole->box, inverse);
    size_t put = 0;
    for (size_t next = 0; next < set->count; next++) {
        if (next == put) { /* another piece: it stays where it is */
            memcpy(set->r[put], whole->r[set->atom[put]], sizeof set->r[put]);
            put++;
        }
        for (size_t k = put; k < set->count; k++) {
            int32_t image[3], atom = set->atom[k];
            double r[3];
            vti_nearest_image(&whole->box, (const double(*)[3])inverse, set->r[next],
                              whole->r[atom], image, r);
            if (distance2(set->r[next], r) > reach * reach) continue;
            set->atom[k] = set->atom[put];
            set->atom[put] = atom;
            memcpy(set->image[put], image, sizeof image);
            memcpy(set->r[put], r, sizeof r);
            put++;
        }
    }
}

/* ---------------------------------------------------------------- surroundings ---- */

/* How a near image belongs to a region. */
enum { ACTIVE, WATCHED, NEEDED, FELT, CLASSES };

static int class_of(double d2, double watch, double needed) {
    return d2 <= watch * watch ? WATCHED : d2 <= needed * needed ? NEEDED : FELT;
}

vt_status vti_fail_thin_region(const vt_system *whole, size_t active, size_t atom, double reach,
                               vt_error *err) {
    return vt_fail(err, VT_EINVAL,
                   "the region of %zu active atom%s reaches around the box: an image of the active "
                   "atom with id %lld is within %.3g A of one of them. Let fewer atoms move, or "
                   "all (with the whole system), or replicate the box",
                   active, active == 1 ? "" : "s", (long long)whole->id[atom], reach);
}

/* Mark the near images that are active; each active atom must be there once. */
static vt_status mark_active(const vt_system *whole, const active_set *set, double reach,
                             vti_near_image *near, size_t count, vt_error *err) {
    int32_t *index = vt_alloc(whole->count, sizeof *index); /* of active atoms, from 1 */
    if (index == NULL) return vt_fail_memory(err, whole->count, sizeof *index, "a region");
    for (size_t k = 0; k < set->count; k++) index[set->atom[k]] = (int32_t)k + 1;
    vt_status st = VT_OK;
    for (size_t k = 0; k < count && !vt_failed(st); k++) {
        int32_t active = index[near[k].atom];
        if (active == 0) continue;
        if (memcmp(near[k].image, set->image[active - 1], sizeof near->image) != 0)
            st = vti_fail_thin_region(whole, set->count, (size_t)set->atom[active - 1], reach, err);
        near[k].d2 = -1;
    }
    vt_free(index);
    return st;
}

/* ---------------------------------------------------------------- the new system ---- */

void vti_system_enclose(vt_system *cut) {
    double low[3], high[3];
    for (int q = 0; q < 3; q++) low[q] = high[q] = cut->r[0][q];
    for (size_t k = 1; k < cut->count; k++)
        for (int q = 0; q < 3; q++) {
            low[q] = fmin(low[q], cut->r[k][q]);
            high[q] = fmax(high[q], cut->r[k][q]);
        }
    cut->box = vt_box_orthogonal(high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1);
    for (int q = 0; q < 3; q++) {
        cut->box.origin[q] = low[q] - 0.5;
        cut->box.periodic[q] = false;
    }
}

static vt_status fill(vt_system *cut, const vt_system *whole, const vti_near_image *near,
                      size_t count, double watch, double needed, vt_region *region, vt_error *err) {
    VTI_TRY(vti_system_reserve(cut, count, err));
    size_t next[CLASSES + 1] = {0};
    for (size_t k = 0; k < count; k++)
        next[near[k].d2 < 0 ? ACTIVE + 1 : class_of(near[k].d2, watch, needed) + 1]++;
    for (int c = 0; c < CLASSES; c++) next[c + 1] += next[c];
    *region = (vt_region){next[WATCHED], next[NEEDED], next[FELT]};
    cut->count = count;
    cut->species_count = whole->species_count;
    memcpy(cut->species, whole->species, sizeof cut->species);
    for (size_t k = 0; k < count; k++) {
        int class = near[k].d2 < 0 ? ACTIVE : class_of(near[k].d2, watch, needed);
        size_t at = next[class]++, from = (size_t)near[k].atom;
        memcpy(cut->r[at], near[k].r, sizeof near->r);
        cut->r[at][3] = 0;
        memcpy(cut->v[at], whole->v[from], sizeof cut->v[at]);
        memcpy(cut->image[at], near[k].image, sizeof near->image);
        cut->type[at] = whole->type[from];
        cut->id[at] = whole->id[from];
        cut->order[at] = whole->order[from];
    }
    vti_system_enclose(cut);
    return VT_OK;
}

const vti_domains *vti_system_domains(vt_system *whole, vt_error *err) {
    struct vti_system *in = whole->internal;
    if (vt_failed(vti_system_prepare(whole, 0, err))) return NULL;
    if (in->domains != NULL) return in->domains;
    const vti_places places = vti_places_of_system(whole);
    if (vti_domains_follow(in->sorter, &places) == VTI_BUILD_DUE &&
        vt_failed(vti_domains_build(in->sorter, &places, err)))
        return NULL;
    return in->sorter;
}

static vt_system *cut_out(vt_system *whole, active_set *set, double watch, vt_region *region,
                          vt_error *err) {
    double influence = vt_potential_influence(whole->potential), reach = watch + influence;
    double needed = reach - vt_potential_cutoff(whole->potential);
    const vti_domains *domains = vti_system_domains(whole, err);
    if (domains == NULL) return NULL;
    put_together(whole, reach, set);
    size_t count;
    const vti_places places = vti_places_of_system(whole);
    vti_near_image *near = vti_domains_around(domains, &places, (const double(*)[3])set->r,
                                              set->count, reach, false, &count, err);
    if (near == NULL) return NULL;
    vt_status st = mark_active(whole, set, reach, near, count, err);
    vt_system *cut = vt_failed(st) ? NULL : vti_system_new(whole->potential, &whole->options, err);
    if (cut != NULL && vt_failed(fill(cut, whole, near, count, watch, needed, region, err))) {
        vt_system_destroy(cut);
        cut = NULL;
    }
    vt_free(near);
    return cut;
}

vt_system *vt_system_cut(vt_system *whole, const int32_t *active, size_t count, double watch,
                         vt_region *region, vt_error *err) {
    if (count == 0) {
        vt_fail(err, VT_EINVAL, "a region without atoms; name those that may move");
        return NULL;
    }
    if (!(watch >= 0) || !isfinite(watch)) {
        vt_fail(err, VT_EINVAL, "the distance to watch around a region is %g A; give 0 or more",
                watch);
        return NULL;
    }
    active_set set = {.count = count,
                      .atom = vt_alloc(count, sizeof *set.atom),
                      .r = vt_alloc(count, sizeof *set.r),
                      .image = vt_alloc(count, sizeof *set.image)};
    vt_system *cut = NULL;
    if (set.atom == NULL || set.r == NULL || set.image == NULL)
        vt_fail_memory(err, count, sizeof *set.r, "a region");
    else if (!vt_failed(find_atoms(whole, active, &set, err)))
        cut = cut_out(whole, &set, watch, region, err);
    free_set(&set);
    return cut;
}

vt_status vt_system_paste(const vt_system *cut, const vt_region *region, vt_system *whole,
                          vt_error *err) {
    const double(*h)[3] = (const double(*)[3])whole->box.h;
    int32_t *place = places_of_user(whole, err);
    if (place == NULL) return VT_ENOMEM;
    for (size_t k = 0; k < region->active; k++) {
        double *to = whole->r[place[cut->order[k]]];
        const int32_t *n = cut->image[k];
        for (int q = 0; q < 3; q++)
            to[q] = cut->r[k][q] - (n[0] * h[0][q] + n[1] * h[1][q] + n[2] * h[2][q]);
    }
    vt_free(place);
    vt_system_moved(whole);
    whole->ahead = true;
    return VT_OK;
}

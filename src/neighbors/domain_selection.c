/* Selecting from the lists of domains the partners that kernels look at. Done in single precision
   relative to an atom of the domain, with a radius widened by what that can lose. */
#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "neighbors/decomposition.h"

enum { PAD = 4 * VTI_LANES /* places behind the last that may be written */ };

/* Stands for missing partners: beyond any cutoff, and its square is finite. */
static const float NOWHERE = 1e15f;

float vti_widened(double radius, double extent) {
    radius += 4 * FLT_EPSILON * (extent + radius);
    return (float)(radius * radius * (1 + 4 * FLT_EPSILON));
}

static vti_choose_near *best_choice(void) {
#if defined(__x86_64__)
    vt_simd simd = vt_simd_best();
    if (simd == VT_SIMD_AVX2) return vti_choose_near_avx2;
    if (simd == VT_SIMD_AVX512) return vti_choose_near_avx512;
#endif
    return vti_choose_near_baseline;
}

/* Room for any domain in every thread's workspace. */
static vt_status reserve_choices(vti_domains *d, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    size_t classes = (size_t)d->species * (size_t)d->species, entries = 0;
    size_t points = 4 * ((size_t)d->most_points + 1);
    for (size_t k = 0; k < d->domains; k++) {
        size_t of = (size_t)d->domain[k].class_entry[classes];
        if (of > entries) entries = of;
    }
    entries += classes * VTI_SPARE * VTI_LANES + PAD;
    size_t owners = entries / VTI_LANES + PAD;
    for (int t = 0; t < in->threads; t++) {
        vti_workspace *w = &in->work[t];
        const char *what = "the neighbor list";
        VTI_TRY(vt_reserve(&w->spot, &w->spots, points, points / 8, sizeof *w->spot, what, err));
        VTI_TRY(vt_reserve(&w->near, &w->nears, entries, entries / 8, sizeof *w->near, what, err));
        VTI_TRY(vt_reserve(&w->near_atom, &w->near_atoms, owners, owners / 8, sizeof *w->near_atom,
                           what, err));
    }
    return VT_OK;
}

/* Points of a domain relative to its first, and the point far away; returns their extent. */
static double gather_spots(const vti_domains *d, const vti_domain *domain, float *spot) {
    const vti_slot *slot = d->slot + domain->first;
    double origin[3] = {0, 0, 0};
    float extent = 0;
    if (domain->points > 0) memcpy(origin, d->position[slot[0].atom], sizeof origin);
    for (int32_t p = 0; p < domain->points; p++) {
        const double *r = d->position[slot[p].atom], *shift = d->shift[slot[p].image];
        float *to = spot + 4 * (size_t)p;
        for (int k = 0; k < 3; k++) {
            to[k] = (float)(r[k] + (shift[k] - origin[k]));
            extent = fabsf(to[k]) > extent ? fabsf(to[k]) : extent;
        }
        to[3] = 0;
    }
    float *nowhere = spot + 4 * (size_t)domain->points;
    nowhere[0] = nowhere[1] = nowhere[2] = NOWHERE;
    nowhere[3] = 0;
    return extent;
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

static bool select_domain(vti_domains *d, size_t k, vti_choose_near *choose, vti_workspace *w) {
    vti_domain *domain = &d->domain[k];
    const double *cutoff = d->class_cutoff;
    double extent = gather_spots(d, domain, w->spot);
    vti_segments segments = {.point = w->spot, .nowhere = (uint16_t)(4 * domain->points)};
    int32_t vectors = 0;
    for (int class = 0; class < d->species * d->species; class ++) {
        int32_t from = domain->class_segment[class];
        segments.segments = domain->class_segment[class + 1] - from;
        /* Where no atom has a neighbor both are NULL, to which not even 0 may be added. */
        if (domain->segment != NULL && domain->neighbor != NULL) {
            segments.segment = domain->segment + from;
            segments.partner = domain->neighbor + domain->class_entry[class];
        }
        double reach = (cutoff != NULL ? cutoff[class] : d->cutoff) + d->buffer;
        domain->near_first[class] = vectors;
        vectors += choose(&segments, vti_widened(reach, extent), w->near + VTI_LANES * vectors,
                          w->near_atom + vectors);
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
    vti_choose_near *choose;
    atomic_int failures;
} selecting;

static void select_domains(void *context, size_t from, size_t to, int worker) {
    selecting *s = context;
    for (size_t k = from; k < to; k++)
        if (!select_domain(s->d, k, s->choose, &s->d->internal->work[worker]))
            atomic_fetch_add(&s->failures, 1);
}

vt_status vti_domains_select(vti_domains *d, const vti_places *atoms, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    in->built = false;
    VTI_TRY(reserve_choices(d, err));
    selecting s = {.d = d, .choose = best_choice()};
    vti_share_loop(&(vti_loop){.count = d->domains,
                               .grain = 1,
                               .threads = in->threads,
                               .work = select_domains,
                               .context = &s});
    if (s.failures > 0) return vt_fail_memory(err, d->count, 120, "the neighbor list");
    vti_refer_to(&d->selected, atoms);
    in->built = true;
    return VT_OK;
}

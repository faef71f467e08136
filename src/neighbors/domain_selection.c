/* Selecting from the lists of domains the partners that kernels look at. Done in single precision
   relative to an atom of the domain, with a radius widened by what that can lose. */
#include <float.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "neighbors/decomposition.h"

enum { PAD = 4 * VTI_LANES /* places behind the last that may be written */ };

float vti_widened(double radius, double extent) {
    radius += 4 * FLT_EPSILON * (extent + radius);
    return (float)(radius * radius * (1 + 4 * FLT_EPSILON));
}

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
        /* Where no atom has a neighbor both are NULL, to which not even 0 may be added. */
        if (domain->segment != NULL && domain->neighbor != NULL) {
            segments.segment = domain->segment + from;
            segments.partner = domain->neighbor + domain->class_entry[class];
        }
        double reach = (cutoff != NULL ? cutoff[class] : d->cutoff) + d->buffer;
        domain->near_first[class] = vectors;
        vectors += kernels->choose_near(&segments, vti_widened(reach, extent),
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

/* Searches of a sample: what they start from, and what becomes an event. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "saddle/ground.h"

vt_search_options vt_search_defaults(void) {
    return (vt_search_options){.art = vt_art_defaults(),
                               .seed = 1,
                               .radius = 6,
                               .wide = 10,
                               .margin = 1,
                               .start_fmax = 0.01};
}

static vt_status check_options(const vt_search_options *o, vt_error *err) {
    VTI_TRY(vt_art_check(&o->art, err));
    if (!(o->radius > 0 && o->radius <= 100))
        return vt_fail(err, VT_EINVAL, "the radius of a region is %g A, but must be up to 100 A",
                       o->radius);
    if (!(o->wide >= o->radius && o->wide <= 200))
        return vt_fail(err, VT_EINVAL,
                       "the wide radius is %g A, but must be from the radius, %g A, to 200 A",
                       o->wide, o->radius);
    if (!(o->margin > 0 && o->margin <= 10))
        return vt_fail(err, VT_EINVAL, "the margin of a region is %g A, but must be up to 10 A",
                       o->margin);
    if (!(o->start_fmax > 0) || !isfinite(o->start_fmax))
        return vt_fail(err, VT_EINVAL,
                       "the largest force at the start is %g eV/A; give a positive one",
                       o->start_fmax);
    return VT_OK;
}

/* ---------------------------------------------------------------- the start ---- */

/* Energy and forces of the start. */
static vt_status look(vt_searches *s, vt_error *err) {
    vt_result result;
    VTI_TRY(vt_system_evaluate(s->whole, VT_WANT_ENERGY, &result, err));
    s->energy = result.energy;
    s->mobile = 0;
    for (size_t k = 0; k < s->whole->count; k++) {
        const double *f = s->whole->f[k];
        if (s->frozen != NULL && s->frozen[s->whole->order[k]]) continue;
        double f2 = f[0] * f[0] + f[1] * f[1] + f[2] * f[2];
        s->residual2 += f2;
        s->fmax = fmax(s->fmax, sqrt(f2));
        s->mobile++;
    }
    return VT_OK;
}

static vt_status judge_start(const vt_searches *s, vt_error *err) {
    const vt_search_options *o = &s->options;
    if (s->mobile == 0)
        return vt_fail(err, VT_EINVAL,
                       s->atoms->count == 0 ? "there are no atoms to search around"
                                            : "all atoms are frozen");
    if (s->fmax > o->start_fmax)
        return vt_fail(err, VT_EINVAL,
                       "the start is no minimum: the largest force on an atom is %.3g eV/A, more "
                       "than %g eV/A; minimize it first",
                       s->fmax, o->start_fmax);
    if (s->residual2 >= o->art.force * o->art.force && s->fmax <= o->start_fmax &&
        o->start_fmax < 1)
        return vt_fail(err, VT_EINVAL,
                       "the start has a force of %.3g eV/A as the norm of all, not less than the "
                       "%g eV/A of a saddle; minimize it further first",
                       sqrt(s->residual2), o->art.force);
    return VT_OK;
}

vt_searches *vt_searches_create(const vt_atoms *atoms, const vt_potential *potential,
                                const vt_search_options *options, vt_error *err) {
    if (vt_failed(check_options(options, err))) return NULL;
    vt_searches *s = vt_alloc(1, sizeof *s);
    if (s == NULL) {
        vt_fail_memory(err, 1, sizeof *s, "searches");
        return NULL;
    }
    s->options = *options;
    s->options.frozen = NULL;
    s->potential = potential;
    s->atoms = vt_atoms_copy(atoms, err);
    bool ok = s->atoms != NULL;
    if (ok && options->frozen != NULL) {
        s->frozen = vt_alloc(atoms->count, sizeof *s->frozen);
        ok = s->frozen != NULL;
        if (ok) memcpy(s->frozen, options->frozen, atoms->count * sizeof *s->frozen);
        if (!ok) vt_fail_memory(err, atoms->count, 1, "frozen atoms");
    }
    vt_system_options system = vt_system_defaults();
    if (ok) s->whole = vt_system_create(s->atoms, potential, &system, err);
    ok = s->whole != NULL && !vt_failed(look(s, err)) && !vt_failed(judge_start(s, err));
    if (ok && s->whole->count >= VTI_SPRINGS_FROM)
        ok = !vt_failed(vti_springs_learn(s->whole, &s->springs, err)) &&
             !vt_failed(vt_system_evaluate(s->whole, VT_WANT_ENERGY, NULL, err));
    if (ok && !options->all) {
        ok = !vt_failed(vt_system_prepare_regions(s->whole, err)) &&
             !vt_failed(vt_system_evaluate(s->whole, VT_WANT_ENERGY, NULL, err));
    }
    if (ok) return s;
    vt_searches_destroy(s);
    return NULL;
}

void vt_searches_destroy(vt_searches *s) {
    if (s == NULL) return;
    vti_preconditioner_destroy(s->springs);
    vt_system_destroy(s->whole);
    vt_atoms_destroy(s->atoms);
    vt_free(s->frozen);
    vt_free(s);
}

double vt_searches_fmax(const vt_searches *s) {
    return s->fmax;
}

double vt_searches_energy(const vt_searches *s) {
    return s->energy;
}

/* ---------------------------------------------------------------- a search ---- */

struct vt_searcher {
    const vt_searches *searches;
    vti_ground *ground;
    double *kick;
    size_t room;
};

vt_searcher *vt_searcher_create(const vt_searches *searches, vt_error *err) {
    vt_searcher *s = vt_alloc(1, sizeof *s);
    if (s == NULL) {
        vt_fail_memory(err, 1, sizeof *s, "a search");
        return NULL;
    }
    s->searches = searches;
    s->ground = vti_ground_create(searches, err);
    if (s->ground != NULL) return s;
    vt_free(s);
    return NULL;
}

void vt_searcher_destroy(vt_searcher *s) {
    if (s == NULL) return;
    vti_ground_destroy(s->ground);
    vt_free(s->kick);
    vt_free(s);
}

void vt_searcher_stop(vt_searcher *s) {
    vti_ground_stop(s->ground);
}

/* Square of the distance between two atoms, images counted. */
static double distance2(const vt_atoms *a, const double inverse[3][3], size_t i, size_t j) {
    double d[3] = {a->x[i] - a->x[j], a->y[i] - a->y[j], a->z[i] - a->z[j]}, turns[3];
    for (int k = 0; k < 3; k++)
        turns[k] =
            a->box.periodic[k]
                ? nearbyint(d[0] * inverse[0][k] + d[1] * inverse[1][k] + d[2] * inverse[2][k])
                : 0;
    for (int k = 0; k < 3; k++)
        for (int q = 0; q < 3; q++) d[q] -= turns[k] * a->box.h[k][q];
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
}

/* Atoms within the radius of the kick get uniform random components, which depend on the seed, the
   two atoms and the number of the search. */
static vt_status make_kick(vt_searcher *s, const vt_surface *surface, int32_t center,
                           int64_t search, vt_error *err) {
    const vt_searches *all = s->searches;
    const vt_art_options *o = &all->options.art;
    const vt_atoms *a = all->atoms;
    size_t n = surface->count, kicked = 0;
    VTI_TRY(vt_reserve(&s->kick, &s->room, n, n, sizeof *s->kick, "a search", err));
    memset(s->kick, 0, n * sizeof *s->kick);
    double mean[3] = {0}, inverse[3][3];
    vt_box_inverse(&a->box, inverse);
    const int32_t *atom = vti_ground_atoms(s->ground);
    for (size_t k = 0; k < n / 3; k++) {
        const size_t i = (size_t)atom[k], c = (size_t)center;
        double d2 = distance2(a, (const double(*)[3])inverse, i, c);
        if (!(d2 <= o->kick_radius * o->kick_radius)) continue;
        uint64_t item = (uint64_t)c << 32 | i;
        double u[4];
        vt_random_uniform2(all->options.seed, VT_STREAM_ART, item, 2 * (uint64_t)search, u);
        vt_random_uniform2(all->options.seed, VT_STREAM_ART, item, 2 * (uint64_t)search + 1, u + 2);
        for (size_t q = 0; q < 3; q++) {
            s->kick[3 * k + q] = 2 * u[q] - 1;
            mean[q] += s->kick[3 * k + q];
        }
        kicked++;
    }
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        if (kicked > 1 && s->kick[k] != 0) s->kick[k] -= mean[k % 3] / (double)kicked;
        sum += s->kick[k] * s->kick[k];
    }
    double length = o->kick * (o->kick_each ? sqrt((double)kicked) : 1);
    for (size_t k = 0; k < n; k++) s->kick[k] *= length / sqrt(sum);
    return VT_OK;
}

/* ---------------------------------------------------------------- events ---- */

void vt_event_free(vt_event *event) {
    vt_displacement *d[] = {&event->saddle, &event->final};
    for (int k = 0; k < 2; k++) {
        vt_free(d[k]->atom);
        vt_free(d[k]->d);
        *d[k] = (vt_displacement){0};
    }
}

static double moved2(const double *x) {
    return x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
}

/* Atoms that moved by more than this are listed [angstrom]. */
static const double LISTED = 1e-3, MOVED = 0.1;

/* The atoms that moved, ascending. Few enough for inserting each where it belongs. */
static vt_status list_moved(const int32_t *atom, size_t atoms, const double *x,
                            vt_displacement *out, vt_error *err) {
    size_t count = 0;
    for (size_t k = 0; k < atoms; k++) count += moved2(x + 3 * k) > LISTED * LISTED;
    out->atom = vt_alloc(count, sizeof *out->atom);
    out->d = vt_alloc(count, sizeof *out->d);
    if (out->atom == NULL || out->d == NULL)
        return vt_fail_memory(err, count, sizeof *out->d, "an event");
    for (size_t k = 0; k < atoms; k++) {
        if (!(moved2(x + 3 * k) > LISTED * LISTED)) continue;
        size_t at = out->count++;
        for (; at > 0 && out->atom[at - 1] > atom[k]; at--) {
            out->atom[at] = out->atom[at - 1];
            memcpy(out->d[at], out->d[at - 1], sizeof out->d[at]);
        }
        out->atom[at] = atom[k];
        memcpy(out->d[at], x + 3 * k, sizeof out->d[at]);
    }
    return VT_OK;
}

static vt_status describe(const vti_ground *ground, const vt_art_path *path, vt_event *e,
                          vt_error *err) {
    const int32_t *atom = vti_ground_atoms(ground);
    vti_spent spent = vti_ground_spent(ground);
    size_t atoms = path->count / 3;
    e->reason = path->reason;
    e->barrier = path->saddle_energy;
    e->reverse_barrier = path->saddle_energy - path->final_energy;
    e->curvature = path->curvature;
    e->force = isfinite(path->saddle_energy) ? path->force : NAN;
    e->active = atoms;
    e->evaluations = spent.whole;
    e->region_evaluations = spent.count;
    memcpy(e->phases, path->evaluations, sizeof e->phases);
    memcpy(e->lanczos, path->lanczos, sizeof e->lanczos);
    e->phases[VT_ART_CUT] = spent.cut;
    e->moved = -1;
    if (path->saddle != NULL) {
        e->moved = 0;
        for (size_t k = 0; k < atoms; k++) e->moved += moved2(path->saddle + 3 * k) > MOVED * MOVED;
        VTI_TRY(list_moved(atom, atoms, path->saddle, &e->saddle, err));
    }
    if (path->final != NULL) VTI_TRY(list_moved(atom, atoms, path->final, &e->final, err));
    return VT_OK;
}

vt_status vt_search(vt_searcher *s, int64_t center, int64_t search, vt_event *event,
                    vt_error *err) {
    const vt_searches *all = s->searches;
    *event = (vt_event){.center = center, .search = search};
    if (center < 0 || (size_t)center >= all->atoms->count)
        return vt_fail(err, VT_EINVAL, "there is no atom %lld; there are %zu",
                       (long long)center + 1, all->atoms->count);
    if (all->frozen != NULL && all->frozen[center])
        return vt_fail(err, VT_EINVAL, "atom %lld is frozen, so no search starts from it",
                       (long long)center + 1);
    if (search < 1)
        return vt_fail(err, VT_EINVAL, "searches are numbered from 1, not %lld", (long long)search);
    double start = vt_clock();
    vt_surface *surface = vti_ground_start(s->ground, (int32_t)center, err);
    if (surface == NULL) return err != NULL && err->code != VT_OK ? err->code : VT_ENOMEM;
    VTI_TRY(make_kick(s, surface, (int32_t)center, search, err));
    vt_art_path path;
    VTI_TRY(vt_art_walk(surface, s->kick, &all->options.art, &path, err));
    vt_status st = describe(s->ground, &path, event, err);
    vt_art_path_free(&path);
    if (vt_failed(st)) vt_event_free(event);
    event->seconds = vt_clock() - start;
    return st;
}

/* ---------------------------------------------------------------- bands ---- */

/* Displacements by the user's atom to those by variable, or back. */
static void reorder(const int32_t *atom, size_t variables, size_t atoms, int images, bool back,
                    double *of_user, double *of_band) {
    for (size_t image = 0; image < (size_t)images; image++)
        for (size_t k = 0; k < variables / 3; k++) {
            double *user = of_user + 3 * (image * atoms + (size_t)atom[k]);
            double *band = of_band + image * variables + 3 * k;
            memcpy(back ? user : band, back ? band : user, 3 * sizeof *user);
        }
}

vt_status vt_searches_neb(const vt_searches *searches, const vt_neb_options *options, double *path,
                          double *energy, vt_neb_report *report, vt_error *err) {
    vti_ground *ground = vti_ground_create(searches, err);
    if (ground == NULL) return VT_ENOMEM;
    size_t atoms = searches->atoms->count, n = 0;
    double *band = NULL;
    vt_surface *surface = vti_ground_start_all(ground, err);
    vt_status st = surface != NULL ? VT_OK : err != NULL ? err->code : VT_ENOMEM;
    if (!vt_failed(st)) {
        n = surface->count;
        band = vt_alloc((size_t)options->images * n, sizeof *band);
        if (band == NULL)
            st = vt_fail_memory(err, (size_t)options->images * n, sizeof *band, "a band");
    }
    if (!vt_failed(st)) {
        reorder(vti_ground_atoms(ground), n, atoms, options->images, false, path, band);
        st = vt_neb(surface, options, band, energy, report, err);
        reorder(vti_ground_atoms(ground), n, atoms, options->images, true, path, band);
    }
    vt_free(band);
    vti_ground_destroy(ground);
    return st;
}

/* ---------------------------------------------------------------- one saddle again ---- */

static vt_status refine(vti_ground *ground, const vt_searches *s, const vt_displacement *from,
                        double force, vt_event *event, vt_error *err) {
    vt_surface *surface = vti_ground_start_all(ground, err);
    if (surface == NULL) return err != NULL ? err->code : VT_ENOMEM;
    size_t atoms = s->atoms->count;
    double *user = vt_alloc(3 * atoms, sizeof *user), *x = vt_alloc(surface->count, sizeof *x);
    vt_status st =
        user != NULL && x != NULL ? VT_OK : vt_fail_memory(err, 6 * atoms, sizeof *x, "a saddle");
    for (size_t k = 0; k < from->count && !vt_failed(st); k++)
        memcpy(user + 3 * (size_t)from->atom[k], from->d[k], sizeof from->d[k]);
    vt_art_path path = {0};
    vt_art_options o = s->options.art;
    o.force = force;
    if (!vt_failed(st)) {
        reorder(vti_ground_atoms(ground), surface->count, atoms, 1, false, user, x);
        st = vt_art_refine(surface, &o, x, &path, err);
    }
    if (!vt_failed(st)) {
        if (st == VT_DONE) path.reason = VT_ART_CONNECTED;
        vt_status described = describe(ground, &path, event, err);
        if (vt_failed(described)) st = described;
    }
    vt_art_path_free(&path);
    vt_free(user);
    vt_free(x);
    return st;
}

vt_status vt_searches_refine(const vt_searches *searches, const vt_displacement *from, double force,
                             vt_event *event, vt_error *err) {
    *event = (vt_event){0};
    for (size_t k = 0; k < from->count; k++)
        if (from->atom[k] < 0 || (size_t)from->atom[k] >= searches->atoms->count)
            return vt_fail(err, VT_EINVAL, "there is no atom %d; there are %zu", from->atom[k] + 1,
                           searches->atoms->count);
    vti_ground *ground = vti_ground_create(searches, err);
    if (ground == NULL) return VT_ENOMEM;
    vt_status st = refine(ground, searches, from, force, event, err);
    if (vt_failed(st)) vt_event_free(event);
    vti_ground_destroy(ground);
    return st;
}

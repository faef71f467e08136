/* Second derivatives by pair and center, of energies that are sums of functions of distances. */
#include <math.h>

#include "base/share.h"
#include "base/try.h"
#include "neighbors/places.h"
#include "system/internal.h"

bool vt_system_has_curvature(const vt_system *system) {
    return system->internal->engine->central != NULL;
}

/* ---------------------------------------------------------------- rows ---- */

/* Vector and distance to entry k of atom i's row; false beyond the cutoff. */
static bool look(const vti_curving *c, size_t i, size_t k, vti_near *near) {
    const vt_neighbors *list = c->list;
    const double *a = list->point + 4 * i, *b = list->point + 4 * (size_t)list->neighbor[k];
    double r2 = 0;
    for (int m = 0; m < 3; m++) {
        near->d[m] = b[m] - a[m];
        r2 += near->d[m] * near->d[m];
    }
    if (!(r2 < list->cutoff * list->cutoff)) return false;
    near->r = sqrt(r2);
    near->j = list->parent[list->neighbor[k]];
    return true;
}

bool vti_near_at(const vti_curving *c, size_t i, size_t k, vti_near *near) {
    if (!look(c, i, k, near)) return false;
    const int32_t *type = c->system->type;
    c->central->pair(c->opened, type[i], type[near->j], near->r, &near->of);
    return true;
}

static void embed_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    vti_curving *c = context;
    const int32_t *type = c->system->type;
    for (size_t i = from; i < to; i++) {
        double rho = 0;
        vti_near near;
        for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++)
            if (look(c, i, k, &near))
                rho += c->central->density(c->opened, type[i], type[near.j], near.r);
        c->embedded[i] = c->central->embedding(c->opened, type[i], rho);
    }
}

static vt_status make_rows(vti_curving *c, vt_error *err) {
    const vt_system *s = c->system;
    c->list = vt_neighbors_create(vt_potential_cutoff(s->potential), 0, err);
    if (c->list == NULL) return err != NULL ? err->code : VT_ENOMEM;
    const vti_places places = vti_places_of_system(s);
    return vti_neighbors_update(c->list, &places, err);
}

vt_status vti_curving_open(vti_curving *c, vt_system *system, vt_error *err) {
    const struct vti_system *in = system->internal;
    const vt_potential *p = system->potential;
    *c = (vti_curving){.system = system, .central = in->engine->central};
    if (c->central == NULL)
        return vt_fail(err, VT_EUNSUPPORTED,
                       "the potential %s%s%s does not give second derivatives; those of eam and lj "
                       "potentials do",
                       p->name, p->file[0] ? " " : "", p->file);
    VTI_TRY(vt_system_evaluate(system, 0, NULL, err));
    c->opened = in->opened;
    vt_status st = make_rows(c, err);
    if (!vt_failed(st) && c->central->embedding != NULL) {
        c->embedded = vt_alloc(system->count, sizeof *c->embedded);
        if (c->embedded == NULL)
            st = vt_fail_memory(err, system->count, sizeof *c->embedded, "second derivatives");
        else
            vti_share(system->count, VTI_CURVING_GRAIN, embed_some, c);
    }
    if (vt_failed(st)) vti_curving_close(c);
    return st;
}

void vti_curving_close(vti_curving *c) {
    vt_neighbors_destroy(c->list);
    vt_free(c->embedded);
    *c = (vti_curving){0};
}

/* ---------------------------------------------------------------- visits ---- */

/* Of an atom and its images, every one of which is in the row twice, there and back. */
static bool is_first_of_both(const double d[3]) {
    return d[0] != 0 ? d[0] > 0 : d[1] != 0 ? d[1] > 0 : d[2] > 0;
}

/* Room for what surrounds one atom. */
typedef struct {
    int32_t *neighbor;
    double (*d)[3], (*density)[2];
} surroundings;

static void visit_atom(const vti_curving *c, const vt_curvature *visitor, size_t i,
                       const surroundings *room) {
    vt_center center = {.neighbor = room->neighbor,
                        .d = (const double(*)[3])room->d,
                        .density = (const double(*)[2])room->density};
    vti_near near;
    for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++) {
        if (!vti_near_at(c, i, k, &near)) continue;
        size_t j = (size_t)near.j, n = center.count++;
        if (visitor->pair != NULL && (j > i || (j == i && is_first_of_both(near.d))))
            visitor->pair(visitor->context, (int32_t)i, near.j, near.d, near.of.phi.slope,
                          near.of.phi.curvature);
        room->neighbor[n] = near.j;
        for (int m = 0; m < 3; m++) room->d[n][m] = near.d[m];
        room->density[n][0] = near.of.at_i.slope;
        room->density[n][1] = near.of.at_i.curvature;
    }
    if (visitor->center == NULL || c->embedded == NULL) return;
    center.slope = c->embedded[i].slope;
    center.curvature = c->embedded[i].curvature;
    visitor->center(visitor->context, (int32_t)i, &center);
}

vt_status vt_system_curvature(vt_system *system, const vt_curvature *visitor, vt_error *err) {
    vti_curving c;
    vt_status st = vti_curving_open(&c, system, err);
    if (vt_failed(st)) return st;
    size_t most = 0;
    for (size_t i = 0; i < system->count; i++) {
        size_t n = c.list->first[i + 1] - c.list->first[i];
        if (n > most) most = n;
    }
    surroundings room = {vt_alloc(most, sizeof *room.neighbor), vt_alloc(most, sizeof *room.d),
                         vt_alloc(most, sizeof *room.density)};
    if (room.neighbor == NULL || room.d == NULL || room.density == NULL)
        st = vt_fail_memory(err, most, 44, "second derivatives");
    for (size_t i = 0; i < system->count && !vt_failed(st); i++) visit_atom(&c, visitor, i, &room);
    vt_free(room.neighbor);
    vt_free(room.d);
    vt_free(room.density);
    vti_curving_close(&c);
    return st;
}

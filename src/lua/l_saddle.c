/* The module "vitrum.saddle_core", on which lua/vitrum/art stands. */
#include <math.h>
#include <string.h>

#include "l_atoms.h"
#include "vitrum/saddle.h"

#define SEARCHES "vitrum.Searches"
#define CREW     "vitrum.Crew"

/* ---------------------------------------------------------------- options ---- */

/* Numbers of the options by their names in Lua. */
typedef struct {
    const char *name;
    enum { NUMBER, WHOLE, FLAG } kind;
    size_t offset;
} setting;

#define OF(member)  offsetof(vt_search_options, member)
#define ART(member) offsetof(vt_search_options, art.member)

static const setting SETTINGS[] = {
    {"kick", NUMBER, ART(kick)},
    {"kick_radius", NUMBER, ART(kick_radius)},
    {"kick_each", FLAG, ART(kick_each)},
    {"push", NUMBER, ART(push)},
    {"leave_steps", WHOLE, ART(leave_steps)},
    {"leave_relax", WHOLE, ART(leave_relax)},
    {"leave_force", NUMBER, ART(leave_force)},
    {"threshold", NUMBER, ART(threshold)},
    {"leave_vectors", WHOLE, ART(leave_vectors)},
    {"vectors", WHOLE, ART(vectors)},
    {"every", WHOLE, ART(every)},
    {"steps", WHOLE, ART(steps)},
    {"most_push", NUMBER, ART(most_push)},
    {"stiffness", NUMBER, ART(stiffness)},
    {"hold", NUMBER, ART(hold)},
    {"patience", WHOLE, ART(patience)},
    {"force", NUMBER, ART(force)},
    {"energy_limit", NUMBER, ART(energy_limit)},
    {"max_step", NUMBER, ART(max_step)},
    {"over", NUMBER, ART(over)},
    {"fmax", NUMBER, ART(fmax)},
    {"minimize_steps", WHOLE, ART(minimize_steps)},
    {"same_energy", NUMBER, ART(same_energy)},
    {"same_distance", NUMBER, ART(same_distance)},
    {"difference", NUMBER, ART(difference)},
    {"central", FLAG, ART(central)},
    {"all", FLAG, OF(all)},
    {"late", FLAG, OF(late)},
    {"radius", NUMBER, OF(radius)},
    {"wide", NUMBER, OF(wide)},
    {"margin", NUMBER, OF(margin)},
    {"start_fmax", NUMBER, OF(start_fmax)},
};
enum { SETTING_COUNT = sizeof SETTINGS / sizeof *SETTINGS };

static void push_setting(lua_State *L, const setting *s, const vt_search_options *o) {
    const char *at = (const char *)o + s->offset;
    if (s->kind == NUMBER) lua_pushnumber(L, *(const double *)(const void *)at);
    if (s->kind == WHOLE) lua_pushinteger(L, *(const int *)(const void *)at);
    if (s->kind == FLAG) lua_pushboolean(L, *(const bool *)(const void *)at);
}

/* The settings in the table at `index`; those that are not there stay. */
static void read_settings(lua_State *L, int index, vt_search_options *o) {
    for (size_t k = 0; k < SETTING_COUNT; k++) {
        const setting *s = &SETTINGS[k];
        char *at = (char *)o + s->offset;
        if (lua_getfield(L, index, s->name) != LUA_TNIL) {
            if (s->kind == NUMBER) *(double *)(void *)at = luaL_checknumber(L, -1);
            if (s->kind == FLAG) *(bool *)(void *)at = lua_toboolean(L, -1);
            if (s->kind == WHOLE) {
                lua_Integer whole = luaL_checkinteger(L, -1);
                *(int *)(void *)at = whole > 1000000000 ? 1000000000 : whole < -1 ? -1 : (int)whole;
            }
        }
        lua_pop(L, 1);
    }
    if (lua_getfield(L, index, "seed") != LUA_TNIL) o->seed = (uint64_t)luaL_checkinteger(L, -1);
    lua_pop(L, 1);
}

/* ---------------------------------------------------------------- events ---- */

static void set_number(lua_State *L, const char *key, double value) {
    if (isnan(value)) return;
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_integer(lua_State *L, const char *key, int64_t value) {
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, key);
}

/* { atoms, displacement } under `key`. */
static void set_displacement(lua_State *L, const char *key, const vt_displacement *d) {
    if (d->atom == NULL) return;
    const int64_t shape[2] = {(int64_t)d->count, 3};
    lua_createtable(L, 0, 2);
    int64_t *atoms = vtl_new_array(L, VT_INT64, 1, shape)->data;
    for (size_t k = 0; k < d->count; k++) atoms[k] = (int64_t)d->atom[k] + 1;
    lua_setfield(L, -2, "atoms");
    double *to = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    memcpy(to, d->d, 3 * d->count * sizeof *to);
    lua_setfield(L, -2, "displacement");
    lua_setfield(L, -2, key);
}

static void set_phases(lua_State *L, const char *key, const int64_t *phases) {
    static const char *const NAME[VT_ART_PHASES] = {"leave",  "converge", "refine",
                                                    "verify", "minimize", "cut"};
    lua_createtable(L, 0, VT_ART_PHASES);
    for (int k = 0; k < VT_ART_PHASES; k++) set_integer(L, NAME[k], phases[k]);
    lua_setfield(L, -2, key);
}

/* Of memory that a collector ends: pushing raises when Lua has none left. */
typedef struct {
    vt_event event;
} event_box;

#define EVENT "vitrum.SearchEvent"

static int event_gc(lua_State *L) {
    event_box *box = luaL_checkudata(L, 1, EVENT);
    vt_event_free(&box->event);
    return 0;
}

static vt_event *new_event(lua_State *L) {
    event_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->event = (vt_event){0};
    luaL_setmetatable(L, EVENT);
    return &box->event;
}

static void push_event(lua_State *L, const vt_event *e, uint64_t seed) {
    lua_createtable(L, 0, 20);
    set_integer(L, "center", e->center + 1);
    set_integer(L, "search", e->search);
    set_integer(L, "seed", (int64_t)seed);
    lua_pushstring(L, vt_art_reason_text(e->reason));
    lua_setfield(L, -2, "reason");
    lua_pushboolean(L, e->reason == VT_ART_CONNECTED);
    lua_setfield(L, -2, "connected");
    set_number(L, "barrier", e->barrier);
    set_number(L, "reverse_barrier", e->reverse_barrier);
    set_number(L, "curvature", e->curvature);
    set_number(L, "force", e->force);
    if (e->moved >= 0) set_integer(L, "moved", e->moved);
    set_integer(L, "active", (int64_t)e->active);
    set_number(L, "evaluations", e->evaluations);
    set_integer(L, "region_evaluations", e->region_evaluations);
    set_number(L, "seconds", e->seconds);
    set_phases(L, "phases", e->phases);
    set_phases(L, "lanczos", e->lanczos);
    set_displacement(L, "saddle", &e->saddle);
    set_displacement(L, "final", &e->final);
}

/* ---------------------------------------------------------------- searches ---- */

/* Searches and what they stand on, which their objects and crews share: at the end of a program
   these go in any order. */
typedef struct {
    vt_searches *searches;
    vtl_shared_potential *potential;
    uint64_t seed;
    int holders;
} shared_searches;

typedef struct {
    shared_searches *shared;
    vt_searcher *searcher; /* of this thread, made when first needed */
} searches_box;

typedef struct {
    vt_crew *crew;
    shared_searches *shared;
} crew_box;

static void release(shared_searches *shared) {
    if (shared == NULL || --shared->holders > 0) return;
    vt_searches_destroy(shared->searches);
    vtl_potential_release(shared->potential);
    vt_free(shared);
}

static int searches_gc(lua_State *L) {
    searches_box *box = luaL_checkudata(L, 1, SEARCHES);
    searches_box old = *box;
    *box = (searches_box){0};
    vt_searcher_destroy(old.searcher);
    release(old.shared);
    return 0;
}

static searches_box *check_searches(lua_State *L, int index) {
    searches_box *box = luaL_checkudata(L, index, SEARCHES);
    luaL_argcheck(L, box->shared != NULL, index, "searches that are there expected");
    return box;
}

/* create(atoms, settings, frozen) -> searches, fmax, energy */
static int create(lua_State *L) {
    vtl_check_atoms(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    vt_search_options o = vt_search_defaults();
    read_settings(L, 2, &o);
    o.frozen = vtl_read_frozen(L, 3, vtl_check_atoms(L, 1)->count, "art");
    searches_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (searches_box){0};
    luaL_setmetatable(L, SEARCHES);
    vtl_interrupt_arm(L);
    vtl_check_atoms_potential(L, 1);
    vtl_push_atoms_potential(L, 1);
    vtl_shared_potential *potential = vtl_shared_of(L, -1);
    lua_pop(L, 1);
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_error err = {0};
    shared_searches *shared = vt_alloc(1, sizeof *shared);
    if (shared == NULL) return vtl_error(L, "art: no memory");
    vtl_potential_retain(potential);
    *shared = (shared_searches){.potential = potential, .seed = o.seed, .holders = 1};
    shared->searches = vt_searches_create(atoms, potential->potential, &o, &err);
    if (shared->searches == NULL) {
        release(shared);
        return vtl_error(L, "art: %s", err.msg);
    }
    box->shared = shared;
    lua_pushnumber(L, vt_searches_fmax(shared->searches));
    lua_pushnumber(L, vt_searches_energy(shared->searches));
    return 3;
}

/* search(searches, atom, number) -> event */
static int search(lua_State *L) {
    lua_Integer center = luaL_checkinteger(L, 2), number = luaL_checkinteger(L, 3);
    vt_event *event = new_event(L);
    vtl_interrupt_arm(L);
    searches_box *box = check_searches(L, 1);
    const uint64_t seed = box->shared->seed;
    vt_error err = {0};
    if (box->searcher == NULL) box->searcher = vt_searcher_create(box->shared->searches, &err);
    if (box->searcher == NULL ||
        vt_failed(vt_search(box->searcher, center - 1, number, event, &err)))
        return vtl_error(L, "art: %s", err.msg);
    push_event(L, event, seed);
    return 1;
}

/* refine(searches, atoms, displacements, force) -> event */
static int refine(lua_State *L) {
    check_searches(L, 1);
    const vt_array *atoms = vtl_check_numbers(L, 2, 1, "art: atoms of a saddle");
    const vt_array *d = vtl_check_numbers(L, 3, 2, "art: displacements of a saddle");
    const double force = luaL_checknumber(L, 4);
    const int64_t n = atoms->shape[0];
    if (d->shape[0] != n || d->shape[1] != 3)
        return vtl_error(L, "art: displacements of a saddle must be %I x 3, one for each atom",
                         (lua_Integer)n);
    int32_t *atom = lua_newuserdatauv(L, (size_t)n * sizeof *atom + 1, 0);
    const double *number = atoms->data;
    for (int64_t k = 0; k < n; k++) {
        if (!(number[k] >= 1 && number[k] <= INT32_MAX) || number[k] != floor(number[k]))
            return vtl_error(L, "art: there is no atom %f", number[k]);
        atom[k] = (int32_t)number[k] - 1;
    }
    vt_event *event = new_event(L);
    vtl_interrupt_arm(L);
    const shared_searches *shared = check_searches(L, 1)->shared;
    const vt_displacement from = {(size_t)n, atom, (double(*)[3])d->data};
    vt_error err = {0};
    if (vt_failed(vt_searches_refine(shared->searches, &from, force, event, &err)))
        return vtl_error(L, "art: %s", err.msg);
    push_event(L, event, shared->seed);
    return 1;
}

/* ---------------------------------------------------------------- bands ---- */

/* The way of atom i from `from` to `to`, over the nearest images. */
static void way(const vt_atoms *from, const vt_atoms *to, const double inverse[3][3], size_t i,
                double d[3]) {
    const vt_box *box = &from->box;
    double turns[3];
    d[0] = to->x[i] - from->x[i];
    d[1] = to->y[i] - from->y[i];
    d[2] = to->z[i] - from->z[i];
    for (int k = 0; k < 3; k++) {
        double s = d[0] * inverse[0][k] + d[1] * inverse[1][k] + d[2] * inverse[2][k];
        turns[k] = box->periodic[k] ? nearbyint(s) : 0;
    }
    for (int k = 0; k < 3; k++)
        for (int q = 0; q < 3; q++) d[q] -= turns[k] * box->h[k][q];
}

/* Images at equal parts of the way to `last`, half of them before `through` where it is given. */
static void lay_path(const vt_atoms *first, const vt_atoms *through, const vt_atoms *last,
                     int64_t images, double *path) {
    double inverse[3][3];
    size_t n = first->count;
    vt_box_inverse(&first->box, inverse);
    for (size_t i = 0; i < n; i++) {
        double to_last[3], to_middle[3] = {0};
        way(first, last, (const double(*)[3])inverse, i, to_last);
        if (through != NULL) way(first, through, (const double(*)[3])inverse, i, to_middle);
        for (int64_t k = 0; k < images; k++) {
            double t = (double)k / (double)(images - 1);
            double *at = path + 3 * ((size_t)k * n + i);
            for (int q = 0; q < 3; q++)
                at[q] = through == NULL ? t * to_last[q]
                        : t < 0.5       ? 2 * t * to_middle[q]
                                        : to_middle[q] + (2 * t - 1) * (to_last[q] - to_middle[q]);
        }
    }
}

static void check_alike(lua_State *L, const vt_atoms *first, const vt_atoms *other) {
    bool same = first->count == other->count;
    for (size_t i = 0; same && i < first->count; i++)
        same = strcmp(first->species[first->type[i]].symbol,
                      other->species[other->type[i]].symbol) == 0;
    if (!same)
        vtl_error(L,
                  "neb: the ends of a band must have the same atoms in the same order: one has "
                  "%d atoms, the other %d",
                  (int)first->count, (int)other->count);
    for (int k = 0; k < 9; k++)
        if (fabs(first->box.h[k / 3][k % 3] - other->box.h[k / 3][k % 3]) > 1e-6)
            vtl_error(L, "neb: the ends of a band must have the same box");
}

static void read_band(lua_State *L, int index, vt_neb_options *o) {
    luaL_checktype(L, index, LUA_TTABLE);
    static const char *const NUMBERS[] = {"images", "spring",   "force",
                                          "steps",  "max_step", "climb"};
    for (int k = 0; k < 6; k++) {
        lua_getfield(L, index, NUMBERS[k]);
        if (k == 0) o->images = (int)fmin((double)luaL_checkinteger(L, -1), 1e6);
        if (k == 1) o->spring = luaL_checknumber(L, -1);
        if (k == 2) o->force = luaL_checknumber(L, -1);
        if (k == 3) o->steps = (int)fmin((double)luaL_checkinteger(L, -1), 1e9);
        if (k == 4) o->max_step = luaL_checknumber(L, -1);
        if (k == 5) o->climb = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    if (o->images < 3 || o->images > 1000)
        vtl_error(L, "neb: a band has 3 to 1000 images, not %d", o->images);
}

/* neb(first, last, through or nil, settings, frozen) -> path, energies, table of the report */
static int neb(lua_State *L) {
    lua_settop(L, 5);
    vt_neb_options o = vt_neb_defaults();
    read_band(L, 4, &o);
    vt_search_options s = vt_search_defaults();
    s.all = true;
    s.start_fmax = s.art.force = 10;
    const int64_t n = (int64_t)vtl_check_atoms(L, 1)->count, images = o.images;
    s.frozen = vtl_read_frozen(L, 5, (size_t)n, "neb");
    const int64_t shape[3] = {images, n, 3};
    double *path = vtl_new_array(L, VT_FLOAT64, 3, shape)->data;
    double *energy = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
    vtl_interrupt_arm(L);
    const vt_potential *potential = vtl_check_atoms_potential(L, 1);
    const vt_atoms *first = vtl_check_atoms(L, 1), *last = vtl_check_atoms(L, 2);
    const vt_atoms *through = lua_isnil(L, 3) ? NULL : vtl_check_atoms(L, 3);
    check_alike(L, first, last);
    if (through != NULL) check_alike(L, first, through);
    if ((size_t)n != first->count) return vtl_error(L, "neb: the atoms have changed");
    lay_path(first, through, last, images, path);
    vt_error err = {0};
    vt_neb_report report = {0};
    vt_searches *searches = vt_searches_create(first, potential, &s, &err);
    vt_status st =
        searches != NULL ? vt_searches_neb(searches, &o, path, energy, &report, &err) : VT_EINVAL;
    vt_searches_destroy(searches);
    if (vt_failed(st)) return vtl_error(L, "neb: %s", err.msg);
    lua_createtable(L, 0, 4);
    lua_pushboolean(L, report.converged);
    lua_setfield(L, -2, "converged");
    set_integer(L, "highest", report.highest + 1);
    set_integer(L, "evaluations", report.evaluations);
    set_number(L, "force", report.force);
    return 3;
}

/* ---------------------------------------------------------------- crew ---- */

static int crew_gc(lua_State *L) {
    crew_box *box = luaL_checkudata(L, 1, CREW);
    crew_box old = *box;
    *box = (crew_box){0};
    vt_crew_destroy(old.crew);
    release(old.shared);
    return 0;
}

static crew_box *check_crew(lua_State *L, int index) {
    crew_box *box = luaL_checkudata(L, index, CREW);
    luaL_argcheck(L, box->crew != NULL, index, "a crew at work expected");
    return box;
}

/* crew(searches, workers) -> crew */
static int start_crew(lua_State *L) {
    lua_Integer workers = luaL_checkinteger(L, 2);
    crew_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (crew_box){0};
    luaL_setmetatable(L, CREW);
    shared_searches *shared = check_searches(L, 1)->shared;
    vt_error err = {0};
    int wanted = workers < 0 || workers > VT_MAX_THREADS ? -1 : (int)workers;
    box->crew = vt_crew_start(shared->searches, wanted, &err);
    if (box->crew == NULL) return vtl_error(L, "art: %s", err.msg);
    box->shared = shared;
    shared->holders++;
    return 1;
}

/* give(crew, atom, number) */
static int give(lua_State *L) {
    vt_error err = {0};
    lua_Integer center = luaL_checkinteger(L, 2), number = luaL_checkinteger(L, 3);
    if (vt_failed(vt_crew_give(check_crew(L, 1)->crew, center - 1, number, &err)))
        return vtl_error(L, "art: %s", err.msg);
    return 0;
}

/* take(crew) -> event; false when none has ended for a moment; nil when none is left */
static int take(lua_State *L) {
    static const double MOMENT = 0.05;
    check_crew(L, 1);
    vt_event *event = new_event(L);
    vtl_interrupt_arm(L);
    const crew_box *box = check_crew(L, 1);
    const uint64_t seed = box->shared->seed;
    vt_error err = {0};
    vt_status st = vt_crew_take(box->crew, MOMENT, event, &err);
    if (vt_failed(st)) return vtl_error(L, "art: %s", err.msg);
    if (st == VT_DONE) return 0;
    if (st == VT_CONTINUE)
        lua_pushboolean(L, false);
    else
        push_event(L, event, seed);
    return 1;
}

/* ---------------------------------------------------------------- module ---- */

static const luaL_Reg FUNCTIONS[] = {{"create", create}, {"search", search}, {"crew", start_crew},
                                     {"give", give},     {"take", take},     {"stop", crew_gc},
                                     {"neb", neb},       {"refine", refine}, {NULL, NULL}};

static void new_type(lua_State *L, const char *name, lua_CFunction gc) {
    const luaL_Reg none[] = {{NULL, NULL}};
    const luaL_Reg meta[] = {{"__gc", gc}, {NULL, NULL}};
    vtl_new_type(L, name, none, meta);
}

/* `defaults`: what the core takes where nothing is asked for. */
static int open_module(lua_State *L) {
    const vt_search_options o = vt_search_defaults();
    new_type(L, SEARCHES, searches_gc);
    new_type(L, CREW, crew_gc);
    new_type(L, EVENT, event_gc);
    luaL_newlib(L, FUNCTIONS);
    lua_createtable(L, 0, SETTING_COUNT);
    for (size_t k = 0; k < SETTING_COUNT; k++) {
        push_setting(L, &SETTINGS[k], &o);
        lua_setfield(L, -2, SETTINGS[k].name);
    }
    const vt_neb_options b = vt_neb_defaults();
    lua_createtable(L, 0, 6);
    set_integer(L, "images", b.images);
    set_number(L, "spring", b.spring);
    set_number(L, "force", b.force);
    set_integer(L, "steps", b.steps);
    set_number(L, "max_step", b.max_step);
    lua_pushboolean(L, b.climb);
    lua_setfield(L, -2, "climb");
    lua_setfield(L, -2, "band");
    lua_setfield(L, -2, "defaults");
    return 1;
}

VTL_OPENER(saddle) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.saddle_core");
    lua_pop(L, 1);
}

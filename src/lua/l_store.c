/* The module "vitrum.store_core": what lua/vitrum/art/store.lua stands on. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "l_atoms.h"
#include "vitrum/store.h"

#define VTL_STORE "vitrum.Store"

static int store_gc(lua_State *L) {
    vt_store_close(vtl_take_handle(L, VTL_STORE));
    return 0;
}

static int raise_error(lua_State *L, const vt_error *err) {
    return vtl_error(L, "art: %s", err->msg);
}

/* ---------------------------------------------------------------- open ---- */

/* Memory that Lua frees when something raises. */
static void *scratch(lua_State *L, size_t count, size_t size) {
    return lua_newuserdatauv(L, count * size + 1, 0);
}

static vt_store_sample sample_of(lua_State *L, const vt_atoms *atoms) {
    const char **species = scratch(L, VT_MAX_SPECIES, sizeof *species);
    double *mass = scratch(L, VT_MAX_SPECIES, sizeof *mass);
    for (int k = 0; k < atoms->species_count; k++) {
        species[k] = atoms->species[k].symbol;
        mass[k] = atoms->species[k].mass;
    }
    vt_store_sample sample = {.count = atoms->count,
                              .species_count = (size_t)atoms->species_count,
                              .species = species,
                              .mass = mass,
                              .type = atoms->type,
                              .x = atoms->x,
                              .y = atoms->y,
                              .z = atoms->z};
    memcpy(sample.h, atoms->box.h, sizeof sample.h);
    memcpy(sample.origin, atoms->box.origin, sizeof sample.origin);
    memcpy(sample.periodic, atoms->box.periodic, sizeof sample.periodic);
    return sample;
}

/* create(path, atoms, { name, value, ... }, part, parts) -> store */
static int create(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    luaL_checktype(L, 3, LUA_TTABLE);
    int part = (int)luaL_checkinteger(L, 4), parts = (int)luaL_checkinteger(L, 5);
    size_t count = lua_rawlen(L, 3) / 2;
    vt_store_fact *facts = scratch(L, count, sizeof *facts);
    for (size_t k = 0; k < 2 * count; k++) {
        lua_rawgeti(L, 3, (lua_Integer)k + 1); /* the table keeps it alive */
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 3, "strings expected");
        *(k % 2 == 0 ? &facts[k / 2].name : &facts[k / 2].value) = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    void **handle = vtl_new_handle(L, VTL_STORE);
    const vt_atoms *atoms = vtl_check_atoms(L, 2);
    vt_store_sample sample = sample_of(L, atoms);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    *handle = vt_store_create(path, &sample, facts, count, part, parts, &err);
    if (*handle == NULL) return raise_error(L, &err);
    lua_pop(L, 2);
    return 1;
}

/* open(path) -> store */
static int open_store(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    void **handle = vtl_new_handle(L, VTL_STORE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    *handle = vt_store_open(path, &err);
    return *handle != NULL ? 1 : raise_error(L, &err);
}

/* close(store) */
static int close_store(lua_State *L) {
    void **handle = luaL_checkudata(L, 1, VTL_STORE);
    if (*handle != NULL) vt_store_close(vtl_take_handle(L, VTL_STORE));
    return 0;
}

static bool take_fact(void *context, vt_store_fact fact) {
    luaL_Buffer *b = context;
    luaL_addlstring(b, fact.name, strlen(fact.name) + 1);
    luaL_addlstring(b, fact.value, strlen(fact.value) + 1);
    return true;
}

/* facts(store) -> text: names and values, a zero byte behind each */
static int facts(lua_State *L) {
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    luaL_Buffer b;
    vt_error err = {0};
    luaL_buffinit(L, &b);
    if (vt_failed(vt_store_facts(store, take_fact, &b, &err))) return raise_error(L, &err);
    luaL_pushresult(&b);
    return 1;
}

/* Atoms as the sample has them. Types of one symbol become one. */
static vt_atoms *atoms_of(const vt_store_sample *sample, vt_error *err) {
    vt_box box = {0};
    memcpy(box.h, sample->h, sizeof box.h);
    memcpy(box.origin, sample->origin, sizeof box.origin);
    memcpy(box.periodic, sample->periodic, sizeof box.periodic);
    vt_atoms *atoms = vt_atoms_create(sample->count, &box, err);
    int type[VT_MAX_SPECIES];
    for (size_t k = 0; atoms != NULL && k < sample->species_count; k++) {
        int added = k < VT_MAX_SPECIES
                        ? vt_atoms_add_species(atoms, sample->species[k], sample->mass[k], err)
                        : vt_fail(err, VT_EFORMAT, "the store has too many species");
        if (added < 0) {
            vt_atoms_destroy(atoms);
            return NULL;
        }
        type[k] = added;
    }
    for (size_t i = 0; atoms != NULL && i < sample->count; i++) {
        atoms->type[i] = type[sample->type[i]];
        atoms->x[i] = sample->x[i];
        atoms->y[i] = sample->y[i];
        atoms->z[i] = sample->z[i];
    }
    return atoms;
}

/* atoms(store) -> Atoms */
static int store_atoms(lua_State *L) {
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vtl_atoms *made = vtl_new_atoms(L);
    vt_store_sample sample = {0};
    void *memory;
    vt_error err = {0};
    vt_status status = vt_store_read_sample(store, &sample, &memory, &err);
    vt_atoms *atoms = vt_failed(status) ? NULL : atoms_of(&sample, &err);
    vt_free(memory);
    if (atoms == NULL) return raise_error(L, &err);
    vtl_set_atoms(L, made, atoms, &err);
    return 1;
}

/* ---------------------------------------------------------------- a campaign ---- */

/* plan(store, centers, searches) -> searches that are left */
static int plan(lua_State *L) {
    const vt_array *given = vtl_check_numbers(L, 2, 1, "art:run: atoms");
    int64_t searches = luaL_checkinteger(L, 3), *centers;
    size_t count = (size_t)given->shape[0];
    centers = scratch(L, count, sizeof *centers);
    const double *values = given->data;
    for (size_t k = 0; k < count; k++) {
        if (!(fabs(values[k]) < 1e15) || values[k] != floor(values[k]))
            return vtl_error(L, "art:run: atoms: entry %d is %f, which is no number of an atom",
                             (int)k + 1, values[k]);
        centers[k] = (int64_t)values[k];
    }
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    uint64_t left;
    if (vt_failed(vt_store_plan(store, centers, count, searches, &left, &err)))
        return raise_error(L, &err);
    lua_pushinteger(L, (lua_Integer)left);
    return 1;
}

/* claim(store, most) -> { center, search, center, search, ... }, "found" | "wait" | "done" */
static int claim(lua_State *L) {
    enum { MOST = 1000 };
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    lua_Integer most = luaL_checkinteger(L, 2);
    luaL_argcheck(L, most >= 1 && most <= MOST, 2, "1 to 1000 expected");
    vt_store_search searches[MOST];
    size_t found;
    vtl_interrupt_arm(L);
    vt_error err = {0};
    vt_status status = vt_store_claim(store, (size_t)most, searches, &found, &err);
    if (vt_failed(status)) return raise_error(L, &err);
    lua_createtable(L, 2 * (int)found, 0);
    for (size_t k = 0; k < found; k++) {
        lua_pushinteger(L, searches[k].center);
        lua_rawseti(L, -2, 2 * (lua_Integer)k + 1);
        lua_pushinteger(L, searches[k].search);
        lua_rawseti(L, -2, 2 * (lua_Integer)k + 2);
    }
    lua_pushstring(L, status == VT_DONE ? "done" : status == VT_OK ? "wait" : "found");
    return 2;
}

static double number_field(lua_State *L, const char *name) {
    double value = NAN;
    if (lua_getfield(L, 2, name) != LUA_TNIL) {
        if (lua_type(L, -1) != LUA_TNUMBER)
            vtl_error(L, "art: an event's %s must be a number, not a %s", name,
                      luaL_typename(L, -1));
        value = lua_tonumber(L, -1);
    }
    lua_pop(L, 1);
    return value;
}

static int64_t whole_field(lua_State *L, const char *name) {
    int whole;
    lua_getfield(L, 2, name);
    int64_t value = lua_tointegerx(L, -1, &whole);
    if (!whole) vtl_error(L, "art: an event's %s must be a whole number", name);
    lua_pop(L, 1);
    return value;
}

/* Field `name` of the event at 2, { atoms = , displacement = }. What it holds stays on the stack.
 */
static vt_store_moves moves_field(lua_State *L, const char *name) {
    vt_store_moves moves = {0};
    if (lua_getfield(L, 2, name) == LUA_TNIL) return moves;
    if (!lua_istable(L, -1))
        vtl_error(L, "art: an event's %s must be { atoms = , displacement = }", name);
    int at = lua_gettop(L);
    luaL_checkstack(L, 10, NULL);
    lua_getfield(L, at, "atoms");
    const vt_array *numbers = vtl_check_numbers(L, lua_gettop(L), 1, "art: atoms of an event");
    size_t count = (size_t)numbers->shape[0];
    int32_t *atoms = scratch(L, count, sizeof *atoms);
    for (size_t k = 0; k < count; k++) {
        double value = ((const double *)numbers->data)[k];
        if (!(value >= 1 && value <= INT32_MAX) || value != floor(value))
            vtl_error(L, "art: an event displaces atom %f, which is no number of an atom", value);
        atoms[k] = (int32_t)value;
    }
    lua_getfield(L, at, "displacement");
    if (count == 0) return moves;
    const vt_array *d = vtl_check_numbers(L, lua_gettop(L), 2, "art: displacements of an event");
    if (d->shape[0] != (int64_t)count || d->shape[1] != 3)
        vtl_error(L, "art: an event's %s has %d atoms and %d x %d displacements", name, (int)count,
                  (int)d->shape[0], (int)d->shape[1]);
    moves.count = count;
    moves.atoms = atoms;
    moves.displacement = d->data;
    return moves;
}

/* add(store, event) */
static int add(lua_State *L) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    vt_store_event e = {.center = whole_field(L, "center"),
                        .search = whole_field(L, "search"),
                        .seed = whole_field(L, "seed"),
                        .barrier = number_field(L, "barrier"),
                        .reverse_barrier = number_field(L, "reverse_barrier"),
                        .curvature = number_field(L, "curvature"),
                        .force = number_field(L, "force"),
                        .moved = number_field(L, "moved"),
                        .active = number_field(L, "active"),
                        .evaluations = number_field(L, "evaluations"),
                        .region_evaluations = number_field(L, "region_evaluations"),
                        .seconds = number_field(L, "seconds")};
    lua_getfield(L, 2, "connected");
    e.connected = lua_toboolean(L, -1);
    if (lua_getfield(L, 2, "reason") != LUA_TSTRING)
        return vtl_error(L, "art: an event's reason must be a text");
    e.reason = lua_tostring(L, -1);
    e.saddle = moves_field(L, "saddle");
    e.final = moves_field(L, "final");
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    if (vt_failed(vt_store_add(store, &e, &err))) return raise_error(L, &err);
    return 0;
}

/* flush(store) */
static int flush(lua_State *L) {
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vt_error err = {0};
    if (vt_failed(vt_store_flush(store, &err))) return raise_error(L, &err);
    return 0;
}

/* ---------------------------------------------------------------- reading ---- */

/* keys(store) -> array of int64 */
static int keys(lua_State *L) {
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    int64_t *list;
    size_t count;
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_store_keys(store, &list, &count, &err))) return raise_error(L, &err);
    void **memory = vtl_new_handle(L, VTL_MEMORY);
    *memory = list;
    const int64_t shape[1] = {(int64_t)count};
    vt_array *array = vtl_new_array(L, VT_INT64, 1, shape);
    if (count > 0) memcpy(array->data, list, count * sizeof *list);
    return 1;
}

static const int64_t *check_keys(lua_State *L, size_t *count) {
    const vt_array *array = vtl_check_array(L, 2);
    if (array->dtype != VT_INT64 || array->ndim != 1 ||
        (array->shape[0] > 1 && array->stride[0] != 1))
        vtl_error(L, "art: keys of events must be an array of int64");
    *count = (size_t)array->shape[0];
    return array->data;
}

/* column(store, keys, name) -> array */
static int column(lua_State *L) {
    size_t count;
    const char *name = luaL_checkstring(L, 3);
    const int64_t *list = check_keys(L, &count);
    const int64_t shape[1] = {(int64_t)count};
    vt_array *array = vtl_new_array(L, VT_FLOAT64, 1, shape);
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    if (vt_failed(vt_store_column(store, name, list, count, array->data, &err)))
        return raise_error(L, &err);
    return 1;
}

/* reasons(store, keys) -> array of codes from 1, list of their names */
static int reasons(lua_State *L) {
    size_t count, known;
    const int64_t *list = check_keys(L, &count);
    const int64_t shape[1] = {(int64_t)count};
    vt_array *array = vtl_new_array(L, VT_INT32, 1, shape);
    char names[VT_STORE_REASONS][VT_STORE_REASON_SIZE];
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    int32_t *code = array->data;
    if (vt_failed(vt_store_reasons(store, list, count, code, names, &known, &err)))
        return raise_error(L, &err);
    for (size_t k = 0; k < count; k++) code[k]++;
    lua_createtable(L, (int)known, 0);
    for (size_t k = 0; k < known; k++) {
        lua_pushstring(L, names[k]);
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    return 2;
}

/* displacements(store, key, final) -> atoms, n x 3 array; nothing where there are none */
static int displacements(lua_State *L) {
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    int64_t key = luaL_checkinteger(L, 2);
    void **memory = vtl_new_handle(L, VTL_MEMORY);
    vt_store_moves d;
    vt_error err = {0};
    if (vt_failed(vt_store_displacements(store, key, lua_toboolean(L, 3), &d, memory, &err)))
        return raise_error(L, &err);
    if (d.count == 0) return 0;
    const int64_t shape[2] = {(int64_t)d.count, 3};
    memcpy(vtl_new_array(L, VT_INT32, 1, shape)->data, d.atoms, d.count * sizeof *d.atoms);
    memcpy(vtl_new_array(L, VT_FLOAT64, 2, shape)->data, d.displacement,
           d.count * sizeof *d.displacement);
    return 2;
}

/* shapes(store, keys, final, threshold) -> { distance, largest, moved, participation, aligned } */
static int shapes(lua_State *L) {
    static const char *const names[] = {"distance", "largest", "moved", "participation", "aligned"};
    enum { FIELDS = sizeof names / sizeof *names };
    size_t count;
    bool final = lua_toboolean(L, 3);
    double threshold = luaL_checknumber(L, 4), *to[FIELDS];
    const int64_t *list = check_keys(L, &count);
    vt_store_shape *found = scratch(L, count, sizeof *found);
    const int64_t shape[1] = {(int64_t)count};
    lua_createtable(L, 0, FIELDS);
    for (int k = 0; k < FIELDS; k++) {
        to[k] = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
        lua_setfield(L, -2, names[k]);
    }
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    if (vt_failed(vt_store_shapes(store, list, count, final, threshold, found, &err)))
        return raise_error(L, &err);
    for (size_t k = 0; k < count; k++) {
        const double values[FIELDS] = {found[k].distance, found[k].largest, found[k].moved,
                                       found[k].participation, found[k].aligned};
        for (int j = 0; j < FIELDS; j++) to[j][k] = values[j];
    }
    return 1;
}

/* duplicates(store, keys, barriers, energy, distance) -> array of int64: the event, from 1, that
   each is a duplicate of, itself where it is none */
static int duplicates(lua_State *L) {
    size_t count;
    double energy = luaL_checknumber(L, 4), distance = luaL_checknumber(L, 5);
    const vt_array *barriers = vtl_check_numbers(L, 3, 1, "art: barriers");
    const int64_t *list = check_keys(L, &count);
    luaL_argcheck(L, barriers->shape[0] == (int64_t)count, 3, "one barrier an event expected");
    size_t *same = scratch(L, count, sizeof *same);
    const int64_t shape[1] = {(int64_t)count};
    int64_t *to = vtl_new_array(L, VT_INT64, 1, shape)->data;
    vt_store *store = vtl_check_handle(L, 1, VTL_STORE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    if (vt_failed(
            vt_store_duplicates(store, list, barriers->data, count, energy, distance, same, &err)))
        return raise_error(L, &err);
    for (size_t k = 0; k < count; k++) to[k] = (int64_t)same[k] + 1;
    return 1;
}

/* merge(path, from) -> added, known, different */
static int merge(lua_State *L) {
    const char *path = vtl_check_path(L, 1), *from = vtl_check_path(L, 2);
    vt_store_merged merged;
    vtl_interrupt_arm(L);
    vt_error err = {0};
    if (vt_failed(vt_store_merge(path, from, &merged, &err))) return raise_error(L, &err);
    lua_pushinteger(L, (lua_Integer)merged.added);
    lua_pushinteger(L, (lua_Integer)merged.known);
    lua_pushinteger(L, (lua_Integer)merged.different);
    return 3;
}

/* network(path) -> name of the file system, or nil */
static int network(lua_State *L) {
    lua_pushstring(L, vt_store_network(vtl_check_path(L, 1)));
    return 1;
}

/* pause(seconds): while other processes work. Ctrl-C ends it. */
static int pause_a_moment(lua_State *L) {
    double until = vt_clock() + luaL_checknumber(L, 1);
    const struct timespec moment = {0, 5000000};
    vtl_interrupt_arm(L);
    while (vt_clock() < until && !vt_interrupted()) nanosleep(&moment, NULL);
    vt_error err = {0};
    if (vt_interrupted()) {
        vt_fail_interrupted(&err);
        return raise_error(L, &err);
    }
    return 0;
}

static const luaL_Reg FUNCTIONS[] = {{"create", create},
                                     {"open", open_store},
                                     {"close", close_store},
                                     {"facts", facts},
                                     {"atoms", store_atoms},
                                     {"plan", plan},
                                     {"claim", claim},
                                     {"add", add},
                                     {"flush", flush},
                                     {"keys", keys},
                                     {"column", column},
                                     {"reasons", reasons},
                                     {"displacements", displacements},
                                     {"shapes", shapes},
                                     {"duplicates", duplicates},
                                     {"merge", merge},
                                     {"network", network},
                                     {"pause", pause_a_moment},
                                     {NULL, NULL}};

/* `columns`: names of those with numbers; `available`: whether this build has stores. */
static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    lua_newtable(L);
    for (int k = 0; vt_store_columns[k] != NULL; k++) {
        lua_pushstring(L, vt_store_columns[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "columns");
    lua_pushboolean(L, vt_store_available());
    lua_setfield(L, -2, "available");
    return 1;
}

VTL_OPENER(store) {
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", store_gc}, {NULL, NULL}};
    vtl_new_type(L, VTL_STORE, none, meta);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.store_core");
    lua_pop(L, 1);
}

/* The module "vitrum.train_core", on which lua/vitrum/learn/network.lua stands. */
#include <stdio.h>
#include <string.h>

#include "l_atoms.h"
#include "vitrum/io.h"
#include "vitrum/train.h"

#define TRAINING "vitrum.Training"
#define READING  "vitrum.TrainingFile"

static int training_gc(lua_State *L) {
    vt_training_destroy(vtl_take_handle(L, TRAINING));
    return 0;
}

/* What is open while Lua may raise. */
typedef struct {
    vt_reader *reader;
    vt_frame frame;
} reading;

static int reading_gc(lua_State *L) {
    reading *r = vtl_take_handle(L, READING);
    if (r == NULL) return 0;
    vt_reader_close(r->reader);
    vt_frame_clear(&r->frame);
    vt_free(r);
    return 0;
}

static vt_training *check_training(lua_State *L) {
    return vtl_check_handle(L, 1, TRAINING);
}

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_integer(lua_State *L, const char *key, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

/* ---------------------------------------------------------------- start ---- */

/* Symbols in the list at `index`, with the masses of the elements. */
static void read_species(lua_State *L, int index, const char *where, vt_train_options *o) {
    luaL_checktype(L, index, LUA_TTABLE);
    size_t n = lua_rawlen(L, index);
    luaL_argcheck(L, n >= 1 && n <= VT_MAX_SPECIES, index, "some species expected");
    o->species_count = (int)n;
    for (size_t k = 0; k < n; k++) {
        lua_rawgeti(L, index, (lua_Integer)k + 1);
        const char *symbol = luaL_checkstring(L, -1);
        snprintf(o->species[k].symbol, sizeof o->species[k].symbol, "%s", symbol);
        o->species[k].mass = vt_element_mass(symbol);
        if (!(o->species[k].mass > 0))
            vtl_error(L, "%s: '%s' is no element: its mass is not known", where, symbol);
        lua_pop(L, 1);
    }
}

static void read_layers(lua_State *L, int index, vt_train_options *o) {
    luaL_checktype(L, index, LUA_TTABLE);
    size_t n = lua_rawlen(L, index);
    luaL_argcheck(L, n <= VT_TRAIN_LAYERS, index, "at most 8 layers expected");
    o->layers = (int)n;
    for (size_t k = 0; k < n; k++) {
        lua_rawgeti(L, index, (lua_Integer)k + 1);
        lua_Integer width = luaL_checkinteger(L, -1);
        luaL_argcheck(L, width >= 1 && width <= 256, index, "1 to 256 numbers expected");
        o->width[k] = (int)width;
        lua_pop(L, 1);
    }
}

/* create(where, species, n_max, l_max, cutoff, layers, activation, seed, energy_weight,
   force_weight, penalty) -> training */
static int create(lua_State *L) {
    lua_settop(L, 11);
    const char *where = luaL_checkstring(L, 1);
    vt_train_options o = vt_train_defaults();
    read_species(L, 2, where, &o);
    lua_Integer n = luaL_checkinteger(L, 3), l = luaL_checkinteger(L, 4);
    luaL_argcheck(L, n >= 0 && n <= VT_CHEBYSHEV_MAX_N, 3, "0 to 15 expected");
    luaL_argcheck(L, l >= 0 && l <= VT_CHEBYSHEV_MAX_L, 4, "0 to 16 expected");
    o.descriptor = (vt_chebyshev){(int)n, (int)l, luaL_checknumber(L, 5)};
    read_layers(L, 6, &o);
    o.activation = luaL_checkstring(L, 7);
    o.seed = (uint64_t)luaL_checkinteger(L, 8);
    o.energy_weight = luaL_checknumber(L, 9);
    o.force_weight = luaL_checknumber(L, 10);
    o.penalty = luaL_checknumber(L, 11);
    void **handle = vtl_new_handle(L, TRAINING);
    vt_error err = {0};
    *handle = vt_training_create(&o, &err);
    if (*handle == NULL) return vtl_error(L, "%s: %s", where, err.msg);
    return 1;
}

/* ---------------------------------------------------------------- samples ---- */

/* The group that a frame says it is of, "" if it does not. `whole`: it is one that nothing may
   divide, such as a trajectory, and not a kind of frames. */
static const char *group_of(const vt_frame *frame, bool *whole) {
    static const char *const NAMES[] = {"group", "config_type", "tag"};
    for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) {
        const vt_values *v = vt_frame_info(frame, NAMES[k]);
        *whole = k == 0;
        if (v != NULL && v->kind == VT_VALUE_TEXT && v->rows == 0 && v->columns == 1)
            return v->text;
    }
    *whole = false;
    return "";
}

static void push_frame(lua_State *L, const vt_frame *frame) {
    bool whole;
    lua_createtable(L, 0, 5);
    set_integer(L, "atoms", (int64_t)frame->atoms->count);
    set_number(L, "energy", frame->energy);
    lua_pushboolean(L, frame->has_forces);
    lua_setfield(L, -2, "forces");
    lua_pushstring(L, group_of(frame, &whole));
    lua_setfield(L, -2, "group");
    lua_pushboolean(L, whole);
    lua_setfield(L, -2, "whole");
}

/* read(training, where, path, need_forces) -> list of what each frame is, which all are samples
   now */
static int read_samples(lua_State *L) {
    vt_training *t = check_training(L);
    const char *where = luaL_checkstring(L, 2), *path = vtl_check_path(L, 3);
    bool need_forces = lua_toboolean(L, 4);
    void **box = vtl_new_handle(L, READING);
    reading *r = *box = vt_alloc(1, sizeof *r);
    vt_read_options options = vt_read_defaults();
    vt_error err = {0};
    if (r == NULL) return vtl_error(L, "%s: out of memory", where);
    lua_newtable(L);
    vtl_interrupt_arm(L);
    r->reader = vt_reader_open(path, &options, &err);
    if (r->reader == NULL) return vtl_error(L, "%s: %s", where, err.msg);
    const vt_frame *frame = &r->frame;
    for (lua_Integer k = 1;; k++) {
        vt_status st = vt_reader_next(r->reader, &r->frame, &err);
        if (vt_failed(st)) return vtl_error(L, "%s: %s", where, err.msg);
        if (st == VT_DONE) return 1;
        if (!frame->has_energy)
            return vtl_error(L,
                             "%s: %s: frame %I has no energy; its comment line must say energy=... "
                             "(eV, of all atoms together)",
                             where, path, k);
        if (need_forces && !frame->has_forces)
            return vtl_error(
                L,
                "%s: %s: frame %I has no forces; give the column forces:R:3 (eV/A), or "
                "learn energies alone with force_weight = 0",
                where, path, k);
        if (vt_failed(vt_training_add(t, frame->atoms, frame->energy, frame->has_forces, &err)))
            return vtl_error(L, "%s: %s: frame %I: %s", where, path, k, err.msg);
        push_frame(L, frame);
        lua_rawseti(L, -2, k);
    }
}

/* formation(training) -> list: energy per atom of each sample less the linear fit on the
   composition */
static int formation(lua_State *L) {
    const vt_training *t = check_training(L);
    const int64_t n = (int64_t)vt_training_samples(t);
    double *out = vtl_new_array(L, VT_FLOAT64, 1, &n)->data;
    vt_training_formation(t, out);
    return 1;
}

/* assign(training, where, sets): 1, 2, 3 or 4 (none) for each sample; then all is ready */
static int assign(lua_State *L) {
    vt_training *t = check_training(L);
    const char *where = luaL_checkstring(L, 2);
    const vt_array *sets = vtl_check_numbers(L, 3, 1, "sets");
    size_t n = vt_training_samples(t);
    luaL_argcheck(L, (size_t)sets->shape[0] == n, 3, "a number for each sample expected");
    vt_error err = {0};
    for (size_t k = 0; k < n; k++) {
        double set = ((const double *)sets->data)[k];
        luaL_argcheck(L, set >= 1 && set <= VT_SETS, 3, "1 to 4 expected");
        if (vt_failed(vt_training_assign(t, k, (vt_train_set)((int)set - 1), &err)))
            return vtl_error(L, "%s: %s", where, err.msg);
    }
    vtl_interrupt_arm(L);
    if (vt_failed(vt_training_start(t, &err))) return vtl_error(L, "%s: %s", where, err.msg);
    return 0;
}

/* ---------------------------------------------------------------- steps ---- */

/* run(training, where, steps) -> "done" or "continue", report */
static int run(lua_State *L) {
    vt_training *t = check_training(L);
    const char *where = luaL_checkstring(L, 2);
    int64_t steps = luaL_checkinteger(L, 3);
    vt_train_report report = {0};
    vt_error err = {0};
    vtl_interrupt_arm(L);
    vt_status st = vt_training_run(t, steps, &report, &err);
    if (vt_failed(st)) return vtl_error(L, "%s: %s", where, err.msg);
    lua_pushstring(L, st == VT_DONE ? "done" : "continue");
    lua_createtable(L, 0, 4);
    set_integer(L, "steps", report.steps);
    set_integer(L, "evaluations", report.evaluations);
    set_number(L, "loss", report.loss);
    set_number(L, "gradient", report.gradient);
    return 2;
}

/* errors(training, where) -> { train =, stop =, test = } */
static int errors(lua_State *L) {
    static const char *const NAME[] = {"train", "stop", "test"};
    vt_training *t = check_training(L);
    const char *where = luaL_checkstring(L, 2);
    vt_train_errors all[VT_SETS];
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_training_errors(t, all, &err))) return vtl_error(L, "%s: %s", where, err.msg);
    lua_createtable(L, 0, 3);
    for (int s = 0; s < 3; s++) {
        if (all[s].samples == 0) continue;
        lua_createtable(L, 0, 6);
        set_integer(L, "samples", (int64_t)all[s].samples);
        set_number(L, "energy", all[s].energy_rmse);
        set_number(L, "energy_mae", all[s].energy_mae);
        if (all[s].forces > 0) {
            set_number(L, "force", all[s].force_rmse);
            set_number(L, "force_mae", all[s].force_mae);
        }
        lua_setfield(L, -2, NAME[s]);
    }
    return 1;
}

/* predict(training, where) -> energies per atom, forces (atoms of all samples x 3) */
static int predict(lua_State *L) {
    vt_training *t = check_training(L);
    const char *where = luaL_checkstring(L, 2);
    const int64_t n = (int64_t)vt_training_samples(t);
    const int64_t shape[2] = {(int64_t)vt_training_atoms(t), 3};
    double *energy = vtl_new_array(L, VT_FLOAT64, 1, &n)->data;
    double *force = vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_training_predict(t, energy, force, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    return 2;
}

/* keep(training): remember the present network; recall(training): take it up again */
static int keep(lua_State *L) {
    vt_error err = {0};
    if (vt_failed(vt_training_keep(check_training(L), &err))) vtl_raise(L, &err);
    return 0;
}

static int recall(lua_State *L) {
    vt_training_recall(check_training(L));
    return 0;
}

/* state(training, where) -> bytes of all that the next steps depend on; restore(training, where,
   bytes) */
static int state(lua_State *L) {
    vt_training *t = check_training(L);
    const char *where = luaL_checkstring(L, 2);
    void **box = vtl_new_handle(L, VTL_MEMORY);
    size_t bytes;
    vt_error err = {0};
    if (vt_failed(vt_training_state(t, box, &bytes, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    lua_pushlstring(L, *box, bytes);
    return 1;
}

static int restore(lua_State *L) {
    vt_training *t = check_training(L);
    const char *where = luaL_checkstring(L, 2);
    size_t bytes;
    const char *data = luaL_checklstring(L, 3, &bytes);
    vt_error err = {0};
    if (vt_failed(vt_training_restore(t, data, bytes, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    return 0;
}

/* describe(training) -> { samples =, atoms =, bytes =, parameters =, reference = { ... } } */
static int describe(lua_State *L) {
    const vt_training *t = check_training(L);
    lua_createtable(L, 0, 5);
    set_integer(L, "samples", (int64_t)vt_training_samples(t));
    set_integer(L, "atoms", (int64_t)vt_training_atoms(t));
    set_integer(L, "bytes", (int64_t)vt_training_bytes(t));
    set_integer(L, "parameters", (int64_t)vt_training_parameters(t));
    return 1;
}

/* potential(training) -> Potential */
static int potential(lua_State *L) {
    const vt_training *t = check_training(L);
    vtl_potential *box = vtl_new_potential(L);
    vt_error err = {0};
    vtl_complete_potential(L, box, vt_training_potential(t, &err), &err);
    return 1;
}

/* text(potential) -> the text of its file */
static int text(lua_State *L) {
    const vt_potential *p = vtl_check_potential(L, 1);
    void **box = vtl_new_handle(L, VTL_MEMORY);
    vt_error err = {0};
    *box = vt_potential_network_text(p, &err);
    if (*box == NULL) vtl_raise(L, &err);
    lua_pushstring(L, *box);
    return 1;
}

static void set_table(lua_State *L, const char *name, const double *value, size_t rows,
                      size_t columns) {
    const int64_t shape[2] = {(int64_t)rows, (int64_t)columns};
    memcpy(vtl_new_array(L, VT_FLOAT64, 2, shape)->data, value, rows * columns * sizeof *value);
    lua_setfield(L, -2, name);
}

/* range(potential) -> { n_max =, l_max =, rmax =, low =, high =, deviation = }, nil where it is no
   network */
static int range(lua_State *L) {
    vt_network_range r;
    if (!vt_potential_network_range(vtl_check_potential(L, 1), &r)) return 0;
    lua_createtable(L, 0, 6);
    set_integer(L, "n_max", r.n_max);
    set_integer(L, "l_max", r.l_max);
    set_number(L, "rmax", r.cutoff);
    set_table(L, "low", r.low, r.species, r.inputs);
    set_table(L, "high", r.high, r.species, r.inputs);
    set_table(L, "deviation", r.deviation, r.species, r.inputs);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {
    {"create", create}, {"read", read_samples}, {"formation", formation}, {"assign", assign},
    {"run", run},       {"errors", errors},     {"predict", predict},     {"keep", keep},
    {"recall", recall}, {"describe", describe}, {"potential", potential}, {"text", text},
    {"range", range},   {"state", state},       {"restore", restore},     {NULL, NULL}};

static int open_module(lua_State *L) {
    vt_train_options o = vt_train_defaults();
    luaL_newlib(L, FUNCTIONS);
    lua_createtable(L, 0, 3);
    set_number(L, "energy_weight", o.energy_weight);
    set_number(L, "force_weight", o.force_weight);
    set_number(L, "penalty", o.penalty);
    lua_setfield(L, -2, "defaults");
    return 1;
}

VTL_OPENER(train) {
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg training[] = {{"__gc", training_gc}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", reading_gc}, {NULL, NULL}};
    vtl_new_type(L, TRAINING, none, training);
    vtl_new_type(L, READING, none, meta);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.train_core");
    lua_pop(L, 1);
}

/* The Lattice userdata: making, loading, running, looking. What is built on it (tension, pictures,
   files of samples) is in lua/vitrum/stz.lua. */
#include "vitrum/stz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vitrum/io.h"
#include "vitrum/units.h"
#include "vtl.h"

#define VTL_LATTICE "vitrum.Lattice"

enum { NOTE = 1 }; /* uservalue */

typedef struct {
    vt_stz *lattice;
} vtl_lattice;

static const double NM3 = 1000; /* angstrom^3 */

/* ---------------------------------------------------------------- life ---- */

static vtl_lattice *new_lattice(lua_State *L) {
    vtl_lattice *self = lua_newuserdatauv(L, sizeof *self, 1);
    self->lattice = NULL;
    luaL_setmetatable(L, VTL_LATTICE);
    return self;
}

static vt_stz *check_lattice(lua_State *L, int index) {
    vtl_lattice *self = luaL_checkudata(L, index, VTL_LATTICE);
    if (self->lattice == NULL) vtl_error(L, "this lattice is closed");
    return self->lattice;
}

static int lattice_close(lua_State *L) {
    vtl_lattice *self = luaL_checkudata(L, 1, VTL_LATTICE);
    vt_stz_destroy(self->lattice);
    self->lattice = NULL;
    return 0;
}

/* ---------------------------------------------------------------- making ---- */

static const char *const PLANES[] = {"stress", "strain", NULL};
static const char *const ENGINES[] = {"fast", "plain", NULL};

typedef struct {
    double mean, width;
} barrier_options;

typedef struct {
    double permanent, temporary, maximum, start, recovery_barrier, mises_factor;
} softening_options;

typedef struct {
    int64_t n, modes;
    uint64_t seed;
    double eigenstrain, volume, temperature, attempt_frequency, young, poisson, strain_step;
    double slack;
    int plane, engine;
} lattice_options;

static const vtl_option BARRIER_OPTIONS[] = {
    {"mean", VTL_NUMBER, offsetof(barrier_options, mean), "eV", "mean (Delta F*)", NULL},
    {"width", VTL_NONNEGATIVE, offsetof(barrier_options, width), "eV", "standard deviation", NULL},
    {0}};

#define SOFT(member) offsetof(softening_options, member)

static const vtl_option SOFTENING_OPTIONS[] = {
    {"permanent", VTL_NONNEGATIVE, SOFT(permanent), "-", "kappa_p of eq. 11", NULL},
    {"temporary", VTL_NONNEGATIVE, SOFT(temporary), "-", "kappa_t of eq. 12", NULL},
    {"maximum", VTL_NONNEGATIVE, SOFT(maximum), "-", "eta_max of the permanent part", NULL},
    {"start", VTL_NONNEGATIVE, SOFT(start), "-", "permanent part of every site at the start", NULL},
    {"recovery_barrier", VTL_NONNEGATIVE, SOFT(recovery_barrier), "eV", "Q_act of eq. 9", NULL},
    {"mises_factor", VTL_POSITIVE, SOFT(mises_factor), "-",
     "the squared Mises strain is this times e1^2 + e3^2", NULL},
    {0}};

#define LATTICE(member) offsetof(lattice_options, member)

static const vtl_option LATTICE_OPTIONS[] = {
    {"n", VTL_COUNT, LATTICE(n), "-", "sites along a side, a multiple of 8 from 16 to 4096", NULL},
    {"modes", VTL_COUNT, LATTICE(modes), "-", "transformations of a site", NULL},
    {"seed", VTL_SEED, LATTICE(seed), "-", "of all random numbers", NULL},
    {"barrier", VTL_VALUE, 0, "eV", "{ mean = 2.0, width = 0.25 }: the spectrum of barriers", NULL},
    {"landscape", VTL_VALUE, 0, "-",
     "a file or table with barriers and softening, see vt.stz.landscape", NULL},
    {"softening", VTL_VALUE, 0, "-",
     "{ permanent = 13, temporary = 39, maximum = -math.log(0.6), start = 0, recovery_barrier = "
     "0.37 [eV], mises_factor = 1 }",
     NULL},
    {"eigenstrain", VTL_NONNEGATIVE, LATTICE(eigenstrain), "-",
     "standard deviation of both components of a mode", NULL},
    {"volume", VTL_NONNEGATIVE, LATTICE(volume), "nm^3", "of a zone", NULL},
    {"temperature", VTL_NUMBER, LATTICE(temperature), "K", "0: athermal events alone", NULL},
    {"attempt_frequency", VTL_POSITIVE, LATTICE(attempt_frequency), "1/s", "nu0", NULL},
    {"young", VTL_POSITIVE, LATTICE(young), "GPa", "Young's modulus", NULL},
    {"poisson", VTL_NUMBER, LATTICE(poisson), "-", "Poisson's ratio", NULL},
    {"plane", VTL_CHOICE, LATTICE(plane), "-", "plane stress or plane strain", PLANES},
    {"strain_step", VTL_POSITIVE, LATTICE(strain_step), "-",
     "largest strain between two looks at the rates; subdivided where the stress would change "
     "barriers by more than kT",
     NULL},
    {"engine", VTL_CHOICE, LATTICE(engine), "-",
     "fast, or plain: everything anew after every event", ENGINES},
    {"slack", VTL_POSITIVE, LATTICE(slack), "-",
     "of the fast engine: share of events drawn in vain that it may risk, at most 1; for its speed "
     "alone, the statistics are exact with any",
     NULL},
    {0}};

static barrier_options barrier_defaults;
static softening_options softening_defaults;
static lattice_options lattice_defaults;

static void set_defaults(void) {
    vt_stz_options d = vt_stz_defaults();
    barrier_defaults = (barrier_options){d.barrier_mean, d.barrier_width};
    softening_defaults = (softening_options){d.permanent,       d.temporary,        d.softening_max,
                                             d.softening_start, d.recovery_barrier, d.mises_factor};
    lattice_defaults = (lattice_options){.n = d.n,
                                         .modes = d.modes,
                                         .seed = d.seed,
                                         .eigenstrain = d.eigenstrain,
                                         .volume = d.volume / NM3,
                                         .temperature = d.temperature,
                                         .attempt_frequency = d.attempt_frequency / VT_SECONDS,
                                         .young = d.elastic.young * VT_GPA,
                                         .poisson = d.elastic.poisson,
                                         .strain_step = d.strain_step,
                                         .slack = d.slack};
}

/* Options in the table under `key` of the options at 1. */
static void nested(lua_State *L, const char *key, const char *where, const vtl_option *table,
                   void *target) {
    if (!lua_istable(L, 1)) return;
    lua_getfield(L, 1, key);
    vtl_options(L, -1, where, table, target);
    lua_pop(L, 1);
}

/* stz.make{ ... } -> Lattice; lua/vitrum/stz.lua has put the landscape into the options */
static int make_lattice(lua_State *L) {
    lattice_options o = lattice_defaults;
    barrier_options barrier = barrier_defaults;
    softening_options softening = softening_defaults;
    vtl_options(L, 1, "stz.lattice", LATTICE_OPTIONS, &o);
    nested(L, "barrier", "stz.lattice: barrier", BARRIER_OPTIONS, &barrier);
    nested(L, "softening", "stz.lattice: softening", SOFTENING_OPTIONS, &softening);
    vt_stz_options options = {.n = o.n,
                              .modes = o.modes,
                              .seed = o.seed,
                              .barrier_mean = barrier.mean,
                              .barrier_width = barrier.width,
                              .eigenstrain = o.eigenstrain,
                              .volume = o.volume * NM3,
                              .temperature = o.temperature,
                              .attempt_frequency = o.attempt_frequency * VT_SECONDS,
                              .permanent = softening.permanent,
                              .temporary = softening.temporary,
                              .softening_max = softening.maximum,
                              .softening_start = softening.start,
                              .recovery_barrier = softening.recovery_barrier,
                              .mises_factor = softening.mises_factor,
                              .strain_step = o.strain_step,
                              .elastic = {o.young / VT_GPA, o.poisson, o.plane == 1},
                              .engine = o.engine == 1 ? VT_STZ_PLAIN : VT_STZ_FAST,
                              .slack = o.slack};
    vt_error err = {0};
    vtl_lattice *self = new_lattice(L);
    self->lattice = vt_stz_create(&options, &err);
    if (self->lattice == NULL) return vtl_error(L, "stz.lattice: %s", err.msg);
    vtl_gc_hint(L, (size_t)vt_stz_memory(&options));
    return 1;
}

/* ---------------------------------------------------------------- running ---- */

static const char *const COMPONENTS[] = {"xx", "yy", "xy"};

/* Numbers by component from the table under `key` of the options at 2. */
static void read_components(lua_State *L, const char *key, double value[3], bool given[3]) {
    if (lua_getfield(L, 2, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1))
        vtl_error(L, "Lattice:set_load: option '%s' must be a table { xx = ..., }, got a %s", key,
                  luaL_typename(L, -1));
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        int k = 0;
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        while (k < 3 && strcmp(name, COMPONENTS[k]) != 0) k++;
        if (k == 3 || lua_type(L, -1) != LUA_TNUMBER)
            vtl_error(L, "Lattice:set_load: '%s' has numbers for xx, yy and xy", key);
        value[k] = lua_tonumber(L, -1);
        given[k] = true;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

typedef struct {
    double strain_rate;
} load_options;

static const vtl_option LOAD_OPTIONS[] = {
    {"strain_rate", VTL_POSITIVE, offsetof(load_options, strain_rate), "1/s",
     "of the loading parameter", NULL},
    {"strain", VTL_VALUE, 0, "-",
     "{ xx = 1 }: tensor strains that follow the parameter, and by how much", NULL},
    {"stress", VTL_VALUE, 0, "GPa", "{ yy = 0, xy = 0 }: mean stresses that are held", NULL},
    {0}};

/* lat:set_load{ strain_rate =, strain =, stress = } -> lat */
static int lattice_set_load(lua_State *L) {
    vt_stz *s = check_lattice(L, 1);
    load_options o = {NAN};
    vtl_options(L, 2, "Lattice:set_load", LOAD_OPTIONS, &o);
    luaL_checktype(L, 2, LUA_TTABLE);
    if (isnan(o.strain_rate)) vtl_error(L, "Lattice:set_load: give the strain_rate [1/s]");
    vt_stz_load load = {.strain_rate = o.strain_rate * VT_SECONDS};
    bool driven[3] = {false, false, false};
    read_components(L, "strain", load.direction, driven);
    read_components(L, "stress", load.stress, load.held);
    for (int k = 0; k < 3; k++) {
        load.stress[k] /= VT_GPA;
        if (driven[k] && load.held[k])
            vtl_error(L, "Lattice:set_load: %s is in both strain and stress; it can follow one",
                      COMPONENTS[k]);
    }
    vt_error err = {0};
    if (vt_failed(vt_stz_set_load(s, &load, &err)))
        return vtl_error(L, "Lattice:set_load: %s", err.msg);
    lua_settop(L, 1);
    return 1;
}

typedef struct {
    double strain, plastic, pause, seconds;
    int64_t steps;
} advance_options;

static const advance_options ADVANCE_DEFAULTS = {NAN, NAN, NAN, NAN, 0};

static const vtl_option ADVANCE_OPTIONS[] = {
    {"strain", VTL_NONNEGATIVE, offsetof(advance_options, strain), "-",
     "loading parameter to reach", NULL},
    {"plastic", VTL_NONNEGATIVE, offsetof(advance_options, plastic), "-",
     "plastic part of it to reach", NULL},
    {"pause", VTL_POSITIVE, offsetof(advance_options, pause), "-",
     "loading parameter at which to return between two steps; unlike `strain` it changes no step",
     NULL},
    {"steps", VTL_COUNT, offsetof(advance_options, steps), "-", "most steps to do", NULL},
    {"seconds", VTL_POSITIVE, offsetof(advance_options, seconds), "s", "most wall time to spend",
     NULL},
    {0}};

/* lat:advance{ strain =, plastic =, pause =, steps =, seconds = } -> true when a strain was reached
 */
static int lattice_advance(lua_State *L) {
    vt_stz *s = check_lattice(L, 1);
    advance_options o = ADVANCE_DEFAULTS;
    vtl_options(L, 2, "Lattice:advance", ADVANCE_OPTIONS, &o);
    if (isnan(o.strain) && isnan(o.plastic) && isnan(o.pause) && o.steps == 0)
        return vtl_error(L, "Lattice:advance: how far? give strain, plastic or steps");
    vt_stz_goal goal = {isnan(o.strain) ? INFINITY : o.strain,
                        isnan(o.plastic) ? INFINITY : o.plastic, 0, isnan(o.pause) ? 0 : o.pause};
    int64_t left = o.steps > 0 ? o.steps : INT64_MAX;
    double start = vt_clock();
    vt_error err = {0};
    vt_status status = VT_CONTINUE;
    do { /* in short runs, to look at the clock */
        goal.steps = left < 16 ? left : 16;
        left -= goal.steps;
        status = vt_stz_run(s, &goal, &err);
    } while (status == VT_CONTINUE && left > 0 &&
             !(goal.pause > 0 && vt_stz_get_state(s).parameter >= goal.pause) &&
             !(vt_clock() - start >= (isnan(o.seconds) ? INFINITY : o.seconds)));
    if (status == VT_EINTERRUPT)
        return vtl_error(L, "interrupted; the lattice is valid, the same call goes on");
    if (vt_failed(status)) return vtl_error(L, "Lattice:advance: %s", err.msg);
    lua_pushboolean(L, status == VT_DONE);
    return 1;
}

/* ---------------------------------------------------------------- looking ---- */

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_tensor(lua_State *L, const char *key, const double value[3], double unit) {
    lua_createtable(L, 0, 3);
    for (int k = 0; k < 3; k++) set_number(L, COMPONENTS[k], value[k] * unit);
    lua_setfield(L, -2, key);
}

static int lattice_state(lua_State *L) {
    vt_stz_state t = vt_stz_get_state(check_lattice(L, 1));
    lua_createtable(L, 0, 20);
    set_number(L, "time", t.time * VT_SECONDS);
    set_number(L, "strain", t.parameter);
    set_number(L, "stress", t.load_stress * VT_GPA);
    set_number(L, "plastic", t.plastic);
    set_tensor(L, "mean_strain", t.strain, 1);
    set_tensor(L, "mean_stress", t.stress, VT_GPA);
    static const char *const KINDS[] = {"elastic_steps", "thermal_steps", "athermal_steps"};
    for (int k = 0; k < VT_STZ_STEP_KINDS; k++) {
        lua_pushinteger(L, (lua_Integer)t.steps[k]);
        lua_setfield(L, -2, KINDS[k]);
    }
    lua_pushinteger(L, (lua_Integer)t.transformations);
    lua_setfield(L, -2, "transformations");
    set_number(L, "work", t.work * VT_GPA);
    set_number(L, "dissipated", t.dissipated * VT_GPA);
    set_number(L, "peak_stress", t.peak_stress * VT_GPA);
    set_number(L, "peak_strain", t.peak_parameter);
    lua_pushinteger(L, (lua_Integer)t.avalanches);
    lua_setfield(L, -2, "avalanches");
    lua_pushinteger(L, (lua_Integer)t.largest_avalanche);
    lua_setfield(L, -2, "largest_avalanche");
    return 1;
}

static int lattice_last(lua_State *L) {
    vt_stz_event e = vt_stz_last_event(check_lattice(L, 1));
    static const char *const KINDS[] = {"elastic", "thermal", "athermal"};
    lua_createtable(L, 0, 8);
    lua_pushstring(L, KINDS[e.kind]);
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, e.sites);
    lua_setfield(L, -2, "sites");
    if (e.sites > 0) {
        lua_pushinteger(L, e.x + 1);
        lua_setfield(L, -2, "x");
        lua_pushinteger(L, e.y + 1);
        lua_setfield(L, -2, "y");
        lua_pushinteger(L, e.mode + 1);
        lua_setfield(L, -2, "mode");
    }
    set_number(L, "waiting", e.waiting * VT_SECONDS);
    set_number(L, "rate", e.rate / VT_SECONDS);
    set_number(L, "excess", e.excess / VT_SECONDS);
    return 1;
}

static double *push_field(lua_State *L, const vt_stz *s) {
    int64_t shape[2] = {vt_stz_settings(s)->n, vt_stz_settings(s)->n};
    return vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
}

/* lat:field(name) -> n x n array, row 1 at the bottom */
static int lattice_field(lua_State *L) {
    vt_stz *s = check_lattice(L, 1);
    const char *name = luaL_checkstring(L, 2), *names[VT_STZ_FIELDS];
    for (int k = 0; k < VT_STZ_FIELDS; k++) {
        names[k] = vt_stz_field_name((vt_stz_field)k);
        if (strcmp(name, names[k]) != 0) continue;
        double *out = push_field(L, s);
        vt_error err = {0};
        if (vt_failed(vt_stz_get_field(s, (vt_stz_field)k, out, &err)))
            return vtl_error(L, "Lattice:field: %s", err.msg);
        return 1;
    }
    const char *near = vtl_nearest(name, names, VT_STZ_FIELDS, sizeof *names);
    if (near != NULL)
        return vtl_error(L, "Lattice:field: unknown field '%s'; did you mean '%s'?", name, near);
    return vtl_error(L,
                     "Lattice:field: unknown field '%s'; there are von_mises, eigen_1, eigen_3, "
                     "generation, softening, permanent, barrier",
                     name);
}

/* Push { xx, yy, xy } of local stress [GPa] or strain. */
static void push_tensor_fields(lua_State *L, vt_stz *s, bool stress) {
    vt_error err = {0};
    double *out[3];
    size_t sites = (size_t)vt_stz_settings(s)->n * (size_t)vt_stz_settings(s)->n;
    lua_createtable(L, 0, 3);
    for (int k = 0; k < 3; k++) {
        out[k] = push_field(L, s);
        lua_setfield(L, -2, COMPONENTS[k]);
    }
    vt_status status = stress ? vt_stz_get_stress(s, out[0], out[1], out[2], &err)
                              : vt_stz_get_strain(s, out[0], out[1], out[2], &err);
    if (vt_failed(status)) vtl_error(L, "Lattice: %s", err.msg);
    for (int k = 0; k < 3 && stress; k++)
        for (size_t i = 0; i < sites; i++) out[k][i] *= VT_GPA;
}

/* lat:barriers(loaded) -> array of n x n x modes [eV] */
static int lattice_barriers(lua_State *L) {
    vt_stz *s = check_lattice(L, 1);
    const vt_stz_options *o = vt_stz_settings(s);
    bool loaded = lua_toboolean(L, 2) != 0;
    int64_t shape[3] = {o->n, o->n, o->modes};
    double *out = vtl_new_array(L, VT_FLOAT64, 3, shape)->data;
    vt_error err = {0};
    if (vt_failed(vt_stz_get_barriers(s, loaded, out, &err)))
        return vtl_error(L, "Lattice:barriers: %s", err.msg);
    return 1;
}

static int lattice_avalanches(lua_State *L) {
    size_t count;
    const int32_t *sizes = vt_stz_avalanches(check_lattice(L, 1), &count);
    int64_t shape = (int64_t)count;
    int32_t *out = vtl_new_array(L, VT_INT32, 1, &shape)->data;
    if (count > 0) memcpy(out, sizes, count * sizeof *out);
    return 1;
}

static int lattice_energy(lua_State *L) {
    vt_stz *s = check_lattice(L, 1);
    double energy;
    vt_error err = {0};
    if (vt_failed(vt_stz_elastic_energy(s, &energy, &err)))
        return vtl_error(L, "Lattice:energy: %s", err.msg);
    lua_pushnumber(L, energy * VT_GPA);
    return 1;
}

/* ---------------------------------------------------------------- checkpoints ---- */

typedef struct {
    bool overwrite;
    const char *note;
} save_options;

static const save_options SAVE_DEFAULTS = {false, NULL};

static const vtl_option SAVE_OPTIONS[] = {
    {"overwrite", VTL_BOOLEAN, offsetof(save_options, overwrite), "-",
     "replace a file that this process did not write", NULL},
    {"note", VTL_STRING, offsetof(save_options, note), "-",
     "any text, given back as lat.note after vt.stz.restore", NULL},
    {0}};

/* A checkpoint is the note's length as text, a newline, the note and the packed lattice. */
static vt_status write_checkpoint(const vt_stz *s, const char *path, bool overwrite,
                                  const char *note, vt_error *err) {
    size_t bytes;
    void *data = vt_stz_pack(s, &bytes, err);
    if (data == NULL) return VT_ENOMEM;
    vt_output *out = vt_output_create(path, overwrite, err);
    vt_status status = out != NULL ? VT_OK : VT_EIO;
    if (status == VT_OK) {
        status = vt_output_print(out, err, "%zu\n", strlen(note));
        if (!vt_failed(status)) status = vt_output_write(out, note, strlen(note), err);
        if (!vt_failed(status)) status = vt_output_write(out, data, bytes, err);
        if (vt_failed(status))
            vt_output_discard(out);
        else
            status = vt_output_commit(out, err);
    }
    vt_free(data);
    return status;
}

/* lat:save(path, { overwrite =, note = }) -> lat */
static int lattice_save(lua_State *L) {
    vt_stz *s = check_lattice(L, 1);
    const char *path = luaL_checkstring(L, 2);
    save_options o = SAVE_DEFAULTS;
    vtl_options(L, 3, "Lattice:save", SAVE_OPTIONS, &o);
    if (o.note != NULL) {
        lua_pushstring(L, o.note);
        lua_setiuservalue(L, 1, NOTE);
    }
    lua_getiuservalue(L, 1, NOTE);
    const char *note = lua_tostring(L, -1);
    vt_error err = {0};
    vt_status status = write_checkpoint(s, path, o.overwrite || vtl_wrote(L, path),
                                        note != NULL ? note : "", &err);
    if (vt_failed(status)) return vtl_error(L, "Lattice:save: %s", err.msg);
    vtl_note_wrote(L, path);
    lua_settop(L, 1);
    return 1;
}

/* vt.stz.restore(path) -> Lattice */
static int restore_lattice(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    vtl_interrupt_arm(L);
    lua_settop(L, 1);
    vtl_lattice *self = new_lattice(L);
    /* The file as a Lua string: nothing leaks when something raises. */
    lua_getglobal(L, "io");
    lua_getfield(L, -1, "open");
    lua_pushvalue(L, 1);
    lua_pushliteral(L, "rb");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) return vtl_error(L, "stz.restore: cannot read %s", lua_tostring(L, -1));
    lua_pop(L, 1);
    lua_getfield(L, -1, "read");
    lua_pushvalue(L, -2);
    lua_pushliteral(L, "a");
    lua_call(L, 2, 1);
    size_t bytes = 0;
    const char *data = lua_tolstring(L, -1, &bytes);
    lua_getfield(L, -2, "close");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 0);
    size_t length = 0, used = 0;
    while (data != NULL && used < bytes && used < 9 && data[used] >= '0' && data[used] <= '9')
        length = length * 10 + (size_t)(data[used++] - '0');
    if (used == 0 || used >= bytes || data[used] != '\n' || length > bytes - used - 1)
        return vtl_error(L, "stz.restore: %s is no checkpoint of a lattice", path);
    const char *note = data + used + 1, *packed = note + length;
    vt_error err = {0};
    self->lattice = vt_stz_unpack(packed, bytes - (size_t)(packed - data), &err);
    if (self->lattice == NULL) return vtl_error(L, "stz.restore: %s: %s", path, err.msg);
    lua_pushlstring(L, note, length);
    lua_setiuservalue(L, 2, NOTE);
    vtl_gc_hint(L, (size_t)vt_stz_memory(vt_stz_settings(self->lattice)));
    vtl_note_wrote(L, path);
    lua_settop(L, 2);
    return 1;
}

/* ---------------------------------------------------------------- properties ---- */

static const char *const PROPERTIES[] = {
    "n",      "modes",  "seed", "temperature", "eta_max",     "time", "engine",
    "stress", "strain", "note", "strain_rate", "strain_step", NULL};

static void push_property(lua_State *L, vt_stz *s, int k) {
    const vt_stz_options *o = vt_stz_settings(s);
    const vt_stz_load *load = vt_stz_get_load(s);
    const lua_Integer whole[] = {o->n, o->modes, (lua_Integer)o->seed};
    const double number[] = {o->temperature, o->softening_max,
                             vt_stz_get_state(s).time * VT_SECONDS};
    if (k < 3)
        lua_pushinteger(L, whole[k]);
    else if (k < 6)
        lua_pushnumber(L, number[k - 3]);
    else if (k == 6)
        lua_pushstring(L, ENGINES[o->engine == VT_STZ_PLAIN]);
    else if (k <= 8)
        push_tensor_fields(L, s, k == 7);
    else if (k == 9)
        lua_getiuservalue(L, 1, NOTE);
    else if (k == 10 && load == NULL)
        lua_pushnil(L);
    else
        lua_pushnumber(L, k == 10 ? load->strain_rate / VT_SECONDS : o->strain_step);
}

static int lattice_index(lua_State *L) {
    vtl_lattice *self = luaL_checkudata(L, 1, VTL_LATTICE);
    luaL_getmetafield(L, 1, "methods");
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 3) != LUA_TNIL) return 1;
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strncmp(key, "__", 2) == 0) return 1;
    for (int k = 0; PROPERTIES[k] != NULL; k++) {
        if (strcmp(key, PROPERTIES[k]) != 0) continue;
        if (self->lattice == NULL) return vtl_error(L, "this lattice is closed");
        push_property(L, self->lattice, k);
        return 1;
    }
    return vtl_error(L, "Lattice has no field '%s'; lat:help() lists them",
                     luaL_tolstring(L, 2, NULL));
}

static int lattice_newindex(lua_State *L) {
    vt_stz *s = check_lattice(L, 1);
    const char *key = luaL_checkstring(L, 2);
    vt_error err = {0};
    vt_status status;
    bool temperature = strcmp(key, "temperature") == 0;
    if (!temperature && strcmp(key, "eta_max") != 0)
        return vtl_error(L,
                         "of a lattice only temperature and eta_max can be set, not '%s'; the rest "
                         "is given to vt.stz.lattice",
                         key);
    if (lua_type(L, 3) != LUA_TNUMBER)
        return vtl_error(L, "Lattice: %s must be a number, got a %s", key, luaL_typename(L, 3));
    status = temperature ? vt_stz_set_temperature(s, lua_tonumber(L, 3), &err)
                         : vt_stz_set_softening_max(s, lua_tonumber(L, 3), &err);
    if (vt_failed(status)) return vtl_error(L, "Lattice: %s", err.msg);
    return 0;
}

static int lattice_tostring(lua_State *L) {
    vtl_lattice *self = luaL_checkudata(L, 1, VTL_LATTICE);
    if (self->lattice == NULL) {
        lua_pushliteral(L, "Lattice: closed");
        return 1;
    }
    const vt_stz_options *o = vt_stz_settings(self->lattice);
    vt_stz_state t = vt_stz_get_state(self->lattice);
    char text[256];
    snprintf(text, sizeof text,
             "Lattice: %lld x %lld sites, %lld modes, barriers %g +- %g eV, %g K%s, %.0f events, "
             "strain %.5g, stress %.4g GPa",
             (long long)o->n, (long long)o->n, (long long)o->modes, o->barrier_mean,
             o->barrier_width, o->temperature, o->temperature > 0 ? "" : " (athermal events alone)",
             t.transformations, t.parameter, t.load_stress * VT_GPA);
    lua_pushstring(L, text);
    return 1;
}

/* ---------------------------------------------------------------- type ---- */

static const luaL_Reg METHODS[] = {{"close", lattice_close},
                                   {"set_load", lattice_set_load},
                                   {"advance", lattice_advance},
                                   {"state", lattice_state},
                                   {"last", lattice_last},
                                   {"field", lattice_field},
                                   {"barriers", lattice_barriers},
                                   {"avalanches", lattice_avalanches},
                                   {"energy", lattice_energy},
                                   {"save", lattice_save},
                                   {NULL, NULL}};

static const luaL_Reg META[] = {{"__gc", lattice_close},          {"__close", lattice_close},
                                {"__index", lattice_index},       {"__newindex", lattice_newindex},
                                {"__tostring", lattice_tostring}, {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"stz.lattice", "vt.stz.lattice{ options } -> Lattice",
     "A periodic lattice of shear transformation zones in an elastic plane, driven by kinetic "
     "Monte "
     "Carlo: the heterogeneously randomized model of Wang et al. (2024) after Zhao, Li and Wang, "
     "Int. J. Plasticity 40, 1 (2013). The defaults are the paper's table 1; it leaves open the "
     "width of the spectrum, the volume of a zone and the attempt frequency.",
     LATTICE_OPTIONS, &lattice_defaults,
     "local lat = vt.stz.lattice{ n = 64, barrier = { mean = 2.0 }, seed = 3 }\n"
     "lat:tension{ strain_rate = 1e-4, strain = 0.05 }"},
    {"stz.restore", "vt.stz.restore(path) -> Lattice",
     "Goes on from a checkpoint: the lattice as it was, to the last bit. lat:resume() then "
     "finishes "
     "a loading that was cut short.",
     NULL, NULL, "local lat = vt.stz.restore \"shear.checkpoint\""},
    {"Lattice:set_load", "lat:set_load{ strain_rate =, strain =, stress = } -> lat",
     "What the machine does from now on: each component of the mean strain follows the loading "
     "parameter, is fixed (not named), or is free while its mean stress is held. The parameter "
     "starts from zero.",
     LOAD_OPTIONS, NULL,
     "lat:set_load{ strain_rate = 1e-4, strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }"},
    {"Lattice:advance",
     "lat:advance{ strain =, plastic =, pause =, steps =, seconds = } -> reached",
     "Goes on under the load until a strain is reached (true), or steps or wall time are used up "
     "(false).",
     ADVANCE_OPTIONS, &ADVANCE_DEFAULTS, "lat:advance{ steps = 100 }"},
    {"Lattice:state", "lat:state() -> table",
     "The whole lattice: time [s]; strain, the loading parameter; stress, its work conjugate "
     "[GPa]; "
     "plastic, the plastic part of strain; mean_strain and mean_stress by component; "
     "elastic_steps, "
     "thermal_steps, athermal_steps, transformations; work and dissipated [GJ/m^3]; peak_stress, "
     "peak_strain; avalanches, largest_avalanche.",
     NULL, NULL, "print(lat:state().stress)"},
    {"Lattice:last", "lat:last() -> table",
     "The last step: kind (elastic, thermal, athermal), sites that transformed, x, y and mode of "
     "the first, waiting [s], rate: sum of all rates before it [1/s], excess on that [1/s].",
     NULL, NULL, "print(lat:last().kind)"},
    {"Lattice:field", "lat:field(name) -> array",
     "A field over the sites, n x n, row y from 1 upwards: von_mises, eigen_1 and eigen_3 (the "
     "accumulated eigenstrain), generation, softening and permanent (eta and its permanent part), "
     "barrier (the lowest of each site under its stress [eV]).",
     NULL, NULL, "print(lat:field(\"von_mises\"):max())"},
    {"Lattice:barriers", "lat:barriers([loaded]) -> array",
     "All barriers, n x n x modes [eV]: softened but without stress, or with it.", NULL, NULL,
     "print(lat:barriers():mean())"},
    {"Lattice:avalanches", "lat:avalanches() -> array",
     "Transformations in each avalanche. An avalanche ends with a pause longer than a thousandth "
     "of "
     "the time of a strain step.",
     NULL, NULL, "print(lat:avalanches():max())"},
    {"Lattice:energy", "lat:energy() -> GJ/m^3", "Elastic energy per volume.", NULL, NULL,
     "print(lat:energy())"},
    {"Lattice:save", "lat:save(path, [options]) -> lat",
     "Writes a checkpoint by atomic rename; vt.stz.restore reads it.", SAVE_OPTIONS, &SAVE_DEFAULTS,
     "lat:save \"shear.checkpoint\""},
    {"Lattice:close", "lat:close()", "Gives the memory back at once.", NULL, NULL,
     "local lat <close> = vt.stz.lattice{ n = 64 }"},
    {"Lattice.stress", "lat.stress, lat.strain",
     "Local stress [GPa] and strain: tables with n x n arrays xx, yy, xy, computed anew when "
     "asked.",
     NULL, NULL, "print(lat.stress.xy:max())"},
    {"Lattice.temperature", "lat.temperature, lat.eta_max",
     "May be set: temperature [K], 0 for athermal events alone; largest permanent softening.", NULL,
     NULL, "lat.temperature = 400"},
    {"Lattice.n",
     "lat.n, lat.modes, lat.seed, lat.engine, lat.strain_step, lat.strain_rate, "
     "lat.time, lat.note",
     "What the lattice is and how long it was loaded [s].", NULL, NULL, "print(lat.n)"},
    {0}};

void vtl_open_stz(lua_State *L) {
    set_defaults();
    vtl_new_type(L, VTL_LATTICE, METHODS, META);
    lua_createtable(L, 0, 4);
    lua_pushcfunction(L, make_lattice);
    lua_setfield(L, -2, "lattice");
    lua_pushcfunction(L, restore_lattice);
    lua_setfield(L, -2, "restore");
    lua_setfield(L, -2, "stz");
    vtl_document(L, DOCS);
}

/* The Lattice userdata: making it and its fields. Running, looking and checkpoints are in the other
   files l_stz_*.c; what is built on it (tension, pictures, files of samples) is in
   lua/vitrum/stz/init.lua. */
#include "l_stz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vitrum/units.h"

static const double NM3 = 1000; /* angstrom^3 */

/* ---------------------------------------------------------------- life ---- */

vtl_lattice *vtl_new_lattice(lua_State *L) {
    vtl_lattice *self = lua_newuserdatauv(L, sizeof *self, 1);
    *self = (vtl_lattice){0};
    luaL_setmetatable(L, VTL_LATTICE);
    return self;
}

vt_stz *vtl_check_lattice(lua_State *L, int index) {
    vtl_lattice *self = luaL_checkudata(L, index, VTL_LATTICE);
    if (self->closed || self->lattice == NULL) vtl_error(L, "this lattice is closed");
    return self->lattice;
}

static int lattice_close(lua_State *L) {
    vtl_lattice *self = luaL_checkudata(L, 1, VTL_LATTICE);
    if (!vtl_may_end(L, &self->closed)) return 0;
    vt_stz_destroy(self->lattice);
    vt_free(self->stress.values);
    vt_free(self->strain.values);
    *self = (vtl_lattice){.closed = true};
    return 0;
}

/* ---------------------------------------------------------------- making ---- */

static const char *const PLANES[] = {"stress", "strain", NULL};
const char *const VTL_STZ_ENGINES[] = {"fast", "plain", NULL};
static const char *const ELAPSED[] = {"waiting", "held", "exact", NULL};
static const char *const CLOCKS[] = {"waiting", "step", NULL};
static const char *const SOFTEN[] = {"event", "accumulated", NULL};

typedef struct {
    double mean, width;
} barrier_options;

typedef struct {
    double permanent, temporary, maximum, start, recovery_barrier, mises_factor;
    int strain;
} softening_options;

typedef struct {
    int64_t n, rows, modes;
    uint64_t seed;
    double aspect, eigenstrain, later, residual, volume, temperature, attempt_frequency, young,
        poisson, strain_step;
    double slack;
    int plane, engine, elapsed, clock;
} lattice_options;

static const vtl_option BARRIER_OPTIONS[] = {{"mean", VTL_NUMBER, offsetof(barrier_options, mean),
                                              "eV", "mean (Delta F*)", VTL_RANGE(ENERGY)},
                                             {"width", VTL_NONNEGATIVE,
                                              offsetof(barrier_options, width), "eV",
                                              "standard deviation", VTL_RANGE(ENERGY)},
                                             {"range", VTL_INTERVAL, 0, "eV",
                                              "ends of a uniform distribution, or of `counts`, "
                                              "instead of mean and width",
                                              VTL_RANGE(ENERGY)},
                                             {"counts", VTL_ARRAY_LIKE, 0, "-",
                                              "a measured histogram: up to 256 weights of equal "
                                              "bins over the range",
                                              NULL},
                                             {0}};

#define SOFT(member) offsetof(softening_options, member)

static const vtl_option SOFTENING_OPTIONS[] = {
    {"permanent", VTL_NONNEGATIVE, SOFT(permanent), "-", "kappa_p of eq. 11", NULL},
    {"temporary", VTL_NONNEGATIVE, SOFT(temporary), "-", "kappa_t of eq. 12", NULL},
    {"maximum", VTL_NONNEGATIVE, SOFT(maximum), "-", "eta_max of the permanent part", NULL},
    {"start", VTL_NONNEGATIVE, SOFT(start), "-", "permanent part of every site at the start", NULL},
    {"recovery_barrier", VTL_NONNEGATIVE, SOFT(recovery_barrier), "eV", "Q_act of eq. 9",
     VTL_RANGE(ENERGY)},
    {"mises_factor", VTL_POSITIVE, SOFT(mises_factor), "-",
     "the squared Mises strain is this times e1^2 + e3^2", NULL},
    {"strain", VTL_CHOICE, SOFT(strain), "-",
     "which strain softens for good: that of the event, or the accumulated one of the site",
     SOFTEN},
    {0}};

#define LATTICE(member) offsetof(lattice_options, member)

/* Defaults of tables in the options have no other place. */
static char barrier_help[256], softening_help[256];

static const vtl_option LATTICE_OPTIONS[] = {
    {"n", VTL_COUNT, LATTICE(n), "-", "sites along x, a multiple of 8 from 16 to 4096", NULL},
    {"rows", VTL_COUNT, LATTICE(rows), "-",
     "sites along y, likewise; as many as along x when not given", NULL},
    {"aspect", VTL_POSITIVE, LATTICE(aspect), "-", "width of a site over its height, 0.1 to 10",
     NULL},
    {"modes", VTL_COUNT, LATTICE(modes), "-", "transformations of a site", NULL},
    {"seed", VTL_SEED, LATTICE(seed), "-", "of all random numbers", NULL},
    {"barrier", VTL_TABLE, 0, "eV", barrier_help, NULL},
    {"landscape", VTL_VALUE, 0, "-",
     "a file or table with barriers and softening, see vt.stz.landscape", NULL},
    {"softening", VTL_TABLE, 0, "-", softening_help, NULL},
    {"eigenstrain", VTL_NONNEGATIVE, LATTICE(eigenstrain), "-",
     "standard deviation of both components of a mode", NULL},
    {"eigenstrain_later", VTL_NONNEGATIVE, LATTICE(later), "-",
     "factor on the eigenstrains of sites that have transformed", NULL},
    {"residual", VTL_NONNEGATIVE, LATTICE(residual), "-",
     "standard deviation of an eigenstrain at the start, whose stress stays", NULL},
    {"volume", VTL_NONNEGATIVE, LATTICE(volume), "nm^3", "of a zone", VTL_RANGE(VOLUME)},
    {"temperature", VTL_NUMBER, LATTICE(temperature), "K", "0: athermal events alone",
     VTL_RANGE(TEMPERATURE)},
    {"attempt_frequency", VTL_POSITIVE, LATTICE(attempt_frequency), "1/s", "nu0",
     VTL_RANGE(FREQUENCY)},
    {"young", VTL_POSITIVE, LATTICE(young), "GPa", "Young's modulus", VTL_RANGE(MODULUS)},
    {"poisson", VTL_NUMBER, LATTICE(poisson), "-",
     "Poisson's ratio: below 1 in plane stress, where it is that of the plane, below 1/2 in plane "
     "strain",
     NULL},
    {"plane", VTL_CHOICE, LATTICE(plane), "-", "plane stress or plane strain", PLANES},
    {"strain_step", VTL_POSITIVE, LATTICE(strain_step), "-",
     "largest strain between two looks at the rates; subdivided where the stress would change "
     "barriers by more than kT",
     NULL},
    {"elapsed", VTL_CHOICE, LATTICE(elapsed), "-",
     "time that temporary softening has had to die away: from before the waiting time of the event "
     "that made it (waiting); from the event, as it was at the last one (held); from the event, "
     "while one waits (exact)",
     ELAPSED},
    {"clock", VTL_CHOICE, LATTICE(clock), "-",
     "the load rises in a thermal event by what its waiting time gives, or by a whole strain step",
     CLOCKS},
    {"engine", VTL_CHOICE, LATTICE(engine), "-",
     "fast, or plain: everything anew after every event", VTL_STZ_ENGINES},
    {"slack", VTL_POSITIVE, LATTICE(slack), "-",
     "of the fast engine: how far its bounds may lie above the true rate, in units of that, at "
     "most "
     "100; it changes the speed and not the statistics",
     NULL},
    {0}};

static barrier_options barrier_defaults;
static softening_options softening_defaults;
static lattice_options lattice_defaults;

static void set_defaults(void) {
    vt_stz_options d = vt_stz_defaults();
    barrier_defaults = (barrier_options){d.barrier_mean, d.barrier_width};
    softening_defaults =
        (softening_options){d.permanent,        d.temporary,    d.softening_max, d.softening_start,
                            d.recovery_barrier, d.mises_factor, d.soften};
    snprintf(barrier_help, sizeof barrier_help,
             "{ mean = %g, width = %g }: the spectrum of barriers, a normal distribution; "
             "{ range = { low, high } } a uniform one, with counts = { ... } a histogram",
             d.barrier_mean, d.barrier_width);
    snprintf(softening_help, sizeof softening_help,
             "{ permanent = %g, temporary = %g, maximum = %g, start = %g, recovery_barrier = %g "
             "[eV], mises_factor = %g, strain = \"event\" or \"accumulated\" }",
             d.permanent, d.temporary, d.softening_max, d.softening_start, d.recovery_barrier,
             d.mises_factor);
    lattice_defaults = (lattice_options){.n = d.n,
                                         .modes = d.modes,
                                         .seed = d.seed,
                                         .aspect = d.aspect,
                                         .eigenstrain = d.eigenstrain,
                                         .later = d.later,
                                         .residual = d.residual,
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

/* Whether the table `key` of the options at 1 has `name`, which is pushed then. */
static bool push_from(lua_State *L, const char *key, const char *name) {
    if (!lua_istable(L, 1) || lua_getfield(L, 1, key) == LUA_TNIL) return false;
    if (lua_getfield(L, -1, name) != LUA_TNIL) return true;
    lua_pop(L, 2);
    return false;
}

/* Range and counts of the barriers. */
static void read_histogram(lua_State *L, vt_stz_options *o) {
    int top = lua_gettop(L);
    if (!push_from(L, "barrier", "range")) {
        lua_settop(L, top);
        if (push_from(L, "barrier", "counts"))
            vtl_error(L, "stz.lattice: barrier: counts need a range = { low, high } [eV]");
        lua_settop(L, top);
        return;
    }
    const vt_array *ends = vtl_check_numbers(L, -1, 1, "stz.lattice: barrier: range");
    const double *end = ends->data;
    if (ends->shape[0] != 2 || !(end[0] >= 0 && end[0] < end[1] && end[1] <= 100))
        vtl_error(L, "stz.lattice: barrier: range must be { low, high }, two rising energies from "
                     "0 to 100 eV");
    o->spectrum = VT_STZ_HISTOGRAM;
    o->bins = 1;
    o->histogram[0] = 1;
    if (push_from(L, "barrier", "counts")) {
        const vt_array *counts = vtl_check_numbers(L, -1, 1, "stz.lattice: barrier: counts");
        if (counts->shape[0] < 1 || counts->shape[0] > VT_STZ_BINS)
            vtl_error(L, "stz.lattice: barrier: counts must be 1 to %d numbers, got %d",
                      VT_STZ_BINS, (int)fmin((double)counts->shape[0], 1e9));
        o->bins = (int32_t)counts->shape[0];
        memcpy(o->histogram, counts->data, (size_t)o->bins * sizeof *o->histogram);
    }
    o->bins_from = end[0];
    o->bins_step = (end[1] - end[0]) / o->bins;
    lua_settop(L, top);
    static const char *const OTHER[] = {"mean", "width"};
    for (int k = 0; k < 2; k++) {
        if (push_from(L, "barrier", OTHER[k]))
            vtl_error(L, "stz.lattice: barrier: give mean and width, or a range with or without "
                         "counts, not both");
        lua_settop(L, top);
    }
}

/* stz.make{ ... } -> Lattice; lua/vitrum/stz/init.lua has put the landscape into the options */
static int make_lattice(lua_State *L) {
    lattice_options o = lattice_defaults;
    barrier_options barrier = barrier_defaults;
    softening_options softening = softening_defaults;
    vtl_options(L, 1, "stz.lattice", LATTICE_OPTIONS, &o);
    nested(L, "barrier", "stz.lattice", BARRIER_OPTIONS, &barrier);
    nested(L, "softening", "stz.lattice", SOFTENING_OPTIONS, &softening);
    vt_stz_options options = {.n = o.n,
                              .rows = o.rows,
                              .aspect = o.aspect,
                              .modes = o.modes,
                              .seed = o.seed,
                              .barrier_mean = barrier.mean,
                              .barrier_width = barrier.width,
                              .eigenstrain = o.eigenstrain,
                              .later = o.later,
                              .residual = o.residual,
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
                              .engine = (vt_stz_engine)o.engine,
                              .elapsed = (vt_stz_elapsed)o.elapsed,
                              .clock = (vt_stz_clock)o.clock,
                              .soften = (vt_stz_soften)softening.strain,
                              .slack = o.slack};
    read_histogram(L, &options);
    vt_error err = {0};
    vtl_lattice *self = vtl_new_lattice(L);
    self->lattice = vt_stz_create(&options, &err);
    if (self->lattice == NULL) return vtl_error(L, "stz.lattice: %s", err.msg);
    vtl_gc_hint(L, (size_t)vt_stz_memory(&options));
    return 1;
}

/* ---------------------------------------------------------------- properties ---- */

static const char *const PROPERTIES[] = {
    "n",      "modes", "seed",        "temperature", "eta_max", "time",    "engine", "stress",
    "strain", "note",  "strain_rate", "strain_step", "rows",    "elapsed", NULL};

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
        lua_pushstring(L, VTL_STZ_ENGINES[o->engine == VT_STZ_PLAIN]);
    else if (k <= 8)
        vtl_stz_push_fields(L, k == 7);
    else if (k == 9)
        lua_getiuservalue(L, 1, VTL_STZ_NOTE);
    else if (k == 10 && load == NULL)
        lua_pushnil(L);
    else if (k == 12)
        lua_pushinteger(L, o->rows);
    else if (k == 13)
        lua_pushstring(L, ELAPSED[o->elapsed]);
    else
        lua_pushnumber(L, k == 10 ? load->strain_rate / VT_SECONDS : o->strain_step);
}

static int lattice_index(lua_State *L) {
    luaL_checkudata(L, 1, VTL_LATTICE);
    int k = vtl_find_field(L, "Lattice", "lat", PROPERTIES);
    if (k != VTL_METHOD) push_property(L, vtl_check_lattice(L, 1), k);
    return 1;
}

static int lattice_newindex(lua_State *L) {
    lua_settop(L, 3);
    vt_stz *s = vtl_check_lattice(L, 1);
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
    if (self->closed || self->lattice == NULL) {
        lua_pushliteral(L, "Lattice: closed");
        return 1;
    }
    const vt_stz_options *o = vt_stz_settings(self->lattice);
    vt_stz_state t = vt_stz_get_state(self->lattice);
    char text[256];
    snprintf(text, sizeof text,
             "Lattice: %lld x %lld sites, %lld modes, barriers %g +- %g eV, %g K%s, %.0f events, "
             "strain %.5g, stress %.4g GPa",
             (long long)o->n, (long long)o->rows, (long long)o->modes, o->barrier_mean,
             o->barrier_width, o->temperature, o->temperature > 0 ? "" : " (athermal events alone)",
             t.transformations, t.parameter, t.load_stress * VT_GPA + 0.0); /* no minus zero */
    lua_pushstring(L, text);
    return 1;
}

/* ---------------------------------------------------------------- type ---- */

static const luaL_Reg METHODS[] = {{"close", lattice_close}, {NULL, NULL}};

static const luaL_Reg META[] = {{"__gc", lattice_close},          {"__close", lattice_close},
                                {"__index", lattice_index},       {"__newindex", lattice_newindex},
                                {"__tostring", lattice_tostring}, {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"stz.lattice", "vt.stz.lattice{ options } -> Lattice",
     "A periodic lattice of shear transformation zones in an elastic plane, driven by kinetic "
     "Monte "
     "Carlo: the heterogeneously randomized model of Wang et al. (2024) after Zhao, Li and Wang, "
     "Int. J. Plasticity 40, 1 (2013). The defaults are the paper's table 1; it leaves open the "
     "width of the spectrum (here 0.06 of the mean), the volume of a zone and the attempt "
     "frequency.",
     LATTICE_OPTIONS, &lattice_defaults,
     "local lat = vt.stz.lattice{ n = 64, barrier = { mean = 2.0 }, seed = 3 }\n"
     "lat:tension{ strain_rate = 1e-4, strain = 0.05 }",
     "shear transformation zone; STZ; kinetic Monte Carlo; KMC; Monte Carlo; mesoscale model; "
     "elastoplastic model; plasticity; shear band",
     "Lattice; stz.landscape; scripts/stz-softening.lua"},
    {"Lattice:close", "lat:close()", "Gives the memory back at once.", NULL, NULL,
     "local lat <close> = vt.stz.lattice{ n = 64 }"},
    {"Lattice.temperature", "lat.temperature, lat.eta_max",
     "May be set: temperature [K], 0 for athermal events alone; largest permanent softening.", NULL,
     NULL, "lat.temperature = 400"},
    {"Lattice.n",
     "lat.n, lat.rows, lat.modes, lat.seed, lat.engine, lat.elapsed, lat.strain_step, "
     "lat.strain_rate, "
     "lat.time, lat.note",
     "What the lattice is and how long it was loaded [s].", NULL, NULL, "print(lat.n)"},
    {0}};

VTL_OPENER(stz) {
    set_defaults();
    vtl_new_type(L, VTL_LATTICE, METHODS, META);
    luaL_getmetatable(L, VTL_LATTICE);
    lua_getfield(L, -1, "methods");
    luaL_setfuncs(L, vtl_stz_run_methods, 0);
    luaL_setfuncs(L, vtl_stz_look_methods, 0);
    luaL_setfuncs(L, vtl_stz_file_methods, 0);
    lua_pop(L, 2);
    lua_createtable(L, 0, 4);
    lua_pushcfunction(L, make_lattice);
    lua_setfield(L, -2, "lattice");
    lua_pushcfunction(L, vtl_stz_restore);
    lua_setfield(L, -2, "restore");
    lua_setfield(L, -2, "stz");
    vtl_document(L, DOCS);
    vtl_document(L, vtl_stz_run_docs);
    vtl_document(L, vtl_stz_look_docs);
    vtl_document(L, vtl_stz_file_docs);
}

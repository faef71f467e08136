/* What a run of dynamics is to do, and the core's part in it: the module "vitrum.md_core". Methods
   for users, with files and all that goes on around the steps, are in lua/vitrum/dynamics. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "l_dynamics.h"
#include "vitrum/units.h"

/* The core runs for about this long between looks at clock, files and progress [s]. */
static const double CHUNK_SECONDS = 0.3;
enum { LEAST_CHUNK = 8 /* steps */ };

enum { DEFAULT_SAMPLES = 100 };

/* ---------------------------------------------------------------- options ---- */

typedef struct {
    double time, cooling_rate, heating_rate, pressure_rate, strain, every;
    int64_t steps;
    int strain_measure;
} run_options;

static const char *const STRAIN_MEASURES[] = {"engineering", "true", NULL};

static const run_options RUN_DEFAULTS = {.time = NAN,
                                         .cooling_rate = NAN,
                                         .heating_rate = NAN,
                                         .pressure_rate = NAN,
                                         .strain = NAN,
                                         .every = NAN};

#define RUN(member) offsetof(run_options, member)

static const vtl_option RUN_OPTIONS[] = {
    {"time", VTL_POSITIVE, RUN(time), "ps", "length of the run", VTL_RANGE(TIME)},
    {"steps", VTL_COUNT, RUN(steps), "-", "length of the run in timesteps", NULL},
    {"temperature", VTL_RAMP, 0, "K",
     "target, or { from, to } for a ramp; the last target stays when not given",
     VTL_RANGE(TEMPERATURE)},
    {"cooling_rate", VTL_POSITIVE, RUN(cooling_rate), "K/s",
     "rate of a ramp downwards: sets the time", VTL_RANGE(TEMPERATURE_RATE)},
    {"heating_rate", VTL_POSITIVE, RUN(heating_rate), "K/s",
     "rate of a ramp upwards: sets the time", VTL_RANGE(TEMPERATURE_RATE)},
    {"pressure", VTL_RAMP, 0, "GPa", "target of the axes that the barostat moves, or { from, to }",
     VTL_RANGE(PRESSURE)},
    {"pressure_rate", VTL_POSITIVE, RUN(pressure_rate), "GPa/ps",
     "rate of a ramp of pressure or stress: sets the time", VTL_RANGE(PRESSURE_RATE)},
    {"stress", VTL_TENSOR, 0, "GPa",
     "targets by component, positive in tension: { xx = 1, zz = { 0, 2 } }", VTL_RANGE(PRESSURE)},
    {"strain_rate", VTL_TENSOR, 0, "1/s",
     "constant strain rates by component: { zz = 1e9 }; atoms follow affinely, and the barostat "
     "leaves these components alone. Shear: xy is du_x/dy",
     VTL_RANGE(STRAIN_RATE)},
    {"strain_measure", VTL_CHOICE, RUN(strain_measure), "-",
     "of axes: engineering is L = L0 (1 + rate t), true is L = L0 exp(rate t)", STRAIN_MEASURES},
    {"strain", VTL_POSITIVE, RUN(strain), "-",
     "size of the strain to add at the strain rate: sets the time", VTL_RANGE(STRAIN)},
    {"every", VTL_POSITIVE, RUN(every), "ps",
     "time between samples; a hundredth of the run when not given", VTL_RANGE(TIME)},
    {0}};

/* ---------------------------------------------------------------- targets ---- */

/* Number or { from, to } on top of the stack. Returns whether both ends were given. */
static bool read_range(lua_State *L, const char *what, const vt_range *range, double out[2]) {
    if (!lua_istable(L, -1)) {
        out[1] = vtl_md_number(L, "MD:run", what, range);
        return false;
    }
    if (lua_rawlen(L, -1) != 2)
        vtl_error(L, "MD:run: %s [%s] must be a number or { from, to }, got a table of %d entries",
                  what, range->unit, (int)lua_rawlen(L, -1));
    for (int n = 0; n < 2; n++) {
        lua_rawgeti(L, -1, n + 1);
        out[n] = vtl_md_number(L, "MD:run", what, range);
        lua_pop(L, 1);
    }
    return true;
}

static bool get(lua_State *L, const char *key) {
    if (lua_istable(L, 2) && lua_getfield(L, 2, key) != LUA_TNIL) return true;
    if (lua_istable(L, 2)) lua_pop(L, 1);
    return false;
}

static void read_temperature(lua_State *L, const vt_md_options *settings, const run_options *o,
                             vt_md_plan *plan) {
    bool rated = isfinite(o->cooling_rate) || isfinite(o->heating_rate);
    if (!get(L, "temperature")) {
        if (rated) vtl_error(L, "MD:run: a cooling or heating rate needs a temperature to go to");
        return;
    }
    if (strcmp(settings->thermostat, "none") == 0)
        vtl_error(L, "MD:run: this dynamics has no thermostat, so it cannot hold a temperature; "
                     "make it with ensemble = 'nvt', 'npt' or 'langevin'");
    double t[2];
    bool both = read_range(L, "temperature", VTL_RANGE(TEMPERATURE), t);
    lua_pop(L, 1);
    plan->temperature[1] = t[1];
    if (both)
        plan->temperature[0] = t[0];
    else if (!rated)
        plan->temperature[0] = t[1];
}

/* Stress of component k in the units of the core: a value, or a range when `both`. */
static void set_stress(lua_State *L, const vt_md_options *settings, const run_options *o,
                       vt_md_plan *plan, int k, const double value[2], bool both) {
    if (!settings->control[k])
        vtl_error(L,
                  "MD:run: component %s of the box is fixed; to hold it at a stress make the "
                  "dynamics with ensemble = 'npt' and a barostat (or stress table) that moves it",
                  vt_tensor_name(k));
    plan->stress[k][1] = value[1];
    if (both)
        plan->stress[k][0] = value[0];
    else if (!isfinite(o->pressure_rate))
        plan->stress[k][0] = value[1];
}

typedef struct {
    const vt_md_options *settings;
    const run_options *o;
    vt_md_plan *plan;
} target;

static void take_stress(lua_State *L, int k, void *data) {
    target *t = data;
    char what[32];
    double range[2];
    snprintf(what, sizeof what, "stress.%s", vt_tensor_name(k));
    bool both = read_range(L, what, VTL_RANGE(PRESSURE), range);
    range[0] /= VT_GPA;
    range[1] /= VT_GPA;
    if (t->settings->coupled)
        vtl_error(L, "MD:run: the barostat 'isotropic' has one pressure for all axes; make the "
                     "dynamics with barostat = 'axes' to hold stress by component");
    set_stress(L, t->settings, t->o, t->plan, k, range, both);
}

static void take_strain_rate(lua_State *L, int k, void *data) {
    target *t = data;
    char what[32];
    snprintf(what, sizeof what, "strain_rate.%s", vt_tensor_name(k));
    t->plan->strain_rate[k] = vtl_md_number(L, "MD:run", what, VTL_RANGE(STRAIN_RATE)) * VT_SECONDS;
    t->plan->deform[k] = true;
}

static void read_stress(lua_State *L, const vt_md_options *settings, const run_options *o,
                        vt_md_plan *plan) {
    target t = {settings, o, plan};
    bool pressure = get(L, "pressure");
    if (pressure) {
        double p[2];
        bool both = read_range(L, "pressure", VTL_RANGE(PRESSURE), p), any = false;
        p[0] /= -VT_GPA;
        p[1] /= -VT_GPA;
        lua_pop(L, 1);
        for (int k = 0; k < 3; k++) {
            if (!settings->control[k]) continue;
            set_stress(L, settings, o, plan, k, p, both);
            any = true;
        }
        if (!any)
            vtl_error(L, "MD:run: the box of this dynamics is fixed, so it cannot hold a pressure; "
                         "make it with ensemble = 'npt'");
    }
    bool stress = get(L, "stress");
    if (stress) {
        vtl_read_components(L, "MD:run", "stress", take_stress, &t);
        lua_pop(L, 1);
    }
    if (isfinite(o->pressure_rate) && !pressure && !stress)
        vtl_error(L, "MD:run: pressure_rate needs a pressure or stress to go to");
    if (get(L, "strain_rate")) {
        vtl_read_components(L, "MD:run", "strain_rate", take_strain_rate, &t);
        lua_pop(L, 1);
    } else if (isfinite(o->strain)) {
        vtl_error(L, "MD:run: strain needs a strain_rate, such as strain_rate = { zz = 1e9 }");
    }
    plan->true_strain = o->strain_measure == 1;
}

/* ---------------------------------------------------------------- length ---- */

typedef struct {
    const char *from; /* option that set the length, NULL at first */
    double time;      /* [ps] */
} run_length;

static void set_length(lua_State *L, run_length *length, const char *from, double time,
                       double timestep) {
    if (length->from != NULL) {
        char first[40], second[40];
        if (fabs(time - length->time) <= fmax(1e-6 * time, 0.51 * timestep)) return;
        snprintf(first, sizeof first, "%.10g", length->time);
        snprintf(second, sizeof second, "%.10g", time);
        vtl_error(L, "MD:run: %s makes the run %s ps long, %s %s ps; leave one of them out",
                  length->from, first, from, second);
    }
    length->from = from;
    length->time = time;
}

static void length_from_temperature(lua_State *L, const run_options *o, const vt_md_plan *plan,
                                    run_length *length, double timestep) {
    const double rates[2] = {o->cooling_rate, o->heating_rate};
    const char *const names[2] = {"cooling_rate", "heating_rate"};
    for (int n = 0; n < 2; n++) {
        if (!isfinite(rates[n])) continue;
        double rise = plan->temperature[1] - plan->temperature[0];
        if (n == 0) rise = -rise;
        if (!(rise > 0)) {
            char text[160];
            snprintf(text, sizeof text, "%s with a temperature going from %g to %g K: %s", names[n],
                     plan->temperature[0], plan->temperature[1],
                     n == 0 ? "use heating_rate to heat" : "use cooling_rate to cool");
            vtl_error(L, "MD:run: %s", text);
        }
        set_length(L, length, names[n], rise / (rates[n] * VT_SECONDS), timestep);
    }
}

static void length_from_stress(lua_State *L, const vt_md_options *settings, const run_options *o,
                               const vt_md_plan *plan, run_length *length, double timestep) {
    if (isfinite(o->pressure_rate)) {
        double largest = vt_md_plan_stress_change(settings, plan) * VT_GPA;
        if (largest == 0)
            vtl_error(L, "MD:run: pressure_rate: pressure and stress are already at their targets");
        set_length(L, length, "pressure_rate", largest / o->pressure_rate, timestep);
    }
    if (isfinite(o->strain)) {
        double fastest = vt_md_plan_fastest_strain(plan);
        if (fastest == 0) vtl_error(L, "MD:run: strain cannot be reached at a strain_rate of 0");
        set_length(L, length, "strain", o->strain / fastest, timestep);
    }
}

static int64_t to_steps(lua_State *L, const char *what, double time, double timestep) {
    double steps = round(time / timestep);
    char text[160];
    if (steps < 1) {
        snprintf(text, sizeof text, "%s gives %g ps, less than a timestep (%g ps)", what, time,
                 timestep);
        vtl_error(L, "MD:run: %s", text);
    }
    if (steps > (double)VTL_LARGEST_COUNT) {
        snprintf(text, sizeof text, "%s gives %g ps, more than 1e15 timesteps", what, time);
        vtl_error(L, "MD:run: %s", text);
    }
    return (int64_t)steps;
}

/* Metamethods of the table may close the dynamics meanwhile, so what is needed of it is copied. */
static vt_md_plan read_plan(lua_State *L, const vt_md *md, const run_options *o) {
    vt_md_plan plan = vt_md_plan_defaults(md);
    vt_md_options settings = *vt_md_settings(md);
    double timestep = settings.timestep;
    read_temperature(L, &settings, o, &plan);
    read_stress(L, &settings, o, &plan);
    run_length length = {NULL, 0};
    if (o->steps > 0) set_length(L, &length, "steps", (double)o->steps * timestep, timestep);
    if (isfinite(o->time)) set_length(L, &length, "time", o->time, timestep);
    length_from_temperature(L, o, &plan, &length, timestep);
    length_from_stress(L, &settings, o, &plan, &length, timestep);
    if (length.from == NULL)
        vtl_error(L, "MD:run: how long? give time [ps], steps, or the rate of a ramp");
    plan.steps = o->steps > 0 ? o->steps : to_steps(L, length.from, length.time, timestep);
    plan.sample_interval = isfinite(o->every) ? to_steps(L, "every", o->every, timestep)
                                              : (plan.steps - 1) / DEFAULT_SAMPLES + 1;
    return plan;
}

/* ---------------------------------------------------------------- the core's part ---- */

/* job(md) -> the table that belongs to it: what the present run writes and where */
static int core_job(lua_State *L) {
    vtl_check_md(L, 1);
    lua_getiuservalue(L, 1, VTL_MD_JOB);
    return 1;
}

/* check(md, where): raises unless a run can begin or go on */
static int core_check(lua_State *L) {
    const vtl_md *self = vtl_check_md(L, 1);
    const char *where = luaL_checkstring(L, 2);
    if (self->running)
        return vtl_error(L,
                         "%s: this dynamics is running; its sample function cannot start it again "
                         "(return false to end the run)",
                         where);
    vtl_md_atoms(L, where, 1); /* raises when closed */
    vtl_require_idle(L, 1, where);
    return 0;
}

/* begin(md, options): a run, and the samples of the one before are forgotten; nothing changes when
   the options are refused */
static int core_begin(lua_State *L) {
    run_options o = RUN_DEFAULTS;
    vtl_options(L, 2, "MD:run", RUN_OPTIONS, &o);
    vtl_md *self = vtl_check_md(L, 1);
    vt_md_plan plan = read_plan(L, self->md, &o);
    vt_error err = {0};
    if (vt_failed(vt_md_begin(self->md, &plan, &err))) return vtl_md_raise_in(L, "MD:run", &err);
    self->chunk = 1;
    return 0;
}

/* Steps that take about CHUNK_SECONDS, from what the last ones took. */
static int64_t next_chunk(int64_t last, double seconds) {
    double wish = seconds > 0 ? (double)last * CHUNK_SECONDS / seconds : (double)last * 2;
    wish = fmin(fmax(wish, LEAST_CHUNK), (double)last * 2);
    return wish < 1 ? 1 : (int64_t)wish;
}

/* advance(md, most) -> true, or nil, message and whether the atoms ran away. At most so many steps,
   and not for long; the first sample of a run comes before its first step. */
static int core_advance(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    int64_t most = luaL_checkinteger(L, 2);
    vt_error err = {0};
    vtl_atoms *box = vtl_md_atoms_or(L, 1, &err);
    vt_status status = box == NULL ? err.code : VT_OK;
    if (box != NULL) {
        if (self->chunk < 1) self->chunk = 1;
        if (most > self->chunk) most = self->chunk;
        if (vt_md_done(self->md) == 0 && vt_md_sample_count(self->md) == 0) most = 0;
        int64_t before = vt_md_step(self->md);
        double start = vt_clock();
        box->ahead = self->shared->system;
        status = vt_md_run_ahead(self->md, most, &err);
        int64_t steps = vt_md_step(self->md) - before;
        if (steps > 0) self->chunk = next_chunk(steps, vt_clock() - start);
    }
    if (!vt_failed(status)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, err.msg);
    lua_pushboolean(L, status == VT_EDIVERGED);
    return 3;
}

/* place(md) -> steps done and left of the run, steps to its next sample, samples taken */
static int core_place(lua_State *L) {
    const vt_md *md = vtl_check_md(L, 1)->md;
    lua_pushinteger(L, vt_md_done(md));
    lua_pushinteger(L, vt_md_remaining(md));
    lua_pushinteger(L, vt_md_until_sample(md));
    lua_pushinteger(L, (lua_Integer)vt_md_sample_count(md));
    return 4;
}

/* stop(md): the rest of the plan is given up */
static int core_stop(lua_State *L) {
    vt_md_stop(vtl_check_md(L, 1)->md);
    return 0;
}

/* drive(md, f): call f with this dynamics at work, so that nothing under it is taken away; whatever
   f raises is raised again, with the atoms up to date. */
static int core_drive(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    self->running = true;
    lua_settop(L, 2);
    int status = lua_pcall(L, 0, 0, 0);
    vtl_md_catch_up(L, 1);
    self->running = false;
    return status == LUA_OK ? 0 : lua_error(L);
}

static const vt_md_sample *check_sample(lua_State *L) {
    const vt_md *md = vtl_check_md(L, 1)->md;
    lua_Integer n = luaL_checkinteger(L, 2);
    luaL_argcheck(L, n >= 1 && (size_t)n <= vt_md_sample_count(md), 2, "no such sample");
    return &vt_md_samples(md)[n - 1];
}

/* sample(md, n) -> as a table */
static int core_sample(lua_State *L) {
    vt_md_sample sample = *check_sample(L);
    vtl_push_sample(L, &sample);
    return 1;
}

/* row(md, n) -> its numbers in the order of the columns */
static int core_row(lua_State *L) {
    double row[VT_MD_COLUMNS];
    memcpy(row, check_sample(L), sizeof row);
    luaL_checkstack(L, VT_MD_COLUMNS, NULL);
    for (int k = 0; k < VT_MD_COLUMNS; k++) lua_pushnumber(L, row[k] * vt_md_column_factor(k));
    return VT_MD_COLUMNS;
}

/* settings(md) -> text: atoms, timestep and what holds temperature and box */
static int core_settings(lua_State *L) {
    const vtl_md *self = vtl_check_md(L, 1);
    const vt_md_options *o = vt_md_settings(self->md);
    char text[256];
    snprintf(text, sizeof text,
             "%zu atoms; timestep %g ps; thermostat %s, damping %g ps; barostat %s, damping %g ps; "
             "seed %llu",
             vt_md_system(self->md)->count, o->timestep, o->thermostat, o->temperature_damping,
             vt_md_barostat(self->md), o->stress_damping, (unsigned long long)o->seed);
    lua_pushstring(L, text);
    return 1;
}

/* columns() -> names and units of the numbers of a sample, { { "time", "ps" }, ... } */
static int core_columns(lua_State *L) {
    lua_createtable(L, VT_MD_COLUMNS, 0);
    for (int k = 0; k < VT_MD_COLUMNS; k++) {
        const char *unit = vt_md_column_unit(k);
        lua_createtable(L, 2, 0);
        lua_pushstring(L, vt_md_column_name(k));
        lua_rawseti(L, -2, 1);
        lua_pushstring(L, unit[0] != '\0' ? unit : "-");
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

static const luaL_Reg CORE[] = {{"job", core_job},           {"check", core_check},
                                {"begin", core_begin},       {"advance", core_advance},
                                {"place", core_place},       {"stop", core_stop},
                                {"drive", core_drive},       {"columns", core_columns},
                                {"sample", core_sample},     {"row", core_row},
                                {"settings", core_settings}, {"save", vtl_md_save},
                                {"restore", vtl_md_restore}, {NULL, NULL}};

static int open_core(lua_State *L) {
    luaL_newlib(L, CORE);
    return 1;
}

/* Options of a plan; lua/vitrum/dynamics adds its own. */
static const vtl_doc DOCS[] = {
    {"MD:run", "md:run{ options } -> md",
     "Runs for a time, or for as long as a ramp takes at its rate. Samples are taken at the start "
     "and every `every` ps. Pressure is positive in compression, stress in tension, both with "
     "their kinetic part. Enthalpy is total energy + P V with the target pressure where the "
     "barostat holds all axes, else with the actual one. `conserved` stays constant up to the "
     "error of the integrator, whatever is imposed. After Ctrl-C or an error in `sample` "
     "everything is valid and md:resume() goes on; after a blow-up the atoms are restored to a "
     "good frame.",
     RUN_OPTIONS, &RUN_DEFAULTS,
     "md:run{ temperature = {2000, 300}, cooling_rate = 1e13, every = 0.5, csv = \"quench.csv\",\n"
     "        sample = function(s) print(s.time, s.temperature, s.stress.zz) end }\n"
     "md:run{ strain_rate = { zz = 1e9 }, strain = 0.1, log = true } -- pulls the glass",
     "tensile test; cooling rate; heating rate; heating; cooling; annealing; equilibration; ramp; "
     "thermo; trajectory; dump",
     "md; MD:samples; MD:resume; quench"},
    {0}};

VTL_OPENER(dynamics_run) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_core);
    lua_setfield(L, -2, "vitrum.md_core");
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}

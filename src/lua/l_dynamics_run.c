/* md:run and md:resume: what a run shall do, the loop around the core, what it writes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "l_dynamics.h"
#include "vitrum/io.h"
#include "vitrum/units.h"

/* The core runs for about this long between looks at clock, files and progress [s]. */
static const double CHUNK_SECONDS = 0.3;
enum { LEAST_CHUNK = 8 /* steps */ };

/* A CSV is written anew each time, so the time that takes bounds how often it is. */
static const double CSV_INTERVAL = 30, CSV_SHARE = 50;

enum { DEFAULT_SAMPLES = 100 };

/* ---------------------------------------------------------------- options ---- */

typedef struct {
    double time, cooling_rate, heating_rate, pressure_rate, strain, every, checkpoint_every;
    int64_t steps;
    int strain_measure;
    bool overwrite;
    const char *csv, *checkpoint, *provenance, *note;
} run_options;

static const char *const STRAIN_MEASURES[] = {"engineering", "true", NULL};

static const run_options RUN_DEFAULTS = {.time = NAN,
                                         .cooling_rate = NAN,
                                         .heating_rate = NAN,
                                         .pressure_rate = NAN,
                                         .strain = NAN,
                                         .every = NAN,
                                         .checkpoint_every = 60};

#define RUN(member) offsetof(run_options, member)

/* What a resumed run may be given, too, comes first. */
#define OUTPUT_OPTIONS                                                                             \
    {"sample",                                                                                     \
     VTL_VALUE,                                                                                    \
     0,                                                                                            \
     "-",                                                                                          \
     "function called with each sample: step, time [ps], temperature, target_temperature [K], "    \
     "potential_energy, kinetic_energy, total_energy, enthalpy, conserved [eV], pressure, "        \
     "stress.xx ... stress.xy [GPa], volume [A^3], lx, ly, lz, xy, xz, yz [A], strain. Returning " \
     "false ends the run",                                                                         \
     NULL},                                                                                        \
        {"csv", VTL_FILE, RUN(csv), "-", "file for the samples", NULL},                            \
        {"checkpoint",                                                                             \
         VTL_FILE,                                                                                 \
         RUN(checkpoint),                                                                          \
         "-",                                                                                      \
         "file that vt.md_restore goes on from; written now and then and at the end",              \
         NULL},                                                                                    \
        {"checkpoint_every",                                                                       \
         VTL_POSITIVE,                                                                             \
         RUN(checkpoint_every),                                                                    \
         "s",                                                                                      \
         "wall time between two checkpoints",                                                      \
         NULL},                                                                                    \
        {"overwrite",                                                                              \
         VTL_BOOLEAN,                                                                              \
         RUN(overwrite),                                                                           \
         "-",                                                                                      \
         "replace files that this process did not write",                                          \
         NULL},                                                                                    \
        {"provenance", VTL_STRING, RUN(provenance), "-", "comment lines for the csv", NULL}, {     \
        "note", VTL_STRING, RUN(note), "-", "any text, kept in checkpoints as md.note", NULL       \
    }

static const vtl_option RUN_OPTIONS[] = {
    {"time", VTL_POSITIVE, RUN(time), "ps", "length of the run", VTL_RANGE(TIME)},
    {"steps", VTL_COUNT, RUN(steps), "-", "length of the run in timesteps", NULL},
    {"temperature", VTL_VALUE, 0, "K",
     "target, or { from, to } for a ramp; the last target stays when not given",
     VTL_RANGE(TEMPERATURE)},
    {"cooling_rate", VTL_POSITIVE, RUN(cooling_rate), "K/s",
     "rate of a ramp downwards: sets the time", VTL_RANGE(TEMPERATURE_RATE)},
    {"heating_rate", VTL_POSITIVE, RUN(heating_rate), "K/s",
     "rate of a ramp upwards: sets the time", VTL_RANGE(TEMPERATURE_RATE)},
    {"pressure", VTL_VALUE, 0, "GPa", "target of the axes that the barostat moves, or { from, to }",
     VTL_RANGE(PRESSURE)},
    {"pressure_rate", VTL_POSITIVE, RUN(pressure_rate), "GPa/ps",
     "rate of a ramp of pressure or stress: sets the time", VTL_RANGE(PRESSURE_RATE)},
    {"stress", VTL_VALUE, 0, "GPa",
     "targets by component, positive in tension: { xx = 1, zz = { 0, 2 } }", VTL_RANGE(PRESSURE)},
    {"strain_rate", VTL_VALUE, 0, "1/s",
     "constant strain rates by component: { zz = 1e9 }; atoms follow affinely, and the barostat "
     "leaves these components alone. Shear: xy is du_x/dy",
     VTL_RANGE(STRAIN_RATE)},
    {"strain_measure", VTL_CHOICE, RUN(strain_measure), "-",
     "of axes: engineering is L = L0 (1 + rate t), true is L = L0 exp(rate t)", STRAIN_MEASURES},
    {"strain", VTL_POSITIVE, RUN(strain), "-",
     "size of the strain to add at the strain rate: sets the time", VTL_RANGE(STRAIN)},
    {"every", VTL_POSITIVE, RUN(every), "ps",
     "time between samples; a hundredth of the run when not given", VTL_RANGE(TIME)},
    OUTPUT_OPTIONS,
    {0}};

static const vtl_option RESUME_OPTIONS[] = {OUTPUT_OPTIONS, {0}};

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
        vtl_error(L, "MD:run: this dynamics has no thermostat, so it cannot have a temperature; "
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
            vtl_error(L, "MD:run: the box of this dynamics is fixed, so it cannot have a pressure; "
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
        vtl_error(L, "MD:run: strain needs a strain_rate, as strain_rate = { zz = 1e9 }");
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
            vtl_error(L, "MD:run: pressure_rate, but pressure and stress are there already");
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

/* ---------------------------------------------------------------- the loop ---- */

typedef struct {
    vtl_md *self;
    vt_status status;
    vt_error err;
    vtl_progress progress;
    const char *csv, *checkpoint, *provenance; /* kept by the job table */
    double checkpoint_every, last_checkpoint, last_csv, csv_cost;
    size_t reported; /* samples that the function has seen */
    bool overwrite, stopped;
} run_state;

static void write_csv(lua_State *L, run_state *r, vt_error *err) {
    double start = vt_clock();
    vt_status status = vt_md_write_csv(r->self->md, r->csv, r->overwrite || vtl_wrote(L, r->csv),
                                       r->provenance, err);
    if (!vt_failed(status)) vtl_note_wrote(L, r->csv);
    r->last_csv = vt_clock();
    r->csv_cost = r->last_csv - start;
    if (vt_failed(status) && !vt_failed(r->status)) r->status = status;
}

static void write_checkpoint(lua_State *L, run_state *r, vt_error *err) {
    vt_status status = vtl_md_checkpoint(L, 2, r->checkpoint, r->overwrite, err);
    r->last_checkpoint = vt_clock();
    if (vt_failed(status) && !vt_failed(r->status)) r->status = status;
}

/* Hand new samples to the function at 3. */
static void report(lua_State *L, run_state *r) {
    while (r->reported < vt_md_sample_count(r->self->md) && !r->stopped) {
        vt_md_sample sample = vt_md_samples(r->self->md)[r->reported++];
        if (lua_isnil(L, 3)) continue;
        lua_pushvalue(L, 3);
        vtl_push_sample(L, &sample);
        lua_call(L, 1, 1);
        r->stopped = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
}

/* Steps that take about CHUNK_SECONDS, from what the last ones took. */
static int64_t next_chunk(int64_t last, double seconds) {
    double wish = seconds > 0 ? (double)last * CHUNK_SECONDS / seconds : (double)last * 2;
    wish = fmin(fmax(wish, LEAST_CHUNK), (double)last * 2);
    return wish < 1 ? 1 : (int64_t)wish;
}

static void loop(lua_State *L, run_state *r) {
    vt_md *md = r->self->md;
    int64_t chunk = 1;
    double timestep = vt_md_settings(md)->timestep;
    bool more = vt_md_remaining(md) > 0; /* if not, only files are left to be written */
    while (more) {
        vtl_atoms *box = vtl_md_atoms_or(L, 2, &r->err);
        if (box == NULL) {
            r->status = r->err.code;
            return;
        }
        /* Only a function has to see each sample when it is taken. */
        int64_t before = vt_md_step(md);
        int64_t until = lua_isnil(L, 3) ? vt_md_remaining(md) : vt_md_until_sample(md);
        double start = vt_clock();
        /* The first sample of a run comes before its first step. */
        bool first = vt_md_done(md) == 0 && vt_md_sample_count(md) == 0;
        int64_t most = first ? 0 : until < chunk ? until : chunk;
        box->ahead = r->self->shared->system;
        r->status = vt_md_run_ahead(md, most, &r->err);
        if (vt_failed(r->status)) return;
        if (vt_md_step(md) > before)
            chunk = next_chunk(vt_md_step(md) - before, vt_clock() - start);
        vtl_progress_update(&r->progress, (double)vt_md_done(md) * timestep);
        report(L, r);
        more = vt_md_remaining(md) > 0 && !r->stopped;
        double now = vt_clock();
        if (more && r->checkpoint != NULL && now - r->last_checkpoint >= r->checkpoint_every) {
            /* The csv first: on resume it has at least the samples of the checkpoint. */
            if (r->csv != NULL) write_csv(L, r, &r->err);
            write_checkpoint(L, r, &r->err);
        } else if (more && r->csv != NULL &&
                   now - r->last_csv >= fmax(CSV_INTERVAL, CSV_SHARE * r->csv_cost)) {
            write_csv(L, r, &r->err);
        }
        if (vt_failed(r->status)) return;
    }
    if (r->stopped) vt_md_stop(md);
    if (r->csv != NULL) write_csv(L, r, &r->err);
    if (r->checkpoint != NULL) write_checkpoint(L, r, &r->err);
}

/* Called protected: state, md, function. */
static int protected_loop(lua_State *L) {
    loop(L, lua_touserdata(L, 1));
    return 0;
}

/* What a run that was cut short leaves behind; an error here would hide the one that cut it. */
static int protected_leave(lua_State *L) {
    run_state *r = lua_touserdata(L, 1);
    vt_error ignored = {0};
    if (r->csv != NULL && vt_md_sample_count(r->self->md) > 0) write_csv(L, r, &ignored);
    /* After a blow-up the last good checkpoint is worth more than the fall-back frame. */
    if (r->checkpoint != NULL && r->status != VT_EDIVERGED) write_checkpoint(L, r, &ignored);
    return 0;
}

/* Whether the error on top of the stack is Lua's own for a yield out of a function that C called;
   the second is that of the main program. */
static bool yielded(lua_State *L) {
    static const char *const TEXTS[] = {"attempt to yield across a C-call boundary",
                                        "attempt to yield from outside a coroutine"};
    if (lua_type(L, -1) != LUA_TSTRING) return false;
    const char *text = lua_tostring(L, -1);
    return strcmp(text, TEXTS[0]) == 0 || strcmp(text, TEXTS[1]) == 0;
}

/* Raise what ended a run. The error object of a Lua function, if any, is on top of the stack. */
static int raise_end(lua_State *L, const run_state *r, const char *where, bool lua_failed) {
    if (lua_failed) {
        if (yielded(L))
            vtl_error(L,
                      "%s: the sample function called coroutine.yield; it must return before the "
                      "run goes on (return false to end the run, md:resume() after an error)",
                      where);
        return lua_error(L);
    }
    const vt_md *md = r->self->md;
    double timestep = vt_md_settings(md)->timestep;
    if (r->status != VT_EINTERRUPT) return vtl_error(L, "%s: %s", where, r->err.msg);
    char text[160];
    snprintf(text, sizeof text, "interrupted after %.6g of %.6g ps; md:resume() goes on",
             (double)vt_md_done(md) * timestep,
             (double)(vt_md_done(md) + vt_md_remaining(md)) * timestep);
    return vtl_error(L, "%s", text);
}

/* The string `key` of the job table at `job`, kept alive by it. */
static const char *job_string(lua_State *L, int job, const char *key) {
    lua_getfield(L, job, key);
    const char *text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
}

/* Run what is planned. Stack: md, options, ..., the sample function (or nil) on top. */
static int run_plan(lua_State *L, const char *where, bool overwrite) {
    vtl_md *self = vtl_check_md(L, 1);
    int function = lua_gettop(L);
    lua_getiuservalue(L, 1, VTL_MD_JOB);
    int job = lua_gettop(L);
    run_state *r = lua_newuserdatauv(L, sizeof *r, 0);
    memset(r, 0, sizeof *r);
    r->self = self;
    r->overwrite = overwrite;
    r->csv = job_string(L, job, "csv");
    r->checkpoint = job_string(L, job, "checkpoint");
    r->provenance = job_string(L, job, "provenance");
    lua_getfield(L, job, "checkpoint_every");
    r->checkpoint_every = luaL_optnumber(L, -1, RUN_DEFAULTS.checkpoint_every);
    lua_pop(L, 1);
    r->reported = vt_md_sample_count(self->md);
    r->last_checkpoint = r->last_csv = vt_clock();
    double timestep = vt_md_settings(self->md)->timestep;
    double done = (double)vt_md_done(self->md) * timestep;
    /* picoseconds per second times this are nanoseconds per day */
    vtl_progress_start(&r->progress, "md", done + (double)vt_md_remaining(self->md) * timestep,
                       86.4, "ns/day");
    r->progress.before = done;

    self->running = self->unsaved = true;
    lua_pushcfunction(L, protected_loop);
    lua_pushvalue(L, job + 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, function);
    bool lua_failed = lua_pcall(L, 3, 0, 0) != LUA_OK;
    vtl_progress_finish(&r->progress);
    if (lua_failed || vt_failed(r->status)) {
        lua_pushcfunction(L, protected_leave);
        lua_pushvalue(L, job + 1);
        lua_pushvalue(L, 1);
        if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
    }
    vtl_md_catch_up(L, 1);
    self->running = false;
    if (lua_failed || vt_failed(r->status)) return raise_end(L, r, where, lua_failed);
    self->unsaved = false;
    lua_settop(L, 1);
    return 1;
}

/* ---------------------------------------------------------------- methods ---- */

static vtl_md *check_idle(lua_State *L, const char *where) {
    vtl_md *self = vtl_check_md(L, 1);
    if (self->running)
        vtl_error(L,
                  "%s: this dynamics is running; its sample function cannot start it again "
                  "(return false to end the run)",
                  where);
    vtl_md_atoms(L, where, 1); /* raises when closed */
    vtl_require_idle(L, 1, where);
    return self;
}

/* Push the function under `sample`, or nil. */
static void push_sample_function(lua_State *L, const char *where) {
    if (!get(L, "sample")) {
        lua_pushnil(L);
        return;
    }
    if (!lua_isfunction(L, -1))
        vtl_error(L, "%s: option 'sample' must be a function, got a %s", where,
                  luaL_typename(L, -1));
}

/* NULL and "" are none. */
static void set_job(lua_State *L, const char *key, const char *value) {
    lua_getiuservalue(L, 1, VTL_MD_JOB);
    lua_pushstring(L, value != NULL && value[0] != '\0' ? value : NULL);
    lua_setfield(L, -2, key);
    lua_pop(L, 1);
}

static bool is_file(const char *option) {
    return option != NULL && option[0] != '\0';
}

static void try_outputs(lua_State *L, const char *where, const run_options *o) {
    if (is_file(o->csv) && is_file(o->checkpoint) && strcmp(o->csv, o->checkpoint) == 0)
        vtl_error(L, "%s: csv and checkpoint are both '%s'; give each a file of its own", where,
                  o->csv);
    if (is_file(o->csv)) vtl_md_try_output(L, where, "csv", o->csv, o->overwrite);
    if (is_file(o->checkpoint))
        vtl_md_try_output(L, where, "checkpoint", o->checkpoint, o->overwrite);
}

/* md:run{ ... } -> md */
static int md_run(lua_State *L) {
    vtl_md *self = check_idle(L, "MD:run");
    lua_settop(L, 2);
    run_options o = RUN_DEFAULTS;
    vtl_options(L, 2, "MD:run", RUN_OPTIONS, &o);
    vt_md_plan plan = read_plan(L, vtl_check_md(L, 1)->md, &o);
    try_outputs(L, "MD:run", &o);
    push_sample_function(L, "MD:run");
    check_idle(L, "MD:run"); /* reading options may have called metamethods */
    vt_error err = {0};
    if (vt_failed(vt_md_begin(self->md, &plan, &err))) return vtl_error(L, "MD:run: %s", err.msg);
    set_job(L, "csv", o.csv);
    set_job(L, "checkpoint", o.checkpoint);
    set_job(L, "provenance", o.provenance);
    set_job(L, "restored", NULL);
    if (o.note != NULL) set_job(L, "note", o.note);
    lua_getiuservalue(L, 1, VTL_MD_JOB);
    lua_pushnumber(L, o.checkpoint_every);
    lua_setfield(L, -2, "checkpoint_every");
    lua_pop(L, 1);
    return run_plan(L, "MD:run", o.overwrite);
}

/* md:resume{ ... } -> md */
static int md_resume(lua_State *L) {
    vtl_md *self = check_idle(L, "MD:resume");
    lua_settop(L, 2);
    run_options o = RUN_DEFAULTS;
    o.checkpoint_every = NAN;
    vtl_options(L, 2, "MD:resume", RESUME_OPTIONS, &o);
    push_sample_function(L, "MD:resume");
    check_idle(L, "MD:resume"); /* reading options may have called metamethods */
    bool named[2] = {o.csv != NULL, o.checkpoint != NULL};
    if (vt_md_remaining(self->md) <= 0) {
        if (!self->unsaved && !is_file(o.csv) && !is_file(o.checkpoint)) {
            lua_settop(L, 1);
            return 1;
        }
        if (is_file(o.csv) && vt_md_sample_count(self->md) == 0)
            vtl_error(L, "MD:resume: there are no samples to write to %s; md:run takes them",
                      o.csv);
        /* Of a finished run only what is asked for is written. */
        if (!self->unsaved) {
            if (!named[0]) o.csv = "";
            if (!named[1]) o.checkpoint = "";
            named[0] = named[1] = true;
        }
    }
    vtl_md_claim_outputs(L, "MD:resume", named);
    try_outputs(L, "MD:resume", &o);
    if (o.csv != NULL) set_job(L, "csv", o.csv);
    if (o.checkpoint != NULL) set_job(L, "checkpoint", o.checkpoint);
    set_job(L, "restored", NULL);
    if (o.provenance != NULL) set_job(L, "provenance", o.provenance);
    if (o.note != NULL) set_job(L, "note", o.note);
    if (isfinite(o.checkpoint_every)) {
        lua_getiuservalue(L, 1, VTL_MD_JOB);
        lua_pushnumber(L, o.checkpoint_every);
        lua_setfield(L, -2, "checkpoint_every");
        lua_pop(L, 1);
    }
    return run_plan(L, "MD:resume", o.overwrite);
}

const luaL_Reg vtl_md_run_methods[] = {{"run", md_run}, {"resume", md_resume}, {NULL, NULL}};

const vtl_doc vtl_md_run_docs[] = {
    {"MD:run", "md:run{ options } -> md",
     "Runs for a time, or for as long as a ramp takes at its rate. Samples are taken at the start "
     "and every `every` ps. Pressure is positive in compression, stress in tension, both with "
     "their kinetic part. Enthalpy is total energy + P V with the target pressure where the "
     "barostat holds all axes, else with the actual one. `conserved` stays constant but for the "
     "error of the integrator, whatever is imposed. After Ctrl-C or an error in `sample` "
     "everything is valid and md:resume() goes on; after a blow-up the atoms are back at a good "
     "frame.",
     RUN_OPTIONS, &RUN_DEFAULTS,
     "md:run{ temperature = {2000, 300}, cooling_rate = 1e13, every = 0.5, csv = \"quench.csv\",\n"
     "        sample = function(s) print(s.time, s.temperature, s.volume) end }"},
    {"MD:resume", "md:resume{ options } -> md",
     "Finishes a run that Ctrl-C, an error or the end of the program (see vt.md_restore) cut "
     "short, with its csv and checkpoint files. After vt.md_restore these are taken up when they "
     "lie beside the checkpoint, the csv with all its samples; else name them again. Of a finished "
     "run csv and checkpoint are written where they are named here; else nothing happens.",
     RESUME_OPTIONS, NULL, "local glass, md = vt.md_restore \"run.checkpoint\"\nmd:resume()"},
    {0}};

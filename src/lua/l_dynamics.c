/* The MD userdata: making and asking. */
#include "l_dynamics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vitrum/units.h"

/* ---------------------------------------------------------------- life ---- */

vtl_md *vtl_new_md(lua_State *L) {
    vtl_md *self = lua_newuserdatauv(L, sizeof *self, VTL_MD_USERVALUES);
    *self = (vtl_md){0};
    luaL_setmetatable(L, VTL_MD);
    lua_newtable(L);
    lua_setiuservalue(L, -2, VTL_MD_JOB);
    return self;
}

vtl_md *vtl_check_md(lua_State *L, int index) {
    vtl_md *self = luaL_checkudata(L, index, VTL_MD);
    if (self->closed || self->md == NULL) vtl_error(L, "this dynamics is closed");
    return self;
}

static int md_gc(lua_State *L) {
    vtl_md *self = luaL_checkudata(L, 1, VTL_MD);
    if (!vtl_may_end(L, &self->closed)) return 0;
    vtl_md_catch_up(L, 1); /* a run that os.exit ended may be ahead still */
    vt_md_destroy(self->md);
    vtl_system_release(self->shared);
    *self = (vtl_md){.closed = true};
    return 0;
}

static int md_close(lua_State *L) {
    const vtl_md *self = luaL_checkudata(L, 1, VTL_MD);
    if (self->running) return vtl_error(L, "MD:close: the run is still going on");
    return md_gc(L);
}

vtl_atoms *vtl_md_atoms_or(lua_State *L, int index, vt_error *err) {
    vtl_md *self = luaL_checkudata(L, index, VTL_MD);
    lua_getiuservalue(L, index, VTL_MD_ATOMS);
    vtl_atoms *box = luaL_testudata(L, -1, VTL_ATOMS);
    if (box == NULL || box->closed || box->atoms == NULL) {
        vt_fail(err, VT_EINVAL, "the atoms of this dynamics are closed");
        lua_pop(L, 1);
        return NULL;
    }
    lua_getiuservalue(L, -1, VTL_ATOMS_POTENTIAL);
    const vtl_shared_potential *shared = vtl_shared_of(L, -1);
    bool same = shared != NULL && shared == self->shared->potential;
    lua_pop(L, 2);
    if (box->ahead != self->shared->system) vtl_refresh_atoms(box);
    if (same) return box;
    vt_fail(err, VT_EINVAL,
            "the atoms were given another potential after this dynamics was made; make a new one "
            "with vt.md");
    return NULL;
}

vt_atoms *vtl_md_atoms(lua_State *L, const char *where, int index) {
    vt_error err = {0};
    vtl_atoms *box = vtl_md_atoms_or(L, index, &err);
    if (box == NULL) vtl_md_raise_in(L, where, &err);
    return box->atoms;
}

void vtl_md_catch_up(lua_State *L, int index) {
    vtl_md *self = luaL_checkudata(L, index, VTL_MD);
    lua_getiuservalue(L, index, VTL_MD_ATOMS);
    vtl_atoms *box = luaL_testudata(L, -1, VTL_ATOMS);
    if (box != NULL && self->shared != NULL && box->ahead == self->shared->system)
        vtl_refresh_atoms(box);
    lua_pop(L, 1);
}

/* ---------------------------------------------------------------- reading values ---- */

double vtl_md_number(lua_State *L, const char *where, const char *what, const vt_range *range) {
    double value = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
    if (!isfinite(value)) {
        bool text = lua_type(L, -1) == LUA_TSTRING;
        vtl_error(L, "%s: %s [%s] must be a finite number, got %s%s%s", where, what, range->unit,
                  text ? "the string '" : "", luaL_tolstring(L, -1, NULL), text ? "'" : "");
    }
    vtl_check_range(L, where, what, range, value);
    return value;
}

void vtl_read_components(lua_State *L, const char *where, const char *key, vtl_take_component take,
                         void *target) {
    int table = lua_gettop(L);
    if (!lua_istable(L, table))
        vtl_error(L, "%s: option '%s' must be a table { xx = ..., ... }, got a %s", where, key,
                  luaL_typename(L, table));
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        int k = 0;
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        while (k < 6 && strcmp(name, vt_tensor_name(k)) != 0) k++;
        if (k == 6)
            vtl_error(L, "%s: '%s' has components xx, yy, zz, yz, xz, xy, not %s", where, key,
                      luaL_tolstring(L, -2, NULL));
        take(L, k, target);
        lua_pop(L, 1);
    }
}

/* ---------------------------------------------------------------- vt.md ---- */

enum { NVE, NVT, NPT, NPH, LANGEVIN };
static const char *const ENSEMBLES[] = {"nve", "nvt", "npt", "nph", "langevin", NULL};
enum { ISOTROPIC, AXES, TRICLINIC, NAMED };
static const char *const BAROSTATS[] = {"isotropic", "axes", "triclinic", NULL};
static const char *const PRECISIONS[] = {"double", "mixed", NULL}; /* as vt_precision */

typedef struct {
    double timestep, temperature, temperature_damping, pressure, pressure_damping, skin;
    int ensemble, thermostat, barostat, precision;
    int64_t chain, chain_steps;
    uint64_t seed;
} md_options;

static md_options md_defaults;

#define MD(member) offsetof(md_options, member)

static vtl_option MD_OPTIONS[] = {
    {"timestep", VTL_POSITIVE, MD(timestep), "ps", "time of one step", VTL_RANGE(TIMESTEP)},
    {"ensemble", VTL_CHOICE, MD(ensemble), "-",
     "what is held: nothing, temperature, temperature and pressure, pressure alone; langevin is "
     "nvt with the Langevin thermostat",
     ENSEMBLES},
    {"thermostat", VTL_CHOICE, MD(thermostat), "-",
     "of nvt and npt: a Nose-Hoover chain or Langevin noise", NULL},
    {"temperature", VTL_POSITIVE, MD(temperature), "K",
     "target; atoms that are all at rest are given velocities for it", VTL_RANGE(TEMPERATURE)},
    {"temperature_damping", VTL_POSITIVE, MD(temperature_damping), "ps",
     "relaxation time of the thermostat; for Langevin the inverse friction", VTL_RANGE(DAMPING)},
    {"chain", VTL_COUNT, MD(chain), "-", "length of the Nose-Hoover chain, 1 to 8", NULL},
    {"chain_steps", VTL_COUNT, MD(chain_steps), "-",
     "Suzuki-Yoshida sub-steps of the chain: 1, 3 or 5", NULL},
    {"barostat", VTL_CHOICE, MD(barostat), "-",
     "how the box follows: one factor for all axes, each axis on its own, or all six components",
     BAROSTATS},
    {"pressure", VTL_NUMBER, MD(pressure), "GPa",
     "target, positive in compression; 0 when neither pressure nor stress is given",
     VTL_RANGE(PRESSURE)},
    {"stress", VTL_TENSOR, 0, "GPa",
     "targets by component, positive in tension: { xx = 1, zz = 0 }. Without `barostat` the "
     "components not named stay fixed; with it they are held at the pressure (axes) or 0 (shear)",
     VTL_RANGE(PRESSURE)},
    {"pressure_damping", VTL_POSITIVE, MD(pressure_damping), "ps",
     "relaxation time of the barostat", VTL_RANGE(DAMPING)},
    {"seed", VTL_SEED, MD(seed), "-", "of Langevin noise and of initial velocities", NULL},
    {"skin", VTL_NONNEGATIVE, MD(skin), "A",
     "reach of the neighbor list beyond the cutoff; chosen by the potential when not given",
     VTL_RANGE(SHIFT)},
    {"precision", VTL_CHOICE, MD(precision), "-",
     "of pair terms: mixed computes them in single precision and sums in double, which is "
     "faster; forces are good to 1e-5 eV/A at thermal distances, and to 2e-4 of the force "
     "between atoms that are much closer",
     PRECISIONS},
    {"engine", VTL_VALUE, 0, "-",
     "what moves the atoms, made by vt.engine.lammps; this program itself when not given", NULL},
    {0}};

/* What the core says. */
static void set_defaults(void) {
    vt_md_options d = vt_md_defaults();
    md_defaults = (md_options){.timestep = d.timestep,
                               .temperature = d.temperature,
                               .temperature_damping = d.temperature_damping,
                               .pressure = NAN,
                               .pressure_damping = d.stress_damping,
                               .skin = NAN,
                               .chain = d.chain_length,
                               .chain_steps = d.suzuki_yoshida,
                               .seed = d.seed};
    vtl_allow(MD_OPTIONS, "thermostat", vt_md_thermostats() + 1); /* without "none" */
}

static const char *thermostat_of(const md_options *o) {
    return o->ensemble == LANGEVIN                    ? "langevin"
           : o->ensemble == NVT || o->ensemble == NPT ? vt_md_thermostats()[o->thermostat + 1]
                                                      : "none";
}

/* True when the options table at 2 has `key`. */
static bool given(lua_State *L, const char *key) {
    if (!lua_istable(L, 2)) return false;
    bool has = lua_getfield(L, 2, key) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

/* Keys that an ensemble has no use for are slips worth an error. */
static void refuse(lua_State *L, const char *const *keys, const char *ensemble,
                   const char *advice) {
    for (; *keys != NULL; keys++)
        if (given(L, *keys))
            vtl_error(L, "md: option '%s' has no meaning for ensemble '%s'; %s", *keys, ensemble,
                      advice);
}

static void refuse_useless(lua_State *L, const md_options *o) {
    static const char *const box[] = {"barostat", "pressure", "stress", "pressure_damping", NULL};
    static const char *const heat[] = {"temperature", "temperature_damping", "thermostat", NULL};
    static const char *const bath[] = {"temperature_damping", "thermostat", NULL};
    static const char *const chain[] = {"chain", "chain_steps", NULL};
    const char *name = ENSEMBLES[o->ensemble];
    bool npt = o->ensemble == NPT || o->ensemble == NPH;
    if (!npt) refuse(L, box, name, "use 'npt' (or 'nph' without thermostat) to let the box move");
    if (o->ensemble == NVE)
        refuse(L, heat, name,
               "use 'nvt', 'npt' or 'langevin' to hold a temperature, "
               "glass:thermalize{ temperature = ... } to start from one");
    if (o->ensemble == NPH) refuse(L, bath, name, "use 'npt' to hold a temperature");
    if (o->ensemble == LANGEVIN && given(L, "thermostat") &&
        strcmp(vt_md_thermostats()[o->thermostat + 1], "langevin") != 0)
        vtl_error(L, "md: ensemble 'langevin' has the Langevin thermostat; use 'nvt' for a "
                     "Nose-Hoover chain");
    if (strcmp(thermostat_of(o), "nose-hoover") != 0)
        refuse(L, chain, name, "only a Nose-Hoover thermostat has a chain");
}

static void take_stress(lua_State *L, int k, void *target) {
    vtl_stress_table *t = target;
    char what[32];
    snprintf(what, sizeof what, "stress.%s", vt_tensor_name(k));
    t->value[k] = vtl_md_number(L, t->where, what, VTL_RANGE(PRESSURE));
    t->given[k] = true;
}

void vtl_read_stress_table(lua_State *L, vtl_stress_table *table) {
    lua_getfield(L, 2, "stress");
    vtl_read_components(L, table->where, "stress", take_stress, table);
    lua_pop(L, 1);
}

static void set_barostat(lua_State *L, const md_options *o, vt_md_options *out) {
    vtl_stress_table stress = {{0}, {false}, "md"};
    bool has_stress = given(L, "stress"), has_barostat = given(L, "barostat");
    if (has_stress) {
        vtl_read_stress_table(L, &stress);
    }
    int kind = has_stress && !has_barostat ? NAMED : o->barostat;
    if (has_stress && kind == ISOTROPIC)
        vtl_error(L, "md: the barostat 'isotropic' has one pressure for all axes; for stress by "
                     "component use barostat = 'axes' or 'triclinic', or leave it out");
    if (kind == NAMED && isfinite(o->pressure))
        vtl_error(L,
                  "md: pressure and stress are both given; name all components in stress, or "
                  "add barostat = 'axes' or 'triclinic' to hold the unnamed axes at the pressure");
    double pressure = isfinite(o->pressure) ? o->pressure : 0;
    bool any = false;
    for (int k = 0; k < 6; k++) {
        bool moves = kind == NAMED ? stress.given[k] : k <= VT_ZZ || kind == TRICLINIC;
        if (stress.given[k] && !moves)
            vtl_error(L, "md: stress.%s needs barostat = 'triclinic': '%s' keeps the angles",
                      vt_tensor_name(k), BAROSTATS[kind]);
        out->control[k] = moves;
        out->stress[k] = (stress.given[k] ? stress.value[k] : k <= VT_ZZ ? -pressure : 0) / VT_GPA;
        any = any || moves;
    }
    if (!any) vtl_error(L, "md: the stress table names no component; give one, such as { zz = 0 }");
    out->coupled = kind == ISOTROPIC;
}

static vt_md_options read_options(lua_State *L, vt_system_options *system) {
    md_options o = md_defaults;
    vtl_options(L, 2, "md", MD_OPTIONS, &o);
    refuse_useless(L, &o);
    vt_md_options out = vt_md_defaults();
    out.timestep = o.timestep;
    out.thermostat = thermostat_of(&o);
    /* Without thermostat 0 means: that of the atoms. */
    bool bath = o.ensemble != NPH && o.ensemble != NVE;
    out.temperature = bath || given(L, "temperature") ? o.temperature : 0;
    out.temperature_damping = o.temperature_damping;
    out.chain_length = o.chain > 1000 ? 1000 : (int)o.chain;
    out.suzuki_yoshida = o.chain_steps > 1000 ? 1000 : (int)o.chain_steps;
    out.stress_damping = o.pressure_damping;
    out.seed = o.seed;
    system->skin = isfinite(o.skin) ? o.skin : -1;
    system->precision = o.precision == 0 ? VT_PRECISION_DOUBLE : VT_PRECISION_MIXED;
    if (o.ensemble == NPT || o.ensemble == NPH) set_barostat(L, &o, &out);
    return out;
}

int vtl_md_raise_in(lua_State *L, const char *where, const vt_error *err) {
    return vtl_error(L, "%s: %s", where, err->msg);
}

/* vt.md(atoms, { ... }) -> MD */
static int make_md(lua_State *L) {
    vtl_check_atoms_potential(L, 1);
    vt_system_options of_system = vt_system_defaults();
    vt_md_options options = read_options(L, &of_system);
    vtl_check_atoms_potential(L, 1);
    vtl_push_atoms_potential(L, 1);
    int potential = lua_gettop(L);
    vtl_md *self = vtl_new_md(L);
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    if (of_system.skin >= 0) {
        self->shared = vtl_new_system(L, 1, &of_system, "md");
    } else {
        self->shared = vtl_atoms_system(L, 1, of_system.precision, "md");
        vtl_system_retain(self->shared);
    }
    vt_error err = {0};
    self->md = vt_md_create(self->shared->system, &options, &err);
    if (self->md == NULL) vtl_md_raise_in(L, "md", &err);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, VTL_MD_ATOMS);
    lua_pushvalue(L, potential);
    lua_setiuservalue(L, -2, VTL_MD_POTENTIAL);
    vtl_gc_hint(L, atoms->count * 400);
    return 1;
}

/* ---------------------------------------------------------------- what it knows ---- */

/* Columns with the components of the stress are called stress_xx and so on. */
static const char STRESS[] = "stress_";

void vtl_push_sample(lua_State *L, const vt_md_sample *sample) {
    double row[VT_MD_COLUMNS], stress[6];
    memcpy(row, sample, sizeof row);
    lua_createtable(L, 0, VT_MD_COLUMNS + 1);
    for (int k = 0; k < VT_MD_COLUMNS; k++) {
        const char *name = vt_md_column_name(k);
        if (strncmp(name, STRESS, strlen(STRESS)) == 0 || isnan(row[k])) continue;
        if (k == 0)
            lua_pushinteger(L, (lua_Integer)row[k]);
        else
            lua_pushnumber(L, row[k] * vt_md_column_factor(k));
        lua_setfield(L, -2, name);
    }
    for (int k = 0; k < 6; k++) stress[k] = sample->stress[k] * VT_GPA;
    vtl_push_tensor(L, stress);
    lua_setfield(L, -2, "stress");
}

static int md_measure(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    vtl_md_atoms(L, "MD:measure", 1);
    vt_md_sample sample;
    vt_error err = {0};
    if (vt_failed(vt_md_measure(self->md, &sample, &err))) vtl_md_raise_in(L, "MD:measure", &err);
    vtl_push_sample(L, &sample);
    return 1;
}

/* md:samples() -> { time = array, ... } of the present or last run. */
static int md_samples(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    int64_t shape[1] = {(int64_t)vt_md_sample_count(self->md)};
    lua_createtable(L, 0, VT_MD_COLUMNS);
    lua_createtable(L, 0, 6); /* samples stress */
    for (int k = 0; k < VT_MD_COLUMNS; k++) {
        double *out = vtl_new_array(L, VT_FLOAT64, 1, shape)->data;
        const vt_md_sample *samples = vt_md_samples(self->md);
        for (int64_t n = 0; n < shape[0]; n++) {
            double value;
            memcpy(&value, (const char *)&samples[n] + (size_t)k * sizeof value, sizeof value);
            out[n] = value * vt_md_column_factor(k);
        }
        const char *name = vt_md_column_name(k);
        bool stress = strncmp(name, STRESS, strlen(STRESS)) == 0;
        lua_setfield(L, stress ? -2 : -3, stress ? name + strlen(STRESS) : name);
    }
    lua_setfield(L, -2, "stress");
    return 1;
}

/* md:cost() -> seconds in forces, seconds in all else */
static int md_cost(lua_State *L) {
    double forces, rest;
    vt_md_cost(vtl_check_md(L, 1)->md, &forces, &rest);
    lua_pushnumber(L, forces);
    lua_pushnumber(L, rest);
    return 2;
}

static const char *ensemble_name(const vt_md_options *o) {
    bool moves = false, bath = strcmp(o->thermostat, "none") != 0;
    for (int k = 0; k < 6; k++) moves = moves || o->control[k];
    if (moves) return bath ? "npt" : "nph";
    return !bath ? "nve" : strcmp(o->thermostat, "langevin") == 0 ? "langevin" : "nvt";
}

static int md_tostring(lua_State *L) {
    vtl_md *self = luaL_checkudata(L, 1, VTL_MD);
    if (self->closed || self->md == NULL) {
        lua_pushliteral(L, "MD: closed");
        return 1;
    }
    const vt_md_options *o = vt_md_settings(self->md);
    char text[256], target[64] = "";
    if (strcmp(o->thermostat, "none") != 0)
        snprintf(target, sizeof target, " at %g K", vt_md_target_temperature(self->md));
    size_t used = (size_t)snprintf(
        text, sizeof text, "MD: %s%s, %zu atoms, step %lld (%g ps), timestep %g ps",
        ensemble_name(o), target, vt_md_system(self->md)->count, (long long)vt_md_step(self->md),
        vt_md_time(self->md), o->timestep);
    if (vt_md_remaining(self->md) > 0)
        snprintf(text + used, sizeof text - used, ", %lld steps of a run left",
                 (long long)vt_md_remaining(self->md));
    lua_pushstring(L, text);
    return 1;
}

/* ---------------------------------------------------------------- properties ---- */

static const char *const PROPERTIES[] = {"atoms",     "step", "time",     "timestep", "temperature",
                                         "remaining", "note", "ensemble", "seed",     NULL};

/* Push property number k. */
static void push_property(lua_State *L, vtl_md *self, int k) {
    const vt_md_options *o = vt_md_settings(self->md);
    switch (k) {
    case 0:
        lua_getiuservalue(L, 1, VTL_MD_ATOMS);
        break;
    case 1:
        lua_pushinteger(L, vt_md_step(self->md));
        break;
    case 2:
        lua_pushnumber(L, vt_md_time(self->md));
        break;
    case 3:
        lua_pushnumber(L, o->timestep);
        break;
    case 4:
        lua_pushnumber(L, vt_md_target_temperature(self->md));
        break;
    case 5:
        lua_pushnumber(L, (double)vt_md_remaining(self->md) * o->timestep);
        break;
    case 6:
        lua_getiuservalue(L, 1, VTL_MD_JOB);
        lua_getfield(L, -1, "note");
        break;
    case 7:
        lua_pushstring(L, ensemble_name(o));
        break;
    default:
        lua_pushinteger(L, (lua_Integer)o->seed);
        break;
    }
}

static int md_index(lua_State *L) {
    luaL_checkudata(L, 1, VTL_MD);
    int k = vtl_find_field(L, "MD", "md", PROPERTIES);
    if (k != VTL_METHOD) push_property(L, vtl_check_md(L, 1), k);
    return 1;
}

static int md_newindex(lua_State *L) {
    return vtl_error(L,
                     "fields of MD cannot be set ('%s'); give targets to md:run, or make another "
                     "one with vt.md",
                     luaL_tolstring(L, 2, NULL));
}

/* ---------------------------------------------------------------- type ---- */

static const luaL_Reg METHODS[] = {{"close", md_close},
                                   {"measure", md_measure},
                                   {"samples", md_samples},
                                   {"cost", md_cost},
                                   {NULL, NULL}};

static const luaL_Reg META[] = {{"__gc", md_gc},
                                {"__close", md_close},
                                {"__index", md_index},
                                {"__newindex", md_newindex},
                                {"__tostring", md_tostring},
                                {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"md", "vt.md(atoms, options) -> MD",
     "Molecular dynamics of the atoms under their potential: velocity Verlet; Nose-Hoover chains "
     "(Martyna 1992), Langevin noise (BAOAB, Leimkuhler and Matthews 2013), the barostat of "
     "Martyna, Tobias and Klein (1994) with any stress component held, strain rates. The total "
     "momentum is removed at the start. Nothing moves before md:run.",
     MD_OPTIONS, &md_defaults,
     "local md = vt.md(glass, { ensemble = \"npt\", temperature = 2000, pressure = 0 })\n"
     "md:run{ time = 20 }",
     "molecular dynamics; NVE; NVT; NPT; Langevin; thermostat; barostat; Nose-Hoover; timestep; "
     "ensemble; strain rate; freeze atoms; velocity Verlet; fix npt; fix nvt; fix deform; tensile "
     "test; deformation",
     "MD:run; minimize; md_restore"},
    {"MD:measure", "md:measure() -> sample",
     "The current state, as a sample function gets it (see MD:run).", NULL, NULL,
     "print(md:measure().pressure)"},
    {"MD:samples", "md:samples() -> table of arrays",
     "The samples of the present or last run, one array for each quantity: time, temperature, "
     "potential_energy, volume, stress.xx and so on. Names and units as in MD:run.",
     NULL, NULL, "local s = md:samples(); vt.plot(s.strain, s.stress.zz)",
     "time series; thermo; stress-strain curve", "MD:run; plot"},
    {"MD:cost", "md:cost() -> forces, rest",
     "Wall time spent on forces and on everything else in runs so far [s].", NULL, NULL,
     "print(md:cost())"},
    {"MD:close", "md:close()", "Frees the memory at once.", NULL, NULL,
     "local md <close> = vt.md(glass)"},
    {"MD.step", "md.step, md.time, md.remaining",
     "Steps and time [ps] since vt.md; time left of a run that was cut short [ps].", NULL, NULL,
     "print(md.time)"},
    {"MD.temperature", "md.temperature, md.ensemble, md.timestep, md.seed, md.atoms, md.note",
     "The present target [K], the settings, the atoms that move, the note of the checkpoint.", NULL,
     NULL, "print(md.temperature)"},
    {0}};

VTL_OPENER(dynamics) {
    set_defaults();
    vtl_new_type(L, VTL_MD, METHODS, META);
    lua_pushcfunction(L, make_md);
    lua_setfield(L, -2, "md");
    vtl_document(L, DOCS);
}

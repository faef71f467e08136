/* Looking at a lattice: its state, its fields and what has happened. */
#include <string.h>

#include "l_stz.h"
#include "vitrum/units.h"

/* ---------------------------------------------------------------- numbers ---- */

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_tensor(lua_State *L, const char *key, const double value[3], double unit) {
    lua_createtable(L, 0, 3);
    for (int k = 0; k < 3; k++) set_number(L, VTL_STZ_COMPONENTS[k], value[k] * unit);
    lua_setfield(L, -2, key);
}

static int lattice_state(lua_State *L) {
    vt_stz_state t = vt_stz_get_state(vtl_check_lattice(L, 1));
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
    set_number(L, "shift", t.shift);
    lua_pushinteger(L, (lua_Integer)t.avalanches);
    lua_setfield(L, -2, "avalanches");
    lua_pushinteger(L, (lua_Integer)t.largest_avalanche);
    lua_setfield(L, -2, "largest_avalanche");
    return 1;
}

static int lattice_last(lua_State *L) {
    vt_stz_event e = vt_stz_last_event(vtl_check_lattice(L, 1));
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
    int64_t shape[2] = {vt_stz_settings(s)->rows, vt_stz_settings(s)->n};
    return vtl_new_array(L, VT_FLOAT64, 2, shape)->data;
}

/* lat:field(name) -> rows x n array, row 1 at the bottom */
static int lattice_field(lua_State *L) {
    vt_stz *s = vtl_check_lattice(L, 1);
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

/* ---------------------------------------------------------------- views ---- */

/* Views expire with the next change of the lattice. */
static uint64_t generation(void *box) {
    const vtl_lattice *self = box;
    return self->closed || self->lattice == NULL ? 0 : vt_stz_changes(self->lattice);
}

void vtl_stz_push_fields(lua_State *L, bool stress) {
    vt_stz *s = vtl_check_lattice(L, 1);
    vtl_lattice *self = lua_touserdata(L, 1);
    vtl_stz_fields *fields = stress ? &self->stress : &self->strain;
    int64_t n = vt_stz_settings(s)->n, rows = vt_stz_settings(s)->rows;
    size_t sites = (size_t)rows * (size_t)n;
    vt_error err = {0};
    if (fields->values == NULL) {
        fields->values = vt_alloc(3 * sites, sizeof *fields->values);
        if (fields->values == NULL) {
            vt_fail_memory(&err, 3 * sites, sizeof(double), "fields of a lattice");
            vtl_error(L, "Lattice: %s", err.msg);
        }
        vtl_gc_hint(L, 3 * sites * sizeof *fields->values);
    }
    double *xx = fields->values, *yy = xx + sites, *xy = yy + sites;
    if (fields->changes != vt_stz_changes(s)) {
        vt_status status = stress ? vt_stz_get_stress(s, xx, yy, xy, &err)
                                  : vt_stz_get_strain(s, xx, yy, xy, &err);
        if (vt_failed(status)) vtl_error(L, "Lattice: %s", err.msg);
        for (size_t i = 0; i < 3 * sites && stress; i++) fields->values[i] *= VT_GPA;
        fields->changes = vt_stz_changes(s);
    }
    lua_createtable(L, 0, 3);
    for (size_t k = 0; k < 3; k++) {
        vt_array view = {VT_FLOAT64, 2, {rows, n}, {n, 1}, fields->values + k * sites};
        vtl_push_view(L, 1, &view, generation, true, NULL);
        lua_setfield(L, -2, VTL_STZ_COMPONENTS[k]);
    }
}

/* ---------------------------------------------------------------- arrays ---- */

/* lat:barriers(loaded) -> array of rows x n x modes [eV] */
static int lattice_barriers(lua_State *L) {
    vt_stz *s = vtl_check_lattice(L, 1);
    const vt_stz_options *o = vt_stz_settings(s);
    bool loaded = lua_toboolean(L, 2) != 0;
    int64_t shape[3] = {o->rows, o->n, o->modes};
    double *out = vtl_new_array(L, VT_FLOAT64, 3, shape)->data;
    vt_error err = {0};
    if (vt_failed(vt_stz_get_barriers(s, loaded, out, &err)))
        return vtl_error(L, "Lattice:barriers: %s", err.msg);
    return 1;
}

static int lattice_avalanches(lua_State *L) {
    size_t count;
    const int32_t *sizes = vt_stz_avalanches(vtl_check_lattice(L, 1), &count);
    int64_t shape = (int64_t)count;
    int32_t *out = vtl_new_array(L, VT_INT32, 1, &shape)->data;
    if (count > 0) memcpy(out, sizes, count * sizeof *out);
    return 1;
}

static int lattice_energy(lua_State *L) {
    vt_stz *s = vtl_check_lattice(L, 1);
    double energy;
    vt_error err = {0};
    if (vt_failed(vt_stz_elastic_energy(s, &energy, &err)))
        return vtl_error(L, "Lattice:energy: %s", err.msg);
    lua_pushnumber(L, energy * VT_GPA);
    return 1;
}

/* ---------------------------------------------------------------- list ---- */

const luaL_Reg vtl_stz_look_methods[] = {{"state", lattice_state},
                                         {"last", lattice_last},
                                         {"field", lattice_field},
                                         {"barriers", lattice_barriers},
                                         {"avalanches", lattice_avalanches},
                                         {"energy", lattice_energy},
                                         {NULL, NULL}};

const vtl_doc vtl_stz_look_docs[] = {
    {"Lattice:state", "lat:state() -> table",
     "The whole lattice: time [s]; strain, the loading parameter; stress [GPa], its work "
     "conjugate; plastic, the plastic part of strain; mean_strain and mean_stress by component; "
     "elastic_steps, thermal_steps, athermal_steps, transformations; work and dissipated "
     "[GJ/m^3]; peak_stress [GPa], peak_strain; shift, the mean of 1 - exp(-eta) over all "
     "events, with the softening of the site right before each; avalanches, largest_avalanche.",
     NULL, NULL, "print(lat:state().stress)"},
    {"Lattice:last", "lat:last() -> table",
     "The last step: kind (elastic, thermal, athermal), sites that transformed, x, y and mode of "
     "the first, waiting [s], rate [1/s], the sum of all rates before it, excess [1/s] on that.",
     NULL, NULL, "print(lat:last().kind)"},
    {"Lattice:field", "lat:field(name) -> array",
     "A field over the sites, rows x n, row y from 1 upwards: von_mises, eigen_1 and eigen_3 (the "
     "accumulated eigenstrain), generation, softening and permanent (eta and its permanent part), "
     "barrier (the lowest of each site under its stress [eV]).",
     NULL, NULL, "print(lat:field(\"von_mises\"):max())"},
    {"Lattice:barriers", "lat:barriers([loaded]) -> array",
     "All barriers, rows x n x modes [eV]: softened but without stress, or with it.", NULL, NULL,
     "print(lat:barriers():mean())", "activation energy; energy barrier; activation barrier",
     "stz.landscape"},
    {"Lattice:avalanches", "lat:avalanches() -> array",
     "Transformations in each avalanche. An avalanche ends with a pause longer than a thousandth "
     "of "
     "the time of a strain step.",
     NULL, NULL, "print(lat:avalanches():max())", "avalanche; serrations; serrated flow"},
    {"Lattice:energy", "lat:energy() -> GJ/m^3", "Elastic energy per volume.", NULL, NULL,
     "print(lat:energy())"},
    {"Lattice.stress", "lat.stress, lat.strain",
     "Local stress [GPa] and strain: tables with views xx, yy, xy of rows x n, read-only, row y "
     "from "
     "1 "
     "upwards. They are computed when asked for and expire with the next step; :copy() keeps one.",
     NULL, NULL, "print(lat.stress.xy:max())"},
    {0}};

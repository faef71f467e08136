/* Which numbers make sense for a quantity, and which other unit a number out of range is likely to
   be in. Someone who types 10000 for a pressure has bar in mind, not GPa. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vitrum/units.h"
#include "vtl.h"

/* Beyond `least` and `most` a model of atoms says nothing any more, or a run would take years;
   between these and the usual values lies what somebody may have good reasons for. */
const vtl_range vtl_ranges[VTL_RANGE_COUNT] = {
    [VTL_RANGE_TIMESTEP] = {"timestep", "ps", 1e-8, 1e-6, 0.02, 0.2, {{"fs", 1e-3}, {"s", 1e12}}},
    [VTL_RANGE_TIME] = {"time", "ps", 1e-8, 1e-6, 5e4, 1e9, {{"fs", 1e-3}, {"s", 1e12}}},
    [VTL_RANGE_DAMPING] = {"damping", "ps", 1e-6, 1e-3, 50, 1e5, {{"fs", 1e-3}, {"s", 1e12}}},
    [VTL_RANGE_TEMPERATURE] = {"temperature", "K", 0, 0, 1e4, 1e6, {{NULL, 0}}},
    [VTL_RANGE_TEMPERATURE_RATE] =
        {"temperature rate", "K/s", 1e6, 1e8, 1e17, 1e20, {{"K/ps", 1e12}, {"K/ns", 1e9}}},
    [VTL_RANGE_PRESSURE] =
        {"pressure", "GPa", 0, 0, 50, 1000, {{"bar", 1e-4}, {"MPa", 1e-3}, {"Pa", 1e-9}}},
    [VTL_RANGE_PRESSURE_RATE] =
        {"pressure rate", "GPa/ps", 1e-12, 1e-9, 10, 1000, {{"bar/ps", 1e-4}, {"GPa/s", 1e-12}}},
    [VTL_RANGE_MODULUS] = {"modulus", "GPa", 1e-6, 1e-2, 2000, 1e5, {{"MPa", 1e-3}, {"Pa", 1e-9}}},
    [VTL_RANGE_STRAIN] = {"strain", "-", 0, 0, 1, 10, {{"%", 1e-2}}},
    [VTL_RANGE_STRAIN_RATE] =
        {"strain rate", "1/s", 1, 1e4, 1e12, 1e15, {{"1/ps", 1e12}, {"1/ns", 1e9}}},
    [VTL_RANGE_FORCE] = {"force", "eV/A", 1e-16, 1e-12, 100, 1e5, {{NULL, 0}}},
    [VTL_RANGE_DISTANCE] =
        {"distance", "A", 0.01, 0.7, 500, 1e6, {{"nm", 10}, {"m", 1e10}, {"pm", 0.01}}},
    [VTL_RANGE_LATTICE_CONSTANT] =
        {"lattice constant", "A", 0.01, 0.7, 60, 1e4, {{"nm", 10}, {"m", 1e10}, {"pm", 0.01}}},
    [VTL_RANGE_SHIFT] = {"shift", "A", 0, 0, 5, 1e4, {{"pm", 0.01}}},
    [VTL_RANGE_DISPLACEMENT] =
        {"displacement for differences", "A", 1e-8, 1e-6, 0.02, 0.2, {{"pm", 0.01}}},
    [VTL_RANGE_DENSITY] = {"density", "g/cm^3", 1e-6, 1e-3, 30, 100, {{"kg/m^3", 1e-3}}},
    [VTL_RANGE_NUMBER_DENSITY] =
        {"number density", "1/A^3", 1e-12, 1e-6, 2, 10, {{"1/nm^3", 1e-3}, {"1/m^3", 1e-30}}},
    [VTL_RANGE_MASS] = {"mass", "amu", 1e-6, 0.4, 1e4, 1e6, {{"kg", 1e27 / VT_GRAM_PER_CM3}}},
    [VTL_RANGE_ENERGY] = {"energy",
                          "eV",
                          1e-12,
                          1e-9,
                          50,
                          1e5,
                          {{"K", VT_BOLTZMANN},
                           {"kJ/mol", 1 / VT_KJ_PER_MOL},
                           {"J", 1e21 / VT_GPA}}},
    [VTL_RANGE_FREQUENCY] = {"frequency", "1/s", 1, 1e6, 1e16, 1e20, {{"THz", 1e12}}},
    [VTL_RANGE_VOLUME] = {"volume", "nm^3", 0, 0, 100, 1e6, {{"A^3", 1e-3}}},
};

const vtl_range *vtl_find_range(const char *name) {
    for (size_t k = 0; k < VTL_RANGE_COUNT; k++)
        if (strcmp(vtl_ranges[k].name, name) == 0) return &vtl_ranges[k];
    return NULL;
}

/* A text that grows in a buffer. */
typedef struct {
    char *at;
    size_t left;
} text;

static void add(text *t, const char *words) {
    int length = snprintf(t->at, t->left, "%s", words);
    size_t used = (size_t)length < t->left ? (size_t)length : t->left - 1;
    t->at += used;
    t->left -= used;
}

/* "1.5 GPa" */
static void add_value(text *t, double value, const char *unit) {
    char number[40];
    snprintf(number, sizeof number, "%.6g", value);
    add(t, number);
    if (strcmp(unit, "-") == 0) return;
    add(t, " ");
    add(t, unit);
}

static void add_bounds(text *t, double low, double high, const char *unit) {
    if (low > 0) {
        add_value(t, low, "-");
        add(t, " to ");
    } else {
        add(t, "up to ");
    }
    add_value(t, high, unit);
}

/* "; did you mean 1 GPa = 10000 bar?" with all units in which the value is a usual one, and not so
   small that it may as well be 0. */
static void add_other_units(text *t, const vtl_range *range, double value) {
    const char *before = "; did you mean ";
    double least = range->low > 0 ? range->low : 1e-4 * range->high;
    for (int k = 0; k < VTL_OTHER_UNITS && range->other[k].unit != NULL; k++) {
        double meant = value * range->other[k].factor;
        if (fabs(meant) < least || fabs(meant) > range->high) continue;
        add(t, before);
        add_value(t, meant, range->unit);
        add(t, " = ");
        add_value(t, value, range->other[k].unit);
        before = " or ";
    }
    if (strcmp(before, " or ") == 0) add(t, "?");
}

vtl_verdict vtl_judge(const vtl_range *range, double value, char *out, size_t size) {
    double amount = fabs(value);
    if (amount == 0 || (amount >= range->low && amount <= range->high)) return VTL_USUAL;
    bool impossible = amount < range->least || amount > range->most;
    text t = {out, size};
    add(&t, "is ");
    add_value(&t, value, range->unit);
    add(&t, impossible ? ", but only " : "; usual is ");
    if (impossible)
        add_bounds(&t, range->least, range->most, range->unit);
    else
        add_bounds(&t, range->low, range->high, range->unit);
    if (impossible) add(&t, " makes sense");
    add_other_units(&t, range, value);
    return impossible ? VTL_IMPOSSIBLE : VTL_UNUSUAL;
}

/* Texts that were printed are the keys of this table in the registry. */
#define WARNED "vitrum.warned"

void vtl_warn(lua_State *L, const char *message) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, WARNED);
    bool known = lua_getfield(L, -1, message) != LUA_TNIL;
    lua_pop(L, 1);
    if (!known) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, message);
        vtl_push_place(L);
        vtl_progress_clear();
        fprintf(stderr, "vitrum: warning: %s%s\n", lua_tostring(L, -1), message);
        fflush(stderr);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void vtl_check_range(lua_State *L, const char *where, const char *what, const vtl_range *range,
                     double value) {
    char verdict[256];
    switch (vtl_judge(range, value, verdict, sizeof verdict)) {
    case VTL_USUAL:
        return;
    case VTL_UNUSUAL:
        vtl_warn(L, lua_pushfstring(L, "%s: %s %s", where, what, verdict));
        lua_pop(L, 1);
        return;
    case VTL_IMPOSSIBLE:
        vtl_error(L, "%s: %s %s", where, what, verdict);
    }
}

/* ---------------------------------------------------------------- for Lua ---- */

static const vtl_range *check_name(lua_State *L, int index) {
    const char *name = luaL_checkstring(L, index);
    const vtl_range *range = vtl_find_range(name);
    if (range == NULL) {
        const char *near =
            vtl_nearest(name, &vtl_ranges[0].name, VTL_RANGE_COUNT, sizeof vtl_ranges[0]);
        luaL_error(L, "there is no range '%s'%s%s", name, near != NULL ? "; did you mean " : "",
                   near != NULL ? near : "");
    }
    return range;
}

int vtl_session_judge(lua_State *L) {
    static const char *const VERDICTS[] = {"usual", "unusual", "impossible"};
    char why[256] = "";
    lua_pushstring(L,
                   VERDICTS[vtl_judge(check_name(L, 1), luaL_checknumber(L, 2), why, sizeof why)]);
    lua_pushstring(L, why);
    return 2;
}

int vtl_session_warn(lua_State *L) {
    vtl_warn(L, luaL_checkstring(L, 1));
    return 0;
}

int vtl_session_range(lua_State *L) {
    const vtl_range *range = check_name(L, 1);
    const struct {
        const char *name;
        double value;
    } bounds[] = {
        {"least", range->least}, {"low", range->low}, {"high", range->high}, {"most", range->most}};
    lua_createtable(L, 0, 6);
    lua_pushstring(L, range->unit);
    lua_setfield(L, -2, "unit");
    for (size_t k = 0; k < sizeof bounds / sizeof *bounds; k++) {
        lua_pushnumber(L, bounds[k].value);
        lua_setfield(L, -2, bounds[k].name);
    }
    lua_newtable(L); /* range units */
    for (int k = 0; k < VTL_OTHER_UNITS && range->other[k].unit != NULL; k++) {
        lua_pushnumber(L, range->other[k].factor);
        lua_setfield(L, -2, range->other[k].unit);
    }
    lua_setfield(L, -2, "units");
    return 1;
}

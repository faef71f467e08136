/* Which numbers make sense for a quantity, and which other unit a number out of range is likely to
   be in. Someone who types 10000 for a pressure has bar in mind, not GPa. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vitrum/base.h"
#include "vitrum/units.h"

/* Beyond `least` and `most` a model of atoms is meaningless, or a run would take years;
   between these and the usual values lies what somebody may have good reasons for. */
const vt_range vt_ranges[VT_RANGE_COUNT] = {
    [VT_RANGE_TIMESTEP] = {"timestep", "ps", 1e-8, 1e-6, 0.02, 0.2, {{"fs", 1e-3}, {"s", 1e12}}},
    [VT_RANGE_TIME] = {"time", "ps", 1e-8, 1e-6, 5e4, 1e9, {{"fs", 1e-3}, {"s", 1e12}}},
    [VT_RANGE_DAMPING] = {"damping", "ps", 1e-6, 1e-3, 50, 1e5, {{"fs", 1e-3}, {"s", 1e12}}},
    [VT_RANGE_TEMPERATURE] = {"temperature", "K", 0, 0, 1e4, 1e6, {{NULL, 0}}},
    [VT_RANGE_TEMPERATURE_RATE] =
        {"temperature rate", "K/s", 1e6, 1e8, 1e17, 1e20, {{"K/ps", 1e12}, {"K/ns", 1e9}}},
    [VT_RANGE_PRESSURE] =
        {"pressure", "GPa", 0, 0, 50, 1000, {{"bar", 1e-4}, {"MPa", 1e-3}, {"Pa", 1e-9}}},
    [VT_RANGE_PRESSURE_RATE] =
        {"pressure rate", "GPa/ps", 1e-12, 1e-9, 10, 1000, {{"bar/ps", 1e-4}, {"GPa/s", 1e-12}}},
    [VT_RANGE_MODULUS] = {"modulus", "GPa", 1e-6, 1e-2, 2000, 1e5, {{"MPa", 1e-3}, {"Pa", 1e-9}}},
    [VT_RANGE_STRAIN] = {"strain", "-", 0, 0, 1, 10, {{"%", 1e-2}}},
    [VT_RANGE_STRAIN_RATE] =
        {"strain rate", "1/s", 1, 1e4, 1e12, 1e15, {{"1/ps", 1e12}, {"1/ns", 1e9}}},
    [VT_RANGE_FORCE] = {"force", "eV/A", 1e-16, 1e-12, 100, 1e5, {{NULL, 0}}},
    [VT_RANGE_DISTANCE] =
        {"distance", "A", 0.01, 0.7, 500, 1e6, {{"nm", 10}, {"m", 1e10}, {"pm", 0.01}}},
    [VT_RANGE_LATTICE_CONSTANT] =
        {"lattice constant", "A", 0.01, 0.7, 60, 1e4, {{"nm", 10}, {"m", 1e10}, {"pm", 0.01}}},
    [VT_RANGE_SHIFT] = {"shift", "A", 0, 0, 5, 1e4, {{"pm", 0.01}}},
    [VT_RANGE_DISPLACEMENT] =
        {"displacement for differences", "A", 1e-8, 1e-6, 0.02, 0.2, {{"pm", 0.01}}},
    [VT_RANGE_DENSITY] = {"density", "g/cm^3", 1e-6, 1e-3, 30, 100, {{"kg/m^3", 1e-3}}},
    [VT_RANGE_NUMBER_DENSITY] =
        {"number density", "1/A^3", 1e-12, 1e-6, 2, 10, {{"1/nm^3", 1e-3}, {"1/m^3", 1e-30}}},
    [VT_RANGE_MASS] = {"mass", "amu", 1e-6, 0.4, 1e4, 1e6, {{"kg", 1e27 / VT_GRAM_PER_CM3}}},
    [VT_RANGE_ENERGY] = {"energy",
                         "eV",
                         1e-12,
                         1e-9,
                         50,
                         1e5,
                         {{"K", VT_BOLTZMANN},
                          {"kJ/mol", 1 / VT_KJ_PER_MOL},
                          {"J", 1e21 / VT_GPA}}},
    [VT_RANGE_FREQUENCY] = {"frequency", "1/s", 1, 1e6, 1e16, 1e20, {{"THz", 1e12}}},
    [VT_RANGE_VOLUME] = {"volume", "nm^3", 0, 0, 100, 1e6, {{"A^3", 1e-3}}},
};

const vt_range *vt_range_find(const char *name) {
    for (size_t k = 0; k < VT_RANGE_COUNT; k++)
        if (strcmp(vt_ranges[k].name, name) == 0) return &vt_ranges[k];
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
static void add_other_units(text *t, const vt_range *range, double value) {
    const char *before = "; did you mean ";
    double least = range->low > 0 ? range->low : 1e-4 * range->high;
    for (int k = 0; k < VT_OTHER_UNITS && range->other[k].unit != NULL; k++) {
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

vt_verdict vt_range_judge(const vt_range *range, double value, char *out, size_t size) {
    double amount = fabs(value);
    if (amount == 0 || (amount >= range->low && amount <= range->high)) return VT_USUAL;
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
    return impossible ? VT_IMPOSSIBLE : VT_UNUSUAL;
}

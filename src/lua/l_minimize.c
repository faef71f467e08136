/* vt.minimize. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "l_dynamics.h"
#include "vitrum/minimize.h"
#include "vitrum/units.h"

enum { FIXED, ISOTROPIC, AXES, TRICLINIC, NAMED };
static const char *const BOXES[] = {"fixed", "isotropic", "axes", "triclinic", NULL};

typedef struct {
    int method, box;
    double fmax, stress_tolerance, pressure, max_step;
    int64_t max_evaluations, memory;
    bool precondition;
} minimize_options;

static minimize_options defaults;

#define AT(member) offsetof(minimize_options, member)

static vtl_option OPTIONS[] = {
    {"method", VTL_CHOICE, AT(method), "-",
     "lbfgs needs the fewest evaluations; cg: conjugate gradients; fire: damped dynamics", NULL},
    {"fmax", VTL_POSITIVE, AT(fmax), "eV/A", "goal for the largest force on an atom",
     VTL_RANGE(FORCE)},
    {"max_evaluations", VTL_COUNT, AT(max_evaluations), "-",
     "evaluations of energy and forces allowed; running out is no error, the result tells", NULL},
    {"max_step", VTL_POSITIVE, AT(max_step), "A", "no atom moves further between two evaluations",
     VTL_RANGE(SHIFT)},
    {"memory", VTL_COUNT, AT(memory), "-", "steps that lbfgs remembers, 1 to 1000", NULL},
    {"precondition", VTL_BOOLEAN, AT(precondition), "-",
     "lbfgs and cg, from 100 atoms on: solve with a network of springs fitted to the steps taken; "
     "about half the evaluations",
     NULL},
    {"frozen", VTL_ARRAY_LIKE, 0, "-",
     "numbers of atoms that stand still, in a fixed box, as at the bottom of a slab; goal and "
     "result of fmax are those of the others",
     NULL},
    {"box", VTL_CHOICE, AT(box), "-",
     "what of the box may change: nothing, its volume, each axis on its own, or all six "
     "components. fixed, but isotropic when a pressure is given",
     BOXES},
    {"pressure", VTL_NUMBER, AT(pressure), "GPa",
     "target when the box moves, positive in compression", VTL_RANGE(PRESSURE)},
    {"stress", VTL_TENSOR, 0, "GPa",
     "targets by component, positive in tension: { xx = 1, zz = 0 }. Without `box` the components "
     "not named stay fixed; with it they go to the pressure (axes) or 0 (shear)",
     VTL_RANGE(PRESSURE)},
    {"stress_tolerance", VTL_POSITIVE, AT(stress_tolerance), "GPa",
     "goal for every stress component that the box may relax", VTL_RANGE(PRESSURE)},
    {0}};

static const vtl_doc DOCS[] = {
    {"minimize", "vt.minimize(atoms, { ... }) -> result",
     "Move the atoms, and the box when asked, to the nearest minimum of the energy; with a moving "
     "box, of the enthalpy. The atoms end in the lowest state met, never above the start; "
     "velocities stay as they are. result has converged, reason ('converged', 'evaluations used "
     "up', 'no progress: rounding, forces that jump at a cutoff, or atoms too close'), energy and "
     "energy_before "
     "[eV], fmax [eV/A], iterations, evaluations, method; with a moving box also enthalpy and "
     "enthalpy_before [eV], "
     "stress and pressure [GPa]. Not to converge is no error: look at result.converged.",
     OPTIONS, &defaults,
     "local result = vt.minimize(glass, { fmax = 1e-4 })\n"
     "print(result.converged, result.energy / #glass)",
     "energy minimization; relaxation; relax; inherent structure; FIRE; L-BFGS; conjugate "
     "gradient; geometry optimization; box relaxation; local minimum; fixed atoms; constraint; "
     "slab",
     "md; Atoms:stress"},
    {0}};

/* ---------------------------------------------------------------- options ---- */

/* What the core says. */
static void set_defaults(void) {
    vt_minimize_options d = vt_minimize_defaults();
    defaults = (minimize_options){.fmax = d.fmax,
                                  .stress_tolerance = d.stress_tolerance * VT_GPA,
                                  .max_step = d.max_step,
                                  .max_evaluations = 100000,
                                  .memory = d.memory,
                                  .precondition = d.precondition};
    vtl_allow(OPTIONS, "method", vt_minimize_methods());
}

static const char *method_of(const minimize_options *o) {
    return vt_minimize_methods()[o->method];
}

static bool given(lua_State *L, const char *key) {
    if (!lua_istable(L, 2)) return false;
    bool has = lua_getfield(L, 2, key) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

/* Options that the method has no use for are slips worth an error. */
static void refuse_useless(lua_State *L, const minimize_options *o) {
    const char *method = method_of(o);
    if (strcmp(method, "lbfgs") != 0 && given(L, "memory"))
        vtl_error(L, "minimize: option 'memory' has no meaning for method '%s'; only lbfgs has one",
                  method);
    if (strcmp(method, "fire") == 0 && given(L, "precondition"))
        vtl_error(L, "minimize: option 'precondition' has no meaning for method 'fire'; only lbfgs "
                     "and cg have it");
}

/* Which components move, and to what stress. */
static void set_box(lua_State *L, const minimize_options *o, vt_minimize_options *out) {
    vtl_stress_table stress = {{0}, {false}, "minimize"};
    bool has_pressure = given(L, "pressure"), has_stress = given(L, "stress");
    int kind = o->box;
    if (!given(L, "box")) kind = has_stress ? NAMED : has_pressure ? ISOTROPIC : FIXED;
    if (has_stress) {
        vtl_read_stress_table(L, &stress);
        bool any = false;
        for (int c = 0; c < 6; c++) any = any || stress.given[c];
        if (!any)
            vtl_error(L, "minimize: the stress table names no component; give one, as { zz = 0 }");
    }
    if (kind == FIXED && (has_pressure || has_stress))
        vtl_error(L, "minimize: a fixed box cannot go to a pressure or stress; leave out 'box', or "
                     "give 'isotropic', 'axes' or 'triclinic'");
    if (kind == ISOTROPIC && has_stress)
        vtl_error(L, "minimize: the box 'isotropic' has one pressure for all axes; for stress by "
                     "components use box = 'axes' or 'triclinic'");
    if (kind == NAMED && has_pressure)
        vtl_error(L, "minimize: give stress and pressure together only with box = 'axes' or "
                     "'triclinic', so that it is clear which components go to the pressure");
    if (kind == FIXED && given(L, "stress_tolerance"))
        vtl_error(L, "minimize: option 'stress_tolerance' has no meaning with a fixed box");
    out->isotropic = kind == ISOTROPIC;
    for (int c = 0; c < 6; c++) {
        out->free[c] = (kind == AXES && c < 3) || kind == TRICLINIC || stress.given[c];
        double target = stress.given[c] ? stress.value[c] : c < 3 ? -o->pressure : 0;
        out->stress[c] = target / VT_GPA;
        if (kind == AXES && c >= 3 && stress.given[c])
            vtl_error(L,
                      "minimize: with box = 'axes' the component %s stays fixed; use "
                      "'triclinic', or leave out 'box'",
                      vt_tensor_name(c));
    }
}

/* ---------------------------------------------------------------- run ---- */

/* Evaluations between two looks at the progress bar. */
enum { CHUNK = 10 };

/* Part of the way, counted in orders of magnitude of the force [%]. */
static double way(double start, double now, double goal) {
    if (!(now > goal) || !(start > goal)) return 100;
    return fmax(0, fmin(100, 100 * log(start / now) / log(start / goal)));
}

static vt_status run(vt_minimizer *minimizer, const vt_minimize_options *o, int64_t most,
                     vt_error *err) {
    const vt_minimize_report *report = vt_minimizer_report(minimizer);
    vtl_progress progress = {0};
    vtl_progress_start(&progress, "minimize", 100, 1, "%/s");
    double start = 0;
    vt_status status = VT_CONTINUE;
    while (status == VT_CONTINUE && report->evaluations < most) {
        int64_t left = most - report->evaluations;
        status = vt_minimizer_run(minimizer, left < CHUNK ? left : CHUNK, err);
        if (start == 0) start = report->fmax;
        vtl_progress_update(&progress, way(start, report->fmax, o->fmax));
    }
    vtl_progress_finish(&progress);
    return status;
}

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void push_report(lua_State *L, const vt_minimize_report *r, const char *method,
                        bool moving) {
    lua_createtable(L, 0, 12);
    lua_pushboolean(L, r->reason == VT_MINIMIZE_CONVERGED);
    lua_setfield(L, -2, "converged");
    lua_pushstring(L, vt_minimize_reason_text(r->reason));
    lua_setfield(L, -2, "reason");
    lua_pushstring(L, method);
    lua_setfield(L, -2, "method");
    set_number(L, "energy", r->energy);
    set_number(L, "energy_before", r->energy_before);
    set_number(L, "fmax", r->fmax);
    lua_pushinteger(L, (lua_Integer)r->iterations);
    lua_setfield(L, -2, "iterations");
    lua_pushinteger(L, (lua_Integer)r->evaluations);
    lua_setfield(L, -2, "evaluations");
    if (!moving) return;
    set_number(L, "enthalpy", r->enthalpy);
    set_number(L, "enthalpy_before", r->enthalpy_before);
    set_number(L, "pressure", -(r->stress[0] + r->stress[1] + r->stress[2]) / 3 * VT_GPA);
    double stress[6];
    for (int c = 0; c < 6; c++) stress[c] = r->stress[c] * VT_GPA;
    vtl_push_tensor(L, stress);
    lua_setfield(L, -2, "stress");
}

static int minimize(lua_State *L) {
    vtl_check_atoms(L, 1);
    minimize_options o = defaults;
    vtl_options(L, 2, "minimize", OPTIONS, &o);
    refuse_useless(L, &o);
    vt_minimize_options options = vt_minimize_defaults();
    options.method = method_of(&o);
    options.fmax = o.fmax;
    options.stress_tolerance = o.stress_tolerance / VT_GPA;
    options.max_step = o.max_step;
    options.memory = o.memory;
    options.precondition = o.precondition;
    set_box(L, &o, &options);
    if (given(L, "frozen")) {
        lua_getfield(L, 2, "frozen");
        options.frozen =
            vtl_read_frozen(L, lua_gettop(L), vtl_check_atoms(L, 1)->count, "minimize");
    }
    vtl_check_atoms_potential(L, 1);
    vtl_interrupt_arm(L);

    vt_error err = {0};
    vt_system *system = vtl_atoms_system(L, 1, VT_PRECISION_DOUBLE, "minimize")->system;
    vt_minimizer *minimizer = vt_minimizer_create(system, &options, &err);
    if (minimizer == NULL) return vtl_raise(L, &err);
    vt_status status = run(minimizer, &options, o.max_evaluations, &err);
    vt_minimize_report report = *vt_minimizer_report(minimizer);
    vt_minimizer_destroy(minimizer);
    if (status == VT_EINTERRUPT && report.evaluations > 0)
        vt_fail(&err, status,
                "interrupted; after %lld evaluations the largest force is %g eV/A, and the atoms "
                "are in the lowest state met",
                (long long)report.evaluations, report.fmax);
    if (vt_failed(status)) return vtl_raise(L, &err);
    bool moving = options.isotropic;
    for (int c = 0; c < 6; c++) moving = moving || options.free[c];
    push_report(L, &report, options.method, moving);
    return 1;
}

VTL_OPENER(minimize) {
    set_defaults();
    lua_pushcfunction(L, minimize);
    lua_setfield(L, -2, "minimize");
    vtl_document(L, DOCS);
}

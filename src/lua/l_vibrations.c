/* The module "vitrum.vibrations_core": what lua/vitrum/vibrations adds up during dynamics. Sums are
   arrays that belong to the caller, so that they are saved, added and divided like any other. */
#include "l_array.h"
#include "l_dynamics.h"
#include "vitrum/vibrations.h"

enum { AMPLITUDE = sizeof(vt_amplitude) / sizeof(double) };

/* The contiguous array at `index` of this type with rows x columns numbers. */
static void *check_room(lua_State *L, int index, vt_dtype dtype, size_t rows, size_t columns) {
    const vt_array *a = vtl_check_writable(L, index);
    bool fits = a->dtype == dtype && vt_array_contiguous(a) && a->ndim == 2 &&
                (size_t)a->shape[0] == rows && (size_t)a->shape[1] == columns;
    luaL_argcheck(L, fits, index, "array does not fit");
    return a->data;
}

static size_t check_count(lua_State *L, int index, lua_Integer least) {
    lua_Integer value = luaL_checkinteger(L, index);
    luaL_argcheck(L, value >= least && value <= 100000000, index, "number out of range");
    return (size_t)value;
}

/* run(md, places, sums, velocities or nil, settle, every, frames, most) -> true, or nil, message
   and whether the atoms ran away. Frames up to then are added in any case. */
static int run(lua_State *L) {
    lua_settop(L, 8);
    vtl_md *self = vtl_check_md(L, 1);
    size_t n = vt_md_system(self->md)->count;
    const vt_array *place = vtl_check_numbers(L, 2, 2, "vibrations: argument 2");
    luaL_argcheck(L, (size_t)place->shape[0] == n && place->shape[1] == 3, 2,
                  "three numbers an atom expected");
    size_t frames = check_count(L, 7, 2);
    void *sum = check_room(L, 3, VT_FLOAT64, n, 2 * AMPLITUDE);
    void *velocity = lua_isnil(L, 4) ? NULL : check_room(L, 4, VT_FLOAT32, 3 * n, frames);
    vt_vibration_options o = {.settle = (int64_t)check_count(L, 5, 0),
                              .every = (int64_t)check_count(L, 6, 1),
                              .frames = (int64_t)frames,
                              .place = (const double(*)[3])place->data};
    int64_t most = luaL_checkinteger(L, 8);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    vtl_atoms *box = vtl_md_atoms_or(L, 1, &err);
    vt_status status = box == NULL ? err.code : VT_OK;
    if (box != NULL) {
        box->ahead = self->shared->system;
        status = vt_vibrations_run(self->md, &o, most, sum, velocity, &err);
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

/* correlate(velocities, atoms, sums): adds autocorrelations; sums has a column more than lags */
static int correlate(lua_State *L) {
    const vt_array *velocity = vtl_check_writable(L, 1);
    size_t n = check_count(L, 2, 1);
    luaL_argcheck(L, velocity->ndim == 2, 1, "two axes expected");
    size_t frames = (size_t)velocity->shape[1];
    const float *data = check_room(L, 1, VT_FLOAT32, 3 * n, frames);
    const vt_array *sums = vtl_check_writable(L, 3);
    luaL_argcheck(L, sums->ndim == 2 && sums->shape[1] >= 1, 3, "two axes expected");
    size_t columns = (size_t)sums->shape[1];
    double *sum = check_room(L, 3, VT_FLOAT64, n, columns);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    if (vt_failed(vt_autocorrelation_add(n, frames, data, columns - 1, sum, &err)))
        return vtl_raise(L, &err);
    return 0;
}

/* density(correlation, interval, window, where) -> density, step of frequency [THz] */
static int density(lua_State *L) {
    static const char *const WINDOWS[] = {"none", "hann", "gaussian", NULL};
    const vt_array *c = vtl_check_numbers(L, 1, 1, "vibrations: argument 1");
    luaL_argcheck(L, c->shape[0] >= 2, 1, "two numbers or more expected");
    double interval = luaL_checknumber(L, 2);
    vt_window window = (vt_window)luaL_checkoption(L, 3, NULL, WINDOWS);
    const char *where = luaL_checkstring(L, 4);
    size_t lags = (size_t)c->shape[0] - 1;
    int64_t points = (int64_t)vt_density_points(lags);
    double *g = vtl_new_array(L, VT_FLOAT64, 1, &points)->data;
    vt_error err = {0};
    if (vt_failed(vt_density_of_states(lags, c->data, interval, window, g, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    lua_pushnumber(L, 0.5 / (interval * (double)(points - 1)));
    return 2;
}

static const luaL_Reg FUNCTIONS[] = {
    {"run", run}, {"correlate", correlate}, {"density", density}, {NULL, NULL}};

/* `sums`: columns of the sums of run. */
static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    lua_pushinteger(L, 2 * AMPLITUDE);
    lua_setfield(L, -2, "sums");
    return 1;
}

VTL_OPENER(vibrations) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.vibrations_core");
    lua_pop(L, 1);
}

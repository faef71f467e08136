/* The module "vitrum.learn_core", on which lua/vitrum/learn stands. */
#include <math.h>
#include <string.h>

#include "l_array.h"
#include "vitrum/io.h"
#include "vitrum/learn.h"

#define LINEAR "vitrum.Linear"

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_integer(lua_State *L, const char *key, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

/* ---------------------------------------------------------------- arguments ---- */

/* A matrix in rows of float32 or float64; anything else is converted and takes its place. */
static void read_matrix(lua_State *L, int index, const char *what) {
    const vt_array *x = vtl_check_arraylike(L, index, what);
    if (x->ndim != 2) {
        char text[96];
        vtl_error(L, "%s must have 2 dimensions, samples by features, got an array of shape %s",
                  what, vt_array_shape_text(x, text, sizeof text));
    }
    if (vt_dtype_integer(x->dtype) || (x->shape[1] > 1 && x->stride[1] != 1))
        vtl_check_numbers(L, index, 2, what);
}

/* The same after all other arguments are read, some of which may have run code of the user's. */
static const vt_array *matrix_at(lua_State *L, int index) {
    return vtl_check_array(L, index);
}

static const double *read_vector(lua_State *L, int index, const char *where, const char *what,
                                 int64_t length) {
    const vt_array *a = vtl_check_numbers(L, index, 1, what);
    if (length >= 0 && a->shape[0] != length)
        vtl_error(L, "%s: %s has %I entries, but there are %I samples", where, what,
                  (lua_Integer)a->shape[0], (lua_Integer)length);
    return a->data;
}

/* Folds from 1, as numbers, into a userdata of int32 from 0. */
static const int32_t *read_folds(lua_State *L, int index, const char *where, int64_t length) {
    const double *given = read_vector(L, index, where, "fold", length);
    int32_t *fold = lua_newuserdatauv(L, ((size_t)length + 1) * sizeof *fold, 0);
    for (int64_t k = 0; k < length; k++)
        fold[k] = given[k] >= 1 && given[k] <= VT_LEARN_MAX_FOLDS ? (int32_t)given[k] - 1 : -1;
    lua_replace(L, index);
    return fold;
}

/* ---------------------------------------------------------------- fits ---- */

static int linear_gc(lua_State *L) {
    vt_linear_destroy(vtl_take_handle(L, LINEAR));
    return 0;
}

/* The share of samples on the right side of 0. */
static double share_right(const double *y, const double *p, size_t n) {
    size_t right = 0;
    for (size_t i = 0; i < n; i++) right += y[i] * p[i] > 0;
    return (double)right / (double)n;
}

static void set_scores(lua_State *L, const double *y, const double *p, size_t n) {
    vt_learn_score s = vt_learn_compare(y, p, n);
    set_number(L, "mean_square", s.mean_square);
    set_number(L, "mean_absolute", s.mean_absolute);
    set_number(L, "pearson", s.pearson);
}

/* Push scores of what the models of the folds make of samples that they did not see: of all, and of
   each fold in a list. `room` holds two numbers a sample. */
static void push_unseen(lua_State *L, const vt_learn_data *d, const double *unseen, double *room) {
    size_t n = (size_t)d->x.shape[0];
    lua_createtable(L, d->folds, 4);
    set_scores(L, d->y, unseen, n);
    set_number(L, "right", share_right(d->y, unseen, n));
    for (int fold = 0; fold < d->folds; fold++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            if (d->fold[i] == fold) {
                room[count] = d->y[i];
                room[n + count++] = unseen[i];
            }
        lua_createtable(L, 0, 4);
        set_scores(L, room, room + n, count);
        set_number(L, "right", share_right(room, room + n, count));
        lua_rawseti(L, -2, fold + 1);
    }
}

static void push_model(lua_State *L, const vt_linear *linear, size_t m, int64_t width,
                       const vt_learn_result *r) {
    lua_createtable(L, 0, 6);
    double *w = vtl_new_array(L, VT_FLOAT64, 1, &width)->data;
    for (int64_t k = 0; k < width; k++) w[k] = vt_linear_weights(linear, m)[k];
    lua_setfield(L, -2, "w");
    set_number(L, "objective", r->objective);
    set_number(L, "gradient", r->gradient);
    set_integer(L, "iterations", r->iterations);
    set_integer(L, "vectors", r->vectors);
    lua_pushboolean(L, r->converged);
    lua_setfield(L, -2, "converged");
}

/* fit(x, y, where, classes, weights, fold, folds, bias, C, epsilon, tolerance, iterations) -> list:
   for each entry of C and epsilon the models (one, or one for each fold), and with folds `unseen`,
   the scores */
static int fit(lua_State *L) {
    lua_settop(L, 12);
    const char *where = luaL_checkstring(L, 3);
    read_matrix(L, 1, "x");
    int64_t n = matrix_at(L, 1)->shape[0], width = matrix_at(L, 1)->shape[1];
    vt_learn_data d = {.kind = lua_toboolean(L, 4) ? VT_CLASSIFICATION : VT_REGRESSION,
                       .y = read_vector(L, 2, where, "y", n),
                       .folds = (int)luaL_checkinteger(L, 7),
                       .bias = luaL_checknumber(L, 8)};
    if (!lua_isnil(L, 5)) d.weight = read_vector(L, 5, where, "weights", n);
    if (!lua_isnil(L, 6)) d.fold = read_folds(L, 6, where, n);
    const vt_array *C = vtl_check_numbers(L, 9, 1, "C");
    const double *epsilon = vtl_check_numbers(L, 10, 1, "epsilon")->data;
    luaL_argcheck(L, vtl_check_array(L, 10)->shape[0] == C->shape[0], 10, "as long as C expected");
    double tolerance = luaL_checknumber(L, 11);
    int64_t iterations = luaL_checkinteger(L, 12);
    d.x = *matrix_at(L, 1);
    width += d.bias >= 0;
    double *room = lua_newuserdatauv(L, d.fold != NULL ? 2 * (size_t)n * sizeof *room : 1, 0);
    void **handle = vtl_new_handle(L, LINEAR);
    vt_error err = {0};
    vtl_interrupt_arm(L);
    vt_linear *linear = *handle = vt_linear_create(&d, &err);
    if (linear == NULL) return vtl_error(L, "%s: %s", where, err.msg);
    vtl_progress bar;
    vtl_progress_start(&bar, where, (double)C->shape[0], 1, "fits/s");
    lua_createtable(L, (int)C->shape[0], 0);
    for (int64_t k = 0; k < C->shape[0]; k++) {
        vt_learn_options o = {((const double *)C->data)[k], epsilon[k], tolerance, iterations};
        vt_learn_result result[VT_LEARN_MAX_FOLDS];
        vt_status st = vt_linear_fit(linear, &o, result, &err);
        vtl_progress_update(&bar, (double)k + 1);
        if (vt_failed(st)) {
            vtl_progress_finish(&bar);
            return vtl_error(L, "%s: %s", where, err.msg);
        }
        lua_createtable(L, (int)vt_linear_models(linear), 1);
        for (size_t m = 0; m < vt_linear_models(linear); m++) {
            push_model(L, linear, m, width, &result[m]);
            lua_rawseti(L, -2, (lua_Integer)m + 1);
        }
        if (d.fold != NULL) {
            push_unseen(L, &d, vt_linear_unseen(linear), room);
            lua_setfield(L, -2, "unseen");
        }
        lua_rawseti(L, -2, k + 1);
    }
    vtl_progress_finish(&bar);
    return 1;
}

/* predict(x, where, weights, intercept) -> array */
static int predict(lua_State *L) {
    const char *where = luaL_checkstring(L, 2);
    read_matrix(L, 1, "x");
    const vt_array *w = vtl_check_numbers(L, 3, 1, "weights");
    double intercept = luaL_checknumber(L, 4);
    const vt_array *x = matrix_at(L, 1);
    if (x->shape[1] != w->shape[0])
        return vtl_error(L, "%s: x has %I features, but the model has %I", where,
                         (lua_Integer)x->shape[1], (lua_Integer)w->shape[0]);
    vt_error err = {0};
    vtl_interrupt_arm(L);
    double *out = vtl_new_result(L, VT_FLOAT64, 1, x->shape)->data;
    if (vt_failed(vt_linear_predict(x, w->data, intercept, out, &err))) return vtl_raise(L, &err);
    return 1;
}

/* columns(x, where) -> means, standard deviations */
static int columns(lua_State *L) {
    const char *where = luaL_checkstring(L, 2);
    read_matrix(L, 1, "x");
    const vt_array *x = matrix_at(L, 1);
    vt_error err = {0};
    vtl_interrupt_arm(L);
    double *mean = vtl_new_array(L, VT_FLOAT64, 1, x->shape + 1)->data;
    double *deviation = vtl_new_array(L, VT_FLOAT64, 1, x->shape + 1)->data;
    if (vt_failed(vt_learn_columns(x, mean, deviation, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    return 2;
}

/* compare(y, where, p) -> { mean_square, mean_absolute, pearson } */
static int compare(lua_State *L) {
    const char *where = luaL_checkstring(L, 2);
    const vt_array *y = vtl_check_numbers(L, 1, 1, "y");
    const double *p = read_vector(L, 3, where, "predicted", y->shape[0]);
    if (y->shape[0] == 0) return vtl_error(L, "%s: there are no samples", where);
    lua_createtable(L, 0, 3);
    set_scores(L, y->data, p, (size_t)y->shape[0]);
    return 1;
}

/* ---------------------------------------------------------------- files ---- */

/* read_samples(where, path, features, from_zero) -> x, y */
static int read_samples(lua_State *L) {
    const char *where = luaL_checkstring(L, 1), *path = vtl_check_path(L, 2);
    int64_t features = luaL_checkinteger(L, 3);
    bool from_zero = lua_toboolean(L, 4);
    void **x = vtl_new_handle(L, VTL_MEMORY), **y = vtl_new_handle(L, VTL_MEMORY);
    vt_svmlight samples;
    vt_error err = {0};
    vtl_interrupt_arm(L);
    vt_status st = vt_svmlight_read(path, features, from_zero, &samples, &err);
    *x = samples.x;
    *y = samples.y;
    if (vt_failed(st)) return vtl_error(L, "%s: %s", where, err.msg);
    const int64_t shape[2] = {samples.samples, samples.features};
    size_t n = (size_t)shape[0], width = (size_t)shape[1];
    memcpy(vtl_new_result(L, VT_FLOAT64, 2, shape)->data, samples.x, n * width * sizeof(double));
    memcpy(vtl_new_result(L, VT_FLOAT64, 1, shape)->data, samples.y, n * sizeof(double));
    return 2;
}

/* write_samples(x, where, path, y, overwrite) */
static int write_samples(lua_State *L) {
    const char *where = luaL_checkstring(L, 2), *path = vtl_check_path(L, 3);
    read_matrix(L, 1, "x");
    const double *y = read_vector(L, 4, where, "y", matrix_at(L, 1)->shape[0]);
    bool overwrite = lua_toboolean(L, 5) || vtl_wrote(L, path);
    vt_error err = {0};
    vtl_interrupt_arm(L);
    if (vt_failed(vt_svmlight_write(path, matrix_at(L, 1), y, overwrite, &err)))
        return vtl_error(L, "%s: %s", where, err.msg);
    vtl_note_wrote(L, path);
    return 0;
}

static const luaL_Reg FUNCTIONS[] = {
    {"fit", fit},         {"predict", predict},           {"columns", columns},
    {"compare", compare}, {"read_samples", read_samples}, {"write_samples", write_samples},
    {NULL, NULL}};

/* `defaults`: what the core takes where nothing is asked for. */
static int open_module(lua_State *L) {
    vt_learn_options o = vt_learn_defaults();
    luaL_newlib(L, FUNCTIONS);
    lua_createtable(L, 0, 5);
    set_number(L, "C", o.C);
    set_number(L, "epsilon", o.epsilon);
    set_number(L, "tolerance", o.tolerance);
    set_integer(L, "iterations", o.iterations);
    set_integer(L, "folds", VT_LEARN_MAX_FOLDS);
    lua_setfield(L, -2, "defaults");
    return 1;
}

VTL_OPENER(learn) {
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", linear_gc}, {NULL, NULL}};
    vtl_new_type(L, LINEAR, none, meta);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.learn_core");
    lua_pop(L, 1);
}

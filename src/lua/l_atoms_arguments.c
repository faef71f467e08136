/* Boxes, vectors and tensors between Lua and C. */
#include "l_atoms.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const AXES[3] = {"a", "b", "c"};

static bool indexable(lua_State *L, int index) {
    return lua_istable(L, index) || luaL_testudata(L, index, VTL_ARRAY) != NULL;
}

void vtl_read_vector(lua_State *L, int index, const char *what, double v[3]) {
    index = lua_absindex(L, index);
    if (!indexable(L, index) || luaL_len(L, index) != 3)
        vtl_error(L, "%s must be a table of 3 numbers, got %s", what,
                  luaL_tolstring(L, index, NULL));
    for (int k = 0; k < 3; k++) {
        lua_geti(L, index, k + 1);
        if (lua_type(L, -1) != LUA_TNUMBER)
            vtl_error(L, "%s: entry %d must be a number, got %s", what, k + 1,
                      luaL_tolstring(L, -1, NULL));
        v[k] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
}

void vtl_read_counts(lua_State *L, int index, const char *what, int64_t counts[3]) {
    index = lua_absindex(L, index);
    bool single = lua_type(L, index) == LUA_TNUMBER;
    if (!single && (!indexable(L, index) || luaL_len(L, index) != 3))
        vtl_error(L, "%s must be a whole number or a table of 3, got %s", what,
                  luaL_tolstring(L, index, NULL));
    for (int k = 0; k < 3; k++) {
        int whole = 0;
        if (single)
            lua_pushvalue(L, index);
        else
            lua_geti(L, index, k + 1);
        lua_Integer n = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
        if (!whole || n < 1)
            vtl_error(L, "%s: %s along %s; it must be a whole number, at least 1", what,
                      luaL_tolstring(L, -1, NULL), AXES[k]);
        counts[k] = n;
        lua_pop(L, 1);
    }
}

void vtl_read_periodic(lua_State *L, int index, const char *what, bool periodic[3]) {
    index = lua_absindex(L, index);
    bool single = lua_isboolean(L, index);
    if (!single && (!lua_istable(L, index) || luaL_len(L, index) != 3))
        vtl_error(L, "%s must be true, false or a table of 3 of them, got %s", what,
                  luaL_tolstring(L, index, NULL));
    for (int k = 0; k < 3; k++) {
        if (single)
            lua_pushvalue(L, index);
        else
            lua_geti(L, index, k + 1);
        if (!lua_isboolean(L, -1))
            vtl_error(L, "%s: entry %d must be true or false, got %s", what, k + 1,
                      luaL_tolstring(L, -1, NULL));
        periodic[k] = lua_toboolean(L, -1) != 0;
        lua_pop(L, 1);
    }
}

/* ---------------------------------------------------------------- box ---- */

const vtl_option vtl_box_options[] = {
    {"a", VTL_VECTOR, 0, "A", "first cell vector {x, y, z}", NULL},
    {"b", VTL_VECTOR, 0, "A", "second cell vector", NULL},
    {"c", VTL_VECTOR, 0, "A", "third cell vector", NULL},
    {"origin", VTL_VECTOR, 0, "A", "corner of the box", NULL},
    {"lengths", VTL_VECTOR, 0, "A", "edges {|a|, |b|, |c|}; angles stay unless given", NULL},
    {"angles", VTL_VECTOR, 0, "degree",
     "{alpha, beta, gamma}; a then lies along x and b in the xy plane", NULL},
    {"volume", VTL_VALUE, 0, "A^3", "scales the box to this volume", NULL},
    {"periodic", VTL_BY_AXIS, 0, "-", "true, false or one for each of a, b, c", NULL},
    {"remap", VTL_VALUE, 0, "-", "move the atoms along, at their fractional coordinates", NULL},
    {0}};

static bool same_shape(const double u[3], const double v[3]) {
    for (int k = 0; k < 3; k++)
        if (!(fabs(u[k] - v[k]) <= 1e-6 * fabs(u[k]))) return false;
    return true;
}

/* Read the vector under `key` of the table at `index`; false when it is not there. */
static bool read_field(lua_State *L, int index, const char *where, const char *key, double v[3]) {
    int top = lua_gettop(L);
    bool given = lua_getfield(L, index, key) != LUA_TNIL;
    if (given) vtl_read_vector(L, top + 1, lua_pushfstring(L, "%s: option '%s'", where, key), v);
    lua_settop(L, top);
    return given;
}

/* Lengths and angles from the table at `index`. */
static void read_shape(lua_State *L, int index, const char *where, bool vectors, vt_box *box) {
    double lengths[3], angles[3], old[3], ignored[3];
    vt_error err = {0};
    vt_box_shape(box, old, angles);
    vt_box_shape(box, lengths, ignored);
    bool lengths_given = read_field(L, index, where, "lengths", lengths);
    bool angles_given = read_field(L, index, where, "angles", angles);
    if (vectors) { /* the table that glass:box() returns has both; they must say the same */
        double now[3];
        vt_box_shape(box, old, now);
        if (!same_shape(lengths, old) || !same_shape(angles, now))
            vtl_error(L,
                      "%s: lengths and angles do not fit the cell vectors a, b, c; give either of "
                      "them",
                      where);
    } else if (angles_given) {
        if (vt_failed(vt_box_set_shape(box, lengths, angles, &err))) vtl_raise(L, &err);
    } else if (lengths_given) {
        for (int k = 0; k < 3; k++) {
            if (!(lengths[k] > 0))
                vtl_error(L, "%s: the length of %s is %f A; it must be positive", where, AXES[k],
                          lengths[k]);
            for (int j = 0; j < 3; j++) box->h[k][j] *= lengths[k] / old[k];
        }
    }
}

static void read_volume(lua_State *L, int index, const char *where, vt_box *box) {
    if (lua_getfield(L, index, "volume") != LUA_TNIL) {
        double volume = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
        if (!(volume > 0) || !isfinite(volume))
            vtl_error(L, "%s: option 'volume' [A^3] must be a positive number, got %s", where,
                      luaL_tolstring(L, -1, NULL));
        double ratio = volume / vt_box_volume(box);
        /* The volume that glass:box() tells must change nothing when it comes back. */
        if (fabs(ratio - 1) > 1e-12)
            for (int k = 0; k < 3; k++)
                for (int j = 0; j < 3; j++) box->h[k][j] *= cbrt(ratio);
    }
    lua_pop(L, 1);
}

static void read_box_table(lua_State *L, int index, const char *where, vt_box *box) {
    vt_error err = {0};
    vtl_options(L, index, where, vtl_box_options, NULL);
    bool vectors = false;
    for (int k = 0; k < 3; k++)
        if (read_field(L, index, where, AXES[k], box->h[k])) vectors = true;
    read_field(L, index, where, "origin", box->origin);
    if (vt_failed(vt_box_check(box, &err))) vtl_raise(L, &err);
    read_shape(L, index, where, vectors, box);
    read_volume(L, index, where, box);
    lua_getfield(L, index, "periodic");
    int value = lua_gettop(L);
    const char *what = lua_pushfstring(L, "%s: option 'periodic'", where);
    if (!lua_isnil(L, value)) vtl_read_periodic(L, value, what, box->periodic);
}

void vtl_read_box(lua_State *L, int index, const char *where, vt_box *box) {
    vt_error err = {0};
    int top = lua_gettop(L);
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TNUMBER) {
        double edge = lua_tonumber(L, index);
        *box = vt_box_orthogonal(edge, edge, edge);
    } else if (lua_istable(L, index) && lua_rawlen(L, index) == 0) {
        read_box_table(L, index, where, box);
    } else {
        double edge[3];
        vtl_read_vector(L, index, lua_pushfstring(L, "%s: a box", where), edge);
        *box = vt_box_orthogonal(edge[0], edge[1], edge[2]);
    }
    if (vt_failed(vt_box_check(box, &err))) vtl_raise(L, &err);
    lua_settop(L, top);
}

static void set_vector(lua_State *L, const char *key, const double v[3]) {
    lua_createtable(L, 3, 0);
    for (int k = 0; k < 3; k++) {
        lua_pushnumber(L, v[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, key);
}

void vtl_push_box(lua_State *L, const vt_box *box) {
    double lengths[3], angles[3];
    vt_box_shape(box, lengths, angles);
    lua_createtable(L, 0, 8);
    for (int k = 0; k < 3; k++) set_vector(L, AXES[k], box->h[k]);
    set_vector(L, "origin", box->origin);
    set_vector(L, "lengths", lengths);
    set_vector(L, "angles", angles);
    lua_pushnumber(L, vt_box_volume(box));
    lua_setfield(L, -2, "volume");
    lua_createtable(L, 3, 0);
    for (int k = 0; k < 3; k++) {
        lua_pushboolean(L, box->periodic[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "periodic");
}

/* "xx 1.70555, yy 1.40859, ...": the six numbers by their names. */
static int tensor_tostring(lua_State *L) {
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (int k = 0; k < 6; k++) {
        char number[48];
        lua_getfield(L, 1, vt_tensor_name(k));
        double value = lua_tonumber(L, -1);
        lua_pop(L, 1);
        snprintf(number, sizeof number, "%s%s %.6g", k == 0 ? "" : ", ", vt_tensor_name(k), value);
        luaL_addstring(&text, number);
    }
    luaL_pushresult(&text);
    return 1;
}

void vtl_push_tensor(lua_State *L, const double tensor[6]) {
    lua_createtable(L, 6, 6);
    if (luaL_newmetatable(L, "vitrum.Tensor")) {
        lua_pushcfunction(L, tensor_tostring);
        lua_setfield(L, -2, "__tostring");
    }
    lua_setmetatable(L, -2);
    for (int k = 0; k < 6; k++) {
        lua_pushnumber(L, tensor[k]);
        lua_rawseti(L, -2, k + 1);
        lua_pushnumber(L, tensor[k]);
        lua_setfield(L, -2, vt_tensor_name(k));
    }
}

bool *vtl_read_frozen(lua_State *L, int index, size_t count, const char *where) {
    if (lua_isnil(L, index)) return NULL;
    char what[80];
    snprintf(what, sizeof what, "%s: option 'frozen'", where);
    const vt_array *list = vtl_check_numbers(L, index, 1, what);
    const double *number = list->data;
    bool *frozen = lua_newuserdatauv(L, count + 1, 0);
    memset(frozen, 0, count);
    for (int64_t k = 0; k < list->shape[0]; k++) {
        if (!(number[k] >= 1 && number[k] <= (double)count) || number[k] != floor(number[k]))
            vtl_error(L, "%s names atom %f, but there are atoms 1 to %I", what, number[k],
                      (lua_Integer)count);
        frozen[(size_t)number[k] - 1] = true;
    }
    return frozen;
}

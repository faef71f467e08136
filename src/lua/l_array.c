/* vitrum.Array: the userdata, its memory, and conversion from Lua values. Indexing, printing,
   constructors and mathematics are in l_array_*.c. */
#include "l_array.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const VTL_DTYPES[] = {"float64", "float32", "int32", "int64", NULL};

/* ---------------------------------------------------------------- boxes ---- */

vtl_array_box *vtl_array_box_at(lua_State *L, int index) {
    return luaL_checkudata(L, index, VTL_ARRAY);
}

bool vtl_is_array(lua_State *L, int index) {
    return luaL_testudata(L, index, VTL_ARRAY) != NULL;
}

bool vtl_array_alive(lua_State *L, int index, const vtl_array_box *box) {
    if (box->closed) return false;
    if (box->owner == NULL) return true;
    lua_getiuservalue(L, index, 1);
    bool kept = lua_touserdata(L, -1) == box->owner; /* the debug library can take it away */
    lua_pop(L, 1);
    if (!kept) return false;
    return box->generation == NULL ||
           (box->expected != 0 && box->generation(box->owner) == box->expected);
}

vt_array *vtl_check_array(lua_State *L, int index) {
    vtl_interrupt_hear(L);
    vtl_array_box *box = vtl_array_box_at(L, index);
    if (box->owner == NULL && !box->closed) return &box->view;
    if (vtl_array_alive(L, index, box)) return &box->view;
    if (box->closed) vtl_error(L, "the array was closed");
    const char *owner = "object";
    if (lua_getiuservalue(L, index, 1) == LUA_TUSERDATA &&
        luaL_getmetafield(L, -1, "__name") == LUA_TSTRING)
        owner = lua_tostring(L, -1);
    vtl_error(L,
              "stale view: the memory of its %s was moved, resized or closed since the view was "
              "made; fetch the view again, or keep view:copy() instead",
              owner);
    return NULL;
}

vt_array *vtl_check_writable(lua_State *L, int index) {
    vt_array *array = vtl_check_array(L, index);
    const vtl_array_box *box = vtl_array_box_at(L, index);
    if (box->readonly && box->setter[0] != '\0')
        vtl_error(L,
                  "this array is a read-only view; use %s to change the values, or copy() "
                  "to get an array of your own",
                  box->setter);
    if (box->readonly)
        vtl_error(L, "this array is a read-only view; copy() gives an array of your own");
    return array;
}

static vtl_array_box *push_box(lua_State *L) {
    vtl_array_box *box = lua_newuserdatauv(L, sizeof *box, 1);
    memset(box, 0, sizeof *box);
    luaL_setmetatable(L, VTL_ARRAY);
    return box;
}

/* A box with memory for the shape. Memory comes from the C library and not from vt_alloc when it
   need not be zeroed: clearing it first would double the cost of an addition. */
static vt_array *push_memory(lua_State *L, vt_dtype dtype, int ndim, const int64_t *shape,
                             bool zeroed) {
    vtl_array_box *box = push_box(L);
    vt_error err = {0};
    if (vt_failed(vt_array_layout(&box->view, dtype, ndim, shape, NULL, &err))) vtl_raise(L, &err);
    size_t count = vt_array_count(&box->view), size = vt_dtype_size(dtype);
    /* Before the allocation, so that garbage found now makes room for it. */
    vtl_gc_hint(L, count * size);
    if (zeroed)
        box->memory = vt_alloc(count, size);
    else /* the size of aligned_alloc is a multiple of the alignment */
        box->memory = aligned_alloc(64, (count * size / 64 + 1) * 64);
    if (box->memory == NULL) {
        lua_gc(L, LUA_GCCOLLECT); /* one more chance: unreachable arrays may hold memory */
        box->memory = vt_alloc(count, size);
    }
    if (box->memory == NULL) {
        vt_fail_memory(&err, count, size, "the array");
        vtl_raise(L, &err);
    }
    box->view.data = box->memory;
    return &box->view;
}

vt_array *vtl_new_array(lua_State *L, vt_dtype dtype, int ndim, const int64_t *shape) {
    return push_memory(L, dtype, ndim, shape, true);
}

vt_array *vtl_new_result(lua_State *L, vt_dtype dtype, int ndim, const int64_t *shape) {
    return push_memory(L, dtype, ndim, shape, false);
}

vt_array *vtl_push_view(lua_State *L, int owner, const vt_array *view, vtl_generation generation,
                        bool readonly, const char *setter) {
    owner = lua_absindex(L, owner);
    void *holder = lua_touserdata(L, owner);
    /* Before the allocation, in which a finalizer may move the memory. */
    uint64_t expected = generation != NULL ? generation(holder) : 0;
    vtl_array_box *box = push_box(L);
    box->view = *view;
    box->generation = generation;
    box->owner = holder;
    box->expected = expected;
    box->readonly = readonly;
    if (setter != NULL) snprintf(box->setter, sizeof box->setter, "%s", setter);
    lua_pushvalue(L, owner);
    lua_setiuservalue(L, -2, 1);
    return &box->view;
}

/* Generation of an array that owns its memory: it never moves, but it can be closed. */
static uint64_t array_generation(void *box) {
    return !((const vtl_array_box *)box)->closed;
}

vt_array *vtl_push_part(lua_State *L, int index, const vt_array *part) {
    index = lua_absindex(L, index);
    const vtl_array_box *whole = vtl_array_box_at(L, index);
    if (whole->memory != NULL)
        return vtl_push_view(L, index, part, array_generation, whole->readonly, whole->setter);
    lua_getiuservalue(L, index, 1); /* the owner of the whole owns the part */
    vt_array *view = vtl_push_view(L, -1, part, whole->generation, whole->readonly, whole->setter);
    ((vtl_array_box *)view)->expected = whole->expected;
    lua_remove(L, -2);
    return view;
}

static int array_gc(lua_State *L) {
    vtl_array_box *box = vtl_array_box_at(L, 1);
    if (box->memory == NULL) {
        box->closed = true;
    } else if (vtl_may_end(L, &box->closed)) {
        vt_free(box->memory);
        box->memory = NULL;
    }
    return 0;
}

static int array_length(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    lua_pushinteger(L, a->ndim == 0 ? 1 : a->shape[0]);
    return 1;
}

/* ---------------------------------------------------------------- from Lua values ---- */

void vtl_array_try(lua_State *L, const char *where, vt_status status, const vt_error *err) {
    if (!vt_failed(status)) return;
    if (where == NULL) vtl_raise(L, err);
    vtl_error(L, "%s: %s", where, err->msg);
}

void vtl_push_element(lua_State *L, const vt_array *array, int64_t offset) {
    if (array->dtype == VT_INT32)
        lua_pushinteger(L, ((const int32_t *)array->data)[offset]);
    else if (array->dtype == VT_INT64)
        lua_pushinteger(L, ((const int64_t *)array->data)[offset]);
    else
        lua_pushnumber(L, vt_array_get(array, offset));
}

/* Shape of a nested table from its first entries; the depth ends at a number or an array. */
static int table_shape(lua_State *L, int index, int64_t shape[VT_MAX_DIMS], const char *what) {
    int ndim = 0, top = lua_gettop(L);
    lua_pushvalue(L, index);
    while (lua_istable(L, -1)) {
        if (ndim == VT_MAX_DIMS)
            vtl_error(L, "%s: tables nested deeper than %d", what, VT_MAX_DIMS);
        shape[ndim++] = (int64_t)lua_rawlen(L, -1);
        if (shape[ndim - 1] == 0) break;
        lua_rawgeti(L, -1, 1);
    }
    if (vtl_is_array(L, -1)) {
        const vt_array *leaf = vtl_check_array(L, -1);
        if (ndim + leaf->ndim > VT_MAX_DIMS)
            vtl_error(L, "%s: more than %d dimensions", what, VT_MAX_DIMS);
        for (int d = 0; d < leaf->ndim; d++) shape[ndim++] = leaf->shape[d];
    }
    lua_settop(L, top);
    return ndim;
}

/* "[2][3]", the place of an entry in a nested table; pushed on the stack. */
static const char *place(lua_State *L, const int64_t *at, int depth) {
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (int d = 0; d < depth; d++) {
        char text[32];
        snprintf(text, sizeof text, "[%lld]", (long long)at[d]);
        luaL_addstring(&b, text);
    }
    luaL_pushresult(&b);
    return lua_tostring(L, -1);
}

static void store_number(lua_State *L, int index, const vt_array *target, int64_t offset,
                         const char *what, const int64_t *at, int depth) {
    if (lua_type(L, index) != LUA_TNUMBER)
        vtl_error(L, "%s: entry %s must be a number, got a %s", what, place(L, at, depth),
                  luaL_typename(L, index));
    if (vt_dtype_integer(target->dtype)) {
        int whole;
        lua_Integer value = lua_tointegerx(L, index, &whole);
        if (!whole || (target->dtype == VT_INT32 && (value < INT32_MIN || value > INT32_MAX))) {
            const char *text = luaL_tolstring(L, index, NULL);
            vtl_error(L, "%s: entry %s is %s, which is no %s", what, place(L, at, depth), text,
                      vt_dtype_name(target->dtype));
        }
        if (target->dtype == VT_INT32)
            ((int32_t *)target->data)[offset] = (int32_t)value;
        else
            ((int64_t *)target->data)[offset] = value;
    } else if (target->dtype == VT_FLOAT64) {
        ((double *)target->data)[offset] = lua_tonumber(L, index);
    } else {
        ((float *)target->data)[offset] = (float)lua_tonumber(L, index);
    }
}

/* Fill the part of `target` below at[0..depth) from the value on top of the stack. */
static void fill_from(lua_State *L, const vt_array *target, int64_t offset, const char *what,
                      int64_t at[VT_MAX_DIMS], int depth) {
    luaL_checkstack(L, 6, "nested tables");
    if (depth == target->ndim) {
        store_number(L, lua_gettop(L), target, offset, what, at, depth);
        return;
    }
    if (vtl_is_array(L, -1)) {
        const vt_array *leaf = vtl_check_array(L, -1);
        vt_array part = {.dtype = target->dtype, .ndim = target->ndim - depth};
        part.data = (char *)target->data + offset * (int64_t)vt_dtype_size(target->dtype);
        memcpy(part.shape, target->shape + depth, (size_t)part.ndim * sizeof *part.shape);
        memcpy(part.stride, target->stride + depth, (size_t)part.ndim * sizeof *part.stride);
        char have[96], want[96];
        if (!vt_array_same_shape(&part, leaf))
            vtl_error(L, "%s: entry %s has shape %s, the ones before it %s", what,
                      place(L, at, depth), vt_array_shape_text(leaf, have, sizeof have),
                      vt_array_shape_text(&part, want, sizeof want));
        vt_error err = {0};
        vtl_array_try(L, what, vt_array_copy(&part, leaf, &err), &err);
        return;
    }
    if (!lua_istable(L, -1))
        vtl_error(L, "%s: entry %s must be a table of %I numbers, got a %s", what,
                  place(L, at, depth), (LUAI_UACINT)target->shape[depth], luaL_typename(L, -1));
    int64_t length = (int64_t)lua_rawlen(L, -1);
    if (length != target->shape[depth])
        vtl_error(L, "%s: entry %s has length %I, the ones before it %I", what, place(L, at, depth),
                  (LUAI_UACINT)length, (LUAI_UACINT)target->shape[depth]);
    for (int64_t k = 0; k < length; k++) {
        lua_rawgeti(L, -1, k + 1);
        at[depth] = k + 1;
        int64_t position = offset + k * target->stride[depth];
        fill_from(L, target, position, what, at, depth + 1);
        lua_pop(L, 1);
    }
}

/* Push an array from the nested table at `index`. */
static vt_array *array_from_table(lua_State *L, int index, vt_dtype dtype, const char *what) {
    int64_t shape[VT_MAX_DIMS], at[VT_MAX_DIMS];
    index = lua_absindex(L, index);
    int ndim = table_shape(L, index, shape, what);
    vt_array *array = vtl_new_array(L, dtype, ndim, shape);
    lua_pushvalue(L, index);
    fill_from(L, array, 0, what, at, 0);
    lua_pop(L, 1);
    return array;
}

static void wrong_value(lua_State *L, int index, const char *what) {
    vtl_error(L, "%s must be an array or a table of numbers, got a %s", what,
              luaL_typename(L, index));
}

vt_array *vtl_check_arraylike(lua_State *L, int index, const char *what) {
    index = lua_absindex(L, index);
    if (lua_istable(L, index)) {
        array_from_table(L, index, VT_FLOAT64, what);
        lua_replace(L, index);
    } else if (!vtl_is_array(L, index)) {
        wrong_value(L, index, what);
    }
    return vtl_check_array(L, index);
}

const vt_array *vtl_check_operand(lua_State *L, int index, vt_dtype like, const char *what) {
    index = lua_absindex(L, index);
    if (lua_type(L, index) != LUA_TNUMBER) return vtl_check_arraylike(L, index, what);
    vt_dtype dtype = like;
    if (lua_isinteger(L, index)) {
        lua_Integer value = lua_tointeger(L, index);
        if (like == VT_INT32 && (value < INT32_MIN || value > INT32_MAX)) dtype = VT_INT64;
    } else if (vt_dtype_integer(like)) {
        dtype = VT_FLOAT64;
    }
    vt_array *number = vtl_new_result(L, dtype, 0, NULL);
    int64_t at[1] = {1};
    store_number(L, index, number, 0, what, at, 1);
    lua_replace(L, index);
    return number;
}

const vt_array *vtl_check_numbers(lua_State *L, int index, int ndim, const char *what) {
    index = lua_absindex(L, index);
    const vt_array *array = vtl_check_arraylike(L, index, what);
    if (ndim >= 0 && array->ndim != ndim) {
        char text[96];
        vtl_error(L, "%s must have %d dimension%s, got an array of shape %s", what, ndim,
                  ndim == 1 ? "" : "s", vt_array_shape_text(array, text, sizeof text));
    }
    if (array->dtype == VT_FLOAT64 && vt_array_contiguous(array)) return array;
    vt_array *converted = vtl_new_result(L, VT_FLOAT64, array->ndim, array->shape);
    vt_error err = {0};
    vtl_array_try(L, what, vt_array_copy(converted, array, &err), &err);
    lua_replace(L, index);
    return converted;
}

vt_dtype vtl_check_dtype(lua_State *L, int index) {
    const char *name = luaL_checkstring(L, index);
    for (int k = 0; k < VT_DTYPES; k++)
        if (strcmp(name, VTL_DTYPES[k]) == 0) return (vt_dtype)k;
    vtl_error(L, "unknown dtype '%s'; use float64, float32, int32 or int64", name);
    return VT_FLOAT64;
}

int vtl_check_axis(lua_State *L, int index, const vt_array *array) {
    if (lua_isnoneornil(L, index)) return -1;
    lua_Integer axis = luaL_checkinteger(L, index);
    lua_Integer from_start = axis < 0 ? axis + array->ndim + 1 : axis;
    if (from_start < 1 || from_start > array->ndim)
        vtl_error(L,
                  "axis %I of an array with %d dimension%s; axes go from 1 to %d, or from -1 "
                  "backwards",
                  (LUAI_UACINT)axis, array->ndim, array->ndim == 1 ? "" : "s", array->ndim);
    return (int)from_start - 1;
}

/* ---------------------------------------------------------------- the module ---- */

/* vt.array(values [, dtype]) */
static int module_call(lua_State *L) {
    static const char *const what = "vt.array";
    vt_dtype dtype = lua_isnoneornil(L, 3) ? VT_FLOAT64 : vtl_check_dtype(L, 3);
    if (vtl_is_array(L, 2)) {
        const vt_array *from = vtl_check_array(L, 2);
        if (lua_isnoneornil(L, 3)) dtype = from->dtype;
        vt_array *copy = vtl_new_result(L, dtype, from->ndim, from->shape);
        vt_error err = {0};
        vtl_array_try(L, what, vt_array_copy(copy, from, &err), &err);
    } else if (lua_istable(L, 2)) {
        array_from_table(L, 2, dtype, what);
    } else {
        wrong_value(L, 2, what);
    }
    return 1;
}

static const luaL_Reg META[] = {{"__gc", array_gc},
                                {"__close", array_gc},
                                {"__len", array_length},
                                {"__index", vtl_array_index},
                                {"__newindex", vtl_array_newindex},
                                {"__tostring", vtl_array_tostring},
                                {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"array", "vt.array(values [, dtype]) -> Array",
     "A new array from a table of numbers, tables nested for more dimensions, a table of arrays "
     "of one shape, or another array, which is copied. dtype is \"float64\" (default), "
     "\"float32\", \"int32\" or \"int64\". Indices and axes count from 1. a[i] is a number in one "
     "dimension and a view of row i in more; a[mask] and a[indices] select; #a is the length "
     "along the first axis; a.shape, a.dtype, a.ndim and a.count describe the array. Operators "
     "+ - * / ^ // % work elementwise and stretch lengths of 1 to fit; & | ~ combine masks.",
     NULL, NULL, "local a = vt.array{ {1, 2}, {3, 4} }; print(a * 2 + 1, a:sum(1))",
     "numpy; matrix; vector", "Array"},
    {0}};

/* Methods come from several files; all go into the table behind __index. */
static void add_methods(lua_State *L) {
    luaL_setfuncs(L, vtl_array_index_methods, 0);
    luaL_setfuncs(L, vtl_array_print_methods, 0);
    lua_pushcfunction(L, array_gc);
    lua_setfield(L, -2, "close");
}

VTL_OPENER(array) {
    vtl_new_type(L, VTL_ARRAY, (const luaL_Reg[]){{NULL, NULL}}, META);
    luaL_getmetatable(L, VTL_ARRAY); /* vt mt */
    lua_getfield(L, -1, "methods");  /* vt mt methods */
    add_methods(L);
    lua_newtable(L); /* vt mt methods module */
    vtl_array_open_make(L);
    vtl_array_open_math(L);
    vtl_array_open_reduce(L);
    vtl_array_open_linear(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, module_call);
    lua_setfield(L, -2, "__call");
    lua_setmetatable(L, -2);
    lua_setfield(L, -4, "array"); /* vt mt methods */
    lua_pop(L, 2);
    vtl_document(L, DOCS);
    vtl_document(L, vtl_array_index_docs);
    vtl_document(L, vtl_array_print_docs);
}

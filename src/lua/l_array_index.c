/* Reading, writing and slicing arrays from Lua. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "l_array.h"

/* ---------------------------------------------------------------- elements ---- */

/* Offset of index `i` (from 1) along axis d, or an error that tells the range. */
static int64_t along(lua_State *L, const vt_array *a, int d, lua_Integer i) {
    if (i < 1 || i > a->shape[d]) {
        if (a->shape[d] == 0)
            vtl_error(L, "index %I along axis %d, which is empty", (LUAI_UACINT)i, d + 1);
        vtl_error(L, "index %I along axis %d is out of range; it goes from 1 to %I", (LUAI_UACINT)i,
                  d + 1, (LUAI_UACINT)a->shape[d]);
    }
    return (i - 1) * a->stride[d];
}

/* An index argument: a whole number, also as a float (results of arithmetic often are). */
static lua_Integer check_index(lua_State *L, int index) {
    int whole = 0;
    lua_Integer i = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &whole) : 0;
    if (!whole)
        vtl_error(L, "an index must be a whole number, got %s", luaL_tolstring(L, index, NULL));
    return i;
}

/* Write the Lua number at `index` into element `offset`. */
static void store(lua_State *L, int index, const vt_array *a, int64_t offset) {
    if (lua_type(L, index) != LUA_TNUMBER)
        vtl_error(L, "an element of an array must be a number, got a %s", luaL_typename(L, index));
    if (a->dtype == VT_FLOAT64) {
        ((double *)a->data)[offset] = lua_tonumber(L, index);
    } else if (a->dtype == VT_FLOAT32) {
        ((float *)a->data)[offset] = (float)lua_tonumber(L, index);
    } else {
        int whole;
        lua_Integer value = lua_tointegerx(L, index, &whole);
        if (!whole || (a->dtype == VT_INT32 && (value < INT32_MIN || value > INT32_MAX)))
            vtl_error(L, "%s does not fit the type %s of the array", luaL_tolstring(L, index, NULL),
                      vt_dtype_name(a->dtype));
        if (a->dtype == VT_INT32)
            ((int32_t *)a->data)[offset] = (int32_t)value;
        else
            ((int64_t *)a->data)[offset] = value;
    }
}

/* The part of `a` at index i (from 0, checked) of axis d, which is dropped. */
static vt_array drop_axis(const vt_array *a, int d, int64_t i) {
    vt_array part = *a;
    part.data = (char *)a->data + i * a->stride[d] * (int64_t)vt_dtype_size(a->dtype);
    part.ndim--;
    for (int k = d; k < part.ndim; k++) {
        part.shape[k] = a->shape[k + 1];
        part.stride[k] = a->stride[k + 1];
    }
    return part;
}

/* An integer array takes whole numbers only; astype is there to cut fractions. */
static void check_whole(lua_State *L, const vt_array *source, const char *where) {
    size_t count = vt_array_count(source);
    for (size_t k = 0; k < count; k++) {
        double value = vt_array_get(source, vt_array_offset(source, k));
        if (value == floor(value)) continue;
        char text[40];
        snprintf(text, sizeof text, "%.17g", isnan(value) ? NAN : value); /* never "-nan" */
        vtl_error(L, "%s: %s does not fit an integer type; use round() or astype() first", where,
                  text);
    }
}

void vtl_array_assign(lua_State *L, const vt_array *target, int value, const char *where) {
    int top = lua_gettop(L);
    const vt_array *source = vtl_check_operand(L, value, target->dtype, "the value");
    vt_error err = {0};
    if (vt_dtype_integer(target->dtype) && source->dtype != target->dtype) {
        if (!vt_dtype_integer(source->dtype)) check_whole(L, source, where);
        /* A value that does not fit must leave the target as it was: convert aside first. */
        vt_array *converted = vtl_new_result(L, target->dtype, source->ndim, source->shape);
        vtl_array_try(L, where, vt_array_copy(converted, source, &err), &err);
        source = converted;
    } else if (vt_array_overlap(target, source)) { /* shifting an array along itself */
        vt_array *copy = vtl_new_result(L, source->dtype, source->ndim, source->shape);
        vtl_array_try(L, where, vt_array_copy(copy, source, &err), &err);
        source = copy;
    }
    vtl_array_try(L, where, vt_array_copy(target, source, &err), &err);
    lua_settop(L, top);
}

/* ---------------------------------------------------------------- selection ---- */

/* Push an int64 array of the positions (from 0) along axis 0 that the selector at `index` picks: a
   mask as long as the axis of type int32 as comparisons give it, or indices from 1. */
static const vt_array *push_selection(lua_State *L, int index, const vt_array *a) {
    const vt_array *selector = vtl_check_arraylike(L, index, "the selector");
    if (selector->ndim != 1)
        vtl_error(L, "a selector must have one dimension, got %d; select rows, or use where()",
                  selector->ndim);
    int64_t length = a->shape[0], n = selector->shape[0], picked = 0;
    bool mask = selector->dtype == VT_INT32 && n == length;
    /* An int32 array as long as the axis may also be a permutation of indices; a mask has only
       zeros and ones. */
    for (int64_t k = 0; k < n && mask; k++) {
        int32_t value = ((const int32_t *)selector->data)[k * selector->stride[0]];
        mask = value == 0 || value == 1;
        picked += value != 0;
    }
    if (!mask) picked = n;
    vt_array *positions = vtl_new_result(L, VT_INT64, 1, &picked);
    int64_t *to = positions->data, *end = to + picked;
    for (int64_t k = 0; k < n; k++) {
        double value = vt_array_get(selector, k * selector->stride[0]);
        if (mask) {
            if (value != 0 && to < end) *to++ = k;
            continue;
        }
        if (!(value >= 1 && value <= (double)length) || value != (double)(int64_t)value) {
            char text[64];
            snprintf(text, sizeof text, "%.17g", isnan(value) ? NAN : value);
            vtl_error(L,
                      "selector entry %I is %s; indices go from 1 to %I, and a mask is an "
                      "int32 array of %I zeros and ones",
                      (LUAI_UACINT)(k + 1), text, (LUAI_UACINT)length, (LUAI_UACINT)length);
        }
        *to++ = (int64_t)value - 1;
    }
    /* Finalizers run in the allocation, and may have written to a mask that was counted before. */
    if (to != end) vtl_error(L, "the selector was changed while it was read");
    return positions;
}

/* a:select(selector) -> fresh array of the entries or rows picked */
static int array_select(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    const vt_array *positions = push_selection(L, 2, a);
    int64_t shape[VT_MAX_DIMS];
    memcpy(shape, a->shape, sizeof shape);
    shape[0] = positions->shape[0];
    vt_array *result = vtl_new_result(L, a->dtype, a->ndim, shape);
    const int64_t *from = positions->data;
    vt_error err = {0};
    size_t size = vt_dtype_size(a->dtype);
    for (int64_t k = 0; k < shape[0]; k++) {
        if (a->ndim == 1) {
            memcpy((char *)result->data + (size_t)k * size,
                   (const char *)a->data + from[k] * a->stride[0] * (int64_t)size, size);
            continue;
        }
        vt_array target = drop_axis(result, 0, k), source = drop_axis(a, 0, from[k]);
        vtl_array_try(L, "select", vt_array_copy(&target, &source, &err), &err);
    }
    return 1;
}

/* a[selector] = value: the rows picked get the value, or the rows of an array of their number. */
static void assign_selected(lua_State *L, const vt_array *a, int selector, int value) {
    const vt_array *positions = push_selection(L, selector, a);
    int64_t shape[VT_MAX_DIMS], n = positions->shape[0];
    memcpy(shape, a->shape, sizeof shape);
    shape[0] = n;
    vt_array *rows = vtl_new_result(L, a->dtype, a->ndim, shape);
    vtl_array_assign(L, rows, value, "assignment");
    vt_error err = {0};
    for (int64_t k = 0; k < n; k++) {
        vt_array target = drop_axis(a, 0, ((const int64_t *)positions->data)[k]);
        vt_array source = drop_axis(rows, 0, k);
        vtl_array_try(L, "assignment", vt_array_copy(&target, &source, &err), &err);
    }
}

/* mask:find() -> int64 indices of the entries that are not zero */
static int array_find(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    if (a->ndim != 1) return vtl_error(L, "find: needs one dimension, got %d", a->ndim);
    int64_t count = 0;
    for (int64_t k = 0; k < a->shape[0]; k++) count += vt_array_get(a, k * a->stride[0]) != 0;
    vt_array *result = vtl_new_result(L, VT_INT64, 1, &count);
    int64_t *to = result->data, *end = to + count;
    for (int64_t k = 0; k < a->shape[0] && to < end; k++)
        if (vt_array_get(a, k * a->stride[0]) != 0) *to++ = k + 1;
    if (to != end) return vtl_error(L, "find: the array was changed while it was read");
    return 1;
}

/* ---------------------------------------------------------------- metamethods ---- */

static void push_shape(lua_State *L, const vt_array *a) {
    lua_createtable(L, a->ndim, 0);
    for (int d = 0; d < a->ndim; d++) {
        lua_pushinteger(L, a->shape[d]);
        lua_rawseti(L, -2, d + 1);
    }
}

/* a.shape and its kin; false when the name is none of them. */
static bool push_property(lua_State *L, const vt_array *a, const char *name) {
    if (strcmp(name, "shape") == 0)
        push_shape(L, a);
    else if (strcmp(name, "dtype") == 0)
        lua_pushstring(L, vt_dtype_name(a->dtype));
    else if (strcmp(name, "ndim") == 0)
        lua_pushinteger(L, a->ndim);
    else if (strcmp(name, "count") == 0)
        lua_pushinteger(L, (lua_Integer)vt_array_count(a));
    else
        return false;
    return true;
}

/* a[key]: upvalue-free, the method table is found through the metatable. */
int vtl_array_index(lua_State *L) {
    if (lua_type(L, 2) == LUA_TSTRING) {
        if (vtl_push_method(L)) return 1;
        if (!push_property(L, vtl_check_array(L, 1), lua_tostring(L, 2))) lua_pushnil(L);
        return 1;
    }
    const vt_array *a = vtl_check_array(L, 1);
    if (lua_istable(L, 2) || vtl_is_array(L, 2)) return array_select(L);
    lua_Integer i = check_index(L, 2);
    if (a->ndim == 0) return vtl_error(L, "a single number has no index");
    /* One past the end is nil, which is where ipairs and loops by hand stop. */
    if (i == a->shape[0] + 1) {
        lua_pushnil(L);
        return 1;
    }
    int64_t offset = along(L, a, 0, i);
    if (a->ndim == 1) {
        vtl_push_element(L, a, offset);
        return 1;
    }
    vt_array part = drop_axis(a, 0, i - 1);
    vtl_push_part(L, 1, &part);
    return 1;
}

int vtl_array_newindex(lua_State *L) {
    if (lua_type(L, 2) == LUA_TSTRING)
        return vtl_error(L,
                         "an array has no field '%s' that could be set; elements are set by "
                         "a[i] = value or a:set(i, j, value)",
                         lua_tostring(L, 2));
    const vt_array *a = vtl_check_writable(L, 1);
    if (lua_gettop(L) != 3) lua_settop(L, 3); /* called by hand */
    if (lua_istable(L, 2) || vtl_is_array(L, 2)) {
        assign_selected(L, a, 2, 3);
        return 0;
    }
    lua_Integer i = check_index(L, 2);
    if (a->ndim == 0) return vtl_error(L, "a single number has no index");
    int64_t offset = along(L, a, 0, i);
    if (a->ndim == 1) {
        store(L, 3, a, offset);
    } else {
        vt_array part = drop_axis(a, 0, i - 1);
        vtl_array_assign(L, &part, 3, "assignment");
    }
    return 0;
}

/* ---------------------------------------------------------------- methods ---- */

/* Offset from as many index arguments as there are axes, from stack position 2 on. */
static int64_t element_offset(lua_State *L, const vt_array *a, int given, const char *where) {
    if (given != a->ndim) {
        char text[96];
        vtl_error(L, "%s: an array of shape %s takes %d ind%s, got %d", where,
                  vt_array_shape_text(a, text, sizeof text), a->ndim, a->ndim == 1 ? "ex" : "ices",
                  given);
    }
    int64_t offset = 0;
    for (int d = 0; d < a->ndim; d++) offset += along(L, a, d, check_index(L, d + 2));
    return offset;
}

static int array_get(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    vtl_push_element(L, a, element_offset(L, a, lua_gettop(L) - 1, "get"));
    return 1;
}

static int array_set(lua_State *L) {
    const vt_array *a = vtl_check_writable(L, 1);
    int top = lua_gettop(L);
    store(L, top, a, element_offset(L, a, top - 2, "set"));
    lua_settop(L, 1);
    return 1;
}

static int array_row(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    if (a->ndim < 2) return vtl_error(L, "row: needs two dimensions or more, got %d", a->ndim);
    lua_Integer i = check_index(L, 2);
    along(L, a, 0, i);
    vt_array part = drop_axis(a, 0, i - 1);
    vtl_push_part(L, 1, &part);
    return 1;
}

static int array_column(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    if (a->ndim < 2) return vtl_error(L, "column: needs two dimensions or more, got %d", a->ndim);
    lua_Integer i = check_index(L, 2);
    along(L, a, 1, i);
    vt_array part = drop_axis(a, 1, i - 1);
    vtl_push_part(L, 1, &part);
    return 1;
}

/* One bound of a range: whole, from the end when negative; nil gives `otherwise`. */
static lua_Integer range_bound(lua_State *L, int table, int k, lua_Integer length,
                               lua_Integer otherwise) {
    lua_rawgeti(L, table, k);
    lua_Integer bound = lua_isnil(L, -1) ? otherwise : check_index(L, -1);
    lua_pop(L, 1);
    return k < 3 && bound < 0 ? bound + length + 1 : bound;
}

/* Narrow axis d of `part` to the range {first, last, step} at stack position `table`. */
static void narrow(lua_State *L, vt_array *part, int d, int axis, int table) {
    lua_Integer length = part->shape[d];
    lua_Integer step = range_bound(L, table, 3, length, 1);
    if (step == 0) vtl_error(L, "slice: the step along axis %d is 0", axis);
    lua_Integer first = range_bound(L, table, 1, length, step > 0 ? 1 : length);
    lua_Integer last = range_bound(L, table, 2, length, step > 0 ? length : 1);
    bool empty = step > 0 ? first > last : first < last;
    /* Only an empty range may lie outside: {1, 0} of anything is nothing. */
    if (!empty && (first < 1 || first > length || last < 1 || last > length))
        vtl_error(L,
                  "slice: the range {%I, %I} along axis %d is out of range; it goes from 1 to "
                  "%I, or from -1 backwards",
                  (LUAI_UACINT)first, (LUAI_UACINT)last, axis, (LUAI_UACINT)length);
    lua_Integer count = empty ? 0 : (last - first) / step + 1;
    if (count > 0)
        part->data = (char *)part->data +
                     (first - 1) * part->stride[d] * (int64_t)vt_dtype_size(part->dtype);
    part->shape[d] = count;
    if (count > 1) part->stride[d] *= step; /* a step beyond the end is never taken */
}

/* a:slice(spec, ...): per axis nil (all), a number (drops the axis) or {first, last, step} */
static int array_slice(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    int given = lua_gettop(L) - 1;
    if (given > a->ndim)
        return vtl_error(L, "slice: %d ranges for an array with %d dimension%s", given, a->ndim,
                         a->ndim == 1 ? "" : "s");
    vt_array part = *a;
    int d = 0; /* axis of the part; those of `a` that a number fixed are gone */
    for (int axis = 1; axis <= given; axis++) {
        if (lua_istable(L, axis + 1)) {
            narrow(L, &part, d++, axis, axis + 1);
        } else if (lua_isnil(L, axis + 1)) {
            d++;
        } else if (lua_type(L, axis + 1) == LUA_TNUMBER) {
            lua_Integer i = check_index(L, axis + 1);
            if (i < 0) i += part.shape[d] + 1;
            along(L, a, axis - 1, i);
            part = drop_axis(&part, d, i - 1);
        } else {
            return vtl_error(L,
                             "slice: argument %d must be nil (all), an index or "
                             "{first, last, step}, got a %s",
                             axis, luaL_typename(L, axis + 1));
        }
    }
    if (part.ndim == 0)
        vtl_push_element(L, &part, 0);
    else
        vtl_push_part(L, 1, &part);
    return 1;
}

/* a:assign(value): every element from an array, a table or a number, stretched to the shape */
static int array_assign(lua_State *L) {
    const vt_array *a = vtl_check_writable(L, 1);
    lua_settop(L, 2);
    vtl_array_assign(L, a, 2, "assign");
    lua_settop(L, 1);
    return 1;
}

static void fill_table(lua_State *L, const vt_array *a, int d, int64_t offset) {
    luaL_checkstack(L, 4, "nested tables");
    lua_createtable(L, a->shape[d] < INT32_MAX ? (int)a->shape[d] : 0, 0);
    for (int64_t k = 0; k < a->shape[d]; k++) {
        int64_t at = offset + k * a->stride[d];
        if (d == a->ndim - 1)
            vtl_push_element(L, a, at);
        else
            fill_table(L, a, d + 1, at);
        lua_rawseti(L, -2, k + 1);
    }
}

static int array_totable(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    if (a->ndim == 0)
        vtl_push_element(L, a, 0);
    else
        fill_table(L, a, 0, 0);
    return 1;
}

const luaL_Reg vtl_array_index_methods[] = {{"get", array_get},
                                            {"set", array_set},
                                            {"row", array_row},
                                            {"column", array_column},
                                            {"slice", array_slice},
                                            {"select", array_select},
                                            {"find", array_find},
                                            {"assign", array_assign},
                                            {"fill", array_assign},
                                            {"totable", array_totable},
                                            {NULL, NULL}};

const vtl_doc vtl_array_index_docs[] = {
    {"Array:get", "a:get(i, j, ...) -> number", "The element at the indices, one for each axis.",
     NULL, NULL, "local x = glass:positions():get(17, 1)"},
    {"Array:set", "a:set(i, j, ..., value) -> a", "Set the element at the indices.", NULL, NULL,
     "a:set(1, 2, 0.5)"},
    {"Array:row", "a:row(i) -> Array", "A view of row i: the same as a[i] in two dimensions.", NULL,
     NULL, "print(glass:positions():row(1))"},
    {"Array:column", "a:column(j) -> Array", "A view of index j along the second axis.", NULL, NULL,
     "local z = glass:positions():column(3)"},
    {"Array:slice", "a:slice(range, ...) -> Array",
     "A view of part of the array. For each axis nil takes all, a number takes one index and "
     "drops the axis, { first, last, step } takes a range, both ends included; negative bounds "
     "count from the end, and missing ones mean the ends.",
     NULL, NULL, "local tail = a:slice({ -100 }); local odd = a:slice({ 1, -1, 2 }, 3)"},
    {"Array:select", "a:select(selector) -> Array",
     "A fresh array of the entries (rows) that a mask (int32 zeros and ones, as comparisons give) "
     "or a list of indices picks; a[selector] does the same, and a[selector] = value sets them.",
     NULL, NULL, "local fast = v:select(v:gt(2.5))", "boolean mask; indexing", "Array:slice"},
    {"Array:find", "mask:find() -> Array", "Indices of the entries that are not zero, as int64.",
     NULL, NULL, "local which = e:gt(-4.8):find()"},
    {"Array:assign", "a:assign(value) -> a",
     "Set every element from an array or table, stretched to the shape of a, or from a number. "
     "Writes through views: this is how to change the positions of atoms in bulk.",
     NULL, NULL, "local x = glass:positions(); x:assign(x + 0.1)"},
    {"Array:fill", "a:fill(value) -> a", "Set every element to a number.", NULL, NULL, "a:fill(0)"},
    {"Array:close", "a:close()", "Give the memory back at once; views of it become stale.", NULL,
     NULL, "a:close()"},
    {"Array:totable", "a:totable() -> table", "The numbers as a Lua table, nested by axis.", NULL,
     NULL, "for i, x in ipairs(a:totable()) do print(i, x) end"},
    {0}};

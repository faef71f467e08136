/* Arrays as text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "l_array.h"

typedef struct {
    int64_t digits; /* significant */
    int64_t edge;   /* entries shown at each end of a long axis */
    bool all;
    /* filled while printing */
    int width;
    const vt_array *array;
} print_options;

static const print_options DEFAULTS = {.digits = 6, .edge = 3, .all = false};

static const vtl_option OPTIONS[] = {
    {"digits", VTL_COUNT, offsetof(print_options, digits), "-",
     "significant digits; 17 keep a float64 exactly", NULL},
    {"edge", VTL_COUNT, offsetof(print_options, edge), "-",
     "entries shown at each end of a long axis", NULL},
    {"all", VTL_BOOLEAN, offsetof(print_options, all), "-", "show every entry", NULL},
    {0}};

enum { SHORT_AXIS = 12, ELEMENT_TEXT = 40 };

static int element_text(const print_options *o, int64_t offset, char text[ELEMENT_TEXT]) {
    const vt_array *a = o->array;
    if (a->dtype == VT_INT32)
        return snprintf(text, ELEMENT_TEXT, "%d", ((const int32_t *)a->data)[offset]);
    if (a->dtype == VT_INT64)
        return snprintf(text, ELEMENT_TEXT, "%lld", (long long)((const int64_t *)a->data)[offset]);
    double value = vt_array_get(a, offset);
    if (isnan(value)) return snprintf(text, ELEMENT_TEXT, "nan"); /* never "-nan" */
    return snprintf(text, ELEMENT_TEXT, "%.*g", (int)o->digits, value);
}

/* Index after k among those shown along axis d: jumps over the middle of a long axis. */
static int64_t next_shown(const print_options *o, int d, int64_t k, bool *jumped) {
    int64_t length = o->array->shape[d];
    *jumped = false;
    if (!o->all && length > SHORT_AXIS && o->edge < length - o->edge && k + 1 == o->edge) {
        *jumped = true;
        return length - o->edge;
    }
    return k + 1;
}

/* Widest text among the entries shown, so that columns line up. */
static void measure(print_options *o, int d, int64_t offset) {
    const vt_array *a = o->array;
    bool jumped;
    for (int64_t k = 0; k < a->shape[d]; k = next_shown(o, d, k, &jumped)) {
        int64_t at = offset + k * a->stride[d];
        if (d < a->ndim - 1) {
            measure(o, d + 1, at);
            continue;
        }
        char text[ELEMENT_TEXT];
        int width = element_text(o, at, text);
        if (width > o->width) o->width = width;
    }
}

static void print_axis(const print_options *o, luaL_Buffer *b, int d, int64_t offset) {
    const vt_array *a = o->array;
    bool last_axis = d == a->ndim - 1, jumped = false;
    luaL_addstring(b, last_axis ? "{ " : "{");
    for (int64_t k = 0; k < a->shape[d];) {
        int64_t at = offset + k * a->stride[d];
        if (k > 0) luaL_addstring(b, last_axis ? ", " : ",");
        if (jumped && last_axis) luaL_addstring(b, "..., ");
        if (!last_axis) {
            for (int line = jumped ? 0 : 1; line < 2; line++) {
                luaL_addchar(b, '\n');
                for (int indent = 0; indent <= d; indent++) luaL_addchar(b, ' ');
                if (line == 0) luaL_addstring(b, "...,");
            }
            print_axis(o, b, d + 1, at);
        } else {
            char text[ELEMENT_TEXT];
            int width = element_text(o, at, text);
            for (int pad = width; pad < o->width; pad++) luaL_addchar(b, ' ');
            luaL_addlstring(b, text, (size_t)width);
        }
        k = next_shown(o, d, k, &jumped);
    }
    luaL_addstring(b, last_axis ? " }" : " }");
}

static int print_array(lua_State *L, const vt_array *a, print_options *o) {
    char head[160], shape[128];
    luaL_Buffer b;
    o->array = a;
    if (a->ndim > 1 && vt_array_count(a) > 0) measure(o, 0, 0);
    snprintf(head, sizeof head, "array %s [%s] ", vt_dtype_name(a->dtype),
             vt_array_shape_text(a, shape, sizeof shape));
    luaL_buffinit(L, &b);
    luaL_addstring(&b, head);
    if (a->ndim == 0) {
        char text[ELEMENT_TEXT];
        element_text(o, 0, text);
        luaL_addstring(&b, text);
    } else if (vt_array_count(a) == 0) {
        luaL_addstring(&b, "{}");
    } else {
        print_axis(o, &b, 0, 0);
    }
    luaL_pushresult(&b);
    return 1;
}

int vtl_array_tostring(lua_State *L) {
    /* Printing must never raise: an error message about a stale view may itself print it. */
    const vtl_array_box *box = vtl_array_box_at(L, 1);
    if (!vtl_array_alive(L, 1, box)) {
        lua_pushstring(L, box->closed ? "array (closed)" : "array (stale view: fetch it again)");
        return 1;
    }
    print_options o = DEFAULTS;
    return print_array(L, &box->view, &o);
}

static int array_tostring(lua_State *L) {
    const vt_array *a = vtl_check_array(L, 1);
    print_options o = DEFAULTS;
    vtl_options(L, 2, "Array:tostring", OPTIONS, &o);
    if (o.digits > 17) return vtl_error(L, "Array:tostring: digits goes from 1 to 17");
    return print_array(L, a, &o);
}

const luaL_Reg vtl_array_print_methods[] = {{"tostring", array_tostring}, {NULL, NULL}};

const vtl_doc vtl_array_print_docs[] = {
    {"Array:tostring", "a:tostring{ options } -> string",
     "The array as text: type, shape and numbers, with the middle of long axes left out.", OPTIONS,
     &DEFAULTS, "print(a:tostring{ all = true, digits = 17 })"},
    {0}};

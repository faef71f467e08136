#include "vtl.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void vtl_push_place(lua_State *L) {
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0 && strncmp(ar.source, "=vitrum.", 8) != 0) {
            lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

int vtl_raise(lua_State *L, const vt_error *err) {
    vtl_push_place(L);
    lua_pushstring(L, err->msg);
    lua_concat(L, 2);
    return lua_error(L);
}

int vtl_error(lua_State *L, const char *format, ...) {
    va_list list;
    vtl_push_place(L);
    va_start(list, format);
    const char *text = lua_pushvfstring(L, format, list);
    va_end(list);
    luaL_Buffer b;
    size_t size = lua_rawlen(L, -1) + 1;
    char *copy = luaL_buffinitsize(L, &b, size);
    memcpy(copy, text, size);
    vt_plain_nan(copy);
    vt_plain_text(copy, false);
    luaL_pushresultsize(&b, strlen(copy));
    lua_remove(L, -2);
    lua_concat(L, 2);
    return lua_error(L);
}

void vtl_plain(lua_State *L) {
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    luaL_Buffer b;
    char *copy = luaL_buffinitsize(L, &b, length + 1);
    for (size_t k = 0; k < length; k++) copy[k] = text[k] != '\0' ? text[k] : '?';
    copy[length] = '\0';
    vt_plain_text(copy, true);
    luaL_pushresultsize(&b, strlen(copy));
    lua_remove(L, -2);
}

/* Bytes of C memory that the collector has not been told of yet; its address is the key in the
   registry under which each state keeps its own count. */
static const char GC_DEBT = 0;
enum { GC_DEBT_LIMIT = 4 << 20 };

void vtl_gc_hint(lua_State *L, size_t bytes) {
    /* The collector cannot see C memory; without a step in proportion, thousands of short-lived
       arrays would pile up before it runs. A step may walk the whole heap, so small sizes are
       saved up. */
    lua_rawgetp(L, LUA_REGISTRYINDEX, &GC_DEBT);
    size_t debt = (size_t)lua_tointeger(L, -1) + bytes;
    lua_pop(L, 1);
    size_t rest = debt >= GC_DEBT_LIMIT ? 0 : debt;
    lua_pushinteger(L, (lua_Integer)rest);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &GC_DEBT);
    if (rest != debt)
        lua_gc(L, LUA_GCSTEP, (int)(debt / 1024 < INT32_MAX ? debt / 1024 : INT32_MAX));
}

/* ---------------------------------------------------------------- nearest name ---- */

enum { LONGEST_NAME = 63 };

static int smaller(int a, int b) {
    return a < b ? a : b;
}

/* Levenshtein distance, with a swap of two letters counted once. */
static int edit_distance(const char *a, const char *b) {
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n > LONGEST_NAME || m > LONGEST_NAME) return LONGEST_NAME;
    int rows[3][LONGEST_NAME + 1];
    int *before = rows[0], *previous = rows[1], *current = rows[2];
    for (int j = 0; j <= m; j++) previous[j] = j;
    for (int i = 1; i <= n; i++) {
        current[0] = i;
        for (int j = 1; j <= m; j++) {
            int d = previous[j - 1] + (a[i - 1] != b[j - 1]);
            d = smaller(d, smaller(previous[j], current[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = smaller(d, before[j - 2] + 1);
            current[j] = d;
        }
        int *oldest = before;
        before = previous;
        previous = current;
        current = oldest;
    }
    return previous[m];
}

const char *vtl_nearest(const char *word, const char *const *names, size_t count, size_t stride) {
    const char *best = NULL;
    int best_distance = smaller((int)strlen(word) / 2 + 1, 4);
    for (size_t k = 0; k < count; k++) {
        const char *name = *(const char *const *)((const char *)names + k * stride);
        int d = edit_distance(word, name);
        if (d < best_distance) {
            best_distance = d;
            best = name;
        }
    }
    return best;
}

/* ---------------------------------------------------------------- options ---- */

static size_t option_count(const vtl_option *table) {
    size_t n = 0;
    while (table[n].name != NULL) n++;
    return n;
}

/* What was received, for a message: `fast` as 'fast', 3.5 as 3.5, others by type. */
static const char *received(lua_State *L, int index) {
    if (lua_type(L, index) == LUA_TSTRING)
        return lua_pushfstring(L, "the string '%s'", lua_tostring(L, index));
    if (lua_type(L, index) == LUA_TNUMBER || lua_type(L, index) == LUA_TBOOLEAN)
        return luaL_tolstring(L, index, NULL);
    return lua_pushfstring(L, "a %s", luaL_typename(L, index));
}

static void wrong(lua_State *L, const char *where, const vtl_option *o, const char *expected,
                  int index) {
    index = lua_absindex(L, index);
    const char *unit = (o->unit && strcmp(o->unit, "-") != 0) ? lua_pushfstring(L, " [%s]", o->unit)
                                                              : lua_pushstring(L, "");
    vtl_error(L, "%s: option '%s'%s must be %s, got %s", where, o->name, unit, expected,
              received(L, index));
}

static double read_number(lua_State *L, const char *where, const vtl_option *o,
                          const char *expected) {
    /* A string that looks like a number is refused: `timestep = "2"` is a slip worth a word. */
    if (lua_type(L, -1) != LUA_TNUMBER) wrong(L, where, o, expected, -1);
    double value = lua_tonumber(L, -1);
    if (!isfinite(value)) wrong(L, where, o, expected, -1);
    return value;
}

/* After the kind was found right. */
static void check_range(lua_State *L, const char *where, const vtl_option *o, double value) {
    if (o->allowed == NULL) return;
    const char *what = lua_pushfstring(L, "option '%s'", o->name);
    vtl_check_range(L, where, what, o->allowed, value);
    lua_pop(L, 1);
}

static void read_choice(lua_State *L, const char *where, const vtl_option *o, int *target) {
    luaL_Buffer b;
    const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    const char *const *choices = o->allowed;
    size_t count = 0;
    for (; choices[count] != NULL; count++)
        if (word != NULL && strcmp(word, choices[count]) == 0) {
            *target = (int)count;
            return;
        }
    int value = lua_gettop(L);
    luaL_buffinit(L, &b);
    luaL_addstring(&b, "one of");
    for (size_t k = 0; k < count; k++) {
        luaL_addstring(&b, k == 0 ? " '" : ", '");
        luaL_addstring(&b, choices[k]);
        luaL_addstring(&b, "'");
    }
    luaL_pushresult(&b);
    wrong(L, where, o, lua_tostring(L, -1), value);
}

/* C ends a text at its first zero byte: one inside would cut it without a word. */
static const char *read_text(lua_State *L, const char *where, const vtl_option *o,
                             const char *expected) {
    if (lua_type(L, -1) != LUA_TSTRING) wrong(L, where, o, expected, -1);
    const char *text = lua_tostring(L, -1);
    if (strlen(text) != lua_rawlen(L, -1))
        vtl_error(L, "%s: option '%s' holds a zero byte after '%s'; leave it out", where, o->name,
                  text);
    return text;
}

const char *vtl_check_path(lua_State *L, int index) {
    size_t length;
    const char *path = luaL_checklstring(L, index, &length);
    if (strlen(path) != length)
        vtl_error(L, "the file name '%s' goes on behind a zero byte, which no name can hold", path);
    return path;
}

/* The value is on top of the stack. */
static void read_option(lua_State *L, const char *where, const vtl_option *o, char *target) {
    void *field = target != NULL ? target + o->offset : NULL; /* VTL_VALUE needs none */
    switch (o->kind) {
    case VTL_NUMBER:
        *(double *)field = read_number(L, where, o, "a finite number");
        check_range(L, where, o, *(double *)field);
        break;
    case VTL_POSITIVE: {
        double value = read_number(L, where, o, "a positive number");
        if (value <= 0) wrong(L, where, o, "a positive number", -1);
        check_range(L, where, o, value);
        *(double *)field = value;
        break;
    }
    case VTL_NONNEGATIVE: {
        double value = read_number(L, where, o, "a number that is not negative");
        if (value < 0) wrong(L, where, o, "a number that is not negative", -1);
        check_range(L, where, o, value);
        *(double *)field = value;
        break;
    }
    case VTL_COUNT:
    case VTL_INTEGER:
    case VTL_SEED: {
        const char *expected = o->kind == VTL_COUNT     ? "a whole number, at least 1"
                               : o->kind == VTL_INTEGER ? "a whole number"
                                                        : "a whole number, at least 0";
        int whole = 0;
        lua_Integer value = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
        lua_Integer least = o->kind == VTL_COUNT ? 1 : o->kind == VTL_SEED ? 0 : LUA_MININTEGER;
        if (!whole || value < least) wrong(L, where, o, expected, -1);
        if (o->kind == VTL_COUNT && value > VTL_LARGEST_COUNT)
            wrong(L, where, o, "a whole number up to 1e15", -1);
        if (o->kind == VTL_SEED)
            *(uint64_t *)field = (uint64_t)value;
        else
            *(int64_t *)field = (int64_t)value;
        break;
    }
    case VTL_BOOLEAN:
        if (!lua_isboolean(L, -1)) wrong(L, where, o, "true or false", -1);
        *(bool *)field = lua_toboolean(L, -1) != 0;
        break;
    case VTL_STRING:
        *(const char **)field = read_text(L, where, o, "a string");
        break;
    case VTL_FILE:
        *(const char **)field = "";
        if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) break;
        *(const char **)field = read_text(L, where, o, "the name of a file, or false for none");
        if (lua_rawlen(L, -1) == 0) wrong(L, where, o, "the name of a file, or false for none", -1);
        break;
    case VTL_CHOICE:
        read_choice(L, where, o, field);
        break;
    default: /* the caller reads the others */
        break;
    }
}

bool vtl_is_info(lua_State *L, int index) {
    if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
    luaL_getmetatable(L, VTL_INFO);
    bool info = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return info;
}

static void unknown_option(lua_State *L, const char *where, const vtl_option *table,
                           const char *key) {
    const char *near = vtl_nearest(key, &table[0].name, option_count(table), sizeof *table);
    if (near != NULL) vtl_error(L, "%s: unknown option '%s'; did you mean '%s'?", where, key, near);
    vtl_error(L, "%s: unknown option '%s'; help \"%s\" lists the options", where, key, where);
}

/* Put a plain copy of the options table in its place, with what its __index gives for keys that it
   lacks. From here on no reading of an option runs the user's code, and the copy keeps strings
   alive whatever becomes of the original. */
static void copy_options(lua_State *L, int index, const char *where, const vtl_option *table) {
    size_t count = option_count(table);
    lua_createtable(L, 0, (int)count);
    int copy = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, index) != 0) { /* copy key value */
        if (lua_type(L, -2) != LUA_TSTRING)
            vtl_error(L, "%s: options are named (key = value), got an entry with key %s", where,
                      received(L, -2));
        const char *key = lua_tostring(L, -2);
        size_t k = 0;
        while (k < count && strcmp(table[k].name, key) != 0) k++;
        if (k == count) unknown_option(L, where, table, key);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
    bool inherits = luaL_getmetafield(L, index, "__index") != LUA_TNIL;
    for (size_t k = 0; k < count && inherits; k++) {
        lua_settop(L, copy);
        if (lua_getfield(L, copy, table[k].name) != LUA_TNIL) continue;
        lua_getfield(L, index, table[k].name);
        lua_setfield(L, copy, table[k].name);
    }
    lua_settop(L, copy);
    lua_replace(L, index);
}

void vtl_options(lua_State *L, int index, const char *where, const vtl_option *table,
                 void *target) {
    vtl_interrupt_arm(L);
    if (lua_isnoneornil(L, index)) return;
    index = lua_absindex(L, index);
    if (vtl_is_info(L, index)) {
        lua_newtable(L);
        lua_replace(L, index);
        return;
    }
    if (!lua_istable(L, index))
        vtl_error(L, "%s: options must be a table { key = value, ... }, got %s", where,
                  received(L, index));
    copy_options(L, index, where, table);
    for (const vtl_option *o = table; o->name != NULL; o++) {
        lua_getfield(L, index, o->name);
        if (!lua_isnil(L, -1)) read_option(L, where, o, target);
        lua_pop(L, 1);
    }
}

void vtl_allow(vtl_option *table, const char *name, const char *const *words) {
    while (strcmp(table->name, name) != 0) table++;
    table->allowed = words;
}

/* ---------------------------------------------------------------- documentation ---- */

static void push_default(lua_State *L, const vtl_option *o, const char *defaults) {
    const void *field = defaults + o->offset;
    switch (o->kind) {
    case VTL_NUMBER:
    case VTL_POSITIVE:
    case VTL_NONNEGATIVE:
        if (isnan(*(const double *)field)) /* stands for "not given" */
            lua_pushnil(L);
        else
            lua_pushnumber(L, *(const double *)field);
        break;
    case VTL_COUNT:
        if (*(const int64_t *)field == 0) { /* stands for "not given" */
            lua_pushnil(L);
            break;
        }
        /* fall through */
    case VTL_INTEGER:
    case VTL_SEED:
        lua_pushinteger(L, *(const lua_Integer *)field);
        break;
    case VTL_BOOLEAN:
        lua_pushboolean(L, *(const bool *)field);
        break;
    case VTL_STRING:
    case VTL_FILE:
        lua_pushstring(L, *(const char *const *)field); /* NULL pushes nil */
        break;
    case VTL_CHOICE:
        lua_pushstring(L, ((const char *const *)o->allowed)[*(const int *)field]);
        break;
    default:
        lua_pushnil(L);
        break;
    }
}

static const char *const KIND_NAMES[] = {"number",
                                         "positive number",
                                         "number >= 0",
                                         "count",
                                         "integer",
                                         "seed",
                                         "boolean",
                                         "string",
                                         "file",
                                         "choice",
                                         "vector",
                                         "tensor",
                                         "number or { from, to }",
                                         "{ low, high }",
                                         "by species",
                                         "composition",
                                         "name or list",
                                         "one or by axis",
                                         "array",
                                         "table",
                                         "function",
                                         "value"};

static void set_string(lua_State *L, const char *key, const char *value) {
    if (value == NULL) return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void push_option_doc(lua_State *L, const vtl_option *o, const void *defaults) {
    lua_newtable(L);
    set_string(L, "name", o->name);
    set_string(L, "kind", KIND_NAMES[o->kind]);
    set_string(L, "unit", o->unit);
    set_string(L, "help", o->help);
    if (defaults != NULL) {
        push_default(L, o, defaults);
        lua_setfield(L, -2, "default");
    }
    if (o->allowed == NULL) return;
    if (o->kind != VTL_CHOICE) {
        set_string(L, "range", ((const vt_range *)o->allowed)->name);
        return;
    }
    const char *const *choices = o->allowed;
    lua_newtable(L);
    for (int k = 0; choices[k] != NULL; k++) {
        lua_pushstring(L, choices[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "choices");
}

void vtl_document(lua_State *L, const vtl_doc *docs) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "vitrum.docs"); /* docs */
    for (const vtl_doc *d = docs; d->name != NULL; d++) {
        lua_newtable(L); /* docs entry */
        set_string(L, "signature", d->signature);
        set_string(L, "summary", d->summary);
        set_string(L, "example", d->example);
        set_string(L, "terms", d->terms);
        set_string(L, "see", d->see);
        if (d->options != NULL) {
            lua_newtable(L); /* docs entry options */
            for (int k = 0; d->options[k].name != NULL; k++) {
                push_option_doc(L, &d->options[k], d->defaults);
                lua_rawseti(L, -2, k + 1);
            }
            lua_setfield(L, -2, "options");
        }
        lua_setfield(L, -2, d->name);
    }
    lua_pop(L, 1);
}

/* ---------------------------------------------------------------- userdata ---- */

/* obj:help() -> help(obj), through the Lua side's help module. */
static int object_help(lua_State *L) {
    luaL_checkany(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "vitrum.prompt.help");
    lua_call(L, 1, 1);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 0);
    return 0;
}

void vtl_new_type(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta) {
    luaL_newmetatable(L, name); /* mt */
    luaL_setfuncs(L, meta, 0);
    lua_newtable(L); /* mt methods */
    luaL_setfuncs(L, methods, 0);
    lua_pushcfunction(L, object_help);
    lua_setfield(L, -2, "help");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "methods"); /* for completion and help, also when __index is a function */
    lua_getfield(L, -2, "__index"); /* mt methods own_index */
    if (lua_isnil(L, -1)) {
        lua_pushvalue(L, -2);
        lua_setfield(L, -4, "__index");
    }
    lua_pop(L, 3);
}

bool vtl_push_method(lua_State *L) {
    if (lua_gettop(L) != 2) lua_settop(L, 2);               /* called by hand */
    if (luaL_getmetafield(L, 1, "methods") != LUA_TTABLE) { /* taken away by the program */
        lua_settop(L, 2);
        lua_pushnil(L);
        return false;
    }
    lua_pushvalue(L, 2);
    return lua_rawget(L, 3) != LUA_TNIL;
}

/* Of two names that are equally near, the first of the alphabet, whatever the order of the table.
 */
static const char *nearer(const char *key, const char *a, const char *b) {
    if (b == NULL) return vtl_nearest(key, &a, 1, sizeof a);
    const char *names[] = {strcmp(a, b) < 0 ? a : b, strcmp(a, b) < 0 ? b : a};
    return vtl_nearest(key, names, 2, sizeof *names);
}

void vtl_push_nearest_field(lua_State *L, const char *key, const char *const *properties) {
    const char *best = NULL;
    for (; *properties != NULL; properties++) best = nearer(key, *properties, best);
    if (luaL_getmetafield(L, 1, "methods") != LUA_TTABLE) lua_newtable(L);
    int methods = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, methods) != 0) {
        if (lua_type(L, -2) == LUA_TSTRING) best = nearer(key, lua_tostring(L, -2), best);
        lua_pop(L, 1);
    }
    lua_pushstring(L, best);
}

int vtl_find_field(lua_State *L, const char *type, const char *variable,
                   const char *const *properties) {
    if (vtl_push_method(L)) return VTL_METHOD;
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strncmp(key, "__", 2) == 0) return VTL_METHOD;
    for (int k = 0; properties[k] != NULL; k++)
        if (strcmp(key, properties[k]) == 0) return k;
    vtl_push_nearest_field(L, key, properties);
    if (lua_isstring(L, -1))
        return vtl_error(L, "%s has no field '%s'; did you mean '%s'?", type, key,
                         lua_tostring(L, -1));
    return vtl_error(L, "%s has no field '%s'; %s:help() lists them", type,
                     luaL_tolstring(L, 2, NULL), variable);
}

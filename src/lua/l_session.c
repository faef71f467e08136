/* What the Lua half needs of the C half: the module "vitrum.session" (documentation registry,
   registered types, nearest name, terminal) and vt.progress. */
#define _GNU_SOURCE
#include "vtl.h"

#include <lualib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VTL_PROGRESS "vitrum.Progress"

/* ---------------------------------------------------------------- session ---- */

/* nearest(word, list of names) -> name or nil */
static int session_nearest(lua_State *L) {
    const char *word = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t count = lua_rawlen(L, 2);
    const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
    for (size_t k = 0; k < count; k++) {
        lua_rawgeti(L, 2, (lua_Integer)k + 1);
        names[k] = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        lua_pop(L, 1); /* the list keeps the string */
    }
    lua_pushstring(L, vtl_nearest(word, names, count, sizeof *names));
    return 1;
}

/* types() -> { Atoms = metatable, ... }: every type made by vtl_new_type, but for internal ones,
   which have a second dot in their name: vitrum.system.Lock */
static int session_types(lua_State *L) {
    lua_settop(L, 0);
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, LUA_REGISTRYINDEX) != 0) { /* types key value */
        static const char PREFIX[] = "vitrum.";
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        if (strncmp(key, PREFIX, sizeof PREFIX - 1) == 0 &&
            strchr(key + sizeof PREFIX - 1, '.') == NULL && lua_istable(L, -1) &&
            lua_getfield(L, -1, "methods") == LUA_TTABLE) {
            lua_pop(L, 1);
            lua_setfield(L, 1, key + sizeof PREFIX - 1);
        }
        lua_settop(L, 2);
    }
    return 1;
}

/* terminal() -> { output = is stdout a terminal, input = is stdin one, dumb = can only print,
   color = ..., columns = ..., rows = ... (0: unknown) } */
static int session_terminal(lua_State *L) {
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool output = isatty(STDOUT_FILENO) != 0;
    bool dumb = term == NULL || strcmp(term, "dumb") == 0;
    bool plain = dumb || (no_color != NULL && *no_color != '\0');
    lua_createtable(L, 0, 6);
    lua_pushboolean(L, isatty(STDIN_FILENO));
    lua_setfield(L, -2, "input");
    lua_pushboolean(L, dumb);
    lua_setfield(L, -2, "dumb");
    lua_pushinteger(L, vtl_terminal_height(STDOUT_FILENO));
    lua_setfield(L, -2, "rows");
    lua_pushboolean(L, output);
    lua_setfield(L, -2, "output");
    lua_pushboolean(L, output && !plain);
    lua_setfield(L, -2, "color");
    lua_pushinteger(L, vtl_terminal_width(STDOUT_FILENO));
    lua_setfield(L, -2, "columns");
    return 1;
}

/* places() -> { program = path of the program that runs, data = installed folder of scripts and
   data, documents = that of lessons } */
static int session_places(lua_State *L) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    lua_createtable(L, 0, 3);
    lua_pushlstring(L, path, length > 0 ? (size_t)length : 0);
    lua_setfield(L, -2, "program");
    lua_pushliteral(L, VITRUM_DATA_DIR);
    lua_setfield(L, -2, "data");
    lua_pushliteral(L, VITRUM_DOC_DIR);
    lua_setfield(L, -2, "documents");
    return 1;
}

/* composition(formula) -> { symbol = share, ... }, or nil and what is wrong with it. */
static int session_composition(lua_State *L) {
    vt_composition c;
    vt_error err = {0};
    size_t counts[VT_MAX_SPECIES];
    if (vt_failed(vt_composition_parse(luaL_checkstring(L, 1), &c, &err)) ||
        vt_failed(vt_composition_counts(&c, 1, counts, &err))) {
        luaL_pushfail(L);
        lua_pushstring(L, err.msg);
        return 2;
    }
    lua_createtable(L, 0, c.count);
    for (int k = 0; k < c.count; k++) {
        lua_pushnumber(L, c.share[k]);
        lua_setfield(L, -2, c.species[k].symbol);
    }
    return 1;
}

/* plain(text) -> the text as vt_plain_text makes it, lines kept */
static int session_plain(lua_State *L) {
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    vtl_plain(L);
    return 1;
}

static const luaL_Reg SESSION[] = {
    {"nearest", session_nearest},         {"types", session_types},
    {"composition", session_composition}, {"plain", session_plain},
    {"terminal", session_terminal},       {"places", session_places},
    {"range", vtl_session_range},         {"judge", vtl_session_judge},
    {"warn", vtl_session_warn},           {NULL, NULL}};

/* ---------------------------------------------------------------- clean output ---- */

/* Printing while a bar is on the screen would leave its rest behind the text. */
static int clear_then_call(lua_State *L) {
    vtl_progress_clear();
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* Replace the function `name` of the table on top by one that clears the bar first. */
static void wrap_output(lua_State *L, const char *name) {
    if (lua_getfield(L, -1, name) == LUA_TFUNCTION) {
        lua_pushcclosure(L, clear_then_call, 1);
        lua_setfield(L, -2, name);
    } else {
        lua_pop(L, 1);
    }
}

static void wrap_outputs(lua_State *L) {
    lua_pushglobaltable(L);
    wrap_output(L, "print");
    if (lua_getfield(L, -1, LUA_IOLIBNAME) == LUA_TTABLE) wrap_output(L, "write");
    lua_pop(L, 2);
    if (luaL_getmetatable(L, LUA_FILEHANDLE) == LUA_TTABLE &&
        lua_getfield(L, -1, "__index") == LUA_TTABLE)
        wrap_output(L, "write");
    lua_settop(L, 1);
}

/* ---------------------------------------------------------------- vt.progress ---- */

typedef struct {
    double rate_scale;
    const char *rate_unit;
    double interval, before;
    bool whole;
} progress_options;

static const progress_options PROGRESS_DEFAULTS = {1, "1/s", 30, 0, false};

static const vtl_option PROGRESS_OPTIONS[] = {
    {"rate_unit", VTL_STRING, offsetof(progress_options, rate_unit), "-",
     "unit printed behind the rate", NULL},
    {"rate_scale", VTL_POSITIVE, offsetof(progress_options, rate_scale), "-",
     "printed rate = work per second x this; 3600 for a rate per hour", NULL},
    {"interval", VTL_POSITIVE, offsetof(progress_options, interval), "s",
     "time between two lines where there is no terminal", NULL},
    {"before", VTL_NONNEGATIVE, offsetof(progress_options, before), "-",
     "part of the total that was done before: counts for the share, not for the rate", NULL},
    {"whole", VTL_BOOLEAN, offsetof(progress_options, whole), "-",
     "stands for all that runs until it is closed; the bars inside stay hidden", NULL},
    {0}};

static vtl_progress *check_progress(lua_State *L) {
    return luaL_checkudata(L, 1, VTL_PROGRESS);
}

/* vt.progress(what, total, options) -> Progress */
static int progress_new(lua_State *L) {
    const char *what = luaL_checkstring(L, 1);
    double total = luaL_optnumber(L, 2, 0);
    luaL_argcheck(L, isfinite(total) && total >= 0, 2,
                  "the amount of work must be a number, at least 0 (0: unknown)");
    progress_options o = PROGRESS_DEFAULTS;
    vtl_options(L, 3, "progress", PROGRESS_OPTIONS, &o);
    vtl_progress *p = lua_newuserdatauv(L, sizeof *p, 0);
    vtl_progress_start(p, what, total, o.rate_scale, o.rate_unit);
    p->interval = o.interval;
    p->before = o.before;
    luaL_setmetatable(L, VTL_PROGRESS);
    if (o.whole) vtl_progress_whole(p);
    return 1;
}

static int progress_update(lua_State *L) {
    vtl_progress *p = check_progress(L);
    double done = luaL_checknumber(L, 2);
    if (!lua_isnoneornil(L, 3)) snprintf(p->what, sizeof p->what, "%s", luaL_checkstring(L, 3));
    vtl_progress_update(p, done);
    lua_settop(L, 1);
    return 1;
}

static int progress_close(lua_State *L) {
    vtl_progress_finish(check_progress(L));
    return 0;
}

static int progress_tostring(lua_State *L) {
    const vtl_progress *p = check_progress(L);
    char text[128];
    snprintf(text, sizeof text, "vitrum.Progress: %s, %g in all", p->what, p->total);
    lua_pushstring(L, text);
    return 1;
}

static const luaL_Reg PROGRESS_METHODS[] = {
    {"update", progress_update}, {"close", progress_close}, {NULL, NULL}};
static const luaL_Reg PROGRESS_META[] = {{"__gc", progress_close},
                                         {"__close", progress_close},
                                         {"__tostring", progress_tostring},
                                         {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"progress", "vt.progress(what, total, options) -> Progress",
     "Shows how far long work has come: a bar on a terminal, a line now and then elsewhere, "
     "nothing in the first second and after vt.quiet(true). With total = 0 only rate and time.",
     PROGRESS_OPTIONS, &PROGRESS_DEFAULTS,
     "local bar <close> = vt.progress(\"cycles\", 40, { rate_unit = \"cycles/s\" })\n"
     "for cycle = 1, 40 do run_cycle(cycle); bar:update(cycle) end",
     "progress bar"},
    {"Progress:update", "bar:update(done, [what]) -> bar",
     "Tells how much of the total is done and, if need be, what is being done now; cheap, draws "
     "at most five times a second.",
     NULL, NULL, "bar:update(12, \"heating\")"},
    {"Progress:close", "bar:close()",
     "Removes the bar from the screen; a variable with <close> does it by itself.", NULL, NULL,
     "bar:close()"},
    {0}};

VTL_OPENER(session) { /* vt */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    luaL_newlib(L, SESSION);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "vitrum.docs");
    lua_setfield(L, -2, "docs");
    lua_setfield(L, -2, "vitrum.session");
    lua_pop(L, 1);
    if (isatty(STDERR_FILENO)) wrap_outputs(L);
    vtl_new_type(L, VTL_PROGRESS, PROGRESS_METHODS, PROGRESS_META);
    lua_pushcfunction(L, progress_new);
    lua_setfield(L, -2, "progress");
    vtl_document(L, DOCS);
}

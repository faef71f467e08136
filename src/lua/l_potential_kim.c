/* Models of OpenKIM: vt.potential.kim and the list of what is installed. */
#include "l_atoms.h"

#include <string.h>
#include <strings.h>

enum { SUGGESTIONS = 4 };

/* Models live in a box from vtl_new_handle while Lua may raise. */
#define KIM_MODELS "vitrum.kim.Models"

static int models_gc(lua_State *L) {
    vt_kim_models_destroy(vtl_take_handle(L, KIM_MODELS));
    return 0;
}

/* Push the list of installed models in its box; NULL and `err` when it cannot be made. */
static const vt_kim_models *push_models(lua_State *L, vt_error *err) {
    void **box = vtl_new_handle(L, KIM_MODELS);
    *box = vt_kim_models_create(err);
    return *box;
}

/* ---------------------------------------------------------------- suggestions ---- */

/* Push the name of a model without its number. */
static const char *push_short_name(lua_State *L, const char *name) {
    const char *number = strstr(name, "__");
    return lua_pushlstring(L, name, number != NULL ? (size_t)(number - name) : strlen(name));
}

/* True when every word of `wanted` (underscores and blanks stand between words) is part of `name`,
   in capitals or not. */
static bool has_words(const char *name, const char *wanted) {
    char word[64];
    bool any = false;
    while (*wanted != '\0') {
        size_t length = strcspn(wanted, "_ ");
        if (length >= sizeof word) return false;
        memcpy(word, wanted, length);
        word[length] = '\0';
        if (length > 0) {
            const char *p = name;
            while (*p != '\0' && strncasecmp(p, word, length) != 0) p++;
            if (*p == '\0') return false;
            any = true;
        }
        wanted += length + (wanted[length] != '\0');
    }
    return any;
}

/* Push "; did you mean A, B?" with the installed models that are called nearly `wanted`, or where
   the list is. */
static void push_suggestion(lua_State *L, const char *wanted) {
    vt_error err = {0};
    const vt_kim_models *models = push_models(L, &err);
    size_t count = models == NULL ? 0 : models->count;
    const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
    lua_createtable(L, (int)count, 0); /* keeps what `names` points at */
    for (size_t i = 0; i < count; i++) {
        names[i] = push_short_name(L, models->model[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    const char *near = vtl_nearest(wanted, names, count, sizeof *names);
    int found = near != NULL;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    if (near != NULL) luaL_addstring(&b, near);
    size_t shown[SUGGESTIONS];
    int others = 0;
    while (found < SUGGESTIONS) { /* the shortest first: they have the least beside the words */
        size_t best = count;
        for (size_t i = 0; i < count; i++) {
            bool old = names[i] == near;
            for (int k = 0; k < others; k++) old = old || shown[k] == i;
            if (!old && has_words(names[i], wanted) &&
                (best == count || strlen(names[i]) < strlen(names[best])))
                best = i;
        }
        if (best == count) break;
        shown[others++] = best;
        if (found++ > 0) luaL_addstring(&b, ", ");
        luaL_addstring(&b, names[best]);
    }
    luaL_pushresult(&b);
    if (found > 0)
        lua_pushfstring(L, "; did you mean %s?", lua_tostring(L, -1));
    else if (count > 0)
        lua_pushfstring(L, "; help \"kim\" lists the %d that are", (int)count);
    else
        lua_pushliteral(L, "; the Debian package openkim-models has some 430 of them");
}

/* ---------------------------------------------------------------- functions ---- */

static const vtl_option KIM[] = {
    {"model", VTL_VALUE, 0, "-",
     "name of an installed portable model, with or without what is behind the double underscore, "
     "or its number (MO_...)",
     NULL},
    {0}};

/* vt.potential.kim "SW_StillingerWeber_1985_Si", vt.potential.kim{ model = } */
static int build_kim(lua_State *L) {
    if (lua_gettop(L) > 1)
        vtl_error(L, "potential.kim: argument 2 is one too many: %s", luaL_tolstring(L, 2, NULL));
    if (lua_type(L, 1) != LUA_TSTRING) {
        vtl_options(L, 1, "potential.kim", KIM, NULL);
        if (lua_isnoneornil(L, 1) || lua_getfield(L, 1, "model") == LUA_TNIL)
            vtl_error(L, "potential.kim: option 'model' is missing, as in vt.potential.kim "
                         "\"SW_StillingerWeber_1985_Si\"; help \"kim\" lists what is installed");
        if (lua_type(L, 2) != LUA_TSTRING)
            vtl_error(L, "potential.kim: option 'model' must be a name, got %s",
                      luaL_tolstring(L, 2, NULL));
        lua_replace(L, 1);
    }
    size_t length;
    const char *wanted = lua_tolstring(L, 1, &length);
    if (strlen(wanted) != length) vtl_error(L, "potential.kim: a name cannot hold a zero byte");
    vtl_potential *box = vtl_new_potential(L);
    vt_error err = {0};
    vt_potential *p = vt_potential_kim_create(wanted, &err);
    if (p == NULL) {
        lua_pushliteral(L, "");
        if (err.code == VT_EINVAL) push_suggestion(L, wanted);
        vtl_error(L, "potential.kim: %s%s", err.msg, lua_tostring(L, -1));
    }
    vtl_complete_potential(L, box, p, &err);
    return 1;
}

/* Push a list of the words in `text`. */
static void push_words(lua_State *L, const char *text) {
    lua_newtable(L);
    for (lua_Integer k = 1; *text != '\0'; k++) {
        size_t length = strcspn(text, " ");
        lua_pushlstring(L, text, length);
        lua_rawseti(L, -2, k);
        text += length + (text[length] != '\0');
    }
}

/* True when `word` is one of the words in `text`. */
static bool has_word(const char *text, const char *word) {
    size_t length = strlen(word);
    for (const char *p = strstr(text, word); p != NULL && length > 0; p = strstr(p + 1, word))
        if ((p == text || p[-1] == ' ') && (p[length] == ' ' || p[length] == '\0')) return true;
    return false;
}

/* vt.potential.kim_models("Cu", "Zr") -> list */
static int list_models(lua_State *L) {
    int symbols = lua_gettop(L);
    for (int k = 1; k <= symbols; k++)
        if (lua_type(L, k) != LUA_TSTRING)
            vtl_error(L,
                      "potential.kim_models: argument %d must be a symbol such as \"Cu\", got %s",
                      k, luaL_tolstring(L, k, NULL));
    vt_error err = {0};
    const vt_kim_models *models = push_models(L, &err);
    if (models == NULL) vtl_raise(L, &err);
    lua_newtable(L);
    lua_Integer found = 0;
    for (size_t i = 0; i < models->count; i++) {
        const vt_kim_model *m = &models->model[i];
        int k = 1;
        while (k <= symbols && has_word(m->species, lua_tostring(L, k))) k++;
        if (k <= symbols) continue;
        lua_createtable(L, 0, 4);
        lua_pushstring(L, m->name);
        lua_setfield(L, -2, "name");
        push_words(L, m->species);
        lua_setfield(L, -2, "species");
        lua_pushstring(L, m->title);
        lua_setfield(L, -2, "title");
        lua_pushstring(L, m->driver);
        lua_setfield(L, -2, "driver");
        lua_rawseti(L, -2, ++found);
    }
    return 1;
}

static const luaL_Reg CONSTRUCTORS[] = {
    {"kim", build_kim}, {"kim_models", list_models}, {NULL, NULL}};
static const luaL_Reg META[] = {{"__gc", models_gc}, {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"potential.kim", "vt.potential.kim(model) or vt.potential.kim{ model = } -> Potential",
     "A portable model of OpenKIM (openkim.org) that is installed on this machine: embedded atoms, "
     "MEAM, Tersoff, Stillinger-Weber, SNAP and others. Tab completes the name. Cite what its "
     "field "
     "citation says. The model computes with one thread, in double precision; some do not give "
     "energies or stresses of single atoms. Debian has the library in libkim-api2, models in "
     "openkim-models.",
     KIM, NULL, "glass.potential = vt.potential.kim \"EAM_Dynamo_MendelevKramerOtt_2009_CuZr\"",
     "OpenKIM; MEAM; Tersoff; Stillinger-Weber; SNAP; interatomic potential; force field",
     "potential.kim_models; potential.eam"},
    {"potential.kim_models", "vt.potential.kim_models([symbol, ...]) -> table",
     "The installed models of OpenKIM, all or those that know the given elements: a list of { name "
     "=, species = { ... }, title =, driver = }, by name.",
     NULL, NULL, "for _, m in ipairs(vt.potential.kim_models(\"Cu\", \"Zr\")) do print(m.name) end",
     "list of potentials", "potential.kim"},
    {0}};

VTL_OPENER(potential_kim) {
    static const luaL_Reg NONE[] = {{NULL, NULL}};
    vtl_new_type(L, KIM_MODELS, NONE, META);
    luaL_getsubtable(L, -1, "potential");
    luaL_setfuncs(L, CONSTRUCTORS, 0);
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}

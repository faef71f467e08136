/* The ends of objects. While a method written in C is at work, Lua code may run: metamethods of
   its arguments, functions that it was given, finalizers in any of its allocations. That code may
   ask for the end of the very object, or change its size, and the method would go on with memory
   that is gone.

   What a method is at work on can be read from the Lua stack: its arguments and what it fetched
   from them lie in its frame until it returns or is jumped over by an error. So no method says
   what it uses, and none can forget to take it back. */
#include "vtl.h"

#include <string.h>

enum {
    OWNERS = 3,     /* view, its owner, what that holds */
    DEEPEST = 1000, /* frames; looking at n of them takes Lua n^2 / 2 steps */
    THREADS = 250   /* Lua allows 200 calls of C inside each other */
};

typedef struct {
    lua_State *asking;
    const void *object;
    int threads; /* looked at so far */
} search;

static bool at_work(lua_State *T, search *s);

/* Pop a value of thread T; true when it is the object or holds it. */
static bool holds(lua_State *T, search *s, int owners) {
    bool found = false;
    if (lua_type(T, -1) == LUA_TTHREAD && lua_tothread(T, -1) != T)
        found = at_work(lua_tothread(T, -1), s); /* resumed by this frame */
    else if (lua_type(T, -1) == LUA_TUSERDATA)
        found = lua_touserdata(T, -1) == s->object;
    for (int n = 1; !found && owners > 0 && lua_type(T, -1) == LUA_TUSERDATA; n++) {
        bool any = lua_getiuservalue(T, -1, n) != LUA_TNONE;
        found = holds(T, s, owners - 1);
        if (!any) break;
    }
    lua_pop(T, 1);
    return found;
}

/* Whether a C function in a frame of T holds the object, in doubt true. */
static bool at_work(lua_State *T, search *s) {
    lua_Debug ar;
    if (++s->threads > THREADS || !lua_checkstack(T, OWNERS + 4)) return true;
    for (int level = 0; lua_getstack(T, level, &ar); level++) {
        if (level == DEEPEST) return true;
        if (T == s->asking && level == 0) continue;
        bool found = false;
        lua_getinfo(T, "f", &ar);
        bool in_c = lua_iscfunction(T, -1);
        for (int n = 1; in_c && !found && lua_getupvalue(T, -1, n) != NULL; n++)
            found = holds(T, s, OWNERS);
        lua_pop(T, 1);
        for (int n = 1; in_c && !found && lua_getlocal(T, &ar, n) != NULL; n++)
            found = holds(T, s, OWNERS);
        if (found) return true;
    }
    return false;
}

bool vtl_collected(lua_State *L) {
    lua_Debug ar;
    return lua_getstack(L, 0, &ar) && lua_getinfo(L, "n", &ar) && ar.name != NULL &&
           strcmp(ar.namewhat, "metamethod") == 0 && strcmp(ar.name, "__gc") == 0;
}

bool vtl_in_use(lua_State *L, int index) {
    if (vtl_collected(L)) return false;
    search s = {L, lua_touserdata(L, index), 0};
    /* Each coroutine that runs is held by the frame that resumed it, from the main thread on. */
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *first = lua_tothread(L, -1);
    lua_pop(L, 1);
    return at_work(first, &s) || (first != L && at_work(L, &s));
}

bool vtl_may_end(lua_State *L, bool *closed) {
    *closed = true;
    return !vtl_in_use(L, 1);
}

void vtl_require_idle(lua_State *L, int index, const char *where) {
    if (vtl_in_use(L, index))
        vtl_error(L,
                  "%s: a method that is still at work uses this object (it called a function, a "
                  "metamethod or a finalizer that came back to it); do this after it has returned",
                  where);
}

/* ---------------------------------------------------------------- handles ---- */

void **vtl_new_handle(lua_State *L, const char *type) {
    void **handle = lua_newuserdatauv(L, sizeof *handle, 0);
    *handle = NULL;
    luaL_setmetatable(L, type);
    return handle;
}

void *vtl_check_handle(lua_State *L, int index, const char *type) {
    vtl_interrupt_hear(L);
    void **handle = luaL_checkudata(L, index, type);
    if (*handle == NULL) vtl_error(L, "this %s was given back", type);
    return *handle;
}

void *vtl_take_handle(lua_State *L, const char *type) {
    void **handle = luaL_checkudata(L, 1, type), *content = *handle;
    vtl_require_idle(L, 1, type);
    *handle = NULL;
    return content;
}

static int memory_gc(lua_State *L) {
    vt_free(vtl_take_handle(L, VTL_MEMORY));
    return 0;
}

VTL_OPENER(lives) {
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", memory_gc}, {NULL, NULL}};
    vtl_new_type(L, VTL_MEMORY, none, meta);
}

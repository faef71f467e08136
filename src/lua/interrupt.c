/* Ctrl-C. The signal handler sets the core's flag, which C loops poll, and restores the default
   action, so that a second Ctrl-C ends the program. Lua code polls the flag in a count hook. Only
   a prompt clears the flag.

   A count hook makes Lua code run at half its speed, so the main thread has none until the
   handler sets it. Coroutines have theirs from the beginning: the handler cannot know which one is
   running.

   The system's lua5.4 sets its own handler before each line that it runs, and takes it away
   after. That handler never stops a long C call, so ours takes its place whenever vitrum's code
   is entered, and finding the host's handler there again means that its prompt has been back:
   then an interrupt of an earlier line is over. */
#define _GNU_SOURCE
#include "vtl.h"

#include <lualib.h>
#include <pthread.h>
#include <signal.h>

enum {
    HOOK_COUNT = 10000, /* instructions, about 0.1 ms, between two looks at the flag */
    HOOK_SHRINK = 4,    /* see count_hook */
    HOOK_LEAST = 2
};

static void count_hook(lua_State *L, lua_Debug *ar);

/* What the signal handler needs; it can reach nothing but globals. One Lua state at a time, as a
   process has one Ctrl-C. */
static lua_State *volatile main_thread = NULL;
static pthread_t lua_thread;

static void set_hook(lua_State *L) {
    lua_sethook(L, count_hook, LUA_MASKCOUNT, HOOK_COUNT);
}

static void on_interrupt(int number) {
    lua_State *L = main_thread;
    if (L != NULL && !pthread_equal(pthread_self(), lua_thread)) {
        /* A worker of the core got the signal; hooks may be set only where Lua runs. */
        pthread_kill(lua_thread, number);
        return;
    }
    vt_interrupt_request();
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
    if (L != NULL) set_hook(L); /* Lua allows it in a handler */
}

static void install_handler(void) {
    /* Without SA_RESTART a blocked read ends too, and the script's next instruction raises. */
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
}

static void arm_handler(void) {
    struct sigaction now;
    if (sigaction(SIGINT, NULL, &now) != 0) return;
    bool plain = (now.sa_flags & SA_SIGINFO) == 0;
    if (plain && (now.sa_handler == on_interrupt || now.sa_handler == SIG_IGN)) return;
    if (plain && now.sa_handler == SIG_DFL && vt_interrupted()) return; /* still stopping */
    vt_interrupt_clear();
    install_handler();
}

/* The flag stays set until the prompt clears it, so an error caught by pcall comes again. Each
   time sooner: cleaning up after the first is possible, a loop of pcalls that swallow is not. */
static void count_hook(lua_State *L, lua_Debug *ar) {
    arm_handler();
    int count = lua_gethookcount(L);
    if (!vt_interrupted()) {
        if (L == main_thread)
            lua_sethook(L, NULL, 0, 0);
        else if (count != HOOK_COUNT)
            set_hook(L);
        return;
    }
    count = count / HOOK_SHRINK > HOOK_LEAST ? count / HOOK_SHRINK : HOOK_LEAST;
    lua_sethook(L, count_hook, LUA_MASKCOUNT, count);
    lua_getinfo(L, "Sl", ar);
    if (ar->currentline > 0) {
        lua_pushfstring(L, "%s:%d: interrupted", ar->short_src, ar->currentline);
        lua_error(L);
    }
    luaL_error(L, "interrupted");
}

/* ---------------------------------------------------------------- coroutines ---- */

/* coroutine.create and coroutine.wrap with a hook on the new thread. The upvalue is the original;
   the thread of a function made by wrap is its first upvalue. */
static int hooked_coroutine(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    lua_State *thread = lua_tothread(L, -1);
    if (thread == NULL && lua_getupvalue(L, -1, 1) != NULL) {
        thread = lua_tothread(L, -1);
        lua_pop(L, 1);
    }
    if (thread != NULL) set_hook(thread);
    return 1;
}

static void wrap_coroutines(lua_State *L) {
    static const char *const NAMES[] = {"create", "wrap"};
    if (lua_getglobal(L, LUA_COLIBNAME) == LUA_TTABLE)
        for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) {
            if (lua_getfield(L, -1, NAMES[k]) == LUA_TFUNCTION) {
                lua_pushcclosure(L, hooked_coroutine, 1);
                lua_setfield(L, -2, NAMES[k]);
            } else {
                lua_pop(L, 1);
            }
        }
    lua_pop(L, 1);
}

/* ---------------------------------------------------------------- interface ---- */

/* The state is closing, and with it the module may leave the memory. */
static int forget_state(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    if (lua_tothread(L, -1) != main_thread) return 0;
    struct sigaction now, plain = {.sa_handler = SIG_DFL};
    main_thread = NULL;
    if (sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == on_interrupt)
        sigaction(SIGINT, &plain, NULL);
    return 0;
}

void vtl_interrupt_open(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *thread = lua_tothread(L, -1);
    lua_pop(L, 1);
    lua_newuserdatauv(L, 0, 0); /* its finalizer runs when the state closes */
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, forget_state);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, "vitrum.interrupt");
    wrap_coroutines(L);
    lua_thread = pthread_self();
    main_thread = thread;
    arm_handler();
}

void vtl_interrupt_arm(lua_State *L) {
    arm_handler();
    if (vt_interrupted() && lua_gethook(L) == NULL) set_hook(L);
}

void vtl_interrupt_reset(lua_State *L) {
    vt_interrupt_clear();
    install_handler();
    if (lua_gethook(L) == count_hook) lua_sethook(L, NULL, 0, 0);
}

/* Ctrl-C. The signal handler sets the core's flag, which C loops poll, and restores the default
   action, so that a second Ctrl-C ends the program. Lua code polls the flag through a count hook,
   which new coroutines inherit. Only a prompt clears the flag.

   The system's lua5.4 sets its own handler before each line that it runs, and takes it away
   after. That handler never stops a long C call, so ours takes its place whenever vitrum's code
   is entered, and finding the host's handler there again means that its prompt has been back:
   then an interrupt of an earlier line is over. */
#define _GNU_SOURCE
#include "vtl.h"

#include <signal.h>

enum {
    HOOK_COUNT = 10000, /* instructions, about 0.1 ms, between two looks at the flag */
    HOOK_SHRINK = 4     /* see count_hook */
};

static void on_interrupt(int number) {
    vt_interrupt_request();
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
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
        if (count != HOOK_COUNT) lua_sethook(L, count_hook, LUA_MASKCOUNT, HOOK_COUNT);
        return;
    }
    count = count / HOOK_SHRINK > 1 ? count / HOOK_SHRINK : 1;
    lua_sethook(L, count_hook, LUA_MASKCOUNT, count);
    lua_getinfo(L, "Sl", ar);
    if (ar->currentline > 0) {
        lua_pushfstring(L, "%s:%d: interrupted", ar->short_src, ar->currentline);
        lua_error(L);
    }
    luaL_error(L, "interrupted");
}

void vtl_interrupt_arm(lua_State *L) {
    arm_handler();
    if (lua_gethook(L) == NULL) lua_sethook(L, count_hook, LUA_MASKCOUNT, HOOK_COUNT);
}

void vtl_interrupt_reset(lua_State *L) {
    vt_interrupt_clear();
    install_handler();
    lua_sethook(L, count_hook, LUA_MASKCOUNT, HOOK_COUNT);
}

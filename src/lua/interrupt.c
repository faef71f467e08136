/* Ctrl-C and SIGTERM. The signal handler sets the core's flag, which C loops poll, and restores the
   default action, so that a second signal ends the program. Lua code polls the flag in a count
   hook. Only a prompt clears the flag.

   A count hook makes Lua code run at half its speed, so the main thread has none until the
   handler sets it; then the next instruction raises, were it the first after a long C call.
   Coroutines have theirs from the beginning, since the handler cannot know which one is running; it
   comes less often, and the functions of vitrum bring it forward (vtl_interrupt_hear).

   An interrupt is said more than once, since pcall may swallow it, but not at once: what stops has
   time to clean up, to save a run and to lay the interrupt aside (lua/vitrum/system). A C function
   that raised it counts as the first time. How long it has shrinks from time to time, and is
   counted in instructions and in processor time of the thread: the one ends loops of Lua, the other
   those of long C calls, and neither runs while a busy machine lets the process wait.

   The system's lua5.4 sets its own handler before each line that it runs, and takes it away
   after. That handler never stops a long C call, so ours takes its place whenever vitrum's code
   is entered, and finding the host's handler there again means that its prompt has been back:
   then an interrupt of an earlier line is over.

   A process may hold several Lua states. All that were opened in the thread where the signal is
   taken are told. A state of another thread is not: hooks may be set only where Lua is not running
   or in its own thread, and there is no signal to spare for waking that thread, as the next SIGINT
   ends the program. It hears as coroutines do. */
#define _GNU_SOURCE
#include "vtl.h"

#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

enum {
    HOOK_COUNT = 500,   /* instructions of a coroutine between two looks at the flag */
    FINE = 16,          /* the same while an interrupt is under way */
    ARM_EVERY = 100,    /* looks at the flag for one at the handler, which is a system call */
    FIRST_PAUSE = 2500, /* instructions from the first time that an interrupt is said to the next */
    LEAST_PAUSE = 2,
    SHRINK = 4,
    MOST_STATES = 32
};
static const double FIRST_SECONDS = 0.2;

static void count_hook(lua_State *L, lua_Debug *ar);

/* What the signal handler needs; it can reach nothing but globals. `main` is NULL in free places,
   and is written last. */
static struct {
    lua_State *volatile main;
    pthread_t thread;
} states[MOST_STATES];
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

/* An interrupt under way. */
static volatile sig_atomic_t fresh; /* nobody heard it yet */
static int pause_count;             /* the present pause [instructions] */
static double pause_seconds;
static int left;    /* of it [instructions] */
static double ends; /* processor time at its end [s] */

static double processor_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static volatile sig_atomic_t terminated; /* by SIGTERM, for good */

static void on_interrupt(int number) {
    bool told = false;
    for (int k = 0; k < MOST_STATES; k++)
        told = told || (states[k].main != NULL && pthread_equal(pthread_self(), states[k].thread));
    for (int k = 0; k < MOST_STATES && !told; k++)
        if (states[k].main != NULL) {
            /* A worker of the core got the signal; hooks may be set only where Lua runs. */
            pthread_kill(states[k].thread, number);
            return;
        }
    if (number == SIGTERM) terminated = 1;
    vt_interrupt_request();
    fresh = 1;
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
    for (int k = 0; k < MOST_STATES; k++)
        if (states[k].main != NULL && pthread_equal(pthread_self(), states[k].thread))
            lua_sethook(states[k].main, count_hook, LUA_MASKCOUNT, 1); /* Lua allows it here */
}

static void install_handler(void) {
    /* Without SA_RESTART a blocked read ends too, and the script's next instruction raises. */
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
}

/* SIGTERM, which batch systems send some time before they kill, is an interrupt as well, unless the
   host does something else about it. The second one ends the program. */
static void install_terminator(void) {
    struct sigaction now, action = {.sa_handler = on_interrupt};
    if (terminated || sigaction(SIGTERM, NULL, &now) != 0) return;
    if ((now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL)
        sigaction(SIGTERM, &action, NULL);
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

static bool is_main(lua_State *L) {
    bool main = lua_pushthread(L) == 1;
    lua_pop(L, 1);
    return main;
}

static void set_pause(int count, double seconds) {
    pause_count = left = count;
    pause_seconds = seconds;
    ends = processor_time() + seconds;
}

/* Whether it is time to raise, with `passed` more instructions behind us. */
static bool due(int passed) {
    if (fresh) {
        fresh = 0;
        set_pause(FIRST_PAUSE, FIRST_SECONDS);
        return !vt_interrupt_told();
    }
    left -= passed;
    if (left > 0 && processor_time() < ends) return false;
    int count = pause_count / SHRINK;
    set_pause(count > LEAST_PAUSE ? count : LEAST_PAUSE, pause_seconds / SHRINK);
    return true;
}

/* The flag stays set until the prompt clears it, so an error caught by pcall comes again. Each
   time sooner: cleaning up after the first is possible, a loop of pcalls that swallow is not. */
static void count_hook(lua_State *L, lua_Debug *ar) {
    static int unarmed = 0;
    if (vt_interrupted() || ++unarmed == ARM_EVERY) {
        arm_handler();
        unarmed = 0;
    }
    int count = lua_gethookcount(L);
    if (!vt_interrupted()) {
        if (is_main(L))
            lua_sethook(L, NULL, 0, 0);
        else if (count != HOOK_COUNT)
            lua_sethook(L, count_hook, LUA_MASKCOUNT, HOOK_COUNT);
        return;
    }
    bool raise = due(count);
    int next = pause_count < FINE ? pause_count : FINE;
    if (count != next) lua_sethook(L, count_hook, LUA_MASKCOUNT, next);
    if (!raise) return;
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
    if (thread != NULL) lua_sethook(thread, count_hook, LUA_MASKCOUNT, HOOK_COUNT);
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
    const lua_State *thread = lua_tothread(L, -1);
    bool others = false;
    pthread_mutex_lock(&opening);
    for (int k = 0; k < MOST_STATES; k++) {
        if (states[k].main == thread) states[k].main = NULL;
        others = others || states[k].main != NULL;
    }
    pthread_mutex_unlock(&opening);
    if (others) return 0;
    static const int SIGNALS[] = {SIGINT, SIGTERM};
    for (int k = 0; k < 2; k++) {
        struct sigaction now, plain = {.sa_handler = SIG_DFL};
        if (sigaction(SIGNALS[k], NULL, &now) == 0 && now.sa_handler == on_interrupt)
            sigaction(SIGNALS[k], &plain, NULL);
    }
    return 0;
}

/* With more states than there is room for, the last ones hear as coroutines do. */
static void remember_state(lua_State *main) {
    pthread_mutex_lock(&opening);
    int k = 0;
    while (k < MOST_STATES && states[k].main != NULL) k++;
    if (k < MOST_STATES) {
        states[k].thread = pthread_self();
        states[k].main = main;
    }
    pthread_mutex_unlock(&opening);
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
    remember_state(thread);
    arm_handler();
    install_terminator();
}

bool vtl_terminated(void) {
    return terminated != 0;
}

int vtl_interrupt_status(void) {
    return 128 + (terminated ? SIGTERM : SIGINT);
}

void vtl_interrupt_hear(lua_State *L) {
    if (vt_interrupted() && (lua_gethook(L) != count_hook || lua_gethookcount(L) > FINE))
        lua_sethook(L, count_hook, LUA_MASKCOUNT, 1);
}

void vtl_interrupt_arm(lua_State *L) {
    arm_handler();
    vtl_interrupt_hear(L);
}

void vtl_interrupt_lay_aside(lua_State *L, bool interrupted) {
    if (interrupted) {
        vt_interrupt_request();
        vt_fail_interrupted(NULL); /* whoever laid it aside is about to say it */
        fresh = 1;
    } else {
        vt_interrupt_clear();
    }
    vtl_interrupt_arm(L);
}

void vtl_interrupt_by(lua_State *L, int signal) {
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(signal, &action, NULL);
    vtl_interrupt_lay_aside(L, false);
}

void vtl_interrupt_reset(lua_State *L) {
    vt_interrupt_clear();
    install_handler();
    if (lua_gethook(L) == count_hook) lua_sethook(L, NULL, 0, 0);
}

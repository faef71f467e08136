/* Processes of the module "vitrum.system": a Lua function runs in a copy of this process, beside
   it.

   The copy has all that Lua holds and none of the other threads. Files and locks of the parent are
   the parent's: a copy ends without closing its state, so nothing of the parent's is removed,
   unlocked or written twice. What goes wrong in it comes back as text through a pipe, whose end
   also tells that it is over, however it ended.

   A copy has a process group of its own, or Ctrl-C at a terminal would reach it twice. The parent
   passes an interrupt on by SIGUSR1, and so does the kernel when the parent dies: the copy saves
   what it is at and ends. */
#define _GNU_SOURCE
#include "vtl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#define PROCESS "vitrum.system.Process"

enum { INTERRUPT = SIGUSR1, EXIT_FAILED = 1, EXIT_INTERRUPTED = 130 };
static const double LONGEST = INT_MAX; /* [s], beyond which a wait has no end */

typedef struct {
    pid_t pid;   /* 0: none, or waited for */
    pid_t owner; /* the process that may wait for it; to a copy of that it is a stranger */
    int pipe;    /* what it says; -1: closed */
} process;

static process *check_process(lua_State *L, int index) {
    process *p = luaL_checkudata(L, index, PROCESS);
    luaL_argcheck(L, p->owner == getpid(), index, "a process of another process");
    return p;
}

/* ---------------------------------------------------------------- the copy ---- */

_Noreturn static void leave(int status) {
    fflush(NULL);
    _exit(status);
}

/* os.exit(code) in a copy: no finalizer runs, whatever `close` asks for. */
static int leave_by_exit(lua_State *L) {
    int status = EXIT_SUCCESS;
    if (lua_isboolean(L, 1))
        status = lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
    else
        status = (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
    leave(status);
}

static int text_of_error(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

static void say(int pipe, const char *text) {
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(pipe, text, left);
        if (n < 0 && errno != EINTR) return;
        if (n < 0) continue;
        text += n;
        left -= (size_t)n;
    }
}

/* Give descriptor `to` the file `path`, or nothing where it cannot be opened. */
static void redirect(const char *path, int flags, int to) {
    int fd = open(path, flags, 0666);
    if (fd < 0) fd = open("/dev/null", O_RDWR);
    if (fd < 0 || fd == to) return;
    dup2(fd, to);
    close(fd);
}

/* Replace os.exit; whoever kept the old one ends the copy by it as a program ends. */
static void replace_exit(lua_State *L) {
    if (lua_getglobal(L, "os") == LUA_TTABLE) {
        lua_pushcfunction(L, leave_by_exit);
        lua_setfield(L, -2, "exit");
    }
    lua_pop(L, 1);
}

/* Call the function at 1 and end. */
_Noreturn static void live(lua_State *L, const char *log, int pipe, pid_t parent) {
    setpgid(0, 0);
    vtl_interrupt_by(L, INTERRUPT);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, INTERRUPT);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, INTERRUPT);
#endif
    if (getppid() != parent) _exit(EXIT_INTERRUPTED);
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect(log, O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    replace_exit(L);
    lua_settop(L, 1);
    lua_pushcfunction(L, text_of_error);
    lua_insert(L, 1);
    if (lua_pcall(L, 0, 0, 1) == LUA_OK) leave(EXIT_SUCCESS);
    const char *message = lua_tostring(L, -1);
    say(pipe, message != NULL ? message : "an error without a message");
    leave(vt_interrupted() ? EXIT_INTERRUPTED : EXIT_FAILED);
}

/* fork(f, log) -> process, or nil and a message: f() runs in a copy of this process, which writes
   what it prints to the end of the file `log`. */
static int system_fork(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    const char *log = vtl_check_path(L, 2);
    /* What nobody holds any more must not be tidied up a second time, by the copy. */
    lua_gc(L, LUA_GCCOLLECT);
    process *p = lua_newuserdatauv(L, sizeof *p, 0);
    *p = (process){.owner = getpid(), .pipe = -1};
    luaL_setmetatable(L, PROCESS);
    int ends[2];
    vtl_progress_clear();
    fflush(NULL); /* what is waiting to be written must not be written twice */
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int error = errno;
        lua_pushnil(L);
        lua_pushfstring(L, "cannot start a process: %s", strerror(error));
        return 2;
    }
    /* Until the copy has its handler, a signal waits. */
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, INTERRUPT);
    sigprocmask(SIG_BLOCK, &set, &before);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close(ends[0]);
        live(L, log, ends[1], parent);
    }
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        lua_pushnil(L);
        lua_pushfstring(L, "cannot start a process: %s", strerror(error));
        return 2;
    }
    setpgid(pid, pid); /* both do: whichever comes first */
    p->pid = pid;
    p->pipe = ends[0];
    return 1;
}

/* ---------------------------------------------------------------- its parent ---- */

/* Wait until one of the pipes has something; false when the time is over or an interrupt has come.
   A signal between the look at the flag and the wait would be waited out: until the wait begins,
   they are held back. */
static bool wait_for(struct pollfd *set, size_t count, double seconds) {
    struct timespec limit = {0};
    bool endless = !(seconds < LONGEST);
    if (seconds > 0 && !endless) {
        limit.tv_sec = (time_t)seconds;
        limit.tv_nsec = (long)((seconds - floor(seconds)) * 1e9);
    }
    sigset_t held, before;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, INTERRUPT);
    pthread_sigmask(SIG_BLOCK, &held, &before);
    int ready = vt_interrupted() ? 0 : ppoll(set, (nfds_t)count, endless ? NULL : &limit, &before);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ready > 0;
}

/* await(list of processes, [seconds]) -> the place in the list of one that said something or ended;
   nil when the time is over or Ctrl-C was pressed. */
static int system_await(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    double seconds = luaL_optnumber(L, 2, INFINITY);
    size_t count = lua_rawlen(L, 1);
    struct pollfd *set = lua_newuserdatauv(L, (count + 1) * sizeof *set, 0);
    for (size_t k = 0; k < count; k++) {
        lua_rawgeti(L, 1, (lua_Integer)k + 1);
        set[k] = (struct pollfd){.fd = check_process(L, -1)->pipe, .events = POLLIN};
        lua_pop(L, 1);
    }
    if (!wait_for(set, count, seconds)) return 0;
    for (size_t k = 0; k < count; k++) {
        if (set[k].revents == 0) continue;
        lua_pushinteger(L, (lua_Integer)k + 1);
        return 1;
    }
    return 0;
}

/* process:read() -> the next piece of what it says, nil when it has ended. Waits for it, unless
   Ctrl-C is pressed, which the next instruction raises. */
static int process_read(lua_State *L) {
    const process *p = check_process(L, 1);
    char text[4096];
    ssize_t n;
    do n = p->pipe >= 0 ? read(p->pipe, text, sizeof text) : 0;
    while (n < 0 && errno == EINTR && !vt_interrupted());
    if (n <= 0) return 0;
    lua_pushlstring(L, text, (size_t)n);
    return 1;
}

/* process:finish() -> "exit", status, or "signal", number, its name. Waits for the end. */
static int process_finish(lua_State *L) {
    process *p = check_process(L, 1);
    luaL_argcheck(L, p->pid > 0, 1, "its end is known already");
    int status = 0;
    pid_t got;
    do got = waitpid(p->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    p->pid = 0;
    if (p->pipe >= 0) close(p->pipe);
    p->pipe = -1;
    bool killed = got > 0 && WIFSIGNALED(status);
    lua_pushstring(L, killed ? "signal" : "exit");
    lua_pushinteger(L, killed ? WTERMSIG(status) : WEXITSTATUS(status));
    lua_pushstring(L, killed ? strsignal(WTERMSIG(status)) : "");
    return 3;
}

/* process:interrupt() as Ctrl-C does it; process:kill() at once. */
static int process_interrupt(lua_State *L) {
    const process *p = check_process(L, 1);
    if (p->pid > 0) kill(p->pid, INTERRUPT);
    return 0;
}

static int process_kill(lua_State *L) {
    const process *p = check_process(L, 1);
    if (p->pid > 0) kill(p->pid, SIGKILL);
    return 0;
}

/* One that nobody holds any more ends as when this process had died. */
static int process_gc(lua_State *L) {
    process *p = luaL_checkudata(L, 1, PROCESS);
    if (p->pipe >= 0) close(p->pipe);
    if (p->pid > 0 && p->owner == getpid()) {
        kill(p->pid, INTERRUPT);
        waitpid(p->pid, NULL, WNOHANG);
    }
    p->pid = 0;
    p->pipe = -1;
    return 0;
}

static int process_tostring(lua_State *L) {
    const process *p = luaL_checkudata(L, 1, PROCESS);
    if (p->pid > 0)
        lua_pushfstring(L, "process %d", (int)p->pid);
    else
        lua_pushliteral(L, "process, ended");
    return 1;
}

/* process:id() -> its number in the system, 0 when it has ended */
static int process_id(lua_State *L) {
    lua_pushinteger(L, check_process(L, 1)->pid);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"fork", system_fork}, {"await", system_await}, {NULL, NULL}};

static const luaL_Reg METHODS[] = {
    {"read", process_read}, {"finish", process_finish}, {"interrupt", process_interrupt},
    {"kill", process_kill}, {"id", process_id},         {NULL, NULL}};
static const luaL_Reg META[] = {
    {"__gc", process_gc}, {"__close", process_gc}, {"__tostring", process_tostring}, {NULL, NULL}};

void vtl_add_processes(lua_State *L) {
    vtl_new_type(L, PROCESS, METHODS, META);
    luaL_setfuncs(L, FUNCTIONS, 0);
}

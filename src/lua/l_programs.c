/* Other programs at work for this one, in the module "vitrum.system": started with pipes to their
   input and from what they print, asked for one thing after the other. What they answer comes
   through a named pipe that they open for each answer, since what a program prints may stay in its
   buffers, or in those of what started it, for long.

   An interrupt may be raised between any two instructions of Lua. So what was asked for last and
   what has been answered so far are kept here, and both can be looked at again. A program has a
   process group of its own, or Ctrl-C at a terminal would end it before it could be asked for what
   it has; when this process dies it is told to end. */
#define _GNU_SOURCE
#include "vtl.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#define PROGRAM "vitrum.system.Program"

enum { NOT_STARTED = 127, PIECE = 4096, MOST_WORDS = 64, MOST_PRINTED = 1 << 16 };
static const double GRACE = 1.0; /* [s] from being told to end to being killed */
static const double TICK = 0.02; /* [s] between two looks at the interrupt flag */

typedef struct {
    char *at;
    size_t length, capacity;
} written;

typedef struct {
    pid_t pid;       /* 0: none, or waited for */
    pid_t owner;     /* the process that started it */
    int in, out;     /* ends of its pipes; -1: closed */
    int answers;     /* the named pipe, open at both ends */
    int64_t asked;   /* what was asked for last */
    written said;    /* since then */
    written printed; /* since it was started, but for what is long past */
} program;

static program *check_program(lua_State *L) {
    program *p = luaL_checkudata(L, 1, PROGRAM);
    luaL_argcheck(L, p->owner == getpid(), 1, "a program of another process");
    return p;
}

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* ---------------------------------------------------------------- start ---- */

_Noreturn static void become(char *const *words, const int in[2], const int out[2], pid_t parent) {
    setpgid(0, 0);
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(out[1], STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent) _exit(NOT_STARTED);
    setenv("OMP_NUM_THREADS", "1", 0); /* ranks, not threads, share the cores */
    execvp(words[0], words);
    const char *why = strerror(errno);
    if (write(STDERR_FILENO, why, strlen(why)) < 0) _exit(NOT_STARTED);
    _exit(NOT_STARTED);
}

/* The named pipe at `path`, which must be new. Whoever writes comes and goes, so this end keeps it
   open for writing, too. */
static int open_answers(const char *path) {
    return mkfifo(path, 0600) == 0 ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
}

/* start(words, path) -> program, or nil and a message: the program words[1] with the arguments that
   follow, and a new named pipe for its answers. */
static int system_start(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    const char *path = vtl_check_path(L, 2);
    size_t count = lua_rawlen(L, 1);
    luaL_argcheck(L, count >= 1 && count <= MOST_WORDS, 1, "a list of 1 to 64 words");
    char *words[MOST_WORDS + 1] = {0};
    luaL_checkstack(L, MOST_WORDS + 8, NULL);
    for (size_t k = 0; k < count; k++) { /* the strings stay on the stack */
        if (lua_rawgeti(L, 1, (lua_Integer)k + 1) != LUA_TSTRING)
            return luaL_argerror(L, 1, "words are strings");
        words[k] = (char *)(size_t)lua_tostring(L, -1);
    }
    program *p = lua_newuserdatauv(L, sizeof *p, 0);
    *p = (program){.owner = getpid(), .in = -1, .out = -1, .answers = -1};
    luaL_setmetatable(L, PROGRAM);
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    pid_t parent = getpid(), pid = -1;
    p->answers = open_answers(path);
    if (p->answers >= 0 && pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0) pid = fork();
    if (pid == 0) become(words, in, out, parent);
    int error = errno;
    close_end(&in[0]);
    close_end(&out[1]);
    if (pid < 0) {
        close_end(&in[1]);
        close_end(&out[0]);
        lua_pushnil(L);
        lua_pushfstring(L, "cannot start %s: %s", words[0], strerror(error));
        return 2;
    }
    setpgid(pid, pid); /* both do: whichever comes first */
    p->pid = pid;
    p->in = in[1];
    p->out = out[0];
    return 1;
}

/* ---------------------------------------------------------------- talk ---- */

/* Write all of a text; what the reader's end being closed means is told by its output. */
static void write_all(int fd, const char *text, size_t length) {
    sigset_t pipes, before, pending;
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    sigpending(&pending);
    bool earlier = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipes, &before);
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno != EINTR) break;
        if (n < 0) continue;
        text += n;
        length -= (size_t)n;
    }
    const struct timespec now = {0};
    if (!earlier && length > 0) sigtimedwait(&pipes, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* program:ask(text, number): send it that text; what it said before is forgotten. */
static int program_ask(lua_State *L) {
    program *p = check_program(L);
    size_t length;
    const char *words = luaL_checklstring(L, 2, &length);
    p->asked = luaL_checkinteger(L, 3);
    p->said.length = 0;
    if (p->in >= 0) write_all(p->in, words, length);
    return 0;
}

/* program:asked() -> the number that came with it */
static int program_asked(lua_State *L) {
    lua_pushinteger(L, check_program(L)->asked);
    return 1;
}

/* Read a piece; false at the end, and when there is no memory for it. */
static bool listen(int fd, written *to) {
    if (to->length + PIECE > to->capacity) {
        size_t more = 2 * to->capacity + PIECE;
        char *at = realloc(to->at, more);
        if (at == NULL) return false;
        to->at = at;
        to->capacity = more;
    }
    ssize_t n;
    do n = read(fd, to->at + to->length, PIECE);
    while (n < 0 && errno == EINTR);
    if (n > 0) to->length += (size_t)n;
    return n > 0;
}

/* What it prints; the older half goes when that becomes much. */
static void listen_to_prints(program *p) {
    written *t = &p->printed;
    if (t->length > MOST_PRINTED) {
        memmove(t->at, t->at + t->length / 2, t->length - t->length / 2);
        t->length -= t->length / 2;
    }
    if (!listen(p->out, t)) close_end(&p->out);
}

/* True when a whole line of the answer begins with `mark`. */
static bool has_mark(const written *said, const char *mark, size_t length) {
    const char *end = said->at + said->length;
    for (const char *line = said->at; line != NULL && line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop != NULL && (size_t)(stop - line) >= length && memcmp(line, mark, length) == 0)
            return true;
        line = stop != NULL ? stop + 1 : NULL;
    }
    return false;
}

/* program:answer(mark, seconds, [stubborn]) -> how, answer, printed: what it has answered since it
   was asked and what it has printed, as soon as a line of the answer begins with `mark` ("said"),
   it has ended ("ended"), the time is over ("late"), or, unless stubborn, an interrupt has come
   ("interrupted"). */
static int program_answer(lua_State *L) {
    program *p = check_program(L);
    size_t length;
    const char *mark = luaL_checklstring(L, 2, &length), *how = NULL;
    double until = vt_clock() + luaL_checknumber(L, 3);
    bool stubborn = lua_toboolean(L, 4);
    while (how == NULL) {
        if (has_mark(&p->said, mark, length)) {
            how = "said";
        } else if (p->out < 0) {
            how = "ended";
        } else if (vt_interrupted() && !stubborn) {
            how = "interrupted";
        } else if (vt_clock() >= until) {
            how = "late";
        } else {
            struct pollfd set[2] = {{.fd = p->answers, .events = POLLIN},
                                    {.fd = p->out, .events = POLLIN}};
            if (poll(set, 2, (int)(TICK * 1000)) <= 0) continue;
            if (set[0].revents != 0) listen(p->answers, &p->said);
            if (set[1].revents != 0) listen_to_prints(p);
        }
    }
    lua_pushstring(L, how);
    lua_pushlstring(L, p->said.at != NULL ? p->said.at : "", p->said.length);
    lua_pushlstring(L, p->printed.at != NULL ? p->printed.at : "", p->printed.length);
    return 3;
}

/* ---------------------------------------------------------------- end ---- */

static bool ended(program *p, int *status) {
    pid_t got;
    do got = waitpid(p->pid, status, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got != 0) p->pid = 0;
    return got != 0;
}

static void pause_for(double seconds) {
    struct timespec time = {.tv_nsec = (long)(seconds * 1e9)};
    nanosleep(&time, NULL);
}

/* program:finish([seconds]) -> its exit status, 128 + signal when killed. Closes its input and
   waits for that long, then it is told to end, and a moment later made to. */
static int program_finish(lua_State *L) {
    program *p = check_program(L);
    double until = vt_clock() + luaL_optnumber(L, 2, 0);
    int status = 0, signals = 0;
    close_end(&p->in);
    while (p->pid > 0 && !ended(p, &status)) {
        /* A full pipe would keep it from its end. */
        struct pollfd set = {.fd = p->out, .events = POLLIN};
        if (p->out < 0 || poll(&set, 1, 0) <= 0)
            pause_for(TICK / 4);
        else
            listen_to_prints(p);
        if (vt_clock() < until) continue;
        kill(signals == 0 ? p->pid : -p->pid, signals == 0 ? SIGTERM : SIGKILL);
        signals++;
        until = vt_clock() + GRACE;
    }
    close_end(&p->out);
    close_end(&p->answers);
    lua_pushinteger(L, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    return 1;
}

/* program:id() -> its number in the system, 0 when it has ended */
static int program_id(lua_State *L) {
    lua_pushinteger(L, check_program(L)->pid);
    return 1;
}

static int program_gc(lua_State *L) {
    program *p = luaL_checkudata(L, 1, PROGRAM);
    close_end(&p->in);
    close_end(&p->out);
    close_end(&p->answers);
    int status;
    if (p->pid > 0 && p->owner == getpid() && !ended(p, &status)) kill(p->pid, SIGTERM);
    p->pid = 0;
    free(p->said.at);
    free(p->printed.at);
    p->said = p->printed = (written){0};
    return 0;
}

static int program_tostring(lua_State *L) {
    const program *p = luaL_checkudata(L, 1, PROGRAM);
    if (p->pid > 0)
        lua_pushfstring(L, "program %d", (int)p->pid);
    else
        lua_pushliteral(L, "program, ended");
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"start", system_start}, {NULL, NULL}};
static const luaL_Reg METHODS[] = {{"ask", program_ask},       {"asked", program_asked},
                                   {"answer", program_answer}, {"finish", program_finish},
                                   {"id", program_id},         {NULL, NULL}};
static const luaL_Reg META[] = {
    {"__gc", program_gc}, {"__close", program_gc}, {"__tostring", program_tostring}, {NULL, NULL}};

void vtl_add_programs(lua_State *L) {
    vtl_new_type(L, PROGRAM, METHODS, META);
    luaL_setfuncs(L, FUNCTIONS, 0);
}

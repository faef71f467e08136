#define _GNU_SOURCE
#include "terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vitrum/base.h"

enum { OUTPUT_SIZE = 1 << 18, MOST_ARGUMENTS = 16 };

struct terminal {
    int descriptor;
    pid_t process;
    size_t length, seen;
    char output[OUTPUT_SIZE];
};

static void run_child(const char *program, const char *const *arguments, const char *home) {
    const char *argv[MOST_ARGUMENTS + 2] = {program};
    for (int k = 0; k < MOST_ARGUMENTS && arguments[k] != NULL; k++) argv[k + 1] = arguments[k];
    setenv("TERM", "xterm", 1);
    setenv("HOME", home, 1);
    setenv("XDG_STATE_HOME", home, 1);
    setenv("INPUTRC", "/dev/null", 1);
    setenv("NO_COLOR", "1", 0); /* a test may have set it to nothing */
    setenv("VITRUM_THREADS", "1", 1);
    signal(SIGINT, SIG_DFL);
    execvp(program, (char *const *)argv);
    _exit(127);
}

terminal *terminal_start(const char *program, const char *const *arguments, const char *home,
                         int columns) {
    if (program == NULL) program = getenv("VITRUM_PROGRAM");
    assert_non_null(program);
    terminal *t = calloc(1, sizeof *t);
    assert_non_null(t);
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
    t->process = forkpty(&t->descriptor, NULL, NULL, &size);
    if (t->process == 0) run_child(program, arguments, home);
    assert_true(t->process > 0);
    return t;
}

void terminal_type(terminal *t, const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(t->descriptor, text, left);
        if (n < 0 && errno == EINTR) continue;
        assert_true(n > 0);
        text += n;
        left -= (size_t)n;
    }
}

/* Drop readline's switching of bracketed paste, which stands between the lines. */
static void drop_paste_codes(terminal *t) {
    static const char *const CODES[] = {"\033[?2004h", "\033[?2004l\r", "\033[?2004l"};
    for (size_t k = 0; k < sizeof CODES / sizeof *CODES; k++) {
        size_t size = strlen(CODES[k]);
        for (char *p; (p = strstr(t->output + t->seen, CODES[k])) != NULL; t->length -= size)
            memmove(p, p + size, strlen(p + size) + 1);
    }
}

/* Read what is there or comes within `seconds`; false when nothing came or the program ended. */
static bool read_more(terminal *t, double seconds) {
    struct pollfd wanted = {.fd = t->descriptor, .events = POLLIN};
    if (poll(&wanted, 1, (int)(1000 * seconds)) <= 0) return false;
    if (t->length + 1 >= OUTPUT_SIZE) return false;
    ssize_t n = read(t->descriptor, t->output + t->length, OUTPUT_SIZE - 1 - t->length);
    if (n <= 0) return false;
    t->length += (size_t)n;
    t->output[t->length] = '\0';
    drop_paste_codes(t);
    return true;
}

double terminal_wait(terminal *t, const char *text) {
    double start = vt_clock();
    for (;;) {
        char *found = strstr(t->output + t->seen, text);
        if (found != NULL) {
            t->seen = (size_t)(found - t->output) + strlen(text);
            return vt_clock() - start;
        }
        double left = PATIENCE - (vt_clock() - start);
        if (left <= 0 || !read_more(t, left)) return -1;
    }
}

double terminal_expect(terminal *t, const char *text, const char *file, int line) {
    double seconds = terminal_wait(t, text);
    if (seconds < 0) {
        kill(t->process, SIGKILL);
        print_error("%s:%d: '%s' did not come; behind the last find there was:\n%s\n", file, line,
                    text, t->output + t->seen);
        _fail(file, line);
    }
    return seconds;
}

const char *terminal_rest(terminal *t, double seconds) {
    while (read_more(t, seconds)) continue;
    return t->output + t->seen;
}

int terminal_process(const terminal *t) {
    return (int)t->process;
}

int terminal_finish(terminal *t) {
    int status = 0;
    while (read_more(t, PATIENCE)) continue; /* until the program's end closes the terminal */
    double start = vt_clock();
    pid_t ended;
    while ((ended = waitpid(t->process, &status, WNOHANG)) == 0 && vt_clock() - start < PATIENCE)
        usleep(10000);
    if (ended == 0) {
        kill(t->process, SIGKILL);
        waitpid(t->process, &status, 0);
        print_error("the program did not end; its output:\n%s\n", t->output);
    }
    close(t->descriptor);
    free(t);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

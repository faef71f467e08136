/* The prompt as a person meets it: typed keys, Tab, Ctrl-C, history, all on a pseudo-terminal. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terminal.h"
#include "vitrum/base.h"

/* DESIGN.md asks for 0.2 s. A test machine shared by several programs may stop this process for
   longer than that, so the bound only tells 'at once' from 'at the end of the run'. */
static const double INTERRUPT_BOUND = 2.0; /* s */

#define CTRL_C "\003"
#define CTRL_D "\004"
#define TAB    "\t"
#define UP     "\033[A"

static const char *const NO_ARGUMENTS[] = {NULL};
static char home[] = "/tmp/vitrum-terminal-XXXXXX";

static int make_home(void **state) {
    (void)state;
    return mkdtemp(home) == NULL;
}

static int remove_home(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    return system(command);
}

static terminal *start_prompt(void) {
    terminal *t = terminal_start(NULL, NO_ARGUMENTS, home, 100);
    EXPECT(t, "help() shows");
    EXPECT(t, "> ");
    return t;
}

/* Ctrl-C at a prompt. What is typed before the next prompt would still belong to the old line,
   whose own "> " a list of completions shows once more: only the one behind "^C" is new. */
static void drop_line(terminal *t) {
    terminal_type(t, CTRL_C);
    EXPECT(t, "^C");
    EXPECT(t, "> ");
}

/* Ctrl-D counts only at a prompt: before it, the terminal's own line editing would take it. */
static void leave(terminal *t) {
    EXPECT(t, "> ");
    terminal_type(t, CTRL_D);
    assert_int_equal(terminal_finish(t), 0);
}

/* ---------------------------------------------------------------- pages ---- */

/* A page that is longer than the terminal goes through the pager, a short one does not, and Ctrl-C
   is the pager's business alone. */
static void long_pages_go_through_the_pager(void **state) {
    (void)state;
    setenv("PAGER", "echo pa''ged; head -1", 1);
    terminal *t = start_prompt();
    terminal_type(t, "help 'clock'\n");
    EXPECT(t, "Wall time");
    terminal_type(t, "help 'md'\n");
    EXPECT(t, "paged");
    EXPECT(t, "-> MD");
    leave(t);
    /* What waits is what has written: Debian's sh loses a Ctrl-C between two commands. */
    setenv("PAGER", "tail -f", 1);
    t = start_prompt();
    terminal_type(t, "help 'md'\n");
    EXPECT(t, "See also");
    terminal_type(t, CTRL_C);
    EXPECT(t, "> ");
    terminal_type(t, "6 * 7\n");
    EXPECT(t, "42");
    leave(t);
    setenv("PAGER", "no-such-pager", 1);
    t = start_prompt();
    terminal_type(t, "help 'md'\n");
    EXPECT(t, "See also");
    leave(t);
    unsetenv("PAGER");
}

/* ---------------------------------------------------------------- lines ---- */

static void expressions_print_without_return(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(t, "6 * 7\n");
    EXPECT(t, "\n42\r\n");
    terminal_type(t, "{ b = 1, a = {2, 'x'} }\n");
    EXPECT(t, "\n{ a = { 2, \"x\" }, b = 1 }\r\n");
    terminal_type(t, "x = 3\n");
    EXPECT(t, "> ");
    terminal_type(t, "x\n");
    EXPECT(t, "\n3\r\n");
    leave(t);
}

static void lines_continue_until_they_are_complete(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(t, "for k = 1, 2 do\n");
    EXPECT(t, ">> ");
    terminal_type(t, "print('k' .. k)\n");
    EXPECT(t, ">> ");
    terminal_type(t, "end\n");
    EXPECT(t, "\nk1\r\nk2\r\n");
    terminal_type(t, "math.max(1,\n");
    EXPECT(t, ">> ");
    terminal_type(t, "99)\n");
    EXPECT(t, "\n99\r\n");
    leave(t);
}

/* Code copied from a script has `local` before its names. */
static void locals_of_a_line_last_for_the_session(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(t, "local a <const>, b = 20, 22\nlocal function sum() return a + b end\n");
    terminal_type(t, "sum()\n");
    EXPECT(t, "\n42\r\n");
    terminal_type(t, "local string = 7\nstring, ('x'):rep(2), #tostring(vt)  > 0\n");
    EXPECT(t, "\n7\txx\ttrue\r\n");
    leave(t);
}

/* A terminal sends what is pasted between two codes, and readline gives it as one line. */
static void pasted_lines_run_one_by_one(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(
        t, "\033[200~local n = 2\nfor k = 1, n do\n\tprint('k' .. k)\nend\nn * 100\033[201~\n");
    EXPECT(t, "\nk1\r\nk2\r\n200\r\n");
    terminal_type(t, "\033[200~no_such()\nprint('be' .. 'hind')\033[201~\n");
    EXPECT(t, "nil value (global 'no_such')");
    EXPECT(t, "> "); /* what follows a failed line does not run */
    terminal_type(t, "'next'\n");
    assert_null(strstr(terminal_rest(t, 0.3), "behind"));
    EXPECT(t, "\nnext\r\n");
    leave(t);
}

static void errors_keep_the_session(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(t, "vt.progress('x', 1, { intervall = 2 })\n");
    EXPECT(t, "\nprogress: unknown option 'intervall'; did you mean 'interval'?\r\n");
    terminal_type(t, "prnit(1)\n");
    EXPECT(t, "(global 'prnit'); did you mean 'print'?\r\n");
    terminal_type(t, "1 +* 2\n");
    EXPECT(t, "near '*'\r\n");
    terminal_type(t, "error(setmetatable({}, { __tostring = function() return 'odd' end }))\n");
    EXPECT(t, "\nodd\r\n");
    terminal_type(t, "error()\n");
    EXPECT(t, "nil\r\n");
    terminal_type(t, "'still ' .. 'here'\n");
    EXPECT(t, "\nstill here\r\n");
    terminal_type(t, "still\nhelpp\n");
    EXPECT(t, "\nnil\r\n");
    EXPECT(t, "\nnil; did you mean 'help'?\r\n");
    terminal_type(t, "vt.progress('x', 1).update()\n");
    EXPECT(t, "a method is called with a colon, object:update()\r\n");
    leave(t);
}

static void colors_only_without_no_color(void **state) {
    (void)state;
    setenv("NO_COLOR", "", 1);
    terminal *t = terminal_start(NULL, NO_ARGUMENTS, home, 100);
    EXPECT(t, "\033[1m>");
    terminal_type(t, "no_such()\n");
    EXPECT(t, "\033[31mattempt to call");
    terminal_type(t, "{ 'text' }\n");
    EXPECT(t, "{ \033[32m\"text\"\033[0m }");
    EXPECT(t, "\033[1m>");
    EXPECT(t, " ");
    terminal_type(t, CTRL_D);
    assert_int_equal(terminal_finish(t), 0);
    setenv("NO_COLOR", "1", 1);
    t = start_prompt();
    terminal_type(t, "no_such()\n");
    EXPECT(t, "\nattempt to call");
    terminal_type(t, "{ 'text' }\n");
    EXPECT(t, "\n{ \"text\" }\r\n");
    leave(t);
    unsetenv("NO_COLOR");
}

/* ---------------------------------------------------------------- completion ---- */

static void tab_completes_names_options_and_files(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(t, "vt.thr" TAB "() > 0\n");
    EXPECT(t, "vt.threads() > 0");
    EXPECT(t, "true");
    terminal_type(t, "my_long_name = vt.progress('x', 1)\n");
    terminal_type(t, "my_lo" TAB ":upd" TAB "(0)\n");
    EXPECT(t, "my_long_name:update(0)");
    EXPECT(t, "vitrum.Progress: x");
    terminal_type(t, "vt.progress('x', 1, { inter" TAB "5, rate_u" TAB "'a' })\n");
    EXPECT(t, "interval = 5, rate_unit = 'a'");
    EXPECT(t, "vitrum.Progress: x");

    terminal_type(t, "vt.progress('x', 1, { " TAB);
    EXPECT(t, "interval [s]"); /* a list shows the units */
    drop_line(t);

    char path[128];
    snprintf(path, sizeof path, "%s/a-file-name.data", home);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    terminal_type(t, "#'");
    terminal_type(t, home);
    terminal_type(t, "/a-fi" TAB "\n");
    EXPECT(t, "/a-file-name.data'");
    leave(t);
}

/* ---------------------------------------------------------------- history ---- */

static void history_lasts_beyond_the_session(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(t, "'remember ' ..\n'me'\n");
    EXPECT(t, "\nremember me\r\n");
    leave(t);
    t = start_prompt();
    terminal_type(t, UP "\n"); /* the entry of two lines comes back as one */
    EXPECT(t, "\nremember me\r\n");
    leave(t);
}

static void an_unwritable_history_does_not_hurt(void **state) {
    (void)state;
    terminal *t = terminal_start(NULL, NO_ARGUMENTS, "/proc/no-such-folder", 100);
    EXPECT(t, "> ");
    terminal_type(t, "6 * 7\n");
    EXPECT(t, "\n42\r\n");
    leave(t);
}

/* ---------------------------------------------------------------- Ctrl-C ---- */

static void ctrl_c_clears_the_line(void **state) {
    (void)state;
    terminal *t = start_prompt();
    terminal_type(t, "no_such(");
    EXPECT(t, "no_such(");
    drop_line(t);
    terminal_type(t, "1 + 1\n");
    EXPECT(t, "\n2\r\n");
    terminal_type(t, "f(\n");
    EXPECT(t, ">> ");
    drop_line(t);
    terminal_type(t, "'new ' .. 'start'\n");
    EXPECT(t, "\nnew start\r\n");
    leave(t);
}

/* Far more steps than the patience of this test, and of any student. */
#define ENDLESS_RUN                                                                                \
    "glass = vt.atoms.fcc{ species = 'Cu', a = 3.6, cells = { 10, 10, 10 } } "                     \
    "glass.potential = vt.potential.lj{ species = 'Cu', epsilon = 0.4, sigma = 2.3, cutoff = 5 } " \
    "glass:thermalize{ temperature = 100 } "                                                       \
    "md = vt.md(glass, { timestep = 0.001 }) print('run' .. 'ning') md:run{ steps = 1000000000 }"

/* Run `code`, which never ends by itself, stop it, and look whether the prompt still works. The
   code prints "run" and "ning" in one when it has begun. */
static void check_stops(const char *what, const char *code) {
    terminal *t = start_prompt();
    terminal_type(t, code);
    terminal_type(t, "\n");
    EXPECT(t, "running");
    usleep(300000); /* well inside the loop */
    double start = vt_clock();
    terminal_type(t, CTRL_C);
    EXPECT(t, "interrupted");
    EXPECT(t, "> ");
    double seconds = vt_clock() - start;
    print_message("           Ctrl-C in %s: %.0f ms\n", what, 1000 * seconds);
    assert_true(seconds < INTERRUPT_BOUND);
    terminal_type(t, "'still ' .. 'here'\n");
    EXPECT(t, "\nstill here\r\n");
    /* The next run can be stopped too. */
    terminal_type(t, "print('run' .. 'ning') while true do end\n");
    EXPECT(t, "running");
    terminal_type(t, CTRL_C);
    EXPECT(t, "interrupted");
    leave(t);
}

static void ctrl_c_stops_lua_code(void **state) {
    (void)state;
    check_stops("a Lua loop", "print('run' .. 'ning') while true do end");
}

static void pcall_cannot_swallow_ctrl_c(void **state) {
    (void)state;
    check_stops("a loop of pcalls", "print('run' .. 'ning') "
                                    "while true do pcall(function() while true do end end) end");
}

static void ctrl_c_stops_coroutines(void **state) {
    (void)state;
    check_stops("a coroutine",
                "co = coroutine.wrap(function() while true do "
                "pcall(function() while true do end end) end end) print('run' .. 'ning') co()");
}

static void ctrl_c_stops_the_core(void **state) {
    (void)state;
    check_stops("molecular dynamics of 4000 atoms", ENDLESS_RUN);
}

static void a_second_ctrl_c_ends_the_program(void **state) {
    (void)state;
    terminal *t = start_prompt();
    /* A pattern that takes for ever, inside the C library of Lua, which polls nothing. */
    terminal_type(t, "print('run' .. 'ning') "
                     "print(('a'):rep(100):find(('a*'):rep(50) .. 'b'))\n");
    EXPECT(t, "running");
    usleep(300000);
    terminal_type(t, CTRL_C);
    usleep(300000);
    terminal_type(t, CTRL_C);
    assert_int_equal(terminal_finish(t), 128 + SIGINT);
}

static void ctrl_c_in_a_script_gives_status_130(void **state) {
    (void)state;
    const char *const arguments[] = {"-e", "print('run' .. 'ning') while true do end", NULL};
    terminal *t = terminal_start(NULL, arguments, home, 100);
    EXPECT(t, "running");
    terminal_type(t, CTRL_C);
    EXPECT(t, "interrupted");
    assert_int_equal(terminal_finish(t), 130);
}

/* The system's lua5.4 with the module, where the interpreter owns the prompt. */
static void ctrl_c_works_in_the_system_lua(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* lua5.4 without the sanitizer's library cannot load the module */
#endif
    const char *module = getenv("VITRUM_MODULE");
    assert_non_null(module);
    char path[512];
    const char *slash = strrchr(module, '/');
    snprintf(path, sizeof path, "package.cpath = '%.*s/?.so'", (int)(slash - module), module);
    const char *const arguments[] = {"-e", path, "-i", NULL};
    terminal *t = terminal_start("lua5.4", arguments, home, 100);
    EXPECT(t, "> ");
    terminal_type(t, "vt = require 'vitrum'\n");
    EXPECT(t, "> ");
    for (int round = 0; round < 2; round++) {
        terminal_type(t, "vt.progress('x', 1, {}) print('run' .. 'ning') "
                         "while true do pcall(function() while true do end end) end\n");
        EXPECT(t, "running");
        usleep(300000);
        terminal_type(t, CTRL_C);
        EXPECT(t, "interrupted");
        EXPECT(t, "> ");
        terminal_type(t, "for k = 1, 1e6 do end print('still ' .. 'here')\n");
        EXPECT(t, "still here");
        terminal_type(t, ENDLESS_RUN "\n");
        EXPECT(t, "running\r\n");
        usleep(300000);
        terminal_type(t, CTRL_C);
        EXPECT(t, "interrupted");
        EXPECT(t, "> ");
        terminal_type(t,
                      "for k = 1, 1e6 do end print(glass:energy() < 0 and 'still ' .. 'valid')\n");
        EXPECT(t, "still valid");
    }
    leave(t);
}

/* ---------------------------------------------------------------- progress ---- */

/* What a terminal shows after `text`: carriage return and erase-to-end obeyed, last lines kept. */
static void visible(const char *text, char *screen, size_t size) {
    size_t line = 0, column = 0, length = 0;
    screen[0] = '\0';
    for (const char *p = text; *p != '\0' && line + column + 2 < size; p++) {
        if (*p == '\r') {
            column = 0;
        } else if (*p == '\n') {
            screen[length] = '\n';
            line = ++length;
            column = 0;
        } else if (strncmp(p, "\033[K", 3) == 0) {
            length = line + column;
            p += 2;
        } else {
            screen[line + column++] = *p;
            if (line + column > length) length = line + column;
        }
        screen[length] = '\0';
    }
}

static void the_bar_leaves_no_trace(void **state) {
    (void)state;
    const char *const arguments[] = {
        "-e",
        "local bar = vt.progress('cycles', 100, { rate_unit = 'cycles/s' }) "
        "local t = vt.clock() local told = false "
        "while vt.clock() - t < 2.2 do "
        "  bar:update(45) "
        "  if not told and vt.clock() - t > 1.6 then told = true print('in between') end "
        "end bar:close() io.stdout:write('after', ' ', 'it\\n')",
        NULL};
    terminal *t = terminal_start(NULL, arguments, home, 60);
    EXPECT(t, "cycles  45% [");
    EXPECT(t, "cycles/s");
    EXPECT(t, "left");
    const char *rest = terminal_rest(t, 3);
    char screen[4096];
    visible(strchr(rest, '\r') != NULL ? strchr(rest, '\r') : rest, screen, sizeof screen);
    assert_string_equal(screen, "in between\nafter it\n");
    assert_int_equal(terminal_finish(t), 0);
}

static void quiet_shows_no_bar(void **state) {
    (void)state;
    const char *const arguments[] = {
        "-e",
        "vt.quiet(true) local bar <close> = vt.progress('cycles', 100) local t = vt.clock() "
        "while vt.clock() - t < 1.3 do bar:update(45) end print 'end'",
        NULL};
    terminal *t = terminal_start(NULL, arguments, home, 60);
    assert_string_equal(terminal_rest(t, 3), "end\r\n");
    assert_int_equal(terminal_finish(t), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_pages_go_through_the_pager),
        cmocka_unit_test(expressions_print_without_return),
        cmocka_unit_test(lines_continue_until_they_are_complete),
        cmocka_unit_test(locals_of_a_line_last_for_the_session),
        cmocka_unit_test(pasted_lines_run_one_by_one),
        cmocka_unit_test(errors_keep_the_session),
        cmocka_unit_test(colors_only_without_no_color),
        cmocka_unit_test(tab_completes_names_options_and_files),
        cmocka_unit_test(history_lasts_beyond_the_session),
        cmocka_unit_test(an_unwritable_history_does_not_hurt),
        cmocka_unit_test(ctrl_c_clears_the_line),
        cmocka_unit_test(ctrl_c_stops_lua_code),
        cmocka_unit_test(pcall_cannot_swallow_ctrl_c),
        cmocka_unit_test(ctrl_c_stops_coroutines),
        cmocka_unit_test(ctrl_c_stops_the_core),
        cmocka_unit_test(a_second_ctrl_c_ends_the_program),
        cmocka_unit_test(ctrl_c_in_a_script_gives_status_130),
        cmocka_unit_test(ctrl_c_works_in_the_system_lua),
        cmocka_unit_test(the_bar_leaves_no_trace),
        cmocka_unit_test(quiet_shows_no_bar),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}

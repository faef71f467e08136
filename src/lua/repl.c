/* The prompt on a terminal: readline, history, signals. What a line means is the business of
   lua/vitrum/prompt/init.lua, what may follow that of complete.lua. */
#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

enum { HISTORY_LINES = 5000, PATH_SIZE = 4096 };

typedef enum { LINE_READ, LINE_INTERRUPTED, LINE_END } line_result;

/* readline's callbacks take no argument of ours, so what they need is here. */
static struct {
    lua_State *L;
    const char *pending; /* lines of the unfinished chunk, "" for none */
    char *line;
    bool line_done;
} reader;

/* The last signal other than SIGINT that came while a line was read. */
static volatile sig_atomic_t caught_signal = 0;

static void on_signal(int number) {
    caught_signal = number;
}

/* ---------------------------------------------------------------- Lua side ---- */

/* Push function `name` of the Lua module `module`. */
static void push_function(lua_State *L, const char *module, const char *name) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, module) != LUA_TTABLE)
        luaL_error(L, "the module %s is not loaded", module);
    lua_getfield(L, -1, name);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

static bool color_on(int descriptor) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(descriptor) && (no_color == NULL || *no_color == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

static void show_error(const char *message) {
    vtl_progress_clear();
    fflush(stdout);
    bool color = color_on(STDERR_FILENO);
    vtl_print_plain(stderr, color ? "\033[31m" : "", message, color ? "\033[0m\n" : "\n");
    fflush(stderr);
}

/* ---------------------------------------------------------------- completion ---- */

/* Candidates for `text`, the word before the cursor, and their labels, nil or a table, on top of
   the stack; false when Lua leaves the word to file names. */
static bool push_candidates(const char *text, int start) {
    lua_State *L = reader.L;
    push_function(L, "vitrum.prompt.complete", "complete");
    lua_pushstring(L, reader.pending);
    lua_pushlstring(L, rl_line_buffer, (size_t)start);
    lua_concat(L, 2);
    lua_pushstring(L, text);
    lua_pushboolean(L, rl_completion_quote_character != 0);
    /* An error of completion must not reach the line being typed. */
    if (lua_pcall(L, 3, 3, 0) != LUA_OK || !lua_istable(L, -3)) return false;
    lua_insert(L, -2); /* candidates labels append */
    if (lua_rawlen(L, -3) == 1 && lua_isstring(L, -1)) {
        lua_rawgeti(L, -3, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
        lua_rawseti(L, -3, 1);
    } else {
        lua_pop(L, 1);
    }
    return true;
}

static char *next_candidate(const char *text, int state) {
    (void)text;
    static lua_Integer k;
    if (state == 0) k = 0;
    char *copy = NULL;
    if (lua_rawgeti(reader.L, -2, ++k) == LUA_TSTRING) copy = strdup(lua_tostring(reader.L, -1));
    lua_pop(reader.L, 1);
    return copy;
}

/* readline is about to list `matches`, 1 to `count`: show them by their labels. */
static void list_matches(char **matches, int count, int longest) {
    lua_State *L = reader.L;
    int top = lua_gettop(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "vitrum.labels");
    char **shown = lua_newuserdatauv(L, (size_t)(count + 2) * sizeof *shown, 0);
    memcpy(shown, matches, (size_t)(count + 2) * sizeof *shown);
    for (int k = 1; k <= count; k++) {
        lua_pushstring(L, matches[k]);
        if (lua_rawget(L, top + 1) == LUA_TSTRING) {
            shown[k] = (char *)lua_tostring(L, -1); /* the table keeps it */
            int length = (int)strlen(shown[k]);
            if (length > longest) longest = length;
        }
        lua_pop(L, 1);
    }
    rl_display_match_list(shown, count, longest);
    rl_forced_update_display();
    lua_settop(L, top);
}

static bool is_blank(const char *text, int length) {
    for (int k = 0; k < length; k++)
        if (text[k] != ' ' && text[k] != '\t') return false;
    return true;
}

static char **attempt_completion(const char *text, int start, int end) {
    int top = lua_gettop(reader.L);
    char **matches = NULL;
    rl_completion_append_character = '\0';
    if (is_blank(rl_line_buffer, end)) { /* indentation, typed or pasted */
        rl_insert_text("  ");
        rl_attempted_completion_over = 1;
        return NULL;
    }
    rl_completion_display_matches_hook = NULL;
    if (push_candidates(text, start)) {
        if (lua_istable(reader.L, -1)) {
            lua_pushvalue(reader.L, -1);
            lua_setfield(reader.L, LUA_REGISTRYINDEX, "vitrum.labels");
            rl_completion_display_matches_hook = list_matches;
        }
        matches = rl_completion_matches(text, next_candidate);
        rl_attempted_completion_over = 1;
    } else {
        rl_attempted_completion_over = rl_completion_quote_character == 0;
    }
    lua_settop(reader.L, top);
    return matches;
}

/* ---------------------------------------------------------------- history ---- */

/* Make the folders of `path` as far as they are missing. */
static void make_parents(char *path) {
    for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
}

static bool usable_file(const char *path) {
    int descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return false;
    close(descriptor);
    return true;
}

/* $XDG_STATE_HOME/vitrum/history (default ~/.local/state), else ~/.vitrum_history, else none. */
static bool find_history(char path[PATH_SIZE]) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (state != NULL && state[0] == '/')
        length = snprintf(path, PATH_SIZE, "%s/vitrum/history", state);
    else if (home != NULL && home[0] == '/')
        length = snprintf(path, PATH_SIZE, "%s/.local/state/vitrum/history", home);
    if (length > 0 && length < PATH_SIZE) {
        make_parents(path);
        if (usable_file(path)) return true;
    }
    if (home == NULL || home[0] != '/') return false;
    length = snprintf(path, PATH_SIZE, "%s/.vitrum_history", home);
    return length < PATH_SIZE && usable_file(path);
}

static void start_history(char path[PATH_SIZE]) {
    using_history();
    stifle_history(HISTORY_LINES);
    /* With time stamps an entry of several lines comes back as one. */
    history_write_timestamps = 1;
    history_comment_char = '#';
    if (!find_history(path)) {
        path[0] = '\0';
        return;
    }
    history_truncate_file(path, HISTORY_LINES);
    read_history(path);
}

static void remember(const char *path, const char *text) {
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last != NULL && strcmp(last->line, text) == 0) return;
    add_history(text);
    if (path[0] != '\0') append_history(1, path);
}

/* ---------------------------------------------------------------- reading ---- */

static void on_line(char *line) {
    reader.line = line;
    reader.line_done = true;
    rl_callback_handler_remove();
}

/* Window changed, or back from Ctrl-Z with the shell's terminal settings. */
static void refresh_terminal(void) {
    rl_deprep_terminal();
    rl_prep_terminal(1);
    rl_resize_terminal();
    rl_forced_update_display();
}

static void clear_line(void) {
    rl_callback_sigcleanup();
    rl_point = rl_end;
    rl_redisplay();
    fputs("^C\n", rl_outstream);
    fflush(rl_outstream);
    rl_callback_handler_remove();
}

/* Wait for keys until a line is complete. SIGINT and the others are let in only while waiting,
   so none is lost between looking and waiting. */
static line_result wait_for_line(const sigset_t *waiting) {
    while (!reader.line_done) {
        fd_set input;
        FD_ZERO(&input);
        FD_SET(STDIN_FILENO, &input);
        int ready = pselect(STDIN_FILENO + 1, &input, NULL, NULL, NULL, waiting);
        if (ready > 0) {
            rl_callback_read_char();
        } else if (ready < 0 && errno != EINTR) {
            rl_callback_handler_remove();
            return LINE_END;
        } else if (vt_interrupted()) {
            clear_line();
            return LINE_INTERRUPTED;
        } else if (caught_signal == SIGTERM || caught_signal == SIGHUP) {
            rl_callback_handler_remove(); /* gives the terminal back; then the signal acts */
            return LINE_END;
        } else if (caught_signal != 0) {
            caught_signal = 0;
            refresh_terminal();
        }
    }
    return reader.line != NULL ? LINE_READ : LINE_END;
}

static line_result read_line(lua_State *L, const char *prompt) {
    static const int SIGNALS[] = {SIGWINCH, SIGCONT, SIGTERM, SIGHUP};
    enum { COUNT = sizeof SIGNALS / sizeof *SIGNALS };
    sigset_t blocked, before;
    struct sigaction old[COUNT], action = {.sa_handler = on_signal};
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    for (int k = 0; k < COUNT; k++) sigaddset(&blocked, SIGNALS[k]);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    vtl_interrupt_reset(L);
    for (int k = 0; k < COUNT; k++) sigaction(SIGNALS[k], &action, &old[k]);
    caught_signal = 0;
    reader.line = NULL;
    reader.line_done = false;
    rl_callback_handler_install(prompt, on_line);
    line_result result = wait_for_line(&before);
    for (int k = 0; k < COUNT; k++) sigaction(SIGNALS[k], &old[k], NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (caught_signal != 0) raise(caught_signal);
    return result;
}

/* A word ends at every sign that is not part of a name; inside quotes, where it is the name of a
   file, at the quotes alone. */
static char *word_breaks(void) {
    static char names[] = " \t\n\"\\'`@$><=;|&{}()[],.:+-*/%#~^!?", files[] = "\"'";
    char quote = '\0';
    for (int k = 0; k < rl_point; k++) {
        char c = rl_line_buffer[k];
        if (quote != '\0' && c == '\\')
            k++;
        else if (quote != '\0' && c == quote)
            quote = '\0';
        else if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
    }
    return quote != '\0' ? files : names;
}

static void start_readline(lua_State *L) {
    reader.L = L;
    reader.pending = "";
    rl_readline_name = "vitrum";
    rl_variable_bind("show-all-if-ambiguous", "on"); /* the user's inputrc comes after */
    rl_catch_signals = 0;                            /* wait_for_line does */
    rl_catch_sigwinch = 0;
    rl_attempted_completion_function = attempt_completion;
    rl_completion_word_break_hook = word_breaks;
    rl_completer_quote_characters = "\"'";
    if (!isatty(STDOUT_FILENO)) rl_outstream = stderr;
}

/* ---------------------------------------------------------------- evaluation ---- */

static int count_lines(const char *text) {
    int lines = 1;
    for (; *text != '\0'; text++) lines += *text == '\n';
    return lines;
}

/* Show the error on top of the stack, worded by prompt.explain, and drop it. */
static void show_top_error(lua_State *L, const char *text) {
    bool interrupted = vt_interrupted();
    vtl_interrupt_reset(L);
    if (interrupted) {
        const char *message = lua_tostring(L, -1);
        const char *tail = message != NULL ? strstr(message, "interrupted") : NULL;
        show_error(tail != NULL ? tail : "interrupted");
        lua_pop(L, 1);
        return;
    }
    push_function(L, "vitrum.prompt", "explain");
    lua_pushvalue(L, -2);
    lua_pushinteger(L, count_lines(text));
    if (lua_pcall(L, 2, 1, 0) != LUA_OK) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
    }
    const char *message = lua_tostring(L, -1);
    show_error(message != NULL ? message : "an error without a message");
    lua_pop(L, 2);
}

typedef enum { CHUNK_DONE, CHUNK_FAILED, CHUNK_INCOMPLETE } chunk_result;

/* Tell the session how what was typed ended. */
static chunk_result finish(lua_State *L, const char *text, bool ok) {
    lua_settop(L, 0);
    push_function(L, "vitrum.prompt", "finish");
    lua_pushstring(L, text);
    lua_pushboolean(L, ok);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_settop(L, 0);
    return ok ? CHUNK_DONE : CHUNK_FAILED;
}

/* Compile and run `text`; values of an expression are printed. */
static chunk_result evaluate(lua_State *L, const char *text, bool traceback) {
    lua_settop(L, 0);
    vtl_interrupt_reset(L);
    push_function(L, "vitrum.prompt", "compile");
    lua_pushstring(L, text);
    if (lua_pcall(L, 1, 3, 0) != LUA_OK) {
        show_top_error(L, text);
        return finish(L, text, false);
    }
    if (lua_isnil(L, 1)) { /* nil message incomplete */
        if (lua_toboolean(L, 3)) return CHUNK_INCOMPLETE;
        lua_settop(L, 2);
        show_top_error(L, text);
        return finish(L, text, false);
    }
    lua_settop(L, 1);
    int status = vtl_protected_call(L, 0, traceback);
    vtl_progress_clear();
    if (status == LUA_OK) {
        push_function(L, "vitrum.prompt", "show");
        lua_insert(L, 1);
        status = vtl_protected_call(L, lua_gettop(L) - 1, traceback);
    }
    if (status != LUA_OK) show_top_error(L, text);
    fflush(stdout);
    return finish(L, text, status == LUA_OK);
}

/* `pending` and `line` joined, in memory of malloc; frees `pending`. */
static char *join(char *pending, const char *line, size_t length) {
    size_t before = pending != NULL ? strlen(pending) : 0;
    char *text = realloc(pending, before + length + 2);
    if (text == NULL) {
        free(pending);
        return NULL;
    }
    if (before > 0) text[before++] = '\n';
    memcpy(text + before, line, length);
    text[before + length] = '\0';
    return text;
}

/* Run what was entered: one line, or several that were pasted or came from the history. `pending`
   is the unfinished chunk before and after. Lines behind a failed one do not run. */
static chunk_result run_lines(lua_State *L, char **pending, const char *lines, bool traceback) {
    chunk_result result = CHUNK_DONE;
    while (result != CHUNK_FAILED && !vtl_terminated()) {
        const char *end = strchrnul(lines, '\n');
        *pending = join(*pending, lines, (size_t)(end - lines));
        if (*pending == NULL) return CHUNK_FAILED;
        result = evaluate(L, *pending, traceback);
        if (result != CHUNK_INCOMPLETE) {
            free(*pending);
            *pending = NULL;
        }
        if (*end == '\0') break;
        lines = end + 1;
    }
    return result;
}

/* ---------------------------------------------------------------- the loop ---- */

static void print_banner(lua_State *L) {
    push_function(L, "vitrum.prompt", "banner");
    if (lua_pcall(L, 0, 1, 0) == LUA_OK) printf("%s\n", lua_tostring(L, -1));
    lua_settop(L, 0);
    fflush(stdout);
}

static bool prompt_loop(lua_State *L, bool traceback) {
    char history[PATH_SIZE];
    char *pending = NULL, *entry = NULL;
    /* \001 and \002 tell readline that what is between them takes no room. */
    bool bold = color_on(STDOUT_FILENO);
    const char *first = bold ? "\001\033[1m\002>\001\033[0m\002 " : "> ";
    const char *more = bold ? "\001\033[1m\002>>\001\033[0m\002 " : ">> ";
    start_readline(L);
    start_history(history);
    print_banner(L);
    for (;;) {
        char *prefix = pending != NULL ? join(strdup(pending), "", 0) : NULL;
        reader.pending = prefix != NULL ? prefix : "";
        line_result got = read_line(L, pending != NULL ? more : first);
        free(prefix);
        reader.pending = "";
        if (got == LINE_END) break;
        if (got == LINE_INTERRUPTED) {
            free(pending);
            free(entry);
            pending = entry = NULL;
            continue;
        }
        char *line = reader.line;
        if (pending == NULL && is_blank(line, (int)strlen(line))) {
            free(line);
            continue;
        }
        entry = join(entry, line, strlen(line));
        if (entry == NULL || run_lines(L, &pending, line, traceback) != CHUNK_INCOMPLETE) {
            if (entry != NULL) remember(history, entry);
            free(entry);
            entry = NULL;
        }
        free(line);
    }
    free(pending);
    free(entry);
    printf("\n");
    return true;
}

/* Lines that come from a file or a pipe: no prompt, and the exit status tells of an error. */
static bool input_loop(lua_State *L, bool traceback) {
    char *line = NULL, *pending = NULL;
    size_t size = 0;
    ssize_t length;
    bool ok = true;
    while (!vtl_terminated() && (length = getline(&line, &size, stdin)) >= 0) {
        if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
        if (run_lines(L, &pending, line, traceback) == CHUNK_FAILED) ok = false;
    }
    if (pending != NULL) {
        show_error("the input ends inside an unfinished statement");
        ok = false;
    }
    free(pending);
    free(line);
    return ok;
}

static int require_modules(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "vitrum.prompt.complete"); /* brings prompt, help and inspect with it */
    lua_call(L, 1, 0);
    return 0;
}

bool vtl_repl(lua_State *L, bool traceback) {
    vtl_interrupt_reset(L);
    lua_pushcfunction(L, require_modules);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        show_error(lua_tostring(L, -1));
        return false;
    }
    /* A figure's window that is closed ends its pipe; that must not end the session. */
    signal(SIGPIPE, SIG_IGN);
    return isatty(STDIN_FILENO) ? prompt_loop(L, traceback) : input_loop(L, traceback);
}

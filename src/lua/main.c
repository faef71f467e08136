/* The program: vitrum [options] [script [key=value ...]]. Options act as in `lua`. */
#define _GNU_SOURCE
#include "program.h"

#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: vitrum [options] [script [key=value ...]]\n"
    "\n"
    "Without a script: a prompt, or the script on standard input when that is no terminal.\n"
    "\n"
    "  -e stat        run the string 'stat'; may be repeated\n"
    "  -l mod         require library 'mod' into global 'mod'\n"
    "  -l g=mod       require library 'mod' into global 'g'\n"
    "  -i             show the prompt after running the script\n"
    "  -v, --version  show the version\n"
    "  -W             show warnings\n"
    "  --traceback    show where an error came from, call by call\n"
    "  -h, --help     show this text\n"
    "  --             stop reading options\n"
    "  -              run the script on standard input\n"
    "\n"
    "At the prompt, help() shows what there is. A script sees its arguments in the table 'arg'.\n";

typedef struct {
    bool interactive, version, help, run_code, traceback;
    int script; /* index in argv, argc when there is none */
} arguments;

void vtl_print_plain(FILE *to, const char *before, const char *message, const char *after) {
    char *copy = strdup(message);
    if (copy != NULL) vt_plain_text(copy, true);
    fprintf(to, "%s%s%s", before, copy != NULL ? copy : "not enough memory for a message", after);
    free(copy);
}

static void complain(const char *message) {
    vtl_progress_clear();
    fflush(stdout);
    vtl_print_plain(stderr, "vitrum: ", message, "\n");
    fflush(stderr);
}

/* ---------------------------------------------------------------- running ---- */

/* An error inside one of vitrum's own Lua modules is not the user's mistake: its message alone
   says too little. */
static bool is_internal(const char *message) {
    if (strncmp(message, "vitrum.", 7) != 0) return false;
    const char *p = message + 7;
    p += strspn(p, "abcdefghijklmnopqrstuvwxyz_.0123456789");
    return p[0] == ':' && p[1] >= '0' && p[1] <= '9';
}

static int add_traceback(lua_State *L) {
    bool wanted = lua_toboolean(L, lua_upvalueindex(1)) != 0;
    if (lua_type(L, 1) != LUA_TSTRING) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
        lua_pushfstring(L, "the error is a value of type %s", luaL_typename(L, 1));
        return 1;
    }
    const char *message = lua_tostring(L, 1);
    if (wanted || is_internal(message)) luaL_traceback(L, L, message, 1);
    return 1;
}

int vtl_protected_call(lua_State *L, int arguments_count, bool traceback) {
    int base = lua_gettop(L) - arguments_count;
    lua_pushboolean(L, traceback);
    lua_pushcclosure(L, add_traceback, 1);
    lua_insert(L, base);
    int status = lua_pcall(L, arguments_count, LUA_MULTRET, base);
    lua_remove(L, base);
    return status;
}

/* Replace the message on top by the one with a hint. */
static void add_hint(lua_State *L) {
    int top = lua_gettop(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "vitrum.prompt");
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_istable(L, -1)) {
        lua_getfield(L, -1, "hint");
        lua_pushvalue(L, top);
        if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_isstring(L, -1)) lua_replace(L, top);
    }
    lua_settop(L, top);
}

/* Report the message on top when `status` is an error, and drop it. */
static bool report(lua_State *L, int status) {
    if (status == LUA_OK) return true;
    if (!vt_interrupted() && lua_type(L, -1) == LUA_TSTRING) add_hint(L);
    const char *message = lua_tostring(L, -1);
    complain(message != NULL ? message : "an error without a message");
    lua_pop(L, 1);
    return false;
}

static bool run_string(lua_State *L, const char *code, const char *name, bool traceback) {
    int status = luaL_loadbuffer(L, code, strlen(code), name);
    if (status == LUA_OK) status = vtl_protected_call(L, 0, traceback);
    bool ok = report(L, status);
    lua_settop(L, 0);
    return ok;
}

/* Run the protocol that a script has returned, if the first of its values is one. */
static bool run_protocol(lua_State *L, int argc, char **argv, int first, bool traceback) {
    if (lua_gettop(L) == 0 || !lua_istable(L, 1)) return true;
    lua_settop(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "vitrum.protocol");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "_run_returned");
    lua_pushvalue(L, 1);
    lua_createtable(L, argc - first, 0);
    for (int k = first; k < argc; k++) {
        lua_pushstring(L, argv[k]);
        lua_rawseti(L, -2, k - first + 1);
    }
    return report(L, vtl_protected_call(L, 2, traceback));
}

static bool run_script(lua_State *L, const char *path, int argc, char **argv, int first,
                       bool traceback) {
    int status = luaL_loadfile(L, path);
    if (status == LUA_OK) {
        luaL_checkstack(L, argc - first, "too many arguments");
        for (int k = first; k < argc; k++) lua_pushstring(L, argv[k]);
        status = vtl_protected_call(L, argc - first, traceback);
    }
    bool ok = report(L, status) && run_protocol(L, argc, argv, first, traceback);
    lua_settop(L, 0);
    return ok;
}

/* -l mod, -l global=mod */
static bool run_require(lua_State *L, const char *text, bool traceback) {
    const char *equal = strchr(text, '=');
    if (equal != NULL)
        lua_pushlstring(L, text, (size_t)(equal - text));
    else
        lua_pushstring(L, text);
    lua_getglobal(L, "require");
    lua_pushstring(L, equal != NULL ? equal + 1 : text);
    int status = vtl_protected_call(L, 1, traceback);
    if (!report(L, status)) {
        lua_settop(L, 0);
        return false;
    }
    lua_settop(L, 2); /* name module */
    lua_pushglobaltable(L);
    lua_insert(L, 1);
    lua_rawset(L, 1); /* the module may be one that forbids new globals */
    lua_settop(L, 0);
    return true;
}

/* ---------------------------------------------------------------- arguments ---- */

/* The value of an option such as -e: the rest of its word or the next one. */
static const char *option_value(int argc, char **argv, int *k) {
    if (argv[*k][2] != '\0') return argv[*k] + 2;
    if (*k + 1 < argc) return argv[++*k];
    return NULL;
}

static bool bad_option(const char *word, const char *why) {
    fprintf(stderr, "vitrum: option '%s' %s; vitrum --help lists the options\n", word, why);
    return false;
}

static bool read_arguments(int argc, char **argv, arguments *a) {
    int k = 1;
    for (; k < argc && argv[k][0] == '-' && argv[k][1] != '\0'; k++) {
        const char *word = argv[k];
        if (strcmp(word, "--") == 0) {
            k++;
            break;
        }
        if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
            a->help = true;
        else if (strcmp(word, "-v") == 0 || strcmp(word, "--version") == 0)
            a->version = true;
        else if (strcmp(word, "-i") == 0)
            a->interactive = true;
        else if (strcmp(word, "--traceback") == 0)
            a->traceback = true;
        else if (strcmp(word, "-W") == 0)
            continue;
        else if (word[1] == 'e' || word[1] == 'l') {
            if (option_value(argc, argv, &k) == NULL) return bad_option(word, "needs a value");
            if (word[1] == 'e') a->run_code = true;
        } else
            return bad_option(word, "is unknown");
    }
    a->script = k;
    return true;
}

/* -e, -l and -W take effect in the order in which they stand. */
static bool run_options(lua_State *L, char **argv, const arguments *a) {
    for (int k = 1; k < a->script; k++) {
        const char *word = argv[k];
        if (strcmp(word, "-W") == 0) lua_warning(L, "@on", 0);
        if (word[0] != '-' || (word[1] != 'e' && word[1] != 'l')) continue;
        const char *value = option_value(a->script, argv, &k);
        bool ok = word[1] == 'e' ? run_string(L, value, "=(command line)", a->traceback)
                                 : run_require(L, value, a->traceback);
        if (!ok) return false;
    }
    return true;
}

/* arg[0] is the script, arg[1] its first argument, the program and its options count down. */
static void set_arg(lua_State *L, int argc, char **argv, int script) {
    if (script == argc) script = 0;
    lua_createtable(L, argc - script, script + 1);
    for (int k = 0; k < argc; k++) {
        lua_pushstring(L, argv[k]);
        lua_rawseti(L, -2, k - script);
    }
    lua_setglobal(L, "arg");
}

/* ---------------------------------------------------------------- main ---- */

static void print_version(void) {
    printf("vitrum %s, %s\n", vt_version(), LUA_RELEASE);
}

static bool open_module(lua_State *L) {
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_vitrum);
    lua_setfield(L, -2, "vitrum");
    lua_settop(L, 0);
    if (!run_string(L, "vt = require 'vitrum'; help = vt.help", "=vitrum", true)) return false;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "vitrum.session");
    lua_pushstring(L, USAGE); /* for the manual page */
    lua_setfield(L, -2, "usage");
    lua_settop(L, 0);
    return true;
}

static bool run(lua_State *L, int argc, char **argv, const arguments *a) {
    set_arg(L, argc, argv, a->script);
    vtl_interrupt_reset(L);
    if (!run_options(L, argv, a)) return false;
    bool terminal = isatty(STDIN_FILENO) != 0;
    if (a->script < argc) {
        const char *path = argv[a->script];
        bool ok = run_script(L, strcmp(path, "-") == 0 ? NULL : path, argc, argv, a->script + 1,
                             a->traceback);
        if (!ok && !a->interactive) return false;
    } else if (!a->interactive && (a->run_code || a->version)) {
        return true;
    } else if (!terminal && !a->interactive) {
        return run_script(L, NULL, argc, argv, argc, a->traceback);
    }
    if (a->script < argc && !a->interactive) return true;
    return vtl_repl(L, a->traceback);
}

/* What the session wanted done at the end: vt.session.autosave. */
static bool leave(lua_State *L) {
    vtl_interrupt_reset(L);
    lua_settop(L, 0);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, "vitrum.session") != LUA_TTABLE) return true;
    if (lua_getfield(L, -1, "at_exit") != LUA_TFUNCTION) return true;
    return report(L, vtl_protected_call(L, 0, false));
}

int main(int argc, char **argv) {
    vtl_open_standard();
    arguments a = {0};
    if (!read_arguments(argc, argv, &a)) return EXIT_FAILURE;
    if (a.help) {
        fputs(USAGE, stdout);
        return EXIT_SUCCESS;
    }
    if (a.version) print_version();
    lua_State *L = luaL_newstate();
    if (L == NULL) {
        complain("not enough memory to start");
        return EXIT_FAILURE;
    }
    bool ok = open_module(L) && run(L, argc, argv, &a);
    bool interrupted = vt_interrupted() || vtl_terminated();
    vtl_progress_clear();
    if (!leave(L)) ok = false;
    lua_close(L);
    /* What was printed is lost when the disk is full; the exit status must tell. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain("could not write to standard output");
        ok = false;
    }
    if (ok && !vtl_terminated()) return EXIT_SUCCESS;
    return interrupted ? vtl_interrupt_status() : EXIT_FAILURE;
}

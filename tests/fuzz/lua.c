/* Readers that are written in Lua, in one state that lives as long as the program. What is done
   with an input is said in readers.lua. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "vtl.h"

/* ---------------------------------------------------------------- coverage ---- */

/* libFuzzer sees no Lua code. Counters of lines, each together with the line before, tell it where
   an input has led. */
enum { COUNTERS = 1 << 15 };
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counter[COUNTERS];
static uint64_t before;

static void count_line(lua_State *L, lua_Debug *ar) {
    if (vt_interrupted()) luaL_error(L, "interrupted");
    lua_getinfo(L, "S", ar);
    uint64_t here = ((uint64_t)(uintptr_t)ar->source >> 4) * 0x9e3779b97f4a7c15 +
                    (uint64_t)ar->currentline * 0xff51afd7ed558ccd;
    here = here >> 40;
    counter[(here ^ before) % COUNTERS]++;
    before = here >> 1;
}

/* ---------------------------------------------------------------- interrupts ---- */

enum { PATIENCE_MS = 500, LOOK_MS = 20 };
static atomic_long waited; /* on the input under way [ms] */

/* Ctrl-C for an input that takes long: loops of C code and of Lua code end. */
static void *interrupt_long_ones(void *unused) {
    struct timespec look = {0, LOOK_MS * 1000000L};
    for (;;) {
        nanosleep(&look, NULL);
        if (atomic_fetch_add(&waited, LOOK_MS) >= PATIENCE_MS) vt_interrupt_request();
    }
    return unused;
}

/* Only targets whose inputs are programs, or tests of a lattice that go on, may be long. */
static bool interrupts;

static void start_interrupts(void) {
    pthread_t thread;
    interrupts = true;
    fuzz_require(pthread_create(&thread, NULL, interrupt_long_ones, NULL) == 0, "no thread");
    pthread_detach(thread);
}

/* ---------------------------------------------------------------- feeding ---- */

static lua_State *L;
static int home, work; /* the folder of the program's arguments, and that of Lua */

static int load_readers(lua_State *state) {
    luaL_openlibs(state);
    lua_getglobal(state, "package");
    lua_getfield(state, -1, "preload");
    lua_pushcfunction(state, luaopen_vitrum);
    lua_setfield(state, -2, "vitrum");
    lua_settop(state, 0);
    if (luaL_loadfile(state, FUZZ_READERS) != LUA_OK) return lua_error(state);
    lua_call(state, 0, 1);
    return 1;
}

/* Lua works in a folder of its own, beside a file that must stay as it is. */
static void make_work(void) {
    char path[200];
    fuzz_save(fuzz_folder(), "victim", "kept", 4);
    snprintf(path, sizeof path, "%.100s/work", fuzz_folder());
    home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fuzz_require(home >= 0 && mkdir(path, 0700) == 0, "cannot make %s", path);
    work = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fuzz_require(work >= 0, "cannot open %s", path);
}

static void check_beside_work(void) {
    DIR *folder = opendir("..");
    fuzz_require(folder != NULL, "the folder around is gone");
    int victims = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, "victim") == 0)
            victims++;
        else
            fuzz_require(name[0] == '.' || strcmp(name, "work") == 0, "written: ../%s", name);
    }
    closedir(folder);
    struct stat info;
    fuzz_require(victims == 1 && stat("../victim", &info) == 0 && info.st_size == 4,
                 "../victim is not what it was");
}

void fuzz_lua_start(const char *name) {
    make_work();
    L = luaL_newstate();
    fuzz_require(L != NULL, "no Lua state");
    lua_pushcfunction(L, load_readers);
    fuzz_require(lua_pcall(L, 0, 1, 0) == LUA_OK, "%s", lua_tostring(L, -1));
    lua_getfield(L, -1, name);
    fuzz_require(lua_isfunction(L, -1), "readers.lua has no function '%s'", name);
    lua_remove(L, -2);
    lua_sethook(L, count_line, LUA_MASKLINE, 0);
    if (strcmp(name, "calls") == 0 || strcmp(name, "note") == 0) start_interrupts();
}

/* The reader gets the bytes and a path to them, and raises for a finding only. */
void fuzz_lua(const uint8_t *bytes, size_t size) {
    fuzz_put(bytes, size);
    before = 0;
    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *)bytes, size);
    lua_pushstring(L, fuzz_path());
    fuzz_require(fchdir(work) == 0, "cannot go to the working folder");
    atomic_store(&waited, 0);
    int status = lua_pcall(L, 2, 0, 0);
    if (status != LUA_OK && interrupts && vt_interrupted()) status = LUA_OK;
    fuzz_require(status == LUA_OK, "%s", status == LUA_OK ? "" : luaL_tolstring(L, -1, NULL));
    atomic_store(&waited, 0);
    vt_interrupt_clear();
    lua_settop(L, 1);
    check_beside_work();
    fuzz_require(fchdir(home) == 0, "cannot go back");
}

/* A checkpoint of dynamics with this text about the run that it belongs to. */
void fuzz_job(const uint8_t *bytes, size_t size) {
    char *text = malloc(size + 1);
    memcpy(text, bytes, size);
    text[size] = '\0';
    char path[200];
    snprintf(path, sizeof path, "%.100s/work/job.chk", fuzz_folder());
    fuzz_write_job(path, text);
    free(text);
    fuzz_lua(bytes, size);
}

/* Random choices: a program of random calls is as good a start as any. */
void fuzz_calls_seeds(const char *folder) {
    for (uint64_t seed = 1; seed <= 100; seed++) {
        vt_rng rng = vt_rng_start(seed, VT_STREAM_SHUFFLE);
        uint8_t bytes[256];
        char name[24];
        for (size_t k = 0; k < sizeof bytes; k++) bytes[k] = (uint8_t)vt_rng_below(&rng, 256);
        snprintf(name, sizeof name, "random-%d", (int)seed);
        fuzz_save(folder, name, bytes, sizeof bytes);
    }
}

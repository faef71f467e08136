/* Readers that are written in Lua, in one state that lives as long as the program. What is done
   with an input is said in readers.lua. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    lua_getinfo(L, "S", ar);
    uint64_t here = ((uint64_t)(uintptr_t)ar->source >> 4) * 0x9e3779b97f4a7c15 +
                    (uint64_t)ar->currentline * 0xff51afd7ed558ccd;
    here = here >> 40;
    counter[(here ^ before) % COUNTERS]++;
    before = here >> 1;
}

/* ---------------------------------------------------------------- feeding ---- */

static lua_State *L;
static int home, inside; /* the folder of the program's arguments, and an empty one */

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

void fuzz_lua_start(const char *name) {
    home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    inside = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fuzz_require(home >= 0 && inside >= 0, "cannot open %s", fuzz_folder());
    L = luaL_newstate();
    fuzz_require(L != NULL, "no Lua state");
    lua_pushcfunction(L, load_readers);
    fuzz_require(lua_pcall(L, 0, 1, 0) == LUA_OK, "%s", lua_tostring(L, -1));
    lua_getfield(L, -1, name);
    fuzz_require(lua_isfunction(L, -1), "readers.lua has no function '%s'", name);
    lua_remove(L, -2);
    lua_sethook(L, count_line, LUA_MASKLINE, 0);
}

/* The reader gets the bytes and a path to them, and raises for a finding only. */
void fuzz_lua(const uint8_t *bytes, size_t size) {
    fuzz_put(bytes, size);
    before = 0;
    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *)bytes, size);
    lua_pushstring(L, fuzz_path());
    fuzz_require(fchdir(inside) == 0, "cannot go to %s", fuzz_folder());
    int status = lua_pcall(L, 2, 0, 0);
    fuzz_require(fchdir(home) == 0, "cannot go back");
    fuzz_require(status == LUA_OK, "%s", status == LUA_OK ? "" : luaL_tolstring(L, -1, NULL));
    fuzz_require(lua_gettop(L) == 1, "%d values left on the stack", lua_gettop(L) - 1);
}

/* A checkpoint of dynamics with this text about the run that it belongs to. */
void fuzz_job(const uint8_t *bytes, size_t size) {
    char *text = malloc(size + 1);
    memcpy(text, bytes, size);
    text[size] = '\0';
    char path[200];
    snprintf(path, sizeof path, "%.100s/job.chk", fuzz_folder());
    fuzz_write_job(path, text);
    free(text);
    fuzz_lua(bytes, size);
}

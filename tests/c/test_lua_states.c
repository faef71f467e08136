/* Ctrl-C where a process holds more than one Lua state: each of the same thread hears it, also
   after others have been closed; one of another thread hears it at its next call of vitrum. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>

#include "fixture.h"
#include "vtl.h"

static lua_State *open_state(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    luaL_requiref(L, "vitrum", luaopen_vitrum, 1);
    lua_settop(L, 0);
    return L;
}

/* Runs `code`, which goes on for ever but for an interrupt. */
static void check_interrupted(lua_State *L, const char *code) {
    assert_int_equal(luaL_loadstring(L, code), LUA_OK);
    assert_int_equal(lua_pcall(L, 0, 0, 0), LUA_ERRRUN);
    assert_non_null(strstr(lua_tostring(L, -1), "interrupted"));
    lua_settop(L, 0);
}

static const char LOOP[] = "while true do end";
static const char SWALLOW[] = "while true do pcall(function() while true do end end) end";
static const char COROUTINE[] = "local x = vitrum.array.ones(3)\n"
                                "coroutine.wrap(function() while true do x:sum() end end)()";

static void states_of_one_thread(void **state) {
    (void)state;
    lua_State *first = open_state(), *second = open_state(), *third = open_state();
    lua_close(third);
    raise(SIGINT);
    check_interrupted(first, LOOP);
    check_interrupted(second, SWALLOW);
    check_interrupted(first, COROUTINE);
    /* A prompt has been there: all go on, and the next one is heard again. */
    vtl_interrupt_reset(first);
    assert_int_equal(luaL_dostring(first, "for k = 1, 1e5 do end"), LUA_OK);
    assert_int_equal(luaL_dostring(second, "for k = 1, 1e5 do end"), LUA_OK);
    raise(SIGINT);
    check_interrupted(second, LOOP);
    lua_close(second);
    check_interrupted(first, SWALLOW);
    vtl_interrupt_reset(first);
    lua_close(first);
}

/* What a long call does when Ctrl-C comes in the middle of it. */
static int long_call(lua_State *L) {
    vt_error err = {0};
    raise(SIGINT);
    vt_fail_interrupted(&err);
    return luaL_error(L, "%s", err.msg);
}

/* It is not said again at once: whoever catches the first error may lay the interrupt aside, save,
   and say it. */
static void after_a_long_call_there_is_time(void **state) {
    (void)state;
    lua_State *L = open_state();
    lua_register(L, "long_call", long_call);
    check_interrupted(L, "ok = pcall(long_call)\nn = 0\nfor k = 1, 200 do n = n + k end\n"
                         "system = require 'vitrum.system'\nfirst = system.interrupted(false)\n"
                         "for k = 1, 1e5 do n = n + 1 end\nsystem.interrupted(first)\n"
                         "for k = 1, 200 do n = n + k end\nlast = n\nwhile true do end");
    lua_getglobal(L, "last");
    assert_int_equal(lua_tointeger(L, -1), 100000 + 2 * 20100);
    vtl_interrupt_reset(L);
    lua_close(L);
}

static void *run_there(void *unused) {
    (void)unused;
    lua_State *L = open_state();
    check_interrupted(L, COROUTINE);
    check_interrupted(L, "local x = vitrum.array.ones(3)\nwhile true do x:sum() end");
    lua_close(L);
    return NULL;
}

static void a_state_of_another_thread(void **state) {
    (void)state;
    pthread_t other;
    lua_State *L = open_state();
    raise(SIGINT);
    assert_int_equal(pthread_create(&other, NULL, run_there, NULL), 0);
    pthread_join(other, NULL);
    check_interrupted(L, LOOP);
    vtl_interrupt_reset(L);
    lua_close(L);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(states_of_one_thread),
                                       cmocka_unit_test(after_a_long_call_there_is_time),
                                       cmocka_unit_test(a_state_of_another_thread)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

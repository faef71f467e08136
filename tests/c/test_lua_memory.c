/* The bindings when Lua runs out of memory: every allocation of Lua's in a piece of work fails in
   turn. Each time an error comes back, the objects are what they were, and nothing leaks, which the
   leak sanitizer sees. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>

#include "fixture.h"
#include "vtl.h"

enum { NO_LIMIT = -1, MOST = 20000 };

/* Allocations left before all fail. */
static long left = NO_LIMIT;

static void *allocate(void *unused, void *block, size_t old, size_t new) {
    (void)unused;
    if (new == 0) {
        free(block);
        return NULL;
    }
    bool grows = block == NULL || new > old;
    if (grows && left == 0) return NULL;
    if (grows && left > 0) left--;
    return realloc(block, new);
}

static const char PREPARE[] =
    "vt = require 'vitrum'; vt.quiet(true); vt.threads(1)\n"
    "local lj = vt.potential.lj{ species = 'Ar', epsilon = 0.0104, sigma = 3.4, cutoff = 6 }\n"
    "function argon(n)\n"
    "  local a = vt.atoms.random{ composition = 'Ar', n = n, number_density = 0.02, seed = 1 }\n"
    "  a.potential = lj\n"
    "  return a\n"
    "end\n"
    "a, b = argon(20), argon(5)\n"
    "x = vt.array.random(4, 4)\n"
    "v = vt.structure.voronoi(a)\n"
    "md = vt.md(a, { ensemble = 'npt' })\n"
    "lattice = vt.stz.lattice{ n = 16, modes = 2 }\n"
    "list = require 'vitrum.system'.list\n";

/* What must be the same after each failure. */
static const char PROBE[] = "return #a + a:positions():sum() + b:energy() + #v + x:sum()";

static const char *const WORK[] = {
    "return a:types(), a:symbols(), a:box(), tostring(a), a:atom(3)",
    "return argon(6), a:copy(), a:select{ 1, 2 }, a:replicate(2, 1, 1)",
    "return a:forces(), a:atom_energies(), a:stress(), a:atom_stresses{ kinetic = false }",
    "return b:hessian(), a:hessian_times(a:positions()), a:born{ stress = true }, b:atom_born()",
    "return vt.potential.kob_andersen(), vt.potential.lj{ species = 'Ar', epsilon = 1, sigma = 1 }",
    "return x + 1, x:transpose(), x:slice{ 1, 2 }, x:totable(), tostring(x), x[1], (x + "
    "x:transpose()):eigen()",
    "return x:histogram{ bins = 3 }, x:unique(), vt.array{ { 1, 2 }, { 3, 4 } }, x:svd()",
    "return vt.structure.voronoi(a, { radii = { Ar = 2 } }), v:polyhedra(), v:pairs(), v.index",
    "return vt.structure.rdf(a, { rmax = 5, bins = 10 })",
    "return vt.structure.deformation(a, a, { cutoff = 5 })",
    "return vt.minimize(a:copy(), { max_evaluations = 3 })",
    "return vt.md(b:copy()):run{ steps = 2, every = 0.002, sample = function() end }:samples()",
    "return vt.stz.lattice{ n = 16, modes = 2 }, lattice.stress, lattice:state(), "
    "lattice:field'barrier'",
    "return list '/'",
    "local c = b:copy(); c:append(a); c:delete{ 1 }; c.potential = nil; c:substitute{ to = 'Kr', "
    "count = 1 }",
};

static double probe(lua_State *L) {
    if (luaL_dostring(L, PROBE) != LUA_OK) fail_msg("%s", lua_tostring(L, -1));
    double value = lua_tonumber(L, -1);
    lua_settop(L, 0);
    return value;
}

static void test_every_allocation_fails(void **state) {
    (void)state;
    lua_State *L = lua_newstate(allocate, NULL);
    luaL_openlibs(L);
    luaL_requiref(L, "vitrum", luaopen_vitrum, 0);
    if (luaL_dostring(L, PREPARE) != LUA_OK) fail_msg("%s", lua_tostring(L, -1));
    double before = probe(L);
    for (size_t k = 0; k < sizeof WORK / sizeof *WORK; k++) {
        int status = LUA_ERRMEM;
        for (long n = 0; status != LUA_OK; n += 1 + n / 40) {
            lua_settop(L, 0);
            if (luaL_loadstring(L, WORK[k]) != LUA_OK) fail_msg("%s", lua_tostring(L, -1));
            left = n;
            status = lua_pcall(L, 0, LUA_MULTRET, 0);
            left = NO_LIMIT;
            if (n > MOST) fail_msg("%s: %s", WORK[k], lua_tostring(L, -1));
            lua_settop(L, 0);
            CHECK_NEAR(probe(L), before, 0);
        }
    }
    lua_close(L);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Random numbers for the Lua modules that resample data. Module "vitrum.random": source(seed
   [, part]) gives a sequence that depends on the two alone; parts keep several uses of one seed
   apart. */
#include "vtl.h"

#define RANDOM "vitrum.Random"

static vt_rng *check_random(lua_State *L, int index) {
    return luaL_checkudata(L, index, RANDOM);
}

/* source(seed, part = 0) -> Random */
static int random_source(lua_State *L) {
    lua_Integer seed = luaL_checkinteger(L, 1), part = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, seed >= 0, 1, "the seed must be at least 0");
    luaL_argcheck(L, part >= 0 && part < 65536, 2, "the part must be from 0 to 65535");
    vt_rng *rng = lua_newuserdatauv(L, sizeof *rng, 0);
    *rng = vt_rng_start((uint64_t)seed, VT_STREAM_BOOTSTRAP | (uint32_t)part << 16);
    luaL_setmetatable(L, RANDOM);
    return 1;
}

/* random:uniform() -> number in (0, 1) */
static int random_uniform(lua_State *L) {
    lua_pushnumber(L, vt_rng_uniform(check_random(L, 1)));
    return 1;
}

/* random:resample(list, block = 1) -> a list as long, made of blocks that start anywhere in
   `list` with equal chance; the last block is cut. */
static int random_resample(lua_State *L) {
    vt_rng *rng = check_random(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Integer count = (lua_Integer)lua_rawlen(L, 2), block = luaL_optinteger(L, 3, 1);
    luaL_argcheck(L, block >= 1 && block <= count, 3, "a block is from 1 to all of the list");
    lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
    for (lua_Integer filled = 0; filled < count;) {
        lua_Integer start = (lua_Integer)vt_rng_below(rng, (uint64_t)(count - block + 1));
        for (lua_Integer k = 0; k < block && filled < count; k++) {
            lua_rawgeti(L, 2, start + k + 1);
            lua_rawseti(L, -2, ++filled);
        }
    }
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"source", random_source}, {NULL, NULL}};
static const luaL_Reg METHODS[] = {
    {"uniform", random_uniform}, {"resample", random_resample}, {NULL, NULL}};

static int open_module(lua_State *L) {
    /* Not by vtl_new_type: this is no object that a user meets. */
    luaL_newmetatable(L, RANDOM);
    luaL_newlib(L, METHODS);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(random) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.random");
    lua_pop(L, 1);
}

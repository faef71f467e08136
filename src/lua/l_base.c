/* vt.version, vt.clock, vt.threads, vt.quiet, units. */
#include "vtl.h"

#include "vitrum/units.h"

static int base_clock(lua_State *L) {
    lua_pushnumber(L, vt_clock());
    return 1;
}

/* vt.threads() -> n; vt.threads(n) sets. */
static int base_threads(lua_State *L) {
    if (!lua_isnoneornil(L, 1)) {
        lua_Integer n = luaL_checkinteger(L, 1);
        vt_error err = {0};
        n = n < INT32_MIN ? INT32_MIN : n > INT32_MAX ? INT32_MAX : n;
        if (vt_failed(vt_threads_set((int)n, &err))) return vtl_raise(L, &err);
    }
    lua_pushinteger(L, vt_threads());
    return 1;
}

static int base_quiet(lua_State *L) {
    vtl_set_quiet(lua_isnone(L, 1) || lua_toboolean(L, 1));
    return 0;
}

static int base_simd(lua_State *L) {
    lua_pushstring(L, vt_simd_name(vt_simd_best()));
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"clock", base_clock},
                                     {"threads", base_threads},
                                     {"quiet", base_quiet},
                                     {"simd", base_simd},
                                     {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"clock", "vt.clock() -> seconds", "Wall time from an arbitrary origin [s].", NULL, NULL,
     "local t = vt.clock(); glass:energy(); print(vt.clock() - t)"},
    {"threads", "vt.threads([n]) -> n",
     "Threads that kernels use; with a number, sets it. Results never depend on it.", NULL, NULL,
     "vt.threads(1)", "OpenMP; number of cores; parallel; speed"},
    {"quiet", "vt.quiet([on])", "Show no progress; vt.quiet(false) shows it again.", NULL, NULL,
     "vt.quiet(true)", "silent; verbose"},
    {"simd", "vt.simd() -> name",
     "Instruction set of the kernels: reference, baseline, avx2 or avx512. The environment "
     "variable VITRUM_SIMD chooses a smaller one.",
     NULL, NULL, "print(vt.simd())"},
    {"units", "vt.units", "Units, conversion factors and signs.", NULL, NULL,
     "print(1e4 * vt.units.GPa / vt.units.bar)   -- 10,000 bar in GPa",
     "conversion; conversion factor; constants; Boltzmann constant; sign convention; sign of the "
     "stress; metal units; real units; GPa to bar; eV to kJ/mol; angstrom"},
    {0}};

VTL_OPENER(base) {
    luaL_setfuncs(L, FUNCTIONS, 0);
    lua_pushstring(L, vt_version());
    lua_setfield(L, -2, "version");
    static const struct {
        const char *name;
        double value;
    } CONSTANTS[] = {{"boltzmann", VT_BOLTZMANN},
                     {"mass_velocity2", VT_MASS_VELOCITY2},
                     {"GPa", VT_GPA},
                     {"bar", VT_BAR},
                     {"gram_per_cm3", VT_GRAM_PER_CM3},
                     {"kJ_per_mol", VT_KJ_PER_MOL}};
    lua_newtable(L);
    for (size_t k = 0; k < sizeof CONSTANTS / sizeof *CONSTANTS; k++) {
        lua_pushnumber(L, CONSTANTS[k].value);
        lua_setfield(L, -2, CONSTANTS[k].name);
    }
    lua_setfield(L, -2, "units");
    vtl_document(L, DOCS);
}

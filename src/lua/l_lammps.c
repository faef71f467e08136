/* What lua/vitrum/engine needs of the core to let LAMMPS move atoms: the module
   "vitrum.lammps_core". */
#include "l_dynamics.h"

#include <string.h>

#include "vitrum/io.h"
#include "vitrum/units.h"

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

static void set_flag(lua_State *L, const char *key, bool value) {
    lua_pushboolean(L, value);
    lua_setfield(L, -2, key);
}

/* ---------------------------------------------------------------- the model ---- */

static void push_lj(lua_State *L, const vt_lj_options *lj) {
    static const char *const TRUNCATIONS[] = {
        [VT_LJ_CUT] = "cut", [VT_LJ_SHIFTED] = "shifted", [VT_LJ_FORCE_SHIFTED] = "force-shifted"};
    lua_createtable(L, lj->species_count, 1);
    lua_pushstring(L, TRUNCATIONS[lj->truncation]);
    lua_setfield(L, -2, "truncation");
    for (int i = 0; i < lj->species_count; i++) {
        lua_createtable(L, lj->species_count, 0);
        for (int j = 0; j < lj->species_count; j++) {
            lua_createtable(L, 3, 0);
            const double values[3] = {lj->epsilon[i][j], lj->sigma[i][j], lj->cutoff[i][j]};
            for (int k = 0; k < 3; k++) {
                lua_pushnumber(L, values[k]);
                lua_rawseti(L, -2, k + 1);
            }
            lua_rawseti(L, -2, j + 1);
        }
        lua_rawseti(L, -2, i + 1);
    }
}

/* model(atoms) -> { name =, file =, path =, taper =, cutoff =, species = { symbols of the atoms'
   types }, masses = { theirs, for LAMMPS }, known = { symbols of the potential's }, lj = },
   periodic = { ... } */
static int model(lua_State *L) {
    vtl_check_atoms_potential(L, 1);
    const vt_atoms *a = vtl_check_atoms(L, 1);
    vtl_push_atoms_potential(L, 1);
    const vt_potential *p = vtl_check_potential(L, -1);
    lua_createtable(L, 0, 10);
    lua_pushstring(L, vt_potential_name(p));
    lua_setfield(L, -2, "name");
    lua_pushstring(L, vt_potential_file(p));
    lua_setfield(L, -2, "file");
    lua_pushstring(L, vt_potential_path(p));
    lua_setfield(L, -2, "path");
    set_number(L, "taper", vt_potential_taper(p));
    set_number(L, "cutoff", vt_potential_cutoff(p));
    lua_createtable(L, a->species_count, 0);
    for (int k = 0; k < a->species_count; k++) {
        lua_pushstring(L, a->species[k].symbol);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "species");
    lua_createtable(L, a->species_count, 0);
    for (int k = 0; k < a->species_count; k++) {
        lua_pushnumber(L, vt_exchange_mass(a->species[k].mass));
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "masses");
    lua_newtable(L);
    for (int k = 0; k < vt_potential_species_count(p); k++) {
        lua_pushstring(L, vt_potential_species(p, k)->symbol);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "known");
    lua_createtable(L, 3, 0);
    for (int k = 0; k < 3; k++) {
        lua_pushboolean(L, a->box.periodic[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "periodic");
    if (vt_potential_lj(p) != NULL) {
        push_lj(L, vt_potential_lj(p));
        lua_setfield(L, -2, "lj");
    }
    return 1;
}

/* ---------------------------------------------------------------- atoms ---- */

/* write(atoms, path): for LAMMPS to read */
static int write_atoms(lua_State *L) {
    const vt_atoms *a = vtl_check_atoms(L, 1);
    const char *path = vtl_check_path(L, 2);
    vt_error err = {0};
    if (vt_failed(vt_exchange_write(a, path, &err))) return vtl_raise(L, &err);
    return 0;
}

/* Numbers of a state, in the order in which LAMMPS is made to print them. */
enum {
    STEP,
    ENERGY,
    PRESSURE,
    KINETIC = PRESSURE + 6,
    CONSERVED = KINETIC + 6,
    CORNER,
    EDGE = 18,
    TILT = EDGE + 3,
    NUMBERS = TILT + 3
};

/* LAMMPS's order xx yy zz xy xz yz. */
static const int THEIRS[6] = {VT_XX, VT_YY, VT_ZZ, VT_XY, VT_XZ, VT_YZ};

static void read_numbers(lua_State *L, int index, double value[NUMBERS]) {
    luaL_checktype(L, index, LUA_TTABLE);
    for (int k = 0; k < NUMBERS; k++) {
        lua_rawgeti(L, index, k + 1);
        value[k] = luaL_checknumber(L, -1);
        lua_pop(L, 1);
    }
}

static vt_box box_of(const double value[NUMBERS]) {
    vt_box box = {0};
    for (int k = 0; k < 3; k++) {
        box.origin[k] = value[CORNER + k];
        box.h[k][k] = value[EDGE + k];
    }
    box.h[1][0] = value[TILT];
    box.h[2][0] = value[TILT + 1];
    box.h[2][1] = value[TILT + 2];
    return box;
}

/* read(atoms, path, numbers): what LAMMPS made of them */
static int read_atoms(lua_State *L) {
    vtl_check_atoms(L, 1);
    const char *path = vtl_check_path(L, 2);
    double value[NUMBERS];
    read_numbers(L, 3, value);
    vt_atoms *a = vtl_check_atoms(L, 1);
    vt_box box = box_of(value);
    vt_error err = {0};
    if (vt_failed(vt_exchange_read(a, &box, false, path, &err))) return vtl_raise(L, &err);
    return 0;
}

/* ---------------------------------------------------------------- dynamics ---- */

static void push_course(lua_State *L, const vt_md *md, const vt_md_course *c) {
    const vt_md_options *o = vt_md_settings(md);
    lua_createtable(L, 0, 20);
    lua_pushinteger(L, c->first);
    lua_setfield(L, -2, "first");
    lua_pushinteger(L, c->last);
    lua_setfield(L, -2, "last");
    lua_pushstring(L, o->thermostat);
    lua_setfield(L, -2, "thermostat");
    lua_pushinteger(L, (lua_Integer)(o->seed % 900000000 + 1)); /* what LAMMPS takes for one */
    lua_setfield(L, -2, "seed");
    lua_pushinteger(L, o->chain_length);
    lua_setfield(L, -2, "chain");
    lua_pushinteger(L, o->suzuki_yoshida);
    lua_setfield(L, -2, "chain_steps");
    set_number(L, "timestep", o->timestep);
    set_number(L, "temperature_damping", o->temperature_damping);
    set_number(L, "pressure_damping", o->stress_damping);
    /* The same k_B T, and the same stress, in LAMMPS's units. */
    set_number(L, "from", c->temperature[0] * (VT_BOLTZMANN / VT_LAMMPS_BOLTZMANN));
    set_number(L, "to", c->temperature[1] * (VT_BOLTZMANN / VT_LAMMPS_BOLTZMANN));
    set_number(L, "energy", c->energy);
    set_number(L, "conserved", c->conserved);
    set_flag(L, "coupled", o->coupled);
    set_flag(L, "true_strain", c->true_strain);
    lua_createtable(L, 6, 0);
    for (int k = 0; k < 6; k++) {
        lua_createtable(L, 0, 8);
        lua_pushstring(L, vt_tensor_name(k));
        lua_setfield(L, -2, "name");
        set_number(L, "from", -c->stress[k][0] * VT_LAMMPS_BAR);
        set_number(L, "to", -c->stress[k][1] * VT_LAMMPS_BAR);
        set_flag(L, "moves", c->moves[k]);
        set_flag(L, "deforms", c->deforms[k]);
        set_number(L, "rate", c->strain_rate[k]);
        if (k < 3) set_number(L, "edge_rate", c->edge_rate[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "components");
}

/* hand_over(md, path) -> what is left of the plan; or nil and a message. The atoms are written
   there. */
static int hand_over(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    const char *path = vtl_check_path(L, 2);
    vt_error err = {0};
    vt_md_course course;
    const vtl_atoms *box = vtl_md_atoms_or(L, 1, &err);
    vt_status status = box == NULL ? err.code : vt_md_hand_over(self->md, &course, &err);
    if (!vt_failed(status)) status = vt_exchange_write(box->atoms, path, &err);
    if (vt_failed(status)) {
        lua_pushnil(L);
        lua_pushstring(L, err.msg);
        return 2;
    }
    push_course(L, self->md, &course);
    return 1;
}

/* follow(md, path, numbers) -> true, or nil, a message and whether atoms ran away */
static int follow(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    const char *path = vtl_check_path(L, 2);
    double value[NUMBERS];
    read_numbers(L, 3, value);
    vt_md_reached reached = {
        .step = (int64_t)value[STEP], .energy = value[ENERGY], .conserved = value[CONSERVED]};
    double volume = value[EDGE] * value[EDGE + 1] * value[EDGE + 2];
    for (int k = 0; k < 6; k++) {
        reached.kinetic[THEIRS[k]] = value[KINETIC + k];
        reached.virial[THEIRS[k]] =
            value[PRESSURE + k] / VT_LAMMPS_BAR * volume - value[KINETIC + k];
    }
    vt_error err = {0};
    const vtl_atoms *box = vtl_md_atoms_or(L, 1, &err);
    vt_status status = box == NULL ? err.code : VT_OK;
    if (box != NULL && reached.step > vt_md_step(self->md)) {
        vt_box cell = box_of(value);
        status = vt_exchange_read(box->atoms, &cell, true, path, &err);
        if (!vt_failed(status)) status = vt_md_follow(self->md, &reached, &err);
    }
    if (!vt_failed(status)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, err.msg);
    lua_pushboolean(L, status == VT_EDIVERGED);
    return 3;
}

/* unit() -> the pressure of 1 bar of LAMMPS's [GPa] */
static int unit(lua_State *L) {
    lua_pushnumber(L, VT_GPA / VT_LAMMPS_BAR);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {
    {"unit", unit},       {"model", model},         {"write", write_atoms},
    {"read", read_atoms}, {"hand_over", hand_over}, {"follow", follow},
    {NULL, NULL}};

static int open_core(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(lammps) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_core);
    lua_setfield(L, -2, "vitrum.lammps_core");
    lua_pop(L, 1);
}

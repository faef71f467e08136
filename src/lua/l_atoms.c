/* The Atoms userdata: life and death. */
#include "l_atoms.h"

vtl_atoms *vtl_new_atoms(lua_State *L) {
    vtl_atoms *box = lua_newuserdatauv(L, sizeof *box, VTL_ATOMS_USERVALUES);
    *box = (vtl_atoms){0};
    luaL_setmetatable(L, VTL_ATOMS);
    return box;
}

vtl_atoms *vtl_check_atoms_box(lua_State *L, int index) {
    vtl_atoms *box = luaL_checkudata(L, index, VTL_ATOMS);
    if (box->atoms == NULL) luaL_argerror(L, index, "these atoms are closed");
    return box;
}

vt_atoms *vtl_check_atoms(lua_State *L, int index) {
    return vtl_check_atoms_box(L, index)->atoms;
}

void vtl_push_atoms(lua_State *L, vt_atoms *atoms, const vt_error *err) {
    if (atoms == NULL) {
        vtl_raise(L, err);
        return;
    }
    vtl_new_atoms(L)->atoms = atoms;
    vtl_gc_hint(L, atoms->capacity * 100);
}

void vtl_push_atoms_potential(lua_State *L, int index) {
    vtl_check_atoms_box(L, index);
    lua_getiuservalue(L, index, VTL_ATOMS_POTENTIAL);
}

const vt_potential *vtl_check_atoms_potential(lua_State *L, int index) {
    vtl_push_atoms_potential(L, index);
    vtl_potential *potential = luaL_testudata(L, -1, VTL_POTENTIAL);
    lua_pop(L, 1);
    if (potential == NULL || potential->potential == NULL)
        luaL_error(L, "these atoms have no potential; set one: glass.potential = "
                      "vt.potential.eam \"CuZr_mm.eam.fs\"");
    return potential->potential;
}

static int atoms_close(lua_State *L) {
    vtl_atoms *box = luaL_checkudata(L, 1, VTL_ATOMS);
    vt_atoms_destroy(box->atoms);
    box->atoms = NULL;
    return 0;
}

static int atoms_length(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)vtl_check_atoms(L, 1)->count);
    return 1;
}

static const luaL_Reg METHODS[] = {{"close", atoms_close}, {NULL, NULL}};
static const luaL_Reg META[] = {
    {"__gc", atoms_close}, {"__close", atoms_close}, {"__len", atoms_length}, {NULL, NULL}};

void vtl_open_atoms(lua_State *L) {
    vtl_new_type(L, VTL_ATOMS, METHODS, META);
    lua_newtable(L);
    lua_setfield(L, -2, "atoms");
}

/* The Atoms userdata: life and death, the potential as a property, printing. */
#include "l_atoms.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- life ---- */

vtl_atoms *vtl_new_atoms(lua_State *L) {
    vtl_atoms *box = lua_newuserdatauv(L, sizeof *box, VTL_ATOMS_USERVALUES);
    *box = (vtl_atoms){0};
    luaL_setmetatable(L, VTL_ATOMS);
    return box;
}

void vtl_set_atoms(lua_State *L, vtl_atoms *box, vt_atoms *atoms, const vt_error *err) {
    if (atoms == NULL) {
        vtl_raise(L, err);
        return;
    }
    box->atoms = atoms;
    vtl_gc_hint(L, atoms->capacity * 100);
}

void vtl_push_atoms(lua_State *L, vt_atoms *atoms, const vt_error *err) {
    vtl_set_atoms(L, vtl_new_atoms(L), atoms, err);
}

void vtl_refresh_atoms(vtl_atoms *box) {
    vt_system *ahead = box->ahead;
    box->ahead = NULL;
    if (ahead != NULL && ahead->ahead && box->atoms != NULL && !box->closed) vt_system_push(ahead);
}

vtl_atoms *vtl_check_atoms_box(lua_State *L, int index) {
    vtl_atoms *box = luaL_checkudata(L, index, VTL_ATOMS);
    if (box->closed || box->atoms == NULL) vtl_error(L, "these atoms are closed");
    vtl_refresh_atoms(box);
    return box;
}

vt_atoms *vtl_check_atoms(lua_State *L, int index) {
    vtl_interrupt_hear(L);
    return vtl_check_atoms_box(L, index)->atoms;
}

/* glass:close(), __gc and __close */
static int atoms_close(lua_State *L) {
    vtl_atoms *box = luaL_checkudata(L, 1, VTL_ATOMS);
    if (!vtl_may_end(L, &box->closed)) return 0;
    vtl_drop_systems(box);
    vt_atoms_destroy(box->atoms);
    box->atoms = NULL;
    return 0;
}

static int atoms_copy(lua_State *L) {
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    vtl_atoms *box = vtl_new_atoms(L);
    vt_error err = {0};
    vtl_set_atoms(L, box, vt_atoms_copy(atoms, &err), &err);
    vtl_copy_potential(L, 1);
    return 1;
}

static int atoms_length(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)vtl_check_atoms(L, 1)->count);
    return 1;
}

/* ---------------------------------------------------------------- potential ---- */

void vtl_push_atoms_potential(lua_State *L, int index) {
    vtl_check_atoms_box(L, index);
    lua_getiuservalue(L, index, VTL_ATOMS_POTENTIAL);
}

const vt_potential *vtl_check_atoms_potential(lua_State *L, int index) {
    vtl_push_atoms_potential(L, index);
    const vtl_shared_potential *shared = vtl_shared_of(L, -1);
    lua_pop(L, 1);
    if (shared == NULL)
        vtl_error(L, "these atoms have no potential; set one: glass.potential = "
                     "vt.potential.eam \"CuZr_mm.eam.fs\"");
    return shared->potential;
}

void vtl_copy_potential(lua_State *L, int index) {
    vtl_push_atoms_potential(L, index);
    lua_setiuservalue(L, -2, VTL_ATOMS_POTENTIAL);
}

static bool knows(const vt_potential *potential, const char *symbol) {
    for (int k = 0; k < vt_potential_species_count(potential); k++)
        if (strcmp(vt_potential_species(potential, k)->symbol, symbol) == 0) return true;
    return false;
}

/* Push "Cu, Zr". */
static const char *push_species_list(lua_State *L, const vt_potential *potential) {
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (int k = 0; k < vt_potential_species_count(potential); k++) {
        if (k > 0) luaL_addstring(&b, ", ");
        luaL_addstring(&b, vt_potential_species(potential, k)->symbol);
    }
    luaL_pushresult(&b);
    return lua_tostring(L, -1);
}

/* Push the file of a potential without its folders, or the name of the model. */
static const char *push_potential_label(lua_State *L, const vt_potential *potential) {
    const char *file = vt_potential_file(potential), *slash = strrchr(file, '/');
    if (file[0] == '\0') return lua_pushstring(L, vt_potential_name(potential));
    return lua_pushstring(L, slash != NULL ? slash + 1 : file);
}

static void refuse_species(lua_State *L, const vt_potential *potential, const vt_atoms *atoms,
                           int k) {
    vt_species_list list = vt_atoms_species(atoms);
    size_t count = list.atoms[list.of_type[k]];
    const char *label = push_potential_label(L, potential);
    vtl_error(L, "the potential %s is for %s and lacks %s, which these atoms have (%s)", label,
              push_species_list(L, potential), atoms->species[k].symbol,
              count > 0 ? lua_pushfstring(L, "%I atoms", (lua_Integer)count)
                        : "in their list of species only; glass:drop_species() removes it");
}

void vtl_require_species(lua_State *L, int index, const char *symbol) {
    vtl_push_atoms_potential(L, index);
    const vtl_shared_potential *shared = vtl_shared_of(L, -1);
    if (shared != NULL && !knows(shared->potential, symbol)) {
        const char *label = push_potential_label(L, shared->potential);
        vtl_error(L,
                  "the potential %s of these atoms is for %s and lacks %s; set another one or "
                  "nil first",
                  label, push_species_list(L, shared->potential), symbol);
    }
    lua_pop(L, 1);
}

void vtl_may_set_potential(lua_State *L, int index, int value) {
    const vt_atoms *atoms = vtl_check_atoms(L, index);
    vtl_require_idle(L, index, "glass.potential");
    if (lua_isnil(L, value)) return;
    const vtl_shared_potential *given = vtl_shared_of(L, value);
    if (given == NULL)
        vtl_error(L,
                  "glass.potential must be a potential (vt.potential.eam, vt.potential.lj) or "
                  "nil, got %s",
                  luaL_tolstring(L, value, NULL));
    for (int k = 0; k < atoms->species_count; k++)
        if (!knows(given->potential, atoms->species[k].symbol))
            refuse_species(L, given->potential, atoms, k);
}

void vtl_set_potential(lua_State *L, int index, int value) {
    vtl_drop_systems(vtl_check_atoms_box(L, index));
    lua_pushvalue(L, value);
    lua_setiuservalue(L, index, VTL_ATOMS_POTENTIAL);
}

/* ---------------------------------------------------------------- properties ---- */

static int atoms_index(lua_State *L) {
    luaL_checkudata(L, 1, VTL_ATOMS);
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    if (key != NULL && strcmp(key, "potential") == 0) {
        vtl_push_atoms_potential(L, 1);
        return 1;
    }
    if (vtl_push_method(L)) return 1;
    if (key == NULL)
        return vtl_error(L,
                         "atoms are not indexed by %s; glass:atom(i) gives atom i, "
                         "glass:positions() all of them",
                         luaL_typename(L, 2));
    /* Names of Lua's own, which tools look for, are absent rather than wrong. */
    if (strncmp(key, "__", 2) == 0) return 1;
    static const char *const PROPERTIES[] = {"potential", NULL};
    vtl_push_nearest_field(L, key, PROPERTIES);
    if (lua_isnil(L, -1))
        return vtl_error(L, "atoms have no field '%s'; glass:help() lists them", key);
    return vtl_error(L, "atoms have no field '%s'; did you mean '%s'?", key, lua_tostring(L, -1));
}

static int atoms_newindex(lua_State *L) {
    lua_settop(L, 3);
    vtl_check_atoms_box(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "potential") != 0)
        return vtl_error(L,
                         "only the field 'potential' of atoms can be set, not '%s'; methods "
                         "change the rest",
                         luaL_tolstring(L, 2, NULL));
    vtl_may_set_potential(L, 1, 3);
    vtl_set_potential(L, 1, 3);
    return 0;
}

/* ---------------------------------------------------------------- printing ---- */

/* "Cu64Zr36": percentages, whole where they are. */
static void add_formula(luaL_Buffer *b, const vt_atoms *atoms) {
    vt_species_list list = vt_atoms_species(atoms);
    int present = 0;
    for (int k = 0; k < list.count; k++) present += list.atoms[k] > 0;
    for (int k = 0; k < list.count; k++) {
        if (list.atoms[k] == 0) continue;
        char text[48];
        if (present == 1)
            snprintf(text, sizeof text, "%s", list.species[k].symbol);
        else
            snprintf(text, sizeof text, "%s%.4g", list.species[k].symbol,
                     100.0 * (double)list.atoms[k] / (double)atoms->count);
        luaL_addstring(b, text);
    }
    if (present == 0) luaL_addstring(b, "none");
}

static void add_box(luaL_Buffer *b, const vt_box *box) {
    char text[160];
    double lengths[3], angles[3];
    vt_box_shape(box, lengths, angles);
    snprintf(text, sizeof text, "%.2f x %.2f x %.2f A", lengths[0], lengths[1], lengths[2]);
    luaL_addstring(b, text);
    bool right = true;
    for (int k = 0; k < 3; k++) right = right && angles[k] > 89.995 && angles[k] < 90.005;
    if (!right) {
        snprintf(text, sizeof text, " (%.2f, %.2f, %.2f deg)", angles[0], angles[1], angles[2]);
        luaL_addstring(b, text);
    }
    if (!box->periodic[0] || !box->periodic[1] || !box->periodic[2]) {
        luaL_addstring(b, " free along");
        for (int k = 0; k < 3; k++)
            if (!box->periodic[k]) {
                snprintf(text, sizeof text, " %c", "abc"[k]);
                luaL_addstring(b, text);
            }
    }
}

static int atoms_tostring(lua_State *L) {
    vtl_atoms *box = luaL_checkudata(L, 1, VTL_ATOMS);
    vtl_refresh_atoms(box);
    const vt_atoms *atoms = box->atoms;
    if (atoms == NULL || box->closed) {
        lua_pushliteral(L, "Atoms (closed)");
        return 1;
    }
    vtl_push_atoms_potential(L, 1);
    const vtl_shared_potential *shared = vtl_shared_of(L, -1);
    const char *label = shared == NULL ? lua_pushliteral(L, "no potential")
                                       : push_potential_label(L, shared->potential);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addstring(&b, "Atoms: ");
    add_formula(&b, atoms);
    char text[48];
    snprintf(text, sizeof text, ", %zu atom%s, ", atoms->count, atoms->count == 1 ? "" : "s");
    luaL_addstring(&b, text);
    add_box(&b, &atoms->box);
    luaL_addstring(&b, ", ");
    luaL_addstring(&b, label);
    luaL_pushresult(&b);
    vtl_plain(L); /* names of species may come from any file */
    return 1;
}

/* ---------------------------------------------------------------- type ---- */

static const luaL_Reg METHODS[] = {{"close", atoms_close}, {"copy", atoms_copy}, {NULL, NULL}};

static const luaL_Reg META[] = {{"__gc", atoms_close},
                                {"__close", atoms_close},
                                {"__len", atoms_length},
                                {"__index", atoms_index},
                                {"__newindex", atoms_newindex},
                                {"__tostring", atoms_tostring},
                                {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"Atoms:close", "glass:close()",
     "Gives the memory back at once; later use of the atoms raises. Happens by itself when nothing "
     "refers to them any more.",
     NULL, NULL, "local glass <close> = vt.atoms.read \"glass.data\""},
    {"Atoms:copy", "glass:copy() -> Atoms", "A deep copy with the same potential.", NULL, NULL,
     "local before = glass:copy()"},
    {"Atoms.potential", "glass.potential = potential",
     "The potential of the atoms, or nil. Setting one checks that it knows every species.", NULL,
     NULL, "glass.potential = vt.potential.eam \"CuZr_mm.eam.fs\""},
    {0}};

VTL_OPENER(atoms) {
    vtl_atoms_build_defaults();
    vtl_atoms_curvature_defaults();
    vtl_new_type(L, VTL_ATOMS, METHODS, META);
    luaL_getmetatable(L, VTL_ATOMS);
    lua_getfield(L, -1, "methods"); /* vt mt methods */
    luaL_setfuncs(L, vtl_atoms_data_methods, 0);
    luaL_setfuncs(L, vtl_atoms_change_methods, 0);
    luaL_setfuncs(L, vtl_atoms_select_methods, 0);
    luaL_setfuncs(L, vtl_atoms_energy_methods, 0);
    luaL_setfuncs(L, vtl_atoms_curvature_methods, 0);
    lua_pop(L, 2);
    luaL_getsubtable(L, -1, "atoms");
    luaL_setfuncs(L, vtl_atoms_constructors, 0);
    lua_pop(L, 1);
    vtl_document(L, DOCS);
    vtl_document(L, vtl_atoms_data_docs);
    vtl_document(L, vtl_atoms_change_docs);
    vtl_document(L, vtl_atoms_select_docs);
    vtl_document(L, vtl_atoms_energy_docs);
    vtl_document(L, vtl_atoms_curvature_docs);
    vtl_document(L, vtl_atoms_constructor_docs);
}

/* Choosing atoms: select, delete, substitute, match. */
#include "l_atoms.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------- masks ---- */

static void mark_by_predicate(lua_State *L, int choice, bool *mark) {
    size_t count = vtl_check_atoms(L, 1)->count;
    for (size_t i = 0; i < count; i++) {
        lua_pushvalue(L, choice);
        lua_getfield(L, 1, "atom");
        lua_pushvalue(L, 1);
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_call(L, 2, 1);
        lua_call(L, 1, 1);
        mark[i] = lua_toboolean(L, -1) != 0;
        lua_pop(L, 1);
    }
}

static void mark_by_index(lua_State *L, int choice, bool *mark, const char *where) {
    size_t count = vtl_check_atoms(L, 1)->count;
    if (lua_istable(L, choice) && lua_rawlen(L, choice) == 0) {
        lua_pushnil(L);
        if (lua_next(L, choice) == 0) return; /* the empty list chooses nothing */
        vtl_error(L,
                  "%s: expected a list of atom numbers { 1, 5, 7 } or a function, got a table "
                  "with key '%s'",
                  where, luaL_tolstring(L, -2, NULL));
    }
    const vt_array *list = vtl_check_numbers(L, choice, 1, where);
    const double *index = list->data;
    for (int64_t k = 0; k < list->shape[0]; k++) {
        if (index[k] != floor(index[k]) || index[k] < 1 || index[k] > (double)count) {
            if (index[k] == floor(index[k]) && fabs(index[k]) < 1e15)
                lua_pushinteger(L, (lua_Integer)index[k]);
            else
                lua_pushnumber(L, index[k]);
            vtl_error(L, "%s: entry %I is %s; atoms are numbered 1 to %I%s", where,
                      (lua_Integer)k + 1, luaL_tolstring(L, -1, NULL), (lua_Integer)count,
                      index[k] == 0 ? " (for a mask give mask:find())" : "");
        }
        mark[(size_t)index[k] - 1] = true;
    }
}

/* Push scratch memory with one bool per atom, true for those that the function, table or array at
   `choice` names. */
static bool *push_marks(lua_State *L, int choice, const char *where) {
    size_t count = vtl_check_atoms(L, 1)->count;
    bool *mark = lua_newuserdatauv(L, count + 1, 0);
    memset(mark, 0, count + 1);
    if (lua_isfunction(L, choice))
        mark_by_predicate(L, choice, mark);
    else if (lua_istable(L, choice) || luaL_testudata(L, choice, VTL_ARRAY) != NULL)
        mark_by_index(L, choice, mark, where);
    else
        vtl_error(L, "%s: expected a function of an atom or a list of atom numbers, got %s", where,
                  luaL_tolstring(L, choice, NULL));
    return mark;
}

/* ---------------------------------------------------------------- methods ---- */

static int atoms_select(lua_State *L) {
    lua_settop(L, 2);
    vtl_check_atoms(L, 1);
    const bool *mark = push_marks(L, 2, "select");
    const vt_atoms *atoms = vtl_check_atoms(L, 1);
    int32_t *order = lua_newuserdatauv(L, (atoms->count + 1) * sizeof *order, 0);
    size_t chosen = 0;
    for (size_t i = 0; i < atoms->count; i++)
        if (mark[i]) order[chosen++] = (int32_t)i;
    vtl_atoms *box = vtl_new_atoms(L);
    vt_error err = {0};
    vtl_set_atoms(L, box, vt_atoms_permuted(atoms, order, chosen, &err), &err);
    vtl_copy_potential(L, 1);
    return 1;
}

static bool same_species(const vt_atoms *a, const vt_atoms *b) {
    bool same = a->species_count == b->species_count;
    for (int k = 0; same && k < a->species_count; k++)
        same = strcmp(a->species[k].symbol, b->species[k].symbol) == 0;
    return same;
}

/* Number the types of `atoms`, which match `reference` atom by atom, as it does; masses stay. Where
   a type of `reference` has atoms of several masses here, the types stay as well. */
static void adopt_species(vt_atoms *atoms, const vt_atoms *reference) {
    vt_species list[VT_MAX_SPECIES];
    bool taken[VT_MAX_SPECIES] = {false};
    memcpy(list, reference->species, sizeof list);
    for (int k = 0; k < reference->species_count; k++) {
        int own = vt_atoms_find_species(atoms, list[k].symbol);
        if (own >= 0) list[k].mass = atoms->species[own].mass;
    }
    for (size_t i = 0; i < atoms->count; i++) {
        int k = reference->type[i];
        double mass = atoms->species[atoms->type[i]].mass;
        if (taken[k] && list[k].mass != mass) return;
        list[k].mass = mass;
        taken[k] = true;
    }
    memcpy(atoms->species, list, sizeof list);
    atoms->species_count = reference->species_count;
    memcpy(atoms->type, reference->type, atoms->count * sizeof *atoms->type);
}

/* atoms:match(reference) -> atoms in the order of reference, the object itself when they are */
static int atoms_match(lua_State *L) {
    lua_settop(L, 2);
    const vt_atoms *atoms = vtl_check_atoms(L, 1), *reference = vtl_check_atoms(L, 2);
    int32_t *order = lua_newuserdatauv(L, (reference->count + 1) * sizeof *order, 0);
    vt_error err = {0};
    if (vt_failed(vt_atoms_match(atoms, reference, order, &err)))
        return vtl_error(L, "match: %s", err.msg);
    bool same = same_species(atoms, reference);
    for (size_t i = 0; same && i < reference->count; i++) same = order[i] == (int32_t)i;
    if (same) {
        lua_settop(L, 1);
        return 1;
    }
    vtl_atoms *box = vtl_new_atoms(L);
    vtl_set_atoms(L, box, vt_atoms_permuted(atoms, order, reference->count, &err), &err);
    adopt_species(box->atoms, reference);
    vtl_copy_potential(L, 1);
    return 1;
}

static int atoms_delete(lua_State *L) {
    lua_settop(L, 2);
    vtl_check_atoms(L, 1);
    bool *mark = push_marks(L, 2, "delete");
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    vtl_require_idle(L, 1, "Atoms:delete");
    for (size_t i = 0; i < atoms->count; i++) mark[i] = !mark[i];
    vt_error err = {0};
    if (vt_failed(vt_atoms_filter(atoms, mark, &err))) return vtl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

typedef struct {
    const char *from, *to;
    double fraction, mass;
    int64_t count;
    uint64_t seed;
} substitute_options;

static const substitute_options SUBSTITUTE_DEFAULTS = {.fraction = NAN, .mass = NAN, .seed = 1};

#define FIELD(name) offsetof(substitute_options, name)
static const vtl_option SUBSTITUTE[] = {
    {"from", VTL_STRING, FIELD(from), "-", "species to replace; without it any but 'to'", NULL},
    {"to", VTL_STRING, FIELD(to), "-", "species to put in", NULL},
    {"fraction", VTL_NONNEGATIVE, FIELD(fraction), "-",
     "part of those atoms, 0 to 1, rounded to a whole number", NULL},
    {"count", VTL_COUNT, FIELD(count), "-", "number of atoms, instead of fraction", NULL},
    {"atoms", VTL_VALUE, 0, "-", "exactly these atoms: a list of numbers or a function", NULL},
    {"seed", VTL_SEED, FIELD(seed), "-", "which atoms are chosen", NULL},
    {"mass", VTL_POSITIVE, FIELD(mass), "amu", "mass of 'to' when it is no element",
     VTL_RANGE(MASS)},
    {0}};
#undef FIELD

/* How many atoms fraction or count ask for. */
static size_t wanted(lua_State *L, const vt_atoms *atoms, const substitute_options *o, int from,
                     int to) {
    if (isnan(o->fraction) == (o->count == 0))
        vtl_error(L, "substitute: give one of fraction, count and atoms");
    if (o->count > 0) return (size_t)o->count;
    if (o->fraction > 1) {
        lua_pushnumber(L, o->fraction);
        vtl_error(L, "substitute: option 'fraction' must be 0 to 1, got %s",
                  luaL_tolstring(L, -1, NULL));
    }
    vt_species_list list = vt_atoms_species(atoms);
    size_t there = to < 0 ? 0 : list.atoms[list.of_type[to]];
    size_t candidates = from < 0 ? atoms->count - there : list.atoms[list.of_type[from]];
    return (size_t)llround(o->fraction * (double)candidates);
}

static int atoms_substitute(lua_State *L) {
    lua_settop(L, 2);
    substitute_options o = SUBSTITUTE_DEFAULTS;
    luaL_checktype(L, 2, LUA_TTABLE);
    vtl_options(L, 2, "substitute", SUBSTITUTE, &o);
    vtl_check_atoms(L, 1);
    if (o.to == NULL) return vtl_error(L, "substitute: option 'to' is missing, as in to = \"Zr\"");
    vtl_require_species(L, 1, o.to);
    const bool *mark = NULL;
    if (lua_getfield(L, 2, "atoms") != LUA_TNIL) {
        if (o.from != NULL || o.count != 0 || !isnan(o.fraction))
            return vtl_error(L, "substitute: 'atoms' says which; leave from, fraction, count away");
        mark = push_marks(L, 3, "substitute: atoms");
    }
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    int from = o.from != NULL ? vt_atoms_find_species(atoms, o.from) : -1;
    if (o.from != NULL && from < 0)
        return vtl_error(L, "substitute: these atoms have no species '%s'", o.from);
    /* The list of species must be as before when anything fails from here on. */
    vt_error err = {0};
    int before = atoms->species_count;
    int to = vt_atoms_find_species(atoms, o.to);
    size_t count = mark == NULL ? wanted(L, atoms, &o, from, to) : 0;
    to = vt_atoms_add_species(atoms, o.to, isnan(o.mass) ? 0 : o.mass, &err);
    if (to < 0) return vtl_raise(L, &err);
    if (mark != NULL) {
        vt_species_list list = vt_atoms_species(atoms);
        for (size_t i = 0; i < atoms->count; i++)
            if (mark[i] && list.of_type[atoms->type[i]] != list.of_type[to]) atoms->type[i] = to;
    } else if (vt_failed(vt_atoms_substitute(atoms, from, to, count, o.seed, &err))) {
        atoms->species_count = before;
        return vtl_raise(L, &err);
    }
    lua_settop(L, 1);
    return 1;
}

const luaL_Reg vtl_atoms_select_methods[] = {{"select", atoms_select},
                                             {"delete", atoms_delete},
                                             {"substitute", atoms_substitute},
                                             {"match", atoms_match},
                                             {NULL, NULL}};

const vtl_doc vtl_atoms_select_docs[] = {
    {"Atoms:select", "glass:select(choice) -> Atoms",
     "New atoms: those for which the function returns true (it receives the table of glass:atom), "
     "or those numbered in the list or array, in their own order, with their ids.",
     NULL, NULL, "local slab = glass:select(function(atom) return atom.z < 10 end)",
     "group; subset; select atoms; region; crop; filter", "Atoms:delete"},
    {"Atoms:delete", "glass:delete(choice) -> glass",
     "Removes the atoms for which the function returns true, or those numbered in the list or "
     "array. The others keep order and ids; views become stale.",
     NULL, NULL, "glass:delete{ 1, 5, 7 }", "remove atoms; vacancy; void; notch", "Atoms:select"},
    {"Atoms:substitute", "glass:substitute(options) -> glass",
     "Makes atoms into another species: a fraction or a count chosen at random by seed, or given "
     "ones.",
     SUBSTITUTE, &SUBSTITUTE_DEFAULTS,
     "glass:substitute{ from = \"Cu\", to = \"Al\", fraction = 0.1, seed = 7 }",
     "doping; alloying; change the composition; solid solution; random alloy; swap atoms",
     "Atoms:composition"},
    {"Atoms:match", "glass:match(reference) -> Atoms",
     "The same atoms in the order of reference, found by their ids: glass itself when it is in "
     "that "
     "order already, else new atoms. Raises unless both hold the same ids with the same species.",
     NULL, NULL, "local after = vt.atoms.read \"after.xyz\":match(before)",
     "sort by id; order of atoms"},
    {0}};

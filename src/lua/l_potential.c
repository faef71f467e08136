/* The Potential userdata and its constructors. Potentials are immutable and shared, so they have
   no close(): they go when the last atoms, run or variable that needs them is gone. */
#include "l_atoms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VITRUM_DATA_DIR
#error "VITRUM_DATA_DIR is set by the build"
#endif

/* ---------------------------------------------------------------- life ---- */

void vtl_potential_retain(vtl_shared_potential *shared) {
    if (shared != NULL) shared->holders++;
}

void vtl_potential_release(vtl_shared_potential *shared) {
    if (shared == NULL || --shared->holders > 0) return;
    vt_potential_destroy(shared->potential);
    vt_free(shared);
}

vtl_potential *vtl_new_potential(lua_State *L) {
    vtl_potential *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->shared = NULL;
    luaL_setmetatable(L, VTL_POTENTIAL);
    vt_error err = {0};
    vtl_shared_potential *shared = vt_alloc(1, sizeof *shared);
    if (shared == NULL) {
        vt_fail_memory(&err, 1, sizeof *shared, "a potential");
        vtl_raise(L, &err);
    } else {
        shared->holders = 1;
        box->shared = shared;
    }
    return box;
}

void vtl_complete_potential(lua_State *L, vtl_potential *box, vt_potential *potential,
                            const vt_error *err) {
    if (potential == NULL) vtl_raise(L, err);
    box->shared->potential = potential;
}

vtl_shared_potential *vtl_shared_of(lua_State *L, int index) {
    const vtl_potential *box = luaL_testudata(L, index, VTL_POTENTIAL);
    return box != NULL && box->shared != NULL && box->shared->potential != NULL ? box->shared
                                                                                : NULL;
}

const vt_potential *vtl_check_potential(lua_State *L, int index) {
    vtl_potential *box = luaL_checkudata(L, index, VTL_POTENTIAL);
    if (box->shared == NULL || box->shared->potential == NULL)
        vtl_error(L, "this potential was never completed");
    return box->shared->potential;
}

static int potential_gc(lua_State *L) {
    vtl_potential *box = luaL_checkudata(L, 1, VTL_POTENTIAL);
    if (!vtl_collected(L)) return 0; /* called by hand: others may share it */
    vtl_potential_release(box->shared);
    box->shared = NULL;
    return 0;
}

/* `local p <close> = ...` is allowed, but others may share the potential: nothing ends here. */
static int potential_leave(lua_State *L) {
    luaL_checkudata(L, 1, VTL_POTENTIAL);
    return 0;
}

/* ---------------------------------------------------------------- properties ---- */

static void push_species(lua_State *L, const vt_potential *p) {
    int count = vt_potential_species_count(p);
    lua_createtable(L, count, 0);
    for (int k = 0; k < count; k++) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, vt_potential_species(p, k)->symbol);
        lua_setfield(L, -2, "symbol");
        lua_pushnumber(L, vt_potential_species(p, k)->mass);
        lua_setfield(L, -2, "mass");
        lua_rawseti(L, -2, k + 1);
    }
}

static int potential_index(lua_State *L) {
    static const char *const FIELDS[] = {"name", "file",     "sha256", "cutoff", "species",
                                         "note", "citation", "taper",  "jump"};
    const vt_potential *p = vtl_check_potential(L, 1);
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "name") == 0) {
        lua_pushstring(L, vt_potential_name(p));
    } else if (strcmp(key, "file") == 0) {
        lua_pushstring(L, vt_potential_file(p));
    } else if (strcmp(key, "sha256") == 0) {
        lua_pushstring(L, vt_potential_sha256(p));
    } else if (strcmp(key, "cutoff") == 0) {
        lua_pushnumber(L, vt_potential_cutoff(p));
    } else if (strcmp(key, "species") == 0) {
        push_species(L, p);
    } else if (strcmp(key, "note") == 0) {
        lua_pushstring(L, vt_potential_note(p));
    } else if (strcmp(key, "citation") == 0) {
        lua_pushstring(L, vt_potential_citation(p));
    } else if (strcmp(key, "taper") == 0) {
        lua_pushnumber(L, vt_potential_taper(p));
    } else if (strcmp(key, "jump") == 0) {
        lua_pushnumber(L, vt_potential_jump(p));
    } else {
        if (vtl_push_method(L) || strncmp(key, "__", 2) == 0) return 1;
        const char *near = vtl_nearest(key, FIELDS, sizeof FIELDS / sizeof *FIELDS, sizeof *FIELDS);
        return vtl_error(L, "a potential has no field '%s'; it has %s", luaL_tolstring(L, 2, NULL),
                         near != NULL ? near
                                      : "name, file, sha256, cutoff, species, note, citation, "
                                        "taper, jump");
    }
    return 1;
}

static int potential_newindex(lua_State *L) {
    return vtl_error(L, "a potential cannot be changed; make another one");
}

static int potential_tostring(lua_State *L) {
    const vt_potential *p = vtl_check_potential(L, 1);
    char cutoff[96];
    int length = snprintf(cutoff, sizeof cutoff, ", cutoff %.4g A", vt_potential_cutoff(p));
    if (vt_potential_taper(p) > 0)
        snprintf(cutoff + length, sizeof cutoff - (size_t)length, ", taper %.4g A",
                 vt_potential_taper(p));
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addstring(&b, "Potential: ");
    luaL_addstring(&b, vt_potential_name(p));
    luaL_addstring(&b, " for ");
    int count = vt_potential_species_count(p), shown = count > 12 ? 3 : count;
    for (int k = 0; k < shown; k++) {
        if (k > 0) luaL_addstring(&b, ", ");
        luaL_addstring(&b, vt_potential_species(p, k)->symbol);
    }
    if (shown < count) {
        lua_pushfstring(L, ", ... (%d species)", count);
        luaL_addvalue(&b);
    }
    luaL_addstring(&b, cutoff);
    if (vt_potential_file(p)[0] != '\0') {
        luaL_addstring(&b, ", ");
        luaL_addstring(&b, vt_potential_file(p));
    }
    if (vt_potential_citation(p)[0] != '\0') {
        luaL_addstring(&b, "\n  cite ");
        luaL_addstring(&b, vt_potential_citation(p));
    }
    luaL_pushresult(&b);
    return 1;
}

/* ---------------------------------------------------------------- search ---- */

/* Append the folders of a colon-separated list to the table on top of the stack. */
static void add_folders(lua_State *L, const char *list) {
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ":");
        if (length > 0) {
            lua_pushlstring(L, list, length);
            lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        }
        list += length + (list[length] == ':');
    }
}

static void push_folders(lua_State *L) {
    lua_newtable(L);
    add_folders(L, getenv("VITRUM_POTENTIALS"));
    add_folders(L, VITRUM_DATA_DIR "/potentials");
    add_folders(L, getenv("LAMMPS_POTENTIALS"));
    add_folders(L, "/usr/share/lammps/potentials");
}

static int potential_path(lua_State *L) {
    push_folders(L);
    return 1;
}

const char *vtl_push_found(lua_State *L, const char *where, const char *name) {
    if (access(name, R_OK) == 0) return lua_pushstring(L, name);
    luaL_Buffer b;
    push_folders(L);
    int folders = lua_gettop(L);
    lua_Integer count = (lua_Integer)lua_rawlen(L, folders);
    for (lua_Integer k = 1; k <= count && name[0] != '/'; k++) {
        lua_rawgeti(L, folders, k);
        const char *path = lua_pushfstring(L, "%s/%s", lua_tostring(L, -1), name);
        if (access(path, R_OK) == 0) return path;
        lua_pop(L, 2);
    }
    luaL_buffinit(L, &b);
    luaL_addstring(&b, name[0] == '/' ? "" : "the current folder");
    for (lua_Integer k = 1; k <= count && name[0] != '/'; k++) {
        luaL_addstring(&b, ", ");
        lua_rawgeti(L, folders, k);
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    if (name[0] == '/') vtl_error(L, "%s: there is no readable file '%s'", where, name);
    vtl_error(L,
              "%s: found no potential file '%s'; looked in %s. Give a path, add a folder to "
              "VITRUM_POTENTIALS, or install the Debian package lammps-data",
              where, name, lua_tostring(L, -1));
    return NULL;
}

/* ---------------------------------------------------------------- constructors ---- */

static const vtl_option EAM[] = {
    {"file", VTL_NAMES, 0, "-",
     "setfl or funcfl file, or a list of funcfl files to mix; sought as given, in "
     "$VITRUM_POTENTIALS, in vitrum's folder, in LAMMPS's",
     NULL},
    {"taper", VTL_NONNEGATIVE, offsetof(vt_eam_options, taper), "A",
     "multiply pair functions and densities by a smooth switch over this length before the "
     "cutoff, so that forces and their derivatives end there without a jump; 0 for the functions "
     "of the file as they are",
     NULL},
    {0}};
static vt_eam_options eam_defaults;

/* A file, or a list of files, given as the argument or as its option 'file': leave a list at 2.
   Options may follow the files. */
static void push_file_list(lua_State *L, vt_eam_options *options) {
    if (lua_gettop(L) > 2)
        vtl_error(L, "potential.eam: argument 3 is one too many: %s", luaL_tolstring(L, 3, NULL));
    if (lua_gettop(L) > 1 && !lua_istable(L, 2) && !lua_isnil(L, 2))
        vtl_error(L,
                  "potential.eam: argument 2 must be a table of options, got %s; give files to mix "
                  "as a list, { \"a.eam\", \"b.eam\" } (precision is an option of vt.md)",
                  luaL_tolstring(L, 2, NULL));
    if (lua_type(L, 1) == LUA_TSTRING || (lua_istable(L, 1) && lua_rawlen(L, 1) > 0)) {
        /* The file is the first argument. */
        vtl_options(L, 2, "potential.eam", EAM + 1, options);
        lua_settop(L, 1);
        lua_pushvalue(L, 1);
    } else {
        if (!lua_isnoneornil(L, 2))
            vtl_error(L, "potential.eam: argument 2 is one too many: give all options in one table "
                         "or behind the file, as in vt.potential.eam(\"CuZr_mm.eam.fs\", { taper "
                         "= 0.3 })");
        lua_settop(L, 1);
        vtl_options(L, 1, "potential.eam", EAM, options);
        if (lua_isnoneornil(L, 1) || lua_getfield(L, 1, "file") == LUA_TNIL)
            vtl_error(L, "potential.eam: option 'file' is missing, as in vt.potential.eam "
                         "\"CuZr_mm.eam.fs\"");
    }
    if (lua_type(L, 2) == LUA_TSTRING) {
        lua_createtable(L, 1, 0);
        lua_insert(L, 2);
        lua_rawseti(L, 2, 1);
    }
    if (!lua_istable(L, 2) || lua_rawlen(L, 2) < 1)
        vtl_error(L, "potential.eam: option 'file' must be a file or a list of files, got %s",
                  luaL_tolstring(L, 2, NULL));
    lua_Integer count = (lua_Integer)lua_rawlen(L, 2);
    for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
        if (!lua_isinteger(L, 3) || lua_tointeger(L, 3) < 1 || lua_tointeger(L, 3) > count)
            vtl_error(L, "potential.eam: a list of files has no entry '%s'",
                      luaL_tolstring(L, 3, NULL));
        if (lua_type(L, 4) != LUA_TSTRING)
            vtl_error(L, "potential.eam: entry %I of the list of files is %s; expected a name",
                      lua_tointeger(L, 3), luaL_tolstring(L, 4, NULL));
        vtl_check_path(L, 4);
    }
}

/* vt.potential.eam "CuZr_mm.eam.fs", vt.potential.eam{ "Cu_u3.eam", "Ag_u3.eam" },
   vt.potential.eam{ file = ... }, vt.potential.eam("CuZr_mm.eam.fs", { taper = ... }) */
static int build_eam(lua_State *L) {
    vt_eam_options options = eam_defaults;
    push_file_list(L, &options);
    size_t count = lua_rawlen(L, 2);
    const char **paths = lua_newuserdatauv(L, count * sizeof *paths, 0);
    lua_newtable(L); /* keeps what `paths` points at */
    for (size_t k = 0; k < count; k++) {
        lua_rawgeti(L, 2, (lua_Integer)k + 1);
        paths[k] = vtl_push_found(L, "potential.eam", lua_tostring(L, -1));
        lua_rawseti(L, 4, (lua_Integer)k + 1);
        lua_settop(L, 4);
    }
    vtl_potential *box = vtl_new_potential(L);
    vt_error err = {0};
    vtl_complete_potential(L, box, vt_potential_eam_mix(paths, count, &options, &err), &err);
    const vt_potential *p = box->shared->potential;
    if (vt_potential_note(p)[0] != '\0')
        vtl_warn(L, lua_pushfstring(L, "%s: %s", vt_potential_file(p), vt_potential_note(p)));
    lua_settop(L, 5);
    return 1;
}

typedef struct {
    int truncation;
} lj_options;

static const char *const TRUNCATIONS[] = {"cut", "shifted", "force_shifted", NULL};
static const lj_options LJ_DEFAULTS = {VT_LJ_SHIFTED};

static const vtl_option LJ[] = {
    {"species", VTL_NAMES, 0, "-", "a symbol or a list of them: { \"A\", \"B\" }", NULL},
    {"epsilon", VTL_BY_SPECIES, 0, "eV",
     "depth of the well: one number, one per species (mixed by the geometric mean) or a symmetric "
     "table of pairs",
     VTL_RANGE(ENERGY)},
    {"sigma", VTL_BY_SPECIES, 0, "A",
     "zero of the energy: one number, one per species (mixed by the arithmetic mean) or a "
     "symmetric table of pairs",
     VTL_RANGE(DISTANCE)},
    {"cutoff", VTL_BY_SPECIES, 0, "A",
     "one number or a table of pairs; 2.5 sigma of the pair unless given", VTL_RANGE(DISTANCE)},
    {"masses", VTL_BY_SPECIES, 0, "amu", "one per species; an element's own unless given",
     VTL_RANGE(MASS)},
    {"truncation", VTL_CHOICE, offsetof(lj_options, truncation), "-",
     "how the energy ends at the cutoff", TRUNCATIONS},
    {0}};

typedef double pair_table[VT_MAX_SPECIES][VT_MAX_SPECIES];

static double number_at(lua_State *L, int index, const char *key, const vt_range *range) {
    if (lua_type(L, index) != LUA_TNUMBER)
        vtl_error(L, "potential.lj: option '%s' holds %s where a number must be", key,
                  luaL_tolstring(L, index, NULL));
    double value = lua_tonumber(L, index);
    const char *what = lua_pushfstring(L, "option '%s'", key);
    if (isfinite(value)) vtl_check_range(L, "potential.lj", what, range, value);
    lua_pop(L, 1);
    return value;
}

static void check_length(lua_State *L, int index, const char *key, int n) {
    if (!lua_istable(L, index) || (int)lua_rawlen(L, index) != n)
        vtl_error(L, "potential.lj: option '%s' must be a number or have %d entries (species)", key,
                  n);
}

/* Read the option `key` of the table at 1 for n species into `pair`; false when it is absent.
   A list with one number per species is mixed by the geometric or the arithmetic mean. */
static bool read_pairs(lua_State *L, const char *key, int n, const vt_range *range, vt_lj_mean mean,
                       pair_table pair) {
    int top = lua_gettop(L), value = top + 1;
    if (lua_getfield(L, 1, key) == LUA_TNIL) {
        lua_settop(L, top);
        return false;
    }
    if (lua_type(L, value) == LUA_TNUMBER) {
        double all = number_at(L, value, key, range);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) pair[i][j] = all;
    } else {
        check_length(L, value, key, n);
        lua_rawgeti(L, value, 1);
        bool table = lua_istable(L, -1);
        for (int i = 0; i < n; i++) {
            lua_rawgeti(L, value, i + 1);
            if (table) {
                check_length(L, lua_gettop(L), key, n);
                for (int j = 0; j < n; j++) {
                    lua_rawgeti(L, -1, j + 1);
                    pair[i][j] = number_at(L, lua_gettop(L), key, range);
                    lua_pop(L, 1);
                }
            } else {
                pair[i][i] = number_at(L, lua_gettop(L), key, range);
            }
            lua_pop(L, 1);
        }
        if (!table) vt_lj_mix(pair, n, mean);
    }
    lua_settop(L, top);
    return true;
}

static void read_lj_species(lua_State *L, vt_lj_options *lj) {
    int top = lua_gettop(L), list = top + 1;
    if (lua_getfield(L, 1, "species") == LUA_TSTRING) {
        lua_createtable(L, 1, 0);
        lua_insert(L, list);
        lua_rawseti(L, list, 1);
    }
    if (!lua_istable(L, list) || lua_rawlen(L, list) < 1 || lua_rawlen(L, list) > VT_MAX_SPECIES)
        vtl_error(L,
                  "potential.lj: option 'species' must be a symbol or a list of up to %d, as in "
                  "{ \"A\", \"B\" }",
                  VT_MAX_SPECIES);
    lj->species_count = (int)lua_rawlen(L, list);
    bool masses = lua_getfield(L, 1, "masses") != LUA_TNIL;
    if (masses) check_length(L, list + 1, "masses", lj->species_count);
    for (int k = 0; k < lj->species_count; k++) {
        lua_rawgeti(L, list, k + 1);
        const char *symbol = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        if (!vt_is_species_name(symbol))
            vtl_error(L,
                      "potential.lj: species %d is %s; expected a name of up to %d characters, the "
                      "first a letter",
                      k + 1, luaL_tolstring(L, -1, NULL), VT_SYMBOL_SIZE - 1);
        strcpy(lj->species[k].symbol, symbol);
        lj->species[k].mass = vt_element_mass(symbol);
        if (masses) {
            lua_rawgeti(L, list + 1, k + 1);
            lj->species[k].mass = number_at(L, lua_gettop(L), "masses", VTL_RANGE(MASS));
        }
        if (lj->species[k].mass == 0)
            vtl_error(L, "potential.lj: '%s' is no element; give masses = { ... } [amu]", symbol);
    }
    lua_settop(L, top);
}

static int build_lj(lua_State *L) {
    lj_options o = LJ_DEFAULTS;
    /* 24 kB of pair tables: kept in a userdata rather than on the stack of C. */
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    vtl_options(L, 1, "potential.lj", LJ, &o);
    vt_lj_options *lj = lua_newuserdatauv(L, sizeof *lj, 0);
    memset(lj, 0, sizeof *lj);
    lj->truncation = (vt_lj_truncation)o.truncation;
    read_lj_species(L, lj);
    int n = lj->species_count;
    if (!read_pairs(L, "epsilon", n, VTL_RANGE(ENERGY), VT_LJ_GEOMETRIC, lj->epsilon))
        return vtl_error(L, "potential.lj: option 'epsilon' [eV] is missing");
    if (!read_pairs(L, "sigma", n, VTL_RANGE(DISTANCE), VT_LJ_ARITHMETIC, lj->sigma))
        return vtl_error(L, "potential.lj: option 'sigma' [A] is missing");
    if (!read_pairs(L, "cutoff", n, VTL_RANGE(DISTANCE), VT_LJ_ARITHMETIC, lj->cutoff))
        vt_lj_usual_cutoffs(lj);
    vtl_potential *box = vtl_new_potential(L);
    vt_error err = {0};
    vtl_complete_potential(L, box, vt_potential_lj_create(lj, &err), &err);
    return 1;
}

typedef struct {
    double epsilon, sigma, mass;
    int truncation;
} mixture_options;

/* Argon, as in Kob and Andersen's paper: 120 K k_B, 3.4 A. */
static const mixture_options MIXTURE_DEFAULTS = {0.01034, 3.4, 39.95, VT_LJ_SHIFTED};

#define FIELD(name) offsetof(mixture_options, name)
static const vtl_option MIXTURE[] = {
    {"epsilon", VTL_POSITIVE, FIELD(epsilon), "eV", "depth of the A-A well", VTL_RANGE(ENERGY)},
    {"sigma", VTL_POSITIVE, FIELD(sigma), "A", "zero of the A-A energy", VTL_RANGE(DISTANCE)},
    {"mass", VTL_POSITIVE, FIELD(mass), "amu", "of A", VTL_RANGE(MASS)},
    {"truncation", VTL_CHOICE, FIELD(truncation), "-", "how the energy ends at the cutoff",
     TRUNCATIONS},
    {0}};
#undef FIELD

static int build_mixture(lua_State *L, const char *where,
                         vt_lj_options (*mixture)(double, double, double)) {
    mixture_options o = MIXTURE_DEFAULTS;
    vtl_options(L, 1, where, MIXTURE, &o);
    vtl_potential *box = vtl_new_potential(L);
    vt_lj_options lj = mixture(o.epsilon, o.sigma, o.mass);
    lj.truncation = (vt_lj_truncation)o.truncation;
    vt_error err = {0};
    vtl_complete_potential(L, box, vt_potential_lj_create(&lj, &err), &err);
    return 1;
}

static int build_kob_andersen(lua_State *L) {
    return build_mixture(L, "potential.kob_andersen", vt_lj_kob_andersen);
}

static int build_wahnstroem(lua_State *L) {
    return build_mixture(L, "potential.wahnstroem", vt_lj_wahnstroem);
}

/* ---------------------------------------------------------------- type ---- */

static const luaL_Reg METHODS[] = {{NULL, NULL}};
static const luaL_Reg META[] = {{"__gc", potential_gc},
                                {"__close", potential_leave},
                                {"__index", potential_index},
                                {"__newindex", potential_newindex},
                                {"__tostring", potential_tostring},
                                {NULL, NULL}};

static const luaL_Reg CONSTRUCTORS[] = {{"eam", build_eam},
                                        {"lj", build_lj},
                                        {"kob_andersen", build_kob_andersen},
                                        {"wahnstroem", build_wahnstroem},
                                        {"path", potential_path},
                                        {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"potential.eam",
     "vt.potential.eam(file, [options]) or vt.potential.eam({ file, file, ... }, [options]) or "
     "vt.potential.eam{ file = } -> Potential",
     "Embedded-atom potential from a setfl file (eam/alloy, eam/fs) or a funcfl file (eam, as "
     "Cu_u3.eam); several funcfl files are mixed as LAMMPS mixes them. Energies are LAMMPS's. "
     "Functions that end with a jump, as those of ZrCuAl2011.eam.alloy do, keep a minimization "
     "from "
     "reaching small forces; a taper of 0.3 A mends that and changes energies by some 1e-5 eV per "
     "atom. Fields of a potential: name, file, sha256, cutoff [A], species, note (what of the file "
     "was left out, \"\" if nothing), citation (\"\" if it does not know), taper [A], "
     "jump (force that ends at the cutoff, about, 0 where not known) [eV/A].",
     EAM, &eam_defaults,
     "glass.potential = vt.potential.eam \"CuZr_mm.eam.fs\"\n"
     "local mixed = vt.potential.eam{ \"Cu_u3.eam\", \"Ag_u3.eam\" }\n"
     "local smooth = vt.potential.eam(\"ZrCuAl2011.eam.alloy\", { taper = 0.3 })",
     "embedded atom; eam/alloy; eam/fs; Finnis-Sinclair; setfl; funcfl; pair_style; interatomic "
     "potential; force field; Mendelev",
     "potential.path; potential.kim"},
    {"potential.lj", "vt.potential.lj(options) -> Potential", "Lennard-Jones mixture.", LJ,
     &LJ_DEFAULTS,
     "local argon = vt.potential.lj{ species = \"Ar\", epsilon = 0.01034, sigma = 3.4 }",
     "Lennard-Jones; pair_style; model glass; binary mixture",
     "potential.kob_andersen; potential.wahnstroem"},
    {"potential.kob_andersen", "vt.potential.kob_andersen([options]) -> Potential",
     "The glass former of Kob and Andersen, Phys. Rev. E 51, 4626 (1995): species A and B, 80:20, "
     "number density 1.2/sigma^3.",
     MIXTURE, &MIXTURE_DEFAULTS, "local ka = vt.potential.kob_andersen()",
     "binary mixture; model glass; binary Lennard-Jones", "potential.lj"},
    {"potential.wahnstroem", "vt.potential.wahnstroem([options]) -> Potential",
     "The glass former of Wahnstroem, Phys. Rev. A 44, 3752 (1991): species A and B, 50:50.",
     MIXTURE, &MIXTURE_DEFAULTS, "local w = vt.potential.wahnstroem()",
     "Wahnström; binary mixture; model glass; binary Lennard-Jones", "potential.lj"},
    {"potential.path", "vt.potential.path() -> table",
     "Folders in which potential files are sought, in their order, after the path as given.", NULL,
     NULL, "print(table.concat(vt.potential.path(), \"\\n\"))", "potential files", "potential.eam"},
    {0}};

VTL_OPENER(potential) {
    eam_defaults = vt_eam_defaults();
    vtl_new_type(L, VTL_POTENTIAL, METHODS, META);
    luaL_getsubtable(L, -1, "potential");
    luaL_setfuncs(L, CONSTRUCTORS, 0);
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}

/* Atoms:save. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "l_atoms.h"
#include "vitrum/io.h"
#include "vitrum/units.h"

#define FRAME "vitrum.Frame"

/* ---------------------------------------------------------------- Lua to values ---- */

/* Frames hold numbers as doubles; a whole number must not change on the way to the file. */
static const double EXACT = 9007199254740992.0; /* 2^53 */

static void check_exact(lua_State *L, const char *what, double value) {
    if (fabs(value) <= EXACT) return;
    vtl_error(L,
              "Atoms:save: %s holds the whole number %f; those beyond 2^53 are not exact here, so "
              "give them as text or as floating-point numbers, columns as an array of int64",
              what, value);
}

/* Fill a column from the array or list at the top of the stack. */
static void add_column(lua_State *L, vt_frame *frame, const char *name) {
    vt_error err = {0};
    size_t count = frame->atoms->count;
    bool text = false;
    if (lua_istable(L, -1) && lua_rawgeti(L, -1, 1) == LUA_TSTRING) text = true;
    if (lua_istable(L, -2) && !text) lua_pop(L, 1);
    if (text) {
        lua_pop(L, 1);
        size_t size = 0;
        for (size_t i = 0; i < count; i++) {
            if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
                luaL_error(L, "Atoms:save: entry %d of column '%s' must be a string, got %s",
                           (int)i + 1, name, luaL_typename(L, -1));
            size += lua_rawlen(L, -1) + 1;
            lua_pop(L, 1);
        }
        if (lua_rawlen(L, -1) != count)
            luaL_error(L, "Atoms:save: column '%s' has %d entries for %d atoms", name,
                       (int)lua_rawlen(L, -1), (int)count);
        vt_values *v = vt_frame_add_column(frame, name, VT_VALUE_TEXT, 1, size, &err);
        if (v == NULL) vtl_raise(L, &err);
        char *to = v->text;
        for (size_t i = 0; i < count; i++) {
            lua_rawgeti(L, -1, (lua_Integer)i + 1);
            const char *from = lua_tostring(L, -1);
            size_t n = strlen(from) + 1;
            memcpy(to, from, n);
            to += n;
            lua_pop(L, 1);
        }
        return;
    }
    bool integer = false;
    int column = lua_gettop(L);
    if (luaL_testudata(L, -1, VTL_ARRAY) != NULL) {
        vt_dtype dtype = vtl_check_array(L, column)->dtype;
        integer = dtype == VT_INT32 || dtype == VT_INT64;
    }
    char what[80];
    snprintf(what, sizeof what, "column '%.40s'", name);
    lua_pushvalue(L, column); /* which stays as it is */
    const vt_array *array = vtl_check_numbers(L, column + 1, -1, what);
    if (array->ndim < 1 || array->ndim > 2 || array->shape[0] != (int64_t)count)
        luaL_error(L, "Atoms:save: column '%s' must have one row for each of the %d atoms, got %s",
                   name, (int)count, luaL_tolstring(L, -1, NULL));
    size_t columns = array->ndim == 2 ? (size_t)array->shape[1] : 1;
    bool exact = true;
    for (size_t k = 0; integer && k < count * columns && exact; k++)
        exact = fabs(((const double *)array->data)[k]) < EXACT;
    const vt_array *whole = NULL;
    if (!exact) { /* as they were, to the digit */
        whole = vtl_new_array(L, VT_INT64, array->ndim, array->shape);
        if (vt_failed(vt_array_copy(whole, vtl_check_array(L, column), &err))) vtl_raise(L, &err);
    }
    vt_values *v = vt_frame_add_column(frame, name, integer ? VT_VALUE_INTEGER : VT_VALUE_REAL,
                                       columns, 0, &err);
    if (v == NULL) vtl_raise(L, &err);
    memcpy(v->number, array->data, count * columns * sizeof(double));
    if (whole == NULL) return;
    if (vt_failed(vt_frame_add_whole(v, &err))) vtl_raise(L, &err);
    memcpy(v->whole, whole->data, count * columns * sizeof *v->whole);
}

/* Keys of the table at `index` in the order of the alphabet, as a list on top of the stack: files
   must not depend on the order in which Lua walks a table. */
static int push_sorted_keys(lua_State *L, int index, const char *what) {
    lua_newtable(L);
    int count = 0;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "Atoms:save: %s are named (name = value), got an entry with key %s", what,
                       luaL_tolstring(L, -1, NULL));
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, ++count);
    }
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_remove(L, -2);
    lua_pushvalue(L, -2);
    lua_call(L, 1, 0);
    return count;
}

/* Read option `columns` of the options at 3 into `frame`. */
static void read_columns(lua_State *L, vt_frame *frame) {
    if (lua_getfield(L, 3, "columns") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1))
        luaL_error(L, "Atoms:save: option 'columns' must be a table { name = array }, got %s",
                   luaL_typename(L, -1));
    int table = lua_gettop(L);
    int count = push_sorted_keys(L, table, "columns");
    for (int k = 1; k <= count; k++) {
        lua_rawgeti(L, table + 1, k);
        const char *name = luaL_checkstring(L, -1);
        lua_getfield(L, table, name);
        add_column(L, frame, name);
        lua_settop(L, table + 1);
    }
    lua_settop(L, table - 1);
}

static void read_stress(lua_State *L, vt_frame *frame) {
    if (!lua_istable(L, -1))
        luaL_error(L,
                   "Atoms:save: info.stress must be a table { xx =, yy =, zz =, yz =, xz =, xy = "
                   "} in GPa, got %s",
                   luaL_typename(L, -1));
    for (int k = 0; k < 6; k++) {
        if (lua_getfield(L, -1, vt_tensor_name(k)) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_rawgeti(L, -1, k + 1);
        }
        if (lua_type(L, -1) != LUA_TNUMBER)
            luaL_error(L, "Atoms:save: info.stress.%s must be a number [GPa], got %s",
                       vt_tensor_name(k), luaL_typename(L, -1));
        frame->stress[k] = lua_tonumber(L, -1) / VT_GPA;
        lua_pop(L, 1);
    }
    frame->has_stress = true;
}

/* An entry of option `info`, the value on top of the stack. */
static void add_info(lua_State *L, vt_frame *frame, const char *name) {
    char what[80];
    vt_error err = {0};
    vt_values *v = NULL;
    int type = lua_type(L, -1);
    if (strcmp(name, "columns") == 0 || strcmp(name, "comment") == 0) return;
    if (strcmp(name, "stress") == 0) {
        read_stress(L, frame);
        return;
    }
    if (strcmp(name, "timestep") == 0 && lua_isinteger(L, -1)) {
        frame->has_timestep = true;
        frame->timestep = lua_tointeger(L, -1);
        return;
    }
    bool is_time = strcmp(name, "time") == 0, is_energy = strcmp(name, "energy") == 0;
    if ((is_time || is_energy) && type == LUA_TNUMBER) {
        *(is_time ? &frame->has_time : &frame->has_energy) = true;
        *(is_time ? &frame->time : &frame->energy) = lua_tonumber(L, -1);
        return;
    }
    if (type == LUA_TSTRING) {
        size_t size = strlen(lua_tostring(L, -1)) + 1;
        v = vt_frame_add_info(frame, name, VT_VALUE_TEXT, 0, 1, size, &err);
        if (v != NULL) memcpy(v->text, lua_tostring(L, -1), size);
    } else if (type == LUA_TBOOLEAN || type == LUA_TNUMBER) {
        vt_value_kind kind = type == LUA_TBOOLEAN   ? VT_VALUE_LOGICAL
                             : lua_isinteger(L, -1) ? VT_VALUE_INTEGER
                                                    : VT_VALUE_REAL;
        if (kind == VT_VALUE_INTEGER) {
            snprintf(what, sizeof what, "info.%.60s", name);
            check_exact(L, what, (double)lua_tointeger(L, -1));
        }
        v = vt_frame_add_info(frame, name, kind, 0, 1, 0, &err);
        if (v != NULL)
            v->number[0] = type == LUA_TBOOLEAN ? lua_toboolean(L, -1) : lua_tonumber(L, -1);
    } else {
        snprintf(what, sizeof what, "info.%.60s", name);
        const vt_array *a = vtl_check_numbers(L, lua_gettop(L), -1, what);
        if (a->ndim < 1 || a->ndim > 2)
            luaL_error(L,
                       "Atoms:save: info.%s must be a number, a string, true or false, a list "
                       "or a matrix",
                       name);
        size_t rows = a->ndim == 2 ? (size_t)a->shape[0] : 0;
        size_t columns = (size_t)a->shape[a->ndim - 1];
        v = vt_frame_add_info(frame, name, VT_VALUE_REAL, rows, columns, 0, &err);
        if (v != NULL) memcpy(v->number, a->data, (rows > 0 ? rows : 1) * columns * sizeof(double));
    }
    if (v == NULL) vtl_raise(L, &err);
}

static void read_info(lua_State *L, vt_frame *frame) {
    if (lua_getfield(L, 3, "info") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1))
        luaL_error(L, "Atoms:save: option 'info' must be a table { name = value }, got %s",
                   luaL_typename(L, -1));
    int table = lua_gettop(L);
    int count = push_sorted_keys(L, table, "info entries");
    for (int k = 1; k <= count; k++) {
        lua_rawgeti(L, table + 1, k);
        const char *name = luaL_checkstring(L, -1);
        lua_getfield(L, table, name);
        add_info(L, frame, name);
        lua_settop(L, table + 1);
    }
    lua_settop(L, table - 1);
}

/* ---------------------------------------------------------------- writing ---- */

typedef struct {
    const char *format, *provenance;
    int64_t digits;
    bool overwrite, append, forces;
} save_options;

static const vtl_option SAVE_OPTIONS[] = {
    {"format", VTL_STRING, offsetof(save_options, format), "-",
     "data, dump, extxyz, poscar or cfg; by default the file's name tells", NULL},
    {"digits", VTL_COUNT, offsetof(save_options, digits), "-",
     "significant digits, 1 to 17; 17 reads back to the same bits", NULL},
    {"overwrite", VTL_BOOLEAN, offsetof(save_options, overwrite), "-",
     "replace an existing file that this process did not write", NULL},
    {"append", VTL_BOOLEAN, offsetof(save_options, append), "-",
     "add a frame to the end of a dump or extxyz file that this process began; with overwrite, to "
     "any",
     NULL},
    {"forces", VTL_BOOLEAN, offsetof(save_options, forces), "-",
     "write forces too (dump, cfg, extxyz; the latter with energy and stress): those of the "
     "potential, "
     "or without one those read from a file",
     NULL},
    {"columns", VTL_TABLE, 0, "-",
     "further per-atom columns of dump, extxyz and cfg: { Coordination = array, ... }; of data "
     "only "
     "q, the charges, which make it atom style charge",
     NULL},
    {"info", VTL_TABLE, 0, "-",
     "what else the frame says: timestep, time (ps), energy (eV), stress (GPa), any other entry "
     "for "
     "extxyz",
     NULL},
    {"provenance", VTL_STRING, offsetof(save_options, provenance), "-",
     "text for the title or comment line", NULL},
    {0}};
static save_options save_defaults;

static bool any_motion(const vt_atoms *a) {
    for (size_t i = 0; i < a->count; i++)
        if (a->vx[i] != 0 || a->vy[i] != 0 || a->vz[i] != 0) return true;
    return false;
}

/* Bring forces, energy and stress up to date through the atoms' own methods. */
static void compute_results(lua_State *L, vt_frame *frame) {
    frame->has_forces = true;
    vtl_push_atoms_potential(L, 1);
    bool has_potential = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!has_potential) return;
    static const char *const METHODS[] = {"forces", "energy", "stress"};
    for (int k = 0; k < 3; k++) {
        lua_getfield(L, 1, METHODS[k]);
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        if (k == 1) {
            frame->energy = lua_tonumber(L, -1);
            frame->has_energy = true;
        } else if (k == 2) {
            read_stress(L, frame);
        }
        lua_pop(L, 1);
    }
}

/* True for a file with something in it; not for pipes and devices. */
static bool is_filled(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
}

/* atoms:save(path, options) -> atoms */
static int atoms_save(lua_State *L) {
    vtl_check_atoms(L, 1);
    const char *path = vtl_check_path(L, 2);
    lua_settop(L, 3);
    save_options o = save_defaults;
    if (vtl_is_info(L, 3))
        return vtl_error(
            L, "Atoms:save: the third argument is what vt.atoms.read gave beside atoms, "
               "not options; to save it too give { info = info, columns = info.columns }");
    vtl_options(L, 3, "Atoms:save", SAVE_OPTIONS, &o);
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    vt_frame *frame = lua_newuserdatauv(L, sizeof *frame, 0);
    *frame = (vt_frame){.atoms = atoms}; /* lent by argument 1; frame_close gives them back */
    luaL_setmetatable(L, FRAME);
    if (lua_istable(L, 3)) {
        read_columns(L, frame);
        read_info(L, frame);
    }
    if (o.forces) compute_results(L, frame);
    vtl_check_atoms(L, 1); /* lists of columns may run code of the user's */
    frame->has_velocities = any_motion(atoms);
    vt_write_options options = vt_write_defaults();
    options.format = o.format;
    options.digits = o.digits < 100 ? (int)o.digits : 100; /* too many: refused below */
    options.overwrite = o.overwrite || vtl_wrote(L, path);
    options.append = o.append;
    options.provenance = o.provenance;
    if (o.append && !options.overwrite && is_filled(path))
        return vtl_error(L,
                         "Atoms:save: %s was not written by this process and may be the trajectory "
                         "of another run, so no frame is added to it; choose another name, or set "
                         "overwrite = true beside append to add to it all the same",
                         path);
    vt_error err = {0};
    vt_status status = vt_frame_write(frame, path, &options, &err);
    if (vt_failed(status)) return vtl_raise(L, &err);
    vtl_note_wrote(L, path);
    lua_settop(L, 1);
    return 1;
}

static int frame_close(lua_State *L) {
    vt_frame *frame = luaL_checkudata(L, 1, FRAME);
    frame->atoms = NULL; /* they belong to the Atoms userdata */
    vt_frame_clear(frame);
    return 0;
}

static const luaL_Reg NO_METHODS[] = {{NULL, NULL}};
static const luaL_Reg FRAME_META[] = {
    {"__gc", frame_close}, {"__close", frame_close}, {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"Atoms:save", "atoms:save(path, options) -> atoms",
     "Write a LAMMPS data or dump file, extended XYZ, POSCAR or AtomEye's cfg, by extension; .gz, "
     ".zst and .xz compress. Goes through a temporary file and refuses to replace a file that this "
     "process did not write. "
     "LAMMPS's formats want a along x and b in the xy plane: another cell is rotated, with "
     "positions, velocities and forces. A box that leans too far for LAMMPS is reduced in data "
     "files "
     "(Atoms:reduce_box), not in dumps, which show how it was sheared. Velocities are written when "
     "any atom moves.",
     SAVE_OPTIONS, &save_defaults,
     "glass:save(\"glass.data\"); glass:save(\"run.dump.gz\", { append = true, info = { timestep = "
     "10 "
     "} })",
     "write file; export; dump; xyz; extended xyz; POSCAR; VASP; cfg; AtomEye; OVITO; ASE; LAMMPS "
     "data; data file; LAMMPS",
     "atoms.read; atoms.frames"},
    {0}};

VTL_OPENER(save) {
    save_defaults = (save_options){.digits = vt_write_defaults().digits};
    vtl_new_type(L, FRAME, NO_METHODS, FRAME_META);
    luaL_getmetatable(L, VTL_ATOMS);
    lua_getfield(L, -1, "methods");
    lua_pushcfunction(L, atoms_save);
    lua_setfield(L, -2, "save");
    lua_pop(L, 2);
    vtl_document(L, DOCS);
}

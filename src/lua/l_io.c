/* vt.atoms.read, vt.atoms.frames, Atoms:save, vt.write_file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vitrum/io.h"
#include "vitrum/units.h"
#include "vtl.h"

#define READER  "vitrum.Reader"
#define FRAME   "vitrum.Frame"
#define WRITTEN "vitrum.written"

/* ---------------------------------------------------------------- files of this process ---- */

bool vtl_wrote(lua_State *L, const char *path) {
    char *real = realpath(path, NULL);
    if (real == NULL) return false;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, WRITTEN);
    bool known = lua_getfield(L, -1, real) == LUA_TBOOLEAN;
    free(real);
    lua_pop(L, 2);
    return known;
}

void vtl_note_wrote(lua_State *L, const char *path) {
    char *real = realpath(path, NULL);
    if (real == NULL) return;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, WRITTEN);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, real);
    free(real);
    lua_pop(L, 1);
}

/* ---------------------------------------------------------------- reading ---- */

/* Owns what must be freed when Lua raises in mid-work. */
typedef struct {
    vt_reader *reader;
    vt_frame frame;
    const char *species[VT_MAX_SPECIES]; /* anchored by the uservalue */
} vtl_reader;

static int reader_close(lua_State *L) {
    vtl_reader *r = luaL_checkudata(L, 1, READER);
    vt_reader_close(r->reader);
    r->reader = NULL;
    vt_frame_clear(&r->frame);
    return 0;
}

static int frame_close(lua_State *L) {
    vt_frame_clear(luaL_checkudata(L, 1, FRAME));
    return 0;
}

typedef struct {
    const char *format;
    bool columns;
} read_options;

static const vtl_option READ_OPTIONS[] = {
    {"species", VTL_VALUE, 0, "-",
     "elements of types 1, 2, ... as a list {\"Cu\", \"Zr\"}; needed when the file does not tell",
     NULL},
    {"format", VTL_STRING, offsetof(read_options, format), "-",
     "data, dump, extxyz or poscar; by default the file's name tells", NULL},
    {"frame", VTL_VALUE, 0, "-", "which frame: 1 the first, -1 or \"last\" the last", NULL},
    {"columns", VTL_BOOLEAN, offsetof(read_options, columns), "-",
     "keep columns that are no property of Atoms, in info.columns", NULL},
    {0}};
static const vtl_option FRAMES_OPTIONS[] = {
    {"species", VTL_VALUE, 0, "-", "as for vt.atoms.read", NULL},
    {"format", VTL_STRING, offsetof(read_options, format), "-", "as for vt.atoms.read", NULL},
    {"columns", VTL_BOOLEAN, offsetof(read_options, columns), "-",
     "keep columns that are no property of Atoms, in info.columns", NULL},
    {0}};
static const read_options READ_DEFAULTS = {.columns = true};

/* The list of symbols in field `species` of the options at `index`. */
static void read_species(lua_State *L, int index, const char *where, vtl_reader *r,
                         vt_read_options *options) {
    if (lua_isnoneornil(L, index) || lua_getfield(L, index, "species") == LUA_TNIL) return;
    if (!lua_istable(L, -1))
        luaL_error(L, "%s: option 'species' must be a list of symbols {\"Cu\", \"Zr\"}, got %s",
                   where, luaL_typename(L, -1));
    lua_Integer count = luaL_len(L, -1);
    if (count < 1 || count > VT_MAX_SPECIES)
        luaL_error(L, "%s: option 'species' has %I entries; 1 to %d are possible", where,
                   (LUAI_UACINT)count, VT_MAX_SPECIES);
    lua_createtable(L, (int)count, 0); /* userdata ... species copy */
    for (int k = 0; k < (int)count; k++) {
        if (lua_geti(L, -2, k + 1) != LUA_TSTRING)
            luaL_error(L, "%s: entry %d of option 'species' must be a symbol such as \"Cu\", got %s",
                       where, k + 1, luaL_typename(L, -1));
        r->species[k] = lua_tostring(L, -1);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setiuservalue(L, -3, 1);
    lua_pop(L, 1);
    options->species = r->species;
    options->species_count = (int)count;
}

/* Push a reader opened on argument 1 with the options at 2. */
static vtl_reader *open_reader(lua_State *L, const char *where, const vtl_option *table) {
    const char *path = luaL_checkstring(L, 1);
    read_options o = READ_DEFAULTS;
    vtl_options(L, 2, where, table, &o);
    vtl_reader *r = lua_newuserdatauv(L, sizeof *r, 1);
    *r = (vtl_reader){0};
    luaL_setmetatable(L, READER);
    vt_read_options options = vt_read_defaults();
    options.format = o.format;
    options.columns = o.columns;
    read_species(L, 2, where, r, &options);
    vt_error err = {0};
    r->reader = vt_reader_open(path, &options, &err);
    if (r->reader == NULL) vtl_raise(L, &err);
    return r;
}

static int64_t frame_number(lua_State *L, int index) {
    if (lua_isnoneornil(L, index)) return 1;
    int64_t n = 1;
    switch (lua_getfield(L, index, "frame")) {
    case LUA_TNIL:
        break;
    case LUA_TSTRING:
        if (strcmp(lua_tostring(L, -1), "last") == 0) {
            n = -1;
            break;
        } /* fall through */
    default: {
        int whole = 0;
        n = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
        if (!whole || n == 0)
            luaL_error(L,
                       "atoms.read: option 'frame' must be a whole number (1 the first, -1 the "
                       "last) or \"last\", got %s",
                       luaL_tolstring(L, -1, NULL));
    }
    }
    lua_pop(L, 1);
    return n;
}

/* ---------------------------------------------------------------- values to Lua ---- */

static void push_number(lua_State *L, vt_value_kind kind, double value) {
    if (kind == VT_VALUE_LOGICAL)
        lua_pushboolean(L, value != 0);
    else if (kind == VT_VALUE_INTEGER)
        lua_pushinteger(L, (lua_Integer)value);
    else
        lua_pushnumber(L, value);
}

/* Push a text value: a string, a list, or a list of lists. */
static void push_text(lua_State *L, const vt_values *v) {
    const char *p = v->text;
    if (v->rows == 0 && v->columns == 1) {
        lua_pushstring(L, p);
        return;
    }
    size_t rows = v->rows > 0 ? v->rows : v->columns, columns = v->rows > 0 ? v->columns : 1;
    lua_newtable(L);
    for (size_t row = 0; row < rows; row++) {
        if (columns > 1) lua_newtable(L);
        for (size_t c = 0; c < columns; c++) {
            lua_pushstring(L, p);
            p += strlen(p) + 1;
            if (columns > 1) lua_rawseti(L, -2, (lua_Integer)c + 1);
        }
        lua_rawseti(L, -2, (lua_Integer)row + 1);
    }
}

static void push_values(lua_State *L, const vt_values *v) {
    if (v->kind == VT_VALUE_TEXT) {
        push_text(L, v);
        return;
    }
    if (v->rows == 0 && v->columns == 1) {
        push_number(L, v->kind, v->number[0]);
        return;
    }
    int ndim = v->rows == 0 || v->columns == 1 ? 1 : 2;
    int64_t shape[2] = {(int64_t)(v->rows > 0 ? v->rows : v->columns), (int64_t)v->columns};
    size_t n = (v->rows > 0 ? v->rows : 1) * v->columns;
    vt_dtype dtype = v->kind == VT_VALUE_REAL      ? VT_FLOAT64
                     : v->kind == VT_VALUE_INTEGER ? VT_INT64
                                                   : VT_INT32;
    const vt_array *array = vtl_new_array(L, dtype, ndim, shape);
    for (size_t k = 0; k < n; k++) {
        if (dtype == VT_FLOAT64)
            ((double *)array->data)[k] = v->number[k];
        else if (dtype == VT_INT64)
            ((int64_t *)array->data)[k] = (int64_t)v->number[k];
        else
            ((int32_t *)array->data)[k] = (int32_t)v->number[k];
    }
}

static const char *const STRESS_NAMES[6] = {"xx", "yy", "zz", "yz", "xz", "xy"};

static void push_stress(lua_State *L, const double stress[6]) {
    lua_createtable(L, 6, 6);
    for (int k = 0; k < 6; k++) {
        lua_pushnumber(L, stress[k] * VT_GPA);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, k + 1);
        lua_setfield(L, -2, STRESS_NAMES[k]);
    }
}

/* Push the atoms of `frame`, which gives them away, and the info table. */
static int push_frame(lua_State *L, vt_frame *frame) {
    vtl_push_atoms(L, frame->atoms, NULL);
    frame->atoms = NULL;
    lua_newtable(L); /* atoms info */
    for (size_t k = 0; k < frame->info_count; k++) {
        push_values(L, &frame->info[k]);
        lua_setfield(L, -2, frame->info[k].name);
    }
    if (frame->has_timestep) {
        lua_pushinteger(L, frame->timestep);
        lua_setfield(L, -2, "timestep");
    }
    if (frame->has_time) {
        lua_pushnumber(L, frame->time);
        lua_setfield(L, -2, "time");
    }
    if (frame->has_energy) {
        lua_pushnumber(L, frame->energy);
        lua_setfield(L, -2, "energy");
    }
    if (frame->has_stress) {
        push_stress(L, frame->stress);
        lua_setfield(L, -2, "stress");
    }
    if (frame->comment != NULL) {
        lua_pushstring(L, frame->comment);
        lua_setfield(L, -2, "comment");
    }
    lua_newtable(L); /* atoms info columns */
    for (size_t k = 0; k < frame->column_count; k++) {
        push_values(L, &frame->column[k]);
        lua_setfield(L, -2, frame->column[k].name);
    }
    lua_setfield(L, -2, "columns");
    vt_frame_clear(frame);
    return 2;
}

/* vt.atoms.read(path, options) -> atoms, info */
static int atoms_read(lua_State *L) {
    lua_settop(L, 2);
    int64_t n = lua_istable(L, 2) ? frame_number(L, 2) : 1;
    vtl_reader *r = open_reader(L, "atoms.read", READ_OPTIONS);
    vt_error err = {0};
    vt_status status = n == 1 ? VT_OK : vt_reader_seek(r->reader, n, &err);
    if (!vt_failed(status)) status = vt_reader_next(r->reader, &r->frame, &err);
    vt_reader_close(r->reader); /* now, not when the collector comes by */
    r->reader = NULL;
    if (vt_failed(status)) return vtl_raise(L, &err);
    return push_frame(L, &r->frame);
}

static int frames_next(lua_State *L) {
    vtl_reader *r = luaL_checkudata(L, lua_upvalueindex(1), READER);
    if (r->reader == NULL) return 0;
    vt_error err = {0};
    vt_status status = vt_reader_next(r->reader, &r->frame, &err);
    if (status == VT_OK) return push_frame(L, &r->frame);
    vt_reader_close(r->reader);
    r->reader = NULL;
    return vt_failed(status) ? vtl_raise(L, &err) : 0;
}

/* for atoms, info in vt.atoms.frames(path, options) do ... end */
static int atoms_frames(lua_State *L) {
    lua_settop(L, 2);
    open_reader(L, "atoms.frames", FRAMES_OPTIONS); /* reader */
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, frames_next, 1); /* reader next */
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, -4); /* closes the file when the loop is left early */
    return 4;
}

/* ---------------------------------------------------------------- Lua to values ---- */

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
    if (luaL_testudata(L, -1, VTL_ARRAY) != NULL) {
        vt_dtype dtype = vtl_check_array(L, lua_gettop(L))->dtype;
        integer = dtype == VT_INT32 || dtype == VT_INT64;
    }
    char what[80];
    snprintf(what, sizeof what, "column '%.40s'", name);
    const vt_array *array = vtl_check_numbers(L, lua_gettop(L), -1, what);
    if (array->ndim < 1 || array->ndim > 2 || array->shape[0] != (int64_t)count)
        luaL_error(L, "Atoms:save: column '%s' must have one row for each of the %d atoms, got %s",
                   name, (int)count, luaL_tolstring(L, -1, NULL));
    size_t columns = array->ndim == 2 ? (size_t)array->shape[1] : 1;
    vt_values *v = vt_frame_add_column(frame, name, integer ? VT_VALUE_INTEGER : VT_VALUE_REAL,
                                       columns, 0, &err);
    if (v == NULL) vtl_raise(L, &err);
    memcpy(v->number, array->data, count * columns * sizeof(double));
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

/* Read option `columns` of the table at 2 into `frame`. */
static void read_columns(lua_State *L, vt_frame *frame) {
    if (lua_getfield(L, 2, "columns") == LUA_TNIL) {
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
        const char *name = lua_tostring(L, -1);
        lua_getfield(L, table, name);
        add_column(L, frame, name);
        lua_settop(L, table + 1);
    }
    lua_settop(L, table - 1);
}

static void read_stress(lua_State *L, vt_frame *frame) {
    if (!lua_istable(L, -1))
        luaL_error(L, "Atoms:save: info.stress must be a table { xx =, yy =, zz =, yz =, xz =, xy = "
                      "} in GPa, got %s",
                   luaL_typename(L, -1));
    for (int k = 0; k < 6; k++) {
        if (lua_getfield(L, -1, STRESS_NAMES[k]) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_rawgeti(L, -1, k + 1);
        }
        if (lua_type(L, -1) != LUA_TNUMBER)
            luaL_error(L, "Atoms:save: info.stress.%s must be a number [GPa], got %s",
                       STRESS_NAMES[k], luaL_typename(L, -1));
        frame->stress[k] = lua_tonumber(L, -1) / VT_GPA;
        lua_pop(L, 1);
    }
    frame->has_stress = true;
}

/* An entry of option `info`, the value on top of the stack. */
static void add_info(lua_State *L, vt_frame *frame, const char *name) {
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
        vt_value_kind kind = type == LUA_TBOOLEAN    ? VT_VALUE_LOGICAL
                             : lua_isinteger(L, -1) ? VT_VALUE_INTEGER
                                                    : VT_VALUE_REAL;
        v = vt_frame_add_info(frame, name, kind, 0, 1, 0, &err);
        if (v != NULL)
            v->number[0] = type == LUA_TBOOLEAN ? lua_toboolean(L, -1) : lua_tonumber(L, -1);
    } else {
        char what[80];
        snprintf(what, sizeof what, "info.%.60s", name);
        const vt_array *a = vtl_check_numbers(L, lua_gettop(L), -1, what);
        if (a->ndim < 1 || a->ndim > 2)
            luaL_error(L, "Atoms:save: info.%s must be a number, a string, true or false, a list "
                          "or a matrix",
                       name);
        size_t rows = a->ndim == 2 ? (size_t)a->shape[0] : 0;
        size_t columns = (size_t)a->shape[a->ndim - 1];
        v = vt_frame_add_info(frame, name, VT_VALUE_REAL, rows, columns, 0, &err);
        if (v != NULL)
            memcpy(v->number, a->data, (rows > 0 ? rows : 1) * columns * sizeof(double));
    }
    if (v == NULL) vtl_raise(L, &err);
}

static void read_info(lua_State *L, vt_frame *frame) {
    if (lua_getfield(L, 2, "info") == LUA_TNIL) {
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
        const char *name = lua_tostring(L, -1);
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
     "data, dump, extxyz or poscar; by default the file's name tells", NULL},
    {"digits", VTL_COUNT, offsetof(save_options, digits), "-",
     "significant digits, 1 to 17; 17 reads back to the same bits", NULL},
    {"overwrite", VTL_BOOLEAN, offsetof(save_options, overwrite), "-",
     "replace an existing file that this process did not write", NULL},
    {"append", VTL_BOOLEAN, offsetof(save_options, append), "-",
     "add a frame to the end of a dump or extxyz file", NULL},
    {"forces", VTL_BOOLEAN, offsetof(save_options, forces), "-",
     "write forces too (dump, extxyz; the latter with energy and stress): those of the potential, "
     "or without one those read from a file",
     NULL},
    {"columns", VTL_VALUE, 0, "-",
     "further per-atom columns of dump and extxyz: { Coordination = array, ... }", NULL},
    {"info", VTL_VALUE, 0, "-",
     "what else the frame says: timestep, time (ps), energy (eV), stress (GPa), any other entry for "
     "extxyz",
     NULL},
    {"provenance", VTL_STRING, offsetof(save_options, provenance), "-",
     "text for the title or comment line", NULL},
    {0}};
static const save_options SAVE_DEFAULTS = {.digits = 17};

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

/* atoms:save(path, options) -> atoms */
static int atoms_save(lua_State *L) {
    vt_atoms *atoms = vtl_check_atoms(L, 1);
    const char *path = luaL_checkstring(L, 2);
    lua_settop(L, 3);
    lua_insert(L, 2); /* atoms options path */
    save_options o = SAVE_DEFAULTS;
    vtl_options(L, 2, "Atoms:save", SAVE_OPTIONS, &o);
    vt_frame *frame = lua_newuserdatauv(L, sizeof *frame, 0);
    *frame = (vt_frame){0};
    luaL_setmetatable(L, FRAME);
    /* The frame borrows the atoms while its parts are gathered; they are taken back before
       anything can free them. */
    vt_frame parts = {.atoms = atoms};
    (void)parts;
    return 0;
}

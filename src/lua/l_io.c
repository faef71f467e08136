/* vt.atoms.read, vt.atoms.frames, vt.write_file. */
#include "vitrum/io.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "l_atoms.h"
#include "vitrum/units.h"

#define READER  "vitrum.Reader"
#define WRITTEN "vitrum.written"

/* ---------------------------------------------------------------- files of this process ---- */

bool vtl_wrote(lua_State *L, const char *path) {
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) return false;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, WRITTEN);
    bool known = lua_getfield(L, -1, real) == LUA_TBOOLEAN;
    lua_pop(L, 2);
    return known;
}

lua_Integer vtl_written(lua_State *L) {
    lua_Integer count = 0;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, WRITTEN);
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) count++;
    lua_pop(L, 1);
    return count;
}

void vtl_note_wrote(lua_State *L, const char *path) {
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) return;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, WRITTEN);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, real);
    lua_pop(L, 1);
}

/* ---------------------------------------------------------------- reading ---- */

/* Owns what must be freed when Lua raises in mid-work. */
typedef struct {
    vt_files files;
    size_t next; /* file to open */
    vt_reader *reader;
    vt_frame frame;
    vt_read_options options;
    const char *species[VT_MAX_SPECIES]; /* anchored by uservalue 1 */
    bool closed;
} vtl_reader;

static int reader_close(lua_State *L) {
    vtl_reader *r = luaL_checkudata(L, 1, READER);
    if (!vtl_may_end(L, &r->closed)) return 0;
    vt_reader_close(r->reader);
    r->reader = NULL;
    vt_frame_clear(&r->frame);
    vt_files_clear(&r->files);
    return 0;
}

typedef struct {
    const char *format, *style, *velocity_unit;
    bool columns;
} read_options;

static const char VELOCITY_UNIT[] =
    "extended XYZ: \"A/ps\" (LAMMPS, units metal), \"A/fs\" (GPUMD, QUIP) or \"ase\"; needed where "
    "the "
    "header tells neither the program that wrote it nor the temperature";

static const char STYLE[] =
    "LAMMPS data: the atom style, \"atomic\" or \"charge\"; needed where the "
    "file does not tell";

static const vtl_option READ_OPTIONS[] = {
    {"species", VTL_NAMES, 0, "-",
     "elements of types 1, 2, ... as a list {\"Cu\", \"Zr\"}; needed when the file does not tell",
     NULL},
    {"format", VTL_STRING, offsetof(read_options, format), "-",
     "data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells", NULL},
    {"frame", VTL_VALUE, 0, "-", "which frame: 1 the first, -1 or \"last\" the last", NULL},
    {"columns", VTL_BOOLEAN, offsetof(read_options, columns), "-",
     "keep columns that are no property of Atoms, in info.columns", NULL},
    {"style", VTL_STRING, offsetof(read_options, style), "-", STYLE, NULL},
    {"velocity_unit", VTL_STRING, offsetof(read_options, velocity_unit), "-", VELOCITY_UNIT, NULL},
    {0}};
static const vtl_option FRAMES_OPTIONS[] = {
    {"species", VTL_NAMES, 0, "-", "as for vt.atoms.read", NULL},
    {"format", VTL_STRING, offsetof(read_options, format), "-", "as for vt.atoms.read", NULL},
    {"columns", VTL_BOOLEAN, offsetof(read_options, columns), "-",
     "keep columns that are no property of Atoms, in info.columns", NULL},
    {"style", VTL_STRING, offsetof(read_options, style), "-", STYLE, NULL},
    {"velocity_unit", VTL_STRING, offsetof(read_options, velocity_unit), "-", VELOCITY_UNIT, NULL},
    {0}};
static read_options read_defaults;

/* The list of symbols in field `species` of the options at `index`. */
static void read_species(lua_State *L, int index, const char *where, vtl_reader *r,
                         vt_read_options *options) {
    if (lua_isnoneornil(L, index)) return;
    if (lua_getfield(L, index, "species") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
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
            luaL_error(L,
                       "%s: entry %d of option 'species' must be a symbol such as \"Cu\", got %s",
                       where, k + 1, luaL_typename(L, -1));
        r->species[k] = lua_tostring(L, -1);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setiuservalue(L, -3, 1);
    lua_pop(L, 1);
    options->species = r->species;
    options->species_count = (int)count;
}

/* Open the next file of the list. */
static vt_status open_next(vtl_reader *r, vt_error *err) {
    r->reader = vt_reader_open(r->files.path[r->next], &r->options, err);
    if (r->reader == NULL) return err->code;
    r->next++;
    return VT_OK;
}

/* Push a reader opened on the first file that argument 1 stands for, with the options at 2. */
static vtl_reader *open_reader(lua_State *L, const char *where, const vtl_option *table) {
    const char *path = vtl_check_path(L, 1);
    read_options o = read_defaults;
    vtl_options(L, 2, where, table, &o);
    vtl_reader *r = lua_newuserdatauv(L, sizeof *r, 2);
    *r = (vtl_reader){.options = vt_read_defaults()};
    luaL_setmetatable(L, READER);
    r->options.format = o.format;
    r->options.columns = o.columns;
    r->options.style = o.style;
    r->options.velocity_unit = o.velocity_unit;
    lua_pushvalue(L, 2); /* owns the texts among the options */
    lua_setiuservalue(L, -2, 2);
    read_species(L, 2, where, r, &r->options);
    vt_error err = {0};
    vt_status status = vt_files_match(path, &r->files, &err);
    if (!vt_failed(status)) status = open_next(r, &err);
    if (vt_failed(status)) vtl_raise(L, &err);
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
            ((int64_t *)array->data)[k] = v->whole != NULL ? v->whole[k] : (int64_t)v->number[k];
        else
            ((int32_t *)array->data)[k] = (int32_t)v->number[k];
    }
}

static void push_stress(lua_State *L, const double stress[6]) {
    double gpa[6];
    for (int k = 0; k < 6; k++) gpa[k] = stress[k] * VT_GPA;
    vtl_push_tensor(L, gpa);
}

/* As the prompt shows it: with all that is in it. */
static int info_tostring(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "vitrum.base.inspect");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "show");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/* Push the atoms of `frame`, which gives them away, and the info table. */
static int push_frame(lua_State *L, vt_frame *frame) {
    vtl_atoms *box = vtl_new_atoms(L);
    vt_atoms *atoms = frame->atoms;
    frame->atoms = NULL; /* one owner at each moment: the next line may raise */
    vtl_set_atoms(L, box, atoms, NULL);
    lua_newtable(L); /* atoms info */
    if (luaL_newmetatable(L, VTL_INFO)) {
        lua_pushcfunction(L, info_tostring);
        lua_setfield(L, -2, "__tostring");
    }
    lua_setmetatable(L, -2);
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
    if (r->files.count > 1)
        return vtl_error(L,
                         "atoms.read: %d files match '%s', from %s to %s; name one of them, or go "
                         "through all with vt.atoms.frames",
                         (int)r->files.count, lua_tostring(L, 1), r->files.path[0],
                         r->files.path[r->files.count - 1]);
    vt_error err = {0};
    vt_status status = n == 1 ? VT_OK : vt_reader_seek(r->reader, n, &err);
    if (!vt_failed(status)) status = vt_reader_next(r->reader, &r->frame, &err);
    vt_reader_close(r->reader); /* now, not when the collector comes by */
    r->reader = NULL;
    if (vt_failed(status)) return vtl_raise(L, &err);
    return push_frame(L, &r->frame);
}

/* The next frame of all files, one after the other. */
static vt_status next_frame(vtl_reader *r, vt_error *err) {
    vt_status status;
    while ((status = vt_reader_next(r->reader, &r->frame, err)) == VT_DONE &&
           r->next < r->files.count) {
        vt_reader_close(r->reader);
        r->reader = NULL;
        status = open_next(r, err);
        if (vt_failed(status)) break;
        vt_reader_ahead(r->reader);
    }
    return status;
}

static int frames_next(lua_State *L) {
    vtl_reader *r = luaL_checkudata(L, lua_upvalueindex(1), READER);
    if (r->closed || r->reader == NULL) return 0;
    vtl_require_idle(L, lua_upvalueindex(1), "atoms.frames");
    vt_error err = {0};
    vt_status status = next_frame(r, &err);
    if (status == VT_OK) return push_frame(L, &r->frame);
    vt_reader_close(r->reader);
    r->reader = NULL;
    return vt_failed(status) ? vtl_raise(L, &err) : 0;
}

/* for atoms, info in vt.atoms.frames(path, options) do ... end */
static int atoms_frames(lua_State *L) {
    lua_settop(L, 2);
    vt_reader_ahead(open_reader(L, "atoms.frames", FRAMES_OPTIONS)->reader); /* reader */
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, frames_next, 1); /* reader next */
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, -4); /* closes the file when the loop is left early */
    return 4;
}

/* ---------------------------------------------------------------- text files ---- */

typedef struct {
    bool overwrite;
} write_options;
static const vtl_option WRITE_OPTIONS[] = {
    {"overwrite", VTL_BOOLEAN, offsetof(write_options, overwrite), "-",
     "replace an existing file that this process did not write", NULL},
    {0}};
static const write_options WRITE_DEFAULTS = {0};

/* vt.write_file(path, text, options) */
static int write_file(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    size_t size;
    const char *text = luaL_checklstring(L, 2, &size);
    write_options o = WRITE_DEFAULTS;
    vtl_options(L, 3, "write_file", WRITE_OPTIONS, &o);
    bool replace = o.overwrite || vtl_wrote(L, path);
    vt_error err = {0};
    vt_output *out = vt_output_create(path, replace, &err);
    vt_status status = out != NULL ? vt_output_write(out, text, size, &err) : VT_EIO;
    if (out != NULL && vt_failed(status)) vt_output_discard(out);
    if (out != NULL && !vt_failed(status)) status = vt_output_commit(out, &err);
    if (vt_failed(status)) return vtl_raise(L, &err);
    vtl_note_wrote(L, path);
    return 0;
}

/* ---------------------------------------------------------------- opener ---- */

static const luaL_Reg READER_META[] = {
    {"__gc", reader_close}, {"__close", reader_close}, {NULL, NULL}};
static const luaL_Reg NO_METHODS[] = {{NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"atoms.read", "vt.atoms.read(path, options) -> Atoms, info",
     "Read one frame of a LAMMPS data or dump file, extended XYZ, POSCAR, XDATCAR or AtomEye's "
     "cfg, "
     "plain or as .gz, .zst, .xz. Atoms come in the order of their ids. info holds what else the "
     "file says: "
     "timestep, time (ps), energy "
     "(eV), stress (GPa, positive in tension), comment, columns, other entries as the file has "
     "them (Stress and Potential_energy of LAMMPS in the unit of its run). Columns of whole "
     "numbers "
     "are exact, as words where they are beyond 64 bits. Types called Cu_1 and Cu_2 are both Cu "
     "where their mass is copper's. In the place of "
     "options it is passed over, so that vt.structure.rdf(vt.atoms.read(path)) is fine.",
     READ_OPTIONS, &read_defaults,
     "local glass = vt.atoms.read(\"Cu64.5Zr35.5.data\", { species = {\"Cu\", \"Zr\"} })",
     "read file; load file; LAMMPS data; data file; dump; xyz; extended xyz; POSCAR; VASP; cfg; "
     "AtomEye; OVITO; ASE; import; LAMMPS",
     "Atoms; atoms.frames; Atoms:save"},
    {"atoms.frames", "for atoms, info in vt.atoms.frames(path, options) do ... end",
     "Read a trajectory frame by frame; memory does not grow with its length. A pattern stands for "
     "all files that match it, one after the other in the order of the numbers in their names: "
     "\"dump.*\", \"melt.[0-9]*.xyz\". With more than one thread the next frame is read while the "
     "script works on the last. XDATCAR holds positions folded into the cell: vt.structure.motion "
     "follows an atom correctly as long as it moves by less than half the cell from frame to "
     "frame. Blank lines in it, as VASP 5.2 writes them, are fine.",
     FRAMES_OPTIONS, &read_defaults,
     "for atoms, info in vt.atoms.frames(\"run.dump.gz\") do print(info.timestep, atoms:volume()) "
     "end",
     "trajectory; dump; read trajectory; LAMMPS dump; snapshots", "atoms.read; structure.motion"},
    {"write_file", "vt.write_file(path, text, options)",
     "Write a text file through a temporary one, so that it is either whole or as before; "
     ".gz, .zst and .xz compress. Refuses to replace a file that this process did not write.",
     WRITE_OPTIONS, &WRITE_DEFAULTS, "vt.write_file(\"notes.txt\", \"Tg = 720 K\\n\")"},
    {0}};

VTL_OPENER(io) {
    read_defaults = (read_options){.columns = vt_read_defaults().columns};
    vtl_new_type(L, READER, NO_METHODS, READER_META);
    luaL_getsubtable(L, -1, "atoms");
    lua_pushcfunction(L, atoms_read);
    lua_setfield(L, -2, "read");
    lua_pushcfunction(L, atoms_frames);
    lua_setfield(L, -2, "frames");
    lua_pop(L, 1);
    lua_pushcfunction(L, write_file);
    lua_setfield(L, -2, "write_file");
    vtl_document(L, DOCS);
}

/* Checkpoints of a lattice. */
#include <stdio.h>
#include <string.h>

#include "l_stz.h"
#include "vitrum/io.h"

typedef struct {
    bool overwrite;
    const char *note;
} save_options;

static const save_options SAVE_DEFAULTS = {false, NULL};

static const vtl_option SAVE_OPTIONS[] = {
    {"overwrite", VTL_BOOLEAN, offsetof(save_options, overwrite), "-",
     "replace a file that this process did not write", NULL},
    {"note", VTL_STRING, offsetof(save_options, note), "-",
     "any text, given back as lat.note after vt.stz.restore", NULL},
    {0}};

/* A checkpoint is the note's length as text, a newline, the note and the packed lattice. */
static vt_status write_checkpoint(const vt_stz *s, const char *path, bool overwrite,
                                  const char *note, vt_error *err) {
    size_t bytes;
    void *data = vt_stz_pack(s, &bytes, err);
    if (data == NULL) return VT_ENOMEM;
    vt_output *out = vt_output_create(path, overwrite, err);
    vt_status status = out != NULL ? VT_OK : VT_EIO;
    if (status == VT_OK) {
        status = vt_output_print(out, err, "%zu\n", strlen(note));
        if (!vt_failed(status)) status = vt_output_write(out, note, strlen(note), err);
        if (!vt_failed(status)) status = vt_output_write(out, data, bytes, err);
        if (vt_failed(status))
            vt_output_discard(out);
        else
            status = vt_output_commit(out, err);
    }
    vt_free(data);
    return status;
}

/* lat:save(path, { overwrite =, note = }) -> lat */
static int lattice_save(lua_State *L) {
    vtl_check_lattice(L, 1);
    const char *path = vtl_check_path(L, 2);
    save_options o = SAVE_DEFAULTS;
    vtl_options(L, 3, "Lattice:save", SAVE_OPTIONS, &o);
    vt_stz *s = vtl_check_lattice(L, 1);
    if (o.note != NULL) {
        lua_pushstring(L, o.note);
        lua_setiuservalue(L, 1, VTL_STZ_NOTE);
    }
    lua_getiuservalue(L, 1, VTL_STZ_NOTE);
    const char *note = lua_tostring(L, -1);
    vt_error err = {0};
    vt_status status = write_checkpoint(s, path, o.overwrite || vtl_wrote(L, path),
                                        note != NULL ? note : "", &err);
    if (vt_failed(status)) return vtl_error(L, "Lattice:save: %s", err.msg);
    vtl_note_wrote(L, path);
    lua_settop(L, 1);
    return 1;
}

/* vt.stz.restore(path) -> Lattice */
int vtl_stz_restore(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    vtl_interrupt_arm(L);
    lua_settop(L, 1);
    vtl_lattice *self = vtl_new_lattice(L);
    /* The file as a Lua string: nothing leaks when something raises. */
    lua_getglobal(L, "io");
    lua_getfield(L, -1, "open");
    lua_pushvalue(L, 1);
    lua_pushliteral(L, "rb");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) return vtl_error(L, "stz.restore: cannot read %s", lua_tostring(L, -1));
    lua_pop(L, 1);
    lua_getfield(L, -1, "read");
    lua_pushvalue(L, -2);
    lua_pushliteral(L, "a");
    lua_call(L, 2, 1);
    size_t bytes = 0;
    const char *data = lua_tolstring(L, -1, &bytes);
    lua_getfield(L, -2, "close");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 0);
    size_t length = 0, used = 0;
    while (data != NULL && used < bytes && used < 9 && data[used] >= '0' && data[used] <= '9')
        length = length * 10 + (size_t)(data[used++] - '0');
    if (used == 0 || used >= bytes || data[used] != '\n' || length > bytes - used - 1)
        return vtl_error(L, "stz.restore: %s is no checkpoint of a lattice", path);
    const char *note = data + used + 1, *packed = note + length;
    vt_error err = {0};
    self->lattice = vt_stz_unpack(packed, bytes - (size_t)(packed - data), &err);
    if (self->lattice == NULL) return vtl_error(L, "stz.restore: %s: %s", path, err.msg);
    lua_pushlstring(L, note, length);
    lua_setiuservalue(L, 2, VTL_STZ_NOTE);
    vtl_gc_hint(L, (size_t)vt_stz_memory(vt_stz_settings(self->lattice)));
    vtl_note_wrote(L, path);
    lua_settop(L, 2);
    return 1;
}

const luaL_Reg vtl_stz_file_methods[] = {{"save", lattice_save}, {NULL, NULL}};

const vtl_doc vtl_stz_file_docs[] = {
    {"stz.restore", "vt.stz.restore(path) -> Lattice",
     "Goes on from a checkpoint: the lattice as it was, to the last bit. lat:resume() then "
     "finishes "
     "a loading that was cut short.",
     NULL, NULL, "local lat = vt.stz.restore \"shear.checkpoint\""},
    {"Lattice:save", "lat:save(path, [options]) -> lat",
     "Writes a checkpoint by atomic rename; vt.stz.restore reads it.", SAVE_OPTIONS, &SAVE_DEFAULTS,
     "lat:save \"shear.checkpoint\""},
    {0}};

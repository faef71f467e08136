/* Checkpoints of a lattice. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* Where the parts of a checkpoint lie in its file; 0 bytes when it is none. */
typedef struct {
    size_t note, packed, bytes;
} layout;

/* Look at both ends of the note, before memory is taken for the file; 0 or errno. */
static int look_at(const char *path, layout *found) {
    *found = (layout){0};
    char head[16], packed[VT_STZ_HEAD];
    struct stat info;
    if (stat(path, &info) != 0) return errno;
    FILE *file = S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    if (file == NULL) return S_ISREG(info.st_mode) ? errno : 0;
    size_t got = fread(head, 1, sizeof head, file), length = 0, used = 0;
    while (used < got && used < 9 && head[used] >= '0' && head[used] <= '9')
        length = length * 10 + (size_t)(head[used++] - '0');
    if (used > 0 && used < got && head[used] == '\n' &&
        fseek(file, (long)(used + 1 + length), SEEK_SET) == 0 &&
        fread(packed, 1, sizeof packed, file) == sizeof packed &&
        vt_stz_is_packed(packed, sizeof packed))
        *found = (layout){used + 1, used + 1 + length, (size_t)info.st_size};
    fclose(file);
    return 0;
}

/* vt.stz.restore(path) -> Lattice */
int vtl_stz_restore(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    vtl_interrupt_arm(L);
    lua_settop(L, 1);
    vtl_lattice *self = vtl_new_lattice(L);
    layout at;
    int error = look_at(path, &at);
    if (error != 0) return vtl_error(L, "stz.restore: cannot read %s: %s", path, strerror(error));
    if (at.bytes == 0)
        return vtl_error(L,
                         "stz.restore: %s is no checkpoint of a lattice, or one of another version "
                         "of the program",
                         path);
    /* Lua's memory: nothing leaks when something raises. */
    char *data = lua_newuserdatauv(L, at.bytes, 0);
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(data, 1, at.bytes, file) : 0;
    if (file != NULL) fclose(file);
    if (got < at.bytes) return vtl_error(L, "stz.restore: %s cannot be read to its end", path);
    vt_error err = {0};
    self->lattice = vt_stz_unpack(data + at.packed, at.bytes - at.packed, &err);
    if (self->lattice == NULL) return vtl_error(L, "stz.restore: %s: %s", path, err.msg);
    lua_pushlstring(L, data + at.note, at.packed - at.note);
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

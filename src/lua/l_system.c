/* What the Lua modules need of the operating system and Lua's own library lacks: folders, durable
   writes, locks, checksums, terminals, the interrupt flag. Module "vitrum.system"; users meet it
   through the modules that stand on it. What the system refuses comes back as nil and a message. */
#define _DEFAULT_SOURCE
#include "vtl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "vitrum/io.h"

#define LOCK "vitrum.system.Lock"

enum { PATH_SIZE = 4096 };

static int refused(lua_State *L, const char *action, const char *path, int error) {
    lua_pushnil(L);
    lua_pushfstring(L, "cannot %s %s: %s", action, path, strerror(error));
    return 2;
}

static int refused_by_core(lua_State *L, const vt_error *err) {
    lua_pushnil(L);
    lua_pushstring(L, err->msg);
    return 2;
}

static int done(lua_State *L) {
    lua_pushboolean(L, 1);
    return 1;
}

/* ---------------------------------------------------------------- folders ---- */

/* kind(path) -> "file", "folder", "other", or nil and a message. */
static int system_kind(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    struct stat info;
    if (stat(path, &info) != 0) return refused(L, "find", path, errno);
    lua_pushstring(L, S_ISREG(info.st_mode) ? "file" : S_ISDIR(info.st_mode) ? "folder" : "other");
    return 1;
}

/* is_link(path) -> whether the name itself is a symbolic link, wherever it leads. */
static int system_is_link(lua_State *L) {
    struct stat info;
    lua_pushboolean(L, lstat(vtl_check_path(L, 1), &info) == 0 && S_ISLNK(info.st_mode));
    return 1;
}

/* Make a folder; one that is there already is fine. 0 or errno. */
static int make_one(const char *path) {
    struct stat info;
    if (mkdir(path, 0777) == 0) return 0;
    int error = errno;
    if (error == EEXIST && stat(path, &info) == 0) return S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
    return error;
}

/* make_folder(path) -> true: the folder and those above it. */
static int system_make_folder(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    size_t length = strlen(path);
    char part[PATH_SIZE];
    if (length == 0 || length >= sizeof part) return refused(L, "make folder", path, ENAMETOOLONG);
    memcpy(part, path, length + 1);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int error = make_one(part);
        *slash = '/';
        if (error != 0) return refused(L, "make folder", path, error);
    }
    int error = make_one(part);
    return error == 0 ? done(L) : refused(L, "make folder", path, error);
}

/* list(path) -> names in byte order, without "." and "..". */
static int system_list(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    struct dirent **entries;
    void **memory = vtl_new_handle(L, VTL_MEMORY);
    int count = scandir(path, &entries, NULL, NULL);
    if (count < 0) return refused(L, "read folder", path, errno);
    /* The names go into memory that Lua gives back: pushing strings may raise. */
    size_t size = 0;
    for (int k = 0; k < count; k++) size += strlen(entries[k]->d_name) + 1;
    char *names = vt_alloc(size + 1, 1);
    size_t used = 0;
    for (int k = 0; k < count; k++) {
        size_t n = strlen(entries[k]->d_name) + 1;
        if (names != NULL) memcpy(names + used, entries[k]->d_name, n);
        used += n;
        free(entries[k]);
    }
    free(entries);
    if (names == NULL) return refused(L, "read folder", path, ENOMEM);
    *memory = names;
    lua_newtable(L);
    for (size_t at = 0, k = 0; at < used; at += strlen(names + at) + 1) {
        if (strcmp(names + at, ".") == 0 || strcmp(names + at, "..") == 0) continue;
        lua_pushstring(L, names + at);
        lua_rawseti(L, -2, (lua_Integer)++k);
    }
    return 1;
}

/* absolute(path) -> path without links; the file must exist. */
static int system_absolute(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    char full[PATH_MAX];
    if (realpath(path, full) == NULL) return refused(L, "find", path, errno);
    lua_pushstring(L, full);
    return 1;
}

/* ---------------------------------------------------------------- files ---- */

static int write_output(lua_State *L, vt_output *output, vt_error *err) {
    size_t bytes;
    const char *text = lua_tolstring(L, 2, &bytes);
    if (output == NULL) return refused_by_core(L, err);
    if (vt_failed(vt_output_write(output, text, bytes, err))) {
        vt_output_discard(output);
        return refused_by_core(L, err);
    }
    if (vt_failed(vt_output_commit(output, err))) return refused_by_core(L, err);
    return done(L);
}

/* write(path, text) -> true: the whole file at once and on the disk, or as it was before. */
static int system_write(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    luaL_checktype(L, 2, LUA_TSTRING);
    vt_error err = {0};
    return write_output(L, vt_output_create(path, true, &err), &err);
}

/* append(path, text) -> true: added at the end and on the disk, or the file as it was before. */
static int system_append(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    luaL_checktype(L, 2, LUA_TSTRING);
    vt_error err = {0};
    return write_output(L, vt_output_append(path, &err), &err);
}

/* wrote(path) -> whether this process wrote the file, from C or from Lua. */
static int system_wrote(lua_State *L) {
    lua_pushboolean(L, vtl_wrote(L, vtl_check_path(L, 1)));
    return 1;
}

/* written() -> number of files that this process wrote. */
static int system_written(lua_State *L) {
    lua_pushinteger(L, vtl_written(L));
    return 1;
}

/* note_wrote(path): this process wrote the file that is there now. */
static int system_note_wrote(lua_State *L) {
    vtl_note_wrote(L, vtl_check_path(L, 1));
    return 0;
}

/* size(path) -> bytes */
static int system_size(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    struct stat info;
    if (stat(path, &info) != 0) return refused(L, "find", path, errno);
    lua_pushinteger(L, (lua_Integer)info.st_size);
    return 1;
}

/* cut(path, bytes) -> true: what is behind so many bytes is taken away. */
static int system_cut(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    lua_Integer bytes = luaL_checkinteger(L, 2);
    return truncate(path, (off_t)bytes) == 0 ? done(L) : refused(L, "cut", path, errno);
}

/* can_write(path, overwrite, [frames]) -> true: a file of this name can be made or replaced, and is
   one of many frames by its name. */
static int system_can_write(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    vt_write_options frames = vt_write_defaults();
    frames.append = true;
    vt_error err = {0};
    if (lua_toboolean(L, 3) && vt_failed(vt_frame_check(path, &frames, &err)))
        return refused_by_core(L, &err);
    vt_output *output = vt_output_create(path, lua_toboolean(L, 2) || vtl_wrote(L, path), &err);
    if (output == NULL) return refused_by_core(L, &err);
    vt_output_discard(output);
    return done(L);
}

/* sha256(text) -> 64 hexadecimal digits. */
static int system_sha256(lua_State *L) {
    size_t bytes;
    const char *text = luaL_checklstring(L, 1, &bytes);
    char hex[65];
    vt_sha256(text, bytes, hex);
    lua_pushstring(L, hex);
    return 1;
}

/* ---------------------------------------------------------------- locks ---- */

/* lock(path) -> lock on a file or folder that exists, or nil and a message when another process
   holds it. The system frees it when the process ends, however it ends. */
static int system_lock(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    int *fd = lua_newuserdatauv(L, sizeof *fd, 0);
    *fd = -1;
    luaL_setmetatable(L, LOCK);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) return refused(L, "lock", path, errno);
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0) return 1;
    int error = errno;
    close(*fd);
    *fd = -1;
    if (error != EWOULDBLOCK) return 1; /* a file system without locks: go on without one */
    lua_pushnil(L);
    lua_pushfstring(L, "%s is held by another process", path);
    return 2;
}

/* lock:holds(path) -> whether the path still leads to what is locked. */
static int lock_holds(lua_State *L) {
    const int *fd = luaL_checkudata(L, 1, LOCK);
    const char *path = vtl_check_path(L, 2);
    struct stat own, now;
    bool same = *fd >= 0 && fstat(*fd, &own) == 0 && stat(path, &now) == 0 &&
                own.st_dev == now.st_dev && own.st_ino == now.st_ino;
    lua_pushboolean(L, same);
    return 1;
}

static int lock_close(lua_State *L) {
    int *fd = luaL_checkudata(L, 1, LOCK);
    if (*fd >= 0) close(*fd);
    *fd = -1;
    return 0;
}

static int lock_tostring(lua_State *L) {
    const int *fd = luaL_checkudata(L, 1, LOCK);
    lua_pushstring(L, *fd >= 0 ? "lock, held" : "lock, released");
    return 1;
}

/* ---------------------------------------------------------------- process ---- */

/* terminal(1 or 2) -> whether standard output or standard error is one. */
static int system_terminal(lua_State *L) {
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* interrupted([value]) -> whether Ctrl-C was pressed or SIGTERM came, which one when it was a
   signal from elsewhere ("SIGTERM"), and the exit status that tells of it; with a value sets
   whether. Only jobs and the protocol framework set it: they lay an interrupt aside while they save
   a run. */
static int system_interrupted(lua_State *L) {
    bool before = vt_interrupted();
    if (!lua_isnone(L, 1)) vtl_interrupt_lay_aside(L, lua_toboolean(L, 1));
    lua_pushboolean(L, before);
    lua_pushstring(L, vtl_terminated() ? "SIGTERM" : NULL);
    lua_pushinteger(L, vtl_interrupt_status());
    return 3;
}

/* free(path) -> bytes that an ordinary user may still write where `path` is, nil when unknown */
static int system_free(lua_State *L) {
    struct statvfs info;
    if (statvfs(vtl_check_path(L, 1), &info) == 0)
        lua_pushnumber(L, (double)info.f_bavail * (double)info.f_frsize);
    else
        lua_pushnil(L);
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {{"kind", system_kind},
                                     {"is_link", system_is_link},
                                     {"make_folder", system_make_folder},
                                     {"list", system_list},
                                     {"absolute", system_absolute},
                                     {"write", system_write},
                                     {"append", system_append},
                                     {"wrote", system_wrote},
                                     {"written", system_written},
                                     {"note_wrote", system_note_wrote},
                                     {"free", system_free},
                                     {"size", system_size},
                                     {"cut", system_cut},
                                     {"can_write", system_can_write},
                                     {"sha256", system_sha256},
                                     {"lock", system_lock},
                                     {"terminal", system_terminal},
                                     {"interrupted", system_interrupted},
                                     {NULL, NULL}};

static const luaL_Reg LOCK_METHODS[] = {{"close", lock_close}, {"holds", lock_holds}, {NULL, NULL}};
static const luaL_Reg LOCK_META[] = {
    {"__gc", lock_close}, {"__close", lock_close}, {"__tostring", lock_tostring}, {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    vtl_add_processes(L);
    vtl_add_programs(L);
    return 1;
}

VTL_OPENER(system) {
    vtl_new_type(L, LOCK, LOCK_METHODS, LOCK_META);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.system");
    lua_pop(L, 1);
}

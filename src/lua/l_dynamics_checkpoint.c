/* Checkpoints of MD from Lua: md:save, vt.md_restore, and what a checkpoint keeps of the run. */
#include "l_dynamics.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vitrum/io.h"

void vtl_md_try_output(lua_State *L, const char *where, const char *key, const char *path,
                       bool overwrite) {
    vt_error err = {0};
    vt_output *out = vt_output_create(path, overwrite || vtl_wrote(L, path), &err);
    vt_output_discard(out);
    if (out == NULL) vtl_error(L, "%s: %s: %s", where, key, err.msg);
}

/* Text of a checkpoint: "key length\nvalue\n" for each entry of the job; values may hold anything.
   The first two are files. */
static const char *const JOB_KEYS[] = {"csv",        "checkpoint", "checkpoint_every",
                                       "provenance", "note",       NULL};

/* Push the job of the object at `index` as text. */
static const char *push_job(lua_State *L, int index) {
    luaL_Buffer b;
    index = lua_absindex(L, index);
    lua_getiuservalue(L, index, VTL_MD_JOB);
    int job = lua_gettop(L);
    luaL_buffinit(L, &b);
    for (int k = 0; JOB_KEYS[k] != NULL; k++) {
        if (lua_getfield(L, job, JOB_KEYS[k]) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        size_t length;
        const char *value = lua_tolstring(L, -1, &length);
        lua_pushfstring(L, "%s %I\n%s\n", JOB_KEYS[k], (LUAI_UACINT)strlen(value), value);
        lua_remove(L, -2);
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    lua_remove(L, job);
    return lua_tostring(L, -1);
}

/* One entry of a job's text at *at: its key in `key`, its value, *length long, as the result; NULL
   when there is none that is whole. */
static const char *next_entry(const char **at, const char *end, char key[32], size_t *length) {
    const char *blank = memchr(*at, ' ', (size_t)(end - *at));
    if (blank == NULL || blank - *at >= 32) return NULL;
    memcpy(key, *at, (size_t)(blank - *at));
    key[blank - *at] = '\0';
    size_t n = 0;
    const char *p = blank + 1;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (size_t)(*p - '0');
        if (n > (size_t)(end - p)) return NULL;
    }
    if (p == blank + 1 || p == end || *p != '\n' || n >= (size_t)(end - p - 1) || p[1 + n] != '\n')
        return NULL;
    *at = p + 1 + n + 1;
    *length = n;
    return p + 1;
}

/* Fill the job of the MD on top of the stack from the text of the checkpoint `path`. */
static void read_job(lua_State *L, const char *text, const char *path) {
    lua_getiuservalue(L, -1, VTL_MD_JOB);
    int job = lua_gettop(L);
    const char *end = text + strlen(text);
    while (text < end) {
        char key[32] = "";
        size_t length = 0;
        const char *value = next_entry(&text, end, key, &length);
        int known = 0;
        while (value != NULL && JOB_KEYS[known] != NULL && strcmp(JOB_KEYS[known], key) != 0)
            known++;
        if (value == NULL || JOB_KEYS[known] == NULL || lua_getfield(L, job, key) != LUA_TNIL)
            vtl_error(L,
                      "md_restore: %s: what it holds of its run (csv, checkpoint, note) cannot be "
                      "read; it was changed, or is of another version of the program",
                      path);
        lua_pop(L, 1);
        lua_pushlstring(L, value, length);
        lua_setfield(L, job, key);
    }
    if (lua_getfield(L, job, "checkpoint_every") != LUA_TNIL) {
        double seconds = lua_tonumber(L, -1);
        lua_pushnumber(L, seconds > 0 ? seconds : 60);
        lua_setfield(L, job, "checkpoint_every");
    }
    lua_pop(L, 1);
    lua_pushstring(L, path);
    lua_setfield(L, job, "restored");
    lua_pop(L, 1);
}

/* Push the last part of the name `name` in the folder of `beside`. */
static const char *push_beside(lua_State *L, const char *beside, const char *name) {
    const char *folder_end = strrchr(beside, '/'), *last = strrchr(name, '/');
    lua_pushlstring(L, beside, folder_end != NULL ? (size_t)(folder_end - beside) + 1 : 0);
    lua_pushstring(L, last != NULL ? last + 1 : name);
    lua_concat(L, 2);
    return lua_tostring(L, -1);
}

static bool same_file(const char *one, const char *other) {
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* What a checkpoint tells of the files of its run is text that anybody may have written. A file is
   taken for the run's own when it lies beside the checkpoint and shows it: the checkpoint is the
   one that was restored, or the csv holds the samples that the checkpoint holds. */
void vtl_md_claim_outputs(lua_State *L, const char *where, const bool named[2]) {
    vtl_md *self = vtl_check_md(L, 1);
    int top = lua_gettop(L);
    lua_getiuservalue(L, 1, VTL_MD_JOB);
    if (lua_getfield(L, top + 1, "restored") == LUA_TNIL) {
        lua_settop(L, top);
        return;
    }
    const char *restored = lua_tostring(L, -1);
    for (int k = 0; k < 2; k++) {
        const char *key = JOB_KEYS[k];
        lua_settop(L, top + 2);
        if (lua_getfield(L, top + 1, key) == LUA_TNIL) continue;
        const char *stored = lua_tostring(L, -1), *path = push_beside(L, restored, stored);
        bool own = k == 0 ? vt_md_csv_matches(self->md, path) : same_file(path, restored);
        if (own) vtl_note_wrote(L, path);
        if (own && !named[k]) lua_setfield(L, top + 1, key);
        if (!own && !named[k])
            vtl_error(L,
                      "%s: the run in %s wrote its %s to '%s'; %s, so this name is not taken from "
                      "the checkpoint. Give a name, md:resume{ %s = \"...\" }, or %s = false to "
                      "go on without",
                      where, restored, key, stored,
                      k == 0 ? "beside the checkpoint there is no such file with its samples"
                             : "that is not the file that was restored",
                      key, key);
    }
    lua_settop(L, top);
}

vt_status vtl_md_checkpoint(lua_State *L, int index, const char *path, bool overwrite,
                            vt_error *err) {
    vtl_md *self = luaL_checkudata(L, index, VTL_MD);
    /* The job first: making its text may collect garbage, and finalizers may close the atoms. */
    const char *text = push_job(L, index);
    vtl_atoms *box = vtl_md_atoms_or(L, index, err);
    if (box == NULL) {
        lua_pop(L, 1);
        return err->code;
    }
    vt_status status = vt_md_save(self->md, path, overwrite || vtl_wrote(L, path), text, err);
    lua_pop(L, 1);
    if (!vt_failed(status)) vtl_note_wrote(L, path);
    return status;
}

const vtl_md_save_options vtl_md_save_defaults = {false, NULL};

const vtl_option vtl_md_save_list[] = {
    {"overwrite", VTL_BOOLEAN, offsetof(vtl_md_save_options, overwrite), "-",
     "replace a file that this process did not write", NULL},
    {"note", VTL_STRING, offsetof(vtl_md_save_options, note), "-",
     "any text, given back as md.note after vt.md_restore", NULL},
    {0}};

/* md:save(path, { overwrite = , note = }) -> md */
int vtl_md_save(lua_State *L) {
    vtl_check_md(L, 1);
    const char *path = vtl_check_path(L, 2);
    vtl_md_save_options o = vtl_md_save_defaults;
    vtl_options(L, 3, "MD:save", vtl_md_save_list, &o);
    vtl_check_md(L, 1); /* reading options may have called metamethods */
    if (o.note != NULL) {
        lua_getiuservalue(L, 1, VTL_MD_JOB);
        lua_pushstring(L, o.note);
        lua_setfield(L, -2, "note");
        lua_pop(L, 1);
    }
    vt_error err = {0};
    if (vt_failed(vtl_md_checkpoint(L, 1, path, o.overwrite, &err)))
        vtl_md_raise_in(L, "MD:save", &err);
    lua_settop(L, 1);
    return 1;
}

/* Push the message on top of the stack without place and function, which are none of the user's. */
static void push_reason(lua_State *L) {
    static const char *const FUNCTIONS[] = {"potential.eam: ", "potential.kim: "};
    const char *text = luaL_tolstring(L, -1, NULL);
    vtl_push_place(L);
    size_t place = lua_rawlen(L, -1);
    if (strncmp(text, lua_tostring(L, -1), place) == 0) text += place;
    for (int k = 0; k < 2; k++)
        if (strncmp(text, FUNCTIONS[k], strlen(FUNCTIONS[k])) == 0) text += strlen(FUNCTIONS[k]);
    lua_pushstring(L, text);
}

/* True for what is there and no file: a device may have no end. */
static bool is_no_file(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

/* Push the files of a potential as vt.potential.eam takes them: one name, or, of funcfl files, a
   list of those that stand between separators. False with the name of one that is no file. */
static bool push_files(lua_State *L, const char *text, const char *separator,
                       const vt_md_about *about) {
    bool several = strcmp(about->potential, "eam") == 0;
    lua_newtable(L);
    for (lua_Integer k = 1; text != NULL; k++) {
        const char *end = several ? strstr(text, separator) : NULL;
        lua_pushlstring(L, text, end != NULL ? (size_t)(end - text) : strlen(text));
        if (is_no_file(lua_tostring(L, -1))) return false;
        lua_rawseti(L, -2, k);
        text = end != NULL ? end + strlen(separator) : NULL;
    }
    return true;
}

/* Push the potential read from `file`, sought as vt.potential.eam seeks it, or the model of that
   name, when it is that of the checkpoint; else nil and above it the reason. */
static bool push_potential_of(lua_State *L, const char *file, const char *separator,
                              const vt_md_about *about) {
    bool kim = strcmp(about->potential, "kim") == 0;
    if (kim) {
        lua_pushstring(L, file);
    } else if (!push_files(L, file, separator, about)) {
        const char *name = lua_tostring(L, -1);
        lua_pushnil(L);
        lua_pushfstring(L, "%s is no file", name);
        return false;
    }
    lua_getglobal(L, "require");
    lua_pushliteral(L, "vitrum");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "potential");
    lua_getfield(L, -1, kim ? "kim" : "eam");
    lua_pushvalue(L, -4); /* the files, or the model's name */
    if (about->taper != 0) {
        lua_createtable(L, 0, 1);
        lua_pushnumber(L, about->taper);
        lua_setfield(L, -2, "taper");
    }
    if (lua_pcall(L, about->taper != 0 ? 2 : 1, 1, 0) == LUA_OK) {
        const vt_potential *p = vtl_check_potential(L, -1);
        if (strcmp(vt_potential_sha256(p), about->sha256) == 0) return true;
        char sum[13];
        snprintf(sum, sizeof sum, "%.12s", vt_potential_sha256(p));
        const char *path = luaL_gsub(L, kim ? file : vt_potential_path(p), "\n", ", ");
        lua_pushfstring(L, "%s has other %s (SHA-256 %s...)", path, kim ? "parameters" : "contents",
                        sum);
    } else if (vt_interrupted()) {
        lua_error(L);
    } else {
        push_reason(L);
    }
    lua_pushnil(L);
    lua_insert(L, -2);
    return false;
}

/* Push the potential that the checkpoint tells of: from the file that it was read from, which may
   be in any folder, else from one of the same name. */
static void push_recorded_potential(lua_State *L, const char *path, const vt_md_about *about) {
    const char *before = "", *reason = "";
    luaL_checkstack(L, 40, "md_restore");
    if (about->path[0] != '\0') {
        if (push_potential_of(L, about->path, "\n", about)) return;
        reason = lua_tostring(L, -1);
        before = lua_pushfstring(L, "%s; ", reason);
    }
    if (push_potential_of(L, about->file, ", ", about)) return;
    if (strcmp(reason, lua_tostring(L, -1)) == 0) before = ""; /* the same file twice */
    char sum[13];
    snprintf(sum, sizeof sum, "%.12s", about->sha256);
    vtl_error(L,
              "md_restore: %s was made with the potential %s (SHA-256 %s...), which is not found: "
              "%s%s. Or give the potential: vt.md_restore(path, { potential = ... })",
              path, about->file, sum, before, lua_tostring(L, -1));
}

/* Push the potential that argument 2 of md_restore names, else the one that the checkpoint names,
   read anew. */
static void push_restore_potential(lua_State *L, const char *path) {
    if (luaL_testudata(L, 2, VTL_POTENTIAL) != NULL) {
        lua_pushvalue(L, 2);
        return;
    }
    if (luaL_testudata(L, 2, VTL_ATOMS) != NULL) {
        vtl_check_atoms_potential(L, 2);
        vtl_push_atoms_potential(L, 2);
        return;
    }
    static const vtl_option options[] = {
        {"potential", VTL_VALUE, 0, "-", "the potential it was made with", NULL}, {0}};
    int unused = 0;
    vtl_options(L, 2, "md_restore", options, &unused);
    if (lua_istable(L, 2) && lua_getfield(L, 2, "potential") != LUA_TNIL) {
        vtl_check_potential(L, -1);
        return;
    }
    vt_md_about *about = lua_newuserdatauv(L, sizeof *about, 0);
    vt_error err = {0};
    if (vt_failed(vt_md_inspect(path, about, &err))) vtl_md_raise_in(L, "md_restore", &err);
    if (about->file[0] == '\0')
        vtl_error(L,
                  "md_restore: %s was made with a potential without a file (%s); give it: "
                  "vt.md_restore(path, { potential = ... })",
                  path, about->potential);
    push_recorded_potential(L, path, about);
}

/* Raise unless what a checkpoint holds may be put into the atoms at `index`. */
static void check_restorable(lua_State *L, int index, const vt_atoms *from) {
    const vt_atoms *to = vtl_check_atoms(L, index);
    vtl_require_idle(L, index, "md_restore");
    bool same = to->count == from->count && to->species_count == from->species_count;
    for (size_t i = 0; i < from->count && same; i++)
        same = to->id[i] == from->id[i] && to->type[i] == from->type[i];
    for (int k = 0; k < from->species_count && same; k++)
        same = strcmp(to->species[k].symbol, from->species[k].symbol) == 0;
    if (!same)
        vtl_error(L, "md_restore: the checkpoint holds other atoms than those given; leave them "
                     "out to get its own");
}

static void restore_into(vt_atoms *to, const vt_atoms *from) {
    to->box = from->box;
    for (int k = 0; k < from->species_count; k++) to->species[k] = from->species[k];
    for (size_t i = 0; i < from->count; i++) vt_atoms_copy_atom(to, i, from, i);
}

/* vt.md_restore(path, potential or atoms or { potential = } or nothing) -> atoms, md */
int vtl_md_restore(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    vtl_interrupt_arm(L);
    lua_settop(L, 3); /* the third is for the potential */
    push_restore_potential(L, path);
    lua_insert(L, 3);
    lua_settop(L, 3);                  /* path argument potential */
    vtl_md *self = vtl_new_md(L);      /* path argument potential md */
    vtl_atoms *box = vtl_new_atoms(L); /* path argument potential md atoms */
    const vt_potential *potential = vtl_check_potential(L, 3);
    vt_error err = {0};
    vt_restored restored;
    if (vt_failed(vt_md_restore(path, potential, &restored, &err)))
        vtl_md_raise_in(L, "md_restore", &err);
    box->atoms = restored.atoms;
    self->md = restored.md;
    self->shared = vtl_share_system(restored.system, vtl_shared_of(L, 3));
    if (self->shared == NULL) {
        vt_md_destroy(restored.md);
        vt_system_destroy(restored.system);
        self->md = NULL;
        vt_fail_memory(&err, 1, sizeof *self->shared, "a system");
        vtl_md_raise_in(L, "md_restore", &err);
    }
    /* All that may raise comes before the user's atoms are changed. */
    lua_pushvalue(L, 4);
    read_job(L, vt_md_text(self->md), path);
    lua_pop(L, 1);
    bool into = luaL_testudata(L, 2, VTL_ATOMS) != NULL;
    if (into) check_restorable(L, 2, box->atoms);
    vtl_may_set_potential(L, into ? 2 : 5, 3);
    if (into) {
        restore_into(vtl_check_atoms(L, 2), box->atoms);
        lua_pushvalue(L, 2);
        lua_replace(L, 5);
    }
    vtl_set_potential(L, 5, 3);
    vtl_adopt_system(vtl_check_atoms_box(L, 5), self->shared);
    lua_pushvalue(L, 5);
    lua_setiuservalue(L, 4, VTL_MD_ATOMS);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 4, VTL_MD_POTENTIAL);
    vtl_gc_hint(L, vt_md_system(self->md)->count * 500);
    vtl_note_wrote(L, path);
    lua_insert(L, 4); /* path argument potential atoms md */
    return 2;
}

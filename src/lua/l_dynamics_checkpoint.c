/* Checkpoints of MD from Lua. */
#include "l_dynamics.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* save(md, path, overwrite, text, where) */
int vtl_md_save(lua_State *L) {
    vtl_md *self = vtl_check_md(L, 1);
    const char *path = vtl_check_path(L, 2), *text = luaL_checkstring(L, 4);
    const char *where = luaL_checkstring(L, 5);
    bool overwrite = lua_toboolean(L, 3) || vtl_wrote(L, path);
    vt_error err = {0};
    if (vtl_md_atoms_or(L, 1, &err) == NULL ||
        vt_failed(vt_md_save(self->md, path, overwrite, text, &err)))
        return vtl_md_raise_in(L, where, &err);
    vtl_note_wrote(L, path);
    return 0;
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
        lua_pushfstring(L, "%s is not a file", name);
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
                  "md_restore: %s was made with a potential that has no file (%s); give it: "
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

/* restore(path, potential or atoms or { potential = } or nil, read) -> atoms, md. read(text, path)
   gives the table of the dynamics' job, and raises when the text is none. */
int vtl_md_restore(lua_State *L) {
    const char *path = vtl_check_path(L, 1);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    vtl_interrupt_arm(L);
    lua_settop(L, 3);
    lua_pushnil(L); /* the place of the potential */
    push_restore_potential(L, path);
    lua_replace(L, 4);
    lua_settop(L, 4);                  /* path argument read potential */
    vtl_md *self = vtl_new_md(L);      /* path argument read potential md */
    vtl_atoms *box = vtl_new_atoms(L); /* path argument read potential md atoms */
    const vt_potential *potential = vtl_check_potential(L, 4);
    vt_error err = {0};
    vt_restored restored;
    if (vt_failed(vt_md_restore(path, potential, &restored, &err)))
        vtl_md_raise_in(L, "md_restore", &err);
    box->atoms = restored.atoms;
    self->md = restored.md;
    self->shared = vtl_share_system(restored.system, vtl_shared_of(L, 4));
    if (self->shared == NULL) {
        vt_md_destroy(restored.md);
        vt_system_destroy(restored.system);
        self->md = NULL;
        vt_fail_memory(&err, 1, sizeof *self->shared, "a system");
        vtl_md_raise_in(L, "md_restore", &err);
    }
    /* All that may raise comes before the user's atoms are changed. */
    lua_pushvalue(L, 3);
    lua_pushstring(L, vt_md_text(self->md));
    lua_pushvalue(L, 1);
    lua_call(L, 2, 1);
    lua_setiuservalue(L, 5, VTL_MD_JOB);
    bool into = luaL_testudata(L, 2, VTL_ATOMS) != NULL;
    if (into) check_restorable(L, 2, box->atoms);
    vtl_may_set_potential(L, into ? 2 : 6, 4);
    if (into) {
        restore_into(vtl_check_atoms(L, 2), box->atoms);
        lua_pushvalue(L, 2);
        lua_replace(L, 6);
    }
    vtl_set_potential(L, 6, 4);
    vtl_adopt_system(vtl_check_atoms_box(L, 6), self->shared);
    lua_pushvalue(L, 6);
    lua_setiuservalue(L, 5, VTL_MD_ATOMS);
    lua_pushvalue(L, 4);
    lua_setiuservalue(L, 5, VTL_MD_POTENTIAL);
    vtl_gc_hint(L, vt_md_system(self->md)->count * 500);
    vtl_note_wrote(L, path);
    lua_insert(L, 5); /* path argument read potential atoms md */
    return 2;
}

/* What the files that bind dynamics share. */
#ifndef VITRUM_L_DYNAMICS_H
#define VITRUM_L_DYNAMICS_H

#include "l_atoms.h"
#include "vitrum/dynamics.h"

#define VTL_MD "vitrum.MD"

/* Uservalues of an MD userdata. The job is a table: what the present run writes and where. */
enum { VTL_MD_ATOMS = 1, VTL_MD_POTENTIAL, VTL_MD_JOB, VTL_MD_USERVALUES = 3 };

typedef struct {
    vt_md *md; /* NULL while it is made and when it is gone */
    bool closed;
    vtl_shared_system *shared; /* counted */
    bool running;              /* inside md:run, perhaps in its sample function */
    int64_t chunk;             /* steps that take a moment */
} vtl_md;

/* Push an MD userdata that is still closed, with an empty job. */
vtl_md *vtl_new_md(lua_State *L);

/* vtl_error with "where: " in front. */
int vtl_md_raise_in(lua_State *L, const char *where, const vt_error *err);

/* The live object at `index`. */
vtl_md *vtl_check_md(lua_State *L, int index);

/* The live atoms of the object at `index`; raises "where: ..." when they are closed or have
   another potential now. */
vt_atoms *vtl_md_atoms(lua_State *L, const char *where, int index);

/* Their box, without raising: NULL and a message. The dynamics may be ahead of these atoms; nothing
   else is. */
vtl_atoms *vtl_md_atoms_or(lua_State *L, int index, vt_error *err);

/* Write the atoms back when the dynamics at `index` is ahead of them; closed atoms are none. */
void vtl_md_catch_up(lua_State *L, int index);

/* Push the table of one sample. */
void vtl_push_sample(lua_State *L, const vt_md_sample *sample);

/* Read { xx = ..., } at the top of the stack, six names; calls `take` for each component that is
   there, with its value on top. */
typedef void (*vtl_take_component)(lua_State *L, int k, void *target);
void vtl_read_components(lua_State *L, const char *where, const char *key, vtl_take_component take,
                         void *target);

/* A number at the top of the stack that makes sense, or an error that names `what`. */
double vtl_md_number(lua_State *L, const char *where, const char *what, const vt_range *range);

/* Functions of the module "vitrum.md_core". */
int vtl_md_save(lua_State *L);
int vtl_md_restore(lua_State *L);

/* Stress by component, from the option `stress` of the table at index 2. */
typedef struct {
    double value[6]; /* [GPa] */
    bool given[6];
    const char *where; /* the function, for messages */
} vtl_stress_table;

void vtl_read_stress_table(lua_State *L, vtl_stress_table *table);

#endif

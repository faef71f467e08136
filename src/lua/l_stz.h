/* Shared by the files of the lattice binding (l_stz*.c) and by nothing else. */
#ifndef VITRUM_L_STZ_H
#define VITRUM_L_STZ_H

#include "vitrum/stz.h"
#include "vtl.h"

#define VTL_LATTICE "vitrum.Lattice"

enum { VTL_STZ_NOTE = 1 }; /* uservalue: text that a checkpoint keeps */

/* Fields that views look at: components xx, yy, xy of n x n each. */
typedef struct {
    double *values;
    uint64_t changes; /* of the lattice when they were computed; 0: never */
} vtl_stz_fields;

typedef struct {
    vt_stz *lattice;               /* NULL while it is made and when it is gone */
    vtl_stz_fields stress, strain; /* [GPa] and [-] */
    bool closed;
} vtl_lattice;

/* The lattice at `index`; raises when it is closed or of another type. */
vt_stz *vtl_check_lattice(lua_State *L, int index);

/* Push an empty box for a lattice. */
vtl_lattice *vtl_new_lattice(lua_State *L);

/* Push { xx =, yy =, xy = } with views of the local stress or strain of the lattice at 1. */
void vtl_stz_push_fields(lua_State *L, bool stress);

/* vt.stz.restore */
int vtl_stz_restore(lua_State *L);

extern const char *const VTL_STZ_COMPONENTS[3];
extern const char *const VTL_STZ_ENGINES[];

/* Methods that other files provide to the type, and their documentation. */
extern const luaL_Reg vtl_stz_run_methods[], vtl_stz_look_methods[], vtl_stz_file_methods[];
extern const vtl_doc vtl_stz_run_docs[], vtl_stz_look_docs[], vtl_stz_file_docs[];

#endif

/* What the files that bind atoms and potentials share. */
#ifndef VITRUM_L_ATOMS_H
#define VITRUM_L_ATOMS_H

#include "vtl.h"

#include "vitrum/system.h"

/* A potential and how many userdata and systems need it. Systems borrow it, and when the state
   closes Lua may finalize the potential's userdata before them; the count keeps it alive until all
   are gone. */
typedef struct {
    vt_potential *potential;
    int holders;
} vtl_shared_potential;

/* A Potential userdata; NULL only while it is being made. */
typedef struct {
    vtl_shared_potential *shared;
} vtl_potential;

/* Uservalues of an Atoms userdata. */
enum { VTL_ATOMS_POTENTIAL = 1, VTL_ATOMS_USERVALUES = 1 };

/* A system of some atoms, and how many work on it: the atoms themselves and dynamics. */
typedef struct {
    vt_system *system;
    vtl_shared_potential *potential; /* counted */
    int holders;
    vt_hessian *hessian; /* the last one that was wanted, NULL before */
    vt_hessian_options hessian_options;
} vtl_shared_system;

/* An Atoms userdata. Its systems are of the potential in the uservalue, one for each precision, and
   made when first needed. */
typedef struct {
    vt_atoms *atoms;              /* NULL while it is made and when it is gone */
    bool closed;                  /* by close(); the memory may stay a while, see vtl_may_end */
    vtl_shared_system *system[2]; /* by vt_precision */
    vt_system *ahead;             /* that may be ahead of the atoms, see vtl_refresh_atoms */
} vtl_atoms;

/* The system of the atoms at `index` for their potential; raises when they have none, or, with
   `where` in front, when it cannot be made. */
vtl_shared_system *vtl_atoms_system(lua_State *L, int index, vt_precision precision,
                                    const char *where);

/* One of its own with other options, for whoever is its only holder. */
vtl_shared_system *vtl_new_system(lua_State *L, int index, const vt_system_options *options,
                                  const char *where);

/* Share a system; the caller is its holder. NULL when there is no memory for that. */
vtl_shared_system *vtl_share_system(vt_system *system, vtl_shared_potential *potential);

/* The atoms at `box`, which are as the system's own are, take it for theirs. */
void vtl_adopt_system(vtl_atoms *box, vtl_shared_system *shared);

void vtl_system_retain(vtl_shared_system *shared);
void vtl_system_release(vtl_shared_system *shared);

/* Let go of the systems of some atoms. */
void vtl_drop_systems(vtl_atoms *box);

/* Bring the atoms up to date. Done by vtl_check_atoms_box and whenever a view of their arrays is
   used, so that a dynamics need not write them back for a sample function that never looks. */
void vtl_refresh_atoms(vtl_atoms *box);

/* Push an Atoms userdata that is still closed; the caller creates atoms into it, so that
   whatever raises later leaves something to collect. */
vtl_atoms *vtl_new_atoms(lua_State *L);

/* Put `atoms` into a box from vtl_new_atoms on top of the stack, or raise `err` when NULL. */
void vtl_set_atoms(lua_State *L, vtl_atoms *box, vt_atoms *atoms, const vt_error *err);

/* The box of the atoms at `index`; raises when closed or of another type. */
vtl_atoms *vtl_check_atoms_box(lua_State *L, int index);

/* Give the atoms on top of the stack the potential of those at `index`. */
void vtl_copy_potential(lua_State *L, int index);

/* Raise unless the potential of the atoms at `index` (none will do) knows `symbol`. */
void vtl_require_species(lua_State *L, int index, const char *symbol);

/* Raise unless the atoms at `index` may be given the potential at `value`, or none for nil: it
   knows their species, and no run is at work with them. */
void vtl_may_set_potential(lua_State *L, int index, int value);

/* Give them what they may be given; raises nothing. */
void vtl_set_potential(lua_State *L, int index, int value);

/* What the potential at `index` shares; NULL when it is none, or one that the collector ended. */
vtl_shared_potential *vtl_shared_of(lua_State *L, int index);

/* Push a Potential that holds nothing yet; give it one, or raise `err` when it is NULL. */
vtl_potential *vtl_new_potential(lua_State *L);
void vtl_complete_potential(lua_State *L, vtl_potential *box, vt_potential *potential,
                            const vt_error *err);

/* Push the first readable file of that name, as given or in the folders of potentials, or raise and
   tell where it was sought. */
const char *vtl_push_found(lua_State *L, const char *where, const char *name);

/* One more user of a potential, one less. */
void vtl_potential_retain(vtl_shared_potential *shared);
void vtl_potential_release(vtl_shared_potential *shared);

/* ---- arguments ---- */

/* Three numbers in the table or array at `index`; `what` names them in errors. */
void vtl_read_vector(lua_State *L, int index, const char *what, double v[3]);

/* One count for all axes or a table of three, each at least 1. */
void vtl_read_counts(lua_State *L, int index, const char *what, int64_t counts[3]);

/* true or false for all axes or a table of three. */
void vtl_read_periodic(lua_State *L, int index, const char *what, bool periodic[3]);

/* A box from the value at `index`: an edge of a cube, three edges, or a table with a, b, c,
   origin, periodic, lengths, angles, volume. What is not given stays as in `box`. */
void vtl_read_box(lua_State *L, int index, const char *where, vt_box *box);
extern const vtl_option vtl_box_options[];

/* Push the table that describes `box`. */
void vtl_push_box(lua_State *L, const vt_box *box);

/* Push a table of the six components under their names and as 1 to 6. */
void vtl_push_tensor(lua_State *L, const double tensor[6]);

/* Atoms of those at `atoms`, numbered from 0, in a userdata that takes the place of what says which
   at `index`: a species, a list of numbers, a mask; nil: all. Reads arguments, so it comes before
   what holds on to the atoms. */
const int32_t *vtl_read_centers(lua_State *L, int atoms, int index, const char *where,
                                size_t *count);

/* Defaults of options that the core knows, filled in before they are documented. */
void vtl_atoms_build_defaults(void);
void vtl_atoms_curvature_defaults(void);

/* ---- methods by file, each list ends with {NULL, NULL} or {0} ---- */

extern const luaL_Reg vtl_atoms_data_methods[], vtl_atoms_change_methods[],
    vtl_atoms_select_methods[], vtl_atoms_energy_methods[], vtl_atoms_curvature_methods[],
    vtl_atoms_constructors[];
extern const vtl_doc vtl_atoms_data_docs[], vtl_atoms_change_docs[], vtl_atoms_select_docs[],
    vtl_atoms_energy_docs[], vtl_atoms_curvature_docs[], vtl_atoms_constructor_docs[];

/* By atom whether it stands still, from the numbers (from 1) in the array or table at `index`,
   which is option 'frozen' of `where`; NULL for nil. In memory of Lua that stays on the stack. */
bool *vtl_read_frozen(lua_State *L, int index, size_t count, const char *where);

#endif

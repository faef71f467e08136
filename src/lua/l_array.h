/* Shared by the files of the array binding (l_array*.c) and by nothing else. */
#ifndef VITRUM_L_ARRAY_H
#define VITRUM_L_ARRAY_H

#include "vtl.h"

/* The userdata. The view comes first, so that a pointer to one is a pointer to the other. */
typedef struct {
    vt_array view;
    void *memory; /* owned, NULL for a view of another's memory */
    bool closed;  /* by close */
    bool readonly;
    vtl_generation generation; /* NULL: the memory never moves */
    void *owner;               /* its box; uservalue 1 keeps it alive */
    uint64_t expected;
    char setter[64];
} vtl_array_box;

/* The box at `index`, stale or not; raises when it is no array. */
vtl_array_box *vtl_array_box_at(lua_State *L, int index);

/* True when the memory behind the array at `index`, whose box is `box`, is still what it was. */
bool vtl_array_alive(lua_State *L, int index, const vtl_array_box *box);

/* True when the value at `index` is an array. */
bool vtl_is_array(lua_State *L, int index);

/* The array at `index` for writing; raises on a read-only view and names the setter. */
vt_array *vtl_check_writable(lua_State *L, int index);

/* Like vtl_new_array, but the numbers are whatever the memory held: for results that are written
   as a whole. */
vt_array *vtl_new_result(lua_State *L, vt_dtype dtype, int ndim, const int64_t *shape);

/* Push a view of part of the array at `index` that shares its owner, generation and read-only
   mark. */
vt_array *vtl_push_part(lua_State *L, int index, const vt_array *part);

/* Push element `offset` as a Lua integer or float. */
void vtl_push_element(lua_State *L, const vt_array *array, int64_t offset);

/* An array from the array, the (nested) table or the number at `index`, which it replaces on the
   stack when it made a new one. A number takes the type `like` when it fits into it (an integer
   into any type, a float into a float type). */
const vt_array *vtl_check_operand(lua_State *L, int index, vt_dtype like, const char *what);

/* An array or table at `index` as an array of its own type (a table: float64), replacing it. */
vt_array *vtl_check_arraylike(lua_State *L, int index, const char *what);

/* A dtype by name, as an argument. */
vt_dtype vtl_check_dtype(lua_State *L, int index);

/* An axis given from 1, or from the end as -1, -2, ...: from 0, or -1 when nil or none. */
int vtl_check_axis(lua_State *L, int index, const vt_array *array);

/* Raise when `status` is a failure, with the name of the function in front (NULL: an operator,
   which the message itself shows). */
void vtl_array_try(lua_State *L, const char *where, vt_status status, const vt_error *err);

extern const char *const VTL_DTYPES[]; /* names in the order of vt_dtype, ends with NULL */

/* Each file adds its functions to the module table vt.array on top of the stack, its methods to
   the table below it and metamethods to the metatable below that. */
void vtl_array_open_make(lua_State *L);
void vtl_array_open_math(lua_State *L);
void vtl_array_open_reduce(lua_State *L);
void vtl_array_open_linear(lua_State *L);

/* Copy the array, table or number at `value`, which it may replace, into `target`, stretched to its
   shape. Raises on a number that the type of `target` cannot hold exactly enough: too large, or a
   fraction where integers are wanted; `target` is then as before. */
void vtl_array_assign(lua_State *L, const vt_array *target, int value, const char *where);

/* Metamethods and methods that other files provide to the type. */
int vtl_array_index(lua_State *L);
int vtl_array_newindex(lua_State *L);
int vtl_array_tostring(lua_State *L);
extern const luaL_Reg vtl_array_index_methods[];
extern const luaL_Reg vtl_array_print_methods[];
extern const vtl_doc vtl_array_index_docs[];
extern const vtl_doc vtl_array_print_docs[];

#endif

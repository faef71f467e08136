/* What every binding shares: options, documentation, errors, arrays, progress.

   A binding method has three phases: read arguments (may raise), pure C (never touches L), push
   results. luaL_error jumps over the C stack, so no memory outside userdata may be held while
   Lua can raise. */
#ifndef VITRUM_VTL_H
#define VITRUM_VTL_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

#include "vitrum/array.h"
#include "vitrum/atoms.h"
#include "vitrum/base.h"
#include "vitrum/potential.h"

/* ---------------------------------------------------------------- errors ---- */

/* Raise err->msg with the place of the user's code in front, which is the nearest Lua code outside
   vitrum's own modules. Never returns. */
int vtl_raise(lua_State *L, const vt_error *err);

/* Push that place, "file:line: " or "": the first level of the stack that is neither C nor one of
   the Lua modules inside the binary, whose chunks are named "vitrum.plot". */
void vtl_push_place(lua_State *L);

/* luaL_error with that place. Knows the same few formats. */
int vtl_error(lua_State *L, const char *format, ...);

/* Replace the string on top of the stack by what vt_plain_text makes of it, lines kept. */
void vtl_plain(lua_State *L);

/* Tell the collector of `bytes` of C memory now held by a userdata on the stack. */
void vtl_gc_hint(lua_State *L, size_t bytes);

/* ---------------------------------------------------------------- ranges ---- */

/* The range of a quantity in a declaration: VTL_RANGE(PRESSURE). */
#define VTL_RANGE(quantity) &vt_ranges[VT_RANGE_##quantity]

/* Raise on impossible values of `what` ("option 'pressure'") given to `where`, warn of unusual
   ones. */
void vtl_check_range(lua_State *L, const char *where, const char *what, const vt_range *range,
                     double value);

/* Print a warning with the place of the user's code on stderr, each text once. */
void vtl_warn(lua_State *L, const char *message);

/* For the module "vitrum.session": range(name) -> { unit, least, low, high, most, units = { bar =
   1e-4, ... } }; judge(name, value) -> verdict, text; warn(message). */
int vtl_session_range(lua_State *L);
int vtl_session_judge(lua_State *L);
int vtl_session_warn(lua_State *L);

/* ---------------------------------------------------------------- options ---- */

typedef enum {
    VTL_NUMBER,      /* double, finite */
    VTL_POSITIVE,    /* double > 0 */
    VTL_NONNEGATIVE, /* double >= 0 */
    VTL_COUNT,       /* int64_t, 1 to VTL_LARGEST_COUNT */
    VTL_INTEGER,     /* int64_t */
    VTL_SEED,        /* uint64_t, from an integer >= 0 */
    VTL_BOOLEAN,     /* bool */
    VTL_STRING,      /* const char *, borrowed from the copy of the options that vtl_options leaves
                        on the stack */
    VTL_FILE,        /* const char *, the name of a file, borrowed likewise; "" for false: none */
    VTL_CHOICE,      /* int: index into `choices` */
    /* What follows is read by the caller; only the name is checked here, and help says what the
       value must be. */
    VTL_VECTOR,      /* { x, y, z } */
    VTL_TENSOR,      /* by component: { xx = 1, zz = 0 } */
    VTL_RAMP,        /* a number, or { from, to } */
    VTL_INTERVAL,    /* { low, high } */
    VTL_BY_SPECIES,  /* one number, or one for each species or pair */
    VTL_COMPOSITION, /* { Cu = 64, Zr = 36 } or "Cu64Zr36" */
    VTL_NAMES,       /* a name, or a list of them */
    VTL_BY_AXIS,     /* one value, or one for each axis */
    VTL_ARRAY_LIKE,  /* an array or a table of numbers */
    VTL_TABLE,       /* a table with names of its own */
    VTL_FUNCTION,    /* a function, or what can be called */
    VTL_VALUE        /* any other value */
} vtl_kind;

/* More than memory and time can hold, a whole number as a double, and far enough from the largest
   integer that sums of a few do not overflow. */
#define VTL_LARGEST_COUNT INT64_C(1000000000000000)

typedef struct {
    const char *name;
    vtl_kind kind;
    size_t offset;       /* of the target field in the struct given to vtl_options */
    const char *unit;    /* "ps", "K", "-" */
    const char *help;    /* one line */
    const void *allowed; /* of VTL_CHOICE the words (const char *const[], NULL-terminated);
                            of numbers VTL_RANGE(...), or NULL where any number is as good */
} vtl_option;

/* Read the options table at `index` (nil or none: all defaults stay) into `target`, which holds
   the defaults. `table` ends with {0}. An unknown key raises and names the nearest known one; a
   wrong type or range names key, unit and value. `where` names the function: "md".
   Puts a plain copy in the table's place, inherited values included: whatever reads the options
   afterwards runs no code of the user's. The reading itself may, so check objects after it. */
void vtl_options(lua_State *L, int index, const char *where, const vtl_option *table, void *target);

/* Let the choice `name` of a table be one of `words`, which the core has the list of. */
void vtl_allow(vtl_option *table, const char *name, const char *const *words);

/* The file name at `index`; a zero byte in it, at which the system would cut it, is refused. */
const char *vtl_check_path(lua_State *L, int index);

/* Metatable of the table that vt.atoms.read gives beside the atoms. Lua hands it on as the last
   argument of a call around, vt.structure.rdf(vt.atoms.read "a.data"), where it stands in the place
   of options without being any: vtl_options puts an empty table there. */
#define VTL_INFO "vitrum.Info"
bool vtl_is_info(lua_State *L, int index);

/* The entry of `choices` (NULL-terminated) or names nearest to `word` by edit distance, or NULL
   when none is near. */
const char *vtl_nearest(const char *word, const char *const *names, size_t count, size_t stride);

/* ---------------------------------------------------------------- documentation ---- */

/* One entry per function that a user can reach; help() and completion read them. */
typedef struct {
    const char *name;      /* path below vt, or "Type:method": "md", "atoms.read", "Atoms:save" */
    const char *signature; /* "vt.md(atoms, options) -> MD" */
    const char *summary;   /* plain sentences, units, source */
    const vtl_option *options; /* may be NULL */
    const void *defaults;      /* struct that the options' offsets refer to; may be NULL. A NaN in
                                  it stands for "not given" and is shown as no default. */
    const char *example;       /* may be NULL */
    const char *terms; /* words of the field under which it is sought, with semicolons between;
                          may be left out */
    const char *see;   /* names of pages to go on with, likewise */
} vtl_doc;

/* Add `docs` (ends with {0}) to the registry table "vitrum.docs":
   docs[name] = { signature, summary, example, terms, see, options = { {name, kind, unit, help,
   default, choices}, ... } }. */
void vtl_document(lua_State *L, const vtl_doc *docs);

/* ---------------------------------------------------------------- userdata ---- */

/* Make the metatable `name` ("vitrum.Atoms") with `methods` behind __index and `meta` (at least
   __gc, __close, __tostring) in the metatable itself; leaves nothing on the stack. Adds
   obj:help(). */
void vtl_new_type(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta);

/* For __index: push the method of the userdata at 1 that the name at 2 stands for, else nil. */
bool vtl_push_method(lua_State *L);

/* Push the name of a property (NULL-terminated) or of a method of the userdata at 1 that is nearest
   to `key`, nil when none is near. */
void vtl_push_nearest_field(lua_State *L, const char *key, const char *const *properties);

/* For __index of a type with fields beside its methods: the place in `properties` (NULL-terminated)
   of the name at 2, or VTL_METHOD with the method of the userdata at 1 pushed (nil for names of
   Lua's own, which are absent rather than wrong). Raises on other names; `variable` is what help
   calls such an object: "md". */
enum { VTL_METHOD = -1 };
int vtl_find_field(lua_State *L, const char *type, const char *variable,
                   const char *const *properties);

/* ---------------------------------------------------------------- lives ---- */

/* True while a C function other than the one that asks has the userdata at `index` among its values
   on the Lua stack, or an object that holds it (a view of it, a dynamics of it): then code that
   this function called is running, and the memory behind the object must stay where it is. */
bool vtl_in_use(lua_State *L, int index);

/* For close and __gc of the userdata at 1: sets `closed`, which its check function looks at, and
   tells whether its memory can be given back now; else __gc will be called again in the end. */
bool vtl_may_end(lua_State *L, bool *closed);

/* For what moves the memory behind the userdata at `index`: raises while that is in use. */
void vtl_require_idle(lua_State *L, int index, const char *where);

/* True in a __gc that the collector called, not the program. */
bool vtl_collected(lua_State *L);

/* Userdata of registered types that hold one pointer and nothing else: push one that holds NULL;
   the pointer in the one at `index`, raises when it is gone; and for __gc, the pointer of the one
   at 1, which it forgets. */
#define VTL_MEMORY "vitrum.lives.Memory" /* of vt_alloc, for results whose pushing may raise */
void **vtl_new_handle(lua_State *L, const char *type);
void *vtl_check_handle(lua_State *L, int index, const char *type);
void *vtl_take_handle(lua_State *L, const char *type);

/* ---------------------------------------------------------------- arrays ---- */

#define VTL_ARRAY "vitrum.Array"

/* Current generation of the memory that a box holds; 0, which no view has, when it is closed. Asked
   before each use of a view, so that a box whose memory waits for something is told. */
typedef uint64_t (*vtl_generation)(void *box);

/* Push a fresh zeroed array that owns its memory. */
vt_array *vtl_new_array(lua_State *L, vt_dtype dtype, int ndim, const int64_t *shape);

/* Push a view of memory that the userdata at `owner` manages. The view keeps the owner alive and
   raises when used after the owner's generation changed. With `readonly`, writing raises and
   tells to use `setter` (may be NULL). */
vt_array *vtl_push_view(lua_State *L, int owner, const vt_array *view, vtl_generation generation,
                        bool readonly, const char *setter);

/* The live array at `index`; raises when it is no array or a stale view. */
vt_array *vtl_check_array(lua_State *L, int index);

/* A contiguous float64 array of `ndim` dimensions (-1: any) from an array of any type or a
   (nested) table of numbers at `index`, which it replaces on the stack when it had to convert.
   `what` names the argument in errors. */
const vt_array *vtl_check_numbers(lua_State *L, int index, int ndim, const char *what);

/* ---------------------------------------------------------------- atoms ---- */

#define VTL_ATOMS     "vitrum.Atoms"
#define VTL_POTENTIAL "vitrum.Potential"

/* The atoms at `index`; raises when the object is closed or of another type. */
vt_atoms *vtl_check_atoms(lua_State *L, int index);

/* Push a userdata that takes `atoms`. On NULL raises `err`. */
void vtl_push_atoms(lua_State *L, vt_atoms *atoms, const vt_error *err);

/* The potential set on the atoms at `index`; raises and tells how to set one when there is none.
   The potential lives as long as the atoms' userdata refers to it; a binding that stores it must
   keep the userdata pushed by vtl_push_atoms_potential. */
const vt_potential *vtl_check_atoms_potential(lua_State *L, int index);

/* Push the potential's userdata of the atoms at `index`, or nil. */
void vtl_push_atoms_potential(lua_State *L, int index);

/* The potential in the userdata at `index`; raises when it is none. The userdata must be kept as
   long as the potential is used. */
const vt_potential *vtl_check_potential(lua_State *L, int index);

/* ---------------------------------------------------------------- progress ---- */

/* A bar with rate and time left on a terminal, a line every 30 s elsewhere, nothing after
   vt.quiet(true). Shown only when the work has lasted a second. */
typedef struct {
    char what[48];
    double total;      /* amount of work; unit of the caller's choice */
    double rate_scale; /* printed rate = amount per second x rate_scale */
    char rate_unit[16];
    double start, last_shown;
    double interval; /* seconds between two lines where there is no terminal */
    double before;   /* part of `total` that an earlier process did: counts for the share, not for
                        the rate */
    bool whole;      /* hides all others from vtl_progress_start to vtl_progress_finish */
    bool shown;
} vtl_progress;

void vtl_progress_start(vtl_progress *p, const char *what, double total, double rate_scale,
                        const char *rate_unit);
void vtl_progress_update(vtl_progress *p, double done); /* cheap: looks at the clock only */
void vtl_progress_finish(vtl_progress *p);              /* removes the bar */
void vtl_progress_whole(vtl_progress *p); /* from now on only `p` is shown, until it is finished */
void vtl_progress_clear(void); /* removes whatever bar is on the screen, before other output */
void vtl_set_quiet(bool quiet);

/* Columns of the terminal at `descriptor`, 80 when it is none; its rows, 0 when it is none. */
int vtl_terminal_width(int descriptor);
int vtl_terminal_height(int descriptor);

/* ---------------------------------------------------------------- interrupts ---- */

/* Make Ctrl-C set the core's flag, and Lua code of the state and its coroutines poll it. Once for
   a state, when the module is loaded. */
void vtl_interrupt_open(lua_State *L);

/* See to it that Ctrl-C still does so: a host may have put its own handler back. Cheap; called
   wherever long work may begin. Does not forget an interrupt that is under way. */
void vtl_interrupt_arm(lua_State *L);

/* After Ctrl-C, let the next instruction of this thread raise where nothing else sees to it. Very
   cheap; called by what every function of vitrum begins with. */
void vtl_interrupt_hear(lua_State *L);

/* Forget the interrupt for a while, or take it up again: then there is as much time to say it as
   after its first time. */
void vtl_interrupt_lay_aside(lua_State *L, bool interrupted);

/* In a process that was forked: forget an interrupt of the parent's, and take `signal` for one. */
void vtl_interrupt_by(lua_State *L, int signal);

/* The same as vtl_interrupt_arm, and forget the last interrupt: for the prompt alone, before each
 * line. */
void vtl_interrupt_reset(lua_State *L);

/* True once SIGTERM came: it stops what runs as Ctrl-C does, and then the program shall end. */
bool vtl_terminated(void);

/* What a shell reports for a program that the last interrupt ended: 130 for Ctrl-C, 143. */
int vtl_interrupt_status(void);

/* ---------------------------------------------------------------- files ---- */

/* True when this process wrote `path` before: then it may be replaced without being told to. */
bool vtl_wrote(lua_State *L, const char *path);

/* Number of files that this process wrote. */
lua_Integer vtl_written(lua_State *L);

/* Remember that this process wrote `path`, after it is in place. */
void vtl_note_wrote(lua_State *L, const char *path);

/* Put /dev/null on standard input, output and error where they are closed, as some schedulers have
   them: the next file that is opened would take their place and get what is printed. The program
   does so first of all, the module when it is loaded. */
void vtl_open_standard(void);

/* ---------------------------------------------------------------- openers ---- */

/* VTL_OPENER(dynamics) { ... } adds the functions of one part to the module table on top of the
   stack. The build finds all of them in src/lua and calls them in the order of their files' names;
   a table that several parts add to is made by whichever comes first, with luaL_getsubtable. */
#define VTL_OPENER(part)                                                                           \
    void vtl_open_##part(lua_State *L);                                                            \
    void vtl_open_##part(lua_State *L)

typedef void (*vtl_opener)(lua_State *L);
extern const vtl_opener vtl_openers[]; /* ends with NULL; written by the build */

void vtl_add_processes(lua_State *L); /* to the module "vitrum.system", on top of the stack */
void vtl_add_programs(lua_State *L);  /* likewise */

/* Lua modules that are compiled into the program, ends with {0}; written by the build. */
typedef struct {
    const char *name; /* "vitrum.plot" */
    const unsigned char *text;
    size_t size;
} vtl_embedded;
extern const vtl_embedded vtl_embedded_modules[];

__attribute__((visibility("default"))) int luaopen_vitrum(lua_State *L);

#endif

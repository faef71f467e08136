/* io, inside: lines of text, numbers, tables of atoms, the table of formats. */
#ifndef VITRUM_IO_INTERNAL_H
#define VITRUM_IO_INTERNAL_H

#include <math.h>

#include "vitrum/io.h"

/* ---------------------------------------------------------------- numbers ---- */

typedef enum {
    VTI_NUMBER_OK,
    VTI_NUMBER_MISSING,   /* end of line */
    VTI_NUMBER_GARBAGE,   /* "1.0x", "abc", "1,5" */
    VTI_NUMBER_NOT_FINITE /* nan, inf, 1e999; a whole number beyond 64 bits */
} vti_number;

/* Read one number after blanks at *cursor and move past it; it must end at a blank or the end of
   the string. The result is the double nearest to the text. *cursor stays on failure. */
vti_number vti_scan_double(const char **cursor, double *value);

/* The same, where nan and inf are values like any other: columns that are no positions. */
vti_number vti_scan_any_double(const char **cursor, double *value);

/* The same for a whole number. */
vti_number vti_scan_int64(const char **cursor, int64_t *value);

/* Copy the word after blanks at *cursor into `word` (cut to size - 1 bytes) and move past it.
   False at the end of the line. */
bool vti_scan_word(const char **cursor, char *word, size_t size);

/* True when the texts are equal but for the case of the letters A to Z, whatever the locale. */
bool vti_same_word(const char *a, const char *b);

/* Whether a reader would take `text` for one word: not empty, no blanks, no control characters. */
bool vti_is_word(const char *text);

/* First byte that is neither space nor tab. */
static inline const char *vti_skip_blanks(const char *text) {
    while (*text == ' ' || *text == '\t') text++;
    return text;
}

/* Write `value` with at most `digits` significant digits and a NUL; with 17, the shortest of 15, 16
   or 17 digits that reads back to the same double. Beyond 2^53 it does not look like an integer.
   `out` has room for VTI_NUMBER_SIZE bytes. Returns the length. Independent of the locale. */
enum { VTI_NUMBER_SIZE = 40 };
int vti_format_double(char *out, double value, int digits);
int vti_format_int64(char *out, int64_t value);

/* ---------------------------------------------------------------- input ---- */

/* Lines of a file, plain or packed. */
typedef struct vti_input vti_input;

/* Bytes that the inputs opened from now on read at once. Small ones let tests meet the end of a
   block everywhere. */
extern size_t vti_input_block;

vti_input *vti_input_open(const char *path, vt_error *err);
void vti_input_close(vti_input *in);

/* The next line, without its line end, as a string inside the input's buffer: valid until the next
   call. VT_DONE at the end of the file. Polls for interrupts. */
vt_status vti_input_line(vti_input *in, char **line, vt_error *err);

/* Let the reading of the next lines fail soon, as an interrupt does. For another thread. */
void vti_input_stop(vti_input *in);

/* Let `see` have the (decompressed) text as it is read, in pieces of any length and before the
   lines in it are handed out: for checksums. Set it before the first line. */
typedef void vti_see(void *context, const char *text, size_t bytes);
void vti_input_watch(vti_input *in, vti_see *see, void *context);

/* True for a file on a disk, false for a pipe or a device. */
bool vti_input_is_file(const vti_input *in);

/* Make the next vti_input_line return the last line again. */
void vti_input_unread(vti_input *in);

const char *vti_input_path(const vti_input *in);

/* Number of the last line returned, from 1. */
int64_t vti_input_line_number(const vti_input *in);

/* How many rows of `values` to make room for when a file declares `rows`: no more than its size
   makes likely. */
size_t vti_input_likely_rows(const vti_input *in, int64_t rows, size_t values);

/* What a format keeps from one frame to the next: zero at first, freed with the input. NULL on
   failure. */
void *vti_input_memory(vti_input *in, size_t bytes, vt_error *err);

/* A place to come back to: the start of the next line. */
typedef struct {
    uint64_t offset;
    int64_t line;
} vti_place;
vti_place vti_input_place(const vti_input *in);
vt_status vti_input_go(vti_input *in, vti_place place, vt_error *err);

/* Fill `err` with "path:line: message" and return VT_EFORMAT. vti_bad names the last line. */
vt_status vti_bad(const vti_input *in, vt_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
vt_status vti_bad_at(const vti_input *in, int64_t line, vt_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a number that could not be read at `cursor`: says what was found and that `what`
   was expected. */
vt_status vti_bad_number(const vti_input *in, vt_error *err, vti_number problem, const char *cursor,
                         const char *what);

/* The word at `text` for a message: cut short, unprintable bytes as '?'. */
enum { VTI_SHOWN_SIZE = 48 };
const char *vti_shown(const char *text, char shown[VTI_SHOWN_SIZE]);

/* Order of names in which numbers count as such: dump.9 before dump.10. */
int vti_natural_order(const char *a, const char *b);

/* ---------------------------------------------------------------- output ---- */

/* Let an interrupt that comes from now on end the writing. One that came before does not: then the
   file is what somebody rescues from a stopped run. */
void vti_output_stoppable(vt_output *out);

/* ---------------------------------------------------------------- limits ---- */

/* Fails for an atom so far from its box, or so fast, that no file may hold it. */
vt_status vti_check_positions(const vt_atoms *atoms, vt_error *err);

/* The same for atoms that are read: looked at a few at a time, as long as they are in the cache. */
typedef struct {
    double limit;
    size_t seen;
    bool far;
} vti_look;
void vti_look_start(vti_look *look, const vt_box *box);
void vti_look_on(vti_look *look, const vt_atoms *atoms, size_t count); /* at the first `count` */
vt_status vti_look_end(vti_look *look, const vt_atoms *atoms, size_t *which, vt_error *err);

/* True for a velocity that no file may hold. */
#define VTI_LARGEST_MOMENTUM 1e40
static inline bool vti_too_fast(const double v[3]) {
    return !(fabs(v[0]) + fabs(v[1]) + fabs(v[2]) <= VTI_LARGEST_MOMENTUM);
}

/* Fails for a force that is no number, or beyond all range. */
vt_status vti_check_forces(const vt_atoms *atoms, vt_error *err);

/* ---------------------------------------------------------------- tables of atoms ---- */

/* A per-atom column beyond those of vt_atoms. */
typedef struct {
    char name[64];
    vt_value_kind kind;
    size_t width;
    double *number; /* capacity x width, unless text */
    int64_t *whole; /* the same, once an integer was beyond 2^53 */
    char *text;
    size_t text_size, text_capacity;
} vti_column;

enum { VTI_MAX_COLUMNS = 256 };

/* Atoms read row by row. Memory grows with the rows that are really there, never by the number
   that a file declares. Types stay as the file has them (numbers or symbols) until
   vti_table_finish. */
typedef struct {
    vt_frame *frame; /* where the atoms go; frame->atoms is made by vti_table_start */
    size_t count;    /* rows so far */
    int64_t *line;   /* of each row, for messages */
    size_t capacity;
    bool has_id, has_type, has_symbol, has_mass;
    bool keep_order;     /* with has_id: check the ids, but leave the order of the file */
    bool has_species;    /* atoms->type already counts from 0, the species are set elsewhere */
    bool default_carbon; /* the symbol C may mean that nobody gave one */
    char (*symbol)[VT_SYMBOL_SIZE]; /* of each row when has_symbol */
    double *mass;                   /* of each row when has_mass */
    vti_column column[VTI_MAX_COLUMNS];
    int columns;
    vti_look look;
} vti_table;

/* Start with room for `expected` rows (vti_input_likely_rows); there may be more. Set the has_
   fields and add the columns before. */
vt_status vti_table_start(vti_table *table, vt_frame *frame, const vt_box *box, size_t expected,
                          vt_error *err);

/* Index of a new column, or a failure. */
int vti_table_add_column(vti_table *table, const char *name, vt_value_kind kind, size_t width,
                         const vti_input *in, vt_error *err);

/* One more row: its index is table->count - 1. */
vt_status vti_table_row(vti_table *table, const vti_input *in, vt_error *err);

/* Keep `word` as the symbol of the last row. */
vt_status vti_table_symbol(vti_table *table, const char *word, const vti_input *in, vt_error *err);

/* True for a whole number that a double holds exactly, so that a cast cannot overflow. */
bool vti_is_whole(double value);

/* Set number `item` of a column. One that is not whole makes a column of integers one of reals. */
void vti_column_set(vti_column *column, size_t item, double value);

/* Set integer `item` of a column to the digit; those before it are set already. */
vt_status vti_column_set_whole(vti_table *table, int column, size_t item, int64_t value,
                               vt_error *err);

/* Add `word` to a text column. */
vt_status vti_table_text(vti_table *table, int column, const char *word, vt_error *err);

/* Cut to the rows read, sort by id (has_id), name the species. frame->atoms is complete then. */
vt_status vti_table_finish(vti_table *table, const vti_input *in, const vt_read_options *options,
                           vt_error *err);
void vti_table_free(vti_table *table);

/* ---------------------------------------------------------------- species ---- */

/* Symbol of the element whose standard atomic weight is nearest to `mass` and within 0.05 amu,
   or NULL, also for a mass of Lennard-Jones units. */
const char *vti_element_of_mass(double mass);

/* The element that a name such as Cu_1 or Cu2 tells apart by what is behind the symbol, where
   `mass` is that of the element or unknown (0); otherwise the name itself. */
const char *vti_element_of_name(const char *name, double mass);

/* True for the mass of carbon. */
bool vti_is_carbon(double mass);

/* True for a mass that looks like one of Lennard-Jones units. */
bool vti_reduced_mass(double mass);

/* Set species k of `atoms` (mass <= 0: the element's own). Refuses an element with the mass of
   another. Messages name `line`. */
vt_status vti_set_species(vt_atoms *atoms, int k, const char *symbol, double mass,
                          const vti_input *in, int64_t line, vt_error *err);

/* ---------------------------------------------------------------- LAMMPS cells ---- */

/* A frame's cell as LAMMPS wants it, and the rotation that takes vectors there. */
typedef struct {
    vt_box box;        /* lower triangular, same origin */
    bool rotated;      /* false: `axis` is not needed and numbers pass untouched */
    double axis[3][3]; /* rows: new x, y, z in old coordinates */
} vti_lammps_cell;

vti_lammps_cell vti_to_lammps(const vt_box *box);
void vti_rotate(const vti_lammps_cell *cell, const double from[3], double to[3]);
void vti_rotate_point(const vti_lammps_cell *cell, const double from[3], double to[3]);

/* The ends of an edge of a cell of LAMMPS's, axis k, which is what files hold of it, moved out by
   `below` and `above`: those from which the corner and the length come back, exactly where there
   are such. Fails where they do not come back at all. */
vt_status vti_ends_of_edge(const vt_box *box, int k, double below, double above, double end[2],
                           vt_error *err);

/* ---------------------------------------------------------------- rows of text ---- */

/* A line being put together. */
typedef struct {
    char text[1024];
    int length;
    int digits;
} vti_row;

/* Add a blank (unless at the start) and a value. A word longer than the room is cut. */
void vti_row_double(vti_row *row, double value);
void vti_row_exact(vti_row *row, double value); /* all digits: masses and boxes */
void vti_row_int(vti_row *row, int64_t value);
void vti_row_whole(vti_row *row, double value); /* without digits behind the point */
void vti_row_word(vti_row *row, const char *word);
void vti_row_images(vti_row *row, const vt_atoms *atoms, size_t i); /* 0 along free axes */

/* The longest word of a text column that can be read and written. */
enum { VTI_LONGEST_WORD = 254 };

/* What a row must say: ids that are not 1, 2, ..., image counts, masses that are not those of the
   elements. */
typedef struct {
    bool id, images, masses;
} vti_needed;
vti_needed vti_find_needed(const vt_atoms *atoms);

/* Add row i of a column; `text` points at its first string and moves on. */
vt_status vti_row_values(vti_row *row, vt_output *out, const vt_values *column, size_t i,
                         const char **text, vt_error *err);

/* Write the line with its end, or, when it is half full, what there is of it. */
vt_status vti_row_end(vti_row *row, vt_output *out, vt_error *err);
vt_status vti_row_spill(vti_row *row, vt_output *out, vt_error *err);

/* ---------------------------------------------------------------- formats ---- */

/* What a format can hold of per-atom columns. */
typedef struct {
    bool (*reserved)(const char *name); /* whether its reader takes the name for a property */
    const char *forbidden;              /* what a name may not hold, beside blanks */
    const char *before, *behind; /* around the number of a component, where each is a column of its
                                    own; NULL where vectors stay together */
    bool numbers;                /* has no place for text */
} vti_column_rules;

enum {
    VTI_LONGEST_COLUMN = 55,                /* letters of its name, without a component's number */
    VTI_COLUMN_NAME = 80,                   /* bytes of the name of a component */
    VTI_WIDEST_COLUMN = 1000,               /* components */
    VTI_MOST_COLUMNS = VTI_MAX_COLUMNS - 20 /* beside those that a format itself writes */
};

typedef struct {
    const char *name;
    const char *extensions;          /* ".dump, .lammpstrj" */
    const char *prefixes;            /* beginnings of file names, "POSCAR, CONTCAR"; "" if none */
    bool many;                       /* several frames in a file */
    const vti_column_rules *columns; /* NULL when it has no room for further per-atom columns */
    const char *one_column;          /* instead: the name of the only one, NULL for none */
    bool forces;                     /* has room for forces */
    bool one_mass;                   /* a symbol has one mass */
    bool default_carbon;             /* C may be what LAMMPS calls an atom that nobody named */
    /* Read the next frame into `frame`; VT_DONE when only blank lines are left. */
    vt_status (*read)(vti_input *in, const vt_read_options *options, vt_frame *frame,
                      vt_error *err);
    /* Move past the next frame; VT_DONE as above. NULL unless `many`. */
    vt_status (*skip)(vti_input *in, const vt_read_options *options, vt_error *err);
    /* True when the first lines of a file (4,000 bytes at most) can be of this format. */
    bool (*looks_like)(const char *head);
    /* NULL where a format is only read. */
    vt_status (*write)(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                       vt_error *err);
} vti_format;

/* Refuse columns that the format has no place for, or that would come back as something else. */
vt_status vti_check_columns(const vti_format *format, const vt_frame *frame, vt_error *err);

/* The same for species whose symbol and mass would not both come back. */
vt_status vti_check_species(const vti_format *format, const vt_atoms *atoms, vt_error *err);

/* Whether the frame has all three columns. */
bool vti_has_columns(const vt_frame *frame, const char *const name[3]);

/* The name that component 0, 1, ... of a column has in a file. */
void vti_column_name(const vti_column_rules *rules, const vt_values *column, size_t component,
                     char name[VTI_COLUMN_NAME]);

/* Refuse an option velocity_unit that is no unit, or not for this format; put a text that stays in
   its place. NULL is fine. */
vt_status vti_check_velocity_unit(const char **unit, const char *format, vt_error *err);

/* The same for an option style, the atom style of a data file. */
vt_status vti_check_style(const char **style, const char *format, vt_error *err);

vt_status vti_write_data(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                         vt_error *err);

/* True when a species of `atoms` has another mass than its element, so that symbols alone do not
   tell the masses. */
bool vti_own_masses(const vt_atoms *atoms);

/* "vitrum 0.1.0" and the provenance, as one line without line ends, for titles. Free with
   vt_free. NULL on failure. */
char *vti_origin(const vt_write_options *options, vt_error *err);

/* Formats without a place for it say in their title which axes are periodic: "boundary p p f; ",
   or "" when all are. */
enum { VTI_BOUNDARY_SIZE = 24 };
void vti_write_boundary(const vt_box *box, char text[VTI_BOUNDARY_SIZE]);

/* Set box->periodic from a title; all true when it says nothing or is not of vitrum. */
void vti_read_boundary(const char *title, vt_box *box);

/* Text of a line, kept in the frame. */
vt_status vti_set_comment(vt_frame *frame, const char *text, vt_error *err);

#endif

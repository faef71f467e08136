/* Files of EAM potentials: their text, and what their readers share. */
#ifndef VITRUM_POTENTIAL_EAM_FILE_H
#define VITRUM_POTENTIAL_EAM_FILE_H

#include "eam.h"

#include "io/internal.h"

/* ---------------------------------------------------------------- text ---- */

/* Lines, numbers, tables. Tables begin on lines of their own and end with the line of their last
   value, as in LAMMPS; a header's numbers may stand on several lines. '#' starts a comment, commas
   are blanks, and Fortran's exponents (1.0D+00) are numbers. Memory grows with the values that are
   there, never by what a header claims. */

enum { VTI_NOTE_SIZE = sizeof((vti_eam_functions *)0)->note };

typedef struct {
    vti_input *in;
    const char *at;       /* what is left of the line; "" at the end of the file */
    vt_sha256_state *sum; /* every byte goes in */
    uint64_t bytes;
    bool binary;
    /* Tables with more values on their last line than the header says. */
    int surplus_tables;
    char surplus[VTI_NOTE_SIZE]; /* the first of them */
} vti_eam_text;

/* `path` is borrowed. On failure nothing is left to close. */
vt_status vti_eam_text_open(vti_eam_text *text, const char *path, vt_sha256_state *sum,
                            vt_error *err);
void vti_eam_text_close(vti_eam_text *text);

/* The next line into text->at; VT_DONE at the end of the file. */
vt_status vti_eam_text_line(vti_eam_text *text, vt_error *err);

/* What stands next, on this line or a later one, shall be `what`: failures say so. */
vt_status vti_eam_text_number(vti_eam_text *text, double *value, const char *what, vt_error *err);
vt_status vti_eam_text_positive(vti_eam_text *text, double *value, const char *what, vt_error *err);
vt_status vti_eam_text_whole(vti_eam_text *text, int least, int most, int *value, const char *what,
                             vt_error *err);

/* The failure that says so: `found` starts the wrong word, or is "" at the end of the line. */
vt_status vti_eam_text_expected(const vti_eam_text *text, const char *what, const char *found,
                                vt_error *err);

/* The numbers at the start of the line, at most `most`; leaves the line as it is. */
int vti_eam_text_peek(const vti_eam_text *text, int most, double *number);

/* nrho, drho, nr, dr and cutoff: read, or given as numbers that stood in `line`, and checked. */
typedef struct {
    int nrho, nr;
    double drho, dr, cutoff;
} vti_eam_header;
vt_status vti_eam_text_header(vti_eam_text *text, vti_eam_header *header, vt_error *err);

vt_status vti_eam_header_check(const vti_eam_text *text, int64_t line, const double number[5],
                               vti_eam_header *header, vt_error *err);

/* A table of `count` values, from the next line on, into row[k][0] of `spline`. `what` names it:
   "F(rho) of Cu". The spline is the caller's to free also after a failure. */
vt_status vti_eam_text_table(vti_eam_text *text, vti_spline *spline, int count, double delta,
                             const char *what, vt_error *err);

/* What is left of the file. */
typedef struct {
    uint64_t numbers, words; /* words that are no numbers */
    double first;            /* of the numbers */
    int64_t line;            /* of the first word of either kind */
} vti_eam_rest;
vt_status vti_eam_text_rest(vti_eam_text *text, vti_eam_rest *rest, vt_error *err);

/* Coefficients from the values in row[k][0]. */
void vti_spline_fit(vti_spline *spline);

/* ---------------------------------------------------------------- readers ---- */

/* From line 4 on, which is in text->at. */
vt_status vti_setfl_read(vti_eam_text *text, vti_eam_functions *f, vt_error *err);

/* A funcfl file: one element. */
typedef struct {
    vt_species species;
    vti_eam_header header;
    vti_spline embedding, charge, density; /* F(rho), Z(r), f(r) */
} vti_funcfl;

/* The numbers at the start of lines 2 and 3: atomic number and mass; nrho, drho, nr, dr, cutoff. */
typedef struct {
    int element_numbers, grid_numbers;
    double element[2], grid[5];
} vti_funcfl_head;

/* From the line after text->at on, line 3 or later. Free with vti_funcfl_free, also after a
   failure. */
vt_status vti_funcfl_read(vti_eam_text *text, const vti_funcfl_head *head, vti_funcfl *file,
                          vt_error *err);
void vti_funcfl_free(vti_funcfl *file);

/* The functions of a mixture. */
vt_status vti_funcfl_mix(const vti_funcfl *file, int count, vti_eam_functions *f, vt_error *err);

/* Failures: `path` is a file of a kind that is not read; something stands behind the tables. Words
   that are no numbers are only noted. */
vt_status vti_eam_refuse_kind(const char *path, const char *kind, vt_error *err);
vt_status vti_eam_check_rest(vti_eam_text *text, const vti_eam_rest *rest, vt_error *err);

#endif

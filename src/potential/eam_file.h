/* Files of EAM potentials: what their readers share. */
#ifndef VITRUM_POTENTIAL_EAM_FILE_H
#define VITRUM_POTENTIAL_EAM_FILE_H

#include "eam_text.h"

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

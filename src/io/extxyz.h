/* Extended XYZ, inside: entries of the comment line; the writing half. */
#ifndef VITRUM_IO_EXTXYZ_H
#define VITRUM_IO_EXTXYZ_H

#include "io/internal.h"

/* A value of the comment line: text, and the numbers in it when it is a list of numbers or of
   logicals. */
typedef struct {
    vt_value_kind kind; /* VT_VALUE_TEXT: `number` means nothing */
    const char *text;
    double *number;
    size_t count, capacity;
} vti_xyz_value;

/* Walks along a comment line. */
typedef struct {
    char *rest; /* consumed and changed */
    const char *key;
    vti_xyz_value value;
} vti_xyz_entries;

/* The next key and value; VT_DONE at the end of the line. A key alone has the value T. */
vt_status vti_xyz_next(vti_xyz_entries *entries, const vti_input *in, vt_error *err);
void vti_xyz_free(vti_xyz_entries *entries);

/* ASE momentum of an atom of `mass` per angstrom/ps of its velocity. */
double vti_momentum_scale(double mass);

vt_status vti_write_extxyz(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                           vt_error *err);

#endif

/* Extended XYZ, inside: entries of the comment line; the writing half. */
#ifndef VITRUM_IO_EXTXYZ_H
#define VITRUM_IO_EXTXYZ_H

#include "io/internal.h"

enum { VTI_XYZ_MOST_ENTRIES = 1000 }; /* in a comment line */

/* What the names of properties and keys may not hold. */
#define VTI_XYZ_FORBIDDEN "=\"'{}[],:\\"

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

/* True when `line` has the entry `key` (in any case, at most 15 letters). */
bool vti_xyz_has_key(const char *line, const char *key);

/* The next key and value; VT_DONE at the end of the line. A key alone has the value T. */
vt_status vti_xyz_next(vti_xyz_entries *entries, const vti_input *in, vt_error *err);
void vti_xyz_free(vti_xyz_entries *entries);

/* ---------------------------------------------------------------- velocities ---- */

/* What a comment line says of its writer and of the unit of velocities. */
typedef struct {
    int64_t line;                /* its number */
    char keys[256];              /* in their order, a blank behind each */
    bool mass_first, quip, ours; /* ours: written by vitrum */
    bool has_temperature, has_kinetic;
    double temperature, kinetic; /* [K], [eV] */
    char velocity_name[64];      /* of the property, "" if none */
    bool momenta, ase;           /* what that name means */
} vti_xyz_header;

typedef enum { VTI_XYZ_UNKNOWN, VTI_XYZ_LAMMPS, VTI_XYZ_GPUMD, VTI_XYZ_QUIP } vti_xyz_writer;

/* Take notice of an entry. */
void vti_xyz_note(vti_xyz_header *header, const char *key, const vti_xyz_value *value);

/* By the entries noted so far. */
vti_xyz_writer vti_xyz_written_by(const vti_xyz_header *header);

/* Velocities, or momenta, as the file has them to angstrom/ps, and the time to ps. `option` is the
   unit if somebody said it. Needs the masses. */
vt_status vti_xyz_velocities(vt_frame *frame, const vti_input *in, const vti_xyz_header *header,
                             const char *option, vt_error *err);

/* ASE momentum of an atom of `mass` per angstrom/ps of its velocity. */
double vti_momentum_scale(double mass);

vt_status vti_write_extxyz(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                           vt_error *err);

#endif

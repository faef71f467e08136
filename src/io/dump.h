/* What reading and writing of LAMMPS dumps share. */
#ifndef VTI_IO_DUMP_H
#define VTI_IO_DUMP_H

#include "io/internal.h"

enum { VTI_DUMP_WORD = 64 };

/* Bounds of a tilted box go around the whole parallelepiped: how far they lie below and above the
   ends of its edges. */
typedef struct {
    double below[3], above[3];
} vti_dump_margins;
vti_dump_margins vti_margins_of_tilts(double xy, double xz, double yz);

extern const vti_column_rules vti_dump_columns;

vt_status vti_write_dump(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                         vt_error *err);

#endif

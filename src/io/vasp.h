/* Files of VASP, inside: what POSCAR and XDATCAR have in common. */
#ifndef VITRUM_IO_VASP_H
#define VITRUM_IO_VASP_H

#include "io/internal.h"

enum { VTI_VASP_BLOCKS = 1024, VTI_VASP_TITLE = 512 };

/* Title, cell, symbols and numbers of atoms. */
typedef struct {
    char title[VTI_VASP_TITLE];
    vt_box box;
    double scale[3]; /* of x, y, z, for Cartesian coordinates */
    char symbol[VTI_VASP_BLOCKS][VT_SYMBOL_SIZE];
    int64_t count[VTI_VASP_BLOCKS];
    int blocks;
} vti_vasp_header;

/* Read it. Symbols that the file does not have come from the option species. With `skipped` blank
   lines were passed over, one of which may have been the title. */
vt_status vti_vasp_read_header(vti_input *in, const vt_read_options *options, bool skipped,
                               vti_vasp_header *header, vt_error *err);

/* The atoms of all blocks; no more than INT64_MAX. */
int64_t vti_vasp_total(const vti_vasp_header *header);

/* True for a line such as "Direct configuration=     1", or "Konfig=     1" of older versions,
   which only XDATCAR has. */
bool vti_vasp_is_configuration(const char *line);

/* What the beginning of a file may be. Where a blank line comes in place of Direct or Cartesian,
   and then coordinates, it is a trajectory. */
typedef enum { VTI_VASP_NEITHER, VTI_VASP_POSCAR, VTI_VASP_XDATCAR } vti_vasp_look;
vti_vasp_look vti_vasp_looks_like(const char *head);

/* The next line, or a failure that says that `what` was expected. */
vt_status vti_vasp_line(vti_input *in, char **line, const char *what, vt_error *err);

/* Three numbers, which may run together as Fortran writes them: "-0.01-0.02 0.32". `what` are
   their names. */
vt_status vti_vasp_component(vti_input *in, const char **cursor, double *value, const char *what,
                             vt_error *err);
static inline vt_status vti_vasp_vector(vti_input *in, const char **cursor, double v[3],
                                        const char *const what[3], vt_error *err) {
    vt_status status = VT_OK;
    for (int k = 0; k < 3 && !vt_failed(status); k++)
        if (vti_scan_double(cursor, &v[k]) != VTI_NUMBER_OK) /* hardly ever */
            status = vti_vasp_component(in, cursor, &v[k], what[k], err);
    return status;
}

/* Three names of coordinates. */
extern const char *const vti_vasp_coordinate[3];

#endif

/* Writing of LAMMPS data files: atom style charge when there are charges, else atomic. */
#include <math.h>

#include "io/internal.h"

/* Half an edge but for rounding, as in hexagonal cells, must not be more to LAMMPS. */
static double at_most_half(double tilt, double edge) {
    bool rounding = fabs(tilt) > 0.5 * edge && fabs(tilt) < 0.5 * edge * (1 + 1e-11);
    return rounding ? copysign(0.5 * edge, tilt) : tilt;
}

static vt_status write_header(vt_output *out, const vt_atoms *atoms, const vt_box *box,
                              const vt_write_options *options, vt_error *err) {
    char *origin = vti_origin(options, err);
    if (origin == NULL) return VT_ENOMEM;
    char boundary[VTI_BOUNDARY_SIZE];
    vti_write_boundary(box, boundary);
    vt_status status = vt_output_print(out, err,
                                       "LAMMPS data file; %s%s\n\n%zu atoms\n%d atom "
                                       "types\n\n",
                                       boundary, origin, atoms->count, atoms->species_count);
    vt_free(origin);
    vti_row row = {.digits = options->digits};
    for (int k = 0; k < 3 && !vt_failed(status); k++) {
        static const char *const NAMES[3] = {"xlo xhi", "ylo yhi", "zlo zhi"};
        double end[2];
        status = vti_ends_of_edge(box, k, 0, 0, end, err);
        if (vt_failed(status)) return status;
        vti_row_exact(&row, end[0]);
        vti_row_exact(&row, end[1]);
        vti_row_word(&row, NAMES[k]);
        status = vti_row_end(&row, out, err);
    }
    if (!vt_failed(status) && (box->h[1][0] != 0 || box->h[2][0] != 0 || box->h[2][1] != 0)) {
        vti_row_exact(&row, at_most_half(box->h[1][0], box->h[0][0]));
        vti_row_exact(&row, at_most_half(box->h[2][0], box->h[0][0]));
        vti_row_exact(&row, at_most_half(box->h[2][1], box->h[1][1]));
        vti_row_word(&row, "xy xz yz");
        status = vti_row_end(&row, out, err);
    }
    if (!vt_failed(status)) status = vt_output_print(out, err, "\nMasses\n\n");
    for (int k = 0; k < atoms->species_count && !vt_failed(status); k++) {
        vti_row_int(&row, k + 1);
        vti_row_exact(&row, atoms->species[k].mass);
        vti_row_word(&row, "#");
        vti_row_word(&row, atoms->species[k].symbol);
        status = vti_row_end(&row, out, err);
    }
    return status;
}

static vt_status write_all(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                           vt_error *err) {
    const vt_atoms *a = frame->atoms;
    const vt_values *q = vt_frame_column(frame, "q");
    if (q != NULL && (q->kind == VT_VALUE_TEXT || q->columns != 1))
        return vt_fail(err, VT_EINVAL,
                       "column 'q' of format 'data' is the charge: one number per atom");
    const double *charge = q != NULL ? q->number : NULL;
    vti_lammps_cell cell = vti_to_lammps(&a->box);
    vt_status status = write_header(out, a, &cell.box, options, err);
    if (!vt_failed(status))
        status =
            vt_output_print(out, err, "\nAtoms # %s\n\n", charge != NULL ? "charge" : "atomic");
    vti_row row = {.digits = options->digits};
    for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
        double r[3] = {a->x[i], a->y[i], a->z[i]};
        vti_rotate_point(&cell, r, r);
        vti_row_int(&row, a->id[i]);
        vti_row_int(&row, a->type[i] + 1);
        if (charge != NULL) vti_row_double(&row, charge[i]);
        for (int k = 0; k < 3; k++) vti_row_double(&row, r[k]);
        vti_row_images(&row, a, i);
        status = vti_row_end(&row, out, err);
    }
    if (vt_failed(status) || !frame->has_velocities) return status;
    status = vt_output_print(out, err, "\nVelocities\n\n");
    for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
        double v[3] = {a->vx[i], a->vy[i], a->vz[i]};
        vti_rotate(&cell, v, v);
        vti_row_int(&row, a->id[i]);
        for (int k = 0; k < 3; k++) vti_row_double(&row, v[k]);
        status = vti_row_end(&row, out, err);
    }
    return status;
}

vt_status vti_write_data(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                         vt_error *err) {
    if (!vt_box_leans(&frame->atoms->box)) return write_all(out, frame, options, err);
    /* LAMMPS refuses a box that leans by more than half. */
    vt_frame reduced = *frame;
    reduced.atoms = vt_atoms_copy(frame->atoms, err);
    if (reduced.atoms == NULL) return VT_ENOMEM;
    vt_status status = vt_atoms_reduce_box(reduced.atoms, err);
    vt_error why = {0};
    if (!vt_failed(status) && vt_failed(vti_check_positions(reduced.atoms, &why)))
        status =
            vt_fail(err, VT_EINVAL,
                    "the box leans by more than half, which a data file cannot hold, and in one "
                    "that leans less %s; use dump or extxyz",
                    why.msg);
    if (!vt_failed(status)) status = write_all(out, &reduced, options, err);
    vt_atoms_destroy(reduced.atoms);
    return status;
}

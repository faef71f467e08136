/* Writing of LAMMPS text dumps. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/dump.h"

static vt_status write_bounds(vt_output *out, const vt_box *box, vti_row *row, vt_error *err) {
    double xy = box->h[1][0], xz = box->h[2][0], yz = box->h[2][1];
    bool tilted = xy != 0 || xz != 0 || yz != 0;
    char flags[3][3];
    for (int k = 0; k < 3; k++)
        snprintf(flags[k], sizeof flags[k], "%s", box->periodic[k] ? "pp" : "ff");
    vt_status status = vt_output_print(out, err, "ITEM: BOX BOUNDS %s%s %s %s\n",
                                       tilted ? "xy xz yz " : "", flags[0], flags[1], flags[2]);
    vti_dump_margins m = vti_margins_of_tilts(xy, xz, yz);
    double tilt[3] = {xy, xz, yz};
    for (int k = 0; k < 3 && !vt_failed(status); k++) {
        double end[2];
        status = vti_ends_of_edge(box, k, m.below[k], m.above[k], end, err);
        if (vt_failed(status)) return status;
        vti_row_exact(row, end[0]);
        vti_row_exact(row, end[1]);
        if (tilted) vti_row_exact(row, tilt[k]);
        status = vti_row_end(row, out, err);
    }
    return status;
}

/* The columns that a dump needs beside those that every one has. Unwrapped positions of tracked
   atoms come first where they are the positions, else last. */
typedef struct {
    bool mass, wrapped, unwrapped;
} columns_needed;

static columns_needed find_needed(const vt_atoms *a) {
    /* Carbon needs its mass, since LAMMPS calls everything C that has no name. */
    columns_needed need = {.mass = vti_own_masses(a) || vt_atoms_find_species(a, "C") >= 0,
                           .wrapped = !a->tracked,
                           .unwrapped = a->tracked};
    for (size_t i = 0; i < a->count && !need.wrapped; i++)
        need.wrapped = a->ix[i] != 0 || a->iy[i] != 0 || a->iz[i] != 0;
    return need;
}

static vt_status write_header(vt_output *out, const vt_frame *frame, const vt_box *box,
                              columns_needed need, vti_row *row, vt_error *err) {
    vt_status status = VT_OK;
    if (frame->has_time && isfinite(frame->time)) { /* LAMMPS could not read another one */
        status = vt_output_print(out, err, "ITEM: TIME\n");
        vti_row_double(row, frame->time);
        if (!vt_failed(status)) status = vti_row_end(row, out, err);
    }
    if (!vt_failed(status))
        status = vt_output_print(out, err, "ITEM: TIMESTEP\n%lld\nITEM: NUMBER OF ATOMS\n%zu\n",
                                 (long long)frame->timestep, frame->atoms->count);
    if (!vt_failed(status)) status = write_bounds(out, box, row, err);
    if (!vt_failed(status))
        status = vt_output_print(
            out, err, "ITEM: ATOMS id type element%s%s%s%s%s", need.mass ? " mass" : "",
            need.wrapped ? " x y z ix iy iz" : "", need.unwrapped ? " xu yu zu" : "",
            frame->has_velocities ? " vx vy vz" : "", frame->has_forces ? " fx fy fz" : "");
    for (size_t k = 0; k < frame->column_count && !vt_failed(status); k++) {
        const vt_values *v = &frame->column[k];
        for (size_t c = 0; c < v->columns && !vt_failed(status); c++) {
            char name[VTI_COLUMN_NAME];
            vti_column_name(&vti_dump_columns, v, c, name);
            status = vt_output_print(out, err, " %s", name);
        }
    }
    return vt_failed(status) ? status : vt_output_print(out, err, "\n");
}

static void put_point(vti_row *row, const vti_lammps_cell *cell, const double from[3]) {
    double r[3];
    vti_rotate_point(cell, from, r);
    for (int k = 0; k < 3; k++) vti_row_double(row, r[k]);
}

/* Add three numbers, turned into the frame of LAMMPS's axes. */
static void put_vector(vti_row *row, const vti_lammps_cell *cell, const double *x, const double *y,
                       const double *z, size_t i) {
    double v[3] = {x[i], y[i], z[i]};
    vti_rotate(cell, v, v);
    for (int k = 0; k < 3; k++) vti_row_double(row, v[k]);
}

/* Beside a position in the box, an unwrapped one tells how many lengths of the box lie between
   them, if enough digits are left of it. */
static vt_status check_ways(const vt_atoms *a, int digits, vt_error *err) {
    static const double WORST = 0.02; /* lengths; a reader looks for whole ones */
    double inverse[3][3], last_digit = fmax(pow(10, 1 - digits), DBL_EPSILON);
    vt_box_inverse(&a->box, inverse);
    for (size_t i = 0; i < a->count; i++) {
        double way[3];
        vt_atoms_unwrapped(a, i, way);
        const double size[3] = {fabs(way[0]) + fabs(a->x[i]), fabs(way[1]) + fabs(a->y[i]),
                                fabs(way[2]) + fabs(a->z[i])};
        double all = size[0] + size[1] + size[2]; /* they may be turned */
        for (int k = 0; k < 3; k++) {
            double sum = fabs(inverse[0][k]) + fabs(inverse[1][k]) + fabs(inverse[2][k]);
            if (all * sum * last_digit > WORST)
                return vt_fail(
                    err, VT_EINVAL,
                    "atom %zu (id %lld) is at %g %g %g A unwrapped, of which %d digits do "
                    "not tell how often it went through the box; write more digits, or "
                    "wrap the atoms",
                    i + 1, (long long)a->id[i], way[0], way[1], way[2], digits);
        }
    }
    return VT_OK;
}

/* Dumps do not tell texts from numbers, and their readers take no number that no double holds. */
static vt_status check_word(const vt_values *v, size_t i, const char *word, vt_error *err) {
    const char *cursor = word;
    double value;
    if (vti_scan_double(&cursor, &value) != VTI_NUMBER_NOT_FINITE ||
        strpbrk(word, "0123456789") == NULL)
        return VT_OK;
    return vt_fail(
        err, VT_EINVAL,
        "entry %zu of column '%s' is '%.40s', which a reader of the dump would take for a "
        "number beyond its range; use extxyz",
        i + 1, v->name, word);
}

vt_status vti_write_dump(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                         vt_error *err) {
    const vt_atoms *a = frame->atoms;
    vti_lammps_cell cell = vti_to_lammps(&a->box);
    vti_row row = {.digits = options->digits};
    columns_needed need = find_needed(a);
    const char *text[VTI_MAX_COLUMNS] = {0};
    for (size_t k = 0; k < frame->column_count; k++) text[k] = frame->column[k].text;
    if (need.wrapped && need.unwrapped) VTI_TRY(check_ways(a, options->digits, err));
    vt_status status = write_header(out, frame, &cell.box, need, &row, err);
    for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
        const double r[3] = {a->x[i], a->y[i], a->z[i]};
        vti_row_int(&row, a->id[i]);
        vti_row_int(&row, a->type[i] + 1);
        vti_row_word(&row, a->species[a->type[i]].symbol);
        if (need.mass) vti_row_exact(&row, a->species[a->type[i]].mass);
        if (need.wrapped) {
            put_point(&row, &cell, r);
            vti_row_images(&row, a, i);
        }
        if (need.unwrapped) {
            double way[3];
            vt_atoms_unwrapped(a, i, way);
            put_point(&row, &cell, way);
        }
        if (frame->has_velocities) put_vector(&row, &cell, a->vx, a->vy, a->vz, i);
        if (frame->has_forces) put_vector(&row, &cell, a->fx, a->fy, a->fz, i);
        for (size_t k = 0; k < frame->column_count; k++) {
            if (text[k] != NULL) VTI_TRY(check_word(&frame->column[k], i, text[k], err));
            status = vti_row_values(&row, out, &frame->column[k], i, &text[k], err);
            if (vt_failed(status)) return status;
        }
        status = vti_row_end(&row, out, err);
    }
    return status;
}

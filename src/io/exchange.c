/* Atoms on the way to LAMMPS and back, exact in both directions: a data file with 17 digits, and
   its binary dump. Atom k is known there as k + 1, whatever the user's ids are. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "io/internal.h"
#include "vitrum/units.h"

enum { COLUMNS = 10 /* id x y z vx vy vz ix iy iz */, DIGITS = 17 };

/* ---------------------------------------------------------------- to LAMMPS ---- */

static vt_status write_cell(vt_output *out, const vt_box *box, vt_error *err) {
    static const char *const NAMES[3] = {"xlo xhi", "ylo yhi", "zlo zhi"};
    vti_row row = {.digits = DIGITS};
    for (int k = 0; k < 3; k++) {
        double end[2];
        VTI_TRY(vti_ends_of_edge(box, k, 0, 0, end, err));
        vti_row_exact(&row, end[0]);
        vti_row_exact(&row, end[1]);
        vti_row_word(&row, NAMES[k]);
        VTI_TRY(vti_row_end(&row, out, err));
    }
    vti_row_exact(&row, box->h[1][0]);
    vti_row_exact(&row, box->h[2][0]);
    vti_row_exact(&row, box->h[2][1]);
    vti_row_word(&row, "xy xz yz");
    return vti_row_end(&row, out, err);
}

double vt_exchange_mass(double mass) {
    return mass * (VT_MASS_VELOCITY2 / VT_LAMMPS_MASS_VELOCITY2);
}

static vt_status write_head(vt_output *out, const vt_atoms *a, vt_error *err) {
    VTI_TRY(vt_output_print(out, err, "atoms for LAMMPS\n\n%zu atoms\n%d atom types\n\n", a->count,
                            a->species_count));
    VTI_TRY(write_cell(out, &a->box, err));
    VTI_TRY(vt_output_print(out, err, "\nMasses\n\n"));
    vti_row row = {.digits = DIGITS};
    for (int k = 0; k < a->species_count; k++) {
        vti_row_int(&row, k + 1);
        vti_row_exact(&row, vt_exchange_mass(a->species[k].mass));
        VTI_TRY(vti_row_end(&row, out, err));
    }
    return VT_OK;
}

static vt_status write_all(vt_output *out, const vt_atoms *a, vt_error *err) {
    VTI_TRY(write_head(out, a, err));
    VTI_TRY(vt_output_print(out, err, "\nAtoms # atomic\n\n"));
    vti_row row = {.digits = DIGITS};
    for (size_t i = 0; i < a->count; i++) {
        vti_row_int(&row, (int64_t)i + 1);
        vti_row_int(&row, a->type[i] + 1);
        vti_row_double(&row, a->x[i]);
        vti_row_double(&row, a->y[i]);
        vti_row_double(&row, a->z[i]);
        vti_row_images(&row, a, i);
        VTI_TRY(vti_row_end(&row, out, err));
    }
    VTI_TRY(vt_output_print(out, err, "\nVelocities\n\n"));
    for (size_t i = 0; i < a->count; i++) {
        vti_row_int(&row, (int64_t)i + 1);
        vti_row_double(&row, a->vx[i]);
        vti_row_double(&row, a->vy[i]);
        vti_row_double(&row, a->vz[i]);
        VTI_TRY(vti_row_end(&row, out, err));
    }
    return VT_OK;
}

vt_status vt_exchange_write(const vt_atoms *atoms, const char *path, vt_error *err) {
    if (!vt_box_is_lammps(&atoms->box))
        return vt_fail(err, VT_EUNSUPPORTED,
                       "LAMMPS wants the first edge of the box along x and the second in the xy "
                       "plane; save the atoms as a LAMMPS data file and read it again, which turns "
                       "them");
    vt_output *out = vt_output_create(path, true, err);
    if (out == NULL) return err != NULL ? err->code : VT_EIO;
    vt_status status = write_all(out, atoms, err);
    if (!vt_failed(status)) return vt_output_commit(out, err);
    vt_output_discard(out);
    return status;
}

/* ---------------------------------------------------------------- from LAMMPS ---- */

typedef struct {
    FILE *file;
    const char *path;
    vt_error *err;
} reader;

static vt_status cut(const reader *r) {
    return vt_fail(r->err, VT_EIO,
                   "%s, in which LAMMPS hands the atoms over, is cut short; the disk may be full: "
                   "make room, or let TMPDIR name a folder with more",
                   r->path);
}

static vt_status take(const reader *r, void *to, size_t bytes) {
    return fread(to, 1, bytes, r->file) == bytes ? VT_OK : cut(r);
}

static vt_status skip(const reader *r, int64_t bytes) {
    char room[256];
    if (bytes < 0 || bytes > (1 << 20)) return cut(r);
    while (bytes > 0) {
        size_t piece = bytes < (int64_t)sizeof room ? (size_t)bytes : sizeof room;
        VTI_TRY(take(r, room, piece));
        bytes -= (int64_t)piece;
    }
    return VT_OK;
}

/* The head of a frame; gives its number of atoms and of pieces, one a rank. Since 2020 it begins
   with minus the length of a word, and says its units, time and columns. */
static vt_status read_head(const reader *r, int64_t *atoms, int32_t *pieces) {
    int64_t step;
    int32_t length = 0, number[3] = {0, 1, 0}, triclinic, boundary[6], columns;
    VTI_TRY(take(r, &step, sizeof step));
    bool labeled = step < 0;
    if (labeled) {
        VTI_TRY(skip(r, -step));
        VTI_TRY(take(r, number, 2 * sizeof *number)); /* order of bytes, revision */
        VTI_TRY(take(r, &step, sizeof step));
    }
    VTI_TRY(take(r, atoms, sizeof *atoms));
    VTI_TRY(take(r, &triclinic, sizeof triclinic));
    VTI_TRY(take(r, boundary, sizeof boundary));
    VTI_TRY(skip(r, (triclinic ? 9 : 6) * (int64_t)sizeof(double)));
    VTI_TRY(take(r, &columns, sizeof columns));
    if (columns != COLUMNS) return cut(r);
    if (labeled && number[1] > 1) {
        char has_time;
        VTI_TRY(take(r, &length, sizeof length)); /* units */
        VTI_TRY(skip(r, length));
        VTI_TRY(take(r, &has_time, sizeof has_time));
        if (has_time) VTI_TRY(skip(r, (int64_t)sizeof(double)));
        VTI_TRY(take(r, &length, sizeof length)); /* names of the columns */
        VTI_TRY(skip(r, length));
    }
    return take(r, pieces, sizeof *pieces);
}

static bool is_image(double n) {
    return n >= INT32_MIN && n <= INT32_MAX;
}

/* One row into the atoms, if it is one; each atom once. */
static bool put_row(vt_atoms *to, const double row[COLUMNS]) {
    if (!(row[0] >= 1 && row[0] <= (double)to->count)) return false;
    for (int c = 0; c < COLUMNS; c++)
        if (!isfinite(row[c])) return false;
    size_t i = (size_t)row[0] - 1;
    to->x[i] = row[1];
    to->y[i] = row[2];
    to->z[i] = row[3];
    to->vx[i] = row[4];
    to->vy[i] = row[5];
    to->vz[i] = row[6];
    for (int k = 0; k < 3; k++)
        if (!is_image(row[7 + k])) return false;
    to->ix[i] = (int32_t)row[7];
    to->iy[i] = (int32_t)row[8];
    to->iz[i] = (int32_t)row[9];
    to->id[i] = 1;
    return true;
}

/* Into `to`, whose ids mark the atoms that have come. */
static vt_status read_frame(const reader *r, vt_atoms *to) {
    int64_t atoms;
    int32_t pieces;
    VTI_TRY(read_head(r, &atoms, &pieces));
    if (atoms != (int64_t)to->count)
        return vt_fail(r->err, VT_EDIVERGED, "LAMMPS has %lld of %zu atoms left", (long long)atoms,
                       to->count);
    for (size_t i = 0; i < to->count; i++) to->id[i] = 0;
    size_t came = 0;
    for (int32_t p = 0; p < pieces; p++) {
        int32_t numbers;
        VTI_TRY(take(r, &numbers, sizeof numbers));
        for (int32_t n = 0; n + COLUMNS <= numbers; n += COLUMNS, came++) {
            double row[COLUMNS];
            VTI_TRY(take(r, row, sizeof row));
            if (!put_row(to, row))
                return vt_fail(r->err, VT_EDIVERGED,
                               "LAMMPS hands over an atom %.0f at %g %g %g A, which cannot be",
                               row[0], row[1], row[2], row[3]);
        }
    }
    for (size_t i = 0; i < to->count; i++)
        if (to->id[i] == 0) return cut(r);
    return came == to->count ? VT_OK : cut(r);
}

vt_status vt_exchange_read(vt_atoms *atoms, const vt_box *box, bool velocities, const char *path,
                           vt_error *err) {
    vt_atoms *copy = vt_atoms_copy(atoms, err);
    if (copy == NULL) return VT_ENOMEM;
    reader r = {fopen(path, "rb"), path, err};
    vt_status status = r.file == NULL ? vt_fail(err, VT_EIO, "LAMMPS wrote no atoms to %s", path)
                                      : read_frame(&r, copy);
    if (r.file != NULL) fclose(r.file);
    for (size_t i = 0; i < atoms->count && !vt_failed(status); i++) {
        copy->id[i] = atoms->id[i];
        if (!velocities) {
            copy->vx[i] = atoms->vx[i];
            copy->vy[i] = atoms->vy[i];
            copy->vz[i] = atoms->vz[i];
        }
        vt_atoms_copy_atom(atoms, i, copy, i);
    }
    /* Along a free axis LAMMPS lets the box grow with the atoms; ours stays. */
    for (int k = 0; k < 3 && !vt_failed(status); k++) {
        if (!atoms->box.periodic[k]) continue;
        atoms->box.origin[k] = box->origin[k];
        memcpy(atoms->box.h[k], box->h[k], sizeof box->h[k]);
    }
    vt_atoms_destroy(copy);
    return status;
}

/* LAMMPS's cells: a along x, b in the xy plane. */
#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "io/internal.h"

vti_lammps_cell vti_to_lammps(const vt_box *box) {
    vti_lammps_cell cell = {.box = *box};
    if (vt_box_is_lammps(box)) return cell;
    /* New axes: x along a, z along a x b, y between them. A right-handed cell stays so: this is a
       rotation, never a reflection. */
    cell.rotated = true;
    double normal[3];
    vti_cross3(box->h[0], box->h[1], normal);
    double a = sqrt(vti_dot3(box->h[0], box->h[0])), n = sqrt(vti_dot3(normal, normal));
    for (int k = 0; k < 3; k++) {
        cell.axis[0][k] = box->h[0][k] / a;
        cell.axis[2][k] = normal[k] / n;
    }
    vti_cross3(cell.axis[2], cell.axis[0], cell.axis[1]);
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++)
            cell.box.h[k][j] =
                j <= k ? vti_dot3(box->h[k], cell.axis[j]) : 0; /* zero but for rounding */
    cell.box.h[0][0] = a;
    return cell;
}

void vti_rotate(const vti_lammps_cell *cell, const double from[3], double to[3]) {
    if (!cell->rotated) {
        memcpy(to, from, 3 * sizeof *to);
        return;
    }
    double turned[3];
    for (int k = 0; k < 3; k++) turned[k] = vti_dot3(from, cell->axis[k]);
    memcpy(to, turned, sizeof turned);
}

void vti_rotate_point(const vti_lammps_cell *cell, const double from[3], double to[3]) {
    if (!cell->rotated) {
        memcpy(to, from, 3 * sizeof *to);
        return;
    }
    const double *origin = cell->box.origin;
    double d[3] = {from[0] - origin[0], from[1] - origin[1], from[2] - origin[2]};
    vti_rotate(cell, d, to);
    for (int k = 0; k < 3; k++) to[k] += origin[k];
}

/* The number from which `shift` and `start` can be taken away to leave `length`. */
static double end_of_edge(double shift, double start, double length) {
    double b0 = (start + length) + shift;
    double up = b0, down = b0;
    for (int k = 0; k < 4; k++) {
        if ((up - shift) - start == length) return up;
        if ((down - shift) - start == length) return down;
        up = nextafter(up, INFINITY);
        down = nextafter(down, -INFINITY);
    }
    return b0;
}

vt_status vti_ends_of_edge(const vt_box *box, int k, double below, double above, double end[2],
                           vt_error *err) {
    /* Far from 0, or in a box that leans a lot, an edge drowns in the rounding of its ends. */
    enum { DIGITS_KEPT = 1000000000 };
    double start = box->origin[k], length = box->h[k][k];
    end[0] = end_of_edge(below, 0, start);
    end[1] = end_of_edge(above, start, length);
    double lost = fabs((end[0] - below) - start) + fabs(((end[1] - above) - start) - length);
    if (lost <= length / DIGITS_KEPT) return VT_OK;
    return vt_fail(err, VT_EINVAL,
                   "the edge of the box along %c, %g A from %g A on, would get lost in its ends %g "
                   "and %g A, which are what a LAMMPS file has; use extxyz",
                   "xyz"[k], length, start, end[0], end[1]);
}

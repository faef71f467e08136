/* The periodic box. Cell vectors are rows, so a point is origin + s h. */
#include <math.h>

#include "base/tensor.h"
#include "vitrum/atoms.h"

static const char *const AXIS_NAMES[3] = {"a", "b", "c"};

vt_box vt_box_orthogonal(double lx, double ly, double lz) {
    vt_box box = {.h = {{lx, 0, 0}, {0, ly, 0}, {0, 0, lz}}, .periodic = {true, true, true}};
    return box;
}

/* Far beyond what a sample can be, and such that no volume, inverse or velocity along the cell
   vectors overflows. */
static const double SHORTEST = 1e-10, LONGEST = 1e18; /* [angstrom] */

vt_status vt_box_check(const vt_box *box, vt_error *err) {
    double product = 1;
    for (int k = 0; k < 3; k++) {
        if (!isfinite(box->origin[k]))
            return vt_fail(err, VT_EINVAL, "box: origin component %d is %g; give a finite number",
                           k + 1, box->origin[k]);
        for (int j = 0; j < 3; j++)
            if (!isfinite(box->h[k][j]))
                return vt_fail(err, VT_EINVAL,
                               "box: component %d of cell vector %s is %g; give a finite number",
                               j + 1, AXIS_NAMES[k], box->h[k][j]);
        double length = sqrt(vti_dot3(box->h[k], box->h[k]));
        if (length > 0 && !(length >= SHORTEST && length <= LONGEST))
            return vt_fail(err, VT_EINVAL,
                           "box: cell vector %s is %g A long; give lengths in angstrom, between %g "
                           "and %g",
                           AXIS_NAMES[k], length, SHORTEST, LONGEST);
        if (length == 0)
            return vt_fail(err, VT_EINVAL,
                           "box: cell vector %s has length 0; every edge needs a positive length, "
                           "also along a free axis",
                           AXIS_NAMES[k]);
        product *= length;
    }
    double volume = vt_box_volume(box);
    if (volume < 0)
        return vt_fail(err, VT_EINVAL,
                       "box: the cell vectors are left-handed (volume %g A^3); exchange two of "
                       "them or turn one around",
                       volume);
    /* Below this the vectors lie in a plane to rounding, and the inverse is meaningless. */
    if (volume < 1e-10 * product || volume == 0)
        return vt_fail(err, VT_EINVAL,
                       "box: the cell vectors lie in a plane (volume %g A^3); give three that "
                       "span a volume",
                       volume);
    return VT_OK;
}

double vt_box_volume(const vt_box *box) {
    double n[3];
    vti_cross3(box->h[1], box->h[2], n);
    return vti_dot3(box->h[0], n);
}

void vt_box_inverse(const vt_box *box, double inverse[3][3]) {
    vt_box copy = *box;
    vti_invert3(copy.h, inverse); /* column k: reciprocal vector of axis k */
}

void vt_box_heights(const vt_box *box, double heights[3]) {
    double volume = vt_box_volume(box);
    for (int k = 0; k < 3; k++) {
        double n[3];
        vti_cross3(box->h[(k + 1) % 3], box->h[(k + 2) % 3], n);
        heights[k] = volume / sqrt(vti_dot3(n, n));
    }
}

void vt_box_fractional(const vt_box *box, const double r[3], double s[3]) {
    double inverse[3][3], d[3];
    vt_box_inverse(box, inverse);
    for (int k = 0; k < 3; k++) d[k] = r[k] - box->origin[k];
    for (int k = 0; k < 3; k++)
        s[k] = d[0] * inverse[0][k] + d[1] * inverse[1][k] + d[2] * inverse[2][k];
}

void vt_box_cartesian(const vt_box *box, const double s[3], double r[3]) {
    for (int k = 0; k < 3; k++)
        r[k] = box->origin[k] + (s[0] * box->h[0][k] + s[1] * box->h[1][k] + s[2] * box->h[2][k]);
}

bool vt_box_is_lammps(const vt_box *box) {
    return box->h[0][1] == 0 && box->h[0][2] == 0 && box->h[1][2] == 0 && box->h[0][0] > 0 &&
           box->h[1][1] > 0 && box->h[2][2] > 0;
}

/* How far vector u leans along v, and b along a's normal plane: parts of the lengths of a, b, a. */
static void lean(const vt_box *box, double *b_along_a, double *c_along_b, double *c_along_a) {
    const double *a = box->h[0], *b = box->h[1], *c = box->h[2];
    double a2 = vti_dot3(a, a), normal[3]; /* of b: what of it is not along a */
    *b_along_a = vti_dot3(b, a) / a2;
    *c_along_a = vti_dot3(c, a) / a2;
    for (int k = 0; k < 3; k++) normal[k] = b[k] - *b_along_a * a[k];
    *c_along_b = vti_dot3(c, normal) / vti_dot3(normal, normal);
}

static const double HALF = 0.5 * (1 + 1e-12);

bool vt_box_leans(const vt_box *box) {
    double p, r, q;
    lean(box, &p, &r, &q);
    return fabs(p) > HALF || fabs(r) > HALF || fabs(q) > HALF;
}

static double whole_lean(double part, bool may) {
    return may && fabs(part) > HALF ? round(part) : 0;
}

static void take_off(double from[3], double times, const double vector[3]) {
    for (int k = 0; k < 3; k++) from[k] -= times * vector[k];
}

void vt_box_reduce(vt_box *box, double taken[3]) {
    const bool *periodic = box->periodic;
    double part[3], unused[2];
    lean(box, &part[0], &unused[0], &unused[1]);
    taken[0] = whole_lean(part[0], periodic[0] && periodic[1]);
    take_off(box->h[1], taken[0], box->h[0]);
    lean(box, &unused[0], &part[1], &unused[1]);
    taken[1] = whole_lean(part[1], periodic[1] && periodic[2]);
    take_off(box->h[2], taken[1], box->h[1]);
    lean(box, &unused[0], &unused[1], &part[2]);
    taken[2] = whole_lean(part[2], periodic[0] && periodic[2]);
    take_off(box->h[2], taken[2], box->h[0]);
}

/* ---------------------------------------------------------------- shape ---- */

static const double DEGREE = 3.14159265358979323846 / 180;

static double angle_between(const double u[3], const double v[3]) {
    double w[3]; /* the arc tangent keeps all digits where the arc cosine loses half */
    vti_cross3(u, v, w);
    return atan2(sqrt(vti_dot3(w, w)), vti_dot3(u, v)) / DEGREE;
}

void vt_box_shape(const vt_box *box, double lengths[3], double angles_deg[3]) {
    for (int k = 0; k < 3; k++) {
        lengths[k] = sqrt(vti_dot3(box->h[k], box->h[k]));
        angles_deg[k] = angle_between(box->h[(k + 1) % 3], box->h[(k + 2) % 3]);
    }
}

/* Exactly 0 at a right angle, so that an orthogonal box has no tilt of 1e-16. */
static double cosine(double angle_deg) {
    return angle_deg == 90 ? 0 : cos(angle_deg * DEGREE);
}

vt_status vt_box_set_shape(vt_box *box, const double lengths[3], const double angles_deg[3],
                           vt_error *err) {
    for (int k = 0; k < 3; k++) {
        if (!(lengths[k] > 0) || !isfinite(lengths[k]))
            return vt_fail(err, VT_EINVAL, "box: the length of %s is %g A; it must be positive",
                           AXIS_NAMES[k], lengths[k]);
        if (!(angles_deg[k] > 0 && angles_deg[k] < 180))
            return vt_fail(err, VT_EINVAL,
                           "box: angle %d is %g degrees; it must lie between 0 and 180", k + 1,
                           angles_deg[k]);
    }
    double alpha = cosine(angles_deg[0]), beta = cosine(angles_deg[1]);
    double gamma = cosine(angles_deg[2]), sine = sqrt(1 - gamma * gamma);
    double cx = beta, cy = (alpha - beta * gamma) / sine;
    double cz2 = 1 - cx * cx - cy * cy;
    if (!(cz2 > 0))
        return vt_fail(err, VT_EINVAL, "box: no cell has the angles %g, %g, %g degrees",
                       angles_deg[0], angles_deg[1], angles_deg[2]);
    vt_box shaped = *box;
    double h[3][3] = {{lengths[0], 0, 0},
                      {lengths[1] * gamma, lengths[1] * sine, 0},
                      {lengths[2] * cx, lengths[2] * cy, lengths[2] * sqrt(cz2)}};
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++) shaped.h[k][j] = h[k][j];
    vt_status status = vt_box_check(&shaped, err);
    if (!vt_failed(status)) *box = shaped;
    return status;
}

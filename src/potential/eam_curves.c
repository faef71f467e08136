/* The functions of an EAM file as they stand there, with the taper: value, slope and curvature. */
#include "eam.h"

#include <math.h>

/* A spline and its derivatives; beyond its last point value and slope stay what they are there. */
static vti_curve spline_curve(const vti_spline *s, double x) {
    vti_curve c;
    c.value = vti_spline_value(s, x, &c.slope);
    double p = x * s->inverse_delta;
    int k = !(p > 0) ? 0 : p < s->count - 2 ? (int)p : s->count - 2;
    p -= k;
    c.curvature = p > 1.0 ? 0
                          : (2.0 * s->row[k][2] + 6.0 * p * s->row[k][3]) * s->inverse_delta *
                                s->inverse_delta;
    return c;
}

vti_curve vti_eam_curve(const vti_eam_functions *f, const vti_spline *s, double r) {
    vti_curve c = spline_curve(s, r);
    double x = f->taper > 0 ? 1 - (f->cutoff - r) / f->taper : 0;
    if (!(x > 0)) return c;
    if (x >= 1) return (vti_curve){0, 0, 0};
    double y = 1 - x;
    double w = y * y * y * (1 + x * (3 + 6 * x));
    double w1 = -30 * x * x * y * y / f->taper;
    double w2 = -60 * x * y * (y - x) / (f->taper * f->taper);
    return (vti_curve){c.value * w, c.slope * w + c.value * w1,
                       c.curvature * w + 2 * c.slope * w1 + c.value * w2};
}

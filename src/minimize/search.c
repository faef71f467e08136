/* Search along a line for a step that lowers the value enough. */
#include <float.h>
#include <math.h>

#include "minimize/method.h"

enum { MAX_TRIALS = 30, PATIENCE = 6 };

/* Armijo's constant, the usual one (Nocedal and Wright, Numerical Optimization, 2nd ed., 3.1). */
static const double SUFFICIENT = 1e-4;
/* delta of Hager and Zhang: within rounding the slope may have turned to at most 1 - 2 delta. */
static const double TURNED = 0.8;

double vti_rounding(double energy) {
    /* Totals are sums of some ten thousand terms whose errors partly cancel: a few units in the
       last place. */
    return 8 * DBL_EPSILON * fabs(energy);
}

vti_line_search vti_line_search_start(double energy, double slope, double step, double limit) {
    vti_line_search search = {.energy = energy, .slope = slope, .limit = limit, .high = INFINITY};
    search.step = step < limit ? step : limit;
    search.low_energy = energy;
    search.low_slope = slope;
    return search;
}

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

/* A step between low and high: where a line through the two slopes crosses zero, or the lowest
   point of the parabola through both energies when the slope at high cannot be trusted. */
static double between(const vti_line_search *s) {
    double width = s->high - s->low, t = 0.5;
    if (!isfinite(s->high_energy)) return s->low + 0.2 * width;
    if (s->high_slope > 0 && s->low_slope < 0) {
        t = s->low_slope / (s->low_slope - s->high_slope);
    } else {
        double rise = s->high_energy - s->low_energy - s->low_slope * width;
        if (rise > 0) t = -0.5 * s->low_slope * width / rise;
    }
    return s->low + clamp(t, 0.1, 0.9) * width;
}

/* A step beyond the one just judged, whose slope is still negative. */
static double beyond(const vti_line_search *s, double previous, double previous_slope) {
    double width = s->low - previous, bend = s->low_slope - previous_slope;
    double step = bend > 0 ? s->low - s->low_slope * width / bend : INFINITY;
    step = clamp(step, s->low + 0.5 * width, s->low + 4 * width);
    return step < s->limit ? step : s->limit;
}

vti_verdict vti_line_search_judge(vti_line_search *s, double energy, double slope,
                                  double curvature) {
    double step = s->step;
    s->trials++;
    bool fell = energy <= s->energy + SUFFICIENT * step * s->slope;
    if (!fell && energy <= s->energy + vti_rounding(s->energy)) fell = slope <= -TURNED * s->slope;
    bool flat = fabs(slope) <= -curvature * s->slope || (slope < 0 && step >= s->limit);
    if (fell && (flat || s->trials >= PATIENCE)) return VTI_SEARCH_ACCEPT;
    if (s->trials >= MAX_TRIALS) return VTI_SEARCH_FAILED;
    if (fell && slope < 0) {
        double previous = s->low, previous_slope = s->low_slope;
        s->low = step;
        s->low_energy = energy;
        s->low_slope = slope;
        s->step = isfinite(s->high) ? between(s) : beyond(s, previous, previous_slope);
    } else {
        s->high = step;
        s->high_energy = energy;
        s->high_slope = slope;
        s->step = between(s);
    }
    /* A step of the same length again, or of none, will tell nothing new. */
    return s->step == step || !(s->step > 0) ? VTI_SEARCH_FAILED : VTI_SEARCH_AGAIN;
}

/* The sum of eq. 5 as it is written, for the others to be held against. */
#include "descriptor/radial.h"

#include <math.h>
#include <string.h>

static void add_neighbor(const vt_radial *g, double r, float *row) {
    for (size_t k = 0; k < g->points; k++) {
        double away = (g->first + (double)k * g->step - r) / g->sigma;
        row[k] += (float)exp(-0.5 * away * away);
    }
}

void vti_radial_row_reference(const vti_radial_plan *plan, const vti_center *center,
                              const vti_radial_scratch *scratch, float *row) {
    (void)scratch;
    const vti_cells *cells = center->cells;
    const double *scale = plan->scale + (size_t)center->own * plan->species;
    memset(row, 0, plan->species * plan->radial.points * sizeof *row);
    for (size_t m = 0; m < center->reaches; m++) {
        const vti_reach *reach = &center->reach[m];
        bool home = reach->shift[0] == 0 && reach->shift[1] == 0 && reach->shift[2] == 0;
        for (size_t k = reach->begin; k < reach->end; k++) {
            if (home && k == center->place) continue;
            double d[3] = {cells->x[k] - (cells->x[center->place] - reach->shift[0]),
                           cells->y[k] - (cells->y[center->place] - reach->shift[1]),
                           cells->z[k] - (cells->z[center->place] - reach->shift[2])};
            double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) * scale[cells->type[k]];
            if (r <= plan->radial.cutoff)
                add_neighbor(&plan->radial, r, row + (size_t)cells->type[k] * plan->radial.points);
        }
    }
}

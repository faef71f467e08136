/* Per-atom numbers as fields: means in slabs, columns and boxes of the cell, and averages around
   each atom. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "vitrum/neighbors.h"
#include "vitrum/structure.h"

enum { GRAIN = 256 }; /* atoms that a thread takes at a time */

/* A Gaussian is cut off where it has fallen to exp(-4.5) = 0.011. */
static const double REACH = 3;

/* Fractional coordinates, wrapped along periodic axes. */
static void place(const vt_atoms *atoms, size_t i, double s[3]) {
    const double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
    vt_box_fractional(&atoms->box, r, s);
    for (int a = 0; a < 3; a++) {
        if (!atoms->box.periodic[a]) continue;
        s[a] -= floor(s[a]);
        if (s[a] >= 1) s[a] = 0; /* a tiny negative number rounds up to 1 */
    }
}

void vt_field_extent(const vt_atoms *atoms, int axis, double *low, double *high) {
    double heights[3];
    vt_box_heights(&atoms->box, heights);
    *low = 0;
    *high = 1;
    bool first = true;
    for (size_t i = 0; i < atoms->count && !atoms->box.periodic[axis]; i++) {
        double s[3];
        place(atoms, i, s);
        if (first || s[axis] < *low) *low = s[axis];
        if (first || s[axis] > *high) *high = s[axis];
        first = false;
    }
    *low *= heights[axis];
    *high *= heights[axis];
    if (*high <= *low) *high = *low + heights[axis]; /* one atom, or all in a plane */
}

static vt_status check(const vt_atoms *atoms, vt_error *err) {
    if (atoms->count == 0) return vt_fail(err, VT_EINVAL, "there are no atoms");
    return vt_atoms_check(atoms, err);
}

vt_status vt_field_bin(const vt_atoms *atoms, const double *values, int dimensions,
                       const vt_field_axis *axes, double *count, double *sum, double *square,
                       vt_error *err) {
    VTI_TRY(check(atoms, err));
    double heights[3];
    vt_box_heights(&atoms->box, heights);
    for (int d = 0; d < dimensions; d++)
        if (axes[d].axis < 0 || axes[d].axis > 2 || axes[d].bins < 1 ||
            !(axes[d].high > axes[d].low))
            return vt_fail(err, VT_EINVAL, "axis %d of the field needs bins and a range", d + 1);
    for (size_t i = 0; i < atoms->count; i++) {
        if (isnan(values[i])) continue;
        double s[3];
        size_t entry = 0;
        bool inside = true;
        place(atoms, i, s);
        for (int d = 0; d < dimensions && inside; d++) {
            const vt_field_axis *a = &axes[d];
            double part = (s[a->axis] * heights[a->axis] - a->low) / (a->high - a->low);
            inside = part >= 0 && part <= 1;
            size_t bin = inside ? (size_t)(part * (double)a->bins) : 0;
            if (bin >= (size_t)a->bins) bin = (size_t)a->bins - 1; /* the far end belongs to it */
            entry = entry * (size_t)a->bins + bin;
        }
        if (!inside) continue;
        count[entry] += 1;
        sum[entry] += values[i];
        square[entry] += values[i] * values[i];
    }
    return VT_OK;
}

typedef struct {
    const vt_neighbors *list;
    const double *values;
    vt_field_weight weight;
    double length, *averages;
} averaging;

static void average(const averaging *a, size_t i) {
    const vt_neighbors *list = a->list;
    const double *values = a->values, *own = list->point + 4 * i;
    double weight = isnan(values[i]) ? 0 : 1, sum = isnan(values[i]) ? 0 : values[i];
    for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
        size_t point = (size_t)list->neighbor[k];
        const double *p = list->point + 4 * point;
        double value = values[list->parent[point]], d2 = 0;
        if (isnan(value)) continue;
        for (int m = 0; m < 3; m++) d2 += (p[m] - own[m]) * (p[m] - own[m]);
        double w = a->weight == VT_FIELD_SPHERE ? d2 <= a->length * a->length
                                                : exp(-0.5 * d2 / (a->length * a->length));
        weight += w;
        sum += w * value;
    }
    a->averages[i] = weight > 0 ? sum / weight : NAN;
}

static void average_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    for (size_t i = from; i < to; i++) average(context, i);
}

vt_status vt_field_coarse(const vt_atoms *atoms, const double *values, vt_field_weight weight,
                          double length, double *averages, vt_error *err) {
    VTI_TRY(check(atoms, err));
    if (!(length > 0) || !isfinite(length))
        return vt_fail(err, VT_EINVAL, "the length must be positive [angstrom], got %g", length);
    double reach = weight == VT_FIELD_SPHERE ? length : REACH * length;
    vt_neighbors *list = vt_neighbors_create(reach, 0, err);
    if (list == NULL) return VT_ENOMEM;
    vt_status status = vt_neighbors_update(list, atoms, err);
    if (!vt_failed(status)) {
        averaging a = {list, values, weight, length, averages};
        status = vti_share_stoppable(atoms->count, GRAIN, average_some, &a, err);
    }
    vt_neighbors_destroy(list);
    return status;
}

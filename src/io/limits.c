/* Numbers of atoms that no file may hold: what is farther away, faster or lighter comes from a run
   that went wrong, and would overflow somewhere on its way through the program. */
#include <math.h>
#include <string.h>

#include "atoms/fields.h"
#include "base/try.h"
#include "io/internal.h"

/* Farther than this, in lengths of the box, an image count overflows and a position has fewer
   digits than a distance needs. */
static const double FARTHEST = 1e9;

/* [angstrom/ps] Far beyond light, and still so far below the largest number that a change of units,
   of axes or a product with a mass is one. A file may hold such products. */
static const double FASTEST = 1e12, LARGEST_MOMENTUM = VTI_LARGEST_MOMENTUM;

static const double LARGEST_FORCE = 1e100; /* [eV/angstrom] may be turned to other axes */

/* Parts of a length that the corner and the edges of a box may lose in a file: vti_ends_of_edge. */
static const double LOST = 1e-8;

/* Whether all numbers lie within `limit` about `origin`; not so when one is nan. */
static bool all_within(const double *value, size_t count, double origin, double limit) {
    int beyond = 0;
    for (size_t i = 0; i < count; i++) beyond |= !(fabs(value[i] - origin) <= limit);
    return beyond == 0;
}

/* Whether the sum of all distances from `origin` is within `limit`, and so each of them; not so
   when one is nan. Sums are quicker than comparisons, and far below any limit here. */
static bool sum_within(const double *value, size_t count, double origin, double limit) {
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (size_t k = 0; k < 4; k++) sum[k] += fabs(value[i + k] - origin);
    for (; i < count; i++) sum[0] += fabs(value[i] - origin);
    return sum[0] + sum[1] + sum[2] + sum[3] <= limit;
}

/* Whether no count reaches 2^29, half of FARTHEST. */
static bool counts_within(const int32_t *value, size_t count) {
    int32_t bits = 0;
    for (size_t i = 0; i < count; i++) bits |= value[i] ^ (value[i] < 0 ? -1 : 0);
    return bits < 1 << 29;
}

/* `lost`: the position is written, and comes back a little elsewhere in a box that has changed a
   little. In a box that leans a lot that is not little. */
static vt_status check_atom(const vt_atoms *a, double fastest, double lost, double inverse[3][3],
                            size_t i, vt_error *err) {
    const double d[3] = {a->x[i] - a->box.origin[0], a->y[i] - a->box.origin[1],
                         a->z[i] - a->box.origin[2]};
    const int32_t image[3] = {a->ix[i], a->iy[i], a->iz[i]};
    if (!(fabs(a->vx[i]) <= fastest && fabs(a->vy[i]) <= fastest && fabs(a->vz[i]) <= fastest))
        return vt_fail(err, VT_EINVAL, "a velocity of %g %g %g is beyond all range", a->vx[i],
                       a->vy[i], a->vz[i]);
    for (int k = 0; k < 3; k++) {
        double part[3], s = 0, sum = 0;
        for (int j = 0; j < 3; j++) {
            part[j] = d[j] * inverse[j][k];
            s += part[j];
            sum += fabs(part[j]);
        }
        if (!(fabs(s) <= FARTHEST))
            return vt_fail(err, VT_EINVAL,
                           "the atom at %g %g %g A is more than %g lengths of the box away from it",
                           a->x[i], a->y[i], a->z[i], FARTHEST);
        if (fabs(s) + lost * (sum + 1) > FARTHEST)
            return vt_fail(
                err, VT_EINVAL,
                "the atom at %g %g %g A is so far from its box, which leans so much, that "
                "a file would not tell where it is; wrap it into the box",
                a->x[i], a->y[i], a->z[i]);
        if (fabs((double)image[k]) > FARTHEST)
            return vt_fail(err, VT_EINVAL, "image count %d along %c is beyond %g", (int)image[k],
                           "abc"[k], FARTHEST);
    }
    return VT_OK;
}

/* How far every component of a position may be from the box's corner so that none of its parts of
   the box is beyond FARTHEST. */
static double near_limit(const vt_box *box) {
    double inverse[3][3], largest = 0;
    vt_box_inverse(box, inverse);
    for (int k = 0; k < 3; k++) {
        double sum = fabs(inverse[0][k]) + fabs(inverse[1][k]) + fabs(inverse[2][k]);
        largest = fmax(sum, largest);
    }
    return FARTHEST / largest;
}

/* Nearly always a look at each number tells that none is far away. */
static bool all_near(const vt_atoms *a, size_t from, size_t to, double limit, double fastest) {
    vti_atom_arrays own = vti_arrays_of(a);
    for (int k = 0; k < 3; k++)
        if (!sum_within(own.position[k] + from, to - from, a->box.origin[k], limit) ||
            !sum_within(own.velocity[k] + from, to - from, 0, fastest) ||
            !counts_within(own.image[k] + from, to - from))
            return false;
    return true;
}

static vt_status check_each(const vt_atoms *a, double fastest, double lost, size_t *which,
                            vt_error *err) {
    double inverse[3][3];
    vt_box_inverse(&a->box, inverse);
    for (size_t i = 0; i < a->count; i++) {
        *which = i;
        VTI_TRY(check_atom(a, fastest, lost, inverse, i, err));
    }
    return VT_OK;
}

vt_status vti_check_positions(const vt_atoms *a, vt_error *err) {
    size_t which;
    if (all_near(a, 0, a->count, 0.5 * near_limit(&a->box), FASTEST)) return VT_OK;
    return check_each(a, FASTEST, LOST, &which, err);
}

void vti_look_start(vti_look *look, const vt_box *box) {
    *look = (vti_look){.limit = near_limit(box)};
}

void vti_look_on(vti_look *look, const vt_atoms *atoms, size_t count) {
    look->far = look->far || !all_near(atoms, look->seen, count, look->limit, LARGEST_MOMENTUM);
    look->seen = count;
}

vt_status vti_look_end(vti_look *look, const vt_atoms *atoms, size_t *which, vt_error *err) {
    vti_look_on(look, atoms, atoms->count);
    return look->far ? check_each(atoms, LARGEST_MOMENTUM, 0, which, err) : VT_OK;
}

vt_status vti_check_forces(const vt_atoms *a, vt_error *err) {
    vti_atom_arrays own = vti_arrays_of(a);
    for (int k = 0; k < 3; k++) {
        if (all_within(own.force[k], a->count, 0, LARGEST_FORCE)) continue;
        for (size_t i = 0; i < a->count; i++)
            if (!(fabs(own.force[k][i]) <= LARGEST_FORCE))
                return vt_fail(
                    err, VT_EINVAL,
                    "the force on atom %zu (id %lld) is %g %g %g eV/A, which no file can "
                    "hold; write without forces, or look whether atoms overlap",
                    i + 1, (long long)a->id[i], a->fx[i], a->fy[i], a->fz[i]);
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- species ---- */

bool vti_own_masses(const vt_atoms *atoms) {
    for (int k = 0; k < atoms->species_count; k++)
        if (atoms->species[k].mass != vt_element_mass(atoms->species[k].symbol)) return true;
    return false;
}

bool vti_is_carbon(double mass) {
    const char *symbol = vti_element_of_mass(mass);
    return symbol != NULL && strcmp(symbol, "C") == 0;
}

vt_status vti_check_species(const vti_format *format, const vt_atoms *a, vt_error *err) {
    for (int k = 0; k < a->species_count; k++) {
        const vt_species *s = &a->species[k],
                         *first = &a->species[vt_atoms_find_species(a, s->symbol)];
        if (format->one_mass && s->mass != first->mass)
            return vt_fail(err, VT_EINVAL,
                           "species '%s' has the masses %g and %g amu, and %s has one for each "
                           "symbol; use dump or data",
                           s->symbol, first->mass, s->mass, format->name);
        if (format->default_carbon && strcmp(s->symbol, "C") == 0 && !vti_is_carbon(s->mass))
            return vt_fail(err, VT_EINVAL,
                           "species 'C' has a mass of %g amu, and in format '%s' C that is no "
                           "carbon is what LAMMPS calls an atom that nobody named; use extxyz or "
                           "data",
                           s->mass, format->name);
    }
    return VT_OK;
}

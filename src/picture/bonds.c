/* Bonds: atoms of a scene that are near each other. */
#include "picture/internal.h"

#include <math.h>
#include <string.h>

#include "vitrum/neighbors.h"

/* The scene's points as atoms in a box without images. */
static vt_atoms *points_of(const vt_spheres *spheres, vt_error *err) {
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < spheres->count; i++) {
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], spheres->position[3 * i + k]);
            high[k] = fmax(high[k], spheres->position[3 * i + k]);
        }
    }
    vt_box box =
        vt_box_orthogonal(high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1);
    memcpy(box.origin, low, sizeof low);
    box.periodic[0] = box.periodic[1] = box.periodic[2] = false;
    vt_atoms *atoms = vt_atoms_create(spheres->count, &box, err);
    if (atoms == NULL) return NULL;
    for (size_t i = 0; i < spheres->count; i++) {
        atoms->x[i] = spheres->position[3 * i];
        atoms->y[i] = spheres->position[3 * i + 1];
        atoms->z[i] = spheres->position[3 * i + 2];
    }
    atoms->species_count = 1;
    atoms->species[0] = (vt_species){"X", 1};
    return atoms;
}

/* Write the pairs, or only count them where there is no room. */
static size_t collect(const vt_neighbors *list, double cutoff, int32_t *pair) {
    size_t found = 0;
    for (size_t i = 0; i < list->count; i++) {
        const double *p = list->point + 4 * i;
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            size_t j = (size_t)list->neighbor[k];
            if (j <= i) continue;
            const double *q = list->point + 4 * j;
            double x = q[0] - p[0], y = q[1] - p[1], z = q[2] - p[2];
            if (x * x + y * y + z * z > cutoff * cutoff) continue;
            if (pair != NULL) {
                pair[2 * found] = (int32_t)i;
                pair[2 * found + 1] = (int32_t)j;
            }
            found++;
        }
    }
    return found;
}

vt_status vt_picture_bonds(const vt_spheres *spheres, double cutoff, int32_t **pair, size_t *count,
                           vt_error *err) {
    *pair = NULL;
    *count = 0;
    if (!(cutoff > 0 && cutoff < 1e6))
        return vt_fail(err, VT_EINVAL, "bonds need a positive length, got %g angstrom", cutoff);
    vt_atoms *atoms = points_of(spheres, err);
    if (atoms == NULL) return err != NULL ? err->code : VT_ENOMEM;
    /* Everything would be joined to everything. */
    const double most = 100;
    double others =
        (double)spheres->count / vt_box_volume(&atoms->box) * 4.18879 * cutoff * cutoff * cutoff;
    others = fmin(others, (double)spheres->count - 1);
    vt_status status = VT_OK;
    if (others > most)
        status = vt_fail(err, VT_EINVAL,
                         "bonds of up to %g angstrom would join each atom to some %.0f others; "
                         "nearest neighbors lie some 3 angstrom apart",
                         cutoff, others);
    vt_neighbors *list = vt_failed(status) ? NULL : vt_neighbors_create(cutoff, 0, err);
    if (list != NULL) status = vt_neighbors_update(list, atoms, err);
    if (list == NULL && !vt_failed(status)) status = VT_ENOMEM;
    if (!vt_failed(status)) {
        size_t n = collect(list, cutoff, NULL);
        *pair = vt_alloc(2 * n, sizeof **pair);
        if (*pair == NULL)
            status = vt_fail_memory(err, 2 * n, sizeof **pair, "bonds");
        else
            *count = collect(list, cutoff, *pair);
    }
    if (list != NULL) vt_neighbors_destroy(list);
    vt_atoms_destroy(atoms);
    return status;
}

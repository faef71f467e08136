/* Atoms as structure of arrays. All arrays are carved from one block, x first, each `capacity`
   long and therefore aligned to 64 bytes; what lies between count and capacity is zero. */
#include "atoms/fields.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/tensor.h"
#include "base/try.h"
#include "vitrum/units.h"

enum {
    PADDING = 16, /* 16 int32 fill 64 bytes */
    GRAIN = 2048  /* atoms that a thread takes at a time */
};

#define VECTOR(name, element, x, y, z) +3 * sizeof(element)
#define NUMBER(name, element)          +sizeof(element)
static const size_t BYTES_PER_ATOM = VTI_ATOM_FIELDS(VECTOR, NUMBER);
#undef VECTOR
#undef NUMBER

/* ---------------------------------------------------------------- memory ---- */

/* The arrays inside a block of room for `capacity` atoms. */
static void carve(vt_atoms *atoms, void *block, size_t capacity) {
    char *at = block;
#define NUMBER(name, element)                                                                      \
    atoms->name = (element *)(void *)at;                                                           \
    at += capacity * sizeof(element);
#define VECTOR(name, element, x, y, z) NUMBER(x, element) NUMBER(y, element) NUMBER(z, element)
    VTI_ATOM_FIELDS(VECTOR, NUMBER)
#undef VECTOR
#undef NUMBER
    atoms->capacity = capacity;
}

static void *block_create(size_t count, size_t *capacity, vt_error *err) {
    if (count > INT32_MAX - PADDING) {
        vt_fail(err, VT_EINVAL, "%zu atoms are too many; the limit is %d", count,
                INT32_MAX - PADDING);
        return NULL;
    }
    /* Never empty: a view of zero atoms still needs an address. */
    *capacity = (count / PADDING + 1) * PADDING;
    void *block = vt_alloc(*capacity, BYTES_PER_ATOM);
    if (block == NULL) vt_fail_memory(err, *capacity, BYTES_PER_ATOM, "storing the atoms");
    return block;
}

void vt_atoms_copy_atom(vt_atoms *to, size_t k, const vt_atoms *from, size_t i) {
#define NUMBER(name, element)          to->name[k] = from->name[i];
#define VECTOR(name, element, x, y, z) NUMBER(x, element) NUMBER(y, element) NUMBER(z, element)
    VTI_ATOM_FIELDS(VECTOR, NUMBER)
#undef VECTOR
#undef NUMBER
}

/* Atoms first..count-1 as vt_atoms_create makes them, with ids from `id`. Many take long, since the
   system gives the memory only now; then an interrupt that comes meanwhile is heard. One that came
   before is not: the atoms may be what somebody rescues from a stopped run. */
static vt_status set_new(vt_atoms *atoms, size_t first, int64_t id, vt_error *err) {
    bool stopped = vt_interrupted();
    for (size_t i = first; i < atoms->count; i++) {
        if ((i - first) % 65536 == 65535 && vt_interrupted() && !stopped)
            return vt_fail_interrupted(err);
        atoms->x[i] = atoms->box.origin[0];
        atoms->y[i] = atoms->box.origin[1];
        atoms->z[i] = atoms->box.origin[2];
        atoms->id[i] = id++;
    }
    return VT_OK;
}

vt_atoms *vt_atoms_create(size_t count, const vt_box *box, vt_error *err) {
    if (vt_failed(vt_box_check(box, err))) return NULL;
    vt_atoms *atoms = vt_alloc(1, sizeof *atoms);
    if (atoms == NULL) {
        vt_fail_memory(err, 1, sizeof *atoms, "creating atoms");
        return NULL;
    }
    size_t capacity;
    void *block = block_create(count, &capacity, err);
    if (block == NULL) {
        vt_free(atoms);
        return NULL;
    }
    carve(atoms, block, capacity);
    atoms->box = *box;
    atoms->count = count;
    atoms->generation = 1;
    if (vt_failed(set_new(atoms, 0, 1, err))) {
        vt_atoms_destroy(atoms);
        return NULL;
    }
    return atoms;
}

void vt_atoms_destroy(vt_atoms *atoms) {
    if (atoms == NULL) return;
    vt_free(atoms->x); /* the block begins with x */
    vt_free(atoms);
}

/* Atoms with room for `count` and the box and species of `model`. */
static vt_atoms *create_like(const vt_atoms *model, size_t count, vt_error *err) {
    vt_atoms *atoms = vt_atoms_create(count, &model->box, err);
    if (atoms == NULL) return NULL;
    atoms->tracked = model->tracked;
    atoms->boxless = model->boxless;
    atoms->species_count = model->species_count;
    memcpy(atoms->species, model->species, sizeof model->species);
    return atoms;
}

vt_atoms *vt_atoms_copy(const vt_atoms *atoms, vt_error *err) {
    vt_atoms *copy = create_like(atoms, atoms->count, err);
    if (copy == NULL) return NULL;
    for (size_t i = 0; i < atoms->count; i++) vt_atoms_copy_atom(copy, i, atoms, i);
    return copy;
}

vt_atoms *vt_atoms_permuted(const vt_atoms *atoms, const int32_t *order, size_t count,
                            vt_error *err) {
    for (size_t k = 0; k < count; k++)
        if (order[k] < 0 || (size_t)order[k] >= atoms->count) {
            vt_fail(err, VT_EINVAL, "index %lld of entry %zu is outside 1 to %zu (the atoms)",
                    (long long)order[k] + 1, k + 1, atoms->count);
            return NULL;
        }
    vt_atoms *permuted = create_like(atoms, count, err);
    if (permuted == NULL) return NULL;
    for (size_t k = 0; k < count; k++) vt_atoms_copy_atom(permuted, k, atoms, (size_t)order[k]);
    return permuted;
}

vt_status vt_atoms_resize(vt_atoms *atoms, size_t count, vt_error *err) {
    if (count == atoms->count) return VT_OK;
    int64_t largest = 0;
    for (size_t i = 0; i < atoms->count && count > atoms->count; i++)
        if (atoms->id[i] > largest) largest = atoms->id[i];
    if (largest > INT64_MAX / 2)
        return vt_fail(err, VT_EINVAL,
                       "the id %lld leaves no room for those of more atoms; give smaller ones",
                       (long long)largest);
    size_t capacity;
    void *block = block_create(count, &capacity, err);
    if (block == NULL) return err != NULL ? err->code : VT_ENOMEM;
    vt_atoms old = *atoms;
    carve(atoms, block, capacity);
    atoms->count = count;
    size_t kept = count < old.count ? count : old.count;
    for (size_t i = 0; i < kept; i++) vt_atoms_copy_atom(atoms, i, &old, i);
    vt_status status = set_new(atoms, kept, largest + 1, err);
    if (vt_failed(status)) {
        *atoms = old;
        vt_free(block);
        return status;
    }
    atoms->generation++;
    vt_free(old.x);
    return VT_OK;
}

vt_status vt_atoms_filter(vt_atoms *atoms, const bool *keep, vt_error *err) {
    size_t kept = 0;
    for (size_t i = 0; i < atoms->count; i++) kept += keep[i];
    if (kept == atoms->count) return VT_OK;
    size_t capacity;
    void *block = block_create(kept, &capacity, err);
    if (block == NULL) return err != NULL ? err->code : VT_ENOMEM;
    vt_atoms old = *atoms;
    carve(atoms, block, capacity);
    size_t k = 0;
    for (size_t i = 0; i < old.count; i++)
        if (keep[i]) vt_atoms_copy_atom(atoms, k++, &old, i);
    atoms->count = kept;
    atoms->generation++;
    vt_free(old.x);
    return VT_OK;
}

/* ---------------------------------------------------------------- box ---- */

/* An image count stays within int32 even for an atom that left by light years. */
static int32_t add_image(int32_t image, double shift) {
    double sum = (double)image + shift;
    return sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : (int32_t)sum;
}

void vt_atoms_unwrapped(const vt_atoms *atoms, size_t i, double r[3]) {
    const double own[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
    const int32_t image[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
    double n[3];
    for (int a = 0; a < 3; a++) n[a] = atoms->box.periodic[a] ? image[a] : 0;
    for (int k = 0; k < 3; k++)
        r[k] = own[k] +
               (n[0] * atoms->box.h[0][k] + n[1] * atoms->box.h[1][k] + n[2] * atoms->box.h[2][k]);
}

void vt_box_wrap(const vt_box *box, const double inverse[3][3], double r[3], int32_t image[3]) {
    if (!isfinite(r[0]) || !isfinite(r[1]) || !isfinite(r[2])) return;
    /* A coordinate just below 0 may round onto the far face; a second pass brings it back. */
    for (int pass = 0; pass < 3; pass++) {
        double d[3] = {r[0] - box->origin[0], r[1] - box->origin[1], r[2] - box->origin[2]};
        bool moved = false;
        for (int k = 0; k < 3; k++) {
            if (!box->periodic[k]) continue;
            double s = d[0] * inverse[0][k] + d[1] * inverse[1][k] + d[2] * inverse[2][k];
            double shift = floor(s);
            if (shift == 0) continue;
            moved = true;
            for (int j = 0; j < 3; j++) r[j] -= shift * box->h[k][j];
            image[k] = add_image(image[k], shift);
        }
        if (!moved) break;
    }
}

typedef struct {
    vt_atoms *atoms;
    double inverse[3][3];
} wrapping;

static void wrap_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const wrapping *w = context;
    vt_atoms *atoms = w->atoms;
    for (size_t i = from; i < to; i++) {
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        int32_t image[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
        vt_box_wrap(&atoms->box, (const double(*)[3])w->inverse, r, image);
        atoms->x[i] = r[0];
        atoms->y[i] = r[1];
        atoms->z[i] = r[2];
        atoms->ix[i] = image[0];
        atoms->iy[i] = image[1];
        atoms->iz[i] = image[2];
    }
}

void vt_atoms_wrap(vt_atoms *atoms) {
    wrapping w = {.atoms = atoms};
    vt_box_inverse(&atoms->box, w.inverse);
    vti_share(atoms->count, GRAIN, wrap_some, &w);
}

vt_status vt_atoms_set_box(vt_atoms *atoms, const vt_box *box, bool remap, vt_error *err) {
    VTI_TRY(vt_box_check(box, err));
    if (remap) {
        double inverse[3][3], map[3][3];
        vt_box_inverse(&atoms->box, inverse);
        vt_box now = *box;
        vti_multiply3(inverse, now.h, map);
        const double *from = atoms->box.origin, *to = box->origin;
        for (size_t i = 0; i < atoms->count; i++) {
            double d[3] = {atoms->x[i] - from[0], atoms->y[i] - from[1], atoms->z[i] - from[2]};
            atoms->x[i] = to[0] + (d[0] * map[0][0] + d[1] * map[1][0] + d[2] * map[2][0]);
            atoms->y[i] = to[1] + (d[0] * map[0][1] + d[1] * map[1][1] + d[2] * map[2][1]);
            atoms->z[i] = to[2] + (d[0] * map[0][2] + d[1] * map[1][2] + d[2] * map[2][2]);
        }
    }
    atoms->box = *box;
    atoms->boxless = false;
    return VT_OK;
}

/* The old vectors are b = b' + p a, c = c' + r b' + q a, so that n h stays the same vector. */
static bool change_images(vt_atoms *atoms, const double taken[3], bool write) {
    double p = taken[0], r = taken[1], q = taken[2];
    bool fit = true;
    for (size_t i = 0; i < atoms->count && fit; i++) {
        double image[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
        for (int k = 0; k < 3; k++)
            if (!atoms->box.periodic[k]) image[k] = 0;
        double a = image[0] + p * image[1] + q * image[2], b = image[1] + r * image[2];
        fit = fabs(a) <= INT32_MAX && fabs(b) <= INT32_MAX;
        if (!write || !fit) continue;
        atoms->ix[i] = (int32_t)a;
        atoms->iy[i] = (int32_t)b;
    }
    return fit;
}

vt_status vt_atoms_reduce_box(vt_atoms *atoms, vt_error *err) {
    vt_box box = atoms->box;
    double taken[3];
    vt_box_reduce(&box, taken);
    VTI_TRY(vt_box_check(&box, err));
    if (!change_images(atoms, taken, false))
        return vt_fail(err, VT_EINVAL,
                       "reduce_box: image counts overflow in a box that leans by %g, %g and %g "
                       "vectors; set the image counts to 0 first",
                       taken[0], taken[1], taken[2]);
    change_images(atoms, taken, true);
    atoms->box = box;
    return VT_OK;
}

/* ---------------------------------------------------------------- checks and sums ---- */

/* Zero times a number is zero, and so is the sum, unless some number is infinite or none. */
static bool all_finite(const double *v, size_t n) {
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++) sum[k] += 0 * v[i + k];
    for (; i < n; i++) sum[0] += 0 * v[i];
    return sum[0] + sum[1] + sum[2] + sum[3] == 0;
}

/* Whether there is nothing for vt_atoms_check to look for: in a trajectory all frames are checked,
   some of them more than once. */
static bool all_sound(const vt_atoms *atoms) {
    vti_atom_arrays a = vti_arrays_of(atoms);
    for (int k = 0; k < 3; k++)
        if (!all_finite(a.position[k], atoms->count) || !all_finite(a.velocity[k], atoms->count))
            return false;
    bool strange = false;
    for (size_t i = 0; i < atoms->count; i++)
        strange |= atoms->type[i] < 0 || atoms->type[i] >= atoms->species_count;
    return !strange;
}

vt_status vt_atoms_check(const vt_atoms *atoms, vt_error *err) {
    VTI_TRY(vt_box_check(&atoms->box, err));
    for (int k = 0; k < atoms->species_count; k++)
        if (!vt_is_species_name(atoms->species[k].symbol))
            return vt_fail(err, VT_EINVAL, "species %d has a name that no species can have", k + 1);
    for (int k = 0; k < atoms->species_count; k++)
        if (!(atoms->species[k].mass > 0) || !isfinite(atoms->species[k].mass))
            return vt_fail(err, VT_EINVAL,
                           "species %s has a mass of %g amu; it must be positive and finite",
                           atoms->species[k].symbol, atoms->species[k].mass);
    if (all_sound(atoms)) return VT_OK;
    for (size_t i = 0; i < atoms->count; i++) {
        if (!isfinite(atoms->x[i]) || !isfinite(atoms->y[i]) || !isfinite(atoms->z[i]))
            return vt_fail(err, VT_EINVAL,
                           "the position of atom %zu (id %lld) is (%g, %g, %g) A; it must be "
                           "finite",
                           i + 1, (long long)atoms->id[i], atoms->x[i], atoms->y[i], atoms->z[i]);
        if (!isfinite(atoms->vx[i]) || !isfinite(atoms->vy[i]) || !isfinite(atoms->vz[i]))
            return vt_fail(err, VT_EINVAL,
                           "the velocity of atom %zu (id %lld) is (%g, %g, %g) A/ps; it must be "
                           "finite",
                           i + 1, (long long)atoms->id[i], atoms->vx[i], atoms->vy[i],
                           atoms->vz[i]);
        if (atoms->type[i] < 0 || atoms->type[i] >= atoms->species_count)
            return vt_fail(err, VT_EINVAL,
                           "atom %zu (id %lld) is of type %lld, but there are %d species", i + 1,
                           (long long)atoms->id[i], (long long)atoms->type[i] + 1,
                           atoms->species_count);
    }
    return VT_OK;
}

double vt_atoms_kinetic_energy(const vt_atoms *atoms) {
    double sum = 0;
    for (size_t i = 0; i < atoms->count; i++) {
        double v2 =
            atoms->vx[i] * atoms->vx[i] + atoms->vy[i] * atoms->vy[i] + atoms->vz[i] * atoms->vz[i];
        sum += atoms->species[atoms->type[i]].mass * v2;
    }
    return 0.5 * VT_MASS_VELOCITY2 * sum;
}

void vt_atoms_add_kinetic(const vt_atoms *atoms, double sum[6]) {
    for (size_t i = 0; i < atoms->count; i++) {
        double m = VT_MASS_VELOCITY2 * atoms->species[atoms->type[i]].mass;
        const double v[3] = {atoms->vx[i], atoms->vy[i], atoms->vz[i]};
        for (int k = 0; k < 6; k++) sum[k] += m * v[VTI_ROW[k]] * v[VTI_COLUMN[k]];
    }
}

double vt_atoms_temperature(const vt_atoms *atoms) {
    if (atoms->count == 0) return 0;
    double freedom = atoms->count == 1 ? 3 : 3.0 * (double)atoms->count - 3;
    return 2 * vt_atoms_kinetic_energy(atoms) / (freedom * VT_BOLTZMANN);
}

double vt_atoms_mass(const vt_atoms *atoms) {
    size_t counts[VT_MAX_SPECIES] = {0};
    for (size_t i = 0; i < atoms->count; i++) counts[atoms->type[i]]++;
    double sum = 0;
    for (int k = 0; k < atoms->species_count; k++)
        sum += (double)counts[k] * atoms->species[k].mass;
    return sum;
}

double vt_atoms_density(const vt_atoms *atoms) {
    return VT_GRAM_PER_CM3 * vt_atoms_mass(atoms) / vt_box_volume(&atoms->box);
}

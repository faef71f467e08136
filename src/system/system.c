/* The life of a system, and its way to the user's atoms and back. */
#include "system/internal.h"

#include <string.h>

#include "atoms/fields.h"
#include "base/try.h"

/* Default skin: EAM metals at 300 K and 2 fs cost about the same from 0.7 to 1.5 angstrom, and
   memory grows with it; small cutoffs (Lennard-Jones in reduced units) get 0.5 sigma. */
static const double DEFAULT_SKIN = 1.0, DEFAULT_SKIN_SHARE = 0.2;

vt_system_options vt_system_defaults(void) {
    return (vt_system_options){.precision = VT_PRECISION_DOUBLE, .skin = -1};
}

/* ---------------------------------------------------------------- memory ---- */

typedef struct {
    void **memory;
    size_t size;
} field;

enum { FIELDS = 7 };

/* The arrays by atom. */
static void fields_of(vt_system *s, field fields[FIELDS]) {
    const field all[FIELDS] = {
        {(void **)&s->r, sizeof *s->r},         {(void **)&s->v, sizeof *s->v},
        {(void **)&s->f, sizeof *s->f},         {(void **)&s->type, sizeof *s->type},
        {(void **)&s->image, sizeof *s->image}, {(void **)&s->id, sizeof *s->id},
        {(void **)&s->order, sizeof *s->order}};
    memcpy(fields, all, sizeof all);
}

static void free_fields(vt_system *s) {
    field fields[FIELDS];
    fields_of(s, fields);
    for (int k = 0; k < FIELDS; k++) {
        vt_free(*fields[k].memory);
        *fields[k].memory = NULL;
    }
}

vt_status vti_system_reserve(vt_system *s, size_t count, vt_error *err) {
    if (s->r != NULL && count <= s->internal->capacity) return VT_OK;
    field fields[FIELDS];
    void *made[FIELDS];
    bool complete = true;
    fields_of(s, fields);
    for (int k = 0; k < FIELDS; k++) {
        made[k] = vt_alloc(count, fields[k].size);
        complete = complete && made[k] != NULL;
    }
    for (int k = 0; k < FIELDS; k++) {
        void *out = made[k];
        if (complete) {
            out = *fields[k].memory;
            *fields[k].memory = made[k];
        }
        vt_free(out);
    }
    if (!complete) return vt_fail_memory(err, count, 124, "a copy of the atoms");
    s->internal->capacity = count;
    return VT_OK;
}

/* ---------------------------------------------------------------- pull ---- */

/* What of the user's atoms is not as it is here. */
enum {
    PLACES = 1, /* positions, box */
    MOTION = 2, /* velocities, images, ids, masses */
    KINDS = 4,  /* types, species, number */
};

static bool same_box(const vt_box *a, const vt_box *b) {
    return memcmp(a->origin, b->origin, sizeof a->origin) == 0 &&
           memcmp(a->h, b->h, sizeof a->h) == 0 &&
           memcmp(a->periodic, b->periodic, sizeof a->periodic) == 0;
}

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static unsigned compare(const vt_system *s) {
    const vt_atoms *a = s->atoms;
    unsigned changed = same_box(&a->box, &s->box) ? 0 : PLACES;
    if (a->count != s->count || a->species_count != s->species_count)
        return PLACES | MOTION | KINDS;
    for (int k = 0; k < a->species_count; k++) {
        if (strcmp(a->species[k].symbol, s->species[k].symbol) != 0) changed |= KINDS;
        if (a->species[k].mass != s->species[k].mass) changed |= MOTION;
    }
    vti_atom_arrays own = vti_arrays_of(a);
    uint64_t places = 0, motion = 0;
    uint32_t kinds = 0;
    for (size_t k = 0; k < s->count; k++) {
        size_t i = (size_t)s->order[k];
        for (int axis = 0; axis < 3; axis++) {
            places |= bits_of(own.position[axis][i]) ^ bits_of(s->r[k][axis]);
            motion |= bits_of(own.velocity[axis][i]) ^ bits_of(s->v[k][axis]);
            motion |= (uint32_t)(own.image[axis][i] ^ s->image[k][axis]);
        }
        motion |= (uint64_t)(own.id[i] ^ s->id[k]);
        kinds |= (uint32_t)(own.type[i] ^ s->type[k]);
    }
    return changed | (places != 0 ? PLACES : 0) | (motion != 0 ? MOTION : 0) |
           (kinds != 0 ? KINDS : 0);
}

/* Copy what `changed` says. */
static void copy_in(vt_system *s, unsigned changed) {
    const vt_atoms *a = s->atoms;
    s->box = a->box;
    s->species_count = a->species_count;
    memcpy(s->species, a->species, sizeof s->species);
    vti_atom_arrays own = vti_arrays_of(a);
    for (size_t k = 0; k < s->count && (changed & PLACES); k++) {
        size_t i = (size_t)s->order[k];
        for (int axis = 0; axis < 3; axis++) s->r[k][axis] = own.position[axis][i];
        s->r[k][3] = 0;
    }
    for (size_t k = 0; k < s->count && (changed & MOTION); k++) {
        size_t i = (size_t)s->order[k];
        for (int axis = 0; axis < 3; axis++) {
            s->v[k][axis] = own.velocity[axis][i];
            s->image[k][axis] = own.image[axis][i];
        }
        s->v[k][3] = 0;
        s->id[k] = own.id[i];
    }
    for (size_t k = 0; k < s->count && (changed & KINDS); k++) s->type[k] = own.type[s->order[k]];
}

vt_status vt_system_pull(vt_system *s, vt_error *err) {
    if (s->ahead || s->atoms == NULL) return VT_OK;
    unsigned changed = s->r == NULL ? PLACES | MOTION | KINDS : compare(s);
    if (changed == 0) return VT_OK;
    VTI_TRY(vt_atoms_check(s->atoms, err));
    size_t count = s->atoms->count;
    bool anew = s->r == NULL || count != s->count;
    if (anew) {
        VTI_TRY(vti_system_reserve(s, count, err));
        s->count = count;
        for (size_t k = 0; k < count; k++) s->order[k] = (int32_t)k;
    }
    copy_in(s, changed);
    s->stamp++;
    if (changed & (PLACES | KINDS)) s->places++;
    if (changed & KINDS) vt_system_forget_lists(s);
    if (!anew) return VT_OK;
    s->builds = 0;
    /* Atoms that cannot be sorted (too far away, a box too thin) are told of when they are
       evaluated; any order is right. */
    if (vt_failed(vti_system_sort(s, NULL))) s->arrangement++;
    return VT_OK;
}

/* ---------------------------------------------------------------- push ---- */

void vt_system_push_forces(const vt_system *s) {
    if (s->atoms == NULL) return;
    vti_atom_arrays own = vti_arrays_of(s->atoms);
    for (size_t k = 0; k < s->count; k++) {
        size_t i = (size_t)s->order[k];
        for (int axis = 0; axis < 3; axis++) own.force[axis][i] = s->f[k][axis];
    }
}

void vt_system_push(vt_system *s) {
    vt_atoms *a = s->atoms;
    if (a == NULL) return;
    s->ahead = false;
    a->box = s->box;
    vti_atom_arrays own = vti_arrays_of(a);
    for (size_t k = 0; k < s->count; k++) {
        size_t i = (size_t)s->order[k];
        for (int axis = 0; axis < 3; axis++) {
            own.position[axis][i] = s->r[k][axis];
            own.velocity[axis][i] = s->v[k][axis];
            own.image[axis][i] = s->image[k][axis];
        }
    }
    vt_system_push_forces(s);
}

void vt_system_to_user(const vt_system *s, size_t columns, const double *from, double *to) {
    for (size_t k = 0; k < s->count; k++)
        memcpy(to + columns * (size_t)s->order[k], from + columns * k, columns * sizeof *to);
}

void vt_system_from_user(const vt_system *s, size_t columns, const double *from, double *to) {
    for (size_t k = 0; k < s->count; k++)
        memcpy(to + columns * k, from + columns * (size_t)s->order[k], columns * sizeof *to);
}

/* ---------------------------------------------------------------- life ---- */

vt_system *vti_system_new(const vt_potential *potential, const vt_system_options *options,
                          vt_error *err) {
    vt_system *s = vt_alloc(1, sizeof *s);
    if (s != NULL) s->internal = vt_alloc(1, sizeof *s->internal);
    if (s == NULL || s->internal == NULL) {
        vt_free(s);
        vt_fail_memory(err, 1, sizeof *s, "a system");
        return NULL;
    }
    s->potential = potential;
    s->options = *options;
    double cutoff = vt_potential_cutoff(potential), share = DEFAULT_SKIN_SHARE * cutoff;
    if (options->skin < 0) s->options.skin = share < DEFAULT_SKIN ? share : DEFAULT_SKIN;
    if (!vt_failed(vti_system_open(s, err))) return s;
    vt_system_destroy(s);
    return NULL;
}

vt_system *vt_system_create(vt_atoms *atoms, const vt_potential *potential,
                            const vt_system_options *options, vt_error *err) {
    vt_system *s = vti_system_new(potential, options, err);
    if (s == NULL) return NULL;
    s->atoms = atoms;
    if (!vt_failed(vt_system_pull(s, err))) return s;
    vt_system_destroy(s);
    return NULL;
}

void vt_system_destroy(vt_system *s) {
    if (s == NULL) return;
    vti_system_close(s);
    free_fields(s);
    vt_free(s->internal);
    vt_free(s);
}

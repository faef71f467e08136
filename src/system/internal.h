/* What the files of the system room share. */
#ifndef VITRUM_SYSTEM_INTERNAL_H
#define VITRUM_SYSTEM_INTERNAL_H

#include "potential/engine.h"
#include "system/places.h"
#include "vitrum/system.h"

/* What is known of the places that the atoms had when this was the system's `places`. */
typedef struct {
    bool forces;
    uint64_t places;
    unsigned known; /* VT_WANT_ bits, in `result` */
    vt_result result;
} vti_outcome;

struct vti_system {
    size_t capacity; /* of the arrays by atom, in atoms */
    const vti_engine *engine;
    vt_simd simd;
    vti_domains *domains; /* what the engine reads; the other is NULL */
    vt_neighbors *list;
    vti_domains *sorter; /* orders atoms in space; the domains where there are some */
    /* What the engine opened, and for which species. */
    void *opened;
    int opened_count;
    char opened_symbol[VT_MAX_SPECIES][VT_SYMBOL_SIZE];
    vti_outcome outcome;
    /* Room, see vti_evaluation; capacities in items. */
    size_t block_capacity, domain_capacity, slot_capacity, slot_virial_capacity, room_capacity;
    size_t atom_energy_capacity, atom_virial_capacity;
    vti_sums *block_sums, *domain_sums;
    double *atom_energy, *atom_virial, *room;
    double (*slot_force)[4], (*slot_virial)[6];
    /* Of a whole that confined regions are cut from, when `ready` is its `places`. */
    uint64_t ready;
    size_t place_capacity, density_capacity, background_capacity;
    int32_t *place; /* of each of the user's atoms */
    double *density;
    /* Of a confined region: that many atoms move. */
    size_t confined;
    size_t centers;     /* and so many, these included, have energies that change */
    double *background; /* density of what is not there, at each atom */
    bool wants_density; /* of the next evaluation, into `density`, without the background */
    bool borrowed;      /* what the engine opened belongs to the whole */
    int scratch_count;
    size_t scratch_points; /* room of each */
    vti_scratch *scratch;
};

/* ---- system.c ---- */

/* A system without atoms. */
vt_system *vti_system_new(const vt_potential *potential, const vt_system_options *options,
                          vt_error *err);

/* Room for `count` atoms, whose contents are lost when the arrays must grow; on failure everything
   is as before. */
vt_status vti_system_reserve(vt_system *system, size_t count, vt_error *err);

/* ---- arrange.c ---- */

/* Move the atoms into the box. */
void vti_system_wrap(vt_system *system);

/* Put the atoms in the order of cells, and forget the lists; on failure they stay as they are. */
vt_status vti_system_sort(vt_system *system, vt_error *err);

/* Atom k becomes what was atom order[k]; forgets the lists. VT_ENOMEM and no change. */
vt_status vti_system_permute(vt_system *system, const int32_t *order, vt_error *err);

/* ---- evaluate.c ---- */

/* Make the lists describe the atoms as they are, and open the engine for their species. `may`:
   VT_SYSTEM_ bits. */
vt_status vti_system_prepare(vt_system *system, unsigned may, vt_error *err);

/* Everything that evaluations need, made for the system's potential and options. */
vt_status vti_system_open(vt_system *system, vt_error *err);
void vti_system_close(vt_system *system);

/* ---- region.c ---- */

/* Domains that describe the whole as it is; NULL on failure. */
const vti_domains *vti_system_domains(vt_system *whole, vt_error *err);

/* The image of `to` that is nearest to `from`, or nearly so in a box that leans. */
void vti_nearest_image(const vt_box *box, const double inverse[3][3], const double from[3],
                       const double to[3], int32_t image[3], double r[3]);

/* A free box around the atoms. */
void vti_system_enclose(vt_system *system);

/* The region of `active` atoms has an image of that one among itself, within `reach`. */
vt_status vti_fail_thin_region(const vt_system *whole, size_t active, size_t atom, double reach,
                               vt_error *err);

/* ---- curvature.c: what second derivatives are made of ---- */

/* All pairs of the present positions, and the state of every center. */
typedef struct {
    const vt_system *system;
    const vti_central *central;
    const void *opened;  /* by the engine */
    vt_neighbors *list;  /* of the cutoff, without a skin */
    vti_curve *embedded; /* F of each atom; NULL without embedding */
} vti_curving;

/* Evaluates the system if it has not been: this finds what is wrong with its atoms. */
vt_status vti_curving_open(vti_curving *c, vt_system *system, vt_error *err);
void vti_curving_close(vti_curving *c);

/* A neighbor of an atom i. */
typedef struct {
    int32_t j;
    double d[3], r; /* from i to j */
    vti_pair_curves of;
} vti_near;

/* Entry k of atom i's row; false beyond the cutoff. */
bool vti_near_at(const vti_curving *c, size_t i, size_t k, vti_near *near);

/* Items that a thread takes at a time where atoms are looked at one by one. */
enum { VTI_CURVING_GRAIN = 64 };

#endif

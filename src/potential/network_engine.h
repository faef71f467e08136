/* What evaluates neural network potentials. Internal to the room.

   Atoms are done in parcels. What an atom of a parcel does to its neighbors is kept in slots, one
   for each atom that the parcel meets, and afterwards each atom adds up its slots in their order:
   no sum depends on the number of threads. */
#ifndef VITRUM_POTENTIAL_NETWORK_ENGINE_H
#define VITRUM_POTENTIAL_NETWORK_ENGINE_H

#include "engine.h"
#include "network.h"

enum { VTI_PARCEL = 64 }; /* atoms; a block has a whole number of them */

/* Of one thread. */
typedef struct {
    double *place;   /* of the neighbors of a batch, and then their slopes */
    int32_t *slot;   /* of those neighbors */
    double *room;    /* of the kernels */
    double *c;       /* of one atom, species by species */
    double *channel; /* of each atom of the batch; then the derivatives by them, of one */
    double *x, *by_x, *features; /* inputs of the batch */
} vti_network_scratch;

typedef struct {
    const vti_network *network;
    vti_chebyshev plan; /* for the types of the atoms */
    int types;
    int kind[VT_MAX_SPECIES]; /* the network's species of each */
    vti_layers layers[VT_MAX_SPECIES];
    double *turned;
    bool mixed;
    const vti_chebyshev_kernels *kernels; /* of this evaluation */
    const vti_layer_kernels *layer_kernels;
    /* Of the list, while `builds` is its number: entries of each row sorted by type, those of type
       t from first + begin[t] to first + begin[t + 1], and the slot of each. */
    const vt_neighbors *list;
    uint64_t builds;
    size_t centers;
    size_t longest; /* row */
    size_t parcels;
    int32_t *point, *slot, *begin;
    size_t *first_slot; /* of each parcel */
    size_t *first_of;   /* count + 1 offsets into... */
    uint32_t *slot_of;  /* ...the slots of each atom, rising */
    size_t point_capacity, entry_capacity, begin_capacity, parcel_capacity, first_capacity,
        slot_capacity;
    size_t force_capacity, virial_capacity, energy_capacity, sum_capacity;
    double (*force)[4], (*virial)[6]; /* by slot; virials where they are wanted by atom */
    double *energy;                   /* by atom */
    vti_sums *sum;                    /* by parcel */
    vti_network_scratch *scratch;
    int scratches;
    size_t scratch_longest;
} vti_network_opened;

/* Neighbors of a batch, and numbers that vector loads may touch behind the last. */
static inline size_t vti_network_places(const vti_network_opened *o) {
    size_t each = o->longest + (size_t)o->types * (VTI_CHEBYSHEV_LANES + 4);
    return VTI_BATCH * each;
}

/* Energies and forces of parcel `number` into its slots. */
typedef void vti_network_parcel(const vti_network_opened *o, const vti_evaluation *e, size_t number,
                                vti_network_scratch *scratch);
vti_network_parcel vti_network_parcel_baseline;
#if defined(__x86_64__)
vti_network_parcel vti_network_parcel_avx2, vti_network_parcel_avx512;
#endif

#endif

/* Domains: the box cut into bricks for the force kernels; internal to the program.

   Each domain holds the atoms of its brick and, as a halo, copies of the atoms (or of their
   periodic images) within reach in the bricks that come later in the order of z, y, x. Every pair
   within the list radius belongs to exactly one domain, so that a kernel evaluates it once and
   adds what it gives to both partners in memory of the domain's own. What the copies received is
   added to their atoms afterwards, slot by slot in a fixed order. Domains depend on the atoms and
   the box alone: no sum depends on the number of threads.

   A domain's points are its own atoms followed by its halo. Its list consists of segments: one own
   atom and its partners of one species, those that come later in the domain. Segments are sorted
   by class, the pair of species, so that what belongs to a class is constant over long loops.
   A partner is listed as its place, 4 times the index of the point, which is where its numbers
   begin in arrays of four a point; segments are filled up to whole vectors of VTI_LANES with the
   place of a point far away behind the last one.

   What kernels read is a selection from the list: the partners that were within the cutoff and a
   thin buffer when it was made. It is made anew, which costs a fraction of an evaluation, whenever
   an atom has moved half the buffer, two or three times between two builds (the outer and the inner
   list of Pall et al., J. Chem. Phys. 153, 134110 (2020)). So kernels meet few pairs beyond the
   cutoff and have nothing to pack. */
#ifndef VITRUM_NEIGHBORS_DOMAINS_H
#define VITRUM_NEIGHBORS_DOMAINS_H

#include "neighbors/places.h"

enum {
    VTI_LANES = 4,
    VTI_SPARE = 1 /* vectors of nothing behind those of a class: kernels take up to two at a time */
};

typedef struct {
    uint16_t atom;    /* place of the own atom */
    uint16_t vectors; /* of VTI_LANES partners */
} vti_segment;

typedef struct {
    int32_t own;        /* atoms */
    int32_t points;     /* own atoms and halo */
    size_t before;      /* own atoms of the domains before it, if it is dealt */
    size_t first;       /* slot of its first point */
    uint16_t *neighbor; /* places of partners, segment after segment */
    vti_segment *segment;
    int32_t *class_segment; /* class + 1 offsets into `segment`; class = species of the atom x
                               number of species + species of the partners */
    int32_t *class_entry;   /* the same into `neighbor` */
    /* The selection. A segment's partners fill whole vectors, `near_atom` is the place of the own
       atom of each. Vectors near_first[class] to near_first[class + 1] - VTI_SPARE - 1 are of one
       class; the others are of nothing. */
    uint16_t *near, *near_atom;
    int32_t *near_first;
    size_t entry_capacity, segment_capacity, class_capacity, near_capacity;
} vti_domain;

/* Where a point stands: position[atom] + shift[image]. One per slot; a domain's slots are
   consecutive, and one more belongs to the point far away. */
typedef struct {
    int32_t atom; /* -1: none, the point is far away */
    int32_t image;
} vti_slot;

typedef struct {
    double cutoff, skin;  /* [angstrom] */
    double buffer;        /* of the selection, less than the skin [angstrom] */
    double *class_cutoff; /* species x species, NULL: all `cutoff` */
    size_t count;         /* atoms */
    int species;
    size_t domains;
    vti_domain *domain;
    size_t dealt, dealt_atoms; /* the first domains, and their atoms; see vti_first_dealt */
    size_t slots;
    int32_t most_points; /* of one domain */
    vti_slot *slot;
    const double (*position)[4]; /* of the atoms, moved into the cell: x, y, z, 0 [angstrom]; the
                                    atoms' own array when all are in it */
    double (*shift)[4];          /* of the images [angstrom] */
    int32_t *type;               /* of the atoms */
    int32_t *first_slot;         /* count + 1 offsets into `slot_of` */
    int32_t *slot_of;            /* the slots of each atom, ascending */
    vt_snapshot built, selected; /* where the atoms were then */
    struct vti_decomposition *internal;
} vti_domains;

/* The first domain that is for `worker` of `workers`; `dealt` when there is none, and for `workers`
   itself. Equal numbers of atoms, to within one domain. */
static inline size_t vti_first_dealt(const vti_domains *d, int worker, int workers) {
    size_t low = 0, high = d->dealt;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d->domain[middle].before * (size_t)workers < (size_t)worker * d->dealt_atoms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Let the lists of pairs of species look only `cutoff` [species x species, symmetric, none beyond
   the domains' own] and the skin far; NULL: all alike. Forgets the rows. */
vt_status vti_domains_set_cutoffs(vti_domains *domains, const double *cutoff, int species,
                                  vt_error *err);

/* None yet. Fails unless cutoff > 0 and skin >= 0 are finite. */
vti_domains *vti_domains_create(double cutoff, double skin, vt_error *err);

void vti_domains_destroy(vti_domains *domains);

typedef enum {
    VTI_NOTHING_DUE,
    VTI_SELECTION_DUE, /* moved so far that the selection may miss a pair */
    VTI_BUILD_DUE      /* never built, another number of atoms, other types or periodicity, or moved
                          so far that the rows may miss a pair to select */
} vti_due;

/* Atoms are given to domains with stride 4, and stay where they are in memory until they are given
   again: the positions are read there.

   Bring positions and shifts up to date, and tell what else must be done before the domains
   describe `atoms`. */
vti_due vti_domains_follow(vti_domains *domains, const vti_places *atoms);

/* Build the rows, and select from them. On failure the domains count as never built. */
vt_status vti_domains_build(vti_domains *domains, const vti_places *atoms, vt_error *err);

/* Build the rows of a single domain whose own atoms are the first `own` ones and whose halo is all
   others: every pair that one of the first takes part in, and none among the others. No images, so
   the box is free. VT_EUNSUPPORTED when there are more atoms than a domain holds; on failure the
   domains count as never built. */
vt_status vti_domains_build_first(vti_domains *domains, const vti_places *atoms, size_t own,
                                  vt_error *err);

/* Select the partners within cutoff and buffer of atoms that the rows describe; positions are up to
   date. On failure the domains count as never built. */
vt_status vti_domains_select(vti_domains *domains, const vti_places *atoms, vt_error *err);

/* A permutation of the atoms (room for their count) that puts them in the order of domains and
   cells, for locality in memory. Forgets the rows. */
vt_status vti_domains_order(vti_domains *domains, const vti_places *atoms, int32_t *order,
                            vt_error *err);

/* Bring positions and shifts up to date with atoms that the rows are known to describe. */
void vti_domains_refresh(vti_domains *domains, const vti_places *atoms);

/* Forget the rows, so that they are due. */
void vti_domains_reset(vti_domains *domains);

/* ---- what is near to some places ---- */

/* An image of an atom. */
typedef struct {
    int32_t atom;
    int32_t image[3]; /* how many cell vectors it is away from the atom */
    double r[3];      /* where it is [angstrom] */
    double d2;        /* square of its distance to the nearest center, or to any that is within
                         reach [angstrom^2] */
} vti_near_image;

/* All images of atoms within `reach` of one of the centers, each once, sorted by atom; the caller
   frees them. `any` center within reach will do for their distance, which is quicker. The domains
   describe `atoms`. NULL when there is no memory. */
vti_near_image *vti_domains_around(const vti_domains *domains, const vti_places *atoms,
                                   const double (*center)[3], size_t centers, double reach,
                                   bool any, size_t *count, vt_error *err);

#endif

/* How domains are made: cells, bricks, and what a thread works with. Internal to domains.c,
   domain_lists.c and domain_around.c. */
#ifndef VITRUM_NEIGHBORS_DECOMPOSITION_H
#define VITRUM_NEIGHBORS_DECOMPOSITION_H

#include "neighbors/domains.h"
#include "neighbors/grid.h"
#include "neighbors/kernels.h"

/* A domain's cells and those around it, as half-open ranges of unwrapped cells. */
typedef struct {
    int low[3], high[3];
} vti_brick;

/* What a thread needs to build a domain. */
typedef struct {
    size_t points, cells, runs; /* room */
    float *spot;                /* four numbers of each point */
    float *x, *y, *z;
    float *limit;     /* species x points, see domain_lists.c */
    uint16_t *sorted; /* found points by species, species x points */
    int species;      /* room */
    uint16_t *point;  /* of each candidate */
    uint16_t *found;
    uint8_t *type;    /* of each point */
    int32_t *start;   /* of each cell */
    size_t rows;      /* room of `row` */
    uint16_t *row;    /* partners of each own atom, species after species */
    size_t lengths;   /* room of `length` */
    uint16_t *length; /* own x species: vectors */
    vti_run *run;
    /* What was selected. */
    size_t nears, near_atoms; /* room */
    uint16_t *near, *near_atom;
} vti_workspace;

struct vti_decomposition {
    bool built;
    size_t atom_capacity, slot_capacity, slot_of_capacity, domain_capacity, cell_capacity,
        shift_capacity;
    bool shifted;       /* some atoms are outside the cell */
    int32_t *own_shift; /* then: lattice shift that brings each atom into it, count x 3 */
    size_t shift_room, moved_room;
    double (*moved)[4];  /* then: where the atoms are after that */
    int32_t *sorted;     /* atoms in the order of their cells */
    int32_t *cell_start; /* cells + 1 */
    vti_grid grid;
    int bricks[3]; /* of the regular lattice */
    size_t brick_capacity;
    vti_brick *brick; /* of each domain */
    int images[3];    /* largest shift along each axis */
    int threads;
    vti_workspace *work;
};

/* An unwrapped cell: is it the domain's own or of its halo, which of the grid's, which image. */
typedef struct {
    bool present, own;
    size_t cell;
    int32_t image;
} vti_around;

static inline vti_around vti_look_around(const vti_domains *d, const vti_brick *b, const int c[3]) {
    const struct vti_decomposition *in = d->internal;
    const vti_grid *grid = &in->grid;
    vti_around a = {.own = true};
    int order = 0; /* of the cell's brick against ours: z decides, then y, then x */
    for (int k = 2; k >= 0; k--) {
        int here = c[k] < b->low[k] ? -1 : c[k] >= b->high[k];
        if (order == 0) order = here;
    }
    if (order < 0) return a;
    a.own = order == 0;
    int turns[3];
    if (!vti_grid_wrap(grid, c, turns, &a.cell)) return a;
    int32_t stride = 1;
    for (int k = 0; k < 3; k++) {
        a.image += stride * (turns[k] + in->images[k]);
        stride *= 2 * in->images[k] + 1;
    }
    a.present = true;
    return a;
}

/* Calls for each unwrapped cell in and around vti_brick b, in the order z, y, x. */
#define VTI_EACH_CELL(in, b, c)                                                                    \
    for (c[2] = (b).low[2]; c[2] < (b).high[2] + (in)->grid.reach[2]; c[2]++)                      \
        for (c[1] = (b).low[1] - (in)->grid.reach[1]; c[1] < (b).high[1] + (in)->grid.reach[1];    \
             c[1]++)                                                                               \
            for (c[0] = (b).low[0] - (in)->grid.reach[0];                                          \
                 c[0] < (b).high[0] + (in)->grid.reach[0]; c[0]++)

/* Slots, candidates and segments of domain k, whose counts are known; false when memory ran out. */
bool vti_build_domain(vti_domains *d, size_t k, vti_workspace *w);

/* The same of a single domain whose points are the atoms in their order, each one's partners being
   all that come later. */
bool vti_build_first(vti_domains *d, vti_workspace *w);

#endif

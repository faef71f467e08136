/* descriptor, inside: going through centers with all their neighbors at hand. */
#ifndef VTI_DESCRIPTOR_AROUND_H
#define VTI_DESCRIPTOR_AROUND_H

#include "neighbors/search.h"
#include "vitrum/descriptor.h"

/* Atoms begin to end - 1 of the cells, moved by `shift`: some that may be near. */
typedef struct {
    size_t begin, end;
    double shift[3];
} vti_reach;

/* What a center sees; the center itself is at `place` of the cells. */
typedef struct {
    const vti_cells *cells;
    size_t place;
    int32_t own;            /* its species in the list of surroundings */
    const vti_reach *reach; /* all that may be within the cutoff; the center may be among them */
    size_t reaches;
    size_t candidates; /* atoms in all of them together */
} vti_center;

/* Fill `row` for a center. `scratch` belongs to one thread; NULL: out of memory. */
typedef bool vti_fill_row(const void *context, const vti_center *center, void *scratch, void *row);

typedef struct {
    const void *context;
    vti_fill_row *fill;
    double cutoff; /* [angstrom] */
    size_t row;    /* bytes of one */
    void *(*make_scratch)(const void *context);
    void (*free_scratch)(void *scratch);
} vti_filling;

/* Rows for all centers. The types of the cells are numbers of species in the list. */
vt_status vti_fill_rows(const vt_atoms *atoms, const vt_surroundings *around,
                        const vti_filling *filling, void *out, vt_error *err);

#endif

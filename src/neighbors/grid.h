/* What lists and searches share: fractional coordinates, cells and the sort into them, and whether
   the atoms have moved too far. */
#ifndef VITRUM_NEIGHBORS_GRID_H
#define VITRUM_NEIGHBORS_GRID_H

#include "neighbors/places.h"

/* A box with its inverse at hand. */
typedef struct {
    double origin[3], inverse[3][3];
} vti_fractional_map;

vti_fractional_map vti_fractional_map_of(const vt_box *box);

static inline void vti_to_fractional(const vti_fractional_map *map, const double r[3],
                                     double s[3]) {
    double d0 = r[0] - map->origin[0], d1 = r[1] - map->origin[1], d2 = r[2] - map->origin[2];
    for (int k = 0; k < 3; k++)
        s[k] = d0 * map->inverse[0][k] + d1 * map->inverse[1][k] + d2 * map->inverse[2][k];
}

/* Where atoms are, in fractions of the box. */
typedef struct {
    double low[3], high[3]; /* along free axes the ends of the atoms, along periodic ones 0 and 1 */
    bool outside;           /* some are outside the cell along a periodic axis */
} vti_extent;

/* So many boxes away, the place of an atom makes no sense for a list. */
static const double VTI_ABSURD = 1e8;

/* VT_EINVAL when an atom is VTI_ABSURD along a periodic axis or `absurd` along a free one. */
vt_status vti_find_extent(const vti_places *atoms, double absurd, vti_extent *extent,
                          vt_error *err);

/* The lattice shift of each atom into the cell, count x 3; 0 along free axes. An atom so close
   below the cell that its fraction would be rounded up to 1 stays where it is. */
void vti_find_shifts(const vti_places *atoms, int32_t *shift);

enum {
    VTI_CELLS_PER_RADIUS = 2,
    /* Ctrl-C ends a search among more points than these, which takes seconds. A short one goes on:
       whoever asked for the list, a step of dynamics above all, polls between whole evaluations,
       where its state agrees. */
    VTI_LONG_SEARCH = 500000
};

/* Cells over the box, or along free axes over the extent of the atoms. */
typedef struct {
    int count[3];
    int32_t stride[3];       /* number of cell c: the sum of c[k] stride[k] */
    int reach[3];            /* cells to each side that may hold neighbors */
    double width[3];         /* of a cell between opposite faces [angstrom] */
    double low[3], scale[3]; /* cell = (s - low) scale, s fractional */
    bool periodic[3];
} vti_grid;

/* Cells of radius / VTI_CELLS_PER_RADIUS or more, at most `most` along an axis, and few enough for
   `points` points, from `low` on over `extent` in fractions of the box. Cells along the first axis
   follow one another. */
vti_grid vti_grid_make(const vt_box *box, const double low[3], const double extent[3],
                       double radius, size_t points, int most);

/* With that many cells. */
vti_grid vti_grid_of(const vt_box *box, const double low[3], const double extent[3],
                     const int count[3], double radius);

static inline size_t vti_grid_cells(const vti_grid *grid) {
    return (size_t)grid->count[0] * (size_t)grid->count[1] * (size_t)grid->count[2];
}

/* Number of the cell at fractional coordinates s; what lies outside belongs to the last one. */
static inline int32_t vti_grid_number(const vti_grid *grid, const double s[3]) {
    int32_t number = 0;
    for (int k = 0; k < 3; k++) {
        double place = (s[k] - grid->low[k]) * grid->scale[k];
        int last = grid->count[k] - 1;
        number += grid->stride[k] * (place > 0 ? (place < last ? (int)place : last) : 0);
    }
    return number;
}

/* How many times `count` cells go into what lies before cell `at`, rounded down. */
static inline int vti_turns(int at, int count) {
    if (at >= 0 && at < count) return 0; /* nearly always, and a division is slow */
    return at >= 0 ? at / count : -((count - 1 - at) / count);
}

/* The cell of the grid that cell `at`, counted on beyond the ends of the box, is an image of, and
   the image; false where the box ends. */
static inline bool vti_grid_wrap(const vti_grid *grid, const int at[3], int turns[3],
                                 size_t *cell) {
    *cell = 0;
    for (int k = 0; k < 3; k++) {
        turns[k] = vti_turns(at[k], grid->count[k]);
        if (turns[k] != 0 && !grid->periodic[k]) return false;
        *cell += (size_t)(grid->stride[k] * (at[k] - turns[k] * grid->count[k]));
    }
    return true;
}

/* Sort points into the cells, after a lattice shift of each (NULL: none): `cell` receives the
   number of each one's cell, `sorted` the points of the first cell, of the second and so on, in
   each in rising order, and start[c] where those of cell c begin, start[cells] their number. */
void vti_grid_sort(const vti_grid *grid, const vti_places *points, const int32_t *shift,
                   int32_t *cell, int32_t *start, int32_t *sorted);

/* Keep where `atoms` are; `then` has room for them. */
void vti_snapshot_take(vt_snapshot *then, const vti_places *atoms);

/* True when a pair that lay outside `radius` in `then` may have come within `cutoff` since, or
   a position is not finite.

   With F the map from that box to the present one and u_i the motion of atom i beyond that affine
   map, such a pair is now at least sigma_min(F) radius - 2 max|u| apart, and
   sigma_min(F) >= 1 - |F - 1| in the Frobenius norm. A box that breathes or shears slowly costs
   no rebuild until the shape itself has used up the skin. */
bool vti_moved_too_far(const vt_snapshot *then, const vti_places *atoms, double cutoff,
                       double radius);

/* The same atom by atom: how each would have moved with the box, and how far beyond that it may
   have. */
typedef struct {
    double F[3][3], origin[3];
    double limit2; /* of |u|^2, negative when the box alone went too far */
} vti_allowance;

vti_allowance vti_allowance_of(const vt_snapshot *then, const vt_box *box, double cutoff,
                               double radius);

/* Whether the atom that stood at `from` may be at `to`. */
static inline bool vti_allowed(const vti_allowance *a, const double from[3], const double to[3]) {
    double u2 = 0;
    for (int j = 0; j < 3; j++) {
        double u = to[j] - (a->origin[j] + from[0] * a->F[0][j] + from[1] * a->F[1][j] +
                            from[2] * a->F[2][j]);
        u2 += u * u;
    }
    return u2 <= a->limit2; /* never for a NaN */
}

/* Errors: a position that is not finite or absurd, a box too thin along `axis`. */
vt_status vti_fail_position(vt_error *err, const vti_places *atoms, size_t i);
vt_status vti_fail_thin(vt_error *err, const vt_box *box, int axis, int most_images, double cutoff);

#endif

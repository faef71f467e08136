/* What the two kinds of neighbor lists share: fractional coordinates, cells, and whether the atoms
   have moved too far. */
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

/* Cells over the box, or along free axes over the extent of the atoms. */
typedef struct {
    int count[3];
    int reach[3];            /* cells to each side that may hold neighbors */
    double width[3];         /* of a cell between opposite faces [angstrom] */
    double low[3], scale[3]; /* cell = (s - low) scale, s fractional */
    bool periodic[3];
} vti_grid;

/* Cells of about half of `radius`, at most `most` along an axis, and few enough for `atoms`
   atoms. `low` and `high` bound the fractional coordinates along each axis. */
vti_grid vti_grid_make(const vt_box *box, const double low[3], const double high[3], double radius,
                       size_t atoms, int most);

/* Cell of fractional coordinate s along `axis`; what lies outside belongs to the last one. */
static inline int vti_grid_cell(const vti_grid *grid, int axis, double s) {
    double place = (s - grid->low[axis]) * grid->scale[axis];
    int last = grid->count[axis] - 1;
    return place > 0 ? (place < last ? (int)place : last) : 0;
}

/* Fractional coordinate along `axis` of the middle of the cells from .. to - 1. */
static inline double vti_grid_middle(const vti_grid *grid, int axis, int from, int to) {
    return grid->low[axis] + 0.5 * (from + to) / grid->scale[axis];
}

/* Keep where `atoms` are; `reference` has room for them. */
void vti_refer_to(vt_reference *reference, const vti_places *atoms);

/* True when a pair that lay outside `radius` in `reference` may have come within `cutoff` since, or
   a position is not finite.

   With F the map from that box to the present one and u_i the motion of atom i beyond that affine
   map, such a pair is now at least sigma_min(F) radius - 2 max|u| apart, and
   sigma_min(F) >= 1 - |F - 1| in the Frobenius norm. A box that breathes or shears slowly costs
   no rebuild until the shape itself has used up the skin. */
bool vti_moved_too_far(const vt_reference *reference, const vti_places *atoms, double cutoff,
                       double radius);

/* The same atom by atom: how each would have moved with the box, and how far beyond that it may
   have. */
typedef struct {
    double F[3][3], origin[3];
    double limit2; /* of |u|^2, negative when the box alone went too far */
} vti_allowance;

vti_allowance vti_allowance_of(const vt_reference *reference, const vt_box *box, double cutoff,
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

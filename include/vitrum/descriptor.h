/** descriptor: the surroundings of an atom in numbers that a model can learn from.

    One row of features for each center; neighbors are counted by their species, images included.

    Stands on: neighbors. */
#ifndef VITRUM_DESCRIPTOR_H
#define VITRUM_DESCRIPTOR_H

#include "vitrum/atoms.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Around which atoms, and what counts as a neighbor. */
typedef struct {
    size_t species_count;            /**< Species of neighbors, at least 1. */
    char (*species)[VT_SYMBOL_SIZE]; /**< Their symbols; every atom must be of one of them. */
    const int32_t *centers;          /**< Atoms, from 0, one for each row. */
    size_t count;                    /**< Number of centers. */
} vt_surroundings;

/** Radial structure functions: Fan, Ding, Ma, Mater. Today 40, 48 (2020), eq. 5. Of a center i, a
    species b and a point r of the grid

        G = sum over neighbors j of species b of exp(-(r - r_ij/s)^2/(2 sigma^2)),  r_ij/s <=
   cutoff,

    with s a length that may depend on the species of center and neighbor: that of the first peak of
    their pair distribution, or 1. What is beyond 6 sigma (1.5e-8) may be left out. */
typedef struct {
    double first, step;  /**< Grid: first + k step, in units of s. */
    size_t points;       /**< 1 to VT_RADIAL_MAX_POINTS */
    double sigma;        /**< In the same unit. */
    double cutoff;       /**< Likewise. */
    const double *scale; /**< s by species of center and of neighbor, species_count squared
                              [angstrom]. */
} vt_radial;

enum { VT_RADIAL_MAX_POINTS = 4096 };

/** Numbers in a row: species_count x points, species by species. */
VT_API size_t vt_radial_features(const vt_surroundings *around, const vt_radial *radial);

/** Fill `out` (count x features). Does not depend on the number of threads. VT_EINVAL for settings
    out of range, an atom of another species, and a box so thin that the cutoff spans more than 1000
    of its images; VT_ENOMEM, VT_EINTERRUPT. */
VT_API vt_status vt_radial_compute(const vt_atoms *atoms, const vt_surroundings *around,
                                   const vt_radial *radial, float *out, vt_error *err);

/** Angular structure functions: Cubuk et al., Phys. Rev. Lett. 114, 108001 (2015). Of a center i, a
    pair of species a <= b and parameters xi, lambda, zeta

        P = sum over neighbors j of species a and k of species b, j != k, of
            exp(-(r_ij^2 + r_jk^2 + r_ik^2)/xi^2) (1 + lambda cos theta)^zeta,

    with theta the angle between the directions from i to j and to k; all within the cutoff of i.
    For a = b both orders of a pair count. */
typedef struct {
    double xi;     /**< [angstrom] */
    double lambda; /**< -1 to 1 */
    double zeta;   /**< 0 or more */
} vt_angular_set;

typedef struct {
    double cutoff; /**< [angstrom] */
    const vt_angular_set *set;
    size_t sets;
} vt_angular;

/** Numbers in a row: pairs of species (1 1, 1 2, 2 2, ...) x sets, pair by pair. */
VT_API size_t vt_angular_features(const vt_surroundings *around, const vt_angular *angular);

/** As vt_radial_compute. */
VT_API vt_status vt_angular_compute(const vt_atoms *atoms, const vt_surroundings *around,
                                    const vt_angular *angular, float *out, vt_error *err);

/** Spherical Chebyshev descriptors: Su, Yu, Guan, Wang, arXiv:2211.03350 (2022). Of a center, over
    neighbors j at distance r < cutoff in the direction u,

        c_nlm = sum over j of w T_n(1 - 2 r/cutoff) (1 - (r/cutoff)^2)^4 Y_lm(u),
        P_nl = 4 pi/(2l + 1) sum over m of |c_nlm|^2,  n = 0 .. n_max, l = 0 .. l_max,

    once with w = 1 and, for more than one species, once with w = 1, -2, 3, -4, ... for neighbors of
    the first, second, ... species. The center's own species does not count. They do not change
    when all turns or is mirrored, and end at the cutoff with three continuous derivatives. */
typedef struct {
    int n_max;     /**< 0 to VT_CHEBYSHEV_MAX_N */
    int l_max;     /**< 0 to VT_CHEBYSHEV_MAX_L */
    double cutoff; /**< [angstrom] */
} vt_chebyshev;

enum { VT_CHEBYSHEV_MAX_N = 15, VT_CHEBYSHEV_MAX_L = 16 };

/** 4, 8, 7 A: 90 numbers for two species or more. */
VT_API vt_chebyshev vt_chebyshev_defaults(void);

/** Numbers in a row: channels (1 for one species, otherwise 2) x n x l, the last fastest. */
VT_API size_t vt_chebyshev_features(const vt_surroundings *around, const vt_chebyshev *chebyshev);

/** As vt_radial_compute, in double precision. */
VT_API vt_status vt_chebyshev_compute(const vt_atoms *atoms, const vt_surroundings *around,
                                      const vt_chebyshev *chebyshev, double *out, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

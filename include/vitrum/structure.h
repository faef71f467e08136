/** structure: what an arrangement of atoms looks like. */
#ifndef VITRUM_STRUCTURE_H
#define VITRUM_STRUCTURE_H

#include "vitrum/atoms.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- pair distribution ---- */

/** Pair distribution functions, accumulated over any number of frames.

    With n_ab(k) the ordered pairs (an atom of species a, an atom or periodic image of species b)
    in shell k, and sums over the frames,
        g_ab(k) = sum n_ab(k) / sum (N_a N_b / V) v(k),   v(k) = 4 pi/3 (r_{k+1}^3 - r_k^3).
    The total g is the same for all atoms alike, so sum_ab c_a c_b g_ab = g exactly. An ideal gas
    has g = 1 - 1/N, since an atom is no neighbor of itself. rmax may exceed half the box, or the
    box: every image counts. Along a free axis there are no images while V stays the volume of the
    box, so g falls below the bulk value where neighbors are missing beyond a surface.
    Pairs are counted in integers: results do not depend on the number of threads. */
typedef struct vt_rdf vt_rdf;

enum { VT_RDF_MAX_BINS = 1000000 };

/** An empty histogram of `bins` (1 to VT_RDF_MAX_BINS) equal shells up to rmax [angstrom]. */
VT_API vt_rdf *vt_rdf_create(double rmax, int64_t bins, vt_error *err);

/** NULL is legal. */
VT_API void vt_rdf_destroy(vt_rdf *rdf);

/** Add a frame. VT_EINVAL without atoms, with other species than the frames before, or when the
    box is so thin that rmax spans more than 1000 of its images; VT_EINTERRUPT, VT_ENOMEM. After a
    failure the histogram is as it was. */
VT_API vt_status vt_rdf_add(vt_rdf *rdf, const vt_atoms *atoms, vt_error *err);

/** Number of species of the frames; 0 before the first. */
VT_API int vt_rdf_species_count(const vt_rdf *rdf);

/** Species k of the frames, in their order. */
VT_API const vt_species *vt_rdf_species(const vt_rdf *rdf, int k);

/** Atoms of species k, summed over the frames; -1 for all species together. */
VT_API double vt_rdf_atoms(const vt_rdf *rdf, int k);

/** Centers of the shells into r[bins] [angstrom]. */
VT_API void vt_rdf_radii(const vt_rdf *rdf, double *r);

/** g_ab into g[bins]; a = b = -1: the total. 0 where a species has no atoms [-]. */
VT_API void vt_rdf_values(const vt_rdf *rdf, int a, int b, double *g);

/** Mean number of b atoms around an a atom up to the OUTER edge of each shell into n[bins];
    -1 stands for any species [-]. */
VT_API void vt_rdf_coordination(const vt_rdf *rdf, int a, int b, double *n);

/** Ordered pairs (a, b) in each shell, summed over the frames, into pairs[bins]; -1 for any
    species. */
VT_API void vt_rdf_pairs(const vt_rdf *rdf, int a, int b, uint64_t *pairs);

#ifdef __cplusplus
}
#endif
#endif

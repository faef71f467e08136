/** structure: what an arrangement of atoms looks like.

    Stands on: neighbors. */
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

/** Count the angles of pairs to this direction, too, for vt_rdf_anisotropy. Before the first frame;
    VT_EINVAL afterwards and when the vector is zero or not finite. */
VT_API vt_status vt_rdf_set_axis(vt_rdf *rdf, const double axis[3], vt_error *err);

/** NULL is legal. */
VT_API void vt_rdf_destroy(vt_rdf *rdf);

/** Add a frame. VT_EINVAL without atoms, with other species than the frames before, or when the
    box is so thin that rmax spans more than 1000 of its images; VT_EINTERRUPT, VT_ENOMEM. After a
    failure the histogram is as it was. */
VT_API vt_status vt_rdf_add(vt_rdf *rdf, const vt_atoms *atoms, vt_error *err);

/** Add a frame of which only some atoms are centers, those where `center` is true; all atoms are
    their neighbors. g_ab is then of centers of species a and all b, and need not be g_ba; the total
    is that of all centers. Either all frames are added so or none: VT_EINVAL. */
VT_API vt_status vt_rdf_add_around(vt_rdf *rdf, const vt_atoms *atoms, const bool *center,
                                   vt_error *err);

/** True after vt_rdf_add_around. */
VT_API bool vt_rdf_has_centers(const vt_rdf *rdf);

/** Centers of species k, summed over the frames; -1 for all species together. Without
    vt_rdf_add_around all atoms are centers. */
VT_API double vt_rdf_centers(const vt_rdf *rdf, int k);

/** Add the frames of another histogram with the same shells and species. */
VT_API vt_status vt_rdf_merge(vt_rdf *rdf, const vt_rdf *other, vt_error *err);

/** Number of shells. */
VT_API int64_t vt_rdf_bins(const vt_rdf *rdf);

/** True after vt_rdf_set_axis. */
VT_API bool vt_rdf_has_axis(const vt_rdf *rdf);

/** Frames added so far. */
VT_API int64_t vt_rdf_frames(const vt_rdf *rdf);

/** Atoms by volume over all frames [1/angstrom^3]. */
VT_API double vt_rdf_density(const vt_rdf *rdf);

/** Number of species of the frames; 0 before the first. */
VT_API int vt_rdf_species_count(const vt_rdf *rdf);

/** Species k of the frames, in their order (vt_atoms_species). */
VT_API const vt_species *vt_rdf_species(const vt_rdf *rdf, int k);

/** Atoms of species k, summed over the frames; -1 for all species together. */
VT_API double vt_rdf_atoms(const vt_rdf *rdf, int k);

/** Centers of the shells into r[bins] [angstrom]. */
VT_API void vt_rdf_radii(const vt_rdf *rdf, double *r);

/** g_ab into g[bins]; a = b = -1: the total. 0 where a species has no atoms [-]. */
VT_API void vt_rdf_values(const vt_rdf *rdf, int a, int b, double *g);

/** Anisotropic part about the axis of vt_rdf_set_axis into g2[bins]; zero without one [-]:
        g(r, chi) = g0(r) + sqrt(5) P2(cos chi) g2(r),  g2 = sqrt(5) <P2(cos chi)> g0,
    with chi the angle between r and the axis. Suzuki, Haimovich, Egami, Phys. Rev. B 35, 2162
    (1987). */
VT_API void vt_rdf_anisotropy(const vt_rdf *rdf, int a, int b, double *g2);

/** Mean number of b atoms around an a atom up to the OUTER edge of each shell into n[bins];
    -1 stands for any species [-]. */
VT_API void vt_rdf_coordination(const vt_rdf *rdf, int a, int b, double *n);

/** Ordered pairs (a, b) in each shell, summed over the frames, into pairs[bins]; -1 for any
    species. */
VT_API void vt_rdf_pairs(const vt_rdf *rdf, int a, int b, uint64_t *pairs);

/** The pair distribution around each single atom, for atoms of the species of type `beta` around
    atom i:
    row i of g (count x bins) gets n_i(k) / (v(k) N_beta / V), so that the mean over the atoms of a
    species is its vt_rdf_values. Fan, Ding, Ma, Mater. Today 40, 48 (2020), eq. 3, with their
    missing number density put in, and exact shells v(k). VT_EINVAL without atoms of that species or
    with an empty grid; VT_ENOMEM, VT_EINTERRUPT [-]. */
VT_API vt_status vt_rdf_atomic(const vt_atoms *atoms, int beta, double rmax, int64_t bins,
                               double *g, vt_error *err);

/** The transform that takes h(r) = g(r) - 1 in equal shells up to rmax to S(q) - 1 for a number
    density of one: kernel (queries x bins) holds the exact integral of
    4 pi r^2 sin(q r)/(q r) over each shell, times sin(x)/x with x = pi r/rmax at its center when
    `window` is set (Lorch, J. Phys. C 2, 229 (1969)) [angstrom^3]. Fails on an interrupt alone. */
VT_API vt_status vt_rdf_transform(const double *q, size_t queries, double rmax, size_t bins,
                                  bool window, double *kernel, vt_error *err);

/* ---------------------------------------------------------------- Voronoi cells ---- */

/** How cells are made and which of their faces count. */
typedef struct {
    /** Radius of each type, for radical (power) cells: the plane between atoms i and j lies
        where d_i^2 - r_i^2 = d_j^2 - r_j^2 (Gellatly and Finney, J. Non-Cryst. Solids 50, 313
        (1982)). NULL for plain cells, with planes midway [angstrom]. */
    const double *radii;
    double face_threshold; /**< A face smaller than this share of its cell's area is no face [-]. */
    double edge_threshold; /**< An edge shorter than this is not counted [angstrom]. */
    /** Called now and then by the thread that asked for the cells, with the share of them that is
        made, 0 to 1; NULL: not called. */
    void (*progress)(void *context, double share);
    void *progress_context;
} vt_voronoi_options;

/** Plain cells, no thresholds: every face and every edge counts. */
VT_API vt_voronoi_options vt_voronoi_defaults(void);

/** Faces are counted by their edges from VT_VORONOI_FEWEST to VT_VORONOI_MOST; the last column
    takes those with more, too. */
enum { VT_VORONOI_FEWEST = 3, VT_VORONOI_MOST = 12, VT_VORONOI_ORDERS = 10 };

/** The cells of the atoms, in their order. Read only.

    Cells fill the box. Along a free axis they end at walls: the faces of the box, or where atoms
    lie beyond one, half a mean spacing beyond the outermost atom. A face on a wall counts for the
    index as any other (as in voro++) and has neighbor -1. With radii an atom may be buried in
    the others' cells: its own is then empty, with volume 0 and no faces.

    Volume, area and radius belong to the whole cell; thresholds only choose which faces are
    counted and listed. A face may thus be listed by one of its two cells only, when it is near the
    threshold. The faces of atom i are first[i] up to first[i + 1] - 1, in no special order. */
typedef struct {
    size_t count;          /**< Atoms. */
    double *volume;        /**< Of each cell [angstrom^3]. */
    double *area;          /**< Of all its faces [angstrom^2]. */
    double *radius;        /**< Distance of the farthest vertex from the atom [angstrom]. */
    int32_t *orders;       /**< count x VT_VORONOI_ORDERS: faces with 3, 4, ... edges. */
    int32_t *coordination; /**< Faces shared with atoms. */
    int32_t *walls;        /**< Faces on walls. */
    size_t *first;         /**< count + 1 offsets into what follows. */
    int32_t *neighbor;     /**< The atom behind the face, -1 for a wall. */
    int32_t *face_edges;   /**< Edges that count. */
    double *face_area;     /**< [angstrom^2] */
    double *face_vector;   /**< x 3: from the atom to that neighbor (image), for a wall to the
                                atom's own mirror image [angstrom]. */
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    int32_t *type;        /**< Of each atom, index into `species`, which is vt_atoms_species. */
    double domain_volume; /**< Of the box between the walls; the volumes add up to it
                               [angstrom^3]. */
} vt_voronoi;

/** Cells of `atoms`, through voro++. VT_EINVAL without atoms, with two atoms at one place, with
    options out of range, or for an atom with more than a thousand neighbors; VT_EINTERRUPT,
    VT_ENOMEM. NULL on failure. `options` NULL: the defaults. */
VT_API vt_voronoi *vt_voronoi_create(const vt_atoms *atoms, const vt_voronoi_options *options,
                                     vt_error *err);

/** NULL is legal. */
VT_API void vt_voronoi_destroy(vt_voronoi *voronoi);

/** Which atoms to count. */
typedef struct {
    int species;      /**< Index of a species, -1: all. */
    bool inside_only; /**< Leave out atoms whose cell touches a wall. */
} vt_voronoi_selection;

/** Number of atoms selected. */
VT_API size_t vt_voronoi_selected(const vt_voronoi *voronoi, vt_voronoi_selection selection);

/** Share of the selected atoms whose cell has pattern[k] faces with VT_VORONOI_FEWEST + k edges for
    every k < length (1 to VT_VORONOI_ORDERS); NaN when none is selected. The usual index
    <n3,n4,n5,n6> has length 4 and says nothing of faces with more edges. */
VT_API double vt_voronoi_fraction(const vt_voronoi *voronoi, const int32_t *pattern, int length,
                                  vt_voronoi_selection selection);

/** Kinds of cells by their index, most frequent first, equal ones in the order of their numbers. */
typedef struct {
    int32_t index[4]; /**< n3, n4, n5, n6 */
    size_t count;     /**< Atoms with such a cell. */
} vt_polyhedron;

/** The kinds of cells of the selected atoms and their number; the array is the caller's to free
    with vt_free. */
VT_API vt_status vt_voronoi_census(const vt_voronoi *voronoi, vt_voronoi_selection selection,
                                   vt_polyhedron **kinds, size_t *count, vt_error *err);

/** Degree of five-fold symmetry of each atom, n5/(n3 + n4 + n5 + n6), into f5[count]; NaN where
    there are no such faces [-]. */
VT_API void vt_voronoi_five_fold(const vt_voronoi *voronoi, double *f5);

/** W, the mean degree of five-fold symmetry of the selected atoms: sum over kinds of cells of
    f5 times their share (Hu et al., Nat. Commun. 6, 8310 (2015)). Atoms without a degree are left
    out; NaN when all are [-]. */
VT_API double vt_voronoi_mean_five_fold(const vt_voronoi *voronoi, vt_voronoi_selection selection);

/** Mean number of atoms of species b that share a face with an atom of species a; -1 stands for any
    species. NaN without atoms of species a [-]. */
VT_API double vt_voronoi_mean_coordination(const vt_voronoi *voronoi, int a, int b);

/* ---------------------------------------------------------------- packing and clusters ---- */

/** Species of the gradient atomic packing model, by the geometric frustration of the cell: I to V
    have no faces with 3 or more than 6 edges and (n4, n5) = (0, 12), (1, 10), (2, 8), (3, 6),
    (4, 4), whatever n6; VI is all else. I is solid-like, II and III are the transition region, IV
   to VI are liquid-like. After Wang et al., npj Comput. Mater. 4, 41 (2018). */
enum { VT_PACKING_SPECIES = 6 };

/** Species 1 to VT_PACKING_SPECIES of each atom into species[count]. */
VT_API void vt_voronoi_packing(const vt_voronoi *voronoi, int32_t *species);

/** Free volume of each atom, that of its cell minus that of a core of radius core_radii[its
   species] [angstrom], into free[count]; may be negative [angstrom^3]. Returns the sum over that of
   all cells [-]. Li and Li, Mater. Trans. 48, 1816 (2007). */
VT_API double vt_voronoi_free_volume(const vt_voronoi *voronoi, const double *core_radii,
                                     double *free);

/** What two polyhedra (a center and its shell of neighbors) have in common. */
typedef enum {
    VT_SHARE_VERTEX = 1, /**< One atom of the shells. */
    VT_SHARE_EDGE = 2,   /**< Two. */
    VT_SHARE_FACE = 3,   /**< Three or more. */
    VT_SHARE_VOLUME = 4  /**< They interpenetrate: each center is in the other's shell. */
} vt_sharing;

typedef struct {
    int32_t index[4]; /**< Centers are atoms with this index n3, n4, n5, n6 ... */
    int species;      /**< ... of this species, -1: any. */
    vt_sharing link;  /**< Centers that share this much or more belong together. */
} vt_cluster_options;

/** <0,0,12,0> of any species, linked by volume. */
VT_API vt_cluster_options vt_cluster_defaults(void);

/** Polyhedra that hang together. */
typedef struct {
    size_t centers; /**< Number of polyhedra. */
    size_t atoms;   /**< Different atoms in them, centers and shells. */
} vt_cluster;

/** Medium-range order: the clusters of linked polyhedra. Read only. */
typedef struct {
    size_t count;    /**< Atoms. */
    int32_t *center; /**< Number of the cluster, from 1, whose center the atom is; 0: none. */
    int32_t *member; /**< The first cluster that holds it as a center or in a shell; 0: none. */
    size_t cluster_count; /**< Single polyhedra included. */
    vt_cluster *cluster;  /**< Number k at [k - 1]; by atoms, then centers, falling. */
    size_t centers;       /**< Polyhedra of all clusters. */
    size_t covered;       /**< Atoms in at least one. */
    size_t links[5];      /**< [VT_SHARE_...]: pairs of polyhedra that share this and no more. */
} vt_clusters;

/** Clusters of the polyhedra of `voronoi`; shells are atoms behind listed faces, and periodic
   images are told apart. VT_ENOMEM, VT_EINTERRUPT. NULL on failure. */
VT_API vt_clusters *vt_clusters_create(const vt_voronoi *voronoi, const vt_cluster_options *options,
                                       vt_error *err);

/** NULL is legal. */
VT_API void vt_clusters_destroy(vt_clusters *clusters);

/* ---------------------------------------------------------------- bonds and their order ---- */

/** The neighbors of each atom: those of atom i are first[i] up to first[i + 1] - 1. Read only. */
typedef struct {
    size_t count;      /**< Atoms. */
    size_t *first;     /**< count + 1 offsets into what follows. */
    int32_t *neighbor; /**< Atoms. */
    double *vector;    /**< x 3: from the atom to the neighbor (image) [angstrom]. */
    double *weight;    /**< Share of the bond in its atom, adding up to 1 [-]. */
} vt_bonds;

/** All neighbors within `cutoff` [angstrom], nearest first, with equal weights. An atom may have
    none. VT_EINVAL for a cutoff that is not positive or spans more than 1000 images of the box, or
    without atoms; VT_EINTERRUPT, VT_ENOMEM. NULL on failure. */
VT_API vt_bonds *vt_bonds_within(const vt_atoms *atoms, double cutoff, vt_error *err);

/** The `number` nearest neighbors of each atom, nearest first, with equal weights; which of several
    at the same distance is arbitrary. VT_EINVAL also when free boundaries leave fewer. */
VT_API vt_bonds *vt_bonds_nearest(const vt_atoms *atoms, int64_t number, vt_error *err);

/** The neighbors that share a listed face; with `weighted` a bond's weight is the share of its face
    in the area of all faces shared with atoms, otherwise weights are equal. Mickel, Kapfer,
    Schroeder-Turk, Mecke, J. Chem. Phys. 138, 044501 (2013). VT_ENOMEM. */
VT_API vt_bonds *vt_bonds_voronoi(const vt_voronoi *voronoi, bool weighted, vt_error *err);

/** NULL is legal. */
VT_API void vt_bonds_destroy(vt_bonds *bonds);

enum { VT_BOND_ORDER_MAX = 20 };

/** Bond-orientational order of degree l (0 to VT_BOND_ORDER_MAX), Steinhardt, Nelson, Ronchetti,
    Phys. Rev. B 28, 784 (1983). With q_lm(i) = sum_j weight_ij Y_lm(r_ij),
        q_l = sqrt(4 pi/(2 l + 1) sum_m |q_lm|^2),
        w_l = sum_{m1 + m2 + m3 = 0} (l l l; m1 m2 m3) q_lm1 q_lm2 q_lm3 / (sum_m |q_lm|^2)^(3/2).
    With `averaged` q_lm is first averaged over the atom and its neighbors, all alike (Lechner and
    Dellago, J. Chem. Phys. 129, 114707 (2008)). Into q[count] and w[count], either may be NULL;
    NaN for an atom without neighbors (averaged: with such a one among its neighbors, too), and w_l
    is NaN where q_l vanishes [-]. VT_EINVAL, VT_ENOMEM, VT_EINTERRUPT. */
VT_API vt_status vt_bond_order(const vt_bonds *bonds, int l, bool averaged, double *q, double *w,
                               vt_error *err);

/** What an atom's neighbors are arranged as. */
typedef enum {
    VT_AROUND_OTHER,
    VT_AROUND_FCC,
    VT_AROUND_HCP,
    VT_AROUND_BCC,
    VT_AROUND_ICOSAHEDRON
} vt_surroundings;

/** Common neighbor analysis (Honeycutt and Andersen 1987) with a cutoff of each atom's own
   (Stukowski 2012): vt_surroundings of each atom into kind[bonds->count], whatever the species. The
   bonds must be to at least 14 nearest neighbors, nearest first; VT_EINVAL otherwise. */
VT_API vt_status vt_common_neighbors(const vt_bonds *bonds, int32_t *kind, vt_error *err);

/* ---------------------------------------------------------------- deformation ---- */

/** Green-Lagrange strain (F^T F - 1)/2, components xx yy zz yz xz xy (tensor shear) [-]. */
VT_API void vt_strain_green(double F[3][3], double e[6]);

/** Von Mises shear strain sqrt(tr(dev e)^2 / 2): gamma/2 for small simple shear. Shimizu, Ogata,
   Li, Mater. Trans. 48, 2923 (2007). Times 2/sqrt(3) it is the equivalent strain, which is e for
    isochoric uniaxial strain e [-]. */
VT_API double vt_strain_von_mises(const double e[6]);

typedef struct {
    double cutoff; /**< Neighbors are those within it in the reference frame [angstrom]. */
    bool relative; /**< Leave the homogeneous deformation out of gradient and strain. */
} vt_deformation_options;

/** Cutoff 3.8 angstrom, the first minimum of g(r) in Cu-Zr; the homogeneous part is kept. */
VT_API vt_deformation_options vt_deformation_defaults(void);

/** What vt_deformation_compute finds; the arrays are the caller's, a row for each atom. An atom
   with fewer than four neighbors, or with all of them in a plane, has NaN. */
typedef struct {
    double *gradient;     /**< count x 9: F row by row, d = F d0 [-]. */
    double *strain;       /**< count x 6: vt_strain_green [-]. */
    double *von_mises;    /**< vt_strain_von_mises [-]. */
    double *d2min;        /**< Sum over neighbors of |d - F d0|^2 [angstrom^2]. */
    double *displacement; /**< count x 3: motion beyond the homogeneous one, mean 0 [angstrom]. */
    int32_t *neighbors;   /**< Number of neighbors in the reference frame. */
    double affine[3][3];  /**< F of the box; along free axes of the atoms as a whole [-]. */
    size_t valid;         /**< Atoms without NaN. */
    const char *note;     /**< What makes the results doubtful, as vt_motion_note, or "". */
} vt_deformation;

/** A frame that others are compared with: its atoms and their neighbors. */
typedef struct vt_strain_reference vt_strain_reference;

/** Copies the atoms. NULL with VT_EINVAL when there are none, the cutoff [angstrom] is not positive
    or leaves no atom with enough neighbors; VT_ENOMEM, VT_EINTERRUPT. */
VT_API vt_strain_reference *vt_strain_reference_create(const vt_atoms *atoms, double cutoff,
                                                       vt_error *err);

/** NULL is legal. */
VT_API void vt_strain_reference_destroy(vt_strain_reference *reference);

/** Local deformation between two frames, D2min of Falk and Langer, Phys. Rev. E 57, 7192 (1998).
    Rows are in the order of `atoms`, the later frame; the atoms of `reference` are found by id.
    Bonds are followed through periodic images; the box may have flipped to another cell of the same
    lattice. Image counts tell the way of every atom; where there are none, or those of the two
    frames do not belong together (atoms would be a whole box away, though near an image of their
    old place), each atom is taken at the image nearest to where the homogeneous deformation puts
    it, which is right while no atom has moved half of the box beyond that. VT_EINVAL when the
    frames hold different atoms or have other periodic axes; VT_ENOMEM, VT_EINTERRUPT. */
VT_API vt_status vt_deformation_since(const vt_strain_reference *reference, const vt_atoms *atoms,
                                      bool relative, vt_deformation *out, vt_error *err);

/** The same with a reference frame that is used once. */
VT_API vt_status vt_deformation_compute(const vt_atoms *reference, const vt_atoms *atoms,
                                        const vt_deformation_options *options, vt_deformation *out,
                                        vt_error *err);

/* ---------------------------------------------------------------- motion ---- */

typedef struct {
    bool velocities;      /**< Correlate velocities instead of displacements. */
    double q;             /**< Wave number of the scattering function, 0 for none [1/angstrom]. */
    int64_t lags;         /**< Evenly spaced lags, at least 2; see logarithmic. */
    bool logarithmic;     /**< Beyond `lags` frames lags go on in steps of 2, 4, 8, ... frames, to
                               the length of the trajectory; else they end there. */
    int64_t origin_every; /**< Without logarithmic: frames from one time origin to the next. With
                               it every frame is an origin for lags up to `lags`, every second one
                               to twice that, and so on. */
    double memory;        /**< That origins may take [bytes]; see vt_motion_thinning. */
} vt_motion_options;

/** Displacements, no q, 16 logarithmic lags, 4e9 bytes. */
VT_API vt_motion_options vt_motion_defaults(void);

/** Correlations in time over frames at even intervals, taken up one after the other. Memory holds
    about `lags` frames for each doubling of the length beyond `lags`, but no more than it may take
    and a few. */
typedef struct vt_motion vt_motion;

VT_API vt_motion *vt_motion_create(const vt_motion_options *options, vt_error *err);

/** NULL is legal. */
VT_API void vt_motion_destroy(vt_motion *motion);

/** Add a frame: the same atoms in the same order. The motion of the center of mass is taken off.
    Atoms are followed from the frame before as vt_deformation_since follows them, through faces and
    flips of the box. The homogeneous motion in a box that is strained is part of the displacements.
    VT_EINVAL for other atoms or periodic axes, or without velocities where these are wanted;
    VT_ENOMEM, VT_EINTERRUPT. After a failure the sums are as they were. */
VT_API vt_status vt_motion_add(vt_motion *motion, const vt_atoms *atoms, vt_error *err);

VT_API int64_t vt_motion_frames(const vt_motion *motion);

/** 1 when there was memory for all origins. Otherwise origins were left out, every other one each
    time it did not suffice: they are up to so many times further apart than was asked for, and
    there are fewer pairs of frames for each lag. */
VT_API int64_t vt_motion_thinning(const vt_motion *motion);

/** What makes the results doubtful, "" if nothing does, and the frame (from 1) where it was first
    met: atoms of a file without a box that jump as wrapped ones do. */
VT_API const char *vt_motion_note(const vt_motion *motion, int64_t *frame);

VT_API int vt_motion_species_count(const vt_motion *motion);
VT_API const vt_species *vt_motion_species(const vt_motion *motion, int k);

/** Number of lags that frames were found for, zero included; their lengths in frames, rising, into
    lag[] and how many pairs of frames each has into pairs[], where these are not NULL. */
VT_API size_t vt_motion_lags(const vt_motion *motion, int64_t *lag, int64_t *pairs);

typedef enum {
    VT_MOTION_MSD,     /**< <dr^2> [angstrom^2] */
    VT_MOTION_ALPHA2,  /**< 3 <dr^4>/(5 <dr^2>^2) - 1: Rahman, Phys. Rev. 136, A405 (1964) [-] */
    VT_MOTION_FS,      /**< <sin(q dr)/(q dr)>, the self-intermediate scattering function averaged
                            over the directions of q [-] */
    VT_MOTION_VELOCITY /**< <v(0) v(t)> [angstrom^2/ps^2] */
} vt_motion_value;

/** A correlation at all lags of vt_motion_lags into values[], of one species or (-1) of all atoms,
    averaged over atoms and origins. NaN for a species without atoms. */
VT_API void vt_motion_values(const vt_motion *motion, vt_motion_value value, int species,
                             double *values);

/* ---------------------------------------------------------------- fields ---- */

/** Equal intervals along one axis of the cell, at right angles to its faces. */
typedef struct {
    int axis; /**< 0, 1, 2 for a, b, c; x, y, z in an orthogonal box. */
    int64_t bins;
    double low, high; /**< From the face through the origin [angstrom]. */
} vt_field_axis;

/** Where the atoms lie along an axis: the whole cell when it is periodic, else from the first atom
    to the last [angstrom]. */
VT_API void vt_field_extent(const vt_atoms *atoms, int axis, double *low, double *high);

/** Add every atom's value to the bin it lies in: its number, the sum and the sum of squares.
    `count`, `sum` and `square` have as many entries as the product of all bins, the last axis
    running fastest, and are added to. An atom with the value NaN, or outside a range, is left
    out. */
VT_API vt_status vt_field_bin(const vt_atoms *atoms, const double *values, int dimensions,
                              const vt_field_axis *axes, double *count, double *sum, double *square,
                              vt_error *err);

/** What a mean around an atom counts others with. */
typedef enum {
    VT_FIELD_GAUSSIAN, /**< exp(-d^2/(2 length^2)), out to 3 lengths. */
    VT_FIELD_SPHERE    /**< 1 up to the length. */
} vt_field_weight;

/** The mean of `values` around each atom, itself included; `length` in angstrom. Atoms with NaN are
    left out; NaN where none is left. */
VT_API vt_status vt_field_coarse(const vt_atoms *atoms, const double *values,
                                 vt_field_weight weight, double length, double *averages,
                                 vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

/** atoms: periodic box, atoms as structure of arrays, species, builders.

    Conventions. Cell vectors are the ROWS of box.h: a position is origin + s h with fractional
    coordinates s (row vector). r_ij = r_j - r_i. Symmetric tensors have six components in the
    order xx yy zz yz xz xy. Atoms keep the order in which the user gave them for ever; code that
    wants another order for speed works on a copy (vt_atoms_permuted).

    Stands on: array. */
#ifndef VITRUM_ATOMS_H
#define VITRUM_ATOMS_H

#include "vitrum/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- box ---- */

/** A parallelepiped; each axis periodic or free. Along a free axis the cell vector still spans
    the volume that stresses refer to, but atoms may lie outside. */
typedef struct {
    double origin[3]; /**< Corner of the cell [angstrom]. */
    double h[3][3];   /**< Rows are the cell vectors a, b, c; right-handed [angstrom]. */
    bool periodic[3]; /**< Along a, b, c. */
} vt_box;

/** Orthogonal box of the given edges with its corner at 0, periodic along all axes. */
VT_API vt_box vt_box_orthogonal(double lx, double ly, double lz);

/** VT_EINVAL with a message unless all entries are finite and the volume is positive. */
VT_API vt_status vt_box_check(const vt_box *box, vt_error *err);

/** Volume, positive for a valid box [angstrom^3]. */
VT_API double vt_box_volume(const vt_box *box);

/** Inverse of h: s = (r - origin) inverse [1/angstrom]. */
VT_API void vt_box_inverse(const vt_box *box, double inverse[3][3]);

/** Move the point r into the box along its periodic axes; `image` takes up the shift. `inverse` is
    that of vt_box_inverse. Points that are not finite stay. */
VT_API void vt_box_wrap(const vt_box *box, const double inverse[3][3], double r[3],
                        int32_t image[3]);

/** Perpendicular distances between opposite faces [angstrom]. */
VT_API void vt_box_heights(const vt_box *box, double heights[3]);

/** Fractional coordinates of a point. */
VT_API void vt_box_fractional(const vt_box *box, const double r[3], double s[3]);

/** The point with fractional coordinates s. */
VT_API void vt_box_cartesian(const vt_box *box, const double s[3], double r[3]);

/** True when h is lower triangular with positive diagonal, as LAMMPS wants it:
    a = (lx,0,0), b = (xy,ly,0), c = (xz,yz,lz). */
VT_API bool vt_box_is_lammps(const vt_box *box);

/** Lengths of a, b, c [angstrom] and the angles alpha (between b and c), beta (a, c), gamma
    (a, b) [degree]. */
VT_API void vt_box_shape(const vt_box *box, double lengths[3], double angles_deg[3]);

/** Give `box` cell vectors of these lengths and angles: a along x, b in the xy plane. Origin and
    periodicity stay. VT_EINVAL when no such cell exists; `box` is then as before. */
VT_API vt_status vt_box_set_shape(vt_box *box, const double lengths[3], const double angles_deg[3],
                                  vt_error *err);

/* ---------------------------------------------------------------- species ---- */

enum { VT_SYMBOL_SIZE = 8, VT_MAX_SPECIES = 32, VT_LARGEST_MASS = 1000000 /* amu */ };

/** A kind of atom. */
typedef struct {
    char symbol[VT_SYMBOL_SIZE]; /**< Element symbol or any short name ("A"). */
    double mass;                 /**< [amu] */
} vt_species;

/** Whether a species can be called so: a letter, then up to VT_SYMBOL_SIZE - 2 ASCII characters
    without blanks. Files would hold a number, a comment or nothing in place of other names. */
VT_API bool vt_is_species_name(const char *name);

/** Standard atomic weight (IUPAC 2021 abridged) of an element symbol, 0 when it is none [amu]. */
VT_API double vt_element_mass(const char *symbol);

/** Atomic number of an element symbol, 0 when it is none. */
VT_API int vt_element_number(const char *symbol);

/** Symbol of an atomic number 1 to 118, NULL outside. */
VT_API const char *vt_element_symbol(int number);

/** Volume per atom of the solid element near room temperature, 0 where it is unknown or says
    nothing about an alloy (gases) [angstrom^3]. */
VT_API double vt_element_volume(const char *symbol);

/* ---------------------------------------------------------------- atoms ---- */

/** Atoms in a box. Fields may be read and written directly, but memory is managed by the
    functions below. Pointers stay valid until `generation` changes. */
typedef struct vt_atoms {
    vt_box box;
    size_t count;          /**< Number of atoms. */
    size_t capacity;       /**< Room in each array; a multiple of 8. */
    double *x, *y, *z;     /**< Positions; not wrapped by anything but vt_atoms_wrap
                                [angstrom]. */
    double *vx, *vy, *vz;  /**< Velocities [angstrom/ps]. */
    double *fx, *fy, *fz;  /**< Forces of the last evaluation [eV/angstrom]. */
    int32_t *type;         /**< Index into `species`, from 0. Several types may have one symbol:
                                energies and files tell them apart, whatever counts or names
                                species does not (vt_atoms_species). */
    int32_t *ix, *iy, *iz; /**< Image counts: unwrapped = position + (ix iy iz) h. Those along free
                                axes mean nothing. */
    bool tracked;          /**< Unwrapped positions follow the atoms from frame to frame, as a file
                                that holds such positions says: no way between frames is guessed. */
    bool boxless;          /**< The box is only the extent of atoms whose file gives none: whether
                                they were wrapped into another one cannot be told. */
    int64_t *id;           /**< Identity in files; unique, at least 1. */
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    uint64_t generation; /**< Rises when memory moved or atoms were added or removed. */
} vt_atoms;

/** `count` atoms at the origin of `box`, ids 1..count, all of type 0, no species yet.
    NULL on failure. */
VT_API vt_atoms *vt_atoms_create(size_t count, const vt_box *box, vt_error *err);

/** NULL is legal. */
VT_API void vt_atoms_destroy(vt_atoms *atoms);

/** A deep copy. */
VT_API vt_atoms *vt_atoms_copy(const vt_atoms *atoms, vt_error *err);

/** Atom k of `to` becomes what atom i of `from` is; its type keeps its number. */
VT_API void vt_atoms_copy_atom(vt_atoms *to, size_t k, const vt_atoms *from, size_t i);

/** The species of atoms as they are counted and named: types of one symbol are one species. */
typedef struct {
    int count;
    vt_species species[VT_MAX_SPECIES]; /**< In the order of their first types; mass: mean over the
                                             atoms, that of the first type where there are none. */
    size_t atoms[VT_MAX_SPECIES];       /**< Number of atoms of each. */
    int32_t of_type[VT_MAX_SPECIES];    /**< Index into `species` of each type. */
} vt_species_list;

/** The species of `atoms` for everything that counts or names them. Atoms whose type does not exist
    are left out. */
VT_API vt_species_list vt_atoms_species(const vt_atoms *atoms);

/** The first type of species `symbol`, or -1. */
VT_API int vt_atoms_find_species(const vt_atoms *atoms, const char *symbol);

/** The first type of species `symbol`, added with `mass` if new (0: the element's own). Fails on
    a symbol that is no name of a species, a mass that is negative or not finite, an unknown element
   without mass, or too many species. Returns the type or a negative vt_status. */
VT_API int vt_atoms_add_species(vt_atoms *atoms, const char *symbol, double mass, vt_error *err);

/** Remove the types that no atom is of; the types of the others close the gap. */
VT_API void vt_atoms_drop_species(vt_atoms *atoms);

/** Change the number of atoms; new ones are like those of vt_atoms_create with ids after the
    largest. */
VT_API vt_status vt_atoms_resize(vt_atoms *atoms, size_t count, vt_error *err);

/** Keep the atoms with keep[i] true, in order. `keep` has `count` entries. */
VT_API vt_status vt_atoms_filter(vt_atoms *atoms, const bool *keep, vt_error *err);

/** A new object whose atom k is atom order[k] of `atoms` (a permutation or any selection of
    `count` indices from 0). */
VT_API vt_atoms *vt_atoms_permuted(const vt_atoms *atoms, const int32_t *order, size_t count,
                                   vt_error *err);

/** Find the atoms of `reference` in `atoms` by id: order[i] is the index in `atoms` of what is atom
    i of `reference`. VT_EINVAL unless both hold the same ids, each once, with the same species. */
VT_API vt_status vt_atoms_match(const vt_atoms *atoms, const vt_atoms *reference, int32_t *order,
                                vt_error *err);

/** Position of atom i with its image counts along periodic axes [angstrom]. */
VT_API void vt_atoms_unwrapped(const vt_atoms *atoms, size_t i, double r[3]);

/** Move every atom into the box along the periodic axes; image counts take up the shift. */
VT_API void vt_atoms_wrap(vt_atoms *atoms);

/** Give the box new cell vectors; with `remap` the atoms keep their fractional coordinates. */
VT_API vt_status vt_atoms_set_box(vt_atoms *atoms, const vt_box *box, bool remap, vt_error *err);

/** True when b leans along a, c along b or c along a by more than half of a, b or a: LAMMPS refuses
    such a box, although the same lattice has one that leans less. Half but for rounding is half. */
VT_API bool vt_box_leans(const vt_box *box);

/** Take whole multiples of a off b, of b off c and of a off c, where both are periodic, so that the
    box leans by at most half: taken[0..2] of them, in this order. */
VT_API void vt_box_reduce(vt_box *box, double taken[3]);

/** The same for atoms and their box. Atoms stay where they are, wrapped or not; image counts change
   with the vectors, so that the unwrapped positions stay, too. Axes that are free keep their lean.
   VT_EINVAL when image counts overflow; nothing changes then. */
VT_API vt_status vt_atoms_reduce_box(vt_atoms *atoms, vt_error *err);

/** Fails with the first atom whose position or velocity is not finite, whose type is out of range
    or whose mass is not positive. The first check of every computation. */
VT_API vt_status vt_atoms_check(const vt_atoms *atoms, vt_error *err);

/** Kinetic energy, sum of m v^2/2 [eV]. */
VT_API double vt_atoms_kinetic_energy(const vt_atoms *atoms);

/** Add m v v of every atom to `sum`, by component, xx yy zz yz xz xy [eV]. */
VT_API void vt_atoms_add_kinetic(const vt_atoms *atoms, double sum[6]);

/** 2 E_kin/(f k_B) with f = 3 count - 3 degrees of freedom (3 for one atom) [K]. */
VT_API double vt_atoms_temperature(const vt_atoms *atoms);

/** Total mass [amu], and mass over volume [g/cm^3]. */
VT_API double vt_atoms_mass(const vt_atoms *atoms);
VT_API double vt_atoms_density(const vt_atoms *atoms);

/** Volume below which a box that had the volume `start` has collapsed rather than been compressed:
    0.4 of `start` or of the atoms' elements as solids, whichever is less (in metals some 1000 GPa),
    and a tenth of `start` where one of these is unknown [angstrom^3]. */
VT_API double vt_atoms_collapsed_volume(const vt_atoms *atoms, double start);

/** Center-of-mass velocity set to zero. */
VT_API void vt_atoms_remove_drift(vt_atoms *atoms);

/** Velocities from the Maxwell-Boltzmann distribution, drift removed, scaled so that
    vt_atoms_temperature is `temperature` [K]. The numbers depend on (seed, id) alone. */
VT_API vt_status vt_atoms_thermalize(vt_atoms *atoms, double temperature, uint64_t seed,
                                     vt_error *err);

/** Move every atom by `d` [angstrom]. */
VT_API void vt_atoms_displace(vt_atoms *atoms, const double d[3]);

/** Move every atom by independent normal numbers of standard deviation `amplitude` along x, y and
    z [angstrom], which depend on (seed, id) alone. */
VT_API vt_status vt_atoms_rattle(vt_atoms *atoms, double amplitude, uint64_t seed, vt_error *err);

/** F of the strains xx yy zz yz xz xy: elongations, and engineering shears that tilt a box as
   LAMMPS does (x moves by xy times y); upper triangular. */
VT_API void vt_strain_to_gradient(const double strain[6], double F[3][3]);

/** Deform box and atoms affinely about the box's origin: r' - origin = F (r - origin), and the
    cell vectors likewise. Velocities stay. Fails when the new box is not valid. */
VT_API vt_status vt_atoms_deform(vt_atoms *atoms, const double F[3][3], vt_error *err);

/* ---------------------------------------------------------------- builders ---- */

/** What an alloy is made of. */
typedef struct {
    int count;
    vt_species species[VT_MAX_SPECIES]; /**< Mass 0: the element's own. */
    double share[VT_MAX_SPECIES];       /**< In any unit: 64 and 36, 0.64 and 0.36. */
} vt_composition;

/** Add a species, mass 0. VT_EINVAL when its symbol is too long or there are too many. */
VT_API vt_status vt_composition_add(vt_composition *composition, const char *symbol, double share,
                                    vt_error *err);

/** A formula such as "Cu64Zr36": species in the order written, each once; a share left out is 1.
    "" has no species. */
VT_API vt_status vt_composition_parse(const char *formula, vt_composition *composition,
                                      vt_error *err);

/** Atoms of each species among `atoms`, by the largest remainder (Hamilton's method): the counts
    sum to `atoms` and each differs from the exact share by less than one. Equal remainders go to
    the species named first. */
VT_API vt_status vt_composition_counts(const vt_composition *composition, size_t atoms,
                                       size_t counts[VT_MAX_SPECIES], vt_error *err);

/** Mean volume per atom of the elements in their solid state, weighted by share [angstrom^3]; 0
    when that of one of them is unknown. */
VT_API double vt_composition_volume(const vt_composition *composition);

/** Mean mass, weighted by share [amu]; 0 when one is unknown. */
VT_API double vt_composition_mass(const vt_composition *composition);

/** Add the species of `composition` to `atoms` and give every atom one at random, with the counts
    of vt_composition_counts. */
VT_API vt_status vt_atoms_assign(vt_atoms *atoms, const vt_composition *composition, uint64_t seed,
                                 vt_error *err);

typedef struct {
    size_t count;
    vt_box box;
    vt_composition composition;
    double minimum_distance; /**< Between any two atoms, images included [angstrom]. */
    uint64_t seed;
    int sweeps; /**< Most passes of pushing atoms apart. */
} vt_packing_options;

/** No atoms yet, seed 1, 2000 sweeps. */
VT_API vt_packing_options vt_packing_defaults(void);

/** Edge of a cube for `count` atoms with a volume of `volume` each [angstrom]. */
VT_API double vt_packing_edge(size_t count, double volume);

/** A minimum distance that a melt tolerates: 0.9 times the cube root of the volume per atom
    [angstrom]. */
VT_API double vt_packing_distance(const vt_box *box, size_t count);

/** Random positions in the box, then pushed apart until no pair is nearer than the minimum
    distance. Along free axes atoms stay inside the box. Fails when the distance cannot be reached
    at this density; the message says how far it came. VT_EINTERRUPT on interrupt. */
VT_API vt_atoms *vt_atoms_random(const vt_packing_options *options, vt_error *err);

/** Crystals; cubic ones along x, y, z. HCP comes as its orthorhombic cell of four atoms with
    edges a, sqrt(3) a, c. B2 has the first species at corners and the second in the centers. */
typedef enum { VT_FCC, VT_BCC, VT_HCP, VT_B2 } vt_lattice;

/** Number of species that a lattice takes. */
VT_API int vt_lattice_species(vt_lattice lattice);

/** A crystal of cells[0] x cells[1] x cells[2] unit cells, periodic, corner at 0.
    @param species vt_lattice_species of them; mass 0: the element's own.
    @param a lattice constant [angstrom]. @param c height of the hcp cell, 0 for the ideal
    sqrt(8/3) a; not used by the cubic lattices [angstrom]. */
VT_API vt_atoms *vt_atoms_crystal(vt_lattice lattice, const vt_species *species, double a, double c,
                                  const int64_t cells[3], vt_error *err);

/** A new object of times[0] x times[1] x times[2] copies side by side; the first `count` atoms
    are those of `atoms`. Ids run from 1, image counts are 0, velocities and forces are copied. */
VT_API vt_atoms *vt_atoms_replicate(const vt_atoms *atoms, const int64_t times[3], vt_error *err);

/** Make `count` randomly chosen atoms of the species of type `from` (-1: of any but that of `to`)
    into type `to`. VT_EINVAL when there are fewer. */
VT_API vt_status vt_atoms_substitute(vt_atoms *atoms, int from, int to, size_t count, uint64_t seed,
                                     vt_error *err);

/** Add the atoms of `other` behind those of `atoms`, with ids after the largest. Types are joined
    by symbol and mass (within 0.1 %), those of the same number first, so that an object which is
    appended to its like keeps its types. The box stays. On failure nothing changes but the list of
   species. */
VT_API vt_status vt_atoms_append(vt_atoms *atoms, const vt_atoms *other, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

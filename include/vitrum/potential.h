/** potential: the models there are. What evaluates one is an engine, found by a vt_system
   (system.h).

    Virial: W_ab = sum over pairs of r_a f_b, equal to minus stress times volume [eV]. Stress is
    positive in tension. Components in the order xx yy zz yz xz xy.

    Stands on: descriptor, io. */
#ifndef VITRUM_POTENTIAL_H
#define VITRUM_POTENTIAL_H

#include "vitrum/neighbors.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An interatomic potential; immutable once made, so many systems may share it. */
typedef struct vt_potential vt_potential;

VT_API void vt_potential_destroy(vt_potential *potential);

/** Kind of the model: "eam/alloy", "eam/fs", "eam" (of funcfl files), "lj", "kim",
    "network". */
VT_API const char *vt_potential_name(const vt_potential *potential);

/** Name of the file it was read from, without folders, "" if none; several as "a.eam, b.eam";
    of a KIM model its full name. */
VT_API const char *vt_potential_file(const vt_potential *potential);

/** Absolute path of that file, symbolic links as they were given, "" if none; several with line
    feeds between them. */
VT_API const char *vt_potential_path(const vt_potential *potential);

/** SHA-256 in hexadecimal: of that file's text (uncompressed), of several files one after the
    other; without a file of the parameters; of a KIM model of its name and parameters. */
VT_API const char *vt_potential_sha256(const vt_potential *potential);

/** Length before the cutoff over which the functions of an EAM file are switched off, see
    vt_eam_options; 0 where they are not, and of other potentials [angstrom]. */
VT_API double vt_potential_taper(const vt_potential *potential);

/** About the force that two atoms feel just within the cutoff and no longer beyond it, the largest
   of all pairs of species; embedding counts as in the middle of its tables. 0 of KIM models, of
   which it is not known [eV/angstrom]. */
VT_API double vt_potential_jump(const vt_potential *potential);

/** What of the file was left out and why, "" if nothing: what a user should know but need not
    act upon. */
VT_API const char *vt_potential_note(const vt_potential *potential);

/** Where it was published, "" if it does not say. */
VT_API const char *vt_potential_citation(const vt_potential *potential);

/** Largest distance at which two atoms act on each other [angstrom]. */
VT_API double vt_potential_cutoff(const vt_potential *potential);

/** Largest distance at which the force on an atom depends on another: the cutoff of pairs, twice
   that of functions of environments such as EAM [angstrom]. */
VT_API double vt_potential_influence(const vt_potential *potential);

/** Number of species it knows. */
VT_API int vt_potential_species_count(const vt_potential *potential);

/** Symbol and mass of species k, in the order of the file. */
VT_API const vt_species *vt_potential_species(const vt_potential *potential, int k);

/** Embedded-atom potential from a DYNAMO file: setfl, eam/alloy or eam/fs (told apart by the
    number of values), or funcfl, eam. Daw and Baskes, Phys. Rev. B 29, 6443 (1984); Finnis and
    Sinclair, Philos. Mag. A 50, 45 (1984). Functions are interpolated as LAMMPS does. Kinds that
    begin like these (adp, eam/cd, eam/he) are refused by name. Errors carry file and line. */
VT_API vt_potential *vt_potential_eam_read(const char *path, vt_error *err);

/** What may be changed about the functions of EAM files. */
typedef struct {
    double taper; /**< Pair functions and densities are multiplied by a switch that falls from 1 to
                       0 over this length before the cutoff, twice continuously differentiable, so
                       that forces and second derivatives end there without a jump; less than the
                       cutoff, 0 for the functions as they are [angstrom]. */
} vt_eam_options;

/** No taper. */
VT_API vt_eam_options vt_eam_defaults(void);

/** The same with options (NULL: defaults), and from `count` funcfl files, each of an element, mixed
    by phi_ij = Z_i Z_j / r on a common grid, as LAMMPS does. */
VT_API vt_potential *vt_potential_eam_mix(const char *const *paths, size_t count,
                                          const vt_eam_options *options, vt_error *err);

/** How a Lennard-Jones pair ends at its cutoff. */
typedef enum {
    VT_LJ_CUT,          /**< Energy jumps to zero. */
    VT_LJ_SHIFTED,      /**< Energy shifted to be continuous. */
    VT_LJ_FORCE_SHIFTED /**< Force shifted as well, so that both are continuous. */
} vt_lj_truncation;

/** Lennard-Jones mixture. All tables are species_count x species_count, symmetric. */
typedef struct {
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    double epsilon[VT_MAX_SPECIES][VT_MAX_SPECIES]; /**< Well depth [eV]. */
    double sigma[VT_MAX_SPECIES][VT_MAX_SPECIES];   /**< Zero of the energy [angstrom]. */
    double cutoff[VT_MAX_SPECIES][VT_MAX_SPECIES];  /**< [angstrom] */
    vt_lj_truncation truncation;
} vt_lj_options;

/** How parameters of unlike species follow from those of like ones. */
typedef enum { VT_LJ_GEOMETRIC, VT_LJ_ARITHMETIC } vt_lj_mean;

/** Fill a table of `species` species from its diagonal; commonly with the geometric mean for
   epsilon and the arithmetic one for sigma (Lorentz 1881, Berthelot 1898). */
VT_API void vt_lj_mix(double table[VT_MAX_SPECIES][VT_MAX_SPECIES], int species, vt_lj_mean mean);

/** Cutoffs of 2.5 sigma of each pair. */
VT_API void vt_lj_usual_cutoffs(vt_lj_options *options);

VT_API vt_potential *vt_potential_lj_create(const vt_lj_options *options, vt_error *err);

/** The options of a Lennard-Jones mixture, which it owns; NULL for other models. */
VT_API const vt_lj_options *vt_potential_lj(const vt_potential *potential);

/** Kob and Andersen, Phys. Rev. E 51, 4626 (1995): species A, B with the given unit of energy
    and length; cutoff 2.5 sigma_ab. */
VT_API vt_lj_options vt_lj_kob_andersen(double epsilon, double sigma, double mass);

/** Wahnstroem, Phys. Rev. A 44, 3752 (1991): species A (large), B (small), epsilon all equal,
    mass ratio 2. `sigma` and `mass` are those of A. */
VT_API vt_lj_options vt_lj_wahnstroem(double epsilon, double sigma, double mass);

/** A portable model of OpenKIM (openkim.org) that is installed on this machine, by its full name,
    by the part before the double underscore ("SW_StillingerWeber_1985_Si") or by its number
    (MO_405512056662, with or without the version; without it the latest is taken). Forces, energy
    and virial are those of any model; those of each atom where the model gives them. The model
    computes with one thread. VT_EINVAL when no model is called so; VT_EUNSUPPORTED without OpenKIM
    (its library is opened at the first call), for simulator models, for those that do not
    compute in vitrum's units, and for those that cannot be set up. */
VT_API vt_potential *vt_potential_kim_create(const char *model, vt_error *err);

/** An installed portable model of OpenKIM, as its author describes it. */
typedef struct {
    char *name;    /**< Full name. */
    char *species; /**< Symbols, a blank between them, "" if not said. */
    char *title;   /**< One line, "" if there is none. */
    char *driver;  /**< Full name of the model driver that it is a set of parameters for, or "". */
} vt_kim_model;

/** Installed models by name. */
typedef struct {
    size_t count;
    vt_kim_model *model;
} vt_kim_models;

VT_API vt_kim_models *vt_kim_models_create(vt_error *err);
VT_API void vt_kim_models_destroy(vt_kim_models *models);

/** A neural network potential from its file: E = sum over atoms of a reference energy and what the
    network of the atom's species makes of its descriptor (vt_chebyshev). Behler and Parrinello,
    Phys. Rev. Lett. 98, 146401 (2007); Su, Yu, Guan, Wang, arXiv:2211.03350 (2022). Files are
    text that says what it is, with a checksum at its end; errors carry file and line. */
VT_API vt_potential *vt_potential_network_read(const char *path, vt_error *err);

/** The text of a file of that potential, to be freed with vt_free. NULL on failure: no memory, or a
    potential of another kind (VT_EINVAL). */
VT_API char *vt_potential_network_text(const vt_potential *potential, vt_error *err);

/** What a network was trained on: least and largest of each input, arrays species x inputs,
   infinite where it is not known; deviation, the standard deviation that the network divides by.
   Inputs are those of the descriptor with n_max, l_max and cutoff [angstrom]. Arrays belong to the
   potential. */
typedef struct {
    int n_max, l_max;
    double cutoff;
    size_t species, inputs;
    const double *low, *high, *deviation;
} vt_network_range;

/** False where the potential is no network. */
VT_API bool vt_potential_network_range(const vt_potential *potential, vt_network_range *range);

/* ---------------------------------------------------------------- evaluation ---- */

/** What to compute beside the forces, which always are. */
enum {
    VT_WANT_ENERGY = 1,      /**< Total energy. */
    VT_WANT_VIRIAL = 2,      /**< Total virial. */
    VT_WANT_ATOM_ENERGY = 4, /**< Energy per atom; implies ENERGY. */
    VT_WANT_ATOM_VIRIAL = 8, /**< Virial per atom; implies VIRIAL. */
    VT_WANT_ALL = 15
};

/** How pairs are computed. */
typedef enum {
    VT_PRECISION_DOUBLE,
    VT_PRECISION_MIXED /**< Pairs in single precision, their sums in double. Forces are good to
                            some 1e-5 eV/angstrom in a glass, the worst to 1e-3 in hot
                            liquids and where atoms are hundreds of angstrom apart. */
} vt_precision;

#ifdef __cplusplus
}
#endif
#endif

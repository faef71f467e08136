/** stz: a lattice of shear transformation zones driven by kinetic Monte Carlo.

    The heterogeneously randomized model of Wang et al. (2024) after Zhao, Li and Wang, Int. J.
    Plasticity 40, 1 (2013): a periodic lattice of rectangular sites in a homogeneous, isotropic
    elastic plane. Every site has `modes` possible shear transformations, each with its own
    eigenstrain [[e1, e3], [e3, -e1]] and barrier F. With the stress on the site the barrier is
        Q = F exp(-eta) - V/2 (sigma_ij e_ij),   sigma_ij e_ij = p e1 + q e3,      (eq. 8)
        p = sigma_xx - sigma_yy,  q = 2 sigma_xy,
    and it is crossed at the rate nu0 exp(-Q/kT) (eq. 5), or at once when Q < 0.

    Base units throughout: stress in eV/angstrom^3, volume in angstrom^3, time in ps. Strains are
    tensor components; fields are arrays of rows of constant y, x running fastest.
    Components of plane tensors come in the order xx, yy, xy.

    Stands on: array. */
#ifndef VITRUM_STZ_H
#define VITRUM_STZ_H

#include "vitrum/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vt_stz vt_stz; /* opaque: src/stz/internal.h */

enum { VT_STZ_XX, VT_STZ_YY, VT_STZ_XY };
enum { VT_STZ_MIN_SIDE = 16, VT_STZ_MAX_SIDE = 4096, VT_STZ_BLOCK = 8, VT_STZ_MAX_MODES = 1000 };
enum { VT_STZ_BINS = 256 };

/** Isotropic elasticity of the plane. */
typedef struct {
    double young;   /**< Young's modulus [eV/angstrom^3]. */
    double poisson; /**< Poisson's ratio, above -1 and below 1 in plane stress, where it is that of
                         the plane, and below 1/2 in plane strain [-]. */
    bool plane_strain; /**< Plane strain instead of plane stress. */
} vt_stz_elastic;

/** How the state is brought up to date between events. */
typedef enum {
    VT_STZ_FAST, /**< Bounds decide which rates are computed anew; see `slack`. */
    VT_STZ_PLAIN /**< Stress by transform and every rate, after every event: the judge. */
} vt_stz_engine;

/** At which time since the last transformation of a site the event catalog takes its temporary
    softening. */
typedef enum {
    VT_STZ_WAITING, /**< Counted from before the waiting time of that event, whose own wait is so
                         counted into the recovery; constant between events. */
    VT_STZ_HELD,    /**< Counted from the event; constant until the next one. */
    VT_STZ_EXACT    /**< Counted from the event; dies away while one waits. */
} vt_stz_elapsed;

/** By how much the load rises in a thermal event. */
typedef enum {
    VT_STZ_CLOCK_WAITING, /**< By what its waiting time gives. */
    VT_STZ_CLOCK_STEP     /**< By a whole strain step, whatever the waiting time was. */
} vt_stz_clock;

/** Which strain the permanent softening of eq. 11 takes; the temporary one is by the event. */
typedef enum {
    VT_STZ_SOFTEN_EVENT,      /**< That of the last event; the permanent parts add up. */
    VT_STZ_SOFTEN_ACCUMULATED /**< The net strain of the site: kappa_p of its square, as the shift
                                   with local strain is measured on atoms. */
} vt_stz_soften;

/** Where barriers come from. */
typedef enum {
    VT_STZ_NORMAL,   /**< Mean and width. */
    VT_STZ_HISTOGRAM /**< A histogram, even within a bin: one bin is a uniform distribution. */
} vt_stz_spectrum;

/** What a lattice is made of; vt_stz_defaults has the values of the paper's table 1. */
typedef struct {
    int64_t n;                /**< Sites along x: a multiple of VT_STZ_BLOCK [-]. */
    int64_t rows;             /**< Sites along y; 0: as many as along x [-]. */
    double aspect;            /**< Width of a site over its height [-]. */
    int64_t modes;            /**< Transformations that every site offers (M) [-]. */
    uint64_t seed;            /**< Of all random numbers. */
    double barrier_mean;      /**< Mean of F (Delta F*) [eV]. */
    double barrier_width;     /**< Standard deviation of F, which is kept positive [eV]. */
    double eigenstrain;       /**< Standard deviation of e1 and e3 (half of gamma*) [-]. */
    double later;             /**< Factor on it for sites that have transformed [-]. */
    double residual;          /**< Standard deviation of an eigenstrain at the start, whose stress
                                   stays [-]. */
    double volume;            /**< Of one zone (V_g) [angstrom^3]. */
    double temperature;       /**< 0: nothing is thermally activated [K]. */
    double attempt_frequency; /**< nu0 [1/ps]. */
    double permanent;         /**< kappa_p of eq. 11 [-]. */
    double temporary;         /**< kappa_t of eq. 12 [-]. */
    double softening_max;     /**< Largest permanent softening eta_max [-]. */
    double softening_start;   /**< Permanent softening of every site at the start [-]. */
    double recovery_barrier;  /**< Q_act of eq. 9 [eV]. */
    double mises_factor;      /**< Mises measure squared is this times e1^2 + e3^2 [-]. */
    double strain_step;       /**< Largest strain between two looks at the rates [-]. */
    vt_stz_elastic elastic;
    vt_stz_engine engine;
    vt_stz_elapsed elapsed;
    vt_stz_clock clock;
    vt_stz_soften soften;
    vt_stz_spectrum spectrum;
    int32_t bins;                  /**< Of the histogram, up to VT_STZ_BINS. */
    double bins_from, bins_step;   /**< Lowest edge and width of a bin [eV]. */
    double histogram[VT_STZ_BINS]; /**< Weights. Mean and width then follow from it. */
    double slack; /**< Fast engine: share by which the sum of rates may be overestimated; what it
                       draws in vain is rejected, so this costs speed, not truth. */
} vt_stz_options;

/** The paper's values. What it leaves open: width 0.12 eV, volume (0.7 nm)^3, nu0 = 1e13/s. */
VT_API vt_stz_options vt_stz_defaults(void);

/** VT_EINVAL with what is wrong, or VT_OK. */
VT_API vt_status vt_stz_check(const vt_stz_options *options, vt_error *err);

/** A lattice at rest: no strain, no stress, nothing transformed. NULL on failure. */
VT_API vt_stz *vt_stz_create(const vt_stz_options *options, vt_error *err);

/** NULL is legal. */
VT_API void vt_stz_destroy(vt_stz *lattice);

VT_API const vt_stz_options *vt_stz_settings(const vt_stz *lattice);

/** Bytes of memory that a lattice of these options takes. */
VT_API double vt_stz_memory(const vt_stz_options *options);

/** Change the temperature of a lattice [K]. */
VT_API vt_status vt_stz_set_temperature(vt_stz *lattice, double temperature, vt_error *err);

/** Change the largest permanent softening; VT_EINVAL below what a site has already [-]. */
VT_API vt_status vt_stz_set_softening_max(vt_stz *lattice, double softening_max, vt_error *err);

/* ---------------------------------------------------------------- loading ---- */

/** What the machine does to the mean strain and stress: each component either follows
    direction x strain_rate, or is free and its mean stress is held at `stress`. */
typedef struct {
    double strain_rate;  /**< Of the loading parameter, above 0 [1/ps]. */
    double direction[3]; /**< Change of the driven strains per unit of the loading parameter. */
    bool held[3];        /**< Mean stress held instead of mean strain driven. */
    double stress[3];    /**< Where held [eV/angstrom^3]. */
} vt_stz_load;

/** Uniaxial tension along x, y and shear free of stress; sign -1: compression. */
VT_API vt_stz_load vt_stz_load_uniaxial(double strain_rate, double sign);

/** Simple shear: the loading parameter is gamma = 2 eps_xy, the normal strains stay. */
VT_API vt_stz_load vt_stz_load_simple_shear(double strain_rate);

/** Pure shear: gamma = eps_xx - eps_yy, their sum and eps_xy stay. */
VT_API vt_stz_load vt_stz_load_pure_shear(double strain_rate);

/** Put the lattice under `load` from now on. Held stresses are applied at once; the loading
    parameter counts from zero again. VT_EINVAL when nothing is driven or a number is not finite. */
VT_API vt_status vt_stz_set_load(vt_stz *lattice, const vt_stz_load *load, vt_error *err);

/** The load, or NULL before the first. */
VT_API const vt_stz_load *vt_stz_get_load(const vt_stz *lattice);

/* ---------------------------------------------------------------- events ---- */

/** What one step was. */
typedef enum {
    VT_STZ_ELASTIC,  /**< Nothing happened while the load rose. */
    VT_STZ_THERMAL,  /**< One site transformed after a waiting time (eq. 5 to 7). */
    VT_STZ_ATHERMAL, /**< All sites with a mode of Q < 0 transformed, without time. */
    VT_STZ_STEP_KINDS
} vt_stz_step_kind;

/** Goals of vt_stz_run, each infinite when not wanted; the first one reached ends the run. */
typedef struct {
    double strain;  /**< Loading parameter [-]. */
    double plastic; /**< Plastic part of the loading parameter [-]. */
    int64_t steps;  /**< Steps to do in this call. */
    double pause;   /**< Stop between steps once the parameter is there, without touching the steps
                         themselves; 0: do not [-]. */
} vt_stz_goal;

/** Do steps until a goal is reached.
    @return VT_DONE a strain is reached, VT_CONTINUE `steps` are done or `pause` is reached,
    VT_EINTERRUPT Ctrl-C,
    VT_EINVAL without a load, VT_EDIVERGED when instabilities never end (the stress that starts
    them exceeds what transformations can relax). The lattice is valid after each. */
VT_API vt_status vt_stz_run(vt_stz *lattice, const vt_stz_goal *goal, vt_error *err);

/** The last event of a lattice, for comparing engines. */
typedef struct {
    vt_stz_step_kind kind; /**< Of the last step. */
    int64_t sites;         /**< Transformed in it. */
    int64_t x, y;          /**< The first of them. */
    int64_t mode;
    double waiting; /**< [ps] */
    double rate;    /**< Sum of all rates before it (one over t_res, eq. 6), or the fast engine's
                         upper bound on it [1/ps]. */
    double excess;  /**< By how much that bound can be too high [1/ps]. */
} vt_stz_event;

VT_API vt_stz_event vt_stz_last_event(const vt_stz *lattice);

/* ---------------------------------------------------------------- observables ---- */

/** State of the whole lattice. */
typedef struct {
    double time;                     /**< [ps] */
    double parameter;                /**< Loading parameter since the load was set [-]. */
    double load_stress;              /**< Work conjugate of the parameter [eV/angstrom^3]. */
    double plastic;                  /**< Plastic part of the parameter [-]. */
    double strain[3];                /**< Mean strain [-]. */
    double stress[3];                /**< Mean stress [eV/angstrom^3]. */
    double steps[VT_STZ_STEP_KINDS]; /**< Steps of each kind. */
    double transformations;          /**< Events: sites transformed. */
    double work;                     /**< Done by the machine, per volume [eV/angstrom^3]. */
    double dissipated;               /**< Lost in transformations, per volume [eV/angstrom^3]. */
    double peak_stress;              /**< Largest load_stress since the load was set. */
    double peak_parameter;           /**< Where that was. */
    double avalanches;               /**< Runs of events without a pause, ended or under way. */
    double largest_avalanche;
    double shift; /**< Mean of 1 - exp(-eta) over all events, eta of the site right before [-]. */
} vt_stz_state;

VT_API vt_stz_state vt_stz_get_state(const vt_stz *lattice);

/** Elastic energy per volume of the present fields [eV/angstrom^3]. */
VT_API vt_status vt_stz_elastic_energy(vt_stz *lattice, double *energy, vt_error *err);

/** What can be looked at site by site. */
typedef enum {
    VT_STZ_FIELD_VON_MISES,  /**< sqrt(A1^2 + A3^2) of the accumulated eigenstrain A [-]. */
    VT_STZ_FIELD_EIGEN_1,    /**< A1 [-]. */
    VT_STZ_FIELD_EIGEN_3,    /**< A3 [-]. */
    VT_STZ_FIELD_GENERATION, /**< Transformations so far. */
    VT_STZ_FIELD_SOFTENING,  /**< eta at this instant [-]. */
    VT_STZ_FIELD_PERMANENT,  /**< Its permanent part [-]. */
    VT_STZ_FIELD_BARRIER,    /**< Lowest Q of the site [eV]. */
    VT_STZ_FIELDS
} vt_stz_field;

/** "von_mises" and so on. */
VT_API const char *vt_stz_field_name(vt_stz_field field);

/** A number that grows whenever stress or strain change; never 0. */
VT_API uint64_t vt_stz_changes(const vt_stz *lattice);

/** Write a field to out[rows * n]. */
VT_API vt_status vt_stz_get_field(vt_stz *lattice, vt_stz_field field, double *out, vt_error *err);

/** Local stress into xx, yy, xy, each of rows x n [eV/angstrom^3]; any may be NULL. */
VT_API vt_status vt_stz_get_stress(vt_stz *lattice, double *xx, double *yy, double *xy,
                                   vt_error *err);

/** Local total strain likewise [-]. */
VT_API vt_status vt_stz_get_strain(vt_stz *lattice, double *xx, double *yy, double *xy,
                                   vt_error *err);

/** Barriers F exp(-eta) without stress (`loaded` false) or Q with it, of all modes of all sites,
    into out[rows * n * modes] [eV]. */
VT_API vt_status vt_stz_get_barriers(vt_stz *lattice, bool loaded, double *out, vt_error *err);

/** Sizes (numbers of transformations) of the avalanches so far: `count` of them at the returned
    pointer, valid until the next run. */
VT_API const int32_t *vt_stz_avalanches(const vt_stz *lattice, size_t *count);

/* ---------------------------------------------------------------- checkpoints ---- */

/** The whole lattice as bytes in memory for vt_free; NULL without memory. The same program on a
    processor of the same byte order reads them. */
VT_API void *vt_stz_pack(const vt_stz *lattice, size_t *bytes, vt_error *err);

/** Whether bytes begin as those of vt_stz_pack of this program do; VT_STZ_HEAD of them tell. */
enum { VT_STZ_HEAD = 40 };
VT_API bool vt_stz_is_packed(const void *data, size_t bytes);

/** A lattice from the bytes: it goes on as the other would have, to the last bit. VT_EFORMAT when
    they are no lattice, are cut short or damaged. */
VT_API vt_stz *vt_stz_unpack(const void *data, size_t bytes, vt_error *err);

/* ---------------------------------------------------------------- elasticity ---- */

/** Points of a periodic plane. */
typedef struct {
    int64_t columns, rows; /**< Along x and y [-]. */
    double aspect;         /**< Distance along x over that along y [-]. */
} vt_stz_grid;

/** Stress and strain of any periodic eigenstrain in the homogeneous plane, exactly.
    `eigen` and the results hold three components of rows x columns each, one after the other. The
   mean of each component is driven (its mean strain is mean[k]) or held (its mean stress is
   mean[k]). For k != 0, with s = C : eps0(k), n = k/|k|, F = s n, G = n F and a =
   (lam+mu)/(lam+2mu), eps_ij = [ (F_i n_j + F_j n_i)/2 - a G n_i n_j ]/mu,   sigma = C : (eps -
   eps0). Mura, Micromechanics of Defects in Solids (1987), section 3. `strain` or `stress` may be
   NULL.*/
VT_API vt_status vt_stz_solve(const vt_stz_elastic *elastic, const vt_stz_grid *grid,
                              const double *eigen, const double mean[3], const bool held[3],
                              double *strain, double *stress, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

/** dynamics: molecular dynamics with thermostats, barostats and box deformation.

    A vt_md moves the atoms of a system and hands the result to the user's atoms whenever a run
    returns. The equations of motion are those of Martyna,
    Tobias and Klein, J. Chem. Phys. 101, 4177 (1994), with the velocity gradient of the box
    upper triangular:

        r' = v + G r,   m v' = F - m (G + tr(G_b)/N_f) v,   h_k' = G h_k (rows h_k of the box)

    G = G_b + G_d: the barostat moves G_b, a constant strain rate prescribes G_d. Upper triangular
    means that the box never rotates: a stays along x and b in the xy plane. `v` is therefore the
    velocity relative to the flow. N_f = 3 N - 3 degrees of freedom, because the total momentum is
    removed when atoms are taken over. One atom alone has 3 and keeps its momentum.

    Splitting of the propagator: Tuckerman, Alejandre, Lopez-Rendon, Jochim, Martyna, J. Phys. A
    39, 5629 (2006). Without thermostat and barostat it is velocity Verlet.

    Everything that decides the future (order of the atoms and where they were when lists were made
    included) is in the checkpoint, and every sum has a fixed order: a trajectory is the same to
    the last bit on any number of threads, in one run or in pieces, resumed or not.

    Stands on: system. */
#ifndef VITRUM_DYNAMICS_H
#define VITRUM_DYNAMICS_H

#include "vitrum/system.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vt_md vt_md;

/* ---------------------------------------------------------------- settings ---- */

typedef struct {
    double timestep;            /**< [ps] */
    const char *thermostat;     /**< One of vt_md_thermostats; borrowed. */
    double temperature;         /**< First target; also the scale of the barostat's mass when there
                                     is no thermostat (0: that of the atoms then) [K]. */
    double temperature_damping; /**< Relaxation time; of Langevin 1/friction [ps]. */
    int chain_length;           /**< Nose-Hoover variables in the chain, 1 to 8. */
    int suzuki_yoshida;         /**< Sub-steps of the chain's integrator: 1, 3 or 5. */
    bool control[6];            /**< Components that the barostat moves. */
    bool coupled;               /**< xx, yy, zz share one strain rate and the mean of their
                                     pressures. */
    double stress[6];           /**< First targets, positive in tension [eV/angstrom^3]. */
    double stress_damping;      /**< [ps] */
    uint64_t seed;              /**< Of Langevin noise and of velocities made at the start. */
} vt_md_options;

/** 0.002 ps, no thermostat, 300 K, damping 0.2 ps, chain of 3 with 3 sub-steps, fixed box, zero
    stress, 2 ps. */
VT_API vt_md_options vt_md_defaults(void);

/** Names of the thermostats, NULL at the end: "none", "nose-hoover" (a chain: Martyna, Klein,
    Tuckerman, J. Chem. Phys. 97, 2635 (1992)), "langevin" (BAOAB: Leimkuhler and Matthews, J. Chem.
    Phys. 138, 174102 (2013)). */
VT_API const char *const *vt_md_thermostats(void);

/** Dynamics of the atoms of `system` (borrowed). Atoms that are all at rest are given velocities of
    the target temperature when there is a thermostat. NULL on failure. */
VT_API vt_md *vt_md_create(vt_system *system, const vt_md_options *options, vt_error *err);

/** NULL is legal. */
VT_API void vt_md_destroy(vt_md *md);

/* ---------------------------------------------------------------- runs ---- */

/** What a run shall do. Targets go linearly in time from [0] to [1]. */
typedef struct {
    int64_t steps;
    double temperature[2];   /**< Ignored without thermostat or barostat [K]. */
    double stress[6][2];     /**< Of controlled components [eV/angstrom^3]. */
    bool deform[6];          /**< Components strained at `strain_rate`; while they are, the
                                  barostat leaves them alone. */
    double strain_rate[6];   /**< Of shear: du_x/dy for xy, and so on [1/ps]. */
    bool true_strain;        /**< Of axes: L = L0 exp(rate t), else L = L0 (1 + rate t). */
    int64_t sample_interval; /**< Steps between samples kept by the object; 0: none. */
} vt_md_plan;

/** A plan of 0 steps that holds the present targets and deforms nothing. */
VT_API vt_md_plan vt_md_plan_defaults(const vt_md *md);

/** The largest change of stress that a plan asks of the components that the barostat moves
    [eV/angstrom^3], and the fastest of its strain rates, without sign [1/ps]: what a ramp at a
   given rate, or a given strain, needs time for. */
VT_API double vt_md_plan_stress_change(const vt_md_options *options, const vt_md_plan *plan);
VT_API double vt_md_plan_fastest_strain(const vt_md_plan *plan);

/** Begin a run and forget the samples of the one before. Engineering strain counts from the box
    at the first plan that strains an axis, for as long as plans go on straining that axis. The
    plan is checked first and nothing changes when it is refused. */
VT_API vt_status vt_md_begin(vt_md *md, const vt_md_plan *plan, vt_error *err);

/** Go on with the plan for at most `most` steps. At the start whatever the user changed in
    his atoms is taken over; unchanged atoms continue to the bit. At the end positions, velocities,
    forces, images and box are written back. The sample due at the present step, if any, is taken
    before the first step and after the last.
    @return VT_DONE at the end of the plan, VT_CONTINUE before it, VT_EINTERRUPT after Ctrl-C
    (everything valid, the plan can go on), VT_EDIVERGED when atoms or box ran away: the atoms are
    then put back to a frame 100 to 200 steps earlier, which the message names. */
VT_API vt_status vt_md_run(vt_md *md, int64_t most, vt_error *err);

/** vt_md_run that writes nothing back: the system is ahead of the user's atoms, for callers who
    know that nobody looks at them or changes them before vt_system_push, or the next call with this
    dynamics, which then takes nothing over. */
VT_API vt_status vt_md_run_ahead(vt_md *md, int64_t most, vt_error *err);

/** What else is computed together with the forces in the last step of each of these calls (VT_WANT_
    bits), so that vt_system_evaluate has it at hand. Nothing unless set. */
VT_API void vt_md_want(vt_md *md, unsigned want);

/** Steps left of the plan. */
VT_API int64_t vt_md_remaining(const vt_md *md);

/** Steps done in the plan, and steps from here to the next sample (or to the end of the plan). */
VT_API int64_t vt_md_done(const vt_md *md);
VT_API int64_t vt_md_until_sample(const vt_md *md);

/** Give up the rest of the plan. */
VT_API void vt_md_stop(vt_md *md);

/* ---------------------------------------------------------------- runs elsewhere ---- */

/** What is left of a plan, for another program that moves the atoms in place of vt_md_run. */
typedef struct {
    int64_t first, last;      /**< Steps since vt_md_create: the present one, the end. */
    double temperature[2];    /**< Targets at these [K]. */
    double stress[6][2];      /**< [eV/angstrom^3] */
    bool moves[6];            /**< Components that the barostat moves. */
    bool deforms[6];          /**< Components strained... */
    double strain_rate[6];    /**< ...at this rate [1/ps]... */
    double edge_rate[3];      /**< ...or of axes, by engineering strain, [angstrom/ps]. */
    bool true_strain;         /**< Of axes. */
    double energy, conserved; /**< At the present step, as samples have them [eV]. */
} vt_md_course;

/** Take over the atoms as vt_md_run does, with the first sample of a plan, put thermostat and
    barostat at rest, and write the atoms back for the other program to start from. */
VT_API vt_status vt_md_hand_over(vt_md *md, vt_md_course *course, vt_error *err);

/** A step that the other program has come to. */
typedef struct {
    int64_t step;
    double energy;     /**< Of the potential [eV]. */
    double kinetic[6]; /**< Sum of m v_a v_b over atoms [eV]. */
    double virial[6];  /**< [eV] */
    double conserved;  /**< That of the course and what the other program's has changed by [eV]. */
} vt_md_reached;

/** Go on to that step of the plan, with the user's atoms (box, positions, velocities, images) as
    the caller has changed them; the sample due there is taken. A step that is not ahead of the
    present one changes nothing. VT_EDIVERGED for numbers that are not finite, VT_EINVAL for a step
    beyond the plan. */
VT_API vt_status vt_md_follow(vt_md *md, const vt_md_reached *reached, vt_error *err);

/* ---------------------------------------------------------------- what it measures ---- */

/** One instant. Pressure and stress include the kinetic part. */
typedef struct {
    double step;               /**< Since vt_md_create. */
    double time;               /**< [ps] */
    double temperature;        /**< [K] */
    double target_temperature; /**< NaN without thermostat [K]. */
    double potential_energy;   /**< [eV] */
    double kinetic_energy;     /**< [eV] */
    double total_energy;       /**< [eV] */
    double enthalpy;           /**< Total energy + P V; P is the target (mean of xx, yy, zz) when
                                    the barostat holds all three, else the actual pressure [eV]. */
    double pressure;           /**< Positive in compression [eV/angstrom^3]. */
    double stress[6];          /**< Positive in tension [eV/angstrom^3]. */
    double volume;             /**< [angstrom^3] */
    double length[3];          /**< h_xx, h_yy, h_zz [angstrom]. */
    double tilt[3];            /**< yz xz xy as LAMMPS has them: c_y, c_x, b_x [angstrom]. */
    double strain;             /**< Imposed strain of the first deformed component [-]. */
    double conserved;          /**< Total energy, energy of thermostat and barostat, minus all work
                                    done from outside since the start [eV]. */
} vt_md_sample;

enum { VT_MD_COLUMNS = sizeof(vt_md_sample) / sizeof(double) };

/** Name, unit ("" for none) of column k of a sample seen as an array of doubles, and the factor
    that turns its value into that unit (pressures are shown in GPa). */
VT_API const char *vt_md_column_name(int k);
VT_API const char *vt_md_column_unit(int k);
VT_API double vt_md_column_factor(int k);

/** The present instant of the atoms, taken over as by vt_md_run. */
VT_API vt_status vt_md_measure(vt_md *md, vt_md_sample *sample, vt_error *err);

/** Samples of the present or last plan; the pointer is good until the next call that runs. */
VT_API size_t vt_md_sample_count(const vt_md *md);
VT_API const vt_md_sample *vt_md_samples(const vt_md *md);

/** Options as given (names as static strings). */
VT_API const vt_md_options *vt_md_settings(const vt_md *md);

/** How the box follows, in a word: "none", ... (static). */
VT_API const char *vt_md_barostat(const vt_md *md);

/** Steps and time since vt_md_create. */
VT_API int64_t vt_md_step(const vt_md *md);
VT_API double vt_md_time(const vt_md *md);

/** Target temperature at the present step [K]. */
VT_API double vt_md_target_temperature(const vt_md *md);

/** Target stress at the present step, component k [eV/angstrom^3]. */
VT_API double vt_md_target_stress(const vt_md *md, int k);

/** Wall seconds spent in force evaluations and in all else that vt_md_run does. */
VT_API void vt_md_cost(const vt_md *md, double *forces, double *rest);

/** The system that it works on. */
VT_API vt_system *vt_md_system(const vt_md *md);

/* ---------------------------------------------------------------- checkpoints ---- */

/** Write the whole state, plan and samples included, by atomic rename. Atoms are taken over
    first. `text` (may be NULL) is kept for the caller: vt_md_text gives it back.

    Format: the bytes "VTMDCHK\n", then uint32 format version, uint32 0x01020304 in the machine's
    byte order, then sections of char name[24], uint32 kind (0 bytes, 1 int32, 2 int64, 3 float64),
    uint32 0, uint64 count, data padded with zeros to 8 bytes; the last section is "end" and is
    followed by the CRC-32 of all before it as uint64. The first section, "about", says in words
    what the file is. */
VT_API vt_status vt_md_save(vt_md *md, const char *path, bool overwrite, const char *text,
                            vt_error *err);

/** What a checkpoint says about its potential; read before vt_md_restore to find that potential. */
typedef struct {
    char potential[64]; /**< vt_potential_name */
    char file[1024];    /**< vt_potential_file, "" if none. */
    char path[4096];    /**< vt_potential_path, "" if none or longer, or in an older checkpoint. */
    char sha256[65];    /**< "" if none. */
    double taper;       /**< vt_potential_taper [angstrom] */
} vt_md_about;

VT_API vt_status vt_md_inspect(const char *path, vt_md_about *about, vt_error *err);

/** What a checkpoint holds; the caller owns all. */
typedef struct {
    vt_atoms *atoms; /**< In the user's order. */
    vt_system *system;
    vt_md *md;
} vt_restored;

/** What `path` holds, going on to the bit. Fails, leaving nothing in `restored`, when the file is
    cut, damaged or of another version, and when `potential` (borrowed by the system) is not the one
    it was made with. */
VT_API vt_status vt_md_restore(const char *path, const vt_potential *potential,
                               vt_restored *restored, vt_error *err);

/** The caller's text of the checkpoint that the object was restored from, "" if none. */
VT_API const char *vt_md_text(const vt_md *md);

#ifdef __cplusplus
}
#endif
#endif

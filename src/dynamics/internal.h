/* What the files of the dynamics room share. */
#ifndef VITRUM_DYNAMICS_INTERNAL_H
#define VITRUM_DYNAMICS_INTERNAL_H

#include "base/sums.h"
#include "vitrum/dynamics.h"

enum {
    VTI_MD_BLOCK = 256, /* atoms per partial sum: fixes the order of every sum */
    VTI_SUMS = 8,       /* doubles per block of partial sums */
    VTI_CHAIN = 8,      /* longest Nose-Hoover chain */
    VTI_VARIABLES = 24  /* doubles that a thermostat may keep */
};

/* Everything beside the atoms that decides the future; int64_t and double only, each named in
   the table of checkpoint.c, which saves it. */
typedef struct {
    int64_t step;
    double temperature; /* present target, scale of the thermostat's masses [K] */
    double energy;      /* potential energy [eV] */
    double virial[6];   /* [eV] */
    double kinetic[6];  /* sum of m v_a v_b over atoms [eV] */
    double box_rate[6]; /* velocity gradient G_b of the barostat [1/ps] */
    double thermostat[VTI_VARIABLES];
    double external; /* minus the work done from outside and by targets changing [eV] */
    int64_t builds;  /* the system's, when a snapshot or checkpoint is taken */
    int64_t plan_start, plan_steps, sample_interval;
    double plan_temperature[2];
    double plan_stress[12]; /* component k from [2k] to [2k + 1] */
    int64_t deform[6];
    double strain_rate[6]; /* [1/ps] */
    int64_t true_strain;
    int64_t strain_step[6]; /* step at which the present rate began */
    double strain_start[6]; /* strain then */
    double gauge[6];        /* length at strain 0, 0 while not known yet (axes) [angstrom] */
} vti_md_state;

/* A frame to fall back to. Forces are left out, since memory for large runs is short: they are
   computed again. */
typedef struct {
    double *motion; /* 6 count: x, y, z, vx, vy, vz of each atom */
    int32_t *image; /* 3 count */
    int32_t *order;
    vt_box box;
    vti_md_state state;
    bool valid;
} vti_snapshot;

/* A thermostat; NULL members do nothing. `dt` is the time that the operator acts for. */
typedef struct {
    const char *name;
    void (*half)(vt_md *md, double dt);   /* at both ends of a step */
    void (*middle)(vt_md *md, double dt); /* between two half drifts */
    double (*energy)(const vt_md *md);    /* kinetic energy of its variables [eV] */
} vti_thermostat;

/* A barostat changes state.box_rate. */
typedef struct {
    const char *name;
    void (*kick)(vt_md *md, double dt);
    double (*energy)(const vt_md *md); /* kinetic energy of the box [eV] */
    double (*mass)(const vt_md *md);   /* of one component [eV ps^2] */
} vti_barostat;

extern const vti_thermostat vti_thermostat_none, vti_thermostat_nose_hoover,
    vti_thermostat_langevin;
extern const vti_barostat vti_barostat_none, vti_barostat_mtk;

struct vt_md {
    vt_system *system; /* borrowed */
    vt_md_options options;
    const vti_thermostat *thermostat;
    const vti_barostat *barostat;
    size_t count;
    double freedom; /* N_f */

    unsigned want; /* VT_WANT_ bits, see vt_md_want */

    bool taken;     /* atoms were taken over before... */
    uint64_t stamp; /* ...and the system was at this stamp when this dynamics left it... */
    vt_box left;    /* ...with this box */
    /* Of atoms of each species [eV ps^2/angstrom^2], and its inverse. */
    double mass[VT_MAX_SPECIES], inverse_mass[VT_MAX_SPECIES];
    double *partial;        /* VTI_SUMS per block */
    double fastest;         /* largest squared velocity of the last drift [angstrom^2/ps^2] */
    double start_height[3]; /* of the box when taken over [angstrom] */
    double start_volume;

    vti_md_state state;
    vti_snapshot snapshot[2];
    int newest; /* index of the newer snapshot */

    vt_md_sample *samples;
    size_t sample_count, sample_capacity;

    char *text; /* the caller's, from a checkpoint */
    double seconds_forces, seconds_rest;
};

/* ---- integrate.c: loops over atoms ---- */

/* e = exp(a t), phi = integral of exp(a s) from 0 to t, for upper triangular a in the order
   xx yy zz yz xz xy. */
void vti_flow(const double a[6], double t, double e[6], double phi[6]);

/* v' = F/m - a v for dt; with `sum`, state.kinetic afterwards. a all zero: a plain kick. */
void vti_kick(vt_md *md, const double a[6], double dt, bool sum);

/* r' = v + g r for dt, box included; sets `fastest`. Before it the kick with `a` for kick_time,
   unless a is NULL. */
void vti_drift(vt_md *md, const double *a, double kick_time, const double g[6], double dt);

/* v times `factor`, state.kinetic with it. */
void vti_scale(vt_md *md, double factor);

/* Fill state.kinetic. */
void vti_sum_kinetic(vt_md *md);

static inline size_t vti_md_blocks(const vt_md *md) {
    return vti_blocks(md->count, VTI_MD_BLOCK);
}

static inline double vti_kinetic_energy(const vti_md_state *s) {
    return 0.5 * (s->kinetic[VT_XX] + s->kinetic[VT_YY] + s->kinetic[VT_ZZ]);
}

/* ---- plan.c: targets and box ---- */

double vti_plan_temperature(const vt_md *md, int64_t step);
double vti_plan_stress(const vt_md *md, int64_t step, int k);

/* Imposed strain of component k at `step`. */
double vti_strain(const vti_md_state *s, int k, int64_t step, double timestep);

/* Imposed velocity gradient of the step that begins at state.step. */
void vti_deform_rate(const vt_md *md, double rate[6]);

/* Lengths of strained axes exactly as prescribed at state.step + 1. */
void vti_deform_finish(vt_md *md);

/* True when the barostat moves component k in the present plan. */
static inline bool vti_moves(const vt_md *md, int k) {
    return md->options.control[k] && !md->state.deform[k];
}

/* Independent components that the barostat moves. */
int vti_box_freedom(const vt_md *md);

/* Set state.temperature to the target of state.step; the energy that this puts into masses is
   booked as work. */
void vti_retarget(vt_md *md);

/* ---- samples.c ---- */

void vti_measure(const vt_md *md, vt_md_sample *sample);
vt_status vti_record(vt_md *md, vt_error *err);

/* ---- md.c ---- */

/* An object with memory for the system's atoms, which are not taken over yet. */
vt_md *vti_md_new(vt_system *system, const vt_md_options *options, vt_error *err);

/* Fill mass and inverse_mass from the system's species. */
void vti_set_masses(vt_md *md);

/* Forces of the system and what `want` (VT_WANT_ bits) asks for. Energy and virial in the state are
   those of the last evaluation that wanted them. */
vt_status vti_forces(vt_md *md, unsigned want, vt_error *err);

/* Make energy and virial those of the system as it is, if they are not already. The forces keep
   their bits. */
vt_status vti_settle(vt_md *md, vt_error *err);

/* Take over the user's atoms as they are now, unless nothing changed since this dynamics left them
   or it is ahead of them. From then on it is, until vt_system_push. */
vt_status vti_take_over(vt_md *md, vt_error *err);

/* Note how this dynamics leaves the system. */
void vti_leave(vt_md *md);

/* Center-of-mass velocity set to zero, and state.kinetic. */
void vti_remove_drift(vt_md *md);

#endif

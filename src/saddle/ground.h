/* The surface that atoms make: those of a region that grows, or all. Internal to the room. */
#ifndef VITRUM_SADDLE_GROUND_H
#define VITRUM_SADDLE_GROUND_H

#include "minimize/preconditioner.h"
#include "saddle/internal.h"
#include "system/internal.h"

/* What all searches of a sample share. */
struct vt_searches {
    vt_search_options options;
    bool *frozen; /* by the user's atom; NULL: none */
    size_t mobile;
    vt_atoms *atoms;
    const vt_potential *potential;
    vt_system *whole;            /* ready for regions unless `all` */
    double energy;               /* of the start [eV] */
    double fmax;                 /* largest force on an atom that may move, at the start */
    double residual2;            /* sum of all their squares */
    vti_preconditioner *springs; /* NULL: too few atoms */
};

/* Fewer atoms that move have no long waves that springs could help with. */
enum { VTI_SPRINGS_FROM = 100 };

/* Springs that act as the atoms of a system at a minimum do. It is as it was in the end. */
vt_status vti_springs_learn(vt_system *system, vti_preconditioner **springs, vt_error *err);

typedef struct vti_ground vti_ground;

vti_ground *vti_ground_create(const vt_searches *searches, vt_error *err);
void vti_ground_destroy(vti_ground *ground);

/* Let the atoms around `center` move, all others standing at the start, and hand out the surface,
   which belongs to the ground. */
vt_surface *vti_ground_start(vti_ground *ground, int32_t center, vt_error *err);

/* The same of a fresh ground where all atoms move. */
vt_surface *vti_ground_start_all(vti_ground *ground, vt_error *err);

/* Evaluations fail with VT_EINTERRUPT from now on; for another thread. */
void vti_ground_stop(vti_ground *ground);

/* The user's atoms that its variables belong to. */
const int32_t *vti_ground_atoms(const vti_ground *ground);

/* Evaluations since the start: each as one, and as the share of the sample that took part; and
   those that regions were made with. */
typedef struct {
    int64_t count, cut;
    double whole;
} vti_spent;
vti_spent vti_ground_spent(const vti_ground *ground);

#endif

/* What the files of the train room share. */
#ifndef VITRUM_TRAIN_INTERNAL_H
#define VITRUM_TRAIN_INTERNAL_H

#include "minimize/method.h"
#include "potential/network.h"
#include "vitrum/train.h"

/* Neighbors of one atom and one species: where their numbers begin. */
typedef struct {
    size_t first; /* of `atom`, and three times that of `place` */
    int32_t count, padded;
} vti_sample_group;

typedef struct {
    size_t atoms, entries;
    vt_train_set set;
    bool forces;
    double energy; /* per atom, of what is to be learned [eV] */
    uint8_t *kind; /* of each atom */
    double (*force)[3];
    vti_sample_group *group; /* atoms x species */
    double *place;           /* x, y, z of each group's neighbors from their center */
    int32_t *atom;           /* which they are */
} vti_sample;

/* Of one thread. */
typedef struct {
    size_t atoms; /* room by atom */
    double *x;    /* inputs: features x VTI_BATCH for each batch of atoms */
    double (*force)[3];
    double *room, *c, *dc, *channel, *change, *features, *by_x, *dx, *slope;
    size_t neighbors; /* room of slope */
} vti_train_scratch;

/* Sums over the samples of one chunk. */
typedef struct {
    double loss;
    double energy2[VT_SETS], energy1[VT_SETS], force2[VT_SETS], force1[VT_SETS];
    size_t samples[VT_SETS], forces[VT_SETS];
} vti_train_sums;

struct vt_training {
    vt_train_options options;
    vti_network *network, *kept;
    vti_layers layers[VT_MAX_SPECIES];
    double *turned;
    size_t count, capacity, bytes, all_atoms, most_atoms, most_neighbors;
    vti_sample **sample;
    bool started;
    /* chunks of samples, fixed by their number alone */
    size_t chunks;
    double *gradients; /* chunk by chunk */
    vti_train_sums *sums;
    vti_train_scratch *scratch;
    int scratches;
    /* the optimizer */
    vti_objective objective;
    vti_method *method;
    vti_iterate trial;
    bool begun;
    double *present, *tried; /* parameters after the last step; room for those tried */
    double loss, slope;      /* of the present ones */
    int64_t evaluations;
};

/* ---- sample.c ---- */

vti_sample *vti_sample_create(const vt_training *t, const vt_atoms *atoms, double energy,
                              bool forces, vt_error *err);
void vti_sample_destroy(vti_sample *sample);
size_t vti_sample_bytes(const vt_training *t, const vti_sample *sample);

/* ---- loss.c ---- */

/* The loss of the training set and its gradient by all parameters; with NULL nothing but the sums,
   of all sets. */
vt_status vti_train_loss(vt_training *t, double *loss, double *gradient, vt_error *err);

/* Sum over chunks. */
vti_train_sums vti_train_total(const vt_training *t);

/* What the present network gives, see vt_training_predict. */
vt_status vti_train_predict(vt_training *t, double *energy, double *force, vt_error *err);

/* Mean and deviation of the inputs by species, of the training set. */
vt_status vti_train_scale(vt_training *t, vt_error *err);

void vti_train_free_scratch(vt_training *t);

#endif

/** train: network potentials that learn energies and forces.

    A training holds samples (atoms with their energy and perhaps forces), a network, and an
    optimizer that lowers

        1/2 sum over samples of [ we e^2 + wf/(3 n) sum over atoms |df|^2 ] + penalty/2 sum of w^2,

    e the error of the energy per atom [eV], df that of a force [eV/angstrom], n the atoms of the
    sample, w the weights (biases are free). It uses samples of the training set only; those of
    the stop set say which network to keep, those of the test set nothing at all.

    Stands on: potential, minimize. */
#ifndef VITRUM_TRAIN_H
#define VITRUM_TRAIN_H

#include "vitrum/descriptor.h"
#include "vitrum/minimize.h"
#include "vitrum/potential.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { VT_TRAIN_LAYERS = 8 };

typedef struct {
    int species_count;
    vt_species species[VT_MAX_SPECIES]; /**< In the order of the descriptor. */
    vt_chebyshev descriptor;
    int layers;                 /**< Hidden ones, 0 to VT_TRAIN_LAYERS. */
    int width[VT_TRAIN_LAYERS]; /**< Numbers in each. */
    const char *activation;     /**< "silu" or "tanh". */
    uint64_t seed;              /**< Of the first weights. */
    double energy_weight, force_weight, penalty;
} vt_train_options;

/** Layers of 16, 16, 16, 16 with silu; descriptor as vt_chebyshev_defaults; weights 1, 0.01;
    penalty 1e-4. */
VT_API vt_train_options vt_train_defaults(void);

typedef enum { VT_SET_TRAIN, VT_SET_STOP, VT_SET_TEST, VT_SET_NONE, VT_SETS } vt_train_set;

typedef struct vt_training vt_training;

/** Without samples. VT_EINVAL for options out of range. */
VT_API vt_training *vt_training_create(const vt_train_options *options, vt_error *err);

/** NULL is legal. */
VT_API void vt_training_destroy(vt_training *training);

/** Parameters of the networks of all species, without means, deviations and references. */
VT_API size_t vt_training_parameters(const vt_training *training);

/** A sample for the training set: atoms, their total energy [eV], and, with `forces`, those in
    atoms->fx, fy, fz. What is needed of the atoms is copied. VT_EINVAL for another species, numbers
    that are not finite, no atoms, or two atoms at one place. */
VT_API vt_status vt_training_add(vt_training *training, const vt_atoms *atoms, double energy,
                                 bool forces, vt_error *err);

/** Samples so far, their atoms, and the memory that they take [bytes]. */
VT_API size_t vt_training_samples(const vt_training *training);
VT_API size_t vt_training_atoms(const vt_training *training);
VT_API size_t vt_training_bytes(const vt_training *training);

/** Of each sample the energy per atom less a linear fit of all samples' on the composition [eV]. */
VT_API void vt_training_formation(const vt_training *training, double *out);

/** Put sample k, from 0, into a set. */
VT_API vt_status vt_training_assign(vt_training *training, size_t k, vt_train_set set,
                                    vt_error *err);

/** Reference energies by a linear fit of the energies on the composition, means and deviations of
    the inputs, both of the training set, and first weights by the seed. VT_EINVAL when a set has no
    sample or a species no atom in the training set. */
VT_API vt_status vt_training_start(vt_training *training, vt_error *err);

/** Energy of an atom of species k where its network gives 0 [eV]. */
VT_API double vt_training_reference(const vt_training *training, int k);

/** Errors of a set; 0 where there is nothing to compare. */
typedef struct {
    size_t samples, forces;         /**< And components of forces. */
    double energy_rmse, energy_mae; /**< Per atom [eV]. */
    double force_rmse, force_mae;   /**< Of components [eV/angstrom]. */
} vt_train_errors;

/** What one step came to. */
typedef struct {
    int64_t steps, evaluations;
    double loss, gradient; /**< Its largest component. */
} vt_train_report;

/** Take steps of L-BFGS until `steps` more are done: VT_CONTINUE. VT_DONE when the loss falls no
    more. VT_EDIVERGED when it is not finite at the start; VT_EINTERRUPT: the network is that of the
    last complete step. VT_ENOMEM. */
VT_API vt_status vt_training_run(vt_training *training, int64_t steps, vt_train_report *report,
                                 vt_error *err);

/** All that the next steps depend on besides the samples, to be freed with vt_free: a training of
   the same options, samples and sets that restores it goes on with the same bits. VT_EINVAL before
    the first step, and for the state of another training; VT_EFORMAT for one that is damaged. */
VT_API vt_status vt_training_state(vt_training *training, void **data, size_t *bytes,
                                   vt_error *err);
VT_API vt_status vt_training_restore(vt_training *training, const void *data, size_t bytes,
                                     vt_error *err);

/** Errors of all sets by the present network. */
VT_API vt_status vt_training_errors(vt_training *training, vt_train_errors errors[VT_SETS],
                                    vt_error *err);

/** Energy per atom of each sample and forces by the present network: `energy` has a number for each
    sample, `force` (may be NULL) three for each atom, sample by sample. */
VT_API vt_status vt_training_predict(vt_training *training, double *energy, double *force,
                                     vt_error *err);

/** Remember the present network, and make it the present one again. */
VT_API vt_status vt_training_keep(vt_training *training, vt_error *err);
VT_API void vt_training_recall(vt_training *training);

/** The present network as a potential of its own. */
VT_API vt_potential *vt_training_potential(const vt_training *training, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

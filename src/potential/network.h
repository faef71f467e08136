/* Neural network potentials: E = sum over atoms i of E_ref(species) + N(x_i), N a network of the
   species of i, x_i = (P_i - mean)/deviation its descriptor (descriptor/chebyshev.h).

   Networks are evaluated for a batch of atoms at a time. Numbers by atom of a batch are arrays
   [..][VTI_BATCH]. Internal to the program. */
#ifndef VITRUM_POTENTIAL_NETWORK_H
#define VITRUM_POTENTIAL_NETWORK_H

#include "descriptor/chebyshev.h"
#include "vitrum/potential.h"

enum {
    VTI_NETWORK_LAYERS = 8,  /* hidden ones, at most */
    VTI_NETWORK_WIDTH = 256, /* numbers in one of them, at most */
    VTI_BATCH = 16
};

typedef enum { VTI_SILU, VTI_TANH, VTI_ACTIVATIONS } vti_activation;

/* "silu", "tanh" */
extern const char *const vti_activation_names[VTI_ACTIVATIONS];

/* What a network is before it knows anything. */
typedef struct {
    vt_chebyshev descriptor;
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    vti_activation activation;
    int layers;                        /* with the last, which gives the energy */
    int width[VTI_NETWORK_LAYERS + 2]; /* of the inputs, the hidden layers, the last: 1 */
} vti_network_shape;

typedef struct {
    vti_network_shape shape;
    vti_chebyshev plan;
    size_t parameters; /* of one species: layer by layer the weights, a row for each number that
                          the layer gives, and behind them its biases */
    double *parameter; /* species x parameters */
    double *mean, *deviation; /* species x features, of the center's species */
    double *low, *high;       /* the same: least and largest input of the training; infinite where
                                 none is known */
    double *reference;        /* by species [eV] */
} vti_network;

/* VT_EINVAL for what makes no sense. Fills in width[0] and the last. */
vt_status vti_network_check(vti_network_shape *shape, vt_error *err);

/* A network of that shape that gives nothing: parameters and means are 0, deviations 1. NULL on
   failure. */
vti_network *vti_network_create(const vti_network_shape *shape, vt_error *err);
vti_network *vti_network_copy(const vti_network *network, vt_error *err);
void vti_network_destroy(vti_network *network); /* NULL is legal */

/* A potential that owns the network, also when this fails. */
vt_potential *vti_network_potential(vti_network *network, vt_error *err);

/* The network of such a potential; NULL of another kind. */
const vti_network *vti_network_of(const vt_potential *potential);

/* ---------------------------------------------------------------- files ---- */

/* From a file; errors carry its line. `sha256`: of the text. */
vti_network *vti_network_read(const char *path, char sha256[65], vt_error *err);

/* The text of a file, to be freed; NULL when there is no memory. */
char *vti_network_text(const vti_network *network, vt_error *err);

/* ---------------------------------------------------------------- layers ---- */

/* The network of one species as kernels read it. */
typedef struct {
    int layers;
    vti_activation activation;
    int width[VTI_NETWORK_LAYERS + 2];
    const double *weight[VTI_NETWORK_LAYERS + 1], *bias[VTI_NETWORK_LAYERS + 1];
    double *turned[VTI_NETWORK_LAYERS + 1]; /* the weights, a row for each number it takes */
} vti_layers;

/* Layers that read `parameter` (of one species), with `turned` in memory of as many numbers as
   there are parameters; to be turned again when the parameters have changed. */
void vti_layers_set(vti_layers *layers, const vti_network_shape *shape, const double *parameter,
                    double *turned);
void vti_layers_turn(vti_layers *layers);

/* Numbers that the kernels below work in. */
size_t vti_layers_room(const vti_network_shape *shape);

typedef struct {
    /* Energies of a batch with inputs x, and their derivative by x into `by_x`. */
    void (*energies)(const vti_layers *layers, const double *x, double *room, double *energy,
                     double *by_x);
    /* Add to `gradient`, ordered as the parameters, the derivative of
           sum over atoms of of_energy E + of_change dE,
       dE the change of E when the inputs change by dx. */
    void (*learn)(const vti_layers *layers, const double *x, const double *dx,
                  const double *of_energy, const double *of_change, double *room, double *gradient);
} vti_layer_kernels;

extern const vti_layer_kernels vti_layers_baseline;
#if defined(__x86_64__)
extern const vti_layer_kernels vti_layers_avx2, vti_layers_avx512;
#endif

const vti_layer_kernels *vti_layer_kernels_of(vt_simd simd);

#endif

/* Neural network potentials: the model, and the potential made of it. */
#include "network_engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"

const char *const vti_activation_names[VTI_ACTIVATIONS] = {
    [VTI_SILU] = "silu", [VTI_TANH] = "tanh"};

/* ---------------------------------------------------------------- shape ---- */

static size_t parameters_of(const vti_network_shape *s) {
    size_t count = 0;
    for (int k = 0; k < s->layers; k++)
        count += (size_t)(s->width[k] + 1) * (size_t)s->width[k + 1];
    return count;
}

vt_status vti_network_check(vti_network_shape *s, vt_error *err) {
    vti_chebyshev plan;
    if (s->species_count < 1 || s->species_count > VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "a network potential is for 1 to %d species, got %d",
                       VT_MAX_SPECIES, s->species_count);
    for (int k = 0; k < s->species_count; k++) {
        const vt_species *a = &s->species[k];
        if (a->symbol[0] == '\0')
            return vt_fail(err, VT_EINVAL, "species %d of the network has no name", k + 1);
        if (!(a->mass > 0) || !isfinite(a->mass))
            return vt_fail(err, VT_EINVAL, "the mass of '%s' must be positive, got %g amu",
                           a->symbol, a->mass);
        for (int q = 0; q < k; q++)
            if (strcmp(a->symbol, s->species[q].symbol) == 0)
                return vt_fail(err, VT_EINVAL, "species '%s' stands twice", a->symbol);
    }
    VTI_TRY(vti_chebyshev_plan(&plan, &s->descriptor, (size_t)s->species_count, err));
    if (s->layers < 1 || s->layers > VTI_NETWORK_LAYERS + 1)
        return vt_fail(err, VT_EINVAL, "a network has 0 to %d hidden layers, got %d",
                       VTI_NETWORK_LAYERS, s->layers - 1);
    for (int k = 1; k < s->layers; k++)
        if (s->width[k] < 1 || s->width[k] > VTI_NETWORK_WIDTH)
            return vt_fail(err, VT_EINVAL, "hidden layer %d has %d numbers; 1 to %d are possible",
                           k, s->width[k], VTI_NETWORK_WIDTH);
    if (s->activation < 0 || s->activation >= VTI_ACTIVATIONS)
        return vt_fail(err, VT_EINVAL, "there is no activation number %d", (int)s->activation);
    s->width[0] = plan.features;
    s->width[s->layers] = 1;
    return VT_OK;
}

/* ---------------------------------------------------------------- network ---- */

void vti_network_destroy(vti_network *n) {
    if (n == NULL) return;
    vt_free(n->parameter);
    vt_free(n->mean);
    vt_free(n->deviation);
    vt_free(n->low);
    vt_free(n->high);
    vt_free(n->reference);
    vt_free(n);
}

vti_network *vti_network_create(const vti_network_shape *shape, vt_error *err) {
    vti_network_shape checked = *shape;
    if (vt_failed(vti_network_check(&checked, err))) return NULL;
    vti_network *n = vt_alloc(1, sizeof *n);
    if (n == NULL) {
        vt_fail_memory(err, 1, sizeof *n, "a network");
        return NULL;
    }
    n->shape = checked;
    vti_chebyshev_plan(&n->plan, &checked.descriptor, (size_t)checked.species_count, NULL);
    n->parameters = parameters_of(&checked);
    size_t species = (size_t)checked.species_count, features = (size_t)n->plan.features;
    n->parameter = vt_alloc(species * n->parameters, sizeof *n->parameter);
    n->mean = vt_alloc(species * features, sizeof *n->mean);
    n->deviation = vt_alloc(species * features, sizeof *n->deviation);
    n->low = vt_alloc(species * features, sizeof *n->low);
    n->high = vt_alloc(species * features, sizeof *n->high);
    n->reference = vt_alloc(species, sizeof *n->reference);
    if (n->parameter == NULL || n->mean == NULL || n->deviation == NULL || n->low == NULL ||
        n->high == NULL || n->reference == NULL) {
        vt_fail_memory(err, species * n->parameters, sizeof *n->parameter, "a network");
        vti_network_destroy(n);
        return NULL;
    }
    for (size_t k = 0; k < species * features; k++) {
        n->deviation[k] = 1;
        n->low[k] = -INFINITY;
        n->high[k] = INFINITY;
    }
    return n;
}

vti_network *vti_network_copy(const vti_network *from, vt_error *err) {
    vti_network *n = vti_network_create(&from->shape, err);
    if (n == NULL) return NULL;
    size_t species = (size_t)n->shape.species_count, features = species * (size_t)n->plan.features;
    memcpy(n->parameter, from->parameter, species * n->parameters * sizeof *n->parameter);
    memcpy(n->mean, from->mean, features * sizeof *n->mean);
    memcpy(n->deviation, from->deviation, features * sizeof *n->deviation);
    memcpy(n->low, from->low, features * sizeof *n->low);
    memcpy(n->high, from->high, features * sizeof *n->high);
    memcpy(n->reference, from->reference, species * sizeof *n->reference);
    return n;
}

/* ---------------------------------------------------------------- layers ---- */

void vti_layers_set(vti_layers *layers, const vti_network_shape *shape, const double *parameter,
                    double *turned) {
    layers->layers = shape->layers;
    layers->activation = shape->activation;
    memcpy(layers->width, shape->width, sizeof layers->width);
    for (int k = 0; k < shape->layers; k++) {
        size_t weights = (size_t)shape->width[k] * (size_t)shape->width[k + 1];
        layers->weight[k] = parameter;
        layers->bias[k] = parameter + weights;
        layers->turned[k] = turned;
        parameter += weights + (size_t)shape->width[k + 1];
        turned += weights;
    }
    vti_layers_turn(layers);
}

void vti_layers_turn(vti_layers *layers) {
    for (int k = 0; k < layers->layers; k++) {
        int in = layers->width[k], out = layers->width[k + 1];
        for (int i = 0; i < in; i++)
            for (int o = 0; o < out; o++)
                layers->turned[k][i * out + o] = layers->weight[k][o * in + i];
    }
}

size_t vti_layers_room(const vti_network_shape *shape) {
    size_t hidden = 0;
    for (int k = 1; k < shape->layers; k++) hidden += (size_t)shape->width[k];
    return VTI_BATCH * (4 * hidden + 4 * VTI_NETWORK_WIDTH);
}

const vti_layer_kernels *vti_layer_kernels_of(vt_simd simd) {
    static const vti_layer_kernels *const KERNELS[] = {
        [VT_SIMD_REFERENCE] = &vti_layers_baseline,
        [VT_SIMD_BASELINE] = &vti_layers_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = &vti_layers_avx2,
        [VT_SIMD_AVX512] = &vti_layers_avx512,
#endif
    };
    return KERNELS[simd];
}

/* ---------------------------------------------------------------- potential ---- */

typedef struct {
    vt_potential base;
    vti_network *network;
} network_potential;

static void network_destroy(vt_potential *potential) {
    network_potential *p = (network_potential *)potential;
    vti_network_destroy(p->network);
    vt_free(p->base.path);
    vt_free(p);
}

const vti_network *vti_network_of(const vt_potential *potential) {
    if (potential->destroy != network_destroy) return NULL;
    return ((const network_potential *)potential)->network;
}

static vt_potential *wrap(vti_network *network, vt_error *err) {
    network_potential *p = vt_alloc(1, sizeof *p);
    if (p == NULL) {
        vti_network_destroy(network);
        vt_fail_memory(err, 1, sizeof *p, "a potential");
        return NULL;
    }
    p->network = network;
    vt_potential *base = &p->base;
    base->model = "network";
    base->destroy = network_destroy;
    strcpy(base->name, "network");
    base->cutoff = network->plan.cutoff;
    base->species_count = network->shape.species_count;
    base->species = network->shape.species;
    return base;
}

vt_potential *vti_network_potential(vti_network *network, vt_error *err) {
    vt_potential *base = wrap(network, err);
    if (base == NULL) return NULL;
    char *text = vti_network_text(network, err);
    if (text == NULL) {
        network_destroy(base);
        return NULL;
    }
    vt_sha256(text, strlen(text), base->sha256);
    vt_free(text);
    return base;
}

vt_potential *vt_potential_network_read(const char *path, vt_error *err) {
    char sha256[65];
    vti_network *network = vti_network_read(path, sha256, err);
    vt_potential *base = network != NULL ? wrap(network, err) : NULL;
    if (base == NULL) return NULL;
    strcpy(base->sha256, sha256);
    base->path = vti_absolute_paths(&path, 1, err);
    if (base->path == NULL) {
        network_destroy(base);
        return NULL;
    }
    snprintf(base->file, sizeof base->file, "%s", vti_file_name(path));
    return base;
}

char *vt_potential_network_text(const vt_potential *potential, vt_error *err) {
    const vti_network *network = vti_network_of(potential);
    if (network != NULL) return vti_network_text(network, err);
    vt_fail(err, VT_EINVAL,
            "the potential %s%s%s is no network; only networks are written to files",
            potential->name, potential->file[0] ? " " : "", potential->file);
    return NULL;
}

bool vt_potential_network_range(const vt_potential *potential, vt_network_range *range) {
    const vti_network *n = vti_network_of(potential);
    if (n == NULL) return false;
    *range = (vt_network_range){.n_max = n->shape.descriptor.n_max,
                                .l_max = n->shape.descriptor.l_max,
                                .cutoff = n->shape.descriptor.cutoff,
                                .species = (size_t)n->shape.species_count,
                                .inputs = (size_t)n->plan.features,
                                .low = n->low,
                                .high = n->high,
                                .deviation = n->deviation};
    return true;
}

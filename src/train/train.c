/* Trainings: samples and sets, the start, and the optimizer. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "train/internal.h"

/* No number of the network changes by more than this in one step. */
static const double LONGEST_STEP = 0.5;

enum { MEMORY = 20 /* steps that L-BFGS remembers */ };

/* ---------------------------------------------------------------- life ---- */

vt_train_options vt_train_defaults(void) {
    return (vt_train_options){.descriptor = vt_chebyshev_defaults(),
                              .layers = 4,
                              .width = {16, 16, 16, 16},
                              .activation = "silu",
                              .energy_weight = 1,
                              .force_weight = 0.01,
                              .penalty = 1e-4};
}

static vt_status check_weights(const vt_train_options *o, vt_error *err) {
    const double value[] = {o->energy_weight, o->force_weight, o->penalty};
    static const char *const NAME[] = {"weight of energies", "weight of forces", "penalty"};
    for (int k = 0; k < 3; k++)
        if (!(value[k] >= 0) || !isfinite(value[k]))
            return vt_fail(err, VT_EINVAL, "the %s is %g; it must be 0 or more", NAME[k], value[k]);
    if (o->energy_weight + o->force_weight > 0) return VT_OK;
    return vt_fail(err, VT_EINVAL,
                   "the weights of energies and forces are both 0: there is "
                   "nothing to learn");
}

static vt_status shape_of(const vt_train_options *o, vti_network_shape *shape, vt_error *err) {
    *shape = (vti_network_shape){
        .descriptor = o->descriptor, .species_count = o->species_count, .layers = o->layers + 1};
    if (o->layers < 0 || o->layers > VT_TRAIN_LAYERS)
        return vt_fail(err, VT_EINVAL, "a network has 0 to %d hidden layers, got %d",
                       VT_TRAIN_LAYERS, o->layers);
    memcpy(shape->species, o->species, sizeof shape->species);
    for (int k = 0; k < o->layers; k++) shape->width[k + 1] = o->width[k];
    int a = 0;
    while (a < VTI_ACTIVATIONS && strcmp(vti_activation_names[a], o->activation) != 0) a++;
    if (a == VTI_ACTIVATIONS)
        return vt_fail(err, VT_EINVAL, "there is no activation '%s'; known are silu, tanh",
                       o->activation);
    shape->activation = (vti_activation)a;
    return vti_network_check(shape, err);
}

vt_training *vt_training_create(const vt_train_options *options, vt_error *err) {
    vti_network_shape shape;
    if (vt_failed(check_weights(options, err)) || vt_failed(shape_of(options, &shape, err)))
        return NULL;
    vt_training *t = vt_alloc(1, sizeof *t);
    if (t == NULL) {
        vt_fail_memory(err, 1, sizeof *t, "a training");
        return NULL;
    }
    t->options = *options;
    t->options.activation = vti_activation_names[shape.activation];
    t->network = vti_network_create(&shape, err);
    size_t n = t->network != NULL ? t->network->parameters : 0;
    t->turned = vt_alloc((size_t)shape.species_count * n, sizeof *t->turned);
    if (t->network == NULL || t->turned == NULL) {
        if (t->network != NULL) vt_fail_memory(err, n, sizeof *t->turned, "a training");
        vt_training_destroy(t);
        return NULL;
    }
    for (int s = 0; s < shape.species_count; s++)
        vti_layers_set(&t->layers[s], &t->network->shape, t->network->parameter + (size_t)s * n,
                       t->turned + (size_t)s * n);
    return t;
}

static void close_optimizer(vt_training *t) {
    if (t->method != NULL) t->method->class->destroy(t->method);
    vt_free(t->method);
    vt_free(t->trial.x);
    vt_free(t->trial.gradient);
    t->method = NULL;
    t->trial = (vti_iterate){0};
    t->begun = false;
}

void vt_training_destroy(vt_training *t) {
    if (t == NULL) return;
    close_optimizer(t);
    vti_train_free_scratch(t);
    for (size_t k = 0; k < t->count; k++) vti_sample_destroy(t->sample[k]);
    vt_free(t->sample);
    vti_network_destroy(t->network);
    vti_network_destroy(t->kept);
    vt_free(t->turned);
    vt_free(t->present);
    vt_free(t->gradients);
    vt_free(t->sums);
    vt_free(t);
}

size_t vt_training_parameters(const vt_training *t) {
    return (size_t)t->options.species_count * t->network->parameters;
}

/* ---------------------------------------------------------------- samples ---- */

vt_status vt_training_add(vt_training *t, const vt_atoms *atoms, double energy, bool forces,
                          vt_error *err) {
    if (t->started)
        return vt_fail(err, VT_EINVAL, "the training has begun; samples must come before");
    if (t->count == t->capacity) {
        size_t capacity = 2 * t->capacity + 64;
        vti_sample **grown = vt_grow(t->sample, t->count, capacity, sizeof(vti_sample *));
        if (grown == NULL) return vt_fail_memory(err, capacity, sizeof *grown, "samples");
        t->sample = grown;
        t->capacity = capacity;
    }
    vti_sample *s = vti_sample_create(t, atoms, energy, forces, err);
    if (s == NULL) return err != NULL ? err->code : VT_EINVAL;
    t->sample[t->count++] = s;
    t->bytes += vti_sample_bytes(t, s);
    t->all_atoms += s->atoms;
    if (s->atoms > t->most_atoms) t->most_atoms = s->atoms;
    size_t groups = s->atoms * (size_t)t->options.species_count;
    for (size_t k = 0; k < groups; k++)
        if ((size_t)s->group[k].padded > t->most_neighbors)
            t->most_neighbors = (size_t)s->group[k].padded;
    return VT_OK;
}

size_t vt_training_samples(const vt_training *t) {
    return t->count;
}

size_t vt_training_atoms(const vt_training *t) {
    return t->all_atoms;
}

size_t vt_training_bytes(const vt_training *t) {
    return t->bytes;
}

vt_status vt_training_assign(vt_training *t, size_t k, vt_train_set set, vt_error *err) {
    if (k >= t->count)
        return vt_fail(err, VT_EINVAL, "there is no sample %zu; there are %zu", k + 1, t->count);
    if (set < 0 || set >= VT_SETS) return vt_fail(err, VT_EINVAL, "there is no set %d", (int)set);
    if (t->started) return vt_fail(err, VT_EINVAL, "the training has begun; sets stay as they are");
    t->sample[k]->set = set;
    return VT_OK;
}

/* ---------------------------------------------------------------- start ---- */

/* Solve a x = b by Cholesky's method, a (n x n) positive definite. */
static void solve(size_t n, double *a, double *b) {
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double x = a[i * n + j];
            for (size_t k = 0; k < j; k++) x -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(x) : x / a[j * n + j];
        }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
}

/* The energy per atom as a linear function of the composition, by least squares. Where the
   compositions do not tell the species apart, that with the least squares of differences from the
   mean energy. */
static void fit_references(const vt_training *t, bool all, double *reference) {
    size_t n = (size_t)t->options.species_count, samples = 0;
    double a[VT_MAX_SPECIES * VT_MAX_SPECIES] = {0}, b[VT_MAX_SPECIES] = {0}, mean = 0;
    for (size_t k = 0; k < t->count; k++)
        if (all || t->sample[k]->set == VT_SET_TRAIN) {
            mean += t->sample[k]->energy;
            samples++;
        }
    mean /= (double)samples;
    for (size_t k = 0; k < t->count; k++) {
        const vti_sample *s = t->sample[k];
        double share[VT_MAX_SPECIES] = {0};
        if (!all && s->set != VT_SET_TRAIN) continue;
        for (size_t i = 0; i < s->atoms; i++) share[s->kind[i]] += 1 / (double)s->atoms;
        for (size_t p = 0; p < n; p++) {
            b[p] += share[p] * (s->energy - mean);
            for (size_t q = 0; q < n; q++) a[p * n + q] += share[p] * share[q];
        }
    }
    for (size_t p = 0; p < n; p++) a[p * n + p] += 1e-8 * (double)samples;
    solve(n, a, b);
    for (size_t p = 0; p < n; p++) reference[p] = mean + b[p];
}

void vt_training_formation(const vt_training *t, double *out) {
    double reference[VT_MAX_SPECIES];
    if (t->count > 0) fit_references(t, true, reference);
    for (size_t k = 0; k < t->count; k++) {
        const vti_sample *s = t->sample[k];
        out[k] = s->energy;
        for (size_t i = 0; i < s->atoms; i++) out[k] -= reference[s->kind[i]] / (double)s->atoms;
    }
}

/* Weights that keep the size of what they multiply: normal, of variance one over the number of
   inputs; those of the last layer a tenth, so that the first energies are near the references. */
static void set_weights(vt_training *t) {
    const vti_network_shape *shape = &t->network->shape;
    vt_rng rng = vt_rng_start(t->options.seed, VT_STREAM_NETWORK);
    for (int s = 0; s < shape->species_count; s++) {
        double *to = t->network->parameter + (size_t)s * t->network->parameters;
        for (int k = 0; k < shape->layers; k++) {
            size_t weights = (size_t)shape->width[k] * (size_t)shape->width[k + 1];
            double size = sqrt(1 / (double)shape->width[k]) * (k == shape->layers - 1 ? 0.1 : 1);
            for (size_t q = 0; q < weights; q++) {
                double u = vt_rng_uniform(&rng), v = vt_rng_uniform(&rng);
                *to++ = size * sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
            }
            for (int q = 0; q < shape->width[k + 1]; q++) *to++ = 0;
        }
    }
}

static vt_status check_sets(const vt_training *t, vt_error *err) {
    size_t of_set[VT_SETS] = {0}, of_kind[VT_MAX_SPECIES] = {0};
    for (size_t k = 0; k < t->count; k++) {
        const vti_sample *s = t->sample[k];
        of_set[s->set]++;
        for (size_t i = 0; s->set == VT_SET_TRAIN && i < s->atoms; i++) of_kind[s->kind[i]]++;
    }
    if (of_set[VT_SET_TRAIN] == 0)
        return vt_fail(err, VT_EINVAL, "there is no sample in the training set");
    for (int k = 0; k < t->options.species_count; k++)
        if (of_kind[k] == 0)
            return vt_fail(
                err, VT_EINVAL,
                "no atom of the training set is of species %s; leave it out of 'species' "
                "or give samples with it",
                t->options.species[k].symbol);
    return VT_OK;
}

vt_status vt_training_start(vt_training *t, vt_error *err) {
    if (t->started) return vt_fail(err, VT_EINVAL, "the training has begun already");
    VTI_TRY(check_sets(t, err));
    VTI_TRY(vti_train_scale(t, err));
    fit_references(t, false, t->network->reference);
    set_weights(t);
    t->started = true;
    return VT_OK;
}

double vt_training_reference(const vt_training *t, int k) {
    return t->network->reference[k];
}

/* ---------------------------------------------------------------- steps ---- */

static vt_status need_start(const vt_training *t, vt_error *err) {
    return t->started ? VT_OK : vt_fail(err, VT_EINVAL, "the training has not begun");
}

static vt_status objective_at(void *context, const double *x, double *value, double *gradient,
                              vt_error *err) {
    vt_training *t = context;
    memcpy(t->network->parameter, x, vt_training_parameters(t) * sizeof *x);
    t->evaluations++;
    return vti_train_loss(t, value, gradient, err);
}

static double largest(size_t n, const double *x) {
    double most = 0;
    for (size_t k = 0; k < n; k++) most = fmax(most, fabs(x[k]));
    return most;
}

static double reach(void *context, const double *d) {
    return largest(vt_training_parameters(context), d);
}

static vt_status open_optimizer(vt_training *t, vt_error *err) {
    if (t->method != NULL) return VT_OK;
    const vti_method_class *class = vti_method_find("lbfgs");
    t->objective = (vti_objective){
        .extra = vt_training_parameters(t), .context = t, .evaluate = objective_at, .reach = reach};
    t->method = vt_alloc(1, class->size);
    t->trial = (vti_iterate){0, vti_vector(&t->objective), vti_vector(&t->objective)};
    if (t->method == NULL || t->trial.x == NULL || t->trial.gradient == NULL) {
        vt_free(t->method); /* that is, nothing to destroy in it */
        t->method = NULL;
        close_optimizer(t);
        return vt_fail_memory(err, t->objective.extra, sizeof(double), "training");
    }
    *t->method = (vti_method){
        .class = class, .objective = &t->objective, .max_step = LONGEST_STEP, .memory = MEMORY};
    vt_status st = class->create(t->method, err);
    if (vt_failed(st)) close_optimizer(t);
    return st;
}

/* Evaluate the trial; infinite energy where the loss is not finite. */
static vt_status try_point(vt_training *t, vt_error *err) {
    VTI_TRY(objective_at(t, t->trial.x, &t->trial.energy, t->trial.gradient, err));
    if (!isfinite(t->trial.energy) || !isfinite(largest(t->objective.extra, t->trial.gradient)))
        t->trial.energy = INFINITY;
    return VT_OK;
}

static vt_status begin(vt_training *t, vt_train_report *report, vt_error *err) {
    VTI_TRY(open_optimizer(t, err));
    size_t n = t->objective.extra;
    memcpy(t->trial.x, t->network->parameter, n * sizeof(double));
    VTI_TRY(try_point(t, err));
    if (t->trial.energy == INFINITY)
        return vt_fail(err, VT_EDIVERGED,
                       "the loss is not finite; look for energies or forces "
                       "far from all others");
    t->loss = t->trial.energy;
    t->slope = largest(n, t->trial.gradient);
    memcpy(t->present, t->trial.x, n * sizeof(double));
    t->begun = true;
    report->loss = t->loss;
    return t->method->class->start(t->method, &t->trial);
}

/* One step: evaluations until the method accepts one. */
static vt_status step(vt_training *t, vt_error *err) {
    size_t n = t->objective.extra;
    int64_t before = t->method->iterations;
    for (;;) {
        VTI_TRY(try_point(t, err));
        double loss = t->trial.energy, slope = largest(n, t->trial.gradient);
        memcpy(t->tried, t->trial.x, n * sizeof(double));
        vt_status st = t->method->class->step(t->method, &t->trial);
        if (t->method->iterations > before) {
            memcpy(t->present, t->tried, n * sizeof(double));
            t->loss = loss;
            t->slope = slope;
            return st;
        }
        if (st == VT_DONE || vt_failed(st)) return st;
    }
}

static vt_status make_present(vt_training *t, vt_error *err) {
    size_t n = vt_training_parameters(t);
    if (t->present == NULL) t->present = vt_alloc(2 * n, sizeof *t->present);
    if (t->present == NULL) return vt_fail_memory(err, 2 * n, sizeof(double), "training");
    t->tried = t->present + n;
    return VT_OK;
}

vt_status vt_training_run(vt_training *t, int64_t steps, vt_train_report *report, vt_error *err) {
    VTI_TRY(need_start(t, err));
    size_t n = vt_training_parameters(t);
    VTI_TRY(make_present(t, err));
    vt_status st = VT_CONTINUE;
    if (!t->begun) st = begin(t, report, err);
    int64_t until = t->method != NULL ? t->method->iterations + steps : 0;
    while (st == VT_CONTINUE && t->method->iterations < until) st = step(t, err);
    /* Whatever was tried last, the network is that of the last step. */
    if (t->begun) memcpy(t->network->parameter, t->present, n * sizeof(double));
    if (t->begun)
        *report = (vt_train_report){t->method->iterations, t->evaluations, t->loss, t->slope};
    return st;
}

/* ---------------------------------------------------------------- states ---- */

/* What a state is written to or read from. */
typedef struct {
    unsigned char *to; /* NULL: only the size is wanted */
    const unsigned char *from;
    size_t at, size;
} pieces;

static bool put_piece(void *context, void *data, size_t bytes) {
    pieces *p = context;
    if (p->to != NULL) memcpy(p->to + p->at, data, bytes);
    p->at += bytes;
    return true;
}

static bool get_piece(void *context, void *data, size_t bytes) {
    pieces *p = context;
    if (bytes > p->size - p->at) return false;
    memcpy(data, p->from + p->at, bytes);
    p->at += bytes;
    return true;
}

/* What a state must agree in. */
typedef struct {
    uint64_t version, parameters, samples, atoms, seed;
} mark;

static mark mark_of(const vt_training *t) {
    return (mark){1, vt_training_parameters(t), t->count, t->all_atoms, t->options.seed};
}

static bool all_pieces(vt_training *t, vti_piece *piece, void *context) {
    size_t n = vt_training_parameters(t) * sizeof(double);
    int64_t kept = t->kept != NULL, kept_before = kept;
    bool ok =
        piece(context, &t->loss, sizeof t->loss) && piece(context, &t->slope, sizeof t->slope) &&
        piece(context, &t->evaluations, sizeof t->evaluations) && piece(context, t->present, n) &&
        piece(context, t->trial.x, n) && piece(context, &t->trial.energy, sizeof t->trial.energy) &&
        piece(context, &kept, sizeof kept);
    if (ok && kept == 1 && !kept_before) ok = !vt_failed(vt_training_keep(t, NULL));
    if (ok && kept == 1) ok = piece(context, t->kept->parameter, n);
    return ok && t->method->class->state(t->method, piece, context);
}

vt_status vt_training_state(vt_training *t, void **data, size_t *bytes, vt_error *err) {
    if (!t->begun) return vt_fail(err, VT_EINVAL, "the training has taken no step yet");
    mark about = mark_of(t);
    pieces p = {0};
    put_piece(&p, &about, sizeof about);
    all_pieces(t, put_piece, &p);
    *bytes = p.at;
    p = (pieces){.to = vt_alloc(*bytes, 1)};
    *data = p.to;
    if (p.to == NULL) return vt_fail_memory(err, *bytes, 1, "the state of a training");
    put_piece(&p, &about, sizeof about);
    all_pieces(t, put_piece, &p);
    return VT_OK;
}

vt_status vt_training_restore(vt_training *t, const void *data, size_t bytes, vt_error *err) {
    VTI_TRY(need_start(t, err));
    mark here = mark_of(t), there = {0};
    pieces p = {.from = data, .size = bytes};
    if (!get_piece(&p, &there, sizeof there) || memcmp(&here, &there, sizeof here) != 0)
        return vt_fail(
            err, VT_EINVAL,
            "the state is that of another training: it has %llu parameters, %llu samples "
            "with %llu atoms and seed %llu, this one %llu, %llu, %llu and %llu",
            (unsigned long long)there.parameters, (unsigned long long)there.samples,
            (unsigned long long)there.atoms, (unsigned long long)there.seed,
            (unsigned long long)here.parameters, (unsigned long long)here.samples,
            (unsigned long long)here.atoms, (unsigned long long)here.seed);
    VTI_TRY(make_present(t, err));
    close_optimizer(t);
    VTI_TRY(open_optimizer(t, err));
    if (!all_pieces(t, get_piece, &p) || p.at != bytes) {
        close_optimizer(t);
        return vt_fail(err, VT_EFORMAT,
                       "the state is damaged; the network is as it was, and the "
                       "next step begins anew");
    }
    memcpy(t->network->parameter, t->present, vt_training_parameters(t) * sizeof(double));
    t->begun = true;
    return VT_OK;
}

/* ---------------------------------------------------------------- what came out ---- */

vt_status vt_training_errors(vt_training *t, vt_train_errors errors[VT_SETS], vt_error *err) {
    VTI_TRY(need_start(t, err));
    VTI_TRY(vti_train_loss(t, NULL, NULL, err));
    const vti_train_sums all = vti_train_total(t);
    for (int s = 0; s < VT_SETS; s++) {
        double samples = fmax(1, (double)all.samples[s]), forces = fmax(1, (double)all.forces[s]);
        errors[s] = (vt_train_errors){all.samples[s],
                                      all.forces[s],
                                      sqrt(all.energy2[s] / samples),
                                      all.energy1[s] / samples,
                                      sqrt(all.force2[s] / forces),
                                      all.force1[s] / forces};
    }
    return VT_OK;
}

vt_status vt_training_predict(vt_training *t, double *energy, double *force, vt_error *err) {
    VTI_TRY(need_start(t, err));
    return vti_train_predict(t, energy, force, err);
}

vt_status vt_training_keep(vt_training *t, vt_error *err) {
    vti_network *kept = vti_network_copy(t->network, err);
    if (kept == NULL) return VT_ENOMEM;
    vti_network_destroy(t->kept);
    t->kept = kept;
    return VT_OK;
}

void vt_training_recall(vt_training *t) {
    if (t->kept == NULL) return;
    memcpy(t->network->parameter, t->kept->parameter,
           vt_training_parameters(t) * sizeof *t->kept->parameter);
    close_optimizer(t);
}

vt_potential *vt_training_potential(const vt_training *t, vt_error *err) {
    if (vt_failed(need_start(t, err))) return NULL;
    vti_network *copy = vti_network_copy(t->network, err);
    return copy != NULL ? vti_network_potential(copy, err) : NULL;
}

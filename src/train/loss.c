/* The loss and its gradient by the parameters.

   The part of the forces needs no second derivatives by places: with v the factor times the error
   of the forces, its gradient is that of minus the change dE of the energy when the atoms move
   along v. So descriptors are differentiated once along v, and the networks give dE and its
   derivative by the parameters on the way back (Pearlmutter, Neural Comput. 6, 147 (1994)). */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/sums.h"
#include "base/try.h"
#include "minimize/vectors.h"
#include "train/internal.h"

/* More chunks than this would take more memory for their gradients than they are worth. */
enum { MOST_CHUNKS = 64 };

/* ---------------------------------------------------------------- scratch ---- */

static void free_one(vti_train_scratch *s) {
    vt_free(s->x);
    vt_free(s->force);
    vt_free(s->room);
    vt_free(s->c);
    vt_free(s->dc);
    vt_free(s->channel);
    vt_free(s->change);
    vt_free(s->features);
    vt_free(s->by_x);
    vt_free(s->dx);
    vt_free(s->slope);
}

void vti_train_free_scratch(vt_training *t) {
    for (int k = 0; k < t->scratches; k++) free_one(&t->scratch[k]);
    vt_free(t->scratch);
    t->scratch = NULL;
    t->scratches = 0;
}

static size_t most_batches(const vt_training *t) {
    return t->most_atoms / VTI_BATCH + (size_t)t->options.species_count;
}

static bool make_one(const vt_training *t, vti_train_scratch *s) {
    const vti_chebyshev *p = &t->network->plan;
    size_t numbers = (size_t)p->radial * (size_t)p->harmonics, features = (size_t)p->features;
    size_t species = (size_t)p->species, channels = (size_t)p->channels;
    size_t room = vti_chebyshev_room(p, t->most_neighbors);
    size_t layers = vti_layers_room(&t->network->shape);
    s->x = vt_alloc(most_batches(t) * features * VTI_BATCH, sizeof(double));
    s->force = vt_alloc(t->most_atoms, sizeof *s->force);
    s->room = vt_alloc(room > layers ? room : layers, sizeof(double));
    s->c = vt_alloc(species * numbers, sizeof(double));
    s->dc = vt_alloc(species * numbers, sizeof(double));
    s->channel = vt_alloc((VTI_BATCH + 1) * channels * numbers, sizeof(double));
    s->change = vt_alloc(channels * numbers, sizeof(double));
    s->features = vt_alloc(features, sizeof(double));
    s->by_x = vt_alloc(features * VTI_BATCH, sizeof(double));
    s->dx = vt_alloc(features * VTI_BATCH, sizeof(double));
    s->slope = vt_alloc(3 * (t->most_neighbors + VTI_CHEBYSHEV_LANES), sizeof(double));
    return s->x && s->force && s->room && s->c && s->dc && s->channel && s->change && s->features &&
           s->by_x && s->dx && s->slope;
}

static vt_status make_scratch(vt_training *t, vt_error *err) {
    int threads = vt_threads();
    if (t->scratches >= threads) return VT_OK;
    vti_train_free_scratch(t);
    t->scratch = vt_alloc((size_t)threads, sizeof *t->scratch);
    bool ok = t->scratch != NULL;
    t->scratches = ok ? threads : 0;
    for (int k = 0; ok && k < threads; k++) ok = make_one(t, &t->scratch[k]);
    if (ok) return VT_OK;
    vti_train_free_scratch(t);
    return vt_fail_memory(err, (size_t)threads * t->most_atoms, sizeof(double) * VTI_BATCH,
                          "training");
}

/* ---------------------------------------------------------------- one sample ---- */

typedef struct {
    const vt_training *t;
    const vti_sample *sample;
    vti_train_scratch *s;
    const vti_chebyshev_kernels *kernels;
    const vti_layer_kernels *layers;
    double *gradient; /* NULL: none is wanted */
    double energy;    /* per atom, found */
} work_on;

typedef struct {
    size_t atom[VTI_BATCH], number; /* the number of the batch */
    int count, kind;
} batch_of;

static vti_around around_of(const vti_sample *sample, const vti_sample_group *g) {
    double *x = sample->place + 3 * g->first;
    return (vti_around){(size_t)g->count, x, x + g->padded, x + 2 * g->padded};
}

static const vti_sample_group *group_of(const work_on *w, size_t i, int species) {
    return &w->sample->group[i * (size_t)w->t->options.species_count + (size_t)species];
}

static size_t numbers_of(const vti_chebyshev *p) {
    return (size_t)p->radial * (size_t)p->harmonics;
}

/* Inputs of the atoms of a batch. */
static void describe(const work_on *w, const batch_of *b, bool scaled) {
    const vti_network *n = w->t->network;
    const vti_chebyshev *p = &n->plan;
    vti_train_scratch *s = w->s;
    size_t numbers = numbers_of(p), features = (size_t)p->features;
    double *x = s->x + b->number * features * VTI_BATCH;
    const double *mean = n->mean + (size_t)b->kind * features;
    const double *deviation = n->deviation + (size_t)b->kind * features;
    memset(x, 0, features * VTI_BATCH * sizeof *x);
    for (int a = 0; a < b->count; a++) {
        double *channel = s->channel + (size_t)a * (size_t)p->channels * numbers;
        for (int k = 0; k < p->species; k++) {
            vti_around around = around_of(w->sample, group_of(w, b->atom[a], k));
            w->kernels->sums(p, &around, s->room, s->c + (size_t)k * numbers);
        }
        w->kernels->channels->join(p, s->c, channel);
        w->kernels->channels->features(p, channel, s->features);
        for (size_t f = 0; f < features; f++)
            x[VTI_BATCH * f + (size_t)a] =
                scaled ? (s->features[f] - mean[f]) / deviation[f] : s->features[f];
    }
}

/* Forces that the energies of a batch exert, from the derivatives by their inputs. */
static void push(const work_on *w, const batch_of *b) {
    const vti_network *n = w->t->network;
    const vti_chebyshev *p = &n->plan;
    vti_train_scratch *s = w->s;
    size_t channels = (size_t)p->channels * numbers_of(p);
    const double *deviation = n->deviation + (size_t)b->kind * (size_t)p->features;
    double *by_channel = s->channel + VTI_BATCH * channels;
    for (int a = 0; a < b->count; a++) {
        double *own = s->force[b->atom[a]];
        for (int f = 0; f < p->features; f++)
            s->features[f] = s->by_x[VTI_BATCH * f + a] / deviation[f];
        w->kernels->channels->back(p, s->channel + (size_t)a * channels, s->features, by_channel);
        for (int k = 0; k < p->species; k++) {
            const vti_sample_group *g = group_of(w, b->atom[a], k);
            vti_around around = around_of(w->sample, g);
            vti_around slope = {around.count, s->slope, s->slope + g->padded,
                                s->slope + 2 * g->padded};
            w->kernels->channels->split(p, by_channel, k, s->c);
            w->kernels->slopes(p, &around, s->c, s->room, &slope);
            for (int32_t j = 0; j < g->count; j++) {
                const double f[3] = {slope.x[j], slope.y[j], slope.z[j]};
                double *other = s->force[w->sample->atom[g->first + (size_t)j]];
                for (int d = 0; d < 3; d++) {
                    own[d] += f[d];
                    other[d] -= f[d];
                }
            }
        }
    }
}

/* The change of the inputs of a batch when atoms move along `force`, which now holds v. */
static void differentiate(const work_on *w, const batch_of *b) {
    const vti_network *n = w->t->network;
    const vti_chebyshev *p = &n->plan;
    vti_train_scratch *s = w->s;
    size_t numbers = numbers_of(p), features = (size_t)p->features;
    const double *deviation = n->deviation + (size_t)b->kind * features;
    for (int a = 0; a < b->count; a++) {
        const double *own = s->force[b->atom[a]];
        for (int k = 0; k < p->species; k++) {
            const vti_sample_group *g = group_of(w, b->atom[a], k);
            vti_around around = around_of(w->sample, g);
            vti_around along = {around.count, s->slope, s->slope + g->padded,
                                s->slope + 2 * g->padded};
            for (int32_t j = 0; j < g->padded; j++) {
                const double *other = s->force[w->sample->atom[g->first + (size_t)j]];
                along.x[j] = other[0] - own[0];
                along.y[j] = other[1] - own[1];
                along.z[j] = other[2] - own[2];
            }
            w->kernels->tangents(p, &around, &along, s->room, s->c + (size_t)k * numbers,
                                 s->dc + (size_t)k * numbers);
        }
        w->kernels->channels->join(p, s->c, s->channel);
        w->kernels->channels->join(p, s->dc, s->change);
        w->kernels->channels->changes(p, s->channel, s->change, s->features);
        for (size_t f = 0; f < features; f++)
            s->dx[VTI_BATCH * f + (size_t)a] = s->features[f] / deviation[f];
    }
}

/* Do `act` with batches of atoms of one species. */
static void each_batch(work_on *w, void (*act)(work_on *w, const batch_of *b)) {
    batch_of b = {.number = 0};
    for (b.kind = 0; b.kind < w->t->options.species_count; b.kind++) {
        for (size_t i = 0; i < w->sample->atoms; i++) {
            if (w->sample->kind[i] != b.kind) continue;
            b.atom[b.count++] = i;
            if (b.count < VTI_BATCH) continue;
            act(w, &b);
            b.number++;
            b.count = 0;
        }
        if (b.count == 0) continue;
        act(w, &b);
        b.number++;
        b.count = 0;
    }
}

static void find_energies(work_on *w, const batch_of *b) {
    const vti_network *n = w->t->network;
    double energy[VTI_BATCH];
    describe(w, b, true);
    w->layers->energies(&w->t->layers[b->kind],
                        w->s->x + b->number * (size_t)n->plan.features * VTI_BATCH, w->s->room,
                        energy, w->s->by_x);
    for (int a = 0; a < b->count; a++) w->energy += n->reference[b->kind] + energy[a];
    if (w->sample->forces) push(w, b);
}

static void learn(work_on *w, const batch_of *b) {
    const vti_network *n = w->t->network;
    const vt_train_options *o = &w->t->options;
    size_t features = (size_t)n->plan.features, atoms = w->sample->atoms;
    double of_energy[VTI_BATCH] = {0}, of_change[VTI_BATCH] = {0};
    bool forces = w->sample->forces && o->force_weight > 0;
    memset(w->s->dx, 0, features * VTI_BATCH * sizeof *w->s->dx);
    if (forces) differentiate(w, b);
    for (int a = 0; a < b->count; a++) {
        of_energy[a] = o->energy_weight * (w->energy - w->sample->energy) / (double)atoms;
        of_change[a] = forces ? -1 : 0;
    }
    w->layers->learn(&w->t->layers[b->kind], w->s->x + b->number * features * VTI_BATCH, w->s->dx,
                     of_energy, of_change, w->s->room,
                     w->gradient + (size_t)b->kind * n->parameters);
}

static void evaluate(work_on *w) {
    memset(w->s->force, 0, w->sample->atoms * sizeof *w->s->force);
    w->energy = 0;
    each_batch(w, find_energies);
    w->energy /= (double)w->sample->atoms;
}

static void add_errors(const work_on *w, vti_train_sums *sums) {
    const vti_sample *sample = w->sample;
    const vt_train_options *o = &w->t->options;
    double error = w->energy - sample->energy, squares = 0;
    sums->samples[sample->set]++;
    sums->energy2[sample->set] += error * error;
    sums->energy1[sample->set] += fabs(error);
    for (size_t i = 0; sample->forces && i < sample->atoms; i++)
        for (int d = 0; d < 3; d++) {
            double df = w->s->force[i][d] - sample->force[i][d];
            squares += df * df;
            sums->force1[sample->set] += fabs(df);
        }
    if (sample->forces) sums->forces[sample->set] += 3 * sample->atoms;
    sums->force2[sample->set] += squares;
    if (sample->set == VT_SET_TRAIN)
        sums->loss += 0.5 * (o->energy_weight * error * error +
                             o->force_weight * squares / (3 * (double)sample->atoms));
}

/* The direction v in which the energy is differentiated. */
static void aim(const work_on *w) {
    double factor = w->t->options.force_weight / (3 * (double)w->sample->atoms);
    for (size_t i = 0; i < w->sample->atoms; i++)
        for (int d = 0; d < 3; d++)
            w->s->force[i][d] = factor * (w->s->force[i][d] - w->sample->force[i][d]);
}

/* ---------------------------------------------------------------- all samples ---- */

typedef struct {
    vt_training *t;
    bool gradient;
    double *energy, *force; /* predictions, or NULL */
    const size_t *first;    /* atom of each sample, with `force` */
} job;

static work_on start_work(const vt_training *t, vti_train_scratch *s) {
    vt_simd simd = vt_simd_best();
    return (work_on){.t = t,
                     .s = s,
                     .kernels = vti_chebyshev_kernels_of(simd, false),
                     .layers = vti_layer_kernels_of(simd)};
}

static size_t chunk_begin(const vt_training *t, size_t chunk) {
    return chunk * t->count / t->chunks;
}

static void do_chunks(void *context, size_t from, size_t to, int worker) {
    const job *j = context;
    vt_training *t = j->t;
    size_t parameters = vt_training_parameters(t);
    for (size_t chunk = from; chunk < to; chunk++) {
        work_on w = start_work(t, &t->scratch[worker]);
        double *gradient = t->gradients + chunk * parameters;
        t->sums[chunk] = (vti_train_sums){0};
        if (j->gradient) memset(gradient, 0, parameters * sizeof *gradient);
        for (size_t k = chunk_begin(t, chunk); k < chunk_begin(t, chunk + 1); k++) {
            w.sample = t->sample[k];
            bool train = w.sample->set == VT_SET_TRAIN;
            if (j->gradient && !train) continue;
            evaluate(&w);
            add_errors(&w, &t->sums[chunk]);
            if (j->energy != NULL) j->energy[k] = w.energy;
            if (j->force != NULL)
                memcpy(j->force + 3 * j->first[k], w.s->force,
                       w.sample->atoms * sizeof *w.s->force);
            if (!j->gradient) continue;
            w.gradient = gradient;
            aim(&w);
            each_batch(&w, learn);
        }
    }
}

static vt_status make_chunks(vt_training *t, vt_error *err) {
    if (t->chunks > 0) return VT_OK;
    size_t chunks = t->count < MOST_CHUNKS ? t->count : MOST_CHUNKS;
    vt_free(t->gradients);
    vt_free(t->sums);
    t->gradients = vt_alloc(chunks * vt_training_parameters(t), sizeof *t->gradients);
    t->sums = vt_alloc(chunks, sizeof *t->sums);
    if (t->gradients == NULL || t->sums == NULL)
        return vt_fail_memory(err, chunks * vt_training_parameters(t), sizeof(double), "training");
    t->chunks = chunks;
    return VT_OK;
}

static vt_status run(const job *j, vt_error *err) {
    vt_training *t = j->t;
    VTI_TRY(make_chunks(t, err));
    VTI_TRY(make_scratch(t, err));
    for (int k = 0; k < t->options.species_count; k++) vti_layers_turn(&t->layers[k]);
    bool done = vti_share_loop(&(vti_loop){.count = t->chunks,
                                           .grain = 1,
                                           .threads = vt_threads_free(),
                                           .work = do_chunks,
                                           .context = (void *)(uintptr_t)j,
                                           .stoppable = true});
    return done ? VT_OK : vt_fail_interrupted(err);
}

vti_train_sums vti_train_total(const vt_training *t) {
    vti_train_sums all = {0};
    for (size_t k = 0; k < t->chunks; k++) {
        const vti_train_sums *s = &t->sums[k];
        all.loss += s->loss;
        for (int set = 0; set < VT_SETS; set++) {
            all.energy2[set] += s->energy2[set];
            all.energy1[set] += s->energy1[set];
            all.force2[set] += s->force2[set];
            all.force1[set] += s->force1[set];
            all.samples[set] += s->samples[set];
            all.forces[set] += s->forces[set];
        }
    }
    return all;
}

/* Add the penalty of the weights, and its gradient. */
static double add_penalty(const vt_training *t, double *gradient) {
    const vti_network_shape *shape = &t->network->shape;
    double sum = 0;
    for (int s = 0; s < shape->species_count; s++) {
        size_t at = (size_t)s * t->network->parameters;
        for (int k = 0; k < shape->layers; k++) {
            size_t weights = (size_t)shape->width[k] * (size_t)shape->width[k + 1];
            for (size_t q = at; q < at + weights; q++) {
                double w = t->network->parameter[q];
                sum += w * w;
                gradient[q] += t->options.penalty * w;
            }
            at += weights + (size_t)shape->width[k + 1];
        }
    }
    return 0.5 * t->options.penalty * sum;
}

vt_status vti_train_loss(vt_training *t, double *loss, double *gradient, vt_error *err) {
    VTI_TRY(run(&(job){.t = t, .gradient = gradient != NULL}, err));
    if (gradient == NULL) return VT_OK;
    size_t n = vt_training_parameters(t);
    vti_add_blocks(t->gradients, t->chunks, n, n, gradient);
    *loss = vti_train_total(t).loss + add_penalty(t, gradient);
    return VT_OK;
}

vt_status vti_train_predict(vt_training *t, double *energy, double *force, vt_error *err) {
    size_t *first = vt_alloc(t->count + 1, sizeof *first);
    if (first == NULL) return vt_fail_memory(err, t->count, sizeof *first, "training");
    for (size_t k = 0; k < t->count; k++) first[k + 1] = first[k] + t->sample[k]->atoms;
    vt_status st = run(&(job){.t = t, .energy = energy, .force = force, .first = first}, err);
    vt_free(first);
    return st;
}

/* ---------------------------------------------------------------- inputs ---- */

/* Below this share of its mean a deviation is rounding, and the input a constant. */
static const double CONSTANT = 1e-10;

typedef struct {
    double *mean, *square; /* species x features */
    double *low, *high;
    const double *center; /* what is subtracted before squaring; NULL: nothing yet */
    size_t *atoms;
} moments;

static void add_inputs(const work_on *w, const batch_of *b, moments *m) {
    size_t features = (size_t)w->t->network->plan.features, first = (size_t)b->kind * features;
    const double *x = w->s->x + b->number * features * VTI_BATCH;
    m->atoms[b->kind] += m->center == NULL ? (size_t)b->count : 0;
    for (size_t f = 0; f < features; f++)
        for (int a = 0; a < b->count; a++) {
            double value = x[VTI_BATCH * f + (size_t)a];
            if (m->center == NULL) {
                m->mean[first + f] += value;
                m->low[first + f] = fmin(m->low[first + f], value);
                m->high[first + f] = fmax(m->high[first + f], value);
            } else
                m->square[first + f] +=
                    (value - m->center[first + f]) * (value - m->center[first + f]);
        }
}

static void describe_only(work_on *w, const batch_of *b) {
    describe(w, b, false);
}

/* One pass over the training set, sample by sample. */
static void pass(vt_training *t, moments *m) {
    work_on w = start_work(t, &t->scratch[0]);
    for (size_t k = 0; k < t->count; k++) {
        w.sample = t->sample[k];
        if (w.sample->set != VT_SET_TRAIN) continue;
        each_batch(&w, describe_only);
        batch_of b = {.number = 0};
        for (b.kind = 0; b.kind < t->options.species_count; b.kind++) {
            size_t left = 0;
            for (size_t i = 0; i < w.sample->atoms; i++) left += w.sample->kind[i] == b.kind;
            for (; left > 0; b.number++) {
                b.count = left < VTI_BATCH ? (int)left : VTI_BATCH;
                add_inputs(&w, &b, m);
                left -= (size_t)b.count;
            }
        }
    }
}

vt_status vti_train_scale(vt_training *t, vt_error *err) {
    vti_network *n = t->network;
    size_t features = (size_t)n->plan.features, species = (size_t)t->options.species_count;
    size_t atoms[VT_MAX_SPECIES] = {0};
    double *sum = vt_alloc(2 * species * features, sizeof *sum);
    if (sum == NULL) return vt_fail_memory(err, species * features, sizeof *sum, "training");
    moments m = {sum, sum + species * features, n->low, n->high, NULL, atoms};
    vt_status st = make_chunks(t, err);
    if (!vt_failed(st)) st = make_scratch(t, err);
    if (!vt_failed(st)) {
        for (size_t k = 0; k < species * features; k++) {
            n->low[k] = INFINITY;
            n->high[k] = -INFINITY;
        }
        pass(t, &m);
        for (size_t k = 0; k < species * features; k++) {
            bool some = atoms[k / features] > 0;
            n->mean[k] = some ? sum[k] / (double)atoms[k / features] : 0;
            if (!some) n->low[k] = -INFINITY, n->high[k] = INFINITY;
        }
        m.center = n->mean;
        pass(t, &m);
        for (size_t k = 0; k < species * features; k++) {
            double deviation = sqrt(m.square[k] / fmax(1, (double)atoms[k / features]));
            n->deviation[k] =
                deviation > CONSTANT * fabs(n->mean[k]) && deviation > 0 ? deviation : 1;
        }
    }
    vt_free(sum);
    return st;
}

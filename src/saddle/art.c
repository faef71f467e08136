/* One search: out of the well, to the saddle, and down on both sides. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "saddle/internal.h"

/* ---------------------------------------------------------------- options ---- */

vt_art_options vt_art_defaults(void) {
    return (vt_art_options){.kick = 0.5,
                            .kick_radius = 3.8,
                            .push = 0.225,
                            .leave_steps = 30,
                            .leave_relax = 6,
                            .leave_force = 0.5,
                            .threshold = -0.01,
                            .leave_vectors = 8,
                            .vectors = 6,
                            .every = 3,
                            .steps = 150,
                            .most_push = 0.1,
                            .stiffness = 0.5,
                            .patience = 16,
                            .hold = 0.5,
                            .force = 0.05,
                            .energy_limit = 20,
                            .max_step = 0.1,
                            .over = 0.2,
                            .fmax = 2e-3,
                            .minimize_steps = 500,
                            .same_energy = 1e-3,
                            .same_distance = 0.2,
                            .difference = 1e-3};
}

static vt_status check_number(const char *name, double value, double least, double most,
                              vt_error *err) {
    if (value >= least && value <= most) return VT_OK;
    return vt_fail(err, VT_EINVAL, "%s is %g, but must be %g to %g", name, value, least, most);
}

vt_status vt_art_check(const vt_art_options *o, vt_error *err) {
    const struct {
        const char *name;
        double value, least, most;
    } range[] = {{"the kick [A]", o->kick, 1e-6, 10},
                 {"the radius of the kick [A]", o->kick_radius, 0, 100},
                 {"the push out of the well [A]", o->push, 1e-4, 2},
                 {"the number of steps out of the well", o->leave_steps, 1, 10000},
                 {"the number of steps of relaxation", o->leave_relax, 0, 10000},
                 {"the force that ends a relaxation [eV/A]", o->leave_force, 1e-6, 100},
                 {"the threshold of the curvature [eV/A^2]", o->threshold, -100, 0},
                 {"the number of Lanczos vectors out of the well", o->leave_vectors, 1, 200},
                 {"the number of Lanczos vectors", o->vectors, 1, 200},
                 {"the steps between two modes", o->every, 1, 1000},
                 {"the number of steps to the saddle", o->steps, 1, 100000},
                 {"the longest push [A]", o->most_push, 1e-4, 2},
                 {"the least stiffness [eV/A^2]", o->stiffness, 1e-6, 1000},
                 {"the share of a push", o->hold, 1e-3, 1e3},
                 {"the patience", o->patience, 0, 10000},
                 {"the force at a saddle [eV/A]", o->force, 1e-10, 10},
                 {"the energy limit [eV]", o->energy_limit, 1e-6, 1e6},
                 {"the longest step [A]", o->max_step, 1e-4, 2},
                 {"the displacement over the saddle [A]", o->over, 1e-4, 5},
                 {"fmax of the minimizations [eV/A]", o->fmax, 1e-10, 1},
                 {"the number of evaluations of a minimization", o->minimize_steps, 1, 1e6},
                 {"the energy that tells minima apart [eV]", o->same_energy, 1e-12, 1},
                 {"the distance that tells minima apart [A]", o->same_distance, 1e-9, 10},
                 {"the displacement of differences [A]", o->difference, 1e-8, 0.2}};
    for (size_t k = 0; k < sizeof range / sizeof *range; k++)
        VTI_TRY(check_number(range[k].name, range[k].value, range[k].least, range[k].most, err));
    return VT_OK;
}

const char *vt_art_reason_text(vt_art_reason reason) {
    static const char *const TEXT[VT_ART_REASONS] = {
        "connected", "elsewhere", "lost", "step limit", "energy limit", "returned", "interrupted"};
    return reason < VT_ART_REASONS ? TEXT[reason] : "unknown";
}

void vt_art_path_free(vt_art_path *path) {
    vt_free(path->saddle);
    vt_free(path->final);
    vt_free(path->mode);
    path->saddle = path->final = path->mode = NULL;
}

/* ---------------------------------------------------------------- walker ---- */

/* Vectors of a walker. */
enum { X, F, MODE, STEP, TRIAL, TRIAL_F, SADDLE, FINAL, KICK, VECTORS };

typedef struct {
    vt_surface *surface;
    const vt_art_options *o;
    vt_art_path *path;
    vt_art_phase phase;
    size_t n, room;
    double *v[VECTORS];
    double energy, curvature;
    double goal;  /* for the norm of the force at a saddle or a minimum */
    bool settled; /* the mode is known; it hardly changes when more atoms take part */
    vti_quasi *quasi;
    vt_error *err;
} walker;

/* What a stage of a search comes to: VT_OK, VT_DONE when the search has a reason to end, or a
   failure. */
static vt_status end(walker *w, vt_art_reason reason) {
    w->path->reason = reason;
    return VT_DONE;
}

/* Continue with what stage() comes to when that is the end. */
#define TRY_STAGE(call)                                                                            \
    do {                                                                                           \
        vt_status stage_status = (call);                                                           \
        if (stage_status != VT_OK) return stage_status;                                            \
    } while (0)

/* As many variables as the surface has now; those that are new are 0. */
static vt_status fit(walker *w) {
    size_t n = w->surface->count;
    if (n > w->room) {
        size_t room = n + n / 2;
        for (int k = 0; k < VECTORS; k++) {
            double *grown = vt_grow(w->v[k], w->n, room, sizeof *grown);
            if (grown == NULL) return vt_fail_memory(w->err, room, sizeof *grown, "a search");
            w->v[k] = grown;
        }
        w->room = room;
    }
    for (int k = 0; k < VECTORS; k++) memset(w->v[k] + w->n, 0, (n - w->n) * sizeof(double));
    w->n = n;
    return VT_OK;
}

/* Energy and force at x; an energy that is not finite is infinite. */
static vt_status evaluate(walker *w, const double *x, double *energy, double *force) {
    if (vt_interrupted()) return end(w, VT_ART_INTERRUPTED);
    w->path->evaluations[w->phase]++;
    vt_status st = w->surface->evaluate(w->surface->context, x, energy, force, w->err);
    if (st == VT_EINTERRUPT) return end(w, VT_ART_INTERRUPTED);
    if (st != VT_EDIVERGED) return vt_failed(st) ? st : VT_OK;
    if (w->err != NULL) *w->err = (vt_error){0};
    *energy = INFINITY;
    return VT_OK;
}

static vt_status evaluate_here(walker *w) {
    TRY_STAGE(evaluate(w, w->v[X], &w->energy, w->v[F]));
    return w->energy > w->o->energy_limit ? end(w, VT_ART_ENERGY_LIMIT) : VT_OK;
}

/* Shorten a step so that no atom goes further than allowed. */
static void limit(const walker *w, double *d, double most) {
    size_t n = w->n, group = w->surface->group > 0 ? w->surface->group : n;
    double largest = 0;
    for (size_t k = 0; k < n; k += group) {
        double d2 = 0;
        for (size_t q = k; q < k + group && q < n; q++) d2 += d[q] * d[q];
        largest = fmax(largest, d2);
    }
    if (!(largest > most * most)) return;
    double scale = most / sqrt(largest);
    for (size_t k = 0; k < n; k++) d[k] *= scale;
}

static void swap(walker *w, int a, int b) {
    double *v = w->v[a];
    w->v[a] = w->v[b];
    w->v[b] = v;
}

/* STEP leads to where the force vanishes, but along `mode`. What the surface knows of its stiffness
   would lead back to the start at once, so it is not asked on the way to a first saddle. */
static void aim(walker *w, const double *mode) {
    const vt_surface *asked = w->phase < VT_ART_REFINE ? NULL : w->surface;
    vti_quasi_step(w->quasi, asked, w->n, w->v[F], mode, w->v[STEP]);
}

/* Go by STEP, and learn from it. */
static vt_status go(walker *w) {
    vti_step(w->n, w->v[X], 1, w->v[STEP], w->v[TRIAL]);
    TRY_STAGE(evaluate(w, w->v[TRIAL], &w->energy, w->v[TRIAL_F]));
    swap(w, X, TRIAL);
    swap(w, F, TRIAL_F);
    if (w->energy > w->o->energy_limit) return end(w, VT_ART_ENERGY_LIMIT);
    double *change = w->v[TRIAL];
    for (size_t k = 0; k < w->n; k++) change[k] = w->v[F][k] - w->v[TRIAL_F][k];
    return vti_quasi_learn(w->quasi, w->n, w->v[STEP], change, w->err);
}

enum { LOOK = 5 /* steps between two looks at the surroundings */ };

enum { SELDOM = 10 /* steps from one look at a mode that is settled to the next */ };

/* Let the surface have more variables where it needs them. */
static vt_status grow(walker *w) {
    vt_surface *s = w->surface;
    if (s->grow == NULL) return VT_OK;
    VTI_TRY(s->grow(s->context, w->v[X], &s->count, w->err));
    if (s->count == w->n) return VT_OK;
    VTI_TRY(fit(w));
    return evaluate_here(w);
}

static vt_status find_mode(walker *w, int vectors, double tolerance) {
    vt_lanczos_options o = {vectors, tolerance, w->o->difference, w->o->central};
    int64_t evaluations = 0;
    if (vt_interrupted()) return end(w, VT_ART_INTERRUPTED);
    vt_status st = vt_lanczos(w->surface, w->v[X], w->v[F], &o, w->v[MODE], &w->curvature,
                              &evaluations, w->err);
    w->path->evaluations[w->phase] += evaluations;
    w->path->lanczos[w->phase] += evaluations;
    if (st == VT_EINTERRUPT) return end(w, VT_ART_INTERRUPTED);
    return st == VT_EDIVERGED ? end(w, VT_ART_ENERGY_LIMIT) : st;
}

/* ---------------------------------------------------------------- out of the well ---- */

static double perpendicular(const walker *w, const double *h) {
    double all = vti_dot(w->n, w->v[F], w->v[F]), along = vti_dot(w->n, w->v[F], h);
    return sqrt(fmax(0, all - along * along));
}

/* The direction of the kick is kept in KICK, . */
static vt_status leave(walker *w, const double *kick) {
    const vt_art_options *o = w->o;
    w->phase = VT_ART_LEAVE;
    double norm = vti_norm(w->n, kick);
    for (size_t k = 0; k < w->n; k++) {
        w->v[X][k] = kick[k];
        w->v[KICK][k] = w->v[MODE][k] = kick[k] / norm;
    }
    TRY_STAGE(evaluate_here(w));
    for (int step = 0; step < o->leave_steps; step++) {
        for (int relax = 0; relax < o->leave_relax; relax++) {
            if (perpendicular(w, w->v[KICK]) < o->leave_force) break;
            aim(w, w->v[KICK]);
            limit(w, w->v[STEP], o->max_step);
            TRY_STAGE(go(w));
        }
        TRY_STAGE(find_mode(w, o->leave_vectors, 0.05));
        if (w->curvature < o->threshold) return VT_OK;
        vti_axpy(w->n, o->push, w->v[KICK], w->v[X]);
        TRY_STAGE(evaluate_here(w));
    }
    return end(w, VT_ART_STEP_LIMIT);
}

/* ---------------------------------------------------------------- to the saddle ---- */

/* The norm of the force on all that may move. */
static vt_status verify(walker *w) {
    vt_surface *s = w->surface;
    w->path->force = vti_norm(w->n, w->v[F]);
    if (s->verify == NULL) return VT_OK;
    w->path->evaluations[VT_ART_VERIFY]++;
    return s->verify(s->context, w->v[X], &w->path->force, w->err);
}

/* At first a sample would rather fall back than climb: steps perpendicular to the mode are held to
   a share of the push, which grows. */
static const double HOLD_GROWTH = 1.2;
enum { HELD = 12 };

/* Along the mode against the force, and at once to where the force vanishes in all other
   directions. */
static vt_status step_to_saddle(walker *w, int step) {
    const vt_art_options *o = w->o;
    double along = vti_dot(w->n, w->v[F], w->v[MODE]);
    double push = fmin(o->most_push, fabs(along) / fmax(fabs(w->curvature), o->stiffness));
    aim(w, w->v[MODE]);
    limit(w, w->v[STEP], o->max_step);
    double norm = vti_norm(w->n, w->v[STEP]), most = push * o->hold * pow(HOLD_GROWTH, step);
    if (norm > most && step < HELD)
        for (size_t k = 0; k < w->n; k++) w->v[STEP][k] *= most / norm;
    vti_axpy(w->n, along > 0 ? -push : push, w->v[MODE], w->v[STEP]);
    return go(w);
}

static vt_status converge(walker *w, int first) {
    const vt_art_options *o = w->o;
    int positive = 0;
    for (int step = first; step < first + o->steps; step++) {
        if (w->curvature < 0 && vti_norm(w->n, w->v[F]) < w->goal) return VT_OK;
        TRY_STAGE(step_to_saddle(w, step));
        if (step % LOOK == 0) TRY_STAGE(grow(w));
        int every = w->settled ? SELDOM : o->every;
        if (step % every != every - 1) continue;
        TRY_STAGE(find_mode(w, o->vectors, 0.01));
        positive = w->curvature < 0 ? 0 : positive + 1;
        if (positive > o->patience) return end(w, VT_ART_LOST);
    }
    return end(w, VT_ART_STEP_LIMIT);
}

/* ---------------------------------------------------------------- down ---- */

static double largest(const walker *w, const double *f) {
    size_t n = w->n, group = w->surface->group > 0 ? w->surface->group : n;
    double most = 0;
    for (size_t k = 0; k < n; k += group) {
        double f2 = 0;
        for (size_t q = k; q < k + group && q < n; q++) f2 += f[q] * f[q];
        most = fmax(most, f2);
    }
    return sqrt(most);
}

static bool is_start(const walker *w) {
    if (!(fabs(w->energy) < w->o->same_energy)) return false;
    double d2 = 0, mean[3] = {0};
    if (w->surface->floats)
        for (size_t k = 0; k < w->n; k++) mean[k % 3] += 3 * w->v[X][k] / (double)w->n;
    for (size_t k = 0; k < w->n; k++) {
        double d = w->v[X][k] - mean[k % 3];
        d2 += d * d;
    }
    return d2 < w->o->same_distance * w->o->same_distance;
}

/* One step down; the step is cut until it leads down. */
static vt_status step_down(walker *w) {
    enum { TRIALS = 8 };
    double *d = w->v[STEP];
    aim(w, NULL);
    if (!(vti_dot(w->n, d, w->v[F]) > 0)) {
        vti_quasi_reset(w->quasi);
        aim(w, NULL);
    }
    limit(w, d, w->o->max_step);
    for (int trial = 0; trial < TRIALS; trial++) {
        double before = w->energy, slack = 1e-10 + 1e-12 * fabs(before);
        TRY_STAGE(go(w));
        if (w->energy <= before + slack) return VT_OK;
        /* Back, and by less; what was learned stays. */
        vti_step(w->n, w->v[X], -1, d, w->v[X]);
        swap(w, F, TRIAL_F);
        w->energy = before;
        for (size_t k = 0; k < w->n; k++) d[k] *= 0.3;
    }
    return VT_CONTINUE;
}

/* To the minimum below X; *start, unless NULL, tells whether that is the start. */
static vt_status descend(walker *w, bool *start) {
    w->phase = VT_ART_MINIMIZE;
    vti_quasi_reset(w->quasi);
    int64_t first = w->path->evaluations[w->phase];
    TRY_STAGE(evaluate_here(w));
    for (int step = 1; w->path->evaluations[w->phase] - first < w->o->minimize_steps; step++) {
        if (start != NULL) {
            *start = is_start(w);
            if (*start) return VT_OK;
        }
        bool still = vti_norm(w->n, w->v[F]) < w->goal &&
                     (w->goal > w->o->force || largest(w, w->v[F]) < w->o->fmax);
        if (still || step % LOOK == 0) {
            size_t n = w->n;
            TRY_STAGE(grow(w));
            if (still && w->n == n) return VT_OK;
        }
        vt_status st = step_down(w);
        if (st == VT_CONTINUE)
            return VT_OK; /* rounding, or a force that jumps: as low as it gets */
        TRY_STAGE(st);
    }
    return end(w, VT_ART_STEP_LIMIT);
}

static double *copy(walker *w, int vector) {
    double *made = vt_alloc(w->n, sizeof *made);
    if (made != NULL) memcpy(made, w->v[vector], w->n * sizeof *made);
    if (made == NULL) vt_fail_memory(w->err, w->n, sizeof *made, "a saddle");
    return made;
}

/* From the saddle to the minimum on one side. */
static vt_status leave_saddle(walker *w, double over, bool *start) {
    vti_step(w->n, w->v[SADDLE], over, w->v[MODE], w->v[X]);
    return descend(w, start);
}

/* Whether the saddle leads back to the start; the mode then points away from it. */
static vt_status look_back(walker *w) {
    bool start = false;
    double sign = vti_dot(w->n, w->v[SADDLE], w->v[MODE]) < 0 ? -1 : 1;
    for (size_t k = 0; k < w->n; k++) w->v[MODE][k] *= sign;
    TRY_STAGE(leave_saddle(w, -w->o->over, &start));
    if (start) return VT_OK;
    TRY_STAGE(leave_saddle(w, w->o->over, &start));
    if (!start) return end(w, VT_ART_ELSEWHERE);
    for (size_t k = 0; k < w->n; k++) w->v[MODE][k] *= -1;
    return VT_OK;
}

/* Let more atoms take part, and go on to the saddle from SADDLE. */
static vt_status widen(walker *w) {
    vt_surface *s = w->surface;
    w->phase = VT_ART_REFINE;
    VTI_TRY(s->widen(s->context, &s->count, w->err));
    VTI_TRY(fit(w));
    if (s->complete) w->goal = w->o->force;
    memcpy(w->v[X], w->v[SADDLE], w->n * sizeof(double));
    TRY_STAGE(evaluate_here(w));
    if (!w->settled) TRY_STAGE(find_mode(w, w->o->vectors, 0.01));
    TRY_STAGE(converge(w, HELD));
    w->path->saddle_energy = w->energy;
    memcpy(w->v[SADDLE], w->v[X], w->n * sizeof(double));
    return VT_OK;
}

/* What is known of the saddle at X. */
static vt_status look_at_saddle(walker *w) {
    w->path->saddle_energy = w->energy;
    TRY_STAGE(find_mode(w, w->o->leave_vectors, 0.01));
    w->path->curvature = w->curvature;
    return verify(w);
}

/* Down on both sides of SADDLE; the far minimum goes to FINAL. */
static vt_status slide(walker *w) {
    bool start = false;
    TRY_STAGE(look_back(w));
    TRY_STAGE(leave_saddle(w, w->o->over, &start));
    if (start) return end(w, VT_ART_RETURNED);
    w->path->final_energy = w->energy;
    memcpy(w->v[FINAL], w->v[X], w->n * sizeof(double));
    return VT_OK;
}

/* What is left of the force on all from one refinement to the next, and what it may be on those
   that take part, the tolerance being that of all. */
static const double LESS = 0.3, SPARE = 0.7;

/* Go on with more atoms around, at the saddle and then in the far minimum, each until no more force
   is left than `goal`. */
static vt_status refine(walker *w, double goal) {
    w->goal = goal;
    TRY_STAGE(widen(w));
    TRY_STAGE(verify(w));
    memcpy(w->v[X], w->v[FINAL], w->n * sizeof(double));
    TRY_STAGE(descend(w, NULL));
    if (!(w->energy < w->path->saddle_energy)) TRY_STAGE(leave_saddle(w, w->o->over, NULL));
    memcpy(w->v[FINAL], w->v[X], w->n * sizeof(double));
    w->path->final_energy = w->energy;
    memcpy(w->v[X], w->v[SADDLE], w->n * sizeof(double));
    return VT_OK;
}

/* Where a force is left on who stands still, more and more take part. Which minima the saddle lies
   between is known: in a glass, some places far away stand so near to another minimum that any
   change throws them over, which has nothing to do with it. */
static vt_status finish(walker *w) {
    const double least = SPARE * w->o->force;
    size_t before = 0;
    w->settled = true;
    while (w->path->force >= w->o->force) {
        if ((w->goal <= least || w->surface->complete) && w->n == before)
            return end(w, VT_ART_STEP_LIMIT);
        before = w->n;
        TRY_STAGE(refine(w, fmax(least, LESS * w->path->force)));
    }
    if (before > 0) {
        w->phase = VT_ART_REFINE;
        TRY_STAGE(evaluate_here(w));
        TRY_STAGE(find_mode(w, w->o->leave_vectors, 0.01));
        w->path->curvature = w->curvature;
    }
    return end(w, VT_ART_CONNECTED);
}

/* ---------------------------------------------------------------- search ---- */

static vt_status search(walker *w, const double *kick) {
    TRY_STAGE(leave(w, kick));
    w->phase = VT_ART_CONVERGE;
    TRY_STAGE(converge(w, 0));
    memcpy(w->v[SADDLE], w->v[X], w->n * sizeof(double));
    if (w->surface->widen != NULL) {
        if (!w->surface->abrupt) TRY_STAGE(look_back(w));
        TRY_STAGE(widen(w));
    }
    TRY_STAGE(look_at_saddle(w));
    TRY_STAGE(slide(w));
    return finish(w);
}

/* What is known by the end. */
static vt_status report(walker *w) {
    vt_art_path *path = w->path;
    path->count = w->n;
    if (!isfinite(path->saddle_energy)) return VT_OK;
    path->saddle = copy(w, SADDLE);
    path->mode = copy(w, MODE);
    bool connected = path->reason == VT_ART_CONNECTED;
    if (connected) path->final = copy(w, FINAL);
    bool complete = path->saddle != NULL && path->mode != NULL;
    return complete && (!connected || path->final != NULL) ? VT_OK : VT_ENOMEM;
}

static vt_status open_walker(walker *w, vt_surface *surface, const vt_art_options *options,
                             vt_art_path *path, vt_error *err) {
    enum { MEMORY = 12 };
    *w = (walker){.surface = surface,
                  .o = options,
                  .path = path,
                  .goal = options->force,
                  .quasi = vti_quasi_create(MEMORY),
                  .err = err};
    return w->quasi != NULL ? fit(w) : vt_fail_memory(err, 1, 64, "a search");
}

static void close_walker(walker *w) {
    for (int k = 0; k < VECTORS; k++) vt_free(w->v[k]);
    vti_quasi_destroy(w->quasi);
}

vt_status vt_art_walk(vt_surface *surface, const double *kick, const vt_art_options *options,
                      vt_art_path *path, vt_error *err) {
    *path =
        (vt_art_path){.saddle_energy = NAN, .final_energy = NAN, .curvature = NAN, .force = NAN};
    VTI_TRY(vt_art_check(options, err));
    if (!(vti_norm(surface->count, kick) > 0))
        return vt_fail(err, VT_EINVAL, "a search needs a kick that is not 0");
    walker w;
    vt_status st = open_walker(&w, surface, options, path, err);
    if (!vt_failed(st)) st = search(&w, kick);
    if (!vt_failed(st)) st = report(&w);
    close_walker(&w);
    if (vt_failed(st)) vt_art_path_free(path);
    return st;
}

static vt_status to_saddle(walker *w, const double *x) {
    enum { VECTORS_AT_FIRST = 60 };
    double norm = vti_norm(w->n, x);
    w->phase = VT_ART_REFINE;
    for (size_t k = 0; k < w->n; k++) {
        w->v[X][k] = x[k];
        w->v[MODE][k] = x[k] / norm;
    }
    TRY_STAGE(evaluate_here(w));
    TRY_STAGE(find_mode(w, VECTORS_AT_FIRST, 1e-4));
    TRY_STAGE(converge(w, HELD));
    memcpy(w->v[SADDLE], w->v[X], w->n * sizeof(double));
    TRY_STAGE(look_at_saddle(w));
    return VT_DONE;
}

vt_status vt_art_refine(vt_surface *surface, const vt_art_options *options, const double *x,
                        vt_art_path *path, vt_error *err) {
    *path = (vt_art_path){.reason = VT_ART_REASONS,
                          .saddle_energy = NAN,
                          .final_energy = NAN,
                          .curvature = NAN,
                          .force = NAN};
    VTI_TRY(vt_art_check(options, err));
    if (!(vti_norm(surface->count, x) > 0))
        return vt_fail(err, VT_EINVAL, "a saddle cannot be where the start is");
    walker w;
    vt_status st = open_walker(&w, surface, options, path, err);
    if (!vt_failed(st)) st = to_saddle(&w, x);
    bool there = st == VT_DONE && path->reason == VT_ART_REASONS;
    if (!vt_failed(st)) st = report(&w);
    close_walker(&w);
    if (vt_failed(st)) {
        vt_art_path_free(path);
        return st;
    }
    if (path->reason == VT_ART_INTERRUPTED) return vt_fail_interrupted(err);
    return there ? VT_DONE : VT_CONTINUE;
}

/* Displacements and velocities of frames of a run, added up. */
#include <math.h>

#include "base/share.h"
#include "base/tensor.h"
#include "base/try.h"
#include "vitrum/vibrations.h"

enum { GRAIN = 1024 /* atoms that a thread takes at a time */ };

typedef struct {
    const vt_system *system;
    const vt_vibration_options *options;
    int64_t frame; /* from 0 */
    double drift[3];
    vt_amplitude (*sum)[2];
    float *velocity;
} frame;

static void displacement(const vt_system *s, const vt_vibration_options *o, size_t k, double d[3]) {
    const double *place = o->place[s->order[k]];
    for (int c = 0; c < 3; c++) {
        d[c] = s->r[k][c] - place[c];
        for (int v = 0; v < 3; v++) d[c] += s->image[k][v] * s->box.h[v][c];
    }
}

static void add_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const frame *f = context;
    const vt_system *s = f->system;
    size_t frames = (size_t)f->options->frames, now = (size_t)f->frame;
    for (size_t k = from; k < to; k++) {
        size_t user = (size_t)s->order[k];
        vt_amplitude *sum = &f->sum[user][2 * now < frames ? 0 : 1];
        double d[3];
        displacement(s, f->options, k, d);
        for (int c = 0; c < 3; c++) {
            d[c] -= f->drift[c];
            sum->displacement[c] += d[c];
            sum->square += d[c] * d[c];
        }
        if (f->velocity == NULL) continue;
        double root = sqrt(s->species[s->type[k]].mass);
        for (size_t c = 0; c < 3; c++)
            f->velocity[(3 * user + c) * frames + now] = (float)(root * s->v[k][c]);
    }
}

/* The center of mass moves when rounding adds up, and where a run began with a total momentum. */
static void find_drift(const vt_system *s, const vt_vibration_options *o, double drift[3]) {
    double mass = 0, sum[3] = {0, 0, 0};
    for (size_t k = 0; k < s->count; k++) {
        double d[3], m = s->species[s->type[k]].mass;
        displacement(s, o, k, d);
        mass += m;
        for (int c = 0; c < 3; c++) sum[c] += m * d[c];
    }
    for (int c = 0; c < 3; c++) drift[c] = sum[c] / mass;
}

static vt_status check(const vt_md *md, const vt_vibration_options *o, vt_error *err) {
    const vt_md_options *settings = vt_md_settings(md);
    if (o->settle < 0 || o->every < 1 || o->frames < 2 || o->frames % 2 != 0)
        return vt_fail(err, VT_EINVAL,
                       "%lld frames every %lld steps after %lld steps: the frames must be an even "
                       "number of 2 or more, the steps between them at least 1",
                       (long long)o->frames, (long long)o->every, (long long)o->settle);
    for (int k = 0; k < 6; k++)
        if (settings->control[k])
            return vt_fail(err, VT_EINVAL,
                           "the box moves along %s; amplitudes are those in a fixed box",
                           vt_tensor_name(k));
    return VT_OK;
}

/* Steps to the next frame. */
static int64_t until_frame(const vt_md *md, const vt_vibration_options *o) {
    int64_t done = vt_md_done(md);
    return done < o->settle ? o->settle + o->every - done
                            : o->every - (done - o->settle) % o->every;
}

vt_status vt_vibrations_run(vt_md *md, const vt_vibration_options *o, int64_t most,
                            vt_amplitude (*sum)[2], float *velocity, vt_error *err) {
    VTI_TRY(check(md, o, err));
    vt_status st = vt_md_remaining(md) > 0 ? VT_CONTINUE : VT_DONE;
    while (st == VT_CONTINUE && most > 0) {
        int64_t steps = until_frame(md, o);
        if (steps > most) steps = most;
        st = vt_md_run_ahead(md, steps, err);
        VTI_TRY(st);
        most -= steps;
        int64_t since = vt_md_done(md) - o->settle;
        if (since <= 0 || since % o->every != 0 || since / o->every > o->frames) continue;
        frame f = {.system = vt_md_system(md),
                   .options = o,
                   .frame = since / o->every - 1,
                   .sum = sum,
                   .velocity = velocity};
        find_drift(f.system, o, f.drift);
        vti_share(f.system->count, GRAIN, add_some, &f);
    }
    return st;
}

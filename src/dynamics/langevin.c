/* Langevin dynamics by the splitting BAOAB: Leimkuhler and Matthews, Appl. Math. Res. Express
   2013, 34 (2013). The Ornstein-Uhlenbeck part is solved exactly between two half drifts. Positions
   are sampled to fourth order in the step, velocities to second: they look colder by (omega
   dt)^2/4, 0.1% in a metal at 2 fs. Noise is
   keyed by (seed, id, step) and so independent of order and threads.

   The momentum that the noise gives the whole is taken out again. That projection commutes with
   friction and noise, so the 3 N - 3 other degrees of freedom are sampled exactly. The heat that
   the bath gives is booked in state.external. A box that a barostat moves has its own friction
   1/stress_damping. */
#include <math.h>

#include "base/share.h"
#include "dynamics/internal.h"
#include "vitrum/units.h"

/* Ids are positive, so this item is never an atom's. */
static const uint64_t BOX_ITEM = (uint64_t)1 << 62;

/* Decay, new noise and momentum of one block. */
static void stir_block(vt_md *md, size_t begin, size_t end, double keep, double kt, double *p) {
    const vt_system *w = md->system;
    double noise2 = kt * (1 - keep * keep);
    p[0] = p[1] = p[2] = 0;
    for (size_t i = begin; i < end; i++) {
        double n[4], m = md->mass[w->type[i]];
        double sigma = sqrt(noise2 * md->inverse_mass[w->type[i]]);
        vt_random_normal4(md->options.seed, VT_STREAM_LANGEVIN, (uint64_t)w->id[i],
                          (uint64_t)md->state.step, n);
        double *v = w->v[i];
        for (int k = 0; k < 3; k++) {
            v[k] = keep * v[k] + sigma * n[k];
            p[k] += m * v[k];
        }
    }
}

typedef struct {
    vt_md *md;
    double keep, kt;
} stirring;

static void stir_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const stirring *s = context;
    vt_md *md = s->md;
    for (size_t b = from; b < to; b++) {
        size_t begin = b * VTI_MD_BLOCK, end = begin + VTI_MD_BLOCK;
        stir_block(md, begin, end < md->count ? end : md->count, s->keep, s->kt,
                   &md->partial[b * VTI_SUMS]);
    }
}

static void stir_box(vt_md *md, double dt, double kt) {
    vti_md_state *s = &md->state;
    double before = md->barostat->energy(md), keep = exp(-dt / md->options.stress_damping);
    double sigma = sqrt(kt / md->barostat->mass(md) * (1 - keep * keep));
    double n[8], shared = 0;
    int axes = 0;
    vt_random_normal4(md->options.seed, VT_STREAM_LANGEVIN, BOX_ITEM, (uint64_t)s->step, n);
    vt_random_normal4(md->options.seed, VT_STREAM_LANGEVIN, BOX_ITEM + 1, (uint64_t)s->step, n + 4);
    for (int k = VT_XX; k <= VT_ZZ; k++) axes += vti_moves(md, k);
    /* Coupled axes are one degree of freedom with the mass of all of them. */
    if (md->options.coupled && axes > 0) shared = n[0] / sqrt(axes);
    for (int k = 0; k < 6; k++)
        if (vti_moves(md, k))
            s->box_rate[k] =
                keep * s->box_rate[k] + sigma * (md->options.coupled && k <= VT_ZZ ? shared : n[k]);
    s->external -= md->barostat->energy(md) - before;
}

static void middle(vt_md *md, double dt) {
    vti_md_state *s = &md->state;
    double kt = VT_BOLTZMANN * s->temperature;
    double keep = exp(-dt / md->options.temperature_damping);
    /* The kicks since the last sum changed the velocities. */
    vti_sum_kinetic(md);
    double before = vti_kinetic_energy(s);
    size_t blocks = vti_md_blocks(md);
    vti_share(blocks, 1, stir_blocks, &(stirring){md, keep, kt});
    if (md->count > 1) {
        double p[3], mass = 0;
        vti_add_blocks(md->partial, blocks, VTI_SUMS, 3, p);
        for (size_t i = 0; i < md->count; i++) mass += md->mass[md->system->type[i]];
        for (int k = 0; k < 3; k++) p[k] /= mass;
        for (size_t i = 0; i < md->count; i++)
            for (int k = 0; k < 3; k++) md->system->v[i][k] -= p[k];
    }
    vti_sum_kinetic(md);
    s->external -= vti_kinetic_energy(s) - before;
    if (vti_box_freedom(md) > 0) stir_box(md, dt, kt);
}

const vti_thermostat vti_thermostat_langevin = {"langevin", NULL, middle, NULL};

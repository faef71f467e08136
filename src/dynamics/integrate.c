/* Loops over atoms: kicks, drifts, sums. Sums run over blocks of VTI_MD_BLOCK atoms whose partial
   sums are added in order, so that they do not depend on the number of threads. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "dynamics/internal.h"

enum {
    AT_A_TIME = 8, /* blocks that a thread takes */
    SERIES_TERMS = 40
};

static size_t block_end(const vt_md *md, size_t block) {
    return vti_block_end(md->count, VTI_MD_BLOCK, block);
}

/* ---------------------------------------------------------------- matrices ---- */

static void multiply(const double x[6], const double y[6], double out[6]) {
    double r[6];
    r[VT_XX] = x[VT_XX] * y[VT_XX];
    r[VT_YY] = x[VT_YY] * y[VT_YY];
    r[VT_ZZ] = x[VT_ZZ] * y[VT_ZZ];
    r[VT_XY] = x[VT_XX] * y[VT_XY] + x[VT_XY] * y[VT_YY];
    r[VT_YZ] = x[VT_YY] * y[VT_YZ] + x[VT_YZ] * y[VT_ZZ];
    r[VT_XZ] = x[VT_XX] * y[VT_XZ] + x[VT_XY] * y[VT_YZ] + x[VT_XZ] * y[VT_ZZ];
    memcpy(out, r, sizeof r);
}

/* Power series: a t is the strain of half a step, rarely above 1e-3, so that a handful of terms
   reach round-off, without the cancellation that (exp(x) - 1)/x has. */
void vti_flow(const double a[6], double t, double e[6], double phi[6]) {
    double term[6] = {1, 1, 1, 0, 0, 0};
    for (int k = 0; k < 6; k++) {
        e[k] = term[k];
        phi[k] = term[k] * t;
    }
    for (int n = 1; n <= SERIES_TERMS; n++) {
        multiply(term, a, term);
        double largest = 0;
        for (int k = 0; k < 6; k++) {
            term[k] *= t / n;
            e[k] += term[k];
            phi[k] += term[k] * t / (n + 1);
            largest = fmax(largest, fabs(term[k]));
        }
        if (largest < 1e-18) break;
    }
}

static bool all_zero(const double a[6]) {
    for (int k = 0; k < 6; k++)
        if (a[k] != 0) return false;
    return true;
}

/* ---------------------------------------------------------------- sums ---- */

/* Partial sums of columns 0..n-1 added in the order of the blocks. */
static void add_blocks(const vt_md *md, int n, double *out) {
    vti_add_blocks(md->partial, vti_md_blocks(md), VTI_SUMS, (size_t)n, out);
}

static void kinetic_block(const vt_md *md, size_t begin, size_t end, double *out) {
    const int32_t *restrict type = md->system->type;
    const double *restrict mass = md->mass, *restrict v = md->system->v[begin];
    double xx = 0, yy = 0, zz = 0, yz = 0, xz = 0, xy = 0;
    for (size_t i = begin; i < end; i++, v += 4) {
        double m = mass[type[i]], px = m * v[0], py = m * v[1], pz = m * v[2];
        xx += px * v[0];
        yy += py * v[1];
        zz += pz * v[2];
        yz += py * v[2];
        xz += px * v[2];
        xy += px * v[1];
    }
    out[VT_XX] = xx;
    out[VT_YY] = yy;
    out[VT_ZZ] = zz;
    out[VT_YZ] = yz;
    out[VT_XZ] = xz;
    out[VT_XY] = xy;
}

static void sum_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    vt_md *md = context;
    for (size_t b = from; b < to; b++)
        kinetic_block(md, b * VTI_MD_BLOCK, block_end(md, b), &md->partial[b * VTI_SUMS]);
}

void vti_sum_kinetic(vt_md *md) {
    vti_share(vti_md_blocks(md), AT_A_TIME, sum_blocks, md);
    add_blocks(md, 6, md->state.kinetic);
}

/* ---------------------------------------------------------------- kick ---- */

static void plain_kick(const vt_md *md, size_t begin, size_t end, double dt) {
    const int32_t *restrict type = md->system->type;
    const double *restrict w = md->inverse_mass, *restrict f = md->system->f[0];
    double *restrict v = md->system->v[0];
    for (size_t i = begin; i < end; i++) {
        double c = dt * w[type[i]];
        for (size_t k = 4 * i; k < 4 * i + 4; k++) v[k] += c * f[k];
    }
}

static void flow_kick(const vt_md *md, size_t begin, size_t end, const double e[6],
                      const double phi[6]) {
    const vt_system *w = md->system;
    for (size_t i = begin; i < end; i++) {
        double *v = w->v[i], c = md->inverse_mass[w->type[i]];
        double ax = c * w->f[i][0], ay = c * w->f[i][1], az = c * w->f[i][2];
        double x = v[0], y = v[1], z = v[2];
        v[0] = (e[VT_XX] * x + e[VT_XY] * y + e[VT_XZ] * z) +
               (phi[VT_XX] * ax + phi[VT_XY] * ay + phi[VT_XZ] * az);
        v[1] = (e[VT_YY] * y + e[VT_YZ] * z) + (phi[VT_YY] * ay + phi[VT_YZ] * az);
        v[2] = e[VT_ZZ] * z + phi[VT_ZZ] * az;
    }
}

/* A motion under the flow of a matrix for the time dt; `plain` when there is no flow. */
typedef struct {
    vt_md *md;
    bool plain, sum;
    double dt, e[6], phi[6];
} motion;

static motion motion_of(vt_md *md, const double matrix[6], double dt) {
    motion m = {.md = md, .plain = all_zero(matrix), .dt = dt};
    if (!m.plain) vti_flow(matrix, dt, m.e, m.phi);
    return m;
}

static void kick_block(const motion *m, size_t begin, size_t end) {
    if (m->plain)
        plain_kick(m->md, begin, end, m->dt);
    else
        flow_kick(m->md, begin, end, m->e, m->phi);
}

static void kick_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const motion *m = context;
    vt_md *md = m->md;
    for (size_t b = from; b < to; b++) {
        size_t begin = b * VTI_MD_BLOCK, end = block_end(md, b);
        kick_block(m, begin, end);
        if (m->sum) kinetic_block(md, begin, end, &md->partial[b * VTI_SUMS]);
    }
}

static motion kick_of(vt_md *md, const double a[6], double dt) {
    double minus[6];
    for (int k = 0; k < 6; k++) minus[k] = -a[k];
    return motion_of(md, minus, dt);
}

void vti_kick(vt_md *md, const double a[6], double dt, bool sum) {
    motion m = kick_of(md, a, dt);
    m.sum = sum;
    vti_share(vti_md_blocks(md), AT_A_TIME, kick_blocks, &m);
    if (sum) add_blocks(md, 6, md->state.kinetic);
}

/* ---------------------------------------------------------------- drift ---- */

static double plain_drift(const vt_md *md, size_t begin, size_t end, double dt) {
    double *restrict r = md->system->r[0];
    const double *restrict v = md->system->v[0];
    double fastest = 0;
    for (size_t k = 4 * begin; k < 4 * end; k++) r[k] += dt * v[k];
    for (size_t k = 4 * begin; k < 4 * end; k += 4) {
        double v2 = v[k] * v[k] + v[k + 1] * v[k + 1] + v[k + 2] * v[k + 2];
        fastest = v2 > fastest ? v2 : fastest;
    }
    return fastest;
}

static double flow_drift(const vt_md *md, size_t begin, size_t end, const double e[6],
                         const double phi[6]) {
    const vt_system *w = md->system;
    const double *o = w->box.origin;
    double ox = o[0], oy = o[1], oz = o[2], fastest = 0;
    for (size_t i = begin; i < end; i++) {
        double *r = w->r[i];
        const double *v = w->v[i];
        double dx = r[0] - ox, dy = r[1] - oy, dz = r[2] - oz;
        r[0] = ox + ((e[VT_XX] * dx + e[VT_XY] * dy + e[VT_XZ] * dz) +
                     (phi[VT_XX] * v[0] + phi[VT_XY] * v[1] + phi[VT_XZ] * v[2]));
        r[1] = oy + ((e[VT_YY] * dy + e[VT_YZ] * dz) + (phi[VT_YY] * v[1] + phi[VT_YZ] * v[2]));
        r[2] = oz + (e[VT_ZZ] * dz + phi[VT_ZZ] * v[2]);
        double v2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
        fastest = v2 > fastest ? v2 : fastest;
    }
    return fastest;
}

/* A kick, unless it is NULL, and a drift: one loop, since threads wait for each other after each.
 */
typedef struct {
    const motion *kick, *drift;
} kick_and_drift;

static void drift_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const kick_and_drift *both = context;
    const motion *m = both->drift;
    vt_md *md = m->md;
    for (size_t b = from; b < to; b++) {
        size_t begin = b * VTI_MD_BLOCK, end = block_end(md, b);
        if (both->kick != NULL) kick_block(both->kick, begin, end);
        md->partial[b * VTI_SUMS] = m->plain ? plain_drift(md, begin, end, m->dt)
                                             : flow_drift(md, begin, end, m->e, m->phi);
    }
}

void vti_drift(vt_md *md, const double *a, double kick_time, const double g[6], double dt) {
    motion m = motion_of(md, g, dt), kick;
    if (a != NULL) kick = kick_of(md, a, kick_time);
    size_t blocks = vti_md_blocks(md);
    vti_share(blocks, AT_A_TIME, drift_blocks, &(kick_and_drift){a != NULL ? &kick : NULL, &m});
    md->fastest = 0;
    for (size_t b = 0; b < blocks; b++) md->fastest = fmax(md->fastest, md->partial[b * VTI_SUMS]);
    vt_system_moved(md->system);
    if (m.plain) return;
    const double *e = m.e;
    for (int k = 0; k < 3; k++) {
        double *h = md->system->box.h[k], x = h[0], y = h[1], z = h[2];
        h[0] = e[VT_XX] * x + e[VT_XY] * y + e[VT_XZ] * z;
        h[1] = e[VT_YY] * y + e[VT_YZ] * z;
        h[2] = e[VT_ZZ] * z;
    }
}

/* ---------------------------------------------------------------- velocities ---- */

typedef struct {
    vt_md *md;
    double factor;
} scaling;

static void scale_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const scaling *s = context;
    double *restrict v = s->md->system->v[0], factor = s->factor;
    size_t end = 4 * block_end(s->md, to - 1);
    for (size_t k = 4 * from * VTI_MD_BLOCK; k < end; k++) v[k] *= factor;
}

void vti_scale(vt_md *md, double factor) {
    vti_share(vti_md_blocks(md), AT_A_TIME, scale_blocks, &(scaling){md, factor});
    for (int k = 0; k < 6; k++) md->state.kinetic[k] *= factor * factor;
}

void vti_remove_drift(vt_md *md) {
    vt_system *w = md->system;
    double momentum[3] = {0, 0, 0}, mass = 0;
    for (size_t i = 0; i < md->count && md->count > 1; i++) {
        double m = md->mass[w->type[i]];
        for (int k = 0; k < 3; k++) momentum[k] += m * w->v[i][k];
        mass += m;
    }
    for (size_t i = 0; i < md->count && md->count > 1; i++)
        for (int k = 0; k < 3; k++) w->v[i][k] -= momentum[k] / mass;
    vti_sum_kinetic(md);
}

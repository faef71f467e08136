/* Loops over atoms: kicks, drifts, sums. Sums run over blocks of VTI_BLOCK atoms whose partial
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
    size_t end = (block + 1) * VTI_BLOCK;
    return end < md->count ? end : md->count;
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
    for (int k = 0; k < n; k++) out[k] = 0;
    for (size_t b = 0; b < vti_blocks(md); b++)
        for (int k = 0; k < n; k++) out[k] += md->partial[b * VTI_SUMS + k];
}

static void kinetic_block(const vt_md *md, size_t begin, size_t end, double *out) {
    const int32_t *restrict type = md->work->type;
    const double *restrict mass = md->mass, *restrict vx = md->work->vx,
                           *restrict vy = md->work->vy, *restrict vz = md->work->vz;
    double xx = 0, yy = 0, zz = 0, yz = 0, xz = 0, xy = 0;
#pragma omp simd reduction(+ : xx, yy, zz, yz, xz, xy)
    for (size_t i = begin; i < end; i++) {
        double m = mass[type[i]], px = m * vx[i], py = m * vy[i], pz = m * vz[i];
        xx += px * vx[i];
        yy += py * vy[i];
        zz += pz * vz[i];
        yz += py * vz[i];
        xz += px * vz[i];
        xy += px * vy[i];
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
        kinetic_block(md, b * VTI_BLOCK, block_end(md, b), &md->partial[b * VTI_SUMS]);
}

void vti_sum_kinetic(vt_md *md) {
    vti_share(vti_blocks(md), AT_A_TIME, sum_blocks, md);
    add_blocks(md, 6, md->state.kinetic);
}

/* ---------------------------------------------------------------- kick ---- */

static void plain_kick(const vt_md *md, size_t begin, size_t end, double dt) {
    const int32_t *restrict type = md->work->type;
    const double *restrict w = md->inverse_mass, *restrict fx = md->work->fx,
                           *restrict fy = md->work->fy, *restrict fz = md->work->fz;
    double *restrict vx = md->work->vx, *restrict vy = md->work->vy, *restrict vz = md->work->vz;
    for (size_t i = begin; i < end; i++) {
        double c = dt * w[type[i]];
        vx[i] += c * fx[i];
        vy[i] += c * fy[i];
        vz[i] += c * fz[i];
    }
}

static void flow_kick(const vt_md *md, size_t begin, size_t end, const double e[6],
                      const double phi[6]) {
    const int32_t *restrict type = md->work->type;
    const double *restrict w = md->inverse_mass, *restrict fx = md->work->fx,
                           *restrict fy = md->work->fy, *restrict fz = md->work->fz;
    double *restrict vx = md->work->vx, *restrict vy = md->work->vy, *restrict vz = md->work->vz;
    for (size_t i = begin; i < end; i++) {
        double c = w[type[i]], ax = c * fx[i], ay = c * fy[i], az = c * fz[i];
        double x = vx[i], y = vy[i], z = vz[i];
        vx[i] = (e[VT_XX] * x + e[VT_XY] * y + e[VT_XZ] * z) +
                (phi[VT_XX] * ax + phi[VT_XY] * ay + phi[VT_XZ] * az);
        vy[i] = (e[VT_YY] * y + e[VT_YZ] * z) + (phi[VT_YY] * ay + phi[VT_YZ] * az);
        vz[i] = e[VT_ZZ] * z + phi[VT_ZZ] * az;
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

static void kick_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const motion *m = context;
    vt_md *md = m->md;
    for (size_t b = from; b < to; b++) {
        size_t begin = b * VTI_BLOCK, end = block_end(md, b);
        if (m->plain)
            plain_kick(md, begin, end, m->dt);
        else
            flow_kick(md, begin, end, m->e, m->phi);
        if (m->sum) kinetic_block(md, begin, end, &md->partial[b * VTI_SUMS]);
    }
}

void vti_kick(vt_md *md, const double a[6], double dt, bool sum) {
    double minus[6];
    for (int k = 0; k < 6; k++) minus[k] = -a[k];
    motion m = motion_of(md, minus, dt);
    m.sum = sum;
    vti_share(vti_blocks(md), AT_A_TIME, kick_blocks, &m);
    if (sum) add_blocks(md, 6, md->state.kinetic);
}

/* ---------------------------------------------------------------- drift ---- */

static double plain_drift(const vt_md *md, size_t begin, size_t end, double dt) {
    const double *restrict vx = md->work->vx, *restrict vy = md->work->vy,
                           *restrict vz = md->work->vz;
    double *restrict x = md->work->x, *restrict y = md->work->y, *restrict z = md->work->z;
    double fastest = 0;
#pragma omp simd reduction(max : fastest)
    for (size_t i = begin; i < end; i++) {
        x[i] += dt * vx[i];
        y[i] += dt * vy[i];
        z[i] += dt * vz[i];
        double v2 = vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i];
        fastest = v2 > fastest ? v2 : fastest;
    }
    return fastest;
}

static double flow_drift(const vt_md *md, size_t begin, size_t end, const double e[6],
                         const double phi[6]) {
    const double *restrict vx = md->work->vx, *restrict vy = md->work->vy,
                           *restrict vz = md->work->vz, *o = md->work->box.origin;
    double *restrict x = md->work->x, *restrict y = md->work->y, *restrict z = md->work->z;
    double ox = o[0], oy = o[1], oz = o[2], fastest = 0;
#pragma omp simd reduction(max : fastest)
    for (size_t i = begin; i < end; i++) {
        double dx = x[i] - ox, dy = y[i] - oy, dz = z[i] - oz;
        x[i] = ox + ((e[VT_XX] * dx + e[VT_XY] * dy + e[VT_XZ] * dz) +
                     (phi[VT_XX] * vx[i] + phi[VT_XY] * vy[i] + phi[VT_XZ] * vz[i]));
        y[i] = oy + ((e[VT_YY] * dy + e[VT_YZ] * dz) + (phi[VT_YY] * vy[i] + phi[VT_YZ] * vz[i]));
        z[i] = oz + (e[VT_ZZ] * dz + phi[VT_ZZ] * vz[i]);
        double v2 = vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i];
        fastest = v2 > fastest ? v2 : fastest;
    }
    return fastest;
}

static void drift_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const motion *m = context;
    vt_md *md = m->md;
    for (size_t b = from; b < to; b++) {
        size_t begin = b * VTI_BLOCK, end = block_end(md, b);
        md->partial[b * VTI_SUMS] = m->plain ? plain_drift(md, begin, end, m->dt)
                                             : flow_drift(md, begin, end, m->e, m->phi);
    }
}

void vti_drift(vt_md *md, const double g[6], double dt) {
    motion m = motion_of(md, g, dt);
    size_t blocks = vti_blocks(md);
    vti_share(blocks, AT_A_TIME, drift_blocks, &m);
    md->fastest = 0;
    for (size_t b = 0; b < blocks; b++) md->fastest = fmax(md->fastest, md->partial[b * VTI_SUMS]);
    if (m.plain) return;
    const double *e = m.e;
    for (int k = 0; k < 3; k++) {
        double *h = md->work->box.h[k], x = h[0], y = h[1], z = h[2];
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
    vt_atoms *work = s->md->work;
    double *restrict vx = work->vx, *restrict vy = work->vy, *restrict vz = work->vz;
    for (size_t i = from * VTI_BLOCK; i < block_end(s->md, to - 1); i++) {
        vx[i] *= s->factor;
        vy[i] *= s->factor;
        vz[i] *= s->factor;
    }
}

void vti_scale(vt_md *md, double factor) {
    vti_share(vti_blocks(md), AT_A_TIME, scale_blocks, &(scaling){md, factor});
    for (int k = 0; k < 6; k++) md->state.kinetic[k] *= factor * factor;
}

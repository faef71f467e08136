/* A sheared periodic cell has many names: a simulation that tilts it too far goes on with
   c - a in place of c (a flip), and atoms that leave through a face come back through the other.
   The lattice of images is the same, so nothing has happened; but F and neighbor vectors must be
   taken along what the old cell vectors have become. Those are M h with an integer matrix M of
   determinant 1. The right M is known by the atoms: with it, their fractional coordinates are
   those of the reference but for the small motion beyond the homogeneous one and a common shift;
   with any other M they are scattered over the cell. Image counts say more, where both frames have
   them and they belong together: they tell where each atom went. */
#include "structure/continuation.h"
#include "base/share.h"
#include "base/tensor.h"

#include <math.h>
#include <string.h>

enum { SAMPLE = 256, TRIANGULAR_REACH = 3, GRAIN = 2048 };

/* Mean square of the fractional coordinates' differences, summed over axes, below which there is no
   need to look at all matrices. One axis with a wrong M gives 1/12 where atoms fill the cell; with
   vacuum in it, less. */
static const double CLEAR = 0.003;

/* A matrix that is less at hand must be better than chance makes it: in a melt where all places are
   new the best of hundreds of matrices is better by about 3 standard deviations of a mean of n
   squares, d^2 for a d between -1/2 and 1/2. So it must be better by this over sqrt(n), a fifth for
   a whole sample. Up to ten atoms nothing but an EXACT fit tells; below ROUNDING all are right. */
static const double BY_CHANCE = 3.2, EXACT = 1e-12, ROUNDING = 1e-20;

/* To the nearest integer, for sizes below 2^51; without SSE 4.1 round() is a call, and this is all
   that some loops do. */
static inline double rounded(double x) {
    return (x + 0x1.8p52) - 0x1.8p52;
}

static inline double wrapped(double difference) {
    return difference - rounded(difference);
}

static inline void fractional_of(const vt_atoms *atoms, double inverse[3][3], size_t i,
                                 double s[3]) {
    const double d[3] = {atoms->x[i] - atoms->box.origin[0], atoms->y[i] - atoms->box.origin[1],
                         atoms->z[i] - atoms->box.origin[2]};
    vti_row_times3(d, inverse, s);
}

/* ---------------------------------------------------------------- the integer matrix ---- */

typedef struct {
    size_t count;
    double before[SAMPLE][3], now[SAMPLE][3]; /* fractional, each in its own cell */
    const bool *periodic;
} sample;

/* A fixed sequence that looks like a random one (Steele, Lea, Flood, OOPSLA 2014: splitmix64). */
static uint64_t mixed(uint64_t k) {
    uint64_t z = (k + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Atoms from all over the list, in no order: in a crystal that is listed row by row, every k-th
   atom may be in one plane, and successive ones are close together, where a wrong matrix does not
   show. */
static void take_sample(const vt_atoms *reference, const vt_atoms *atoms,
                        double inverse_before[3][3], double inverse_now[3][3], sample *s) {
    size_t n = reference->count, order[SAMPLE];
    s->count = n < SAMPLE ? n : SAMPLE;
    for (size_t k = 0; k < s->count; k++)
        order[k] = (k * n + (n > SAMPLE ? mixed(k) % n : 0)) / s->count;
    for (size_t k = s->count; k > 1; k--) {
        size_t other = mixed(SAMPLE + k) % k, swap = order[k - 1];
        order[k - 1] = order[other];
        order[other] = swap;
    }
    for (size_t k = 0; k < s->count; k++) {
        fractional_of(reference, inverse_before, order[k], s->before[k]);
        fractional_of(atoms, inverse_now, order[k], s->now[k]);
    }
}

/* How far the coordinates are scattered when the cell has become M h: mean square of the
   differences between successive atoms of the sample, in which the common shift drops out.
   Something above `most` when it is above that. */
static double scatter(const sample *s, double m[3][3], double most) {
    double inverse[3][3], sum = 0, last[3] = {0}, pairs = s->count > 1 ? (double)s->count - 1 : 1;
    if (!(fabs(vti_invert3(m, inverse)) > 0.5)) return INFINITY;
    for (size_t k = 0; k < s->count && sum <= most * pairs; k++) {
        double now[3];
        vti_row_times3(s->now[k], inverse, now);
        for (int a = 0; a < 3; a++) {
            if (!s->periodic[a]) continue;
            double moved = now[a] - s->before[k][a], d = wrapped(moved - last[a]);
            if (k > 0) sum += d * d;
            last[a] = moved;
        }
    }
    return sum / pairs;
}

typedef struct {
    const sample *s;
    double guess[3][3];
    double best[3][3];
    double least;
} search;

static void consider_matrix(search *f, double m[3][3]) {
    if (f->least <= EXACT) return;
    double share = 1 - BY_CHANCE / sqrt((double)f->s->count);
    double enough = fmax(share * f->least, EXACT) - ROUNDING;
    double now = scatter(f->s, m, enough);
    if (now < enough) {
        f->least = now;
        memcpy(f->best, m, sizeof f->best);
    }
}

static void consider(search *f, double turn[3][3]) {
    if (vti_determinant3(turn) != 1) return;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            if (a != b && turn[a][b] != 0 && !(f->s->periodic[a] && f->s->periodic[b])) return;
    double m[3][3];
    vti_multiply3(turn, f->guess, m);
    consider_matrix(f, m);
}

/* All matrices with ones on the diagonal and -1, 0, 1 elsewhere, then triangular ones that shear
   further: an orthogonal box that was sheared along one axis by more than its own length. */
static void search_all(search *f) {
    for (int code = 0; code < 729; code++) {
        double t[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
        int rest = code;
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                if (a != b) {
                    t[a][b] = rest % 3 - 1;
                    rest /= 3;
                }
        consider(f, t);
    }
    for (int i = -TRIANGULAR_REACH; i <= TRIANGULAR_REACH; i++)
        for (int j = -TRIANGULAR_REACH; j <= TRIANGULAR_REACH; j++)
            for (int k = -TRIANGULAR_REACH; k <= TRIANGULAR_REACH; k++) {
                consider(f, (double[3][3]){{1, 0, 0}, {i, 1, 0}, {j, k, 1}});
                consider(f, (double[3][3]){{1, i, j}, {0, 1, k}, {0, 0, 1}});
            }
}

/* The matrix M with which the cell vectors of `atoms` continue those of `reference`. */
static void find_matrix(const vt_atoms *reference, const vt_atoms *atoms,
                        double inverse_before[3][3], double inverse_now[3][3], double M[3][3]) {
    static const double ONE[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    sample s = {.periodic = reference->box.periodic};
    take_sample(reference, atoms, inverse_before, inverse_now, &s);
    /* First guess: the least strain; the second one: nothing has flipped. */
    search f = {.s = &s};
    double nearest[3][3], before[3][3], unturned[3][3];
    memcpy(before, reference->box.h, sizeof before);
    memcpy(unturned, ONE, sizeof unturned);
    memcpy(f.guess, ONE, sizeof f.guess);
    vti_multiply3(before, inverse_now, nearest);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            bool both = s.periodic[a] && s.periodic[b];
            nearest[a][b] = both ? round(nearest[a][b]) : a == b;
        }
    if (vti_determinant3(nearest) == 1) memcpy(f.guess, nearest, sizeof nearest);
    memcpy(f.best, f.guess, sizeof f.best);
    f.least = scatter(&s, f.guess, INFINITY);
    consider_matrix(&f, unturned);
    if (f.least > CLEAR) search_all(&f);
    memcpy(M, f.best, sizeof f.best);
}

/* ---------------------------------------------------------------- positions ---- */

/* The shift that most atoms share along each periodic axis: a mean on a circle, found from the
   first atom and improved once, which is enough unless the atoms fill the cell evenly anew. */
static void common_shift(const double *moved, size_t count, double shift[3]) {
    for (int a = 0; a < 3; a++) shift[a] = count > 0 ? moved[a] : 0;
    for (int pass = 0; pass < 2; pass++) {
        double sum[3] = {0};
        for (size_t i = 0; i < count; i++)
            for (size_t a = 0; a < 3; a++) sum[a] += wrapped(moved[3 * i + a] - shift[a]);
        for (int a = 0; a < 3 && count > 0; a++) shift[a] += sum[a] / (double)count;
    }
}

/* Along free axes the box says nothing of the material: what becomes of those cell vectors is
   fitted to the atoms. */
static void fit_free_axes(const vt_atoms *reference, double inverse[3][3], const double *now,
                          double lattice[3][3]) {
    const bool *periodic = reference->box.periodic;
    if (periodic[0] && periodic[1] && periodic[2]) return;
    size_t n = reference->count;
    double center[3] = {0}, center_now[3] = {0};
    double square[3][3] = {{0}}, product[3][3] = {{0}}, inverse_square[3][3];
    for (size_t i = 0; i < n; i++) {
        double s[3];
        fractional_of(reference, inverse, i, s);
        for (int k = 0; k < 3; k++) {
            center[k] += s[k] / (double)n;
            center_now[k] += now[3 * i + (size_t)k] / (double)n;
        }
    }
    for (size_t i = 0; i < n; i++) {
        double s[3], rest[3];
        fractional_of(reference, inverse, i, s);
        for (int k = 0; k < 3; k++) {
            s[k] -= center[k];
            rest[k] = now[3 * i + (size_t)k] - center_now[k];
        }
        for (int a = 0; a < 3; a++)
            for (int k = 0; periodic[a] && k < 3; k++) rest[k] -= s[a] * lattice[a][k];
        for (int a = 0; a < 3; a++) {
            if (periodic[a]) continue;
            for (int b = 0; b < 3; b++) square[a][b] += periodic[b] ? 0 : s[a] * s[b];
            for (int k = 0; k < 3; k++) product[a][k] += s[a] * rest[k];
        }
    }
    double scale = 1;
    for (int a = 0; a < 3; a++) {
        if (periodic[a]) square[a][a] = 1;
        scale *= square[a][a];
    }
    /* A film of one layer has no extent to fit; there the box is as good as anything. */
    if (!(fabs(vti_invert3(square, inverse_square)) > 1e-9 * scale)) return;
    vti_multiply3(inverse_square, product, product);
    for (int a = 0; a < 3; a++)
        if (!periodic[a]) memcpy(lattice[a], product[a], sizeof lattice[a]);
}

/* ---------------------------------------------------------------- without a box ---- */

/* An isolated cluster may turn, stretch and boil; atoms that were wrapped into a box fill it and
   jump across it. So those are taken for wrapped of which some atom moves, along an axis along
   which they are spread as in a box, by more than half of their extent, and by more than HALF_AWAY
   of it beyond the homogeneous motion. The spread is the mean square from the middle in units of
   the extent: 1/12 in a box, 1/20 in a ball. A few atoms say nothing of a shape. */
enum { LEAST_WRAPPED = 50 };
static const double HALF_AWAY = 0.4, LEAST_SPREAD = 0.068;

static bool fills(double extent, const double *x, size_t n, double *mean) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) square += (x[i] - *mean) * (x[i] - *mean);
    return square / (double)n > LEAST_SPREAD * extent * extent;
}

static bool looks_wrapped(const vt_atoms *reference, const vt_atoms *atoms,
                          const vti_continuation *c) {
    size_t n = reference->count;
    if (!reference->boxless || !atoms->boxless || n < LEAST_WRAPPED) return false;
    const double *const before[3] = {reference->x, reference->y, reference->z};
    const double *const now[3] = {atoms->x, atoms->y, atoms->z};
    double mean[3], mean_now[3];
    bool filled[3];
    for (int k = 0; k < 3; k++) {
        bool filled_now = fills(atoms->box.h[k][k], now[k], n, &mean_now[k]);
        filled[k] = fills(reference->box.h[k][k], before[k], n, &mean[k]) && filled_now;
    }
    for (int k = 0; k < 3; k++) {
        double extent = fmax(reference->box.h[k][k], atoms->box.h[k][k]);
        if (!filled[k]) continue;
        for (size_t i = 0; i < n; i++) {
            double homogeneous = 0;
            for (int m = 0; m < 3; m++) homogeneous += c->affine[k][m] * (before[m][i] - mean[m]);
            if (fabs(now[k][i] - before[k][i]) > 0.5 * extent &&
                fabs(now[k][i] - mean_now[k] - homogeneous) > HALF_AWAY * extent)
                return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- by image counts ---- */

/* Parts of the cell. When no atom has moved so far, beyond the homogeneous motion, its image counts
   are right: wrong ones take it a whole cell away. */
static const double REACH = 0.45;

/* Otherwise those count that the image counts take to another image than the nearest. When they
   have really gone there they are anywhere between two images, with a mean square of 1/12 and more
   about the nearest one; when only their counts are wrong they are close to it. */
static const double REALLY_GONE = 1.0 / 24;

/* Image counts of atom i; those along free axes mean nothing. */
static inline void images_of(const vt_atoms *atoms, size_t i, double image[3]) {
    const int32_t count[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
    for (int a = 0; a < 3; a++) image[a] = atoms->box.periodic[a] ? count[a] : 0;
}

static bool any_images(const vt_atoms *atoms) {
    for (size_t i = 0; i < atoms->count; i++) {
        double image[3];
        images_of(atoms, i, image);
        if (image[0] != 0 || image[1] != 0 || image[2] != 0) return true;
    }
    return false;
}

static inline void unwrapped(const vt_atoms *atoms, size_t i, double r[3]) {
    const double own[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
    double image[3];
    images_of(atoms, i, image);
    for (int k = 0; k < 3; k++) {
        r[k] = own[k] - atoms->box.origin[k];
        for (int a = 0; a < 3; a++) r[k] += image[a] * atoms->box.h[a][k];
    }
}

/* F of the least squares of unwrapped positions, r' = F r + c; false when they lie in a plane. Sums
   are taken about the first atom, so that what is left of them without the means is no difference
   of large numbers. */
static bool fit_gradient(const vt_atoms *reference, const vt_atoms *atoms, double F[3][3]) {
    double first[3], first_now[3], sum[3] = {0}, sum_now[3] = {0};
    double Y[3][3] = {{0}}, X[3][3] = {{0}}, inverse[3][3];
    size_t n = atoms->count;
    unwrapped(reference, 0, first);
    unwrapped(atoms, 0, first_now);
    for (size_t i = 1; i < n; i++) {
        double r[3], now[3];
        unwrapped(reference, i, r);
        unwrapped(atoms, i, now);
        for (int k = 0; k < 3; k++) {
            sum[k] += r[k] -= first[k];
            sum_now[k] += now[k] -= first_now[k];
        }
        for (int k = 0; k < 3; k++)
            for (int m = 0; m < 3; m++) {
                X[k][m] += now[k] * r[m];
                Y[k][m] += r[k] * r[m];
            }
    }
    for (int k = 0; k < 3; k++)
        for (int m = 0; m < 3; m++) {
            X[k][m] -= sum_now[k] * sum[m] / (double)n;
            Y[k][m] -= sum[k] * sum[m] / (double)n;
        }
    double trace = (Y[0][0] + Y[1][1] + Y[2][2]) / 3;
    if (!(fabs(vti_invert3(Y, inverse)) > 1e-6 * trace * trace * trace)) return false;
    vti_multiply3(X, inverse, F);
    return true;
}

/* What the cell became by the image counts; false when no cell fits to them. */
static bool matrix_by_images(const vt_atoms *reference, const vt_atoms *atoms,
                             double inverse_now[3][3], double M[3][3]) {
    double F[3][3], h[3][3];
    const bool *periodic = reference->box.periodic;
    if (!fit_gradient(reference, atoms, F)) return false;
    for (int a = 0; a < 3; a++)
        for (int k = 0; k < 3; k++) {
            h[a][k] = 0;
            for (int m = 0; m < 3; m++) h[a][k] += F[k][m] * reference->box.h[a][m];
        }
    vti_multiply3(h, inverse_now, M);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) M[a][b] = periodic[a] && periodic[b] ? round(M[a][b]) : a == b;
    return vti_determinant3(M) == 1;
}

/* Place of atom i in the cell of the reference by its image counts, from the origin of the box. */
static inline void place_by_images(const vt_atoms *reference, const vt_atoms *atoms,
                                   double lattice[3][3], size_t i, double r[3]) {
    double image[3];
    images_of(reference, i, image);
    unwrapped(atoms, i, r);
    for (int k = 0; k < 3; k++)
        for (int a = 0; a < 3; a++) r[k] -= image[a] * lattice[a][k];
}

/* Which image counts are believed when some atom is beyond REACH. */
typedef enum { NONE, THOSE_REALLY_GONE, ALL } belief;

/* Context of the loops over atoms: M h of the present cell, `lattice`, and inverses. */
typedef struct {
    const vt_atoms *reference, *atoms;
    double before[3][3], lattice[3][3], back[3][3], shift[3];
    vti_continuation *c;
} following;

static void start_following(following *f, const vt_atoms *reference, const vt_atoms *atoms,
                            double before[3][3], double M[3][3], vti_continuation *c) {
    double now[3][3];
    *f = (following){.reference = reference, .atoms = atoms, .c = c};
    memcpy(now, atoms->box.h, sizeof now);
    memcpy(f->before, before, sizeof f->before);
    vti_multiply3(M, now, f->lattice);
    vti_invert3(f->lattice, f->back);
}

/* Places by image counts, and how far atoms went, in cell vectors. */
static void follow_images(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    following *f = context;
    for (size_t i = from; i < to; i++) {
        double s0[3], s[3], *r = f->c->position + 3 * i;
        place_by_images(f->reference, f->atoms, f->lattice, i, r);
        vti_row_times3(r, f->back, s);
        fractional_of(f->reference, f->before, i, s0);
        for (size_t a = 0; a < 3; a++) f->c->scratch[3 * i + a] = s[a] - s0[a];
    }
}

/* The continuation by image counts when the cell has become M h. False, and only positions written,
   when some atom is beyond REACH and its counts are not believed. */
static bool continue_counted(const vt_atoms *reference, const vt_atoms *atoms, double before[3][3],
                             double M[3][3], belief far, vti_continuation *c) {
    following f;
    start_following(&f, reference, atoms, before, M, c);
    double shift[3];
    size_t n = atoms->count;
    vti_share(n, GRAIN, follow_images, &f);
    common_shift(c->scratch, n, shift);
    double reach[3] = {0}, square = 0, gone = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 3; a++) {
            double away = fabs(c->scratch[3 * i + a] - shift[a]);
            reach[a] = away > reach[a] ? away : reach[a];
        }
    bool within = true;
    for (int a = 0; a < 3; a++)
        within = within && (!reference->box.periodic[a] || reach[a] < REACH);
    for (size_t i = 0; i < n && !within; i++)
        for (size_t a = 0; a < 3; a++) {
            double away = c->scratch[3 * i + a] - shift[a];
            if (!reference->box.periodic[a] || rounded(away) == 0) continue;
            square += wrapped(away) * wrapped(away);
            gone++;
        }
    if (!within && (far == NONE || (far == THOSE_REALLY_GONE && !(square > REALLY_GONE * gone))))
        return false;
    memcpy(c->lattice, f.lattice, sizeof f.lattice);
    return true;
}

/* With image counts the way of every atom is known, also where it is longer than half of the box.
   False, and nothing done, when there are none or when those of the two frames do not belong
   together, as after reading one of them from a file without counts. Those of two tracked frames
   always do. `nearest` is the matrix that fits without them. */
static bool continue_by_images(const vt_atoms *reference, const vt_atoms *atoms,
                               double before[3][3], double inverse_now[3][3], double nearest[3][3],
                               vti_continuation *c) {
    double M[3][3];
    belief far = reference->tracked && atoms->tracked ? ALL
                 : any_images(atoms)                  ? THOSE_REALLY_GONE
                                                      : NONE;
    if (far == NONE && !any_images(reference)) return false;
    return (matrix_by_images(reference, atoms, inverse_now, M) &&
            continue_counted(reference, atoms, before, M, NONE, c)) ||
           continue_counted(reference, atoms, before, nearest, far, c);
}

/* ---------------------------------------------------------------- both ---- */

static void find_motion(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    following *f = context;
    for (size_t i = from; i < to; i++) {
        double s0[3], s[3];
        fractional_of(f->reference, f->before, i, s0);
        fractional_of(f->atoms, f->back, i, s);
        for (size_t a = 0; a < 3; a++) f->c->scratch[3 * i + a] = s[a] - s0[a];
    }
}

static void place_nearest(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    following *f = context;
    const vt_atoms *atoms = f->atoms;
    for (size_t i = from; i < to; i++) {
        const double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        double away[3];
        for (size_t a = 0; a < 3; a++)
            away[a] = atoms->box.periodic[a] ? rounded(f->c->scratch[3 * i + a] - f->shift[a]) : 0;
        for (size_t k = 0; k < 3; k++) {
            double sum = r[k] - atoms->box.origin[k];
            for (int a = 0; a < 3; a++) sum -= away[a] * f->lattice[a][k];
            f->c->position[3 * i + k] = sum;
        }
    }
}

/* Without image counts: each atom at the image nearest to its place in the reference, the common
   shift taken off. */
static void continue_nearest(const vt_atoms *reference, const vt_atoms *atoms, double before[3][3],
                             double M[3][3], vti_continuation *c) {
    following f;
    start_following(&f, reference, atoms, before, M, c);
    size_t n = atoms->count;
    vti_share(n, GRAIN, find_motion, &f);
    common_shift(c->scratch, n, f.shift);
    vti_share(n, GRAIN, place_nearest, &f);
    memcpy(c->lattice, f.lattice, sizeof f.lattice);
}

vt_status vti_continue(const vt_atoms *reference, const vt_atoms *atoms, vti_continuation *c,
                       vt_error *err) {
    for (int a = 0; a < 3; a++)
        if (reference->box.periodic[a] != atoms->box.periodic[a])
            return vt_fail(
                err, VT_EINVAL,
                "along axis %c the reference frame is %s and the other one %s; both must "
                "be the same",
                "abc"[a], reference -> box.periodic[a] ? "periodic" : "free",
                atoms->box.periodic[a] ? "periodic" : "free");
    double before[3][3], now[3][3], M[3][3];
    vt_box_inverse(&reference->box, before);
    vt_box_inverse(&atoms->box, now);
    find_matrix(reference, atoms, before, now, M);
    if (!continue_by_images(reference, atoms, before, now, M, c))
        continue_nearest(reference, atoms, before, M, c);
    fit_free_axes(reference, before, c->position, c->lattice);
    vti_multiply3(before, c->lattice, c->affine);
    vti_transpose3(c->affine);
    c->wrapped = looks_wrapped(reference, atoms, c);
    return VT_OK;
}

/* A network of springs as preconditioner, after the idea of Packwood et al., J. Chem. Phys. 144,
   164109 (2016): what makes a large sample hard to minimize is that its long waves are so much
   softer than its short ones, and any network of springs between neighbors has that same spread.

   Their springs have one strength that decays with distance in a way given beforehand. Here the
   strength k_ab(r) is a broken line for each pair of species, fitted by least squares to the steps
   s already taken and the changes y of the gradient that they made,
       y_i = sum over j of k_ab(r_ij) e_ij (e_ij . (s_i - s_j)),
   so it knows nothing of the potential and needs no evaluation of its own. Springs that would
   push (k < 0) are left out, which keeps the matrix positive.

   The linear equations are solved by conjugate gradients, preconditioned by the 3 x 3 blocks of
   each atom, to a fifth of the right-hand side: more digits gain nothing, since the springs are no
   better than that. */
#include "minimize/preconditioner.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/sums.h"
#include "minimize/kernels.h"
#include "minimize/vectors.h"
#include "vitrum/neighbors.h"

enum {
    KNOTS = 8,        /* of k(r) */
    MAX_CLASSES = 10, /* pairs of species told apart: four species */
    UNKNOWNS = KNOTS * MAX_CLASSES,
    STEPS_PER_FIT = 3,    /* steps that one fit uses; in a minimization that ends before the fit
                             they were collected in vain */
    FIRST_FIT = 6,        /* step after which the first fit is made */
    FIT_GROWTH = 3,       /* each fit comes this many times later than the one before */
    SAMPLED_ATOMS = 4000, /* a fit of some tens of numbers needs no more equations */
    MAX_ROUNDS = 40
};
static const double NEIGHBORS = 12; /* springs per atom, about: the first shell */
static const double SOLVED = 0.2;   /* residual left, relative to the right-hand side */
static const double GROUND = 0.01;  /* spring to the ground, share of the mean stiffness */
static const double REGULAR = 1e-6; /* of the fit, share of the mean diagonal */
static const double SKIN = 0.1;     /* of the list, share of the reach */

/* The equations are solved in single precision: a fifth of the right-hand side is far above its
   rounding, and half the bytes are half the time. */
typedef vti_quad quad;
typedef vti_bundle bundle;

struct vti_preconditioner {
    size_t count, extra;
    int class_count;
    int class_of[VT_MAX_SPECIES][VT_MAX_SPECIES];
    double reach; /* longest spring [angstrom] */
    vt_neighbors *list;
    int64_t steps, next_fit;
    double normal[UNKNOWNS][UNKNOWNS], right[UNKNOWNS]; /* of the fit at hand */
    double k[UNKNOWNS];                                 /* strengths [eV/angstrom^2] */
    bool ready;
    /* The springs of atom i are bundles first[i] to first[i + 1] - 1. */
    size_t bundle_capacity;
    size_t *first;
    bundle *spring;
    double ground;        /* [eV/angstrom^2] */
    double box_stiffness; /* of the extra variables [eV/angstrom^2] */
    quad (*inverse)[3];   /* of the 3 x 3 block of each atom, by columns */
    vti_springs_times *times;
    quad *x, *r, *p, *q; /* vectors of the solver, one quad (x, y, z, 0) an atom */
};

static vti_springs_times *best_times(void) {
#if defined(__x86_64__)
    vt_simd simd = vt_simd_best();
    if (simd == VT_SIMD_AVX2) return vti_springs_times_avx2;
    if (simd == VT_SIMD_AVX512) return vti_springs_times_avx512;
#endif
    return vti_springs_times_baseline;
}

/* Room for springs no longer than p->reach between `listed` atoms, of which p->count move. */
static vt_status make_room(vti_preconditioner *p, size_t listed, vt_error *err) {
    size_t n = p->count;
    p->times = best_times();
    p->list = vt_neighbors_create(p->reach, SKIN * p->reach, err);
    if (p->list == NULL) return VT_ENOMEM;
    p->first = vt_alloc(n + 1, sizeof *p->first);
    p->inverse = vt_alloc(n, sizeof *p->inverse);
    p->x = vt_alloc(n, sizeof *p->x);
    p->r = vt_alloc(n, sizeof *p->r);
    p->p = vt_alloc(listed, sizeof *p->p); /* 0 for those that stand still */
    p->q = vt_alloc(n, sizeof *p->q);
    if (p->first && p->inverse && p->x && p->r && p->p && p->q) return VT_OK;
    return vt_fail_memory(err, n, 7 * sizeof(quad) + sizeof *p->first, "the preconditioner");
}

vti_preconditioner *vti_preconditioner_create(const vti_places *atoms, double longest, size_t extra,
                                              vt_error *err) {
    size_t n = atoms->count;
    vti_preconditioner *p = vt_alloc(1, sizeof *p);
    if (p == NULL) {
        vt_fail_memory(err, 1, sizeof *p, "the preconditioner");
        return NULL;
    }
    p->count = n;
    p->extra = extra;
    p->next_fit = FIRST_FIT;
    int species = atoms->species_count <= 4 ? atoms->species_count : 1;
    p->class_count = species * (species + 1) / 2;
    for (int a = 0; a < species; a++)
        for (int b = 0; b < species; b++)
            p->class_of[a][b] = a > b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a;
    double sphere = 4 * 3.14159265358979 / 3 * (double)n / vt_box_volume(atoms->box);
    p->reach = fmin(cbrt(NEIGHBORS / sphere), longest);
    if (!vt_failed(make_room(p, n, err))) return p;
    vti_preconditioner_destroy(p);
    return NULL;
}

void vti_preconditioner_destroy(vti_preconditioner *p) {
    if (p == NULL) return;
    vt_neighbors_destroy(p->list);
    vt_free(p->first);
    vt_free(p->spring);
    vt_free(p->inverse);
    vt_free(p->x);
    vt_free(p->r);
    vt_free(p->p);
    vt_free(p->q);
    vt_free(p);
}

/* ---------------------------------------------------------------- fit ---- */

/* A pair: unit vector from i to the neighbor, and where k(r) lies between two knots. */
typedef struct {
    size_t other;
    double e[3];
    int knot;     /* and the next one */
    double share; /* of the next one */
} pair;

/* The pair of atom i and entry m of its row; false when it is longer than the reach. */
static bool look(const vti_preconditioner *p, const vti_places *atoms, size_t i, size_t m,
                 pair *out) {
    const vt_neighbors *list = p->list;
    size_t point = (size_t)list->neighbor[m];
    const double *from = list->point + 4 * i, *to = list->point + 4 * point;
    double square = 0;
    for (int a = 0; a < 3; a++) {
        out->e[a] = to[a] - from[a];
        square += out->e[a] * out->e[a];
    }
    double r = sqrt(square);
    if (!(r < p->reach) || r == 0) return false;
    for (int a = 0; a < 3; a++) out->e[a] /= r;
    out->other = (size_t)list->parent[point];
    /* Knots from half the reach on; k is constant below. */
    double place = fmax(0, (2 * r / p->reach - 1) * (KNOTS - 1));
    int knot = (int)place < KNOTS - 1 ? (int)place : KNOTS - 2;
    int class = p->class_count == 1 ? 0 : p->class_of[atoms->type[i]][atoms->type[out->other]];
    out->knot = class * KNOTS + knot;
    out->share = place - knot;
    return true;
}

/* Add the equations that one step gives. */
static void add_equations(vti_preconditioner *p, const vti_places *atoms, const double *s,
                          const double *y) {
    size_t n = p->count, stride = n / SAMPLED_ATOMS + 1;
    int unknowns = p->class_count * KNOTS;
    /* Steps shrink by orders of magnitude; each counts the same. */
    double weight = vti_dot(3 * n, y, y);
    if (!(weight > 0)) return;
    weight = 1 / weight;
    for (size_t i = 0; i < n; i += stride) {
        double row[UNKNOWNS][3] = {{0}};
        int used[UNKNOWNS], used_count = 0;
        for (size_t m = p->list->first[i]; m < p->list->first[i + 1]; m++) {
            pair c;
            if (!look(p, atoms, i, m, &c)) continue;
            double stretch = 0;
            for (int a = 0; a < 3; a++) stretch += c.e[a] * (s[a * n + i] - s[a * n + c.other]);
            for (int a = 0; a < 3; a++) {
                row[c.knot][a] += (1 - c.share) * stretch * c.e[a];
                row[c.knot + 1][a] += c.share * stretch * c.e[a];
            }
        }
        for (int u = 0; u < unknowns; u++)
            if (row[u][0] != 0 || row[u][1] != 0 || row[u][2] != 0) used[used_count++] = u;
        for (int g = 0; g < used_count; g++) {
            int u = used[g];
            for (int a = 0; a < 3; a++) p->right[u] += weight * row[u][a] * y[a * n + i];
            for (int h = 0; h <= g; h++) {
                int v = used[h];
                double sum = row[u][0] * row[v][0] + row[u][1] * row[v][1] + row[u][2] * row[v][2];
                p->normal[u][v] += weight * sum;
            }
        }
    }
}

/* Solve the normal equations (lower half given) into k by Cholesky's method; false when they are
   singular. */
static bool solve_fit(vti_preconditioner *p) {
    int n = p->class_count * KNOTS;
    double trace = 0;
    for (int u = 0; u < n; u++) trace += p->normal[u][u];
    for (int u = 0; u < n; u++) p->normal[u][u] += REGULAR * trace / n;
    for (int u = 0; u < n; u++)
        for (int v = 0; v <= u; v++) {
            double sum = p->normal[u][v];
            for (int w = 0; w < v; w++) sum -= p->normal[u][w] * p->normal[v][w];
            if (v < u) {
                p->normal[u][v] = sum / p->normal[v][v];
            } else {
                if (!(sum > 0) || !isfinite(sum)) return false;
                p->normal[u][u] = sqrt(sum);
            }
        }
    for (int u = 0; u < n; u++) {
        double sum = p->right[u];
        for (int v = 0; v < u; v++) sum -= p->normal[u][v] * p->k[v];
        p->k[u] = sum / p->normal[u][u];
    }
    for (int u = n - 1; u >= 0; u--) {
        double sum = p->k[u];
        for (int v = u + 1; v < n; v++) sum -= p->normal[v][u] * p->k[v];
        p->k[u] = sum / p->normal[u][u];
    }
    for (int u = 0; u < n; u++) {
        if (!isfinite(p->k[u])) return false;
        p->k[u] = fmax(p->k[u], 0);
    }
    return true;
}

/* ---------------------------------------------------------------- springs ---- */

/* Inverse of a symmetric positive matrix xx yy zz yz xz xy, by columns. */
static void invert(const double m[6], quad out[3]) {
    double xx = m[1] * m[2] - m[3] * m[3], xy = m[4] * m[3] - m[5] * m[2],
           xz = m[5] * m[3] - m[1] * m[4], yz = m[5] * m[4] - m[0] * m[3];
    double share = 1 / (m[0] * xx + m[5] * xy + m[4] * xz);
    double yy = m[0] * m[2] - m[4] * m[4], zz = m[0] * m[1] - m[5] * m[5];
    out[0] = (quad){(float)(xx * share), (float)(xy * share), (float)(xz * share), 0};
    out[1] = (quad){(float)(xy * share), (float)(yy * share), (float)(yz * share), 0};
    out[2] = (quad){(float)(xz * share), (float)(yz * share), (float)(zz * share), 0};
}

/* Add the springs of atom i from bundle `at` on, and their strengths to *trace; returns the bundle
   after the last. */
static size_t build_atom(vti_preconditioner *p, const vti_places *atoms, size_t i, size_t at,
                         double *trace) {
    int lane = 0;
    for (size_t m = p->list->first[i]; m < p->list->first[i + 1]; m++) {
        pair c;
        if (!look(p, atoms, i, m, &c)) continue;
        double k = (1 - c.share) * p->k[c.knot] + c.share * p->k[c.knot + 1];
        if (!(k > 0)) continue;
        bundle *b = &p->spring[at];
        if (lane == 0) {
            *b = (bundle){0};
            for (int q = 0; q < VTI_BUNDLE; q++) b->other[q] = (int32_t)i;
        }
        double root = sqrt(k);
        b->x[lane] = (float)(root * c.e[0]);
        b->y[lane] = (float)(root * c.e[1]);
        b->z[lane] = (float)(root * c.e[2]);
        b->other[lane] = (int32_t)c.other;
        lane = (lane + 1) % VTI_BUNDLE;
        at += lane == 0;
        *trace += k;
    }
    return at + (lane > 0);
}

/* Put up the springs between the atoms as they are. */
static bool build(vti_preconditioner *p, const vti_places *atoms) {
    size_t n = p->count, at = 0;
    size_t most = p->list->first[n] / VTI_BUNDLE + n;
    if (vt_failed(vt_reserve(&p->spring, &p->bundle_capacity, most, most / 8, sizeof *p->spring,
                             "springs", NULL)))
        return false;
    double trace = 0;
    for (size_t i = 0; i < n; i++) {
        p->first[i] = at;
        at = build_atom(p, atoms, i, at, &trace);
    }
    p->first[n] = at;
    double mean = trace / (3 * (double)n);
    if (!(mean > 0) || !isfinite(mean)) return false;
    p->ground = GROUND * mean;
    if (!(p->box_stiffness > 0)) p->box_stiffness = mean;
    for (size_t i = 0; i < n; i++) {
        double block[6] = {p->ground, p->ground, p->ground};
        for (size_t m = p->first[i]; m < p->first[i + 1]; m++) {
            const bundle *b = &p->spring[m];
            for (int lane = 0; lane < VTI_BUNDLE; lane++) {
                double x = (double)b->x[lane], y = (double)b->y[lane], z = (double)b->z[lane];
                block[0] += x * x;
                block[1] += y * y;
                block[2] += z * z;
                block[3] += y * z;
                block[4] += x * z;
                block[5] += x * y;
            }
        }
        invert(block, p->inverse[i]);
    }
    return true;
}

vti_preconditioner *vti_preconditioner_like(const vti_preconditioner *known,
                                            const vti_places *atoms, size_t movers, vt_error *err) {
    vti_preconditioner *p = vt_alloc(1, sizeof *p);
    if (p == NULL) {
        vt_fail_memory(err, 1, sizeof *p, "the preconditioner");
        return NULL;
    }
    p->count = movers;
    p->class_count = known->class_count;
    memcpy(p->class_of, known->class_of, sizeof p->class_of);
    memcpy(p->k, known->k, sizeof p->k);
    p->reach = known->reach;
    p->next_fit = INT64_MAX;
    if (vt_failed(make_room(p, atoms->count, err)) ||
        vt_failed(vti_neighbors_update(p->list, atoms, err))) {
        vti_preconditioner_destroy(p);
        return NULL;
    }
    p->ready = known->ready && build(p, atoms);
    return p;
}

void vti_preconditioner_restart(vti_preconditioner *p, bool keep) {
    p->ready = p->ready && keep;
    p->steps = 0;
    p->next_fit = FIRST_FIT;
    if (!keep) vt_neighbors_reset(p->list);
    memset(p->normal, 0, sizeof p->normal);
    memset(p->right, 0, sizeof p->right);
}

void vti_preconditioner_learn(vti_preconditioner *p, const vti_places *atoms, const double *s,
                              const double *y) {
    p->steps++;
    if (p->extra > 0) {
        double sy = vti_dot(p->extra, s + 3 * p->count, y + 3 * p->count);
        double ss = vti_dot(p->extra, s + 3 * p->count, s + 3 * p->count);
        if (sy > 0 && ss > 0) p->box_stiffness = sy / ss;
    }
    if (p->steps <= p->next_fit - STEPS_PER_FIT) return;
    /* Without neighbors there is nothing to gain and nothing lost; the minimizer goes on. */
    if (vt_failed(vti_neighbors_update(p->list, atoms, NULL))) return;
    add_equations(p, atoms, s, y);
    if (p->steps < p->next_fit) return;
    p->ready = solve_fit(p) && build(p, atoms);
    p->next_fit *= FIT_GROWTH;
    memset(p->normal, 0, sizeof p->normal);
    memset(p->right, 0, sizeof p->right);
}

/* ---------------------------------------------------------------- solver ---- */

/* Atoms are taken in blocks, whose sums are added in order: the same for any number of threads. */
enum { BLOCK = 512, MAX_BLOCKS = 4096 };

static double total(quad v) {
    return ((double)v[0] + (double)v[1]) + (double)v[2];
}

static quad block_times(const quad m[3], quad v) {
    return m[0] * v[0] + m[1] * v[1] + m[2] * v[2];
}

/* x += alpha p, r -= alpha q, then q = inverse blocks times r; r.r and r.q over the atoms. */
static void advance_block(const vti_preconditioner *s, float alpha, size_t begin, size_t end,
                          double *rr, double *rq) {
    quad square = {0}, product = {0};
    for (size_t i = begin; i < end; i++) {
        s->x[i] += alpha * s->p[i];
        quad r = s->r[i] - alpha * s->q[i], q = block_times(s->inverse[i], r);
        s->r[i] = r;
        s->q[i] = q;
        square += r * r;
        product += r * q;
    }
    *rr = total(square);
    *rq = total(product);
}

/* A round of the solution; blocks of `length` atoms. */
typedef struct {
    const vti_preconditioner *s;
    size_t length;
    float alpha;
    double *rr, *rq;
} solving;

static size_t end_of(const solving *v, size_t block) {
    return vti_block_end(v->s->count, v->length, block);
}

static void advance_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const solving *v = context;
    for (size_t b = from; b < to; b++)
        advance_block(v->s, v->alpha, b * v->length, end_of(v, b), &v->rr[b], &v->rq[b]);
}

static void stiffness_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const solving *v = context;
    const vti_preconditioner *s = v->s;
    const vti_springs springs = {s->first, s->spring, (float)s->ground};
    for (size_t b = from; b < to; b++)
        v->rr[b] = s->times(&springs, s->p, s->q, b * v->length, end_of(v, b));
}

bool vti_preconditioner_solve(vti_preconditioner *s, const double *g, double *z) {
    if (!s->ready) return false;
    size_t n = s->count, length = vti_block_length(n, BLOCK, MAX_BLOCKS);
    size_t blocks = vti_blocks(n, length);
    double largest = 0;
    for (size_t k = 0; k < 3 * n; k++) largest = fabs(g[k]) > largest ? fabs(g[k]) : largest;
    /* Squares of small gradients would leave the range of single precision. */
    double unit = largest > 0 ? 1 / largest : 1;
    for (size_t i = 0; i < n; i++) {
        s->r[i] =
            (quad){(float)(unit * g[i]), (float)(unit * g[n + i]), (float)(unit * g[2 * n + i]), 0};
        s->x[i] = s->p[i] = s->q[i] = (quad){0};
    }
    double rr_part[MAX_BLOCKS], rq_part[MAX_BLOCKS], rq = 0, goal = 0;
    solving v = {.s = s, .length = length, .rr = rr_part, .rq = rq_part};
    for (int round = 0; round <= MAX_ROUNDS; round++) {
        vti_share(blocks, 1, advance_some, &v);
        double rr = vti_add_up(rr_part, blocks), next = vti_add_up(rq_part, blocks);
        if (round == 0) goal = SOLVED * SOLVED * rr;
        if (!(rr > goal) || round == MAX_ROUNDS) break;
        float beta = round > 0 ? (float)(next / rq) : 0;
        rq = next;
        for (size_t i = 0; i < n; i++) s->p[i] = s->q[i] + beta * s->p[i];
        vti_share(blocks, 1, stiffness_some, &v);
        v.alpha = (float)(rq / vti_add_up(rr_part, blocks));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 3; a++) z[a * n + i] = (double)s->x[i][a] * largest;
    for (size_t k = 3 * n; k < 3 * n + s->extra; k++) z[k] = g[k] / s->box_stiffness;
    return true;
}

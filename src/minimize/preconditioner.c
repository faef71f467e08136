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
   each atom, to a tenth of the right-hand side: more digits gain nothing, since the springs are no
   better than that. */
#include "minimize/preconditioner.h"

#include <math.h>
#include <string.h>

#include "minimize/vectors.h"

enum {
    KNOTS = 8,        /* of k(r) */
    MAX_CLASSES = 10, /* pairs of species told apart: four species */
    UNKNOWNS = KNOTS * MAX_CLASSES,
    STEPS_PER_FIT = 5,    /* steps that one fit looks at */
    FIRST_FIT = 6,        /* step after which the first fit is made */
    FIT_GROWTH = 3,       /* each fit comes this many times later than the one before */
    SAMPLED_ATOMS = 4000, /* a fit of some tens of numbers needs no more equations */
    MAX_ROUNDS = 40
};
static const double NEIGHBORS = 16; /* springs per atom, about: the first shell */
static const double SOLVED = 0.1;   /* residual left, relative to the right-hand side */
static const double GROUND = 0.01;  /* spring to the ground, share of the mean stiffness */
static const double REGULAR = 1e-6; /* of the fit, share of the mean diagonal */
static const double SKIN = 0.1;     /* of the list, share of the reach */

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
    /* The springs of atom i are first[i] to first[i + 1] - 1: the other atom, and sqrt(k) e. */
    size_t spring_capacity;
    size_t *first;
    int32_t *other;
    float (*pull)[3];
    double ground;         /* [eV/angstrom^2] */
    double box_stiffness;  /* of the extra variables [eV/angstrom^2] */
    double *inverse;       /* of the 3 x 3 block of each atom: xx yy zz yz xz xy */
    double *x, *r, *p, *q; /* vectors of the solver, three numbers an atom */
};

vti_preconditioner *vti_preconditioner_create(const vt_atoms *atoms, double longest, size_t extra,
                                              vt_error *err) {
    size_t n = atoms->count;
    vti_preconditioner *p = vt_alloc(1, sizeof *p);
    if (p == NULL) goto no_memory;
    p->count = n;
    p->extra = extra;
    p->next_fit = FIRST_FIT;
    int species = atoms->species_count <= 4 ? atoms->species_count : 1;
    p->class_count = species * (species + 1) / 2;
    for (int a = 0; a < species; a++)
        for (int b = 0; b < species; b++)
            p->class_of[a][b] = a > b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a;
    double sphere = 4 * 3.14159265358979 / 3 * (double)n / vt_box_volume(&atoms->box);
    p->reach = fmin(cbrt(NEIGHBORS / sphere), longest);
    p->list = vt_neighbors_create(p->reach, SKIN * p->reach, err);
    if (p->list == NULL) goto fail;
    p->first = vt_alloc(n + 1, sizeof *p->first);
    p->inverse = vt_alloc(n, 6 * sizeof(double));
    p->x = vt_alloc(n, 3 * sizeof(double));
    p->r = vt_alloc(n, 3 * sizeof(double));
    p->p = vt_alloc(n, 3 * sizeof(double));
    p->q = vt_alloc(n, 3 * sizeof(double));
    if (p->first && p->inverse && p->x && p->r && p->p && p->q) return p;
no_memory:
    vt_fail_memory(err, n, 20 * sizeof(double), "the preconditioner");
fail:
    vti_preconditioner_destroy(p);
    return NULL;
}

void vti_preconditioner_destroy(vti_preconditioner *p) {
    if (p == NULL) return;
    vt_neighbors_destroy(p->list);
    vt_free(p->first);
    vt_free(p->other);
    vt_free(p->pull);
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
static bool look(const vti_preconditioner *p, const vt_atoms *atoms, size_t i, size_t m,
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
static void add_equations(vti_preconditioner *p, const vt_atoms *atoms, const double *s,
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

static bool reserve(vti_preconditioner *p, size_t springs) {
    if (springs <= p->spring_capacity) return true;
    vt_free(p->other);
    vt_free(p->pull);
    size_t capacity = springs + springs / 8;
    p->other = vt_alloc(capacity, sizeof *p->other);
    p->pull = vt_alloc(capacity, sizeof *p->pull);
    p->spring_capacity = p->other && p->pull ? capacity : 0;
    return p->spring_capacity > 0;
}

/* Inverse of a symmetric positive matrix xx yy zz yz xz xy. */
static void invert(const double m[6], double out[6]) {
    double xx = m[1] * m[2] - m[3] * m[3], xy = m[4] * m[3] - m[5] * m[2],
           xz = m[5] * m[3] - m[1] * m[4];
    double determinant = m[0] * xx + m[5] * xy + m[4] * xz;
    out[0] = xx / determinant;
    out[1] = (m[0] * m[2] - m[4] * m[4]) / determinant;
    out[2] = (m[0] * m[1] - m[5] * m[5]) / determinant;
    out[3] = (m[5] * m[4] - m[0] * m[3]) / determinant;
    out[4] = xz / determinant;
    out[5] = xy / determinant;
}

/* Put up the springs between the atoms as they are. */
static bool build(vti_preconditioner *p, const vt_atoms *atoms) {
    size_t n = p->count, springs = 0;
    if (!reserve(p, p->list->first[n])) return false;
    double trace = 0;
    for (size_t i = 0; i < n; i++) {
        double *block = p->inverse + 6 * i;
        memset(block, 0, 6 * sizeof *block);
        p->first[i] = springs;
        for (size_t m = p->list->first[i]; m < p->list->first[i + 1]; m++) {
            pair c;
            if (!look(p, atoms, i, m, &c)) continue;
            double k = (1 - c.share) * p->k[c.knot] + c.share * p->k[c.knot + 1];
            if (!(k > 0)) continue;
            double root = sqrt(k);
            for (int a = 0; a < 3; a++) p->pull[springs][a] = (float)(root * c.e[a]);
            p->other[springs++] = (int32_t)c.other;
            for (int a = 0; a < 3; a++) block[a] += k * c.e[a] * c.e[a];
            block[3] += k * c.e[1] * c.e[2];
            block[4] += k * c.e[0] * c.e[2];
            block[5] += k * c.e[0] * c.e[1];
        }
        trace += block[0] + block[1] + block[2];
    }
    p->first[n] = springs;
    double mean = trace / (3 * (double)n);
    if (!(mean > 0) || !isfinite(mean)) return false;
    p->ground = GROUND * mean;
    if (!(p->box_stiffness > 0)) p->box_stiffness = mean;
    for (size_t i = 0; i < n; i++) {
        double block[6];
        memcpy(block, p->inverse + 6 * i, sizeof block);
        for (int a = 0; a < 3; a++) block[a] += p->ground;
        invert(block, p->inverse + 6 * i);
    }
    return true;
}

void vti_preconditioner_learn(vti_preconditioner *p, const vt_atoms *atoms, const double *s,
                              const double *y) {
    p->steps++;
    if (p->extra > 0) {
        double sy = vti_dot(p->extra, s + 3 * p->count, y + 3 * p->count);
        double ss = vti_dot(p->extra, s + 3 * p->count, s + 3 * p->count);
        if (sy > 0 && ss > 0) p->box_stiffness = sy / ss;
    }
    if (p->steps <= p->next_fit - STEPS_PER_FIT) return;
    /* Without neighbors there is nothing to gain and nothing lost; the minimizer goes on. */
    if (vt_failed(vt_neighbors_update(p->list, atoms, NULL))) return;
    add_equations(p, atoms, s, y);
    if (p->steps < p->next_fit) return;
    p->ready = solve_fit(p) && build(p, atoms);
    p->next_fit *= FIT_GROWTH;
    memset(p->normal, 0, sizeof p->normal);
    memset(p->right, 0, sizeof p->right);
}

/* ---------------------------------------------------------------- solver ---- */

/* q = stiffness times p */
static void stiffness_times(const vti_preconditioner *s, const double *p, double *q) {
#pragma omp parallel for schedule(static) num_threads(vt_threads()) if (s->count > 2000)
    for (size_t i = 0; i < s->count; i++) {
        const double *pi = p + 3 * i;
        double sum[3] = {s->ground * pi[0], s->ground * pi[1], s->ground * pi[2]};
        for (size_t m = s->first[i]; m < s->first[i + 1]; m++) {
            const double *pj = p + 3 * (size_t)s->other[m];
            double w[3] = {(double)s->pull[m][0], (double)s->pull[m][1], (double)s->pull[m][2]};
            double force = w[0] * (pi[0] - pj[0]) + w[1] * (pi[1] - pj[1]) + w[2] * (pi[2] - pj[2]);
            for (int a = 0; a < 3; a++) sum[a] += force * w[a];
        }
        for (int a = 0; a < 3; a++) q[3 * i + a] = sum[a];
    }
}

/* q = inverse blocks times r */
static void blocks_times(const vti_preconditioner *s, const double *r, double *q) {
#pragma omp parallel for schedule(static) num_threads(vt_threads()) if (s->count > 2000)
    for (size_t i = 0; i < s->count; i++) {
        const double *m = s->inverse + 6 * i, *v = r + 3 * i;
        q[3 * i] = m[0] * v[0] + m[5] * v[1] + m[4] * v[2];
        q[3 * i + 1] = m[5] * v[0] + m[1] * v[1] + m[3] * v[2];
        q[3 * i + 2] = m[4] * v[0] + m[3] * v[1] + m[2] * v[2];
    }
}

bool vti_preconditioner_solve(vti_preconditioner *s, const double *g, double *z) {
    if (!s->ready) return false;
    size_t n = s->count, size = 3 * n;
    double *x = s->x, *r = s->r, *p = s->p, *q = s->q;
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 3; a++) r[3 * i + a] = g[a * n + i];
    memset(x, 0, size * sizeof *x);
    double rr = vti_dot(size, r, r), goal = SOLVED * SOLVED * rr, rz = 0;
    for (int round = 0; round < MAX_ROUNDS && rr > goal; round++) {
        blocks_times(s, r, q);
        double next = vti_dot(size, r, q), beta = round > 0 ? next / rz : 0;
        rz = next;
        for (size_t k = 0; k < size; k++) p[k] = q[k] + beta * p[k];
        stiffness_times(s, p, q);
        double alpha = rz / vti_dot(size, p, q);
        vti_axpy(size, alpha, p, x);
        rr = vti_axpy_dot(size, -alpha, q, r, r);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 3; a++) z[a * n + i] = x[3 * i + a];
    for (size_t k = size; k < size + s->extra; k++) z[k] = g[k] / s->box_stiffness;
    return true;
}

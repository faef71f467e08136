/* Bond-orientational order. Y_lm are made by recurrence from polynomials in x/r, y/r, z/r, so that
   the pole is a direction like any other. */
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "vitrum/structure.h"

static const double PI = 3.14159265358979323846;

enum { MAX = VT_BOND_ORDER_MAX };
enum { GRAIN = 64 }; /* atoms that a thread takes at a time */

/* Constants of one degree l. */
typedef struct {
    int l;
    /* With P_lm the normalized Legendre function divided by sin^m,
           P_mm = diagonal[m], P_{m+1,m} = next[m] z P_mm,
           P_nm = a[n][m] (z P_{n-1,m} - b[n][m] P_{n-2,m}). */
    double diagonal[MAX + 1], next[MAX + 1], a[MAX + 1][MAX + 1], b[MAX + 1][MAX + 1];
    /* Wigner's (l l l; m1 m2 -m1-m2) at [m1 + l][m2 + l] */
    double wigner[2 * MAX + 1][2 * MAX + 1];
} degree;

static long double factorial(int n) {
    long double f = 1;
    for (int k = 2; k <= n; k++) f *= k;
    return f;
}

/* Racah's sum for (l l l; m1 m2 m3), m1 + m2 + m3 = 0. Edmonds, Angular Momentum in Quantum
   Mechanics (1957), eq. 3.6.11. */
static double wigner_3j(int l, int m1, int m2) {
    int m3 = -m1 - m2;
    if (m3 < -l || m3 > l) return 0;
    long double sum = 0, root;
    for (int k = 0; k <= l; k++) {
        int down[5] = {l - k, l - m1 - k, l + m2 - k, m1 + k, k - m2};
        bool inside = true;
        for (int d = 0; d < 5; d++) inside = inside && down[d] >= 0;
        if (!inside) continue;
        long double product = factorial(k);
        for (int d = 0; d < 5; d++) product *= factorial(down[d]);
        sum += (k % 2 ? -1 : 1) / product;
    }
    root = factorial(l) * factorial(l) * factorial(l) / factorial(3 * l + 1);
    root *= factorial(l + m1) * factorial(l - m1) * factorial(l + m2) * factorial(l - m2) *
            factorial(l + m3) * factorial(l - m3);
    return (double)(((m3 & 1) ? -1 : 1) * sqrtl(root) * sum);
}

static void prepare(degree *d, int l) {
    memset(d, 0, sizeof *d);
    d->l = l;
    d->diagonal[0] = sqrt(1 / (4 * PI));
    for (int m = 0; m <= l; m++) {
        /* With the phase (-1)^m of Condon and Shortley. */
        if (m > 0) d->diagonal[m] = -d->diagonal[m - 1] * sqrt((2 * m + 1.0) / (2 * m));
        d->next[m] = sqrt(2 * m + 3.0);
        for (int n = m + 2; n <= l; n++) {
            double nn = (double)n * n, mm = (double)m * m, p = (n - 1.0) * (n - 1.0);
            d->a[n][m] = sqrt((4 * nn - 1) / (nn - mm));
            d->b[n][m] = sqrt((p - mm) / (4 * p - 1));
        }
    }
    for (int m1 = -l; m1 <= l; m1++)
        for (int m2 = -l; m2 <= l; m2++) d->wigner[m1 + l][m2 + l] = wigner_3j(l, m1, m2);
}

/* Add weight Y_lm(r) to sum[m] (real, imaginary) for m = 0..l. */
static void add_harmonics(const degree *d, const double r[3], double weight, double (*sum)[2]) {
    double length = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
    double x = r[0] / length, y = r[1] / length, z = r[2] / length;
    double re = weight, im = 0; /* weight (x + i y)^m */
    for (int m = 0; m <= d->l; m++) {
        double before = 0, p = d->diagonal[m];
        for (int n = m + 1; n <= d->l; n++) {
            double now =
                n == m + 1 ? d->next[m] * z * p : d->a[n][m] * (z * p - d->b[n][m] * before);
            before = p;
            p = now;
        }
        sum[m][0] += p * re;
        sum[m][1] += p * im;
        double turned = re * x - im * y;
        im = re * y + im * x;
        re = turned;
    }
}

/* q_lm of atom i into c[l + 1]; NaN without neighbors. */
static void bond_sum(const vt_bonds *bonds, const degree *d, size_t i, double (*c)[2]) {
    bool alone = bonds->first[i] == bonds->first[i + 1];
    for (int m = 0; m <= d->l; m++) c[m][0] = c[m][1] = alone ? NAN : 0;
    for (size_t k = bonds->first[i]; k < bonds->first[i + 1]; k++)
        add_harmonics(d, &bonds->vector[3 * k], bonds->weight[k], c);
}

/* The mean of q_lm over atom i and its neighbors. */
static void mean_sum(const vt_bonds *bonds, const degree *d, double (*all)[2], size_t i,
                     double (*c)[2]) {
    size_t width = (size_t)d->l + 1;
    memcpy(c, all + i * width, width * sizeof *c);
    for (size_t k = bonds->first[i]; k < bonds->first[i + 1]; k++)
        for (size_t m = 0; m < width; m++)
            for (int part = 0; part < 2; part++)
                c[m][part] += all[(size_t)bonds->neighbor[k] * width + m][part];
    double share = 1.0 / (double)(bonds->first[i + 1] - bonds->first[i] + 1);
    for (size_t m = 0; m < width; m++) {
        c[m][0] *= share;
        c[m][1] *= share;
    }
}

/* sum_m |q_lm|^2 over all m; those below zero are (-1)^m times the conjugate. */
static double norm_squared(const degree *d, double (*c)[2]) {
    double sum = 0;
    for (int m = 0; m <= d->l; m++)
        sum += (m == 0 ? 1 : 2) * (c[m][0] * c[m][0] + c[m][1] * c[m][1]);
    return sum;
}

static double third_order(const degree *d, double (*c)[2], double norm2) {
    /* Rounding leaves q_l of about 1e-16 where symmetry makes it 0; no ratio can be made of it. */
    static const double VANISHING = 1e-20;
    if (!(norm2 > VANISHING)) return NAN;
    int l = d->l;
    double full[2 * MAX + 1][2];
    for (int m = 0; m <= l; m++) {
        double sign = m % 2 ? -1 : 1;
        memcpy(full[l + m], c[m], sizeof full[0]);
        if (m == 0) continue;
        full[l - m][0] = sign * c[m][0];
        full[l - m][1] = -sign * c[m][1];
    }
    double sum = 0;
    for (int m1 = -l; m1 <= l; m1++)
        for (int m2 = -l; m2 <= l; m2++) {
            int m3 = -m1 - m2;
            if (m3 < -l || m3 > l) continue;
            const double *p = full[l + m1], *q = full[l + m2], *r = full[l + m3];
            double re = p[0] * q[0] - p[1] * q[1], im = p[0] * q[1] + p[1] * q[0];
            sum += d->wigner[m1 + l][m2 + l] * (re * r[0] - im * r[1]);
        }
    return sum / (norm2 * sqrt(norm2));
}

static void finish(const degree *d, double (*c)[2], size_t i, double *q, double *w) {
    double norm2 = norm_squared(d, c);
    if (q != NULL) q[i] = sqrt(4 * PI / (2 * d->l + 1) * norm2);
    if (w != NULL) w[i] = third_order(d, c, norm2);
}

/* q and w of every atom; `all` holds the sums over the bonds of each when they are averaged. */
typedef struct {
    const vt_bonds *bonds;
    const degree *d;
    double (*all)[2];
    double *q, *w;
} ordering;

static void sum_bonds(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const ordering *o = context;
    for (size_t i = from; i < to; i++)
        bond_sum(o->bonds, o->d, i, o->all + i * ((size_t)o->d->l + 1));
}

static void find_orders(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const ordering *o = context;
    for (size_t i = from; i < to; i++) {
        double c[MAX + 1][2];
        if (o->all != NULL)
            mean_sum(o->bonds, o->d, o->all, i, c);
        else
            bond_sum(o->bonds, o->d, i, c);
        finish(o->d, c, i, o->q, o->w);
    }
}

vt_status vt_bond_order(const vt_bonds *bonds, int l, bool averaged, double *q, double *w,
                        vt_error *err) {
    if (l < 0 || l > VT_BOND_ORDER_MAX)
        return vt_fail(err, VT_EINVAL, "bond order: the degree l must be 0 to %d, got %d",
                       VT_BOND_ORDER_MAX, l);
    size_t n = bonds->count, width = (size_t)l + 1;
    degree d;
    prepare(&d, l);
    double(*all)[2] = averaged ? vt_alloc(n * width, sizeof *all) : NULL;
    if (averaged && all == NULL)
        return vt_fail_memory(err, n * width, sizeof *all, "bond-orientational order");
    ordering o = {bonds, &d, all, q, w};
    vt_status st = averaged ? vti_share_stoppable(n, GRAIN, sum_bonds, &o, err) : VT_OK;
    if (!vt_failed(st)) st = vti_share_stoppable(n, GRAIN, find_orders, &o, err);
    vt_free(all);
    return st;
}

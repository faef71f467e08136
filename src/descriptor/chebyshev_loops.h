/* Spherical Chebyshev descriptors, lanes of a vector being neighbors: for kernels of any width and
   precision. The file that includes this one defines real, vec, WIDTH, and vec_all, vec_fused,
   vec_root, vec_load (of doubles), vec_store (as doubles), vec_four_sums, KERNELS and
   CHANNELS before it. */
#ifndef VTI_DESCRIPTOR_CHEBYSHEV_LOOPS_H
#define VTI_DESCRIPTOR_CHEBYSHEV_LOOPS_H

enum { LARGEST = VT_CHEBYSHEV_MAX_L + 1 };

/* A vector of neighbors. */
typedef struct {
    vec u[3];       /* direction */
    vec r, inverse; /* distance and 1 over it */
    vec x;          /* r/cutoff */
} near_vec;

VTI_INLINE near_vec near_at(const vti_chebyshev *p, const vti_around *around, size_t k) {
    near_vec n;
    vec d[3] = {vec_load(around->x + k), vec_load(around->y + k), vec_load(around->z + k)};
    n.r = vec_root(vec_fused(d[0], d[0], vec_fused(d[1], d[1], d[2] * d[2])));
    n.inverse = (vec)((vec_mask)(vec_all(1) / n.r) & (n.r > vec_all(0)));
    for (int q = 0; q < 3; q++) n.u[q] = d[q] * n.inverse;
    n.x = n.r * vec_all((real)(1 / p->cutoff));
    return n;
}

VTI_INLINE size_t vectors_of(const vti_around *around) {
    return (around->count + WIDTH - 1) / WIDTH;
}

VTI_INLINE vec positive(vec v) {
    return (vec)((vec_mask)v & (v > vec_all(0)));
}

/* T_n f, and its derivative by r where `slope` is not NULL. */
VTI_INLINE void radial_at(const vti_chebyshev *p, const near_vec *n, const int radial, vec *value,
                          vec *slope) {
    vec c = positive(vec_all(1) - n->x * n->x), c2 = c * c, f = c2 * c2;
    vec t = vec_all(1) - vec_all(2) * n->x, twice = t + t;
    vec inverse = vec_all((real)(1 / p->cutoff));
    vec df = vec_all(-8) * n->x * inverse * c2 * c;
    vec before = vec_all(1), now = t;          /* T of n - 1 and n */
    vec u_before = vec_all(0), u = vec_all(1); /* U of n - 2 and n - 1 */
    vec down = vec_all(-2) * inverse * f;
    value[0] = f;
    if (slope != NULL) slope[0] = df;
    for (int k = 1; k < radial; k++) {
        value[k] = now * f;
        if (slope != NULL) slope[k] = vec_fused(now, df, vec_all((real)k) * u * down);
        vec next = vec_fused(twice, now, -before), u_next = vec_fused(twice, u, -u_before);
        before = now;
        now = next;
        u_before = u;
        u = u_next;
    }
}

VTI_INLINE void legendre_at(const vti_chebyshev *p, const int degree, vec z, vec *q) {
    for (int m = 0; m <= degree; m++) {
        q[VTI_LEGENDRE(m, m)] = vec_all(1);
        if (m < degree) q[VTI_LEGENDRE(m + 1, m)] = z;
        for (int l = m + 2; l <= degree; l++)
            q[VTI_LEGENDRE(l, m)] = vec_fused(z, q[VTI_LEGENDRE(l - 1, m)],
                                              vec_all((real)p->minus_b[VTI_LEGENDRE(l, m)]) *
                                                  q[VTI_LEGENDRE(l - 2, m)]);
    }
}

/* Real and imaginary part of (x + iy)^m. */
VTI_INLINE void circle_at(const int degree, vec x, vec y, vec *c, vec *s) {
    c[0] = vec_all(1);
    s[0] = vec_all(0);
    for (int m = 0; m < degree; m++) {
        c[m + 1] = vec_fused(x, c[m], -(y * s[m]));
        s[m + 1] = vec_fused(x, s[m], y * c[m]);
    }
}

/* ---------------------------------------------------------------- sums ---- */

/* Products of `rows` rows with four columns, summed over all neighbors: out[n] of the row n and
   the four columns. */
VTI_INLINE void product_block(const int rows, const vec *a, size_t a_step, const vec *y,
                              size_t y_step, size_t vectors, double *out, size_t out_step,
                              const bool add) {
    vec sum[5][4];
    for (int n = 0; n < rows; n++)
        for (int k = 0; k < 4; k++) sum[n][k] = vec_all(0);
    for (size_t v = 0; v < vectors; v++) {
        const vec *row = a + v * a_step, *column = y + v * y_step;
        for (int n = 0; n < rows; n++)
            for (int k = 0; k < 4; k++) sum[n][k] = vec_fused(row[n], column[k], sum[n][k]);
    }
    for (int n = 0; n < rows; n++) {
        lanes total = vec_four_sums(sum[n][0], sum[n][1], sum[n][2], sum[n][3]);
        double *to = out + (size_t)n * out_step;
        store(to, add ? load(to) + total : total);
    }
}

/* c = a y over the vectors of neighbors. */
VTI_INLINE void multiply(const int radial, const int harmonics, const vec *a, const vec *y,
                         size_t vectors, double *c, const bool add) {
    const size_t step = (size_t)harmonics, rows = (size_t)radial;
    for (int h = 0; h < harmonics; h += 4) {
        for (int n = 0; n < radial; n += 5) {
            double *out = c + (size_t)n * step + (size_t)h;
            switch (radial - n) {
            case 1:
                product_block(1, a + n, rows, y + h, step, vectors, out, step, add);
                break;
            case 2:
                product_block(2, a + n, rows, y + h, step, vectors, out, step, add);
                break;
            case 3:
                product_block(3, a + n, rows, y + h, step, vectors, out, step, add);
                break;
            case 4:
                product_block(4, a + n, rows, y + h, step, vectors, out, step, add);
                break;
            default:
                product_block(5, a + n, rows, y + h, step, vectors, out, step, add);
            }
        }
    }
}

VTI_INLINE int padded(int degree) {
    return ((degree + 1) * (degree + 1) + 3) / 4 * 4;
}

VTI_INLINE void harmonics_of(const int degree, const vec *q, const vec *c, const vec *s, vec *y) {
    for (int l = 0; l <= degree; l++) {
        y[l * l] = q[VTI_LEGENDRE(l, 0)];
        for (int m = 1; m <= l; m++) {
            y[l * l + 2 * m - 1] = q[VTI_LEGENDRE(l, m)] * c[m];
            y[l * l + 2 * m] = q[VTI_LEGENDRE(l, m)] * s[m];
        }
    }
    for (int h = (degree + 1) * (degree + 1); h < padded(degree); h++) y[h] = vec_all(0);
}

VTI_INLINE void sums_of(const vti_chebyshev *p, const int radial, const int degree,
                        const vti_around *around, double *room, double *sum) {
    const size_t harmonics = (size_t)padded(degree), rows = (size_t)radial;
    size_t vectors = vectors_of(around);
    vec *a = (vec *)(void *)room, *y = a + vectors * rows;
    for (size_t v = 0; v < vectors; v++) {
        vec q[VTI_CHEBYSHEV_LEGENDRE], c[LARGEST], s[LARGEST];
        near_vec near = near_at(p, around, v * WIDTH);
        radial_at(p, &near, radial, a + v * rows, NULL);
        legendre_at(p, degree, near.u[2], q);
        circle_at(degree, near.u[0], near.u[1], c, s);
        harmonics_of(degree, q, c, s, y + v * harmonics);
    }
    multiply(radial, (int)harmonics, a, y, vectors, sum, false);
}

static void sums(const vti_chebyshev *p, const vti_around *around, double *room, double *c) {
    if (p->degree == 8 && p->radial == 5)
        sums_of(p, 5, 8, around, room, c);
    else
        sums_of(p, p->radial, p->degree, around, room, c);
}

/* ---------------------------------------------------------------- slopes ---- */

/* Sum over n of a_n g_n and of a'_n g_n, for one harmonic. */
VTI_INLINE void contract(const int radial, const int harmonics, const vec *a, const vec *da,
                         const real *g, vec *value, vec *slope) {
    *value = a[0] * vec_all(g[0]);
    *slope = da[0] * vec_all(g[0]);
    for (int n = 1; n < radial; n++) {
        vec factor = vec_all(g[n * harmonics]);
        *value = vec_fused(a[n], factor, *value);
        *slope = vec_fused(da[n], factor, *slope);
    }
}

/* Add what the harmonics of one m give to the derivative by the distance, and by x, y, z as if they
   were free. */
VTI_INLINE void add_order(const int radial, const int degree, const int m, const vec *a,
                          const vec *da, const vec *q, const vec *c, const vec *s, const real *g,
                          vec *by_r, vec by_u[3]) {
    vec even = vec_all(0), odd = vec_all(0), even_z = vec_all(0), odd_z = vec_all(0);
    vec even_r = vec_all(0), odd_r = vec_all(0);
    const int harmonics = padded(degree);
    for (int l = m; l <= degree; l++) {
        vec value, slope, at = q[VTI_LEGENDRE(l, m)], at_z = vec_all(0);
        if (l > m) at_z = vec_all((real)(l - m)) * q[VTI_LEGENDRE(l, m + 1)];
        contract(radial, harmonics, a, da, g + l * l + (m > 0 ? 2 * m - 1 : 0), &value, &slope);
        even = vec_fused(value, at, even);
        even_z = vec_fused(value, at_z, even_z);
        even_r = vec_fused(slope, at, even_r);
        if (m == 0) continue;
        contract(radial, harmonics, a, da, g + l * l + 2 * m, &value, &slope);
        odd = vec_fused(value, at, odd);
        odd_z = vec_fused(value, at_z, odd_z);
        odd_r = vec_fused(slope, at, odd_r);
    }
    if (m == 0) {
        *by_r += even_r;
        by_u[2] += even_z;
        return;
    }
    vec times = vec_all((real)m);
    *by_r = vec_fused(even_r, c[m], vec_fused(odd_r, s[m], *by_r));
    by_u[2] = vec_fused(even_z, c[m], vec_fused(odd_z, s[m], by_u[2]));
    by_u[0] = vec_fused(times, vec_fused(even, c[m - 1], odd * s[m - 1]), by_u[0]);
    by_u[1] = vec_fused(times, vec_fused(odd, c[m - 1], -(even * s[m - 1])), by_u[1]);
}

VTI_INLINE void slopes_of(const vti_chebyshev *p, const int radial, const int degree,
                          const vti_around *around, const real *g, const vti_around *slope) {
    for (size_t k = 0; k < vectors_of(around) * WIDTH; k += WIDTH) {
        vec a[VT_CHEBYSHEV_MAX_N + 1], da[VT_CHEBYSHEV_MAX_N + 1];
        vec q[VTI_CHEBYSHEV_LEGENDRE], c[LARGEST], s[LARGEST];
        near_vec near = near_at(p, around, k);
        radial_at(p, &near, radial, a, da);
        legendre_at(p, degree, near.u[2], q);
        circle_at(degree, near.u[0], near.u[1], c, s);
        vec by_r = vec_all(0), by_u[3] = {vec_all(0), vec_all(0), vec_all(0)};
        for (int m = 0; m <= degree; m++)
            add_order(radial, degree, m, a, da, q, c, s, g, &by_r, by_u);
        /* A direction has length 1: only what is across it counts. */
        vec along =
            vec_fused(near.u[0], by_u[0], vec_fused(near.u[1], by_u[1], near.u[2] * by_u[2]));
        vec straight = vec_fused(-along, near.inverse, by_r);
        double *const to[3] = {slope->x + k, slope->y + k, slope->z + k};
        for (int d = 0; d < 3; d++)
            vec_store(to[d], vec_fused(near.u[d], straight, by_u[d] * near.inverse));
    }
}

static void slopes(const vti_chebyshev *p, const vti_around *around, const double *g, double *room,
                   const vti_around *slope) {
    real *factor = (real *)(void *)room;
    for (int k = 0; k < p->radial * p->harmonics; k++) factor[k] = (real)g[k];
    if (p->degree == 8 && p->radial == 5)
        slopes_of(p, 5, 8, around, factor, slope);
    else
        slopes_of(p, p->radial, p->degree, around, factor, slope);
}

/* ---------------------------------------------------------------- tangents ---- */

static void tangents(const vti_chebyshev *p, const vti_around *around, const vti_around *along,
                     double *room, double *sum, double *change) {
    const int radial = p->radial, degree = p->degree;
    const size_t harmonics = (size_t)p->harmonics, rows = (size_t)radial;
    size_t vectors = vectors_of(around);
    vec *a = (vec *)(void *)room, *da = a + vectors * rows, *y = da + vectors * rows;
    vec *dy = y + vectors * harmonics;
    for (size_t v = 0; v < vectors; v++) {
        vec q[VTI_CHEBYSHEV_LEGENDRE];
        vec c[LARGEST], s[LARGEST], dc[LARGEST], ds[LARGEST];
        size_t k = v * WIDTH;
        near_vec near = near_at(p, around, k);
        vec move[3] = {vec_load(along->x + k), vec_load(along->y + k), vec_load(along->z + k)};
        vec dr = vec_fused(near.u[0], move[0], vec_fused(near.u[1], move[1], near.u[2] * move[2])),
            du[3];
        for (int d = 0; d < 3; d++) du[d] = (move[d] - near.u[d] * dr) * near.inverse;
        radial_at(p, &near, radial, a + v * rows, da + v * rows);
        for (int n = 0; n < radial; n++) da[v * rows + (size_t)n] *= dr;
        legendre_at(p, degree, near.u[2], q);
        circle_at(degree, near.u[0], near.u[1], c, s);
        harmonics_of(degree, q, c, s, y + v * harmonics);
        dc[0] = ds[0] = vec_all(0);
        for (int m = 1; m <= degree; m++) {
            vec times = vec_all((real)m);
            dc[m] = times * (c[m - 1] * du[0] - s[m - 1] * du[1]);
            ds[m] = times * (s[m - 1] * du[0] + c[m - 1] * du[1]);
        }
        vec *to = dy + v * harmonics;
        for (size_t h = (size_t)((degree + 1) * (degree + 1)); h < harmonics; h++)
            to[h] = vec_all(0);
        for (int l = 0; l <= degree; l++)
            for (int m = 0; m <= l; m++) {
                vec at = q[VTI_LEGENDRE(l, m)], change_of = vec_all(0);
                if (l > m) change_of = vec_all((real)(l - m)) * q[VTI_LEGENDRE(l, m + 1)] * du[2];
                if (m == 0) {
                    to[l * l] = change_of;
                    continue;
                }
                to[l * l + 2 * m - 1] = vec_fused(change_of, c[m], at * dc[m]);
                to[l * l + 2 * m] = vec_fused(change_of, s[m], at * ds[m]);
            }
    }
    multiply(radial, (int)harmonics, a, y, vectors, sum, false);
    multiply(radial, (int)harmonics, da, y, vectors, change, false);
    multiply(radial, (int)harmonics, a, dy, vectors, change, true);
}

const vti_chebyshev_kernels KERNELS = {&CHANNELS, sums, slopes, tangents};

#endif

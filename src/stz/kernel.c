/* Stress of one transformed site: the table that the fast engine shifts and adds.

   For traceless eigenstrain the stress of a wave depends on one scalar, h = c2 e1 + s2 e3 with the
   cosine and sine of twice the angle of the wave vector:
       p = -E c2 h,   q = -E s2 h,   sigma_xx + sigma_yy = E h,
   where E = 4 mu (lam+mu)/(lam+2mu) is Young's modulus of the plane. Two real tables follow; the
   third response is what they leave of a sum that is known. */
#include <math.h>

#include "stz/internal.h"

/* Largest singular value of the symmetric response [[a, b], [b, c]]. */
static double norm(double a, double b, double c) {
    return fabs(a + c) / 2 + hypot((a - c) / 2, b);
}

/* Row-order index of site k of a block. */
static size_t row_index(const vt_stz *s, size_t block, size_t k) {
    size_t columns = (size_t)s->columns, nx = (size_t)s->nx;
    return (block / columns * SIDE + k / SIDE) * nx + block % columns * SIDE + k % SIDE;
}

static void fill_table(vt_stz *s, int which) {
    vti_transform *t = s->transform;
    int ny = s->ny, half = s->nx / 2 + 1;
    double scale = -s->plane.young / (double)s->sites;
    for (int j = 0; j < ny && !vt_interrupted(); j++)
        for (int kx = 0; kx < half; kx++) {
            fftw_complex *w = &t->waves[(size_t)j * (size_t)half + (size_t)kx];
            double value = 0;
            if (j != 0 || kx != 0) {
                vti_direction d = vti_stz_direction(t, kx, 2 * j <= ny ? j : j - ny);
                value = which == 0 ? d.c2c2 : d.c2s2;
            }
            (*w)[0] = scale * value;
            (*w)[1] = 0;
        }
    if (vt_interrupted()) return;
    fftw_execute(t->backward);
    /* Rows go on periodically, so that eight neighbors never need to wrap. */
    size_t nx = (size_t)s->nx, width = nx + SIDE;
    for (size_t y = 0; y < (size_t)ny; y++)
        for (size_t x = 0; x < width; x++)
            s->kernel[which][y * width + x] = t->real[y * nx + x % nx];
}

void vti_stz_convolve_all(vt_stz *s) {
    vti_transform *t = s->transform;
    int ny = s->ny, half = s->nx / 2 + 1;
    size_t sites = s->sites, waves = (size_t)ny * (size_t)half;
    double scale = -s->plane.young / (double)sites;
    for (size_t b = 0; b < s->blocks; b++)
        for (size_t k = 0; k < AREA; k++) {
            size_t i = row_index(s, b, k);
            t->real[i] = vti_stz_eigen1(s, b * AREA + k);
            t->real[sites + i] = vti_stz_eigen3(s, b * AREA + k);
        }
    fftw_execute_dft_r2c(t->forward, t->real, t->waves);
    fftw_execute_dft_r2c(t->forward, t->real + sites, t->waves + waves);
    for (int j = 0; j < ny; j++)
        for (int kx = 0; kx < half; kx++) {
            double *a = t->waves[(size_t)j * (size_t)half + (size_t)kx], *b = a + 2 * waves;
            vti_direction d = {0, 0, 0, 0};
            if (j != 0 || kx != 0) d = vti_stz_direction(t, kx, 2 * j <= ny ? j : j - ny);
            for (int part = 0; part < 2; part++) {
                double e1 = scale * a[part], e3 = scale * b[part];
                a[part] = d.c2c2 * e1 + d.c2s2 * e3;
                b[part] = d.c2s2 * e1 + d.s2s2 * e3;
            }
        }
    fftw_execute_dft_c2r(t->backward, t->waves, t->real);
    fftw_execute_dft_c2r(t->backward, t->waves + waves, t->real + sites);
    for (size_t b = 0; b < s->blocks; b++)
        for (size_t k = 0; k < AREA; k++) {
            size_t i = row_index(s, b, k);
            s->p[b * AREA + k] = t->real[i];
            s->q[b * AREA + k] = t->real[sites + i];
        }
}

/* reach[d]: the largest response of any site of a block to any site of the block d away. */
static void fill_reach(vt_stz *s) {
    int nx = s->nx, ny = s->ny;
    size_t width = (size_t)nx + SIDE;
    for (int by = 0; by < s->rows && !vt_interrupted(); by++)
        for (int bx = 0; bx < s->columns; bx++) {
            double largest = 0;
            for (int dy = 1 - SIDE; dy < SIDE; dy++)
                for (int dx = 1 - SIDE; dx < SIDE; dx++) {
                    size_t y = (size_t)((by * SIDE + dy + ny) % ny);
                    size_t x = (size_t)((bx * SIDE + dx + nx) % nx), k = y * width + x;
                    largest = fmax(largest, norm(s->kernel[0][k], s->kernel[1][k],
                                                 vti_stz_third_kernel(s, k)));
                }
            double *row = s->reach + 2 * by * s->columns;
            row[bx] = row[bx + s->columns] = largest * (1 + 1e-12);
        }
}

vt_status vti_stz_kernel(vt_stz *s, vt_error *err) {
    size_t count = (size_t)s->ny * ((size_t)s->nx + SIDE);
    for (int k = 0; k < 2; k++) {
        s->kernel[k] = vt_alloc(count, sizeof *s->kernel[k]);
        if (s->kernel[k] == NULL)
            return vt_fail_memory(err, count, sizeof(double), "the stress of a site");
        fill_table(s, k);
        if (vt_interrupted()) return vt_fail_interrupted(err);
    }
    s->reach = vt_alloc(2 * s->blocks, sizeof *s->reach);
    if (s->reach == NULL)
        return vt_fail_memory(err, 2 * s->blocks, sizeof(double), "the stress of a site");
    fill_reach(s);
    return vt_interrupted() ? vt_fail_interrupted(err) : VT_OK;
}

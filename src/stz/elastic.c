/* Stress of eigenstrain in a periodic, homogeneous, isotropic plane, by Fourier transform. */
#include <math.h>
#include <string.h>

#include "stz/internal.h"

vti_plane vti_stz_plane(const vt_stz_elastic *e) {
    vti_plane plane;
    plane.mu = e->young / (2 * (1 + e->poisson));
    plane.lambda = e->plane_strain
                       ? e->young * e->poisson / ((1 + e->poisson) * (1 - 2 * e->poisson))
                       : e->young * e->poisson / (1 - e->poisson * e->poisson);
    plane.a = (plane.lambda + plane.mu) / (plane.lambda + 2 * plane.mu);
    plane.young = 4 * plane.mu * plane.a;
    return plane;
}

/* ---------------------------------------------------------------- transforms ---- */

void vti_transform_destroy(vti_transform *t) {
    if (t == NULL) return;
    if (t->forward != NULL) fftw_destroy_plan(t->forward);
    if (t->backward != NULL) fftw_destroy_plan(t->backward);
    vt_free(t->real);
    vt_free(t->waves);
    vt_free(t);
}

vti_transform *vti_transform_create(int nx, int ny, double aspect, vt_error *err) {
    vti_transform *t = vt_alloc(1, sizeof *t);
    if (t == NULL) goto fail;
    t->nx = nx;
    t->ny = ny;
    t->stretch = nx == ny ? aspect : aspect * nx / ny;
    size_t real = (size_t)ny * (size_t)nx, waves = (size_t)ny * (size_t)(nx / 2 + 1);
    t->real = vt_alloc(3 * real, sizeof *t->real);
    t->waves = vt_alloc(3 * waves, sizeof *t->waves);
    if (t->real == NULL || t->waves == NULL) goto fail;
    /* Plans by estimate are always the same; measured ones would change the last bits from run to
       run. The arrays of a field are multiples of 64 bytes, so one plan serves all three. */
    t->forward = fftw_plan_dft_r2c_2d(ny, nx, t->real, t->waves, FFTW_ESTIMATE | FFTW_UNALIGNED);
    t->backward = fftw_plan_dft_c2r_2d(ny, nx, t->waves, t->real, FFTW_ESTIMATE | FFTW_UNALIGNED);
    if (t->forward == NULL || t->backward == NULL) goto fail;
    return t;
fail:
    vti_transform_destroy(t);
    vt_fail_memory(err, (size_t)ny * (size_t)nx, 6 * sizeof(double), "Fourier transforms");
    return NULL;
}

/* ---------------------------------------------------------------- one wave ---- */

/* Strain of a plane wave of eigenstrain along the unit vector n; complex numbers as two reals. */
static void wave_strain(const vti_plane *plane, double nx, double ny, const double eigen[3],
                        double strain[3]) {
    double trace = plane->lambda * (eigen[0] + eigen[1]);
    double sxx = trace + 2 * plane->mu * eigen[0], syy = trace + 2 * plane->mu * eigen[1];
    double sxy = 2 * plane->mu * eigen[2];
    double fx = sxx * nx + sxy * ny, fy = sxy * nx + syy * ny;
    double g = plane->a * (fx * nx + fy * ny);
    strain[0] = (fx * nx - g * nx * nx) / plane->mu;
    strain[1] = (fy * ny - g * ny * ny) / plane->mu;
    strain[2] = ((fx * ny + fy * nx) / 2 - g * nx * ny) / plane->mu;
}

/* The same averaged over both signs of a Nyquist component, which a real field cannot tell. */
static void real_wave_strain(const vti_plane *plane, const vti_transform *t, int kx, int ky,
                             const double eigen[3], double strain[3]) {
    double y = ky * t->stretch, length = hypot(kx, y), nx = kx / length, ny = y / length, mirror[3];
    wave_strain(plane, nx, ny, eigen, strain);
    if (2 * kx != t->nx && 2 * ky != t->ny) return;
    wave_strain(plane, nx, -ny, eigen, mirror);
    for (int c = 0; c < 3; c++) strain[c] = (strain[c] + mirror[c]) / 2;
}

vti_direction vti_stz_direction(const vti_transform *t, int kx, int ky) {
    double y = ky * t->stretch, k2 = (double)kx * kx + y * y;
    double c2 = ((double)kx * kx - y * y) / k2, s2 = 2.0 * kx * y / k2;
    bool nyquist = 2 * kx == t->nx || 2 * ky == t->ny || 2 * ky == -t->ny;
    return (vti_direction){c2, c2 * c2, nyquist ? 0 : c2 * s2, s2 * s2};
}

/* Fields of eigenstrain in t->real become strains, of mean zero. */
static void solve_waves(vti_transform *t, const vti_plane *plane) {
    int ny = t->ny, half = t->nx / 2 + 1;
    size_t real = (size_t)ny * (size_t)t->nx, waves = (size_t)ny * (size_t)half;
    for (size_t c = 0; c < 3; c++)
        fftw_execute_dft_r2c(t->forward, t->real + c * real, t->waves + c * waves);
    double scale = 1 / (double)real;
    for (int j = 0; j < ny; j++)
        for (int kx = 0; kx < half; kx++) {
            size_t w = (size_t)j * (size_t)half + (size_t)kx;
            int ky = 2 * j <= ny ? j : j - ny;
            for (int part = 0; part < 2; part++) {
                double eigen[3], strain[3] = {0, 0, 0};
                for (size_t c = 0; c < 3; c++) eigen[c] = t->waves[c * waves + w][part] * scale;
                if (w != 0) real_wave_strain(plane, t, kx, ky, eigen, strain);
                for (size_t c = 0; c < 3; c++) t->waves[c * waves + w][part] = strain[c];
            }
        }
    for (size_t c = 0; c < 3; c++)
        fftw_execute_dft_c2r(t->backward, t->waves + c * waves, t->real + c * real);
}

/* ---------------------------------------------------------------- the mean ---- */

void vti_stz_mean(const vti_plane *plane, const bool held[3], const double eigen[3],
                  double strain[3], double stress[3]) {
    double c11 = plane->lambda + 2 * plane->mu, c12 = plane->lambda;
    double elastic[2] = {strain[0] - eigen[0], strain[1] - eigen[1]};
    if (held[0] && held[1]) {
        double determinant = c11 * c11 - c12 * c12;
        elastic[0] = (c11 * stress[0] - c12 * stress[1]) / determinant;
        elastic[1] = (c11 * stress[1] - c12 * stress[0]) / determinant;
    } else if (held[0]) {
        elastic[0] = (stress[0] - c12 * elastic[1]) / c11;
    } else if (held[1]) {
        elastic[1] = (stress[1] - c12 * elastic[0]) / c11;
    }
    for (int k = 0; k < 2; k++) {
        if (held[k])
            strain[k] = elastic[k] + eigen[k];
        else
            stress[k] = c11 * elastic[k] + c12 * elastic[1 - k];
    }
    if (held[2])
        strain[2] = stress[2] / (2 * plane->mu) + eigen[2];
    else
        stress[2] = 2 * plane->mu * (strain[2] - eigen[2]);
}

/* ---------------------------------------------------------------- any eigenstrain ---- */

vt_status vt_stz_solve(const vt_stz_elastic *elastic, const vt_stz_grid *grid, const double *eigen,
                       const double mean[3], const bool held[3], double *strain, double *stress,
                       vt_error *err) {
    int64_t columns = grid->columns, rows = grid->rows;
    if (columns < 1 || columns > VT_STZ_MAX_SIDE || rows < 1 || rows > VT_STZ_MAX_SIDE)
        return vt_fail(err, VT_EINVAL,
                       "the sides of the fields must be 1 to %d sites, got %lld and %lld",
                       VT_STZ_MAX_SIDE, (long long)columns, (long long)rows);
    vti_transform *t = vti_transform_create((int)columns, (int)rows, grid->aspect, err);
    if (t == NULL) return VT_ENOMEM;
    size_t real = (size_t)rows * (size_t)columns;
    double average[3] = {0, 0, 0}, mean_strain[3], mean_stress[3];
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = 0; i < real; i++) average[c] += eigen[c * real + i];
        average[c] /= (double)real;
        mean_strain[c] = mean_stress[c] = mean[c];
    }
    vti_plane plane = vti_stz_plane(elastic);
    vti_stz_mean(&plane, held, average, mean_strain, mean_stress);
    memcpy(t->real, eigen, 3 * real * sizeof *eigen);
    solve_waves(t, &plane);
    for (size_t i = 0; i < real; i++) {
        double e[3], el[3];
        for (size_t c = 0; c < 3; c++) {
            e[c] = t->real[c * real + i] + mean_strain[c];
            el[c] = e[c] - eigen[c * real + i];
            if (strain != NULL) strain[c * real + i] = e[c];
        }
        if (stress == NULL) continue;
        double trace = plane.lambda * (el[0] + el[1]);
        for (size_t c = 0; c < 3; c++)
            stress[c * real + i] = 2 * plane.mu * el[c] + (c < 2 ? trace : 0);
    }
    vti_transform_destroy(t);
    return VT_OK;
}

/* ---------------------------------------------------------------- the lattice ---- */

void vti_stz_solve_all(vt_stz *s) {
    vti_transform *t = s->transform;
    size_t sites = s->sites;
    for (int y = 0; y < s->ny; y++)
        for (int x = 0; x < s->nx; x++) {
            size_t site = (size_t)vti_stz_site(s, x, y);
            size_t i = (size_t)y * (size_t)s->nx + (size_t)x;
            t->real[i] = vti_stz_eigen1(s, site);
            t->real[sites + i] = -vti_stz_eigen1(s, site);
            t->real[2 * sites + i] = vti_stz_eigen3(s, site);
        }
    solve_waves(t, &s->plane);
    double m1 = s->state.eigen[0], m3 = s->state.eigen[1], mu = s->plane.mu;
    for (int y = 0; y < s->ny; y++)
        for (int x = 0; x < s->nx; x++) {
            size_t site = (size_t)vti_stz_site(s, x, y);
            size_t i = (size_t)y * (size_t)s->nx + (size_t)x;
            double difference = t->real[i] - t->real[sites + i], shear = t->real[2 * sites + i];
            s->p[site] = 2 * mu * (difference - 2 * (vti_stz_eigen1(s, site) - m1));
            s->q[site] = 4 * mu * (shear - (vti_stz_eigen3(s, site) - m3));
        }
}

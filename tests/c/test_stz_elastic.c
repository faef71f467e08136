/* Elasticity of the STZ lattice against closed forms. */
#include "stz_fixture.h"

#include "stz/internal.h"

static const double PI = 3.14159265358979323846;
static const vt_stz_elastic GLASS = {69.46 / VT_GPA, 0.365, false};

/* Round-off of transforms of order-1 fields times a modulus of 0.43 eV/A^3. */
static const double ROUNDING = 1e-13;

typedef struct {
    size_t n;
    double *eigen, *strain, *stress;
} fields;

static fields make_fields(size_t n) {
    fields f = {n, vt_alloc(3 * n * n, 8), vt_alloc(3 * n * n, 8), vt_alloc(3 * n * n, 8)};
    assert_true(f.eigen != NULL && f.strain != NULL && f.stress != NULL);
    return f;
}

static void free_fields(fields *f) {
    vt_free(f->eigen);
    vt_free(f->strain);
    vt_free(f->stress);
}

static void solve(fields *f, const vt_stz_elastic *elastic, const double mean[3],
                  const bool held[3]) {
    vt_error err = {0};
    const vt_stz_grid grid = {(int64_t)f->n, (int64_t)f->n, 1};
    REQUIRE_OK(vt_stz_solve(elastic, &grid, f->eigen, mean, held, f->strain, f->stress, &err), err);
}

static const double ZERO[3] = {0, 0, 0};
static const bool FREE[3] = {true, true, true}, CLAMPED[3] = {false, false, false};

/* eps0_xx = cos(k y): the layers hold each other along x alone, sigma_xx = -E cos(k y). */
static void check_layers(vt_stz_elastic elastic) {
    fields f = make_fields(18);
    size_t n = f.n, sites = n * n;
    for (size_t i = 0; i < sites; i++) f.eigen[i] = cos(2 * PI * 3 * (double)(i / n) / (double)n);
    solve(&f, &elastic, ZERO, FREE);
    for (size_t i = 0; i < sites; i++) {
        CHECK_NEAR(f.stress[i], -elastic.young * f.eigen[i], 10 * ROUNDING);
        CHECK_NEAR(f.stress[sites + i], 0, 10 * ROUNDING);
        CHECK_NEAR(f.stress[2 * sites + i], 0, 10 * ROUNDING);
    }
    /* Along its own wave vector an eigenstrain is compatible: no stress at all. */
    for (size_t i = 0; i < sites; i++)
        f.eigen[i] = cos(2 * PI * 9 * (double)(i % n) / (double)n); /* Nyquist */
    solve(&f, &elastic, ZERO, FREE);
    for (size_t i = 0; i < 3 * sites; i++) CHECK_NEAR(f.stress[i], 0, 10 * ROUNDING);
    free_fields(&f);
}

/* In two dimensions a ratio above 1/2 is as good as any below 1. */
static void a_layered_eigenstrain_is_uniaxial(void **state) {
    (void)state;
    check_layers(GLASS);
    check_layers((vt_stz_elastic){88.6 / VT_GPA, 0.742, false});
    check_layers((vt_stz_elastic){88.6 / VT_GPA, 0.99, false});
}

/* Rectangles of points further apart along x than along y: sigma n = 0 for a wave along
   (3/(32 aspect), 5/24), and the table of the fast engine is the general solution. */
static void rectangles_have_their_own_directions(void **state) {
    (void)state;
    vt_error err = {0};
    const double aspect = 1.618;
    const vt_stz_grid grid = {32, 24, aspect};
    const size_t sites = 32 * 24, width = 32 + SIDE;
    double *eigen = vt_alloc(3 * sites, 8), *stress = vt_alloc(3 * sites, 8);
    for (size_t i = 0; i < sites; i++) {
        double phase = 2 * PI * (3 * (double)(i % 32) / 32 + 5 * (double)(i / 32) / 24);
        eigen[i] = 0.01 * cos(phase);
        eigen[sites + i] = 0.02 * sin(phase);
        eigen[2 * sites + i] = 0.03 * cos(phase + 0.4);
    }
    REQUIRE_OK(vt_stz_solve(&GLASS, &grid, eigen, ZERO, FREE, NULL, stress, &err), err);
    const double nx = 3 / (32 * aspect), ny = 5.0 / 24;
    double largest = 0;
    for (size_t i = 0; i < sites; i++) {
        CHECK_NEAR(nx * stress[i] + ny * stress[2 * sites + i], 0, ROUNDING);
        CHECK_NEAR(nx * stress[2 * sites + i] + ny * stress[sites + i], 0, ROUNDING);
        largest = fmax(largest, fabs(stress[i]));
    }
    assert_true(largest > 1e-3);
    vt_stz_options o = vt_stz_defaults();
    o.n = 32;
    o.rows = 24;
    o.aspect = aspect;
    vt_stz *s = tension_of(&o);
    memset(eigen, 0, 3 * sites * 8);
    eigen[0] = 0.131;
    eigen[sites] = -0.131;
    eigen[2 * sites] = -0.077;
    REQUIRE_OK(vt_stz_solve(&GLASS, &grid, eigen, ZERO, FREE, NULL, stress, &err), err);
    for (size_t i = 0; i < sites; i++) {
        size_t k = i / 32 * width + i % 32;
        double p = stress[i] - stress[sites + i], q = 2 * stress[2 * sites + i];
        CHECK_NEAR(s->kernel[0][k] * 0.131 - s->kernel[1][k] * 0.077, p, ROUNDING);
        CHECK_NEAR(s->kernel[1][k] * 0.131 - vti_stz_third_kernel(s, k) * 0.077, q, ROUNDING);
    }
    vt_stz_destroy(s);
    vt_free(eigen);
    vt_free(stress);
}

static void a_uniform_eigenstrain_only_shifts_the_mean(void **state) {
    (void)state;
    fields f = make_fields(16);
    size_t sites = f.n * f.n;
    const double eigen[3] = {0.013, -0.007, 0.0041}, mean[3] = {0.02, 0, 0};
    const bool tension[3] = {false, true, true};
    for (size_t i = 0; i < 3 * sites; i++) f.eigen[i] = eigen[i / sites];
    solve(&f, &GLASS, mean, tension);
    double stress = GLASS.young * (mean[0] - eigen[0]);
    for (size_t i = 0; i < sites; i++) {
        CHECK_NEAR(f.stress[i], stress, ROUNDING);
        CHECK_NEAR(f.stress[sites + i], 0, ROUNDING);
        CHECK_NEAR(f.strain[sites + i], eigen[1] - GLASS.poisson * (mean[0] - eigen[0]), ROUNDING);
        CHECK_NEAR(f.strain[2 * sites + i], eigen[2], ROUNDING);
    }
    /* Plane strain: the modulus along x is E/(1 - nu^2) when y is free. */
    vt_stz_elastic thick = GLASS;
    thick.plane_strain = true;
    solve(&f, &thick, mean, tension);
    CHECK_NEAR(f.stress[0], stress / (1 - GLASS.poisson * GLASS.poisson), ROUNDING);
    free_fields(&f);
}

/* The six mixtures of prescribed strain and stress agree with each other. */
static void mixtures_of_strain_and_stress_agree(void **state) {
    (void)state;
    fields f = make_fields(16);
    size_t sites = f.n * f.n;
    for (size_t i = 0; i < 3 * sites; i++) f.eigen[i] = 0.01 * sin(2.385 * (double)(i * i % 101));
    const double strain[3] = {0.011, -0.0023, 0.0057};
    solve(&f, &GLASS, strain, CLAMPED);
    double mean[3] = {0, 0, 0};
    for (size_t i = 0; i < 3 * sites; i++) mean[i / sites] += f.stress[i] / (double)sites;
    double first = f.stress[7];
    for (int mask = 1; mask < 8; mask++) {
        double given[3];
        bool held[3];
        for (int k = 0; k < 3; k++) {
            held[k] = (mask >> k & 1) != 0;
            given[k] = held[k] ? mean[k] : strain[k];
        }
        solve(&f, &GLASS, given, held);
        CHECK_NEAR(f.stress[7], first, ROUNDING);
    }
    free_fields(&f);
}

/* Eshelby (1957) in the plane: a circle of traceless eigenstrain is constrained to (3 - nu)/4 of
   it. A circle of sites has a rough edge, and its images are 256/24 radii away: about 2 %. */
static void a_circular_inclusion_is_eshelbys(void **state) {
    (void)state;
    fields f = make_fields(256);
    size_t n = f.n, sites = n * n;
    const double radius = 24, size = 0.031, tolerance = 0.02;
    for (size_t i = 0; i < sites; i++) {
        double x = (double)(i % n) - 128, y = (double)(i / n) - 128;
        bool inside = x * x + y * y < radius * radius;
        f.eigen[i] = inside ? size : 0;
        f.eigen[sites + i] = inside ? -size : 0;
    }
    solve(&f, &GLASS, ZERO, FREE);
    size_t center = 128 * n + 128, off = 120 * n + 137;
    double expected = (3 - GLASS.poisson) / 4 * size;
    CHECK_NEAR(f.strain[center] / expected, 1, tolerance);
    CHECK_NEAR(f.strain[off] / expected, 1, tolerance);
    CHECK_NEAR(f.strain[sites + center] / -expected, 1, tolerance);
    CHECK_NEAR(f.strain[2 * sites + off] / expected, 0, tolerance);
    free_fields(&f);
}

/* Outside it p = sigma_xx - sigma_yy = -E e a^2/r^2 cos(4 theta) (1 - 3 a^2/(2 r^2)): the mean over
   the circle of the field of a point, -E e cos(4 theta)/(pi r^2), which is biharmonic; and
   q = 2 sigma_xy the same with sin(4 theta). The images, 43 radii away, and the rough edge change
   it by up to 3 %. */
static void outside_a_circle_stress_is_eshelbys(void **state) {
    (void)state;
    fields f = make_fields(512);
    size_t n = f.n, sites = n * n;
    const double radius = 12, size = 0.031, tolerance = 0.04;
    double area = 0;
    for (size_t i = 0; i < sites; i++) {
        double x = (double)(i % n) - 256, y = (double)(i / n) - 256;
        bool inside = x * x + y * y < radius * radius;
        f.eigen[i] = inside ? size : 0;
        f.eigen[sites + i] = inside ? -size : 0;
        area += inside;
    }
    solve(&f, &GLASS, ZERO, FREE);
    const double a2 = area / PI; /* of the sites that are really inside */
    const int place[][2] = {{30, 0}, {0, 30},  {-30, 0}, {0, -30},  {22, 22}, {24, 0},
                            {40, 0}, {26, 11}, {11, 26}, {-26, 11}, {60, 0},  {26, -26}};
    for (size_t k = 0; k < sizeof place / sizeof *place; k++) {
        double x = place[k][0], y = place[k][1], r2 = x * x + y * y, theta = atan2(y, x);
        size_t i = (size_t)(256 + place[k][1]) * n + (size_t)(256 + place[k][0]);
        double scale = GLASS.young * size * a2 / r2 * (1 - 1.5 * a2 / r2);
        double p = f.stress[i] - f.stress[sites + i], q = 2 * f.stress[2 * sites + i];
        CHECK_NEAR(p / scale, -cos(4 * theta), tolerance);
        CHECK_NEAR(q / scale, -sin(4 * theta), tolerance);
    }
    free_fields(&f);
}

static double kernel(const vt_stz *s, int which, size_t k) {
    return which == 2 ? vti_stz_third_kernel(s, k) : s->kernel[which][k];
}

/* The response at (x, y), averaged over the neighbors with weights 1 2 1 both ways: a single site
   has all waves up to the Nyquist one, and the sharp end rings as (-1)^x/r^2. */
static double response(const vt_stz *s, int which, int x, int y) {
    const double weight[3] = {0.25, 0.5, 0.25};
    size_t width = (size_t)s->nx + SIDE;
    double sum = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
            size_t row = (size_t)((y + j + s->ny) % s->ny),
                   column = (size_t)((x + i + s->nx) % s->nx);
            sum += weight[i + 1] * weight[j + 1] * kernel(s, which, row * width + column);
        }
    return sum;
}

/* Far from one site p = -E e1 cos(4 theta)/(pi r^2) per unit area: the transform of -E cos^2(2
   theta_k). At 12 sites the average above and the images each change it by under 3 %. */
static void the_field_of_a_site_decays_with_four_lobes(void **state) {
    (void)state;
    vt_stz *s = tension_lattice(256, VT_STZ_FAST, 0.5, 1);
    size_t width = 256 + SIDE;
    double e = s->plane.young, axis = response(s, 0, 12, 0);
    CHECK_NEAR(axis / (-e / (PI * 144)), 1, 0.03);
    CHECK_NEAR(response(s, 0, 9, 9) / (e / (PI * 162)), 1, 0.03);
    CHECK_NEAR(response(s, 0, 0, 12) / axis, 1, 1e-9);
    CHECK_NEAR(response(s, 0, 24, 0) / (axis / 4), 1, 0.05);
    /* Shear along the axes has its lobes turned by 45 degrees. */
    CHECK_NEAR(response(s, 2, 12, 0) / axis, -1, 0.05);
    /* On itself: -(E/2)(1 - 1/N^2) in the mean of the two components, the sum over all waves. */
    CHECK_NEAR((s->kernel[0][0] + kernel(s, 2, 0)) / 2, -e / 2 * (1 - 1.0 / 65536), ROUNDING);
    /* The mean stress of a site is that of k = 0, which the table leaves out. */
    double sum = 0;
    for (size_t y = 0; y < 256; y++)
        for (size_t x = 0; x < 256; x++) sum += s->kernel[0][y * width + x];
    CHECK_NEAR(sum, 0, 1e-10);
    vt_stz_destroy(s);
}

/* The table of the fast engine and the general solution of the plain one are different formulas. */
static void the_kernel_is_the_general_solution(void **state) {
    (void)state;
    vt_stz *s = tension_lattice(24, VT_STZ_FAST, 0.5, 1);
    fields f = make_fields(24);
    size_t sites = 24 * 24, width = 24 + SIDE;
    const double e1 = 0.131, e3 = -0.077;
    f.eigen[0] = e1;
    f.eigen[sites] = -e1;
    f.eigen[2 * sites] = e3;
    solve(&f, &GLASS, ZERO, FREE);
    for (size_t i = 0; i < sites; i++) {
        size_t k = i / 24 * width + i % 24;
        double p = f.stress[i] - f.stress[sites + i], q = 2 * f.stress[2 * sites + i];
        CHECK_NEAR(s->kernel[0][k] * e1 + s->kernel[1][k] * e3, p, ROUNDING);
        CHECK_NEAR(s->kernel[1][k] * e1 + kernel(s, 2, k) * e3, q, ROUNDING);
    }
    free_fields(&f);
    vt_stz_destroy(s);
}

static void stress_is_in_equilibrium(void **state) {
    (void)state;
    /* One wave of eigenstrain along (2, 3): sigma n = 0 everywhere. */
    fields f = make_fields(32);
    size_t n = f.n, sites = n * n;
    for (size_t i = 0; i < sites; i++) {
        double phase = 2 * PI * (double)(2 * (i % n) + 3 * (i / n)) / (double)n;
        f.eigen[i] = 0.01 * cos(phase);
        f.eigen[sites + i] = 0.02 * sin(phase);
        f.eigen[2 * sites + i] = 0.03 * cos(phase + 0.4);
    }
    solve(&f, &GLASS, ZERO, FREE);
    double largest = 0;
    for (size_t i = 0; i < sites; i++) {
        CHECK_NEAR(2 * f.stress[i] + 3 * f.stress[2 * sites + i], 0, ROUNDING);
        CHECK_NEAR(2 * f.stress[2 * sites + i] + 3 * f.stress[sites + i], 0, ROUNDING);
        largest = fmax(largest, fabs(f.stress[i]));
    }
    assert_true(largest > 1e-3);
    free_fields(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layered_eigenstrain_is_uniaxial),
        cmocka_unit_test(rectangles_have_their_own_directions),
        cmocka_unit_test(a_uniform_eigenstrain_only_shifts_the_mean),
        cmocka_unit_test(mixtures_of_strain_and_stress_agree),
        cmocka_unit_test(a_circular_inclusion_is_eshelbys),
        cmocka_unit_test(outside_a_circle_stress_is_eshelbys),
        cmocka_unit_test(the_field_of_a_site_decays_with_four_lobes),
        cmocka_unit_test(the_kernel_is_the_general_solution),
        cmocka_unit_test(stress_is_in_equilibrium),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

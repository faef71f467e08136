/* Spheres as pixels: sizes, order, light and edges against what geometry says. */
#include "fixture.h"

#include "vitrum/picture.h"

enum { SIDE = 200 };

static const vt_camera ALONG_Z = {.from = {0, 0, 1}, .up = {0, 1, 0}, .zoom = 1};

static uint32_t at(const vt_image *image, int x, int y) {
    return image->pixel[y * image->width + x];
}

static int red(uint32_t pixel) {
    return (int)(pixel >> 16 & 255);
}

static double covered(const vt_image *image) {
    double sum = 0;
    for (int k = 0; k < image->width * image->height; k++) sum += (image->pixel[k] >> 24) / 255.0;
    return sum;
}

static vt_image render(const vt_spheres *spheres, const vt_camera *camera, const vt_look *look) {
    vt_image image;
    vt_error err = {0};
    REQUIRE_OK(vt_picture_render(spheres, NULL, 0, camera, look, SIDE, SIDE, 5, &image, &err), err);
    return image;
}

/* One sphere fills what the margins leave; pixels at its edge count by what is covered of them,
   which nine samples see to some percent each. */
static void a_sphere_covers_its_disc(void **state) {
    (void)state;
    const double position[3] = {7, -3, 2}, radius = 1.3;
    const int32_t color = 0x808080;
    vt_spheres one = {1, position, &radius, &color};
    vt_look look = vt_look_defaults();
    vt_image image = render(&one, &ALONG_Z, &look);
    double r = SIDE / 2 - 5;
    CHECK_NEAR(image.scale, radius / r, 1e-6);
    CHECK_NEAR(covered(&image), 3.14159265 * r * r, 0.002 * r * r);
    vt_image_clear(&image);
    /* From a point, the outline of a sphere around the line of sight is a circle, too. */
    vt_camera camera = ALONG_Z;
    camera.angle = 40;
    image = render(&one, &camera, &look);
    CHECK_NEAR(covered(&image), 3.14159265 * r * r, 0.01 * r * r);
    vt_image_clear(&image);
}

static void what_lies_behind_is_hidden(void **state) {
    (void)state;
    /* Red in front of green, blue beside them: seen from +z, then from -z. */
    const double position[9] = {0, 0, 3, 0, 0, 0, 6, 0, 0}, radius[3] = {1, 1, 1};
    const int32_t color[3] = {0xff0000, 0x00ff00, 0x0000ff};
    vt_spheres three = {3, position, radius, color};
    vt_look look = vt_look_defaults();
    look.highlight = look.depth_cue = 0;
    for (int side = 0; side < 2; side++) {
        vt_camera camera = ALONG_Z;
        if (side == 1) camera.from[2] = -1;
        vt_image image = render(&three, &camera, &look);
        int seen[3] = {0, 0, 0};
        for (int k = 0; k < SIDE * SIDE; k++)
            for (int c = 0; c < 3; c++)
                if (image.pixel[k] >> 24 == 255 && (image.pixel[k] >> (16 - 8 * c) & 255) > 20)
                    seen[c]++;
        assert_true(seen[2] > 1000);
        assert_true(seen[side == 0 ? 0 : 1] > 1000);
        assert_int_equal(seen[side == 0 ? 1 : 0], 0);
        vt_image_clear(&image);
    }
}

/* Without light from the lamp, shade, rims, highlights and depth, the middle of a sphere that faces
   the viewer has its own color, as bright as the sky's part. */
static void colors_are_those_asked_for(void **state) {
    (void)state;
    const double position[3] = {0, 0, 0}, radius = 1;
    const int32_t color = 0xcf8550;
    vt_spheres one = {1, position, &radius, &color};
    vt_look look = vt_look_defaults();
    look.depth_cue = look.rim = look.highlight = 0;
    vt_image image = render(&one, &ALONG_Z, &look);
    uint32_t middle = at(&image, SIDE / 2, SIDE / 2);
    /* The ratios of linear channels stay. */
    double linear[3], asked[3];
    for (int c = 0; c < 3; c++) {
        linear[c] = pow(((middle >> (16 - 8 * c) & 255) / 255.0 + 0.055) / 1.055, 2.4);
        asked[c] = pow(((color >> (16 - 8 * c) & 255) / 255.0 + 0.055) / 1.055, 2.4);
    }
    CHECK_NEAR(linear[1] / linear[2], asked[1] / asked[2], 0.05);
    CHECK_NEAR(linear[0], asked[0], 0.25); /* the brightest part is pressed */
    vt_image_clear(&image);
}

/* Atoms of a square lattice; those at z = -depth make the bottom of a pit 3 x 3 wide. */
static void the_bottom_of_a_pit_is_darker(void **state) {
    (void)state;
    enum { N = 21, LAYERS = 5 };
    double *position = vt_alloc(3 * N * N * (LAYERS + 1), sizeof *position);
    double *radius = vt_alloc(N * N * (LAYERS + 1), sizeof *radius);
    int32_t *color = vt_alloc(N * N * (LAYERS + 1), sizeof *color);
    size_t n = 0;
    for (int z = 0; z <= LAYERS; z++) {
        for (int x = 0; x < N; x++) {
            for (int y = 0; y < N; y++) {
                bool pit = abs(x - N / 2) <= 1 && abs(y - N / 2) <= 1;
                if (pit && z < LAYERS) continue;
                position[3 * n] = 2 * x;
                position[3 * n + 1] = 2 * y;
                position[3 * n + 2] = -2 * z;
                radius[n] = 1;
                color[n++] = 0xb0b0b0;
            }
        }
    }
    vt_spheres layer = {n, position, radius, color};
    vt_look look = vt_look_defaults();
    look.depth_cue = 0;
    vt_image image = render(&layer, &ALONG_Z, &look);
    /* Tops of the middle sphere and of one eight places away. */
    int bottom = red(at(&image, SIDE / 2, SIDE / 2));
    int flat = red(at(&image, SIDE / 2 + (int)(16 / image.scale), SIDE / 2));
    if (bottom > flat - 60) fail_msg("the pit's bottom is %d, the layer %d", bottom, flat);
    vt_image_clear(&image);
    /* Without shade only the pixel, not quite at the top of the sphere, makes a difference. */
    look.occlusion = look.shadow = 0;
    image = render(&layer, &ALONG_Z, &look);
    CHECK_NEAR(red(at(&image, SIDE / 2, SIDE / 2)),
               red(at(&image, SIDE / 2 + (int)(16 / image.scale), SIDE / 2)), 4);
    vt_image_clear(&image);
    vt_free(position);
    vt_free(radius);
    vt_free(color);
}

static void distant_atoms_fade(void **state) {
    (void)state;
    const double position[6] = {0, 0, 0, 3, 0, -50}, radius[2] = {1, 1};
    const int32_t color[2] = {0x404040, 0x404040};
    vt_spheres two = {2, position, radius, color};
    vt_look look = vt_look_defaults();
    look.depth_cue = 0.8;
    vt_image image = render(&two, &ALONG_Z, &look);
    int left = red(at(&image, SIDE * 3 / 10, SIDE / 2)),
        right = red(at(&image, SIDE * 7 / 10, SIDE / 2));
    assert_true(right > left + 60);
    vt_image_clear(&image);
}

static void threads_change_nothing(void **state) {
    (void)state;
    vt_error err = {0};
    vt_atoms *glass = random_glass(3000, 1.8, 4, "Cu", "Zr");
    double *position = vt_alloc(3 * glass->count, sizeof *position);
    double *radius = vt_alloc(glass->count, sizeof *radius);
    int32_t *color = vt_alloc(glass->count, sizeof *color);
    for (size_t i = 0; i < glass->count; i++) {
        position[3 * i] = glass->x[i];
        position[3 * i + 1] = glass->y[i];
        position[3 * i + 2] = glass->z[i];
        radius[i] = glass->type[i] == 0 ? 1.3 : 1.6;
        color[i] = glass->type[i] == 0 ? 0xcf8550 : 0x7da7c7;
    }
    vt_spheres spheres = {glass->count, position, radius, color};
    vt_look look = vt_look_defaults();
    look.samples = 2;
    vt_camera camera = {.from = {0.6, -1, 0.4}, .up = {0, 0, 1}, .angle = 25, .zoom = 1};
    vt_rod edges[VT_BOX_EDGES];
    vt_picture_edges(&glass->box, 2, 0x303030, edges);
    vt_image image[2];
    for (int k = 0; k < 2; k++) {
        REQUIRE_OK(vt_threads_set(k + 1, &err), err);
        REQUIRE_OK(vt_picture_render(&spheres, edges, VT_BOX_EDGES, &camera, &look, 331, 257, 3,
                                     &image[k], &err),
                   err);
    }
    assert_memory_equal(image[0].pixel, image[1].pixel, 331 * 257 * 4);
    vt_image_clear(&image[0]);
    vt_image_clear(&image[1]);
    vt_interrupt_request();
    assert_int_equal(
        vt_picture_render(&spheres, NULL, 0, &camera, &look, 331, 257, 3, &image[0], &err),
        VT_EINTERRUPT);
    vt_interrupt_clear();
    assert_null(image[0].pixel);
    vt_free(position);
    vt_free(radius);
    vt_free(color);
    vt_atoms_destroy(glass);
}

/* A cube of n^3 spheres has 3 n^2 (n - 1) pairs of nearest neighbors. */
static void bonds_join_neighbors(void **state) {
    (void)state;
    enum { N = 7 };
    double position[N * N * N][3];
    for (int k = 0; k < N * N * N; k++) {
        position[k][0] = k % N * 2.5;
        position[k][1] = k / N % N * 2.5;
        position[k][2] = k / N / N * 2.5;
    }
    vt_spheres cube = {.count = N * N * N, .position = position[0]};
    int32_t *pair;
    size_t count;
    vt_error err = {0};
    REQUIRE_OK(vt_picture_bonds(&cube, 2.6, &pair, &count, &err), err);
    assert_int_equal(count, 3 * N * N * (N - 1));
    for (size_t k = 0; k < count; k++) assert_true(pair[2 * k] < pair[2 * k + 1]);
    vt_free(pair);
    assert_int_equal(vt_picture_bonds(&cube, 20, &pair, &count, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "would join each atom to some 342 others");
    assert_int_equal(vt_picture_bonds(&cube, NAN, &pair, &count, &err), VT_EINVAL);
}

static void wrong_input_is_refused(void **state) {
    (void)state;
    double position[3] = {0, 0, 0}, radius = 1;
    const int32_t color = 0;
    vt_spheres one = {1, position, &radius, &color};
    vt_look look = vt_look_defaults();
    vt_camera camera = ALONG_Z;
    vt_image image;
    vt_error err = {0};
    vt_spheres none = {0, position, &radius, &color};
    assert_int_equal(vt_picture_render(&none, NULL, 0, &camera, &look, 9, 9, 0, &image, &err),
                     VT_EINVAL);
    CHECK_MESSAGE(err, "no atoms to draw");
    camera.up[1] = 0;
    camera.up[2] = 2;
    assert_int_equal(vt_picture_render(&one, NULL, 0, &camera, &look, 9, 9, 0, &image, &err),
                     VT_EINVAL);
    CHECK_MESSAGE(err, "give another 'up'");
    camera = ALONG_Z;
    position[1] = NAN;
    assert_int_equal(vt_picture_render(&one, NULL, 0, &camera, &look, 9, 9, 0, &image, &err),
                     VT_EINVAL);
    CHECK_MESSAGE(err, "atom 1 lies at (0, nan, 0)");
    position[1] = 0;
    radius = NAN;
    assert_int_equal(vt_picture_render(&one, NULL, 0, &camera, &look, 9, 9, 0, &image, &err),
                     VT_EINVAL);
    CHECK_MESSAGE(err, "radius of atom 1 is nan");
    radius = 1;
    assert_int_equal(vt_picture_render(&one, NULL, 0, &camera, &look, 9, 90000, 0, &image, &err),
                     VT_EINVAL);
    CHECK_MESSAGE(err, "9 x 90000 pixels");
    look.samples = 9;
    assert_int_equal(vt_picture_render(&one, NULL, 0, &camera, &look, 9, 9, 0, &image, &err),
                     VT_EINVAL);
    CHECK_MESSAGE(err, "1 to 4 samples");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_sphere_covers_its_disc),
                                       cmocka_unit_test(what_lies_behind_is_hidden),
                                       cmocka_unit_test(colors_are_those_asked_for),
                                       cmocka_unit_test(the_bottom_of_a_pit_is_darker),
                                       cmocka_unit_test(distant_atoms_fade),
                                       cmocka_unit_test(threads_change_nothing),
                                       cmocka_unit_test(bonds_join_neighbors),
                                       cmocka_unit_test(wrong_input_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The scene in the camera's coordinates, as large as fits. */
#include "picture/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static bool normalize(double v[3]) {
    double length = sqrt(dot(v, v));
    if (!(length > 1e-12) || !isfinite(length)) return false;
    for (int k = 0; k < 3; k++) v[k] /= length;
    return true;
}

/* Rows: right, up, to the viewer. */
static vt_status camera_axes(const vt_camera *camera, double axes[3][3], vt_error *err) {
    memcpy(axes[2], camera->from, sizeof axes[2]);
    if (!normalize(axes[2])) return vt_fail(err, VT_EINVAL, "the direction of view has no length");
    double along = dot(camera->up, axes[2]);
    for (int k = 0; k < 3; k++) axes[1][k] = camera->up[k] - along * axes[2][k];
    if (!normalize(axes[1]))
        return vt_fail(err, VT_EINVAL,
                       "the direction that shall point up is the one from which the picture is "
                       "seen; give another 'up'");
    for (int k = 0; k < 3; k++) {
        int l = (k + 1) % 3, m = (k + 2) % 3;
        axes[0][k] = axes[1][l] * axes[2][m] - axes[1][m] * axes[2][l];
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- fitting ---- */

/* What must fit: goes through spheres and ends of rods. */
typedef struct {
    const vt_spheres *spheres;
    const vt_rod *rods;
    size_t rod_count;
    double axes[3][3], center[3];
} content;

static size_t content_count(const content *c) {
    return c->spheres->count + 2 * c->rod_count;
}

/* Camera coordinates of point i, and its radius. */
static double content_point(const content *c, size_t i, double r[3]) {
    const double *p;
    double radius;
    if (i < c->spheres->count) {
        p = c->spheres->position + 3 * i;
        radius = c->spheres->radius[i];
    } else {
        const vt_rod *rod = &c->rods[(i - c->spheres->count) / 2];
        p = (i - c->spheres->count) % 2 ? rod->to : rod->from;
        radius = rod->radius;
    }
    const double d[3] = {p[0] - c->center[0], p[1] - c->center[1], p[2] - c->center[2]};
    for (int k = 0; k < 3; k++) r[k] = dot(c->axes[k], d);
    return radius;
}

/* Put the center into the middle of what the camera sees; half[3] is how far it reaches. */
static void find_middle(content *c, double half[3]) {
    double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0, n = content_count(c); i < n; i++) {
        double r[3], radius = content_point(c, i, r);
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], r[k] - radius);
            high[k] = fmax(high[k], r[k] + radius);
        }
    }
    double shift[3];
    for (int k = 0; k < 3; k++) {
        half[k] = (high[k] - low[k]) / 2;
        shift[k] = (high[k] + low[k]) / 2;
    }
    for (int k = 0; k < 3; k++)
        c->center[k] +=
            shift[0] * c->axes[0][k] + shift[1] * c->axes[1][k] + shift[2] * c->axes[2][k];
}

/* Scale and, for perspective, the viewer's place from which everything is inside the margins. */
static void fit(vti_scene *scene, content *c, const vt_camera *camera, const double half[3],
                double margin) {
    double free_width = fmax(scene->width - 2 * margin, 1.0);
    double free_height = fmax(scene->height - 2 * margin, 1.0);
    if (camera->angle <= 0) {
        double scale = fmax(half[0] / free_width, half[1] / free_height) * 2;
        scene->scale = (float)(scale / camera->zoom);
        return;
    }
    /* A sphere stays inside the line of sight at a margin, of the given slope, when its center is
       r sqrt(1 + slope^2) away from it along x. Each margin so bounds the viewer's place: x + slope
       z at the right, -x + slope z at the left. */
    double slope[2], most[2][2], nearest = -INFINITY;
    slope[1] = tan(camera->angle * 3.14159265358979324 / 360);
    slope[0] = slope[1] * free_width / free_height;
    for (int k = 0; k < 2; k++) most[k][0] = most[k][1] = -INFINITY;
    for (size_t i = 0, n = content_count(c); i < n; i++) {
        double r[3], radius = content_point(c, i, r);
        for (int k = 0; k < 2; k++) {
            double away = radius * sqrt(1 + slope[k] * slope[k]) + slope[k] * r[2];
            most[k][0] = fmax(most[k][0], away - r[k]);
            most[k][1] = fmax(most[k][1], away + r[k]);
        }
        nearest = fmax(nearest, r[2] + 2 * radius);
    }
    double eye = fmax(nearest, 1e-3 * half[2]);
    for (int k = 0; k < 2; k++) {
        eye = fmax(eye, (most[k][0] + most[k][1]) / (2 * slope[k]));
        double shift = (most[k][1] - most[k][0]) / 2;
        for (int j = 0; j < 3; j++) c->center[j] += shift * c->axes[k][j];
    }
    scene->eye = (float)eye;
    scene->scale = (float)(2 * eye * slope[1] / free_height / camera->zoom);
}

/* From the nearest to the farthest atom: a box may reach much farther than those that a cut left.
 */
static void find_depth(vti_scene *scene, const content *c) {
    double near = -INFINITY, far = INFINITY;
    for (size_t i = 0; i < c->spheres->count; i++) {
        double r[3], radius = content_point(c, i, r);
        near = fmax(near, r[2] + radius);
        far = fmin(far, r[2] - radius);
    }
    scene->near = (float)near;
    scene->far = (float)far;
}

/* ---------------------------------------------------------------- spheres and rods ---- */

typedef struct {
    float front;
    int32_t index;
} depth_key;

static int nearer(const void *a, const void *b) {
    const depth_key *k = a, *l = b;
    if (k->front != l->front) return k->front > l->front ? -1 : 1;
    return (k->index > l->index) - (k->index < l->index);
}

static vt_status place_spheres(vti_scene *scene, const content *c, vt_error *err) {
    const vt_spheres *spheres = c->spheres;
    size_t n = spheres->count;
    uint8_t *depth = vt_alloc(n, 1);
    depth_key *key = vt_alloc(n, sizeof *key);
    vt_status status = VT_OK;
    if (depth == NULL || key == NULL) status = vt_fail_memory(err, n, 9, "drawing spheres");
    if (!vt_failed(status))
        status = vti_depth_below_surface(spheres, (double)scene->radius, depth, err);
    size_t seen = 0;
    if (!vt_failed(status)) {
        for (size_t i = 0; i < n; i++) {
            if (depth[i] >= VTI_DEEP) continue;
            double r[3], radius = content_point(c, i, r);
            key[seen++] = (depth_key){(float)(r[2] + radius), (int32_t)i};
        }
        qsort(key, seen, sizeof *key, nearer);
        scene->ball = vt_alloc(seen + 1, sizeof *scene->ball); /* one of radius 0 behind */
        scene->color = vt_alloc(seen, sizeof *scene->color);
        scene->caster = vt_alloc(seen, sizeof *scene->caster);
        if (scene->ball == NULL || scene->color == NULL || scene->caster == NULL)
            status = vt_fail_memory(err, seen, sizeof *scene->ball + 8, "drawing spheres");
    }
    if (!vt_failed(status)) {
        scene->count = seen;
        for (size_t k = 0; k < seen; k++) {
            size_t i = (size_t)key[k].index;
            double r[3], radius = content_point(c, i, r);
            scene->ball[k] = (vti_ball){(float)r[0], (float)r[1], (float)r[2], (float)radius};
            scene->color[k] = spheres->color[i];
            if (depth[i] < VTI_DEEP - 1) scene->caster[scene->caster_count++] = (int32_t)k;
        }
    }
    vt_free(depth);
    vt_free(key);
    return status;
}

/* Rods are cut into pieces of some pixels, so that the rectangle around each is small. */
static size_t pieces_of(const vti_scene *scene, const vt_rod *rod) {
    double length = 0, piece = 24 * (double)scene->scale;
    for (int k = 0; k < 3; k++) length += (rod->to[k] - rod->from[k]) * (rod->to[k] - rod->from[k]);
    return (size_t)fmin(ceil(sqrt(length) / piece), 1000);
}

static vt_status place_rods(vti_scene *scene, const content *c, vt_error *err) {
    size_t pieces = 0;
    for (size_t k = 0; k < c->rod_count; k++) pieces += pieces_of(scene, &c->rods[k]);
    scene->stick = vt_alloc(pieces, sizeof *scene->stick);
    if (scene->stick == NULL)
        return vt_fail_memory(err, pieces, sizeof *scene->stick, "drawing rods");
    for (size_t k = 0; k < c->rod_count; k++) {
        const vt_rod *rod = &c->rods[k];
        double from[3], to[3], d[3];
        content_point(c, c->spheres->count + 2 * k, from);
        content_point(c, c->spheres->count + 2 * k + 1, to);
        for (int j = 0; j < 3; j++) d[j] = to[j] - from[j];
        double length = sqrt(dot(d, d));
        size_t n = pieces_of(scene, rod);
        for (size_t piece = 0; piece < n; piece++) {
            vti_stick *s = &scene->stick[scene->stick_count++];
            for (int j = 0; j < 3; j++) {
                s->from[j] = (float)(from[j] + d[j] * (double)piece / (double)n);
                s->axis[j] = (float)(d[j] / length);
            }
            s->length = (float)(length / (double)n);
            s->r = rod->radius > 0 ? (float)rod->radius : (float)(rod->width / 2) * scene->scale;
            s->color = rod->color;
            s->plain = rod->plain;
        }
    }
    return VT_OK;
}

static vt_status check_content(const vt_spheres *spheres, const vt_rod *rods, size_t rod_count,
                               vt_error *err) {
    const double most = 1e6; /* angstrom; farther apart float is too coarse */
    if (spheres->count > INT32_MAX - rod_count)
        return vt_fail(err, VT_EINVAL, "%zu spheres are more than a picture can hold",
                       spheres->count);
    for (size_t i = 0; i < spheres->count; i++) {
        const double *p = spheres->position + 3 * i, r = spheres->radius[i];
        if (!(fabs(p[0]) < most && fabs(p[1]) < most && fabs(p[2]) < most))
            return vt_fail(err, VT_EINVAL,
                           "atom %zu lies at (%g, %g, %g) angstrom; a picture reaches to %g", i + 1,
                           p[0], p[1], p[2], most);
        if (!(r > 0 && r < most))
            return vt_fail(err, VT_EINVAL,
                           "the radius of atom %zu is %g angstrom; it must be "
                           "positive",
                           i + 1, r);
    }
    for (size_t k = 0; k < rod_count; k++)
        for (int j = 0; j < 3; j++)
            if (!(fabs(rods[k].from[j]) < most && fabs(rods[k].to[j]) < most))
                return vt_fail(err, VT_EINVAL,
                               "the box is too large for a picture, which reaches "
                               "to %g angstrom",
                               most);
    return VT_OK;
}

vt_status vti_scene_create(vti_scene *scene, const vt_spheres *spheres, const vt_rod *rods,
                           size_t rod_count, const vt_camera *camera, int width, int height,
                           double margin, vt_error *err) {
    *scene = (vti_scene){.width = width, .height = height};
    if (spheres->count == 0) return vt_fail(err, VT_EINVAL, "there are no atoms to draw");
    VTI_TRY(check_content(spheres, rods, rod_count, err));
    if (!(camera->angle >= 0 && camera->angle <= 90) || !(camera->zoom > 0))
        return vt_fail(err, VT_EINVAL,
                       "the angle of view must be 0 to 90 degrees and the zoom "
                       "positive; got %g and %g",
                       camera->angle, camera->zoom);
    content c = {.spheres = spheres, .rods = rods, .rod_count = rod_count};
    VTI_TRY(camera_axes(camera, c.axes, err));
    double half[3];
    find_middle(&c, half);
    scene->radius = (float)(vt_sum(spheres->radius, spheres->count) / (double)spheres->count);
    fit(scene, &c, camera, half, margin);
    find_depth(scene, &c);
    vt_status status = place_rods(scene, &c, err);
    if (!vt_failed(status)) status = place_spheres(scene, &c, err);
    if (vt_failed(status)) vti_scene_destroy(scene);
    return status;
}

void vti_scene_destroy(vti_scene *scene) {
    vt_free(scene->ball);
    vt_free(scene->color);
    vt_free(scene->caster);
    vt_free(scene->stick);
    *scene = (vti_scene){0};
}

void vt_picture_edges(const vt_box *box, double width, int32_t color, vt_rod rods[VT_BOX_EDGES]) {
    int n = 0;
    for (int axis = 0; axis < 3; axis++) {
        for (int corner = 0; corner < 4; corner++) {
            vt_rod rod = {.width = width, .color = color, .plain = true};
            const double *b = box->h[(axis + 1) % 3], *c = box->h[(axis + 2) % 3];
            for (int k = 0; k < 3; k++) {
                rod.from[k] = box->origin[k] + (corner & 1) * b[k] + (corner >> 1) * c[k];
                rod.to[k] = rod.from[k] + box->h[axis][k];
            }
            rods[n++] = rod;
        }
    }
}

/* From spheres to pixels: what is seen, the light on it, its color. */
#include "picture/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"

/* Pixels that are worked on at a time: what is seen through one takes some 100 bytes. */
enum { PIXELS_AT_ONCE = 2000000, STEPS = 4096, LARGEST_SIDE = 20000 };

vt_look vt_look_defaults(void) {
    return (vt_look){.samples = 3,
                     .sky = 48,
                     .key = 16,
                     .occlusion = 1,
                     .shadow = 0.85,
                     .depth_cue = 0.25,
                     .rim = 0.3,
                     .highlight = 0.12,
                     .background = 0xffffff};
}

/* ---------------------------------------------------------------- colors ---- */

/* IEC 61966-2-1. */
static double linear_of(double c) {
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double display_of(double c) {
    return c <= 0.0031308 ? 12.92 * c : 1.055 * pow(c, 1 / 2.4) - 0.055;
}

typedef struct {
    float linear[256];
    uint8_t display[STEPS + 1];
} tones;

static void set_tones(tones *t) {
    for (int k = 0; k < 256; k++) t->linear[k] = (float)linear_of(k / 255.0);
    for (int k = 0; k <= STEPS; k++)
        t->display[k] = (uint8_t)(255 * display_of((double)k / STEPS) + 0.5);
}

static void linear_color(const tones *t, int32_t color, float rgb[3]) {
    for (int k = 0; k < 3; k++) rgb[k] = t->linear[color >> (16 - 8 * k) & 255];
}

/* Whatever is brighter than the screen is pressed together rather than cut. */
static float press(float c) {
    const float knee = 0.8f;
    if (c <= knee) return c;
    float over = (c - knee) / (1 - knee);
    return knee + (1 - knee) * over / (1 + over);
}

/* ---------------------------------------------------------------- tiles ---- */

typedef struct {
    const vti_scene *scene;
    const vti_tiles *tiles;
    const vt_look *look;
    size_t first; /* tile of sights[0] */
    vti_sights *sights;
    vti_samples *room;    /* by worker */
    vt_error *worker_err; /* by worker */
    const tones *tones;
    vt_image *image;
} drawing;

static void look_at_tiles(void *context, size_t from, size_t to, int worker) {
    drawing *d = context;
    for (size_t k = from; k < to; k++) {
        if (vt_failed(d->worker_err[worker].code)) return;
        d->sights[k].count = 0;
        vti_tile_look(d->tiles, d->scene, d->first + k, d->look->samples, &d->room[worker],
                      &d->sights[k], &d->worker_err[worker]);
    }
}

/* Color of a sight in linear light. */
static void color_of(const drawing *d, const vti_sight *s, float rgb[3]) {
    const vti_scene *scene = d->scene;
    const vt_look *look = d->look;
    const vti_stick *stick = NULL;
    if ((size_t)s->id >= scene->count) stick = &scene->stick[(size_t)s->id - scene->count];
    linear_color(d->tones, stick != NULL ? stick->color : scene->color[s->id], rgb);
    if (stick == NULL || !stick->plain) {
        /* Less than in proportion where little of the sky is seen: a gap looks deeper so. */
        float sky = s->sky < 1 ? s->sky * (0.2f + 0.8f * s->sky) : s->sky;
        float light = 0.78f * sky + 0.60f * s->key + 0.01f;
        /* Rims, where the surface turns away from the viewer. */
        float view[3] = {0, 0, 1}, length = 1;
        if (scene->eye > 0) {
            view[0] = -s->p[0];
            view[1] = -s->p[1];
            view[2] = scene->eye - s->p[2];
            length = sqrtf(view[0] * view[0] + view[1] * view[1] + view[2] * view[2]);
        }
        float facing = 0, half[3], halfway = 0, size = 0;
        for (int k = 0; k < 3; k++) {
            view[k] /= length;
            facing += s->n[k] * view[k];
            half[k] = view[k] + vti_lamp[k];
            halfway += half[k] * s->n[k];
            size += half[k] * half[k];
        }
        float rim = fminf(fmaxf(1 - facing / 0.45f, 0), 1);
        light *= 1 - (float)look->rim * rim * rim;
        float shine = fmaxf(halfway / sqrtf(size), 0);
        shine *= shine; /* 2 */
        shine *= shine;
        shine *= shine;
        shine *= shine;
        shine *= shine; /* 32 */
        for (int k = 0; k < 3; k++)
            rgb[k] = press(rgb[k] * light + (float)look->highlight * shine * s->shine);
    }
    float back[3], range = scene->near - scene->far;
    linear_color(d->tones, look->background, back);
    float far = range > 0 ? fminf(fmaxf((scene->near - s->p[2]) / range, 0), 1) : 0;
    /* A few layers of atoms need less of it, and would look like glass. */
    float deep = fminf(range / (30 * scene->radius), 1);
    float fade = (float)look->depth_cue * deep * far * sqrtf(far);
    for (int k = 0; k < 3; k++) rgb[k] += (back[k] - rgb[k]) * fade;
}

static void color_tiles(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    drawing *d = context;
    float per = 1 / (float)(d->look->samples * d->look->samples);
    for (size_t t = from; t < to; t++) {
        const vti_sights *list = &d->sights[t];
        size_t tile = d->first + t, columns = (size_t)d->tiles->columns;
        size_t left = tile % columns * VTI_TILE, top = tile / columns * VTI_TILE;
        for (size_t k = 0; k < list->count;) {
            uint16_t pixel = list->sight[k].pixel;
            float sum[3] = {0, 0, 0}, cover = 0;
            for (; k < list->count && list->sight[k].pixel == pixel; k++) {
                float rgb[3], weight = (float)list->sight[k].samples * per;
                color_of(d, &list->sight[k], rgb);
                cover += weight;
                for (int c = 0; c < 3; c++) sum[c] += weight * rgb[c];
            }
            cover = fminf(cover, 1);
            uint32_t alpha = (uint32_t)(cover * 255 + 0.5f), out = alpha << 24;
            for (int c = 0; c < 3; c++) {
                float value = fminf(fmaxf(sum[c] / cover, 0), 1);
                uint32_t display = d->tones->display[(int)(value * STEPS + 0.5f)];
                out |= (display * alpha + 127) / 255 << (16 - 8 * c);
            }
            size_t x = left + pixel % VTI_TILE, y = top + pixel / VTI_TILE;
            d->image->pixel[y * (size_t)d->image->width + x] = out;
        }
    }
}

/* `count` tiles from d->first on, from what is seen to their pixels. */
static vt_status draw_tiles(drawing *d, size_t count, int workers, vt_error *err) {
    VTI_TRY(vti_share_stoppable(count, 1, look_at_tiles, d, err));
    for (int k = 0; k < workers; k++) {
        if (!vt_failed(d->worker_err[k].code)) continue;
        if (err != NULL) *err = d->worker_err[k];
        return d->worker_err[k].code;
    }
    VTI_TRY(vti_light(d->scene, d->look, d->sights, count, err));
    return vti_share_stoppable(count, 8, color_tiles, d, err);
}

static vt_status draw_all(drawing *d, vt_error *err) {
    size_t all = (size_t)d->tiles->columns * (size_t)d->tiles->rows;
    size_t at_once = PIXELS_AT_ONCE / (VTI_TILE * VTI_TILE), side = VTI_TILE;
    side *= (size_t)d->look->samples;
    if (at_once > all) at_once = all;
    int workers = vt_threads();
    float *z = vt_alloc((size_t)workers * side * side, sizeof *z);
    int32_t *id = vt_alloc((size_t)workers * side * side, sizeof *id);
    d->room = vt_alloc((size_t)workers, sizeof *d->room);
    d->worker_err = vt_alloc((size_t)workers, sizeof *d->worker_err);
    d->sights = vt_alloc(at_once, sizeof *d->sights);
    vt_status status = VT_OK;
    if (z == NULL || id == NULL || d->room == NULL || d->worker_err == NULL || d->sights == NULL)
        status = vt_fail_memory(err, (size_t)workers * side * side, 8, "a picture");
    for (int k = 0; k < workers && !vt_failed(status); k++)
        d->room[k] = (vti_samples){z + (size_t)k * side * side, id + (size_t)k * side * side};
    for (d->first = 0; d->first < all && !vt_failed(status); d->first += at_once) {
        size_t count = all - d->first < at_once ? all - d->first : at_once;
        status = draw_tiles(d, count, workers, err);
    }
    if (d->sights != NULL)
        for (size_t k = 0; k < at_once; k++) vt_free(d->sights[k].sight);
    vt_free(d->sights);
    vt_free(d->worker_err);
    vt_free(d->room);
    vt_free(id);
    vt_free(z);
    return status;
}

static vt_status check_look(const vt_look *look, int width, int height, vt_error *err) {
    if (width < 1 || height < 1 || width > LARGEST_SIDE || height > LARGEST_SIDE)
        return vt_fail(err, VT_EINVAL,
                       "a picture of %d x %d pixels cannot be drawn; each side may "
                       "have up to %d",
                       width, height, LARGEST_SIDE);
    if (look->samples < 1 || look->samples > 4)
        return vt_fail(err, VT_EINVAL, "a pixel has 1 to 4 samples along a side, not %d",
                       look->samples);
    if (look->sky < 1 || look->sky > 4096 || look->key < 1 || look->key > 4096)
        return vt_fail(err, VT_EINVAL, "light comes from 1 to 4096 directions, not %d and %d",
                       look->sky, look->key);
    const double parts[] = {look->occlusion, look->shadow, look->depth_cue, look->rim,
                            look->highlight};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (!(parts[k] >= 0 && parts[k] <= 1))
            return vt_fail(err, VT_EINVAL,
                           "occlusion, shadow, depth cue, rim and highlight lie "
                           "between 0 and 1; got %g",
                           parts[k]);
    return VT_OK;
}

vt_status vt_picture_render(const vt_spheres *spheres, const vt_rod *rods, size_t rod_count,
                            const vt_camera *camera, const vt_look *look, int width, int height,
                            double margin, vt_image *image, vt_error *err) {
    *image = (vt_image){0};
    VTI_TRY(check_look(look, width, height, err));
    vti_scene scene;
    VTI_TRY(vti_scene_create(&scene, spheres, rods, rod_count, camera, width, height, margin, err));
    vti_tiles tiles = {0};
    vt_status status = vti_tiles_create(&tiles, &scene, err);
    if (!vt_failed(status)) {
        *image = (vt_image){.width = width, .height = height, .scale = (double)scene.scale};
        image->pixel = vt_alloc((size_t)width * (size_t)height, sizeof *image->pixel);
        if (image->pixel == NULL)
            status = vt_fail_memory(err, (size_t)width * (size_t)height, 4, "a picture");
    }
    tones table;
    set_tones(&table);
    if (!vt_failed(status)) {
        drawing d = {
            .scene = &scene, .tiles = &tiles, .look = look, .tones = &table, .image = image};
        status = draw_all(&d, err);
    }
    vti_tiles_destroy(&tiles);
    vti_scene_destroy(&scene);
    if (vt_failed(status)) vt_image_clear(image);
    return status;
}

void vt_image_clear(vt_image *image) {
    vt_free(image->pixel);
    *image = (vt_image){0};
}

/* Which sphere or rod is seen where. The picture is cut into tiles; in each, spheres come in order
   of their nearest points, so that most of those that are hidden are known to be so by a look at
   the farthest sample of a few blocks. */
#include "picture/internal.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 16 /* samples along a side */, MOST_SAMPLES = 4 };

/* ---------------------------------------------------------------- tiles ---- */

/* In the plane z = 0 [angstrom]. */
typedef struct {
    float left, right, bottom, top;
} rectangle;

/* Where the lines of sight that touch a sphere along one axis meet the plane z = 0. */
static void reach(float x, float ahead, float r, float eye, float *low, float *high) {
    double a = (double)ahead, b = (double)x, q = (double)r;
    double root = q * sqrt(fmax(a * a + b * b - q * q, 0.0)), below = fmax(a * a - q * q, 1e-12);
    *low = (float)((double)eye * (b * a - root) / below);
    *high = (float)((double)eye * (b * a + root) / below);
}

static rectangle outline(const vti_scene *scene, const vti_ball *b) {
    rectangle r = {b->x - b->r, b->x + b->r, b->y - b->r, b->y + b->r};
    if (scene->eye > 0) {
        reach(b->x, scene->eye - b->z, b->r, scene->eye, &r.left, &r.right);
        reach(b->y, scene->eye - b->z, b->r, scene->eye, &r.bottom, &r.top);
    }
    return r;
}

/* A rod lies within the outlines of spheres around its ends. */
static rectangle stick_outline(const vti_scene *scene, const vti_stick *s) {
    vti_ball end = {s->from[0], s->from[1], s->from[2], s->r};
    rectangle one = outline(scene, &end);
    end.x += s->axis[0] * s->length;
    end.y += s->axis[1] * s->length;
    end.z += s->axis[2] * s->length;
    rectangle other = outline(scene, &end);
    return (rectangle){fminf(one.left, other.left), fmaxf(one.right, other.right),
                       fminf(one.bottom, other.bottom), fmaxf(one.top, other.top)};
}

/* Tiles from low to high - 1 that an interval touches [pixel]. */
static void tiles_of(float from, float to, int n, int *low, int *high) {
    float last = (float)n;
    *low = (int)fminf(fmaxf(floorf(from / VTI_TILE), 0.0f), last);
    *high = (int)fminf(fmaxf(floorf(to / VTI_TILE) + 1, 0.0f), last);
}

typedef rectangle outline_of(const vti_scene *scene, size_t k);

static rectangle ball_at(const vti_scene *scene, size_t k) {
    return outline(scene, &scene->ball[k]);
}

static rectangle stick_at(const vti_scene *scene, size_t k) {
    return stick_outline(scene, &scene->stick[k]);
}

/* Lists by tile of `count` things; counts first, then fills. */
static vt_status sort_into_tiles(const vti_tiles *tiles, const vti_scene *scene, size_t count,
                                 outline_of *of, size_t **first, int32_t **list, vt_error *err) {
    size_t n = (size_t)tiles->columns * (size_t)tiles->rows;
    float middle_x = (float)scene->width / 2, middle_y = (float)scene->height / 2;
    *first = vt_alloc(n + 2, sizeof **first);
    if (*first == NULL) return vt_fail_memory(err, n, sizeof **first, "a picture");
    for (int pass = 0; pass < 2; pass++) {
        size_t *at = *first + (pass == 0 ? 2 : 1); /* filling moves the starts up by one place */
        for (size_t k = 0; k < count; k++) {
            rectangle r = of(scene, k);
            int left, right, top, bottom;
            tiles_of(middle_x + r.left / scene->scale, middle_x + r.right / scene->scale,
                     tiles->columns, &left, &right);
            tiles_of(middle_y - r.top / scene->scale, middle_y - r.bottom / scene->scale,
                     tiles->rows, &top, &bottom);
            for (int y = top; y < bottom; y++) {
                for (int x = left; x < right; x++) {
                    size_t tile = (size_t)y * (size_t)tiles->columns + (size_t)x;
                    if (pass == 0)
                        at[tile]++;
                    else
                        (*list)[at[tile]++] = (int32_t)k;
                }
            }
        }
        if (pass == 1) break;
        for (size_t t = 1; t < n + 2; t++) (*first)[t] += (*first)[t - 1];
        *list = vt_alloc((*first)[n + 1], sizeof **list);
        if (*list == NULL) return vt_fail_memory(err, (*first)[n + 1], sizeof **list, "a picture");
    }
    return VT_OK;
}

vt_status vti_tiles_create(vti_tiles *tiles, const vti_scene *scene, vt_error *err) {
    *tiles = (vti_tiles){.columns = (scene->width + VTI_TILE - 1) / VTI_TILE,
                         .rows = (scene->height + VTI_TILE - 1) / VTI_TILE};
    vt_status status =
        sort_into_tiles(tiles, scene, scene->count, ball_at, &tiles->first, &tiles->ball, err);
    if (!vt_failed(status))
        status = sort_into_tiles(tiles, scene, scene->stick_count, stick_at, &tiles->first_stick,
                                 &tiles->stick, err);
    if (vt_failed(status)) vti_tiles_destroy(tiles);
    return status;
}

void vti_tiles_destroy(vti_tiles *tiles) {
    vt_free(tiles->first);
    vt_free(tiles->ball);
    vt_free(tiles->first_stick);
    vt_free(tiles->stick);
    *tiles = (vti_tiles){0};
}

/* ---------------------------------------------------------------- samples of a tile ---- */

typedef struct {
    const vti_scene *scene;
    const vti_samples *room;
    int side, blocks;      /* samples along a side, blocks along a side */
    float left, top, step; /* x and y of the first sample, distance of two [angstrom] */
    float farthest[VTI_TILE * MOST_SAMPLES / BLOCK * VTI_TILE * MOST_SAMPLES / BLOCK];
    bool changed[VTI_TILE * MOST_SAMPLES / BLOCK * VTI_TILE * MOST_SAMPLES / BLOCK];
} canvas;

/* z of the farthest sample of a block; it only comes nearer. */
static float farthest_of(canvas *c, int bx, int by) {
    int block = by * c->blocks + bx;
    if (c->changed[block]) {
        float least = INFINITY;
        for (int y = by * BLOCK; y < (by + 1) * BLOCK; y++)
            for (int x = bx * BLOCK; x < (bx + 1) * BLOCK; x++)
                least = fminf(least, c->room->z[y * c->side + x]);
        c->farthest[block] = least;
        c->changed[block] = false;
    }
    return c->farthest[block];
}

/* z where the line of sight through (x, y) first meets the sphere; false when it does not. */
static inline bool meet_ball(const vti_ball *b, float eye, float x, float y, float *z) {
    if (eye == 0) {
        float dx = x - b->x, dy = y - b->y, rest = b->r * b->r - dx * dx - dy * dy;
        if (rest < 0) return false;
        *z = b->z + sqrtf(rest);
        return true;
    }
    /* The line runs from (0, 0, eye) along (x, y, -eye). */
    float length2 = x * x + y * y + eye * eye, ahead = eye - b->z;
    float t = (x * b->x + y * b->y + eye * ahead) / length2; /* nearest to the center */
    float mx = b->x - t * x, my = b->y - t * y, mz = t * eye - ahead;
    float rest = b->r * b->r - mx * mx - my * my - mz * mz;
    if (rest < 0) return false;
    t -= sqrtf(rest / length2);
    *z = eye - t * eye;
    return true;
}

/* Samples from .. to - 1 along each axis that a rectangle may hold. */
typedef struct {
    int x0, x1, y0, y1;
} window;

static void samples_of(int side, float first, float last, int *from, int *to) {
    *from = (int)fminf(fmaxf(ceilf(first - 0.01f), 0.0f), (float)side);
    *to = (int)fminf(fmaxf(floorf(last + 0.01f) + 1, 0.0f), (float)side);
}

static window window_of(const canvas *c, const rectangle *r) {
    window w;
    samples_of(c->side, (r->left - c->left) / c->step, (r->right - c->left) / c->step, &w.x0,
               &w.x1);
    samples_of(c->side, (c->top - r->top) / c->step, (c->top - r->bottom) / c->step, &w.y0, &w.y1);
    return w;
}

static void draw_ball(canvas *c, int32_t id) {
    const vti_scene *scene = c->scene;
    const vti_ball *b = &scene->ball[id];
    float front = b->z + b->r;
    rectangle r = outline(scene, b);
    window w = window_of(c, &r);
    for (int by = w.y0 / BLOCK; by * BLOCK < w.y1; by++) {
        for (int bx = w.x0 / BLOCK; bx * BLOCK < w.x1; bx++) {
            if (farthest_of(c, bx, by) >= front) continue;
            int from = bx * BLOCK > w.x0 ? bx * BLOCK : w.x0;
            int to = (bx + 1) * BLOCK < w.x1 ? (bx + 1) * BLOCK : w.x1;
            int top = by * BLOCK > w.y0 ? by * BLOCK : w.y0;
            int bottom = (by + 1) * BLOCK < w.y1 ? (by + 1) * BLOCK : w.y1;
            for (int iy = top; iy < bottom; iy++) {
                float y = c->top - (float)iy * c->step;
                float *z = c->room->z + iy * c->side;
                int32_t *ids = c->room->id + iy * c->side;
                for (int ix = from; ix < to; ix++) {
                    float hit;
                    if (!meet_ball(b, scene->eye, c->left + (float)ix * c->step, y, &hit) ||
                        hit <= z[ix])
                        continue;
                    z[ix] = hit;
                    ids[ix] = id;
                    c->changed[by * c->blocks + bx] = true;
                }
            }
        }
    }
}

/* The same of a rod; n is the normal where it is met. */
static bool meet_stick(const vti_stick *s, float eye, float x, float y, float p[3], float n[3]) {
    double o[3] = {eye > 0 ? 0 : (double)x, eye > 0 ? 0 : (double)y, (double)eye};
    double d[3] = {eye > 0 ? (double)x : 0, eye > 0 ? (double)y : 0, eye > 0 ? -(double)eye : -1};
    double w[3], m[3], dw = 0, mw = 0;
    for (int k = 0; k < 3; k++) {
        w[k] = (double)s->axis[k];
        m[k] = o[k] - (double)s->from[k];
        dw += d[k] * w[k];
        mw += m[k] * w[k];
    }
    double a = 0, b = 0, q = -(double)s->r * (double)s->r;
    for (int k = 0; k < 3; k++) {
        double dp = d[k] - dw * w[k], mp = m[k] - mw * w[k];
        a += dp * dp;
        b += dp * mp;
        q += mp * mp;
    }
    double root = b * b - a * q;
    if (!(a > 1e-12) || root < 0) return false;
    double t = (-b - sqrt(root)) / a, along = mw + t * dw;
    if (along < 0 || along > (double)s->length) return false;
    double length = 0;
    for (int k = 0; k < 3; k++) {
        double r = o[k] + t * d[k];
        p[k] = (float)r;
        double normal = r - (double)s->from[k] - along * w[k];
        n[k] = (float)normal;
        length += normal * normal;
    }
    for (int k = 0; k < 3; k++) n[k] /= (float)sqrt(length);
    return true;
}

static void draw_stick(canvas *c, int32_t id, const vti_stick *s) {
    rectangle r = stick_outline(c->scene, s);
    window w = window_of(c, &r);
    for (int iy = w.y0; iy < w.y1; iy++) {
        float y = c->top - (float)iy * c->step;
        for (int ix = w.x0; ix < w.x1; ix++) {
            float p[3], n[3];
            int at = iy * c->side + ix;
            if (!meet_stick(s, c->scene->eye, c->left + (float)ix * c->step, y, p, n) ||
                p[2] <= c->room->z[at])
                continue;
            c->room->z[at] = p[2];
            c->room->id[at] = id;
        }
    }
}

/* ---------------------------------------------------------------- sights ---- */

static vt_status append(vti_sights *list, const vti_sight *sight, vt_error *err) {
    if (list->count == list->capacity) {
        size_t more = list->capacity + list->capacity / 2 + VTI_TILE * VTI_TILE;
        void *grown = vt_grow(list->sight, list->capacity, more, sizeof *list->sight);
        if (grown == NULL) return vt_fail_memory(err, more, sizeof *list->sight, "a picture");
        list->sight = grown;
        list->capacity = more;
    }
    list->sight[list->count++] = *sight;
    return VT_OK;
}

/* Place and normal where `id` is seen through the mean (x, y) of its samples, at about z. */
static void place(const vti_scene *scene, vti_sight *s, float x, float y, float z) {
    if ((size_t)s->id >= scene->count) {
        const vti_stick *stick = &scene->stick[(size_t)s->id - scene->count];
        if (meet_stick(stick, scene->eye, x, y, s->p, s->n)) return;
    }
    float part = scene->eye > 0 ? (scene->eye - z) / scene->eye : 1;
    float p[3] = {x * part, y * part, z};
    if ((size_t)s->id >= scene->count) {
        memcpy(s->p, p, sizeof p);
        s->n[0] = s->n[1] = 0;
        s->n[2] = 1;
        return;
    }
    const vti_ball *b = &scene->ball[s->id];
    float n[3] = {p[0] - b->x, p[1] - b->y, p[2] - b->z};
    float length = sqrtf(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    if (!(length > 0)) {
        n[2] = length = 1;
    }
    for (int k = 0; k < 3; k++) s->n[k] = n[k] / length;
    s->p[0] = b->x + b->r * s->n[0];
    s->p[1] = b->y + b->r * s->n[1];
    s->p[2] = b->z + b->r * s->n[2];
}

static vt_status look_through(const canvas *c, int samples, int px, int py, vti_sights *sights,
                              vt_error *err) {
    bool done[MOST_SAMPLES * MOST_SAMPLES] = {false};
    int n = samples * samples;
    for (int k = 0; k < n; k++) {
        int first = (py * samples + k / samples) * c->side + px * samples + k % samples;
        int32_t id = c->room->id[first];
        if (done[k] || id < 0) continue;
        vti_sight s = {.id = id, .pixel = (uint16_t)(py * VTI_TILE + px)};
        float x = 0, y = 0, z = 0;
        for (int l = k; l < n; l++) {
            int sx = px * samples + l % samples, sy = py * samples + l / samples;
            if (c->room->id[sy * c->side + sx] != id) continue;
            done[l] = true;
            s.samples++;
            x += c->left + (float)sx * c->step;
            y += c->top - (float)sy * c->step;
            z += c->room->z[sy * c->side + sx];
        }
        float weight = 1 / (float)s.samples;
        place(c->scene, &s, x * weight, y * weight, z * weight);
        vt_status status = append(sights, &s, err);
        if (vt_failed(status)) return status;
    }
    return VT_OK;
}

vt_status vti_tile_look(const vti_tiles *tiles, const vti_scene *scene, size_t tile, int samples,
                        const vti_samples *room, vti_sights *sights, vt_error *err) {
    int column = (int)(tile % (size_t)tiles->columns), row = (int)(tile / (size_t)tiles->columns);
    canvas c = {.scene = scene, .room = room, .side = VTI_TILE * samples};
    c.blocks = c.side / BLOCK;
    c.step = scene->scale / (float)samples;
    c.left = ((float)(column * VTI_TILE) - (float)scene->width / 2) * scene->scale + c.step / 2;
    c.top = ((float)scene->height / 2 - (float)(row * VTI_TILE)) * scene->scale - c.step / 2;
    for (int k = 0; k < c.side * c.side; k++) {
        room->z[k] = -INFINITY;
        room->id[k] = -1;
    }
    for (int k = 0; k < c.blocks * c.blocks; k++) c.farthest[k] = -INFINITY;
    for (size_t k = tiles->first[tile]; k < tiles->first[tile + 1]; k++)
        draw_ball(&c, tiles->ball[k]);
    for (size_t k = tiles->first_stick[tile]; k < tiles->first_stick[tile + 1]; k++)
        draw_stick(&c, (int32_t)scene->count + tiles->stick[k], &scene->stick[tiles->stick[k]]);
    int width = scene->width - column * VTI_TILE, height = scene->height - row * VTI_TILE;
    for (int py = 0; py < VTI_TILE && py < height; py++)
        for (int px = 0; px < VTI_TILE && px < width; px++) {
            vt_status status = look_through(&c, samples, px, py, sights, err);
            if (vt_failed(status)) return status;
        }
    return VT_OK;
}

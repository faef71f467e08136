/* Light from all around and from a lamp, shaded by the spheres in its way.

   Light comes from some hundred directions. For each, a map holds which sphere it meets first; a
   place asks the four cells of the map around it, and only the spheres found there are looked at,
   exactly. So a sphere never shades itself by rounding, and maps may be coarse. Each direction
   stands for a small cone of them: a sphere that covers part of the cone takes part of the light,
   and shadows have soft edges without noise. */
#include "picture/internal.h"

#include <math.h>
#include <string.h>

#include "base/share.h"

enum { BATCH = 8 /* maps at a time */, MOST_CELLS = 1024 /* along a side of a map */ };

static const double PI = 3.14159265358979323846;
static const float SOFT = 0.6f;        /* most of a radius over which shade sets in */
static const double LOWEST = -0.3;     /* z of the lowest direction of the sky */
static const double LAMP_ANGLE = 0.24; /* half the angle under which the lamp is seen [rad] */

/* Above the viewer's left shoulder. */
const float vti_lamp[3] = {-0.40f, 0.70f, 0.5916f};

/* A direction of light and its map. */
typedef struct {
    float l[3], u[3], v[3]; /* to the light; across */
    float spread;           /* tangent of the half angle of its cone */
    float sky, key;         /* weight */
    float left, bottom, cell;
    float across[2][3], start[2]; /* cells: across p + start; 0 is the middle of the first */
    int n, m;                     /* cells along u and v */
    int32_t *map;
    float *depth;
} beam;

/* ---------------------------------------------------------------- directions ---- */

static void set_direction(beam *b, const double l[3]) {
    double helper[3] = {0, 0, 0};
    helper[fabs(l[0]) < 0.6 ? 0 : 1] = 1;
    double along = helper[0] * l[0] + helper[1] * l[1] + helper[2] * l[2], u[3], length = 0;
    for (int k = 0; k < 3; k++) {
        u[k] = helper[k] - along * l[k];
        length += u[k] * u[k];
    }
    for (int k = 0; k < 3; k++) u[k] /= sqrt(length);
    for (int k = 0; k < 3; k++) {
        b->l[k] = (float)l[k];
        b->u[k] = (float)u[k];
        b->v[k] = (float)(l[(k + 1) % 3] * u[(k + 2) % 3] - l[(k + 2) % 3] * u[(k + 1) % 3]);
    }
}

/* Points spread evenly over a cap of the sphere around `axis`, down to `lowest` above its plane:
   on a spiral that turns by the golden angle from one to the next. */
static void spiral(int k, int n, double lowest, const double axis[3], double l[3]) {
    double z = 1 - (1 - lowest) * (k + 0.5) / n, angle = k * PI * (3 - sqrt(5.0));
    double r = sqrt(fmax(1 - z * z, 0.0));
    beam frame;
    set_direction(&frame, axis);
    for (int j = 0; j < 3; j++)
        l[j] =
            z * axis[j] + r * (cos(angle) * (double)frame.u[j] + sin(angle) * (double)frame.v[j]);
}

static void sky_beams(beam *beams, int n) {
    const double viewer[3] = {0, 0, 1};
    double sum = 0;
    for (int k = 0; k < n; k++) {
        double l[3];
        spiral(k, n, LOWEST, viewer, l);
        set_direction(&beams[k], l);
        beams[k].spread = (float)tan(acos(1 - (1 - LOWEST) / n));
        beams[k].sky = (float)(0.72 + 0.28 * l[1]); /* brighter above */
        sum += fmax(l[2], 0.0) * (double)beams[k].sky;
    }
    for (int k = 0; k < n; k++) beams[k].sky /= (float)sum;
}

static void lamp_beams(beam *beams, int n) {
    double axis[3], length = 0;
    for (int k = 0; k < 3; k++) length += (double)vti_lamp[k] * (double)vti_lamp[k];
    for (int k = 0; k < 3; k++) axis[k] = (double)vti_lamp[k] / sqrt(length);
    for (int k = 0; k < n; k++) {
        double l[3];
        spiral(k, n, cos(LAMP_ANGLE), axis, l);
        set_direction(&beams[k], l);
        beams[k].spread = (float)tan(acos(1 - (1 - cos(LAMP_ANGLE)) / n));
        beams[k].key = 1 / (float)n;
    }
}

/* ---------------------------------------------------------------- maps ---- */

/* The larger and the smaller of two numbers, without the care for NaN that fmaxf takes. */
static inline float larger(float a, float b) {
    return a > b ? a : b;
}

static inline float smaller(float a, float b) {
    return a < b ? a : b;
}

static float along(const float a[3], const vti_ball *b) {
    return a[0] * b->x + a[1] * b->y + a[2] * b->z;
}

/* Lay the map of a beam over all that casts shade; its memory suffices for any direction. */
static void frame_map(beam *b, const vti_scene *scene) {
    float left = INFINITY, right = -INFINITY, bottom = INFINITY, top = -INFINITY;
    for (size_t k = 0; k < scene->caster_count; k++) {
        const vti_ball *ball = &scene->ball[scene->caster[k]];
        float x = along(b->u, ball), y = along(b->v, ball);
        left = smaller(left, x - ball->r);
        right = larger(right, x + ball->r);
        bottom = smaller(bottom, y - ball->r);
        top = larger(top, y + ball->r);
    }
    float widest = larger(right - left, top - bottom);
    b->cell = larger(scene->radius * 0.45f, widest / (MOST_CELLS - 3));
    /* One empty cell all around. */
    b->left = left - b->cell;
    b->bottom = bottom - b->cell;
    b->n = (int)((right - left) / b->cell) + 3;
    b->m = (int)((top - bottom) / b->cell) + 3;
    b->n = b->n < MOST_CELLS ? b->n : MOST_CELLS;
    b->m = b->m < MOST_CELLS ? b->m : MOST_CELLS;
    for (int k = 0; k < 3; k++) {
        b->across[0][k] = b->u[k] / b->cell;
        b->across[1][k] = b->v[k] / b->cell;
    }
    b->start[0] = -b->left / b->cell - 0.5f;
    b->start[1] = -b->bottom / b->cell - 0.5f;
}

static void draw_map(beam *b, const vti_scene *scene) {
    frame_map(b, scene);
    int cells = b->n * b->m;
    for (int k = 0; k < cells; k++) {
        b->map[k] = (int32_t)scene->count; /* of radius 0 */
        b->depth[k] = -INFINITY;
    }
    float per = 1 / b->cell;
    for (size_t k = 0; k < scene->caster_count; k++) {
        int32_t id = scene->caster[k];
        const vti_ball *ball = &scene->ball[id];
        float x = (along(b->u, ball) - b->left) * per, y = (along(b->v, ball) - b->bottom) * per;
        float z = along(b->l, ball), r = ball->r * per, r2 = r * r;
        /* Cell i stands for the point i + 1/2; a sphere is in the cell of its center at least. */
        int x0 = (int)larger(ceilf(x - r - 0.5f), 0), x1 = (int)floorf(x + r - 0.5f);
        int y0 = (int)larger(ceilf(y - r - 0.5f), 0), y1 = (int)floorf(y + r - 0.5f);
        if (x1 < x0) x0 = x1 = (int)x;
        if (y1 < y0) y0 = y1 = (int)y;
        x1 = x1 < b->n ? x1 : b->n - 1;
        y1 = y1 < b->m ? y1 : b->m - 1;
        for (int j = y0; j <= y1; j++) {
            float dy = (float)j + 0.5f - y;
            for (int i = x0; i <= x1; i++) {
                float dx = (float)i + 0.5f - x, rest = r2 - dx * dx - dy * dy;
                if (rest < 0 && (x1 > x0 || y1 > y0)) continue;
                float depth = z + b->cell * sqrtf(larger(rest, 0));
                if (depth <= b->depth[j * b->n + i]) continue;
                b->depth[j * b->n + i] = depth;
                b->map[j * b->n + i] = id;
            }
        }
    }
}

/* ---------------------------------------------------------------- shade ---- */

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_mask __attribute__((vector_size(16)));

static inline four load(const vti_ball *ball) {
    four v;
    memcpy(&v, ball, sizeof v);
    return v;
}

/* `a` where the mask is set, else 0. */
static inline four where(four_mask mask, four a) {
    return (four)(mask & (four_mask)a);
}

/* How much of the light of a beam is kept from p, 0 to 1. The four spheres are treated alike and
   without branches: the sphere that p lies on is behind p, and an empty cell holds a sphere of
   radius 0. */
static inline float shade(const beam *b, const vti_ball *balls, const float p[3]) {
    float x = p[0] * b->across[0][0] + p[1] * b->across[0][1] + p[2] * b->across[0][2];
    float y = p[0] * b->across[1][0] + p[1] * b->across[1][1] + p[2] * b->across[1][2];
    x += b->start[0];
    y += b->start[1];
    if (!(x >= 0 && y >= 0 && x < (float)(b->n - 1) && y < (float)(b->m - 1))) return 0;
    const int32_t *at = b->map + (int)y * b->n + (int)x;
    four b0 = load(&balls[at[0]]), b1 = load(&balls[at[1]]);
    four b2 = load(&balls[at[b->n]]), b3 = load(&balls[at[b->n + 1]]);
    four xy01 = __builtin_shufflevector(b0, b1, 0, 4, 1, 5);
    four xy23 = __builtin_shufflevector(b2, b3, 0, 4, 1, 5);
    four zr01 = __builtin_shufflevector(b0, b1, 2, 6, 3, 7);
    four zr23 = __builtin_shufflevector(b2, b3, 2, 6, 3, 7);
    four wx = __builtin_shufflevector(xy01, xy23, 0, 1, 4, 5) - p[0];
    four wy = __builtin_shufflevector(xy01, xy23, 2, 3, 6, 7) - p[1];
    four wz = __builtin_shufflevector(zr01, zr23, 0, 1, 4, 5) - p[2];
    four r = __builtin_shufflevector(zr01, zr23, 2, 3, 6, 7);
    four s = wx * b->l[0] + wy * b->l[1] + wz * b->l[2]; /* along the beam */
    four inside =
        r * r - (wx * wx + wy * wy + wz * wz - s * s); /* r^2 less the distance's square */
    /* Shade sets in over an edge that is as wide as the cone. Far from p that is wider than a
       sphere, but others beside this one cover the rest. */
    four wide = 2 * b->spread * s, most = SOFT * r;
    four edge = where(wide < most, wide) + where(wide >= most, most);
    four part = inside / (edge * (2 * r - edge) + 1e-6f);
    part = where((s > 0) & (part > 0), part);
    float one = larger(part[0], part[1]), other = larger(part[2], part[3]);
    return smaller(larger(one, other), 1);
}

typedef struct {
    const vti_scene *scene;
    const vt_look *look;
    beam *beams; /* of this batch */
    int count;
    vti_sights *sights;
} lighting;

static void draw_maps(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const lighting *all = context;
    for (size_t k = from; k < to; k++) draw_map(&all->beams[k], all->scene);
}

/* One beam after the other over a tile: there they all ask the same small part of its map. */
static void shine(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const lighting *all = context;
    float occlusion = (float)all->look->occlusion, shadow = (float)all->look->shadow;
    for (size_t t = from; t < to; t++) {
        const vti_sights *list = &all->sights[t];
        for (int k = 0; k < all->count; k++) {
            const beam b = all->beams[k];
            for (size_t i = 0; i < list->count; i++) {
                vti_sight *s = &list->sight[i];
                float facing = s->n[0] * b.l[0] + s->n[1] * b.l[1] + s->n[2] * b.l[2];
                if (facing <= 0) continue;
                float lost = shade(&b, all->scene->ball, s->p), lamp = b.key * (1 - shadow * lost);
                s->sky += b.sky * facing * (1 - occlusion * lost);
                s->key += lamp * facing;
                s->shine += lamp;
            }
        }
    }
}

vt_status vti_light(const vti_scene *scene, const vt_look *look, vti_sights *sights,
                    size_t list_count, vt_error *err) {
    int count = look->sky + look->key;
    beam *beams = vt_alloc((size_t)count, sizeof *beams);
    if (beams == NULL) return vt_fail_memory(err, (size_t)count, sizeof *beams, "light");
    sky_beams(beams, look->sky);
    lamp_beams(beams + look->sky, look->key);
    size_t cells = 0;
    for (int k = 0; k < count; k++) {
        frame_map(&beams[k], scene);
        size_t needed = (size_t)beams[k].n * (size_t)beams[k].m;
        cells = needed > cells ? needed : cells;
    }
    int32_t *map = vt_alloc(BATCH * cells, sizeof *map);
    float *depth = vt_alloc(BATCH * cells, sizeof *depth);
    vt_status status = VT_OK;
    if (map == NULL || depth == NULL)
        status = vt_fail_memory(err, BATCH * cells, sizeof *map + sizeof *depth, "light");
    for (int first = 0; first < count && !vt_failed(status); first += BATCH) {
        int n = count - first < BATCH ? count - first : BATCH;
        for (int k = 0; k < n; k++) {
            beams[first + k].map = map + (size_t)k * cells;
            beams[first + k].depth = depth + (size_t)k * cells;
        }
        lighting all = {scene, look, beams + first, n, sights};
        status = vti_share_stoppable((size_t)n, 1, draw_maps, &all, err);
        if (!vt_failed(status)) status = vti_share_stoppable(list_count, 1, shine, &all, err);
    }
    vt_free(map);
    vt_free(depth);
    vt_free(beams);
    return status;
}

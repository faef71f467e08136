/* Inside of the room: the scene as the camera sees it. */
#ifndef VITRUM_PICTURE_INTERNAL_H
#define VITRUM_PICTURE_INTERNAL_H

#include "vitrum/picture.h"

/* Camera coordinates: x to the right, y up, z to the viewer, the middle of the scene at 0
   [angstrom]. Points of the picture are given in the plane z = 0. */
typedef struct {
    float x, y, z, r;
} vti_ball;

typedef struct {
    float from[3], axis[3]; /* axis of length 1 */
    float length, r;
    int32_t color;
    bool plain;
} vti_stick;

typedef struct {
    size_t count;   /* spheres that may be seen, the nearest first */
    vti_ball *ball; /* and one of radius 0 behind the last */
    int32_t *color;
    size_t caster_count; /* those near enough to a surface to shade others */
    int32_t *caster;
    size_t stick_count;
    vti_stick *stick;
    int width, height;
    float scale;     /* angstrom per pixel in the plane z = 0 */
    float eye;       /* the viewer's z; 0: infinitely far */
    float near, far; /* z of the nearest and the farthest point */
    float radius;    /* mean */
} vti_scene;

vt_status vti_scene_create(vti_scene *scene, const vt_spheres *spheres, const vt_rod *rods,
                           size_t rod_count, const vt_camera *camera, int width, int height,
                           double margin, vt_error *err);
void vti_scene_destroy(vti_scene *scene);

/* How many layers of cells each sphere lies below the nearest empty cell, where cells are as wide
   as three mean radii; VTI_DEEP and more count as that. VT_ENOMEM. */
enum { VTI_DEEP = 4 };
vt_status vti_depth_below_surface(const vt_spheres *spheres, double mean_radius, uint8_t *depth,
                                  vt_error *err);

/* ---------------------------------------------------------------- what is seen ---- */

enum { VTI_TILE = 32 }; /* pixels along a side */

/* One thing seen through one pixel. */
typedef struct {
    float p[3], n[3];
    int32_t id; /* sphere, or scene->count + rod */
    float sky, key, shine;
    uint16_t pixel;   /* within the tile */
    uint16_t samples; /* that see it */
} vti_sight;

typedef struct {
    size_t count, capacity;
    vti_sight *sight;
} vti_sights;

typedef struct {
    int columns, rows;
    size_t *first; /* columns x rows + 1 */
    int32_t *ball; /* spheres that a tile may show, the nearest first */
    size_t *first_stick;
    int32_t *stick;
} vti_tiles;

vt_status vti_tiles_create(vti_tiles *tiles, const vti_scene *scene, vt_error *err);
void vti_tiles_destroy(vti_tiles *tiles);

/* Room for the samples of a tile. */
typedef struct {
    float *z;
    int32_t *id;
} vti_samples;

/* Append what is seen through the pixels of a tile, in their order. */
vt_status vti_tile_look(const vti_tiles *tiles, const vti_scene *scene, size_t tile, int samples,
                        const vti_samples *room, vti_sights *sights, vt_error *err);

/* ---------------------------------------------------------------- light ---- */

/* The direction to the middle of the lamp. */
extern const float vti_lamp[3];

/* Fill in the light that reaches the sights: 1 each where nothing stands in the way and the surface
   faces the viewer (sky) or the lamp (key). */
vt_status vti_light(const vti_scene *scene, const vt_look *look, vti_sights *sights,
                    size_t list_count, vt_error *err);

#endif

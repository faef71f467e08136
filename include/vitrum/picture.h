/** picture: atoms as shaded spheres, drawn without a display.

    Stands on: neighbors.

    A picture has three layers: what is in the scene (spheres, rods), how it is looked at (camera,
    light, depth), and what stands beside it (legend, color bar, scale bar). Lengths are in
    angstrom, colors 0xRRGGBB as on the screen (sRGB); light is added up in linear intensities. */
#ifndef VITRUM_PICTURE_H
#define VITRUM_PICTURE_H

#include "vitrum/atoms.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is drawn; all borrowed. */
typedef struct {
    size_t count;
    const double *position; /**< count x 3 [angstrom]. */
    const double *radius;   /**< [angstrom] */
    const int32_t *color;
} vt_spheres;

/** A cylinder without ends: half of a bond, an edge of the box. */
typedef struct {
    double from[3], to[3]; /**< [angstrom] */
    double radius;         /**< [angstrom]; 0: `width` counts. */
    double width;          /**< On the picture [pixel]. */
    int32_t color;
    bool plain; /**< Neither light nor shade falls on it. */
} vt_rod;

typedef struct {
    double from[3]; /**< Direction from the middle of the scene to the viewer. */
    double up[3];   /**< What points up in the picture; not along `from`. */
    double angle;   /**< Angle of view over the height [degree]; 0: parallel projection. */
    double zoom;    /**< 1: the scene just fits. */
} vt_camera;

/** Most of these are between 0 and 1. */
typedef struct {
    int samples;      /**< At edges, along each side of a pixel: 1 to 4. */
    int sky, key;     /**< Directions that light comes from: all around, from the lamp. */
    double occlusion; /**< How much of the sky's light spheres keep from each other. */
    double shadow;    /**< The same of the lamp's. */
    double depth_cue; /**< How far the most distant atoms fade into the background. */
    double rim;       /**< Darkening of the spheres' rims. */
    double highlight; /**< Of the reflected lamp. */
    int32_t background;
} vt_look;

VT_API vt_look vt_look_defaults(void);

/** A scene as pixels. */
typedef struct {
    int width, height;
    uint32_t *pixel; /**< width x height, rows from the top: alpha, red, green, blue from the
                          highest byte on, colors multiplied by alpha. Owned. */
    double scale;    /**< In the plane through the middle of the scene [angstrom/pixel]. */
} vt_image;

/** Draw spheres and rods into an image of the given size, transparent where nothing is; with
    `margin` pixels free on all sides. The bytes depend on neither the number of threads nor the
    order in which they work. VT_EINVAL on numbers that are not finite, VT_ENOMEM, VT_EINTERRUPT;
    then `image` holds nothing. */
VT_API vt_status vt_picture_render(const vt_spheres *spheres, const vt_rod *rods, size_t rod_count,
                                   const vt_camera *camera, const vt_look *look, int width,
                                   int height, double margin, vt_image *image, vt_error *err);

/** An image that holds nothing is legal. */
VT_API void vt_image_clear(vt_image *image);

/** The twelve edges of a box. */
enum { VT_BOX_EDGES = 12 };
VT_API void vt_picture_edges(const vt_box *box, double width, int32_t color,
                             vt_rod rods[VT_BOX_EDGES]);

/** Pairs of spheres whose centers are at most `cutoff` apart [angstrom], as `count` times two
   places from 0; free `pair` with vt_free. VT_EINVAL where each would have very many. */
VT_API vt_status vt_picture_bonds(const vt_spheres *spheres, double cutoff, int32_t **pair,
                                  size_t *count, vt_error *err);

/* ---------------------------------------------------------------- pages ---- */

/** A line of the legend. */
typedef struct {
    const char *label;
    int32_t color;
} vt_legend_item;

/** What a picture has beside the scene. */
typedef struct {
    int width, height; /**< [pixel] */
    bool transparent;  /**< Nothing behind the scene, instead of the look's background. */
    int32_t ink;       /**< Of text and lines. */
    double font_size;  /**< [pixel]; 0: as fits the size. */
    const char *title; /**< Above legend or color bar; NULL: none. */
    const vt_legend_item *items;
    size_t item_count;
    const int32_t *stops; /**< Of a color bar, from low to high. */
    size_t stop_count;    /**< 0: no color bar. */
    double low, high;     /**< What its ends stand for. */
    bool below, above;    /**< There are values beyond its ends. */
    bool scale_bar;
} vt_page;

typedef enum { VT_PICTURE_PNG, VT_PICTURE_SVG } vt_picture_format;

/** Takes some bytes of a file; false: no memory for them. */
typedef bool vt_picture_sink(void *context, const unsigned char *data, size_t bytes);

/** Draw a page as a file of the given format. SVG holds the scene as an image and everything else
    as shapes. VT_EUNSUPPORTED in a build without cairo. */
VT_API vt_status vt_picture_draw(const vt_spheres *spheres, const vt_rod *rods, size_t rod_count,
                                 const vt_camera *camera, const vt_look *look, const vt_page *page,
                                 vt_picture_format format, vt_picture_sink *sink, void *context,
                                 vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

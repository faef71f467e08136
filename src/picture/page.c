/* A page: the scene, and beside it legend, color bar and scale bar. Drawn by cairo, which makes PNG
   and SVG of the same calls. */
#include "picture/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"

#ifdef VITRUM_CAIRO
#include <cairo-svg.h>
#include <cairo.h>
#include <zlib.h>

enum { MOST_LINES = 6, MOST_TICKS = 12 };

/* Where things are [pixel]. */
typedef struct {
    double font, pad;    /* size of the font, distance between things */
    double panel, strip; /* width of the column at the right, height of the row below */
    char title[MOST_LINES][128];
    int title_lines;
    double ticks[MOST_TICKS];
    int tick_count;
    int digits, significant; /* of the labels, behind the point and in all */
} layout;

static void set_color(cairo_t *cr, int32_t color) {
    cairo_set_source_rgb(cr, (color >> 16 & 255) / 255.0, (color >> 8 & 255) / 255.0,
                         (color & 255) / 255.0);
}

static double width_of(cairo_t *cr, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

static void set_font(cairo_t *cr, double size) {
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cr, options);
    cairo_font_options_destroy(options);
}

/* ---------------------------------------------------------------- layout ---- */

/* Break a text at blanks into lines that are no wider than `most`, where words allow it. */
static int break_lines(cairo_t *cr, const char *text, double most,
                       char lines[MOST_LINES][sizeof((layout *)0)->title[0]]) {
    enum { ROOM = sizeof((layout *)0)->title[0] };
    int n = 0;
    char line[ROOM] = "";
    while (*text != '\0' && n < MOST_LINES) {
        size_t word = strcspn(text, " "), used = strlen(line);
        char longer[2 * ROOM];
        snprintf(longer, sizeof longer, "%s%s%.*s", line, used > 0 ? " " : "",
                 (int)(word < ROOM ? word : ROOM - 1), text);
        vt_plain_text(longer, false); /* a character may have been cut */
        bool fits = strlen(longer) < ROOM && width_of(cr, longer) <= most;
        if (used > 0 && !fits) {
            memcpy(lines[n++], line, ROOM);
            line[0] = '\0';
            continue;
        }
        size_t length = strlen(longer) < ROOM ? strlen(longer) : ROOM - 1;
        memcpy(line, longer, length);
        line[length] = '\0';
        text += word;
        text += strspn(text, " ");
    }
    if (line[0] != '\0' && n < MOST_LINES) memcpy(lines[n++], line, ROOM);
    for (int k = 0; k < n; k++) vt_plain_text(lines[k], false);
    return n;
}

/* Some four to seven round numbers from low to high. */
static void find_ticks(layout *at, double low, double high) {
    double rough = (high - low) / 5, power = pow(10, floor(log10(rough))), part = rough / power;
    double step = power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
    at->digits = (int)fmax(0, -floor(log10(step) + 1e-9));
    at->tick_count = 0;
    for (double k = ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
        if (at->tick_count == MOST_TICKS) break;
        double tick = k * step;
        if (at->tick_count > 0 && tick <= at->ticks[at->tick_count - 1]) break;
        at->ticks[at->tick_count++] = tick;
    }
    /* So many that neighbors differ. */
    double most = fmax(fabs(low), fabs(high));
    int needed = (int)(floor(log10(most)) - floor(log10(step) + 1e-9)) + 1;
    at->significant = needed < 4 ? 4 : needed > 17 ? 17 : needed;
}

/* With a minus sign rather than a hyphen. */
static void tick_text(const layout *at, int k, char *text, size_t size) {
    double value = at->ticks[k];
    const char *sign = value < 0 ? "\xE2\x88\x92" : "";
    if (at->digits > 5 || fabs(value) >= 1e6)
        snprintf(text, size, "%s%.*g", sign, at->significant, fabs(value));
    else
        snprintf(text, size, "%s%.*f", sign, at->digits, fabs(value));
}

static double bar_height(const vt_page *page, const layout *at) {
    return fmin(page->height * 0.42, at->font * 15);
}

/* What draw_panel goes down by. */
static double panel_height(const vt_page *page, const layout *at) {
    double y = at->pad * 1.6 + at->title_lines * at->font * 1.25;
    if (at->title_lines > 0) y += at->pad;
    if (page->stop_count > 0)
        y += bar_height(page, at) + (page->above + page->below) * at->font * 0.75 + at->pad;
    return y + (double)page->item_count * at->font * 1.55;
}

static void lay_out(cairo_t *cr, const vt_page *page, layout *at) {
    *at = (layout){0};
    at->font = page->font_size > 0 ? page->font_size
                                   : fmax(0.0195 * sqrt((double)page->width * page->height), 7.0);
    at->pad = at->font * 0.7;
    set_font(cr, at->font);
    double widest = 0, mark = at->font * 1.7;
    if (page->title != NULL)
        at->title_lines = break_lines(cr, page->title, page->width * 0.22, at->title);
    /* Long words are cut by the edge of the page. */
    const double longest = page->width * 0.35;
    for (int k = 0; k < at->title_lines; k++)
        widest = fmax(widest, fmin(width_of(cr, at->title[k]), longest));
    for (size_t k = 0; k < page->item_count; k++)
        widest = fmax(widest, mark + fmin(width_of(cr, page->items[k].label), longest));
    if (page->stop_count > 0) {
        find_ticks(at, page->low, page->high);
        for (int k = 0; k < at->tick_count; k++) {
            char text[64];
            tick_text(at, k, text, sizeof text);
            widest = fmax(widest, at->font * 2.2 + width_of(cr, text));
        }
    }
    if (widest > 0) at->panel = widest + 2 * at->pad;
    if (page->scale_bar) at->strip = at->font * 2.3;
    /* Half of the page at least is for the atoms. */
    if (at->panel > page->width * 0.5 || panel_height(page, at) > page->height) at->panel = 0;
    if (at->strip > page->height * 0.5) at->strip = 0;
}

/* ---------------------------------------------------------------- parts ---- */

/* A small ball, lit as those of the scene are. */
static void draw_mark(cairo_t *cr, double x, double y, double r, int32_t color) {
    double rgb[3] = {(color >> 16 & 255) / 255.0, (color >> 8 & 255) / 255.0,
                     (color & 255) / 255.0};
    cairo_pattern_t *ball = cairo_pattern_create_radial(x - 0.35 * r, y - 0.4 * r, 0, x, y, r);
    cairo_pattern_add_color_stop_rgb(ball, 0, rgb[0] + (1 - rgb[0]) * 0.35,
                                     rgb[1] + (1 - rgb[1]) * 0.35, rgb[2] + (1 - rgb[2]) * 0.35);
    cairo_pattern_add_color_stop_rgb(ball, 0.45, rgb[0], rgb[1], rgb[2]);
    cairo_pattern_add_color_stop_rgb(ball, 1, rgb[0] * 0.62, rgb[1] * 0.62, rgb[2] * 0.62);
    cairo_arc(cr, x, y, r, 0, 6.283185307179586);
    cairo_set_source(cr, ball);
    cairo_fill(cr);
    cairo_pattern_destroy(ball);
}

static void draw_text(cairo_t *cr, const vt_page *page, double x, double y, const char *text) {
    set_color(cr, page->ink);
    cairo_move_to(cr, x, y);
    cairo_show_text(cr, text);
}

/* From `y` down; the end. */
static double draw_bar(cairo_t *cr, const vt_page *page, const layout *at, double x, double y) {
    double height = bar_height(page, at), width = at->font * 1.05;
    double tip = at->font * 0.75, line = fmax(at->font / 18, 0.8);
    if (page->above) y += tip;
    cairo_pattern_t *ramp = cairo_pattern_create_linear(0, y + height, 0, y);
    for (size_t k = 0; k < page->stop_count; k++) {
        int32_t c = page->stops[k];
        cairo_pattern_add_color_stop_rgb(ramp, (double)k / (double)(page->stop_count - 1),
                                         (c >> 16 & 255) / 255.0, (c >> 8 & 255) / 255.0,
                                         (c & 255) / 255.0);
    }
    /* Tips say that there are values beyond. */
    cairo_move_to(cr, x, y);
    if (page->above) cairo_line_to(cr, x + width / 2, y - tip);
    cairo_line_to(cr, x + width, y);
    cairo_line_to(cr, x + width, y + height);
    if (page->below) cairo_line_to(cr, x + width / 2, y + height + tip);
    cairo_line_to(cr, x, y + height);
    cairo_close_path(cr);
    cairo_set_source(cr, ramp);
    cairo_fill_preserve(cr);
    set_color(cr, page->ink);
    cairo_set_line_width(cr, line);
    cairo_stroke(cr);
    cairo_pattern_destroy(ramp);
    for (int k = 0; k < at->tick_count; k++) {
        double part = (at->ticks[k] - page->low) / (page->high - page->low);
        double where = y + height * (1 - part);
        char text[64];
        tick_text(at, k, text, sizeof text);
        cairo_move_to(cr, x + width, where);
        cairo_line_to(cr, x + width + at->font * 0.35, where);
        set_color(cr, page->ink);
        cairo_stroke(cr);
        draw_text(cr, page, x + width + at->font * 0.65, where + at->font * 0.36, text);
    }
    return y + height + (page->below ? tip : 0) + at->pad;
}

static void draw_panel(cairo_t *cr, const vt_page *page, const layout *at) {
    if (at->panel <= 0) return;
    double x = page->width - at->panel + at->pad / 2, y = at->pad * 1.6;
    for (int k = 0; k < at->title_lines; k++) {
        y += at->font * 1.25;
        draw_text(cr, page, x, y - at->font * 0.25, at->title[k]);
    }
    if (at->title_lines > 0) y += at->pad;
    if (page->stop_count > 0) y = draw_bar(cr, page, at, x, y) + at->pad * 0.6;
    for (size_t k = 0; k < page->item_count; k++) {
        y += at->font * 1.55;
        double r = at->font * 0.52, middle = y - at->font * 0.75;
        draw_mark(cr, x + r, middle, r, page->items[k].color);
        draw_text(cr, page, x + at->font * 1.7, middle + at->font * 0.36, page->items[k].label);
    }
}

static void draw_scale_bar(cairo_t *cr, const vt_page *page, const layout *at, double scale) {
    double most = (page->width - at->panel) * 0.25 * scale;
    if (at->strip <= 0 || !(most > 0 && isfinite(most))) return;
    double power = pow(10, floor(log10(most)));
    double length = power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1);
    char text[64];
    if (length < 10)
        snprintf(text, sizeof text, "%g \xC3\x85", length);
    else
        snprintf(text, sizeof text, "%g nm", length / 10);
    double pixels = length / scale, x = at->pad * 1.6, thick = fmax(at->font * 0.16, 1);
    double y = page->height - at->pad * 1.3, written = width_of(cr, text);
    if (fmax(pixels, written) + 2 * x > page->width - at->panel) return;
    set_color(cr, page->ink);
    cairo_rectangle(cr, x, y - thick, pixels, thick);
    cairo_fill(cr);
    draw_text(cr, page, fmax(x + (pixels - written) / 2, at->pad * 0.5),
              y - thick - at->font * 0.35, text);
}

/* ---------------------------------------------------------------- files ---- */

typedef struct {
    vt_picture_sink *sink;
    void *context;
    vt_picture_format format;
    size_t written;
} target;

/* What a PNG file begins with: its signature and the header, a chunk of 13 bytes between length,
   name and checksum. */
enum { PNG_START = 8 + 4 + 4 + 13 + 4 };

static void put_big(unsigned char *to, unsigned long value) {
    for (int k = 0; k < 4; k++) to[k] = (unsigned char)(value >> (24 - 8 * k) & 255);
}

/* The chunk that names the program. */
static bool put_origin(const target *to) {
    unsigned char chunk[64];
    int length =
        snprintf((char *)chunk + 4, sizeof chunk - 8, "tEXtSoftware%cvitrum %s", 0, vt_version());
    put_big(chunk, (unsigned long)length - 4);
    put_big(chunk + 4 + length, crc32(0, chunk + 4, (unsigned)length));
    return to->sink(to->context, chunk, (size_t)length + 8);
}

static cairo_status_t put(void *closure, const unsigned char *data, unsigned int length) {
    target *to = closure;
    if (vt_interrupted()) return CAIRO_STATUS_WRITE_ERROR;
    bool start = to->format == VT_PICTURE_PNG && to->written == PNG_START;
    if (start && !put_origin(to)) return CAIRO_STATUS_NO_MEMORY;
    to->written += length;
    return to->sink(to->context, data, length) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_NO_MEMORY;
}

static vt_status check(cairo_status_t status, vt_error *err) {
    if (status == CAIRO_STATUS_SUCCESS) return VT_OK;
    if (status == CAIRO_STATUS_WRITE_ERROR && vt_interrupted()) return vt_fail_interrupted(err);
    return vt_fail(err, status == CAIRO_STATUS_NO_MEMORY ? VT_ENOMEM : VT_EIO,
                   "a picture cannot be drawn: %s", cairo_status_to_string(status));
}

static void draw_page(cairo_t *cr, const vt_page *page, const vt_look *look, const layout *at,
                      const vt_image *image) {
    if (!page->transparent) {
        set_color(cr, look->background);
        cairo_paint(cr);
    }
    cairo_surface_t *pixels =
        cairo_image_surface_create_for_data((unsigned char *)image->pixel, CAIRO_FORMAT_ARGB32,
                                            image->width, image->height, 4 * image->width);
    cairo_set_source_surface(cr, pixels, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_FAST);
    cairo_paint(cr);
    cairo_surface_destroy(pixels);
    set_font(cr, at->font);
    draw_panel(cr, page, at);
    draw_scale_bar(cr, page, at, image->scale);
}

static cairo_surface_t *new_surface(const vt_page *page, vt_picture_format format, target *to) {
    if (format == VT_PICTURE_PNG)
        return cairo_image_surface_create(page->transparent ? CAIRO_FORMAT_ARGB32
                                                            : CAIRO_FORMAT_RGB24,
                                          page->width, page->height);
    cairo_surface_t *surface =
        cairo_svg_surface_create_for_stream(put, to, page->width, page->height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    return surface;
}

vt_status vt_picture_draw(const vt_spheres *spheres, const vt_rod *rods, size_t rod_count,
                          const vt_camera *camera, const vt_look *look, const vt_page *page,
                          vt_picture_format format, vt_picture_sink *sink, void *context,
                          vt_error *err) {
    const int least = 16;
    if (page->width < least || page->height < least)
        return vt_fail(err, VT_EINVAL, "a picture of %d x %d pixels is too small; it needs %d",
                       page->width, page->height, least);
    target to = {sink, context, format, 0};
    cairo_surface_t *surface = new_surface(page, format, &to);
    cairo_t *cr = cairo_create(surface);
    vt_status status = check(cairo_status(cr), err);
    vt_image image = {0};
    layout at = {0};
    if (!vt_failed(status)) {
        lay_out(cr, page, &at);
        int width = (int)fmax(page->width - at.panel, 1);
        int height = (int)fmax(page->height - at.strip, 1);
        double margin = fmin(at.pad, fmin(width, height) / 8.0);
        status = vt_picture_render(spheres, rods, rod_count, camera, look, width, height, margin,
                                   &image, err);
    }
    if (!vt_failed(status)) {
        draw_page(cr, page, look, &at, &image);
        status = check(cairo_status(cr), err);
    }
    if (!vt_failed(status) && format == VT_PICTURE_PNG)
        status = check(cairo_surface_write_to_png_stream(surface, put, &to), err);
    cairo_destroy(cr);
    if (!vt_failed(status) && format == VT_PICTURE_SVG) {
        cairo_surface_finish(surface);
        status = check(cairo_surface_status(surface), err);
    }
    cairo_surface_destroy(surface);
    vt_image_clear(&image);
    return status;
}

#else

vt_status vt_picture_draw(const vt_spheres *spheres, const vt_rod *rods, size_t rod_count,
                          const vt_camera *camera, const vt_look *look, const vt_page *page,
                          vt_picture_format format, vt_picture_sink *sink, void *context,
                          vt_error *err) {
    (void)spheres, (void)rods, (void)rod_count, (void)camera, (void)look, (void)page;
    (void)format, (void)sink, (void)context;
    return vt_fail(err, VT_EUNSUPPORTED,
                   "this build of vitrum draws no pictures: it was made without cairo; install "
                   "libcairo2-dev and build again");
}

#endif

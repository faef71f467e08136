/* The module "vitrum.picture_core": what lua/vitrum/picture stands on. Options are checked there;
   here only what would do harm. */
#include <stdlib.h>
#include <string.h>

#include "vitrum/picture.h"
#include "vtl.h"

/* ---------------------------------------------------------------- reading ---- */

/* Push a field. Raw, so that no code of the user's runs while pointers are held. */
static int push_field(lua_State *L, int index, const char *name) {
    index = lua_absindex(L, index);
    lua_pushstring(L, name);
    return lua_rawget(L, index);
}

static double number_field(lua_State *L, int index, const char *name) {
    push_field(L, index, name);
    if (lua_type(L, -1) != LUA_TNUMBER) luaL_error(L, "picture: %s is no number", name);
    double value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return value;
}

static int int_field(lua_State *L, int index, const char *name) {
    double value = number_field(L, index, name);
    if (!(value >= INT32_MIN && value <= INT32_MAX))
        luaL_error(L, "picture: %s is too large", name);
    return (int)value;
}

static bool bool_field(lua_State *L, int index, const char *name) {
    push_field(L, index, name);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

static void vector_field(lua_State *L, int index, const char *name, double v[3]) {
    push_field(L, index, name);
    if (!lua_istable(L, -1)) luaL_error(L, "picture: %s is no vector", name);
    for (int k = 0; k < 3; k++) {
        lua_rawgeti(L, -1, k + 1);
        v[k] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* Memory that lives as long as its userdata, which is left on the stack. */
static void *new_memory(lua_State *L, size_t count, size_t size) {
    void **handle = vtl_new_handle(L, VTL_MEMORY);
    vt_error err = {0};
    *handle = vt_alloc(count, size);
    if (*handle == NULL) {
        vt_fail_memory(&err, count, size, "a picture");
        vtl_raise(L, &err);
    }
    return *handle;
}

static const int32_t *check_ints(lua_State *L, int index, int64_t count) {
    const vt_array *a = vtl_check_array(L, index);
    if (a->dtype != VT_INT32 || a->ndim != 1 || (a->shape[0] > 1 && a->stride[0] != 1) ||
        (count >= 0 && a->shape[0] != count))
        luaL_error(L, "picture: argument %d must be a vector of int32", index);
    return a->data;
}

/* Positions at 1, radii at 2. */
static vt_spheres check_spheres(lua_State *L) {
    const vt_array *positions = vtl_check_numbers(L, 1, 2, "picture: positions");
    const vt_array *radii = vtl_check_numbers(L, 2, 1, "picture: radii");
    if (positions->shape[1] != 3 || radii->shape[0] != positions->shape[0])
        luaL_error(L, "picture: positions and radii do not belong together");
    return (vt_spheres){(size_t)positions->shape[0], positions->data, radii->data,
                        check_ints(L, 3, positions->shape[0])};
}

static vt_camera read_camera(lua_State *L, int index) {
    vt_camera camera = {.angle = number_field(L, index, "angle"),
                        .zoom = number_field(L, index, "zoom")};
    vector_field(L, index, "from", camera.from);
    vector_field(L, index, "up", camera.up);
    return camera;
}

static vt_look read_look(lua_State *L, int index) {
    vt_look look = vt_look_defaults();
    look.samples = int_field(L, index, "samples");
    look.occlusion = number_field(L, index, "occlusion");
    look.shadow = number_field(L, index, "shadow");
    look.depth_cue = number_field(L, index, "depth_cue");
    look.background = int_field(L, index, "background");
    return look;
}

/* The color bar and the lines of the legend; leaves their memory on the stack. */
static void read_legend(lua_State *L, int index, vt_page *page) {
    push_field(L, index, "title");
    page->title = lua_tostring(L, -1); /* the table keeps it */
    push_field(L, index, "items");
    page->item_count = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    vt_legend_item *items = new_memory(L, page->item_count, sizeof *items);
    for (size_t k = 0; k < page->item_count; k++) {
        lua_rawgeti(L, -2, (lua_Integer)k + 1);
        int item = lua_gettop(L);
        items[k].color = int_field(L, item, "color");
        push_field(L, item, "label");
        items[k].label = luaL_checkstring(L, -1);
        lua_pop(L, 2);
    }
    page->items = items;
    push_field(L, index, "stops");
    if (lua_isnil(L, -1)) return;
    page->stop_count = lua_rawlen(L, -1);
    int32_t *stops = new_memory(L, page->stop_count, sizeof *stops);
    for (size_t k = 0; k < page->stop_count; k++) {
        lua_rawgeti(L, -2, (lua_Integer)k + 1);
        stops[k] = (int32_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    page->stops = stops;
    page->low = number_field(L, index, "low");
    page->high = number_field(L, index, "high");
    page->below = bool_field(L, index, "below");
    page->above = bool_field(L, index, "above");
    if (page->stop_count < 2 || !(page->low < page->high))
        luaL_error(L, "picture: the color bar is empty");
}

/* The edges of the box in the field "box", then two rods for each of the bonds in the field
   "bonds", pairs of places from 1; leaves their memory on the stack. */
static const vt_rod *read_rods(lua_State *L, int index, const vt_spheres *spheres, int32_t ink,
                               size_t *count) {
    push_field(L, index, "bonds");
    const int32_t *pair = NULL;
    size_t bonds = 0;
    if (!lua_isnil(L, -1)) {
        pair = check_ints(L, lua_gettop(L), -1);
        bonds = (size_t)vtl_check_array(L, -1)->shape[0] / 2;
    }
    push_field(L, index, "box");
    size_t edges = lua_istable(L, -1) ? VT_BOX_EDGES : 0;
    int box_index = lua_gettop(L);
    vt_rod *rods = new_memory(L, edges + 2 * bonds, sizeof *rods);
    if (edges > 0) {
        vt_box box = {0};
        vector_field(L, box_index, "origin", box.origin);
        vector_field(L, box_index, "a", box.h[0]);
        vector_field(L, box_index, "b", box.h[1]);
        vector_field(L, box_index, "c", box.h[2]);
        vt_picture_edges(&box, number_field(L, index, "edge_width"), ink, rods);
    }
    double radius = bonds > 0 ? number_field(L, index, "bond_radius") : 0;
    for (size_t k = 0; k < bonds; k++) {
        for (int end = 0; end < 2; end++) {
            int32_t i = pair[2 * k + (size_t)end] - 1, j = pair[2 * k + 1 - (size_t)end] - 1;
            if (i < 0 || j < 0 || (size_t)i >= spheres->count || (size_t)j >= spheres->count)
                luaL_error(L, "picture: a bond has no atom");
            vt_rod *rod = &rods[edges + 2 * k + (size_t)end];
            *rod = (vt_rod){.radius = radius, .color = spheres->color[i]};
            const double *from = spheres->position + 3 * i, *to = spheres->position + 3 * j;
            for (int c = 0; c < 3; c++) {
                rod->from[c] = from[c];
                rod->to[c] = (from[c] + to[c]) / 2;
            }
        }
    }
    *count = edges + 2 * bonds;
    return rods;
}

/* ---------------------------------------------------------------- drawing ---- */

typedef struct {
    void **memory;
    size_t used, room;
} buffer;

static bool collect(void *context, const unsigned char *data, size_t bytes) {
    buffer *to = context;
    if (bytes > to->room - to->used) {
        size_t more = to->used + bytes + to->room + 65536;
        void *grown = vt_grow(*to->memory, to->room, more, 1);
        if (grown == NULL) return false;
        *to->memory = grown;
        to->room = more;
    }
    memcpy((char *)*to->memory + to->used, data, bytes);
    to->used += bytes;
    return true;
}

static const char *const FORMATS[] = {"png", "svg", NULL};

/* draw(positions, radii, colors, settings, format) -> the file as a string */
static int picture_draw(lua_State *L) {
    enum { SETTINGS = 4 };
    luaL_checktype(L, SETTINGS, LUA_TTABLE);
    int format = luaL_checkoption(L, 5, NULL, FORMATS);
    vt_spheres spheres = check_spheres(L);
    vt_camera camera = read_camera(L, SETTINGS);
    vt_look look = read_look(L, SETTINGS);
    vt_page page = {.width = int_field(L, SETTINGS, "width"),
                    .height = int_field(L, SETTINGS, "height"),
                    .transparent = bool_field(L, SETTINGS, "transparent"),
                    .ink = int_field(L, SETTINGS, "ink"),
                    .font_size = number_field(L, SETTINGS, "font_size"),
                    .scale_bar = bool_field(L, SETTINGS, "scale_bar")};
    read_legend(L, SETTINGS, &page);
    size_t rod_count;
    const vt_rod *rods =
        read_rods(L, SETTINGS, &spheres, int_field(L, SETTINGS, "edge_color"), &rod_count);
    buffer file = {.memory = vtl_new_handle(L, VTL_MEMORY)};
    vt_error err = {0};
    vtl_interrupt_arm(L);
    vt_status status =
        vt_picture_draw(&spheres, rods, rod_count, &camera, &look, &page,
                        format == 0 ? VT_PICTURE_PNG : VT_PICTURE_SVG, collect, &file, &err);
    if (vt_failed(status)) return vtl_raise(L, &err);
    lua_pushlstring(L, *file.memory, file.used);
    return 1;
}

/* bonds(positions, radii, colors, cutoff) -> vector of int32, two places from 1 for each bond */
static int picture_bonds(lua_State *L) {
    vt_spheres spheres = check_spheres(L);
    double cutoff = luaL_checknumber(L, 4);
    void **memory = vtl_new_handle(L, VTL_MEMORY);
    vt_error err = {0};
    int32_t *pair;
    size_t count;
    vtl_interrupt_arm(L);
    if (vt_failed(vt_picture_bonds(&spheres, cutoff, &pair, &count, &err)))
        return vtl_raise(L, &err);
    *memory = pair;
    int64_t shape = 2 * (int64_t)count;
    int32_t *to = vtl_new_array(L, VT_INT32, 1, &shape)->data;
    for (size_t k = 0; k < 2 * count; k++) to[k] = pair[k] + 1;
    return 1;
}

static const luaL_Reg FUNCTIONS[] = {
    {"draw", picture_draw}, {"bonds", picture_bonds}, {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

VTL_OPENER(picture) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.picture_core");
    lua_pop(L, 1);
}

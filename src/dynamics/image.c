/* Reading of checkpoints: from a file to sections that are where and what they say. */
#include "dynamics/image.h"
#include "base/try.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

const char VTI_MAGIC[8] = "VTMDCHK\n";
const size_t VTI_ITEM[VTI_KINDS] = {1, 4, 8, 8};

enum {
    HEAD = 16, /* magic, version, byte order */
    SUM = 8,
    CHUNK = 1 << 20, /* bytes between two looks at Ctrl-C */
    FIRST = 1 << 16, /* room for a small checkpoint */
    /* Half of a checkpoint are digits of velocities and positions, mere noise: even crystals at
       rest are not packed to a fiftieth. Zeros are, to a thousandth. */
    MOST_PACKED = 100
};

typedef struct {
    gzFile file;
    vti_image *image;
    size_t room;
    bool ended;
    vt_error *err;
} source;

static vt_status grow(source *s) {
    vti_image *image = s->image;
    size_t more = image->size + image->size / 2 + FIRST;
    unsigned char *grown = vt_grow(image->data, s->room, more, 1);
    if (grown == NULL) return vt_fail_memory(s->err, more, 1, "reading a checkpoint");
    image->data = grown;
    s->room = more;
    return VT_OK;
}

/* Read on until the image has `size` bytes or the file ends. */
static vt_status read_to(source *s, size_t size) {
    vti_image *image = s->image;
    while (image->size < size && !s->ended) {
        if (vt_interrupted()) return vt_fail_interrupted(s->err);
        if (image->size == s->room && vt_failed(grow(s))) return VT_ENOMEM;
        size_t want = s->room - image->size;
        int got = gzread(s->file, image->data + image->size, want < CHUNK ? (unsigned)want : CHUNK);
        if (got < 0)
            return vt_fail(s->err, VT_EIO,
                           "cannot read checkpoint %.300s: it is damaged or no file", image->path);
        s->ended = got == 0;
        image->size += (size_t)got;
        if (image->size > (size_t)32 * CHUNK && !gzdirect(s->file) &&
            (z_off_t)(image->size / MOST_PACKED) > gzoffset(s->file))
            return vt_fail(s->err, VT_EFORMAT,
                           "%.300s unpacks to more than %d times its size, which no checkpoint "
                           "does; it is not read to its end",
                           image->path, MOST_PACKED);
    }
    return VT_OK;
}

static vt_status fail_cut(const source *s, const char *why) {
    return vt_fail(s->err, VT_EFORMAT,
                   "checkpoint %.300s is cut off or damaged (%zu bytes, %s); it cannot be used any "
                   "more",
                   s->image->path, s->image->size, why);
}

static vt_status check_head(source *s) {
    const vti_image *image = s->image;
    uint32_t head[2];
    VTI_TRY(read_to(s, HEAD));
    if (image->size < sizeof VTI_MAGIC || memcmp(image->data, VTI_MAGIC, sizeof VTI_MAGIC) != 0)
        return vt_fail(s->err, VT_EFORMAT,
                       "%.300s is no checkpoint of molecular dynamics (its first bytes are not "
                       "VTMDCHK)",
                       image->path);
    if (image->size < HEAD) return fail_cut(s, "less than its head");
    memcpy(head, image->data + sizeof VTI_MAGIC, sizeof head);
    if (head[1] == VTI_SWAPPED)
        return vt_fail(s->err, VT_EFORMAT,
                       "checkpoint %.300s was written on a machine of another byte order; it can "
                       "only be read there",
                       image->path);
    if (head[0] != VTI_VERSION)
        return vt_fail(s->err, VT_EFORMAT,
                       "checkpoint %.300s is of format version %u, this program (%s) reads version "
                       "%d; use the program that wrote it",
                       image->path, head[0], vt_version(), VTI_VERSION);
    if (head[1] != VTI_ENDIAN) return fail_cut(s, "its head is none");
    return VT_OK;
}

/* Read the section whose header is at *at, and go to the next one. */
static vt_status read_section(source *s, size_t *at) {
    vti_image *image = s->image;
    VTI_TRY(read_to(s, *at + VTI_HEADER));
    if (image->size < *at + VTI_HEADER) return fail_cut(s, "its end is missing");
    const char *header = (const char *)image->data + *at;
    vti_section section = {.at = *at};
    uint64_t count;
    memcpy(&section.kind, header + VTI_NAME, sizeof section.kind);
    memcpy(&count, header + VTI_NAME + 8, sizeof count);
    if (header[0] == '\0' || memchr(header, '\0', VTI_NAME) == NULL || section.kind >= VTI_KINDS ||
        count > (uint64_t)1 << 40 || image->sections == VTI_MAX_SECTIONS)
        return fail_cut(s, "what follows is no section");
    section.count = (size_t)count;
    size_t bytes = (section.count * VTI_ITEM[section.kind] + 7) / 8 * 8;
    *at += VTI_HEADER + bytes;
    VTI_TRY(read_to(s, *at));
    if (image->size < *at) return fail_cut(s, "a section ends too early");
    image->section[image->sections++] = section;
    return VT_OK;
}

static bool is_end(const vti_image *image) {
    return image->sections > 0 &&
           strcmp((const char *)image->data + image->section[image->sections - 1].at, "end") == 0;
}

static vt_status check_sum(source *s, size_t at) {
    const vti_image *image = s->image;
    VTI_TRY(read_to(s, at + SUM + 1));
    if (image->size != at + SUM) return fail_cut(s, "its end is missing, or something follows it");
    uLong crc = crc32(0, NULL, 0);
    for (size_t from = 0; from < at; from += CHUNK) {
        if (vt_interrupted()) return vt_fail_interrupted(s->err);
        crc = crc32_z(crc, image->data + from, at - from < CHUNK ? at - from : CHUNK);
    }
    uint64_t sum;
    memcpy(&sum, image->data + at, sizeof sum);
    return sum == crc ? VT_OK : fail_cut(s, "checksum wrong");
}

static vt_status read_sections(source *s) {
    size_t at = HEAD;
    vt_status status = check_head(s);
    while (!vt_failed(status) && !is_end(s->image)) status = read_section(s, &at);
    return vt_failed(status) ? status : check_sum(s, at);
}

vt_status vti_image_read(vti_image *image, const char *path, vt_error *err) {
    *image = (vti_image){.path = path};
    source s = {.image = image, .err = err};
    struct stat info;
    s.file = gzopen(path, "rb"); /* plain files as well */
    if (s.file == NULL || stat(path, &info) != 0) {
        int error = errno;
        if (s.file != NULL) gzclose(s.file);
        return vt_fail(err, VT_EIO, "cannot open checkpoint %.300s: %s", path, strerror(error));
    }
    if (S_ISDIR(info.st_mode)) {
        gzclose(s.file);
        return vt_fail(err, VT_EIO, "cannot read checkpoint %.300s: it is a folder", path);
    }
    vt_status status = read_sections(&s);
    gzclose(s.file);
    if (vt_failed(status)) vti_image_free(image);
    return status;
}

void vti_image_free(vti_image *image) {
    vt_free(image->data);
    image->data = NULL;
}

const void *vti_image_find(const vti_image *image, const char *name, uint32_t kind, size_t expected,
                           size_t *count, vt_error *err) {
    for (size_t k = 0; k < image->sections; k++) {
        const vti_section *section = &image->section[k];
        if (strcmp((const char *)image->data + section->at, name) != 0) continue;
        if (section->kind != kind || (expected != SIZE_MAX && section->count != expected)) break;
        if (count != NULL) *count = section->count;
        return image->data + section->at + VTI_HEADER;
    }
    vt_fail(err, VT_EFORMAT,
            "checkpoint %.300s lacks a usable section '%s'; it was written by an incompatible "
            "program",
            image->path, name);
    return NULL;
}

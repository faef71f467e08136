/* A checkpoint as it lies in its file: named sections of numbers, between a head and a checksum. */
#ifndef VITRUM_DYNAMICS_IMAGE_H
#define VITRUM_DYNAMICS_IMAGE_H

#include "vitrum/base.h"

enum {
    VTI_VERSION = 3,
    VTI_ENDIAN = 0x01020304,
    VTI_SWAPPED = 0x04030201,
    VTI_NAME = 24,
    VTI_HEADER = 40
};
enum { VTI_BYTES, VTI_INT32, VTI_INT64, VTI_FLOAT64, VTI_KINDS };
enum { VTI_MAX_SECTIONS = 256 };

extern const char VTI_MAGIC[8];
extern const size_t VTI_ITEM[VTI_KINDS]; /* bytes of one number of each kind */

typedef struct {
    size_t at; /* of its header */
    size_t count;
    uint32_t kind;
} vti_section;

/* A whole file in memory, found sound but for the meaning of its numbers. */
typedef struct {
    unsigned char *data;
    size_t size;
    const char *path; /* borrowed */
    vti_section section[VTI_MAX_SECTIONS];
    size_t sections;
} vti_image;

/* Read `path`, plain or compressed. Nothing is believed before it is seen: a file of another kind
   or version is refused after its first bytes, and memory follows what the file really holds. */
vt_status vti_image_read(vti_image *image, const char *path, vt_error *err);

void vti_image_free(vti_image *image);

/* The section `name`; *count (may be NULL) is what the file has, and must be `expected` unless that
   is SIZE_MAX. NULL when missing or of another shape. */
const void *vti_image_find(const vti_image *image, const char *name, uint32_t kind, size_t expected,
                           size_t *count, vt_error *err);

#endif

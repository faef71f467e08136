/* Compression of files: one entry to a program that packs, whatever its library looks like. */
#ifndef VITRUM_IO_PACKING_H
#define VITRUM_IO_PACKING_H

#include "io/internal.h"

/* Bytes on their way: both ends move on as they are taken and given. */
typedef struct {
    const unsigned char *in;
    size_t in_size;
    unsigned char *out;
    size_t out_size;
} vti_flow;

typedef enum {
    VTI_FLOW_ON,       /* more to take, or more room wanted */
    VTI_FLOW_END,      /* reading: a stream ended, another may follow; writing: all is given out */
    VTI_FLOW_BAD,      /* damaged data */
    VTI_FLOW_TOO_LARGE /* wants more memory than is right for a file, or than there is */
} vti_flow_state;

typedef struct {
    const char *name;      /* "gzip" */
    const char *extension; /* ".gz" */
    const char *by_hand;   /* the program that unpacks */
    const char *package;   /* Debian's, needed to build with it */
    unsigned char magic[6];
    size_t magic_size;
    /* All NULL when this program was built without. `start` gives NULL without memory. */
    void *(*start_reading)(void);
    vti_flow_state (*read)(void *state, vti_flow *flow);
    void (*end_reading)(void *state);
    void *(*start_writing)(void);
    vti_flow_state (*write)(void *state, vti_flow *flow, bool last);
    void (*end_writing)(void *state);
} vti_packing;

/* By the first bytes of a file, or by its name; NULL for plain files. */
const vti_packing *vti_packing_of_bytes(const unsigned char *bytes, size_t size);
const vti_packing *vti_packing_of_name(const char *name);

/* VT_EINVAL when `path` is packed in a way that this program was built without. */
vt_status vti_packing_check(const vti_packing *packing, const char *path, vt_error *err);

#endif

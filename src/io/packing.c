/* gzip, zstd and xz. Each may be several streams, one after the other, as `cat a.gz b.gz` or
   appending makes them. */
#include "io/packing.h"

#include <string.h>
#include <zlib.h>

#ifdef VITRUM_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif
#ifdef VITRUM_XZ
#include <lzma.h>
#endif

/* ---------------------------------------------------------------- gzip ---- */

enum { GZIP_WINDOW = 15 + 16 };

/* Higher levels gain a few percent on coordinates, whose digits are mostly noise, and cost several
   times the time. */
enum { GZIP_LEVEL = 3, ZSTD_LEVEL = 3, XZ_LEVEL = 1 };

static void to_zlib(z_stream *z, const vti_flow *flow) {
    z->next_in = (unsigned char *)flow->in; /* zlib does not write there */
    z->avail_in = (uInt)flow->in_size;
    z->next_out = flow->out;
    z->avail_out = (uInt)flow->out_size;
}

static void from_zlib(const z_stream *z, vti_flow *flow) {
    *flow = (vti_flow){z->next_in, z->avail_in, z->next_out, z->avail_out};
}

static void *gzip_start_reading(void) {
    z_stream *z = vt_alloc(1, sizeof *z);
    if (z == NULL || inflateInit2(z, GZIP_WINDOW) == Z_OK) return z;
    vt_free(z);
    return NULL;
}

static vti_flow_state gzip_read(void *state, vti_flow *flow) {
    z_stream *z = state;
    to_zlib(z, flow);
    int result = inflate(z, Z_NO_FLUSH);
    from_zlib(z, flow);
    if (result == Z_STREAM_END) {
        inflateReset(z);
        return VTI_FLOW_END;
    }
    return result == Z_OK || result == Z_BUF_ERROR ? VTI_FLOW_ON
           : result == Z_MEM_ERROR                 ? VTI_FLOW_TOO_LARGE
                                                   : VTI_FLOW_BAD;
}

static void gzip_end_reading(void *state) {
    inflateEnd(state);
    vt_free(state);
}

static void *gzip_start_writing(void) {
    enum { MEMORY_LEVEL = 8 };
    z_stream *z = vt_alloc(1, sizeof *z);
    if (z == NULL || deflateInit2(z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                                  Z_DEFAULT_STRATEGY) == Z_OK)
        return z;
    vt_free(z);
    return NULL;
}

static vti_flow_state gzip_write(void *state, vti_flow *flow, bool last) {
    z_stream *z = state;
    to_zlib(z, flow);
    int result = deflate(z, last ? Z_FINISH : Z_NO_FLUSH);
    from_zlib(z, flow);
    if (result == Z_STREAM_ERROR) return VTI_FLOW_BAD;
    return (last ? result == Z_STREAM_END : flow->out_size > 0) ? VTI_FLOW_END : VTI_FLOW_ON;
}

static void gzip_end_writing(void *state) {
    deflateEnd(state);
    vt_free(state);
}

/* ---------------------------------------------------------------- zstd ---- */

#ifdef VITRUM_ZSTD

static void *zstd_start_reading(void) {
    return ZSTD_createDCtx(); /* with a window of at most 128 MB */
}

static vti_flow_state zstd_read(void *state, vti_flow *flow) {
    ZSTD_inBuffer in = {flow->in, flow->in_size, 0};
    ZSTD_outBuffer out = {flow->out, flow->out_size, 0};
    size_t result = ZSTD_decompressStream(state, &out, &in);
    *flow =
        (vti_flow){flow->in + in.pos, in.size - in.pos, flow->out + out.pos, out.size - out.pos};
    if (!ZSTD_isError(result)) return result == 0 ? VTI_FLOW_END : VTI_FLOW_ON;
    ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    return code == ZSTD_error_frameParameter_windowTooLarge || code == ZSTD_error_memory_allocation
               ? VTI_FLOW_TOO_LARGE
               : VTI_FLOW_BAD;
}

static void zstd_end_reading(void *state) {
    ZSTD_freeDCtx(state);
}

static void *zstd_start_writing(void) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context != NULL) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as the program zstd does */
    }
    return context;
}

static vti_flow_state zstd_write(void *state, vti_flow *flow, bool last) {
    ZSTD_inBuffer in = {flow->in, flow->in_size, 0};
    ZSTD_outBuffer out = {flow->out, flow->out_size, 0};
    size_t result = ZSTD_compressStream2(state, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    *flow =
        (vti_flow){flow->in + in.pos, in.size - in.pos, flow->out + out.pos, out.size - out.pos};
    if (ZSTD_isError(result)) return VTI_FLOW_BAD;
    return (last ? result == 0 : flow->in_size == 0) ? VTI_FLOW_END : VTI_FLOW_ON;
}

static void zstd_end_writing(void *state) {
    ZSTD_freeCCtx(state);
}

#endif

/* ---------------------------------------------------------------- xz ---- */

#ifdef VITRUM_XZ

enum { XZ_MEMORY = 128 << 20 }; /* `xz -9` needs half of it */

typedef struct {
    lzma_stream stream;
    bool inside; /* of a stream */
} xz_state;

static void to_lzma(lzma_stream *s, const vti_flow *flow) {
    s->next_in = flow->in;
    s->avail_in = flow->in_size;
    s->next_out = flow->out;
    s->avail_out = flow->out_size;
}

static void from_lzma(const lzma_stream *s, vti_flow *flow) {
    *flow = (vti_flow){s->next_in, s->avail_in, s->next_out, s->avail_out};
}

static void *xz_start_reading(void) {
    return vt_alloc(1, sizeof(xz_state)); /* zero is LZMA_STREAM_INIT */
}

static vti_flow_state xz_read(void *state, vti_flow *flow) {
    xz_state *x = state;
    while (!x->inside && flow->in_size > 0 && *flow->in == 0) { /* zeros may stand between them */
        flow->in++;
        flow->in_size--;
    }
    if (flow->in_size == 0 && !x->inside) return VTI_FLOW_END;
    if (!x->inside && lzma_stream_decoder(&x->stream, XZ_MEMORY, 0) != LZMA_OK)
        return VTI_FLOW_TOO_LARGE;
    x->inside = true;
    to_lzma(&x->stream, flow);
    lzma_ret result = lzma_code(&x->stream, LZMA_RUN);
    from_lzma(&x->stream, flow);
    if (result == LZMA_STREAM_END) {
        x->inside = false;
        return VTI_FLOW_END;
    }
    return result == LZMA_OK || result == LZMA_BUF_ERROR               ? VTI_FLOW_ON
           : result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR ? VTI_FLOW_TOO_LARGE
                                                                       : VTI_FLOW_BAD;
}

static void xz_end(void *state) {
    xz_state *x = state;
    lzma_end(&x->stream);
    vt_free(x);
}

static void *xz_start_writing(void) {
    xz_state *x = vt_alloc(1, sizeof *x);
    if (x == NULL || lzma_easy_encoder(&x->stream, XZ_LEVEL, LZMA_CHECK_CRC64) == LZMA_OK) return x;
    vt_free(x);
    return NULL;
}

static vti_flow_state xz_write(void *state, vti_flow *flow, bool last) {
    xz_state *x = state;
    to_lzma(&x->stream, flow);
    lzma_ret result = lzma_code(&x->stream, last ? LZMA_FINISH : LZMA_RUN);
    from_lzma(&x->stream, flow);
    if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR)
        return VTI_FLOW_BAD;
    return (last ? result == LZMA_STREAM_END : flow->in_size == 0) ? VTI_FLOW_END : VTI_FLOW_ON;
}

#endif

/* ---------------------------------------------------------------- the table ---- */

static const vti_packing PACKINGS[] = {{.name = "gzip",
                                        .extension = ".gz",
                                        .by_hand = "gunzip",
                                        .package = "zlib1g-dev",
                                        .magic = {0x1f, 0x8b},
                                        .magic_size = 2,
                                        .start_reading = gzip_start_reading,
                                        .read = gzip_read,
                                        .end_reading = gzip_end_reading,
                                        .start_writing = gzip_start_writing,
                                        .write = gzip_write,
                                        .end_writing = gzip_end_writing},
                                       {.name = "zstd",
                                        .extension = ".zst",
                                        .by_hand = "unzstd",
                                        .package = "libzstd-dev",
                                        .magic = {0x28, 0xb5, 0x2f, 0xfd},
                                        .magic_size = 4,
#ifdef VITRUM_ZSTD
                                        .start_reading = zstd_start_reading,
                                        .read = zstd_read,
                                        .end_reading = zstd_end_reading,
                                        .start_writing = zstd_start_writing,
                                        .write = zstd_write,
                                        .end_writing = zstd_end_writing
#endif
                                       },
                                       {.name = "xz",
                                        .extension = ".xz",
                                        .by_hand = "unxz",
                                        .package = "liblzma-dev",
                                        .magic = {0xfd, '7', 'z', 'X', 'Z', 0},
                                        .magic_size = 6,
#ifdef VITRUM_XZ
                                        .start_reading = xz_start_reading,
                                        .read = xz_read,
                                        .end_reading = xz_end,
                                        .start_writing = xz_start_writing,
                                        .write = xz_write,
                                        .end_writing = xz_end
#endif
                                       }};
enum { COUNT = sizeof PACKINGS / sizeof *PACKINGS };

const vti_packing *vti_packing_of_bytes(const unsigned char *bytes, size_t size) {
    for (int k = 0; k < COUNT; k++)
        if (size >= PACKINGS[k].magic_size &&
            memcmp(bytes, PACKINGS[k].magic, PACKINGS[k].magic_size) == 0)
            return &PACKINGS[k];
    return NULL;
}

const vti_packing *vti_packing_of_name(const char *name) {
    size_t n = strlen(name);
    for (int k = 0; k < COUNT; k++) {
        size_t m = strlen(PACKINGS[k].extension);
        if (n >= m && vti_same_word(name + n - m, PACKINGS[k].extension)) return &PACKINGS[k];
    }
    return NULL;
}

vt_status vti_packing_check(const vti_packing *p, const char *path, vt_error *err) {
    if (p == NULL || p->read != NULL) return VT_OK;
    return vt_fail(err, VT_EINVAL,
                   "%.300s: this vitrum was built without %s; use .gz or a plain file (%s unpacks "
                   "it), or install %s and build anew",
                   path, p->name, p->by_hand, p->package);
}

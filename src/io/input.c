/* Lines of a plain or packed file, with the line number for messages. Reading is by large blocks;
   a line is handed out inside the buffer, without a copy. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/try.h"
#include "io/packing.h"

size_t vti_input_block = 1 << 18;

enum {
    LONGEST_LINE = 1 << 24 /* more is no text file of atoms */
};

struct vti_input {
    char *path;
    int fd;
    bool ended, is_file;
    atomic_bool stop;
    const vti_packing *packing; /* NULL: a plain file */
    void *unpacker;
    vti_flow packed;    /* what `raw` still has */
    bool inside;        /* of packed data: the end of the file would come too early */
    bool full;          /* the room for what is unpacked was used up */
    size_t block;       /* bytes read at once */
    unsigned char *raw; /* packed bytes */
    char *buffer;
    size_t capacity;   /* bytes that `buffer` has room for, and one more for a NUL */
    size_t begin, end; /* text not yet handed out */
    uint64_t offset;   /* of `begin` in the (decompressed) file */
    off_t size;
    int64_t line;      /* of the last line handed out */
    size_t last_begin; /* the last line, for vti_input_unread */
    uint64_t last_offset;
    bool unread;
    void *memory; /* of the format */
    vti_see *see; /* NULL: nobody looks on */
    void *context;
};

/* ---------------------------------------------------------------- opening ---- */

static vt_status start_unpacking(vti_input *in, vt_error *err) {
    if (in->unpacker != NULL) in->packing->end_reading(in->unpacker);
    in->unpacker = in->packing->start_reading();
    in->packed = (vti_flow){0};
    in->inside = false;
    return in->unpacker != NULL ? VT_OK : vt_fail_memory(err, in->block, 1, "decompression");
}

vti_input *vti_input_open(const char *path, vt_error *err) {
    vti_input *in = vt_alloc(1, sizeof *in);
    if (in == NULL) {
        vt_fail_memory(err, 1, sizeof *in, "an input file");
        return NULL;
    }
    in->fd = -1;
    in->path = strdup(path);
    in->block = in->capacity = vti_input_block;
    in->buffer = vt_alloc(in->capacity + 1, 1);
    in->raw = vt_alloc(in->block, 1);
    if (in->path == NULL || in->buffer == NULL || in->raw == NULL) {
        vt_fail_memory(err, in->block, 2, "reading a file");
        goto fail;
    }
    in->fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (in->fd < 0 || fstat(in->fd, &info) != 0) {
        vt_fail(err, VT_EIO, "cannot open %.300s: %s; check the name and the folder", path,
                strerror(errno));
        goto fail;
    }
    if (S_ISDIR(info.st_mode)) {
        vt_fail(err, VT_EIO, "cannot read %.300s: it is a folder; give the name of a file in it",
                path);
        goto fail;
    }
    in->is_file = S_ISREG(info.st_mode);
    in->size = in->is_file ? info.st_size : 0;
    /* The content, not the name, tells whether a file is compressed. */
    unsigned char magic[sizeof in->packing->magic];
    ssize_t n = pread(in->fd, magic, sizeof magic, 0);
    in->packing = n > 0 ? vti_packing_of_bytes(magic, (size_t)n) : NULL;
    if (vt_failed(vti_packing_check(in->packing, path, err))) goto fail;
    if (in->packing != NULL && vt_failed(start_unpacking(in, err))) goto fail;
    return in;
fail:
    vti_input_close(in);
    return NULL;
}

void vti_input_close(vti_input *in) {
    if (in == NULL) return;
    if (in->unpacker != NULL) in->packing->end_reading(in->unpacker);
    if (in->fd >= 0) close(in->fd);
    vt_free(in->buffer);
    vt_free(in->raw);
    vt_free(in->memory);
    free(in->path);
    vt_free(in);
}

/* ---------------------------------------------------------------- bytes ---- */

static vt_status fail_shorter(const vti_input *in, vt_error *err) {
    return vt_fail(err, VT_EFORMAT,
                   "%.300s became shorter while it was read; read it again when nobody writes it",
                   in->path);
}

/* Somebody may have begun the file anew: its end is behind us. */
static bool became_shorter(const vti_input *in) {
    struct stat info;
    return in->is_file && fstat(in->fd, &info) == 0 && info.st_size < lseek(in->fd, 0, SEEK_CUR);
}

static vt_status read_raw(vti_input *in, void *to, size_t room, size_t *got, vt_error *err) {
    ssize_t n;
    do n = read(in->fd, to, room);
    while (n < 0 && errno == EINTR && !vt_interrupted());
    if (vt_interrupted()) return vt_fail_interrupted(err);
    if (n < 0) return vt_fail(err, VT_EIO, "cannot read %.300s: %s", in->path, strerror(errno));
    if (n == 0 && became_shorter(in)) return fail_shorter(in, err);
    *got = (size_t)n;
    return VT_OK;
}

static vt_status fail_packed(const vti_input *in, vt_error *err, const char *why) {
    return vt_fail(
        err, VT_EFORMAT,
        "%.300s: after line %lld: the %s data %s; decompress it by hand with %s, or copy "
        "the file anew",
        in->path, (long long)in->line, in->packing->name, why, in->packing->by_hand);
}

static vt_status read_packed(vti_input *in, char *to, size_t room, size_t *got, vt_error *err) {
    vti_flow *flow = &in->packed;
    flow->out = (unsigned char *)to;
    flow->out_size = room;
    while (flow->out_size == room) {
        /* Where the room was too small something may wait inside. */
        if (flow->in_size == 0 && !(in->inside && in->full)) {
            size_t n = 0;
            VTI_TRY(read_raw(in, in->raw, in->block, &n, err));
            if (n == 0 && in->inside) return fail_packed(in, err, "are cut off");
            if (n == 0) break;
            flow->in = in->raw;
            flow->in_size = n;
        }
        size_t before = flow->in_size;
        vti_flow_state state = in->packing->read(in->unpacker, flow);
        if (state == VTI_FLOW_TOO_LARGE)
            return fail_packed(in, err, "want more than 128 MB of memory to be unpacked");
        bool stuck = flow->in_size == before && flow->out_size == room && before > 0;
        if (state == VTI_FLOW_BAD || (state == VTI_FLOW_ON && stuck))
            return fail_packed(in, err, "are damaged");
        in->inside = state == VTI_FLOW_ON;
        in->full = flow->out_size == 0;
    }
    *got = room - flow->out_size;
    return VT_OK;
}

/* Read more text behind `end`, making room first. The text not yet handed out moves to the front.
   `kept` is its start. */
static vt_status refill(vti_input *in, size_t kept, vt_error *err) {
    if (vt_interrupted() || atomic_load(&in->stop)) return vt_fail_interrupted(err);
    memmove(in->buffer, in->buffer + kept, in->end - kept);
    in->end -= kept;
    in->begin -= kept;
    if (in->end > in->capacity / 2) {
        if (in->capacity >= LONGEST_LINE)
            return vt_fail(err, VT_EFORMAT,
                           "%.300s:%lld: this line is longer than %d MB; is it a text file of "
                           "atoms?",
                           in->path, (long long)in->line + 1, LONGEST_LINE >> 20);
        char *larger = vt_grow(in->buffer, in->capacity + 1, 2 * in->capacity + 1, 1);
        if (larger == NULL) return vt_fail_memory(err, 2 * in->capacity, 1, "a long line");
        in->buffer = larger;
        in->capacity *= 2;
    }
    size_t room = in->capacity - in->end, got = 0;
    VTI_TRY(in->packing != NULL ? read_packed(in, in->buffer + in->end, room, &got, err)
                                : read_raw(in, in->buffer + in->end, room, &got, err));
    if (in->see != NULL) in->see(in->context, in->buffer + in->end, got);
    in->end += got;
    in->ended = got == 0;
    return VT_OK;
}

/* ---------------------------------------------------------------- lines ---- */

vt_status vti_input_line(vti_input *in, char **line, vt_error *err) {
    if (in->unread) {
        in->unread = false;
        *line = in->buffer + in->last_begin;
        in->line++;
        return VT_OK;
    }
    size_t searched = in->begin;
    char *newline;
    while ((newline = memchr(in->buffer + searched, '\n', in->end - searched)) == NULL &&
           !in->ended) {
        searched = in->end - in->begin;
        vt_status status = refill(in, in->begin, err);
        if (vt_failed(status)) return status;
    }
    if (newline == NULL && in->begin == in->end) return VT_DONE;
    size_t stop = newline != NULL ? (size_t)(newline - in->buffer) : in->end;
    size_t next = newline != NULL ? stop + 1 : stop;
    if (stop > in->begin && in->buffer[stop - 1] == '\r') stop--;
    in->buffer[stop] = '\0';
    in->last_begin = in->begin;
    in->last_offset = in->offset;
    in->line++;
    /* Editors on Windows put a byte order mark in front. */
    if (in->line == 1 && stop - in->begin >= 3 &&
        memcmp(in->buffer + in->begin, "\xef\xbb\xbf", 3) == 0)
        in->last_begin += 3;
    in->offset += next - in->begin;
    in->begin = next;
    *line = in->buffer + in->last_begin;
    return VT_OK;
}

void vti_input_stop(vti_input *in) {
    atomic_store(&in->stop, true);
}

void vti_input_watch(vti_input *in, vti_see *see, void *context) {
    in->see = see;
    in->context = context;
}

bool vti_input_is_file(const vti_input *in) {
    return in->is_file;
}

void vti_input_unread(vti_input *in) {
    in->unread = true;
    in->line--;
}

const char *vti_input_path(const vti_input *in) {
    return in->path;
}

int64_t vti_input_line_number(const vti_input *in) {
    return in->line;
}

void *vti_input_memory(vti_input *in, size_t bytes, vt_error *err) {
    if (in->memory == NULL) in->memory = vt_alloc(1, bytes);
    if (in->memory == NULL) vt_fail_memory(err, 1, bytes, "reading a file");
    return in->memory;
}

size_t vti_input_likely_rows(const vti_input *in, int64_t rows, size_t values) {
    /* A value and its blank take two bytes, and no row is shorter than "1 1 0 0"; packed,
       coordinates need more than 4 bytes, and others may need next to none. */
    int64_t plain = values > 4 ? 2 * (int64_t)values : 8,
            packed = values > 8 ? (int64_t)values / 2 : 4;
    int64_t most = in->size / (in->packing != NULL ? packed : plain);
    return (size_t)(rows < most ? rows : most);
}

vti_place vti_input_place(const vti_input *in) {
    return (vti_place){in->unread ? in->last_offset : in->offset, in->line};
}

vt_status vti_input_go(vti_input *in, vti_place place, vt_error *err) {
    bool back = place.offset < in->offset;
    in->unread = false;
    if (back || in->packing == NULL) {
        off_t to = in->packing != NULL ? 0 : (off_t)place.offset;
        if (lseek(in->fd, to, SEEK_SET) < 0)
            return vt_fail(err, VT_EIO, "cannot go back in %.300s: %s; copy it to a file first",
                           in->path, strerror(errno));
        in->begin = in->end = 0;
        in->ended = false;
        in->offset = (uint64_t)to;
        if (in->packing != NULL) VTI_TRY(start_unpacking(in, err));
    }
    while (in->offset < place.offset) { /* packed data have no seek: decompress and drop */
        size_t have = in->end - in->begin;
        uint64_t want = place.offset - in->offset;
        size_t n = have < want ? have : (size_t)want;
        in->begin += n;
        in->offset += n;
        if (in->offset == place.offset) break;
        VTI_TRY(refill(in, in->begin, err));
        if (in->ended) return fail_shorter(in, err);
    }
    in->line = place.line;
    return VT_OK;
}

/* ---------------------------------------------------------------- messages ---- */

static vt_status bad(const char *path, int64_t line, vt_error *err, const char *format,
                     va_list arguments) {
    char text[sizeof err->msg];
    vsnprintf(text, sizeof text, format, arguments);
    if (line == 0) return vt_fail(err, VT_EFORMAT, "%.200s: %s", path, text); /* an empty file */
    return vt_fail(err, VT_EFORMAT, "%.200s:%lld: %s", path, (long long)line, text);
}

vt_status vti_bad_at(const vti_input *in, int64_t line, vt_error *err, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vt_status status = bad(in->path, line, err, format, arguments);
    va_end(arguments);
    return status;
}

vt_status vti_bad(const vti_input *in, vt_error *err, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vt_status status = bad(in->path, in->line, err, format, arguments);
    va_end(arguments);
    return status;
}

const char *vti_shown(const char *text, char shown[VTI_SHOWN_SIZE]) {
    int n = 0;
    for (text = vti_skip_blanks(text); *text != '\0' && *text != ' ' && *text != '\t'; text++) {
        if (n == VTI_SHOWN_SIZE - 4) {
            memcpy(shown + n, "...", 3);
            n += 3;
            break;
        }
        shown[n++] = (char)(*text >= ' ' && *text <= '~' ? *text : '?');
    }
    shown[n] = '\0';
    return shown;
}

vt_status vti_bad_number(const vti_input *in, vt_error *err, vti_number problem, const char *cursor,
                         const char *what) {
    char shown[VTI_SHOWN_SIZE];
    vti_shown(cursor, shown);
    switch (problem) {
    case VTI_NUMBER_MISSING:
        return vti_bad(in, err, "the line ends where %s was expected; is the file cut off?", what);
    case VTI_NUMBER_NOT_FINITE:
        return vti_bad(in, err,
                       "%s is '%s', which is not finite or out of range; the run that wrote it "
                       "went wrong",
                       what, shown);
    default:
        return vti_bad(in, err, "expected %s, found '%s'; correct the number", what, shown);
    }
}

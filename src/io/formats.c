/* The table of formats, and what is common to all: which one a file has, frames one by one,
   writing through a temporary file. A new format is a file that defines a vti_format, and its name
   in VTI_FORMATS. */
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/ahead.h"
#include "io/packing.h"

#define VTI_FORMATS(X) X(data) X(dump) X(extxyz) X(poscar) X(xdatcar) X(cfg)

#define DECLARE(name) extern const vti_format vti_format_##name;
#define ADDRESS(name) &vti_format_##name,
VTI_FORMATS(DECLARE)
static const vti_format *const FORMATS[] = {VTI_FORMATS(ADDRESS)};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof *FORMATS, LONGEST_PATH = 4096 };

int vt_format_count(void) {
    return FORMAT_COUNT;
}

const char *vt_format_name(int k) {
    return k >= 0 && k < FORMAT_COUNT ? FORMATS[k]->name : NULL;
}

const char *vt_format_extensions(int k) {
    return k >= 0 && k < FORMAT_COUNT ? FORMATS[k]->extensions : NULL;
}

/* ---------------------------------------------------------------- which format ---- */

static bool same_letter(char a, char b) {
    if (a >= 'A' && a <= 'Z') a = (char)(a - 'A' + 'a');
    return a == b;
}

/* True when an entry of the comma-separated `list` (lower case) begins or ends `name` (`size`
   bytes), in any case. */
static bool listed(const char *list, const char *name, size_t size, bool at_end) {
    while (*list != '\0') {
        size_t n = strcspn(list, ",");
        size_t k = 0;
        const char *from = at_end ? name + size - n : name;
        if (n <= size)
            while (k < n && same_letter(from[k], list[k])) k++;
        if (n > 0 && n <= size && k == n) return true;
        list += n;
        list += strspn(list, ", ");
    }
    return false;
}

static void list_formats(char *text, size_t size) {
    size_t used = 0;
    for (int k = 0; k < FORMAT_COUNT; k++) {
        int n = snprintf(text + used, size - used, "%s%s (%s)", k > 0 ? ", " : "", FORMATS[k]->name,
                         FORMATS[k]->extensions);
        if (n < 0 || (size_t)n >= size - used) return;
        used += (size_t)n;
    }
}

static const vti_format *find_format(const char *path, const char *name, vt_error *err) {
    char known[400];
    list_formats(known, sizeof known);
    if (name != NULL) {
        char extension[44];
        snprintf(extension, sizeof extension, ".%.40s", name);
        for (int k = 0; k < FORMAT_COUNT; k++)
            if (strcmp(FORMATS[k]->name, name) == 0 ||
                listed(FORMATS[k]->extensions, extension, strlen(extension), true))
                return FORMATS[k];
        vt_fail(err, VT_EINVAL, "unknown format '%.40s'; known are %s", name, known);
        return NULL;
    }
    const char *base = strrchr(path, '/');
    base = base != NULL ? base + 1 : path;
    size_t size = strlen(base);
    const vti_packing *packing = vti_packing_of_name(base);
    if (packing != NULL) size -= strlen(packing->extension);
    for (int k = 0; k < FORMAT_COUNT; k++)
        if (listed(FORMATS[k]->extensions, base, size, true)) return FORMATS[k];
    for (int k = 0; k < FORMAT_COUNT; k++)
        if (listed(FORMATS[k]->prefixes, base, size, false)) return FORMATS[k];
    vt_fail(err, VT_EINVAL,
            "the name %.120s does not tell the format; say it with the option format, or use one "
            "of %s, each also with .gz, .zst or .xz",
            base, known);
    return NULL;
}

/* ---------------------------------------------------------------- reading ---- */

struct vt_reader {
    vti_input *in;
    const vti_format *format;
    vt_read_options options;
    int64_t frame; /* frames read or skipped so far */
    bool failed;
    bool read_ahead;  /* asked for */
    vti_place start;  /* of the frame that is read ahead */
    vti_ahead *ahead; /* at work: until it is stopped all above belongs to its thread */
};

vt_read_options vt_read_defaults(void) {
    return (vt_read_options){.columns = true};
}

vt_reader *vt_reader_open(const char *path, const vt_read_options *options, vt_error *err) {
    if (path == NULL || path[0] == '\0' || strlen(path) >= LONGEST_PATH) {
        vt_fail(err, VT_EINVAL, "a file name of %zu bytes cannot be; give the path of a file",
                path != NULL ? strlen(path) : 0);
        return NULL;
    }
    if (options->species_count < 0 || options->species_count > VT_MAX_SPECIES) {
        vt_fail(err, VT_EINVAL, "%d species given; 1 to %d are possible", options->species_count,
                VT_MAX_SPECIES);
        return NULL;
    }
    vt_reader *reader = vt_alloc(1, sizeof *reader);
    if (reader == NULL) {
        vt_fail_memory(err, 1, sizeof *reader, "reading a file");
        return NULL;
    }
    reader->options = *options;
    /* A missing file is the nearer mistake than a name that tells no format. */
    reader->in = vti_input_open(path, err);
    if (reader->in != NULL) reader->format = find_format(path, options->format, err);
    if (reader->format == NULL ||
        vt_failed(
            vti_check_velocity_unit(&reader->options.velocity_unit, reader->format->name, err)) ||
        vt_failed(vti_check_style(&reader->options.style, reader->format->name, err))) {
        vt_reader_close(reader);
        return NULL;
    }
    return reader;
}

/* The thread ends behind a whole frame. */
static void stop_ahead(vt_reader *reader) {
    vti_ahead_stop(reader->ahead);
    reader->ahead = NULL;
}

void vt_reader_close(vt_reader *reader) {
    if (reader == NULL) return;
    if (reader->ahead != NULL) vti_input_stop(reader->in); /* nobody wants its frame */
    stop_ahead(reader);
    vti_input_close(reader->in);
    vt_free(reader);
}

/* VT_DONE when nothing but blank lines is left; otherwise the next line is the first that is not
   blank. */
static vt_status skip_blank_lines(vti_input *in, vt_error *err) {
    char *line;
    vt_status status;
    while ((status = vti_input_line(in, &line, err)) == VT_OK)
        if (*vti_skip_blanks(line) != '\0') {
            vti_input_unread(in);
            return VT_OK;
        }
    return status;
}

/* Before a frame. A title line may be blank where a file holds one frame, so only there are blank
   lines left alone. */
static vt_status begin_frame(vt_reader *reader, vt_error *err) {
    if (reader->failed)
        return vt_fail(err, VT_EINVAL, "reading failed before; open the file again");
    if (!reader->format->many && reader->frame > 0) return VT_DONE;
    vti_place start = vti_input_place(reader->in);
    vt_status status = skip_blank_lines(reader->in, err);
    if (status == VT_DONE && reader->frame == 0) {
        status = vti_bad(reader->in, err, "the file is empty; expected a file of format '%s'",
                         reader->format->name);
    } else if (status == VT_OK && !reader->format->many &&
               vti_input_line_number(reader->in) > start.line) {
        status = vti_input_go(reader->in, start, err);
    }
    return status;
}

/* A file of another format than its name says fails at its first frame with a message about
   numbers that are none. Name the format that it has, where that can be told. */
static void name_format(const vt_reader *reader, vt_error *err) {
    enum { HEAD = 4000 };
    char head[HEAD + 1], *line;
    vti_input *in =
        vti_input_is_file(reader->in) ? vti_input_open(vti_input_path(reader->in), NULL) : NULL;
    size_t used = 0;
    while (in != NULL && vti_input_line(in, &line, NULL) == VT_OK) {
        size_t n = strlen(line);
        if (used + n + 1 > HEAD) break;
        memcpy(head + used, line, n);
        head[used + n] = '\n';
        used += n + 1;
    }
    head[used] = '\0';
    vti_input_close(in);
    const vti_format *other = NULL;
    for (int k = 0; k < FORMAT_COUNT; k++)
        if (FORMATS[k]->looks_like(head)) {
            if (FORMATS[k] == reader->format) return;
            if (other == NULL) other = FORMATS[k];
        }
    size_t said = strlen(err->msg);
    if (other == NULL || strstr(err->msg, "format = ") != NULL) return;
    snprintf(err->msg + said, sizeof err->msg - said,
             "%s the file looks like format '%s': say format = \"%s\"",
             said > 0 && err->msg[said - 1] == '?' ? " Or" : ";", other->name, other->name);
}

static vt_status read_next(vt_reader *reader, vt_frame *frame, vt_error *err) {
    vt_status status = begin_frame(reader, err);
    if (status == VT_OK) {
        status = reader->format->read(reader->in, &reader->options, frame, err);
        if (status == VT_OK) reader->frame++;
        if (status == VT_EFORMAT && reader->frame == 0 && err != NULL) name_format(reader, err);
    }
    if (vt_failed(status)) {
        reader->failed = true;
        vt_frame_clear(frame);
    }
    return status;
}

void vt_reader_ahead(vt_reader *reader) {
    reader->read_ahead = reader->format->many && vti_input_is_file(reader->in);
}

/* For the thread that reads ahead. */
static vt_status read_ahead(void *context, vt_frame *frame, vt_error *err) {
    vt_reader *reader = context;
    reader->start = vti_input_place(reader->in);
    return read_next(reader, frame, err);
}

static vt_status next_in_turn(vt_reader *reader, vt_frame *frame, vt_error *err) {
    vt_status status = read_next(reader, frame, err);
    if (status == VT_OK && reader->read_ahead && vt_threads() > 1)
        reader->ahead = vti_ahead_start(read_ahead, reader);
    return status;
}

vt_status vt_reader_next(vt_reader *reader, vt_frame *frame, vt_error *err) {
    vt_frame_clear(frame);
    if (reader->ahead == NULL) return next_in_turn(reader, frame, err);
    if (vti_ahead_is_elsewhere(reader->ahead))
        return vt_fail(err, VT_EINVAL,
                       "this trajectory was opened before the process was forked; open it again");
    vt_status status = vti_ahead_take(reader->ahead, frame, err);
    if (status == VT_OK) return VT_OK;
    stop_ahead(reader);
    /* What there was no frame or half a frame of then may be there now: the script itself may have
       added it. So the last word is that of reading in turn. */
    if (status == VT_EINTERRUPT) return status;
    reader->failed = false;
    status = vti_input_go(reader->in, reader->start, err);
    if (vt_failed(status)) {
        reader->failed = true;
        return status;
    }
    return next_in_turn(reader, frame, err);
}

static vt_status skip_frame(vt_reader *reader, vt_error *err) {
    vt_status status = begin_frame(reader, err);
    if (status != VT_OK) return status;
    if (reader->format->skip != NULL) {
        status = reader->format->skip(reader->in, &reader->options, err);
    } else {
        vt_frame ignored = {0};
        status = reader->format->read(reader->in, &reader->options, &ignored, err);
        vt_frame_clear(&ignored);
    }
    if (status == VT_OK) reader->frame++;
    if (status == VT_EFORMAT && reader->frame == 0 && err != NULL) name_format(reader, err);
    return status;
}

static vt_status no_such_frame(const vt_reader *reader, int64_t n, vt_error *err) {
    return vt_fail(err, VT_EINVAL, "%.300s: frame %lld asked for, but the file has %lld frame%s",
                   vti_input_path(reader->in), (long long)n, (long long)reader->frame,
                   reader->frame == 1 ? "" : "s");
}

vt_status vt_reader_seek(vt_reader *reader, int64_t n, vt_error *err) {
    if (n == 0)
        return vt_fail(err, VT_EINVAL, "frame 0 does not exist; 1 is the first, -1 the last");
    static const vti_place START = {0, 0};
    bool unseen = reader->ahead != NULL; /* a failure that nobody was told of */
    stop_ahead(reader);
    vt_status status = VT_OK;
    if (unseen && reader->failed) {
        reader->failed = false;
        status = vti_input_go(reader->in, reader->start, err);
        if (vt_failed(status)) goto end;
    }
    int64_t target = n;
    if (n < 0 || n <= reader->frame) {
        if (n < 0) { /* how many are there? */
            while ((status = skip_frame(reader, err)) == VT_OK) continue;
            if (vt_failed(status)) goto end;
            target = reader->frame + 1 + n;
            if (target < 1) {
                status = no_such_frame(reader, n, err);
                goto end;
            }
        }
        if (target <= reader->frame) {
            status = vti_input_go(reader->in, START, err);
            if (vt_failed(status)) goto end;
            reader->frame = 0;
        }
    }
    while (reader->frame < target - 1 && (status = skip_frame(reader, err)) == VT_OK) continue;
    if (status == VT_OK) status = begin_frame(reader, err);
    if (status == VT_DONE) status = no_such_frame(reader, n, err);
end:
    if (vt_failed(status)) reader->failed = true;
    return status;
}

vt_status vt_frame_read(vt_frame *frame, const char *path, int64_t n,
                        const vt_read_options *options, vt_error *err) {
    vt_reader *reader = vt_reader_open(path, options, err);
    if (reader == NULL) return err != NULL ? err->code : VT_EIO;
    vt_status status = n == 1 ? VT_OK : vt_reader_seek(reader, n, err);
    if (!vt_failed(status)) status = vt_reader_next(reader, frame, err);
    vt_reader_close(reader);
    return status;
}

/* ---------------------------------------------------------------- writing ---- */

vt_write_options vt_write_defaults(void) {
    return (vt_write_options){.digits = 17};
}

char *vti_origin(const vt_write_options *options, vt_error *err) {
    const char *more = options->provenance != NULL ? options->provenance : "";
    size_t size = strlen(more) + 64;
    char *text = vt_alloc(size, 1);
    if (text == NULL) {
        vt_fail_memory(err, size, 1, "a title");
        return NULL;
    }
    snprintf(text, size, "vitrum %s%s%s", vt_version(), *more != '\0' ? "; " : "", more);
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ') *p = ' ';
    return text;
}

void vti_write_boundary(const vt_box *box, char text[VTI_BOUNDARY_SIZE]) {
    text[0] = '\0';
    const bool *p = box->periodic;
    if (!p[0] || !p[1] || !p[2])
        snprintf(text, VTI_BOUNDARY_SIZE, "boundary %c %c %c; ", p[0] ? 'p' : 'f', p[1] ? 'p' : 'f',
                 p[2] ? 'p' : 'f');
}

void vti_read_boundary(const char *title, vt_box *box) {
    /* Just as it is written: a title may speak of boundaries, too. */
    static const char PATTERN[] = "boundary ? ? ?; vitrum ";
    for (int k = 0; k < 3; k++) box->periodic[k] = true;
    for (const char *start = title; (start = strstr(start, "boundary ")) != NULL; start++) {
        bool flag[3] = {true, true, true}, same = true;
        int flags = 0;
        for (size_t k = 0; k + 1 < sizeof PATTERN && same; k++) {
            same = PATTERN[k] == '?' ? start[k] == 'p' || start[k] == 'f' : start[k] == PATTERN[k];
            if (same && PATTERN[k] == '?') flag[flags++] = start[k] == 'p';
        }
        if (!same) continue;
        memcpy(box->periodic, flag, sizeof flag);
        return;
    }
}

/* The format that such a file is written in, NULL when it cannot be. */
static const vti_format *format_to_write(const char *path, const vt_write_options *options,
                                         vt_error *err) {
    const vti_format *format = find_format(path != NULL ? path : "", options->format, err);
    if (format == NULL) return NULL;
    if (format->write == NULL)
        vt_fail(err, VT_EINVAL, "format '%s' is read but not written; use extxyz or dump",
                format->name);
    else if (options->digits < 1 || options->digits > 17)
        vt_fail(err, VT_EINVAL, "%d digits asked for; 1 to 17 are possible", options->digits);
    else if (options->append && !format->many)
        vt_fail(err, VT_EINVAL,
                "a file of format '%s' holds one frame and cannot be appended to; use dump or "
                "extxyz",
                format->name);
    else
        return format;
    return NULL;
}

vt_status vt_frame_check(const char *path, const vt_write_options *options, vt_error *err) {
    return format_to_write(path, options, err) != NULL ? VT_OK : VT_EINVAL;
}

vt_status vt_frame_write(const vt_frame *frame, const char *path, const vt_write_options *options,
                         vt_error *err) {
    const vti_format *format = format_to_write(path, options, err);
    if (format == NULL) return VT_EINVAL;
    VTI_TRY(vti_check_columns(format, frame, err));
    if (frame->has_forces && !format->forces)
        return vt_fail(err, VT_EINVAL, "format '%s' has no place for forces; use dump or extxyz",
                       format->name);
    VTI_TRY(vt_atoms_check(frame->atoms, err));
    VTI_TRY(vti_check_positions(frame->atoms, err));
    if (frame->has_forces) VTI_TRY(vti_check_forces(frame->atoms, err));
    VTI_TRY(vti_check_species(format, frame->atoms, err));
    vt_output *out = options->append ? vt_output_append(path, err)
                                     : vt_output_create(path, options->overwrite, err);
    if (out == NULL) return err != NULL ? err->code : VT_EIO;
    vti_output_stoppable(out);
    vt_status status = format->write(out, frame, options, err);
    if (vt_failed(status)) {
        vt_output_discard(out);
        return status;
    }
    return vt_output_commit(out, err);
}

/* Files are written beside their final name and renamed into place, so that an interrupted or
   failed write never leaves half a file nor harms the one before. */
#include "io/packing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, TEMPORARY_NAMES = 100 };

struct vt_output {
    char *path;      /* final name, symbolic links resolved */
    char *temporary; /* NULL when data go straight to `path` */
    int fd;
    bool append, overwrite;
    bool stoppable;             /* poll for interrupts */
    const vti_packing *packing; /* NULL: a plain file */
    void *packer;
    off_t old_size; /* of a file being appended to */
    unsigned char *buffer, *packed;
    size_t used;
    uint64_t written; /* bytes that reached the file */
    vt_error failure; /* the first one; code 0 while all is well */
};

/* What to do about a failed system call, for the common reasons. */
static const char *advice(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "free some space or write to another disk";
    case ENOENT:
    case ENOTDIR:
        return "make the folder first";
    case EACCES:
    case EPERM:
    case EROFS:
        return "choose a folder that you may write to";
    default:
        return "check the disk and the path";
    }
}

static vt_status fail_system(vt_error *err, const char *action, const char *path, int error) {
    return vt_fail(err, VT_EIO, "cannot %s %.300s: %s; %s", action, path, strerror(error),
                   advice(error));
}

/* ---------------------------------------------------------------- opening ---- */

static void release(vt_output *o) {
    if (o->packer != NULL) o->packing->end_writing(o->packer);
    if (o->fd >= 0) close(o->fd);
    vt_free(o->buffer);
    vt_free(o->packed);
    free(o->path);
    free(o->temporary);
    vt_free(o);
}

static vt_status open_temporary(vt_output *o, vt_error *err) {
    size_t size = strlen(o->path) + 48;
    o->temporary = malloc(size);
    if (o->temporary == NULL) return vt_fail_memory(err, size, 1, "a file name");
    for (int k = 1; k <= TEMPORARY_NAMES; k++) {
        if (k == 1)
            snprintf(o->temporary, size, "%s.tmp-%ld", o->path, (long)getpid());
        else
            snprintf(o->temporary, size, "%s.tmp-%ld-%d", o->path, (long)getpid(), k);
        o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (o->fd >= 0 || errno != EEXIST) break;
    }
    if (o->fd >= 0) return VT_OK;
    int error = errno;
    free(o->temporary);
    o->temporary = NULL;
    return fail_system(err, "create", o->path, error);
}

static vt_status open_target(vt_output *o, vt_error *err) {
    struct stat info;
    bool exists = stat(o->path, &info) == 0;
    if (!exists && errno != ENOENT) return fail_system(err, "create", o->path, errno);
    if (exists && S_ISDIR(info.st_mode))
        return vt_fail(err, VT_EIO, "cannot write %.300s: it is a folder; give a file name in it",
                       o->path);
    if (exists && !S_ISREG(info.st_mode)) {
        o->append = false;
        o->fd = open(o->path, O_WRONLY | O_CLOEXEC);
        return o->fd >= 0 ? VT_OK : fail_system(err, "open", o->path, errno);
    }
    if (exists && o->append) {
        o->fd = open(o->path, O_WRONLY | O_APPEND | O_CLOEXEC);
        if (o->fd < 0) return fail_system(err, "open", o->path, errno);
        o->old_size = info.st_size;
        return VT_OK;
    }
    o->append = false;
    if (exists && !o->overwrite)
        return vt_fail(err, VT_EIO,
                       "%.300s exists and was not written by this run; choose another name or set "
                       "overwrite = true",
                       o->path);
    if (exists && access(o->path, W_OK) != 0) return fail_system(err, "replace", o->path, errno);
    vt_status status = open_temporary(o, err);
    /* A replaced file keeps its permissions; failing that is no reason not to write. */
    if (!vt_failed(status) && exists && fchmod(o->fd, info.st_mode & 07777) != 0) errno = 0;
    return status;
}

static vt_output *open_output(const char *path, bool overwrite, bool append, vt_error *err) {
    if (path == NULL || path[0] == '\0') {
        vt_fail(err, VT_EINVAL, "a file name is empty; give the path of the file to write");
        return NULL;
    }
    vt_output *o = vt_alloc(1, sizeof *o);
    if (o == NULL) {
        vt_fail_memory(err, 1, sizeof *o, "an output file");
        return NULL;
    }
    o->fd = -1;
    o->append = append;
    o->overwrite = overwrite;
    o->packing = vti_packing_of_name(path);
    /* Resolving links makes the rename replace the file that a link points to, not the link. */
    o->path = realpath(path, NULL);
    if (o->path == NULL) o->path = strdup(path);
    o->buffer = vt_alloc(BUFFER, 1);
    o->packed = o->packing != NULL ? vt_alloc(BUFFER, 1) : NULL;
    if (o->path == NULL || o->buffer == NULL || (o->packing != NULL && o->packed == NULL)) {
        vt_fail_memory(err, BUFFER, 2, "an output file");
        goto fail;
    }
    if (vt_failed(vti_packing_check(o->packing, path, err))) goto fail;
    if (o->packing != NULL && (o->packer = o->packing->start_writing()) == NULL) {
        vt_fail_memory(err, BUFFER, 2, "compression");
        goto fail;
    }
    if (vt_failed(open_target(o, err))) goto fail;
    return o;
fail:
    release(o);
    return NULL;
}

vt_output *vt_output_create(const char *path, bool overwrite, vt_error *err) {
    return open_output(path, overwrite, false, err);
}

vt_output *vt_output_append(const char *path, vt_error *err) {
    return open_output(path, false, true, err);
}

/* ---------------------------------------------------------------- writing ---- */

static vt_status write_all(vt_output *o, const unsigned char *data, size_t bytes) {
    while (bytes > 0) {
        ssize_t n = write(o->fd, data, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_system(&o->failure, "write", o->path, errno);
        data += n;
        bytes -= (size_t)n;
        o->written += (uint64_t)n;
    }
    return VT_OK;
}

/* Send the buffer on; `last` ends the packed stream. */
static vt_status flush(vt_output *o, bool last) {
    if (o->stoppable && vt_interrupted()) return vt_fail_interrupted(&o->failure);
    if (o->packing == NULL) {
        vt_status status = write_all(o, o->buffer, o->used);
        o->used = 0;
        return status;
    }
    vti_flow flow = {.in = o->buffer, .in_size = o->used};
    o->used = 0;
    vti_flow_state state;
    do {
        flow.out = o->packed;
        flow.out_size = BUFFER;
        state = o->packing->write(o->packer, &flow, last);
        if (state != VTI_FLOW_ON && state != VTI_FLOW_END)
            return vt_fail(&o->failure, VT_EIO, "cannot compress %.300s with %s", o->path,
                           o->packing->name);
        if (vt_failed(write_all(o, o->packed, BUFFER - flow.out_size))) return o->failure.code;
    } while (state == VTI_FLOW_ON);
    return VT_OK;
}

static vt_status first_failure(const vt_output *o, vt_error *err) {
    if (err != NULL) *err = o->failure;
    return o->failure.code;
}

vt_status vt_output_write(vt_output *o, const void *data, size_t bytes, vt_error *err) {
    const unsigned char *from = data;
    while (bytes > 0 && !vt_failed(o->failure.code)) {
        size_t n = BUFFER - o->used < bytes ? BUFFER - o->used : bytes;
        memcpy(o->buffer + o->used, from, n);
        o->used += n;
        from += n;
        bytes -= n;
        if (o->used == BUFFER) flush(o, false);
    }
    return vt_failed(o->failure.code) ? first_failure(o, err) : VT_OK;
}

void vti_output_stoppable(vt_output *o) {
    o->stoppable = !vt_interrupted();
}

vt_status vt_output_print(vt_output *o, vt_error *err, const char *format, ...) {
    char line[1024];
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    vt_status status;
    if (n < 0) {
        status = vt_fail(err, VT_EINVAL, "cannot format text for %.300s", o->path);
    } else if ((size_t)n < sizeof line) {
        status = vt_output_write(o, line, (size_t)n, err);
    } else {
        char *text = vt_alloc((size_t)n + 1, 1);
        if (text == NULL) {
            status = vt_fail_memory(err, (size_t)n + 1, 1, "a line of text");
        } else {
            vsnprintf(text, (size_t)n + 1, format, again);
            status = vt_output_write(o, text, (size_t)n, err);
            vt_free(text);
        }
    }
    va_end(again);
    return status;
}

/* ---------------------------------------------------------------- ending ---- */

/* Make the new name itself durable; without it a power cut could bring the old file back. */
static void sync_folder(const char *path) {
    char *folder = strdup(path);
    if (folder == NULL) return;
    char *slash = strrchr(folder, '/');
    if (slash == folder) slash++;
    if (slash != NULL) *slash = '\0';
    int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

static vt_status put_in_place(vt_output *o) {
    if (!o->overwrite) {
        /* A link fails when somebody else made the file meanwhile; a rename would replace it. */
        if (link(o->temporary, o->path) == 0) {
            unlink(o->temporary);
            return VT_OK;
        }
        if (errno == EEXIST)
            return vt_fail(&o->failure, VT_EIO,
                           "%.300s was made by another program meanwhile; choose another name or "
                           "set overwrite = true",
                           o->path);
        /* Some file systems have no links; there a rename is what remains. */
    }
    if (rename(o->temporary, o->path) != 0)
        return fail_system(&o->failure, "replace", o->path, errno);
    return VT_OK;
}

vt_status vt_output_commit(vt_output *o, vt_error *err) {
    if (!vt_failed(o->failure.code)) flush(o, true);
    /* Devices and pipes cannot be synchronized and say EINVAL. */
    if (!vt_failed(o->failure.code) && fsync(o->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        fail_system(&o->failure, "write", o->path, errno);
    if (!vt_failed(o->failure.code) && o->temporary != NULL) {
        int closed = close(o->fd);
        o->fd = -1;
        if (closed != 0)
            fail_system(&o->failure, "write", o->path, errno);
        else
            put_in_place(o);
    }
    if (vt_failed(o->failure.code)) {
        vt_status status = first_failure(o, err);
        vt_output_discard(o);
        return status;
    }
    if (o->temporary != NULL) sync_folder(o->path);
    release(o);
    return VT_OK;
}

void vt_output_discard(vt_output *o) {
    if (o == NULL) return;
    if (o->temporary != NULL) unlink(o->temporary);
    /* Nothing more can be done when cutting fails: the frames before are still whole. */
    if (o->append && o->fd >= 0 && ftruncate(o->fd, o->old_size) != 0) errno = 0;
    release(o);
}

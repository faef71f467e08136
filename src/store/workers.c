/* Which processes are alive that fill a store. Each holds a lock on a byte of a file beside it, its
   slot. The kernel takes the lock away when the process ends, however it ends, so that neither
   clocks nor numbers of processes, which come again, say who is alive. These locks belong to the
   open file, not to the process: SQLite, which opens and closes files of its own, cannot lose
   them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

enum { MOST_WORKERS = 4096, TRIES = 1000, PAUSE = 1000 /* us */ };

static char *file_of(const vt_store *store) {
    size_t size = strlen(store->place) + sizeof "-workers";
    char *path = vt_alloc(size, 1);
    if (path != NULL) snprintf(path, size, "%s-workers", store->place);
    return path;
}

static int lock(int file, int command, short type, off_t start, off_t length, struct flock *found) {
    struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result = fcntl(file, command, &f);
    if (found != NULL) *found = f;
    return result;
}

/* Whether `path` still names the file that is open: whoever leaves last removes it. */
static bool still_there(int file, const char *path) {
    struct stat open_one, named;
    return fstat(file, &open_one) == 0 && stat(path, &named) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

static vt_status join(vt_store *store, const char *path, vt_error *err) {
    for (int attempt = 0; attempt < TRIES; attempt++) {
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (file < 0)
            return vt_fail(err, VT_EIO, "%s: %s; the store's folder must allow to write it", path,
                           strerror(errno));
        for (int slot = 0; slot < MOST_WORKERS; slot++) {
            if (lock(file, F_OFD_SETLK, F_WRLCK, slot, 1, NULL) == 0) {
                if (!still_there(file, path)) break;
                store->workers = file;
                store->slot = slot;
                store->pid = getpid();
                return VT_OK;
            }
            if (errno != EAGAIN && errno != EACCES) {
                int code = errno;
                close(file);
                return vt_fail(err, VT_EUNSUPPORTED,
                               "%s: this file system has no locks (%s); give every process a share "
                               "of the campaign and a store of its own, and merge them",
                               path, strerror(code));
            }
        }
        close(file);
        usleep(PAUSE);
    }
    return vt_fail(err, VT_EIO, "%s: %d processes are at work with this store, no more can be",
                   path, MOST_WORKERS);
}

vt_status vti_workers_join(vt_store *store, vt_error *err) {
    if (store->workers >= 0) return VT_OK;
    char *path = file_of(store);
    if (path == NULL) return vt_fail_memory(err, 1, 1, "the name of a file");
    vt_status status = join(store, path, err);
    vt_free(path);
    return status;
}

void vti_workers_leave(vt_store *store) {
    if (store->workers < 0) return;
    char *path = file_of(store);
    /* With all slots locked nobody else is there, and nobody gets in until the name is gone. */
    if (path != NULL && lock(store->workers, F_OFD_SETLK, F_WRLCK, 0, 0, NULL) == 0 &&
        still_there(store->workers, path))
        unlink(path);
    vt_free(path);
    close(store->workers);
    store->workers = -1;
}

bool vti_workers_alive(const vt_store *store, int slot) {
    struct flock found;
    if (slot == store->slot) return true;
    return lock(store->workers, F_OFD_GETLK, F_WRLCK, slot, 1, &found) != 0 ||
           found.l_type != F_UNLCK;
}

/* The files that a pattern stands for. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/internal.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int vti_natural_order(const char *a, const char *b) {
    const char *x = a, *y = b;
    while (*x != '\0' && *y != '\0') {
        if (is_digit(*x) && is_digit(*y)) {
            while (*x == '0') x++;
            while (*y == '0') y++;
            size_t n = 0, m = 0;
            while (is_digit(x[n])) n++;
            while (is_digit(y[m])) m++;
            if (n != m) return n < m ? -1 : 1; /* more digits, without zeros in front */
            int order = memcmp(x, y, n);
            if (order != 0) return order;
            x += n;
            y += m;
        } else if (*x != *y) {
            return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
        } else {
            x++;
            y++;
        }
    }
    if (*x != '\0' || *y != '\0') return *x == '\0' ? -1 : 1;
    return strcmp(a, b); /* "1" and "01" */
}

static int compare(const void *a, const void *b) {
    return vti_natural_order(*(char *const *)a, *(char *const *)b);
}

/* A file that vitrum is just writing. */
static bool half_written(const char *path) {
    const char *mark = strstr(path, ".tmp-");
    while (mark != NULL && strstr(mark + 1, ".tmp-") != NULL) mark = strstr(mark + 1, ".tmp-");
    return mark != NULL && strspn(mark + 5, "0123456789") == strlen(mark + 5);
}

void vt_files_clear(vt_files *files) {
    for (size_t k = 0; k < files->count; k++) vt_free(files->path[k]);
    vt_free(files->path);
    *files = (vt_files){0};
}

static vt_status add(vt_files *files, const char *path, vt_error *err) {
    size_t size = strlen(path) + 1;
    char *copy = vt_alloc(size, 1);
    if (copy == NULL) return vt_fail_memory(err, size, 1, "the name of a file");
    memcpy(copy, path, size);
    files->path[files->count++] = copy;
    return VT_OK;
}

vt_status vt_files_match(const char *pattern, vt_files *files, vt_error *err) {
    *files = (vt_files){0};
    glob_t found = {0};
    bool many = strpbrk(pattern, "*?[") != NULL && access(pattern, F_OK) != 0;
    int result = many ? glob(pattern, GLOB_MARK | GLOB_NOSORT, NULL, &found) : 0;
    vt_status status = VT_OK;
    if (result == GLOB_NOSPACE) {
        status = vt_fail_memory(err, 1, strlen(pattern), "looking for files");
        goto end;
    }
    files->path = vt_alloc(found.gl_pathc + 1, sizeof *files->path);
    if (files->path == NULL)
        status = vt_fail_memory(err, found.gl_pathc + 1, sizeof *files->path, "names of files");
    if (!many && !vt_failed(status)) status = add(files, pattern, err);
    for (size_t k = 0; k < found.gl_pathc && !vt_failed(status); k++) {
        const char *path = found.gl_pathv[k];
        if (path[strlen(path) - 1] != '/' && !half_written(path)) /* a folder ends in a slash */
            status = add(files, path, err);
    }
    if (!vt_failed(status) && files->count == 0)
        status =
            vt_fail(err, VT_EINVAL,
                    "no file matches '%.300s'; * stands for any letters, ? for one, [0-9] for a "
                    "digit",
                    pattern);
    if (!vt_failed(status)) qsort(files->path, files->count, sizeof *files->path, compare);
end:
    globfree(&found);
    if (vt_failed(status)) vt_files_clear(files);
    return status;
}

/* The fuzz program. Its name, fuzz-<target>, says which reader gets the inputs:

       fuzz list                       the names of all targets
       fuzz-<target> seeds FOLDER      write inputs that only the program itself can make
       fuzz-<target> [libFuzzer's options] FOLDER or FILE ... */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "fuzz.h"
#include "vitrum/io.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Beside these, every format of files of atoms. */
static const fuzz_target TARGETS[] = {
    {"gzip", fuzz_packed_start, fuzz_packed, fuzz_packed_seeds},
    {"zstd", fuzz_packed_start, fuzz_packed, fuzz_packed_seeds},
    {"xz", fuzz_packed_start, fuzz_packed, fuzz_packed_seeds},
    {"eam", NULL, fuzz_eam, NULL},
    {"mix", NULL, fuzz_mix, NULL},
    {"md", fuzz_md_start, fuzz_md, fuzz_md_seeds},
    {"lattice", NULL, fuzz_lattice, fuzz_lattice_seeds},
    {"json", fuzz_lua_start, fuzz_lua, NULL},
    {"csv", fuzz_lua_start, fuzz_lua, NULL},
    {"record", fuzz_lua_start, fuzz_lua, NULL},
    {"landscape", fuzz_lua_start, fuzz_lua, NULL},
    {"svmlight", fuzz_lua_start, fuzz_lua, NULL},
    {"model", fuzz_lua_start, fuzz_lua, NULL},
    {"svg", fuzz_lua_start, fuzz_lua, NULL},
    {"run", fuzz_lua_start, fuzz_lua, NULL},
    {"job", fuzz_lua_start, fuzz_job, NULL},
    {"note", fuzz_lua_start, fuzz_lua, NULL},
    {"calls", fuzz_lua_start, fuzz_lua, fuzz_calls_seeds},
};
enum { TARGET_COUNT = sizeof TARGETS / sizeof *TARGETS };

static fuzz_target target;

/* ---------------------------------------------------------------- files ---- */

static int memory = -1;
static char path[40], folder[80];

static int remove_one(const char *name, const struct stat *info, int kind, struct FTW *place) {
    (void)info, (void)kind, (void)place;
    return remove(name);
}

static void remove_folder(void) {
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_places(void) {
    memory = memfd_create("fuzz", 0);
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.50s/vitrum-fuzz-XXXXXX", base != NULL ? base : "/dev/shm");
    fuzz_require(memory >= 0 && mkdtemp(folder) != NULL, "cannot make temporary files");
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    atexit(remove_folder);
}

const char *fuzz_path(void) {
    return path;
}

const char *fuzz_folder(void) {
    return folder;
}

void fuzz_put(const void *bytes, size_t size) {
    fuzz_require(ftruncate(memory, 0) == 0 && pwrite(memory, bytes, size, 0) == (ssize_t)size,
                 "cannot write to memory");
}

void fuzz_put_packed(const void *bytes, size_t size) {
    z_stream z = {0};
    fuzz_require(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK, "no zlib");
    uLong room = deflateBound(&z, (uLong)size);
    unsigned char *packed = malloc(room);
    z.next_in = (unsigned char *)bytes;
    z.avail_in = (uInt)size;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    fuzz_require(deflate(&z, Z_FINISH) == Z_STREAM_END, "cannot compress");
    fuzz_put(packed, z.total_out);
    deflateEnd(&z);
    free(packed);
}

void fuzz_save(const char *where, const char *name, const void *bytes, size_t size) {
    char full[600];
    snprintf(full, sizeof full, "%.500s/%.80s", where, name);
    FILE *file = fopen(full, "wb");
    fuzz_require(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0,
                 "cannot write %s", full);
}

/* ---------------------------------------------------------------- findings ---- */

uint64_t fuzz_hash(const uint8_t *bytes, size_t size) {
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t k = 0; k < size; k++) hash = (hash ^ bytes[k]) * 0x100000001b3;
    return hash ^ hash >> 32;
}

void fuzz_require(bool true_as_it_should, const char *format, ...) {
    if (true_as_it_should) return;
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "FINDING: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    abort();
}

void fuzz_check_error(vt_status status, const vt_error *err) {
    if (!vt_failed(status)) return;
    fuzz_require(err->code == status, "returned %d, but the error says %d: %s", status, err->code,
                 err->msg);
    fuzz_require(err->msg[0] != '\0', "an error without a message, code %d", status);
    for (const char *c = err->msg; *c != '\0'; c++)
        fuzz_require((unsigned char)*c >= ' ' && *c != 0x7f, "control character in: %s", err->msg);
}

/* ---------------------------------------------------------------- libFuzzer ---- */

static fuzz_target find_target(const char *program) {
    const char *name = strrchr(program, '/');
    name = name != NULL ? name + 1 : program;
    if (strncmp(name, "fuzz-", 5) == 0) name += 5;
    for (int k = 0; k < TARGET_COUNT; k++)
        if (strcmp(TARGETS[k].name, name) == 0) return TARGETS[k];
    for (int k = 0; k < vt_format_count(); k++)
        if (strcmp(vt_format_name(k), name) == 0)
            return (fuzz_target){vt_format_name(k), fuzz_frames_start, fuzz_frames, NULL};
    fprintf(stderr, "no target is named '%s'; `fuzz list` shows them\n", name);
    exit(2);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    if (*argc == 2 && strcmp((*argv)[1], "list") == 0) {
        for (int k = 0; k < vt_format_count(); k++) puts(vt_format_name(k));
        for (int k = 0; k < TARGET_COUNT; k++) puts(TARGETS[k].name);
        exit(0);
    }
    target = find_target((*argv)[0]);
    vt_error err = {0};
    vt_threads_set(1, &err);
    make_places();
    if (target.start != NULL) target.start(target.name);
    if (*argc == 3 && strcmp((*argv)[1], "seeds") == 0) {
        if (target.write_seeds != NULL) target.write_seeds((*argv)[2]);
        exit(0);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    target.feed(bytes, size);
    return 0;
}

/* What is looked at before a file is trusted: where it lies and what it is; and whether a store is
   that of the campaign which takes it up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal.h"

/* ---------------------------------------------------------------- where it lies ---- */

const char *vt_store_network(const char *path) {
    /* Numbers of file systems: statfs(2), linux/magic.h and the sources of those outside it. */
    static const struct {
        uint32_t number;
        const char *name;
    } networks[] = {{0x6969, "nfs"},        {0x517b, "smb"},          {0xff534d42, "cifs"},
                    {0xfe534d42, "smb2"},   {0x5346414f, "afs"},      {0x6b414653, "afs"},
                    {0x73757245, "coda"},   {0x01021997, "9p"},       {0x0bd00bd0, "lustre"},
                    {0x47504653, "gpfs"},   {0x19830326, "beegfs"},   {0x00c36400, "ceph"},
                    {0x65735546, "fuse"},   {0x7461636f, "ocfs2"},    {0x01161970, "gfs2"},
                    {0xaad7aaea, "panfs"},  {0x20030528, "orangefs"}, {0x786f4256, "vboxsf"},
                    {0xbacbacbc, "vmhgfs"}, {0x564c, "ncp"}};
    struct statfs found;
    if (statfs(path, &found) != 0) { /* not there yet: its folder */
        char folder[4096];
        const char *end = strrchr(path, '/');
        size_t length = end != NULL ? (size_t)(end - path) + 1 : 0;
        if (length >= sizeof folder) return NULL;
        memcpy(folder, path, length);
        memcpy(folder + length, ".", 2);
        if (statfs(folder, &found) != 0) return NULL;
    }
    for (size_t k = 0; k < sizeof networks / sizeof *networks; k++)
        if ((uint32_t)found.f_type == networks[k].number) return networks[k].name;
    return NULL;
}

/* ---------------------------------------------------------------- what it is ---- */

enum { HEAD = 100, PAGE_SIZE_AT = 16, CHANGED_AT = 24, PAGES_AT = 28, VALID_AT = 92 };

static uint32_t big_endian(const unsigned char *b, int bytes) {
    uint32_t value = 0;
    for (int k = 0; k < bytes; k++) value = value << 8 | b[k];
    return value;
}

/* Size of PATH-wal, -1: there is none. */
static int64_t log_size(const char *path) {
    char name[4096];
    struct stat found;
    if ((size_t)snprintf(name, sizeof name, "%s-wal", path) >= sizeof name) return -1;
    return stat(name, &found) == 0 ? (int64_t)found.st_size : -1;
}

static vt_status look_into(const char *path, int file, int64_t size, bool *empty, vt_error *err) {
    unsigned char head[HEAD];
    ssize_t got = pread(file, head, sizeof head, 0);
    if (got < 0) return vt_fail(err, VT_EIO, "%s: %s", path, strerror(errno));
    *empty = got == 0 && log_size(path) <= 0;
    if (*empty || got == 0) return VT_OK;
    if (got < HEAD || memcmp(head, "SQLite format 3", 16) != 0)
        return vt_fail(err, VT_EFORMAT,
                       "%s: no store of saddle searches but some other file; it is left as it is, "
                       "give another name",
                       path);
    int64_t page = big_endian(head + PAGE_SIZE_AT, 2);
    if (page == 1) page = 65536;
    int64_t pages = big_endian(head + PAGES_AT, 4);
    bool valid = memcmp(head + CHANGED_AT, head + VALID_AT, 4) == 0;
    /* Where a log stands beside it, the file may be behind. */
    if (valid && size < page * pages && log_size(path) <= 0)
        return vt_fail(err, VT_EFORMAT,
                       "%s: cut off: %" PRId64 " bytes of %" PRId64 "; it is left as it is. "
                       "`sqlite3 %s .recover | sqlite3 saved.db` saves what can be read",
                       path, size, page * pages, path);
    return VT_OK;
}

vt_status vti_store_look(const char *path, bool write, bool *empty, bool *immutable,
                         vt_error *err) {
    *empty = *immutable = false;
    /* Closing any descriptor of a file takes the process's locks on it away, those of SQLite too.
     */
    vti_stores_rest();
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && write && errno == ENOENT) {
        *empty = true;
        return VT_OK;
    }
    if (file < 0) return vt_fail(err, VT_EIO, "%s: %s", path, strerror(errno));
    struct stat found;
    vt_status status = VT_OK;
    if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode))
        status = vt_fail(err, VT_EFORMAT, "%s: no file but %s", path,
                         S_ISDIR(found.st_mode) ? "a folder" : "something else");
    else
        status = look_into(path, file, found.st_size, empty, err);
    close(file);
    VTI_TRY(status);
    if (write) return VT_OK;
    if (*empty) return vt_fail(err, VT_EFORMAT, "%s: empty, no store yet", path);
    const char *network = vt_store_network(path);
    char folder[4096];
    const char *end = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s.", end != NULL ? (int)(end - path) + 1 : 0, path);
    bool alone = network != NULL || access(folder, W_OK) != 0 || access(path, W_OK) != 0;
    if (alone && log_size(path) > 0)
        return vt_fail(err, VT_EUNSUPPORTED,
                       "%s: has a write-ahead log beside it, which cannot be read %s%s; copy both "
                       "files to a local disk",
                       path,
                       network != NULL ? "on a network's file system, "
                                       : "where nothing may "
                                         "be written",
                       network != NULL ? network : "");
    *immutable = alone;
    return VT_OK;
}

/* ---------------------------------------------------------------- facts ---- */

static vt_status put_fact(vt_store *store, const char *name, const char *value, vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "INSERT INTO campaign VALUES(?, ?)", &s, err));
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    int code = sqlite3_step(s);
    sqlite3_finalize(s);
    return code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "making it", err);
}

vt_status vt_store_get(vt_store *store, const char *name, char *value, size_t size, vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "SELECT value FROM campaign WHERE name = ?", &s, err));
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(s);
    vt_status status = VT_OK;
    if (code == SQLITE_ROW)
        snprintf(value, size, "%s", (const char *)sqlite3_column_text(s, 0));
    else if (code == SQLITE_DONE)
        status = vt_fail(err, VT_EINVAL, "%s: the store does not tell '%s'", store->path, name);
    else
        status = vti_store_failed(store, code, "reading it", err);
    sqlite3_finalize(s);
    return status;
}

vt_status vt_store_facts(vt_store *store, bool (*take)(void *context, vt_store_fact fact),
                         void *context, vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "SELECT name, value FROM campaign ORDER BY name", &s, err));
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        vt_store_fact fact = {(const char *)sqlite3_column_text(s, 0),
                              (const char *)sqlite3_column_text(s, 1)};
        if (fact.name == NULL || fact.value == NULL) continue;
        if (!take(context, fact)) break;
    }
    sqlite3_finalize(s);
    return code == SQLITE_ROW || code == SQLITE_DONE
               ? VT_OK
               : vti_store_failed(store, code, "reading it", err);
}

/* ---------------------------------------------------------------- the sample ---- */

static void hash_sample(const vt_store_sample *s, char hex[65]) {
    vt_sha256_state state;
    vt_sha256_start(&state);
    vt_sha256_add(&state, s->h, sizeof s->h);
    vt_sha256_add(&state, s->origin, sizeof s->origin);
    for (int k = 0; k < 3; k++) vt_sha256_add(&state, s->periodic[k] ? "p" : "f", 1);
    for (size_t i = 0; i < s->count; i++) {
        const char *species = s->species[s->type[i]];
        const double r[3] = {s->x[i], s->y[i], s->z[i]};
        vt_sha256_add(&state, species, strlen(species) + 1);
        vt_sha256_add(&state, r, sizeof r);
    }
    vt_sha256_end(&state, hex);
}

static void write_vector(char text[96], const double v[3]) {
    snprintf(text, 96, "%.17g %.17g %.17g", v[0], v[1], v[2]);
}

static vt_status put_sample(vt_store *store, const vt_store_sample *sample, vt_error *err) {
    char text[96];
    static const char *const edges[] = {"box a", "box b", "box c"};
    for (int k = 0; k < 3; k++) {
        write_vector(text, sample->h[k]);
        VTI_TRY(put_fact(store, edges[k], text, err));
    }
    write_vector(text, sample->origin);
    VTI_TRY(put_fact(store, "box origin", text, err));
    snprintf(text, sizeof text, "%d %d %d", sample->periodic[0], sample->periodic[1],
             sample->periodic[2]);
    VTI_TRY(put_fact(store, "box periodic", text, err));
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "INSERT INTO species VALUES(?, ?, ?)", &s, err));
    int code = SQLITE_DONE;
    for (size_t k = 0; k < sample->species_count && code == SQLITE_DONE; k++) {
        sqlite3_bind_int64(s, 1, (int64_t)k + 1);
        sqlite3_bind_text(s, 2, sample->species[k], -1, SQLITE_STATIC);
        sqlite3_bind_double(s, 3, sample->mass[k]);
        code = sqlite3_step(s);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    if (code != SQLITE_DONE) return vti_store_failed(store, code, "making it", err);
    VTI_TRY(vti_store_prepare(store, "INSERT INTO atoms VALUES(?, ?, ?, ?, ?)", &s, err));
    for (size_t i = 0; i < sample->count && code == SQLITE_DONE; i++) {
        sqlite3_bind_int64(s, 1, (int64_t)i + 1);
        sqlite3_bind_int(s, 2, sample->type[i] + 1);
        sqlite3_bind_double(s, 3, sample->x[i]);
        sqlite3_bind_double(s, 4, sample->y[i]);
        sqlite3_bind_double(s, 5, sample->z[i]);
        code = sqlite3_step(s);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    return code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "making it", err);
}

vt_status vt_store_read_sample(vt_store *store, vt_store_sample *sample, void **memory,
                               vt_error *err) {
    *memory = NULL;
    static const char *const edges[] = {"box a", "box b", "box c", "box origin"};
    for (int k = 0; k < 4; k++) {
        char text[128];
        double *v = k < 3 ? sample->h[k] : sample->origin;
        VTI_TRY(vt_store_get(store, edges[k], text, sizeof text, err));
        if (sscanf(text, "%lf %lf %lf", &v[0], &v[1], &v[2]) != 3)
            return vt_fail(err, VT_EFORMAT, "%s: '%s' is not three numbers: %s", store->path,
                           edges[k], text);
    }
    char text[128];
    int periodic[3];
    VTI_TRY(vt_store_get(store, "box periodic", text, sizeof text, err));
    if (sscanf(text, "%d %d %d", &periodic[0], &periodic[1], &periodic[2]) != 3)
        return vt_fail(err, VT_EFORMAT, "%s: 'box periodic' is not three numbers: %s", store->path,
                       text);
    for (int k = 0; k < 3; k++) sample->periodic[k] = periodic[k] != 0;

    enum { MOST_SPECIES = 256, SYMBOL = 16 };
    size_t n = (size_t)store->atoms;
    size_t bytes = n * (3 * sizeof(double) + sizeof(int32_t)) +
                   MOST_SPECIES * (sizeof(double) + sizeof(char *) + SYMBOL);
    char *block = vt_alloc(bytes, 1);
    if (block == NULL) return vt_fail_memory(err, bytes, 1, "the sample of a store");
    *memory = block;
    double *r = (double *)(void *)block, *mass = r + 3 * n;
    char **species = (char **)(void *)(mass + MOST_SPECIES);
    int32_t *type = (int32_t *)(void *)(species + MOST_SPECIES);
    char *symbol = (char *)(type + n);
    sample->count = n;
    sample->species_count = 0;
    sample->x = r;
    sample->y = r + n;
    sample->z = r + 2 * n;
    sample->mass = mass;
    sample->type = type;
    sample->species = (const char *const *)species;

    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "SELECT species, mass FROM species ORDER BY number", &s, err));
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW && sample->species_count < MOST_SPECIES) {
        size_t k = sample->species_count++;
        const unsigned char *name = sqlite3_column_text(s, 0);
        species[k] = symbol + SYMBOL * k;
        snprintf(species[k], SYMBOL, "%s", name != NULL ? (const char *)name : "?");
        mass[k] = sqlite3_column_double(s, 1);
    }
    sqlite3_finalize(s);
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        return vti_store_failed(store, code, "reading it", err);
    VTI_TRY(vti_store_prepare(store, "SELECT atom, species, x, y, z FROM atoms ORDER BY atom", &s,
                              err));
    size_t i = 0;
    bool wrong = false;
    while (!wrong && (code = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t kind = sqlite3_column_int64(s, 1);
        wrong = i >= n || sqlite3_column_int64(s, 0) != (int64_t)i + 1 || kind < 1 ||
                kind > (int64_t)sample->species_count;
        if (wrong) break;
        type[i] = (int32_t)kind - 1;
        for (size_t k = 0; k < 3; k++) {
            r[k * n + i] = sqlite3_column_double(s, 2 + (int)k);
            wrong = wrong || !isfinite(r[k * n + i]);
        }
        i++;
    }
    sqlite3_finalize(s);
    if (!wrong && code != SQLITE_DONE) return vti_store_failed(store, code, "reading it", err);
    if (wrong || i != n)
        return vt_fail(err, VT_EFORMAT, "%s: the sample is damaged at atom %zu", store->path,
                       i + 1);
    return VT_OK;
}

/* ---------------------------------------------------------------- whose it is ---- */

vt_status vti_store_found(vt_store *store, const vt_store_sample *sample,
                          const vt_store_fact *facts, size_t count, vt_error *err) {
    if (sample->count < 1) return vt_fail(err, VT_EINVAL, "a store needs a sample with atoms");
    char text[128];
    VTI_TRY(vti_store_tables_into(store, err));
    VTI_TRY(put_fact(store, "program", "vitrum", err));
    VTI_TRY(put_fact(store, "version", vt_version(), err));
    char hex[65];
    hash_sample(sample, hex);
    VTI_TRY(put_fact(store, "glass_sha256", hex, err));
    snprintf(text, sizeof text, "%zu", sample->count);
    VTI_TRY(put_fact(store, "glass_atoms", text, err));
    snprintf(text, sizeof text, "%d of %d", store->part, store->parts);
    VTI_TRY(put_fact(store, "share", text, err));
    VTI_TRY(put_fact(store, "displacements",
                     "n integers of 32 bits, atoms, then n times x y z as floats of 32 bits [A], "
                     "least byte first; n = bytes / 16",
                     err));
    for (size_t k = 0; k < count; k++) VTI_TRY(put_fact(store, facts[k].name, facts[k].value, err));
    return put_sample(store, sample, err);
}

/* How far the samples are apart, for the message. */
static vt_status other_sample(vt_store *store, const vt_store_sample *sample, vt_error *err) {
    vt_store_sample there;
    void *memory;
    vt_status status = vt_store_read_sample(store, &there, &memory, err);
    double most = 0;
    size_t atom = 0;
    bool alike = !vt_failed(status) && there.count == sample->count &&
                 memcmp(there.h, sample->h, sizeof there.h) == 0;
    for (size_t i = 0; alike && i < sample->count; i++) {
        double d = sqrt(pow(there.x[i] - sample->x[i], 2) + pow(there.y[i] - sample->y[i], 2) +
                        pow(there.z[i] - sample->z[i], 2));
        if (d > most) {
            most = d;
            atom = i + 1;
        }
    }
    size_t n = !vt_failed(status) ? there.count : 0;
    vt_free(memory);
    VTI_TRY(status);
    if (alike && most < 1e-2)
        return vt_fail(err, VT_EINVAL,
                       "%s: holds searches on another glass: atom %zu is %.2g A off, as after "
                       "another minimization; go on with the glass of the store, "
                       "vt.art.open(\"%s\"):atoms(), or give another store",
                       store->path, atom, most, store->path);
    return vt_fail(err, VT_EINVAL,
                   "%s: holds searches on another glass, of %zu atoms (this one has %zu)%s; a "
                   "store holds one campaign: give another store",
                   store->path, n, sample->count, alike ? " in other places" : "");
}

static vt_status compare_fact(vt_store *store, const char *name, const char *here, vt_error *err) {
    char there[4096];
    VTI_TRY(vt_store_get(store, name, there, sizeof there, err));
    if (strncmp(there, here, sizeof there - 1) == 0) return VT_OK;
    return vt_fail(err, VT_EINVAL,
                   "%s: holds searches of another campaign: %s is %s there and %s here; a store "
                   "holds one campaign: give another store",
                   store->path, name, there, here);
}

vt_status vti_store_compare(vt_store *store, const vt_store_sample *sample,
                            const vt_store_fact *facts, size_t count, vt_error *err) {
    char here[65], there[128], share[64];
    VTI_TRY(vt_store_get(store, "glass_sha256", there, sizeof there, err));
    hash_sample(sample, here);
    if (strcmp(here, there) != 0) return other_sample(store, sample, err);
    VTI_TRY(compare_fact(store, "version", vt_version(), err));
    snprintf(share, sizeof share, "%d of %d", store->part, store->parts);
    VTI_TRY(compare_fact(store, "share", share, err));
    for (size_t k = 0; k < count; k++)
        VTI_TRY(compare_fact(store, facts[k].name, facts[k].value, err));
    return VT_OK;
}

/* Stores: connections, which wait for other processes and survive a fork, and what their failures
   mean. */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

static const double PATIENCE = 20; /* s */

bool vt_store_available(void) {
    return true;
}

/* ---------------------------------------------------------------- failures ---- */

vt_status vti_store_failed(vt_store *store, int code, const char *doing, vt_error *err) {
    const char *path = store->path;
    if (vt_interrupted() && (code == SQLITE_BUSY || code == SQLITE_INTERRUPT))
        return vt_fail_interrupted(err);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return vt_fail(err, VT_EIO,
                       "%s: locked by another program for more than %g s while %s (an open "
                       "transaction in sqlite3, a backup?); end it and go on: what is in the store "
                       "is safe, and what could not be written waits in memory",
                       path, store->patience, doing);
    case SQLITE_FULL:
        return vt_fail(err, VT_EIO,
                       "%s: the disk is full while %s; make room and go on: what is in the store "
                       "is safe, and what could not be written waits in memory",
                       path, doing);
    case SQLITE_IOERR:
        return vt_fail(err, VT_EIO,
                       "%s: the file could not be read or written while %s (%s); what is in the "
                       "store is safe, and what could not be written waits in memory",
                       path, doing, store->db != NULL ? sqlite3_errmsg(store->db) : "no file");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return vt_fail(err, VT_EFORMAT,
                       "%s: the file is damaged, found while %s (%s); it is left as it is. "
                       "`sqlite3 %s .recover | sqlite3 saved.db` saves what can be read",
                       path, doing,
                       store->db != NULL ? sqlite3_errmsg(store->db) : "not a database", path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return vt_fail(err, VT_EIO, "%s: may not be written", path);
    case SQLITE_CANTOPEN:
        return vt_fail(err, VT_EIO,
                       "%s: cannot be opened while %s; does its folder exist, and may it be "
                       "written? (a store that is in use has files beside it)",
                       path, doing);
    case SQLITE_NOMEM:
        return vt_fail(err, VT_ENOMEM, "%s: no memory left while %s", path, doing);
    default:
        return vt_fail(err, VT_EIO, "%s: %s while %s", path,
                       store->db != NULL ? sqlite3_errmsg(store->db) : sqlite3_errstr(code), doing);
    }
}

/* Someone else has the lock. */
static int wait_for_others(void *context, int calls) {
    vt_store *store = context;
    double now = vt_clock();
    if (calls == 0) store->since = now;
    if (vt_interrupted() || now - store->since > store->patience) return 0;
    const struct timespec pause = {0, calls < 10 ? 1000000 : 20000000};
    nanosleep(&pause, NULL);
    return 1;
}

/* ---------------------------------------------------------------- processes that fork ---- */

static vt_store *all; /* the stores of this process */

static void rest(vt_store *store) {
    for (int k = 0; k < VTI_STATEMENTS; k++) {
        sqlite3_finalize(store->statement[k]);
        store->statement[k] = NULL;
    }
    sqlite3_close(store->db);
    store->db = NULL;
}

/* SQLite keeps the locks of a process in memory, and a copy of the process would take them for its
   own: no connection may be open. */
void vti_stores_rest(void) {
    for (vt_store *s = all; s != NULL; s = s->next) rest(s);
}

/* In the copy: what the parent holds and what waits is the parent's. */
static void after_fork(void) {
    for (vt_store *s = all; s != NULL; s = s->next) {
        if (s->workers >= 0) close(s->workers);
        s->workers = -1;
        s->first = s->last = NULL;
    }
}

static void watch_forks(void) {
    pthread_atfork(vti_stores_rest, NULL, after_fork);
}

static void enter(vt_store *store) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    store->next = all;
    all = store;
}

static void forget(vt_store *store) {
    for (vt_store **s = &all; *s != NULL; s = &(*s)->next)
        if (*s == store) {
            *s = store->next;
            return;
        }
}

/* ---------------------------------------------------------------- connections ---- */

/* The name with which SQLite opens it: bytes that mean something in such names are written as
   numbers. */
char *vti_store_address(const vt_store *store) {
    size_t length = strlen(store->place);
    char *address = vt_alloc(3 * length + 64, 1);
    if (address == NULL) return NULL;
    char *to = address + sprintf(address, "file:");
    for (size_t k = 0; k < length; k++) {
        char c = store->place[k];
        if (c == '%' || c == '?' || c == '#')
            to += sprintf(to, "%%%02x", c);
        else
            *to++ = c;
    }
    sprintf(to, "?mode=%s", store->immutable ? "ro&immutable=1" : store->write ? "rwc" : "rw");
    return address;
}

/* Two that turn a new file into a store at once: SQLite asks nobody to wait where each could wait
   for the other, and says at once that the file is locked. */
static bool again(vt_store *store, int code, int calls) {
    return code == SQLITE_BUSY && wait_for_others(store, calls) != 0;
}

static vt_status open_connection(vt_store *store, vt_error *err) {
    char *address = vti_store_address(store);
    if (address == NULL) return vt_fail_memory(err, 1, 1, "the name of a file");
    int flags =
        SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
        (store->immutable ? SQLITE_OPEN_READONLY
                          : SQLITE_OPEN_READWRITE | (store->write ? SQLITE_OPEN_CREATE : 0));
    int code = sqlite3_open_v2(address, &store->db, flags, NULL);
    vt_free(address);
    if (code != SQLITE_OK) return vti_store_failed(store, code, "opening it", err);
    sqlite3_busy_handler(store->db, wait_for_others, store);
    /* A file from anywhere shall run nothing. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    VTI_TRY(vti_store_run(store, "PRAGMA cache_size = -64000", "opening it", err));
    if (!store->write) return VT_OK;
    VTI_TRY(vti_store_run(store, "PRAGMA page_size = 8192; PRAGMA synchronous = FULL", "opening it",
                          err));
    if (store->parts > 1)
        return vti_store_run(store, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE",
                             "opening it", err);
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "PRAGMA journal_mode = WAL", &s, err));
    for (int calls = 0; again(store, code = sqlite3_step(s), calls); calls++) sqlite3_reset(s);
    const char *mode = code == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
    bool wal = mode != NULL && strcmp(mode, "wal") == 0;
    sqlite3_finalize(s);
    if (code != SQLITE_ROW) return vti_store_failed(store, code, "opening it", err);
    if (!wal)
        return vt_fail(err, VT_EUNSUPPORTED,
                       "%s: this file system does not allow a write-ahead log (WAL); put the store "
                       "on a local disk, or give each process a share of the campaign and a store "
                       "of its own, and merge them",
                       store->path);
    return VT_OK;
}

vt_status vti_store_wake(vt_store *store, vt_error *err) {
    if (store->db != NULL) return VT_OK;
    vt_status status = open_connection(store, err);
    if (vt_failed(status)) rest(store);
    return status;
}

vt_status vti_store_run(vt_store *store, const char *sql, const char *doing, vt_error *err) {
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? VT_OK : vti_store_failed(store, code, doing, err);
}

vt_status vti_store_prepare(vt_store *store, const char *sql, sqlite3_stmt **statement,
                            vt_error *err) {
    VTI_TRY(vti_store_wake(store, err));
    int code = sqlite3_prepare_v2(store->db, sql, -1, statement, NULL);
    if (code == SQLITE_OK) return VT_OK;
    if (code == SQLITE_ERROR) /* a table or column that is not there */
        return vt_fail(err, VT_EFORMAT, "%s: not as a store should be: %s", store->path,
                       sqlite3_errmsg(store->db));
    return vti_store_failed(store, code, "reading it", err);
}

vt_status vti_store_statement(vt_store *store, vti_statement which, sqlite3_stmt **statement,
                              vt_error *err) {
    if (store->statement[which] == NULL)
        VTI_TRY(vti_store_prepare(store, vti_store_sql[which], &store->statement[which], err));
    *statement = store->statement[which];
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
    return VT_OK;
}

void vti_store_back(vt_store *store) {
    for (int k = 0; k < VTI_STATEMENTS; k++) sqlite3_reset(store->statement[k]);
    if (store->db != NULL && !sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---------------------------------------------------------------- open and close ---- */

/* From the root on, so that a store is found again after the process has changed its folder. */
static char *place_of(const char *path) {
    char folder[4096] = "";
    if (path[0] != '/' && getcwd(folder, sizeof folder) == NULL) return NULL;
    size_t size = strlen(folder) + strlen(path) + 2;
    char *place = vt_alloc(size, 1);
    if (place != NULL) snprintf(place, size, "%s%s%s", folder, path[0] != '/' ? "/" : "", path);
    return place;
}

vt_store *vti_store_make(const char *path, vt_error *err) {
    vt_store *store = vt_alloc(1, sizeof *store);
    if (store == NULL) {
        vt_fail_memory(err, 1, sizeof *store, "a store");
        return NULL;
    }
    store->workers = -1;
    store->parts = store->part = 1;
    store->patience = PATIENCE;
    store->path = vt_alloc(strlen(path) + 1, 1);
    store->place = place_of(path);
    if (store->path == NULL || store->place == NULL) {
        vt_fail_memory(err, strlen(path) + 1, 1, "the name of a file");
        vt_free(store->path);
        vt_free(store->place);
        vt_free(store);
        return NULL;
    }
    memcpy(store->path, path, strlen(path) + 1);
    char host[48];
    if (gethostname(host, sizeof host) != 0) memcpy(host, "?", 2);
    host[sizeof host - 1] = 0;
    snprintf(store->worker, sizeof store->worker, "%s %ld", host, (long)getpid());
    enter(store);
    return store;
}

/* That it is a store, of a format that this program knows, and how many atoms it has. */
vt_status vti_store_check_head(vt_store *store, vt_error *err) {
    const char *names[] = {"PRAGMA application_id", "PRAGMA user_version",
                           "SELECT max(atom) FROM atoms"};
    int64_t found[3] = {0};
    for (int k = 0; k < 3; k++) {
        sqlite3_stmt *statement;
        VTI_TRY(vti_store_prepare(store, names[k], &statement, err));
        int code = sqlite3_step(statement);
        found[k] = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        sqlite3_finalize(statement);
        if (code != SQLITE_ROW) return vti_store_failed(store, code, "reading it", err);
        if (k == 0 && found[0] != VTI_STORE_ID)
            return vt_fail(err, VT_EFORMAT,
                           "%s: a database, but not of saddle searches; it is left as it is, give "
                           "another name",
                           store->path);
        if (k == 1 && found[1] != VTI_STORE_FORMAT)
            return vt_fail(err, VT_EFORMAT,
                           "%s: a store of format %lld, but vitrum %s knows format %d; use the "
                           "version that wrote it",
                           store->path, (long long)found[1], vt_version(), VTI_STORE_FORMAT);
    }
    if (found[2] < 1 || found[2] > INT32_MAX)
        return vt_fail(err, VT_EFORMAT, "%s: a store without atoms", store->path);
    store->atoms = found[2];
    return VT_OK;
}

static vt_status take_up(vt_store *store, const vt_store_sample *sample, const vt_store_fact *facts,
                         size_t count, vt_error *err) {
    bool empty;
    const char *network = vt_store_network(store->path);
    if (network != NULL && store->parts == 1)
        return vt_fail(err, VT_EUNSUPPORTED,
                       "%s: lies on a network's file system (%s), where several processes cannot "
                       "share a write-ahead log (WAL); put the store on a local disk, or give each "
                       "process a share of the campaign and a store of its own, and merge them",
                       store->path, network);
    VTI_TRY(vti_store_look(store->path, true, &empty, &store->immutable, err));
    VTI_TRY(vti_store_wake(store, err));
    /* Another process may have begun at the same time: whoever gets the lock first makes it. */
    VTI_TRY(vti_store_run(store, "BEGIN IMMEDIATE", "opening it", err));
    sqlite3_stmt *statement;
    VTI_TRY(vti_store_prepare(store, "SELECT count(*) FROM sqlite_master", &statement, err));
    int code = sqlite3_step(statement);
    empty = code == SQLITE_ROW && sqlite3_column_int(statement, 0) == 0;
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW) return vti_store_failed(store, code, "opening it", err);
    if (empty) VTI_TRY(vti_store_found(store, sample, facts, count, err));
    VTI_TRY(vti_store_run(store, "COMMIT", "making it", err));
    VTI_TRY(vti_store_check_head(store, err));
    return vti_store_compare(store, sample, facts, count, err);
}

vt_store *vt_store_create(const char *path, const vt_store_sample *sample,
                          const vt_store_fact *facts, size_t count, int part, int parts,
                          vt_error *err) {
    if (part < 1 || parts < 1 || part > parts) {
        vt_fail(err, VT_EINVAL, "there is no share %d of %d", part, parts);
        return NULL;
    }
    vt_store *store = vti_store_make(path, err);
    if (store == NULL) return NULL;
    store->write = true;
    store->part = part;
    store->parts = parts;
    vt_status status = take_up(store, sample, facts, count, err);
    if (vt_failed(status)) {
        vti_store_back(store);
        vt_store_close(store);
        return NULL;
    }
    return store;
}

vt_store *vt_store_open(const char *path, vt_error *err) {
    vt_store *store = vti_store_make(path, err);
    if (store == NULL) return NULL;
    bool empty;
    vt_status status = vti_store_look(path, false, &empty, &store->immutable, err);
    if (!vt_failed(status)) status = vti_store_check_head(store, err);
    if (vt_failed(status)) {
        vt_store_close(store);
        return NULL;
    }
    return store;
}

void vt_store_close(vt_store *store) {
    if (store == NULL) return;
    vt_error ignored = {0};
    if (store->write && store->atoms > 0) {
        vt_store_flush(store, &ignored);
        if (store->workers >= 0 && !vt_failed(vti_store_wake(store, &ignored))) {
            char sql[80];
            snprintf(sql, sizeof sql, "DELETE FROM leases WHERE slot = %d", store->slot);
            vti_store_run(store, sql, "closing it", &ignored);
        }
    }
    rest(store);
    vti_workers_leave(store);
    while (store->first != NULL) {
        vti_waiting *w = store->first;
        store->first = w->next;
        vt_free(w);
    }
    vti_plan_free(&store->plan);
    forget(store);
    vt_free(store->path);
    vt_free(store->place);
    vt_free(store);
}

const char *vt_store_path(const vt_store *store) {
    return store->path;
}

void vt_store_set_patience(vt_store *store, double seconds) {
    store->patience = seconds;
}

/* Events into the file, and out of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* ---------------------------------------------------------------- displacements as bytes ---- */

/* Single precision: displacements of a few angstrom to 1e-7, far below what a minimization leaves.
 */
enum { PER_ATOM = sizeof(int32_t) + 3 * sizeof(float) };

static bool little_endian(void) {
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* Turn the bytes of `count` items of `size` around where this processor has the greatest first. */
static void arrange(void *data, size_t count, size_t size) {
    if (little_endian()) return;
    unsigned char *b = data;
    for (size_t k = 0; k < count; k++, b += size)
        for (size_t j = 0; j < size / 2; j++) {
            unsigned char swap = b[j];
            b[j] = b[size - 1 - j];
            b[size - 1 - j] = swap;
        }
}

static void pack(const vt_store_moves *d, void *to) {
    if (d->count == 0) return;
    char *numbers = (char *)to + d->count * sizeof(int32_t);
    memcpy(to, d->atoms, d->count * sizeof(int32_t));
    for (size_t k = 0; k < 3 * d->count; k++) {
        float value = (float)d->displacement[k / 3][k % 3];
        memcpy(numbers + k * sizeof value, &value, sizeof value);
    }
    arrange(to, d->count, sizeof(int32_t));
    arrange(numbers, 3 * d->count, sizeof(float));
}

vt_status vti_store_blob(const vt_store *store, int64_t key, const void *blob, size_t bytes,
                         const char *what, vt_store_moves *displacements, void **memory,
                         vt_error *err) {
    size_t n = bytes / PER_ATOM;
    double *numbers = vt_alloc(n, sizeof(int32_t) + 3 * sizeof *numbers);
    *memory = numbers;
    if (numbers == NULL) return vt_fail_memory(err, n, PER_ATOM, "displacements");
    int32_t *atoms = (int32_t *)(numbers + 3 * n);
    if (n > 0) memcpy(atoms, blob, n * sizeof *atoms);
    arrange(atoms, n, sizeof *atoms);
    for (size_t k = 0; k < 3 * n; k++) {
        float value;
        memcpy(&value, (const char *)blob + n * sizeof *atoms + k * sizeof value, sizeof value);
        arrange(&value, 1, sizeof value);
        numbers[k] = (double)value;
    }
    bool right = bytes % PER_ATOM == 0;
    for (size_t k = 0; k < n && right; k++) right = atoms[k] >= 1 && atoms[k] <= store->atoms;
    for (size_t k = 0; k < 3 * n && right; k++) right = isfinite(numbers[k]);
    if (!right)
        return vt_fail(err, VT_EFORMAT,
                       "%s: the %s of search %lld of atom %lld is damaged; the other events can be "
                       "read",
                       store->path, what, (long long)(key % VTI_KEY_FACTOR),
                       (long long)(key / VTI_KEY_FACTOR));
    displacements->count = n;
    displacements->atoms = atoms;
    displacements->displacement = (const double(*)[3])numbers;
    return VT_OK;
}

/* ---------------------------------------------------------------- in ---- */

static vt_status check_displacements(const vt_store *store, const vt_store_event *e,
                                     const vt_store_moves *d, const char *what, vt_error *err) {
    for (size_t k = 0; k < d->count; k++) {
        if (d->atoms[k] < 1 || d->atoms[k] > store->atoms)
            return vt_fail(err, VT_EINVAL,
                           "search %lld of atom %lld: its %s displaces atom %d, but there are %lld",
                           (long long)e->search, (long long)e->center, what, d->atoms[k],
                           (long long)store->atoms);
        for (int c = 0; c < 3; c++)
            if (!isfinite(d->displacement[k][c]))
                return vt_fail(err, VT_EDIVERGED,
                               "search %lld of atom %lld: its %s displaces atom %d by %g A",
                               (long long)e->search, (long long)e->center, what, d->atoms[k],
                               d->displacement[k][c]);
    }
    return VT_OK;
}

static vt_status check_event(const vt_store *store, const vt_store_event *e, vt_error *err) {
    if (e->center < 1 || e->center > store->atoms || e->search < 1 || e->search > VT_STORE_SEARCHES)
        return vt_fail(err, VT_EINVAL,
                       "search %lld of atom %lld: there are atoms 1 to %lld with searches 1 to %d",
                       (long long)e->search, (long long)e->center, (long long)store->atoms,
                       VT_STORE_SEARCHES);
    if (e->reason == NULL || e->reason[0] == 0 || strlen(e->reason) >= VT_STORE_REASON_SIZE)
        return vt_fail(
            err, VT_EINVAL,
            "search %lld of atom %lld: the reason why it ended must have 1 to %d letters",
            (long long)e->search, (long long)e->center, VT_STORE_REASON_SIZE - 1);
    const struct {
        const char *name, *unit;
        double value;
    } needed[] = {{"barrier", "eV", e->barrier},
                  {"curvature", "eV/A^2", e->curvature},
                  {"force", "eV/A", e->force}};
    for (size_t k = 0; e->connected && k < sizeof needed / sizeof *needed; k++)
        if (!isfinite(needed[k].value))
            return vt_fail(err, VT_EDIVERGED,
                           "search %lld of atom %lld: connected, but its %s is %g %s; nothing was "
                           "added",
                           (long long)e->search, (long long)e->center, needed[k].name,
                           needed[k].value, needed[k].unit);
    VTI_TRY(check_displacements(store, e, &e->saddle, "saddle", err));
    return check_displacements(store, e, &e->final, "final minimum", err);
}

/* A copy with all that belongs to it in one block. */
static vti_waiting *copy_event(const vt_store_event *e) {
    size_t saddle = e->saddle.count * PER_ATOM, final = e->final.count * PER_ATOM;
    vti_waiting *w = vt_alloc(sizeof *w + VT_STORE_REASON_SIZE + saddle + final, 1);
    if (w == NULL) return NULL;
    char *reason = (char *)(w + 1);
    w->event = *e;
    snprintf(reason, VT_STORE_REASON_SIZE, "%s", e->reason);
    w->event.reason = reason;
    w->saddle = reason + VT_STORE_REASON_SIZE;
    w->final = (char *)w->saddle + saddle;
    w->saddle_bytes = saddle;
    w->final_bytes = final;
    pack(&e->saddle, w->saddle);
    pack(&e->final, w->final);
    return w;
}

/* What is no number becomes NULL, which a database knows for it. */
static void bind_number(sqlite3_stmt *s, int place, double value) {
    if (isfinite(value))
        sqlite3_bind_double(s, place, value);
    else
        sqlite3_bind_null(s, place);
}

static void bind_whole(sqlite3_stmt *s, int place, double value) {
    if (isfinite(value) && value == floor(value) && fabs(value) < 1e15)
        sqlite3_bind_int64(s, place, (int64_t)value);
    else
        bind_number(s, place, value);
}

static vt_status step(vt_store *store, sqlite3_stmt *s, vt_error *err) {
    int code = sqlite3_step(s);
    sqlite3_reset(s);
    return code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "adding an event", err);
}

static vt_status write_event(vt_store *store, const vti_waiting *w, vt_error *err) {
    const vt_store_event *e = &w->event;
    int64_t key = vti_key(e->center, e->search);
    sqlite3_stmt *s;
    VTI_TRY(vti_store_statement(store, VTI_END_LEASE, &s, err));
    sqlite3_bind_int64(s, 1, key);
    VTI_TRY(step(store, s, err));
    VTI_TRY(vti_store_statement(store, VTI_FIND_EVENT, &s, err));
    sqlite3_bind_int64(s, 1, key);
    bool known = sqlite3_step(s) == SQLITE_ROW;
    sqlite3_reset(s);
    if (known) return VT_OK;
    bool moves = w->saddle_bytes + w->final_bytes > 0;
    if (moves) {
        VTI_TRY(vti_store_statement(store, VTI_ADD_DISPLACEMENTS, &s, err));
        sqlite3_bind_int64(s, 1, key);
        sqlite3_bind_blob64(s, 2, w->saddle, w->saddle_bytes, SQLITE_STATIC);
        sqlite3_bind_blob64(s, 3, w->final, w->final_bytes, SQLITE_STATIC);
        VTI_TRY(step(store, s, err));
    }
    VTI_TRY(vti_store_statement(store, VTI_ADD_EVENT, &s, err));
    if (moves) sqlite3_bind_int64(s, 17, sqlite3_last_insert_rowid(store->db));
    sqlite3_bind_int64(s, 1, key);
    sqlite3_bind_int64(s, 2, e->center);
    sqlite3_bind_int64(s, 3, e->search);
    sqlite3_bind_int64(s, 4, e->seed);
    sqlite3_bind_text(s, 5, e->reason, -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 6, e->connected);
    bind_number(s, 7, e->barrier);
    bind_number(s, 8, e->reverse_barrier);
    bind_number(s, 9, e->curvature);
    bind_number(s, 10, e->force);
    bind_whole(s, 11, e->moved);
    bind_whole(s, 12, e->active);
    bind_number(s, 13, e->evaluations);
    bind_whole(s, 14, e->region_evaluations);
    bind_number(s, 15, e->seconds);
    sqlite3_bind_text(s, 16, store->worker, -1, SQLITE_STATIC);
    return step(store, s, err);
}

/* A commit puts events where no end of the process takes them away: into the hands of the operating
   system. To have the disk take them too, which is for power failures, costs milliseconds with all
   other writers waiting: that is done for each event as long as it takes less than a tenth of the
   time, and at least once a second. A log of which the disk has only a part is read as far as it
   is whole. Without a log every commit has to wait for the disk. */
static vt_status write_all(vt_store *store, bool at_once, vt_error *err) {
    static const double SHARE = 0.1, LONGEST = 1; /* s */
    VTI_TRY(vti_store_wake(store, err));
    double start = vt_clock();
    bool sync = at_once || start - store->synced > fmin(LONGEST, store->cost / SHARE);
    if (store->parts == 1)
        VTI_TRY(vti_store_run(store,
                              sync ? "PRAGMA synchronous = FULL"
                                   : "PRAGMA synchronous = "
                                     "NORMAL",
                              "adding an event", err));
    VTI_TRY(vti_store_run(store, "BEGIN IMMEDIATE", "adding an event", err));
    for (const vti_waiting *w = store->first; w != NULL; w = w->next)
        VTI_TRY(write_event(store, w, err));
    VTI_TRY(vti_store_run(store, "COMMIT", "adding an event", err));
    if (sync) {
        store->synced = vt_clock();
        store->cost = store->synced - start;
    }
    return VT_OK;
}

static vt_status flush(vt_store *store, bool at_once, vt_error *err) {
    if (store->first == NULL) return VT_OK;
    vt_status status = write_all(store, at_once, err);
    if (vt_failed(status)) {
        vti_store_back(store);
        return status;
    }
    while (store->first != NULL) {
        vti_waiting *w = store->first;
        store->first = w->next;
        vt_free(w);
    }
    store->last = NULL;
    return VT_OK;
}

vt_status vt_store_flush(vt_store *store, vt_error *err) {
    return flush(store, true, err);
}

vt_status vt_store_add(vt_store *store, const vt_store_event *event, vt_error *err) {
    if (!store->write) return vt_fail(err, VT_EINVAL, "%s: opened for reading only", store->path);
    VTI_TRY(check_event(store, event, err));
    vti_waiting *w = copy_event(event);
    if (w == NULL) return vt_fail_memory(err, 1, sizeof *w, "an event");
    if (store->last != NULL)
        store->last->next = w;
    else
        store->first = w;
    store->last = w;
    return flush(store, false, err);
}

/* ---------------------------------------------------------------- out ---- */

const char *const vt_store_columns[] = {
    "center",    "search", "seed",  "connected", "barrier",     "reverse_barrier",
    "curvature", "force",  "moved", "active",    "evaluations", "region_evaluations",
    "seconds",   NULL};

vt_status vt_store_keys(vt_store *store, int64_t **keys, size_t *count, vt_error *err) {
    *keys = NULL;
    *count = 0;
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "SELECT id FROM events ORDER BY id", &s, err));
    size_t room = 0, n = 0;
    vt_status status = VT_OK;
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        if (n == room) {
            size_t more = room > 0 ? 2 * room : 1024;
            int64_t *grown = vt_grow(*keys, room, more, sizeof *grown);
            if (grown == NULL) {
                status = vt_fail_memory(err, more, sizeof *grown, "the events of a store");
                break;
            }
            *keys = grown;
            room = more;
        }
        int64_t key = sqlite3_column_int64(s, 0);
        if (key > VTI_KEY_FACTOR && key / VTI_KEY_FACTOR <= store->atoms) (*keys)[n++] = key;
    }
    sqlite3_finalize(s);
    if (!vt_failed(status) && code != SQLITE_DONE)
        status = vti_store_failed(store, code, "reading events", err);
    if (vt_failed(status)) {
        vt_free(*keys);
        *keys = NULL;
        return status;
    }
    *count = n;
    return VT_OK;
}

/* Step through rows in the order of the keys; *index is the place of each among `keys`. Rows that
   are not among them, written since, are passed over. */
static int next_row(sqlite3_stmt *s, const int64_t *keys, size_t count, size_t *index) {
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t key = sqlite3_column_int64(s, 0);
        while (*index < count && keys[*index] < key) ++*index;
        if (*index == count) return SQLITE_DONE;
        if (keys[*index] == key) return SQLITE_ROW;
    }
    return code;
}

vt_status vt_store_column(vt_store *store, const char *name, const int64_t *keys, size_t count,
                          double *values, vt_error *err) {
    int known = 0;
    while (vt_store_columns[known] != NULL && strcmp(vt_store_columns[known], name) != 0) known++;
    if (vt_store_columns[known] == NULL)
        return vt_fail(err, VT_EINVAL, "events have no column '%s'", name);
    for (size_t k = 0; k < count; k++) values[k] = NAN;
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT id, %s FROM events ORDER BY id", name);
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, sql, &s, err));
    int code;
    for (size_t k = 0; (code = next_row(s, keys, count, &k)) == SQLITE_ROW;) {
        int type = sqlite3_column_type(s, 1);
        if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) values[k] = sqlite3_column_double(s, 1);
    }
    sqlite3_finalize(s);
    return code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "reading events", err);
}

vt_status vt_store_reasons(vt_store *store, const int64_t *keys, size_t count, int32_t *code,
                           char names[VT_STORE_REASONS][VT_STORE_REASON_SIZE], size_t *known,
                           vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "SELECT id, reason FROM events ORDER BY id", &s, err));
    int found;
    *known = 0;
    memset(code, 0, count * sizeof *code);
    for (size_t k = 0; (found = next_row(s, keys, count, &k)) == SQLITE_ROW;) {
        const char *text = (const char *)sqlite3_column_text(s, 1);
        char name[VT_STORE_REASON_SIZE];
        snprintf(name, sizeof name, "%s", text != NULL ? text : "");
        size_t n = 0;
        while (n < *known && strcmp(names[n], name) != 0) n++;
        if (n == *known && n < VT_STORE_REASONS) {
            memcpy(names[n], name, sizeof name);
            ++*known;
        }
        code[k] = (int32_t)(n < VT_STORE_REASONS ? n : VT_STORE_REASONS - 1);
    }
    sqlite3_finalize(s);
    return found == SQLITE_DONE ? VT_OK : vti_store_failed(store, found, "reading events", err);
}

vt_status vt_store_displacements(vt_store *store, int64_t key, bool final,
                                 vt_store_moves *displacements, void **memory, vt_error *err) {
    memset(displacements, 0, sizeof *displacements);
    *memory = NULL;
    sqlite3_stmt *s;
    VTI_TRY(vti_store_wake(store, err));
    VTI_TRY(vti_store_statement(store, final ? VTI_READ_FINAL : VTI_READ_SADDLE, &s, err));
    sqlite3_bind_int64(s, 1, key);
    int code = sqlite3_step(s);
    vt_status status = VT_OK;
    if (code == SQLITE_ROW)
        status = vti_store_blob(store, key, sqlite3_column_blob(s, 0),
                                (size_t)sqlite3_column_bytes(s, 0),
                                final ? "final minimum" : "saddle", displacements, memory, err);
    else if (code != SQLITE_DONE)
        status = vti_store_failed(store, code, "reading events", err);
    sqlite3_reset(s);
    if (vt_failed(status)) {
        vt_free(*memory);
        *memory = NULL;
    }
    return status;
}

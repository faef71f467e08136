/* Stores of one campaign become one. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Which store of one campaign it is does not matter, nor what it says of its share. */
#define NO_IDENTITY "('share')"

static vt_status one_number(vt_store *store, const char *sql, int64_t *value, vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, sql, &s, err));
    int code = sqlite3_step(s);
    *value = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return code == SQLITE_ROW ? VT_OK : vti_store_failed(store, code, "merging", err);
}

static vt_status same_campaign(vt_store *store, const char *from, vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(
        store,
        "SELECT name, t.value, f.value FROM main.campaign t LEFT JOIN source.campaign f USING(name)"
        " WHERE name NOT IN " NO_IDENTITY " AND t.value IS NOT f.value",
        &s, err));
    int code = sqlite3_step(s);
    vt_status status = VT_OK;
    if (code == SQLITE_ROW)
        status = vt_fail(err, VT_EINVAL,
                         "%s: of another campaign than %s: %s is %s, there it is %s; nothing was "
                         "merged",
                         from, store->path, sqlite3_column_text(s, 0),
                         sqlite3_column_type(s, 2) == SQLITE_NULL
                             ? "not told"
                             : (const char *)sqlite3_column_text(s, 2),
                         sqlite3_column_text(s, 1));
    else if (code != SQLITE_DONE)
        status = vti_store_failed(store, code, "merging", err);
    sqlite3_finalize(s);
    return status;
}

/* All in one transaction: what another store has that this one lacks. Displacements come behind
   those that are there, in the order of the other file. */
static vt_status copy_events(vt_store *store, vt_store_merged *merged, vt_error *err) {
    int64_t all, different;
    VTI_TRY(vti_store_run(store, "BEGIN IMMEDIATE", "merging", err));
    VTI_TRY(one_number(store, "SELECT count(*) FROM source.events", &all, err));
    VTI_TRY(one_number(store,
                       "SELECT count(*) FROM source.events f JOIN main.events t USING(id) WHERE "
                       "f.reason IS NOT t.reason OR f.barrier IS NOT t.barrier",
                       &different, err));
    VTI_TRY(vti_store_run(
        store,
        "CREATE TEMP TABLE base AS SELECT coalesce(max(id), 0) AS base FROM main.displacements;"
        "INSERT INTO main.displacements SELECT id + base, event, saddle, final"
        "  FROM source.displacements CROSS JOIN temp.base"
        "  WHERE NOT EXISTS(SELECT 1 FROM main.events t WHERE t.id = event);",
        "merging", err));
    VTI_TRY(vti_store_run(
        store,
        "INSERT OR IGNORE INTO main.events SELECT id, center, search, seed, reason, connected,"
        "  barrier, reverse_barrier, curvature, force, moved, active, evaluations,"
        "  region_evaluations, seconds, finished, worker, displacements + base"
        "  FROM source.events CROSS JOIN temp.base ORDER BY id",
        "merging", err));
    uint64_t added = (uint64_t)sqlite3_changes64(store->db);
    VTI_TRY(vti_store_run(store, "DROP TABLE temp.base; COMMIT", "merging", err));
    merged->added = added;
    merged->known = (uint64_t)all - added;
    merged->different = (uint64_t)different;
    return VT_OK;
}

/* Without a log what is new is written once and not twice. That needs the store for this process
   alone; where others have it open, the log stays. */
static void try_alone(vt_store *store) {
    double patience = store->patience;
    store->patience = 0;
    sqlite3_exec(store->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    store->patience = patience;
}

static int stop_on_interrupt(void *unused) {
    (void)unused;
    return vt_interrupted();
}

/* An empty target becomes a store of the source's campaign. */
static vt_status found_like_source(vt_store *store, vt_error *err) {
    int64_t tables;
    VTI_TRY(vti_store_run(store, "BEGIN IMMEDIATE", "merging", err));
    VTI_TRY(one_number(store, "SELECT count(*) FROM main.sqlite_master", &tables, err));
    if (tables == 0) {
        VTI_TRY(vti_store_tables_into(store, err));
        VTI_TRY(vti_store_run(store,
                              "INSERT INTO main.campaign SELECT name, iif(name = 'share', '1 of "
                              "1', value) FROM source.campaign;"
                              "INSERT INTO main.species SELECT * FROM source.species;"
                              "INSERT INTO main.atoms SELECT * FROM source.atoms",
                              "merging", err));
    }
    return vti_store_run(store, "COMMIT", "merging", err);
}

static vt_status attach(vt_store *store, vt_store *source, vt_error *err) {
    char *address = vti_store_address(source);
    if (address == NULL) return vt_fail_memory(err, 1, 1, "the name of a file");
    sqlite3_stmt *s;
    vt_status status = vti_store_prepare(store, "ATTACH ? AS source", &s, err);
    if (!vt_failed(status)) {
        sqlite3_bind_text(s, 1, address, -1, SQLITE_STATIC);
        int code = sqlite3_step(s);
        sqlite3_finalize(s);
        if (code != SQLITE_DONE) status = vti_store_failed(store, code, "merging", err);
    }
    vt_free(address);
    return status;
}

static vt_status merge_into(vt_store *store, vt_store *source, vt_store_merged *merged,
                            vt_error *err) {
    bool empty;
    store->write = true;
    /* On a network's file system there can be no log that processes share: this one is alone. */
    if (vt_store_network(store->place) != NULL) store->parts = 2;
    VTI_TRY(vti_store_look(store->place, true, &empty, &store->immutable, err));
    VTI_TRY(vti_store_wake(store, err));
    if (store->parts == 1) try_alone(store);
    sqlite3_progress_handler(store->db, 100000, stop_on_interrupt, NULL);
    VTI_TRY(attach(store, source, err));
    VTI_TRY(found_like_source(store, err));
    VTI_TRY(vti_store_check_head(store, err));
    VTI_TRY(same_campaign(store, source->path, err));
    return copy_events(store, merged, err);
}

vt_status vt_store_merge(const char *path, const char *from, vt_store_merged *merged,
                         vt_error *err) {
    vt_error own = {0};
    memset(merged, 0, sizeof *merged);
    vt_store *source = vt_store_open(from, &own);
    vt_store *store = source != NULL ? vti_store_make(path, &own) : NULL;
    vt_status status = store != NULL ? merge_into(store, source, merged, &own) : own.code;
    if (store != NULL && vt_failed(status)) vti_store_back(store);
    vt_store_close(store);
    vt_store_close(source);
    return vt_failed(status) ? vt_fail(err, status, "%s", own.msg) : VT_OK;
}

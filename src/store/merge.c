/* Stores of one campaign become one. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum { ROWS = 20000 }; /* of one transaction */

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

/* Events of the other store up to the next ROWS; *last moves on, to -1 at the end. */
static vt_status copy_rows(vt_store *store, int64_t *last, vt_store_merged *merged, vt_error *err) {
    char sql[512];
    int64_t to, events;
    snprintf(sql, sizeof sql,
             "SELECT coalesce(max(id), -1) FROM (SELECT id FROM source.events WHERE id > %lld "
             "ORDER BY id LIMIT %d)",
             (long long)*last, ROWS);
    VTI_TRY(one_number(store, sql, &to, err));
    if (to < 0) {
        *last = -1;
        return VT_OK;
    }
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM source.events f JOIN main.events t USING(id) WHERE f.id > %lld "
             "AND f.id <= %lld AND (f.reason IS NOT t.reason OR f.barrier IS NOT t.barrier)",
             (long long)*last, (long long)to);
    VTI_TRY(one_number(store, sql, &events, err));
    merged->different += (uint64_t)events;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM source.events WHERE id > %lld AND id <= %lld",
             (long long)*last, (long long)to);
    VTI_TRY(one_number(store, sql, &events, err));
    VTI_TRY(vti_store_run(store, "BEGIN IMMEDIATE", "merging", err));
    /* The displacements go by their event: of those that are there, ours stay. */
    snprintf(sql, sizeof sql,
             "INSERT OR IGNORE INTO main.displacements SELECT * FROM source.displacements "
             "WHERE id > %lld AND id <= %lld",
             (long long)*last, (long long)to);
    VTI_TRY(vti_store_run(store, sql, "merging", err));
    snprintf(sql, sizeof sql,
             "INSERT OR IGNORE INTO main.events SELECT * FROM source.events "
             "WHERE id > %lld AND id <= %lld",
             (long long)*last, (long long)to);
    VTI_TRY(vti_store_run(store, sql, "merging", err));
    uint64_t added = (uint64_t)sqlite3_changes64(store->db);
    VTI_TRY(vti_store_run(store, "COMMIT", "merging", err));
    merged->added += added;
    merged->known += (uint64_t)events - added;
    *last = to;
    return VT_OK;
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
    VTI_TRY(attach(store, source, err));
    VTI_TRY(found_like_source(store, err));
    VTI_TRY(vti_store_check_head(store, err));
    VTI_TRY(same_campaign(store, source->path, err));
    for (int64_t last = 0; last >= 0;) {
        if (vt_interrupted()) return vt_fail_interrupted(err);
        VTI_TRY(copy_rows(store, &last, merged, err));
    }
    return VT_OK;
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

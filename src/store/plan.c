/* Who does which search. A lease is a row with the slot of the process that took it (workers.c); it
   is taken in the transaction that finds the search neither done nor leased by a living process, so
   that no two processes get the same. Leases need not outlive a power failure. */
#include <string.h>

#include "internal.h"

void vti_plan_free(vti_plan *plan) {
    vt_free(plan->centers);
    vt_free(plan->place);
    vt_free(plan->done);
    memset(plan, 0, sizeof *plan);
}

static bool is_done(const vti_plan *plan, uint64_t k) {
    return plan->done[k / 64] >> (k % 64) & 1;
}

static void set_done(vti_plan *plan, uint64_t k) {
    plan->done[k / 64] |= UINT64_C(1) << (k % 64);
}

/* Mark what is in the store. */
static vt_status mark_done(vt_store *store, vt_error *err) {
    vti_plan *plan = &store->plan;
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "SELECT id FROM events", &s, err));
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        int64_t key = sqlite3_column_int64(s, 0);
        int64_t center = key / VTI_KEY_FACTOR, search = key % VTI_KEY_FACTOR;
        if (center < 1 || center > store->atoms || search < 1) continue;
        int32_t place = plan->place[center];
        uint64_t k = (uint64_t)(search - 1) * plan->count + (uint64_t)(place - 1);
        if (place > 0 && k < plan->total) set_done(plan, k);
    }
    sqlite3_finalize(s);
    return code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "reading events", err);
}

static vt_status make_plan(vt_store *store, const int64_t *centers, size_t count, int64_t searches,
                           uint64_t *left, vt_error *err) {
    vti_plan *plan = &store->plan;
    plan->count = count;
    plan->total = count * (uint64_t)searches;
    size_t words = (size_t)(plan->total / 64 + 1);
    plan->centers = vt_alloc(count, sizeof *plan->centers);
    plan->place = vt_alloc((size_t)store->atoms + 1, sizeof *plan->place);
    plan->done = vt_alloc(words, sizeof *plan->done);
    if (plan->centers == NULL || plan->place == NULL || plan->done == NULL)
        return vt_fail_memory(err, words, sizeof *plan->done, "the plan of a campaign");
    for (size_t k = 0; k < count; k++) {
        int64_t center = centers[k];
        if (center < 1 || center > store->atoms)
            return vt_fail(err, VT_EINVAL, "there is no atom %lld: atoms are numbered 1 to %lld",
                           (long long)center, (long long)store->atoms);
        if (plan->place[center] != 0)
            return vt_fail(err, VT_EINVAL, "atom %lld stands twice in the list", (long long)center);
        plan->centers[k] = center;
        plan->place[center] = (int32_t)k + 1;
    }
    if (store->parts > 1)
        for (uint64_t k = 0; k < plan->total; k++)
            if (k % (uint64_t)store->parts != (uint64_t)store->part - 1) set_done(plan, k);
    VTI_TRY(mark_done(store, err));
    *left = plan->total;
    for (size_t k = 0; k < words; k++) *left -= (uint64_t)__builtin_popcountll(plan->done[k]);
    return VT_OK;
}

static vt_status drop_leases(vt_store *store, vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_prepare(store, "DELETE FROM leases WHERE slot = ?", &s, err));
    sqlite3_bind_int(s, 1, store->slot);
    int code = sqlite3_step(s);
    sqlite3_finalize(s);
    return code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "planning", err);
}

vt_status vt_store_plan(vt_store *store, const int64_t *centers, size_t count, int64_t searches,
                        uint64_t *left, vt_error *err) {
    *left = 0;
    if (!store->write) return vt_fail(err, VT_EINVAL, "%s: opened for reading only", store->path);
    if (count < 1 || count > INT32_MAX)
        return vt_fail(err, VT_EINVAL, "a campaign needs atoms to search at");
    if (searches < 1 || searches > VT_STORE_SEARCHES)
        return vt_fail(err, VT_EINVAL, "%lld searches an atom; from 1 to %d can be",
                       (long long)searches, VT_STORE_SEARCHES);
    VTI_TRY(vt_store_flush(store, err));
    VTI_TRY(vti_store_wake(store, err));
    if (store->parts == 1) {
        bool joined = store->workers >= 0;
        VTI_TRY(vti_workers_join(store, err));
        /* Leases of this slot are of a process that is gone, or of a plan that is. */
        vt_status status = drop_leases(store, err);
        if (vt_failed(status)) {
            if (!joined) vti_workers_leave(store);
            return status;
        }
    }
    vti_plan_free(&store->plan);
    vt_status status = make_plan(store, centers, count, searches, left, err);
    if (vt_failed(status)) vti_plan_free(&store->plan);
    return status;
}

/* Whether there is a row for `key`; its number goes to *value. */
static vt_status look_up(vt_store *store, vti_statement which, int64_t key, bool *there, int *value,
                         vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_statement(store, which, &s, err));
    sqlite3_bind_int64(s, 1, key);
    int code = sqlite3_step(s);
    *there = code == SQLITE_ROW;
    *value = *there ? sqlite3_column_int(s, 0) : 0;
    sqlite3_reset(s);
    return *there || code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "planning", err);
}

static vt_status take(vt_store *store, int64_t key, vt_error *err) {
    sqlite3_stmt *s;
    VTI_TRY(vti_store_statement(store, VTI_TAKE_LEASE, &s, err));
    sqlite3_bind_int64(s, 1, key);
    sqlite3_bind_int(s, 2, store->slot);
    sqlite3_bind_text(s, 3, store->worker, -1, SQLITE_STATIC);
    int code = sqlite3_step(s);
    sqlite3_reset(s);
    return code == SQLITE_DONE ? VT_OK : vti_store_failed(store, code, "planning", err);
}

/* From the cursor on, once around. */
static vt_status find(vt_store *store, size_t most, vt_store_search *searches, size_t *found,
                      bool *others, vt_error *err) {
    vti_plan *plan = &store->plan;
    for (uint64_t looked = 0; looked < plan->total && *found < most; looked++) {
        uint64_t k = plan->cursor;
        plan->cursor = k + 1 < plan->total ? k + 1 : 0;
        if (is_done(plan, k)) continue;
        int64_t center = plan->centers[k % plan->count];
        int64_t search = (int64_t)(k / plan->count) + 1, key = vti_key(center, search);
        bool there;
        int slot;
        VTI_TRY(look_up(store, VTI_FIND_EVENT, key, &there, &slot, err));
        if (there) {
            set_done(plan, k);
            continue;
        }
        if (store->parts == 1) {
            VTI_TRY(look_up(store, VTI_FIND_LEASE, key, &there, &slot, err));
            if (there && vti_workers_alive(store, slot)) {
                *others = true;
                continue;
            }
            VTI_TRY(take(store, key, err));
        }
        searches[*found].center = center;
        searches[*found].search = search;
        ++*found;
    }
    return VT_OK;
}

vt_status vt_store_claim(vt_store *store, size_t most, vt_store_search *searches, size_t *found,
                         vt_error *err) {
    *found = 0;
    if (store->plan.total == 0)
        return vt_fail(err, VT_EINVAL, "%s: no plan of searches yet", store->path);
    VTI_TRY(vt_store_flush(store, err));
    VTI_TRY(vti_store_wake(store, err));
    uint64_t cursor = store->plan.cursor;
    bool others = false;
    vt_status status = vti_store_run(
        store,
        store->parts == 1 ? "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE",
        "planning", err);
    if (!vt_failed(status)) status = find(store, most, searches, found, &others, err);
    if (!vt_failed(status)) status = vti_store_run(store, "COMMIT", "planning", err);
    if (vt_failed(status)) {
        vti_store_back(store);
        store->plan.cursor = cursor;
        *found = 0;
    }
    VTI_TRY(status);
    if (*found > 0) return VT_CONTINUE;
    return others ? VT_OK : VT_DONE;
}

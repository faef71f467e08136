/* Shared by the files of this room. */
#ifndef VITRUM_STORE_INTERNAL_H
#define VITRUM_STORE_INTERNAL_H

#include <sqlite3.h>
#include <sys/types.h>

#include "base/try.h"
#include "vitrum/store.h"

/* "VTRM" in the head of the file, and the version of its tables. */
enum { VTI_STORE_ID = 0x5654524d, VTI_STORE_FORMAT = 1 };

enum { VTI_KEY_FACTOR = 1000000 }; /* key = factor x center + search */

/* Statements that are prepared once for a connection. */
typedef enum {
    VTI_ADD_EVENT,
    VTI_ADD_DISPLACEMENTS,
    VTI_END_LEASE,
    VTI_FIND_EVENT,
    VTI_FIND_LEASE,
    VTI_TAKE_LEASE,
    VTI_READ_SADDLE,
    VTI_READ_FINAL,
    VTI_STATEMENTS
} vti_statement;

/* An event that is not yet in the file: one block of memory. */
typedef struct vti_waiting {
    struct vti_waiting *next;
    vt_store_event event;
    void *saddle, *final; /* as they stand in the file */
    size_t saddle_bytes, final_bytes;
} vti_waiting;

/* What is to be done. */
typedef struct {
    int64_t *centers;
    int32_t *place; /* by atom: place among the centers + 1, 0 for none */
    size_t count;
    uint64_t total;  /* searches of the plan */
    uint64_t cursor; /* the next to look at */
    uint64_t *done;  /* a bit for each */
} vti_plan;

struct vt_store {
    char *path;  /* as given, for messages */
    char *place; /* from the root on */
    sqlite3 *db; /* NULL while the store rests */
    sqlite3_stmt *statement[VTI_STATEMENTS];
    bool write;
    int part, parts;
    bool immutable;      /* of a store that nobody can be writing to */
    double synced, cost; /* when the disk last had everything, and what that took [s] */
    double patience;     /* how long to wait for others [s]... */
    double since;        /* ...and since when */
    int64_t atoms;
    int workers; /* descriptor of the file of locks, -1: none */
    int slot;    /* byte that this process holds in it */
    pid_t pid;   /* of the process that holds it */
    vti_waiting *first, *last;
    vti_plan plan;
    char worker[80]; /* host and process, for readers */
    vt_store *next;  /* of all stores of this process */
};

/* store.c */
vt_store *vti_store_make(const char *path, vt_error *err);
char *vti_store_address(const vt_store *store); /* for SQLite; vt_free frees it */
vt_status vti_store_check_head(vt_store *store, vt_error *err);
void vti_stores_rest(void); /* closes all connections of this process */
vt_status vti_store_wake(vt_store *store, vt_error *err);
vt_status vti_store_failed(vt_store *store, int code, const char *doing, vt_error *err);
vt_status vti_store_run(vt_store *store, const char *sql, const char *doing, vt_error *err);
vt_status vti_store_prepare(vt_store *store, const char *sql, sqlite3_stmt **statement,
                            vt_error *err);
vt_status vti_store_statement(vt_store *store, vti_statement which, sqlite3_stmt **statement,
                              vt_error *err);
void vti_store_back(vt_store *store); /* out of a transaction that failed */

/* tables.c */
vt_status vti_store_tables_into(vt_store *store, vt_error *err);
extern const char *const vti_store_sql[VTI_STATEMENTS];

/* check.c: before SQLite sees a file, and when a campaign takes up a store */
vt_status vti_store_look(const char *path, bool write, bool *empty, bool *immutable, vt_error *err);
vt_status vti_store_found(vt_store *store, const vt_store_sample *sample,
                          const vt_store_fact *facts, size_t count, vt_error *err);
vt_status vti_store_compare(vt_store *store, const vt_store_sample *sample,
                            const vt_store_fact *facts, size_t count, vt_error *err);

/* workers.c: which processes are alive */
vt_status vti_workers_join(vt_store *store, vt_error *err);
void vti_workers_leave(vt_store *store);
bool vti_workers_alive(const vt_store *store, int slot);

/* events.c */
vt_status vti_store_blob(const vt_store *store, int64_t key, const void *blob, size_t bytes,
                         const char *what, vt_store_moves *displacements, void **memory,
                         vt_error *err);

/* plan.c */
void vti_plan_free(vti_plan *plan);

static inline int64_t vti_key(int64_t center, int64_t search) {
    return VTI_KEY_FACTOR * center + search;
}

#endif

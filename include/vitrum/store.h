/** store: the record of a campaign of saddle searches, an SQLite database.

    One store holds one campaign: one glass, potential, set of options and version of the program. A
    search is known by the atom at its center and its number among those of that atom; what came of
    it is an event. Each event is a transaction: once vt_store_add has returned no end of the
   process takes it away, kill -9 neither, and no part of an event is ever there. The disk has it
   then too, as long as waiting for that takes less than a tenth of the time; else it has it within
   a second, and a power failure takes the events of that second, whose searches are done again.

    Several processes of one machine fill a store together (write-ahead log). Each leases the
    searches that it is about to do. A lease holds as long as its process lives, which the kernel
    tells by a lock on a file beside the store (PATH-workers): no clock is asked. Where processes do
    not share a machine or the file system is a network's, each does a share of the campaign in a
    store of its own, and vt_store_merge joins them.

    A process that forks loses nothing: connections are closed before and opened again by whoever
    needs them next; events that wait and leases stay with the parent.

    Stands on: base. */
#ifndef VITRUM_STORE_H
#define VITRUM_STORE_H

#include "vitrum/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vt_store vt_store; /* opaque: src/store/store.c */

/** Largest number of a search among those of its center. */
enum { VT_STORE_SEARCHES = 999999 };

/* ---------------------------------------------------------------- what it holds ---- */

/** Displacements of some atoms from the minimum that the search began in; a store keeps them in
    single precision. */
typedef struct {
    size_t count;
    const int32_t *atoms;            /**< Numbers, from 1. */
    const double (*displacement)[3]; /**< [angstrom] */
} vt_store_moves;

/** What came of a search. Numbers that it did not come to are NaN. */
typedef struct {
    int64_t center; /**< Number of the atom, from 1. */
    int64_t search; /**< Among those of that atom, from 1. */
    int64_t seed;
    const char *reason;     /**< Why it ended: "connected", "elsewhere", "lost", ... */
    bool connected;         /**< The saddle leads back to the minimum that the search began in. */
    double barrier;         /**< [eV] */
    double reverse_barrier; /**< From the minimum on the other side [eV]. */
    double curvature;       /**< Lowest one at the saddle [eV/angstrom^2]. */
    double force;           /**< Norm of all forces there [eV/angstrom]. */
    double moved;           /**< Atoms moved by more than 0.1 angstrom. */
    double active;          /**< Atoms free to move. */
    double evaluations;     /**< Of energy and forces, as many of the whole sample. */
    double region_evaluations; /**< Those of the region, each counted as one. */
    double seconds;            /**< [s] */
    vt_store_moves saddle, final;
} vt_store_event;

/** The sample that the searches begin in. */
typedef struct {
    size_t count;
    double h[3][3], origin[3]; /**< Cell vectors as rows, and the corner [angstrom]. */
    bool periodic[3];
    size_t species_count;
    const char *const *species;
    const double *mass;  /**< By species [amu]. */
    const int32_t *type; /**< By atom: index of its species. */
    const double *x, *y, *z;
} vt_store_sample;

/** A named fact about the campaign, such as an option of the search. */
typedef struct {
    const char *name, *value;
} vt_store_fact;

/* ---------------------------------------------------------------- open ---- */

/** Whether this build has SQLite; without it all functions here fail with VT_EUNSUPPORTED. */
VT_API bool vt_store_available(void);

/** What kind of network's file system `path` lies on ("nfs", "lustre", ...); NULL on a local one.
 */
VT_API const char *vt_store_network(const char *path);

/** Make the store `path`, or take up the one that is there, to add events to it. `facts` and the
    sample are written into a new one, with the program's version; one that is there must have the
    same, or VT_EINVAL names what differs. With `parts` above 1 the store is that of one share,
    `part` (from 1) of so many, used by one process at a time; 1 and 1 for a campaign in one store,
    which is refused on a network's file system (VT_EUNSUPPORTED).

    VT_EFORMAT when the file is no store or damaged: it is left as it is. */
VT_API vt_store *vt_store_create(const char *path, const vt_store_sample *sample,
                                 const vt_store_fact *facts, size_t count, int part, int parts,
                                 vt_error *err);

/** Open a store to read it; campaigns at work with it go on. */
VT_API vt_store *vt_store_open(const char *path, vt_error *err);

/** Writes what waits, as far as it can be. */
VT_API void vt_store_close(vt_store *store);

/** How long to wait for other programs that have it locked; 20 s if never set [s]. */
VT_API void vt_store_set_patience(vt_store *store, double seconds);

VT_API const char *vt_store_path(const vt_store *store);

/** The value of a fact, into `value` of `size` bytes. VT_EINVAL when there is no such fact. */
VT_API vt_status vt_store_get(vt_store *store, const char *name, char *value, size_t size,
                              vt_error *err);

/** Calls `take` for every fact, in the order of the names, until it returns false. */
VT_API vt_status vt_store_facts(vt_store *store, bool (*take)(void *context, vt_store_fact fact),
                                void *context, vt_error *err);

/** The sample, in memory of `*memory`, which is freed with vt_free. */
VT_API vt_status vt_store_read_sample(vt_store *store, vt_store_sample *sample, void **memory,
                                      vt_error *err);

/* ---------------------------------------------------------------- searches to do ---- */

typedef struct {
    int64_t center, search;
} vt_store_search;

/** What is to be done: searches 1 to `searches` of `count` centers (copied), first the first search
    of all, then the second. Leases that this process had are given back. *left tells how many are
    not in the store. */
VT_API vt_status vt_store_plan(vt_store *store, const int64_t *centers, size_t count,
                               int64_t searches, uint64_t *left, vt_error *err);

/** Lease up to `most` searches of the plan that are not in the store and that no other living
    process has a lease on.
    @return VT_CONTINUE with *found searches, at least one; VT_OK with none when other processes are
            at work with all that is left: ask again; VT_DONE with none when nothing is left. */
VT_API vt_status vt_store_claim(vt_store *store, size_t most, vt_store_search *searches,
                                size_t *found, vt_error *err);

/** Add an event; it is copied first, and waits in memory when it cannot be written (the disk is
    full, the database locked): then this fails, and the next call that adds, claims or closes
    writes it. Adding an event that is there changes nothing. VT_EDIVERGED for a connected event
    without a finite barrier, curvature or force, VT_EINVAL for what is no event; such a one is not
    kept. */
VT_API vt_status vt_store_add(vt_store *store, const vt_store_event *event, vt_error *err);

/** Write what waits. */
VT_API vt_status vt_store_flush(vt_store *store, vt_error *err);

/* ---------------------------------------------------------------- reading ---- */

/** Keys of all events, 1,000,000 center + search, in rising order; vt_free frees *keys. */
VT_API vt_status vt_store_keys(vt_store *store, int64_t **keys, size_t *count, vt_error *err);

/** Names of columns of numbers, NULL at the end. */
VT_API extern const char *const vt_store_columns[];

/** A column of the events with those keys. */
VT_API vt_status vt_store_column(vt_store *store, const char *name, const int64_t *keys,
                                 size_t count, double *values, vt_error *err);

enum { VT_STORE_REASONS = 64, VT_STORE_REASON_SIZE = 32 };

/** Why their searches ended: `code` tells which of the *known first names. */
VT_API vt_status vt_store_reasons(vt_store *store, const int64_t *keys, size_t count, int32_t *code,
                                  char names[VT_STORE_REASONS][VT_STORE_REASON_SIZE], size_t *known,
                                  vt_error *err);

/** The displacements of one event, to the saddle or to the final minimum; vt_free frees *memory.
    None where the search came to no saddle. */
VT_API vt_status vt_store_displacements(vt_store *store, int64_t key, bool final,
                                        vt_store_moves *displacements, void **memory,
                                        vt_error *err);

/* ---------------------------------------------------------------- shapes and duplicates ---- */

/** What the displacements of an event say; NaN where there are none. */
typedef struct {
    double distance;      /**< Norm of all displacements [angstrom]. */
    double largest;       /**< Of one atom [angstrom]. */
    double moved;         /**< Atoms moved by more than a threshold. */
    double participation; /**< (sum d^2)^2 / sum d^4. */
    double aligned; /**< Share of the pairs of atoms that moved whose displacements enclose less
                         than 45 degrees, as axes; NaN below two. For random directions it is
                         1 - sqrt(1/2). */
} vt_store_shape;

/** Shapes of displacements to the saddle or to the final minimum. */
VT_API vt_status vt_store_shapes(vt_store *store, const int64_t *keys, size_t count, bool final,
                                 double threshold, vt_store_shape *shapes, vt_error *err);

/** The shape of one set of displacements. */
VT_API vt_store_shape vt_store_shape_of(const vt_store_moves *displacements, double threshold);

/** Events that are the same whatever atom their search began at: barriers differ by less than
    `energy` [eV], saddles by less than `distance`, the norm of the difference of all displacements
    [angstrom]. `same[k]` receives the index of the event that k is a duplicate of, k itself for one
    that is kept. Events are compared with those of lower barrier (`barriers`, of the same keys, may
    not be NaN). The cost grows as the number of events. */
VT_API vt_status vt_store_duplicates(vt_store *store, const int64_t *keys, const double *barriers,
                                     size_t count, double energy, double distance, size_t *same,
                                     vt_error *err);

/* ---------------------------------------------------------------- merging ---- */

typedef struct {
    uint64_t added, known; /**< Events that were new, and that were there. */
    uint64_t different;    /**< Of those that were there, how many tell something else. */
} vt_store_merged;

/** Add the events of the store `from` to the store `path`, which is made where there is none. Both
    must be of the same campaign. */
VT_API vt_status vt_store_merge(const char *path, const char *from, vt_store_merged *merged,
                                vt_error *err);

#ifdef __cplusplus
}
#endif
#endif

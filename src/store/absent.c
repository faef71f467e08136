/* The room in a build without SQLite: every function says so. */
#include <math.h>

#include "vitrum/store.h"

static vt_status absent(vt_error *err) {
    return vt_fail(err, VT_EUNSUPPORTED,
                   "this vitrum was built without SQLite, in which events are stored; install "
                   "libsqlite3-dev and build again");
}

const char *const vt_store_columns[] = {NULL};

bool vt_store_available(void) {
    return false;
}

const char *vt_store_network(const char *path) {
    (void)path;
    return NULL;
}

vt_store *vt_store_create(const char *path, const vt_store_sample *sample,
                          const vt_store_fact *facts, size_t count, int part, int parts,
                          vt_error *err) {
    (void)path, (void)sample, (void)facts, (void)count, (void)part, (void)parts;
    absent(err);
    return NULL;
}

vt_store *vt_store_open(const char *path, vt_error *err) {
    (void)path;
    absent(err);
    return NULL;
}

void vt_store_close(vt_store *store) {
    (void)store;
}

void vt_store_set_patience(vt_store *store, double seconds) {
    (void)store, (void)seconds;
}

const char *vt_store_path(const vt_store *store) {
    (void)store;
    return "";
}

vt_status vt_store_get(vt_store *store, const char *name, char *value, size_t size, vt_error *err) {
    (void)store, (void)name, (void)value, (void)size;
    return absent(err);
}

vt_status vt_store_facts(vt_store *store, bool (*take)(void *context, vt_store_fact fact),
                         void *context, vt_error *err) {
    (void)store, (void)take, (void)context;
    return absent(err);
}

vt_status vt_store_read_sample(vt_store *store, vt_store_sample *sample, void **memory,
                               vt_error *err) {
    (void)store, (void)sample;
    *memory = NULL;
    return absent(err);
}

vt_status vt_store_plan(vt_store *store, const int64_t *centers, size_t count, int64_t searches,
                        uint64_t *left, vt_error *err) {
    (void)store, (void)centers, (void)count, (void)searches, (void)left;
    return absent(err);
}

vt_status vt_store_claim(vt_store *store, size_t most, vt_store_search *searches, size_t *found,
                         vt_error *err) {
    (void)store, (void)most, (void)searches, (void)found;
    return absent(err);
}

vt_status vt_store_add(vt_store *store, const vt_store_event *event, vt_error *err) {
    (void)store, (void)event;
    return absent(err);
}

vt_status vt_store_flush(vt_store *store, vt_error *err) {
    (void)store;
    return absent(err);
}

vt_status vt_store_keys(vt_store *store, int64_t **keys, size_t *count, vt_error *err) {
    (void)store, (void)count;
    *keys = NULL;
    return absent(err);
}

vt_status vt_store_column(vt_store *store, const char *name, const int64_t *keys, size_t count,
                          double *values, vt_error *err) {
    (void)store, (void)name, (void)keys, (void)count, (void)values;
    return absent(err);
}

vt_status vt_store_reasons(vt_store *store, const int64_t *keys, size_t count, int32_t *code,
                           char names[VT_STORE_REASONS][VT_STORE_REASON_SIZE], size_t *known,
                           vt_error *err) {
    (void)store, (void)keys, (void)count, (void)code, (void)names, (void)known;
    return absent(err);
}

vt_status vt_store_displacements(vt_store *store, int64_t key, bool final,
                                 vt_store_moves *displacements, void **memory, vt_error *err) {
    (void)store, (void)key, (void) final, (void)displacements;
    *memory = NULL;
    return absent(err);
}

vt_status vt_store_shapes(vt_store *store, const int64_t *keys, size_t count, bool final,
                          double threshold, vt_store_shape *shapes, vt_error *err) {
    (void)store, (void)keys, (void)count, (void) final, (void)threshold, (void)shapes;
    return absent(err);
}

vt_store_shape vt_store_shape_of(const vt_store_moves *displacements, double threshold) {
    (void)displacements, (void)threshold;
    const vt_store_shape none = {NAN, NAN, NAN, NAN, NAN};
    return none;
}

vt_status vt_store_duplicates(vt_store *store, const int64_t *keys, const double *barriers,
                              size_t count, double energy, double distance, size_t *same,
                              vt_error *err) {
    (void)store, (void)keys, (void)barriers, (void)count, (void)energy, (void)distance, (void)same;
    return absent(err);
}

vt_status vt_store_merge(const char *path, const char *from, vt_store_merged *merged,
                         vt_error *err) {
    (void)path, (void)from, (void)merged;
    return absent(err);
}

/* The store of saddle searches: what goes in comes out, whatever happens in between. */
#include "store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

static vt_store *open_store(const char *path) {
    vt_error err = {0};
    vt_store *store = vt_store_open(path, &err);
    if (store == NULL) fail_msg("%s", err.msg);
    return store;
}

static void add(vt_store *store, int64_t center, int64_t search) {
    vt_error err = {0};
    synthetic s;
    REQUIRE_OK(vt_store_add(store, synthetic_event(&s, center, search), &err), err);
}

static useconds_t pause_of_search; /* so that several processes get some */

/* Do all that is left of searches 1 to `searches` of all atoms; how many there were. */
static size_t work(vt_store *store, int64_t searches, vt_error *err) {
    int64_t centers[STORE_ATOMS];
    for (int k = 0; k < STORE_ATOMS; k++) centers[k] = k + 1;
    uint64_t left;
    if (vt_failed(vt_store_plan(store, centers, STORE_ATOMS, searches, &left, err))) return 0;
    for (size_t did = 0;;) {
        vt_store_search todo[3];
        size_t found;
        vt_status status = vt_store_claim(store, 3, todo, &found, err);
        if (vt_failed(status) || status == VT_DONE) return did;
        if (status == VT_OK) usleep(500);
        for (size_t k = 0; k < found; k++, did++) {
            synthetic s;
            usleep(pause_of_search);
            if (vt_failed(
                    vt_store_add(store, synthetic_event(&s, todo[k].center, todo[k].search), err)))
                return did;
        }
    }
}

/* Every event of searches 1 to `searches` is there once, as it was. */
static void check_complete(const char *path, int64_t searches) {
    vt_error err = {0};
    vt_store *store = open_store(path);
    int64_t *keys;
    size_t count;
    REQUIRE_OK(vt_store_keys(store, &keys, &count, &err), err);
    assert_int_equal(count, STORE_ATOMS * searches);
    double *barrier = vt_alloc(count, sizeof *barrier), *seed = vt_alloc(count, sizeof *seed);
    REQUIRE_OK(vt_store_column(store, "barrier", keys, count, barrier, &err), err);
    REQUIRE_OK(vt_store_column(store, "seed", keys, count, seed, &err), err);
    for (size_t k = 0; k < count; k++) {
        int64_t center = (int64_t)k / searches + 1, search = (int64_t)k % searches + 1;
        synthetic s;
        const vt_store_event *e = synthetic_event(&s, center, search);
        assert_int_equal(keys[k], 1000000 * center + search);
        assert_true(seed[k] == (double)e->seed);
        assert_memory_equal(&barrier[k], &e->barrier, e->connected ? sizeof *barrier : 0);
        assert_true(e->connected || isnan(barrier[k]));
        vt_store_moves d;
        void *memory;
        REQUIRE_OK(vt_store_displacements(store, keys[k], false, &d, &memory, &err), err);
        assert_int_equal(d.count, e->saddle.count);
        for (size_t i = 0; i < 3 * d.count; i++) {
            double here = e->saddle.displacement[i / 3][i % 3];
            CHECK_NEAR(d.displacement[i / 3][i % 3], here, 6e-8 * fabs(here));
        }
        assert_memory_equal(d.atoms, e->saddle.atoms, d.count * sizeof(int32_t));
        vt_free(memory);
    }
    vt_free(barrier);
    vt_free(seed);
    vt_free(keys);
    vt_store_close(store);
}

static void what_goes_in_comes_out(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("a.db");
    vt_store *store = make_store(path, 1, 1, &err);
    if (store == NULL) fail_msg("%s", err.msg);
    assert_int_equal(work(store, 3, &err), 3 * STORE_ATOMS);
    assert_int_equal(work(store, 3, &err), 0); /* nothing is done twice */
    assert_int_equal(work(store, 5, &err), 2 * STORE_ATOMS);
    add(store, 7, 2); /* known: nothing changes */
    vt_store_close(store);
    check_complete(path, 5);
    assert_int_not_equal(access(in_folder("a.db-workers"), F_OK), 0);
    assert_int_not_equal(access(in_folder("a.db-wal"), F_OK), 0);

    store = open_store(path);
    const vt_store_sample *here = store_sample();
    vt_store_sample there;
    void *memory;
    REQUIRE_OK(vt_store_read_sample(store, &there, &memory, &err), err);
    assert_int_equal(there.count, here->count);
    assert_memory_equal(there.h, here->h, sizeof there.h);
    assert_memory_equal(there.origin, here->origin, sizeof there.origin);
    assert_memory_equal(there.periodic, here->periodic, sizeof there.periodic);
    assert_memory_equal(there.y, here->y, STORE_ATOMS * sizeof(double));
    assert_memory_equal(there.type, here->type, STORE_ATOMS * sizeof(int32_t));
    assert_string_equal(there.species[1], "Zr");
    vt_free(memory);
    char value[80];
    REQUIRE_OK(vt_store_get(store, "option radius", value, sizeof value, &err), err);
    assert_string_equal(value, "3.8");
    assert_int_equal(vt_store_get(store, "color", value, sizeof value, &err), VT_EINVAL);
    synthetic s;
    assert_int_equal(vt_store_add(store, synthetic_event(&s, 1, 9), &err), VT_EINVAL);
    CHECK_MESSAGE(err, "reading only");
    vt_store_close(store);
}

/* ---------------------------------------------------------------- campaigns ---- */

static void another_campaign_is_refused(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("a.db");
    vt_store_close(make_store(path, 1, 1, &err));
    vt_store_sample other = *store_sample();
    double x[STORE_ATOMS];
    memcpy(x, other.x, sizeof x);
    x[16] += 1e-7;
    other.x = x;
    assert_null(vt_store_create(path, &other, STORE_FACTS, 4, 1, 1, &err));
    CHECK_MESSAGE(err, "another glass: atom 17 is 1e-07 A off");
    x[16] += 2;
    assert_null(vt_store_create(path, &other, STORE_FACTS, 4, 1, 1, &err));
    CHECK_MESSAGE(err, "of 60 atoms (this one has 60) in other places");
    other.count--;
    assert_null(vt_store_create(path, &other, STORE_FACTS, 4, 1, 1, &err));
    CHECK_MESSAGE(err, "of 60 atoms (this one has 59); a store holds one campaign");
    vt_store_fact facts[4];
    memcpy(facts, STORE_FACTS, sizeof facts);
    facts[2].value = "4";
    assert_null(vt_store_create(path, store_sample(), facts, 4, 1, 1, &err));
    CHECK_MESSAGE(err, "option radius is 3.8 there and 4 here");
    assert_null(make_store(path, 2, 3, &err));
    CHECK_MESSAGE(err, "share is 1 of 1 there and 2 of 3 here");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "UPDATE campaign SET value = '0.0.1' WHERE name = 'version'", 0, 0, 0);
    sqlite3_close(db);
    assert_null(make_store(path, 1, 1, &err));
    CHECK_MESSAGE(err, "version is 0.0.1 there");
    vt_store_close(open_store(path)); /* it can be read */
}

static void put(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    fclose(file);
}

static void foreign_and_damaged_files_stay_as_they_are(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("text.db");
    put(path, "center,search\n", 14);
    assert_null(make_store(path, 1, 1, &err));
    CHECK_MESSAGE(err, "no store of saddle searches but some other file");
    assert_null(vt_store_open(path, &err));
    CHECK_MESSAGE(err, "no store");
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_size, 14);

    sqlite3 *db;
    path = in_folder("other.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE TABLE events(id); CREATE TABLE atoms(atom)", 0, 0, 0);
    sqlite3_close(db);
    assert_null(make_store(path, 1, 1, &err));
    CHECK_MESSAGE(err, "a database, but not of saddle searches");

    assert_null(vt_store_open(in_folder("none.db"), &err));
    CHECK_MESSAGE(err, "No such file");
    assert_null(make_store(in_folder("no/folder.db"), 1, 1, &err));
    CHECK_MESSAGE(err, "does its folder exist");
    assert_null(make_store(store_folder, 1, 1, &err));
    CHECK_MESSAGE(err, "a folder");

    path = in_folder("cut.db");
    vt_store *store = make_store(path, 1, 1, &err);
    work(store, 4, &err);
    vt_store_close(store);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(truncate(path, found.st_size / 2), 0);
    assert_null(vt_store_open(path, &err));
    CHECK_MESSAGE(err, "cut off");
    CHECK_MESSAGE(err, ".recover");
    assert_null(make_store(path, 1, 1, &err));
    CHECK_MESSAGE(err, "cut off");
    assert_int_equal(stat(path, &found), 0);

    path = in_folder("new.db");
    vt_store_close(make_store(path, 1, 1, &err));
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA user_version = 2", 0, 0, 0);
    sqlite3_close(db);
    assert_null(vt_store_open(path, &err));
    CHECK_MESSAGE(err, "format 2");
}

/* What is found in a store that somebody else wrote in. */
static void impossible_events(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("a.db");
    vt_store *store = make_store(path, 1, 1, &err);
    synthetic s;
    vt_store_event e = *synthetic_event(&s, 2, 3);
    e.barrier = NAN;
    assert_int_equal(vt_store_add(store, &e, &err), VT_EDIVERGED);
    CHECK_MESSAGE(err, "search 3 of atom 2: connected, but its barrier is nan eV");
    e = *synthetic_event(&s, 2, 3);
    e.center = STORE_ATOMS + 1;
    assert_int_equal(vt_store_add(store, &e, &err), VT_EINVAL);
    e = *synthetic_event(&s, 2, 3);
    s.atoms[1] = 0;
    assert_int_equal(vt_store_add(store, &e, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "displaces atom 0");
    e = *synthetic_event(&s, 2, 3);
    s.d[2][1] = INFINITY;
    assert_int_equal(vt_store_add(store, &e, &err), VT_EDIVERGED);
    add(store, 2, 4);
    add(store, 2, 5);
    add(store, 3, 6);
    vt_store_close(store);

    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "UPDATE events SET barrier = 'much' WHERE id = 2000005", 0, 0, 0);
    sqlite3_exec(db, "UPDATE displacements SET saddle = x'00' WHERE event = 2000005", 0, 0, 0);
    sqlite3_exec(db, "UPDATE displacements SET saddle = zeroblob(16) WHERE event = 3000006", 0, 0,
                 0);
    sqlite3_close(db);
    store = open_store(path);
    int64_t *keys;
    size_t count;
    REQUIRE_OK(vt_store_keys(store, &keys, &count, &err), err);
    assert_int_equal(count, 3); /* not one of those that were refused */
    double barrier[3];
    REQUIRE_OK(vt_store_column(store, "barrier", keys, count, barrier, &err), err);
    assert_true(isnan(barrier[1]));
    vt_store_moves d;
    void *memory;
    for (int k = 1; k < 3; k++) {
        assert_int_equal(vt_store_displacements(store, keys[k], false, &d, &memory, &err),
                         VT_EFORMAT);
        CHECK_MESSAGE(err, k == 1 ? "the saddle of search 5 of atom 2 is damaged" : "of atom 3");
    }
    vt_free(keys);
    vt_store_close(store);
}

/* ---------------------------------------------------------------- processes ---- */

/* A process that works at the store, and ends without cleaning up. */
static pid_t start_worker(const char *path, int64_t searches) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    vt_error err = {0};
    vt_store *store = make_store(path, 1, 1, &err);
    pause_of_search = 100;
    if (store != NULL) work(store, searches, &err);
    vt_store_close(store);
    if (err.code != VT_OK) fprintf(stderr, "worker: %s\n", err.msg);
    _exit(err.code != VT_OK);
}

static void killed_at_any_instant(void **state) {
    (void)state;
    enum { SEARCHES = 25, KILLS = 12 };
    vt_error err = {0};
    const char *path = in_folder("a.db");
    vt_rng rng = vt_rng_start(5, VT_STREAM_SHUFFLE);
    for (int k = 0; k < KILLS; k++) {
        pid_t pid = start_worker(path, SEARCHES);
        usleep((useconds_t)(1000 + 20000 * vt_rng_uniform(&rng)));
        kill(pid, SIGKILL);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    }
    vt_store *store = make_store(path, 1, 1, &err);
    if (store == NULL) fail_msg("%s", err.msg);
    int64_t *keys;
    size_t before;
    REQUIRE_OK(vt_store_keys(store, &keys, &before, &err), err);
    vt_free(keys);
    size_t did = work(store, SEARCHES, &err);
    assert_int_equal(err.code, VT_OK);
    assert_int_equal(before + did, SEARCHES * STORE_ATOMS); /* no search twice */
    vt_store_close(store);
    check_complete(path, SEARCHES); /* and no gap */
}

static void processes_fill_one_campaign(void **state) {
    (void)state;
    enum { SEARCHES = 20, PROCESSES = 3 };
    const char *path = in_folder("a.db");
    pid_t pid[PROCESSES];
    for (int k = 0; k < PROCESSES; k++) pid[k] = start_worker(path, SEARCHES);
    usleep(15000);
    kill(pid[0], SIGKILL); /* the others do what it had begun */
    for (int k = 0; k < PROCESSES; k++) {
        int status;
        assert_int_equal(waitpid(pid[k], &status, 0), pid[k]);
        assert_true(k == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    }
    check_complete(path, SEARCHES);
    sqlite3 *db;
    sqlite3_stmt *s;
    sqlite3_open(path, &db);
    sqlite3_prepare_v2(db,
                       "SELECT count(DISTINCT worker), (SELECT count(*) FROM leases) FROM "
                       "events",
                       -1, &s, NULL);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_true(sqlite3_column_int(s, 0) >= 2);
    assert_int_equal(sqlite3_column_int(s, 1), 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
}

/* Two that ask at the same time never get the same search, and leases are those of the living. */
static void leases(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("a.db");
    int64_t center = 5;
    uint64_t left;
    size_t found;
    vt_store_search todo[4];
    int ready[2], go[2];
    assert_int_equal(pipe(ready) | pipe(go), 0);
    vt_store *store = make_store(path, 1, 1, &err);
    pid_t pid = fork();
    if (pid == 0) { /* takes two and holds them */
        vt_store *other = make_store(path, 1, 1, &err);
        bool right = other != NULL &&
                     !vt_failed(vt_store_plan(other, &center, 1, 3, &left, &err)) &&
                     vt_store_claim(other, 2, todo, &found, &err) == VT_CONTINUE && found == 2;
        if (write(ready[1], right ? "y" : "n", 1) != 1 || read(go[0], &right, 1) < 0) _exit(1);
        pause();
        _exit(0);
    }
    char answer;
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    REQUIRE_OK(vt_store_plan(store, &center, 1, 3, &left, &err), err);
    assert_int_equal(left, 3);
    assert_int_equal(vt_store_claim(store, 4, todo, &found, &err), VT_CONTINUE);
    assert_int_equal(found, 1);
    assert_int_equal(todo[0].search, 3);
    add(store, 5, 3);
    assert_int_equal(vt_store_claim(store, 4, todo, &found, &err), VT_OK);
    assert_int_equal(found, 0);
    /* What its clock says matters to nobody: the lease may be of the year 2000 or 3000. */
    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "UPDATE leases SET since = '3000-01-01T00:00:00Z'", 0, 0, 0);
    sqlite3_close(db);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(vt_store_claim(store, 4, todo, &found, &err), VT_CONTINUE);
    assert_int_equal(found, 2);
    assert_int_equal(todo[0].search + todo[1].search, 3);
    add(store, 5, 1);
    add(store, 5, 2);
    assert_int_equal(vt_store_claim(store, 4, todo, &found, &err), VT_DONE);
    vt_store_close(store);
    for (int k = 0; k < 2; k++) {
        close(ready[k]);
        close(go[k]);
    }
}

/* A copy of a process that has a store open: both can use it. */
static void a_process_that_forks(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("a.db");
    vt_store *store = make_store(path, 1, 1, &err);
    vt_store *reader = open_store(path);
    int64_t center = 5;
    uint64_t left;
    size_t found;
    vt_store_search todo[2];
    REQUIRE_OK(vt_store_plan(store, &center, 1, 4, &left, &err), err);
    assert_int_equal(vt_store_claim(store, 2, todo, &found, &err), VT_CONTINUE);
    pid_t pid = fork();
    if (pid == 0) {
        bool right = !vt_failed(vt_store_plan(store, &center, 1, 4, &left, &err)) && left == 4 &&
                     vt_store_claim(store, 2, todo, &found, &err) == VT_CONTINUE && found == 2 &&
                     todo[0].search == 3;
        synthetic s;
        right = right && !vt_failed(vt_store_add(store, synthetic_event(&s, 5, 3), &err)) &&
                !vt_failed(vt_store_add(store, synthetic_event(&s, 5, 4), &err));
        vt_store_close(store);
        vt_store_close(reader);
        _exit(right ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    add(store, 5, 1);
    add(store, 5, 2);
    assert_int_equal(vt_store_claim(store, 2, todo, &found, &err), VT_DONE);
    int64_t *keys;
    size_t count;
    REQUIRE_OK(vt_store_keys(reader, &keys, &count, &err), err);
    assert_int_equal(count, 4);
    vt_free(keys);
    vt_store_close(reader);
    vt_store_close(store);
}

/* ---------------------------------------------------------------- disks and locks ---- */

static void a_disk_that_gets_full(void **state) {
    (void)state;
    const char *path = in_folder("a.db");
    pid_t pid = fork();
    if (pid == 0) {
        vt_error err = {0};
        synthetic s;
        vt_store *store = make_store(path, 1, 1, &err);
        if (store == NULL) _exit(2);
        const struct rlimit small = {300000, RLIM_INFINITY};
        const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        int64_t center = 1, search = 1;
        for (; !vt_failed(vt_store_add(store, synthetic_event(&s, center, search), &err));
             search += center == STORE_ATOMS, center = center % STORE_ATOMS + 1)
            if (search > 100) _exit(3);
        if (strstr(err.msg, "waits in memory") == NULL) _exit(4);
        setrlimit(RLIMIT_FSIZE, &all);
        vt_error fine = {0};
        if (work(store, 100, &fine) == 0 || fine.code != VT_OK) _exit(5);
        vt_store_close(store);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    check_complete(path, 100);
}

static void a_locked_database(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("a.db");
    vt_store *store = make_store(path, 1, 1, &err);
    add(store, 1, 1);
    sqlite3 *db;
    sqlite3_open(path, &db);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", 0, 0, 0), SQLITE_OK);
    vt_store_set_patience(store, 0.02);
    synthetic s;
    assert_int_equal(vt_store_add(store, synthetic_event(&s, 1, 2), &err), VT_EIO);
    CHECK_MESSAGE(err, "locked by another program for more than 0.02 s");
    sqlite3_exec(db, "COMMIT", 0, 0, 0);
    sqlite3_close(db);
    vt_store_close(store); /* writes what waits */
    store = open_store(path);
    int64_t *keys;
    size_t count;
    REQUIRE_OK(vt_store_keys(store, &keys, &count, &err), err);
    assert_int_equal(count, 2);
    vt_free(keys);
    vt_store_close(store);
}

/* Where nothing may be written a finished store can be read all the same. */
static void a_folder_that_may_not_be_written(void **state) {
    (void)state;
    vt_error err = {0};
    const char *path = in_folder("a.db");
    vt_store *store = make_store(path, 1, 1, &err);
    add(store, 1, 1);
    vt_store_close(store);
    if (geteuid() == 0) return; /* who may write everywhere */
    chmod(store_folder, 0500);
    store = vt_store_open(path, &err);
    chmod(store_folder, 0700);
    if (store == NULL) fail_msg("%s", err.msg);
    vt_store_close(store);
}

/* ---------------------------------------------------------------- shares ---- */

static void shares_are_merged(void **state) {
    (void)state;
    enum { PARTS = 3 };
    vt_error err = {0};
    char whole[256], path[PARTS][256];
    snprintf(whole, sizeof whole, "%s/a.db", store_folder);
    size_t did = 0;
    for (int part = 1; part <= PARTS; part++) {
        snprintf(path[part - 1], sizeof path[0], "%s/%d.db", store_folder, part);
        vt_store *store = make_store(path[part - 1], part, PARTS, &err);
        if (store == NULL) fail_msg("%s", err.msg);
        did += work(store, 7, &err);
        assert_int_equal(access(in_folder("1.db-wal"), F_OK), -1);
        vt_store_close(store);
    }
    assert_int_equal(did, 7 * STORE_ATOMS);
    vt_store_merged merged;
    for (int part = 0; part < PARTS; part++) {
        REQUIRE_OK(vt_store_merge(whole, path[part], &merged, &err), err);
        assert_int_equal(merged.added, 7 * STORE_ATOMS / PARTS);
    }
    REQUIRE_OK(vt_store_merge(whole, path[1], &merged, &err), err);
    assert_int_equal(merged.added, 0);
    assert_int_equal(merged.known, 7 * STORE_ATOMS / PARTS);
    assert_int_equal(merged.different, 0);
    check_complete(whole, 7);
    vt_store *store = make_store(whole, 1, 1, &err); /* and the campaign goes on in it */
    if (store == NULL) fail_msg("%s", err.msg);
    assert_int_equal(work(store, 8, &err), STORE_ATOMS);
    vt_store_close(store);
    vt_store_fact facts[4];
    memcpy(facts, STORE_FACTS, sizeof facts);
    facts[3].value = "8";
    vt_store_close(vt_store_create(in_folder("other.db"), store_sample(), facts, 4, 1, 1, &err));
    assert_int_equal(vt_store_merge(whole, in_folder("other.db"), &merged, &err), VT_EINVAL);
    CHECK_MESSAGE(err, "seed is 8, there it is 7; nothing was merged");
}

/* ---------------------------------------------------------------- shapes ---- */

static void isotropic_directions(void **state) {
    (void)state;
    enum { ATOMS = 30, SETS = 400 };
    double sum = 0, squares = 0;
    for (int set = 0; set < SETS; set++) {
        int32_t atoms[ATOMS];
        double d[ATOMS][3];
        for (int k = 0; k < ATOMS; k++) {
            double normal[4];
            vt_random_normal4(3, VT_STREAM_SHUFFLE, (uint64_t)set, (uint64_t)k, normal);
            atoms[k] = k + 1;
            memcpy(d[k], normal, sizeof d[k]);
        }
        vt_store_moves all = {ATOMS, atoms, (const double(*)[3])d};
        double aligned = vt_store_shape_of(&all, 0).aligned;
        sum += aligned;
        squares += aligned * aligned;
    }
    double mean = sum / SETS, error = sqrt((squares / SETS - mean * mean) / (SETS - 1));
    CHECK_NEAR(mean, 1 - sqrt(0.5), 4 * error);
    assert_true(error < 0.002);
    const int32_t atoms[] = {4, 2, 9};
    const double d[3][3] = {{3, 0, 0}, {0, 4, 0}, {0.05, 0, 0}};
    vt_store_moves three = {3, atoms, d};
    vt_store_shape shape = vt_store_shape_of(&three, 0.1);
    CHECK_NEAR(shape.distance, sqrt(25.0025), 1e-12);
    CHECK_NEAR(shape.largest, 4, 0);
    CHECK_NEAR(shape.participation, 25.0025 * 25.0025 / (81 + 256 + 6.25e-6), 1e-9);
    assert_true(shape.moved == 2 && shape.aligned == 0);
    three.count = 0;
    assert_true(isnan(vt_store_shape_of(&three, 0.1).moved));
}

/* Groups of copies that differ by less than the tolerances, with centers of their own, against all
   pairs. */
static void duplicates_of_all_centers(void **state) {
    (void)state;
    enum { GROUPS = 40, COPIES = 5, COUNT = GROUPS * COPIES, MOVED = 12 };
    vt_error err = {0};
    vt_store *store = make_store(in_folder("a.db"), 1, 1, &err);
    double barrier[COUNT];
    int group_of[COUNT];
    vt_rng rng = vt_rng_start(11, VT_STREAM_SHUFFLE);
    double base[GROUPS][MOVED][3];
    for (int g = 0; g < GROUPS; g++)
        for (int k = 0; k < MOVED; k++)
            for (int c = 0; c < 3; c++)
                base[g][k][c] = (k < 2 ? 1 : 0.3) * (2 * vt_rng_uniform(&rng) - 1);
    for (int k = 0; k < COUNT; k++) {
        int64_t center = k % STORE_ATOMS + 1, search = k / STORE_ATOMS + 1;
        int g = group_of[k] = k % GROUPS;
        synthetic s;
        vt_store_event e = *synthetic_event(&s, center, search);
        int32_t atoms[MOVED];
        double d[MOVED][3];
        for (int i = 0; i < MOVED; i++) {
            int j = (i + k) % MOVED; /* in any order */
            atoms[i] = (g + 3 * j) % STORE_ATOMS + 1;
            for (int c = 0; c < 3; c++)
                d[i][c] = base[g][j][c] + 0.005 * (2 * vt_rng_uniform(&rng) - 1);
        }
        e.connected = true;
        e.reason = "connected";
        e.barrier = 0.5 + 0.0004 * vt_rng_uniform(&rng) + 0.0001 * g;
        e.curvature = e.force = 0.01;
        e.saddle = (vt_store_moves){MOVED, atoms, (const double(*)[3])d};
        REQUIRE_OK(vt_store_add(store, &e, &err), err);
    }
    int64_t *keys;
    size_t count, same[COUNT], kept = 0;
    REQUIRE_OK(vt_store_keys(store, &keys, &count, &err), err);
    assert_int_equal(count, COUNT);
    REQUIRE_OK(vt_store_column(store, "barrier", keys, count, barrier, &err), err);
    REQUIRE_OK(vt_store_duplicates(store, keys, barrier, count, 1e-3, 0.1, same, &err), err);
    for (size_t k = 0; k < count; k++) {
        int64_t center = keys[k] / 1000000, search = keys[k] % 1000000;
        int mine = group_of[(search - 1) * STORE_ATOMS + center - 1];
        int64_t other = keys[same[k]];
        assert_int_equal(mine, group_of[(other % 1000000 - 1) * STORE_ATOMS + other / 1000000 - 1]);
        assert_true(same[same[k]] == same[k] && barrier[same[k]] <= barrier[k]);
        kept += same[k] == k;
    }
    assert_int_equal(kept, GROUPS);
    REQUIRE_OK(vt_store_duplicates(store, keys, barrier, count, 1e-9, 0.1, same, &err), err);
    for (size_t k = kept = 0; k < count; k++) kept += same[k] == k;
    assert_int_equal(kept, COUNT);
    vt_free(keys);
    vt_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_store_folder, remove_store_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_goes_in_comes_out),
        TEST(another_campaign_is_refused),
        TEST(foreign_and_damaged_files_stay_as_they_are),
        TEST(impossible_events),
        TEST(killed_at_any_instant),
        TEST(processes_fill_one_campaign),
        TEST(leases),
        TEST(a_process_that_forks),
        TEST(a_disk_that_gets_full),
        TEST(a_locked_database),
        TEST(a_folder_that_may_not_be_written),
        TEST(shares_are_merged),
        TEST(isotropic_directions),
        TEST(duplicates_of_all_centers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Stores of synthetic searches: what comes of a search follows from its atom and number. */
#ifndef VITRUM_TESTS_STORE_FIXTURE_H
#define VITRUM_TESTS_STORE_FIXTURE_H

#include "fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vitrum/store.h"

enum { STORE_ATOMS = 60 };

static char store_folder[64];

/* In memory where that can be had: what a disk takes to write things down is not what is tested. */
static int make_store_folder(void **state) {
    (void)state;
    snprintf(store_folder, sizeof store_folder, "%s/vitrum-store-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(store_folder) == NULL;
}

static int remove_store_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", store_folder);
    return system(command) != 0;
}

static inline const char *in_folder(const char *name) {
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", store_folder, name);
    return path[turn];
}

/* A sample whose atoms have places with all digits. */
static inline const vt_store_sample *store_sample(void) {
    static const char *const species[] = {"Cu", "Zr"};
    static const double mass[] = {63.546, 91.224};
    static double r[3][STORE_ATOMS];
    static int32_t type[STORE_ATOMS];
    static vt_store_sample sample;
    for (int i = 0; i < STORE_ATOMS; i++) {
        type[i] = i % 3 == 0;
        for (int k = 0; k < 3; k++) r[k][i] = 10 * sin(1.7 * i + k);
    }
    sample = (vt_store_sample){.count = STORE_ATOMS,
                               .h = {{10, 0, 0}, {1.0 / 3, 11, 0}, {0, 0.1, 12}},
                               .origin = {0.1, 0.2, 0.3},
                               .periodic = {true, true, false},
                               .species_count = 2,
                               .species = species,
                               .mass = mass,
                               .type = type,
                               .x = r[0],
                               .y = r[1],
                               .z = r[2]};
    return &sample;
}

static const vt_store_fact STORE_FACTS[] = {{"potential", "a.eam.fs"},
                                            {"potential_sha256", "0123abcd"},
                                            {"option radius", "3.8"},
                                            {"seed", "7"}};

static inline vt_store *make_store(const char *path, int part, int parts, vt_error *err) {
    return vt_store_create(path, store_sample(), STORE_FACTS, 4, part, parts, err);
}

typedef struct {
    vt_store_event event;
    int32_t atoms[4];
    double d[4][3];
    double back[2][3];
} synthetic;

/* Every fourth search fails. */
static inline const vt_store_event *synthetic_event(synthetic *s, int64_t center, int64_t search) {
    bool found = (center + search) % 4 != 0;
    vt_store_event *e = &s->event;
    *e = (vt_store_event){.center = center,
                          .search = search,
                          .seed = 1000 * center + search,
                          .reason = found ? "connected" : "step limit",
                          .connected = found,
                          .barrier = found ? 0.5 + 0.4 * sin(3.1 * (double)(center * search)) : NAN,
                          .reverse_barrier = found ? 0.3 + 0.01 * (double)center : NAN,
                          .curvature = found ? -0.7 : NAN,
                          .force = found ? 0.04 : NAN,
                          .moved = found ? 4 : NAN,
                          .active = 55,
                          .evaluations = 12.5,
                          .region_evaluations = 300,
                          .seconds = 0.25};
    if (!found) return e;
    for (int k = 0; k < 4; k++) {
        s->atoms[k] = (int32_t)((center + 7 * k - 1) % STORE_ATOMS) + 1;
        for (int c = 0; c < 3; c++)
            s->d[k][c] = sin((double)(center + 10 * search) + 3 * k + c) / (1 + k);
    }
    e->saddle = (vt_store_moves){4, s->atoms, (const double(*)[3])s->d};
    e->final = (vt_store_moves){2, s->atoms, (const double(*)[3])s->back};
    memcpy(s->back, s->d, sizeof s->back);
    return e;
}

#endif

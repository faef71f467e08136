/* What several C tests need: small systems and the files of the shared folder. */
#ifndef VITRUM_TESTS_FIXTURE_H
#define VITRUM_TESTS_FIXTURE_H

/* cmocka wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vitrum/system.h"

/* Fails the test with the error's message. */
#define REQUIRE_OK(status, err)                                                                    \
    do {                                                                                           \
        if (vt_failed(status)) fail_msg("%s", (err).msg);                                          \
    } while (0)

/* |a - b| <= tolerance, with the numbers in the message. */
#define CHECK_NEAR(a, b, tolerance)                                                                \
    do {                                                                                           \
        double check_a = (a), check_b = (b), check_t = (tolerance);                                \
        if (!(fabs(check_a - check_b) <= check_t))                                                 \
            fail_msg("%s = %.15g, expected %.15g within %g", #a, check_a, check_b, check_t);       \
    } while (0)

#define CHECK_MESSAGE(err, part)                                                                   \
    do {                                                                                           \
        if (strstr((err).msg, part) == NULL)                                                       \
            fail_msg("message \"%s\" lacks \"%s\"", (err).msg, part);                              \
    } while (0)

/* Path of a file below $VITRUM_SHARED, or NULL (and a line on stderr) when it is missing. */
static inline const char *shared_file(const char *name) {
    static char path[4096];
    const char *shared = getenv("VITRUM_SHARED");
    snprintf(path, sizeof path, "%s/%s", shared != NULL ? shared : "../shared", name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("skipped: %s is missing\n", path);
        return NULL;
    }
    fclose(file);
    return path;
}

/* `count` atoms at random in a triclinic box at the number density of a Cu-Zr glass, no two
   closer than `least`; two species in the ratio 2 : 1. */
static inline vt_atoms *random_glass(size_t count, double least, uint64_t seed, const char *first,
                                     const char *second) {
    vt_error err = {0};
    double edge = cbrt((double)count / 0.055);
    vt_box box = {.h = {{edge, 0, 0},
                        {0.17 * edge, 0.93 * edge, 0},
                        {-0.11 * edge, 0.13 * edge, edge / 0.93}},
                  .periodic = {true, true, true},
                  .origin = {0.31, -1.7, 2.385}};
    vt_atoms *atoms = vt_atoms_create(count, &box, &err);
    if (atoms == NULL) fail_msg("%s", err.msg);
    if (vt_atoms_add_species(atoms, first, 63.546, &err) < 0) fail_msg("%s", err.msg);
    if (vt_atoms_add_species(atoms, second, 91.224, &err) < 0) fail_msg("%s", err.msg);
    double shift[27][3];
    for (int image = 0; image < 27; image++) {
        const int turn[3] = {image % 3 - 1, image / 3 % 3 - 1, image / 9 - 1};
        for (int k = 0; k < 3; k++)
            shift[image][k] = turn[0] * box.h[0][k] + turn[1] * box.h[1][k] + turn[2] * box.h[2][k];
    }
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    for (size_t i = 0; i < count;) {
        double s[3], r[3];
        for (int k = 0; k < 3; k++) s[k] = vt_rng_uniform(&rng);
        vt_box_cartesian(&box, s, r);
        bool free_place = true;
        for (size_t j = 0; j < i && free_place; j++) {
            const double to[3] = {atoms->x[j] - r[0], atoms->y[j] - r[1], atoms->z[j] - r[2]};
            double least2 = INFINITY;
            for (int image = 0; image < 27; image++) {
                const double *by = shift[image];
                double x = to[0] + by[0], y = to[1] + by[1], z = to[2] + by[2];
                double d2 = x * x + y * y + z * z;
                if (d2 < least2) least2 = d2;
            }
            free_place = least2 >= least * least;
        }
        if (!free_place) continue;
        atoms->x[i] = r[0];
        atoms->y[i] = r[1];
        atoms->z[i] = r[2];
        atoms->type[i] = i % 3 == 0;
        i++;
    }
    return atoms;
}

/* A system of `atoms`; a negative skin is the default one. */
static inline vt_system *system_create(vt_atoms *atoms, const vt_potential *potential, double skin,
                                       vt_precision precision) {
    vt_error err = {0};
    const vt_system_options options = {precision, skin};
    vt_system *system = vt_system_create(atoms, potential, &options, &err);
    if (system == NULL) fail_msg("%s", err.msg);
    return system;
}

/* Evaluate the user's atoms as they are now; their forces are then those. */
static inline vt_status evaluate_atoms(vt_system *system, unsigned want, vt_result *result,
                                       vt_error *err) {
    vt_status status = vt_system_pull(system, err);
    if (!vt_failed(status)) status = vt_system_evaluate(system, want, result, err);
    if (!vt_failed(status)) vt_system_push_forces(system);
    return status;
}

#endif

/* What the benchmarks in C share. */
#ifndef VITRUM_TESTS_BENCH_COMMON_H
#define VITRUM_TESTS_BENCH_COMMON_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vitrum/io.h"
#include "vitrum/system.h"

static inline void stop(const vt_error *err) {
    fprintf(stderr, "%s\n", err->msg);
    exit(1);
}

/* The first frame of a file of Cu and Zr atoms. */
static inline vt_atoms *read_glass(const char *path) {
    vt_error err = {0};
    vt_read_options options = vt_read_defaults();
    const char *species[] = {"Cu", "Zr"};
    options.species = species;
    options.species_count = 2;
    vt_reader *reader = vt_reader_open(path, &options, &err);
    vt_frame frame = {0};
    if (reader == NULL || vt_failed(vt_reader_next(reader, &frame, &err))) stop(&err);
    vt_reader_close(reader);
    return frame.atoms;
}

#endif

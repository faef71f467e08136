/* Atoms and their neighbors as plain loops find them, for tests of descriptors. */
#ifndef VITRUM_TESTS_DESCRIPTOR_FIXTURE_H
#define VITRUM_TESTS_DESCRIPTOR_FIXTURE_H

#include <math.h>
#include <string.h>

#include "vitrum/descriptor.h"

/* Atoms anywhere in the box, at the density of a glass where the box is of that size, some in other
   periods of it. */
static vt_atoms *gas(size_t count, const vt_box *box, uint64_t seed) {
    vt_error err = {0};
    vt_atoms *atoms = vt_atoms_create(count, box, &err);
    assert_non_null(atoms);
    assert_int_equal(vt_atoms_add_species(atoms, "Zr", 0, &err), 0);
    assert_int_equal(vt_atoms_add_species(atoms, "Cu", 0, &err), 1);
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    for (size_t i = 0; i < count; i++) {
        double s[3], r[3];
        for (int a = 0; a < 3; a++) {
            s[a] = vt_rng_uniform(&rng);
            if (box->periodic[a]) s[a] += (double)vt_rng_below(&rng, 3) - 1;
        }
        vt_box_cartesian(box, s, r);
        atoms->x[i] = r[0];
        atoms->y[i] = r[1];
        atoms->z[i] = r[2];
        atoms->type[i] = (int32_t)vt_rng_below(&rng, 2);
    }
    return atoms;
}

static vt_box box_of(const double h[3][3], bool free_c) {
    vt_box box = {.periodic = {true, true, !free_c}};
    memcpy(box.h, h, sizeof box.h);
    return box;
}

/* The list of species is Cu, Zr, types are Zr, Cu. */
static size_t kind_of(const vt_atoms *atoms, size_t i) {
    return atoms->type[i] == 0 ? 1 : 0;
}

typedef struct {
    double r[3], length;
    size_t kind;
} seen;

/* All neighbors of an atom within the reach, image by image. */
static inline size_t look(const vt_atoms *atoms, size_t i, double reach, seen *out) {
    size_t count = 0;
    double heights[3];
    int images[3];
    vt_box_heights(&atoms->box, heights);
    for (int k = 0; k < 3; k++)
        images[k] = atoms->box.periodic[k] ? (int)(reach / heights[k]) + 4 : 0;
    for (size_t j = 0; j < atoms->count; j++)
        for (int u = -images[0]; u <= images[0]; u++)
            for (int v = -images[1]; v <= images[1]; v++)
                for (int w = -images[2]; w <= images[2]; w++) {
                    const double(*h)[3] = (const double(*)[3])atoms->box.h;
                    seen s = {.kind = kind_of(atoms, j)};
                    const double from[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
                    const double to[3] = {atoms->x[j], atoms->y[j], atoms->z[j]};
                    for (int d = 0; d < 3; d++)
                        s.r[d] = to[d] - from[d] + u * h[0][d] + v * h[1][d] + w * h[2][d];
                    s.length = sqrt(s.r[0] * s.r[0] + s.r[1] * s.r[1] + s.r[2] * s.r[2]);
                    if ((i == j && u == 0 && v == 0 && w == 0) || s.length > reach) continue;
                    out[count++] = s;
                }
    return count;
}

__attribute__((unused)) static char SPECIES[2][VT_SYMBOL_SIZE] = {"Cu", "Zr"};

enum { ATOMS = 60, MOST = 4000 };

/* Boxes: larger than the reach, thinner than it and tilted, and with free surfaces. */
static vt_atoms *sample(int number) {
    static const double H[3][3][3] = {{{10.1, 0, 0}, {0, 9.7, 0}, {0, 0, 9.9}},
                                      {{5.2, 0, 0}, {1.9, 4.4, 0}, {-1.2, 2.2, 41}},
                                      {{7, 0, 0}, {0, 8, 0}, {0, 0, 30}}};
    vt_box box = box_of(H[number], number == 2);
    return gas(ATOMS, &box, 5 + (uint64_t)number);
}

#endif

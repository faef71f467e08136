/* What a region costs: 500 active atoms cut out of a glass of 10,000 and of 500,000, and a free
   cluster of as many atoms in all.

       cmake --build build --target bench_regions && build/tests/bench_regions GLASS POTENTIAL

   GLASS is a file of some thousand Cu and Zr atoms, which is replicated. Milliseconds for cutting
   and for an evaluation of forces and energy after a small move, the least of many; all in turn,
   three times. Results: regions.md. */
#include "common.h"

enum { ACTIVE = 500, EVALUATIONS = 60, CUTS = 5, ROUNDS = 3 };

typedef struct {
    double distance;
    int32_t atom;
} ranked;

static int compare(const void *a, const void *b) {
    double x = ((const ranked *)a)->distance, y = ((const ranked *)b)->distance;
    return x < y ? -1 : x > y;
}

/* The atoms by their distance from the middle of the box. */
static int32_t *from_the_middle(const vt_atoms *atoms) {
    double middle[3];
    vt_box_cartesian(&atoms->box, (double[3]){0.5, 0.5, 0.5}, middle);
    ranked *rank = vt_alloc(atoms->count, sizeof *rank);
    int32_t *out = vt_alloc(atoms->count, sizeof *out);
    for (size_t i = 0; i < atoms->count; i++) {
        double x = atoms->x[i] - middle[0], y = atoms->y[i] - middle[1],
               z = atoms->z[i] - middle[2];
        rank[i] = (ranked){x * x + y * y + z * z, (int32_t)i};
    }
    qsort(rank, atoms->count, sizeof *rank, compare);
    for (size_t i = 0; i < atoms->count; i++) out[i] = rank[i].atom;
    vt_free(rank);
    return out;
}

/* Least time of an evaluation after atoms 0 to `moving` - 1 went a little to and fro [ms]. */
static double evaluation(vt_system *system, size_t moving) {
    vt_error err = {0};
    double least = INFINITY;
    for (int k = 0; k < EVALUATIONS; k++) {
        for (size_t i = 0; i < moving; i++) system->r[i][k % 3] += k % 2 == 0 ? 1e-3 : -1e-3;
        vt_system_moved(system);
        double start = vt_clock();
        vt_result result;
        if (vt_failed(vt_system_evaluate(system, VT_WANT_ENERGY, &result, &err))) stop(&err);
        least = fmin(least, vt_clock() - start);
    }
    return 1e3 * least;
}

/* A free cluster of the `count` atoms nearest to the middle. */
static vt_atoms *cluster(const vt_atoms *atoms, const int32_t *order, size_t count) {
    vt_error err = {0};
    vt_atoms *out = vt_atoms_permuted(atoms, order, count, &err);
    if (out == NULL) stop(&err);
    for (int k = 0; k < 3; k++) out->box.periodic[k] = false;
    return out;
}

int main(int count, char **argument) {
    if (count != 3) {
        fprintf(stderr, "usage: bench_regions GLASS POTENTIAL\n");
        return 2;
    }
    static const int64_t TIMES[][3] = {{2, 1, 1}, {5, 5, 4}};
    enum { SIZES = sizeof TIMES / sizeof *TIMES };
    vt_error err = {0};
    vt_threads_set(1, NULL);
    vt_potential *potential = vt_potential_eam_read(argument[2], &err);
    if (potential == NULL) stop(&err);
    vt_atoms *glass = read_glass(argument[1]), *atoms[SIZES];
    const vt_system_options options = vt_system_defaults();
    vt_system *whole[SIZES];
    int32_t *order[SIZES];
    for (int k = 0; k < SIZES; k++) {
        atoms[k] = vt_atoms_replicate(glass, TIMES[k], &err);
        whole[k] = atoms[k] != NULL ? vt_system_create(atoms[k], potential, &options, &err) : NULL;
        if (whole[k] == NULL || vt_failed(vt_system_evaluate(whole[k], 0, NULL, &err))) stop(&err);
        order[k] = from_the_middle(atoms[k]);
    }
    printf("%10s %10s %10s %10s %10s\n", "atoms", "region", "cut ms", "forces ms", "cluster ms");
    for (int round = 0; round < ROUNDS; round++)
        for (int k = 0; k < SIZES; k++) {
            double cutting = INFINITY;
            vt_system *cut = NULL;
            vt_region region;
            for (int n = 0; n < CUTS; n++) {
                vt_system_destroy(cut);
                double start = vt_clock();
                cut = vt_system_cut(whole[k], order[k], ACTIVE, 1, &region, &err);
                if (cut == NULL) stop(&err);
                cutting = fmin(cutting, 1e3 * (vt_clock() - start));
            }
            vt_atoms *ball = cluster(atoms[SIZES - 1], order[SIZES - 1], cut->count);
            vt_system *free_one = vt_system_create(ball, potential, &options, &err);
            if (free_one == NULL) stop(&err);
            printf("%10zu %10zu %10.2f %10.3f %10.3f\n", atoms[k]->count, cut->count, cutting,
                   evaluation(cut, region.active), evaluation(free_one, ACTIVE));
            vt_system_destroy(cut);
            vt_system_destroy(free_one);
            vt_atoms_destroy(ball);
        }
    for (int k = 0; k < SIZES; k++) {
        vt_system_destroy(whole[k]);
        vt_atoms_destroy(atoms[k]);
        vt_free(order[k]);
    }
    vt_atoms_destroy(glass);
    vt_potential_destroy(potential);
    return 0;
}

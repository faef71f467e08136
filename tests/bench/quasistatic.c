/* Quasistatic shear as a user of systems: steps of strain and minimization on one system, and what
   they cost beyond their evaluations of forces.

       cmake --build build --target bench_quasistatic
       build/tests/bench_quasistatic GLASS POTENTIAL [steps]

   Each round does the same steps; the time of an evaluation is that of the same system, the median
   of evaluations between the rounds. Results: quasistatic.md. */
#include "common.h"

#include "vitrum/minimize.h"

enum { ROUNDS = 3, EVALUATIONS = 101 };
static const double STEP = 1e-4, FMAX = 1e-3;

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Median seconds of an evaluation of forces and energy, atoms moved a little in between. */
static double evaluation(vt_system *system) {
    vt_error err = {0};
    double seconds[EVALUATIONS];
    for (int k = 0; k < EVALUATIONS; k++) {
        vt_result result;
        system->r[0][0] += k % 2 == 0 ? 1e-6 : -1e-6;
        vt_system_moved(system);
        double start = vt_clock();
        if (vt_failed(vt_system_evaluate(system, VT_WANT_ENERGY, &result, &err))) stop(&err);
        seconds[k] = vt_clock() - start;
    }
    qsort(seconds, EVALUATIONS, sizeof *seconds, compare);
    return seconds[EVALUATIONS / 2];
}

static void minimize(vt_minimizer *minimizer) {
    vt_error err = {0};
    vt_status status;
    while ((status = vt_minimizer_run(minimizer, 1000, &err)) == VT_CONTINUE) {
    }
    if (vt_failed(status)) stop(&err);
}

int main(int count, char **argument) {
    if (count < 3) {
        fprintf(stderr, "usage: bench_quasistatic GLASS POTENTIAL [steps]\n");
        return 2;
    }
    static const double SHEAR[3][3] = {{1, 0, 0}, {STEP, 1, 0}, {0, 0, 1}};
    int steps = count > 3 ? atoi(argument[3]) : 500;
    vt_error err = {0};
    vt_threads_set(1, NULL);
    vt_potential *potential = vt_potential_eam_read(argument[2], &err);
    if (potential == NULL) stop(&err);
    printf("%8s %10s %12s %12s %14s %8s\n", "springs", "steps", "evaluations", "seconds",
           "evaluation ms", "ratio");
    for (int round = 0; round < 2 * ROUNDS; round++) {
        vt_atoms *atoms = read_glass(argument[1]);
        const vt_system_options options = vt_system_defaults();
        vt_minimize_options how = vt_minimize_defaults();
        how.fmax = FMAX;
        how.precondition = round % 2 == 1;
        vt_system *system = vt_system_create(atoms, potential, &options, &err);
        vt_minimizer *minimizer = system != NULL ? vt_minimizer_create(system, &how, &err) : NULL;
        if (minimizer == NULL) stop(&err);
        minimize(minimizer);
        double before = evaluation(system), start = vt_clock();
        int64_t evaluations = 0;
        for (int k = 0; k < steps; k++) {
            if (vt_failed(vt_atoms_deform(atoms, SHEAR, &err)) ||
                vt_failed(vt_minimizer_restart(minimizer, &err)))
                stop(&err);
            minimize(minimizer);
            evaluations += vt_minimizer_report(minimizer)->evaluations;
        }
        double seconds = vt_clock() - start, each = 0.5 * (before + evaluation(system));
        printf("%8s %10d %12lld %12.3f %14.3f %8.3f\n", how.precondition ? "yes" : "no", steps,
               (long long)evaluations, seconds, 1e3 * each, seconds / ((double)evaluations * each));
        vt_minimizer_destroy(minimizer);
        vt_system_destroy(system);
        vt_atoms_destroy(atoms);
    }
    vt_potential_destroy(potential);
    return 0;
}

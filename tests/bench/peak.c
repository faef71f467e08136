/* The most multiplications with an addition that one core does in a second, in double and in single
   precision: chains of fused operations on the widest vectors of the instruction set it is compiled
   for. cmake --build build --target bench_peak; compiled for the processor at hand. */
#include <stddef.h>
#include <stdio.h>
#include <time.h>

enum { CHAINS = 16, TURNS = 20000000, BYTES = 64 };

typedef double doubles __attribute__((vector_size(BYTES)));
typedef float floats __attribute__((vector_size(BYTES)));

#define MEASURE(vector, number)                                                                    \
    static double measure_##vector(double *use) {                                                  \
        vector sum[CHAINS], factor, term;                                                          \
        for (size_t q = 0; q < BYTES / sizeof(number); q++) {                                      \
            factor[q] = (number)0.999;                                                             \
            term[q] = (number)0.001;                                                               \
            for (int k = 0; k < CHAINS; k++) sum[k][q] = (number)k;                                \
        }                                                                                          \
        clock_t start = clock();                                                                   \
        for (int turn = 0; turn < TURNS; turn++)                                                   \
            for (int k = 0; k < CHAINS; k++) sum[k] = sum[k] * factor + term;                      \
        double time = (double)(clock() - start) / CLOCKS_PER_SEC;                                  \
        for (int k = 0; k < CHAINS; k++) *use += (double)sum[k][0];                                \
        return 1e-9 * CHAINS * TURNS * (BYTES / sizeof(number)) / time;                            \
    }

MEASURE(doubles, double)
MEASURE(floats, float)

int main(void) {
    double use = 0;
    double first = measure_doubles(&use), second = measure_floats(&use);
    printf("one core: %.1f billion multiply-adds/s in double, %.1f in single precision (%g)\n",
           first, second, use);
    return 0;
}

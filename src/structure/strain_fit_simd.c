/* The gradient and D2min of one atom, four of its neighbors at a time; compiled once per
   instruction set. Falk and Langer, Phys. Rev. E 57, 7192 (1998), eqs. 2.11-13, where with X = sum
   u d0^T the minimum is sum |u|^2 - tr(G X^T). */
#include "structure/strain_fit.h"

#include "base/simd.h"

/* Below this part of sum |u|^2 the difference is not good enough, and D2min is summed up. */
static const double SMALL = 1e-4;

/* Vectors to four neighbors. */
typedef struct {
    lanes x[3];
} four;

VTI_INLINE four vectors_to(const int32_t *neighbor, const double *own, const double *of) {
    columns c = load_columns(of + 4 * (size_t)neighbor[0], of + 4 * (size_t)neighbor[1],
                             of + 4 * (size_t)neighbor[2], of + 4 * (size_t)neighbor[3]);
    four v;
    for (int m = 0; m < 3; m++) v.x[m] = c.c[m] - all(own[m]);
    return v;
}

/* The sums of three vectors' numbers, and something. */
VTI_INLINE lanes sums_of(const lanes v[3]) {
    columns c = transpose(v[0], v[1], v[2], v[2]);
    return (c.c[0] + c.c[2]) + (c.c[1] + c.c[3]);
}

/* sum |u - G d0|^2 */
VTI_INLINE double sum_up(const int32_t *neighbor, size_t count, const double *own_place,
                         const double *own_moved, const double *place, const double *moved,
                         double G[3][3]) {
    lanes total = all(0);
    for (size_t k = 0; k < count; k += LANES) {
        four d0 = vectors_to(neighbor + k, own_place, place);
        four u = vectors_to(neighbor + k, own_moved, moved);
        for (int a = 0; a < 3; a++) {
            lanes rest =
                u.x[a] - (all(G[a][0]) * d0.x[0] + all(G[a][1]) * d0.x[1] + all(G[a][2]) * d0.x[2]);
            total += rest * rest;
        }
    }
    return sum(total);
}

void VTI_VARIANT(vti_strain_fit)(const int32_t *neighbor, size_t count, size_t i,
                                 const double *place, const double *moved, const double *inverse_y,
                                 double G[3][3], double *d2min) {
    const double *own_place = place + 4 * i, *own_moved = moved + 4 * i;
    lanes X[3][3], squares = all(0);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) X[a][b] = all(0);
    for (size_t k = 0; k < count; k += LANES) {
        four d0 = vectors_to(neighbor + k, own_place, place);
        four u = vectors_to(neighbor + k, own_moved, moved);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) X[a][b] += u.x[a] * d0.x[b];
        squares += u.x[0] * u.x[0] + u.x[1] * u.x[1] + u.x[2] * u.x[2];
    }
    double explained = 0;
    for (int a = 0; a < 3; a++) {
        lanes row = sums_of(X[a]);
        lanes g = all(row[0]) * load(inverse_y) + all(row[1]) * load(inverse_y + 3) +
                  all(row[2]) * load(inverse_y + 6);
        lanes both = g * row;
        explained += both[0] + both[1] + both[2];
        for (int b = 0; b < 3; b++) G[a][b] = g[b];
    }
    double square = sum(squares);
    *d2min = square - explained;
    if (*d2min < SMALL * square)
        *d2min = sum_up(neighbor, count, own_place, own_moved, place, moved, G);
}

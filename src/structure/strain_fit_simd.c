/* The gradient and D2min of one atom, a vector of three coordinates (and one idle) at a time;
   compiled once per instruction set. Falk and Langer, Phys. Rev. E 57, 7192 (1998), eqs. 2.11-13.
 */
#include "structure/strain_fit.h"

#include "base/simd.h"

/* Vectors of the bonds of one atom are kept between two walks over them when they are no more. */
enum { KEPT = 64 };

typedef struct {
    const double *position;
    lanes own, cell[3];
} frame;

VTI_INLINE frame frame_of(const vti_bond_frame *f, size_t i) {
    frame v = {.position = f->position, .own = load(f->position + 3 * i)};
    for (int c = 0; c < 3; c++) v.cell[c] = (lanes){f->cell[c][0], f->cell[c][1], f->cell[c][2], 0};
    return v;
}

VTI_INLINE lanes vector_of(const vti_bond *b, const frame *f) {
    lanes v = load(f->position + 3 * (size_t)b->neighbor) - f->own;
    if (b->through)
        for (int c = 0; c < 3; c++) v += all(b->image[c]) * f->cell[c];
    return v;
}

void VTI_VARIANT(vti_strain_fit)(const vti_bond *bond, size_t count, size_t i,
                                 const vti_bond_frame *before, const vti_bond_frame *now,
                                 const double (*inverse_y)[3], double F[3][3], double *d2min) {
    frame was = frame_of(before, i), is = frame_of(now, i);
    lanes X[3] = {all(0), all(0), all(0)}, kept[KEPT][2];
    for (size_t k = 0; k < count; k++) {
        lanes d0 = vector_of(&bond[k], &was), d = vector_of(&bond[k], &is);
        if (k < KEPT) {
            kept[k][0] = d0;
            kept[k][1] = d;
        }
        for (int m = 0; m < 3; m++) X[m] += all(d[m]) * d0;
    }
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            F[a][b] =
                X[a][0] * inverse_y[0][b] + X[a][1] * inverse_y[1][b] + X[a][2] * inverse_y[2][b];
    /* A second walk, since the closed form is a difference of large numbers. */
    lanes column[3], sum = all(0);
    for (int b = 0; b < 3; b++) column[b] = (lanes){F[0][b], F[1][b], F[2][b], 0};
    for (size_t k = 0; k < count; k++) {
        lanes d0 = k < KEPT ? kept[k][0] : vector_of(&bond[k], &was);
        lanes d = k < KEPT ? kept[k][1] : vector_of(&bond[k], &is);
        lanes rest = d - (all(d0[0]) * column[0] + all(d0[1]) * column[1] + all(d0[2]) * column[2]);
        sum += rest * rest;
    }
    *d2min = sum[0] + sum[1] + sum[2];
}

/* Vectors and matrices of three dimensions, and symmetric tensors as six components.

   Matrices that are only read are not const here: C11 would have every caller cast. */
#ifndef VITRUM_BASE_TENSOR_H
#define VITRUM_BASE_TENSOR_H

#include <string.h>

#include "vitrum/base.h"

/* ---------------------------------------------------------------- vectors ---- */

static inline double vti_dot3(const double u[3], const double v[3]) {
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
}

static inline void vti_cross3(const double u[3], const double v[3], double w[3]) {
    w[0] = u[1] * v[2] - u[2] * v[1];
    w[1] = u[2] * v[0] - u[0] * v[2];
    w[2] = u[0] * v[1] - u[1] * v[0];
}

/* ---------------------------------------------------------------- matrices ---- */

static inline double vti_determinant3(double m[3][3]) {
    double n[3];
    vti_cross3(m[1], m[2], n);
    return vti_dot3(m[0], n);
}

/* Returns the determinant; where that is 0 the inverse is not finite. */
static inline double vti_invert3(double m[3][3], double inverse[3][3]) {
    double determinant = vti_determinant3(m), n[3];
    for (int k = 0; k < 3; k++) {
        vti_cross3(m[(k + 1) % 3], m[(k + 2) % 3], n);
        for (int j = 0; j < 3; j++) inverse[j][k] = n[j] / determinant;
    }
    return determinant;
}

/* `product` may be a factor. */
static inline void vti_multiply3(double a[3][3], double b[3][3], double product[3][3]) {
    double result[3][3] = {{0}};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++) result[i][j] += a[i][k] * b[k][j];
    memcpy(product, result, sizeof result);
}

static inline void vti_transpose3(double m[3][3]) {
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < i; j++) {
            double swap = m[i][j];
            m[i][j] = m[j][i];
            m[j][i] = swap;
        }
}

/* v m, with the vector as a row. */
static inline void vti_row_times3(const double v[3], double m[3][3], double out[3]) {
    for (int j = 0; j < 3; j++) out[j] = v[0] * m[0][j] + v[1] * m[1][j] + v[2] * m[2][j];
}

/* ---------------------------------------------------------------- components ---- */

/* Row and column of the components VT_XX to VT_XY, and the component of a row and a column. */
static const int VTI_ROW[6] = {0, 1, 2, 1, 0, 0}, VTI_COLUMN[6] = {0, 1, 2, 2, 2, 1};
static const int VTI_COMPONENT[3][3] = {
    {VT_XX, VT_XY, VT_XZ}, {VT_XY, VT_YY, VT_YZ}, {VT_XZ, VT_YZ, VT_ZZ}};

#endif

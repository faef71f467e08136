/* Moduli of isotropic mixtures of all directions. */
#include <lapacke.h>
#include <string.h>

#include "vitrum/mechanics.h"

/* Inverse of a symmetric positive definite matrix; false when it is none. */
static bool invert(const double c[6][6], double inverse[6][6]) {
    memcpy(inverse, c, 36 * sizeof(double));
    if (LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', 6, inverse[0], 6) != 0 ||
        LAPACKE_dpotri(LAPACK_ROW_MAJOR, 'L', 6, inverse[0], 6) != 0)
        return false;
    for (int p = 0; p < 6; p++)
        for (int q = 0; q < p; q++) inverse[q][p] = inverse[p][q];
    return true;
}

static vt_moduli moduli_of(double bulk, double shear) {
    return (vt_moduli){.bulk = bulk,
                       .shear = shear,
                       .young = 9 * bulk * shear / (3 * bulk + shear),
                       .poisson = (3 * bulk - 2 * shear) / (2 * (3 * bulk + shear))};
}

vt_status vt_elastic_averages(const double c[6][6], vt_averages *averages, vt_error *err) {
    double s[6][6];
    if (!invert(c, s))
        return vt_fail(err, VT_EINVAL,
                       "the elastic constants are not positive definite: the sample yields to some "
                       "strain by itself, so there are no moduli");
    double on = c[0][0] + c[1][1] + c[2][2], beside = c[0][1] + c[0][2] + c[1][2],
           shear = c[3][3] + c[4][4] + c[5][5];
    vt_moduli voigt = moduli_of((on + 2 * beside) / 9, (on - beside + 3 * shear) / 15);
    on = s[0][0] + s[1][1] + s[2][2], beside = s[0][1] + s[0][2] + s[1][2],
    shear = s[3][3] + s[4][4] + s[5][5];
    vt_moduli reuss = moduli_of(1 / (on + 2 * beside), 15 / (4 * on - 4 * beside + 3 * shear));
    *averages = (vt_averages){
        .voigt = voigt,
        .reuss = reuss,
        .hill = moduli_of((voigt.bulk + reuss.bulk) / 2, (voigt.shear + reuss.shear) / 2),
        .anisotropy = 5 * voigt.shear / reuss.shear + voigt.bulk / reuss.bulk - 6};
    return VT_OK;
}

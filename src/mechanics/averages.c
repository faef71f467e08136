/* Moduli of isotropic mixtures of all directions. */
#include <math.h>
#include <string.h>

#include "vitrum/mechanics.h"

/* Inverse of a symmetric positive definite matrix, by its Cholesky factor; false when it is none.
 */
static bool invert(const double c[6][6], double inverse[6][6]) {
    double l[6][6] = {{0}};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j <= i; j++) {
            double sum = c[i][j];
            for (int k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 0)) return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    for (int column = 0; column < 6; column++) {
        double x[6];
        for (int i = 0; i < 6; i++) {
            x[i] = i == column;
            for (int k = 0; k < i; k++) x[i] -= l[i][k] * x[k];
            x[i] /= l[i][i];
        }
        for (int i = 5; i >= 0; i--) {
            for (int k = i + 1; k < 6; k++) x[i] -= l[k][i] * x[k];
            x[i] /= l[i][i];
            inverse[i][column] = x[i];
        }
    }
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

/* Velocities at a temperature, displacements and affine deformation. */
#include "vitrum/atoms.h"

#include <math.h>
#include <string.h>

#include "base/try.h"
#include "vitrum/units.h"

/* Far above anything physical here, far below the overflow of squares. */
static const double HOTTEST = 1e12; /* K */

void vt_atoms_remove_drift(vt_atoms *atoms) {
    double mass = 0, p[3] = {0, 0, 0};
    for (size_t i = 0; i < atoms->count; i++) {
        double m = atoms->species[atoms->type[i]].mass;
        mass += m;
        p[0] += m * atoms->vx[i];
        p[1] += m * atoms->vy[i];
        p[2] += m * atoms->vz[i];
    }
    if (!(mass > 0)) return;
    for (size_t i = 0; i < atoms->count; i++) {
        atoms->vx[i] -= p[0] / mass;
        atoms->vy[i] -= p[1] / mass;
        atoms->vz[i] -= p[2] / mass;
    }
}

static void scale_velocities(vt_atoms *atoms, double factor) {
    for (size_t i = 0; i < atoms->count; i++) {
        atoms->vx[i] *= factor;
        atoms->vy[i] *= factor;
        atoms->vz[i] *= factor;
    }
}

vt_status vt_atoms_thermalize(vt_atoms *atoms, double temperature, uint64_t seed, vt_error *err) {
    if (!(temperature >= 0 && temperature <= HOTTEST))
        return vt_fail(err, VT_EINVAL,
                       "thermalize: the temperature is %g K; it must be between 0 and %g K",
                       temperature, HOTTEST);
    VTI_TRY(vt_atoms_check(atoms, err));
    if (atoms->count == 0)
        return vt_fail(err, VT_EINVAL, "thermalize: there are no atoms to give velocities to");
    for (size_t i = 0; i < atoms->count; i++) {
        double normal[4], mass = atoms->species[atoms->type[i]].mass;
        double sigma = sqrt(VT_BOLTZMANN * temperature / (mass * VT_MASS_VELOCITY2));
        vt_random_normal4(seed, VT_STREAM_VELOCITIES, (uint64_t)atoms->id[i], 0, normal);
        atoms->vx[i] = sigma * normal[0];
        atoms->vy[i] = sigma * normal[1];
        atoms->vz[i] = sigma * normal[2];
    }
    if (temperature == 0) return VT_OK;
    if (atoms->count > 1) vt_atoms_remove_drift(atoms); /* one atom would be left at rest */
    /* The second pass takes away the rounding of the first. */
    for (int pass = 0; pass < 2; pass++)
        scale_velocities(atoms, sqrt(temperature / vt_atoms_temperature(atoms)));
    return VT_OK;
}

void vt_atoms_displace(vt_atoms *atoms, const double d[3]) {
    for (size_t i = 0; i < atoms->count; i++) {
        atoms->x[i] += d[0];
        atoms->y[i] += d[1];
        atoms->z[i] += d[2];
    }
}

vt_status vt_atoms_rattle(vt_atoms *atoms, double amplitude, uint64_t seed, vt_error *err) {
    if (!(amplitude >= 0) || !isfinite(amplitude))
        return vt_fail(err, VT_EINVAL, "rattle: the amplitude is %g A; it must be 0 or more",
                       amplitude);
    for (size_t i = 0; i < atoms->count; i++) {
        double normal[4];
        vt_random_normal4(seed, VT_STREAM_BUILD, (uint64_t)atoms->id[i], 0, normal);
        atoms->x[i] += amplitude * normal[0];
        atoms->y[i] += amplitude * normal[1];
        atoms->z[i] += amplitude * normal[2];
    }
    return VT_OK;
}

void vt_strain_to_gradient(const double e[6], double F[3][3]) {
    const double gradient[3][3] = {
        {1 + e[VT_XX], e[VT_XY], e[VT_XZ]}, {0, 1 + e[VT_YY], e[VT_YZ]}, {0, 0, 1 + e[VT_ZZ]}};
    memcpy(F, gradient, sizeof gradient);
}

vt_status vt_atoms_deform(vt_atoms *atoms, const double F[3][3], vt_error *err) {
    vt_box box = atoms->box;
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++)
            box.h[k][j] = F[j][0] * atoms->box.h[k][0] + F[j][1] * atoms->box.h[k][1] +
                          F[j][2] * atoms->box.h[k][2];
    VTI_TRY(vt_box_check(&box, err));
    const double *o = box.origin;
    for (size_t i = 0; i < atoms->count; i++) {
        double d[3] = {atoms->x[i] - o[0], atoms->y[i] - o[1], atoms->z[i] - o[2]};
        atoms->x[i] = o[0] + (F[0][0] * d[0] + F[0][1] * d[1] + F[0][2] * d[2]);
        atoms->y[i] = o[1] + (F[1][0] * d[0] + F[1][1] * d[1] + F[1][2] * d[2]);
        atoms->z[i] = o[2] + (F[2][0] * d[0] + F[2][1] * d[1] + F[2][2] * d[2]);
    }
    atoms->box = box;
    return VT_OK;
}

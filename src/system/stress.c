/* Stress of a system, of all atoms and of each. */
#include "base/tensor.h"
#include "base/try.h"
#include "vitrum/system.h"
#include "vitrum/units.h"

/* m v v of atom k of the system added to `sum` [eV]. */
static void add_kinetic(const vt_system *s, size_t k, double *sum) {
    double m = VT_MASS_VELOCITY2 * s->species[s->type[k]].mass;
    const double *v = s->v[k];
    for (int c = 0; c < 6; c++) sum[c] += m * v[VTI_ROW[c]] * v[VTI_COLUMN[c]];
}

vt_status vt_system_stress(vt_system *s, bool kinetic, double stress[6], vt_error *err) {
    vt_result result = {0};
    VTI_TRY(vt_system_evaluate(s, VT_WANT_VIRIAL, &result, err));
    for (int c = 0; c < 6; c++) stress[c] = result.virial[c];
    /* In the user's order where there is one, so that sorting the system changes no bit. */
    if (kinetic && s->atoms != NULL && !s->ahead) {
        vt_atoms_add_kinetic(s->atoms, stress);
    } else if (kinetic) {
        for (size_t k = 0; k < s->count; k++) add_kinetic(s, k, stress);
    }
    double scale = -VT_GPA / vt_box_volume(&s->box);
    for (int c = 0; c < 6; c++) stress[c] *= scale;
    return VT_OK;
}

vt_status vt_system_atom_stresses(vt_system *s, bool kinetic, double *stresses, vt_error *err) {
    vt_result result = {0};
    VTI_TRY(vt_system_evaluate(s, VT_WANT_ATOM_VIRIAL, &result, err));
    double scale = -VT_GPA * (double)s->count / vt_box_volume(&s->box);
    for (size_t k = 0; k < s->count; k++) {
        double part[6] = {0}, *out = stresses + 6 * (size_t)s->order[k];
        if (kinetic) add_kinetic(s, k, part);
        for (size_t c = 0; c < 6; c++) out[c] = scale * (result.atom_virial[6 * k + c] + part[c]);
    }
    return VT_OK;
}

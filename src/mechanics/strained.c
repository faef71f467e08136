#include "mechanics/strained.h"

#include <string.h>

#include "base/tensor.h"
#include "base/try.h"
#include "vitrum/units.h"

typedef struct {
    vt_box box;
    double (*r)[4];
} place;

/* The sample as it was, but for a symmetric strain of one component. */
static void strain_to(vt_system *system, const place *from, int component, double strain,
                      double F[3][3]) {
    memset(F, 0, 9 * sizeof F[0][0]);
    for (int k = 0; k < 3; k++) F[k][k] = 1;
    F[VTI_ROW[component]][VTI_COLUMN[component]] += 0.5 * strain;
    F[VTI_COLUMN[component]][VTI_ROW[component]] += 0.5 * strain;
    const double *origin = from->box.origin;
    for (int k = 0; k < 3; k++) vti_row_times3(from->box.h[k], F, system->box.h[k]);
    for (size_t i = 0; i < system->count; i++) {
        double d[3], moved[3];
        for (int k = 0; k < 3; k++) d[k] = from->r[i][k] - origin[k];
        vti_row_times3(d, F, moved);
        for (int k = 0; k < 3; k++) system->r[i][k] = origin[k] + moved[k];
    }
    vt_system_moved(system);
}

/* The second Piola-Kirchhoff stress times the unstrained volume, whose derivatives by Lagrangian
   strain are the elastic constants: J F^-1 s F^-T, with s the stress. */
static void pull_back(const double virial[6], double F[3][3], double out[6]) {
    double inverse[3][3], transposed[3][3], s[3][3];
    vti_invert3(F, inverse);
    memcpy(transposed, inverse, sizeof inverse);
    vti_transpose3(transposed);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) s[a][b] = -virial[VTI_COMPONENT[a][b]];
    vti_multiply3(inverse, s, s);
    vti_multiply3(s, transposed, s);
    for (int p = 0; p < 6; p++) out[p] = s[VTI_ROW[p]][VTI_COLUMN[p]];
}

static vt_status both_sides(vt_system *system, const place *from, double strain,
                            double derivative[6][6], double *force, vt_error *err) {
    size_t n = system->count;
    memset(force, 0, 18 * n * sizeof *force);
    memset(derivative, 0, 36 * sizeof derivative[0][0]);
    for (int q = 0; q < 6; q++)
        for (int side = -1; side <= 1; side += 2) {
            vt_result result;
            double F[3][3], s[6];
            if (vt_interrupted()) return vt_fail_interrupted(err);
            strain_to(system, from, q, side * strain, F);
            VTI_TRY(vt_system_evaluate(system, VT_WANT_VIRIAL, &result, err));
            pull_back(result.virial, F, s);
            double weight = side / (2 * strain);
            for (int p = 0; p < 6; p++) derivative[p][q] += weight * s[p];
            double *f = force + 3 * n * (size_t)q;
            for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < 3; k++) f[3 * i + k] += weight * system->f[i][k];
        }
    return VT_OK;
}

vt_status vti_strained(vt_system *system, double strain, double born[VT_BORN_CONSTANTS],
                       double *force, vt_error *err) {
    size_t n = system->count;
    place from = {system->box, vt_alloc(n, sizeof *from.r)};
    if (from.r == NULL) return vt_fail_memory(err, n, sizeof *from.r, "elastic constants");
    memcpy(from.r, system->r, n * sizeof *from.r);
    double derivative[6][6], scale = 0.5 * VT_GPA / vt_box_volume(&from.box);
    vt_status st = both_sides(system, &from, strain, derivative, force, err);
    system->box = from.box;
    memcpy(system->r, from.r, n * sizeof *from.r);
    vt_system_moved(system);
    vt_free(from.r);
    VTI_TRY(st);
    for (int p = 0; p < 6; p++)
        for (int q = p; q < 6; q++)
            born[vt_born_index(p, q)] = scale * (derivative[p][q] + derivative[q][p]);
    return vt_system_evaluate(system, 0, NULL, err);
}

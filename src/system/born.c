/* The Born tensor: second derivatives of the energy by uniform strain. */
#include <string.h>

#include "base/share.h"
#include "base/sums.h"
#include "base/tensor.h"
#include "system/internal.h"
#include "vitrum/units.h"

int vt_born_index(int p, int q) {
    int low = p < q ? p : q, high = p < q ? q : p;
    return low * 6 - low * (low - 1) / 2 + high - low;
}

void vt_born_matrix(const double born[VT_BORN_CONSTANTS], double c[6][6]) {
    for (int p = 0; p < 6; p++)
        for (int q = 0; q < 6; q++) c[p][q] = born[vt_born_index(p, q)];
}

/* a_p b_p added to the tensor, times `weight`. */
static void add_square(double *sum, double weight, const double a[6]) {
    for (int p = 0, k = 0; p < 6; p++)
        for (int q = p; q < 6; q++) sum[k++] += weight * a[p] * a[q];
}

/* sum_i { F''_i G^i G^i + sum_j [F'_i (f'' - f'/r) + (phi'' - phi'/r)/2] d d d d/r^2 }, with
   G^i = sum_j f' d d/r: the part of atom i. */
static void part_of_atom(const vti_curving *c, size_t i, double *part) {
    double gradient[6] = {0};
    memset(part, 0, VT_BORN_CONSTANTS * sizeof *part);
    vti_near n;
    for (size_t k = c->list->first[i]; k < c->list->first[i + 1]; k++) {
        if (!vti_near_at(c, i, k, &n)) continue;
        double dd[6], weight = 0.5 * (n.of.phi.curvature - n.of.phi.slope / n.r);
        for (int p = 0; p < 6; p++) dd[p] = n.d[VTI_ROW[p]] * n.d[VTI_COLUMN[p]];
        if (c->embedded != NULL) {
            const vti_curve *f = &n.of.at_i;
            weight += c->embedded[i].slope * (f->curvature - f->slope / n.r);
            for (int p = 0; p < 6; p++) gradient[p] += f->slope / n.r * dd[p];
        }
        add_square(part, weight / (n.r * n.r), dd);
    }
    if (c->embedded != NULL) add_square(part, c->embedded[i].curvature, gradient);
}

typedef struct {
    const vti_curving *curving;
    double scale; /* from eV to GPa */
    double (*block)[VT_BORN_CONSTANTS];
    double *atom; /* NULL unless wanted */
} summing;

static void sum_blocks(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const summing *s = context;
    size_t count = s->curving->system->count;
    for (size_t b = from; b < to; b++)
        for (size_t i = b * VTI_BLOCK; i < (b + 1) * VTI_BLOCK && i < count; i++) {
            double part[VT_BORN_CONSTANTS];
            part_of_atom(s->curving, i, part);
            for (size_t k = 0; k < VT_BORN_CONSTANTS; k++) {
                s->block[b][k] += s->scale * part[k];
                if (s->atom != NULL)
                    s->atom[i * VT_BORN_CONSTANTS + k] = s->scale * (double)count * part[k];
            }
        }
}

vt_status vt_system_born(vt_system *system, double born[VT_BORN_CONSTANTS], double *atom,
                         vt_error *err) {
    vti_curving c;
    vt_status st = vti_curving_open(&c, system, err);
    if (vt_failed(st)) return st;
    size_t blocks = vti_block_count(system->count);
    summing s = {.curving = &c,
                 .scale = VT_GPA / vt_box_volume(&system->box),
                 .block = vt_alloc(blocks, sizeof *s.block),
                 .atom = atom};
    if (s.block == NULL) {
        st = vt_fail_memory(err, blocks, sizeof *s.block, "the Born tensor");
    } else {
        vti_share(blocks, 1, sum_blocks, &s);
        vti_add_blocks(s.block[0], blocks, VT_BORN_CONSTANTS, VT_BORN_CONSTANTS, born);
    }
    vt_free(s.block);
    vti_curving_close(&c);
    return st;
}

void vt_born_under_stress(const double born[VT_BORN_CONSTANTS], const double stress[6],
                          double b[6][6]) {
    for (int p = 0; p < 6; p++)
        for (int q = 0; q < 6; q++) {
            int i = VTI_ROW[p], j = VTI_COLUMN[p], k = VTI_ROW[q], l = VTI_COLUMN[q];
            double more = (i == k) * stress[VTI_COMPONENT[j][l]] +
                          (j == k) * stress[VTI_COMPONENT[i][l]] +
                          (i == l) * stress[VTI_COMPONENT[j][k]] +
                          (j == l) * stress[VTI_COMPONENT[i][k]] - 2 * (k == l) * stress[p];
            b[p][q] = born[vt_born_index(p, q)] + 0.5 * more;
        }
}

/* Barostat of Martyna, Tobias, Klein, J. Chem. Phys. 101, 4177 (1994): the velocity gradient G of
   the box is a variable of mass W driven by the difference of actual and target pressure,

       W G'_ab = V (P_ab - P_ext,ab) + delta_ab (1/N_f) sum m v^2

   with W = (N_f + 3) k T tau^2 / 3. Coupled axes share the mean of their forces.

   G is upper triangular (no rotation), which weighs boxes by the triangle's measure instead of
   that of all matrices; the difference acts like a pressure of order k T/V, 1e-4 GPa for a thousand
   atoms. */
#include "dynamics/internal.h"
#include "vitrum/units.h"

static double mass(const vt_md *md) {
    double tau = md->options.stress_damping;
    return (md->freedom + 3) * VT_BOLTZMANN * md->state.temperature * tau * tau / 3;
}

static void kick(vt_md *md, double dt) {
    vti_md_state *s = &md->state;
    double volume = vt_box_volume(&md->system->box), force[6] = {0}, mean = 0;
    double trace = s->kinetic[VT_XX] + s->kinetic[VT_YY] + s->kinetic[VT_ZZ];
    int axes = 0;
    for (int k = 0; k < 6; k++) {
        if (!vti_moves(md, k)) continue;
        force[k] = s->kinetic[k] + s->virial[k] + volume * vti_plan_stress(md, s->step, k);
        if (k > VT_ZZ) continue;
        force[k] += trace / md->freedom;
        mean += force[k];
        axes++;
    }
    double w = mass(md);
    for (int k = 0; k < 6; k++) {
        if (!vti_moves(md, k)) continue;
        double f = md->options.coupled && k <= VT_ZZ ? mean / axes : force[k];
        s->box_rate[k] += dt * f / w;
    }
}

static double energy(const vt_md *md) {
    double sum = 0;
    for (int k = 0; k < 6; k++) sum += md->state.box_rate[k] * md->state.box_rate[k];
    return 0.5 * mass(md) * sum;
}

const vti_barostat vti_barostat_mtk = {"mtk", kick, energy, mass};

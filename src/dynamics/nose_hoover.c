/* Nose-Hoover chains: Martyna, Klein, Tuckerman, J. Chem. Phys. 97, 2635 (1992); integrator of
   Martyna, Tuckerman, Tobias, Klein, Mol. Phys. 87, 1117 (1996) with the weights of Yoshida, Phys.
   Lett. A 150, 262 (1990). One chain for the atoms, another for the box.

   Masses: Q_1 = N_f k T tau^2, Q_k = k T tau^2. The positions of the chain enter nothing but the
   conserved quantity; the work that they do, N_f k T d(eta_1) + k T sum d(eta_k), is booked in
   state.external as it is done, which stays right when T changes. */
#include <math.h>

#include "dynamics/internal.h"
#include "vitrum/units.h"

/* Places in state.thermostat: velocities of the two chains [1/ps]. */
enum { ATOM_CHAIN = 0, BOX_CHAIN = VTI_CHAIN };

static int weights(int order, double w[5]) {
    if (order == 3) {
        w[0] = w[2] = 1 / (2 - cbrt(2));
        w[1] = 1 - 2 * w[0];
    } else if (order == 5) {
        w[0] = w[1] = w[3] = w[4] = 1 / (4 - cbrt(4));
        w[2] = 1 - 4 * w[0];
    } else {
        w[0] = 1;
        return 1;
    }
    return order;
}

/* Let the chain `v` of masses Q act for dt on a kinetic energy of `freedom` degrees of freedom.
   Returns the factor for the velocities; books the heat in *external. */
static double chain_act(double *v, int length, int order, double twice_kinetic, double freedom,
                        double kt, double tau, double dt, double *external) {
    double w[5], q1 = freedom * kt * tau * tau, q = kt * tau * tau, factor = 1;
    int substeps = weights(order, w), last = length - 1;
    for (int n = 0; n < substeps; n++) {
        double d = w[n] * dt;
        for (int k = last; k >= 0; k--) {
            double force = k == 0   ? (twice_kinetic - freedom * kt) / q1
                           : k == 1 ? (q1 * v[0] * v[0] - kt) / q
                                    : v[k - 1] * v[k - 1] - kt / q;
            double damp = k == last ? 1 : exp(-v[k + 1] * d / 4);
            v[k] = (v[k] * damp + force * d / 2) * damp;
        }
        double s = exp(-v[0] * d);
        factor *= s;
        twice_kinetic *= s * s;
        *external += freedom * kt * v[0] * d;
        for (int k = 1; k < length; k++) *external += kt * v[k] * d;
        for (int k = 0; k < length; k++) {
            double force = k == 0   ? (twice_kinetic - freedom * kt) / q1
                           : k == 1 ? (q1 * v[0] * v[0] - kt) / q
                                    : v[k - 1] * v[k - 1] - kt / q;
            double damp = k == last ? 1 : exp(-v[k + 1] * d / 4);
            v[k] = (v[k] * damp + force * d / 2) * damp;
        }
    }
    return factor;
}

static void half(vt_md *md, double dt) {
    vti_md_state *s = &md->state;
    const vt_md_options *o = &md->options;
    double kt = VT_BOLTZMANN * s->temperature;
    int box = vti_box_freedom(md);
    if (box > 0) {
        double f =
            chain_act(&s->thermostat[BOX_CHAIN], o->chain_length, o->suzuki_yoshida,
                      2 * md->barostat->energy(md), box, kt, o->stress_damping, dt, &s->external);
        for (int k = 0; k < 6; k++) s->box_rate[k] *= f;
    }
    double f = chain_act(&s->thermostat[ATOM_CHAIN], o->chain_length, o->suzuki_yoshida,
                         2 * vti_kinetic_energy(s), md->freedom, kt, o->temperature_damping, dt,
                         &s->external);
    vti_scale(md, f);
}

static double energy(const vt_md *md) {
    const vti_md_state *s = &md->state;
    const vt_md_options *o = &md->options;
    double kt = VT_BOLTZMANN * s->temperature, sum = 0;
    int box = vti_box_freedom(md);
    for (int k = 0; k < o->chain_length; k++) {
        double atoms = s->thermostat[ATOM_CHAIN + k] * o->temperature_damping;
        double cell = s->thermostat[BOX_CHAIN + k] * o->stress_damping;
        sum += 0.5 * kt * atoms * atoms * (k == 0 ? md->freedom : 1);
        sum += 0.5 * kt * cell * cell * (k == 0 ? box : 1);
    }
    return sum;
}

const vti_thermostat vti_thermostat_nose_hoover = {"nose-hoover", half, NULL, energy};

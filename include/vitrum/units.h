/** Units and physical constants: the only place in vitrum where constants stand.

    Base units are angstrom, electronvolt, picosecond, kelvin, atomic mass unit and electron
    charge. Values are CODATA 2018 (Tiesinga et al., Rev. Mod. Phys. 93, 025010 (2021));
    those of eV, k_B and the electron charge are exact by the SI of 2019. */
#ifndef VITRUM_UNITS_H
#define VITRUM_UNITS_H

/** Boltzmann constant [eV/K]. */
#define VT_BOLTZMANN 8.617333262145179e-5

/** Energy of 1 amu (angstrom/ps)^2 [eV]: 1.66053906660e-27 kg x 1e4 (m/s)^2 / 1.602176634e-19 J. */
#define VT_MASS_VELOCITY2 1.0364269656262174e-4

/** Stress of 1 eV/angstrom^3 [GPa]; exact. */
#define VT_GPA 160.2176634

/** Pressure of 1 eV/angstrom^3 [bar]; exact. */
#define VT_BAR 1602176.634

/** Time of 1 ps [s]; rates per second are divided by 1/VT_SECONDS to become rates per ps. */
#define VT_SECONDS 1e-12

/** Mass density of 1 amu/angstrom^3 [g/cm^3]. */
#define VT_GRAM_PER_CM3 1.66053906660

/** Energy of 1 eV per atom [kJ/mol]: the electron charge times the Avogadro constant. */
#define VT_KJ_PER_MOL 96.48533212331002

/** The same three of LAMMPS's units "metal", which are older: Boltzmann constant [eV/K], energy of
    1 amu (angstrom/ps)^2 [eV], pressure of 1 eV/angstrom^3 [bar]. What goes there and comes back is
    converted by these, or it would differ from ours by 1e-7 to 1e-6. */
#define VT_LAMMPS_BOLTZMANN      8.617343e-5
#define VT_LAMMPS_MASS_VELOCITY2 1.0364269e-4
#define VT_LAMMPS_BAR            1.6021765e6

#endif

/* The elements: standard atomic weights (IUPAC 2021, abridged to five digits; for elements
   without one the mass number of the isotope that IUPAC lists) and the density of the solid
   element near room temperature, from which builders take their first guess of a volume. */
#include "vitrum/atoms.h"

#include <string.h>

#include "vitrum/units.h"

typedef struct {
    const char *symbol;
    double mass;    /* [amu] */
    double density; /* [g/cm^3]; 0 where the solid says nothing about an alloy */
} element;

static const element ELEMENTS[] = {
    {"H", 1.0080, 0},       {"He", 4.0026, 0},     {"Li", 6.94, 0.534},   {"Be", 9.0122, 1.85},
    {"B", 10.81, 2.34},     {"C", 12.011, 2.2},    {"N", 14.007, 0},      {"O", 15.999, 0},
    {"F", 18.998, 0},       {"Ne", 20.180, 0},     {"Na", 22.990, 0.97},  {"Mg", 24.305, 1.74},
    {"Al", 26.982, 2.70},   {"Si", 28.085, 2.33},  {"P", 30.974, 2.69},   {"S", 32.06, 2.07},
    {"Cl", 35.45, 0},       {"Ar", 39.95, 0},      {"K", 39.098, 0.89},   {"Ca", 40.078, 1.54},
    {"Sc", 44.956, 2.99},   {"Ti", 47.867, 4.506}, {"V", 50.942, 6.0},    {"Cr", 51.996, 7.15},
    {"Mn", 54.938, 7.3},    {"Fe", 55.845, 7.87},  {"Co", 58.933, 8.86},  {"Ni", 58.693, 8.90},
    {"Cu", 63.546, 8.96},   {"Zn", 65.38, 7.134},  {"Ga", 69.723, 5.91},  {"Ge", 72.630, 5.323},
    {"As", 74.922, 5.75},   {"Se", 78.971, 4.809}, {"Br", 79.904, 0},     {"Kr", 83.798, 0},
    {"Rb", 85.468, 1.53},   {"Sr", 87.62, 2.64},   {"Y", 88.906, 4.47},   {"Zr", 91.224, 6.52},
    {"Nb", 92.906, 8.57},   {"Mo", 95.95, 10.2},   {"Tc", 97, 11},        {"Ru", 101.07, 12.1},
    {"Rh", 102.91, 12.4},   {"Pd", 106.42, 12.0},  {"Ag", 107.87, 10.5},  {"Cd", 112.41, 8.69},
    {"In", 114.82, 7.31},   {"Sn", 118.71, 7.287}, {"Sb", 121.76, 6.68},  {"Te", 127.60, 6.232},
    {"I", 126.90, 0},       {"Xe", 131.29, 0},     {"Cs", 132.91, 1.873}, {"Ba", 137.33, 3.62},
    {"La", 138.91, 6.15},   {"Ce", 140.12, 6.770}, {"Pr", 140.91, 6.77},  {"Nd", 144.24, 7.01},
    {"Pm", 145, 7.26},      {"Sm", 150.36, 7.52},  {"Eu", 151.96, 5.24},  {"Gd", 157.25, 7.90},
    {"Tb", 158.93, 8.23},   {"Dy", 162.50, 8.55},  {"Ho", 164.93, 8.80},  {"Er", 167.26, 9.07},
    {"Tm", 168.93, 9.32},   {"Yb", 173.05, 6.90},  {"Lu", 174.97, 9.84},  {"Hf", 178.49, 13.3},
    {"Ta", 180.95, 16.4},   {"W", 183.84, 19.3},   {"Re", 186.21, 20.8},  {"Os", 190.23, 22.587},
    {"Ir", 192.22, 22.562}, {"Pt", 195.08, 21.5},  {"Au", 196.97, 19.3},  {"Hg", 200.59, 13.534},
    {"Tl", 204.38, 11.8},   {"Pb", 207.2, 11.3},   {"Bi", 208.98, 9.79},  {"Po", 209, 0},
    {"At", 210, 0},         {"Rn", 222, 0},        {"Fr", 223, 0},        {"Ra", 226, 0},
    {"Ac", 227, 0},         {"Th", 232.04, 11.7},  {"Pa", 231.04, 15.4},  {"U", 238.03, 19.1},
    {"Np", 237, 20.2},      {"Pu", 244, 19.7},     {"Am", 243, 12},       {"Cm", 247, 0},
    {"Bk", 247, 0},         {"Cf", 251, 0},        {"Es", 252, 0},        {"Fm", 257, 0},
    {"Md", 258, 0},         {"No", 259, 0},        {"Lr", 262, 0},        {"Rf", 267, 0},
    {"Db", 268, 0},         {"Sg", 269, 0},        {"Bh", 270, 0},        {"Hs", 269, 0},
    {"Mt", 277, 0},         {"Ds", 281, 0},        {"Rg", 282, 0},        {"Cn", 285, 0},
    {"Nh", 286, 0},         {"Fl", 290, 0},        {"Mc", 290, 0},        {"Lv", 293, 0},
    {"Ts", 294, 0},         {"Og", 294, 0}};

enum { ELEMENT_COUNT = sizeof ELEMENTS / sizeof *ELEMENTS };

int vt_element_number(const char *symbol) {
    for (int k = 0; k < ELEMENT_COUNT; k++)
        if (strcmp(ELEMENTS[k].symbol, symbol) == 0) return k + 1;
    return 0;
}

double vt_element_mass(const char *symbol) {
    int number = vt_element_number(symbol);
    return number > 0 ? ELEMENTS[number - 1].mass : 0;
}

const char *vt_element_symbol(int number) {
    return number >= 1 && number <= ELEMENT_COUNT ? ELEMENTS[number - 1].symbol : NULL;
}

double vt_element_volume(const char *symbol) {
    int number = vt_element_number(symbol);
    if (number == 0 || ELEMENTS[number - 1].density == 0) return 0;
    return ELEMENTS[number - 1].mass * VT_GRAM_PER_CM3 / ELEMENTS[number - 1].density;
}

vt_species_list vt_atoms_species(const vt_atoms *atoms) {
    vt_species_list list = {0};
    size_t of_type[VT_MAX_SPECIES] = {0};
    double mass[VT_MAX_SPECIES] = {0};
    bool same[VT_MAX_SPECIES];
    for (size_t i = 0; i < atoms->count; i++)
        if (atoms->type[i] >= 0 && atoms->type[i] < atoms->species_count) of_type[atoms->type[i]]++;
    for (int type = 0; type < atoms->species_count; type++) {
        const vt_species *own = &atoms->species[type];
        int k = 0;
        while (k < list.count && strcmp(list.species[k].symbol, own->symbol) != 0) k++;
        if (k == list.count) {
            list.species[list.count++] = *own;
            same[k] = true;
        }
        same[k] = same[k] && own->mass == list.species[k].mass;
        list.of_type[type] = k;
        list.atoms[k] += of_type[type];
        mass[k] += (double)of_type[type] * own->mass;
    }
    for (int k = 0; k < list.count; k++) /* the mean of equal numbers may differ from them */
        if (!same[k] && list.atoms[k] > 0) list.species[k].mass = mass[k] / (double)list.atoms[k];
    return list;
}

double vt_atoms_collapsed_volume(const vt_atoms *atoms, double start) {
    vt_species_list list = vt_atoms_species(atoms);
    double solid = 0;
    for (int k = 0; k < list.count; k++) {
        double volume = vt_element_volume(list.species[k].symbol);
        if (list.atoms[k] > 0 && volume == 0) return 0.1 * start;
        solid += (double)list.atoms[k] * volume;
    }
    return 0.4 * (solid < start ? solid : start);
}

bool vt_is_species_name(const char *name) {
    if (!((*name >= 'A' && *name <= 'Z') || (*name >= 'a' && *name <= 'z'))) return false;
    size_t length = 0;
    while (name[length] > ' ' && name[length] <= '~') length++;
    return name[length] == '\0' && length < VT_SYMBOL_SIZE;
}

int vt_atoms_find_species(const vt_atoms *atoms, const char *symbol) {
    for (int k = 0; k < atoms->species_count; k++)
        if (strcmp(atoms->species[k].symbol, symbol) == 0) return k;
    return -1;
}

int vt_atoms_add_species(vt_atoms *atoms, const char *symbol, double mass, vt_error *err) {
    int known = vt_atoms_find_species(atoms, symbol);
    if (known >= 0) return known;
    size_t length = strlen(symbol);
    if (length == 0)
        return vt_fail(err, VT_EINVAL, "a species has an empty name; give an element symbol");
    if (length >= VT_SYMBOL_SIZE)
        return vt_fail(err, VT_EINVAL, "species name '%.40s' is longer than %d letters", symbol,
                       VT_SYMBOL_SIZE - 1);
    if (!vt_is_species_name(symbol))
        return vt_fail(
            err, VT_EINVAL,
            "'%s' cannot be the name of a species; begin with a letter and use no blanks", symbol);
    if (!(mass >= 0) || mass > VT_LARGEST_MASS)
        return vt_fail(err, VT_EINVAL,
                       "species '%s' has a mass of %g amu; it must be positive, and 0 stands for "
                       "that of the element",
                       symbol, mass);
    if (mass == 0) mass = vt_element_mass(symbol);
    if (mass == 0)
        return vt_fail(err, VT_EINVAL,
                       "'%s' is not an element symbol; write it as in the periodic table ('Cu') "
                       "or give a mass for a species of your own",
                       symbol);
    if (atoms->species_count == VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "species '%s' would be number %d; the limit is %d", symbol,
                       VT_MAX_SPECIES + 1, VT_MAX_SPECIES);
    vt_species *species = &atoms->species[atoms->species_count];
    memcpy(species->symbol, symbol, length + 1);
    species->mass = mass;
    return atoms->species_count++;
}

void vt_atoms_drop_species(vt_atoms *atoms) {
    bool used[VT_MAX_SPECIES] = {false};
    int32_t now[VT_MAX_SPECIES] = {0};
    for (size_t i = 0; i < atoms->count; i++) used[atoms->type[i]] = true;
    int kept = 0;
    for (int k = 0; k < atoms->species_count; k++) {
        if (!used[k]) continue;
        now[k] = kept;
        atoms->species[kept++] = atoms->species[k];
    }
    atoms->species_count = kept;
    for (size_t i = 0; i < atoms->count; i++) atoms->type[i] = now[atoms->type[i]];
}

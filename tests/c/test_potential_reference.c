/* Energies, stresses and forces of published Cu-Zr glasses against LAMMPS, 29 Sep 2021, pair styles
   eam/alloy and eam/fs in double precision. The structures and two of the potentials are read from
   the shared folder; cases whose files are missing are skipped. */
#include "fixture.h"

#include <zlib.h>

#include "vitrum/units.h"

enum { SHENG, MENDELEV_2009, MENDELEV_2007 };

/* Sheng et al. 2011; Mendelev et al., Philos. Mag. 89, 967 (2009); Mendelev, Sordelet, Kramer,
   J. Appl. Phys. 102, 043501 (2007), the last from LAMMPS's own collection. */
static const char *potential_path(int which) {
    static const char *const LAMMPS = "/usr/share/lammps/potentials/CuZr_mm.eam.fs";
    if (which == SHENG) return shared_file("potentials/ZrCuAl2011.eam.alloy");
    if (which == MENDELEV_2009) return shared_file("potentials/Cu-Zr_2.eam.fs");
    FILE *file = fopen(LAMMPS, "r");
    if (file == NULL) {
        print_message("skipped: %s is missing\n", LAMMPS);
        return NULL;
    }
    fclose(file);
    return LAMMPS;
}

static const struct {
    const char *config;
    int potential;
    int tilted;       /* xy = 3.0, xz = -1.5, yz = 0.7 A, atoms remapped */
    double energy;    /* [eV] */
    double stress[6]; /* [GPa] */
    double fmax;      /* largest absolute component [eV/A] */
} CASE[] = {
    {"Cu64.5Zr35.5_1.0e+10.lammps",
     SHENG,
     0,
     -22915.8804543000,
     {1.70554579826, 1.40858735573, 1.56312283656, 0.0695170332078, 0.0993123930797,
      -0.00126984364252},
     0.706695864948},
    {"Cu64.5Zr35.5_1.0e+10.lammps",
     SHENG,
     1,
     -22852.0413175000,
     {1.51713507722, 1.03011604648, 1.34144513992, 0.806841444008, -1.39314108545, 2.83386188938},
     1.56805965337},
    {"Cu64.5Zr35.5_1.0e+10.lammps",
     MENDELEV_2009,
     0,
     -22325.2895634000,
     {1.11084644675, 0.87826339371, 0.986218797418, 0.0795907297643, 0.0596591034167,
      -0.00433738951},
     0.333200798518},
    {"Cu64.5Zr35.5_1.0e+10.lammps",
     MENDELEV_2009,
     1,
     -22260.0471482000,
     {1.18156350956, 0.757726442039, 0.901498394947, 0.770262805993, -1.41661160864, 2.85859984187},
     0.559008592702},
    {"Cu64.5Zr35.5_1.0e+10.lammps",
     MENDELEV_2007,
     0,
     -22063.3750035000,
     {-0.745308431798, -1.07297630921, -0.910809312675, 0.0982915009295, 0.108838378283,
      0.00427150119604},
     0.74781677369},
    {"Cu64.5Zr35.5_1.0e+10.lammps",
     MENDELEV_2007,
     1,
     -21980.2333922000,
     {-0.868745639247, -1.3972356952, -1.11883542241, 1.03711721901, -1.78372210638, 3.62871062543},
     0.942048979464},
    {"Cu64.5Zr35.5_5.0e+08.lammps",
     SHENG,
     0,
     -22922.7466530000,
     {1.69815818676, 1.68175912499, 1.60202971728, -0.0316441829822, 0.0864683585155,
      -0.0674309188695},
     0.6530042553},
    {"Cu64.5Zr35.5_5.0e+08.lammps",
     SHENG,
     1,
     -22861.2871780000,
     {1.50878492095, 1.32282116267, 1.35700441393, 0.761861570566, -1.37280887891, 2.79264774096},
     0.906101026468},
    {"Cu64.5Zr35.5_5.0e+08.lammps",
     MENDELEV_2009,
     0,
     -22331.0730118000,
     {1.21066632601, 1.16037397331, 1.07668975977, -0.0542403760752, 0.0909909490814,
      -0.0615407927668},
     0.273779333626},
    {"Cu64.5Zr35.5_5.0e+08.lammps",
     MENDELEV_2009,
     1,
     -22268.6656429000,
     {1.25005550469, 1.03560999456, 0.967551338882, 0.691233212673, -1.35663015205, 2.84862764702},
     0.616053690799},
    {"Cu64.5Zr35.5_5.0e+08.lammps",
     MENDELEV_2007,
     0,
     -22074.4744024000,
     {-0.627283186553, -0.669880752672, -0.822078463764, -0.112373245128, 0.163054096201,
      -0.0720956742547},
     0.823314730647},
    {"Cu64.5Zr35.5_5.0e+08.lammps",
     MENDELEV_2007,
     1,
     -21995.4876006000,
     {-0.816255065295, -1.05615488218, -1.0510156367, 0.897700547022, -1.71476325645, 3.6164383017},
     0.880235452386},
};

/* Of the requirements: what a user sees when LAMMPS runs beside vitrum. */
static const double ENERGY_TOLERANCE = 1e-8; /* eV/atom */
static const double FORCE_TOLERANCE = 1e-7;  /* eV/A */
static const double STRESS_TOLERANCE = 1e-6; /* GPa; LAMMPS's 1 eV/A^3 is 160.21765 GPa, 1e-7 off */

static vt_atoms *read_config(const char *name) {
    char path[256], line[256];
    snprintf(path, sizeof path, "configs/%s", name);
    const char *full = shared_file(path);
    if (full == NULL) return NULL;
    FILE *file = fopen(full, "r");
    assert_non_null(file);
    size_t count = 0;
    double low[3], high[3];
    int axis = 0;
    while (fgets(line, sizeof line, file) != NULL && strstr(line, "Atoms") == NULL) {
        if (strstr(line, " atoms") != NULL) count = strtoul(line, NULL, 10);
        if (strstr(line, "lo ") != NULL && sscanf(line, "%lf %lf", &low[axis], &high[axis]) == 2)
            axis++;
    }
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(high[0] - low[0], high[1] - low[1], high[2] - low[2]);
    memcpy(box.origin, low, sizeof low);
    vt_atoms *a = vt_atoms_create(count, &box, &err);
    assert_non_null(a);
    assert_int_equal(vt_atoms_add_species(a, "Cu", 0, &err), 0);
    assert_int_equal(vt_atoms_add_species(a, "Zr", 0, &err), 1);
    for (size_t i = 0; i < count && fgets(line, sizeof line, file) != NULL;) {
        long id;
        int type;
        if (sscanf(line, "%ld %d %lf %lf %lf", &id, &type, &a->x[i], &a->y[i], &a->z[i]) != 5)
            continue;
        assert_int_equal(id, i + 1);
        a->type[i++] = type - 1;
    }
    fclose(file);
    return a;
}

static void tilt(vt_atoms *a) {
    vt_error err = {0};
    vt_box box = a->box;
    box.h[1][0] = 3.0;
    box.h[2][0] = -1.5;
    box.h[2][1] = 0.7;
    REQUIRE_OK(vt_atoms_set_box(a, &box, true, &err), err);
}

static void energy_and_stress_are_those_of_lammps(void **state) {
    (void)state;
    vt_error err = {0};
    for (size_t k = 0; k < sizeof CASE / sizeof *CASE; k++) {
        vt_atoms *a = read_config(CASE[k].config);
        const char *path = potential_path(CASE[k].potential);
        if (a == NULL || path == NULL) {
            vt_atoms_destroy(a);
            continue;
        }
        vt_potential *p = vt_potential_eam_read(path, &err);
        if (p == NULL) fail_msg("%s", err.msg);
        if (CASE[k].tilted) tilt(a);
        vt_system *c = system_create(a, p, -1, VT_PRECISION_DOUBLE);
        vt_result r;
        REQUIRE_OK(evaluate_atoms(c, VT_WANT_ENERGY | VT_WANT_VIRIAL, &r, &err), err);
        double count = (double)a->count;
        CHECK_NEAR(r.energy / count, CASE[k].energy / count, ENERGY_TOLERANCE);
        for (int q = 0; q < 6; q++)
            CHECK_NEAR(-r.virial[q] * VT_GPA / vt_box_volume(&a->box), CASE[k].stress[q],
                       STRESS_TOLERANCE);
        double fmax = 0;
        for (size_t i = 0; i < a->count; i++) fmax = fmax > fabs(a->fx[i]) ? fmax : fabs(a->fx[i]);
        for (size_t i = 0; i < a->count; i++) fmax = fmax > fabs(a->fy[i]) ? fmax : fabs(a->fy[i]);
        for (size_t i = 0; i < a->count; i++) fmax = fmax > fabs(a->fz[i]) ? fmax : fabs(a->fz[i]);
        CHECK_NEAR(fmax, CASE[k].fmax, FORCE_TOLERANCE);
        vt_system_destroy(c);
        vt_potential_destroy(p);
        vt_atoms_destroy(a);
    }
}

static void check_forces(const char *dump, int which) {
    vt_error err = {0};
    vt_atoms *a = read_config("Cu64.5Zr35.5_1.0e+10.lammps");
    const char *path = potential_path(which);
    if (a == NULL || path == NULL) {
        vt_atoms_destroy(a);
        return;
    }
    vt_potential *p = vt_potential_eam_read(path, &err);
    if (p == NULL) fail_msg("%s", err.msg);
    vt_system *c = system_create(a, p, -1, VT_PRECISION_DOUBLE);
    vt_result r;
    REQUIRE_OK(evaluate_atoms(c, VT_WANT_ATOM_ENERGY, &r, &err), err);
    double *own = vt_alloc(a->count, sizeof *own);
    assert_non_null(own);
    vt_system_to_user(c, 1, r.atom_energy, own);
    const char *reference = shared_file(dump);
    gzFile file = reference != NULL ? gzopen(reference, "rb") : NULL;
    char line[512];
    size_t seen = 0;
    while (file != NULL && gzgets(file, line, sizeof line) != NULL) {
        long id;
        int type;
        double x[3], f[3], energy;
        if (sscanf(line, "%ld %d %lf %lf %lf %lf %lf %lf %lf", &id, &type, &x[0], &x[1], &x[2],
                   &f[0], &f[1], &f[2], &energy) != 9)
            continue;
        size_t i = (size_t)id - 1;
        CHECK_NEAR(a->fx[i], f[0], FORCE_TOLERANCE);
        CHECK_NEAR(a->fy[i], f[1], FORCE_TOLERANCE);
        CHECK_NEAR(a->fz[i], f[2], FORCE_TOLERANCE);
        CHECK_NEAR(own[i], energy, ENERGY_TOLERANCE);
        seen++;
    }
    if (file != NULL) {
        gzclose(file);
        assert_int_equal(seen, a->count);
    }
    vt_free(own);
    vt_system_destroy(c);
    vt_potential_destroy(p);
    vt_atoms_destroy(a);
}

static void forces_and_atom_energies_are_those_of_lammps(void **state) {
    (void)state;
    check_forces("reference/forces_1e10_sheng2011.dump.gz", SHENG);
    check_forces("reference/forces_1e10_mendelev2009.dump.gz", MENDELEV_2009);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_and_stress_are_those_of_lammps),
        cmocka_unit_test(forces_and_atom_energies_are_those_of_lammps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

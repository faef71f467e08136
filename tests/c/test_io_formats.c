/* Every format: what is written reads back as the same atoms. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "vitrum/io.h"

static char folder[64];

static const char *in_folder(const char *name) {
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/vitrum-formats-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static double between(vt_rng *rng, double low, double high) {
    return low + (high - low) * vt_rng_uniform(rng);
}

enum { GENERAL = 1, ORIGIN = 2, IMAGES = 4, IDS = 8, FREE = 16 };

/* An odd number of atoms of CuZr with velocities and forces in a tilted box; some outside of it. */
static vt_frame random_frame(uint64_t seed, unsigned traits) {
    vt_rng rng = vt_rng_start(seed, VT_STREAM_BUILD);
    vt_box box = {.h = {{between(&rng, 8, 13), 0, 0},
                        {between(&rng, -3, 3), between(&rng, 9, 14), 0},
                        {between(&rng, -3, 3), between(&rng, -4, 4), between(&rng, 7, 12)}},
                  .periodic = {true, true, (traits & FREE) == 0}};
    if (traits & GENERAL)
        for (int k = 0; k < 3; k++)
            for (int j = 0; j < 3; j++) box.h[k][j] += between(&rng, -1, 1);
    for (int k = 0; k < 3 && (traits & ORIGIN); k++) box.origin[k] = between(&rng, -20, 5);
    vt_error err = {0};
    size_t n = 251;
    vt_frame f = {.atoms = vt_atoms_create(n, &box, &err),
                  .has_velocities = true,
                  .has_forces = true,
                  .has_timestep = true,
                  .timestep = 2385000000001};
    assert_non_null(f.atoms);
    vt_atoms *a = f.atoms;
    vt_atoms_add_species(a, "Zr", 0, &err);
    vt_atoms_add_species(a, "Cu", 0, &err);
    for (size_t i = 0; i < n; i++) {
        double s[3] = {between(&rng, -0.2, 1.2), between(&rng, -0.2, 1.2), between(&rng, 0, 1)},
               r[3];
        vt_box_cartesian(&box, s, r);
        a->x[i] = r[0];
        a->y[i] = r[1];
        a->z[i] = r[2];
        a->vx[i] = between(&rng, -9, 9);
        a->vy[i] = between(&rng, -1e-4, 1e-4);
        a->vz[i] = between(&rng, -9, 9);
        a->fx[i] = between(&rng, -2, 2);
        a->fy[i] = between(&rng, -2e-6, 2e-6);
        a->fz[i] = between(&rng, -2, 2);
        a->type[i] = (int32_t)vt_rng_below(&rng, 2);
        if (traits & IMAGES) {
            a->ix[i] = (int32_t)vt_rng_below(&rng, 7) - 3;
            a->iy[i] = (int32_t)vt_rng_below(&rng, 2);
            a->iz[i] = -(int32_t)vt_rng_below(&rng, 100000);
        }
        if (traits & IDS) a->id[i] = 3 * (int64_t)i + 5000000000;
    }
    return f;
}

static void near(double got, double expected, double tolerance, const char *what, size_t i) {
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%s %zu: %.17g, not %.17g", what, i, got, expected);
}

/* `tolerance` 0 asks for the same bits. */
static void same_atoms(const vt_frame *f, const vt_frame *g, double tolerance, bool images) {
    const vt_atoms *a = f->atoms, *b = g->atoms;
    assert_int_equal(b->count, a->count);
    for (int k = 0; k < 3; k++) {
        assert_int_equal(b->box.periodic[k], a->box.periodic[k]);
        near(b->box.origin[k], a->box.origin[k], tolerance, "origin", (size_t)k);
        for (int j = 0; j < 3; j++)
            near(b->box.h[k][j], a->box.h[k][j], tolerance, "cell", (size_t)(3 * k + j));
    }
    const double *va[9] = {a->x, a->y, a->z, a->vx, a->vy, a->vz, a->fx, a->fy, a->fz};
    const double *vb[9] = {b->x, b->y, b->z, b->vx, b->vy, b->vz, b->fx, b->fy, b->fz};
    int last = g->has_forces ? 9 : 6;
    for (size_t i = 0; i < a->count; i++) {
        for (int k = 0; k < last; k++) near(vb[k][i], va[k][i], tolerance, "value of atom", i);
        assert_string_equal(b->species[b->type[i]].symbol, a->species[a->type[i]].symbol);
        assert_true(b->species[b->type[i]].mass == a->species[a->type[i]].mass);
        assert_true(b->id[i] == a->id[i]);
        if (!images) continue;
        const int32_t ia[3] = {a->ix[i], a->iy[i], a->iz[i]};
        const int32_t ib[3] = {b->ix[i], b->iy[i], b->iz[i]};
        for (int k = 0; k < 3; k++) /* those along free axes mean nothing */
            assert_int_equal(ib[k], a->box.periodic[k] ? ia[k] : 0);
    }
}

static void round_trip(const vt_frame *f, const char *name, int digits, vt_frame *back) {
    vt_error err = {0};
    vt_write_options w = vt_write_defaults();
    w.digits = digits;
    w.overwrite = true;
    vt_frame out = *f;
    /* What has no place for forces says so; then it is written without. */
    vt_status status = vt_frame_write(&out, in_folder(name), &w, &err);
    bool no_place = strstr(name, ".data") != NULL || strstr(name, "POSCAR") != NULL ||
                    strstr(name, ".poscar") != NULL || strstr(name, ".vasp") != NULL;
    if (no_place && out.has_forces) {
        assert_int_equal(status, VT_EINVAL);
        assert_non_null(strstr(err.msg, "has no place for forces; use dump or extxyz"));
        out.has_forces = false;
        status = vt_frame_write(&out, in_folder(name), &w, &err);
    }
    if (vt_failed(status)) fail_msg("%s: %s", name, err.msg);
    vt_read_options r = vt_read_defaults();
    if (vt_failed(vt_frame_read(back, in_folder(name), 1, &r, &err)))
        fail_msg("%s: %s", name, err.msg);
}

/* LAMMPS's own cells: not a bit changes, but where the format itself has no room: an edge is the
   difference of two bounds, which near 20 angstrom are 4e-15 apart, and a dump gives the bounds of
   a parallelepiped; a momentum of extended XYZ may have no neighbor that gives the velocity back to
   the last bit (2e-15 of 9 angstrom/ps). */
static const double BOUND_ROUNDING = 2e-14; /* angstrom, angstrom/ps */

static void lammps_cells_come_back(void **state) {
    (void)state;
    static const char *const NAMES[] = {"a.data", "a.data.gz", "a.dump", "a.lammpstrj.gz",
                                        "a.xyz",  "a.xyz.gz",  "POSCAR", "b.poscar.gz"};
    for (uint64_t seed = 1; seed <= 4; seed++)
        for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) {
            bool poscar = k >= 6;
            unsigned traits = (seed & 1 ? IDS : 0) | (seed & 2 && !poscar ? IMAGES | ORIGIN : 0) |
                              (seed == 3 ? FREE : 0);
            vt_frame f = random_frame(seed, traits), g = {0};
            round_trip(&f, NAMES[k], 17, &g);
            assert_true(g.has_velocities);
            same_atoms(&f, &g, BOUND_ROUNDING, !poscar);
            vt_frame_clear(&f);
            vt_frame_clear(&g);
        }
}

static void positions_keep_every_bit(void **state) {
    (void)state;
    static const char *const NAMES[] = {"a.data.gz", "a.dump.gz", "a.xyz.gz", "a.vasp"};
    for (size_t k = 0; k < 4; k++) {
        vt_frame f = random_frame(17 + k, 0), g = {0};
        round_trip(&f, NAMES[k], 17, &g);
        for (size_t i = 0; i < f.atoms->count; i++) {
            assert_true(g.atoms->x[i] == f.atoms->x[i] && g.atoms->y[i] == f.atoms->y[i] &&
                        g.atoms->z[i] == f.atoms->z[i]);
            if (k < 2) assert_true(g.atoms->vy[i] == f.atoms->vy[i]);
            if (k == 1 || k == 2) assert_true(g.atoms->fy[i] == f.atoms->fy[i]);
        }
        vt_frame_clear(&f);
        vt_frame_clear(&g);
    }
}

/* cfg holds fractions and their rates, whose products with the cell round a few times more. */
static void cfg_keeps_all_but_the_corner(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        unsigned traits = (seed & 1 ? IDS : 0) | (seed & 2 ? IMAGES : 0) | (seed == 3 ? FREE : 0) |
                          (seed == 4 ? GENERAL : 0);
        vt_frame f = random_frame(seed, traits), g = {0};
        round_trip(&f, seed == 2 ? "a.cfg.gz" : "a.cfg", 17, &g);
        same_atoms(&f, &g, 10 * BOUND_ROUNDING, true);
        assert_true(g.has_forces && g.has_velocities);
        for (size_t i = 0; i < f.atoms->count; i++) assert_true(g.atoms->fy[i] == f.atoms->fy[i]);
        vt_frame_clear(&f);
        vt_frame_clear(&g);
    }
}

static void general_cells_stay_in_extxyz_and_poscar(void **state) {
    (void)state;
    vt_frame f = random_frame(5, GENERAL | ORIGIN), g = {0};
    round_trip(&f, "g.extxyz", 17, &g);
    same_atoms(&f, &g, BOUND_ROUNDING, true);
    vt_frame_clear(&f);
    f = random_frame(6, GENERAL);
    round_trip(&f, "g.poscar", 17, &g);
    same_atoms(&f, &g, BOUND_ROUNDING, false);
    vt_frame_clear(&f);
    vt_frame_clear(&g);
}

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* A general cell turned to LAMMPS's axes keeps every length and angle, and its handedness. */
static void lammps_formats_rotate_general_cells(void **state) {
    (void)state;
    static const double ROTATION_ROUNDING = 1e-12; /* angstrom^2; a few eps times 20^2 */
    static const char *const NAMES[] = {"r.data", "r.dump"};
    for (size_t k = 0; k < 2; k++) {
        vt_frame f = random_frame(9 + k, GENERAL | ORIGIN | IMAGES), g = {0};
        round_trip(&f, NAMES[k], 17, &g);
        const vt_atoms *a = f.atoms, *b = g.atoms;
        assert_true(vt_box_is_lammps(&b->box));
        assert_false(vt_box_is_lammps(&a->box));
        near(vt_box_volume(&b->box), vt_box_volume(&a->box), 1e-10, "volume", 0);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                near(dot(b->box.h[i], b->box.h[j]), dot(a->box.h[i], a->box.h[j]),
                     ROTATION_ROUNDING, "cell product", (size_t)(3 * i + j));
        for (size_t i = 0; i < a->count; i++) {
            double ra[3] = {a->x[i], a->y[i], a->z[i]}, rb[3] = {b->x[i], b->y[i], b->z[i]};
            double sa[3], sb[3];
            vt_box_fractional(&a->box, ra, sa);
            vt_box_fractional(&b->box, rb, sb);
            double va[3] = {a->vx[i], a->vy[i], a->vz[i]}, vb[3] = {b->vx[i], b->vy[i], b->vz[i]};
            for (int j = 0; j < 3; j++) {
                near(sb[j], sa[j], 1e-13, "fractional coordinate of atom", i);
                near(dot(vb, b->box.h[j]), dot(va, a->box.h[j]), ROTATION_ROUNDING,
                     "velocity along the cell, atom", i);
            }
            if (!g.has_forces) continue;
            double fa[3] = {a->fx[i], a->fy[i], a->fz[i]}, fb[3] = {b->fx[i], b->fy[i], b->fz[i]};
            for (int j = 0; j < 3; j++)
                near(dot(fb, b->box.h[j]), dot(fa, a->box.h[j]), ROTATION_ROUNDING,
                     "force along the cell, atom", i);
        }
        vt_frame_clear(&f);
        vt_frame_clear(&g);
    }
}

static void digits_are_as_asked_for(void **state) {
    (void)state;
    for (int digits = 3; digits < 17; digits += 4) {
        vt_frame f = random_frame(3, 0), g = {0};
        round_trip(&f, "d.data", digits, &g);
        /* Values up to 20: half a unit of the last digit, twice for the edge. */
        same_atoms(&f, &g, 20 * pow(10, 1 - digits), true);
        vt_frame_clear(&f);
        vt_frame_clear(&g);
    }
}

static void columns_and_info_come_back(void **state) {
    (void)state;
    vt_error err = {0};
    vt_frame f = random_frame(8, 0), g = {0};
    f.has_energy = f.has_stress = f.has_time = true;
    f.energy = -1234.5;
    f.time = 0.25;
    for (int k = 0; k < 6; k++) f.stress[k] = 0.01 * (k + 1);
    vt_values *v = vt_frame_add_column(&f, "PotentialEnergy", VT_VALUE_REAL, 1, 0, &err);
    for (size_t i = 0; i < f.atoms->count; i++) v->number[i] = -3.5 + (double)i / 7;
    v = vt_frame_add_column(&f, "Coordination", VT_VALUE_INTEGER, 1, 0, &err);
    for (size_t i = 0; i < f.atoms->count; i++) v->number[i] = (double)(i % 13);
    v = vt_frame_add_column(&f, "strain", VT_VALUE_REAL, 6, 0, &err);
    for (size_t i = 0; i < 6 * f.atoms->count; i++) v->number[i] = 1.0 / (double)(i + 1);
    v = vt_frame_add_info(&f, "label", VT_VALUE_TEXT, 0, 1, 32, &err);
    strcpy(v->text, "say \"glass\" = a\\b");
    v = vt_frame_add_info(&f, "weights", VT_VALUE_REAL, 0, 2, 0, &err);
    v->number[0] = 0.5;
    v->number[1] = 1e-9;
    round_trip(&f, "c.extxyz", 17, &g);
    assert_true(g.has_energy && g.energy == f.energy && g.has_time && g.time == f.time);
    assert_true(g.has_timestep && g.timestep == f.timestep && g.has_stress);
    for (int k = 0; k < 6; k++) assert_true(g.stress[k] == f.stress[k]);
    assert_int_equal(g.column_count, 3);
    for (size_t c = 0; c < 3; c++) {
        const vt_values *a = &f.column[c], *b = vt_frame_column(&g, a->name);
        assert_non_null(b);
        assert_int_equal(b->kind, a->kind);
        assert_int_equal(b->columns, a->columns);
        assert_memory_equal(b->number, a->number, a->rows * a->columns * sizeof(double));
    }
    assert_string_equal(vt_frame_info(&g, "label")->text, "say \"glass\" = a\\b");
    assert_true(vt_frame_info(&g, "weights")->number[1] == 1e-9);
    assert_null(vt_frame_info(&g, "none"));

    round_trip(&f, "c.dump", 17, &g);
    assert_true(g.has_time && g.time == f.time && g.timestep == f.timestep);
    assert_int_equal(g.column_count, 8);
    assert_true(vt_frame_column(&g, "strain[6]")->number[250] == 1.0 / (6 * 251));

    vt_write_options w = vt_write_defaults();
    assert_int_equal(vt_frame_write(&f, in_folder("c.data"), &w, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "format 'data' has no place for column 'PotentialEnergy'"));
    assert_int_equal(access(in_folder("c.data"), F_OK), -1);
    vt_frame_clear(&f);
    vt_frame_clear(&g);
}

/* Rows of a dump in any order, with text and vector columns: all of a row moves together. */
static void rows_are_sorted_with_their_columns(void **state) {
    (void)state;
    FILE *file = fopen(in_folder("s.dump"), "w");
    assert_non_null(file);
    fputs(
        "ITEM: TIMESTEP\n7\nITEM: NUMBER OF ATOMS\n1000\nITEM: BOX BOUNDS pp ff ss\n0 10\n0 10\n0 "
        "10\nITEM: ATOMS c_name id element mass xs ys zs c_v[1] proc\n",
        file);
    for (int k = 0; k < 1000; k++) {
        int id = 1 + (k * 387) % 1000; /* 387 and 1000 have no common divisor: a permutation */
        fprintf(file, "n%d %d %s %g %.3f 0.5 0 %d.5 %d\n", id, id, id % 3 ? "Cu" : "Zr",
                id % 3 ? 63.546 : 91.224, id / 1000.0, id, id % 4);
    }
    fclose(file);
    vt_frame f = {0};
    vt_error err = {0};
    vt_read_options r = vt_read_defaults();
    if (vt_failed(vt_frame_read(&f, in_folder("s.dump"), 1, &r, &err))) fail_msg("%s", err.msg);
    assert_int_equal(f.atoms->count, 1000);
    assert_true(f.atoms->box.periodic[0] && !f.atoms->box.periodic[1] && !f.atoms->box.periodic[2]);
    const vt_values *name = vt_frame_column(&f, "c_name"), *v = vt_frame_column(&f, "c_v[1]");
    assert_int_equal(name->kind, VT_VALUE_TEXT);
    assert_int_equal(vt_frame_column(&f, "proc")->kind, VT_VALUE_INTEGER);
    const char *text = name->text;
    for (int id = 1; id <= 1000; id++) {
        char expected[16];
        snprintf(expected, sizeof expected, "n%d", id);
        assert_string_equal(text, expected);
        text += strlen(text) + 1;
        const vt_atoms *a = f.atoms;
        assert_int_equal(a->id[id - 1], id);
        assert_string_equal(a->species[a->type[id - 1]].symbol, id % 3 ? "Cu" : "Zr");
        near(a->x[id - 1], id / 100.0, 1e-12, "x of atom", (size_t)id);
        assert_true(v->number[id - 1] == id + 0.5);
    }
    r.columns = false;
    assert_int_equal(vt_frame_read(&f, in_folder("s.dump"), 1, &r, &err), VT_OK);
    assert_int_equal(f.column_count, 0);
    vt_frame_clear(&f);
}

static void frames_are_found_from_both_ends(void **state) {
    (void)state;
    static const char *const NAMES[] = {"t.dump", "t.dump.gz", "t.xyz", "t.xyz.gz"};
    for (size_t k = 0; k < 4; k++) {
        vt_error err = {0};
        vt_write_options w = vt_write_defaults();
        w.append = true;
        for (int step = 1; step <= 5; step++) {
            vt_frame f = random_frame((uint64_t)step, 0);
            f.timestep = step;
            assert_int_equal(vt_frame_write(&f, in_folder(NAMES[k]), &w, &err), VT_OK);
            vt_frame_clear(&f);
        }
        vt_read_options r = vt_read_defaults();
        static const int64_t ASKED[] = {1, 3, 5, -1, -2, -5, 6, -6, 0};
        static const int64_t FOUND[] = {1, 3, 5, 5, 4, 1, 0, 0, 0};
        for (int j = 0; j < 9; j++) {
            vt_frame f = {0};
            vt_status status = vt_frame_read(&f, in_folder(NAMES[k]), ASKED[j], &r, &err);
            assert_int_equal(status, FOUND[j] ? VT_OK : VT_EINVAL);
            if (FOUND[j]) assert_int_equal(f.timestep, FOUND[j]);
            if (ASKED[j] == 6)
                assert_non_null(strstr(err.msg, "frame 6 asked for, but the file has 5 frames"));
            vt_frame_clear(&f);
        }
        /* One reader may go to and fro. */
        vt_reader *reader = vt_reader_open(in_folder(NAMES[k]), &r, &err);
        assert_non_null(reader);
        vt_frame f = {0};
        static const int64_t WALK[] = {4, 2, 5, -3, 1};
        static const int64_t STEPS[] = {4, 2, 5, 3, 1};
        for (int j = 0; j < 5; j++) {
            assert_int_equal(vt_reader_seek(reader, WALK[j], &err), VT_OK);
            assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
            assert_int_equal(f.timestep, STEPS[j]);
        }
        for (int step = 2; step <= 5; step++)
            assert_int_equal(vt_reader_next(reader, &f, &err), VT_OK);
        assert_int_equal(vt_reader_next(reader, &f, &err), VT_DONE);
        assert_null(f.atoms);
        vt_reader_close(reader);
    }
}

static void reading_stops_when_asked_to(void **state) {
    (void)state;
    vt_frame f = random_frame(2, 0);
    f.has_forces = false;
    vt_error err = {0};
    vt_write_options w = vt_write_defaults();
    assert_int_equal(vt_frame_write(&f, in_folder("i.data"), &w, &err), VT_OK);
    vt_read_options r = vt_read_defaults();
    vt_interrupt_request();
    vt_status status = vt_frame_read(&f, in_folder("i.data"), 1, &r, &err);
    vt_interrupt_clear();
    assert_int_equal(status, VT_EINTERRUPT);
    assert_string_equal(err.msg, "interrupted");
    assert_null(f.atoms);
}

static void on_alarm(int signal_number) {
    (void)signal_number;
    vt_interrupt_request();
}

/* An interrupt while a large file is written leaves nothing behind; one that came before the
   writing began does not hinder it. */
static void writing_stops_when_asked_to(void **state) {
    (void)state;
    vt_error err = {0};
    vt_frame small = random_frame(4, 0), f = {0};
    small.has_forces = false;
    vt_box box = vt_box_orthogonal(100, 100, 100);
    f.atoms = vt_atoms_create(400000, &box, &err);
    assert_non_null(f.atoms);
    vt_atoms_add_species(f.atoms, "Cu", 0, &err);
    vt_rng rng = vt_rng_start(1, VT_STREAM_BUILD);
    for (size_t i = 0; i < f.atoms->count; i++) f.atoms->x[i] = between(&rng, 0, 100);
    vt_write_options w = vt_write_defaults();
    signal(SIGALRM, on_alarm);
    /* Writing takes some 0.2 s. On a loaded machine the alarm may ring before it has begun, and
       then it must not hinder; later alarms are tried until one falls into the writing. */
    vt_status status = VT_OK;
    for (int wait = 1; wait <= 12 && status == VT_OK; wait++) {
        const struct itimerval soon = {.it_value = {.tv_usec = 15000 * wait}};
        vt_interrupt_clear();
        w.overwrite = wait > 1;
        setitimer(ITIMER_REAL, &soon, NULL);
        status = vt_frame_write(&f, in_folder("w.data.gz"), &w, &err);
        if (status == VT_OK) remove(in_folder("w.data.gz"));
    }
    bool asked = vt_interrupted();
    w.overwrite = false;
    vt_status rescue = vt_frame_write(&small, in_folder("rescue.data"), &w, &err);
    vt_interrupt_clear();
    signal(SIGALRM, SIG_DFL);
    assert_true(asked);
    assert_int_equal(status, VT_EINTERRUPT);
    assert_int_equal(access(in_folder("w.data.gz"), F_OK), -1);
    assert_int_equal(rescue, VT_OK);
    char command[160];
    snprintf(command, sizeof command, "test \"$(ls -A '%s')\" = rescue.data", folder);
    assert_int_equal(system(command), 0);
    vt_frame_clear(&small);
    vt_frame_clear(&f);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(lammps_cells_come_back),
        CASE(positions_keep_every_bit),
        CASE(cfg_keeps_all_but_the_corner),
        CASE(general_cells_stay_in_extxyz_and_poscar),
        CASE(lammps_formats_rotate_general_cells),
        CASE(digits_are_as_asked_for),
        CASE(columns_and_info_come_back),
        CASE(rows_are_sorted_with_their_columns),
        CASE(frames_are_found_from_both_ends),
        CASE(reading_stops_when_asked_to),
        CASE(writing_stops_when_asked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

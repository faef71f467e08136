/* Checkpoints of dynamics and of the lattice. Their sums are made right first: what is behind them
   is to be looked at. Inputs are checkpoints without their sums. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "vitrum/dynamics.h"
#include "vitrum/stz.h"

enum { LARGEST = 1 << 17, CRC = 8, SHA256 = 64 };

/* ---------------------------------------------------------------- dynamics ---- */

static vt_potential *potential;

static void make_potential(double sigma) {
    vt_error err = {0};
    vt_lj_options o = vt_lj_kob_andersen(0.01, sigma, 40);
    potential = vt_potential_lj_create(&o, &err);
    fuzz_require(potential != NULL, "%s", err.msg);
}

void fuzz_md_start(const char *name) {
    (void)name;
    make_potential(2.2);
}

void fuzz_md(const uint8_t *bytes, size_t size) {
    static uint8_t file[LARGEST + CRC];
    if (size > LARGEST) return;
    memcpy(file, bytes, size);
    uint64_t sum = crc32_z(crc32(0, NULL, 0), file, size);
    memcpy(file + size, &sum, CRC);
    fuzz_put(file, size + CRC);
    vt_md_about about = {0};
    vt_error err = {0};
    vt_status inspected = vt_md_inspect(fuzz_path(), &about, &err);
    fuzz_check_error(inspected, &err);
    vt_restored restored;
    vt_status status = vt_md_restore(fuzz_path(), potential, &restored, &err);
    fuzz_check_error(status, &err);
    if (vt_failed(status)) return;
    fuzz_require(!vt_failed(inspected), "restored, but not inspected");
    vt_md *md = restored.md;
    fuzz_require(!vt_failed(vt_atoms_check(restored.atoms, &err)), "let through: %s", err.msg);
    char again[200];
    snprintf(again, sizeof again, "%.100s/again", fuzz_folder());
    status = vt_md_save(md, again, true, vt_md_text(md), &err);
    fuzz_require(!vt_failed(status), "restored, but not saved: %s", err.msg);
    fuzz_check_error(vt_md_run(md, 2, &err), &err);
    vt_md_sample sample;
    fuzz_check_error(vt_md_measure(md, &sample, &err), &err);
    vt_md_plan plan = vt_md_plan_defaults(md);
    plan.steps = 2;
    plan.sample_interval = 1;
    status = vt_md_begin(md, &plan, &err);
    fuzz_check_error(status, &err);
    if (!vt_failed(status)) fuzz_check_error(vt_md_run(md, 2, &err), &err);
    vt_md_destroy(md);
    vt_system_destroy(restored.system);
    vt_atoms_destroy(restored.atoms);
}

static vt_atoms *some_atoms(int count) {
    vt_error err = {0};
    vt_box box = vt_box_orthogonal(7, 7.5, 8);
    vt_atoms *atoms = vt_atoms_create((size_t)count, &box, &err);
    fuzz_require(atoms != NULL, "%s", err.msg);
    vt_atoms_add_species(atoms, "A", 40, &err);
    vt_atoms_add_species(atoms, "B", 40, &err);
    for (int i = 0; i < count; i++) {
        atoms->type[i] = i % 2;
        atoms->x[i] = 2.3 * (i % 3);
        atoms->y[i] = 3.5 * (i / 3 % 2);
        atoms->z[i] = 3.6 * (i / 6);
    }
    return atoms;
}

static vt_md *dynamics_of(vt_atoms *atoms, const vt_md_options *o) {
    vt_error err = {0};
    const vt_system_options options = vt_system_defaults();
    vt_system *system = vt_system_create(atoms, potential, &options, &err);
    vt_md *md = system != NULL ? vt_md_create(system, o, &err) : NULL;
    fuzz_require(md != NULL, "%s", err.msg);
    return md;
}

/* Each kind of run in the middle of its plan. */
void fuzz_md_seeds(const char *folder) {
    static const char *const KIND[] = {"none", "langevin", "nose-hoover", "barostat"};
    for (int k = 0; k < 4; k++) {
        vt_error err = {0};
        vt_atoms *atoms = some_atoms(12);
        vt_md_options o = vt_md_defaults();
        o.thermostat = k < 3 ? KIND[k] : "nose-hoover";
        for (int axis = 0; axis < 3; axis++) o.control[axis] = k == 3;
        vt_md *md = dynamics_of(atoms, &o);
        vt_md_plan plan = vt_md_plan_defaults(md);
        plan.steps = 10;
        plan.sample_interval = 2;
        if (k == 2) {
            plan.deform[2] = true;
            plan.strain_rate[2] = 1e-3;
        }
        char path[200];
        snprintf(path, sizeof path, "%.100s/seed", fuzz_folder());
        fuzz_require(!vt_failed(vt_md_begin(md, &plan, &err)) &&
                         !vt_failed(vt_md_run(md, 5, &err)) &&
                         !vt_failed(vt_md_save(md, path, true, "csv 5\na.csv\n", &err)),
                     "%s", err.msg);
        static char bytes[LARGEST];
        FILE *file = fopen(path, "rb");
        size_t size = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
        fuzz_require(size > CRC && size < sizeof bytes, "no seed");
        fclose(file);
        fuzz_save(folder, KIND[k], bytes, size - CRC);
        vt_system *system = vt_md_system(md);
        vt_md_destroy(md);
        vt_system_destroy(system);
        vt_atoms_destroy(atoms);
    }
}

void fuzz_write_job(const char *path, const char *text) {
    static vt_md *md;
    static vt_atoms *atoms;
    vt_error err = {0};
    if (md == NULL) {
        make_potential(0.8); /* as readers.lua; few atoms, none near: only the text counts */
        atoms = some_atoms(2);
        vt_md_options o = vt_md_defaults();
        md = dynamics_of(atoms, &o);
    }
    fuzz_require(!vt_failed(vt_md_save(md, path, true, text, &err)), "%s", err.msg);
}

/* ---------------------------------------------------------------- lattice ---- */

void fuzz_lattice(const uint8_t *bytes, size_t size) {
    static uint8_t data[LARGEST + SHA256];
    if (size > LARGEST) return;
    memcpy(data, bytes, size);
    char sum[SHA256 + 1];
    vt_sha256(data, size, sum);
    memcpy(data + size, sum, SHA256);
    vt_error err = {0};
    vt_stz *lattice = vt_stz_unpack(data, size + SHA256, &err);
    if (lattice == NULL) {
        fuzz_check_error(err.code, &err);
        return;
    }
    size_t again;
    void *packed = vt_stz_pack(lattice, &again, &err);
    fuzz_require(packed != NULL && again == size + SHA256, "packed again, it has other %zu bytes",
                 again);
    vt_free(packed);
    vt_stz_goal goal = {INFINITY, INFINITY, 20, 0};
    if (vt_stz_get_load(lattice) == NULL) {
        vt_stz_load load = vt_stz_load_pure_shear(1e-12);
        vt_stz_set_load(lattice, &load, &err);
    }
    fuzz_check_error(vt_stz_run(lattice, &goal, &err), &err);
    vt_stz_destroy(lattice);
}

void fuzz_lattice_seeds(const char *folder) {
    for (int k = 0; k < 2; k++) {
        vt_error err = {0};
        vt_stz_options o = vt_stz_defaults();
        o.n = VT_STZ_MIN_SIDE;
        o.modes = 4;
        o.engine = k == 0 ? VT_STZ_FAST : VT_STZ_PLAIN;
        vt_stz *lattice = vt_stz_create(&o, &err);
        fuzz_require(lattice != NULL, "%s", err.msg);
        vt_stz_load load = vt_stz_load_pure_shear(1e-16);
        vt_stz_goal goal = {INFINITY, INFINITY, 60, 0};
        fuzz_require(!vt_failed(vt_stz_set_load(lattice, &load, &err)) &&
                         !vt_failed(vt_stz_run(lattice, &goal, &err)),
                     "%s", err.msg);
        size_t size;
        void *packed = vt_stz_pack(lattice, &size, &err);
        fuzz_require(packed != NULL, "%s", err.msg);
        fuzz_save(folder, k == 0 ? "fast" : "plain", packed, size - SHA256);
        vt_free(packed);
        vt_stz_destroy(lattice);
    }
}

/* Files of atoms. Each input is read twice, in large and in small blocks, plain and sometimes
   compressed, with the same result; the frames go through what the rest of the program relies on;
   one of them is written to every format that takes it and read back. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "io/packing.h"

enum { LARGE_BLOCK = 1 << 14, MOST_FRAMES = 20 };

static const char *format;

void fuzz_frames_start(const char *name) {
    format = name;
}

/* ---------------------------------------------------------------- equal ---- */

static bool same_numbers(const double *a, const double *b, size_t count) {
    for (size_t k = 0; k < count; k++)
        if (a[k] != b[k] && !(isnan(a[k]) && isnan(b[k]))) return false;
    return true;
}

/* Products with a mass have few digits where they are nearly too small for a number. */
static const double NOTHING = 1e-300;

static bool near_numbers(const double *a, const double *b, size_t count, double part) {
    for (size_t k = 0; k < count; k++)
        if (!(fabs(a[k] - b[k]) <= part * fabs(a[k]) + (part > 0 ? NOTHING : 0))) return false;
    return true;
}

static size_t cells(const vt_values *v) {
    return (v->rows > 0 ? v->rows : 1) * v->columns;
}

static bool same_values(const vt_values *a, const vt_values *b) {
    if (strcmp(a->name, b->name) != 0 || a->kind != b->kind || a->rows != b->rows ||
        a->columns != b->columns)
        return false;
    if (a->kind != VT_VALUE_TEXT) return same_numbers(a->number, b->number, cells(a));
    const char *s = a->text, *t = b->text;
    for (size_t k = 0; k < cells(a); k++) {
        if (strcmp(s, t) != 0) return false;
        s += strlen(s) + 1;
        t += strlen(t) + 1;
    }
    return true;
}

static bool same_lists(const vt_values *a, size_t a_count, const vt_values *b, size_t b_count) {
    if (a_count != b_count) return false;
    for (size_t k = 0; k < a_count; k++)
        if (!same_values(&a[k], &b[k])) return false;
    return true;
}

/* The first difference between two frames, or NULL. Velocities may differ by the part `rounding`.
 */
static const char *difference(const vt_frame *f, const vt_frame *g, double rounding) {
    const vt_atoms *a = f->atoms, *b = g->atoms;
    size_t n = a->count;
    if (n != b->count) return "count";
    /* A species without atoms has no place in most formats, so that types may be others. */
    for (size_t i = 0; i < n; i++) {
        const vt_species *s = &a->species[a->type[i]], *t = &b->species[b->type[i]];
        if (strcmp(s->symbol, t->symbol) != 0 || s->mass != t->mass) return "species";
    }
    if (memcmp(a->box.periodic, b->box.periodic, sizeof a->box.periodic) != 0) return "boundary";
    if (!same_numbers(&a->box.h[0][0], &b->box.h[0][0], 9)) return "cell";
    if (!same_numbers(a->box.origin, b->box.origin, 3)) return "origin";
    if (!same_numbers(a->x, b->x, n) || !same_numbers(a->y, b->y, n) ||
        !same_numbers(a->z, b->z, n))
        return "positions";
    if (memcmp(a->ix, b->ix, n * sizeof *a->ix) != 0 ||
        memcmp(a->iy, b->iy, n * sizeof *a->iy) != 0 ||
        memcmp(a->iz, b->iz, n * sizeof *a->iz) != 0)
        return "images";
    if (memcmp(a->id, b->id, n * sizeof *a->id) != 0) return "ids";
    if (f->has_velocities != g->has_velocities || f->has_forces != g->has_forces)
        return "velocities or forces";
    if (f->has_velocities &&
        (!near_numbers(a->vx, b->vx, n, rounding) || !near_numbers(a->vy, b->vy, n, rounding) ||
         !near_numbers(a->vz, b->vz, n, rounding)))
        return "velocities";
    if (f->has_forces && (!same_numbers(a->fx, b->fx, n) || !same_numbers(a->fy, b->fy, n) ||
                          !same_numbers(a->fz, b->fz, n)))
        return "forces";
    if (!same_lists(f->column, f->column_count, g->column, g->column_count)) return "columns";
    return NULL;
}

static const char *difference_of_info(const vt_frame *f, const vt_frame *g) {
    if (f->has_timestep != g->has_timestep || f->timestep != g->timestep) return "timestep";
    if (f->has_time != g->has_time || !same_numbers(&f->time, &g->time, 1)) return "time";
    if (f->has_energy != g->has_energy || !same_numbers(&f->energy, &g->energy, 1)) return "energy";
    if (f->has_stress != g->has_stress || !same_numbers(f->stress, g->stress, 6)) return "stress";
    if (strcmp(f->comment != NULL ? f->comment : "", g->comment != NULL ? g->comment : "") != 0)
        return "comment";
    if (!same_lists(f->info, f->info_count, g->info, g->info_count)) return "info";
    return NULL;
}

/* ---------------------------------------------------------------- writing ---- */

/* Formats that keep everything that comes from a file of their own. POSCAR and cfg hold fractions,
   LAMMPS's cells start along x, and data files lean by no more than half. */
static bool exact(const char *to, const vt_frame *frame) {
    if (strcmp(to, format) != 0 || strcmp(to, "poscar") == 0 || strcmp(to, "cfg") == 0)
        return false;
    if (strcmp(to, "data") == 0 && vt_box_leans(&frame->atoms->box)) return false;
    return strcmp(to, "extxyz") == 0 || vt_box_is_lammps(&frame->atoms->box);
}

static void check_round_trip(const vt_frame *frame, const char *to) {
    char path[200];
    snprintf(path, sizeof path, "%.100s/frame", fuzz_folder());
    vt_error err = {0};
    vt_write_options w = vt_write_defaults();
    w.format = to;
    w.overwrite = true;
    vt_status status = vt_frame_write(frame, path, &w, &err);
    fuzz_check_error(status, &err);
    if (vt_failed(status)) return;
    vt_read_options r = vt_read_defaults();
    r.format = to;
    vt_frame back = {0};
    status = vt_frame_read(&back, path, 1, &r, &err);
    /* Names that no element has and that do not fit behind a mass are asked for, as for any file.
     */
    const char *symbol[VT_MAX_SPECIES];
    for (int k = 0; k < frame->atoms->species_count; k++)
        symbol[k] = frame->atoms->species[k].symbol;
    if (vt_failed(status) && strcmp(to, "data") == 0) {
        r.species = symbol;
        r.species_count = frame->atoms->species_count;
        status = vt_frame_read(&back, path, 1, &r, &err);
    }
    fuzz_require(!vt_failed(status), "written as %s, but not read back: %s", to, err.msg);
    fuzz_require(back.atoms->count == frame->atoms->count, "as %s: other number of atoms", to);
    if (exact(to, frame)) {
        /* Not every velocity is one of the quotients of momenta and a mass. */
        double rounding = strcmp(to, "extxyz") == 0 ? 0x1p-52 : 0;
        const char *what = difference(frame, &back, rounding);
        fuzz_require(what == NULL, "as %s: other %s", to, what);
    }
    vt_frame_clear(&back);
}

/* ---------------------------------------------------------------- reading ---- */

typedef struct {
    vt_frame frame[MOST_FRAMES];
    int count;
    vt_status status; /* of the last call */
    vt_error err;
} reading;

static vt_reader *open_reader(const char *name, uint64_t choice, vt_error *err) {
    static const char *const SPECIES[] = {"Cu", "Zr"};
    vt_read_options r = vt_read_defaults();
    r.format = name;
    r.species = SPECIES;
    r.species_count = choice & 1 ? 2 : 0;
    r.columns = (choice & 6) != 0;
    return vt_reader_open(fuzz_path(), &r, err);
}

static void read_all(const char *name, uint64_t choice, reading *out) {
    vt_reader *reader = open_reader(name, choice, &out->err);
    out->status = reader != NULL ? VT_OK : out->err.code;
    while (out->status == VT_OK && out->count < MOST_FRAMES) {
        vt_frame *frame = &out->frame[out->count];
        out->status = vt_reader_next(reader, frame, &out->err);
        if (out->status != VT_OK) break;
        out->count++;
        vt_error err = {0};
        fuzz_require(!vt_failed(vt_atoms_check(frame->atoms, &err)), "let through: %s", err.msg);
    }
    fuzz_check_error(out->status, &out->err);
    if (out->status == VT_EFORMAT) {
        size_t length = strlen(fuzz_path());
        fuzz_require(strncmp(out->err.msg, fuzz_path(), length) == 0 && out->err.msg[length] == ':',
                     "the message does not begin with the file: %s", out->err.msg);
    }
    /* A file that could be read to its end can be read from anywhere. */
    if (out->status == VT_DONE && out->count > 0 && (choice & 24) == 0)
        for (int n = out->count; n >= -out->count; n -= out->count) {
            vt_frame again = {0};
            if (n == 0) continue;
            vt_status status = vt_reader_seek(reader, n, &out->err);
            if (!vt_failed(status)) status = vt_reader_next(reader, &again, &out->err);
            fuzz_require(status == VT_OK, "not read again, frame %d: %s", n, out->err.msg);
            const char *what = difference(&out->frame[n > 0 ? n - 1 : 0], &again, 0);
            fuzz_require(what == NULL, "read again, frame %d has other %s", n, what);
            vt_frame_clear(&again);
        }
    vt_reader_close(reader);
}

static void forget(reading *r) {
    for (int k = 0; k < r->count; k++) vt_frame_clear(&r->frame[k]);
}

static void compare(const reading *a, const reading *b) {
    fuzz_require(a->count == b->count, "%d frames, then %d: %s%s", a->count, b->count, a->err.msg,
                 b->err.msg);
    for (int k = 0; k < a->count; k++) {
        const char *what = difference(&a->frame[k], &b->frame[k], 0);
        if (what == NULL) what = difference_of_info(&a->frame[k], &b->frame[k]);
        fuzz_require(what == NULL, "frame %d, other %s in small blocks", k + 1, what);
    }
    fuzz_require(a->status == b->status && strcmp(a->err.msg, b->err.msg) == 0,
                 "other failures:\n%s\n%s", a->err.msg, b->err.msg);
}

void fuzz_frames(const uint8_t *bytes, size_t size) {
    uint64_t choice = fuzz_hash(bytes, size);
    reading whole = {0}, pieces = {0};
    if (vti_packing_of_bytes(bytes, size) != NULL) return; /* has targets of its own */
    fuzz_put(bytes, size);
    vti_input_block = LARGE_BLOCK;
    read_all(format, choice, &whole);
    vti_input_block = 1 + (size_t)(choice >> 8 & 63);
    /* An empty file is another one when it is compressed. */
    if ((choice >> 16 & 3) == 0 && size > 0) fuzz_put_packed(bytes, size);
    read_all(format, choice, &pieces);
    compare(&whole, &pieces);
    vti_input_block = LARGE_BLOCK;
    if (whole.count > 0)
        for (int k = 0; k < vt_format_count(); k++)
            if ((choice >> (20 + k) & 1) == 0)
                check_round_trip(&whole.frame[choice % (unsigned)whole.count], vt_format_name(k));
    forget(&whole);
    forget(&pieces);
}

/* ---------------------------------------------------------------- packed ---- */

static const vti_packing *packing;

void fuzz_packed_start(const char *name) {
    static const char *const ENDINGS[] = {".gz", ".zst", ".xz"};
    for (size_t k = 0; k < sizeof ENDINGS / sizeof *ENDINGS; k++)
        if (strcmp(vti_packing_of_name(ENDINGS[k])->name, name) == 0)
            packing = vti_packing_of_name(ENDINGS[k]);
    fuzz_require(packing->read != NULL, "built without %s", name);
}

/* Bytes that say that they are packed, of a file of atoms. */
void fuzz_packed(const uint8_t *bytes, size_t size) {
    uint64_t choice = fuzz_hash(bytes, size);
    uint8_t packed[1 << 14];
    size_t magic = packing->magic_size;
    memcpy(packed, packing->magic, magic);
    if (size > sizeof packed - magic) size = sizeof packed - magic;
    memcpy(packed + magic, bytes, size);
    fuzz_put(packed, size + magic);
    reading whole = {0}, pieces = {0};
    vti_input_block = LARGE_BLOCK;
    read_all("extxyz", choice, &whole);
    vti_input_block = 1 + (size_t)(choice >> 8 & 63);
    read_all("extxyz", choice, &pieces);
    /* Of damaged data a small block gives more than a large one before the damage. */
    if (!vt_failed(whole.status)) compare(&whole, &pieces);
    forget(&whole);
    forget(&pieces);
}

void fuzz_packed_seeds(const char *folder) {
    static const char TEXT[] = "2\nLattice=\"10 0 0 0 9 0 0 0 8\" Properties=species:S:1:pos:R:3\n"
                               "Cu 1 2 3\nZr 4 5 6\n1\n\nCu 0.5 0.5 0.5\n";
    unsigned char packed[1000];
    void *packer = packing->start_writing();
    vti_flow flow = {(const unsigned char *)TEXT, sizeof TEXT - 1, packed, sizeof packed / 2};
    fuzz_require(packing->write(packer, &flow, true) == VTI_FLOW_END, "no seed");
    packing->end_writing(packer);
    size_t size = (size_t)(flow.out - packed), magic = packing->magic_size;
    fuzz_save(folder, "one", packed + magic, size - magic);
    memcpy(packed + size, packed, size); /* two streams */
    fuzz_save(folder, "two", packed + magic, 2 * size - magic);
}

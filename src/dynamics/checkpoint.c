/* Checkpoints: see dynamics.h for the format. The reader trusts nothing: the sum over the whole
   file is checked first, then every section's place, kind and size. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "atoms/fields.h"
#include "base/try.h"
#include "dynamics/image.h"
#include "dynamics/internal.h"
#include "vitrum/io.h"

enum { BYTES = VTI_BYTES, INT32 = VTI_INT32, INT64 = VTI_INT64, FLOAT64 = VTI_FLOAT64 };

/* Older checkpoints lack the first of these sections, those of potentials without a taper the
   second. */
static const char POTENTIAL_PATH[] = "potential_path", POTENTIAL_TAPER[] = "potential_taper";

/* ---------------------------------------------------------------- fields ---- */

typedef struct {
    const char *name;
    uint32_t kind;
    size_t offset, count;
} field;

#define STATE(member, kind, count)                                                                 \
    { "state." #member, kind, offsetof(vti_md_state, member), count }

/* Every member of vti_md_state; a new one gets a line here. */
static const field STATE_FIELDS[] = {
    STATE(step, INT64, 1),
    STATE(temperature, FLOAT64, 1),
    STATE(energy, FLOAT64, 1),
    STATE(virial, FLOAT64, 6),
    STATE(kinetic, FLOAT64, 6),
    STATE(box_rate, FLOAT64, 6),
    STATE(thermostat, FLOAT64, VTI_VARIABLES),
    STATE(external, FLOAT64, 1),
    STATE(builds, INT64, 1),
    STATE(plan_start, INT64, 1),
    STATE(plan_steps, INT64, 1),
    STATE(sample_interval, INT64, 1),
    STATE(plan_temperature, FLOAT64, 2),
    STATE(plan_stress, FLOAT64, 12),
    STATE(deform, INT64, 6),
    STATE(strain_rate, FLOAT64, 6),
    STATE(true_strain, INT64, 1),
    STATE(strain_step, INT64, 6),
    STATE(strain_start, FLOAT64, 6),
    {"state.reference", FLOAT64, offsetof(vti_md_state, gauge), 6}};
enum { STATE_COUNT = sizeof STATE_FIELDS / sizeof *STATE_FIELDS };

/* What of the options and the atoms goes into the file, in forms of fixed size. */
typedef struct {
    int64_t seed, chain_length, suzuki_yoshida, control[6], coupled, mixed_precision;
    double timestep, temperature, temperature_damping, stress_damping, skin, stress[6];
    double box[12], list_box[12], selection_box[12], start_height[3], start_volume;
    int64_t periodic[3], count, species_count;
    double species_mass[VT_MAX_SPECIES];
    char species_symbol[VT_MAX_SPECIES * VT_SYMBOL_SIZE];
    char thermostat[16], potential[64], potential_file[1024], potential_sha256[65];
} record;

#define RECORD(member, kind, count)                                                                \
    { #member, kind, offsetof(record, member), count }

static const field RECORD_FIELDS[] = {
    RECORD(potential, BYTES, 64),
    RECORD(potential_file, BYTES, 1024),
    RECORD(potential_sha256, BYTES, 65),
    RECORD(thermostat, BYTES, 16),
    RECORD(seed, INT64, 1),
    RECORD(chain_length, INT64, 1),
    RECORD(suzuki_yoshida, INT64, 1),
    RECORD(control, INT64, 6),
    RECORD(coupled, INT64, 1),
    RECORD(mixed_precision, INT64, 1),
    RECORD(timestep, FLOAT64, 1),
    RECORD(temperature, FLOAT64, 1),
    RECORD(temperature_damping, FLOAT64, 1),
    RECORD(stress_damping, FLOAT64, 1),
    RECORD(skin, FLOAT64, 1),
    RECORD(stress, FLOAT64, 6),
    RECORD(box, FLOAT64, 12),
    RECORD(list_box, FLOAT64, 12),
    RECORD(selection_box, FLOAT64, 12),
    RECORD(start_height, FLOAT64, 3),
    RECORD(start_volume, FLOAT64, 1),
    RECORD(periodic, INT64, 3),
    RECORD(count, INT64, 1),
    RECORD(species_count, INT64, 1),
    RECORD(species_mass, FLOAT64, VT_MAX_SPECIES),
    RECORD(species_symbol, BYTES, VT_MAX_SPECIES *VT_SYMBOL_SIZE)};
enum { RECORD_COUNT = sizeof RECORD_FIELDS / sizeof *RECORD_FIELDS };

static void pack_box(const vt_box *box, double out[12]) {
    memcpy(out, box->origin, sizeof box->origin);
    memcpy(out + 3, box->h, sizeof box->h);
}

static vt_box unpack_box(const double in[12], const int64_t periodic[3]) {
    vt_box box;
    memset(&box, 0, sizeof box);
    memcpy(box.origin, in, sizeof box.origin);
    memcpy(box.h, in + 3, sizeof box.h);
    for (int k = 0; k < 3; k++) box.periodic[k] = periodic[k] != 0;
    return box;
}

static void copy_text(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from != NULL ? from : "");
}

static void fill_record(const vt_md *md, record *r) {
    const vt_md_options *o = &md->options;
    const vt_system *w = md->system;
    memset(r, 0, sizeof *r);
    r->seed = (int64_t)o->seed;
    r->chain_length = o->chain_length;
    r->suzuki_yoshida = o->suzuki_yoshida;
    r->coupled = o->coupled;
    r->mixed_precision = w->options.precision == VT_PRECISION_MIXED;
    for (int k = 0; k < 6; k++) {
        r->control[k] = o->control[k];
        r->stress[k] = o->stress[k];
    }
    r->timestep = o->timestep;
    r->temperature = o->temperature;
    r->temperature_damping = o->temperature_damping;
    r->stress_damping = o->stress_damping;
    r->skin = w->options.skin;
    pack_box(&w->box, r->box);
    const vt_snapshot *built, *selected;
    vt_system_lists(md->system, &built, &selected);
    pack_box(&built->box, r->list_box);
    pack_box(&selected->box, r->selection_box);
    memcpy(r->start_height, md->start_height, sizeof r->start_height);
    r->start_volume = md->start_volume;
    for (int k = 0; k < 3; k++) r->periodic[k] = w->box.periodic[k];
    r->count = (int64_t)md->count;
    r->species_count = w->species_count;
    for (int k = 0; k < w->species_count; k++) {
        r->species_mass[k] = w->species[k].mass;
        copy_text(r->species_symbol + k * VT_SYMBOL_SIZE, VT_SYMBOL_SIZE, w->species[k].symbol);
    }
    copy_text(r->thermostat, sizeof r->thermostat, md->thermostat->name);
    copy_text(r->potential, sizeof r->potential, vt_potential_name(md->system->potential));
    copy_text(r->potential_file, sizeof r->potential_file,
              vt_potential_file(md->system->potential));
    copy_text(r->potential_sha256, sizeof r->potential_sha256,
              vt_potential_sha256(md->system->potential));
}

/* ---------------------------------------------------------------- writing ---- */

typedef struct {
    vt_output *out;
    uLong crc;
    vt_status status;
    vt_error *err;
} writer;

static void put(writer *w, const void *data, size_t bytes) {
    if (vt_failed(w->status) || bytes == 0) return;
    w->crc = crc32_z(w->crc, data, bytes);
    w->status = vt_output_write(w->out, data, bytes, w->err);
}

static void put_header(writer *w, const char *name, uint32_t kind, uint64_t count) {
    unsigned char header[VTI_HEADER] = {0};
    copy_text((char *)header, VTI_NAME, name);
    memcpy(header + VTI_NAME, &kind, sizeof kind);
    memcpy(header + VTI_NAME + 8, &count, sizeof count);
    put(w, header, sizeof header);
}

static void put_section(writer *w, const char *name, uint32_t kind, const void *data,
                        size_t count) {
    unsigned char padding[8] = {0};
    put_header(w, name, kind, count);
    put(w, data, count * VTI_ITEM[kind]);
    put(w, padding, (8 - count * VTI_ITEM[kind] % 8) % 8);
}

static void put_fields(writer *w, const field *fields, size_t n, const void *from) {
    for (size_t k = 0; k < n; k++)
        put_section(w, fields[k].name, fields[k].kind, (const char *)from + fields[k].offset,
                    fields[k].count);
}

/* The first three numbers of each atom. */
static void put_vectors(writer *w, const char *name, double (*vector)[4], size_t n) {
    enum { AT_A_TIME = 256 };
    double packed[AT_A_TIME][3];
    put_header(w, name, FLOAT64, 3 * n);
    for (size_t from = 0; from < n; from += AT_A_TIME) {
        size_t some = n - from < AT_A_TIME ? n - from : AT_A_TIME;
        for (size_t k = 0; k < some; k++) memcpy(packed[k], vector[from + k], sizeof packed[k]);
        put(w, packed, some * sizeof packed[0]);
    }
}

static void put_atoms(writer *w, const vt_md *md) {
    const vt_system *a = md->system;
    size_t n = md->count;
    put_section(w, "order", INT32, a->order, n);
    put_section(w, "id", INT64, a->id, n);
    put_section(w, "type", INT32, a->type, n);
    put_vectors(w, "positions", a->r, n);
    put_vectors(w, "velocities", a->v, n);
    put_section(w, "images", INT32, a->image, 3 * n);
    const vt_snapshot *built, *selected;
    vt_system_lists(md->system, &built, &selected);
    put_section(w, "list_positions", FLOAT64, built->position, 3 * n);
    put_section(w, "selection_positions", FLOAT64, selected->position, 3 * n);
}

vt_status vt_md_save(vt_md *md, const char *path, bool overwrite, const char *text, vt_error *err) {
    VTI_TRY(vti_take_over(md, err));
    vt_system_push(md->system);
    md->state.builds = md->system->builds;
    record *r = vt_alloc(1, sizeof *r);
    if (r == NULL) return vt_fail_memory(err, 1, sizeof *r, "a checkpoint");
    fill_record(md, r);
    writer w = {vt_output_create(path, overwrite, err), crc32(0, NULL, 0), VT_OK, err};
    if (w.out == NULL) {
        vt_free(r);
        return err != NULL ? err->code : VT_EIO;
    }
    uint32_t head[2] = {VTI_VERSION, VTI_ENDIAN};
    char about[256];
    snprintf(about, sizeof about,
             "Checkpoint of molecular dynamics by vitrum %s: %zu atoms at step %lld. Units: "
             "angstrom, ps, eV, K, amu. Read it with vt.md_restore.\n",
             vt_version(), md->count, (long long)md->state.step);
    put(&w, VTI_MAGIC, sizeof VTI_MAGIC);
    put(&w, head, sizeof head);
    put_section(&w, "about", BYTES, about, strlen(about));
    put_fields(&w, RECORD_FIELDS, RECORD_COUNT, r);
    put_fields(&w, STATE_FIELDS, STATE_COUNT, &md->state);
    put_atoms(&w, md);
    put_section(&w, "samples", FLOAT64, md->samples, md->sample_count * VT_MD_COLUMNS);
    const char *file = vt_potential_path(md->system->potential);
    put_section(&w, POTENTIAL_PATH, BYTES, file, strlen(file));
    double taper = vt_potential_taper(md->system->potential);
    if (taper > 0) put_section(&w, POTENTIAL_TAPER, FLOAT64, &taper, 1);
    put_section(&w, "text", BYTES, text, text != NULL ? strlen(text) : 0);
    put_section(&w, "end", BYTES, NULL, 0);
    uint64_t sum = w.crc;
    put(&w, &sum, sizeof sum);
    vt_free(r);
    if (vt_failed(w.status)) {
        vt_output_discard(w.out);
        return w.status;
    }
    return vt_output_commit(w.out, err);
}

/* ---------------------------------------------------------------- reading ---- */

static vt_status get(const vti_image *file, const char *name, uint32_t kind, size_t count, void *to,
                     vt_error *err) {
    const void *data = vti_image_find(file, name, kind, count, NULL, err);
    if (data == NULL) return VT_EFORMAT;
    memcpy(to, data, count * VTI_ITEM[kind]);
    return VT_OK;
}

static vt_status fail_values(const vti_image *file, const char *what, vt_error *err) {
    return vt_fail(err, VT_EFORMAT,
                   "checkpoint %.300s holds %s that cannot be; it was not written by vitrum",
                   file->path, what);
}

static vt_status get_fields(const vti_image *file, const field *fields, size_t n, void *to,
                            vt_error *err) {
    for (size_t k = 0; k < n; k++)
        VTI_TRY(get(file, fields[k].name, fields[k].kind, fields[k].count,
                    (char *)to + fields[k].offset, err));
    return VT_OK;
}

/* Atoms take so much of a file at least: order, id, type, and for the rest see put_atoms. */
enum { BYTES_PER_ATOM = 4 + 8 + 4 + 6 * 8 + 3 * 4 + 6 * 8 };

static bool is_flag(const int64_t *value, int count) {
    for (int k = 0; k < count; k++)
        if (value[k] != 0 && value[k] != 1) return false;
    return true;
}

static vt_status load_record(const char *path, vti_image *file, record *r, vt_error *err) {
    VTI_TRY(vti_image_read(file, path, err));
    VTI_TRY(get_fields(file, RECORD_FIELDS, RECORD_COUNT, r, err));
    /* Strings end, counts are sane: a checksum proves no more than that nobody changed the file
       by accident. */
    r->thermostat[sizeof r->thermostat - 1] = r->potential[sizeof r->potential - 1] = '\0';
    r->potential_file[sizeof r->potential_file - 1] = '\0';
    r->potential_sha256[sizeof r->potential_sha256 - 1] = '\0';
    for (int k = 0; k < VT_MAX_SPECIES; k++) r->species_symbol[(k + 1) * VT_SYMBOL_SIZE - 1] = '\0';
    if (r->count < 1 || r->count > INT32_MAX || r->species_count < 1 ||
        r->species_count > VT_MAX_SPECIES || (uint64_t)r->count > file->size / BYTES_PER_ATOM)
        return vt_fail(err, VT_EFORMAT,
                       "checkpoint %.300s claims %lld atoms of %lld species in "
                       "%zu bytes",
                       path, (long long)r->count, (long long)r->species_count, file->size);
    bool sound = is_flag(r->control, 6) && is_flag(&r->coupled, 1) &&
                 is_flag(&r->mixed_precision, 1) && is_flag(r->periodic, 3) &&
                 r->chain_length >= 0 && r->chain_length < INT16_MAX && r->suzuki_yoshida >= 0 &&
                 r->suzuki_yoshida < INT16_MAX;
    for (int k = 0; k < (int)r->species_count; k++)
        sound = sound && vt_is_species_name(r->species_symbol + k * VT_SYMBOL_SIZE);
    return sound ? VT_OK : fail_values(file, "settings", err);
}

static double taper_of(const vti_image *file) {
    double taper = 0;
    const void *data = vti_image_find(file, POTENTIAL_TAPER, FLOAT64, 1, NULL, NULL);
    if (data != NULL) memcpy(&taper, data, sizeof taper);
    return taper;
}

vt_status vt_md_inspect(const char *path, vt_md_about *about, vt_error *err) {
    vti_image file = {0};
    record *r = vt_alloc(1, sizeof *r);
    if (r == NULL) return vt_fail_memory(err, 1, sizeof *r, "a checkpoint");
    vt_status status = load_record(path, &file, r, err);
    if (!vt_failed(status)) {
        copy_text(about->potential, sizeof about->potential, r->potential);
        copy_text(about->file, sizeof about->file, r->potential_file);
        copy_text(about->sha256, sizeof about->sha256, r->potential_sha256);
        about->taper = taper_of(&file);
        size_t length;
        const void *text = vti_image_find(&file, POTENTIAL_PATH, BYTES, SIZE_MAX, &length, NULL);
        /* Part of a path would lead elsewhere. */
        if (text == NULL || length >= sizeof about->path) length = 0;
        if (length > 0) memcpy(about->path, text, length);
        about->path[length] = '\0';
    }
    vti_image_free(&file);
    vt_free(r);
    return status;
}

/* ---------------------------------------------------------------- restoring ---- */

static vt_status check_potential(const vti_image *file, const record *r,
                                 const vt_potential *potential, const char *path, vt_error *err) {
    double taper = taper_of(file), given = vt_potential_taper(potential);
    bool same = strcmp(r->potential, vt_potential_name(potential)) == 0 &&
                strcmp(r->potential_sha256, vt_potential_sha256(potential)) == 0;
    if (same && taper == given) return VT_OK;
    if (same)
        return vt_fail(err, VT_EINVAL,
                       "checkpoint %.100s was made with the potential %s %.100s and a taper of "
                       "%.10g A, not of %.10g A (0: none); give the same one",
                       path, r->potential, r->potential_file, taper, given);
    return vt_fail(
        err, VT_EINVAL,
        "checkpoint %.100s was made with the potential %s %.100s (SHA-256 %.12s...), not "
        "with %s %.100s (SHA-256 %.12s...); give the same one",
        path, r->potential, r->potential_file, r->potential_sha256, vt_potential_name(potential),
        vt_potential_file(potential), vt_potential_sha256(potential));
}

/* Every atom has one place. */
static vt_status check_order(const vti_image *file, const int32_t *order, size_t n, vt_error *err) {
    bool *seen = vt_alloc(n, sizeof *seen);
    if (seen == NULL) return vt_fail_memory(err, n, sizeof *seen, "reading a checkpoint");
    bool sound = true;
    for (size_t k = 0; k < n && sound; k++) {
        sound = order[k] >= 0 && (size_t)order[k] < n && !seen[order[k]];
        if (sound) seen[order[k]] = true;
    }
    vt_free(seen);
    return sound ? VT_OK : fail_values(file, "an order of atoms", err);
}

/* Three numbers an atom of a section, in the order of the file, to columns in the user's. */
static vt_status get_vectors(const vti_image *file, const char *name, const int32_t *order,
                             size_t n, double *const to[3], vt_error *err) {
    const char *data = vti_image_find(file, name, FLOAT64, 3 * n, NULL, err);
    if (data == NULL) return VT_EFORMAT;
    for (size_t k = 0; k < n; k++)
        for (size_t q = 0; q < 3; q++)
            memcpy(&to[q][order[k]], data + (3 * k + q) * sizeof(double), sizeof(double));
    return VT_OK;
}

/* The atoms in the user's order, which is `order` of that in the file. */
static vt_status get_atoms(const vti_image *file, const record *r, vt_atoms *a, int32_t *order,
                           vt_error *err) {
    size_t n = a->count;
    VTI_TRY(get(file, "order", INT32, n, order, err));
    VTI_TRY(check_order(file, order, n, err));
    a->species_count = (int)r->species_count;
    for (int k = 0; k < a->species_count; k++) {
        a->species[k].mass = r->species_mass[k];
        copy_text(a->species[k].symbol, VT_SYMBOL_SIZE, r->species_symbol + k * VT_SYMBOL_SIZE);
    }
    vti_atom_arrays own = vti_arrays_of(a);
    VTI_TRY(get_vectors(file, "positions", order, n, own.position, err));
    VTI_TRY(get_vectors(file, "velocities", order, n, own.velocity, err));
    const char *id = vti_image_find(file, "id", INT64, n, NULL, err);
    const char *type = vti_image_find(file, "type", INT32, n, NULL, err);
    const char *image = vti_image_find(file, "images", INT32, 3 * n, NULL, err);
    if (id == NULL || type == NULL || image == NULL) return VT_EFORMAT;
    for (size_t k = 0; k < n; k++) {
        size_t i = (size_t)order[k];
        int32_t images[3];
        memcpy(&own.id[i], id + k * sizeof(int64_t), sizeof(int64_t));
        memcpy(&own.type[i], type + k * sizeof(int32_t), sizeof(int32_t));
        memcpy(images, image + k * sizeof images, sizeof images);
        for (int axis = 0; axis < 3; axis++) own.image[axis][i] = images[axis];
    }
    return vt_atoms_check(a, err);
}

/* Steps are counted in whole numbers whose differences must not overflow. */
static bool is_sound(const vti_md_state *s) {
    const int64_t counts[] = {s->step,           s->builds,          s->plan_start,
                              s->plan_steps,     s->sample_interval, s->strain_step[0],
                              s->strain_step[1], s->strain_step[2],  s->strain_step[3],
                              s->strain_step[4], s->strain_step[5]};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
        if (counts[k] < 0 || counts[k] > INT64_C(1) << 60) return false;
    return s->plan_start <= s->step && is_flag(s->deform, 6) && is_flag(&s->true_strain, 1) &&
           isfinite(s->temperature);
}

static vt_status get_rest(const vti_image *file, vt_md *md, vt_error *err) {
    VTI_TRY(get_fields(file, STATE_FIELDS, STATE_COUNT, &md->state, err));
    if (!is_sound(&md->state)) return fail_values(file, "a state of the run", err);
    size_t n = 0;
    const void *samples = vti_image_find(file, "samples", FLOAT64, SIZE_MAX, &n, err);
    if (samples == NULL) return VT_EFORMAT;
    if (n % VT_MD_COLUMNS != 0) return fail_values(file, "half a sample", err);
    md->sample_count = md->sample_capacity = n / VT_MD_COLUMNS;
    md->samples = vt_alloc(md->sample_count, sizeof *md->samples);
    if (md->samples == NULL) return vt_fail_memory(err, n, 8, "reading samples");
    memcpy(md->samples, samples, md->sample_count * sizeof *md->samples);
    const void *text = vti_image_find(file, "text", BYTES, SIZE_MAX, &n, err);
    if (text == NULL) return VT_EFORMAT;
    if (n > 0 && memchr(text, '\0', n) != NULL) return fail_values(file, "a text", err);
    md->text = vt_alloc(n + 1, 1);
    if (md->text == NULL) return vt_fail_memory(err, n + 1, 1, "reading a checkpoint");
    memcpy(md->text, text, n);
    return VT_OK;
}

/* Make the lists as they were made before, then go to the present positions: pairs in another order
   would add the forces in another order. */
static vt_status restore_lists(vt_md *md, const vti_image *file, const record *r,
                               const int32_t *order, vt_error *err) {
    size_t n = 3 * md->count;
    double *position = vt_alloc(2 * n, sizeof *position);
    if (position == NULL) return vt_fail_memory(err, 2 * n, sizeof(double), "reading a checkpoint");
    vt_snapshot built = {unpack_box(r->list_box, r->periodic), position};
    vt_snapshot selected = {unpack_box(r->selection_box, r->periodic), position + n};
    vt_status status = get(file, "list_positions", FLOAT64, n, built.position, err);
    if (!vt_failed(status))
        status = get(file, "selection_positions", FLOAT64, n, selected.position, err);
    for (size_t k = 0; k < 2 * n && !vt_failed(status); k++)
        if (!isfinite(position[k])) status = fail_values(file, "a position", err);
    if (!vt_failed(status)) status = vt_box_check(&built.box, err);
    if (!vt_failed(status)) status = vt_box_check(&selected.box, err);
    if (!vt_failed(status)) status = vt_system_restore(md->system, order, &built, &selected, err);
    vt_free(position);
    if (vt_failed(status)) return status;
    md->system->builds = md->state.builds;
    vti_md_state saved = md->state;
    status = vti_settle(md, err);
    /* The same numbers, but for a checkpoint taken across kernels of another instruction set:
       those of the file are the ones that the trajectory goes on with. */
    md->state = saved;
    return status;
}

static vt_md *md_from(const vti_image *file, const record *r, vt_system *system,
                      const int32_t *order, vt_error *err) {
    vt_md_options o = vt_md_defaults();
    o.seed = (uint64_t)r->seed;
    o.chain_length = (int)r->chain_length;
    o.suzuki_yoshida = (int)r->suzuki_yoshida;
    o.coupled = r->coupled != 0;
    for (int k = 0; k < 6; k++) {
        o.control[k] = r->control[k] != 0;
        o.stress[k] = r->stress[k];
    }
    o.timestep = r->timestep;
    o.thermostat = r->thermostat;
    o.temperature = r->temperature;
    o.temperature_damping = r->temperature_damping;
    o.stress_damping = r->stress_damping;
    vt_md *md = vti_md_new(system, &o, err);
    if (md == NULL) return NULL;
    vt_status status = get_rest(file, md, err);
    if (!vt_failed(status)) {
        memcpy(md->start_height, r->start_height, sizeof md->start_height);
        md->start_volume = r->start_volume;
        vti_set_masses(md);
        status = restore_lists(md, file, r, order, err);
    }
    if (vt_failed(status)) {
        vt_md_destroy(md);
        return NULL;
    }
    vt_system_push(system);
    md->taken = true;
    vti_leave(md);
    return md;
}

static vt_status restore(const vti_image *file, const record *r, const vt_potential *potential,
                         vt_restored *out, vt_error *err) {
    size_t n = (size_t)r->count;
    vt_box box = unpack_box(r->box, r->periodic);
    int32_t *order = vt_alloc(n, sizeof *order);
    if (order == NULL) return vt_fail_memory(err, n, sizeof *order, "restoring a checkpoint");
    out->atoms = vt_atoms_create(n, &box, err);
    vt_status status = out->atoms != NULL ? VT_OK : err->code;
    if (!vt_failed(status)) status = get_atoms(file, r, out->atoms, order, err);
    if (!vt_failed(status)) {
        const vt_system_options o = {
            r->mixed_precision != 0 ? VT_PRECISION_MIXED : VT_PRECISION_DOUBLE, r->skin};
        out->system = vt_system_create(out->atoms, potential, &o, err);
        if (out->system != NULL) out->md = md_from(file, r, out->system, order, err);
        if (out->md == NULL) status = err->code;
    }
    vt_free(order);
    return status;
}

vt_status vt_md_restore(const char *path, const vt_potential *potential, vt_restored *restored,
                        vt_error *err) {
    vti_image file = {0};
    *restored = (vt_restored){0};
    vt_error local = {0};
    record *r = vt_alloc(1, sizeof *r);
    if (r == NULL) return vt_fail_memory(err, 1, sizeof *r, "a checkpoint");
    vt_status status = load_record(path, &file, r, &local);
    if (!vt_failed(status)) status = check_potential(&file, r, potential, path, &local);
    if (!vt_failed(status)) status = restore(&file, r, potential, restored, &local);
    vti_image_free(&file);
    vt_free(r);
    if (!vt_failed(status)) return status;
    vt_md_destroy(restored->md);
    vt_system_destroy(restored->system);
    vt_atoms_destroy(restored->atoms);
    *restored = (vt_restored){0};
    if (err != NULL) *err = local;
    return status;
}

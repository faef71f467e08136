/* XYZ and extended XYZ (https://github.com/libAtoms/extxyz): frames of

     number of atoms
     comment: key=value pairs, or anything in plain XYZ
     one line per atom, columns as Properties=species:S:1:pos:R:3:... says

   The rows of Lattice are the cell vectors. Without it, as in plain XYZ, the box is the smallest
   one around the atoms, free along each axis.

   Keys and names are known in any case, as GPUMD writes lattice= and others Lattice=. Velocities:
   extxyz_motion.c. `stress` is in eV/angstrom^3, positive in tension but in GPUMD's files; `virial`
   is minus stress times volume [eV]. LAMMPS's `Stress` and `Potential_energy` have the unit of its
   run, which the file does not tell, and stay entries of `info` as they are. */
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/extxyz.h"

enum { WORD = VTI_LONGEST_WORD + 2 };

/* What a property means. */
typedef enum {
    SPECIES,
    NUMBER,
    POSITION,
    MASS,
    ID,
    IMAGE,
    FORCE,
    VELOCITY,
    EXTRA,
    IGNORED
} meaning;

static const struct {
    const char *name;
    meaning meaning;
    char type;
    size_t width;
} KNOWN[] = {{"species", SPECIES, 'S', 1},     {"symbols", SPECIES, 'S', 1},
             {"element", SPECIES, 'S', 1},     {"Z", NUMBER, 'I', 1},
             {"numbers", NUMBER, 'I', 1},      {"pos", POSITION, 'R', 3},
             {"positions", POSITION, 'R', 3},  {"mass", MASS, 'R', 1},
             {"masses", MASS, 'R', 1},         {"id", ID, 'I', 1},
             {"images", IMAGE, 'I', 3},        {"forces", FORCE, 'R', 3},
             {"force", FORCE, 'R', 3},         {"momenta", VELOCITY, 'R', 3},
             {"velocities", VELOCITY, 'R', 3}, {"vel", VELOCITY, 'R', 3},
             {"velo", VELOCITY, 'R', 3}};

typedef struct {
    char name[64], type;
    size_t width;
    meaning meaning;
    int extra; /* index of the table's column */
} property;

typedef struct {
    vti_input *in;
    const vt_read_options *options;
    vt_frame *frame;
    vt_error *err;
    int64_t atoms;
    bool has_box, numbered_types;
    vt_box box;
    vti_xyz_header header;
    property property[VTI_MAX_COLUMNS];
    int properties;
    vti_table table;
} parser;

/* ---------------------------------------------------------------- properties ---- */

static bool used(const parser *p, meaning m) {
    for (int k = 0; k < p->properties; k++)
        if (p->property[k].meaning == m) return true;
    return false;
}

static vt_status add_property(parser *p, const char *name, size_t length, char type, size_t width) {
    property *q = &p->property[p->properties];
    if (p->properties == VTI_MAX_COLUMNS || length == 0 || length >= sizeof q->name)
        return vti_bad(p->in, p->err,
                       "Properties: at most %d, with names of 1 to %zu letters, can be read",
                       VTI_MAX_COLUMNS, sizeof q->name - 1);
    *q = (property){.type = type, .width = width, .meaning = EXTRA};
    memcpy(q->name, name, length);
    for (int k = 0; k < p->properties; k++)
        if (strcmp(p->property[k].name, q->name) == 0)
            return vti_bad(p->in, p->err, "Properties: '%s' is there twice", q->name);
    for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
        if (!vti_same_word(q->name, KNOWN[k].name) || used(p, KNOWN[k].meaning)) continue;
        bool number = KNOWN[k].type == 'R' && type == 'I';
        bool fits = (type == KNOWN[k].type || number) && width == KNOWN[k].width;
        if (!fits && KNOWN[k].meaning == NUMBER) continue; /* a column z may be anything */
        if (!fits)
            return vti_bad(p->in, p->err, "Properties: %s:%c:%zu cannot be; expected %s:%c:%zu",
                           q->name, type, width, q->name, KNOWN[k].type, KNOWN[k].width);
        q->meaning = KNOWN[k].meaning;
    }
    vti_xyz_header *h = &p->header;
    if (q->meaning == MASS) h->mass_first = h->velocity_name[0] == '\0';
    if (q->meaning == VELOCITY) {
        memcpy(h->velocity_name, q->name, sizeof h->velocity_name);
        h->momenta = vti_same_word(q->name, "momenta");
        h->ase = vti_same_word(q->name, "velocities");
    }
    p->properties++;
    return VT_OK;
}

/* "species:S:1:pos:R:3" */
static vt_status read_properties(parser *p, const char *text) {
    while (*text != '\0') {
        size_t length = strcspn(text, ":");
        const char *name = text;
        text += length;
        char type = '\0';
        size_t width = 0;
        if (text[0] == ':' && text[1] != '\0' && text[2] == ':') {
            type = text[1];
            for (text += 3; *text >= '0' && *text <= '9' && width < 10000; text++)
                width = 10 * width + (size_t)(*text - '0');
        }
        if (type == '\0' || strchr("SRIL", type) == NULL || width == 0 || width > 1000 ||
            (*text != ':' && *text != '\0')) {
            char shown[VTI_SHOWN_SIZE];
            return vti_bad(p->in, p->err,
                           "Properties: cannot read '%s'; expected name:type:columns with type S, "
                           "R, I or L, such as species:S:1:pos:R:3",
                           vti_shown(name, shown));
        }
        VTI_TRY(add_property(p, name, length, type, width));
        if (*text == ':') text++;
    }
    if (!used(p, POSITION))
        return vti_bad(p->in, p->err, "Properties has no pos:R:3; atoms need positions");
    return VT_OK;
}

/* ---------------------------------------------------------------- comment line ---- */

static vt_status read_lattice(parser *p, const vti_xyz_value *v) {
    if (v->kind == VT_VALUE_TEXT || (v->count != 9 && v->count != 3))
        return vti_bad(p->in, p->err, "Lattice=\"%.80s\" is not 9 numbers (the rows of the cell)",
                       v->text);
    memset(p->box.h, 0, sizeof p->box.h);
    for (size_t k = 0; k < v->count; k++)
        if (v->count == 9)
            p->box.h[k / 3][k % 3] = v->number[k];
        else
            p->box.h[k][k] = v->number[k];
    p->has_box = true;
    return VT_OK;
}

static vt_status read_pbc(parser *p, const vti_xyz_value *v) {
    bool numbers = v->kind == VT_VALUE_LOGICAL || v->kind == VT_VALUE_INTEGER;
    if (!numbers || (v->count != 3 && v->count != 1))
        return vti_bad(p->in, p->err, "pbc=\"%.40s\" is not three of T and F", v->text);
    for (int k = 0; k < 3; k++) p->box.periodic[k] = v->number[v->count == 3 ? k : 0] != 0;
    return VT_OK;
}

/* Six or nine components to xx yy zz yz xz xy. */
static bool six_components(const vti_xyz_value *v, double s[6]) {
    static const int FULL[6] = {0, 4, 8, 5, 2, 1};
    if (v->kind == VT_VALUE_TEXT || (v->count != 6 && v->count != 9)) return false;
    for (int k = 0; k < 6; k++) s[k] = v->number[v->count == 6 ? k : FULL[k]];
    return true;
}

static vt_status keep_info(parser *p, const char *key, const vti_xyz_value *v) {
    if (p->frame->info_count == VTI_XYZ_MOST_ENTRIES)
        return vti_bad(p->in, p->err,
                       "more than %d entries in a comment line; is this a comment line?",
                       VTI_XYZ_MOST_ENTRIES);
    size_t size = v->kind == VT_VALUE_TEXT ? strlen(v->text) + 1 : 0;
    size_t rows = v->count == 9 ? 3 : 0;
    vt_values *info =
        vt_frame_add_info(p->frame, key, v->kind, rows, rows > 0 ? 3 : v->count, size, p->err);
    if (info == NULL) return VT_ENOMEM;
    if (size > 0)
        memcpy(info->text, v->text, size);
    else
        memcpy(info->number, v->number, v->count * sizeof(double));
    return VT_OK;
}

static vt_status read_entry(parser *p, const char *key, const vti_xyz_value *v, double virial[6],
                            bool *has_virial) {
    vt_frame *f = p->frame;
    bool single = v->kind != VT_VALUE_TEXT && v->kind != VT_VALUE_LOGICAL && v->count == 1;
    vti_xyz_note(&p->header, key, v);
    vti_xyz_writer writer = vti_xyz_written_by(&p->header);
    if (vti_same_word(key, "lattice")) return read_lattice(p, v);
    if (vti_same_word(key, "properties")) return read_properties(p, v->text);
    if (vti_same_word(key, "pbc")) return read_pbc(p, v);
    if (vti_same_word(key, "origin") && v->kind != VT_VALUE_TEXT && v->count == 3) {
        memcpy(p->box.origin, v->number, sizeof p->box.origin);
        return VT_OK;
    }
    if (vti_same_word(key, "energy")) {
        if (!single) return vti_bad(p->in, p->err, "energy=%.40s is not a number [eV]", v->text);
        f->has_energy = true;
        f->energy = v->number[0];
        return VT_OK;
    }
    if (vti_same_word(key, "stress") && writer != VTI_XYZ_LAMMPS && six_components(v, f->stress)) {
        /* What GPUMD calls stress is the tensor of pressure. */
        for (int k = 0; writer == VTI_XYZ_GPUMD && k < 6; k++) f->stress[k] = -f->stress[k];
        f->has_stress = true;
        return VT_OK;
    }
    if (vti_same_word(key, "virial") && six_components(v, virial)) *has_virial = true;
    if (single && vti_same_word(key, "time")) {
        f->has_time = true;
        f->time = v->number[0];
        return VT_OK;
    }
    if (single && v->kind == VT_VALUE_INTEGER && vti_same_word(key, "timestep")) {
        f->has_timestep = true;
        f->timestep = (int64_t)v->number[0];
        return VT_OK;
    }
    return keep_info(p, key, v);
}

static vt_status read_comment(parser *p, char *line) {
    p->box = (vt_box){.periodic = {true, true, true}};
    p->header.line = vti_input_line_number(p->in);
    if (!vti_xyz_has_key(line, "lattice") && !vti_xyz_has_key(line, "properties")) {
        vt_status status = vti_set_comment(p->frame, line, p->err);
        return vt_failed(status) ? status : read_properties(p, "species:S:1:pos:R:3");
    }
    double virial[6];
    bool has_virial = false;
    vti_xyz_entries entries = {.rest = line};
    vt_status status;
    while ((status = vti_xyz_next(&entries, p->in, p->err)) == VT_OK) {
        status = read_entry(p, entries.key, &entries.value, virial, &has_virial);
        if (vt_failed(status)) break;
    }
    vti_xyz_free(&entries);
    if (vt_failed(status)) return status;
    if (p->properties == 0) status = read_properties(p, "species:S:1:pos:R:3");
    if (vt_failed(status)) return status;
    if (p->has_box) {
        vt_error why = {0};
        if (vt_failed(vt_box_check(&p->box, &why)))
            return vti_bad(p->in, p->err, "Lattice: %s", why.msg);
        if (has_virial && !p->frame->has_stress) {
            double volume = vt_box_volume(&p->box);
            for (int k = 0; k < 6; k++) p->frame->stress[k] = -virial[k] / volume;
            p->frame->has_stress = true;
        }
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- rows ---- */

/* A column `type` tells the atoms apart where no other one does; the name is nobody's standard, so
   beside species it is a column like any other. */
static void take_types(parser *p) {
    for (int k = 0; k < p->properties && !used(p, SPECIES) && !used(p, NUMBER); k++) {
        property *q = &p->property[k];
        bool word = (q->type == 'I' || q->type == 'S') && q->width == 1;
        if (q->meaning == EXTRA && word && vti_same_word(q->name, "type")) q->meaning = SPECIES;
    }
}

static vt_status prepare_columns(parser *p, const char *row) {
    take_types(p);
    /* Numbers in the place of symbols are types, as LAMMPS's `dump xyz` writes them. */
    for (int k = 0; k < p->properties; k++) {
        property *q = &p->property[k];
        char word[WORD];
        const char *cursor = row;
        int64_t type;
        if (q->meaning == SPECIES)
            p->numbered_types = vti_scan_int64(&cursor, &type) == VTI_NUMBER_OK;
        for (size_t c = 0; c < q->width; c++) vti_scan_word(&row, word, sizeof word);
        /* Symbols say more than atomic numbers. */
        if (q->meaning == NUMBER && used(p, SPECIES)) q->meaning = EXTRA;
        if (q->meaning != EXTRA) continue;
        if (!p->options->columns) {
            q->meaning = IGNORED;
            continue;
        }
        vt_value_kind kind = q->type == 'R'   ? VT_VALUE_REAL
                             : q->type == 'I' ? VT_VALUE_INTEGER
                             : q->type == 'L' ? VT_VALUE_LOGICAL
                                              : VT_VALUE_TEXT;
        q->extra = vti_table_add_column(&p->table, q->name, kind, q->width, p->in, p->err);
        if (q->extra < 0) return VT_EFORMAT;
    }
    p->table.has_id = used(p, ID);
    p->table.keep_order = true;
    p->table.has_mass = used(p, MASS);
    p->table.has_type = p->numbered_types;
    p->table.has_symbol = (used(p, SPECIES) && !p->numbered_types) || used(p, NUMBER);
    p->frame->has_forces = used(p, FORCE);
    p->frame->has_velocities = used(p, VELOCITY);
    return VT_OK;
}

static vt_status bad_value(parser *p, vti_number result, const char *cursor, const property *q,
                           size_t row) {
    char what[112];
    snprintf(what, sizeof what, "'%s' of atom %zu", q->name, row + 1);
    return vti_bad_number(p->in, p->err, result, cursor, what);
}

static vt_status read_species(parser *p, const char **cursor, const property *q, size_t i) {
    char word[WORD];
    int64_t number;
    if (q->meaning == SPECIES && !p->numbered_types) {
        const char *start = *cursor;
        if (!vti_scan_word(cursor, word, sizeof word))
            return bad_value(p, VTI_NUMBER_MISSING, start, q, i);
        return vti_table_symbol(&p->table, word, p->in, p->err);
    }
    const char *start = *cursor;
    vti_number result = vti_scan_int64(cursor, &number);
    if (result != VTI_NUMBER_OK) return bad_value(p, result, start, q, i);
    if (q->meaning == SPECIES) {
        p->frame->atoms->type[i] = number >= 0 && number <= INT32_MAX ? (int32_t)number : -1;
        return VT_OK;
    }
    const char *symbol = number > 0 && number < 200 ? vt_element_symbol((int)number) : NULL;
    if (symbol == NULL)
        return vti_bad(p->in, p->err, "atomic number %lld is no element's", (long long)number);
    return vti_table_symbol(&p->table, symbol, p->in, p->err);
}

static vt_status read_logical(parser *p, const char **cursor, const property *q, size_t i,
                              double *value) {
    char word[WORD];
    const char *start = *cursor;
    if (!vti_scan_word(cursor, word, sizeof word))
        return bad_value(p, VTI_NUMBER_MISSING, start, q, i);
    bool yes = strcmp(word, "T") == 0 || strcmp(word, "True") == 0 || strcmp(word, "1") == 0;
    bool no = strcmp(word, "F") == 0 || strcmp(word, "False") == 0 || strcmp(word, "0") == 0;
    if (!yes && !no)
        return vti_bad(p->in, p->err, "'%s' of atom %zu is '%.40s'; expected T or F", q->name,
                       i + 1, word);
    *value = yes;
    return VT_OK;
}

static vt_status read_vector(parser *p, const char **cursor, const property *q, size_t i,
                             double *const to[3]) {
    for (int c = 0; c < 3; c++) {
        vti_number result = vti_scan_double(cursor, &to[c][i]);
        if (result != VTI_NUMBER_OK) return bad_value(p, result, *cursor, q, i);
    }
    return VT_OK;
}

static vt_status read_property(parser *p, const char **cursor, const property *q, size_t i) {
    vt_atoms *a = p->frame->atoms;
    vti_column *extra = q->meaning == EXTRA ? &p->table.column[q->extra] : NULL;
    if (q->meaning == SPECIES || q->meaning == NUMBER) return read_species(p, cursor, q, i);
    double *const vector[3][3] = {{a->x, a->y, a->z}, {a->fx, a->fy, a->fz}, {a->vx, a->vy, a->vz}};
    int32_t *const image[3] = {a->ix, a->iy, a->iz};
    int where = q->meaning == POSITION ? 0 : q->meaning == FORCE ? 1 : 2;
    bool is_vector = q->meaning == POSITION || q->meaning == FORCE || q->meaning == VELOCITY;
    if (is_vector && q->type == 'R') return read_vector(p, cursor, q, i, vector[where]);
    for (size_t c = 0; c < q->width; c++) {
        double value = 0;
        int64_t whole = 0;
        char word[WORD];
        vt_status status = VT_OK;
        vti_number result = VTI_NUMBER_OK;
        const char *start = *cursor;
        if (q->type == 'S' || q->meaning == IGNORED) {
            if (!vti_scan_word(cursor, word, sizeof word))
                result = VTI_NUMBER_MISSING;
            else if (q->meaning == EXTRA && strlen(word) == WORD - 1)
                return vti_bad(p->in, p->err, "'%s' of atom %zu is a word of more than %d letters",
                               q->name, i + 1, WORD - 2);
        } else if (q->type == 'L') {
            status = read_logical(p, cursor, q, i, &value);
        } else if (q->type == 'I') {
            result = vti_scan_int64(cursor, &whole);
            value = (double)whole;
            if (q->meaning == IMAGE && (whole < INT32_MIN || whole > INT32_MAX))
                result = VTI_NUMBER_NOT_FINITE;
        } else {
            result = vti_scan_double(cursor, &value);
            if (result == VTI_NUMBER_NOT_FINITE && extra != NULL)
                result = vti_scan_any_double(cursor, &value);
        }
        if (result != VTI_NUMBER_OK) return bad_value(p, result, start, q, i);
        if (vt_failed(status)) return status;
        if (q->meaning == IGNORED) continue;
        if (q->meaning == MASS)
            p->table.mass[i] = value;
        else if (q->meaning == ID)
            a->id[i] = whole;
        else if (q->meaning == IMAGE)
            image[c][i] = (int32_t)whole;
        else if (extra == NULL)
            vector[where][c][i] = value;
        else if (q->type == 'S')
            status = vti_table_text(&p->table, q->extra, word, p->err);
        else if (q->type == 'I')
            status = vti_column_set_whole(&p->table, q->extra, i * q->width + c, whole, p->err);
        else
            vti_column_set(extra, i * q->width + c, value);
        if (vt_failed(status)) return status;
    }
    return VT_OK;
}

static vt_status atom_row(parser *p, const char *cursor, bool extended) {
    vt_status status = vti_table_row(&p->table, p->in, p->err);
    for (int k = 0; k < p->properties && !vt_failed(status); k++)
        status = read_property(p, &cursor, &p->property[k], p->table.count - 1);
    /* Plain XYZ files may carry whatever they like behind the positions. */
    if (!vt_failed(status) && extended && *vti_skip_blanks(cursor) != '\0') {
        char shown[VTI_SHOWN_SIZE];
        return vti_bad(p->in, p->err, "'%s' is one value too many for the Properties of this frame",
                       vti_shown(cursor, shown));
    }
    return status;
}

/* ---------------------------------------------------------------- frames ---- */

/* The number of atoms on the first line of a frame. */
static vt_status read_count(vti_input *in, int64_t *count, vt_error *err) {
    char *line;
    vt_status status = vti_input_line(in, &line, err);
    if (status != VT_OK) return status;
    const char *cursor = line;
    if (vti_scan_int64(&cursor, count) == VTI_NUMBER_OK && *count >= 0 &&
        *vti_skip_blanks(cursor) == '\0')
        return VT_OK;
    char shown[VTI_SHOWN_SIZE];
    return vti_bad(in, err, "found '%s' where a frame begins; expected the number of atoms",
                   vti_shown(line, shown));
}

static vt_status row_line(vti_input *in, int64_t done, int64_t total, char **line, vt_error *err) {
    vt_status status = vti_input_line(in, line, err);
    if (status == VT_DONE)
        return vti_bad(in, err,
                       "the file ends after %lld of the %lld atoms of a frame; is it cut off? "
                       "Frames before this one can be read with the option frame",
                       (long long)done, (long long)total);
    return status;
}

static vt_status comment_line(vti_input *in, char **line, vt_error *err) {
    vt_status status = vti_input_line(in, line, err);
    return status == VT_DONE
               ? vti_bad(in, err, "the file ends where the comment line of a frame was expected")
               : status;
}

/* The smallest box around the atoms, free along each axis. */
static void box_around(vt_atoms *a) {
    const double *r[3] = {a->x, a->y, a->z};
    vt_box box = {0};
    for (int k = 0; k < 3; k++) {
        double low = a->count > 0 ? r[k][0] : 0, high = low;
        for (size_t i = 1; i < a->count; i++) {
            if (r[k][i] < low) low = r[k][i];
            if (r[k][i] > high) high = r[k][i];
        }
        box.origin[k] = low;
        box.h[k][k] = high - low > 1 ? high - low : 1; /* A flat cluster still needs a volume. */
    }
    a->box = box;
    a->boxless = true;
}

/* Numbers and words in a row. */
static size_t values_of(const parser *p) {
    size_t values = 0;
    for (int k = 0; k < p->properties; k++) values += p->property[k].width;
    return values;
}

static vt_status parse(parser *p) {
    char *line;
    vt_status status = read_count(p->in, &p->atoms, p->err);
    if (status == VT_OK) status = comment_line(p->in, &line, p->err);
    if (status == VT_OK) status = read_comment(p, line);
    if (status != VT_OK) return status;
    bool extended = p->frame->comment == NULL;
    vt_box box = p->has_box ? p->box : vt_box_orthogonal(1, 1, 1);
    for (int k = 0; k < 3 && !p->has_box; k++) box.periodic[k] = false;
    for (int64_t k = 0; k < p->atoms && !vt_failed(status); k++) {
        status = row_line(p->in, k, p->atoms, &line, p->err);
        if (k == 0 && !vt_failed(status)) status = prepare_columns(p, line);
        if (k == 0 && !vt_failed(status))
            status = vti_table_start(&p->table, p->frame, &box,
                                     vti_input_likely_rows(p->in, p->atoms, values_of(p)), p->err);
        if (!vt_failed(status)) status = atom_row(p, line, extended);
    }
    if (p->atoms == 0 && !vt_failed(status))
        status = vti_table_start(&p->table, p->frame, &box, 0, p->err);
    if (!vt_failed(status)) status = vti_table_finish(&p->table, p->in, p->options, p->err);
    if (vt_failed(status)) return status;
    if (!p->has_box) box_around(p->frame->atoms);
    return vti_xyz_velocities(p->frame, p->in, &p->header, p->options->velocity_unit, p->err);
}

static vt_status read_extxyz(vti_input *in, const vt_read_options *options, vt_frame *frame,
                             vt_error *err) {
    parser *p = vt_alloc(1, sizeof *p);
    if (p == NULL) return vt_fail_memory(err, 1, sizeof *p, "reading extended XYZ");
    p->in = in;
    p->options = options;
    p->frame = frame;
    p->err = err;
    vt_status status = parse(p);
    vti_table_free(&p->table);
    vt_free(p);
    return status;
}

static vt_status skip_extxyz(vti_input *in, const vt_read_options *options, vt_error *err) {
    (void)options;
    char *line;
    int64_t atoms = 0;
    vt_status status = read_count(in, &atoms, err);
    if (status == VT_OK) status = comment_line(in, &line, err);
    for (int64_t k = 0; k < atoms && status == VT_OK; k++)
        status = row_line(in, k, atoms, &line, err);
    return status;
}

/* A number alone, then a line that has a cell or properties; plain XYZ looks like nothing. */
static bool looks_like_extxyz(const char *head) {
    size_t n = strspn(head, " \t0123456789");
    return n > 0 && head[n] == '\n' &&
           (vti_xyz_has_key(head + n + 1, "lattice") ||
            vti_xyz_has_key(head + n + 1, "properties"));
}

/* Any of the names for a thing, also where another one is written. An atomic number beside a symbol
   is a column like any other. */
static bool knows(const char *name) {
    for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++)
        if (KNOWN[k].meaning != NUMBER && vti_same_word(name, KNOWN[k].name)) return true;
    return false;
}

static const vti_column_rules RULES = {.reserved = knows, .forbidden = VTI_XYZ_FORBIDDEN};

const vti_format vti_format_extxyz = {.name = "extxyz",
                                      .extensions = ".extxyz, .xyz",
                                      .prefixes = "",
                                      .many = true,
                                      .columns = &RULES,
                                      .forces = true,
                                      .one_mass = true,
                                      .looks_like = looks_like_extxyz,
                                      .read = read_extxyz,
                                      .skip = skip_extxyz,
                                      .write = vti_write_extxyz};

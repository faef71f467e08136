/* LAMMPS data files, atom styles atomic and charge (https://docs.lammps.org/read_data.html).

   A title line; header lines "5000 atoms", "2 atom types", "0 43 xlo xhi", "xy xz yz"; then
   sections, each a line with its name and as many rows as the header says: Masses (type mass),
   Atoms (id type x y z [ix iy iz], or id type q x y z ...), Velocities (id vx vy vz), Atom Type
   Labels (type label), after which labels may stand for types. '#' starts a comment. Sections may
   come in any order. Instead of the xlo lines the cell may be given as "x y z avec", "bvec",
   "cvec" and "abc origin". */
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/internal.h"

enum { TITLE_SIZE = 512, NAME_SIZE = 40 };

typedef struct {
    int64_t id, line;
    double v[3];
} velocity;

typedef struct {
    vti_input *in;
    const vt_read_options *options;
    vt_frame *frame;
    vt_error *err;
    char title[TITLE_SIZE];
    int64_t atoms, types; /* declared; -1 when not */
    double low[3], high[3], tilt[3], vectors[3][3], origin[3];
    bool has_bounds[3], has_vector[3];
    double mass[VT_MAX_SPECIES];
    char label[VT_MAX_SPECIES][NAME_SIZE];       /* "" if none */
    char symbol[VT_MAX_SPECIES][VT_SYMBOL_SIZE]; /* from labels or comments, "" if none */
    bool has_masses, has_atoms;
    bool charges, doubtful; /* style charge; as it seems from the number of columns */
    int charge;             /* index of the table's column, -1 when it is not wanted */
    int64_t atoms_line;     /* of the name of the section */
    vti_table table;
    velocity *velocities;
    size_t velocity_count, velocity_capacity;
} parser;

/* ---------------------------------------------------------------- lines ---- */

/* The next line that holds more than a comment. `comment` (may be NULL) gets what follows '#', or
   "". */
static vt_status next_line(parser *p, char **line, const char **comment) {
    vt_status status;
    while ((status = vti_input_line(p->in, line, p->err)) == VT_OK) {
        char *hash = strchr(*line, '#');
        if (hash != NULL) *hash = '\0';
        if (comment != NULL) *comment = hash != NULL ? hash + 1 : "";
        if (*vti_skip_blanks(*line) != '\0') return VT_OK;
    }
    return status;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words of `text` joined by single blanks, cut to the size. */
static void join_words(const char *text, char *joined, size_t size) {
    size_t n = 0;
    char word[NAME_SIZE];
    while (vti_scan_word(&text, word, sizeof word)) {
        size_t length = strlen(word);
        if (n + length + 2 > size) break;
        if (n > 0) joined[n++] = ' ';
        memcpy(joined + n, word, length);
        n += length;
    }
    joined[n] = '\0';
}

/* ---------------------------------------------------------------- header ---- */

static vt_status read_count(parser *p, const char *line, const char *keyword, int64_t *count) {
    const char *cursor = line;
    vti_number result = vti_scan_int64(&cursor, count);
    if (result != VTI_NUMBER_OK || *count < 0) {
        char shown[VTI_SHOWN_SIZE];
        return vti_bad(p->in, p->err, "expected the number of %s, found '%s'", keyword,
                       vti_shown(line, shown));
    }
    return VT_OK;
}

static vt_status header_numbers(parser *p, const char *line, const char *keyword, int count,
                                double *values) {
    for (int k = 0; k < count; k++) {
        vti_number result = vti_scan_double(&line, &values[k]);
        if (result == VTI_NUMBER_OK) continue;
        char what[NAME_SIZE + 32];
        snprintf(what, sizeof what, "number %d of %d before '%s'", k + 1, count, keyword);
        return vti_bad_number(p->in, p->err, result, line, what);
    }
    return VT_OK;
}

static vt_status header_line(parser *p, const char *line) {
    /* Numbers come first, the keyword after them. */
    const char *rest = line;
    char word[NAME_SIZE];
    double number;
    vti_number result;
    while ((result = vti_scan_double(&rest, &number)) == VTI_NUMBER_OK ||
           result == VTI_NUMBER_NOT_FINITE)
        if (result == VTI_NUMBER_NOT_FINITE) vti_scan_word(&rest, word, sizeof word);
    char keyword[NAME_SIZE];
    join_words(rest, keyword, sizeof keyword);
    static const char *const EDGES[3] = {"xlo xhi", "ylo yhi", "zlo zhi"};
    static const char *const VECTORS[3] = {"avec", "bvec", "cvec"};
    static const char *const BONDED[] = {"bonds",      "angles", "dihedrals", "impropers",
                                         "ellipsoids", "lines",  "triangles", "bodies"};
    static const char *const UNUSED[] = {
        "bond types",          "angle types",          "dihedral types",        "improper types",
        "extra bond per atom", "extra angle per atom", "extra special per atom"};
    for (int k = 0; k < 3; k++) {
        if (strcmp(keyword, EDGES[k]) == 0) {
            double ends[2];
            VTI_TRY(header_numbers(p, line, keyword, 2, ends));
            if (!(ends[1] > ends[0]))
                return vti_bad(p->in, p->err,
                               "the box goes from %g to %g A along %c; the second "
                               "must be larger",
                               ends[0], ends[1], "xyz"[k]);
            p->low[k] = ends[0];
            p->high[k] = ends[1];
            p->has_bounds[k] = true;
            return VT_OK;
        }
        if (strcmp(keyword, VECTORS[k]) == 0) {
            p->has_vector[k] = true;
            return header_numbers(p, line, keyword, 3, p->vectors[k]);
        }
    }
    if (strcmp(keyword, "xy xz yz") == 0) return header_numbers(p, line, keyword, 3, p->tilt);
    if (strcmp(keyword, "abc origin") == 0) return header_numbers(p, line, keyword, 3, p->origin);
    if (strcmp(keyword, "atoms") == 0) return read_count(p, line, keyword, &p->atoms);
    if (strcmp(keyword, "atom types") == 0) {
        vt_status status = read_count(p, line, keyword, &p->types);
        if (!vt_failed(status) && p->types > VT_MAX_SPECIES)
            return vti_bad(p->in, p->err, "%lld atom types; vitrum handles at most %d",
                           (long long)p->types, VT_MAX_SPECIES);
        return status;
    }
    for (size_t k = 0; k < sizeof BONDED / sizeof *BONDED; k++)
        if (strcmp(keyword, BONDED[k]) == 0) {
            int64_t count;
            vt_status status = read_count(p, line, keyword, &count);
            if (!vt_failed(status) && count > 0)
                return vti_bad(p->in, p->err,
                               "the file has %lld %s; vitrum reads atoms without bonds (atom "
                               "style 'atomic')",
                               (long long)count, keyword);
            return status;
        }
    for (size_t k = 0; k < sizeof UNUSED / sizeof *UNUSED; k++)
        if (strcmp(keyword, UNUSED[k]) == 0) return VT_OK;
    char shown[VTI_SHOWN_SIZE];
    return vti_bad(p->in, p->err,
                   "'%s %s' is no header line; expected counts ('5000 atoms', '2 atom types'), "
                   "bounds ('0 43 xlo xhi', 'xy xz yz') or a section (Masses, Atoms, Velocities)",
                   vti_shown(line, shown), keyword);
}

/* ---------------------------------------------------------------- sections ---- */

/* The type that the word at `text` labels, 0 when none. */
static int64_t labelled_type(const parser *p, const char *text) {
    char word[NAME_SIZE];
    bool any = vti_scan_word(&text, word, sizeof word);
    for (int64_t k = 0; any && k < p->types; k++)
        if (strcmp(p->label[k], word) == 0) return k + 1;
    return 0;
}

/* A row of a section of `total` rows, of which `done` are read; VT_EFORMAT when it ends early. */
static vt_status section_row(parser *p, const char *section, int64_t done, int64_t total,
                             char **line, const char **comment) {
    vt_status status = next_line(p, line, comment);
    if (status == VT_DONE)
        return vti_bad(p->in, p->err,
                       "the file ends in section %s after %lld of %lld rows; is it cut off?",
                       section, (long long)done, (long long)total);
    if (status == VT_OK && is_letter(*vti_skip_blanks(*line)) && labelled_type(p, *line) == 0) {
        char shown[VTI_SHOWN_SIZE];
        return vti_bad(p->in, p->err,
                       "found '%s' in section %s after %lld rows; the header promises %lld",
                       vti_shown(*line, shown), section, (long long)done, (long long)total);
    }
    return status;
}

/* A number of a row; `of` says whose it is. */
static vt_status row_number(parser *p, const char **cursor, double *value, const char *what,
                            const char *of, int64_t id) {
    vti_number result = vti_scan_double(cursor, value);
    if (result == VTI_NUMBER_OK) return VT_OK;
    char text[80];
    snprintf(text, sizeof text, "%s of %s %lld", what, of, (long long)id);
    return vti_bad_number(p->in, p->err, result, *cursor, text);
}

static vt_status row_int(parser *p, const char **cursor, int64_t *value, const char *what) {
    vti_number result = vti_scan_int64(cursor, value);
    return result == VTI_NUMBER_OK ? VT_OK : vti_bad_number(p->in, p->err, result, *cursor, what);
}

static vt_status row_rest(parser *p, const char *cursor, const char *columns) {
    cursor = vti_skip_blanks(cursor);
    if (*cursor == '\0') return VT_OK;
    char shown[VTI_SHOWN_SIZE];
    return vti_bad(p->in, p->err, "'%s' is one column too many; expected %s",
                   vti_shown(cursor, shown), columns);
}

/* A word that can name a species; anything else in a comment is just a comment. What tells types
   of one element apart may be longer than a symbol. */
static bool is_symbol(const char *text, char symbol[VT_SYMBOL_SIZE]) {
    char word[NAME_SIZE];
    if (!vti_scan_word(&text, word, sizeof word) || *vti_skip_blanks(text) != '\0') return false;
    const char *name = strlen(word) >= VT_SYMBOL_SIZE ? vti_element_of_name(word, 0) : word;
    if (!vt_is_species_name(name)) return false;
    memcpy(symbol, name, strlen(name) + 1);
    return true;
}

static vt_status need_types(parser *p, const char *section) {
    return p->types >= 0
               ? VT_OK
               : vti_bad(p->in, p->err, "section %s comes before the header line 'N atom types'",
                         section);
}

static vt_status read_type(parser *p, const char **cursor, int64_t *type) {
    char word[NAME_SIZE];
    const char *start = *cursor;
    if (vti_scan_int64(cursor, type) != VTI_NUMBER_OK) {
        *type = labelled_type(p, start);
        if (*type == 0) return row_int(p, cursor, type, "an atom type");
        vti_scan_word(cursor, word, sizeof word);
    }
    if (*type < 1 || *type > p->types)
        return vti_bad(p->in, p->err, "atom type %lld is outside 1 to %lld, the declared types",
                       (long long)*type, (long long)p->types);
    return VT_OK;
}

static vt_status read_masses(parser *p) {
    VTI_TRY(need_types(p, "Masses"));
    for (int64_t k = 0; k < p->types; k++) {
        char *line;
        const char *comment = "";
        VTI_TRY(section_row(p, "Masses", k, p->types, &line, &comment));
        const char *cursor = line;
        int64_t type = 0;
        double mass = 0;
        VTI_TRY(read_type(p, &cursor, &type));
        VTI_TRY(row_number(p, &cursor, &mass, "the mass", "type", type));
        VTI_TRY(row_rest(p, cursor, "'type mass'"));
        if (mass <= 0)
            return vti_bad(p->in, p->err, "mass %g amu of type %lld is not positive", mass,
                           (long long)type);
        p->mass[type - 1] = mass;
        if (p->symbol[type - 1][0] == '\0') is_symbol(comment, p->symbol[type - 1]);
    }
    p->has_masses = true;
    return VT_OK;
}

static vt_status read_labels(parser *p) {
    VTI_TRY(need_types(p, "Atom Type Labels"));
    for (int64_t k = 0; k < p->types; k++) {
        char *line;
        VTI_TRY(section_row(p, "Atom Type Labels", k, p->types, &line, NULL));
        const char *cursor = line;
        int64_t type = 0;
        VTI_TRY(read_type(p, &cursor, &type));
        if (!vti_scan_word(&cursor, p->label[type - 1], NAME_SIZE))
            return vti_bad(p->in, p->err, "the line ends where the label of type %lld was expected",
                           (long long)type);
        if (labelled_type(p, p->label[type - 1]) != type)
            return vti_bad(p->in, p->err, "'%s' is the label of type %lld already",
                           p->label[type - 1], (long long)labelled_type(p, p->label[type - 1]));
        is_symbol(p->label[type - 1], p->symbol[type - 1]);
    }
    return VT_OK;
}

static vt_status read_box(parser *p, vt_box *box) {
    *box = (vt_box){0};
    if (p->has_vector[0] && p->has_vector[1] && p->has_vector[2]) {
        memcpy(box->h, p->vectors, sizeof box->h);
        memcpy(box->origin, p->origin, sizeof box->origin);
    } else {
        for (int k = 0; k < 3; k++) {
            if (!p->has_bounds[k])
                return vti_bad(p->in, p->err,
                               "the header has no line '%clo %chi'; the box needs all three",
                               "xyz"[k], "xyz"[k]);
            box->origin[k] = p->low[k];
            box->h[k][k] = p->high[k] - p->low[k];
        }
        box->h[1][0] = p->tilt[0];
        box->h[2][0] = p->tilt[1];
        box->h[2][1] = p->tilt[2];
    }
    /* LAMMPS keeps boundaries in its script; files of vitrum say them in the title. */
    vti_read_boundary(p->title, box);
    vt_error why = {0};
    if (vt_failed(vt_box_check(box, &why))) return vti_bad(p->in, p->err, "%s", why.msg);
    return VT_OK;
}

/* ---------------------------------------------------------------- atoms ---- */

static const char WHAT_TO_DO[] =
    "vitrum reads styles atomic (id type x y z) and charge (id type q x y z); write a dump with "
    "LAMMPS instead: write_dump all custom glass.dump id type element x y z modify element Cu Zr";

vt_status vti_check_style(const char **style, const char *format, vt_error *err) {
    static const char *const READ[] = {"atomic", "charge"};
    const char *name = *style;
    if (name == NULL) return VT_OK;
    if (strcmp(format, "data") != 0)
        return vt_fail(err, VT_EINVAL,
                       "style is for LAMMPS data files only, not for format '%s'; leave it out",
                       format);
    for (int k = 0; k < 2; k++)
        if (strcmp(name, READ[k]) == 0) {
            *style = READ[k];
            return VT_OK;
        }
    return vt_fail(err, VT_EINVAL, "atom style '%.40s' cannot be read: %s", name, WHAT_TO_DO);
}

/* Tell the style by the option, by the comment behind Atoms or by the columns of the first row.
   Whoever comments something else has named no style. */
static vt_status choose_style(parser *p, const char *comment, const char *row) {
    static const char *const STYLES[] = {
        "amoeba", "angle", "body",         "bond",     "bpm/sphere", "dielectric",
        "dipole", "dpd",   "edpd",         "electron", "full",       "ellipsoid",
        "hybrid", "line",  "mdpd",         "mesont",   "molecular",  "oxdna",
        "peri",   "rheo",  "rheo/thermal", "smd",      "sph",        "sphere",
        "spin",   "tdpd",  "template",     "tri",      "wavepacket"};
    char word[NAME_SIZE] = "";
    if (p->options->style != NULL)
        snprintf(word, sizeof word, "%s", p->options->style);
    else
        vti_scan_word(&comment, word, sizeof word);
    char *kokkos = strstr(word, "/kk");
    if (kokkos != NULL) *kokkos = '\0';
    p->charges = strcmp(word, "charge") == 0;
    if (p->charges || strcmp(word, "atomic") == 0) return VT_OK;
    for (size_t k = 0; k < sizeof STYLES / sizeof *STYLES; k++)
        if (strcmp(word, STYLES[k]) == 0)
            return vti_bad_at(p->in, p->atoms_line, p->err, "the atoms are of style '%s': %s", word,
                              WHAT_TO_DO);
    int columns = 0;
    while (vti_scan_word(&row, word, sizeof word)) columns++;
    p->charges = p->doubtful = columns == 6 || columns == 9;
    /* Fewer and more are told by the row itself. */
    if (columns == 7 || columns == 10)
        return vti_bad(p->in, p->err,
                       "%d columns, as of style full or sphere, and no style given after 'Atoms "
                       "#': %s",
                       columns, WHAT_TO_DO);
    return VT_OK;
}

/* As many columns as charge has molecular, bond and angle: id molecule type x y z. In them the
   second column may be anything and the third is a type, so a charge that is no type settles it. */
static vt_status still_doubtful(parser *p, int64_t line) {
    return vti_bad_at(
        p->in, line, p->err,
        "the columns may be those of atom style charge (id type q x y z) or molecular "
        "(id molecule type x y z); if it is charge, say style = \"charge\" or write "
        "'Atoms # charge' in the file");
}

static vt_status read_charge(parser *p, const char **cursor, int64_t id, double *q) {
    const char *start = *cursor, *word = start;
    int64_t type;
    if (p->doubtful && labelled_type(p, start) == 0 &&
        (vti_scan_int64(&word, &type) != VTI_NUMBER_OK || type < 1 || type > p->types))
        p->doubtful = false;
    vti_number result = vti_scan_any_double(cursor, q);
    if (result == VTI_NUMBER_OK) return VT_OK;
    if (p->doubtful) return still_doubtful(p, vti_input_line_number(p->in));
    char text[80];
    snprintf(text, sizeof text, "the charge of atom %lld", (long long)id);
    return vti_bad_number(p->in, p->err, result, *cursor, text);
}

static vt_status atom_row(parser *p, const char *cursor) {
    int64_t id = 0, type = 0, image[3] = {0, 0, 0};
    double r[3], q = 0;
    static const char *const NAMES[3] = {"x", "y", "z"};
    vt_status status = row_int(p, &cursor, &id, "an atom id");
    if (!vt_failed(status)) status = read_type(p, &cursor, &type);
    if (vt_failed(status) && p->doubtful && id > 0)
        return still_doubtful(p, vti_input_line_number(p->in));
    if (p->charges && !vt_failed(status)) status = read_charge(p, &cursor, id, &q);
    for (int k = 0; k < 3 && !vt_failed(status); k++)
        status = row_number(p, &cursor, &r[k], NAMES[k], "atom", id);
    if (vt_failed(status)) return status;
    if (*vti_skip_blanks(cursor) != '\0') {
        for (int k = 0; k < 3 && !vt_failed(status); k++) {
            status = row_int(p, &cursor, &image[k],
                             p->charges ? "an image count (id type q x y z ix iy iz)"
                                        : "an image count (id type x y z ix iy iz)");
            if (!vt_failed(status) && (image[k] < INT32_MIN || image[k] > INT32_MAX))
                status =
                    vti_bad(p->in, p->err, "image count %lld is out of range", (long long)image[k]);
        }
        if (!vt_failed(status))
            status = row_rest(p, cursor,
                              p->charges ? "'id type q x y z [ix iy iz]'"
                                         : "'id type x y z [ix iy iz]'");
    }
    if (!vt_failed(status)) status = vti_table_row(&p->table, p->in, p->err);
    if (vt_failed(status)) return status;
    vt_atoms *atoms = p->frame->atoms;
    size_t i = p->table.count - 1;
    atoms->id[i] = id;
    atoms->type[i] = (int32_t)(type - 1);
    atoms->x[i] = r[0];
    atoms->y[i] = r[1];
    atoms->z[i] = r[2];
    atoms->ix[i] = (int32_t)image[0];
    atoms->iy[i] = (int32_t)image[1];
    atoms->iz[i] = (int32_t)image[2];
    if (p->charge >= 0) p->table.column[p->charge].number[i] = q;
    return VT_OK;
}

/* Before the first row. */
static vt_status start_atoms(parser *p, const vt_box *box, const char *comment, const char *row) {
    VTI_TRY(choose_style(p, comment, row));
    p->charge = -1;
    if (p->charges && p->options->columns)
        p->charge = vti_table_add_column(&p->table, "q", VT_VALUE_REAL, 1, p->in, p->err);
    return vti_table_start(&p->table, p->frame, box, vti_input_likely_rows(p->in, p->atoms, 4),
                           p->err);
}

static vt_status read_atoms(parser *p, const char *comment) {
    char behind[NAME_SIZE]; /* the comment goes with the line */
    snprintf(behind, sizeof behind, "%s", comment);
    p->atoms_line = vti_input_line_number(p->in);
    if (p->has_atoms) return vti_bad(p->in, p->err, "a second section Atoms; one is expected");
    if (p->atoms < 0)
        return vti_bad(p->in, p->err, "section Atoms comes before the header line 'N atoms'");
    vt_status status = need_types(p, "Atoms");
    vt_box box;
    if (!vt_failed(status)) status = read_box(p, &box);
    if (vt_failed(status)) return status;
    p->has_atoms = true;
    p->table.has_id = p->table.has_species = true;
    if (p->atoms == 0) status = start_atoms(p, &box, behind, "");
    for (int64_t k = 0; k < p->atoms && !vt_failed(status); k++) {
        char *line;
        status = section_row(p, "Atoms", k, p->atoms, &line, NULL);
        if (k == 0 && !vt_failed(status)) status = start_atoms(p, &box, behind, line);
        if (!vt_failed(status)) status = atom_row(p, line);
    }
    if (!vt_failed(status) && p->doubtful && p->table.count > 0)
        status = still_doubtful(p, p->table.line[0]);
    return status;
}

static vt_status read_velocities(parser *p) {
    static const char *const NAMES[3] = {"vx", "vy", "vz"};
    if (p->atoms < 0)
        return vti_bad(p->in, p->err, "section Velocities comes before the header line 'N atoms'");
    if (p->velocity_count > 0)
        return vti_bad(p->in, p->err, "a second section Velocities; one is expected");
    for (int64_t k = 0; k < p->atoms; k++) {
        char *line;
        VTI_TRY(section_row(p, "Velocities", k, p->atoms, &line, NULL));
        const char *cursor = line;
        velocity v = {.line = vti_input_line_number(p->in)};
        VTI_TRY(row_int(p, &cursor, &v.id, "an atom id"));
        for (int j = 0; j < 3; j++)
            VTI_TRY(row_number(p, &cursor, &v.v[j], NAMES[j], "atom", v.id));
        VTI_TRY(row_rest(p, cursor, "'id vx vy vz'"));
        if (p->velocity_count == p->velocity_capacity) {
            /* At first as many as the file can hold, if they are not many too many. */
            size_t capacity = 2 * p->velocity_capacity + 4096, likely = p->table.count;
            if (likely > capacity) capacity = likely;
            velocity *more = vt_grow(p->velocities, p->velocity_count, capacity, sizeof *more);
            if (more == NULL)
                return vt_fail_memory(p->err, capacity, sizeof *more, "reading velocities");
            p->velocities = more;
            p->velocity_capacity = capacity;
        }
        p->velocities[p->velocity_count++] = v;
    }
    p->frame->has_velocities = true;
    return VT_OK;
}

/* Rows of sections that vitrum does not need (Pair Coeffs and the like). */
static vt_status skip_section(parser *p) {
    char *line;
    vt_status status;
    while ((status = next_line(p, &line, NULL)) == VT_OK)
        if (is_letter(*vti_skip_blanks(line)) && labelled_type(p, line) == 0) {
            vti_input_unread(p->in);
            return VT_OK;
        }
    return vt_failed(status) ? status : VT_OK;
}

static vt_status read_section(parser *p, const char *line, const char *comment) {
    char name[NAME_SIZE];
    join_words(line, name, sizeof name);
    if (strcmp(name, "Atoms") == 0) return read_atoms(p, comment);
    if (strcmp(name, "Masses") == 0) return read_masses(p);
    if (strcmp(name, "Velocities") == 0) return read_velocities(p);
    if (strcmp(name, "Atom Type Labels") == 0) return read_labels(p);
    if (strstr(name, " Coeffs") != NULL || strstr(name, " Type Labels") != NULL)
        return skip_section(p);
    return vti_bad(p->in, p->err,
                   "unknown section '%s'; expected Masses, Atoms or Velocities (names are spelled "
                   "with capitals)",
                   name);
}

/* ---------------------------------------------------------------- the whole ---- */

static vt_status join_velocities(parser *p) {
    vt_atoms *atoms = p->frame->atoms;
    for (size_t k = 0; k < p->velocity_count; k++) {
        const velocity *v = &p->velocities[k];
        size_t low = 0, high = atoms->count, i = k;
        if (i >= atoms->count || atoms->id[i] != v->id) { /* ids are sorted */
            while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (atoms->id[middle] < v->id)
                    low = middle + 1;
                else
                    high = middle;
            }
            i = low;
        }
        if (i >= atoms->count || atoms->id[i] != v->id)
            return vti_bad_at(p->in, v->line, p->err,
                              "a velocity for atom %lld, which section Atoms does not have",
                              (long long)v->id);
        if (vti_too_fast(v->v))
            return vti_bad_at(p->in, v->line, p->err,
                              "the velocity of atom %lld is beyond all range", (long long)v->id);
        atoms->vx[i] = v->v[0];
        atoms->vy[i] = v->v[1];
        atoms->vz[i] = v->v[2];
    }
    return VT_OK;
}

static vt_status name_species(parser *p) {
    int given = p->options->species_count;
    if (given > 0 && given != p->types)
        return vti_bad(p->in, p->err,
                       "the file has %lld atom types, but the option species names %d; give one "
                       "symbol per type",
                       (long long)p->types, given);
    for (int k = 0; k < p->types; k++) {
        double mass = p->has_masses ? p->mass[k] : 0;
        const char *symbol = given > 0                 ? p->options->species[k]
                             : p->symbol[k][0] != '\0' ? vti_element_of_name(p->symbol[k], mass)
                             : mass > 0                ? vti_element_of_mass(mass)
                                                       : NULL;
        if (symbol == NULL && mass > 0)
            return vti_bad(p->in, p->err,
                           "%s the mass %g amu of type %d%s; say what the types are: species = "
                           "{\"Cu\", \"Zr\"}, one symbol per type",
                           vti_reduced_mass(mass) ? "Lennard-Jones units may be meant by"
                                                  : "no element has",
                           mass, k + 1, vti_reduced_mass(mass) ? "" : " (within 0.05 amu)");
        if (symbol == NULL)
            return vti_bad(p->in, p->err,
                           "the file has no section Masses to tell the elements of its %lld types; "
                           "say them: species = {\"Cu\", \"Zr\"}, one symbol per type",
                           (long long)p->types);
        VTI_TRY(vti_set_species(p->frame->atoms, k, symbol, mass, p->in,
                                vti_input_line_number(p->in), p->err));
    }
    return VT_OK;
}

static vt_status parse(parser *p) {
    char *line;
    const char *comment = "";
    vt_status status = vti_input_line(p->in, &line, p->err);
    if (status != VT_OK) return status;
    snprintf(p->title, sizeof p->title, "%s", line);
    bool sections = false;
    while ((status = next_line(p, &line, &comment)) == VT_OK) {
        if (is_letter(*vti_skip_blanks(line))) {
            sections = true;
            status = read_section(p, line, comment);
        } else if (sections) {
            char shown[VTI_SHOWN_SIZE];
            status = vti_bad(p->in, p->err,
                             "found '%s' after the last row of a section; the header promises "
                             "fewer rows",
                             vti_shown(line, shown));
        } else {
            status = header_line(p, line);
        }
        if (vt_failed(status)) return status;
    }
    if (vt_failed(status)) return status;
    if (!p->has_atoms)
        return vti_bad(p->in, p->err, "the file has no section Atoms; is it cut off?");
    VTI_TRY(vti_table_finish(&p->table, p->in, p->options, p->err));
    VTI_TRY(join_velocities(p));
    VTI_TRY(name_species(p));
    return vti_set_comment(p->frame, p->title, p->err);
}

static vt_status read_data(vti_input *in, const vt_read_options *options, vt_frame *frame,
                           vt_error *err) {
    parser p = {.in = in, .options = options, .frame = frame, .err = err, .atoms = -1, .types = -1};
    vt_status status = parse(&p);
    vti_table_free(&p.table);
    vt_free(p.velocities);
    return vt_failed(status) ? status : VT_OK;
}

static bool looks_like_data(const char *head) {
    return strstr(head, " atoms") != NULL &&
           (strstr(head, "xlo xhi") != NULL || strstr(head, "avec") != NULL);
}

const vti_format vti_format_data = {.name = "data",
                                    .extensions = ".data, .lammps, .lmp",
                                    .prefixes = "data.",
                                    .looks_like = looks_like_data,
                                    .one_column = "q",
                                    .read = read_data,
                                    .write = vti_write_data};

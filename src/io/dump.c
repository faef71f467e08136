/* LAMMPS text dumps (https://docs.lammps.org/dump.html): frames of

     ITEM: UNITS, ITEM: TIME              (optional, a line each)
     ITEM: TIMESTEP
     ITEM: NUMBER OF ATOMS
     ITEM: BOX BOUNDS [xy xz yz] pp pp pp then three lines "lo hi [tilt]"
     ITEM: ATOMS id type x y z ...        then one line per atom

   In a tilted box lo and hi bound the whole parallelepiped, not its edges. Positions may be x y z,
   scaled (xs), unwrapped (xu) or both (xsu). Unwrapped ones stay as they are, with image counts of
   0, and the atoms are tracked; image columns beside them would count the way twice. Beside x y z
   or xs ys zs they tell the image counts. Columns that are no property of atoms are kept under
   their name; one in which some entry is no number holds text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/dump.h"

enum { WORD = VTI_DUMP_WORD };

/* What a column means. Those from X to WAY + 2 go into the numbers of a row. */
typedef enum {
    ID,
    TYPE,
    ELEMENT,
    LABEL,
    MASS,
    IX,
    IY,
    IZ,
    VX,
    VY,
    VZ,
    FX,
    FY,
    FZ,
    X,
    Y,
    Z,
    WAY, /* the unwrapped position beside another one, three columns */
    EXTRA = WAY + 3,
    IGNORED
} meaning;

static const char *const NAMES[] = {"id", "type", "element", "typelabel", "mass", "ix", "iy",
                                    "iz", "vx",   "vy",      "vz",        "fx",   "fy", "fz"};
enum { NAMED = sizeof NAMES / sizeof *NAMES };

/* Names of the three columns of each kind of position, best first. */
typedef struct {
    const char *name[3];
    bool scaled, unwrapped;
} position_kind;
static const position_kind POSITIONS[] = {{{"x", "y", "z"}, false, false},
                                          {{"xs", "ys", "zs"}, true, false},
                                          {{"xu", "yu", "zu"}, false, true},
                                          {{"xsu", "ysu", "zsu"}, true, true}};
enum { POSITION_KINDS = sizeof POSITIONS / sizeof *POSITIONS };

/* Another lattice vector than a whole one between wrapped and unwrapped position: parts of the cell
   that two roundings may make up. */
static const double WHOLE = 0.05;

typedef struct {
    char name[WORD];
    meaning meaning;
    int extra; /* index of the table's column */
} column;

/* What a column that vt_atoms has no place for was found to hold: integers beyond 2^53, words. */
typedef enum { FOUND_NUMBERS, FOUND_LONG, FOUND_TEXT } holding;

typedef struct {
    vti_input *in;
    const vt_read_options *options;
    vt_frame *frame;
    vt_error *err;
    int64_t atoms; /* declared, -1 when not */
    vt_box box;
    double inverse[3][3]; /* of the box */
    bool has_box;
    const position_kind *position, *way; /* `way` NULL: no unwrapped ones beside the positions */
    column column[VTI_MAX_COLUMNS];
    int columns;
    holding found[VTI_MAX_COLUMNS];
    bool again; /* one more was found, so the frame must be read anew */
    vti_table table;
} parser;

static bool knows(const char *name) {
    for (int m = 0; m < NAMED; m++)
        if (strcmp(name, NAMES[m]) == 0) return true;
    for (int j = 0; j < 3 * POSITION_KINDS; j++)
        if (strcmp(name, POSITIONS[j / 3].name[j % 3]) == 0) return true;
    return false;
}

const vti_column_rules vti_dump_columns = {
    .reserved = knows, .forbidden = "", .before = "[", .behind = "]"};

/* ---------------------------------------------------------------- header ---- */

/* The part of an "ITEM: NAME rest" line behind `item`, or NULL when it is another. */
static const char *item(const char *line, const char *name) {
    size_t n = strlen(name);
    if (strncmp(line, "ITEM: ", 6) != 0 || strncmp(line + 6, name, n) != 0) return NULL;
    line += 6 + n;
    return *line == '\0' || *line == ' ' || *line == '\t' ? vti_skip_blanks(line) : NULL;
}

static vt_status cut_off(vti_input *in, vt_error *err, const char *where) {
    return vti_bad(in, err,
                   "the file ends in %s; was the run that wrote it stopped? Frames before this one "
                   "can be read with the option frame",
                   where);
}

/* The line behind an ITEM. */
static vt_status value_line(vti_input *in, char **line, const char *of, vt_error *err) {
    vt_status status = vti_input_line(in, line, err);
    return status == VT_DONE ? cut_off(in, err, of) : status;
}

static vt_status whole_value(vti_input *in, const char *of, int64_t *value, vt_error *err) {
    char *line;
    VTI_TRY(value_line(in, &line, of, err));
    const char *cursor = line;
    vti_number result = vti_scan_int64(&cursor, value);
    return result == VTI_NUMBER_OK ? VT_OK : vti_bad_number(in, err, result, cursor, of);
}

static vt_status read_count(vti_input *in, int64_t *count, vt_error *err) {
    vt_status status = whole_value(in, "the number of atoms", count, err);
    if (!vt_failed(status) && *count < 0)
        return vti_bad(in, err, "%lld atoms; expected a number that is not negative",
                       (long long)*count);
    return status;
}

static vt_status read_time(parser *p) {
    char *line;
    VTI_TRY(value_line(p->in, &line, "the time", p->err));
    const char *cursor = line;
    vti_number result = vti_scan_double(&cursor, &p->frame->time);
    if (result != VTI_NUMBER_OK) return vti_bad_number(p->in, p->err, result, cursor, "the time");
    p->frame->has_time = true;
    return VT_OK;
}

static vt_status read_units(parser *p) {
    char *line, word[WORD];
    VTI_TRY(value_line(p->in, &line, "the units", p->err));
    const char *cursor = line;
    if (!vti_scan_word(&cursor, word, sizeof word) ||
        (strcmp(word, "metal") != 0 && strcmp(word, "lj") != 0))
        return vti_bad(p->in, p->err,
                       "units '%s'; vitrum reads 'metal' (angstrom, ps, eV) and takes 'lj' as it "
                       "is: write the dump in one of these",
                       cursor == line ? "" : word);
    vt_values *units =
        vt_frame_add_info(p->frame, "units", VT_VALUE_TEXT, 0, 1, strlen(word) + 1, p->err);
    if (units == NULL) return VT_ENOMEM;
    memcpy(units->text, word, strlen(word) + 1);
    return VT_OK;
}

static double least(double a, double b) {
    return a < b ? a : b;
}

static double most(double a, double b) {
    return a > b ? a : b;
}

vti_dump_margins vti_margins_of_tilts(double xy, double xz, double yz) {
    return (vti_dump_margins){{least(least(0, xy), least(xz, xy + xz)), least(0, yz), 0},
                              {most(most(0, xy), most(xz, xy + xz)), most(0, yz), 0}};
}

static vt_status read_bounds(parser *p, const char *rest) {
    char word[WORD];
    int flags = 0;
    bool tilted = false, general = false;
    p->box = (vt_box){.periodic = {true, true, true}};
    while (vti_scan_word(&rest, word, sizeof word)) {
        if (strcmp(word, "xy") == 0) tilted = true;
        if (strcmp(word, "abc") == 0) general = true;
        if (strcmp(word, "xy") == 0 || strcmp(word, "xz") == 0 || strcmp(word, "yz") == 0 ||
            strcmp(word, "abc") == 0 || strcmp(word, "origin") == 0)
            continue;
        if (flags == 3 || strlen(word) != 2 || strspn(word, "pfsm") != 2)
            return vti_bad(p->in, p->err,
                           "'%.40s' is no boundary; expected three of pp, ff, ss, mm and the like",
                           word);
        p->box.periodic[flags++] = word[0] == 'p';
    }
    double value[3][4] = {{0}};
    int wanted = general ? 4 : tilted ? 3 : 2;
    for (int k = 0; k < 3; k++) {
        char *line;
        VTI_TRY(value_line(p->in, &line, "the box bounds", p->err));
        const char *cursor = line;
        for (int j = 0; j < wanted; j++) {
            vti_number result = vti_scan_double(&cursor, &value[k][j]);
            if (result != VTI_NUMBER_OK)
                return vti_bad_number(p->in, p->err, result, cursor,
                                      j < 2 && !general ? "a bound of the box"
                                                        : "a tilt factor or cell vector");
        }
    }
    if (general) {
        for (int k = 0; k < 3; k++) {
            memcpy(p->box.h[k], value[k], sizeof p->box.h[k]);
            p->box.origin[k] = value[k][3];
        }
    } else {
        double xy = value[0][2], xz = value[1][2], yz = value[2][2];
        vti_dump_margins m = vti_margins_of_tilts(xy, xz, yz);
        for (int k = 0; k < 3; k++) {
            p->box.origin[k] = value[k][0] - m.below[k];
            p->box.h[k][k] = (value[k][1] - m.above[k]) - p->box.origin[k];
        }
        p->box.h[1][0] = xy;
        p->box.h[2][0] = xz;
        p->box.h[2][1] = yz;
    }
    vt_error why = {0};
    if (vt_failed(vt_box_check(&p->box, &why))) return vti_bad(p->in, p->err, "%s", why.msg);
    p->has_box = true;
    return VT_OK;
}

/* ---------------------------------------------------------------- columns ---- */

static int find_column(const parser *p, const char *name) {
    for (int k = 0; k < p->columns; k++)
        if (strcmp(p->column[k].name, name) == 0) return k;
    return -1;
}

/* Give the three columns of a kind of position their meaning; false unless all are there. */
static bool take_kind(parser *p, const position_kind *kind, meaning first) {
    int found[3];
    for (int j = 0; j < 3; j++) {
        found[j] = find_column(p, kind->name[j]);
        if (found[j] < 0) return false;
    }
    for (int j = 0; j < 3; j++)
        p->column[found[j]].meaning = first == IGNORED ? IGNORED : (meaning)((int)first + j);
    return true;
}

static vt_status choose_positions(parser *p) {
    for (const position_kind *kind = POSITIONS; kind < POSITIONS + POSITION_KINDS; kind++) {
        if (p->position == NULL) {
            if (take_kind(p, kind, X)) p->position = kind;
        } else if (kind->unwrapped && !p->position->unwrapped && p->way == NULL) {
            if (take_kind(p, kind, WAY)) p->way = kind;
        } else {
            take_kind(p, kind, IGNORED); /* says the same once more */
        }
    }
    if (p->position == NULL)
        return vti_bad(p->in, p->err,
                       "the columns hold no positions; expected x y z, xs ys zs, xu yu zu or xsu "
                       "ysu zsu among them");
    if (!p->position->unwrapped && p->way == NULL) return VT_OK;
    vt_box_inverse(&p->box, p->inverse);
    for (int k = 0; k < p->columns; k++)
        if (p->column[k].meaning >= IX && p->column[k].meaning <= IZ)
            p->column[k].meaning = IGNORED;
    return VT_OK;
}

/* Whether the three columns of a vector are there. One or two alone are columns like any other. */
static bool has_all(parser *p, meaning first) {
    int found[3], there = 0;
    for (int j = 0; j < 3; j++) {
        found[j] = find_column(p, NAMES[(int)first + j]);
        there += found[j] >= 0;
    }
    for (int j = 0; j < 3 && there < 3; j++)
        if (found[j] >= 0) p->column[found[j]].meaning = EXTRA;
    return there == 3;
}

static vt_status read_columns(parser *p, const char *rest) {
    char word[WORD];
    while (vti_scan_word(&rest, word, sizeof word)) {
        if (p->columns == VTI_MAX_COLUMNS)
            return vti_bad(p->in, p->err, "more than %d columns; vitrum reads no more",
                           VTI_MAX_COLUMNS);
        if (find_column(p, word) >= 0)
            return vti_bad(p->in, p->err, "column '%s' is there twice; names must differ", word);
        column *c = &p->column[p->columns++];
        *c = (column){.meaning = EXTRA};
        memcpy(c->name, word, strlen(word) + 1);
        for (int m = 0; m < NAMED; m++)
            if (strcmp(word, NAMES[m]) == 0) c->meaning = (meaning)m;
    }
    VTI_TRY(choose_positions(p));
    p->table.has_id = find_column(p, "id") >= 0;
    p->table.has_type = find_column(p, "type") >= 0;
    p->table.has_symbol = find_column(p, "element") >= 0 || find_column(p, "typelabel") >= 0;
    p->table.default_carbon = true;
    p->table.has_mass = find_column(p, "mass") >= 0;
    p->frame->has_velocities = has_all(p, VX);
    p->frame->has_forces = has_all(p, FX);
    return VT_OK;
}

/* Whether a column holds text, the first row tells, or a later one when the frame is read anew. */
static vt_status add_extras(parser *p, const char *row) {
    for (int k = 0; k < p->columns; k++) {
        column *c = &p->column[k];
        char word[WORD];
        const char *cursor = row;
        bool any = vti_scan_word(&row, word, sizeof word);
        if (c->meaning != EXTRA) continue;
        if (!p->options->columns) {
            c->meaning = IGNORED;
            continue;
        }
        double value;
        bool text = p->found[k] == FOUND_TEXT ||
                    (any && vti_scan_double(&cursor, &value) == VTI_NUMBER_GARBAGE);
        bool whole = p->found[k] == FOUND_LONG || strcmp(c->name, "mol") == 0 ||
                     strncmp(c->name, "proc", 4) == 0 || strncmp(c->name, "i_", 2) == 0;
        c->extra = vti_table_add_column(&p->table, c->name,
                                        text    ? VT_VALUE_TEXT
                                        : whole ? VT_VALUE_INTEGER
                                                : VT_VALUE_REAL,
                                        1, p->in, p->err);
        if (c->extra < 0) return VT_EFORMAT;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- rows ---- */

static vt_status bad_value(parser *p, vti_number result, const char *cursor, const column *c,
                           size_t row) {
    char what[WORD + 48];
    snprintf(what, sizeof what, "column '%s' of row %zu", c->name, row + 1);
    return vti_bad_number(p->in, p->err, result, cursor, what);
}

static vt_status whole_column(parser *p, const char **cursor, const column *c, size_t i,
                              int64_t low, int64_t high, int64_t *value) {
    const char *start = *cursor;
    vti_number result = vti_scan_int64(cursor, value);
    if (result == VTI_NUMBER_OK && (*value < low || *value > high)) result = VTI_NUMBER_NOT_FINITE;
    return result == VTI_NUMBER_OK ? VT_OK : bad_value(p, result, start, c, i);
}

static vt_status text_column(parser *p, const char **cursor, const column *c, size_t i) {
    char word[VTI_LONGEST_WORD + 2];
    if (!vti_scan_word(cursor, word, sizeof word))
        return bad_value(p, VTI_NUMBER_MISSING, *cursor, c, i);
    if (c->meaning == IGNORED) return VT_OK;
    if (strlen(word) > VTI_LONGEST_WORD)
        return vti_bad(p->in, p->err, "column '%s' of row %zu is a word of more than %d letters",
                       c->name, i + 1, VTI_LONGEST_WORD);
    if (c->meaning == ELEMENT) return vti_table_symbol(&p->table, word, p->in, p->err);
    return vti_table_text(&p->table, c->extra, word, p->err);
}

static void cartesian(const vt_box *box, const position_kind *kind, double r[3]) {
    double s[3] = {r[0], r[1], r[2]};
    if (kind->scaled) vt_box_cartesian(box, s, r);
}

/* Image counts of atom i from its unwrapped position. */
static vt_status count_images(parser *p, size_t i, const double way[3]) {
    vt_atoms *a = p->frame->atoms;
    int32_t *const image[3] = {&a->ix[i], &a->iy[i], &a->iz[i]};
    const double d[3] = {way[0] - a->x[i], way[1] - a->y[i], way[2] - a->z[i]};
    for (int k = 0; k < 3; k++) {
        if (!p->box.periodic[k]) continue;
        double n = d[0] * p->inverse[0][k] + d[1] * p->inverse[1][k] + d[2] * p->inverse[2][k];
        if (!(fabs(n) < INT32_MAX) || fabs(n - round(n)) > WHOLE)
            return vti_bad(
                p->in, p->err,
                "%s and %s of row %zu are %g cell vectors apart along %c; a whole number "
                "was expected: leave out the columns that are wrong",
                p->position->name[0], p->way->name[0], i + 1, n, "abc"[k]);
        *image[k] = (int32_t)round(n);
    }
    return VT_OK;
}

/* A label that is an element says more than the column element, which says C where nobody set it.
 */
static vt_status name_by_label(parser *p, const char *label, size_t i) {
    const char *symbol = vti_element_of_name(label, 0);
    bool element = vt_element_number(symbol) > 0, named = p->table.symbol[i][0] != '\0';
    if (!element && named) return VT_OK;
    if (strlen(label) >= VT_SYMBOL_SIZE) label = symbol;
    if (strlen(label) >= VT_SYMBOL_SIZE && p->table.has_type && p->options->species_count > 0)
        label = "?"; /* what the type is called does not matter */
    return vti_table_symbol(&p->table, label, p->in, p->err);
}

/* Column k is not what it seemed: the frame is read anew. */
static vt_status read_again(parser *p, int k, holding what, const char *cursor, size_t i) {
    p->found[k] = what;
    p->again = true;
    return bad_value(p, VTI_NUMBER_GARBAGE, cursor, &p->column[k], i);
}

static bool only_digits(const char *word) {
    word = vti_skip_blanks(word);
    size_t n = strspn(word, "+-0123456789");
    return word[n] == '\0' || word[n] == ' ' || word[n] == '\t';
}

/* An integer of a column of integers, to the digit; false when the word is none. One beyond 64
   bits, or reals where long integers were, make it a column of words. */
static bool whole_extra(parser *p, const char **cursor, int k, size_t i, vt_status *status) {
    const column *c = &p->column[k];
    int64_t whole;
    vti_number result = vti_scan_int64(cursor, &whole);
    if (result == VTI_NUMBER_OK) {
        *status = vti_column_set_whole(&p->table, c->extra, i, whole, p->err);
        return true;
    }
    bool lost = (result == VTI_NUMBER_NOT_FINITE && only_digits(*cursor)) ||
                p->table.column[c->extra].whole != NULL;
    if (lost) *status = read_again(p, k, FOUND_TEXT, *cursor, i);
    return lost;
}

/* True for digits that a double does not hold, as far as it can tell: 2^53 may have been more. */
static bool beyond_double(const char *word, double value) {
    static const double EXACT = 9007199254740992; /* 2^53 */
    return fabs(value) >= EXACT && isfinite(value) && only_digits(word);
}

static vt_status atom_row(parser *p, const char *cursor) {
    vt_status status = vti_table_row(&p->table, p->in, p->err);
    if (vt_failed(status)) return status;
    vt_atoms *a = p->frame->atoms;
    size_t i = p->table.count - 1;
    double way[3] = {0};
    char label[WORD] = "";
    /* Where each number goes, in the order of `meaning` from VX on. */
    double *const target[] = {&a->vx[i], &a->vy[i], &a->vz[i], &a->fx[i], &a->fy[i], &a->fz[i],
                              &a->x[i],  &a->y[i],  &a->z[i],  &way[0],   &way[1],   &way[2]};
    int32_t *const image[3] = {a->ix, a->iy, a->iz};
    for (int k = 0; k < p->columns; k++) {
        const column *c = &p->column[k];
        const vti_column *extra = c->meaning == EXTRA ? &p->table.column[c->extra] : NULL;
        int64_t whole = 0;
        double value = 0;
        switch (c->meaning) {
        case ID:
            status = whole_column(p, &cursor, c, i, INT64_MIN, INT64_MAX, &a->id[i]);
            break;
        case TYPE:
        case IX:
        case IY:
        case IZ:
            status = whole_column(p, &cursor, c, i, INT32_MIN, INT32_MAX, &whole);
            *(c->meaning == TYPE ? &a->type[i] : &image[c->meaning - IX][i]) = (int32_t)whole;
            break;
        case LABEL:
            if (!vti_scan_word(&cursor, label, sizeof label))
                return bad_value(p, VTI_NUMBER_MISSING, cursor, c, i);
            break;
        case ELEMENT:
        case IGNORED:
            status = text_column(p, &cursor, c, i);
            break;
        default:
            if (extra != NULL && extra->kind == VT_VALUE_TEXT) {
                status = text_column(p, &cursor, c, i);
                break;
            }
            if (extra != NULL && extra->kind == VT_VALUE_INTEGER &&
                whole_extra(p, &cursor, k, i, &status))
                break;
            /* What is no number that atoms need may be nan. */
            const char *word = cursor;
            vti_number result = extra != NULL ? vti_scan_any_double(&cursor, &value)
                                              : vti_scan_double(&cursor, &value);
            if (result == VTI_NUMBER_GARBAGE && extra != NULL)
                return read_again(p, k, FOUND_TEXT, word, i);
            if (extra != NULL && beyond_double(word, value))
                return read_again(p, k, p->found[k] == FOUND_LONG ? FOUND_TEXT : FOUND_LONG, word,
                                  i);
            if (result != VTI_NUMBER_OK) return bad_value(p, result, cursor, c, i);
            if (c->meaning == MASS)
                p->table.mass[i] = value;
            else if (extra != NULL)
                vti_column_set(&p->table.column[c->extra], i, value);
            else
                *target[c->meaning - VX] = value;
        }
        if (vt_failed(status)) return status;
    }
    if (*vti_skip_blanks(cursor) != '\0') {
        char shown[VTI_SHOWN_SIZE];
        return vti_bad(p->in, p->err, "'%s' is one value too many; the frame has %d columns",
                       vti_shown(cursor, shown), p->columns);
    }
    if (label[0] != '\0') status = name_by_label(p, label, i);
    if (vt_failed(status)) return status;
    if (p->position->scaled) {
        double r[3] = {a->x[i], a->y[i], a->z[i]};
        cartesian(&p->box, p->position, r);
        a->x[i] = r[0];
        a->y[i] = r[1];
        a->z[i] = r[2];
    }
    if (p->way == NULL) return VT_OK;
    cartesian(&p->box, p->way, way);
    return count_images(p, i, way);
}

/* What is wrong when there is no row where one should be. */
static vt_status no_row(vti_input *in, vt_status status, int64_t done, int64_t total,
                        vt_error *err) {
    char where[96];
    if (status == VT_OK)
        return vti_bad(in, err,
                       "a new ITEM after %lld of %lld atoms; the frame before is cut off or its "
                       "number of atoms is wrong",
                       (long long)done, (long long)total);
    if (status != VT_DONE) return status;
    snprintf(where, sizeof where, "a frame, after %lld of its %lld atoms", (long long)done,
             (long long)total);
    return cut_off(in, err, where);
}

/* One of the `total` lines of atoms. */
static vt_status row_line(vti_input *in, int64_t done, int64_t total, char **line, vt_error *err) {
    vt_status status = vti_input_line(in, line, err);
    if (status == VT_OK && ((*line)[0] != 'I' || strncmp(*line, "ITEM:", 5) != 0)) return VT_OK;
    return no_row(in, status, done, total, err);
}

static vt_status read_atoms(parser *p, const char *rest) {
    if (p->atoms < 0)
        return vti_bad(p->in, p->err, "ITEM: ATOMS comes before ITEM: NUMBER OF ATOMS");
    if (!p->has_box) return vti_bad(p->in, p->err, "ITEM: ATOMS comes before ITEM: BOX BOUNDS");
    vt_status status = read_columns(p, rest);
    char *line;
    for (int64_t k = 0; k < p->atoms && !vt_failed(status); k++) {
        status = row_line(p->in, k, p->atoms, &line, p->err);
        if (k == 0 && !vt_failed(status)) {
            status = add_extras(p, line);
            if (!vt_failed(status))
                status = vti_table_start(&p->table, p->frame, &p->box,
                                         vti_input_likely_rows(p->in, p->atoms, (size_t)p->columns),
                                         p->err);
        }
        if (!vt_failed(status)) status = atom_row(p, line);
    }
    if (p->atoms == 0 && !vt_failed(status))
        status = vti_table_start(&p->table, p->frame, &p->box, 0, p->err);
    if (!vt_failed(status)) status = vti_table_finish(&p->table, p->in, p->options, p->err);
    if (!vt_failed(status)) p->frame->atoms->tracked = p->position->unwrapped || p->way != NULL;
    return status;
}

static vt_status not_an_item(vti_input *in, const char *line, vt_error *err) {
    char shown[VTI_SHOWN_SIZE];
    return vti_bad(in, err,
                   "found '%s' where 'ITEM: TIMESTEP' or another ITEM was expected; is this a "
                   "LAMMPS text dump?",
                   vti_shown(line, shown));
}

static vt_status parse(parser *p) {
    char *line;
    vt_status status;
    while ((status = vti_input_line(p->in, &line, p->err)) == VT_OK) {
        const char *rest;
        if ((rest = item(line, "ATOMS")) != NULL) return read_atoms(p, rest);
        if (item(line, "TIMESTEP") != NULL) {
            status = whole_value(p->in, "the timestep", &p->frame->timestep, p->err);
            p->frame->has_timestep = true;
        } else if (item(line, "NUMBER OF ATOMS") != NULL) {
            status = read_count(p->in, &p->atoms, p->err);
        } else if ((rest = item(line, "BOX BOUNDS")) != NULL) {
            status = read_bounds(p, rest);
        } else if (item(line, "TIME") != NULL) {
            status = read_time(p);
        } else if (item(line, "UNITS") != NULL) {
            status = read_units(p);
        } else if (*vti_skip_blanks(line) != '\0') {
            status = not_an_item(p->in, line, p->err);
        }
        if (vt_failed(status)) return status;
    }
    return status == VT_DONE ? cut_off(p->in, p->err, "the header of a frame") : status;
}

static vt_status read_dump(vti_input *in, const vt_read_options *options, vt_frame *frame,
                           vt_error *err) {
    holding known[VTI_MAX_COLUMNS] = {FOUND_NUMBERS};
    /* Too large for the stack of a thread: columns of the table. */
    parser *p = vt_alloc(1, sizeof *p);
    if (p == NULL) return vt_fail_memory(err, 1, sizeof *p, "reading a dump");
    vti_place start = vti_input_place(in);
    vt_status status;
    do {
        *p = (parser){.in = in, .options = options, .frame = frame, .err = err, .atoms = -1};
        memcpy(p->found, known, sizeof known);
        status = parse(p);
        vti_table_free(&p->table);
        memcpy(known, p->found, sizeof known);
        if (!p->again) break;
        vt_frame_clear(frame);
        status = vti_input_go(in, start, err);
    } while (!vt_failed(status));
    vt_free(p);
    return status;
}

static vt_status skip_dump(vti_input *in, const vt_read_options *options, vt_error *err) {
    (void)options;
    char *line;
    int64_t atoms = -1;
    vt_status status;
    while ((status = vti_input_line(in, &line, err)) == VT_OK) {
        if (item(line, "ATOMS") != NULL) break;
        if (item(line, "NUMBER OF ATOMS") != NULL) status = read_count(in, &atoms, err);
        if (vt_failed(status)) return status;
    }
    if (status == VT_DONE) return cut_off(in, err, "the header of a frame");
    if (!vt_failed(status) && atoms < 0)
        return vti_bad(in, err, "ITEM: ATOMS comes before ITEM: NUMBER OF ATOMS");
    for (int64_t k = 0; k < atoms && !vt_failed(status); k++)
        status = row_line(in, k, atoms, &line, err);
    return status;
}

static bool looks_like_dump(const char *head) {
    return strncmp(head, "ITEM: ", strlen("ITEM: ")) == 0;
}

const vti_format vti_format_dump = {.name = "dump",
                                    .extensions = ".dump, .lammpstrj",
                                    .prefixes = "dump.",
                                    .many = true,
                                    .columns = &vti_dump_columns,
                                    .forces = true,
                                    .default_carbon = true,
                                    .looks_like = looks_like_dump,
                                    .read = read_dump,
                                    .skip = skip_dump,
                                    .write = vti_write_dump};

/* AtomEye's configurations (http://li.mit.edu/Archive/Graphics/A/, "File formats"), one frame:

     Number of particles = n
     A = 1.0 Angstrom                     unit of length of H0
     H0(1,1) = 32.6 A ...                 rows are the cell vectors
     Transform(1,1) = 1 ...               optional: H = A H0 Transform sqrt(1 + 2 eta)
     eta(1,1) = 0 ...                     optional, symmetric
     R = 1.0 [ns^-1]                      optional: unit of the rates of fractional coordinates

   then, in the standard form, a line per atom: mass symbol s1 s2 s3 ds1/dt ds2/dt ds3/dt; or, in
   the extended form,

     .NO_VELOCITY.                        optional
     entry_count = 3 + (3 or 0) + m
     auxiliary[0] = name [unit] ...

   with blocks of a line with the mass, a line with the symbol, and rows of entry_count numbers.

   Auxiliary columns with the names of LAMMPS's `dump cfg` (id, ix, vx, fx, ...) are what they are
   in its dumps. LAMMPS blows the box up tenfold around its center for xsu ysu zsu, so that AtomEye
   does not fold the atoms back; that is undone here. The format has no place for the cell's corner,
   which is at 0, and none for boundaries, which vitrum says in a comment. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/tensor.h"
#include "base/try.h"
#include "io/internal.h"

enum { WORD = 64, NS = 1000 /* ps */ };

/* What an auxiliary column holds. */
static const char *const NAMES[] = {"id", "ix", "iy", "iz", "vx", "vy", "vz", "fx", "fy", "fz"};
enum { ID, IX, VX = 4, FX = 7, EXTRA = 10, UNUSED };

typedef struct {
    double mass;
    char symbol[VT_SYMBOL_SIZE];
} kind;

typedef struct {
    vti_input *in;
    const vt_read_options *options;
    vt_frame *frame;
    vt_error *err;
    int64_t atoms;
    double length, rate; /* A, R in 1/ps */
    double h0[3][3], transform[3][3], eta[3][3];
    bool has_h0[3][3], strained, unfolded, no_velocity, extended;
    int64_t entries;
    char name[VTI_MAX_COLUMNS][WORD]; /* of the auxiliary columns, "" if not said */
    int meaning[VTI_MAX_COLUMNS], extra[VTI_MAX_COLUMNS];
    int auxiliaries;
    vt_box box;
    kind kind[VT_MAX_SPECIES];
    int kinds, now; /* `now`: of the rows that come, -1 before the first block */
    double mass;    /* of a block whose symbol comes next; 0 if none was said */
    vti_table table;
} parser;

/* ---------------------------------------------------------------- header ---- */

static vt_status bad_value(parser *p, vti_number result, const char *cursor, const char *what) {
    return vti_bad_number(p->in, p->err, result, cursor, what);
}

/* "H0(1,2)" */
static bool indexed(const char *key, const char *name, int *i, int *j) {
    size_t n = strlen(name);
    for (size_t k = 0; k < n; k++)
        if ((key[k] | 0x20) != (name[k] | 0x20)) return false;
    key += n;
    if (key[0] != '(' || key[2] != ',' || key[4] != ')' || key[5] != '\0') return false;
    *i = key[1] - '1';
    *j = key[3] - '1';
    return *i >= 0 && *i < 3 && *j >= 0 && *j < 3;
}

static vt_status read_auxiliary(parser *p, const char *key, const char *value) {
    const char *cursor = key + strlen("auxiliary[");
    char number[12] = "";
    for (size_t k = 0; *cursor >= '0' && *cursor <= '9' && k + 1 < sizeof number; k++)
        number[k] = *cursor++;
    int64_t index = -1;
    const char *text = number;
    if (strcmp(cursor, "]") != 0 || vti_scan_int64(&text, &index) != VTI_NUMBER_OK ||
        index >= VTI_MAX_COLUMNS)
        return vti_bad(p->in, p->err,
                       "'%.40s' is no auxiliary column; expected auxiliary[0] to [%d]", key,
                       VTI_MAX_COLUMNS - 1);
    if (!vti_scan_word(&value, p->name[index], WORD))
        return vti_bad(p->in, p->err, "auxiliary[%d] has no name", (int)index);
    return VT_OK;
}

static vt_status read_rate(parser *p, const char *value) {
    const char *start = value;
    vti_number result = vti_scan_double(&value, &p->rate);
    if (result != VTI_NUMBER_OK) return bad_value(p, result, start, "the rate R");
    const char *unit = vti_skip_blanks(value);
    p->rate *= strstr(unit, "fs") != NULL ? 1000 : strstr(unit, "ps") != NULL ? 1 : 1.0 / NS;
    return VT_OK;
}

static vt_status read_length(parser *p, const char *value) {
    const char *start = value;
    vti_number result = vti_scan_double(&value, &p->length);
    if (result != VTI_NUMBER_OK) return bad_value(p, result, start, "the length A");
    if (!(p->length > 0)) return vti_bad(p->in, p->err, "A = %g cannot be a length", p->length);
    /* The way LAMMPS writes unwrapped coordinates: the box, as H0 has it, within one ten times as
       large. */
    p->unfolded =
        p->length == 10 && strcmp(vti_skip_blanks(value), "Angstrom (basic length-scale)") == 0;
    return VT_OK;
}

/* A line "key = value", cut at the equals sign. */
static vt_status read_entry(parser *p, char *key, const char *value) {
    double(*matrix)[3] = NULL;
    int i, j;
    if (vti_same_word(key, "A")) return read_length(p, value);
    if (vti_same_word(key, "R")) return read_rate(p, value);
    if (strncmp(key, "auxiliary[", strlen("auxiliary[")) == 0) return read_auxiliary(p, key, value);
    if (vti_same_word(key, "entry_count")) {
        vti_number result = vti_scan_int64(&value, &p->entries);
        if (result != VTI_NUMBER_OK) return bad_value(p, result, value, "entry_count");
        p->extended = true;
        return VT_OK;
    }
    if (indexed(key, "H0", &i, &j)) {
        matrix = p->h0;
        p->has_h0[i][j] = true;
    } else if (indexed(key, "Transform", &i, &j)) {
        matrix = p->transform;
    } else if (indexed(key, "eta", &i, &j)) {
        matrix = p->eta;
        p->strained = true;
    } else {
        return vti_bad(p->in, p->err,
                       "'%.40s' is no key of AtomEye's cfg format; known are A, R, H0(i,j), "
                       "Transform(i,j), eta(i,j), entry_count and auxiliary[k]",
                       key);
    }
    vti_number result = vti_scan_double(&value, &matrix[i][j]);
    if (result != VTI_NUMBER_OK) return bad_value(p, result, value, key);
    if (matrix == p->eta) p->eta[j][i] = p->eta[i][j];
    return VT_OK;
}

static vt_status first_line(parser *p, const char *line) {
    static const char NUMBER[] = "Number of particles";
    const char *text = vti_skip_blanks(line);
    if (strncmp(text, NUMBER, strlen(NUMBER)) != 0) {
        char shown[VTI_SHOWN_SIZE];
        return vti_bad(p->in, p->err,
                       "found '%s' where 'Number of particles = n' was expected; is this a file of "
                       "AtomEye?",
                       vti_shown(text, shown));
    }
    text = vti_skip_blanks(text + strlen(NUMBER));
    if (*text == '=') text++;
    vti_number result = vti_scan_int64(&text, &p->atoms);
    if (result != VTI_NUMBER_OK) return bad_value(p, result, text, "the number of particles");
    if (p->atoms < 0)
        return vti_bad(p->in, p->err, "%lld particles cannot be", (long long)p->atoms);
    return VT_OK;
}

/* All before the rows; the first of them is read again. */
static vt_status read_header(parser *p) {
    char *line;
    bool first = true;
    vt_status status;
    p->length = 1;
    p->rate = 1.0 / NS;
    p->box.periodic[0] = p->box.periodic[1] = p->box.periodic[2] = true;
    for (int k = 0; k < 3; k++) p->transform[k][k] = 1;
    while ((status = vti_input_line(p->in, &line, p->err)) == VT_OK) {
        char *text = line + (vti_skip_blanks(line) - line), *equals = strchr(text, '=');
        if (*text == '\0') continue;
        if (*text == '#') {
            if (strstr(text, "vitrum ") != NULL) {
                vti_read_boundary(text, &p->box);
                status = vti_set_comment(p->frame, vti_skip_blanks(text + 1), p->err);
            }
        } else if (first) {
            status = first_line(p, text);
            first = false;
        } else if (strncmp(text, ".NO_VELOCITY.", strlen(".NO_VELOCITY.")) == 0) {
            p->no_velocity = true;
        } else if (equals != NULL) {
            char *end = equals;
            while (end > text && (end[-1] == ' ' || end[-1] == '\t')) end--;
            *end = '\0';
            status = read_entry(p, text, equals + 1);
        } else {
            vti_input_unread(p->in);
            return VT_OK;
        }
        if (vt_failed(status)) return status;
    }
    return status == VT_DONE ? VT_OK : status; /* no atoms, or the file is cut off */
}

/* ---------------------------------------------------------------- cell ---- */

/* The square root of a symmetric positive definite matrix, by the averages of Denman and Beavers.
   False when there is none. */
static bool square_root(double m[3][3], double root[3][3]) {
    enum { MOST_STEPS = 100 };
    double y[3][3], z[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    memcpy(y, m, sizeof y);
    double change = 1;
    for (int step = 0; step < MOST_STEPS && change > 1e-15; step++) {
        double of_y[3][3], of_z[3][3];
        if (!(vti_invert3(y, of_y) > 0 && vti_invert3(z, of_z) > 0)) return false;
        change = 0;
        for (int k = 0; k < 9; k++) {
            double next = 0.5 * (y[k / 3][k % 3] + of_z[k / 3][k % 3]);
            change = fmax(change, fabs(next - y[k / 3][k % 3]));
            z[k / 3][k % 3] = 0.5 * (z[k / 3][k % 3] + of_y[k / 3][k % 3]);
            y[k / 3][k % 3] = next;
        }
    }
    memcpy(root, y, sizeof y);
    return change <= 1e-12;
}

static vt_status make_box(parser *p) {
    for (int k = 0; k < 9; k++)
        if (!p->has_h0[k / 3][k % 3])
            return vti_bad(p->in, p->err, "H0(%d,%d) is missing in front of the atoms", k / 3 + 1,
                           k % 3 + 1);
    double strain[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, h[3][3];
    if (p->strained) {
        double square[3][3];
        for (int k = 0; k < 9; k++)
            square[k / 3][k % 3] = (k / 3 == k % 3) + 2 * p->eta[k / 3][k % 3];
        if (!square_root(square, strain))
            return vti_bad(p->in, p->err, "eta is no strain: 1 + 2 eta has no square root");
    }
    vti_multiply3(p->h0, p->transform, h);
    vti_multiply3(h, strain, p->box.h);
    for (int k = 0; k < 9 && !p->unfolded; k++) p->box.h[k / 3][k % 3] *= p->length;
    vt_error why = {0};
    if (vt_failed(vt_box_check(&p->box, &why))) return vti_bad(p->in, p->err, "%s", why.msg);
    return VT_OK;
}

/* ---------------------------------------------------------------- columns ---- */

static vt_status prepare_columns(parser *p) {
    int fixed = p->no_velocity ? 3 : 6;
    if (p->extended && (p->entries < fixed || p->entries - fixed > VTI_MAX_COLUMNS))
        return vti_bad(p->in, p->err, "entry_count = %lld cannot be; expected %d to %d",
                       (long long)p->entries, fixed, fixed + VTI_MAX_COLUMNS);
    p->auxiliaries = p->extended ? (int)p->entries - fixed : 0;
    bool seen[EXTRA] = {false};
    for (int k = 0; k < p->auxiliaries; k++) {
        if (p->name[k][0] == '\0') snprintf(p->name[k], WORD, "auxiliary%d", k);
        for (int j = 0; j < k; j++)
            if (strcmp(p->name[j], p->name[k]) == 0)
                return vti_bad(p->in, p->err,
                               "auxiliary[%d] and auxiliary[%d] are both called '%s'; names must "
                               "differ",
                               j, k, p->name[k]);
        p->meaning[k] = EXTRA;
        for (int m = 0; m < EXTRA; m++)
            if (strcmp(p->name[k], NAMES[m]) == 0) {
                p->meaning[k] = m;
                seen[m] = true;
            }
    }
    bool has_v = seen[VX] && seen[VX + 1] && seen[VX + 2] && p->extended && p->no_velocity;
    bool has_f = seen[FX] && seen[FX + 1] && seen[FX + 2];
    p->frame->has_velocities = has_v || !p->extended || !p->no_velocity;
    p->frame->has_forces = has_f;
    p->table.has_id = seen[ID];
    p->table.has_symbol = p->table.has_mass = true;
    for (int k = 0; k < p->auxiliaries; k++) {
        int m = p->meaning[k];
        if ((m >= VX && m < FX && !has_v) || (m >= FX && m < EXTRA && !has_f)) m = EXTRA;
        p->meaning[k] = m == EXTRA && !p->options->columns ? UNUSED : m;
        if (p->meaning[k] != EXTRA) continue;
        p->extra[k] = vti_table_add_column(&p->table, p->name[k], VT_VALUE_REAL, 1, p->in, p->err);
        if (p->extra[k] < 0) return VT_EFORMAT;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- rows ---- */

/* The kind of atom that the next rows have. */
static vt_status begin_block(parser *p, double mass, const char *symbol) {
    if (strlen(symbol) >= VT_SYMBOL_SIZE)
        return vti_bad(p->in, p->err, "'%.40s' is no symbol of a species; at most %d letters",
                       symbol, VT_SYMBOL_SIZE - 1);
    /* Some programs put the atomic number in the place of the mass; vitrum does not. */
    if (p->frame->comment == NULL && mass > 0 && mass == vt_element_number(symbol))
        mass = vt_element_mass(symbol);
    for (p->now = 0; p->now < p->kinds; p->now++) {
        const kind *k = &p->kind[p->now];
        if (strcmp(k->symbol, symbol) != 0) continue;
        if (k->mass == mass) return VT_OK;
        /* LAMMPS calls everything C unless dump_modify names the elements. */
        if (strcmp(symbol, "C") != 0)
            return vti_bad(p->in, p->err, "'%s' has the mass %g amu here, but %g amu above", symbol,
                           mass, k->mass);
    }
    if (p->kinds == VT_MAX_SPECIES)
        return vti_bad(p->in, p->err, "more than %d kinds of atoms", VT_MAX_SPECIES);
    kind *k = &p->kind[p->kinds++];
    k->mass = mass;
    memcpy(k->symbol, symbol, strlen(symbol) + 1);
    return VT_OK;
}

/* A line of one word in the extended form: a mass, or the symbol behind it. */
static vt_status block_line(parser *p, const char *line) {
    char word[WORD];
    double mass;
    const char *cursor = line;
    if (vti_scan_double(&cursor, &mass) == VTI_NUMBER_OK) {
        if (!(mass > 0)) return vti_bad(p->in, p->err, "mass %g amu is not positive", mass);
        p->mass = mass;
        return VT_OK;
    }
    cursor = line;
    if (!vti_scan_word(&cursor, word, sizeof word))
        return bad_value(p, VTI_NUMBER_MISSING, cursor, "the symbol of an element");
    if (p->mass == 0) p->mass = vt_element_mass(word);
    if (!(p->mass > 0))
        return vti_bad(p->in, p->err, "'%.40s' comes without a mass, and is no element", word);
    vt_status status = begin_block(p, p->mass, word);
    p->mass = 0;
    return status;
}

static vt_status put_auxiliary(parser *p, int k, double value, double v[3]) {
    vt_atoms *a = p->frame->atoms;
    size_t i = p->table.count - 1;
    double *const force[3] = {a->fx, a->fy, a->fz};
    int32_t *const image[3] = {a->ix, a->iy, a->iz};
    int m = p->meaning[k];
    bool whole = value == floor(value);
    if ((m == ID && !(whole && fabs(value) <= 0x1p53)) ||
        (m >= IX && m < VX && !(whole && fabs(value) <= INT32_MAX)))
        return vti_bad(p->in, p->err, "%s of atom %zu is %g, which is no whole number of that size",
                       p->name[k], i + 1, value);
    if (m == EXTRA)
        p->table.column[p->extra[k]].number[i] = value;
    else if (m == ID)
        a->id[i] = (int64_t)value;
    else if (m >= IX && m < VX)
        image[m - IX][i] = (int32_t)value;
    else if (m >= VX && m < FX)
        v[m - VX] = value;
    else if (m >= FX && m < EXTRA)
        force[m - FX][i] = value;
    return VT_OK;
}

static vt_status read_numbers(parser *p, const char *cursor, double s[3], double v[3]) {
    static const char *const WHAT[6] = {"s1", "s2", "s3", "ds1/dt", "ds2/dt", "ds3/dt"};
    vt_atoms *a = p->frame->atoms;
    bool rates = !p->extended || !p->no_velocity;
    double rate[3] = {0};
    for (int k = 0; k < (rates ? 6 : 3); k++) {
        vti_number result = vti_scan_double(&cursor, k < 3 ? &s[k] : &rate[k - 3]);
        if (result != VTI_NUMBER_OK) return bad_value(p, result, cursor, WHAT[k]);
    }
    for (int j = 0; j < 3; j++)
        v[j] = p->rate *
               (rate[0] * p->box.h[0][j] + rate[1] * p->box.h[1][j] + rate[2] * p->box.h[2][j]);
    if (!isfinite(v[0] + v[1] + v[2]))
        return vti_bad(p->in, p->err, "the velocity of atom %zu is beyond all range",
                       p->table.count);
    for (int k = 0; k < p->auxiliaries; k++) {
        double value;
        int m = p->meaning[k];
        /* A double does not hold every id. */
        if (m == ID && vti_scan_int64(&cursor, &a->id[p->table.count - 1]) == VTI_NUMBER_OK)
            continue;
        vti_number result =
            m >= EXTRA ? vti_scan_any_double(&cursor, &value) : vti_scan_double(&cursor, &value);
        if (result != VTI_NUMBER_OK) return bad_value(p, result, cursor, p->name[k]);
        VTI_TRY(put_auxiliary(p, k, value, v));
    }
    if (*vti_skip_blanks(cursor) == '\0') return VT_OK;
    char shown[VTI_SHOWN_SIZE];
    return vti_bad(p->in, p->err, "'%s' is one value too many for a row of this file",
                   vti_shown(cursor, shown));
}

static vt_status atom_row(parser *p, const char *line) {
    vt_atoms *a = p->frame->atoms;
    if (!p->extended) {
        char symbol[WORD];
        double mass;
        vti_number result = vti_scan_double(&line, &mass);
        if (result != VTI_NUMBER_OK) return bad_value(p, result, line, "a mass");
        if (!vti_scan_word(&line, symbol, sizeof symbol))
            return bad_value(p, VTI_NUMBER_MISSING, line, "the symbol of an element");
        if (p->now < 0 || p->kind[p->now].mass != mass ||
            strcmp(p->kind[p->now].symbol, symbol) != 0)
            VTI_TRY(begin_block(p, mass, symbol));
    }
    if (p->now < 0)
        return vti_bad(p->in, p->err,
                       "an atom comes before the lines with its mass and its symbol");
    vt_status status = vti_table_row(&p->table, p->in, p->err);
    double s[3], v[3], r[3];
    if (!vt_failed(status)) status = read_numbers(p, line, s, v);
    if (vt_failed(status)) return status;
    for (int k = 0; k < 3 && p->unfolded; k++) s[k] = (s[k] - 0.5) * p->length + 0.5;
    vt_box_cartesian(&p->box, s, r);
    size_t i = p->table.count - 1;
    a->x[i] = r[0];
    a->y[i] = r[1];
    a->z[i] = r[2];
    a->vx[i] = v[0];
    a->vy[i] = v[1];
    a->vz[i] = v[2];
    a->type[i] = p->now + 1;
    p->table.mass[i] = p->kind[p->now].mass;
    if (!p->table.has_id) a->id[i] = (int64_t)i + 1;
    return vti_table_symbol(&p->table, p->kind[p->now].symbol, p->in, p->err);
}

static bool one_word(const char *line) {
    const char *p = vti_skip_blanks(line);
    while (*p != '\0' && *p != ' ' && *p != '\t') p++;
    return *vti_skip_blanks(p) == '\0';
}

/* Rows beyond the number in the header would be lost. */
static vt_status check_end(parser *p) {
    char *line;
    vt_status status;
    while ((status = vti_input_line(p->in, &line, p->err)) == VT_OK) {
        const char *text = vti_skip_blanks(line);
        if (*text != '\0' && *text != '#')
            return vti_bad(p->in, p->err,
                           "the file goes on after the %lld particles of its header; correct the "
                           "number, or take away what is too much",
                           (long long)p->atoms);
    }
    return vt_failed(status) ? status : VT_OK;
}

static vt_status read_rows(parser *p) {
    p->now = -1;
    while (p->table.count < (size_t)p->atoms) {
        char *line;
        vt_status status = vti_input_line(p->in, &line, p->err);
        if (status == VT_DONE)
            return vti_bad(p->in, p->err,
                           "the file ends after %zu of %lld particles; is it cut off?",
                           p->table.count, (long long)p->atoms);
        if (vt_failed(status)) return status;
        const char *text = vti_skip_blanks(line);
        if (*text == '\0' || *text == '#') continue;
        VTI_TRY(p->extended && one_word(text) ? block_line(p, text) : atom_row(p, text));
    }
    return check_end(p);
}

static vt_status parse(parser *p) {
    vt_status status = read_header(p);
    if (!vt_failed(status)) status = make_box(p);
    if (!vt_failed(status)) status = prepare_columns(p);
    if (!vt_failed(status))
        status = vti_table_start(&p->table, p->frame, &p->box,
                                 vti_input_likely_rows(p->in, p->atoms, (size_t)p->auxiliaries + 3),
                                 p->err);
    if (!vt_failed(status)) status = read_rows(p);
    /* Kinds that are called C but are not carbon have no name: the option or the masses tell. */
    for (int k = 0; k < p->kinds; k++)
        if (strcmp(p->kind[k].symbol, "C") == 0 && !vti_is_carbon(p->kind[k].mass)) {
            p->table.has_type = true;
            p->table.has_symbol = false;
        }
    return vt_failed(status) ? status : vti_table_finish(&p->table, p->in, p->options, p->err);
}

static vt_status read_cfg(vti_input *in, const vt_read_options *options, vt_frame *frame,
                          vt_error *err) {
    parser *p = vt_alloc(1, sizeof *p);
    if (p == NULL) return vt_fail_memory(err, 1, sizeof *p, "reading cfg");
    p->in = in;
    p->options = options;
    p->frame = frame;
    p->err = err;
    vt_status status = parse(p);
    vti_table_free(&p->table);
    vt_free(p);
    return status;
}

static bool looks_like_cfg(const char *head) {
    return strncmp(head, "Number of particles", strlen("Number of particles")) == 0;
}

/* ---------------------------------------------------------------- writing ---- */

static bool knows(const char *name) {
    for (int m = 0; m < EXTRA; m++)
        if (strcmp(name, NAMES[m]) == 0) return true;
    return false;
}

static const vti_column_rules RULES = {
    .reserved = knows, .forbidden = "[]=", .before = "", .behind = "", .numbers = true};

typedef struct {
    vt_output *out;
    vt_error *err;
    int number;
} auxiliaries;

static vt_status put_name(auxiliaries *x, const char *name, const char *unit) {
    return vt_output_print(x->out, x->err, "auxiliary[%d] = %s%s\n", x->number++, name, unit);
}

static vt_status write_header(vt_output *out, const vt_frame *frame, vti_needed need,
                              const vt_write_options *options, vt_error *err) {
    const vt_box *box = &frame->atoms->box;
    char boundary[VTI_BOUNDARY_SIZE], *origin = vti_origin(options, err);
    if (origin == NULL) return VT_ENOMEM;
    vti_write_boundary(box, boundary);
    vt_status status = vt_output_print(
        out, err, "Number of particles = %zu\n# %s%s\nA = 1.0 Angstrom (basic length-scale)\n",
        frame->atoms->count, boundary, origin);
    vt_free(origin);
    for (int k = 0; k < 9 && !vt_failed(status); k++) {
        char number[VTI_NUMBER_SIZE];
        vti_format_double(number, box->h[k / 3][k % 3], 17);
        status = vt_output_print(out, err, "H0(%d,%d) = %s A\n", k / 3 + 1, k % 3 + 1, number);
    }
    int entries = 3 + (frame->has_velocities ? 3 : 0) + (need.id ? 1 : 0) + (need.images ? 3 : 0) +
                  (frame->has_forces ? 3 : 0);
    for (size_t k = 0; k < frame->column_count; k++) entries += (int)frame->column[k].columns;
    if (!vt_failed(status))
        status =
            vt_output_print(out, err, "%s\nentry_count = %d\n",
                            frame->has_velocities ? "R = 1.0 [ns^-1]" : ".NO_VELOCITY.", entries);
    auxiliaries x = {.out = out, .err = err};
    for (int m = 0; m < EXTRA && !vt_failed(status); m++) {
        bool there = m == ID ? need.id : m < VX ? need.images : m < FX ? false : frame->has_forces;
        if (there) status = put_name(&x, NAMES[m], m >= FX ? " [eV/A]" : "");
    }
    for (size_t k = 0; k < frame->column_count && !vt_failed(status); k++) {
        const vt_values *v = &frame->column[k];
        if (v->whole != NULL)
            return vt_fail(err, VT_EINVAL,
                           "column '%.60s' holds whole numbers beyond 2^53, which lose digits in "
                           "format cfg; use dump or extxyz, or leave the column out",
                           v->name);
        for (size_t c = 0; c < v->columns && !vt_failed(status); c++) {
            char name[VTI_COLUMN_NAME];
            vti_column_name(&RULES, v, c, name);
            status = put_name(&x, name, "");
        }
    }
    return status;
}

static vt_status write_row(vt_output *out, const vt_frame *frame, vti_needed need,
                           double inverse[3][3], size_t i, vti_row *row, vt_error *err) {
    const vt_atoms *a = frame->atoms;
    const double *o = a->box.origin, r[3] = {a->x[i] - o[0], a->y[i] - o[1], a->z[i] - o[2]};
    const double v[3] = {a->vx[i], a->vy[i], a->vz[i]};
    for (int k = 0; k < 3; k++)
        vti_row_double(row, r[0] * inverse[0][k] + r[1] * inverse[1][k] + r[2] * inverse[2][k]);
    for (int k = 0; k < 3 && frame->has_velocities; k++)
        vti_row_double(row,
                       NS * (v[0] * inverse[0][k] + v[1] * inverse[1][k] + v[2] * inverse[2][k]));
    if (need.id) vti_row_int(row, a->id[i]);
    if (need.images) vti_row_images(row, a, i);
    if (frame->has_forces) {
        vti_row_double(row, a->fx[i]);
        vti_row_double(row, a->fy[i]);
        vti_row_double(row, a->fz[i]);
    }
    for (size_t k = 0; k < frame->column_count; k++) {
        const vt_values *c = &frame->column[k];
        for (size_t j = 0; j < c->columns; j++) {
            vti_row_double(row, c->number[i * c->columns + j]);
            VTI_TRY(vti_row_spill(row, out, err));
        }
    }
    return vti_row_end(row, out, err);
}

static vt_status write_cfg(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                           vt_error *err) {
    const vt_atoms *a = frame->atoms;
    vti_needed need = vti_find_needed(a);
    vt_status status = write_header(out, frame, need, options, err);
    double inverse[3][3];
    vt_box_inverse(&a->box, inverse);
    vti_row row = {.digits = options->digits};
    for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
        if (i == 0 || a->type[i] != a->type[i - 1]) {
            vti_row_exact(&row, a->species[a->type[i]].mass);
            status = vti_row_end(&row, out, err);
            vti_row_word(&row, a->species[a->type[i]].symbol);
            if (!vt_failed(status)) status = vti_row_end(&row, out, err);
        }
        if (!vt_failed(status)) status = write_row(out, frame, need, inverse, i, &row, err);
    }
    return status;
}

const vti_format vti_format_cfg = {.name = "cfg",
                                   .extensions = ".cfg",
                                   .prefixes = "",
                                   .columns = &RULES,
                                   .forces = true,
                                   .one_mass = true,
                                   .default_carbon = true,
                                   .looks_like = looks_like_cfg,
                                   .read = read_cfg,
                                   .write = write_cfg};

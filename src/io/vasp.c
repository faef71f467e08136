/* The header of POSCAR and XDATCAR, and numbers as VASP's Fortran writes them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/vasp.h"

enum { WORD = 64 };

/* ---------------------------------------------------------------- numbers ---- */

vt_status vti_vasp_line(vti_input *in, char **line, const char *what, vt_error *err) {
    vt_status status = vti_input_line(in, line, err);
    if (status == VT_DONE)
        return vti_bad(in, err, "the file ends where %s was expected; is it cut off?", what);
    return status;
}

/* A number of fixed width that fills its room leaves no blank before the next one. It is taken
   apart before a sign with a decimal point behind it; 1.0-100 is a number, 1e-100. */
static vti_number scan_cut(const char **cursor, double *value) {
    const char *start = vti_skip_blanks(*cursor), *end = start + 1;
    char word[WORD];
    for (; *end != '\0' && *end != ' ' && *end != '\t'; end++)
        if ((*end == '-' || *end == '+') &&
            ((end[-1] >= '0' && end[-1] <= '9') || end[-1] == '.')) {
            const char *next = end + 1;
            while (*next >= '0' && *next <= '9') next++;
            if (*next == '.') break;
        }
    size_t n = (size_t)(end - start);
    if (n >= sizeof word) return VTI_NUMBER_GARBAGE;
    memcpy(word, start, n);
    word[n] = '\0';
    const char *text = word;
    vti_number result = vti_scan_double(&text, value);
    if (result == VTI_NUMBER_OK) *cursor = end;
    return result;
}

vt_status vti_vasp_component(vti_input *in, const char **cursor, double *value, const char *what,
                             vt_error *err) {
    vti_number result = vti_scan_double(cursor, value);
    if (result == VTI_NUMBER_GARBAGE) result = scan_cut(cursor, value);
    if (result == VTI_NUMBER_GARBAGE && *vti_skip_blanks(*cursor) == '*')
        return vti_bad(in, err,
                       "%s is written as asterisks: it did not fit into the width that the program "
                       "gave it, and is lost",
                       what);
    return result == VTI_NUMBER_OK ? VT_OK : vti_bad_number(in, err, result, *cursor, what);
}

const char *const vti_vasp_coordinate[3] = {"coordinate x", "coordinate y", "coordinate z"};

/* ---------------------------------------------------------------- header ---- */

static vt_status read_scale(vti_input *in, vti_vasp_header *h, const char *line, vt_error *err) {
    const char *cursor = line;
    VTI_TRY(vti_vasp_component(in, &cursor, &h->scale[0], "the scale factor", err));
    h->scale[1] = h->scale[2] = h->scale[0];
    double more[2];
    const char *next = cursor;
    /* VASP 6 takes one factor for each of x, y, z. */
    if (vti_scan_double(&next, &more[0]) == VTI_NUMBER_OK &&
        vti_scan_double(&next, &more[1]) == VTI_NUMBER_OK) {
        h->scale[1] = more[0];
        h->scale[2] = more[1];
        /* a volume stands alone */
        if (h->scale[0] < 0 || more[0] < 0 || more[1] < 0) h->scale[0] = 0;
    }
    if (h->scale[0] == 0 || h->scale[1] == 0 || h->scale[2] == 0)
        return vti_bad(in, err,
                       "a scale factor is not possible; expected a positive number, or minus the "
                       "volume");
    return VT_OK;
}

static int numbers_on(const char *line) {
    double value;
    int count = 0;
    while (vti_scan_double(&line, &value) == VTI_NUMBER_OK) count++;
    return *vti_skip_blanks(line) == '\0' ? count : -1;
}

static vt_status read_cell(vti_input *in, vti_vasp_header *h, bool skipped, vt_error *err) {
    static const char *const NAMES[3] = {"component x of a cell vector",
                                         "component y of a cell vector",
                                         "component z of a cell vector"};
    char *line;
    vt_status status = vti_vasp_line(in, &line, "the scale factor", err);
    if (vt_failed(status)) return status;
    bool untitled = skipped && numbers_on(h->title) == 1 && numbers_on(line) == 3;
    if (untitled) { /* a vector would be three factors */
        double first[3];
        const char *cursor = line;
        status = vti_vasp_vector(in, &cursor, first, NAMES, err);
        if (!vt_failed(status)) status = read_scale(in, h, h->title, err);
        memcpy(h->box.h[0], first, sizeof first);
        h->title[0] = '\0';
    } else {
        status = read_scale(in, h, line, err);
    }
    vti_read_boundary(h->title, &h->box);
    for (int k = untitled; k < 3 && !vt_failed(status); k++) {
        status = vti_vasp_line(in, &line, "a cell vector", err);
        const char *cursor = line;
        if (!vt_failed(status)) status = vti_vasp_vector(in, &cursor, h->box.h[k], NAMES, err);
    }
    if (vt_failed(status)) return status;
    if (h->scale[0] < 0) {
        double volume = fabs(vt_box_volume(&h->box));
        double scale = volume > 0 ? cbrt(-h->scale[0] / volume) : 1;
        for (int k = 0; k < 3; k++) h->scale[k] = scale;
    }
    for (int k = 0; k < 9; k++) h->box.h[k / 3][k % 3] *= h->scale[k % 3];
    vt_error why = {0};
    if (vt_failed(vt_box_check(&h->box, &why))) return vti_bad(in, err, "%s", why.msg);
    return VT_OK;
}

/* "Cu", or "Cu_pv" and "Cu/0a1b2c" as VASP names potentials. */
static vt_status read_symbols(vti_input *in, vti_vasp_header *h, const char *line, vt_error *err) {
    char word[WORD];
    while (vti_scan_word(&line, word, sizeof word) && word[0] != '#' && word[0] != '!') {
        word[strcspn(word, "_/")] = '\0';
        if (h->blocks == VTI_VASP_BLOCKS || word[0] == '\0' || strlen(word) >= VT_SYMBOL_SIZE)
            return vti_bad(in, err, "'%.40s' is no symbol, or there are more than %d", word,
                           VTI_VASP_BLOCKS);
        memcpy(h->symbol[h->blocks++], word, strlen(word) + 1);
    }
    return VT_OK;
}

static vt_status name_blocks(vti_input *in, const vt_read_options *options, vti_vasp_header *h,
                             int n, vt_error *err) {
    if (options->species_count != n)
        return vti_bad(
            in, err,
            "the file has no line of symbols for its %d species (VASP 4), and the option "
            "species names %d; say them: species = {\"Cu\", \"Zr\"}",
            n, options->species_count);
    for (int k = 0; k < n; k++)
        snprintf(h->symbol[k], sizeof h->symbol[k], "%s", options->species[k]);
    return VT_OK;
}

static vt_status read_counts(vti_input *in, const vt_read_options *options, vti_vasp_header *h,
                             vt_error *err) {
    char *line;
    VTI_TRY(vti_vasp_line(in, &line, "the symbols of the species", err));
    int64_t value;
    const char *cursor = line;
    bool has_symbols = vti_scan_int64(&cursor, &value) != VTI_NUMBER_OK;
    if (has_symbols) { /* VASP 4 has no line of symbols */
        VTI_TRY(read_symbols(in, h, line, err));
        VTI_TRY(vti_vasp_line(in, &line, "the numbers of atoms", err));
    }
    cursor = line;
    int n = 0;
    while (*vti_skip_blanks(cursor) != '\0') {
        const char *start = vti_skip_blanks(cursor);
        if (n > 0 && (*start == '#' || *start == '!')) break;
        vti_number result = vti_scan_int64(&cursor, &value);
        if (result != VTI_NUMBER_OK)
            return vti_bad_number(in, err, result, start, "a number of atoms");
        if (value < 0 || n == VTI_VASP_BLOCKS)
            return vti_bad(in, err, "%lld atoms of species %d cannot be", (long long)value, n + 1);
        h->count[n++] = value;
    }
    if (n == 0) return vti_bad(in, err, "expected the numbers of atoms, found a blank line");
    if (has_symbols && n != h->blocks)
        return vti_bad(in, err, "%d symbols but %d numbers of atoms; they must pair", h->blocks, n);
    h->blocks = n;
    return has_symbols ? VT_OK : name_blocks(in, options, h, n, err);
}

vt_status vti_vasp_read_header(vti_input *in, const vt_read_options *options, bool skipped,
                               vti_vasp_header *h, vt_error *err) {
    *h = (vti_vasp_header){0};
    char *line;
    VTI_TRY(vti_vasp_line(in, &line, "a title", err));
    snprintf(h->title, sizeof h->title, "%s", line);
    VTI_TRY(read_cell(in, h, skipped, err));
    return read_counts(in, options, h, err);
}

int64_t vti_vasp_total(const vti_vasp_header *h) {
    int64_t total = 0;
    for (int k = 0; k < h->blocks; k++)
        if (__builtin_add_overflow(total, h->count[k], &total)) return INT64_MAX;
    return total;
}

bool vti_vasp_is_configuration(const char *line) {
    return strstr(line, "configuration=") != NULL || strstr(line, "configuration =") != NULL ||
           strstr(line, "Konfig=") != NULL;
}

/* The line after the next one. */
static const char *after(const char *text) {
    text += strcspn(text, "\n");
    return *text == '\n' ? text + 1 : text;
}

/* The first line of `text`, "" if it is too long for one of numbers. */
static const char *line_of(const char *text, char line[WORD * 4]) {
    size_t n = strcspn(text, "\n");
    snprintf(line, WORD * 4, "%.*s", (int)(n < WORD * 4 ? n : 0), text);
    return line;
}

vti_vasp_look vti_vasp_looks_like(const char *head) {
    static const int NUMBERS[4] = {1, 3, 3, 3}; /* scale and cell */
    char line[WORD * 4];
    if (vti_vasp_is_configuration(head)) return VTI_VASP_XDATCAR;
    if (numbers_on(line_of(head, line)) != 1 || numbers_on(line_of(after(head), line)) != 3)
        head = after(head); /* the title is not blank */
    for (int k = 0; k < 4; k++) {
        double value;
        const char *cursor = line_of(head, line);
        for (int j = 0; j < NUMBERS[k]; j++)
            if (vti_scan_double(&cursor, &value) != VTI_NUMBER_OK) return VTI_VASP_NEITHER;
        head = after(head);
    }
    if (*head == '\0') return VTI_VASP_POSCAR;
    const char *blank = after(after(head)); /* behind symbols and numbers of atoms */
    bool no_mode = *blank != '\0' && *vti_skip_blanks(line_of(blank, line)) == '\0';
    return no_mode && numbers_on(line_of(after(blank), line)) == 3 ? VTI_VASP_XDATCAR
                                                                   : VTI_VASP_POSCAR;
}

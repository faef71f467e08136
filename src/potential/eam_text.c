#include "base/try.h"
#include "eam_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    LARGEST_TEXT = 1 << 28, /* files of 16 elements with 10,000 points a table have a third */
    LEAST_POINTS = 5,       /* slopes come from five */
    MOST_POINTS = 1000000,
    FIRST_ROWS = 4096,
    /* More values than this behind a table are no rounding of a loop's end. LAMMPS lets them
       overwrite its other tables. */
    MOST_SURPLUS = 5
};

/* Atoms farther apart do not see each other in any EAM; tables in other units of length do [A]. */
static const double LONGEST_CUTOFF = 100, SHORTEST_CUTOFF = 0.5;

/* Steps of tables, in whatever unit densities have; a table's end and parts of it are numbers. */
static const double SMALLEST_STEP = 1e-30, LARGEST_STEP = 1e30;

/* No table means a larger value, and sums of larger ones overflow. */
static const double LARGEST_VALUE = 1e100;

/* ---------------------------------------------------------------- lines ---- */

static void see(void *context, const char *bytes, size_t count) {
    vti_eam_text *text = context;
    vt_sha256_add(text->sum, bytes, count);
    text->bytes += count;
    if (memchr(bytes, '\0', count) != NULL) text->binary = true;
}

vt_status vti_eam_text_open(vti_eam_text *text, const char *path, vt_sha256_state *sum,
                            vt_error *err) {
    *text = (vti_eam_text){.at = "", .sum = sum};
    text->in = vti_input_open(path, err);
    if (text->in == NULL) return err != NULL ? err->code : VT_EIO;
    vti_input_watch(text->in, see, text);
    return VT_OK;
}

void vti_eam_text_close(vti_eam_text *text) {
    vti_input_close(text->in);
    text->in = NULL;
}

vt_status vti_eam_text_line(vti_eam_text *text, vt_error *err) {
    char *line;
    text->at = "";
    vt_status status = vti_input_line(text->in, &line, err);
    if (vt_failed(status)) return status;
    if (text->binary)
        return vt_fail(err, VT_EFORMAT,
                       "%.300s is not a text file; expected a setfl or funcfl file",
                       vti_input_path(text->in));
    if (text->bytes > LARGEST_TEXT)
        return vt_fail(err, VT_EFORMAT,
                       "%.300s holds more than %d MB; expected a setfl or funcfl file",
                       vti_input_path(text->in), LARGEST_TEXT >> 20);
    if (status == VT_DONE) return status;
    text->at = line;
    for (; *line != '\0'; line++) {
        if (*line == '#') {
            *line = '\0';
            break;
        }
        if (*line == ',' || *line == '\r' || *line == '\f' || *line == '\v') *line = ' ';
    }
    return VT_OK;
}

/* Move to the next word, on this line or a later one. */
static vt_status next_word(vti_eam_text *text, vt_error *err) {
    while (*(text->at = vti_skip_blanks(text->at)) == '\0') {
        vt_status status = vti_eam_text_line(text, err);
        if (status != VT_OK) return status;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- numbers ---- */

vt_status vti_eam_text_expected(const vti_eam_text *text, const char *what, const char *found,
                                vt_error *err) {
    char shown[VTI_SHOWN_SIZE];
    if (*found == '\0')
        return vti_bad(text->in, err,
                       "expected %s, found the end of the file%s; the file is cut off or its "
                       "header asks for more values than it holds",
                       what,
                       text->surplus_tables > 0 ? " (tables begin on lines of their own)" : "");
    /* "0.1-103" has an exponent of three digits in Fortran, "0.1-0.2" are two numbers. LAMMPS reads
       0.1 in both. */
    const char *sign = strpbrk(found + 1, "+- \t");
    bool joined = sign != NULL && (*sign == '+' || *sign == '-') && strchr("0123456789.", sign[-1]);
    return vti_bad(text->in, err, "expected %s, found '%s'%s", what, vti_shown(found, shown),
                   joined ? "; two numbers have run together, or the exponent lost its E" : "");
}

vt_status vti_eam_text_number(vti_eam_text *text, double *value, const char *what, vt_error *err) {
    vt_status status = next_word(text, err);
    if (vt_failed(status)) return status;
    if (status == VT_DONE || vti_scan_double(&text->at, value) != VTI_NUMBER_OK)
        return vti_eam_text_expected(text, what, text->at, err);
    return VT_OK;
}

vt_status vti_eam_text_positive(vti_eam_text *text, double *value, const char *what,
                                vt_error *err) {
    VTI_TRY(vti_eam_text_number(text, value, what, err));
    if (!(*value > 0)) return vti_bad(text->in, err, "%s must be positive, found %g", what, *value);
    return VT_OK;
}

vt_status vti_eam_text_whole(vti_eam_text *text, int least, int most, int *value, const char *what,
                             vt_error *err) {
    double x;
    VTI_TRY(vti_eam_text_number(text, &x, what, err));
    if (x != floor(x) || x < least || x > most)
        return vti_bad(text->in, err, "%s must be a whole number from %d to %d, found %g", what,
                       least, most, x);
    *value = (int)x;
    return VT_OK;
}

int vti_eam_text_peek(const vti_eam_text *text, int most, double *number) {
    const char *at = text->at;
    int n = 0;
    while (n < most && vti_scan_double(&at, &number[n]) == VTI_NUMBER_OK) n++;
    return n;
}

static const char *const NAMES[] = {"nrho", "drho", "nr", "dr", "the cutoff"};

vt_status vti_eam_text_header(vti_eam_text *text, vti_eam_header *header, vt_error *err) {
    double number[5];
    for (int k = 0; k < 5; k++) VTI_TRY(vti_eam_text_number(text, &number[k], NAMES[k], err));
    return vti_eam_header_check(text, vti_input_line_number(text->in), number, header, err);
}

vt_status vti_eam_header_check(const vti_eam_text *text, int64_t line, const double number[5],
                               vti_eam_header *h, vt_error *err) {
    for (int k = 0; k < 5; k++) {
        double x = number[k];
        bool count = k == 0 || k == 2;
        if (count && !(x == floor(x) && x >= LEAST_POINTS && x <= MOST_POINTS))
            return vti_bad_at(text->in, line, err,
                              "%s must be a whole number from %d to %d, found %g", NAMES[k],
                              LEAST_POINTS, MOST_POINTS, x);
        if (!(x > 0))
            return vti_bad_at(text->in, line, err, "%s must be positive, found %g", NAMES[k], x);
        if (!(x >= SMALLEST_STEP && x <= LARGEST_STEP))
            return vti_bad_at(text->in, line, err, "%s is %g, which is beyond all range", NAMES[k],
                              x);
    }
    *h = (vti_eam_header){(int)number[0], (int)number[2], number[1], number[3], number[4]};
    if (h->cutoff > LONGEST_CUTOFF || h->cutoff < SHORTEST_CUTOFF)
        return vti_bad_at(text->in, line, err,
                          "the cutoff is %g A, where some 2 to 10 A are usual; lengths must be in "
                          "A and energies in eV",
                          h->cutoff);
    if (h->cutoff > h->nr * h->dr * (1 + 1e-6))
        return vti_bad_at(text->in, line, err,
                          "the tables end at nr dr = %g A, short of the cutoff %g A", h->nr * h->dr,
                          h->cutoff);
    return VT_OK;
}

/* ---------------------------------------------------------------- tables ---- */

void vti_spline_fit(vti_spline *s) {
    int n = s->count;
    double(*r)[4] = s->row;
    for (int k = 0; k < n; k++) {
        if (k == 0)
            r[k][1] = r[1][0] - r[0][0];
        else if (k == n - 1)
            r[k][1] = r[n - 1][0] - r[n - 2][0];
        else if (k == 1 || k == n - 2)
            r[k][1] = 0.5 * (r[k + 1][0] - r[k - 1][0]);
        else
            r[k][1] = ((r[k - 2][0] - r[k + 2][0]) + 8.0 * (r[k + 1][0] - r[k - 1][0])) / 12.0;
    }
    for (int k = 0; k < n - 1; k++) {
        double rise = r[k + 1][0] - r[k][0];
        r[k][2] = 3.0 * rise - 2.0 * r[k][1] - r[k + 1][1];
        r[k][3] = r[k][1] + r[k + 1][1] - 2.0 * rise;
    }
}

/* Room for one more value than `have`, of `count` in the end. */
static vt_status more_rows(vti_spline *s, int have, int *room, int count, vt_error *err) {
    if (have < *room) return VT_OK;
    int larger = *room > count / 2 ? count : *room > 0 ? 2 * *room : FIRST_ROWS;
    if (larger > count) larger = count;
    void *rows = vt_grow(s->row, (size_t)have, (size_t)larger, sizeof *s->row);
    if (rows == NULL) return vt_fail_memory(err, (size_t)larger, sizeof *s->row, "a table");
    s->row = rows;
    *room = larger;
    return VT_OK;
}

/* What follows a table's last value on its line. */
static vt_status check_surplus(vti_eam_text *text, int count, const char *what, vt_error *err) {
    int surplus = 0;
    double unused;
    vti_number got;
    while ((got = vti_scan_double(&text->at, &unused)) == VTI_NUMBER_OK) surplus++;
    if (got != VTI_NUMBER_MISSING)
        return vti_eam_text_expected(text, "the end of the line", vti_skip_blanks(text->at), err);
    if (surplus > MOST_SURPLUS)
        return vti_bad(text->in, err,
                       "%s has %d values more on its last line than the %d of the header; correct "
                       "the header, or give each table lines of its own",
                       what, surplus, count);
    if (surplus > 0 && text->surplus_tables++ == 0)
        snprintf(text->surplus, sizeof text->surplus,
                 "%s has %d value%s more in line %lld than the %d of the header", what, surplus,
                 surplus == 1 ? "" : "s", (long long)vti_input_line_number(text->in), count);
    return VT_OK;
}

vt_status vti_eam_text_table(vti_eam_text *text, vti_spline *s, int count, double delta,
                             const char *what, vt_error *err) {
    *s = (vti_spline){.count = count, .delta = delta, .inverse_delta = 1 / delta};
    text->at = "";
    for (int k = 0, room = 0; k < count; k++) {
        vt_status status = more_rows(s, k, &room, count, err);
        if (!vt_failed(status)) status = next_word(text, err);
        if (vt_failed(status)) return status;
        const char *word = text->at;
        double value = 0;
        if (status == VT_DONE || vti_scan_double(&text->at, &value) != VTI_NUMBER_OK ||
            fabs(value) > LARGEST_VALUE) {
            char expected[96];
            snprintf(expected, sizeof expected, "value %d of %d of %s", k + 1, count, what);
            return vti_eam_text_expected(text, expected, word, err);
        }
        s->row[k][0] = value;
    }
    vt_status status = check_surplus(text, count, what, err);
    if (!vt_failed(status)) vti_spline_fit(s);
    return status;
}

vt_status vti_eam_text_rest(vti_eam_text *text, vti_eam_rest *rest, vt_error *err) {
    *rest = (vti_eam_rest){0};
    vt_status status;
    while ((status = next_word(text, err)) == VT_OK) {
        double value;
        if (rest->line == 0) rest->line = vti_input_line_number(text->in);
        if (vti_scan_double(&text->at, &value) == VTI_NUMBER_OK) {
            if (rest->numbers++ == 0) rest->first = value;
            continue;
        }
        rest->words++;
        while (*text->at != '\0' && *text->at != ' ' && *text->at != '\t') text->at++;
    }
    return status == VT_DONE ? VT_OK : status;
}

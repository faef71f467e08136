/* A line of text put together in memory: far cheaper than a print call per number. */
#include <string.h>

#include "io/internal.h"

enum { HALF = sizeof((vti_row *)0)->text / 2 };

static void blank(vti_row *row) {
    if (row->length > 0) row->text[row->length++] = ' ';
}

void vti_row_double(vti_row *row, double value) {
    blank(row);
    row->length += vti_format_double(row->text + row->length, value, row->digits);
}

void vti_row_int(vti_row *row, int64_t value) {
    blank(row);
    row->length += vti_format_int64(row->text + row->length, value);
}

void vti_row_word(vti_row *row, const char *word) {
    blank(row);
    size_t n = strlen(word), room = sizeof row->text - (size_t)row->length - 2;
    if (n > room) n = room;
    memcpy(row->text + row->length, word, n);
    row->length += (int)n;
}

vt_status vti_row_spill(vti_row *row, vt_output *out, vt_error *err) {
    if (row->length < HALF) return VT_OK;
    /* The last byte stays, so that the next value still puts its blank. */
    int n = row->length - 1;
    vt_status status = vt_output_write(out, row->text, (size_t)n, err);
    row->text[0] = row->text[n];
    row->length = 1;
    return status;
}

vt_status vti_row_end(vti_row *row, vt_output *out, vt_error *err) {
    row->text[row->length++] = '\n';
    vt_status status = vt_output_write(out, row->text, (size_t)row->length, err);
    row->length = 0;
    return status;
}

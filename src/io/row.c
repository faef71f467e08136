/* A line of text put together in memory: far cheaper than a print call per number. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "io/internal.h"

enum { HALF = sizeof((vti_row *)0)->text / 2 };

static void blank(vti_row *row) {
    if (row->length > 0) row->text[row->length++] = ' ';
}

void vti_row_double(vti_row *row, double value) {
    blank(row);
    row->length += vti_format_double(row->text + row->length, value, row->digits);
}

void vti_row_exact(vti_row *row, double value) {
    blank(row);
    row->length += vti_format_double(row->text + row->length, value, 17);
}

void vti_row_int(vti_row *row, int64_t value) {
    blank(row);
    row->length += vti_format_int64(row->text + row->length, value);
}

vti_needed vti_find_needed(const vt_atoms *a) {
    const bool *periodic = a->box.periodic;
    vti_needed need = {.masses = vti_own_masses(a)};
    for (size_t i = 0; i < a->count; i++) {
        if (a->id[i] != (int64_t)i + 1) need.id = true;
        if ((periodic[0] && a->ix[i] != 0) || (periodic[1] && a->iy[i] != 0) ||
            (periodic[2] && a->iz[i] != 0))
            need.images = true;
    }
    return need;
}

void vti_row_images(vti_row *row, const vt_atoms *atoms, size_t i) {
    const int32_t count[3] = {atoms->ix[i], atoms->iy[i], atoms->iz[i]};
    for (int k = 0; k < 3; k++) vti_row_int(row, atoms->box.periodic[k] ? count[k] : 0);
}

void vti_row_word(vti_row *row, const char *word) {
    blank(row);
    size_t n = strlen(word), room = sizeof row->text - (size_t)row->length - 2;
    if (n > room) n = room; /* symbols and the words of text columns are far shorter */
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

void vti_row_whole(vti_row *row, double value) {
    if (fabs(value) < 0x1p63)
        vti_row_int(row, (int64_t)value);
    else
        vti_row_double(row, value);
}

vt_status vti_row_end(vti_row *row, vt_output *out, vt_error *err) {
    row->text[row->length++] = '\n';
    vt_status status = vt_output_write(out, row->text, (size_t)row->length, err);
    row->length = 0;
    return status;
}

vt_status vti_row_values(vti_row *row, vt_output *out, const vt_values *v, size_t i,
                         const char **text, vt_error *err) {
    for (size_t c = 0; c < v->columns; c++) {
        double value = v->kind != VT_VALUE_TEXT ? v->number[i * v->columns + c] : 0;
        switch (v->kind) {
        case VT_VALUE_TEXT:
            /* An empty word or a blank in it would shift the columns behind. */
            if (strlen(*text) > VTI_LONGEST_WORD)
                return vt_fail(
                    err, VT_EINVAL,
                    "entry %zu of column '%s' has %zu letters; words in text columns have "
                    "%d at most",
                    i + 1, v->name, strlen(*text), VTI_LONGEST_WORD);
            if (!vti_is_word(*text))
                return vt_fail(err, VT_EINVAL,
                               "entry %zu of column '%s' is '%.40s'; text columns hold words "
                               "without blanks",
                               i + 1, v->name, *text);
            vti_row_word(row, *text);
            *text += strlen(*text) + 1;
            break;
        case VT_VALUE_INTEGER:
            if (v->whole != NULL)
                vti_row_int(row, v->whole[i * v->columns + c]);
            else
                vti_row_whole(row, value);
            break;
        case VT_VALUE_LOGICAL:
            vti_row_word(row, value != 0 ? "T" : "F");
            break;
        default:
            vti_row_double(row, value);
        }
        VTI_TRY(vti_row_spill(row, out, err));
    }
    return VT_OK;
}

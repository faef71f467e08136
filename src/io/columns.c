/* Names of per-atom columns in files. What a reader would take for something else, or not read at
   all, is refused before the file is made: a column of the user's never becomes a property of the
   atoms on its way through a file. */
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/internal.h"

bool vti_has_columns(const vt_frame *frame, const char *const name[3]) {
    for (int k = 0; k < 3; k++)
        if (vt_frame_column(frame, name[k]) == NULL) return false;
    return true;
}

/* Whether the reader takes the name for a property of atoms. One or two components alone are no
   velocity or force to any of them. */
static bool reserved(const vti_column_rules *rules, const vt_frame *frame, const char *name) {
    static const char *const VECTOR[2][3] = {{"vx", "vy", "vz"}, {"fx", "fy", "fz"}};
    if (!rules->reserved(name)) return false;
    for (int v = 0; v < 2; v++)
        for (int k = 0; k < 3; k++)
            if (strcmp(name, VECTOR[v][k]) == 0)
                return (v == 0 ? frame->has_velocities : frame->has_forces) ||
                       vti_has_columns(frame, VECTOR[v]);
    return true;
}

static size_t names_of(const vti_column_rules *rules, const vt_values *v) {
    return rules->before != NULL ? v->columns : 1;
}

void vti_column_name(const vti_column_rules *rules, const vt_values *v, size_t component,
                     char name[VTI_COLUMN_NAME]) {
    if (names_of(rules, v) == 1)
        snprintf(name, VTI_COLUMN_NAME, "%s", v->name);
    else
        snprintf(name, VTI_COLUMN_NAME, "%s%s%zu%s", v->name, rules->before, component + 1,
                 rules->behind);
}

static vt_status check_column(const vti_format *format, const vt_frame *frame, const vt_values *v,
                              vt_error *err) {
    const vti_column_rules *rules = format->columns;
    if (rules->numbers && v->kind == VT_VALUE_TEXT)
        return vt_fail(err, VT_EINVAL,
                       "column '%.60s' is text, and %s has numbers only; use dump or extxyz",
                       v->name, format->name);
    if (reserved(rules, frame, v->name))
        return vt_fail(
            err, VT_EINVAL,
            "column '%s' is a property that atoms have in format '%s', and would be read "
            "back as that; choose another name or leave the column out",
            v->name, format->name);
    if (!vti_is_word(v->name) || strlen(v->name) > VTI_LONGEST_COLUMN ||
        strpbrk(v->name, rules->forbidden) != NULL)
        return vt_fail(
            err, VT_EINVAL,
            "'%.60s' cannot be the name of a column in format '%s'; use 1 to %d letters, "
            "digits and '_'",
            v->name, format->name, VTI_LONGEST_COLUMN);
    if (v->columns < 1 || v->columns > VTI_WIDEST_COLUMN)
        return vt_fail(err, VT_EINVAL,
                       "column '%s' has %zu numbers for each atom; 1 to %d can be written", v->name,
                       v->columns, VTI_WIDEST_COLUMN);
    return VT_OK;
}

/* Of vectors, each component is a column in some formats: c of two numbers makes c1 and c2, and
   then there may be a column c1 already. */
static vt_status check_components(const vti_format *format, const vt_frame *frame, vt_error *err) {
    char name[VTI_MAX_COLUMNS][VTI_COLUMN_NAME];
    size_t count = 0;
    for (size_t k = 0; k < frame->column_count; k++)
        for (size_t c = 0; c < names_of(format->columns, &frame->column[k]); c++) {
            vti_column_name(format->columns, &frame->column[k], c, name[count]);
            for (size_t j = 0; j < count; j++)
                if (strcmp(name[j], name[count]) == 0)
                    return vt_fail(
                        err, VT_EINVAL,
                        "two columns would be called '%s' in format '%s'; choose another "
                        "name for '%s'",
                        name[j], format->name, frame->column[k].name);
            count++;
        }
    return VT_OK;
}

vt_status vti_check_columns(const vti_format *format, const vt_frame *frame, vt_error *err) {
    const vti_column_rules *rules = format->columns;
    size_t count = 0;
    for (size_t k = 0; k < frame->column_count; k++) {
        const vt_values *v = &frame->column[k];
        if (rules != NULL) {
            VTI_TRY(check_column(format, frame, v, err));
            count += names_of(rules, v);
        } else if (format->one_column == NULL || strcmp(v->name, format->one_column) != 0) {
            return vt_fail(err, VT_EINVAL,
                           "format '%s' has no place for column '%.60s'%s%s%s; use dump or extxyz",
                           format->name, v->name, format->one_column != NULL ? ", only for '" : "",
                           format->one_column != NULL ? format->one_column : "",
                           format->one_column != NULL ? "'" : "");
        }
    }
    if (rules == NULL) return VT_OK;
    if (count > VTI_MOST_COLUMNS)
        return vt_fail(err, VT_EINVAL, "%zu columns%s; at most %d can be written", count,
                       rules->before != NULL ? ", each component counted" : "", VTI_MOST_COLUMNS);
    return check_components(format, frame, err);
}

/* Writing extended XYZ, as ASE and OVITO read it. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "io/extxyz.h"

/* A text value in quotes, with what would end them escaped. */
static vt_status put_quoted(vt_output *out, const char *text, vt_error *err) {
    vt_status status = vt_output_write(out, "\"", 1, err);
    for (; *text != '\0' && !vt_failed(status); text++) {
        if (*text == '\n')
            status = vt_output_write(out, "\\n", 2, err);
        else if (*text == '"' || *text == '\\')
            status = vt_output_print(out, err, "\\%c", *text);
        else
            status = vt_output_write(out, (unsigned char)*text < ' ' ? " " : text, 1, err);
    }
    return vt_failed(status) ? status : vt_output_write(out, "\"", 1, err);
}

enum { ALL_DIGITS = 17 };

/* key="1 2 3" */
static vt_status put_numbers(vt_output *out, const char *key, const double *number, size_t count,
                             vt_value_kind kind, int digits, vt_error *err) {
    vti_row row = {.digits = digits};
    /* Without quotes an empty list would swallow the next entry. */
    vt_status status = vt_output_print(out, err, " %s=%s", key, count != 1 ? "\"" : "");
    for (size_t k = 0; k < count && !vt_failed(status); k++) {
        if (k > 0) status = vt_output_write(out, " ", 1, err);
        row.length = 0;
        if (kind == VT_VALUE_LOGICAL)
            vti_row_word(&row, number[k] != 0 ? "T" : "F");
        else if (kind == VT_VALUE_INTEGER)
            vti_row_whole(&row, number[k]);
        else
            vti_row_double(&row, number[k]);
        if (!vt_failed(status)) status = vt_output_write(out, row.text, (size_t)row.length, err);
    }
    if (!vt_failed(status) && count != 1) status = vt_output_write(out, "\"", 1, err);
    return status;
}

static bool good_key(const char *key) {
    return vti_is_word(key) && strlen(key) < 60 && strpbrk(key, VTI_XYZ_FORBIDDEN) == NULL;
}

static vt_status put_info(vt_output *out, const vt_values *v, int digits, vt_error *err) {
    static const char *const OURS[] = {"Lattice", "Properties", "Origin", "pbc", "generator"};
    /* A program's name from another file, read and written again, would claim its work. */
    for (size_t k = 0; k < sizeof OURS / sizeof *OURS; k++)
        if (vti_same_word(v->name, OURS[k])) return VT_OK;
    /* What the frame knows of these is written elsewhere: this is a text, or has a unit that nobody
       told. */
    static const char *const TAKEN[] = {"energy", "stress", "time", "timestep"};
    for (size_t k = 0; k < sizeof TAKEN / sizeof *TAKEN; k++)
        if (vti_same_word(v->name, TAKEN[k]))
            return vt_fail(err, VT_EINVAL,
                           "entry '%s' of info would be read back as the %s of the frame, which it "
                           "is not; choose another name or leave the entry out",
                           v->name, TAKEN[k]);
    if (!good_key(v->name))
        return vt_fail(err, VT_EINVAL,
                       "'%.60s' cannot be a key of extended XYZ; use letters, digits and '_'",
                       v->name);
    size_t count = (v->rows > 0 ? v->rows : 1) * v->columns;
    if (v->kind != VT_VALUE_TEXT)
        return put_numbers(out, v->name, v->number, count, v->kind, digits, err);
    VTI_TRY(vt_output_print(out, err, " %s=", v->name));
    return put_quoted(out, v->text, err);
}

static vt_status put_properties(vt_output *out, const vt_frame *frame, vti_needed need,
                                vt_error *err) {
    vt_status status = vt_output_print(
        out, err, " Properties=species:S:1:pos:R:3%s%s%s%s%s", need.id ? ":id:I:1" : "",
        need.images ? ":images:I:3" : "", need.masses ? ":masses:R:1" : "",
        frame->has_velocities ? ":momenta:R:3" : "", frame->has_forces ? ":forces:R:3" : "");
    for (size_t k = 0; k < frame->column_count && !vt_failed(status); k++) {
        const vt_values *v = &frame->column[k];
        status = vt_output_print(out, err, ":%s:%c:%zu", v->name,
                                 v->kind == VT_VALUE_REAL      ? 'R'
                                 : v->kind == VT_VALUE_INTEGER ? 'I'
                                 : v->kind == VT_VALUE_LOGICAL ? 'L'
                                                               : 'S',
                                 v->columns);
    }
    return status;
}

static vt_status put_comment(vt_output *out, const vt_frame *frame, vti_needed need,
                             const vt_write_options *options, vt_error *err) {
    const vt_box *box = &frame->atoms->box;
    int digits = options->digits;
    vt_status status = vt_output_print(out, err, "Lattice=\"");
    vti_row row = {.digits = digits};
    for (int k = 0; k < 9; k++) vti_row_exact(&row, box->h[k / 3][k % 3]);
    if (!vt_failed(status)) status = vt_output_write(out, row.text, (size_t)row.length, err);
    if (!vt_failed(status)) status = vt_output_write(out, "\"", 1, err);
    const double *o = box->origin;
    if (!vt_failed(status) && (o[0] != 0 || o[1] != 0 || o[2] != 0))
        status = put_numbers(out, "Origin", o, 3, VT_VALUE_REAL, ALL_DIGITS, err);
    if (!vt_failed(status)) status = put_properties(out, frame, need, err);
    if (!vt_failed(status) && frame->has_timestep)
        status = vt_output_print(out, err, " timestep=%lld", (long long)frame->timestep);
    if (!vt_failed(status) && frame->has_time)
        status = put_numbers(out, "time", &frame->time, 1, VT_VALUE_REAL, digits, err);
    if (!vt_failed(status) && frame->has_energy)
        status = put_numbers(out, "energy", &frame->energy, 1, VT_VALUE_REAL, digits, err);
    if (!vt_failed(status) && frame->has_stress) {
        const double *s = frame->stress;
        double full[9] = {s[0], s[5], s[4], s[5], s[1], s[3], s[4], s[3], s[2]};
        status = put_numbers(out, "stress", full, 9, VT_VALUE_REAL, digits, err);
    }
    for (size_t k = 0; k < frame->info_count && !vt_failed(status); k++)
        status = put_info(out, &frame->info[k], digits, err);
    double periodic[3] = {box->periodic[0], box->periodic[1], box->periodic[2]};
    if (!vt_failed(status)) status = put_numbers(out, "pbc", periodic, 3, VT_VALUE_LOGICAL, 1, err);
    char *origin = vti_origin(options, err);
    if (origin == NULL) return VT_ENOMEM;
    if (!vt_failed(status)) status = vt_output_print(out, err, " generator=");
    if (!vt_failed(status)) status = put_quoted(out, origin, err);
    vt_free(origin);
    return vt_failed(status) ? status : vt_output_print(out, err, "\n");
}

vt_status vti_write_extxyz(vt_output *out, const vt_frame *frame, const vt_write_options *options,
                           vt_error *err) {
    const vt_atoms *a = frame->atoms;
    vti_needed need = vti_find_needed(a);
    const char *text[VTI_MAX_COLUMNS] = {0};
    if (frame->info_count >= VTI_XYZ_MOST_ENTRIES) /* the program's name comes to them */
        return vt_fail(err, VT_EINVAL, "%zu entries of info; at most %d can be written",
                       frame->info_count, VTI_XYZ_MOST_ENTRIES - 1);
    for (size_t k = 0; k < frame->column_count; k++) text[k] = frame->column[k].text;
    vt_status status = vt_output_print(out, err, "%zu\n", a->count);
    if (!vt_failed(status)) status = put_comment(out, frame, need, options, err);
    vti_row row = {.digits = options->digits};
    for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
        const vt_species *s = &a->species[a->type[i]];
        vti_row_word(&row, s->symbol);
        vti_row_double(&row, a->x[i]);
        vti_row_double(&row, a->y[i]);
        vti_row_double(&row, a->z[i]);
        if (need.id) vti_row_int(&row, a->id[i]);
        if (need.images) vti_row_images(&row, a, i);
        if (need.masses) vti_row_exact(&row, s->mass);
        if (frame->has_velocities) {
            double c = vti_momentum_scale(s->mass), v[3] = {a->vx[i], a->vy[i], a->vz[i]};
            /* Of the momenta next to m v, the one that gives v back. */
            for (int k = 0; k < 3; k++) {
                double p = v[k] * c, up = nextafter(p, INFINITY), down = nextafter(p, -INFINITY);
                vti_row_double(&row, p / c == v[k]      ? p
                                     : up / c == v[k]   ? up
                                     : down / c == v[k] ? down
                                                        : p);
            }
        }
        if (frame->has_forces) {
            vti_row_double(&row, a->fx[i]);
            vti_row_double(&row, a->fy[i]);
            vti_row_double(&row, a->fz[i]);
        }
        for (size_t k = 0; k < frame->column_count; k++) {
            status = vti_row_values(&row, out, &frame->column[k], i, &text[k], err);
            if (vt_failed(status)) return status;
        }
        status = vti_row_end(&row, out, err);
    }
    return status;
}

/* Frames: atoms with what else a file says about them. */
#include <stdlib.h>
#include <string.h>

#include "io/internal.h"

static void clear_values(vt_values *list, size_t count) {
    for (size_t k = 0; k < count; k++) {
        vt_free(list[k].name);
        vt_free(list[k].number);
        vt_free(list[k].whole);
        vt_free(list[k].text);
    }
    vt_free(list);
}

void vt_frame_clear(vt_frame *frame) {
    if (frame == NULL) return;
    vt_atoms_destroy(frame->atoms);
    vt_free(frame->comment);
    clear_values(frame->column, frame->column_count);
    clear_values(frame->info, frame->info_count);
    *frame = (vt_frame){0};
}

static const vt_values *find(const vt_values *list, size_t count, const char *name) {
    for (size_t k = 0; k < count; k++)
        if (strcmp(list[k].name, name) == 0) return &list[k];
    return NULL;
}

const vt_values *vt_frame_column(const vt_frame *frame, const char *name) {
    return find(frame->column, frame->column_count, name);
}

const vt_values *vt_frame_info(const vt_frame *frame, const char *name) {
    return find(frame->info, frame->info_count, name);
}

static char *copy_text(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = vt_alloc(size, 1);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

static vt_values *add(vt_values **list, size_t *count, const char *name, vt_values value,
                      vt_error *err) {
    size_t items = (value.rows > 0 ? value.rows : 1) * value.columns;
    vt_values *longer = vt_grow(*list, *count, *count + 1, sizeof *longer);
    if (longer == NULL) {
        vt_fail_memory(err, *count + 1, sizeof *longer, "a list of values");
        return NULL;
    }
    *list = longer;
    value.name = copy_text(name);
    if (value.kind == VT_VALUE_TEXT)
        value.text = vt_alloc(value.text_size, 1);
    else
        value.number = vt_alloc(items, sizeof(double));
    if (value.name == NULL || (value.number == NULL && value.text == NULL)) {
        vt_free(value.name);
        vt_free(value.number);
        vt_free(value.text);
        vt_fail_memory(err, items, sizeof(double), name);
        return NULL;
    }
    longer[*count] = value;
    return &longer[(*count)++];
}

vt_values *vt_frame_add_column(vt_frame *frame, const char *name, vt_value_kind kind,
                               size_t columns, size_t text_size, vt_error *err) {
    vt_values value = {
        .kind = kind, .rows = frame->atoms->count, .columns = columns, .text_size = text_size};
    return add(&frame->column, &frame->column_count, name, value, err);
}

vt_status vt_frame_add_whole(vt_values *column, vt_error *err) {
    column->whole = vt_alloc(column->rows * column->columns, sizeof *column->whole);
    return column->whole != NULL ? VT_OK
                                 : vt_fail_memory(err, column->rows * column->columns,
                                                  sizeof *column->whole, column->name);
}

vt_values *vt_frame_add_info(vt_frame *frame, const char *name, vt_value_kind kind, size_t rows,
                             size_t columns, size_t text_size, vt_error *err) {
    vt_values value = {.kind = kind, .rows = rows, .columns = columns, .text_size = text_size};
    return add(&frame->info, &frame->info_count, name, value, err);
}

vt_status vti_set_comment(vt_frame *frame, const char *text, vt_error *err) {
    vt_free(frame->comment);
    frame->comment = copy_text(text);
    return frame->comment != NULL ? VT_OK : vt_fail_memory(err, strlen(text), 1, "a title");
}

/* Samples as text, the format of SVMlight and LIBLINEAR: a line for each sample, its target, and
   index:value for each feature that is not zero, indices rising. What follows a # is a comment. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "io/internal.h"

static void cut_comment(char *line) {
    char *comment = strchr(line, '#');
    if (comment != NULL) *comment = '\0';
}

static bool is_empty(const char *line) {
    return line[strspn(line, " \t\r")] == '\0';
}

/* ---------------------------------------------------------------- size ---- */

/* The last index of a line, which is the largest; 0 without one. What is wrong with it is found
   when the line is read. */
static int64_t last_index(const char *line) {
    const char *colon = strrchr(line, ':');
    if (colon == NULL) return 0;
    const char *digit = colon;
    while (digit > line && digit[-1] >= '0' && digit[-1] <= '9') digit--;
    return colon - digit > 9 ? INT32_MAX : strtol(digit, NULL, 10);
}

static int64_t count_values(const char *line) {
    int64_t count = 0;
    for (; *line != '\0'; line++) count += *line == ':';
    return count;
}

static vt_status measure(const char *path, int64_t *samples, int64_t *last, int64_t *values,
                         vt_error *err) {
    vti_input *in = vti_input_open(path, err);
    if (in == NULL) return err != NULL ? err->code : VT_EIO;
    vt_status st;
    char *line;
    *samples = *last = *values = 0;
    while ((st = vti_input_line(in, &line, err)) == VT_OK) {
        cut_comment(line);
        if (is_empty(line)) continue;
        int64_t index = last_index(line);
        ++*samples;
        *values += count_values(line);
        if (index > *last) *last = index;
    }
    if (!vt_failed(st) && *samples == 0) st = vti_bad(in, err, "there are no samples");
    vti_input_close(in);
    return vt_failed(st) ? st : VT_OK;
}

/* ---------------------------------------------------------------- lines ---- */

static vt_status read_feature(const vti_input *in, const char **cursor, bool from_zero,
                              int64_t *before, vt_svmlight *out, double *row, vt_error *err) {
    char *end, shown[VTI_SHOWN_SIZE];
    const char *start = *cursor;
    long index = *start >= '0' && *start <= '9' ? strtol(start, &end, 10) : -1;
    if (index < 0 || *end != ':')
        return vti_bad(in, err, "expected index:value, got '%s'", vti_shown(start, shown));
    if (index == 0 && !from_zero)
        return vti_bad(in, err,
                       "the index of a feature is 0; in this format they count from 1. Say "
                       "from_zero = true for a file that counts from 0");
    if (index <= *before)
        return vti_bad(in, err, "feature %ld comes after feature %lld; indices must rise", index,
                       (long long)*before);
    *before = index;
    *cursor = end + 1;
    double value;
    vti_number problem =
        **cursor == ' ' || **cursor == '\t' ? VTI_NUMBER_MISSING : vti_scan_double(cursor, &value);
    if (problem != VTI_NUMBER_OK)
        return vti_bad_number(in, err, problem, *cursor, "the value of a feature");
    int64_t place = index - !from_zero;
    if (place >= out->features)
        return vti_bad(in, err, "feature %ld is beyond the %lld that were asked for", index,
                       (long long)out->features);
    row[place] = value;
    return VT_OK;
}

static vt_status read_line(const vti_input *in, const char *line, bool from_zero, int64_t sample,
                           vt_svmlight *out, vt_error *err) {
    const char *cursor = line;
    double *row = out->x + sample * out->features;
    vti_number problem = vti_scan_double(&cursor, &out->y[sample]);
    if (problem != VTI_NUMBER_OK)
        return vti_bad_number(in, err, problem, cursor, "the target of a sample");
    int64_t before = -1;
    for (cursor += strspn(cursor, " \t\r"); *cursor != '\0'; cursor += strspn(cursor, " \t\r"))
        VTI_TRY(read_feature(in, &cursor, from_zero, &before, out, row, err));
    return VT_OK;
}

static vt_status read_lines(vti_input *in, bool from_zero, vt_svmlight *out, vt_error *err) {
    int64_t sample = 0;
    char *line;
    vt_status st;
    while ((st = vti_input_line(in, &line, err)) == VT_OK) {
        cut_comment(line);
        if (is_empty(line)) continue;
        if (sample == out->samples) return vti_bad(in, err, "the file has grown while it was read");
        VTI_TRY(read_line(in, line, from_zero, sample++, out, err));
    }
    if (!vt_failed(st) && sample < out->samples)
        return vti_bad(in, err, "the file has become shorter while it was read");
    return vt_failed(st) ? st : VT_OK;
}

/* One wrong index must not ask for more memory than the machine has. */
static vt_status check_size(const char *path, const vt_svmlight *out, int64_t values,
                            vt_error *err) {
    double table = (double)out->samples * (double)out->features;
    if (table <= 4e6 + 1000.0 * (double)values) return VT_OK;
    return vt_fail(err, VT_EFORMAT,
                   "%s: the last feature, %lld, makes a table of %lld x %lld numbers out of the "
                   "%lld that are there; if that is meant, say features = %lld",
                   path, (long long)out->features, (long long)out->samples,
                   (long long)out->features, (long long)values, (long long)out->features);
}

vt_status vt_svmlight_read(const char *path, int64_t features, bool from_zero, vt_svmlight *out,
                           vt_error *err) {
    int64_t last = 0, values = 0;
    *out = (vt_svmlight){0};
    VTI_TRY(measure(path, &out->samples, &last, &values, err));
    out->features = features > 0 ? features : last + from_zero;
    if (out->features < 1 || out->features > INT32_MAX / 2)
        return vt_fail(err, VT_EFORMAT, "%s: there are %lld features; 1 to 1e9 make sense", path,
                       (long long)out->features);
    if (features == 0) VTI_TRY(check_size(path, out, values, err));
    size_t width = (size_t)out->features, rows = (size_t)out->samples;
    vt_status st = VT_OK;
    out->y = vt_alloc(rows, sizeof *out->y);
    out->x = rows > SIZE_MAX / 8 / width ? NULL : vt_alloc(rows * width, sizeof *out->x);
    vti_input *in = out->x != NULL && out->y != NULL ? vti_input_open(path, err) : NULL;
    if (out->x == NULL || out->y == NULL)
        st = vt_fail_memory(err, rows, width * sizeof *out->x, "samples");
    else if (in == NULL)
        st = err != NULL ? err->code : VT_EIO;
    else
        st = read_lines(in, from_zero, out, err);
    if (in != NULL) vti_input_close(in);
    if (vt_failed(st)) vt_svmlight_clear(out);
    return st;
}

void vt_svmlight_clear(vt_svmlight *samples) {
    vt_free(samples->x);
    vt_free(samples->y);
    *samples = (vt_svmlight){0};
}

/* ---------------------------------------------------------------- writing ---- */

static vt_status write_number(vt_output *out, const char *before, double value, int digits,
                              vt_error *err) {
    char text[VTI_NUMBER_SIZE + 32];
    size_t length = strlen(before);
    memcpy(text, before, length);
    length += (size_t)vti_format_double(text + length, value, digits);
    return vt_output_write(out, text, length, err);
}

static vt_status write_samples(vt_output *out, const vt_array *x, const double *y, vt_error *err) {
    /* So many digits bring a float back. */
    int digits = x->dtype == VT_FLOAT32 ? 9 : 17;
    for (int64_t i = 0; i < x->shape[0]; i++) {
        VTI_TRY(write_number(out, "", y[i], 17, err));
        for (int64_t k = 0; k < x->shape[1]; k++) {
            double value = vt_array_get(x, i * x->stride[0] + k * x->stride[1]);
            char index[32];
            if (value == 0) continue;
            index[0] = ' ';
            int length = 1 + vti_format_int64(index + 1, k + 1);
            index[length] = ':';
            index[length + 1] = '\0';
            VTI_TRY(write_number(out, index, value, digits, err));
        }
        VTI_TRY(vt_output_write(out, "\n", 1, err));
    }
    return VT_OK;
}

vt_status vt_svmlight_write(const char *path, const vt_array *x, const double *y, bool overwrite,
                            vt_error *err) {
    for (int64_t i = 0; i < x->shape[0]; i++)
        for (int64_t k = -1; k < x->shape[1]; k++) {
            double value = k < 0 ? y[i] : vt_array_get(x, i * x->stride[0] + k * x->stride[1]);
            if (isfinite(value)) continue;
            return vt_fail(err, VT_EINVAL, "%s %lld of sample %lld is not finite",
                           k < 0 ? "target" : "feature", (long long)(k < 0 ? i : k) + 1,
                           (long long)i + 1);
        }
    vt_output *out = vt_output_create(path, overwrite, err);
    if (out == NULL) return err != NULL ? err->code : VT_EIO;
    vti_output_stoppable(out);
    vt_status st = write_samples(out, x, y, err);
    if (!vt_failed(st)) return vt_output_commit(out, err);
    vt_output_discard(out);
    return st;
}

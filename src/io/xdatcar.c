/* XDATCAR, the trajectory of VASP 5 and 6 (https://www.vasp.at/wiki/index.php/XDATCAR):

     title, scale, cell, symbols, numbers of atoms, as in POSCAR
     Direct configuration=     1
     a line per atom: fractional coordinates
     Direct configuration=     2
     ...

   Older versions write "Konfig= 1" or only a blank line before each configuration; blank lines
   that people or programs add elsewhere are passed over, and the title may be one.

   Where the cell changes, the header comes again before each configuration. VASP folds positions
   into the cell, and the file has no image counts: what an atom did between two frames is known
   only as far as it moved by less than half the cell. The number of the configuration is the
   timestep; its time is not in the file. */
#include <string.h>

#include "io/vasp.h"

/* What lasts from frame to frame. */
typedef struct {
    vti_vasp_header header;
    bool known;
    bool blank; /* only a blank line comes before each configuration */
} memory;

static vt_status read_number(vti_input *in, const char *line, int64_t *number, vt_error *err) {
    const char *cursor = strchr(line, '=') + 1;
    vti_number result = vti_scan_int64(&cursor, number);
    return result == VTI_NUMBER_OK
               ? VT_OK
               : vti_bad_number(in, err, result, cursor, "the number of the configuration");
}

/* Three coordinates, which may run together: there are as many points as numbers. */
static bool is_vector(const char *line) {
    int points = 0;
    for (; *line != '\0'; line++) {
        if (strchr("0123456789+-.eE \t", *line) == NULL) return false;
        points += *line == '.';
    }
    return points == 3;
}

/* Up to and with the line "Direct configuration= n", through a header if there is one. Without a
   number *number stays. */
static vt_status begin(vti_input *in, const vt_read_options *options, memory **last,
                       bool *cartesian, int64_t *number, vt_error *err) {
    char *line;
    bool blank = false;
    vt_status status = vti_input_line(in, &line, err);
    memory *m = vti_input_memory(in, sizeof *m, err);
    if (m == NULL) return VT_ENOMEM;
    *last = m;
    if (status != VT_OK) return status;
    if (m->known && m->blank && is_vector(line)) {
        vti_input_unread(in);
        return VT_OK;
    }
    if (!vti_vasp_is_configuration(line)) {
        vti_input_unread(in);
        m->known = false;
        status = vti_vasp_read_header(in, options, true, &m->header, err);
        m->known = !vt_failed(status);
        while (!vt_failed(status)) {
            status = vti_vasp_line(in, &line, "'Direct configuration= n'", err);
            if (vt_failed(status) || *vti_skip_blanks(line) != '\0') break;
            blank = true;
        }
        if (vt_failed(status)) return status;
        m->blank = blank && is_vector(line);
        if (m->blank) {
            vti_input_unread(in);
            return VT_OK;
        }
    }
    if (!m->known)
        return vti_bad(in, err,
                       "a configuration comes before the cell and the numbers of atoms; the "
                       "beginning of the file is missing");
    const char *word = vti_skip_blanks(line);
    if (!vti_vasp_is_configuration(line)) {
        char shown[VTI_SHOWN_SIZE];
        bool poscar = *word != '\0' && strchr("dDcCkKsS", *word) != NULL;
        return vti_bad(in, err, "found '%s'; expected 'Direct configuration= n'%s",
                       vti_shown(line, shown),
                       poscar ? "; this is a POSCAR, read it with format = \"poscar\"" : "");
    }
    bool konfig = strncmp(word, "Konfig", 6) == 0; /* direct, too */
    *cartesian = *word != '\0' && strchr("cCkK", *word) != NULL && !konfig;
    return read_number(in, line, number, err);
}

static vt_status row_line(vti_input *in, const memory *m, int64_t done, int64_t total, char **line,
                          vt_error *err) {
    vt_status status = vti_input_line(in, line, err);
    while (status == VT_OK && !m->blank && *vti_skip_blanks(*line) == '\0')
        status = vti_input_line(in, line, err);
    bool next = status == VT_OK &&
                (vti_vasp_is_configuration(*line) || (m->blank && *vti_skip_blanks(*line) == '\0'));
    if (status == VT_OK && !next) return VT_OK;
    if (vt_failed(status)) return status;
    return vti_bad(in, err,
                   "%s after %lld of the %lld atoms of a configuration; is it cut off? Frames "
                   "before this one can be read with the option frame",
                   status == VT_DONE ? "the file ends" : "the next configuration comes",
                   (long long)done, (long long)total);
}

static vt_status read_rows(vti_input *in, const memory *m, bool cartesian, vti_table *table,
                           vt_error *err) {
    const vti_vasp_header *h = &m->header;
    int64_t total = vti_vasp_total(h), done = 0;
    vt_atoms *a = table->frame->atoms;
    for (int block = 0; block < h->blocks; block++)
        for (int64_t k = 0; k < h->count[block]; k++) {
            char *line;
            double s[3], r[3];
            vt_status status = row_line(in, m, done++, total, &line, err);
            const char *cursor = line;
            if (!vt_failed(status))
                status = vti_vasp_vector(in, &cursor, s, vti_vasp_coordinate, err);
            if (!vt_failed(status)) status = vti_table_row(table, in, err);
            if (!vt_failed(status)) status = vti_table_symbol(table, h->symbol[block], in, err);
            if (vt_failed(status)) return status;
            if (cartesian)
                for (int j = 0; j < 3; j++) r[j] = s[j] * h->scale[j];
            else
                vt_box_cartesian(&h->box, s, r);
            size_t i = table->count - 1;
            a->x[i] = r[0];
            a->y[i] = r[1];
            a->z[i] = r[2];
            a->id[i] = (int64_t)i + 1;
        }
    return VT_OK;
}

static vt_status read_xdatcar(vti_input *in, const vt_read_options *options, vt_frame *frame,
                              vt_error *err) {
    memory *m;
    bool cartesian = false;
    vt_status status = begin(in, options, &m, &cartesian, &frame->timestep, err);
    if (status != VT_OK) return status;
    frame->has_timestep = !m->blank;
    vti_table *table = vt_alloc(1, sizeof *table);
    if (table == NULL) return vt_fail_memory(err, 1, sizeof *table, "reading XDATCAR");
    table->has_symbol = true;
    status = vti_table_start(table, frame, &m->header.box,
                             vti_input_likely_rows(in, vti_vasp_total(&m->header), 4), err);
    if (!vt_failed(status)) status = read_rows(in, m, cartesian, table, err);
    if (!vt_failed(status)) status = vti_table_finish(table, in, options, err);
    if (!vt_failed(status)) status = vti_set_comment(frame, m->header.title, err);
    vti_table_free(table);
    vt_free(table);
    return status;
}

static vt_status skip_xdatcar(vti_input *in, const vt_read_options *options, vt_error *err) {
    memory *m;
    bool cartesian;
    int64_t number = 0;
    vt_status status = begin(in, options, &m, &cartesian, &number, err);
    if (status != VT_OK) return status;
    int64_t total = vti_vasp_total(&m->header);
    char *line;
    for (int64_t k = 0; k < total && !vt_failed(status); k++)
        status = row_line(in, m, k, total, &line, err);
    return status;
}

static bool looks_like_xdatcar(const char *head) {
    return vti_vasp_looks_like(head) == VTI_VASP_XDATCAR;
}

const vti_format vti_format_xdatcar = {.name = "xdatcar",
                                       .extensions = ".xdatcar",
                                       .prefixes = "xdatcar",
                                       .many = true,
                                       .looks_like = looks_like_xdatcar,
                                       .read = read_xdatcar,
                                       .skip = skip_xdatcar};

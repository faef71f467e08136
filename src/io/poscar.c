/* POSCAR and CONTCAR of VASP 5 (https://www.vasp.at/wiki/index.php/POSCAR):

     title
     scale                          negative: the volume of the cell [angstrom^3]
     three lines: cell vectors
     symbols
     counts
     [Selective dynamics]
     Direct | Cartesian
     a line per atom: x y z [T F T]
     [blank line, then a line per atom: vx vy vz in angstrom/fs]

   The cell's corner is at 0 and every axis periodic; written files say other boundaries in the
   title, and behind each position the symbol and the id of the atom, which VASP passes over,
   because POSCAR wants the atoms sorted by species. Image counts have no place here. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/vasp.h"

enum { WORD = 64 };

static const double FS_PER_PS = 1000;

typedef struct {
    vti_input *in;
    const vt_read_options *options;
    vt_frame *frame;
    vt_error *err;
    vti_vasp_header header;
    bool cartesian, selective;
    int flags; /* column of the selective dynamics */
    vti_table table;
} parser;

static vt_status read_mode(parser *p) {
    char *line;
    VTI_TRY(vti_vasp_line(p->in, &line, "Direct or Cartesian", p->err));
    const char *word = vti_skip_blanks(line);
    if (*word == 's' || *word == 'S') {
        p->selective = true;
        VTI_TRY(vti_vasp_line(p->in, &line, "Direct or Cartesian", p->err));
        word = vti_skip_blanks(line);
    }
    if (vti_vasp_is_configuration(line))
        return vti_bad(p->in, p->err,
                       "'%.40s' is a line of an XDATCAR, a trajectory; read it with format = "
                       "\"xdatcar\"",
                       word);
    if (*word == '\0')
        return vti_bad(p->in, p->err,
                       "found a blank line; expected Direct or Cartesian. If coordinates follow, "
                       "this is a trajectory: read it with format = \"xdatcar\"");
    bool direct = *word == 'd' || *word == 'D';
    p->cartesian = *word != '\0' && strchr("cCkK", *word) != NULL;
    if (direct || p->cartesian) return VT_OK;
    char shown[VTI_SHOWN_SIZE];
    return vti_bad(p->in, p->err, "found '%s'; expected Direct or Cartesian",
                   vti_shown(line, shown));
}

/* ---------------------------------------------------------------- atoms ---- */

static vt_status read_flags(parser *p, const char **cursor, size_t i) {
    for (int k = 0; k < 3; k++) {
        char word[WORD];
        const char *start = *cursor;
        bool any = vti_scan_word(cursor, word, sizeof word);
        if (any && word[0] == '.') word[0] = word[1]; /* Fortran's .TRUE. */
        if (!any || strchr("TtFf", word[0]) == NULL || word[0] == '\0') {
            char shown[VTI_SHOWN_SIZE];
            return vti_bad(p->in, p->err,
                           "found '%s' where T or F of selective dynamics was "
                           "expected",
                           vti_shown(start, shown));
        }
        if (p->flags >= 0)
            p->table.column[p->flags].number[i * 3 + (size_t)k] = word[0] == 'T' || word[0] == 't';
    }
    return VT_OK;
}

/* The id behind a position, as vitrum writes it: "Cu 17". */
static bool trailing_id(const char *cursor, int64_t *id) {
    cursor = vti_skip_blanks(cursor);
    if (*cursor == '\0') return false;
    while (*cursor != ' ' && *cursor != '\t' && *cursor != '\0') cursor++;
    return vti_scan_int64(&cursor, id) == VTI_NUMBER_OK && *vti_skip_blanks(cursor) == '\0';
}

static vt_status atom_row(parser *p, const char *cursor, int block) {
    double s[3], r[3];
    vt_status status = vti_vasp_vector(p->in, &cursor, s, vti_vasp_coordinate, p->err);
    if (!vt_failed(status)) status = vti_table_row(&p->table, p->in, p->err);
    if (vt_failed(status)) return status;
    size_t i = p->table.count - 1;
    vt_atoms *a = p->frame->atoms;
    if (p->cartesian)
        for (int k = 0; k < 3; k++) r[k] = s[k] * p->header.scale[k];
    else
        vt_box_cartesian(&p->header.box, s, r);
    a->x[i] = r[0];
    a->y[i] = r[1];
    a->z[i] = r[2];
    a->type[i] = block + 1;
    if (p->selective) status = read_flags(p, &cursor, i);
    if (vt_failed(status)) return status;
    if (p->table.has_id) p->table.has_id = trailing_id(cursor, &a->id[i]);
    return vti_table_symbol(&p->table, p->header.symbol[block], p->in, p->err);
}

static vt_status read_atoms(parser *p) {
    p->table.has_symbol = true;
    p->table.has_id = strstr(p->header.title, "vitrum ") != NULL;
    p->flags = -1;
    if (p->selective && p->options->columns)
        p->flags = vti_table_add_column(&p->table, "selective", VT_VALUE_LOGICAL, 3, p->in, p->err);
    const vti_vasp_header *h = &p->header;
    vt_status status = vti_table_start(&p->table, p->frame, &h->box,
                                       vti_input_likely_rows(p->in, vti_vasp_total(h), 4), p->err);
    for (int block = 0; block < h->blocks && !vt_failed(status); block++)
        for (int64_t k = 0; k < h->count[block] && !vt_failed(status); k++) {
            char *line;
            status = vti_input_line(p->in, &line, p->err);
            if (status == VT_DONE)
                return vti_bad(p->in, p->err,
                               "the file ends after %lld of %lld atoms of species %d; is it cut "
                               "off?",
                               (long long)k, (long long)h->count[block], block + 1);
            if (!vt_failed(status)) status = atom_row(p, line, block);
        }
    /* Atoms that do not all say an id are in the order of the file. */
    for (size_t i = 0; i < p->table.count && !p->table.has_id && !vt_failed(status); i++)
        p->frame->atoms->id[i] = (int64_t)i + 1;
    return status;
}

/* ---------------------------------------------------------------- velocities ---- */

/* The first line behind the positions that starts velocities; VT_DONE when there are none. */
static vt_status find_velocities(parser *p, char **line) {
    vt_status status = vti_input_line(p->in, line, p->err);
    if (status != VT_OK) return status;
    const char *word = vti_skip_blanks(*line);
    if (*word == 'L' || *word == 'l') { /* Lattice velocities and vectors: a number, six lines */
        for (int k = 0; k < 8 && status == VT_OK; k++) status = vti_input_line(p->in, line, p->err);
        if (status != VT_OK) return status;
        word = vti_skip_blanks(*line);
    }
    if (*word == 'd' || *word == 'D')
        return vti_bad(p->in, p->err,
                       "velocities in Direct coordinates depend on VASP's time step; write them "
                       "Cartesian (angstrom/fs) or delete them");
    if (*word != '\0' && strchr("cCkK", *word) == NULL) {
        char shown[VTI_SHOWN_SIZE];
        return vti_bad(p->in, p->err,
                       "found '%s' behind the last atom; expected a blank line or the end of the "
                       "file",
                       vti_shown(*line, shown));
    }
    status = vti_input_line(p->in, line, p->err);
    if (status == VT_OK && *vti_skip_blanks(*line) == '\0') return VT_DONE;
    return status;
}

static vt_status read_velocities(parser *p) {
    static const char *const NAMES[3] = {"component x of a velocity", "component y of a velocity",
                                         "component z of a velocity"};
    char *line;
    vt_status status = find_velocities(p, &line);
    if (status != VT_OK) return status;
    vt_atoms *a = p->frame->atoms;
    for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
        if (i > 0) status = vti_vasp_line(p->in, &line, "a velocity", p->err);
        const char *cursor = line;
        double v[3];
        if (!vt_failed(status)) status = vti_vasp_vector(p->in, &cursor, v, NAMES, p->err);
        if (vt_failed(status)) return status;
        if (*vti_skip_blanks(cursor) != '\0') {
            char shown[VTI_SHOWN_SIZE];
            return vti_bad(
                p->in, p->err,
                "found '%s' behind a velocity of three numbers; are these velocities, or "
                "the grid of a CHGCAR? Cut the file after the positions",
                vti_shown(cursor, shown));
        }
        for (int k = 0; k < 3; k++) v[k] *= FS_PER_PS;
        if (vti_too_fast(v))
            return vti_bad(p->in, p->err, "the velocity of atom %zu is beyond all range", i + 1);
        a->vx[i] = v[0];
        a->vy[i] = v[1];
        a->vz[i] = v[2];
    }
    p->frame->has_velocities = true;
    return status;
}

/* ---------------------------------------------------------------- the whole ---- */

static vt_status parse(parser *p) {
    VTI_TRY(vti_vasp_read_header(p->in, p->options, false, &p->header, p->err));
    VTI_TRY(read_mode(p));
    VTI_TRY(read_atoms(p));
    /* Velocities come in the order of the file, so before sorting; the rows are all there. */
    VTI_TRY(vt_atoms_resize(p->frame->atoms, p->table.count, p->err));
    VTI_TRY(read_velocities(p));
    VTI_TRY(vti_table_finish(&p->table, p->in, p->options, p->err));
    return vti_set_comment(p->frame, p->header.title, p->err);
}

static vt_status read_poscar(vti_input *in, const vt_read_options *options, vt_frame *frame,
                             vt_error *err) {
    parser *p = vt_alloc(1, sizeof *p);
    if (p == NULL) return vt_fail_memory(err, 1, sizeof *p, "reading POSCAR");
    p->in = in;
    p->options = options;
    p->frame = frame;
    p->err = err;
    vt_status status = parse(p);
    vti_table_free(&p->table);
    vt_free(p);
    return status;
}

/* ---------------------------------------------------------------- writing ---- */

static vt_status check(const vt_frame *frame, vt_error *err) {
    const vt_atoms *a = frame->atoms;
    for (int k = 0; k < a->species_count; k++)
        if (vt_element_number(a->species[k].symbol) == 0)
            return vt_fail(err, VT_EINVAL,
                           "species '%s' is no element, and POSCAR has no place for its mass; use "
                           "extxyz or data",
                           a->species[k].symbol);
    const vt_values *flags = vt_frame_column(frame, "selective");
    if (flags != NULL && (flags->columns != 3 || flags->kind == VT_VALUE_TEXT))
        return vt_fail(err, VT_EINVAL,
                       "column 'selective' of format 'poscar' has three numbers for each atom, 1 "
                       "where it may move and 0 elsewhere");
    return VT_OK;
}

static vt_status write_header(vt_output *out, const vt_frame *frame,
                              const vt_write_options *options, vt_error *err) {
    const vt_atoms *a = frame->atoms;
    char boundary[VTI_BOUNDARY_SIZE], *origin = vti_origin(options, err);
    if (origin == NULL) return VT_ENOMEM;
    vti_write_boundary(&a->box, boundary);
    vt_status status = vt_output_print(out, err, "%s%s\n1.0\n", boundary, origin);
    vt_free(origin);
    vti_row row = {.digits = options->digits};
    for (int k = 0; k < 3 && !vt_failed(status); k++) {
        for (int j = 0; j < 3; j++) vti_row_exact(&row, a->box.h[k][j]);
        status = vti_row_end(&row, out, err);
    }
    size_t count[VT_MAX_SPECIES] = {0};
    for (size_t i = 0; i < a->count; i++) count[a->type[i]]++;
    for (int k = 0; k < a->species_count; k++)
        if (count[k] > 0) vti_row_word(&row, a->species[k].symbol);
    if (!vt_failed(status)) status = vti_row_end(&row, out, err);
    for (int k = 0; k < a->species_count; k++)
        if (count[k] > 0) vti_row_int(&row, (int64_t)count[k]);
    if (!vt_failed(status)) status = vti_row_end(&row, out, err);
    if (!vt_failed(status) && frame->column_count > 0)
        status = vt_output_print(out, err, "Selective dynamics\n");
    return vt_failed(status) ? status : vt_output_print(out, err, "Cartesian\n");
}

static vt_status write_velocities(vt_output *out, const vt_atoms *a, vti_row *row, vt_error *err) {
    vt_status status = vt_output_print(out, err, "\n");
    for (int32_t type = 0; type < a->species_count; type++)
        for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
            if (a->type[i] != type) continue;
            vti_row_double(row, a->vx[i] / FS_PER_PS);
            vti_row_double(row, a->vy[i] / FS_PER_PS);
            vti_row_double(row, a->vz[i] / FS_PER_PS);
            status = vti_row_end(row, out, err);
        }
    return status;
}

static vt_status write_poscar(vt_output *out, const vt_frame *frame,
                              const vt_write_options *options, vt_error *err) {
    const vt_atoms *a = frame->atoms;
    vt_status status = check(frame, err);
    if (!vt_failed(status) && a->count == 0)
        status = vt_fail(err, VT_EINVAL, "POSCAR needs at least one atom");
    if (!vt_failed(status)) status = write_header(out, frame, options, err);
    const double *flags = frame->column_count > 0 ? frame->column[0].number : NULL;
    vti_row row = {.digits = options->digits};
    for (int32_t type = 0; type < a->species_count; type++)
        for (size_t i = 0; i < a->count && !vt_failed(status); i++) {
            if (a->type[i] != type) continue;
            vti_row_double(&row, a->x[i] - a->box.origin[0]);
            vti_row_double(&row, a->y[i] - a->box.origin[1]);
            vti_row_double(&row, a->z[i] - a->box.origin[2]);
            for (int k = 0; flags != NULL && k < 3; k++)
                vti_row_word(&row, flags[3 * i + (size_t)k] != 0 ? "T" : "F");
            vti_row_word(&row, a->species[type].symbol);
            vti_row_int(&row, a->id[i]);
            status = vti_row_end(&row, out, err);
        }
    if (!vt_failed(status) && frame->has_velocities) status = write_velocities(out, a, &row, err);
    return status;
}

static bool looks_like_poscar(const char *head) {
    return vti_vasp_looks_like(head) == VTI_VASP_POSCAR;
}

const vti_format vti_format_poscar = {.name = "poscar",
                                      .extensions = ".poscar, .vasp",
                                      .prefixes = "poscar, contcar",
                                      .one_column = "selective",
                                      .looks_like = looks_like_poscar,
                                      .read = read_poscar,
                                      .write = write_poscar};

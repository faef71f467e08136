/* DYNAMO setfl files, eam/alloy and eam/fs.

   lines 1-3   comments
   line 4      number of elements, their symbols
   line 5      nrho drho nr dr cutoff
   per element: a line "atomic-number mass lattice-constant lattice", nrho values of F(rho), then
               nr values of f(r) (alloy), or nr values for each element i of f_ji(r) (fs)
   per pair i >= j: nr values of r phi(r)

   Values stand any number to a line; '#' starts a comment. The two kinds are told apart by where
   the line of the second element stands; with one element they are the same. */
#include "eam.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LARGEST_FILE = 1 << 30, MAX_POINTS = 10000000 };

/* A walk over the words of a text held in memory. */
typedef struct {
    const char *path;
    char *text, *at;
    size_t size;
    int line;
} reader;

static vt_status bad(const reader *r, vt_error *err, const char *expected, const char *found) {
    return vt_fail(err, VT_EFORMAT,
                   "%s:%d: expected %s, found %s%.40s%s; not a complete setfl file", r->path,
                   r->line, expected, found ? "'" : "", found ? found : "the end of the file",
                   found ? "'" : "");
}

static vt_status load(reader *r, const char *path, vt_error *err) {
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    if (file == NULL) return vt_fail(err, VT_EIO, "cannot open %s: %s", path, strerror(errno));
    size_t size = 0, room = 1 << 16;
    char *text = vt_alloc(room, 1);
    while (text != NULL) {
        int got = gzread(file, text + size, (unsigned)(room - size - 1));
        if (got < 0) {
            int code;
            vt_fail(err, VT_EIO, "cannot read %s: %s", path,
                    errno == EISDIR ? "it is a directory" : gzerror(file, &code));
            break;
        }
        if (got == 0) {
            gzclose(file);
            if (memchr(text, '\0', size) != NULL) {
                vt_free(text);
                return vt_fail(err, VT_EFORMAT, "%s is not a text file; expected a setfl file",
                               path);
            }
            text[size] = '\0';
            *r = (reader){.path = path, .text = text, .at = text, .size = size, .line = 1};
            return VT_OK;
        }
        size += (size_t)got;
        if (size + 1 < room) continue;
        if (room >= LARGEST_FILE) {
            vt_fail(err, VT_EFORMAT, "%s is larger than 1 GB; expected a setfl file", path);
            break;
        }
        char *larger = vt_grow(text, size, 2 * room, 1);
        if (larger == NULL) vt_fail_memory(err, 2 * room, 1, path);
        if (larger == NULL) break;
        text = larger;
        room *= 2;
    }
    if (text == NULL) vt_fail_memory(err, room, 1, path);
    vt_free(text);
    gzclose(file);
    return err != NULL && err->code < 0 ? err->code : VT_EIO;
}

/* Next word on this line into `word` (cut at its size), false at the end of the line. */
static bool word_on_line(reader *r, char *word, size_t size) {
    while (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == ',') r->at++;
    if (*r->at == '#')
        while (*r->at != '\0' && *r->at != '\n') r->at++;
    if (*r->at == '\0' || *r->at == '\n') return false;
    size_t n = 0;
    for (; *r->at != '\0' && strchr(" \t\r\n,#", *r->at) == NULL; r->at++)
        if (n + 1 < size) word[n++] = *r->at;
    word[n] = '\0';
    return true;
}

static void next_line(reader *r) {
    while (*r->at != '\0' && *r->at != '\n') r->at++;
    if (*r->at == '\n') {
        r->at++;
        r->line++;
    }
}

/* Next word of the file, false at its end. */
static bool next_word(reader *r, char *word, size_t size) {
    while (!word_on_line(r, word, size)) {
        if (*r->at == '\0') return false;
        next_line(r);
    }
    return true;
}

static vt_status number(reader *r, double *value, const char *what, vt_error *err) {
    char word[64], *end;
    if (!next_word(r, word, sizeof word)) return bad(r, err, what, NULL);
    for (char *c = word; *c != '\0'; c++)
        if (*c == 'D' || *c == 'd') *c = 'e'; /* Fortran's double precision exponent */
    *value = strtod(word, &end);
    if (*end != '\0' || !isfinite(*value)) return bad(r, err, what, word);
    return VT_OK;
}

static vt_status whole(reader *r, int least, int most, int *value, const char *what,
                       vt_error *err) {
    double x;
    vt_status st = number(r, &x, what, err);
    if (vt_failed(st)) return st;
    if (x != floor(x) || x < least || x > most)
        return vt_fail(err, VT_EFORMAT, "%s:%d: %s must be a whole number from %d to %d, found %g",
                       r->path, r->line, what, least, most, x);
    *value = (int)x;
    return VT_OK;
}

static vt_status positive(reader *r, double *value, const char *what, vt_error *err) {
    vt_status st = number(r, value, what, err);
    if (vt_failed(st)) return st;
    if (!(*value > 0))
        return vt_fail(err, VT_EFORMAT, "%s:%d: %s must be positive, found %g", r->path, r->line,
                       what, *value);
    return VT_OK;
}

/* ---------------------------------------------------------------- splines ---- */

static vt_status spline_create(vti_spline *s, int count, double delta, vt_error *err) {
    s->row = vt_alloc((size_t)count, sizeof *s->row);
    if (s->row == NULL)
        return vt_fail_memory(err, (size_t)count, sizeof *s->row, "a potential table");
    s->count = count;
    s->delta = delta;
    s->inverse_delta = 1 / delta;
    return VT_OK;
}

/* Coefficients from the values in row[k][0]. */
static void spline_fit(vti_spline *s) {
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

static vt_status spline_read(reader *r, vti_spline *s, int count, double delta, const char *what,
                             vt_error *err) {
    vt_status st = spline_create(s, count, delta, err);
    for (int k = 0; k < count && !vt_failed(st); k++) st = number(r, &s->row[k][0], what, err);
    if (!vt_failed(st)) spline_fit(s);
    return st;
}

/* ---------------------------------------------------------------- the file ---- */

void vti_setfl_free(vti_setfl *f) {
    size_t pairs = (size_t)f->elements * (size_t)f->elements;
    for (int k = 0; k < f->elements; k++) vt_free(f->embedding[k].row);
    /* eam/alloy lets a row of `density` share one table, `pair` shares its two halves. */
    for (size_t k = 0; f->density != NULL && k < pairs; k++)
        if (f->finnis_sinclair || k % (size_t)f->elements == 0) vt_free(f->density[k].row);
    for (size_t k = 0; f->pair != NULL && k < pairs; k++)
        if (k / (size_t)f->elements >= k % (size_t)f->elements) vt_free(f->pair[k].row);
    vt_free(f->density);
    vt_free(f->pair);
    *f = (vti_setfl){0};
}

static vt_status read_header(reader *r, vti_setfl *f, int *nrho, double *drho, int *nr, double *dr,
                             vt_error *err) {
    for (int k = 0; k < 3; k++) next_line(r);
    int count = 0;
    vt_status st = whole(r, 1, VT_MAX_SPECIES, &count, "the number of elements", err);
    if (vt_failed(st)) return st;
    for (int k = 0; k < count; k++) {
        char word[32];
        if (!word_on_line(r, word, sizeof word))
            return vt_fail(err, VT_EFORMAT, "%s:%d: expected %d element symbols, found %d", r->path,
                           r->line, count, k);
        if (strlen(word) >= VT_SYMBOL_SIZE) return bad(r, err, "an element symbol", word);
        strcpy(f->species[k].symbol, word);
        for (int m = 0; m < k; m++)
            if (strcmp(f->species[m].symbol, word) == 0)
                return vt_fail(err, VT_EFORMAT, "%s:%d: element '%s' stands twice", r->path,
                               r->line, word);
    }
    f->elements = count;
    next_line(r);
    st = whole(r, 5, MAX_POINTS, nrho, "nrho", err);
    if (!vt_failed(st)) st = positive(r, drho, "drho", err);
    if (!vt_failed(st)) st = whole(r, 5, MAX_POINTS, nr, "nr", err);
    if (!vt_failed(st)) st = positive(r, dr, "dr", err);
    if (!vt_failed(st)) st = positive(r, &f->cutoff, "the cutoff", err);
    if (vt_failed(st)) return st;
    if (f->cutoff > *nr * *dr * (1 + 1e-6))
        return vt_fail(err, VT_EFORMAT,
                       "%s:%d: the tables end at nr dr = %g A, short of the cutoff %g A", r->path,
                       r->line, *nr * *dr, f->cutoff);
    next_line(r);
    return VT_OK;
}

static vt_status read_element_line(reader *r, vti_setfl *f, int k, vt_error *err) {
    double unused;
    char lattice[32];
    vt_status st = number(r, &unused, "an atomic number", err);
    if (!vt_failed(st)) st = positive(r, &f->species[k].mass, "the mass", err);
    if (!vt_failed(st)) st = number(r, &unused, "a lattice constant", err);
    if (vt_failed(st)) return st;
    if (!word_on_line(r, lattice, sizeof lattice))
        return bad(r, err, "a lattice type behind the lattice constant", "the end of the line");
    next_line(r);
    return VT_OK;
}

/* True when an element's line "29 63.5 3.6 fcc" stands next: its fourth word is no number. */
static bool element_line_next(reader r) {
    char word[32], *end;
    if (!next_word(&r, word, sizeof word)) return false;
    for (int k = 0; k < 3; k++)
        if (!word_on_line(&r, word, sizeof word)) return false;
    strtod(word, &end);
    return *end != '\0';
}

static vt_status read_tables(reader *r, vti_setfl *f, vt_error *err) {
    int nrho = 0, nr = 0, n;
    double drho = 0, dr = 0;
    vt_status st = read_header(r, f, &nrho, &drho, &nr, &dr, err);
    if (vt_failed(st)) return st;
    n = f->elements;
    f->density = vt_alloc((size_t)(n * n), sizeof *f->density);
    f->pair = vt_alloc((size_t)(n * n), sizeof *f->pair);
    if (f->density == NULL || f->pair == NULL)
        return vt_fail_memory(err, (size_t)(n * n), sizeof *f->pair, "a potential");

    for (int j = 0; j < n; j++) {
        st = read_element_line(r, f, j, err);
        if (!vt_failed(st))
            st = spline_read(r, &f->embedding[j], nrho, drho, "a value of F(rho)", err);
        if (!vt_failed(st))
            st = spline_read(r, &f->density[j * n], nr, dr, "a value of the density", err);
        if (vt_failed(st)) return st;
        if (j == 0) f->finnis_sinclair = n > 1 && !element_line_next(*r);
        for (int i = 1; i < n; i++) {
            if (!f->finnis_sinclair)
                f->density[j * n + i] = f->density[j * n];
            else
                st = spline_read(r, &f->density[j * n + i], nr, dr, "a value of the density", err);
            if (vt_failed(st)) return st;
        }
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            st = spline_read(r, &f->pair[i * n + j], nr, dr, "a value of r phi(r)", err);
            if (vt_failed(st)) return st;
            f->pair[j * n + i] = f->pair[i * n + j];
        }
    return VT_OK;
}

vt_status vti_setfl_read(vti_setfl *f, const char *path, vt_error *err) {
    *f = (vti_setfl){0};
    reader r = {0};
    vt_status st = load(&r, path, err);
    if (vt_failed(st)) return st;
    vt_sha256(r.text, r.size, f->sha256);
    st = read_tables(&r, f, err);
    vt_free(r.text);
    if (vt_failed(st)) vti_setfl_free(f);
    return st;
}

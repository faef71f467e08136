/* DYNAMO setfl files, eam/alloy and eam/fs.

   lines 1-3   comments
   line 4      number of elements, their symbols
   line 5      nrho drho nr dr cutoff
   per element: a line "atomic-number mass lattice-constant lattice", nrho values of F(rho), then
               nr values of f(r) (alloy), or nr values for each element i of f_ji(r) (fs)
   per pair i >= j: nr values of r phi(r)

   The two kinds are told apart by where the line of the second element stands; with one element
   they are the same. Other kinds of files begin in the same way and would be read as something
   that they are not; they are told by what they have more of, and refused. */
#include "base/try.h"
#include "eam_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vt_status refuse(const vti_eam_text *text, const char *kind, vt_error *err) {
    return vti_eam_refuse_kind(vti_input_path(text->in), kind, err);
}

/* Line 4, in text->at. */
static vt_status read_elements(vti_eam_text *text, vti_eam_functions *f, vt_error *err) {
    static const char NUMBER[] =
        "the number of elements (line 4 of a setfl file, behind three lines of comment)";
    int count = 0;
    VTI_TRY(vti_eam_text_whole(text, 1, VT_MAX_SPECIES, &count, NUMBER, err));
    char word[32];
    int symbols = 0;
    for (const char *at = text->at; vti_scan_word(&at, word, sizeof word);) symbols++;
    if (symbols != count)
        return vti_bad(text->in, err, "expected %d element symbols, found %d", count, symbols);
    for (int k = 0; k < count; k++) {
        const char *start = text->at;
        vti_scan_word(&text->at, word, sizeof word);
        if (!vt_is_species_name(word))
            return vti_eam_text_expected(text, "an element symbol", start, err);
        strcpy(f->species[k].symbol, word);
        for (int m = 0; m < k; m++)
            if (strcmp(f->species[m].symbol, word) == 0)
                return vti_bad(text->in, err, "element '%s' stands twice", word);
    }
    f->elements = count;
    return VT_OK;
}

static vt_status read_element_line(vti_eam_text *text, vti_eam_functions *f, int k, vt_error *err) {
    double unused;
    text->at = ""; /* words behind the header's numbers are comments */
    VTI_TRY(vti_eam_text_number(text, &unused, "an atomic number", err));
    VTI_TRY(vti_eam_text_positive(text, &f->species[k].mass, "the mass", err));
    if (f->species[k].mass > VT_LARGEST_MASS)
        return vti_bad(text->in, err, "the mass of '%s' is %g amu; atomic masses are below 300",
                       f->species[k].symbol, f->species[k].mass);
    VTI_TRY(vti_eam_text_number(text, &unused, "a lattice constant", err));
    const char *at = vti_skip_blanks(text->at);
    if (*at == '\0')
        return vti_bad(text->in, err,
                       "expected a lattice type behind the lattice constant, found the end of the "
                       "line; write one there, such as fcc");
    return VT_OK;
}

/* True when an element's line "29 63.5 3.6 fcc" stands next: its fourth word is no number. */
static vt_status element_line_next(vti_eam_text *text, bool *yes, vt_error *err) {
    vt_status st;
    do st = vti_eam_text_line(text, err);
    while (st == VT_OK && *vti_skip_blanks(text->at) == '\0');
    *yes = false;
    if (st != VT_OK) return vt_failed(st) ? st : VT_OK;
    double number[4];
    char word[32];
    const char *at = text->at;
    int words = 0;
    while (words < 4 && vti_scan_word(&at, word, sizeof word)) words++;
    *yes = words == 4 && vti_eam_text_peek(text, 4, number) == 3;
    vti_input_unread(text->in);
    return VT_OK;
}

static vt_status read_element(vti_eam_text *text, vti_eam_functions *f, const vti_eam_header *h,
                              int j, vt_error *err) {
    int n = f->elements;
    const char *symbol = f->species[j].symbol;
    char what[64];
    VTI_TRY(read_element_line(text, f, j, err));
    snprintf(what, sizeof what, "F(rho) of %s", symbol);
    VTI_TRY(vti_eam_text_table(text, &f->embedding[j], h->nrho, h->drho, what, err));
    for (int i = 0; i < n; i++) {
        if (i == 1 && j == 0) {
            bool alloy;
            VTI_TRY(element_line_next(text, &alloy, err));
            f->finnis_sinclair = !alloy;
        }
        if (i > 0 && !f->finnis_sinclair) {
            f->density[j * n + i] = f->density[j * n];
            continue;
        }
        snprintf(what, sizeof what, i == 0 ? "the density of %s" : "the density of %s at %s",
                 symbol, f->species[i].symbol);
        VTI_TRY(vti_eam_text_table(text, &f->density[j * n + i], h->nr, h->dr, what, err));
    }
    return VT_OK;
}

static vt_status read_pairs(vti_eam_text *text, vti_eam_functions *f, const vti_eam_header *h,
                            vt_error *err) {
    int n = f->elements;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            char what[64];
            snprintf(what, sizeof what, "r phi(r) of %s and %s", f->species[i].symbol,
                     f->species[j].symbol);
            vti_spline *pair = &f->pair[i * n + j];
            vt_status st = vti_eam_text_table(text, pair, h->nr, h->dr, what, err);
            f->pair[j * n + i] = *pair;
            if (vt_failed(st)) return st;
        }
    return VT_OK;
}

/* What stands behind the tables tells kinds that have more of them. */
static vt_status check_rest(vti_eam_text *text, const vti_eam_functions *f, const vti_eam_header *h,
                            vt_error *err) {
    vti_eam_rest rest;
    VTI_TRY(vti_eam_text_rest(text, &rest, err));
    uint64_t pairs = (uint64_t)f->elements * (uint64_t)(f->elements + 1) / 2;
    if (rest.numbers >= 2 * pairs * (uint64_t)h->nr)
        return refuse(text, "angular-dependent (adp)", err);
    /* The order of a polynomial and its coefficients. */
    if (rest.first >= 1 && (double)rest.numbers == rest.first + 2)
        return refuse(text, "concentration-dependent (eam/cd)", err);
    return vti_eam_check_rest(text, &rest, err);
}

vt_status vti_setfl_read(vti_eam_text *text, vti_eam_functions *f, vt_error *err) {
    vti_eam_header h = {0};
    double sixth;
    VTI_TRY(read_elements(text, f, err));
    VTI_TRY(vti_eam_text_header(text, &h, err));
    if (vti_eam_text_peek(text, 1, &sixth) > 0)
        return vti_bad(text->in, err,
                       "behind the cutoff stands a further number, %g: this is the helium variant "
                       "(eam/he), or something else than a setfl file; expected eam/alloy, eam/fs "
                       "or funcfl",
                       sixth);
    f->cutoff = h.cutoff;
    f->densest = (h.nrho - 1) * h.drho;
    VTI_TRY(vti_eam_functions_start(f, err));
    for (int j = 0; j < f->elements; j++) VTI_TRY(read_element(text, f, &h, j, err));
    VTI_TRY(read_pairs(text, f, &h, err));
    VTI_TRY(check_rest(text, f, &h, err));
    f->name = f->finnis_sinclair ? "eam/fs" : "eam/alloy";
    return VT_OK;
}

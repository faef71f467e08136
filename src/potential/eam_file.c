/* Reading files of EAM potentials: which kind a file is, and what it holds. */
#include "eam_file.h"
#include "base/try.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---------------------------------------------------------------- kinds ---- */

vt_status vti_eam_refuse_kind(const char *path, const char *kind, vt_error *err) {
    return vt_fail(err, VT_EFORMAT,
                   "%.300s is a potential of the kind %s, which vitrum does not have; it has "
                   "eam/alloy, eam/fs (setfl files) and eam (funcfl files)",
                   path, kind);
}

/* Kinds that their files' names tell. Some begin as setfl files do. */
static const char *const OTHER_KINDS[][2] = {
    {".adp", "angular-dependent (adp)"},
    {".cdeam", "concentration-dependent (eam/cd)"},
    {".eam.cd", "concentration-dependent (eam/cd)"},
    {".eam.he", "EAM for helium (eam/he)"},
    {".he", "EAM for helium (eam/he)"},
    {".meam", "modified embedded-atom (meam)"},
    {".meam.spline", "modified embedded-atom (meam/spline)"},
    {".bop.table", "bond-order (bop)"},
    {".poly", "polymorphic"},
};

static vt_status check_extension(const char *path, vt_error *err) {
    static const char *const PACKED[] = {".gz", ".xz", ".zst"};
    size_t length = strlen(path);
    for (size_t k = 0; k < sizeof PACKED / sizeof *PACKED; k++) {
        size_t n = strlen(PACKED[k]);
        if (length > n && strcasecmp(path + length - n, PACKED[k]) == 0) {
            length -= n;
            break;
        }
    }
    for (size_t k = 0; k < sizeof OTHER_KINDS / sizeof *OTHER_KINDS; k++) {
        size_t n = strlen(OTHER_KINDS[k][0]);
        if (length > n && strncasecmp(path + length - n, OTHER_KINDS[k][0], n) == 0)
            return vti_eam_refuse_kind(path, OTHER_KINDS[k][1], err);
    }
    return VT_OK;
}

/* A file of atoms given for a potential: "500 atoms" of a data file, "ITEM:" of a dump. */
static vt_status check_atoms(const vti_eam_text *text, const char *line, vt_error *err) {
    const char *at = line;
    double count;
    char word[8];
    bool data = vti_scan_double(&at, &count) == VTI_NUMBER_OK &&
                vti_scan_word(&at, word, sizeof word) && strcmp(word, "atoms") == 0 &&
                *vti_skip_blanks(at) == '\0';
    if (!data && strncmp(line, "ITEM:", 5) != 0) return VT_OK;
    return vti_bad(text->in, err,
                   "this looks like a LAMMPS %s, which holds atoms and no potential; read it with "
                   "vt.atoms.read, and give a potential file (setfl or funcfl) here",
                   data ? "data file" : "dump");
}

/* LAMMPS writes "UNITS: metal" into the first line of its files. */
static vt_status check_units(const vti_eam_text *text, const char *line, vt_error *err) {
    static const char TAG[] = "UNITS:";
    const char *at = strstr(line, TAG);
    char word[16], shown[VTI_SHOWN_SIZE];
    if (at == NULL) return VT_OK;
    at += sizeof TAG - 1;
    if (!vti_scan_word(&at, word, sizeof word) || strcmp(word, "metal") == 0) return VT_OK;
    return vti_bad(text->in, err, "the file is in units '%s'; expected metal (A, eV)",
                   vti_shown(word, shown));
}

vt_status vti_eam_check_rest(vti_eam_text *text, const vti_eam_rest *rest, vt_error *err) {
    if (rest->numbers > 0)
        return vti_bad_at(text->in, rest->line, err,
                          "%llu number%s stand%s behind the last table: tables have more values "
                          "than the header says, or this is another kind of file; correct nrho "
                          "and nr, or remove what is too much",
                          (unsigned long long)rest->numbers, rest->numbers == 1 ? "" : "s",
                          rest->numbers == 1 ? "s" : "");
    if (rest->words > 0 && text->surplus_tables++ == 0)
        snprintf(text->surplus, sizeof text->surplus,
                 "words stand behind the last table, line %lld", (long long)rest->line);
    return VT_OK;
}

/* ---------------------------------------------------------------- life ---- */

vt_status vti_eam_functions_start(vti_eam_functions *f, vt_error *err) {
    size_t pairs = (size_t)f->elements * (size_t)f->elements;
    f->density = vt_alloc(pairs, sizeof *f->density);
    f->pair = vt_alloc(pairs, sizeof *f->pair);
    if (f->density == NULL || f->pair == NULL)
        return vt_fail_memory(err, pairs, sizeof *f->pair, "a potential");
    return VT_OK;
}

void vti_eam_functions_free(vti_eam_functions *f) {
    size_t pairs = (size_t)f->elements * (size_t)f->elements;
    for (int k = 0; k < f->elements; k++) vt_free(f->embedding[k].row);
    /* Without Finnis and Sinclair a row of `density` shares one table; `pair` shares its halves. */
    for (size_t k = 0; f->density != NULL && k < pairs; k++)
        if (f->finnis_sinclair || k % (size_t)f->elements == 0) vt_free(f->density[k].row);
    for (size_t k = 0; f->pair != NULL && k < pairs; k++)
        if (k / (size_t)f->elements >= k % (size_t)f->elements) vt_free(f->pair[k].row);
    vt_free(f->density);
    vt_free(f->pair);
    *f = (vti_eam_functions){0};
}

/* ---------------------------------------------------------------- reading ---- */

/* The first three lines. */
static vt_status read_head(vti_eam_text *text, vti_funcfl_head *head, vt_error *err) {
    char *line;
    vt_status status = vti_input_line(text->in, &line, err);
    if (status == VT_OK) {
        status = check_units(text, line, err);
        if (!vt_failed(status)) status = check_atoms(text, line, err);
        vti_input_unread(text->in); /* to be looked at as the others are */
    }
    for (int k = 1; k <= 2 && !vt_failed(status); k++) { /* comments in a setfl file */
        status = vti_eam_text_line(text, err);
        if (!vt_failed(status)) status = check_atoms(text, text->at, err);
    }
    if (vt_failed(status)) return status;
    head->element_numbers = vti_eam_text_peek(text, 2, head->element);
    status = vti_eam_text_line(text, err);
    if (!vt_failed(status)) status = check_atoms(text, text->at, err);
    head->grid_numbers = vti_eam_text_peek(text, 5, head->grid);
    return status;
}

/* A setfl file has symbols in line 4 and, as a rule, words in lines 2 and 3. */
static bool is_funcfl(const vti_eam_text *text, const vti_funcfl_head *head) {
    double number[2];
    char word[8];
    const char *at = text->at;
    int words = 0;
    while (words < 2 && vti_scan_word(&at, word, sizeof word)) words++;
    return head->element_numbers == 2 && head->grid_numbers == 5 &&
           vti_eam_text_peek(text, 2, number) == words;
}

/* The first file of a mixture with something to say is enough to look into the others. */
static void keep_note(vti_eam_functions *f, const vti_eam_text *text, bool alone) {
    if (text->surplus_tables == 0 || f->note[0] != '\0') return;
    char more[32] = "", whose[48] = "";
    if (text->surplus_tables > 1)
        snprintf(more, sizeof more, " (so in %d places)", text->surplus_tables);
    if (!alone) snprintf(whose, sizeof whose, "%.40s: ", vti_file_name(vti_input_path(text->in)));
    snprintf(f->note, sizeof f->note, "%s%.140s%s; left out, as LAMMPS does", whose, text->surplus,
             more);
}

/* One file: either all of `f`, or `file`. */
static vt_status read_file(const char *path, vt_sha256_state *sum, bool alone, vti_eam_functions *f,
                           vti_funcfl *file, vt_error *err) {
    vti_eam_text text;
    vti_funcfl_head head = {0};
    VTI_TRY(check_extension(path, err));
    VTI_TRY(vti_eam_text_open(&text, path, sum, err));
    vt_status status = read_head(&text, &head, err);
    if (!vt_failed(status)) status = vti_eam_text_line(&text, err);
    if (!vt_failed(status)) {
        if (is_funcfl(&text, &head)) {
            vti_input_unread(text.in);
            status = vti_funcfl_read(&text, &head, file, err);
        } else if (alone) {
            status = vti_setfl_read(&text, f, err);
        } else {
            status = vt_fail(err, VT_EFORMAT,
                             "%.300s is no funcfl file; only those are mixed, a setfl file stands "
                             "alone",
                             path);
        }
    }
    keep_note(f, &text, alone);
    vti_eam_text_close(&text);
    return status;
}

vt_status vti_eam_functions_read(vti_eam_functions *f, const char *const *paths, size_t count,
                                 vt_error *err) {
    *f = (vti_eam_functions){0};
    if (count < 1 || count > VT_MAX_SPECIES)
        return vt_fail(err, VT_EINVAL, "expected 1 to %d potential files, got %zu", VT_MAX_SPECIES,
                       count);
    vti_funcfl *file = vt_alloc(count, sizeof *file);
    if (file == NULL) return vt_fail_memory(err, count, sizeof *file, "a potential");
    vt_sha256_state sum;
    vt_sha256_start(&sum);
    vt_status status = VT_OK;
    for (size_t k = 0; k < count && !vt_failed(status); k++) {
        status = read_file(paths[k], &sum, count == 1, f, &file[k], err);
        for (size_t m = 0; m < k && !vt_failed(status); m++)
            if (strcmp(file[m].species.symbol, file[k].species.symbol) == 0)
                status = vt_fail(err, VT_EFORMAT, "%.200s and %.200s are both for %s; give one",
                                 paths[m], paths[k], file[k].species.symbol);
    }
    if (!vt_failed(status) && f->name == NULL) status = vti_funcfl_mix(file, (int)count, f, err);
    for (size_t k = 0; k < count; k++) vti_funcfl_free(&file[k]);
    vt_free(file);
    vt_sha256_end(&sum, f->sha256);
    if (vt_failed(status)) vti_eam_functions_free(f);
    return status;
}

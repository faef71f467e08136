/* The comment line of extended XYZ: key=value pairs. Keys and values may be quoted with " or ',
   with a backslash before a quote; lists stand in quotes, or in brackets with commas. */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "io/extxyz.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* Take one word, quoted or ended by `stop` or a blank, out of *rest in place. NULL when a quote or
   bracket is not closed. */
static char *take_word(char **rest, char stop, bool *bracketed) {
    char *p = *rest, *to = p, *word = p;
    *bracketed = *p == '[' || *p == '{';
    if (*p == '"' || *p == '\'') {
        char quote = *p++;
        word = to = p;
        for (; *p != quote; p++) {
            if (*p == '\0') return NULL;
            if (*p == '\\' && p[1] != '\0') {
                p++;
                *to++ = (char)(*p == 'n' ? '\n' : *p);
            } else {
                *to++ = *p;
            }
        }
        p++;
    } else if (*bracketed) {
        int depth = 0;
        do {
            if (*p == '\0') return NULL;
            if (*p == '[' || *p == '{') depth++;
            if (*p == ']' || *p == '}') depth--;
            p++;
        } while (depth > 0);
        to = p;
    } else {
        while (*p != '\0' && *p != stop && !is_blank(*p)) p++;
        to = p;
    }
    *rest = p;
    /* The caller looks at **rest before the word is ended, so end it only when they differ. */
    if (to < p) *to = '\0';
    return word;
}

static vt_status add_number(vti_xyz_value *v, double number, vt_error *err) {
    if (v->count == v->capacity) {
        size_t capacity = 2 * v->capacity + 16;
        double *more = vt_grow(v->number, v->count, capacity, sizeof *more);
        if (more == NULL) return vt_fail_memory(err, capacity, sizeof *more, "a comment line");
        v->number = more;
        v->capacity = capacity;
    }
    v->number[v->count++] = number;
    return VT_OK;
}

static bool logical_word(const char *p, size_t n, double *value) {
    static const char *const YES[] = {"T", "True", "true", "TRUE"};
    static const char *const NO[] = {"F", "False", "false", "FALSE"};
    for (int k = 0; k < 4; k++) {
        *value = strlen(YES[k]) == n && memcmp(p, YES[k], n) == 0;
        if (*value != 0 || (strlen(NO[k]) == n && memcmp(p, NO[k], n) == 0)) return true;
    }
    return false;
}

static const int64_t EXACT = INT64_C(1) << 53;

/* Integers first, then reals, then logicals; whatever else is text, as are integers that a double
   would not hold to the digit. */
static vt_status classify(vti_xyz_value *v, bool bracketed, char *scratch, vt_error *err) {
    /* Only a list is taken apart; a dictionary or the like stays the text that it is. */
    bool list = bracketed && scratch[strspn(scratch, "[]{}, \t0123456789+-.eETFalsrue")] == '\0';
    for (char *c = scratch; list && *c != '\0'; c++)
        if (strchr("[]{},", *c) != NULL) *c = ' ';
    v->count = 0;
    v->kind = VT_VALUE_INTEGER;
    const char *p = vti_skip_blanks(scratch);
    while (*p != '\0') {
        const char *start = p;
        double number = 0;
        bool logical = logical_word(p, strcspn(p, " \t"), &number);
        vti_number result = logical ? VTI_NUMBER_OK : vti_scan_any_double(&p, &number);
        bool first = v->count == 0;
        if (logical) {
            p += strcspn(p, " \t");
            if (!first && v->kind != VT_VALUE_LOGICAL) break;
            v->kind = VT_VALUE_LOGICAL;
        } else if (result != VTI_NUMBER_OK || v->kind == VT_VALUE_LOGICAL) {
            break;
        } else {
            size_t n = (size_t)(p - start);
            const char *again = start;
            int64_t whole = 0;
            if (strspn(start, "+-0123456789") < n) {
                v->kind = VT_VALUE_REAL;
            } else if (vti_scan_int64(&again, &whole) != VTI_NUMBER_OK || whole > EXACT ||
                       whole < -EXACT) {
                p = start;
                break;
            }
        }
        VTI_TRY(add_number(v, number, err));
        p = vti_skip_blanks(p);
    }
    if (*p != '\0' || v->count == 0) {
        v->kind = VT_VALUE_TEXT;
        v->count = 1;
    }
    return VT_OK;
}

/* True when `line` has the entry `key` (in any case): a word of its own, behind it = and a value.
   Titles of plain XYZ may well hold the word, or even an equals sign, but hardly all of this. */
bool vti_xyz_has_key(const char *line, const char *key) {
    size_t n = strlen(key);
    for (const char *p = line; *p != '\0'; p++) {
        if (p > line && !is_blank(p[-1])) continue;
        char word[16] = "";
        for (size_t k = 0; k < n && p[k] != '\0'; k++) word[k] = p[k];
        if (!vti_same_word(word, key)) continue;
        const char *next = vti_skip_blanks(p + n);
        if (*next == '=' && *vti_skip_blanks(next + 1) != '\0') return true;
    }
    return false;
}

vt_status vti_xyz_next(vti_xyz_entries *e, const vti_input *in, vt_error *err) {
    bool bracketed;
    while (is_blank(*e->rest)) e->rest++;
    if (*e->rest == '\0') return VT_DONE;
    char *before = e->rest;
    char *key = take_word(&e->rest, '=', &bracketed);
    char shown[VTI_SHOWN_SIZE];
    if (key == NULL)
        return vti_bad(in, err, "the quote or bracket at '%s' is not closed",
                       vti_shown(before, shown));
    char *key_end = e->rest;
    while (is_blank(*e->rest)) e->rest++;
    e->key = key;
    if (*e->rest != '=') {
        if (*key_end != '\0') *key_end++ = '\0';
        if (e->rest < key_end) e->rest = key_end;
        e->value.kind = VT_VALUE_LOGICAL;
        e->value.text = "T";
        e->value.count = 0;
        return add_number(&e->value, 1, err);
    }
    *key_end = '\0';
    e->rest++;
    while (is_blank(*e->rest)) e->rest++;
    before = e->rest;
    char *value = take_word(&e->rest, '\0', &bracketed);
    if (value == NULL)
        return vti_bad(in, err, "the quote or bracket of %.40s=%s is not closed", key,
                       vti_shown(before, shown));
    if (is_blank(*e->rest)) *e->rest++ = '\0';
    e->value.text = value;
    return classify(&e->value, bracketed, value, err);
}

void vti_xyz_free(vti_xyz_entries *e) {
    vt_free(e->value.number);
}

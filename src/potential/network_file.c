/* Files of neural network potentials: text, words and numbers with blanks or line ends between
   them, comments behind '#'.

       vitrum network 2
       species Cu 63.546 Zr 91.224            symbols and masses, in the order of the descriptor
       descriptor chebyshev 4 8 7             largest n, largest l, cutoff in angstrom
       activation silu
       layers 16 16 16 16                     numbers in the hidden layers
       of Cu                                  and then the same for each other species
       reference -3.5                         energy of an atom where its network gives 0, eV
       mean 90 ...                            of each input; what the network takes is
       deviation 90 ...                       (input - mean)/deviation
       low 90 ...                             least and largest input of the training; both lines
       high 90 ...                            may be missing
       weights 1 16 90 ...                    of layer 1: 16 rows of 90
       biases 1 16 ...
       sha256 ...                             of all lines before, each with a line feed */
#include "network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "io/internal.h"

enum { VERSION = 2, WORD = 64 };

/* No network means a larger number, and products of larger ones overflow. */
static const double LARGEST = 1e100;

static const char HEADER[] = "vitrum network";

/* ---------------------------------------------------------------- writing ---- */

typedef struct {
    char *text;
    size_t size, capacity;
    bool failed;
} growing;

static void add(growing *g, const char *part) {
    size_t length = strlen(part);
    if (g->failed) return;
    if (g->size + length + 1 > g->capacity) {
        size_t capacity = 2 * (g->capacity + length) + 4096;
        char *text = vt_grow(g->text, g->capacity, capacity, 1);
        if (text == NULL) {
            g->failed = true;
            return;
        }
        g->text = text;
        g->capacity = capacity;
    }
    memcpy(g->text + g->size, part, length + 1);
    g->size += length;
}

static void add_number(growing *g, double value) {
    char number[VTI_NUMBER_SIZE];
    vti_format_double(number, value, 17);
    add(g, " ");
    add(g, number);
}

static void add_whole(growing *g, int value) {
    char number[16];
    snprintf(number, sizeof number, " %d", value);
    add(g, number);
}

static void add_table(growing *g, const char *head, const double *value, int rows, int columns) {
    add(g, head);
    for (int k = 0; k < rows * columns; k++) {
        if (k % columns == 0) add(g, "\n");
        add_number(g, value[k]);
    }
    add(g, "\n");
}

static void add_species(growing *g, const vti_network *n, int s) {
    const vti_network_shape *shape = &n->shape;
    int inputs = shape->width[0];
    const double *parameter = n->parameter + (size_t)s * n->parameters;
    char head[WORD];
    add(g, "of ");
    add(g, shape->species[s].symbol);
    add(g, "\nreference");
    add_number(g, n->reference[s]);
    snprintf(head, sizeof head, "\nmean %d", inputs);
    add_table(g, head, n->mean + s * inputs, 1, inputs);
    snprintf(head, sizeof head, "deviation %d", inputs);
    add_table(g, head, n->deviation + s * inputs, 1, inputs);
    if (isfinite(n->low[s * inputs])) {
        snprintf(head, sizeof head, "low %d", inputs);
        add_table(g, head, n->low + s * inputs, 1, inputs);
        snprintf(head, sizeof head, "high %d", inputs);
        add_table(g, head, n->high + s * inputs, 1, inputs);
    }
    for (int k = 0; k < shape->layers; k++) {
        int in = shape->width[k], out = shape->width[k + 1];
        snprintf(head, sizeof head, "weights %d %d %d", k + 1, out, in);
        add_table(g, head, parameter, out, in);
        snprintf(head, sizeof head, "biases %d %d", k + 1, out);
        add_table(g, head, parameter + out * in, 1, out);
        parameter += out * (in + 1);
    }
}

char *vti_network_text(const vti_network *n, vt_error *err) {
    growing g = {0};
    const vti_network_shape *shape = &n->shape;
    add(&g, HEADER);
    add_whole(&g, VERSION);
    add(&g, "\n# Neural network potential: eV and angstrom.\nspecies");
    for (int s = 0; s < shape->species_count; s++) {
        add(&g, " ");
        add(&g, shape->species[s].symbol);
        add_number(&g, shape->species[s].mass);
    }
    add(&g, "\ndescriptor chebyshev");
    add_whole(&g, shape->descriptor.n_max);
    add_whole(&g, shape->descriptor.l_max);
    add_number(&g, shape->descriptor.cutoff);
    add(&g, "\nactivation ");
    add(&g, vti_activation_names[shape->activation]);
    add(&g, "\nlayers");
    for (int k = 1; k < shape->layers; k++) add_whole(&g, shape->width[k]);
    add(&g, "\n");
    for (int s = 0; s < shape->species_count; s++) add_species(&g, n, s);
    char sum[65];
    vt_sha256(g.text, g.size, sum);
    add(&g, "sha256 ");
    add(&g, sum);
    add(&g, "\n");
    if (!g.failed) return g.text;
    vt_free(g.text);
    vt_fail_memory(err, g.capacity, 2, "the text of a network");
    return NULL;
}

/* ---------------------------------------------------------------- reading ---- */

typedef struct {
    vti_input *in;
    char *at; /* what is left of the line; "" at the end of the file */
    bool ended;
    vt_sha256_state text, lines; /* of all, and of the lines before the sum */
} reading;

static void see(void *context, const char *bytes, size_t count) {
    vt_sha256_add(&((reading *)context)->text, bytes, count);
}

static vt_status next_line(reading *r, vt_error *err) {
    char *line;
    vt_status status = vti_input_line(r->in, &line, err);
    if (vt_failed(status)) return status;
    r->ended = status == VT_DONE;
    r->at = r->ended ? (char *)"" : line;
    if (r->ended) return VT_OK;
    if (strncmp(line, "sha256 ", 7) != 0) {
        vt_sha256_add(&r->lines, line, strlen(line));
        vt_sha256_add(&r->lines, "\n", 1);
    }
    for (; *line != '\0'; line++)
        if (*line == '\r') *line = ' ';
    line = strchr(r->at, '#');
    if (line != NULL) *line = '\0';
    return VT_OK;
}

/* Move to the next word, on this line or a later one. */
static vt_status find_word(reading *r, vt_error *err) {
    while (*(r->at = (char *)(uintptr_t)vti_skip_blanks(r->at)) == '\0' && !r->ended)
        VTI_TRY(next_line(r, err));
    return VT_OK;
}

static vt_status expected(const reading *r, const char *what, vt_error *err) {
    char shown[VTI_SHOWN_SIZE];
    if (r->ended)
        return vti_bad(
            r->in, err,
            "expected %s, found the end of the file: it has been cut short; take it from "
            "where it is whole",
            what);
    return vti_bad(r->in, err, "expected %s, found '%s'", what, vti_shown(r->at, shown));
}

static vt_status read_word(reading *r, char word[WORD], const char *what, vt_error *err) {
    VTI_TRY(find_word(r, err));
    const char *at = r->at;
    if (r->ended || !vti_scan_word(&at, word, WORD)) return expected(r, what, err);
    r->at += at - r->at;
    return VT_OK;
}

static vt_status read_number(reading *r, double *value, const char *what, vt_error *err) {
    VTI_TRY(find_word(r, err));
    const char *at = r->at;
    if (r->ended || vti_scan_double(&at, value) != VTI_NUMBER_OK || !(fabs(*value) < LARGEST))
        return expected(r, what, err);
    r->at += at - r->at;
    return VT_OK;
}

static vt_status read_whole(reading *r, int *value, const char *what, vt_error *err) {
    double number;
    VTI_TRY(find_word(r, err));
    const char *before = r->at;
    VTI_TRY(read_number(r, &number, what, err));
    if (number != floor(number) || fabs(number) > 1e6) {
        r->at -= r->at - before;
        return expected(r, what, err);
    }
    *value = (int)number;
    return VT_OK;
}

/* A word and the whole numbers behind it, all as they must be. */
static vt_status read_head(reading *r, const char *head, const int *number, int count,
                           const char *symbol, vt_error *err) {
    char word[WORD], what[2 * WORD + 32];
    int used = snprintf(what, sizeof what, "'%s", head);
    for (int k = 0; k < count; k++)
        used += snprintf(what + used, sizeof what - (size_t)used, " %d", number[k]);
    snprintf(what + used, sizeof what - (size_t)used, "' of %s", symbol);
    VTI_TRY(find_word(r, err));
    char *before = r->at;
    VTI_TRY(read_word(r, word, what, err));
    if (strcmp(word, head) != 0) {
        r->at = before;
        return expected(r, what, err);
    }
    for (int k = 0; k < count; k++) {
        int value = 0;
        VTI_TRY(read_whole(r, &value, what, err));
        if (value != number[k])
            return vti_bad(r->in, err, "expected %s, found %d in place of %d", what, value,
                           number[k]);
    }
    return VT_OK;
}

static vt_status read_table(reading *r, const char *head, const int *number, int count,
                            const char *symbol, double *to, int values, vt_error *err) {
    VTI_TRY(read_head(r, head, number, count, symbol, err));
    for (int k = 0; k < values; k++) {
        char what[2 * WORD + 32];
        snprintf(what, sizeof what, "number %d of %d of the %s of %s", k + 1, values, head, symbol);
        VTI_TRY(read_number(r, &to[k], what, err));
    }
    return VT_OK;
}

static vt_status read_range(reading *r, vti_network *n, int s, vt_error *err) {
    const char *symbol = n->shape.species[s].symbol;
    int inputs = n->shape.width[0];
    double *low = n->low + s * inputs, *high = n->high + s * inputs;
    VTI_TRY(read_table(r, "low", &inputs, 1, symbol, low, inputs, err));
    VTI_TRY(read_table(r, "high", &inputs, 1, symbol, high, inputs, err));
    for (int k = 0; k < inputs; k++)
        if (low[k] > high[k])
            return vti_bad(r->in, err,
                           "the range of input %d of %s ends below its begin, at %g and %g", k + 1,
                           symbol, high[k], low[k]);
    return VT_OK;
}

static vt_status read_one_species(reading *r, vti_network *n, int s, vt_error *err) {
    const vti_network_shape *shape = &n->shape;
    const char *symbol = shape->species[s].symbol;
    char word[WORD], what[WORD + 32];
    int inputs = shape->width[0];
    double *parameter = n->parameter + (size_t)s * n->parameters;
    double *deviation = n->deviation + s * inputs;
    snprintf(what, sizeof what, "'of %s'", symbol);
    VTI_TRY(read_word(r, word, what, err));
    if (strcmp(word, "of") != 0) return vti_bad(r->in, err, "expected %s, found '%s'", what, word);
    VTI_TRY(read_word(r, word, what, err));
    if (strcmp(word, symbol) != 0)
        return vti_bad(r->in, err, "expected %s, found 'of %s'", what, word);
    VTI_TRY(read_head(r, "reference", NULL, 0, symbol, err));
    VTI_TRY(read_number(r, &n->reference[s], "the reference energy", err));
    VTI_TRY(read_table(r, "mean", &inputs, 1, symbol, n->mean + s * inputs, inputs, err));
    VTI_TRY(read_table(r, "deviation", &inputs, 1, symbol, deviation, inputs, err));
    for (int k = 0; k < inputs; k++)
        if (!(deviation[k] > 0))
            return vti_bad(r->in, err, "the deviation of input %d of %s must be positive, found %g",
                           k + 1, symbol, deviation[k]);
    VTI_TRY(find_word(r, err));
    if (strncmp(r->at, "low", 3) == 0) VTI_TRY(read_range(r, n, s, err));
    for (int k = 0; k < shape->layers; k++) {
        int in = shape->width[k], out = shape->width[k + 1];
        const int weights[3] = {k + 1, out, in}, biases[2] = {k + 1, out};
        VTI_TRY(read_table(r, "weights", weights, 3, symbol, parameter, out * in, err));
        VTI_TRY(read_table(r, "biases", biases, 2, symbol, parameter + out * in, out, err));
        parameter += out * (in + 1);
    }
    return VT_OK;
}

static vt_status read_species(reading *r, vti_network_shape *shape, vt_error *err) {
    while (*(r->at = (char *)(uintptr_t)vti_skip_blanks(r->at)) != '\0') {
        char word[WORD];
        if (shape->species_count == VT_MAX_SPECIES)
            return vti_bad(r->in, err, "there are more than %d species", VT_MAX_SPECIES);
        vt_species *s = &shape->species[shape->species_count++];
        VTI_TRY(read_word(r, word, "a species", err));
        if (strlen(word) >= sizeof s->symbol)
            return vti_bad(r->in, err, "the symbol '%s' is too long; %d letters are possible", word,
                           (int)sizeof s->symbol - 1);
        strcpy(s->symbol, word);
        VTI_TRY(read_number(r, &s->mass, "a mass (amu)", err));
    }
    return VT_OK;
}

static vt_status read_word_as(reading *r, const char *word, vt_error *err) {
    char found[WORD], what[WORD + 8];
    snprintf(what, sizeof what, "'%s'", word);
    VTI_TRY(read_word(r, found, what, err));
    return strcmp(found, word) == 0 ? VT_OK
                                    : vti_bad(r->in, err, "expected %s, found '%s'", what, found);
}

static vt_status read_shape(reading *r, vti_network_shape *shape, vt_error *err) {
    char word[WORD];
    int version = 0;
    VTI_TRY(next_line(r, err));
    if (r->ended || strncmp(r->at, HEADER, sizeof HEADER - 1) != 0)
        return vti_bad(r->in, err,
                       "expected '%s %d' in the first line: this is no file of a network "
                       "potential",
                       HEADER, VERSION);
    r->at += sizeof HEADER - 1;
    VTI_TRY(read_whole(r, &version, "the version", err));
    if (version < 1 || version > VERSION)
        return vti_bad(r->in, err,
                       "the file is of version %d, but this program knows versions up to %d; take "
                       "a newer program",
                       version, VERSION);
    VTI_TRY(read_word_as(r, "species", err));
    VTI_TRY(read_species(r, shape, err));
    VTI_TRY(read_word_as(r, "descriptor", err));
    VTI_TRY(read_word_as(r, "chebyshev", err));
    VTI_TRY(read_whole(r, &shape->descriptor.n_max, "the largest n", err));
    VTI_TRY(read_whole(r, &shape->descriptor.l_max, "the largest l", err));
    VTI_TRY(read_number(r, &shape->descriptor.cutoff, "the cutoff", err));
    VTI_TRY(read_word_as(r, "activation", err));
    VTI_TRY(read_word(r, word, "an activation", err));
    int a = 0;
    while (a < VTI_ACTIVATIONS && strcmp(vti_activation_names[a], word) != 0) a++;
    if (a == VTI_ACTIVATIONS)
        return vti_bad(r->in, err, "expected the activation silu or tanh, found '%s'", word);
    shape->activation = (vti_activation)a;
    VTI_TRY(read_word_as(r, "layers", err));
    shape->layers = 1;
    while (*(r->at = (char *)(uintptr_t)vti_skip_blanks(r->at)) != '\0') {
        if (shape->layers > VTI_NETWORK_LAYERS)
            return vti_bad(r->in, err, "there are more than %d hidden layers", VTI_NETWORK_LAYERS);
        VTI_TRY(read_whole(r, &shape->width[shape->layers++], "the size of a layer", err));
    }
    vt_error problem = {0};
    if (vt_failed(vti_network_check(shape, &problem)))
        return vti_bad(r->in, err, "%s", problem.msg);
    return VT_OK;
}

static vt_status check_sum(reading *r, vt_error *err) {
    char word[WORD + 8], sum[65];
    const char *at;
    VTI_TRY(find_word(r, err));
    at = r->at;
    if (r->ended || !vti_scan_word(&at, word, sizeof word) || strcmp(word, "sha256") != 0)
        return expected(r, "the line 'sha256 ...' at the end", err);
    if (!vti_scan_word(&at, word, sizeof word) || strlen(word) != 64)
        return vti_bad(r->in, err,
                       "expected 64 digits behind 'sha256'; the file has been cut short");
    vt_sha256_end(&r->lines, sum);
    if (strcmp(sum, word) != 0)
        return vti_bad(r->in, err,
                       "the lines before have the sum %.12s..., not %.12s...: the file has been "
                       "changed or damaged; write a network again instead of editing its file",
                       sum, word);
    r->at += at - r->at;
    VTI_TRY(find_word(r, err));
    return r->ended ? VT_OK : expected(r, "the end of the file", err);
}

static vti_network *read_all(reading *r, vt_error *err) {
    vti_network_shape shape = {0};
    if (vt_failed(read_shape(r, &shape, err))) return NULL;
    vti_network *n = vti_network_create(&shape, err);
    vt_status status = n != NULL ? VT_OK : VT_ENOMEM;
    for (int s = 0; s < shape.species_count && !vt_failed(status); s++)
        status = read_one_species(r, n, s, err);
    if (!vt_failed(status)) status = check_sum(r, err);
    if (!vt_failed(status)) return n;
    vti_network_destroy(n);
    return NULL;
}

vti_network *vti_network_read(const char *path, char sha256[65], vt_error *err) {
    reading r = {.in = vti_input_open(path, err), .at = (char *)""};
    if (r.in == NULL) return NULL;
    vt_sha256_start(&r.text);
    vt_sha256_start(&r.lines);
    vti_input_watch(r.in, see, &r);
    vti_network *network = read_all(&r, err);
    vti_input_close(r.in);
    vt_sha256_end(&r.text, sha256);
    return network;
}

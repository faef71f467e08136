/* Atoms read row by row: memory by need, order by id, types to species. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "io/internal.h"

enum { FIRST_VALUES = 1 << 14, FIRST_TEXT = 4096, LOOK_AT = 512 /* rows */ };

/* ---------------------------------------------------------------- rows ---- */

static vt_status grow(vti_table *t, size_t capacity, vt_error *err) {
    size_t old = t->capacity;
    int64_t *line = vt_grow(t->line, old, capacity, sizeof *line);
    if (line == NULL) return vt_fail_memory(err, capacity, sizeof *line, "reading atoms");
    t->line = line;
    if (t->has_symbol) {
        void *symbol = vt_grow(t->symbol, old, capacity, sizeof *t->symbol);
        if (symbol == NULL)
            return vt_fail_memory(err, capacity, sizeof *t->symbol, "reading atoms");
        t->symbol = symbol;
    }
    if (t->has_mass) {
        double *mass = vt_grow(t->mass, old, capacity, sizeof *mass);
        if (mass == NULL) return vt_fail_memory(err, capacity, sizeof *mass, "reading atoms");
        t->mass = mass;
    }
    for (int k = 0; k < t->columns; k++) {
        vti_column *c = &t->column[k];
        if (c->kind == VT_VALUE_TEXT) continue;
        double *number = vt_grow(c->number, old * c->width, capacity * c->width, sizeof *number);
        if (number == NULL)
            return vt_fail_memory(err, capacity * c->width, sizeof *number, "reading columns");
        c->number = number;
        if (c->whole == NULL) continue;
        int64_t *whole = vt_grow(c->whole, old * c->width, capacity * c->width, sizeof *whole);
        if (whole == NULL)
            return vt_fail_memory(err, capacity * c->width, sizeof *whole, "reading columns");
        c->whole = whole;
    }
    t->capacity = capacity;
    return vt_atoms_resize(t->frame->atoms, capacity, err);
}

vt_status vti_table_start(vti_table *t, vt_frame *frame, const vt_box *box, size_t expected,
                          vt_error *err) {
    t->frame = frame;
    frame->atoms = vt_atoms_create(0, box, err);
    if (frame->atoms == NULL) return err != NULL ? err->code : VT_ENOMEM;
    vti_look_start(&t->look, box);
    return grow(t, expected, err);
}

vt_status vti_table_row(vti_table *t, const vti_input *in, vt_error *err) {
    if (t->count == t->capacity) {
        size_t values = 4; /* of positions and the like */
        for (int k = 0; k < t->columns; k++) values += t->column[k].width;
        VTI_TRY(grow(t, 2 * t->capacity + FIRST_VALUES / values + 1, err));
    }
    if (t->count - t->look.seen >= LOOK_AT) vti_look_on(&t->look, t->frame->atoms, t->count);
    t->line[t->count++] = vti_input_line_number(in);
    return VT_OK;
}

int vti_table_add_column(vti_table *t, const char *name, vt_value_kind kind, size_t width,
                         const vti_input *in, vt_error *err) {
    if (t->columns == VTI_MAX_COLUMNS)
        return (int)vti_bad(in, err, "more than %d columns; vitrum keeps no more", VTI_MAX_COLUMNS);
    vti_column *c = &t->column[t->columns];
    *c = (vti_column){.kind = kind, .width = width};
    snprintf(c->name, sizeof c->name, "%s", name);
    return t->columns++;
}

vt_status vti_table_symbol(vti_table *t, const char *word, const vti_input *in, vt_error *err) {
    char *to = t->symbol[t->count - 1];
    for (size_t n = 0; n < VT_SYMBOL_SIZE; n++)
        if ((to[n] = word[n]) == '\0') return VT_OK;
    return vti_bad(in, err, "'%.40s' is no symbol of a species; at most %d letters", word,
                   VT_SYMBOL_SIZE - 1);
}

bool vti_is_whole(double value) {
    static const double EXACT = 9007199254740992; /* 2^53 */
    return fabs(value) <= EXACT && value == floor(value);
}

void vti_column_set(vti_column *c, size_t item, double value) {
    c->number[item] = value;
    if (c->kind == VT_VALUE_INTEGER && !vti_is_whole(value)) c->kind = VT_VALUE_REAL;
}

vt_status vti_column_set_whole(vti_table *t, int column, size_t item, int64_t value,
                               vt_error *err) {
    static const int64_t EXACT = INT64_C(1) << 53;
    vti_column *c = &t->column[column];
    c->number[item] = (double)value;
    if (c->whole == NULL && value >= -EXACT && value <= EXACT) return VT_OK;
    if (c->whole == NULL) {
        size_t room = t->capacity * c->width;
        c->whole = vt_alloc(room, sizeof *c->whole);
        if (c->whole == NULL) return vt_fail_memory(err, room, sizeof *c->whole, c->name);
        for (size_t k = 0; k < item; k++) c->whole[k] = (int64_t)c->number[k];
    }
    c->whole[item] = value;
    return VT_OK;
}

vt_status vti_table_text(vti_table *t, int column, const char *word, vt_error *err) {
    vti_column *c = &t->column[column];
    size_t n = strlen(word) + 1;
    if (c->text_size + n > c->text_capacity) {
        size_t capacity = 2 * c->text_capacity + n + FIRST_TEXT;
        char *text = vt_grow(c->text, c->text_size, capacity, 1);
        if (text == NULL) return vt_fail_memory(err, capacity, 1, "reading columns");
        c->text = text;
        c->text_capacity = capacity;
    }
    memcpy(c->text + c->text_size, word, n);
    c->text_size += n;
    return VT_OK;
}

/* Hand the columns over to the frame. */
static vt_status give_columns(vti_table *t, vt_error *err) {
    for (int k = 0; k < t->columns; k++) {
        const vti_column *c = &t->column[k];
        vt_values *v = vt_frame_add_column(t->frame, c->name, c->kind, c->width, c->text_size, err);
        if (v == NULL) return err != NULL ? err->code : VT_ENOMEM;
        if (c->kind == VT_VALUE_TEXT && c->text_size > 0)
            memcpy(v->text, c->text, c->text_size);
        else if (t->count > 0)
            memcpy(v->number, c->number, t->count * c->width * sizeof(double));
        if (c->whole == NULL || c->kind != VT_VALUE_INTEGER) continue;
        if (vt_failed(vt_frame_add_whole(v, err))) return VT_ENOMEM;
        memcpy(v->whole, c->whole, t->count * c->width * sizeof *v->whole);
    }
    return VT_OK;
}

void vti_table_free(vti_table *t) {
    for (int k = 0; k < t->columns; k++) {
        vt_free(t->column[k].number);
        vt_free(t->column[k].whole);
        vt_free(t->column[k].text);
    }
    vt_free(t->line);
    vt_free(t->symbol);
    vt_free(t->mass);
    *t = (vti_table){0};
}

/* ---------------------------------------------------------------- order ---- */

typedef struct {
    int64_t id;
    int32_t row;
} id_row;

static int by_id(const void *a, const void *b) {
    const id_row *x = a, *y = b;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

/* Reorder `count` items of `size` bytes. */
static vt_status permute(void *data, const id_row *order, size_t count, size_t size,
                         vt_error *err) {
    char *copy = vt_alloc(count, size);
    if (copy == NULL) return vt_fail_memory(err, count, size, "sorting atoms");
    for (size_t k = 0; k < count; k++)
        memcpy(copy + k * size, (char *)data + (size_t)order[k].row * size, size);
    memcpy(data, copy, count * size);
    vt_free(copy);
    return VT_OK;
}

static vt_status permute_text(vt_values *column, const id_row *order, vt_error *err) {
    char *copy = vt_alloc(column->text_size, 1);
    const char **start = vt_alloc(column->rows + 1, sizeof *start);
    vt_status status = VT_OK;
    if (copy == NULL || start == NULL) {
        status = vt_fail_memory(err, column->text_size, 1, "sorting atoms");
    } else {
        const char *p = column->text;
        for (size_t row = 0; row < column->rows; row++) {
            start[row] = p;
            for (size_t c = 0; c < column->columns; c++) p += strlen(p) + 1;
        }
        start[column->rows] = p;
        char *to = copy;
        for (size_t k = 0; k < column->rows; k++) {
            size_t n = (size_t)(start[order[k].row + 1] - start[order[k].row]);
            memcpy(to, start[order[k].row], n);
            to += n;
        }
        memcpy(column->text, copy, column->text_size);
    }
    vt_free(copy);
    vt_free((void *)start);
    return status;
}

static vt_status apply_order(vti_table *t, const id_row *order, vt_error *err) {
    vt_frame *frame = t->frame;
    int32_t *index = vt_alloc(t->count, sizeof *index);
    if (index == NULL) return vt_fail_memory(err, t->count, sizeof *index, "sorting atoms");
    for (size_t k = 0; k < t->count; k++) index[k] = order[k].row;
    vt_atoms *sorted = vt_atoms_permuted(frame->atoms, index, t->count, err);
    vt_free(index);
    if (sorted == NULL) return err != NULL ? err->code : VT_ENOMEM;
    vt_atoms_destroy(frame->atoms);
    frame->atoms = sorted;
    vt_status status = permute(t->line, order, t->count, sizeof *t->line, err);
    if (!vt_failed(status) && t->has_symbol)
        status = permute(t->symbol, order, t->count, sizeof *t->symbol, err);
    if (!vt_failed(status) && t->has_mass)
        status = permute(t->mass, order, t->count, sizeof *t->mass, err);
    for (size_t k = 0; k < frame->column_count && !vt_failed(status); k++) {
        vt_values *c = &frame->column[k];
        status = c->kind == VT_VALUE_TEXT
                     ? permute_text(c, order, err)
                     : permute(c->number, order, t->count, c->columns * sizeof(double), err);
        if (!vt_failed(status) && c->whole != NULL)
            status = permute(c->whole, order, t->count, c->columns * sizeof *c->whole, err);
    }
    return status;
}

static vt_status sort_by_id(vti_table *t, const vti_input *in, vt_error *err) {
    const int64_t *id = t->frame->atoms->id;
    bool sorted = true;
    for (size_t i = 0; i < t->count; i++) {
        if (id[i] < 1)
            return vti_bad_at(in, t->line[i], err, "atom id %lld is not positive; number from 1",
                              (long long)id[i]);
        if (i > 0 && id[i] <= id[i - 1]) sorted = false;
    }
    if (sorted) return VT_OK;
    id_row *order = vt_alloc(t->count, sizeof *order);
    if (order == NULL) return vt_fail_memory(err, t->count, sizeof *order, "sorting atoms");
    for (size_t i = 0; i < t->count; i++) order[i] = (id_row){id[i], (int32_t)i};
    qsort(order, t->count, sizeof *order, by_id);
    vt_status status = VT_OK;
    for (size_t k = 1; k < t->count && !vt_failed(status); k++)
        if (order[k].id == order[k - 1].id)
            status = vti_bad_at(in, t->line[order[k].row], err,
                                "atom id %lld was already on line %lld; ids must differ",
                                (long long)order[k].id, (long long)t->line[order[k - 1].row]);
    if (!vt_failed(status) && !t->keep_order) status = apply_order(t, order, err);
    vt_free(order);
    return status;
}

/* ---------------------------------------------------------------- species ---- */

static const double MASS_TOLERANCE = 0.05; /* amu: files round masses to 0.1 at worst */

static const double LIGHTEST = 1e-6; /* amu: far below an electron */

/* Masses of Lennard-Jones units are whole and small, most of all 1; whoever means hydrogen or
   helium gives digits. */
static const double HEAVIEST_REDUCED = 4;

bool vti_reduced_mass(double mass) {
    return mass <= HEAVIEST_REDUCED && mass == floor(mass);
}

const char *vti_element_of_mass(double mass) {
    const char *nearest = NULL, *symbol;
    if (vti_reduced_mass(mass)) return NULL;
    double least = MASS_TOLERANCE;
    for (int n = 1; (symbol = vt_element_symbol(n)) != NULL; n++) {
        double difference = fabs(vt_element_mass(symbol) - mass);
        if (difference <= least) {
            least = difference;
            nearest = symbol;
        }
    }
    return nearest;
}

const char *vti_element_of_name(const char *name, double mass) {
    char symbol[VT_SYMBOL_SIZE] = "";
    size_t n = 0;
    while ((name[n] >= 'A' && name[n] <= 'Z') || (name[n] >= 'a' && name[n] <= 'z')) n++;
    if (n == 0 || n >= sizeof symbol || name[n] == '\0') return name;
    if (name[n] != '_' && !(name[n] >= '0' && name[n] <= '9')) return name;
    memcpy(symbol, name, n);
    int number = vt_element_number(symbol);
    double own = vt_element_mass(symbol);
    return number == 0 || (mass > 0 && fabs(mass - own) > MASS_TOLERANCE)
               ? name
               : vt_element_symbol(number);
}

vt_status vti_set_species(vt_atoms *atoms, int k, const char *symbol, double mass,
                          const vti_input *in, int64_t line, vt_error *err) {
    size_t length = strlen(symbol);
    if (k >= VT_MAX_SPECIES)
        return vti_bad_at(in, line, err, "'%.40s' would be species number %d; the limit is %d",
                          symbol, k + 1, VT_MAX_SPECIES);
    if (!vt_is_species_name(symbol))
        return vti_bad_at(in, line, err,
                          "'%.40s' is no name of a species; use 1 to %d characters without blanks, "
                          "the first a letter",
                          symbol, VT_SYMBOL_SIZE - 1);
    double own = vt_element_mass(symbol);
    if (mass <= 0) mass = own;
    if (mass <= 0)
        return vti_bad_at(in, line, err,
                          "the mass of species '%s' is unknown: it is no element, and the file "
                          "gives no mass; name elements with the option species",
                          symbol);
    if (!(mass >= LIGHTEST && mass <= VT_LARGEST_MASS))
        return vti_bad_at(in, line, err,
                          "species '%s' has a mass of %g amu; atomic masses are 1 to 300", symbol,
                          mass);
    const char *other = vti_element_of_mass(mass);
    if (own > 0 && fabs(own - mass) > MASS_TOLERANCE && other != NULL)
        return vti_bad_at(in, line, err,
                          "species %d is called '%s' but has the mass %g amu of '%s'; correct the "
                          "order of the species",
                          k + 1, symbol, mass, other);
    vt_species *s = &atoms->species[k];
    *s = (vt_species){.mass = mass};
    memcpy(s->symbol, symbol, length);
    if (k >= atoms->species_count) atoms->species_count = k + 1;
    return VT_OK;
}

static vt_status need_species(const vti_input *in, int types, bool by_default, vt_error *err) {
    if (by_default)
        return vti_bad(in, err,
                       "all atoms are called 'C', as LAMMPS does unless dump_modify names the "
                       "elements; say what they are: species = %s, or %s for carbon",
                       types == 1 ? "{\"Cu\"}" : "{\"Cu\", \"Zr\"} (one symbol per type)",
                       types == 1 ? "{\"C\"}" : "{\"C\", \"C\"}");
    if (types == 1)
        return vti_bad(in, err,
                       "the file does not say which element its atoms are; say it with species = "
                       "{\"Cu\"}");
    return vti_bad(in, err,
                   "the file does not say which elements its %d atom types are; say it with "
                   "species = {\"Cu\", \"Zr\"} (one symbol per type, in the order of the types)",
                   types);
}

/* A symbol, filled up with zeros, as one number: they are compared for each atom. */
static uint64_t symbol_key(const char *symbol) {
    char filled[VT_SYMBOL_SIZE] = "";
    uint64_t key;
    static_assert(sizeof key == sizeof filled, "a symbol fills a word");
    memcpy(filled, symbol, strlen(symbol));
    memcpy(&key, filled, sizeof key);
    return key;
}

/* Rows have symbols and no type numbers, or the numbers are of no use: species in the order of the
   option, else of first appearance. */
static vt_status species_by_symbol(vti_table *t, const vti_input *in,
                                   const vt_read_options *options, vt_error *err) {
    vt_atoms *atoms = t->frame->atoms;
    bool given = options->species_count > 0;
    for (int k = 0; k < options->species_count; k++) {
        /* A name that is no element takes the mass of its first row below, if there is one. */
        double mass = vt_element_mass(options->species[k]);
        for (size_t i = 0; mass <= 0 && t->has_mass && i < t->count; i++)
            if (strcmp(t->symbol[i], options->species[k]) == 0) mass = t->mass[i];
        VTI_TRY(vti_set_species(atoms, k, options->species[k], mass, in, vti_input_line_number(in),
                                err));
    }
    uint64_t known[VT_MAX_SPECIES];
    for (int k = 0; k < atoms->species_count; k++) known[k] = symbol_key(atoms->species[k].symbol);
    for (size_t i = 0; i < t->count; i++) {
        uint64_t own;
        memcpy(&own, t->symbol[i], sizeof own); /* rows begin as zeros */
        int k = 0;
        while (k < atoms->species_count && known[k] != own) k++;
        if (k < atoms->species_count) {
            atoms->type[i] = k;
            continue;
        }
        if (given)
            return vti_bad_at(in, t->line[i], err,
                              "species '%s' is not among the %d given with the option species, "
                              "which renames types only where the file has their numbers; add it "
                              "there or leave the option out",
                              t->symbol[i], options->species_count);
        double mass = t->has_mass ? t->mass[i] : 0;
        const char *symbol = vti_element_of_name(t->symbol[i], mass);
        if (mass <= 0 && vt_element_mass(symbol) <= 0)
            return vti_bad_at(in, t->line[i], err,
                              "the mass of species '%s' is unknown: it is no element, and the "
                              "file has neither masses nor numbers of types; write a column mass "
                              "or type too, or elements as names",
                              t->symbol[i]);
        VTI_TRY(vti_set_species(atoms, k, symbol, mass, in, t->line[i], err));
        known[k] = own;
        atoms->type[i] = k;
    }
    return VT_OK;
}

/* All atoms are called C, which is what LAMMPS writes where nobody named the elements, and no
   masses say that they are carbon. */
static bool names_nothing(const vti_table *t) {
    if (!t->default_carbon || !t->has_symbol) return false;
    bool carbon = t->has_mass;
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->symbol[i], "C") != 0) return false;
        carbon = carbon && fabs(t->mass[i] - vt_element_mass("C")) <= MASS_TOLERANCE;
    }
    return !carbon;
}

/* Nothing tells the atoms apart: one species for all of them. */
static vt_status one_species(vti_table *t, const vti_input *in, const vt_read_options *options,
                             bool by_default, vt_error *err) {
    int given = options->species_count;
    if (given > 1)
        return vti_bad(
            in, err,
            "nothing in the file tells which atoms are of which of the %d species given; "
            "write a column type or element, or give one species for all",
            given);
    if (given == 0) return need_species(in, 1, by_default, err);
    return vti_set_species(t->frame->atoms, 0, options->species[0], 0, in,
                           vti_input_line_number(in), err);
}

/* Rows have type numbers (from 1, held in atoms->type): species of type t is number t - 1, named
   by the option, by the rows' symbols or by their masses. */
static vt_status species_by_type(vti_table *t, const vti_input *in, const vt_read_options *options,
                                 bool by_default, vt_error *err) {
    vt_atoms *atoms = t->frame->atoms;
    int types = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (atoms->type[i] < 1 || atoms->type[i] > VT_MAX_SPECIES)
            return vti_bad_at(in, t->line[i], err, "atom type %d is outside 1 to %d",
                              atoms->type[i], VT_MAX_SPECIES);
        if (atoms->type[i] > types) types = atoms->type[i];
    }
    int given = options->species_count;
    if (given > 0 && types > given)
        return vti_bad(in, err,
                       "atoms of type %d, but the option species names %d; give one symbol per "
                       "type",
                       types, given);
    size_t first[VT_MAX_SPECIES];
    for (int k = 0; k < VT_MAX_SPECIES; k++) first[k] = SIZE_MAX;
    for (size_t i = t->count; i-- > 0;) first[atoms->type[i] - 1] = i;
    int count = given > 0 ? given : types, species[VT_MAX_SPECIES], known = 0;
    bool tells = t->has_symbol || t->has_mass;
    for (int k = 0; k < count; k++) {
        size_t i = first[k];
        /* A type without atoms leaves no trace in a dump: without the option it is dropped. */
        if (given == 0 && i == SIZE_MAX && tells) continue;
        double mass = t->has_mass && i != SIZE_MAX ? t->mass[i] : 0;
        const char *symbol = given > 0       ? options->species[k]
                             : t->has_symbol ? vti_element_of_name(t->symbol[i], mass)
                             : mass > 0      ? vti_element_of_mass(mass)
                                             : NULL;
        if (symbol == NULL) return need_species(in, types, by_default, err);
        VTI_TRY(vti_set_species(atoms, known, symbol, mass, in, vti_input_line_number(in), err));
        species[k] = known++;
    }
    for (size_t i = 0; i < t->count; i++) {
        int type = atoms->type[i], k = species[type - 1];
        const char *same = t->has_symbol ? t->symbol[first[type - 1]] : NULL;
        if (same != NULL && given == 0 && strcmp(t->symbol[i], same) != 0)
            return vti_bad_at(in, t->line[i], err,
                              "an atom of type %d is '%s', but others of that type are '%s'; say "
                              "what the types are with the option species",
                              type, t->symbol[i], same);
        atoms->type[i] = k;
    }
    return VT_OK;
}

static vt_status check_positions(vti_table *t, const vti_input *in, vt_error *err) {
    vt_error why = {0};
    size_t i = 0;
    return vt_failed(vti_look_end(&t->look, t->frame->atoms, &i, &why))
               ? vti_bad_at(in, t->line[i], err, "%s; the run that wrote it went wrong", why.msg)
               : VT_OK;
}

/* Image counts along free axes mean nothing, whatever a file says. */
static void drop_free_images(vt_atoms *a) {
    int32_t *const image[3] = {a->ix, a->iy, a->iz};
    for (int k = 0; k < 3; k++)
        if (!a->box.periodic[k]) memset(image[k], 0, a->count * sizeof *image[k]);
}

vt_status vti_table_finish(vti_table *t, const vti_input *in, const vt_read_options *options,
                           vt_error *err) {
    vt_status status = vt_atoms_resize(t->frame->atoms, t->count, err);
    if (!vt_failed(status)) status = check_positions(t, in, err);
    if (!vt_failed(status)) status = give_columns(t, err);
    if (!vt_failed(status)) drop_free_images(t->frame->atoms);
    if (!vt_failed(status) && t->has_id) status = sort_by_id(t, in, err);
    if (vt_failed(status)) return status;
    for (size_t i = 0; t->has_mass && i < t->count; i++)
        if (!(t->mass[i] > 0))
            return vti_bad_at(in, t->line[i], err, "mass %g amu is not positive", t->mass[i]);
    if (t->count == 0 || t->has_species) return VT_OK;
    bool by_default = names_nothing(t);
    if (by_default) t->has_symbol = false;
    if (t->has_type) return species_by_type(t, in, options, by_default, err);
    if (t->has_symbol) return species_by_symbol(t, in, options, err);
    return one_species(t, in, options, by_default, err);
}

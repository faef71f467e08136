/* What is near to some places, in time that grows with the places and not with the atoms.

   Places are put into the cells of the domains, and each occupied cell looks through the cells
   within reach; what an image of a cell's atoms has as their least distances stands in one run of
   numbers, found by hashing the unwrapped cell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "neighbors/decomposition.h"

typedef struct {
    int cell[3];
    size_t center;
} located;

/* An image of a cell. */
typedef struct {
    int at[3];
    size_t cell;  /* of the grid */
    int turns[3]; /* of the box */
    size_t least; /* where its atoms' least distances begin */
    size_t open;  /* of them that no center within reach is known of */
    bool used;
} seen;

typedef struct {
    const vti_domains *d;
    const vti_places *atoms;
    double reach2;
    bool any;                 /* any distance within reach does for the least */
    size_t slots, seen_count; /* of the hash table, a power of two */
    seen *table;
    size_t least_count, least_capacity;
    double *least;
} search;

static int compare(const void *a, const void *b) {
    const located *p = a, *q = b;
    for (int k = 0; k < 3; k++)
        if (p->cell[k] != q->cell[k]) return p->cell[k] < q->cell[k] ? -1 : 1;
    return p->center < q->center ? -1 : p->center > q->center;
}

static size_t hash(const int at[3], size_t slots) {
    uint64_t h = 0;
    for (int k = 0; k < 3; k++) h = (h ^ (uint32_t)at[k]) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(h >> 20) & (slots - 1);
}

static seen *slot_of(seen *table, size_t slots, const int at[3]) {
    size_t k = hash(at, slots);
    while (table[k].used && memcmp(table[k].at, at, sizeof table[k].at) != 0)
        k = (k + 1) & (slots - 1);
    return &table[k];
}

static bool grow_table(search *s) {
    size_t slots = s->slots == 0 ? 1024 : 2 * s->slots;
    seen *table = vt_alloc(slots, sizeof *table);
    if (table == NULL) return false;
    for (size_t k = 0; k < s->slots; k++)
        if (s->table[k].used) *slot_of(table, slots, s->table[k].at) = s->table[k];
    vt_free(s->table);
    s->table = table;
    s->slots = slots;
    return true;
}

/* The image of a cell at `at`, noted when it is met first; NULL when there is none there, and
 *memory false when there is no room to note it. */
static seen *find(search *s, const int at[3], bool *memory) {
    const struct vti_decomposition *in = s->d->internal;
    seen *c = slot_of(s->table, s->slots, at);
    if (c->used) return c;
    seen found = {.used = true};
    memcpy(found.at, at, sizeof found.at);
    if (!vti_grid_wrap(&in->grid, at, found.turns, &found.cell)) return NULL;
    size_t atoms = (size_t)(in->cell_start[found.cell + 1] - in->cell_start[found.cell]);
    if (s->least_count + atoms > s->least_capacity) {
        size_t capacity = 2 * (s->least_capacity + atoms) + 1024;
        double *least = vt_grow(s->least, s->least_count, capacity, sizeof *least);
        *memory = least != NULL;
        if (least == NULL) return NULL;
        s->least = least;
        s->least_capacity = capacity;
    }
    found.least = s->least_count;
    found.open = atoms;
    for (size_t k = 0; k < atoms; k++) s->least[s->least_count++] = INFINITY;
    *c = found;
    if (2 * ++s->seen_count < s->slots) return c;
    *memory = grow_table(s);
    return *memory ? slot_of(s->table, s->slots, at) : NULL;
}

static void position(const search *s, const seen *c, int32_t atom, double r[3]) {
    const double(*h)[3] = s->atoms->box->h;
    for (int k = 0; k < 3; k++)
        r[k] = s->d->position[atom][k] +
               (c->turns[0] * h[0][k] + c->turns[1] * h[1][k] + c->turns[2] * h[2][k]);
}

static void measure(search *s, seen *c, const located *from, const located *to,
                    const double (*center)[3]) {
    const struct vti_decomposition *in = s->d->internal;
    if (s->any && c->open == 0) return;
    size_t begin = (size_t)in->cell_start[c->cell], end = (size_t)in->cell_start[c->cell + 1];
    for (size_t k = begin; k < end; k++) {
        double r[3], *least = &s->least[c->least + (k - begin)];
        bool known = *least <= s->reach2;
        if (known && s->any) continue;
        position(s, c, in->sorted[k], r);
        for (const located *l = from; l < to && !(s->any && *least <= s->reach2); l++) {
            const double *at = center[l->center];
            double x = r[0] - at[0], y = r[1] - at[1], z = r[2] - at[2];
            double d2 = x * x + y * y + z * z;
            if (d2 < *least) *least = d2;
        }
        c->open -= !known && *least <= s->reach2;
    }
}

/* Look through the cells within reach of the centers from..to, which are in one cell. */
static bool look_around(search *s, const int cells[3], const located *from, const located *to,
                        const double (*center)[3]) {
    int at[3];
    const int *own = from->cell;
    for (at[2] = own[2] - cells[2]; at[2] <= own[2] + cells[2]; at[2]++)
        for (at[1] = own[1] - cells[1]; at[1] <= own[1] + cells[1]; at[1]++)
            for (at[0] = own[0] - cells[0]; at[0] <= own[0] + cells[0]; at[0]++) {
                bool memory = true;
                seen *c = find(s, at, &memory);
                if (!memory) return false;
                if (c != NULL) measure(s, c, from, to, center);
            }
    return true;
}

static void locate(const search *s, const double (*center)[3], size_t count, located *out) {
    const vti_grid *grid = &s->d->internal->grid;
    vti_fractional_map map = vti_fractional_map_of(s->atoms->box);
    for (size_t i = 0; i < count; i++) {
        double at[3];
        vti_to_fractional(&map, center[i], at);
        out[i].center = i;
        for (int k = 0; k < 3; k++) {
            double cell = floor((at[k] - grid->low[k]) * grid->scale[k]);
            if (!grid->periodic[k]) cell = fmin(fmax(cell, 0), grid->count[k] - 1);
            out[i].cell[k] = (int)cell;
        }
    }
}

static int compare_near(const void *a, const void *b) {
    const vti_near_image *p = a, *q = b;
    if (p->atom != q->atom) return p->atom < q->atom ? -1 : 1;
    for (int k = 2; k >= 0; k--)
        if (p->image[k] != q->image[k]) return p->image[k] < q->image[k] ? -1 : 1;
    return 0;
}

/* What is within reach, in the order of the atoms. */
static vti_near_image *gather(const search *s, size_t *count) {
    const struct vti_decomposition *in = s->d->internal;
    *count = 0;
    for (size_t k = 0; k < s->least_count; k++) *count += s->least[k] <= s->reach2;
    vti_near_image *out = vt_alloc(*count, sizeof *out), *next = out;
    for (size_t k = 0; out != NULL && k < s->slots; k++) {
        const seen *c = &s->table[k];
        if (!c->used) continue;
        size_t begin = (size_t)in->cell_start[c->cell], end = (size_t)in->cell_start[c->cell + 1];
        for (size_t n = begin; n < end; n++) {
            double d2 = s->least[c->least + (n - begin)];
            if (!(d2 <= s->reach2)) continue;
            next->atom = in->sorted[n];
            next->d2 = d2;
            position(s, c, next->atom, next->r);
            for (int q = 0; q < 3; q++)
                next->image[q] =
                    c->turns[q] + (in->shifted ? in->own_shift[3 * next->atom + q] : 0);
            next++;
        }
    }
    if (out != NULL) qsort(out, *count, sizeof *out, compare_near);
    return out;
}

vti_near_image *vti_domains_around(const vti_domains *d, const vti_places *atoms,
                                   const double (*center)[3], size_t centers, double reach,
                                   bool any, size_t *count, vt_error *err) {
    search s = {.d = d, .atoms = atoms, .reach2 = reach * reach, .any = any};
    const vti_grid *grid = &d->internal->grid;
    int cells[3];
    /* Atoms may have left their cell by half the skin since it was filled, centers likewise. */
    for (int k = 0; k < 3; k++) cells[k] = (int)ceil((reach + d->skin) / grid->width[k]);
    vti_near_image *out = NULL;
    located *place = vt_alloc(centers, sizeof *place);
    bool complete = place != NULL && grow_table(&s);
    if (complete) {
        locate(&s, center, centers, place);
        qsort(place, centers, sizeof *place, compare);
    }
    for (size_t from = 0, to; complete && from < centers; from = to) {
        for (to = from + 1; to < centers; to++)
            if (memcmp(place[to].cell, place[from].cell, sizeof place->cell) != 0) break;
        complete = look_around(&s, cells, place + from, place + to, center);
    }
    if (complete) out = gather(&s, count);
    if (out == NULL) vt_fail_memory(err, s.least_count, sizeof *out, "looking around");
    vt_free(place);
    vt_free(s.table);
    vt_free(s.least);
    return out;
}

/* Pairs within rmax counted into shells, four at a time; compiled once per instruction set. Of the
   pairs in the cells around an atom most are too far away, and which ones no processor can guess.
   So the distances of a group to an atom, a row, are found without a branch, rows with some pair
   within rmax are kept one after the other, and only these get roots, angles and places in the
   histogram. */
#include "base/simd.h"
#include "structure/count.h"

/* The atoms of a group, one in each lane, moved by -shift; those that it lacks are infinitely far
   away. */
typedef struct {
    lanes x, y, z;
    lane_index row; /* kind of a pair with an atom of the first species */
} four;

/* Of the cells and the counter, what the compiler would look up anew after every store. */
typedef struct {
    const double *x, *y, *z;
    const int32_t *type;
    double *square, *along;
    int32_t *kind;
    lanes limit, axis[3];
} places;

VTI_INLINE lane_index all_index(int32_t k) {
    return (lane_index){k, k, k, k};
}

VTI_INLINE four take_group(const vti_shells *s, const vti_cells *cells, const vti_pairs *p) {
    four g = {.x = load(cells->x + p->first) - all(p->shift[0]),
              .y = load(cells->y + p->first) - all(p->shift[1]),
              .z = load(cells->z + p->first) - all(p->shift[2])};
    memcpy(&g.row, cells->type + p->first, sizeof g.row);
    g.row *= all_index(s->species_count);
    for (size_t k = p->count; k < LANES; k++) g.x[k] = INFINITY;
    return g;
}

/* Row number `row` from a group and atom j. Returns the number of rows there are then. */
VTI_INLINE size_t collect(const places *at, const four *g, size_t j, size_t row,
                          const bool has_axis) {
    lanes dx = all(at->x[j]) - g->x, dy = all(at->y[j]) - g->y, dz = all(at->z[j]) - g->z;
    lanes square = dx * dx + dy * dy + dz * dz;
    lane_index kind = g->row + all_index(at->type[j]);
    store(at->square + LANES * row, square);
    memcpy(at->kind + LANES * row, &kind, sizeof kind);
    if (has_axis)
        store(at->along + LANES * row, dx * at->axis[0] + dy * at->axis[1] + dz * at->axis[2]);
    return row + (mask_bits(square < at->limit) != 0);
}

VTI_INLINE void collect_all(vti_counter *c, const vti_cells *cells, const vti_pairs *p,
                            const bool has_axis) {
    const vti_shells *s = c->shells;
    const places at = {.x = cells->x,
                       .y = cells->y,
                       .z = cells->z,
                       .type = cells->type,
                       .square = c->square,
                       .along = c->along,
                       .kind = c->kind,
                       .limit = all(s->limit),
                       .axis = {all(s->axis[0]), all(s->axis[1]), all(s->axis[2])}};
    four g = take_group(s, cells, p);
    if (c->rows + LANES > VTI_COUNT_ROWS) VTI_VARIANT(vti_count_flush)(c);
    size_t j = p->begin, rows = c->rows;
    for (size_t k = 1; p->own && k < p->count; k++, j++) {
        four before = g; /* atom k of the group */
        for (size_t lane = k; lane < LANES; lane++) before.x[lane] = INFINITY;
        rows = collect(&at, &before, j, rows, has_axis);
    }
    while (j < p->end) {
        size_t stop = p->end - j > VTI_COUNT_ROWS - rows ? j + (VTI_COUNT_ROWS - rows) : p->end;
        for (; j < stop; j++) rows = collect(&at, &g, j, rows, has_axis);
        if (j == p->end) break;
        c->rows = rows;
        VTI_VARIANT(vti_count_flush)(c);
        rows = 0;
    }
    c->rows = rows;
}

void VTI_VARIANT(vti_count_run)(void *context, const vti_cells *cells, const vti_pairs *pairs) {
    vti_counter *c = context;
    if (c->shells->has_axis)
        collect_all(c, cells, pairs, true);
    else
        collect_all(c, cells, pairs, false);
}

VTI_INLINE float_mask join(lane_index low, lane_index high) {
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
}

/* Shells of pairs k to k + 7, whose squared distances are a and b. Roots of floats take a fraction
   of the time, and tell the shell unless they come out close to the edge of one: four roundings are
   less than 2^-22 of the distance. Pairs beyond rmax get some shell. */
VTI_INLINE float_mask find_shells(const vti_counter *c, size_t k, lanes a, lanes b) {
    const vti_shells *s = c->shells;
    const float_mask sign = (float_mask)all_floats(-0.0f);
    half_floats low = to_half_floats(a), high = to_half_floats(b);
    floats square = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
    floats place = root_floats(square) * all_floats((float)s->inverse_width);
    /* rmax^2 and the width are rounded: the last shell takes what falls one too far. */
    place = least_of_floats(place, all_floats((float)s->bins - 0.5f));
    uint32_t whole[FLOATS];
    floats rest = place - nearest_floats(place, 0, whole);
    float_mask shell = __builtin_convertvector(place, float_mask);
    if (float_bits((floats)((float_mask)rest & ~sign) <= place * all_floats(0x1p-21f)) == 0)
        return shell;
    for (size_t m = 0; m < FLOATS; m++) {
        double exact = sqrt(c->square[k + m]) * s->inverse_width;
        shell[m] = exact < s->bins - 1 ? (int32_t)exact : s->bins - 1;
    }
    return shell;
}

void VTI_VARIANT(vti_count_flush)(vti_counter *c) {
    const vti_shells *s = c->shells;
    int32_t entry[VTI_WALK_GROUP * (VTI_COUNT_ROWS + 1)];
    size_t found = LANES * c->rows;
    store(c->square + found, all(INFINITY)); /* an odd row gets company */
    const lanes limit = all(s->limit);
    const float_mask bins = join(all_index(s->bins), all_index(s->bins));
    for (size_t k = 0; k < found; k += FLOATS) {
        lanes a = load(c->square + k), b = load(c->square + k + LANES);
        float_mask kind, near = join(__builtin_convertvector(a < limit, lane_index),
                                     __builtin_convertvector(b < limit, lane_index));
        memcpy(&kind, c->kind + k, sizeof kind);
        float_mask at = kind * bins + find_shells(c, k, a, b);
        /* In turns: counting in one place again and again takes longer. */
        int32_t first = s->entries + (int32_t)(k % VTI_COUNT_WASTE);
        float_mask waste =
            join(all_index(first), all_index(first)) + (float_mask){0, 1, 2, 3, 4, 5, 6, 7};
        at = (at & near) | (waste & ~near);
        memcpy(entry + k, &at, sizeof at);
    }
    for (size_t k = 0; k < found; k++) c->pairs[entry[k]]++;
    c->rows = 0;
    if (!s->has_axis) return;
    for (size_t k = 0; k < found; k++) {
        double along = c->along[k], square = c->square[k];
        if (!(square < s->limit)) continue;
        double cosine2 = square > 0 ? along * along / square : 1.0 / 3;
        c->moment[entry[k]] += (int64_t)((1.5 * cosine2 - 0.5) * s->moment_unit);
    }
}

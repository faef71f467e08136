/* Pairs within rmax counted into shells, four at a time; compiled once per instruction set. Of the
   pairs in the cells around an atom most are too far away, and which ones no processor can guess.
   So distances are found without a branch, those within rmax packed one after the other, and only
   these get a root, an angle and a place in the histogram. */
#include "base/simd.h"
#include "structure/count.h"

/* Pairs of atom i with atoms begin to end - 1, which are few enough for the room there is. */
VTI_INLINE void collect(vti_counter *c, const vti_cells *cells, size_t i, const double shift[3],
                        size_t begin, size_t end, const bool has_axis) {
    const vti_shells *s = c->shells;
    lanes x = all(cells->x[i] - shift[0]), y = all(cells->y[i] - shift[1]);
    lanes z = all(cells->z[i] - shift[2]), limit = all(s->limit);
    int32_t row = cells->type[i] * s->species_count, bins = s->bins;
    lane_index own = {row, row, row, row}, stride = {bins, bins, bins, bins};
    size_t found = c->found;
    for (size_t j = begin; j < end; j += LANES) {
        lanes dx = load(cells->x + j) - x, dy = load(cells->y + j) - y;
        lanes dz = load(cells->z + j) - z;
        lanes square = dx * dx + dy * dy + dz * dz;
        size_t left = end - j;
        int bits = mask_bits(square < limit);
        if (left < LANES) bits &= (1 << left) - 1;
        lane_index type;
        memcpy(&type, cells->type + j, sizeof type);
        pack(c->square + found, square, bits);
        pack_index_lanes(c->start + found, (own + type) * stride, bits);
        if (has_axis)
            pack(c->along + found,
                 dx * all(s->axis[0]) + dy * all(s->axis[1]) + dz * all(s->axis[2]), bits);
        found += (size_t)__builtin_popcount((unsigned)bits);
    }
    c->found = found;
}

void VTI_VARIANT(vti_count_run)(void *context, const vti_cells *cells, size_t i,
                                const double shift[3], size_t begin, size_t end) {
    vti_counter *c = context;
    while (begin < end) {
        size_t stop = end - begin > VTI_COUNT_ROOM ? begin + VTI_COUNT_ROOM : end;
        if (c->found + (stop - begin) > VTI_COUNT_ROOM) VTI_VARIANT(vti_count_flush)(c);
        if (c->shells->has_axis)
            collect(c, cells, i, shift, begin, stop, true);
        else
            collect(c, cells, i, shift, begin, stop, false);
        begin = stop;
    }
}

void VTI_VARIANT(vti_count_flush)(vti_counter *c) {
    const vti_shells *s = c->shells;
    int32_t entry[VTI_COUNT_ROOM + VTI_COUNT_SPARE], most = s->bins - 1;
    size_t found = c->found;
    for (size_t k = 0; k < found; k += LANES) {
        lanes place = root(load(c->square + k)) * all(s->inverse_width);
        for (int lane = 0; lane < LANES; lane++) {
            int32_t bin = (int32_t)place[lane];
            /* rmax^2 and the width are rounded: the last shell takes what falls one too far. */
            entry[k + (size_t)lane] = c->start[k + (size_t)lane] + (bin < most ? bin : most);
        }
    }
    for (size_t k = 0; k < found; k++) c->pairs[entry[k]]++;
    c->found = 0;
    if (!s->has_axis) return;
    for (size_t k = 0; k < found; k++) {
        double along = c->along[k], square = c->square[k];
        double cosine2 = square > 0 ? along * along / square : 1.0 / 3;
        c->moment[entry[k]] += (int64_t)((1.5 * cosine2 - 0.5) * s->moment_unit);
    }
}

/* Searching runs of candidates and selecting from segments, eight at a time; compiled once per
   instruction set. */
#include "neighbors/domains.h"

#include "base/simd.h"

int32_t VTI_VARIANT(vti_search)(const vti_candidates *c, const vti_run *runs, int run_count,
                                const float self[3], uint16_t *found) {
    floats x = all_floats(self[0]), y = all_floats(self[1]), z = all_floats(self[2]);
    int32_t count = 0;
    for (int r = 0; r < run_count; r++)
        for (int32_t k = runs[r].from; k < runs[r].to; k += FLOATS) {
            floats dx = load_floats(c->x + k) - x, dy = load_floats(c->y + k) - y;
            floats dz = load_floats(c->z + k) - z;
            unsigned bits = float_bits(dx * dx + dy * dy + dz * dz < load_floats(c->limit + k));
            if (runs[r].to - k < FLOATS) bits &= (1u << (runs[r].to - k)) - 1;
            pack_words8(found + count, c->point + k, bits);
            count += __builtin_popcount(bits);
        }
    return count;
}

int32_t VTI_VARIANT(vti_choose_near)(const vti_segments *segments, float limit, uint16_t *near,
                                     uint16_t *near_atom) {
    const float *point = segments->point;
    const uint16_t *partner = segments->partner;
    int32_t vectors = 0;
    for (int32_t s = 0; s < segments->segments; s++) {
        vti_segment segment = segments->segment[s];
        int entries = LANES * segment.vectors, count = 0;
        floats self = load_two_rows(point + segment.atom, point + segment.atom);
        uint16_t *to = near + LANES * vectors;
        for (int k = 0; k < entries; k += FLOATS) {
            float_columns d = load_float_differences(point, self, partner + k);
            floats r2 = d.c[0] * d.c[0] + d.c[1] * d.c[1] + d.c[2] * d.c[2];
            unsigned bits = float_bits(r2 < all_floats(limit));
            if (k + LANES == entries) bits &= 15; /* the rest belongs to the next segment */
            pack_words8(to + count, partner + k, bits);
            count += __builtin_popcount(bits);
        }
        repeat_word(to + count, segments->nowhere, LANES);
        int more = (count + LANES - 1) / LANES;
        repeat_word(near_atom + vectors, segment.atom, more);
        partner += entries;
        vectors += more;
    }
    return vectors;
}

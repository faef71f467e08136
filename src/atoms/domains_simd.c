/* Searching runs of candidates, eight at a time; compiled once per instruction set. */
#include "domains.h"

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

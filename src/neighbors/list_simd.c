/* Searching runs of points, four at a time; compiled once per instruction set. Counting and
   writing evaluate the same expression, so that they agree to the last pair. */
#include "neighbors/list.h"

#include <stdbool.h>

#include "base/simd.h"

/* Bits of the points k .. k + 3 within reach, those behind the run masked out. */
VTI_INLINE int within(const vti_sorted_points *s, int32_t k, int32_t to, lanes x, lanes y, lanes z,
                      lanes radius2) {
    lanes dx = load(s->x + k) - x, dy = load(s->y + k) - y, dz = load(s->z + k) - z;
    int bits = mask_bits(dx * dx + dy * dy + dz * dz < radius2);
    return to - k < LANES ? bits & ((1 << (to - k)) - 1) : bits;
}

size_t VTI_VARIANT(vti_count_row)(const vti_sorted_points *s, const vti_point_run *runs,
                                  int run_count, const double self[3], double radius2) {
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]), r2 = all(radius2);
    int count = 0;
    for (int r = 0; r < run_count; r++)
        for (int32_t k = runs[r].from; k < runs[r].to; k += LANES)
            count += __builtin_popcount((unsigned)within(s, k, runs[r].to, x, y, z, r2));
    return (size_t)count;
}

void VTI_VARIANT(vti_write_row)(const vti_sorted_points *s, const vti_point_run *runs,
                                int run_count, const double self[3], int32_t self_slot,
                                double radius2, int32_t *row, size_t count) {
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]), r2 = all(radius2);
    int32_t *end = row + count;
    for (int r = 0; r < run_count; r++)
        for (int32_t k = runs[r].from; k < runs[r].to; k += LANES) {
            int bits = within(s, k, runs[r].to, x, y, z, r2);
            if (self_slot >= k && self_slot < k + LANES) bits &= ~(1 << (self_slot - k));
            if (end - row >= LANES) {
                pack_index(row, s->point + k, bits);
                row += __builtin_popcount((unsigned)bits);
                continue;
            }
            /* The last places of the row: packing writes four, and the next row may be another
               thread's. */
            for (int lane = 0; lane < LANES; lane++)
                if (bits >> lane & 1) *row++ = s->point[k + lane];
        }
}

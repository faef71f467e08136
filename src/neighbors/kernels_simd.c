/* Searching runs of points, four at a time, and runs of candidates, eight at a time; compiled once
   per instruction set. */
#include "neighbors/kernels.h"

#include <stdbool.h>

#include "neighbors/gather.h"

/* ---------------------------------------------------------------- rows ---- */

/* Counting and writing evaluate the same expression, so that they agree to the last pair. */

/* Bits of the points k .. k + 3 within reach, those after the run masked out. */
VTI_INLINE int within(const vti_sorted_points *s, int32_t k, int32_t to, lanes x, lanes y, lanes z,
                      lanes radius2) {
    lanes dx = load(s->x + k) - x, dy = load(s->y + k) - y, dz = load(s->z + k) - z;
    int bits = mask_bits(dx * dx + dy * dy + dz * dz < radius2);
    return to - k < LANES ? bits & ((1 << (to - k)) - 1) : bits;
}

static size_t count_row(const vti_sorted_points *s, const vti_run *runs, int run_count,
                        const double self[3], double radius2) {
    lanes x = all(self[0]), y = all(self[1]), z = all(self[2]), r2 = all(radius2);
    int count = 0;
    for (int r = 0; r < run_count; r++)
        for (int32_t k = runs[r].from; k < runs[r].to; k += LANES)
            count += __builtin_popcount((unsigned)within(s, k, runs[r].to, x, y, z, r2));
    return (size_t)count;
}

static void write_row(const vti_sorted_points *s, const vti_run *runs, int run_count,
                      const double self[3], int32_t self_slot, double radius2, int32_t *row,
                      size_t count) {
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

/* ---------------------------------------------------------------- domains ---- */

static float gather(const vti_domains *d, const vti_domain *domain, float *point) {
    float extent = 0;
    gather_points(d, domain, NULL, point, true);
    for (int32_t k = 0; k < 4 * domain->points; k++)
        extent = fabsf(point[k]) > extent ? fabsf(point[k]) : extent;
    return extent;
}

static int32_t search(const vti_candidates *c, const vti_run *runs, int run_count,
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

static int32_t choose_near(const vti_segments *segments, float limit, uint16_t *near,
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

const vti_list_kernels VTI_VARIANT(vti_list_kernels) = {count_row, write_row, gather, search,
                                                        choose_near};

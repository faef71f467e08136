/* Spatial order: atoms sorted along a Hilbert curve through a grid of cells, so that neighbors in
   space are near in memory. The curve never jumps, which keeps the reach in memory shorter than
   that of the simpler Morton order. Transform of coordinates into the curve's index: Skilling,
   AIP Conf. Proc. 707, 381 (2004). */
#include "vitrum/atoms.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_BITS = 10 }; /* 1024 cells along an axis; the key of three axes fits in 30 bits */

static uint32_t hilbert_index(uint32_t c[3], int bits) {
    uint32_t top = 1u << (bits - 1);
    for (uint32_t q = top; q > 1; q >>= 1) {
        uint32_t low = q - 1;
        for (int k = 0; k < 3; k++) {
            if (c[k] & q) {
                c[0] ^= low;
            } else {
                uint32_t swap = (c[0] ^ c[k]) & low;
                c[0] ^= swap;
                c[k] ^= swap;
            }
        }
    }
    c[1] ^= c[0];
    c[2] ^= c[1];
    uint32_t flip = 0;
    for (uint32_t q = top; q > 1; q >>= 1)
        if (c[2] & q) flip ^= q - 1;
    uint32_t index = 0;
    for (int b = bits - 1; b >= 0; b--)
        for (int k = 0; k < 3; k++) index = index << 1 | (((c[k] ^ flip) >> b) & 1u);
    return index;
}

static int compare_keys(const void *a, const void *b) {
    uint64_t ka = *(const uint64_t *)a, kb = *(const uint64_t *)b;
    return (ka > kb) - (ka < kb);
}

vt_status vt_atoms_spatial_order(const vt_atoms *atoms, double cell, int32_t *order,
                                 vt_error *err) {
    if (!(cell > 0))
        return vt_fail(err, VT_EINVAL, "spatial order: the cell is %g A; it must be positive",
                       cell);
    uint64_t *keys = vt_alloc(atoms->count, sizeof *keys);
    if (keys == NULL) return vt_fail_memory(err, atoms->count, sizeof *keys, "sorting the atoms");
    double inverse[3][3], heights[3], low[3] = {0, 0, 0}, scale[3];
    vt_box_inverse(&atoms->box, inverse);
    vt_box_heights(&atoms->box, heights);
    /* Along a free axis the atoms may extend beyond the box. */
    double high[3] = {1, 1, 1};
    for (size_t i = 0; i < atoms->count; i++) {
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]}, s[3] = {0, 0, 0};
        for (int k = 0; k < 3; k++) {
            if (atoms->box.periodic[k]) continue;
            for (int j = 0; j < 3; j++) s[k] += (r[j] - atoms->box.origin[j]) * inverse[j][k];
            if (s[k] < low[k]) low[k] = s[k];
            if (s[k] > high[k]) high[k] = s[k];
        }
    }
    int bits = 1;
    for (int k = 0; k < 3; k++) {
        double cells = ceil((high[k] - low[k]) * heights[k] / cell);
        while (bits < MOST_BITS && (double)(1u << bits) < cells) bits++;
    }
    for (int k = 0; k < 3; k++) {
        double cells = floor((high[k] - low[k]) * heights[k] / cell);
        double most = (double)(1u << bits);
        scale[k] = (cells < 1 ? 1 : cells > most ? most : cells) / (high[k] - low[k]);
    }
    for (size_t i = 0; i < atoms->count; i++) {
        double r[3] = {atoms->x[i], atoms->y[i], atoms->z[i]};
        uint32_t c[3];
        for (int k = 0; k < 3; k++) {
            double s = 0;
            for (int j = 0; j < 3; j++) s += (r[j] - atoms->box.origin[j]) * inverse[j][k];
            if (atoms->box.periodic[k]) s -= floor(s);
            double place = (s - low[k]) * scale[k];
            uint32_t last = (1u << bits) - 1;
            /* Written so that a position that is not a number lands in cell 0. */
            c[k] = place > 0 ? (place < (double)last ? (uint32_t)place : last) : 0;
        }
        keys[i] = (uint64_t)hilbert_index(c, bits) << 32 | (uint32_t)i;
    }
    qsort(keys, atoms->count, sizeof *keys, compare_keys);
    for (size_t k = 0; k < atoms->count; k++) order[k] = (int32_t)(uint32_t)keys[k];
    vt_free(keys);
    return VT_OK;
}

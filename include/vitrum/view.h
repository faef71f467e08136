/** view: atoms as bytes for the interactive view (lua/vitrum/picture/view.lua), which draws them in
    a browser. The room picture draws them here.

    Stands on: atoms. */
#ifndef VITRUM_VIEW_H
#define VITRUM_VIEW_H

#include "vitrum/atoms.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Six bytes for each position (x, y, z one after the other): its fractional coordinates as three
    little-endian 16-bit numbers, 0 for low[k] and 65535 for high[k]. These are 0 and 1, or what
    takes in positions outside of the box. A position is off by at most half a step,
    (high - low)/131070 of the cell vector, along each. `bytes` has 6 count. */
VT_API void vt_view_positions(const vt_box *box, size_t count, const double *position,
                              unsigned char *bytes, double low[3], double high[3]);

enum {
    VT_VIEW_DIRECTIONS = 64, /**< Directions in which an atom may be seen. */
    VT_VIEW_UNKNOWN = 255    /**< The byte of a value that is not finite. */
};

/** From where each sphere can be seen when these are all there are: bit d of open[i] is set where
   no other sphere within reach hides direction d of sphere i. Bits are added to those set before,
   so that calls for all frames of a trajectory give what is seen in any. Positions are finite
    [angstrom], radii positive [angstrom]. */
VT_API vt_status vt_view_open(size_t count, const double *position, const double *radius,
                              uint64_t *open, vt_error *err);

/** One byte for each atom from the directions in which it is open. Bits 0 to 4: how open, 0
   (buried: it need not be drawn) to 31. Bits 5 to 7: 0, or 1 to 6 where it can only be seen from
   the half space about x, -x, y, -y, z, -z. */
VT_API void vt_view_looks(const uint64_t *open, size_t count, unsigned char *bytes);

/** One byte for each value: 0 at or below low to 254 at or above high. */
VT_API void vt_view_values(const double *value, size_t count, double low, double high,
                           unsigned char *bytes);

/** The ids as differences from one to the next, the first one from 0: zigzag, seven bits to a byte,
    the low ones first, the highest bit set where more follow. Returns the number of bytes; `bytes`
    (may be NULL to count them) has room for 10 count. */
VT_API size_t vt_view_ids(const int64_t *id, size_t count, unsigned char *bytes);

/** RFC 4648 base64; `text` has room for 4 ceil(count/3), and is not ended by a NUL. */
VT_API void vt_view_base64(const unsigned char *bytes, size_t count, char *text);

#ifdef __cplusplus
}
#endif
#endif

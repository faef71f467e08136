/* Common neighbor analysis with a cutoff of each atom's own. */
#include <math.h>

#include "vitrum/structure.h"

/* Cutoffs lie halfway between the first and the second shell of fcc and of bcc, whose second
   neighbors count to the first shell. */
static const double HALFWAY = 0.5 * (1 + 1.4142135623730951);
static const double BCC_FIRST = 0.8660254037844386; /* nearest distance of bcc by its edge */

enum { CLOSE = 12, OPEN = 14 };

static double length(const double *r) {
    return sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
}

static int count_bits(unsigned set) {
    int count = 0;
    for (; set != 0; set &= set - 1) count++;
    return count;
}

static int lowest(unsigned set) {
    int place = 0;
    while (!(set & 1U << place)) place++;
    return place;
}

/* Which of the first n neighbors are within the cutoff of which, a set of bits each. */
static void find_bonds(const double *vectors, int n, double cutoff, unsigned bonded[OPEN]) {
    for (int a = 0; a < n; a++) bonded[a] = 0;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < a; b++) {
            const double *p = vectors + 3 * a, *q = vectors + 3 * b;
            if (length((double[]){p[0] - q[0], p[1] - q[1], p[2] - q[2]}) > cutoff) continue;
            bonded[a] |= 1U << b;
            bonded[b] |= 1U << a;
        }
}

/* Numbers of common neighbors, of bonds among them, and of bonds in the largest piece that these
   bonds form, as digits: 421 in fcc. */
static int signature(const unsigned bonded[OPEN], int neighbor) {
    unsigned common = bonded[neighbor], left = common;
    int bonds = 0, longest = 0;
    while (left != 0) {
        unsigned piece = 1U << lowest(left), edge = piece;
        int ends = 0;
        while (edge != 0) {
            int at = lowest(edge);
            unsigned next = bonded[at] & common;
            ends += count_bits(next);
            edge = (edge & ~(1U << at)) | (next & ~piece);
            piece |= next;
        }
        left &= ~piece;
        bonds += ends / 2;
        if (ends / 2 > longest) longest = ends / 2;
    }
    return 100 * count_bits(common) + 10 * bonds + longest;
}

static vt_surroundings close_packed(const double *vectors) {
    unsigned bonded[OPEN];
    double sum = 0;
    int fcc = 0, hcp = 0, five = 0;
    for (int k = 0; k < CLOSE; k++) sum += length(vectors + 3 * k);
    find_bonds(vectors, CLOSE, HALFWAY * sum / CLOSE, bonded);
    for (int k = 0; k < CLOSE; k++) {
        int s = signature(bonded, k);
        fcc += s == 421;
        hcp += s == 422;
        five += s == 555;
    }
    if (fcc == CLOSE) return VT_AROUND_FCC;
    if (fcc == CLOSE / 2 && hcp == CLOSE / 2) return VT_AROUND_HCP;
    return five == CLOSE ? VT_AROUND_ICOSAHEDRON : VT_AROUND_OTHER;
}

static vt_surroundings body_centered(const double *vectors) {
    enum { NEAREST = 8 };
    unsigned bonded[OPEN];
    double sum = 0;
    int hexagons = 0, squares = 0;
    for (int k = 0; k < OPEN; k++) sum += length(vectors + 3 * k) / (k < NEAREST ? BCC_FIRST : 1);
    find_bonds(vectors, OPEN, HALFWAY * sum / OPEN, bonded);
    for (int k = 0; k < OPEN; k++) {
        int s = signature(bonded, k);
        hexagons += s == 666;
        squares += s == 444;
    }
    return hexagons == NEAREST && squares == OPEN - NEAREST ? VT_AROUND_BCC : VT_AROUND_OTHER;
}

vt_status vt_common_neighbors(const vt_bonds *bonds, int32_t *kind, vt_error *err) {
    for (size_t i = 0; i < bonds->count; i++)
        if (bonds->first[i + 1] - bonds->first[i] < OPEN)
            return vt_fail(
                err, VT_EINVAL,
                "common neighbors: atom %zu has %zu listed neighbors; the %d nearest are "
                "needed",
                i + 1, bonds->first[i + 1] - bonds->first[i], OPEN);
    for (size_t i = 0; i < bonds->count; i++) {
        const double *vectors = bonds->vector + 3 * bonds->first[i];
        vt_surroundings found = close_packed(vectors);
        kind[i] = (int32_t)(found != VT_AROUND_OTHER ? found : body_centered(vectors));
    }
    return VT_OK;
}

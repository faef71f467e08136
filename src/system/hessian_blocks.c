/* Parts of the Hessian as matrices: blocks of atoms, and all of it. */
#include "base/try.h"
#include "system/hessian.h"

#include <stdlib.h>
#include <string.h>

typedef vti_hessian_entry entry;

/* ---------------------------------------------------------------- rows ---- */

static int by_partner(const void *a, const void *b) {
    const entry *first = a, *second = b;
    if (first->other != second->other) return first->other < second->other ? -1 : 1;
    return first->pair < second->pair ? -1 : first->pair > second->pair;
}

/* The atom that a block's point is. */
static int32_t atom_of(const vt_hessian *h, const vti_hessian_block *block, int32_t point) {
    return point < block->own ? (int32_t)block->from + point
                              : h->slot_atom[block->slot + (size_t)(point - block->own)];
}

static void visit_pairs(const vt_hessian *h, bool fill) {
    for (size_t i = 0; i < h->count; i++) {
        const vti_hessian_block *block = &h->block[i / VTI_BLOCK];
        for (size_t k = h->first[i]; k < h->first[i + 1]; k++) {
            int32_t j = atom_of(h, block, h->partner[k]);
            if (!fill) {
                h->row[i + 2]++;
                h->row[j + 2]++;
                continue;
            }
            h->entry[h->row[i + 1]++] = (entry){j, (int32_t)k};
            h->entry[h->row[j + 1]++] = (entry){(int32_t)i, (int32_t)k};
        }
    }
}

vt_status vti_hessian_make_rows(vt_hessian *h, vt_error *err) {
    if (h->entry != NULL) return VT_OK;
    size_t pairs = h->first[h->count];
    if (h->row == NULL) h->row = vt_alloc(h->count + 2, sizeof *h->row);
    h->entry = vt_alloc(2 * pairs, sizeof *h->entry);
    if (h->row == NULL || h->entry == NULL) {
        vt_free(h->entry);
        h->entry = NULL;
        return vt_fail_memory(err, 2 * pairs, sizeof *h->entry, "blocks of a Hessian");
    }
    memset(h->row, 0, (h->count + 2) * sizeof *h->row);
    visit_pairs(h, false);
    for (size_t i = 0; i < h->count; i++) h->row[i + 2] += h->row[i + 1];
    visit_pairs(h, true);
    for (size_t i = 0; i < h->count; i++)
        qsort(h->entry + h->row[i], h->row[i + 1] - h->row[i], sizeof *h->entry, by_partner);
    return VT_OK;
}

typedef vti_hessian_seen seen;

seen vti_hessian_see(const vt_hessian *h, size_t i, size_t e) {
    const entry *of = &h->entry[e];
    const double *p = h->pair + VTI_PAIR_NUMBERS * (size_t)of->pair;
    bool first = (size_t)of->other > i; /* pairs belong to the lower of their atoms */
    size_t owner = first ? i : (size_t)of->other;
    const vti_hessian_block *block = &h->block[owner / VTI_BLOCK];
    const double(*point)[4] = vti_hessian_points(h, block);
    const double *from = point[owner - block->from], *to = point[h->partner[of->pair]];
    seen s = {.other = of->other, .a = p[VTI_PAIR_A], .b = p[VTI_PAIR_B]};
    for (int m = 0; m < 3; m++) s.d[m] = first ? to[m] - from[m] : from[m] - to[m];
    if (h->embedded) {
        const double *c = h->density + VTI_PAIR_NUMBERS * (size_t)of->pair;
        s.at_i = c[first ? VTI_PAIR_C_I : VTI_PAIR_C_J];
        s.at_other = c[first ? VTI_PAIR_C_J : VTI_PAIR_C_I];
    }
    return s;
}

/* ---------------------------------------------------------------- blocks ---- */

static void add_outer(double block[3][3], double weight, const double a[3], const double b[3]) {
    for (int p = 0; p < 3; p++)
        for (int q = 0; q < 3; q++) block[p][q] += weight * a[p] * b[q];
}

/* What the distance of a pair adds for its atoms i and i; minus that for i and the other. */
static void add_pair(double block[3][3], double weight, const seen *s) {
    add_outer(block, weight * s->a, s->d, s->d);
    for (int p = 0; p < 3; p++) block[p][p] += weight * s->b;
}

/* The gradient of the density at m with respect to the position of k; all images of k count. */
static void gradient(const vt_hessian *h, size_t m, size_t k, double g[3]) {
    g[0] = g[1] = g[2] = 0;
    for (size_t e = h->row[m]; e < h->row[m + 1]; e++) {
        const seen s = vti_hessian_see(h, m, e);
        double c = m == k ? -s.at_i : (size_t)s.other == k ? s.at_i : 0;
        for (int p = 0; p < 3; p++) g[p] += c * s.d[p];
    }
}

static void weigh(const vt_hessian *h, size_t i, size_t j, double block[3][3]) {
    for (int p = 0; p < 3 && h->scale != NULL; p++)
        for (int q = 0; q < 3; q++) block[p][q] *= h->scale[i] * h->scale[j];
}

/* The block of i with itself, from its row alone: the density at a partner changes with all images
   of i that it sees, which stand next to each other in the row. */
static void own_block(const vt_hessian *h, size_t i, double block[3][3]) {
    double g[3], own[3] = {0, 0, 0};
    memset(block, 0, 9 * sizeof block[0][0]);
    for (size_t e = h->row[i]; e < h->row[i + 1];) {
        int32_t other = h->entry[e].other;
        g[0] = g[1] = g[2] = 0;
        for (; e < h->row[i + 1] && h->entry[e].other == other; e++) {
            const seen s = vti_hessian_see(h, i, e);
            add_pair(block, 1, &s);
            for (int p = 0; p < 3; p++) {
                g[p] -= s.at_other * s.d[p];
                own[p] -= s.at_i * s.d[p];
            }
        }
        if (h->embedded) add_outer(block, h->weight[other], g, g);
    }
    if (h->embedded) add_outer(block, h->weight[i], own, own);
    weigh(h, i, i, block);
}

static vt_status refuse_differences(const vt_hessian *h, vt_error *err) {
    return vt_fail(err, VT_EUNSUPPORTED,
                   "the potential %s does not give second derivatives, and blocks of a Hessian are "
                   "not taken from differences of forces; products and the whole matrix are",
                   h->system->potential->name);
}

/* What the center m adds to the block of i and j. */
static void add_center(const vt_hessian *h, size_t m, size_t i, size_t j, double block[3][3]) {
    double of_i[3], of_j[3];
    gradient(h, m, i, of_i);
    gradient(h, m, j, of_j);
    add_outer(block, h->weight[m], of_i, of_j);
}

vt_status vt_hessian_block(vt_hessian *h, size_t i, size_t j, double block[3][3], vt_error *err) {
    if (h->differences) return refuse_differences(h, err);
    if (i >= h->count || j >= h->count)
        return vt_fail(err, VT_EINVAL, "there is no atom %zu; there are %zu", (i > j ? i : j) + 1,
                       h->count);
    VTI_TRY(vti_hessian_make_rows(h, err));
    if (i == j) {
        own_block(h, i, block);
        return VT_OK;
    }
    memset(block, 0, 9 * sizeof block[0][0]);
    int32_t last = -1;
    for (size_t e = h->row[i]; e < h->row[i + 1]; e++) {
        const seen s = vti_hessian_see(h, i, e);
        if ((size_t)s.other == j) add_pair(block, -1, &s);
        if (h->embedded && s.other != last) add_center(h, (size_t)s.other, i, j, block);
        last = s.other;
    }
    if (h->embedded) add_center(h, i, i, j, block);
    weigh(h, i, j, block);
    return VT_OK;
}

vt_status vt_hessian_diagonal(vt_hessian *h, double (*blocks)[3][3], vt_error *err) {
    if (h->differences) return refuse_differences(h, err);
    vt_status st = vti_hessian_make_rows(h, err);
    for (size_t i = 0; i < h->count && !vt_failed(st); i++) own_block(h, i, blocks[i]);
    return st;
}

/* ---------------------------------------------------------------- the whole ---- */

/* Add a block to the matrix at the rows of i and the columns of j. */
static void put(const vt_hessian *h, double *matrix, size_t i, size_t j, double block[3][3],
                double weight) {
    double scale = h->scale != NULL ? weight * h->scale[i] * h->scale[j] : weight;
    for (size_t p = 0; p < 3; p++) {
        double *row = matrix + (3 * i + p) * 3 * h->count + 3 * j;
        for (size_t q = 0; q < 3; q++) row[q] += scale * block[p][q];
    }
}

static void add_pairs(const vt_hessian *h, size_t i, double *matrix) {
    for (size_t e = h->row[i]; e < h->row[i + 1]; e++) {
        const seen s = vti_hessian_see(h, i, e);
        double block[3][3] = {{0}};
        add_pair(block, 1, &s);
        put(h, matrix, i, i, block, 1);
        put(h, matrix, i, (size_t)s.other, block, -1);
    }
}

/* The gradient of a center's density with respect to an atom. */
typedef struct {
    size_t atom;
    double g[3];
} slope;

/* F'' g g of one center: itself and all that lay density at it; `slopes` is room for them. */
static void add_squares(const vt_hessian *h, size_t m, slope *slopes, double *matrix) {
    slope own = {.atom = m};
    size_t n = 0;
    for (size_t e = h->row[m]; e < h->row[m + 1]; e++, n++) {
        const seen s = vti_hessian_see(h, m, e);
        slopes[n].atom = (size_t)s.other;
        for (int p = 0; p < 3; p++) {
            slopes[n].g[p] = s.at_i * s.d[p];
            own.g[p] -= slopes[n].g[p];
        }
    }
    slopes[n++] = own;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            double block[3][3] = {{0}};
            add_outer(block, h->weight[m], slopes[a].g, slopes[b].g);
            put(h, matrix, slopes[a].atom, slopes[b].atom, block, 1);
        }
}

static vt_status add_all_squares(const vt_hessian *h, double *matrix, vt_error *err) {
    size_t most = 0;
    for (size_t i = 0; i < h->count; i++) {
        size_t n = h->row[i + 1] - h->row[i];
        if (n > most) most = n;
    }
    slope *slopes = vt_alloc(most + 1, sizeof *slopes);
    if (slopes == NULL) return vt_fail_memory(err, most + 1, sizeof *slopes, "a Hessian");
    for (size_t i = 0; i < h->count && !vt_interrupted(); i++) add_squares(h, i, slopes, matrix);
    vt_free(slopes);
    return vt_interrupted() ? vt_fail_interrupted(err) : VT_OK;
}

/* Columns by differences, and the mean with the transposed. */
static vt_status fill_by_differences(vt_hessian *h, double *matrix, vt_error *err) {
    size_t n = 3 * h->count;
    double *unit = vt_alloc(n, sizeof *unit);
    if (unit == NULL) return vt_fail_memory(err, n, sizeof *unit, "a Hessian");
    vt_status st = VT_OK;
    for (size_t k = 0; k < n && !vt_failed(st); k++) {
        unit[k] = 1;
        st = vt_hessian_times(h, 1, unit, matrix + n * k, err);
        unit[k] = 0;
    }
    vt_free(unit);
    for (size_t p = 0; p < n && !vt_failed(st); p++)
        for (size_t q = 0; q < p; q++)
            matrix[n * p + q] = matrix[n * q + p] = 0.5 * (matrix[n * p + q] + matrix[n * q + p]);
    return st;
}

vt_status vt_hessian_dense(vt_hessian *h, double *matrix, vt_error *err) {
    if (h->count > VT_HESSIAN_DENSE_ATOMS)
        return vt_fail(err, VT_EINVAL,
                       "the Hessian of %zu atoms is too large for a matrix; up to %d atoms are "
                       "taken, and products with vectors have no limit",
                       h->count, VT_HESSIAN_DENSE_ATOMS);
    if (h->differences) return fill_by_differences(h, matrix, err);
    VTI_TRY(vti_hessian_make_rows(h, err));
    memset(matrix, 0, 9 * h->count * h->count * sizeof *matrix);
    for (size_t i = 0; i < h->count; i++) add_pairs(h, i, matrix);
    return h->embedded ? add_all_squares(h, matrix, err) : VT_OK;
}

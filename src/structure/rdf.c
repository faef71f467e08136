/* Pair distribution functions. Allen and Tildesley, Computer Simulation of Liquids, 2nd ed. (2017),
   section 8.2; partial functions as in Ashcroft and Langreth, Phys. Rev. 156, 685 (1967), before
   their Fourier transform. */
#include <math.h>
#include <string.h>

#include "structure/cells.h"
#include "vitrum/structure.h"

static const double PI = 3.14159265358979323846;

struct vt_rdf {
    double rmax;
    size_t bins;
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    /* (species_count x species_count) histograms of bins + 1 entries. A pair is counted once, in
       (a, b) or (b, a) as it comes; the last entry takes what lies beyond rmax. */
    uint64_t *pairs;
    double atoms[VT_MAX_SPECIES];                 /* summed over frames */
    double ideal[VT_MAX_SPECIES][VT_MAX_SPECIES]; /* sum over frames of N_a N_b / V */
};

vt_rdf *vt_rdf_create(double rmax, int64_t bins, vt_error *err) {
    if (!(rmax > 0) || !isfinite(rmax)) {
        vt_fail(err, VT_EINVAL, "rdf: rmax must be positive [angstrom], got %g", rmax);
        return NULL;
    }
    if (bins < 1 || bins > VT_RDF_MAX_BINS) {
        vt_fail(err, VT_EINVAL, "rdf: bins must be 1 to %d, got %lld", VT_RDF_MAX_BINS,
                (long long)bins);
        return NULL;
    }
    vt_rdf *rdf = vt_alloc(1, sizeof *rdf);
    if (rdf == NULL) {
        vt_fail_memory(err, 1, sizeof *rdf, "a pair distribution");
        return NULL;
    }
    rdf->rmax = rmax;
    rdf->bins = (size_t)bins;
    return rdf;
}

void vt_rdf_destroy(vt_rdf *rdf) {
    if (rdf == NULL) return;
    vt_free(rdf->pairs);
    vt_free(rdf);
}

/* ---------------------------------------------------------------- counting ---- */

/* Indices are computed for this many neighbors at a time, without branches, then counted. */
enum { CHUNK = 128 };

typedef struct {
    double inverse_width; /* bins per angstrom */
    double limit;         /* rmax^2 */
    int32_t stride;       /* bins + 1 */
    int32_t beyond;       /* the entry for pairs further away than rmax */
} scale;

/* Count the pairs of the point (x, y, z) with atoms begin <= j < end; `pairs` are the histograms
   of the point's own species. */
static void count_run(const vti_cells *cells, double x, double y, double z, size_t begin,
                      size_t end, const scale *s, uint64_t *pairs) {
    int32_t bin[CHUNK];
    while (begin < end) {
        size_t m = end - begin < CHUNK ? end - begin : CHUNK;
        const double *restrict px = cells->x + begin, *restrict py = cells->y + begin,
                               *restrict pz = cells->z + begin;
        const int32_t *restrict type = cells->type + begin;
        for (size_t k = 0; k < m; k++) {
            double dx = px[k] - x, dy = py[k] - y, dz = pz[k] - z;
            double square = dx * dx + dy * dy + dz * dz;
            double near = square < s->limit ? square : 0;
            int32_t inside = (int32_t)(sqrt(near) * s->inverse_width);
            /* rmax^2 and the width are rounded: the last shell takes what falls one too far. */
            inside = inside < s->beyond ? inside : s->beyond - 1;
            inside = square < s->limit ? inside : s->beyond;
            bin[k] = type[k] * s->stride + inside;
        }
        for (size_t k = 0; k < m; k++) pairs[bin[k]]++;
        begin += m;
    }
}

static int32_t floor_divide(int32_t a, int32_t b) {
    int32_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

/* Pairs of the atoms of cell (i, j, k) with those of one row of cells; images of the box are
   runs of their own. */
static void count_row(const vti_cells *cells, const int32_t cell[3], const vti_row *row,
                      const scale *s, int species_count, uint64_t *pairs) {
    const int32_t *n = cells->n;
    size_t home = ((size_t)cell[0] * n[1] + cell[1]) * (size_t)n[2] + cell[2];
    size_t begin = cells->begin[home], end = cells->begin[home + 1];
    if (begin == end) return;
    int32_t a = cell[0] + row->a, b = cell[1] + row->b;
    int32_t image_a = floor_divide(a, n[0]), image_b = floor_divide(b, n[1]);
    if ((image_a != 0 && !cells->periodic[0]) || (image_b != 0 && !cells->periodic[1])) return;
    size_t line = ((size_t)(a - image_a * n[0]) * n[1] + (size_t)(b - image_b * n[1])) * n[2];
    int32_t from = cell[2] + row->first, to = cell[2] + row->last;
    while (from <= to) {
        int32_t image_c = floor_divide(from, n[2]), next = (image_c + 1) * n[2];
        int32_t last = to < next - 1 ? to : next - 1;
        if (image_c == 0 || cells->periodic[2]) {
            size_t first_atom = cells->begin[line + (size_t)(from - image_c * n[2])];
            size_t last_atom = cells->begin[line + (size_t)(last - image_c * n[2]) + 1];
            double shift[3];
            for (int d = 0; d < 3; d++)
                shift[d] = image_a * cells->period[0][d] + image_b * cells->period[1][d] +
                           image_c * cells->period[2][d];
            for (size_t i = begin; i < end; i++)
                count_run(cells, cells->x[i] - shift[0], cells->y[i] - shift[1],
                          cells->z[i] - shift[2], first_atom, last_atom, s,
                          pairs + (size_t)cells->type[i] * species_count * s->stride);
        }
        from = last + 1;
    }
}

static void count_cell(const vti_cells *cells, size_t number, const scale *s, int species_count,
                       uint64_t *pairs) {
    size_t rest = number / cells->n[2];
    int32_t cell[3] = {(int32_t)(rest / cells->n[1]), (int32_t)(rest % cells->n[1]),
                       (int32_t)(number % cells->n[2])};
    size_t end = cells->begin[number + 1];
    for (size_t i = cells->begin[number]; i < end; i++)
        count_run(cells, cells->x[i], cells->y[i], cells->z[i], i + 1, end, s,
                  pairs + (size_t)cells->type[i] * species_count * s->stride);
    for (size_t r = 0; r < cells->row_count; r++)
        count_row(cells, cell, &cells->row[r], s, species_count, pairs);
}

/* Add the pairs of all cells to `pairs`, histograms of `size` entries together. */
static vt_status count(const vti_cells *cells, const scale *s, int species_count, uint64_t *pairs,
                       size_t size, vt_error *err) {
    size_t number = (size_t)cells->n[0] * (size_t)cells->n[1] * (size_t)cells->n[2];
    bool no_memory = false, interrupted = false;
#pragma omp parallel num_threads(vt_threads())
    {
        uint64_t *own = vt_alloc(size, sizeof *own);
        if (own == NULL) {
#pragma omp atomic write
            no_memory = true;
        }
#pragma omp for schedule(dynamic, 8)
        for (size_t c = 0; c < number; c++) {
            if (own == NULL || vt_interrupted()) continue;
            count_cell(cells, c, s, species_count, own);
        }
        if (own != NULL) {
#pragma omp critical(vti_rdf_sum)
            for (size_t k = 0; k < size; k++) pairs[k] += own[k];
        }
        vt_free(own);
    }
    interrupted = vt_interrupted();
    if (no_memory) return vt_fail_memory(err, size, sizeof *pairs, "a pair distribution");
    return interrupted ? vt_fail_interrupted(err) : VT_OK;
}

/* ---------------------------------------------------------------- frames ---- */

static vt_status check_frame(const vt_rdf *rdf, const vt_atoms *atoms, vt_error *err) {
    if (atoms->count == 0) return vt_fail(err, VT_EINVAL, "rdf: there are no atoms");
    vt_status status = vt_atoms_check(atoms, err);
    if (vt_failed(status) || rdf->pairs == NULL) return status;
    bool same = atoms->species_count == rdf->species_count;
    for (int k = 0; same && k < rdf->species_count; k++)
        same = strcmp(atoms->species[k].symbol, rdf->species[k].symbol) == 0;
    if (!same)
        return vt_fail(err, VT_EINVAL,
                       "rdf: this frame has other species than the frames before it; make a "
                       "histogram of its own for it");
    return VT_OK;
}

vt_status vt_rdf_add(vt_rdf *rdf, const vt_atoms *atoms, vt_error *err) {
    vt_status status = check_frame(rdf, atoms, err);
    if (vt_failed(status)) return status;
    int species = atoms->species_count;
    size_t stride = rdf->bins + 1, size = (size_t)species * (size_t)species * stride;
    if (size > INT32_MAX)
        return vt_fail(err, VT_EINVAL, "rdf: %zu bins are too many for %d species; take fewer bins",
                       rdf->bins, species);
    uint64_t *pairs = vt_alloc(size, sizeof *pairs);
    if (pairs == NULL) return vt_fail_memory(err, size, sizeof *pairs, "a pair distribution");
    vti_cells cells;
    status = vti_cells_create(&cells, atoms, rdf->rmax, err);
    if (!vt_failed(status)) {
        scale s = {.inverse_width = (double)rdf->bins / rdf->rmax,
                   .limit = rdf->rmax * rdf->rmax,
                   .stride = (int32_t)stride,
                   .beyond = (int32_t)rdf->bins};
        status = count(&cells, &s, species, pairs, size, err);
        vti_cells_destroy(&cells);
    }
    if (vt_failed(status)) {
        vt_free(pairs);
        return status;
    }
    for (size_t k = 0; rdf->pairs != NULL && k < size; k++) pairs[k] += rdf->pairs[k];
    vt_free(rdf->pairs);
    rdf->pairs = pairs;
    rdf->species_count = species;
    memcpy(rdf->species, atoms->species, sizeof rdf->species);
    double number[VT_MAX_SPECIES] = {0}, volume = vt_box_volume(&atoms->box);
    for (size_t i = 0; i < atoms->count; i++) number[atoms->type[i]]++;
    for (int a = 0; a < species; a++) {
        rdf->atoms[a] += number[a];
        for (int b = 0; b < species; b++) rdf->ideal[a][b] += number[a] * number[b] / volume;
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- results ---- */

int vt_rdf_species_count(const vt_rdf *rdf) {
    return rdf->species_count;
}

const vt_species *vt_rdf_species(const vt_rdf *rdf, int k) {
    return &rdf->species[k];
}

double vt_rdf_atoms(const vt_rdf *rdf, int k) {
    if (k >= 0) return rdf->atoms[k];
    double sum = 0;
    for (int a = 0; a < rdf->species_count; a++) sum += rdf->atoms[a];
    return sum;
}

void vt_rdf_radii(const vt_rdf *rdf, double *r) {
    for (size_t k = 0; k < rdf->bins; k++) r[k] = rdf->rmax * ((double)k + 0.5) / (double)rdf->bins;
}

/* Ordered pairs (a, b) in shell k; -1 for any species. */
static uint64_t pairs_in_shell(const vt_rdf *rdf, int a, int b, size_t k) {
    size_t stride = rdf->bins + 1, species = (size_t)rdf->species_count;
    size_t a_first = a < 0 ? 0 : (size_t)a, a_end = a < 0 ? species : (size_t)a + 1;
    size_t b_first = b < 0 ? 0 : (size_t)b, b_end = b < 0 ? species : (size_t)b + 1;
    uint64_t sum = 0;
    for (size_t i = a_first; i < a_end; i++)
        for (size_t j = b_first; j < b_end; j++)
            sum += rdf->pairs[(i * species + j) * stride + k] +
                   rdf->pairs[(j * species + i) * stride + k];
    return sum;
}

void vt_rdf_pairs(const vt_rdf *rdf, int a, int b, uint64_t *pairs) {
    for (size_t k = 0; k < rdf->bins; k++) pairs[k] = pairs_in_shell(rdf, a, b, k);
}

void vt_rdf_values(const vt_rdf *rdf, int a, int b, double *g) {
    double ideal = 0;
    for (int i = 0; i < rdf->species_count; i++)
        for (int j = 0; j < rdf->species_count; j++)
            if ((a < 0 || a == i) && (b < 0 || b == j)) ideal += rdf->ideal[i][j];
    double width = rdf->rmax / (double)rdf->bins;
    for (size_t k = 0; k < rdf->bins; k++) {
        double inner = (double)k, shell = 3 * inner * (inner + 1) + 1;
        double volume = 4 * PI / 3 * width * width * width * shell;
        g[k] = ideal > 0 ? (double)pairs_in_shell(rdf, a, b, k) / (ideal * volume) : 0;
    }
}

void vt_rdf_coordination(const vt_rdf *rdf, int a, int b, double *n) {
    double centers = vt_rdf_atoms(rdf, a);
    uint64_t sum = 0;
    for (size_t k = 0; k < rdf->bins; k++) {
        sum += pairs_in_shell(rdf, a, b, k);
        n[k] = centers > 0 ? (double)sum / centers : 0;
    }
}

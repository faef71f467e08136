/* Compact tables for the EAM kernels.

   A kernel needs, for each pair, densities, their slopes and that of phi divided by r, and phi in
   the middle of a row when the energy is wanted. Functions are stored as polynomials through
   Chebyshev nodes of intervals that span several steps of the file's own tables or a part of one.
   Files with 10,000 points to a table would otherwise fill the cache many times over; the widest
   interval that stays within the tolerance is used. */
#include "eam.h"

#include <math.h>
#include <string.h>

/* Largest deviation from the splines: of slopes [eV/angstrom; of densities in units of their
   largest slope], of densities [their largest value]. Below 1 absolute, above relative. Files
   print about ten digits, so that fine tables carry noise of 1e-6 in their slopes that no wider
   interval reproduces. */
static const double SLOPE_TOLERANCE = 5e-9, VALUE_TOLERANCE = 1e-9;

/* What is allowed instead between the distances where phi is SOFT and HARD [eV], which atoms reach
   only in violent collisions, and in a handful of intervals where a file joins its short-range
   wall to the rest and the curvature jumps. Closer still, and below CLOSEST [angstrom], the tables
   need only be sane. */
static const double WALL_TOLERANCE = 2e-7, SOFT = 1.0, HARD = 4.0, CLOSEST = 1.2;
enum { KINKS = 8 };

/* Intervals in steps of the file, or in an odd part of them (unit_of); none narrower than FINEST
   [angstrom], which is for files with more points than any function needs. */
static const double WIDEST = 32, NARROWEST = 1.0 / 16, FINEST = 1e-5;

/* What a cutoff and the end of a row may differ by and are the same [angstrom]: headers round. */
static const double SLIVER = 1e-6;

enum { MOST_NODES = 4, SLOPE_NODES = 3, VALUE_NODES = 4 };

enum { VALUE, SLOPE_OVER_R, PAIR_OVER_R };

/* What a table holds, as a function of r. */
typedef struct {
    const vti_eam_functions *functions;
    const vti_spline *spline;
    int kind;
    double scale;      /* of the tolerance */
    double hard, soft; /* distances where the tolerances begin [angstrom] */
} tabulated;

static double exact(const tabulated *t, double r) {
    vti_curve c = vti_eam_curve(t->functions, t->spline, r);
    if (t->kind == VALUE) return c.value;
    if (t->kind == SLOPE_OVER_R) return c.slope / r;
    return (c.slope - c.value / r) / (r * r); /* value = r phi: phi' = (value' - phi) / r */
}

/* The upper half of the double nearest to x that has no lower one. */
static uint32_t upper_half(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint32_t)((bits + 0x80000000u) >> 32);
}

static double from_upper_half(uint32_t half) {
    uint64_t bits = (uint64_t)half << 32;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Polynomial in p of `nodes` coefficients through Chebyshev nodes of the interval from `low`;
   p = (r - low) / width - 1/2. The last interval ends at the cutoff. */
static void fit(const tabulated *t, double low, double width, double cutoff, int nodes, double *c) {
    double node[MOST_NODES], d[MOST_NODES];
    double end = low + width < cutoff ? 1.0 : (cutoff - low) / width;
    for (int k = 0; k < nodes; k++) {
        double at = end * (0.5 - 0.5 * cos((2 * k + 1) * M_PI / (2 * nodes)));
        node[k] = at - 0.5;
        d[k] = exact(t, low + at * width);
    }
    /* Newton's divided differences, then the monomial form. */
    for (int order = 1; order < nodes; order++)
        for (int k = nodes - 1; k >= order; k--)
            d[k] = (d[k] - d[k - 1]) / (node[k] - node[k - order]);
    for (int k = 0; k < nodes; k++) c[k] = 0;
    for (int k = nodes - 1; k >= 0; k--) {
        for (int m = nodes - 1; m > 0; m--) c[m] = c[m - 1] - node[k] * c[m];
        c[0] = d[k] - node[k] * c[0];
    }
    /* Slopes are stored with upper halves. */
    for (int k = 1; k < nodes && t->kind != VALUE; k++) c[k] = from_upper_half(upper_half(c[k]));
}

static int rows_of(double cutoff, double width) {
    return (int)ceil((cutoff - SLIVER) / width);
}

/* Largest deviation of the row from `low`. */
static double deviation(const tabulated *t, double low, double width, double cutoff) {
    double c[MOST_NODES] = {0}, worst = 0;
    fit(t, low, width, cutoff, t->kind == VALUE ? VALUE_NODES : SLOPE_NODES, c);
    for (int k = 0; k <= 8; k++) {
        double p = k / 8.0 - 0.5, r = low + k / 8.0 * width;
        if (r >= cutoff) continue;
        double want = exact(t, r), got = c[0] + p * (c[1] + p * (c[2] + p * c[3]));
        double weight = t->kind == VALUE ? 1.0 : r;
        double size = fabs(want) * weight / t->scale;
        worst = fmax(worst, fabs(got - want) * weight / t->scale / (size > 1 ? size : 1));
    }
    return worst;
}

static double tolerance_of(const tabulated *t) {
    return t->kind == VALUE ? VALUE_TOLERANCE : SLOPE_TOLERANCE;
}

/* Functions of pairs that end at the cutoff with a jump, as those of funcfl files do. */
static bool ends_with_a_jump(const tabulated *t, double cutoff) {
    double value = vti_eam_curve(t->functions, t->spline, cutoff).value;
    if (t->kind == PAIR_OVER_R && fabs(value) > SLOPE_TOLERANCE * cutoff) return true;
    double weight = t->kind == VALUE ? 1.0 : cutoff;
    return fabs(exact(t, cutoff)) * weight / t->scale > tolerance_of(t);
}

static bool ends_at(double cutoff, double width) {
    return fabs(rows_of(cutoff, width) * width - cutoff) <= SLIVER;
}

/* The last row goes on beyond the cutoff, and kernels do not look where that is: what they find
   there must be nothing. */
static bool nothing_beyond(const tabulated *t, double cutoff, double width) {
    if (ends_at(cutoff, width)) return true;
    if (ends_with_a_jump(t, cutoff)) return false;
    int nodes = t->kind == VALUE ? VALUE_NODES : SLOPE_NODES;
    double c[MOST_NODES] = {0}, low = (rows_of(cutoff, width) - 1) * width;
    fit(t, low, width, cutoff, nodes, c);
    for (int k = 0; k <= 8; k++) {
        double r = cutoff + k / 8.0 * (low + width - cutoff), p = (r - low) / width - 0.5;
        double found = c[0] + p * (c[1] + p * (c[2] + p * c[3]));
        double weight = t->kind == VALUE ? 1.0 : r;
        if (fabs(found) * weight / t->scale > tolerance_of(t)) return false;
    }
    return true;
}

static bool fine_enough(const tabulated *t, double cutoff, double width) {
    if (!nothing_beyond(t, cutoff, width)) return false;
    double tolerance = tolerance_of(t);
    int rows = rows_of(cutoff, width), kinks = 0;
    for (int m = (int)(t->hard / width) + 1; m < rows; m++) {
        double low = m * width, error = deviation(t, low, width, cutoff);
        if (error <= tolerance) continue;
        if (error > WALL_TOLERANCE || (low > t->soft && ++kinks > KINKS)) return false;
    }
    return true;
}

/* Distance at which phi rises to `energy`. */
static double distance_of(const vti_eam_functions *f, int i, int j, double energy) {
    const vti_spline *s = &f->pair[i * f->elements + j];
    double r = f->cutoff, slope;
    while (r > CLOSEST && vti_spline_value(s, r, &slope) < energy * r) r -= 0.01;
    return r;
}

/* Largest |value| or |slope| from `from` on, the natural unit of a density. */
static double largest(const vti_spline *s, double from, double cutoff, bool slopes) {
    double most = 0;
    for (double r = from; r < cutoff; r += 0.01) {
        double slope, value = vti_spline_value(s, r, &slope);
        most = fmax(most, fabs(slopes ? slope : value));
    }
    return most > 0 ? most : 1.0;
}

static tabulated density(const vti_eam_functions *f, int at, int of, int kind) {
    const vti_spline *s = &f->density[of * f->elements + at];
    double hard = distance_of(f, at, of, HARD), soft = distance_of(f, at, of, SOFT);
    return (tabulated){f, s, kind, largest(s, soft, f->cutoff, kind != VALUE), hard, soft};
}

static tabulated pair(const vti_eam_functions *f, int i, int j, int kind) {
    double hard = distance_of(f, i, j, HARD), soft = distance_of(f, i, j, SOFT);
    return (tabulated){f, &f->pair[i * f->elements + j], kind, 1.0, hard, soft};
}

static bool any_jump(const vti_eam_functions *f, int count, const int *species) {
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            tabulated laid = density(f, species[i], species[j], VALUE);
            tabulated phi = pair(f, species[i], species[j], PAIR_OVER_R);
            if (ends_with_a_jump(&laid, f->cutoff) || ends_with_a_jump(&phi, f->cutoff))
                return true;
        }
    return false;
}

/* What widths are counted in. Rows must end at the knots of the file and, where a function ends
   with a jump, at the cutoff: a step of the file, or the part of it that the cutoff is a multiple
   of. */
static double unit_of(const vti_eam_functions *f, bool jump) {
    enum { MOST_PARTS = 63 };
    double step = f->pair[0].delta;
    for (int parts = 1; jump && parts <= MOST_PARTS; parts += 2)
        if (ends_at(f->cutoff, NARROWEST * step / parts)) return step / parts;
    return step;
}

static double narrowed(const tabulated t, const vti_eam_functions *f, double unit, double width) {
    while (width > NARROWEST && width * unit > FINEST && !fine_enough(&t, f->cutoff, width * unit))
        width /= 2;
    return width;
}

static vti_eam_grid make_grid(const vti_eam_functions *f, double step) {
    return (vti_eam_grid){1.0 / step, rows_of(f->cutoff, step)};
}

static void choose_grids(vti_eam_tables *b, const vti_eam_functions *f, const int *species) {
    double densities = WIDEST, slopes = WIDEST;
    double unit = unit_of(f, any_jump(f, b->species, species));
    for (int i = 0; i < b->species; i++)
        for (int j = 0; j < b->species; j++) {
            int at = species[i], of = species[j];
            densities = narrowed(density(f, at, of, VALUE), f, unit, densities);
            slopes = narrowed(density(f, at, of, SLOPE_OVER_R), f, unit, slopes);
            if (j <= i) slopes = narrowed(pair(f, at, of, PAIR_OVER_R), f, unit, slopes);
        }
    b->densities = make_grid(f, densities * unit);
    b->slopes = make_grid(f, slopes * unit);
}

static double (*value_table(const vti_eam_grid *grid, const vti_eam_functions *f, tabulated t))[4] {
    double width = 1.0 / grid->inverse_step;
    double(*rows)[4] = vt_alloc((size_t)grid->rows + 1, sizeof *rows);
    for (int m = 0; rows != NULL && m < grid->rows; m++)
        fit(&t, m * width, width, f->cutoff, VALUE_NODES, rows[m]);
    return rows;
}

/* phi in the middle of each row of a grid of slopes. The last row ends at the cutoff, so that its
   middle is reached from the middle of what is before the cutoff. */
static double *middle_table(const vti_eam_grid *grid, const vti_eam_functions *f, int i, int j) {
    tabulated phi = pair(f, i, j, PAIR_OVER_R);
    double width = 1.0 / grid->inverse_step;
    double *middle = vt_alloc((size_t)grid->rows + 1, sizeof *middle);
    for (int m = 0; middle != NULL && m < grid->rows; m++) {
        double c[SLOPE_NODES], low = m * width;
        double p = 0.5 * fmin(1, (f->cutoff - low) / width) - 0.5, r = low + (p + 0.5) * width;
        fit(&phi, low, width, f->cutoff, SLOPE_NODES, c);
        middle[m] =
            vti_eam_curve(f, phi.spline, r).value / r - vti_eam_from_middle(c, r, p, p * width);
    }
    return middle;
}

static uint64_t halves(double low, double high) {
    return (uint64_t)upper_half(high) << 32 | upper_half(low);
}

static vti_eam_like *like_table(const vti_eam_tables *b, const vti_eam_functions *f, int species) {
    tabulated phi = pair(f, species, species, PAIR_OVER_R);
    tabulated laid = density(f, species, species, SLOPE_OVER_R);
    double width = 1.0 / b->slopes.inverse_step;
    vti_eam_like *rows = vt_alloc((size_t)b->slopes.rows + 1, sizeof *rows);
    for (int m = 0; rows != NULL && m < b->slopes.rows; m++) {
        double u[SLOPE_NODES], v[SLOPE_NODES];
        fit(&phi, m * width, width, f->cutoff, SLOPE_NODES, u);
        fit(&laid, m * width, width, f->cutoff, SLOPE_NODES, v);
        rows[m] = (vti_eam_like){u[0], v[0], halves(u[1], v[1]), halves(u[2], v[2])};
    }
    return rows;
}

static vti_eam_unlike *unlike_table(const vti_eam_tables *b, const vti_eam_functions *f, int low,
                                    int high) {
    tabulated phi = pair(f, low, high, PAIR_OVER_R);
    tabulated at_low = density(f, low, high, SLOPE_OVER_R),
              at_high = density(f, high, low, SLOPE_OVER_R);
    double width = 1.0 / b->slopes.inverse_step;
    vti_eam_unlike *rows = vt_alloc((size_t)b->slopes.rows + 1, sizeof *rows);
    for (int m = 0; rows != NULL && m < b->slopes.rows; m++) {
        double u[SLOPE_NODES], v[SLOPE_NODES], w[SLOPE_NODES];
        fit(&phi, m * width, width, f->cutoff, SLOPE_NODES, u);
        fit(&at_low, m * width, width, f->cutoff, SLOPE_NODES, v);
        fit(&at_high, m * width, width, f->cutoff, SLOPE_NODES, w);
        rows[m] = (vti_eam_unlike){
            u[0], v[0], w[0], halves(u[1], v[1]), halves(w[1], u[2]), halves(v[2], w[2])};
    }
    return rows;
}

static bool same_function(const vti_spline *a, const vti_spline *b) {
    return a == b || memcmp(a->row, b->row, (size_t)a->count * sizeof *a->row) == 0;
}

/* Table of what j lays at i; functions that occur twice, as all do in eam/alloy, share one, which
   leaves more of the cache to the rest. */
static double (*density_table(const vti_eam_tables *b, const vti_eam_functions *f,
                              const int *species, int i, int j))[4] {
    tabulated wanted = density(f, species[i], species[j], VALUE);
    for (int k = 0; k < i * b->species + j; k++) {
        int at = species[k / b->species], of = species[k % b->species];
        if (same_function(&f->density[of * f->elements + at], wanted.spline)) return b->density[k];
    }
    return value_table(&b->densities, f, wanted);
}

static bool fill(vti_eam_tables *b, const vti_eam_functions *f, const int *species) {
    int n = b->species;
    bool ok = true;
    b->embedding_limit = f->densest;
    b->functions = f;
    for (int i = 0; i < n; i++) {
        b->embedding[i] = f->embedding[species[i]];
        b->element[i] = species[i];
        b->like[i] = like_table(b, f, species[i]);
        ok = ok && b->like[i] != NULL;
        for (int j = 0; j < n; j++) {
            b->density[i * n + j] = density_table(b, f, species, i, j);
            ok = ok && b->density[i * n + j] != NULL;
            if (j > i) continue;
            b->middle[i * n + j] = b->middle[j * n + i] =
                middle_table(&b->slopes, f, species[i], species[j]);
            ok = ok && b->middle[i * n + j] != NULL;
            if (j == i) continue;
            vti_eam_unlike **unlike = &b->unlike[i * (i - 1) / 2 + j];
            *unlike = unlike_table(b, f, species[j], species[i]);
            ok = ok && *unlike != NULL;
        }
    }
    return ok;
}

/* ---------------------------------------------------------------- mixed precision ---- */

/* Widest interval of the slopes [angstrom]: what the polynomials then leave out is as small as the
   rounding of positions, 1e-6 angstrom, makes of a force. */
static const double MIXED_WIDTH = 0.004;

static vti_eam_mixed_row *mixed_table(const vti_eam_grid *grid, const vti_eam_functions *f, int low,
                                      int high) {
    tabulated phi = pair(f, low, high, PAIR_OVER_R);
    tabulated at_low = density(f, low, high, SLOPE_OVER_R);
    tabulated at_high = density(f, high, low, SLOPE_OVER_R);
    double width = 1.0 / grid->inverse_step;
    vti_eam_mixed_row *rows = vt_alloc((size_t)grid->rows + 1, sizeof *rows);
    for (int m = 0; rows != NULL && m < grid->rows; m++) {
        double u[3], v[2], w[2];
        fit(&phi, m * width, width, f->cutoff, 3, u);
        fit(&at_low, m * width, width, f->cutoff, 2, v);
        fit(&at_high, m * width, width, f->cutoff, 2, w);
        rows[m] = (vti_eam_mixed_row){.phi0 = (float)u[0],
                                      .phi1 = (float)u[1],
                                      .phi2 = (float)u[2],
                                      .low0 = (float)v[0],
                                      .low1 = (float)v[1],
                                      .high0 = (float)w[0],
                                      .high1 = (float)w[1]};
    }
    return rows;
}

static float (*narrow(const double (*from)[4], int rows))[4] {
    float(*to)[4] = vt_alloc((size_t)rows + 1, sizeof *to);
    for (int m = 0; to != NULL && m <= rows; m++)
        for (int k = 0; k < 4; k++) to[m][k] = (float)from[m][k];
    return to;
}

static float *narrow_middle(const vti_eam_grid *grid, const vti_eam_functions *f, int i, int j) {
    double *from = middle_table(grid, f, i, j);
    float *to = vt_alloc((size_t)grid->rows + 1, sizeof *to);
    for (int m = 0; from != NULL && to != NULL && m < grid->rows; m++) to[m] = (float)from[m];
    if (from == NULL) {
        vt_free(to);
        to = NULL;
    }
    vt_free(from);
    return to;
}

/* The first pair of species with the same density table. */
static int owner_of(const vti_eam_tables *b, int index) {
    int k = 0;
    while (b->density[k] != b->density[index]) k++;
    return k;
}

static bool fill_mixed(vti_eam_tables *b, const vti_eam_functions *f, const int *species) {
    vti_eam_mixed *m = b->mixed;
    int n = b->species;
    bool jump = any_jump(f, n, species);
    double unit = unit_of(f, jump), width = 1;
    while (width * unit > MIXED_WIDTH) width /= 2;
    while (2 * width * unit <= MIXED_WIDTH) width *= 2;
    while (jump && width > NARROWEST && !ends_at(f->cutoff, width * unit)) width /= 2;
    m->slopes = make_grid(f, width * unit);
    bool ok = true;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            int k = i * n + j, owner = owner_of(b, k);
            m->density[k] = owner < k
                                ? m->density[owner]
                                : narrow((const double(*)[4])b->density[k], b->densities.rows);
            ok = ok && m->density[k] != NULL;
            if (j > i) continue;
            m->middle[k] = m->middle[j * n + i] =
                narrow_middle(&m->slopes, f, species[i], species[j]);
            vti_eam_mixed_row **row = &m->row[i * (i + 1) / 2 + j];
            *row = mixed_table(&m->slopes, f, species[j], species[i]);
            ok = ok && m->middle[k] != NULL && *row != NULL;
        }
    return ok;
}

static bool add_mixed(vti_eam_tables *b, const vti_eam_functions *f, const int *species) {
    size_t pairs = (size_t)b->species * (size_t)b->species + 1;
    b->mixed = vt_alloc(1, sizeof *b->mixed);
    if (b->mixed == NULL) return false;
    b->mixed->row = vt_alloc(pairs, sizeof *b->mixed->row);
    b->mixed->density = vt_alloc(pairs, sizeof *b->mixed->density);
    b->mixed->middle = vt_alloc(pairs, sizeof *b->mixed->middle);
    return b->mixed->row != NULL && b->mixed->density != NULL && b->mixed->middle != NULL &&
           fill_mixed(b, f, species);
}

static void destroy_mixed(vti_eam_tables *b) {
    vti_eam_mixed *m = b->mixed;
    if (m == NULL) return;
    int n = b->species;
    for (int k = 0; k < n * n; k++) {
        if (m->density != NULL && owner_of(b, k) == k) vt_free(m->density[k]);
        if (k % n > k / n) continue;
        if (m->middle != NULL) vt_free(m->middle[k]);
        if (m->row != NULL) vt_free(m->row[k / n * (k / n + 1) / 2 + k % n]);
    }
    vt_free(m->density);
    vt_free(m->middle);
    vt_free(m->row);
    vt_free(m);
}

/* ---------------------------------------------------------------- life ---- */

vti_eam_tables *vti_eam_tables_create(const vti_eam_functions *f, const int *species, int count,
                                      vt_precision precision, vt_error *err) {
    vti_eam_tables *b = vt_alloc(1, sizeof *b);
    size_t pairs = (size_t)count * (size_t)count + 1; /* a set without atoms has no species */
    if (b != NULL) {
        b->species = count;
        b->cutoff2 = f->cutoff * f->cutoff;
        b->density = vt_alloc(pairs, sizeof *b->density);
        b->middle = vt_alloc(pairs, sizeof *b->middle);
        b->like = vt_alloc((size_t)count, sizeof *b->like);
        b->unlike = vt_alloc(pairs, sizeof *b->unlike);
        if (b->density != NULL && b->middle != NULL && b->like != NULL && b->unlike != NULL) {
            choose_grids(b, f, species);
            if (fill(b, f, species) &&
                (precision == VT_PRECISION_DOUBLE || add_mixed(b, f, species)))
                return b;
        }
    }
    vti_eam_tables_destroy(b);
    vt_fail_memory(err, pairs, sizeof *b, "EAM tables");
    return NULL;
}

void vti_eam_tables_destroy(vti_eam_tables *b) {
    if (b == NULL) return;
    int n = b->species;
    destroy_mixed(b);
    /* A shared table goes with its first owner, from the end so that others still find theirs. */
    for (int k = n * n - 1; k >= 0 && b->density != NULL; k--)
        if (owner_of(b, k) == k) vt_free(b->density[k]);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            if (b->middle != NULL) vt_free(b->middle[i * n + j]);
            if (b->unlike != NULL && j < i) vt_free(b->unlike[i * (i - 1) / 2 + j]);
            if (b->like != NULL && j == i) vt_free(b->like[i]);
        }
    vt_free(b->density);
    vt_free(b->middle);
    vt_free(b->like);
    vt_free(b->unlike);
    vt_free(b);
}

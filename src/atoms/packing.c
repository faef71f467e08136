/* Random packing with a least distance. Positions start uniform; then every pair that is too near
   is pushed apart, as soft spheres of harmonic repulsion running downhill. Unlike random
   sequential addition, which jams at a packing fraction of 0.38, this reaches the density of melts
   and stays fast: a sweep costs the same for every atom, by cells at least one reach wide. */
#include "base/share.h"
#include "base/sort.h"
#include "base/try.h"
#include "vitrum/atoms.h"

#include <math.h>

/* Random close packing of equal spheres fills about 0.64 of space (Bernal and Mason, Nature 188,
   910 (1960)); beyond it only a crystal does. */
static const double RANDOM_CLOSE_PACKING = 0.64;
static const double PI = 3.14159265358979323846;

/* Spheres are pushed a little further than asked, so that the last approach ends. */
static const double MARGIN = 1.02;

/* What one sweep found. */
typedef struct {
    double closest; /* square of the least distance [angstrom^2] */
    double overlap; /* sum of squared overlaps [angstrom^2] */
} sweep_result;

typedef struct {
    size_t count;
    vt_box box;
    double inverse[3][3];
    double reach;                     /* wanted distance with its margin [angstrom] */
    int64_t cells[3];                 /* along each axis, each at least one reach high */
    double *x, *y, *z, *px, *py, *pz; /* positions; the same in the order of the cells */
    int32_t *first;                   /* of each cell, into `order` */
    int32_t *order, *cell;            /* atoms by cell; cell of each atom */
    sweep_result *layer;              /* of each layer of cells along c */
} packing;

vt_packing_options vt_packing_defaults(void) {
    vt_packing_options options = {.seed = 1, .sweeps = 2000};
    return options;
}

double vt_packing_edge(size_t count, double volume) {
    return cbrt((double)count * volume);
}

double vt_packing_distance(const vt_box *box, size_t count) {
    return 0.9 * cbrt(vt_box_volume(box) / (double)count);
}

static size_t cell_count(const packing *p) {
    return (size_t)(p->cells[0] * p->cells[1] * p->cells[2]);
}

static void packing_free(packing *p) {
    vt_free(p->px);
    vt_free(p->first);
    vt_free(p->order);
    vt_free(p->cell);
    vt_free(p->layer);
}

/* Sort the atoms into cells; positions are brought into the box first. */
static void sort_into_cells(packing *p) {
    for (size_t i = 0; i < p->count; i++) {
        double d[3] = {p->x[i] - p->box.origin[0], p->y[i] - p->box.origin[1],
                       p->z[i] - p->box.origin[2]};
        double s[3], r[3];
        int64_t c[3];
        for (int k = 0; k < 3; k++) {
            s[k] = d[0] * p->inverse[0][k] + d[1] * p->inverse[1][k] + d[2] * p->inverse[2][k];
            if (p->box.periodic[k])
                s[k] -= floor(s[k]);
            else
                s[k] = s[k] < 0 ? 0 : s[k] > 1 ? 1 : s[k];
            c[k] = (int64_t)(s[k] * (double)p->cells[k]);
            if (c[k] >= p->cells[k]) c[k] = p->cells[k] - 1;
        }
        vt_box_cartesian(&p->box, s, r);
        p->x[i] = r[0];
        p->y[i] = r[1];
        p->z[i] = r[2];
        p->cell[i] = (int32_t)((c[2] * p->cells[1] + c[1]) * p->cells[0] + c[0]);
    }
    vti_sort_by_place(p->cell, 1, p->count, cell_count(p), p->first, p->order);
    for (size_t k = 0; k < p->count; k++) {
        int32_t i = p->order[k];
        p->px[k] = p->x[i];
        p->py[k] = p->y[i];
        p->pz[k] = p->z[i];
    }
}

/* Push from atoms from..to-1, shifted by `shift`, on atom k (both in the order of the cells). */
static void push_from(const packing *p, int32_t from, int32_t to, const double shift[3], bool same,
                      int32_t k, double push[3], sweep_result *result) {
    double reach2 = p->reach * p->reach;
    for (int32_t j = from; j < to; j++) {
        if (same && j == k) continue;
        double dx = p->px[k] - p->px[j] - shift[0];
        double dy = p->py[k] - p->py[j] - shift[1];
        double dz = p->pz[k] - p->pz[j] - shift[2];
        double r2 = dx * dx + dy * dy + dz * dz;
        if (r2 >= reach2) continue;
        if (r2 < result->closest) result->closest = r2;
        double r = sqrt(r2), overlap = p->reach - r;
        result->overlap += overlap * overlap;
        if (r < 1e-8 * p->reach) { /* at one place: the order of the two decides */
            push[0] += k > j ? overlap : -overlap;
            continue;
        }
        push[0] += overlap * dx / r;
        push[1] += overlap * dy / r;
        push[2] += overlap * dz / r;
    }
}

/* The nine rows of cells along a around one row; cells of a row follow each other in memory. */
typedef struct {
    int count;
    int64_t base[9]; /* first cell of the row */
    double shift[9][3];
    bool same[9]; /* no image: an atom must not meet itself */
} rows;

static rows look_around(const packing *p, int64_t c1, int64_t c2) {
    rows r = {0};
    for (int o = 0; o < 9; o++) {
        int64_t c[3] = {0, c1 + o % 3 - 1, c2 + o / 3 - 1};
        double image[3] = {0, 0, 0};
        bool inside = true;
        for (int a = 1; a < 3; a++) {
            if (c[a] >= 0 && c[a] < p->cells[a]) continue;
            if (!p->box.periodic[a]) inside = false;
            image[a] = c[a] < 0 ? -1 : 1;
            c[a] = c[a] < 0 ? p->cells[a] - 1 : 0;
        }
        if (!inside) continue;
        int n = r.count++;
        r.base[n] = (c[2] * p->cells[1] + c[1]) * p->cells[0];
        r.same[n] = image[1] == 0 && image[2] == 0;
        for (int j = 0; j < 3; j++)
            r.shift[n][j] = image[1] * p->box.h[1][j] + image[2] * p->box.h[2][j];
    }
    return r;
}

/* Push from all cells around column c0 of the rows on atom k (in cell order). */
static void push_around(const packing *p, const rows *r, int64_t c0, int32_t k, double push[3],
                        sweep_result *result) {
    int64_t last = p->cells[0] - 1;
    int64_t from = c0 > 0 ? c0 - 1 : 0, to = c0 < last ? c0 + 1 : last;
    for (int n = 0; n < r->count; n++) {
        const int32_t *first = p->first + r->base[n];
        push_from(p, first[from], first[to + 1], r->shift[n], r->same[n], k, push, result);
        if (!p->box.periodic[0] || (c0 > 0 && c0 < last)) continue;
        double before[3], after[3];
        for (int j = 0; j < 3; j++) {
            before[j] = r->shift[n][j] - p->box.h[0][j];
            after[j] = r->shift[n][j] + p->box.h[0][j];
        }
        if (c0 == 0) push_from(p, first[last], first[last + 1], before, false, k, push, result);
        if (c0 == last) push_from(p, first[0], first[1], after, false, k, push, result);
    }
}

/* Push the atoms of all cells in layer c2. */
static sweep_result sweep_layer(packing *p, int64_t c2, double step) {
    sweep_result result = {p->reach * p->reach, 0};
    for (int64_t c1 = 0; c1 < p->cells[1]; c1++) {
        rows r = look_around(p, c1, c2);
        const int32_t *first = p->first + (c2 * p->cells[1] + c1) * p->cells[0];
        for (int64_t c0 = 0; c0 < p->cells[0]; c0++)
            for (int32_t k = first[c0]; k < first[c0 + 1]; k++) {
                double push[3] = {0, 0, 0};
                push_around(p, &r, c0, k, push, &result);
                int32_t i = p->order[k];
                p->x[i] += step * push[0];
                p->y[i] += step * push[1];
                p->z[i] += step * push[2];
            }
    }
    return result;
}

typedef struct {
    packing *p;
    double step;
} sweeping;

static void sweep_layers(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const sweeping *s = context;
    for (size_t c2 = from; c2 < to; c2++) s->p->layer[c2] = sweep_layer(s->p, (int64_t)c2, s->step);
}

/* Each atom is moved by its own layer alone and the sums are joined in the order of the layers,
   so that the number of threads does not matter. */
static sweep_result sweep(packing *p, double step) {
    sort_into_cells(p);
    vti_share((size_t)p->cells[2], 1, sweep_layers, &(sweeping){p, step});
    sweep_result result = {p->reach * p->reach, 0};
    for (int64_t c2 = 0; c2 < p->cells[2]; c2++) {
        result.closest = fmin(result.closest, p->layer[c2].closest);
        result.overlap += p->layer[c2].overlap;
    }
    return result;
}

static vt_status check(const vt_packing_options *o, vt_error *err) {
    VTI_TRY(vt_box_check(&o->box, err));
    double d = o->minimum_distance, volume = vt_box_volume(&o->box), heights[3];
    if (o->count == 0)
        return vt_fail(err, VT_EINVAL, "random packing: 0 atoms; at least 1 is needed");
    if (!(d >= 0) || !isfinite(d))
        return vt_fail(err, VT_EINVAL,
                       "random packing: the minimum distance is %g A; it must be 0 or more", d);
    vt_box_heights(&o->box, heights);
    for (int k = 0; k < 3; k++)
        if (o->box.periodic[k] && heights[k] < d)
            return vt_fail(err, VT_EINVAL,
                           "random packing: the box is %.4g A high along %c, less than the minimum "
                           "distance of %.4g A, so that an atom would be too near its own image; "
                           "use a larger box or a smaller distance",
                           heights[k], "abc"[k], d);
    double density = (double)o->count / volume, fraction = density * PI / 6 * d * d * d;
    bool periodic = o->box.periodic[0] && o->box.periodic[1] && o->box.periodic[2];
    /* Few atoms can sit on a lattice by chance, and at a free surface spheres stick out. */
    if (periodic && o->count > 100 && fraction > RANDOM_CLOSE_PACKING)
        return vt_fail(err, VT_EINVAL,
                       "random packing: %zu atoms at %.4g/A^3 cannot all be %.4g A apart (spheres "
                       "of that size fill %.2f of space, random ones at most %.2f); lower "
                       "minimum_distance below %.3g A or the density",
                       o->count, density, d, fraction, RANDOM_CLOSE_PACKING,
                       0.97 * cbrt(RANDOM_CLOSE_PACKING * 6 / (PI * density)));
    return VT_OK;
}

static vt_status push_apart(packing *p, const vt_packing_options *o, vt_error *err) {
    double wanted = o->minimum_distance * o->minimum_distance, mark = INFINITY;
    sweep_result result = {0, 0};
    for (int n = 0; n < o->sweeps; n++) {
        if (vt_interrupted()) return vt_fail_interrupted(err);
        result = sweep(p, 0.4);
        if (result.closest >= wanted) {
            /* Distances are those before the push, which may have spoiled one. */
            result = sweep(p, 0);
            if (result.closest >= wanted) return VT_OK;
        }
        if (n % 100 == 99) { /* a jammed packing no longer gets better */
            if (result.overlap > 0.98 * mark) break;
            mark = result.overlap;
        }
    }
    double density = (double)o->count / vt_box_volume(&o->box), reached = sqrt(result.closest);
    return vt_fail(err, VT_EINVAL,
                   "random packing: %zu atoms at %.4g/A^3 came to %.4g A from each other, not %.4g "
                   "A; lower minimum_distance below %.3g A or the density",
                   o->count, density, reached, o->minimum_distance, 0.98 * reached);
}

static vt_status pack(packing *p, const vt_packing_options *o, vt_error *err) {
    double heights[3];
    p->count = o->count;
    p->box = o->box;
    p->reach = MARGIN * o->minimum_distance;
    vt_box_inverse(&p->box, p->inverse);
    vt_box_heights(&p->box, heights);
    /* No more cells than atoms: a small distance in a large box would only make empty ones. */
    double least = cbrt(vt_box_volume(&p->box) / (double)o->count);
    for (int k = 0; k < 3; k++) {
        double n = floor(heights[k] / (p->reach > least ? p->reach : least));
        p->cells[k] = n < 1 ? 1 : (int64_t)n;
    }
    p->px = vt_alloc(3 * p->count, sizeof(double));
    p->first = vt_alloc(cell_count(p) + 1, sizeof(int32_t));
    p->order = vt_alloc(p->count, sizeof(int32_t));
    p->cell = vt_alloc(p->count, sizeof(int32_t));
    p->layer = vt_alloc((size_t)p->cells[2], sizeof *p->layer);
    if (p->px == NULL || p->first == NULL || p->order == NULL || p->cell == NULL ||
        p->layer == NULL)
        return vt_fail_memory(err, p->count, 32, "random packing");
    p->py = p->px + p->count;
    p->pz = p->py + p->count;
    return push_apart(p, o, err);
}

vt_atoms *vt_atoms_random(const vt_packing_options *options, vt_error *err) {
    if (vt_failed(check(options, err))) return NULL;
    vt_atoms *atoms = vt_atoms_create(options->count, &options->box, err);
    if (atoms == NULL) return NULL;
    if (vt_failed(vt_atoms_assign(atoms, &options->composition, options->seed, err))) goto fail;
    for (size_t i = 0; i < atoms->count; i++) {
        double u[4], r[3];
        vt_random_uniform2(options->seed, VT_STREAM_BUILD, i, 0, u);
        vt_random_uniform2(options->seed, VT_STREAM_BUILD, i, 1, u + 2);
        vt_box_cartesian(&options->box, u, r);
        atoms->x[i] = r[0];
        atoms->y[i] = r[1];
        atoms->z[i] = r[2];
    }
    if (options->minimum_distance > 0) {
        packing p = {.x = atoms->x, .y = atoms->y, .z = atoms->z};
        vt_status status = pack(&p, options, err);
        packing_free(&p);
        if (vt_failed(status)) goto fail;
    }
    return atoms;
fail:
    vt_atoms_destroy(atoms);
    return NULL;
}

/* Pair distribution functions. Allen and Tildesley, Computer Simulation of Liquids, 2nd ed. (2017),
   section 8.2; partial functions as in Ashcroft and Langreth, Phys. Rev. 156, 685 (1967), before
   their Fourier transform. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "structure/count.h"
#include "vitrum/structure.h"

static const double PI = 3.14159265358979323846;

struct vt_rdf {
    double rmax;
    size_t bins;
    int species_count;
    vt_species species[VT_MAX_SPECIES];
    /* (kinds x kinds) histograms of `bins` entries. A pair is counted once, in (a, b) or (b, a) as
       it comes. Kinds of atoms are the species, and behind them, with centers, those of centers. */
    uint64_t *pairs;
    /* With an axis: the same histograms of P2(cos chi) in units of 1/MOMENT_UNIT, NULL without.
       Whole numbers, so that the order of the pairs does not matter. */
    int64_t *moment;
    bool has_axis, has_centers;
    double axis[3];
    double atoms[VT_MAX_SPECIES];                 /* summed over frames */
    double centers[VT_MAX_SPECIES];               /* the same */
    double ideal[VT_MAX_SPECIES][VT_MAX_SPECIES]; /* sum over frames of N_a N_b / V, N_a centers */
    double volume;                                /* summed over frames [angstrom^3] */
    int64_t frames;
};

/* A rounding of 2e-9 per pair; 2^35 pairs fit into one shell. */
static const double MOMENT_UNIT = 268435456;

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

vt_status vt_rdf_set_axis(vt_rdf *rdf, const double axis[3], vt_error *err) {
    double length = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
    if (!(length > 0) || !isfinite(length))
        return vt_fail(err, VT_EINVAL,
                       "the axis (%g, %g, %g) has no direction; give a vector such as (0, 0, 1)",
                       axis[0], axis[1], axis[2]);
    if (rdf->pairs != NULL)
        return vt_fail(err, VT_EINVAL, "the axis must be set before the first frame");
    rdf->has_axis = true;
    for (int k = 0; k < 3; k++) rdf->axis[k] = axis[k] / length;
    return VT_OK;
}

void vt_rdf_destroy(vt_rdf *rdf) {
    if (rdf == NULL) return;
    vt_free(rdf->moment);
    vt_free(rdf->pairs);
    vt_free(rdf);
}

/* ---------------------------------------------------------------- counting ---- */

/* Counting; each worker has a histogram of its own, made when it begins. */
typedef struct {
    const vti_walk *walk;
    const vti_shells *shells;
    vti_count_kernel kernel;
    size_t size; /* of the histograms */
    bool moments;
    vti_counter *counter; /* one a worker */
    atomic_bool no_memory;
} counting;

static bool ready(const counting *c, vti_counter *own) {
    if (own->pairs != NULL) return true;
    own->shells = c->shells;
    if (c->moments) own->moment = vt_alloc(c->size, sizeof *own->moment);
    if (!c->moments || own->moment != NULL)
        own->pairs = vt_alloc(c->size + VTI_COUNT_WASTE, sizeof *own->pairs);
    return own->pairs != NULL;
}

static void count_columns(void *context, size_t from, size_t to, int worker) {
    counting *c = context;
    vti_counter *own = &c->counter[worker];
    if (atomic_load(&c->no_memory)) return;
    if (!ready(c, own)) {
        atomic_store(&c->no_memory, true);
        return;
    }
    for (size_t k = from; k < to; k++) vti_walk_column(c->walk, k, c->kernel.run, own);
}

/* Add the pairs of all cells to `pairs` and `moment` (may be NULL), histograms of `size` entries
   together. */
static vt_status count(const vti_walk *walk, const vti_shells *shells, uint64_t *pairs,
                       int64_t *moment, size_t size, vt_error *err) {
    int threads = vt_threads_free();
    counting c = {.walk = walk,
                  .shells = shells,
                  .kernel = vti_count_kernel_of(vt_simd_best()),
                  .size = size,
                  .moments = moment != NULL};
    c.counter = vt_alloc((size_t)threads, sizeof *c.counter);
    if (c.counter == NULL)
        return vt_fail_memory(err, (size_t)threads, sizeof *c.counter, "a pair distribution");
    vti_share_loop(&(vti_loop){.count = vti_walk_columns(walk),
                               .grain = 1,
                               .threads = threads,
                               .work = count_columns,
                               .context = &c,
                               .stoppable = true});
    for (int t = 0; t < threads; t++) {
        vti_counter *own = &c.counter[t];
        if (own->pairs != NULL) c.kernel.flush(own);
        for (size_t k = 0; k < size && own->pairs != NULL; k++) {
            pairs[k] += own->pairs[k];
            if (moment != NULL) moment[k] += own->moment[k];
        }
        vt_free(own->moment);
        vt_free(own->pairs);
    }
    vt_free(c.counter);
    if (c.no_memory) return vt_fail_memory(err, size, sizeof *pairs, "a pair distribution");
    return vt_interrupted() ? vt_fail_interrupted(err) : VT_OK;
}

/* ---------------------------------------------------------------- frames ---- */

static size_t kinds_of(int species, bool centers) {
    return (size_t)species * (centers ? 2 : 1);
}

static bool same_species(const vt_rdf *rdf, int count, const vt_species *species) {
    bool same = count == rdf->species_count;
    for (int k = 0; same && k < count; k++)
        same = strcmp(species[k].symbol, rdf->species[k].symbol) == 0;
    return same;
}

static vt_status check_frame(const vt_rdf *rdf, const vt_atoms *atoms, const vt_species_list *list,
                             bool centers, vt_error *err) {
    if (atoms->count == 0) return vt_fail(err, VT_EINVAL, "rdf: there are no atoms");
    vt_status status = vt_atoms_check(atoms, err);
    if (vt_failed(status) || rdf->pairs == NULL) return status;
    if (centers != rdf->has_centers)
        return vt_fail(err, VT_EINVAL,
                       "rdf: either all frames are counted around some centers or none");
    if (!same_species(rdf, list->count, list->species))
        return vt_fail(err, VT_EINVAL,
                       "rdf: this frame has other species than the frames before it; make a "
                       "histogram of its own for it");
    return VT_OK;
}

/* Take up histograms for so many species, to be given to the histogram or freed. */
static vt_status make_room(const vt_rdf *rdf, size_t size, uint64_t **pairs, int64_t **moment,
                           vt_error *err) {
    *pairs = vt_alloc(size, sizeof **pairs);
    *moment = rdf->has_axis ? vt_alloc(size, sizeof **moment) : NULL;
    if (*pairs != NULL && (!rdf->has_axis || *moment != NULL)) return VT_OK;
    vt_free(*moment);
    vt_free(*pairs);
    return vt_fail_memory(err, size, sizeof **pairs, "a pair distribution");
}

/* Numbers of atoms and of centers of a frame. */
static void add_numbers(vt_rdf *rdf, const vt_atoms *atoms, const vt_species_list *list,
                        const bool *center) {
    double volume = vt_box_volume(&atoms->box), centers[VT_MAX_SPECIES] = {0};
    for (size_t i = 0; i < atoms->count && center != NULL; i++)
        centers[list->of_type[atoms->type[i]]] += center[i];
    rdf->volume += volume;
    rdf->frames++;
    for (int a = 0; a < list->count; a++) {
        double number = center != NULL ? centers[a] : (double)list->atoms[a];
        rdf->atoms[a] += (double)list->atoms[a];
        rdf->centers[a] += number;
        for (int b = 0; b < list->count; b++)
            rdf->ideal[a][b] += number * (double)list->atoms[b] / volume;
    }
}

vt_status vt_rdf_add(vt_rdf *rdf, const vt_atoms *atoms, vt_error *err) {
    return vt_rdf_add_around(rdf, atoms, NULL, err);
}

vt_status vt_rdf_add_around(vt_rdf *rdf, const vt_atoms *atoms, const bool *center, vt_error *err) {
    vt_species_list list = vt_atoms_species(atoms);
    VTI_TRY(check_frame(rdf, atoms, &list, center != NULL, err));
    int species = list.count;
    size_t kinds = kinds_of(species, center != NULL), size = kinds * kinds * rdf->bins;
    if (size > INT32_MAX - VTI_COUNT_WASTE)
        return vt_fail(err, VT_EINVAL, "rdf: %zu bins are too many for %d species; take fewer bins",
                       rdf->bins, species);
    uint64_t *pairs;
    int64_t *moment;
    VTI_TRY(make_room(rdf, size, &pairs, &moment, err));
    vti_cells cells;
    vt_status status = vti_cells_create(&cells, atoms, rdf->rmax, true, err);
    vti_walk *walk = vt_failed(status) ? NULL : vti_walk_create(&cells, rdf->rmax, err);
    if (!vt_failed(status) && walk == NULL) status = VT_ENOMEM;
    if (!vt_failed(status)) {
        for (size_t i = 0; i < cells.count; i++) {
            cells.type[i] = list.of_type[cells.type[i]];
            if (center != NULL && center[cells.atom[i]]) cells.type[i] += species;
        }
        vti_shells shells = {.inverse_width = (double)rdf->bins / rdf->rmax,
                             .limit = rdf->rmax * rdf->rmax,
                             .bins = (int32_t)rdf->bins,
                             .species_count = (int)kinds,
                             .entries = (int32_t)size,
                             .has_axis = rdf->has_axis,
                             .axis = {rdf->axis[0], rdf->axis[1], rdf->axis[2]},
                             .moment_unit = MOMENT_UNIT};
        status = count(walk, &shells, pairs, moment, size, err);
    }
    vti_walk_destroy(walk);
    vti_cells_destroy(&cells);
    if (vt_failed(status)) {
        vt_free(moment);
        vt_free(pairs);
        return status;
    }
    for (size_t k = 0; rdf->pairs != NULL && k < size; k++) {
        pairs[k] += rdf->pairs[k];
        if (moment != NULL) moment[k] += rdf->moment[k];
    }
    vt_free(rdf->moment);
    vt_free(rdf->pairs);
    rdf->pairs = pairs;
    rdf->moment = moment;
    rdf->species_count = species;
    rdf->has_centers = center != NULL;
    memcpy(rdf->species, list.species, sizeof rdf->species);
    add_numbers(rdf, atoms, &list, center);
    return VT_OK;
}

vt_status vt_rdf_merge(vt_rdf *rdf, const vt_rdf *other, vt_error *err) {
    if (rdf->bins != other->bins || rdf->rmax != other->rmax || rdf->has_axis != other->has_axis)
        return vt_fail(err, VT_EINVAL, "rdf: only histograms with the same shells can be joined");
    if (other->pairs == NULL) return VT_OK;
    size_t kinds = kinds_of(other->species_count, other->has_centers);
    size_t size = kinds * kinds * other->bins;
    if (rdf->pairs == NULL) {
        rdf->has_centers = other->has_centers;
        vt_status status = make_room(rdf, size, &rdf->pairs, &rdf->moment, err);
        if (vt_failed(status)) {
            rdf->pairs = NULL;
            rdf->moment = NULL;
            return status;
        }
        rdf->species_count = other->species_count;
        memcpy(rdf->species, other->species, sizeof rdf->species);
    } else if (rdf->has_centers != other->has_centers ||
               !same_species(rdf, other->species_count, other->species)) {
        return vt_fail(err, VT_EINVAL,
                       "rdf: the frames are of different species, or around centers and not; make "
                       "a distribution of its own for each kind");
    }
    for (size_t k = 0; k < size; k++) {
        rdf->pairs[k] += other->pairs[k];
        if (rdf->has_axis) rdf->moment[k] += other->moment[k];
    }
    rdf->volume += other->volume;
    rdf->frames += other->frames;
    for (int a = 0; a < rdf->species_count; a++) {
        rdf->atoms[a] += other->atoms[a];
        rdf->centers[a] += other->centers[a];
        for (int b = 0; b < rdf->species_count; b++) rdf->ideal[a][b] += other->ideal[a][b];
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

/* Entry k of numbers by species, their sum for -1. */
static double number_of(const vt_rdf *rdf, const double *numbers, int k) {
    if (k >= 0) return numbers[k];
    double sum = 0;
    for (int a = 0; a < rdf->species_count; a++) sum += numbers[a];
    return sum;
}

double vt_rdf_atoms(const vt_rdf *rdf, int k) {
    return number_of(rdf, rdf->atoms, k);
}

double vt_rdf_centers(const vt_rdf *rdf, int k) {
    return number_of(rdf, rdf->centers, k);
}

bool vt_rdf_has_centers(const vt_rdf *rdf) {
    return rdf->has_centers;
}

void vt_rdf_radii(const vt_rdf *rdf, double *r) {
    for (size_t k = 0; k < rdf->bins; k++) r[k] = rdf->rmax * ((double)k + 0.5) / (double)rdf->bins;
}

/* Sum of `part` over the ordered pairs of kinds that are pairs of species (a, b), the first of them
   a center; -1 for any species. */
typedef int64_t pair_part(const vt_rdf *rdf, size_t histogram, size_t k);

static int64_t pairs_of(const vt_rdf *rdf, size_t histogram, size_t k) {
    return (int64_t)rdf->pairs[histogram * rdf->bins + k];
}

static int64_t moment_of(const vt_rdf *rdf, size_t histogram, size_t k) {
    return rdf->moment[histogram * rdf->bins + k];
}

static int64_t sum_in_shell(const vt_rdf *rdf, int a, int b, size_t k, pair_part *part) {
    size_t species = (size_t)rdf->species_count, kinds = kinds_of((int)species, rdf->has_centers);
    int64_t sum = 0;
    for (size_t i = rdf->has_centers ? species : 0; i < kinds; i++)
        for (size_t j = 0; j < kinds; j++)
            if ((a < 0 || i % species == (size_t)a) && (b < 0 || j % species == (size_t)b))
                sum += part(rdf, i * kinds + j, k) + part(rdf, j * kinds + i, k);
    return sum;
}

static uint64_t pairs_in_shell(const vt_rdf *rdf, int a, int b, size_t k) {
    return (uint64_t)sum_in_shell(rdf, a, b, k, pairs_of);
}

void vt_rdf_pairs(const vt_rdf *rdf, int a, int b, uint64_t *pairs) {
    for (size_t k = 0; k < rdf->bins; k++) pairs[k] = pairs_in_shell(rdf, a, b, k);
}

/* Sum over frames and species of N_a N_b / V; -1 for any species. */
static double ideal_density(const vt_rdf *rdf, int a, int b) {
    double ideal = 0;
    for (int i = 0; i < rdf->species_count; i++)
        for (int j = 0; j < rdf->species_count; j++)
            if ((a < 0 || a == i) && (b < 0 || b == j)) ideal += rdf->ideal[i][j];
    return ideal;
}

static double shell_volume(const vt_rdf *rdf, size_t k) {
    double width = rdf->rmax / (double)rdf->bins, inner = (double)k;
    return 4 * PI / 3 * width * width * width * (3 * inner * (inner + 1) + 1);
}

void vt_rdf_values(const vt_rdf *rdf, int a, int b, double *g) {
    double ideal = ideal_density(rdf, a, b);
    for (size_t k = 0; k < rdf->bins; k++)
        g[k] =
            ideal > 0 ? (double)pairs_in_shell(rdf, a, b, k) / (ideal * shell_volume(rdf, k)) : 0;
}

void vt_rdf_anisotropy(const vt_rdf *rdf, int a, int b, double *g2) {
    double ideal = ideal_density(rdf, a, b);
    for (size_t k = 0; k < rdf->bins; k++) {
        int64_t sum = rdf->has_axis ? sum_in_shell(rdf, a, b, k, moment_of) : 0;
        g2[k] =
            ideal > 0 ? sqrt(5) * (double)sum / MOMENT_UNIT / (ideal * shell_volume(rdf, k)) : 0;
    }
}

int64_t vt_rdf_bins(const vt_rdf *rdf) {
    return (int64_t)rdf->bins;
}

bool vt_rdf_has_axis(const vt_rdf *rdf) {
    return rdf->has_axis;
}

int64_t vt_rdf_frames(const vt_rdf *rdf) {
    return rdf->frames;
}

double vt_rdf_density(const vt_rdf *rdf) {
    return rdf->volume > 0 ? vt_rdf_atoms(rdf, -1) / rdf->volume : 0;
}

void vt_rdf_coordination(const vt_rdf *rdf, int a, int b, double *n) {
    double centers = vt_rdf_centers(rdf, a);
    uint64_t sum = 0;
    for (size_t k = 0; k < rdf->bins; k++) {
        sum += pairs_in_shell(rdf, a, b, k);
        n[k] = centers > 0 ? (double)sum / centers : 0;
    }
}

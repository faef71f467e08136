/* Building domains and keeping them up to date; what they are stands in domains.h.

   Atoms are sorted into cells of about half the list radius, a brick of cells makes a domain, and
   each of its atoms looks through the cells around its own that come later. Cells along x are
   consecutive, so a row of them is one run of candidates. The search is done in single precision
   relative to an atom of the domain, with a radius widened by what that can lose. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/share.h"
#include "base/sort.h"
#include "base/try.h"
#include "neighbors/decomposition.h"

/* Atoms aimed at in one domain: few enough for its points and forces to stay in the cache and for
   several threads to find work, many enough to keep the halo small. */
enum { FEWEST_ATOMS = 400, MOST_ATOMS = 1600, DOMAINS = 8 };

enum {
    MOST_POINTS = 16000, /* of one domain: places have 16 bits */
    CANDIDATE_PAD = 8,   /* places behind the candidates that a vector load may touch */
    MAX_IMAGES = 100,    /* images along one axis and side; a box thinner than that is refused */
    MAX_CELLS_AXIS = 1024,
    GRAIN = 2048 /* atoms that a thread takes at a time */
};

/* Of the skin. Thicker, kernels meet more pairs beyond the cutoff; thinner, selecting costs more.
 */
static const double BUFFER_SHARE = 0.25;

vti_domains *vti_domains_create(double cutoff, double skin, vt_error *err) {
    if (!(cutoff > 0) || !isfinite(cutoff) || !(skin >= 0) || !isfinite(skin)) {
        vt_fail(err, VT_EINVAL,
                "neighbor list: cutoff must be positive and skin not negative, got %g and %g A",
                cutoff, skin);
        return NULL;
    }
    vti_domains *d = vt_alloc(1, sizeof *d);
    if (d != NULL) d->internal = vt_alloc(1, sizeof *d->internal);
    if (d == NULL || d->internal == NULL) {
        vt_free(d);
        vt_fail_memory(err, 1, sizeof *d, "a neighbor list");
        return NULL;
    }
    d->cutoff = cutoff;
    d->skin = skin;
    d->buffer = BUFFER_SHARE * skin;
    return d;
}

static void free_workspaces(struct vti_decomposition *in) {
    for (int t = 0; t < in->threads; t++) {
        vti_workspace *w = &in->work[t];
        vt_free(w->x);
        vt_free(w->limit);
        vt_free(w->sorted);
        vt_free(w->y);
        vt_free(w->z);
        vt_free(w->point);
        vt_free(w->found);
        vt_free(w->type);
        vt_free(w->start);
        vt_free(w->run);
        vt_free(w->row);
        vt_free(w->length);
        vt_free(w->spot);
        vt_free(w->near);
        vt_free(w->near_atom);
    }
    vt_free(in->work);
    in->work = NULL;
    in->threads = 0;
}

static void free_domains(vti_domains *d) {
    for (size_t k = 0; k < d->internal->domain_capacity; k++) {
        vti_domain *domain = &d->domain[k];
        vt_free(domain->neighbor);
        vt_free(domain->segment);
        vt_free(domain->class_segment);
        vt_free(domain->class_entry);
        vt_free(domain->near);
        vt_free(domain->near_atom);
        vt_free(domain->near_first);
    }
    vt_free(d->domain);
    d->domain = NULL;
    d->internal->domain_capacity = 0;
}

void vti_domains_destroy(vti_domains *d) {
    if (d == NULL) return;
    struct vti_decomposition *in = d->internal;
    free_domains(d);
    free_workspaces(in);
    vt_free(d->class_cutoff);
    vt_free(d->slot);
    vt_free(in->moved);
    vt_free(d->shift);
    vt_free(d->type);
    vt_free(d->first_slot);
    vt_free(d->slot_of);
    vt_free(d->built.position);
    vt_free(d->selected.position);
    vt_free(in->own_shift);
    vt_free(in->sorted);
    vt_free(in->cell_start);
    vt_free(in->brick);
    vt_free(in);
    vt_free(d);
}

void vti_domains_reset(vti_domains *d) {
    d->internal->built = false;
}

vt_status vti_domains_set_cutoffs(vti_domains *d, const double *cutoff, int species,
                                  vt_error *err) {
    vt_free(d->class_cutoff);
    d->class_cutoff = NULL;
    d->internal->built = false;
    if (cutoff == NULL) return VT_OK;
    size_t classes = (size_t)species * (size_t)species;
    d->class_cutoff = vt_alloc(classes, sizeof *cutoff);
    if (d->class_cutoff == NULL)
        return vt_fail_memory(err, classes, sizeof *cutoff, "the neighbor list");
    memcpy(d->class_cutoff, cutoff, classes * sizeof *cutoff);
    return VT_OK;
}

/* ---------------------------------------------------------------- memory ---- */

/* Make *memory hold `needed` items, `spare` more when it must grow; contents are not kept. */
static vt_status reserve(void *memory, size_t *capacity, size_t needed, size_t spare, size_t size,
                         vt_error *err) {
    return vt_reserve(memory, capacity, needed, spare, size, "the neighbor list", err);
}

static vt_status reserve_atoms(vti_domains *d, size_t count, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    if (d->built.position != NULL && count <= in->atom_capacity) return VT_OK;
    struct {
        void *memory;
        size_t items, size;
    } want[] = {{&d->built.position, 3 * count, sizeof(double)},
                {&d->selected.position, 3 * count, sizeof(double)},
                {&in->sorted, count, sizeof(int32_t)},
                {&d->type, count, sizeof *d->type},
                {&d->first_slot, count + 1, sizeof *d->first_slot}};
    in->atom_capacity = 0;
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        size_t none = 0;
        VTI_TRY(reserve(want[k].memory, &none, want[k].items, 0, want[k].size, err));
    }
    in->atom_capacity = count;
    return VT_OK;
}

/* Room of every thread for a domain of `points` points in `cells` cells. */
static vt_status reserve_workspaces(struct vti_decomposition *in, size_t points, size_t cells,
                                    int species, vt_error *err) {
    int threads = vt_threads();
    if (in->threads < threads) {
        free_workspaces(in);
        in->work = vt_alloc((size_t)threads, sizeof *in->work);
        if (in->work == NULL)
            return vt_fail_memory(err, (size_t)threads, sizeof *in->work, "the neighbor list");
        in->threads = threads;
    }
    for (int t = 0; t < in->threads; t++) {
        vti_workspace *w = &in->work[t];
        vt_status st = reserve(&w->start, &w->cells, cells + 1, cells / 8, sizeof(int32_t), err);
        size_t rows = (size_t)(2 * in->grid.reach[1] + 1) * (size_t)(2 * in->grid.reach[2] + 1);
        if (!vt_failed(st)) st = reserve(&w->run, &w->runs, rows, 0, sizeof *w->run, err);
        if (vt_failed(st)) return st;
        size_t room = points + CANDIDATE_PAD, spare = points / 8;
        struct {
            void *memory;
            size_t size;
        } want[] = {{&w->spot, 4 * sizeof *w->spot},
                    {&w->x, sizeof *w->x},
                    {&w->y, sizeof *w->y},
                    {&w->z, sizeof *w->z},
                    {&w->point, sizeof *w->point},
                    {&w->found, sizeof *w->found},
                    {&w->type, sizeof *w->type},
                    {&w->limit, (size_t)species * sizeof *w->limit},
                    {&w->sorted, (size_t)(species > 2 ? species : 2) * sizeof *w->sorted}};
        if (w->x != NULL && room <= w->points && species <= w->species) continue;
        for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
            size_t none = 0;
            w->points = 0;
            VTI_TRY(reserve(want[k].memory, &none, room, spare, want[k].size, err));
        }
        w->points = room + spare;
        w->species = species;
    }
    return VT_OK;
}

static vt_status reserve_domains(vti_domains *d, size_t count, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    d->domains = count;
    vt_status st =
        reserve(&in->brick, &in->brick_capacity, count, count / 8, sizeof *in->brick, err);
    if (vt_failed(st) || (d->domain != NULL && count <= in->domain_capacity)) return st;
    free_domains(d);
    return reserve(&d->domain, &in->domain_capacity, count, count / 8, sizeof *d->domain, err);
}

/* ---------------------------------------------------------------- cells ---- */

/* Cells, and the atoms by cell. Dynamics wraps its atoms, which then need no shifts into the box.
   The cells' numbers are kept for a moment where the atoms' slots are listed later. */
static vt_status sort_into_cells(vti_domains *d, const vti_places *atoms, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    size_t n = atoms->count;
    vti_extent e;
    VTI_TRY(vti_find_extent(atoms, VTI_ABSURD, &e, err));
    memcpy(d->type, atoms->type, n * sizeof *d->type);
    vti_snapshot_take(&d->built, atoms);
    in->shifted = e.outside;
    if (in->shifted) {
        VTI_TRY(reserve(&in->own_shift, &in->shift_room, 3 * n, 0, sizeof *in->own_shift, err));
        VTI_TRY(reserve(&in->moved, &in->moved_room, n, 0, sizeof *in->moved, err));
        vti_find_shifts(atoms, in->own_shift);
    }
    double extent[3];
    /* All atoms in one plane still need a cell with a thickness. */
    for (int k = 0; k < 3; k++) extent[k] = fmax(e.high[k] - e.low[k], 1e-9);
    in->grid = vti_grid_make(atoms->box, e.low, extent, d->cutoff + d->skin, n, MAX_CELLS_AXIS);
    for (int k = 0; k < 3; k++) {
        const vti_grid *grid = &in->grid;
        if (grid->periodic[k] && grid->reach[k] > MAX_IMAGES * grid->count[k])
            return vti_fail_thin(err, atoms->box, k, MAX_IMAGES, d->cutoff);
        in->images[k] = grid->periodic[k] ? (grid->reach[k] - 1) / grid->count[k] + 1 : 0;
    }
    VTI_TRY(reserve(&in->cell_start, &in->cell_capacity, vti_grid_cells(&in->grid) + 1, 0,
                    sizeof *in->cell_start, err));
    vti_grid_sort(&in->grid, atoms, in->shifted ? in->own_shift : NULL, d->first_slot,
                  in->cell_start, in->sorted);
    return VT_OK;
}

/* ---------------------------------------------------------------- bricks ---- */

static size_t cells_around(const struct vti_decomposition *in, const vti_brick *b) {
    size_t cells = (size_t)(b->high[2] - b->low[2] + in->grid.reach[2]);
    for (int k = 0; k < 2; k++) cells *= (size_t)(b->high[k] - b->low[k] + 2 * in->grid.reach[k]);
    return cells;
}

/* Own atoms and points of each domain; one with too many gets as many as make it be seen. */
static void count_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    vti_domains *d = context;
    const struct vti_decomposition *in = d->internal;
    const int32_t *start = in->cell_start;
    for (size_t k = from; k < to; k++) {
        vti_brick b = in->brick[k];
        size_t own = 0, points = 0;
        int c[3];
        VTI_EACH_CELL(in, b, c) {
            vti_around a = vti_look_around(d, &b, c);
            if (!a.present) continue;
            size_t atoms = (size_t)(start[a.cell + 1] - start[a.cell]);
            points += atoms;
            if (a.own) own += atoms;
        }
        d->domain[k].own = (int32_t)(own < MOST_POINTS ? own : MOST_POINTS);
        d->domain[k].points = (int32_t)(points < MOST_POINTS ? points : MOST_POINTS);
    }
}

/* Count the points of every domain; false when one has more than an index can name. */
static bool count_points(vti_domains *d, size_t *most_cells) {
    const struct vti_decomposition *in = d->internal;
    vti_share(d->domains, 1, count_some, d);
    d->slots = *most_cells = 0;
    d->most_points = 0;
    for (size_t k = 0; k < d->domains; k++) {
        vti_domain *domain = &d->domain[k];
        size_t cells = cells_around(in, &in->brick[k]);
        domain->first = d->slots;
        d->slots += (size_t)domain->points + 1;
        if (domain->points > d->most_points) d->most_points = domain->points;
        if (cells > *most_cells) *most_cells = cells;
    }
    return d->most_points < MOST_POINTS;
}

/* Where brick `at` of `bricks` begins. */
static int cell_at(const struct vti_decomposition *in, int axis, int at, int bricks) {
    return (int)((int64_t)at * in->grid.count[axis] / bricks);
}

/* Cut the bricks where they are thickest, z before y before x, along which runs of candidates go.
   False when every brick is a single cell. */
static bool cut_bricks(struct vti_decomposition *in) {
    const vti_grid *grid = &in->grid;
    double most = 0;
    int axis = -1;
    for (int k = 2; k >= 0; k--) {
        double thick = grid->width[k] * grid->count[k] / in->bricks[k];
        if (in->bricks[k] == grid->count[k] || !(thick > most * (1 + 1e-9))) continue;
        most = thick;
        axis = k;
    }
    if (axis >= 0) in->bricks[axis]++;
    return axis >= 0;
}

/* The bricks of all domains into `brick`, if given, and how many they are. The last ones of the
   regular lattice, none of fewer than four, are cut along x in two and in three: threads that take
   a domain when they are free then end within a small one's time of each other. */
static size_t lay_bricks(const struct vti_decomposition *in, vti_brick *brick) {
    static const int PARTS[] = {2, 3};
    size_t regular = (size_t)in->bricks[0] * (size_t)in->bricks[1] * (size_t)in->bricks[2];
    size_t most = sizeof PARTS / sizeof *PARTS, quarter = regular / 4, count = 0;
    size_t whole = regular - (quarter < most ? quarter : most);
    for (size_t k = 0; k < regular; k++) {
        size_t index = k;
        vti_brick b;
        for (int q = 0; q < 3; q++) {
            int at = (int)(index % (size_t)in->bricks[q]);
            index /= (size_t)in->bricks[q];
            b.low[q] = cell_at(in, q, at, in->bricks[q]);
            b.high[q] = cell_at(in, q, at + 1, in->bricks[q]);
        }
        int low = b.low[0], wide = b.high[0] - low;
        int parts = k < whole ? 1 : PARTS[k - whole];
        if (parts > wide) parts = wide;
        for (int part = 0; part < parts; part++, count++) {
            b.low[0] = low + part * wide / parts;
            b.high[0] = low + (part + 1) * wide / parts;
            if (brick != NULL) brick[count] = b;
        }
    }
    return count;
}

/* Two thirds of the atoms are dealt to threads beforehand, the same to each at every visit, which
   finds some of its domains' numbers in its cache; the other domains go to whoever is free. */
static void deal(vti_domains *d) {
    d->dealt = d->dealt_atoms = 0;
    while (d->dealt < d->domains && 3 * d->dealt_atoms < 2 * d->count) {
        d->domain[d->dealt].before = d->dealt_atoms;
        d->dealt_atoms += (size_t)d->domain[d->dealt++].own;
    }
}

/* Bricks with no more atoms than aimed at; more of them where a domain would have too many points.
 */
static vt_status choose_bricks(vti_domains *d, size_t *most_cells, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    double atoms = (double)d->count / DOMAINS;
    atoms = atoms < FEWEST_ATOMS ? FEWEST_ATOMS : atoms > MOST_ATOMS ? MOST_ATOMS : atoms;
    for (int k = 0; k < 3; k++) in->bricks[k] = 1;
    bool finest = false;
    for (double wanted = (double)d->count / atoms;; wanted *= 3) {
        size_t bricks;
        for (;;) {
            bricks = (size_t)in->bricks[0] * (size_t)in->bricks[1] * (size_t)in->bricks[2];
            if ((double)bricks >= wanted || finest) break;
            finest = !cut_bricks(in);
        }
        VTI_TRY(reserve_domains(d, lay_bricks(in, NULL), err));
        lay_bricks(in, in->brick);
        if (count_points(d, most_cells)) break;
        if (finest)
            return vt_fail(err, VT_EINVAL,
                           "more than %d atoms and images are within reach of one place with the "
                           "cutoff of %g A and the skin of %g A: atoms one on top of the other, a "
                           "box far too thin, or a cutoff or skin far too long",
                           MOST_POINTS, d->cutoff, d->skin);
    }
    if (d->slots > INT32_MAX)
        return vt_fail(err, VT_EINVAL, "%zu atoms and images are more than a neighbor list holds",
                       d->slots);
    deal(d);
    return VT_OK;
}

/* ---------------------------------------------------------------- rows ---- */

typedef struct {
    vti_domains *d;
    atomic_int failures;
} building;

static void build_some(void *context, size_t from, size_t to, int worker) {
    building *b = context;
    for (size_t k = from; k < to; k++)
        if (!vti_build_domain(b->d, k, &b->d->internal->work[worker]))
            atomic_fetch_add(&b->failures, 1);
}

static vt_status build_rows(vti_domains *d, vt_error *err) {
    building b = {.d = d};
    const vti_loop loop = {.count = d->domains,
                           .grain = 1,
                           .threads = d->internal->threads,
                           .work = build_some,
                           .context = &b,
                           .stoppable = d->count > VTI_LONG_SEARCH};
    if (!vti_share_loop(&loop)) return vt_fail_interrupted(err);
    if (b.failures > 0) return vt_fail_memory(err, d->count, 120, "the neighbor list");
    return VT_OK;
}

/* ---------------------------------------------------------------- up to date ---- */

static void refresh_shifts(vti_domains *d, const vt_box *box) {
    const int *images = d->internal->images;
    const double(*h)[3] = box->h;
    size_t image = 0;
    for (int c = -images[2]; c <= images[2]; c++)
        for (int b = -images[1]; b <= images[1]; b++)
            for (int a = -images[0]; a <= images[0]; a++, image++)
                for (int k = 0; k < 3; k++)
                    d->shift[image][k] = a * h[0][k] + b * h[1][k] + c * h[2][k];
}

typedef struct {
    vti_domains *d;
    const vti_places *atoms;
    vti_allowance allowance;
    atomic_bool moved;
} following;

/* Atoms that are outside the cell, moved into it. */
static void refresh_some(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const following *f = context;
    const struct vti_decomposition *in = f->d->internal;
    const double(*h)[3] = f->atoms->box->h;
    for (size_t i = from; i < to; i++) {
        const int32_t *s = in->own_shift + 3 * i;
        double *at = in->moved[i];
        vti_position_at(f->atoms, i, at);
        for (int k = 0; k < 3; k++) at[k] += s[0] * h[0][k] + s[1] * h[1][k] + s[2] * h[2][k];
        at[3] = 0;
    }
}

void vti_domains_refresh(vti_domains *d, const vti_places *atoms) {
    struct vti_decomposition *in = d->internal;
    refresh_shifts(d, atoms->box);
    d->position =
        in->shifted ? (const double(*)[4])in->moved : (const double(*)[4])(const void *)atoms->x;
    if (in->shifted) vti_share(d->count, GRAIN, refresh_some, &(following){.d = d, .atoms = atoms});
}

/* Whether some atom moved farther than allowed. */
static void follow_some(void *context, size_t begin, size_t end, int worker) {
    (void)worker;
    following *f = context;
    const double *from = f->d->selected.position, *to = f->atoms->x;
    int moved = 0;
    for (size_t i = begin; i < end; i++)
        moved += !vti_allowed(&f->allowance, from + 3 * i, to + 4 * i);
    if (moved > 0) atomic_store(&f->moved, true);
}

vti_due vti_domains_follow(vti_domains *d, const vti_places *atoms) {
    if (!d->internal->built || atoms->count != d->count || atoms->species_count != d->species ||
        memcmp(d->type, atoms->type, d->count * sizeof *d->type) != 0)
        return VTI_BUILD_DUE;
    double near = d->cutoff + d->buffer;
    following f = {d, atoms, vti_allowance_of(&d->selected, atoms->box, d->cutoff, near), false};
    vti_domains_refresh(d, atoms);
    vti_share(d->count, GRAIN, follow_some, &f);
    if (!f.moved && f.allowance.limit2 >= 0) return VTI_NOTHING_DUE;
    return vti_moved_too_far(&d->built, atoms, near, d->cutoff + d->skin) ? VTI_BUILD_DUE
                                                                          : VTI_SELECTION_DUE;
}

/* Cells and bricks for the atoms; `cells` receives the most cells of one brick with those around
   it. There are atoms. */
static vt_status divide(vti_domains *d, const vti_places *atoms, size_t *cells, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    in->built = false;
    VTI_TRY(vt_box_check(atoms->box, err));
    d->count = atoms->count;
    d->species = atoms->species_count;
    d->domains = d->slots = d->dealt = d->dealt_atoms = 0;
    VTI_TRY(reserve_atoms(d, atoms->count, err));
    VTI_TRY(sort_into_cells(d, atoms, err));
    return choose_bricks(d, cells, err);
}

vt_status vti_domains_order(vti_domains *d, const vti_places *atoms, int32_t *order,
                            vt_error *err) {
    if (atoms->count == 0) return VT_OK;
    const struct vti_decomposition *in = d->internal;
    size_t cells;
    VTI_TRY(divide(d, atoms, &cells, err));
    for (size_t k = 0; k < d->domains; k++) {
        vti_brick b = in->brick[k];
        const int *count = in->grid.count;
        for (int z = b.low[2]; z < b.high[2]; z++)
            for (int y = b.low[1]; y < b.high[1]; y++) {
                size_t row = (size_t)(z * count[1] + y) * (size_t)count[0];
                int32_t from = in->cell_start[row + (size_t)b.low[0]];
                int32_t to = in->cell_start[row + (size_t)b.high[0]];
                memcpy(order, in->sorted + from, (size_t)(to - from) * sizeof *order);
                order += to - from;
            }
    }
    return VT_OK;
}

/* No atoms: nothing to list, but nothing is stale either. */
static vt_status build_empty(vti_domains *d, const vti_places *atoms, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    d->count = d->domains = d->slots = d->dealt = d->dealt_atoms = 0;
    d->species = atoms->species_count;
    VTI_TRY(reserve_atoms(d, 0, err));
    VTI_TRY(reserve(&d->shift, &in->shift_capacity, 1, 0, sizeof *d->shift, err));
    d->built.box = d->selected.box = *atoms->box;
    memset(in->images, 0, sizeof in->images);
    d->first_slot[0] = 0;
    in->built = true;
    return VT_OK;
}

vt_status vti_domains_build(vti_domains *d, const vti_places *atoms, vt_error *err) {
    struct vti_decomposition *in = d->internal;
    if (atoms->count == 0) return build_empty(d, atoms, err);
    size_t images = 1, cells;
    VTI_TRY(divide(d, atoms, &cells, err));
    for (int k = 0; k < 3; k++) images *= (size_t)(2 * in->images[k] + 1);
    VTI_TRY(reserve(&d->shift, &in->shift_capacity, images, 0, sizeof *d->shift, err));
    VTI_TRY(reserve_workspaces(in, (size_t)d->most_points, cells, d->species, err));
    VTI_TRY(reserve(&d->slot, &in->slot_capacity, d->slots, d->slots / 64, sizeof *d->slot, err));
    VTI_TRY(reserve(&d->slot_of, &in->slot_of_capacity, d->slots, d->slots / 64, sizeof *d->slot_of,
                    err));
    vti_domains_refresh(d, atoms);
    VTI_TRY(build_rows(d, err));
    /* A slot is an atom and an image. */
    vti_sort_by_place(&d->slot->atom, 2, d->slots, d->count, d->first_slot, d->slot_of);
    return vti_domains_select(d, atoms, err);
}

vt_status vti_domains_build_first(vti_domains *d, const vti_places *atoms, size_t own,
                                  vt_error *err) {
    struct vti_decomposition *in = d->internal;
    size_t n = atoms->count;
    in->built = false;
    if (n >= MOST_POINTS)
        return vt_fail(err, VT_EUNSUPPORTED,
                       "%zu atoms are near those that move, but only %d are taken", n,
                       MOST_POINTS - 1);
    d->count = n;
    d->species = atoms->species_count;
    VTI_TRY(reserve_atoms(d, n, err));
    memcpy(d->type, atoms->type, n * sizeof *d->type);
    vti_snapshot_take(&d->built, atoms);
    in->shifted = false;
    in->grid = (vti_grid){0};
    memset(in->images, 0, sizeof in->images);
    VTI_TRY(reserve_domains(d, 1, err));
    d->domain[0].own = (int32_t)own;
    d->domain[0].points = d->most_points = (int32_t)n;
    d->domain[0].first = d->domain[0].before = 0;
    d->slots = n + 1;
    deal(d);
    VTI_TRY(reserve(&d->shift, &in->shift_capacity, 1, 0, sizeof *d->shift, err));
    VTI_TRY(reserve_workspaces(in, n, 0, d->species, err));
    VTI_TRY(reserve(&d->slot, &in->slot_capacity, d->slots, d->slots / 64, sizeof *d->slot, err));
    VTI_TRY(reserve(&d->slot_of, &in->slot_of_capacity, d->slots, d->slots / 64, sizeof *d->slot_of,
                    err));
    vti_domains_refresh(d, atoms);
    if (!vti_build_first(d, &in->work[0])) return vt_fail_memory(err, n, 120, "the neighbor list");
    for (size_t k = 0; k < n; k++) d->slot_of[k] = d->first_slot[k] = (int32_t)k;
    d->first_slot[n] = (int32_t)n;
    return vti_domains_select(d, atoms, err);
}

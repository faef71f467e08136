/* Centers, cell by cell: what may be near is the same for all atoms of a cell, so it is found
   once for them. */
#include "descriptor/around.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"

enum { GRAIN = 4 /* cells */ };

typedef struct {
    vti_reach *reach;
    size_t capacity, count, candidates;
    void *scratch;
} worker;

typedef struct {
    const vti_filling *filling;
    const vti_cells *cells;
    const int32_t *row; /* of each atom in the cells' order, -1: no center; see `next` */
    const int32_t *next;
    char *out;
    worker *worker;
    atomic_bool no_memory;
} filling_run;

/* ---------------------------------------------------------------- what may be near ---- */

static bool add_reach(worker *w, const vti_cells *cells, size_t begin, size_t end,
                      const int turns[3]) {
    if (begin == end) return true;
    if (w->count == w->capacity) {
        size_t capacity = 2 * w->capacity + 64;
        vti_reach *grown = vt_grow(w->reach, w->count, capacity, sizeof *grown);
        if (grown == NULL) return false;
        w->reach = grown;
        w->capacity = capacity;
    }
    vti_reach *r = &w->reach[w->count++];
    r->begin = begin;
    r->end = end;
    for (int d = 0; d < 3; d++)
        r->shift[d] = turns[0] * cells->period[0][d] + turns[1] * cells->period[1][d] +
                      turns[2] * cells->period[2][d];
    w->candidates += end - begin;
    return true;
}

/* Cells first to last along the third axis, image of the box by image. */
static bool add_line(worker *w, const vti_cells *cells, int a, int b, int first, int last) {
    const vti_grid *g = &cells->grid;
    int turns[3] = {vti_turns(a, g->count[0]), vti_turns(b, g->count[1]), 0};
    if ((turns[0] != 0 && !g->periodic[0]) || (turns[1] != 0 && !g->periodic[1])) return true;
    size_t line = (size_t)(g->stride[0] * (a - turns[0] * g->count[0]) +
                           g->stride[1] * (b - turns[1] * g->count[1]));
    int n = g->count[2];
    if (!g->periodic[2]) {
        first = first > 0 ? first : 0;
        last = last < n - 1 ? last : n - 1;
    }
    while (first <= last) {
        turns[2] = vti_turns(first, n);
        int end = (turns[2] + 1) * n - 1, until = last < end ? last : end;
        if (!add_reach(w, cells, (size_t)cells->begin[line + (size_t)(first - turns[2] * n)],
                       (size_t)cells->begin[line + (size_t)(until - turns[2] * n) + 1], turns))
            return false;
        first = until + 1;
    }
    return true;
}

static bool find_reach(worker *w, const vti_cells *cells, size_t cell) {
    const vti_grid *g = &cells->grid;
    const int at[3] = {(int)(cell / (size_t)g->stride[0]),
                       (int)(cell / (size_t)g->stride[1] % (size_t)g->count[1]),
                       (int)(cell % (size_t)g->count[2])};
    w->count = w->candidates = 0;
    for (int a = at[0] - g->reach[0]; a <= at[0] + g->reach[0]; a++)
        for (int b = at[1] - g->reach[1]; b <= at[1] + g->reach[1]; b++)
            if (!add_line(w, cells, a, b, at[2] - g->reach[2], at[2] + g->reach[2])) return false;
    return true;
}

/* ---------------------------------------------------------------- centers ---- */

static bool fill_cell(filling_run *f, worker *w, size_t cell) {
    const vti_cells *cells = f->cells;
    const vti_filling *filling = f->filling;
    bool found = false;
    for (size_t k = (size_t)cells->begin[cell]; k < (size_t)cells->begin[cell + 1]; k++) {
        int32_t row = f->row[cells->atom[k]];
        if (row < 0) continue;
        if (!found && !find_reach(w, cells, cell)) return false;
        found = true;
        const vti_center center = {cells, k, cells->type[k], w->reach, w->count, w->candidates};
        char *first = f->out + (size_t)row * filling->row;
        if (!filling->fill(filling->context, &center, w->scratch, first)) return false;
        /* An atom may be asked for more than once. */
        for (row = f->next[row]; row >= 0; row = f->next[row])
            memcpy(f->out + (size_t)row * filling->row, first, filling->row);
    }
    return true;
}

static void fill_cells(void *context, size_t from, size_t to, int number) {
    filling_run *f = context;
    worker *w = &f->worker[number];
    if (w->scratch == NULL) w->scratch = f->filling->make_scratch(f->filling->context);
    bool ok = w->scratch != NULL;
    for (size_t cell = from; ok && cell < to && !atomic_load(&f->no_memory); cell++)
        ok = fill_cell(f, w, cell);
    if (!ok) atomic_store(&f->no_memory, true);
}

/* ---------------------------------------------------------------- species ---- */

/* The place of each type's species in the list. */
static vt_status match_species(const vt_atoms *atoms, const vt_surroundings *around,
                               int32_t of_type[VT_MAX_SPECIES], vt_error *err) {
    vt_species_list species = vt_atoms_species(atoms);
    for (int t = 0; t < atoms->species_count; t++) {
        const char *symbol = atoms->species[t].symbol;
        of_type[t] = -1;
        for (size_t k = 0; k < around->species_count; k++)
            if (strcmp(symbol, around->species[k]) == 0) of_type[t] = (int32_t)k;
        if (of_type[t] >= 0 || species.atoms[species.of_type[t]] == 0) continue;
        char list[128] = "";
        for (size_t k = 0, at = 0; k < around->species_count && at + 1 < sizeof list; k++)
            at += (size_t)snprintf(list + at, sizeof list - at, k > 0 ? ", %s" : "%s",
                                   around->species[k]);
        return vt_fail(err, VT_EINVAL,
                       "there are atoms of species %s; this descriptor is for %s and nothing else",
                       symbol, list);
    }
    return VT_OK;
}

/* ---------------------------------------------------------------- all ---- */

static vt_status run(filling_run *f, int threads, vt_error *err) {
    if (!vti_share_loop(&(vti_loop){.count = vti_grid_cells(&f->cells->grid),
                                    .grain = GRAIN,
                                    .threads = threads,
                                    .work = fill_cells,
                                    .context = f,
                                    .stoppable = true}))
        return vt_fail_interrupted(err);
    return f->no_memory ? vt_fail_memory(err, f->filling->row, 1, "a descriptor") : VT_OK;
}

/* The first row of each atom, and behind it the next row of the same atom. */
static vt_status list_rows(const vt_atoms *atoms, const vt_surroundings *around, int32_t *row,
                           int32_t *next, vt_error *err) {
    for (size_t i = 0; i < atoms->count; i++) row[i] = -1;
    for (size_t k = around->count; k-- > 0;) {
        int32_t i = around->centers[k];
        if (i < 0 || (size_t)i >= atoms->count)
            return vt_fail(err, VT_EINVAL, "center %zu is atom %lld; there are atoms 1 to %zu",
                           k + 1, (long long)i + 1, atoms->count);
        next[k] = row[i];
        row[i] = (int32_t)k;
    }
    return VT_OK;
}

vt_status vti_fill_rows(const vt_atoms *atoms, const vt_surroundings *around,
                        const vti_filling *filling, void *out, vt_error *err) {
    int32_t of_type[VT_MAX_SPECIES];
    VTI_TRY(vt_atoms_check(atoms, err));
    VTI_TRY(match_species(atoms, around, of_type, err));
    if (around->count == 0) return VT_OK;
    vti_cells cells;
    VTI_TRY(vti_cells_create(&cells, atoms, filling->cutoff, false, err));
    for (size_t k = 0; k < cells.count; k++) cells.type[k] = of_type[cells.type[k]];
    int threads = vt_threads_free();
    int32_t *rows = vt_alloc(atoms->count + around->count, sizeof *rows);
    filling_run f = {.filling = filling,
                     .cells = &cells,
                     .row = rows,
                     .next = rows + atoms->count,
                     .out = out,
                     .worker = vt_alloc((size_t)threads, sizeof *f.worker)};
    vt_status st = rows == NULL || f.worker == NULL
                       ? vt_fail_memory(err, atoms->count, sizeof *rows, "a descriptor")
                       : list_rows(atoms, around, rows, rows + atoms->count, err);
    if (!vt_failed(st)) st = run(&f, threads, err);
    for (int t = 0; t < threads && f.worker != NULL; t++) {
        vt_free(f.worker[t].reach);
        if (f.worker[t].scratch != NULL) filling->free_scratch(f.worker[t].scratch);
    }
    vt_free(f.worker);
    vt_free(rows);
    vti_cells_destroy(&cells);
    return st;
}

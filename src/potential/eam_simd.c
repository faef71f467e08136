/* The EAM kernel in double precision, four pairs at a time. Compiled once per instruction set.
   Eight in registers of 512 bits were tried: 4 % slower (tests/bench/md.md). */
#include "domain_simd.h"
#include "eam.h"

typedef double real;
typedef int64_t place_t;

/* ---------------------------------------------------------------- width ---- */

enum { GROUPS = 1, WIDTH = GROUPS * LANES };
typedef lanes wide;
typedef columns wide_columns;
#define wide_all          all
#define wide_load         load
#define wide_store        store
#define wide_fused        fused
#define wide_root         root
#define wide_least        least_of
#define wide_nearest      nearest
#define group_of(v, g)    (v)
#define rows_of           transpose
#define own_rows(p, o)    load((p) + (o)[0])
#define own_fourths(p, o) all((p)[(o)[0] + 3])
#define differences       load_differences

VTI_INLINE wide without_fourths(wide rows) {
    rows[3] = 0;
    return rows;
}

VTI_INLINE wide_columns table_columns(const double *const r[LANES]) {
    return load_columns(r[0], r[1], r[2], r[3]);
}

VTI_INLINE void two_columns(const double *const r[LANES], wide *first, wide *second) {
    load_two_columns(r[0], r[1], r[2], r[3], first, second);
}

/* ---------------------------------------------------------------- tables ---- */

enum { DENSITY_STRIDE = 4 * sizeof(double), PREFETCH = true };

/* A table's grid, in registers. */
typedef struct {
    wide inverse_step, rows;
} grid;

VTI_INLINE grid grid_of(const vti_eam_grid *g) {
    return (grid){wide_all(g->inverse_step), wide_all(g->rows)};
}

VTI_INLINE grid density_grid(const vti_eam_tables *t) {
    return grid_of(&t->densities);
}

VTI_INLINE grid slope_grid(const vti_eam_tables *t) {
    return grid_of(&t->slopes);
}

VTI_INLINE double slope_step(const vti_eam_tables *t) {
    return 1.0 / t->slopes.inverse_step;
}

VTI_INLINE const void *densities_of(const vti_eam_tables *t, int at, int of) {
    return t->density[at * t->species + of];
}

VTI_INLINE wide locate(grid g, wide r, int32_t stride, place_t *row) {
    wide s = wide_least(wide_fused(r, g.inverse_step, wide_all(-0.5)), g.rows);
    return s - wide_nearest(s, stride, row);
}

VTI_INLINE uint32_t row_number(place_t row, int32_t stride) {
    return (uint32_t)row / (uint32_t)stride;
}

VTI_INLINE const double *row_at(const void *rows, place_t offset) {
    return (const double *)(const void *)((const char *)rows + offset);
}

VTI_INLINE wide cubic(const void *rows, const place_t *row, wide p) {
    const double *r[WIDTH];
    for (int k = 0; k < WIDTH; k++) r[k] = row_at(rows, row[k]);
    wide_columns c = table_columns(r);
    return wide_fused(p, wide_fused(p, wide_fused(p, c.c[3], c.c[2]), c.c[1]), c.c[0]);
}

/* What the forces between a pair of species are made of. */
typedef struct {
    const void *rows; /* vti_eam_like or vti_eam_unlike */
    const double *middle;
    int32_t stride;
    bool like, ordered; /* ordered: the own atom is of the lower species */
} pair_table;

VTI_INLINE pair_table pair_table_of(const vti_eam_tables *t, int first, int second,
                                    const bool like) {
    bool ordered = first < second;
    int low = ordered ? first : second, high = ordered ? second : first;
    return (pair_table){.rows =
                            like ? (const void *)t->like[first] : vti_eam_unlike_of(t, low, high),
                        .middle = t->middle[first * t->species + second],
                        .stride = like ? sizeof(vti_eam_like) : sizeof(vti_eam_unlike),
                        .like = like,
                        .ordered = ordered};
}

/* Parabola of phi'/r. */
typedef struct {
    wide c0, c1, c2;
} parabola;

/* phi'/r + F' f'/r of pairs of one species, F' the sum of both atoms' slopes. */
VTI_INLINE wide like_slope(const double *const r[WIDTH], wide p, wide slope, parabola *phi) {
    wide_columns c = table_columns(r);
    *phi = (parabola){c.c[0], lower_words(c.c[2]), lower_words(c.c[3])};
    wide c0 = wide_fused(slope, c.c[1], phi->c0);
    wide c1 = wide_fused(slope, upper_words(c.c[2]), phi->c1);
    wide c2 = wide_fused(slope, upper_words(c.c[3]), phi->c2);
    return wide_fused(p, wide_fused(p, c2, c1), c0);
}

/* The same for two species, with the slopes of the atoms of the lower and the higher one. */
VTI_INLINE wide unlike_slope(const double *r[WIDTH], wide p, wide low, wide high, parabola *phi) {
    wide_columns c = table_columns(r);
    wide u, v;
    for (int k = 0; k < WIDTH; k++) r[k] += 4;
    two_columns(r, &u, &v);
    *phi = (parabola){c.c[0], lower_words(c.c[3]), upper_words(u)};
    wide c0 = wide_fused(high, c.c[2], wide_fused(low, c.c[1], phi->c0));
    wide c1 = wide_fused(high, lower_words(u), wide_fused(low, upper_words(c.c[3]), phi->c1));
    wide c2 = wide_fused(high, upper_words(v), wide_fused(low, lower_words(v), phi->c2));
    return wide_fused(p, wide_fused(p, c2, c1), c0);
}

VTI_INLINE wide joint_slope(const pair_table *table, const place_t *row, wide p, wide own,
                            wide partner, parabola *phi) {
    const double *r[WIDTH];
    for (int k = 0; k < WIDTH; k++) r[k] = row_at(table->rows, row[k]);
    if (table->like) return like_slope(r, p, own + partner, phi);
    return unlike_slope(r, p, table->ordered ? own : partner, table->ordered ? partner : own, phi);
}

/* ---------------------------------------------------------------- points ---- */

VTI_INLINE double *points_of(const vti_scratch *scratch) {
    return scratch->point;
}

enum { NARROW = false };
#define total_virial sum_virial

#include "eam_visits.h"

void VTI_VARIANT(vti_eam_compute)(const vti_eam_tables *t, const vti_evaluation *e) {
    run_visits(t, e);
}

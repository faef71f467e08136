/* The EAM kernel in mixed precision: what a pair gives is computed in single precision, sums are in
   double. Eight pairs at a time, sixteen being slower. Compiled once per instruction set. */
#include <assert.h>

#include "domain_simd.h"
#include "eam.h"

typedef float real;
typedef uint32_t place_t;

/* ---------------------------------------------------------------- width ---- */

enum { GROUPS = 2, WIDTH = GROUPS * LANES };
typedef floats wide;
typedef float_columns wide_columns;
#define wide_all       all_floats
#define wide_load      load_floats
#define wide_store     store_floats
#define wide_fused     fused_floats
#define wide_root      root_floats
#define wide_least     least_of_floats
#define wide_nearest   nearest_floats
#define group_of(v, g) ((g) == 0 ? lower_doubles(v) : upper_doubles(v))
#define rows_of        float_rows
#define table_columns  load_float_columns
#define differences    load_float_differences

VTI_INLINE wide own_rows(const float *point, const uint16_t *own) {
    return load_two_rows(point + own[0], point + own[1]);
}

VTI_INLINE wide own_fourths(const float *point, const uint16_t *own) {
    wide rows = own_rows(point, own);
    return __builtin_shufflevector(rows, rows, 3, 3, 3, 3, 7, 7, 7, 7);
}

VTI_INLINE wide without_fourths(wide rows) {
    return __builtin_shufflevector(rows, all_floats(0), 0, 1, 2, 11, 4, 5, 6, 15);
}

/* ---------------------------------------------------------------- tables ---- */

/* Rows of tables have 2 to this power bytes. */
enum { DENSITY_POWER = 4, ROW_POWER = 5, DENSITY_STRIDE = 1 << DENSITY_POWER, PREFETCH = false };
static_assert(sizeof(float[4]) == DENSITY_STRIDE, "rows of densities");
static_assert(sizeof(vti_eam_mixed_row) == 1 << ROW_POWER, "rows of forces");

/* A table's grid, in registers. */
typedef struct {
    wide inverse_step, rows;
} grid;

VTI_INLINE grid grid_of(const vti_eam_grid *g) {
    return (grid){wide_all((float)g->inverse_step), wide_all((float)g->rows)};
}

/* Densities have the grid of those in double precision. */
VTI_INLINE grid density_grid(const vti_eam_tables *t) {
    return grid_of(&t->densities);
}

VTI_INLINE grid slope_grid(const vti_eam_tables *t) {
    return grid_of(&t->mixed->slopes);
}

VTI_INLINE float slope_step(const vti_eam_tables *t) {
    return (float)(1.0 / t->mixed->slopes.inverse_step);
}

VTI_INLINE const void *densities_of(const vti_eam_tables *t, int at, int of) {
    return t->mixed->density[at * t->species + of];
}

VTI_INLINE wide locate(grid g, wide r, int32_t stride, place_t *row) {
    wide s = wide_least(wide_fused(r, g.inverse_step, wide_all(-0.5f)), g.rows);
    return s - wide_nearest(s, stride == DENSITY_STRIDE ? DENSITY_POWER : ROW_POWER, row);
}

VTI_INLINE uint32_t row_number(place_t row, int32_t stride) {
    (void)stride;
    return row >> ROW_POWER;
}

VTI_INLINE const float *row_at(const void *rows, place_t offset) {
    return (const float *)(const void *)((const char *)rows + offset);
}

VTI_INLINE wide cubic(const void *rows, const place_t *row, wide p) {
    const float *r[WIDTH];
    for (int k = 0; k < WIDTH; k++) r[k] = row_at(rows, row[k]);
    wide_columns c = table_columns(r);
    wide v = wide_fused(p, c.c[3], c.c[2]);
    return wide_fused(p, wide_fused(p, v, c.c[1]), c.c[0]);
}

/* What the forces between a pair of species are made of. */
typedef struct {
    const vti_eam_mixed_row *rows;
    const float *middle;
    int32_t stride;
    bool ordered; /* the own atom is of the lower species, or of the same */
} pair_table;

VTI_INLINE pair_table pair_table_of(const vti_eam_tables *t, int first, int second,
                                    const bool like) {
    (void)like; /* one kind of rows */
    bool ordered = first <= second;
    int low = ordered ? first : second, high = ordered ? second : first;
    return (pair_table){.rows = t->mixed->row[high * (high + 1) / 2 + low],
                        .middle = t->mixed->middle[first * t->species + second],
                        .stride = 1 << ROW_POWER,
                        .ordered = ordered};
}

/* Parabola of phi'/r. */
typedef struct {
    wide c0, c1, c2;
} parabola;

/* phi'/r + F'_low f'_low/r + F'_high f'_high/r. */
VTI_INLINE wide joint_slope(const pair_table *table, const place_t *row, wide p, wide own,
                            wide partner, parabola *phi) {
    wide low = table->ordered ? own : partner, high = table->ordered ? partner : own;
    const float *r[WIDTH];
    for (int k = 0; k < WIDTH; k++) r[k] = row_at(table->rows, row[k]);
    wide_columns c = table_columns(r);
    for (int k = 0; k < WIDTH; k++) r[k] += 4;
    wide_columns d = table_columns(r);
    *phi = (parabola){c.c[0], c.c[3], d.c[2]};
    wide c0 = wide_fused(high, c.c[2], wide_fused(low, c.c[1], c.c[0]));
    wide c1 = wide_fused(high, d.c[1], wide_fused(low, d.c[0], c.c[3]));
    return wide_fused(p, wide_fused(p, d.c[2], c1), c0);
}

/* ---------------------------------------------------------------- points ---- */

enum { NARROW = true };

/* Four floats a point, where the other kernels have doubles. */
VTI_INLINE float *points_of(const vti_scratch *scratch) {
    return (float *)(void *)scratch->point;
}

VTI_INLINE void total_virial(const vti_domain *domain, const float *point, const double *force,
                             double virial[6]) {
    lanes w[3] = {all(0), all(0), all(0)};
    for (int32_t p = 0; p < domain->points; p++) {
        const float *r = point + 4 * p;
        add_virial(w, force + 4 * p, (lanes){r[0], r[1], r[2], 0});
    }
    put_virial(w, virial);
}

#include "eam_visits.h"

void VTI_VARIANT(vti_eam_mixed)(const vti_eam_tables *t, const vti_evaluation *e) {
    run_visits(t, e);
}

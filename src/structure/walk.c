#include "structure/walk.h"

static int32_t floor_divide(int32_t a, int32_t b) {
    int32_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

/* Pairs of the atoms of cell (i, j, k) with those of one row of cells; images of the box are
   runs of their own. */
static void walk_row(const vti_cells *cells, const int32_t cell[3], const vti_row *row,
                     vti_pair_run *run, void *context) {
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
                run(context, cells, cells->type[i], cells->x[i] - shift[0], cells->y[i] - shift[1],
                    cells->z[i] - shift[2], first_atom, last_atom);
        }
        from = last + 1;
    }
}

size_t vti_cells_number(const vti_cells *cells) {
    return (size_t)cells->n[0] * (size_t)cells->n[1] * (size_t)cells->n[2];
}

void vti_walk_cell(const vti_cells *cells, size_t number, vti_pair_run *run, void *context) {
    size_t rest = number / cells->n[2];
    int32_t cell[3] = {(int32_t)(rest / cells->n[1]), (int32_t)(rest % cells->n[1]),
                       (int32_t)(number % cells->n[2])};
    size_t end = cells->begin[number + 1];
    for (size_t i = cells->begin[number]; i < end; i++)
        run(context, cells, cells->type[i], cells->x[i], cells->y[i], cells->z[i], i + 1, end);
    for (size_t r = 0; r < cells->row_count; r++)
        walk_row(cells, cell, &cells->row[r], run, context);
}

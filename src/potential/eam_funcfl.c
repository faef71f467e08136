/* DYNAMO funcfl files (LAMMPS's pair_style eam): one element each.

   line 1      comment
   line 2      atomic-number mass lattice-constant lattice
   line 3      nrho drho nr dr cutoff
   then        nrho values of F(rho) [eV], nr of the effective charge Z(r), nr of the density f(r)

   Daw and Baskes, Phys. Rev. B 29, 6443 (1984); Foiles, Baskes, Daw, Phys. Rev. B 33, 7983 (1986),
   equation 8: phi_ij = Z_i Z_j / r, with charges in units of e. Z^2 / r is in hartree bohr / A.

   Files have grids of their own. All functions are taken to a common one, the coarsest of the
   steps and the longest of the ranges, by Lagrange's polynomial through four points, before they
   are splines: as LAMMPS does, so that energies are the same to the last digits, also for one file
   alone, whose grid then loses its last point. */
#include "base/try.h"
#include "eam_file.h"

#include <math.h>
#include <string.h>

/* hartree bohr in eV A. LAMMPS and the fits of the 1980s have these digits (today's value,
   14.39964, is 0.08 % higher) and energies must be theirs. */
static const double CHARGE_PRODUCT = 27.2 * 0.529;

void vti_funcfl_free(vti_funcfl *file) {
    vt_free(file->embedding.row);
    vt_free(file->charge.row);
    vt_free(file->density.row);
    *file = (vti_funcfl){0};
}

/* The species of line 2. */
static vt_status read_species(const vti_eam_text *text, const double element[2],
                              vt_species *species, vt_error *err) {
    double number = element[0], mass = element[1];
    const char *symbol =
        number == floor(number) && fabs(number) < 1000 ? vt_element_symbol((int)number) : NULL;
    if (symbol == NULL)
        return vti_bad_at(text->in, 2, err, "expected an atomic number, found %g", number);
    /* Two statements of one fact; when they differ, nobody knows which atoms are meant. */
    if (!(fabs(mass - vt_element_mass(symbol)) < 0.02 * mass))
        return vti_bad_at(text->in, 2, err,
                          "the atomic number %g is that of %s (%g amu), but the mass is %g amu; "
                          "correct one",
                          number, symbol, vt_element_mass(symbol), mass);
    strcpy(species->symbol, symbol);
    species->mass = mass;
    return VT_OK;
}

vt_status vti_funcfl_read(vti_eam_text *text, const vti_funcfl_head *head, vti_funcfl *file,
                          vt_error *err) {
    vti_eam_header *h = &file->header;
    vti_eam_rest rest;
    VTI_TRY(read_species(text, head->element, &file->species, err));
    VTI_TRY(vti_eam_header_check(text, 3, head->grid, h, err));
    VTI_TRY(vti_eam_text_table(text, &file->embedding, h->nrho, h->drho, "F(rho)", err));
    VTI_TRY(vti_eam_text_table(text, &file->charge, h->nr, h->dr, "Z(r)", err));
    VTI_TRY(vti_eam_text_table(text, &file->density, h->nr, h->dr, "the density", err));
    VTI_TRY(vti_eam_text_rest(text, &rest, err));
    return vti_eam_check_rest(text, &rest, err);
}

/* ---------------------------------------------------------------- mixing ---- */

/* At x, from the values at the two points on either side. */
static double interpolated(const vti_spline *table, double x) {
    double p = x / table->delta;
    int k = p < table->count - 3 ? (int)p : table->count - 3; /* p may be beyond all integers */
    if (k < 1) k = 1;
    p -= k;
    if (p > 2) p = 2;
    const double(*r)[4] = (const double(*)[4])table->row + k;
    return -p * (p - 1) * (p - 2) / 6 * r[-1][0] + (p * p - 1) * (p - 2) / 2 * r[0][0] -
           p * (p + 1) * (p - 2) / 2 * r[1][0] + p * (p * p - 1) / 6 * r[2][0];
}

/* The common grid of one kind of table. */
typedef struct {
    int count;
    double delta, end;
} grid;

static void widen(grid *g, const vti_spline *table) {
    g->delta = fmax(g->delta, table->delta);
    g->end = fmax(g->end, (table->count - 1) * table->delta);
    g->count = (int)(g->end / g->delta + 0.5);
}

/* `first` on the grid, times `second` and the product of charges when that is not NULL. */
static vt_status tabulate(const grid *g, const vti_spline *first, const vti_spline *second,
                          vti_spline *s, vt_error *err) {
    *s = (vti_spline){g->count, g->delta, 1 / g->delta, NULL};
    s->row = vt_alloc((size_t)g->count, sizeof *s->row);
    if (s->row == NULL)
        return vt_fail_memory(err, (size_t)g->count, sizeof *s->row, "a potential table");
    for (int m = 0; m < g->count; m++) {
        double x = m * g->delta;
        s->row[m][0] = interpolated(first, x);
        if (second != NULL) s->row[m][0] *= CHARGE_PRODUCT * interpolated(second, x);
    }
    vti_spline_fit(s);
    return VT_OK;
}

vt_status vti_funcfl_mix(const vti_funcfl *file, int count, vti_eam_functions *f, vt_error *err) {
    grid r = {0}, rho = {0};
    f->name = "eam";
    f->elements = count;
    for (int i = 0; i < count; i++) {
        f->species[i] = file[i].species;
        f->cutoff = fmax(f->cutoff, file[i].header.cutoff);
        widen(&rho, &file[i].embedding);
        widen(&r, &file[i].density);
    }
    f->densest = rho.end;
    vt_status st = vti_eam_functions_start(f, err);
    for (int i = 0; i < count && !vt_failed(st); i++) {
        st = tabulate(&rho, &file[i].embedding, NULL, &f->embedding[i], err);
        vti_spline *row = &f->density[i * count];
        if (!vt_failed(st)) st = tabulate(&r, &file[i].density, NULL, row, err);
        for (int j = 1; j < count; j++) row[j] = row[0];
        for (int j = 0; j <= i && !vt_failed(st); j++) {
            vti_spline *pair = &f->pair[i * count + j];
            st = tabulate(&r, &file[i].charge, &file[j].charge, pair, err);
            f->pair[j * count + i] = *pair;
        }
    }
    return st;
}

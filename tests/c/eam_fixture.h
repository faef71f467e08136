/* EAM files whose functions are known in closed form, tabulated so finely that the splines through
   them are those functions. */
#ifndef VITRUM_TESTS_EAM_FIXTURE_H
#define VITRUM_TESTS_EAM_FIXTURE_H

#include "fixture.h"

#include <unistd.h>

enum { EAM_POINTS = 6001 };

static const double EAM_CUTOFF = 6.0, EAM_DENSEST = 60.0;

/* Two elements, Cu and Zr. Functions of distance are multiplied by (1 - r/end)^3 where they should
   end smoothly, and jump at the cutoff where `end` is beyond it. */
typedef struct {
    bool finnis_sinclair; /* densities depend on both atoms */
    double end;           /* [angstrom] */
} eam_model;

static inline double eam_ending(const eam_model *m, double r) {
    double y = r < m->end ? 1 - r / m->end : 0;
    return y * y * y;
}

/* F of `element` at density rho. Without a curvature at 0, where splines have their slopes from
   one side only and are less exact. */
static inline double eam_embedding(int element, double rho) {
    double a = element == 0 ? 0.06 : 0.07, b = element == 0 ? 1e-5 : 1.5e-5;
    return -a * rho + b * rho * rho * rho;
}

/* What an atom of element `of` lays at one of element `at`. */
static inline double eam_density(const eam_model *m, int of, int at, double r) {
    double scale = of == 0 ? 12 : 18;
    if (m->finnis_sinclair && at != of) scale *= at == 0 ? 0.7 : 1.2;
    return scale * exp(-0.8 * (r - 2.5) * (of == 0 ? 1 : 0.9)) * eam_ending(m, r);
}

static inline double eam_pair(const eam_model *m, int i, int j, double r) {
    double r0 = i + j == 0 ? 2.5 : i + j == 1 ? 2.75 : 3.0, x = exp(-1.6 * (r - r0));
    return 0.8 * (x * x - 1.2 * x) * eam_ending(m, r);
}

static inline void eam_write(const eam_model *m, const char *path) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    double dr = EAM_CUTOFF / (EAM_POINTS - 1), drho = EAM_DENSEST / (EAM_POINTS - 1);
    fprintf(f, "functions in closed form\n\n\n2 Cu Zr\n%d %.17g %d %.17g %.17g\n", EAM_POINTS, drho,
            EAM_POINTS, dr, EAM_CUTOFF);
    for (int e = 0; e < 2; e++) {
        fprintf(f, "%d %s 0 fcc\n", e == 0 ? 29 : 40, e == 0 ? "63.546" : "91.224");
        for (int k = 0; k < EAM_POINTS; k++) fprintf(f, "%.17g\n", eam_embedding(e, k * drho));
        for (int at = 0; at < (m->finnis_sinclair ? 2 : 1); at++)
            for (int k = 0; k < EAM_POINTS; k++)
                fprintf(f, "%.17g\n", eam_density(m, e, m->finnis_sinclair ? at : e, k * dr));
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j <= i; j++)
            for (int k = 0; k < EAM_POINTS; k++)
                fprintf(f, "%.17g\n", k * dr * eam_pair(m, i, j, k * dr));
    assert_int_equal(fclose(f), 0);
}

/* The potential of the model; `taper` as in vt_eam_options. */
static inline vt_potential *eam_create(const eam_model *m, double taper) {
    char path[64];
    vt_error err = {0};
    snprintf(path, sizeof path, "test_eam_%ld.eam", (long)getpid());
    eam_write(m, path);
    const char *paths[] = {path};
    const vt_eam_options options = {.taper = taper};
    vt_potential *p = vt_potential_eam_mix(paths, 1, &options, &err);
    remove(path);
    if (p == NULL) fail_msg("%s", err.msg);
    assert_string_equal(vt_potential_name(p), m->finnis_sinclair ? "eam/fs" : "eam/alloy");
    return p;
}

#endif

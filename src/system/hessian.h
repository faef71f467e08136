/* The Hessian as an operator: what its files share. Internal to the room.

   E's change to second order under displacements u is 1/2 sum over pairs of [b |w|^2 + a (d.w)^2]
   + 1/2 sum_m F''_m (drho_m)^2, with w = u_j - u_i, b = U'/r, a = (U'' - U'/r)/r^2 of
   U = phi + F'_i f_ji + F'_j f_ij at fixed F', and drho_i = sum_j c_ji d.w, c = f'/r. H u so is
   sum over pairs of b w + d [a d.w + c_ji S_i + c_ij S_j], added to j and taken from i, with
   S_m = F''_m drho_m.

   Atoms are taken in blocks of VTI_BLOCK, each pair in that of its first atom. A block's points are
   its atoms and, as a halo, copies of the partners that belong to later blocks or are images. What
   the copies receive goes into slots, which are added to their atoms afterwards in a fixed order,
   as in neighbors/domains.h: no sum depends on the number of threads. A product is limited by how
   fast the pairs come from memory, so that d is not stored but taken from the points. */
#ifndef VITRUM_SYSTEM_HESSIAN_H
#define VITRUM_SYSTEM_HESSIAN_H

#include "potential/engine.h"
#include "vitrum/system.h"

/* What a pair has: b and a; and where atoms are embedded, c_ji and c_ij. */
enum { VTI_PAIR_B = 0, VTI_PAIR_A = 1, VTI_PAIR_C_I = 0, VTI_PAIR_C_J = 1, VTI_PAIR_NUMBERS = 2 };

/* Vectors that are multiplied at a time. */
enum { VTI_VECTORS = 4 };

/* A pair in the row of one of its atoms. */
typedef struct {
    int32_t other;
    int32_t pair;
} vti_hessian_entry;

/* A pair as an atom i sees it, in single precision: the other atom, d from i to it, and what
   products need of it. */
typedef struct {
    int32_t other;
    float d[3], b, a, c_i, c_other;
} vti_hessian_wide;

typedef struct {
    size_t from;         /* first atom */
    int32_t own, points; /* atoms; atoms and halo */
    size_t slot;         /* first, of the halo */
} vti_hessian_block;

struct vt_hessian {
    vt_system *system; /* for differences, and to know it again */
    uint64_t places;   /* of the system then */
    bool differences;
    double step;
    size_t count;
    int32_t *order;              /* the system's then */
    double *scale;               /* 1/sqrt(mass) by atom; NULL unless mass weighted... */
    double mass[VT_MAX_SPECIES]; /* ...with these [amu] */
    vt_simd simd;
    bool embedded;
    size_t *first;          /* count + 1 offsets of pairs by their first atom */
    int32_t *partner;       /* point in the block */
    double *pair, *density; /* VTI_PAIR_NUMBERS each; no densities without embedding */
    double (*point)[4];     /* positions of the blocks' points, the last number 0 [angstrom] */
    double *weight;         /* F'' by atom; NULL without embedding */
    size_t blocks, slots;
    vti_hessian_block *block;
    int32_t *slot_atom;
    int32_t *first_slot; /* count + 1 offsets into slot_of */
    int32_t *slot_of;    /* slots of each atom, ascending */
    int32_t most_points;
    /* Rows with every pair of an atom, by partner; made when blocks are wanted. */
    size_t *row;
    vti_hessian_entry *entry;
    /* The same in single precision for wide products, with F'' and 1/mass; or, by differences,
       room for vectors in double precision. Made when asked for. */
    vti_hessian_wide *wide;
    size_t *wide_row;     /* count + 1 offsets of each atom's, those first that have densities... */
    size_t *wide_coupled; /* ...up to here */
    float *wide_weight, *wide_mass, *wide_s;
    double *narrow;
    /* Room. */
    int threads;
    double **scratch; /* one per thread */
    double *u, *h;    /* VTI_VECTORS vectors at a time: see hessian_simd.c */
    double *slot_h;
    double *s, *slot_s; /* densities' change, then times F'' */
};

/* A block at work. Vectors: either one, four numbers a point (x, y, z, 0), or four, x of each, then
   y, then z. `s` has one number or four a point. */
typedef struct {
    const vti_hessian_block *block;
    const size_t *first; /* of the block's atoms */
    const int32_t *partner;
    const double *pair, *density; /* of all pairs */
    const double (*point)[4];     /* of the block */
    const double *u;
    double *h, *s;
} vti_hessian_work;

/* Rows of all pairs of each atom, by partner. */
vt_status vti_hessian_make_rows(vt_hessian *h, vt_error *err);

/* A pair as its atom i sees it: d from i to the other. */
typedef struct {
    int32_t other;
    double d[3], a, b;
    double at_i, at_other; /* c of the densities */
} vti_hessian_seen;

/* Entry e, which is in the row of atom i. */
vti_hessian_seen vti_hessian_see(const vt_hessian *h, size_t i, size_t e);

/* Give back what products have taken for threads. */
void vti_hessian_free_scratch(vt_hessian *h);

/* Positions of a block's points, which stand behind those of the blocks before it. */
static inline const double (*vti_hessian_points(const vt_hessian *h,
                                                const vti_hessian_block *block))[4] {
    return (const double(*)[4])h->point + block->from + block->slot;
}

/* Adds the change of densities to `s`; adds H u to `h`, with S in `s`. */
typedef void vti_hessian_kernel(const vti_hessian_work *work);

vti_hessian_kernel vti_hessian_densities_one_baseline, vti_hessian_densities_four_baseline;
vti_hessian_kernel vti_hessian_forces_one_baseline, vti_hessian_forces_four_baseline;
#if defined(__x86_64__)
vti_hessian_kernel vti_hessian_densities_one_avx2, vti_hessian_densities_four_avx2;
vti_hessian_kernel vti_hessian_forces_one_avx2, vti_hessian_forces_four_avx2;
vti_hessian_kernel vti_hessian_densities_one_avx512, vti_hessian_densities_four_avx512;
vti_hessian_kernel vti_hessian_forces_one_avx512, vti_hessian_forces_four_avx512;
#endif

/* A wide product at work on some atoms: vectors have 3 VT_HESSIAN_WIDE numbers an atom, `s` one
   for each vector. */
typedef struct {
    const size_t *row;     /* n + 1 offsets */
    const size_t *coupled; /* ends of those that have densities */
    const vti_hessian_wide *pair;
    const float *weight, *mass; /* F'', and 1/mass; mass is NULL without weights */
    float *s;                   /* NULL without embedding */
    const float *x, *r;         /* r may be NULL */
    float *y;
    const vt_hessian_step *step;
} vti_hessian_wide_work;

/* Atoms from .. to - 1: S into `s`; and then y. */
typedef void vti_hessian_wide_kernel(const vti_hessian_wide_work *work, size_t from, size_t to);

vti_hessian_wide_kernel vti_hessian_wide_densities_baseline, vti_hessian_wide_step_baseline;
#if defined(__x86_64__)
vti_hessian_wide_kernel vti_hessian_wide_densities_avx2, vti_hessian_wide_step_avx2;
vti_hessian_wide_kernel vti_hessian_wide_densities_avx512, vti_hessian_wide_step_avx512;
#endif

#endif

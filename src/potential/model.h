/* What a potential model provides; internal to the room.

   A new model is one file with a vti_model and a constructor declared in potential.h. */
#ifndef VITRUM_POTENTIAL_MODEL_H
#define VITRUM_POTENTIAL_MODEL_H

#include "vitrum/potential.h"

#include "neighbors/domains.h"

/* What is done atom by atom is done in blocks of atoms, and pairs are handled domain by domain.
   Both write only what is their own, and their sums are added in order afterwards, so that results
   do not depend on the number of threads. */
enum { VTI_BLOCK = 256 };

/* Sums over one domain or one block of atoms. */
typedef struct {
    double energy;    /* [eV] */
    double virial[6]; /* [eV] */
    double least_r2;  /* smallest squared distance met [angstrom^2] */
    double force_sum; /* of absolute components: finite only if every force is */
} vti_sums;

/* What one thread works in: the points of a domain, with the point far away behind them. */
typedef struct {
    double *point;       /* x, y, z and a number of the model's, of each point */
    double *own_density; /* of each own atom in four parts */
} vti_scratch;

/* One evaluation: what to read, what to write, and scratch. The kernels work on domains; the
   scalar reference on a full list. */
typedef struct {
    const vti_domains *domains;
    const vt_neighbors *list;
    unsigned want; /* VT_WANT_ bits, ENERGY set with ATOM_ENERGY and so on */
    double *fx, *fy, *fz;
    double *atom_energy;   /* NULL unless wanted */
    double *atom_virial;   /* NULL unless wanted; 6 per atom */
    vti_sums *domain_sums; /* one per domain */
    vti_sums *block_sums;  /* one per block of atoms */
    double *per_atom;      /* room: one per atom, for the reference one per point */
    /* Room: what each slot's point receives. */
    double (*slot_force)[4]; /* fx, fy, fz and half the energy of the pairs */
    double *slot_density;
    double (*slot_virial)[6]; /* NULL unless wanted by atom */
    vti_scratch *scratch;     /* one per thread */
    int threads;              /* as many as there is scratch for */
    vt_simd simd;
} vti_evaluation;

typedef struct {
    bool mixed; /* has kernels in mixed precision */
    void (*destroy)(vt_potential *potential);
    /* The model's tables for the species of one set of atoms, in the order of the atoms' types, so
       that a kernel indexes them with the type that each point carries; species[k] is the
       potential's species of atom type k. NULL and `err` on failure. */
    void *(*bind)(const vt_potential *potential, const int *species, int count,
                  vt_precision precision, vt_error *err);
    void (*unbind)(void *tables); /* NULL is legal */
    void (*compute)(const void *tables, const vti_evaluation *evaluation);
    /* How far each pair of species reaches, species x species as in bind; NULL: all as far as the
       potential's cutoff. */
    void (*cutoffs)(const vt_potential *potential, const int *species, int count, double *cutoff);
} vti_model;

struct vt_potential {
    const vti_model *model;
    char name[16];
    char file[256]; /* names without folders, a comma between them */
    char *path;     /* absolute, a line each; NULL without a file */
    char sha256[65];
    char note[256]; /* what of the file was left out, "" if nothing */
    double cutoff;
    int species_count;
    vt_species species[VT_MAX_SPECIES];
};

/* Blocks of `count` atoms. */
static inline size_t vti_block_count(size_t count) {
    return (count + VTI_BLOCK - 1) / VTI_BLOCK;
}

#endif

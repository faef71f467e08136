/* What evaluates a potential. Internal to the room.

   An engine is a file with a vti_engine and a line in potential.c; a new kind of potential has a
   constructor in potential.h as well. */
#ifndef VITRUM_POTENTIAL_ENGINE_H
#define VITRUM_POTENTIAL_ENGINE_H

#include "vitrum/potential.h"

#include "base/sums.h"
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
    double *point; /* x, y, z and a number of the engine's, of each point */
    double *room;  /* the engine's own, per_point numbers of each point */
} vti_scratch;

/* The lists that an engine reads. */
typedef enum {
    VTI_LISTS_DOMAINS, /* pairs once, domain by domain */
    VTI_LISTS_ROWS     /* all neighbors of every atom, images as points of their own */
} vti_lists;

/* One evaluation: what to read, what to write, and room. Domains and their sums are there for
   engines that read domains, the list for those that read rows. */
typedef struct {
    const vti_domains *domains;
    const vt_neighbors *list;
    size_t centers;     /* the first atoms of the list, whose energies count; others stand around */
    unsigned want;      /* VT_WANT_ bits, ENERGY set with ATOM_ENERGY and so on */
    double (*force)[4]; /* of each atom, the last number 0 */
    double *atom_energy;   /* NULL unless wanted */
    double *atom_virial;   /* NULL unless wanted; 6 per atom */
    vti_sums *domain_sums; /* one per domain */
    vti_sums *block_sums;  /* one per block of atoms */
    double *room; /* the engine's own, per_atom numbers of each atom or point of the rows */
    /* By atom, of engines that embed and read domains: density that atoms lay which are not there
       (NULL: none), and where the whole density goes (NULL: nowhere). */
    const double *background;
    double *density;
    /* What each slot's point receives. */
    double (*slot_force)[4];  /* fx, fy, fz and half the energy of the pairs */
    double (*slot_virial)[6]; /* NULL unless wanted by atom */
    vti_scratch *scratch;     /* one per thread */
    int threads;              /* as many as there is scratch for */
    vt_simd simd;             /* a set of vector instructions; never VT_SIMD_REFERENCE */
} vti_evaluation;

/* A function at one place, with its first two derivatives. */
typedef struct {
    double value, slope, curvature;
} vti_curve;

/* Of two species at one distance: the pair's energy, and the densities that the pair lays at its
   first and its second atom. */
typedef struct {
    vti_curve phi, at_i, at_j;
} vti_pair_curves;

/* The functions of an energy sum_i F_i(rho_i) + sum over pairs phi_ij(r), rho_i = sum_j f_ji(r),
   from what the engine opened; i and j are types of the atoms. They are the model itself, not what
   kernels approximate it by. */
typedef struct {
    void (*pair)(const void *opened, int i, int j, double r, vti_pair_curves *out);
    /* NULL where no atom is embedded; f_ji(r) alone, and F_i. */
    double (*density)(const void *opened, int i, int j, double r);
    vti_curve (*embedding)(const void *opened, int i, double rho);
} vti_central;

typedef struct {
    const char *name;  /* "eam", "eam/mixed", "eam/reference" */
    const char *model; /* the potentials that it evaluates: vt_potential's `model` */
    vt_precision precision;
    bool reference; /* one number at a time, as the formulas are written */
    vti_lists lists;
    bool parts;   /* of those that read rows: it can do without the energies of the last atoms */
    unsigned can; /* VT_WANT_ bits */
    /* Room that it wants, in numbers: of each atom, or of each point of rows with images, and in
       every thread's scratch of each point of a domain. */
    size_t per_atom, per_point;
    /* What it needs for the species of one set of atoms, in the order of the atoms' types, so that
       it may be indexed with the type that each point carries; species[k] is the potential's
       species of atom type k. NULL and `err` on failure. */
    void *(*open)(const vt_potential *potential, const int *species, int count, vt_error *err);
    void (*close)(void *opened); /* NULL is legal */
    vt_status (*evaluate)(void *opened, const vti_evaluation *evaluation, vt_error *err);
    /* How far each pair of species reaches, species x species as in open; NULL: all as far as the
       potential's cutoff. */
    void (*cutoffs)(const vt_potential *potential, const int *species, int count, double *cutoff);
    /* What second derivatives are made of; NULL: they are left to differences of forces. */
    const vti_central *central;
} vti_engine;

extern const vti_engine vti_engine_eam, vti_engine_eam_mixed, vti_engine_eam_reference;
extern const vti_engine vti_engine_lj, vti_engine_lj_reference;
extern const vti_engine vti_engine_network, vti_engine_network_mixed;
extern const vti_engine vti_engine_kim; /* where VITRUM_KIM is defined */

/* The engine for a potential, NULL and `err` when there is none of that precision. With `reference`
   the reference engine, where the precision has one. */
const vti_engine *vti_engine_find(const vt_potential *potential, vt_precision precision,
                                  bool reference, vt_error *err);

struct vt_potential {
    const char *model; /* "eam", "lj", "kim", "network": what its engines say they evaluate */
    void (*destroy)(vt_potential *potential);
    char name[16];
    char file[256]; /* names without folders, a comma between them; of KIM the model */
    char *path;     /* absolute, a line each; NULL without a file */
    char sha256[65];
    char note[256]; /* what of the file was left out, "" if nothing */
    double cutoff;
    double influence; /* 0: twice the cutoff, right for any sum of functions of environments */
    double taper;     /* vt_potential_taper */
    double jump;      /* vt_potential_jump */
    int species_count;
    const vt_species *species; /* the potential's own; may be more than atoms can be of */
    char *citation;            /* NULL where it does not know */
};

/* A path without its folders. */
const char *vti_file_name(const char *path);

/* The paths of files from the root, a line each, to be freed; as they are when the current folder
   has no name. NULL when there is no memory. */
char *vti_absolute_paths(const char *const *paths, size_t count, vt_error *err);

/* Blocks of `count` atoms. */
static inline size_t vti_block_count(size_t count) {
    return vti_blocks(count, VTI_BLOCK);
}

#endif

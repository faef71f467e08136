/* What is near to some places. */
#ifndef VITRUM_NEIGHBORS_AROUND_H
#define VITRUM_NEIGHBORS_AROUND_H

#include "neighbors/domains.h"

/* An image of an atom. */
typedef struct {
    int32_t atom;
    int32_t image[3]; /* how many cell vectors it is away from the atom */
    double r[3];      /* where it is [angstrom] */
    double d2;        /* square of its distance to the nearest center [angstrom^2] */
} vti_near_image;

/* All images of atoms within `reach` of one of the centers, each once, sorted by atom; the caller
   frees them. The domains describe `atoms`. NULL when there is no memory. */
vti_near_image *vti_domains_around(const vti_domains *domains, const vti_places *atoms,
                                   const double (*center)[3], size_t centers, double reach,
                                   size_t *count, vt_error *err);

#endif

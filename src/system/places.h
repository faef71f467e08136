/* A system's atoms as lists see them. */
#ifndef VITRUM_SYSTEM_PLACES_H
#define VITRUM_SYSTEM_PLACES_H

#include "neighbors/places.h"
#include "vitrum/system.h"

static inline vti_places vti_places_of_system(const vt_system *s) {
    return (vti_places){.count = s->count,
                        .box = &s->box,
                        .x = s->r[0],
                        .y = s->r[0] + 1,
                        .z = s->r[0] + 2,
                        .stride = 4,
                        .type = s->type,
                        .id = s->id,
                        .species_count = s->species_count};
}

#endif

/* Time origins: the frames that later ones are compared with, and the sums for each lag. */
#ifndef VTI_STRUCTURE_ORIGINS_H
#define VTI_STRUCTURE_ORIGINS_H

#include "structure/correlate.h"

typedef struct {
    int64_t frame;
    double *values; /* positions or velocities of its atoms */
} vti_origin;

/* A level has a step: it looks at every step-th frame, keeps some of them as origins, and covers
   the lags `first` to `last` in units of its step. */
typedef struct {
    int64_t step, origin_step;
    int64_t first, last;
    vti_origin *origin; /* `kept` of them, oldest first */
    size_t kept, room;
    double *spare;          /* for the frame at work */
    size_t lags, lag_room;  /* that frames were found for, counted from `first` */
    vti_correlation *total; /* of each lag and species */
    int64_t *pairs;         /* of frames, for each lag */
} vti_level;

enum { VTI_MAX_LEVELS = 40 };

/* With logarithmic lags level l has the step 2^l and takes up only lags that the level below does
   not reach, so memory and work per frame grow with the logarithm of the length (the order-n scheme
   of Frenkel and Smit, Understanding Molecular Simulation, 2nd ed. (2002), section 4.4, with frames
   instead of block averages). Otherwise there is one level, and only every origin_every-th frame
   becomes an origin. */
typedef struct {
    int64_t lags, origin_every;
    bool logarithmic;
    size_t size; /* numbers of an origin */
    size_t species;
    size_t most;  /* origins that fit into the memory there is for them */
    size_t count; /* origins of all levels */
    int level_count;
    vti_level level[VTI_MAX_LEVELS];
} vti_origins;

/* Make ready for frame number `frame`, from 0: levels, lags, and memory for its values in those
   levels where it becomes an origin. Before there are too many of them the level with most origins
   goes on with every other one. What was summed up stays as it is; VT_ENOMEM. */
vt_status vti_origins_prepare(vti_origins *o, int64_t frame, vt_error *err);

/* By how much origins are further apart, at most, than they would be with enough memory. */
int64_t vti_origins_thinning(const vti_origins *o);

/* Zeroed origins are legal. */
void vti_origins_clear(vti_origins *o);

#endif

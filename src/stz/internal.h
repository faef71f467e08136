/* Shared by the files of the room stz and by nothing else.

   Sites are numbered block by block: a block is VT_STZ_BLOCK x VT_STZ_BLOCK neighbors, so that what
   an event changes lies together in memory. The number of a site is not its row-order index; see
   vti_stz_site and vti_stz_index. */
#ifndef VITRUM_STZ_INTERNAL_H
#define VITRUM_STZ_INTERNAL_H

#include <fftw3.h>

#include "stz/rates.h"
#include <stddef.h>
#include <string.h>

#include "vitrum/stz.h"

enum { SIDE = VT_STZ_BLOCK, AREA = SIDE * SIDE };

/* ---------------------------------------------------------------- elasticity ---- */

/* Constants of the plane: sigma = lambda tr(eps) 1 + 2 mu eps. */
typedef struct {
    double lambda, mu, a; /* a = (lambda + mu)/(lambda + 2 mu) */
    double young;         /* of the plane: 4 mu (lambda + mu)/(lambda + 2 mu) */
} vti_plane;

vti_plane vti_stz_plane(const vt_stz_elastic *elastic);

/* Transforms of real fields of ny rows of nx. */
typedef struct {
    int nx, ny;
    double stretch;              /* a wave vector is (kx, ky stretch) */
    double *real;                /* 3 ny nx */
    fftw_complex *waves;         /* 3 ny (nx/2 + 1) */
    fftw_plan forward, backward; /* of one field */
} vti_transform;

vti_transform *vti_transform_create(int nx, int ny, double aspect, vt_error *err);
void vti_transform_destroy(vti_transform *transform);

/* cos 2 theta and sin 2 theta of the wave of the numbers kx, ky, |.| <= half of the points; at the
   Nyquist index of one axis the odd one, which a real field cannot carry, is zero in `c2s2` alone.
 */
typedef struct {
    double c2, c2c2, c2s2, s2s2;
} vti_direction;

vti_direction vti_stz_direction(const vti_transform *t, int kx, int ky);

/* The mean elastic strain and stress from mean strain (driven) or stress (held) and eigenstrain. */
void vti_stz_mean(const vti_plane *plane, const bool held[3], const double eigen[3],
                  double strain[3], double stress[3]);

/* ---------------------------------------------------------------- the lattice ---- */

/* Everything that a checkpoint keeps as one block of bytes: plain numbers, no pointers. */
typedef struct {
    vt_stz_load load;
    double time, parameter, strain[3], stress[3], eigen[2]; /* eigen: mean e1, e3 */
    double start[3];                                        /* strain when the load was set */
    double work, dissipated, peak_stress, peak_parameter;
    double steps[VT_STZ_STEP_KINDS], transformations;
    uint64_t draws;         /* random numbers of the event loop used so far */
    double rejections;      /* fast engine: draws in vain */
    double last_event_time; /* for telling avalanches apart [ps] */
    double largest_avalanche;
    double paused;         /* 1 when the next event starts an avalanche */
    double p_mean, q_mean; /* of the mean stress */
    double softened;       /* sum over events of 1 - exp(-eta) of the site before it */
    int64_t pending_count, burst_count, recovering_count, avalanche_count;
    int64_t changed; /* events since the last settle */
    int64_t loaded;  /* a load is set */
    int64_t stale;   /* 1: stress must be computed anew, 2: all rates, too */
    int64_t settled; /* nothing changed since the last settle */
    int64_t change_count, done_count, sweeps;
    vt_stz_event last;
} vti_stz_state;

/* A burst: transformations of one site in a row, whose stress is still on its way to blocks far
   off, and their sum. */
typedef struct {
    int32_t first, x, y; /* its first transformation among the pending ones, its site */
    double e1, e3;
} vti_burst;

/* One of them: its burst, and the sum of those before it there. */
typedef struct {
    int64_t burst;
    double e1, e3;
} vti_pending;

/* A batch of sites that transform together. */
typedef struct {
    int32_t site, mode;
    double e1, e3, p, q; /* change, and local stress before */
} vti_change;

enum { PENDING_MAX = 2048, CHANGED = -1 };

struct vt_stz {
    vt_stz_options options;
    vti_plane plane;
    vti_stz_state state;
    int nx, ny, columns, rows; /* sites along x and y, and blocks */
    size_t sites, blocks, groups;
    uint64_t changes;   /* of mean stress or strain, for views */
    int stride;         /* modes rounded up to a multiple of LANES */
    double half_volume; /* V/2 */
    double kt;          /* of the temperature, or of 300 K where that is zero */
    double recovery;    /* tau [ps] */

    /* by site */
    float *mode;                   /* barrier[stride], e1[stride], e3[stride] of each site */
    double *e1, *e3;               /* accumulated eigenstrain */
    double *rest1, *rest3;         /* that of the start, whose mean is zero; NULL: none */
    double *permanent, *temporary; /* softening at the instant of the last transformation */
    double *since;                 /* time of it */
    double *soft;                  /* exp(-eta) */
    double *p, *q;                 /* local stress without its mean */
    double *rate;
    double *p_known, *q_known; /* whole stress for which `rate` was computed */
    double *margin;            /* lowest barrier then [kT], below zero: to be computed */
    float *size;               /* largest |e| of the modes */
    int32_t *generation;

    /* by block */
    double *total;           /* sum of rates */
    double *base;            /* what bounds on the true rates had above that at the last look */
    double *upper;           /* bound on the sum of the true rates now */
    double *excess;          /* upper - total, without the rounding of the difference */
    double *moved;           /* bound on the change of local stress since the last look */
    double *p_seen, *q_seen; /* mean stress then */
    double *weight;          /* sum of bounds on rates times `size` */
    double *widest;          /* largest `size` */
    double *limit;           /* change of a barrier that calls for a look [kT], or CHANGED */
    int32_t *applied;        /* pending transformations already in p and q */
    int32_t *due;            /* scratch: a list of blocks */
    uint8_t *unstable;       /* 1: a site has a barrier below zero */
    double allowed;          /* excess of all blocks that is allowed now */
    double *group;           /* sums of `upper` over AREA blocks */

    vti_burst *burst;
    vti_pending *pending;
    int32_t *recovering; /* sites whose temporary softening has not died away */
    size_t recovering_room;
    vti_change *change; /* sites found unstable: state.change_count */
    vti_change *done;   /* the last transformations, whose dissipation is not yet known */
    size_t change_room, done_room;
    int32_t *avalanche;
    size_t avalanche_room;

    vti_transform *transform;
    double cumulative[VT_STZ_BINS]; /* of the histogram of barriers, up to 1 */
    double *kernel[2];              /* p of e1, p of e3 = q of e1; rows padded by SIDE */
    double *reach; /* by displacement of blocks, each row twice: largest response to a unit
                      eigenstrain */
    vt_simd simd;
};

static inline int vti_stz_site(const vt_stz *s, int x, int y) {
    return ((y / SIDE) * s->columns + x / SIDE) * AREA + (y % SIDE) * SIDE + x % SIDE;
}

/* Response q of e3: c2^2 + s2^2 = 1 but for k = 0, so that it and p of e1 sum up to -E at the site
   itself, and to E/sites everywhere. */
static inline double vti_stz_kernel_sum(const vt_stz *s) {
    return s->plane.young / (double)s->sites;
}

static inline double vti_stz_third_kernel(const vt_stz *s, size_t k) {
    return vti_stz_kernel_sum(s) - s->kernel[0][k] - (k == 0 ? s->plane.young : 0);
}

static inline void vti_stz_place(const vt_stz *s, int site, int *x, int *y) {
    int block = site / AREA, inside = site % AREA;
    *x = (block % s->columns) * SIDE + inside % SIDE;
    *y = (block / s->columns) * SIDE + inside / SIDE;
}

/* ---- modes.c ---- */

/* Draw the modes of a site for its present generation. */
void vti_stz_draw(vt_stz *s, int site);

/* Barriers of one site: Q of mode m is F soft - V/2 (p e1 + q e3). */
double vti_stz_barrier(const vt_stz *s, int site, int m, double p, double q);

/* The mode of lowest Q and its value, under the local stress p, q (without the mean). */
int vti_stz_lowest(const vt_stz *s, int site, double p, double q, double *lowest);

/* The mode where the running sum of rates reaches `target` (eq. 7). */
int vti_stz_pick_mode(const vt_stz *s, int site, double p, double q, double target);

/* Zero the bytes between two members, which belong to neither but go into checkpoints. */
static inline void vti_clear_gap(void *object, size_t from, size_t to) {
    memset((char *)object + from, 0, to - from);
}

/* Draw the eigenstrain of the start. */
void vti_stz_draw_residual(vt_stz *s);

/* Eigenstrain of a site with that of the start. */
static inline double vti_stz_eigen1(const vt_stz *s, size_t site) {
    return s->rest1 != NULL ? s->e1[site] + s->rest1[site] : s->e1[site];
}

static inline double vti_stz_eigen3(const vt_stz *s, size_t site) {
    return s->rest3 != NULL ? s->e3[site] + s->rest3[site] : s->e3[site];
}

/* Temporary softening of a site at a time; 0 once it has died away. */
double vti_stz_temporary(const vt_stz *s, int site, double time);

/* Set `soft` of a site for a time; false when its temporary part has died away. */
bool vti_stz_recover(vt_stz *s, int site, double time);

/* The inner loops for the processor. */
const vti_stz_kernels *vti_stz_kernels_of(const vt_stz *s);

/* ---- engines ---- */

/* Bring p, q where needed and the sums of rates up to date, and list unstable sites in `change`
   with their lowest modes, in the order of their numbers. */
vt_status vti_stz_settle_plain(vt_stz *s, vt_error *err);
vt_status vti_stz_settle_fast(vt_stz *s, vt_error *err);

/* Local p and q of every site from scratch: by the general solution, and by that for traceless
   eigenstrain alone. */
void vti_stz_solve_all(vt_stz *s);
void vti_stz_convolve_all(vt_stz *s);

/* Local stress of a site. */
void vti_stz_local(const vt_stz *s, int site, double *p, double *q);

/* Tell the fast engine of a transformation of `site`. */
void vti_stz_follow(vt_stz *s, int site, double e1, double e3);

/* Fast engine: the site of a block where the running sum of bounds reaches `target`, and what is
   left for its modes, or REJECTED. Its stress and rate are exact then. */
int vti_stz_pick_in_block(vt_stz *s, size_t block, double target, double *rest);

/* The rate of a site whose softening has changed, with all sums that it is part of. */
void vti_stz_refresh_plain(vt_stz *s, int site);
void vti_stz_refresh_fast(vt_stz *s, int site);

vt_status vti_stz_kernel(vt_stz *s, vt_error *err);

/* Bring everything up to date, with the engine of the lattice, if it is not. */
vt_status vti_stz_settle(vt_stz *s, vt_error *err);

/* Add a site to the list `change`. */
vt_status vti_stz_add_change(vt_stz *s, int site, int mode, double p, double q, vt_error *err);

/* Sum of the bounds on rates, by groups. */
double vti_stz_sum_groups(vt_stz *s);

/* The site where the running sum of rates reaches `target`, and what is left for its modes; or
   REJECTED where the target is beyond the true rate of its block. */
enum { REJECTED = -1 };
int vti_stz_pick_site(vt_stz *s, double target, double *rest);

#endif

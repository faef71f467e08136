/* Spherical Chebyshev descriptors: what kernels, networks and their training share.

   Of a center, with d = r_j - r_i of length r and direction u, for each species s of neighbors

       c_nlm(s) = sum over neighbors j of species s of T_n(1 - 2r/rc) f(r) y_lm(u),
       f = (1 - (r/rc)^2)^4,

   and for each channel P_nl = sum over m of W_lm (sum over s of w(s) c_nlm(s))^2. With y_lm as real
   spherical harmonics Y_lm, W_lm is 4 pi/(2l + 1). Here y_lm are multiples of them that take less
   work: q_lm(z) Re or Im (x + iy)^m, with q_lm the polynomial of degree l - m whose leading
   coefficient is 1 and that P_lm/sin^m theta is a multiple of; the multiples are in W_lm. So
   q_lm = z q_(l-1)m - b_lm q_(l-2)m, and dq_lm/dz = (l - m) q_l(m+1). */
#ifndef VTI_DESCRIPTOR_CHEBYSHEV_H
#define VTI_DESCRIPTOR_CHEBYSHEV_H

#include "vitrum/descriptor.h"

enum {
    VTI_CHEBYSHEV_HARMONICS = /* room for all of them, whole blocks */
    ((VT_CHEBYSHEV_MAX_L + 1) * (VT_CHEBYSHEV_MAX_L + 1) + 3) / 4 * 4,
    VTI_CHEBYSHEV_LEGENDRE = (VT_CHEBYSHEV_MAX_L + 1) * (VT_CHEBYSHEV_MAX_L + 2) / 2,
    VTI_CHEBYSHEV_LANES = 16 /* neighbors are listed in multiples of this */
};

/* The place of q_lm in tables of them; and of the m = 0, cosine and sine harmonics of l, m: l^2,
   l^2 + 2m - 1, l^2 + 2m. */
#define VTI_LEGENDRE(l, m) ((l) * ((l) + 1) / 2 + (m))

typedef struct {
    int radial;    /* n is 0 to radial - 1 */
    int degree;    /* largest l */
    int harmonics; /* (degree + 1)^2, rounded up to whole blocks of four: length of rows of c */
    int species, channels;
    int features; /* channels x radial x (degree + 1) */
    double cutoff;
    double minus_b[VTI_CHEBYSHEV_LEGENDRE];
    double weight[VTI_CHEBYSHEV_HARMONICS]; /* W_lm; 0 behind the last */
    double mark[2][VT_MAX_SPECIES];         /* w(s) in each channel */
} vti_chebyshev;

/* Neighbors of one species: vectors from the center, three arrays. Up to a multiple of
   VTI_CHEBYSHEV_LANES they are filled with what is beyond the cutoff and gives nothing. */
typedef struct {
    size_t count;
    double *x, *y, *z;
} vti_around;

/* Neighbors with those that fill up. */
static inline size_t vti_around_filled(size_t count) {
    return (count + VTI_CHEBYSHEV_LANES - 1) / VTI_CHEBYSHEV_LANES * VTI_CHEBYSHEV_LANES;
}

/* Fill up; there is room. */
static inline void vti_around_fill(const vti_around *around, double cutoff) {
    for (size_t k = around->count; k < vti_around_filled(around->count); k++) {
        around->x[k] = 2 * cutoff;
        around->y[k] = around->z[k] = 0;
    }
}

/* Numbers that kernels work in, for up to `count` neighbors of one species. */
size_t vti_chebyshev_room(const vti_chebyshev *plan, size_t count);

/* Between the c of all species (species x radial x harmonics numbers), those of channels, and P. */
typedef struct {
    void (*join)(const vti_chebyshev *plan, const double *c, double *channel);
    void (*features)(const vti_chebyshev *plan, const double *channel, double *features);
    /* The change of P when the c of channels change by `change`. */
    void (*changes)(const vti_chebyshev *plan, const double *channel, const double *change,
                    double *features);
    /* Back: from a derivative by P to that by the c of channels, and by those of a species. */
    void (*back)(const vti_chebyshev *plan, const double *channel, const double *by_features,
                 double *by_channel);
    void (*split)(const vti_chebyshev *plan, const double *by_channel, int species, double *by_c);
} vti_chebyshev_channels;

typedef struct {
    const vti_chebyshev_channels *channels;
    /* c of the neighbors, radial rows of `harmonics`. */
    void (*sums)(const vti_chebyshev *plan, const vti_around *around, double *room, double *c);
    /* Derivative of sum over n, lm of g c by each neighbor's vector, into `slope`. */
    void (*slopes)(const vti_chebyshev *plan, const vti_around *around, const double *g,
                   double *room, const vti_around *slope);
    /* c, and its derivative when neighbors move along `along`. */
    void (*tangents)(const vti_chebyshev *plan, const vti_around *around, const vti_around *along,
                     double *room, double *c, double *dc);
} vti_chebyshev_kernels;

extern const vti_chebyshev_channels vti_chebyshev_channels_baseline;
extern const vti_chebyshev_kernels vti_chebyshev_baseline, vti_chebyshev_mixed_baseline;
#if defined(__x86_64__)
extern const vti_chebyshev_channels vti_chebyshev_channels_avx2, vti_chebyshev_channels_avx512;
extern const vti_chebyshev_kernels vti_chebyshev_avx2, vti_chebyshev_avx512;
extern const vti_chebyshev_kernels vti_chebyshev_mixed_avx2, vti_chebyshev_mixed_avx512;
#endif

/* For an instruction set, with pairs in double or in single precision. */
const vti_chebyshev_kernels *vti_chebyshev_kernels_of(vt_simd simd, bool mixed);

/* Tables of a descriptor of `species` kinds of neighbors. VT_EINVAL on settings out of range. */
vt_status vti_chebyshev_plan(vti_chebyshev *plan, const vt_chebyshev *chebyshev, size_t species,
                             vt_error *err);

#endif
